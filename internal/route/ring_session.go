package route

import (
	"context"
	"sync"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// ringSession is a session on one node of a ring, or on none as long as no call has had a key. A server of a
// cluster would refuse keys of other nodes; those of a ring know nothing of each other, so the session
// refuses them.
type ringSession struct {
	r    *Ring
	turn chan struct{} // has an element while somebody binds the session

	mu     sync.Mutex
	on     Session // nil before it is bound
	at     int     // the node of on
	closed bool
}

// bind returns the session of the node, which the first call that has keys decides. info is a command of the
// call, for errors.
func (s *ringSession) bind(ctx context.Context, keys [][]byte, info *command.Info) (Session, error) {
	on, err := s.bound(keys)
	switch {
	case on != nil || err != nil:
		return on, err
	case len(keys) == 0:
		return nil, &EachNodeError{info}
	case !s.r.cfg.First && !atOnePlace(s.r, keys):
		return nil, ErrCrossNode
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, conn.NewGaveUp(ctx, conn.NotSent)
	}
	if on, err = s.bound(keys); on != nil || err != nil { // somebody else has done it
		return on, err
	}
	at := s.r.place(keys[0])
	if on, err = s.r.cfg.Nodes[at].Router.Pin(ctx, keys); err != nil {
		return nil, err
	}
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.on, s.at = on, at
	}
	s.mu.Unlock()
	if closed {
		on.Close()
		return nil, pool.ErrClosed
	}
	return on, nil
}

// bound returns the session of the node, nil if it is not known yet. A key of another node is an error.
func (s *ringSession) bound(keys [][]byte) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, pool.ErrClosed
	case s.on == nil:
		return nil, nil
	}
	for _, key := range keys {
		if !s.r.cfg.First && s.r.place(key) != s.at {
			return nil, ErrCrossNode
		}
	}
	return s.on, nil
}

// node returns the session of the node, nil if it is not known yet.
func (s *ringSession) node() Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

// Start sends a call, if all of its keys belong to the node.
func (s *ringSession) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	var keys [][]byte
	if call.Info != nil {
		var room [8][]byte
		w, _ := wire.Begin(call.Wire, call.Holes, 0)
		keys, _ = call.Info.AppendKeys(room[:0], w) // otherwise the server says what is wrong
	}
	on, err := s.bind(ctx, keys, call.Info)
	if err != nil {
		s.refuse(call, err)
		return false, nil
	}
	return on.Start(ctx, call)
}

// refuse fails a call that cannot be sent.
func (s *ringSession) refuse(call *conn.Call, err error) {
	failed := Failed(unreached(s.r.cfg.Name, err))
	call.NotSent(failed.Node(), failed.Err, failed.Phase)
}

// Finish is never called: Start does everything.
func (s *ringSession) Finish(context.Context, *conn.Call, bool) *conn.GaveUp {
	panic("BUG: a session of a ring was waited for")
}

// Batch sends a pipeline, if all of its keys belong to the node.
func (s *ringSession) Batch(ctx context.Context, b Batch) {
	var keys [][]byte
	for i := range b.Len() {
		keys, _ = b.AppendKeys(keys, i)
	}
	on, err := s.bind(ctx, keys, b.Command(0))
	if err != nil {
		s.refuse(b.Part(nil).Call(), err)
		return
	}
	on.Batch(ctx, b)
}

// Pin returns another session of the ring.
func (s *ringSession) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	return s.r.Pin(ctx, keys)
}

// Hold says whether the server keeps state for the holder. Before a call has reached a server it keeps none.
func (s *ringSession) Hold(on bool) (broken bool) {
	if at := s.node(); at != nil {
		return at.Hold(on)
	}
	return false
}

// Drop closes the connection.
func (s *ringSession) Drop() {
	if at := s.node(); at != nil {
		at.Drop()
	}
}

// Wrote returns the number of calls that may have changed something.
func (s *ringSession) Wrote() uint64 {
	if at := s.node(); at != nil {
		return at.Wrote()
	}
	return 0
}

// Lockers returns the session itself.
func (s *ringSession) Lockers([]byte) []Router { return []Router{s} }

// Nodes returns the node of the session, nobody before it is known.
func (s *ringSession) Nodes() []*Node {
	if at := s.node(); at != nil {
		return at.Nodes()
	}
	return nil
}

// Changed returns nil: nobody is told when a session moves.
func (s *ringSession) Changed() <-chan struct{} { return nil }

// Done is closed with the node's router, or with the ring before there is a node.
func (s *ringSession) Done() <-chan struct{} {
	if at := s.node(); at != nil {
		return at.Done()
	}
	return s.r.Done()
}

// Close gives the connection back.
func (s *ringSession) Close() {
	s.mu.Lock()
	s.closed = true
	on := s.on
	s.mu.Unlock()
	if on != nil {
		on.Close()
	}
}
