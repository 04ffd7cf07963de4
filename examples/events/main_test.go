package main

import (
	"io"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	for range 2 {
		var out strings.Builder
		if err := run(t.Context(), &out, srv.URL()); err != nil {
			t.Fatalf("%v\nafter\n%s", err, out.String())
		}
		for _, want := range []string{"set redpoll:events:colour", "is red; 2 times", "is green; 4 times"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it did not print %q, but\n%s", want, out.String())
			}
		}
	}
	if err := run(t.Context(), io.Discard, "unix:///nonexistent/redpoll.sock?no_retry=1"); err == nil {
		t.Error("no error without a server")
	}
}

// A gap empties the cache, and nothing is kept until all is in force again.
func TestGap(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"notify-keyspace-events KEA"}})
	proxy := redpolltest.NewProxy(t, srv.Addr())
	open := func(addr string) *redpoll.Client {
		rdb, err := redpoll.New(redpoll.Options{Addr: addr})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	ev, err := open(proxy.Addr()).KeyEvents(t.Context(), redpoll.KeyEventsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer ev.Close()
	c := &cache{rdb: open(srv.Addr()), values: make(map[string]string)}
	read := func(want string, hits int) {
		t.Helper()
		if value, err := c.get(t.Context(), "k"); value != want || err != nil || c.hits != hits {
			t.Errorf("got %q, %v with %d hits, want %q with %d", value, err, c.hits, want, hits)
		}
	}
	next := func(kind redpoll.MessageKind) {
		t.Helper()
		for e, err := range ev.Listen(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if c.apply(e); e.Kind == kind {
				return
			}
		}
	}
	srv.Do("SET", "k", "old")
	next(redpoll.KindMessage)
	read("old", 0)
	read("old", 1)
	proxy.DropAll(redpolltest.Reset)
	srv.Do("SET", "k", "new")
	next(redpoll.KindGap)
	read("new", 1)
	read("new", 1)
	next(redpoll.KindRestored)
	srv.Do("SET", "k", "newest")
	next(redpoll.KindMessage)
	read("newest", 1)
	read("newest", 2)
}
