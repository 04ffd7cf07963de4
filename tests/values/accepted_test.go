package values_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// These types are examples of types of users.
type (
	ID      string
	Count   int
	Weight  float32
	Enabled bool
	Color   int // encodes itself as text
	Point   struct{ X, Y int }
	Person  struct { // encodes itself as bytes, through the interface that other clients use
		Name string
		Tags []string
	}
	Failing struct{}
)

func (c Color) MarshalText() ([]byte, error)  { return []byte([]string{"red", "green"}[c]), nil }
func (p *Point) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d,%d", p.X, p.Y), nil }
func (p Person) MarshalBinary() ([]byte, error) {
	return json.Marshal(map[string]any{"n": p.Name, "t": p.Tags})
}
func (Failing) MarshalText() ([]byte, error) { return nil, errors.New("no text today") }

var accepted = []struct {
	name string
	v    any
	want string
}{
	{"a named string", ID("a1"), "a1"},
	{"a named int", Count(-7), "-7"},
	{"a named float", Weight(0.1), "0.1"},
	{"raw JSON", json.RawMessage(`{"a":1}`), `{"a":1}`},
	{"an int that writes itself", Color(1), "green"},
	{"a pointer that writes itself", &Point{1, 2}, "1,2"},
	{"a value whose pointer does", Point{1, 2}, "1,2"},
	{"bytes of its own", Person{"Ada", []string{"x"}}, `{"n":"Ada","t":["x"]}`},
	{"a pointer to them", &Person{"Ada", nil}, `{"n":"Ada","t":null}`},
	{"text before bytes", netip.MustParseAddr("10.0.0.1"), "10.0.0.1"},
	{"a URL", &url.URL{Scheme: "redis", Host: "h"}, "redis://h"},
	{"a time", time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC), "2024-05-06T07:08:09.00000001Z"},
	{"JSON", redpoll.JSON(map[string]int{"a": 1}), `{"a":1}`},
}

// Named types, and types that encode themselves, are accepted wherever a value is.
//
// Covers: F50
func TestAcceptedValues(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		rdb := t.Client
		script := rdb.RegisterScript("return ARGV[1]")
		for _, c := range accepted {
			for where, err := range map[string]error{
				"Set": rdb.Set(ctx, "k", c.v), "SetEx": rdb.SetEx(ctx, "k2", time.Minute, c.v),
				"HSet": testkit.Err(rdb.HSet(ctx, "h", "f", c.v)),
				"SAdd": testkit.Err(rdb.SAdd(ctx, "s", c.v)), "RPush": testkit.Err(rdb.RPush(ctx, "l", c.v)),
				"MSet": rdb.MSet(ctx, "k3", c.v), "Do": testkit.Err(rdb.Do(ctx, "SET", "k4", c.v)),
				"XAdd": testkit.Err(rdb.XAdd(ctx, "x", "*", []any{"f", c.v})),
				"Run":  testkit.Err(script.Run(ctx, nil, c.v)),
				"Eval": testkit.Err(rdb.Eval(ctx, "return ARGV[1]", nil, c.v)),
			} {
				if err != nil {
					t.Errorf("%s of %s: %v", where, c.name, err)
				}
			}
			for _, key := range []string{"k", "k2", "k3", "k4"} {
				t.Holds(c.want, "GET", key)
			}
			t.Holds(c.want, "HGET", "h", "f")
			t.Holds(c.want, "LINDEX", "l", "-1")
			t.Holds(int64(1), "SISMEMBER", "s", c.want)
			pipe := rdb.Pipeline()
			pipe.Set("p", c.v)
			echo := script.Queue(pipe, nil, c.v)
			t.OK(pipe.Exec(ctx))
			t.Holds(c.want, "GET", "p")
			t.Want(c.want)(echo.Val().Text())
		}
	})
}

// The error for a refused value has its position in a list and a remedy. Nothing is sent.
//
// Covers: F51
func TestRefusedWithPlaceAndRemedy(t *testing.T) {
	t.Parallel()
	base := clients.NewTest(t, redpoll.Options{})
	rdb := base.Client
	type user struct{ Name string }
	for _, tt := range []struct {
		name string
		err  error
		says string
	}{
		{"a bool", rdb.Set(ctx, "k", true), "redpoll: SET value: is a bool; pass 1 or 0"},
		{"a named bool", rdb.Set(ctx, "k", Enabled(true)),
			"SET value: is a values_test.Enabled; pass 1 or 0"},
		{"nil", rdb.Set(ctx, "k", nil), "SET value: is nil"},
		{"a nil pointer", rdb.Set(ctx, "k", (*Point)(nil)), "SET value: is a nil *values_test.Point"},
		{"a Duration", rdb.Set(ctx, "k", time.Second),
			"SET value: is a time.Duration; pass a number in the unit you want, such as d.Milliseconds()"},
		{"a failing method", rdb.Set(ctx, "k", Failing{}), "SET value: cannot be written: no text today"},
		{"a member", testkit.Err(rdb.SAdd(ctx, "s", "a", "b", nil)), "SADD members[2]: is nil"},
		{"an element", testkit.Err(rdb.RPush(ctx, "l", "a", []string{"b"})), "redpoll.Spread(list)..."},
		{"a pair", testkit.Err(rdb.HSet(ctx, "h", "a", 1, "b", false)), "HSET pairs[3]: is a bool"},
		{"a map", testkit.Err(rdb.HSet(ctx, "h", map[string]int{"a": 1})),
			"HSET pairs[0]: has the type map[string]int; "},
		{"a map's remedy", testkit.Err(rdb.HSet(ctx, "h", map[string]int{"a": 1})), "redpoll.Pairs(m)..."},
		{"a struct", testkit.Err(rdb.HSet(ctx, "h", user{"a"})), "redpoll.HSetFrom"},
		{"a pointer to a struct", rdb.Set(ctx, "k", &user{"a"}), "redpoll.JSON(v)"},
		{"an argument of Do", testkit.Err(rdb.Do(ctx, "SET", "k", user{})),
			"SET argument 2: has the type values_test.user"},
		{"a JSON that has none", rdb.Set(ctx, "k", redpoll.JSON(make(chan int))), "has no JSON form"},
		{"a time as JSON", rdb.JSONSet(ctx, "k", "$", time.Now()),
			"JSON.SET value: has the type time.Time; only JSON text"},
		{"a list with a bool", testkit.Err(rdb.SAdd(ctx, "s", redpoll.Spread([]bool{true})...)),
			"SADD members[0]: is a bool"},
	} {
		var fault *redpoll.DataError
		if !errors.As(tt.err, &fault) || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s: got %v, want it to say %q", tt.name, tt.err, tt.says)
		}
	}
	base.Holds(int64(0), "DBSIZE")
}

// Spread passes a list of any type where values are expected.
func TestSpread(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		type ids []ID
		for name, list := range map[string][]any{
			"strings": redpoll.Spread([]string{"1", "2"}), "ints": redpoll.Spread([]int{1, 2}),
			"a named type": redpoll.Spread([]ID{"1", "2"}),
			"a named list": redpoll.Spread(ids{"1", "2"}),
			"bytes":        redpoll.Spread([][]byte{[]byte("1"), []byte("2")}),
			"floats":       redpoll.Spread([]float64{1, 2}),
		} {
			t.Want(2)(t.Client.RPush(ctx, name, list...))
			first := testkit.Must[string](t)(t.Client.LIndex(ctx, name, 1))
			if !strings.HasPrefix(first, "2") {
				t.Errorf("%s: got %q", name, first)
			}
		}
		if list := redpoll.Spread([]int(nil)); list == nil || len(list) != 0 {
			t.Errorf("nothing spreads to %#v", list)
		}
		t.Want(int64(2))(t.Client.SAdd(ctx, "set", redpoll.Spread([]ID{"a", "b"})...))
	})
}
