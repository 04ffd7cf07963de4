package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll"
)

func ExampleClient_Info() {
	rdb, done := exampleClient()
	defer done()

	info, err := rdb.Info(context.Background(), "server")
	if err != nil {
		fmt.Println(err)
		return
	}
	port, err := info.Get("tcp_port").Int()
	fmt.Println(info.Mode, port > 0, err)
	// Output: standalone true <nil>
}

func ExampleClient_ConfigGet() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.ConfigGet(context.Background(), "list-compress-depth"))
	// Output: map[list-compress-depth:0] <nil>
}

func ExampleClient_Eval() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "price", 2)
	v, err := rdb.Eval(ctx, "return redis.call('GET', KEYS[1]) * ARGV[1]", []string{"price"}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Int())
	_, err = rdb.EvalSha(ctx, "0000000000000000000000000000000000000000", nil)
	fmt.Println(errors.Is(err, redpoll.ErrNoScript))
	// Output:
	// 6 <nil>
	// true
}

func ExampleClient_Publish() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.Publish(context.Background(), "example:news", "nobody listens"))
	// Output: 0 <nil>
}

type exampleUser struct {
	Name    string        `redis:"name"`
	Visits  int           `redis:"visits,omitempty"`
	Session time.Duration `redis:"session"`
	Cached  bool          `redis:"-"`
}

func ExampleHSetFrom() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(redpoll.HSetFrom(ctx, rdb, "user:1", exampleUser{Name: "Ada", Session: 90 * time.Second}))
	fmt.Println(rdb.HGetAll(ctx, "user:1"))
	// Output:
	// 2 <nil>
	// map[name:Ada session:1m30s] <nil>
}

func ExampleHGetAllAs() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.HSet(ctx, "user:1", "name", "Ada", "visits", 7, "session", "1m30s")
	u, err := redpoll.HGetAllAs[exampleUser](ctx, rdb, "user:1")
	fmt.Println(u.Name, u.Visits, u.Session, err)
	_, err = redpoll.HGetAllAs[exampleUser](ctx, rdb, "user:2")
	fmt.Println(errors.Is(err, redpoll.Nil))
	// Output:
	// Ada 7 1m30s <nil>
	// true
}
