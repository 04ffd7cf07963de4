package decode

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// The type of a place decides how a reply is read.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply string
		place func(p any) any // makes the place from a pointer to a value
		zero  any
		want  any
	}{
		{"text", "$1 a", nil, "", "a"},
		{"number", ":7", nil, int64(0), int64(7)},
		{"index", "$20 18446744073709551615", nil, uint64(0), uint64(math.MaxUint64)},
		{"float", "$3 1.5", nil, 0.0, 1.5},
		{"boolean", ":1", nil, false, true},
		{"words", "*1 $1 a", nil, []string(nil), []string{"a"}},
		{"milliseconds", ":7", nil, time.Duration(0), 7 * time.Millisecond},
		{"microseconds", ":7", func(p any) any {
			return Micros(p.(*time.Duration))
		}, time.Duration(0), 7 * time.Microsecond},
		{"seconds", "$3 1.5", func(p any) any {
			return Seconds(p.(*time.Duration))
		}, time.Duration(0), 1500 * time.Millisecond},
		{"time", ":1500", nil, time.Time{}, time.UnixMilli(1500)},
		{"time of 0", ":0", nil, time.Time{}, time.Time{}},
		{"time of none", ":-1", nil, time.Time{}, time.Time{}},
		{"time in seconds", ":7", func(p any) any {
			return Unix(p.(*time.Time))
		}, time.Time{}, time.Unix(7, 0)},
		{"time in seconds of 0", ":0", func(p any) any {
			return Unix(p.(*time.Time))
		}, time.Time{}, time.Time{}},
		{"user data", "$1 a", func(p any) any { return User(p.(*string)) }, "", "A"},
		{"list of user data", "*1 $1 a", func(p any) any {
			return Users(p.(*[]string))
		}, []string(nil), []string{"A"}},
		{"map", "*2 $1 a $1 b", nil, map[string]string(nil), map[string]string{"A": "B"}},
		{"text of a form", "$1 a", func(p any) any {
			return Parsed(func(s string) bool { *p.(*string) = s + s; return true })
		}, "", "aa"},
		{"a function", "$1 a", func(p any) any {
			return func(d *Reply) error { return ElementWord(d, p.(*string)) }
		}, "", "a"},
		{"nothing", "*1 $1 a", func(any) any { return nil }, "", ""},
	} {
		d := &Reply{Decoder: resp.NewDecoder(testkit.Frame(c.reply)), Encoding: upper{}}
		v := reflect.New(reflect.TypeOf(c.zero))
		place := v.Interface()
		if c.place != nil {
			place = c.place(place)
		}
		known, err := Plain(d, place)
		if got := v.Elem().Interface(); !known || err != nil || !reflect.DeepEqual(got, c.want) || d.More() {
			t.Errorf("%s: %#v, known %v, %v; want %#v", c.name, got, known, err, c.want)
		}
	}
	d := ReplyOf("a")
	if known, err := Plain(&d, new(struct{})); known || err != nil {
		t.Errorf("an unknown type: known %v, %v", known, err)
	}
	d = ReplyOf("a")
	if _, err := Plain(&d, Parsed(func(string) bool { return false })); kindOf(err) != wrong {
		t.Errorf("text of another form: %v", err)
	}
	d = ReplyOf("a")
	if _, err := Plain(&d, new(int64)); kindOf(err) != wrong {
		t.Errorf("text for a number: %v", err)
	}
}

// A time that is too long for a duration becomes the longest one.
func TestSpan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    int64
		unit time.Duration
		want time.Duration
	}{
		{0, time.Second, 0}, {7, time.Second, 7 * time.Second}, {-7, time.Millisecond, -7 * time.Millisecond},
		{math.MaxInt64, 1, math.MaxInt64}, {math.MaxInt64, time.Second, math.MaxInt64},
		{math.MinInt64, time.Second, math.MinInt64},
		{math.MaxInt64 / int64(time.Second), time.Second, math.MaxInt64 / time.Second * time.Second},
		{math.MaxInt64/int64(time.Second) + 1, time.Second, math.MaxInt64},
	} {
		if got := Span(c.n, c.unit); got != c.want {
			t.Errorf("%d times %v: %d, want %d", c.n, c.unit, got, c.want)
		}
	}
	for _, c := range []struct {
		f    float64
		want time.Duration
	}{
		{0, 0}, {1.5, 1500 * time.Millisecond}, {-1, -time.Second}, {math.NaN(), 0},
		{math.Inf(1), time.Duration(maxSpan)}, {math.Inf(-1), -time.Duration(maxSpan)},
		{1e300, time.Duration(maxSpan)},
	} {
		if got := FloatSpan(c.f, time.Second); got != c.want {
			t.Errorf("%v s: %d, want %d", c.f, got, c.want)
		}
	}
}
