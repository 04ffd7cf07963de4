package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// targets says for each field of a record where it goes, see into; nil for fields that
// are not known.
type targets func(name string) any

// fill reads a record: a map, or in RESP2 names and values in turn. Fields that are
// not known, as newer servers send them, go to extra.
func (d *reply) fill(extra *map[string]Value, fields targets) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		if p := fields(name); p != nil {
			err = d.into(p)
		} else {
			err = d.keep(extra, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep puts a value that is not known into extra.
func (d *reply) keep(extra *map[string]Value, name string) error {
	var v Value
	if err := decodeValue(d, &v); err != nil {
		return err
	}
	if *extra == nil {
		*extra = make(map[string]Value)
	}
	(*extra)[name] = v
	return nil
}

// fillList reads a record that is an array of at least n values in a fixed order; what
// newer servers append goes to extra.
func (d *reply) fillList(n int, extra *[]Value, fields ...any) error {
	have, err := d.Len()
	if err != nil {
		return err
	}
	if have < n {
		return &resp.TypeError{Want: "a longer array", Got: resp.KindArray}
	}
	for i := range have {
		if i < len(fields) {
			err = d.into(fields[i])
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

// Fields that are stored in another unit than they are sent in.
type (
	microsInto  struct{ d *time.Duration }
	millisInto  struct{ d *time.Duration }
	unixInto    struct{ t *time.Time }
	milliInto   struct{ t *time.Time }
	userInto    struct{ s *string }
	usersInto   struct{ list *[]string }
	decodedInto func(d *reply) error
)

// into reads one value of the protocol, no user data, into what p points to. A
// null leaves it as it is.
func (d *reply) into(p any) (err error) {
	if d.Null() {
		return nil
	}
	n := int64(0)
	switch p := p.(type) {
	case *string:
		*p, err = d.Text()
	case *int64:
		*p, err = d.Int()
	case *float64:
		*p, err = d.Float()
	case *bool:
		*p, err = d.Bool()
	case *[]string:
		err = decodeWords(d, p)
	case *Null[int64]:
		err = elementNullInt(d, p)
	case microsInto:
		n, err = d.Int()
		*p.d = span(n, time.Microsecond)
	case millisInto:
		n, err = d.Int()
		*p.d = span(n, time.Millisecond)
	case unixInto:
		n, err = d.Int()
		*p.t = time.Unix(n, 0)
	case milliInto:
		n, err = d.Int()
		*p.t = time.UnixMilli(n)
	case userInto:
		*p.s, err = d.userText()
	case usersInto:
		err = decodeStrings(d, p.list)
	case decodedInto:
		err = p(d)
	default:
		err = d.Skip()
	}
	return err
}

// The functions below are not generic: a generic function of a record costs many times its
// code, since the compiler writes the whole record into the name of each instance.

// elements reads a list: size makes room for n elements, element reads the next one.
func (d *reply) elements(size func(n int), element func(i int) error) error {
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
func listInto(size func(n int), element func(d *reply, i int) error) decodedInto {
	return func(d *reply) error {
		return d.elements(size, func(i int) error { return element(d, i) })
	}
}

// named reads a map from names to something else, which one reads.
func (d *reply) named(one func(name string) error) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		if err := one(name); err != nil {
			return err
		}
	}
	return nil
}
