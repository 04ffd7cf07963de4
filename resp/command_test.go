package resp

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadCommand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, wire string
		want       []string
	}{
		{"array", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", []string{"GET", "a"}},
		{"empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", []string{"ECHO", ""}},
		{"binary argument", "*1\r\n$4\r\n\r\n\x00*\r\n", []string{"\r\n\x00*"}},
		{"after an empty array", "*0\r\n*1\r\n$4\r\nPING\r\n", []string{"PING"}},
		{"after a null array", "*-1\r\n*1\r\n$4\r\nPING\r\n", []string{"PING"}},
		{"inline", "PING\r\n", []string{"PING"}},
		{"inline with line feed only", "GET a\n", []string{"GET", "a"}},
		{"inline with spaces", "  SET \t a   b  \r\n", []string{"SET", "a", "b"}},
		{"inline after empty lines", "\r\n\n  \r\nPING\r\n", []string{"PING"}},
		{"inline with a dollar", "$1\r\n", []string{"$1"}},
		{"double quotes", `SET a "b c" ""` + "\r\n", []string{"SET", "a", "b c", ""}},
		{"escapes", `"\n\r\t\b\a\\\"\x41\xfF\q\x4"` + "\r\n", []string{"\n\r\t\b\a\\\"A\xffqx4"}},
		{"single quotes", `'a b' 'it\'s' '\n' '"'` + "\r\n", []string{"a b", "it's", `\n`, `"`}},
		{"quotes inside a word", `a"b c" d` + "\r\n", []string{"ab c", "d"}},
		{"backslash outside quotes", `a\nb` + "\r\n", []string{`a\nb`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for name, in := range map[string]io.Reader{
				"at once":      strings.NewReader(tc.wire + "*1\r\n$4\r\nNEXT\r\n"),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tc.wire + "*1\r\n$4\r\nNEXT\r\n")),
			} {
				r := NewReader(in, 0, Limits{})
				for _, want := range [][]string{tc.want, {"NEXT"}} {
					args, err := r.ReadCommand()
					if err != nil || !slices.Equal(toStrings(args), want) {
						t.Fatalf("%s: %q, %v; want %q", name, args, err, want)
					}
				}
				if args, err := r.ReadCommand(); args != nil || err != io.EOF {
					t.Errorf("%s: %q, %v; want io.EOF", name, args, err)
				}
			}
			r := NewReader(strings.NewReader(strings.TrimRight(tc.wire, "\n")), 0, Limits{})
			if args, err := r.ReadCommand(); args != nil || err != io.ErrUnexpectedEOF {
				t.Errorf("cut: %q, %v; want io.ErrUnexpectedEOF", args, err)
			}
		})
	}
}

func toStrings(args [][]byte) []string {
	var s []string
	for _, arg := range args {
		s = append(s, string(arg))
	}
	return s
}

func TestReadCommandRefuses(t *testing.T) {
	t.Parallel()
	line32 := strings.Repeat("x", 32)
	for _, tc := range []struct {
		name, wire, reason string
		limits             Limits
	}{
		{"integer", "*1\r\n:1\r\n", "expected a bulk string in a command", Limits{}},
		{"status", "*2\r\n$1\r\na\r\n+b\r\n", "expected a bulk string in a command", Limits{}},
		{"null", "*1\r\n$-1\r\n", "expected a bulk string in a command", Limits{}},
		{"nested array", "*1\r\n*1\r\n$1\r\na\r\n", "expected a bulk string in a command", Limits{}},
		{"attribute", "*1\r\n|1\r\n+a\r\n+b\r\n$1\r\na\r\n", "expected a bulk string in a command", Limits{}},
		{"negative length", "*-2\r\n", "malformed length of an array", Limits{}},
		{"garbage in the array", "*1\r\nfoo\r\n", "no RESP value starts with this byte", Limits{}},
		{"open double quote", "SET a \"b\r\n", "unbalanced quotes in an inline command", Limits{}},
		{"open single quote", "SET a 'b\r\n", "unbalanced quotes in an inline command", Limits{}},
		{"text behind a quote", "SET \"a\"b\r\n", "unbalanced quotes in an inline command", Limits{}},
		{"text behind a single quote", "SET 'a'b\r\n", "unbalanced quotes in an inline command", Limits{}},
		{"long line", line32 + "1\r\n", "inline command is over the limit of 32 bytes", Limits{Line: 32}},
		{"long line with line feed only", line32 + "1\n", "inline command is over the limit of 32 bytes",
			Limits{Line: 32}},
		{"long line without end", line32 + "12", "inline command is over the limit of 32 bytes",
			Limits{Line: 32}},
		{"long argument", "*1\r\n$11\r\n", "bulk string of 11 bytes is over the limit of 10 bytes",
			Limits{Bulk: 10}},
		{"many arguments", "*11\r\n", "array of 11 elements is over the limit of 10 elements",
			Limits{Elements: 10}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for name, in := range map[string]io.Reader{
				"at once":      strings.NewReader(tc.wire),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tc.wire)),
			} {
				r := NewReader(in, 0, tc.limits)
				args, err := r.ReadCommand()
				var pe *ProtocolError
				if args != nil || !errors.As(err, &pe) || pe.Reason != tc.reason {
					t.Errorf("%s: %q, %v; want %q", name, args, err, tc.reason)
				}
				if _, again := r.ReadCommand(); again != err {
					t.Errorf("%s: then %v", name, again)
				}
			}
		})
	}
}

func TestReadCommandInlineOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 40)
	for _, end := range []string{"\r\n", "\n"} {
		r := NewReader(iotest.OneByteReader(strings.NewReader(line+end)), 0, Limits{Line: 40})
		if args, err := r.ReadCommand(); err != nil || !slices.Equal(toStrings(args), []string{line}) {
			t.Errorf("%q: %q, %v", end, args, err)
		}
	}
}

func TestReadCommandDoesNotAllocate(t *testing.T) {
	r := NewReader(&repeatReader{b: []byte("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\nGET \"a\\n\"\r\n")}, 0,
		Limits{})
	read := func() {
		if args, err := r.ReadCommand(); err != nil || len(args) < 2 {
			t.Fatal(args, err)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
