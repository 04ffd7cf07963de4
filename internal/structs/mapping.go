// Package structs does the work of package redpoll that needs reflection. It maps structs to hashes: which
// field of a struct is which field of a hash, and how their values are written and read. It also fills the
// structs of rare replies.
//
// Package redpoll itself must not mention package reflect, not even through a type of this package with
// reflect in a method or a field: the compiler then adds 100 KB of functions for the types of reflect.
package structs

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Mapping says how a struct type becomes a hash. It is made once for each type.
type Mapping struct {
	Fields []Field
	Names  []string // field names in the hash
	ByName map[string]*Field
}

// Field is a field of a struct that is in the hash.
type Field struct {
	Name      string // name in the hash
	Path      string // Go path for errors: "User.Address.City"
	index     []int  // as in reflect: through embedded structs
	omitEmpty bool
	codec     *codec
	rival     string // path of another field with this name and depth
}

// mappings are known mappings by type, nil with an error.
var mappings struct {
	sync.RWMutex
	by map[reflect.Type]knownMapping
}

type knownMapping struct {
	m   *Mapping
	err error
}

// Of returns the mapping of a type. Its error says which field cannot be mapped.
func Of(t reflect.Type) (*Mapping, error) {
	mappings.RLock()
	known, ok := mappings.by[t]
	mappings.RUnlock()
	if !ok {
		known.m, known.err = newMapping(t)
		mappings.Lock()
		if mappings.by == nil {
			mappings.by = map[reflect.Type]knownMapping{}
		}
		mappings.by[t] = known
		mappings.Unlock()
	}
	return known.m, known.err
}

func newMapping(t reflect.Type) (*Mapping, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%v is not a struct", t)
	}
	m := &Mapping{ByName: map[string]*Field{}}
	if err := m.add(t, t.Name(), nil, nil); err != nil {
		return nil, err
	}
	if len(m.Fields) == 0 {
		return nil, fmt.Errorf("%v has no exported fields", t)
	}
	for i := range m.Fields {
		f := &m.Fields[i]
		if f.rival != "" {
			return nil, fmt.Errorf("%s and %s both want to be %q", f.Path, f.rival, f.Name)
		}
		m.Names = append(m.Names, f.Name)
		m.ByName[f.Name] = f
	}
	return m, nil
}

// add adds the fields of a struct type, which is embedded at index in the mapped struct. outer are the types
// around it.
func (m *Mapping) add(t reflect.Type, path string, index []int, outer []reflect.Type) error {
	for i := range outer {
		if outer[i] == t {
			return fmt.Errorf("%s embeds itself", path)
		}
	}
	outer = append(outer[:len(outer):len(outer)], t)
	for i := range t.NumField() {
		sf := t.Field(i)
		here := path + "." + sf.Name
		tag, tagged := sf.Tag.Lookup("redis")
		name, options, _ := strings.Cut(tag, ",")
		at := append(index[:len(index):len(index)], i)
		switch {
		case tag == "-":
			continue
		case sf.Anonymous && name == "" && embeds(sf.Type):
			if sf.Type.Kind() == reflect.Pointer && !sf.IsExported() {
				return fmt.Errorf("%s cannot be made: it is an embedded pointer to an unexported type", here)
			}
			if options != "" {
				return fmt.Errorf("%s has the option %q in its tag, but stands for its fields, which have "+
					"tags of their own", here, options)
			}
			inner := sf.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if err := m.add(inner, here, at, outer); err != nil {
				return err
			}
			continue
		case sf.Anonymous && name == "" && lost(sf) != nil:
			return fmt.Errorf("%s %w", here, lost(sf))
		case !sf.IsExported() && !tagged:
			continue
		case !sf.IsExported():
			return fmt.Errorf("%s has a tag but is not exported", here)
		case options != "" && options != "omitempty":
			return fmt.Errorf("%s has the unknown option %q in its tag; there is omitempty", here, options)
		}
		if name == "" {
			name = sf.Name
		}
		codec, err := codecOf(sf.Type)
		if err != nil {
			return fmt.Errorf("%s: %w", here, err)
		}
		m.put(Field{Name: name, Path: here, index: at, omitEmpty: options != "", codec: codec})
	}
	return nil
}

// put adds a field. A field of an outer struct hides fields of the same name in embedded structs, as in Go,
// whatever their order. So only at the end is it known whether two rivals on one level matter.
func (m *Mapping) put(f Field) {
	for i := range m.Fields {
		old := &m.Fields[i]
		if old.Name != f.Name {
			continue
		}
		switch {
		case len(f.index) < len(old.index):
			*old = f
		case len(f.index) == len(old.index) && old.rival == "":
			old.rival = f.Path
		}
		return
	}
	m.Fields = append(m.Fields, f)
}

// embeds reports whether an embedded field of this type stands for its own fields. This is so for structs,
// except structs that are one value, such as a time.Time.
func embeds(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	_, err := codecOf(t)
	return err != nil
}

// lost returns the error for fields that an embedded struct with MarshalText would silently leave out.
// MarshalText may come from a type that this struct embeds; then it ignores the fields beside this type.
func lost(sf reflect.StructField) error {
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if c, err := codecOf(t); err != nil || t.Kind() != reflect.Struct || c.kind != codecText {
		return nil
	}
	if !sf.IsExported() {
		return errors.New("would be left out: it is written as the text of its MarshalText, but its type " +
			"is not exported")
	}
	inner, others := "", false
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && reflect.PointerTo(f.Type).Implements(marshalerType) {
			inner = f.Name
		} else {
			others = others || f.IsExported()
		}
	}
	if inner == "" || !others {
		return nil
	}
	return fmt.Errorf("is written as the text of its MarshalText, which may be that of the embedded %s "+
		"without the fields beside it; "+
		"give %[1]s a name, or this field a tag with a name if one text is meant", inner)
}

// behind follows v and the pointers behind it. It returns the first nil pointer if there is one, and the last
// pointer if there are too many.
func behind(v any) reflect.Value {
	s := reflect.ValueOf(v)
	for n := 0; s.Kind() == reflect.Pointer && !s.IsNil() && n < maxPointers; n++ {
		s = s.Elem()
	}
	return s
}

// Get turns the field's value in s, which must be addressable, into one that HSet takes. present is false if
// the field is left out.
func (f *Field) Get(s reflect.Value) (out any, present bool, err error) {
	v, ok := f.of(s)
	if !ok || f.omitEmpty && f.codec.empty(v) {
		return nil, false, nil
	}
	return f.codec.write(v)
}

// Set sets the field in s from the server's bytes. Its error does not show the text, which is user data.
func (f *Field) Set(s reflect.Value, raw []byte, text Text) error {
	return unquoted(f.codec.read(f.make(s), raw, text))
}

// of returns the field in s; false if an embedded pointer on the way is nil.
func (f *Field) of(s reflect.Value) (reflect.Value, bool) {
	for _, i := range f.index {
		if s.Kind() == reflect.Pointer {
			if s.IsNil() {
				return reflect.Value{}, false
			}
			s = s.Elem()
		}
		s = s.Field(i)
	}
	return s, true
}

// make returns the field in s, and makes the embedded structs on the way.
func (f *Field) make(s reflect.Value) reflect.Value {
	for _, i := range f.index {
		if s.Kind() == reflect.Pointer {
			if s.IsNil() {
				s.Set(reflect.New(s.Type().Elem()))
			}
			s = s.Elem()
		}
		s = s.Field(i)
	}
	return s
}

// unquoted removes the value from an error of strconv, because it is user data.
func unquoted(err error) error {
	var n interface{ Unwrap() error }
	if errors.As(err, &n) && n.Unwrap() != nil {
		return n.Unwrap()
	}
	return err
}
