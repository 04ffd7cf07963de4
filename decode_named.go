package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// slot is the place of one named value of a record. into is a pointer to a field, whose type says how the value is
// read, or a function that reads it.
type slot struct {
	name string
	into any
}

// The types of fields whose Go type does not say how their values are read.
type (
	wordSlot    string        // a word of the protocol, where a string is user data
	secondsSlot time.Duration // seconds, where a duration is milliseconds
)

// record reads a map of named values. What has no slot is kept in extra, so that newer servers can tell more.
func (d *reply) record(extra *map[string]Value, slots []slot) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		into := any(nil)
		for i := range slots {
			if slots[i].name == name {
				into = slots[i].into
				break
			}
		}
		if into == nil {
			err = d.extra(extra, name)
		} else {
			err = d.fill(into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// extra keeps a value that the record has no field for.
func (d *reply) extra(m *map[string]Value, name string) error {
	var v Value
	if err := decodeValue(d, &v); err != nil {
		return err
	}
	if *m == nil {
		*m = map[string]Value{}
	}
	(*m)[name] = v
	return nil
}

// fill reads one value into its slot.
func (d *reply) fill(into any) (err error) {
	switch p := into.(type) {
	case *int64:
		*p, err = d.Int()
	case *uint64:
		err = decodeIndex(d, p)
	case *float64:
		*p, err = d.Float()
	case *string:
		*p, err = d.userText()
	case *wordSlot:
		var s string
		s, err = d.Text()
		*p = wordSlot(s)
	case *secondsSlot:
		var n int64
		n, err = d.Int()
		*p = secondsSlot(span(n, time.Second))
	case *time.Duration:
		var n int64
		n, err = d.Int()
		*p = span(n, time.Millisecond)
	case *Null[time.Duration]:
		var n int64
		if n, err = d.Int(); n >= 0 && err == nil {
			*p = Null[time.Duration]{V: span(n, time.Millisecond), Valid: true}
		}
	case *time.Time:
		var n int64
		if n, err = d.Int(); n >= 0 && err == nil {
			*p = time.UnixMilli(n)
		}
	case *Null[int64]:
		err = elementNullInt(d, p)
	case *Null[StreamEntry]:
		p.Valid = !d.IsNull()
		err = elementEntry(d, &p.V)
	case *[]StreamEntry:
		err = entriesOrNone(d, p)
	case func(d *reply) error:
		err = p(d)
	default:
		err = &resp.TypeError{Want: "a slot that fill knows", Got: d.Kind()}
	}
	return err
}
