package route

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/copies"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/ring"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// Quorum says on how many nodes of a Copy a write must have been executed.
type Quorum uint8

const (
	All      Quorum = iota // on all nodes
	Majority               // on more than half of them
	Any                    // on one of them
)

// CopyConfig says how a Copy works. All defaults are filled in already.
type CopyConfig struct {
	Name   string // for errors of calls that have no node
	Nodes  []CopyNode
	Place  ring.Placement // says in which order the nodes are asked for a key
	Quorum Quorum
	Most   int // keys of a node in the list for repairs
	Logger *slog.Logger
}

// CopyNode is a node of a Copy: the router of a client.
type CopyNode struct {
	Name   string
	Router Router
	Owned  bool // it ends with the Copy
}

// Copy is the router to several nodes that all have the same data. Writes go to all of them, reads to one.
type Copy struct {
	cfg     CopyConfig
	nodes   []*copyNode
	tickets *copies.Tickets
	list    *copies.List
	clock   copyClock

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	mu   sync.Mutex // guards that work begins before Close waits for it
	work sync.WaitGroup

	closed   atomic.Bool
	draining atomic.Bool
	held     atomic.Int64 // writes under way
}

// NewCopy makes a router. It asks nobody.
func NewCopy(cfg CopyConfig) *Copy {
	r := &Copy{cfg: cfg, tickets: copies.NewTickets(), list: copies.NewList(len(cfg.Nodes), cfg.Most)}
	r.clock.busy = make(chan struct{}, 1)
	r.ctx, r.stop = context.WithCancel(context.Background())
	for i, n := range cfg.Nodes {
		node := &copyNode{r: r, at: i, name: n.Name, router: n.Router, owned: n.Owned}
		if single, ok := n.Router.(*Single); ok {
			node.single, node.hasty = single, single.Policy
			node.hasty.For, node.hasty.Undated, node.hasty.Max = 0, 0, 0
		}
		r.nodes = append(r.nodes, node)
	}
	return r
}

// CopyRefusal is the failure of a call that a Copy cannot do. Nothing was sent.
type CopyRefusal struct{ Command *command.Info }

func (e *CopyRefusal) Error() string { return e.Command.Name + " cannot be copied" }

// errBehind is the failure of reads when no node has the present value, and errCursor that of reads that only
// the first node of a key may answer.
var (
	errBehind = errors.New("no node that can be reached is known to have the present data")
	errCursor = errors.New("only the first node of the key can answer: another one has other cursors")
)

// Start does everything for a write. A read goes to the first node of its key that can answer.
func (r *Copy) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	info := call.Info
	switch {
	case ctx.Err() != nil:
		return false, refuse(call, r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent))
	case r.over(ctx):
		call.NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
		return false, nil
	case info == nil || info.Retry != command.RetryRead:
		r.write(ctx, call)
		return false, nil
	case aboutOneCopy(info):
		call.NotSent("", &EachNodeError{info}, conn.PhaseQueue)
		return false, nil
	}
	key, keyed := call.Key()
	if n := r.reader(key, keyed); n != nil && n.single != nil {
		if c := n.single.ready(ctx, call); c != nil && n.trusts(c) {
			behind, gone = c.Start(ctx, call)
			if behind || gone != nil || call.Answered() {
				return behind, gone
			}
		}
	}
	return false, r.read(ctx, call)
}

// Finish completes a read after Start and the wait.
func (r *Copy) Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp {
	if lead {
		if gone := call.Conn().Lead(ctx, call); gone != nil {
			return gone
		}
	}
	if call.Answered() {
		return nil
	}
	return r.read(ctx, call)
}

// aboutOneCopy reports whether a command that reads is about one node, so that the caller has to name it.
func aboutOneCopy(info *command.Info) bool {
	return info.Policy == command.Walk || !info.HasKeys() && info.Flags.Has(command.Held) ||
		!info.HasKeys() && (info.Flags.Has(command.Admin) || info.Policy != command.OneNode) &&
			info.Merge == command.MergeNone
}

// order returns the nodes in the order in which they are asked for a key, as places in nodes.
func (r *Copy) order(key []byte) []int {
	return r.cfg.Place.AppendOrder(make([]int, 0, len(r.nodes)), key)
}

// fit reports whether a node can answer for a key, as far as it is known. For a call without keys it must
// have missed nothing.
func (r *Copy) fit(n *copyNode, key []byte, keyed bool) bool {
	switch {
	case n.away.Load():
		return false
	case r.list.Clean(n.at):
		return true
	}
	return keyed && !r.list.Has(n.at, key)
}

// reader returns the node for a read, nil if none is fit.
func (r *Copy) reader(key []byte, keyed bool) *copyNode {
	if n := r.nodes[r.cfg.Place.Owner(key, nil)]; r.fit(n, key, keyed) {
		return n
	}
	for _, i := range r.order(key) {
		if r.fit(r.nodes[i], key, keyed) {
			return r.nodes[i]
		}
	}
	return nil
}

// readers returns the nodes for a read in the order in which they are tried: those that are fit, those that
// are away, and those that may have executed a write which no node is known to have executed. Nodes that have
// missed a write do not count.
func (r *Copy) readers(key []byte, keyed bool) []*copyNode {
	var fit, away, doubtful []*copyNode
	for _, i := range r.order(key) {
		n := r.nodes[i]
		switch {
		case r.fit(n, key, keyed):
			fit = append(fit, n)
		case r.list.Clean(i), keyed && !r.list.Has(i, key):
			away = append(away, n)
		case keyed && !r.list.Stale(i, key):
			doubtful = append(doubtful, n)
		}
	}
	return append(append(fit, away...), doubtful...)
}

// Whole returns a node that can answer for all keys: one that is preferred, if it is fit.
func (r *Copy) Whole(preferred func(node int) bool) (node int, err error) {
	n := r.readers(nil, false)
	for _, one := range n {
		if preferred(one.at) && r.fit(one, nil, false) {
			return one.at, nil
		}
	}
	if len(n) > 0 {
		return n[0].at, nil
	}
	return 0, &Unreached{Node: r.cfg.Name, Err: errBehind}
}

// read sends a read to one node after the other until one answers.
func (r *Copy) read(ctx context.Context, call *conn.Call) *conn.GaveUp {
	call.Begin()
	key, keyed := call.Key()
	list := r.readers(key, keyed)
	if call.Info.Flags.Has(command.Cursor) {
		owner := r.nodes[r.cfg.Place.Owner(key, nil)]
		if len(list) == 0 || list[0] != owner {
			call.Again()
			call.NotSent(owner.name, errCursor, conn.PhaseQueue)
			return nil
		}
		list = list[:1]
	}
	if len(list) == 0 {
		call.Again()
		call.NotSent(r.cfg.Name, errBehind, conn.PhaseQueue)
		return nil
	}
	for i := 0; ; i++ {
		call.Again()
		n, last := list[i%len(list)], i == len(list) // the first one once more, as patiently as a write
		gone := n.ask(ctx, call, last || len(list) == 1)
		switch {
		case gone != nil:
			return gone
		case call.Answered(), call.Refused() && !Unrun(call.Info, call.Refusal):
			return nil
		case ctx.Err() != nil, last, len(list) == 1:
			return nil
		}
		n.failed(call)
	}
}

// over reports whether a call is refused because the router is closed, or draining.
func (r *Copy) over(ctx context.Context) bool {
	return r.closed.Load() && (!r.draining.Load() || ctx.Value(onward{}) == nil)
}

// Lockers returns the routers of the nodes.
func (r *Copy) Lockers([]byte) []Router {
	list := make([]Router, len(r.nodes))
	for i, n := range r.nodes {
		list[i] = n.router
	}
	return list
}

// Nodes returns the servers of all nodes.
func (r *Copy) Nodes() (list []*Node) {
	for _, n := range r.nodes {
		list = append(list, n.router.Nodes()...)
	}
	return list
}

// Changed returns nil: the nodes never change.
func (r *Copy) Changed() <-chan struct{} { return nil }

// Done is closed with the router.
func (r *Copy) Done() <-chan struct{} { return r.ctx.Done() }

// Stop refuses further calls.
func (r *Copy) Stop() {
	r.draining.Store(true)
	r.closed.Store(true)
	for _, n := range r.nodes {
		if d, ok := n.router.(Drainer); ok && n.owned {
			d.Stop()
		}
	}
}

// Held returns the number of writes under way, and of what the nodes hold.
func (r *Copy) Held() int {
	all := int(r.held.Load())
	for _, n := range r.nodes {
		if d, ok := n.router.(Drainer); ok && n.owned {
			all += d.Held()
		}
	}
	return all
}

// Settle ends the permission of Onward.
func (r *Copy) Settle() (calls func() int) {
	r.draining.Store(false)
	var left []func() int
	for _, n := range r.nodes {
		if d, ok := n.router.(Drainer); ok && n.owned {
			left = append(left, d.Settle())
		}
	}
	return func() (all int) {
		for _, calls := range left {
			all += calls()
		}
		return all
	}
}

// Close refuses all further calls, and ends what runs in the background. The nodes belong to others.
func (r *Copy) Close() {
	r.closed.Store(true)
	r.draining.Store(false)
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	r.work.Wait()
}

// wordsOf returns the words of a call.
func wordsOf(call *conn.Call) (list [][]byte, ok bool) {
	w, ok := wire.Begin(call.Wire, call.Holes, 0)
	if !ok {
		return nil, false
	}
	list = make([][]byte, 0, w.Left()+2)
	for w.Left() > 0 {
		word, ok := w.Next()
		if !ok {
			return nil, false
		}
		list = append(list, word)
	}
	return list, true
}
