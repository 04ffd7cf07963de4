package decode

import (
	"math"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// Places that hold what their types do not say: another unit than milliseconds, or user data instead of words of the
// protocol.
type (
	Micros  *time.Duration
	Seconds *time.Duration // which may have a fraction
	Unix    *time.Time
	User    *string
	Users   *[]string
)

// Parsed takes text with a form of its own; false means that it does not have this form.
type Parsed func(text string) bool

// ReplyOf is text as if it had come as a reply.
func ReplyOf(text string) Reply { return Reply{Decoder: resp.NewDecoder(resp.AppendBulk(nil, text))} }

// maxSpan is the longest duration that a float64 can be turned into.
const maxSpan = float64(1<<63 - 1<<10)

// FloatSpan gives so many units as a duration: the longest that there is where they do not fit, and 0 for NaN.
func FloatSpan(f float64, unit time.Duration) time.Duration {
	if math.IsNaN(f) {
		return 0
	}
	return time.Duration(max(-maxSpan, min(maxSpan, f*float64(unit))))
}

// Plain reads one value into a place of Place, or into what p points to, if that is of a plain type. A time is sent in
// milliseconds since 1970, and 0 or less is none.
func Plain(d *Reply, p any) (known bool, err error) {
	n := int64(0)
	switch p := p.(type) {
	case *string:
		*p, err = d.Text()
	case *int64:
		*p, err = d.Int()
	case *uint64:
		err = Index(d, p)
	case *float64:
		*p, err = d.Float()
	case *bool:
		*p, err = d.Bool()
	case *[]string:
		err = Words(d, p)
	case Micros:
		n, err = d.Int()
		*p = Span(n, time.Microsecond)
	case *time.Duration:
		n, err = d.Int()
		*p = Span(n, time.Millisecond)
	case Seconds:
		var f float64
		f, err = d.Float()
		*p = FloatSpan(f, time.Second)
	case Unix:
		if n, err = d.Int(); n > 0 && err == nil {
			*p = time.Unix(n, 0)
		}
	case *time.Time:
		if n, err = d.Int(); n > 0 && err == nil {
			*p = time.UnixMilli(n)
		}
	case User:
		*p, err = d.UserText()
	case Users:
		err = Strings(d, p)
	case Parsed:
		var text string
		if text, err = d.Text(); err == nil && !p(text) {
			err = &resp.TypeError{Want: "text of another form", Got: resp.KindBulk}
		}
	case func(d *Reply) error:
		err = p(d)
	case *map[string]string:
		err = Labels(d, p)
	case nil:
		err = d.Skip()
	default:
		return false, nil
	}
	return true, err
}

// Span is n units as a duration; what a Duration cannot hold is cut to the
// longest one, which is some 292 years.
func Span(n int64, unit time.Duration) time.Duration {
	switch {
	case n > math.MaxInt64/int64(unit):
		return math.MaxInt64
	case n < math.MinInt64/int64(unit):
		return math.MinInt64
	}
	return time.Duration(n) * unit
}
