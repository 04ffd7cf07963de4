package encode

import (
	"bytes"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// Value writes a value. Its switch has only concrete types, so it is fast; other handles all other types by
// reflection. v stays on its caller's stack; only values that it points to are moved to the heap. The bytes
// of a large value are not copied.
func (e *Encoder) Value(argument string, v any) {
	if s, ok := v.(string); ok { // the usual type
		e.string(s)
		return
	}
	switch v := v.(type) {
	case []byte:
		e.bytes(v)
	case int:
		e.Int(int64(v))
	case int64:
		e.Int(v)
	case int32:
		e.Int(int64(v))
	case int16:
		e.Int(int64(v))
	case int8:
		e.Int(int64(v))
	case uint:
		e.Uint(uint64(v))
	case uint64:
		e.Uint(v)
	case uint32:
		e.Int(int64(v))
	case uint16:
		e.Int(int64(v))
	case uint8:
		e.Int(int64(v))
	case float64:
		e.Float(v)
	case float32:
		e.float32(float64(v))
	case *big.Int:
		e.bigInt(argument, v)
	default:
		e.other(argument, v, true)
	}
}

// Plain is Value for arguments whose other types have a form of their own: it accepts only strings, bytes and
// numbers, and refuses types with MarshalText or MarshalBinary. remedy says what to do instead.
func (e *Encoder) Plain(argument string, v any, remedy string) {
	if e.Err != nil {
		return
	}
	if t := reflect.TypeOf(v); t != nil && !isBasic(t) {
		e.Fail(argument, "has the type "+t.String()+"; "+remedy)
		return
	}
	e.Value(argument, v)
}

// isBasic reports whether values of a type are strings, bytes or numbers and are written like these.
func isBasic(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return false
		}
	default:
		return t == bigIntType
	}
	return t != durationType && !t.Implements(textMarshaler) && !t.Implements(binaryMarshaler)
}

// string writes a string value.
func (e *Encoder) string(s string) {
	if len(s) >= wire.Large && e.Encoding == nil {
		e.outside(wire.BytesOf(s))
		return
	}
	e.Text(s)
}

// bytes writes a value of bytes, which are never encoded.
func (e *Encoder) bytes(b []byte) {
	if len(b) >= wire.Large {
		if e.Later {
			b = bytes.Clone(b)
		}
		e.outside(b)
		return
	}
	e.BulkBytes(b)
}

func (e *Encoder) float32(f float64) {
	var digits [32]byte
	e.BulkBytes(floattext.Append(digits[:0], f, 32))
}

func (e *Encoder) bigInt(argument string, n *big.Int) {
	if n == nil {
		e.Fail(argument, "is a nil *big.Int")
		return
	}
	var digits [64]byte
	e.BulkBytes(n.Append(digits[:0], 10))
}

// other writes a value of a type that Value does not know: the text or bytes of a type with MarshalText or
// MarshalBinary, if marshal is true, or a string, bytes or a number of a named type.
func (e *Encoder) other(argument string, v any, marshal bool) {
	switch v := v.(type) {
	case nil:
		e.Fail(argument, misfit(v))
		return
	case time.Time:
		e.time(argument, v)
		return
	}
	t := reflect.TypeOf(v)
	if marshal && e.marshaled(argument, v, t) {
		return
	}
	if t == durationType {
		e.Fail(argument, misfit(v))
		return
	}
	switch r := reflect.ValueOf(v); t.Kind() {
	case reflect.String:
		e.string(r.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.Int(r.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.Uint(r.Uint())
	case reflect.Float32:
		e.float32(r.Float())
	case reflect.Float64:
		e.Float(r.Float())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			leak(v) // to the compiler Bytes seems to return v itself
			e.bytes(reflect.ValueOf(hidden(v)).Bytes())
			return
		}
		fallthrough
	default:
		e.Fail(argument, misfit(v))
	}
}

// time writes a point in time like package structs.
func (e *Encoder) time(argument string, t time.Time) {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // RFC 3339 drops the seconds of the offset, which would change the instant
	}
	text, err := t.AppendText(make([]byte, 0, len(time.RFC3339Nano)))
	if err != nil {
		e.Fail(argument, "cannot be written: "+err.Error())
		return
	}
	e.BulkBytes(text)
}

// stringOf returns the text of a string, or of a value of a named string type without MarshalText and
// MarshalBinary.
func stringOf(v any) (string, bool) {
	if s, ok := v.(string); ok {
		return s, true
	}
	if t := reflect.TypeOf(v); t != nil && t.Kind() == reflect.String && isBasic(t) {
		return reflect.ValueOf(v).String(), true
	}
	return "", false
}

// misfit returns the reason and the remedy for a value of a type without a form on the wire.
func misfit(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return "is nil; pass an empty string, or delete instead of setting"
	}
	if t == durationType {
		return "is a time.Duration; pass a number in the unit you want, such as d.Milliseconds(), or " +
			"d.String()"
	}
	name, remedy := t.String(), ""
	switch t.Kind() {
	case reflect.Bool:
		return "is a " + name + "; pass 1 or 0, or a string"
	case reflect.Map:
		remedy = ": pass its entries by redpoll.Pairs(m)... where names and values stand in turn, " +
			"or one document by redpoll.JSON(m)"
	case reflect.Slice, reflect.Array:
		remedy = ": pass its elements by redpoll.Spread(list)..., or one document by redpoll.JSON(list)"
	case reflect.Pointer:
		if t.Elem().Kind() != reflect.Struct {
			remedy = ": pass what it points to"
			break
		}
		fallthrough
	case reflect.Struct:
		remedy = ": redpoll.HSetFrom writes a struct into a hash, redpoll.JSON(v) makes a document of it"
	}
	return "has the type " + name +
		"; only strings, []byte, numbers and types with MarshalText or MarshalBinary " +
		"can be sent" + remedy
}

// Values writes every value of a list that must not be empty; the words are counted.
func (e *Encoder) Values(argument string, list []any) {
	e.Some(argument, len(list), 1)
	for i, v := range list {
		e.Value(argument, v)
		if e.Err != nil {
			e.Locate(argument, i)
			return
		}
	}
}

// Locate adds the place in the list to the first fault, if it is the fault of an element.
func (e *Encoder) Locate(argument string, i int) {
	if f, ok := e.Err.(*Fault); ok && (f.Argument == argument || f.Argument == textArgument) {
		f.Argument = argument + "[" + strconv.Itoa(i) + "]"
	}
}

// AnyValues is Values for a list that may be empty.
func (e *Encoder) AnyValues(argument string, list []any) {
	if len(list) > 0 {
		e.Values(argument, list)
	}
}

// Pairs writes names and values in turn; the words are counted.
func (e *Encoder) Pairs(argument string, list []any) {
	if e.paired(argument, list) {
		e.Values(argument, list)
	}
}

// paired refuses a list that does not consist of names and values in turn.
func (e *Encoder) paired(argument string, list []any) bool {
	if len(list) > 0 && len(list)%2 == 0 {
		return true
	}
	if len(list) == 0 {
		e.Fail(argument, "needs at least one name and its value")
		return false
	}
	for i, v := range list { // a map or a struct instead of its entries
		if t := reflect.TypeOf(v); t != nil && !sendable(t) {
			e.Fail(argument+"["+strconv.Itoa(i)+"]", misfit(v))
			return false
		}
	}
	e.Fail(argument, "has a name without a value: "+strconv.Itoa(len(list))+" is not an even number")
	return false
}
