package redpoll

import "time"

// FTSearchOptions are the options of FTSearch.
type FTSearchOptions struct {
	// NoContent returns only the documents' keys.
	NoContent bool
	// Verbatim does not look for other forms of the words.
	Verbatim bool
	// NoStopWords searches for stop words too. It does nothing from server 8.0 on.
	NoStopWords bool
	// WithScores returns scores, WithPayloads payloads, and WithSortKeys the values of the field in SortBy.
	WithScores, WithPayloads, WithSortKeys bool
	// Filters and GeoFilters restrict numeric and geo fields; newer servers expect these restrictions in the
	// query.
	Filters    []FTFilterRange
	GeoFilters []FTFilterRadius
	// InKeys restricts the search to these keys, InFields to these text fields.
	InKeys, InFields []string
	// Return names the fields to return, all by default.
	Return []FTReturn
	// Summarize returns fragments of text around the found words, Highlight marks the words.
	Summarize *FTSummarize
	Highlight *FTHighlight
	// Slop is the number of other words that may be between those of the query; any number by default.
	Slop Null[int64]
	// InOrder requires the words in the query's order.
	InOrder bool
	// Timeout bounds the server's search, in whole milliseconds. It is useful only below
	// Options.ReplyTimeout.
	Timeout time.Duration
	// Language is the language of the query, Expander replaces the stemmer, Scorer the scoring function.
	Language, Expander, Scorer string
	// ExplainScore returns explanations of the scores; it needs WithScores.
	ExplainScore bool
	// Payload is passed to the scoring function.
	Payload []byte
	// SortBy is a field to sort by instead of the score, Desc reverses it. WithCount counts all documents;
	// WithoutCount may stop counting early.
	SortBy                  string
	Desc                    bool
	WithCount, WithoutCount bool
	// Offset is the number of documents to skip, Count the number to return, 10 by default. CountOnly returns
	// only the total.
	Offset, Count int64
	CountOnly     bool
	// Params are names and values in turn, for $name in the query; Pairs makes this list from a map. They
	// need dialect 2.
	Params []any
	// Dialect is the version of the query language; 0 means the server's default.
	Dialect int64
}

// FTFilterRange restricts a numeric field. The ends are numbers or text such as "-inf", "+inf" and "(5".
type FTFilterRange struct {
	Field    string
	Min, Max any
}

// FTFilterRadius restricts a geo field to a circle.
type FTFilterRadius struct {
	Field                       string
	Longitude, Latitude, Radius float64
	// Unit is m (the default), km, mi or ft.
	Unit string
}

// FTReturn is a field, or a path in a JSON document, and its name in the reply, the same by default.
type FTReturn struct{ Name, As string }

// FTSummarize shortens texts.
type FTSummarize struct {
	// Fields are the fields to shorten, all by default.
	Fields []string
	// Fragments is the number of returned fragments, 3 by default, and Len their length in words, 20 by
	// default.
	Fragments, Len int64
	// Separator is the text between fragments, "... " by default.
	Separator string
}

// FTHighlight marks found words.
type FTHighlight struct {
	// Fields are the fields to mark, all by default.
	Fields []string
	// Open and Close surround a word, <b> and </b> by default; set both or none.
	Open, Close string
}

// FTAggregateOptions are the options of FTAggregate besides its steps.
type FTAggregateOptions struct {
	// Verbatim does not look for other forms of the words.
	Verbatim bool
	// AddScores adds the score to rows as @__score. It needs server 8.0.
	AddScores bool
	// Scorer replaces the scoring function.
	Scorer string
	// Timeout bounds the server's work, in whole milliseconds. It is useful only below Options.ReplyTimeout.
	Timeout time.Duration
	// WithCursor returns rows in portions: call FTCursorRead until the cursor is 0. CursorCount is the size
	// of a portion, 1000 by default, and MaxIdle the lifetime of an unused cursor, in whole milliseconds.
	WithCursor  bool
	CursorCount int64
	MaxIdle     time.Duration
	// Params are names and values in turn, for $name in the query. They need dialect 2.
	Params []any
	// Dialect is the version of the query language; 0 means the server's default.
	Dialect int64
}

// FTStep is a step of FTAggregate and FTHybrid, which execute the steps in their order: [FTLoad],
// [FTGroupBy], [FTSortBy], [FTApply], [FTFilter] or [FTLimit].
type FTStep interface{ ftStep(e *encoder) }

// FTLoad loads fields of the documents; all fields if the list is empty.
type FTLoad struct{ Fields []FTReturn }

// FTGroupBy makes one row of all rows with equal properties, such as "@country". Without properties it makes
// one row of all.
type FTGroupBy struct {
	Properties []string
	Reduce     []FTReduce
}

// FTReduce computes a property of a group: COUNT, COUNT_DISTINCT, COUNT_DISTINCTISH, SUM, MIN, MAX, AVG,
// STDDEV, QUANTILE, TOLIST, FIRST_VALUE or RANDOM_SAMPLE of its arguments, as in
//
//	FTReduce{Func: "FIRST_VALUE", Args: []string{"@name", "BY", "@age", "DESC"}, As: "eldest"}
type FTReduce struct {
	Func string
	Args []string
	// As is the name of the property; by default the server makes a name of function and arguments.
	As string
}

// FTSortBy sorts the rows.
type FTSortBy struct {
	Keys []FTSortKey
	// Max is the number of rows to keep.
	Max int64
	// WithCount counts all rows; WithoutCount may stop counting early. They are only for FTAggregate.
	WithCount, WithoutCount bool
}

// FTSortKey is a property to sort by.
type FTSortKey struct {
	Property string
	Desc     bool
}

// FTApply computes a property of each row.
type FTApply struct{ Expression, As string }

// FTFilter keeps the rows that match an expression.
type FTFilter struct{ Expression string }

// FTLimit skips Offset rows and returns at most Count rows.
type FTLimit struct{ Offset, Count int64 }

// FTHybridQuery describes both searches of FTHybrid and the combination of their results.
type FTHybridQuery struct {
	// Text is the query of the text search, Field the vector field with its @, and Vector the vector to
	// search for; see FTFloat32s. All three are required.
	Text, Field string
	Vector      []byte
	// Scorer replaces the scoring function of the text search, ScoreAs is the name of its score.
	Scorer, ScoreAs string
	// K is the number of nearest vectors, 10 by default, with EFRuntime candidates. ShardKRatio reduces the
	// number for each shard of a cluster, from 0.1 to 1; it needs server 8.8.
	K, EFRuntime int64
	ShardKRatio  float64
	// Radius selects the vectors within a distance instead of the K nearest; Epsilon widens the search.
	Radius, Epsilon float64
	// VectorFilter is a query that the documents of vectors must match. Policy is its use, ADHOC or BATCHES,
	// the latter with a BatchSize.
	VectorFilter, Policy string
	BatchSize            int64
	// DistanceAs is the name of the score of the vector search.
	DistanceAs string
	// Combine makes one score of both: FTRRF, the server's default, or FTLinear.
	Combine FTCombine
	// NoSort leaves the rows unsorted.
	NoSort bool
	// Timeout bounds the server's search, in whole milliseconds. It is useful only below
	// Options.ReplyTimeout.
	Timeout time.Duration
	// Params are names and values in turn, for $name in the queries. The name "vector" is reserved for
	// Vector.
	Params []any
}

// FTCombine is [FTRRF] or [FTLinear].
type FTCombine interface{ ftCombine(e *encoder) }

// FTRRF combines results by their ranks. Zero fields have the server's defaults: a Constant of 60, a Window
// of 20 results of each search. ScoreAs is the name of the score.
type FTRRF struct {
	Constant float64
	Window   int64
	ScoreAs  string
}

// FTLinear adds Alpha times the score of the text and Beta times that of the vector; set both or none. Window
// is the number of results of each search, ScoreAs the name of the score.
type FTLinear struct {
	Alpha, Beta Null[float64]
	Window      int64
	ScoreAs     string
}

// FTSpellCheckOptions are the options of FTSpellCheck.
type FTSpellCheckOptions struct {
	// Distance is the number of letters that may differ, from 1 to 4, 1 by default.
	Distance int64
	// Include are dictionaries with suggestions, besides the index; words in the dictionaries of Exclude are
	// correct.
	Include, Exclude []string
	// Dialect is the version of the query language; 0 means the server's default.
	Dialect int64
}

// The following functions write the options of the FT commands. They count their own words, and write nothing
// for a zero value.

func putFTReturn(e *encoder, word string, list []FTReturn) {
	n := len(list)
	for _, r := range list {
		if r.As != "" {
			n += 2
		}
	}
	e.Option(word)
	e.N += 1 + len(list)
	e.Int(int64(n))
	for _, r := range list {
		e.Text(r.Name)
		e.OptionText("AS", r.As)
	}
}

func putFTSpellCheck(e *encoder, o *FTSpellCheckOptions) {
	if o.Distance > 4 {
		e.Fail("Distance", "must be from 1 to 4")
	}
	e.OptionInt("DISTANCE", o.Distance)
	for _, d := range o.Include {
		e.Option("TERMS")
		e.OptionText("INCLUDE", d)
	}
	for _, d := range o.Exclude {
		e.Option("TERMS")
		e.OptionText("EXCLUDE", d)
	}
	e.OptionInt("DIALECT", o.Dialect)
}

// The options of FT.SEARCH, FT.AGGREGATE and FT.HYBRID, in the order of their documentation.

func putFTSearch(e *encoder, o *FTSearchOptions) {
	e.OptionFlag(o.NoContent, "NOCONTENT")
	e.OptionFlag(o.Verbatim, "VERBATIM")
	e.OptionFlag(o.NoStopWords, "NOSTOPWORDS")
	e.OptionFlag(o.WithScores, "WITHSCORES")
	e.OptionFlag(o.WithPayloads, "WITHPAYLOADS")
	e.Need(o.WithSortKeys, o.SortBy != "", "WithSortKeys", "SortBy")
	e.OptionFlag(o.WithSortKeys, "WITHSORTKEYS")
	putFTFilters(e, o)
	e.OptionList("INKEYS", o.InKeys)
	e.OptionList("INFIELDS", o.InFields)
	if len(o.Return) > 0 {
		putFTReturn(e, "RETURN", o.Return)
	}
	putFTMarks(e, o)
	if o.Slop.Valid {
		e.Option("SLOP")
		e.N++
		e.IntAtLeast("Slop", o.Slop.V, 0)
	}
	e.OptionMillis("TIMEOUT", o.Timeout)
	e.OptionFlag(o.InOrder, "INORDER")
	e.OptionText("LANGUAGE", o.Language)
	e.OptionText("EXPANDER", o.Expander)
	e.OptionText("SCORER", o.Scorer)
	e.Need(o.ExplainScore, o.WithScores, "ExplainScore", "WithScores")
	e.OptionFlag(o.ExplainScore, "EXPLAINSCORE")
	if o.Payload != nil {
		e.Option("PAYLOAD")
		e.N++
		e.BulkBytes(o.Payload)
	}
	e.OptionText("SORTBY", o.SortBy)
	e.Need(o.Desc, o.SortBy != "", "Desc", "SortBy")
	e.OptionFlag(o.Desc, "DESC")
	e.Exclude(o.WithCount, o.WithoutCount, "WithCount and WithoutCount")
	e.OptionFlag(o.WithCount, "WITHCOUNT")
	e.OptionFlag(o.WithoutCount, "WITHOUTCOUNT")
	e.Need(o.Offset != 0, o.Count != 0, "Offset", "Count")
	e.Exclude(o.CountOnly, o.Count != 0, "CountOnly and Count")
	if o.CountOnly || o.Count != 0 {
		FTLimit{o.Offset, o.Count}.ftStep(e)
	}
	e.OptionParams(o.Params)
	e.OptionInt("DIALECT", o.Dialect)
}

func putFTFilters(e *encoder, o *FTSearchOptions) {
	for i := range o.Filters {
		f := &o.Filters[i]
		e.OptionText("FILTER", f.Field)
		e.N += 2
		e.Bound("Min", f.Min)
		e.Bound("Max", f.Max)
	}
	for i := range o.GeoFilters {
		f := &o.GeoFilters[i]
		e.OptionText("GEOFILTER", f.Field)
		e.N += 3
		e.Float(f.Longitude)
		e.Float(f.Latitude)
		e.Float(f.Radius)
		switch f.Unit {
		case "":
			e.Option("m")
		case "m", "km", "mi", "ft":
			e.Option(f.Unit)
		default:
			e.Fail("Unit", "is none of m, km, mi and ft")
		}
	}
}

// putFTMarks writes the treatment of texts in the reply.
func putFTMarks(e *encoder, o *FTSearchOptions) {
	if s := o.Summarize; s != nil {
		e.Option("SUMMARIZE")
		e.OptionList("FIELDS", s.Fields)
		e.OptionInt("FRAGS", s.Fragments)
		e.OptionInt("LEN", s.Len)
		e.OptionText("SEPARATOR", s.Separator)
	}
	if h := o.Highlight; h != nil {
		e.Option("HIGHLIGHT")
		e.OptionList("FIELDS", h.Fields)
		if (h.Open == "") != (h.Close == "") {
			e.Fail("Highlight", "needs both Open and Close, or none")
		}
		if h.Open != "" {
			e.OptionText("TAGS", h.Open)
			e.N++
			e.Text(h.Close)
		}
	}
}

func putFTAggregate(e *encoder, o *FTAggregateOptions) {
	e.OptionFlag(o.Verbatim, "VERBATIM")
	e.OptionText("SCORER", o.Scorer)
	e.OptionFlag(o.AddScores, "ADDSCORES")
	e.OptionMillis("TIMEOUT", o.Timeout)
	e.Need(o.CursorCount != 0 || o.MaxIdle != 0, o.WithCursor, "CursorCount and MaxIdle", "WithCursor")
	if o.WithCursor {
		// A second execution would leave a second cursor behind.
		e.Once = true
		e.Option("WITHCURSOR")
		e.OptionInt("COUNT", o.CursorCount)
		e.OptionMillis("MAXIDLE", o.MaxIdle)
	}
	e.OptionParams(o.Params)
	e.OptionInt("DIALECT", o.Dialect)
}

func putFTSteps(e *encoder, steps []FTStep) {
	for _, s := range steps {
		if s == nil {
			e.Fail("steps", "contain a nil")
			return
		}
		s.ftStep(e)
	}
}

func (s FTLoad) ftStep(e *encoder) {
	if len(s.Fields) == 0 {
		e.Option("LOAD", "*")
		return
	}
	putFTReturn(e, "LOAD", s.Fields)
}

func (s FTGroupBy) ftStep(e *encoder) {
	e.Option("GROUPBY")
	e.N++
	e.Int(int64(len(s.Properties)))
	e.AnyList(s.Properties)
	for _, r := range s.Reduce {
		if r.Func == "" {
			e.Fail("Reduce", "contains one without a function")
		}
		e.Option("REDUCE", r.Func)
		e.N++
		e.Int(int64(len(r.Args)))
		e.AnyList(r.Args)
		e.OptionText("AS", r.As)
	}
}

func (s FTSortBy) ftStep(e *encoder) {
	if len(s.Keys) == 0 {
		e.Fail("FTSortBy", "needs at least one key")
	}
	e.Option("SORTBY")
	e.CountedPart(func(e *encoder) {
		for _, k := range s.Keys {
			e.N++
			e.Text(k.Property)
			e.OptionFlag(!k.Desc, "ASC")
			e.OptionFlag(k.Desc, "DESC")
		}
	})
	e.OptionInt("MAX", s.Max)
	e.Exclude(s.WithCount, s.WithoutCount, "WithCount and WithoutCount")
	e.OptionFlag(s.WithCount, "WITHCOUNT")
	e.OptionFlag(s.WithoutCount, "WITHOUTCOUNT")
}

func (s FTApply) ftStep(e *encoder) {
	e.OptionText("APPLY", s.Expression)
	e.OptionText("AS", s.As)
	e.Need(true, s.Expression != "" && s.As != "", "FTApply", "Expression and As")
}

func (s FTFilter) ftStep(e *encoder) {
	e.OptionText("FILTER", s.Expression)
	e.Need(true, s.Expression != "", "FTFilter", "Expression")
}

func (s FTLimit) ftStep(e *encoder) {
	e.Option("LIMIT")
	e.N += 2
	e.IntAtLeast("Offset", s.Offset, 0)
	e.IntAtLeast("Count", s.Count, 0)
}

// ftVectorParam is the parameter of FT.HYBRID for the vector.
const ftVectorParam = "vector"

// putFTHybrid writes both searches and their combination.
func putFTHybrid(e *encoder, o *FTHybridQuery) {
	e.Need(true, o.Text != "" && o.Field != "" && len(o.Vector) > 0, "query", "Text, Field and Vector")
	e.OptionText("SEARCH", o.Text)
	e.OptionText("SCORER", o.Scorer)
	e.OptionText("YIELD_SCORE_AS", o.ScoreAs)
	e.OptionText("VSIM", o.Field)
	e.Option("$" + ftVectorParam)
	putFTNear(e, o)
	e.Need(o.Policy != "" || o.BatchSize != 0, o.VectorFilter != "", "Policy and BatchSize", "VectorFilter")
	switch {
	case o.VectorFilter == "":
	case o.Policy == "" && o.BatchSize == 0:
		e.OptionText("FILTER", o.VectorFilter)
	default:
		e.Option("FILTER")
		e.CountedPart(func(e *encoder) {
			e.N++
			e.Text(o.VectorFilter)
			if o.Policy != "" {
				e.Option("POLICY", o.Policy)
			}
			e.OptionInt("BATCH_SIZE", o.BatchSize)
		})
	}
	e.OptionText("YIELD_SCORE_AS", o.DistanceAs)
	if o.Combine != nil {
		o.Combine.ftCombine(e)
	}
	e.OptionFlag(o.NoSort, "NOSORT")
	e.OptionMillis("TIMEOUT", o.Timeout)
	for i := 0; i < len(o.Params); i += 2 {
		if name, _ := o.Params[i].(string); name == ftVectorParam {
			e.Fail("Params", "contain the name "+ftVectorParam+", which is that of the vector")
		}
	}
	e.Option("PARAMS")
	e.N += 2
	e.Int(int64(2 + len(o.Params)))
	e.Word(ftVectorParam)
	e.N++
	e.BulkBytes(o.Vector)
	if len(o.Params) > 0 {
		e.Pairs("Params", o.Params)
	}
}

// putFTNear writes the method to find the nearest vectors.
func putFTNear(e *encoder, o *FTHybridQuery) {
	knn := o.K != 0 || o.EFRuntime != 0 || o.ShardKRatio != 0
	around := o.Radius != 0 || o.Epsilon != 0
	e.Exclude(knn, around, "K and Radius")
	e.Need(knn, o.K > 0, "EFRuntime and ShardKRatio", "K")
	e.Need(around, o.Radius > 0, "Epsilon", "Radius")
	switch {
	case knn:
		e.Option("KNN")
		e.CountedPart(func(e *encoder) {
			e.OptionInt("K", o.K)
			e.OptionInt("EF_RUNTIME", o.EFRuntime)
			e.OptionFloat("SHARD_K_RATIO", o.ShardKRatio)
		})
	case around:
		e.Option("RANGE")
		e.CountedPart(func(e *encoder) {
			e.OptionFloat("RADIUS", o.Radius)
			e.OptionFloat("EPSILON", o.Epsilon)
		})
	}
}

func (c FTRRF) ftCombine(e *encoder) {
	if c == (FTRRF{}) {
		return // the server's default
	}
	e.Option("COMBINE", "RRF")
	e.CountedPart(func(e *encoder) {
		e.OptionFloat("CONSTANT", c.Constant)
		e.OptionInt("WINDOW", c.Window)
		e.OptionText("YIELD_SCORE_AS", c.ScoreAs)
	})
}

func (c FTLinear) ftCombine(e *encoder) {
	e.Option("COMBINE", "LINEAR")
	if c.Alpha.Valid != c.Beta.Valid {
		e.Fail("FTLinear", "needs both Alpha and Beta, or none")
	}
	e.CountedPart(func(e *encoder) {
		if c.Alpha.Valid {
			e.Option("ALPHA")
			e.N++
			e.Float(c.Alpha.V)
			e.Option("BETA")
			e.N++
			e.Float(c.Beta.V)
		}
		e.OptionInt("WINDOW", c.Window)
		e.OptionText("YIELD_SCORE_AS", c.ScoreAs)
	})
}
