// Package encode writes commands in the form of the wire: the words, their lengths and the array header in
// front of them.
package encode

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// TextEncoding is redpoll.TextEncoding.
type TextEncoding interface {
	AppendEncode(dst []byte, s string) ([]byte, error)
	AppendDecode(dst, raw []byte) ([]byte, error)
}

// Fault is an argument that cannot be sent. It becomes a redpoll.DataError.
type Fault struct {
	Command  string // name of the command
	Argument string // name of the argument, without its value
	Reason   string // fault and remedy
}

// Error returns the reason.
func (f *Fault) Error() string { return f.Reason }

// Encoder writes commands one after the other into one buffer. The generated functions of package redpoll use
// it, one function for each method:
//
//	func encodeHGet(e *encoder, key, field string) {
//		e.Begin(&command.Infos[command.OpHGet], "*3\r\n$4\r\nHGET\r\n", 3)
//		e.Key(key)
//		e.Text(field)
//	}
//
// Of the caller's arguments it keeps only the bytes of large values, see wire.Hole, until Forget; so values
// that are passed as any stay on the caller's stack. It keeps the first fault. After a fault the buffer must
// not be sent.
type Encoder struct {
	Buf      []byte
	Holes    []wire.Hole   // large arguments, not copied into Buf
	Outside  int           // total length of Holes
	Later    bool          // the commands are not sent at once, so values that can change are copied
	Encoding TextEncoding  // nil if strings are sent unchanged
	Info     *command.Info // the present command, for error texts
	Err      error         // the first fault
	At       int           // start of the present command in Buf
	Argc     int           // number of words in its array header
	N        int           // number of words written so far
	// NKeys is the number of keys, or other words, in the last counted list, for options and replies that
	// must match it; AnyKeys if an option is written by itself.
	NKeys int
	// Elements is the number of elements that the reply must have, one for each argument of a list. 0 means
	// no check.
	Elements int
	// Once says that an argument or option made a repeatable command one that must not run twice: a second
	// SET NX has another reply, and a second SDIFFSTORE b a b has another result. See repeat.go.
	Once bool
	// AutoID says that an option lets the server choose the ID of a new entry; NewID checks it.
	AutoID bool
	// NoStart and NoEnd say that the last range of times has no start or no end, for options that need one.
	NoStart, NoEnd bool
	// Blocks says that the server may hold the command back for up to Wait. 0 means without end.
	Blocks bool
	Wait   time.Duration
	// Busy says that the server works on the command while it blocks, even inside MULTI and EXEC.
	Busy bool
}

// AnyKeys is the NKeys of an encoder that writes an option by itself.
const AnyKeys = -1

// Reset prepares the encoder for a new request. buf is overwritten from its beginning.
func (e *Encoder) Reset(buf []byte, text TextEncoding) {
	// Field by field: a literal would be built on the stack first, and then be copied.
	e.Buf, e.Encoding, e.Err = buf[:0], text, nil
	if len(e.Holes) > 0 {
		e.Forget(0)
	}
}

// Forget drops the large arguments from a position of the buffer on.
func (e *Encoder) Forget(from int) {
	n := len(e.Holes)
	for n > 0 && e.Holes[n-1].At >= from {
		n--
		e.Outside -= len(e.Holes[n].Data)
	}
	clear(e.Holes[n:])
	e.Holes = e.Holes[:n]
}

// Size is the number of bytes of all commands on the wire.
func (e *Encoder) Size() int { return len(e.Buf) + e.Outside }

// outside writes a large value without a copy.
func (e *Encoder) outside(b []byte) {
	e.Buf = appendLength(append(e.Buf, '$'), len(b))
	e.Holes = append(e.Holes, wire.Hole{At: len(e.Buf), Data: b})
	e.Outside += len(b)
	e.Buf = append(e.Buf, '\r', '\n')
}

// Block marks a command that the server may hold back for up to d. 0 means without end.
func (e *Encoder) Block(d time.Duration) { e.Blocks, e.Wait, e.Busy = true, d, false }

// Work marks a command that the server may work on for up to d. Like a blocking command, it does not delay
// other commands on the same connection, and d is added to the time-out of its reply.
func (e *Encoder) Work(d time.Duration) {
	if d > 0 {
		e.Blocks, e.Wait, e.Busy = true, d, true
	}
}

// Urgent marks a command that gets a connection of its own, like a blocking command, but with no noticeable
// wait.
func (e *Encoder) Urgent() { e.Block(1) }

// Begin starts a command. info describes it; head is its array header and its first words in the form of the
// wire; argc is the number of words in the header. If more words follow, Complete corrects the header.
//
// Begin is not inlined, nor is anything else that every command calls: a few lines that are copied into
// hundreds of functions become a large part of the package.
//
//go:noinline
func (e *Encoder) Begin(info *command.Info, head string, argc int) {
	e.Info = info
	e.NKeys, e.Elements = 0, 0
	e.Once, e.AutoID, e.Blocks = false, false, false
	e.At = len(e.Buf)
	e.Buf = append(e.Buf, head...)
	e.Argc, e.N = argc, argc
}

// Complete corrects the array header of the present command.
func (e *Encoder) Complete() {
	if e.N != e.Argc {
		e.complete()
	}
}

func (e *Encoder) complete() {
	old := 1
	for e.Buf[e.At+old] != '\r' {
		old++
	}
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], int64(e.N), 10)
	e.Buf = splice(e.Buf, e.At+1, e.At+old, d)
	for i := len(e.Holes) - 1; i >= 0 && e.Holes[i].At > e.At; i-- {
		e.Holes[i].At += len(d) - (old - 1)
	}
	e.Argc = e.N
}

// Finish completes the last command and returns the bytes to send, or the first fault.
func (e *Encoder) Finish() ([]byte, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	e.Complete()
	return e.Buf, nil
}

// Fail records a fault, if it is the first one.
//
//go:noinline
func (e *Encoder) Fail(argument, reason string) {
	if e.Err != nil {
		return
	}
	name := ""
	if e.Info != nil {
		name = e.Info.Name
	}
	e.Err = &Fault{Command: name, Argument: argument, Reason: reason}
}

// For a value longer than largeValue the buffer grows by bulkOverhead more, so that it is not copied again
// for the line end.
const (
	largeValue   = 4 << 10
	bulkOverhead = 64
)

// Bulk writes a string unchanged. See Begin for the reason why it is not inlined.
//
//go:noinline
func (e *Encoder) Bulk(s string) {
	e.Buf = appendBulk(e.Buf, len(s))
	e.Buf = append(append(e.Buf, s...), '\r', '\n')
}

// BulkBytes is Bulk for bytes.
//
//go:noinline
func (e *Encoder) BulkBytes(s []byte) {
	e.Buf = appendBulk(e.Buf, len(s))
	e.Buf = append(append(e.Buf, s...), '\r', '\n')
}

// appendBulk appends the header of a bulk string. For a large one it makes room first.
func appendBulk(b []byte, n int) []byte {
	if n > largeValue {
		b = slices.Grow(b, n+bulkOverhead)
	}
	return appendLength(append(b, '$'), n)
}

// appendLength appends n and the line end.
func appendLength(b []byte, n int) []byte {
	if n < 10 {
		return append(b, byte('0'+n), '\r', '\n')
	}
	if n < 100 {
		return append(b, byte('0'+n/10), byte('0'+n%10), '\r', '\n')
	}
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\r', '\n')
}

// Text writes user data: a key, a field, a member, a pattern.
//
// Most commands spend their time here, so the code for most strings is in one piece.
func (e *Encoder) Text(s string) {
	const (
		end = '\r' | '\n'<<8
		// around is a mark, two digits and two line ends; it is at least the size of the write of a word.
		around = 1 + 2 + 2 + 2
	)
	n, at := len(s), len(e.Buf)
	if e.Encoding != nil || n >= 100 || n+around+1 > cap(e.Buf)-at {
		e.text(s)
		return
	}
	b := e.Buf[at : at+n+around+1]
	if n < 10 {
		binary.LittleEndian.PutUint64(b, '$'|uint64('0'+n)<<8|end<<16)
		b = b[4:]
	} else {
		tens := uint64(n) / 10
		binary.LittleEndian.PutUint64(b, '$'|('0'+tens)<<8|('0'+uint64(n)-10*tens)<<16|end<<24)
		b = b[5:]
		at++
	}
	copy(b, s)
	b[n], b[n+1] = '\r', '\n'
	// Slicing e.Buf itself stores no pointer, so there is no write barrier for the garbage collector.
	e.Buf = e.Buf[:at+4+n+2]
}

// text is Text for strings that are long, do not fit, or must be encoded.
func (e *Encoder) text(s string) {
	if e.Encoding != nil {
		e.encoded("", s)
		return
	}
	e.Bulk(s)
}

// textArgument is the argument in faults of a text encoding.
const textArgument = "text"

// encoded writes prefix unchanged and s in the client's text encoding.
func (e *Encoder) encoded(prefix, s string) {
	start := len(e.Buf)
	buf := append(e.Buf, prefix...)
	// The encoding is user code. It gets a copy, so that the caller's argument can stay on the stack.
	buf, err := e.Encoding.AppendEncode(buf, strings.Clone(s))
	if err != nil {
		e.Fail(textArgument, Unwritable(err))
		return
	}
	var head [24]byte
	h := appendLength(append(head[:0], '$'), len(buf)-start)
	buf = splice(buf, start, start, h)
	e.Buf = append(buf, '\r', '\n')
}

// Unwritable is the reason if a text cannot be written in the client's encoding.
func Unwritable(err error) string {
	return "cannot be written in the client's encoding: " + strings.TrimPrefix(err.Error(), "redpoll: ")
}

// splice replaces buf[from:to] by text, which must not be part of buf. It is slices.Replace, but faster to
// compile.
func splice(buf []byte, from, to int, text []byte) []byte {
	end := len(buf)
	buf = append(buf, text...)
	copy(buf[from+len(text):], buf[to:end])
	copy(buf[from:], text)
	return buf[:end+len(text)-(to-from)]
}

// Word writes a word of the protocol, which is never encoded.
//
//go:noinline
func (e *Encoder) Word(s string) { e.Bulk(s) }

// Key writes one key. See Begin for the reason why it is not inlined.
//
//go:noinline
func (e *Encoder) Key(s string) { e.Text(s) }

// Some refuses an empty list, and counts the words of n items.
func (e *Encoder) Some(argument string, n, wordsEach int) {
	if n == 0 {
		e.Fail(argument, "needs at least one")
	}
	e.N += n * wordsEach
}

// List writes every string of a list that must not be empty; the words are counted.
func (e *Encoder) List(argument string, list []string) {
	e.Some(argument, len(list), 1)
	for _, s := range list {
		e.Text(s)
	}
}

// AnyList writes every string of a list that may be empty; the words are counted.
func (e *Encoder) AnyList(list []string) {
	e.N += len(list)
	for _, s := range list {
		e.Text(s)
	}
}

// Counted writes the length of a list and then the list.
func (e *Encoder) Counted(argument string, list []string) {
	e.N++
	e.Int(int64(len(list)))
	e.List(argument, list)
	e.NKeys = len(list)
}

// Int writes a whole number.
func (e *Encoder) Int(n int64) {
	if 0 <= n && n < 10 {
		e.Buf = append(e.Buf, '$', '1', '\r', '\n', byte('0'+n), '\r', '\n')
		return
	}
	var digits [20]byte
	e.BulkBytes(strconv.AppendInt(digits[:0], n, 10))
}

// Float writes a number in the shortest form that reads back the same.
func (e *Encoder) Float(f float64) {
	var digits [32]byte
	e.BulkBytes(floattext.Append(digits[:0], f, 64))
}

// Uint writes a whole number.
func (e *Encoder) Uint(n uint64) {
	var digits [20]byte
	e.BulkBytes(strconv.AppendUint(digits[:0], n, 10))
}

// Bound writes an end of a range: a number, or text such as "(1", "-inf", "[a" and "+".
func (e *Encoder) Bound(argument string, v any) {
	s, ok := stringOf(v)
	switch {
	case !ok:
		e.Value(argument, v)
	case s != "" && s[0] == '(' && isNumber(s[1:]):
		e.Bulk(s)
	default:
		e.Lex(s)
	}
}

func isNumber(s string) bool {
	_, err := floattext.Parse(s, 64)
	return err == nil
}

// Lex writes an end of a range of members: "-", "+", "[a" or "(a". Its mark belongs to the protocol, the rest
// is user data.
func (e *Encoder) Lex(s string) {
	if e.Encoding == nil || s == "" || (s[0] != '[' && s[0] != '(') {
		e.Bulk(s)
		return
	}
	e.encoded(s[:1], s[1:])
}

// Bit writes 0 or 1 and refuses anything else.
func (e *Encoder) Bit(argument string, bit int) {
	if bit != 0 && bit != 1 {
		e.Fail(argument, "is "+strconv.Itoa(bit)+"; a bit is 0 or 1")
		return
	}
	e.Int(int64(bit))
}
