package redpoll

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// shape is one type of reply: how it is decoded, and the records of calls that await one. There is one shape per
// reply type of the command table.
type shape[T any] struct {
	decode func(d *reply, v *T) error
	pool   sync.Pool
}

// newShape makes a shape. decode runs on whichever goroutine reads the socket: it must be quick, must not call
// user code and must not panic.
func newShape[T any](decode func(d *reply, v *T) error) *shape[T] {
	return &shape[T]{decode: decode}
}

// reply is a decoder over one reply, with the client's text encoding.
type reply struct {
	resp.Decoder
	text TextEncoding // nil: strings are taken as they are
}

// request is one command under way: its bytes, and the place for its result. It is pooled with its shape. From
// newRequest until do it is the caller's; during do it may become the connection's, see conn.Conn.Do.
type request[T any] struct {
	enc   encoder
	call  conn.Call
	c     *Client
	shape *shape[T]
	reply reply
	val   T
	err   error
}

// maxPooledWire is the largest request buffer that is kept for the next request, until the collector empties the pool.
const maxPooledWire = 128 << 10

// newRequest starts a command whose reply is of the given shape.
func newRequest[T any](c *Client, s *shape[T], info *command.Info) *request[T] {
	r, _ := s.pool.Get().(*request[T])
	if r == nil {
		r = &request[T]{shape: s}
		r.call.Sink = r
	}
	r.c = c
	r.call.Reset()
	r.call.Info = info
	r.enc.reset(r.call.Wire[:0], info, c.text)
	return r
}

// block marks a command that the server may hold back for up to d; 0: without end.
func (r *request[T]) block(d time.Duration) {
	r.call.Blocks, r.call.Wait = true, d
}

// do sends the command and gives its result.
func (r *request[T]) do(ctx context.Context) (T, error) {
	wire, err := r.enc.finish()
	if err != nil {
		r.call.Wire = r.enc.buf
		r.recycle()
		var none T
		return none, err
	}
	r.call.Wire = wire
	r.call.Once = r.enc.once
	c := r.c
	if c.hooks != nil {
		return r.observed(ctx)
	}
	info := r.call.Info
	if gone := c.router.Do(ctx, &r.call); gone != nil {
		var none T
		return none, abandonment(c.node, infoName(info), gone)
	}
	return r.result()
}

// observed is do with hooks around it.
func (r *request[T]) observed(ctx context.Context) (v T, err error) {
	c := r.c
	start := CommandStart{Command: infoName(r.call.Info), Node: c.node}
	began := conn.Now()
	ctx = c.hooks.start(ctx, start)
	gone := c.router.Do(ctx, &r.call)
	if gone != nil {
		err = abandonment(c.node, start.Command, gone)
	} else {
		v, err = r.result()
	}
	c.hooks.end(ctx, CommandEnd{CommandStart: start, Duration: conn.Now() - began, Outcome: OutcomeOf(err), Err: err})
	return v, err
}

// result takes the result out of a finished call and gives the record back.
func (r *request[T]) result() (T, error) {
	v, err := r.val, r.err
	if r.call.Err != nil || r.call.Refused() {
		err = failure(r.c.node, &r.call)
	} else if err != nil && !errors.Is(err, Nil) {
		err = &ReplyError{Command: infoName(r.call.Info), Err: err}
	}
	r.recycle()
	return v, err
}

// recycle forgets everything that belongs to the caller and puts the record back.
func (r *request[T]) recycle() {
	var none T
	r.val, r.err, r.c = none, nil, nil
	if r.call.Borrowed || cap(r.call.Wire) > maxPooledWire {
		r.call.Wire = nil
	}
	r.shape.pool.Put(r)
}

// Decode takes the reply. The connection calls it.
func (r *request[T]) Decode(frame []byte) {
	r.reply.text = r.c.text
	r.reply.Reset(frame)
	r.err = r.shape.decode(&r.reply, &r.val)
	r.reply.Reset(nil)
}

// Release takes back the record of a caller that has gone. The connection calls it.
func (r *request[T]) Release() { r.recycle() }

func infoName(info *command.Info) string {
	if info == nil {
		return ""
	}
	return info.Name
}
