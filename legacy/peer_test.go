package legacy_test

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// hangUp, as the answer of a peer, ends the connection.
const hangUp = "hang up"

// peer is a server played by hand that notes what it is asked.
type peer struct {
	*redpolltest.Peer
	mu    sync.Mutex
	conns int
	asked []string
}

// newPeer starts a peer that answers with RESP as it goes over the wire; conn counts the connections from 0.
func newPeer(t testing.TB, answer func(conn int, args []string) string) *peer {
	t.Helper()
	p := new(peer)
	p.Peer = redpolltest.Scripted(t, func(nc net.Conn) {
		p.mu.Lock()
		n := p.conns
		p.conns++
		p.mu.Unlock()
		c := redpolltest.WrapConn(nc)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.asked = append(p.asked, strings.Join(args, " "))
			p.mu.Unlock()
			reply := answer(n, args)
			if reply == hangUp {
				return
			}
			if _, err := c.Write([]byte(reply)); err != nil {
				return
			}
		}
	})
	return p
}

// client makes a client of the peer that says nothing by itself.
func (p *peer) client(t testing.TB, o redpoll.Options) *redpoll.Client {
	t.Helper()
	o.Addr, o.Protocol, o.NoClientInfo = p.Addr(), 2, true
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func (p *peer) wantHeard(t testing.TB, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.asked, want) {
		t.Errorf("the peer heard %q, want %q", p.asked, want)
	}
}
