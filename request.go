package redpoll

import (
	"context"
	"errors"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// method is one method of Client and Pipeline, as the table has it: what is sent, and how the reply is read.
type method struct {
	head string // array header and first words as they go out
	op   uint16 // of command.Infos
	argc uint8  // the number of words that the header announces
	kind uint8  // of the reply
	each uint8  // how many words of the command get no element in the reply, while the others get one each; 0: that is not so
}

// eachCounted is the each of a method whose list of counted words gets the elements.
const eachCounted = 255

func (m *method) info() *command.Info { return &command.Infos[m.op] }

// kind is a kind of replies.
type kind struct {
	fill filler // nil: the method says itself, since it depends on arguments
	pool uint8  // of the records of its calls
}

// filler decodes a reply into what slot points to. It runs on whichever goroutine reads the socket: it must be quick,
// must not call user code and must not panic.
type filler func(d *reply, slot any) error

// reply is a decoder over one reply.
type reply = decode.Reply

// request is one command under way: its bytes, and the place for its result. It is pooled by kind of reply. From
// newRequest until do it is the caller's; during do it may become the connection's, see conn.Conn.Do.
//
// Nothing here is generic: a generic function is compiled twice per type of reply. What is needed for each type that is not
// rare is in results_gen.go.
type request struct {
	one   Pipeline // a pipeline for this command alone, whose methods encode it
	call  conn.Call
	reply reply
	pool  uint8
	slot  any   // a *T, where the result is decoded to; kept for the next call unless the pool is rareRecords
	err   error // of decoding
}

// The pools of package spare; the others are those of the kinds of replies. They are not typed as integers so that debuggers
// are not told of them.
const (
	// rareRecords holds the records of all commands that no program runs in a hot path. Their result is decoded into a new
	// value each time, which costs one allocation; in return no pool is kept filled for each kind of reply.
	rareRecords = iota + 0.0
	recordsLent // of calls that append
	lentBuffers // of these calls
	batchRuns   // of pipelines
	firstOfKinds
)

// largeRequest is from which length on a request has a connection to itself, so that nobody has to wait behind it.
const largeRequest = wire.Large

// maxPooledWire is the largest request buffer that is kept for the next request, until the collector empties the pool.
const maxPooledWire = 128 << 10

// newRequest starts a command. A method of r.one has to encode it.
//
//go:noinline
func newRequest(c *Client, m *method) *request { return beginRequest(c, kinds[m.kind].pool) }

func beginRequest(c *Client, pool uint8) *request {
	r, _ := spare.Get(pool).(*request)
	if r == nil {
		r = new(request)
		r.call.Sink = r
		r.pool = pool
	}
	if c == nil {
		c = &unmadeClient
	}
	r.call.Reset()
	r.one.c = c
	r.one.enc.Reset(r.call.Wire[:0], c.text)
	return r
}

// done is one of the functions of results_gen.go for replies that are a success or an error and nothing else.
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

// into is done for the records of rareRecords: the result is decoded into what slot points to. A slot whose call was given up
// is not written to any more.
func (r *request) into(ctx context.Context, slot any) error {
	r.slot = slot
	mine, err := r.run(ctx)
	if mine {
		r.slot = nil
		r.recycle()
	}
	return err
}

// Decode takes the reply. The connection calls it.
func (r *request) Decode(frame []byte) {
	if string(frame) == "+OK\r\n" && r.pool == recordsOK {
		return // what most writes are answered with
	}
	r.reply.Encoding, r.reply.Given = r.one.c.text, r.call.Given
	r.reply.Reset(frame)
	r.err = nil
	if r.one.each != 0 {
		r.err = r.reply.Elements(r.one.enc.Elements(r.one.each))
	}
	if r.err == nil {
		r.err = r.one.fill(&r.reply, r.slot)
	}
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
	r.err, r.one.c, r.one.fill = nil, nil, nil
	if len(r.one.enc.Holes) > 0 {
		r.one.enc.Forget(0)
		r.call.Holes = nil
	}
	if r.call.Borrowed || cap(r.call.Wire) > maxPooledWire {
		r.call.Wire, r.one.enc.Buf = nil, nil
	}
	spare.Put(r.pool, r)
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
	e := &r.one.enc
	text, err := e.Finish()
	if err != nil {
		r.call.Wire = e.Buf
		return false, true, fault(err)
	}
	info := e.Info
	r.call.Wire, r.call.Info, r.call.Once = text, info, e.Once
	if len(text)+e.Outside >= largeRequest {
		r.call.Class, r.call.Holes = conn.Large, e.Holes
	}
	if e.Blocks {
		r.call.Class, r.call.Wait = classOf(info), e.Wait
	}
	c := r.one.c
	if c.direct == nil {
		mine, err = r.observe(ctx)
		return false, mine, err
	}
	behind, gone := c.direct.Start(ctx, &r.call)
	switch {
	case behind:
		return true, true, nil
	case gone != nil:
		return false, false, abandonment(info.Name, gone)
	}
	return false, true, r.failed()
}

// finish is the rest of a call that has waited.
func (r *request) finish(ctx context.Context, lead bool) (mine bool, err error) {
	c, info := r.one.c, r.call.Info
	if gone := c.direct.Finish(ctx, &r.call, lead); gone != nil {
		return false, abandonment(info.Name, gone)
	}
	return true, r.failed()
}

// classOf says which kind of connection a command needs that the server may not answer at once.
func classOf(info *command.Info) conn.Class {
	if info.Flags.Has(command.Urgent) {
		return conn.Urgent
	}
	return conn.Blocking
}

// observe is run for clients with hooks, or with another router.
func (r *request) observe(ctx context.Context) (mine bool, err error) {
	c := r.one.c
	switch {
	case c == &unmadeConn:
		return true, noConn(r.call.Info.Name)
	case c.unmade():
		return true, noClient(r.call.Info.Name)
	}
	name := r.call.Info.Name
	if c.hooks == nil {
		if gone := route.Do(ctx, c.router, &r.call); gone != nil {
			return false, abandonment(name, gone)
		}
		return true, r.failed()
	}
	end := CommandEnd{CommandStart: CommandStart{Command: name, Database: c.db, Blocking: r.call.Class == conn.Blocking}}
	began := conn.Now()
	ctx = c.hooks.start(ctx, end.CommandStart)
	if refused := c.allow(ctx, &end.CommandStart); refused != nil {
		end.Node, mine, err = refused.Node, true, refused
	} else if gone := route.Do(ctx, c.router, &r.call); gone != nil {
		end.Node, end.Attempts = gone.Node, gone.Repeats+1
		err = abandonment(name, gone)
	} else {
		end.Node, end.Attempts = r.call.Node(), r.call.Repeats+1
		mine, err = true, r.failed()
	}
	end.Duration, end.Outcome, end.Err = conn.Now()-began, OutcomeOf(err), err
	c.hooks.end(ctx, end)
	return mine, err
}

// failed is the error of a call that has ended, nil if it has a result.
func (r *request) failed() error {
	switch {
	case r.call.Err != nil || r.call.Refused():
		err := failure(&r.call)
		if t := r.one.c.tx; t != nil {
			err = t.lost(err, r.call.Info)
		}
		return err
	case r.err == nil:
		return nil
	}
	err := r.err
	if !errors.Is(err, Nil) || r.call.Info.Flags.Has(command.Definite) {
		failed := misread(r.call.Info.Name, err, r.slot)
		if failed.Elements != nil {
			return failed // the other elements are in the result
		}
		err = failed
	}
	if r.slot != nil {
		structs.Clear(r.slot) // the decoder may have begun to fill it
	}
	return err
}
