package values_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// Converters of lists name the element that does not fit.
func TestConvertLists(t *testing.T) {
	t.Parallel()
	list := func(s ...string) ([]string, error) { return s, nil }
	nulls := func(s ...string) ([]redpoll.Null[string], error) { return clients.Nulls(s...), nil }
	one := func(v int) redpoll.Null[int] { return redpoll.Null[int]{V: v, Valid: true} }
	for _, c := range []struct {
		name string
		got  any
		err  error
		want any // value, or an error that must match
	}{
		value(redpoll.Ints(list("1", "-2"))).row("ints", []int{1, -2}),
		value(redpoll.Ints(list())).row("no ints", []int{}),
		value(redpoll.Ints(list("1", "x"))).row("one is not an int", strconv.ErrSyntax),
		value(redpoll.Ints(list("99999999999999999999"))).row("one does not fit", strconv.ErrRange),
		value(redpoll.Ints(nil, redpoll.Nil)).row("ints of nothing", redpoll.Nil),
		value(redpoll.Int64s(list("9223372036854775807"))).row("int64s", []int64{math.MaxInt64}),
		value(redpoll.Uint64s(list("18446744073709551615"))).row("uint64s", []uint64{math.MaxUint64}),
		value(redpoll.Uint64s(list("-1"))).row("negative uint64s", strconv.ErrSyntax),
		value(redpoll.Floats(list("1.5", "-inf", "1e+16"))).row("floats", []float64{1.5, math.Inf(-1), 1e16}),
		value(redpoll.Floats(list(""))).row("no float", strconv.ErrSyntax),
		value(redpoll.Bools(list("1", "false", ""))).row("bools", []bool{true, false, false}),
		value(redpoll.Bools(list("yes"))).row("no bool", strconv.ErrSyntax),
		value(redpoll.Times(list("7"))).row("times", []time.Time{time.Unix(7, 0)}),
		value(redpoll.NullInts(nulls("1", "<nil>", "3"))).row("ints that may be missing", []redpoll.Null[int]{
			one(1), {}, one(3),
		}),
		value(redpoll.NullInts(nulls("1", "x"))).row("one of them is not an int", strconv.ErrSyntax),
		value(redpoll.NullInts(nil, redpoll.Nil)).row("and an error", redpoll.Nil),
		value(redpoll.NullInt64s(nulls("7"))).row("int64s that may be missing",
			[]redpoll.Null[int64]{{V: 7, Valid: true}}),
		value(redpoll.NullFloats(nulls("1.5"))).row("floats that may be missing",
			[]redpoll.Null[float64]{{V: 1.5, Valid: true}}),
		value(redpoll.NullBools(nulls("1"))).row("bools that may be missing",
			[]redpoll.Null[bool]{{V: true, Valid: true}}),
	} {
		if want, ok := c.want.(error); ok {
			if !errors.Is(c.err, want) || !reflect.ValueOf(c.got).IsNil() {
				t.Errorf("%s: got %v and %v, want the error %v", c.name, c.got, c.err, want)
			}
		} else if c.err != nil || !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, c.got, c.err, c.want)
		}
	}
	_, err := redpoll.Ints(list("1", "secret"))
	var fault *redpoll.ReplyError
	if !errors.As(err, &fault) ||
		fault.Command != "Ints" ||
		!strings.Contains(err.Error(), "element 1: the text (6 bytes) is not a whole number") ||
		strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}

// Converters work on calls and on handles.
func TestConvertHandles(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(int64(2))(t.Client.RPush(ctx, "l", 1, 2))
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 1.5))
		t.Want([]int{1, 2})(redpoll.Ints(t.Client.LRange(ctx, "l", 0, -1)))
		t.Want([]redpoll.Null[float64]{{V: 1, Valid: true}, {}, {V: 1.5, Valid: true}})(
			redpoll.NullFloats(t.Client.MGet(ctx, "a", "none", "b")))
		pipe := t.Client.Pipeline()
		list, n, none, sum := pipe.LRange("l", 0, -1), pipe.Get("a"), pipe.Get("none"), pipe.Incr("a")
		if _, err := redpoll.Int(n.Result()); !errors.Is(err, redpoll.ErrNotExecuted) {
			t.Errorf("before Exec: %v", err)
		}
		t.OK(pipe.Exec(ctx))
		t.Want([]int{1, 2})(redpoll.Ints(list.Result()))
		t.Want(1)(redpoll.Int(n.Result()))
		t.IsNil(redpoll.Int(none.Result()))
		t.Want(int64(2))(sum.Result())
	})
}

// A Value can be read as a list of numbers.
func TestValueNumbers(t *testing.T) {
	t.Parallel()
	v := redpoll.ValueOf
	for _, c := range []struct {
		name string
		got  any
		err  error
		want any // value, or a part of the error
	}{
		value(v([]any{1, "2", nil, true}).Ints()).row("ints", []int{1, 2, 0, 1}),
		value(v([]any{int64(math.MinInt64)}).Int64s()).row("int64s", []int64{math.MinInt64}),
		value(v([]any{1.5, "2.5", 3, nil}).Floats()).row("floats", []float64{1.5, 2.5, 3, 0}),
		value(v([]any{true, 0, "1", nil}).Bools()).row("bools", []bool{true, false, true, false}),
		value(v([]any{}).Ints()).row("none", []int{}),
		value(v([]any{1, "x"}).Ints()).row("one is not an int", "element 1 is text that is not a whole number"),
		value(v([]any{"x"}).Floats()).row("one is not a number", "element 0 is text that is not a number"),
		value(v([]any{[]any{}}).Bools()).row("one is not a bool",
			"element 0 is of kind array, not a boolean"),
		value(v([]any{&redpoll.ServerError{Code: "WRONGTYPE", Message: "no"}}).Int64s()).row(
			"one is an error", "WRONGTYPE no"),
		value(v(7).Ints()).row("no list", "the reply is of kind int, not an array"),
		value(v(nil).Ints()).row("nothing", "redpoll: nil"),
	} {
		if want, ok := c.want.(string); ok {
			if c.err == nil || !strings.Contains(c.err.Error(), want) ||
				!errors.As(c.err, new(redpoll.Error)) {
				t.Errorf("%s: got %v and %v, want the error %q", c.name, c.got, c.err, want)
			}
		} else if c.err != nil || !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, c.got, c.err, c.want)
		}
	}
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 2))
		reply := testkit.Must[redpoll.Value](t)(t.Client.Do(ctx, "MGET", "a", "b", "none"))
		t.Want([]int{1, 2, 0})(reply.Ints())
		t.Want([]float64{1, 2, 0})(reply.Floats())
	})
}

// ValueOf returns the value that a server would send, and Any returns the original.
func TestValueOf(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	type own struct{ A int }
	for _, tt := range []struct {
		name  string
		v     any
		kind  redpoll.ValueKind
		any   any // nil if it is v
		shown string
	}{
		{"nothing", nil, redpoll.KindNil, nil, "(nil)"},
		{"a nil big.Int", (*big.Int)(nil), redpoll.KindNil, nil, "(nil)"},
		{"a string", "a", redpoll.KindString, "a", `"a"`},
		{"bytes", []byte("a"), redpoll.KindString, "a", `"a"`},
		{"an int", 7, redpoll.KindInt, int64(7), "7"},
		{"an int64", int64(-7), redpoll.KindInt, int64(-7), "-7"},
		{"a uint32", uint32(7), redpoll.KindInt, int64(7), "7"},
		{"a large uint64", uint64(math.MaxUint64), redpoll.KindBigInt, new(big.Int).SetUint64(math.MaxUint64),
			"18446744073709551615"},
		{"a float", 1.5, redpoll.KindFloat, 1.5, "1.5"}, {"a bool", true, redpoll.KindBool, true, "true"},
		{"false", false, redpoll.KindBool, false, "false"},
		{"a big.Int", huge, redpoll.KindBigInt, huge, "123456789012345678901234567890"},
		{"a status", redpoll.StatusOf("OK"), redpoll.KindStatus, "OK", "OK"},
		{"strings", []string{"a"}, redpoll.KindArray, []any{"a"}, `["a"]`},
		{"ints", []int{1}, redpoll.KindArray, []any{int64(1)}, "[1]"},
		{"floats", []float64{1.5}, redpoll.KindArray, []any{1.5}, "[1.5]"},
		{"int64s", []int64{1}, redpoll.KindArray, []any{int64(1)}, "[1]"},
		{"Values", []redpoll.Value{redpoll.StatusOf("OK")}, redpoll.KindArray, []any{"OK"}, "[OK]"},
		{"anything", []any{"a", nil, []any{1}}, redpoll.KindArray, []any{"a", nil, []any{int64(1)}},
			`["a" (nil) [1]]`},
		{"a map", map[string]any{"b": 1, "a": nil}, redpoll.KindMap, map[any]any{"b": int64(1), "a": nil},
			`["a" (nil) "b" 1]`},
		{"a map of strings", map[string]string{"a": "b"}, redpoll.KindMap, map[any]any{"a": "b"},
			`["a" "b"]`},
		{"a map of anything", map[any]any{1: "b"}, redpoll.KindMap, map[any]any{int64(1): "b"}, `[1 "b"]`},
		{"another type", own{1}, redpoll.KindOther, own{1}, "{1}"},
	} {
		v := redpoll.ValueOf(tt.v)
		if v.Kind() != tt.kind || !reflect.DeepEqual(v.Any(), tt.any) || v.String() != tt.shown {
			t.Errorf("%s: %v, %#v, %s; want %v, %#v, %s",
				tt.name, v.Kind(), v.Any(), v, tt.kind, tt.any, tt.shown)
		}
	}
	for name, err := range map[string]error{
		"a server's": &redpoll.ServerError{Code: "WRONGTYPE", Message: "wrong kind"},
		"another":    errors.New("WRONGTYPE wrong kind"),
	} {
		v := redpoll.ValueOf(err)
		var se *redpoll.ServerError
		if v.Kind() != redpoll.KindError ||
			!errors.As(v.Err(), &se) || !strings.HasSuffix(se.Message, "wrong kind") ||
			errors.Is(v.Err(), redpoll.ErrWrongType) != (name == "a server's") {
			t.Errorf("%s error is %v", name, v.Err())
		}
	}
}

// Fakes can make handles with results.
func TestMadeHandles(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	if v, err := redpoll.NewReply(7, nil).Result(); v != 7 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if h := redpoll.NewReply("x", own); h.Val() != "" || h.Err() != own { //nolint:errorlint // it is that very error
		t.Errorf("%v, %v", h.Val(), h.Err())
	}
	if redpoll.NewStatus(nil).Err() != nil || redpoll.NewStatus(own).Err() != own { //nolint:errorlint // it is that very error
		t.Error("a Status")
	}
}
