package legacy

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/floattext"
)

// StrictRedis is the class StrictRedis of redis-py 2.x: it has the server's orders of arguments, except for
// ZINCRBY. Make it with [NewStrictRedis]. Like its client it may be used by many goroutines at once.
//
// Errors of its methods are those of the client's methods with the same names.
type StrictRedis struct {
	rdb *redpoll.Client
}

// NewStrictRedis returns the old calls for rdb. The client stays usable, and the caller must close it.
func NewStrictRedis(rdb *redpoll.Client) *StrictRedis { return &StrictRedis{rdb} }

// Plain returns the client, for all unchanged calls.
func (r *StrictRedis) Plain() *redpoll.Client { return r.rdb }

// Set sets a value, as [redpoll.Client.Set] does: redpoll.Nil says that NX or XX was not met. The command is
// SET.
func (r *StrictRedis) Set(ctx context.Context, key string, value any, opts ...redpoll.SetOption) error {
	return r.rdb.Set(ctx, key, sendable(value), opts...)
}

// SetNX sets a value unless the key exists, and reports whether it did. The command is SETNX.
func (r *StrictRedis) SetNX(ctx context.Context, key string, value any) (bool, error) {
	return r.rdb.SetNX(ctx, key, sendable(value))
}

// SetEx sets a value with a time to live in whole seconds: time first, then value. The command is SETEX.
func (r *StrictRedis) SetEx(ctx context.Context, key string, ttl time.Duration, value any) error {
	return r.rdb.SetEx(ctx, key, ttl, sendable(value))
}

// PSetEx is SetEx in whole milliseconds. The command is PSETEX.
func (r *StrictRedis) PSetEx(ctx context.Context, key string, ttl time.Duration, value any) error {
	return r.rdb.PSetEx(ctx, key, ttl, sendable(value))
}

// GetSet sets a value and returns the old one, redpoll.Nil if there was none. The command is GETSET.
func (r *StrictRedis) GetSet(ctx context.Context, key string, value any) (string, error) {
	return r.rdb.GetSet(ctx, key, sendable(value))
}

// Append adds to the end of a value and returns its new length in bytes. The command is APPEND.
func (r *StrictRedis) Append(ctx context.Context, key string, value any) (int64, error) {
	return r.rdb.Append(ctx, key, sendable(value))
}

// SetRange writes over a value from offset on and returns its new length in bytes. The command is SETRANGE.
func (r *StrictRedis) SetRange(ctx context.Context, key string, offset int64, value any) (int64, error) {
	return r.rdb.SetRange(ctx, key, offset, sendable(value))
}

// SetBit sets a bit to 1 if value is true for Python, to 0 if not, and returns the old bit: 5 and "0" are
// true; 0, nil, and empty values are not. The command is SETBIT.
func (r *StrictRedis) SetBit(ctx context.Context, key string, offset int64, value any) (int64, error) {
	return r.rdb.SetBit(ctx, key, offset, bit(value))
}

// MGet returns the values of keys, in their order. Without keys the command is sent too, and the server's
// error is returned, because redis-py 2.x does not check. The command is MGET.
func (r *StrictRedis) MGet(ctx context.Context, keys ...string) ([]redpoll.Null[string], error) {
	if len(keys) == 0 {
		_, err := r.rdb.Do(ctx, "MGET")
		return nil, err
	}
	return r.rdb.MGet(ctx, keys...)
}

// MSet sets all values of a mapping at once; they go out in the order of the keys. Python's keyword arguments
// are entries of the mapping here. An empty mapping is a [*redpoll.DataError]. The command is MSET.
func (r *StrictRedis) MSet(ctx context.Context, mapping map[string]any) error {
	return r.rdb.MSet(ctx, pairs(mapping)...)
}

// MSetNX is MSet unless one of the keys exists, and reports whether it did. The command is MSETNX.
func (r *StrictRedis) MSetNX(ctx context.Context, mapping map[string]any) (bool, error) {
	return r.rdb.MSetNX(ctx, pairs(mapping)...)
}

// Exists reports whether a key exists. The command is EXISTS.
func (r *StrictRedis) Exists(ctx context.Context, key string) (bool, error) {
	n, err := r.rdb.Exists(ctx, key)
	return n > 0, err
}

// LPush puts values at the head of a list, one after the other, and returns its length. The command is LPUSH.
func (r *StrictRedis) LPush(ctx context.Context, key string, values ...any) (int64, error) {
	return r.rdb.LPush(ctx, key, Texts(values...)...)
}

// RPush puts values at the tail of a list and returns its length. The command is RPUSH.
func (r *StrictRedis) RPush(ctx context.Context, key string, values ...any) (int64, error) {
	return r.rdb.RPush(ctx, key, Texts(values...)...)
}

// LPushX is LPush of one value, if the list exists. The command is LPUSHX.
func (r *StrictRedis) LPushX(ctx context.Context, key string, value any) (int64, error) {
	return r.rdb.LPushX(ctx, key, sendable(value))
}

// RPushX is RPush of one value, if the list exists. The command is RPUSHX.
func (r *StrictRedis) RPushX(ctx context.Context, key string, value any) (int64, error) {
	return r.rdb.RPushX(ctx, key, sendable(value))
}

// LInsert puts a value before or after pivot and returns the length of the list, -1 if pivot is not in it.
// The command is LINSERT.
func (r *StrictRedis) LInsert(ctx context.Context, key string, where redpoll.ListWhere, pivot,
	value any) (int64, error) {
	return r.rdb.LInsert(ctx, key, where, sendable(pivot), sendable(value))
}

// LSet changes an element of a list. The command is LSET.
func (r *StrictRedis) LSet(ctx context.Context, key string, index int64, value any) error {
	return r.rdb.LSet(ctx, key, index, sendable(value))
}

// LRem removes elements that equal value from a list and returns their number: the number to remove first,
// then value. 0 means all, a negative number counts from the tail. The command is LREM.
func (r *StrictRedis) LRem(ctx context.Context, key string, count int64, value any) (int64, error) {
	return r.rdb.LRem(ctx, key, count, sendable(value))
}

// SAdd adds members to a set and returns the number of new members. The command is SADD.
func (r *StrictRedis) SAdd(ctx context.Context, key string, members ...any) (int64, error) {
	return r.rdb.SAdd(ctx, key, Texts(members...)...)
}

// SRem removes members from a set and returns the number of removed members. The command is SREM.
func (r *StrictRedis) SRem(ctx context.Context, key string, members ...any) (int64, error) {
	return r.rdb.SRem(ctx, key, Texts(members...)...)
}

// SIsMember reports whether a set has a member. The command is SISMEMBER.
func (r *StrictRedis) SIsMember(ctx context.Context, key string, member any) (bool, error) {
	return r.rdb.SIsMember(ctx, key, sendable(member))
}

// SMove moves a member to another set and reports whether it was there. The command is SMOVE.
func (r *StrictRedis) SMove(ctx context.Context, src, dst string, member any) (bool, error) {
	return r.rdb.SMove(ctx, src, dst, sendable(member))
}

// HSet sets one field of a hash and returns 1 if it is new, 0 if it had a value. The command is HSET.
func (r *StrictRedis) HSet(ctx context.Context, key, field string, value any) (int64, error) {
	return r.rdb.HSet(ctx, key, field, sendable(value))
}

// HSetNX sets a field of a hash unless it exists, and reports whether it did. The command is HSETNX.
func (r *StrictRedis) HSetNX(ctx context.Context, key, field string, value any) (bool, error) {
	return r.rdb.HSetNX(ctx, key, field, sendable(value))
}

// HMSet sets the fields of a mapping in a hash; they go out in the order of their names. An empty mapping is
// a [*redpoll.DataError]. The command is HMSET.
func (r *StrictRedis) HMSet(ctx context.Context, key string, mapping map[string]any) error {
	return r.rdb.HMSet(ctx, key, pairs(mapping)...)
}

// ZAdd adds members to a sorted set, or changes their scores, and returns the number of new members: score,
// member, score, member. The pairs go out in this order; Python's keyword arguments come at the end. The
// command is ZADD.
//
// An odd number of arguments, no arguments, and a score that is not a number are a [*redpoll.DataError], and
// nothing is sent. Other errors are those of [redpoll.Client.Do].
func (r *StrictRedis) ZAdd(ctx context.Context, key string, pairs ...any) (int64, error) {
	return r.zadd(ctx, key, pairs, scoreFirst)
}

// ZIncrBy adds to the score of a member and returns the new one: member first, then the amount, which is 1 by
// default. More than one amount is a [*redpoll.DataError]. The command is ZINCRBY.
func (r *StrictRedis) ZIncrBy(ctx context.Context, key string, member any,
	amount ...float64) (float64, error) {
	by, err := optional("ZINCRBY", "amount", amount, 1)
	if err != nil {
		return 0, err
	}
	return r.rdb.ZIncrBy(ctx, key, by, Text(member))
}

// PFAdd adds values to a HyperLogLog and reports whether its estimate may have changed. The command is PFADD.
func (r *StrictRedis) PFAdd(ctx context.Context, key string, values ...any) (bool, error) {
	return r.rdb.PFAdd(ctx, key, Texts(values...)...)
}

// Publish sends a message to a channel and returns the number of clients that received it. The command is
// PUBLISH.
func (r *StrictRedis) Publish(ctx context.Context, channel string, message any) (int64, error) {
	return r.rdb.Publish(ctx, channel, sendable(message))
}

// Echo returns the message that it sends. The command is ECHO.
func (r *StrictRedis) Echo(ctx context.Context, message any) (string, error) {
	return r.rdb.Echo(ctx, sendable(message))
}

// pairs lists the entries of a mapping, with values that can be sent.
func pairs(mapping map[string]any) []any {
	list := redpoll.Pairs(mapping)
	for i := 1; i < len(list); i += 2 {
		list[i] = sendable(list[i])
	}
	return list
}

// order is the order of members and scores in the arguments of ZADD.
type order bool

const (
	scoreFirst  order = false // the class StrictRedis; the order does not change
	memberFirst order = true  // the class Redis; the last pair is sent first
)

// zadd runs ZADD by Do, which sends the scores as the caller wrote them: 2 and not 2.0.
func (r *StrictRedis) zadd(ctx context.Context, key string, pairs []any, o order) (int64, error) {
	args, err := scores(key, pairs, o)
	if err != nil {
		return 0, err
	}
	v, err := r.rdb.Do(ctx, args...)
	if err != nil {
		return 0, err
	}
	return v.Int64()
}

// scores makes the command ZADD from members and scores in one of the orders.
func scores(key string, pairs []any, o order) ([]any, error) {
	refuse := func(reason string) ([]any, error) {
		return nil, &redpoll.DataError{Command: "ZADD", Argument: "pairs", Reason: reason}
	}
	switch {
	case len(pairs) == 0:
		return refuse("need at least one member and its score")
	case len(pairs)%2 != 0:
		return refuse("need an equal number of members and scores: " + strconv.Itoa(len(pairs)) +
			" is not an even number")
	}
	args := make([]any, 2, 2+len(pairs))
	args[0], args[1] = "ZADD", key
	for i := 0; i < len(pairs); i += 2 {
		score, member := pairs[i], pairs[i+1]
		if o == memberFirst {
			at := len(pairs) - 2 - i
			member, score = pairs[at], pairs[at+1]
		}
		score = sendable(score)
		if !isNumber(score) {
			if o == memberFirst {
				return refuse("have a score that is not a number; the order is member, score")
			}
			return refuse("have a score that is not a number; the order is score, member")
		}
		args = append(args, score, sendable(member))
	}
	return args, nil
}

// isNumber reports whether a value is a number, or text that the server may take for one.
func isNumber(v any) bool {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return true
	}
	_, err := floattext.Parse(text, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}
