package commands_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// anyArguments returns arguments that a method accepts without a server.
func anyArguments(t *testing.T, m reflect.Method) []reflect.Value {
	t.Helper()
	var args []reflect.Value
	for i := 2; i < m.Type.NumIn(); i++ {
		in := m.Type.In(i)
		if m.Type.IsVariadic() && i == m.Type.NumIn()-1 {
			list := in.Elem()
			switch {
			case m.Name == "XCfgSet":
				args = append(args, reflect.ValueOf(redpoll.IDMPMaxSize(1)))
			// Options.
			case list.Kind() == reflect.Interface && list.NumMethod() > 0 && list.Name() != "FTField":
			case m.Name == "ClientList" || m.Name == "Info":
			case m.Name == "ClientKillFilter":
				args = append(args, anyArgument(t, list))
			default:
				args = append(args, anyArgument(t, list), anyArgument(t, list))
			}
			continue
		}
		args = append(args, anyArgument(t, in))
	}
	return args
}

func anyArgument(t *testing.T, in reflect.Type) reflect.Value {
	t.Helper()
	made := map[reflect.Type]any{
		reflect.TypeFor[string]():                "k",
		reflect.TypeFor[any]():                   "v",
		reflect.TypeFor[time.Duration]():         time.Second,
		reflect.TypeFor[time.Time]():             time.Unix(1700000000, 0),
		reflect.TypeFor[float64]():               0.5,
		reflect.TypeFor[redpoll.GeoFrom]():       redpoll.FromMember("m"),
		reflect.TypeFor[redpoll.GeoBy]():         redpoll.ByRadius(1, redpoll.Kilometers),
		reflect.TypeFor[redpoll.XTrimBy]():       redpoll.MaxLen(1),
		reflect.TypeFor[redpoll.Vector]():        redpoll.VectorValues(1, 2),
		reflect.TypeFor[redpoll.VectorQuery]():   redpoll.VectorElement("e"),
		reflect.TypeFor[redpoll.StreamFrom]():    redpoll.StreamFrom{Key: "s", ID: "0"},
		reflect.TypeFor[redpoll.BitFieldOp]():    redpoll.BitGet("u8", 0),
		reflect.TypeFor[redpoll.HotKeyMetrics](): redpoll.HotKeysCPU,
		reflect.TypeFor[redpoll.ClientFilter]():  redpoll.ClientUser("u"),
		reflect.TypeFor[redpoll.ClusterSlotMigration](): redpoll.ClusterSlotMigration{
			Slots: []redpoll.SlotRange{{}}, Node: "n",
		},
		reflect.TypeFor[redpoll.ArrayPredicate](): redpoll.ArrayEquals("v"),
		reflect.TypeFor[redpoll.JSONEntry]():      redpoll.JSONEntry{Key: "k", Path: "$", JSON: 1},
		reflect.TypeFor[redpoll.ItemCount]():      redpoll.ItemCount{Item: "i", Count: 1},
		reflect.TypeFor[redpoll.FTField]():        redpoll.FTText{Name: "f"},
		reflect.TypeFor[redpoll.FTStep]():         redpoll.FTLimit{Count: 1},
	}[in]
	switch {
	case made != nil:
		return reflect.ValueOf(made)
	case in.Kind() == reflect.Slice:
		one := anyArgument(t, in.Elem())
		return reflect.Append(reflect.MakeSlice(in, 0, 4), one, one, one, one)
	case in.Kind() >= reflect.Int && in.Kind() <= reflect.Uint64:
		return reflect.ValueOf(1).Convert(in)
	}
	if in == reflect.TypeFor[redpoll.FTHybridQuery]() {
		return reflect.ValueOf(redpoll.FTHybridQuery{Text: "*", Field: "@v", Vector: []byte("1234")})
	}
	return reflect.Zero(in)
}

// shapes are replies of which each one is wrong for most commands. Replies with types of RESP3 are not sent
// over RESP2.
var shapes = []string{
	":7\r\n", ":-9223372036854775808\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n", "+OK\r\n", "+QUEUED\r\n",
	"$-1\r\n", "*-1\r\n", "*0\r\n",
	"*1\r\n*0\r\n", "*1\r\n*-1\r\n", "*1\r\n$-1\r\n", "*1\r\n:1\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
	"*3\r\n$1\r\na\r\n:1\r\n$1\r\nc\r\n",
	"*2\r\n:1\r\n*1\r\n:2\r\n", "*2\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n*1\r\n:2\r\n",
	"*2\r\n-ERR inner\r\n:1\r\n",
	"*4\r\n$4\r\nname\r\n*1\r\n*1\r\n:1\r\n$2\r\nid\r\n*0\r\n",
	"*1\r\n*4\r\n$4\r\nname\r\n*0\r\n$5\r\nnodes\r\n:1\r\n",
	"_\r\n", "#t\r\n", ",1.5\r\n", ",nan\r\n", ",many\r\n", "(123456789012345678901234567890\r\n",
	"=5\r\ntxt:x\r\n", "~1\r\n:1\r\n", "%0\r\n",
	"%1\r\n$1\r\na\r\n:1\r\n", "%1\r\n:1\r\n%1\r\n:2\r\n:3\r\n", "*1\r\n%1\r\n$1\r\na\r\n*1\r\n:1\r\n",
	"|1\r\n+a\r\n:1\r\n*1\r\n:1\r\n", "!9\r\nERR inner\r\n",
	">1\r\n+news\r\n:7\r\n",
}

// For a reply of any type, any method returns a value, or an error that names the command. The connection
// stays in step.
func TestRepliesOfAnyShape(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{3, 2} {
		t.Run("RESP"+strconv.Itoa(protocol), func(t *testing.T) {
			t.Parallel()
			var shape atomic.Pointer[string]
			p := testkit.Listen(t, func(conn int, args []string) string {
				switch {
				case args[0] == "HELLO":
					return testkit.Friendly(conn, args)
				case args[0] == "PING" && len(args) == 1 && shape.Load() == nil:
					return "+PONG\r\n"
				// Commands of the test, and of the handshake.
				case len(args) == 2 &&
					(strings.HasPrefix(args[1], "mark") || strings.HasPrefix(args[1], "redpoll ")):
					return "$" + strconv.Itoa(len(args[1])) + "\r\n" + args[1] + "\r\n"
				}
				return *shape.Load()
			})
			rdb := clients.Pin(t, clients.New(t, redpoll.Options{
				Addr: p.Addr(), Protocol: protocol, NoClientInfo: true, NoRetry: true,
			}))
			for _, name := range slices.Concat(slices.Collect(maps.Values(commandMethods(t)))...) {
				m, ok := reflect.TypeFor[*redpoll.Conn]().MethodByName(name)
				if !ok || name == "Shutdown" { // Shutdown succeeds when the connection is lost
					continue
				}
				for n, s := range shapes {
					if protocol == 2 && strings.Contains("_#,(=~%|!>", s[:1]) ||
						protocol == 2 && strings.Contains(s, "%") {
						continue
					}
					shape.Store(&s)
					out := m.Func.Call(append([]reflect.Value{reflect.ValueOf(rdb),
						reflect.ValueOf(t.Context())}, anyArguments(t, m)...))
					err, _ := out[len(out)-1].Interface().(error)
					answered(t, m.Name, s, err)
					whole := len(out) == 1 || out[0].IsZero()
					if err != nil && !whole && !strings.Contains(s, "ERR") {
						t.Errorf("%s, %q: %v stands beside %v", m.Name, s, out[0], err)
					}
					queued(t, &rdb.Client, m, s)
					mark := "mark" + m.Name + strconv.Itoa(n)
					if got, err := rdb.PingMessage(t.Context(), mark); got != mark {
						t.Fatalf("%s, %q: the connection is out of step: %q, %v", m.Name, s, got, err)
					}
				}
			}
			if n := p.Accepted(); n != 1 {
				t.Errorf("%d connections were made, want 1", n)
			}
		})
	}
}

// queued does the same in a pipeline, where a handle with an error must not have a value.
func queued(t *testing.T, rdb *redpoll.Client, m reflect.Method, shape string) {
	t.Helper()
	pipe := rdb.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
	queue := reflect.ValueOf(pipe).MethodByName(m.Name)
	if !queue.IsValid() || queue.Type().NumOut() != 1 {
		return // this method has no handle
	}
	handle := queue.Call(anyArguments(t, m))[0]
	_ = pipe.Exec(t.Context()) // the handle has the error of its reply
	status, ok := handle.Interface().(interface{ Err() error })
	if !ok {
		t.Fatalf("%s gives a %v in a pipeline", m.Name, handle.Type())
	}
	err := status.Err()
	answered(t, m.Name+" in a pipeline", shape, err)
	if val := handle.MethodByName("Val"); val.IsValid() && err != nil {
		if v := val.Call(nil)[0]; !v.IsZero() && !strings.Contains(shape, "ERR") {
			t.Errorf("%s in a pipeline, %q: %v stands beside %v", m.Name, shape, v, err)
		}
	}
}

// answered checks the error of a call that got a reply with this shape.
func answered(t *testing.T, method, shape string, err error) {
	t.Helper()
	var wrong *redpoll.ReplyError
	var server *redpoll.ServerError
	switch {
	case err == nil, errors.Is(err, redpoll.Nil):
	case errors.As(err, &server):
		if !strings.Contains(shape, "ERR") {
			t.Errorf("%s, %q: got %v", method, shape, err)
		}
	case !errors.As(err, &wrong):
		t.Errorf("%s, %q: got %v of type %T, want a ReplyError", method, shape, err, err)
	case wrong.Command == "" || !strings.Contains(err.Error(), wrong.Command):
		t.Errorf("%s, %q: %v does not name the command", method, shape, err)
	}
}

// Elements that do not fill a whole group are an error, and not dropped.
func TestGroupsOfAnotherSize(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(conn int, args []string) string {
		if strings.HasPrefix(args[0], "SORT") {
			return "*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n"
		}
		return testkit.Friendly(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	type sorting func(context.Context, string, []string, ...redpoll.SortOption) (
		[][]redpoll.Null[string], error)
	for _, sort := range []sorting{rdb.SortGroups, rdb.SortROGroups} {
		got, err := sort(t.Context(), "l", []string{"#", "w_*"})
		var wrong *redpoll.ReplyError
		if got != nil || !errors.As(err, &wrong) {
			t.Errorf("got %v and %v, want a ReplyError", got, err)
		}
	}
}

// A null in a list of a Sentinel is an error, and not an empty entry.
func TestSentinelNullEntries(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"*-1\r\n", "$-1\r\n", "_\r\n"} {
		p := testkit.Listen(t, func(conn int, args []string) string {
			if args[0] == "SENTINEL" {
				return "*2\r\n*2\r\n$4\r\nname\r\n$1\r\nm\r\n" + null
			}
			return testkit.Friendly(conn, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
		masters, err := rdb.SentinelMasters(t.Context())
		answeredOther(t, "SENTINEL MASTERS", masters, err)
		for command, list := range map[string]func(context.Context, string) ([]redpoll.SentinelState, error){
			"SENTINEL REPLICAS": rdb.SentinelReplicas, "SENTINEL SLAVES": rdb.SentinelSlaves,
			"SENTINEL SENTINELS": rdb.SentinelSentinels,
		} {
			got, err := list(t.Context(), "m")
			answeredOther(t, command, got, err)
		}
		clients.Usable(t, rdb)
	}
}

// answeredOther checks that a list with a null has no result, and that the error names the command and the
// shape.
func answeredOther(t *testing.T, command string, got any, err error) {
	t.Helper()
	var wrong *redpoll.ReplyError
	var shape *resp.TypeError
	if !reflect.ValueOf(got).IsNil() || !errors.As(err, &wrong) || wrong.Command != command ||
		!errors.As(err, &shape) || !shape.Null {
		t.Errorf("%s: got %v and %v, want a ReplyError about a null", command, got, err)
	}
}

// A reply must have one element for each requested key or field, because callers use the elements without a
// check.
func TestOneElementForEach(t *testing.T) {
	t.Parallel()
	type hash struct{ A, B string }
	var elements atomic.Int64
	p := testkit.Listen(t, func(conn int, args []string) string {
		if args[0] == "HELLO" || args[0] == "PING" {
			return testkit.Friendly(conn, args)
		}
		n := int(elements.Load())
		if args[0] == "GEOPOS" {
			return "*" + strconv.Itoa(n) + "\r\n" + strings.Repeat("*-1\r\n", n)
		}
		return "*" + strconv.Itoa(n) + "\r\n" + strings.Repeat(":1\r\n", n)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for elements.Store(1); elements.Load() <= 3; elements.Add(1) {
		pipe := rdb.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
		one, two := pipe.MGet("a", "b"), pipe.HGetEx("h", []string{"a", "b"}, redpoll.PX(time.Second))
		other := pipe.LRange("l", 0, -1)
		if err := pipe.Exec(ctx); err != nil || len(other.Val()) != int(elements.Load()) {
			t.Fatalf("the pipeline gives %v, LRANGE %v", err, other.Val())
		}
		for name, err := range map[string]error{
			"MGET":          testkit.Err(rdb.MGet(ctx, "a", "b")),
			"MGET of bytes": testkit.Err(rdb.MGetBytes(ctx, "a", "b")), "MGET in a pipeline": one.Err(),
			"HGETEX in a pipeline": two.Err(),
			"HMGET":                testkit.Err(rdb.HMGet(ctx, "h", "a", "b")),
			"HMGET into a struct":  testkit.Err(redpoll.HMGetAs[hash](ctx, rdb, "h")),
			"HGETEX": testkit.Err(rdb.HGetEx(ctx, "h", []string{"a", "b"},
				redpoll.PX(time.Second))), "HTTL": testkit.Err(rdb.HTTL(ctx, "h", "a", "b")),
			"HPEXPIRE":      testkit.Err(rdb.HPExpire(ctx, "h", time.Second, []string{"a", "b"}, redpoll.NX)),
			"HPERSIST":      testkit.Err(rdb.HPersist(ctx, "h", "a", "b")),
			"SMISMEMBER":    testkit.Err(rdb.SMIsMember(ctx, "s", "a", "b")),
			"ZMSCORE":       testkit.Err(rdb.ZMScore(ctx, "z", "a", "b")),
			"GEOPOS":        testkit.Err(rdb.GeoPos(ctx, "g", "a", "b")),
			"SCRIPT EXISTS": testkit.Err(rdb.ScriptExists(ctx, "a", "b")),
			"XACKDEL":       testkit.Err(rdb.XAckDel(ctx, "x", "g", []string{"1-0", "2-0"})),
			"JSON.MGET":     testkit.Err(rdb.JSONMGet(ctx, "$", "a", "b")),
			"TOPK.COUNT":    testkit.Err(rdb.TopKCount(ctx, "k", "a", "b")),
		} {
			var wrong *redpoll.ReplyError
			command, _, _ := strings.Cut(name, " of ")
			command, _, _ = strings.Cut(strings.Split(command, " in")[0], " into")
			want := "got an array, expected 2 elements, not " + strconv.Itoa(int(elements.Load()))
			switch {
			case elements.Load() == 2:
				if err != nil {
					t.Errorf("%s with two elements: %v", name, err)
				}
			case !errors.As(err, &wrong) || wrong.Command != command || !strings.Contains(err.Error(), want):
				t.Errorf("%s: %v does not say %s", name, err, want)
			}
		}
	}
	if one, err := rdb.LRange(ctx, "l", 0, -1); len(one) != 4 || err != nil {
		t.Errorf("LRANGE gives %v, %v", one, err)
	}
	clients.Usable(t, rdb)
}

// A search must return everything that its options request for each member.
func TestLocationsWithoutWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	var row atomic.Pointer[string]
	p := testkit.Listen(t, func(conn int, args []string) string {
		if strings.HasPrefix(args[0], "GEO") {
			return "*1\r\n" + *row.Load()
		}
		return testkit.Friendly(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	both := []redpoll.GeoLocationOption{redpoll.Asc, redpoll.WithDist, redpoll.WithHash}
	from, by := redpoll.FromMember("m"), redpoll.ByRadius(1, redpoll.Meters)
	for _, c := range []struct {
		row  string
		opts []redpoll.GeoLocationOption
		want *redpoll.GeoLocation // nil for an error
	}{
		{"*3\r\n$1\r\na\r\n$3\r\n1.5\r\n:7\r\n", both, &redpoll.GeoLocation{Member: "a", Dist: 1.5, Hash: 7}},
		{"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", both, nil},
		{"*2\r\n$1\r\na\r\n:7\r\n", both, nil},
		{"$1\r\na\r\n", both, nil},
		{"$1\r\na\r\n", nil, &redpoll.GeoLocation{Member: "a"}},
		{"*2\r\n$1\r\na\r\n:7\r\n", nil, nil},
	} {
		row.Store(&c.row)
		pipe := rdb.Pipeline(redpoll.NoTransaction)
		h := pipe.GeoSearchLocations("g", from, by, c.opts...)
		_ = pipe.Exec(ctx)
		got, err := rdb.GeoSearchLocations(ctx, "g", from, by, c.opts...)
		_, old := rdb.GeoRadiusLocations(ctx, "g", 1, 2, 3, redpoll.Meters, c.opts...)
		for _, err := range []error{err, old, h.Err()} {
			if (err == nil) != (c.want != nil) || err != nil && !errors.As(err, new(*redpoll.ReplyError)) {
				t.Errorf("%q for %d options gives %v, %v", c.row, len(c.opts), got, err)
			}
		}
		if c.want != nil && (len(got) != 1 || got[0] != *c.want) {
			t.Errorf("%q gives %v, want %v", c.row, got, *c.want)
		}
	}
	clients.Usable(t, rdb)
}

// A null instead of a record is an error, and not an empty record.
func TestNullsInPlaceOfRecords(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{
		"CLUSTER": "*1\r\n_\r\n", "FT.SPELLCHECK": "*1\r\n*-1\r\n",
	}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for name, err := range map[string]error{
		"CLUSTER SLOTS":    testkit.Err(rdb.ClusterSlots(ctx)),
		"CLUSTER REPLICAS": testkit.Err(rdb.ClusterReplicas(ctx, "id")),
		"CLUSTER SLAVES":   testkit.Err(rdb.ClusterSlaves(ctx, "id")),
		"FT.SPELLCHECK":    testkit.Err(rdb.FTSpellCheck(ctx, "i", "x", redpoll.FTSpellCheckOptions{})),
	} {
		var wrong *redpoll.ReplyError
		if !errors.As(err, &wrong) || wrong.Command != name || !strings.Contains(err.Error(), "got null") {
			t.Errorf("%s: got %v, want a ReplyError that names the null", name, err)
		}
	}
	clients.Usable(t, rdb)
}

// The comments of methods are true about missing keys.
func TestMissingKeys(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		none, no, empty := int64(0), false, []string{}
		far, km := redpoll.ByRadius(1, redpoll.Kilometers), redpoll.Kilometers
		null := []redpoll.Null[string]{{}}
		for _, c := range []struct {
			method string
			args   []any
			want   any // nil for the error Nil
		}{
			{"BitPos", []any{"k", 0}, none}, {"BitPos", []any{"k", 1}, int64(-1)},
			{"BitCount", []any{"k"}, none}, {"GetBit", []any{"k", 7}, none},
			{"BitField", []any{"k", redpoll.BitGet("u8", 0)}, []redpoll.Null[int64]{{Valid: true}}},
			{"BitFieldRO", []any{"k", redpoll.BitGet("u8", 0)}, []int64{0}},
			{"Del", []any{"k"}, none}, {"Unlink", []any{"k"}, none}, {"Touch", []any{"k"}, none},
			{"Exists", []any{"k"}, none}, {"Dump", []any{"k"}, nil},
			{"Sort", []any{"k"}, empty}, {"SortGet", []any{"k", []string{"*"}}, []redpoll.Null[string]{}},
			{"SortGroups", []any{"k", []string{"*", "#"}}, [][]redpoll.Null[string]{}},
			{"SortROGroups", []any{"k", []string{"*", "#"}}, [][]redpoll.Null[string]{}},
			{"Type", []any{"k"}, "none"}, {"ObjectEncoding", []any{"k"}, nil},
			{"MemoryUsage", []any{"k"}, nil},
			{"GeoRadius", []any{"k", 1.0, 1.0, 1.0, km}, empty},
			{"GeoSearch", []any{"k", redpoll.FromLonLat(1, 1), far}, empty},
			{"GeoDist", []any{"k", "a", "b", km}, nil}, {"GeoHash", []any{"k", "a"}, null},
			{"GeoPos", []any{"k", "a"}, []redpoll.Null[redpoll.GeoPoint]{{}}},
			{"HDel", []any{"k", "f"}, none}, {"HMGet", []any{"k", "f"}, null}, {"HGet", []any{"k", "f"}, nil},
			{"HExists", []any{"k", "f"}, no},
			{"HScan", []any{"k", 0}, redpoll.ScanPage[redpoll.FieldValue]{Items: []redpoll.FieldValue{}}},
			{"HKeys", []any{"k"}, empty}, {"HStrLen", []any{"k", "f"}, none},
			{"LRem", []any{"k", 0, "v"}, none}, {"LLen", []any{"k"}, none}, {"LPos", []any{"k", "v"}, nil},
			{"LPosN", []any{"k", "v", 0}, []int64{}}, {"LInsert", []any{"k", redpoll.After, "p", "v"}, none},
			{"LPushX", []any{"k", "v"}, none}, {"LPopN", []any{"k", 1}, nil},
			{"LMPop", []any{[]string{"k"}, redpoll.Left}, nil},
			{"LMove", []any{"k", "d", redpoll.Left, redpoll.Left}, nil},
			{"SRem", []any{"k", "m"}, none},
			{"SMIsMember", []any{"k", "m"}, []bool{false}}, {"SMove", []any{"k", "d", "m"}, no},
			{"SScan", []any{"k", 0}, redpoll.ScanPage[string]{Items: empty}},
			{"SPop", []any{"k"}, nil}, {"SPopN", []any{"k", 1}, empty}, {"SMembers", []any{"k"}, empty},
			{"SInterCard", []any{[]string{"k"}}, none}, {"SRandMemberN", []any{"k", 1}, empty},
			{"XDel", []any{"k", "1-1"}, none}, {"XAck", []any{"k", "g", "1-1"}, none},
			{"XLen", []any{"k"}, none}, {"XRange", []any{"k", "-", "+"}, []redpoll.StreamEntry{}},
			{"XTrim", []any{"k", redpoll.MaxLen(1)}, none},
			{"ZCount", []any{"k", 0, 1}, none}, {"ZLexCount", []any{"k", "-", "+"}, none},
			{"ZRem", []any{"k", "m"}, none}, {"ZRemRangeByLex", []any{"k", "-", "+"}, none},
			{"ZRemRangeByRank", []any{"k", 0, -1}, none},
			{"ZRemRangeByScore", []any{"k", 0, 1}, none},
			{"ZScan", []any{"k", 0}, redpoll.ScanPage[redpoll.Z]{Items: []redpoll.Z{}}},
			{"ZScore", []any{"k", "m"}, nil}, {"ZRank", []any{"k", "m"}, nil}, {"ZPopMin", []any{"k"}, nil},
			{"ZPopMinN", []any{"k", 1}, []redpoll.Z{}},
			{"ZRandMember", []any{"k"}, nil}, {"ZMPop", []any{[]string{"k"}, redpoll.ZMin}, nil},
			{"ZMScore", []any{"k", "m"}, []redpoll.Null[float64]{{}}},
			{"StrLen", []any{"k"}, none}, {"GetRange", []any{"k", 0, 1}, ""},
			{"LCS", []any{"k", "l"}, ""}, {"LCSLen", []any{"k", "l"}, none}, {"PFCount", []any{"k"}, none},
			{"LTrim", []any{"k", 0, 1}, "ok"},
			{"PFMerge", []any{"d", "k"}, "ok"}, {"SetRange", []any{"s", 1, ""}, none},
		} {
			got, err := clients.CallMethod(t.T, t.Client, c.method, c.args)
			switch {
			case c.want == nil:
				t.IsNil(got, err)
			case c.want == "ok":
				t.OK(err)
			case err != nil || !reflect.DeepEqual(got, c.want):
				t.Errorf("%s: got %#v and %v, want %#v", c.method, got, err, c.want)
			}
		}
	})
}

// A null instead of a number or a text is an error that names the command, and not zero.
func TestNullsInFixedForms(t *testing.T) {
	t.Parallel()
	const nulls = "*2\r\n*-1\r\n$-1\r\n"
	p := testkit.Listen(t, func(conn int, args []string) string {
		switch args[0] {
		case "GEOPOS", "XRANGE", "XREVRANGE":
			return "*1\r\n" + map[bool]string{true: nulls, false: "$-1\r\n"}[args[0] == "GEOPOS"]
		case "SENTINEL", "INCREX", "WAITAOF":
			return nulls
		case "SLOWLOG", "LATENCY", "XPENDING", "COMMAND":
			return "*1\r\n*4\r\n" + strings.Repeat("$-1\r\n", 4)
		}
		return testkit.Friendly(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for command, err := range map[string]error{
		"GEOPOS":                           testkit.Err(rdb.GeoPos(ctx, "g", "m")),
		"SENTINEL GET-MASTER-ADDR-BY-NAME": testkit.Err(rdb.SentinelGetMasterAddrByName(ctx, "m")),
		"INCREX":                           testkit.Err(rdb.IncrEx(ctx, "k", 1)),
		"WAITAOF":                          testkit.Err(clients.Pin(t, rdb).WaitAOF(ctx, 1, 0, time.Second)),
		"SLOWLOG GET":                      testkit.Err(rdb.SlowLogGet(ctx, 1)),
		"LATENCY HISTORY":                  testkit.Err(rdb.LatencyHistory(ctx, "e")),
		"XPENDING":                         testkit.Err(rdb.XPendingRange(ctx, "s", "g", "-", "+", 1)),
		"COMMAND GETKEYSANDFLAGS":          testkit.Err(rdb.CommandGetKeysAndFlags(ctx, "GET", "k")),
		"XRANGE":                           testkit.Err(rdb.XRange(ctx, "s", "-", "+")),
		"XREVRANGE":                        testkit.Err(rdb.XRevRange(ctx, "s", "+", "-")),
	} {
		answeredOther(t, command, []int(nil), err)
	}
	answeredOther(t, "INCREX", []int(nil), testkit.Err(rdb.IncrExFloat(ctx, "k", 1)))
	clients.Usable(t, rdb)
}

// For commands that always return a number or a status, a null is an error, alone and in a pipeline.
func TestNullsOfDefiniteCommands(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"$-1\r\n", "*-1\r\n", "_\r\n"} {
		p := testkit.Listen(t, func(conn int, args []string) string {
			if args[0] == "HELLO" || args[0] == "PING" {
				return testkit.Friendly(conn, args)
			}
			return null
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
		pipe := rdb.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
		incr, mset, get, set := pipe.Incr("k"), pipe.MSet("k", 1), pipe.Get("k"), pipe.Set("k", 1, redpoll.NX)
		if err := pipe.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			command string
			err     error
		}{
			{"INCR", testkit.Err(rdb.Incr(ctx, "k"))}, {"MSET", rdb.MSet(ctx, "k", 1)},
			{"DBSIZE", testkit.Err(rdb.DBSize(ctx))},
			{"EXPIRE", testkit.Err(rdb.Expire(ctx, "k", time.Second))},
			{"HSET", testkit.Err(redpoll.HSetFrom(ctx, rdb, "h", struct{ A int }{}))},
			{"HINCRBYFLOAT", testkit.Err(rdb.HIncrByFloat(ctx, "h", "f", 1))}, {"BGSAVE", rdb.BgSave(ctx)},
			{"INCR", incr.Err()}, {"MSET", mset.Err()},
		} {
			answeredOther(t, c.command, []int(nil), c.err)
		}
		for _, err := range []error{
			testkit.Err(rdb.Get(ctx, "k")), rdb.Set(ctx, "k", 1, redpoll.NX),
			testkit.Err(rdb.ZRank(ctx, "z", "m")), testkit.Err(rdb.LPos(ctx, "l", "v")),
			testkit.Err(rdb.ZAddIncr(ctx, "z", "m", 1, redpoll.NX)),
			testkit.Err(rdb.XAdd(ctx, "s", "*", []any{"f", 1}, redpoll.NoMkStream)),
			testkit.Err(rdb.SPop(ctx, "s")), get.Err(), set.Err(),
		} {
			if !errors.Is(err, redpoll.Nil) {
				t.Errorf("%q: got %v, want Nil", null, err)
			}
		}
		clients.Usable(t, rdb)
	}
}
