package patience_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// drain calls Drain in a goroutine, and returns when Drain waits.
func drain(ctx context.Context, rdb *redpoll.Client) (result <-chan error) {
	done := make(chan error, 1)
	go func() { done <- rdb.Drain(ctx) }()
	synctest.Wait()
	return done
}

// goesOn checks that a Drain is still waiting after some time.
func goesOn(t *testing.T, result <-chan error) {
	t.Helper()
	testkit.Pass(time.Minute)
	select {
	case err := <-result:
		t.Fatalf("Drain has ended: %v", err)
	default:
	}
}

// slowly makes GET and BLPOP wait until release is called.
func slowly(s *testkit.Played) (release func()) {
	gate := make(chan struct{})
	s.Answer = func(n int, words []string) string {
		switch words[0] {
		case "GET":
			<-gate
		case "BLPOP":
			<-gate
			return "*2\r\n$1\r\nl\r\n$1\r\nx\r\n"
		}
		return answer(n, words)
	}
	return sync.OnceFunc(func() { close(gate) })
}

// Drain waits for all kinds of calls that are under way, refuses new ones, and then closes the client.
func TestDrainLetsCallsEnd(t *testing.T) {
	for name, call := range map[string]func(rdb *redpoll.Client) error{
		"command": func(rdb *redpoll.Client) error {
			_, err := rdb.Get(context.Background(), "k")
			return err
		},
		"Do": func(rdb *redpoll.Client) error {
			_, err := rdb.Do(context.Background(), "GET", "k")
			return err
		},
		"blocking": func(rdb *redpoll.Client) error {
			_, err := rdb.BLPop(context.Background(), 0, "l")
			return err
		},
		"pipeline": func(rdb *redpoll.Client) error {
			p := rdb.Pipeline(redpoll.NoTransaction)
			p.Get("k")
			return p.Exec(context.Background())
		},
		"large pipeline": func(rdb *redpoll.Client) error {
			p := rdb.Pipeline(redpoll.NoTransaction)
			p.Set("k", make([]byte, 300<<10))
			p.Get("k")
			return p.Exec(context.Background())
		},
	} {
		for kind, o := range map[string]redpoll.Options{
			"shared":    {},
			"several":   {Conns: 3},
			"exclusive": {Exclusive: true},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				o.ReplyTimeout, o.WriteTimeout = redpoll.Forever, redpoll.Forever
				play(t, o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
					release := slowly(s)
					called := make(chan error, 1)
					go func() { called <- call(rdb) }()
					synctest.Wait()
					drained := drain(t.Context(), rdb)
					goesOn(t, drained)
					wantNotSent(t, rdb.Set(t.Context(), "k", "v"), redpoll.ErrClosed)
					_, err := rdb.BLPop(t.Context(), 0, "l")
					wantNotSent(t, err, redpoll.ErrClosed)
					_, err = rdb.Conn(t.Context())
					wantNotSent(t, err, redpoll.ErrClosed)
					release()
					if err := <-called; err != nil {
						t.Errorf("the call under way: %v", err)
					}
					if err := <-drained; err != nil {
						t.Errorf("Drain: %v", err)
					}
					synctest.Wait()
					if n := s.Open(); n != 0 {
						t.Errorf("%d connections are open afterwards", n)
					}
				})
			})
		}
	}
}

// When the time of Drain is over, calls under way are cut and counted.
func TestDrainInVain(t *testing.T) {
	play(t, redpoll.Options{ReplyTimeout: redpoll.Forever, WriteTimeout: redpoll.Forever},
		func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
			defer slowly(s)()
			held, err := rdb.Lock("l", redpoll.LockOptions{TTL: redpoll.Forever}).Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			called := make(chan error, 3)
			for range 2 {
				go func() { _, err := rdb.Get(context.Background(), "k"); called <- err }()
			}
			go func() { _, err := rdb.BLPop(context.Background(), 0, "l"); called <- err }()
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			err = rdb.Drain(ctx)
			testkit.Took(t, "Drain", began, time.Second, time.Second)
			var de *redpoll.DrainError
			if !errors.As(err, &de) || de.Calls != 2 || de.Conns != 1 || de.Locks != 1 ||
				!errors.Is(err, context.DeadlineExceeded) ||
				redpoll.OutcomeOf(err) != redpoll.MaybeExecuted {
				t.Errorf("got %v", err)
			}
			for range 3 {
				if err := <-called; !errors.Is(err, redpoll.ErrClosed) ||
					!errors.Is(err, redpoll.ErrMaybeExecuted) {
					t.Errorf("a call under way: %v", err)
				}
			}
			wantNotSent(t, held.Release(t.Context()), redpoll.ErrClosed)
		})
}

// Conns and transactions work until they end, but calls of the client itself are refused even inside them.
func TestDrainAwaitsSessions(t *testing.T) {
	play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		s.Answer = inMulti()
		c, err := rdb.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		inside, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- rdb.Transaction(t.Context(), func(tx *redpoll.Tx) error {
				close(inside)
				<-leave
				wantNotSent(t, rdb.Set(t.Context(), "k", "v"), redpoll.ErrClosed)
				return increase(t.Context())(tx)
			}, "n")
		}()
		<-inside
		drained := drain(t.Context(), rdb)
		goesOn(t, drained)
		if err := c.Set(t.Context(), "k", "v"); err != nil {
			t.Errorf("a command of the Conn: %v", err)
		}
		s.Cut()
		_ = c.Ping(t.Context())
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("over another connection: %v", err)
		}
		var se *redpoll.StateError
		if err := c.Client.Drain(t.Context()); !errors.As(err, &se) {
			t.Errorf("Drain of the client inside: %v", err)
		}
		_ = c.Close()
		goesOn(t, drained)
		close(leave)
		<-ended // its connection was cut, and there is not another one
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

// During Drain a held lock can be renewed, queried and released, but no other lock can be taken. Drain does
// not wait for an expired lock.
func TestDrainAwaitsLocks(t *testing.T) {
	play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		l := rdb.Lock("l", redpoll.LockOptions{TTL: 10 * time.Minute})
		held, err := l.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		forgotten, err := rdb.Lock("other", redpoll.LockOptions{TTL: 10 * time.Second}).Acquire(t.Context())
		if err != nil || forgotten == nil {
			t.Fatal(err)
		}
		drained := drain(t.Context(), rdb)
		goesOn(t, drained)
		if _, err := held.Owned(t.Context()); err != nil {
			t.Errorf("Owned: %v", err)
		}
		if err := held.Reacquire(t.Context()); err != nil {
			t.Errorf("Reacquire: %v", err)
		}
		_, err = l.TryAcquire(t.Context())
		wantNotSent(t, err, redpoll.ErrClosed)
		if err := held.Release(t.Context()); err != nil {
			t.Errorf("Release: %v", err)
		}
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
	play(t, redpoll.Options{}, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		if _, err := rdb.Lock("l", redpoll.LockOptions{TTL: time.Minute}).Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := rdb.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		testkit.Took(t, "the time of a lock that nobody releases", began, 58*time.Second, time.Minute)
	})
}

// With a passed pool, Drain affects neither the calls of other clients nor the pool.
func TestDrainOfAPassedPool(t *testing.T) {
	testkit.BubbleAlone(t, func(t *testing.T) {
		s := new(testkit.Played)
		release := slowly(s)
		pool, err := redpoll.NewPool(redpoll.Options{
			Dialer: s.Dial, Protocol: 2, NoClientInfo: true, ReplyTimeout: redpoll.Forever,
			WriteTimeout: redpoll.Forever,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		open := func() *redpoll.Client {
			rdb, err := redpoll.New(redpoll.Options{Pool: pool})
			if err != nil {
				t.Fatal(err)
			}
			return rdb
		}
		mine, theirs, short := open(), open(), open()
		results := make(chan error, 3)
		go func() { _, err := theirs.BLPop(context.Background(), 0, "l"); results <- err }()
		go func() { _, err := mine.Get(context.Background(), "k"); results <- err }()
		synctest.Wait()
		drained := drain(t.Context(), mine)
		go func() { _, err := theirs.Get(context.Background(), "k"); results <- err }()
		goesOn(t, drained)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var de *redpoll.DrainError
		if err := short.Drain(ctx); !errors.As(err, &de) || de.Calls != 2 || de.Conns != 0 {
			t.Errorf("a client without calls waits for those in front: %v", err)
		}
		release()
		if err := <-drained; err != nil {
			t.Error(err)
		}
		for range 3 {
			if err := <-results; err != nil {
				t.Errorf("a call under way: %v", err)
			}
		}
		if err := theirs.Ping(t.Context()); err != nil {
			t.Errorf("the other client: %v", err)
		}
		wantNotSent(t, mine.Ping(t.Context()), redpoll.ErrClosed)
	})
}

// A call that begins during Drain either gets its reply or was not sent.
func TestDrainCutsNothing(t *testing.T) {
	for kind, o := range map[string]redpoll.Options{
		"shared":    {},
		"several":   {Conns: 3},
		"exclusive": {Exclusive: true},
	} {
		t.Run(kind, func(t *testing.T) {
			for round := range 4 {
				play(t, o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
					s.Answer = func(n int, words []string) string {
						testkit.Pass(time.Duration(len(words[len(words)-1])) * time.Microsecond)
						if words[0] == "BLPOP" {
							return "*2\r\n$1\r\nl\r\n$1\r\nx\r\n"
						}
						return answer(n, words)
					}
					var all sync.WaitGroup
					var done atomic.Int64
					for i := range 32 {
						all.Go(func() {
							for n := 0; ; n++ {
								var err error
								switch i % 4 {
								case 0:
									_, err = rdb.Incr(context.Background(), fmt.Sprint(n))
								case 1:
									_, err = rdb.BLPop(context.Background(), 0, "l")
								case 2:
									p := rdb.Pipeline(redpoll.NoTransaction)
									p.Incr("n")
									p.Set("n", n)
									err = p.Exec(context.Background())
								default:
									var c *redpoll.Conn
									if c, err = rdb.Conn(context.Background()); err == nil {
										if _, err := c.Incr(context.Background(), "n"); err != nil {
											t.Errorf("on a Conn: %v", err)
										}
										_ = c.Close()
									}
								}
								if err != nil {
									wantNotSent(t, err, redpoll.ErrClosed)
									return
								}
								done.Add(1)
							}
						})
					}
					testkit.Pass(time.Duration(round*150) * time.Microsecond)
					if err := rdb.Drain(t.Context()); err != nil {
						t.Error(err)
					}
					all.Wait()
					synctest.Wait()
					if s.Open() != 0 {
						t.Errorf("%d connections are open", s.Open())
					}
				})
			}
		})
	}
}

// Close ends a Drain. Drain of a client that is closed, or has its zero value, returns at once.
func TestDrainAndClose(t *testing.T) {
	play(t, redpoll.Options{ReplyTimeout: redpoll.Forever, WriteTimeout: redpoll.Forever},
		func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
			defer slowly(s)()
			c, err := rdb.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			first, second := drain(t.Context(), rdb), drain(t.Context(), rdb)
			goesOn(t, first)
			_ = rdb.Close()
			for _, d := range []<-chan error{first, second} {
				var de *redpoll.DrainError
				if err := <-d; !errors.As(err, &de) || de.Conns != 1 || !errors.Is(err, redpoll.ErrClosed) {
					t.Errorf("got %v", err)
				}
			}
			_ = c.Close()
			for name, rdb := range map[string]*redpoll.Client{"closed": rdb, "nil": nil, "zero": {}} {
				if err := rdb.Drain(t.Context()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
}
