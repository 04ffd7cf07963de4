package legacy_test

import (
	"context"
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/legacy"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ctx is the context of all calls; the client's timeouts end a call that hangs.
var ctx = context.Background()

// legacyTest is one test: both classes over one client with an empty database, and the commands that the
// server receives.
type legacyTest struct {
	*testing.T
	old    *legacy.Redis
	strict *legacy.StrictRedis
	rdb    *redpoll.Client
	heard  *redpolltest.Monitor
}

// eachProtocol runs a test over RESP3 and over RESP2, with the same expectations.
func eachProtocol(t *testing.T, run func(t *legacyTest)) {
	t.Helper()
	clients.EachProtocol(t, func(t *clients.Test) {
		if err := t.Client.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		run(&legacyTest{t.T, legacy.NewRedis(t.Client), legacy.NewStrictRedis(t.Client), t.Client,
			t.Server.Monitor()})
	})
}

// want compares a call's result.
func (t *legacyTest) want(want any) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		if n, ok := want.(int); ok && reflect.TypeOf(got) == reflect.TypeFor[int64]() {
			want = int64(n)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v and the error %v, want %#v", got, err, want)
		}
	}
}

func (t *legacyTest) ok(err error) {
	t.Helper()
	if err != nil {
		t.Errorf("got the error %v", err)
	}
}

// refused checks that a call is refused with an error that contains a text, and that nothing was sent.
func (t *legacyTest) refused(text string) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		var de *redpoll.DataError
		if !errors.As(err, &de) || !strings.Contains(err.Error(), text) ||
			!errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("got %v and the error %v, want a *DataError with %q", got, err, text)
		}
		// Every error of the library has this class.
		if !errors.As(err, new(redpoll.Error)) {
			t.Errorf("%v is not a redpoll.Error", err)
		}
		t.wire()
	}
}

// wire compares the commands that the server executed since the last look.
func (t *legacyTest) wire(want ...string) {
	t.Helper()
	var got []string
	for _, args := range t.heard.Commands() {
		got = append(got, strings.Join(args, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the server executed %q, want %q", got, want)
	}
	t.heard.Reset()
}

// Covers: F11, F363
func TestTwoClasses(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		if t.old.Plain() != t.rdb || t.strict.Plain() != t.rdb {
			t.Error("the classes do not lead to their client")
		}
		// Redis is a subclass: it has every method of the other class, also in the form of that class.
		old, strict := reflect.TypeFor[*legacy.Redis](), reflect.TypeFor[*legacy.StrictRedis]()
		for i := range strict.NumMethod() {
			if name := strict.Method(i).Name; !method(old, name) {
				t.Errorf("Redis has no %s", name)
			}
		}
		t.ok(t.old.StrictRedis.SetEx(ctx, "k", time.Minute, "v"))
		t.wire("SETEX k 60 v")
	})
}

func method(typ reflect.Type, name string) bool {
	_, ok := typ.MethodByName(name)
	return ok
}

// Covers: F364, F365, E19, E20
func TestOrders(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.ok(t.strict.SetEx(ctx, "k", time.Minute, "v"))
		t.ok(t.old.SetEx(ctx, "k", "v", time.Minute))
		t.ok(t.strict.PSetEx(ctx, "k", time.Minute, true))
		t.wire("SETEX k 60 v", "SETEX k 60 v", "PSETEX k 60000 True")

		for range 2 {
			t.want(3)(t.old.RPush(ctx, "l", "a", "b", "a"))
			t.heard.Reset()
			t.want(2)(t.old.LRem(ctx, "l", "a"))
			t.want(0)(t.strict.LRem(ctx, "l", 0, "a"))
			t.wire("LREM l 0 a", "LREM l 0 a")
			t.want(1)(t.old.LRem(ctx, "l", "b", -1))
			t.wire("LREM l -1 b")
		}
		t.refused("num: is given more than once")(t.old.LRem(ctx, "l", "a", 1, 2))
	})
}

// Covers: F366, F367, F368, F369, F383, E21, E22
func TestZAdd(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.want(2)(t.old.ZAdd(ctx, "z", "n1", 1, "n2", 2))
		t.want(1)(t.old.ZAdd(ctx, "d", "m", 1, "m", 2))
		t.wire("ZADD z 2 n2 1 n1", "ZADD d 2 m 1 m")
		t.want(1.0)(t.rdb.ZScore(ctx, "d", "m"))
		t.want(4)(t.strict.ZAdd(ctx, "my-key", 1.1, "name1", 2.2, "name2", 3.3, "name3", 4.4, "name4"))
		t.want(1)(t.strict.ZAdd(ctx, "d2", 1, "m", "2", "m"))
		t.want(2.0)(t.rdb.ZScore(ctx, "d2", "m"))
		t.want([]redpoll.Z{{Member: "name1", Score: 1.1}, {Member: "name2", Score: 2.2},
			{Member: "name3", Score: 3.3}, {Member: "name4", Score: 4.4}})(
			t.rdb.ZRangeWithScores(ctx, "my-key", 0, -1))
		t.want(1)(t.old.ZAdd(ctx, "limits", []byte("m"), "-inf"))
		t.want(1)(t.old.ZAdd(ctx, "types", nil, []byte("1e3")))
		t.want(1000.0)(t.rdb.ZScore(ctx, "types", "None"))
		t.heard.Reset()
		for name, add := range map[string]func(context.Context, string, ...any) (int64,
			error){"old": t.old.ZAdd, "strict": t.strict.ZAdd} {
			t.refused("equal number of members and scores")(add(ctx, "z", "n1"))
			t.refused("equal number")(add(ctx, "z", 1, 2, 3))
			t.refused("at least one")(add(ctx, "z"))
			t.refused("not a number")(add(ctx, "z", name, true, name, true))
		}
		t.refused("the order is member, score")(t.old.ZAdd(ctx, "z", 1, "n1"))
		t.refused("the order is score, member")(t.strict.ZAdd(ctx, "z", "n1", 1))
		t.ok(t.rdb.Set(ctx, "s", 1))
		if n, err := t.old.ZAdd(ctx, "s", "m", 1); n != 0 || !errors.Is(err, redpoll.ErrWrongType) {
			t.Errorf("ZADD to a string gives %d and %v", n, err)
		}
	})
}

// Covers: F374
func TestZIncrBy(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.want(1.0)(t.old.ZIncrBy(ctx, "z", "one"))
		t.want(3.5)(t.strict.ZIncrBy(ctx, "z", "one", 2.5))
		t.want(-1.0)(t.old.ZIncrBy(ctx, "z", true, -1))
		t.want(-1.0)(t.rdb.ZScore(ctx, "z", "True"))
		t.heard.Reset()
		t.refused("amount: is given more than once")(t.old.ZIncrBy(ctx, "z", "one", 1, 2))
	})
}

// Covers: F370-F372, E15
func TestTTL(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.ok(t.old.Set(ctx, "p", 1))
		t.ok(t.old.Set(ctx, "k", 1, redpoll.EX(time.Minute)))
		for _, ask := range []func(context.Context, string) (time.Duration, error){t.old.TTL, t.old.PTTL} {
			for _, key := range []string{"p", "none"} {
				if got, err := ask(ctx, key); got != 0 || !errors.Is(err, redpoll.Nil) {
					t.Errorf("the time of %s is %v and %v, want Nil", key, got, err)
				}
			}
			if got, err := ask(ctx, "k"); got <= 0 || got > time.Minute || err != nil {
				t.Errorf("the time of k is %v and %v", got, err)
			}
		}
		t.want(redpoll.NoExpiry)(t.strict.Plain().TTL(ctx, "p"))
		t.want(redpoll.NoKey)(t.strict.Plain().TTL(ctx, "none"))
		t.want(redpoll.NoExpiry)(t.strict.Plain().PTTL(ctx, "p"))
		t.want(redpoll.NoKey)(t.strict.Plain().PTTL(ctx, "none"))
	})
}

// The server rounds to seconds, so it returns 0 for a key that has only a moment left.
//
// Covers: F370
func TestTTLOfZero(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(_ int, args []string) string {
		return map[string]string{"TTL": ":0\r\n", "PTTL": ":1\r\n"}[args[0]]
	})
	old := legacy.NewRedis(clientOf(t, p, redpoll.Options{}))
	if got, err := old.TTL(ctx, "k"); got != 0 || !errors.Is(err, redpoll.Nil) {
		t.Errorf("TTL gives %v and %v, want Nil", got, err)
	}
	if got, err := old.PTTL(ctx, "k"); got != time.Millisecond || err != nil {
		t.Errorf("PTTL gives %v and %v", got, err)
	}
}

// Covers: F375, F379
func TestMappings(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.ok(t.old.MSet(ctx, map[string]any{"b": 2, "a": nil}))
		t.want(false)(t.old.MSetNX(ctx, map[string]any{"b": 9, "c": 3}))
		t.want(true)(t.strict.MSetNX(ctx, map[string]any{"c": true}))
		t.ok(t.old.HMSet(ctx, "h", map[string]any{"x": []int{1}, "f": "v"}))
		t.wire("MSET a None b 2", "MSETNX b 9 c 3", "MSETNX c True", "HMSET h f v x [1]")
		t.refused("at least one")(nil, t.old.MSet(ctx, nil))
		t.refused("at least one")(t.old.MSetNX(ctx, map[string]any{}))
		t.refused("at least one")(nil, t.old.HMSet(ctx, "h", nil))
	})
}

// Covers: F377, F378, F380-F382
func TestOldReplies(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		t.want(false)(t.old.Exists(ctx, "h"))
		t.want(1)(t.old.HSet(ctx, "h", "f", 1))
		t.want(0)(t.old.HSet(ctx, "h", "f", true))
		t.want(true)(t.old.Exists(ctx, "h"))
		t.want("True")(t.rdb.HGet(ctx, "h", "f"))
		t.want(false)(t.old.HSetNX(ctx, "h", "f", 1))

		t.want(true)(t.old.PFAdd(ctx, "p", 1, true))
		t.want(true)(t.old.PFAdd(ctx, "q", nil))
		t.want(2)(t.old.Plain().PFCount(ctx, "p"))
		t.want(3)(t.old.Plain().PFCount(ctx, "p", "q"))

		// It returns a number, as from 2.10 on.
		t.want(2)(t.old.SAdd(ctx, "s", "a", 2))
		t.want(2)(t.old.SRem(ctx, "s", "a", 2, "none"))
		t.want(1)(t.old.Plain().HDel(ctx, "h", "f", "none"))
		t.want(2)(t.old.Plain().Del(ctx, "p", "q", "none"))

		t.ok(t.old.Set(ctx, "k", 1))
		t.want([]redpoll.Null[string]{{V: "1", Valid: true}, {}})(t.old.MGet(ctx, "k", "none"))
		var refused *redpoll.ServerError
		if got, err := t.old.MGet(ctx); got != nil || !errors.As(err, &refused) || refused.Command != "MGET" {
			t.Errorf("MGET of nothing gives %v and %v", got, err)
		}
	})
}

// Any value is a bit: every value that Python takes for true is 1.
func TestBitsOfPython(t *testing.T) {
	t.Parallel()
	var none *int
	zero, one := 0, &struct{}{}
	eachProtocol(t, func(t *legacyTest) {
		for _, v := range []any{nil, none, 0, &zero, 0.0, uint8(0), false, "", []byte{}, []int(nil),
			map[string]int{}, new(big.Int), time.Duration(0)} {
			t.want(0)(t.old.SetBit(ctx, "off", 7, v))
			t.want(0)(t.rdb.GetBit(ctx, "off", 7))
		}
		for i, v := range []any{5, -1, 0.5, true, "0", []byte("x"), []int{0}, one, big.NewInt(2), time.Time{},
			time.Second} {
			t.want(0)(t.strict.SetBit(ctx, "on", int64(i), v))
			t.want(1)(t.rdb.GetBit(ctx, "on", int64(i)))
		}
		p := t.strict.Pipeline()
		was := p.SetBit("on", 0, nil)
		t.ok(p.Exec(ctx))
		val(t, was, 1)
	})
}

// Covers: F376, E14
func TestCoercion(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *legacyTest) {
		for _, tt := range []struct {
			value any
			want  string
		}{{true, "True"}, {nil, "None"}, {[]int{1}, "[1]"}, {1.0, "1.0"}, {[]byte("raw"), "raw"},
			{"text", "text"}} {
			t.ok(t.old.Set(ctx, "e", tt.value))
			t.want(tt.want)(t.rdb.Get(ctx, "e"))
		}
		t.heard.Reset()
		t.want("None")(t.old.Echo(ctx, nil))
		t.want("text")(t.old.GetSet(ctx, "e", true))
		t.want(false)(t.old.SetNX(ctx, "e", false))
		t.want(8)(t.old.Append(ctx, "e", nil))
		t.want(8)(t.old.SetRange(ctx, "e", 4, []bool{}))
		t.want(2)(t.old.RPush(ctx, "l", true, 1))
		t.want(3)(t.old.LPush(ctx, "l", nil))
		t.want(4)(t.old.LPushX(ctx, "l", false))
		t.want(5)(t.old.RPushX(ctx, "l", false))
		t.want(6)(t.old.LInsert(ctx, "l", redpoll.Before, true, nil))
		t.ok(t.old.LSet(ctx, "l", 0, []string{"a"}))
		t.want(1)(t.old.LRem(ctx, "l", true))
		t.want(2)(t.old.SAdd(ctx, "s", true, nil))
		t.want(true)(t.old.SIsMember(ctx, "s", nil))
		t.want(true)(t.old.SMove(ctx, "s", "s2", true))
		t.want(1)(t.old.SRem(ctx, "s", nil))
		t.want(0)(t.old.Publish(ctx, "c", nil))
		t.want([]bool{true, false})(t.rdb.SMIsMember(ctx, "s2", legacy.Texts(true, nil)...))
		t.wire("ECHO None", "GETSET e True", "SETNX e False", "APPEND e None", "SETRANGE e 4 []",
			"RPUSH l True 1", "LPUSH l None",
			"LPUSHX l False", "RPUSHX l False", "LINSERT l BEFORE True None", "LSET l 0 ['a']",
			"LREM l 0 True", "SADD s True None",
			"SISMEMBER s None", "SMOVE s s2 True", "SREM s None", "PUBLISH c None", "SMISMEMBER s2 True None")
	})
}
