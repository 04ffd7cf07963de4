package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

func TestPushAndPop(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.RPush(ctx, "l", "b", 3))
		t.Want(3)(t.Client.LPush(ctx, "l", []byte("a")))
		t.Want(0)(t.Client.LPushX(ctx, "none", "x"))
		t.Want(0)(t.Client.RPushX(ctx, "none", "x"))
		t.Want(4)(t.Client.RPushX(ctx, "l", 4.5))
		t.Want(6)(t.Client.LPushX(ctx, "l", "y", "z"))
		t.Want([]string{"z", "y", "a", "b", "3", "4.5"})(t.Client.LRange(ctx, "l", 0, -1))
		t.Want([][]byte{[]byte("z"), []byte("y")})(t.Client.LRangeBytes(ctx, "l", 0, 1))
		t.Want("z")(t.Client.LPop(ctx, "l"))
		t.Want("4.5")(t.Client.RPop(ctx, "l"))
		t.Want([]string{"3", "b"})(t.Client.RPopN(ctx, "l", 2))
		t.Want([]string{"y", "a"})(t.Client.LPopN(ctx, "l", 5))
		t.IsNil(t.Client.LPop(ctx, "l"))
		t.IsNil(t.Client.RPop(ctx, "l"))
		t.IsNil(t.Client.LPopN(ctx, "l", 1))
		t.IsNil(t.Client.RPopN(ctx, "l", 1))
		t.Want([]string{})(t.Client.LRange(ctx, "l", 0, -1))
	})
}

// Covers: E57
func TestBlockingPop(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "a", "1", "2")
		t.Server.Do("RPUSH", "b", "3", "4")
		for _, want := range []redpoll.KeyValue{
			{Key: "b", Value: "3"}, {Key: "b", Value: "4"}, {Key: "a", Value: "1"}, {Key: "a", Value: "2"},
		} {
			t.Want(want)(t.Client.BLPop(ctx, time.Second, "b", "a"))
		}
		t.IsNil(t.Client.BLPop(ctx, 10*time.Millisecond, "b", "a"))
		t.IsNil(t.Client.BRPop(ctx, 10*time.Millisecond, "b", "a"))
		t.Server.Do("RPUSH", "a", "1", "2")
		t.Want(redpoll.KeyValue{Key: "a", Value: "2"})(t.Client.BRPop(ctx, 0, "b", "a"))
	})
}

func TestMovingElements(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "a", "1", "2", "3")
		t.Want("1")(t.Client.LMove(ctx, "a", "b", redpoll.Left, redpoll.Right))
		t.Want("3")(t.Client.RPopLPush(ctx, "a", "b"))
		t.Want([]string{"3", "1"})(t.Client.LRange(ctx, "b", 0, -1))
		t.Want("2")(t.Client.BLMove(ctx, "a", "b", redpoll.Right, redpoll.Right, time.Second))
		t.Want("2")(t.Client.BRPopLPush(ctx, "b", "a", time.Second))
		t.IsNil(t.Client.LMove(ctx, "none", "b", redpoll.Left, redpoll.Left))
		t.IsNil(t.Client.RPopLPush(ctx, "none", "b"))
		t.IsNil(t.Client.BLMove(ctx, "none", "b", redpoll.Left, redpoll.Left, 10*time.Millisecond))
		t.IsNil(t.Client.BRPopLPush(ctx, "none", "b", 10*time.Millisecond))
	})
}

func TestMultiPop(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "a", "1", "2", "3", "4")
		keys := []string{"none", "a"}
		t.Want(redpoll.KeyValues{Key: "a", Values: []string{"1"}})(t.Client.LMPop(ctx, keys, redpoll.Left))
		t.Want(redpoll.KeyValues{Key: "a", Values: []string{"4", "3"}})(
			t.Client.LMPop(ctx, keys, redpoll.Right, redpoll.Count(2)))
		t.Want(redpoll.KeyValues{Key: "a", Values: []string{"2"}})(
			t.Client.BLMPop(ctx, time.Second, keys, redpoll.Left, redpoll.Count(9)))
		t.IsNil(t.Client.LMPop(ctx, keys, redpoll.Left))
		t.IsNil(t.Client.BLMPop(ctx, 10*time.Millisecond, keys, redpoll.Left))
	})
}

// Covers: E62
func TestListElements(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "l", "1", "2", "3")
		t.Want(4)(t.Client.LInsert(ctx, "l", redpoll.After, 2, 2.5))
		t.Want(-1)(t.Client.LInsert(ctx, "l", redpoll.Before, "zz", "x"))
		t.Want(0)(t.Client.LInsert(ctx, "none", redpoll.Before, "zz", "x"))
		t.Want(4)(t.Client.LLen(ctx, "l"))
		t.Want("2.5")(t.Client.LIndex(ctx, "l", -2))
		t.IsNil(t.Client.LIndex(ctx, "l", 9))
		t.OK(t.Client.LSet(ctx, "l", 0, "first"))
		t.Is(redpoll.ErrRefused)(nil, t.Client.LSet(ctx, "l", 9, "x"))
		t.Is(redpoll.ErrRefused)(nil, t.Client.LSet(ctx, "none", 0, "x"))
		t.OK(t.Client.LTrim(ctx, "l", 0, 1))
		t.Want([]string{"first", "2"})(t.Client.LRange(ctx, "l", 0, -1))
	})
}

// Covers: F391, F393, E63
func TestLRem(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "a", "Z", "b", "Z", "Z", "c", "Z", "Z")
		for _, c := range []struct {
			count, removed int64
			left           []string
		}{
			{1, 1, []string{"b", "Z", "Z", "c", "Z", "Z"}},
			{-2, 2, []string{"b", "Z", "Z", "c"}},
			{0, 2, []string{"b", "c"}},
		} {
			t.Want(c.removed)(t.Client.LRem(ctx, "a", c.count, "Z"))
			t.Want(c.left)(t.Client.LRange(ctx, "a", 0, -1))
		}
	})
}

func TestLPos(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "l", "a", "b", "c", "b", "b")
		t.Want(1)(t.Client.LPos(ctx, "l", "b"))
		t.Want(3)(t.Client.LPos(ctx, "l", "b", redpoll.LPosRank(2)))
		t.Want(4)(t.Client.LPos(ctx, "l", "b", redpoll.LPosRank(-1)))
		t.IsNil(t.Client.LPos(ctx, "l", "c", redpoll.MaxLen(2)))
		t.IsNil(t.Client.LPos(ctx, "none", "c"))
		t.Want([]int64{1, 3, 4})(t.Client.LPosN(ctx, "l", "b", 0))
		t.Want([]int64{4, 3})(t.Client.LPosN(ctx, "l", "b", 2, redpoll.LPosRank(-1)))
		t.Want([]int64{})(t.Client.LPosN(ctx, "none", "b", 2))
	})
}
