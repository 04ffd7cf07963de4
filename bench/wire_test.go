package main

import (
	"bufio"
	"strings"
	"testing"
)

func TestAppendRequest(t *testing.T) {
	t.Parallel()
	const want = "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n"
	if got := string(appendRequest(nil, []string{"GET", "key:1"})); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadReplyCountsItsBytes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, text string
	}{
		{"status", "+OK\r\n", "OK"},
		{"integer", ":12\r\n", "12"},
		{"bulk", "$3\r\nabc\r\n", "abc"},
		{"bulk with a line break in it", "$4\r\na\r\nb\r\n", "a\r\nb"},
		{"empty bulk", "$0\r\n\r\n", ""},
		{"null", "$-1\r\n", ""},
		{"array", "*2\r\n$1\r\na\r\n*1\r\n:1\r\n", ""},
		{"null array", "*-1\r\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text, size, err := readReply(bufio.NewReader(strings.NewReader(test.in + "+next\r\n")))
			if err != nil || text != test.text || size != len(test.in) {
				t.Errorf("got %q, %d bytes, %v; want %q, %d bytes", text, size, err, test.text, len(test.in))
			}
		})
	}
}

func TestReadReplyErrors(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"error reply":    "-ERR no\r\n",
		"no length":      "$x\r\n",
		"cut bulk":       "$3\r\nab",
		"cut array":      "*2\r\n:1\r\n",
		"line too short": "\r\n",
		"nothing":        "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if text, _, err := readReply(bufio.NewReader(strings.NewReader(in))); err == nil {
				t.Errorf("%q was read as %q", in, text)
			}
		})
	}
}
