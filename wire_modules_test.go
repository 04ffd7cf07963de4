package redpoll

import "time"

// The families of the server's own modules: see wireTests.
func init() { wireTests = append(wireTests, moduleWireTests...) }

var (
	wireVector = VectorValues(1, -0.5)
	wireItems  = []any{"a", 2}
	wireCounts = []ItemCount{{"a", 2}, {"b", 3}}
	wireFilter = []string{"room=study", "type!="}
	wireFrom   = time.UnixMilli(1000)
	wireUntil  = time.UnixMilli(2000)
	noTime     time.Time
)

var moduleWireTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", "$", `{"a":1}`) }, `JSON.SET k $ {"a":1}`},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", "$.a", []byte("[1]"), FPHA(FP16), NX) }, "JSON.SET k $.a [1] NX FPHA FP16"},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", "$", JSON(map[string]any{"a": []int{1}}), XX) }, `JSON.SET k $ {"a":[1]} XX`},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", ".a", 1.5) }, "JSON.SET k .a 1.5"},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", ".a", true) }, "JSON.SET k .a true"},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", ".a", false) }, "JSON.SET k .a false"},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", ".a", nil) }, "JSON.SET k .a null"},
	{"JSONGet", func(p *Pipeline) { p.JSONGet("k") }, "JSON.GET k"},
	{"JSONGet", func(p *Pipeline) { p.JSONGet("k", "$.a", "$..b") }, "JSON.GET k $.a $..b"},
	{"JSONGetFormatted", func(p *Pipeline) {
		p.JSONGetFormatted("k", []string{"$"}, []JSONFormat{JSONSpace("s"), JSONNewline("n"), JSONIndent("i")}...)
	}, "JSON.GET k INDENT i NEWLINE n SPACE s $"},
	{"JSONMGet", func(p *Pipeline) { p.JSONMGet("$.a", wireKeys...) }, "JSON.MGET a b $.a"},
	{"JSONMSet", func(p *Pipeline) { p.JSONMSet([]JSONEntry{{"a", "$", 1}, {"b", "$.x", `"y"`}}...) }, `JSON.MSET a $ 1 b $.x "y"`},
	{"JSONMerge", func(p *Pipeline) { p.JSONMerge("k", "$", `{"a":null}`) }, `JSON.MERGE k $ {"a":null}`},
	{"JSONDel", func(p *Pipeline) { p.JSONDel("k", "$.a") }, "JSON.DEL k $.a"},
	{"JSONForget", func(p *Pipeline) { p.JSONForget("k", "$") }, "JSON.FORGET k $"},
	{"JSONClear", func(p *Pipeline) { p.JSONClear("k", "$.a") }, "JSON.CLEAR k $.a"},
	{"JSONType", func(p *Pipeline) { p.JSONType("k", "$.a") }, "JSON.TYPE k $.a"},
	{"JSONNumIncrBy", func(p *Pipeline) { p.JSONNumIncrBy("k", "$.a", 2) }, "JSON.NUMINCRBY k $.a 2"},
	{"JSONNumMultBy", func(p *Pipeline) { p.JSONNumMultBy("k", "$.a", 2.5) }, "JSON.NUMMULTBY k $.a 2.5"},
	{"JSONStrAppend", func(p *Pipeline) { p.JSONStrAppend("k", "$.a", JSON("x")) }, `JSON.STRAPPEND k $.a "x"`},
	{"JSONStrLen", func(p *Pipeline) { p.JSONStrLen("k", "$.a") }, "JSON.STRLEN k $.a"},
	{"JSONArrAppend", func(p *Pipeline) { p.JSONArrAppend("k", "$.a", 1, "[]") }, "JSON.ARRAPPEND k $.a 1 []"},
	{"JSONArrIndex", func(p *Pipeline) { p.JSONArrIndex("k", "$.a", 1) }, "JSON.ARRINDEX k $.a 1"},
	{"JSONArrIndexRange", func(p *Pipeline) { p.JSONArrIndexRange("k", "$.a", 1, 2, -1) }, "JSON.ARRINDEX k $.a 1 2 -1"},
	{"JSONArrInsert", func(p *Pipeline) { p.JSONArrInsert("k", "$.a", -1, 1, nil) }, "JSON.ARRINSERT k $.a -1 1 null"},
	{"JSONArrLen", func(p *Pipeline) { p.JSONArrLen("k", "$.a") }, "JSON.ARRLEN k $.a"},
	{"JSONArrPop", func(p *Pipeline) { p.JSONArrPop("k", "$.a", -1) }, "JSON.ARRPOP k $.a -1"},
	{"JSONArrTrim", func(p *Pipeline) { p.JSONArrTrim("k", "$.a", 1, -2) }, "JSON.ARRTRIM k $.a 1 -2"},
	{"JSONObjKeys", func(p *Pipeline) { p.JSONObjKeys("k", "$") }, "JSON.OBJKEYS k $"},
	{"JSONObjLen", func(p *Pipeline) { p.JSONObjLen("k", "$") }, "JSON.OBJLEN k $"},
	{"JSONToggle", func(p *Pipeline) { p.JSONToggle("k", "$.a") }, "JSON.TOGGLE k $.a"},
	{"JSONDebugMemory", func(p *Pipeline) { p.JSONDebugMemory("k", "$") }, "JSON.DEBUG MEMORY k $"},
	{"JSONResp", func(p *Pipeline) { p.JSONResp("k", "$") }, "JSON.RESP k $"},

	{"VAdd", func(p *Pipeline) { p.VAdd("k", wireVector, "el") }, "VADD k VALUES 2 1.0 -0.5 el"},
	{"VAdd", func(p *Pipeline) { p.VAdd("k", VectorFP32(1, -2), "el") }, "VADD k FP32 \x00\x00\x80\x3f\x00\x00\x00\xc0 el"},
	{"VAdd", func(p *Pipeline) {
		p.VAdd("k", VectorBlob([]byte("abcd")), "el", MaxLinks(32), SetAttr(`{"y":1}`), EF(100), QuantBin, CAS)
	}, `VADD k FP32 abcd el CAS BIN EF 100 SETATTR {"y":1} M 32`},
	{"VAddReduced", func(p *Pipeline) { p.VAddReduced("k", 1, wireVector, "el", QuantNone) }, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el NOQUANT"},
	{"VAddReduced", func(p *Pipeline) { p.VAddReduced("k", 1, wireVector, "el", QuantQ8) }, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el Q8"},
	{"VCard", func(p *Pipeline) { p.VCard("k") }, "VCARD k"},
	{"VDim", func(p *Pipeline) { p.VDim("k") }, "VDIM k"},
	{"VEmb", func(p *Pipeline) { p.VEmb("k", "el") }, "VEMB k el"},
	{"VEmbRaw", func(p *Pipeline) { p.VEmbRaw("k", "el") }, "VEMB k el RAW"},
	{"VGetAttr", func(p *Pipeline) { p.VGetAttr("k", "el") }, "VGETATTR k el"},
	{"VInfo", func(p *Pipeline) { p.VInfo("k") }, "VINFO k"},
	{"VIsMember", func(p *Pipeline) { p.VIsMember("k", "el") }, "VISMEMBER k el"},
	{"VLinks", func(p *Pipeline) { p.VLinks("k", "el") }, "VLINKS k el"},
	{"VLinksWithScores", func(p *Pipeline) { p.VLinksWithScores("k", "el") }, "VLINKS k el WITHSCORES"},
	{"VRandMember", func(p *Pipeline) { p.VRandMember("k") }, "VRANDMEMBER k"},
	{"VRandMemberN", func(p *Pipeline) { p.VRandMemberN("k", -3) }, "VRANDMEMBER k -3"},
	{"VRange", func(p *Pipeline) { p.VRange("k", "-", "[b") }, "VRANGE k - [b"},
	{"VRangeN", func(p *Pipeline) { p.VRangeN("k", "(a", "+", 10) }, "VRANGE k (a + 10"},
	{"VRem", func(p *Pipeline) { p.VRem("k", "el") }, "VREM k el"},
	{"VSetAttr", func(p *Pipeline) { p.VSetAttr("k", "el", JSON(map[string]int{"y": 1})) }, `VSETATTR k el {"y":1}`},
	{"VSetAttr", func(p *Pipeline) { p.VSetAttr("k", "el", "") }, `VSETATTR k el ""`},
	{"VSim", func(p *Pipeline) { p.VSim("k", VectorElement("el")) }, "VSIM k ELE el"},
	{"VSim", func(p *Pipeline) {
		p.VSim("k", wireVector, NoThread, Truth, VectorFilterEF(9), VectorFilter(".y>1"), EF(50), Epsilon(0.2), Count(3))
	}, "VSIM k VALUES 2 1.0 -0.5 COUNT 3 EPSILON 0.2 EF 50 FILTER .y>1 FILTER-EF 9 TRUTH NOTHREAD"},
	{"VSimWithScores", func(p *Pipeline) { p.VSimWithScores("k", VectorFP32(1), Count(3)) }, "VSIM k FP32 \x00\x00\x80\x3f WITHSCORES COUNT 3"},
	{"VSimWithAttribs", func(p *Pipeline) { p.VSimWithAttribs("k", VectorElement("el"), Truth) }, "VSIM k ELE el WITHSCORES WITHATTRIBS TRUTH"},

	{"TSCreate", func(p *Pipeline) { p.TSCreate("k") }, "TS.CREATE k"},
	{"TSCreate", func(p *Pipeline) {
		p.TSCreate("k", []TSCreateOption{TSLabels(map[string]string{"type": "t", "room": "r"}), TSIgnore(time.Second, 0.5),
			TSDuplicatePolicy(TSPolicySum), TSChunkSize(128), TSUncompressed, TSRetention(time.Minute)}...)
	}, "TS.CREATE k RETENTION 60000 ENCODING UNCOMPRESSED CHUNK_SIZE 128 DUPLICATE_POLICY SUM IGNORE 1000 0.5 LABELS room r type t"},
	{"TSAlter", func(p *Pipeline) { p.TSAlter("k", TSRetention(0), TSLabels(nil)) }, "TS.ALTER k RETENTION 0 LABELS"},
	{"TSAdd", func(p *Pipeline) { p.TSAdd("k", noTime, 1.5) }, "TS.ADD k * 1.5"},
	{"TSAdd", func(p *Pipeline) {
		p.TSAdd("k", wireFrom, 2, TSOnDuplicate(TSPolicyMax), TSDuplicatePolicy(TSPolicyLast), TSCompressed)
	}, "TS.ADD k 1000 2.0 ENCODING COMPRESSED DUPLICATE_POLICY LAST ON_DUPLICATE MAX"},
	{"TSMAdd", func(p *Pipeline) { p.TSMAdd([]TSPoint{{"a", wireFrom, 1}, {"b", noTime, 2.5}}...) }, "TS.MADD a 1000 1.0 b * 2.5"},
	{"TSIncrBy", func(p *Pipeline) {
		p.TSIncrBy("k", 2, TSRetention(time.Second), TSTimestamp(wireFrom))
	}, "TS.INCRBY k 2.0 TIMESTAMP 1000 RETENTION 1000"},
	{"TSDecrBy", func(p *Pipeline) { p.TSDecrBy("k", 2) }, "TS.DECRBY k 2.0"},
	{"TSDel", func(p *Pipeline) { p.TSDel("k", wireFrom, noTime) }, "TS.DEL k 1000 +"},
	{"TSCreateRule", func(p *Pipeline) { p.TSCreateRule("a", "b", TSAggTWA, time.Minute) }, "TS.CREATERULE a b AGGREGATION twa 60000"},
	{"TSCreateRuleAligned", func(p *Pipeline) { p.TSCreateRuleAligned("a", "b", TSAggStdP, time.Minute, wireFrom) }, "TS.CREATERULE a b AGGREGATION std.p 60000 1000"},
	{"TSDeleteRule", func(p *Pipeline) { p.TSDeleteRule("a", "b") }, "TS.DELETERULE a b"},
	{"TSGet", func(p *Pipeline) { p.TSGet("k", TSLatest) }, "TS.GET k LATEST"},
	{"TSMGet", func(p *Pipeline) { p.TSMGet(wireFilter, TSWithLabels, TSLatest) }, "TS.MGET LATEST WITHLABELS FILTER room=study type!="},
	{"TSMGet", func(p *Pipeline) { p.TSMGet(wireFilter[:1], TSSelectedLabels("a", "b")) }, "TS.MGET SELECTED_LABELS a b FILTER room=study"},
	{"TSRange", func(p *Pipeline) { p.TSRange("k", noTime, noTime) }, "TS.RANGE k - +"},
	{"TSRange", func(p *Pipeline) {
		p.TSRange("k", wireFrom, wireUntil, []TSRangeOption{TSEmpty, TSBucketMid, TSAggregation(time.Second, TSAggAvg, TSAggCountNaN),
			TSAlignStart, Count(5), TSFilterByValue(1, 2.5), TSFilterByTS(wireFrom, wireUntil), TSLatest}...)
	}, "TS.RANGE k 1000 2000 LATEST FILTER_BY_TS 1000 2000 FILTER_BY_VALUE 1.0 2.5 COUNT 5 ALIGN - AGGREGATION avg,countNaN 1000 BUCKETTIMESTAMP ~ EMPTY"},
	{"TSRevRange", func(p *Pipeline) {
		p.TSRevRange("k", noTime, wireUntil, TSAggregation(time.Second, TSAggMax), TSAlignEnd, TSBucketEnd)
	}, "TS.REVRANGE k - 2000 ALIGN + AGGREGATION max 1000 BUCKETTIMESTAMP +"},
	{"TSMRange", func(p *Pipeline) {
		p.TSMRange(noTime, noTime, wireFilter, TSWithLabels, TSAggregation(time.Second, TSAggMin), TSAlign(wireFrom), TSBucketStart)
	}, "TS.MRANGE - + WITHLABELS ALIGN 1000 AGGREGATION min 1000 BUCKETTIMESTAMP - FILTER room=study type!="},
	{"TSMRange", func(p *Pipeline) {
		p.TSMRange(wireFrom, noTime, wireFilter, TSExcludeEmpty, TSEmpty, TSAggregation(time.Second, TSAggMin, TSAggMax), TSAlignStart)
	}, "TS.MRANGE 1000 + ALIGN - AGGREGATION min,max 1000 EMPTY EXCLUDEEMPTY FILTER room=study type!="},
	{"TSMRevRange", func(p *Pipeline) {
		p.TSMRevRange(noTime, wireFrom, wireFilter, TSExcludeEmpty, TSAggregation(time.Second, TSAggMin), TSAlignEnd)
	}, "TS.MREVRANGE - 1000 ALIGN + AGGREGATION min 1000 EXCLUDEEMPTY FILTER room=study type!="},
	{"TSMRangeGroupBy", func(p *Pipeline) {
		p.TSMRangeGroupBy(wireFrom, wireFrom, wireFilter, "room", TSAggCountAll, TSAggregation(time.Second, TSAggTWA), TSAlignStart)
	}, "TS.MRANGE 1000 1000 ALIGN - AGGREGATION twa 1000 FILTER room=study type!= GROUPBY room REDUCE countAll"},
	{"TSMRangeGroupBy", func(p *Pipeline) {
		p.TSMRangeGroupBy(noTime, noTime, wireFilter, "room", TSAggSum, TSSelectedLabels("a"), Count(1))
	}, "TS.MRANGE - + SELECTED_LABELS a COUNT 1 FILTER room=study type!= GROUPBY room REDUCE sum"},
	{"TSMRevRange", func(p *Pipeline) { p.TSMRevRange(noTime, noTime, wireFilter) }, "TS.MREVRANGE - + FILTER room=study type!="},
	{"TSMRevRangeGroupBy", func(p *Pipeline) { p.TSMRevRangeGroupBy(noTime, noTime, wireFilter, "room", TSAggVarS) }, "TS.MREVRANGE - + FILTER room=study type!= GROUPBY room REDUCE var.s"},
	{"TSNRange", func(p *Pipeline) {
		p.TSNRange(wireKeys, noTime, noTime, TSKeyAggregation(time.Second, []TSAggregator{TSAggAvg, TSAggMax}, []TSAggregator{TSAggSum}), Count(9))
	}, "TS.NRANGE 2 a b - + COUNT 9 AGGREGATION avg,max sum 1000"},
	{"TSNRevRange", func(p *Pipeline) { p.TSNRevRange(wireKeys, wireFrom, wireUntil) }, "TS.NREVRANGE 2 a b 1000 2000"},
	{"TSRead", func(p *Pipeline) { p.TSRead("k", TSCursor{}) }, "TS.READ k -"},
	{"TSRead", func(p *Pipeline) { p.TSRead("k", TSFrom(wireFrom), TSMaxCount(5)) }, "TS.READ k 1000 MAX_COUNT 5"},
	{"TSRead", func(p *Pipeline) { p.TSRead("k", TSFromLast()) }, "TS.READ k +"},
	{"TSReadBlock", func(p *Pipeline) { p.TSReadBlock(time.Second, 2, "k", TSFromNew(), TSMaxCount(5)) }, "TS.READ k $ BLOCK 1000 2 MAX_COUNT 5"},
	{"TSInfo", func(p *Pipeline) { p.TSInfo("k") }, "TS.INFO k"},
	{"TSInfoDebug", func(p *Pipeline) { p.TSInfoDebug("k") }, "TS.INFO k DEBUG"},
	{"TSQueryIndex", func(p *Pipeline) { p.TSQueryIndex(wireFilter...) }, "TS.QUERYINDEX room=study type!="},
	{"TSQueryLabels", func(p *Pipeline) { p.TSQueryLabels() }, "TS.QUERYLABELS LABELS"},
	{"TSQueryLabelsOf", func(p *Pipeline) { p.TSQueryLabelsOf(wireFilter...) }, "TS.QUERYLABELS LABELS FILTER room=study type!="},
	{"TSQueryLabelValues", func(p *Pipeline) { p.TSQueryLabelValues("room") }, "TS.QUERYLABELS VALUES room"},
	{"TSQueryLabelValuesOf", func(p *Pipeline) { p.TSQueryLabelValuesOf("room", wireFilter...) }, "TS.QUERYLABELS VALUES room FILTER room=study type!="},

	{"BFReserve", func(p *Pipeline) { p.BFReserve("k", 0.01, 100, Expansion(2)) }, "BF.RESERVE k 0.01 100 EXPANSION 2"},
	{"BFReserve", func(p *Pipeline) { p.BFReserve("k", 0.01, 100, NonScaling) }, "BF.RESERVE k 0.01 100 NONSCALING"},
	{"BFAdd", func(p *Pipeline) { p.BFAdd("k", "a") }, "BF.ADD k a"},
	{"BFMAdd", func(p *Pipeline) { p.BFMAdd("k", wireItems...) }, "BF.MADD k a 2"},
	{"BFInsert", func(p *Pipeline) {
		p.BFInsert("k", wireItems, NonScaling, ErrorRate(0.5), Capacity(7))
	}, "BF.INSERT k CAPACITY 7 ERROR 0.5 NONSCALING ITEMS a 2"},
	{"BFInsert", func(p *Pipeline) { p.BFInsert("k", wireItems, NoCreate, Expansion(1)) }, "BF.INSERT k EXPANSION 1 NOCREATE ITEMS a 2"},
	{"BFExists", func(p *Pipeline) { p.BFExists("k", "a") }, "BF.EXISTS k a"},
	{"BFMExists", func(p *Pipeline) { p.BFMExists("k", wireItems...) }, "BF.MEXISTS k a 2"},
	{"BFCard", func(p *Pipeline) { p.BFCard("k") }, "BF.CARD k"},
	{"BFInfo", func(p *Pipeline) { p.BFInfo("k") }, "BF.INFO k"},
	{"BFScanDump", func(p *Pipeline) { p.BFScanDump("k", 0) }, "BF.SCANDUMP k 0"},
	{"BFLoadChunk", func(p *Pipeline) { p.BFLoadChunk("k", 1, []byte("\x00")) }, "BF.LOADCHUNK k 1 \x00"},
	{"CFReserve", func(p *Pipeline) {
		p.CFReserve("k", 100, Expansion(0), MaxIterations(9), BucketSize(2))
	}, "CF.RESERVE k 100 BUCKETSIZE 2 MAXITERATIONS 9 EXPANSION 0"},
	{"CFAdd", func(p *Pipeline) { p.CFAdd("k", "a") }, "CF.ADD k a"},
	{"CFAddNX", func(p *Pipeline) { p.CFAddNX("k", "a") }, "CF.ADDNX k a"},
	{"CFInsert", func(p *Pipeline) { p.CFInsert("k", wireItems, Capacity(9)) }, "CF.INSERT k CAPACITY 9 ITEMS a 2"},
	{"CFInsertNX", func(p *Pipeline) { p.CFInsertNX("k", wireItems, NoCreate) }, "CF.INSERTNX k NOCREATE ITEMS a 2"},
	{"CFExists", func(p *Pipeline) { p.CFExists("k", "a") }, "CF.EXISTS k a"},
	{"CFMExists", func(p *Pipeline) { p.CFMExists("k", wireItems...) }, "CF.MEXISTS k a 2"},
	{"CFCount", func(p *Pipeline) { p.CFCount("k", "a") }, "CF.COUNT k a"},
	{"CFDel", func(p *Pipeline) { p.CFDel("k", "a") }, "CF.DEL k a"},
	{"CFInfo", func(p *Pipeline) { p.CFInfo("k") }, "CF.INFO k"},
	{"CFScanDump", func(p *Pipeline) { p.CFScanDump("k", 1) }, "CF.SCANDUMP k 1"},
	{"CFLoadChunk", func(p *Pipeline) { p.CFLoadChunk("k", 1, "x") }, "CF.LOADCHUNK k 1 x"},
	{"CMSInitByDim", func(p *Pipeline) { p.CMSInitByDim("k", 2000, 5, CellSize(8)) }, "CMS.INITBYDIM k 2000 5 CELL_SIZE 8"},
	{"CMSInitByProb", func(p *Pipeline) { p.CMSInitByProb("k", 0.001, 0.01) }, "CMS.INITBYPROB k 0.001 0.01"},
	{"CMSIncrBy", func(p *Pipeline) { p.CMSIncrBy("k", wireCounts...) }, "CMS.INCRBY k a 2 b 3"},
	{"CMSQuery", func(p *Pipeline) { p.CMSQuery("k", wireKeys...) }, "CMS.QUERY k a b"},
	{"CMSMerge", func(p *Pipeline) { p.CMSMerge("d", wireKeys, CMSWeights(1, 3)) }, "CMS.MERGE d 2 a b WEIGHTS 1 3"},
	{"CMSInfo", func(p *Pipeline) { p.CMSInfo("k") }, "CMS.INFO k"},
	{"TopKReserve", func(p *Pipeline) { p.TopKReserve("k", 3) }, "TOPK.RESERVE k 3"},
	{"TopKReserveSized", func(p *Pipeline) { p.TopKReserveSized("k", 3, 50, 5, 0.9) }, "TOPK.RESERVE k 3 50 5 0.9"},
	{"TopKAdd", func(p *Pipeline) { p.TopKAdd("k", wireItems...) }, "TOPK.ADD k a 2"},
	{"TopKIncrBy", func(p *Pipeline) { p.TopKIncrBy("k", wireCounts...) }, "TOPK.INCRBY k a 2 b 3"},
	{"TopKQuery", func(p *Pipeline) { p.TopKQuery("k", wireItems...) }, "TOPK.QUERY k a 2"},
	{"TopKCount", func(p *Pipeline) { p.TopKCount("k", wireItems...) }, "TOPK.COUNT k a 2"},
	{"TopKList", func(p *Pipeline) { p.TopKList("k") }, "TOPK.LIST k"},
	{"TopKListWithCount", func(p *Pipeline) { p.TopKListWithCount("k") }, "TOPK.LIST k WITHCOUNT"},
	{"TopKInfo", func(p *Pipeline) { p.TopKInfo("k") }, "TOPK.INFO k"},
	{"TDigestCreate", func(p *Pipeline) { p.TDigestCreate("k", Compression(200)) }, "TDIGEST.CREATE k COMPRESSION 200"},
	{"TDigestReset", func(p *Pipeline) { p.TDigestReset("k") }, "TDIGEST.RESET k"},
	{"TDigestAdd", func(p *Pipeline) { p.TDigestAdd("k", []float64{1, 2.5}...) }, "TDIGEST.ADD k 1.0 2.5"},
	{"TDigestMerge", func(p *Pipeline) { p.TDigestMerge("d", wireKeys, Override, Compression(9)) }, "TDIGEST.MERGE d 2 a b COMPRESSION 9 OVERRIDE"},
	{"TDigestMin", func(p *Pipeline) { p.TDigestMin("k") }, "TDIGEST.MIN k"},
	{"TDigestMax", func(p *Pipeline) { p.TDigestMax("k") }, "TDIGEST.MAX k"},
	{"TDigestQuantile", func(p *Pipeline) { p.TDigestQuantile("k", []float64{0.5, 1}...) }, "TDIGEST.QUANTILE k 0.5 1.0"},
	{"TDigestCDF", func(p *Pipeline) { p.TDigestCDF("k", []float64{3}...) }, "TDIGEST.CDF k 3.0"},
	{"TDigestRank", func(p *Pipeline) { p.TDigestRank("k", []float64{3}...) }, "TDIGEST.RANK k 3.0"},
	{"TDigestRevRank", func(p *Pipeline) { p.TDigestRevRank("k", []float64{3}...) }, "TDIGEST.REVRANK k 3.0"},
	{"TDigestByRank", func(p *Pipeline) { p.TDigestByRank("k", 0, 9) }, "TDIGEST.BYRANK k 0 9"},
	{"TDigestByRevRank", func(p *Pipeline) { p.TDigestByRevRank("k", 0) }, "TDIGEST.BYREVRANK k 0"},
	{"TDigestTrimmedMean", func(p *Pipeline) { p.TDigestTrimmedMean("k", 0.1, 0.9) }, "TDIGEST.TRIMMED_MEAN k 0.1 0.9"},
	{"TDigestInfo", func(p *Pipeline) { p.TDigestInfo("k") }, "TDIGEST.INFO k"},
}
