package redpoll

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func init() { wireTests = append(wireTests, searchWireTests...) }

var (
	wireText   = []FTField{FTText{Name: "t"}}
	wireHybrid = FTHybridQuery{Text: "q", Field: "@v", Vector: []byte("BLOB")}
)

// searchWireTests are the rows of the FT commands.
var searchWireTests = []struct {
	method string
	put    func(p *Pipeline)
	words  string
}{
	{"FTCreate", func(p *Pipeline) { p.FTCreate("i", FTCreateOptions{}, wireText...) }, "FT.CREATE i SCHEMA t TEXT"},
	{"FTCreate", func(p *Pipeline) {
		p.FTCreate("i", FTCreateOptions{JSON: true, Prefix: []string{"a:", "b:"}, Filter: "@x>1", Language: "german", LanguageField: "lang",
			Score: 0.5, ScoreField: "rank", PayloadField: "p", MaxTextFields: true, Temporary: time.Minute, NoOffsets: true, NoHL: true,
			NoFields: true, NoFreqs: true, StopWords: []string{"x", "y"}, SkipInitialScan: true, IndexAll: true}, wireText...)
	}, "FT.CREATE i ON JSON PREFIX 2 a: b: FILTER @x>1 LANGUAGE german LANGUAGE_FIELD lang SCORE 0.5 SCORE_FIELD rank PAYLOAD_FIELD p " +
		"MAXTEXTFIELDS TEMPORARY 60 NOOFFSETS NOHL NOFIELDS NOFREQS STOPWORDS 2 x y SKIPINITIALSCAN INDEXALL ENABLE SCHEMA t TEXT"},
	{"FTCreate", func(p *Pipeline) {
		p.FTCreate("i", FTCreateOptions{NoStopWords: true}, []FTField{
			FTText{Name: "$.a", As: "a", NoStem: true, Weight: 2.5, Phonetic: "dm:en", WithSuffixTrie: true, IndexEmpty: true, IndexMissing: true,
				Sortable: true, UNF: true, NoIndex: true},
			FTTag{Name: "b", Separator: ";", CaseSensitive: true, WithSuffixTrie: true, IndexEmpty: true, IndexMissing: true, Sortable: true, UNF: true,
				NoIndex: true},
			FTNumeric{Name: "c", As: "d", IndexMissing: true, Sortable: true, UNF: true, NoIndex: true},
			FTGeo{Name: "e", As: "f", IndexMissing: true, Sortable: true, UNF: true, NoIndex: true},
			FTGeoShape{Name: "g", As: "h", Flat: true, IndexMissing: true, NoIndex: true},
		}...)
	}, "FT.CREATE i STOPWORDS 0 SCHEMA " +
		"$.a AS a TEXT NOSTEM WEIGHT 2.5 PHONETIC dm:en WITHSUFFIXTRIE INDEXEMPTY INDEXMISSING SORTABLE UNF NOINDEX " +
		"b TAG SEPARATOR ; CASESENSITIVE WITHSUFFIXTRIE INDEXEMPTY INDEXMISSING SORTABLE UNF NOINDEX " +
		"c AS d NUMERIC INDEXMISSING SORTABLE UNF NOINDEX e AS f GEO INDEXMISSING SORTABLE UNF NOINDEX g AS h GEOSHAPE FLAT INDEXMISSING NOINDEX"},
	{"FTCreate", func(p *Pipeline) {
		p.FTCreate("i", FTCreateOptions{}, []FTField{
			FTVector{Name: "a", Index: FTFlat{Dim: 3, Distance: "L2"}},
			FTVector{Name: "b", As: "c", IndexMissing: true, Index: FTFlat{Type: "FLOAT64", Dim: 3, Distance: "IP", InitialCap: 5, BlockSize: 6}},
			FTVector{Name: "d", Index: FTHNSW{Type: "INT8", Dim: 4, Distance: "COSINE", InitialCap: 5, M: 40, EFConstruction: 250, EFRuntime: 20,
				Epsilon: 0.8, Rerank: Null[bool]{V: true, Valid: true}}},
			FTVector{Name: "e", Index: FTHNSW{Dim: 4, Distance: "COSINE", Rerank: Null[bool]{Valid: true}}},
			FTVector{Name: "f", Index: FTVamana{Dim: 4, Distance: "COSINE", Compression: "LeanVec4x8", ConstructionWindow: 300, GraphMaxDegree: 128,
				SearchWindow: 20, Epsilon: 0.02, TrainingThreshold: 20480, Reduce: 2}},
		}...)
	}, "FT.CREATE i SCHEMA a VECTOR FLAT 6 TYPE FLOAT32 DIM 3 DISTANCE_METRIC L2 " +
		"b AS c VECTOR FLAT 10 TYPE FLOAT64 DIM 3 DISTANCE_METRIC IP INITIAL_CAP 5 BLOCK_SIZE 6 INDEXMISSING " +
		"d VECTOR HNSW 18 TYPE INT8 DIM 4 DISTANCE_METRIC COSINE INITIAL_CAP 5 M 40 EF_CONSTRUCTION 250 EF_RUNTIME 20 EPSILON 0.8 RERANK TRUE " +
		"e VECTOR HNSW 8 TYPE FLOAT32 DIM 4 DISTANCE_METRIC COSINE RERANK FALSE " +
		"f VECTOR SVS-VAMANA 20 TYPE FLOAT32 DIM 4 DISTANCE_METRIC COSINE COMPRESSION LeanVec4x8 CONSTRUCTION_WINDOW_SIZE 300 " +
		"GRAPH_MAX_DEGREE 128 SEARCH_WINDOW_SIZE 20 EPSILON 0.02 TRAINING_THRESHOLD 20480 REDUCE 2"},
	{"FTAlter", func(p *Pipeline) { p.FTAlter("i", wireText) }, "FT.ALTER i SCHEMA ADD t TEXT"},
	{"FTAlter", func(p *Pipeline) { p.FTAlter("i", wireText, FTSkipInitialScan) }, "FT.ALTER i SKIPINITIALSCAN SCHEMA ADD t TEXT"},
	{"FTDropIndex", func(p *Pipeline) { p.FTDropIndex("i") }, "FT.DROPINDEX i"},
	{"FTDropIndex", func(p *Pipeline) { p.FTDropIndex("i", FTDeleteDocs) }, "FT.DROPINDEX i DD"},
	{"FTInfo", func(p *Pipeline) { p.FTInfo("i") }, "FT.INFO i"},
	{"FTList", func(p *Pipeline) { p.FTList() }, "FT._LIST"},
	{"FTSearch", func(p *Pipeline) { p.FTSearch("i", "q", FTSearchOptions{}) }, "FT.SEARCH i q"},
	{"FTSearch", func(p *Pipeline) {
		p.FTSearch("i", "q", FTSearchOptions{NoContent: true, Verbatim: true, NoStopWords: true, WithScores: true, WithPayloads: true,
			WithSortKeys: true, Filters: []FTFilterRange{{"n", 1, "(5"}, {"m", "-inf", 2.5}},
			GeoFilters: []FTFilterRadius{{"g", 1.5, 2, 10, "km"}, {Field: "h", Radius: 1}}, InKeys: []string{"k", "l"}, InFields: []string{"f"},
			Return: []FTReturn{{"a", ""}, {"$.b", "b"}}, Slop: present(int64(0)), Timeout: time.Second, InOrder: true, Language: "german",
			Expander: "ex", Scorer: "BM25", ExplainScore: true, Payload: []byte("p"), SortBy: "n", Desc: true, WithCount: true, Offset: 5, Count: 10,
			Params: []any{"x", 1, "y", "z"}, Dialect: 2})
	}, "FT.SEARCH i q NOCONTENT VERBATIM NOSTOPWORDS WITHSCORES WITHPAYLOADS WITHSORTKEYS FILTER n 1 (5 FILTER m -inf 2.5 " +
		"GEOFILTER g 1.5 2.0 10.0 km GEOFILTER h 0.0 0.0 1.0 m INKEYS 2 k l INFIELDS 1 f RETURN 4 a $.b AS b SLOP 0 TIMEOUT 1000 INORDER " +
		"LANGUAGE german EXPANDER ex SCORER BM25 EXPLAINSCORE PAYLOAD p SORTBY n DESC WITHCOUNT LIMIT 5 10 PARAMS 4 x 1 y z DIALECT 2"},
	{"FTSearch", func(p *Pipeline) {
		p.FTSearch("i", "q", FTSearchOptions{Summarize: &FTSummarize{}, Highlight: &FTHighlight{}, SortBy: "n", WithoutCount: true, CountOnly: true})
	}, "FT.SEARCH i q SUMMARIZE HIGHLIGHT SORTBY n WITHOUTCOUNT LIMIT 0 0"},
	{"FTSearch", func(p *Pipeline) {
		p.FTSearch("i", "q", FTSearchOptions{Summarize: &FTSummarize{Fields: []string{"a", "b"}, Fragments: 2, Len: 5, Separator: "|"},
			Highlight: &FTHighlight{Fields: []string{"a"}, Open: "<i>", Close: "</i>"}})
	}, "FT.SEARCH i q SUMMARIZE FIELDS 2 a b FRAGS 2 LEN 5 SEPARATOR | HIGHLIGHT FIELDS 1 a TAGS <i> </i>"},
	{"FTAggregate", func(p *Pipeline) { p.FTAggregate("i", "*", FTAggregateOptions{}) }, "FT.AGGREGATE i *"},
	{"FTAggregate", func(p *Pipeline) {
		p.FTAggregate("i", "*", FTAggregateOptions{Verbatim: true, AddScores: true, Scorer: "TFIDF", Timeout: time.Second, WithCursor: true,
			CursorCount: 10, MaxIdle: time.Minute, Params: []any{"x", 1}, Dialect: 2}, []FTStep{
			FTLoad{}, FTLoad{[]FTReturn{{"@a", ""}, {"$.b", "b"}}}, FTApply{"upper(@a)", "c"}, FTFilter{"@b>1"},
			FTGroupBy{[]string{"@a", "@c"}, []FTReduce{{Func: "COUNT", As: "n"}, {"FIRST_VALUE", []string{"@b", "BY", "@d"}, ""}}},
			FTGroupBy{}, FTSortBy{Keys: []FTSortKey{{"@n", true}, {"@a", false}}, Max: 20, WithCount: true},
			FTSortBy{Keys: []FTSortKey{{"@n", false}}, WithoutCount: true}, FTLimit{0, 5}}...)
	}, "FT.AGGREGATE i * VERBATIM SCORER TFIDF ADDSCORES TIMEOUT 1000 WITHCURSOR COUNT 10 MAXIDLE 60000 PARAMS 2 x 1 DIALECT 2 LOAD * " +
		"LOAD 4 @a $.b AS b APPLY upper(@a) AS c FILTER @b>1 GROUPBY 2 @a @c REDUCE COUNT 0 AS n REDUCE FIRST_VALUE 3 @b BY @d GROUPBY 0 " +
		"SORTBY 4 @n DESC @a ASC MAX 20 WITHCOUNT SORTBY 2 @n ASC WITHOUTCOUNT LIMIT 0 5"},
	{"FTCursorRead", func(p *Pipeline) { p.FTCursorRead("i", 17) }, "FT.CURSOR READ i 17"},
	{"FTCursorReadN", func(p *Pipeline) { p.FTCursorReadN("i", 17, 5) }, "FT.CURSOR READ i 17 COUNT 5"},
	{"FTCursorDel", func(p *Pipeline) { p.FTCursorDel("i", 17) }, "FT.CURSOR DEL i 17"},
	{"FTHybrid", func(p *Pipeline) { p.FTHybrid("i", wireHybrid) }, "FT.HYBRID i SEARCH q VSIM @v $vector PARAMS 2 vector BLOB"},
	{"FTHybrid", func(p *Pipeline) {
		q := wireHybrid
		q.Scorer, q.ScoreAs, q.K, q.EFRuntime, q.ShardKRatio, q.VectorFilter, q.DistanceAs = "BM25", "s", 15, 200, 0.5, "@p:[1_2]", "d"
		q.Combine, q.Timeout, q.Params = FTRRF{Constant: 80, Window: 50, ScoreAs: "h"}, time.Second, []any{"x", 1}
		p.FTHybrid("i", q, []FTStep{FTLoad{[]FTReturn{{"@t", ""}}}, FTSortBy{Keys: []FTSortKey{{"@h", true}}}, FTLimit{0, 20}}...)
	}, "FT.HYBRID i SEARCH q SCORER BM25 YIELD_SCORE_AS s VSIM @v $vector KNN 6 K 15 EF_RUNTIME 200 SHARD_K_RATIO 0.5 FILTER @p:[1_2] " +
		"YIELD_SCORE_AS d COMBINE RRF 6 CONSTANT 80.0 WINDOW 50 YIELD_SCORE_AS h TIMEOUT 1000 PARAMS 4 vector BLOB x 1 LOAD 1 @t SORTBY 2 @h DESC LIMIT 0 20"},
	{"FTHybrid", func(p *Pipeline) {
		q := wireHybrid
		q.Radius, q.Epsilon, q.VectorFilter, q.Policy, q.BatchSize, q.NoSort = 0.8, 0.1, "@p:x", "BATCHES", 100, true
		q.Combine = FTLinear{Alpha: present(0.7), Beta: present(0.0), Window: 5, ScoreAs: "h"}
		p.FTHybrid("i", q)
	}, "FT.HYBRID i SEARCH q VSIM @v $vector RANGE 4 RADIUS 0.8 EPSILON 0.1 FILTER 5 @p:x POLICY BATCHES BATCH_SIZE 100 " +
		"COMBINE LINEAR 8 ALPHA 0.7 BETA 0.0 WINDOW 5 YIELD_SCORE_AS h NOSORT PARAMS 2 vector BLOB"},
	{"FTHybrid", func(p *Pipeline) {
		q := wireHybrid
		q.Combine = FTRRF{}
		p.FTHybrid("i", q)
	}, "FT.HYBRID i SEARCH q VSIM @v $vector PARAMS 2 vector BLOB"},
	{"FTExplain", func(p *Pipeline) { p.FTExplain("i", "q") }, "FT.EXPLAIN i q"},
	{"FTExplainCLI", func(p *Pipeline) { p.FTExplainCLI("i", "q", FTDialect(2)) }, "FT.EXPLAINCLI i q DIALECT 2"},
	{"FTProfileSearch", func(p *Pipeline) {
		p.FTProfileSearch("i", "q", FTSearchOptions{NoContent: true}, FTLimited)
	}, "FT.PROFILE i SEARCH LIMITED QUERY q NOCONTENT"},
	{"FTProfileAggregate", func(p *Pipeline) {
		p.FTProfileAggregate("i", "q", FTAggregateOptions{Dialect: 2}, []FTStep{FTLimit{0, 1}})
	}, "FT.PROFILE i AGGREGATE QUERY q DIALECT 2 LIMIT 0 1"},
	{"FTProfileHybrid", func(p *Pipeline) {
		p.FTProfileHybrid("i", wireHybrid, []FTStep{FTLimit{0, 1}}, FTLimited)
	}, "FT.PROFILE i HYBRID LIMITED QUERY SEARCH q VSIM @v $vector PARAMS 2 vector BLOB LIMIT 0 1"},
	{"FTSpellCheck", func(p *Pipeline) { p.FTSpellCheck("i", "q", FTSpellCheckOptions{}) }, "FT.SPELLCHECK i q"},
	{"FTSpellCheck", func(p *Pipeline) {
		p.FTSpellCheck("i", "q", FTSpellCheckOptions{Distance: 2, Include: []string{"a", "b"}, Exclude: []string{"c"}, Dialect: 2})
	}, "FT.SPELLCHECK i q DISTANCE 2 TERMS INCLUDE a TERMS INCLUDE b TERMS EXCLUDE c DIALECT 2"},
	{"FTDictAdd", func(p *Pipeline) { p.FTDictAdd("d", wireKeys...) }, "FT.DICTADD d a b"},
	{"FTDictDel", func(p *Pipeline) { p.FTDictDel("d", wireKeys...) }, "FT.DICTDEL d a b"},
	{"FTDictDump", func(p *Pipeline) { p.FTDictDump("d") }, "FT.DICTDUMP d"},
	{"FTTagVals", func(p *Pipeline) { p.FTTagVals("i", "f") }, "FT.TAGVALS i f"},
	{"FTAliasAdd", func(p *Pipeline) { p.FTAliasAdd("a", "i") }, "FT.ALIASADD a i"},
	{"FTAliasUpdate", func(p *Pipeline) { p.FTAliasUpdate("a", "i") }, "FT.ALIASUPDATE a i"},
	{"FTAliasDel", func(p *Pipeline) { p.FTAliasDel("a") }, "FT.ALIASDEL a"},
	{"FTAliasList", func(p *Pipeline) { p.FTAliasList("i") }, "FT.ALIASLIST i"},
	{"FTSugAdd", func(p *Pipeline) { p.FTSugAdd("k", "s", 1.5, FTPayload("p"), FTIncr) }, "FT.SUGADD k s 1.5 INCR PAYLOAD p"},
	{"FTSugGet", func(p *Pipeline) { p.FTSugGet("k", "p") }, "FT.SUGGET k p"},
	{"FTSugGetWithScores", func(p *Pipeline) { p.FTSugGetWithScores("k", "p", FTMax(3), FTFuzzy) }, "FT.SUGGET k p FUZZY MAX 3 WITHSCORES"},
	{"FTSugGetWithPayloads", func(p *Pipeline) { p.FTSugGetWithPayloads("k", "p") }, "FT.SUGGET k p WITHSCORES WITHPAYLOADS"},
	{"FTSugDel", func(p *Pipeline) { p.FTSugDel("k", "s") }, "FT.SUGDEL k s"},
	{"FTSugLen", func(p *Pipeline) { p.FTSugLen("k") }, "FT.SUGLEN k"},
	{"FTSynUpdate", func(p *Pipeline) { p.FTSynUpdate("i", "g", wireKeys) }, "FT.SYNUPDATE i g a b"},
	{"FTSynUpdate", func(p *Pipeline) { p.FTSynUpdate("i", "g", wireKeys, FTSkipInitialScan) }, "FT.SYNUPDATE i g SKIPINITIALSCAN a b"},
	{"FTSynDump", func(p *Pipeline) { p.FTSynDump("i") }, "FT.SYNDUMP i"},
	{"FTConfigGet", func(p *Pipeline) { p.FTConfigGet("*") }, "FT.CONFIG GET *"},
	{"FTConfigSet", func(p *Pipeline) { p.FTConfigSet("TIMEOUT", 500) }, "FT.CONFIG SET TIMEOUT 500"},
}

// Options of the FT commands that do not go together, or are none, are refused before anything is sent.
func TestSearchOptionsRefused(t *testing.T) {
	t.Parallel()
	create := func(o FTCreateOptions, fields ...FTField) func(p *Pipeline) {
		return func(p *Pipeline) { p.FTCreate("i", o, fields...) }
	}
	search := func(o FTSearchOptions) func(p *Pipeline) {
		return func(p *Pipeline) { p.FTSearch("i", "q", o) }
	}
	aggregate := func(o FTAggregateOptions, steps ...FTStep) func(p *Pipeline) {
		return func(p *Pipeline) { p.FTAggregate("i", "q", o, steps...) }
	}
	hybrid := func(change func(q *FTHybridQuery)) func(p *Pipeline) {
		q := wireHybrid
		change(&q)
		return func(p *Pipeline) { p.FTHybrid("i", q) }
	}
	text := FTText{Name: "t"}
	for _, c := range []struct {
		name string
		put  func(p *Pipeline)
		says string
	}{
		{"no fields", create(FTCreateOptions{}), "at least one"},
		{"nil field", create(FTCreateOptions{}, nil), "nil"},
		{"nameless field", create(FTCreateOptions{}, FTTag{}), "without a name"},
		{"StopWords twice", create(FTCreateOptions{StopWords: []string{"x"}, NoStopWords: true}, text), "exclude each other"},
		{"Temporary below a second", create(FTCreateOptions{Temporary: time.Millisecond}, text), "whole number of seconds"},
		{"UNF alone", create(FTCreateOptions{}, FTNumeric{Name: "n", UNF: true}), "needs Sortable"},
		{"long separator", create(FTCreateOptions{}, FTTag{Name: "n", Separator: "ab"}), "single character"},
		{"vector without index", create(FTCreateOptions{}, FTVector{Name: "v"}), "missing"},
		{"vector without dimension", create(FTCreateOptions{}, FTVector{Name: "v", Index: FTHNSW{Distance: "L2"}}), "needs Dim"},
		{"vector without distance", create(FTCreateOptions{}, FTVector{Name: "v", Index: FTFlat{Dim: 2}}), "and Distance"},
		{"negative number", create(FTCreateOptions{}, FTVector{Name: "v", Index: FTHNSW{Dim: 2, Distance: "L2", M: -1}}), "at least 0"},
		{"WithSortKeys alone", search(FTSearchOptions{WithSortKeys: true}), "needs SortBy"},
		{"ExplainScore alone", search(FTSearchOptions{ExplainScore: true}), "needs WithScores"},
		{"Desc alone", search(FTSearchOptions{Desc: true}), "needs SortBy"},
		{"both counts", search(FTSearchOptions{WithCount: true, WithoutCount: true}), "exclude each other"},
		{"Offset alone", search(FTSearchOptions{Offset: 5}), "needs Count"},
		{"CountOnly and Count", search(FTSearchOptions{CountOnly: true, Count: 5}), "exclude each other"},
		{"negative count", search(FTSearchOptions{Count: -1}), "at least 0"},
		{"negative slop", search(FTSearchOptions{Slop: present(int64(-1))}), "at least 0"},
		{"odd params", search(FTSearchOptions{Params: []any{"x"}}), "without a value"},
		{"param of another type", search(FTSearchOptions{Params: []any{"x", true}}), "bool"},
		{"unit", search(FTSearchOptions{GeoFilters: []FTFilterRadius{{Unit: "yd"}}}), "none of m, km"},
		{"bound of another type", search(FTSearchOptions{Filters: []FTFilterRange{{"n", nil, 1}}}), "nil"},
		{"half a tag", search(FTSearchOptions{Highlight: &FTHighlight{Open: "<b>"}}), "both Open and Close"},
		{"microseconds", search(FTSearchOptions{Timeout: time.Microsecond}), "milliseconds"},
		{"negative timeout", search(FTSearchOptions{Timeout: -time.Second}), "more than 0"},
		{"CursorCount alone", aggregate(FTAggregateOptions{CursorCount: 5}), "needs WithCursor"},
		{"nil step", aggregate(FTAggregateOptions{}, nil), "nil"},
		{"sorted by nothing", aggregate(FTAggregateOptions{}, FTSortBy{}), "at least one key"},
		{"both counts of a step", aggregate(FTAggregateOptions{}, FTSortBy{Keys: []FTSortKey{{"@a", false}}, WithCount: true, WithoutCount: true}), "exclude"},
		{"nameless result", aggregate(FTAggregateOptions{}, FTApply{Expression: "1"}), "Expression and As"},
		{"no filter", aggregate(FTAggregateOptions{}, FTFilter{}), "needs Expression"},
		{"no function", aggregate(FTAggregateOptions{}, FTGroupBy{Reduce: []FTReduce{{}}}), "without a function"},
		{"no vector", hybrid(func(q *FTHybridQuery) { q.Vector = nil }), "Text, Field and Vector"},
		{"K and Radius", hybrid(func(q *FTHybridQuery) { q.K, q.Radius = 1, 1 }), "exclude each other"},
		{"EFRuntime alone", hybrid(func(q *FTHybridQuery) { q.EFRuntime = 1 }), "needs K"},
		{"Epsilon alone", hybrid(func(q *FTHybridQuery) { q.Epsilon = 1 }), "needs Radius"},
		{"Policy alone", hybrid(func(q *FTHybridQuery) { q.Policy = "ADHOC" }), "needs VectorFilter"},
		{"Alpha alone", hybrid(func(q *FTHybridQuery) { q.Combine = FTLinear{Alpha: present(1.0)} }), "both Alpha and Beta"},
		{"name of the vector", hybrid(func(q *FTHybridQuery) { q.Params = []any{"vector", "x"} }), "contain the name vector"},
		{"distance", func(p *Pipeline) { p.FTSpellCheck("i", "q", FTSpellCheckOptions{Distance: 5}) }, "from 1 to 4"},
	} {
		_, err := encoded(t, c.put, nil)
		var data *DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want a DataError that says %q", c.name, err, c.says)
		}
	}
}

// A cursor must not be made twice, so its call is not repeated.
func TestCursorIsMadeOnce(t *testing.T) {
	t.Parallel()
	for _, with := range []bool{false, true} {
		p := new(Pipeline)
		p.FTAggregate("i", "*", FTAggregateOptions{WithCursor: with})
		if p.enc.Once != with {
			t.Errorf("once is %v with a cursor %v", p.enc.Once, with)
		}
	}
}

// User data is translated, and the vector and the words of the protocol are not.
func TestSearchTextEncoding(t *testing.T) {
	t.Parallel()
	q := FTHybridQuery{Text: "é", Field: "@é", Vector: []byte("é")}
	got, err := encoded(t, func(p *Pipeline) { p.FTHybrid("é", q, []FTStep{FTSortBy{Keys: []FTSortKey{{"@é", false}}}}...) }, Latin1)
	want := []string{"FT.HYBRID", "\xe9", "SEARCH", "\xe9", "VSIM", "@\xe9", "$vector", "PARAMS", "2", "vector", "é", "SORTBY", "2", "@\xe9", "ASC"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

func TestFTFloat32s(t *testing.T) {
	t.Parallel()
	if got := FTFloat32s(1, -2); string(got) != "\x00\x00\x80\x3f\x00\x00\x00\xc0" {
		t.Errorf("got %q", got)
	}
}
