package clients

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Test is one test of commands: a client with an empty database, and direct access to the server.
type Test struct {
	*testing.T
	Client *redpoll.Client
	Server *redpolltest.Server
	Proto  int // the protocol of Client, for further clients; 0 if the test has not chosen one
}

// EachProtocol runs a test over RESP3 and over RESP2, with the same expectations.
func EachProtocol(t *testing.T, run func(t *Test)) {
	t.Helper()
	for _, p := range []struct {
		name     string
		protocol int
	}{{"RESP3", 3}, {"RESP2", 2}} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			run(NewTest(t, redpoll.Options{Protocol: p.protocol}))
		})
	}
}

// NewTest makes a client for a database of this test alone.
func NewTest(t *testing.T, o redpoll.Options) *Test {
	t.Helper()
	srv := redpolltest.Shared(t)
	o.Addr, o.DB = srv.Addr(), srv.DB
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rdb.Ping(context.Background()); err != nil {
			t.Errorf("the connection is not usable after the test: %v", err)
		}
		_ = rdb.Close()
	})
	return &Test{t, rdb, srv, o.Protocol}
}

// OwnServer runs a test of commands that concern the whole server, over each protocol with its own server.
func OwnServer(t *testing.T, o redpolltest.ServerOptions, run func(t *Test)) {
	t.Helper()
	for _, p := range []struct {
		name     string
		protocol int
	}{{"RESP3", 3}, {"RESP2", 2}} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, o)
			run(&Test{t, New(t, redpoll.Options{Addr: srv.Addr(), Protocol: p.protocol}), srv, p.protocol})
		})
	}
}

// Want compares a call's result, as in t.Want("a")(t.Client.Get(ctx, "k")): the expected value comes first
// because a call with two results must come last.
func (t *Test) Want(want any) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("got the error %v, want %#v", err, want)
			return
		}
		if n, ok := want.(int); ok {
			if _, same := got.(int64); same {
				want = int64(n)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
}

// OK checks that a call without a result succeeded.
func (t *Test) OK(err error) {
	t.Helper()
	if err != nil {
		t.Errorf("got the error %v", err)
	}
}

// IsNil checks that a call found nothing.
func (t *Test) IsNil(got any, err error) {
	t.Helper()
	if !errors.Is(err, redpoll.Nil) {
		t.Errorf("got %#v and the error %v, want Nil", got, err)
	}
}

// Is checks the error of a call.
func (t *Test) Is(want error) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("got %#v and the error %v, want %v", got, err, want)
		}
	}
}

// Between checks that a duration is within two bounds, both included.
func (t *Test) Between(low, high time.Duration) func(got time.Duration, err error) {
	return func(got time.Duration, err error) {
		t.Helper()
		if err != nil || got < low || got > high {
			t.Errorf("got %v and the error %v, want %v to %v", got, err, low, high)
		}
	}
}

// Holds compares the data of the server: the command do must return want.
func (t *Test) Holds(want any, do ...string) {
	t.Helper()
	if got := t.Server.Do(do...); !reflect.DeepEqual(got, want) {
		t.Errorf("%q gives %#v, want %#v", do, got, want)
	}
}

// Says checks that the server's error has this text.
func (t *Test) Says(text string) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		var server *redpoll.ServerError
		if !errors.As(err, &server) || !strings.Contains(err.Error(), text) {
			t.Errorf("got %#v and the error %v, want a server's error that says %q", got, err, text)
		}
	}
}

// Starts checks that lines of help begin with this text.
func (t *Test) Starts(text string) func(got []string, err error) {
	return func(got []string, err error) {
		t.Helper()
		if err != nil || len(got) < 3 || !strings.HasPrefix(got[0], text) {
			t.Errorf("got %q and the error %v, want lines that begin with %q", got, err, text)
		}
	}
}

// Nulls makes a list of present strings; "<nil>" stands for a missing one.
func Nulls(list ...string) []redpoll.Null[string] {
	out := make([]redpoll.Null[string], len(list))
	for i, s := range list {
		if s != "<nil>" {
			out[i] = redpoll.Null[string]{V: s, Valid: true}
		}
	}
	return out
}
