package encode

import (
	"math/big"
	"reflect"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// marshalsText and marshalsBinary are encoding.TextMarshaler and encoding.BinaryMarshaler.
type (
	marshalsText   interface{ MarshalText() ([]byte, error) }
	marshalsBinary interface{ MarshalBinary() ([]byte, error) }
)

var (
	textMarshaler   = reflect.TypeFor[marshalsText]()
	binaryMarshaler = reflect.TypeFor[marshalsBinary]()
	locker          = reflect.TypeFor[sync.Locker]()
	bigIntType      = reflect.TypeFor[*big.Int]()
	timeType        = reflect.TypeFor[time.Time]()
	durationType    = reflect.TypeFor[time.Duration]()
)

// sendable reports whether Value accepts values of a type.
func sendable(t reflect.Type) bool {
	return isBasic(t) || t == timeType || marshals(t, textMarshaler) || marshals(t, binaryMarshaler)
}

// marshals reports whether a type, or a pointer to it, has the method.
func marshals(t, method reflect.Type) bool {
	return t.Implements(method) || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(method)
}

// marshaled writes a value of a type with MarshalText or MarshalBinary. It returns false for other types.
func (e *Encoder) marshaled(argument string, v any, t reflect.Type) bool {
	text := marshals(t, textMarshaler)
	if !text && !marshals(t, binaryMarshaler) {
		return false
	}
	own, why := copied(v, t)
	if why != "" {
		e.Fail(argument, why)
		return true
	}
	var b []byte
	var err error
	if text {
		b, err = own.(marshalsText).MarshalText()
	} else {
		b, err = own.(marshalsBinary).MarshalBinary()
	}
	switch {
	case err != nil:
		e.Fail(argument, unmarshaled(err))
	case text && e.Encoding != nil:
		e.Text(string(b))
	default:
		e.bytes(b)
	}
	return true
}

// copied returns a pointer to a copy of v, or of the value that the pointer v points to; or else the reason
// why there is none.
//
// Methods of unknown types may keep their receiver. If they were called on v, the compiler would put each
// value that a caller passes as any on the heap, even strings and numbers. So they are called on a copy,
// which is on the heap, and hidden hides v from the compiler. The values that the copy points to are not
// copied: v points to the same ones, and leak tells the compiler that they escape.
func copied(v any, t reflect.Type) (own any, why string) {
	const remedy = "; pass what its MarshalText or MarshalBinary returns"
	leak(v)
	from, to := reflect.ValueOf(hidden(v)), reflect.New(t)
	switch {
	case t.Kind() == reflect.Map:
		if !from.IsNil() {
			to.Elem().Set(reflect.MakeMap(t))
			for all := from.MapRange(); all.Next(); {
				to.Elem().SetMapIndex(all.Key(), all.Value())
			}
		}
		return to.Interface(), ""
	case t.Kind() != reflect.Pointer && t.Size() == unsafe.Sizeof(uintptr(0)) && holdsPointer(t):
		// The interface holds this value directly, so a copy of it points to the same place.
		return nil, "is a " + t.String() + ", whose methods cannot be called here" + remedy
	case t.Kind() != reflect.Pointer:
		to.Elem().Set(from)
		return to.Interface(), ""
	case from.IsNil():
		return nil, "is a nil " + t.String()
	case holdsLock(t.Elem()):
		return nil, "is a " + t.String() + ", which has a lock in it and cannot be copied" + remedy
	}
	to = reflect.New(t.Elem())
	to.Elem().Set(from.Elem())
	return to.Interface(), ""
}

// holdsPointer reports whether a value with the size of a pointer is a pointer.
func holdsPointer(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func:
		return true
	case reflect.Array:
		return t.Len() > 0 && holdsPointer(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsPointer(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// holdsLock reports whether a value must not be copied because it contains a lock.
func holdsLock(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return holdsLock(t.Elem())
	case reflect.Struct:
		if reflect.PointerTo(t).Implements(locker) {
			return true
		}
		for i := range t.NumField() {
			if holdsLock(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// hidden returns v in a way that the compiler cannot track.
func hidden(v any) (same any) {
	*(*[2]uintptr)(unsafe.Pointer(&same)) = *(*[2]uintptr)(unsafe.Pointer(&v))
	return same
}

// leaked is never set, but the compiler does not know this.
var leaked unsafe.Pointer

// leak makes the compiler put all values that v points to on the heap, but not v.
func leak(v any) {
	if leaked != nil {
		leaked = *(*[2]*unsafe.Pointer)(unsafe.Pointer(&v))[1]
	}
}

// unmarshaled is the reason if a value's own method fails. The error of a redpoll.JSONText names itself, and
// the argument stands in front already.
func unmarshaled(err error) string {
	text := strings.TrimPrefix(err.Error(), "redpoll: ")
	if reason, ok := strings.CutPrefix(text, "JSON value: "); ok {
		return reason
	}
	return "cannot be written: " + text
}
