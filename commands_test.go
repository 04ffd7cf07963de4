package redpoll_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ctx is the context of command tests; the client's time-outs end a call that
// hangs.
var ctx = context.Background()

// commandTest is one test of commands: a client with an empty database, and the
// server seen past the client.
type commandTest struct {
	*testing.T
	rdb *redpoll.Client
	srv *redpolltest.Server
}

// eachProtocol runs a test over RESP3 and over RESP2, which must not differ.
func eachProtocol(t *testing.T, run func(t *commandTest)) {
	t.Helper()
	for _, p := range []struct {
		name     string
		protocol int
	}{{"RESP3", 3}, {"RESP2", 2}} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			run(newCommandTest(t, redpoll.Options{Protocol: p.protocol}))
		})
	}
}

// newCommandTest makes a client for a database that the test has to itself.
func newCommandTest(t *testing.T, o redpoll.Options) *commandTest {
	t.Helper()
	srv := redpolltest.Shared(t)
	o.Addr, o.DB = srv.Addr(), srv.DB
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rdb.Ping(ctx); err != nil {
			t.Errorf("the connection is not usable after the test: %v", err)
		}
		_ = rdb.Close()
	})
	return &commandTest{t, rdb, srv}
}

// want compares a call's result, as in t.want("a")(rdb.Get(ctx, "k")) with the
// expected value bound first because a call with two results must come last.
func (t *commandTest) want(want any) func(got any, err error) {
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

// ok demands that a call with no other result succeeded.
func (t *commandTest) ok(err error) {
	t.Helper()
	if err != nil {
		t.Errorf("got the error %v", err)
	}
}

// isNil demands that a call found nothing.
func (t *commandTest) isNil(got any, err error) {
	t.Helper()
	if !errors.Is(err, redpoll.Nil) {
		t.Errorf("got %#v and the error %v, want Nil", got, err)
	}
}

// is demands an error.
func (t *commandTest) is(want error) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("got %#v and the error %v, want %v", got, err, want)
		}
	}
}

// between demands a duration within two bounds, both included.
func (t *commandTest) between(low, high time.Duration) func(got time.Duration, err error) {
	return func(got time.Duration, err error) {
		t.Helper()
		if err != nil || got < low || got > high {
			t.Errorf("got %v and the error %v, want %v to %v", got, err, low, high)
		}
	}
}

// asks sets what the server must hold: do returns want.
func (t *commandTest) holds(want any, do ...string) {
	t.Helper()
	if got := t.srv.Do(do...); !reflect.DeepEqual(got, want) {
		t.Errorf("%q gives %#v, want %#v", do, got, want)
	}
}

// nulls makes a list of present strings; "<nil>" stands for a missing one.
func nulls(list ...string) []redpoll.Null[string] {
	out := make([]redpoll.Null[string], len(list))
	for i, s := range list {
		if s != "<nil>" {
			out[i] = redpoll.Null[string]{V: s, Valid: true}
		}
	}
	return out
}
