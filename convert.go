package redpoll

import (
	"fmt"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/structs"
)

// Int turns the reply of a call into an int, as in
//
//	n, err := redpoll.Int(rdb.Get(ctx, "hits"))
//
// An error of the call is returned as it is, so a missing key still gives Nil. A
// text that is no whole number, or does not fit, is a [*ReplyError] that wraps
// strconv.ErrSyntax or strconv.ErrRange, and the result is 0.
func Int(s string, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, notA("Int", "an int", s, err)
	}
	return n, nil
}

// Int64 is Int for an int64.
func Int64(s string, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, notA("Int64", "an int64", s, err)
	}
	return n, nil
}

// Uint64 is Int for a uint64.
func Uint64(s string, err error) (uint64, error) {
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, notA("Uint64", "a uint64", s, err)
	}
	return n, nil
}

// Float turns the reply of a call into a float64: 1.5, 1e+16, and inf and nan in
// each spelling that servers have for them. It is otherwise like Int.
func Float(s string, err error) (float64, error) {
	if err != nil {
		return 0, err
	}
	f, err := floattext.Parse(s, 64)
	if err != nil {
		return 0, notA("Float", "a float64", s, err)
	}
	return f, nil
}

// Bool turns the reply of a call into a bool: "1", "t" and "true" are true, "0",
// "f", "false" and "" are false, in any case. It is otherwise like Int.
func Bool(s string, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	b, err := structs.ParseBool(s)
	if err != nil {
		return false, notA("Bool", "a bool", s, err)
	}
	return b, nil
}

// Bytes turns the reply of a call into bytes, which belong to the caller. GetBytes
// and its relatives save the copy.
func Bytes(s string, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// Time turns the reply of a call into a point in time. It takes RFC 3339 text and
// the number of seconds since 1970, which may have a fraction. It is
// otherwise like Int.
func Time(s string, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	t, err := structs.ParseTime(s)
	if err != nil {
		return time.Time{}, notA("Time", "a time", s, err)
	}
	return t, nil
}

// notA explains a failed conversion. The text is user data and is not shown.
func notA(converter, what, s string, err error) error {
	if n, ok := err.(*strconv.NumError); ok {
		err = n.Err
	}
	return &ReplyError{Command: converter, Err: fmt.Errorf("a text of %d bytes is not %s: %w", len(s), what, err)}
}
