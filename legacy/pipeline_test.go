package legacy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/legacy"
)

// handle is the common part of all handles; those of commands with a result also have Val.
type handle interface{ Err() error }

// val checks that a handle has a result.
func val[T any](t *legacyTest, h interface {
	handle
	Val() T
}, want T) {
	t.Helper()
	if got, err := h.Val(), h.Err(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the handle has %#v and the error %v, want %#v", got, err, want)
	}
}

// Covers: F373
func TestPipeline(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]redpoll.PipelineOption{"atomic": nil,
		"plain": {redpoll.NoTransaction}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *legacyTest) {
				p := t.old.Pipeline(opts...)
				set := p.SetEx("k", "v", time.Minute)
				p.RPush("l", "a", "b", "a", true)
				removed, one := p.LRem("l", "a"), p.LRem("l", true, 1)
				added := p.ZAdd("z", "m", 1, "m", 2, "n", 3)
				raised := p.ZIncrBy("z", "m")
				some, none, left, gone := p.TTL("k"), p.TTL("l"), p.PTTL("k"), p.PTTL("none")
				there, missing := p.Exists("k"), p.Exists("none")
				both := p.MGet("k", "none")
				plain := p.Plain().Get("k")
				if p.Len() != 14 || !errors.Is(removed.Err(), redpoll.ErrNotExecuted) || removed.Val() != 0 {
					t.Errorf("%d commands are queued, and a handle has %d and %v", p.Len(), removed.Val(),
						removed.Err())
				}
				t.wire()
				t.ok(p.Exec(ctx))
				want := []string{"SETEX k 60 v", "RPUSH l a b a True", "LREM l 0 a", "LREM l 1 True",
					"ZADD z 3 n 2 m 1 m", "ZINCRBY z 1.0 m",
					"TTL k", "TTL l", "PTTL k", "PTTL none", "EXISTS k", "EXISTS none", "MGET k none",
					"GET k"}
				if opts == nil {
					want = append(append([]string{"MULTI"}, want...), "EXEC")
				}
				t.wire(want...)
				t.ok(set.Err())
				val(t, removed, 2)
				val(t, one, 1)
				val(t, added, 2)
				val(t, raised, 2.0)
				val(t, there, true)
				val(t, missing, false)
				val(t, both, []redpoll.Null[string]{{V: "v", Valid: true}, {}})
				val(t, plain, "v")
				for _, h := range []*legacy.Reply[time.Duration]{none, gone} {
					if h.Val() != 0 || !errors.Is(h.Err(), redpoll.Nil) {
						t.Errorf("a missing time is %v and %v, want Nil", h.Val(), h.Err())
					}
				}
				for _, h := range []*legacy.Reply[time.Duration]{some, left} {
					if h.Val() <= 0 || h.Val() > time.Minute || h.Err() != nil {
						t.Errorf("the time is %v and %v", h.Val(), h.Err())
					}
				}
				t.results(p, nil, 4, 2, 1, 2, 2.0, some.Val(), redpoll.Nil, left.Val(), redpoll.Nil, true,
					false, both.Val(), "v")
			})
		})
	}
}

// results compares the results of a pipeline; an expected error matches an error.
func (t *legacyTest) results(p interface{ Results() []redpoll.Result }, want ...any) {
	t.Helper()
	list := p.Results()
	if len(list) != len(want) {
		t.Errorf("%d results, want %d", len(list), len(want))
		return
	}
	for i, r := range list {
		err, _ := want[i].(error)
		w := want[i]
		if n, ok := w.(int); ok {
			w = int64(n)
		}
		switch {
		case err != nil && (!errors.Is(r.Err, err) || r.Val != nil),
			err == nil && (r.Err != nil || !reflect.DeepEqual(r.Val, w)):
			t.Errorf("result %d (%s) is %#v and %v, want %#v", i, r.Command, r.Val, r.Err, want[i])
		}
	}
}

// Covers: F373
func TestStrictPipeline(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		p := t.strict.Pipeline()
		added := p.ZAdd("z", 1, "m", 2, "m")
		p.SetEx("k", time.Minute, nil)
		p.PSetEx("k", time.Minute, true)
		p.Set("e", nil, redpoll.EX(time.Minute))
		p.SetNX("e", 1)
		p.GetSet("e", []int{1})
		p.Append("e", true)
		p.SetRange("e", 7, nil)
		p.MSet(map[string]any{"b": 1, "a": nil})
		p.MSetNX(map[string]any{"a": true})
		p.RPush("l", true, "x")
		p.LPush("l", nil)
		p.LPushX("l", false)
		p.RPushX("l", false)
		p.LInsert("l", redpoll.After, true, nil)
		p.LSet("l", 0, []string{"a"})
		p.LRem("l", 0, "x")
		p.SAdd("s", true, nil)
		p.SIsMember("s", nil)
		p.SMove("s", "s2", true)
		p.SRem("s", nil)
		p.HSet("h", "f", true)
		p.HSetNX("h", "f", nil)
		p.HMSet("h", map[string]any{"g": nil})
		p.PFAdd("p", nil)
		p.Publish("c", nil)
		p.Echo(nil)
		t.ok(p.Exec(ctx))
		val(t, added, 1)
		t.wire("MULTI", "ZADD z 1 m 2 m", "SETEX k 60 None", "PSETEX k 60000 True", "SET e None EX 60",
			"SETNX e 1", "GETSET e [1]", "APPEND e True",
			"SETRANGE e 7 None", "MSET a None b 1", "MSETNX a True", "RPUSH l True x", "LPUSH l None",
			"LPUSHX l False", "RPUSHX l False",
			"LINSERT l AFTER True None", "LSET l 0 ['a']", "LREM l 0 x", "SADD s True None",
			"SISMEMBER s None", "SMOVE s s2 True", "SREM s None",
			"HSET h f True", "HSETNX h f None", "HMSET h g None", "PFADD p None", "PUBLISH c None",
			"ECHO None", "EXEC")
	})
}

// Refused arguments are an error of Exec, with their index, and nothing is sent, whichever pipeline executes.
//
// Covers: F373
func TestPipelineRefuses(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		p := t.old.Pipeline()
		for _, tt := range []struct {
			name  string
			queue func() handle
			text  string
		}{
			{"LREM", func() handle { return p.LRem("l", "a", 1, 2) }, "num: is given more than once"},
			{"ZINCRBY", func() handle {
				return p.ZIncrBy("z", "m", 1, 2)
			}, "amount: is given more than once"},
			{"ZADD", func() handle { return p.ZAdd("z", "n1") }, "equal number of members and scores"},
			{"ZADD", func() handle {
				return p.StrictPipeline.ZAdd("z", "n1", 1)
			}, "the order is score, member"},
			{"MSET", func() handle { return p.MSet(nil) }, "at least one"},
		} {
			p.Set("k", 1)
			none := p.TTL("k")
			h := tt.queue()
			if !strings.Contains(h.Err().Error(), tt.text) {
				t.Errorf("the handle has %v", h.Err())
			}
			err := p.Exec(ctx)
			var pe *redpoll.PipelineError
			if !errors.As(err, &pe) || pe.Index != 2 || pe.Command != tt.name {
				t.Errorf("%s: Exec returns %v", tt.name, err)
			}
			t.refused(tt.text)(nil, err)
			t.refused(tt.text)(nil, h.Err())
			if !errors.Is(none.Err(), redpoll.ErrNotExecuted) || p.Len() != 0 {
				t.Errorf("%s: another handle has %v, and %d commands are left", tt.name, none.Err(), p.Len())
			}
		}
		p.ZAdd("z", "n1")
		t.refused("ZADD")(nil, p.Plain().Exec(ctx))
		t.ok(p.Exec(ctx))
		t.wire()
	})
}

// The server's errors also reach the old handles.
func TestPipelineErrors(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.ok(t.old.Set(ctx, "s", 1))
		p := t.old.Pipeline(redpoll.NoTransaction)
		added, length, exists, nothing := p.ZAdd("s", "m", 1), p.RPush("s", 1), p.Exists("s"), p.MGet()
		err := p.Exec(ctx)
		var pe *redpoll.PipelineError
		if !errors.As(err, &pe) || pe.Index != 0 || !errors.Is(err, redpoll.ErrWrongType) {
			t.Errorf("Exec returns %v", err)
		}
		if !errors.Is(added.Err(), redpoll.ErrWrongType) || !errors.Is(length.Err(), redpoll.ErrWrongType) ||
			added.Val() != 0 {
			t.Errorf("the handles have %v and %v", added.Err(), length.Err())
		}
		val(t, exists, true)
		if !errors.Is(nothing.Err(), redpoll.ErrRefused) || nothing.Val() != nil {
			t.Errorf("MGET of nothing has %v and %v", nothing.Val(), nothing.Err())
		}
		t.results(p, redpoll.ErrWrongType, redpoll.ErrWrongType, true, redpoll.ErrRefused)
	})
}

// A pipeline is used again after Exec and after Discard, also through the pipeline below; handles and results
// stay correct.
func TestPipelineAgain(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		p := t.old.Pipeline()
		first := p.Exists("k")
		p.Set("k", 1)
		t.ok(p.Exec(ctx))
		p.Plain().Get("k")
		second := p.Exists("k")
		t.results(p, false, nil)
		t.ok(p.Exec(ctx))
		val(t, first, false)
		val(t, second, true)
		t.results(p, "1", true)

		dropped := p.Exists("k")
		p.Discard()
		if !errors.Is(dropped.Err(), redpoll.ErrNotExecuted) || p.Len() != 0 {
			t.Errorf("after Discard a handle has %v, and %d commands are left", dropped.Err(), p.Len())
		}
		p.Exists("k")
		p.Exists("k")
		p.Plain().Discard()
		p.Plain().Get("k")
		last := p.Exists("none")
		t.ok(p.Exec(ctx))
		val(t, last, false)
		t.results(p, "1", false)
	})
}

// The old calls also work on a watched connection.
func TestPipelineOfATransaction(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		var removed *legacy.Reply[int64]
		var left *legacy.Reply[time.Duration]
		t.ok(t.rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			if ok, err := legacy.NewRedis(&tx.Client).Exists(ctx, "l"); ok || err != nil {
				t.Errorf("EXISTS gives %v and %v", ok, err)
			}
			p := legacy.NewPipeline(tx.Multi())
			p.RPush("l", "a", "a")
			removed, left = p.LRem("l", "a", 1), p.TTL("l")
			return nil
		}, "l"))
		val(t, removed, 1)
		if !errors.Is(left.Err(), redpoll.Nil) {
			t.Errorf("TTL has %v", left.Err())
		}
	})
}
