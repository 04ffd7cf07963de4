package route

import (
	"context"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// copySession is a session of a copy. Keys are watched on the first node of the session's keys, which also
// answers the session's reads and decides its transactions. Writes go to all nodes, as outside of a session.
type copySession struct {
	Session // on the first node
	r       *Copy
	node    *copyNode
	wrote   atomic.Uint64
}

// Pin returns a session.
func (r *Copy) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	var key []byte
	if len(keys) > 0 {
		key = keys[0]
	}
	var last error = &Unreached{Node: r.cfg.Name, Err: errBehind}
	for _, i := range r.order(key) {
		n := r.nodes[i]
		if n.away.Load() || r.misses(i, keys) {
			continue
		}
		s, err := n.router.Pin(ctx, keys)
		if err == nil {
			return &copySession{Session: s, r: r, node: n}, nil
		}
		if last = err; ctx.Err() != nil {
			break
		}
		n.leave(err)
	}
	return nil, last
}

// Start sends a call: what reads or watches to the first node, and writes to all.
func (s *copySession) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	info := call.Info
	switch {
	case info == nil, info.Flags.Has(command.Held):
		call.NotSent("", &CopyRefusal{info}, conn.PhaseQueue)
	case info.Retry == command.RetryRead, info.Name == "WATCH", info.Name == "UNWATCH":
		if info.Retry == command.RetryRead && aboutOneCopy(info) {
			call.NotSent("", &EachNodeError{info}, conn.PhaseQueue)
			return false, nil
		}
		return false, Do(ctx, s.Session, call)
	default:
		s.wrote.Add(1)
		s.r.write(Onward(ctx), call)
	}
	return false, nil
}

// Batch sends a pipeline, whose first node is that of the session.
func (s *copySession) Batch(ctx context.Context, b Batch) {
	s.wrote.Add(1)
	s.r.batch(ctx, b, s)
}

// Wrote returns the number of calls that may have changed something.
func (s *copySession) Wrote() uint64 { return s.Session.Wrote() + s.wrote.Load() }

// Pin returns another session of the same copy.
func (s *copySession) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return s.r.Pin(ctx, keys)
}

// Lockers returns the session itself.
func (s *copySession) Lockers([]byte) []Router { return []Router{s} }
