package commands_test

import (
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// These calls are refused before anything is sent, as in TestRefusedArguments.
func TestRefusedModuleArguments(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	now := time.UnixMilli(1000)
	far, long := time.Unix(math.MaxInt64, 0), time.Unix(-math.MaxInt64/1000, 0)
	from, until := anyTime, anyTime
	keys := []string{"a", "b"}
	v := redpoll.VectorValues(1)
	avg := redpoll.TSAggregation(time.Second, redpoll.TSAggAvg)
	byKey := redpoll.TSKeyAggregation(time.Second, []redpoll.TSAggregator{redpoll.TSAggAvg})
	for _, c := range []struct {
		name  string
		err   error
		says  string
		names string
	}{
		{"no JSON form", rdb.JSONSet(ctx, "k", "$", redpoll.JSON(math.Inf(1))), "no JSON form", "JSON.SET"},
		{"empty JSONText", rdb.JSONSet(ctx, "k", "$", redpoll.JSONText{}), "make it with JSON", "JSON.SET"},
		{"a struct as JSON", rdb.JSONMerge(ctx, "k", "$", struct{}{}), "struct {}", "JSON.MERGE"},
		{"NX and XX", rdb.JSONSet(ctx, "k", "$", 1, redpoll.NX, redpoll.XX), "exclude", "JSON.SET"},
		{"no such form of numbers", rdb.JSONSet(ctx, "k", "$", 1, redpoll.FPHA(9)), "FPHA", "JSON.SET"},
		{"no values", testkit.Err(rdb.JSONArrAppend(ctx, "k", "$")), "at least one", "JSON.ARRAPPEND"},
		{"no keys", testkit.Err(rdb.JSONMGet(ctx, "$")), "at least one", "JSON.MGET"},
		{"no entries", rdb.JSONMSet(ctx), "at least one", "JSON.MSET"},

		{"no vector", testkit.Err(rdb.VAdd(ctx, "k", redpoll.Vector{}, "e")), "VectorFP32", "VADD"},
		{"half a number", testkit.Err(rdb.VAdd(ctx, "k", redpoll.VectorBlob([]byte("abc")), "e")),
			"multiple of 4", "VADD"},
		{"two quantizations",
			testkit.Err(rdb.VAdd(ctx, "k", v, "e", redpoll.VAddQuantBin, redpoll.VAddQuantQ8)), "exclude",
			"VADD"},
		{"no query", testkit.Err(rdb.VSim(ctx, "k", nil)), "VectorElement", "VSIM"},
		{"effort without a filter", testkit.Err(rdb.VSim(ctx, "k", v, redpoll.VectorFilterEF(5))),
			"needs VectorFilter", "VSIM"},
		{"no candidates", testkit.Err(rdb.VSim(ctx, "k", v, redpoll.VectorEF(0))), "at least 1", "VSIM"},
		{"attributes without JSON form",
			testkit.Err(rdb.VAdd(ctx, "k", v, "e", redpoll.VAddAttr(redpoll.JSON(math.NaN())))),
			"no JSON form", "VADD"},

		{"negative retention", rdb.TSCreate(ctx, "k", redpoll.TSRetention(-time.Second)), "negative",
			"TS.CREATE"},
		{"tiny retention", rdb.TSCreate(ctx, "k", redpoll.TSRetention(1)), "milliseconds", "TS.CREATE"},
		{"two encodings", rdb.TSCreate(ctx, "k", redpoll.TSCompressed, redpoll.TSUncompressed), "exclude",
			"TS.CREATE"},
		{"no such policy", rdb.TSCreate(ctx, "k", redpoll.TSDuplicatePolicy(99)), "none of its constants",
			"TS.CREATE"},
		{"no samples", testkit.Err(rdb.TSMAdd(ctx)), "at least one", "TS.MADD"},
		{"zero time", testkit.Err(rdb.TSIncrBy(ctx, "k", 1, redpoll.TSTimestamp(anyTime))), "zero time",
			"TS.INCRBY"},
		{"a sample of the far future", testkit.Err(rdb.TSAdd(ctx, "k", far, 1)), "at: is further away",
			"TS.ADD"},
		{"one of several", testkit.Err(rdb.TSMAdd(ctx, redpoll.TSPoint{Key: "k", Time: far})), "further away",
			"TS.MADD"},
		{"from the far past", testkit.Err(rdb.TSDel(ctx, "k", long, anyTime)), "from: is further away",
			"TS.DEL"},
		{"until the far future", testkit.Err(rdb.TSRange(ctx, "k", anyTime, far)), "until: is further away",
			"TS.RANGE"},
		{"cursor in the far future",
			testkit.Err(rdb.TSReadBlock(ctx, time.Second, 1, "k", redpoll.TSFrom(far))), "further away",
			"TS.READ"},
		{"no bucket", rdb.TSCreateRule(ctx, "a", "b", redpoll.TSAggAvg, 0), "more than 0", "TS.CREATERULE"},
		{"no such aggregator", rdb.TSCreateRule(ctx, "a", "b", 99, time.Second), "none of its constants",
			"TS.CREATERULE"},
		{"no aggregator", testkit.Err(rdb.TSRange(ctx, "k", from, until, redpoll.TSAggregation(time.Second))),
			"at least one", "TS.RANGE"},
		{"unknown aggregator",
			testkit.Err(rdb.TSRange(ctx, "k", from, until, redpoll.TSAggregation(time.Second, 99))),
			"none of its constants", "TS.RANGE"},
		{"EMPTY without aggregation", testkit.Err(rdb.TSRange(ctx, "k", from, until, redpoll.TSEmpty)),
			"needs TSAggregation", "TS.RANGE"},
		{"ALIGN without aggregation", testkit.Err(rdb.TSRange(ctx, "k", from, until, redpoll.TSAlign(now))),
			"needs TSAggregation", "TS.RANGE"},
		{"two alignments",
			testkit.Err(rdb.TSRange(ctx, "k", from, until, avg, redpoll.TSAlignStart, redpoll.TSAlignEnd)),
			"exclude", "TS.RANGE"},
		{"buckets from no start", testkit.Err(rdb.TSRange(ctx, "k", from, now, avg, redpoll.TSAlignStart)),
			"TSAlignStart: needs a range with a limit", "TS.RANGE"},
		{"buckets from no end", testkit.Err(rdb.TSRange(ctx, "k", now, until, avg, redpoll.TSAlignEnd)),
			"TSAlignEnd: needs a range with a limit", "TS.RANGE"},
		{"buckets from no start, backwards",
			testkit.Err(rdb.TSRevRange(ctx, "k", from, now, avg, redpoll.TSAlignStart)),
			"TSAlignStart: needs", "TS.REVRANGE"},
		{"buckets from no end, backwards",
			testkit.Err(rdb.TSRevRange(ctx, "k", now, until, avg, redpoll.TSAlignEnd)), "TSAlignEnd: needs",
			"TS.REVRANGE"},
		{"buckets of several from no start",
			testkit.Err(rdb.TSMRange(ctx, from, now, keys, avg, redpoll.TSAlignStart)), "TSAlignStart: needs",
			"TS.MRANGE"},
		{"buckets of several from no end",
			testkit.Err(rdb.TSMRevRange(ctx, now, until, keys, avg, redpoll.TSAlignEnd)), "TSAlignEnd: needs",
			"TS.MREVRANGE"},
		{"buckets of a group from no start", testkit.Err(rdb.TSMRangeGroupBy(ctx, from, now, keys, "l",
			redpoll.TSAggSum, avg, redpoll.TSAlignStart)), "TSAlignStart: needs", "TS.MRANGE"},
		{"buckets of keys from no start",
			testkit.Err(rdb.TSNRange(ctx, keys[:1], from, now, byKey, redpoll.TSAlignStart)),
			"TSAlignStart: needs", "TS.NRANGE"},
		{"buckets of keys from no end",
			testkit.Err(rdb.TSNRevRange(ctx, keys[:1], now, until, byKey, redpoll.TSAlignEnd)),
			"TSAlignEnd: needs", "TS.NREVRANGE"},
		{"a group in two ways", testkit.Err(rdb.TSMRangeGroupBy(ctx, from, until, keys, "l", redpoll.TSAggSum,
			redpoll.TSAggregation(time.Second, redpoll.TSAggAvg, redpoll.TSAggMax))),
			"TSAggregation: has 2 ways", "TS.MRANGE"},
		{"a group in two ways, backwards", testkit.Err(rdb.TSMRevRangeGroupBy(ctx, from, until, keys, "l",
			redpoll.TSAggSum, redpoll.TSAggregation(time.Second, redpoll.TSAggAvg, redpoll.TSAggMax))),
			"TSAggregation: has 2 ways", "TS.MREVRANGE"},
		{"a group by time", testkit.Err(rdb.TSMRangeGroupBy(ctx, from, until, keys, "l", redpoll.TSAggTWA)),
			"is twa, which is not for groups", "TS.MRANGE"},
		{"the first of a group",
			testkit.Err(rdb.TSMRangeGroupBy(ctx, from, until, keys, "l", redpoll.TSAggFirst)),
			"is first, which is not for groups", "TS.MRANGE"},
		{"the last of a group",
			testkit.Err(rdb.TSMRevRangeGroupBy(ctx, from, until, keys, "l", redpoll.TSAggLast)),
			"is last, which is not for groups", "TS.MREVRANGE"},
		{"a group in no known way", testkit.Err(rdb.TSMRangeGroupBy(ctx, from, until, keys, "l", 99)),
			"none of its constants", "TS.MRANGE"},
		{"a group without the empty", testkit.Err(rdb.TSMRangeGroupBy(ctx, from,
			until, keys, "l", redpoll.TSAggSum,
			redpoll.TSExcludeEmpty)), "TSExcludeEmpty: does not go with groups", "TS.MRANGE"},
		{"a nil option of a group",
			testkit.Err(rdb.TSMRangeGroupBy(ctx, from, until, keys, "l", redpoll.TSAggSum, nil)),
			"contain a nil", "TS.MRANGE"},
		{"no times", testkit.Err(rdb.TSRange(ctx, "k", from, until, redpoll.TSFilterByTS())), "at least one",
			"TS.RANGE"},
		{"no filters", testkit.Err(rdb.TSMRange(ctx, from, until, nil)), "at least one", "TS.MRANGE"},
		{"all labels and some",
			testkit.Err(rdb.TSMGet(ctx, keys, redpoll.TSWithLabels, redpoll.TSSelectedLabels("a"))),
			"exclude", "TS.MGET"},
		{"no labels", testkit.Err(rdb.TSMGet(ctx, keys, redpoll.TSSelectedLabels())), "at least one",
			"TS.MGET"},
		{"aggregators for other keys", testkit.Err(rdb.TSNRange(ctx, keys, from, until,
			redpoll.TSKeyAggregation(time.Second, []redpoll.TSAggregator{redpoll.TSAggAvg}))),
			"1 lists for 2 keys", "TS.NRANGE"},
		{"negative time-out", testkit.Err(rdb.TSReadBlock(ctx, -1, 1, "k", redpoll.TSCursor{})), "negative",
			"TS.READ"},
		{"waiting for no samples", testkit.Err(rdb.TSReadBlock(ctx, time.Second, 0, "k", redpoll.TSCursor{})),
			"at least 1", "TS.READ"},

		{"growing and not",
			rdb.BFReserve(ctx, "k", 0.1, 9, redpoll.FilterExpansion(2), redpoll.FilterNonScaling), "exclude",
			"BF.RESERVE"},
		{"size of what is not made", testkit.Err(rdb.BFInsert(ctx, "k", []any{"a"},
			redpoll.FilterNoCreate, redpoll.FilterCapacity(5))), "exclude", "BF.INSERT"},
		{"error rate of what is not made", testkit.Err(rdb.BFInsert(ctx, "k", []any{"a"},
			redpoll.FilterNoCreate, redpoll.FilterErrorRate(0.5))), "exclude", "BF.INSERT"},
		{"no items", testkit.Err(rdb.BFMAdd(ctx, "k")), "at least one", "BF.MADD"},
		{"capacity of what is not made", testkit.Err(rdb.CFInsert(ctx, "k", []any{"a"},
			redpoll.FilterNoCreate, redpoll.FilterCapacity(5))), "exclude", "CF.INSERT"},
		{"weights for other keys", rdb.CMSMerge(ctx, "d", keys, redpoll.CMSWeights(1)),
			"1 factors for 2 keys", "CMS.MERGE"},
		{"no counts", testkit.Err(rdb.TopKIncrBy(ctx, "k")), "at least one", "TOPK.INCRBY"},
		{"no numbers", rdb.TDigestAdd(ctx, "k"), "at least one", "TDIGEST.ADD"},
		{"no ranks", testkit.Err(rdb.TDigestByRank(ctx, "k")), "at least one", "TDIGEST.BYRANK"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	}
}

// The text encoding of a client applies to names. JSON is always UTF-8.
func TestModuleTextEncoding(t *testing.T) {
	t.Parallel()
	r := testkit.Recorded(t, "+OK\r\n", "$4\r\n\"ü\"\r\n")
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr(), Text: redpoll.Latin1})
	if err := rdb.JSONSet(ctx, "ä", "$.ö", `"ü"`); err != nil {
		t.Fatal(err)
	}
	if got, err := rdb.JSONGet(ctx, "ä"); err != nil || got != `"ü"` {
		t.Errorf("got %q and %v", got, err)
	}
	_ = rdb.Close()
	if got, want := r.Asked()[0], "JSON.SET \xe4 $.ö \"ü\""; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}
