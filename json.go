package redpoll

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// JSONText is a Go value as JSON. JSON makes it. It may be kept and shared.
type JSONText struct {
	text []byte
	err  error
}

// JSON encodes a Go value by the rules of encoding/json, for JSONSet and other commands that take JSON, and
// for every parameter that takes a value:
//
//	err := rdb.JSONSet(ctx, "user:1", "$", redpoll.JSON(user)) // a document of the JSON module
//	err = rdb.Set(ctx, "user:1", redpoll.JSON(user))           // a plain string on any server, see SetAs
//
// JSON is UTF-8, and Options.Text does not translate it. If a value has no JSON form, the command returns a
// [*DataError] and sends nothing.
func JSON(v any) JSONText {
	text, err := json.Marshal(v)
	return JSONText{text, err}
}

// MarshalBinary returns the JSON, so that all commands accept a JSONText as a value. The bytes must not be
// changed.
func (j JSONText) MarshalBinary() ([]byte, error) {
	if fault := j.fault(); fault != "" {
		return nil, &DataError{"JSON", "value", fault}
	}
	return j.text, nil
}

// fault returns the reason why there is no JSON; "" if there is.
func (j *JSONText) fault() string {
	switch {
	case j.err != nil:
		return "has no JSON form: " + j.err.Error()
	case j.text == nil:
		return "is an empty JSONText; make it with JSON"
	}
	return ""
}

// SetAs stores a value as a JSON document in a plain string key, which does not need a module of the server;
// [GetAs] reads it. The options are those of [Client.Set]; if an option is not met, the error is [Nil]. If
// the value has no JSON form, the error is a [*DataError] and nothing is sent.
//
//	err := redpoll.SetAs(ctx, rdb, "user:1", user, redpoll.EX(time.Hour))
//
// In a pipeline: pipe.Set("user:1", redpoll.JSON(user)).
//
// SET, server 1.0.0, O(1).
func SetAs(ctx context.Context, c *Client, key string, v any, opts ...SetOption) error {
	return c.Set(ctx, key, JSON(v), opts...)
}

// GetAs reads a value that [SetAs] has stored, or any other JSON in a string key, by the rules of
// encoding/json. If the key is missing, the error is [Nil]. If the text is not the JSON of a T, the error is
// a [*ReplyError] that wraps the error of encoding/json, and the result is the zero T. Options.Text does not
// translate the text.
//
//	user, err := redpoll.GetAs[User](ctx, rdb, "user:1")
//
// In a pipeline: key := pipe.Get("user:1"), and after Exec
//
//	user, err := redpoll.JSONAs[User](key.Result())
//
// GET, server 1.0.0, O(1). A key that holds another kind of value is a WRONGTYPE error.
func GetAs[T any](ctx context.Context, c *Client, key string) (T, error) {
	var v, zero T
	text, err := c.GetBytes(ctx, key)
	if err == nil {
		err = readJSON("GET", text, &v)
	}
	if err != nil {
		return zero, err
	}
	return v, nil
}

// MGetAs is [GetAs] for several keys, in their order. A missing key, or one that holds another kind of value,
// is not valid. If a text is not the JSON of a T, the error is a [*ReplyError] that names its place, and the
// result is nil.
//
//	users, err := redpoll.MGetAs[User](ctx, rdb, "user:1", "user:2")
//
// MGET, server 1.0.0, O(n).
func MGetAs[T any](ctx context.Context, c *Client, keys ...string) ([]Null[T], error) {
	texts, err := c.MGet(ctx, keys...)
	if err != nil {
		return nil, err
	}
	all := make([]Null[T], len(texts))
	for i, text := range texts {
		if !text.Valid {
			continue
		}
		all[i].Valid = true
		if err := json.Unmarshal([]byte(text.V), &all[i].V); err != nil {
			//houserules:ok family: the cause of a ReplyError
			err = fmt.Errorf("element %d: a text of %d bytes is not the JSON of a %T: %w",
				i, len(text.V), all[i].V, err)
			return nil, &ReplyError{Command: "MGET", Err: err}
		}
	}
	return all, nil
}

// readJSON decodes JSON; into is a pointer to the result.
func readJSON(command string, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		t := strings.TrimPrefix(fmt.Sprintf("%T", into), "*")
		//houserules:ok family: the cause of a ReplyError
		err = fmt.Errorf("a text of %d bytes is not the JSON of a %s: %w", len(text), t, err)
		return &ReplyError{Command: command, Err: err}
	}
	return nil
}

// JSONAs decodes the JSON that a call returned into a T, by the rules of encoding/json. For a path that
// starts with "$", the JSON is a list of all matches:
//
//	users, err := redpoll.JSONAs[[]User](rdb.JSONGet(ctx, "user:1", "$"))
//
// An error of the call is returned unchanged, so a missing key is still Nil. If the text is not the JSON of a
// T, the error is a [*ReplyError] that wraps the error of encoding/json, and the result is the zero T.
func JSONAs[T any](text string, err error) (T, error) {
	var v, zero T
	if err != nil {
		return zero, err
	}
	if err := readJSON("JSONAs", []byte(text), &v); err != nil {
		return zero, err
	}
	return v, nil
}

// JSONEntry is one value that JSONMSet sets.
type JSONEntry struct {
	// Key is the key of the document, Path the place in it; "$" is the whole document.
	Key, Path string
	// JSON is the value, in any form that JSONSet takes.
	JSON any
}

// FloatType is the server's form for numbers with fractions.
type FloatType uint8

// The forms of numbers with fractions.
const (
	// BF16 has 16 bits, 8 of them for the exponent.
	BF16 FloatType = iota
	// FP16 has 16 bits, 5 of them for the exponent.
	FP16
	// FP32 has 32 bits.
	FP32
	// FP64 has 64 bits.
	FP64
)

var floatTypeWords = [...]string{BF16: "BF16", FP16: "FP16", FP32: "FP32", FP64: "FP64"}

// putJSON writes a JSON value: text that is JSON already, a number, a bool, nil for null, or a JSONText. The
// client's text encoding does not apply, because JSON is UTF-8.
func putJSON(e *encoder, argument string, v any) {
	switch v := v.(type) {
	case string:
		e.Bulk(v)
	case JSONText:
		if fault := v.fault(); fault != "" {
			e.Fail(argument, fault)
			return
		}
		e.BulkBytes(v.text)
	case nil:
		e.Word("null")
	case bool:
		if v {
			e.Word("true")
		} else {
			e.Word("false")
		}
	default:
		e.Plain(argument, v,
			"only JSON text, numbers, bools and nil are sent as they are, so wrap the value: "+
				"redpoll.JSON(v)")
	}
}

// putJSONs writes a list of JSON values that must not be empty; the words are counted.
func putJSONs(e *encoder, argument string, list []any) {
	e.Some(argument, len(list), 1)
	for i, v := range list {
		putJSON(e, argument, v)
		if e.Err != nil {
			e.Locate(argument, i)
			return
		}
	}
}

// onceEntries marks a JSON.MSET that must not run twice. The server looks for all places before it writes the
// first one, so an entry finds the values of an earlier entry of the same key only in the second run. With a
// text encoding, different keys may be the same key for the server.
func onceEntries(e *encoder, list []JSONEntry) {
	seen := make(map[string]bool, len(list))
	for i := range list {
		e.OnceIfSearched(list[i].Path)
		if seen[list[i].Key] || i > 0 && e.Encoding != nil {
			e.Once = true
		}
		seen[list[i].Key] = true
	}
}

// putJSONEntries writes the entries of JSON.MSET; the words are counted.
func putJSONEntries(e *encoder, argument string, list []JSONEntry) {
	e.Some(argument, len(list), 3)
	for i := range list {
		e.Key(list[i].Key)
		e.Word(list[i].Path)
		putJSON(e, argument, list[i].JSON)
		if e.Err != nil {
			e.Locate(argument, i)
			return
		}
	}
}

// enterFound enters the matches of a path: a list with an element for each place, or the single value of a
// legacy path, which counts as a list of one.
func enterFound(d *reply) (int, error) {
	switch {
	case d.Null():
		return 0, decode.ErrMissing
	case d.IsList():
		return d.Len()
	}
	return 1, nil
}

// decodeJSONTexts reads JSON text. No text encoding applies to it.
func decodeJSONTexts(d *reply, v *[]Null[string]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[string], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if list[i].V, err = d.Text(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeJSONInts(d *reply, v *[]Null[int64]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[int64], n)
	for i := range list {
		if err := elementNullInt(d, &list[i]); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeJSONBools(d *reply, v *[]Null[bool]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[bool], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if list[i].V, err = d.JSONBool(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeJSONFloats reads numbers. RESP2 has them as the text of a JSON list, or of one number for a legacy
// path.
func decodeJSONFloats(d *reply, v *[]Null[float64]) error {
	if d.IsList() || d.IsNull() || d.Kind() != resp.KindBulk {
		n, err := enterFound(d)
		if err != nil {
			return err
		}
		list := make([]Null[float64], n)
		for i := range list {
			if err := elementNullFloat(d, &list[i]); err != nil {
				return err
			}
		}
		*v = list
		return nil
	}
	text, err := d.Text()
	if err != nil {
		return err
	}
	numbers, valid, err := decode.JSONNumbers(text)
	list := make([]Null[float64], len(numbers))
	for i := range list {
		list[i].V, list[i].Valid = numbers[i], valid[i]
	}
	*v = list
	return err
}

// jsonKeys is the filler for lists of names, one list for each object that was found, or a single list for a
// legacy path. An object without members and a path without matches look the same.
func jsonKeys(path string) filler {
	return func(d *reply, slot any) error {
		return decodeJSONKeys(d, slot.(*[]Null[[]string]), !strings.HasPrefix(path, "$"))
	}
}

func decodeJSONKeys(d *reply, v *[]Null[[]string], legacy bool) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n == 0 && legacy || n > 0 && !d.IsList() && !d.IsNull() {
		names := make([]string, n)
		for i := range names {
			if names[i], err = d.Text(); err != nil {
				return err
			}
		}
		*v = []Null[[]string]{{V: names, Valid: true}}
		return nil
	}
	list := make([]Null[[]string], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if err := decode.Inside(decode.Words(d, &list[i].V)); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
