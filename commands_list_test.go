package redpoll_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

func TestPushAndPop(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.RPush(ctx, "l", "b", 3))
		t.want(3)(t.rdb.LPush(ctx, "l", []byte("a")))
		t.want(0)(t.rdb.LPushX(ctx, "none", "x"))
		t.want(0)(t.rdb.RPushX(ctx, "none", "x"))
		t.want(4)(t.rdb.RPushX(ctx, "l", 4.5))
		t.want(6)(t.rdb.LPushX(ctx, "l", "y", "z"))
		t.want([]string{"z", "y", "a", "b", "3", "4.5"})(t.rdb.LRange(ctx, "l", 0, -1))
		t.want([][]byte{[]byte("z"), []byte("y")})(t.rdb.LRangeBytes(ctx, "l", 0, 1))
		t.want("z")(t.rdb.LPop(ctx, "l"))
		t.want("4.5")(t.rdb.RPop(ctx, "l"))
		t.want([]string{"3", "b"})(t.rdb.RPopN(ctx, "l", 2))
		t.want([]string{"y", "a"})(t.rdb.LPopN(ctx, "l", 5))
		t.isNil(t.rdb.LPop(ctx, "l"))
		t.isNil(t.rdb.RPop(ctx, "l"))
		t.isNil(t.rdb.LPopN(ctx, "l", 1))
		t.isNil(t.rdb.RPopN(ctx, "l", 1))
		t.want([]string{})(t.rdb.LRange(ctx, "l", 0, -1))
	})
}

// Covers: E57
func TestBlockingPop(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "a", "1", "2")
		t.srv.Do("RPUSH", "b", "3", "4")
		for _, want := range []redpoll.KeyValue{{Key: "b", Value: "3"}, {Key: "b", Value: "4"}, {Key: "a", Value: "1"}, {Key: "a", Value: "2"}} {
			t.want(want)(t.rdb.BLPop(ctx, time.Second, "b", "a"))
		}
		t.isNil(t.rdb.BLPop(ctx, 10*time.Millisecond, "b", "a"))
		t.isNil(t.rdb.BRPop(ctx, 10*time.Millisecond, "b", "a"))
		t.srv.Do("RPUSH", "a", "1", "2")
		t.want(redpoll.KeyValue{Key: "a", Value: "2"})(t.rdb.BRPop(ctx, 0, "b", "a"))
	})
}

func TestMovingElements(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "a", "1", "2", "3")
		t.want("1")(t.rdb.LMove(ctx, "a", "b", redpoll.Left, redpoll.Right))
		t.want("3")(t.rdb.RPopLPush(ctx, "a", "b"))
		t.want([]string{"3", "1"})(t.rdb.LRange(ctx, "b", 0, -1))
		t.want("2")(t.rdb.BLMove(ctx, "a", "b", redpoll.Right, redpoll.Right, time.Second))
		t.want("2")(t.rdb.BRPopLPush(ctx, "b", "a", time.Second))
		t.isNil(t.rdb.LMove(ctx, "none", "b", redpoll.Left, redpoll.Left))
		t.isNil(t.rdb.RPopLPush(ctx, "none", "b"))
		t.isNil(t.rdb.BLMove(ctx, "none", "b", redpoll.Left, redpoll.Left, 10*time.Millisecond))
		t.isNil(t.rdb.BRPopLPush(ctx, "none", "b", 10*time.Millisecond))
	})
}

func TestMultiPop(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "a", "1", "2", "3", "4")
		keys := []string{"none", "a"}
		t.want(redpoll.KeyValues{Key: "a", Values: []string{"1"}})(t.rdb.LMPop(ctx, keys, redpoll.Left))
		t.want(redpoll.KeyValues{Key: "a", Values: []string{"4", "3"}})(t.rdb.LMPop(ctx, keys, redpoll.Right, redpoll.Count(2)))
		t.want(redpoll.KeyValues{Key: "a", Values: []string{"2"}})(t.rdb.BLMPop(ctx, time.Second, keys, redpoll.Left, redpoll.Count(9)))
		t.isNil(t.rdb.LMPop(ctx, keys, redpoll.Left))
		t.isNil(t.rdb.BLMPop(ctx, 10*time.Millisecond, keys, redpoll.Left))
	})
}

// Covers: E62
func TestListElements(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "l", "1", "2", "3")
		t.want(4)(t.rdb.LInsert(ctx, "l", redpoll.After, 2, 2.5))
		t.want(-1)(t.rdb.LInsert(ctx, "l", redpoll.Before, "zz", "x"))
		t.want(0)(t.rdb.LInsert(ctx, "none", redpoll.Before, "zz", "x"))
		t.want(4)(t.rdb.LLen(ctx, "l"))
		t.want("2.5")(t.rdb.LIndex(ctx, "l", -2))
		t.isNil(t.rdb.LIndex(ctx, "l", 9))
		t.ok(t.rdb.LSet(ctx, "l", 0, "first"))
		t.is(redpoll.ErrRefused)(nil, t.rdb.LSet(ctx, "l", 9, "x"))
		t.is(redpoll.ErrRefused)(nil, t.rdb.LSet(ctx, "none", 0, "x"))
		t.ok(t.rdb.LTrim(ctx, "l", 0, 1))
		t.want([]string{"first", "2"})(t.rdb.LRange(ctx, "l", 0, -1))
	})
}

// Covers: F391, F393, E63
func TestLRem(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "a", "Z", "b", "Z", "Z", "c", "Z", "Z")
		for _, c := range []struct {
			count, removed int64
			left           []string
		}{
			{1, 1, []string{"b", "Z", "Z", "c", "Z", "Z"}},
			{-2, 2, []string{"b", "Z", "Z", "c"}},
			{0, 2, []string{"b", "c"}},
		} {
			t.want(c.removed)(t.rdb.LRem(ctx, "a", c.count, "Z"))
			t.want(c.left)(t.rdb.LRange(ctx, "a", 0, -1))
		}
	})
}

func TestLPos(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "l", "a", "b", "c", "b", "b")
		t.want(1)(t.rdb.LPos(ctx, "l", "b"))
		t.want(3)(t.rdb.LPos(ctx, "l", "b", redpoll.Rank(2)))
		t.want(4)(t.rdb.LPos(ctx, "l", "b", redpoll.Rank(-1)))
		t.isNil(t.rdb.LPos(ctx, "l", "c", redpoll.MaxLen(2)))
		t.isNil(t.rdb.LPos(ctx, "none", "c"))
		t.want([]int64{1, 3, 4})(t.rdb.LPosN(ctx, "l", "b", 0))
		t.want([]int64{4, 3})(t.rdb.LPosN(ctx, "l", "b", 2, redpoll.Rank(-1)))
		t.want([]int64{})(t.rdb.LPosN(ctx, "none", "b", 2))
	})
}
