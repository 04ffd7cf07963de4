package structs

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// Raw is a field of a hash as the server sent it: its value waits for the type that it will get.
type Raw struct {
	Name  string
	Value []byte // nil if it is missing
}

// List lists a struct, or what a pointer to one points to: field, value, field, value. With an error comes the path of the
// field that it is about, or "struct".
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

// Names lists the fields of the hash for the struct that p points to.
func Names(p any) ([]string, error) {
	m, err := Of(reflect.TypeOf(p).Elem())
	if err != nil {
		return nil, err
	}
	return m.Names, nil
}

// Fill puts the fields of a hash into the struct that p points to. It is false when the hash has none.
func Fill(p any, hash []Raw, text Text) (found bool, err error) {
	s := reflect.ValueOf(p).Elem()
	m, err := Of(s.Type())
	if err != nil {
		return false, err
	}
	for i := range hash {
		if hash[i].Value == nil {
			continue
		}
		found = true
		f := m.ByName[hash[i].Name]
		if f == nil {
			continue
		}
		if err := f.Set(s, hash[i].Value, text); err != nil {
			return true, fmt.Errorf("field %q does not fit %s (%s): %w", hash[i].Name, f.Path, f.codec.typ, err)
		}
	}
	return found, nil
}

// AllFields reads the reply of HGETALL into a *[]Raw.
func AllFields(d *decode.Reply, slot any) error {
	if d.Null() {
		return decode.Missing
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
