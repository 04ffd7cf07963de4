package legacy

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Pipeline is the pipeline of [Redis]: [StrictPipeline] with the other orders of arguments, and TTLs that may
// be missing. Make it with [Redis.Pipeline] or [NewPipeline]. One goroutine at a time may use it.
type Pipeline struct {
	// StrictPipeline has the methods that both kinds share.
	StrictPipeline
}

// Pipeline starts an empty pipeline, as [redpoll.Client.Pipeline] does.
func (r *Redis) Pipeline(opts ...redpoll.PipelineOption) *Pipeline {
	return NewPipeline(r.rdb.Pipeline(opts...))
}

// NewPipeline returns the old calls for an existing pipeline, such as the one from Multi of a [redpoll.Tx].
func NewPipeline(p *redpoll.Pipeline) *Pipeline { return &Pipeline{StrictPipeline{plain: p}} }

// SetEx queues [Redis.SetEx].
func (p *Pipeline) SetEx(key string, value any, ttl time.Duration) *redpoll.Status {
	return p.StrictPipeline.SetEx(key, ttl, value)
}

// LRem queues [Redis.LRem].
func (p *Pipeline) LRem(key string, value any, num ...int64) *Reply[int64] {
	count, err := optional("LREM", "num", num, 0)
	if err != nil {
		return refuse[int64](&p.StrictPipeline, "LREM", err)
	}
	return keep(&p.StrictPipeline, p.StrictPipeline.LRem(key, count, value), same)
}

// ZAdd queues [Redis.ZAdd].
func (p *Pipeline) ZAdd(key string, pairs ...any) *Reply[int64] {
	return p.zadd(key, pairs, memberFirst)
}

// TTL queues [Redis.TTL].
func (p *Pipeline) TTL(key string) *Reply[time.Duration] {
	return keep(&p.StrictPipeline, p.plain.TTL(key), left)
}

// PTTL queues [Redis.PTTL].
func (p *Pipeline) PTTL(key string) *Reply[time.Duration] {
	return keep(&p.StrictPipeline, p.plain.PTTL(key), left)
}

// Reply is the handle of a queued command whose reply differs from the client's. Otherwise it is like
// [redpoll.Reply].
type Reply[T any] struct {
	get func() (T, error)
}

// Val returns the result; the zero value if Err is not nil.
func (r *Reply[T]) Val() T {
	v, _ := r.get()
	return v
}

// Err returns why there is no result, like Err of [redpoll.Reply]; a missing TTL is [redpoll.Nil].
func (r *Reply[T]) Err() error {
	_, err := r.get()
	return err
}

// oldReply is a reply that differs from the client's, with its index in the pipeline.
type oldReply struct {
	at  int
	get func() (any, error)
}

// keep makes the old reply from the client's reply to the last queued command.
func keep[T, W any](p *StrictPipeline, h *redpoll.Reply[W], as func(W, error) (T, error)) *Reply[T] {
	r := &Reply[T]{func() (T, error) { return as(h.Val(), h.Err()) }}
	p.note(func() (any, error) { return r.get() })
	return r
}

// same is for replies that differ only in the type of their handle.
func same(n int64, err error) (int64, error) { return n, err }

// refusal takes the place of arguments that this package refuses. The pipeline below refuses it too: so the
// command keeps its place, and Exec of either pipeline sends nothing.
type refusal struct{}

// refuse queues a command that was refused with err.
func refuse[T any](p *StrictPipeline, command string, err error) *Reply[T] {
	return keep(p, p.plain.Do(command, refusal{}), func(redpoll.Value, error) (T, error) {
		var none T
		return none, err
	})
}

// note adds the old reply of the last queued command to the list.
func (p *StrictPipeline) note(get func() (any, error)) {
	at := p.plain.Len() - 1
	if n := len(p.queued); n > 0 && p.queued[n-1].at >= at {
		p.queued = nil // the pipeline below has been emptied
	}
	p.queued = append(p.queued, oldReply{at, get})
}

// Len returns the number of queued commands.
func (p *StrictPipeline) Len() int { return p.plain.Len() }

// Discard empties the pipeline. The handles of its commands get [redpoll.ErrNotExecuted].
func (p *StrictPipeline) Discard() {
	p.queued = nil
	p.plain.Discard()
}

// Exec sends the commands and waits for all replies. It is Exec of [redpoll.Pipeline], with the same errors.
func (p *StrictPipeline) Exec(ctx context.Context) error {
	p.executed, p.queued = p.queued, nil
	err := p.plain.Exec(ctx)
	var first *redpoll.PipelineError
	var refused *redpoll.DataError
	if !errors.As(err, &first) || !errors.As(first.Err, &refused) {
		return err
	}
	for _, old := range p.executed {
		if old.at == first.Index {
			_, why := old.get()
			return &redpoll.PipelineError{Index: first.Index, Command: first.Command, Err: why}
		}
	}
	return err
}

// Results returns the results of the last Exec in the order of the commands, with the replies of this
// package. Commands queued on [StrictPipeline.Plain] are included. It ignores an Exec of the plain pipeline.
func (p *StrictPipeline) Results() []redpoll.Result {
	list := p.plain.Results()
	for _, old := range p.executed {
		if old.at < len(list) {
			r := &list[old.at]
			if r.Val, r.Err = old.get(); r.Err != nil {
				r.Val = nil
			}
		}
	}
	return list
}
