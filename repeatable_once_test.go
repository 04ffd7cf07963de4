package redpoll

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// onceTest is a call, and whether it is repeated after a lost reply.
type onceTest struct {
	method   string
	put      func(p *Pipeline)
	repeated bool
}

func jsonDel(path string) func(p *Pipeline) { return func(p *Pipeline) { p.JSONDel("k", path) } }

func jsonSet(path string) func(p *Pipeline) { return func(p *Pipeline) { p.JSONSet("k", path, 1) } }

// onceTests are calls of methods whose commands few servers know, and of methods where it depends on the arguments.
var onceTests = []onceTest{
	// Names and wildcards find the same places after a removal, and what is gone is gone.
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
	{"JSONForget", func(p *Pipeline) { p.JSONForget("k", "$.a") }, true},
	{"JSONForget", func(p *Pipeline) { p.JSONForget("k", "$.a[0]") }, false},
	// What is set in an element leaves it where it is.
	{"JSONSet", jsonSet("$"), true},
	{"JSONSet", jsonSet("$.a[0]"), true},
	{"JSONSet", jsonSet("$.a[-2:]"), true},
	{"JSONSet", jsonSet("$.a.*"), true},
	{"JSONSet", jsonSet("$..a"), false},
	{"JSONSet", jsonSet("$.a[?(@.b==$.c)]"), false},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", "$", 1, NX) }, false},
	{"JSONSet", func(p *Pipeline) { p.JSONSet("k", "$", 1, FPHA(FP16)) }, true},
	{"JSONClear", func(p *Pipeline) { p.JSONClear("k", "$.a[0]") }, true},
	{"JSONClear", func(p *Pipeline) { p.JSONClear("k", "$..a") }, false},
	{"JSONMerge", func(p *Pipeline) { p.JSONMerge("k", "$.a", `{"b":1}`) }, true},
	{"JSONMerge", func(p *Pipeline) { p.JSONMerge("k", "$.a[0]", `{"b":1}`) }, false},
	{"JSONMerge", func(p *Pipeline) { p.JSONMerge("k", "$", `{"b":null}`) }, false},
	{"JSONMerge", func(p *Pipeline) { p.JSONMerge("k", "$.a", nil) }, false},
	{"JSONMSet", func(p *Pipeline) { p.JSONMSet(JSONEntry{"a", "$.x[0]", 1}, JSONEntry{"b", "$", 2}) }, true},
	{"JSONMSet", func(p *Pipeline) { p.JSONMSet(JSONEntry{"a", "$.x", "{}"}, JSONEntry{"a", "$.x.y", 2}) }, false},
	{"JSONMSet", func(p *Pipeline) { p.JSONMSet(JSONEntry{"a", "$", 1}, JSONEntry{"b", "$..x", 2}) }, false},
	{"JSONNumIncrBy", func(p *Pipeline) { p.JSONNumIncrBy("k", "$.a", 1) }, false},
	{"JSONToggle", func(p *Pipeline) { p.JSONToggle("k", "$.a") }, false},
	{"JSONArrPop", func(p *Pipeline) { p.JSONArrPop("k", "$.a", -1) }, false},
	{"JSONArrTrim", func(p *Pipeline) { p.JSONArrTrim("k", "$.a", 0, 1) }, false},

	{"ARSet", func(p *Pipeline) { p.ARSet("k", 1, "a") }, true},
	{"ARMSet", func(p *Pipeline) { p.ARMSet("k", ArrayElement{1, "a"}) }, true},
	{"ARDel", func(p *Pipeline) { p.ARDel("k", 1) }, true},
	{"ARDelRange", func(p *Pipeline) { p.ARDelRange("k", ArrayRange{1, 2}) }, true},
	{"ARSeek", func(p *Pipeline) { p.ARSeek("k", 1) }, true},
	{"ARInsert", func(p *Pipeline) { p.ARInsert("k", "a") }, false},
	{"BFAdd", func(p *Pipeline) { p.BFAdd("k", "a") }, true},
	{"BFMAdd", func(p *Pipeline) { p.BFMAdd("k", "a") }, true},
	{"BFInsert", func(p *Pipeline) { p.BFInsert("k", []any{"a"}, Capacity(5)) }, true},
	{"CFAdd", func(p *Pipeline) { p.CFAdd("k", "a") }, false},
	{"CFDel", func(p *Pipeline) { p.CFDel("k", "a") }, false},
	{"CMSIncrBy", func(p *Pipeline) { p.CMSIncrBy("k", ItemCount{"a", 1}) }, false},
	{"TopKAdd", func(p *Pipeline) { p.TopKAdd("k", "a") }, false},
	{"TDigestReset", func(p *Pipeline) { p.TDigestReset("k") }, true},
	{"TDigestAdd", func(p *Pipeline) { p.TDigestAdd("k", 1) }, false},
	{"TDigestMerge", func(p *Pipeline) { p.TDigestMerge("d", []string{"a"}, Override) }, false},
	{"TSAlter", func(p *Pipeline) { p.TSAlter("k", TSRetention(time.Hour)) }, true},
	{"TSDel", func(p *Pipeline) { p.TSDel("k", time.Time{}, time.Time{}) }, true},
	{"TSAdd", func(p *Pipeline) { p.TSAdd("k", time.UnixMilli(1), 1) }, false},
	{"TSIncrBy", func(p *Pipeline) { p.TSIncrBy("k", 1) }, false},
	{"TSRead", func(p *Pipeline) { p.TSRead("k", TSFromLast()) }, true},
	{"TSReadBlock", func(p *Pipeline) { p.TSReadBlock(time.Second, 1, "k", TSFromNew()) }, false},
	{"FTAliasUpdate", func(p *Pipeline) { p.FTAliasUpdate("a", "i") }, true},
	{"FTConfigSet", func(p *Pipeline) { p.FTConfigSet("TIMEOUT", 500) }, true},
	{"FTDictAdd", func(p *Pipeline) { p.FTDictAdd("d", "a") }, true},
	{"FTDictDel", func(p *Pipeline) { p.FTDictDel("d", "a") }, true},
	{"FTSugAdd", func(p *Pipeline) { p.FTSugAdd("k", "a", 1) }, false},
	{"FTSugDel", func(p *Pipeline) { p.FTSugDel("k", "a") }, true},
	{"FTSynUpdate", func(p *Pipeline) { p.FTSynUpdate("i", "g", []string{"a"}) }, true},
	{"FTAggregate", func(p *Pipeline) { p.FTAggregate("i", "*", FTAggregateOptions{}) }, true},
	{"FTAggregate", func(p *Pipeline) { p.FTAggregate("i", "*", FTAggregateOptions{WithCursor: true}) }, false},
	{"FTCursorRead", func(p *Pipeline) { p.FTCursorRead("i", 1) }, false},

	{"SDiffStore", func(p *Pipeline) { p.SDiffStore("d", "a", "b") }, true},
	{"SUnionStore", func(p *Pipeline) { p.SUnionStore("a", "a", "b") }, true},
	{"GeoRadius", func(p *Pipeline) { p.GeoRadius("k", 1, 1, 1, Meters) }, true},
	{"GeoRadiusStore", func(p *Pipeline) { p.GeoRadiusStore("k", 1, 1, 1, Meters, "d") }, true},
	{"SortStore", func(p *Pipeline) { p.SortStore("d", "k") }, false},
	{"Set", func(p *Pipeline) { p.Set("k", 1, EX(time.Hour)) }, true},
	{"GetEx", func(p *Pipeline) { p.GetEx("k") }, true},
	{"GetEx", func(p *Pipeline) { p.GetEx("k", Persist) }, true},
	{"HGetEx", func(p *Pipeline) { p.HGetEx("k", []string{"f"}, EX(time.Hour)) }, false},
	{"XTrim", func(p *Pipeline) { p.XTrim("k", MaxLen(1)) }, true},
	{"XTrim", func(p *Pipeline) { p.XTrim("k", MaxLen(1), Acked) }, false},
	{"XTrim", func(p *Pipeline) { p.XTrim("k", MaxLenApproxLimit(1, 10)) }, false},
	{"XTrim", func(p *Pipeline) { p.XTrim("k", MinIDApproxLimit("1", 10)) }, false},
	{"XReadBlock", func(p *Pipeline) { p.XReadBlock(0, []StreamFrom{{"k", "0"}}) }, true},
	{"XReadBlock", func(p *Pipeline) { p.XReadBlock(0, []StreamFrom{{"k", "0"}, {"l", "$"}}) }, false},
}

// Whether a call is repeated depends on its arguments.
func TestRepeatsDependOnArguments(t *testing.T) {
	t.Parallel()
	names := methodNames(t)
	for _, c := range onceTests {
		m := methodCalled(t, names, c.method)
		wire, repeated := encodeCall(t, c.put, nil)
		if !strings.HasPrefix(string(wire[strings.IndexByte(string(wire), '\n'):]), m.head[strings.IndexByte(m.head, '\n'):]) {
			t.Errorf("%q is no call of %s", wire, c.method)
		}
		if repeated != c.repeated {
			t.Errorf("%q: repeated is %v", wire, repeated)
		}
	}
}

// question is a text encoding that has no form for some characters.
type question struct{}

func (question) AppendEncode(dst []byte, s string) ([]byte, error) {
	return append(dst, strings.NewReplacer("ä", "?", "ö", "?").Replace(s)...), nil
}

func (question) AppendDecode(dst, raw []byte) ([]byte, error) { return append(dst, raw...), nil }

// Keys are the same if they are on the wire.
func TestSourcesAreComparedAsTheyAreSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		put      func(p *Pipeline)
		repeated bool
	}{
		{func(p *Pipeline) { p.SDiffStore("ä", "a", "ö") }, false},
		{func(p *Pipeline) { p.SDiffStore("ä", "a", "b") }, true},
		{func(p *Pipeline) { p.JSONMSet(JSONEntry{"ä", "$", 1}, JSONEntry{"ö", "$.a", 2}) }, false},
		{func(p *Pipeline) { p.JSONMSet(JSONEntry{"ä", "$", 1}) }, true},
	} {
		if wire, repeated := encodeCall(t, c.put, question{}); repeated != c.repeated {
			t.Errorf("%q: repeated is %v", wire, repeated)
		}
	}
}

// Do does not look at arguments: it repeats what reads whatever they are, and no write.
func TestDoRepeatsOnlyReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words    string
		repeated bool
	}{
		{"GET k", true},
		{"ZRANGE k 0 -1", true},
		{"CONFIG GET *", true},
		{"SET k v", false},
		{"DEL k", false},
		{"SDIFFSTORE d a b", false},
		{"SORT k STORE k", false},
		{"SORT k", false},
		{"GEORADIUS k 1 2 3 km STORE k", false},
		{"ACL LOG RESET", false},
		{"ACL LOG", false},
		{"ACL LIST", true},
		{"XREAD BLOCK 0 STREAMS k $", false},
		{"TS.READ k $ BLOCK 0 1", false},
		{"FT.AGGREGATE i * WITHCURSOR", false},
		{"FT.SEARCH i *", true},
		{"FT.CURSOR READ i 1", false},
		{"NOSUCH k", false},
	} {
		var args []any
		for _, w := range strings.Fields(c.words) {
			args = append(args, w)
		}
		words, info, err := commandWords(args)
		if err != nil {
			t.Fatal(err)
		}
		p := &Pipeline{c: new(Client)}
		p.encodeWords(words, info, args)
		if repeated := !p.enc.Once && info.Retry != command.RetryNever; repeated != c.repeated {
			t.Errorf("%s: repeated is %v", c.words, repeated)
		}
	}
}

// onceWorks are calls that are not repeated with these arguments, although their methods are repeatable, and the reason: a
// server where a second execution shows.
var onceWorks = []struct {
	method string
	before string // commands, each in a line
	put    func(p *Pipeline)
}{
	{"SDiffStore", "SADD a 1 2 3\nSADD b 2", func(p *Pipeline) { p.SDiffStore("b", "a", "b") }},
	{"ZDiffStore", "ZADD a 1 1 2 2 3 3\nZADD b 2 2", func(p *Pipeline) { p.ZDiffStore("b", "a", "b") }},
	{"ZInterStore", "ZADD a 1 m\nZADD b 1 m", func(p *Pipeline) { p.ZInterStore("a", []string{"a", "b"}) }},
	{"ZUnionStore", "ZADD a 1 m\nZADD b 1 m", func(p *Pipeline) { p.ZUnionStore("a", []string{"a", "b"}) }},
	{"ZRangeStore", "ZADD a 1 m 2 n 3 o", func(p *Pipeline) { p.ZRangeStore("a", "a", 1, 2) }},
	{"GeoSearchStore", "GEOADD a 1 1 m 1.1 1 n", func(p *Pipeline) {
		p.GeoSearchStore("a", "a", FromMember("m"), ByRadius(100, Kilometers), StoreDist)
	}},
	{"GeoRadiusStoreDist", "GEOADD a 1 1 m 1.1 1 n", func(p *Pipeline) { p.GeoRadiusStoreDist("a", 1, 1, 100, Kilometers, "a") }},
	{"BitOp", "SET a abc\nSET b xyz", func(p *Pipeline) { p.BitOp(BitXor, "a", "a", "b") }},
	{"BitOp", "SET a abc", func(p *Pipeline) { p.BitOp(BitNot, "a", "a") }},
	{"XTrim", "CONFIG SET stream-node-max-entries 1\n" + strings.Repeat("XADD x * f v\n", 250), func(p *Pipeline) {
		p.XTrim("x", MaxLenApprox(0))
	}},
	{"XTrim", "CONFIG SET stream-node-max-entries 1\n" + strings.Repeat("XADD x * f v\n", 250), func(p *Pipeline) {
		p.XTrim("x", MinIDApprox("99999999999999-0"))
	}},
	{"GetEx", "SET s v", func(p *Pipeline) { p.GetEx("s", PXAT(time.UnixMilli(1))) }},
	{"Set", "DEL s", func(p *Pipeline) { p.Set("s", "v", NX) }},
}

// What is not repeated because of its arguments is not for nothing: a second execution changes something, or hides the data.
func TestArgumentsThatForbidRepeats(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	names, s := methodNames(t), newRepeatServer(t)
	for i, c := range onceWorks {
		t.Run(c.method+" "+strconv.Itoa(i), func(t *testing.T) {
			m := methodCalled(t, names, c.method)
			list := [][]string{{"FLUSHALL"}}
			for line := range strings.Lines(c.before) {
				list = append(list, strings.Fields(line))
			}
			s.runAll(slices.DeleteFunc(list, func(words []string) bool { return len(words) == 0 }))
			wire, repeated := encodeCall(t, c.put, nil)
			if repeated {
				t.Errorf("%q is repeated", wire)
			}
			if m.info().Retry != command.RetryRepeatable {
				t.Errorf("%s is never repeated", c.method)
			}
			fault, one := s.twice(wire, m, "")
			if fault == "" {
				t.Errorf("%q may run twice: %q", wire, one)
			}
		})
	}
}
