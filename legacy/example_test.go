package legacy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/legacy"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// exampleTB lets examples, which have no testing.TB, use the fixtures.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (*exampleTB) Helper() {}

func (e *exampleTB) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (*exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (*exampleTB) Logf(string, ...any) {}

// exampleClient makes a client for an empty database, and a function that ends both.
func exampleClient() (*redpoll.Client, func()) {
	tb := new(exampleTB)
	srv := redpolltest.Shared(tb)
	rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
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

func ExampleRedis() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	old := legacy.NewRedis(rdb)

	_, _ = old.RPush(ctx, "list", "a", "b", "a")
	n, err := old.LRem(ctx, "list", "a") // value first; removes all of them
	fmt.Println(n, err)

	err = old.SetEx(ctx, "session", "Ada", time.Minute) // value first
	fmt.Println(err)

	_, err = old.TTL(ctx, "list")
	fmt.Println("does not expire:", errors.Is(err, redpoll.Nil))

	list, err := old.Plain().LRange(ctx, "list", 0, -1) // unchanged
	fmt.Println(list, err)
	// Output:
	// 2 <nil>
	// <nil>
	// does not expire: true
	// [b] <nil>
}

// The two classes take members and scores in different orders.
func ExampleRedis_ZAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	n, err := legacy.NewRedis(rdb).ZAdd(ctx, "board", "Ada", 3, "Grace", 4)
	fmt.Println(n, err)
	n, err = legacy.NewStrictRedis(rdb).ZAdd(ctx, "board", 5, "Edsger")
	fmt.Println(n, err)
	_, err = legacy.NewRedis(rdb).ZAdd(ctx, "board", 5, "Edsger")
	fmt.Println(err)
	// Output:
	// 2 <nil>
	// 1 <nil>
	// redpoll: ZADD pairs: have a score that is not a number; the order is member, score
}

func ExampleStrictRedis_MSet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	strict := legacy.NewStrictRedis(rdb)

	err := strict.MSet(ctx, map[string]any{"seen": true, "tags": []string{"go", "redis"}})
	fmt.Println(err)
	values, err := strict.MGet(ctx, "seen", "tags")
	fmt.Println(values[0].V, values[1].V, err)
	// Output:
	// <nil>
	// True ['go', 'redis'] <nil>
}

func ExampleRedis_Pipeline() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := legacy.NewRedis(rdb).Pipeline()
	pipe.RPush("list", "a", "b", "a")
	removed, left := pipe.LRem("list", "a"), pipe.TTL("list")
	rest := pipe.Plain().LRange("list", 0, -1)
	fmt.Println(pipe.Exec(ctx))
	fmt.Println(removed.Val(), errors.Is(left.Err(), redpoll.Nil), rest.Val())
	// Output:
	// <nil>
	// 2 true [b]
}

func ExampleText() {
	fmt.Println(legacy.Text(nil), legacy.Text(true), legacy.Text([]any{1, "two", nil}),
		legacy.Text(90*time.Second))
	// Output: None True [1, 'two', None] 0:01:30
}

func ExampleAgain() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	var hits int64
	err := legacy.Again(func() (err error) {
		hits, err = rdb.Incr(ctx, "hits") // may count twice if the connection is lost during the call
		return err
	})
	fmt.Println(hits, err)
	// Output: 1 <nil>
}

func ExampleParseURL() {
	o, err := legacy.ParseURL("tcp://redis.example:6380/2")
	fmt.Println(o, err)
	// Output: redpoll.Options<host=redis.example,port=6380,db=2> <nil>
}
