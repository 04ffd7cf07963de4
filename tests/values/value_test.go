package values_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// valueOf returns the Value of a reply in the protocol's format.
func valueOf(t testing.TB, wire string) redpoll.Value {
	t.Helper()
	p := testkit.Listen(t, testkit.Answering(map[string]string{"FOO": wire}))
	v, err := clients.New(t, redpoll.Options{Addr: p.Addr()}).Do(t.Context(), "FOO")
	if err != nil {
		t.Fatalf("%q gives the error %v", wire, err)
	}
	return v
}

// errUnfit stands for an accessor that must fail.
var errUnfit = errors.New("refused")

// Covers: F145, F147
func TestValue(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, tt := range []struct {
		name, wire, shown string
		kind              redpoll.ValueKind
		text, integer     any // results of Text and Int64, or errors
		float, boolean    any
		any               any
	}{
		{"nil bulk", "$-1\r\n", "(nil)", redpoll.KindNil, redpoll.Nil, redpoll.Nil, redpoll.Nil, redpoll.Nil,
			nil},
		{"nil array", "*-1\r\n", "(nil)", redpoll.KindNil, redpoll.Nil, redpoll.Nil, redpoll.Nil, redpoll.Nil,
			nil},
		{"nil of RESP3", "_\r\n", "(nil)", redpoll.KindNil, redpoll.Nil, redpoll.Nil, redpoll.Nil,
			redpoll.Nil, nil},
		{"status", "+OK\r\n", "OK", redpoll.KindStatus, "OK", errUnfit, errUnfit, true, "OK"},
		{"other status", "+PONG\r\n", "PONG", redpoll.KindStatus, "PONG", errUnfit, errUnfit, errUnfit,
			"PONG"},
		{"string", "$3\r\na\"b\r\n", `"a\"b"`, redpoll.KindString, `a"b`, errUnfit, errUnfit, errUnfit,
			`a"b`},
		{"empty string", "$0\r\n\r\n", `""`, redpoll.KindString, "", errUnfit, errUnfit, errUnfit, ""},
		{"integer as text", "$2\r\n42\r\n", `"42"`, redpoll.KindString, "42", int64(42), 42.0, errUnfit,
			"42"},
		{"float as text", "$3\r\n1.5\r\n", `"1.5"`, redpoll.KindString, "1.5", errUnfit, 1.5, errUnfit,
			"1.5"},
		{"verbatim", "=7\r\ntxt:abc\r\n", `"abc"`, redpoll.KindString, "abc", errUnfit, errUnfit, errUnfit,
			"abc"},
		{"integer", ":-7\r\n", "-7", redpoll.KindInt, "-7", int64(-7), -7.0, true, int64(-7)},
		{"zero", ":0\r\n", "0", redpoll.KindInt, "0", int64(0), 0.0, false, int64(0)},
		{"double", ",1.25\r\n", "1.25", redpoll.KindFloat, "1.25", errUnfit, 1.25, errUnfit, 1.25},
		{"infinity", ",-inf\r\n", "-inf", redpoll.KindFloat, "-inf", errUnfit, math.Inf(-1), errUnfit,
			math.Inf(-1)},
		{"not a number", ",-nan(ind)\r\n", "-nan(ind)", redpoll.KindFloat, "-nan(ind)", errUnfit, math.NaN(),
			errUnfit, math.NaN()},
		{"not a number as text", "$4\r\n-nan\r\n", `"-nan"`, redpoll.KindString, "-nan", errUnfit, math.NaN(),
			errUnfit, "-nan"},
		{"not a number as a status", "+NaN\r\n", "NaN", redpoll.KindStatus, "NaN", errUnfit, math.NaN(),
			errUnfit, "NaN"},
		{"infinity as text", "$9\r\n+Infinity\r\n", `"+Infinity"`, redpoll.KindString, "+Infinity", errUnfit,
			math.Inf(1), errUnfit, "+Infinity"},
		{"hexadecimal text", "$5\r\n0x1p4\r\n", `"0x1p4"`, redpoll.KindString, "0x1p4", errUnfit, errUnfit,
			errUnfit, "0x1p4"},
		{"true", "#t\r\n", "true", redpoll.KindBool, errUnfit, int64(1), errUnfit, true, true},
		{"false", "#f\r\n", "false", redpoll.KindBool, errUnfit, int64(0), errUnfit, false, false},
		{"big number", "(123456789012345678901234567890\r\n", huge.String(), redpoll.KindBigInt,
			huge.String(), errUnfit, 123456789012345678901234567890.0, errUnfit, huge},
		{"array", "*2\r\n:1\r\n$1\r\na\r\n", `[1 "a"]`, redpoll.KindArray, errUnfit, errUnfit, errUnfit,
			errUnfit, []any{int64(1), "a"}},
		{"empty array", "*0\r\n", "[]", redpoll.KindArray, errUnfit, errUnfit, errUnfit, errUnfit, []any{}},
		{"nested arrays", "*2\r\n*2\r\n*1\r\n:1\r\n*-1\r\n$1\r\na\r\n", `[[[1] (nil)] "a"]`,
			redpoll.KindArray, errUnfit, errUnfit, errUnfit, errUnfit,
			[]any{[]any{[]any{int64(1)}, nil}, "a"}},
		{"set", "~2\r\n+a\r\n+b\r\n", "[a b]", redpoll.KindSet, errUnfit, errUnfit, errUnfit, errUnfit,
			[]any{"a", "b"}},
		{"map", "%1\r\n+k\r\n:1\r\n", "[k 1]", redpoll.KindMap, errUnfit, errUnfit, errUnfit, errUnfit,
			map[any]any{"k": int64(1)}},
		{"map with an array as key", "%1\r\n*1\r\n:2\r\n:1\r\n", "[[2] 1]", redpoll.KindMap, errUnfit,
			errUnfit, errUnfit, errUnfit, map[any]any{"[2]": int64(1)}},
		{"attribute before the reply", "|1\r\n+ttl\r\n:9\r\n$1\r\na\r\n", `"a"`, redpoll.KindString, "a",
			errUnfit, errUnfit, errUnfit, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := valueOf(t, tt.wire)
			if v.Kind() != tt.kind || v.IsNil() != (tt.kind == redpoll.KindNil) || v.String() != tt.shown ||
				v.Err() != nil {
				t.Errorf("kind %v, shown as %s, error %v", v.Kind(), v, v.Err())
			}
			if got := v.Any(); !equalOrNaN(got, tt.any) {
				t.Errorf("Any gives %#v, want %#v", got, tt.any)
			}
			check := func(name string, got any, err error, want any) {
				t.Helper()
				wantErr, isErr := want.(error)
				switch {
				case !isErr && (err != nil || !equalOrNaN(got, want)):
					t.Errorf("%s gives %#v, %v, want %#v", name, got, err, want)
				case isErr && wantErr == redpoll.Nil && !errors.Is(err, redpoll.Nil):
					t.Errorf("%s gives %#v, %v, want Nil", name, got, err)
				case isErr && wantErr == errUnfit && !errors.As(err, new(*redpoll.ReplyError)):
					t.Errorf("%s gives %#v, %v, want a *ReplyError", name, got, err)
				}
			}
			text, err := v.Text()
			check("Text", text, err, tt.text)
			raw, err := v.Bytes()
			check("Bytes", string(raw), err, tt.text)
			n, err := v.Int64()
			check("Int64", n, err, tt.integer)
			short, err := v.Int()
			check("Int", int64(short), err, tt.integer)
			f, err := v.Float()
			check("Float", f, err, tt.float)
			b, err := v.Bool()
			check("Bool", b, err, tt.boolean)
		})
	}
}

// Covers: F145
func TestValueLists(t *testing.T) {
	t.Parallel()
	list := valueOf(t, "*3\r\n$1\r\na\r\n$-1\r\n:3\r\n")
	if got, err := list.Strings(); !reflect.DeepEqual(got, []string{"a", "", "3"}) || err != nil {
		t.Errorf("Strings gives %q, %v", got, err)
	}
	if got, err := list.Array(); len(got) != 3 || !got[1].IsNil() || err != nil {
		t.Errorf("Array gives %v, %v", got, err)
	}
	if got, err := list.Map(); err == nil {
		t.Errorf("three elements are the map %v", got)
	}
	for name, wire := range map[string]string{
		"RESP3": "%2\r\n+a\r\n:1\r\n:2\r\n+b\r\n",
		"RESP2": "*4\r\n+a\r\n:1\r\n:2\r\n+b\r\n",
	} {
		got, err := valueOf(t, wire).Map()
		if a, _ := got["a"].Int(); len(got) != 2 || a != 1 || got["2"].Any() != "b" || err != nil {
			t.Errorf("%s: Map gives %v, %v", name, got, err)
		}
	}
	fields := valueOf(t, "*6\r\n+a\r\n:1\r\n:2\r\n+b\r\n+c\r\n$-1\r\n")
	want := map[string]string{"a": "1", "2": "b", "c": ""}
	if got, err := fields.StringMap(); !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("StringMap gives %q, %v", got, err)
	}
	for _, wire := range []string{"*1\r\n+a\r\n", "*2\r\n+a\r\n*0\r\n", ":1\r\n"} {
		if got, err := valueOf(t, wire).StringMap(); got != nil || !errors.As(err, new(*redpoll.ReplyError)) {
			t.Errorf("%q is the map %q, %v", wire, got, err)
		}
	}
	if got, err := valueOf(t, "~2\r\n+a\r\n+b\r\n").Map(); err == nil {
		t.Errorf("a set is the map %v", got)
	}
	if got, err := valueOf(t, "*1\r\n*0\r\n").Strings(); !errors.As(err, new(*redpoll.ReplyError)) {
		t.Errorf("an array of arrays is the list %q, %v", got, err)
	}
	none := valueOf(t, "*-1\r\n")
	_, arrayErr := none.Array()
	_, stringsErr := none.Strings()
	_, mapErr := none.Map()
	for _, err := range []error{arrayErr, stringsErr, mapErr} {
		if !errors.Is(err, redpoll.Nil) {
			t.Errorf("for no value the error is %v", err)
		}
	}
	var zero redpoll.Value
	if !zero.IsNil() || zero.String() != "(nil)" {
		t.Errorf("the zero Value is %v", zero)
	}
}

func TestValueBigInt(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]string{
		":-5\r\n": "-5", "(123456789012345678901234567890\r\n": "123456789012345678901234567890",
		"$30\r\n123456789012345678901234567890\r\n": "123456789012345678901234567890",
	} {
		if got, err := valueOf(t, wire).BigInt(); fmt.Sprint(got) != want || err != nil {
			t.Errorf("%q gives %v, %v", wire, got, err)
		}
	}
	for _, wire := range []string{"$1\r\nx\r\n", ",1.5\r\n", "*0\r\n"} {
		if got, err := valueOf(t, wire).BigInt(); err == nil {
			t.Errorf("%q gives %v", wire, got)
		}
	}
}

// An error inside a reply stays at its place, and the other elements can be read.
//
// Covers: F87
func TestErrorInsideAReply(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		rdb, _ := clients.Shared(t, redpoll.Options{Protocol: protocol})
		v, err := rdb.Do(t.Context(), "EVAL", "return {1, redis.error_reply('WRONGTYPE my own'), 'x'}", 0)
		if err != nil {
			t.Fatal(err)
		}
		list, err := v.Array()
		if err != nil || len(list) != 3 {
			t.Fatalf("got %v, %v", v, err)
		}
		if list[0].Any() != int64(1) || list[2].Any() != "x" {
			t.Errorf("the other elements are %v and %v", list[0], list[2])
		}
		bad := list[1]
		_, textErr := bad.Text()
		own, _ := bad.Any().(error)
		for _, err := range []error{bad.Err(), textErr, own} {
			var se *redpoll.ServerError
			if !errors.Is(err, redpoll.ErrWrongType) || !errors.As(err, &se) ||
				se.Error() != "redpoll: WRONGTYPE my own" {
				t.Errorf("the error is %v", err)
			}
			if redpoll.OutcomeOf(err) != redpoll.Executed || errors.Is(err, redpoll.ErrRefused) {
				t.Errorf("the outcome of %v is %v", err, redpoll.OutcomeOf(err))
			}
		}
		if bad.Kind() != redpoll.KindError || bad.String() != "(error) WRONGTYPE my own" {
			t.Errorf("it is of kind %v and shows as %v", bad.Kind(), bad)
		}
		if _, err := v.Strings(); !errors.Is(err, redpoll.ErrWrongType) {
			t.Errorf("Strings gives %v", err)
		}
		clients.Usable(t, rdb)
	}
}

func TestKindNames(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for k := redpoll.KindNil; k <= redpoll.KindOther; k++ {
		if names[k.String()] = true; k.String() == "" || k.String() == "unknown" {
			t.Errorf("kind %d is called %q", k, k)
		}
	}
	if len(names) != int(redpoll.KindOther)+1 || (redpoll.KindOther+1).String() != "unknown" {
		t.Errorf("the names are %v", names)
	}
}

// equalOrNaN is reflect.DeepEqual, except that a NaN is equal to itself.
func equalOrNaN(a, b any) bool {
	f, ok := a.(float64)
	g, also := b.(float64)
	return ok && also && math.IsNaN(f) && math.IsNaN(g) || reflect.DeepEqual(a, b)
}

// Numbers without a sign may be larger than an int64, and points in time have the forms of redpoll.Time.
func TestValueUint64AndTime(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]any{
		":7\r\n": uint64(7), "$1\r\n7\r\n": uint64(7), "(18446744073709551615\r\n": uint64(math.MaxUint64),
		"#t\r\n": uint64(1), ":-1\r\n": errUnfit, "$2\r\n-1\r\n": errUnfit, "*0\r\n": errUnfit, "_\r\n": redpoll.Nil,
	} {
		got, err := valueOf(t, wire).Uint64()
		wantValue(t, wire, got, err, want)
	}
	for wire, want := range map[string]any{
		":7\r\n": time.Unix(7, 0), "$3\r\n7.5\r\n": time.Unix(7, 5e8), ",7.5\r\n": time.Unix(7, 5e8),
		"$20\r\n1970-01-01T00:00:07Z\r\n": time.Unix(7, 0).UTC(), "+OK\r\n": errUnfit, "#t\r\n": errUnfit,
		"_\r\n": redpoll.Nil,
	} {
		got, err := valueOf(t, wire).Time()
		wantValue(t, wire, got, err, want)
	}
}

// wantValue checks the result of an accessor; want may be Nil or errUnfit.
func wantValue(t *testing.T, wire string, got any, err error, want any) {
	t.Helper()
	switch want {
	case redpoll.Nil:
		if !errors.Is(err, redpoll.Nil) {
			t.Errorf("%q gives %v, %v, want Nil", wire, got, err)
		}
	case errUnfit:
		if !errors.As(err, new(*redpoll.ReplyError)) {
			t.Errorf("%q gives %v, %v, want a *ReplyError", wire, got, err)
		}
	default:
		if err != nil || got != want {
			t.Errorf("%q gives %v, %v, want %v", wire, got, err, want)
		}
	}
}
