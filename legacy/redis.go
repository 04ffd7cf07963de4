// Package legacy offers the calls of redis-py 2.x as they were: its argument orders, its replies and its conversion of
// values, for programs that are ported from it one step at a time. New programs have no use for it.
//
// redis-py 2.x has two classes, and so has this package. Both stand on a [redpoll.Client], which keeps everything else:
//
//	rdb, err := redpoll.Open("redis://localhost:6379/0")
//	old := legacy.NewRedis(rdb)           // the class Redis
//	strict := legacy.NewStrictRedis(rdb)  // the class StrictRedis
//
//	n, err := old.LRem(ctx, "list", "value", 0)           // LREM list 0 value
//	n, err := old.ZAdd(ctx, "z", "one", 1, "two", 2)      // member, score
//	n, err := strict.ZAdd(ctx, "z", 1, "one", 2, "two")   // score, member
//	ttl, err := old.TTL(ctx, "key")                       // redpoll.Nil for no expiry and for no key
//	name, err := old.Plain().Get(ctx, "name")             // what did not change has no second method
//	pipe := old.Pipeline()                                // queues the same calls
//
// A method is here if its arguments, its reply, or the values that it takes differ from those of the client. Values of
// any type are taken and turned to the text that Python has for them, see [Text]. Replies are Go's as everywhere: no value
// is the error [redpoll.Nil], and success without a result is just no error.
//
// Of the surroundings, [ParseURL] reads URLs as 2.x does, and [Again] repeats a call whose connection was lost. The page
// docs/python.md of the project has a table of the differences between 2.x, 3.x and redpoll.
package legacy

import (
	"context"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Redis is the class Redis of redis-py 2.x: [StrictRedis] with other orders of arguments for LREM, SETEX and ZADD, and
// with TTLs that may be missing. It is made by [NewRedis]. Like its client it may be used by many goroutines at once.
type Redis struct {
	// StrictRedis has the methods that both classes share. Its own forms of those that Redis has, too, are reached as
	// old.StrictRedis.LRem.
	StrictRedis
}

// NewRedis gives the old calls over rdb, which stays usable beside it, and has to be closed by the caller.
func NewRedis(rdb *redpoll.Client) *Redis { return &Redis{StrictRedis{rdb}} }

// SetEx sets a value with a time to live: value first, then time. The command is SETEX, and errors are those of
// [redpoll.Client.SetEx].
func (r *Redis) SetEx(ctx context.Context, key string, value any, ttl time.Duration) error {
	return r.StrictRedis.SetEx(ctx, key, ttl, value)
}

// LRem removes elements that equal value from a list and returns how many: value first, then their number. Without a
// number all of them go; a positive number counts from the head, a negative one from the tail. More than one number is a
// [*redpoll.DataError]. The command is LREM, and errors are those of [redpoll.Client.LRem].
func (r *Redis) LRem(ctx context.Context, key string, value any, num ...int64) (int64, error) {
	count, err := optional("LREM", "num", num, 0)
	if err != nil {
		return 0, err
	}
	return r.StrictRedis.LRem(ctx, key, count, value)
}

// ZAdd adds members to a sorted set, or gives them new scores, and returns how many are new: member, score, member, score.
// As in redis-py 2.x the last pair goes out first, so that of a member given twice the first score wins. What Python
// takes as keywords goes out last there, and so stands first here. The command is ZADD.
//
// An odd number of arguments, none at all, and a score that is no number (as it is when the order was taken for that of
// [StrictRedis.ZAdd]) are a [*redpoll.DataError], and nothing is sent. Other errors are those of [redpoll.Client.Do].
func (r *Redis) ZAdd(ctx context.Context, key string, pairs ...any) (int64, error) {
	return r.zadd(ctx, key, pairs, memberFirst)
}

// TTL returns the time that a key has left, in whole seconds. No key, no expiry, and less than half a second left are the
// error [redpoll.Nil], as they all are None in redis-py 2.10. The command is TTL; other errors are those of
// [redpoll.Client.TTL].
func (r *Redis) TTL(ctx context.Context, key string) (time.Duration, error) {
	return left(r.rdb.TTL(ctx, key))
}

// PTTL is TTL in milliseconds. The command is PTTL.
func (r *Redis) PTTL(ctx context.Context, key string) (time.Duration, error) {
	return left(r.rdb.PTTL(ctx, key))
}

// left makes no value of everything but a time that is left.
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
	return otherwise, &redpoll.DataError{Command: command, Argument: argument, Reason: "is given more than once"}
}
