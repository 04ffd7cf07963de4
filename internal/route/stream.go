package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Streamer is a router that opens connections for holders that read and write them themselves. They are
// beside those for commands and count against no bound. Drain does not wait for them, since they have no end
// of their own.
type Streamer interface {
	// Stream opens one. A failure to connect is repeated as that of a command is. nil: the call, which has no
	// bytes, says why.
	Stream(ctx context.Context, call *conn.Call) *conn.Stream
}

// Stream opens a stream to the one server.
func (s *Single) Stream(ctx context.Context, call *conn.Call) *conn.Stream {
	call.Class = conn.Urgent // as for those, the pool makes no pause between attempts
	opener := streamOpener{Single: s}
	s.Policy.retry(ctx, &opener, call, nil, s.Done())
	return opener.got
}

// streamOpener is a Single that lends a stream.
type streamOpener struct {
	*Single
	got *conn.Stream
}

func (o *streamOpener) lend(ctx context.Context, _ *conn.Call, _ verdict) (l lease, err error) {
	if o.over(ctx) {
		return lease{}, pool.ErrClosed
	}
	o.got, err = o.Node.Pool.OpenStream(ctx)
	return lease{at: o.Node, kind: single}, err
}

// Stream opens a stream beside the session's connection.
func (p *Pinned) Stream(ctx context.Context, call *conn.Call) *conn.Stream {
	if from, ok := p.ch.(Streamer); ok {
		return from.Stream(ctx, call)
	}
	fail(call, p.ch.node(), pool.ErrNoConn)
	return nil
}
