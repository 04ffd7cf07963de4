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
//
// Whatever does not depend on T is in errand, which has no methods on purpose: generic code, and the wrapper of a
// promoted method, are compiled once per shape, and there are many shapes.
type request[T any] struct {
	errand
	shape *shape[T]
	val   T
}

// errand is the part of a request that is the same for every type of reply.
type errand struct {
	enc   encoder
	call  conn.Call
	c     *Client
	reply reply
	err   error // of decoding
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
	beginErrand(&r.errand, c, info)
	return r
}

// do sends the command and gives its result.
func (r *request[T]) do(ctx context.Context) (v T, err error) {
	mine, err := runErrand(ctx, &r.errand)
	if mine {
		v = r.val
		r.Release()
	}
	return v, err
}

// Decode takes the reply. The connection calls it.
func (r *request[T]) Decode(frame []byte) {
	openReply(&r.errand, frame)
	r.err = r.shape.decode(&r.reply, &r.val)
	r.reply.Reset(nil)
}

// Release forgets everything that belongs to the caller and puts the record back. The connection calls it when
// the caller has gone.
func (r *request[T]) Release() {
	var none T
	r.val = none
	forgetErrand(&r.errand)
	r.shape.pool.Put(r)
}

func beginErrand(r *errand, c *Client, info *command.Info) {
	r.c = c
	r.call.Reset()
	r.call.Info = info
	r.enc.reset(r.call.Wire[:0], info, c.text)
}

// blockErrand marks a command that the server may hold back for up to d; 0: without end.
func blockErrand(r *errand, d time.Duration) {
	r.call.Blocks, r.call.Wait = true, d
}

// runErrand sends the command and waits for its end. When the caller gave up the record is not its own any more, and mine
// is false.
func runErrand(ctx context.Context, r *errand) (mine bool, err error) {
	wire, err := r.enc.finish()
	if err != nil {
		r.call.Wire = r.enc.buf
		return true, err
	}
	r.call.Wire = wire
	r.call.Once = r.enc.once
	c := r.c
	if c.hooks != nil {
		return observeErrand(ctx, r)
	}
	info := r.call.Info
	if gone := c.router.Do(ctx, &r.call); gone != nil {
		return false, abandonment(c.node, info.Name, gone)
	}
	return true, errandError(r)
}

// observeErrand is the rest of runErrand with hooks around it.
func observeErrand(ctx context.Context, r *errand) (mine bool, err error) {
	c := r.c
	start := CommandStart{Command: r.call.Info.Name, Node: c.node}
	began := conn.Now()
	ctx = c.hooks.start(ctx, start)
	if gone := c.router.Do(ctx, &r.call); gone != nil {
		err = abandonment(c.node, start.Command, gone)
	} else {
		mine, err = true, errandError(r)
	}
	c.hooks.end(ctx, CommandEnd{CommandStart: start, Duration: conn.Now() - began, Outcome: OutcomeOf(err), Err: err})
	return mine, err
}

// errandError is the error of a call that has ended, nil if it has a result.
func errandError(r *errand) error {
	switch {
	case r.call.Err != nil || r.call.Refused():
		return failure(r.c.node, &r.call)
	case r.err == nil || errors.Is(r.err, Nil):
		return r.err
	}
	return &ReplyError{Command: r.call.Info.Name, Err: r.err}
}

// openReply makes a reply ready to be decoded.
func openReply(r *errand, frame []byte) {
	r.reply.text = r.c.text
	r.reply.Reset(frame)
}

func forgetErrand(r *errand) {
	r.err, r.c = nil, nil
	if r.call.Borrowed || cap(r.call.Wire) > maxPooledWire {
		r.call.Wire, r.enc.buf = nil, nil
	}
}
