package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func ExampleNew() {
	rdb, err := redpoll.New(redpoll.Options{
		Addr:        "redis.example:6379",
		DB:          2,
		ClientName:  "worker",
		DialTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	fmt.Println(rdb) // nothing has been dialed yet
	// Output: redpoll.Client<redpoll.Pool<host=redis.example,port=6379,db=2,client_name=worker>>
}

func ExampleOpen() {
	rdb, err := redpoll.Open("redis://user:secret@redis.example/2?dial_timeout=1s&client_name=worker")
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	fmt.Println(rdb)
	// Output: redpoll.Client<redpoll.Pool<host=redis.example,port=6379,db=2,client_name=worker>>
}

func ExampleParseURL() {
	o, err := redpoll.ParseURL("unix:///run/redis.sock?db=3&socket_timeout=1.5")
	fmt.Println(o.Network, o.Addr, o.DB, o.ReplyTimeout, err)

	_, err = redpoll.ParseURL("redis://:secret@localhost:port")
	fmt.Println(err)
	// Output:
	// unix /run/redis.sock 3 1.5s <nil>
	// redpoll: URL: the port must be a number from 1 to 65535
}

func ExampleOptions_WithURL() {
	o, err := redpoll.Options{DB: 1, ReplyTimeout: time.Second}.WithURL("redis://redis.example?db=2")
	fmt.Println(o, o.ReplyTimeout, err)
	// Output: redpoll.Options<host=redis.example,port=6379,db=2> 1s <nil>
}

func ExampleClient_Do() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	n, err := rdb.Do(ctx, "RPUSH", "colours", "red", []byte("green"), 7)
	fmt.Println(n, err)

	v, _ := rdb.Do(ctx, "LRANGE", "colours", 0, -1)
	colours, err := v.Strings()
	fmt.Println(strings.Join(colours, ", "), err)

	v, err = rdb.Do(ctx, "GET", "missing")
	fmt.Println(v.IsNil(), err)

	_, err = rdb.Do(ctx, "SELECT", 3)
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// red, green, 7 <nil>
	// true <nil>
	// redpoll: SELECT would change its connection for whoever uses it next: Options.DB, or another Client for the other database
}

func ExampleClient_SetResponseCallback() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	rdb.SetResponseCallback("LRANGE", func(reply redpoll.Value, opts redpoll.CallbackOptions) (any, error) {
		list, err := reply.Strings()
		return strings.Join(list, opts["separator"].(string)), err
	})
	_, _ = rdb.RPush(ctx, "colours", "red", "green")
	v, err := rdb.Do(ctx, "LRANGE", "colours", 0, -1, redpoll.CallbackOptions{"separator": " and "})
	fmt.Println(v.Any(), err)
	// Output: red and green <nil>
}

func ExampleClient_Conn() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	one, err := rdb.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer one.Close() // back to the pool
	before, _ := one.ClientID(ctx)
	after, _ := one.ClientID(ctx)
	fmt.Println(before == after, rdb.Stats().LentConns)
	// Output: true 1
}

func ExampleNewPool() {
	pool, err := redpoll.NewPool(redpoll.Options{Addr: "redis.example:6379", Exclusive: true, MaxConns: 10, WaitForConn: true})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	orders, _ := redpoll.New(redpoll.Options{Pool: pool})
	// Callbacks and hooks are each client's own; the connections are the same.
	reports, _ := redpoll.New(redpoll.Options{Pool: pool, Callbacks: map[string]redpoll.Callback{}})
	defer orders.Close() // leaves the pool open
	defer reports.Close()
	fmt.Println(orders.Pool() == reports.Pool(), pool)
	// Output: true redpoll.Pool<host=redis.example,port=6379,db=0>
}

// What an error answers: is it there, what did the server say, may it be repeated?
func Example_errors() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, err := rdb.Get(ctx, "missing")
	fmt.Println("missing:", errors.Is(err, redpoll.Nil))

	_, _ = rdb.RPush(ctx, "colours", "red")
	_, err = rdb.Incr(ctx, "colours")
	var refused *redpoll.ServerError
	if errors.As(err, &refused) {
		fmt.Println("refused:", refused.Code, errors.Is(err, redpoll.ErrWrongType))
	}

	_ = rdb.Close()
	_, err = rdb.Incr(ctx, "hits")
	var lost *redpoll.ConnError
	if errors.As(err, &lost) {
		fmt.Println("lost:", lost.Command, lost.Phase, errors.Is(err, redpoll.ErrNotSent), errors.Is(err, redpoll.ErrClosed))
	}
	fmt.Println("outcome:", redpoll.OutcomeOf(err))
	// Output:
	// missing: true
	// refused: WRONGTYPE true
	// lost: INCR queue true true
	// outcome: not sent
}

// slowLog is a hook that tells of commands that failed or took long.
type slowLog struct{ limit time.Duration }

func (l slowLog) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	return ctx // a tracer would start a span here
}

func (l slowLog) CommandEnded(ctx context.Context, e redpoll.CommandEnd) {
	if e.Outcome != redpoll.Executed || e.Duration > l.limit {
		fmt.Println(e.Command, e.Outcome, e.Err)
	}
}

func ExampleCommandHook() {
	tb := new(exampleTB)
	srv := redpolltest.Shared(tb)
	defer func() {
		for _, end := range tb.cleanups {
			end()
		}
	}()
	rdb, err := redpoll.New(redpoll.Options{
		Addr: srv.Addr(), DB: srv.DB,
		Hooks: []redpoll.Hook{slowLog{limit: time.Minute}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	ctx := context.Background()

	_ = rdb.Set(ctx, "name", "redpoll")
	_, _ = rdb.Incr(ctx, "name")
	// Output: INCR refused value is not an integer or out of range
}

// bulkhead is a hook that lets only so many commands be under way at a time.
type bulkhead struct{ slots chan struct{} }

var errCrowded = errors.New("too many commands are under way")

func (b bulkhead) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	return ctx
}

func (b bulkhead) AllowCommand(ctx context.Context, e redpoll.CommandStart) error {
	select {
	case b.slots <- struct{}{}:
		return nil
	default:
		return errCrowded
	}
}

func (b bulkhead) CommandEnded(ctx context.Context, e redpoll.CommandEnd) {
	if !errors.Is(e.Err, redpoll.ErrLimited) {
		<-b.slots
	}
}

func ExampleLimitHook() {
	tb := new(exampleTB)
	srv := redpolltest.Shared(tb)
	defer func() {
		for _, end := range tb.cleanups {
			end()
		}
	}()
	limit := bulkhead{make(chan struct{}, 1)}
	rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB, Hooks: []redpoll.Hook{limit}})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	ctx := context.Background()

	limit.slots <- struct{}{} // another command is under way
	_, err = rdb.Incr(ctx, "hits")
	fmt.Println(errors.Is(err, redpoll.ErrLimited), errors.Is(err, errCrowded), redpoll.OutcomeOf(err))

	<-limit.slots // and has ended
	n, err := rdb.Incr(ctx, "hits")
	fmt.Println(n, err)
	// Output:
	// true true not sent
	// 1 <nil>
}
