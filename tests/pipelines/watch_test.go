package pipelines_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// inBoth runs a test with RESP2 and with RESP3. The pool has one connection, so the next command sees
// whatever a transaction leaves behind.
func inBoth(t *testing.T, f func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server)) {
	t.Helper()
	t.Parallel()
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, redpoll.Options{
				Protocol: protocol, Exclusive: true, MaxConns: 1, FailAtMaxConns: true,
			})
			f(t, rdb, srv)
		})
	}
}

// seen returns the commands that the server got, without the handshake.
func seen(m *redpolltest.Monitor) string {
	var lines []string
	for _, args := range m.Commands() {
		switch args[0] {
		case "HELLO", "CLIENT", "SELECT":
			continue
		}
		lines = append(lines, strings.Join(args, " "))
	}
	return strings.Join(lines, "; ")
}

func wantSeen(t testing.TB, m *redpolltest.Monitor, want string) {
	t.Helper()
	if got := seen(m); got != want {
		t.Errorf("the server was sent\n%s, want\n%s", got, want)
	}
}

// succeeds fails the test if there is an error.
func succeeds(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// conflicts checks for the error of a watched key that has changed.
func conflicts(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, redpoll.ErrWatch) {
		t.Fatalf("got %v, want ErrWatch", err)
	}
}

// isFree checks that the pool's only connection is idle and watches none of the keys.
func isFree(t testing.TB, rdb *redpoll.Client, srv *redpolltest.Server, keys ...string) {
	t.Helper()
	wantLent(t, rdb, 0)
	for _, key := range keys {
		srv.Do("SET", key, "changed by another")
	}
	pipe := rdb.Pipeline()
	pong := pipe.Ping()
	if err := errors.Join(pipe.Exec(t.Context()), pong.Err()); err != nil {
		t.Errorf("the connection still watches: %v", err)
	}
	clients.WantConns(t, rdb.Stats(), 0, 1)
}

// A counter is read, and then written if nobody else has written it.
//
// Covers: F189, F190, F191, F194, E27
func TestWatchedIncrement(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		srv.Do("SET", "seq", "1")
		tx := clients.Pin(t, rdb)
		id := clients.ID(t, tx)
		m := srv.Monitor()
		succeeds(t, tx.Watch(ctx, "seq"))
		wantSeen(t, m, "WATCH seq")
		n, err := redpoll.Int(tx.Get(ctx, "seq"))
		if n != 1 || err != nil {
			t.Fatalf("read %d, %v", n, err)
		}
		pipe := tx.Multi()
		set := pipe.Set("seq", n+1)
		wantSeen(t, m, "WATCH seq; GET seq")
		if err := set.Err(); !errors.Is(err, redpoll.ErrNotExecuted) {
			t.Errorf("before Exec the handle says %v", err)
		}
		succeeds(t, errors.Join(pipe.Exec(ctx), set.Err()))
		if got := clients.ID(t, tx); got != id {
			t.Errorf("from connection %d to %d", id, got)
		}
		succeeds(t, tx.Close())
		wantSeen(t, m, "WATCH seq; GET seq; MULTI; SET seq 2; EXEC") // no UNWATCH
		isFree(t, rdb, srv, "seq")
	})
}

// Covers: F82, F192, F193, F194, F206, E28
func TestChangeOfAWatchedKey(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		for name, change := range map[string]func(tx *redpoll.Tx) error{
			"by another":         func(*redpoll.Tx) error { srv.Do("SET", "seq", "50"); return nil },
			"to the same value":  func(*redpoll.Tx) error { srv.Do("SET", "seq", "1"); return nil },
			"deleted":            func(*redpoll.Tx) error { srv.Do("DEL", "seq"); return nil },
			"flushed":            func(*redpoll.Tx) error { srv.Do("FLUSHDB"); return nil },
			"second key":         func(*redpoll.Tx) error { srv.Do("SET", "other", "1"); return nil },
			"by its own command": func(tx *redpoll.Tx) error { return tx.Set(t.Context(), "seq", 50) },
			"by its own Do": func(tx *redpoll.Tx) error {
				_, err := tx.Do(t.Context(), "INCR", "seq")
				return err
			},
			"by its own pipeline": func(tx *redpoll.Tx) error {
				p := tx.Pipeline(redpoll.NoTransaction)
				p.Incr("seq")
				return p.Exec(t.Context())
			},
		} {
			t.Run(name, func(t *testing.T) {
				ctx := t.Context()
				srv.Do("SET", "seq", "1")
				srv.Do("DEL", "untouched", "other")
				tx := clients.Pin(t, rdb)
				defer tx.Close()
				m := srv.Monitor()
				succeeds(t, tx.Watch(ctx, "seq"))
				succeeds(t, tx.Watch(ctx, "other"))
				succeeds(t, change(tx))
				pipe := tx.Multi()
				set, n := pipe.Set("untouched", 2), pipe.Incr("untouched")
				for what, err := range map[string]error{
					"Exec":     pipe.Exec(ctx),
					"a status": set.Err(),
					"a handle": n.Err(),
				} {
					if !errors.Is(err, redpoll.ErrWatch) || redpoll.OutcomeOf(err) != redpoll.Refused {
						t.Errorf("%s says %v, %v", what, err, redpoll.OutcomeOf(err))
					}
				}
				results := pipe.Results()
				if len(results) != 2 || !errors.Is(results[1].Err, redpoll.ErrWatch) ||
					results[1].Val != nil {
					t.Errorf("the results are %v", results)
				}
				if v := srv.Do("GET", "untouched"); v != nil {
					t.Errorf("it was executed: %v", v)
				}
				// The next round of the loop succeeds.
				succeeds(t, tx.Watch(ctx, "seq"))
				pipe = tx.Multi()
				n = pipe.Incr("untouched")
				succeeds(t, pipe.Exec(ctx))
				if n.Val() != 1 {
					t.Errorf("the second round gives %d", n.Val())
				}
				succeeds(t, tx.Close())
				if m.Count("UNWATCH") != 0 {
					t.Errorf("UNWATCH was sent: %s", seen(m))
				}
				isFree(t, rdb, srv, "seq", "other")
			})
		}
	})
}

// The loop of Watch, Multi and Exec is repeated after a conflict.
//
// Covers: F206, E28
func TestExplicitLoop(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		srv.Do("SET", "seq", "1")
		tx := clients.Pin(t, rdb)
		rounds := 0
		for {
			rounds++
			succeeds(t, tx.Watch(ctx, "seq"))
			n, err := redpoll.Int(tx.Get(ctx, "seq"))
			succeeds(t, err)
			if rounds == 1 {
				srv.Do("SET", "seq", "50")
			}
			pipe := tx.Multi()
			pipe.Set("seq", n+1)
			err = pipe.Exec(ctx)
			if rounds == 1 && srv.Do("GET", "seq") != "50" {
				t.Errorf("after the conflict the key is %v", srv.Do("GET", "seq"))
			}
			if errors.Is(err, redpoll.ErrWatch) {
				continue
			}
			succeeds(t, err)
			break
		}
		if v := srv.Do("GET", "seq"); rounds != 2 || v != "51" {
			t.Errorf("after %d rounds the key is %v", rounds, v)
		}
		succeeds(t, tx.Close())
		isFree(t, rdb, srv, "seq")
	})
}

// Covers: F197
func TestEmptyTransactionTellsWhetherKeysChanged(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		tx := clients.Pin(t, rdb)
		m := srv.Monitor()
		succeeds(t, tx.Multi().Exec(ctx))
		wantSeen(t, m, "") // nothing is watched
		succeeds(t, tx.Watch(ctx, "k"))
		succeeds(t, tx.Multi().Exec(ctx))
		wantSeen(t, m, "WATCH k; MULTI; EXEC")
		succeeds(t, tx.Watch(ctx, "k"))
		srv.Do("SET", "k", "v")
		conflicts(t, tx.Multi().Exec(ctx))
		// Commands whose result needs no server do not count.
		succeeds(t, tx.Watch(ctx, "k"))
		pipe := tx.Multi()
		none := pipe.MGet()
		succeeds(t, errors.Join(pipe.Exec(ctx), none.Err()))
		succeeds(t, tx.Watch(ctx, "k"))
		srv.Do("SET", "k", "w")
		pipe = tx.Multi()
		none = pipe.MGet()
		conflicts(t, pipe.Exec(ctx))
		conflicts(t, none.Err())
		// The watch has ended each time.
		pipe = tx.Multi()
		srv.Do("SET", "k", "x")
		pipe.Ping()
		succeeds(t, pipe.Exec(ctx))
	})
}

// Covers: F196
func TestUnwatch(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		tx := clients.Pin(t, rdb)
		m := srv.Monitor()
		succeeds(t, tx.Unwatch(ctx))
		wantSeen(t, m, "")
		succeeds(t, tx.Watch(ctx, "k"))
		dropped := tx.Multi()
		gone := dropped.Set("k", "dropped")
		succeeds(t, tx.Unwatch(ctx))
		succeeds(t, tx.Unwatch(ctx))
		wantSeen(t, m, "WATCH k; UNWATCH")
		if err := dropped.Exec(ctx); err == nil || redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("a transaction that was dropped gives %v", err)
		}
		if err := gone.Err(); !errors.Is(err, redpoll.ErrNotExecuted) {
			t.Errorf("its handle says %v", err)
		}
		srv.Do("SET", "k", "v")
		pipe := tx.Multi()
		get := pipe.Get("k")
		succeeds(t, pipe.Exec(ctx))
		if get.Val() != "v" {
			t.Errorf("got %q", get.Val())
		}
	})
}

// Covers: F198, F200
func TestMisuseOfATransaction(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		tx := clients.Pin(t, rdb)
		m := srv.Monitor()
		succeeds(t, tx.Watch(ctx, "k"))
		first := tx.Multi()
		h := first.Set("k", 1)
		if err := tx.Watch(ctx, "other"); !errors.Is(err, redpoll.ErrWatchInMulti) ||
			redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("Watch after Multi gives %v", err)
		}
		second := tx.Multi()
		second.Set("k", 2)
		for name, p := range map[string]*redpoll.Pipeline{"second": second, "first": first} {
			if err := p.Exec(ctx); !errors.Is(err, redpoll.ErrNestedMulti) ||
				redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("the %s pipeline gives %v", name, err)
			}
		}
		if err := h.Err(); !errors.Is(err, redpoll.ErrNotExecuted) {
			t.Errorf("the handle says %v", err)
		}
		wantSeen(t, m, "WATCH k")
		// The watch continues, and the next transaction works.
		pipe := tx.Multi()
		pipe.Discard()
		again := tx.Multi()
		again.Set("k", 3)
		succeeds(t, again.Exec(ctx))
		wantSeen(t, m, "WATCH k; MULTI; SET k 3; EXEC")
		for name, p := range map[string]*redpoll.Pipeline{"executed": again, "discarded": pipe} {
			p.Set("k", 4)
			if err := p.Exec(ctx); err == nil || !strings.Contains(err.Error(), "Multi starts another") ||
				redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("the %s pipeline, used again, gives %v", name, err)
			}
		}
		succeeds(t, tx.Close())
		for what, err := range map[string]error{
			"Watch": tx.Watch(ctx, "k"),
			"Multi": execOf(ctx, tx),
			"Ping":  tx.Ping(ctx),
		} {
			if !errors.Is(err, redpoll.ErrClosed) || !errors.Is(err, redpoll.ErrNotSent) {
				t.Errorf("%s after Close gives %v", what, err)
			}
		}
		succeeds(t, tx.Unwatch(ctx))
		if v := srv.Do("GET", "k"); v != "3" {
			t.Errorf("the key is %v", v)
		}
		isFree(t, rdb, srv, "k")
	})
}

// Covers: F201
func TestWatchOfNoKey(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		tx := clients.Pin(t, rdb)
		m := srv.Monitor()
		var de *redpoll.DataError
		err := tx.Watch(t.Context())
		if !errors.As(err, &de) || de.Command != "WATCH" || de.Argument != "keys" {
			t.Errorf("got %v", err)
		}
		wantSeen(t, m, "")
	})
}

// While keys are watched, a plain pipeline runs at once. A pipeline from Multi is a transaction in any case.
//
// Covers: F190, F202
func TestPipelinesWhileWatching(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		srv.Do("SET", "k", "v")
		tx := clients.Pin(t, rdb)
		m := srv.Monitor()
		early := tx.Pipeline()
		early.Set("k", "early")
		succeeds(t, tx.Watch(ctx, "k"))
		plain := tx.Pipeline(redpoll.NoTransaction)
		get := plain.Get("k")
		succeeds(t, plain.Exec(ctx))
		if get.Val() != "v" {
			t.Errorf("got %q", get.Val())
		}
		// The EXEC of this pipeline would end the watch without the transaction's knowledge.
		err := early.Exec(ctx)
		var se *redpoll.StateError
		if !errors.As(err, &se) || !strings.Contains(err.Error(), "Multi") ||
			!strings.Contains(err.Error(), "NoTransaction") {
			t.Errorf("another transaction gives %v", err)
		}
		srv.Do("SET", "k", "changed")
		pipe := tx.Multi()
		pipe.Set("k", "lost update")
		conflicts(t, pipe.Exec(ctx))
		// a server does not list commands that it did not execute
		wantSeen(t, m, "WATCH k; GET k; MULTI; EXEC")
		early.Get("k") // without a watch this pipeline is like any other
		succeeds(t, early.Exec(ctx))
		wantSeen(t, m, "WATCH k; GET k; MULTI; EXEC; MULTI; GET k; EXEC")
	})
}

// Methods that concern one connection exist on a Conn only. Their commands are refused by Do.
//
// Covers: F25
func TestWatchNeedsAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	client, conn := reflect.TypeFor[*redpoll.Client](), reflect.TypeFor[*redpoll.Conn]()
	for _, name := range []string{"Watch", "Unwatch", "Multi", "Wait", "WaitAOF"} {
		if _, ok := client.MethodByName(name); ok {
			t.Errorf("a client has %s", name)
		}
		if _, ok := conn.MethodByName(name); !ok {
			t.Errorf("a Conn has no %s", name)
		}
	}
	p := testkit.Listen(t, testkit.Friendly)
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for name, method := range map[string]string{
		"WATCH":   "Conn.Watch",
		"UNWATCH": "Conn.Unwatch",
		"MULTI":   "Conn.Multi",
	} {
		_, err := rdb.Do(t.Context(), name, "k")
		var se *redpoll.StateError
		if !errors.As(err, &se) || se.Command != name || !strings.Contains(se.Instead, method) ||
			!strings.Contains(se.Instead, "Client.Transaction") {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if n := p.Accepted(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// The Client inside a Conn can be passed to code that needs a client. It cannot be closed: it ends with the
// Conn, which gives the connection back.
func TestClientInsideAConn(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	one := clients.Pin(t, rdb)
	var se *redpoll.StateError
	if err := one.Client.Close(); !errors.As(err, &se) || redpoll.OutcomeOf(err) != redpoll.NotSent {
		t.Errorf("closing the inner client: %v", err)
	}
	clients.Usable(t, &one.Client)
	succeeds(t, one.Close())
	if err := one.Client.Ping(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("after Close of the Conn: %v", err)
	}
	redpolltest.Await(t, "the connection is back", func() bool { return rdb.Stats().LentConns == 0 })
}

// A command that the server refuses ends the transaction, and the watch with it.
func TestRefusedCommandInATransaction(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		ctx := t.Context()
		tx := clients.Pin(t, rdb)
		succeeds(t, tx.Watch(ctx, "k"))
		m := srv.Monitor()
		pipe := tx.Multi()
		set, bad := pipe.Set("k", 1), pipe.Do("NOSUCHCOMMAND")
		err := pipe.Exec(ctx)
		var pe *redpoll.PipelineError
		if !errors.As(err, &pe) || pe.Index != 1 || errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("Exec gives %v", err)
		}
		if !errors.Is(set.Err(), redpoll.ErrExecAbort) || bad.Err() == nil {
			t.Errorf("the handles say %v and %v", set.Err(), bad.Err())
		}
		succeeds(t, tx.Close())
		if m.Count("UNWATCH") != 0 {
			t.Errorf("UNWATCH after EXEC: %s", seen(m))
		}
		isFree(t, rdb, srv, "k")
		if got := srv.Do("GET", "k"); got != "changed by another" {
			t.Errorf("the key is %v", got)
		}
	})
}

// A connection that watches does not return to the pool if the user may not UNWATCH.
func TestUnwatchIsRefused(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Users: []redpolltest.User{{Name: "u", Password: "p", Rules: "~* &* +@all -unwatch"}},
	})
	for name, end := range map[string]func(tx *redpoll.Tx) error{
		"Unwatch": func(tx *redpoll.Tx) error {
			return errors.Join(tx.Unwatch(t.Context()), tx.Ping(t.Context()), tx.Close())
		},
		"Close": func(tx *redpoll.Tx) error { return tx.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			rdb := clients.New(t, redpoll.Options{
				Addr: srv.Addr(), Username: "u", Password: "p", Exclusive: true, MaxConns: 1,
			})
			tx := clients.Pin(t, rdb)
			watched := clients.ID(t, tx)
			succeeds(t, tx.Watch(t.Context(), "k"))
			succeeds(t, end(tx))
			if got := clients.ID(t, rdb); got == watched {
				t.Error("the connection that watches went back to the pool")
			}
			isFree(t, rdb, srv, "k")
		})
	}
}

// If the server refuses MULTI, no EXEC is sent. The keys stay watched until the connection is given back.
func TestMultiIsRefused(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Users: []redpolltest.User{{Name: "u", Password: "p", Rules: "~* &* +@all -multi"}},
	})
	rdb := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Username: "u", Password: "p", Exclusive: true, MaxConns: 1,
	})
	tx := clients.Pin(t, rdb)
	watched := clients.ID(t, tx)
	succeeds(t, tx.Watch(t.Context(), "k"))
	if err := execOf(t.Context(), tx); !errors.Is(err, redpoll.ErrNoPerm) {
		t.Errorf("got %v", err)
	}
	succeeds(t, tx.Close())
	srv.Do("ACL", "SETUSER", "u", "+multi")
	if got := clients.ID(t, rdb); got != watched {
		t.Error("the connection was thrown away")
	}
	isFree(t, rdb, srv, "k")
}

// execOf executes a transaction of one command.
func execOf(ctx context.Context, tx *redpoll.Tx) error {
	pipe := tx.Multi()
	pipe.Ping()
	return pipe.Exec(ctx)
}
