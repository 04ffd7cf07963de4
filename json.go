package redpoll

import (
	"encoding/json"
	"fmt"
)

// JSONText is a Go value as JSON, made by JSON. It may be kept and shared.
type JSONText struct {
	text []byte
	err  error
}

// JSON makes JSON of a Go value by the rules of encoding/json, for JSONSet and other commands that take JSON:
//
//	err := rdb.JSONSet(ctx, "user:1", "$", redpoll.JSON(user))
//
// A value that has no JSON form is a [*DataError] of the command, and nothing is sent.
func JSON(v any) JSONText {
	text, err := json.Marshal(v)
	return JSONText{text, err}
}

// JSONAs reads the JSON that a call returned into a T, by the rules of encoding/json. A path that starts with "$"
// gives a list of what it finds:
//
//	users, err := redpoll.JSONAs[[]User](rdb.JSONGet(ctx, "user:1", "$"))
//
// An error of the call is returned as it is, so a missing key still gives Nil. A text that is not the JSON of a T is a
// [*ReplyError] that wraps what encoding/json says, and the result is the zero T.
func JSONAs[T any](text string, err error) (T, error) {
	var v, zero T
	if err != nil {
		return zero, err
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return zero, &ReplyError{Command: "JSONAs", Err: fmt.Errorf("a text of %d bytes is not the JSON of a %T: %w", len(text), v, err)}
	}
	return v, nil
}

// JSONEntry is one value that JSONMSet sets.
type JSONEntry struct {
	// Key is the key of the document, Path the place in it; "$" is the whole document.
	Key, Path string
	// JSON is the value, as JSONSet takes it.
	JSON any
}

// FloatType is a form in which the server stores numbers with fractions.
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

// putJSON writes a JSON value: text that is JSON already, a number, a bool, nil for null, or what JSON made. JSON is
// UTF-8, so the client's text encoding does not concern it.
func putJSON(e *encoder, argument string, v any) {
	switch v := v.(type) {
	case string:
		e.Bulk(v)
	case JSONText:
		switch {
		case v.err != nil:
			e.Fail(argument, "has no JSON form: "+v.err.Error())
		case v.text == nil:
			e.Fail(argument, "is an empty JSONText; make it with JSON")
		default:
			e.BulkBytes(v.text)
		}
	case nil:
		e.Word("null")
	case bool:
		if v {
			e.Word("true")
		} else {
			e.Word("false")
		}
	default:
		e.Value(argument, v)
	}
}

// putJSONs writes a list of JSON values that must not be empty; the words are counted.
func putJSONs(e *encoder, argument string, list []any) {
	e.Some(argument, len(list), 1)
	for _, v := range list {
		putJSON(e, argument, v)
	}
}

// onceEntries marks a JSON.MSET that must not run twice: the server looks for all places before it writes the first one, so
// that an entry finds what an earlier one of the same key has written only the second time. With a text encoding, keys that
// differ may be the same for the server.
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

// putJSONEntries writes what JSON.MSET sets; the words are counted.
func putJSONEntries(e *encoder, argument string, list []JSONEntry) {
	e.Some(argument, len(list), 3)
	for i := range list {
		e.Key(list[i].Key)
		e.Word(list[i].Path)
		putJSON(e, argument, list[i].JSON)
	}
}
