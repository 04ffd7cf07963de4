package commands_test

import (
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

func TestArrays(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	const pairs = "*2\r\n*2\r\n:0\r\n$1\r\na\r\n*2\r\n:5\r\n$1\r\nb\r\n"
	elements := []redpoll.ArrayElement{{Index: 0, Value: "a"}, {Index: 5, Value: "b"}}
	testRecorded(t, []recordedCall{
		{"ARSet", func(c rdb) (any, error) { return c.ARSet(ctx, "k", 3, "a", 1) },
			"ARSET k 3 a 1", ":2", "", int64(2)},
		{"ARMSet", func(c rdb) (any, error) { return c.ARMSet(ctx, "k", elements...) },
			"ARMSET k 0 a 5 b", ":1", "", int64(1)},
		{"ARGet", func(c rdb) (any, error) { return c.ARGet(ctx, "k", 3) }, "ARGET k 3", "$1 a", "", "a"},
		{"ARGet, nothing", func(c rdb) (any, error) { return c.ARGet(ctx, "k", 3) },
			"ARGET k 3", "$-1", "_", redpoll.Nil},
		{"ARMGet", func(c rdb) (any, error) { return c.ARMGet(ctx, "k", 3, 9) },
			"ARMGET k 3 9", "*2 $1 a $-1", "*2 $1 a _", clients.Nulls("a", "<nil>")},
		{"ARGetRange", func(c rdb) (any, error) { return c.ARGetRange(ctx, "k", 1, 0) },
			"ARGETRANGE k 1 0", "*2 $-1 $1 a", "*2 _ $1 a", clients.Nulls("<nil>", "a")},
		{"ARScan", func(c rdb) (any, error) { return c.ARScan(ctx, "k", 0, 9, redpoll.AtMost(2)) },
			"ARSCAN k 0 9 LIMIT 2", pairs, "", elements},
		{"ARScan, flat", func(c rdb) (any, error) { return c.ARScan(ctx, "k", 0, 9) },
			"ARSCAN k 0 9", "*4 :0 $1 a :5 $1 b", "", elements},
		{"ARScan, nothing", func(c rdb) (any, error) { return c.ARScan(ctx, "k", 0, 9) },
			"ARSCAN k 0 9", "*0", "", []redpoll.ArrayElement{}},
		{"ARGrep", func(c rdb) (any, error) {
			return c.ARGrep(ctx, "k", "-", "+", []redpoll.ArrayPredicate{redpoll.ArrayContains("x")},
				redpoll.ARNoCase)
		}, "ARGREP k - + MATCH x NOCASE", "*2 :2 :4", "", []uint64{2, 4}},
		{"ARGrep, nothing", func(c rdb) (any, error) {
			return c.ARGrep(ctx, "k", 4, 0, []redpoll.ArrayPredicate{redpoll.ArrayEquals("x")})
		}, "ARGREP k 4 0 EXACT x", "*0", "", []uint64{}},
		{"ARGrepWithValues", func(c rdb) (any, error) {
			return c.ARGrepWithValues(ctx, "k", "-", "+", []redpoll.ArrayPredicate{
				redpoll.ArrayGlob("a*"), redpoll.ArrayRegexp("b"),
			})
		}, "ARGREP k - + GLOB a* RE b WITHVALUES", pairs, "", elements},
		{"ARDel", func(c rdb) (any, error) { return c.ARDel(ctx, "k", 1, 2) },
			"ARDEL k 1 2", ":1", "", int64(1)},
		{"ARDelRange",
			func(c rdb) (any, error) { return c.ARDelRange(ctx, "k", redpoll.ArrayRange{Start: 1, Stop: 4}) },
			"ARDELRANGE k 1 4", ":4", "", int64(4)},
		{"ARCount", func(c rdb) (any, error) { return c.ARCount(ctx, "k") }, "ARCOUNT k", ":3", "", int64(3)},
		{"ARLen", func(c rdb) (any, error) { return c.ARLen(ctx, "k") }, "ARLEN k", ":101", "", uint64(101)},
		{"ARLen beyond 63 bits", func(c rdb) (any, error) { return c.ARLen(ctx, "k") },
			"ARLEN k", "$20 18446744073709551615", "(18446744073709551615", uint64(1<<64 - 1)},
		{"ARNext", func(c rdb) (any, error) { return c.ARNext(ctx, "k") }, "ARNEXT k", ":0", "", uint64(0)},
		{"ARNext, none left", func(c rdb) (any, error) { return c.ARNext(ctx, "k") },
			"ARNEXT k", "$-1", "_", redpoll.Nil},
		{"ARSeek", func(c rdb) (any, error) { return c.ARSeek(ctx, "k", 7) }, "ARSEEK k 7", ":1", "", true},
		{"ARInsert", func(c rdb) (any, error) { return c.ARInsert(ctx, "k", "a", "b") },
			"ARINSERT k a b", ":1", "", uint64(1)},
		{"ARRing", func(c rdb) (any, error) { return c.ARRing(ctx, "k", 5, "a") },
			"ARRING k 5 a", ":4", "", uint64(4)},
		{"ARLastItems", func(c rdb) (any, error) { return c.ARLastItems(ctx, "k", 2, redpoll.Rev) },
			"ARLASTITEMS k 2 REV", "*2 $1 b $-1", "*2 $1 b _", clients.Nulls("b", "<nil>")},
		{"AROpSum", func(c rdb) (any, error) { return c.AROpSum(ctx, "k", 0, 9) },
			"AROP k 0 9 SUM", "$4 60.5", "", 60.5},
		{"AROpMin", func(c rdb) (any, error) { return c.AROpMin(ctx, "k", 0, 9) },
			"AROP k 0 9 MIN", "$2 -1", "", -1.0},
		{"AROpMax, nothing", func(c rdb) (any, error) { return c.AROpMax(ctx, "k", 0, 9) },
			"AROP k 0 9 MAX", "$-1", "_", redpoll.Nil},
		{"AROpAnd", func(c rdb) (any, error) { return c.AROpAnd(ctx, "k", 0, 9) },
			"AROP k 0 9 AND", ":15", "", int64(15)},
		{"AROpOr", func(c rdb) (any, error) { return c.AROpOr(ctx, "k", 0, 9) },
			"AROP k 0 9 OR", ":255", "", int64(255)},
		{"AROpXor", func(c rdb) (any, error) { return c.AROpXor(ctx, "k", 0, 9) },
			"AROP k 0 9 XOR", "$-1", "_", redpoll.Nil},
		{"AROpMatch", func(c rdb) (any, error) { return c.AROpMatch(ctx, "k", 0, 9, "a") },
			"AROP k 0 9 MATCH a", ":2", "", int64(2)},
		{"AROpUsed", func(c rdb) (any, error) { return c.AROpUsed(ctx, "k", 0, 9) },
			"AROP k 0 9 USED", ":3", "", int64(3)},
		{"ARInfo", func(c rdb) (any, error) { return c.ARInfo(ctx, "k") }, "ARINFO k",
			"*16 $5 count :3 $3 len :101 $17 next-insert-index :1 $6 slices :1 $14 directory-size :1" +
				" $17 super-dir-entries :0 $10 slice-size :4096 $5 newer :7",
			"%8 $5 count :3 $3 len :101 $17 next-insert-index :1 $6 slices :1 $14 directory-size :1" +
				" $17 super-dir-entries :0 $10 slice-size :4096 $5 newer :7",
			redpoll.ArrayInfo{Count: 3, Len: 101, NextInsertIndex: 1, Slices: 1, DirectorySize: 1,
				SliceSize: 4096, Extra: extra(t, "newer")}},
		{"ARInfoFull", func(c rdb) (any, error) { return c.ARInfoFull(ctx, "k") }, "ARINFO k FULL",
			"*10 $12 dense-slices :1 $13 sparse-slices :2 $14 avg-dense-size $3 8.5 $14 avg-dense-fill " +
				"$4 0.25 $15 avg-sparse-size $1 4",
			"%5 $12 dense-slices :1 $13 sparse-slices :2 $14 avg-dense-size ,8.5 $14 avg-dense-fill " +
				",0.25 $15 avg-sparse-size ,4",
			redpoll.ArrayInfo{DenseSlices: 1, SparseSlices: 2, AvgDenseSize: 8.5, AvgDenseFill: 0.25,
				AvgSparseSize: 4}},
	})
}

// extra returns the unknown field of a record, whose value is 7.
func extra(t *testing.T, name string) map[string]redpoll.Value {
	t.Helper()
	r := testkit.Recorded(t, ":7\r\n")
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr()})
	v, err := rdb.Do(ctx, "X")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]redpoll.Value{name: v}
}
