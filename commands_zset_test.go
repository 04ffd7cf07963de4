package redpoll_test

import (
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// z makes members of a sorted set.
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
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.ZAdd(ctx, "z", z("one", 1, "two", 2)))
		t.want(0)(t.rdb.ZAdd(ctx, "z", z("one", 5), redpoll.NX))
		t.want(1)(t.rdb.ZAdd(ctx, "z", z("one", 5), redpoll.CH, redpoll.XX))
		t.want(7.0)(t.rdb.ZAddIncr(ctx, "z", "one", 2))
		t.isNil(t.rdb.ZAddIncr(ctx, "z", "x", 1, redpoll.XX))
		t.isNil(t.rdb.ZAddIncr(ctx, "z", "one", -1, redpoll.GT))
		t.want(1)(t.rdb.ZAdd(ctx, "z", z("one", 3, "two", 9), redpoll.LT, redpoll.CH))
		t.want(5.0)(t.rdb.ZIncrBy(ctx, "z", 2, "one"))
		t.want(1349673917.939762)(t.rdb.ZIncrBy(ctx, "precise", 1349673917.939762, "m"))
		t.want(1349673917.939762)(t.rdb.ZScore(ctx, "precise", "m"))
	})
}

// Covers: E70
func TestZRange(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.ZAdd(ctx, "z", z("a1", 1, "a2", 2, "a3", 3)))
		t.want([]string{"a1", "a2"})(t.rdb.ZRange(ctx, "z", 0, 1))
		t.want(z("a1", 1, "a2", 2))(t.rdb.ZRangeWithScores(ctx, "z", 0, 1))
		t.want([]string{"a3", "a2"})(t.rdb.ZRange(ctx, "z", 0, 1, redpoll.Rev))
		t.want([]string{"a3", "a2"})(t.rdb.ZRevRange(ctx, "z", 0, 1))
		t.want(z("a3", 3))(t.rdb.ZRevRangeWithScores(ctx, "z", 0, 0))
		t.want([]string{"a2", "a3"})(t.rdb.ZRange(ctx, "z", "(1", "+inf", redpoll.ByScore))
		t.want(z("a3", 3, "a2", 2))(t.rdb.ZRangeWithScores(ctx, "z", 3, 1.5, redpoll.Rev, redpoll.ByScore))
		t.want([]string{"a2"})(t.rdb.ZRange(ctx, "z", "-inf", "+inf", redpoll.Limit(1, 1), redpoll.ByScore))
		t.want([]string{"a1", "a2"})(t.rdb.ZRange(ctx, "z", "-", "(a3", redpoll.ByLex))
		t.want([]string{})(t.rdb.ZRange(ctx, "none", 0, -1))
		t.want([]redpoll.Z{})(t.rdb.ZRangeWithScores(ctx, "none", 0, -1))
		t.want(2)(t.rdb.ZRangeStore(ctx, "dst", "z", 2, 3, redpoll.ByScore))
		t.holds([]any{"a2", "2", "a3", "3"}, "ZRANGE", "dst", "0", "-1", "WITHSCORES")
	})
}

func TestZRangeBy(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3)))
		t.want([]string{"b", "c"})(t.rdb.ZRangeByScore(ctx, "z", "(1", 3))
		t.want(z("b", 2))(t.rdb.ZRangeByScoreWithScores(ctx, "z", "-inf", "+inf", redpoll.Limit(1, 1)))
		t.want([]string{"c", "b"})(t.rdb.ZRevRangeByScore(ctx, "z", 3, 1.5))
		t.want(z("c", 3, "b", 2))(t.rdb.ZRevRangeByScoreWithScores(ctx, "z", "+inf", "(1"))
		t.want(2)(t.rdb.ZCount(ctx, "z", 2, "+inf"))
		t.want(1)(t.rdb.ZRemRangeByScore(ctx, "z", 3, 3))
		t.want(1)(t.rdb.ZRemRangeByRank(ctx, "z", -1, -1))
		t.want([]string{"a"})(t.rdb.ZRange(ctx, "z", 0, -1))

		t.want(4)(t.rdb.ZAdd(ctx, "lex", z("a", 0, "b", 0, "c", 0, "d", 0)))
		t.want([]string{"b", "c"})(t.rdb.ZRangeByLex(ctx, "lex", "(a", "[c"))
		t.want([]string{"d", "c"})(t.rdb.ZRevRangeByLex(ctx, "lex", "+", "-", redpoll.Limit(0, 2)))
		t.want(4)(t.rdb.ZLexCount(ctx, "lex", "-", "+"))
		t.want(3)(t.rdb.ZRemRangeByLex(ctx, "lex", "[b", "+"))
	})
}

func TestZScores(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.ZAdd(ctx, "z", []redpoll.Z{{Member: "a", Score: 1.5}, {Member: "b", Score: 1e300}}))
		t.want(2)(t.rdb.ZCard(ctx, "z"))
		t.want(1.5)(t.rdb.ZScore(ctx, "z", "a"))
		t.isNil(t.rdb.ZScore(ctx, "z", "none"))
		t.want([]redpoll.Null[float64]{{V: 1e300, Valid: true}, {}})(t.rdb.ZMScore(ctx, "z", "b", "none"))
		t.want(1)(t.rdb.ZRank(ctx, "z", "b"))
		t.want(0)(t.rdb.ZRevRank(ctx, "z", "b"))
		t.isNil(t.rdb.ZRank(ctx, "z", "none"))
		t.isNil(t.rdb.ZRevRank(ctx, "none", "b"))
		t.want(1)(t.rdb.ZRem(ctx, "z", "a", "none"))
		t.ok(t.rdb.Set(ctx, "s", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.ZScore(ctx, "s", "a"))
	})
}

func TestZPop(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(6)(t.rdb.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6)))
		t.want(redpoll.Z{Member: "a", Score: 1})(t.rdb.ZPopMin(ctx, "z"))
		t.want(redpoll.Z{Member: "f", Score: 6})(t.rdb.ZPopMax(ctx, "z"))
		t.want(z("b", 2))(t.rdb.ZPopMinN(ctx, "z", 1))
		t.want(z("e", 5, "d", 4))(t.rdb.ZPopMaxN(ctx, "z", 2))
		t.want(redpoll.KeyZ{Key: "z", Z: redpoll.Z{Member: "c", Score: 3}})(t.rdb.BZPopMin(ctx, time.Second, "none", "z"))
		t.isNil(t.rdb.ZPopMin(ctx, "z"))
		t.isNil(t.rdb.ZPopMax(ctx, "z"))
		t.want([]redpoll.Z{})(t.rdb.ZPopMinN(ctx, "z", 3))
		t.isNil(t.rdb.BZPopMin(ctx, 10*time.Millisecond, "z"))
		t.isNil(t.rdb.BZPopMax(ctx, 10*time.Millisecond, "z"))

		t.want(4)(t.rdb.ZAdd(ctx, "z", z("a", 1, "b", 2, "c", 3, "d", 4)))
		keys := []string{"none", "z"}
		t.want(redpoll.KeyZs{Key: "z", Members: z("a", 1)})(t.rdb.ZMPop(ctx, keys, redpoll.Min))
		t.want(redpoll.KeyZs{Key: "z", Members: z("d", 4, "c", 3)})(t.rdb.ZMPop(ctx, keys, redpoll.Max, redpoll.Count(2)))
		t.want(redpoll.KeyZs{Key: "z", Members: z("b", 2)})(t.rdb.BZMPop(ctx, time.Second, keys, redpoll.Min, redpoll.Count(5)))
		t.isNil(t.rdb.ZMPop(ctx, keys, redpoll.Min))
		t.isNil(t.rdb.BZMPop(ctx, 10*time.Millisecond, keys, redpoll.Min))
	})
}

func TestZRandMember(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.isNil(t.rdb.ZRandMember(ctx, "none"))
		t.want([]string{})(t.rdb.ZRandMemberN(ctx, "none", 2))
		t.want([]redpoll.Z{})(t.rdb.ZRandMemberWithScores(ctx, "none", 2))
		t.want(1)(t.rdb.ZAdd(ctx, "z", z("a", 1)))
		t.want("a")(t.rdb.ZRandMember(ctx, "z"))
		t.want([]string{"a", "a"})(t.rdb.ZRandMemberN(ctx, "z", -2))
		t.want(z("a", 1))(t.rdb.ZRandMemberWithScores(ctx, "z", 5))
	})
}

// Covers: E71
func TestZCombine(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.ZAdd(ctx, "a", z("a1", 1, "a2", 1, "a3", 1)))
		t.want(2)(t.rdb.ZAdd(ctx, "b", z("a1", 2, "a3", 2)))
		t.want(3)(t.rdb.ZAdd(ctx, "c", z("a1", 6, "a3", 5, "a4", 4)))
		keys := []string{"a", "b", "c"}
		t.want(2)(t.rdb.ZInterStore(ctx, "d", keys))
		t.want(z("a3", 8, "a1", 9))(t.rdb.ZRangeWithScores(ctx, "d", 0, -1))
		t.want(2)(t.rdb.ZInterStore(ctx, "d", keys, redpoll.AggregateMax))
		t.want(z("a3", 5, "a1", 6))(t.rdb.ZRangeWithScores(ctx, "d", 0, -1))
		t.want(2)(t.rdb.ZInterStore(ctx, "d", keys, redpoll.Weights(1, 2, 3)))
		t.want(z("a3", 20, "a1", 23))(t.rdb.ZRangeWithScores(ctx, "d", 0, -1))

		t.want([]string{"a3", "a1"})(t.rdb.ZInter(ctx, keys))
		t.want(z("a1", 1, "a3", 1))(t.rdb.ZInterWithScores(ctx, keys, redpoll.AggregateMin))
		t.want(2)(t.rdb.ZInterCard(ctx, keys))
		t.want(1)(t.rdb.ZInterCard(ctx, keys, redpoll.CardLimit(1)))
		t.want([]string{"a2", "a4", "a3", "a1"})(t.rdb.ZUnion(ctx, keys))
		t.want(z("a2", 1, "a4", 4, "a3", 8, "a1", 9))(t.rdb.ZUnionWithScores(ctx, keys, redpoll.AggregateSum))
		t.want(4)(t.rdb.ZUnionStore(ctx, "d", keys, redpoll.AggregateMin, redpoll.Weights(0, 1, 1.5)))
		t.want([]string{"a2"})(t.rdb.ZDiff(ctx, "a", "b"))
		t.want(z("a2", 1))(t.rdb.ZDiffWithScores(ctx, "a", "b"))
		t.want(1)(t.rdb.ZDiffStore(ctx, "d", "a", "b"))
		t.want([]string{})(t.rdb.ZUnion(ctx, []string{"none"}))
	})
}

func TestZScan(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.ZAdd(ctx, "z", z("a", 1, "b", 2)))
		t.want(redpoll.Page[redpoll.Z]{Items: z("a", 1)})(t.rdb.ZScan(ctx, "z", 0, redpoll.Match("a"), redpoll.Count(100)))
		t.want(redpoll.Page[redpoll.Z]{Items: []redpoll.Z{}})(t.rdb.ZScan(ctx, "none", 0))
	})
}

func TestZRankWithScore(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.ZAdd(ctx, "z", []redpoll.Z{{Member: "a", Score: -1.5}, {Member: "b", Score: 1e300}, {Member: "c", Score: math.Inf(1)}}))
		t.want(redpoll.RankScore{Rank: 1, Score: 1e300})(t.rdb.ZRankWithScore(ctx, "z", "b"))
		t.want(redpoll.RankScore{Rank: 2, Score: math.Inf(1)})(t.rdb.ZRankWithScore(ctx, "z", "c"))
		t.want(redpoll.RankScore{Rank: 2, Score: -1.5})(t.rdb.ZRevRankWithScore(ctx, "z", "a"))
		t.isNil(t.rdb.ZRankWithScore(ctx, "z", "none"))
		t.isNil(t.rdb.ZRevRankWithScore(ctx, "none", "a"))
	})
}
