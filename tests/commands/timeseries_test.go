package commands_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

func ms(n int64) time.Time { return time.UnixMilli(n) }

var anyTime time.Time

func TestTimeSeries(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	samples := []redpoll.TSSample{{Time: ms(1000), Value: 1.5}, {Time: ms(2000), Value: math.Inf(1)}}
	samples2 := []any{[]any{1000, status("1.5")}, []any{2000, status("inf")}}
	samples3 := []any{[]any{1000, 1.5}, []any{2000, math.Inf(1)}}
	rows := []redpoll.TSRow{{Time: ms(1000), Values: []float64{1, 2.5}}}
	rows2, rows3 := []any{[]any{1000, []any{status("1"), status("2.5")}}}, []any{[]any{1000, []any{1.0, 2.5}}}
	testModule(t, []moduleTest{
		{"create",
			func(c rdb) (any, error) { return ok(c.TSCreate(ctx, "k", redpoll.TSRetention(time.Second))) },
			"TS.CREATE k RETENTION 1000", status("OK"), same, done{}},
		{"alter", func(c rdb) (any, error) { return ok(c.TSAlter(ctx, "k", redpoll.TSChunkSize(128))) },
			"TS.ALTER k CHUNK_SIZE 128", status("OK"), same, done{}},
		{"add", func(c rdb) (any, error) { return c.TSAdd(ctx, "k", ms(1000), 1.5) },
			"TS.ADD k 1000 1.5", 1000, same, ms(1000)},
		{"time is taken", func(c rdb) (any, error) { return c.TSAdd(ctx, "k", anyTime, 1.5) },
			"TS.ADD k * 1.5", refusal("TSDB: Error at upsert"), same, errors.New("at upsert")},
		{"increase", func(c rdb) (any, error) { return c.TSIncrBy(ctx, "k", 1) },
			"TS.INCRBY k 1.0", 1000, same, ms(1000)},
		{"decrease", func(c rdb) (any, error) { return c.TSDecrBy(ctx, "k", 1, redpoll.TSTimestamp(ms(5))) },
			"TS.DECRBY k 1.0 TIMESTAMP 5", 5, same, ms(5)},
		{"delete", func(c rdb) (any, error) { return c.TSDel(ctx, "k", anyTime, ms(9)) },
			"TS.DEL k - 9", 3, same, int64(3)},
		{"rule", func(c rdb) (any, error) {
			return ok(c.TSCreateRule(ctx, "a", "b", redpoll.TSAggAvg, time.Minute))
		}, "TS.CREATERULE a b AGGREGATION avg 60000", status("OK"), same, done{}},
		{"rule with a start", func(c rdb) (any, error) {
			return ok(c.TSCreateRuleAligned(ctx, "a", "b", redpoll.TSAggAvg, time.Minute, ms(7)))
		}, "TS.CREATERULE a b AGGREGATION avg 60000 7", status("OK"), same, done{}},
		{"no rule", func(c rdb) (any, error) { return ok(c.TSDeleteRule(ctx, "a", "b")) },
			"TS.DELETERULE a b", status("OK"), same, done{}},
		{"newest", func(c rdb) (any, error) { return c.TSGet(ctx, "k", redpoll.TSLatest) },
			"TS.GET k LATEST", []any{1000, status("1.5")}, []any{1000, 1.5}, samples[0]},
		{"newest of none", func(c rdb) (any, error) { return c.TSGet(ctx, "k") },
			"TS.GET k", []any{}, same, redpoll.Nil},
		{"range", func(c rdb) (any, error) { return c.TSRange(ctx, "k", anyTime, anyTime) },
			"TS.RANGE k - +", samples2, samples3, samples},
		{"empty range", func(c rdb) (any, error) { return c.TSRange(ctx, "k", ms(1), ms(2)) },
			"TS.RANGE k 1 2", []any{}, same, []redpoll.TSSample{}},
		{"range backwards",
			func(c rdb) (any, error) { return c.TSRevRange(ctx, "k", anyTime, anyTime, redpoll.Count(2)) },
			"TS.REVRANGE k - + COUNT 2", samples2, samples3, samples},
		{"range of several aggregations", func(c rdb) (any, error) {
			return c.TSRange(ctx, "k", anyTime, anyTime,
				redpoll.TSAggregation(time.Second, redpoll.TSAggMin, redpoll.TSAggMax))
		}, "TS.RANGE k - + AGGREGATION min,max 1000",
			[]any{[]any{1000, status("1"), status("2.5")}}, []any{[]any{1000, 1.0, 2.5}},
			[]redpoll.TSSample{{Time: ms(1000), Value: 1, Values: []float64{1, 2.5}}}},
		{"sample without a value", func(c rdb) (any, error) { return c.TSRange(ctx, "k", anyTime, anyTime) },
			"TS.RANGE k - +", []any{[]any{1000}}, same, errors.New("TS.RANGE")},
		{"rows", func(c rdb) (any, error) { return c.TSNRange(ctx, []string{"a", "b"}, anyTime, anyTime) },
			"TS.NRANGE 2 a b - +", rows2, rows3, rows},
		{"rows backwards",
			func(c rdb) (any, error) { return c.TSNRevRange(ctx, []string{"a", "b"}, anyTime, anyTime) },
			"TS.NREVRANGE 2 a b - +", rows2, rows3, rows},
		{"read", func(c rdb) (any, error) { return c.TSRead(ctx, "k", redpoll.TSFrom(ms(1000))) },
			"TS.READ k 1000", samples2, samples3, samples},
		{"wait",
			func(c rdb) (any, error) { return c.TSReadBlock(ctx, time.Second, 1, "k", redpoll.TSFromNew()) },
			"TS.READ k $ BLOCK 1000 1", []any{}, same, []redpoll.TSSample{}},
		{"keys", func(c rdb) (any, error) { return c.TSQueryIndex(ctx, "a=b") },
			"TS.QUERYINDEX a=b", []any{"k"}, distinct{"k"}, []string{"k"}},
		{"labels", func(c rdb) (any, error) { return c.TSQueryLabels(ctx) },
			"TS.QUERYLABELS LABELS", []any{"a"}, distinct{"a"}, []string{"a"}},
		{"labels of some", func(c rdb) (any, error) { return c.TSQueryLabelsOf(ctx, "a=b") },
			"TS.QUERYLABELS LABELS FILTER a=b", []any{"a"}, distinct{"a"}, []string{"a"}},
		{"values", func(c rdb) (any, error) { return c.TSQueryLabelValues(ctx, "a") },
			"TS.QUERYLABELS VALUES a", []any{"b"}, distinct{"b"}, []string{"b"}},
		{"values of some", func(c rdb) (any, error) { return c.TSQueryLabelValuesOf(ctx, "a", "a=b") },
			"TS.QUERYLABELS VALUES a FILTER a=b", []any{"b"}, distinct{"b"}, []string{"b"}},
	})
}

// Time series can be found by their labels.
func TestTimeSeriesByLabel(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	sample := redpoll.TSSample{Time: ms(1000), Value: 1.5}
	labels2 := []any{[]any{"room", "study"}, []any{"type", nil}}
	labels3 := mapping{"room", "study", "type", nil}
	plain := []redpoll.TSSeries{
		{Key: "k", Labels: map[string]string{"room": "study"}, Samples: []redpoll.TSSample{sample}},
	}
	plain2 := []any{[]any{"k", labels2, []any{[]any{1000, status("1.5")}}}}
	plain3 := mapping{"k", []any{labels3, mapping{"aggregators", []any{"avg"}}, []any{[]any{1000, 1.5}}}}
	group := []redpoll.TSSeries{{Key: "room=study", Labels: map[string]string{"room": "study"},
		Sources: []string{"a", "b"}, Samples: []redpoll.TSSample{sample}}}
	group2 := []any{[]any{"room=study",
		[]any{[]any{"room", "study"}, []any{"__reducer__", "sum"}, []any{"__source__", "a,b"}},
		[]any{[]any{1000, status("1.5")}}}}
	group3 := mapping{"room=study", []any{mapping{"room", "study"}, mapping{"reducers", []any{"sum"}},
		mapping{"sources", []any{"a", "b"}}, []any{[]any{1000, 1.5}}}}
	testModule(t, []moduleTest{
		{"newest", func(c rdb) (any, error) {
			return c.TSMGet(ctx, []string{"room=study"}, redpoll.TSSelectedLabels("room", "type"))
		}, "TS.MGET SELECTED_LABELS room type FILTER room=study",
			[]any{[]any{"k", labels2, []any{1000, status("1.5")}}},
			mapping{"k", []any{labels3, []any{1000, 1.5}}}, plain},
		{"newest of none", func(c rdb) (any, error) { return c.TSMGet(ctx, []string{"a=b"}) },
			"TS.MGET FILTER a=b",
			[]any{[]any{"k", []any{}, []any{}}}, mapping{"k", []any{mapping{}, []any{}}},
			[]redpoll.TSSeries{{Key: "k", Labels: map[string]string{}, Samples: []redpoll.TSSample{}}}},
		{"nothing fits", func(c rdb) (any, error) { return c.TSMGet(ctx, []string{"a=b"}) },
			"TS.MGET FILTER a=b", []any{}, mapping{}, []redpoll.TSSeries{}},
		{"ranges", func(c rdb) (any, error) { return c.TSMRange(ctx, anyTime, anyTime, []string{"a=b"}) },
			"TS.MRANGE - + FILTER a=b", plain2, plain3, plain},
		{"ranges backwards",
			func(c rdb) (any, error) { return c.TSMRevRange(ctx, anyTime, anyTime, []string{"a=b"}) },
			"TS.MREVRANGE - + FILTER a=b", plain2, plain3, plain},
		{"groups", func(c rdb) (any, error) {
			return c.TSMRangeGroupBy(ctx, anyTime, anyTime, []string{"a=b"},
				"room", redpoll.TSAggSum, redpoll.TSWithLabels)
		}, "TS.MRANGE - + WITHLABELS FILTER a=b GROUPBY room REDUCE sum", group2, group3, group},
		{"groups backwards", func(c rdb) (any, error) {
			return c.TSMRevRangeGroupBy(ctx, anyTime, anyTime, []string{"a=b"},
				"room", redpoll.TSAggSum, redpoll.TSWithLabels)
		}, "TS.MREVRANGE - + WITHLABELS FILTER a=b GROUPBY room REDUCE sum", group2, group3, group},
		{"series out of shape", func(c rdb) (any, error) { return c.TSMGet(ctx, []string{"a=b"}) },
			"TS.MGET FILTER a=b", []any{[]any{"k", []any{}}}, mapping{"k", []any{mapping{}}},
			errors.New("TS.MGET")},
	})
}

func TestTSMAdd(t *testing.T) {
	t.Parallel()
	testModule(t, []moduleTest{{"one is refused", func(c *redpoll.Client) (any, error) {
		added, err := c.TSMAdd(ctx, redpoll.TSPoint{Key: "a", Time: ms(1000), Value: 1}, redpoll.TSPoint{
			Key: "b", Value: 2,
		})
		if err != nil || len(added) != 2 {
			return added, err
		}
		var refused *redpoll.ServerError
		return []bool{added[0].Err == nil, added[0].Time.Equal(ms(1000)), errors.As(added[1].Err,
			&refused)}, nil
	}, "TS.MADD a 1000 1.0 b * 2.0", []any{1000, refusal("TSDB: the key does not exist")}, same,
		[]bool{true, true, true}}})
}

func TestTSInfo(t *testing.T) {
	t.Parallel()
	info := redpoll.TSSeriesInfo{
		Samples: 2, Memory: 4246, First: ms(1000), Last: ms(2000), Retention: time.Minute, Chunks: 1,
		ChunkSize: 4096, Encoding: "compressed",
		Labels: map[string]string{"room": "study"}, IgnoreWithin: 5 * time.Millisecond, IgnoreBy: 0.5,
		Rules: []redpoll.TSRule{{Key: "avg", Bucket: time.Second, Aggregator: "AVG", Align: ms(7)}},
	}
	head := []any{
		status("totalSamples"), 2, status("memoryUsage"), 4246, status("firstTimestamp"), 1000,
		status("lastTimestamp"), 2000, status("retentionTime"), 60000,
		status("chunkCount"), 1, status("chunkSize"), 4096, status("chunkType"), status("compressed"),
		status("duplicatePolicy"), nil, status("sourceKey"), nil,
		status("ignoreMaxTimeDiff"), 5,
	}
	with := func(more ...any) []any { return append(head[:len(head):len(head)], more...) }
	info2 := with(status("ignoreMaxValDiff"), "0.5", status("labels"), []any{[]any{"room", "study"}},
		status("rules"), []any{[]any{"avg", 1000, status("AVG"), 7}})
	info3 := mapping(with(status("ignoreMaxValDiff"), 0.5, status("labels"), mapping{"room", "study"},
		status("rules"), mapping{"avg", []any{1000, status("AVG"), 7}}))
	chunk := func(ratio any) []any {
		return []any{
			status("startTimestamp"), 1000, status("endTimestamp"), 2000, status("samples"), 2,
			status("size"), 9, status("bytesPerSample"), ratio,
		}
	}
	debug := info
	debug.Key = "k"
	debug.ChunkInfo = []redpoll.TSChunk{
		{First: ms(1000), Last: ms(2000), Samples: 2, Size: 9, BytesPerSample: 4.5},
	}
	tail := func(chunk any) []any {
		return []any{status("keySelfName"), "k", status("Chunks"), []any{chunk}}
	}
	testModule(t, []moduleTest{
		{"info", func(c *redpoll.Client) (any, error) { return c.TSInfo(ctx, "k") },
			"TS.INFO k", info2, info3, info},
		{"info with chunks", func(c *redpoll.Client) (any, error) { return c.TSInfoDebug(ctx, "k") },
			"TS.INFO k DEBUG",
			append(info2[:len(info2):len(info2)], tail(chunk("4.5"))...),
			append(info3[:len(info3):len(info3)], tail(mapping(chunk(4.5)))...), debug},
		{"no key", func(c *redpoll.Client) (any, error) { return c.TSInfo(ctx, "k") },
			"TS.INFO k", refusal("TSDB: the key does not exist"), same, errors.New("does not exist")},
	})
}

// A missing value is NaN, which is not equal to itself.
func TestTSRowWithoutValue(t *testing.T) {
	t.Parallel()
	testModule(t, []moduleTest{{"NaN", func(c *redpoll.Client) (any, error) {
		rows, err := c.TSNRange(ctx, []string{"a", "b"}, anyTime, anyTime)
		return err == nil && math.IsNaN(rows[0].Values[1]), err
	}, "TS.NRANGE 2 a b - +", []any{[]any{1000, []any{status("1"), status("NaN")}}},
		[]any{[]any{1000, []any{1.0, math.NaN()}}}, true}})
}
