package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// These replies are from the documentation of servers that may not be available.
func TestRecordedServerReplies(t *testing.T) {
	t.Parallel()
	entry := redpoll.CommandLogEntry{
		ID: 9, At: time.Unix(1700000000, 0), Cost: 2048, Args: []string{"SET", "k"}, ClientAddr: "a",
		ClientName: "n",
	}
	none := func(err error) (any, error) { return nil, err }
	testRecorded(t, []recordedCall{
		{"CommandLogGet", func(rdb *redpoll.Client) (any, error) {
			return rdb.CommandLogGet(ctx, -1, redpoll.CommandLogLargeReply)
		},
			"COMMANDLOG GET -1 LARGE-REPLY", "*1 *6 :9 :1700000000 :2048 *2 $3 SET $1 k $1 a $1 n", "",
			[]redpoll.CommandLogEntry{entry}},
		{"CommandLogLen",
			func(rdb *redpoll.Client) (any, error) { return rdb.CommandLogLen(ctx, redpoll.CommandLogSlow) },
			"COMMANDLOG LEN SLOW", ":3", "", int64(3)},
		{"CommandLogReset", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.CommandLogReset(ctx, redpoll.CommandLogLargeRequest))
		}, "COMMANDLOG RESET LARGE-REQUEST", "+OK", "", nil},
		{"CommandLogHelp", func(rdb *redpoll.Client) (any, error) { return rdb.CommandLogHelp(ctx) },
			"COMMANDLOG HELP", "*1 +COMMANDLOG", "", []string{"COMMANDLOG"}},
		{"BgSaveCancel", func(rdb *redpoll.Client) (any, error) { return none(rdb.BgSaveCancel(ctx)) },
			"BGSAVE CANCEL", "+Background_saving_cancelled", "", nil},
		{"ScriptShow", func(rdb *redpoll.Client) (any, error) { return rdb.ScriptShow(ctx, "f00") },
			"SCRIPT SHOW f00", "$8 return_1", "", "return_1"},
		{"HotKeysStart", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.HotKeysStart(ctx, redpoll.HotKeysNet, redpoll.HotKeysDuration(time.Second)))
		}, "HOTKEYS START METRICS 1 NET DURATION 1", "+OK", "", nil},
		{"HotKeysStop", func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysStop(ctx)) },
			"HOTKEYS STOP", "+OK", "", nil},
		{"HotKeysStop of nothing",
			func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysStop(ctx)) },
			"HOTKEYS STOP", "$-1", "_", redpoll.Nil},
		{"HotKeysReset", func(rdb *redpoll.Client) (any, error) { return none(rdb.HotKeysReset(ctx)) },
			"HOTKEYS RESET", "+OK", "", nil},
		{"HotKeysGet", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGet(ctx) },
			"HOTKEYS GET", "*1 *4 $15 tracking-active :1 $12 sample-ratio :5",
			"*1 %2 $15 tracking-active :1 $12 sample-ratio :5",
			redpoll.HotKeys{Active: true, SampleRatio: 5}},
		{"HotKeysGet of nothing", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGet(ctx) },
			"HOTKEYS GET", "*-1", "_", redpoll.Nil},
		{"HotKeysGetRates", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGetRates(ctx) },
			"HOTKEYS GET", "*2 *6 $3 key $1 a $2 db :0 $3 qps :900 *6 $3 key $1 b $2 db :9 $3 qps :7",
			"*2 %3 $3 key $1 a $2 db :0 $3 qps :900 %3 $3 key $1 b $2 db :9 $3 qps :7",
			[]redpoll.HotKeyRate{{Key: "a", PerSecond: 900}, {Key: "b", DB: 9, PerSecond: 7}}},
		{"HotKeysGetRates of nothing",
			func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysGetRates(ctx) },
			"HOTKEYS GET", "*0", "", []redpoll.HotKeyRate{}},
		{"HotKeysHelp", func(rdb *redpoll.Client) (any, error) { return rdb.HotKeysHelp(ctx) },
			"HOTKEYS HELP", "*1 +HOTKEYS", "", []string{"HOTKEYS"}},
		{"BackupStart", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupStart(ctx)) },
			"BACKUP START", "+OK", "", nil},
		{"BackupSeal", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupSeal(ctx)) },
			"BACKUP SEAL", "+OK", "", nil},
		{"BackupStatus", func(rdb *redpoll.Client) (any, error) { return rdb.BackupStatus(ctx) },
			"BACKUP STATUS",
			"*8 $5 state $12 incrementing $5 error $0  $10 start_time $10 1717921800 $8 end_time $1 0",
			"%4 $5 state $12 incrementing $5 error $0  $10 start_time :1717921800 $8 end_time :0",
			redpoll.BackupStatus{State: "incrementing", Start: time.Unix(1717921800, 0)}},
		{"BackupStatus after a failure",
			func(rdb *redpoll.Client) (any, error) { return rdb.BackupStatus(ctx) },
			"BACKUP STATUS",
			"*10 $5 state $6 failed $5 error $7 aborted $10 start_time :1717921800 $8 end_time " +
				":1717921900 $4 more :7",
			"%5 $5 state $6 failed $5 error $7 aborted $10 start_time :1717921800 $8 end_time " +
				":1717921900 $4 more :7",
			redpoll.BackupStatus{State: "failed", Error: "aborted", Start: time.Unix(1717921800, 0),
				End: time.Unix(1717921900, 0), Extra: extra(t, "more")}},
		{"BackupList", func(rdb *redpoll.Client) (any, error) { return rdb.BackupList(ctx) },
			"BACKUP LIST", "*2 $7 /b/base $7 /b/incr", "", []string{"/b/base", "/b/incr"}},
		{"BackupList of nothing", func(rdb *redpoll.Client) (any, error) { return rdb.BackupList(ctx) },
			"BACKUP LIST", "*0", "", []string{}},
		{"BackupAbort", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupAbort(ctx)) },
			"BACKUP ABORT", "+OK", "", nil},
		{"BackupCleanup", func(rdb *redpoll.Client) (any, error) { return none(rdb.BackupCleanup(ctx)) },
			"BACKUP CLEANUP", "+OK", "", nil},
		{"BackupHelp", func(rdb *redpoll.Client) (any, error) { return rdb.BackupHelp(ctx) },
			"BACKUP HELP", "*1 +BACKUP", "", []string{"BACKUP"}},
		{"ACLSetRole",
			func(rdb *redpoll.Client) (any, error) { return none(rdb.ACLSetRole(ctx, "reader", "+@read")) },
			"ACL SETROLE reader +@read", "+OK", "", nil},
		{"ACLDelRole",
			func(rdb *redpoll.Client) (any, error) { return rdb.ACLDelRole(ctx, "reader", "none") },
			"ACL DELROLE reader none", ":1", "", int64(1)},
		{"ACLRoles", func(rdb *redpoll.Client) (any, error) { return rdb.ACLRoles(ctx) },
			"ACL ROLES", "*2 $3 ops $6 reader", "", []string{"ops", "reader"}},
		{"ACLGetRole of no such role",
			func(rdb *redpoll.Client) (any, error) { return rdb.ACLGetRole(ctx, "none") },
			"ACL GETROLE none", "*-1", "_", redpoll.Nil},
		{"ClusterScan", func(rdb *redpoll.Client) (any, error) {
			return rdb.ClusterScan(ctx, "0-{06S}-0", redpoll.Count(2))
		},
			"CLUSTERSCAN 0-{06S}-0 COUNT 2", "*2 $14 0B3a21-{06S}-9 *2 $1 a $1 b", "",
			redpoll.ClusterPage{Cursor: "0B3a21-{06S}-9", Keys: []string{"a", "b"}}},
		{"ClusterScan at its end", func(rdb *redpoll.Client) (any, error) {
			return rdb.ClusterScan(ctx, "0-{06S}-0", redpoll.InSlot(0))
		},
			"CLUSTERSCAN 0-{06S}-0 SLOT 0", "*2 $1 0 *0", "",
			redpoll.ClusterPage{Cursor: "0", Keys: []string{}}},
		{"ModuleLoadEx", func(rdb *redpoll.Client) (any, error) {
			return none(rdb.ModuleLoadEx(ctx, "/m.so", []redpoll.ModuleConfig{{Name: "m.a", Value: "1"}}))
		}, "MODULE LOADEX /m.so CONFIG m.a 1", "+OK", "", nil},
		{"Role of a sentinel", func(rdb *redpoll.Client) (any, error) { return rdb.Role(ctx) },
			"ROLE", "*2 $8 sentinel *1 $1 a", "",
			redpoll.RoleInfo{Name: "sentinel", Primaries: []string{"a"}}},
	})
}
