package conformance

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// contexts are about deadlines, and callers that give up.
var contexts = tests{
	"one that has ended sends nothing": func(t *T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := t.Client.Incr(ctx, t.Key("n"))
		clients.NotSent(context.Canceled).Check(t.T, err)
		pipe := t.Client.Pipeline()
		pipe.Incr(t.Key("n"))
		clients.NotSent(context.Canceled).Check(t.T, pipe.Exec(ctx))
		_, err = t.Client.Get(ctx, t.Key("n"))
		clients.NotSent(context.Canceled).Check(t.T, err)
		_, err = t.Client.Conn(ctx)
		clients.NotSent(context.Canceled).Check(t.T, err)
		t.IsNil(t.Client.Get(t.primary(), t.Key("n")))
	},
	"a deadline ends a call that blocks": func(t *T) {
		ctx, cancel := context.WithTimeout(t.Context(), clients.Brief)
		defer cancel()
		_, err := t.Client.BLPop(ctx, 0, t.Key("l"))
		clients.Unanswered(context.DeadlineExceeded).Check(t.T, err)
		redpolltest.Await(t, "the server has forgotten the call", func() bool {
			// One element may be on its way to the call.
			if _, err := t.Client.RPush(t.Context(), t.Key("l"), "v"); err != nil {
				t.Fatal(err)
			}
			v, err := t.Client.LPop(t.Context(), t.Key("l"))
			return v == "v" && err == nil
		})
	},
	"a caller that gives up disturbs nobody": func(t *T) {
		k := t.Key("n")
		ctx, cancel := context.WithCancel(t.Context())
		var others []func() error
		for range 4 {
			others = append(others, t.Go(func() error {
				for range 50 {
					if _, err := t.Client.Incr(t.Context(), k); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		given := t.Go(func() error {
			for ctx.Err() == nil {
				_, _ = t.Client.Get(ctx, k)
			}
			return nil
		})
		cancel()
		t.OK(given())
		for _, ended := range others {
			t.OK(ended())
		}
		t.Want(200)(redpoll.Int(t.Client.Get(t.primary(), k)))
	},
}

// silencer makes connections that can lose all replies from some moment on.
type silencer struct {
	mu    sync.Mutex
	conns []*silent
}

type silent struct {
	net.Conn
	addr string
	now  atomic.Bool
}

func (s *silencer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &silent{Conn: nc, addr: addr}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
	return c, nil
}

// silence concerns the present connections to these servers, and not later ones.
func (s *silencer) silence(addrs map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if addrs[c.addr] != "" {
			c.now.Store(true)
		}
	}
}

func (c *silent) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.now.Load() {
			return n, err
		}
	}
}
