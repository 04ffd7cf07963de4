package resp

import "bytes"

// Decoder is a cursor over one whole frame that a [Scanner] or a [Reader] found. Its methods read the next
// value and move behind it. For an aggregate, Len and MapLen move behind the header, and the elements are the
// next values.
//
// Attributes are skipped wherever they stand. A method that returns an error has not moved. A Decoder neither
// changes nor copies the frame; Bytes and Raw return parts of the frame. A Decoder may be copied, in order to
// come back to a place. One goroutine at a time may use it.
//
// A Decoder never panics, but it checks only what it needs. On a frame that no Scanner has checked, it may
// take malformed bytes for a value or return a [*ProtocolError]. The numbers of elements that it returns
// never exceed the bytes in the frame, so they may be used to allocate memory.
type Decoder struct {
	b   []byte
	pos int
}

// NewDecoder returns a decoder at the start of frame, which must not change while the decoder is used.
func NewDecoder(frame []byte) Decoder { return Decoder{b: frame} }

// Reset moves the decoder to the start of another frame.
func (d *Decoder) Reset(frame []byte) { d.b, d.pos = frame, 0 }

// More reports whether bytes are left in the frame.
func (d *Decoder) More() bool { return d.pos < len(d.b) }

// Kind returns the kind of the next value and 0 at the end of the frame.
func (d *Decoder) Kind() Kind { return Kind(d.peek()) }

// peek moves behind attributes and returns the byte that follows, 0 at the end.
func (d *Decoder) peek() byte {
	if d.pos >= len(d.b) {
		return 0
	}
	if c := d.b[d.pos]; c != '|' {
		return c
	}
	return d.skipAttributes()
}

// skipAttributes is peek at an attribute. It does not skip malformed attributes.
func (d *Decoder) skipAttributes() byte {
	pos := d.pos
	for pos < len(d.b) && d.b[pos] == '|' {
		n, next := count(d.b, pos)
		if next == 0 {
			return '|'
		}
		if pos = skip(d.b, next, n); pos < 0 {
			return '|'
		}
	}
	d.pos = pos
	if pos == len(d.b) {
		return 0
	}
	return d.b[pos]
}

// IsNull reports whether the next value is a null of either protocol ("$-1", "*-1" or "_"). It moves behind
// attributes only.
func (d *Decoder) IsNull() bool {
	switch d.peek() {
	case '_':
		return true
	case '$', '*':
		return d.pos+1 < len(d.b) && d.b[d.pos+1] == '-'
	}
	return false
}

// Null moves behind the next value if it is a null, and reports whether it was.
func (d *Decoder) Null() bool {
	if !d.IsNull() {
		return false
	}
	end := lineEnd(d.b, d.pos)
	if end < 0 {
		return false
	}
	d.pos = end + 2
	return true
}

// Bytes returns the text of the next value, which is a status, a bulk string, a verbatim string (without its
// format), a big number, an integer or a double. The result is a part of the frame. Any other value,
// including null and errors, is a [*TypeError].
func (d *Decoder) Bytes() ([]byte, error) {
	// The most frequent kind comes first.
	if d.pos < len(d.b) && d.b[d.pos] == '$' {
		if text, end := blob(d.b, d.pos); end > 0 {
			d.pos = end
			return text, nil
		}
	}
	return d.rareBytes()
}

// rareBytes is Bytes for every value except a well-formed bulk string without attributes.
func (d *Decoder) rareBytes() ([]byte, error) {
	switch d.peek() {
	case '$':
		if text, end := blob(d.b, d.pos); end > 0 {
			d.pos = end
			return text, nil
		}
	case '+', ':', ',', '(':
		if end := lineEnd(d.b, d.pos); end >= 0 {
			text := d.b[d.pos+1 : end : end]
			d.pos = end + 2
			return text, nil
		}
	case '=':
		if text, end := blob(d.b, d.pos); end > 0 && len(text) >= 4 {
			d.pos = end
			return text[4:], nil
		}
	}
	return nil, d.unexpected("a string")
}

// Text is Bytes with the text copied into a string.
func (d *Decoder) Text() (string, error) {
	b, err := d.Bytes()
	return string(b), err
}

// Int returns the next value as an integer. It takes an integer, or text or a big number that holds one
// within 64 bits; anything else is a [*TypeError].
func (d *Decoder) Int() (int64, error) {
	start := d.pos
	switch d.peek() {
	case ':':
		if n, end := integer(d.b, d.pos); end > 0 {
			d.pos = end
			return n, nil
		}
		return 0, d.malformed()
	case '$', '+', '=', '(':
		if text, err := d.Bytes(); err == nil {
			if n, ok := parseInt(text); ok {
				return n, nil
			}
		}
	}
	d.pos = start
	return 0, d.unexpected("an integer")
}

// Float returns the next value as a floating point number. It takes a double, an integer, or text or a big
// number that holds either (inf and nan too, as C libraries spell them: -nan, nan(ind), infinity) within the
// range of a float64; anything else is a [*TypeError].
func (d *Decoder) Float() (float64, error) {
	if f, end := score(d.b, d.pos); end > 0 {
		d.pos = end
		return f, nil
	}
	start := d.pos
	switch d.peek() {
	case ',', ':', '$', '+', '=', '(':
		if text, err := d.Bytes(); err == nil {
			if f, ok := parseFloat(text); ok {
				return f, nil
			}
		}
	}
	d.pos = start
	if d.peek() == ',' {
		return 0, d.unexpected("one that a float64 holds, in a known spelling")
	}
	return 0, d.unexpected("a floating point number")
}

// Bool returns the next value as a boolean. It takes a boolean, the integers 0 and 1, and the status OK,
// which is true; anything else is a [*TypeError].
func (d *Decoder) Bool() (bool, error) {
	switch d.peek() {
	case '#', ':', '+':
		end := lineEnd(d.b, d.pos)
		if end < 0 {
			return false, d.malformed()
		}
		switch string(d.b[d.pos:end]) {
		case "#t", ":1", "+OK":
			d.pos = end + 2
			return true, nil
		case "#f", ":0":
			d.pos = end + 2
			return false, nil
		}
	}
	return false, d.unexpected("a boolean")
}

// Len moves behind the header of an array, a set, a push or a map and returns how many values follow as its
// elements, two for each pair of a map. Any other value, including null, is a [*TypeError].
func (d *Decoder) Len() (int, error) {
	// Pairs and triples, the elements of many lists, come first, and messages of subscriptions.
	if b := d.b[d.pos:]; len(b) >= 4 && (b[0] == '*' || b[0] == '>') && b[2] == '\r' {
		if n := int(b[1] - '0'); n <= 9 && n*minValue <= len(b)-4 {
			d.pos += 4
			return n, nil
		}
	}
	switch d.peek() {
	case '*', '~', '>', '%':
		if n, next := count(d.b, d.pos); next > 0 {
			d.pos = next
			return n, nil
		}
	}
	return 0, d.unexpected("an array")
}

// MapLen moves behind the header of a map, or of an array with an even number of elements (which is how RESP2
// writes a map), and returns the number of pairs that follow. Any other value, including null, is a
// [*TypeError].
func (d *Decoder) MapLen() (int, error) {
	const want = "a map or an array of pairs"
	switch d.peek() {
	case '*', '%':
		if n, next := count(d.b, d.pos); next > 0 {
			if n%2 != 0 {
				return 0, &TypeError{Want: "an even number of elements for a map", Got: KindArray}
			}
			d.pos = next
			return n / 2, nil
		}
	}
	return 0, d.unexpected(want)
}

// IsError reports whether the next value is an error ("-" or "!"). It moves behind attributes only.
func (d *Decoder) IsError() bool {
	c := d.peek()
	return c == '-' || c == '!'
}

// ErrorText returns the text of the next value, which is an error; see [SplitError] for its parts. Anything
// else is a [*TypeError].
func (d *Decoder) ErrorText() (string, error) {
	switch d.peek() {
	case '-':
		if end := lineEnd(d.b, d.pos); end >= 0 {
			text := string(d.b[d.pos+1 : end])
			d.pos = end + 2
			return text, nil
		}
	case '!':
		if text, end := blob(d.b, d.pos); end > 0 {
			d.pos = end
			return string(text), nil
		}
	}
	return "", d.unexpected("an error")
}

// Skip moves behind the next value with all its elements. At the end of the frame it returns a [*TypeError].
func (d *Decoder) Skip() error {
	_, err := d.Raw()
	return err
}

// Raw moves behind the next value with all its elements and returns its bytes, without attributes before it.
// The result is a part of the frame. At the end of the frame it returns a [*TypeError].
func (d *Decoder) Raw() ([]byte, error) {
	if d.peek() == 0 {
		return nil, d.unexpected("a value")
	}
	end := skip(d.b, d.pos, 1)
	if end < 0 {
		return nil, d.malformed()
	}
	raw := d.b[d.pos:end:end]
	d.pos = end
	return raw, nil
}

// unexpected returns the error for a value of another kind than wanted.
func (d *Decoder) unexpected(want string) error {
	c := d.peek()
	if d.pos >= len(d.b) {
		return &TypeError{Want: want}
	}
	// If the value can be skipped it is well formed, and its kind is the problem.
	if skip(d.b, d.pos, 1) < 0 {
		return d.malformed()
	}
	e := &TypeError{Want: want, Got: Kind(c), Null: d.IsNull()}
	if e.Got == KindError || e.Got == KindBlobError {
		at := *d
		e.Text, _ = at.ErrorText()
	}
	return e
}

// malformed returns the error for a frame that no Scanner has checked.
func (d *Decoder) malformed() error {
	return &ProtocolError{Reason: "malformed or incomplete value", Got: excerpt(d.b[min(d.pos, len(d.b)):])}
}

// lineEnd returns the position of the CR LF of the line at pos, or -1.
func lineEnd(b []byte, pos int) int {
	i := bytes.IndexByte(b[pos:], '\r')
	if i < 0 || pos+i+2 > len(b) {
		return -1
	}
	return pos + i
}

// integer returns the integer at pos and its end, which is 0 for a malformed integer.
func integer(b []byte, pos int) (n int64, end int) {
	i := pos + 1
	neg := i < len(b) && b[i] == '-'
	if neg {
		i++
	}
	n, end = fastInteger(b, i)
	if end > 0 && len(b)-end >= 2 && b[end] == '\r' {
		if neg {
			n = -n
		}
		return n, end + 2
	}
	// The integer has a plus sign or more digits.
	cr := lineEnd(b, pos)
	if cr < 0 {
		return 0, 0
	}
	n, ok := parseInt(b[pos+1 : cr])
	if !ok {
		return 0, 0
	}
	return n, cr + 2
}

// score returns the short number in the double or bulk string at pos, and the end of this value, which is 0
// for every other value.
func score(b []byte, pos int) (f float64, end int) {
	if pos >= len(b) {
		return 0, 0
	}
	switch b[pos] {
	case ',':
		if f, end = shortFloat(b, pos+1); end == 0 || len(b)-end < 2 || b[end] != '\r' {
			return 0, 0
		}
		return f, end + 2
	case '$':
		text, next := blob(b, pos)
		if next == 0 {
			return 0, 0
		}
		if f, end = shortFloat(b, next-2-len(text)); end != next-2 {
			return 0, 0
		}
		return f, next
	}
	return 0, 0
}

// length reads the digits behind the first byte at pos and returns the number and the start of the next line,
// which is 0 if there is none. On an unchecked frame n may be any number.
func length(b []byte, pos int) (n uint64, next int) {
	i := pos + 1
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + uint64(c)
	}
	if i == pos+1 || len(b)-i < 2 || b[i] != '\r' {
		return 0, 0
	}
	return n, i + 2
}

// blob returns the text of the bulk string, verbatim string or blob error at pos and its end, which is 0 for
// null and for an incomplete value.
func blob(b []byte, pos int) (text []byte, end int) {
	n, start := length(b, pos)
	if start == 0 || len(b)-start < 2 || n > uint64(len(b)-start-2) {
		return nil, 0
	}
	stop := start + int(n)
	return b[start:stop:stop], stop + 2
}

// count returns the number of values in the aggregate at pos, two for each pair, and the start of the first
// value. The start is 0 for null and for a count that exceeds the bytes of the frame.
func count(b []byte, pos int) (n, next int) {
	u, next := length(b, pos)
	if next == 0 || u > uint64(len(b)-next)/minValue {
		return 0, 0
	}
	n = int(u)
	if b[pos] == '%' || b[pos] == '|' {
		n *= 2
	}
	if n > (len(b)-next)/minValue {
		return 0, 0
	}
	return n, next
}

// skip returns the position behind n values at pos, or -1 if they are malformed or incomplete. It counts the
// missing values of all levels together, so it needs neither recursion nor a stack.
func skip(b []byte, pos, n int) int {
	for n > 0 {
		var outer int
		if pos, n, outer = wholeValues(b, pos, n, len(b), true); outer > 0 {
			n += outer
		}
		if n == 0 {
			break
		}
		if n > (len(b)-pos)/minValue {
			return -1
		}
		next := 0
		switch b[pos] {
		case '$':
			if _, next = blob(b, pos); next == 0 {
				next = nullEnd(b, pos)
			}
		case '=', '!':
			_, next = blob(b, pos)
		case '+', '-', ':', '_', ',', '#', '(':
			next = lineEnd(b, pos) + 2
		case '*', '~', '>', '%', '|':
			var children int
			if children, next = count(b, pos); next == 0 && b[pos] == '*' {
				next = nullEnd(b, pos)
			}
			if b[pos] == '|' {
				n++ // the value of this attribute is still to come
			}
			n += children
		}
		if next < minValue {
			return -1
		}
		pos = next
		n--
	}
	return pos
}
