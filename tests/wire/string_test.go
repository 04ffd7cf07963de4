package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// stringRows are the calls of methods for strings and bitmaps.
var stringRows = []row{
	{"BitCount", func(p *redpoll.Pipeline) { p.BitCount("k") }, "BITCOUNT k"},
	{"BitCount", func(p *redpoll.Pipeline) { p.BitCount("k", redpoll.ByteRange(0, -1)) }, "BITCOUNT k 0 -1"},
	{"BitCount", func(p *redpoll.Pipeline) { p.BitCount("k", redpoll.BitRange(1, 5)) }, "BITCOUNT k 1 5 BIT"},
	{"BitPos", func(p *redpoll.Pipeline) { p.BitPos("k", 1) }, "BITPOS k 1"},
	{"BitPos", func(p *redpoll.Pipeline) { p.BitPos("k", 0, redpoll.ByteFrom(2)) }, "BITPOS k 0 2"},
	{"BitPos", func(p *redpoll.Pipeline) { p.BitPos("k", 1, redpoll.ByteRange(2, -1)) }, "BITPOS k 1 2 -1"},
	{"BitPos", func(p *redpoll.Pipeline) {
		p.BitPos("k", 1, redpoll.BitRange(2, 12))
	}, "BITPOS k 1 2 12 BIT"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitXor, "d", keys...) }, "BITOP XOR d a b"},
	{"BitField", func(p *redpoll.Pipeline) {
		p.BitField("k", redpoll.BitGet("u8", 3), redpoll.BitOverflow(redpoll.BitOverflowSat),
			redpoll.BitSet("i64", 1, -5).Indexed(), redpoll.BitIncrBy("u63", 0, 12))
	}, "BITFIELD k GET u8 3 OVERFLOW SAT SET i64 #1 -5 INCRBY u63 0 12"},
	{"BitFieldRO", func(p *redpoll.Pipeline) {
		p.BitFieldRO("k", redpoll.BitGet("u8", 3))
	}, "BITFIELD_RO k GET u8 3"},
	{"GetBit", func(p *redpoll.Pipeline) { p.GetBit("k", 7) }, "GETBIT k 7"},
	{"SetBit", func(p *redpoll.Pipeline) { p.SetBit("k", 7, 1) }, "SETBIT k 7 1"},
	{"PFAdd", func(p *redpoll.Pipeline) { p.PFAdd("k") }, "PFADD k"},
	{"PFAdd", func(p *redpoll.Pipeline) { p.PFAdd("k", "a", 1) }, "PFADD k a 1"},
	{"PFCount", func(p *redpoll.Pipeline) { p.PFCount(keys...) }, "PFCOUNT a b"},
	{"PFMerge", func(p *redpoll.Pipeline) { p.PFMerge("d") }, "PFMERGE d"},
	{"PFMerge", func(p *redpoll.Pipeline) { p.PFMerge("d", keys...) }, "PFMERGE d a b"},
	{"Get", func(p *redpoll.Pipeline) { p.Get("k") }, "GET k"},
	{"GetBytes", func(p *redpoll.Pipeline) { p.GetBytes("k") }, "GET k"},
	{"Set", func(p *redpoll.Pipeline) { p.Set("k", "v") }, "SET k v"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", 1.5, redpoll.KeepTTL, redpoll.XX)
	}, "SET k 1.5 XX KEEPTTL"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.EX(time.Minute), redpoll.NX)
	}, "SET k v NX EX 60"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.PX(1500*time.Millisecond))
	}, "SET k v PX 1500"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.TTL(2*time.Minute), redpoll.NX)
	}, "SET k v NX EX 120"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.TTL(time.Minute+7654321))
	}, "SET k v PX 60007"},
	{"GetEx", func(p *redpoll.Pipeline) { p.GetEx("k", redpoll.TTL(time.Hour/7)) }, "GETEX k PX 514285"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.EXAT(moment.Truncate(time.Second)))
	}, "SET k v EXAT 1700000000"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.PXAT(moment))
	}, "SET k v PXAT 1700000000123"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.Until(moment))
	}, "SET k v PXAT 1700000000123"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.Until(moment.Truncate(time.Second)))
	}, "SET k v EXAT 1700000000"},
	{"SetGet", func(p *redpoll.Pipeline) { p.SetGet("k", "v", redpoll.NX) }, "SET k v GET NX"},
	{"SetNX", func(p *redpoll.Pipeline) { p.SetNX("k", "v") }, "SETNX k v"},
	{"SetEx", func(p *redpoll.Pipeline) { p.SetEx("k", time.Minute, "v") }, "SETEX k 60 v"},
	{"PSetEx", func(p *redpoll.Pipeline) { p.PSetEx("k", 1500*time.Millisecond, "v") }, "PSETEX k 1500 v"},
	{"GetSet", func(p *redpoll.Pipeline) { p.GetSet("k", "v") }, "GETSET k v"},
	{"GetDel", func(p *redpoll.Pipeline) { p.GetDel("k") }, "GETDEL k"},
	{"GetEx", func(p *redpoll.Pipeline) { p.GetEx("k") }, "GETEX k"},
	{"GetEx", func(p *redpoll.Pipeline) { p.GetEx("k", redpoll.Persist) }, "GETEX k PERSIST"},
	{"GetEx", func(p *redpoll.Pipeline) { p.GetEx("k", redpoll.PXAT(moment)) }, "GETEX k PXAT 1700000000123"},
	{"MGet", func(p *redpoll.Pipeline) { p.MGet(keys...) }, "MGET a b"},
	{"MGetBytes", func(p *redpoll.Pipeline) { p.MGetBytes(keys...) }, "MGET a b"},
	{"MSet", func(p *redpoll.Pipeline) { p.MSet("a", 1, "b", "2") }, "MSET a 1 b 2"},
	{"MSetNX", func(p *redpoll.Pipeline) { p.MSetNX("a", 1) }, "MSETNX a 1"},
	{"Append", func(p *redpoll.Pipeline) { p.Append("k", "v") }, "APPEND k v"},
	{"StrLen", func(p *redpoll.Pipeline) { p.StrLen("k") }, "STRLEN k"},
	{"GetRange", func(p *redpoll.Pipeline) { p.GetRange("k", 0, -1) }, "GETRANGE k 0 -1"},
	{"GetRangeBytes", func(p *redpoll.Pipeline) { p.GetRangeBytes("k", 0, -1) }, "GETRANGE k 0 -1"},
	{"SubStr", func(p *redpoll.Pipeline) { p.SubStr("k", 0, -1) }, "SUBSTR k 0 -1"},
	{"SetRange", func(p *redpoll.Pipeline) { p.SetRange("k", 5, "v") }, "SETRANGE k 5 v"},
	{"Incr", func(p *redpoll.Pipeline) { p.Incr("k") }, "INCR k"},
	{"IncrBy", func(p *redpoll.Pipeline) { p.IncrBy("k", -5) }, "INCRBY k -5"},
	{"IncrByFloat", func(p *redpoll.Pipeline) { p.IncrByFloat("k", 1e16) }, "INCRBYFLOAT k 1e+16"},
	{"Decr", func(p *redpoll.Pipeline) { p.Decr("k") }, "DECR k"},
	{"DecrBy", func(p *redpoll.Pipeline) { p.DecrBy("k", 5) }, "DECRBY k 5"},
	{"LCS", func(p *redpoll.Pipeline) { p.LCS("a", "b") }, "LCS a b"},
	{"LCSLen", func(p *redpoll.Pipeline) { p.LCSLen("a", "b") }, "LCS a b LEN"},
	{"LCSIdx", func(p *redpoll.Pipeline) {
		p.LCSIdx("a", "b", redpoll.MinMatchLen(4))
	}, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"},
	{"Set", func(p *redpoll.Pipeline) { p.Set("k", "v", redpoll.IfEq("old")) }, "SET k v IFEQ old"},
	{"Set", func(p *redpoll.Pipeline) {
		p.Set("k", "v", redpoll.EX(time.Minute), redpoll.IfNe("old"))
	}, "SET k v IFNE old EX 60"},
	{"Set", func(p *redpoll.Pipeline) { p.Set("k", "v", redpoll.IfDEq("00ff")) }, "SET k v IFDEQ 00ff"},
	{"SetGet", func(p *redpoll.Pipeline) {
		p.SetGet("k", "v", redpoll.IfDNe("00ff"))
	}, "SET k v GET IFDNE 00ff"},
	{"DelEx", func(p *redpoll.Pipeline) { p.DelEx("k") }, "DELEX k"},
	{"DelEx", func(p *redpoll.Pipeline) { p.DelEx("k", redpoll.IfDNe("00ff")) }, "DELEX k IFDNE 00ff"},
	{"DelIfEq", func(p *redpoll.Pipeline) { p.DelIfEq("k", 5) }, "DELIFEQ k 5"},
	{"Digest", func(p *redpoll.Pipeline) { p.Digest("k") }, "DIGEST k"},
	{"IncrEx", func(p *redpoll.Pipeline) { p.IncrEx("k", -1) }, "INCREX k BYINT -1"},
	{"IncrEx", func(p *redpoll.Pipeline) {
		p.IncrEx("k", 1, redpoll.ENX, redpoll.EX(time.Minute), redpoll.Saturate, redpoll.UpperBound(9),
			redpoll.LowerBound(-9))
	}, "INCREX k BYINT 1 LBOUND -9 UBOUND 9 SATURATE EX 60 ENX"},
	{"IncrEx", func(p *redpoll.Pipeline) {
		p.IncrEx("k", 2, redpoll.PX(time.Second), redpoll.NX)
	}, "INCREX k BYINT 2 NX PX 1000"},
	{"IncrExFloat", func(p *redpoll.Pipeline) {
		p.IncrExFloat("k", 0.5, redpoll.XX)
	}, "INCREX k BYFLOAT 0.5 XX"},
	{"IncrExFloat", func(p *redpoll.Pipeline) {
		p.IncrExFloat("k", 0.5, redpoll.Persist, redpoll.FloatUpperBound(9), redpoll.FloatLowerBound(-0.5))
	}, "INCREX k BYFLOAT 0.5 LBOUND -0.5 UBOUND 9.0 PERSIST"},
	{"MSetEx", func(p *redpoll.Pipeline) {
		p.MSetEx([]any{"a", 1}, redpoll.TTL(time.Second))
	}, "MSETEX 1 a 1 EX 1"},
	{"IncrEx", func(p *redpoll.Pipeline) {
		p.IncrEx("k", 2, redpoll.TTL(time.Second/3), redpoll.ENX)
	}, "INCREX k BYINT 2 PX 333 ENX"},
	{"MSetEx", func(p *redpoll.Pipeline) {
		p.MSetEx([]any{"a", 1, "b", 2}, redpoll.PX(time.Second), redpoll.NX)
	}, "MSETEX 2 a 1 b 2 NX PX 1000"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitDiff, "d", keys...) }, "BITOP DIFF d a b"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitDiff1, "d", keys...) }, "BITOP DIFF1 d a b"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitAndOr, "d", keys...) }, "BITOP ANDOR d a b"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitOne, "d", keys...) }, "BITOP ONE d a b"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitOne, "d", "a") }, "BITOP ONE d a"},
	{"BitOp", func(p *redpoll.Pipeline) { p.BitOp(redpoll.BitNot, "d", "a") }, "BITOP NOT d a"},
}
