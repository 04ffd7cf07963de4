package redpoll_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// The replies of the search engine, in the shapes that its own tests and documentation give. A float is text in RESP2,
// a table an array of names and values in turn.
type (
	list  []any
	table []any
	set   []any
	word  string
)

// written gives a reply as it goes over the wire.
func written(protocol int, v any) string {
	return string(appendForm(nil, protocol, v))
}

func appendForm(b []byte, protocol int, v any) []byte {
	elems := func(b []byte, all []any) []byte {
		for _, e := range all {
			b = appendForm(b, protocol, e)
		}
		return b
	}
	switch v := v.(type) {
	case nil:
		return resp.AppendNull(b, protocol)
	case word:
		return resp.AppendStatus(b, string(v))
	case string:
		return resp.AppendBulk(b, v)
	case int:
		return resp.AppendInteger(b, int64(v))
	case float64:
		if protocol == 2 {
			return resp.AppendBulk(b, fmt.Sprint(v))
		}
		return resp.AppendDouble(b, v)
	case list:
		return elems(resp.AppendArray(b, len(v)), v)
	case set:
		if protocol == 2 {
			return elems(resp.AppendArray(b, len(v)), v)
		}
		return elems(resp.AppendSet(b, len(v)), v)
	case table:
		if protocol == 2 {
			return elems(resp.AppendArray(b, len(v)), v)
		}
		return elems(resp.AppendMap(b, len(v)/2), v)
	}
	panic(fmt.Sprintf("BUG: no reply is made of %T", v))
}

// resp3Rows is the reply of FT.SEARCH and FT.AGGREGATE over RESP3.
func resp3Rows(total int, rows ...any) table {
	return table{"attributes", list{}, "total_results", total, "format", "STRING", "results", list(rows), "warning", list{}}
}

// resp3Row is a row, or a document without an ID.
func resp3Row(fields ...any) table {
	return table{"extra_attributes", table(fields), "values", list{}}
}

// searchTest is one call, what it sends, and what becomes of the reply, whose form is the same in both protocols where
// resp3 is nil.
type searchTest struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	resp2, resp3 any
	want         string // as fmt.Sprintf("%+v") shows it
}

func runSearchTests(t *testing.T, tests []searchTest) {
	t.Helper()
	for _, c := range tests {
		if c.resp3 == nil {
			c.resp3 = c.resp2
		}
		for protocol, form := range map[int]any{2: c.resp2, 3: c.resp3} {
			t.Run(fmt.Sprintf("%s/RESP%d", c.name, protocol), func(t *testing.T) {
				r := &recorder{replies: []string{written(protocol, form), "+PONG\r\n"}}
				peer := redpolltest.Scripted(t, r.serve)
				rdb := newClient(t, redpoll.Options{Addr: peer.Addr(), Protocol: protocol})
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
	why := list{"Final TFIDF", list{"(TFIDF 1.00)"}}
	runSearchTests(t, []searchTest{
		{"documents", search(redpoll.FTSearchOptions{}),
			list{2, "doc2", list{"f1", "3", "f2", "2"}, "doc1", list{"f1", "3", "none", nil}},
			resp3Rows(2, append(table{"id", "doc2"}, resp3Row("f1", "3", "f2", "2")...), append(table{"id", "doc1"}, resp3Row("f1", "3", "none", nil)...)),
			"{Total:2 Docs:[{ID:doc2 Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[f1:3 f2:2] Extra:map[]} " +
				"{ID:doc1 Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[f1:3] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"keys alone", search(redpoll.FTSearchOptions{NoContent: true}),
			list{2, "a", "b"}, resp3Rows(2, table{"id", "a", "values", list{}}, table{"id", "b", "values", list{}}),
			"{Total:2 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[] Extra:map[]} " +
				"{ID:b Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"everything", search(redpoll.FTSearchOptions{WithScores: true, ExplainScore: true, WithPayloads: true, WithSortKeys: true, SortBy: "f2"}),
			list{1, "a", list{0.5, why}, "p", "$3", list{"f", "v"}},
			resp3Rows(1, append(table{"id", "a", "score", list{0.5, why}, "payload", "p", "sortkey", "$3"}, resp3Row("f", "v")...)),
			`{Total:1 Docs:[{ID:a Score:0.5 Explanation:["Final TFIDF" ["(TFIDF 1.00)"]] Payload:{V:p Valid:true} SortKey:{V:$3 Valid:true} Fields:map[f:v] Extra:map[]}] ` +
				"Warnings:[] Extra:map[]}"},
		{"scores and no payload", search(redpoll.FTSearchOptions{WithScores: true, WithPayloads: true}),
			list{1, "a", 1.0, nil, list{"f", "v"}}, resp3Rows(1, append(table{"id", "a", "score", 1.0, "payload", nil}, resp3Row("f", "v")...)),
			"{Total:1 Docs:[{ID:a Score:1 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[f:v] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"document that has gone", search(redpoll.FTSearchOptions{}),
			list{1, "a", nil}, resp3Rows(1, table{"id", "a", "extra_attributes", nil, "values", list{}}),
			"{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]}"},
		{"total alone", search(redpoll.FTSearchOptions{CountOnly: true}), list{7}, resp3Rows(7), "{Total:7 Docs:[] Warnings:[] Extra:map[]}"},
		{"profile", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{NoContent: true})
		},
			list{list{1, "a"}, list{"Shards", list{list{"Total profile time", 0.5}}, "Coordinator", list{}}},
			table{"Results", resp3Rows(1, table{"id", "a", "values", list{}}),
				"Profile", table{"Shards", list{table{"Total profile time", 0.5}}, "Coordinator", table{}}},
			`{Result:{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[] Extra:map[]}] Warnings:[] Extra:map[]} ` +
				`Profile:["Shards" [["Total profile time" "0.5"]] "Coordinator" []]}`},
	})
}

// What only RESP3 has, and what newer servers may add.
func TestFTSearchRESP3(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply table
		call  func(rdb *redpoll.Client) (any, error)
		want  string
	}{
		{"warning and news", table{"total_results", 0, "results", list{}, "warning", list{"Timeout limit was reached"}, "took", 1.5},
			func(rdb *redpoll.Client) (any, error) { return rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{}) },
			`{Total:0 Docs:[] Warnings:[Timeout limit was reached] Extra:map[took:"1.5"]}`},
		{"profile before 8.0", append(resp3Rows(0), "profile", table{"Parsing time", 0.5}),
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Result:{Total:0 Docs:[] Warnings:[] Extra:map[]} Profile:["Parsing time" "0.5"]}`},
		{"profile and news", table{"Results", append(resp3Rows(3), "took", 1), "Profile", table{}, "Coordinator", 5},
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{})
			},
			`{Result:{Total:3 Docs:[] Warnings:[] Extra:map[Coordinator:5 took:1]} Profile:[]}`},
		{"profile of rows and news", table{"Coordinator", 5, "Profile", table{"a", 1}, "Results", resp3Rows(3)},
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTProfileAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}, nil)
			},
			`{Result:{Total:3 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[Coordinator:5]} Profile:["a" 1]}`},
		{"document and news", resp3Rows(1, append(table{"id", "a", "newfield", "hello"}, resp3Row("f", "v")...)),
			func(rdb *redpoll.Client) (any, error) { return rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{}) },
			`{Total:1 Docs:[{ID:a Score:0 Explanation:(nil) Payload:{V: Valid:false} SortKey:{V: Valid:false} Fields:map[f:v] Extra:map[newfield:"hello"]}] Warnings:[] Extra:map[]}`},
		{"index whose values have another form", table{"num_docs", list{"x"}, "attributes", 7, "index_definition", 5, "gc_stats", table{"runs", 2, "state", "busy"},
			"a_mb", "n/a", "Index Errors", list{}, "field statistics", list{1, table{"identifier", "f"}}, "indexing", nil},
			func(rdb *redpoll.Client) (any, error) { return rdb.FTInfo(ctx, "i") },
			`{Name: Options:[] Definition:{KeyType: Prefixes:[] Filter: Language: DefaultScore:0 IndexesAll:false Extra:map[]} Attributes:[] ` +
				`Docs:0 MaxDocID:0 Terms:0 Records:0 Indexing:false PercentIndexed:0 IndexingTime:0s Failures:0 Uses:0 Sizes:map[] GC:map[runs:2] ` +
				`Cursors:map[] Dialects:map[] Errors:{Failures:0 LastError: LastKey: Extra:map[]} FieldErrors:[{Identifier:f Attribute: FTErrors:{Failures:0 LastError: LastKey: Extra:map[]} Statistics:map[]}] ` +
				`Extra:map[a_mb:"n/a" attributes:7 field statistics:[1 ["identifier" "f"]] gc_stats:["runs" 2 "state" "busy"] index_definition:5 num_docs:["x"]]}`},
		{"rows' warning and news", append(resp3Rows(0)[:8:8], "warning", list{"w"}, "took", 1),
			func(rdb *redpoll.Client) (any, error) {
				return rdb.FTAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{})
			},
			`{Total:0 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[w] Extra:map[took:1]}`},
	} {
		r := &recorder{replies: []string{written(3, c.reply)}}
		rdb := newClient(t, redpoll.Options{Addr: redpolltest.Scripted(t, r.serve).Addr()})
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
			list{2, list{"f1", "3", "all", list{"a", "b"}}, list{}},
			resp3Rows(2, resp3Row("f1", "3", "all", list{"a", "b"}), resp3Row()),
			`{Total:2 Rows:[map[all:["a" "b"] f1:"3"] map[]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"cursor", aggregate,
			list{list{3, list{"f", "v"}}, 17}, list{resp3Rows(3, resp3Row("f", "v")), 17},
			`{Total:3 Rows:[map[f:"v"]] Cursor:17 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"one row is no cursor", aggregate, list{1, list{"f", nil}}, resp3Rows(1, resp3Row("f", nil)),
			`{Total:1 Rows:[map[f:(nil)]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"row that has gone", aggregate, list{1, nil}, resp3Rows(1, table{"extra_attributes", nil, "values", list{}}),
			`{Total:1 Rows:[map[]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"end of a cursor", func(rdb *redpoll.Client) (any, error) { return rdb.FTCursorRead(ctx, "i", 17) },
			list{list{0}, 0}, list{resp3Rows(0), 0}, `{Total:0 Rows:[] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"some rows of a cursor", func(rdb *redpoll.Client) (any, error) { return rdb.FTCursorReadN(ctx, "i", 17, 1) },
			list{list{0, list{"f", "v"}}, 18}, list{resp3Rows(0, resp3Row("f", "v")), 18},
			`{Total:0 Rows:[map[f:"v"]] Cursor:18 ExecutionTime:0s Warnings:[] Extra:map[]}`},
		{"profile", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}, nil)
		},
			list{list{1, list{"f", "v"}}, list{"Shards", list{}}}, table{"Results", resp3Rows(1, resp3Row("f", "v")), "Profile", table{"Shards", list{}}},
			`{Result:{Total:1 Rows:[map[f:"v"]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]} Profile:["Shards" []]}`},
		{"hybrid", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTHybrid(ctx, "i", redpoll.FTHybridQuery{Text: "q", Field: "@v", Vector: redpoll.FTFloat32s(1)})
		},
			table{"total_results", 2, "results", list{table{"__key", "a", "__score", "0.03"}, table{"__key", "b", "__score", "0.01"}},
				"warnings", list{word("Timeout limit was reached (VSIM)")}, "execution_time", 1.5}, nil,
			`{Total:2 Rows:[map[__key:"a" __score:"0.03"] map[__key:"b" __score:"0.01"]] Cursor:0 ExecutionTime:1.5ms ` +
				`Warnings:[Timeout limit was reached (VSIM)] Extra:map[]}`},
		{"profile of hybrid", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTProfileHybrid(ctx, "i", redpoll.FTHybridQuery{Text: "q", Field: "@v", Vector: redpoll.FTFloat32s(1)}, nil)
		},
			list{table{"total_results", 1, "results", list{table{"__key", "a"}}}, list{"Shards", list{}}},
			table{"Results", table{"total_results", 1, "results", list{table{"__key", "a"}}}, "Profile", table{"Shards", list{}}},
			`{Result:{Total:1 Rows:[map[__key:"a"]] Cursor:0 ExecutionTime:0s Warnings:[] Extra:map[]} Profile:["Shards" []]}`},
	})
}

func TestFTIndexReplies(t *testing.T) {
	t.Parallel()
	failures := table{"indexing failures", 0, "last indexing error", "N/A", "last indexing error key", "N/A"}
	info := func(attributes list) table {
		return table{"index_name", "idx1", "index_options", list{word("NOFREQS")},
			"index_definition", table{"key_type", "HASH", "prefixes", list{"doc"}, "default_score", 1.0, "indexes_all", "false", "news", 1},
			"attributes", attributes, "num_docs", 3, "max_doc_id", 4, "num_terms", 5, "num_records", 6, "inverted_sz_mb", 0.25,
			"total_inverted_index_blocks", 7, "records_per_doc_avg", "-nan", "hash_indexing_failures", 1, "total_indexing_time", 1.5, "indexing", 0,
			"percent_indexed", 1.0, "number_of_uses", 2, "cleaning", 0, "gc_stats", table{"bytes_collected", 0.0}, "cursor_stats",
			table{"global_idle", 0}, "dialect_stats", table{"dialect_1", 0}, "Index Errors", failures,
			"field statistics", list{table{"identifier", "f1", "attribute", "f1", "Index Errors", failures, "memory", 9}}}
	}
	runSearchTests(t, []searchTest{
		{"info", func(rdb *redpoll.Client) (any, error) { return rdb.FTInfo(ctx, "idx1") },
			info(list{list{"identifier", "f1", "attribute", "f1", "type", "TEXT", "WEIGHT", 1.0, word("SORTABLE"), word("NOSTEM")},
				list{"identifier", "v", "attribute", "v", "type", "VECTOR", "algorithm", "HNSW", "dim", 3}}),
			info(list{table{"identifier", "f1", "attribute", "f1", "type", "TEXT", "WEIGHT", 1.0, "flags", list{word("SORTABLE"), word("NOSTEM")}},
				table{"identifier", "v", "attribute", "v", "type", "VECTOR", "algorithm", "HNSW", "dim", 3, "flags", list{}}}),
			`{Name:idx1 Options:[NOFREQS] Definition:{KeyType:HASH Prefixes:[doc] Filter: Language: DefaultScore:1 IndexesAll:false Extra:map[news:1]} ` +
				`Attributes:[{Identifier:f1 Attribute:f1 Type:TEXT Weight:1 Separator: Flags:[SORTABLE NOSTEM] Extra:map[]} ` +
				`{Identifier:v Attribute:v Type:VECTOR Weight:0 Separator: Flags:[] Extra:map[algorithm:"HNSW" dim:3]}] ` +
				`Docs:3 MaxDocID:4 Terms:5 Records:6 Indexing:false PercentIndexed:1 IndexingTime:1.5ms Failures:1 Uses:2 ` +
				`Sizes:map[inverted_sz_mb:0.25 records_per_doc_avg:NaN total_inverted_index_blocks:7] GC:map[bytes_collected:0] ` +
				`Cursors:map[global_idle:0] Dialects:map[dialect_1:0] Errors:{Failures:0 LastError:N/A LastKey:N/A Extra:map[]} ` +
				`FieldErrors:[{Identifier:f1 Attribute:f1 FTErrors:{Failures:0 LastError:N/A LastKey:N/A Extra:map[]} Statistics:map[memory:9]}] ` +
				`Extra:map[cleaning:0]}`},
		{"list", func(rdb *redpoll.Client) (any, error) { return rdb.FTList(ctx) }, set{"a", "b"}, nil, "[a b]"},
		{"aliases", func(rdb *redpoll.Client) (any, error) { return rdb.FTAliasList(ctx, "i") }, set{"a"}, nil, "[a]"},
		{"tags", func(rdb *redpoll.Client) (any, error) { return rdb.FTTagVals(ctx, "i", "f") }, set{"2", "3"}, nil, "[2 3]"},
		{"synonyms", func(rdb *redpoll.Client) (any, error) { return rdb.FTSynDump(ctx, "i") },
			table{"boy", list{"id1"}, "child", list{"id1", "id2"}}, nil, "map[boy:[id1] child:[id1 id2]]"},
		{"settings", func(rdb *redpoll.Client) (any, error) { return rdb.FTConfigGet(ctx, "*") },
			list{list{"TIMEOUT", "500"}, list{"EXTLOAD", nil}}, table{"TIMEOUT", "500", "EXTLOAD", nil}, "map[EXTLOAD: TIMEOUT:500]"},
		{"explanation", func(rdb *redpoll.Client) (any, error) { return rdb.FTExplain(ctx, "i", "q") }, "INTERSECT {\n}\n", nil, "INTERSECT {\n}\n"},
		{"explanation line by line", func(rdb *redpoll.Client) (any, error) { return rdb.FTExplainCLI(ctx, "i", "q", redpoll.FTDialect(2)) },
			list{"INTERSECT {", "}"}, nil, "[INTERSECT { }]"},
	})
}

func TestFTWordReplies(t *testing.T) {
	t.Parallel()
	runSearchTests(t, []searchTest{
		{"misspelled", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTSpellCheck(ctx, "i", "tooni", redpoll.FTSpellCheckOptions{})
		},
			list{list{"TERM", "tooni", list{list{0.5, "Toonif"}, list{0.0, "toonie"}}}, list{"TERM", "x", list{}}},
			table{"results", table{"tooni", list{table{"Toonif", 0.5}, table{"toonie", 0.0}}, "x", list{}}},
			"[{Term:tooni Suggestions:[{Member:Toonif Score:0.5} {Member:toonie Score:0}]} {Term:x Suggestions:[]}]"},
		{"nothing misspelled", func(rdb *redpoll.Client) (any, error) {
			return rdb.FTSpellCheck(ctx, "i", "name", redpoll.FTSpellCheckOptions{})
		},
			list{}, table{"results", table{}}, "[]"},
		{"terms added", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictAdd(ctx, "d", "a", "b") }, 2, nil, "2"},
		{"terms removed", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictDel(ctx, "d", "a") }, 1, nil, "1"},
		{"terms", func(rdb *redpoll.Client) (any, error) { return rdb.FTDictDump(ctx, "d") }, set{"a", "b"}, nil, "[a b]"},
		{"suggestion added", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugAdd(ctx, "k", "s", 1) }, 1, nil, "1"},
		{"suggestion removed", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugDel(ctx, "k", "s") }, 1, nil, "true"},
		{"number of suggestions", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugLen(ctx, "k") }, 3, nil, "3"},
		{"suggestions", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGet(ctx, "k", "p") }, list{"pa", "pb"}, nil, "[pa pb]"},
		{"suggestions and scores", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGetWithScores(ctx, "k", "p") },
			list{"pa", 0.5, "pb", 0.25}, nil, "[{Member:pa Score:0.5} {Member:pb Score:0.25}]"},
		{"suggestions and payloads", func(rdb *redpoll.Client) (any, error) { return rdb.FTSugGetWithPayloads(ctx, "k", "p") },
			list{"pa", 0.5, "x", "pb", 0.25, nil}, nil,
			"[{Text:pa Score:0.5 Payload:{V:x Valid:true}} {Text:pb Score:0.25 Payload:{V: Valid:false}}]"},
		{"status", func(rdb *redpoll.Client) (any, error) {
			return nil, errors.Join(rdb.FTCreate(ctx, "i", redpoll.FTCreateOptions{}, redpoll.FTText{Name: "t"}))
		}, word("OK"), nil, "<nil>"},
	})
}

// Replies of another shape are an error that names the command, and the connection stays in step.
func TestFTWrongReplies(t *testing.T) {
	t.Parallel()
	search := func(rdb *redpoll.Client) error {
		return first(rdb.FTSearch(ctx, "i", "*", redpoll.FTSearchOptions{WithScores: true}))
	}
	aggregate := func(rdb *redpoll.Client) error {
		return first(rdb.FTAggregate(ctx, "i", "*", redpoll.FTAggregateOptions{}))
	}
	for _, c := range []struct {
		name, reply string
		call        func(rdb *redpoll.Client) error
	}{
		{"documents cut", written(2, list{1, "a", 0.5}), search},
		{"no total", written(2, list{}), search},
		{"fields of odd number", written(2, list{1, "a", 0.5, list{"f"}}), search},
		{"explanation missing", written(2, list{1, "a", list{0.5}, list{}}), search},
		{"number instead of documents", written(2, 5), search},
		{"no rows", written(2, list{}), aggregate},
		{"odd row", written(2, list{1, list{"f"}}), aggregate},
		{"no profile", written(2, list{list{0}}), func(rdb *redpoll.Client) error {
			return first(rdb.FTProfileSearch(ctx, "i", "*", redpoll.FTSearchOptions{}))
		}},
		{"two suggestions in one", written(3, table{"results", table{"x", list{table{"a", 1.0, "b", 2.0}}}}), func(rdb *redpoll.Client) error {
			return first(rdb.FTSpellCheck(ctx, "i", "x", redpoll.FTSpellCheckOptions{}))
		}},
		{"no results", written(3, table{}), search},
		{"unknown names only", written(3, table{"foo", "bar"}), search},
		{"no results and no rows", written(3, table{"foo", "bar"}), aggregate},
		{"no misspelled words", written(3, table{"foo", "bar"}), func(rdb *redpoll.Client) error {
			return first(rdb.FTSpellCheck(ctx, "i", "x", redpoll.FTSpellCheckOptions{}))
		}},
		{"payload missing", written(2, list{"a", 0.5}), func(rdb *redpoll.Client) error { return first(rdb.FTSugGetWithPayloads(ctx, "k", "p")) }},
	} {
		r := &recorder{replies: []string{c.reply, "+PONG\r\n"}}
		rdb := newClient(t, redpoll.Options{Addr: redpolltest.Scripted(t, r.serve).Addr()})
		err := c.call(rdb)
		var shape *redpoll.ReplyError
		if !errors.As(err, &shape) || errors.Is(err, redpoll.Nil) {
			t.Errorf("%s: got %v, want a ReplyError", c.name, err)
		}
		if err := rdb.Ping(ctx); err != nil {
			t.Errorf("%s: the connection is not in step any more: %v", c.name, err)
		}
	}
	r := &recorder{replies: []string{"$-1\r\n"}}
	rdb := newClient(t, redpoll.Options{Addr: redpolltest.Scripted(t, r.serve).Addr()})
	if _, err := rdb.FTSugGet(ctx, "k", "p"); !errors.Is(err, redpoll.Nil) {
		t.Errorf("suggestions of a missing key: got %v, want Nil", err)
	}
}
