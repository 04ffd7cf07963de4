package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll"
)

func ExampleClient_Set() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(rdb.Set(ctx, "greeting", "hello", redpoll.EX(time.Minute)))
	err := rdb.Set(ctx, "greeting", "good bye", redpoll.NX)
	fmt.Println(errors.Is(err, redpoll.Nil)) // NX was not met
	fmt.Println(rdb.Get(ctx, "greeting"))
	// Output:
	// <nil>
	// true
	// hello <nil>
}

func ExampleClient_MGet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "a", 1, "b", 2.5)
	values, err := rdb.MGet(ctx, "a", "missing", "b")
	for _, v := range values {
		fmt.Println(v.Or("-"), v.Valid)
	}
	fmt.Println(err)
	// Output:
	// 1 true
	// - false
	// 2.5 true
	// <nil>
}

func ExampleClient_TTL() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "session", "x")
	for _, key := range []string{"session", "missing"} {
		switch ttl, err := rdb.TTL(ctx, key); {
		case err != nil:
			fmt.Println(err)
		case ttl == redpoll.NoExpiry:
			fmt.Println(key, "does not expire")
		case ttl == redpoll.NoKey:
			fmt.Println(key, "does not exist")
		default:
			fmt.Println(key, "lives for", ttl)
		}
	}
	// Output:
	// session does not expire
	// missing does not exist
}

func ExampleClient_Scan() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "user:1", "a", "user:2", "b", "other", "c")
	var keys []string
	for cursor := uint64(0); ; {
		page, err := rdb.Scan(ctx, cursor, redpoll.Match("user:*"), redpoll.Count(100))
		if err != nil {
			fmt.Println(err)
			return
		}
		keys = append(keys, page.Items...)
		if cursor = page.Cursor; cursor == 0 {
			break
		}
	}
	slices.Sort(keys)
	fmt.Println(keys)
	// Output: [user:1 user:2]
}

func ExampleClient_BitField() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.BitField(context.Background(), "counters",
		redpoll.BitSet("u8", 0, 200),
		redpoll.BitOverflow(redpoll.BitOverflowFail),
		redpoll.BitIncrBy("u8", 0, 100)))
	// Output: [{0 true} {0 false}] <nil>
}

func ExampleClient_HSet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(rdb.HSet(ctx, "user:1", "name", "Ada", "visits", 1))
	fmt.Println(rdb.HIncrBy(ctx, "user:1", "visits", 1))
	fmt.Println(rdb.HGetAll(ctx, "user:1"))
	// Output:
	// 2 <nil>
	// 2 <nil>
	// map[name:Ada visits:2] <nil>
}

func ExampleClient_BLPop() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.RPush(ctx, "jobs", "first", "second")
	for {
		job, err := rdb.BLPop(ctx, 10*time.Millisecond, "urgent", "jobs")
		if errors.Is(err, redpoll.Nil) {
			fmt.Println("nothing left")
			return
		}
		fmt.Println(job.Key, job.Value, err)
	}
	// Output:
	// jobs first <nil>
	// jobs second <nil>
	// nothing left
}

func ExampleClient_SInter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.SAdd(ctx, "likes:tea", "ann", "bob")
	_, _ = rdb.SAdd(ctx, "likes:jazz", "bob", "cid")
	fmt.Println(rdb.SInter(ctx, "likes:tea", "likes:jazz"))
	// Output: [bob] <nil>
}

func ExampleClient_ZAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.ZAdd(ctx, "board", []redpoll.Z{{Member: "ann", Score: 10}, {Member: "bob", Score: 7.5}})
	fmt.Println(rdb.ZAdd(ctx, "board", []redpoll.Z{{Member: "bob", Score: 12}}, redpoll.GT, redpoll.CH))
	fmt.Println(rdb.ZRangeWithScores(ctx, "board", 0, -1, redpoll.Rev))
	// Output:
	// 1 <nil>
	// [{bob 12} {ann 10}] <nil>
}

func ExampleClient_PFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.PFAdd(ctx, "visitors", "ann", "bob", "ann")
	fmt.Println(rdb.PFCount(ctx, "visitors"))
	// Output: 2 <nil>
}

func ExampleClient_PingMessage() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.PingMessage(context.Background(), "hello"))
	// Output: hello <nil>
}

func ExampleClient_DBSize() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "a", 1, "b", 2)
	fmt.Println(rdb.DBSize(ctx))
	// Output: 2 <nil>
}

func ExampleInt() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "hits", 41)
	n, err := redpoll.Int(rdb.Get(ctx, "hits"))
	fmt.Println(n+1, err)
	_, err = redpoll.Int(rdb.Get(ctx, "missing"))
	fmt.Println(errors.Is(err, redpoll.Nil))
	// Output:
	// 42 <nil>
	// true
}
