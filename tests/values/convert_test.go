package values_test

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	call := func(s string) (string, error) { return s, nil }
	at := time.Date(2024, 5, 6, 7, 8, 9, 250_000_000, time.UTC)
	for _, c := range []struct {
		name string
		got  any
		err  error
		want any // value, or an error that must match
	}{
		value(redpoll.Int(call("-42"))).row("int", -42),
		value(redpoll.Int(call("4.2"))).row("int with a fraction", strconv.ErrSyntax),
		value(redpoll.Int(call("99999999999999999999"))).row("int that does not fit", strconv.ErrRange),
		value(redpoll.Int("", redpoll.Nil)).row("int of nothing", redpoll.Nil),
		value(redpoll.Int64(call("9223372036854775807"))).row("int64", int64(math.MaxInt64)),
		value(redpoll.Int64("", redpoll.Nil)).row("int64 of nothing", redpoll.Nil),
		value(redpoll.Uint64(call("18446744073709551615"))).row("uint64", uint64(math.MaxUint64)),
		value(redpoll.Uint64(call("-1"))).row("negative uint64", strconv.ErrSyntax),
		value(redpoll.Uint64("", redpoll.Nil)).row("uint64 of nothing", redpoll.Nil),
		value(redpoll.Float(call("1e+16"))).row("float", 1e16),
		value(redpoll.Float(call("-inf"))).row("infinite float", math.Inf(-1)),
		value(redpoll.Float(call("+Infinity"))).row("infinite float in full", math.Inf(1)),
		value(redpoll.Float(call("-nan"))).row("not a number", math.NaN()),
		value(redpoll.Float(call("nan(ind)"))).row("not a number, with its kind", math.NaN()),
		value(redpoll.Float(call("1e400"))).row("float that does not fit", strconv.ErrRange),
		value(redpoll.Float(call("x"))).row("no float", strconv.ErrSyntax),
		value(redpoll.Float(call("1_000"))).row("float with an underscore", strconv.ErrSyntax),
		value(redpoll.Float(call("0x1p4"))).row("hexadecimal float", strconv.ErrSyntax),
		value(redpoll.Float("", redpoll.Nil)).row("float of nothing", redpoll.Nil),
		value(redpoll.Bool(call("1"))).row("1", true),
		value(redpoll.Bool(call("True"))).row("True", true),
		value(redpoll.Bool(call("0"))).row("0", false),
		value(redpoll.Bool(call(""))).row("empty", false),
		value(redpoll.Bool(call("yes"))).row("yes", strconv.ErrSyntax),
		value(redpoll.Bool("", redpoll.Nil)).row("bool of nothing", redpoll.Nil),
		value(redpoll.Bytes(call("ab"))).row("bytes", []byte("ab")),
		value(redpoll.Bytes("", redpoll.Nil)).row("bytes of nothing", redpoll.Nil),
		value(redpoll.Time(call(at.Format(time.RFC3339Nano)))).row("RFC 3339", at),
		value(redpoll.Time(call("1715000000"))).row("seconds", time.Unix(1715000000, 0)),
		value(redpoll.Time(call("1715000000.25"))).row("seconds with a fraction",
			time.Unix(1715000000, 250_000_000)),
		value(redpoll.Time(call("-1.5"))).row("before 1970", time.Unix(-2, 500_000_000)),
		value(redpoll.Time(call("1.x"))).row("no fraction", strconv.ErrSyntax),
		value(redpoll.Time(call("1.5e3"))).row("exponent", strconv.ErrSyntax),
		value(redpoll.Time(call("tomorrow"))).row("no time", strconv.ErrSyntax),
		value(redpoll.Time("", redpoll.Nil)).row("time of nothing", redpoll.Nil),
	} {
		if want, ok := c.want.(error); ok {
			if !errors.Is(c.err, want) {
				t.Errorf("%s: got %v and %v, want the error %v", c.name, c.got, c.err, want)
			}
		} else if c.err != nil || !equalOrNaN(c.got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, c.got, c.err, c.want)
		}
	}
}

// converted is the result of a call, for a row of the table above.
type converted struct {
	got any
	err error
}

func value(got any, err error) converted { return converted{got, err} }

func (c converted) row(name string, want any) struct {
	name string
	got  any
	err  error
	want any
} {
	return struct {
		name string
		got  any
		err  error
		want any
	}{name, c.got, c.err, want}
}

func TestNullOr(t *testing.T) {
	t.Parallel()
	if got := (redpoll.Null[int]{V: 5, Valid: true}).Or(7); got != 5 {
		t.Errorf("a present element gives %d", got)
	}
	if got := (redpoll.Null[int]{}).Or(7); got != 7 {
		t.Errorf("a missing element gives %d", got)
	}
}

// Covers: F395
func TestPairs(t *testing.T) {
	t.Parallel()
	got := redpoll.Pairs(map[string]any{"b": 2, "a": "x", "c": 1.5})
	if want := []any{"a", "x", "b", 2, "c", 1.5}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
