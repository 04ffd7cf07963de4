package decode

import (
	"errors"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// The functions below turn one reply into one Go value, the same for RESP2 and RESP3. A reply without a value
// is the error ErrMissing; a reply of another shape is an error that says so.

// ErrMissing is the error for no value. Callers of package redpoll see it as Nil.
var ErrMissing = errors.New("no value")

// Inside turns ErrMissing into an error of shape, because ErrMissing would mean that the whole reply is
// missing, and not only a list in it.
func Inside(err error) error {
	if errors.Is(err, ErrMissing) {
		err = &resp.TypeError{Want: "a value", Got: resp.KindNull, Null: true}
	}
	return err
}

// String reads user data.
func String(d *Reply, v *string) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.UserText()
	return err
}

// Word reads a word of the protocol, which is not translated.
func Word(d *Reply, v *string) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.Text()
	return err
}

// Seen reads a text that any client may have sent, as a server shows it: words of the protocol beside user
// data, in any encoding. A text of printable ASCII only is not translated, because it may be a word. Any
// other text is translated; if the encoding refuses it, it stays unchanged: a text of another client must not
// hide the rest of a reply.
func Seen(d *Reply, v *string) error {
	if d.Null() {
		return ErrMissing
	}
	return ElementSeen(d, v)
}

// ElementSeen is Seen within a list.
func ElementSeen(d *Reply, v *string) error {
	raw, err := d.Bytes()
	if err != nil {
		return err
	}
	if d.Encoding != nil && !printable(raw) {
		if b, err := translated(d.Encoding, raw); err == nil {
			raw = b
		}
	}
	*v = string(raw)
	return nil
}

// printable reports whether a text is ASCII without control characters, except those of scripts.
func printable(text []byte) bool {
	for _, c := range text {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// Bytes reads bytes without translation.
func Bytes(d *Reply, v *[]byte) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.UserBytes()
	return err
}

// Int reads a whole number.
func Int(d *Reply, v *int64) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.Int()
	return err
}

// Float reads a number.
func Float(d *Reply, v *float64) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.Float()
	return err
}

// Bool reads a boolean.
func Bool(d *Reply, v *bool) (err error) {
	if d.Null() {
		return ErrMissing
	}
	*v, err = d.Bool()
	return err
}

// The functions for lists are not inlined: otherwise each package with a call would compile List again.

// Strings reads a list of user data.
//
//go:noinline
func Strings(d *Reply, v *[]string) error { return List(d, v, ElementString) }

// Words reads a list of words of the protocol.
//
//go:noinline
func Words(d *Reply, v *[]string) error { return List(d, v, ElementWord) }

// Ints reads a list of whole numbers.
//
//go:noinline
func Ints(d *Reply, v *[]int64) error { return List(d, v, ElementInt) }

// Bools reads a list of booleans.
//
//go:noinline
func Bools(d *Reply, v *[]bool) error { return List(d, v, ElementBool) }

// BytesList reads a list of bytes; a missing element is nil.
//
//go:noinline
func BytesList(d *Reply, v *[][]byte) error { return List(d, v, ElementBytes) }

// Map reads fields and values into a map.
func Map(d *Reply, v *map[string]string) error {
	if d.Null() {
		return ErrMissing
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string]string, n)
	var lost Lost
	for i := range n {
		field, err := d.UserText()
		if err != nil {
			return err
		}
		value, err := d.UserText()
		if err == nil {
			m[field] = value
		} else if err = lost.Take(d, i, err); err != nil {
			return err
		}
	}
	*v = m
	return lost.End(v)
}

// FloatList reads a list of numbers.
func FloatList(d *Reply, v *[]float64) error {
	n, err := ListLen(d)
	if err != nil {
		return err
	}
	list := make([]float64, n)
	var lost Lost
	for i := range list {
		if list[i], err = d.Float(); err != nil {
			if err = lost.Take(d, i, err); err != nil {
				return err
			}
		}
	}
	*v = list
	return lost.End(v)
}

// Links reads a list of lists of user data.
func Links(d *Reply, v *[][]string) error {
	n, err := ListLen(d)
	if err != nil {
		return err
	}
	list := make([][]string, n)
	for i := range list {
		if err := Inside(Strings(d, &list[i])); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// FTSynonyms reads terms and the groups of each term.
func FTSynonyms(d *Reply, v *map[string][]string) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string][]string, n)
	for range n {
		term, err := d.UserText()
		if err != nil {
			return err
		}
		var ids []string
		if err := Inside(Strings(d, &ids)); err != nil {
			return err
		}
		m[term] = ids
	}
	*v = m
	return nil
}

// Settings reads names and values: pairs in RESP2, a map in RESP3. A value may be missing.
func Settings(d *Reply, v *map[string]string) error {
	n, nested := 0, d.Kind() != resp.KindMap
	var err error
	if nested {
		n, err = d.Len()
	} else {
		n, err = d.MapLen()
	}
	if err != nil {
		return err
	}
	m := make(map[string]string, n)
	for range n {
		if nested {
			if err := d.ExpectLen(2, "a name and a value"); err != nil {
				return err
			}
		}
		name, err := d.Text()
		if err != nil {
			return err
		}
		m[name] = ""
		if d.Null() {
			continue
		}
		if m[name], err = d.Text(); err != nil {
			return err
		}
	}
	*v = m
	return nil
}

// TextMap reads the fields of a document and leaves out fields without a value.
func TextMap(d *Reply, v *map[string]string) error {
	if d.Null() {
		return nil
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string]string, n)
	for range n {
		name, err := d.UserText()
		if err != nil {
			return err
		}
		if d.Null() {
			continue
		}
		if m[name], err = d.UserText(); err != nil {
			return err
		}
	}
	*v = m
	return nil
}

// Labels reads pairs, flat, nested or as a map, and leaves out labels without a value.
func Labels(d *Reply, v *map[string]string) error {
	n, nested, err := d.PairsLen()
	if err != nil {
		return err
	}
	labels := make(map[string]string, n)
	for range n {
		if nested {
			if err := d.ExpectLen(2, "a label and its value"); err != nil {
				return err
			}
		}
		name, err := d.UserText()
		if err != nil {
			return err
		}
		if d.Null() {
			continue
		}
		if labels[name], err = d.UserText(); err != nil {
			return err
		}
	}
	*v = labels
	return nil
}

// JSONTypes reads the names of types: a list in RESP2, a list in a list in RESP3, or one name for a legacy
// path.
func JSONTypes(d *Reply, v *[]string) error {
	if d.Null() {
		return ErrMissing
	}
	if !d.IsList() {
		*v = make([]string, 1)
		return ElementWord(d, &(*v)[0])
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	list := make([]string, 0, n)
	for range n {
		if d.Null() {
			return ErrMissing // RESP3 wraps the reply to a missing key
		}
		m := 1
		if d.IsList() {
			if m, err = d.Len(); err != nil {
				return err
			}
		}
		for range m {
			name, err := d.Text()
			if err != nil {
				return err
			}
			list = append(list, name)
		}
	}
	*v = list
	return nil
}

// Moved reads the reply of MIGRATE: OK, or NOKEY if there was nothing to move.
func Moved(d *Reply, v *bool) error {
	other := &resp.TypeError{Want: "the status OK or NOKEY", Got: d.Kind(), Null: d.IsNull()}
	b, _ := d.Bytes()
	switch string(b) {
	case "OK":
		*v = true
	case "NOKEY":
	default:
		return other
	}
	return nil
}

// OK takes the status OK.
func OK(d *Reply) error { return Status(d, "OK") }

// Pong takes the status PONG.
func Pong(d *Reply) error { return Status(d, "PONG") }

// Index reads an index. An index that exceeds an int64 comes as a text or a big number.
func Index(d *Reply, v *uint64) error {
	if d.Null() {
		return ErrMissing
	}
	return ElementIndex(d, v)
}

// Indexes reads a list of indexes.
func Indexes(d *Reply, v *[]uint64) error {
	n, err := ListLen(d)
	list := make([]uint64, n)
	var lost Lost
	for i := 0; i < n && err == nil; i++ {
		err = lost.Take(d, i, ElementIndex(d, &list[i]))
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

// Milli reads a point in time in milliseconds.
func Milli(d *Reply, v *time.Time) error {
	ms, err := d.Int()
	if err == nil {
		*v = time.UnixMilli(ms)
	}
	return err
}

// Time reads the reply of TIME: seconds and microseconds.
func Time(d *Reply, v *time.Time) error {
	if err := d.ExpectLen(2, "seconds and microseconds"); err != nil {
		return err
	}
	sec, err := d.Int()
	if err != nil {
		return err
	}
	micro, err := d.Int()
	if err != nil {
		return err
	}
	*v = time.Unix(sec, 0).Add(time.Duration(micro) * time.Microsecond)
	return nil
}

// ElementString reads user data within a list. A null that is not allowed is an error of shape, never
// ErrMissing, which would mean that the whole reply is missing.
func ElementString(d *Reply, v *string) (err error) {
	*v, err = d.UserText()
	return err
}

// ElementWord reads a word of the protocol within a list.
func ElementWord(d *Reply, v *string) (err error) {
	*v, err = d.Text()
	return err
}

// ElementInt reads a whole number within a list.
func ElementInt(d *Reply, v *int64) (err error) {
	*v, err = d.Int()
	return err
}

// ElementBool reads a boolean within a list.
func ElementBool(d *Reply, v *bool) (err error) {
	*v, err = d.Bool()
	return err
}

// ElementBytes reads bytes within a list.
func ElementBytes(d *Reply, v *[]byte) (err error) {
	if d.Null() {
		return nil
	}
	*v, err = d.UserBytes()
	return err
}

// ElementFloat reads a number within a list.
func ElementFloat(d *Reply, v *float64) (err error) {
	*v, err = d.Float()
	return err
}

// ElementIndex reads an index within a list.
func ElementIndex(d *Reply, v *uint64) error {
	kind := d.Kind()
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	if *v, err = strconv.ParseUint(string(b), 10, 64); err != nil {
		return &resp.TypeError{Want: "an index", Got: kind}
	}
	return nil
}

// List reads an array element by element.
func List[T any](d *Reply, v *[]T, element func(d *Reply, v *T) error) error {
	if d.Null() {
		return ErrMissing
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	list := make([]T, n)
	var lost Lost
	for i := range list {
		if err := element(d, &list[i]); err != nil {
			if err = lost.Take(d, i, err); err != nil {
				return err
			}
		}
	}
	*v = list
	return lost.End(v)
}

// ListLen enters a list. Package redpoll reads lists in its own loops, because List would be compiled twice
// for each type.
func ListLen(d *Reply) (int, error) {
	if d.Null() {
		return 0, ErrMissing
	}
	return d.Len()
}

// Status takes the status of a successful command.
func Status(d *Reply, want string) error {
	if d.Null() {
		return ErrMissing
	}
	kind := d.Kind()
	if b, _ := d.Bytes(); string(b) != want {
		return &resp.TypeError{Want: "the status " + want, Got: kind}
	}
	return nil
}

// WordsOrNone reads a list of words within a reply; a null is an empty list.
func WordsOrNone(d *Reply, v *[]string) error {
	if d.Null() {
		*v = []string{}
		return nil
	}
	return Words(d, v)
}

// Skip skips n elements that newer servers add to a list.
func Skip(d *Reply, n int) error {
	for range n {
		if err := d.Skip(); err != nil {
			return err
		}
	}
	return nil
}
