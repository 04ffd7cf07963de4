package wire_test

import "github.com/redpoll-go/redpoll"

// arrayRows are the calls of methods for arrays.
var arrayRows = []row{
	{"ARSet", func(p *redpoll.Pipeline) {
		p.ARSet("k", 1<<64-2, "a", 1)
	}, "ARSET k 18446744073709551614 a 1"},
	{"ARMSet", func(p *redpoll.Pipeline) {
		p.ARMSet("k", []redpoll.ArrayElement{{Index: 5, Value: "a"}, {Index: 7, Value: "b"}}...)
	}, "ARMSET k 5 a 7 b"},
	{"ARGet", func(p *redpoll.Pipeline) { p.ARGet("k", 5) }, "ARGET k 5"},
	{"ARMGet", func(p *redpoll.Pipeline) { p.ARMGet("k", []uint64{5, 7}...) }, "ARMGET k 5 7"},
	{"ARGetRange", func(p *redpoll.Pipeline) { p.ARGetRange("k", 5, 0) }, "ARGETRANGE k 5 0"},
	{"ARScan", func(p *redpoll.Pipeline) { p.ARScan("k", 0, 9) }, "ARSCAN k 0 9"},
	{"ARScan", func(p *redpoll.Pipeline) { p.ARScan("k", 0, 9, redpoll.AtMost(2)) }, "ARSCAN k 0 9 LIMIT 2"},
	{"ARGrep", func(p *redpoll.Pipeline) {
		p.ARGrep("k", "-", "+", []redpoll.ArrayPredicate{redpoll.ArrayContains("x"), redpoll.ArrayGlob("a*")},
			redpoll.ARNoCase, redpoll.AtMost(2), redpoll.ARMatchAll)
	}, "ARGREP k - + MATCH x GLOB a* AND LIMIT 2 NOCASE"},
	{"ARGrepWithValues", func(p *redpoll.Pipeline) {
		p.ARGrepWithValues("k", 0, uint64(9), []redpoll.ArrayPredicate{redpoll.ArrayEquals("x"),
			redpoll.ArrayRegexp("^a")})
	}, "ARGREP k 0 9 EXACT x RE ^a WITHVALUES"},
	{"ARDel", func(p *redpoll.Pipeline) { p.ARDel("k", []uint64{5, 7}...) }, "ARDEL k 5 7"},
	{"ARDelRange", func(p *redpoll.Pipeline) {
		p.ARDelRange("k", []redpoll.ArrayRange{{Start: 0, Stop: 2}, {Start: 9, Stop: 5}}...)
	}, "ARDELRANGE k 0 2 9 5"},
	{"ARCount", func(p *redpoll.Pipeline) { p.ARCount("k") }, "ARCOUNT k"},
	{"ARLen", func(p *redpoll.Pipeline) { p.ARLen("k") }, "ARLEN k"},
	{"ARInfo", func(p *redpoll.Pipeline) { p.ARInfo("k") }, "ARINFO k"},
	{"ARInfoFull", func(p *redpoll.Pipeline) { p.ARInfoFull("k") }, "ARINFO k FULL"},
	{"ARNext", func(p *redpoll.Pipeline) { p.ARNext("k") }, "ARNEXT k"},
	{"ARSeek", func(p *redpoll.Pipeline) { p.ARSeek("k", 7) }, "ARSEEK k 7"},
	{"ARInsert", func(p *redpoll.Pipeline) { p.ARInsert("k", "a", 1) }, "ARINSERT k a 1"},
	{"ARRing", func(p *redpoll.Pipeline) { p.ARRing("k", 10, "a", 1) }, "ARRING k 10 a 1"},
	{"ARLastItems", func(p *redpoll.Pipeline) { p.ARLastItems("k", 3, redpoll.Rev) }, "ARLASTITEMS k 3 REV"},
	{"AROpSum", func(p *redpoll.Pipeline) { p.AROpSum("k", 0, 9) }, "AROP k 0 9 SUM"},
	{"AROpMin", func(p *redpoll.Pipeline) { p.AROpMin("k", 0, 9) }, "AROP k 0 9 MIN"},
	{"AROpMax", func(p *redpoll.Pipeline) { p.AROpMax("k", 0, 9) }, "AROP k 0 9 MAX"},
	{"AROpAnd", func(p *redpoll.Pipeline) { p.AROpAnd("k", 0, 9) }, "AROP k 0 9 AND"},
	{"AROpOr", func(p *redpoll.Pipeline) { p.AROpOr("k", 0, 9) }, "AROP k 0 9 OR"},
	{"AROpXor", func(p *redpoll.Pipeline) { p.AROpXor("k", 0, 9) }, "AROP k 0 9 XOR"},
	{"AROpMatch", func(p *redpoll.Pipeline) { p.AROpMatch("k", 0, 9, 1.5) }, "AROP k 0 9 MATCH 1.5"},
	{"AROpUsed", func(p *redpoll.Pipeline) { p.AROpUsed("k", 0, 9) }, "AROP k 0 9 USED"},
}
