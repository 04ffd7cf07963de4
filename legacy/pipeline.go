package legacy

import (
	"context"
	"errors"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Pipeline is the pipeline of [Redis]: [StrictPipeline] with the other orders of arguments, and TTLs that may be missing.
// It is made by [Redis.Pipeline] or [NewPipeline], and is for one goroutine at a time.
type Pipeline struct {
	// StrictPipeline has the methods that both kinds share.
	StrictPipeline
}

// Pipeline starts an empty pipeline, as [redpoll.Client.Pipeline] does.
func (r *Redis) Pipeline(opts ...redpoll.PipelineOption) *Pipeline {
	return NewPipeline(r.rdb.Pipeline(opts...))
}

// NewPipeline gives the old calls over a pipeline that exists, such as the one that Multi of a [redpoll.Tx] returns.
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

// Reply is the handle of a queued command whose reply is not that of the client. It is otherwise like [redpoll.Reply].
type Reply[T any] struct {
	get func() (T, error)
}

// Val returns the result, the zero value if Err is not nil.
func (r *Reply[T]) Val() T {
	v, _ := r.get()
	return v
}

// Err returns why there is no result, as Err of [redpoll.Reply] does; a missing TTL is [redpoll.Nil].
func (r *Reply[T]) Err() error {
	_, err := r.get()
	return err
}

// oldReply is a reply that is not that of the client, by its place in the pipeline.
type oldReply struct {
	at  int
	get func() (any, error)
}

// keep makes the old reply of the command that was queued last out of the client's.
func keep[T, W any](p *StrictPipeline, h *redpoll.Reply[W], as func(W, error) (T, error)) *Reply[T] {
	r := &Reply[T]{func() (T, error) { return as(h.Val(), h.Err()) }}
	p.note(func() (any, error) { return r.get() })
	return r
}

// same is for replies that differ in the type of their handle only.
func same(n int64, err error) (int64, error) { return n, err }

// refusal is what the pipeline below is given in the place of arguments that this package refuses. It refuses that as well:
// so the command keeps its place, and nothing is sent by whoever executes the pipeline.
type refusal struct{}

// refuse queues a command that was refused with err.
func refuse[T any](p *StrictPipeline, command string, err error) *Reply[T] {
	return keep(p, p.plain.Do(command, refusal{}), func(redpoll.Value, error) (T, error) {
		var none T
		return none, err
	})
}

// note takes the old reply of the command that was queued last into the list.
func (p *StrictPipeline) note(get func() (any, error)) {
	at := p.plain.Len() - 1
	if n := len(p.queued); n > 0 && p.queued[n-1].at >= at {
		p.queued = nil // the pipeline below was emptied by itself
	}
	p.queued = append(p.queued, oldReply{at, get})
}

// Len is the number of queued commands.
func (p *StrictPipeline) Len() int { return p.plain.Len() }

// Discard empties the pipeline. The handles of its commands get [redpoll.ErrNotExecuted].
func (p *StrictPipeline) Discard() {
	p.queued = nil
	p.plain.Discard()
}

// Exec sends the commands and waits for all replies. It is Exec of [redpoll.Pipeline], with its errors.
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

// Results returns the results of the last Exec in the order of the commands, with the replies of this package. Commands
// that were queued on [StrictPipeline.Plain] are in it, too. It knows nothing of an Exec of the plain pipeline.
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
