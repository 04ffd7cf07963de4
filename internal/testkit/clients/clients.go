// Package clients makes clients of redpoll for tests, and compares their results. It is not a part of
// testkit, because the tests of the layers below redpoll need testkit and cannot import redpoll.
package clients

import (
	"context"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// New makes a client that is closed with the test.
func New(t testing.TB, o redpoll.Options) *redpoll.Client {
	t.Helper()
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// Shared makes a client for an empty database of the server that the tests share.
func Shared(t testing.TB, o redpoll.Options) (*redpoll.Client, *redpolltest.Server) {
	t.Helper()
	srv := redpolltest.Shared(t)
	o.Addr, o.DB = srv.Addr(), srv.DB
	return New(t, o), srv
}

// NewPool makes a pool that is closed with the test.
func NewPool(t testing.TB, o redpoll.Options) *redpoll.Pool {
	t.Helper()
	p, err := redpoll.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// Pin takes a connection for the test, to the node of some keys.
func Pin(t testing.TB, rdb *redpoll.Client, keys ...string) *redpoll.Conn {
	t.Helper()
	one, err := rdb.Conn(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	return one
}

// Usable checks that a client works.
func Usable(t testing.TB, rdb interface {
	Ping(ctx context.Context) error
}) {
	t.Helper()
	if err := rdb.Ping(t.Context()); err != nil {
		t.Errorf("the client is not usable: %v", err)
	}
}

// ID returns the number of the connection that a client uses.
func ID(t testing.TB, rdb interface {
	ClientID(ctx context.Context) (int64, error)
}) int64 {
	t.Helper()
	id, err := rdb.ClientID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// WantConns checks how many exclusive connections are lent and idle.
func WantConns(t testing.TB, s redpoll.Stats, lent, idle int) {
	t.Helper()
	if s.LentConns != lent || s.IdleConns != idle {
		t.Errorf("%d connections are lent and %d idle, want %d and %d", s.LentConns, s.IdleConns, lent, idle)
	}
}
