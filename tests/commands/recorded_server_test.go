package commands_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
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
		{"HotKeysGetRates", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGetRates(ctx) },
			"HOTKEYS GET", "*2 *6 $3 key $1 a $2 db :0 $3 qps :900 *6 $3 key $1 b $2 db :9 $3 qps :7", "*2 %3 $3 key $1 a $2 db :0 $3 qps :900 %3 $3 key $1 b $2 db :9 $3 qps :7",
			[]redpoll.HotKeyRate{{Key: "a", PerSecond: 900}, {Key: "b", DB: 9, PerSecond: 7}}},
		{"HotKeysGetRates of nothing", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGetRates(ctx) }, "HOTKEYS GET", "*0", "", []redpoll.HotKeyRate{}},
		{"HotKeysHelp", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysHelp(ctx) }, "HOTKEYS HELP", "*1 +HOTKEYS", "", []string{"HOTKEYS"}},
		{"BackupStart", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupStart(ctx)) }, "BACKUP START", "+OK", "", nil},
		{"BackupSeal", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupSeal(ctx)) }, "BACKUP SEAL", "+OK", "", nil},
		{"BackupStatus", func(rdb *redpoll.Client) (any, error) { return rdb.BackupStatus(ctx) },
			"BACKUP STATUS", "*8 $5 state $12 incrementing $5 error $0  $10 start_time $10 1717921800 $8 end_time $1 0",
			"%4 $5 state $12 incrementing $5 error $0  $10 start_time :1717921800 $8 end_time :0",
			redpoll.BackupStatus{State: "incrementing", Start: time.Unix(1717921800, 0)}},
		{"BackupStatus after a failure", func(rdb *redpoll.Client) (any, error) { return rdb.BackupStatus(ctx) },
			"BACKUP STATUS", "*10 $5 state $6 failed $5 error $7 aborted $10 start_time :1717921800 $8 end_time :1717921900 $4 more :7",
			"%5 $5 state $6 failed $5 error $7 aborted $10 start_time :1717921800 $8 end_time :1717921900 $4 more :7",
			redpoll.BackupStatus{State: "failed", Error: "aborted", Start: time.Unix(1717921800, 0), End: time.Unix(1717921900, 0), Extra: extra(t, "more")}},
		{"BackupList", func(rdb *redpoll.Client) (any, error) { return rdb.BackupList(ctx) },
			"BACKUP LIST", "*2 $7 /b/base $7 /b/incr", "", []string{"/b/base", "/b/incr"}},
		{"BackupList of nothing", func(rdb *redpoll.Client) (any, error) { return rdb.BackupList(ctx) }, "BACKUP LIST", "*0", "", []string{}},
		{"BackupAbort", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupAbort(ctx)) }, "BACKUP ABORT", "+OK", "", nil},
		{"BackupCleanup", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupCleanup(ctx)) }, "BACKUP CLEANUP", "+OK", "", nil},
		{"BackupHelp", func(rdb *redpoll.Client) (any, error) { return rdb.BackupHelp(ctx) }, "BACKUP HELP", "*1 +BACKUP", "", []string{"BACKUP"}},
		{"ACLSetRole", func(rdb *redpoll.Client) (any, error) { return none(rdb.ACLSetRole(ctx, "reader", "+@read")) }, "ACL SETROLE reader +@read", "+OK", "", nil},
		{"ACLDelRole", func(rdb *redpoll.Client) (any, error) { return rdb.ACLDelRole(ctx, "reader", "none") }, "ACL DELROLE reader none", ":1", "", int64(1)},
		{"ACLRoles", func(rdb *redpoll.Client) (any, error) { return rdb.ACLRoles(ctx) }, "ACL ROLES", "*2 $3 ops $6 reader", "", []string{"ops", "reader"}},
		{"ACLGetRole of no such role", func(rdb *redpoll.Client) (any, error) { return rdb.ACLGetRole(ctx, "none") }, "ACL GETROLE none", "*-1", "_", redpoll.Nil},
		{"ClusterScan", func(rdb *redpoll.Client) (any, error) { return rdb.ClusterScan(ctx, "0-{06S}-0", redpoll.Count(2)) },
			"CLUSTERSCAN 0-{06S}-0 COUNT 2", "*2 $14 0B3a21-{06S}-9 *2 $1 a $1 b", "", redpoll.ClusterPage{Cursor: "0B3a21-{06S}-9", Keys: []string{"a", "b"}}},
		{"ClusterScan at its end", func(rdb *redpoll.Client) (any, error) { return rdb.ClusterScan(ctx, "0-{06S}-0", redpoll.InSlot(0)) },
			"CLUSTERSCAN 0-{06S}-0 SLOT 0", "*2 $1 0 *0", "", redpoll.ClusterPage{Cursor: "0", Keys: []string{}}},
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

// What a role allows comes like what a user may do.
func TestNewerRoles(t *testing.T) {
	t.Parallel()
	const role = "$8 commands $12 -@all·+@read $4 keys $13 ~app:*·~own:* $8 channels $5 &news $9 selectors *1 selector " +
		"$8 commands $5 +info $4 keys $2 ~x $8 channels $2 &c $5 users *1 $5 alice $3 new :7 "
	lines := strings.NewReplacer(" ", "\r\n", "·", " ")
	testNewer(t, []newerCommand{{
		"ACLGetRole", func(rdb *redpoll.Client) (any, error) { return rdb.ACLGetRole(ctx, "reader") }, "ACL GETROLE reader",
		lines.Replace("*12 " + strings.Replace(role, "selector ", "*6 ", 1)), lines.Replace("%6 " + strings.Replace(role, "selector ", "%3 ", 1)),
		redpoll.ACLRole{
			ACLSelector: redpoll.ACLSelector{
				Rules: []string{"-@all", "+@read"}, Categories: []string{"-@all", "+@read"}, Keys: []string{"~app:*", "~own:*"}, Channels: []string{"&news"}, AllDatabases: true,
			},
			Selectors: []redpoll.ACLSelector{{Rules: []string{"+info"}, Commands: []string{"+info"}, Keys: []string{"~x"}, Channels: []string{"&c"}, AllDatabases: true}},
			Users:     []string{"alice"}, Extra: extra(t, "new"),
		},
	}})
}

// A server that answers SHUTDOWN has not ended, whatever it says; neither has one that keeps silent.
func TestShutdownFails(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{"OK": "+OK\r\n", "error": "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "silence": testkit.Silence} {
		p := testkit.Listen(t, func(_ int, args []string) string {
			if args[0] == "SHUTDOWN" {
				return reply
			}
			return testkit.Friendly(0, args)
		})
		o := redpoll.Options{Addr: p.Addr()}
		if reply == testkit.Silence {
			o.ReplyTimeout = clients.Brief
		}
		err := clients.New(t, o).Shutdown(ctx)
		var se *redpoll.ServerError
		var re *redpoll.ReplyError
		switch {
		case name == "OK" && (!errors.As(err, &re) || !strings.Contains(err.Error(), "seems to have failed")),
			name == "error" && !errors.As(err, &se),
			name == "silence" && !errors.Is(err, redpoll.ErrMaybeExecuted):
			t.Errorf("%s gives %v", name, err)
		}
	}
	hung := testkit.Listen(t, func(_ int, args []string) string {
		if args[0] == "SHUTDOWN" {
			return testkit.HangUp
		}
		return testkit.Friendly(0, args)
	})
	if err := clients.New(t, redpoll.Options{Addr: hung.Addr()}).Shutdown(ctx); err != nil {
		t.Errorf("the lost connection gives %v", err)
	}
	if n := hung.Count("SHUTDOWN"); n != 1 {
		t.Errorf("SHUTDOWN was sent %d times", n)
	}
}

// What is refused before anything is sent.
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
		{"SAVE and NOSAVE", rdb.Shutdown(ctx, redpoll.ShutdownSave, redpoll.ShutdownNoSave), "exclude each other", "SHUTDOWN"},
		{"two filters", testkit.Err(rdb.CommandList(ctx, redpoll.FilterModule("a"), redpoll.FilterPattern("b"))), "exclude each other", "COMMAND LIST"},
		{"force without a replica", rdb.Failover(ctx, redpoll.FailoverForce(time.Second)), "needs FailoverTo", "FAILOVER"},
		{"force and time-out", rdb.Failover(ctx, redpoll.FailoverTo("h", 1), redpoll.FailoverForce(1), redpoll.FailoverTimeout(1)), "exclude each other", "FAILOVER"},
		{"no time-out", rdb.Failover(ctx, redpoll.FailoverTimeout(0)), "more than 0", "FAILOVER"},
		{"count below -1", testkit.Err(rdb.SlowLogGet(ctx, -2)), "at least -1", "SLOWLOG GET"},
		{"no such log", testkit.Err(rdb.CommandLogLen(ctx, 7)), "none of its constants", "COMMANDLOG LEN"},
		{"no metrics", rdb.HotKeysStart(ctx, 0), "HotKeysCPU", "HOTKEYS START"},
		{"no such metrics", rdb.HotKeysStart(ctx, 9), "HotKeysCPU", "HOTKEYS START"},
		{"half a second of tracking", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(time.Second/2)), "whole number", "HOTKEYS START"},
		{"no tracking at all", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysDuration(0)), "more than 0", "HOTKEYS START"},
		{"no slots", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSlots()), "at least one", "HOTKEYS START"},
		{"ratio 0", rdb.HotKeysStart(ctx, redpoll.HotKeysCPU, redpoll.HotKeysSample(0)), "at least 1", "HOTKEYS START"},
		{"no sums", testkit.Err(rdb.ScriptExists(ctx)), "at least one", "SCRIPT EXISTS"},
		{"two policies", rdb.FunctionRestore(ctx, "x", redpoll.Replace, redpoll.RestoreFlush), "exclude each other", "FUNCTION RESTORE"},
		{"a bool for a script", testkit.Err(rdb.Eval(ctx, "s", nil, true)), "bool", "EVAL"},
		{"nil as a message", testkit.Err(rdb.Publish(ctx, "c", nil)), "nil", "PUBLISH"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	}
}
