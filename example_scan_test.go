package redpoll_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/redpoll-go/redpoll"
)

func ExampleClient_ScanIter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_ = rdb.MSet(ctx, "user:1", "Ada", "user:2", "Grace", "visits", 7)

	var users []string
	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*"), redpoll.Count(100)) {
		if err != nil {
			log.Fatal(err) // the walk is over
		}
		name, _ := rdb.Get(ctx, key) // the client is free to use
		users = append(users, name)
	}
	slices.Sort(users) // a walk has no order
	fmt.Println(users)
	// Output: [Ada Grace]
}

func ExampleClient_HScanIter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_, _ = rdb.HSet(ctx, "visits:today", "home", 41, "about", 0)

	for page, err := range rdb.HScanIter(ctx, "visits:today") {
		if err != nil {
			log.Fatal(err)
		}
		if page.Value == "0" {
			fmt.Println("nobody read", page.Field)
			break // nothing is left to close
		}
	}
	// Output: nobody read about
}

func ExampleClient_SScanIter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_, _ = rdb.SAdd(ctx, "colours", "red")

	for colour, err := range rdb.SScanIter(ctx, "colours", redpoll.Match("r*")) {
		fmt.Println(colour, err)
	}
	for member, err := range rdb.SScanIter(ctx, "missing") {
		fmt.Println("never reached", member, err)
	}
	// Output: red <nil>
}

func ExampleClient_ZScanIter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_, _ = rdb.ZAdd(ctx, "board", []redpoll.Z{{Member: "Ada", Score: 3.5}, {Member: "Grace", Score: 4}})

	sum := 0.0
	for player, err := range rdb.ZScanIter(ctx, "board") {
		if err != nil {
			log.Fatal(err)
		}
		sum += player.Score
	}
	fmt.Println(sum)
	// Output: 7.5
}
