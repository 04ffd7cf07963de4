package redpoll

import (
	"fmt"
	"unicode/utf8"
)

// TextEncoding translates text between the program, where strings are UTF-8, and the server. Keys and string
// values go through AppendEncode, string replies through AppendDecode; []byte values and replies, command
// words and the server's own words never do. Implementations must be safe for concurrent use, and
// AppendDecode must be quick and must not panic or block: it runs on the goroutine that reads replies for
// everybody.
//
// golang.org/x/text encodings are adapted in a few lines.
type TextEncoding interface {
	// AppendEncode appends the server's form of s to dst. An error becomes a *DataError, and nothing is sent.
	AppendEncode(dst []byte, s string) ([]byte, error)
	// AppendDecode appends the program's form of raw to dst. An error becomes a *ReplyError; the
	// connection stays usable.
	AppendDecode(dst, raw []byte) ([]byte, error)
}

// UTF-8 with a rule for bytes that are none. Without any of them a reply is given as it is, valid or not.
var (
	// UTF8Strict refuses invalid bytes in replies, and in strings that are to be sent.
	UTF8Strict TextEncoding = utf8Text{strict}
	// UTF8Replace puts U+FFFD in the place of what is invalid in a reply: one for each byte that begins no
	// character, and for each beginning of a character that does not go on, as Python does.
	UTF8Replace TextEncoding = utf8Text{replace}
	// UTF8Ignore leaves invalid bytes of a reply out.
	UTF8Ignore TextEncoding = utf8Text{ignore}
	// Latin1 is ISO 8859-1: one byte per character. A character beyond U+00FF cannot be sent.
	Latin1 TextEncoding = latin1Text{}
)

type textMode uint8

const (
	strict textMode = iota
	replace
	ignore
)

type utf8Text struct{ mode textMode }

func (t utf8Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	if t.mode == strict && !utf8.ValidString(s) {
		return dst, &DataError{Command: "UTF8Strict", Reason: "invalid UTF-8"}
	}
	return append(dst, s...), nil
}

func (t utf8Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, raw[i:i+n]...)
			i += n
			continue
		}
		switch t.mode {
		case strict:
			return dst, &ReplyError{Command: "UTF8Strict", Err: fmt.Errorf("invalid UTF-8 at byte %d of a string", i)}
		case replace:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		i += brokenOff(raw[i:])
	}
	return dst, nil
}

// brokenOff returns how many bytes belong to the invalid character at the start of b: those that could begin
// one.
func brokenOff(b []byte) int {
	size := 1
	low, high := byte(0x80), byte(0xbf)
	switch c := b[0]; {
	case 0xe1 <= c && c <= 0xef:
		size = 3
		if c == 0xed {
			high = 0x9f
		}
	case 0xf1 <= c && c <= 0xf4:
		size = 4
		if c == 0xf4 {
			high = 0x8f
		}
	case c == 0xe0:
		size, low = 3, 0xa0
	case c == 0xf0:
		size, low = 4, 0x90
	}
	n := 1
	for n < min(size, len(b)) && low <= b[n] && b[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

type latin1Text struct{}

func (latin1Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	for _, r := range s {
		if r > 0xff {
			return dst, &DataError{Command: "Latin1", Reason: fmt.Sprintf("character %U is not in Latin-1", r)}
		}
		dst = append(dst, byte(r))
	}
	return dst, nil
}

func (latin1Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	for _, b := range raw {
		dst = utf8.AppendRune(dst, rune(b))
	}
	return dst, nil
}
