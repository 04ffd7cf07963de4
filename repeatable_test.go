package redpoll

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// methodNames are the names of the methods in the order of the table.
func methodNames(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "methods_gen.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST || len(names) > 0 {
			continue
		}
		for _, s := range g.Specs {
			names = append(names, strings.TrimPrefix(s.(*ast.ValueSpec).Names[0].Name, "m"))
		}
	}
	if len(names) != len(methods) {
		t.Fatalf("%d names for %d methods", len(names), len(methods))
	}
	return names
}

// methodCalled is the method with a name.
func methodCalled(t *testing.T, names []string, name string) *method {
	t.Helper()
	at := slices.Index(names, name)
	if at < 0 {
		t.Fatalf("there is no method %s", name)
	}
	return &methods[at]
}

// encodeCall encodes one call, and reports whether it is repeated after a lost reply when RetryWrites is set.
func encodeCall(t *testing.T, put func(p *Pipeline), text TextEncoding) (wire []byte, repeated bool) {
	t.Helper()
	p := &Pipeline{c: new(Client)}
	p.enc.Reset(nil, text)
	put(p)
	wire, err := p.enc.Finish()
	if err != nil {
		t.Fatal(fault(err))
	}
	return wire, !p.enc.Once && p.enc.Info.Retry != command.RetryNever
}

// dice makes arguments of random calls: few keys, members and numbers, so that they meet.
type dice struct {
	*rand.Rand
	now time.Time
}

func (d *dice) one(list ...string) string { return list[d.IntN(len(list))] }

// key is a key of a kind: three that mostly hold something of it, one that holds something else, one that is missing.
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

// at is a time in whole seconds that is not near.
func (d *dice) at() time.Time { return d.now.Truncate(time.Second).Add(d.span() + 30*time.Minute) }

// lifetime is an option that is not near its end.
func lifetime[T any](d *dice) []T {
	long := time.Duration(1+d.IntN(5)) * time.Hour
	all := []any{EX(long), PX(long), EXAT(d.at()), PXAT(d.at()), KeepTTL}
	return some[T](d, all...)
}

// some are none or one of several options, of those that have the type.
func some[T any](d *dice, all ...any) []T {
	if len(all) == 0 || d.IntN(2) == 0 {
		return nil
	}
	if o, ok := all[d.IntN(len(all))].(T); ok {
		return []T{o}
	}
	return nil
}

func (d *dice) scored() []Z {
	return listOf(d, func() Z { return Z{d.member(), float64(d.IntN(5))} })
}

func (d *dice) score() any { return d.one("-inf", "0", "(1", "2", "(3", "+inf") }

func (d *dice) lex() string { return d.one("-", "[m1", "(m2", "[m3", "+") }

func (d *dice) id() string { return d.one("0", "1-1", "2-1", "3-1", "4-1", "9-1") }

func (d *dice) ids() []string { return listOf(d, d.id) }

func (d *dice) point() GeoLocation {
	return GeoLocation{Member: d.member(), Longitude: float64(d.IntN(4)), Latitude: float64(d.IntN(4))}
}

func (d *dice) combine() []ZCombineOption {
	return some[ZCombineOption](d, AggregateMin, AggregateMax, AggregateSum)
}

// trim is what XTrim removes, exactly or about.
func (d *dice) trim() XTrimBy {
	n := int64(d.IntN(4))
	return []XTrimBy{MaxLen(n), MinID(d.id()), MaxLenApprox(n), MinIDApprox(d.id())}[d.IntN(4)]
}

func (d *dice) vector() Vector { return VectorValues(float64(1+d.IntN(3)), float64(d.IntN(3))) }

// A repeatCase makes random calls of a method, over keys of some kinds: see layOut.
type repeatCase struct {
	kinds string
	put   func(d *dice, p *Pipeline)
	looks string // at what else than keys it changes: a command of the server
}

// repeatCases have all repeatable methods that an ordinary server may know.
var repeatCases = map[string]repeatCase{
	"Set":    {"s", func(d *dice, p *Pipeline) { p.Set(d.key("s"), d.member(), lifetime[SetOption](d)...) }, ""},
	"SetEx":  {"s", func(d *dice, p *Pipeline) { p.SetEx(d.key("s"), time.Hour, d.member()) }, ""},
	"PSetEx": {"s", func(d *dice, p *Pipeline) { p.PSetEx(d.key("s"), time.Hour, d.member()) }, ""},
	"GetEx": {"s", func(d *dice, p *Pipeline) {
		p.GetEx(d.key("s"), some[GetExOption](d, Persist, EX(time.Hour), PXAT(d.at()))...)
	}, ""},
	"MSet": {"s", func(d *dice, p *Pipeline) { p.MSet(d.key("s"), d.member(), d.key("s"), d.member()) }, ""},
	"MSetEx": {"s", func(d *dice, p *Pipeline) {
		p.MSetEx([]any{d.key("s"), d.member(), d.key("s"), d.member()}, lifetime[MSetExOption](d)...)
	}, ""},
	"SetRange": {"s", func(d *dice, p *Pipeline) { p.SetRange(d.key("s"), int64(d.IntN(6)), d.one("", "x", "yz")) }, ""},
	"BitOp": {"s", func(d *dice, p *Pipeline) {
		if d.IntN(3) == 0 {
			p.BitOp(BitNot, d.key("s"), d.key("s"))
			return
		}
		p.BitOp([]BitOperation{BitAnd, BitOr, BitXor}[d.IntN(3)], d.key("s"), d.keys("s")...)
	}, ""},
	"Del":      {"se", func(d *dice, p *Pipeline) { p.Del(d.key("s"), d.key("e")) }, ""},
	"Unlink":   {"se", func(d *dice, p *Pipeline) { p.Unlink(d.key("s"), d.key("e")) }, ""},
	"Expire":   {"s", func(d *dice, p *Pipeline) { p.Expire(d.key("s"), d.span(), some[ExpireOption](d, NX, XX, GT, LT)...) }, ""},
	"ExpireIn": {"s", func(d *dice, p *Pipeline) { p.ExpireIn(d.key("s"), d.span(), some[ExpireOption](d, NX, XX, GT, LT)...) }, ""},
	"PExpire":  {"s", func(d *dice, p *Pipeline) { p.PExpire(d.key("s"), d.span(), some[ExpireOption](d, NX, XX, GT, LT)...) }, ""},
	"ExpireAt": {"s", func(d *dice, p *Pipeline) { p.ExpireAt(d.key("s"), d.at(), some[ExpireOption](d, NX, XX, GT, LT)...) }, ""},
	"PExpireAt": {"s", func(d *dice, p *Pipeline) {
		p.PExpireAt(d.key("s"), d.at(), some[ExpireOption](d, NX, XX, GT, LT)...)
	}, ""},
	"Persist": {"s", func(d *dice, p *Pipeline) { p.Persist(d.key("s")) }, ""},

	"HSet":  {"h", func(d *dice, p *Pipeline) { p.HSet(d.key("h"), d.pairs()...) }, ""},
	"HMSet": {"h", func(d *dice, p *Pipeline) { p.HMSet(d.key("h"), d.pairs()...) }, ""},
	"HDel":  {"h", func(d *dice, p *Pipeline) { p.HDel(d.key("h"), d.texts()...) }, ""},
	"HExpire": {"h", func(d *dice, p *Pipeline) {
		p.HExpire(d.key("h"), max(d.span(), 0), d.texts(), some[HExpireOption](d, NX, XX, GT, LT)...)
	}, ""},
	"HExpireIn": {"h", func(d *dice, p *Pipeline) {
		p.HExpireIn(d.key("h"), max(d.span(), 0), d.texts(), some[HExpireOption](d, NX, XX, GT, LT)...)
	}, ""},
	"HPExpire": {"h", func(d *dice, p *Pipeline) {
		p.HPExpire(d.key("h"), max(d.span(), 0), d.texts(), some[HExpireOption](d, NX, XX, GT, LT)...)
	}, ""},
	"HExpireAt":  {"h", func(d *dice, p *Pipeline) { p.HExpireAt(d.key("h"), d.at(), d.texts()) }, ""},
	"HPExpireAt": {"h", func(d *dice, p *Pipeline) { p.HPExpireAt(d.key("h"), d.at(), d.texts()) }, ""},
	"HPersist":   {"h", func(d *dice, p *Pipeline) { p.HPersist(d.key("h"), d.texts()...) }, ""},
	"HGetEx": {"h", func(d *dice, p *Pipeline) {
		p.HGetEx(d.key("h"), d.texts(), some[GetExOption](d, Persist, EX(time.Hour), PXAT(d.at()))...)
	}, ""},
	"HSetEx": {"h", func(d *dice, p *Pipeline) { p.HSetEx(d.key("h"), d.pairs(), lifetime[HSetExOption](d)...) }, ""},

	"PFAdd":   {"p", func(d *dice, p *Pipeline) { p.PFAdd(d.key("p"), d.members()...) }, ""},
	"PFMerge": {"p", func(d *dice, p *Pipeline) { p.PFMerge(d.key("p"), d.keys("p")...) }, ""},
	"LSet":    {"l", func(d *dice, p *Pipeline) { p.LSet(d.key("l"), int64(d.IntN(7)-3), d.member()) }, ""},

	"SAdd":        {"e", func(d *dice, p *Pipeline) { p.SAdd(d.key("e"), d.members()...) }, ""},
	"SRem":        {"e", func(d *dice, p *Pipeline) { p.SRem(d.key("e"), d.members()...) }, ""},
	"SDiffStore":  {"e", func(d *dice, p *Pipeline) { p.SDiffStore(d.key("e"), d.keys("e")...) }, ""},
	"SInterStore": {"e", func(d *dice, p *Pipeline) { p.SInterStore(d.key("e"), d.keys("e")...) }, ""},
	"SUnionStore": {"e", func(d *dice, p *Pipeline) { p.SUnionStore(d.key("e"), d.keys("e")...) }, ""},

	"ZAdd": {"z", func(d *dice, p *Pipeline) {
		p.ZAdd(d.key("z"), d.scored(), some[ZAddOption](d, NX, XX, GT, LT, CH)...)
	}, ""},
	"ZRem": {"z", func(d *dice, p *Pipeline) { p.ZRem(d.key("z"), d.texts()...) }, ""},
	"ZRangeStore": {"z", func(d *dice, p *Pipeline) {
		p.ZRangeStore(d.key("z"), d.key("z"), d.IntN(4)-2, d.IntN(4)-1, some[ZRangeOption](d, Rev, ByScore)...)
	}, ""},
	"ZRemRangeByLex":   {"z", func(d *dice, p *Pipeline) { p.ZRemRangeByLex(d.key("z"), d.lex(), d.lex()) }, ""},
	"ZRemRangeByScore": {"z", func(d *dice, p *Pipeline) { p.ZRemRangeByScore(d.key("z"), d.score(), d.score()) }, ""},
	"ZDiffStore":       {"z", func(d *dice, p *Pipeline) { p.ZDiffStore(d.key("z"), d.keys("z")...) }, ""},
	"ZInterStore":      {"z", func(d *dice, p *Pipeline) { p.ZInterStore(d.key("z"), d.keys("z"), d.combine()...) }, ""},
	"ZUnionStore":      {"z", func(d *dice, p *Pipeline) { p.ZUnionStore(d.key("z"), d.keys("z"), d.combine()...) }, ""},

	"GeoAdd": {"g", func(d *dice, p *Pipeline) {
		p.GeoAdd(d.key("g"), listOf(d, d.point), some[GeoAddOption](d, NX, XX, CH)...)
	}, ""},
	"GeoSearchStore": {"g", func(d *dice, p *Pipeline) {
		p.GeoSearchStore(d.key("g"), d.key("g"), FromMember(d.member()), ByRadius(float64(d.IntN(400)), Kilometers),
			some[GeoStoreOption](d, StoreDist, Count(2), CountAny(1), Desc)...)
	}, ""},
	"GeoSearchStorePolygon": {"g", func(d *dice, p *Pipeline) {
		p.GeoSearchStorePolygon(d.key("g"), d.key("g"), []GeoPoint{{-1, -1}, {-1, 2}, {2, 2}}, some[GeoStoreOption](d, StoreDist)...)
	}, ""},

	"GeoRadiusStore": {"g", func(d *dice, p *Pipeline) {
		p.GeoRadiusStore(d.key("g"), 1, 1, float64(d.IntN(400)), Kilometers, d.key("g"), some[GeoSearchOption](d, Count(2), Desc)...)
	}, ""},
	"GeoRadiusStoreDist": {"g", func(d *dice, p *Pipeline) {
		p.GeoRadiusStoreDist(d.key("g"), 1, 1, float64(d.IntN(400)), Kilometers, d.key("g"))
	}, ""},
	"GeoRadiusByMemberStore": {"g", func(d *dice, p *Pipeline) {
		p.GeoRadiusByMemberStore(d.key("g"), d.member(), float64(d.IntN(400)), Kilometers, d.key("g"))
	}, ""},
	"GeoRadiusByMemberStoreDist": {"g", func(d *dice, p *Pipeline) {
		p.GeoRadiusByMemberStoreDist(d.key("g"), d.member(), float64(d.IntN(400)), Kilometers, d.key("g"))
	}, ""},

	"XDel":                 {"x", func(d *dice, p *Pipeline) { p.XDel(d.key("x"), d.ids()...) }, ""},
	"XTrim":                {"x", func(d *dice, p *Pipeline) { p.XTrim(d.key("x"), d.trim()) }, ""},
	"XAck":                 {"x", func(d *dice, p *Pipeline) { p.XAck(d.key("x"), d.one("a", "b"), d.ids()...) }, ""},
	"XGroupSetID":          {"x", func(d *dice, p *Pipeline) { p.XGroupSetID(d.key("x"), d.one("a", "b"), d.one(d.id(), "$")) }, ""},
	"XGroupDestroy":        {"x", func(d *dice, p *Pipeline) { p.XGroupDestroy(d.key("x"), d.one("a", "b")) }, ""},
	"XGroupCreateConsumer": {"x", func(d *dice, p *Pipeline) { p.XGroupCreateConsumer(d.key("x"), "a", d.member()) }, ""},
	"XSetID": {"x", func(d *dice, p *Pipeline) {
		p.XSetID(d.key("x"), "9-9", some[XSetIDOption](d, EntriesAdded(20), EntriesAdded(30))...)
	}, ""},
	"XCfgSet": {"x", func(d *dice, p *Pipeline) { p.XCfgSet(d.key("x"), IDMPMaxSize(int64(1+d.IntN(50)))) }, ""},

	"VAdd": {"v", func(d *dice, p *Pipeline) {
		p.VAdd(d.key("v"), d.vector(), d.member(), some[VAddOption](d, CAS, SetAttr(`{"y":1}`))...)
	}, ""},
	"VAddReduced": {"v", func(d *dice, p *Pipeline) { p.VAddReduced(d.one("r0", "r1"), 1, d.vector(), d.member()) }, ""},
	"VRem":        {"v", func(d *dice, p *Pipeline) { p.VRem(d.key("v"), d.member()) }, ""},
	"VSetAttr":    {"v", func(d *dice, p *Pipeline) { p.VSetAttr(d.key("v"), d.member(), d.one(`{"y":2}`, "")) }, ""},

	"ScriptLoad":    {"", func(d *dice, p *Pipeline) { p.ScriptLoad("return " + d.one("1", "2")) }, "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db 7f923f79fe76194c868d7e1d0820de36700eb649"},
	"ScriptFlush":   {"", func(_ *dice, p *Pipeline) { p.ScriptFlush() }, "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db"},
	"FunctionFlush": {"", func(_ *dice, p *Pipeline) { p.FunctionFlush() }, "FUNCTION LIST"},
	"ConfigSet": {"", func(d *dice, p *Pipeline) {
		p.ConfigSet("maxmemory-samples", 1+d.IntN(9), "notify-keyspace-events", d.one("KEA", ""))
	}, "CONFIG GET maxmemory-samples notify-keyspace-events"},
	"ConfigResetStat": {"", func(_ *dice, p *Pipeline) { p.ConfigResetStat() }, ""},
	"ConfigRewrite":   {"", func(_ *dice, p *Pipeline) { p.ConfigRewrite() }, ""},
	"SlowLogReset":    {"", func(_ *dice, p *Pipeline) { p.SlowLogReset() }, "SLOWLOG LEN"},
	"CommandLogReset": {"", func(_ *dice, p *Pipeline) { p.CommandLogReset(CommandLogSlow) }, "COMMANDLOG LEN slow"},
	"LatencyReset":    {"", func(_ *dice, p *Pipeline) { p.LatencyReset() }, "LATENCY LATEST"},
	"MemoryPurge":     {"", func(_ *dice, p *Pipeline) { p.MemoryPurge() }, ""},
	"ACLLogReset":     {"", func(_ *dice, p *Pipeline) { p.ACLLogReset() }, "ACL LOG"},
}

// layOut are the commands that put something random at the keys of a kind.
func (d *dice) layOut(kinds string, vectors bool) (list [][]string) {
	add := func(words ...string) { list = append(list, words) }
	add("FLUSHDB")
	add("RPUSH", "other", "a")
	if strings.Contains(kinds, "l") {
		add("SET", "other", "a")
	}
	for _, kind := range strings.Split(kinds, "") {
		for i := range 3 {
			key := kind + strconv.Itoa(i)
			for range d.IntN(6) {
				n := strconv.Itoa(d.IntN(5))
				switch kind {
				case "s":
					add("SET", key, d.member()+n)
				case "h":
					add("HSET", key, d.member(), n)
				case "p":
					add("PFADD", key, d.member())
				case "l":
					add("RPUSH", key, d.member())
				case "e":
					add("SADD", key, d.member())
				case "z":
					add("ZADD", key, n, d.member())
				case "g":
					add("GEOADD", key, n, strconv.Itoa(d.IntN(4)), d.member())
				case "v":
					if vectors {
						add("VADD", key, "VALUES", "2", "1", n, d.member(), "SETATTR", `{"y":0}`)
					}
				}
			}
			if kind == "x" {
				add("XGROUP", "CREATE", key, "a", "0", "MKSTREAM")
				for n := range d.IntN(5) {
					add("XADD", key, strconv.Itoa(n+1)+"-1", "f", "v")
				}
				add("XREADGROUP", "GROUP", "a", "c", "COUNT", "2", "STREAMS", key, ">")
			}
			if d.IntN(3) == 0 && kind != "" {
				add("EXPIRE", key, "7200")
			}
		}
	}
	return list
}

// lookScript gives the server's time, and of each key what it holds, what of that has an expiry, and its own expiry. What a
// serialized value has beyond its meaning, such as the links of a vector set or the order of a hash, does not count.
const lookScript = `
local all, keys, now = {}, redis.call('KEYS', '*'), redis.call('TIME')
table.sort(keys)
for _, key in ipairs(keys) do
	local kind, holds, times = redis.call('TYPE', key).ok, {}, {redis.call('PEXPIRETIME', key)}
	if kind == 'hash' then
		local fields = redis.call('HKEYS', key)
		table.sort(fields)
		for _, f in ipairs(fields) do
			holds[#holds+1] = f
			holds[#holds+1] = redis.call('HGET', key, f)
			if ARGV[1] == '1' then
				times[#times+1] = redis.call('HPEXPIRETIME', key, 'FIELDS', 1, f)[1]
			end
		end
	elseif kind == 'set' then
		holds = redis.call('SMEMBERS', key)
		table.sort(holds)
	elseif kind == 'vectorset' then
		local members = redis.call('VRANDMEMBER', key, 1000)
		table.sort(members)
		for _, m in ipairs(members) do
			holds[#holds+1] = m
			for _, x in ipairs(redis.call('VEMB', key, m)) do
				holds[#holds+1] = tostring(x)
			end
			holds[#holds+1] = redis.call('VGETATTR', key, m) or ''
		end
	else
		holds[1] = redis.call('DUMP', key)
	end
	all[#all+1] = {key, kind, holds, times}
end
return {now[1] * 1000000 + now[2], all}`

// world is what there is on a server at some time.
type world struct {
	micros int64
	keys   []any // of key, kind, what it holds, its times
	looks  any
}

// same compares what was there after one execution and after two. A lifetime counts from the last one: what has an expiry
// may have one that is later, but by no more than the time between the look before the first execution and the last look.
func (w world) same(twice world, before int64) bool {
	if !reflect.DeepEqual(w.looks, twice.looks) || len(w.keys) != len(twice.keys) {
		return false
	}
	most := (twice.micros-before)/1000 + 1
	for i := range w.keys {
		one, two := w.keys[i].([]any), twice.keys[i].([]any)
		if !reflect.DeepEqual(one[:3], two[:3]) {
			return false
		}
		first, second := one[3].([]any), two[3].([]any)
		if len(first) != len(second) {
			return false
		}
		for j := range first {
			a, b := first[j].(int64), second[j].(int64)
			if a != b && (a < 0 || b < a || b-a > most) {
				return false
			}
		}
	}
	return true
}

// repeatServer runs calls on a server.
type repeatServer struct {
	t       *testing.T
	conn    *redpolltest.Conn
	times   string // "1" if fields of hashes have expiries
	vectors bool
}

func newRepeatServer(t *testing.T) *repeatServer {
	t.Helper()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"enable-debug-command local"}})
	s := &repeatServer{t: t, conn: redpolltest.Dial(t, srv.Addr()), times: "0"}
	if s.knows("HPEXPIRETIME") {
		s.times = "1"
	}
	s.vectors = s.knows("VADD")
	return s
}

// knows reports whether the server has a command.
func (s *repeatServer) knows(name string) bool {
	s.t.Helper()
	list, _ := s.run(redpolltest.AppendCommand(nil, "COMMAND", "INFO", strings.ReplaceAll(name, " ", "|"))).([]any)
	return len(list) == 1 && list[0] != nil
}

// run sends a command as it is encoded, and gives the reply.
func (s *repeatServer) run(wire []byte) any {
	s.t.Helper()
	if _, err := s.conn.Write(wire); err != nil {
		s.t.Fatal(err)
	}
	reply, err := s.conn.Reply()
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

// runAll runs commands, all of them in one write. Errors are as good as other replies: a random command may be one.
func (s *repeatServer) runAll(list [][]string) {
	s.t.Helper()
	var wire []byte
	for _, words := range list {
		wire = redpolltest.AppendCommand(wire, words...)
	}
	if _, err := s.conn.Write(wire); err != nil {
		s.t.Fatal(err)
	}
	for range list {
		if _, err := s.conn.Reply(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// look gives what is there.
func (s *repeatServer) look(also string) world {
	s.t.Helper()
	reply, ok := s.run(redpolltest.AppendCommand(nil, "EVAL", lookScript, "0", s.times)).([]any)
	if !ok {
		s.t.Fatalf("the server cannot be looked at: %v", reply)
	}
	w := world{micros: reply[0].(int64), keys: reply[1].([]any)}
	if also != "" {
		w.looks = s.run(redpolltest.AppendCommand(nil, strings.Fields(also)...))
	}
	return w
}

// twice runs a call twice, and says what is wrong with that: "" if the second execution left what there was, and its reply
// may stand for the first one.
func (s *repeatServer) twice(wire []byte, m *method, also string) (fault string, one any) {
	s.t.Helper()
	before := s.look(also)
	one = s.run(wire)
	after := s.look(also)
	two := s.run(wire)
	last := s.look(also)
	_, failed := one.(redpolltest.Error)
	_, fails := two.(redpolltest.Error)
	switch {
	case !after.same(last, before.micros):
		fault = fmt.Sprintf("a second execution changes something:\nfirst  %q %q\nsecond %q %q", after.keys, after.looks, last.keys, last.looks)
	case failed != fails:
		fault = fmt.Sprintf("the reply is %q, and that of a second execution %q", one, two)
	case !slices.Contains(countsAndFlags, float64(m.kind)) && !failed && !reflect.DeepEqual(one, two):
		fault = fmt.Sprintf("the data is %q, and that of a second execution %q", one, two)
	}
	return fault, one
}

// countsAndFlags are the kinds of replies that say what has changed: they may be those of the second execution. All others
// are data, and OK.
var countsAndFlags = []float64{kindInt, kindBool, kindInts, kindMarks}

const (
	repeatSeed   = 1
	repeatTrials = 60
)

// Calls that are repeated with RetryWrites leave the same state when they run twice, and answer with the same data, whatever
// their arguments are.
func TestRepeatedCallsLeaveTheSameState(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	names, s := methodNames(t), newRepeatServer(t)
	for i, name := range names {
		m := &methods[i]
		c, ok := repeatCases[name]
		if m.info().Retry != command.RetryRepeatable {
			if ok {
				t.Errorf("%s is not repeatable, and has a case", name)
			}
			continue
		}
		if !ok {
			if !slices.ContainsFunc(onceTests, func(o onceTest) bool { return o.method == name }) {
				t.Errorf("%s is repeatable, and has neither a case here nor a row in onceTests", name)
			}
			continue
		}
		if !s.knows(m.info().Name) {
			continue
		}
		h := fnv.New64()
		h.Write([]byte(name))
		d := &dice{rand.New(rand.NewPCG(repeatSeed, h.Sum64())), time.Now()}
		good, unknown := 0, false
		trials := repeatTrials
		if c.kinds == "" {
			trials = 5 // of what has hardly any arguments
		}
		for trial := range trials {
			s.runAll(d.layOut(c.kinds, s.vectors))
			wire, repeated := encodeCall(t, func(p *Pipeline) { c.put(d, p) }, nil)
			if !repeated {
				continue
			}
			fault, reply := s.twice(wire, m, c.looks)
			if fault != "" {
				t.Errorf("%s, seed %d, trial %d: %q is repeated, but %s", name, repeatSeed, trial, wire, fault)
				break
			}
			text, failed := reply.(redpolltest.Error)
			if !failed {
				good++
			}
			unknown = unknown || strings.Contains(string(text), "syntax error") // of words that only other servers know
		}
		if good == 0 && !unknown && !t.Failed() {
			t.Errorf("%s: no call succeeded and was one that is repeated", name)
		}
	}
}
