package repeats_test

import (
	"strings"
	"time"

	"github.com/redpoll-go/redpoll"
)

// onceTest is a call, and whether it is repeated after a lost reply.
type onceTest struct {
	method   string
	put      func(c *redpoll.Client)
	repeated bool
}

// entry is a document for JSONMSet.
func entry(key, path string, json any) redpoll.JSONEntry {
	return redpoll.JSONEntry{Key: key, Path: path, JSON: json}
}

func jsonDel(path string) func(c *redpoll.Client) {
	return func(c *redpoll.Client) { c.JSONDel(background, "k", path) }
}

func jsonSet(path string) func(c *redpoll.Client) {
	return func(c *redpoll.Client) { c.JSONSet(background, "k", path, 1) }
}

// onceTests are calls of methods whose commands few servers have, and of methods where it depends on the
// arguments.
var onceTests = []onceTest{
	// Names and wildcards match the same places after a removal, and a removed value stays removed.
	{"JSONDel", jsonDel("$"), true},
	{"JSONDel", jsonDel("."), true},
	{"JSONDel", jsonDel("$.a"), true},
	{"JSONDel", jsonDel("a.b"), true},
	{"JSONDel", jsonDel("$.a.*"), true},
	{"JSONDel", jsonDel("$[*].b"), true},
	{"JSONDel", jsonDel(`$['a','b'].c`), true},
	{"JSONDel", jsonDel(`$["a[0]"]`), true},
	{"JSONDel", jsonDel(`$['it\'s ..']`), true},
	{"JSONDel", jsonDel("$.a[0]"), false},
	{"JSONDel", jsonDel(".a[0]"), false},
	{"JSONDel", jsonDel("a[0]"), false},
	{"JSONDel", jsonDel("[0]"), false},
	{"JSONDel", jsonDel("$[-1]"), false},
	{"JSONDel", jsonDel("$.a[ 0 ]"), false},
	{"JSONDel", jsonDel("$.a[0,2]"), false},
	{"JSONDel", jsonDel("$.a[1:]"), false},
	{"JSONDel", jsonDel("$.a[0].b"), false},
	{"JSONDel", jsonDel("$.a.0"), false},
	{"JSONDel", jsonDel("$..a"), false},
	{"JSONDel", jsonDel("..a"), false},
	{"JSONDel", jsonDel("$.a[?(@.b==1)]"), false},
	{"JSONDel", jsonDel("$.a[(@.length-1)]"), false},
	{"JSONDel", jsonDel("$.a["), false},
	{"JSONDel", jsonDel(`$["a`), false},
	{"JSONDel", jsonDel("$.a]"), false},
	{"JSONForget", func(c *redpoll.Client) { c.JSONForget(background, "k", "$.a") }, true},
	{"JSONForget", func(c *redpoll.Client) { c.JSONForget(background, "k", "$.a[0]") }, false},
	// A written element stays in its place.
	{"JSONSet", jsonSet("$"), true},
	{"JSONSet", jsonSet("$.a[0]"), true},
	{"JSONSet", jsonSet("$.a[-2:]"), true},
	{"JSONSet", jsonSet("$.a.*"), true},
	{"JSONSet", jsonSet("$..a"), false},
	{"JSONSet", jsonSet("$.a[?(@.b==$.c)]"), false},
	{"JSONSet", func(c *redpoll.Client) { c.JSONSet(background, "k", "$", 1, redpoll.NX) }, false},
	{"JSONSet", func(c *redpoll.Client) {
		c.JSONSet(background, "k", "$", 1, redpoll.FPHA(redpoll.FP16))
	}, true},
	{"JSONClear", func(c *redpoll.Client) { c.JSONClear(background, "k", "$.a[0]") }, true},
	{"JSONClear", func(c *redpoll.Client) { c.JSONClear(background, "k", "$..a") }, false},
	{"JSONMerge", func(c *redpoll.Client) { c.JSONMerge(background, "k", "$.a", `{"b":1}`) }, true},
	{"JSONMerge", func(c *redpoll.Client) { c.JSONMerge(background, "k", "$.a[0]", `{"b":1}`) }, false},
	{"JSONMerge", func(c *redpoll.Client) { c.JSONMerge(background, "k", "$", `{"b":null}`) }, false},
	{"JSONMerge", func(c *redpoll.Client) { c.JSONMerge(background, "k", "$.a", nil) }, false},
	{"JSONMSet", func(c *redpoll.Client) {
		c.JSONMSet(background, entry("a", "$.x[0]", 1), entry("b", "$", 2))
	}, true},
	{"JSONMSet", func(c *redpoll.Client) {
		c.JSONMSet(background, entry("a", "$.x", "{}"), entry("a", "$.x.y", 2))
	}, false},
	{"JSONMSet", func(c *redpoll.Client) {
		c.JSONMSet(background, entry("a", "$", 1), entry("b", "$..x", 2))
	}, false},
	{"JSONNumIncrBy", func(c *redpoll.Client) { c.JSONNumIncrBy(background, "k", "$.a", 1) }, false},
	{"JSONToggle", func(c *redpoll.Client) { c.JSONToggle(background, "k", "$.a") }, false},
	{"JSONArrPop", func(c *redpoll.Client) { c.JSONArrPop(background, "k", "$.a", -1) }, false},
	{"JSONArrTrim", func(c *redpoll.Client) { c.JSONArrTrim(background, "k", "$.a", 0, 1) }, false},

	{"ARSet", func(c *redpoll.Client) { c.ARSet(background, "k", 1, "a") }, true},
	{"ARMSet", func(c *redpoll.Client) {
		c.ARMSet(background, "k", redpoll.ArrayElement{Index: 1, Value: "a"})
	}, true},
	{"ARDel", func(c *redpoll.Client) { c.ARDel(background, "k", 1) }, true},
	{"ARDelRange", func(c *redpoll.Client) {
		c.ARDelRange(background, "k", redpoll.ArrayRange{Start: 1, Stop: 2})
	}, true},
	{"ARSeek", func(c *redpoll.Client) { c.ARSeek(background, "k", 1) }, true},
	{"ARInsert", func(c *redpoll.Client) { c.ARInsert(background, "k", "a") }, false},
	{"BFAdd", func(c *redpoll.Client) { c.BFAdd(background, "k", "a") }, true},
	{"BFMAdd", func(c *redpoll.Client) { c.BFMAdd(background, "k", "a") }, true},
	{"BFInsert", func(c *redpoll.Client) {
		c.BFInsert(background, "k", []any{"a"}, redpoll.FilterCapacity(5))
	}, true},
	{"CFAdd", func(c *redpoll.Client) { c.CFAdd(background, "k", "a") }, false},
	{"CFDel", func(c *redpoll.Client) { c.CFDel(background, "k", "a") }, false},
	{"CMSIncrBy", func(c *redpoll.Client) {
		c.CMSIncrBy(background, "k", redpoll.ItemCount{Item: "a", Count: 1})
	}, false},
	{"TopKAdd", func(c *redpoll.Client) { c.TopKAdd(background, "k", "a") }, false},
	{"TDigestReset", func(c *redpoll.Client) { c.TDigestReset(background, "k") }, true},
	{"TDigestAdd", func(c *redpoll.Client) { c.TDigestAdd(background, "k", 1) }, false},
	{"TDigestMerge", func(c *redpoll.Client) {
		c.TDigestMerge(background, "d", []string{"a"}, redpoll.TDigestOverride)
	}, false},
	{"TSAlter", func(c *redpoll.Client) { c.TSAlter(background, "k", redpoll.TSRetention(time.Hour)) }, true},
	{"TSDel", func(c *redpoll.Client) { c.TSDel(background, "k", time.Time{}, time.Time{}) }, true},
	{"TSAdd", func(c *redpoll.Client) { c.TSAdd(background, "k", time.UnixMilli(1), 1) }, false},
	{"TSIncrBy", func(c *redpoll.Client) { c.TSIncrBy(background, "k", 1) }, false},
	{"TSRead", func(c *redpoll.Client) { c.TSRead(background, "k", redpoll.TSFromLast()) }, true},
	{"TSReadBlock", func(c *redpoll.Client) {
		c.TSReadBlock(background, time.Second, 1, "k", redpoll.TSFromNew())
	}, false},
	{"FTAliasUpdate", func(c *redpoll.Client) { c.FTAliasUpdate(background, "a", "i") }, true},
	{"FTConfigSet", func(c *redpoll.Client) { c.FTConfigSet(background, "TIMEOUT", 500) }, true},
	{"FTDictAdd", func(c *redpoll.Client) { c.FTDictAdd(background, "d", "a") }, true},
	{"FTDictDel", func(c *redpoll.Client) { c.FTDictDel(background, "d", "a") }, true},
	{"FTSugAdd", func(c *redpoll.Client) { c.FTSugAdd(background, "k", "a", 1) }, false},
	{"FTSugDel", func(c *redpoll.Client) { c.FTSugDel(background, "k", "a") }, true},
	{"FTSynUpdate", func(c *redpoll.Client) { c.FTSynUpdate(background, "i", "g", []string{"a"}) }, true},
	{"FTAggregate", func(c *redpoll.Client) {
		c.FTAggregate(background, "i", "*", redpoll.FTAggregateOptions{})
	}, true},
	{"FTAggregate",
		func(c *redpoll.Client) {
			c.FTAggregate(background, "i", "*", redpoll.FTAggregateOptions{WithCursor: true})
		}, false},
	{"FTCursorRead", func(c *redpoll.Client) { c.FTCursorRead(background, "i", 1) }, false},

	{"SDiffStore", func(c *redpoll.Client) { c.SDiffStore(background, "d", "a", "b") }, true},
	{"SUnionStore", func(c *redpoll.Client) { c.SUnionStore(background, "a", "a", "b") }, true},
	{"GeoRadius", func(c *redpoll.Client) { c.GeoRadius(background, "k", 1, 1, 1, redpoll.Meters) }, true},
	{"GeoRadiusStore", func(c *redpoll.Client) {
		c.GeoRadiusStore(background, "k", 1, 1, 1, redpoll.Meters, "d")
	}, true},
	{"SortStore", func(c *redpoll.Client) { c.SortStore(background, "d", "k") }, false},
	{"Set", func(c *redpoll.Client) { c.Set(background, "k", 1, redpoll.EX(time.Hour)) }, true},
	{"GetEx", func(c *redpoll.Client) { c.GetEx(background, "k") }, true},
	{"GetEx", func(c *redpoll.Client) { c.GetEx(background, "k", redpoll.Persist) }, true},
	{"HGetEx", func(c *redpoll.Client) {
		c.HGetEx(background, "k", []string{"f"}, redpoll.EX(time.Hour))
	}, false},
	{"XTrim", func(c *redpoll.Client) { c.XTrim(background, "k", redpoll.MaxLen(1)) }, true},
	{"XTrim", func(c *redpoll.Client) { c.XTrim(background, "k", redpoll.MaxLen(1), redpoll.Acked) }, false},
	{"XTrim", func(c *redpoll.Client) { c.XTrim(background, "k", redpoll.MaxLenApproxLimit(1, 10)) }, false},
	{"XTrim", func(c *redpoll.Client) { c.XTrim(background, "k", redpoll.MinIDApproxLimit("1", 10)) }, false},
	{"XReadBlock", func(c *redpoll.Client) {
		c.XReadBlock(background, 0, []redpoll.StreamFrom{{Key: "k", ID: "0"}})
	}, true},
	{"XReadBlock", func(c *redpoll.Client) {
		c.XReadBlock(background, 0, []redpoll.StreamFrom{{Key: "k", ID: "0"}, {Key: "l", ID: "$"}})
	}, false},
}

// onceWorks are calls that are not repeated with these arguments, although their methods are repeatable. Each
// has its reason: a server on which a second execution makes a difference.
var onceWorks = []struct {
	method string
	before string // commands, one per line
	put    func(c *redpoll.Client)
}{
	{"SDiffStore", "SADD a 1 2 3\nSADD b 2", func(c *redpoll.Client) {
		c.SDiffStore(background, "b", "a", "b")
	}},
	{"ZDiffStore", "ZADD a 1 1 2 2 3 3\nZADD b 2 2", func(c *redpoll.Client) {
		c.ZDiffStore(background, "b", "a", "b")
	}},
	{"ZInterStore", "ZADD a 1 m\nZADD b 1 m", func(c *redpoll.Client) {
		c.ZInterStore(background, "a", []string{"a", "b"})
	}},
	{"ZUnionStore", "ZADD a 1 m\nZADD b 1 m", func(c *redpoll.Client) {
		c.ZUnionStore(background, "a", []string{"a", "b"})
	}},
	{"ZRangeStore", "ZADD a 1 m 2 n 3 o", func(c *redpoll.Client) {
		c.ZRangeStore(background, "a", "a", 1, 2)
	}},
	{"GeoSearchStore", "GEOADD a 1 1 m 1.1 1 n", func(c *redpoll.Client) {
		c.GeoSearchStore(background, "a", "a", redpoll.FromMember("m"), redpoll.ByRadius(100,
			redpoll.Kilometers), redpoll.StoreDist)
	}},
	{"GeoRadiusStoreDist", "GEOADD a 1 1 m 1.1 1 n", func(c *redpoll.Client) {
		c.GeoRadiusStoreDist(background, "a", 1, 1, 100, redpoll.Kilometers, "a")
	}},
	{"BitOp", "SET a abc\nSET b xyz", func(c *redpoll.Client) {
		c.BitOp(background, redpoll.BitXor, "a", "a", "b")
	}},
	{"BitOp", "SET a abc", func(c *redpoll.Client) { c.BitOp(background, redpoll.BitNot, "a", "a") }},
	{"XTrim", "CONFIG SET stream-node-max-entries 1\n" + strings.Repeat("XADD x * f v\n", 250),
		func(c *redpoll.Client) {
			c.XTrim(background, "x", redpoll.MaxLenApprox(0))
		}},
	{"XTrim", "CONFIG SET stream-node-max-entries 1\n" + strings.Repeat("XADD x * f v\n", 250),
		func(c *redpoll.Client) {
			c.XTrim(background, "x", redpoll.MinIDApprox("99999999999999-0"))
		}},
	{"GetEx", "SET s v", func(c *redpoll.Client) {
		c.GetEx(background, "s", redpoll.PXAT(time.UnixMilli(1)))
	}},
	{"Set", "DEL s", func(c *redpoll.Client) { c.Set(background, "s", "v", redpoll.NX) }},
}
