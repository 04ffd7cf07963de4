package python_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// pyCall is one call in both libraries: the method and arguments of redis-py, and those of redpoll.
type pyCall struct {
	method   string
	args     []any
	keywords pyKeywords
	name     string
	own      []any
}

// pyFloat and pyDict are arguments that JSON cannot express.
type pyFloat float64

func (f pyFloat) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"float": strconv.FormatFloat(float64(f), 'g', -1, 64)})
}

type pyDict []any // keys and values in turn

func (d pyDict) MarshalJSON() ([]byte, error) {
	pairs := make([][]any, 0, len(d)/2)
	for pair := range slices.Chunk(d, 2) {
		pairs = append(pairs, []any{pair[0], sent(pair[1])})
	}
	return json.Marshal(map[string]any{"dict": pairs})
}

// The same calls of both libraries, each on its own database, have the same replies and leave the same data.
func TestCallsAsRedisPy(t *testing.T) {
	t.Parallel()
	seed, err := strconv.ParseUint(os.Getenv("REDPOLL_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("the calls are those of REDPOLL_SEED=%d", seed)
	began := time.Now()
	mine, theirs := clients.NewTest(t, redpoll.Options{}), clients.NewTest(t, redpoll.Options{})
	p := newRedisPy(t, theirs.Server, "utf-8")
	random := pyCalls{rand.New(rand.NewPCG(seed, 0))}
	for round := range 5 {
		calls := random.all()
		random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		for _, c := range calls {
			args := make([]any, len(c.args))
			for i, a := range c.args {
				args[i] = sent(a)
			}
			want := p.do("call", c.method, c.keywords, args...)
			got, err := clients.CallMethod(t, mine.Client, c.name, c.own)
			if !sameAsPython(got, err, want) {
				t.Errorf("round %d: %s %v gives %v, %v; redis-py's %s %v %v %v %s %s", round, c.name, c.own,
					got, err, c.method, c.args, c.keywords, want.value, want.class, want.text)
			}
		}
	}
	names := func(t *clients.Test) []string {
		list, err := t.Client.Keys(ctx, "*")
		t.OK(err)
		slices.Sort(list)
		return list
	}
	keys := names(mine)
	if other := names(theirs); len(keys) == 0 || !slices.Equal(keys, other) {
		t.Errorf("the keys are %q, of redis-py %q", keys, other)
	}
	for _, key := range keys {
		for _, command := range []string{"TYPE", "DUMP"} {
			if got, want := mine.Server.Do(command, key), theirs.Server.Do(command, key); got != want {
				t.Errorf("%s of %s is %q, of redis-py %q", command, key, got, want)
			}
		}
		left, want := mine.Server.Do("PTTL", key).(int64), theirs.Server.Do("PTTL", key).(int64)
		apart := time.Duration(left-want) * time.Millisecond
		if (left < 0) != (want < 0) || apart.Abs() > time.Since(began) {
			t.Errorf("the time left of %s is %d, of redis-py %d", key, left, want)
		}
	}
}

// sameAsPython compares a result with the one of redis-py, where None is Nil, and True can be 1 or success.
func sameAsPython(got any, err error, want pyAnswer) bool {
	var se *redpoll.ServerError
	var de *redpoll.DataError
	switch {
	case errors.As(err, &se):
		text := se.Message
		if se.Code != "ERR" {
			text = se.Code + " " + text
		}
		return want.class == "ResponseError" && want.text == text
	case errors.As(err, &de):
		// Missing arguments are found by the client in redpoll, and by the server with redis-py.
		return want.class == "DataError" ||
			want.class == "ResponseError" && strings.Contains(want.text, "wrong number of arguments")
	case errors.Is(err, redpoll.Nil):
		return want.class == "" && want.value == nil
	case err != nil || want.class != "":
		return false
	}
	if got == nil {
		got = true // the only success is OK, which redis-py returns as True
	}
	if list, ok := got.([]string); ok && want.unordered {
		slices.Sort(list)
	}
	if truth, ok := want.value.(bool); ok {
		want.value = plain(truth)
	}
	return reflect.DeepEqual(plain(got), want.value)
}

// plain returns a value in the form in which JSON delivers values of Python.
func plain(v any) any {
	switch v := v.(type) {
	case string:
		text, _ := redpoll.Latin1.AppendDecode(nil, []byte(v)) // Latin-1 never fails
		return string(text)
	case bool:
		if v {
			return 1.0
		}
		return 0.0
	case int64:
		return float64(v)
	case redpoll.Null[string]:
		if !v.Valid {
			return nil
		}
		return plain(v.V)
	case redpoll.Null[int64]:
		return float64(v.V)
	case redpoll.Z:
		return []any{plain(v.Member), v.Score}
	case redpoll.StreamEntry:
		fields := make([][]any, 0, len(v.Fields))
		for _, f := range v.Fields {
			fields = append(fields, []any{f.Field, f.Value})
		}
		return []any{v.ID, plain(fields)}
	case map[string]string:
		pairs := make([][]any, 0, len(v))
		for key, value := range v {
			pairs = append(pairs, []any{key, value})
		}
		slices.SortFunc(pairs, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
		return plain(pairs)
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice {
		return v
	}
	list := make([]any, 0, r.Len())
	for i := range r.Len() {
		list = append(list, plain(r.Index(i).Interface()))
	}
	return list
}

// pyCalls makes calls with random arguments.
type pyCalls struct{ *rand.Rand }

// key returns a key of a family, and sometimes a key of another one.
func (r pyCalls) key(family string) string {
	if r.IntN(20) == 0 {
		family = r.one("s", "h", "l", "set", "z")
	}
	return family + strconv.Itoa(r.IntN(3))
}

func (r pyCalls) one(of ...string) string { return of[r.IntN(len(of))] }
func (r pyCalls) word() string            { return r.one("a", "b", "c", "dé", "", "7") }
func (r pyCalls) int() int                { return r.IntN(12) - 6 }
func (r pyCalls) bit() int                { return r.IntN(2) }
func (r pyCalls) float() float64          { return float64(r.IntN(4000)-2000) / 16 }

func (r pyCalls) value() any {
	switch r.IntN(4) {
	case 0:
		return r.IntN(2000) - 1000
	case 1:
		return r.float()
	}
	return r.word()
}

// all returns one call of each kind.
func (r pyCalls) all() []pyCall {
	s, t, h, l, m := r.key("s"), r.key("s"), r.key("h"), r.key("l"), r.key("l")
	set, group, z, y := r.key("set"), r.key("set"), r.key("z"), r.key("z")
	anything, other := r.key(r.one("s", "h", "l", "set", "z")), r.key(r.one("s", "h", "l", "set", "z"))
	id := fmt.Sprintf("%d-%d", r.IntN(50), 1+r.IntN(3))
	seconds := 1000 + r.IntN(1000)
	span, f := time.Duration(seconds)*time.Second, r.float()
	low, high := r.float(), r.float()
	a, b := r.int(), r.int()
	v, w := r.value(), r.word()
	return []pyCall{
		alike("set", "Set", s, v),
		alike("set", "Set", s, v).with(pyKeywords{"nx": true}, redpoll.NX),
		alike("set", "Set", s, v).with(pyKeywords{"ex": seconds, "xx": true}, redpoll.EX(span), redpoll.XX),
		alike("set", "Set", s, v).with(pyKeywords{"px": seconds * 1000}, redpoll.PX(span)),
		alike("set", "Set", s, v).with(pyKeywords{"keepttl": true}, redpoll.KeepTTL),
		alike("get", "Get", s), alike("getset", "GetSet", s, v), alike("setnx", "SetNX", s, v),
		{"setex", []any{s, seconds, v}, nil, "SetEx", []any{s, span, v}},
		{"psetex", []any{s, seconds * 1000, v}, nil, "PSetEx", []any{s, span, v}},
		alike("mget", "MGet", s, t, "none"), alike("mget", "MGet").pass([]string{}),
		{"mset", []any{pyDict{s, v, "s1", 1}}, nil, "MSet", []any{s, v, "s1", 1}},
		{"msetnx", []any{pyDict{s, v, "n", 1}}, nil, "MSetNX", []any{s, v, "n", 1}},
		alike("append", "Append", s, v), alike("strlen", "StrLen", s), alike("getrange", "GetRange", s, a, b),
		alike("setrange", "SetRange", s, a, w),
		alike("incrby", "IncrBy", s, a), alike("decrby", "DecrBy", s, a),
		alike("incrbyfloat", "IncrByFloat", s, f),
		alike("setbit", "SetBit", s, r.IntN(40), r.bit()), alike("getbit", "GetBit", s, a),
		{"bitcount", []any{s, a, b}, nil, "BitCount", []any{s, redpoll.ByteRange(int64(a), int64(b))}},
		alike("bitpos", "BitPos", s, r.bit()),
		{"bitop", []any{"XOR", "s0", s, t}, nil, "BitOp", []any{redpoll.BitXor, "s0", s, t}},

		alike("delete", "Del", anything, s), alike("delete", "Del"), alike("unlink", "Unlink", anything),
		alike("exists", "Exists", anything, other),
		alike("expire", "Expire", anything, seconds).but(anything, span),
		alike("pexpire", "PExpire", anything, seconds*1000).but(anything, span),
		alike("persist", "Persist", anything), alike("type", "Type", anything),
		alike("touch", "Touch", anything, other), alike("dbsize", "DBSize"),
		alike("rename", "Rename", anything, anything+"x"), alike("renamenx", "RenameNX", anything, other),
		alike("sort", "Sort", l).with(pyKeywords{"alpha": true, "desc": true},
			redpoll.SortAlpha, redpoll.Desc), alike("sort", "Sort", set),
		alike("sort", "SortGet", l).with(pyKeywords{"alpha": true, "get": []string{}}, []string{},
			redpoll.SortAlpha),
		alike("sort", "SortGet", l).with(pyKeywords{"alpha": true, "get": []string{"s*", "#"}},
			[]string{"s*", "#"}, redpoll.SortAlpha),
		alike("sort", "SortStore", l).with(pyKeywords{"alpha": true, "store": m}, redpoll.SortAlpha).but(m,
			l, redpoll.SortAlpha),

		alike("hset", "HSet", h, w, v),
		alike("hset", "HSet", h, "a", v, "b", 2).pass(h).with(pyKeywords{"mapping": pyDict{"a", v, "b", 2}}),
		alike("hget", "HGet", h, w), alike("hgetall", "HGetAll", h), alike("hdel", "HDel", h, w, "c"),
		alike("hexists", "HExists", h, w),
		alike("hmget", "HMGet", h, "a", w).pass(h, []string{"a", w}), alike("hincrby", "HIncrBy", h, w, a),
		alike("hincrbyfloat", "HIncrByFloat", h, w, f),
		alike("hkeys", "HKeys", h), alike("hvals", "HVals", h), alike("hlen", "HLen", h),
		alike("hsetnx", "HSetNX", h, w, v), alike("hstrlen", "HStrLen", h, w),

		alike("lpush", "LPush", l, v, w), alike("rpush", "RPush", l, v, w), alike("lpushx", "LPushX", l, v),
		alike("rpushx", "RPushX", l, v), alike("lpush", "LPush", l),
		alike("lpop", "LPop", l), alike("rpop", "RPop", l), alike("lrange", "LRange", l, a, b),
		alike("lindex", "LIndex", l, a), alike("llen", "LLen", l),
		alike("linsert", "LInsert", l, "before", w, v).but(l, redpoll.Before, w, v),
		alike("lrem", "LRem", l, a, w), alike("lset", "LSet", l, a, v),
		alike("ltrim", "LTrim", l, a, b), alike("rpoplpush", "RPopLPush", l, m),
		alike("lmove", "LMove", l, m, "LEFT", "RIGHT").but(l, m, redpoll.Left, redpoll.Right),

		alike("sadd", "SAdd", set, v, w), alike("srem", "SRem", set, v, w), alike("sadd", "SAdd", set),
		alike("scard", "SCard", set), alike("sismember", "SIsMember", set, v),
		alike("smembers", "SMembers", set), alike("smove", "SMove", set, group, w),
		alike("sdiff", "SDiff", set, group), alike("sinter", "SInter", set, group),
		alike("sunion", "SUnion", set, group), alike("sdiffstore", "SDiffStore", "set0", set, group),
		alike("sinterstore", "SInterStore", "set1", set, group),
		alike("sunionstore", "SUnionStore", "set2", set, group),
		alike("smismember", "SMIsMember", set, v, w).pass(set, []any{sent(v), w}),

		{"zadd", []any{z, pyDict{w, pyFloat(f), "b", 1}}, nil, "ZAdd",
			[]any{z, []redpoll.Z{{Member: w, Score: f}, {Member: "b", Score: 1}}}},
		{"zadd", []any{z, pyDict{w, pyFloat(f)}}, pyKeywords{"xx": true, "ch": true}, "ZAdd",
			[]any{z, []redpoll.Z{{Member: w, Score: f}}, redpoll.XX, redpoll.CH}},
		{"zadd", []any{z, pyDict{w, pyFloat(f)}}, pyKeywords{"nx": true, "incr": true}, "ZAddIncr",
			[]any{z, w, f, redpoll.NX}},
		alike("zincrby", "ZIncrBy", z, f, w), alike("zcard", "ZCard", z),
		alike("zcount", "ZCount", z, low, high), alike("zscore", "ZScore", z, w),
		alike("zrank", "ZRank", z, w), alike("zrevrank", "ZRevRank", z, w),
		alike("zrange", "ZRange", z, a, b), alike("zrevrange", "ZRevRange", z, a, b),
		alike("zrange", "ZRangeWithScores", z, a, b).with(pyKeywords{"withscores": true}),
		alike("zrangebyscore", "ZRangeByScore", z, low, "+inf"),
		alike("zrangebyscore", "ZRangeByScoreWithScores", z, "(1",
			high).with(pyKeywords{"withscores": true, "start": 0, "num": 2}, redpoll.Limit(0, 2)),
		alike("zrem", "ZRem", z, w, "c"), alike("zremrangebyrank", "ZRemRangeByRank", z, a, b),
		alike("zremrangebyscore", "ZRemRangeByScore", z, low, low),
		alike("zrangebylex", "ZRangeByLex", z, "-", "[c"), alike("zlexcount", "ZLexCount", z, "[a", "+"),
		alike("zpopmin", "ZPopMinN", z, 1), alike("zpopmax", "ZPopMaxN", z, 2),
		{"zunionstore", []any{"z0", pyDict{z, 2, y + "'", 3}}, pyKeywords{"aggregate": "MAX"}, "ZUnionStore",
			[]any{"z0", []string{z, y + "'"}, redpoll.Weights(2, 3), redpoll.AggregateMax}},
		alike("zinterstore", "ZInterStore", "z1", []string{z, y}),

		alike("pfadd", "PFAdd", "p", v, w), alike("pfcount", "PFCount", "p", "q"),
		alike("pfmerge", "PFMerge", "q", "p"), alike("pfadd", "PFAdd", "q"),
		{"geoadd", []any{"g", []any{pyFloat(f), pyFloat(low / 2), w}}, nil, "GeoAdd",
			[]any{"g", []redpoll.GeoLocation{{Member: w, Longitude: f, Latitude: low / 2}}}},
		alike("geodist", "GeoDist", "g", w, "a", "km").but("g", w, "a", redpoll.Kilometers),
		alike("geohash", "GeoHash", "g", w, "none"), alike("geohash", "GeoHash", "g"),
		alike("geopos", "GeoPos", "g"),
		{"xadd", []any{"x", pyDict{"f", v, "g", w}, id}, nil, "XAdd", []any{"x", id, []any{"f", v, "g", w}}},
		{"xadd", []any{"x", pyDict{"f", v}, id}, pyKeywords{"maxlen": 5, "approximate": false}, "XAdd",
			[]any{"x", id, []any{"f", v}, redpoll.MaxLen(5)}},
		alike("xlen", "XLen", "x"), alike("xrange", "XRange", "x", "-", "+"), alike("xdel", "XDel", "x", id),
	}
}

// alike returns a call with the same arguments in both libraries.
func alike(py, name string, args ...any) pyCall {
	return pyCall{py, slices.Clone(args), nil, name, args}
}

// with adds keywords to the arguments of redis-py, and options to those of redpoll.
func (c pyCall) with(keywords pyKeywords, opts ...any) pyCall {
	c.keywords, c.own = keywords, append(slices.Clone(c.own), opts...)
	return c
}

// but sets the arguments of redpoll where they differ, and pass sets those of redis-py.
func (c pyCall) but(args ...any) pyCall  { c.own = args; return c }
func (c pyCall) pass(args ...any) pyCall { c.args = args; return c }

// sent returns an argument in the form in which JSON delivers it to redis-py.
func sent(v any) any {
	if f, ok := v.(float64); ok {
		return pyFloat(f)
	}
	return v
}
