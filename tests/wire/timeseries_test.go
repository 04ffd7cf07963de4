package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

var (
	labelFilter = []string{"room=study", "type!="}
	from        = time.UnixMilli(1000)
	until       = time.UnixMilli(2000)
	noTime      time.Time
)

// timeseriesRows are the calls of methods for time series.
var timeseriesRows = []row{
	{"TSCreate", func(p *redpoll.Pipeline) { p.TSCreate("k") }, "TS.CREATE k"},
	{"TSCreate", func(p *redpoll.Pipeline) {
		p.TSCreate("k", []redpoll.TSCreateOption{
			redpoll.TSLabels(map[string]string{"type": "t", "room": "r"}), redpoll.TSIgnore(time.Second, 0.5),
			redpoll.TSDuplicatePolicy(redpoll.TSPolicySum), redpoll.TSChunkSize(128), redpoll.TSUncompressed,
			redpoll.TSRetention(time.Minute),
		}...)
	}, "TS.CREATE k RETENTION 60000 ENCODING UNCOMPRESSED CHUNK_SIZE 128 DUPLICATE_POLICY SUM IGNORE " +
		"1000 0.5 LABELS room r type t"},
	{"TSAlter", func(p *redpoll.Pipeline) {
		p.TSAlter("k", redpoll.TSRetention(0), redpoll.TSLabels(nil))
	}, "TS.ALTER k RETENTION 0 LABELS"},
	{"TSAdd", func(p *redpoll.Pipeline) { p.TSAdd("k", noTime, 1.5) }, "TS.ADD k * 1.5"},
	{"TSAdd", func(p *redpoll.Pipeline) {
		p.TSAdd("k", from, 2, redpoll.TSOnDuplicate(redpoll.TSPolicyMax),
			redpoll.TSDuplicatePolicy(redpoll.TSPolicyLast), redpoll.TSCompressed)
	}, "TS.ADD k 1000 2.0 ENCODING COMPRESSED DUPLICATE_POLICY LAST ON_DUPLICATE MAX"},
	{"TSMAdd", func(p *redpoll.Pipeline) {
		p.TSMAdd([]redpoll.TSPoint{{Key: "a", Time: from, Value: 1}, {Key: "b", Time: noTime, Value: 2.5}}...)
	}, "TS.MADD a 1000 1.0 b * 2.5"},
	{"TSIncrBy", func(p *redpoll.Pipeline) {
		p.TSIncrBy("k", 2, redpoll.TSRetention(time.Second), redpoll.TSTimestamp(from))
	}, "TS.INCRBY k 2.0 TIMESTAMP 1000 RETENTION 1000"},
	{"TSDecrBy", func(p *redpoll.Pipeline) { p.TSDecrBy("k", 2) }, "TS.DECRBY k 2.0"},
	{"TSDel", func(p *redpoll.Pipeline) { p.TSDel("k", from, noTime) }, "TS.DEL k 1000 +"},
	{"TSCreateRule", func(p *redpoll.Pipeline) {
		p.TSCreateRule("a", "b", redpoll.TSAggTWA, time.Minute)
	}, "TS.CREATERULE a b AGGREGATION twa 60000"},
	{"TSCreateRuleAligned", func(p *redpoll.Pipeline) {
		p.TSCreateRuleAligned("a", "b", redpoll.TSAggStdP, time.Minute, from)
	}, "TS.CREATERULE a b AGGREGATION std.p 60000 1000"},
	{"TSDeleteRule", func(p *redpoll.Pipeline) { p.TSDeleteRule("a", "b") }, "TS.DELETERULE a b"},
	{"TSGet", func(p *redpoll.Pipeline) { p.TSGet("k", redpoll.TSLatest) }, "TS.GET k LATEST"},
	{"TSMGet", func(p *redpoll.Pipeline) {
		p.TSMGet(labelFilter, redpoll.TSWithLabels, redpoll.TSLatest)
	}, "TS.MGET LATEST WITHLABELS FILTER room=study type!="},
	{"TSMGet", func(p *redpoll.Pipeline) {
		p.TSMGet(labelFilter[:1], redpoll.TSSelectedLabels("a", "b"))
	}, "TS.MGET SELECTED_LABELS a b FILTER room=study"},
	{"TSRange", func(p *redpoll.Pipeline) { p.TSRange("k", noTime, noTime) }, "TS.RANGE k - +"},
	{"TSRange", func(p *redpoll.Pipeline) {
		p.TSRange("k", from, until, []redpoll.TSRangeOption{redpoll.TSEmpty, redpoll.TSBucketMid,
			redpoll.TSAggregation(time.Second, redpoll.TSAggAvg, redpoll.TSAggCountNaN), redpoll.TSAlignStart,
			redpoll.Count(5), redpoll.TSFilterByValue(1, 2.5), redpoll.TSFilterByTS(from, until),
			redpoll.TSLatest}...)
	}, "TS.RANGE k 1000 2000 LATEST FILTER_BY_TS 1000 2000 FILTER_BY_VALUE 1.0 2.5 COUNT 5 ALIGN - " +
		"AGGREGATION avg,countNaN 1000 BUCKETTIMESTAMP ~ EMPTY"},
	{"TSRevRange", func(p *redpoll.Pipeline) {
		p.TSRevRange("k", noTime, until, redpoll.TSAggregation(time.Second, redpoll.TSAggMax),
			redpoll.TSAlignEnd, redpoll.TSBucketEnd)
	}, "TS.REVRANGE k - 2000 ALIGN + AGGREGATION max 1000 BUCKETTIMESTAMP +"},
	{"TSMRange", func(p *redpoll.Pipeline) {
		p.TSMRange(noTime, noTime, labelFilter, redpoll.TSWithLabels,
			redpoll.TSAggregation(time.Second, redpoll.TSAggMin), redpoll.TSAlign(from),
			redpoll.TSBucketStart)
	}, "TS.MRANGE - + WITHLABELS ALIGN 1000 AGGREGATION min 1000 BUCKETTIMESTAMP - FILTER room=study type!="},
	{"TSMRange", func(p *redpoll.Pipeline) {
		p.TSMRange(from, noTime, labelFilter, redpoll.TSExcludeEmpty, redpoll.TSEmpty,
			redpoll.TSAggregation(time.Second, redpoll.TSAggMin, redpoll.TSAggMax), redpoll.TSAlignStart)
	}, "TS.MRANGE 1000 + ALIGN - AGGREGATION min,max 1000 EMPTY EXCLUDEEMPTY FILTER room=study type!="},
	{"TSMRevRange", func(p *redpoll.Pipeline) {
		p.TSMRevRange(noTime, from, labelFilter, redpoll.TSExcludeEmpty,
			redpoll.TSAggregation(time.Second, redpoll.TSAggMin), redpoll.TSAlignEnd)
	}, "TS.MREVRANGE - 1000 ALIGN + AGGREGATION min 1000 EXCLUDEEMPTY FILTER room=study type!="},
	{"TSMRangeGroupBy", func(p *redpoll.Pipeline) {
		p.TSMRangeGroupBy(from, from, labelFilter, "room", redpoll.TSAggCountAll,
			redpoll.TSAggregation(time.Second, redpoll.TSAggTWA), redpoll.TSAlignStart)
	}, "TS.MRANGE 1000 1000 ALIGN - AGGREGATION twa 1000 FILTER room=study type!= GROUPBY room REDUCE " +
		"countAll"},
	{"TSMRangeGroupBy", func(p *redpoll.Pipeline) {
		p.TSMRangeGroupBy(noTime, noTime, labelFilter, "room", redpoll.TSAggSum,
			redpoll.TSSelectedLabels("a"), redpoll.Count(1))
	}, "TS.MRANGE - + SELECTED_LABELS a COUNT 1 FILTER room=study type!= GROUPBY room REDUCE sum"},
	{"TSMRevRange", func(p *redpoll.Pipeline) {
		p.TSMRevRange(noTime, noTime, labelFilter)
	}, "TS.MREVRANGE - + FILTER room=study type!="},
	{"TSMRevRangeGroupBy", func(p *redpoll.Pipeline) {
		p.TSMRevRangeGroupBy(noTime, noTime, labelFilter, "room", redpoll.TSAggVarS)
	}, "TS.MREVRANGE - + FILTER room=study type!= GROUPBY room REDUCE var.s"},
	{"TSNRange", func(p *redpoll.Pipeline) {
		p.TSNRange(keys, noTime, noTime, redpoll.TSKeyAggregation(time.Second,
			[]redpoll.TSAggregator{redpoll.TSAggAvg, redpoll.TSAggMax},
			[]redpoll.TSAggregator{redpoll.TSAggSum}), redpoll.Count(9))
	}, "TS.NRANGE 2 a b - + COUNT 9 AGGREGATION avg,max sum 1000"},
	{"TSNRevRange", func(p *redpoll.Pipeline) {
		p.TSNRevRange(keys, from, until)
	}, "TS.NREVRANGE 2 a b 1000 2000"},
	{"TSRead", func(p *redpoll.Pipeline) { p.TSRead("k", redpoll.TSCursor{}) }, "TS.READ k -"},
	{"TSRead", func(p *redpoll.Pipeline) {
		p.TSRead("k", redpoll.TSFrom(from), redpoll.TSMaxCount(5))
	}, "TS.READ k 1000 MAX_COUNT 5"},
	{"TSRead", func(p *redpoll.Pipeline) { p.TSRead("k", redpoll.TSFromLast()) }, "TS.READ k +"},
	{"TSReadBlock", func(p *redpoll.Pipeline) {
		p.TSReadBlock(time.Second, 2, "k", redpoll.TSFromNew(), redpoll.TSMaxCount(5))
	}, "TS.READ k $ BLOCK 1000 2 MAX_COUNT 5"},
	{"TSInfo", func(p *redpoll.Pipeline) { p.TSInfo("k") }, "TS.INFO k"},
	{"TSInfoDebug", func(p *redpoll.Pipeline) { p.TSInfoDebug("k") }, "TS.INFO k DEBUG"},
	{"TSQueryIndex", func(p *redpoll.Pipeline) {
		p.TSQueryIndex(labelFilter...)
	}, "TS.QUERYINDEX room=study type!="},
	{"TSQueryLabels", func(p *redpoll.Pipeline) { p.TSQueryLabels() }, "TS.QUERYLABELS LABELS"},
	{"TSQueryLabelsOf", func(p *redpoll.Pipeline) {
		p.TSQueryLabelsOf(labelFilter...)
	}, "TS.QUERYLABELS LABELS FILTER room=study type!="},
	{"TSQueryLabelValues", func(p *redpoll.Pipeline) {
		p.TSQueryLabelValues("room")
	}, "TS.QUERYLABELS VALUES room"},
	{"TSQueryLabelValuesOf", func(p *redpoll.Pipeline) {
		p.TSQueryLabelValuesOf("room", labelFilter...)
	}, "TS.QUERYLABELS VALUES room FILTER room=study type!="},
}
