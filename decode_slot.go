package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// slot is the place of one named value of a record, see into; nil for a value that is of no use.
type slot struct {
	name string
	into any
}

// fillNamed reads a record: a map, or in RESP2 names and values in turn. What has no slot, as newer servers send it, goes to
// extra.
//
//go:noinline
func fillNamed(d *reply, extra *map[string]Value, slots []slot) error {
	return d.Named(func(name string) error { return fillOne(d, name, extra, slots) })
}

// fillOne reads the value of this name into its slot.
func fillOne(d *reply, name string, extra *map[string]Value, slots []slot) error {
	for i := range slots {
		if slots[i].name == name {
			return readInto(d, slots[i].into)
		}
	}
	var v Value
	if err := decodeValue(d, &v); err != nil {
		return err
	}
	keep(extra, name, v)
	return nil
}

func keep(extra *map[string]Value, name string, v Value) {
	if *extra == nil {
		*extra = map[string]Value{}
	}
	(*extra)[name] = v
}

// fillList reads a record that is an array of at least n values in a fixed order; what
// newer servers append goes to extra.
func fillList(d *reply, n int, extra *[]Value, fields ...any) error {
	have, err := d.Len()
	if err != nil {
		return err
	}
	if have < n {
		return &resp.TypeError{Want: "a longer array", Got: resp.KindArray}
	}
	for i := range have {
		if i < len(fields) {
			err = readInto(d, fields[i])
		} else {
			var v Value
			err = decodeValue(d, &v)
			*extra = append(*extra, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Places that hold what their types do not say: another unit than milliseconds, or user data instead of words of the
// protocol.
type (
	microsInto  struct{ d *time.Duration }
	secondsInto struct{ d *time.Duration } // which may have a fraction
	unixInto    struct{ t *time.Time }
	userInto    struct{ s *string }
	usersInto   struct{ list *[]string }
)

// maxSpan is the longest duration that a float64 can be turned into.
const maxSpan = float64(1<<63 - 1<<10)

// parsedInto takes text with a form of its own; false means that it does not have this form.
type parsedInto func(text string) bool

// fillText puts text into its place as if it had come as a reply; it is false when it cannot stand there.
func fillText(p any, text string) bool {
	d := reply{Decoder: resp.NewDecoder(resp.AppendBulk(nil, text))}
	return readInto(&d, p) == nil
}

// readInto reads one value into what p points to, or has a function read it. A null leaves it as it is.
func readInto(d *reply, p any) (err error) {
	if d.Null() {
		return nil
	}
	n := int64(0)
	switch p := p.(type) {
	case *string:
		*p, err = d.Text()
	case *int64:
		*p, err = d.Int()
	case *uint64:
		err = decode.Index(d, p)
	case *float64:
		*p, err = d.Float()
	case *bool:
		*p, err = d.Bool()
	case *[]string:
		err = decode.Words(d, p)
	case *Null[int64]:
		err = elementNullInt(d, p)
	case microsInto:
		n, err = d.Int()
		*p.d = span(n, time.Microsecond)
	case *time.Duration:
		n, err = d.Int()
		*p = span(n, time.Millisecond)
	case secondsInto:
		var f float64
		f, err = d.Float()
		*p.d = time.Duration(max(-maxSpan, min(maxSpan, f*float64(time.Second))))
	case unixInto:
		if n, err = d.Int(); n > 0 && err == nil {
			*p.t = time.Unix(n, 0)
		}
	case *Null[time.Duration]:
		if n, err = d.Int(); n >= 0 && err == nil {
			*p = Null[time.Duration]{V: span(n, time.Millisecond), Valid: true}
		}
	case *time.Time:
		if n, err = d.Int(); n > 0 && err == nil {
			*p = time.UnixMilli(n)
		}
	case userInto:
		*p.s, err = d.UserText()
	case usersInto:
		err = decode.Strings(d, p.list)
	case *Null[StreamEntry]:
		p.Valid = true
		err = elementEntry(d, &p.V)
	case *[]StreamEntry:
		err = entriesOrNone(d, p)
	case parsedInto:
		var text string
		if text, err = d.Text(); err == nil && !p(text) {
			err = &resp.TypeError{Want: "text of another form", Got: resp.KindBulk}
		}
	case func(d *reply) error:
		err = p(d)
	case *map[string]string:
		err = decode.Labels(d, p)
	case *[2]int64:
		err = decodeSlots(d, p)
	case *[]SlotRange:
		err = readSlotRanges(d, p)
	case *[]LatencyBucket:
		err = decodeBuckets(d, p)
	case *[]HotKeyTime:
		err = decodeHotKeyTimes(d, p)
	case *[]HotKeyBytes:
		err = decodeHotKeyBytes(d, p)
	case *[]TSRule:
		err = decodeTSRules(d, p)
	case *[]PendingDelivery:
		err = deliveries(d, p, false)
	case *ClientInfo:
		err = decodeClientInfo(d, p)
	case *FTDoc:
		err = elementFTDoc(d, p)
	case *FTMisspelled:
		err = elementFTMisspelled(d, p)
	case *LCSMatch:
		err = elementLCS(d, p)
	case *ClusterSlotNodes:
		err = decodeClusterSlotNodes(d, p)
	case *SentinelState:
		err = decodeSentinelState(d, p)
	case *KeySpec:
		err = decodeKeySpec(d, p)
	case nil:
		err = d.Skip()
	default:
		err = readRecord(d, p)
	}
	return err
}

// The functions below are not generic: a generic function of a record costs many times its
// code, since the compiler writes the whole record into the name of each instance.

// putElements reads a list: size makes room for n elements, element reads the next one.
func eachElement(d *reply, size func(n int), element func(i int) error) error {
	if d.Null() {
		return Nil
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	size(n)
	for i := range n {
		if err := element(i); err != nil {
			return err
		}
	}
	return nil
}

// listInto is elements for a field of a record.
//
//go:noinline
func listInto(size func(n int), element func(d *reply, i int) error) func(d *reply) error {
	return func(d *reply) error {
		return eachElement(d, size, func(i int) error { return element(d, i) })
	}
}
