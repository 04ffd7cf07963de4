package redpoll

import (
	"context"
	"errors"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// Exec sends the commands and waits for all replies. The first error of a command is returned as a [*PipelineError] unless
// [CollectErrors] was given; [Nil] is none. The pipeline is empty afterwards and can be used again, whatever happened.
//
// An error of the whole is
//   - a [*PipelineError] around a [*DataError] or [*StateError] if a command cannot be sent, and nothing was,
//   - a [*ConnError] if the connection failed or ctx ended. Each handle has an error with its own outcome: commands whose
//     reply had come keep it, others were not sent or may have been executed. Of a transaction all were executed or none.
//     What was provably not sent is repeated as with single commands, and so is a pipeline that only reads,
//   - [ErrWatch] if the pipeline belongs to a [Tx] and a watched key has changed: nothing was executed,
//   - a [*PipelineError] around the [*ServerError] of a command that the server did not accept in a transaction, which was
//     not executed then; the handles of the others match [ErrExecAbort].
//
// An empty pipeline sends nothing.
//
// MULTI, the commands, EXEC; SCRIPT LOAD before them for scripts.
func (p *Pipeline) Exec(ctx context.Context) error {
	b := p.b
	switch tx := b.tx; {
	case b.foul != nil:
		return p.refuse(b.foul)
	case b.fault != nil:
		return p.refuse(b.fault)
	case b.sent == 0 && (tx == nil || !tx.on):
		for i := range b.items {
			b.items[i].res.err = nil
		}
		return p.refuse(nil)
	case tx == nil && b.atomic && p.c.tx != nil && p.c.tx.on:
		return p.refuse(errOwnExec)
	}
	r := p.prepare()
	gone, err := r.observe(ctx)
	if gone != nil || r.call.Borrowed {
		p.enc.buf = nil // somebody may still read it
	}
	if gone == nil {
		b.run = r
	}
	if b.tx != nil {
		// Without MULTI there was no EXEC, and the server goes on watching.
		b.tx.executed(p, err == nil && r.multiErr == nil || OutcomeOf(err) == MaybeExecuted || errors.Is(err, ErrWatch))
	}
	if err == nil {
		err = p.judge(r)
	}
	p.settle()
	return err
}

// refuse ends an execution without sending anything.
func (p *Pipeline) refuse(err error) error {
	if p.b.tx != nil {
		p.b.tx.executed(p, false)
	}
	p.settle()
	return err
}

// settle makes the items those of the last execution, and the pipeline empty.
func (p *Pipeline) settle() {
	b := p.b
	clear(b.done)
	b.items, b.done = b.done[:0], b.items
	p.clear()
}

// maxSharedBatch is the largest pipeline that is sent over a shared connection, where other callers have to wait for its
// bytes and for its replies.
const maxSharedBatch = 256 << 10

// prepare makes the call.
func (p *Pipeline) prepare() *batchRun {
	b, r := p.b, p.b.run
	b.run = nil
	if r == nil {
		r = new(batchRun)
		r.call.Sink = r
	}
	r.restart()
	r.c, r.items, r.sent, r.atomic, r.loads = p.c, b.items, b.sent, b.atomic, len(b.loads)
	r.call.Reset()
	r.call.Replies = r.loads + b.sent
	if b.atomic {
		p.enc.buf = append(p.enc.buf, exec...)
		r.call.Replies += 2
		r.call.Nested = b.sent
	}
	r.call.Wire, r.prefix = p.enc.buf, 0
	if len(b.loads) > 0 {
		r.call.Wire = nil
		for _, body := range b.loads {
			r.call.Wire = resp.AppendCommand(r.call.Wire, "SCRIPT", "LOAD", body)
		}
		r.prefix = len(r.call.Wire)
		r.call.Wire = append(r.call.Wire, p.enc.buf...)
	}
	if !b.atomic {
		r.call.Commit = r.prefix + firstEnd(b.items)
	}
	r.call.Blocks, r.call.Wait = b.blocks, b.wait
	r.call.Alone = len(r.call.Wire) > maxSharedBatch
	r.info = command.Info{Name: "pipeline", Retry: retryOf(b.items)}
	if b.atomic {
		r.info.Name = "transaction"
	}
	r.call.Info = &r.info
	return r
}

// firstEnd is where the first command on the wire ends.
func firstEnd(items []item) int {
	for i := range items {
		if !items[i].local {
			return items[i].end
		}
	}
	return 0
}

// retryOf is the retry class of commands that are only sent together: that of the most delicate one.
func retryOf(items []item) command.Retry {
	least := command.RetryRead
	for i := range items {
		switch it := &items[i]; {
		case it.local:
		case it.once:
			return command.RetryNever
		default:
			least = min(least, it.info.Retry)
		}
	}
	return least
}

// observe runs the call with the hooks around it. Without a reply to the whole, it tells every item what is known of it,
// and the error is that of the whole.
func (r *batchRun) observe(ctx context.Context) (gone *conn.GaveUp, err error) {
	c := r.c
	if c.hooks == nil {
		return r.do(ctx)
	}
	start := CommandStart{Command: r.info.Name, Node: c.node, Batch: r.sent}
	began := conn.Now()
	ctx = c.hooks.start(ctx, start)
	gone, err = r.do(ctx)
	seen := err
	for i := 0; i < len(r.items) && seen == nil; i++ {
		seen = r.items[i].res.err
	}
	c.hooks.end(ctx, CommandEnd{CommandStart: start, Duration: conn.Now() - began, Outcome: OutcomeOf(err), Err: seen})
	return gone, err
}

func (r *batchRun) do(ctx context.Context) (gone *conn.GaveUp, err error) {
	if gone = r.c.router.Do(ctx, &r.call); gone != nil {
		whole := abandonment(r.c.node, r.info.Name, gone)
		r.blame(whole, len(r.call.Wire))
		return gone, whole
	}
	if r.call.Err == nil {
		return nil, nil
	}
	whole := failure(r.c.node, &r.call)
	if r.c.tx != nil {
		whole = r.c.tx.lost(whole, &r.info)
	}
	var lost *ConnError
	if errors.As(whole, &lost) {
		r.blame(lost, r.call.Sent)
	}
	return nil, whole
}

// blame gives every item without a reply an error of its own. sent is how many bytes may have left.
func (r *batchRun) blame(whole *ConnError, sent int) {
	answered := r.call.Taken() - r.loads
	if r.atomic {
		answered -= 1 + r.sent
		if !r.executed {
			answered = 0
		}
	}
	for i := range r.items {
		it := &r.items[i]
		if !it.local && answered > 0 {
			answered--
			continue
		}
		e := *whole
		e.Command = it.info.Name
		if it.local || !r.atomic && e.Outcome == MaybeExecuted && r.prefix+it.end > sent {
			e.Outcome = NotSent
		}
		it.res.err = &e
	}
}

// judge gives the items what the reply to the whole says about them, and finds the error of Exec.
func (p *Pipeline) judge(r *batchRun) error {
	switch {
	case r.multiErr != nil:
		r.spread(r.multiErr)
		return r.multiErr
	case r.conflict:
		r.spread(ErrWatch)
		return ErrWatch
	case r.execErr != nil:
		if first := p.first(func(error) bool { return true }); first != nil {
			r.spread(r.execErr)
			return first
		}
		r.spread(r.execErr)
		return r.execErr
	}
	for i := range r.items {
		it := &r.items[i]
		switch {
		case it.local:
			it.res.err = nil
		case r.loadErr != nil && errors.Is(it.res.err, ErrNoScript):
			it.res.err = r.loadErr
		case it.finish != nil && it.res.err == nil:
			it.res.err = it.finish()
		}
	}
	return p.first(func(err error) bool {
		return !p.b.collect || errors.Is(err, ErrLoading) || errors.Is(err, ErrAuth)
	})
}

// spread gives an error to all items that have none.
func (r *batchRun) spread(err error) {
	for i := range r.items {
		if it := &r.items[i]; it.res.err == nil || it.local {
			it.res.err = err
		}
	}
}

// first is the error of the first command that failed in a way that matters.
func (p *Pipeline) first(matters func(error) bool) error {
	for i := range p.b.items {
		it := &p.b.items[i]
		if err := it.res.err; err != nil && !it.local && !errors.Is(err, Nil) && matters(err) {
			return &PipelineError{Index: i, Command: it.info.Name, Err: err}
		}
	}
	return nil
}
