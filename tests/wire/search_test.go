package wire_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

var (
	textField   = []redpoll.FTField{redpoll.FTText{Name: "t"}}
	hybridQuery = redpoll.FTHybridQuery{Text: "q", Field: "@v", Vector: []byte("BLOB")}
)

// searchRows are the calls of methods for FT commands.
var searchRows = []row{
	{"FTCreate", func(p *redpoll.Pipeline) {
		p.FTCreate("i", redpoll.FTCreateOptions{}, textField...)
	}, "FT.CREATE i SCHEMA t TEXT"},
	{"FTCreate", func(p *redpoll.Pipeline) {
		p.FTCreate("i", redpoll.FTCreateOptions{JSON: true, Prefix: []string{"a:", "b:"}, Filter: "@x>1",
			Language: "german", LanguageField: "lang", Score: 0.5, ScoreField: "rank", PayloadField: "p",
			MaxTextFields: true, Temporary: time.Minute, NoOffsets: true, NoHL: true, NoFields: true,
			NoFreqs: true, StopWords: []string{"x", "y"}, SkipInitialScan: true, IndexAll: true},
			textField...)
	}, "FT.CREATE i ON JSON PREFIX 2 a: b: FILTER @x>1 LANGUAGE german LANGUAGE_FIELD lang SCORE 0.5 " +
		"SCORE_FIELD rank PAYLOAD_FIELD p " +
		"MAXTEXTFIELDS TEMPORARY 60 NOOFFSETS NOHL NOFIELDS NOFREQS STOPWORDS 2 x y SKIPINITIALSCAN " +
		"INDEXALL ENABLE SCHEMA t TEXT"},
	{"FTCreate", func(p *redpoll.Pipeline) {
		p.FTCreate("i", redpoll.FTCreateOptions{NoStopWords: true}, []redpoll.FTField{
			redpoll.FTText{Name: "$.a", As: "a", NoStem: true, Weight: 2.5, Phonetic: "dm:en",
				WithSuffixTrie: true, IndexEmpty: true, IndexMissing: true, Sortable: true, UNF: true,
				NoIndex: true},
			redpoll.FTTag{Name: "b", Separator: ";", CaseSensitive: true, WithSuffixTrie: true,
				IndexEmpty: true, IndexMissing: true, Sortable: true, UNF: true, NoIndex: true},
			redpoll.FTNumeric{Name: "c", As: "d", IndexMissing: true, Sortable: true, UNF: true,
				NoIndex: true},
			redpoll.FTGeo{Name: "e", As: "f", IndexMissing: true, Sortable: true, UNF: true, NoIndex: true},
			redpoll.FTGeoShape{Name: "g", As: "h", Flat: true, IndexMissing: true, NoIndex: true},
		}...)
	}, "FT.CREATE i STOPWORDS 0 SCHEMA " +
		"$.a AS a TEXT NOSTEM WEIGHT 2.5 PHONETIC dm:en WITHSUFFIXTRIE INDEXEMPTY INDEXMISSING " +
		"SORTABLE UNF NOINDEX " +
		"b TAG SEPARATOR ; CASESENSITIVE WITHSUFFIXTRIE INDEXEMPTY INDEXMISSING SORTABLE UNF NOINDEX " +
		"c AS d NUMERIC INDEXMISSING SORTABLE UNF NOINDEX e AS f GEO INDEXMISSING SORTABLE UNF " +
		"NOINDEX g AS h GEOSHAPE FLAT INDEXMISSING NOINDEX"},
	{"FTCreate", func(p *redpoll.Pipeline) {
		p.FTCreate("i", redpoll.FTCreateOptions{}, []redpoll.FTField{
			redpoll.FTVector{Name: "a", Index: redpoll.FTFlat{Dim: 3, Distance: "L2"}},
			redpoll.FTVector{Name: "b", As: "c", IndexMissing: true,
				Index: redpoll.FTFlat{Type: "FLOAT64", Dim: 3, Distance: "IP", InitialCap: 5, BlockSize: 6}},
			redpoll.FTVector{Name: "d", Index: redpoll.FTHNSW{Type: "INT8", Dim: 4, Distance: "COSINE",
				InitialCap: 5, M: 40, EFConstruction: 250, EFRuntime: 20, Epsilon: 0.8,
				Rerank: redpoll.Null[bool]{V: true, Valid: true}}},
			redpoll.FTVector{Name: "e", Index: redpoll.FTHNSW{Dim: 4, Distance: "COSINE",
				Rerank: redpoll.Null[bool]{Valid: true}}},
			redpoll.FTVector{Name: "f", Index: redpoll.FTVamana{Dim: 4, Distance: "COSINE",
				Compression: "LeanVec4x8", ConstructionWindow: 300, GraphMaxDegree: 128, SearchWindow: 20,
				Epsilon: 0.02, TrainingThreshold: 20480, Reduce: 2}},
		}...)
	}, "FT.CREATE i SCHEMA a VECTOR FLAT 6 TYPE FLOAT32 DIM 3 DISTANCE_METRIC L2 " +
		"b AS c VECTOR FLAT 10 TYPE FLOAT64 DIM 3 DISTANCE_METRIC IP INITIAL_CAP 5 BLOCK_SIZE 6 " +
		"INDEXMISSING " +
		"d VECTOR HNSW 18 TYPE INT8 DIM 4 DISTANCE_METRIC COSINE INITIAL_CAP 5 M 40 EF_CONSTRUCTION " +
		"250 EF_RUNTIME 20 EPSILON 0.8 RERANK TRUE " +
		"e VECTOR HNSW 8 TYPE FLOAT32 DIM 4 DISTANCE_METRIC COSINE RERANK FALSE " +
		"f VECTOR SVS-VAMANA 20 TYPE FLOAT32 DIM 4 DISTANCE_METRIC COSINE COMPRESSION LeanVec4x8 " +
		"CONSTRUCTION_WINDOW_SIZE 300 " +
		"GRAPH_MAX_DEGREE 128 SEARCH_WINDOW_SIZE 20 EPSILON 0.02 TRAINING_THRESHOLD 20480 REDUCE 2"},
	{"FTAlter", func(p *redpoll.Pipeline) { p.FTAlter("i", textField) }, "FT.ALTER i SCHEMA ADD t TEXT"},
	{"FTAlter", func(p *redpoll.Pipeline) {
		p.FTAlter("i", textField, redpoll.FTSkipInitialScan)
	}, "FT.ALTER i SKIPINITIALSCAN SCHEMA ADD t TEXT"},
	{"FTDropIndex", func(p *redpoll.Pipeline) { p.FTDropIndex("i") }, "FT.DROPINDEX i"},
	{"FTDropIndex", func(p *redpoll.Pipeline) {
		p.FTDropIndex("i", redpoll.FTDeleteDocs)
	}, "FT.DROPINDEX i DD"},
	{"FTInfo", func(p *redpoll.Pipeline) { p.FTInfo("i") }, "FT.INFO i"},
	{"FTList", func(p *redpoll.Pipeline) { p.FTList() }, "FT._LIST"},
	{"FTSearch", func(p *redpoll.Pipeline) {
		p.FTSearch("i", "q", redpoll.FTSearchOptions{})
	}, "FT.SEARCH i q"},
	{"FTSearch", func(p *redpoll.Pipeline) {
		p.FTSearch("i", "q", redpoll.FTSearchOptions{NoContent: true, Verbatim: true, NoStopWords: true,
			WithScores: true, WithPayloads: true, WithSortKeys: true,
			Filters: []redpoll.FTFilterRange{
				{Field: "n", Min: 1, Max: "(5"}, {Field: "m", Min: "-inf", Max: 2.5},
			},
			GeoFilters: []redpoll.FTFilterRadius{
				{Field: "g", Longitude: 1.5, Latitude: 2, Radius: 10, Unit: "km"}, {Field: "h", Radius: 1},
			},
			InKeys: []string{"k", "l"}, InFields: []string{"f"},
			Return: []redpoll.FTReturn{{Name: "a"}, {Name: "$.b", As: "b"}}, Slop: present(int64(0)),
			Timeout: time.Second, InOrder: true, Language: "german", Expander: "ex", Scorer: "BM25",
			ExplainScore: true, Payload: []byte("p"), SortBy: "n", Desc: true, WithCount: true, Offset: 5,
			Count: 10, Params: []any{"x", 1, "y", "z"}, Dialect: 2})
	}, "FT.SEARCH i q NOCONTENT VERBATIM NOSTOPWORDS WITHSCORES WITHPAYLOADS WITHSORTKEYS FILTER n 1 (5 " +
		"FILTER m -inf 2.5 " +
		"GEOFILTER g 1.5 2.0 10.0 km GEOFILTER h 0.0 0.0 1.0 m INKEYS 2 k l INFIELDS 1 f RETURN 4 a " +
		"$.b AS b SLOP 0 TIMEOUT 1000 INORDER " +
		"LANGUAGE german EXPANDER ex SCORER BM25 EXPLAINSCORE PAYLOAD p SORTBY n DESC WITHCOUNT " +
		"LIMIT 5 10 PARAMS 4 x 1 y z DIALECT 2"},
	{"FTSearch", func(p *redpoll.Pipeline) {
		p.FTSearch("i", "q", redpoll.FTSearchOptions{Summarize: &redpoll.FTSummarize{},
			Highlight: &redpoll.FTHighlight{}, SortBy: "n", WithoutCount: true, CountOnly: true})
	}, "FT.SEARCH i q SUMMARIZE HIGHLIGHT SORTBY n WITHOUTCOUNT LIMIT 0 0"},
	{"FTSearch", func(p *redpoll.Pipeline) {
		p.FTSearch("i", "q", redpoll.FTSearchOptions{
			Summarize: &redpoll.FTSummarize{Fields: []string{"a", "b"}, Fragments: 2, Len: 5, Separator: "|"},
			Highlight: &redpoll.FTHighlight{Fields: []string{"a"}, Open: "<i>", Close: "</i>"}})
	}, "FT.SEARCH i q SUMMARIZE FIELDS 2 a b FRAGS 2 LEN 5 SEPARATOR | HIGHLIGHT FIELDS 1 a TAGS <i> </i>"},
	{"FTAggregate", func(p *redpoll.Pipeline) {
		p.FTAggregate("i", "*", redpoll.FTAggregateOptions{})
	}, "FT.AGGREGATE i *"},
	{"FTAggregate", func(p *redpoll.Pipeline) {
		p.FTAggregate("i", "*", redpoll.FTAggregateOptions{Verbatim: true, AddScores: true, Scorer: "TFIDF",
			Timeout: time.Second, WithCursor: true, CursorCount: 10, MaxIdle: time.Minute,
			Params: []any{"x", 1}, Dialect: 2}, []redpoll.FTStep{
			redpoll.FTLoad{},
			redpoll.FTLoad{Fields: []redpoll.FTReturn{{Name: "@a"}, {Name: "$.b", As: "b"}}},
			redpoll.FTApply{Expression: "upper(@a)", As: "c"},
			redpoll.FTFilter{Expression: "@b>1"},
			redpoll.FTGroupBy{Properties: []string{"@a", "@c"}, Reduce: []redpoll.FTReduce{
				{Func: "COUNT", As: "n"}, {Func: "FIRST_VALUE", Args: []string{"@b", "BY", "@d"}},
			}},
			redpoll.FTGroupBy{},
			redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@n", Desc: true}, {Property: "@a"}},
				Max: 20, WithCount: true},
			redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@n"}}, WithoutCount: true},
			redpoll.FTLimit{Offset: 0, Count: 5},
		}...)
	}, "FT.AGGREGATE i * VERBATIM SCORER TFIDF ADDSCORES TIMEOUT 1000 WITHCURSOR COUNT 10 MAXIDLE 60000 " +
		"PARAMS 2 x 1 DIALECT 2 LOAD * " +
		"LOAD 4 @a $.b AS b APPLY upper(@a) AS c FILTER @b>1 GROUPBY 2 @a @c REDUCE COUNT 0 AS n " +
		"REDUCE FIRST_VALUE 3 @b BY @d GROUPBY 0 " +
		"SORTBY 4 @n DESC @a ASC MAX 20 WITHCOUNT SORTBY 2 @n ASC WITHOUTCOUNT LIMIT 0 5"},
	{"FTCursorRead", func(p *redpoll.Pipeline) { p.FTCursorRead("i", 17) }, "FT.CURSOR READ i 17"},
	{"FTCursorReadN", func(p *redpoll.Pipeline) {
		p.FTCursorReadN("i", 17, 5)
	}, "FT.CURSOR READ i 17 COUNT 5"},
	{"FTCursorDel", func(p *redpoll.Pipeline) { p.FTCursorDel("i", 17) }, "FT.CURSOR DEL i 17"},
	{"FTHybrid", func(p *redpoll.Pipeline) {
		p.FTHybrid("i", hybridQuery)
	}, "FT.HYBRID i SEARCH q VSIM @v $vector PARAMS 2 vector BLOB"},
	{"FTHybrid", func(p *redpoll.Pipeline) {
		q := hybridQuery
		q.Scorer, q.ScoreAs, q.K, q.EFRuntime, q.ShardKRatio = "BM25", "s", 15, 200, 0.5
		q.VectorFilter, q.DistanceAs = "@p:[1_2]", "d"
		q.Combine = redpoll.FTRRF{Constant: 80, Window: 50, ScoreAs: "h"}
		q.Timeout, q.Params = time.Second, []any{"x", 1}
		p.FTHybrid("i", q, []redpoll.FTStep{redpoll.FTLoad{Fields: []redpoll.FTReturn{{Name: "@t"}}},
			redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@h", Desc: true}}},
			redpoll.FTLimit{Offset: 0, Count: 20}}...)
	}, "FT.HYBRID i SEARCH q SCORER BM25 YIELD_SCORE_AS s VSIM @v $vector KNN 6 K 15 EF_RUNTIME 200 " +
		"SHARD_K_RATIO 0.5 FILTER @p:[1_2] " +
		"YIELD_SCORE_AS d COMBINE RRF 6 CONSTANT 80.0 WINDOW 50 YIELD_SCORE_AS h TIMEOUT 1000 PARAMS " +
		"4 vector BLOB x 1 LOAD 1 @t SORTBY 2 @h DESC LIMIT 0 20"},
	{"FTHybrid", func(p *redpoll.Pipeline) {
		q := hybridQuery
		q.Radius, q.Epsilon, q.VectorFilter = 0.8, 0.1, "@p:x"
		q.Policy, q.BatchSize, q.NoSort = "BATCHES", 100, true
		q.Combine = redpoll.FTLinear{Alpha: present(0.7), Beta: present(0.0), Window: 5, ScoreAs: "h"}
		p.FTHybrid("i", q)
	}, "FT.HYBRID i SEARCH q VSIM @v $vector RANGE 4 RADIUS 0.8 EPSILON 0.1 FILTER 5 @p:x POLICY BATCHES " +
		"BATCH_SIZE 100 " +
		"COMBINE LINEAR 8 ALPHA 0.7 BETA 0.0 WINDOW 5 YIELD_SCORE_AS h NOSORT PARAMS 2 vector BLOB"},
	{"FTHybrid", func(p *redpoll.Pipeline) {
		q := hybridQuery
		q.Combine = redpoll.FTRRF{}
		p.FTHybrid("i", q)
	}, "FT.HYBRID i SEARCH q VSIM @v $vector PARAMS 2 vector BLOB"},
	{"FTExplain", func(p *redpoll.Pipeline) { p.FTExplain("i", "q") }, "FT.EXPLAIN i q"},
	{"FTExplainCLI", func(p *redpoll.Pipeline) {
		p.FTExplainCLI("i", "q", redpoll.FTDialect(2))
	}, "FT.EXPLAINCLI i q DIALECT 2"},
	{"FTProfileSearch", func(p *redpoll.Pipeline) {
		p.FTProfileSearch("i", "q", redpoll.FTSearchOptions{NoContent: true}, redpoll.FTLimited)
	}, "FT.PROFILE i SEARCH LIMITED QUERY q NOCONTENT"},
	{"FTProfileAggregate", func(p *redpoll.Pipeline) {
		p.FTProfileAggregate("i", "q", redpoll.FTAggregateOptions{Dialect: 2},
			[]redpoll.FTStep{redpoll.FTLimit{Offset: 0, Count: 1}})
	}, "FT.PROFILE i AGGREGATE QUERY q DIALECT 2 LIMIT 0 1"},
	{"FTProfileHybrid", func(p *redpoll.Pipeline) {
		p.FTProfileHybrid("i", hybridQuery, []redpoll.FTStep{redpoll.FTLimit{Offset: 0, Count: 1}},
			redpoll.FTLimited)
	}, "FT.PROFILE i HYBRID LIMITED QUERY SEARCH q VSIM @v $vector PARAMS 2 vector BLOB LIMIT 0 1"},
	{"FTSpellCheck", func(p *redpoll.Pipeline) {
		p.FTSpellCheck("i", "q", redpoll.FTSpellCheckOptions{})
	}, "FT.SPELLCHECK i q"},
	{"FTSpellCheck", func(p *redpoll.Pipeline) {
		p.FTSpellCheck("i", "q", redpoll.FTSpellCheckOptions{Distance: 2, Include: []string{"a", "b"},
			Exclude: []string{"c"}, Dialect: 2})
	}, "FT.SPELLCHECK i q DISTANCE 2 TERMS INCLUDE a TERMS INCLUDE b TERMS EXCLUDE c DIALECT 2"},
	{"FTDictAdd", func(p *redpoll.Pipeline) { p.FTDictAdd("d", keys...) }, "FT.DICTADD d a b"},
	{"FTDictDel", func(p *redpoll.Pipeline) { p.FTDictDel("d", keys...) }, "FT.DICTDEL d a b"},
	{"FTDictDump", func(p *redpoll.Pipeline) { p.FTDictDump("d") }, "FT.DICTDUMP d"},
	{"FTTagVals", func(p *redpoll.Pipeline) { p.FTTagVals("i", "f") }, "FT.TAGVALS i f"},
	{"FTAliasAdd", func(p *redpoll.Pipeline) { p.FTAliasAdd("a", "i") }, "FT.ALIASADD a i"},
	{"FTAliasUpdate", func(p *redpoll.Pipeline) { p.FTAliasUpdate("a", "i") }, "FT.ALIASUPDATE a i"},
	{"FTAliasDel", func(p *redpoll.Pipeline) { p.FTAliasDel("a") }, "FT.ALIASDEL a"},
	{"FTAliasList", func(p *redpoll.Pipeline) { p.FTAliasList("i") }, "FT.ALIASLIST i"},
	{"FTSugAdd", func(p *redpoll.Pipeline) {
		p.FTSugAdd("k", "s", 1.5, redpoll.FTPayload("p"), redpoll.FTIncr)
	}, "FT.SUGADD k s 1.5 INCR PAYLOAD p"},
	{"FTSugGet", func(p *redpoll.Pipeline) { p.FTSugGet("k", "p") }, "FT.SUGGET k p"},
	{"FTSugGetWithScores", func(p *redpoll.Pipeline) {
		p.FTSugGetWithScores("k", "p", redpoll.FTMax(3), redpoll.FTFuzzy)
	}, "FT.SUGGET k p FUZZY MAX 3 WITHSCORES"},
	{"FTSugGetWithPayloads", func(p *redpoll.Pipeline) {
		p.FTSugGetWithPayloads("k", "p")
	}, "FT.SUGGET k p WITHSCORES WITHPAYLOADS"},
	{"FTSugDel", func(p *redpoll.Pipeline) { p.FTSugDel("k", "s") }, "FT.SUGDEL k s"},
	{"FTSugLen", func(p *redpoll.Pipeline) { p.FTSugLen("k") }, "FT.SUGLEN k"},
	{"FTSynUpdate", func(p *redpoll.Pipeline) { p.FTSynUpdate("i", "g", keys) }, "FT.SYNUPDATE i g a b"},
	{"FTSynUpdate", func(p *redpoll.Pipeline) {
		p.FTSynUpdate("i", "g", keys, redpoll.FTSkipInitialScan)
	}, "FT.SYNUPDATE i g SKIPINITIALSCAN a b"},
	{"FTSynDump", func(p *redpoll.Pipeline) { p.FTSynDump("i") }, "FT.SYNDUMP i"},
	{"FTConfigGet", func(p *redpoll.Pipeline) { p.FTConfigGet("*") }, "FT.CONFIG GET *"},
	{"FTConfigSet", func(p *redpoll.Pipeline) { p.FTConfigSet("TIMEOUT", 500) }, "FT.CONFIG SET TIMEOUT 500"},
}

// Options of FT commands that are invalid, or exclude each other, are refused before anything is sent.
func TestSearchOptionsRefused(t *testing.T) {
	t.Parallel()
	create := func(o redpoll.FTCreateOptions, fields ...redpoll.FTField) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.FTCreate("i", o, fields...) }
	}
	vectorField := func(index redpoll.FTVectorIndex) func(p *redpoll.Pipeline) {
		return create(redpoll.FTCreateOptions{}, redpoll.FTVector{Name: "v", Index: index})
	}
	search := func(o redpoll.FTSearchOptions) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.FTSearch("i", "q", o) }
	}
	aggregate := func(o redpoll.FTAggregateOptions, steps ...redpoll.FTStep) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.FTAggregate("i", "q", o, steps...) }
	}
	hybrid := func(change func(q *redpoll.FTHybridQuery)) func(p *redpoll.Pipeline) {
		q := hybridQuery
		change(&q)
		return func(p *redpoll.Pipeline) { p.FTHybrid("i", q) }
	}
	text := redpoll.FTText{Name: "t"}
	testRefused(t, []refused{
		{"no fields", "at least one", create(redpoll.FTCreateOptions{})},
		{"nil field", "nil", create(redpoll.FTCreateOptions{}, nil)},
		{"nameless field", "without a name", create(redpoll.FTCreateOptions{}, redpoll.FTTag{})},
		{"StopWords twice", "exclude each other",
			create(redpoll.FTCreateOptions{StopWords: []string{"x"}, NoStopWords: true}, text)},
		{"Temporary below a second", "whole number of seconds",
			create(redpoll.FTCreateOptions{Temporary: time.Millisecond}, text)},
		{"UNF alone", "needs Sortable",
			create(redpoll.FTCreateOptions{}, redpoll.FTNumeric{Name: "n", UNF: true})},
		{"long separator", "single character",
			create(redpoll.FTCreateOptions{}, redpoll.FTTag{Name: "n", Separator: "ab"})},
		{"vector without index", "missing", create(redpoll.FTCreateOptions{}, redpoll.FTVector{Name: "v"})},
		{"vector without dimension", "needs Dim",
			vectorField(redpoll.FTHNSW{Distance: "L2"})},
		{"vector without distance", "and Distance",
			create(redpoll.FTCreateOptions{}, redpoll.FTVector{Name: "v", Index: redpoll.FTFlat{Dim: 2}})},
		{"negative number", "at least 0",
			vectorField(redpoll.FTHNSW{Dim: 2, Distance: "L2", M: -1})},
		{"WithSortKeys alone", "needs SortBy", search(redpoll.FTSearchOptions{WithSortKeys: true})},
		{"ExplainScore alone", "needs WithScores", search(redpoll.FTSearchOptions{ExplainScore: true})},
		{"Desc alone", "needs SortBy", search(redpoll.FTSearchOptions{Desc: true})},
		{"both counts", "exclude each other",
			search(redpoll.FTSearchOptions{WithCount: true, WithoutCount: true})},
		{"Offset alone", "needs Count", search(redpoll.FTSearchOptions{Offset: 5})},
		{"CountOnly and Count", "exclude each other",
			search(redpoll.FTSearchOptions{CountOnly: true, Count: 5})},
		{"negative count", "at least 0", search(redpoll.FTSearchOptions{Count: -1})},
		{"negative slop", "at least 0", search(redpoll.FTSearchOptions{Slop: present(int64(-1))})},
		{"odd params", "without a value", search(redpoll.FTSearchOptions{Params: []any{"x"}})},
		{"param of another type", "bool", search(redpoll.FTSearchOptions{Params: []any{"x", true}})},
		{"unit", "none of m, km",
			search(redpoll.FTSearchOptions{GeoFilters: []redpoll.FTFilterRadius{{Unit: "yd"}}})},
		{"bound of another type", "nil",
			search(redpoll.FTSearchOptions{Filters: []redpoll.FTFilterRange{{Field: "n", Max: 1}}})},
		{"half a tag", "both Open and Close",
			search(redpoll.FTSearchOptions{Highlight: &redpoll.FTHighlight{Open: "<b>"}})},
		{"microseconds", "milliseconds", search(redpoll.FTSearchOptions{Timeout: time.Microsecond})},
		{"negative timeout", "more than 0", search(redpoll.FTSearchOptions{Timeout: -time.Second})},
		{"CursorCount alone", "needs WithCursor", aggregate(redpoll.FTAggregateOptions{CursorCount: 5})},
		{"nil step", "nil", aggregate(redpoll.FTAggregateOptions{}, nil)},
		{"sorted by nothing", "at least one key",
			aggregate(redpoll.FTAggregateOptions{}, redpoll.FTSortBy{})},
		{"both counts of a step", "exclude",
			aggregate(redpoll.FTAggregateOptions{}, redpoll.FTSortBy{
				Keys: []redpoll.FTSortKey{{Property: "@a"}}, WithCount: true, WithoutCount: true,
			})},
		{"nameless result", "Expression and As",
			aggregate(redpoll.FTAggregateOptions{}, redpoll.FTApply{Expression: "1"})},
		{"no filter", "needs Expression", aggregate(redpoll.FTAggregateOptions{}, redpoll.FTFilter{})},
		{"no function", "without a function",
			aggregate(redpoll.FTAggregateOptions{}, redpoll.FTGroupBy{Reduce: []redpoll.FTReduce{{}}})},
		{"no vector", "Text, Field and Vector", hybrid(func(q *redpoll.FTHybridQuery) { q.Vector = nil })},
		{"K and Radius", "exclude each other",
			hybrid(func(q *redpoll.FTHybridQuery) { q.K, q.Radius = 1, 1 })},
		{"EFRuntime alone", "needs K", hybrid(func(q *redpoll.FTHybridQuery) { q.EFRuntime = 1 })},
		{"Epsilon alone", "needs Radius", hybrid(func(q *redpoll.FTHybridQuery) { q.Epsilon = 1 })},
		{"Policy alone", "needs VectorFilter", hybrid(func(q *redpoll.FTHybridQuery) { q.Policy = "ADHOC" })},
		{"Alpha alone", "both Alpha and Beta",
			hybrid(func(q *redpoll.FTHybridQuery) { q.Combine = redpoll.FTLinear{Alpha: present(1.0)} })},
		{"name of the vector", "contain the name vector",
			hybrid(func(q *redpoll.FTHybridQuery) { q.Params = []any{"vector", "x"} })},
		{"distance", "from 1 to 4", func(p *redpoll.Pipeline) {
			p.FTSpellCheck("i", "q", redpoll.FTSpellCheckOptions{Distance: 5})
		}},
	})
}

func TestFTFloat32s(t *testing.T) {
	t.Parallel()
	if got := redpoll.FTFloat32s(1, -2); string(got) != "\x00\x00\x80\x3f\x00\x00\x00\xc0" {
		t.Errorf("got %q", got)
	}
}
