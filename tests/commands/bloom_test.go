package commands_test

import (
	"errors"
	"math"
	"testing"

	"github.com/redpoll-go/redpoll"
)

func TestBloomFilters(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	bf := []any{
		status("Capacity"), 100, status("Size"), 256, status("Number of filters"), 1,
		status("Number of items inserted"), 3, status("Expansion rate"), 2,
	}
	fixed := []any{status("Capacity"), 100, status("Expansion rate"), nil}
	full := errors.New("non scaling filter is full")
	testModule(t, []moduleTest{
		{"reserve", func(c rdb) (any, error) { return ok(c.BFReserve(ctx, "k", 0.01, 100)) },
			"BF.RESERVE k 0.01 100", status("OK"), same, done{}},
		{"add", func(c rdb) (any, error) { return c.BFAdd(ctx, "k", "a") }, "BF.ADD k a", 1, true, true},
		{"add several", func(c rdb) (any, error) { return c.BFMAdd(ctx, "k", "a", 2) },
			"BF.MADD k a 2", []any{1, 0}, []any{true, false}, []bool{true, false}},
		{"full", func(c rdb) (any, error) { return c.BFMAdd(ctx, "k", "a", 2) },
			"BF.MADD k a 2", []any{1, refusal("ERR non scaling filter is full")},
			[]any{true, refusal("ERR non scaling filter is full")}, full},
		{"insert",
			func(c rdb) (any, error) { return c.BFInsert(ctx, "k", []any{"a", "b"}, redpoll.FilterNoCreate) },
			"BF.INSERT k NOCREATE ITEMS a b", []any{1, 0}, []any{true, false}, []bool{true, false}},
		{"exists", func(c rdb) (any, error) { return c.BFExists(ctx, "k", "a") },
			"BF.EXISTS k a", 0, false, false},
		{"exist", func(c rdb) (any, error) { return c.BFMExists(ctx, "k", "a", "b") },
			"BF.MEXISTS k a b", []any{1, 0}, []any{true, false}, []bool{true, false}},
		{"size", func(c rdb) (any, error) { return c.BFCard(ctx, "k") }, "BF.CARD k", 3, same, int64(3)},
		{"info", func(c rdb) (any, error) { return c.BFInfo(ctx, "k") }, "BF.INFO k", bf, mapping(bf),
			redpoll.BloomInfo{Capacity: 100, Size: 256, Filters: 1, Items: 3, Expansion: 2}},
		{"info of one that does not grow", func(c rdb) (any, error) { return c.BFInfo(ctx, "k") },
			"BF.INFO k", fixed, mapping(fixed), redpoll.BloomInfo{Capacity: 100}},
		{"dump", func(c rdb) (any, error) { return c.BFScanDump(ctx, "k", 0) }, "BF.SCANDUMP k 0",
			[]any{1, "\x00x"}, same, redpoll.FilterChunk{Iterator: 1, Data: []byte("\x00x")}},
		{"end of a dump", func(c rdb) (any, error) { return c.BFScanDump(ctx, "k", 1) },
			"BF.SCANDUMP k 1", []any{0, nil}, same, redpoll.FilterChunk{}},
		{"load", func(c rdb) (any, error) { return ok(c.BFLoadChunk(ctx, "k", 1, "x")) },
			"BF.LOADCHUNK k 1 x", status("OK"), same, done{}},
	})
}

func TestCuckooFilters(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	cf := []any{
		status("Size"), 80, status("Number of buckets"), 4, status("Number of filters"), 1,
		status("Number of items inserted"), 5,
		status("Number of items deleted"), 1, status("Bucket size"), 2, status("Expansion rate"), 0,
		status("Max iterations"), 20,
	}
	testModule(t, []moduleTest{
		{"reserve",
			func(c rdb) (any, error) { return ok(c.CFReserve(ctx, "k", 9, redpoll.FilterExpansion(0))) },
			"CF.RESERVE k 9 EXPANSION 0", status("OK"), same, done{}},
		{"add", func(c rdb) (any, error) { return c.CFAdd(ctx, "k", "a") }, "CF.ADD k a", 1, true, true},
		{"add once", func(c rdb) (any, error) { return c.CFAddNX(ctx, "k", "a") },
			"CF.ADDNX k a", 0, false, false},
		{"insert", func(c rdb) (any, error) { return c.CFInsert(ctx, "k", []any{"a", "b"}) },
			"CF.INSERT k ITEMS a b", []any{1, -1}, []any{true, -1}, []int64{1, -1}},
		{"insert once", func(c rdb) (any, error) { return c.CFInsertNX(ctx, "k", []any{"a", "b"}) },
			"CF.INSERTNX k ITEMS a b", []any{0, 1}, same, []int64{0, 1}},
		{"full", func(c rdb) (any, error) { return c.CFInsert(ctx, "k", []any{"a"}) },
			"CF.INSERT k ITEMS a", []any{refusal("ERR full")}, same, errors.New("full")},
		{"exists", func(c rdb) (any, error) { return c.CFExists(ctx, "k", "a") },
			"CF.EXISTS k a", 1, true, true},
		{"exist", func(c rdb) (any, error) { return c.CFMExists(ctx, "k", "a", "b") },
			"CF.MEXISTS k a b", []any{1, 0}, []any{true, false}, []bool{true, false}},
		{"count", func(c rdb) (any, error) { return c.CFCount(ctx, "k", "a") },
			"CF.COUNT k a", 2, same, int64(2)},
		{"delete", func(c rdb) (any, error) { return c.CFDel(ctx, "k", "a") }, "CF.DEL k a", 0, false, false},
		{"info", func(c rdb) (any, error) { return c.CFInfo(ctx, "k") }, "CF.INFO k", cf, mapping(cf),
			redpoll.CuckooInfo{Size: 80, Buckets: 4, BucketSize: 2, Filters: 1, Inserted: 5, Deleted: 1,
				MaxIterations: 20}},
		{"dump", func(c rdb) (any, error) { return c.CFScanDump(ctx, "k", 0) },
			"CF.SCANDUMP k 0", []any{1, "x"}, same, redpoll.FilterChunk{Iterator: 1, Data: []byte("x")}},
		{"load", func(c rdb) (any, error) { return ok(c.CFLoadChunk(ctx, "k", 1, "x")) },
			"CF.LOADCHUNK k 1 x", status("OK"), same, done{}},
	})
}

func TestCountMinSketches(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	cms := []any{status("width"), 2000, status("depth"), 7, status("count"), 5, status("cell_size"), 4}
	testModule(t, []moduleTest{
		{"by size", func(c rdb) (any, error) { return ok(c.CMSInitByDim(ctx, "k", 2000, 7)) },
			"CMS.INITBYDIM k 2000 7", status("OK"), same, done{}},
		{"by error", func(c rdb) (any, error) { return ok(c.CMSInitByProb(ctx, "k", 0.001, 0.01)) },
			"CMS.INITBYPROB k 0.001 0.01", status("OK"), same, done{}},
		{"add",
			func(c rdb) (any, error) { return c.CMSIncrBy(ctx, "k", redpoll.ItemCount{Item: "a", Count: 5}) },
			"CMS.INCRBY k a 5", []any{5}, same, []int64{5}},
		{"query", func(c rdb) (any, error) { return c.CMSQuery(ctx, "k", "a", "b") },
			"CMS.QUERY k a b", []any{5, 0}, same, []int64{5, 0}},
		{"merge", func(c rdb) (any, error) {
			return ok(c.CMSMerge(ctx, "d", []string{"a", "b"}, redpoll.CMSWeights(1, 2)))
		}, "CMS.MERGE d 2 a b WEIGHTS 1 2", status("OK"), same, done{}},
		{"subtract", func(c rdb) (any, error) {
			return c.CMSIncrBy(ctx, "k", redpoll.ItemCount{Item: "a", Count: -2})
		}, "CMS.INCRBY k a -2", []any{3}, same, []int64{3}},
		{"info", func(c rdb) (any, error) { return c.CMSInfo(ctx, "k") }, "CMS.INFO k", cms, mapping(cms),
			redpoll.CMSSketchInfo{Width: 2000, Depth: 7, Count: 5, CellSize: 4}},
		{"info of older servers", func(c rdb) (any, error) { return c.CMSInfo(ctx, "k") },
			"CMS.INFO k", cms[:6], mapping(cms[:6]), redpoll.CMSSketchInfo{Width: 2000, Depth: 7, Count: 5}},
	})
}

func TestTopK(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	dropped := []redpoll.Null[string]{{}, valid("b")}
	counts := []redpoll.ItemCount{{Item: "a", Count: 5}, {Item: "b", Count: 2}}
	testModule(t, []moduleTest{
		{"reserve", func(c rdb) (any, error) { return ok(c.TopKReserve(ctx, "k", 2)) },
			"TOPK.RESERVE k 2", status("OK"), same, done{}},
		{"reserve with sizes",
			func(c rdb) (any, error) { return ok(c.TopKReserveSized(ctx, "k", 2, 50, 5, 0.9)) },
			"TOPK.RESERVE k 2 50 5 0.9", status("OK"), same, done{}},
		{"add", func(c rdb) (any, error) { return c.TopKAdd(ctx, "k", "a", "c") },
			"TOPK.ADD k a c", []any{nil, status("b")}, same, dropped},
		{"add more", func(c rdb) (any, error) { return c.TopKIncrBy(ctx, "k", counts...) },
			"TOPK.INCRBY k a 5 b 2", []any{nil, status("b")}, same, dropped},
		{"query", func(c rdb) (any, error) { return c.TopKQuery(ctx, "k", "a", "b") },
			"TOPK.QUERY k a b", []any{1, 0}, []any{true, false}, []bool{true, false}},
		{"count", func(c rdb) (any, error) { return c.TopKCount(ctx, "k", "a") },
			"TOPK.COUNT k a", []any{5}, same, []int64{5}},
		{"list", func(c rdb) (any, error) { return c.TopKList(ctx, "k") },
			"TOPK.LIST k", []any{status("a"), status("b")}, same, []string{"a", "b"}},
		{"list with counts", func(c rdb) (any, error) { return c.TopKListWithCount(ctx, "k") },
			"TOPK.LIST k WITHCOUNT", []any{status("a"), 5, status("b"), 2}, same, counts},
		{"info", func(c rdb) (any, error) { return c.TopKInfo(ctx, "k") }, "TOPK.INFO k",
			[]any{status("k"), 2, status("width"), 50, status("depth"), 5, status("decay"), "0.9"},
			mapping{status("k"), 2, status("width"), 50, status("depth"), 5, status("decay"), 0.9},
			redpoll.TopKListInfo{K: 2, Width: 50, Depth: 5, Decay: 0.9}},
	})
}

func TestTDigests(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	td := []any{
		status("Compression"), 100, status("Capacity"), 610, status("Merged nodes"), 51,
		status("Unmerged nodes"), 422, status("Merged weight"), 9578,
		status("Unmerged weight"), 422, status("Observations"), 10000, status("Total compressions"), 17,
		status("Memory usage"), 9840,
	}
	two2, two3, two := []any{"1.5", "inf"}, []any{1.5, math.Inf(1)}, []float64{1.5, math.Inf(1)}
	testModule(t, []moduleTest{
		{"create", func(c rdb) (any, error) {
			return ok(c.TDigestCreate(ctx, "k", redpoll.TDigestCompression(200)))
		}, "TDIGEST.CREATE k COMPRESSION 200", status("OK"), same, done{}},
		{"reset", func(c rdb) (any, error) { return ok(c.TDigestReset(ctx, "k")) },
			"TDIGEST.RESET k", status("OK"), same, done{}},
		{"add", func(c rdb) (any, error) { return ok(c.TDigestAdd(ctx, "k", 1, 2.5)) },
			"TDIGEST.ADD k 1.0 2.5", status("OK"), same, done{}},
		{"merge", func(c rdb) (any, error) {
			return ok(c.TDigestMerge(ctx, "d", []string{"a"}, redpoll.TDigestOverride))
		}, "TDIGEST.MERGE d 1 a OVERRIDE", status("OK"), same, done{}},
		{"lowest", func(c rdb) (any, error) { return c.TDigestMin(ctx, "k") },
			"TDIGEST.MIN k", "1.5", 1.5, 1.5},
		{"highest", func(c rdb) (any, error) { return c.TDigestMax(ctx, "k") },
			"TDIGEST.MAX k", "-inf", math.Inf(-1), math.Inf(-1)},
		{"of nothing", func(c rdb) (any, error) {
			f, err := c.TDigestMax(ctx, "k")
			return math.IsNaN(f), err
		}, "TDIGEST.MAX k", "nan", math.NaN(), true},
		{"quantiles", func(c rdb) (any, error) { return c.TDigestQuantile(ctx, "k", 0.5, 1) },
			"TDIGEST.QUANTILE k 0.5 1.0", two2, two3, two},
		{"distribution", func(c rdb) (any, error) { return c.TDigestCDF(ctx, "k", 3, 4) },
			"TDIGEST.CDF k 3.0 4.0", two2, two3, two},
		{"ranks", func(c rdb) (any, error) { return c.TDigestRank(ctx, "k", 3) },
			"TDIGEST.RANK k 3.0", []any{-1}, same, []int64{-1}},
		{"ranks from above", func(c rdb) (any, error) { return c.TDigestRevRank(ctx, "k", 3) },
			"TDIGEST.REVRANK k 3.0", []any{-2}, same, []int64{-2}},
		{"by rank", func(c rdb) (any, error) { return c.TDigestByRank(ctx, "k", 0, 9) },
			"TDIGEST.BYRANK k 0 9", two2, two3, two},
		{"by rank from above", func(c rdb) (any, error) { return c.TDigestByRevRank(ctx, "k", 0, 9) },
			"TDIGEST.BYREVRANK k 0 9", two2, two3, two},
		{"mean", func(c rdb) (any, error) { return c.TDigestTrimmedMean(ctx, "k", 0.1, 0.9) },
			"TDIGEST.TRIMMED_MEAN k 0.1 0.9", "1.5", 1.5, 1.5},
		{"info", func(c rdb) (any, error) { return c.TDigestInfo(ctx, "k") },
			"TDIGEST.INFO k", td, mapping(td), redpoll.TDigestSketchInfo{
				Compression: 100, Capacity: 610, MergedNodes: 51, UnmergedNodes: 422, MergedWeight: 9578,
				UnmergedWeight: 422, Observations: 10000, Compressions: 17, Memory: 9840,
			}},
	})
}
