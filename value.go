package redpoll

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/resp"
)

// Kind is the kind of a [Value].
type Kind uint8

const (
	KindNil    Kind = iota // no value
	KindStatus             // a status line such as OK
	KindString             // a string of bytes
	KindInt
	KindFloat  // RESP3
	KindBool   // RESP3
	KindBigInt // RESP3: an integer beyond 64 bits
	KindArray
	KindSet   // RESP3: an array whose order means nothing
	KindMap   // RESP3: keys and values in turn
	KindError // an error inside an array, as scripts and transactions give
	KindOther // what a [Callback] made of a reply; see Value.Any
)

// String gives the name of the kind.
func (k Kind) String() string {
	names := [...]string{"nil", "status", "string", "int", "float", "bool", "big int", "array", "set", "map", "error", "other"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Value is a reply of any shape, as [Client.Do] gives it. The zero Value is nil. A Value shares no memory with the
// connection and may be kept and shared; it must not be changed.
type Value struct {
	kind  Kind
	num   int64
	float float64
	text  string
	elems []Value
	other any
}

// Kind tells what the value is.
func (v Value) Kind() Kind { return v.kind }

// IsNil reports whether the server answered "no value".
func (v Value) IsNil() bool { return v.kind == KindNil }

// Text gives a status, a string or a number as text. The error is Nil for no value, the server's for an error,
// and a *ReplyError for anything else.
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

// Bytes is Text as bytes, which the caller owns.
func (v Value) Bytes() ([]byte, error) {
	s, err := v.Text()
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// Int gives an integer, or text that is one, or 0 and 1 for a boolean. The errors are those of Text.
func (v Value) Int() (int64, error) {
	switch v.kind {
	case KindInt, KindBool:
		return v.num, nil
	case KindString, KindStatus:
		if n, err := strconv.ParseInt(v.text, 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, v.not("an integer")
}

// BigInt gives an integer of any size. The errors are those of Text.
func (v Value) BigInt() (*big.Int, error) {
	if v.kind == KindInt {
		return big.NewInt(v.num), nil
	}
	if v.kind == KindBigInt || v.kind == KindString {
		if n, ok := new(big.Int).SetString(v.text, 10); ok {
			return n, nil
		}
	}
	return nil, v.not("an integer")
}

// Float gives a number, or text that is one: 1.5, 1e+16, inf and nan, in each spelling that servers have for them. The
// errors are those of Text.
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

// Bool gives a boolean, an integer as 0 or not 0, the text 0 or 1, and true for the status OK. The errors are those of Text.
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

// Array gives the elements of an array or set, and keys and values in turn of a map. The errors are those of Text.
func (v Value) Array() ([]Value, error) {
	switch v.kind {
	case KindArray, KindSet, KindMap:
		return v.elems, nil
	}
	return nil, v.not("an array")
}

// Strings gives the elements of an array or set as text; no value gives "". The errors are those of Text.
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

// Map gives a map, or an array of keys and values in turn, by the text of the keys. The errors are those of Text.
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

// Err gives the error that the server put in this place of a reply, or nil: a [*ReplyError] around a [*ServerError], since the
// command that the reply belongs to was executed.
func (v Value) Err() error {
	if v.kind == KindError {
		return &ReplyError{Command: "Value", Err: &verdict{newServerError(v.text)}}
	}
	return nil
}

// Any gives the value as the nearest Go type: nil, string, int64, float64, bool, *big.Int, []any,
// map[any]any for a map, error for an error; and whatever a [Callback] returned.
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

// anyMap gives a map. A key that Go cannot compare, such as an array, stands as its text.
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

// String shows the value for people: strings quoted, the rest as redis-cli would roughly show it.
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
	return &ReplyError{Command: "Value", Err: fmt.Errorf("the reply is of kind %v, not %s", v.kind, want)}
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
				err = fmt.Errorf("a double of %d bytes is not a number that a float64 holds, in a known spelling: %w", len(v.text), err)
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
	// One element that cannot be read must not leave the rest unread: the first error counts.
	for i := range v.elems {
		if e := decodeValue(d, &v.elems[i]); e != nil && err == nil {
			err = e
		}
	}
	return err
}
