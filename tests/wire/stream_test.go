package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

var (
	streams = []redpoll.StreamFrom{{Key: "s", ID: "0"}, {Key: "t", ID: "5-1"}}
	ids     = []string{"1-0", "2-0"}
)

// streamRows are the calls of methods for streams.
var streamRows = []row{
	{"XAdd", func(p *redpoll.Pipeline) { p.XAdd("s", "*", []any{"f", 1, "g", "v"}) }, "XADD s * f 1 g v"},
	{"XAdd", func(p *redpoll.Pipeline) {
		p.XAdd("s", "*", []any{"f", 1}, redpoll.MaxLenApproxLimit(100, 0), redpoll.IDMP("p", "i"),
			redpoll.DelRef, redpoll.NoMkStream)
	}, "XADD s NOMKSTREAM DELREF IDMP p i MAXLEN ~ 100 LIMIT 0 * f 1"},
	{"XAdd", func(p *redpoll.Pipeline) {
		p.XAdd("s", "5-1", []any{"f", 1}, redpoll.MinIDApproxLimit("2", 0), redpoll.Acked)
	}, "XADD s ACKED MINID ~ 2 LIMIT 0 5-1 f 1"},
	{"XAdd", func(p *redpoll.Pipeline) {
		p.XAdd("s", "*", []any{"f", 1}, redpoll.MaxLen(9), redpoll.KeepRef, redpoll.IDMPAuto("p"))
	}, "XADD s KEEPREF IDMPAUTO p MAXLEN 9 * f 1"},
	{"XAdd", func(p *redpoll.Pipeline) {
		p.XAdd("s", "*", []any{"f", 1}, redpoll.MaxLenApprox(9), redpoll.Acked)
	}, "XADD s ACKED MAXLEN ~ 9 * f 1"},
	{"XAdd", func(p *redpoll.Pipeline) {
		p.XAdd("s", "*", []any{"f", 1}, redpoll.MinID("5-0"))
	}, "XADD s MINID 5-0 * f 1"},
	{"XLen", func(p *redpoll.Pipeline) { p.XLen("s") }, "XLEN s"},
	{"XRange", func(p *redpoll.Pipeline) {
		p.XRange("s", "-", "(5-1", redpoll.Count(7))
	}, "XRANGE s - (5-1 COUNT 7"},
	{"XRevRange", func(p *redpoll.Pipeline) { p.XRevRange("s", "+", "-") }, "XREVRANGE s + -"},
	{"XRead", func(p *redpoll.Pipeline) { p.XRead(streams) }, "XREAD STREAMS s t 0 5-1"},
	{"XRead", func(p *redpoll.Pipeline) {
		p.XRead(streams, redpoll.MaxSize(99), redpoll.Count(7), redpoll.MaxCount(9))
	}, "XREAD COUNT 7 MAXCOUNT 9 MAXSIZE 99 STREAMS s t 0 5-1"},
	{"XReadBlock", func(p *redpoll.Pipeline) {
		p.XReadBlock(time.Second, streams, redpoll.Count(7))
	}, "XREAD BLOCK 1000 COUNT 7 STREAMS s t 0 5-1"},
	{"XReadGroup", func(p *redpoll.Pipeline) {
		p.XReadGroup("g", "c", streams, redpoll.NoAck, redpoll.ClaimIdle(time.Minute), redpoll.Count(7),
			redpoll.MaxCount(9), redpoll.MaxSize(99))
	}, "XREADGROUP GROUP g c COUNT 7 MAXCOUNT 9 MAXSIZE 99 CLAIM 60000 NOACK STREAMS s t 0 5-1"},
	{"XReadGroupBlock", func(p *redpoll.Pipeline) {
		p.XReadGroupBlock(0, "g", "c", streams, redpoll.NoAck)
	}, "XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s t 0 5-1"},
	{"XDel", func(p *redpoll.Pipeline) { p.XDel("s", ids...) }, "XDEL s 1-0 2-0"},
	{"XDelEx", func(p *redpoll.Pipeline) {
		p.XDelEx("s", ids, redpoll.Acked)
	}, "XDELEX s ACKED IDS 2 1-0 2-0"},
	{"XTrim", func(p *redpoll.Pipeline) { p.XTrim("s", redpoll.MaxLen(9)) }, "XTRIM s MAXLEN 9"},
	{"XTrim", func(p *redpoll.Pipeline) {
		p.XTrim("s", redpoll.MaxLenApproxLimit(9, 5), redpoll.DelRef)
	}, "XTRIM s MAXLEN ~ 9 LIMIT 5 DELREF"},
	{"XTrim", func(p *redpoll.Pipeline) { p.XTrim("s", redpoll.MinIDApprox("5-0")) }, "XTRIM s MINID ~ 5-0"},
	{"XTrim", func(p *redpoll.Pipeline) {
		p.XTrim("s", redpoll.MinIDApproxLimit("5-0", 7))
	}, "XTRIM s MINID ~ 5-0 LIMIT 7"},
	{"XAck", func(p *redpoll.Pipeline) { p.XAck("s", "g", ids...) }, "XACK s g 1-0 2-0"},
	{"XAckDel", func(p *redpoll.Pipeline) {
		p.XAckDel("s", "g", ids, redpoll.KeepRef)
	}, "XACKDEL s g KEEPREF IDS 2 1-0 2-0"},
	{"XNack", func(p *redpoll.Pipeline) {
		p.XNack("s", "g", redpoll.NackSilent, ids)
	}, "XNACK s g SILENT IDS 2 1-0 2-0"},
	{"XNack", func(p *redpoll.Pipeline) {
		p.XNack("s", "g", redpoll.NackFail, ids, redpoll.Force, redpoll.RetryCount(5))
	}, "XNACK s g FAIL IDS 2 1-0 2-0 RETRYCOUNT 5 FORCE"},
	{"XNack", func(p *redpoll.Pipeline) {
		p.XNack("s", "g", redpoll.NackFatal, ids[:1])
	}, "XNACK s g FATAL IDS 1 1-0"},
	{"XClaim", func(p *redpoll.Pipeline) {
		p.XClaim("s", "g", "c", time.Minute, ids, redpoll.LastID("9-0"), redpoll.Force, redpoll.RetryCount(2),
			redpoll.XIdle(time.Second))
	}, "XCLAIM s g c 60000 1-0 2-0 IDLE 1000 RETRYCOUNT 2 FORCE LASTID 9-0"},
	{"XClaimJustID", func(p *redpoll.Pipeline) {
		p.XClaimJustID("s", "g", "c", 0, ids, redpoll.LastDelivered(moment))
	}, "XCLAIM s g c 0 1-0 2-0 TIME 1700000000123 JUSTID"},
	{"XAutoClaim", func(p *redpoll.Pipeline) {
		p.XAutoClaim("s", "g", "c", time.Minute, "0", redpoll.Count(7))
	}, "XAUTOCLAIM s g c 60000 0 COUNT 7"},
	{"XAutoClaimJustID", func(p *redpoll.Pipeline) {
		p.XAutoClaimJustID("s", "g", "c", 0, "0")
	}, "XAUTOCLAIM s g c 0 0 JUSTID"},
	{"XPending", func(p *redpoll.Pipeline) { p.XPending("s", "g") }, "XPENDING s g"},
	{"XPendingRange", func(p *redpoll.Pipeline) {
		p.XPendingRange("s", "g", "-", "+", 10, redpoll.XIdle(time.Second))
	}, "XPENDING s g IDLE 1000 - + 10"},
	{"XPendingRange", func(p *redpoll.Pipeline) {
		p.XPendingRange("s", "g", "-", "+", -1)
	}, "XPENDING s g - + -1"},
	{"XPendingConsumer", func(p *redpoll.Pipeline) {
		p.XPendingConsumer("s", "g", "c", "-", "+", 10)
	}, "XPENDING s g - + 10 c"},
	{"XGroupCreate", func(p *redpoll.Pipeline) {
		p.XGroupCreate("s", "g", "$", redpoll.EntriesRead(3), redpoll.MkStream)
	}, "XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 3"},
	{"XGroupSetID", func(p *redpoll.Pipeline) {
		p.XGroupSetID("s", "g", "0", redpoll.EntriesRead(3))
	}, "XGROUP SETID s g 0 ENTRIESREAD 3"},
	{"XGroupDestroy", func(p *redpoll.Pipeline) { p.XGroupDestroy("s", "g") }, "XGROUP DESTROY s g"},
	{"XGroupCreateConsumer", func(p *redpoll.Pipeline) {
		p.XGroupCreateConsumer("s", "g", "c")
	}, "XGROUP CREATECONSUMER s g c"},
	{"XGroupDelConsumer", func(p *redpoll.Pipeline) {
		p.XGroupDelConsumer("s", "g", "c")
	}, "XGROUP DELCONSUMER s g c"},
	{"XGroupHelp", func(p *redpoll.Pipeline) { p.XGroupHelp() }, "XGROUP HELP"},
	{"XInfoStream", func(p *redpoll.Pipeline) { p.XInfoStream("s") }, "XINFO STREAM s"},
	{"XInfoStreamFull", func(p *redpoll.Pipeline) {
		p.XInfoStreamFull("s", 0)
	}, "XINFO STREAM s FULL COUNT 0"},
	{"XInfoGroups", func(p *redpoll.Pipeline) { p.XInfoGroups("s") }, "XINFO GROUPS s"},
	{"XInfoConsumers", func(p *redpoll.Pipeline) { p.XInfoConsumers("s", "g") }, "XINFO CONSUMERS s g"},
	{"XInfoHelp", func(p *redpoll.Pipeline) { p.XInfoHelp() }, "XINFO HELP"},
	{"XSetID", func(p *redpoll.Pipeline) {
		p.XSetID("s", "9-0", redpoll.MaxDeletedID("3-0"), redpoll.EntriesAdded(5))
	}, "XSETID s 9-0 ENTRIESADDED 5 MAXDELETEDID 3-0"},
	{"XCfgSet", func(p *redpoll.Pipeline) {
		p.XCfgSet("s", redpoll.IDMPMaxSize(50), redpoll.IDMPDuration(time.Minute))
	}, "XCFGSET s IDMP-DURATION 60 IDMP-MAXSIZE 50"},
}
