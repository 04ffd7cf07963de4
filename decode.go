package redpoll

import (
	"slices"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// There are two ways to read a reply. A reply of a hot path is read by a function of its own, in plain loops.
// Other records have a method slots or elements beside their types, which says which value goes where; the
// functions of this file read these records.

// named is a record whose values have names. The server sends it as a map, or in RESP2 as names and values in
// turn.
type named interface{ slots() []slot }

// listed is a record that the server sends as an array of at least this number of elements. Elements without
// a place go to rest; it is nil if the record has no field for them.
type listed interface {
	elements() (least int, into []any, rest *[]Value)
}

// slot is the place of one named value of a record, see readInto. The place is nil if the value is not used.
type slot struct {
	name string
	into any
}

// others is the name of the slot for all values without a slot, which newer servers may send. Its place is a
// *map[string]Value.
const others = ""

// orNull is a place in an array where a null leaves the field as it is.
type orNull struct{ into any }

// decodeRecord reads a reply into a record, or into a list or a map of them.
func decodeRecord(d *reply, p any) error {
	if d.Null() {
		return decode.ErrMissing
	}
	return readRecord(d, p)
}

// readRecord reads a value through the pointer p: a record, a list of values, a map of values by name, or a
// type that readInto knows.
func readRecord(d *reply, p any) error {
	switch p := p.(type) {
	case named:
		return fillNamed(d, p.slots())
	case listed:
		return fillListed(d, p)
	}
	if many, err := structs.Each(d, p, readRecord); many {
		return err
	}
	return readInto(d, p)
}

// fillNamed reads a record of named values. A null means that a field has no value.
func fillNamed(d *reply, slots []slot) error {
	return d.Named(func(name string) error { return fillOne(d, name, slots) })
}

// inside is the place of a map whose values are fields of the record around it.
func inside(slots ...slot) func(d *reply) error {
	return func(d *reply) error { return fillNamed(d, slots) }
}

// fillOne reads the value of this name into its slot.
func fillOne(d *reply, name string, slots []slot) error {
	at := slices.IndexFunc(slots, func(s slot) bool { return s.name == name && name != others })
	switch {
	case at < 0:
		return readExtra(d, name, placeOf(others, slots))
	case d.Null():
		return nil
	}
	return readInto(d, slots[at].into)
}

// placeOf returns the place with a name, nil if there is none.
func placeOf(name string, slots []slot) any {
	for _, s := range slots {
		if s.name == name {
			return s.into
		}
	}
	return nil
}

// fillListed reads a record that is sent as an array. A null is an error, except in the place of an orNull.
func fillListed(d *reply, p listed) error {
	least, into, rest := p.elements()
	n, err := d.Len()
	if err == nil && n < least {
		err = &resp.TypeError{Want: "a longer array", Got: resp.KindArray}
	}
	for i := 0; i < n && err == nil; i++ {
		if i >= len(into) {
			err = readExtra(d, "", rest)
			continue
		}
		place := into[i]
		if o, ok := place.(orNull); ok {
			if d.Null() {
				continue
			}
			place = o.into
		}
		err = readInto(d, place)
	}
	return err
}

// linesInto reads the slots of a record from text. Each part is a name and its value, with sep between them.
// The result is false if a part has no sep. A value without a slot, or of another type, goes to the others.
func linesInto(parts []string, sep string, slots []slot) bool {
	for _, part := range parts {
		name, text, ok := strings.Cut(part, sep)
		if !ok {
			return false
		}
		d := decode.ReplyOf(text)
		if fillOne(&d, name, slots) != nil {
			d = decode.ReplyOf(text)
			_ = readExtra(&d, name, placeOf(others, slots))
		}
	}
	return true
}

// readExtra reads a value without a slot into the field for such values. It is nil if the record has none.
func readExtra(d *reply, name string, extra any) error {
	var v Value
	err := decodeValue(d, &v)
	if err != nil {
		return err
	}
	switch extra := extra.(type) {
	case *map[string]Value:
		keep(extra, name, v)
	case *[]Value:
		if extra != nil {
			*extra = append(*extra, v)
		}
	}
	return nil
}

func keep(extra *map[string]Value, name string, v Value) {
	if *extra == nil {
		*extra = map[string]Value{}
	}
	(*extra)[name] = v
}

// fillText reads text as if it were a reply. It reports whether the text fits the place p.
func fillText(p any, text string) bool {
	d := decode.ReplyOf(text)
	return readInto(&d, p) == nil
}

// readInto reads one value through the pointer p, or calls p if it is a function. A null is an error: callers
// that allow a null check for it first.
func readInto(d *reply, p any) (err error) {
	if d.IsNull() {
		return &resp.TypeError{Want: "a value", Got: d.Kind(), Null: true}
	}
	if known, err := decode.Plain(d, p); known {
		return err
	}
	switch p := p.(type) {
	case *Null[int64]:
		err = elementNullInt(d, p)
	case *Null[time.Duration]:
		var n int64
		if n, err = d.Int(); n >= 0 && err == nil {
			*p = Null[time.Duration]{V: decode.Span(n, time.Millisecond), Valid: true}
		}
	case *Null[StreamEntry]:
		p.Valid = true
		err = elementEntry(d, &p.V)
	case *[]StreamEntry:
		err = entriesOrNone(d, p)
	case *[2]int64:
		err = decodeSlots(d, p)
	case *[]SlotRange:
		err = readSlotRanges(d, p)
	case *ClientInfo:
		err = decodeClientInfo(d, p)
	case *FTDoc:
		err = elementFTDoc(d, p)
	case *FTMisspelled:
		err = elementFTMisspelled(d, p)
	case *GeoPoint:
		err = d.Position(&p.Longitude, &p.Latitude)
	case *LCSMatch:
		err = elementLCS(d, p)
	case *ClusterSlotNodes:
		err = decodeClusterSlotNodes(d, p)
	default:
		err = readRecord(d, p)
	}
	return err
}

// listInto returns a function that reads a list for a field of a record: size makes room for n elements, and
// element reads the next one. It is not generic, because the compiler would write the whole record into the
// name of each instance, which costs many times the code.
func listInto(size func(n int), element func(d *reply, i int) error) func(d *reply) error {
	return func(d *reply) error {
		n, err := d.Len()
		if err != nil {
			return err
		}
		size(n)
		for i := 0; i < n && err == nil; i++ {
			err = element(d, i)
		}
		return err
	}
}
