package commands_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// An import prepares its fields once per connection.
func TestHImport(t *testing.T) {
	t.Parallel()
	r := testkit.Recorded(t, "+OK\r\n", "+OK\r\n", "-ERR number of values\r\n", "+OK\r\n")
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr(), MaxConns: 2})
	imports, err := rdb.HImport(ctx, "name", "age")
	if err != nil {
		t.Fatal(err)
	}
	if err := imports.Set(ctx, "u:1", "alice", 30); err != nil {
		t.Error(err)
	}
	if err := imports.Set(ctx, "u:2", "bob", 25); !errors.Is(err, redpoll.ErrRefused) {
		t.Errorf("got %v, want the server's error", err)
	}
	if err := imports.Set(ctx, "u:3", "carol", 41); err != nil {
		t.Error(err)
	}
	for _, values := range [][]any{{"alice"}, {"alice", nil}} {
		if err := imports.Set(ctx, "u:4", values...); !errors.As(err, new(*redpoll.DataError)) {
			t.Errorf("%v: got %v, want a DataError", values, err)
		}
	}
	if err := errors.Join(imports.Close(), imports.Close()); err != nil {
		t.Error(err)
	}
	want := []string{
		"HIMPORT PREPARE redpoll name age", "HIMPORT SET u:1 redpoll alice 30",
		"HIMPORT SET u:2 redpoll bob 25", "HIMPORT SET u:3 redpoll carol 41",
	}
	if got := r.Asked(); !reflect.DeepEqual(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	if _, err := rdb.HImport(ctx); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("no fields give %v, want a DataError", err)
	}
	if _, err := rdb.Do(ctx, "HIMPORT", "SET", "k", "f", "v"); !errors.As(err, new(*redpoll.StateError)) {
		t.Errorf("Do gives %v, want a StateError", err)
	}
}

// If the server lacks HIMPORT, the call returns an error, and the connection returns to the pool.
func TestHImportUnknown(t *testing.T) {
	t.Parallel()
	ct := clients.NewTest(t, redpoll.Options{MaxConns: 2})
	for range 3 {
		_, err := ct.Client.HImport(ctx, "f")
		ct.Is(redpoll.ErrRefused)(nil, err)
	}
}

// If its connection was lost, an import prepares its fields again.
func TestHImportReconnects(t *testing.T) {
	t.Parallel()
	r := testkit.Recorded(t, "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n")
	proxy := redpolltest.NewProxy(t, r.Addr())
	rdb := clients.New(t, redpoll.Options{Addr: proxy.Addr()})
	imports, err := rdb.HImport(ctx, "f")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = imports.Close() }()
	if err := imports.Set(ctx, "k", 1); err != nil {
		t.Fatal(err)
	}
	proxy.DropAll(redpolltest.Reset)
	if err := imports.Set(ctx, "k", 2); err == nil {
		t.Fatal("the lost connection is not noticed")
	}
	if err := imports.Set(ctx, "k", 3); err != nil {
		t.Error(err)
	}
	want := []string{
		"HIMPORT PREPARE redpoll f", "HIMPORT SET k redpoll 1", "HIMPORT PREPARE redpoll f",
		"HIMPORT SET k redpoll 3",
	}
	if got := r.Asked(); !reflect.DeepEqual(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}
