package reliability_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// failover is a pair of servers with one name. The first is the primary until demote. Its connections stay
// open.
type failover struct {
	a, b *redpolltest.Server
	to   atomic.Pointer[redpolltest.Server]
	made atomic.Int64
}

func newFailover(t *testing.T) *failover {
	t.Helper()
	f := &failover{
		a: redpolltest.Start(t, redpolltest.ServerOptions{}),
		b: redpolltest.Start(t, redpolltest.ServerOptions{}),
	}
	f.to.Store(f.a)
	return f
}

// client returns a client that resolves the name with each dial.
func (f *failover) client(t *testing.T, o redpoll.Options) *redpoll.Client {
	o.Addr = "primary.example:6379"
	o.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) {
		f.made.Add(1)
		return new(net.Dialer).DialContext(ctx, network, f.to.Load().Addr())
	}
	return clients.New(t, o)
}

// demote makes the first server a replica of the second one, to which the name leads from then on.
func (f *failover) demote(t *testing.T, follow bool) {
	t.Helper()
	if follow {
		f.to.Store(f.b)
	}
	f.a.Do("REPLICAOF", f.b.Host(), strconv.Itoa(f.b.Port()))
}

// If the name of a primary leads to another server, and the old primary has become a replica, each kind of
// call succeeds on the new primary: calls that the replica refused are sent again.
//
// Covers: S30
func TestPrimaryIsDemoted(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(ctx context.Context, rdb *redpoll.Client) error{
		"SET": func(ctx context.Context, rdb *redpoll.Client) error { return rdb.Set(ctx, "k", "v") },
		"large SET": func(ctx context.Context, rdb *redpoll.Client) error {
			return rdb.Set(ctx, "k", make([]byte, 1<<20))
		},
		"transaction": func(ctx context.Context, rdb *redpoll.Client) error {
			p := rdb.Pipeline()
			p.Get("x")
			p.Set("k", "v")
			return p.Exec(ctx)
		},
		"plain pipeline": func(ctx context.Context, rdb *redpoll.Client) error {
			p := rdb.Pipeline(redpoll.NoTransaction)
			ping := p.Echo("hello")
			one := p.RPush("k", "one")
			p.Exists("x")
			two := p.RPush("k", "two")
			if err := p.Exec(ctx); err != nil {
				return err
			}
			if ping.Val() != "hello" || one.Val() != 1 || two.Val() != 2 {
				return errors.New(
					"replies: " + ping.Val() + strconv.Itoa(int(one.Val())) + strconv.Itoa(int(two.Val())))
			}
			return nil
		},
		"WATCH": func(ctx context.Context, rdb *redpoll.Client) error {
			return rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
				if _, err := tx.Exists(ctx, "k"); err != nil {
					return err
				}
				p := tx.Multi()
				p.Set("k", "v")
				return p.Exec(ctx)
			}, "k")
		},
		"script": func(ctx context.Context, rdb *redpoll.Client) error {
			_, err := rdb.RegisterScript("return redis.call('SET', KEYS[1], 'v')").Run(ctx, []string{"k"})
			return err
		},
		"Conn": func(ctx context.Context, rdb *redpoll.Client) error {
			one, err := rdb.Conn(ctx)
			if err != nil {
				return err
			}
			defer one.Close()
			return one.Set(ctx, "k", "v")
		},
		"blocking": func(ctx context.Context, rdb *redpoll.Client) error {
			_, err := rdb.BLPop(ctx, 1_000_000_000, "none")
			if errors.Is(err, redpoll.Nil) {
				err = rdb.Set(ctx, "k", "v")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFailover(t)
			rdb := f.client(t, redpoll.Options{})
			ctx := t.Context()
			if err := write(ctx, rdb); err != nil {
				t.Fatalf("before: %v", err)
			}
			f.demote(t, true)
			if err := write(ctx, rdb); err != nil {
				t.Errorf("behind the failover: %v", err)
			}
			if f.b.Do("EXISTS", "k") != int64(1) {
				t.Error("the new primary has not got it")
			}
		})
	}
}

// In a failover under load no caller gets an error, and few connections are made.
func TestPrimaryIsDemotedUnderLoad(t *testing.T) {
	t.Parallel()
	f := newFailover(t)
	rdb := f.client(t, redpoll.Options{})
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var done atomic.Int64
	for i := range 16 {
		callers.Go(func() {
			for ctx.Err() == nil {
				if _, err := rdb.Incr(t.Context(), strconv.Itoa(i)); err != nil {
					t.Errorf("INCR: %v", err)
					return
				}
				done.Add(1)
			}
		})
	}
	redpolltest.Await(t, "the callers are at work", func() bool { return done.Load() > 1000 })
	f.demote(t, true)
	redpolltest.Await(t, "the new primary has the work", func() bool { return f.b.Do("DBSIZE") == int64(16) })
	stop()
	callers.Wait()
	if n := f.made.Load(); n > 4 {
		t.Errorf("%d connections were made", n)
	}
}

// While there is not a new primary, a write is refused after a second attempt, and few connections are made.
func TestReplicaStaysReplica(t *testing.T) {
	t.Parallel()
	f := newFailover(t)
	rdb := f.client(t, redpoll.Options{})
	if err := rdb.Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	f.demote(t, false)
	for range 50 {
		err := rdb.Set(t.Context(), "k", "w")
		if !errors.Is(err, redpoll.ErrReadOnly) || redpoll.OutcomeOf(err) != redpoll.Refused {
			t.Fatalf("SET on a replica: %v (%v)", err, redpoll.OutcomeOf(err))
		}
	}
	if n := f.made.Load(); n > 10 {
		t.Errorf("%d connections were made for 50 writes", n)
	}
}
