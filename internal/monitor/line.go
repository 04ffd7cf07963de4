// Package monitor reads the lines that a server sends to a client that has sent MONITOR:
//
//	1339518083.107412 [0 127.0.0.1:60866] "set" "k" "a\r\nb"
//
// It knows no connection. Errors say what is wrong with a line, and where, but repeat nothing of it: lines
// are full of users' data.
package monitor

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Origin is where a command came from.
type Origin uint8

// The origins.
const (
	TCP    Origin = iota + 1 // a client over TCP
	Unix                     // a client over the server's Unix socket
	Script                   // a script or a function
)

// Line is one executed command.
type Line struct {
	Time      time.Time
	DB        int
	Namespace string // Kvrocks has these in the place of databases
	Origin    Origin
	Addr      string   // host:port, with IPv6 addresses in brackets; the path of the socket; "" for a script
	Args      [][]byte // the command and its arguments, lent until the next Parse

	buf  []byte // the bytes of Args
	ends []int  // where each one ends
}

// SyntaxError is a line that no server should send.
type SyntaxError struct {
	Reason string
	At     int // bytes in front of it
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("a line of MONITOR %s, at byte %d", e.Reason, e.At)
}

// mostKept is the largest buffer that is kept for the next line.
const mostKept = 64 << 10

// Parse reads a line. After an error the content is undefined.
func (l *Line) Parse(text []byte) error {
	if cap(l.buf) > mostKept {
		*l = Line{}
	}
	at, err := l.prefix(text)
	if err != nil {
		return err
	}
	from := at
	for {
		// The address may have brackets itself: those of IPv6, and any at all in the path of a socket.
		n := bytes.Index(text[at:], []byte(`] "`))
		if n < 0 {
			if err == nil {
				err = &SyntaxError{"has no command behind its address", at}
			}
			return err
		}
		at += n
		l.origin(string(text[from:at]))
		at += len("] ")
		wrong := l.arguments(text, at)
		switch {
		case wrong == nil:
			return nil
		case l.Origin != Unix:
			return wrong
		case err == nil:
			err = wrong // of the first possible end of the path
		}
	}
}

// prefix reads time and database, and gives the place where the address starts.
func (l *Line) prefix(text []byte) (at int, err error) {
	stamp, _, ok := bytes.Cut(text, []byte(" ["))
	if ok {
		l.Time, ok = instant(string(stamp))
	}
	if !ok {
		return 0, &SyntaxError{"does not begin with a time", 0}
	}
	at = len(stamp) + len(" [")
	db, _, ok := bytes.Cut(text[at:], []byte(" "))
	if !ok || len(db) == 0 {
		return 0, &SyntaxError{"has no database in front of its address", at}
	}
	l.DB, l.Namespace = 0, ""
	if n, err := strconv.ParseUint(string(db), 10, 31); err == nil {
		l.DB = int(n)
	} else {
		l.Namespace = string(db)
	}
	return at + len(db) + 1, nil
}

// instant reads seconds and a fraction, without the loss of a float.
func instant(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseUint(whole, 10, 62)
	if err != nil || len(fraction) > 9 {
		return time.Time{}, false
	}
	nano, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	return time.Unix(int64(sec), int64(nano)), err == nil
}

// origin reads what stands behind the database.
func (l *Line) origin(s string) {
	if s == "lua" {
		l.Origin, l.Addr = Script, ""
		return
	}
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		l.Origin, l.Addr = Unix, path
		return
	}
	l.Origin, l.Addr = TCP, s
	if colon := strings.LastIndexByte(s, ':'); colon >= 0 && !strings.HasPrefix(s, "[") &&
		strings.Contains(s[:colon], ":") {
		l.Addr = net.JoinHostPort(s[:colon], s[colon+1:]) // as servers wrote IPv6 once
	}
}

// arguments reads the quoted arguments from a place on, to the end of the line.
func (l *Line) arguments(text []byte, at int) error {
	l.buf, l.ends, l.Args = l.buf[:0], l.ends[:0], l.Args[:0]
	for {
		next, err := l.argument(text, at)
		if err != nil {
			return err
		}
		l.ends = append(l.ends, len(l.buf))
		if next == len(text) {
			break
		}
		if at = next + 1; text[next] != ' ' {
			return &SyntaxError{"has no blank behind an argument", next}
		}
	}
	start := 0
	for _, end := range l.ends { // only now: the buffer does not move any more
		l.Args = append(l.Args, l.buf[start:end:end])
		start = end
	}
	return nil
}

// argument reads the one at a place and gives the place behind it.
func (l *Line) argument(text []byte, at int) (next int, err error) {
	if at >= len(text) || text[at] != '"' {
		return 0, &SyntaxError{"has an argument without quotes", at}
	}
	for i := at + 1; i < len(text); {
		plain := i
		for i < len(text) && text[i] != '"' && text[i] != '\\' && text[i] >= ' ' && text[i] != 0x7f {
			i++
		}
		l.buf = append(l.buf, text[plain:i]...)
		switch {
		case i == len(text):
		case text[i] == '"':
			return i + 1, nil
		case text[i] == '\\':
			c, n := unescape(text[i+1:])
			if n == 0 {
				return 0, &SyntaxError{"has an escape that is not known", i}
			}
			l.buf = append(l.buf, c)
			i += 1 + n
		default:
			return 0, &SyntaxError{"has a control character: the server, or a proxy, does not escape them", i}
		}
	}
	return 0, &SyntaxError{"ends inside an argument: the server, or a proxy, does not escape line ends",
		len(text)}
}

// unescape reads what stands behind a backslash. n is its length, 0 if it is nothing that a server writes.
func unescape(s []byte) (c byte, n int) {
	if len(s) == 0 {
		return 0, 0
	}
	switch s[0] {
	case '\\', '"', '\'':
		return s[0], 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'a':
		return '\a', 1
	case 'b':
		return '\b', 1
	case 'x':
		if len(s) >= 3 {
			if v, err := strconv.ParseUint(string(s[1:3]), 16, 8); err == nil {
				return byte(v), 3
			}
		}
	}
	return 0, 0
}

// AppendText appends arguments as one text: joined by blanks, without quotes. Quotes and backslashes in it
// are as they are, and bytes that do not print as the server writes them: \n, \x92.
func AppendText(dst []byte, args [][]byte) []byte {
	const digits = "0123456789abcdef"
	for i, arg := range args {
		if i > 0 {
			dst = append(dst, ' ')
		}
		for _, c := range arg {
			switch {
			case c >= ' ' && c < 0x7f:
				dst = append(dst, c)
			case c == '\n':
				dst = append(dst, `\n`...)
			case c == '\r':
				dst = append(dst, `\r`...)
			case c == '\t':
				dst = append(dst, `\t`...)
			case c == '\a':
				dst = append(dst, `\a`...)
			case c == '\b':
				dst = append(dst, `\b`...)
			default:
				dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
			}
		}
	}
	return dst
}
