package resp

import "bytes"

// ReadCommand reads a client's command, as a server does: an array of bulk strings, or an inline command,
// which is a line of words with quoting as in redis-cli. Empty commands are skipped, so there is at least one
// element. The result is valid until the next Fill or ReadCommand.
//
// Errors are those of [Reader.ReadFrame]. A [*ProtocolError] also means a command with an element that is not
// a bulk string, or unbalanced quotes.
func (r *Reader) ReadCommand() ([][]byte, error) {
	for {
		args, whole, err := r.nextCommand()
		if err != nil {
			return nil, err
		}
		if len(args) > 0 {
			return args, nil
		}
		if whole {
			continue
		}
		if err := r.fillInside(); err != nil {
			return nil, err
		}
	}
}

// nextCommand takes a command that is buffered whole.
func (r *Reader) nextCommand() (args [][]byte, whole bool, err error) {
	if err := r.broken(); err != nil {
		return nil, false, err
	}
	if r.r == r.w {
		return nil, false, nil
	}
	if r.buf[r.r] != '*' {
		return r.inline()
	}
	frame, err := r.Next()
	if frame == nil || err != nil {
		return nil, false, err
	}
	d := NewDecoder(frame)
	if d.Null() {
		return nil, true, nil
	}
	n, err := d.Len()
	if err != nil {
		return nil, false, err
	}
	r.args = r.args[:0]
	for range n {
		if d.b[d.pos] != '$' || d.IsNull() {
			_, err := r.scan.fail(&ProtocolError{Reason: "expected a bulk string in a command",
				Got: excerpt(d.b[d.pos:])})
			return nil, false, err
		}
		arg, err := d.Bytes()
		if err != nil {
			return nil, false, err
		}
		r.args = append(r.args, arg)
	}
	return r.args, true, nil
}

// inline takes a line of words.
func (r *Reader) inline() (args [][]byte, whole bool, err error) {
	b := r.buf[r.r:r.w]
	longest := r.scan.limits.Line
	end := bytes.IndexByte(b[r.line:], '\n')
	line := b
	if end >= 0 {
		end += r.line
		line = bytes.TrimSuffix(b[:end:end], []byte("\r"))
	} else {
		longest++ // the last byte may be the CR
	}
	if len(line) > longest {
		_, err := r.scan.fail(&ProtocolError{Reason: overLimit("inline command", int64(r.scan.limits.Line))})
		return nil, false, err
	}
	if end < 0 {
		r.line = len(b)
		return nil, false, nil
	}
	r.line = 0
	r.r += end + 1
	args, ok := splitWords(r.args[:0], line)
	if !ok {
		_, err := r.scan.fail(&ProtocolError{Reason: "unbalanced quotes in an inline command",
			Got: excerpt(line)})
		return nil, false, err
	}
	r.args = args
	return args, true, nil
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == 0 }

// splitWords appends the words of line to args. Words may be in double quotes, with the escapes \n \r \t \b
// \a \xHH and \ before any other byte, or in single quotes, with \' only. They are unquoted in place: the
// text only gets shorter.
func splitWords(args [][]byte, line []byte) ([][]byte, bool) {
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		start, w := i, i
		for i < len(line) && !isSpace(line[i]) {
			quote := line[i]
			if quote != '"' && quote != '\'' {
				line[w] = quote
				w++
				i++
				continue
			}
			var ok bool
			if w, i, ok = unquote(line, w, i); !ok {
				return args, false
			}
		}
		args = append(args, line[start:w:w])
	}
}

// unquote copies the text of the quotes that open at i to w. A closing quote must end the word.
func unquote(line []byte, w, i int) (newW, newI int, ok bool) {
	quote := line[i]
	for i++; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote:
			i++
			return w, i, i == len(line) || isSpace(line[i])
		case c == '\\' && quote == '"' && i+3 < len(line) && line[i+1] == 'x' && hex(line[i+2]) < 16 &&
			hex(line[i+3]) < 16:
			c = hex(line[i+2])<<4 | hex(line[i+3])
			i += 3
		case c == '\\' && quote == '"' && i+1 < len(line):
			i++
			c = escaped(line[i])
		case c == '\\' && quote == '\'' && i+1 < len(line) && line[i+1] == '\'':
			i++
			c = '\''
		}
		line[w] = c
		w++
	}
	return w, i, false
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// hex returns the value of a hexadecimal digit, 16 for another byte.
func hex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
