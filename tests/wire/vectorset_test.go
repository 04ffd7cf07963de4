package wire_test

import "github.com/redpoll-go/redpoll"

var vector = redpoll.VectorValues(1, -0.5)

// vectorsetRows are the calls of methods for vector sets.
var vectorsetRows = []row{
	{"VAdd", func(p *redpoll.Pipeline) { p.VAdd("k", vector, "el") }, "VADD k VALUES 2 1.0 -0.5 el"},
	{"VAdd", func(p *redpoll.Pipeline) {
		p.VAdd("k", redpoll.VectorFP32(1, -2), "el")
	}, "VADD k FP32 \x00\x00\x80\x3f\x00\x00\x00\xc0 el"},
	{"VAdd", func(p *redpoll.Pipeline) {
		p.VAdd("k", redpoll.VectorBlob([]byte("abcd")), "el", redpoll.VAddMaxLinks(32),
			redpoll.VAddAttr(`{"y":1}`), redpoll.VectorEF(100), redpoll.VAddQuantBin, redpoll.VAddCAS)
	}, `VADD k FP32 abcd el CAS BIN EF 100 SETATTR {"y":1} M 32`},
	{"VAddReduced", func(p *redpoll.Pipeline) {
		p.VAddReduced("k", 1, vector, "el", redpoll.VAddQuantNone)
	}, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el NOQUANT"},
	{"VAddReduced", func(p *redpoll.Pipeline) {
		p.VAddReduced("k", 1, vector, "el", redpoll.VAddQuantQ8)
	}, "VADD k REDUCE 1 VALUES 2 1.0 -0.5 el Q8"},
	{"VCard", func(p *redpoll.Pipeline) { p.VCard("k") }, "VCARD k"},
	{"VDim", func(p *redpoll.Pipeline) { p.VDim("k") }, "VDIM k"},
	{"VEmb", func(p *redpoll.Pipeline) { p.VEmb("k", "el") }, "VEMB k el"},
	{"VEmbRaw", func(p *redpoll.Pipeline) { p.VEmbRaw("k", "el") }, "VEMB k el RAW"},
	{"VGetAttr", func(p *redpoll.Pipeline) { p.VGetAttr("k", "el") }, "VGETATTR k el"},
	{"VInfo", func(p *redpoll.Pipeline) { p.VInfo("k") }, "VINFO k"},
	{"VIsMember", func(p *redpoll.Pipeline) { p.VIsMember("k", "el") }, "VISMEMBER k el"},
	{"VLinks", func(p *redpoll.Pipeline) { p.VLinks("k", "el") }, "VLINKS k el"},
	{"VLinksWithScores", func(p *redpoll.Pipeline) {
		p.VLinksWithScores("k", "el")
	}, "VLINKS k el WITHSCORES"},
	{"VRandMember", func(p *redpoll.Pipeline) { p.VRandMember("k") }, "VRANDMEMBER k"},
	{"VRandMemberN", func(p *redpoll.Pipeline) { p.VRandMemberN("k", -3) }, "VRANDMEMBER k -3"},
	{"VRange", func(p *redpoll.Pipeline) { p.VRange("k", "-", "[b") }, "VRANGE k - [b"},
	{"VRangeN", func(p *redpoll.Pipeline) { p.VRangeN("k", "(a", "+", 10) }, "VRANGE k (a + 10"},
	{"VRem", func(p *redpoll.Pipeline) { p.VRem("k", "el") }, "VREM k el"},
	{"VSetAttr", func(p *redpoll.Pipeline) {
		p.VSetAttr("k", "el", redpoll.JSON(map[string]int{"y": 1}))
	}, `VSETATTR k el {"y":1}`},
	{"VSetAttr", func(p *redpoll.Pipeline) { p.VSetAttr("k", "el", "") }, `VSETATTR k el ""`},
	{"VSim", func(p *redpoll.Pipeline) { p.VSim("k", redpoll.VectorElement("el")) }, "VSIM k ELE el"},
	{"VSim", func(p *redpoll.Pipeline) {
		p.VSim("k", vector, redpoll.VSimNoThread, redpoll.VSimTruth, redpoll.VectorFilterEF(9),
			redpoll.VectorFilter(".y>1"), redpoll.VectorEF(50), redpoll.VSimEpsilon(0.2), redpoll.Count(3))
	}, "VSIM k VALUES 2 1.0 -0.5 COUNT 3 EPSILON 0.2 EF 50 FILTER .y>1 FILTER-EF 9 TRUTH NOTHREAD"},
	{"VSimWithScores", func(p *redpoll.Pipeline) {
		p.VSimWithScores("k", redpoll.VectorFP32(1), redpoll.Count(3))
	}, "VSIM k FP32 \x00\x00\x80\x3f WITHSCORES COUNT 3"},
	{"VSimWithAttribs", func(p *redpoll.Pipeline) {
		p.VSimWithAttribs("k", redpoll.VectorElement("el"), redpoll.VSimTruth)
	}, "VSIM k ELE el WITHSCORES WITHATTRIBS TRUTH"},
}
