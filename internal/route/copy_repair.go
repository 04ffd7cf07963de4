package route

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/copies"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// errCarrier is the failure of a repair when a connection cannot be ended that may still carry a write.
var errCarrier = errors.New("a connection that may still carry a write cannot be named to the server")

// question sends a command of the router itself to a node, and waits for its end.
func (n *copyNode) question(ctx context.Context, words ...string) *copyPart {
	p := &copyPart{node: n}
	info := command.LookupArgs(words[0], words[1])
	p.prepare(info, resp.AppendCommand(nil, words...))
	if len(p.call.Wire) >= wire.Large {
		p.call.Class = conn.Large
	}
	p.gone = n.send(ctx, &p.call)
	return p
}

// failure returns why a part has no reply, nil if it has one.
func (p *copyPart) failure() error {
	switch {
	case p.gone != nil:
		return p.gone
	case p.call.Refused():
		return &Refusal{p.call.Refusal}
	}
	return p.call.Err
}

// value is what a node has in a key.
type value struct {
	payload []byte // of DUMP; nil if there is no such key
	until   int64  // its end in Unix milliseconds; 0 if there is none
}

// load reads a key of a node.
func (n *copyNode) load(ctx context.Context, key []byte) (v value, err error) {
	p := n.question(ctx, "DUMP", string(key))
	if err := p.failure(); err != nil {
		return v, err
	}
	d := resp.NewDecoder(p.frame)
	if d.IsNull() {
		return v, nil
	}
	payload, err := d.Bytes()
	if err != nil {
		return v, err
	}
	until, err := n.until(ctx, key)
	if err != nil || until == gone {
		return value{}, err
	}
	return value{bytes.Clone(payload), until}, nil
}

// gone is the result of until for a key that is not there.
const gone = -2

// until returns when a key of a node ends, 0 if it does not.
func (n *copyNode) until(ctx context.Context, key []byte) (int64, error) {
	p := n.question(ctx, "PEXPIRETIME", string(key))
	relative := p.gone == nil && p.call.Refused() // servers before 7.0 do not know it
	if relative {
		p = n.question(ctx, "PTTL", string(key))
	}
	if err := p.failure(); err != nil {
		return 0, err
	}
	d := resp.NewDecoder(p.frame)
	at, err := d.Int()
	switch {
	case err != nil || at == gone:
		return at, err
	case at < 0:
		return 0, nil
	case relative:
		now, _ := n.r.now(ctx)
		at = now.Add(time.Duration(at) * time.Millisecond).UnixMilli()
	}
	return at, nil
}

// store gives a key of a node a value.
func (n *copyNode) store(ctx context.Context, key []byte, v value) *copyPart {
	if v.payload == nil {
		return n.question(ctx, "DEL", string(key))
	}
	words := []string{"RESTORE", string(key), strconv.FormatInt(v.until, 10), string(v.payload), "REPLACE"}
	if v.until > 0 {
		words = append(words, "ABSTTL")
	}
	return n.question(ctx, words...)
}

// follow gives the other nodes what a write has left in its keys on the first one.
func (r *Copy) follow(ctx context.Context, w *copyWrite) {
	values := make([]value, len(w.keys))
	for i, key := range w.keys {
		var err error
		if values[i], err = w.first.node.load(context.WithValue(ctx, repairs{}, true), key); err != nil {
			w.skip(err)
			return
		}
	}
	var waiting sync.WaitGroup
	for at, p := range w.parts {
		if p == w.first || p.node.away.Load() {
			continue
		}
		waiting.Go(func() {
			var last *copyPart
			for i, key := range w.keys {
				if last = p.node.store(ctx, key, values[i]); last.failure() != nil {
					break
				}
			}
			last.frame = w.first.frame
			w.mu.Lock()
			w.parts[at] = last
			w.mu.Unlock()
			w.settle(last)
		})
	}
	waiting.Wait()
	w.skip(nil) // those that are away
}

// Repairing returns a context for calls that read what nodes have, whatever they have missed.
func Repairing(ctx context.Context) context.Context { return context.WithValue(ctx, repairs{}, true) }

// Missed returns the keys that a node has missed, and those of writes for which it is late.
func (r *Copy) Missed(node int) []string { return r.list.Keys(node) }

// Backlog returns the number of keys that a node has missed, and whether it is behind as a whole or away.
func (r *Copy) Backlog(node int) (keys int, behind, away bool) {
	return r.list.Len(node), r.list.Behind(node), r.nodes[node].away.Load()
}

// errSince and errWhole are the reasons why a repair that has not failed has left something.
var (
	errSince = errors.New("the node has missed writes since the repair looked at it: repair again")
	errWhole = errors.New("the node may have missed writes of any key: compare all nodes, with a Source")
)

// WhyLeft returns the reason why a node that did not fail a repair is not in step.
func (r *Copy) WhyLeft(node int) error {
	n := r.nodes[node]
	reason := n.reason.Load()
	switch {
	case n.away.Load() && reason != nil:
		return &Unreached{Node: n.name, Err: reason}
	case r.list.Behind(node):
		return &Unreached{Node: n.name, Err: errWhole}
	}
	return &Unreached{Node: n.name, Err: errSince}
}

// Alone calls fn while no write of this router changes some keys.
func (r *Copy) Alone(ctx context.Context, fn func(ctx context.Context) error, keys ...[]byte) error {
	return r.holding(ctx, r.tickets.For(keys...), fn)
}

// holding calls fn with a ticket.
func (r *Copy) holding(ctx context.Context, ticket copies.Ticket, fn func(ctx context.Context) error) error {
	if r.tickets.Take(ctx, ticket) != nil {
		return conn.NewGaveUp(ctx, conn.NotSent)
	}
	defer r.tickets.Return(ticket)
	return fn(Repairing(ctx))
}

// Repair gives a node the value of a key that another one has, if it is still in the list when no write is
// under way. It returns the failure of a node with the node's name.
func (r *Copy) Repair(ctx context.Context, node int, key []byte) (repaired bool, err error) {
	err = r.Alone(ctx, func(ctx context.Context) error {
		repaired, err = r.Refresh(ctx, node, key)
		return err
	}, key)
	return repaired, err
}

// ErrNoSource is the failure of a repair when each node that can be reached has missed a write of the key.
var ErrNoSource = errors.New("no node that can be reached has the present value of the key: " +
	"repair again when the other nodes are back, or compare all nodes, with a Source")

// Refresh is Repair for a caller who has the key's ticket, see Alone.
func (r *Copy) Refresh(ctx context.Context, node int, key []byte) (done bool, err error) {
	if !r.list.Listed(node, key) {
		return false, nil
	}
	from := r.source(node, key)
	if from == nil {
		return false, &Unreached{Node: r.nodes[node].name, Err: ErrNoSource}
	}
	err = r.Transfer(ctx, from.at, node, key)
	return err == nil, err
}

// source returns the node that has the right value of a key: one that has missed nothing, or else one that is
// only in doubt, the first one in the key's order. All those in doubt have all acknowledged writes. One that
// is stale is never the source: it would undo what others have executed.
func (r *Copy) source(node int, key []byte) (doubtful *copyNode) {
	for _, i := range r.order(key) {
		n := r.nodes[i]
		switch {
		case n.away.Load():
		case !r.list.Has(i, key):
			return n
		case doubtful == nil && !r.list.Stale(i, key):
			doubtful = n
		}
	}
	if doubtful == nil && len(r.nodes) == 1 {
		return r.nodes[node]
	}
	return doubtful
}

// Transfer gives a node the value of a key that another one has. Connections that may still carry a write of
// the key to one of both are ended before. The caller has the key's ticket, see Alone.
//
// A node in doubt may have a write that a node does not have which is not listed, because it is away. The
// latter is stale from then on: else both would count as equal.
func (r *Copy) Transfer(ctx context.Context, from, to int, key []byte) error {
	if r.list.Has(from, key) {
		for i := range r.nodes {
			if i != from && i != to && !r.list.Has(i, key) {
				r.list.Add(i, key, true, nil)
			}
		}
	}
	for _, at := range [...]int{from, to} {
		if err := r.endCarriers(ctx, at, key); err != nil {
			return err
		}
	}
	if from != to {
		v, err := r.nodes[from].load(ctx, key)
		if err != nil {
			return &Unreached{Node: r.nodes[from].name, Err: err}
		}
		p := r.nodes[to].store(ctx, key, v)
		if err := p.failure(); err != nil {
			if p.gone != nil && p.gone.Outcome == conn.MaybeExecuted ||
				p.gone == nil && !p.call.Refused() && p.call.Outcome == conn.MaybeExecuted {
				p.end = unknown
				r.list.Add(to, key, true, p.carrier())
			}
			return &Unreached{Node: r.nodes[to].name, Err: err}
		}
	}
	r.list.Done(to, key)
	return nil
}

// endCarriers ends the connections that may still carry a write of a key to a node.
func (r *Copy) endCarriers(ctx context.Context, node int, key []byte) error {
	n := r.nodes[node]
	for _, by := range r.list.Carriers(node, key) {
		if err := n.endCarrier(ctx, by); err != nil {
			return &Unreached{Node: n.name, Err: err}
		}
	}
	return nil
}

// endCarrier ends a connection at the server. If the question goes over the same connection, the server does
// not end it, but has executed all that was sent before.
func (n *copyNode) endCarrier(ctx context.Context, by copies.Carrier) error {
	words := []string{"CLIENT", "KILL", "ID", strconv.FormatInt(by.ID, 10)}
	switch {
	case by.ID == 0 && by.Local == "":
		return errCarrier
	case by.ID == 0:
		words[2], words[3] = "ADDR", by.Local
	}
	p := &copyPart{node: n}
	p.prepare(command.Lookup("CLIENT KILL"), resp.AppendCommand(nil, words...))
	p.call.Once = false
	p.call.Route = &conn.Route{To: conn.ToNode, Node: by.Node}
	p.gone = n.send(ctx, &p.call)
	return p.failure()
}

// Walk says that all keys of a node are about to be compared. Connections that may still carry a write are
// ended before, if the node is behind as a whole.
func (r *Copy) Walk(ctx context.Context, node int) error {
	r.list.Walk(node)
	return r.endCarriers(Repairing(ctx), node, nil)
}

// Listed reports whether a node may have another value of a key than the others.
func (r *Copy) Listed(node int, key []byte) bool { return r.list.Listed(node, key) }

// Walked says that all keys of some nodes have been compared since Walk. It waits until no write is under
// way: one that has read a missing key of such a node has to list its other keys while the node still counts
// as behind.
func (r *Copy) Walked(ctx context.Context, nodes []int) error {
	return r.holding(ctx, r.tickets.All(), func(context.Context) error {
		for _, i := range nodes {
			r.list.Walked(i)
		}
		return nil
	})
}

// PerNode gathers what each node replied to a write.
type PerNode struct {
	mu   sync.Mutex
	list []NodeReply
}

// NodeReply is the reply of one node, or its failure.
type NodeReply struct {
	Node  string
	Frame []byte
	Call  *conn.Call // its failure; nil if it replied
}

type perNode struct{}

// WithPerNode returns a context whose writes are noted in p.
func WithPerNode(ctx context.Context, p *PerNode) context.Context {
	return context.WithValue(ctx, perNode{}, p)
}

// Replies returns the replies of the last write.
func (p *PerNode) Replies() []NodeReply {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.list
}

// tell notes the replies of a write. w.mu is held.
func (r *Copy) tell(ctx context.Context, w *copyWrite) {
	per, ok := ctx.Value(perNode{}).(*PerNode)
	if !ok {
		return
	}
	list := make([]NodeReply, len(w.parts))
	for i, p := range w.parts {
		list[i].Node = p.node.name
		if p.over && p.end == ran {
			list[i].Frame = p.frame
		} else {
			list[i].Call = p.record(w.info)
		}
	}
	per.mu.Lock()
	defer per.mu.Unlock()
	per.list = list
}
