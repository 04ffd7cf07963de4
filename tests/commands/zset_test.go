package commands_test

import (
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// z returns members of a sorted set. pairs are members and scores in turn.
func z(pairs ...any) []redpoll.Z {
	list := make([]redpoll.Z, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, redpoll.Z{Member: pairs[i].(string), Score: float64(pairs[i+1].(int))})
	}
	return list
}

// Covers: F396, F397, E17, E18
func TestZAdd(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.ZAdd(ctx, "z", z("one", 1, "two", 2)))
		t.Want(0)(t.Client.ZAdd(ctx, "z", z("one", 5), redpoll.NX))
		t.Want(1)(t.Client.ZAdd(ctx, "z", z("one", 5), redpoll.CH, redpoll.XX))
		t.Want(7.0)(t.Client.ZAddIncr(ctx, "z", "one", 2))
		t.IsNil(t.Client.ZAddIncr(ctx, "z", "x", 1, redpoll.XX))
		t.IsNil(t.Client.ZAddIncr(ctx, "z", "one", -1, redpoll.GT))
		t.Want(1)(t.Client.ZAdd(ctx, "z", z("one", 3, "two", 9), redpoll.LT, redpoll.CH))
		t.Want(5.0)(t.Client.ZIncrBy(ctx, "z", 2, "one"))
		t.Want(1349673917.939762)(t.Client.ZIncrBy(ctx, "precise", 1349673917.939762, "m"))
		t.Want(1349673917.939762)(t.Client.ZScore(ctx, "precise", "m"))
	})
}

// Covers: E70
func TestZRange(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.ZAdd(ctx, "z", z("a1", 1, "a2", 2, "a3", 3)))
		t.Want([]string{"a1", "a2"})(t.Client.ZRange(ctx, "z", 0, 1))
		t.Want(z("a1", 1, "a2", 2))(t.Client.ZRangeWithScores(ctx, "z", 0, 1))
		t.Want([]string{"a3", "a2"})(t.Client.ZRange(ctx, "z", 0, 1, redpoll.Rev))
		t.Want([]string{"a3", "a2"})(t.Client.ZRevRange(ctx, "z", 0, 1))
		t.Want(z("a3", 3))(t.Client.ZRevRangeWithScores(ctx, "z", 0, 0))
		t.Want([]string{"a2", "a3"})(t.Client.ZRange(ctx, "z", "(1", "+inf", redpoll.ByScore))
		t.Want(z("a3", 3, "a2", 2))(t.Client.ZRangeWithScores(ctx, "z", 3, 1.5, redpoll.Rev, redpoll.ByScore))
		t.Want([]string{"a2"})(
			t.Client.ZRange(ctx, "z", "-inf", "+inf", redpoll.Limit(1, 1), redpoll.ByScore))
		t.Want([]string{"a1", "a2"})(t.Client.ZRange(ctx, "z", "-", "(a3", redpoll.ByLex))
		t.Want([]string{})(t.Client.ZRange(ctx, "none", 0, -1))
		t.Want([]redpoll.Z{})(t.Client.ZRangeWithScores(ctx, "none", 0, -1))
		t.Want(2)(t.Client.ZRangeStore(ctx, "dst", "z", 2, 3, redpoll.ByScore))
		t.Holds([]any{"a2", "2", "a3", "3"}, "ZRANGE", "dst", "0", "-1", "WITHSCORES")
	})
}

func TestZRangeBy(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3)))
		t.Want([]string{"b", "c"})(t.Client.ZRangeByScore(ctx, "z", "(1", 3))
		t.Want(z("b", 2))(t.Client.ZRangeByScoreWithScores(ctx, "z", "-inf", "+inf", redpoll.Limit(1, 1)))
		t.Want([]string{"c", "b"})(t.Client.ZRevRangeByScore(ctx, "z", 3, 1.5))
		t.Want(z("c", 3, "b", 2))(t.Client.ZRevRangeByScoreWithScores(ctx, "z", "+inf", "(1"))
		t.Want(2)(t.Client.ZCount(ctx, "z", 2, "+inf"))
		t.Want(1)(t.Client.ZRemRangeByScore(ctx, "z", 3, 3))
		t.Want(1)(t.Client.ZRemRangeByRank(ctx, "z", -1, -1))
		t.Want([]string{"a"})(t.Client.ZRange(ctx, "z", 0, -1))

		t.Want(4)(t.Client.ZAdd(ctx, "lex", z("a", 0, "b", 0, "c", 0, "d", 0)))
		t.Want([]string{"b", "c"})(t.Client.ZRangeByLex(ctx, "lex", "(a", "[c"))
		t.Want([]string{"d", "c"})(t.Client.ZRevRangeByLex(ctx, "lex", "+", "-", redpoll.Limit(0, 2)))
		t.Want(4)(t.Client.ZLexCount(ctx, "lex", "-", "+"))
		t.Want(3)(t.Client.ZRemRangeByLex(ctx, "lex", "[b", "+"))
	})
}

func TestZScores(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.ZAdd(ctx, "z", []redpoll.Z{
			{Member: "a", Score: 1.5}, {Member: "b", Score: 1e300},
		}))
		t.Want(2)(t.Client.ZCard(ctx, "z"))
		t.Want(1.5)(t.Client.ZScore(ctx, "z", "a"))
		t.IsNil(t.Client.ZScore(ctx, "z", "none"))
		t.Want([]redpoll.Null[float64]{{V: 1e300, Valid: true}, {}})(t.Client.ZMScore(ctx, "z", "b", "none"))
		t.Want(1)(t.Client.ZRank(ctx, "z", "b"))
		t.Want(0)(t.Client.ZRevRank(ctx, "z", "b"))
		t.IsNil(t.Client.ZRank(ctx, "z", "none"))
		t.IsNil(t.Client.ZRevRank(ctx, "none", "b"))
		t.Want(1)(t.Client.ZRem(ctx, "z", "a", "none"))
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.ZScore(ctx, "s", "a"))
	})
}

func TestZPop(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(6)(t.Client.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6)))
		t.Want(redpoll.Z{Member: "a", Score: 1})(t.Client.ZPopMin(ctx, "z"))
		t.Want(redpoll.Z{Member: "f", Score: 6})(t.Client.ZPopMax(ctx, "z"))
		t.Want(z("b", 2))(t.Client.ZPopMinN(ctx, "z", 1))
		t.Want(z("e", 5, "d", 4))(t.Client.ZPopMaxN(ctx, "z", 2))
		t.Want(redpoll.KeyZ{Key: "z", Z: redpoll.Z{Member: "c", Score: 3}})(
			t.Client.BZPopMin(ctx, time.Second, "none", "z"))
		t.IsNil(t.Client.ZPopMin(ctx, "z"))
		t.IsNil(t.Client.ZPopMax(ctx, "z"))
		t.Want([]redpoll.Z{})(t.Client.ZPopMinN(ctx, "z", 3))
		t.IsNil(t.Client.BZPopMin(ctx, 10*time.Millisecond, "z"))
		t.IsNil(t.Client.BZPopMax(ctx, 10*time.Millisecond, "z"))

		t.Want(4)(t.Client.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3, "d", 4)))
		keys := []string{"none", "z"}
		t.Want(redpoll.KeyZs{Key: "z", Members: z("a", 1)})(t.Client.ZMPop(ctx, keys, redpoll.ZMin))
		t.Want(redpoll.KeyZs{Key: "z", Members: z("d", 4, "c", 3)})(
			t.Client.ZMPop(ctx, keys, redpoll.ZMax, redpoll.Count(2)))
		t.Want(redpoll.KeyZs{Key: "z", Members: z("b", 2)})(
			t.Client.BZMPop(ctx, time.Second, keys, redpoll.ZMin, redpoll.Count(5)))
		t.IsNil(t.Client.ZMPop(ctx, keys, redpoll.ZMin))
		t.IsNil(t.Client.BZMPop(ctx, 10*time.Millisecond, keys, redpoll.ZMin))
	})
}

func TestZRandMember(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.IsNil(t.Client.ZRandMember(ctx, "none"))
		t.Want([]string{})(t.Client.ZRandMemberN(ctx, "none", 2))
		t.Want([]redpoll.Z{})(t.Client.ZRandMemberWithScores(ctx, "none", 2))
		t.Want(1)(t.Client.ZAdd(ctx, "z", z("a", 1)))
		t.Want("a")(t.Client.ZRandMember(ctx, "z"))
		t.Want([]string{"a", "a"})(t.Client.ZRandMemberN(ctx, "z", -2))
		t.Want(z("a", 1))(t.Client.ZRandMemberWithScores(ctx, "z", 5))
	})
}

// Covers: E71
func TestZCombine(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.ZAdd(ctx, "a", z("a1", 1, "a2", 1, "a3", 1)))
		t.Want(2)(t.Client.ZAdd(ctx, "b", z("a1", 2, "a3", 2)))
		t.Want(3)(t.Client.ZAdd(ctx, "c", z("a1", 6, "a3", 5, "a4", 4)))
		keys := []string{"a", "b", "c"}
		t.Want(2)(t.Client.ZInterStore(ctx, "d", keys))
		t.Want(z("a3", 8, "a1", 9))(t.Client.ZRangeWithScores(ctx, "d", 0, -1))
		t.Want(2)(t.Client.ZInterStore(ctx, "d", keys, redpoll.AggregateMax))
		t.Want(z("a3", 5, "a1", 6))(t.Client.ZRangeWithScores(ctx, "d", 0, -1))
		t.Want(2)(t.Client.ZInterStore(ctx, "d", keys, redpoll.Weights(1, 2, 3)))
		t.Want(z("a3", 20, "a1", 23))(t.Client.ZRangeWithScores(ctx, "d", 0, -1))

		t.Want([]string{"a3", "a1"})(t.Client.ZInter(ctx, keys))
		t.Want(z("a1", 1, "a3", 1))(t.Client.ZInterWithScores(ctx, keys, redpoll.AggregateMin))
		t.Want(2)(t.Client.ZInterCard(ctx, keys))
		t.Want(1)(t.Client.ZInterCard(ctx, keys, redpoll.CardLimit(1)))
		t.Want([]string{"a2", "a4", "a3", "a1"})(t.Client.ZUnion(ctx, keys))
		t.Want(z("a2", 1, "a4", 4, "a3", 8, "a1", 9))(
			t.Client.ZUnionWithScores(ctx, keys, redpoll.AggregateSum))
		t.Want(4)(t.Client.ZUnionStore(ctx, "d", keys, redpoll.AggregateMin, redpoll.Weights(0, 1, 1.5)))
		t.Want([]string{"a2"})(t.Client.ZDiff(ctx, "a", "b"))
		t.Want(z("a2", 1))(t.Client.ZDiffWithScores(ctx, "a", "b"))
		t.Want(1)(t.Client.ZDiffStore(ctx, "d", "a", "b"))
		t.Want([]string{})(t.Client.ZUnion(ctx, []string{"none"}))
	})
}

func TestZScan(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.ZAdd(ctx, "z", z("a", 1, "b", 2)))
		t.Want(redpoll.ScanPage[redpoll.Z]{Items: z("a", 1)})(
			t.Client.ZScan(ctx, "z", 0, redpoll.Match("a"), redpoll.Count(100)))
		t.Want(redpoll.ScanPage[redpoll.Z]{Items: []redpoll.Z{}})(t.Client.ZScan(ctx, "none", 0))
	})
}

func TestZRankWithScore(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.ZAdd(ctx, "z", []redpoll.Z{
			{Member: "a", Score: -1.5}, {Member: "b", Score: 1e300}, {Member: "c", Score: math.Inf(1)},
		}))
		t.Want(redpoll.RankScore{Rank: 1, Score: 1e300})(t.Client.ZRankWithScore(ctx, "z", "b"))
		t.Want(redpoll.RankScore{Rank: 2, Score: math.Inf(1)})(t.Client.ZRankWithScore(ctx, "z", "c"))
		t.Want(redpoll.RankScore{Rank: 2, Score: -1.5})(t.Client.ZRevRankWithScore(ctx, "z", "a"))
		t.IsNil(t.Client.ZRankWithScore(ctx, "z", "none"))
		t.IsNil(t.Client.ZRevRankWithScore(ctx, "none", "a"))
	})
}
