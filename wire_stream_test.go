package redpoll

import (
	"slices"
	"testing"
	"time"
)

var (
	wirePlaces  = []GeoLocation{{Member: "m", Longitude: 13.5, Latitude: 38}}
	wirePolygon = []GeoPoint{{0, 0}, {0, 2.5}, {2, 2}}
	wireStreams = []StreamFrom{{"s", "0"}, {"t", "5-1"}}
	wireIDs     = []string{"1-0", "2-0"}
)

// Geo, streams, arrays, and what came after server 7.4.
func init() {
	wireTests = append(wireTests, []struct {
		method string
		put    func(p *Pipeline)
		words  string
	}{
		{"GeoAdd", func(p *Pipeline) { p.GeoAdd("k", wirePlaces) }, "GEOADD k 13.5 38.0 m"},
		{"GeoAdd", func(p *Pipeline) { p.GeoAdd("k", wirePlaces, CH, XX) }, "GEOADD k XX CH 13.5 38.0 m"},
		{"GeoDist", func(p *Pipeline) { p.GeoDist("k", "a", "b", Miles) }, "GEODIST k a b mi"},
		{"GeoHash", func(p *Pipeline) { p.GeoHash("k", wireKeys...) }, "GEOHASH k a b"},
		{"GeoPos", func(p *Pipeline) { p.GeoPos("k", wireKeys...) }, "GEOPOS k a b"},
		{"GeoSearch", func(p *Pipeline) {
			p.GeoSearch("k", FromMember("m"), ByRadius(200, Kilometers), CountAny(3), Desc)
		}, "GEOSEARCH k FROMMEMBER m BYRADIUS 200.0 km DESC COUNT 3 ANY"},
		{"GeoSearch", func(p *Pipeline) { p.GeoSearch("k", FromLonLat(15, 37.5), ByBox(4, 5, Feet)) }, "GEOSEARCH k FROMLONLAT 15.0 37.5 BYBOX 4.0 5.0 ft"},
		{"GeoSearchLocations", func(p *Pipeline) {
			p.GeoSearchLocations("k", FromMember("m"), ByRadius(1, Meters), WithHash, WithDist, WithCoord, Count(2), Asc)
		}, "GEOSEARCH k FROMMEMBER m BYRADIUS 1.0 m ASC COUNT 2 WITHCOORD WITHDIST WITHHASH"},
		{"GeoSearchPolygon", func(p *Pipeline) { p.GeoSearchPolygon("k", wirePolygon, Asc) }, "GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 ASC"},
		{"GeoSearchPolygonLocations", func(p *Pipeline) { p.GeoSearchPolygonLocations("k", wirePolygon, WithDist) },
			"GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 WITHDIST"},
		{"GeoSearchStore", func(p *Pipeline) {
			p.GeoSearchStore("d", "k", FromMember("m"), ByRadius(1, Meters), StoreDist, Count(2))
		}, "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1.0 m COUNT 2 STOREDIST"},
		{"GeoSearchStorePolygon", func(p *Pipeline) { p.GeoSearchStorePolygon("d", "k", wirePolygon) }, "GEOSEARCHSTORE d k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0"},
		{"GeoRadius", func(p *Pipeline) { p.GeoRadius("k", 15, 37, 200, Kilometers, Count(1)) }, "GEORADIUS k 15.0 37.0 200.0 km COUNT 1"},
		{"GeoRadiusLocations", func(p *Pipeline) { p.GeoRadiusLocations("k", 15, 37, 200, Meters, WithCoord) },
			"GEORADIUS k 15.0 37.0 200.0 m WITHCOORD"},
		{"GeoRadiusStore", func(p *Pipeline) { p.GeoRadiusStore("k", 15, 37, 200, Meters, "d", Asc) },
			"GEORADIUS k 15.0 37.0 200.0 m ASC STORE d"},
		{"GeoRadiusStoreDist", func(p *Pipeline) { p.GeoRadiusStoreDist("k", 15, 37, 200, Meters, "d") }, "GEORADIUS k 15.0 37.0 200.0 m STOREDIST d"},
		{"GeoRadiusByMember", func(p *Pipeline) { p.GeoRadiusByMember("k", "m", 200, Meters) }, "GEORADIUSBYMEMBER k m 200.0 m"},
		{"GeoRadiusByMemberLocations", func(p *Pipeline) {
			p.GeoRadiusByMemberLocations("k", "m", 200, Meters, WithDist)
		}, "GEORADIUSBYMEMBER k m 200.0 m WITHDIST"},
		{"GeoRadiusByMemberStore", func(p *Pipeline) { p.GeoRadiusByMemberStore("k", "m", 200, Meters, "d") }, "GEORADIUSBYMEMBER k m 200.0 m STORE d"},
		{"GeoRadiusByMemberStoreDist", func(p *Pipeline) { p.GeoRadiusByMemberStoreDist("k", "m", 200, Meters, "d") },
			"GEORADIUSBYMEMBER k m 200.0 m STOREDIST d"},
		{"GeoRadiusRO", func(p *Pipeline) { p.GeoRadiusRO("k", 15, 37, 200, Meters) }, "GEORADIUS_RO k 15.0 37.0 200.0 m"},
		{"GeoRadiusROLocations", func(p *Pipeline) { p.GeoRadiusROLocations("k", 15, 37, 200, Meters, WithHash) },
			"GEORADIUS_RO k 15.0 37.0 200.0 m WITHHASH"},
		{"GeoRadiusByMemberRO", func(p *Pipeline) { p.GeoRadiusByMemberRO("k", "m", 200, Meters) }, "GEORADIUSBYMEMBER_RO k m 200.0 m"},
		{"GeoRadiusByMemberROLocations", func(p *Pipeline) { p.GeoRadiusByMemberROLocations("k", "m", 200, Meters) },
			"GEORADIUSBYMEMBER_RO k m 200.0 m"},

		{"XAdd", func(p *Pipeline) { p.XAdd("s", "*", []any{"f", 1, "g", "v"}) }, "XADD s * f 1 g v"},
		{"XAdd", func(p *Pipeline) {
			p.XAdd("s", "*", []any{"f", 1}, MaxLenApproxLimit(100, 0), IDMP("p", "i"), DelRef, NoMkStream)
		}, "XADD s NOMKSTREAM DELREF IDMP p i MAXLEN ~ 100 LIMIT 0 * f 1"},
		{"XAdd", func(p *Pipeline) { p.XAdd("s", "5-1", []any{"f", 1}, MinIDApproxLimit("2", 0), Acked) },
			"XADD s ACKED MINID ~ 2 LIMIT 0 5-1 f 1"},
		{"XAdd", func(p *Pipeline) { p.XAdd("s", "*", []any{"f", 1}, MaxLen(9), KeepRef, IDMPAuto("p")) }, "XADD s KEEPREF IDMPAUTO p MAXLEN 9 * f 1"},
		{"XAdd", func(p *Pipeline) { p.XAdd("s", "*", []any{"f", 1}, MaxLenApprox(9), Acked) }, "XADD s ACKED MAXLEN ~ 9 * f 1"},
		{"XAdd", func(p *Pipeline) { p.XAdd("s", "*", []any{"f", 1}, MinID("5-0")) }, "XADD s MINID 5-0 * f 1"},
		{"XLen", func(p *Pipeline) { p.XLen("s") }, "XLEN s"},
		{"XRange", func(p *Pipeline) { p.XRange("s", "-", "(5-1", Count(7)) }, "XRANGE s - (5-1 COUNT 7"},
		{"XRevRange", func(p *Pipeline) { p.XRevRange("s", "+", "-") }, "XREVRANGE s + -"},
		{"XRead", func(p *Pipeline) { p.XRead(wireStreams) }, "XREAD STREAMS s t 0 5-1"},
		{"XRead", func(p *Pipeline) { p.XRead(wireStreams, MaxSize(99), Count(7), MaxCount(9)) },
			"XREAD COUNT 7 MAXCOUNT 9 MAXSIZE 99 STREAMS s t 0 5-1"},
		{"XReadBlock", func(p *Pipeline) { p.XReadBlock(time.Second, wireStreams, Count(7)) }, "XREAD BLOCK 1000 COUNT 7 STREAMS s t 0 5-1"},
		{"XReadGroup", func(p *Pipeline) {
			p.XReadGroup("g", "c", wireStreams, NoAck, ClaimIdle(time.Minute), Count(7), MaxCount(9), MaxSize(99))
		}, "XREADGROUP GROUP g c COUNT 7 MAXCOUNT 9 MAXSIZE 99 CLAIM 60000 NOACK STREAMS s t 0 5-1"},
		{"XReadGroupBlock", func(p *Pipeline) { p.XReadGroupBlock(0, "g", "c", wireStreams, NoAck) },
			"XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s t 0 5-1"},
		{"XDel", func(p *Pipeline) { p.XDel("s", wireIDs...) }, "XDEL s 1-0 2-0"},
		{"XDelEx", func(p *Pipeline) { p.XDelEx("s", wireIDs, Acked) }, "XDELEX s ACKED IDS 2 1-0 2-0"},
		{"XTrim", func(p *Pipeline) { p.XTrim("s", MaxLen(9)) }, "XTRIM s MAXLEN 9"},
		{"XTrim", func(p *Pipeline) { p.XTrim("s", MaxLenApproxLimit(9, 5), DelRef) }, "XTRIM s MAXLEN ~ 9 LIMIT 5 DELREF"},
		{"XTrim", func(p *Pipeline) { p.XTrim("s", MinIDApprox("5-0")) }, "XTRIM s MINID ~ 5-0"},
		{"XTrim", func(p *Pipeline) { p.XTrim("s", MinIDApproxLimit("5-0", 7)) }, "XTRIM s MINID ~ 5-0 LIMIT 7"},
		{"XAck", func(p *Pipeline) { p.XAck("s", "g", wireIDs...) }, "XACK s g 1-0 2-0"},
		{"XAckDel", func(p *Pipeline) { p.XAckDel("s", "g", wireIDs, KeepRef) }, "XACKDEL s g KEEPREF IDS 2 1-0 2-0"},
		{"XNack", func(p *Pipeline) { p.XNack("s", "g", NackSilent, wireIDs) }, "XNACK s g SILENT IDS 2 1-0 2-0"},
		{"XNack", func(p *Pipeline) { p.XNack("s", "g", NackFail, wireIDs, Force, RetryCount(5)) },
			"XNACK s g FAIL IDS 2 1-0 2-0 RETRYCOUNT 5 FORCE"},
		{"XNack", func(p *Pipeline) { p.XNack("s", "g", NackFatal, wireIDs[:1]) }, "XNACK s g FATAL IDS 1 1-0"},
		{"XClaim", func(p *Pipeline) {
			p.XClaim("s", "g", "c", time.Minute, wireIDs, LastID("9-0"), Force, RetryCount(2), Idle(time.Second))
		}, "XCLAIM s g c 60000 1-0 2-0 IDLE 1000 RETRYCOUNT 2 FORCE LASTID 9-0"},
		{"XClaimJustID", func(p *Pipeline) {
			p.XClaimJustID("s", "g", "c", 0, wireIDs, LastDelivered(wireTime))
		},
			"XCLAIM s g c 0 1-0 2-0 TIME 1700000000123 JUSTID"},
		{"XAutoClaim", func(p *Pipeline) { p.XAutoClaim("s", "g", "c", time.Minute, "0", Count(7)) }, "XAUTOCLAIM s g c 60000 0 COUNT 7"},
		{"XAutoClaimJustID", func(p *Pipeline) { p.XAutoClaimJustID("s", "g", "c", 0, "0") }, "XAUTOCLAIM s g c 0 0 JUSTID"},
		{"XPending", func(p *Pipeline) { p.XPending("s", "g") }, "XPENDING s g"},
		{"XPendingRange", func(p *Pipeline) { p.XPendingRange("s", "g", "-", "+", 10, Idle(time.Second)) }, "XPENDING s g IDLE 1000 - + 10"},
		{"XPendingRange", func(p *Pipeline) { p.XPendingRange("s", "g", "-", "+", -1) }, "XPENDING s g - + -1"},
		{"XPendingConsumer", func(p *Pipeline) { p.XPendingConsumer("s", "g", "c", "-", "+", 10) }, "XPENDING s g - + 10 c"},
		{"XGroupCreate", func(p *Pipeline) { p.XGroupCreate("s", "g", "$", EntriesRead(3), MkStream) },
			"XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 3"},
		{"XGroupSetID", func(p *Pipeline) { p.XGroupSetID("s", "g", "0", EntriesRead(3)) }, "XGROUP SETID s g 0 ENTRIESREAD 3"},
		{"XGroupDestroy", func(p *Pipeline) { p.XGroupDestroy("s", "g") }, "XGROUP DESTROY s g"},
		{"XGroupCreateConsumer", func(p *Pipeline) { p.XGroupCreateConsumer("s", "g", "c") }, "XGROUP CREATECONSUMER s g c"},
		{"XGroupDelConsumer", func(p *Pipeline) { p.XGroupDelConsumer("s", "g", "c") }, "XGROUP DELCONSUMER s g c"},
		{"XGroupHelp", func(p *Pipeline) { p.XGroupHelp() }, "XGROUP HELP"},
		{"XInfoStream", func(p *Pipeline) { p.XInfoStream("s") }, "XINFO STREAM s"},
		{"XInfoStreamFull", func(p *Pipeline) { p.XInfoStreamFull("s", 0) }, "XINFO STREAM s FULL COUNT 0"},
		{"XInfoGroups", func(p *Pipeline) { p.XInfoGroups("s") }, "XINFO GROUPS s"},
		{"XInfoConsumers", func(p *Pipeline) { p.XInfoConsumers("s", "g") }, "XINFO CONSUMERS s g"},
		{"XInfoHelp", func(p *Pipeline) { p.XInfoHelp() }, "XINFO HELP"},
		{"XSetID", func(p *Pipeline) { p.XSetID("s", "9-0", MaxDeletedID("3-0"), EntriesAdded(5)) }, "XSETID s 9-0 ENTRIESADDED 5 MAXDELETEDID 3-0"},
		{"XCfgSet", func(p *Pipeline) { p.XCfgSet("s", IDMPMaxSize(50), IDMPDuration(time.Minute)) },
			"XCFGSET s IDMP-DURATION 60 IDMP-MAXSIZE 50"},

		{"ARSet", func(p *Pipeline) { p.ARSet("k", 1<<64-2, "a", 1) }, "ARSET k 18446744073709551614 a 1"},
		{"ARMSet", func(p *Pipeline) { p.ARMSet("k", []ArrayElement{{5, "a"}, {7, "b"}}...) }, "ARMSET k 5 a 7 b"},
		{"ARGet", func(p *Pipeline) { p.ARGet("k", 5) }, "ARGET k 5"},
		{"ARMGet", func(p *Pipeline) { p.ARMGet("k", []uint64{5, 7}...) }, "ARMGET k 5 7"},
		{"ARGetRange", func(p *Pipeline) { p.ARGetRange("k", 5, 0) }, "ARGETRANGE k 5 0"},
		{"ARScan", func(p *Pipeline) { p.ARScan("k", 0, 9) }, "ARSCAN k 0 9"},
		{"ARScan", func(p *Pipeline) { p.ARScan("k", 0, 9, AtMost(2)) }, "ARSCAN k 0 9 LIMIT 2"},
		{"ARGrep", func(p *Pipeline) {
			p.ARGrep("k", "-", "+", []ArrayPredicate{ArrayContains("x"), ArrayGlob("a*")}, NoCase, AtMost(2), MatchAll)
		}, "ARGREP k - + MATCH x GLOB a* AND LIMIT 2 NOCASE"},
		{"ARGrepWithValues", func(p *Pipeline) {
			p.ARGrepWithValues("k", 0, uint64(9), []ArrayPredicate{ArrayEquals("x"), ArrayRegexp("^a")})
		}, "ARGREP k 0 9 EXACT x RE ^a WITHVALUES"},
		{"ARDel", func(p *Pipeline) { p.ARDel("k", []uint64{5, 7}...) }, "ARDEL k 5 7"},
		{"ARDelRange", func(p *Pipeline) { p.ARDelRange("k", []ArrayRange{{0, 2}, {9, 5}}...) }, "ARDELRANGE k 0 2 9 5"},
		{"ARCount", func(p *Pipeline) { p.ARCount("k") }, "ARCOUNT k"},
		{"ARLen", func(p *Pipeline) { p.ARLen("k") }, "ARLEN k"},
		{"ARInfo", func(p *Pipeline) { p.ARInfo("k") }, "ARINFO k"},
		{"ARInfoFull", func(p *Pipeline) { p.ARInfoFull("k") }, "ARINFO k FULL"},
		{"ARNext", func(p *Pipeline) { p.ARNext("k") }, "ARNEXT k"},
		{"ARSeek", func(p *Pipeline) { p.ARSeek("k", 7) }, "ARSEEK k 7"},
		{"ARInsert", func(p *Pipeline) { p.ARInsert("k", "a", 1) }, "ARINSERT k a 1"},
		{"ARRing", func(p *Pipeline) { p.ARRing("k", 10, "a", 1) }, "ARRING k 10 a 1"},
		{"ARLastItems", func(p *Pipeline) { p.ARLastItems("k", 3, Rev) }, "ARLASTITEMS k 3 REV"},
		{"AROpSum", func(p *Pipeline) { p.AROpSum("k", 0, 9) }, "AROP k 0 9 SUM"},
		{"AROpMin", func(p *Pipeline) { p.AROpMin("k", 0, 9) }, "AROP k 0 9 MIN"},
		{"AROpMax", func(p *Pipeline) { p.AROpMax("k", 0, 9) }, "AROP k 0 9 MAX"},
		{"AROpAnd", func(p *Pipeline) { p.AROpAnd("k", 0, 9) }, "AROP k 0 9 AND"},
		{"AROpOr", func(p *Pipeline) { p.AROpOr("k", 0, 9) }, "AROP k 0 9 OR"},
		{"AROpXor", func(p *Pipeline) { p.AROpXor("k", 0, 9) }, "AROP k 0 9 XOR"},
		{"AROpMatch", func(p *Pipeline) { p.AROpMatch("k", 0, 9, 1.5) }, "AROP k 0 9 MATCH 1.5"},
		{"AROpUsed", func(p *Pipeline) { p.AROpUsed("k", 0, 9) }, "AROP k 0 9 USED"},

		{"Set", func(p *Pipeline) { p.Set("k", "v", IfEq("old")) }, "SET k v IFEQ old"},
		{"Set", func(p *Pipeline) { p.Set("k", "v", EX(time.Minute), IfNe("old")) }, "SET k v IFNE old EX 60"},
		{"Set", func(p *Pipeline) { p.Set("k", "v", IfDEq("00ff")) }, "SET k v IFDEQ 00ff"},
		{"SetGet", func(p *Pipeline) { p.SetGet("k", "v", IfDNe("00ff")) }, "SET k v GET IFDNE 00ff"},
		{"DelEx", func(p *Pipeline) { p.DelEx("k") }, "DELEX k"},
		{"DelEx", func(p *Pipeline) { p.DelEx("k", IfDNe("00ff")) }, "DELEX k IFDNE 00ff"},
		{"DelIfEq", func(p *Pipeline) { p.DelIfEq("k", 5) }, "DELIFEQ k 5"},
		{"Digest", func(p *Pipeline) { p.Digest("k") }, "DIGEST k"},
		{"IncrEx", func(p *Pipeline) { p.IncrEx("k", -1) }, "INCREX k BYINT -1"},
		{"IncrEx", func(p *Pipeline) {
			p.IncrEx("k", 1, ENX, EX(time.Minute), Saturate, UpperBound(9), LowerBound(-9))
		}, "INCREX k BYINT 1 LBOUND -9 UBOUND 9 SATURATE EX 60 ENX"},
		{"IncrEx", func(p *Pipeline) { p.IncrEx("k", 2, PX(time.Second), NX) }, "INCREX k BYINT 2 NX PX 1000"},
		{"IncrExFloat", func(p *Pipeline) { p.IncrExFloat("k", 0.5, XX) }, "INCREX k BYFLOAT 0.5 XX"},
		{"IncrExFloat", func(p *Pipeline) {
			p.IncrExFloat("k", 0.5, Persist, FloatUpperBound(9), FloatLowerBound(-0.5))
		}, "INCREX k BYFLOAT 0.5 LBOUND -0.5 UBOUND 9.0 PERSIST"},
		{"MSetEx", func(p *Pipeline) { p.MSetEx([]any{"a", 1}, TTL(time.Second)) }, "MSETEX 1 a 1 EX 1"},
		{"IncrEx", func(p *Pipeline) { p.IncrEx("k", 2, TTL(time.Second/3), ENX) }, "INCREX k BYINT 2 PX 333 ENX"},
		{"MSetEx", func(p *Pipeline) { p.MSetEx([]any{"a", 1, "b", 2}, PX(time.Second), NX) }, "MSETEX 2 a 1 b 2 NX PX 1000"},
		{"HGetDel", func(p *Pipeline) { p.HGetDel("h", wireKeys...) }, "HGETDEL h FIELDS 2 a b"},
		{"HGetEx", func(p *Pipeline) { p.HGetEx("h", wireKeys, Persist) }, "HGETEX h PERSIST FIELDS 2 a b"},
		{"HSetEx", func(p *Pipeline) { p.HSetEx("h", []any{"f", 1, "g", 2}, KeepTTL, FNX) }, "HSETEX h FNX KEEPTTL FIELDS 2 f 1 g 2"},
		{"HSetEx", func(p *Pipeline) { p.HSetEx("h", []any{"f", 1}, FNX, XX) }, "HSETEX h XX FNX FIELDS 1 f 1"},
		{"HSetEx", func(p *Pipeline) { p.HSetEx("h", []any{"f", 1}, EX(time.Second), NX) }, "HSETEX h NX EX 1 FIELDS 1 f 1"},
		{"HSetEx", func(p *Pipeline) { p.HSetEx("h", []any{"f", 1}, FXX, PXAT(wireTime)) }, "HSETEX h FXX PXAT 1700000000123 FIELDS 1 f 1"},
		{"LMoveM", func(p *Pipeline) { p.LMoveM("a", "b", Left, Right) }, "LMOVEM a b LEFT RIGHT"},
		{"LMoveM", func(p *Pipeline) { p.LMoveM("a", "b", Left, Right, MoveUpTo(3, MoveOneByOne)) }, "LMOVEM a b LEFT RIGHT COUNT 3 OBO"},
		{"BLMoveM", func(p *Pipeline) {
			p.BLMoveM("a", "b", Right, Left, 1500*time.Millisecond, MoveExactly(2, MoveBulk))
		}, "BLMOVEM a b RIGHT LEFT 1.5 EXACTLY 2 BULK"},
		{"SDiffCard", func(p *Pipeline) { p.SDiffCard(wireKeys, CardLimit(5)) }, "SDIFFCARD 2 a b LIMIT 5"},
		{"SUnionCard", func(p *Pipeline) { p.SUnionCard(wireKeys, CardLimit(5), Approx) }, "SUNIONCARD 2 a b APPROX LIMIT 5"},
		{"ZUnion", func(p *Pipeline) { p.ZUnion(wireKeys, AggregateCount) }, "ZUNION 2 a b AGGREGATE COUNT"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitDiff, "d", wireKeys...) }, "BITOP DIFF d a b"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitDiff1, "d", wireKeys...) }, "BITOP DIFF1 d a b"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitAndOr, "d", wireKeys...) }, "BITOP ANDOR d a b"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitOne, "d", wireKeys...) }, "BITOP ONE d a b"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitOne, "d", "a") }, "BITOP ONE d a"},
		{"BitOp", func(p *Pipeline) { p.BitOp(BitNot, "d", "a") }, "BITOP NOT d a"},
	}...)
}

// IDs and other words of the protocol are not translated by the client's text encoding; fields, members and groups are.
func TestStreamWordsAreNotTranslated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		put  func(p *Pipeline)
		want []string
	}{
		{"XDel", func(p *Pipeline) { p.XDel("s", wireIDs...) }, []string{"XDEL", string(utf16("s")), "1-0", "2-0"}},
		{"XAckDel", func(p *Pipeline) { p.XAckDel("s", "g", wireIDs[:1]) },
			[]string{"XACKDEL", string(utf16("s")), string(utf16("g")), "IDS", "1", "1-0"}},
		{"XRead", func(p *Pipeline) { p.XRead(wireStreams[:1]) }, []string{"XREAD", "STREAMS", string(utf16("s")), "0"}},
		{"XTrim", func(p *Pipeline) { p.XTrim("s", MinID("5-0")) }, []string{"XTRIM", string(utf16("s")), "MINID", "5-0"}},
		{"GeoSearch", func(p *Pipeline) { p.GeoSearch("k", FromMember("m"), ByRadius(1, Miles)) },
			[]string{"GEOSEARCH", string(utf16("k")), "FROMMEMBER", string(utf16("m")), "BYRADIUS", "1.0", "mi"}},
	} {
		got, err := encoded(t, c.put, wide{})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q and %v, want %q", c.name, got, err, c.want)
		}
	}
}
