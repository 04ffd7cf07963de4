package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Geo, stream and array commands refuse these calls before anything is sent.
func TestRefusedStreamArguments(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	ids, pairs, tiny := []string{"1-0"}, []any{"f", "v"}, 500*time.Microsecond
	here, around := redpoll.FromMember("m"), redpoll.ByRadius(1, redpoll.Meters)
	corners := []redpoll.GeoPoint{{}, {Latitude: 1}}
	for _, c := range []struct {
		name  string
		err   error
		says  string
		names string
	}{
		{"no places", testkit.Err(rdb.GeoAdd(ctx, "g", nil)), "at least one", "GEOADD"},
		{"NX and XX", testkit.Err(rdb.GeoAdd(ctx, "g", sicily, redpoll.NX, redpoll.XX)), "exclude", "GEOADD"},
		{"no centre", testkit.Err(rdb.GeoSearch(ctx, "g", nil, around)), "from: is nil", "GEOSEARCH"},
		{"no shape", testkit.Err(rdb.GeoSearch(ctx, "g", here, nil)), "by: is nil", "GEOSEARCH"},
		{"no such unit", testkit.Err(rdb.GeoSearch(ctx, "g", here, redpoll.ByRadius(1, 9))),
			"none of its constants", "GEOSEARCH"},
		{"no unit of a distance", testkit.Err(rdb.GeoDist(ctx, "g", "a", "b", 9)), "none of its constants",
			"GEODIST"},
		{"Asc and Desc", testkit.Err(rdb.GeoSearch(ctx, "g", here, around, redpoll.Asc, redpoll.Desc)),
			"exclude", "GEOSEARCH"},
		{"Count and CountAny", testkit.Err(rdb.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1),
			redpoll.CountAny(1))), "exclude", "GEOSEARCH"},
		{"any of none", testkit.Err(rdb.GeoSearch(ctx, "g", here, around, redpoll.CountAny(0))), "at least 1",
			"GEOSEARCH"},
		{"two corners", testkit.Err(rdb.GeoSearchPolygon(ctx, "g", corners)), "three corners", "GEOSEARCH"},

		{"no fields", testkit.Err(rdb.XAdd(ctx, "s", "*", nil)), "at least one", "XADD"},
		{"odd fields", testkit.Err(rdb.XAdd(ctx, "s", "*", []any{"f"})), "without a value", "XADD"},
		{"two ways to trim",
			testkit.Err(rdb.XAdd(ctx, "s", "*", pairs, redpoll.MaxLen(1), redpoll.MinID("1"))), "exclude",
			"XADD"},
		{"two rules for references",
			testkit.Err(rdb.XAdd(ctx, "s", "*", pairs, redpoll.KeepRef, redpoll.DelRef)), "exclude", "XADD"},
		{"IDMP and IDMPAuto",
			testkit.Err(rdb.XAdd(ctx, "s", "*", pairs, redpoll.IDMP("p", "i"), redpoll.IDMPAuto("p"))),
			"exclude", "XADD"},
		{"IDMP with an ID", testkit.Err(rdb.XAdd(ctx, "s", "5-1", pairs, redpoll.IDMP("p", "i"))),
			`id: is "5-1"`, "XADD"},
		{"IDMPAuto with half an ID", testkit.Err(rdb.XAdd(ctx, "s", "5-*", pairs, redpoll.IDMPAuto("p"))),
			`id: is "5-*"`, "XADD"},
		{"negative length", testkit.Err(rdb.XAdd(ctx, "s", "*", pairs, redpoll.MaxLenApprox(-1))),
			"at least 0", "XADD"},
		{"nothing to trim by", testkit.Err(rdb.XTrim(ctx, "s", nil)), "is nil", "XTRIM"},
		{"no streams", testkit.Err(rdb.XRead(ctx, nil)), "at least one", "XREAD"},
		{"stream without ID", testkit.Err(rdb.XRead(ctx, from("s", ""))), "has no ID", "XREAD"},
		{"negative time-out", testkit.Err(rdb.XReadBlock(ctx, -1, from("s", "0"))), "negative", "XREAD"},
		{"count below 1", testkit.Err(rdb.XReadGroup(ctx, "g", "c", from("s", ">"), redpoll.Count(0))),
			"at least 1", "XREADGROUP"},
		{"negative ClaimIdle",
			testkit.Err(rdb.XReadGroup(ctx, "g", "c", from("s", ">"), redpoll.ClaimIdle(-1))), "negative",
			"XREADGROUP"},
		{"no IDs", testkit.Err(rdb.XAck(ctx, "s", "g")), "at least one", "XACK"},
		{"no IDs to delete", testkit.Err(rdb.XDelEx(ctx, "s", nil)), "at least one", "XDELEX"},
		{"no such mode", testkit.Err(rdb.XNack(ctx, "s", "g", 9, ids)), "none of its constants", "XNACK"},
		{"tiny idle time", testkit.Err(rdb.XClaim(ctx, "s", "g", "c", tiny, ids)), "milliseconds", "XCLAIM"},
		{"Idle and LastDelivered", testkit.Err(rdb.XClaim(ctx, "s", "g", "c", 0, ids, redpoll.XIdle(0),
			redpoll.LastDelivered(time.Now()))), "exclude", "XCLAIM"},
		{"count below -1", testkit.Err(rdb.XPendingRange(ctx, "s", "g", "-", "+", -2)), "at least -1",
			"XPENDING"},
		{"count of a consumer below -1", testkit.Err(rdb.XPendingConsumer(ctx, "s", "g", "c", "-", "+", -2)),
			"at least -1", "XPENDING"},
		{"negative idle time", testkit.Err(rdb.XAutoClaim(ctx, "s", "g", "c", -1, "0")), "negative",
			"XAUTOCLAIM"},
		{"no settings", rdb.XCfgSet(ctx, "s"), "at least one", "XCFGSET"},
		{"half a second", rdb.XCfgSet(ctx, "s", redpoll.IDMPDuration(tiny)), "whole", "XCFGSET"},

		{"no values", testkit.Err(rdb.ARSet(ctx, "k", 0)), "at least one", "ARSET"},
		{"no elements", testkit.Err(rdb.ARMSet(ctx, "k")), "at least one", "ARMSET"},
		{"no indexes", testkit.Err(rdb.ARMGet(ctx, "k")), "at least one", "ARMGET"},
		{"no ranges", testkit.Err(rdb.ARDelRange(ctx, "k")), "at least one", "ARDELRANGE"},
		{"no conditions", testkit.Err(rdb.ARGrep(ctx, "k", "-", "+", nil)), "at least one", "ARGREP"},
		{"an empty condition", testkit.Err(rdb.ARGrep(ctx, "k", "-", "+", make([]redpoll.ArrayPredicate, 1))),
			"ArrayEquals", "ARGREP"},
		{"at most none", testkit.Err(rdb.ARScan(ctx, "k", 0, 9, redpoll.AtMost(0))), "at least 1", "ARSCAN"},

		{"IfEq and NX", rdb.Set(ctx, "k", 1, redpoll.IfEq("a"), redpoll.NX), "exclude", "SET"},
		{"two conditions", testkit.Err(rdb.DelEx(ctx, "k", redpoll.IfEq("a"), redpoll.IfDEq("b"))), "exclude",
			"DELEX"},
		{"ENX without expiry", testkit.Err(rdb.IncrEx(ctx, "k", 1, redpoll.ENX)), "needs EX or PX", "INCREX"},
		{"ENX with Persist", testkit.Err(rdb.IncrExFloat(ctx, "k", 1, redpoll.ENX, redpoll.Persist)),
			"needs EX or PX", "INCREX"},
		{"NX and XX of a number", testkit.Err(rdb.IncrEx(ctx, "k", 1, redpoll.NX, redpoll.XX)), "exclude",
			"INCREX"},
		{"NX and XX of a fraction", testkit.Err(rdb.IncrExFloat(ctx, "k", 1, redpoll.XX, redpoll.NX)),
			"exclude", "INCREX"},
		{"odd pairs", testkit.Err(rdb.MSetEx(ctx, []any{"a"})), "without a value", "MSETEX"},
		{"no pairs", testkit.Err(rdb.HSetEx(ctx, "h", nil)), "at least one", "HSETEX"},
		{"FNX and FXX", testkit.Err(rdb.HSetEx(ctx, "h", pairs, redpoll.FNX, redpoll.FXX)), "exclude",
			"HSETEX"},
		{"NX and XX of a hash", testkit.Err(rdb.HSetEx(ctx, "h", pairs, redpoll.NX, redpoll.XX)), "exclude",
			"HSETEX"},
		{"exactly none", testkit.Err(rdb.LMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left,
			redpoll.MoveExactly(0, redpoll.MoveBulk))), "at least 1", "LMOVEM"},
		{"no such order",
			testkit.Err(rdb.LMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left, redpoll.MoveUpTo(1, 9))),
			"none of its constants", "LMOVEM"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	}
}
