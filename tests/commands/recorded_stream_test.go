package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

func TestRecordedStreamReplies(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	ids := []string{"1-0", "2-0"}
	testRecorded(t, []recordedCall{
		{"XAdd with IDMP", func(c rdb) (any, error) {
			return c.XAdd(ctx, "s", "*", []any{"f", "v"}, redpoll.IDMP("p", "i"))
		},
			"XADD s IDMP p i * f v", "$3 1-0", "", "1-0"},
		{"XDelEx", func(c rdb) (any, error) { return c.XDelEx(ctx, "s", ids, redpoll.Acked) },
			"XDELEX s ACKED IDS 2 1-0 2-0", "*2 :1 :2", "", []int64{1, 2}},
		{"XAckDel", func(c rdb) (any, error) { return c.XAckDel(ctx, "s", "g", ids, redpoll.DelRef) },
			"XACKDEL s g DELREF IDS 2 1-0 2-0", "*2 :1 :-1", "", []int64{1, -1}},
		{"XNack", func(c rdb) (any, error) { return c.XNack(ctx, "s", "g", redpoll.NackFail, ids) },
			"XNACK s g FAIL IDS 2 1-0 2-0", ":2", "", int64(2)},
		{"XPendingRange after XNack",
			func(c rdb) (any, error) { return c.XPendingRange(ctx, "s", "g", "-", "+", 1) },
			"XPENDING s g - + 1",
			"*1 *4 $3 1-0 $0  :-1 :1", "",
			[]redpoll.StreamPendingEntry{{ID: "1-0", Idle: -time.Millisecond, Deliveries: 1}}},
		{"XReadGroup with ClaimIdle", func(c rdb) (any, error) {
			return c.XReadGroup(ctx, "g", "c", []redpoll.StreamFrom{{Key: "s", ID: ">"}},
				redpoll.ClaimIdle(time.Second))
		}, "XREADGROUP GROUP g c CLAIM 1000 STREAMS s >",
			"*1 *2 $1 s *1 *4 $3 1-0 *2 $1 f $1 v :1500 :2",
			"%1 $1 s *1 *4 $3 1-0 *2 $1 f $1 v :1500 :2",
			[]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{{ID: "1-0",
				Fields: []redpoll.FieldValue{{Field: "f", Value: "v"}},
				Idle:   1500 * time.Millisecond, Deliveries: 2}}}}},
		{"XClaim of an old server", func(c rdb) (any, error) { return c.XClaim(ctx, "s", "g", "c", 0, ids) },
			"XCLAIM s g c 0 1-0 2-0",
			"*2 *2 $3 1-0 *2 $1 f $1 v *-1", "*2 *2 $3 1-0 *2 $1 f $1 v _",
			[]redpoll.StreamEntry{entry("1-0", "f", "v"), {}}},
		{"XAutoClaim of server 6.2",
			func(c rdb) (any, error) { return c.XAutoClaim(ctx, "s", "g", "c", 0, "0") },
			"XAUTOCLAIM s g c 0 0",
			"*2 $3 0-0 *0", "", redpoll.StreamClaimedEntries{Next: "0-0", Entries: []redpoll.StreamEntry{}}},
		{"XInfoConsumers", func(c rdb) (any, error) { return c.XInfoConsumers(ctx, "s", "g") },
			"XINFO CONSUMERS s g",
			"*2 *8 $4 name $1 a $7 pending :1 $4 idle :5 $8 inactive :9 *4 $8 inactive :-1 $5 newer :7",
			"*2 %4 $4 name $1 a $7 pending :1 $4 idle :5 $8 inactive :9 %2 $8 inactive :-1 $5 newer :7",
			[]redpoll.StreamConsumer{{Name: "a", Pending: 1, Idle: 5 * time.Millisecond,
				Inactive: redpoll.Null[time.Duration]{V: 9 * time.Millisecond, Valid: true}},
				{Extra: extra(t, "newer")}}},
		{"XInfoGroups without a lag", func(c rdb) (any, error) { return c.XInfoGroups(ctx, "s") },
			"XINFO GROUPS s",
			"*1 *4 $12 entries-read :3 $3 lag $-1", "*1 %2 $12 entries-read :3 $3 lag _",
			[]redpoll.StreamGroup{{EntriesRead: redpoll.Null[int64]{V: 3, Valid: true}}}},
		{"XInfoStream with IDMP", func(c rdb) (any, error) { return c.XInfoStream(ctx, "s") },
			"XINFO STREAM s",
			"*6 $13 idmp-duration :100 $12 idmp-maxsize :50 $5 newer :7",
			"%3 $13 idmp-duration :100 $12 idmp-maxsize :50 $5 newer :7",
			redpoll.StreamInfo{StreamStats: redpoll.StreamStats{IDMPDuration: 100 * time.Second,
				IDMPMaxSize: 50}, Extra: extra(t, "newer")}},
		{"XInfoStreamFull of server 8.8", func(c rdb) (any, error) { return c.XInfoStreamFull(ctx, "s", 0) },
			"XINFO STREAM s FULL COUNT 0",
			"*2 $6 groups *1 *4 $12 nacked-count :2 $9 consumers *1 *4 $9 seen-time :1700000000123 $11 " +
				"active-time :-1",
			"%1 $6 groups *1 %2 $12 nacked-count :2 $9 consumers *1 %2 $9 seen-time :1700000000123 $11 " +
				"active-time :-1",
			redpoll.StreamInfoFull{Groups: []redpoll.StreamGroupFull{{NackedCount: 2,
				Consumers: []redpoll.StreamConsumerFull{{SeenTime: time.UnixMilli(1700000000123)}}}}}},
		{"XCfgSet", func(c rdb) (any, error) { return nil, c.XCfgSet(ctx, "s", redpoll.IDMPMaxSize(5)) },
			"XCFGSET s IDMP-MAXSIZE 5", "+OK", "", nil},
		{"GeoSearchPolygon", func(c rdb) (any, error) {
			return c.GeoSearchPolygon(ctx, "g", []redpoll.GeoPoint{
				{Longitude: 0, Latitude: 0}, {Longitude: 0, Latitude: 2}, {Longitude: 2, Latitude: 2},
			})
		}, "GEOSEARCH g BYPOLYGON 3 0.0 0.0 0.0 2.0 2.0 2.0", "*1 $1 m", "", []string{"m"}},
	})
}
