package resp

import (
	"bytes"
	"fmt"
	"strconv"
)

// Scanner finds the end of one frame in a growing buffer, and checks that the frame is well formed and within
// the [Limits]: first bytes, lengths, numbers, line ends and nesting. It keeps its place between calls, so
// the bytes of a frame that arrives in pieces are scanned only once.
//
// The zero Scanner works with the default limits. It allocates only its stack, which grows with the depth of
// nesting and is kept. One goroutine at a time may use it.
//
// Streamed strings and aggregates of RESP3 (with "?" as the length) are refused; servers do not send them. A
// push inside another value is refused too: the elements of the push could not be distinguished from those of
// the value.
type Scanner struct {
	limits   Limits
	frame    int // limits.Frame
	bulk     int // limits.Bulk
	elements int // limits.Elements

	busy  bool  // a frame is incomplete, or err is set
	pos   int   // start of the incomplete value
	seen  int   // between pos and this position there is no CR
	end   int   // end of the incomplete bulk string; 0 if there is none
	left  int   // number of missing values at the current level
	stack []int // the same for the outer levels
	need  int   // the result of Need
	err   *ProtocolError
}

// Init sets the limits and makes the scanner ready for a new stream.
func (s *Scanner) Init(l Limits) {
	l = l.withDefaults()
	*s = Scanner{limits: l, frame: int(l.Frame), bulk: int(l.Bulk), elements: int(l.Elements),
		stack: s.stack[:0]}
}

// Scan looks for the end of the frame at the start of b. If it returns n > 0, b[:n] is one whole, valid frame
// and the scanner is ready for the next one. If it returns 0 without an error, bytes are missing: call it
// again with the same bytes and more bytes behind them. The bytes may be at another address then.
//
// The error is a [*ProtocolError]; every call returns it until Init. Attributes belong to the frame of the
// value that follows them. Scan does not keep b.
func (s *Scanner) Scan(b []byte) (n int, err error) {
	if s.busy || len(b) < minValue {
		return s.resume(b)
	}
	// The replies of most commands are one plain value that has arrived whole.
	end := 0
	switch b[0] {
	case '$':
		end = wholeBulk(b, 0, s.bulk)
	case '+':
		end = wholeStatus(b, 0)
	case ':':
		end = wholeInteger(b, 0)
	}
	if end > 0 && end <= s.frame {
		return end, nil
	}
	return s.resume(b)
}

// Need returns how many bytes are missing at least, but at least 1, after a Scan that found its frame
// incomplete. The number depends on the lengths that the peer announced: do not allocate as much.
func (s *Scanner) Need() int { return max(s.need, 1) }

// resume is Scan for every frame, from its start or from where it stopped.
func (s *Scanner) resume(b []byte) (int, error) {
	if !s.busy {
		if s.frame == 0 {
			s.Init(Limits{})
		}
		s.busy, s.left = true, 1
	}
	if s.err != nil {
		return 0, s.err
	}
	// Bytes behind the longest frame are not scanned, so no position below exceeds this frame, and a frame
	// that is not complete within it is too long.
	tooLong := len(b) > s.frame
	if tooLong {
		b = b[:s.frame]
	}
	if len(b) < s.end {
		return s.wait(b, tooLong)
	}
	s.end = 0
	pos, left := s.pos, s.left
	for {
		pairs, outer := s.elements >= 2 && len(s.stack) < s.limits.Depth, 0
		if pos, left, outer = wholeValues(b, pos, left, s.bulk, pairs); outer >= 0 {
			s.stack = append(s.stack, outer)
		}
		if left == 0 {
			if len(s.stack) == 0 {
				s.busy, s.pos, s.seen = false, 0, 0
				return pos, nil
			}
			left = s.stack[len(s.stack)-1]
			s.stack = s.stack[:len(s.stack)-1]
			continue
		}
		next, children := s.shortHeader(b, pos)
		if next == 0 {
			var err *ProtocolError
			if next, children, err = s.value(b, pos); err != nil {
				return s.fail(err)
			}
		}
		if next == 0 {
			s.pos, s.left = pos, left
			return s.wait(b, tooLong)
		}
		// An attribute does not count as one of the missing values; the value behind it does.
		if b[pos] != '|' {
			left--
		}
		pos = next
		if children > 0 {
			s.stack = append(s.stack, left)
			left = children
		}
	}
}

// wait ends a Scan that needs more bytes.
func (s *Scanner) wait(b []byte, tooLong bool) (int, error) {
	if tooLong {
		return s.fail(&ProtocolError{Reason: overLimit("frame", s.limits.Frame)})
	}
	if s.end > 0 {
		// One byte behind a bulk string can show that the line end is wrong.
		if len(b) == s.end-1 && b[s.end-2] != '\r' {
			return s.fail(&ProtocolError{Reason: noLineEnd(Kind(b[s.pos])), Got: excerpt(b[s.end-2:])})
		}
		s.need = s.end - len(b)
	}
	return 0, nil
}

// fail keeps the error, after which nothing can be scanned any more.
func (s *Scanner) fail(err *ProtocolError) (int, error) {
	s.busy, s.err = true, err
	return 0, err
}

// wholeValues skips the plain values at pos that are complete and well formed, at most left of them. If pairs
// is set, it also skips arrays of two plain values, the elements of lists of members with scores. It returns
// its position and the number of missing values there. outer is the number of missing values outside if the
// position is within a pair, otherwise -1. The caller handles other aggregates, and incomplete, malformed or
// rare values. The client spends most of its time in this function.
func wholeValues(b []byte, pos, left, maxBulk int, pairs bool) (stop, missing, outer int) {
	outer = -1
	for {
		if left == 0 {
			if outer <= 0 {
				return pos, 0, -1
			}
			left, outer = outer, -1
		}
		if len(b)-pos < minValue {
			return pos, left, outer
		}
		end := 0
		switch b[pos] {
		case '$':
			// Most strings have less than a hundred bytes.
			n, i := int(b[pos+1]-'0'), pos+2
			if c := b[i] - '0'; c <= 9 {
				n, i = n*10+int(c), i+1
			}
			text := b[i:]
			if b[pos+1]-'0' > 9 || n > maxBulk || n > len(text)-4 || text[0] != '\r' || text[1] != '\n' ||
				text[n+2] != '\r' || text[n+3] != '\n' {
				end = wholeBulk(b, pos, maxBulk)
			} else {
				end = i + n + 4
			}
		case '+':
			end = wholeStatus(b, pos)
		case ':':
			end = wholeInteger(b, pos)
		case ',':
			end = wholeDouble(b, pos)
		case '_':
			end = wholeLine(b, pos+1)
		case '*':
			if pairs && outer < 0 && len(b)-pos >= 4 && string(b[pos:pos+4]) == "*2\r\n" {
				pos += 4
				left, outer = 2, left-1
				continue
			}
		}
		if end == 0 {
			return pos, left, outer
		}
		pos = end
		left--
	}
}

// wholeLine returns the position behind the CR LF at i, or 0.
func wholeLine(b []byte, i int) int {
	if len(b)-i >= 2 && b[i] == '\r' && b[i+1] == '\n' {
		return i + 2
	}
	return 0
}

// wholeBulk returns the end of the bulk string or null at pos, or 0 if it needs a closer look. At least
// minValue bytes follow pos.
func wholeBulk(b []byte, pos, maxBulk int) int {
	n := int(b[pos+1] - '0')
	if n > 9 {
		return nullEnd(b, pos)
	}
	i := pos + 2
	if c := b[i] - '0'; c <= 9 {
		n = n*10 + int(c)
		// Nine digits fit in an int of 32 bits.
		for i++; i < len(b) && i < pos+10; i++ {
			c := b[i] - '0'
			if c > 9 {
				break
			}
			n = n*10 + int(c)
		}
	}
	if n > maxBulk || n > len(b)-i-4 {
		return 0
	}
	end := i + 4 + n
	if string(b[i:i+2]) != "\r\n" || string(b[end-2:end]) != "\r\n" {
		return 0
	}
	return end
}

// shortHeader returns the end and the number of elements of the array, set, map or push header at pos if it
// has less than ten elements or pairs, or 0 if it needs a closer look.
func (s *Scanner) shortHeader(b []byte, pos int) (next, children int) {
	if len(b)-pos < 4 || b[pos+2] != '\r' || b[pos+3] != '\n' || b[pos+1]-'0' > 9 {
		return 0, 0
	}
	children = int(b[pos+1] - '0')
	switch b[pos] {
	case '*', '~':
	case '%':
		children *= 2
	case '>':
		if len(s.stack) > 0 {
			return 0, 0 // it is an error there
		}
	default:
		return 0, 0
	}
	if children > s.elements || len(s.stack) >= s.limits.Depth {
		return 0, 0
	}
	return pos + 4, children
}

// nullEnd returns the end of the "$-1" or "*-1" at pos, or 0.
func nullEnd(b []byte, pos int) int {
	if len(b)-pos >= 5 && string(b[pos+1:pos+5]) == "-1\r\n" {
		return pos + 5
	}
	return 0
}

// wholeStatus returns the end of the status at pos, or 0 if it needs a closer look. The statuses of servers
// are short.
func wholeStatus(b []byte, pos int) int {
	for i := pos + 1; i < len(b) && i <= pos+minLine; i++ {
		if b[i] == '\r' {
			return wholeLine(b, i)
		}
	}
	return 0
}

// wholeInteger returns the end of the integer at pos, or 0 if it needs a closer look.
func wholeInteger(b []byte, pos int) int {
	i := pos + 1
	if b[i] == '-' {
		i++
	}
	if len(b)-i >= 8 {
		if n := leadingDigits(word(b, i)); n > 0 && n < 8 {
			return wholeLine(b, i+n)
		}
	}
	first := i
	if i = skipDigits(b, i, first+maxFastDigits); i == first {
		return 0
	}
	return wholeLine(b, i)
}

// wholeDouble returns the end of the double at pos, or 0 if it needs a closer look, for example because of an
// exponent.
func wholeDouble(b []byte, pos int) int {
	i := pos + 1
	if b[i] == '-' {
		i++
	}
	if len(b)-i >= 8 {
		if n := wordDecimal(word(b, i)); n > 0 {
			return wholeLine(b, i+n)
		}
	}
	first, most := i, pos+minLine
	if i = skipDigits(b, i, most); i == first {
		return 0
	}
	if i < len(b) && i < most && b[i] == '.' {
		i = skipDigits(b, i+1, most)
	}
	return wholeLine(b, i)
}

// skipDigits returns the end of the digits at i, at most stop.
func skipDigits(b []byte, i, stop int) int {
	for i < len(b) && i < stop && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// value checks the value at pos. It returns the end of the value, or, if the value has children, the start of
// its first element and the number of elements. next is 0 if bytes are missing.
func (s *Scanner) value(b []byte, pos int) (next, children int, err *ProtocolError) {
	if pos >= len(b) {
		s.need = minValue
		return 0, 0, nil
	}
	kind := Kind(b[pos])
	if err := knownKind(b[pos:]); err != nil {
		return 0, 0, err
	}
	cr, err := s.line(b, pos)
	if cr == 0 || err != nil {
		return 0, 0, err
	}
	next = cr + 2
	line := b[pos+1 : cr]
	ok := true
	switch kind {
	case KindStatus, KindError, KindDouble:
		// Servers spell some doubles as their C library does. The end of the value is known, so an unusual
		// spelling matters only to the reader of the number, and not to the stream.
	case KindInteger:
		_, ok = parseInt(line)
	case KindNull:
		ok = len(line) == 0
	case KindBool:
		ok = string(line) == "t" || string(line) == "f"
	case KindBigNumber:
		ok = isBigNumber(line)
	case KindBulk, KindVerbatim, KindBlobError:
		next, err = s.blob(b, pos, next, line)
	default:
		children, err = s.aggregate(pos, next, kind, line)
	}
	if !ok {
		err = &ProtocolError{Reason: "malformed " + kind.String(), Got: excerpt(b[pos:cr])}
	}
	return next, children, err
}

// knownKind refuses first bytes with which no value begins.
func knownKind(b []byte) *ProtocolError {
	switch b[0] {
	case '+', '-', ':', '$', '*', '_', ',', '#', '!', '=', '(', '%', '~', '|', '>':
		return nil
	case ';', '.':
		return &ProtocolError{Reason: "streamed strings and aggregates are not supported", Got: excerpt(b)}
	}
	return &ProtocolError{Reason: "no RESP value starts with this byte", Got: excerpt(b)}
}

// line returns the position of the CR LF of the line at pos, 0 if it has not come.
func (s *Scanner) line(b []byte, pos int) (cr int, err *ProtocolError) {
	longest := s.limits.Line
	from := min(max(pos+1, s.seen), len(b))
	to := max(from, min(len(b), pos+1+longest+1)) // the CR of a line that fits comes before this position
	i := bytes.IndexByte(b[from:to], '\r')
	if i < 0 {
		if len(b)-pos-1 > longest {
			return 0, &ProtocolError{Reason: overLimit("line", int64(longest))}
		}
		s.seen, s.need = len(b), 2
		return 0, nil
	}
	cr = from + i
	if cr+1 == len(b) {
		s.seen, s.need = cr, 1
		return 0, nil
	}
	if b[cr+1] != '\n' {
		return 0, &ProtocolError{Reason: "CR in a line without LF behind it", Got: excerpt(b[cr : cr+2])}
	}
	return cr, nil
}

// blob checks the bytes of a bulk string, verbatim string or blob error whose header is line and whose text
// starts at pos. It returns the end of the value, or 0 if the end has not come.
func (s *Scanner) blob(b []byte, start, pos int, line []byte) (next int, err *ProtocolError) {
	kind := Kind(b[start])
	n, ok := parseLength(line) // wholeValues has skipped the nulls
	if !ok {
		return 0, badLength(kind, line)
	}
	if n > s.limits.Bulk {
		return 0, &ProtocolError{
			Reason: overLimit(kind.String()+" of "+strconv.FormatInt(n, 10)+" bytes", s.limits.Bulk)}
	}
	if n > s.limits.Frame-int64(pos)-2 {
		return 0, &ProtocolError{Reason: overLimit("frame", s.limits.Frame)}
	}
	if kind == KindVerbatim && n < 4 {
		return 0, badLength(kind, line)
	}
	end := pos + int(n) + 2
	if end > len(b) {
		s.end = end
		return 0, nil
	}
	if b[end-2] != '\r' || b[end-1] != '\n' {
		return 0, &ProtocolError{Reason: noLineEnd(kind), Got: excerpt(b[end-2 : end])}
	}
	if kind == KindVerbatim && b[pos+3] != ':' {
		return 0, &ProtocolError{Reason: "verbatim string without its format and a colon",
			Got: excerpt(b[pos : pos+4])}
	}
	return end, nil
}

// aggregate returns the number of elements in the header line.
func (s *Scanner) aggregate(start, pos int, kind Kind, line []byte) (children int, err *ProtocolError) {
	if kind == KindArray && string(line) == "-1" {
		return 0, nil
	}
	n, ok := parseLength(line)
	if !ok {
		return 0, badLength(kind, line)
	}
	if kind == KindPush && len(s.stack) > 0 {
		return 0, &ProtocolError{Reason: "push inside another value"}
	}
	if len(s.stack) >= s.limits.Depth {
		return 0, &ProtocolError{Reason: "nested deeper than the limit of " + strconv.Itoa(s.limits.Depth)}
	}
	unit := int64(1)
	if kind == KindMap || kind == KindAttribute {
		unit = 2
	}
	if n > s.limits.Elements/unit {
		what := fmt.Sprintf("%s of %d elements", kind, n)
		if unit == 2 {
			what = fmt.Sprintf("%s of %d pairs", kind, n)
		}
		return 0, &ProtocolError{Reason: what + " is over the limit of " +
			strconv.FormatInt(s.limits.Elements, 10) + " elements"}
	}
	if n*unit > (s.limits.Frame-int64(pos))/minValue {
		return 0, &ProtocolError{Reason: overLimit("frame", s.limits.Frame)}
	}
	return int(n * unit), nil
}

// badLength returns the error for an invalid length.
func badLength(kind Kind, line []byte) *ProtocolError {
	reason := "malformed length of " + article(kind)
	if len(line) > 0 && line[0] == '?' {
		reason = "streamed strings and aggregates are not supported"
	}
	return &ProtocolError{Reason: reason, Got: excerpt(append([]byte{byte(kind)}, line...))}
}

func overLimit(what string, limit int64) string {
	return what + " is over the limit of " + strconv.FormatInt(limit, 10) + " bytes"
}

func noLineEnd(kind Kind) string {
	return kind.String() + " without CR LF behind it"
}
