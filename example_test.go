package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

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
	fmt.Println(rdb) // no connection yet
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
	// redpoll: SELECT would change its connection for whoever uses it next: use Options.DB, or another Client for the other database
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

func ExampleNewCluster() {
	rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{
		Addrs: []string{"10.0.0.1:7000", "10.0.0.2:7000"}, // some nodes; they name the others
		Node:  redpoll.Options{Password: "secret"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rdb.Close()
	// Keys with one hash tag are on one node, so they can be used together.
	p := rdb.Pipeline()
	p.HSet("{user:1}", "name", "Ann")
	p.Incr("{user:1}:visits")
	fmt.Println(p.Len())
	// Output: 2
}

func ExampleNewRing() {
	rdb, err := redpoll.NewRing(redpoll.RingOptions{
		Nodes: []redpoll.RingNode{
			{Name: "cache-1", Addr: "10.0.0.1:6379"}, // the names decide where keys are
			{Name: "cache-2", Addr: "10.0.0.2:6379"},
			{Name: "cache-3", Addr: "10.0.0.3:6379", Weight: 2},
		},
		Node: redpoll.Options{Password: "secret"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	n, err := rdb.NodeFor(context.Background(), "user:2") // on a ring it sends nothing
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Addr)
	// Output: cache-3 10.0.0.3:6379
}

// A ring of Python's django-redisdb: the order of the list decides where keys are.
func ExampleNewRing_python() {
	rdb, err := redpoll.Open("redis+ring://10.0.0.1:6379,10.0.0.2:6379/0")
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	for _, n := range rdb.Nodes() {
		fmt.Println(n.Name, n.Addr)
	}
	n, err := rdb.NodeFor(context.Background(), "k0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("k0 is on node", n.Name)
	// Output:
	// 0 10.0.0.1:6379
	// 1 10.0.0.2:6379
	// k0 is on node 1
}

func ExampleNewPool() {
	pool, err := redpoll.NewPool(redpoll.Options{Addr: "redis.example:6379", Exclusive: true, MaxConns: 10,
		WaitForConn: true})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	orders, _ := redpoll.New(redpoll.Options{Pool: pool})
	// Each client has its own callbacks and hooks; they share the connections.
	reports, _ := redpoll.New(redpoll.Options{Pool: pool, Callbacks: map[string]redpoll.Callback{}})
	defer orders.Close() // the pool stays open
	defer reports.Close()
	fmt.Println(orders.Pool() == reports.Pool(), pool)
	// Output: true redpoll.Pool<host=redis.example,port=6379,db=0>
}

// An error tells whether the value is missing, whether the server refused, and whether to repeat the call.
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
		fmt.Println("lost:", lost.Command, lost.Phase, errors.Is(err, redpoll.ErrNotSent),
			errors.Is(err, redpoll.ErrClosed))
	}
	fmt.Println("outcome:", redpoll.OutcomeOf(err))
	// Output:
	// missing: true
	// refused: WRONGTYPE true
	// lost: INCR queue true true
	// outcome: not sent
}

// slowLog is a hook that reports commands that failed or took long.
type slowLog struct{ limit time.Duration }

func (l slowLog) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	return ctx // a tracer would start a span here
}

func (l slowLog) CommandEnded(ctx context.Context, e redpoll.CommandEnd) {
	if e.Outcome != redpoll.Executed || e.Duration > l.limit {
		fmt.Println(e.Command, "was", e.Outcome)
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
	// Output: INCR was refused
}

// bulkhead is a hook that bounds the number of commands under way.
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

	<-limit.slots // and it has ended
	n, err := rdb.Incr(ctx, "hits")
	fmt.Println(n, err)
	// Output:
	// true true not sent
	// 1 <nil>
}

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

// exampleClient returns a client for an empty database, and a function that ends both.
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

// Queued commands return handles, which have their results after Exec.
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

// Without a transaction a failed command does not affect the others. The error of Exec names it.
func ExampleClient_Pipeline_noTransaction() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := rdb.Pipeline(redpoll.NoTransaction)
	pipe.Set("name", "Ada")
	pipe.LPush("name", "Grace") // not a list
	last := pipe.StrLen("name")
	err := pipe.Exec(ctx)
	var failed *redpoll.PipelineError
	if errors.As(err, &failed) {
		fmt.Println("command", failed.Index+1, failed.Command, "wrong type:",
			errors.Is(err, redpoll.ErrWrongType))
	}
	fmt.Println(last.Val())
	// Output:
	// command 2 LPUSH wrong type: true
	// 3
}

// Pipelined executes the commands that a function queues, unless the function fails.
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

// Results has all results in order, for code that does not know the queued commands.
func ExamplePipeline_Results() {
	rdb, done := exampleClient()
	defer done()

	pipe := rdb.Pipeline(redpoll.CollectErrors)
	pipe.RPush("list", "a", "b")
	pipe.Incr("list")
	pipe.LRange("list", 0, -1)
	if err := pipe.Exec(context.Background()); err != nil {
		log.Fatal(err) // of the whole pipeline, such as a lost connection
	}
	for _, r := range pipe.Results() {
		fmt.Println(r.Command, r.Val, r.Err != nil)
	}
	// Output:
	// RPUSH 2 false
	// INCR <nil> true
	// LRANGE [a b] false
}

// The function may run several times: the values that it reads are still true when its writes are executed.
func ExampleClient_Transaction() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "alice", 100, "bob", 20)
	var left int // a result of the function
	err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		balance, err := redpoll.Int(tx.Get(ctx, "alice"))
		if err != nil {
			return err
		}
		if balance < 30 {
			return errors.New("not enough") // nothing is executed
		}
		left = balance - 30
		pipe := tx.Multi()
		pipe.Set("alice", left)
		pipe.IncrBy("bob", 30)
		return nil
	}, "alice")
	fmt.Println(left, err)
	// Output: 70 <nil>
}

func ExampleClient_TransactionWith() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	rounds := 0
	err := rdb.TransactionWith(ctx, redpoll.TxOptions{Attempts: 3, Delay: time.Millisecond},
		func(tx *redpoll.Tx) error {
			rounds++
			_ = rdb.Set(ctx, "k", "somebody else is always faster")
			tx.Multi().Set("k", "mine")
			return nil
		}, "k")
	fmt.Println(rounds, errors.Is(err, redpoll.ErrWatch))
	// Output: 3 true
}

// The explicit form.
func ExampleConn_Watch() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	tx, err := rdb.Conn(ctx) // a connection of its own
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Close() // back to the pool, without a watch
	for {
		if err := tx.Watch(ctx, "seq"); err != nil {
			log.Fatal(err)
		}
		n, err := redpoll.Int(tx.Get(ctx, "seq")) // runs at once
		if err != nil && !errors.Is(err, redpoll.Nil) {
			log.Fatal(err)
		}
		pipe := tx.Multi()
		pipe.Set("seq", n+1) // queued
		err = pipe.Exec(ctx)
		if errors.Is(err, redpoll.ErrWatch) {
			continue
		}
		fmt.Println(n+1, err)
		break
	}
	// Output: 1 <nil>
}

func ExampleClient_RegisterScript() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	multiply := rdb.RegisterScript("return redis.call('GET', KEYS[1]) * ARGV[1]")
	_ = rdb.Set(ctx, "foo", 2)
	v, err := multiply.Run(ctx, []string{"foo"}, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Int())
	// Output: 10 <nil>
}

func ExampleScript_Queue() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	multiply := rdb.RegisterScript("return redis.call('GET', KEYS[1]) * ARGV[1]")
	pipe := rdb.Pipeline()
	pipe.Set("foo", 5)
	product := multiply.Queue(pipe, []string{"foo"}, 5)
	if err := pipe.Exec(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(product.Val())
	// Output: 25
}

func ExampleClient_RegisterFunctions() {
	rdb, done := exampleClient()
	defer done()

	lib := rdb.RegisterFunctions("#!lua name=greetings\n" +
		"redis.register_function('greet', function(keys, args) return 'hello, ' .. args[1] end)\n")
	v, err := lib.Call(context.Background(), "greet", nil, "world") // loads the library if it is missing
	fmt.Println(v, err)
}

func ExampleClient_Lock() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	lock := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second})
	held, err := lock.Acquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer held.Release(ctx)

	_, err = lock.TryAcquire(ctx) // another client
	fmt.Println(errors.Is(err, redpoll.ErrNotAcquired))
	// Output: true
}

func ExampleLock_Do() {
	rdb, done := exampleClient()
	defer done()

	lock := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second, AutoExtend: true, Fencing: true})
	err := lock.Do(context.Background(), func(ctx context.Context) error {
		// ctx ends when the lock is lost. Writes outside of Redis should carry the number of the holder.
		fmt.Println("holder number", redpoll.HeldFrom(ctx).Fence())
		return ctx.Err()
	})
	fmt.Println(err)
	// Output:
	// holder number 1
	// <nil>
}

func ExampleHeld_Context() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	held, err := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second}).Acquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	work, stop := held.Context(ctx)
	defer stop()
	_ = held.Release(ctx)
	<-work.Done()
	fmt.Println(context.Cause(work))
	// Output: redpoll: lock "job": not held (it was released, or never acquired)
}

func ExampleClient_ScanIter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_ = rdb.MSet(ctx, "user:1", "Ada", "user:2", "Grace", "visits", 7)

	var users []string
	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*"), redpoll.Count(100)) {
		if err != nil {
			log.Fatal(err) // the iterator has ended
		}
		name, _ := rdb.Get(ctx, key) // the client can be used meanwhile
		users = append(users, name)
	}
	slices.Sort(users) // the iterator has no order
	fmt.Println(users)
	// Output: [Ada Grace]
}

// A walk over all keys that goes on where another process has stopped.
func ExampleClient_Walk() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()
	_ = rdb.MSet(ctx, "user:1", "Ada", "user:2", "Grace", "visits", 7)

	stored := "" // where the last run has stopped; "" is the beginning
	w := rdb.Walk(redpoll.Match("user:*"), redpoll.From(stored))
	var users []string
	for key, err := range w.Keys(ctx) {
		if err != nil {
			log.Fatal(err) // store w.State() and go on later
		}
		users = append(users, key)
	}
	stored = w.State() // may be stored in the loop, too

	slices.Sort(users)
	fmt.Println(users, stored != "")
	// Output: [user:1 user:2] true
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
			break // there is nothing to close
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

func ExampleClient_Monitor() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	mon, err := rdb.Monitor(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer mon.Close()
	_ = rdb.Set(ctx, "greeting", "hello")

	for entry, err := range mon.Listen(ctx) {
		if err != nil {
			log.Fatal(err) // the connection is lost
		}
		if entry.Args[0] == "SET" { // other clients use the server too
			fmt.Println(entry.Origin, entry.Command)
			break
		}
	}
	// Output: tcp SET greeting hello
}

func ExampleClient_PubSub() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	sub := rdb.PubSub()
	defer sub.Close()
	if err := sub.Subscribe(ctx, "news"); err != nil { // returns when the server has confirmed
		log.Fatal(err)
	}
	if _, err := rdb.Publish(ctx, "news", "hello"); err != nil {
		log.Fatal(err)
	}
	for m, err := range sub.Listen(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch m.Kind {
		case redpoll.KindMessage:
			fmt.Println(m.Channel, m.Payload)
			_ = sub.Unsubscribe(ctx) // without subscriptions the loop ends
		case redpoll.KindGap, redpoll.KindRestored:
			// Messages may be missing; all subscriptions are in force again: read the data again.
		default:
			fmt.Println(m.Kind, m.Channel, m.Count)
		}
	}
	// Output:
	// subscribe news 1
	// news hello
	// unsubscribe news 0
}

func ExampleClient_KeyEvents() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	ev, err := rdb.KeyEvents(ctx, redpoll.KeyEventsOptions{
		Patterns: []string{"user:*"},
		Enable:   true, // else the server has to publish such events already
	})
	if err != nil {
		log.Fatal(err)
	}
	defer ev.Close()
	_ = rdb.Set(ctx, "user:7", "Ada")
	_, _ = rdb.Del(ctx, "user:7")

	for e, err := range ev.Listen(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch e.Kind {
		case redpoll.KindGap, redpoll.KindRestored:
			// Events may be missing; all is in force again: look at the keys.
		default:
			fmt.Println(e.Event, e.Key)
		}
		if e.Event == "del" {
			break
		}
	}
	// Output:
	// set user:7
	// del user:7
}

func ExamplePubSub_SSubscribe() {
	rdb, err := redpoll.NewCluster(redpoll.ClusterOptions{Addrs: []string{"10.0.0.1:7000", "10.0.0.2:7000"}})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	ctx := context.Background()

	sub := rdb.PubSub()
	defer sub.Close()
	// Each channel is at the node of its slot. One object reads them all.
	if err := sub.SSubscribe(ctx, "orders:1", "orders:2", "orders:3"); err != nil {
		log.Fatal(err)
	}
	for m, err := range sub.Listen(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch m.Kind {
		case redpoll.KindSMessage:
			fmt.Println(m.Channel, m.Payload)
		case redpoll.KindGap:
			log.Print(m.Gap.Err) // it names the node: a slot has moved, or a connection was lost
		case redpoll.KindRestored:
			// All channels are in force again: read the data that the messages are about.
		}
	}
}

func ExamplePubSub_Run() {
	rdb, done := exampleClient()
	defer done()
	ctx, stop := context.WithCancel(context.Background())

	sub := rdb.PubSub()
	err := sub.PSubscribeFunc(ctx, "user:*", func(_ context.Context, m redpoll.Message) error {
		fmt.Println(m.Channel, m.Payload)
		stop()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rdb.Publish(ctx, "user:7", "logged in"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(sub.Run(ctx)) // until ctx ends
	// Output:
	// user:7 logged in
	// <nil>
}

func ExampleClient_Nodes() {
	rdb, _ := redpoll.New(redpoll.Options{Addr: "redis.example.com:6379"})
	defer rdb.Close()

	for _, node := range rdb.Nodes() {
		fmt.Println(node.Addr, node.Role)
	}
	// Output:
	// redis.example.com:6379 unknown
}

func ExampleNewSentinel() {
	s, err := redpoll.NewSentinel(redpoll.SentinelOptions{
		Addrs:    []string{"sentinel1.example", "sentinel2.example", "sentinel3.example"},
		Node:     redpoll.Options{Password: "of the servers"},
		Sentinel: redpoll.Options{Password: "of the Sentinels"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close() // and the clients that it has made

	orders, sessions := s.MasterFor("orders"), s.MasterFor("sessions")
	fmt.Println(orders) // nothing has been dialed yet
	fmt.Println(sessions)
	// Output:
	// redpoll.Client<redpoll.Pool<service=orders,role=primary,db=0>>
	// redpoll.Client<redpoll.Pool<service=sessions,role=primary,db=0>>
}

func ExampleSentinel_MasterFor() {
	s, err := redpoll.NewSentinel(redpoll.SentinelOptions{Addrs: []string{"localhost:26379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	rdb := s.MasterFor("mymaster", func(o *redpoll.Options) { o.DB = 1 })

	// During a failover calls wait for the new primary, until their deadlines.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	n, err := rdb.Incr(ctx, "orders")
	switch {
	case err == nil:
		fmt.Println("order number", n)
	case errors.Is(err, redpoll.ErrMaybeExecuted):
		fmt.Println("it was sent, and nobody knows whether it ran")
	default:
		fmt.Println("it did not run:", err)
	}
}

func ExampleSentinelOptions_nodeAddr() {
	s, err := redpoll.NewSentinel(redpoll.SentinelOptions{
		Addrs: []string{"gateway.example:26379"},
		// The servers announce addresses that only they can reach.
		NodeAddr: func(n redpoll.NodeInfo) (addr, serverName string) {
			_, port, err := net.SplitHostPort(n.Addr)
			if err != nil {
				return n.Addr, ""
			}
			return net.JoinHostPort("gateway.example", port), ""
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

func ExampleNewReplicated() {
	rdb, err := redpoll.NewReplicated(redpoll.ReplicatedOptions{
		Addrs:    []string{"redis1.example", "redis2.example", "redis3.example"}, // any of them is the primary
		ReadFrom: redpoll.ReadPreferReplica,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	ctx := context.Background()
	if err := rdb.Set(ctx, "greeting", "hello"); err != nil { // on the primary
		log.Fatal(err)
	}
	greeting, err := rdb.Get(ctx, "greeting") // on a replica, which may not have it yet
	fmt.Println(greeting, err)
}

func ExampleFromPrimary() {
	rdb, err := redpoll.Open("redis+replicas://redis1.example,redis2.example/0?read_from=prefer_replica")
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	ctx := context.Background()
	if err := rdb.Set(ctx, "cart", "3 items"); err != nil {
		log.Fatal(err)
	}
	cart, err := rdb.Get(redpoll.FromPrimary(ctx), "cart") // sees the write
	fmt.Println(cart, err)
}

func ExampleOpen_sentinel() {
	rdb, err := redpoll.Open("redis+sentinel://:secret@s1.example,s2.example/mymaster/2?min_other_sentinels=1")
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	fmt.Println(rdb)
	// Output: redpoll.Client<redpoll.Pool<service=mymaster,role=primary,db=2>>
}

func ExampleOpen_replicas() {
	rdb, err := redpoll.Open("rediss+replicas://user:secret@r1.example,r2.example:6380/0?read_from=nearest")
	if err != nil {
		log.Fatal(err)
	}
	defer rdb.Close()
	fmt.Println(rdb)
	// Output: redpoll.Client<redpoll.Pool<service=r1.example:6379,r2.example:6380,role=primary,db=0>>
}

// Three servers that know nothing of each other are kept equal. Writes succeed while two of them work.
func ExampleNewCopy() {
	rdb, err := redpoll.NewCopy(redpoll.CopyOptions{
		Nodes:   []redpoll.CopyNode{{Addr: "h1:6379"}, {Addr: "h2:6379"}, {Addr: "h3:6379"}},
		Success: redpoll.SuccessQuorum,
	})
	if err != nil {
		panic(err)
	}
	defer func() { _ = rdb.Close() }()
	ctx := context.Background()
	var nodes *redpoll.NodesError
	if err := rdb.Set(ctx, "greeting", "hello"); errors.As(err, &nodes) {
		for _, part := range nodes.Parts {
			fmt.Println(part.Node, part.Err)
		}
	}
	// A node that has missed something gets it from the others.
	report, err := rdb.Repair(ctx, redpoll.RepairOptions{})
	fmt.Println(report.Repaired, report.Left, err)
}
