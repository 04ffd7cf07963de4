package redpoll

import "time"

// The FT commands have options by the dozen, and options of options. They are plain structs here: the zero value of
// a field leaves its option out, so that the server's default holds.

// FTCreateOptions are the options of FTCreate. The zero value indexes every hash.
type FTCreateOptions struct {
	// JSON indexes JSON documents instead of hashes.
	JSON bool
	// Prefix indexes only keys with one of these prefixes; none means all keys.
	Prefix []string
	// Filter indexes only documents that meet this expression, such as "@age>16".
	Filter string
	// Language is the language of documents that name none, English by default; LanguageField is the field in
	// which a document names its own.
	Language, LanguageField string
	// Score is the score of documents that have none, 1 by default; ScoreField is the field that holds it.
	Score      float64
	ScoreField string
	// PayloadField is the field that holds a document's payload.
	PayloadField string
	// MaxTextFields leaves room for more than 32 text fields, to be added later.
	MaxTextFields bool
	// Temporary makes the index go away, with its documents, after it was not used for so long; whole seconds.
	Temporary time.Duration
	// NoOffsets saves the positions of terms, which exact phrases and highlighting need.
	NoOffsets bool
	// NoHL saves what only highlighting needs.
	NoHL bool
	// NoFields saves in which field a term stands, so that queries cannot ask for fields.
	NoFields bool
	// NoFreqs saves how often a term stands in a document.
	NoFreqs bool
	// StopWords are left out of the index, in place of the server's own list; NoStopWords leaves nothing out.
	StopWords   []string
	NoStopWords bool
	// SkipInitialScan indexes only what is written from now on.
	SkipInitialScan bool
	// IndexAll keeps a list of all documents, for queries that match everything. It needs server 8.0.
	IndexAll bool
}

// FTField is a field of an index: [FTText], [FTTag], [FTNumeric], [FTGeo], [FTGeoShape] or [FTVector].
//
// In all of them Name is the field of the hash, or the path in the JSON document, and As the name that queries use for
// it. Sortable keeps the value at hand for sorting, UNF (only with Sortable) in its original form. NoIndex indexes
// nothing, which is for fields that only sort. IndexMissing and IndexEmpty make documents findable that lack the
// field, or where it is empty; they need server 8.0 or search 2.10.
type FTField interface{ ftField(e *encoder) }

// FTText is a field for full text.
type FTText struct {
	Name, As string
	// NoStem indexes words as they are, as is best for names.
	NoStem bool
	// Weight multiplies the field's part in the score, 1 by default.
	Weight float64
	// Phonetic matches words that sound alike: dm:en, dm:fr, dm:pt or dm:es.
	Phonetic string
	// WithSuffixTrie makes searches for *ing and *ing* fast.
	WithSuffixTrie                                   bool
	Sortable, UNF, NoIndex, IndexMissing, IndexEmpty bool
}

// FTTag is a field for words that match as a whole.
type FTTag struct {
	Name, As string
	// Separator is the one character between tags, a comma by default; in JSON there is none by default.
	Separator string
	// CaseSensitive keeps capital letters apart.
	CaseSensitive bool
	// WithSuffixTrie makes searches for *ing and *ing* fast.
	WithSuffixTrie                                   bool
	Sortable, UNF, NoIndex, IndexMissing, IndexEmpty bool
}

// FTNumeric is a field for ranges of numbers.
type FTNumeric struct {
	Name, As                             string
	Sortable, UNF, NoIndex, IndexMissing bool
}

// FTGeo is a field for places, as "longitude,latitude".
type FTGeo struct {
	Name, As                             string
	Sortable, UNF, NoIndex, IndexMissing bool
}

// FTGeoShape is a field for shapes in WKT form.
type FTGeoShape struct {
	Name, As string
	// Flat takes the coordinates for a plane instead of the globe.
	Flat                  bool
	NoIndex, IndexMissing bool
}

// FTVector is a field for vectors, stored as bytes; see FTFloat32s.
type FTVector struct {
	Name, As string
	// Index is how vectors are found: FTFlat, FTHNSW or FTVamana.
	Index        FTVectorIndex
	IndexMissing bool
}

// FTVectorIndex is [FTFlat], [FTHNSW] or [FTVamana].
type FTVectorIndex interface{ ftVectorIndex(e *encoder) }

// FTFlat compares with every vector: exact, for small sets.
type FTFlat struct {
	// Type is the form of the numbers: FLOAT32 (the default), FLOAT64, BFLOAT16, FLOAT16, INT8 or UINT8.
	Type string
	// Dim is the number of dimensions, and Distance the metric: L2, IP or COSINE. Both are needed.
	Dim      int64
	Distance string
	// InitialCap is for how many vectors room is made at first, BlockSize how many are added at a time.
	InitialCap, BlockSize int64
}

// FTHNSW walks a graph: fast and approximate. Type, Dim and Distance are those of FTFlat.
type FTHNSW struct {
	Type       string
	Dim        int64
	Distance   string
	InitialCap int64
	// M is the number of links per vector, 16 by default.
	M int64
	// EFConstruction and EFRuntime say how many candidates are looked at while building, 200 by default, and
	// while searching, 10 by default.
	EFConstruction, EFRuntime int64
	// Epsilon widens range searches, 0.01 by default.
	Epsilon float64
	// Rerank scores candidates again exactly, for indexes on disk. It needs server 8.10.
	Rerank Null[bool]
}

// FTVamana walks a graph of compressed vectors. It needs server 8.2. Type, Dim and Distance are those of FTFlat.
type FTVamana struct {
	Type     string
	Dim      int64
	Distance string
	// Compression is LVQ8, LVQ4, LVQ4x4, LVQ4x8, LeanVec4x8 or LeanVec8x8; none by default.
	Compression string
	// ConstructionWindow and SearchWindow say how many candidates are looked at while building and searching.
	ConstructionWindow, SearchWindow int64
	// GraphMaxDegree is the number of links per vector.
	GraphMaxDegree int64
	// Epsilon widens range searches.
	Epsilon float64
	// TrainingThreshold is the number of vectors from which the compression is learned.
	TrainingThreshold int64
	// Reduce is the number of dimensions that LeanVec keeps.
	Reduce int64
}

// FTSearchOptions are the options of FTSearch.
type FTSearchOptions struct {
	// NoContent returns the documents' keys alone.
	NoContent bool
	// Verbatim does not look for other forms of the words.
	Verbatim bool
	// NoStopWords searches for stop words too. It does nothing from server 8.0 on.
	NoStopWords bool
	// WithScores returns scores, WithPayloads payloads, and WithSortKeys the values that were sorted by, which
	// needs SortBy.
	WithScores, WithPayloads, WithSortKeys bool
	// Filters and GeoFilters restrict numeric and geo fields; newer servers want that in the query.
	Filters    []FTFilterRange
	GeoFilters []FTFilterRadius
	// InKeys restricts the search to these keys, InFields to these text fields.
	InKeys, InFields []string
	// Return names the fields to return, all by default.
	Return []FTReturn
	// Summarize returns fragments of text around what was found, Highlight marks it.
	Summarize *FTSummarize
	Highlight *FTHighlight
	// Slop is the number of other words that may stand between those of the query; any number by default.
	Slop Null[int64]
	// InOrder wants the words in the query's order.
	InOrder bool
	// Timeout is how long the server may search, in whole milliseconds. It is of use below Options.ReplyTimeout only.
	Timeout time.Duration
	// Language is the language of the query, Expander replaces the stemmer, Scorer the scoring function.
	Language, Expander, Scorer string
	// ExplainScore returns how scores came about; it needs WithScores.
	ExplainScore bool
	// Payload is handed to the scoring function.
	Payload []byte
	// SortBy is a field to sort by instead of the score, Desc reverses it. WithCount counts all documents, while
	// WithoutCount may stop counting early.
	SortBy                  string
	Desc                    bool
	WithCount, WithoutCount bool
	// Offset documents are skipped and Count returned, 10 by default. CountOnly returns the total alone.
	Offset, Count int64
	CountOnly     bool
	// Params are names and values in turn, for $name in the query; Pairs makes such a list from a map. They
	// need dialect 2.
	Params []any
	// Dialect is the version of the query language, the server's default if 0.
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

// FTSummarize says how texts are shortened.
type FTSummarize struct {
	// Fields to shorten, all by default.
	Fields []string
	// Fragments is how many of them are returned, 3 by default, and Len their length in words, 20 by default.
	Fragments, Len int64
	// Separator stands between them, "... " by default.
	Separator string
}

// FTHighlight says how found words are marked.
type FTHighlight struct {
	// Fields to mark, all by default.
	Fields []string
	// Open and Close stand around a word, <b> and </b> by default; give both or none.
	Open, Close string
}

// FTAggregateOptions are the options of FTAggregate beside its steps.
type FTAggregateOptions struct {
	// Verbatim does not look for other forms of the words.
	Verbatim bool
	// AddScores gives rows their score as @__score. It needs server 8.0.
	AddScores bool
	// Scorer replaces the scoring function.
	Scorer string
	// Timeout is how long the server may work, in whole milliseconds. It is of use below Options.ReplyTimeout only.
	Timeout time.Duration
	// WithCursor returns rows in portions: go on with FTCursorRead until the cursor is 0. CursorCount is the size
	// of a portion, 1000 by default, and MaxIdle how long the cursor lives unused, in whole milliseconds.
	WithCursor  bool
	CursorCount int64
	MaxIdle     time.Duration
	// Params are names and values in turn, for $name in the query. They need dialect 2.
	Params []any
	// Dialect is the version of the query language, the server's default if 0.
	Dialect int64
}

// FTStep is a step of FTAggregate and FTHybrid, which work in the order given: [FTLoad], [FTGroupBy], [FTSortBy],
// [FTApply], [FTFilter] or [FTLimit].
type FTStep interface{ ftStep(e *encoder) }

// FTLoad loads fields of the documents, all if none is named.
type FTLoad struct{ Fields []FTReturn }

// FTGroupBy makes one row of all that agree in the properties, such as "@country"; of all rows if there are none.
type FTGroupBy struct {
	Properties []string
	Reduce     []FTReduce
}

// FTReduce computes a property of a group: COUNT, COUNT_DISTINCT, COUNT_DISTINCTISH, SUM, MIN, MAX, AVG, STDDEV,
// QUANTILE, TOLIST, FIRST_VALUE or RANDOM_SAMPLE of its arguments, as in
//
//	FTReduce{Func: "FIRST_VALUE", Args: []string{"@name", "BY", "@age", "DESC"}, As: "eldest"}
type FTReduce struct {
	Func string
	Args []string
	// As names the property; by default the server makes a name of function and arguments.
	As string
}

// FTSortBy sorts the rows.
type FTSortBy struct {
	Keys []FTSortKey
	// Max keeps only so many rows.
	Max int64
	// WithCount counts all rows, while WithoutCount may stop counting early. They are for FTAggregate.
	WithCount, WithoutCount bool
}

// FTSortKey is a property to sort by.
type FTSortKey struct {
	Property string
	Desc     bool
}

// FTApply computes a property of each row.
type FTApply struct{ Expression, As string }

// FTFilter keeps the rows that meet an expression.
type FTFilter struct{ Expression string }

// FTLimit skips rows and returns at most Count.
type FTLimit struct{ Offset, Count int64 }

// FTHybridQuery describes both searches of FTHybrid and how their results are combined.
type FTHybridQuery struct {
	// Text is the query of the text search, Field the vector field with its @, and Vector the vector to look for;
	// see FTFloat32s. These three are needed.
	Text, Field string
	Vector      []byte
	// Scorer replaces the scoring function of the text search, ScoreAs names its score.
	Scorer, ScoreAs string
	// K is how many of the nearest vectors are taken, 10 by default, with EFRuntime candidates. ShardKRatio makes
	// each shard of a cluster return fewer, from 0.1 to 1; it needs server 8.8.
	K, EFRuntime int64
	ShardKRatio  float64
	// Radius takes the vectors within a distance instead of the K nearest; Epsilon widens the search.
	Radius, Epsilon float64
	// VectorFilter is a query that vectors' documents must meet. Policy says how it is used, ADHOC or BATCHES, the
	// latter with a BatchSize.
	VectorFilter, Policy string
	BatchSize            int64
	// DistanceAs names the score of the vector search.
	DistanceAs string
	// Combine is how scores become one: FTRRF, the server's default, or FTLinear.
	Combine FTCombine
	// NoSort leaves the rows unsorted.
	NoSort bool
	// Timeout is how long the server may search, in whole milliseconds. It is of use below Options.ReplyTimeout only.
	Timeout time.Duration
	// Params are names and values in turn, for $name in the queries. The name "vector" is taken: it is the vector.
	Params []any
}

// FTCombine is [FTRRF] or [FTLinear].
type FTCombine interface{ ftCombine(e *encoder) }

// FTRRF combines results by their ranks. Zero fields have the server's defaults: a Constant of 60, a Window of 20
// results of each search. ScoreAs names the score.
type FTRRF struct {
	Constant float64
	Window   int64
	ScoreAs  string
}

// FTLinear adds the scores: Alpha times that of the text, Beta times that of the vector, both or none given. Window is
// the number of results of each search, ScoreAs names the score.
type FTLinear struct {
	Alpha, Beta Null[float64]
	Window      int64
	ScoreAs     string
}

// FTSpellCheckOptions are the options of FTSpellCheck.
type FTSpellCheckOptions struct {
	// Distance is how many letters may differ, from 1 to 4, 1 by default.
	Distance int64
	// Include are dictionaries to take suggestions from, beside the index; words in those of Exclude are right.
	Include, Exclude []string
	// Dialect is the version of the query language, the server's default if 0.
	Dialect int64
}
