// Package legacy has the calls of redis-py 2.x unchanged: the order of arguments, the replies and the
// conversion of values. It is for programs that are ported from redis-py step by step; new programs do not
// need it.
//
// redis-py 2.x has two classes, and so has this package. Both use a [redpoll.Client], which has all other
// methods:
//
//	rdb, err := redpoll.Open("redis://localhost:6379/0")
//	old := legacy.NewRedis(rdb)           // the class Redis
//	strict := legacy.NewStrictRedis(rdb)  // the class StrictRedis
//
//	n, err := old.LRem(ctx, "list", "value", 0)           // LREM list 0 value
//	n, err := old.ZAdd(ctx, "z", "one", 1, "two", 2)      // member, score
//	n, err := strict.ZAdd(ctx, "z", 1, "one", 2, "two")   // score, member
//	ttl, err := old.TTL(ctx, "key")                       // redpoll.Nil for no expiry and for no key
//	name, err := old.Plain().Get(ctx, "name")             // unchanged calls have no second method
//	pipe := old.Pipeline()                                // queues the same calls
//
// This package has a method if its arguments, its reply, or its values differ from those of the client.
// Values of any type are converted to the text that Python makes of them, see [Text]. Replies are Go's: a
// missing value is the error [redpoll.Nil], and success without a result is a nil error.
//
// [ParseURL] reads URLs as 2.x does, and [Again] repeats a call whose connection was lost. The page
// docs/python.md of the project has a table of the differences between 2.x, 3.x and redpoll.
package legacy

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Redis is the class Redis of redis-py 2.x: [StrictRedis] with other orders of arguments for LREM, SETEX and
// ZADD, and with TTLs that may be missing. Make it with [NewRedis]. Like its client it may be used by many
// goroutines at once.
type Redis struct {
	// StrictRedis has the methods that both classes share. If Redis has a method too, old.StrictRedis.LRem
	// calls that of StrictRedis.
	StrictRedis
}

// NewRedis returns the old calls for rdb. The client stays usable, and the caller must close it.
func NewRedis(rdb *redpoll.Client) *Redis { return &Redis{StrictRedis{rdb}} }

// SetEx sets a value with a time to live: value first, then time. The command is SETEX; errors are those of
// [redpoll.Client.SetEx].
func (r *Redis) SetEx(ctx context.Context, key string, value any, ttl time.Duration) error {
	return r.StrictRedis.SetEx(ctx, key, ttl, value)
}

// LRem removes elements that equal value from a list and returns their number: value first, then their
// number. Without a number it removes all of them; a positive number counts from the head, a negative one
// from the tail. More than one number is a [*redpoll.DataError]. The command is LREM; errors are those of
// [redpoll.Client.LRem].
func (r *Redis) LRem(ctx context.Context, key string, value any, num ...int64) (int64, error) {
	count, err := optional("LREM", "num", num, 0)
	if err != nil {
		return 0, err
	}
	return r.StrictRedis.LRem(ctx, key, count, value)
}

// ZAdd adds members to a sorted set, or changes their scores, and returns the number of new members: member,
// score, member, score. As in redis-py 2.x the last pair goes out first, so the first score of a member that
// is given twice wins. Python's keyword arguments go out last, so they come first here. The command is ZADD.
//
// An odd number of arguments, no arguments, and a score that is not a number (for example in the order of
// [StrictRedis.ZAdd]) are a [*redpoll.DataError], and nothing is sent. Other errors are those of
// [redpoll.Client.Do].
func (r *Redis) ZAdd(ctx context.Context, key string, pairs ...any) (int64, error) {
	return r.zadd(ctx, key, pairs, memberFirst)
}

// TTL returns the remaining time of a key, in whole seconds. A missing key, a key without expiry, and less
// than half a second are the error [redpoll.Nil], because they are None in redis-py 2.10. The command is TTL;
// other errors are those of [redpoll.Client.TTL].
func (r *Redis) TTL(ctx context.Context, key string) (time.Duration, error) {
	return left(r.rdb.TTL(ctx, key))
}

// PTTL is TTL in milliseconds. The command is PTTL.
func (r *Redis) PTTL(ctx context.Context, key string) (time.Duration, error) {
	return left(r.rdb.PTTL(ctx, key))
}

// left turns everything except a remaining time into a missing value.
func left(ttl time.Duration, err error) (time.Duration, error) {
	if err == nil && ttl <= 0 { // redpoll.NoExpiry and redpoll.NoKey are below 0
		return 0, redpoll.Nil
	}
	return ttl, err
}

// optional is an argument that may be left out.
func optional[T any](command, argument string, given []T, otherwise T) (T, error) {
	switch len(given) {
	case 0:
		return otherwise, nil
	case 1:
		return given[0], nil
	}
	return otherwise, &redpoll.DataError{Command: command, Argument: argument,
		Reason: "is given more than once"}
}
