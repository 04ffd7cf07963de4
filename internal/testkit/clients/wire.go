package clients

import (
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A Wire is a server for one test with a fault proxy in front of it, and options for clients that use the
// proxy.
type Wire struct {
	Server  *redpolltest.Server
	Proxy   *redpolltest.Proxy
	Options redpoll.Options
}

// WireKinds are the kinds of access to a server for which promises are tested.
var WireKinds = []string{"TCP", "RESP2", "exclusive", "unix socket", "TLS"}

// NewWire starts a server for the test with this kind of access, one of [WireKinds].
func NewWire(t *testing.T, kind string) *Wire {
	t.Helper()
	w := &Wire{Server: redpolltest.Start(t, redpolltest.ServerOptions{TLS: kind == "TLS"})}
	target := w.Server.Addr()
	switch kind {
	case "unix socket":
		target = w.Server.Socket()
	case "TLS":
		target = w.Server.TLSAddr()
	}
	w.Proxy = redpolltest.NewProxy(t, target)
	w.Options.Addr = w.Proxy.Addr()
	switch kind {
	case "RESP2":
		w.Options.Protocol = 2
		w.Options.ClientName = "old" // so that there is a handshake that could fail
	case "exclusive":
		w.Options.Exclusive = true
	case "unix socket":
		w.Options.Addr = w.Proxy.Socket()
	case "TLS":
		w.Options.TLS = w.Server.ClientTLS()
	}
	return w
}

// Client makes a client that uses the proxy.
func (w *Wire) Client(t *testing.T, change ...func(*redpoll.Options)) *redpoll.Client {
	t.Helper()
	o := w.Options
	for _, c := range change {
		c(&o)
	}
	return New(t, o)
}

// NoRetry changes options: nothing is sent again.
func NoRetry(o *redpoll.Options) { o.NoRetry = true }

// Warm makes sure that the client has a working connection.
func Warm(t *testing.T, c *redpoll.Client) {
	t.Helper()
	redpolltest.Await(t, "there is a connection", func() bool { return c.Ping(t.Context()) == nil })
}
