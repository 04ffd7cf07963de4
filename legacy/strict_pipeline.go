package legacy

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// StrictPipeline is the pipeline of [StrictRedis]: its methods queue the commands of that class, and return
// handles, as [redpoll.Pipeline] does. Refused arguments are an error of Exec, which then sends nothing. Make
// it with [StrictRedis.Pipeline] or [NewStrictPipeline]. One goroutine at a time may use it.
type StrictPipeline struct {
	plain            *redpoll.Pipeline
	queued, executed []oldReply
}

// Pipeline starts an empty pipeline, as [redpoll.Client.Pipeline] does.
func (r *StrictRedis) Pipeline(opts ...redpoll.PipelineOption) *StrictPipeline {
	return NewStrictPipeline(r.rdb.Pipeline(opts...))
}

// NewStrictPipeline returns the old calls for an existing pipeline, such as the one from Multi of a
// [redpoll.Tx].
func NewStrictPipeline(p *redpoll.Pipeline) *StrictPipeline { return &StrictPipeline{plain: p} }

// Plain returns the pipeline below, for all unchanged calls. Call Exec of the StrictPipeline, which has the
// old replies.
func (p *StrictPipeline) Plain() *redpoll.Pipeline { return p.plain }

// Set queues [StrictRedis.Set].
func (p *StrictPipeline) Set(key string, value any, opts ...redpoll.SetOption) *redpoll.Status {
	return p.plain.Set(key, sendable(value), opts...)
}

// SetNX queues [StrictRedis.SetNX].
func (p *StrictPipeline) SetNX(key string, value any) *redpoll.Reply[bool] {
	return p.plain.SetNX(key, sendable(value))
}

// SetEx queues [StrictRedis.SetEx].
func (p *StrictPipeline) SetEx(key string, ttl time.Duration, value any) *redpoll.Status {
	return p.plain.SetEx(key, ttl, sendable(value))
}

// PSetEx queues [StrictRedis.PSetEx].
func (p *StrictPipeline) PSetEx(key string, ttl time.Duration, value any) *redpoll.Status {
	return p.plain.PSetEx(key, ttl, sendable(value))
}

// GetSet queues [StrictRedis.GetSet].
func (p *StrictPipeline) GetSet(key string, value any) *redpoll.Reply[string] {
	return p.plain.GetSet(key, sendable(value))
}

// Append queues [StrictRedis.Append].
func (p *StrictPipeline) Append(key string, value any) *redpoll.Reply[int64] {
	return p.plain.Append(key, sendable(value))
}

// SetRange queues [StrictRedis.SetRange].
func (p *StrictPipeline) SetRange(key string, offset int64, value any) *redpoll.Reply[int64] {
	return p.plain.SetRange(key, offset, sendable(value))
}

// SetBit queues [StrictRedis.SetBit].
func (p *StrictPipeline) SetBit(key string, offset int64, value any) *redpoll.Reply[int64] {
	return p.plain.SetBit(key, offset, bit(value))
}

// MGet queues [StrictRedis.MGet].
func (p *StrictPipeline) MGet(keys ...string) *Reply[[]redpoll.Null[string]] {
	if len(keys) > 0 {
		return keep(p, p.plain.MGet(keys...),
			func(list []redpoll.Null[string], err error) ([]redpoll.Null[string], error) {
				return list, err
			})
	}
	return keep(p, p.plain.Do("MGET"), func(_ redpoll.Value, err error) ([]redpoll.Null[string], error) {
		return nil, err
	})
}

// MSet queues [StrictRedis.MSet].
func (p *StrictPipeline) MSet(mapping map[string]any) *redpoll.Status {
	return p.plain.MSet(pairs(mapping)...)
}

// MSetNX queues [StrictRedis.MSetNX].
func (p *StrictPipeline) MSetNX(mapping map[string]any) *redpoll.Reply[bool] {
	return p.plain.MSetNX(pairs(mapping)...)
}

// Exists queues [StrictRedis.Exists].
func (p *StrictPipeline) Exists(key string) *Reply[bool] {
	return keep(p, p.plain.Exists(key), func(n int64, err error) (bool, error) { return n > 0, err })
}

// LPush queues [StrictRedis.LPush].
func (p *StrictPipeline) LPush(key string, values ...any) *redpoll.Reply[int64] {
	return p.plain.LPush(key, Texts(values...)...)
}

// RPush queues [StrictRedis.RPush].
func (p *StrictPipeline) RPush(key string, values ...any) *redpoll.Reply[int64] {
	return p.plain.RPush(key, Texts(values...)...)
}

// LPushX queues [StrictRedis.LPushX].
func (p *StrictPipeline) LPushX(key string, value any) *redpoll.Reply[int64] {
	return p.plain.LPushX(key, sendable(value))
}

// RPushX queues [StrictRedis.RPushX].
func (p *StrictPipeline) RPushX(key string, value any) *redpoll.Reply[int64] {
	return p.plain.RPushX(key, sendable(value))
}

// LInsert queues [StrictRedis.LInsert].
func (p *StrictPipeline) LInsert(
	key string, where redpoll.ListWhere, pivot, value any,
) *redpoll.Reply[int64] {
	return p.plain.LInsert(key, where, sendable(pivot), sendable(value))
}

// LSet queues [StrictRedis.LSet].
func (p *StrictPipeline) LSet(key string, index int64, value any) *redpoll.Status {
	return p.plain.LSet(key, index, sendable(value))
}

// LRem queues [StrictRedis.LRem].
func (p *StrictPipeline) LRem(key string, count int64, value any) *redpoll.Reply[int64] {
	return p.plain.LRem(key, count, sendable(value))
}

// SAdd queues [StrictRedis.SAdd].
func (p *StrictPipeline) SAdd(key string, members ...any) *redpoll.Reply[int64] {
	return p.plain.SAdd(key, Texts(members...)...)
}

// SRem queues [StrictRedis.SRem].
func (p *StrictPipeline) SRem(key string, members ...any) *redpoll.Reply[int64] {
	return p.plain.SRem(key, Texts(members...)...)
}

// SIsMember queues [StrictRedis.SIsMember].
func (p *StrictPipeline) SIsMember(key string, member any) *redpoll.Reply[bool] {
	return p.plain.SIsMember(key, sendable(member))
}

// SMove queues [StrictRedis.SMove].
func (p *StrictPipeline) SMove(src, dst string, member any) *redpoll.Reply[bool] {
	return p.plain.SMove(src, dst, sendable(member))
}

// HSet queues [StrictRedis.HSet].
func (p *StrictPipeline) HSet(key, field string, value any) *redpoll.Reply[int64] {
	return p.plain.HSet(key, field, sendable(value))
}

// HSetNX queues [StrictRedis.HSetNX].
func (p *StrictPipeline) HSetNX(key, field string, value any) *redpoll.Reply[bool] {
	return p.plain.HSetNX(key, field, sendable(value))
}

// HMSet queues [StrictRedis.HMSet].
func (p *StrictPipeline) HMSet(key string, mapping map[string]any) *redpoll.Status {
	return p.plain.HMSet(key, pairs(mapping)...)
}

// ZAdd queues [StrictRedis.ZAdd].
func (p *StrictPipeline) ZAdd(key string, pairs ...any) *Reply[int64] {
	return p.zadd(key, pairs, scoreFirst)
}

// ZIncrBy queues [StrictRedis.ZIncrBy].
func (p *StrictPipeline) ZIncrBy(key string, member any, amount ...float64) *Reply[float64] {
	by, err := optional("ZINCRBY", "amount", amount, 1)
	if err != nil {
		return refuse[float64](p, "ZINCRBY", err)
	}
	return keep(p, p.plain.ZIncrBy(key, by, Text(member)), func(f float64, err error) (float64, error) {
		return f, err
	})
}

// PFAdd queues [StrictRedis.PFAdd].
func (p *StrictPipeline) PFAdd(key string, values ...any) *redpoll.Reply[bool] {
	return p.plain.PFAdd(key, Texts(values...)...)
}

// Publish queues [StrictRedis.Publish].
func (p *StrictPipeline) Publish(channel string, message any) *redpoll.Reply[int64] {
	return p.plain.Publish(channel, sendable(message))
}

// Echo queues [StrictRedis.Echo].
func (p *StrictPipeline) Echo(message any) *redpoll.Reply[string] {
	return p.plain.Echo(sendable(message))
}

func (p *StrictPipeline) zadd(key string, pairs []any, o order) *Reply[int64] {
	args, err := scores(key, pairs, o)
	if err != nil {
		return refuse[int64](p, "ZADD", err)
	}
	return keep(p, p.plain.Do(args...), func(v redpoll.Value, err error) (int64, error) {
		if err != nil {
			return 0, err
		}
		return v.Int64()
	})
}
