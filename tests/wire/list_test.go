package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// listRows are the calls of methods for lists.
var listRows = []row{
	{"LPush", func(p *redpoll.Pipeline) { p.LPush("k", "a", 1) }, "LPUSH k a 1"},
	{"RPush", func(p *redpoll.Pipeline) { p.RPush("k", "a", 1) }, "RPUSH k a 1"},
	{"LPushX", func(p *redpoll.Pipeline) { p.LPushX("k", "a", 1) }, "LPUSHX k a 1"},
	{"RPushX", func(p *redpoll.Pipeline) { p.RPushX("k", "a", 1) }, "RPUSHX k a 1"},
	{"LPop", func(p *redpoll.Pipeline) { p.LPop("k") }, "LPOP k"},
	{"LPopN", func(p *redpoll.Pipeline) { p.LPopN("k", 2) }, "LPOP k 2"},
	{"RPop", func(p *redpoll.Pipeline) { p.RPop("k") }, "RPOP k"},
	{"RPopN", func(p *redpoll.Pipeline) { p.RPopN("k", 2) }, "RPOP k 2"},
	{"BLPop", func(p *redpoll.Pipeline) { p.BLPop(1500*time.Millisecond, keys...) }, "BLPOP a b 1.5"},
	{"BRPop", func(p *redpoll.Pipeline) { p.BRPop(0, keys...) }, "BRPOP a b 0"},
	{"LMPop", func(p *redpoll.Pipeline) {
		p.LMPop(keys, redpoll.Right, redpoll.Count(3))
	}, "LMPOP 2 a b RIGHT COUNT 3"},
	{"BLMPop", func(p *redpoll.Pipeline) {
		p.BLMPop(time.Second, keys, redpoll.Left)
	}, "BLMPOP 1 2 a b LEFT"},
	{"LMove", func(p *redpoll.Pipeline) {
		p.LMove("a", "b", redpoll.Left, redpoll.Right)
	}, "LMOVE a b LEFT RIGHT"},
	{"BLMove", func(p *redpoll.Pipeline) {
		p.BLMove("a", "b", redpoll.Right, redpoll.Left, 1001*time.Microsecond)
	}, "BLMOVE a b RIGHT LEFT 0.002"},
	{"RPopLPush", func(p *redpoll.Pipeline) { p.RPopLPush("a", "b") }, "RPOPLPUSH a b"},
	{"BRPopLPush", func(p *redpoll.Pipeline) {
		p.BRPopLPush("a", "b", 10*time.Millisecond)
	}, "BRPOPLPUSH a b 0.01"},
	{"LRange", func(p *redpoll.Pipeline) { p.LRange("k", 0, -1) }, "LRANGE k 0 -1"},
	{"LRangeBytes", func(p *redpoll.Pipeline) { p.LRangeBytes("k", 0, -1) }, "LRANGE k 0 -1"},
	{"LIndex", func(p *redpoll.Pipeline) { p.LIndex("k", -1) }, "LINDEX k -1"},
	{"LInsert", func(p *redpoll.Pipeline) {
		p.LInsert("k", redpoll.Before, "p", "v")
	}, "LINSERT k BEFORE p v"},
	{"LInsert", func(p *redpoll.Pipeline) { p.LInsert("k", redpoll.After, "p", "v") }, "LINSERT k AFTER p v"},
	{"LLen", func(p *redpoll.Pipeline) { p.LLen("k") }, "LLEN k"},
	{"LRem", func(p *redpoll.Pipeline) { p.LRem("k", -2, "v") }, "LREM k -2 v"},
	{"LSet", func(p *redpoll.Pipeline) { p.LSet("k", 3, "v") }, "LSET k 3 v"},
	{"LTrim", func(p *redpoll.Pipeline) { p.LTrim("k", 1, -1) }, "LTRIM k 1 -1"},
	{"LPos", func(p *redpoll.Pipeline) {
		p.LPos("k", "v", redpoll.MaxLen(9), redpoll.LPosRank(-1))
	}, "LPOS k v RANK -1 MAXLEN 9"},
	{"LPosN", func(p *redpoll.Pipeline) { p.LPosN("k", "v", 0, redpoll.LPosRank(2)) }, "LPOS k v COUNT 0 RANK 2"},
	{"LMoveM", func(p *redpoll.Pipeline) {
		p.LMoveM("a", "b", redpoll.Left, redpoll.Right)
	}, "LMOVEM a b LEFT RIGHT"},
	{"LMoveM", func(p *redpoll.Pipeline) {
		p.LMoveM("a", "b", redpoll.Left, redpoll.Right, redpoll.MoveUpTo(3, redpoll.MoveOneByOne))
	}, "LMOVEM a b LEFT RIGHT COUNT 3 OBO"},
	{"BLMoveM", func(p *redpoll.Pipeline) {
		p.BLMoveM("a", "b", redpoll.Right, redpoll.Left, 1500*time.Millisecond,
			redpoll.MoveExactly(2, redpoll.MoveBulk))
	}, "BLMOVEM a b RIGHT LEFT 1.5 EXACTLY 2 BULK"},
}
