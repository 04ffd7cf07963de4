package resp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&ProtocolError{Reason: "malformed integer", Got: `":x"`},
			`resp: protocol error: malformed integer, got ":x"`},
		{&ProtocolError{Reason: "nested deeper than the limit of 2"},
			"resp: protocol error: nested deeper than the limit of 2"},
		{&TypeError{Want: "an integer", Got: KindBulk}, "resp: got a bulk string, expected an integer"},
		{&TypeError{Want: "a string", Got: KindArray}, "resp: got an array, expected a string"},
		{&TypeError{Want: "a string", Got: KindArray, Null: true}, "resp: got null, expected a string"},
		{&TypeError{Want: "a string"}, "resp: got the end of the frame, expected a string"},
	} {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestErrorsSurviveWrapping(t *testing.T) {
	t.Parallel()
	var s Scanner
	_, err := s.Scan([]byte("x"))
	var pe *ProtocolError
	if !errors.As(fmt.Errorf("reading: %w", err), &pe) {
		t.Errorf("%v is not a ProtocolError", err)
	}
}

func TestErrorsDoNotShowValues(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple, and some more of it"
	for _, value := range []string{
		string(AppendBulk(nil, secret)), "+" + secret + "\r\n",
		"=" + fmt.Sprint(len(secret)+4) + "\r\ntxt:" + secret + "\r\n",
		"*1\r\n" + string(AppendBulk(nil, secret)), "-" + secret + "\r\n",
	} {
		d := NewDecoder([]byte(value))
		_, err1 := d.Int()
		_, err2 := d.Bool()
		_, err3 := d.MapLen()
		if err := errors.Join(err1, err2, err3); err == nil || strings.Contains(err.Error(), "horse") {
			t.Errorf("%q: %v", value, err)
		}
	}
	// A stream that has lost step shows an excerpt, and no more.
	var s Scanner
	_, err := s.Scan([]byte(secret))
	if err == nil || !strings.Contains(err.Error(), secret[:32]) ||
		strings.Contains(err.Error(), secret[:33]) {
		t.Errorf("garbage: %v", err)
	}
}

func TestSplitError(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, code, message string }{
		{"WRONGTYPE Operation against a key", "WRONGTYPE", "Operation against a key"},
		{"ERR unknown command", "ERR", "unknown command"},
		{"MOVED 3999 127.0.0.1:6381", "MOVED", "3999 127.0.0.1:6381"},
		{"EXECABORT", "EXECABORT", ""},
		{"ERR ", "ERR", ""},
		{"ERR  two spaces", "ERR", " two spaces"},
		{"MY_CODE-2 text", "MY_CODE-2", "text"},
		{"", "", ""},
		{"unknown command", "", "unknown command"},
		{"Error text", "", "Error text"},
		{"ERRor text", "", "ERRor text"},
		{"I cannot", "", "I cannot"},
		{"ERR: text", "", "ERR: text"},
		{"404 not found", "", "404 not found"},
		{" ERR text", "", " ERR text"},
	} {
		if code, message := SplitError(tc.text); code != tc.code || message != tc.message {
			t.Errorf("SplitError(%q) = %q, %q; want %q, %q", tc.text, code, message, tc.code, tc.message)
		}
	}
}
