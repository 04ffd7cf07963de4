package structs

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

type (
	inner struct {
		City string
		Zip  string `redis:"zip"`
	}
	Outer struct {
		City string
		Deep string
	}
	Self struct {
		*Self
		A int
	}
	text struct{ s string }
	// half has a value that can only be written.
	half struct{}
	// Stamp is one value.
	Stamp struct{ time.Time }
)

func (v text) MarshalText() ([]byte, error) { return []byte("<" + v.s + ">"), nil }
func (v *text) UnmarshalText(b []byte) error {
	if len(b) < 2 {
		return errors.New("too short")
	}
	v.s = string(b[1 : len(b)-1])
	return nil
}
func (half) MarshalText() ([]byte, error) { return nil, nil }

// A mapping has the right fields of a struct, with the right names.
func TestMapping(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		v    any
		want string // names and paths
	}{
		"plain":    {struct{ A, B int }{}, "A=.A B=.B"},
		"named":    {inner{}, "City=inner.City zip=inner.Zip"},
		"left out": {struct{ A, b, C int }{}, "A=.A C=.C"},
		"left out by tag": {struct {
			A int `redis:"-"`
			B int
		}{}, "B=.B"},
		"option alone": {struct {
			A int `redis:",omitempty"`
		}{}, "A=.A"},
		"embedded":         {struct{ inner }{}, "City=.inner.City zip=.inner.Zip"},
		"embedded pointer": {struct{ *Outer }{}, "City=.Outer.City Deep=.Outer.Deep"},
		"embedded, hidden": {struct {
			Outer
			City int
		}{}, "City=.City Deep=.Outer.Deep"},
		"hidden in front": {struct {
			City int
			Outer
		}{}, "City=.City Deep=.Outer.Deep"},
		"rivals, both hidden": {struct {
			inner
			Outer
			City int
		}{}, "City=.City zip=.inner.Zip Deep=.Outer.Deep"},
		"embedded value": {struct {
			time.Time
			A int
		}{}, "Time=.Time A=.A"},
	} {
		m, err := Of(reflect.TypeOf(c.v))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for i := range m.Fields {
			f := &m.Fields[i]
			got = append(got, f.Name+"="+f.Path)
			if m.ByName[f.Name] != f || m.Names[i] != f.Name {
				t.Errorf("%s: %s is not found by its name", name, f.Name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, " "), c.want)
		}
		if again, _ := Of(reflect.TypeOf(c.v)); again != m {
			t.Errorf("%s: worked out twice", name)
		}
	}
}

// Some structs cannot be mapped to a hash.
func TestMappingFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"no struct": {7, "int is not a struct"},
		"nothing":   {struct{ a int }{}, "has no exported fields"},
		"everything out": {struct {
			A int `redis:"-"`
		}{}, "has no exported fields"},
		"unknown option": {struct {
			A int `redis:"a,string"`
		}{}, `.A has the unknown option "string" in its tag`},
		"tag, unexported": {struct {
			a int `redis:"a"`
		}{}, ".a has a tag but is not exported"},
		"no form":     {struct{ A map[string]int }{}, ".A: map[string]int has no form in a hash"},
		"interface":   {struct{ A any }{}, "has no form in a hash"},
		"half a form": {struct{ A half }{}, "has MarshalText but no UnmarshalText"},
		"two of a name": {struct {
			A int `redis:"x"`
			B int `redis:"x"`
		}{}, `.A and .B both want to be "x"`},
		"rivals": {struct {
			inner
			Outer
		}{}, `both want to be "City"`},
		"embeds itself":  {Self{}, "embeds itself"},
		"hidden pointer": {struct{ *inner }{}, "an embedded pointer to an unexported type"},
		"embedded option": {struct {
			Outer `redis:",omitempty"`
		}{}, "stands for its fields, which have tags of their own"},
		"embedded text": {struct{ text }{}, "its type is not exported"},
		"text of a part": {struct{ Wrapped }{},
			"may be that of the embedded Time without the fields beside it"},
		"many pointers": {struct{ A **********int }{}, "behind more than 8 pointers"},
	} {
		if _, err := Of(reflect.TypeOf(c.v)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Wrapped has a text that ignores its second field.
type Wrapped struct {
	Time
	Beside int
}

// Time is a time with its own text.
type Time struct{ At time.Time }

func (t Time) MarshalText() ([]byte, error)     { return t.At.MarshalText() }
func (t *Time) UnmarshalText(text []byte) error { return t.At.UnmarshalText(text) }
