package deadlinks_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// If a server stands still, the client opens one more connection and closes none. Callers who wait get their
// replies when it continues.
//
// Covers: R14
func TestServerStandsStill(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"one":     {},
		"three":   {Conns: 3},
		"checked": {HealthCheckInterval: ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			proxy := redpolltest.NewProxy(t, srv.Addr())
			o.Addr, o.ReplyTimeout, o.DialTimeout = proxy.Addr(), time.Hour, time.Hour
			rdb, err := redpoll.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer rdb.Close()
			var warm sync.WaitGroup
			for range 60 {
				warm.Go(func() {
					if err := rdb.Set(t.Context(), "k", "v"); err != nil {
						t.Error(err)
					}
				})
			}
			warm.Wait()
			before := proxy.Accepted()
			srv.Pause()
			patient := make(chan error, 1)
			arrived := proxy.Arrived(redpolltest.ToServer)
			go func() { patient <- rdb.Set(context.Background(), "patient", "v") }()
			proxy.Await(func() bool { return proxy.Arrived(redpolltest.ToServer) > arrived })
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					for range 5 {
						ctx, cancel := context.WithTimeout(t.Context(), 100*ms)
						if rdb.Set(ctx, "k", "v") == nil {
							t.Error("an answer of a server that stands still")
						}
						cancel()
					}
				})
			}
			all.Wait()
			if got := rdb.Stats(); proxy.Accepted() > before+1 || got.Closed != 0 {
				t.Errorf("%d connections, %d before; %+v", proxy.Accepted(), before, got)
			}
			srv.Resume()
			if err := <-patient; err != nil {
				t.Error(err)
			}
			for range 100 {
				if err := rdb.Set(t.Context(), "k", "v"); err != nil {
					t.Error(err)
				}
			}
			if got := rdb.Stats(); proxy.Accepted() > before+1 || got.Closed != 0 {
				t.Errorf("%d connections, %d before; %+v", proxy.Accepted(), before, got)
			}
		})
	}
}

// Deadlines below the round trip do not make a link look dead: at most one more connection is dialed.
//
// Covers: R14, R5
func TestDeadlinesBelowTheRoundTrip(t *testing.T) {
	t.Parallel()
	f := newFrozen(t, redpoll.Options{})
	f.proxy.Delay(redpolltest.ToServer, 10*ms)
	f.proxy.Delay(redpolltest.ToClient, 10*ms)
	if err := f.rdb.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var gaveUp atomic.Int32
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+(i+n)%5)*ms)
				if f.rdb.Set(ctx, "k", "v") != nil {
					gaveUp.Add(1)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if got := f.rdb.Stats(); got.Dials > 2 || got.Closed > 0 || gaveUp.Load() == 0 {
		t.Errorf("%d calls were given up; %+v", gaveUp.Load(), got)
	}
	if err := f.rdb.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
