package redpoll_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Commands of servers newer than the one at hand, and of Valkey, with replies as their documentation
// gives them.
func TestNewerServerCommands(t *testing.T) {
	t.Parallel()
	entry := redpoll.CommandLogEntry{ID: 9, At: time.Unix(1700000000, 0), Cost: 2048, Args: []string{"SET", "k"}, ClientAddr: "a", ClientName: "n"}
	none := func(err error) (any, error) { return nil, err }
	for _, c := range []newerCommand{
		{"CommandLogGet", func(rdb *redpoll.Client) (any, error) {
			return rdb.CommandLogGet(ctx, -1, redpoll.CommandLogLargeReply)
		},
			"COMMANDLOG GET -1 LARGE-REPLY", "*1 *6 :9 :1700000000 :2048 *2 $3 SET $1 k $1 a $1 n", "", []redpoll.CommandLogEntry{entry}},
		{"CommandLogLen", func(rdb *redpoll.Client) (any, error) { return rdb.CommandLogLen(ctx, redpoll.CommandLogSlow) },
			"COMMANDLOG LEN SLOW", ":3", "", int64(3)},
		{"CommandLogReset", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.CommandLogReset(ctx, redpoll.CommandLogLargeRequest))
		}, "COMMANDLOG RESET LARGE-REQUEST", "+OK", "", nil},
		{"CommandLogHelp", func(rdb *redpoll.Client) (any, error) { return rdb.CommandLogHelp(ctx) },
			"COMMANDLOG HELP", "*1 +COMMANDLOG", "", []string{"COMMANDLOG"}},
		{"BgSaveCancel", func(rdb *redpoll.Client) (any, error) { return none(rdb.BgSaveCancel(ctx)) },
			"BGSAVE CANCEL", "+Background_saving_cancelled", "", nil},
		{"ScriptShow", func(rdb *redpoll.Client) (any, error) { return rdb.ScriptShow(ctx, "f00") }, "SCRIPT SHOW f00", "$8 return_1", "", "return_1"},
		{"HotKeysStart", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.HotKeysStart(ctx, redpoll.HotKeysNet, redpoll.HotKeysDuration(time.Second)))
		}, "HOTKEYS START METRICS 1 NET DURATION 1", "+OK", "", nil},
		{"HotKeysStop", func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysStop(ctx)) }, "HOTKEYS STOP", "+OK", "", nil},
		{"HotKeysStop of nothing", func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysStop(ctx)) }, "HOTKEYS STOP", "$-1", "_", redpoll.Nil},
		{"HotKeysReset", func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysReset(ctx)) }, "HOTKEYS RESET", "+OK", "", nil},
		{"HotKeysGet", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGet(ctx) },
			"HOTKEYS GET", "*1 *4 $15 tracking-active :1 $12 sample-ratio :5", "*1 %2 $15 tracking-active :1 $12 sample-ratio :5",
			redpoll.HotKeys{Active: true, SampleRatio: 5}},
		{"HotKeysGet of nothing", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGet(ctx) }, "HOTKEYS GET", "*-1", "_", redpoll.Nil},
		{"ModuleLoadEx", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.ModuleLoadEx(ctx, "/m.so", []redpoll.ModuleConfig{{Name: "m.a", Value: "1"}}))
		}, "MODULE LOADEX /m.so CONFIG m.a 1", "+OK", "", nil},
		{"Role of a sentinel", func(rdb *redpoll.Client) (any, error) { return rdb.Role(ctx) },
			"ROLE", "*2 $8 sentinel *1 $1 a", "", redpoll.Role{Name: "sentinel", Primaries: []string{"a"}}},
	} {
		if c.resp3 == "" {
			c.resp3 = c.resp2
		}
		for protocol, reply := range map[int]string{2: c.resp2, 3: c.resp3} {
			checkRecorded(t, protocol, strings.ReplaceAll(reply, " ", "\r\n")+"\r\n", c)
		}
	}
}

// A server that answers SHUTDOWN has not ended, whatever it says; neither has one that keeps silent.
func TestShutdownFails(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{"OK": "+OK\r\n", "error": "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "silence": silence} {
		p := newPeer(t, func(_ int, args []string) string {
			if args[0] == "SHUTDOWN" {
				return reply
			}
			return friendly(0, args)
		})
		rdb := newClient(t, redpoll.Options{Addr: p.Addr(), ReplyTimeout: 50 * time.Millisecond})
		err := rdb.Shutdown(ctx)
		var se *redpoll.ServerError
		var re *redpoll.ReplyError
		switch {
		case name == "OK" && (!errors.As(err, &re) || !strings.Contains(err.Error(), "seems to have failed")),
			name == "error" && !errors.As(err, &se),
			name == "silence" && !errors.Is(err, redpoll.ErrMaybeExecuted):
			t.Errorf("%s gives %v", name, err)
		}
	}
	hung := newPeer(t, func(_ int, args []string) string {
		if args[0] == "SHUTDOWN" {
			return hangUp
		}
		return friendly(0, args)
	})
	if err := newClient(t, redpoll.Options{Addr: hung.Addr()}).Shutdown(ctx); err != nil {
		t.Errorf("the lost connection gives %v", err)
	}
	if n := hung.count("SHUTDOWN"); n != 1 {
		t.Errorf("SHUTDOWN was sent %d times", n)
	}
}

// What is refused before anything is sent.
func TestRefusedServerArguments(t *testing.T) {
	t.Parallel()
	rdb := newClient(t, redpoll.Options{Addr: redpolltest.Unanswered(t)})
	for _, c := range []struct {
		name  string
		err   error
		says  string
		names string
	}{
		{"no patterns", first(rdb.ConfigGet(ctx)), "at least one", "CONFIG GET"},
		{"no settings", rdb.ConfigSet(ctx), "at least one", "CONFIG SET"},
		{"a setting without a value", rdb.ConfigSet(ctx, "save"), "without a value", "CONFIG SET"},
		{"a bool as a setting", rdb.ConfigSet(ctx, "appendonly", true), "bool", "CONFIG SET"},
		{"SAVE and NOSAVE", rdb.Shutdown(ctx, redpoll.ShutdownSave, redpoll.ShutdownNoSave), "exclude each other", "SHUTDOWN"},
		{"two filters", first(rdb.CommandList(ctx, redpoll.FilterModule("a"), redpoll.FilterPattern("b"))), "exclude each other", "COMMAND LIST"},
		{"force without a replica", rdb.Failover(ctx, redpoll.FailoverForce(time.Second)), "needs FailoverTo", "FAILOVER"},
		{"force and time-out", rdb.Failover(ctx, redpoll.FailoverTo("h", 1), redpoll.FailoverForce(1), redpoll.FailoverTimeout(1)), "exclude each other", "FAILOVER"},
		{"no time-out", rdb.Failover(ctx, redpoll.FailoverTimeout(0)), "more than 0", "FAILOVER"},
		{"count below -1", first(rdb.SlowLogGet(ctx, -2)), "at least -1", "SLOWLOG GET"},
		{"no such log", first(rdb.CommandLogLen(ctx, 7)), "none of its constants", "COMMANDLOG LEN"},
		{"no metrics", rdb.HotKeysStart(ctx, 0), "HotKeysCPU", "HOTKEYS START"},
		{"no such metrics", rdb.HotKeysStart(ctx, 9), "HotKeysCPU", "HOTKEYS START"},
		{"half a second of tracking", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(time.Second/2)), "whole number", "HOTKEYS START"},
		{"no tracking at all", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(0)), "more than 0", "HOTKEYS START"},
		{"no slots", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSlots()), "at least one", "HOTKEYS START"},
		{"ratio 0", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSample(0)), "at least 1", "HOTKEYS START"},
		{"no sums", first(rdb.ScriptExists(ctx)), "at least one", "SCRIPT EXISTS"},
		{"two policies", rdb.FunctionRestore(ctx, "x", redpoll.Replace, redpoll.RestoreFlush), "exclude each other", "FUNCTION RESTORE"},
		{"a bool for a script", first(rdb.Eval(ctx, "s", nil, true)), "bool", "EVAL"},
		{"nil as a message", first(rdb.Publish(ctx, "c", nil)), "nil", "PUBLISH"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	}
}
