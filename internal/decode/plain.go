package decode

import (
	"math"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// These types are places of values whose form the Go type does not show: another unit than milliseconds, or
// user data instead of words of the protocol.
type (
	Micros  *time.Duration
	Seconds *time.Duration // may have a fraction
	Unix    *time.Time
	User    *string
	Users   *[]string
	Shown   *string // text as servers show it, see Seen
	// ShownList is a list of such texts.
	ShownList *[]string
)

// Parsed takes text of a special form; it returns false for text without this form.
type Parsed func(text string) bool

// ReplyOf makes a reply from a text.
func ReplyOf(text string) Reply { return Reply{Decoder: resp.NewDecoder(resp.AppendBulk(nil, text))} }

// maxSpan is the longest duration that a float64 can be turned into.
const maxSpan = float64(1<<63 - 1<<10)

// FloatSpan returns f units as a duration: the longest duration if f is too large, and 0 for NaN.
func FloatSpan(f float64, unit time.Duration) time.Duration {
	if math.IsNaN(f) {
		return 0
	}
	return time.Duration(max(-maxSpan, min(maxSpan, f*float64(unit))))
}

// Plain reads one value into one of the places above, or into the variable that p points to, if its type is
// plain. A time comes in milliseconds since 1970; 0 or less means no time.
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
	case Shown:
		err = ElementSeen(d, p)
	case ShownList:
		err = List(d, p, ElementSeen)
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

// Span returns n units as a duration. If n is too large, it is the longest duration, about 292 years.
func Span(n int64, unit time.Duration) time.Duration {
	switch {
	case n > math.MaxInt64/int64(unit):
		return math.MaxInt64
	case n < math.MinInt64/int64(unit):
		return math.MinInt64
	}
	return time.Duration(n) * unit
}
