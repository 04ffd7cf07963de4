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
	put    func(e *encoder)
	words  string
}{
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", "$", `{"a":1}`, nil) }, `JSON.SET k $ {"a":1}`},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", "$.a", []byte("[1]"), []JSONSetOption{FPHA(FP16), NX}) }, "JSON.SET k $.a [1] NX FPHA FP16"},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", "$", JSON(map[string]any{"a": []int{1}}), []JSONSetOption{XX}) }, `JSON.SET k $ {"a":[1]} XX`},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", ".a", 1.5, nil) }, "JSON.SET k .a 1.5"},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", ".a", true, nil) }, "JSON.SET k .a true"},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", ".a", false, nil) }, "JSON.SET k .a false"},
	{"JSONSet", func(e *encoder) { putJSONSet(e, "k", ".a", nil, nil) }, "JSON.SET k .a null"},
	{"JSONGet", func(e *encoder) { putJSONGet(e, "k", nil) }, "JSON.GET k"},
	{"JSONGet", func(e *encoder) { putJSONGet(e, "k", []string{"$.a", "$..b"}) }, "JSON.GET k $.a $..b"},
	{"JSONGetFormatted", func(e *encoder) {
		putJSONGetFormatted(e, "k", []string{"$"}, []JSONFormat{JSONSpace("s"), JSONNewline("n"), JSONIndent("i")})
	}, "JSON.GET k INDENT i NEWLINE n SPACE s $"},
	{"JSONMGet", func(e *encoder) { putJSONMGet(e, "$.a", wireKeys) }, "JSON.MGET a b $.a"},
	{"JSONMSet", func(e *encoder) { putJSONMSet(e, []JSONEntry{{"a", "$", 1}, {"b", "$.x", `"y"`}}) }, `JSON.MSET a $ 1 b $.x "y"`},
	{"JSONMerge", func(e *encoder) { putJSONMerge(e, "k", "$", `{"a":null}`) }, `JSON.MERGE k $ {"a":null}`},
	{"JSONDel", func(e *encoder) { putJSONDel(e, "k", "$.a") }, "JSON.DEL k $.a"},
	{"JSONForget", func(e *encoder) { putJSONForget(e, "k", "$") }, "JSON.FORGET k $"},
	{"JSONClear", func(e *encoder) { putJSONClear(e, "k", "$.a") }, "JSON.CLEAR k $.a"},
	{"JSONType", func(e *encoder) { putJSONType(e, "k", "$.a") }, "JSON.TYPE k $.a"},
	{"JSONNumIncrBy", func(e *encoder) { putJSONNumIncrBy(e, "k", "$.a", 2) }, "JSON.NUMINCRBY k $.a 2"},
	{"JSONNumMultBy", func(e *encoder) { putJSONNumMultBy(e, "k", "$.a", 2.5) }, "JSON.NUMMULTBY k $.a 2.5"},
	{"JSONStrAppend", func(e *encoder) { putJSONStrAppend(e, "k", "$.a", JSON("x")) }, `JSON.STRAPPEND k $.a "x"`},
	{"JSONStrLen", func(e *encoder) { putJSONStrLen(e, "k", "$.a") }, "JSON.STRLEN k $.a"},
	{"JSONArrAppend", func(e *encoder) { putJSONArrAppend(e, "k", "$.a", []any{1, "[]"}) }, "JSON.ARRAPPEND k $.a 1 []"},
	{"JSONArrIndex", func(e *encoder) { putJSONArrIndex(e, "k", "$.a", 1) }, "JSON.ARRINDEX k $.a 1"},
	{"JSONArrIndexRange", func(e *encoder) { putJSONArrIndexRange(e, "k", "$.a", 1, 2, -1) }, "JSON.ARRINDEX k $.a 1 2 -1"},
	{"JSONArrInsert", func(e *encoder) { putJSONArrInsert(e, "k", "$.a", -1, []any{1, nil}) }, "JSON.ARRINSERT k $.a -1 1 null"},
	{"JSONArrLen", func(e *encoder) { putJSONArrLen(e, "k", "$.a") }, "JSON.ARRLEN k $.a"},
	{"JSONArrPop", func(e *encoder) { putJSONArrPop(e, "k", "$.a", -1) }, "JSON.ARRPOP k $.a -1"},
	{"JSONArrTrim", func(e *encoder) { putJSONArrTrim(e, "k", "$.a", 1, -2) }, "JSON.ARRTRIM k $.a 1 -2"},
	{"JSONObjKeys", func(e *encoder) { putJSONObjKeys(e, "k", "$") }, "JSON.OBJKEYS k $"},
	{"JSONObjLen", func(e *encoder) { putJSONObjLen(e, "k", "$") }, "JSON.OBJLEN k $"},
	{"JSONToggle", func(e *encoder) { putJSONToggle(e, "k", "$.a") }, "JSON.TOGGLE k $.a"},
	{"JSONDebugMemory", func(e *encoder) { putJSONDebugMemory(e, "k", "$") }, "JSON.DEBUG MEMORY k $"},
	{"JSONResp", func(e *encoder) { putJSONResp(e, "k", "$") }, "JSON.RESP k $"},

	{"VAdd", func(e *encoder) { putVAdd(e, "k", wireVector, "el", nil) }, "VADD k VALUES 2 1.0 -0.5 el"},
	{"VAdd", func(e *encoder) { putVAdd(e, "k", VectorFP32(1, -2), "el", nil) }, "VADD k FP32 \x00\x00\x80\x3f\x00\x00\x00\xc0 el"},
	{"VAdd", func(e *encoder) {
		putVAdd(e, "k", VectorBlob([]byte("abcd")), "el", []VAddOption{MaxLinks(32), SetAttr(`{"y":1}`), EF(100), QuantBin, CAS})
	}, `VADD k FP32 abcd el CAS BIN EF 100 SETATTR {"y":1} M 32`},
	{"VAddReduced", func(e *encoder) { putVAddReduced(e, "k", 1, wireVector, "el", []VAddOption{QuantNone}) }, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el NOQUANT"},
	{"VAddReduced", func(e *encoder) { putVAddReduced(e, "k", 1, wireVector, "el", []VAddOption{QuantQ8}) }, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el Q8"},
	{"VCard", func(e *encoder) { putVCard(e, "k") }, "VCARD k"},
	{"VDim", func(e *encoder) { putVDim(e, "k") }, "VDIM k"},
	{"VEmb", func(e *encoder) { putVEmb(e, "k", "el") }, "VEMB k el"},
	{"VEmbRaw", func(e *encoder) { putVEmbRaw(e, "k", "el") }, "VEMB k el RAW"},
	{"VGetAttr", func(e *encoder) { putVGetAttr(e, "k", "el") }, "VGETATTR k el"},
	{"VInfo", func(e *encoder) { putVInfo(e, "k") }, "VINFO k"},
	{"VIsMember", func(e *encoder) { putVIsMember(e, "k", "el") }, "VISMEMBER k el"},
	{"VLinks", func(e *encoder) { putVLinks(e, "k", "el") }, "VLINKS k el"},
	{"VLinksWithScores", func(e *encoder) { putVLinksWithScores(e, "k", "el") }, "VLINKS k el WITHSCORES"},
	{"VRandMember", func(e *encoder) { putVRandMember(e, "k") }, "VRANDMEMBER k"},
	{"VRandMemberN", func(e *encoder) { putVRandMemberN(e, "k", -3) }, "VRANDMEMBER k -3"},
	{"VRange", func(e *encoder) { putVRange(e, "k", "-", "[b") }, "VRANGE k - [b"},
	{"VRangeN", func(e *encoder) { putVRangeN(e, "k", "(a", "+", 10) }, "VRANGE k (a + 10"},
	{"VRem", func(e *encoder) { putVRem(e, "k", "el") }, "VREM k el"},
	{"VSetAttr", func(e *encoder) { putVSetAttr(e, "k", "el", JSON(map[string]int{"y": 1})) }, `VSETATTR k el {"y":1}`},
	{"VSetAttr", func(e *encoder) { putVSetAttr(e, "k", "el", "") }, `VSETATTR k el ""`},
	{"VSim", func(e *encoder) { putVSim(e, "k", VectorElement("el"), nil) }, "VSIM k ELE el"},
	{"VSim", func(e *encoder) {
		putVSim(e, "k", wireVector, []VSimOption{NoThread, Truth, VectorFilterEF(9), VectorFilter(".y>1"), EF(50), Epsilon(0.2), Count(3)})
	}, "VSIM k VALUES 2 1.0 -0.5 COUNT 3 EPSILON 0.2 EF 50 FILTER .y>1 FILTER-EF 9 TRUTH NOTHREAD"},
	{"VSimWithScores", func(e *encoder) { putVSimWithScores(e, "k", VectorFP32(1), []VSimOption{Count(3)}) }, "VSIM k FP32 \x00\x00\x80\x3f WITHSCORES COUNT 3"},
	{"VSimWithAttribs", func(e *encoder) { putVSimWithAttribs(e, "k", VectorElement("el"), []VSimOption{Truth}) }, "VSIM k ELE el WITHSCORES WITHATTRIBS TRUTH"},

	{"TSCreate", func(e *encoder) { putTSCreate(e, "k", nil) }, "TS.CREATE k"},
	{"TSCreate", func(e *encoder) {
		putTSCreate(e, "k", []TSCreateOption{TSLabels(map[string]string{"type": "t", "room": "r"}), TSIgnore(time.Second, 0.5),
			TSDuplicatePolicy(TSPolicySum), TSChunkSize(128), TSUncompressed, TSRetention(time.Minute)})
	}, "TS.CREATE k RETENTION 60000 ENCODING UNCOMPRESSED CHUNK_SIZE 128 DUPLICATE_POLICY SUM IGNORE 1000 0.5 LABELS room r type t"},
	{"TSAlter", func(e *encoder) { putTSAlter(e, "k", []TSAlterOption{TSRetention(0), TSLabels(nil)}) }, "TS.ALTER k RETENTION 0 LABELS"},
	{"TSAdd", func(e *encoder) { putTSAdd(e, "k", noTime, 1.5, nil) }, "TS.ADD k * 1.5"},
	{"TSAdd", func(e *encoder) {
		putTSAdd(e, "k", wireFrom, 2, []TSAddOption{TSOnDuplicate(TSPolicyMax), TSDuplicatePolicy(TSPolicyLast), TSCompressed})
	}, "TS.ADD k 1000 2.0 ENCODING COMPRESSED DUPLICATE_POLICY LAST ON_DUPLICATE MAX"},
	{"TSMAdd", func(e *encoder) { putTSMAdd(e, []TSPoint{{"a", wireFrom, 1}, {"b", noTime, 2.5}}) }, "TS.MADD a 1000 1.0 b * 2.5"},
	{"TSIncrBy", func(e *encoder) {
		putTSIncrBy(e, "k", 2, []TSIncrOption{TSRetention(time.Second), TSTimestamp(wireFrom)})
	}, "TS.INCRBY k 2.0 TIMESTAMP 1000 RETENTION 1000"},
	{"TSDecrBy", func(e *encoder) { putTSDecrBy(e, "k", 2, nil) }, "TS.DECRBY k 2.0"},
	{"TSDel", func(e *encoder) { putTSDel(e, "k", wireFrom, noTime) }, "TS.DEL k 1000 +"},
	{"TSCreateRule", func(e *encoder) { putTSCreateRule(e, "a", "b", TSAggTWA, time.Minute) }, "TS.CREATERULE a b AGGREGATION twa 60000"},
	{"TSCreateRuleAligned", func(e *encoder) { putTSCreateRuleAligned(e, "a", "b", TSAggStdP, time.Minute, wireFrom) }, "TS.CREATERULE a b AGGREGATION std.p 60000 1000"},
	{"TSDeleteRule", func(e *encoder) { putTSDeleteRule(e, "a", "b") }, "TS.DELETERULE a b"},
	{"TSGet", func(e *encoder) { putTSGet(e, "k", []TSGetOption{TSLatest}) }, "TS.GET k LATEST"},
	{"TSMGet", func(e *encoder) { putTSMGet(e, wireFilter, []TSMGetOption{TSWithLabels, TSLatest}) }, "TS.MGET LATEST WITHLABELS FILTER room=study type!="},
	{"TSMGet", func(e *encoder) { putTSMGet(e, wireFilter[:1], []TSMGetOption{TSSelectedLabels("a", "b")}) }, "TS.MGET SELECTED_LABELS a b FILTER room=study"},
	{"TSRange", func(e *encoder) { putTSRange(e, "k", noTime, noTime, nil) }, "TS.RANGE k - +"},
	{"TSRange", func(e *encoder) {
		putTSRange(e, "k", wireFrom, wireUntil, []TSRangeOption{TSEmpty, TSBucketMid, TSAggregation(time.Second, TSAggAvg, TSAggCountNaN),
			TSAlignStart, Count(5), TSFilterByValue(1, 2.5), TSFilterByTS(wireFrom, wireUntil), TSLatest})
	}, "TS.RANGE k 1000 2000 LATEST FILTER_BY_TS 1000 2000 FILTER_BY_VALUE 1.0 2.5 COUNT 5 ALIGN - AGGREGATION avg,countNaN 1000 BUCKETTIMESTAMP ~ EMPTY"},
	{"TSRevRange", func(e *encoder) {
		putTSRevRange(e, "k", noTime, wireUntil, []TSRangeOption{TSAggregation(time.Second, TSAggMax), TSAlignEnd, TSBucketEnd})
	}, "TS.REVRANGE k - 2000 ALIGN + AGGREGATION max 1000 BUCKETTIMESTAMP +"},
	{"TSMRange", func(e *encoder) {
		putTSMRange(e, noTime, noTime, wireFilter, []TSMRangeOption{TSWithLabels, TSAggregation(time.Second, TSAggMin), TSAlign(wireFrom), TSBucketStart})
	}, "TS.MRANGE - + WITHLABELS ALIGN 1000 AGGREGATION min 1000 BUCKETTIMESTAMP - FILTER room=study type!="},
	{"TSMRangeGroupBy", func(e *encoder) {
		putTSMRangeGroupBy(e, noTime, noTime, wireFilter, "room", TSAggSum, []TSMRangeOption{TSSelectedLabels("a"), Count(1)})
	}, "TS.MRANGE - + SELECTED_LABELS a COUNT 1 FILTER room=study type!= GROUPBY room REDUCE sum"},
	{"TSMRevRange", func(e *encoder) { putTSMRevRange(e, noTime, noTime, wireFilter, nil) }, "TS.MREVRANGE - + FILTER room=study type!="},
	{"TSMRevRangeGroupBy", func(e *encoder) { putTSMRevRangeGroupBy(e, noTime, noTime, wireFilter, "room", TSAggVarS, nil) }, "TS.MREVRANGE - + FILTER room=study type!= GROUPBY room REDUCE var.s"},
	{"TSNRange", func(e *encoder) {
		putTSNRange(e, wireKeys, noTime, noTime, []TSNRangeOption{TSKeyAggregation(time.Second, []TSAggregator{TSAggAvg, TSAggMax}, []TSAggregator{TSAggSum}), Count(9)})
	}, "TS.NRANGE 2 a b - + COUNT 9 AGGREGATION avg,max sum 1000"},
	{"TSNRevRange", func(e *encoder) { putTSNRevRange(e, wireKeys, wireFrom, wireUntil, nil) }, "TS.NREVRANGE 2 a b 1000 2000"},
	{"TSRead", func(e *encoder) { putTSRead(e, "k", TSCursor{}, nil) }, "TS.READ k -"},
	{"TSRead", func(e *encoder) { putTSRead(e, "k", TSFrom(wireFrom), []TSReadOption{TSMaxCount(5)}) }, "TS.READ k 1000 MAX_COUNT 5"},
	{"TSRead", func(e *encoder) { putTSRead(e, "k", TSFromLast(), nil) }, "TS.READ k +"},
	{"TSReadBlock", func(e *encoder) { putTSReadBlock(e, time.Second, 2, "k", TSFromNew(), []TSReadOption{TSMaxCount(5)}) }, "TS.READ k $ BLOCK 1000 2 MAX_COUNT 5"},
	{"TSInfo", func(e *encoder) { putTSInfo(e, "k") }, "TS.INFO k"},
	{"TSInfoDebug", func(e *encoder) { putTSInfoDebug(e, "k") }, "TS.INFO k DEBUG"},
	{"TSQueryIndex", func(e *encoder) { putTSQueryIndex(e, wireFilter) }, "TS.QUERYINDEX room=study type!="},
	{"TSQueryLabels", func(e *encoder) { putTSQueryLabels(e) }, "TS.QUERYLABELS LABELS"},
	{"TSQueryLabelsOf", func(e *encoder) { putTSQueryLabelsOf(e, wireFilter) }, "TS.QUERYLABELS LABELS FILTER room=study type!="},
	{"TSQueryLabelValues", func(e *encoder) { putTSQueryLabelValues(e, "room") }, "TS.QUERYLABELS VALUES room"},
	{"TSQueryLabelValuesOf", func(e *encoder) { putTSQueryLabelValuesOf(e, "room", wireFilter) }, "TS.QUERYLABELS VALUES room FILTER room=study type!="},

	{"BFReserve", func(e *encoder) { putBFReserve(e, "k", 0.01, 100, []BFReserveOption{Expansion(2)}) }, "BF.RESERVE k 0.01 100 EXPANSION 2"},
	{"BFReserve", func(e *encoder) { putBFReserve(e, "k", 0.01, 100, []BFReserveOption{NonScaling}) }, "BF.RESERVE k 0.01 100 NONSCALING"},
	{"BFAdd", func(e *encoder) { putBFAdd(e, "k", "a") }, "BF.ADD k a"},
	{"BFMAdd", func(e *encoder) { putBFMAdd(e, "k", wireItems) }, "BF.MADD k a 2"},
	{"BFInsert", func(e *encoder) {
		putBFInsert(e, "k", wireItems, []BFInsertOption{NonScaling, ErrorRate(0.5), Capacity(7)})
	}, "BF.INSERT k CAPACITY 7 ERROR 0.5 NONSCALING ITEMS a 2"},
	{"BFInsert", func(e *encoder) { putBFInsert(e, "k", wireItems, []BFInsertOption{NoCreate, Expansion(1)}) }, "BF.INSERT k EXPANSION 1 NOCREATE ITEMS a 2"},
	{"BFExists", func(e *encoder) { putBFExists(e, "k", "a") }, "BF.EXISTS k a"},
	{"BFMExists", func(e *encoder) { putBFMExists(e, "k", wireItems) }, "BF.MEXISTS k a 2"},
	{"BFCard", func(e *encoder) { putBFCard(e, "k") }, "BF.CARD k"},
	{"BFInfo", func(e *encoder) { putBFInfo(e, "k") }, "BF.INFO k"},
	{"BFScanDump", func(e *encoder) { putBFScanDump(e, "k", 0) }, "BF.SCANDUMP k 0"},
	{"BFLoadChunk", func(e *encoder) { putBFLoadChunk(e, "k", 1, []byte("\x00")) }, "BF.LOADCHUNK k 1 \x00"},
	{"CFReserve", func(e *encoder) {
		putCFReserve(e, "k", 100, []CFReserveOption{Expansion(0), MaxIterations(9), BucketSize(2)})
	}, "CF.RESERVE k 100 BUCKETSIZE 2 MAXITERATIONS 9 EXPANSION 0"},
	{"CFAdd", func(e *encoder) { putCFAdd(e, "k", "a") }, "CF.ADD k a"},
	{"CFAddNX", func(e *encoder) { putCFAddNX(e, "k", "a") }, "CF.ADDNX k a"},
	{"CFInsert", func(e *encoder) { putCFInsert(e, "k", wireItems, []CFInsertOption{Capacity(9)}) }, "CF.INSERT k CAPACITY 9 ITEMS a 2"},
	{"CFInsertNX", func(e *encoder) { putCFInsertNX(e, "k", wireItems, []CFInsertOption{NoCreate}) }, "CF.INSERTNX k NOCREATE ITEMS a 2"},
	{"CFExists", func(e *encoder) { putCFExists(e, "k", "a") }, "CF.EXISTS k a"},
	{"CFMExists", func(e *encoder) { putCFMExists(e, "k", wireItems) }, "CF.MEXISTS k a 2"},
	{"CFCount", func(e *encoder) { putCFCount(e, "k", "a") }, "CF.COUNT k a"},
	{"CFDel", func(e *encoder) { putCFDel(e, "k", "a") }, "CF.DEL k a"},
	{"CFInfo", func(e *encoder) { putCFInfo(e, "k") }, "CF.INFO k"},
	{"CFScanDump", func(e *encoder) { putCFScanDump(e, "k", 1) }, "CF.SCANDUMP k 1"},
	{"CFLoadChunk", func(e *encoder) { putCFLoadChunk(e, "k", 1, "x") }, "CF.LOADCHUNK k 1 x"},
	{"CMSInitByDim", func(e *encoder) { putCMSInitByDim(e, "k", 2000, 5, []CMSInitOption{CellSize(8)}) }, "CMS.INITBYDIM k 2000 5 CELL_SIZE 8"},
	{"CMSInitByProb", func(e *encoder) { putCMSInitByProb(e, "k", 0.001, 0.01, nil) }, "CMS.INITBYPROB k 0.001 0.01"},
	{"CMSIncrBy", func(e *encoder) { putCMSIncrBy(e, "k", wireCounts) }, "CMS.INCRBY k a 2 b 3"},
	{"CMSQuery", func(e *encoder) { putCMSQuery(e, "k", wireKeys) }, "CMS.QUERY k a b"},
	{"CMSMerge", func(e *encoder) { putCMSMerge(e, "d", wireKeys, []CMSMergeOption{CMSWeights(1, 3)}) }, "CMS.MERGE d 2 a b WEIGHTS 1 3"},
	{"CMSInfo", func(e *encoder) { putCMSInfo(e, "k") }, "CMS.INFO k"},
	{"TopKReserve", func(e *encoder) { putTopKReserve(e, "k", 3) }, "TOPK.RESERVE k 3"},
	{"TopKReserveSized", func(e *encoder) { putTopKReserveSized(e, "k", 3, 50, 5, 0.9) }, "TOPK.RESERVE k 3 50 5 0.9"},
	{"TopKAdd", func(e *encoder) { putTopKAdd(e, "k", wireItems) }, "TOPK.ADD k a 2"},
	{"TopKIncrBy", func(e *encoder) { putTopKIncrBy(e, "k", wireCounts) }, "TOPK.INCRBY k a 2 b 3"},
	{"TopKQuery", func(e *encoder) { putTopKQuery(e, "k", wireItems) }, "TOPK.QUERY k a 2"},
	{"TopKCount", func(e *encoder) { putTopKCount(e, "k", wireItems) }, "TOPK.COUNT k a 2"},
	{"TopKList", func(e *encoder) { putTopKList(e, "k") }, "TOPK.LIST k"},
	{"TopKListWithCount", func(e *encoder) { putTopKListWithCount(e, "k") }, "TOPK.LIST k WITHCOUNT"},
	{"TopKInfo", func(e *encoder) { putTopKInfo(e, "k") }, "TOPK.INFO k"},
	{"TDigestCreate", func(e *encoder) { putTDigestCreate(e, "k", []TDigestCreateOption{Compression(200)}) }, "TDIGEST.CREATE k COMPRESSION 200"},
	{"TDigestReset", func(e *encoder) { putTDigestReset(e, "k") }, "TDIGEST.RESET k"},
	{"TDigestAdd", func(e *encoder) { putTDigestAdd(e, "k", []float64{1, 2.5}) }, "TDIGEST.ADD k 1.0 2.5"},
	{"TDigestMerge", func(e *encoder) { putTDigestMerge(e, "d", wireKeys, []TDigestMergeOption{Override, Compression(9)}) }, "TDIGEST.MERGE d 2 a b COMPRESSION 9 OVERRIDE"},
	{"TDigestMin", func(e *encoder) { putTDigestMin(e, "k") }, "TDIGEST.MIN k"},
	{"TDigestMax", func(e *encoder) { putTDigestMax(e, "k") }, "TDIGEST.MAX k"},
	{"TDigestQuantile", func(e *encoder) { putTDigestQuantile(e, "k", []float64{0.5, 1}) }, "TDIGEST.QUANTILE k 0.5 1.0"},
	{"TDigestCDF", func(e *encoder) { putTDigestCDF(e, "k", []float64{3}) }, "TDIGEST.CDF k 3.0"},
	{"TDigestRank", func(e *encoder) { putTDigestRank(e, "k", []float64{3}) }, "TDIGEST.RANK k 3.0"},
	{"TDigestRevRank", func(e *encoder) { putTDigestRevRank(e, "k", []float64{3}) }, "TDIGEST.REVRANK k 3.0"},
	{"TDigestByRank", func(e *encoder) { putTDigestByRank(e, "k", []int64{0, 9}) }, "TDIGEST.BYRANK k 0 9"},
	{"TDigestByRevRank", func(e *encoder) { putTDigestByRevRank(e, "k", []int64{0}) }, "TDIGEST.BYREVRANK k 0"},
	{"TDigestTrimmedMean", func(e *encoder) { putTDigestTrimmedMean(e, "k", 0.1, 0.9) }, "TDIGEST.TRIMMED_MEAN k 0.1 0.9"},
	{"TDigestInfo", func(e *encoder) { putTDigestInfo(e, "k") }, "TDIGEST.INFO k"},
}
