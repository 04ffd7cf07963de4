package redpoll

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// ValueKind is the kind of a [Value].
type ValueKind uint8

const (
	KindNil    ValueKind = iota // the server answered "no value"
	KindStatus                  // a status line such as OK
	KindString                  // a string of bytes
	KindInt
	KindFloat  // RESP3
	KindBool   // RESP3
	KindBigInt // RESP3: an integer beyond 64 bits
	KindArray
	KindSet   // RESP3: an array without an order
	KindMap   // RESP3: keys and values in turn
	KindError // an error inside an array, such as in replies of scripts
	KindOther // the result of a [Callback]; see Value.Any
)

// String returns the name of the kind.
func (k ValueKind) String() string {
	names := [...]string{"nil", "status", "string", "int", "float", "bool", "big int", "array", "set", "map",
		"error", "other"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Value is a reply of any shape; [Client.Do] returns it. The zero Value is nil. A Value shares no memory with
// the connection and may be kept and shared; it must not be changed.
type Value struct {
	kind  ValueKind
	num   int64
	float float64
	text  string
	elems []Value
	other any
}

// ValueOf makes a Value for which [Value.Any] returns v. It is for tests of programs, whose fakes and
// callbacks need replies without a server.
//
//   - nil and a nil *big.Int make a nil Value; a string or []byte a string; an int, int32, int64, uint32 or
//     uint64 an integer; a float64 a float; a bool a bool; and a *big.Int a big integer, as does a uint64
//     that is too large.
//   - []any, []string, []int, []int64, []float64 and []Value make arrays; map[string]any, map[string]string
//     and map[any]any make maps, sorted by the texts of their keys.
//   - an error makes an error of the server inside a reply, with the code and the text of a [*ServerError],
//     or else ERR and its text: &ServerError{Code: "WRONGTYPE", Message: "not a list"}.
//   - a Value stays itself, and any other type is of the kind KindOther.
//
// [StatusOf] makes a status such as OK.
func ValueOf(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{}
	case Value:
		return v
	case string:
		return Value{kind: KindString, text: v}
	case []byte:
		return Value{kind: KindString, text: string(v)}
	case int:
		return Value{kind: KindInt, num: int64(v)}
	case int64:
		return Value{kind: KindInt, num: v}
	case int32:
		return Value{kind: KindInt, num: int64(v)}
	case uint32:
		return Value{kind: KindInt, num: int64(v)}
	case uint64:
		if v > math.MaxInt64 {
			return Value{kind: KindBigInt, text: strconv.FormatUint(v, 10)}
		}
		return Value{kind: KindInt, num: int64(v)}
	case float64:
		return Value{kind: KindFloat, float: v, text: string(floattext.Append(nil, v, 64))}
	case bool:
		if v {
			return Value{kind: KindBool, num: 1}
		}
		return Value{kind: KindBool}
	case *big.Int:
		if v == nil {
			return Value{}
		}
		return Value{kind: KindBigInt, text: v.String()}
	case error:
		return errorValue(v)
	case []any:
		return arrayOf(v)
	case []string:
		return arrayOf(v)
	case []int:
		return arrayOf(v)
	case []int64:
		return arrayOf(v)
	case []float64:
		return arrayOf(v)
	case []Value:
		return Value{kind: KindArray, elems: slices.Clone(v)}
	case map[string]any:
		return mapOf(v)
	case map[string]string:
		return mapOf(v)
	case map[any]any:
		return mapOf(v)
	}
	return Value{kind: KindOther, other: v}
}

// StatusOf makes a status for [ValueOf]: StatusOf("OK").
func StatusOf(text string) Value { return Value{kind: KindStatus, text: text} }

func arrayOf[T any](list []T) Value {
	v := Value{kind: KindArray, elems: make([]Value, len(list))}
	for i := range list {
		v.elems[i] = ValueOf(list[i])
	}
	return v
}

func mapOf[K comparable, V any](m map[K]V) Value {
	entries := make([][2]Value, 0, len(m))
	for k, v := range m {
		entries = append(entries, [2]Value{ValueOf(k), ValueOf(v)})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i][0].String() < entries[j][0].String() })
	v := Value{kind: KindMap}
	for _, e := range entries {
		v.elems = append(v.elems, e[0], e[1])
	}
	return v
}

func errorValue(err error) Value {
	text := "ERR " + err.Error()
	if e := new(ServerError); errors.As(err, &e) {
		text = strings.TrimPrefix(e.Code+" "+e.Message, " ")
	}
	return Value{kind: KindError, text: text}
}

// Kind returns the kind of the value.
func (v Value) Kind() ValueKind { return v.kind }

// IsNil reports whether the server answered "no value".
func (v Value) IsNil() bool { return v.kind == KindNil }

// Text returns a status, a string or a number as text. For a nil Value the error is Nil, for an error it is
// the server's, and for any other kind a *ReplyError.
func (v Value) Text() (string, error) {
	switch v.kind {
	case KindStatus, KindString, KindBigInt:
		return v.text, nil
	case KindInt:
		return strconv.FormatInt(v.num, 10), nil
	case KindFloat:
		return v.text, nil
	}
	return "", v.not("text")
}

// Bytes returns Text as bytes, which belong to the caller.
func (v Value) Bytes() ([]byte, error) {
	s, err := v.Text()
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// Int returns an integer, a text with an integer, or 0 and 1 for a boolean. The errors are those of Text; a
// number that does not fit is a *ReplyError.
func (v Value) Int() (int, error) {
	n, err := v.Int64()
	if err != nil {
		return 0, err
	}
	if int64(int(n)) != n {
		return 0, v.not("an int")
	}
	return int(n), nil
}

// Int64 is Int for an int64.
func (v Value) Int64() (int64, error) {
	switch v.kind {
	case KindInt, KindBool:
		return v.num, nil
	case KindString, KindStatus:
		if n, err := parseInt(v.text); err == nil {
			return n, nil
		}
	}
	return 0, v.not("a whole number")
}

// Uint64 is Int for a uint64. A large one may be a big integer, too.
func (v Value) Uint64() (uint64, error) {
	switch v.kind {
	case KindInt, KindBool:
		if v.num >= 0 {
			return uint64(v.num), nil
		}
	case KindString, KindStatus, KindBigInt:
		if n, err := parseUint(v.text); err == nil {
			return n, nil
		}
	}
	return 0, v.not("a uint64")
}

// BigInt returns an integer of any size. The errors are those of Text.
func (v Value) BigInt() (*big.Int, error) {
	if v.kind == KindInt {
		return big.NewInt(v.num), nil
	}
	if v.kind == KindBigInt || v.kind == KindString {
		if n, ok := new(big.Int).SetString(v.text, 10); ok {
			return n, nil
		}
	}
	return nil, v.not("a whole number")
}

// Float returns a number, or a text with a number: 1.5, 1e+16, inf and nan, in each spelling that servers
// use. The errors are those of Text.
func (v Value) Float() (float64, error) {
	switch v.kind {
	case KindFloat:
		return v.float, nil
	case KindInt:
		return float64(v.num), nil
	case KindString, KindStatus, KindBigInt:
		if f, err := floattext.Parse(v.text, 64); err == nil {
			return f, nil
		}
	}
	return 0, v.not("a number")
}

// Bool returns a boolean, an integer as 0 or not 0, the text 0 or 1, and true for the status OK. The errors
// are those of Text.
func (v Value) Bool() (bool, error) {
	switch {
	case v.kind == KindBool, v.kind == KindInt:
		return v.num != 0, nil
	case v.kind == KindStatus && v.text == "OK":
		return true, nil
	case v.kind == KindString && (v.text == "0" || v.text == "1"):
		return v.text == "1", nil
	}
	return false, v.not("a boolean")
}

// Time returns a point in time: RFC 3339 text, or the number of seconds since 1970, which may have a
// fraction, see [Time]. The errors are those of Text.
func (v Value) Time() (time.Time, error) {
	switch v.kind {
	case KindInt, KindFloat, KindString, KindStatus:
		text, _ := v.Text()
		if t, err := structs.ParseTime(text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, v.not("a time")
}

// Array returns the elements of an array or set, or keys and values in turn of a map. The errors are those of
// Text.
func (v Value) Array() ([]Value, error) {
	switch v.kind {
	case KindArray, KindSet, KindMap:
		return v.elems, nil
	}
	return nil, v.not("an array")
}

// Strings returns the elements of an array or set as text; a nil element is "". The errors are those of Text.
func (v Value) Strings() ([]string, error) {
	elems, err := v.Array()
	if err != nil {
		return nil, err
	}
	all := make([]string, len(elems))
	for i, e := range elems {
		if e.IsNil() {
			continue
		}
		if all[i], err = e.Text(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Ints returns the elements of an array or set as ints, by the rules of Int; a nil element is 0. The errors
// are those of Text; the error of an element names its place.
func (v Value) Ints() ([]int, error) {
	return elementsAs(v, "a whole number", Value.Int)
}

// Int64s is Ints for int64.
func (v Value) Int64s() ([]int64, error) { return elementsAs(v, "a whole number", Value.Int64) }

// Floats returns the elements of an array or set as numbers, by the rules of Float. It is otherwise like
// Ints.
func (v Value) Floats() ([]float64, error) { return elementsAs(v, "a number", Value.Float) }

// Bools returns the elements of an array or set as booleans, by the rules of Bool; a nil element is false. It
// is otherwise like Ints.
func (v Value) Bools() ([]bool, error) { return elementsAs(v, "a boolean", Value.Bool) }

// elementsAs reads the elements of an array.
func elementsAs[T any](v Value, what string, read func(Value) (T, error)) ([]T, error) {
	elems, err := v.Array()
	if err != nil {
		return nil, err
	}
	all := make([]T, len(elems))
	for i, e := range elems {
		switch e.kind {
		case KindNil:
			continue
		case KindError:
			return nil, e.Err()
		}
		if all[i], err = read(e); err != nil {
			return nil, &ReplyError{Command: "Value",
				Err: fmt.Errorf("element %d is %s", i, e.isNot(what))}
		}
	}
	return all, nil
}

// Map returns a map, or an array of keys and values in turn, by the text of the keys. The errors are those of
// Text.
func (v Value) Map() (map[string]Value, error) {
	elems, err := v.Array()
	if err != nil || len(elems)%2 != 0 || v.kind == KindSet {
		return nil, v.not("a map")
	}
	m := make(map[string]Value, len(elems)/2)
	for i := 0; i < len(elems); i += 2 {
		k, err := elems[i].Text()
		if err != nil {
			return nil, err
		}
		m[k] = elems[i+1]
	}
	return m, nil
}

// StringMap is Map with texts as values, for HGETALL by [Client.Do] or a script; a nil value is "". The
// errors are those of Text.
func (v Value) StringMap() (map[string]string, error) {
	all, err := v.Map()
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(all))
	for k, e := range all {
		if e.IsNil() {
			m[k] = ""
			continue
		}
		if m[k], err = e.Text(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Err returns the error that the server put in this place of a reply, or nil. It is a [*ReplyError] around a
// [*ServerError], because the command itself was executed.
func (v Value) Err() error {
	if v.kind == KindError {
		return &ReplyError{Command: "Value", Err: &verdict{newServerError(v.text)}}
	}
	return nil
}

// Any returns the value as the nearest Go type: nil, string, int64, float64, bool, *big.Int, []any,
// map[any]any for a map, error for an error; or the result of a [Callback].
func (v Value) Any() any {
	switch v.kind {
	case KindStatus, KindString:
		return v.text
	case KindInt:
		return v.num
	case KindFloat:
		return v.float
	case KindBool:
		return v.num != 0
	case KindBigInt:
		n, _ := v.BigInt()
		return n
	case KindArray, KindSet:
		all := make([]any, len(v.elems))
		for i, e := range v.elems {
			all[i] = e.Any()
		}
		return all
	case KindMap:
		return v.anyMap()
	case KindError:
		return v.Err()
	case KindOther:
		return v.other
	}
	return nil
}

// anyMap returns a map. A key that Go cannot compare, such as an array, is replaced by its text.
func (v Value) anyMap() map[any]any {
	m := make(map[any]any, len(v.elems)/2)
	for i := 0; i+1 < len(v.elems); i += 2 {
		var k any
		switch v.elems[i].kind {
		case KindArray, KindSet, KindMap, KindOther:
			k = v.elems[i].String()
		default:
			k = v.elems[i].Any()
		}
		m[k] = v.elems[i+1].Any()
	}
	return m
}

// String shows the value for people: strings quoted, the rest roughly as redis-cli shows it.
func (v Value) String() string {
	switch v.kind {
	case KindNil:
		return "(nil)"
	case KindString:
		return strconv.Quote(v.text)
	case KindBool:
		return strconv.FormatBool(v.num != 0)
	case KindArray, KindSet, KindMap:
		parts := make([]string, len(v.elems))
		for i, e := range v.elems {
			parts[i] = e.String()
		}
		return "[" + strings.Join(parts, " ") + "]"
	case KindError:
		return "(error) " + v.text
	case KindOther:
		return fmt.Sprint(v.other)
	}
	s, _ := v.Text()
	return s
}

func (v Value) not(want string) error {
	switch v.kind {
	case KindNil:
		return Nil
	case KindError:
		return v.Err()
	}
	return &ReplyError{Command: "Value", Err: fmt.Errorf("the reply is %s", v.isNot(want))}
}

// isNot says what the value is, and that this is not what was wanted.
func (v Value) isNot(want string) string {
	switch {
	case v.kind != KindString && v.kind != KindStatus:
	case want == "a whole number", want == "a number", want == "a boolean":
		return "text that is not " + want
	}
	return fmt.Sprintf("of kind %v, not %s", v.kind, want)
}

// decodeValue decodes a reply of any shape. Nesting is bounded by the scanner's limit.
func decodeValue(d *reply, v *Value) (err error) {
	*v = Value{}
	if d.Null() {
		return nil
	}
	switch d.Kind() {
	case resp.KindStatus:
		v.kind = KindStatus
		v.text, err = d.Text()
	case resp.KindBulk, resp.KindVerbatim:
		v.kind = KindString
		v.text, err = d.UserText()
	case resp.KindInteger:
		v.kind = KindInt
		v.num, err = d.Int()
	case resp.KindDouble:
		v.kind = KindFloat
		v.text, err = d.Text()
		if err == nil {
			if v.float, err = floattext.Parse(v.text, 64); err != nil {
				//houserules:ok family: the cause of a ReplyError
				err = fmt.Errorf("a double of %d bytes is not a number that a float64 holds, in a known "+
					"spelling: %w", len(v.text), err)
			}
		}
	case resp.KindBool:
		var b bool
		v.kind = KindBool
		if b, err = d.Bool(); b {
			v.num = 1
		}
	case resp.KindBigNumber:
		v.kind = KindBigInt
		v.text, err = d.Text()
	case resp.KindError, resp.KindBlobError:
		v.kind = KindError
		v.text, err = d.ErrorText()
	case resp.KindArray, resp.KindPush:
		v.kind = KindArray
		err = decodeElems(d, v)
	case resp.KindSet:
		v.kind = KindSet
		err = decodeElems(d, v)
	case resp.KindMap:
		v.kind = KindMap
		err = decodeElems(d, v)
	default:
		err = d.Skip()
	}
	return err
}

func decodeElems(d *reply, v *Value) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	v.elems = make([]Value, n)
	// If an element cannot be read, the rest must be read nevertheless. The first error counts.
	for i := range v.elems {
		if e := decodeValue(d, &v.elems[i]); e != nil && err == nil {
			err = e
		}
	}
	return err
}
