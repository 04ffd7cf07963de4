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

// shape is one type of reply: how it is decoded, and the records of calls that await one.
//
// Nothing here is generic but the two ends, newShape and do: each generic function, and each method of a generic type,
// is compiled once per type of reply, costs some 4 KB of archive then, and there are many types.
type shape struct {
	fill filler // into slot, a *T; it makes one when slot is nil
	pool sync.Pool
}

// filler decodes a reply into what was in the slot of its request, or into something new, which it returns.
type filler func(d *reply, slot any) (any, error)

// newShape makes a shape. decode runs on whichever goroutine reads the socket: it must be quick, must not call
// user code and must not panic.
//
//go:noinline
func newShape[T any](decode func(d *reply, v *T) error) *shape {
	return &shape{fill: func(d *reply, slot any) (any, error) {
		v, ok := slot.(*T)
		if !ok {
			v = new(T)
		}
		return v, decode(d, v)
	}}
}

// reply is a decoder over one reply, with the client's text encoding.
type reply struct {
	resp.Decoder
	text TextEncoding // nil: strings are taken as they are
}

// request is one command under way: its bytes, and the place for its result. It is pooled with its shape. From
// newRequest until do it is the caller's; during do it may become the connection's, see conn.Conn.Do.
type request struct {
	enc   encoder
	call  conn.Call
	c     *Client
	reply reply
	pool  *sync.Pool
	fill  filler
	slot  any   // of a shape: a *T, where the result is decoded to, kept for the next call; of a rare command: the result
	err   error // of decoding
}

// maxPooledWire is the largest request buffer that is kept for the next request, until the collector empties the pool.
const maxPooledWire = 128 << 10

// newRequest starts a command whose reply is of the given shape.
//
//go:noinline
func newRequest(c *Client, s *shape, info *command.Info) *request {
	return beginRequest(c, &s.pool, s.fill, info)
}

func beginRequest(c *Client, pool *sync.Pool, fill filler, info *command.Info) *request {
	r, _ := pool.Get().(*request)
	if r == nil {
		r = new(request)
		r.call.Sink = r
	}
	r.c, r.pool, r.fill = c, pool, fill
	r.call.Reset()
	r.call.Info = info
	r.enc.reset(r.call.Wire[:0], info, c.text)
	return r
}

// do sends the command and gives its result, which is of the type T of the request's shape.
func do[T any](ctx context.Context, r *request) (v T, err error) {
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if mine {
		if slot, ok := r.slot.(*T); ok {
			var none T
			v, *slot = *slot, none
		}
		r.recycle()
	}
	return v, err
}

// done is do for replies that are a success or an error and nothing else.
func (r *request) done(ctx context.Context) error {
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if mine {
		r.recycle()
	}
	return err
}

// Decode takes the reply. The connection calls it.
func (r *request) Decode(frame []byte) {
	if string(frame) == "+OK\r\n" && r.pool == &okShape.pool {
		return // what most writes are answered with
	}
	r.reply.text = r.c.text
	r.reply.Reset(frame)
	r.slot, r.err = r.fill(&r.reply, r.slot)
	r.reply.Reset(nil)
}

// Release forgets everything that belongs to the caller and puts the record back. The connection calls it when
// the caller has gone.
func (r *request) Release() {
	r.slot = nil
	r.recycle()
}

// recycle puts the record back; its slot is empty.
func (r *request) recycle() {
	r.err, r.c, r.fill = nil, nil, nil
	if r.call.Borrowed || cap(r.call.Wire) > maxPooledWire {
		r.call.Wire, r.enc.buf = nil, nil
	}
	r.pool.Put(r)
}

// block marks a command that the server may hold back for up to d; 0: without end.
func (r *request) block(d time.Duration) {
	r.call.Blocks, r.call.Wait = true, d
}

// run sends the command and waits for its end. When the caller gave up the record is not its own any more, and mine
// is false.
func (r *request) run(ctx context.Context) (mine bool, err error) {
	wait, mine, err := r.start(ctx)
	if wait {
		return r.finish(ctx, r.call.Await())
	}
	return mine, err
}

// start is run up to where there is nothing to do but to wait: then wait is true, mine as well, and run's result is that
// of finish with what call.Await gives; success, if that is false and the call has a value. Callers in hot paths
// wait themselves, since each function below a goroutine that waits costs time when it wakes up.
func (r *request) start(ctx context.Context) (wait, mine bool, err error) {
	wire, err := r.enc.finish()
	if err != nil {
		r.call.Wire = r.enc.buf
		return false, true, err
	}
	r.call.Wire = wire
	r.call.Once = r.enc.once
	c, info := r.c, r.call.Info
	if c.direct == nil {
		mine, err = r.observe(ctx)
		return false, mine, err
	}
	behind, gone := c.direct.Start(ctx, &r.call)
	switch {
	case behind:
		return true, true, nil
	case gone != nil:
		return false, false, abandonment(c.node, info.Name, gone)
	}
	return false, true, r.failed()
}

// finish is the rest of a call that has waited.
func (r *request) finish(ctx context.Context, lead bool) (mine bool, err error) {
	c, info := r.c, r.call.Info
	if gone := c.direct.Finish(ctx, &r.call, lead); gone != nil {
		return false, abandonment(c.node, info.Name, gone)
	}
	return true, r.failed()
}

// observe is run for clients with hooks, or with another router.
func (r *request) observe(ctx context.Context) (mine bool, err error) {
	c := r.c
	start := CommandStart{Command: r.call.Info.Name, Node: c.node}
	if c.hooks == nil {
		if gone := c.router.Do(ctx, &r.call); gone != nil {
			return false, abandonment(c.node, start.Command, gone)
		}
		return true, r.failed()
	}
	began := conn.Now()
	ctx = c.hooks.start(ctx, start)
	if gone := c.router.Do(ctx, &r.call); gone != nil {
		err = abandonment(c.node, start.Command, gone)
	} else {
		mine, err = true, r.failed()
	}
	c.hooks.end(ctx, CommandEnd{CommandStart: start, Duration: conn.Now() - began, Outcome: OutcomeOf(err), Err: err})
	return mine, err
}

// failed is the error of a call that has ended, nil if it has a result.
func (r *request) failed() error {
	switch {
	case r.call.Err != nil || r.call.Refused():
		return failure(r.c.node, &r.call)
	case r.err == nil || errors.Is(r.err, Nil):
		return r.err
	}
	return &ReplyError{Command: r.call.Info.Name, Err: r.err}
}
