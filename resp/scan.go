package resp

import (
	"bytes"
	"fmt"
	"strconv"
)

// Scanner finds the end of one frame in a buffer that grows, and checks on the
// way that the frame is well formed and within the [Limits]: first bytes,
// lengths, numbers, line ends and nesting. It keeps its place between calls, so
// that a frame which arrives in pieces is looked at once.
//
// The zero Scanner works with the default limits. It allocates only for its
// stack, which grows with the depth of nesting and is kept. It is for one
// goroutine at a time.
//
// Streamed strings and aggregates of RESP3 (those with "?" for a length) are
// refused, no server sends them. So is a push inside another value, which is
// a reply that has been torn apart: its elements could not be told from
// those of the push.
type Scanner struct {
	limits   Limits
	frame    int // limits.Frame
	bulk     int // limits.Bulk
	elements int // limits.Elements

	busy  bool  // a frame is under way, or err is set
	pos   int   // where the value that is under way starts
	seen  int   // no CR stands between pos and here
	end   int   // where the bulk string that is under way ends, 0 without one
	left  int   // values that are missing at the current level
	stack []int // the same for the levels around it
	need  int   // what Need returns
	err   *ProtocolError
}

// Init sets the limits and makes the scanner ready for a new stream.
func (s *Scanner) Init(l Limits) {
	l = l.withDefaults()
	*s = Scanner{limits: l, frame: int(l.Frame), bulk: int(l.Bulk), elements: int(l.Elements), stack: s.stack[:0]}
}

// Scan looks for the end of the frame at the start of b. When it returns n > 0,
// b[:n] is one whole, valid frame and the scanner is ready for the next one.
// When it returns 0 and no error, bytes are missing: call it again with the
// same bytes and more of them behind (at another address if you like).
//
// The error is a [*ProtocolError]; it stays until Init. Attributes are part of
// the frame of the value that follows them. Scan does not keep b.
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

// Need returns a lower bound, at least 1, of the bytes that were missing after
// the last Scan that found its frame incomplete. It is what the peer claims:
// do not allocate by it.
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
	// Nothing behind the longest frame is looked at: so no position below can
	// go beyond it, and a frame that is not whole within it is too long.
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
		// An attribute is not one of the values that are missing: the value
		// it belongs to is.
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
		// One byte behind a bulk string is enough to see that it is wrong.
		if len(b) == s.end-1 && b[s.end-2] != '\r' {
			return s.fail(&ProtocolError{Reason: noLineEnd(Kind(b[s.pos])), Got: excerpt(b[s.end-2:])})
		}
		s.need = s.end - len(b)
	}
	return 0, nil
}

// fail records the error, after which nothing can be scanned any more.
func (s *Scanner) fail(err *ProtocolError) (int, error) {
	s.busy, s.err = true, err
	return 0, err
}

// wholeValues steps over the plain values at pos that are whole and well formed,
// at most left of them, and over arrays of two such values if pairs is set: lists
// of members with their scores are made of those. It returns where it stopped
// and how many values are missing there; outer is -1 unless that is within
// a pair, when it is how many are missing around it. Other aggregates, and
// whatever is cut short, wrong or rare, is left to the caller. This is where
// the client spends its time.
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
			// Most are of less than a hundred bytes.
			n, i := int(b[pos+1]-'0'), pos+2
			if c := b[i] - '0'; c <= 9 {
				n, i = n*10+int(c), i+1
			}
			text := b[i:]
			if b[pos+1]-'0' > 9 || n > maxBulk || n > len(text)-4 || text[0] != '\r' || text[1] != '\n' || text[n+2] != '\r' || text[n+3] != '\n' {
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

// wholeBulk returns the end of the bulk string or null at pos, where minValue
// bytes are, or 0 for one that needs a closer look.
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

// shortHeader returns the end and the number of elements of an array, set or map
// header at pos with less than ten elements or pairs, or 0 for what needs a closer
// look.
func (s *Scanner) shortHeader(b []byte, pos int) (next, children int) {
	if len(b)-pos < 4 || b[pos+2] != '\r' || b[pos+3] != '\n' || b[pos+1]-'0' > 9 {
		return 0, 0
	}
	children = int(b[pos+1] - '0')
	switch b[pos] {
	case '*', '~':
	case '%':
		children *= 2
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

// wholeStatus returns the end of the status at pos, or 0 for one that needs a
// closer look: those of servers are short.
func wholeStatus(b []byte, pos int) int {
	for i := pos + 1; i < len(b) && i <= pos+minLine; i++ {
		if b[i] == '\r' {
			return wholeLine(b, i)
		}
	}
	return 0
}

// wholeInteger returns the end of the integer at pos, or 0 for one that needs a
// closer look.
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

// wholeDouble returns the end of the double at pos, or 0 for one that needs a
// closer look, such as those with an exponent.
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

// skipDigits returns where the digits at i end, at stop at the latest.
func skipDigits(b []byte, i, stop int) int {
	for i < len(b) && i < stop && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// value checks the value at pos. It returns where the value ends, or where its
// first element starts if it has children, the number of its elements. next is 0
// if bytes are missing.
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
		// Servers spell some doubles as their C library does. Its line says where the value ends, so an odd
		// spelling concerns whoever reads the number, and not the stream.
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

// knownKind refuses first bytes that start no value.
func knownKind(b []byte) *ProtocolError {
	switch b[0] {
	case '+', '-', ':', '$', '*', '_', ',', '#', '!', '=', '(', '%', '~', '|', '>':
		return nil
	case ';', '.':
		return &ProtocolError{Reason: "streamed strings and aggregates are not supported", Got: excerpt(b)}
	}
	return &ProtocolError{Reason: "no RESP value starts with this byte", Got: excerpt(b)}
}

// line returns where the CR LF of the line at pos stands, 0 if it has not come.
func (s *Scanner) line(b []byte, pos int) (cr int, err *ProtocolError) {
	longest := s.limits.Line
	from := min(max(pos+1, s.seen), len(b))
	to := max(from, min(len(b), pos+1+longest+1)) // a line that fits has its CR in front of here
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

// blob checks the bytes of a bulk string, verbatim string or blob error whose
// header is line and whose text starts at pos. It returns the end of the value,
// or 0 if that has not come.
func (s *Scanner) blob(b []byte, start, pos int, line []byte) (next int, err *ProtocolError) {
	kind := Kind(b[start])
	n, ok := parseLength(line) // wholeValues has taken the nulls
	if !ok {
		return 0, badLength(kind, line)
	}
	if n > s.limits.Bulk {
		return 0, &ProtocolError{Reason: overLimit(kind.String()+" of "+strconv.FormatInt(n, 10)+" bytes", s.limits.Bulk)}
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
		return 0, &ProtocolError{Reason: "verbatim string without its format and a colon", Got: excerpt(b[pos : pos+4])}
	}
	return end, nil
}

// aggregate returns the number of elements that the header line claims.
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
		return 0, &ProtocolError{Reason: what + " is over the limit of " + strconv.FormatInt(s.limits.Elements, 10) + " elements"}
	}
	if n*unit > (s.limits.Frame-int64(pos))/minValue {
		return 0, &ProtocolError{Reason: overLimit("frame", s.limits.Frame)}
	}
	return int(n * unit), nil
}

// badLength explains a length that is none.
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
