package commands_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// recordedCall is a call of a command that the server may not know, and a reply of a server that does.
type recordedCall struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	sends        string
	resp2, resp3 string // see [testkit.Frame]; resp3 is empty if it is the same
	want         any    // value, or an error that must match
}

func testRecorded(t *testing.T, commands []recordedCall) {
	t.Helper()
	for _, c := range commands {
		if c.resp3 == "" {
			c.resp3 = c.resp2
		}
		checkRecorded(t, 2, string(testkit.Frame(c.resp2)), c)
		checkRecorded(t, 3, string(testkit.Frame(c.resp3)), c)
	}
}

// checkRecorded makes a call with a recorded reply, and compares the command that was sent and the result.
func checkRecorded(t *testing.T, protocol int, reply string, c recordedCall) {
	t.Helper()
	r := testkit.Recorded(t, reply)
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr(), Protocol: protocol})
	got, err := c.call(rdb)
	if want, ok := c.want.(error); ok {
		if err == nil || (!errors.Is(err, want) && !strings.Contains(err.Error(), want.Error())) {
			t.Errorf("%s, RESP%d: got %#v and %v, want the error %v", c.name, protocol, got, err, want)
		}
	} else if err != nil || !reflect.DeepEqual(got, c.want) {
		t.Errorf("%s, RESP%d: got %#v and %v, want %#v", c.name, protocol, got, err, c.want)
	}
	_ = rdb.Close()
	if sent := r.Asked(); len(sent) != 1 || sent[0] != c.sends {
		t.Errorf("%s, RESP%d: sent %q, want %q", c.name, protocol, sent, c.sends)
	}
}

// These replies are from the documentation of servers that may not be available.
func TestRecordedReplies(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000123)
	sec := at.Truncate(time.Second)
	fields := []string{"a", "b"}
	expiry := func(t time.Time) []redpoll.Null[time.Time] {
		return []redpoll.Null[time.Time]{{V: t, Valid: true}, {}}
	}
	testRecorded(t, []recordedCall{
		{"HExpire", func(rdb *redpoll.Client) (any, error) {
			return rdb.HExpire(ctx, "h", time.Minute, fields, redpoll.NX)
		},
			"HEXPIRE h 60 NX FIELDS 2 a b", "*2 :1 :-2", "", []int64{1, -2}},
		{"HPExpire", func(rdb *redpoll.Client) (any, error) { return rdb.HPExpire(ctx, "h", 0, fields) },
			"HPEXPIRE h 0 FIELDS 2 a b", "*2 :2 :0", "", []int64{2, 0}},
		{"HExpireAt", func(rdb *redpoll.Client) (any, error) { return rdb.HExpireAt(ctx, "h", sec, fields) },
			"HEXPIREAT h 1700000000 FIELDS 2 a b", "*2 :1 :1", "", []int64{1, 1}},
		{"HPExpireAt", func(rdb *redpoll.Client) (any, error) { return rdb.HPExpireAt(ctx, "h", at, fields) },
			"HPEXPIREAT h 1700000000123 FIELDS 2 a b", "*2 :1 :1", "", []int64{1, 1}},
		{"HExpireUntil",
			func(rdb *redpoll.Client) (any, error) { return rdb.HExpireUntil(ctx, "h", at, fields) },
			"HPEXPIREAT h 1700000000123 FIELDS 2 a b", "*2 :1 :1", "", []int64{1, 1}},
		{"HExpireTime",
			func(rdb *redpoll.Client) (any, error) { return rdb.HExpireTime(ctx, "h", fields...) },
			"HEXPIRETIME h FIELDS 2 a b", "*2 :1700000000 :-2", "", expiry(sec)},
		{"HPExpireTime",
			func(rdb *redpoll.Client) (any, error) { return rdb.HPExpireTime(ctx, "h", fields...) },
			"HPEXPIRETIME h FIELDS 2 a b", "*2 :1700000000123 :-2", "", expiry(at)},
		{"HTTL", func(rdb *redpoll.Client) (any, error) { return rdb.HTTL(ctx, "h", fields...) },
			"HTTL h FIELDS 2 a b", "*2 :60 :-1", "", []time.Duration{time.Minute, redpoll.NoExpiry}},
		{"HPTTL", func(rdb *redpoll.Client) (any, error) { return rdb.HPTTL(ctx, "h", fields...) },
			"HPTTL h FIELDS 2 a b", "*2 :60 :-2", "", []time.Duration{60 * time.Millisecond, redpoll.NoKey}},
		{"HPersist", func(rdb *redpoll.Client) (any, error) { return rdb.HPersist(ctx, "h", fields...) },
			"HPERSIST h FIELDS 2 a b", "*2 :1 :-1", "", []int64{1, -1}},
		{"HScanNoValues", func(rdb *redpoll.Client) (any, error) {
			return rdb.HScanNoValues(ctx, "h", 5, redpoll.Count(9))
		},
			"HSCAN h 5 COUNT 9 NOVALUES", "*2 $1 7 *1 $1 a", "",
			redpoll.ScanPage[string]{Cursor: 7, Items: []string{"a"}}},
		{"ZRankWithScore",
			func(rdb *redpoll.Client) (any, error) { return rdb.ZRankWithScore(ctx, "z", "m") },
			"ZRANK z m WITHSCORE", "*2 :3 $3 1.5", "*2 :3 ,1.5", redpoll.RankScore{Rank: 3, Score: 1.5}},
		{"ZRevRankWithScore",
			func(rdb *redpoll.Client) (any, error) { return rdb.ZRevRankWithScore(ctx, "z", "m") },
			"ZREVRANK z m WITHSCORE", "*2 :3 $3 1.5", "*2 :3 ,1.5", redpoll.RankScore{Rank: 3, Score: 1.5}},
		{"WaitAOF", func(rdb *redpoll.Client) (any, error) {
			one, err := rdb.Conn(ctx)
			if err != nil {
				return nil, err
			}
			defer one.Close()
			return one.WaitAOF(ctx, 1, 2, time.Second)
		},
			"WAITAOF 1 2 1000", "*2 :1 :0", "", redpoll.WaitAOFResult{Local: 1}},
	})
}

func TestRecordedDataReplies(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	fields := []string{"a", "b"}
	const list2, list3 = "*2 $1 x $-1", "*2 $1 x _"
	testRecorded(t, []recordedCall{
		{"Set with IfEq", func(c rdb) (any, error) { return nil, c.Set(ctx, "k", "v", redpoll.IfEq("old")) },
			"SET k v IFEQ old", "$-1", "_", redpoll.Nil},
		{"DelEx", func(c rdb) (any, error) { return c.DelEx(ctx, "k", redpoll.IfDEq("00ff")) },
			"DELEX k IFDEQ 00ff", ":1", "", true},
		{"DelIfEq", func(c rdb) (any, error) { return c.DelIfEq(ctx, "k", "v") },
			"DELIFEQ k v", ":0", "", false},
		{"Digest", func(c rdb) (any, error) { return c.Digest(ctx, "k") },
			"DIGEST k", "$16 b6acb9d84a38ff74", "", "b6acb9d84a38ff74"},
		{"Digest, nothing", func(c rdb) (any, error) { return c.Digest(ctx, "k") },
			"DIGEST k", "$-1", "_", redpoll.Nil},
		{"IncrEx", func(c rdb) (any, error) {
			return c.IncrEx(ctx, "k", 5, redpoll.UpperBound(100), redpoll.EX(time.Minute), redpoll.ENX)
		},
			"INCREX k BYINT 5 UBOUND 100 EX 60 ENX", "*2 :99 :0", "", redpoll.IncrExResult{Value: 99}},
		{"IncrExFloat", func(c rdb) (any, error) { return c.IncrExFloat(ctx, "k", 0.25) },
			"INCREX k BYFLOAT 0.25", "*2 $4 1.75 $4 0.25", "*2 ,1.75 ,0.25",
			redpoll.IncrExFloatResult{Value: 1.75, Applied: 0.25}},
		{"IncrEx with NX", func(c rdb) (any, error) { return c.IncrEx(ctx, "k", 5, redpoll.NX) },
			"INCREX k BYINT 5 NX", "*2 :7 :0", "", redpoll.IncrExResult{Value: 7}},
		{"IncrEx with XX, nothing", func(c rdb) (any, error) { return c.IncrEx(ctx, "k", 5, redpoll.XX) },
			"INCREX k BYINT 5 XX", "*2 $-1 :0", "*2 _ :0", redpoll.IncrExResult{}},
		{"IncrExFloat with XX, nothing",
			func(c rdb) (any, error) { return c.IncrExFloat(ctx, "k", 0.5, redpoll.XX) },
			"INCREX k BYFLOAT 0.5 XX", "*2 $-1 $1 0", "*2 _ ,0", redpoll.IncrExFloatResult{}},
		{"DelEx with IfNe", func(c rdb) (any, error) { return c.DelEx(ctx, "k", redpoll.IfNe("v")) },
			"DELEX k IFNE v", ":0", "", false},
		{"MSetEx", func(c rdb) (any, error) { return c.MSetEx(ctx, []any{"a", 1, "b", 2}, redpoll.XX) },
			"MSETEX 2 a 1 b 2 XX", ":0", "", false},
		{"HGetDel", func(c rdb) (any, error) { return c.HGetDel(ctx, "h", fields...) },
			"HGETDEL h FIELDS 2 a b", list2, list3, clients.Nulls("x", "<nil>")},
		{"HGetEx", func(c rdb) (any, error) { return c.HGetEx(ctx, "h", fields, redpoll.EX(time.Minute)) },
			"HGETEX h EX 60 FIELDS 2 a b", list2, list3, clients.Nulls("x", "<nil>")},
		{"HSetEx", func(c rdb) (any, error) {
			return c.HSetEx(ctx, "h", []any{"a", 1}, redpoll.FXX, redpoll.KeepTTL)
		}, "HSETEX h FXX KEEPTTL FIELDS 1 a 1", ":1", "", true},
		{"LMoveM", func(c rdb) (any, error) {
			return c.LMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left,
				redpoll.MoveUpTo(2, redpoll.MoveOneByOne))
		}, "LMOVEM a b LEFT LEFT COUNT 2 OBO", "*2 $1 2 $1 1", "", []string{"2", "1"}},
		{"BLMoveM", func(c rdb) (any, error) {
			return c.BLMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left, time.Second,
				redpoll.MoveExactly(2, redpoll.MoveBulk))
		}, "BLMOVEM a b LEFT LEFT 1 EXACTLY 2 BULK", "*-1", "_", redpoll.Nil},
		{"SDiffCard", func(c rdb) (any, error) { return c.SDiffCard(ctx, fields) },
			"SDIFFCARD 2 a b", ":3", "", int64(3)},
		{"SUnionCard", func(c rdb) (any, error) { return c.SUnionCard(ctx, fields, redpoll.CardApprox) },
			"SUNIONCARD 2 a b APPROX", ":5", "", int64(5)},
	})
}
