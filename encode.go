package redpoll

import (
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/floattext"
)

// encoder writes commands as the wire wants them, one after the other into one
// buffer. The generated methods of Pipeline use it:
//
//	e := p.begin(&methods[mSet])
//	e.key(key)
//	e.value("value", value)
//
// Nothing that a caller passes in is kept, so values that arrive as any stay
// on the caller's stack. The first fault is remembered as a *DataError; what is
// in the buffer must not be sent then.
type encoder struct {
	buf  []byte
	text TextEncoding  // nil: strings are sent as they are
	info *command.Info // the running command, for error texts
	err  error
	at   int // where the running command starts in buf
	argc int // the number of words its head announces
	n    int // the number of words written so far
	// nkeys is the number of keys the last nkeys call wrote, for options that
	// must match it.
	nkeys int
	// once says that an option made a repeatable command one which must not
	// run twice: a second SET NX answers something else than the first.
	once bool
	// blocks says that the server may hold the command back for up to wait; 0: without end.
	blocks bool
	wait   time.Duration
	fill   filler // decodes the reply
	ok     bool   // whose only success is OK
}

// reset prepares the encoder for a new request. The buffer is used from its beginning.
func (e *encoder) reset(buf []byte, text TextEncoding) {
	// Field by field: a literal is built on the stack first, and its copy waits for those small writes.
	e.buf, e.text, e.err = buf[:0], text, nil
	e.at, e.argc, e.n, e.nkeys = 0, 0, 0, 0
	e.once, e.blocks = false, false
}

// block marks a command that the server may hold back for up to d; 0: without end.
func (e *encoder) block(d time.Duration) { e.blocks, e.wait = true, d }

// open starts a command. head is its array header and its first words as they
// go out; argc is the number of words that header announces. Where more words
// follow the header is corrected when the command is complete.
//
// It is not inlined, and neither is what every command calls: copied into hundreds of functions, a few lines become a
// good part of the package.
//
//go:noinline
func (e *encoder) open(head string, argc int) {
	e.close()
	e.at = len(e.buf)
	e.buf = append(e.buf, head...)
	e.argc = argc
	e.n = argc
}

// close corrects the array header of the running command.
func (e *encoder) close() {
	if e.n == e.argc {
		return
	}
	old := 1
	for e.buf[e.at+old] != '\r' {
		old++
	}
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], int64(e.n), 10)
	e.buf = slices.Replace(e.buf, e.at+1, e.at+old, d...)
	e.argc = e.n
}

// finish completes the last command and gives the bytes to send, or the first
// fault.
func (e *encoder) finish() ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	e.close()
	return e.buf, nil
}

// fail remembers the first fault.
//
//go:noinline
func (e *encoder) fail(argument, reason string) {
	if e.err != nil {
		return
	}
	name := ""
	if e.info != nil {
		name = e.info.Name
	}
	e.err = &DataError{Command: name, Argument: argument, Reason: reason}
}

// A value longer than largeValue makes room for itself and for what surrounds it, so that it is not copied again
// when the line end does not fit any more.
const (
	largeValue   = 4 << 10
	bulkOverhead = 64
)

// bulk writes a string as it is.
func (e *encoder) bulk(s string) {
	b, at := e.buf, len(e.buf)
	if end := at + len(s) + shortBulk; len(s) < 1000 && end <= cap(b) {
		b = b[:end]
		at = putHeader(b, at, len(s))
		at += copy(b[at:], s)
		b[at], b[at+1] = '\r', '\n'
		e.buf = b[:at+2]
		return
	}
	e.longBulk(s)
}

// bulkBytes is bulk for bytes.
func (e *encoder) bulkBytes(s []byte) {
	b, at := e.buf, len(e.buf)
	if end := at + len(s) + shortBulk; len(s) < 1000 && end <= cap(b) {
		b = b[:end]
		at = putHeader(b, at, len(s))
		at += copy(b[at:], s)
		b[at], b[at+1] = '\r', '\n'
		e.buf = b[:at+2]
		return
	}
	e.buf = appendBulk(e.buf, len(s))
	e.buf = append(append(e.buf, s...), '\r', '\n')
}

// longBulk is bulk for what does not fit, or has a length of many digits.
//
//go:noinline
func (e *encoder) longBulk(s string) {
	e.buf = appendBulk(e.buf, len(s))
	e.buf = append(append(e.buf, s...), '\r', '\n')
}

// appendBulk appends the header of a bulk string, and makes room for a large one.
func appendBulk(b []byte, n int) []byte {
	if n > largeValue {
		b = slices.Grow(b, n+bulkOverhead)
	}
	return appendLength(append(b, '$'), n)
}

// shortBulk is what a string of less than 1000 bytes has around it: a mark, three digits and two line ends.
const shortBulk = 1 + 3 + 2 + 2

// putHeader writes the header of a bulk string of n bytes, less than 1000, and gives the position behind it.
func putHeader(b []byte, at, n int) int {
	b[at] = '$'
	at++
	if n >= 10 {
		if n >= 100 {
			b[at] = byte('0' + n/100)
			at++
			n %= 100
		}
		b[at] = byte('0' + n/10)
		at++
		n %= 10
	}
	b[at], b[at+1], b[at+2] = byte('0'+n), '\r', '\n'
	return at + 3
}

// appendLength appends n and the line end.
func appendLength(b []byte, n int) []byte {
	if n < 10 {
		return append(b, byte('0'+n), '\r', '\n')
	}
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\r', '\n')
}

// string writes user data: a key, a field, a member, a pattern.
func (e *encoder) string(s string) {
	if e.text == nil {
		e.bulk(s)
		return
	}
	e.encoded("", s)
}

// encoded writes prefix as it is and s in the client's text encoding.
func (e *encoder) encoded(prefix, s string) {
	start := len(e.buf)
	buf := append(e.buf, prefix...)
	// The encoding is foreign code. It gets a copy, so that what the caller
	// passed in need not live on the heap.
	buf, err := e.text.AppendEncode(buf, strings.Clone(s))
	if err != nil {
		e.fail("text", "cannot be written in the client's encoding: "+err.Error())
		return
	}
	var head [24]byte
	h := appendLength(append(head[:0], '$'), len(buf)-start)
	buf = slices.Insert(buf, start, h...)
	e.buf = append(buf, '\r', '\n')
}

// word writes a word of the protocol, never in the text encoding.
//
//go:noinline
func (e *encoder) word(s string) { e.bulk(s) }

// key writes one key. See open for why it is not inlined.
//
//go:noinline
func (e *encoder) key(s string) { e.string(s) }

// some refuses a list without items, and counts the words of one with n items.
//
//go:noinline
func (e *encoder) some(argument string, n, wordsEach int) {
	if n == 0 {
		e.fail(argument, "needs at least one")
	}
	e.n += n * wordsEach
}

// list writes every string of a list that must not be empty; the words are
// counted.
func (e *encoder) list(argument string, list []string) {
	e.some(argument, len(list), 1)
	for _, s := range list {
		e.string(s)
	}
}

// anyList writes every string of a list that may be empty; the words are
// counted.
func (e *encoder) anyList(list []string) {
	e.n += len(list)
	for _, s := range list {
		e.string(s)
	}
}

// counted writes the length of a list and then the list.
func (e *encoder) counted(argument string, list []string) {
	e.n++
	e.int(int64(len(list)))
	e.list(argument, list)
	e.nkeys = len(list)
}

// int writes a whole number.
func (e *encoder) int(n int64) {
	if 0 <= n && n < 10 {
		e.buf = append(e.buf, '$', '1', '\r', '\n', byte('0'+n), '\r', '\n')
		return
	}
	var digits [20]byte
	e.bulkBytes(strconv.AppendInt(digits[:0], n, 10))
}

// float writes a number in the shortest form that reads back the same.
func (e *encoder) float(f float64) {
	var digits [32]byte
	e.bulkBytes(floattext.Append(digits[:0], f, 64))
}

// value writes a value of one of the accepted types. Others are refused; the
// switch is on concrete types only, so that v does not escape.
func (e *encoder) value(argument string, v any) {
	switch v := v.(type) {
	case string:
		e.string(v)
	case []byte:
		e.bulkBytes(v)
	case int:
		e.int(int64(v))
	case int64:
		e.int(v)
	case int32:
		e.int(int64(v))
	case int16:
		e.int(int64(v))
	case int8:
		e.int(int64(v))
	case uint:
		e.uint(uint64(v))
	case uint64:
		e.uint(v)
	case uint32:
		e.int(int64(v))
	case uint16:
		e.int(int64(v))
	case uint8:
		e.int(int64(v))
	case float64:
		e.float(v)
	case float32:
		var digits [32]byte
		e.bulkBytes(floattext.Append(digits[:0], float64(v), 32))
	case *big.Int:
		e.bigInt(argument, v)
	default:
		e.refuse(argument, v)
	}
}

func (e *encoder) uint(n uint64) {
	var digits [20]byte
	e.bulkBytes(strconv.AppendUint(digits[:0], n, 10))
}

func (e *encoder) bigInt(argument string, n *big.Int) {
	if n == nil {
		e.fail(argument, "is a nil *big.Int")
		return
	}
	var digits [64]byte
	e.bulkBytes(n.Append(digits[:0], 10))
}

// refuse explains why v is not a value. It must look at v's type only, or v
// would escape.
func (e *encoder) refuse(argument string, v any) {
	switch v.(type) {
	case nil:
		e.fail(argument, "is nil; pass an empty string, or delete instead of setting")
	case bool:
		e.fail(argument, "is a bool; pass 1 or 0, or a string")
	case time.Duration:
		e.fail(argument, "is a time.Duration; pass a number in the unit you want, such as d.Milliseconds()")
	case time.Time:
		e.fail(argument, "is a time.Time; pass t.Unix(), t.UnixMilli() or t.Format(layout)")
	default:
		e.fail(argument, "has the type "+reflect.TypeOf(v).String()+
			"; only string, []byte, integers, floats and *big.Int can be sent, so convert it first")
	}
}

// values writes every value of a list that must not be empty; the words are
// counted.
func (e *encoder) values(argument string, list []any) {
	e.some(argument, len(list), 1)
	for _, v := range list {
		e.value(argument, v)
	}
}

// anyValues is values for a list that may be empty.
func (e *encoder) anyValues(argument string, list []any) {
	if len(list) > 0 {
		e.values(argument, list)
	}
}

// pairs writes names and values in turn; the words are counted.
func (e *encoder) pairs(argument string, list []any) {
	switch {
	case len(list) == 0:
		e.fail(argument, "needs at least one name and its value")
	case len(list)%2 != 0:
		e.fail(argument, "has a name without a value: "+strconv.Itoa(len(list))+" is not an even number")
	default:
		e.values(argument, list)
	}
}

// scored writes members of a sorted set as ZADD wants them, score first; the
// words are counted.
func (e *encoder) scored(argument string, members []Z) {
	e.some(argument, len(members), 2)
	for i := range members {
		e.float(members[i].Score)
		e.string(members[i].Member)
	}
}

// bound writes an end of a range: a number, or text such as "(1", "-inf",
// "[a" and "+".
func (e *encoder) bound(argument string, v any) {
	s, ok := v.(string)
	switch {
	case !ok:
		e.value(argument, v)
	case s != "" && s[0] == '(' && isNumber(s[1:]):
		e.bulk(s)
	default:
		e.lex(s)
	}
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// lex writes an end of a range of members: "-", "+", "[a" or "(a". Its mark
// belongs to the protocol, what follows is user data.
func (e *encoder) lex(s string) {
	if e.text == nil || s == "" || (s[0] != '[' && s[0] != '(') {
		e.bulk(s)
		return
	}
	e.encoded(s[:1], s[1:])
}

// bit writes 0 or 1 and refuses anything else.
func (e *encoder) bit(argument string, bit int) {
	if bit != 0 && bit != 1 {
		e.fail(argument, "is "+strconv.Itoa(bit)+"; a bit is 0 or 1")
		return
	}
	e.int(int64(bit))
}
