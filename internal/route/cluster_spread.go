package route

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// place returns the slot of a key.
func (r *Cluster) place(key []byte) int { return slot.Of(key) }

// apart returns the failure of a command with keys of several slots.
func (r *Cluster) apart() error { return ErrCrossSlot }

// anywhere reports whether a command that was given no keys can go to any node. A command about one server,
// such as ROLE and CLIENT LIST, cannot: nobody would know which one has answered.
func (r *Cluster) anywhere(info *command.Info) bool {
	switch {
	case info.Policy == command.ByShard:
		return true // the server says what is wrong
	case info.Policy != command.OneNode:
		return false
	}
	// A command that nobody knows is like a script.
	const free = command.Alike | command.PubSub | command.Script
	return info.HasKeys() || info.Flags&free != 0 || ofAllNodes[info.Name] ||
		strings.HasPrefix(info.Name, "FT.") // the nodes search together
}

// ofAllNodes are commands without keys that are about the cluster as a whole.
var ofAllNodes = map[string]bool{
	"CLUSTER INFO": true, "CLUSTER KEYSLOT": true, "CLUSTER NODES": true, "CLUSTER REPLICAS": true,
	"CLUSTER SHARDS": true, "CLUSTER SLAVES": true, "CLUSTER SLOTS": true,
}

// begin begins a call that goes to several nodes: it is counted in Held, and the parts of a call that was
// counted are not refused by Stop. It waits for a map.
func (r *Cluster) begin(ctx context.Context, call *conn.Call) (onward context.Context, end func(), ok bool) {
	if !r.await(ctx, call) {
		return ctx, func() {}, false
	}
	if onward, end, ok = r.hold(ctx); !ok {
		call.NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
	}
	return onward, end, ok
}

// hold counts a call in Held until end. ok is false if the router is closed.
func (r *Cluster) hold(ctx context.Context) (onward context.Context, end func(), ok bool) {
	r.held.Add(1)
	return Onward(ctx), func() { r.held.Add(-1) }, !r.over(ctx)
}

// await waits for a map. It returns false if the call has ended before.
func (r *Cluster) await(ctx context.Context, call *conn.Call) bool {
	call.Begin()
	if r.mapped.Load() {
		return true
	}
	var probe conn.Call // has no bytes
	probe.Began = call.Began
	r.policy.retry(ctx, mapping{r}, &probe, nil, r.Done())
	if probe.Err != nil {
		call.NotSent(probe.Node(), probe.Err, probe.Phase)
		return false
	}
	return true
}

// mapping is the chooser of those who only wait for a map.
type mapping struct{ *Cluster }

func (m mapping) lend(ctx context.Context, _ *conn.Call, _ verdict) (lease, error) {
	switch {
	case m.over(ctx):
		return lease{}, pool.ErrClosed
	case m.mapped.Load():
		return lease{}, nil
	}
	return lease{}, m.look(ctx)
}

// oneSlot reports whether all keys belong to one slot.
func oneSlot(keys [][]byte) bool {
	first := slot.Of(keys[0])
	return !slices.ContainsFunc(keys[1:], func(key []byte) bool { return slot.Of(key) != first })
}

// copies makes a piece with all of the call for each node that the rule of its command names. Those for
// primaries go to the owners of the first slots of these, so that they follow a failover.
func (r *Cluster) copies(call *conn.Call) (pieces []*piece) {
	bytes := wire.Append(nil, call.Wire, call.Holes)
	add := func(m *member, to *conn.Route) {
		p := &piece{at: m}
		p.prepare(call, bytes)
		p.call.Route = to
		pieces = append(pieces, p)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.primary {
		add(m, &conn.Route{To: conn.ToSlot, Slot: m.first})
		if call.Info.Policy != command.AllNodes {
			continue
		}
		for _, n := range m.replicas {
			if m := r.enter(n.Addr); m != nil {
				m.listed = true
				add(m, &conn.Route{To: conn.ToNode, Node: n.Addr})
			}
		}
	}
	return pieces
}

// fan sends all pieces at once and waits for them. It returns those that count: a node that has left the
// cluster does not, and a node that has got two of the pieces for all nodes, after a failover, counts once.
func (r *Cluster) fan(ctx context.Context, pieces []*piece) []*piece {
	shots, aims := make([]shot, len(pieces)), make([]aim, len(pieces))
	for i, p := range pieces {
		shots[i].call, aims[i] = p.call, r.aim(p.at, false)
	}
	r.scatter(ctx, shots, aims)
	for i := range shots {
		if gone := shots[i].gone; gone != nil {
			pieces[i] = pieces[i].without(gone)
		}
	}
	ran := make(map[string]bool)
	return slices.DeleteFunc(pieces, func(p *piece) bool {
		if p.keys != nil {
			return false
		}
		node, answered := p.call.Node(), p.call.Answered()
		again := answered && ran[node]
		ran[node] = ran[node] || answered
		return again || errors.Is(p.call.Err, ErrLeft)
	})
}

// aim is where a call goes.
type aim struct {
	at   *Single  // nil if it is not known
	read *reading // nil if the call goes to the primary
}

// aim returns a node, or with reads a server for reads of that node.
func (r *Cluster) aim(m *member, reads bool) (a aim) {
	if reads {
		a.read = &reading{of: r}
		if m != nil {
			a.read.first = r.serves(m).best()
		}
		if one := a.read.first; one != nil {
			a.at = one.Single
		}
	} else if m != nil {
		a.at = m.Single
	}
	return a
}

// ready returns a connection for a call, nil if none is at hand.
func (a *aim) ready(ctx context.Context, call *conn.Call) *conn.Conn {
	if a.at == nil {
		return nil
	}
	return a.at.ready(ctx, call)
}

// again sends a call once more, after it has failed on a connection if that is not nil.
func (a *aim) again(ctx context.Context, r *Cluster, call *conn.Call, first *conn.Conn) *conn.GaveUp {
	if first == nil && ctx.Err() != nil {
		return refuse(call, r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent))
	}
	var ch chooser = r
	if a.read != nil {
		if first != nil {
			a.read.at, a.read.first, a.read.asked = a.read.first, nil, 1
		}
		ch = a.read
	}
	_, gone := r.policy.retry(ctx, ch, call, first, r.Done())
	return gone
}

// scatter sends calls at once and waits for them.
func (r *Cluster) scatter(ctx context.Context, shots []shot, aims []aim) {
	for i := range shots {
		shots[i].on = aims[i].ready(ctx, shots[i].call)
	}
	given := scatter(ctx, shots, func(i int, first *conn.Conn) *conn.GaveUp {
		return aims[i].again(ctx, r, shots[i].call, first)
	})
	if given {
		r.doubt(false)
	}
}
