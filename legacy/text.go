package legacy

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// Text returns the text that redis-py 2.x sends for a value: the result of Python's str.
//
//	nil, a nil pointer            None
//	true, false                   True, False
//	integers, floats              7, 1.5, 100.0
//	string, []byte                as they are
//	lists                         [1, 'two', b'three', None]
//	maps                          {'a': 1, 'b': [2]}, in the order of the keys' text
//	time.Time                     2024-02-01 13:04:05.000250+01:00, cut to microseconds
//	time.Duration                 1 day, 0:00:01.500000, cut to microseconds
//
// A named type is treated as its underlying type, and a pointer as the value that it points to. A value with
// a String or an Error method has the text of this method, and any other value, such as a struct, that of
// package fmt. The conversion cannot be undone: a reader gets the text "None".
//
// The methods of this package convert values by themselves. Text is for arguments that are strings in Go,
// such as keys and fields.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	if r := reflect.ValueOf(v); r.IsValid() && !describesItself(v) {
		switch {
		case r.Kind() == reflect.String:
			return r.String()
		case isBytes(r):
			return string(bytesOf(r))
		}
	}
	return string(new(printer).value(nil, v))
}

// Texts prepares values for the client: it keeps values that the client takes, and converts all others to
// their [Text]. It is for methods of the client that take any number of values and have no form in this
// package:
//
//	rdb.SMIsMember(ctx, "set", legacy.Texts(true, nil)...)
func Texts(values ...any) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = sendable(v)
	}
	return list
}

// sendable returns the form of a value that the client takes.
func sendable(v any) any {
	switch n := v.(type) {
	case string, []byte, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32,
		float64:
		return v
	case *big.Int:
		if n != nil {
			return v
		}
	}
	return Text(v)
}

// bit returns 1 for a value that is true in Python, 0 for a false one: nothing, zero, and empty values.
func bit(v any) int {
	r := reflect.ValueOf(v)
	for n := 0; n < maxDepth && r.Kind() == reflect.Pointer && !r.IsNil() && !isBigInt(r); n++ {
		r = r.Elem()
	}
	truth := true
	switch {
	case !r.IsValid(), isNilReference(r):
		truth = false
	case isBigInt(r):
		truth = r.Interface().(*big.Int).Sign() != 0
	default:
		switch r.Kind() {
		case reflect.String, reflect.Slice, reflect.Map, reflect.Array:
			truth = r.Len() > 0
		case reflect.Struct:
		default:
			truth = !r.IsZero()
		}
	}
	if truth {
		return 1
	}
	return 0
}

func isBigInt(r reflect.Value) bool { return r.Type() == reflect.TypeFor[*big.Int]() }

// describesItself reports whether a value has a method that returns its text.
func describesItself(v any) bool {
	switch v.(type) {
	case fmt.Stringer, error:
		return true
	}
	return false
}

// printer writes values as Python shows them.
type printer struct {
	path []place // lists, maps and pointers around the current value
}

// place is the address of a value; it shows that a value contains itself.
type place struct {
	at  uintptr
	len int
	typ reflect.Type
}

func (p *printer) value(b []byte, v any) []byte {
	r := reflect.ValueOf(v)
	switch {
	case !r.IsValid(), isNilReference(r):
		return append(b, "None"...)
	case isTime(v):
		return appendTime(b, v)
	case r.Kind() == reflect.Pointer && isTime(r.Elem().Interface()):
		return appendTime(b, r.Elem().Interface())
	case describesItself(v):
		return append(b, fmt.Sprint(v)...)
	}
	switch r.Kind() {
	case reflect.Bool:
		if r.Bool() {
			return append(b, "True"...)
		}
		return append(b, "False"...)
	case reflect.Float32, reflect.Float64:
		return floattext.Append(b, r.Float(), r.Type().Bits())
	case reflect.String:
		return appendQuoted(b, r.String(), true)
	case reflect.Slice, reflect.Array:
		if isBytes(r) {
			return appendQuoted(append(b, 'b'), string(bytesOf(r)), false)
		}
		return p.within(b, r, "[...]", p.list)
	case reflect.Map:
		return p.within(b, r, "{...}", p.mapping)
	case reflect.Pointer:
		return p.within(b, r, "...",
			func(b []byte, r reflect.Value) []byte { return p.value(b, r.Elem().Interface()) })
	}
	return fmt.Append(b, v)
}

// maxDepth is the greatest depth of nested values. A stack overflow would end the program.
const maxDepth = 1000

// within writes a value that has parts, or only the mark if the value contains itself.
func (p *printer) within(b []byte, r reflect.Value, mark string,
	write func([]byte, reflect.Value) []byte) []byte {
	if r.Kind() == reflect.Array {
		return write(b, r) // it can only contain itself through a value that is checked
	}
	here := place{at: r.Pointer(), typ: r.Type()}
	if r.Kind() != reflect.Pointer {
		here.len = r.Len()
	}
	if slices.Contains(p.path, here) || len(p.path) == maxDepth {
		return append(b, mark...)
	}
	p.path = append(p.path, here)
	b = write(b, r)
	p.path = p.path[:len(p.path)-1]
	return b
}

func (p *printer) list(b []byte, r reflect.Value) []byte {
	b = append(b, '[')
	for i := range r.Len() {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = p.value(b, r.Index(i).Interface())
	}
	return append(b, ']')
}

func (p *printer) mapping(b []byte, r reflect.Value) []byte {
	entries := make([]string, 0, r.Len())
	for it := r.MapRange(); it.Next(); {
		entry := append(p.value(nil, it.Key().Interface()), ": "...)
		entries = append(entries, string(p.value(entry, it.Value().Interface())))
	}
	sort.Strings(entries)
	b = append(b, '{')
	b = append(b, strings.Join(entries, ", ")...)
	return append(b, '}')
}

// isNilReference reports whether a value refers to nothing. A nil slice or map is an empty one.
func isNilReference(r reflect.Value) bool {
	switch r.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}

func isBytes(r reflect.Value) bool {
	return (r.Kind() == reflect.Slice || r.Kind() == reflect.Array) &&
		r.Type().Elem() == reflect.TypeFor[byte]()
}

func bytesOf(r reflect.Value) []byte {
	if r.Kind() == reflect.Slice {
		return r.Bytes()
	}
	list := make([]byte, r.Len())
	reflect.Copy(reflect.ValueOf(list), r)
	return list
}

// appendQuoted writes a string, or bytes, as Python shows them inside another value.
func appendQuoted(b []byte, s string, text bool) []byte {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b = append(b, quote)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if c := s[i]; !text || r == utf8.RuneError && n == 1 {
			r, n = rune(c), 1
			if c >= utf8.RuneSelf {
				b = fmt.Appendf(b, `\x%02x`, c)
				i++
				continue
			}
		}
		b = appendEscaped(b, r, quote)
		i += n
	}
	return append(b, quote)
}

func appendEscaped(b []byte, r rune, quote byte) []byte {
	switch {
	case r == rune(quote), r == '\\':
		return append(b, '\\', byte(r))
	case r == '\n':
		return append(b, `\n`...)
	case r == '\r':
		return append(b, `\r`...)
	case r == '\t':
		return append(b, `\t`...)
	case strconv.IsPrint(r):
		return utf8.AppendRune(b, r)
	case r < 0x100:
		return fmt.Appendf(b, `\x%02x`, r)
	case r < 0x10000:
		return fmt.Appendf(b, `\u%04x`, r)
	}
	return fmt.Appendf(b, `\U%08x`, r)
}

func isTime(v any) bool {
	switch v.(type) {
	case time.Time, time.Duration:
		return true
	}
	return false
}

// appendTime writes an instant as a Python datetime with a zone, and a duration as a timedelta.
func appendTime(b []byte, v any) []byte {
	if t, ok := v.(time.Time); ok {
		layout := "2006-01-02 15:04:05.000000-07:00"
		if t.Nanosecond()/1000 == 0 {
			layout = "2006-01-02 15:04:05-07:00"
		}
		return t.AppendFormat(b, layout)
	}
	const day = int64(24 * time.Hour / time.Microsecond)
	rest := v.(time.Duration).Microseconds()
	days := rest / day
	if rest -= days * day; rest < 0 { // the days may be negative, but not the time of day
		days--
		rest += day
	}
	switch days {
	case 0:
	case 1, -1:
		b = fmt.Appendf(b, "%d day, ", days)
	default:
		b = fmt.Appendf(b, "%d days, ", days)
	}
	seconds, micros := rest/1e6, rest%1e6
	b = fmt.Appendf(b, "%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if micros != 0 {
		b = fmt.Appendf(b, ".%06d", micros)
	}
	return b
}
