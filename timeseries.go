package redpoll

import (
	"strconv"
	"time"
)

// TSPoint is one sample that TSMAdd adds.
type TSPoint struct {
	// Key is the key of the series.
	Key string
	// Time is the sample's time, to the millisecond; the zero time means the server's clock.
	Time time.Time
	// Value is the sample's value.
	Value float64
}

// TSAdded is what became of one sample of TSMAdd.
type TSAdded struct {
	// Time is the time of the sample, or of the newest one of the series when TSIgnore dropped it.
	Time time.Time
	// Err is nil, or a *ServerError that says why the sample was refused.
	Err error
}

// TSSample is one sample, or one bucket of samples.
type TSSample struct {
	Time  time.Time
	Value float64
	// Values are all values of a bucket when TSAggregation was given several ways, else nil. Value is the first.
	Values []float64
}

// TSRow is what several series have at one time.
type TSRow struct {
	Time time.Time
	// Values has an element for each key, or for each way of aggregation of each key; NaN where there is no sample.
	Values []float64
}

// TSSeries is a series that TSMRange or TSMGet found, or a group of them.
type TSSeries struct {
	// Key is the key of the series; of a group it is "label=value".
	Key string
	// Labels are those that were asked for; one that the series does not have is missing.
	Labels map[string]string
	// Sources are the keys of the series in a group. RESP2 tells them only with TSWithLabels, and joined by commas, so
	// that a key with a comma in it comes as several.
	Sources []string
	// Samples of TSMGet are one at most.
	Samples []TSSample
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// TSSeriesInfo is what TSInfo tells.
type TSSeriesInfo struct {
	// Samples is the number of samples, Memory the number of bytes they and the rest of the series take.
	Samples, Memory int64
	// First and Last are the times of the oldest and the newest sample; without samples, the server says 1970.
	First, Last time.Time
	// Retention is how long samples are kept; 0 is for ever.
	Retention time.Duration
	// Chunks is the number of blocks of memory, ChunkSize the size of a new one in bytes.
	Chunks, ChunkSize int64
	// Encoding is "compressed" or "uncompressed".
	Encoding string
	// DuplicatePolicy is in lower case, as "last"; empty when the server's default holds.
	DuplicatePolicy string
	// Labels are the series' labels.
	Labels map[string]string
	// Source is the key that this series is a compaction of; empty when it is none.
	Source string
	// Rules are the compactions of this series.
	Rules []TSRule
	// IgnoreWithin and IgnoreBy are what TSIgnore set.
	IgnoreWithin time.Duration
	IgnoreBy     float64
	// Key and ChunkInfo are told by TSInfoDebug only.
	Key       string
	ChunkInfo []TSChunk
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// TSRule says how a series is compacted into another.
type TSRule struct {
	// Key is the key of the other series.
	Key string
	// Bucket is the length of a bucket.
	Bucket time.Duration
	// Aggregator is the server's name of the way, such as "AVG".
	Aggregator string
	// Align is a time at which a bucket starts.
	Align time.Time
}

// TSChunk is a block of memory with samples.
type TSChunk struct {
	// First and Last are the times of its oldest and its newest sample.
	First, Last time.Time
	// Samples is the number of samples, Size the number of bytes they take.
	Samples, Size int64
	// BytesPerSample is their ratio.
	BytesPerSample float64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// TSAggregator is a way to make one value of several.
type TSAggregator uint8

// The ways to make one value of several. Values that are NaN do not count where nothing else is said.
const (
	// TSAggAvg is the mean.
	TSAggAvg TSAggregator = iota
	// TSAggSum is the sum.
	TSAggSum
	// TSAggMin is the lowest value.
	TSAggMin
	// TSAggMax is the highest value.
	TSAggMax
	// TSAggRange is the highest value minus the lowest.
	TSAggRange
	// TSAggCount is the number of values.
	TSAggCount
	// TSAggFirst is the oldest value; not for groups.
	TSAggFirst
	// TSAggLast is the newest value; not for groups.
	TSAggLast
	// TSAggStdP is the standard deviation of a population.
	TSAggStdP
	// TSAggStdS is the standard deviation of a sample.
	TSAggStdS
	// TSAggVarP is the variance of a population.
	TSAggVarP
	// TSAggVarS is the variance of a sample.
	TSAggVarS
	// TSAggTWA is the mean weighted by time; not for groups.
	TSAggTWA
	// TSAggCountNaN is the number of values that are NaN; needs server 8.6.
	TSAggCountNaN
	// TSAggCountAll is the number of values, NaN or not; needs server 8.6.
	TSAggCountAll
)

var tsAggregatorWords = [...]string{
	TSAggAvg: "avg", TSAggSum: "sum", TSAggMin: "min", TSAggMax: "max", TSAggRange: "range", TSAggCount: "count",
	TSAggFirst: "first", TSAggLast: "last", TSAggStdP: "std.p", TSAggStdS: "std.s", TSAggVarP: "var.p", TSAggVarS: "var.s",
	TSAggTWA: "twa", TSAggCountNaN: "countNaN", TSAggCountAll: "countAll",
}

// TSPolicy says what happens to a sample whose time is taken.
type TSPolicy uint8

// What happens to a sample whose time is taken.
const (
	// TSPolicyBlock refuses it with an error, the server's default.
	TSPolicyBlock TSPolicy = iota
	// TSPolicyFirst keeps the old value.
	TSPolicyFirst
	// TSPolicyLast takes the new value.
	TSPolicyLast
	// TSPolicyMin keeps the lower value.
	TSPolicyMin
	// TSPolicyMax keeps the higher value.
	TSPolicyMax
	// TSPolicySum adds the values.
	TSPolicySum
)

var tsPolicyWords = [...]string{
	TSPolicyBlock: "BLOCK", TSPolicyFirst: "FIRST", TSPolicyLast: "LAST", TSPolicyMin: "MIN", TSPolicyMax: "MAX", TSPolicySum: "SUM",
}

// TSCursor says where TSRead starts. The zero value is the oldest sample.
type TSCursor struct {
	word string
	t    time.Time
}

// TSFrom starts with the first sample at t or later, to the millisecond. To go on, give the time of the last sample
// plus a millisecond.
func TSFrom(t time.Time) TSCursor { return TSCursor{t: t} }

// TSFromLast starts with the newest sample.
func TSFromLast() TSCursor { return TSCursor{word: "+"} }

// TSFromNew leaves out everything that is there; only for TSReadBlock it finds anything.
func TSFromNew() TSCursor { return TSCursor{word: "$"} }

func putTSCursor(e *encoder, c TSCursor) {
	if c.word != "" {
		e.OnceIfLast(c.word)
		e.Word(c.word)
		return
	}
	e.InstantOr(c.t, "-")
}

// putPoints writes samples with their keys; the words are counted.
func putPoints(e *encoder, argument string, list []TSPoint) {
	e.Some(argument, len(list), 3)
	for i := range list {
		e.Key(list[i].Key)
		e.InstantOr(list[i].Time, "*")
		e.Float(list[i].Value)
	}
}

// putAggregators writes ways of aggregation as one word, which is counted.
func putAggregators(e *encoder, argument string, list []TSAggregator) {
	if len(list) == 0 {
		e.Fail(argument, "needs at least one TSAggregator")
		return
	}
	var words []byte
	for i, a := range list {
		if int(a) >= len(tsAggregatorWords) {
			e.Fail(argument, "has the TSAggregator "+strconv.Itoa(int(a))+", which is none of its constants")
			return
		}
		if i > 0 {
			words = append(words, ',')
		}
		words = append(words, tsAggregatorWords[a]...)
	}
	e.N++
	e.BulkBytes(words)
}

// putReducer writes how the series of a group are put together, and looks at the options for what cannot be grouped.
func putReducer(e *encoder, argument string, by TSAggregator, opts []TSMRangeOption) {
	switch by {
	case TSAggFirst, TSAggLast, TSAggTWA:
		e.Fail(argument, "is "+tsAggregatorWords[by]+", which is not for groups")
	}
	for _, o := range opts {
		if a, ok := o.(*tokenTSAggregation); ok && len(a.listTSAggregator) > 1 {
			e.Fail("TSAggregation", "has "+strconv.Itoa(len(a.listTSAggregator))+" ways; groups go with one")
		}
		if optionID(o) == idTSExcludeEmpty {
			e.Fail("TSExcludeEmpty", "does not go with groups")
		}
	}
	e.Choice(argument, int(by), tsAggregatorWords[:])
}

// putKeyAggregators writes ways of aggregation for each key before it; the words are counted.
func putKeyAggregators(e *encoder, argument string, lists [][]TSAggregator) {
	if len(lists) != e.NKeys {
		e.Fail(argument, "has "+strconv.Itoa(len(lists))+" lists for "+strconv.Itoa(e.NKeys)+" keys")
		return
	}
	for _, list := range lists {
		putAggregators(e, argument, list)
	}
}
