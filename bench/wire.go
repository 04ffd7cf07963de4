package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
)

// wire is a bare connection that speaks RESP2. It fills the server, and the floor row uses it: as little code
// as possible between a loop and a socket.
type wire struct {
	conn net.Conn
	buf  *bufio.Reader
}

// dialWire connects, with TLS if there is a configuration for it.
func dialWire(addr string, config *tls.Config) (*wire, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if config != nil {
		conn = tls.Client(conn, config)
	}
	return &wire{conn: conn, buf: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (w *wire) close() error { return w.conn.Close() }

// do sends one command and returns the text of a simple reply; for an array it returns no content.
func (w *wire) do(args ...string) (string, error) {
	if _, err := w.conn.Write(appendRequest(nil, args)); err != nil {
		return "", err
	}
	text, _, err := readReply(w.buf)
	return text, err
}

func appendRequest(dst []byte, args []string) []byte {
	dst = fmt.Appendf(dst, "*%d\r\n", len(args))
	for _, a := range args {
		dst = fmt.Appendf(dst, "$%d\r\n%s\r\n", len(a), a)
	}
	return dst
}

// readReply reads one whole reply. It returns the text of a reply that is not an array, and the number of
// bytes of the reply.
func readReply(r *bufio.Reader) (text string, size int, err error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", 0, err
	}
	if len(line) < 3 {
		return "", 0, fmt.Errorf("reply line %q is too short", line)
	}
	size = len(line)
	text = line[1 : len(line)-2]
	switch line[0] {
	case '-':
		return "", size, fmt.Errorf("server: %s", text)
	case '$', '*':
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", size, fmt.Errorf("reply line %q: %w", line, err)
		}
		if line[0] == '*' {
			for range n {
				_, part, err := readReply(r)
				if err != nil {
					return "", size, err
				}
				size += part
			}
			return "", size, nil
		}
		if n < 0 {
			return "", size, nil
		}
		body := make([]byte, n+2)
		if _, err := io.ReadFull(r, body); err != nil {
			return "", size, err
		}
		return string(body[:n]), size + len(body), nil
	}
	return text, size, nil
}
