package redpolltest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Conn is a network connection with a small part of RESP2, for direct access to a server and for scripted
// servers.
//
// It has its own few lines of RESP instead of the resp package. So a fault in resp is visible to tests that
// use a Conn, and the tests of resp can use this package. It has no limits: use it with trusted peers.
//
// One goroutine at a time may use a Conn, except Close.
type Conn struct {
	net.Conn
	in *bufio.Reader
}

// Error is an error reply, such as "WRONGTYPE Operation against a key ...".
type Error string

// Error returns the server's text.
func (e Error) Error() string { return string(e) }

// WrapConn adds RESP to nc, for example to the connection of a [Scripted] server. After this, read only
// through the Conn: it may have read ahead.
func WrapConn(nc net.Conn) *Conn { return &Conn{Conn: nc, in: bufio.NewReader(nc)} }

// Dial connects to addr, a host:port or the path of a unix socket. If this fails, the test fails at once. The
// connection is closed with the test.
func Dial(t testing.TB, addr string) *Conn {
	t.Helper()
	nc, err := net.DialTimeout(network(addr), addr, patience)
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return WrapConn(nc)
}

// network returns the kind of network of an address: a path or host:port.
func network(addr string) string {
	if strings.ContainsRune(addr, '/') || strings.HasPrefix(addr, "@") {
		return "unix"
	}
	return "tcp"
}

// Read reads bytes as they come.
func (c *Conn) Read(b []byte) (int, error) { return c.in.Read(b) }

// Do sends one command and returns its reply, see [Conn.Reply].
func (c *Conn) Do(args ...string) (any, error) {
	if err := c.Send(args...); err != nil {
		return nil, err
	}
	return c.Reply()
}

// roundTrip is Do with a time limit, for servers that may have stopped.
func (c *Conn) roundTrip(args ...string) (any, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	return c.Do(args...)
}

// Send writes one command without waiting for the reply.
func (c *Conn) Send(args ...string) error {
	_, err := c.Write(AppendCommand(nil, args...))
	return err
}

// AppendCommand appends a command in its form on the wire: an array of bulk strings.
func AppendCommand(b []byte, args ...string) []byte {
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

// Write writes bytes unchanged.
func (c *Conn) Write(b []byte) (int, error) { return c.Conn.Write(b) }

// Command reads one command, as a server does. It returns io.EOF when the client has closed the connection
// between two commands.
func (c *Conn) Command() ([]string, error) {
	reply, err := c.Reply()
	if err != nil {
		return nil, err
	}
	elements, ok := reply.([]any)
	if !ok || len(elements) == 0 {
		return nil, fmt.Errorf("not a command: %q", reply)
	}
	args := make([]string, len(elements))
	for i, e := range elements {
		if args[i], ok = e.(string); !ok {
			return nil, fmt.Errorf("not a command: %q", reply)
		}
	}
	return args, nil
}

// Reply reads one RESP2 value: a string (status or bulk), an int64, nil (either null), []any, or an [Error],
// which is returned as a value. The error is that of the connection.
func (c *Conn) Reply() (any, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		if errors.Is(err, io.EOF) && line != "" {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || text == "" {
		return nil, fmt.Errorf("not a RESP2 line: %q", line)
	}
	kind, text := text[0], text[1:]
	switch kind {
	case '+':
		return text, nil
	case '-':
		return Error(text), nil
	case ':':
		return strconv.ParseInt(text, 10, 64)
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < -1 || kind != '$' && kind != '*':
		return nil, fmt.Errorf("not a RESP2 line: %q", line)
	case n == -1:
		return nil, nil
	case kind == '$':
		return c.bulk(n)
	default:
		return c.array(n)
	}
}

func (c *Conn) bulk(n int) (any, error) {
	b := make([]byte, n+2)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return nil, noEOF(err)
	}
	if string(b[n:]) != "\r\n" {
		return nil, fmt.Errorf("bulk string of %d bytes ends with %q", n, b[n:])
	}
	return string(b[:n]), nil
}

func (c *Conn) array(n int) (any, error) {
	elements := make([]any, n)
	for i := range elements {
		var err error
		if elements[i], err = c.Reply(); err != nil {
			return nil, noEOF(err)
		}
	}
	return elements, nil
}

// noEOF turns the end of the stream into an error inside a value.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
