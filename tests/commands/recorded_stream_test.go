package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

func TestNewerStreamCommands(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	ids := []string{"1-0", "2-0"}
	testNewer(t, []newerCommand{
		{"XAdd with IDMP", func(c rdb) (any, error) { return c.XAdd(ctx, "s", "*", []any{"f", "v"}, redpoll.IDMP("p", "i")) },
			"XADD s IDMP p i * f v", "$3\r\n1-0\r\n", "", "1-0"},
		{"XDelEx", func(c rdb) (any, error) { return c.XDelEx(ctx, "s", ids, redpoll.Acked) }, "XDELEX s ACKED IDS 2 1-0 2-0", "*2\r\n:1\r\n:2\r\n", "", []int64{1, 2}},
		{"XAckDel", func(c rdb) (any, error) { return c.XAckDel(ctx, "s", "g", ids, redpoll.DelRef) },
			"XACKDEL s g DELREF IDS 2 1-0 2-0", "*2\r\n:1\r\n:-1\r\n", "", []int64{1, -1}},
		{"XNack", func(c rdb) (any, error) { return c.XNack(ctx, "s", "g", redpoll.NackFail, ids) }, "XNACK s g FAIL IDS 2 1-0 2-0", ":2\r\n", "", int64(2)},
		{"XPendingRange after XNack", func(c rdb) (any, error) { return c.XPendingRange(ctx, "s", "g", "-", "+", 1) }, "XPENDING s g - + 1",
			"*1\r\n*4\r\n$3\r\n1-0\r\n$0\r\n\r\n:-1\r\n:1\r\n", "", []redpoll.PendingEntry{{ID: "1-0", Idle: -time.Millisecond, Deliveries: 1}}},
		{"XReadGroup with ClaimIdle", func(c rdb) (any, error) {
			return c.XReadGroup(ctx, "g", "c", []redpoll.StreamFrom{{Key: "s", ID: ">"}}, redpoll.ClaimIdle(time.Second))
		}, "XREADGROUP GROUP g c CLAIM 1000 STREAMS s >",
			"*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*4\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n:1500\r\n:2\r\n",
			"%1\r\n$1\r\ns\r\n*1\r\n*4\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n:1500\r\n:2\r\n",
			[]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{{ID: "1-0", Fields: []redpoll.FieldValue{{Field: "f", Value: "v"}},
				Idle: 1500 * time.Millisecond, Deliveries: 2}}}}},
		{"XClaim of an old server", func(c rdb) (any, error) { return c.XClaim(ctx, "s", "g", "c", 0, ids) }, "XCLAIM s g c 0 1-0 2-0",
			"*2\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n*-1\r\n", "*2\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n_\r\n",
			[]redpoll.StreamEntry{entry("1-0", "f", "v"), {}}},
		{"XAutoClaim of server 6.2", func(c rdb) (any, error) { return c.XAutoClaim(ctx, "s", "g", "c", 0, "0") }, "XAUTOCLAIM s g c 0 0",
			"*2\r\n$3\r\n0-0\r\n*0\r\n", "", redpoll.ClaimedEntries{Next: "0-0", Entries: []redpoll.StreamEntry{}}},
		{"XInfoConsumers", func(c rdb) (any, error) { return c.XInfoConsumers(ctx, "s", "g") }, "XINFO CONSUMERS s g",
			"*2\r\n*8\r\n$4\r\nname\r\n$1\r\na\r\n$7\r\npending\r\n:1\r\n$4\r\nidle\r\n:5\r\n$8\r\ninactive\r\n:9\r\n*4\r\n$8\r\ninactive\r\n:-1\r\n$5\r\nnewer\r\n:7\r\n",
			"*2\r\n%4\r\n$4\r\nname\r\n$1\r\na\r\n$7\r\npending\r\n:1\r\n$4\r\nidle\r\n:5\r\n$8\r\ninactive\r\n:9\r\n%2\r\n$8\r\ninactive\r\n:-1\r\n$5\r\nnewer\r\n:7\r\n",
			[]redpoll.ConsumerInfo{{Name: "a", Pending: 1, Idle: 5 * time.Millisecond, Inactive: redpoll.Null[time.Duration]{V: 9 * time.Millisecond, Valid: true}},
				{Extra: extra(t, "newer")}}},
		{"XInfoGroups without a lag", func(c rdb) (any, error) { return c.XInfoGroups(ctx, "s") }, "XINFO GROUPS s",
			"*1\r\n*4\r\n$12\r\nentries-read\r\n:3\r\n$3\r\nlag\r\n$-1\r\n", "*1\r\n%2\r\n$12\r\nentries-read\r\n:3\r\n$3\r\nlag\r\n_\r\n",
			[]redpoll.GroupInfo{{EntriesRead: redpoll.Null[int64]{V: 3, Valid: true}}}},
		{"XInfoStream with IDMP", func(c rdb) (any, error) { return c.XInfoStream(ctx, "s") }, "XINFO STREAM s",
			"*6\r\n$13\r\nidmp-duration\r\n:100\r\n$12\r\nidmp-maxsize\r\n:50\r\n$5\r\nnewer\r\n:7\r\n", "%3\r\n$13\r\nidmp-duration\r\n:100\r\n$12\r\nidmp-maxsize\r\n:50\r\n$5\r\nnewer\r\n:7\r\n",
			redpoll.StreamInfo{StreamStats: redpoll.StreamStats{IDMPDuration: 100 * time.Second, IDMPMaxSize: 50}, Extra: extra(t, "newer")}},
		{"XInfoStreamFull of server 8.8", func(c rdb) (any, error) { return c.XInfoStreamFull(ctx, "s", 0) }, "XINFO STREAM s FULL COUNT 0",
			"*2\r\n$6\r\ngroups\r\n*1\r\n*4\r\n$12\r\nnacked-count\r\n:2\r\n$9\r\nconsumers\r\n*1\r\n*4\r\n$9\r\nseen-time\r\n:1700000000123\r\n$11\r\nactive-time\r\n:-1\r\n",
			"%1\r\n$6\r\ngroups\r\n*1\r\n%2\r\n$12\r\nnacked-count\r\n:2\r\n$9\r\nconsumers\r\n*1\r\n%2\r\n$9\r\nseen-time\r\n:1700000000123\r\n$11\r\nactive-time\r\n:-1\r\n",
			redpoll.StreamInfoFull{Groups: []redpoll.GroupInfoFull{{NackedCount: 2, Consumers: []redpoll.ConsumerInfoFull{{SeenTime: time.UnixMilli(1700000000123)}}}}}},
		{"XCfgSet", func(c rdb) (any, error) { return nil, c.XCfgSet(ctx, "s", redpoll.IDMPMaxSize(5)) }, "XCFGSET s IDMP-MAXSIZE 5", "+OK\r\n", "", nil},
		{"GeoSearchPolygon", func(c rdb) (any, error) {
			return c.GeoSearchPolygon(ctx, "g", []redpoll.GeoPoint{{Longitude: 0, Latitude: 0}, {Longitude: 0, Latitude: 2}, {Longitude: 2, Latitude: 2}})
		}, "GEOSEARCH g BYPOLYGON 3 0.0 0.0 0.0 2.0 2.0 2.0", "*1\r\n$1\r\nm\r\n", "", []string{"m"}},
	})
}
