package wire_test

import "github.com/redpoll-go/redpoll"

// setRows are the calls of methods for sets.
var setRows = []row{
	{"SAdd", func(p *redpoll.Pipeline) { p.SAdd("k", "a", 1) }, "SADD k a 1"},
	{"SRem", func(p *redpoll.Pipeline) { p.SRem("k", "a", 1) }, "SREM k a 1"},
	{"SCard", func(p *redpoll.Pipeline) { p.SCard("k") }, "SCARD k"},
	{"SIsMember", func(p *redpoll.Pipeline) { p.SIsMember("k", "a") }, "SISMEMBER k a"},
	{"SMIsMember", func(p *redpoll.Pipeline) { p.SMIsMember("k", "a", 1) }, "SMISMEMBER k a 1"},
	{"SMembers", func(p *redpoll.Pipeline) { p.SMembers("k") }, "SMEMBERS k"},
	{"SMove", func(p *redpoll.Pipeline) { p.SMove("a", "b", "m") }, "SMOVE a b m"},
	{"SPop", func(p *redpoll.Pipeline) { p.SPop("k") }, "SPOP k"},
	{"SPopN", func(p *redpoll.Pipeline) { p.SPopN("k", 2) }, "SPOP k 2"},
	{"SRandMember", func(p *redpoll.Pipeline) { p.SRandMember("k") }, "SRANDMEMBER k"},
	{"SRandMemberN", func(p *redpoll.Pipeline) { p.SRandMemberN("k", -2) }, "SRANDMEMBER k -2"},
	{"SDiff", func(p *redpoll.Pipeline) { p.SDiff(keys...) }, "SDIFF a b"},
	{"SInter", func(p *redpoll.Pipeline) { p.SInter(keys...) }, "SINTER a b"},
	{"SUnion", func(p *redpoll.Pipeline) { p.SUnion(keys...) }, "SUNION a b"},
	{"SDiffStore", func(p *redpoll.Pipeline) { p.SDiffStore("d", keys...) }, "SDIFFSTORE d a b"},
	{"SInterStore", func(p *redpoll.Pipeline) { p.SInterStore("d", keys...) }, "SINTERSTORE d a b"},
	{"SUnionStore", func(p *redpoll.Pipeline) { p.SUnionStore("d", keys...) }, "SUNIONSTORE d a b"},
	{"SInterCard", func(p *redpoll.Pipeline) { p.SInterCard(keys) }, "SINTERCARD 2 a b"},
	{"SInterCard", func(p *redpoll.Pipeline) {
		p.SInterCard(keys, redpoll.CardLimit(5))
	}, "SINTERCARD 2 a b LIMIT 5"},
	{"SScan", func(p *redpoll.Pipeline) { p.SScan("k", 3, redpoll.Match("a*")) }, "SSCAN k 3 MATCH a*"},
	{"SDiffCard", func(p *redpoll.Pipeline) {
		p.SDiffCard(keys, redpoll.CardLimit(5))
	}, "SDIFFCARD 2 a b LIMIT 5"},
	{"SUnionCard", func(p *redpoll.Pipeline) {
		p.SUnionCard(keys, redpoll.CardLimit(5), redpoll.CardApprox)
	}, "SUNIONCARD 2 a b APPROX LIMIT 5"},
}
