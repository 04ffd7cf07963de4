package wire_test

import "github.com/redpoll-go/redpoll"

var (
	items      = []any{"a", 2}
	itemCounts = []redpoll.ItemCount{{Item: "a", Count: 2}, {Item: "b", Count: 3}}
)

// bloomRows are the calls of methods for Bloom and Cuckoo filters, count-min sketches, top-k lists and
// t-digests.
var bloomRows = []row{
	{"BFReserve", func(p *redpoll.Pipeline) {
		p.BFReserve("k", 0.01, 100, redpoll.FilterExpansion(2))
	}, "BF.RESERVE k 0.01 100 EXPANSION 2"},
	{"BFReserve", func(p *redpoll.Pipeline) {
		p.BFReserve("k", 0.01, 100, redpoll.FilterNonScaling)
	}, "BF.RESERVE k 0.01 100 NONSCALING"},
	{"BFAdd", func(p *redpoll.Pipeline) { p.BFAdd("k", "a") }, "BF.ADD k a"},
	{"BFMAdd", func(p *redpoll.Pipeline) { p.BFMAdd("k", items...) }, "BF.MADD k a 2"},
	{"BFInsert", func(p *redpoll.Pipeline) {
		p.BFInsert("k", items, redpoll.FilterNonScaling, redpoll.FilterErrorRate(0.5),
			redpoll.FilterCapacity(7))
	}, "BF.INSERT k CAPACITY 7 ERROR 0.5 NONSCALING ITEMS a 2"},
	{"BFInsert", func(p *redpoll.Pipeline) {
		p.BFInsert("k", items, redpoll.FilterNoCreate, redpoll.FilterExpansion(1))
	}, "BF.INSERT k EXPANSION 1 NOCREATE ITEMS a 2"},
	{"BFExists", func(p *redpoll.Pipeline) { p.BFExists("k", "a") }, "BF.EXISTS k a"},
	{"BFMExists", func(p *redpoll.Pipeline) { p.BFMExists("k", items...) }, "BF.MEXISTS k a 2"},
	{"BFCard", func(p *redpoll.Pipeline) { p.BFCard("k") }, "BF.CARD k"},
	{"BFInfo", func(p *redpoll.Pipeline) { p.BFInfo("k") }, "BF.INFO k"},
	{"BFScanDump", func(p *redpoll.Pipeline) { p.BFScanDump("k", 0) }, "BF.SCANDUMP k 0"},
	{"BFLoadChunk", func(p *redpoll.Pipeline) {
		p.BFLoadChunk("k", 1, []byte("\x00"))
	}, "BF.LOADCHUNK k 1 \x00"},
	{"CFReserve", func(p *redpoll.Pipeline) {
		p.CFReserve("k", 100, redpoll.FilterExpansion(0), redpoll.CuckooMaxIterations(9),
			redpoll.CuckooBucketSize(2))
	}, "CF.RESERVE k 100 BUCKETSIZE 2 MAXITERATIONS 9 EXPANSION 0"},
	{"CFAdd", func(p *redpoll.Pipeline) { p.CFAdd("k", "a") }, "CF.ADD k a"},
	{"CFAddNX", func(p *redpoll.Pipeline) { p.CFAddNX("k", "a") }, "CF.ADDNX k a"},
	{"CFInsert", func(p *redpoll.Pipeline) {
		p.CFInsert("k", items, redpoll.FilterCapacity(9))
	}, "CF.INSERT k CAPACITY 9 ITEMS a 2"},
	{"CFInsertNX", func(p *redpoll.Pipeline) {
		p.CFInsertNX("k", items, redpoll.FilterNoCreate)
	}, "CF.INSERTNX k NOCREATE ITEMS a 2"},
	{"CFExists", func(p *redpoll.Pipeline) { p.CFExists("k", "a") }, "CF.EXISTS k a"},
	{"CFMExists", func(p *redpoll.Pipeline) { p.CFMExists("k", items...) }, "CF.MEXISTS k a 2"},
	{"CFCount", func(p *redpoll.Pipeline) { p.CFCount("k", "a") }, "CF.COUNT k a"},
	{"CFDel", func(p *redpoll.Pipeline) { p.CFDel("k", "a") }, "CF.DEL k a"},
	{"CFInfo", func(p *redpoll.Pipeline) { p.CFInfo("k") }, "CF.INFO k"},
	{"CFScanDump", func(p *redpoll.Pipeline) { p.CFScanDump("k", 1) }, "CF.SCANDUMP k 1"},
	{"CFLoadChunk", func(p *redpoll.Pipeline) { p.CFLoadChunk("k", 1, "x") }, "CF.LOADCHUNK k 1 x"},
	{"CMSInitByDim", func(p *redpoll.Pipeline) {
		p.CMSInitByDim("k", 2000, 5, redpoll.CMSCellSize(8))
	}, "CMS.INITBYDIM k 2000 5 CELL_SIZE 8"},
	{"CMSInitByProb", func(p *redpoll.Pipeline) {
		p.CMSInitByProb("k", 0.001, 0.01)
	}, "CMS.INITBYPROB k 0.001 0.01"},
	{"CMSIncrBy", func(p *redpoll.Pipeline) { p.CMSIncrBy("k", itemCounts...) }, "CMS.INCRBY k a 2 b 3"},
	{"CMSQuery", func(p *redpoll.Pipeline) { p.CMSQuery("k", keys...) }, "CMS.QUERY k a b"},
	{"CMSMerge", func(p *redpoll.Pipeline) {
		p.CMSMerge("d", keys, redpoll.CMSWeights(1, 3))
	}, "CMS.MERGE d 2 a b WEIGHTS 1 3"},
	{"CMSInfo", func(p *redpoll.Pipeline) { p.CMSInfo("k") }, "CMS.INFO k"},
	{"TopKReserve", func(p *redpoll.Pipeline) { p.TopKReserve("k", 3) }, "TOPK.RESERVE k 3"},
	{"TopKReserveSized", func(p *redpoll.Pipeline) {
		p.TopKReserveSized("k", 3, 50, 5, 0.9)
	}, "TOPK.RESERVE k 3 50 5 0.9"},
	{"TopKAdd", func(p *redpoll.Pipeline) { p.TopKAdd("k", items...) }, "TOPK.ADD k a 2"},
	{"TopKIncrBy", func(p *redpoll.Pipeline) { p.TopKIncrBy("k", itemCounts...) }, "TOPK.INCRBY k a 2 b 3"},
	{"TopKQuery", func(p *redpoll.Pipeline) { p.TopKQuery("k", items...) }, "TOPK.QUERY k a 2"},
	{"TopKCount", func(p *redpoll.Pipeline) { p.TopKCount("k", items...) }, "TOPK.COUNT k a 2"},
	{"TopKList", func(p *redpoll.Pipeline) { p.TopKList("k") }, "TOPK.LIST k"},
	{"TopKListWithCount", func(p *redpoll.Pipeline) { p.TopKListWithCount("k") }, "TOPK.LIST k WITHCOUNT"},
	{"TopKInfo", func(p *redpoll.Pipeline) { p.TopKInfo("k") }, "TOPK.INFO k"},
	{"TDigestCreate", func(p *redpoll.Pipeline) {
		p.TDigestCreate("k", redpoll.TDigestCompression(200))
	}, "TDIGEST.CREATE k COMPRESSION 200"},
	{"TDigestReset", func(p *redpoll.Pipeline) { p.TDigestReset("k") }, "TDIGEST.RESET k"},
	{"TDigestAdd", func(p *redpoll.Pipeline) {
		p.TDigestAdd("k", []float64{1, 2.5}...)
	}, "TDIGEST.ADD k 1.0 2.5"},
	{"TDigestMerge", func(p *redpoll.Pipeline) {
		p.TDigestMerge("d", keys, redpoll.TDigestOverride, redpoll.TDigestCompression(9))
	}, "TDIGEST.MERGE d 2 a b COMPRESSION 9 OVERRIDE"},
	{"TDigestMin", func(p *redpoll.Pipeline) { p.TDigestMin("k") }, "TDIGEST.MIN k"},
	{"TDigestMax", func(p *redpoll.Pipeline) { p.TDigestMax("k") }, "TDIGEST.MAX k"},
	{"TDigestQuantile", func(p *redpoll.Pipeline) {
		p.TDigestQuantile("k", []float64{0.5, 1}...)
	}, "TDIGEST.QUANTILE k 0.5 1.0"},
	{"TDigestCDF", func(p *redpoll.Pipeline) { p.TDigestCDF("k", []float64{3}...) }, "TDIGEST.CDF k 3.0"},
	{"TDigestRank", func(p *redpoll.Pipeline) { p.TDigestRank("k", []float64{3}...) }, "TDIGEST.RANK k 3.0"},
	{"TDigestRevRank", func(p *redpoll.Pipeline) {
		p.TDigestRevRank("k", []float64{3}...)
	}, "TDIGEST.REVRANK k 3.0"},
	{"TDigestByRank", func(p *redpoll.Pipeline) { p.TDigestByRank("k", 0, 9) }, "TDIGEST.BYRANK k 0 9"},
	{"TDigestByRevRank", func(p *redpoll.Pipeline) { p.TDigestByRevRank("k", 0) }, "TDIGEST.BYREVRANK k 0"},
	{"TDigestTrimmedMean", func(p *redpoll.Pipeline) {
		p.TDigestTrimmedMean("k", 0.1, 0.9)
	}, "TDIGEST.TRIMMED_MEAN k 0.1 0.9"},
	{"TDigestInfo", func(p *redpoll.Pipeline) { p.TDigestInfo("k") }, "TDIGEST.INFO k"},
}
