package route

import (
	"context"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// Ejection says when a node of a Ring loses its keys to the others, and when it gets them back.
type Ejection struct {
	After time.Duration // how long all checks must have failed
	Every time.Duration // the time between two checks, and the most that one may take
	// Check looks at a node that has its keys, and Back at one that has lost them: it gets them back when
	// Back returns nil.
	Check, Back func(ctx context.Context, node int) error
	// Told is called when a node has lost its keys, and with a nil error when it has got them back.
	Told func(node int, err error)
}

// Eject checks all nodes until the ring is closed.
func (r *Ring) Eject(e Ejection) {
	for i := range r.cfg.Nodes {
		go r.watch(i, &e)
	}
}

// watch checks one node.
func (r *Ring) watch(node int, e *Ejection) {
	var failing time.Duration // since when all checks have failed; 0 if the last one has not
	for out := false; backoff.Wait(r.ctx, e.Every, nil); {
		look, began := e.Check, conn.Now()
		if out {
			look = e.Back
		}
		within, end := context.WithTimeout(r.ctx, e.Every)
		err := look(within, node)
		end()
		switch {
		case r.ctx.Err() != nil:
			return
		case err == nil:
			failing = 0
		case failing == 0:
			failing = began
		}
		if over := failing > 0 && conn.Now()-failing >= e.After; over != out {
			out = over
			r.leave(node, out)
			e.Told(node, err)
		}
	}
}

// leave makes the keys of a node go to the nodes that follow it, until it is called with false.
func (r *Ring) leave(node int, out bool) {
	for {
		old := r.away.Load()
		next := make([]bool, len(r.cfg.Nodes))
		if old != nil {
			copy(next, *old)
		}
		next[node] = out
		to := &next
		if !slices.Contains(next, true) {
			to = nil
		}
		if r.away.CompareAndSwap(old, to) {
			return
		}
	}
}
