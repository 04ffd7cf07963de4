package redpoll_test

import (
	"context"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll"
)

// The examples here need server 8.0, so they are compiled and not run.

func ExampleClient_JSONSet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	type user struct {
		Name   string   `json:"name"`
		Visits int      `json:"visits"`
		Tags   []string `json:"tags"`
	}
	if err := rdb.JSONSet(ctx, "user:1", "$", redpoll.JSON(user{"Ada", 1, nil})); err != nil {
		fmt.Println(err)
		return
	}
	sums, err := rdb.JSONNumIncrBy(ctx, "user:1", "$.visits", 1)
	fmt.Println(sums[0].V, err) // 2 <nil>
	users, err := redpoll.JSONAs[[]user](rdb.JSONGet(ctx, "user:1", "$"))
	fmt.Println(users, err) // [{Ada 2 []}] <nil>
}

func ExampleClient_VSim() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.VAdd(ctx, "films", redpoll.VectorFP32(1, 0, 0), "Alien", redpoll.SetAttr(`{"year":1979}`))
	_, _ = rdb.VAdd(ctx, "films", redpoll.VectorFP32(0.9, 0.1, 0), "Aliens", redpoll.SetAttr(`{"year":1986}`))
	films, err := rdb.VSimWithScores(ctx, "films", redpoll.VectorElement("Alien"), redpoll.VectorFilter(".year > 1980"), redpoll.Count(5))
	for _, film := range films {
		fmt.Println(film.Member, film.Score)
	}
	fmt.Println(err)
}

func ExampleClient_TSRange() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TSCreate(ctx, "temperature:study", redpoll.TSRetention(24*time.Hour), redpoll.TSLabels(map[string]string{"room": "study"}))
	_, _ = rdb.TSAdd(ctx, "temperature:study", time.Time{}, 21.5) // the zero time: now, by the server's clock
	hourly, err := rdb.TSRange(ctx, "temperature:study", time.Now().Add(-24*time.Hour), time.Time{},
		redpoll.TSAggregation(time.Hour, redpoll.TSAggAvg))
	for _, s := range hourly {
		fmt.Println(s.Time, s.Value)
	}
	fmt.Println(err)
}

func ExampleClient_BFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.BFReserve(ctx, "seen", 0.001, 1_000_000)
	isNew, err := rdb.BFAdd(ctx, "seen", "https://example.org/")
	fmt.Println(isNew, err) // true <nil>
}

func ExampleClient_CFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.CFAdd(ctx, "online", "ann")
	gone, err := rdb.CFDel(ctx, "online", "ann")
	fmt.Println(gone, err) // true <nil>
}

func ExampleClient_CMSIncrBy() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.CMSInitByProb(ctx, "views", 0.001, 0.01)
	_, _ = rdb.CMSIncrBy(ctx, "views", redpoll.ItemCount{Item: "/home", Count: 3}, redpoll.ItemCount{Item: "/about", Count: 1})
	fmt.Println(rdb.CMSQuery(ctx, "views", "/home", "/about"))
}

func ExampleClient_TopKAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TopKReserve(ctx, "searches", 10)
	_, _ = rdb.TopKAdd(ctx, "searches", "redis", "go", "redis")
	fmt.Println(rdb.TopKListWithCount(ctx, "searches"))
}

func ExampleClient_TDigestQuantile() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TDigestCreate(ctx, "latency")
	_ = rdb.TDigestAdd(ctx, "latency", 1.2, 3.5, 0.7)
	fmt.Println(rdb.TDigestQuantile(ctx, "latency", 0.5, 0.99))
}
