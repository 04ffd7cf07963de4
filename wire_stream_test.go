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
		put    func(e *encoder)
		words  string
	}{
		{"GeoAdd", func(e *encoder) { putGeoAdd(e, "k", wirePlaces, nil) }, "GEOADD k 13.5 38.0 m"},
		{"GeoAdd", func(e *encoder) { putGeoAdd(e, "k", wirePlaces, []GeoAddOption{CH, XX}) }, "GEOADD k XX CH 13.5 38.0 m"},
		{"GeoDist", func(e *encoder) { putGeoDist(e, "k", "a", "b", Miles) }, "GEODIST k a b mi"},
		{"GeoHash", func(e *encoder) { putGeoHash(e, "k", wireKeys) }, "GEOHASH k a b"},
		{"GeoPos", func(e *encoder) { putGeoPos(e, "k", wireKeys) }, "GEOPOS k a b"},
		{"GeoSearch", func(e *encoder) {
			putGeoSearch(e, "k", FromMember("m"), ByRadius(200, Kilometers), []GeoSearchOption{CountAny(3), Desc})
		}, "GEOSEARCH k FROMMEMBER m BYRADIUS 200.0 km DESC COUNT 3 ANY"},
		{"GeoSearch", func(e *encoder) { putGeoSearch(e, "k", FromLonLat(15, 37.5), ByBox(4, 5, Feet), nil) }, "GEOSEARCH k FROMLONLAT 15.0 37.5 BYBOX 4.0 5.0 ft"},
		{"GeoSearchLocations", func(e *encoder) {
			putGeoSearchLocations(e, "k", FromMember("m"), ByRadius(1, Meters), []GeoLocationOption{WithHash, WithDist, WithCoord, Count(2), Asc})
		}, "GEOSEARCH k FROMMEMBER m BYRADIUS 1.0 m ASC COUNT 2 WITHCOORD WITHDIST WITHHASH"},
		{"GeoSearchPolygon", func(e *encoder) { putGeoSearchPolygon(e, "k", wirePolygon, []GeoSearchOption{Asc}) }, "GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 ASC"},
		{"GeoSearchPolygonLocations", func(e *encoder) { putGeoSearchPolygonLocations(e, "k", wirePolygon, []GeoLocationOption{WithDist}) },
			"GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 WITHDIST"},
		{"GeoSearchStore", func(e *encoder) {
			putGeoSearchStore(e, "d", "k", FromMember("m"), ByRadius(1, Meters), []GeoStoreOption{StoreDist, Count(2)})
		}, "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1.0 m COUNT 2 STOREDIST"},
		{"GeoSearchStorePolygon", func(e *encoder) { putGeoSearchStorePolygon(e, "d", "k", wirePolygon, nil) }, "GEOSEARCHSTORE d k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0"},
		{"GeoRadius", func(e *encoder) { putGeoRadius(e, "k", 15, 37, 200, Kilometers, []GeoSearchOption{Count(1)}) }, "GEORADIUS k 15.0 37.0 200.0 km COUNT 1"},
		{"GeoRadiusLocations", func(e *encoder) { putGeoRadiusLocations(e, "k", 15, 37, 200, Meters, []GeoLocationOption{WithCoord}) },
			"GEORADIUS k 15.0 37.0 200.0 m WITHCOORD"},
		{"GeoRadiusStore", func(e *encoder) { putGeoRadiusStore(e, "k", 15, 37, 200, Meters, "d", []GeoSearchOption{Asc}) },
			"GEORADIUS k 15.0 37.0 200.0 m ASC STORE d"},
		{"GeoRadiusStoreDist", func(e *encoder) { putGeoRadiusStoreDist(e, "k", 15, 37, 200, Meters, "d", nil) }, "GEORADIUS k 15.0 37.0 200.0 m STOREDIST d"},
		{"GeoRadiusByMember", func(e *encoder) { putGeoRadiusByMember(e, "k", "m", 200, Meters, nil) }, "GEORADIUSBYMEMBER k m 200.0 m"},
		{"GeoRadiusByMemberLocations", func(e *encoder) {
			putGeoRadiusByMemberLocations(e, "k", "m", 200, Meters, []GeoLocationOption{WithDist})
		}, "GEORADIUSBYMEMBER k m 200.0 m WITHDIST"},
		{"GeoRadiusByMemberStore", func(e *encoder) { putGeoRadiusByMemberStore(e, "k", "m", 200, Meters, "d", nil) }, "GEORADIUSBYMEMBER k m 200.0 m STORE d"},
		{"GeoRadiusByMemberStoreDist", func(e *encoder) { putGeoRadiusByMemberStoreDist(e, "k", "m", 200, Meters, "d", nil) },
			"GEORADIUSBYMEMBER k m 200.0 m STOREDIST d"},
		{"GeoRadiusRO", func(e *encoder) { putGeoRadiusRO(e, "k", 15, 37, 200, Meters, nil) }, "GEORADIUS_RO k 15.0 37.0 200.0 m"},
		{"GeoRadiusROLocations", func(e *encoder) { putGeoRadiusROLocations(e, "k", 15, 37, 200, Meters, []GeoLocationOption{WithHash}) },
			"GEORADIUS_RO k 15.0 37.0 200.0 m WITHHASH"},
		{"GeoRadiusByMemberRO", func(e *encoder) { putGeoRadiusByMemberRO(e, "k", "m", 200, Meters, nil) }, "GEORADIUSBYMEMBER_RO k m 200.0 m"},
		{"GeoRadiusByMemberROLocations", func(e *encoder) { putGeoRadiusByMemberROLocations(e, "k", "m", 200, Meters, nil) },
			"GEORADIUSBYMEMBER_RO k m 200.0 m"},

		{"XAdd", func(e *encoder) { putXAdd(e, "s", "*", []any{"f", 1, "g", "v"}, nil) }, "XADD s * f 1 g v"},
		{"XAdd", func(e *encoder) {
			putXAdd(e, "s", "5-1", []any{"f", 1}, []XAddOption{MaxLenApproxLimit(100, 0), IDMP("p", "i"), DelRef, NoMkStream})
		}, "XADD s NOMKSTREAM DELREF IDMP p i MAXLEN ~ 100 LIMIT 0 5-1 f 1"},
		{"XAdd", func(e *encoder) { putXAdd(e, "s", "*", []any{"f", 1}, []XAddOption{MaxLen(9), KeepRef, IDMPAuto("p")}) }, "XADD s KEEPREF IDMPAUTO p MAXLEN 9 * f 1"},
		{"XAdd", func(e *encoder) { putXAdd(e, "s", "*", []any{"f", 1}, []XAddOption{MaxLenApprox(9), Acked}) }, "XADD s ACKED MAXLEN ~ 9 * f 1"},
		{"XAdd", func(e *encoder) { putXAdd(e, "s", "*", []any{"f", 1}, []XAddOption{MinID("5-0")}) }, "XADD s MINID 5-0 * f 1"},
		{"XLen", func(e *encoder) { putXLen(e, "s") }, "XLEN s"},
		{"XRange", func(e *encoder) { putXRange(e, "s", "-", "(5-1", []CountOption{Count(7)}) }, "XRANGE s - (5-1 COUNT 7"},
		{"XRevRange", func(e *encoder) { putXRevRange(e, "s", "+", "-", nil) }, "XREVRANGE s + -"},
		{"XRead", func(e *encoder) { putXRead(e, wireStreams, nil) }, "XREAD STREAMS s t 0 5-1"},
		{"XRead", func(e *encoder) { putXRead(e, wireStreams, []XReadOption{MaxSize(99), Count(7), MaxCount(9)}) },
			"XREAD COUNT 7 MAXCOUNT 9 MAXSIZE 99 STREAMS s t 0 5-1"},
		{"XReadBlock", func(e *encoder) { putXReadBlock(e, time.Second, wireStreams, []XReadOption{Count(7)}) }, "XREAD BLOCK 1000 COUNT 7 STREAMS s t 0 5-1"},
		{"XReadGroup", func(e *encoder) {
			putXReadGroup(e, "g", "c", wireStreams, []XReadGroupOption{NoAck, ClaimIdle(time.Minute), Count(7), MaxCount(9), MaxSize(99)})
		}, "XREADGROUP GROUP g c COUNT 7 MAXCOUNT 9 MAXSIZE 99 CLAIM 60000 NOACK STREAMS s t 0 5-1"},
		{"XReadGroupBlock", func(e *encoder) { putXReadGroupBlock(e, 0, "g", "c", wireStreams, []XReadGroupOption{NoAck}) },
			"XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s t 0 5-1"},
		{"XDel", func(e *encoder) { putXDel(e, "s", wireIDs) }, "XDEL s 1-0 2-0"},
		{"XDelEx", func(e *encoder) { putXDelEx(e, "s", wireIDs, []XRefOption{Acked}) }, "XDELEX s ACKED IDS 2 1-0 2-0"},
		{"XTrim", func(e *encoder) { putXTrim(e, "s", MaxLen(9), nil) }, "XTRIM s MAXLEN 9"},
		{"XTrim", func(e *encoder) { putXTrim(e, "s", MaxLenApproxLimit(9, 5), []XRefOption{DelRef}) }, "XTRIM s MAXLEN ~ 9 LIMIT 5 DELREF"},
		{"XTrim", func(e *encoder) { putXTrim(e, "s", MinIDApprox("5-0"), nil) }, "XTRIM s MINID ~ 5-0"},
		{"XTrim", func(e *encoder) { putXTrim(e, "s", MinIDApproxLimit("5-0", 7), nil) }, "XTRIM s MINID ~ 5-0 LIMIT 7"},
		{"XAck", func(e *encoder) { putXAck(e, "s", "g", wireIDs) }, "XACK s g 1-0 2-0"},
		{"XAckDel", func(e *encoder) { putXAckDel(e, "s", "g", wireIDs, []XRefOption{KeepRef}) }, "XACKDEL s g KEEPREF IDS 2 1-0 2-0"},
		{"XNack", func(e *encoder) { putXNack(e, "s", "g", NackSilent, wireIDs, nil) }, "XNACK s g SILENT IDS 2 1-0 2-0"},
		{"XNack", func(e *encoder) { putXNack(e, "s", "g", NackFail, wireIDs, []XNackOption{Force, RetryCount(5)}) },
			"XNACK s g FAIL IDS 2 1-0 2-0 RETRYCOUNT 5 FORCE"},
		{"XNack", func(e *encoder) { putXNack(e, "s", "g", NackFatal, wireIDs[:1], nil) }, "XNACK s g FATAL IDS 1 1-0"},
		{"XClaim", func(e *encoder) {
			putXClaim(e, "s", "g", "c", time.Minute, wireIDs, []XClaimOption{LastID("9-0"), Force, RetryCount(2), Idle(time.Second)})
		}, "XCLAIM s g c 60000 1-0 2-0 IDLE 1000 RETRYCOUNT 2 FORCE LASTID 9-0"},
		{"XClaimJustID", func(e *encoder) {
			putXClaimJustID(e, "s", "g", "c", 0, wireIDs, []XClaimOption{LastDelivered(wireTime)})
		},
			"XCLAIM s g c 0 1-0 2-0 TIME 1700000000123 JUSTID"},
		{"XAutoClaim", func(e *encoder) { putXAutoClaim(e, "s", "g", "c", time.Minute, "0", []CountOption{Count(7)}) }, "XAUTOCLAIM s g c 60000 0 COUNT 7"},
		{"XAutoClaimJustID", func(e *encoder) { putXAutoClaimJustID(e, "s", "g", "c", 0, "0", nil) }, "XAUTOCLAIM s g c 0 0 JUSTID"},
		{"XPending", func(e *encoder) { putXPending(e, "s", "g") }, "XPENDING s g"},
		{"XPendingRange", func(e *encoder) { putXPendingRange(e, "s", "g", "-", "+", 10, []XPendingOption{Idle(time.Second)}) }, "XPENDING s g IDLE 1000 - + 10"},
		{"XPendingConsumer", func(e *encoder) { putXPendingConsumer(e, "s", "g", "c", "-", "+", 10, nil) }, "XPENDING s g - + 10 c"},
		{"XGroupCreate", func(e *encoder) { putXGroupCreate(e, "s", "g", "$", []XGroupCreateOption{EntriesRead(3), MkStream}) },
			"XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 3"},
		{"XGroupSetID", func(e *encoder) { putXGroupSetID(e, "s", "g", "0", []XGroupSetIDOption{EntriesRead(3)}) }, "XGROUP SETID s g 0 ENTRIESREAD 3"},
		{"XGroupDestroy", func(e *encoder) { putXGroupDestroy(e, "s", "g") }, "XGROUP DESTROY s g"},
		{"XGroupCreateConsumer", func(e *encoder) { putXGroupCreateConsumer(e, "s", "g", "c") }, "XGROUP CREATECONSUMER s g c"},
		{"XGroupDelConsumer", func(e *encoder) { putXGroupDelConsumer(e, "s", "g", "c") }, "XGROUP DELCONSUMER s g c"},
		{"XGroupHelp", func(e *encoder) { putXGroupHelp(e) }, "XGROUP HELP"},
		{"XInfoStream", func(e *encoder) { putXInfoStream(e, "s") }, "XINFO STREAM s"},
		{"XInfoStreamFull", func(e *encoder) { putXInfoStreamFull(e, "s", 0) }, "XINFO STREAM s FULL COUNT 0"},
		{"XInfoGroups", func(e *encoder) { putXInfoGroups(e, "s") }, "XINFO GROUPS s"},
		{"XInfoConsumers", func(e *encoder) { putXInfoConsumers(e, "s", "g") }, "XINFO CONSUMERS s g"},
		{"XInfoHelp", func(e *encoder) { putXInfoHelp(e) }, "XINFO HELP"},
		{"XSetID", func(e *encoder) { putXSetID(e, "s", "9-0", []XSetIDOption{MaxDeletedID("3-0"), EntriesAdded(5)}) }, "XSETID s 9-0 ENTRIESADDED 5 MAXDELETEDID 3-0"},
		{"XCfgSet", func(e *encoder) { putXCfgSet(e, "s", []XCfgSetOption{IDMPMaxSize(50), IDMPDuration(time.Minute)}) },
			"XCFGSET s IDMP-DURATION 60 IDMP-MAXSIZE 50"},

		{"ARSet", func(e *encoder) { putARSet(e, "k", 1<<64-2, []any{"a", 1}) }, "ARSET k 18446744073709551614 a 1"},
		{"ARMSet", func(e *encoder) { putARMSet(e, "k", []ArrayElement{{5, "a"}, {7, "b"}}) }, "ARMSET k 5 a 7 b"},
		{"ARGet", func(e *encoder) { putARGet(e, "k", 5) }, "ARGET k 5"},
		{"ARMGet", func(e *encoder) { putARMGet(e, "k", []uint64{5, 7}) }, "ARMGET k 5 7"},
		{"ARGetRange", func(e *encoder) { putARGetRange(e, "k", 5, 0) }, "ARGETRANGE k 5 0"},
		{"ARScan", func(e *encoder) { putARScan(e, "k", 0, 9, nil) }, "ARSCAN k 0 9"},
		{"ARScan", func(e *encoder) { putARScan(e, "k", 0, 9, []ARScanOption{AtMost(2)}) }, "ARSCAN k 0 9 LIMIT 2"},
		{"ARGrep", func(e *encoder) {
			putARGrep(e, "k", "-", "+", []ArrayPredicate{ArrayContains("x"), ArrayGlob("a*")}, []ARGrepOption{NoCase, AtMost(2), MatchAll})
		}, "ARGREP k - + MATCH x GLOB a* AND LIMIT 2 NOCASE"},
		{"ARGrepWithValues", func(e *encoder) {
			putARGrepWithValues(e, "k", 0, uint64(9), []ArrayPredicate{ArrayEquals("x"), ArrayRegexp("^a")}, nil)
		}, "ARGREP k 0 9 EXACT x RE ^a WITHVALUES"},
		{"ARDel", func(e *encoder) { putARDel(e, "k", []uint64{5, 7}) }, "ARDEL k 5 7"},
		{"ARDelRange", func(e *encoder) { putARDelRange(e, "k", []ArrayRange{{0, 2}, {9, 5}}) }, "ARDELRANGE k 0 2 9 5"},
		{"ARCount", func(e *encoder) { putARCount(e, "k") }, "ARCOUNT k"},
		{"ARLen", func(e *encoder) { putARLen(e, "k") }, "ARLEN k"},
		{"ARInfo", func(e *encoder) { putARInfo(e, "k") }, "ARINFO k"},
		{"ARInfoFull", func(e *encoder) { putARInfoFull(e, "k") }, "ARINFO k FULL"},
		{"ARNext", func(e *encoder) { putARNext(e, "k") }, "ARNEXT k"},
		{"ARSeek", func(e *encoder) { putARSeek(e, "k", 7) }, "ARSEEK k 7"},
		{"ARInsert", func(e *encoder) { putARInsert(e, "k", []any{"a", 1}) }, "ARINSERT k a 1"},
		{"ARRing", func(e *encoder) { putARRing(e, "k", 10, []any{"a", 1}) }, "ARRING k 10 a 1"},
		{"ARLastItems", func(e *encoder) { putARLastItems(e, "k", 3, []ARLastItemsOption{Rev}) }, "ARLASTITEMS k 3 REV"},
		{"AROpSum", func(e *encoder) { putAROpSum(e, "k", 0, 9) }, "AROP k 0 9 SUM"},
		{"AROpMin", func(e *encoder) { putAROpMin(e, "k", 0, 9) }, "AROP k 0 9 MIN"},
		{"AROpMax", func(e *encoder) { putAROpMax(e, "k", 0, 9) }, "AROP k 0 9 MAX"},
		{"AROpAnd", func(e *encoder) { putAROpAnd(e, "k", 0, 9) }, "AROP k 0 9 AND"},
		{"AROpOr", func(e *encoder) { putAROpOr(e, "k", 0, 9) }, "AROP k 0 9 OR"},
		{"AROpXor", func(e *encoder) { putAROpXor(e, "k", 0, 9) }, "AROP k 0 9 XOR"},
		{"AROpMatch", func(e *encoder) { putAROpMatch(e, "k", 0, 9, 1.5) }, "AROP k 0 9 MATCH 1.5"},
		{"AROpUsed", func(e *encoder) { putAROpUsed(e, "k", 0, 9) }, "AROP k 0 9 USED"},

		{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{IfEq("old")}) }, "SET k v IFEQ old"},
		{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{EX(time.Minute), IfNe("old")}) }, "SET k v IFNE old EX 60"},
		{"Set", func(e *encoder) { putSet(e, "k", "v", []SetOption{IfDEq("00ff")}) }, "SET k v IFDEQ 00ff"},
		{"SetGet", func(e *encoder) { putSetGet(e, "k", "v", []SetOption{IfDNe("00ff")}) }, "SET k v GET IFDNE 00ff"},
		{"DelEx", func(e *encoder) { putDelEx(e, "k", nil) }, "DELEX k"},
		{"DelEx", func(e *encoder) { putDelEx(e, "k", []DelExOption{IfDNe("00ff")}) }, "DELEX k IFDNE 00ff"},
		{"DelIfEq", func(e *encoder) { putDelIfEq(e, "k", 5) }, "DELIFEQ k 5"},
		{"Digest", func(e *encoder) { putDigest(e, "k") }, "DIGEST k"},
		{"IncrEx", func(e *encoder) { putIncrEx(e, "k", -1, nil) }, "INCREX k BYINT -1"},
		{"IncrEx", func(e *encoder) {
			putIncrEx(e, "k", 1, []IncrExOption{ENX, EX(time.Minute), Saturate, UpperBound(9), LowerBound(-9)})
		}, "INCREX k BYINT 1 LBOUND -9 UBOUND 9 SATURATE EX 60 ENX"},
		{"IncrExFloat", func(e *encoder) {
			putIncrExFloat(e, "k", 0.5, []IncrExFloatOption{Persist, FloatUpperBound(9), FloatLowerBound(-0.5)})
		}, "INCREX k BYFLOAT 0.5 LBOUND -0.5 UBOUND 9.0 PERSIST"},
		{"MSetEx", func(e *encoder) { putMSetEx(e, []any{"a", 1, "b", 2}, []MSetExOption{PX(time.Second), NX}) }, "MSETEX 2 a 1 b 2 NX PX 1000"},
		{"HGetDel", func(e *encoder) { putHGetDel(e, "h", wireKeys) }, "HGETDEL h FIELDS 2 a b"},
		{"HGetEx", func(e *encoder) { putHGetEx(e, "h", wireKeys, []GetExOption{Persist}) }, "HGETEX h PERSIST FIELDS 2 a b"},
		{"HSetEx", func(e *encoder) { putHSetEx(e, "h", []any{"f", 1, "g", 2}, []HSetExOption{KeepTTL, FNX}) }, "HSETEX h FNX KEEPTTL FIELDS 2 f 1 g 2"},
		{"HSetEx", func(e *encoder) { putHSetEx(e, "h", []any{"f", 1}, []HSetExOption{FXX, PXAT(wireTime)}) }, "HSETEX h FXX PXAT 1700000000123 FIELDS 1 f 1"},
		{"LMoveM", func(e *encoder) { putLMoveM(e, "a", "b", Left, Right, nil) }, "LMOVEM a b LEFT RIGHT"},
		{"LMoveM", func(e *encoder) { putLMoveM(e, "a", "b", Left, Right, []LMoveMOption{MoveUpTo(3, MoveOneByOne)}) }, "LMOVEM a b LEFT RIGHT COUNT 3 OBO"},
		{"BLMoveM", func(e *encoder) {
			putBLMoveM(e, "a", "b", Right, Left, 1500*time.Millisecond, []LMoveMOption{MoveExactly(2, MoveBulk)})
		}, "BLMOVEM a b RIGHT LEFT 1.5 EXACTLY 2 BULK"},
		{"SDiffCard", func(e *encoder) { putSDiffCard(e, wireKeys, []CardOption{CardLimit(5)}) }, "SDIFFCARD 2 a b LIMIT 5"},
		{"SUnionCard", func(e *encoder) { putSUnionCard(e, wireKeys, []SUnionCardOption{CardLimit(5), Approx}) }, "SUNIONCARD 2 a b APPROX LIMIT 5"},
		{"ZUnion", func(e *encoder) { putZUnion(e, wireKeys, []ZCombineOption{AggregateCount}) }, "ZUNION 2 a b AGGREGATE COUNT"},
		{"BitOp", func(e *encoder) { putBitOp(e, BitDiff, "d", wireKeys) }, "BITOP DIFF d a b"},
		{"BitOp", func(e *encoder) { putBitOp(e, BitDiff1, "d", wireKeys) }, "BITOP DIFF1 d a b"},
		{"BitOp", func(e *encoder) { putBitOp(e, BitAndOr, "d", wireKeys) }, "BITOP ANDOR d a b"},
		{"BitOp", func(e *encoder) { putBitOp(e, BitOne, "d", wireKeys) }, "BITOP ONE d a b"},
	}...)
}

// IDs and other words of the protocol are not translated by the client's text encoding; fields, members and groups are.
func TestStreamWordsAreNotTranslated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		put  func(e *encoder)
		want []string
	}{
		{"XDel", func(e *encoder) { putXDel(e, "s", wireIDs) }, []string{"XDEL", string(utf16("s")), "1-0", "2-0"}},
		{"XAckDel", func(e *encoder) { putXAckDel(e, "s", "g", wireIDs[:1], nil) },
			[]string{"XACKDEL", string(utf16("s")), string(utf16("g")), "IDS", "1", "1-0"}},
		{"XRead", func(e *encoder) { putXRead(e, wireStreams[:1], nil) }, []string{"XREAD", "STREAMS", string(utf16("s")), "0"}},
		{"XTrim", func(e *encoder) { putXTrim(e, "s", MinID("5-0"), nil) }, []string{"XTRIM", string(utf16("s")), "MINID", "5-0"}},
		{"GeoSearch", func(e *encoder) { putGeoSearch(e, "k", FromMember("m"), ByRadius(1, Miles), nil) },
			[]string{"GEOSEARCH", string(utf16("k")), "FROMMEMBER", string(utf16("m")), "BYRADIUS", "1.0", "mi"}},
	} {
		got, err := encoded(t, c.put, wide{})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q and %v, want %q", c.name, got, err, c.want)
		}
	}
}
