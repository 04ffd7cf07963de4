package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/redpoll-go/redpoll"
)

// Queued commands give handles, which have their results after Exec.
func ExampleClient_Pipeline() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := rdb.Pipeline()
	set, hits := pipe.Set("greeting", "hello"), pipe.Incr("hits")
	greeting, none := pipe.Get("greeting"), pipe.Get("no such key")
	if err := pipe.Exec(ctx); err != nil { // one round trip, all or nothing
		log.Fatal(err)
	}
	fmt.Println(set.Err(), hits.Val(), greeting.Val(), errors.Is(none.Err(), redpoll.Nil))
	// Output: <nil> 1 hello true
}

// Without a transaction a command that fails leaves the others alone. The error of Exec says which one it was.
func ExampleClient_Pipeline_noTransaction() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := rdb.Pipeline(redpoll.NoTransaction)
	pipe.Set("name", "Ada")
	pipe.LPush("name", "Grace") // no list
	last := pipe.StrLen("name")
	err := pipe.Exec(ctx)
	var failed *redpoll.PipelineError
	if errors.As(err, &failed) {
		fmt.Println("command", failed.Index+1, failed.Command, "wrong type:", errors.Is(err, redpoll.ErrWrongType))
	}
	fmt.Println(last.Val())
	// Output:
	// command 2 LPUSH wrong type: true
	// 3
}

// Pipelined executes what a function queues, unless the function fails.
func ExampleClient_Pipelined() {
	rdb, done := exampleClient()
	defer done()

	var sum *redpoll.Reply[int64]
	err := rdb.Pipelined(context.Background(), func(p *redpoll.Pipeline) error {
		for _, n := range []int64{1, 2, 3} {
			sum = p.IncrBy("sum", n)
		}
		return nil
	})
	fmt.Println(sum.Val(), err)
	// Output: 6 <nil>
}

// Results has everything in order, for code that does not know what was queued.
func ExamplePipeline_Results() {
	rdb, done := exampleClient()
	defer done()

	pipe := rdb.Pipeline(redpoll.CollectErrors)
	pipe.RPush("list", "a", "b")
	pipe.Incr("list")
	pipe.LRange("list", 0, -1)
	if err := pipe.Exec(context.Background()); err != nil {
		log.Fatal(err) // of the whole: a lost connection, a transaction that was not executed
	}
	for _, r := range pipe.Results() {
		fmt.Println(r.Command, r.Val, r.Err != nil)
	}
	// Output:
	// RPUSH 2 false
	// INCR <nil> true
	// LRANGE [a b] false
}
