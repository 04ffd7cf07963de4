package redpoll_test

import (
	"context"
	"fmt"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// exampleSearchServer is a client of a server that answers with recorded replies, since not every server can search.
func exampleSearchServer(replies ...any) (*redpoll.Client, func()) {
	tb := new(exampleTB)
	var frames []string
	for _, reply := range replies {
		frames = append(frames, testkit.Reply(3, reply))
	}
	rdb, err := redpoll.New(redpoll.Options{Addr: testkit.Recorded(tb, frames...).Addr()})
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
	rdb, done := exampleSearchServer(testkit.Status("OK"), 2,
		testkit.SearchReply(1, append(testkit.Map{"id", "book:1"}, testkit.SearchRow("title", "Dune", "price", "9.5")...)))
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
	rdb, done := exampleSearchServer(testkit.SearchReply(2, testkit.SearchRow("author", "Herbert", "books", "6"), testkit.SearchRow("author", "Lem", "books", "4")))
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
