package structs

import (
	"reflect"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// Records that no program reads in a hot path are filled by reflection, after a description of each. It names what the server
// sends and the fields that this belongs to: "name=Name,ip=Addr.Host". A colon behind a field says what its type does not: see
// Place. A slash in the server's words leads into a map inside of the record: "spec/index=Index". A record that is sent as an
// array has the least number of its elements in front, and then the fields in their order: "[2]Host,Port". A null is a field of
// a map that has no value, and leaves it as it is; in an array it is an error, but where the mark "null" allows it.

// Records are the records of a package.
type Records struct {
	Fields func(p any) string                                 // the description of what p points to, "" if there is none
	Into   func(d *decode.Reply, p any) error                 // reads a value, see Place
	Extra  func(d *decode.Reply, name string, into any) error // reads a value that no field has into the field Extra, nil if there is none
}

// Marked is the place of a field with a mark that only the owner of the record knows.
type Marked struct {
	Record any
	Mark   string
}

// Record reads a value, whatever its form, into what p points to: a record that has a description, a list of them, a map of
// them by name, or what Into reads.
func Record(r *Records, d *decode.Reply, p any) error {
	v := reflect.ValueOf(p).Elem()
	switch v.Kind() {
	case reflect.Struct:
		if fields := r.Fields(p); fields != "" {
			return fill(r, d, v, fields)
		}
		if strings.HasPrefix(v.Type().Name(), "Null[") {
			if d.Null() {
				return nil
			}
			v.FieldByName("Valid").SetBool(true)
			return Record(r, d, v.FieldByName("V").Addr().Interface())
		}
	case reflect.Slice:
		n, err := d.Len()
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := 0; i < n && err == nil; i++ {
			err = Record(r, d, list.Index(i).Addr().Interface())
		}
		if err == nil {
			v.Set(list)
		}
		return err
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		err := d.Named(func(name string) error {
			one := reflect.New(v.Type().Elem())
			err := Record(r, d, one.Interface())
			m.SetMapIndex(reflect.ValueOf(name), one.Elem())
			return err
		})
		if err == nil {
			v.Set(m)
		}
		return err
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return Record(r, d, v.Interface())
	}
	return r.Into(d, p)
}

// fill reads a struct from a map; or from an array, if its description begins with the least number of elements.
func fill(r *Records, d *decode.Reply, v reflect.Value, fields string) error {
	least, rest, isList := strings.Cut(fields, "]")
	if !isList {
		return d.Named(func(name string) error { return field(r, d, v, fields, "", name) })
	}
	n, err := d.Len()
	if err == nil && n < int(least[1]-'0') {
		err = &resp.TypeError{Want: "a longer array", Got: resp.KindArray}
	}
	for i := 0; i < n && err == nil; i++ {
		var f string
		f, rest, _ = strings.Cut(rest, ",")
		switch {
		case f == "":
			err = r.Extra(d, "", extra(v))
		case !strings.HasSuffix(f, ":null") || !d.Null():
			err = r.Into(d, place(v, f))
		}
	}
	return err
}

// RecordField reads the value of this name into its field of the record that p points to, or into Extra.
func RecordField(r *Records, d *decode.Reply, p any, name string) error {
	return field(r, d, reflect.ValueOf(p).Elem(), r.Fields(p), "", name)
}

func field(r *Records, d *decode.Reply, v reflect.Value, fields, around, name string) error {
	path := around + name
	f, ok := described(fields, path)
	switch {
	case !ok:
		return r.Extra(d, name, extra(v))
	case d.Null():
		return nil
	case f != "":
		return r.Into(d, place(v, f))
	}
	return d.Named(func(name string) error { return field(r, d, v, fields, path+"/", name) })
}

// described finds the field of a name, "" for a map whose names are described.
func described(fields, name string) (field string, ok bool) {
	for rest := fields; rest != ""; {
		var f string
		f, rest, _ = strings.Cut(rest, ",")
		server, field, _ := strings.Cut(f, "=")
		if server == name {
			return field, true
		}
		ok = ok || strings.HasPrefix(server, name) && server[len(name)] == '/'
	}
	return "", ok
}

// extra is the place of what no field has.
func extra(v reflect.Value) any {
	if e := v.FieldByName("Extra"); e.IsValid() {
		return e.Addr().Interface()
	}
	return nil
}

// Place is the place of a field in the record that p points to, for Into. The field is given by its path and, behind a colon,
// what its type does not say: seconds (s), microseconds (us), a time in seconds (unix), user data instead of words of the
// protocol (user, users), that it may be null in an array (null), or a mark of the owner's.
func Place(p any, field string) any { return place(reflect.ValueOf(p).Elem(), field) }

func place(v reflect.Value, field string) any {
	path, mark, _ := strings.Cut(field, ":")
	f := v
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		f = f.FieldByName(name)
	}
	p := f.Addr().Interface()
	switch mark {
	case "", "null":
		return p
	case "s":
		return decode.Seconds(p.(*time.Duration))
	case "us":
		return decode.Micros(p.(*time.Duration))
	case "unix":
		return decode.Unix(p.(*time.Time))
	case "user":
		return decode.User(p.(*string))
	case "users":
		return decode.Users(p.(*[]string))
	case "seen":
		if list, ok := p.(*[]string); ok {
			return func(d *decode.Reply) error { return decode.List(d, list, decode.ElementSeen) }
		}
		return func(d *decode.Reply) error { return decode.ElementSeen(d, p.(*string)) }
	}
	return Marked{v.Addr().Interface(), mark}
}

// RecordText reads a record from text: a name and its value in each part, with sep between them. It is false when a part has
// no sep. What has no field, or does not fit it, goes to Extra.
func RecordText(r *Records, parts []string, sep string, p any) bool {
	v, fields := reflect.ValueOf(p).Elem(), r.Fields(p)
	for _, part := range parts {
		name, text, ok := strings.Cut(part, sep)
		if !ok {
			return false
		}
		d := decode.ReplyOf(text)
		if f, _ := described(fields, name); f == "" || r.Into(&d, place(v, f)) != nil {
			d = decode.ReplyOf(text)
			_ = r.Extra(&d, name, extra(v))
		}
	}
	return true
}

// Value is what a slot points to.
func Value(slot any) any { return reflect.ValueOf(slot).Elem().Interface() }

// Clear makes what a slot points to the zero value.
func Clear(slot any) { reflect.ValueOf(slot).Elem().SetZero() }

// Elements copies the elements of a slice of any type, as many as there is room for, and gives the length of the slice.
func Elements(list []any, slice any) int {
	given := reflect.ValueOf(slice)
	for i := range min(given.Len(), len(list)) {
		list[i] = given.Index(i).Interface()
	}
	return given.Len()
}
