package structs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// Raw is a field of a hash as the server sent it. Its value is read when the Go type is known.
type Raw struct {
	Name  string
	Value []byte // nil if the field is missing
}

// List lists a struct, or the struct that a pointer points to: field, value, field, value. With an error it
// returns the path of the field with the problem, or "struct".
func List(v any) (list []any, path string, err error) {
	s := behind(v)
	if s.Kind() == reflect.Pointer && s.IsNil() {
		return nil, "struct", fmt.Errorf("is a nil %T", v)
	}
	if s.Kind() != reflect.Struct {
		return nil, "struct", fmt.Errorf("is %T; pass a struct or a pointer to one", v)
	}
	m, err := Of(s.Type())
	if err != nil {
		return nil, "struct", err
	}
	if !s.CanAddr() { // methods of the pointer may be needed
		p := reflect.New(s.Type()).Elem()
		p.Set(s)
		s = p
	}
	list = make([]any, 0, 2*len(m.Fields))
	for i := range m.Fields {
		f := &m.Fields[i]
		out, present, err := f.Get(s)
		if err != nil {
			return nil, f.Path, errors.New("cannot be written: " + err.Error())
		}
		if present {
			list = append(list, f.Name, out)
		}
	}
	return list, "", nil
}

// Names lists the hash fields of the struct that p points to.
func Names(p any) ([]string, error) {
	m, err := Of(reflect.TypeOf(p).Elem())
	if err != nil {
		return nil, err
	}
	return m.Names, nil
}

// Fill sets the struct that p points to from the fields of a hash. It returns false if the hash has none of
// the fields. If the struct has none of those that the hash has, the struct is one for another hash, and that
// is an error.
func Fill(p any, hash []Raw, text Text) (found bool, err error) {
	s := reflect.ValueOf(p).Elem()
	m, err := Of(s.Type())
	if err != nil {
		return false, err
	}
	known := false
	for i := range hash {
		if hash[i].Value == nil {
			continue
		}
		found = true
		f := m.ByName[hash[i].Name]
		if f == nil {
			continue
		}
		known = true
		if err := f.Set(s, hash[i].Value, text); err != nil {
			return true, fmt.Errorf("field %q does not fit %s (%s): %w", hash[i].Name, f.Path, f.codec.typ,
				err)
		}
	}
	if found && !known {
		return true, fmt.Errorf("no field of the hash is one of %v: "+
			"the hash has %s, and the struct wants %s; "+
			"tags such as `redis:\"name\"` say how its fields are called",
			s.Type(), listed(namesOf(hash)), listed(slices.Clone(m.Names)))
	}
	return found, nil
}

func namesOf(hash []Raw) []string {
	names := make([]string, len(hash))
	for i := range hash {
		names[i] = hash[i].Name
	}
	return names
}

// listed names the first ones of a list in order.
func listed(names []string) string {
	const most, longest = 8, 40
	slices.Sort(names)
	var b strings.Builder
	for i, name := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		if len(name) > longest {
			name = name[:longest] + "..."
		}
		fmt.Fprintf(&b, "%q", name)
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}

// AllFields reads the reply of HGETALL into a *[]Raw.
func AllFields(d *decode.Reply, slot any) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]Raw, n)
	for i := range list {
		if list[i].Name, err = d.UserText(); err != nil {
			return err
		}
		if list[i].Value, err = d.UserBytes(); err != nil {
			return err
		}
	}
	*slot.(*[]Raw) = list
	return nil
}

// NamedFields gives SomeFields for these fields, whose names are set.
func NamedFields(names []string) func(d *decode.Reply, slot any) error {
	return func(d *decode.Reply, slot any) error {
		err := SomeFields(d, slot)
		list := *slot.(*[]Raw)
		for i := range min(len(list), len(names)) {
			list[i].Name = names[i]
		}
		return err
	}
}

// SomeFields reads the reply of HMGET into a *[]Raw, whose names are not set.
func SomeFields(d *decode.Reply, slot any) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	list := make([]Raw, n)
	for i := range list {
		if d.Null() {
			continue
		}
		if list[i].Value, err = d.UserBytes(); err != nil {
			return err
		}
	}
	*slot.(*[]Raw) = list
	return nil
}
