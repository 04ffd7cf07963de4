package redpoll_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A wire is a server of one test's own with a fault proxy in front of it, and the options of clients that talk
// through the proxy.
type wire struct {
	srv   *redpolltest.Server
	proxy *redpolltest.Proxy
	opts  redpoll.Options
}

// wireKinds are the ways to reach a server that promises are proved for.
var wireKinds = []string{"TCP", "RESP2", "exclusive", "unix socket", "TLS"}

func newWire(t *testing.T, kind string) *wire {
	t.Helper()
	w := &wire{srv: redpolltest.Start(t, redpolltest.ServerOptions{TLS: kind == "TLS"})}
	target := w.srv.Addr()
	switch kind {
	case "unix socket":
		target = w.srv.Socket()
	case "TLS":
		target = w.srv.TLSAddr()
	}
	w.proxy = redpolltest.NewProxy(t, target)
	w.opts.Addr = w.proxy.Addr()
	switch kind {
	case "RESP2":
		w.opts.Protocol = 2
		w.opts.ClientName = "old" // with nothing to say, there is no handshake that could fail
	case "exclusive":
		w.opts.Exclusive = true
	case "unix socket":
		w.opts.Addr = w.proxy.Socket()
	case "TLS":
		w.opts.TLS = w.srv.ClientTLS()
	}
	return w
}

// client makes a client that talks through the proxy.
func (w *wire) client(t *testing.T, change ...func(*redpoll.Options)) *redpoll.Client {
	t.Helper()
	o := w.opts
	for _, c := range change {
		c(&o)
	}
	return clientWith(t, o)
}

// clientWith makes a client that is closed with the test.
func clientWith(t *testing.T, o redpoll.Options) *redpoll.Client {
	t.Helper()
	c, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func noRetry(o *redpoll.Options) { o.NoRetry = true }

// warm sees to it that the client has a connection that works.
func warm(t *testing.T, c *redpoll.Client) {
	t.Helper()
	await(t, "there is a connection", func() bool { return c.Ping(t.Context()) == nil })
}

// A failed is what an error of a call must be.
type failed struct {
	outcomes []redpoll.Outcome // any of them
	is       error             // nil: any
}

// check reports an error that is not a *ConnError of the given kind, or that contradicts itself.
func (want failed) check(t *testing.T, err error) {
	t.Helper()
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) {
		t.Errorf("got %T %v, want a *ConnError", err, err)
		return
	}
	if len(want.outcomes) > 0 && !slices.Contains(want.outcomes, ce.Outcome) {
		t.Errorf("the outcome of %q is %v, want one of %v", err, ce.Outcome, want.outcomes)
	}
	if want.is != nil && !errors.Is(err, want.is) {
		t.Errorf("got %q, want an error that is %q", err, want.is)
	}
	for outcome, sentinel := range map[redpoll.Outcome]error{
		redpoll.NotSent: redpoll.ErrNotSent, redpoll.Refused: redpoll.ErrRefused, redpoll.MaybeExecuted: redpoll.ErrMaybeExecuted,
	} {
		if got := errors.Is(err, sentinel); got != (outcome == ce.Outcome) {
			t.Errorf("errors.Is(%q, %q) is %v, the outcome is %v", err, sentinel, got, ce.Outcome)
		}
	}
	if redpoll.OutcomeOf(err) != ce.Outcome {
		t.Errorf("OutcomeOf(%q) is %v", err, redpoll.OutcomeOf(err))
	}
}

func notSent(is error) failed { return failed{[]redpoll.Outcome{redpoll.NotSent}, is} }
func maybe(is error) failed   { return failed{[]redpoll.Outcome{redpoll.MaybeExecuted}, is} }
func unanswered(is error) failed {
	return failed{[]redpoll.Outcome{redpoll.NotSent, redpoll.MaybeExecuted}, is}
}

// background is for calls that shall end without a deadline of their own.
var background = context.Background()
