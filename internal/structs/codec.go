package structs

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// codec writes and reads values of one type.
type codec struct {
	typ  reflect.Type
	kind codecKind
	elem *codec // of a pointer or a Null
}

type codecKind uint8

const (
	codecString codecKind = iota
	codecInt
	codecUint
	codecFloat
	codecBool
	codecBytes
	codecTime
	codecDuration
	codecText
	codecPointer
	codecNull
)

// Text translates strings from the server. It is the half of redpoll.TextEncoding that this package needs.
type Text interface {
	AppendDecode(dst, raw []byte) ([]byte, error)
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	durationType    = reflect.TypeFor[time.Duration]()
	marshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// maxPointers is the most pointers and Nulls around a value. A type that points to itself would have no end.
const maxPointers = 8

// codecOf returns the codec of a type, or says why it has none.
func codecOf(t reflect.Type) (*codec, error) { return codecWithin(t, 0) }

// codecWithin is codecOf for a type inside this number of pointers and Nulls.
func codecWithin(t reflect.Type, around int) (*codec, error) {
	p := reflect.PointerTo(t)
	switch {
	case around > maxPointers:
		return nil, fmt.Errorf("%v stands behind more than %d pointers", t, maxPointers)
	case t == timeType:
		return &codec{typ: t, kind: codecTime}, nil
	case t == durationType:
		return &codec{typ: t, kind: codecDuration}, nil
	case isNull(t):
		elem, err := codecWithin(t.Field(0).Type, around+1)
		return &codec{typ: t, kind: codecNull, elem: elem}, err
	case t.Kind() == reflect.Pointer:
		elem, err := codecWithin(t.Elem(), around+1)
		return &codec{typ: t, kind: codecPointer, elem: elem}, err
	case t.Kind() == reflect.Interface:
	case p.Implements(marshalerType) && p.Implements(unmarshalerType):
		return &codec{typ: t, kind: codecText}, nil
	case p.Implements(marshalerType):
		return nil, fmt.Errorf("%v has MarshalText but no UnmarshalText, so that it could not be read again",
			t)
	case p.Implements(unmarshalerType):
		return nil, fmt.Errorf("%v has UnmarshalText but no MarshalText, so that it could not be written", t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return &codec{typ: t, kind: codecBytes}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return &codec{typ: t, kind: codecString}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &codec{typ: t, kind: codecInt}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return &codec{typ: t, kind: codecUint}, nil
	case reflect.Float32, reflect.Float64:
		return &codec{typ: t, kind: codecFloat}, nil
	case reflect.Bool:
		return &codec{typ: t, kind: codecBool}, nil
	}
	return nil, fmt.Errorf("%v has no form in a hash; give it MarshalText and UnmarshalText, or leave it "+
		"out with `redis:\"-\"`", t)
}

// nullPackage is the package of the type Null.
const nullPackage = "github.com/redpoll-go/redpoll"

// isNull reports whether a type is a redpoll.Null: a struct of a value and a flag that says whether the value
// is valid.
func isNull(t reflect.Type) bool {
	return t.PkgPath() == nullPackage && strings.HasPrefix(t.Name(), "Null[")
}

// empty reports whether omitempty leaves a value out. The zero time in any zone, and a list without bytes,
// are empty like their zero values.
func (c *codec) empty(v reflect.Value) bool {
	switch c.kind {
	case codecTime:
		return v.Interface().(time.Time).IsZero()
	case codecBytes:
		return v.Len() == 0
	}
	return v.IsZero()
}

// write turns a value into one that HSet takes. present is false for nil pointers and Nulls that are not
// valid.
func (c *codec) write(v reflect.Value) (out any, present bool, err error) {
	switch c.kind {
	case codecString:
		return v.String(), true, nil
	case codecInt:
		return v.Int(), true, nil
	case codecUint:
		return v.Uint(), true, nil
	case codecFloat:
		if c.typ.Kind() == reflect.Float32 {
			return float32(v.Float()), true, nil
		}
		return v.Float(), true, nil
	case codecBool:
		if v.Bool() {
			return 1, true, nil
		}
		return 0, true, nil
	case codecBytes:
		return v.Bytes(), true, nil
	case codecTime:
		t := v.Interface().(time.Time)
		if _, offset := t.Zone(); offset%60 != 0 {
			t = t.UTC() // RFC 3339 has no seconds in offsets, which would change the time
		}
		b, err := t.MarshalText() // bytes, because a text encoding must not translate it
		return b, true, err
	case codecDuration:
		return []byte(time.Duration(v.Int()).String()), true, nil
	case codecText:
		b, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
		return string(b), true, err
	case codecPointer:
		if v.IsNil() {
			return nil, false, nil
		}
		return c.elem.write(v.Elem())
	default: // for codecNull
		if !v.Field(1).Bool() {
			return nil, false, nil
		}
		return c.elem.write(v.Field(0))
	}
}

// read sets a value from the server's bytes. Its error does not show the text, which is user data.
func (c *codec) read(v reflect.Value, raw []byte, text Text) error {
	switch c.kind {
	case codecBytes:
		v.SetBytes(raw)
		return nil
	case codecPointer:
		p := reflect.New(c.typ.Elem())
		if err := c.elem.read(p.Elem(), raw, text); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case codecNull:
		if err := c.elem.read(v.Field(0), raw, text); err != nil {
			return err
		}
		v.Field(1).SetBool(true)
		return nil
	case codecString, codecText:
		return c.readText(v, raw, text)
	}
	return c.readNumber(v, string(raw))
}

// readText reads a text in the client's text encoding.
func (c *codec) readText(v reflect.Value, raw []byte, text Text) (err error) {
	if text != nil {
		if raw, err = text.AppendDecode(nil, raw); err != nil {
			return err
		}
	}
	if c.kind == codecText {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(raw)
	}
	v.SetString(string(raw))
	return nil
}

// readNumber reads a number in ASCII.
func (c *codec) readNumber(v reflect.Value, s string) error {
	switch c.kind {
	case codecInt:
		n, err := strconv.ParseInt(s, 10, c.typ.Bits())
		if err != nil {
			return err
		}
		v.SetInt(n)
	case codecUint:
		n, err := strconv.ParseUint(s, 10, c.typ.Bits())
		if err != nil {
			return err
		}
		v.SetUint(n)
	case codecFloat:
		f, err := floattext.Parse(s, c.typ.Bits())
		if err != nil {
			return err
		}
		v.SetFloat(f)
	case codecBool:
		b, err := ParseBool(s)
		if err != nil {
			return err
		}
		v.SetBool(b)
	case codecTime:
		t, err := ParseTime(s)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(t))
	case codecDuration:
		n, err := strconv.ParseInt(s, 10, 64)
		d := time.Duration(n)
		if err != nil {
			if d, err = time.ParseDuration(s); err != nil {
				return errNoDuration
			}
		}
		v.SetInt(int64(d))
	}
	return nil
}

// errNoDuration does not show the text; the error of time.ParseDuration would.
var errNoDuration = errors.New("the text is not a duration such as 1m30s")
