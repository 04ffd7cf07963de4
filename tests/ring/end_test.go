package ring

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A client that was given stays open, and those that the ring has made end with it.
func TestClose(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	given, err := redpoll.New(redpoll.Options{Addr: all[0].Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	ctx, rdb := connect(t, redpoll.RingOptions{Nodes: []redpoll.RingNode{
		{Name: "given", Client: given}, {Name: "made", Addr: all[1].Addr()},
	}})
	byNode := keysOf(t, rdb, 1)
	for _, list := range byNode {
		no(t, "SET", rdb.Set(ctx, list[0], 1))
	}
	nodes := rdb.Nodes()
	no(t, "Close", rdb.Close())
	no(t, "Close again", rdb.Close())
	for _, list := range byNode {
		if err := rdb.Set(ctx, list[0], 1); !errors.Is(err, redpoll.ErrClosed) {
			t.Errorf("SET after Close: %v", err)
		}
	}
	_, err = rdb.MGet(ctx, byNode[0][0], byNode[1][0])
	if !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("MGET after Close: %v", err)
	}
	for _, err := range rdb.ScanIter(ctx) {
		if !errors.Is(err, redpoll.ErrClosed) {
			t.Errorf("ScanIter after Close: %v", err)
		}
	}
	no(t, "the client that was given", nodes[0].Client.Ping(ctx))
	if err := nodes[1].Client.Ping(ctx); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("the client that the ring has made: %v", err)
	}
}

// Drain waits for a blocking call, and for a transaction on another node, and refuses new ones.
func TestDrain(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	byNode := keysOf(t, rdb, 2)
	list, counter := byNode[0][0], byNode[1][0]
	one, err := rdb.Conn(ctx, counter)
	if err != nil {
		t.Fatal(err)
	}
	popped := make(chan error, 1)
	go func() {
		_, err := rdb.BLPop(ctx, time.Minute, list)
		popped <- err
	}()
	redpolltest.Await(t, "the call blocks", func() bool {
		text, _ := all[0].Do("INFO", "clients").(string)
		return strings.Contains(text, "blocked_clients:1")
	})
	drained := make(chan error, 1)
	go func() { drained <- rdb.Drain(ctx) }()
	redpolltest.Await(t, "new calls are refused", func() bool {
		return errors.Is(rdb.Set(ctx, byNode[0][1], 1), redpoll.ErrClosed)
	})
	_, err = one.Incr(ctx, counter)
	no(t, "INCR on a Conn while Drain waits", err)
	all[0].Do("RPUSH", list, "x")
	no(t, "BLPOP while Drain waits", <-popped)
	select {
	case err := <-drained:
		t.Errorf("Drain did not wait for the Conn: %v", err)
	default:
	}
	no(t, "close", one.Close())
	no(t, "Drain", <-drained)
	if got := all[1].Do("GET", counter); got != "1" {
		t.Errorf("the counter is %v", got)
	}
}

// A context that has ended sends nothing.
func TestContextThatHasEnded(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	byNode := keysOf(t, rdb, 1)
	over, cancel := context.WithCancel(ctx)
	cancel()
	for what, err := range map[string]error{
		"SET":      rdb.Set(over, byNode[0][0], 1),
		"MSET":     rdb.MSet(over, byNode[0][0], 1, byNode[1][0], 2),
		"FLUSHALL": rdb.FlushAll(over),
	} {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
