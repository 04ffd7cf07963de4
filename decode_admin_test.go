package redpoll

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

// adminDecoders are the decode functions for connections, ACL users, clusters and Sentinels.
var adminDecoders = []unboxer{
	with(record[[]ACLLogEntry]), with(decodeACLUser), with(record[Address]), with(decodeClientInfo), with(decodeClientInfos), with(decodeClusterEpoch), with(decodeClusterInfo), with(record[[]ClusterLink]),
	with(decodeClusterNodeList), with(decodeClusterNodes), with(record[[]ClusterShard]), with(record[[]ClusterSlotNodes]), with(record[map[string]time.Duration]), with(decodeDryRun), with(record[map[string][]CachedInfo]),
	with(decodeMasterDown), with(decodeMigrationTask), with(record[[]MigrationTask]), with(record[map[string]string]), with(decodeSentinelMap), with(record[[]SentinelScript]), with(record[SentinelState]),
	with(record[[]SentinelState]), with(record[[]SlotMigrationState]), with(decodeSlotStats), with(record[TrackingInfo]),
}

func text(s string) Value { return Value{kind: KindString, text: s} }

const (
	nodeID  = "07c37dfeb235213a872192d90877d0cd55635b91"
	otherID = "67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1"
)

// Replies of servers newer than the one at hand, or in states that are hard to bring about, as their documentation and
// source give them.
func TestDecodeAdmin(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000123)
	sec := time.Unix(1700000000, 0)
	for _, c := range []struct {
		name   string
		reply  any // see testkit.Reply
		decode unboxer
		want   any
	}{
		{"connections with new fields", testkit.Verbatim("id=7 addr=[::1]:5 name=a=b lib-name=x(y=z) age=3 idle=1 flags=N db=2 multi=-1 io-thread=2 tot-cmds=9 new=1=2 fd=many\n\nid=8 addr=/tmp/s:0\n"), with(decodeClientInfos), []ClientInfo{
			{ID: 7, Addr: "[::1]:5", Name: "a=b", LibName: "x(y=z)", Age: 3 * time.Second, Idle: time.Second, Flags: "N", DB: 2, Multi: -1, IOThread: 2,
				TotalCommands: 9, Extra: map[string]Value{"new": text("1=2"), "fd": text("many")}},
			{ID: 8, Addr: "/tmp/s:0"},
		}},
		{"connections with blanks", "id=7 addr=/s p/a=b  c.sock:0 laddr=/s p/laddr.sock:0 fd=8 name= user=x\u3000y lib-ver=\n" +
			"id=8 addr=/a: b.sock:0 fd=9 new=one two=2 three\nid=9 addr= laddr=?:0\nid=10 addr=/a fd=9 \n", with(decodeClientInfos), []ClientInfo{
			{ID: 7, Addr: "/s p/a=b  c.sock:0", LAddr: "/s p/laddr.sock:0", FD: 8, User: "x\u3000y"},
			{ID: 8, Addr: "/a: b.sock:0", FD: 9, Extra: map[string]Value{"new": text("one"), "two": text("2 three")}},
			{ID: 9, LAddr: "?:0"},
			{ID: 10, Addr: "/a", FD: 9},
		}},
		{"no connections", "", with(decodeClientInfos), []ClientInfo{}},
		{"user of server 6", testkit.Map{"flags", []any{"off", "allkeys"}, "passwords", []any{}, "commands", "+@all -get", "keys", []any{"a*", "b\u3000"}, "channels", []any{"c*"}, "new", 1}, with(decodeACLUser), ACLUser{Flags: []string{"off", "allkeys"}, Passwords: []string{}, ACLSelector: ACLSelector{
			Rules: []string{"+@all", "-get"}, Categories: []string{"+@all"}, Commands: []string{"-get"}, Keys: []string{"~a*", "~b\u3000"}, Channels: []string{"&c*"}, AllDatabases: true,
		}, Extra: map[string]Value{"new": {kind: KindInt, num: 1}}}},
		{"user of some databases", testkit.Map{"databases", "db=0,12", "selectors", []any{testkit.Map{"databases", "alldbs"}, testkit.Map{"databases", ""}, testkit.Map{"keys", []any{"a*"}}}}, with(decodeACLUser), ACLUser{ACLSelector: ACLSelector{Databases: []int64{0, 12}}, Selectors: []ACLSelector{
			{AllDatabases: true}, {}, {Keys: []string{"~a*"}, AllDatabases: true},
		}}},
		{"entry of the log of server 7.2", []any{testkit.Map{"count", 2, "reason", "key", "context", "toplevel", "object", "k", "username", "bob", "age-seconds", 0.25,
			"client-info", "id=9 addr=a:1", "entry-id", 4, "timestamp-created", 1700000000123, "timestamp-last-updated", 1700000000123, "new", "x"}}, with(record[[]ACLLogEntry]), []ACLLogEntry{{Count: 2, Reason: "key", Context: "toplevel", Object: "k", Username: "bob", Age: 250 * time.Millisecond,
			Client: ClientInfo{ID: 9, Addr: "a:1"}, EntryID: 4, Created: at, Updated: at, Extra: map[string]Value{"new": text("x")}}}},
		{"nodes", nodeID + " 127.0.0.1:30004@31004,host,shard-id=s1 slave,fail? " + otherID + " 1700000000123 1700000000123 4 disconnected\n" +
			otherID + " ::1:30001@31001 myself,master - 0 0 1 connected 0-99 200 [5->-" + nodeID + "] [6-<-" + nodeID + "]\n" +
			nodeID + " :0@0 noflags - 0 0 0 connected\n" + nodeID + " 1.2.3.4:6379 master,nofailover - 0 0 0 connected\n", with(decodeClusterNodes), []ClusterNode{
			{ID: nodeID, Host: "127.0.0.1", Port: 30004, BusPort: 31004, Hostname: "host", Flags: []string{"slave", "fail?"}, Master: otherID, PingSent: at,
				PongReceived: at, Epoch: 4, Extra: map[string]Value{"shard-id": text("s1")}},
			{ID: otherID, Host: "::1", Port: 30001, BusPort: 31001, Flags: []string{"myself", "master"}, Epoch: 1, Connected: true, Slots: []SlotRange{{0, 99}, {200, 200}},
				Migrating: []MovingSlot{{5, nodeID}}, Importing: []MovingSlot{{6, nodeID}}},
			{ID: nodeID, Connected: true},
			{ID: nodeID, Host: "1.2.3.4", Port: 6379, Flags: []string{"master", "nofailover"}, Connected: true},
		}},
		{"replicas", []any{nodeID + " a:1@2 slave " + otherID + " 0 1700000000123 4 connected"}, with(decodeClusterNodeList), []ClusterNode{
			{ID: nodeID, Host: "a", Port: 1, BusPort: 2, Flags: []string{"slave"}, Master: otherID, PongReceived: at, Epoch: 4, Connected: true},
		}},
		{"slots", []any{
			[]any{0, 99, []any{"a", 1, nodeID, testkit.Map{"hostname", "host", "ip", "1.2.3.4"}, 7}, []any{nil, 2, otherID, []any{}}, []any{"?", 3}},
			[]any{100, 100},
		}, with(record[[]ClusterSlotNodes]), []ClusterSlotNodes{
			{Start: 0, End: 99, Nodes: []ClusterEndpoint{{Host: "a", Port: 1, ID: nodeID, Metadata: map[string]string{"hostname": "host", "ip": "1.2.3.4"}}, {Port: 2, ID: otherID, Metadata: map[string]string{}}, {Host: "?", Port: 3}}},
			{Start: 100, End: 100, Nodes: []ClusterEndpoint{}},
		}},
		{"shards", []any{testkit.Map{"slots", []any{0, 99, 200, 200}, "nodes", []any{testkit.Map{"id", nodeID, "port", 1, "tls-port", 2, "ip", "1.2.3.4", "endpoint", "host",
			"hostname", "host", "role", "replica", "replication-offset", 72156, "health", "online", "availability-zone", "z"}}, "id", otherID, "new", 1}}, with(record[[]ClusterShard]), []ClusterShard{{ID: otherID, Slots: []SlotRange{{0, 99}, {200, 200}}, Nodes: []ClusterShardNode{{ID: nodeID, Port: 1, TLSPort: 2, IP: "1.2.3.4",
			Hostname: "host", Endpoint: "host", Role: "replica", ReplicationOffset: 72156, Health: "online", Extra: map[string]Value{"availability-zone": text("z")}}},
			Extra: map[string]Value{"new": {kind: KindInt, num: 1}}}}},
		{"links", []any{testkit.Map{"direction", "to", "node", nodeID, "create-time", 1700000000123, "events", "rw", "send-buffer-allocated", 4512, "send-buffer-used", 5, "new", "x"}}, with(record[[]ClusterLink]), []ClusterLink{{Direction: "to", Node: nodeID, Created: at, Events: "rw", SendBufferAllocated: 4512, SendBufferUsed: 5, Extra: map[string]Value{"new": text("x")}}}},
		{"bumped", testkit.Status("BUMPED 7"), with(decodeClusterEpoch), ClusterEpoch{Epoch: 7, Bumped: true}},
		{"still", testkit.Status("STILL 7"), with(decodeClusterEpoch), ClusterEpoch{Epoch: 7}},
		{"counters of slots", []any{[]any{5, testkit.Map{"key-count", 3, "cpu-usec", 40, "memory-bytes", 50, "network-bytes-in", 6, "network-bytes-out", 7, "new", 8}}, []any{6, testkit.Map{"key-count", 0}}}, with(decodeSlotStats), []SlotStats{{Slot: 5, KeyCount: 3, CPU: 40 * time.Microsecond, Memory: 50, NetworkIn: 6, NetworkOut: 7, Extra: map[string]Value{"new": {kind: KindInt, num: 8}}}, {Slot: 6}}},
		{"migrations of Valkey", []any{testkit.Map{"name", nodeID, "operation", "EXPORT", "slot_ranges", "0-10 20-20", "target_node", otherID, "source_node", nodeID, "create_time", 1700000000,
			"last_update_time", 1700000000, "last_ack_time", 0, "state", "success", "message", "", "cow_size", 9, "new", "x"}}, with(record[[]SlotMigrationState]), []SlotMigrationState{{Name: nodeID, Operation: "EXPORT", Slots: []SlotRange{{0, 10}, {20, 20}}, Target: otherID, Source: nodeID, Created: sec, Updated: sec,
			State: "success", CowSize: 9, Extra: map[string]Value{"new": text("x")}}}},
		{"migrations of Redis", migrationReply, with(record[[]MigrationTask]), []MigrationTask{migrationRecord(at)}},
		{"migration of Redis", migrationReply, with(decodeMigrationTask), migrationRecord(at)},
		{"no such migration", []any{}, with(decodeMigrationTask), Nil},
		{"a Sentinel", testkit.Map{"name", nodeID, "ip", "h", "port", "26379", "runid", nodeID, "flags", "s_down,sentinel,master_down,disconnected", "link-pending-commands", "3", "link-refcount", "1",
			"last-ping-sent", "10", "last-ok-ping-reply", "20", "last-ping-reply", "30", "s-down-time", "40", "down-after-milliseconds", "5000", "last-hello-message", "60",
			"voted-leader", "?", "voted-leader-epoch", "0", "new", "x"}, with(record[SentinelState]), SentinelState{Name: nodeID, Addr: Address{"h", 26379}, RunID: nodeID, Flags: []string{"s_down", "sentinel", "master_down", "disconnected"}, IsSentinel: true,
			IsSDown: true, IsMasterDown: true, IsDisconnected: true, LinkPendingCommands: 3, LinkRefCount: 1, LastPingSent: 10 * time.Millisecond, LastOKPingReply: 20 * time.Millisecond,
			LastPingReply: 30 * time.Millisecond, SDownTime: 40 * time.Millisecond, DownAfter: 5 * time.Second, LastHello: 60 * time.Millisecond, VotedLeader: "?",
			Extra: map[string]Value{"new": text("x")}}},
		{"a master that is down", []any{testkit.Map{"name", "m", "flags", "s_down,o_down,master,failover_in_progress", "o-down-time", "50", "failover-state", "wait_start", "config-epoch", "2"}}, with(decodeSentinelMap), map[string]SentinelState{"m": {Name: "m", Flags: []string{"s_down", "o_down", "master", "failover_in_progress"}, IsMaster: true, IsSDown: true, IsODown: true,
			ODownTime: 50 * time.Millisecond, FailoverState: "wait_start", ConfigEpoch: 2}}},
		{"a vote", []any{1, nodeID, 4}, with(decodeMasterDown), MasterDown{Down: true, Leader: nodeID, LeaderEpoch: 4}},
		{"scripts", []any{testkit.Map{"argv", []any{"/s", "a"}, "flags", "running", "pid", "5", "run-time", "1500", "retry-num", "1"},
			testkit.Map{"argv", []any{"/s"}, "flags", "scheduled", "pid", "0", "run-delay", "20", "retry-num", "2", "new", "x"}}, with(record[[]SentinelScript]), []SentinelScript{{Argv: []string{"/s", "a"}, Flags: "running", PID: 5, RunTime: 1500 * time.Millisecond, Retries: 1},
			{Argv: []string{"/s"}, Flags: "scheduled", RunDelay: 20 * time.Millisecond, Retries: 2, Extra: map[string]Value{"new": text("x")}}}},
		{"answers to INFO", testkit.Map{"m", []any{[]any{2597, "# Server"}, []any{0, nil}}}, with(record[map[string][]CachedInfo]), map[string][]CachedInfo{"m": {{2597 * time.Millisecond, "# Server"}, {}}}},
		{"may not", "This user has no permissions", with(decodeDryRun), "This user has no permissions"},
		{"tracking", testkit.Map{"flags", testkit.Set{"on", "bcast"}, "redirect", 7, "prefixes", []any{"a:"}, "new", "x"}, with(record[TrackingInfo]), TrackingInfo{Flags: []string{"on", "bcast"}, Redirect: 7, Prefixes: []string{"a:"}, Extra: map[string]Value{"new": text("x")}}},
		{"no address", testkit.NullArray{}, with(record[Address]), Nil},
	} {
		for _, protocol := range []int{2, 3} {
			d := &reply{}
			d.Reset([]byte(testkit.Reply(protocol, c.reply)))
			got, err := c.decode(d)
			if want, ok := c.want.(error); ok {
				if !errors.Is(err, want) {
					t.Errorf("%s, RESP%d: got %#v and %v, want %v", c.name, protocol, got, err, want)
				}
				continue
			}
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, RESP%d: got\n%#v and %v, want\n%#v", c.name, protocol, got, err, c.want)
			}
			if d.More() {
				t.Errorf("%s, RESP%d: leaves a rest", c.name, protocol)
			}
		}
	}
}

var migrationReply = []any{testkit.Map{"id", nodeID, "slots", "0-10 20-20", "source", nodeID, "dest", otherID, "operation", "migrate", "state", "completed", "last_error", "", "retries", 1,
	"create_time", 1700000000123, "start_time", 1700000000123, "end_time", 0, "write_pause_ms", 7, "new", "x"}}

func migrationRecord(at time.Time) MigrationTask {
	return MigrationTask{ID: nodeID, Slots: []SlotRange{{0, 10}, {20, 20}}, Source: nodeID, Dest: otherID, Operation: "migrate", State: "completed", Retries: 1,
		Created: at, Started: at, WritePause: 7 * time.Millisecond, Extra: map[string]Value{"new": text("x")}}
}

// Replies that make no sense are errors of shape, not Nil and not half a record.
func TestDecodeAdminRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reply string // see testkit.Frame
		decode      unboxer
	}{
		{"connection without fields", "$0 ", with(decodeClientInfo)},
		{"connection without =", "$2 id", with(decodeClientInfo)},
		{"field of a cluster without :", "$4 id=1", with(decodeClusterInfo)},
		{"line without =", "$7 id=1\nid", with(decodeClientInfos)},
		{"number in place of a map", ":1", with(decodeACLUser)},
		{"database that is no number", "*2 $9 databases $6 db=1,x", with(decodeACLUser)},
		{"text in place of a number", "*1 *2 $5 count $1 x", with(record[[]ACLLogEntry])},
		{"bad connection in the log", "*1 *2 $11 client-info $1 x", with(record[[]ACLLogEntry])},
		{"short line of a node", "$3 a·b", with(decodeClusterNodes)},
		{"node without a port", "$32 id·host·master·-·0·0·1·connected", with(decodeClusterNodes)},
		{"bad port of the bus", "$33 id·a:1@x·master·-·0·0·1·connected", with(decodeClusterNodeList)},
		{"bad slot of a node", "$33 id·a:1·master·-·0·0·1·connected·x", with(decodeClusterNodes)},
		{"bad moving slot", "$34 id·a:1·master·-·0·0·1·connected·[5", with(decodeClusterNodes)},
		{"range without an end", "*1 *1 :0", with(record[[]ClusterSlotNodes])},
		{"odd slots of a shard", "*1 *2 $5 slots *1 :1", with(record[[]ClusterShard])},
		{"unknown word about an epoch", "+MOVED·7", with(decodeClusterEpoch)},
		{"no epoch", "+STILL", with(decodeClusterEpoch)},
		{"bad ranges", "*1 *2 $5 slots $3 1-x", with(decodeMigrationTask)},
		{"port missing", "*1 $1 h", with(record[Address])},
		{"empty state of a cluster", "$0 ", with(decodeClusterInfo)},
		{"blank state of a cluster", "$2  ", with(decodeClusterInfo)},
	} {
		d := &reply{}
		d.Reset(testkit.Frame(c.reply))
		if got, err := c.decode(d); err == nil || errors.Is(err, Nil) {
			t.Errorf("%s: got %#v and %v, want an error of shape", c.name, got, err)
		}
	}
}
