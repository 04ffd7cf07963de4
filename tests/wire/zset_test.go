package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// zsetRows are the calls of methods for sorted sets.
var zsetRows = []row{
	{"ZAdd", func(p *redpoll.Pipeline) { p.ZAdd("k", members) }, "ZADD k 1.0 m 2.5 n"},
	{"ZAdd", func(p *redpoll.Pipeline) {
		p.ZAdd("k", members, redpoll.CH, redpoll.GT, redpoll.XX)
	}, "ZADD k XX GT CH 1.0 m 2.5 n"},
	{"ZAddIncr", func(p *redpoll.Pipeline) { p.ZAddIncr("k", "m", 1.5, redpoll.NX) }, "ZADD k NX INCR 1.5 m"},
	{"ZIncrBy", func(p *redpoll.Pipeline) { p.ZIncrBy("k", 2, "m") }, "ZINCRBY k 2.0 m"},
	{"ZCard", func(p *redpoll.Pipeline) { p.ZCard("k") }, "ZCARD k"},
	{"ZCount", func(p *redpoll.Pipeline) { p.ZCount("k", "(1", 2.5) }, "ZCOUNT k (1 2.5"},
	{"ZLexCount", func(p *redpoll.Pipeline) { p.ZLexCount("k", "[a", "+") }, "ZLEXCOUNT k [a +"},
	{"ZScore", func(p *redpoll.Pipeline) { p.ZScore("k", "m") }, "ZSCORE k m"},
	{"ZMScore", func(p *redpoll.Pipeline) { p.ZMScore("k", keys...) }, "ZMSCORE k a b"},
	{"ZRank", func(p *redpoll.Pipeline) { p.ZRank("k", "m") }, "ZRANK k m"},
	{"ZRankWithScore", func(p *redpoll.Pipeline) { p.ZRankWithScore("k", "m") }, "ZRANK k m WITHSCORE"},
	{"ZRevRank", func(p *redpoll.Pipeline) { p.ZRevRank("k", "m") }, "ZREVRANK k m"},
	{"ZRevRankWithScore", func(p *redpoll.Pipeline) {
		p.ZRevRankWithScore("k", "m")
	}, "ZREVRANK k m WITHSCORE"},
	{"ZRem", func(p *redpoll.Pipeline) { p.ZRem("k", keys...) }, "ZREM k a b"},
	{"ZRange", func(p *redpoll.Pipeline) { p.ZRange("k", 0, -1) }, "ZRANGE k 0 -1"},
	{"ZRange", func(p *redpoll.Pipeline) {
		p.ZRange("k", "(1", "+inf", redpoll.Limit(1, 2), redpoll.Rev, redpoll.ByScore)
	}, "ZRANGE k (1 +inf BYSCORE REV LIMIT 1 2"},
	{"ZRangeWithScores", func(p *redpoll.Pipeline) {
		p.ZRangeWithScores("k", 5, "(1", redpoll.Limit(0, 2), redpoll.Rev, redpoll.ByScore)
	}, "ZRANGE k 5 (1 BYSCORE REV LIMIT 0 2 WITHSCORES"},
	{"ZRangeStore", func(p *redpoll.Pipeline) {
		p.ZRangeStore("d", "k", 0, 5, redpoll.Rev)
	}, "ZRANGESTORE d k 0 5 REV"},
	{"ZRevRange", func(p *redpoll.Pipeline) { p.ZRevRange("k", 0, 5) }, "ZREVRANGE k 0 5"},
	{"ZRevRangeWithScores", func(p *redpoll.Pipeline) {
		p.ZRevRangeWithScores("k", 0, 5)
	}, "ZREVRANGE k 0 5 WITHSCORES"},
	{"ZRangeByScore", func(p *redpoll.Pipeline) {
		p.ZRangeByScore("k", "-inf", 5, redpoll.Limit(0, 9))
	}, "ZRANGEBYSCORE k -inf 5 LIMIT 0 9"},
	{"ZRangeByScoreWithScores", func(p *redpoll.Pipeline) {
		p.ZRangeByScoreWithScores("k", 1, 5, redpoll.Limit(0, 9))
	}, "ZRANGEBYSCORE k 1 5 WITHSCORES LIMIT 0 9"},
	{"ZRevRangeByScore", func(p *redpoll.Pipeline) {
		p.ZRevRangeByScore("k", 5, 1)
	}, "ZREVRANGEBYSCORE k 5 1"},
	{"ZRevRangeByScoreWithScores", func(p *redpoll.Pipeline) {
		p.ZRevRangeByScoreWithScores("k", 5, 1)
	}, "ZREVRANGEBYSCORE k 5 1 WITHSCORES"},
	{"ZRangeByLex", func(p *redpoll.Pipeline) {
		p.ZRangeByLex("k", "-", "(b", redpoll.Limit(0, 9))
	}, "ZRANGEBYLEX k - (b LIMIT 0 9"},
	{"ZRevRangeByLex", func(p *redpoll.Pipeline) { p.ZRevRangeByLex("k", "+", "-") }, "ZREVRANGEBYLEX k + -"},
	{"ZRemRangeByLex", func(p *redpoll.Pipeline) { p.ZRemRangeByLex("k", "-", "+") }, "ZREMRANGEBYLEX k - +"},
	{"ZRemRangeByRank", func(p *redpoll.Pipeline) {
		p.ZRemRangeByRank("k", 0, -2)
	}, "ZREMRANGEBYRANK k 0 -2"},
	{"ZRemRangeByScore", func(p *redpoll.Pipeline) {
		p.ZRemRangeByScore("k", 1, "(2")
	}, "ZREMRANGEBYSCORE k 1 (2"},
	{"ZPopMin", func(p *redpoll.Pipeline) { p.ZPopMin("k") }, "ZPOPMIN k"},
	{"ZPopMinN", func(p *redpoll.Pipeline) { p.ZPopMinN("k", 2) }, "ZPOPMIN k 2"},
	{"ZPopMax", func(p *redpoll.Pipeline) { p.ZPopMax("k") }, "ZPOPMAX k"},
	{"ZPopMaxN", func(p *redpoll.Pipeline) { p.ZPopMaxN("k", 2) }, "ZPOPMAX k 2"},
	{"BZPopMin", func(p *redpoll.Pipeline) { p.BZPopMin(time.Second, keys...) }, "BZPOPMIN a b 1"},
	{"BZPopMax", func(p *redpoll.Pipeline) { p.BZPopMax(time.Second, keys...) }, "BZPOPMAX a b 1"},
	{"ZMPop", func(p *redpoll.Pipeline) {
		p.ZMPop(keys, redpoll.ZMin, redpoll.Count(2))
	}, "ZMPOP 2 a b MIN COUNT 2"},
	{"BZMPop", func(p *redpoll.Pipeline) { p.BZMPop(time.Second, keys, redpoll.ZMax) }, "BZMPOP 1 2 a b MAX"},
	{"ZRandMember", func(p *redpoll.Pipeline) { p.ZRandMember("k") }, "ZRANDMEMBER k"},
	{"ZRandMemberN", func(p *redpoll.Pipeline) { p.ZRandMemberN("k", 2) }, "ZRANDMEMBER k 2"},
	{"ZRandMemberWithScores", func(p *redpoll.Pipeline) {
		p.ZRandMemberWithScores("k", 2)
	}, "ZRANDMEMBER k 2 WITHSCORES"},
	{"ZDiff", func(p *redpoll.Pipeline) { p.ZDiff(keys...) }, "ZDIFF 2 a b"},
	{"ZDiffWithScores", func(p *redpoll.Pipeline) { p.ZDiffWithScores(keys...) }, "ZDIFF 2 a b WITHSCORES"},
	{"ZDiffStore", func(p *redpoll.Pipeline) { p.ZDiffStore("d", keys...) }, "ZDIFFSTORE d 2 a b"},
	{"ZInter", func(p *redpoll.Pipeline) {
		p.ZInter(keys, redpoll.AggregateMin, redpoll.Weights(1, 2.5))
	}, "ZINTER 2 a b WEIGHTS 1.0 2.5 AGGREGATE MIN"},
	{"ZInterWithScores", func(p *redpoll.Pipeline) {
		p.ZInterWithScores(keys, redpoll.AggregateSum)
	}, "ZINTER 2 a b AGGREGATE SUM WITHSCORES"},
	{"ZInterStore", func(p *redpoll.Pipeline) {
		p.ZInterStore("d", keys, redpoll.AggregateMax)
	}, "ZINTERSTORE d 2 a b AGGREGATE MAX"},
	{"ZInterCard", func(p *redpoll.Pipeline) {
		p.ZInterCard(keys, redpoll.CardLimit(5))
	}, "ZINTERCARD 2 a b LIMIT 5"},
	{"ZUnion", func(p *redpoll.Pipeline) { p.ZUnion(keys) }, "ZUNION 2 a b"},
	{"ZUnionWithScores", func(p *redpoll.Pipeline) {
		p.ZUnionWithScores(keys, redpoll.Weights(0, -1))
	}, "ZUNION 2 a b WEIGHTS 0.0 -1.0 WITHSCORES"},
	{"ZUnionStore", func(p *redpoll.Pipeline) { p.ZUnionStore("d", keys) }, "ZUNIONSTORE d 2 a b"},
	{"ZScan", func(p *redpoll.Pipeline) { p.ZScan("k", 0, redpoll.Count(7)) }, "ZSCAN k 0 COUNT 7"},
	{"ZUnion", func(p *redpoll.Pipeline) {
		p.ZUnion(keys, redpoll.AggregateCount)
	}, "ZUNION 2 a b AGGREGATE COUNT"},
}
