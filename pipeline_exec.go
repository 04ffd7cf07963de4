package redpoll

import (
	"context"
	"errors"
	"fmt"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// Exec sends the commands and waits for all replies. The first error of a command is returned as a [*PipelineError] unless
// [CollectErrors] was given; [Nil] is none. The pipeline is empty afterwards and can be used again, whatever happened.
//
// An error of the whole is
//   - a [*PipelineError] around a [*DataError] or [*StateError] if a command cannot be sent, and nothing was,
//   - a [*ConnError] if the connection failed or ctx ended. Each handle has an error with its own outcome: commands whose
//     reply had come keep it, others were not sent or may have been executed. Of a transaction all were executed or none.
//     What was provably not sent is repeated as with single commands, and so is a pipeline that only reads; one that
//     writes and may have run is not, whatever the options. With NoTransaction, commands that the server refused for now are
//     sent again, in their order, unless a later one on one of their keys has run: these stay refused,
//   - a [*ConnError] that matches [ErrLimited] if a [LimitHook] refused it: nothing was sent, and a watch goes on,
//   - [ErrWatch] if the pipeline belongs to a [Tx] and a watched key has changed: nothing was executed,
//   - a [*PipelineError] around the [*ServerError] of a command that the server did not accept in a transaction, which was
//     not executed then; the handles of the others match [ErrExecAbort],
//   - a [*ReplyError] if the server refused MULTI to this user, and ran the commands one by one.
//
// An empty pipeline sends nothing.
//
// MULTI, the commands, EXEC; SCRIPT LOAD before them for scripts.
func (p *Pipeline) Exec(ctx context.Context) error {
	b := p.batch()
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
	defer p.settle() // also when a hook or a callback panics: nothing may be sent twice
	c := p.c
	if c.hooks == nil {
		return p.run(ctx, r, nil)
	}
	end := CommandEnd{CommandStart: CommandStart{
		Command: r.info.Name, Database: c.db, Blocking: b.blocks, Batch: r.sent, Commands: r.names(),
	}}
	began := conn.Now()
	ctx = c.hooks.start(ctx, end.CommandStart)
	var err error
	if refused := c.allow(ctx, &end.CommandStart); refused != nil {
		r.blame(refused, 0)
		end.Node, err = refused.Node, refused
	} else {
		err = p.run(ctx, r, &end)
	}
	end.Duration, end.Outcome, end.Err = conn.Now()-began, OutcomeOf(err), err
	c.hooks.end(ctx, end)
	return err
}

// run is Exec when there is something to send. end, if not nil, is told where it went.
func (p *Pipeline) run(ctx context.Context, r *batchRun, end *CommandEnd) error {
	b, buf := p.b, p.enc.Buf
	b.run, p.enc.Buf = nil, nil
	err := r.do(ctx)
	if end != nil {
		end.Node, end.Attempts = r.where()
	}
	if r.gone == nil {
		b.run = r
		if !r.call.Borrowed { // else somebody may still read it
			p.enc.Buf = buf
		}
	}
	if b.tx != nil {
		// Without MULTI there was no EXEC, and the server goes on watching.
		b.tx.executed(p, err == nil && r.multiErr == nil || OutcomeOf(err) == MaybeExecuted || errors.Is(err, ErrWatch))
	}
	switch {
	case err == nil:
		err = p.judge(r)
	case r.gone == nil && r.call.Err == nil: // a part was lost that was sent again
		r.finish(p.c.callbacks, b.finish)
	default: // some replies may have come
		r.convert(p.c.callbacks, b.finish)
	}
	return err
}

// refuse ends an execution without sending anything.
func (p *Pipeline) refuse(err error) error {
	p.settle()
	return err
}

// settle makes the items those of the last execution, and the pipeline empty.
func (p *Pipeline) settle() {
	b := p.b
	if b.tx != nil { // nothing was sent
		b.tx.executed(p, false)
	}
	b.commandList, b.done = emptied(b.done), b.commandList
	p.clear()
}

// prepare makes the call.
func (p *Pipeline) prepare() *batchRun {
	b := p.b
	if b.run == nil {
		p.open()
	}
	r := b.run
	r.c, r.commandList, r.sent, r.atomic, r.loads = p.c, b.commandList, b.sent, b.atomic, b.loads
	r.call.Reset()
	r.call.Prelude, r.call.Replies = r.ahead(), b.sent
	p.enc.Buf = p.enc.Buf[:b.end] // see start
	if b.atomic {
		p.enc.Buf = append(p.enc.Buf, exec...)
		r.call.Replies += 2
		r.call.Nested = b.sent
	}
	r.call.Wire = p.enc.Buf
	if len(p.enc.Holes) > 0 {
		r.call.Holes = p.enc.Holes
	}
	if !b.atomic {
		r.call.Commit = b.first
	}
	switch {
	case b.blocks:
		r.call.Class, r.call.Wait = conn.Blocking, b.wait
	case r.call.Size() >= largeRequest:
		r.call.Class = conn.Large
	}
	r.info = command.Info{Name: "pipeline", Retry: command.RetryRead}
	if b.writes {
		// Writes that can be repeated one by one cannot be in company: after SUNIONSTORE d s and SADD s x, a second run of
		// both leaves x in d too, and a GET in front of a SET answers something else.
		r.info.Retry = command.RetryNever
	}
	if b.atomic {
		r.info.Name = "transaction"
	}
	r.call.Info = &r.info
	return r
}

// do sends the pipeline. If a part of it got no reply to the whole, its items are told what is known of each, and the error is that
// of the part.
func (r *batchRun) do(ctx context.Context) error {
	r.c.router.Batch(ctx, r)
	err := r.ended()
	for _, part := range r.more {
		if failed := part.ended(); err == nil && failed != nil {
			err = r.inPart(failed)
		}
	}
	return err
}

// inPart is the error of the whole when a part was lost that was sent again. That the part was not sent does not make the whole
// safe to repeat, since others of its commands have run.
func (r *batchRun) inPart(err error) error {
	lost, ok := err.(*ConnError)
	if !ok || lost.Outcome != NotSent {
		return err
	}
	for i := range r.items {
		it := &r.items[i]
		switch outcome := OutcomeOf(it.res.err); {
		case it.local, outcome == NotSent, outcome == Refused && !it.info.Flags.Has(command.Script):
			continue
		}
		e := *lost
		e.Outcome, e.Phase = MaybeExecuted, PhaseRead
		return &e
	}
	return err
}

// ended tells the items what is known of them if the call of the run has no reply, and gives the error of the whole then.
func (r *batchRun) ended() error {
	if r.gone != nil {
		whole := abandonment(r.info.Name, r.gone)
		r.blame(whole, r.call.Size()-r.gone.Unsent)
		return whole
	}
	if r.call.Err == nil {
		return nil
	}
	whole := failure(&r.call)
	if r.c.tx != nil {
		whole = r.c.tx.lost(whole, &r.info)
	}
	var lost *ConnError
	if errors.As(whole, &lost) {
		r.blame(lost, r.call.Sent)
	}
	return whole
}

// blame gives every item without a reply an error of its own. sent is how many bytes may have left.
func (r *batchRun) blame(whole *ConnError, sent int) {
	answered := r.call.Taken()
	if r.atomic {
		answered -= 1 + r.sent // what was said before EXEC is no result
	}
	var spans []span // of the commands that have not been looked at
	if sent < r.call.Size() {
		spans = r.spans()
	}
	var last *ConnError // shared by neighbours of which the same is known
	for i := range r.own() {
		it, end := r.item(i), 0
		if !it.local && len(spans) > 0 {
			end, spans = spans[0].behind, spans[1:]
		}
		if !it.local && answered > 0 {
			answered--
			continue
		}
		outcome := whole.Outcome
		if it.local || !r.atomic && outcome == MaybeExecuted && end > sent {
			outcome = NotSent
		}
		if last == nil || last.Command != it.info.Name || last.Outcome != outcome {
			e := *whole
			e.Command, e.Outcome = it.info.Name, outcome
			last = &e
		}
		it.res.err = last
	}
}

// judge gives the items what the reply to the whole says about them, and finds the error of Exec.
func (p *Pipeline) judge(r *batchRun) error {
	switch {
	case r.executed:
	case r.loose:
		return r.cameLoose(p.c.callbacks, p.b.finish)
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
	r.finish(p.c.callbacks, p.b.finish)
	if !r.faulty {
		return nil
	}
	return p.first(func(err error) bool {
		return !p.b.collect || errors.Is(err, ErrLoading) || errors.Is(err, ErrAuth)
	})
}

// finish completes the results.
func (r *batchRun) finish(callbacks *callbacks, rest []finish) {
	if r.sent < len(r.items) || r.unloaded != nil && r.faulty {
		for i := range r.items {
			it := &r.items[i]
			if it.local {
				it.res.err = nil
			} else if it.res.err != nil {
				it.res.err = r.explain(it.res.err)
			}
		}
	}
	r.convert(callbacks, rest)
}

// convert has the callbacks convert the replies that came.
func (r *batchRun) convert(callbacks *callbacks, rest []finish) {
	for i := range rest {
		f := &rest[i]
		it := &r.items[f.at]
		if f.fn = callbacks.get(f.names...); f.fn != nil && it.res.err == nil {
			it.res.err = errUnconverted // until it is: a callback may panic
		}
	}
	for _, f := range rest {
		if it := &r.items[f.at]; it.res.err == errUnconverted { //nolint:errorlint // it is that very error
			f.handle.v, it.res.err = convert(f.fn, f.handle.v, f.opts)
			r.faulty = r.faulty || it.res.err != nil
		}
	}
}

// explain is the error of a command that was refused because its script, or library, could not be loaded.
func (r *batchRun) explain(err error) error {
	for i, refusal := range r.unloaded {
		if l := r.loads[i]; refusal != nil && errors.Is(err, l.lacks) {
			if l.what == "SCRIPT" {
				return refusal
			}
			//houserules:ok family: err is an error of this package
			return fmt.Errorf("%w; its library is not loaded: %w", err, refusal)
		}
	}
	return err
}

// errUnconverted is the error of a handle whose reply was not converted since a callback has panicked.
var errUnconverted error = &ReplyError{Command: "pipeline", Err: errors.New("a callback has panicked; the reply was not converted")}

// cameLoose is the error when the server has refused MULTI, which an ACL may forbid, and has run the commands behind it
// one by one. Their handles have what came.
func (r *batchRun) cameLoose(callbacks *callbacks, rest []finish) error {
	r.finish(callbacks, rest)
	var refusal *ServerError
	errors.As(r.multiErr, &refusal)
	return &ReplyError{Command: "MULTI", Err: fmt.Errorf("the transaction was refused, and its commands ran one by one: %w", &verdict{refusal})}
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
