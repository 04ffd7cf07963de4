package redpoll_test

import (
	"context"
	"fmt"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// exampleSearchServer is a client of a server that answers with recorded replies, since not every server can search.
func exampleSearchServer(replies ...any) (*redpoll.Client, func()) {
	tb := new(exampleTB)
	r := new(recorder)
	for _, form := range replies {
		r.replies = append(r.replies, written(3, form))
	}
	rdb, err := redpoll.New(redpoll.Options{Addr: redpolltest.Scripted(tb, r.serve).Addr()})
	if err != nil {
		panic(err)
	}
	return rdb, func() {
		_ = rdb.Close()
		for i := len(tb.cleanups) - 1; i >= 0; i-- {
			tb.cleanups[i]()
		}
	}
}

func ExampleClient_FTSearch() {
	rdb, done := exampleSearchServer(word("OK"), 2,
		resp3Rows(1, append(table{"id", "book:1"}, resp3Row("title", "Dune", "price", "9.5")...)))
	defer done()
	ctx := context.Background()

	err := rdb.FTCreate(ctx, "books", redpoll.FTCreateOptions{Prefix: []string{"book:"}},
		redpoll.FTText{Name: "title", Weight: 2},
		redpoll.FTNumeric{Name: "price", Sortable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = rdb.HSet(ctx, "book:1", "title", "Dune", "price", 9.5)
	found, err := rdb.FTSearch(ctx, "books", "dune @price:[$low 10]", redpoll.FTSearchOptions{
		SortBy: "price", Count: 5, Params: []any{"low", 1}, Dialect: 2,
	})
	fmt.Println(found.Total, err)
	for _, doc := range found.Docs {
		fmt.Println(doc.ID, doc.Fields["title"])
	}
	// Output:
	// 1 <nil>
	// book:1 Dune
}

func ExampleClient_FTAggregate() {
	rdb, done := exampleSearchServer(resp3Rows(2, resp3Row("author", "Herbert", "books", "6"), resp3Row("author", "Lem", "books", "4")))
	defer done()

	result, err := rdb.FTAggregate(context.Background(), "books", "*", redpoll.FTAggregateOptions{},
		redpoll.FTGroupBy{Properties: []string{"@author"}, Reduce: []redpoll.FTReduce{{Func: "COUNT", As: "books"}}},
		redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@books", Desc: true}}},
		redpoll.FTLimit{Count: 2})
	for _, row := range result.Rows {
		n, _ := row["books"].Int()
		author, _ := row["author"].Text()
		fmt.Println(author, n)
	}
	fmt.Println(err)
	// Output:
	// Herbert 6
	// Lem 4
	// <nil>
}
