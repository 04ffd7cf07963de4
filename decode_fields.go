package redpoll

import (
	"reflect"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// Records that no program reads in a hot path are filled by reflection, after a description of each that names the server's
// words for the fields. A function of its own for each costs some 3 KB of compiled package, and as many for a list of them.

// decodeRecord reads a reply into a record, or into a list or a map of them.
func decodeRecord(d *reply, p any) error {
	if d.Null() {
		return Nil
	}
	return readRecord(d, p)
}

// readRecord reads a value, whatever its form, into what p points to: a record that fieldsOf knows, a list of them, a map of
// them by name, or what readInto knows.
func readRecord(d *reply, p any) error {
	v := reflect.ValueOf(p).Elem()
	switch v.Kind() {
	case reflect.Struct:
		if fields := fieldsOf(p); fields != "" {
			return fillRecord(d, v, fields)
		}
		if strings.HasPrefix(v.Type().Name(), "Null[") {
			if d.Null() {
				return nil
			}
			v.FieldByName("Valid").SetBool(true)
			return readRecord(d, v.FieldByName("V").Addr().Interface())
		}
		if d.IsNull() { // readInto would leave out a record without a word
			_, err := d.Len()
			return err
		}
	case reflect.Slice:
		n, err := decode.ListLen(d)
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := 0; i < n && err == nil; i++ {
			err = readRecord(d, list.Index(i).Addr().Interface())
		}
		v.Set(list)
		return err
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		v.Set(m)
		return d.Named(func(name string) error {
			one := reflect.New(v.Type().Elem())
			err := readRecord(d, one.Interface())
			m.SetMapIndex(reflect.ValueOf(name), one.Elem())
			return err
		})
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return readRecord(d, v.Interface())
	}
	return readInto(d, p)
}

// fillRecord reads a struct from a map; or from an array, if its description begins with the least number of elements.
func fillRecord(d *reply, v reflect.Value, fields string) error {
	extra := v.FieldByName("Extra")
	if least, list, ok := strings.Cut(fields, "]"); ok {
		places := make([]any, 0, 16)
		for rest := list; rest != ""; {
			var f string
			f, rest, _ = strings.Cut(rest, ",")
			places = append(places, fieldPlace(v, f))
		}
		more := new([]Value)
		if extra.IsValid() {
			more = extra.Addr().Interface().(*[]Value)
		}
		return fillList(d, int(least[1]-'0'), more, places...)
	}
	return d.Named(func(name string) error {
		return fillField(d, name, v, fields)
	})
}

// fillField reads the value of this name into its field, or into Extra.
func fillField(d *reply, name string, v reflect.Value, fields string) error {
	if p := placeOf(v, name, fields); p != nil {
		return readInto(d, p)
	}
	return fillOne(d, name, v.FieldByName("Extra").Addr().Interface().(*map[string]Value), nil)
}

// placeOf finds the place of a name: nil if no field has it.
func placeOf(v reflect.Value, name, fields string) any {
	for rest := fields; rest != ""; {
		var f string
		f, rest, _ = strings.Cut(rest, ",")
		server, field, _ := strings.Cut(f, "=")
		if server == name {
			return fieldPlace(v, field)
		}
	}
	return nil
}

// fieldPlace is the place of a field, given by its name and, behind a colon, by what its type does not say.
func fieldPlace(v reflect.Value, field string) any {
	field, unit, _ := strings.Cut(field, ":")
	p := v.FieldByName(field).Addr().Interface()
	switch unit {
	case "s":
		return secondsInto{p.(*time.Duration)}
	case "us":
		return microsInto{p.(*time.Duration)}
	case "unix":
		return unixInto{p.(*time.Time)}
	case "user":
		return userInto{p.(*string)}
	case "consumers": // pending entries with the names of their consumers
		return func(d *reply) error { return deliveries(d, p.(*[]PendingDelivery), true) }
	case "users":
		return usersInto{p.(*[]string)}
	}
	return p
}

// linesInto reads a record from text: a name and its value in each part, with sep between them. It is false when a part has
// no sep. What has no field, or does not fit it, goes to Extra.
func linesInto(parts []string, sep string, p any) bool {
	v := reflect.ValueOf(p).Elem()
	extra, fields := v.FieldByName("Extra").Addr().Interface().(*map[string]Value), fieldsOf(p)
	for _, part := range parts {
		name, text, ok := strings.Cut(part, sep)
		if !ok {
			return false
		}
		if place := placeOf(v, name, fields); place == nil || !fillText(place, text) {
			keep(extra, name, Value{kind: KindString, text: text})
		}
	}
	return true
}

// readSlotRanges reads ranges of slots: their ends in turn, or a text.
func readSlotRanges(d *reply, v *[]SlotRange) error {
	if d.Kind() == resp.KindArray {
		return decodeRanges(d, v)
	}
	text, err := d.Text()
	if err == nil && !parseSlots(v)(text) {
		err = &resp.TypeError{Want: "ranges of slots", Got: resp.KindBulk}
	}
	return err
}
