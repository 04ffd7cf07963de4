package large_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// behind returns a client that reaches the server through a proxy.
func behind(t *testing.T, o redpoll.Options) (*redpoll.Client, *redpolltest.Proxy, *redpoll.Client) {
	t.Helper()
	srv := redpolltest.Shared(t)
	proxy := redpolltest.NewProxy(t, srv.Addr())
	o.Addr, o.DB = proxy.Addr(), srv.DB
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	direct, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = direct.Close() })
	return rdb, proxy, direct
}

// A large write that is given up while it is sent was not sent. The caller may change its []byte at once,
// because no later byte of it reaches the server.
func TestGiveUpLargeWrite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		arrived int64
	}{{"before the first byte", 0}, {"in the first piece", 1000}, {"in the middle", 200 << 10}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb, proxy, direct := behind(t, redpoll.Options{})
			one, err := rdb.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer one.Close()
			for name, send := range map[string]func(ctx context.Context, key string, value []byte) error{
				"SET": func(ctx context.Context, key string, value []byte) error {
					return rdb.Set(ctx, key, value)
				},
				"a pipeline": func(ctx context.Context, key string, value []byte) error {
					p := rdb.Pipeline()
					p.Set(key, value)
					return p.Exec(ctx)
				},
				"Conn": func(ctx context.Context, key string, value []byte) error {
					return one.Set(ctx, key, value)
				},
			} {
				key := "given up " + name
				value := bytes.Repeat([]byte("v"), 24<<20)
				for _, c := range []*redpoll.Client{rdb, &one.Client} { // opens the connections
					if err := c.Set(t.Context(), "before", value[:64<<10]); err != nil {
						t.Fatal(err)
					}
				}
				proxy.Hold(redpolltest.ToServer)
				before := proxy.Arrived(redpolltest.ToServer)
				ctx, cancel := context.WithCancel(t.Context())
				if tt.arrived == 0 {
					cancel()
				}
				var left sync.WaitGroup
				left.Go(func() {
					proxy.Await(func() bool {
						return ctx.Err() != nil || proxy.Arrived(redpolltest.ToServer)-before > tt.arrived
					})
					cancel()
				})
				err := send(ctx, key, value)
				clear(value)
				if !errors.Is(err, context.Canceled) || redpoll.OutcomeOf(err) != redpoll.NotSent {
					t.Errorf("%s: %v (%v)", name, err, redpoll.OutcomeOf(err))
				}
				left.Wait()
				proxy.Clear()
				if n, err := direct.Exists(t.Context(), key); err != nil || n != 0 {
					t.Errorf("%s: the server has got it: %v, %v", name, n, err)
				}
				if err := rdb.Set(t.Context(), "after", "y"); err != nil {
					t.Errorf("the next call of the client: %v", err)
				}
			}
		})
	}
}

// If the connection is cut during a large write, its outcome is true, and the server has the whole value or
// nothing.
func TestCutLargeWrite(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	for _, at := range []int64{1, 40, 64 << 10, 1 << 20, size - 1, size + 40, 1 << 40} {
		t.Run(strconv.FormatInt(at, 10), func(t *testing.T) {
			t.Parallel()
			rdb, proxy, direct := behind(t, redpoll.Options{NoRetry: true})
			ctx := t.Context()
			for _, key := range []string{"first", "cut"} { // the second time there is a connection
				if key == "cut" {
					proxy.CutAfter(redpolltest.ToServer, at, redpolltest.Reset, redpolltest.FromNow,
						redpolltest.Once)
				}
				value := noise(size, uint64(at))
				err := rdb.Set(ctx, key, value)
				want := bytes.Clone(value)
				clear(value)
				got, lost := direct.GetBytes(ctx, key)
				switch outcome := redpoll.OutcomeOf(err); {
				case err == nil || outcome == redpoll.MaybeExecuted:
					if err == nil && lost != nil || lost == nil && !bytes.Equal(got, want) {
						t.Errorf("%s: %v, and the server has %d bytes, %v", key, err, len(got), lost)
					}
				case outcome != redpoll.NotSent || !errors.Is(lost, redpoll.Nil):
					t.Errorf("%s: %v (%v), and the server has %d bytes, %v",
						key, err, outcome, len(got), lost)
				case at >= size+100:
					t.Errorf("%s: %v", key, err)
				}
			}
		})
	}
}

// A large reply that is cut is requested again, and never returned in part.
func TestCutLargeRead(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	for _, at := range []int64{1, 12, 64<<10 + 12, 1 << 20, size + 11} {
		rdb, proxy, _ := behind(t, redpoll.Options{})
		ctx := t.Context()
		want := string(noise(size, uint64(at)))
		if err := rdb.Set(ctx, "k", want); err != nil {
			t.Fatal(err)
		}
		cut := proxy.CutAfter(redpolltest.ToClient, at, redpolltest.Reset, redpolltest.FromNow,
			redpolltest.Once)
		got, err := rdb.Get(ctx, "k")
		if err != nil || got != want || cut.Struck() != 1 {
			t.Errorf("cut after %d bytes (%d times): %d bytes, %v", at, cut.Struck(), len(got), err)
		}
	}
}

// If a caller leaves in the middle of a large reply, no other caller is disturbed or gets the reply.
func TestGiveUpLargeRead(t *testing.T) {
	t.Parallel()
	rdb, proxy, _ := behind(t, redpoll.Options{})
	const size = 2 << 20
	want := string(noise(size, 1))
	if err := rdb.MSet(t.Context(), "k", want, "small", "s"); err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.Get(t.Context(), "small"); err != nil { // opens the connection
		t.Fatal(err)
	}
	proxy.Hold(redpolltest.ToClient)
	before := proxy.Arrived(redpolltest.ToClient)
	ctx, cancel := context.WithCancel(t.Context())
	var left sync.WaitGroup
	left.Go(func() {
		proxy.Await(func() bool { return proxy.Arrived(redpolltest.ToClient)-before > 100_000 })
		cancel()
	})
	if got, err := rdb.Get(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	left.Wait()
	proxy.Clear()
	if got, err := rdb.Get(t.Context(), "small"); err != nil || got != "s" {
		t.Errorf("the next call: %.10q, %v", got, err)
	}
	if got, err := rdb.Get(t.Context(), "k"); err != nil || got != want {
		t.Errorf("another call for the large value: %d bytes, %v", len(got), err)
	}
}

// If a request is too large for the server, no other request suffers from it.
func TestOversizedHarmsNobody(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"proto-max-bulk-len 1mb"}})
	rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	ctx := t.Context()
	done := make(chan struct{})
	var counting sync.WaitGroup
	var counted [8]int64
	for i := range counted {
		counting.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				n, err := rdb.Incr(ctx, fmt.Sprintf("counter %d", i))
				if err != nil {
					t.Errorf("INCR: %v", err)
					return
				}
				if counted[i]++; n != counted[i] {
					t.Errorf("INCR gives %d after %d", n, counted[i])
					return
				}
			}
		})
	}
	for i := range 10 {
		if err := rdb.Set(ctx, "k", strings.Repeat("x", 2<<20)); err == nil {
			t.Errorf("SET %d of 2 MiB was accepted", i)
		}
		if err := rdb.Set(ctx, "fits", strings.Repeat("x", 1<<20)); err != nil {
			t.Errorf("SET %d of 1 MiB: %v", i, err)
		}
	}
	close(done)
	counting.Wait()
	if n, err := rdb.Exists(ctx, "k"); err != nil || n != 0 {
		t.Errorf("the oversized value is there: %d, %v", n, err)
	}
}

// A write allocates nothing that grows with its value. A read allocates its value once. This is also true for
// a hundred calls at once.
func TestMemoryOfLargeValuesAlloc(t *testing.T) {
	rdb := client(t, redpoll.Options{})
	ctx := t.Context()
	const size = 4 << 20
	value := noise(size, 1)
	allocated := func(f func()) uint64 {
		f() // opens connections and grows buffers
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	many := func(f func() error) func() {
		return func() {
			var callers sync.WaitGroup
			for range 100 {
				callers.Go(func() {
					if err := f(); err != nil {
						t.Error(err)
					}
				})
			}
			callers.Wait()
		}
	}
	set := many(func() error { return rdb.Set(ctx, "k", value) })
	if n := allocated(set); n > 100*(64<<10) {
		t.Errorf("100 SET of 4 MiB allocate %d bytes", n)
	}
	get := many(func() error {
		got, err := rdb.GetBytes(ctx, "k")
		if err == nil && len(got) != size {
			err = fmt.Errorf("%d bytes", len(got))
		}
		return err
	})
	if n := allocated(get); n > 100*size*11/10 {
		t.Errorf("100 GET of 4 MiB allocate %d bytes", n)
	}
	queued := func() {
		p := rdb.Pipeline(redpoll.NoTransaction)
		text := string(value)
		for range 10 {
			p.Set("k", text)
		}
		if err := p.Exec(ctx); err != nil {
			t.Error(err)
		}
	}
	if n := allocated(queued); n > 3*size {
		t.Errorf("a pipeline of 10 SET of 4 MiB, all of one string, allocates %d bytes", n)
	}
}
