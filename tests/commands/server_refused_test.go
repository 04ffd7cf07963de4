package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// These calls are refused before anything is sent.
func TestRefusedServerArguments(t *testing.T) {
	t.Parallel()
	rdb := clients.New(t, redpoll.Options{Addr: redpolltest.Unanswered(t)})
	for _, c := range []struct {
		name  string
		err   error
		says  string
		names string
	}{
		{"no patterns", testkit.Err(rdb.ConfigGet(ctx)), "at least one", "CONFIG GET"},
		{"no settings", rdb.ConfigSet(ctx), "at least one", "CONFIG SET"},
		{"a setting without a value", rdb.ConfigSet(ctx, "save"), "without a value", "CONFIG SET"},
		{"a bool as a setting", rdb.ConfigSet(ctx, "appendonly", true), "bool", "CONFIG SET"},
		{"SAVE and NOSAVE", rdb.Shutdown(ctx, redpoll.ShutdownSave, redpoll.ShutdownNoSave),
			"exclude each other", "SHUTDOWN"},
		{"two filters",
			testkit.Err(rdb.CommandList(ctx, redpoll.CommandsOfModule("a"), redpoll.CommandsLike("b"))),
			"exclude each other", "COMMAND LIST"},
		{"force without a replica", rdb.Failover(ctx, redpoll.FailoverForce(time.Second)), "needs FailoverTo",
			"FAILOVER"},
		{"force and time-out", rdb.Failover(ctx, redpoll.FailoverTo("h", 1), redpoll.FailoverForce(1),
			redpoll.FailoverTimeout(1)), "exclude each other", "FAILOVER"},
		{"no time-out", rdb.Failover(ctx, redpoll.FailoverTimeout(0)), "more than 0", "FAILOVER"},
		{"count below -1", testkit.Err(rdb.SlowLogGet(ctx, -2)), "at least -1", "SLOWLOG GET"},
		{"no such log", testkit.Err(rdb.CommandLogLen(ctx, 7)), "none of its constants", "COMMANDLOG LEN"},
		{"no metrics", rdb.HotKeysStart(ctx, 0), "HotKeysCPU", "HOTKEYS START"},
		{"no such metrics", rdb.HotKeysStart(ctx, 9), "HotKeysCPU", "HOTKEYS START"},
		{"half a second of tracking",
			rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(time.Second/2)), "whole number",
			"HOTKEYS START"},
		{"no tracking at all", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(0)),
			"more than 0", "HOTKEYS START"},
		{"no slots", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSlots([]int{}...)),
			"at least one", "HOTKEYS START"},
		{"ratio 0", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSample(0)), "at least 1",
			"HOTKEYS START"},
		{"no sums", testkit.Err(rdb.ScriptExists(ctx)), "at least one", "SCRIPT EXISTS"},
		{"two policies", rdb.FunctionRestore(ctx, "x", redpoll.Replace, redpoll.RestoreFlush),
			"exclude each other", "FUNCTION RESTORE"},
		{"a bool for a script", testkit.Err(rdb.Eval(ctx, "s", nil, true)), "bool", "EVAL"},
		{"nil as a message", testkit.Err(rdb.Publish(ctx, "c", nil)), "nil", "PUBLISH"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	}
}
