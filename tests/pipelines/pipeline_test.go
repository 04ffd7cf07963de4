package pipelines_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// eachWay runs a test in every way in which a pipeline can be executed. The results must not differ.
func eachWay(t *testing.T, run func(t *clients.Test)) {
	t.Helper()
	for name, o := range map[string]redpoll.Options{
		"RESP3":           {},
		"RESP2":           {Protocol: 2},
		"exclusive":       {Exclusive: true},
		"exclusive RESP2": {Exclusive: true, Protocol: 2},
		"text encoding":   {Text: redpoll.Latin1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(clients.NewTest(t, o))
		})
	}
	t.Run("one connection", func(t *testing.T) {
		t.Parallel()
		ct := clients.NewTest(t, redpoll.Options{})
		ct.Client = &clients.Pin(t, ct.Client).Client
		run(ct)
	})
}

// bothModes runs a test with a transaction, and without.
func bothModes(t *testing.T, run func(t *clients.Test, mode ...redpoll.PipelineOption)) {
	t.Helper()
	eachWay(t, func(t *clients.Test) {
		run(t)
		t.Server.Do("FLUSHDB")
		run(t, redpoll.NoTransaction)
	})
}

// results compares the results of a pipeline, in order. Errors are compared with errors.Is.
func results(t testing.TB, p *redpoll.Pipeline, want ...any) {
	t.Helper()
	got := p.Results()
	if len(got) != len(want) {
		t.Fatalf("%d results, want %d: %v", len(got), len(want), got)
	}
	for i, r := range got {
		if err, ok := want[i].(error); ok {
			if !errors.Is(r.Err, err) || r.Val != nil {
				t.Errorf("result %d (%s) is %v, %v, want the error %v", i, r.Command, r.Val, r.Err, err)
			}
		} else if r.Err != nil || !reflect.DeepEqual(r.Val, want[i]) {
			t.Errorf("result %d (%s) is %#v, %v, want %#v", i, r.Command, r.Val, r.Err, want[i])
		}
	}
}

// Covers: F161, F162, F165, F166, E24, E25
func TestPipelineGivesTypedResultsInOrder(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		t.Server.Do("SET", "bing", "baz")
		t.Server.Do("SET", "auto_number", "5")
		pipe := t.Client.Pipeline(mode...)
		set, get := pipe.Set("foo", "bär"), pipe.Get("bing")
		sadd, incr := pipe.SAdd("faz", "baz"), pipe.Incr("auto_number")
		hset, all := pipe.HSet("hash", "a", 1, "b", 2), pipe.HGetAll("hash")
		back, missing := pipe.Get("foo"), pipe.Get("none")
		raw := pipe.Do("LRANGE", "faz2", 0, -1)
		if get.Err() != redpoll.ErrNotExecuted || set.Err() != redpoll.ErrNotExecuted || get.Val() != "" {
			t.Errorf("before Exec: %q, %v, %v", get.Val(), get.Err(), set.Err())
		}
		if t.Server.Do("EXISTS", "foo") != int64(0) {
			t.Error("a queued command has been executed")
		}
		t.OK(pipe.Exec(ctx))
		t.OK(set.Err())
		clients.Result(t, "GET", get, "baz")
		clients.Result(t, "SADD", sadd, 1)
		clients.Result(t, "INCR", incr, 6)
		clients.Result(t, "HSET", hset, 2)
		clients.Result(t, "HGETALL", all, map[string]string{"a": "1", "b": "2"})
		clients.Result(t, "GET", back, "bär")
		if !errors.Is(missing.Err(), redpoll.Nil) || missing.Val() != "" {
			t.Errorf("a missing key gives %q, %v", missing.Val(), missing.Err())
		}
		results(t, pipe, nil, "baz", int64(1), int64(6), int64(2), map[string]string{"a": "1", "b": "2"},
			"bär", redpoll.Nil, raw.Val())
		if got := pipe.Results()[2].Command; got != "SADD" {
			t.Errorf("the third result is of %s", got)
		}
	})
}

// Covers: F163, F164, F182, E26
func TestPipelineOnTheWire(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{3, 2} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, redpoll.Options{Protocol: protocol})
			clients.Usable(t, rdb)
			for _, tt := range []struct {
				mode []redpoll.PipelineOption
				want []string
			}{
				{nil, []string{"MULTI", "SET a 1", "SET b 2", "EXEC"}},
				{[]redpoll.PipelineOption{redpoll.NoTransaction}, []string{"SET a 1", "SET b 2"}},
			} {
				mon := srv.Monitor()
				pipe := rdb.Pipeline(tt.mode...)
				pipe.Set("a", 1)
				pipe.Set("b", 2)
				before := rdb.Stats().Writes
				if err := pipe.Exec(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := rdb.Stats().Writes - before; n != 1 {
					t.Errorf("%d writes", n)
				}
				results(t, pipe, nil, nil)
				var got []string
				for _, args := range mon.Commands() {
					args[0] = strings.ToUpper(args[0])
					got = append(got, strings.Join(args, " "))
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("the server saw %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// Nobody sees a state in the middle of a transaction. In a plain pipeline they may.
//
// Covers: F163
func TestTransactionIsAtomic(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	done := make(chan error, 1)
	go func() {
		pipe := rdb.Pipeline()
		for range 200 {
			pipe.Incr("a")
			for range 20 {
				pipe.LPush("list", "x")
			}
			pipe.Incr("b")
			if err := pipe.Exec(context.Background()); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	one := clients.Pin(t, rdb)
	for {
		vs, err := one.MGet(t.Context(), "a", "b")
		if err != nil || vs[0] != vs[1] {
			t.Fatalf("somebody saw %v, %v", vs, err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

// Covers: F167
func TestEmptyPipelineSendsNothing(t *testing.T) {
	t.Parallel()
	rdb := clients.New(t, redpoll.Options{Addr: "127.0.0.1:1", NoRetry: true})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, mode := range [][]redpoll.PipelineOption{
		nil, {redpoll.NoTransaction}, {redpoll.CollectErrors}, {nil},
	} {
		pipe := rdb.Pipeline(mode...)
		for _, ctx := range []context.Context{t.Context(), canceled} {
			if err := pipe.Exec(ctx); err != nil || len(pipe.Results()) != 0 {
				t.Errorf("got %v, %v", pipe.Results(), err)
			}
		}
	}
	if n := rdb.Stats().DialErrors + rdb.Stats().Dials; n != 0 {
		t.Errorf("%d attempts to connect", n)
	}
}

// A pipeline takes a connection when it is executed, not before.
//
// Covers: F98
func TestPipelineConnectsInExec(t *testing.T) {
	t.Parallel()
	for _, exclusive := range []bool{false, true} {
		rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: exclusive, MaxConns: 1})
		held := clients.Pin(t, rdb)
		dials := rdb.Stats().Dials
		var pipes []*redpoll.Pipeline
		for range 3 {
			pipe := rdb.Pipeline()
			pipe.Incr("n")
			pipes = append(pipes, pipe)
		}
		if s := rdb.Stats(); s.Dials != dials {
			t.Errorf("pipelines that are not executed have connected: %+v", s)
		}
		if err := held.Close(); err != nil {
			t.Error(err)
		}
		for _, pipe := range pipes {
			if err := pipe.Exec(ctx); err != nil {
				t.Error(err)
			}
		}
	}
}

// Goroutines can use pipelines of the same client at the same time, one each.
//
// Covers: F158
func TestPipelineForEachGoroutine(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	var wg sync.WaitGroup
	for who := range 8 {
		wg.Go(func() {
			pipe, key := rdb.Pipeline(), fmt.Sprint("n", who)
			for round := range int64(20) {
				first := pipe.Incr(key)
				echo := pipe.Echo(fmt.Sprint(who, " ", round))
				second := pipe.Incr(key)
				err := pipe.Exec(ctx)
				if err != nil || first.Val() != 2*round+1 || echo.Val() != fmt.Sprint(who, " ", round) ||
					second.Val() != 2*round+2 {
					t.Errorf("%d in round %d: %d, %q, %d, %v",
						who, round, first.Val(), echo.Val(), second.Val(), err)
				}
			}
		})
	}
	wg.Wait()
}

// Covers: F168, F169
func TestPipelineIsUsedAgain(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		pipe := t.Client.Pipeline(mode...)
		if pipe.Len() != 0 || len(pipe.Results()) != 0 {
			t.Errorf("a new pipeline has %d commands and %d results", pipe.Len(), len(pipe.Results()))
		}
		first := pipe.Incr("n")
		if pipe.Len() != 1 {
			t.Errorf("Len is %d", pipe.Len())
		}
		t.OK(pipe.Exec(ctx))
		if pipe.Len() != 0 {
			t.Errorf("Len is %d after Exec", pipe.Len())
		}
		for n := range int64(3) { // more and fewer commands than before
			list := []*redpoll.Reply[int64]{}
			for range 3 - n {
				list = append(list, pipe.Incr("n"))
			}
			t.OK(pipe.Exec(ctx))
			for i, h := range list {
				clients.Result(t, "INCR", h, []int64{2, 5, 7}[n]+int64(i))
			}
			if len(pipe.Results()) != len(list) {
				t.Errorf("%d results, want %d", len(pipe.Results()), len(list))
			}
		}
		clients.Result(t, "the first INCR", first, 1) // the handle keeps its result
		pipe.Set("text", "x")
		bad := pipe.Incr("text")
		clients.PipelineError(t, pipe.Exec(ctx), 1, "INCR", redpoll.ErrRefused)
		if pipe.Len() != 0 {
			t.Errorf("Len is %d after an error", pipe.Len())
		}
		pipe.Set("text", nil)
		clients.PipelineError(t, pipe.Exec(ctx), 0, "SET", redpoll.ErrNotSent)
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		pipe.Incr("n")
		err := pipe.Exec(canceled)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrNotSent) || pipe.Len() != 0 {
			t.Errorf("got %v, Len %d", err, pipe.Len())
		}
		last := pipe.Incr("n")
		t.OK(pipe.Exec(ctx))
		clients.Result(t, "INCR after errors", last, 8)
		if !errors.Is(bad.Err(), redpoll.ErrRefused) {
			t.Errorf("an old handle says %v", bad.Err())
		}
	})
}

// Covers: F170, F171
func TestPipelineErrors(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		for _, collect := range []bool{false, true} {
			t.Server.Do("FLUSHDB")
			t.Server.Do("SET", "text", "secret")
			opts := slices.Clone(mode)
			if collect {
				opts = append(opts, redpoll.CollectErrors)
			}
			pipe := t.Client.Pipeline(opts...)
			a, miss := pipe.Set("a", 1), pipe.Get("none")
			wrong := pipe.LPush("text", "hidden")
			b := pipe.Set("b", 2)
			second := pipe.Incr("text")
			c := pipe.Get("a")
			err := pipe.Exec(ctx)
			if collect {
				t.OK(err)
			} else {
				clients.PipelineError(t, err, 2, "LPUSH", redpoll.ErrWrongType)
				if strings.Contains(err.Error(), "hidden") {
					t.Errorf("the error shows arguments: %v", err)
				}
				if !errors.Is(err, wrong.Err()) {
					t.Errorf("the handle says %v, Exec %v", wrong.Err(), err)
				}
			}
			t.OK(a.Err())
			t.OK(b.Err())
			clients.Result(t, "GET", c, "1")
			if !errors.Is(miss.Err(), redpoll.Nil) || !errors.Is(wrong.Err(), redpoll.ErrWrongType) ||
				!errors.Is(second.Err(), redpoll.ErrRefused) {
				t.Errorf("the handles say %v, %v, %v", miss.Err(), wrong.Err(), second.Err())
			}
			results(t, pipe, nil, redpoll.Nil, redpoll.ErrWrongType, nil, redpoll.ErrRefused, "1")
		}
	})
}

// A missing value is not an error of the pipeline, and does not hide the error of a later command.
func TestMissingValueIsNoErrorOfThePipeline(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		pipe := t.Client.Pipeline(mode...)
		pipe.Get("none")
		pipe.Set("k", "v", redpoll.XX)
		t.OK(pipe.Exec(ctx))
		results(t, pipe, redpoll.Nil, redpoll.Nil)
	})
}

// Covers: F172
func TestRefusedInATransaction(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *clients.Test) {
		for name, bad := range map[string]func(p *redpoll.Pipeline) *redpoll.Reply[redpoll.Value]{
			"NOSUCH": func(p *redpoll.Pipeline) *redpoll.Reply[redpoll.Value] { return p.Do("nosuch", 1) },
			"GET": func(p *redpoll.Pipeline) *redpoll.Reply[redpoll.Value] {
				return p.Do("GET", "too", "many")
			},
		} {
			for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.CollectErrors}} {
				pipe := t.Client.Pipeline(opts...)
				a := pipe.Set("a", 1)
				wrong := bad(pipe)
				b, empty := pipe.Incr("b"), pipe.MGet()
				clients.PipelineError(t, pipe.Exec(ctx), 1, name, redpoll.ErrRefused)
				if errors.Is(wrong.Err(), redpoll.ErrExecAbort) ||
					!errors.Is(wrong.Err(), redpoll.ErrRefused) {
					t.Errorf("the command's own error is %v", wrong.Err())
				}
				for i, err := range []error{a.Err(), b.Err(), empty.Err()} {
					if !errors.Is(err, redpoll.ErrExecAbort) || redpoll.OutcomeOf(err) != redpoll.Refused {
						t.Errorf("command %d was not executed, its error is %v", i, err)
					}
				}
				if n := t.Server.Do("EXISTS", "a", "b"); n != int64(0) {
					t.Errorf("%v keys were written", n)
				}
			}
		}
	})
}

// Covers: F173
func TestRefusedWithoutATransaction(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *clients.Test) {
		pipe := t.Client.Pipeline(redpoll.NoTransaction)
		a, wrong, b := pipe.Set("a", 1), pipe.Do("nosuch"), pipe.Incr("b")
		clients.PipelineError(t, pipe.Exec(ctx), 1, "NOSUCH", redpoll.ErrRefused)
		t.OK(a.Err())
		clients.Result(t, "INCR", b, 1)
		if wrong.Err() == nil {
			t.Error("no error")
		}
		if n := t.Server.Do("EXISTS", "a", "b"); n != int64(2) {
			t.Errorf("%v keys were written, want both", n)
		}
	})
}

// Covers: F174
func TestMGetOfNothingInAPipeline(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		pipe := t.Client.Pipeline(mode...)
		pipe.Incr("n")
		none, bytes := pipe.MGet(), pipe.MGetBytes()
		after := pipe.MGet("n")
		if none.Err() != redpoll.ErrNotExecuted {
			t.Errorf("before Exec: %v", none.Err())
		}
		t.OK(pipe.Exec(ctx))
		clients.Result(t, "MGET of nothing", none, []redpoll.Null[string]{})
		clients.Result(t, "MGET of nothing", bytes, [][]byte{})
		results(t, pipe, int64(1),
			[]redpoll.Null[string]{}, [][]byte{}, []redpoll.Null[string]{{V: "1", Valid: true}})
		clients.Result(t, "MGET", after, []redpoll.Null[string]{{V: "1", Valid: true}})
		// Such a pipeline sends nothing if it has no other commands.
		writes := t.Client.Stats().Commands
		alone := pipe.MGet()
		t.OK(pipe.Exec(ctx))
		clients.Result(t, "MGET alone", alone, []redpoll.Null[string]{})
		if n := t.Client.Stats().Commands - writes; n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// Covers: F177, F178
func TestDiscard(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		pipe := t.Client.Pipeline(mode...)
		held := t.Client.Stats().LentConns
		before := pipe.Incr("before")
		t.OK(pipe.Exec(ctx))
		dropped := pipe.Incr("dropped")
		faulty := pipe.Set("dropped", nil)
		pipe.Discard()
		if pipe.Len() != 0 || dropped.Err() != redpoll.ErrNotExecuted ||
			redpoll.OutcomeOf(dropped.Err()) != redpoll.NotSent {
			t.Errorf("Len %d, the handle says %v", pipe.Len(), dropped.Err())
		}
		if !errors.As(faulty.Err(), new(*redpoll.DataError)) {
			t.Errorf("the faulty one says %v", faulty.Err())
		}
		results(t, pipe, int64(1))
		kept := pipe.Incr("kept")
		t.OK(pipe.Exec(ctx))
		clients.Result(t, "INCR", kept, 1)
		clients.Result(t, "INCR", before, 1)
		func() { // the same with Pipelined
			left := t.Client.Pipeline(mode...)
			defer left.Discard()
			left.Incr("dropped")
		}()
		if t.Server.Do("EXISTS", "dropped") != int64(0) {
			t.Error("a discarded command has run")
		}
		if n := t.Client.Stats().LentConns; n != held {
			t.Errorf("%d connections are held", n)
		}
	})
}

// Covers: F178
func TestDiscardOfAWatchingPipeline(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	mon := srv.Monitor()
	one, err := rdb.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Watch(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	pipe := one.Multi()
	h := pipe.Incr("k")
	pipe.Discard()
	if pipe.Len() != 0 || h.Err() != redpoll.ErrNotExecuted {
		t.Errorf("Len %d, the handle says %v", pipe.Len(), h.Err())
	}
	if err := one.Unwatch(t.Context()); err != nil {
		t.Error(err)
	}
	_ = one.Close()
	if s := rdb.Stats(); s.LentConns != 0 || s.IdleConns != 1 {
		t.Errorf("the connection did not come back: %+v", s)
	}
	if mon.Count("UNWATCH") != 1 || mon.Count("INCR") != 0 {
		t.Errorf("the server saw %v", mon.Commands())
	}
}

// Covers: F179
func TestPipelined(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		var n *redpoll.Reply[int64]
		t.OK(t.Client.Pipelined(ctx, func(p *redpoll.Pipeline) error {
			n = p.Incr("n")
			return nil
		}, mode...))
		clients.Result(t, "INCR", n, 1)
		own := errors.New("own")
		if err := t.Client.Pipelined(ctx, func(p *redpoll.Pipeline) error {
			n = p.Incr("n")
			return own
		}, mode...); err != own {
			t.Errorf("got %v", err)
		}
		if n.Err() != redpoll.ErrNotExecuted || t.Server.Do("GET", "n") != "1" {
			t.Errorf("it was executed: %v", n.Err())
		}
		clients.PipelineError(t, t.Client.Pipelined(ctx, func(p *redpoll.Pipeline) error {
			p.LPush("n", "x")
			return nil
		}, mode...), 0, "LPUSH", redpoll.ErrWrongType)
		var de *redpoll.DataError
		if err := t.Client.Pipelined(ctx, nil, mode...); !errors.As(err, &de) {
			t.Errorf("no function gives %v", err)
		}
	})
}

// blocked reports whether a server has this number of blocked clients.
func blocked(srv *redpolltest.Server, n int) bool {
	return strings.Contains(fmt.Sprint(srv.Do("INFO", "clients")), fmt.Sprint("blocked_clients:", n))
}

// A blocking command in a plain pipeline takes a connection of its own, and ends with its context. In a
// transaction it does not block.
func TestBlockingCommandsInAPipeline(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	clients.Usable(t, rdb)
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	n, popped, after := pipe.Incr("n"), pipe.BLPop(0, "list"), pipe.Do("BRPOP", "list", 30)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pipe.Exec(ctx) }()
	redpolltest.Await(t, "the server blocks", func() bool { return blocked(srv, 1) })
	clients.Usable(t, rdb)
	if s := rdb.Stats(); s.LentConns != 1 || s.Dials != 2 {
		t.Errorf("%+v", s)
	}
	srv.Do("RPUSH", "list", "a")
	redpolltest.Await(t, "the server blocks in the second one", func() bool {
		return srv.Do("LLEN", "list") == int64(0) && blocked(srv, 1)
	})
	cancel()
	clients.MaybeExecuted(context.Canceled).Check(t, <-done)
	clients.Result(t, "INCR", n, 1)
	clients.Result(t, "BLPOP", popped, redpoll.KeyValue{Key: "list", Value: "a"})
	clients.MaybeExecuted(context.Canceled).Check(t, after.Err())
	redpolltest.Await(t, "nobody blocks", func() bool { return blocked(srv, 0) })
	clients.Usable(t, rdb)

	atomic := rdb.Pipeline()
	none, m := atomic.BLPop(0, "list"), atomic.Incr("n")
	if err := atomic.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(none.Err(), redpoll.Nil) {
		t.Errorf("got %v, %v", none.Val(), none.Err())
	}
	clients.Result(t, "INCR", m, 2)

	timed := rdb.Pipeline(redpoll.NoTransaction)
	first, second := timed.BLPop(10*time.Millisecond, "list"), timed.BLPop(10*time.Millisecond, "list")
	if err := timed.Exec(t.Context()); err != nil || !errors.Is(first.Err(), redpoll.Nil) ||
		!errors.Is(second.Err(), redpoll.Nil) {
		t.Errorf("got %v, %v, %v", err, first.Err(), second.Err())
	}
}

// A pipeline of blocking commands may wait longer than ReplyTimeout. Other pipelines may not.
func TestBlockingPipelineAndReplyTimeout(t *testing.T) {
	t.Parallel()
	o := redpoll.Options{ReplyTimeout: clients.Brief, NoRetry: true}
	rdb, srv := clients.Shared(t, o)
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	first, second := pipe.BLPop(time.Hour, "one"), pipe.BLPop(time.Hour, "two")
	last := pipe.Incr("n")
	done := make(chan error, 1)
	go func() { done <- pipe.Exec(t.Context()) }()
	for _, list := range []string{"one", "two"} {
		redpolltest.Await(t, "BLPOP waits", func() bool { return testkit.Blocked(srv) })
		clients.Outlast(t, o)
		srv.Do("RPUSH", list, "element")
	}
	if err := <-done; err != nil || first.Err() != nil || second.Err() != nil {
		t.Errorf("got %v, %v, %v", err, first.Err(), second.Err())
	}
	clients.Result(t, "INCR", last, 1)
}

// Each handle has its result and its error together, so that converters work with the handles of all
// commands.
func TestEveryHandleHasAResult(t *testing.T) {
	t.Parallel()
	pipeline, n := reflect.TypeFor[*redpoll.Pipeline](), 0
	seen := map[reflect.Type]bool{}
	for i := range pipeline.NumMethod() {
		m := pipeline.Method(i)
		if m.Type.NumOut() != 1 || seen[m.Type.Out(0)] {
			continue
		}
		handle := m.Type.Out(0)
		seen[handle] = true
		val, ok := handle.MethodByName("Val")
		if !ok {
			continue // a Status, or no handle
		}
		n++
		want := reflect.FuncOf([]reflect.Type{handle}, []reflect.Type{val.Type.Out(0),
			reflect.TypeFor[error]()}, false)
		if result, ok := handle.MethodByName("Result"); !ok || result.Type != want {
			t.Errorf("%s: the handle %s has no Result, or one of another type", m.Name, handle)
		}
	}
	if n < 100 {
		t.Errorf("only %d types of handles", n)
	}
}

func TestResultOfARareHandle(t *testing.T) {
	t.Parallel()
	rdb := clients.NewTest(t, redpoll.Options{})
	p := rdb.Client.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
	groups, refused := p.SortGroups("list", []string{"#", "w_*"}), p.SortGroups("text", []string{"#", "w_*"})
	if v, err := groups.Result(); v != nil || !errors.Is(err, redpoll.ErrNotExecuted) {
		t.Errorf("before Exec: got %v, %v", v, err)
	}
	rdb.Server.Do("RPUSH", "list", "1")
	rdb.Server.Do("SET", "text", "v")
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := [][]redpoll.Null[string]{{{V: "1", Valid: true}, {}}}
	if v, err := groups.Result(); err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := refused.Result(); v != nil || err == nil || err != refused.Err() {
		t.Errorf("refused: got %v, %v", v, err)
	}
}
