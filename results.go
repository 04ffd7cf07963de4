package redpoll

import (
	"errors"
	"sort"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// result is the outcome of one command of a pipeline.
type result struct {
	_   [0]func() // handles cannot be compared, so no function for this is compiled for each type of result
	err error
}

// valid reports whether there is a result beside an error. If only some of its elements are missing, there is
// one. A method would be compiled again for each type of handle.
func valid(err error) bool {
	if err == nil {
		return true
	}
	e, ok := err.(*ReplyError)
	return ok && e.Elements != nil
}

// Reply is the handle of a command that was queued on a [Pipeline]. It has the result when Exec has returned;
// until then it belongs to the goroutine that runs the pipeline. Afterwards it never changes, even if the
// pipeline is used again.
type Reply[T any] struct {
	result
	v T
}

// Val returns the result, and the zero value if Err is not nil. With a [ReplyError] that has Elements, the
// result still has the other elements of a list or a map.
func (r *Reply[T]) Val() (v T) {
	if valid(r.err) {
		v = r.v
	}
	return v
}

// Result returns Val and Err, for converters:
//
//	hits := pipe.Get("hits")
//	...
//	n, err := redpoll.Int(hits.Result())
func (r *Reply[T]) Result() (T, error) { return r.Val(), r.err }

// Err returns the error of the command, such as [Nil] for a missing value or a [*ServerError]; or the
// [*ConnError] of the pipeline, [ErrWatch], or [ErrNotExecuted] before Exec. It is nil if the command
// succeeded.
func (r *Reply[T]) Err() error { return r.err }

// NewReply makes a handle with a result or an error, such as &ServerError{Code: "WRONGTYPE"}. It is for
// fakes in the tests of programs; other handles come from a [Pipeline]. Handles of rare commands that have a
// type of their own, such as [*ServerInfoReply], cannot be made: tests that need one run the command on a
// server inside the process, see the module redpolltest/embedded.
func NewReply[T any](v T, err error) *Reply[T] { return &Reply[T]{result{err: err}, v} }

// Status is the handle of a queued command whose only success reply is OK. See [Reply].
type Status struct{ result }

// Err returns nil if the command succeeded. See [Reply.Err].
func (s *Status) Err() error { return s.err }

// NewStatus is [NewReply] for a Status.
func NewStatus(err error) *Status { return &Status{result{err: err}} }

// Result is the outcome of one command of a [Pipeline]; see [Pipeline.Results].
type Result struct {
	Command string // upper-case name
	Val     any    // result of the handle's Val; nil for a Status, or if there is no result
	Err     error  // result of the handle's Err
}

// Null is an element that may be missing, as in the reply of MGET. The zero value is a missing element.
type Null[T any] struct {
	V     T    // the element; the zero value of T if it is missing
	Valid bool // false if the element is missing
}

// Or returns the element, or instead if it is missing.
func (n Null[T]) Or(instead T) T {
	if n.Valid {
		return n.V
	}
	return instead
}

// KeyValue is an element and the key of its list.
type KeyValue struct {
	Key, Value string
}

// KeyValues are elements and the key of their list.
type KeyValues struct {
	Key    string
	Values []string
}

// ScanPage is the result of one call of a SCAN command.
type ScanPage[T any] struct {
	Cursor uint64 // for the next call; 0 at the end
	Items  []T    // may be empty before the end
}

// Pairs lists the entries of m for MSet, HSet and others: key, value, key, value, in the order of the keys.
func Pairs[V any](m map[string]V) []any {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	list := make([]any, 0, 2*len(m))
	for _, k := range keys {
		list = append(list, k, m[k])
	}
	return list
}

// Spread lists the elements of a slice as values for SAdd, RPush, Eval and others:
//
//	_, err := rdb.SAdd(ctx, "ids", redpoll.Spread(ids)...)
//
// If an element is not a value, the command returns a [*DataError] that names its place.
func Spread[S ~[]E, E any](list S) []any {
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = v
	}
	return values
}

func decodeKeyValue(d *reply, v *KeyValue) (err error) {
	if d.Null() {
		return decode.ErrMissing
	}
	if err = d.ExpectLen(2, "a key and a value"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		v.Value, err = d.UserText()
	}
	return err
}

func decodeKeyValues(d *reply, v *KeyValues) (err error) {
	if d.Null() {
		return decode.ErrMissing
	}
	if err = d.ExpectLen(2, "a key and a list"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		err = decode.Inside(decode.Strings(d, &v.Values))
	}
	return err
}

func decodePage(d *reply, v *ScanPage[string]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decode.Strings(d, &v.Items))
}

// The decode functions below turn one reply into one Go value, which is the same for RESP2 and RESP3. The
// goroutine that reads the socket runs them. A reply that means "no value" is the error Nil, and a reply of
// another shape is another error. The connection stays in step, because the function gets the whole frame.

func decodeNulls(d *reply, v *[]Null[string]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[string], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNull(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

func decodeNullInts(d *reply, v *[]Null[int64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[int64], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNullInt(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

func decodeNullFloats(d *reply, v *[]Null[float64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[float64], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNullFloat(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

// The next functions read elements of lists. A null that is not allowed is an error of shape, and not Nil,
// which would mean that the whole reply is missing.

func elementNull(d *reply, v *Null[string]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.UserText()
	v.Valid = err == nil
	return err
}

func elementNullInt(d *reply, v *Null[int64]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.Int()
	v.Valid = err == nil
	return err
}

func elementNullFloat(d *reply, v *Null[float64]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.Float()
	v.Valid = err == nil
	return err
}

// intoGroups returns the filler for a list of groups of n values each.
func intoGroups(n int) filler {
	return func(d *reply, slot any) error {
		var flat []Null[string]
		if err := decodeNulls(d, &flat); err != nil {
			return err
		}
		if n == 0 || len(flat)%n != 0 {
			return &resp.TypeError{Want: "as many values for each element as patterns", Got: resp.KindArray}
		}
		list := make([][]Null[string], 0, len(flat)/n)
		for ; len(flat) > 0; flat = flat[n:] {
			list = append(list, flat[:n:n])
		}
		*slot.(*[][]Null[string]) = list
		return nil
	}
}

// Int turns the reply of a call into an int, as in
//
//	n, err := redpoll.Int(rdb.Get(ctx, "hits"))
//
// It returns an error of the call unchanged, such as Nil for a missing key. If the text is not a whole
// number, or does not fit, the error is a [*ReplyError] that wraps strconv.ErrSyntax or strconv.ErrRange, and
// the result is 0.
func Int(s string, err error) (int, error) { return converted(s, err, &intText) }

// Int64 is Int for an int64.
func Int64(s string, err error) (int64, error) { return converted(s, err, &int64Text) }

// Uint64 is Int for a uint64.
func Uint64(s string, err error) (uint64, error) { return converted(s, err, &uint64Text) }

// Float turns the reply of a call into a float64: 1.5, 1e+16, and inf and nan in all spellings of servers. It
// is otherwise like Int.
func Float(s string, err error) (float64, error) { return converted(s, err, &floatText) }

// Bool turns the reply of a call into a bool: "1", "t" and "true" are true, and "0", "f", "false" and "" are
// false, in any case. It is otherwise like Int.
func Bool(s string, err error) (bool, error) { return converted(s, err, &boolText) }

// Bytes turns the reply of a call into bytes, which belong to the caller. GetBytes and similar methods save
// the copy.
func Bytes(s string, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// Time turns the reply of a call into a point in time. The reply is RFC 3339 text, or the number of seconds
// since 1970, which may have a fraction. It is otherwise like Int.
func Time(s string, err error) (time.Time, error) { return converted(s, err, &timeText) }

// Ints turns the reply of a call into a list of ints, as in
//
//	ns, err := redpoll.Ints(rdb.LRange(ctx, "scores", 0, -1))
//
// It returns an error of the call unchanged. If an element is not a whole number, or does not fit, the error
// is a [*ReplyError] that names its place and wraps strconv.ErrSyntax or strconv.ErrRange, and the result is
// nil. Use NullInts for lists in which elements may be missing, such as that of MGet.
func Ints(list []string, err error) ([]int, error) { return convertedList(list, err, &intText) }

// Int64s is Ints for a list of int64.
func Int64s(list []string, err error) ([]int64, error) { return convertedList(list, err, &int64Text) }

// Uint64s is Ints for a list of uint64.
func Uint64s(list []string, err error) ([]uint64, error) {
	return convertedList(list, err, &uint64Text)
}

// Floats is Ints for a list of float64, see [Float].
func Floats(list []string, err error) ([]float64, error) { return convertedList(list, err, &floatText) }

// Bools is Ints for a list of bools, see [Bool].
func Bools(list []string, err error) ([]bool, error) { return convertedList(list, err, &boolText) }

// Times is Ints for a list of points in time, see [Time].
func Times(list []string, err error) ([]time.Time, error) { return convertedList(list, err, &timeText) }

// NullInts is Ints for a list in which elements may be missing. They stay missing:
//
//	ns, err := redpoll.NullInts(rdb.MGet(ctx, "a", "b"))
func NullInts(list []Null[string], err error) ([]Null[int], error) {
	return convertedNulls(list, err, &intText)
}

// NullInt64s is NullInts for a list of int64.
func NullInt64s(list []Null[string], err error) ([]Null[int64], error) {
	return convertedNulls(list, err, &int64Text)
}

// NullFloats is NullInts for a list of float64, see [Float].
func NullFloats(list []Null[string], err error) ([]Null[float64], error) {
	return convertedNulls(list, err, &floatText)
}

// NullBools is NullInts for a list of bools, see [Bool].
func NullBools(list []Null[string], err error) ([]Null[bool], error) {
	return convertedNulls(list, err, &boolText)
}

// textOf converts text to a T.
type textOf[T any] struct {
	converter string // its name
	goType    string // T with its article
	what      string // a text that can be converted, as error texts name it
	parse     func(s string) (T, error)
}

var (
	intText    = textOf[int]{"Int", "an int", "a whole number", strconv.Atoi}
	int64Text  = textOf[int64]{"Int64", "an int64", "a whole number", parseInt}
	uint64Text = textOf[uint64]{"Uint64", "a uint64", "a whole number of 0 or more", parseUint}
	floatText  = textOf[float64]{"Float", "a float64", "a number", parseFloat}
	boolText   = textOf[bool]{"Bool", "a bool", "a boolean", structs.ParseBool}
	timeText   = textOf[time.Time]{"Time", "a time.Time", "a time", structs.ParseTime}
)

func parseInt(s string) (int64, error)     { return strconv.ParseInt(s, 10, 64) }
func parseUint(s string) (uint64, error)   { return strconv.ParseUint(s, 10, 64) }
func parseFloat(s string) (float64, error) { return floattext.Parse(s, 64) }

func converted[T any](s string, err error, to *textOf[T]) (v T, _ error) {
	if err != nil {
		return v, err
	}
	n, err := to.parse(s)
	if err != nil {
		return v, to.failed(to.converter, "", s, err)
	}
	return n, nil
}

func convertedList[T any](list []string, err error, to *textOf[T]) ([]T, error) {
	if err != nil {
		return nil, err
	}
	all := make([]T, len(list))
	for i, s := range list {
		if all[i], err = to.parse(s); err != nil {
			return nil, to.failed(to.converter+"s", inElement(i), s, err)
		}
	}
	return all, nil
}

func convertedNulls[T any](list []Null[string], err error, to *textOf[T]) ([]Null[T], error) {
	if err != nil {
		return nil, err
	}
	all := make([]Null[T], len(list))
	for i, s := range list {
		if !s.Valid {
			continue
		}
		all[i].Valid = true
		if all[i].V, err = to.parse(s.V); err != nil {
			return nil, to.failed("Null"+to.converter+"s", inElement(i), s.V, err)
		}
	}
	return all, nil
}

// failed returns the error of a failed conversion. where is the place of the text in a list; "" without one.
func (to *textOf[T]) failed(converter, where, s string, err error) error {
	return &ReplyError{Command: converter, Err: unconverted(where, to.what, to.goType, s, err)}
}

// unconverted returns the cause of a failed conversion. It does not show the text, which is user data.
func unconverted(where, what, goType, s string, err error) error {
	size := strconv.Itoa(len(s)) + " bytes"
	if len(s) == 1 {
		size = "1 byte"
	}
	fault := "is not " + what
	if errors.Is(err, strconv.ErrRange) {
		fault = "does not fit " + goType
	}
	if n, ok := err.(*strconv.NumError); ok {
		err = n.Err
	}
	return &conversion{where + "the text (" + size + ") " + fault, err}
}

// A conversion is the cause of a failed conversion. Its text says it all, so that of err is left out.
type conversion struct {
	text string
	err  error
}

func (e *conversion) Error() string { return e.text }
func (e *conversion) Unwrap() error { return e.err }

// inElement is the place of an element in error texts.
func inElement(i int) string { return "element " + strconv.Itoa(i) + ": " }
