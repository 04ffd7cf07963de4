package pipelines_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// bomb is a hook that panics before or after one command.
type bomb struct {
	command string
	after   bool
}

func (b *bomb) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	if !b.after && e.Command == b.command {
		panic(b)
	}
	return ctx
}

func (b *bomb) CommandEnded(_ context.Context, e redpoll.CommandEnd) {
	if b.after && e.Command == b.command {
		panic(b)
	}
}

// If a hook panics around a transaction, its connection is not lost, and watches nothing when the next caller
// gets it.
//
// Covers: F205
func TestPanickingHookAroundATransaction(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"WATCH", "GET", "transaction", "UNWATCH"} {
		for when, after := range map[string]bool{"before": false, "after": true} {
			t.Run(when+" "+command, func(t *testing.T) {
				t.Parallel()
				b := &bomb{command, after}
				rdb, srv := clients.Shared(t, redpoll.Options{
					Exclusive: true, MaxConns: 1, Hooks: []redpoll.Hook{b},
				})
				panicked := func() (panicked bool) {
					defer func() { panicked = recover() == b }()
					_ = rdb.Transaction(t.Context(), func(tx *redpoll.Tx) error {
						if _, err := tx.Get(t.Context(), "k"); !errors.Is(err, redpoll.Nil) {
							t.Errorf("GET gives %v", err)
						}
						if command == "UNWATCH" {
							return errOwn
						}
						tx.Multi().Set("k", 1)
						return nil
					}, "k")
					return false
				}()
				if !panicked {
					t.Error("the hook was not called, or its panic swallowed")
				}
				b.command = ""
				leftAlone(t, rdb, srv)
			})
		}
	}
}

// If a hook panics around the EXEC of a Tx, the Tx can be used again.
func TestPanickingHookAroundMulti(t *testing.T) {
	t.Parallel()
	b := &bomb{"transaction", false}
	rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{b}})
	tx, err := rdb.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if err := tx.Watch(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	pipe := tx.Multi()
	pipe.Set("k", 1)
	func() {
		defer func() {
			if recover() != b {
				t.Error("the hook was not called, or its panic swallowed")
			}
		}()
		_ = pipe.Exec(t.Context())
	}()
	b.command = ""
	pipe = tx.Multi()
	pipe.Set("k", 2)
	if err := pipe.Exec(t.Context()); err != nil {
		t.Errorf("the next transaction gives %v", err)
	}
}

// leftAlone checks that the only connection, if there is one, is free and watches nothing.
func leftAlone(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
	t.Helper()
	srv.Do("SET", "k", "changed by another")
	pipe := rdb.Pipeline()
	pong := pipe.Ping()
	if err := errors.Join(pipe.Exec(t.Context()), pong.Err()); err != nil {
		t.Errorf("the next pipeline gives %v", err)
	}
	wantLent(t, rdb, 0)
}

func TestTransactionWithoutAFunction(t *testing.T) {
	inBoth(t, func(t *testing.T, rdb *redpoll.Client, srv *redpolltest.Server) {
		m := srv.Monitor()
		var de *redpoll.DataError
		err := rdb.Transaction(t.Context(), nil, "k")
		if !errors.As(err, &de) || redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("got %v", err)
		}
		wantSeen(t, m, "")
	})
}
