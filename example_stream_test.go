package redpoll_test

import (
	"context"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll"
)

func ExampleClient_GeoSearchLocations() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.GeoAdd(ctx, "sicily", []redpoll.GeoLocation{
		{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
		{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669},
	})
	found, err := rdb.GeoSearchLocations(ctx, "sicily",
		redpoll.FromLonLat(15, 37), redpoll.ByRadius(200, redpoll.Kilometers), redpoll.Asc, redpoll.WithDist)
	for _, l := range found {
		fmt.Printf("%s: %.0f km\n", l.Member, l.Dist)
	}
	fmt.Println(err)
	// Output:
	// Catania: 56 km
	// Palermo: 190 km
	// <nil>
}

func ExampleClient_XAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.XAdd(ctx, "readings", "1-0", []any{"sensor", "a", "celsius", 21.5}, redpoll.MaxLenApprox(1000))
	_, _ = rdb.XAdd(ctx, "readings", "2-0", []any{"sensor", "b", "celsius", 19})
	entries, err := rdb.XRange(ctx, "readings", "-", "+")
	for _, e := range entries {
		celsius, _ := e.Value("celsius")
		fmt.Println(e.ID, celsius)
	}
	fmt.Println(err)
	// Output:
	// 1-0 21.5
	// 2-0 19
	// <nil>
}

// A worker of a group reads what no other worker got, and acknowledges what is done.
func ExampleClient_XReadGroupBlock() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.XGroupCreate(ctx, "jobs", "workers", "0", redpoll.MkStream)
	_, _ = rdb.XAdd(ctx, "jobs", "*", []any{"task", "sweep"})
	for {
		streams, err := rdb.XReadGroupBlock(ctx, 10*time.Millisecond, "workers", "worker-1",
			[]redpoll.StreamFrom{{Key: "jobs", ID: ">"}}, redpoll.Count(10))
		if err != nil || len(streams) == 0 {
			fmt.Println("nothing left", err)
			return
		}
		for _, e := range streams[0].Entries {
			fmt.Println(e.Map())
			_, _ = rdb.XAck(ctx, "jobs", "workers", e.ID)
		}
	}
	// Output:
	// map[task:sweep]
	// nothing left <nil>
}

// Arrays need server 8.8.
func ExampleClient_ARGrepWithValues() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.ARInsert(ctx, "log", "boot: ok", "error: disk", "ready")
	lines, err := rdb.ARGrepWithValues(ctx, "log", "-", "+", []redpoll.ArrayPredicate{redpoll.ArrayContains("error")})
	for _, l := range lines {
		fmt.Println(l.Index, l.Value)
	}
	fmt.Println(err)
}

// Imports need server 8.10.
func ExampleClient_HImport() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	users, err := rdb.HImport(ctx, "name", "age")
	if err != nil {
		return
	}
	defer func() { _ = users.Close() }()
	fmt.Println(users.Set(ctx, "user:1", "alice", 30))
	fmt.Println(users.Set(ctx, "user:2", "bob", 25))
}
