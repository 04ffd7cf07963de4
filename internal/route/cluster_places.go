package route

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/pubsub"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/resp"
)

// Places says where subscriptions belong on a cluster.
type Places struct{ *Cluster }

var _ pubsub.Places = Places{}

// Slot returns the slot of a channel.
func (p Places) Slot(channel string) int { return slot.Of([]byte(channel)) }

// Owner returns the primary of a sharded channel.
func (p Places) Owner(channel string) (s pubsub.Server, ok bool) {
	m := p.owners[slot.Of([]byte(channel))].Load()
	if m == nil {
		return s, false
	}
	return p.server(m), true
}

// Primaries returns all primaries that are known.
func (p Places) Primaries() []pubsub.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]pubsub.Server, len(p.primary))
	for i, m := range p.primary {
		list[i] = p.server(m)
	}
	return list
}

// Has reports whether a connection to an address leads to a node of the cluster.
func (p Places) Has(addr string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.dialled[addr]
	return m != nil && m.listed
}

// Judge says what follows an error reply to SSUBSCRIBE, and learns from redirects. Servers do not send ASK
// for sharded channels: the old owner keeps them until the slot has moved.
func (p Places) Judge(refusal, from string) (v pubsub.Verdict, n int) {
	if to, ok := slot.ParseRedirect(refusal, from); ok {
		if to.Ask {
			p.doubt(true)
			return pubsub.Later, to.Slot
		}
		at := p.known(to.Addr)
		p.mu.Lock()
		source := p.dialled[from]
		p.mu.Unlock()
		if at == nil || at == source {
			p.doubt(true)
			return pubsub.Moved, to.Slot
		}
		p.learn(to.Slot, at, source)
		return pubsub.Moved, to.Slot
	}
	switch code, _ := resp.SplitError(refusal); code {
	case "CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN":
		p.doubt(true)
		return pubsub.Later, 0
	}
	return pubsub.Final, 0
}

// Ready waits until there is a map. If it returns false the call, which has no bytes, has ended.
func (p Places) Ready(ctx context.Context, call *conn.Call) bool { return p.await(ctx, call) }

// Doubt has the map looked at soon.
func (p Places) Doubt() { p.doubt(true) }

// Look waits for a new answer about the map.
func (p Places) Look(ctx context.Context) error { return p.look(ctx) }

// Since returns the time until which the map was surely right before its last change.
func (p Places) Since() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sureBefore == 0 {
		return time.Now()
	}
	return time.Now().Add(p.sureBefore - conn.Now())
}

// errAway is the reason of connections to a node that was left behind meanwhile.
var errAway = errors.New("the node has left the cluster")

// server returns a node as a link knows it.
func (p Places) server(m *member) pubsub.Server {
	return pubsub.Server{Node: m.Node.Addr, Open: func(ctx context.Context) (*conn.Stream, error) {
		// The node may have been replaced, and one that is silent does not say so.
		done := make(chan struct{})
		defer close(done)
		slow := time.AfterFunc(slowLend, func() { p.doubtUntil(done) })
		defer slow.Stop()
		s, err := m.Node.Pool.OpenStream(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
			return s, err
		case errors.Is(err, pool.ErrClosed) && p.ctx.Err() == nil:
			err = &conn.DialError{Phase: conn.PhaseDial, Err: errAway}
		}
		p.worry(m)
		return nil, err
	}}
}

// doubtUntil has the map looked at again and again until done is closed.
func (p Places) doubtUntil(done <-chan struct{}) {
	tick := time.NewTicker(calm)
	defer tick.Stop()
	for {
		p.doubt(true)
		select {
		case <-done:
			return
		case <-p.Done():
			return
		case <-tick.C:
		}
	}
}
