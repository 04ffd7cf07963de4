package redpoll

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// Records of the server's administration are fields with names, as maps or as text. Which ones there are differs from
// server to server; what a record has no place for goes to its Extra.
//
// A record says by name where a value goes: a pointer to a string, a number, a list, or one of the types below for what
// needs a unit. nil means that it does not know the name.

// spanTarget is a duration that the server gives as a number of units.
type spanTarget struct {
	d    *time.Duration
	unit time.Duration
}

// instantTarget is a point in time that the server gives as a number of units since 1970; 0 and less are the zero time.
type instantTarget struct {
	t    *time.Time
	unit time.Duration
}

// keptWords is a list that the server gives as one text or as several.
type keptWords struct {
	list *[]string
	sign string // of every word, which servers before 7.0 leave out
}

// nestedTarget is a value of a shape of its own.
type nestedTarget func(d *reply) error

// parsedTarget is text with a form of its own; false means that it does not have this form.
type parsedTarget func(text string) bool

// named reads a record from a map, or from names and values in turn.
func (d *reply) named(extra *map[string]Value, target func(name string) any) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		if err := d.into(name, target(name), extra); err != nil {
			return err
		}
	}
	return nil
}

// into reads the value of one field.
func (d *reply) into(name string, target any, extra *map[string]Value) error {
	switch t := target.(type) {
	case nil:
		var v Value
		if err := decodeValue(d, &v); err != nil {
			return err
		}
		keep(extra, name, v)
		return nil
	case nestedTarget:
		return t(d)
	case *[]string:
		if d.Null() {
			return nil
		}
		return decodeList(d, t, elementWord)
	case keptWords:
		return t.decode(d)
	}
	if d.Null() {
		return nil
	}
	text, err := d.Text()
	if err == nil && !fill(target, text) {
		err = &resp.TypeError{Want: "another kind of value for the field " + name, Got: resp.KindBulk}
	}
	return err
}

// lines reads a record from text: a name and its value in each part, with sep between them. It is false when a part has no
// sep. A value that does not fit its place goes to extra.
func lines(parts []string, sep string, extra *map[string]Value, target func(name string) any) bool {
	for _, part := range parts {
		name, text, ok := strings.Cut(part, sep)
		if !ok {
			return false
		}
		if t := target(name); t == nil || !fill(t, text) {
			keep(extra, name, Value{kind: KindString, text: text})
		}
	}
	return true
}

func keep(extra *map[string]Value, name string, v Value) {
	if *extra == nil {
		*extra = map[string]Value{}
	}
	(*extra)[name] = v
}

// fill puts text where it belongs; it is false when it cannot stand there.
func fill(target any, text string) bool {
	switch t := target.(type) {
	case *string:
		*t = text
		return true
	case parsedTarget:
		return t(text)
	case spanTarget:
		return t.fill(text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false
	}
	switch t := target.(type) {
	case *int64:
		*t = n
	case instantTarget:
		if n > 0 {
			*t.t = instant(n, t.unit)
		}
	default:
		return false
	}
	return true
}

// fill takes whole numbers, and fractions as in the age of an ACL LOG entry.
func (t spanTarget) fill(text string) bool {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		*t.d = span(n, t.unit)
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	f *= float64(t.unit)
	if err != nil || !(f > -1<<63 && f < 1<<63) {
		return false
	}
	*t.d = time.Duration(f)
	return true
}

// instant is n units after the beginning of 1970.
func instant(n int64, unit time.Duration) time.Time {
	if unit == time.Second {
		return time.Unix(n, 0)
	}
	return time.UnixMilli(n)
}

// decode reads the words from a list or from one text.
func (t keptWords) decode(d *reply) error {
	if d.Null() {
		return nil
	}
	list := []string{}
	switch d.Kind() {
	case resp.KindArray, resp.KindSet:
		if err := decodeList(d, &list, elementWord); err != nil {
			return err
		}
		for i, w := range list {
			if !strings.HasPrefix(w, t.sign) {
				list[i] = t.sign + w
			}
		}
	default:
		text, err := d.Text()
		if err != nil {
			return err
		}
		list = strings.Fields(text)
	}
	*t.list = list
	return nil
}

// notNil makes a nil that stands where a record should an error of shape, which Nil is not: it would say that the
// whole reply is missing.
func notNil(err error, want string) error {
	if errors.Is(err, Nil) {
		return &resp.TypeError{Want: want, Got: resp.KindNull, Null: true}
	}
	return err
}
