package commands_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// searchTest is a call, its words on the wire, the replies, and the result. If resp3 is nil, the reply has
// the same form in both protocols.
type searchTest struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	resp2, resp3 any
	want         string // result in the format %+v
}

func runSearchTests(t *testing.T, tests []searchTest) {
	t.Helper()
	for _, c := range tests {
		if c.resp3 == nil {
			c.resp3 = c.resp2
		}
		for protocol, form := range map[int]any{2: c.resp2, 3: c.resp3} {
			t.Run(fmt.Sprintf("%s/RESP%d", c.name, protocol), func(t *testing.T) {
				r := testkit.Recorded(t, testkit.Reply(protocol, form), "+PONG\r\n")
				rdb := clients.New(t, redpoll.Options{Addr: r.Addr(), Protocol: protocol})
				got, err := c.call(rdb)
				if err != nil || fmt.Sprintf("%+v", got) != c.want {
					t.Errorf("got  %+v and %v\nwant %s", got, err, c.want)
				}
				if err := rdb.Ping(ctx); err != nil {
					t.Errorf("the connection is not in step any more: %v", err)
				}
				_ = rdb.Close()
			})
		}
	}
}

func TestFTSearchReplies(t *testing.T) {
	t.Parallel()
	search := func(o redpoll.FTSearchOptions) func(rdb *redpoll.Client) (any, error) {
		return func(rdb *redpoll.Client) (any, error) { return rdb.FTSearch(ctx, "i", "*", o) }
	}
	why := []any{"Final TFIDF", []any{"(TFIDF 1.00)"}}
	runSearchTests(t, []searchTest{
		{"documents", search(redpoll.FTSearchOptions{}),
			[]any{2, "doc2", []any{"f1", "3", "f2", "2"}, "doc1", []any{"f1", "3", "none", nil}},
			testkit.SearchReply(2, append(mapping{"id", "doc2"}, testkit.SearchRow("f1", "3", "f2", "2")...),
				append(mapping{"id", "doc1"}, testkit.SearchRow("f1", "3", "none", nil)...)),
			"{Total:2 Docs:[{ID:doc2 Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: " +
				"Valid:false} Fields:map[f1:3 f2:2] Extra:map[]} " +
				"{ID:doc1 Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} " +
				"Fields:map[f1:3] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"keys alone", search(redpoll.FTSearchOptions{NoContent: true}),
			[]any{2, "a", "b"}, testkit.SearchReply(2, mapping{"id", "a", "values", []any{}}, mapping{
				"id", "b", "values", []any{},
			}),
			"{Total:2 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: " +
				"Valid:false} Fields:map[] Extra:map[]} " +
				"{ID:b Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} " +
				"Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"everything", search(redpoll.FTSearchOptions{
			WithScores: true, ExplainScore: true, WithPayloads: true, WithSortKeys: true, SortBy: "f2",
		}),
			[]any{1, "a", []any{0.5, why}, "p", "$3", []any{"f", "v"}},
			testkit.SearchReply(1, append(mapping{"id", "a", "score", []any{0.5, why},
				"payload", "p", "sortkey", "$3"}, testkit.SearchRow("f", "v")...)),
			`{Total:1 Docs:[{ID:a Score:0.5 Explanation:["Final TFIDF" ["(TFIDF 1.00)"]] Payload:{V:p Valid:true} SortKey:{V:$3 Valid:true} Fields:map[f:v] Extra:map[]}] ` +
				"Warnings:[] Extra:map[]}"},
		{"scores and no payload", search(redpoll.FTSearchOptions{WithScores: true, WithPayloads: true}),
			[]any{1, "a", 1.0, nil, []any{"f", "v"}}, testkit.SearchReply(1,
				append(mapping{"id", "a", "score", 1.0, "payload", nil}, testkit.SearchRow("f", "v")...)),
			"{Total:1 Docs:[{ID:a Score:1 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: " +
				"Valid:false} Fields:map[f:v] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"document that has gone", search(redpoll.FTSearchOptions{}),
			[]any{1, "a", nil},
			testkit.SearchReply(1, mapping{"id", "a", "extra_attributes", nil, "values", []any{}}),
			"{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: " +
				"Valid:false} Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"total alone", search(redpoll.FTSearchOptions{CountOnly: true}), []any{7},
			testkit.SearchReply(7), "{Total:7 Docs:[] Warnings:[] Extra:map[]}"},
		{"profile", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{NoContent: true})
		},
			[]any{[]any{1, "a"},
				[]any{"Shards", []any{[]any{"Total profile time", 0.5}}, "Coordinator", []any{}}},
			mapping{"Results", testkit.SearchReply(1, mapping{"id", "a", "values", []any{}}),
				"Profile",
				mapping{"Shards", []any{mapping{"Total profile time", 0.5}}, "Coordinator", mapping{}}},
			`{Result:{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]} ` +
				`Profile:["Shards" [["Total profile time" "0.5"]] "Coordinator" []]}`},
	})
}

// Some replies exist only in RESP3, or may be added by newer servers.
func TestFTSearchRESP3(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply mapping
		call  func(rdb *redpoll.Client) (any, error)
		want  string
	}{
		{"warning and news", mapping{"total_results", 0, "results", []any{},
			"warning", []any{"Timeout limit was reached"}, "took", 1.5},
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Total:0 Docs:[] Warnings:[Timeout limit was reached] Extra:map[took:"1.5"]}`},
		{"profile before 8.0", append(testkit.SearchReply(0), "profile", mapping{"Parsing time", 0.5}),
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Result:{Total:0 Docs:[] Warnings:[] Extra:map[]} Profile:["Parsing time" "0.5"]}`},
		{"profile and news", mapping{"Results", append(testkit.SearchReply(3), "took",
			1), "Profile", mapping{}, "Coordinator", 5},
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Result:{Total:3 Docs:[] Warnings:[] Extra:map[Coordinator:5 took:1]} Profile:[]}`},
		{"profile of rows and news",
			mapping{"Coordinator", 5, "Profile", mapping{"a", 1}, "Results", testkit.SearchReply(3)},
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}, nil)
			},
			`{Result:{Total:3 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[Coordinator:5]} Profile:["a" 1]}`},
		{"document and news", testkit.SearchReply(1,
			append(mapping{"id", "a", "newfield", "hello"}, testkit.SearchRow("f", "v")...)),
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[f:v] Extra:map[newfield:"hello"]}] Warnings:[] Extra:map[]}`},
		{"index whose values have another form", mapping{"num_docs", []any{"x"},
			"attributes", 7, "index_definition", 5, "gc_stats", mapping{"runs", 2, "state", "busy"},
			"a_mb", "n/a", "Index Errors", []any{}, "field statistics", []any{1, mapping{"identifier", "f"}},
			"indexing", nil},
			func(rdb *redpoll.Client) (any, error) { return rdb.FTInfo(ctx, "i") },
			`{Name: Options:[] Definition:{KeyType: Prefixes:[] Filter: Language: DefaultScore:0 IndexesAll:false Extra:map[]} Attributes:[] ` +
				`Docs:0 MaxDocID:0 Terms:0 Records:0 Indexing:false PercentIndexed:0 IndexingTime:0s Failures:0 Uses:0 Sizes:map[] GC:map[runs:2] ` +
				`Cursors:map[] Dialects:map[] Errors:{Failures:0 LastError: LastKey: Extra:map[]} FieldErrors:[{Identifier:f Attribute: FTErrors:{Failures:0 LastError: LastKey: Extra:map[]} Statistics:map[]}] ` +
				`Extra:map[a_mb:"n/a" attributes:7 field statistics:[1 ["identifier" "f"]] gc_stats:["runs" 2 "state" "busy"] index_definition:5 num_docs:["x"]]}`},
		{"rows' warning and news", append(testkit.SearchReply(0)[:8:8], "warning", []any{"w"}, "took", 1),
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{})
			},
			`{Total:0 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[w] Extra:map[took:1]}`},
	} {
		r := testkit.Recorded(t, testkit.Reply(3, c.reply))
		rdb := clients.New(t, redpoll.Options{Addr: r.Addr()})
		got, err := c.call(rdb)
		if err != nil || fmt.Sprintf("%+v", got) != c.want {
			t.Errorf("%s: got %+v and %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestFTAggregateReplies(t *testing.T) {
	t.Parallel()
	aggregate := func(rdb *redpoll.Client) (any, error) {
		return rdb.FTAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{})
	}
	runSearchTests(t, []searchTest{
		{"rows", aggregate,
			[]any{2, []any{"f1", "3", "all", []any{"a", "b"}}, []any{}},
			testkit.SearchReply(2, testkit.SearchRow("f1", "3", "all", []any{"a", "b"}), testkit.SearchRow()),
			`{Total:2 Rows:[map[all:["a" "b"] f1:"3"] map[]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"cursor", aggregate,
			[]any{[]any{3, []any{"f", "v"}}, 17},
			[]any{testkit.SearchReply(3, testkit.SearchRow("f", "v")), 17},
			`{Total:3 Rows:[map[f:"v"]] Cursor:17 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"one row is not a cursor", aggregate, []any{1, []any{"f", nil}},
			testkit.SearchReply(1, testkit.SearchRow("f", nil)),
			`{Total:1 Rows:[map[f:(nil)]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"row that has gone", aggregate, []any{1, nil},
			testkit.SearchReply(1, mapping{"extra_attributes", nil, "values", []any{}}),
			`{Total:1 Rows:[map[]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"end of a cursor", func(rdb *redpoll.Client) (any, error) { return rdb.FTCursorRead(ctx, "i", 17) },
			[]any{[]any{0}, 0}, []any{testkit.SearchReply(0), 0},
			`{Total:0 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"some rows of a cursor",
			func(rdb *redpoll.Client) (any, error) { return rdb.FTCursorReadN(ctx, "i", 17, 1) },
			[]any{[]any{0, []any{"f", "v"}}, 18},
			[]any{testkit.SearchReply(0, testkit.SearchRow("f", "v")), 18},
			`{Total:0 Rows:[map[f:"v"]] Cursor:18 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"profile", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}, nil)
		},
			[]any{[]any{1, []any{"f", "v"}}, []any{"Shards", []any{}}}, mapping{"Results",
				testkit.SearchReply(1, testkit.SearchRow("f", "v")), "Profile", mapping{"Shards", []any{}}},
			`{Result:{Total:1 Rows:[map[f:"v"]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]} Profile:["Shards" []]}`},
		{"hybrid", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTHybrid(ctx, "i", redpoll.FTHybridQuery{
				Text: "q", Field: "@v", Vector: redpoll.FTFloat32s(1),
			})
		},
			mapping{"total_results", 2, "results",
				[]any{mapping{"__key", "a", "__score", "0.03"}, mapping{"__key", "b", "__score", "0.01"}},
				"warnings", []any{status("Timeout limit was reached (VSIM)")}, "execution_time", 1.5}, nil,
			`{Total:2 Rows:[map[__key:"a" __score:"0.03"] map[__key:"b" __score:"0.01"]] Cursor:0 ExecutionTime:1.5ms ` +
				`Warnings:[Timeout limit was reached (VSIM)] Extra:map[]}`},
		{"profile of hybrid", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileHybrid(ctx, "i",
				redpoll.FTHybridQuery{Text: "q", Field: "@v", Vector: redpoll.FTFloat32s(1)}, nil)
		},
			[]any{mapping{"total_results", 1, "results", []any{mapping{"__key", "a"}}},
				[]any{"Shards", []any{}}},
			mapping{"Results", mapping{"total_results", 1, "results", []any{mapping{"__key", "a"}}},
				"Profile", mapping{"Shards", []any{}}},
			`{Result:{Total:1 Rows:[map[__key:"a"]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]} Profile:["Shards" []]}`},
	})
}

func TestFTIndexReplies(t *testing.T) {
	t.Parallel()
	failures := mapping{
		"indexing failures", 0, "last indexing error", "N/A", "last indexing error key", "N/A",
	}
	info := func(attributes []any) mapping {
		return mapping{"index_name", "idx1", "index_options", []any{status("NOFREQS")},
			"index_definition", mapping{"key_type", "HASH", "prefixes", []any{"doc"},
				"default_score", 1.0, "indexes_all", "false", "news", 1},
			"attributes", attributes, "num_docs", 3, "max_doc_id", 4, "num_terms", 5, "num_records", 6,
			"inverted_sz_mb", 0.25,
			"total_inverted_index_blocks", 7, "records_per_doc_avg", "-nan", "hash_indexing_failures", 1,
			"total_indexing_time", 1.5, "indexing", 0,
			"percent_indexed", 1.0, "number_of_uses", 2, "cleaning", 0,
			"gc_stats", mapping{"bytes_collected", 0.0}, "cursor_stats",
			mapping{"global_idle", 0}, "dialect_stats", mapping{"dialect_1", 0}, "Index Errors", failures,
			"field statistics",
			[]any{mapping{"identifier", "f1", "attribute", "f1", "Index Errors", failures, "memory", 9}}}
	}
	runSearchTests(t, []searchTest{
		{"info", func(rdb *redpoll.Client) (any, error) { return rdb.FTInfo(ctx, "idx1") },
			info([]any{[]any{"identifier", "f1", "attribute", "f1", "type", "TEXT", "WEIGHT", 1.0,
				status("SORTABLE"), status("NOSTEM")},
				[]any{"identifier", "v", "attribute", "v", "type", "VECTOR", "algorithm", "HNSW", "dim", 3}}),
			info([]any{mapping{"identifier", "f1", "attribute", "f1", "type", "TEXT", "WEIGHT", 1.0,
				"flags", []any{status("SORTABLE"), status("NOSTEM")}},
				mapping{"identifier", "v", "attribute", "v", "type", "VECTOR", "algorithm", "HNSW", "dim", 3,
					"flags", []any{}}}),
			`{Name:idx1 Options:[NOFREQS] Definition:{KeyType:HASH Prefixes:[doc] Filter: Language: DefaultScore:1 IndexesAll:false Extra:map[news:1]} ` +
				`Attributes:[{Identifier:f1 Attribute:f1 Type:TEXT Weight:1 Separator: Flags:[SORTABLE NOSTEM] Extra:map[]} ` +
				`{Identifier:v Attribute:v Type:VECTOR Weight:0 Separator: Flags:[] Extra:map[algorithm:"HNSW" dim:3]}] ` +
				`Docs:3 MaxDocID:4 Terms:5 Records:6 Indexing:false PercentIndexed:1 IndexingTime:1.5ms Failures:1 Uses:2 ` +
				`Sizes:map[inverted_sz_mb:0.25 records_per_doc_avg:NaN total_inverted_index_blocks:7] GC:map[bytes_collected:0] ` +
				`Cursors:map[global_idle:0] Dialects:map[dialect_1:0] Errors:{Failures:0 LastError:N/A LastKey:N/A Extra:map[]} ` +
				`FieldErrors:[{Identifier:f1 Attribute:f1 FTErrors:{Failures:0 LastError:N/A LastKey:N/A Extra:map[]} Statistics:map[memory:9]}] ` +
				`Extra:map[cleaning:0]}`},
		{"list", func(rdb *redpoll.Client) (any, error) { return rdb.FTList(ctx) },
			distinct{"a", "b"}, nil, "[a b]"},
		{"aliases", func(rdb *redpoll.Client) (any, error) { return rdb.FTAliasList(ctx, "i") },
			distinct{"a"}, nil, "[a]"},
		{"tags", func(rdb *redpoll.Client) (any, error) { return rdb.FTTagVals(ctx, "i", "f") },
			distinct{"2", "3"}, nil, "[2 3]"},
		{"synonyms", func(rdb *redpoll.Client) (any, error) { return rdb.FTSynDump(ctx, "i") },
			mapping{"boy", []any{"id1"}, "child", []any{"id1", "id2"}},
			nil, "map[boy:[id1] child:[id1 id2]]"},
		{"settings", func(rdb *redpoll.Client) (any, error) { return rdb.FTConfigGet(ctx, "*") },
			[]any{[]any{"TIMEOUT", "500"}, []any{"EXTLOAD", nil}}, mapping{"TIMEOUT", "500", "EXTLOAD", nil},
			"map[EXTLOAD: TIMEOUT:500]"},
		{"explanation", func(rdb *redpoll.Client) (any, error) { return rdb.FTExplain(ctx, "i", "q") },
			"INTERSECT {\n}\n", nil, "INTERSECT {\n}\n"},
		{"explanation line by line", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTExplainCLI(ctx, "i", "q", redpoll.FTDialect(2))
		},
			[]any{"INTERSECT {", "}"}, nil, "[INTERSECT { }]"},
	})
}

func TestFTWordReplies(t *testing.T) {
	t.Parallel()
	runSearchTests(t, []searchTest{
		{"misspelled", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTSpellCheck(ctx, "i", "tooni", redpoll.FTSpellCheckOptions{})
		},
			[]any{[]any{"TERM", "tooni", []any{[]any{0.5, "Toonif"}, []any{0.0, "toonie"}}},
				[]any{"TERM", "x", []any{}}},
			mapping{"results",
				mapping{"tooni", []any{mapping{"Toonif", 0.5}, mapping{"toonie", 0.0}}, "x", []any{}}},
			"[{Term:tooni Suggestions:[{Member:Toonif Score:0.5} {Member:toonie Score:0}]} {Term:x " +
				"Suggestions:[]}]"},
		{"nothing misspelled", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTSpellCheck(ctx, "i", "name", redpoll.FTSpellCheckOptions{})
		},
			[]any{}, mapping{"results", mapping{}}, "[]"},
		{"terms added", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictAdd(ctx, "d", "a", "b") },
			2, nil, "2"},
		{"terms removed", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictDel(ctx, "d", "a") },
			1, nil, "1"},
		{"terms", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictDump(ctx, "d") },
			distinct{"a", "b"}, nil, "[a b]"},
		{"suggestion added", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugAdd(ctx, "k", "s", 1) },
			1, nil, "1"},
		{"suggestion removed", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugDel(ctx, "k", "s") },
			1, nil, "true"},
		{"number of suggestions", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugLen(ctx, "k") },
			3, nil, "3"},
		{"suggestions", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGet(ctx, "k", "p") },
			[]any{"pa", "pb"}, nil, "[pa pb]"},
		{"suggestions and scores",
			func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGetWithScores(ctx, "k", "p") },
			[]any{"pa", 0.5, "pb", 0.25}, nil, "[{Member:pa Score:0.5} {Member:pb Score:0.25}]"},
		{"suggestions and payloads",
			func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGetWithPayloads(ctx, "k", "p") },
			[]any{"pa", 0.5, "x", "pb", 0.25, nil}, nil,
			"[{Text:pa Score:0.5 Payload:{V:x Valid:true}} {Text:pb Score:0.25 Payload:{V: Valid:false}}]"},
		{"status", func(rdb *redpoll.Client) (any, error) {
			return nil, errors.Join(rdb.FTCreate(ctx, "i",
				redpoll.FTCreateOptions{}, redpoll.FTText{Name: "t"}))
		}, status("OK"), nil, "<nil>"},
	})
}

// A reply of the wrong type is an error that names the command. The connection stays in step.
func TestFTWrongReplies(t *testing.T) {
	t.Parallel()
	search := func(rdb *redpoll.Client) error {
		return testkit.Err(rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{WithScores: true}))
	}
	aggregate := func(rdb *redpoll.Client) error {
		return testkit.Err(rdb.FTAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}))
	}
	for _, c := range []struct {
		name, reply string
		call        func(rdb *redpoll.Client) error
	}{
		{"documents cut", testkit.Reply(2, []any{1, "a", 0.5}), search},
		{"no total", testkit.Reply(2, []any{}), search},
		{"fields of odd number", testkit.Reply(2, []any{1, "a", 0.5, []any{"f"}}), search},
		{"explanation missing", testkit.Reply(2, []any{1, "a", []any{0.5}, []any{}}), search},
		{"number instead of documents", testkit.Reply(2, 5), search},
		{"no rows", testkit.Reply(2, []any{}), aggregate},
		{"odd row", testkit.Reply(2, []any{1, []any{"f"}}), aggregate},
		{"no profile", testkit.Reply(2, []any{[]any{0}}), func(rdb *redpoll.Client) error {
			return testkit.Err(rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{}))
		}},
		{
			"two suggestions in one",
			testkit.Reply(3, mapping{"results", mapping{"x", []any{mapping{"a", 1.0, "b", 2.0}}}}),
			func(rdb *redpoll.Client) error {
				return testkit.Err(rdb.FTSpellCheck(ctx, "i", "x", redpoll.FTSpellCheckOptions{}))
			},
		},
		{"no results", testkit.Reply(3, mapping{}), search},
		{"unknown names only", testkit.Reply(3, mapping{"foo", "bar"}), search},
		{"no results and no rows", testkit.Reply(3, mapping{"foo", "bar"}), aggregate},
		{"no misspelled words", testkit.Reply(3, mapping{"foo", "bar"}), func(rdb *redpoll.Client) error {
			return testkit.Err(rdb.FTSpellCheck(ctx, "i", "x", redpoll.FTSpellCheckOptions{}))
		}},
		{"payload missing", testkit.Reply(2, []any{"a", 0.5}),
			func(rdb *redpoll.Client) error { return testkit.Err(rdb.FTSugGetWithPayloads(ctx, "k", "p")) }},
	} {
		r := testkit.Recorded(t, c.reply, "+PONG\r\n")
		rdb := clients.New(t, redpoll.Options{Addr: r.Addr()})
		err := c.call(rdb)
		var shape *redpoll.ReplyError
		if !errors.As(err, &shape) || errors.Is(err, redpoll.Nil) {
			t.Errorf("%s: got %v, want a ReplyError", c.name, err)
		}
		if err := rdb.Ping(ctx); err != nil {
			t.Errorf("%s: the connection is not in step any more: %v", c.name, err)
		}
	}
	r := testkit.Recorded(t, "$-1\r\n")
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr()})
	if _, err := rdb.FTSugGet(ctx, "k", "p"); !errors.Is(err, redpoll.Nil) {
		t.Errorf("suggestions of a missing key: got %v, want Nil", err)
	}
}
