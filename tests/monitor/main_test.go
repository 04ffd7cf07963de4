// Package monitor_test has the tests of redpoll.Monitor.
package monitor_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// ctx is the context of calls whose test needs no other.
var ctx = context.Background()

// monitorOf starts a monitor that is closed with the test.
func monitorOf(t testing.TB, rdb interface {
	Monitor(ctx context.Context) (*redpoll.Monitor, error)
}) *redpoll.Monitor {
	t.Helper()
	mon, err := rdb.Monitor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mon.Close() })
	return mon
}

// find reads up to the next entry of a command with these first arguments. Administrative commands have no
// entry.
func find(t testing.TB, mon *redpoll.Monitor, words ...string) redpoll.MonitorEntry {
	t.Helper()
	// no time-out of the client ends a monitor that is silent
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for entry, err := range mon.Listen(ctx) {
		if err != nil {
			t.Fatalf("looking for %q: %v", words, err)
		}
		if len(entry.Args) >= len(words) && slices.Equal(entry.Args[:len(words)], words) {
			return entry
		}
	}
	panic("unreachable")
}

// wantConnError checks for a *ConnError of MONITOR that matches want and has this outcome.
func wantConnError(t testing.TB, err error, want error, outcome redpoll.Outcome) {
	t.Helper()
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) || ce.Command != "MONITOR" || ce.Node == "" || ce.Outcome != outcome ||
		!errors.Is(err, want) {
		t.Errorf("got %v of type %T, want a *ConnError of MONITOR that is %q and %v", err, err, want, outcome)
	}
}

// monitoring is the number of connections of the server that monitor it.
func monitoring(srv *redpolltest.Server) (n int) {
	list, _ := srv.Do("CLIENT", "LIST").(string)
	for line := range strings.Lines(list) {
		if strings.Contains(line, " flags=O ") {
			n++
		}
	}
	return n
}

// stage is a server that is played by hand from MONITOR on.
type stage struct {
	*redpolltest.Peer
	monitors chan net.Conn // connections that have sent MONITOR and have got no reply yet
	tap      testkit.Tap   // of the client
}

// play starts a stage and a client for it. Options may be changed.
func play(t testing.TB, o redpoll.Options) (*stage, *redpoll.Client) {
	t.Helper()
	s := &stage{monitors: make(chan net.Conn, 8)}
	s.Peer = redpolltest.Scripted(t, func(nc net.Conn) { s.serve(nc) })
	o.Addr = s.Addr()
	if o.Dialer == nil {
		o.Dialer = s.tap.Dial
	}
	return s, clients.New(t, o)
}

func (s *stage) serve(nc net.Conn) {
	c := redpolltest.WrapConn(nc)
	for {
		words, err := c.Command()
		if err != nil {
			return
		}
		if words[0] == "MONITOR" {
			s.monitors <- nc
			_, _ = io.Copy(io.Discard, c) // until the client has gone
			return
		}
		if _, err := io.WriteString(nc, testkit.Friendly(0, words)); err != nil {
			return
		}
	}
}

// begin starts a monitor, whose command gets that answer, and gives the server's end of it.
func (s *stage) begin(t testing.TB, rdb *redpoll.Client, answer string) (*redpoll.Monitor, net.Conn) {
	t.Helper()
	var server net.Conn
	var answering sync.WaitGroup
	answering.Go(func() {
		server = <-s.monitors
		send(t, server, answer)
	})
	mon := monitorOf(t, rdb)
	answering.Wait()
	return mon, server
}

func send(t testing.TB, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Error(err)
	}
}
