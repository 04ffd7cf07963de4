package redpoll

import (
	"context"
	"errors"
	"fmt"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// Exec sends the commands and waits for all replies. It returns the first error of a command as a
// [*PipelineError], unless [CollectErrors] was given; [Nil] does not count as an error. Afterwards the
// pipeline is empty in any case, and can be used again.
//
// An error of the whole pipeline is
//   - a [*PipelineError] around a [*DataError] or [*StateError] if a command cannot be sent. Nothing was
//     sent.
//   - a [*ConnError] if the connection failed or ctx ended. Each handle has an error with its own outcome:
//     commands that have their reply keep it, others were not sent or may have been executed. Of a
//     transaction, all commands were executed or none. Commands that were provably not sent are repeated as
//     outside of a pipeline, and so is a pipeline that only reads. A pipeline that writes and may have run is
//     not repeated, whatever the options are. With NoTransaction, commands that the server refused
//     temporarily are sent again, in their order, unless a later command on one of their keys has run; then
//     they stay refused.
//   - a [*ConnError] that matches [ErrLimited] if a [LimitHook] refused it. Nothing was sent, and a watch
//     goes on.
//   - [ErrWatch] if the pipeline belongs to a [Tx] and a watched key has changed. Nothing was executed.
//   - a [*PipelineError] around the [*ServerError] of a command that the server did not accept in a
//     transaction. The transaction was not executed; the handles of the other commands match [ErrExecAbort].
//   - a [*ReplyError] if the server refused MULTI to this user, and ran the commands one by one.
//
// An empty pipeline sends nothing.
//
// MULTI, the commands, EXEC; SCRIPT LOAD before them for scripts.
func (p *Pipeline) Exec(ctx context.Context) error {
	if p == nil {
		return errUnmade
	}
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
	defer p.settle() // nothing may be sent twice, even if a hook or a callback panics
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

// run is Exec of a pipeline with commands to send. It fills in the node and the attempts of end, if end is
// not nil.
func (p *Pipeline) run(ctx context.Context, r *batchRun, end *CommandEnd) error {
	b, buf := p.b, p.enc.Buf
	b.run, p.enc.Buf = nil, nil
	err := r.do(ctx)
	if end != nil {
		end.Node, end.Attempts = r.where()
	}
	if r.gone == nil {
		b.run = r
		if !r.call.Borrowed { // otherwise a write may still read it
			p.enc.Buf = buf
		}
	}
	if b.tx != nil {
		// Without MULTI there was no EXEC, and the server goes on watching.
		b.tx.executed(p, err == nil && r.multiErr == nil || OutcomeOf(err) == MaybeExecuted ||
			errors.Is(err, ErrWatch))
	}
	switch {
	case err == nil:
		err = p.judge(r)
	case r.gone == nil && r.call.Err == nil: // a part that was sent again was lost
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

// settle stores the items as those of the last execution, and empties the pipeline.
func (p *Pipeline) settle() {
	b := p.b
	if b.tx != nil { // nothing was sent
		b.tx.executed(p, false)
	}
	b.commandList, b.done = emptied(b.done), b.commandList
	p.clear()
}

// prepare returns the call.
func (p *Pipeline) prepare() *batchRun {
	b := p.b
	if b.run == nil {
		p.open()
	}
	r := b.run
	r.c, r.commandList, r.sent, r.atomic, r.loads = p.c, b.commandList, b.sent, b.atomic, b.loads
	r.call.Reset()
	r.call.Prelude, r.call.Replies = r.ahead(), b.sent
	p.enc.Buf = p.enc.Buf[:b.end] // without a command that was not queued, see makeReady
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
		// Writes that can be repeated one by one cannot be repeated together: after SUNIONSTORE d s and SADD
		// s x, a second run of both leaves x in d too, and a GET in front of a SET has another reply.
		r.info.Retry = command.RetryNever
	}
	if b.atomic {
		r.info.Name = "transaction"
	}
	r.call.Info = &r.info
	return r
}

// do sends the pipeline. If a part of it gets no reply, the items of the part get errors with their outcomes,
// and do returns the error of the part.
func (r *batchRun) do(ctx context.Context) error {
	r.c.router.Batch(ctx, r)
	return r.collect()
}

// collect is the end of do, and also that of a part which has parts of its own.
func (r *batchRun) collect() error {
	err := r.ended()
	for _, part := range r.more {
		if failed := part.collect(); err == nil && failed != nil {
			err = r.inPart(failed)
		}
		if part.gone == nil { // otherwise its connection may still use it
			r.take(part)
		}
	}
	return err
}

// inPart returns the error of the pipeline after a part that was sent again was lost. Even if the part was
// not sent, the pipeline is not safe to repeat, because other commands have run.
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

// ended returns the error of the whole run if the call has no reply, and gives the items errors with their
// outcomes.
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
	if nodes, ok := whole.(*NodesError); ok { // of a transaction on a copy
		one := &ConnError{Node: nodes.Parts[0].Node, Phase: PhaseRead, Outcome: nodes.outcome, Err: nodes}
		r.blame(one, r.call.Size())
	} else if errors.As(whole, &lost) {
		r.blame(lost, r.call.Sent)
	} else if errors.As(whole, new(*StateError)) {
		for i := range r.own() {
			r.item(i).res.err = whole
		}
	}
	return whole
}

// blame gives every item without a reply an error of its own. sent is the number of bytes that may have been
// sent.
func (r *batchRun) blame(whole *ConnError, sent int) {
	answered := r.call.Taken()
	if r.atomic {
		answered -= 1 + r.sent // replies before EXEC are not results
	}
	var spans []span // of the commands that the loop has not reached
	if sent < r.call.Size() {
		spans = r.spans()
	}
	var last *ConnError // shared by neighbours with the same outcome
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

// judge gives the items the errors that follow from the reply to the whole pipeline, and returns the error of
// Exec.
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
			r.discarded(first)
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

// convert applies the callbacks to the replies that came.
func (r *batchRun) convert(callbacks *callbacks, rest []finish) {
	for i := range rest {
		f := &rest[i]
		it := &r.items[f.at]
		if f.fn = callbacks.get(f.names...); f.fn != nil && it.res.err == nil {
			it.res.err = errUnconverted // until it is converted, because a callback may panic
		}
	}
	for _, f := range rest {
		if it := &r.items[f.at]; it.res.err == errUnconverted { //nolint:errorlint // it is that very error
			f.handle.v, it.res.err = convert(f.fn, f.handle.v, f.opts)
			r.faulty = r.faulty || it.res.err != nil
		}
	}
}

// explain returns the error of a command that was refused because its script, or library, could not be
// loaded.
func (r *batchRun) explain(err error) error {
	for i, refusal := range r.unloaded {
		if l := r.loads[i]; refusal != nil && errors.Is(err, l.lacks) {
			if l.what == "SCRIPT" {
				return refusal
			}
			return withLoading(err, refusal)
		}
	}
	return err
}

// errUnconverted is the error of a handle whose reply was not converted because a callback panicked.
var errUnconverted error = &ReplyError{Command: "pipeline",
	Err: errors.New("a callback has panicked; the reply was not converted")}

// cameLoose returns the error if the server refused MULTI, which an ACL may forbid, and ran the commands
// behind it one by one. Their handles have their results.
func (r *batchRun) cameLoose(callbacks *callbacks, rest []finish) error {
	r.finish(callbacks, rest)
	var refusal *ServerError
	errors.As(r.multiErr, &refusal)
	return &ReplyError{Command: "MULTI",
		Err: fmt.Errorf("the transaction was refused, and its commands ran one by one: %w",
			&verdict{refusal})}
}

// discarded adds the failed command to the error of a transaction that was not executed because of it.
func (r *batchRun) discarded(first error) {
	var (
		aborted, refusal *ServerError
		command          *PipelineError
	)
	if errors.As(r.execErr, &aborted) && errors.Is(aborted, ErrExecAbort) &&
		errors.As(first, &command) && errors.As(command.Err, &refusal) {
		i, name := command.Index+1, command.Command
		aborted.because = fmt.Sprintf("command %d of the pipeline, %s: %s", i, name, refusal.words())
	}
}

// spread sets the error of all items without an error.
func (r *batchRun) spread(err error) {
	for i := range r.items {
		if it := &r.items[i]; it.res.err == nil || it.local {
			it.res.err = err
		}
	}
}

// first returns the error of the first command with an error that matters.
func (p *Pipeline) first(matters func(error) bool) error {
	for i := range p.b.items {
		it := &p.b.items[i]
		if err := it.res.err; err != nil && !it.local && !errors.Is(err, Nil) && matters(err) {
			return &PipelineError{Index: i, Command: it.info.Name, Err: err}
		}
	}
	return nil
}
