package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// TSPoint is a sample for TSMAdd.
type TSPoint struct {
	// Key is the key of the series.
	Key string
	// Time is the sample's time, in milliseconds; the zero time means the server's clock.
	Time time.Time
	// Value is the sample's value.
	Value float64
}

// TSAdded is the result of TSMAdd for one sample.
type TSAdded struct {
	// Time is the time of the sample, or of the newest one of the series if TSIgnore dropped it.
	Time time.Time
	// Err is nil, or the *ServerError with the reason why the sample was refused.
	Err error
}

// TSSample is one sample, or one bucket of samples.
type TSSample struct {
	Time  time.Time
	Value float64
	// Values are all values of a bucket if TSAggregation has several aggregators, else nil. Value is the
	// first one.
	Values []float64
}

// TSRow has the values of several series at one time.
type TSRow struct {
	Time time.Time
	// Values has an element for each key, or for each aggregator of each key; NaN if there is no sample.
	Values []float64
}

// TSSeries is a series in the result of TSMRange or TSMGet, or a group of them.
type TSSeries struct {
	// Key is the key of the series; of a group it is "label=value".
	Key string
	// Labels are the requested labels, without those that the series lacks.
	Labels map[string]string
	// Sources are the keys of the series in a group. RESP2 has them only with TSWithLabels, and joined by
	// commas, so that a key with a comma in it counts as several.
	Sources []string
	// Samples has at most one element for TSMGet.
	Samples []TSSample
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// TSSeriesInfo is the reply of TSInfo.
type TSSeriesInfo struct {
	// Samples is the number of samples, Memory the size of the whole series in bytes.
	Samples, Memory int64
	// First and Last are the times of the oldest and the newest sample; without samples they are in 1970.
	First, Last time.Time
	// Retention is the time for which samples are kept; 0 means for ever.
	Retention time.Duration
	// Chunks is the number of blocks of memory, ChunkSize the size of a new one in bytes.
	Chunks, ChunkSize int64
	// Encoding is "compressed" or "uncompressed".
	Encoding string
	// DuplicatePolicy is in lower case, such as "last"; "" if the server's default holds.
	DuplicatePolicy string
	// Labels are the series' labels.
	Labels map[string]string
	// Source is the key that this series is a compaction of; "" if there is none.
	Source string
	// Rules are the compactions of this series.
	Rules []TSRule
	// IgnoreWithin and IgnoreBy are the values of TSIgnore.
	IgnoreWithin time.Duration
	IgnoreBy     float64
	// Key and ChunkInfo are set only by TSInfoDebug.
	Key       string
	ChunkInfo []TSChunk
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *TSSeriesInfo) slots() []slot {
	return []slot{
		{"totalSamples", &r.Samples}, {"memoryUsage", &r.Memory}, {"firstTimestamp", &r.First},
		{"lastTimestamp", &r.Last}, {"retentionTime", &r.Retention}, {"chunkCount", &r.Chunks},
		{"chunkSize", &r.ChunkSize}, {"chunkType", &r.Encoding},
		{"duplicatePolicy", &r.DuplicatePolicy}, {"ignoreMaxTimeDiff", &r.IgnoreWithin},
		{"ignoreMaxValDiff", &r.IgnoreBy}, {"labels", &r.Labels},
		{"sourceKey", decode.User(&r.Source)}, {"keySelfName", decode.User(&r.Key)},
		{"rules", func(d *reply) error { return decodeTSRules(d, &r.Rules) }},
		{"Chunks", &r.ChunkInfo}, {others, &r.Extra},
	}
}

// TSRule is a compaction of a series into another one.
type TSRule struct {
	// Key is the key of the other series.
	Key string
	// Bucket is the length of a bucket.
	Bucket time.Duration
	// Aggregator is the server's name of the aggregator, such as "AVG".
	Aggregator string
	// Align is a time at which a bucket starts.
	Align time.Time
}

// TSChunk is a block of memory with samples.
type TSChunk struct {
	// First and Last are the times of its oldest and its newest sample.
	First, Last time.Time
	// Samples is the number of samples, Size their size in bytes.
	Samples, Size int64
	// BytesPerSample is their ratio.
	BytesPerSample float64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *TSChunk) slots() []slot {
	return []slot{
		{"startTimestamp", &r.First}, {"endTimestamp", &r.Last}, {"samples", &r.Samples},
		{"size", &r.Size}, {"bytesPerSample", &r.BytesPerSample}, {others, &r.Extra},
	}
}

// TSAggregator makes one value of several.
type TSAggregator uint8

// The aggregators. They ignore NaN unless their comment says otherwise.
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
	TSAggAvg: "avg", TSAggSum: "sum", TSAggMin: "min", TSAggMax: "max", TSAggRange: "range",
	TSAggCount: "count", TSAggFirst: "first", TSAggLast: "last", TSAggStdP: "std.p", TSAggStdS: "std.s",
	TSAggVarP: "var.p", TSAggVarS: "var.s", TSAggTWA: "twa", TSAggCountNaN: "countNaN",
	TSAggCountAll: "countAll",
}

// TSPolicy says what happens to a sample if its time already has one.
type TSPolicy uint8

// Policies for a second sample at the same time.
const (
	// TSPolicyBlock refuses it with an error, the server's default.
	TSPolicyBlock TSPolicy = iota
	// TSPolicyFirst keeps the old value.
	TSPolicyFirst
	// TSPolicyLast stores the new value.
	TSPolicyLast
	// TSPolicyMin keeps the lower value.
	TSPolicyMin
	// TSPolicyMax keeps the higher value.
	TSPolicyMax
	// TSPolicySum adds the values.
	TSPolicySum
)

var tsPolicyWords = [...]string{
	TSPolicyBlock: "BLOCK", TSPolicyFirst: "FIRST", TSPolicyLast: "LAST", TSPolicyMin: "MIN",
	TSPolicyMax: "MAX", TSPolicySum: "SUM",
}

// TSCursor is the start of TSRead. The zero value is the oldest sample.
type TSCursor struct {
	word string
	t    time.Time
}

// TSFrom starts with the first sample at t or later, in milliseconds. To continue, pass the time of the last
// sample plus a millisecond.
func TSFrom(t time.Time) TSCursor { return TSCursor{t: t} }

// TSFromLast starts with the newest sample.
func TSFromLast() TSCursor { return TSCursor{word: "+"} }

// TSFromNew starts behind the newest sample; it is useful only for TSReadBlock.
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

// putAggregators writes aggregators as one word, which is counted.
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

// putReducer writes the aggregator of a group, and refuses options that cannot be grouped.
func putReducer(e *encoder, argument string, by TSAggregator, opts []TSMRangeOption) {
	switch by {
	case TSAggFirst, TSAggLast, TSAggTWA:
		e.Fail(argument, "is "+tsAggregatorWords[by]+", which is not for groups")
	}
	for _, o := range opts {
		if a, ok := o.(tokenTSAggregation); ok && len(a.by) > 1 {
			e.Fail("TSAggregation", "has "+strconv.Itoa(len(a.by))+" ways; groups go with one")
		}
		if optionID(o) == idTSExcludeEmpty {
			e.Fail("TSExcludeEmpty", "does not go with groups")
		}
	}
	e.Choice(argument, int(by), tsAggregatorWords[:])
}

// putKeyAggregators writes aggregators for each key before them; the words are counted.
func putKeyAggregators(e *encoder, argument string, lists [][]TSAggregator) {
	if !e.ForEachKey(argument, len(lists), "lists") {
		return
	}
	for _, list := range lists {
		putAggregators(e, argument, list)
	}
}

// decodeTSAdded reads times, and an error in the place of each sample that was refused.
func decodeTSAdded(d *reply, v *[]TSAdded) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([]TSAdded, n)
	for i := range list {
		if !d.IsError() {
			err = decode.Milli(d, &list[i].Time)
		} else {
			var text string
			text, err = d.ErrorText()
			list[i].Err = newServerError(text)
		}
		if err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeTSSample reads a reply with one sample; an empty list means that there is none.
func decodeTSSample(d *reply, v *TSSample) error {
	var list []TSSample
	if err := oneTSSample(d, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return decode.ErrMissing
	}
	*v = list[0]
	return nil
}

// oneTSSample reads one sample, or an empty list, into a list.
func oneTSSample(d *reply, v *[]TSSample) error {
	n, err := d.Len()
	if err != nil || n == 0 {
		return err
	}
	*v = make([]TSSample, 1)
	return restOfTSSample(d, &(*v)[0], n)
}

func decodeTSSamples(d *reply, v *[]TSSample) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	return elementsTSSample(d, v, n)
}

// elementsTSSample reads n samples.
func elementsTSSample(d *reply, v *[]TSSample, n int) error {
	list := make([]TSSample, n)
	for i := range list {
		size, err := d.Len()
		if err != nil {
			return err
		}
		if err := restOfTSSample(d, &list[i], size); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// restOfTSSample reads a time and the values that follow it, n elements in all.
func restOfTSSample(d *reply, v *TSSample, n int) error {
	if n < 2 {
		return &resp.TypeError{Want: "a time and its values", Got: resp.KindArray}
	}
	if err := decode.Milli(d, &v.Time); err != nil {
		return err
	}
	values := make([]float64, n-1)
	for i := range values {
		if err := decode.ElementFloat(d, &values[i]); err != nil {
			return err
		}
	}
	v.Value = values[0]
	if len(values) > 1 {
		v.Values = values
	}
	return nil
}

func decodeTSRows(d *reply, v *[]TSRow) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([]TSRow, n)
	for i := range list {
		if err := d.ExpectLen(2, "a time and a list of values"); err != nil {
			return err
		}
		if err := decode.Milli(d, &list[i].Time); err != nil {
			return err
		}
		if err := decode.Inside(decode.FloatList(d, &list[i].Values)); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeTSSeries reads the series of TS.MGET and TS.MRANGE. RESP2 has a list of key, labels and samples;
// RESP3 has a map from the key to labels, maps about the aggregation, and samples.
func decodeTSSeries(d *reply, v *[]TSSeries) error {
	isMap := d.Kind() == resp.KindMap
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	if isMap {
		n /= 2
	}
	list := make([]TSSeries, n)
	for i := range list {
		if err := elementTSSeries(d, &list[i], isMap); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func elementTSSeries(d *reply, v *TSSeries, isMap bool) (err error) {
	parts := 2
	if !isMap {
		if err = d.ExpectLen(3, "key, labels and samples"); err != nil {
			return err
		}
	}
	if v.Key, err = d.UserText(); err != nil {
		return err
	}
	if isMap {
		if parts, err = d.Len(); err != nil {
			return err
		}
		if parts < 2 {
			return &resp.TypeError{Want: "labels and samples", Got: resp.KindArray}
		}
	}
	return seriesParts(d, v, parts)
}

// seriesParts reads the labels, maps about the aggregation, and the samples, n parts in all.
func seriesParts(d *reply, v *TSSeries, n int) error {
	if err := decode.Labels(d, &v.Labels); err != nil {
		return err
	}
	for range n - 2 {
		err := fillNamed(d, []slot{
			// The caller knows these, and RESP2 does not repeat them.
			{"aggregators", nil}, {"reducers", nil},
			{"sources", decode.Users(&v.Sources)}, {others, &v.Extra},
		})
		if err != nil {
			return err
		}
	}
	// RESP2 has the fields of a group among the labels.
	if sources, ok := v.Labels["__source__"]; ok {
		v.Sources = strings.Split(sources, ",")
		delete(v.Labels, "__source__")
	}
	delete(v.Labels, "__reducer__")
	return decodeSeriesSamples(d, &v.Samples)
}

// decodeSeriesSamples reads a list of samples, or for TS.MGET the time and the value of the only one.
func decodeSeriesSamples(d *reply, v *[]TSSample) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n > 0 && !d.IsList() {
		*v = make([]TSSample, 1)
		return restOfTSSample(d, &(*v)[0], n)
	}
	return elementsTSSample(d, v, n)
}

// decodeTSRules reads rules: in RESP2 lists of four elements, in RESP3 a map from the key to lists of three.
func decodeTSRules(d *reply, v *[]TSRule) error {
	isMap := d.Kind() == resp.KindMap
	n, err := d.Len()
	if err != nil {
		return err
	}
	size := 4
	if isMap {
		n, size = n/2, 3
	}
	list := make([]TSRule, n)
	for i := range list {
		r := &list[i]
		if !isMap {
			if err := d.ExpectLen(size, "a rule"); err != nil {
				return err
			}
		}
		if r.Key, err = d.UserText(); err != nil {
			return err
		}
		if isMap {
			if err := d.ExpectLen(size, "a rule"); err != nil {
				return err
			}
		}
		ms, err := d.Int()
		if err != nil {
			return err
		}
		r.Bucket = time.Duration(ms) * time.Millisecond
		if r.Aggregator, err = d.Text(); err != nil {
			return err
		}
		if err := decode.Milli(d, &r.Align); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
