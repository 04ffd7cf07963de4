package repeats_test

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll"
)

// dice makes arguments of random calls: few keys, members and numbers, so that they often coincide.
type dice struct {
	*rand.Rand
	now time.Time
}

func (d *dice) one(list ...string) string { return list[d.IntN(len(list))] }

// key returns a key of a kind: three that mostly have a value of this kind, one with another kind of value,
// and one that is missing.
func (d *dice) key(kind string) string {
	switch d.IntN(12) {
	case 0:
		return "other"
	case 1:
		return "missing"
	}
	return kind + strconv.Itoa(d.IntN(3))
}

func listOf[T any](d *dice, one func() T) []T {
	list := make([]T, 1+d.IntN(3))
	for i := range list {
		list[i] = one()
	}
	return list
}

func (d *dice) keys(kind string) []string { return listOf(d, func() string { return d.key(kind) }) }

func (d *dice) member() string { return "m" + strconv.Itoa(d.IntN(6)) }

func (d *dice) members() []any { return listOf(d, func() any { return d.member() }) }

func (d *dice) pairs() []any {
	var list []any
	for range 1 + d.IntN(3) {
		list = append(list, d.member(), d.IntN(5))
	}
	return list
}

func (d *dice) texts() []string { return listOf(d, d.member) }

// span is a lifetime in whole seconds: long, or over already.
func (d *dice) span() time.Duration { return time.Duration(d.IntN(3)-1) * time.Hour }

// at is a time in whole seconds that is far from now.
func (d *dice) at() time.Time { return d.now.Truncate(time.Second).Add(d.span() + 30*time.Minute) }

// lifetime is an option with a lifetime that is far from its end.
func lifetime[T any](d *dice) []T {
	long := time.Duration(1+d.IntN(5)) * time.Hour
	all := []any{redpoll.EX(long), redpoll.PX(long), redpoll.EXAT(d.at()), redpoll.PXAT(d.at()),
		redpoll.Until(d.at()), redpoll.KeepTTL}
	return some[T](d, all...)
}

// some returns one of the options of the type, or none.
func some[T any](d *dice, all ...any) []T {
	if len(all) == 0 || d.IntN(2) == 0 {
		return nil
	}
	if o, ok := all[d.IntN(len(all))].(T); ok {
		return []T{o}
	}
	return nil
}

func (d *dice) scored() []redpoll.Z {
	return listOf(d, func() redpoll.Z { return redpoll.Z{Member: d.member(), Score: float64(d.IntN(5))} })
}

func (d *dice) score() any { return d.one("-inf", "0", "(1", "2", "(3", "+inf") }

func (d *dice) lex() string { return d.one("-", "[m1", "(m2", "[m3", "+") }

func (d *dice) id() string { return d.one("0", "1-1", "2-1", "3-1", "4-1", "9-1") }

func (d *dice) ids() []string { return listOf(d, d.id) }

func (d *dice) point() redpoll.GeoLocation {
	return redpoll.GeoLocation{Member: d.member(), Longitude: float64(d.IntN(4)),
		Latitude: float64(d.IntN(4))}
}

func (d *dice) combine() []redpoll.ZCombineOption {
	return some[redpoll.ZCombineOption](d, redpoll.AggregateMin, redpoll.AggregateMax, redpoll.AggregateSum)
}

// trim is the limit of XTrim, exact or approximate.
func (d *dice) trim() redpoll.XTrimBy {
	n := int64(d.IntN(4))
	return []redpoll.XTrimBy{redpoll.MaxLen(n), redpoll.MinID(d.id()), redpoll.MaxLenApprox(n),
		redpoll.MinIDApprox(d.id())}[d.IntN(4)]
}

func (d *dice) vector() redpoll.Vector {
	return redpoll.VectorValues(float64(1+d.IntN(3)), float64(d.IntN(3)))
}

// conditions are those of EXPIRE and its like.
var conditions = []any{redpoll.NX, redpoll.XX, redpoll.GT, redpoll.LT}

// triangle has the members that have whole numbers as their place.
var triangle = []redpoll.GeoPoint{{Longitude: -1, Latitude: -1}, {Longitude: -1, Latitude: 2},
	{Longitude: 2, Latitude: 2}}

// A repeatCase makes random calls of a method on keys of some kinds, see layOut.
type repeatCase struct {
	kinds string
	put   func(c *redpoll.Client, d *dice)
	looks string // a command that shows changes outside of keys
}

// repeatCases have all repeatable methods whose commands an ordinary server may have.
var repeatCases = map[string]repeatCase{
	"Set": {"s", func(c *redpoll.Client, d *dice) {
		c.Set(background, d.key("s"), d.member(), lifetime[redpoll.SetOption](d)...)
	}, ""},
	"SetEx": {"s", func(c *redpoll.Client, d *dice) {
		c.SetEx(background, d.key("s"), time.Hour, d.member())
	}, ""},
	"PSetEx": {"s", func(c *redpoll.Client, d *dice) {
		c.PSetEx(background, d.key("s"), time.Hour, d.member())
	}, ""},
	"GetEx": {"s", func(c *redpoll.Client, d *dice) {
		c.GetEx(background, d.key("s"), some[redpoll.GetExOption](d, redpoll.Persist, redpoll.EX(time.Hour),
			redpoll.PXAT(d.at()))...)
	}, ""},
	"MSet": {"s", func(c *redpoll.Client, d *dice) {
		c.MSet(background, d.key("s"), d.member(), d.key("s"), d.member())
	}, ""},
	"MSetEx": {"s", func(c *redpoll.Client, d *dice) {
		c.MSetEx(background, []any{d.key("s"), d.member(), d.key("s"), d.member()},
			lifetime[redpoll.MSetExOption](d)...)
	}, ""},
	"SetRange": {"s", func(c *redpoll.Client, d *dice) {
		c.SetRange(background, d.key("s"), int64(d.IntN(6)), d.one("", "x", "yz"))
	}, ""},
	"BitOp": {"s", func(c *redpoll.Client, d *dice) {
		if d.IntN(3) == 0 {
			c.BitOp(background, redpoll.BitNot, d.key("s"), d.key("s"))
			return
		}
		c.BitOp(background, []redpoll.BitOperation{redpoll.BitAnd, redpoll.BitOr,
			redpoll.BitXor}[d.IntN(3)], d.key("s"), d.keys("s")...)
	}, ""},
	"Del":    {"se", func(c *redpoll.Client, d *dice) { c.Del(background, d.key("s"), d.key("e")) }, ""},
	"Unlink": {"se", func(c *redpoll.Client, d *dice) { c.Unlink(background, d.key("s"), d.key("e")) }, ""},
	"Expire": {"s", func(c *redpoll.Client, d *dice) {
		c.Expire(background, d.key("s"), d.span(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"ExpireIn": {"s", func(c *redpoll.Client, d *dice) {
		c.ExpireIn(background, d.key("s"), d.span(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"PExpire": {"s", func(c *redpoll.Client, d *dice) {
		c.PExpire(background, d.key("s"), d.span(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"ExpireAt": {"s", func(c *redpoll.Client, d *dice) {
		c.ExpireAt(background, d.key("s"), d.at(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"PExpireAt": {"s", func(c *redpoll.Client, d *dice) {
		c.PExpireAt(background, d.key("s"), d.at(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"ExpireUntil": {"s", func(c *redpoll.Client, d *dice) {
		c.ExpireUntil(background, d.key("s"), d.at(), some[redpoll.ExpireOption](d, conditions...)...)
	}, ""},
	"Persist": {"s", func(c *redpoll.Client, d *dice) { c.Persist(background, d.key("s")) }, ""},

	"HSet":  {"h", func(c *redpoll.Client, d *dice) { c.HSet(background, d.key("h"), d.pairs()...) }, ""},
	"HMSet": {"h", func(c *redpoll.Client, d *dice) { c.HMSet(background, d.key("h"), d.pairs()...) }, ""},
	"HDel":  {"h", func(c *redpoll.Client, d *dice) { c.HDel(background, d.key("h"), d.texts()...) }, ""},
	"HExpire": {"h", func(c *redpoll.Client, d *dice) {
		c.HExpire(background, d.key("h"), max(d.span(), 0), d.texts(), some[redpoll.HExpireOption](d,
			redpoll.NX, redpoll.XX, redpoll.GT, redpoll.LT)...)
	}, ""},
	"HExpireIn": {"h", func(c *redpoll.Client, d *dice) {
		c.HExpireIn(background, d.key("h"), max(d.span(), 0), d.texts(), some[redpoll.HExpireOption](d,
			redpoll.NX, redpoll.XX, redpoll.GT, redpoll.LT)...)
	}, ""},
	"HPExpire": {"h", func(c *redpoll.Client, d *dice) {
		c.HPExpire(background, d.key("h"), max(d.span(), 0), d.texts(), some[redpoll.HExpireOption](d,
			redpoll.NX, redpoll.XX, redpoll.GT, redpoll.LT)...)
	}, ""},
	"HExpireAt": {"h", func(c *redpoll.Client, d *dice) {
		c.HExpireAt(background, d.key("h"), d.at(), d.texts())
	}, ""},
	"HPExpireAt": {"h", func(c *redpoll.Client, d *dice) {
		c.HPExpireAt(background, d.key("h"), d.at(), d.texts())
	}, ""},
	"HExpireUntil": {"h", func(c *redpoll.Client, d *dice) {
		c.HExpireUntil(background, d.key("h"), d.at(), d.texts())
	}, ""},
	"HPersist": {"h", func(c *redpoll.Client, d *dice) {
		c.HPersist(background, d.key("h"), d.texts()...)
	}, ""},
	"HGetEx": {"h", func(c *redpoll.Client, d *dice) {
		c.HGetEx(background, d.key("h"), d.texts(), some[redpoll.GetExOption](d, redpoll.Persist,
			redpoll.EX(time.Hour), redpoll.PXAT(d.at()))...)
	}, ""},
	"HSetEx": {"h", func(c *redpoll.Client, d *dice) {
		c.HSetEx(background, d.key("h"), d.pairs(), lifetime[redpoll.HSetExOption](d)...)
	}, ""},

	"PFAdd": {"p", func(c *redpoll.Client, d *dice) {
		c.PFAdd(background, d.key("p"), d.members()...)
	}, ""},
	"PFMerge": {"p", func(c *redpoll.Client, d *dice) {
		c.PFMerge(background, d.key("p"), d.keys("p")...)
	}, ""},
	"LSet": {"l", func(c *redpoll.Client, d *dice) {
		c.LSet(background, d.key("l"), int64(d.IntN(7)-3), d.member())
	}, ""},

	"SAdd": {"e", func(c *redpoll.Client, d *dice) {
		c.SAdd(background, d.key("e"), d.members()...)
	}, ""},
	"SRem": {"e", func(c *redpoll.Client, d *dice) {
		c.SRem(background, d.key("e"), d.members()...)
	}, ""},
	"SDiffStore": {"e", func(c *redpoll.Client, d *dice) {
		c.SDiffStore(background, d.key("e"), d.keys("e")...)
	}, ""},
	"SInterStore": {"e", func(c *redpoll.Client, d *dice) {
		c.SInterStore(background, d.key("e"), d.keys("e")...)
	}, ""},
	"SUnionStore": {"e", func(c *redpoll.Client, d *dice) {
		c.SUnionStore(background, d.key("e"), d.keys("e")...)
	}, ""},

	"ZAdd": {"z", func(c *redpoll.Client, d *dice) {
		c.ZAdd(background, d.key("z"), d.scored(), some[redpoll.ZAddOption](d, redpoll.NX, redpoll.XX,
			redpoll.GT, redpoll.LT, redpoll.CH)...)
	}, ""},
	"ZRem": {"z", func(c *redpoll.Client, d *dice) { c.ZRem(background, d.key("z"), d.texts()...) }, ""},
	"ZRangeStore": {"z", func(c *redpoll.Client, d *dice) {
		c.ZRangeStore(background, d.key("z"), d.key("z"), d.IntN(4)-2, d.IntN(4)-1,
			some[redpoll.ZRangeOption](d, redpoll.Rev, redpoll.ByScore)...)
	}, ""},
	"ZRemRangeByLex": {"z", func(c *redpoll.Client, d *dice) {
		c.ZRemRangeByLex(background, d.key("z"), d.lex(), d.lex())
	}, ""},
	"ZRemRangeByScore": {"z", func(c *redpoll.Client, d *dice) {
		c.ZRemRangeByScore(background, d.key("z"), d.score(), d.score())
	}, ""},
	"ZDiffStore": {"z", func(c *redpoll.Client, d *dice) {
		c.ZDiffStore(background, d.key("z"), d.keys("z")...)
	}, ""},
	"ZInterStore": {"z", func(c *redpoll.Client, d *dice) {
		c.ZInterStore(background, d.key("z"), d.keys("z"), d.combine()...)
	}, ""},
	"ZUnionStore": {"z", func(c *redpoll.Client, d *dice) {
		c.ZUnionStore(background, d.key("z"), d.keys("z"), d.combine()...)
	}, ""},

	"GeoAdd": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoAdd(background, d.key("g"), listOf(d, d.point), some[redpoll.GeoAddOption](d, redpoll.NX,
			redpoll.XX, redpoll.CH)...)
	}, ""},
	"GeoSearchStore": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoSearchStore(background, d.key("g"), d.key("g"), redpoll.FromMember(d.member()),
			redpoll.ByRadius(float64(d.IntN(400)), redpoll.Kilometers),
			some[redpoll.GeoStoreOption](d, redpoll.StoreDist, redpoll.Count(2), redpoll.CountAny(1),
				redpoll.Desc)...)
	}, ""},
	"GeoSearchStorePolygon": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoSearchStorePolygon(background, d.key("g"), d.key("g"), triangle,
			some[redpoll.GeoStoreOption](d, redpoll.StoreDist)...)
	}, ""},

	"GeoRadiusStore": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoRadiusStore(background, d.key("g"), 1, 1, float64(d.IntN(400)), redpoll.Kilometers, d.key("g"),
			some[redpoll.GeoSearchOption](d, redpoll.Count(2), redpoll.Desc)...)
	}, ""},
	"GeoRadiusStoreDist": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoRadiusStoreDist(background, d.key("g"), 1, 1, float64(d.IntN(400)), redpoll.Kilometers,
			d.key("g"))
	}, ""},
	"GeoRadiusByMemberStore": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoRadiusByMemberStore(background, d.key("g"), d.member(), float64(d.IntN(400)),
			redpoll.Kilometers, d.key("g"))
	}, ""},
	"GeoRadiusByMemberStoreDist": {"g", func(c *redpoll.Client, d *dice) {
		c.GeoRadiusByMemberStoreDist(background, d.key("g"), d.member(), float64(d.IntN(400)),
			redpoll.Kilometers, d.key("g"))
	}, ""},

	"XDel":  {"x", func(c *redpoll.Client, d *dice) { c.XDel(background, d.key("x"), d.ids()...) }, ""},
	"XTrim": {"x", func(c *redpoll.Client, d *dice) { c.XTrim(background, d.key("x"), d.trim()) }, ""},
	"XAck": {"x", func(c *redpoll.Client, d *dice) {
		c.XAck(background, d.key("x"), d.one("a", "b"), d.ids()...)
	}, ""},
	"XGroupSetID": {"x", func(c *redpoll.Client, d *dice) {
		c.XGroupSetID(background, d.key("x"), d.one("a", "b"), d.one(d.id(), "$"))
	}, ""},
	"XGroupDestroy": {"x", func(c *redpoll.Client, d *dice) {
		c.XGroupDestroy(background, d.key("x"), d.one("a", "b"))
	}, ""},
	"XGroupCreateConsumer": {"x", func(c *redpoll.Client, d *dice) {
		c.XGroupCreateConsumer(background, d.key("x"), "a", d.member())
	}, ""},
	"XSetID": {"x", func(c *redpoll.Client, d *dice) {
		c.XSetID(background, d.key("x"), "9-9", some[redpoll.XSetIDOption](d, redpoll.EntriesAdded(20),
			redpoll.EntriesAdded(30))...)
	}, ""},
	"XCfgSet": {"x", func(c *redpoll.Client, d *dice) {
		c.XCfgSet(background, d.key("x"), redpoll.IDMPMaxSize(int64(1+d.IntN(50))))
	}, ""},

	"VAdd": {"v", func(c *redpoll.Client, d *dice) {
		c.VAdd(background, d.key("v"), d.vector(), d.member(), some[redpoll.VAddOption](d, redpoll.VAddCAS,
			redpoll.VAddAttr(`{"y":1}`))...)
	}, ""},
	"VAddReduced": {"v", func(c *redpoll.Client, d *dice) {
		c.VAddReduced(background, d.one("r0", "r1"), 1, d.vector(), d.member())
	}, ""},
	"VRem": {"v", func(c *redpoll.Client, d *dice) { c.VRem(background, d.key("v"), d.member()) }, ""},
	"VSetAttr": {"v", func(c *redpoll.Client, d *dice) {
		c.VSetAttr(background, d.key("v"), d.member(), d.one(`{"y":2}`, ""))
	}, ""},

	"ScriptLoad": {"", func(c *redpoll.Client, d *dice) {
		c.ScriptLoad(background, "return "+d.one("1", "2"))
	},
		"SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db 7f923f79fe76194c868d7e1d0820de36700eb649"},
	"ScriptFlush": {"", func(c *redpoll.Client, _ *dice) { c.ScriptFlush(background) },
		"SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db"},
	"FunctionFlush": {"", func(c *redpoll.Client, _ *dice) { c.FunctionFlush(background) }, "FUNCTION LIST"},
	"ConfigSet": {"", func(c *redpoll.Client, d *dice) {
		c.ConfigSet(background, "maxmemory-samples", 1+d.IntN(9), "notify-keyspace-events", d.one("KEA", ""))
	}, "CONFIG GET maxmemory-samples notify-keyspace-events"},
	"ConfigResetStat": {"", func(c *redpoll.Client, _ *dice) { c.ConfigResetStat(background) }, ""},
	"ConfigRewrite":   {"", func(c *redpoll.Client, _ *dice) { c.ConfigRewrite(background) }, ""},
	"SlowLogReset":    {"", func(c *redpoll.Client, _ *dice) { c.SlowLogReset(background) }, "SLOWLOG LEN"},
	"CommandLogReset": {"", func(c *redpoll.Client, _ *dice) {
		c.CommandLogReset(background, redpoll.CommandLogSlow)
	},
		"COMMANDLOG LEN slow"},
	"LatencyReset": {"", func(c *redpoll.Client, _ *dice) { c.LatencyReset(background) }, "LATENCY LATEST"},
	"MemoryPurge":  {"", func(c *redpoll.Client, _ *dice) { c.MemoryPurge(background) }, ""},
	"ACLLogReset":  {"", func(c *redpoll.Client, _ *dice) { c.ACLLogReset(background) }, "ACL LOG"},
}
