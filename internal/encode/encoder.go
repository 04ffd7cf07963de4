// Package encode writes commands as they go out: the words, their lengths and the header in front of them.
package encode

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"reflect"
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

// Fault says what cannot be sent. It becomes a redpoll.DataError.
type Fault struct {
	Command  string // the command's name
	Argument string // which argument, never its value
	Reason   string // what is wrong and what to do
}

// Error gives the reason.
func (f *Fault) Error() string { return f.Reason }

// Encoder writes commands as the wire wants them, one after the other into one
// buffer. The generated methods of Pipeline use it:
//
//	e := p.begin(&methods[mSet])
//	e.Key(key)
//	e.Value("value", value)
//
// Of what a caller passes in only the bytes of large values are kept, see
// wire.Hole, until Forget; so values that arrive as any stay on the caller's
// stack. The first fault is remembered; what is in the buffer must not be sent
// then.
type Encoder struct {
	Buf      []byte
	Holes    []wire.Hole   // large arguments, which are not copied into Buf
	Outside  int           // their length
	Later    bool          // what is written is not sent at once: of values that can change a copy is kept
	Encoding TextEncoding  // nil: strings are sent as they are
	Info     *command.Info // the running command, for error texts
	Err      error         // the first fault
	At       int           // where the running command starts in Buf
	Argc     int           // the number of words its head announces
	N        int           // the number of words written so far
	// NKeys is the number of keys, or other words, the last list that was counted had, for options and replies that must
	// match it.
	NKeys int
	// Once says that an argument or option made a repeatable command one which
	// must not run twice: a second SET NX answers something else than the first,
	// and a second SDIFFSTORE b a b leaves something else. See repeat.go.
	Once bool
	// AutoID says that an option leaves the ID of a new entry to the server; NewID looks at it.
	AutoID bool
	// NoStart and NoEnd say that the last range of times has no limit there, for options that need one.
	NoStart, NoEnd bool
	// Blocks says that the server may hold the command back for up to Wait; 0: without end.
	Blocks bool
	Wait   time.Duration
	// Busy says of a command that blocks that the server works meanwhile, within MULTI and EXEC too.
	Busy bool
}

// Reset prepares the encoder for a new request. The buffer is used from its beginning.
func (e *Encoder) Reset(buf []byte, text TextEncoding) {
	// Field by field: a literal is built on the stack first, and its copy waits for those small writes.
	e.Buf, e.Encoding, e.Err = buf[:0], text, nil
	e.At, e.Argc, e.N, e.NKeys = 0, 0, 0, 0
	e.Once, e.AutoID, e.Blocks = false, false, false
	if len(e.Holes) > 0 {
		e.Forget(0)
	}
}

// Forget takes back the large arguments that stand in the buffer from some place on.
func (e *Encoder) Forget(from int) {
	n := len(e.Holes)
	for n > 0 && e.Holes[n-1].At >= from {
		n--
		e.Outside -= len(e.Holes[n].Data)
	}
	clear(e.Holes[n:])
	e.Holes = e.Holes[:n]
}

// Size is how many bytes the commands so far have on the wire.
func (e *Encoder) Size() int { return len(e.Buf) + e.Outside }

// outside writes a large value, which stays where it is.
//
//go:noinline
func (e *Encoder) outside(b []byte) {
	e.Buf = appendLength(append(e.Buf, '$'), len(b))
	e.Holes = append(e.Holes, wire.Hole{At: len(e.Buf), Data: b})
	e.Outside += len(b)
	e.Buf = append(e.Buf, '\r', '\n')
}

// Block marks a command that the server may hold back for up to d; 0: without end.
func (e *Encoder) Block(d time.Duration) { e.Blocks, e.Wait, e.Busy = true, d, false }

// Work marks a command that the server may work on for up to d. It is treated like one that the server holds back, so
// that nobody waits behind it on the same connection, and its time is added to that for a reply.
func (e *Encoder) Work(d time.Duration) {
	if d > 0 {
		e.Blocks, e.Wait, e.Busy = true, d, true
	}
}

// Urgent marks a command that a connection of its own is made for: like one that the server holds back, but it is not
// held back for any time worth the name.
func (e *Encoder) Urgent() { e.Block(1) }

// Open starts a command. head is its array header and its first words as they
// go out; argc is the number of words that header announces. Where more words
// follow the header is corrected when the command is complete.
//
// It is not inlined, and neither is what every command calls: copied into hundreds of functions, a few lines become a
// good part of the package.
//
//go:noinline
func (e *Encoder) Open(head string, argc int) {
	e.Complete()
	e.At = len(e.Buf)
	e.Buf = append(e.Buf, head...)
	e.Argc = argc
	e.N = argc
}

// Complete corrects the array header of the running command.
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

// Elements is the number of elements that the reply must have when only so many words of the command get none; 255: it is
// the length of the last list that was counted.
func (e *Encoder) Elements(without uint8) int {
	if without == math.MaxUint8 {
		return e.NKeys
	}
	return e.N - int(without)
}

// Finish completes the last command and gives the bytes to send, or the first
// fault.
func (e *Encoder) Finish() ([]byte, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	e.Complete()
	return e.Buf, nil
}

// Fail remembers the first fault.
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

// A value longer than largeValue makes room for itself and for what surrounds it, so that it is not copied again
// when the line end does not fit any more.
const (
	largeValue   = 4 << 10
	bulkOverhead = 64
)

// Bulk writes a string as it is. See Open for why it is not inlined.
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

// appendBulk appends the header of a bulk string, and makes room for a large one.
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
// Most commands spend their time here, so what most strings need is in one piece.
func (e *Encoder) Text(s string) {
	const (
		end    = '\r' | '\n'<<8
		around = 1 + 2 + 2 + 2 // a mark, two digits and two line ends; and no less than a word is written at once
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
	e.Buf = e.Buf[:at+4+n+2] // of itself: no pointer is stored, which a running collector would want to know of
}

// text is Text for what is long, does not fit, or has to be encoded.
//
//go:noinline
func (e *Encoder) text(s string) {
	if e.Encoding != nil {
		e.encoded("", s)
		return
	}
	e.Bulk(s)
}

// encoded writes prefix as it is and s in the client's text encoding.
func (e *Encoder) encoded(prefix, s string) {
	start := len(e.Buf)
	buf := append(e.Buf, prefix...)
	// The encoding is foreign code. It gets a copy, so that what the caller
	// passed in need not live on the heap.
	buf, err := e.Encoding.AppendEncode(buf, strings.Clone(s))
	if err != nil {
		e.Fail("text", Unwritable(err))
		return
	}
	var head [24]byte
	h := appendLength(append(head[:0], '$'), len(buf)-start)
	buf = splice(buf, start, start, h)
	e.Buf = append(buf, '\r', '\n')
}

// Unwritable says that a text has no form in the client's encoding.
func Unwritable(err error) string {
	return "cannot be written in the client's encoding: " + strings.TrimPrefix(err.Error(), "redpoll: ")
}

// splice replaces buf[from:to] by text, which is not part of buf. It is slices.Replace without the cost of compiling that.
func splice(buf []byte, from, to int, text []byte) []byte {
	end := len(buf)
	buf = append(buf, text...)
	copy(buf[from+len(text):], buf[to:end])
	copy(buf[from:], text)
	return buf[:end+len(text)-(to-from)]
}

// Word writes a word of the protocol, never in the text encoding.
//
//go:noinline
func (e *Encoder) Word(s string) { e.Bulk(s) }

// Key writes one key. See Open for why it is not inlined.
//
//go:noinline
func (e *Encoder) Key(s string) { e.Text(s) }

// Some refuses a list without items, and counts the words of one with n items.
//
//go:noinline
func (e *Encoder) Some(argument string, n, wordsEach int) {
	if n == 0 {
		e.Fail(argument, "needs at least one")
	}
	e.N += n * wordsEach
}

// List writes every string of a list that must not be empty; the words are
// counted.
func (e *Encoder) List(argument string, list []string) {
	e.Some(argument, len(list), 1)
	for _, s := range list {
		e.Text(s)
	}
}

// AnyList writes every string of a list that may be empty; the words are
// counted.
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

// Value writes a value of one of the accepted types. Others are refused; the
// switch is on concrete types only, so that v does not escape. The bytes of a
// large one are not copied.
func (e *Encoder) Value(argument string, v any) {
	if s, ok := v.(string); ok { // as mostly
		if len(s) >= wire.Large && e.Encoding == nil {
			e.outside(wire.BytesOf(s))
			return
		}
		e.Text(s)
		return
	}
	switch v := v.(type) {
	case []byte:
		if len(v) >= wire.Large {
			if e.Later {
				v = bytes.Clone(v)
			}
			e.outside(v)
			return
		}
		e.BulkBytes(v)
	case int:
		e.Int(int64(v))
	case int64:
		e.Int(v)
	case int32:
		e.Int(int64(v))
	case int16:
		e.Int(int64(v))
	case int8:
		e.Int(int64(v))
	case uint:
		e.Uint(uint64(v))
	case uint64:
		e.Uint(v)
	case uint32:
		e.Int(int64(v))
	case uint16:
		e.Int(int64(v))
	case uint8:
		e.Int(int64(v))
	case float64:
		e.Float(v)
	case float32:
		var digits [32]byte
		e.BulkBytes(floattext.Append(digits[:0], float64(v), 32))
	case *big.Int:
		e.bigInt(argument, v)
	default:
		e.refuse(argument, v)
	}
}

// Uint writes a whole number.
func (e *Encoder) Uint(n uint64) {
	var digits [20]byte
	e.BulkBytes(strconv.AppendUint(digits[:0], n, 10))
}

func (e *Encoder) bigInt(argument string, n *big.Int) {
	if n == nil {
		e.Fail(argument, "is a nil *big.Int")
		return
	}
	var digits [64]byte
	e.BulkBytes(n.Append(digits[:0], 10))
}

// refuse explains why v is not a value. It must look at v's type only, or v
// would escape.
func (e *Encoder) refuse(argument string, v any) {
	switch v.(type) {
	case nil:
		e.Fail(argument, "is nil; pass an empty string, or delete instead of setting")
	case bool:
		e.Fail(argument, "is a bool; pass 1 or 0, or a string")
	case time.Duration:
		e.Fail(argument, "is a time.Duration; pass a number in the unit you want, such as d.Milliseconds()")
	case time.Time:
		e.Fail(argument, "is a time.Time; pass t.Unix(), t.UnixMilli() or t.Format(layout)")
	default:
		e.Fail(argument, "has the type "+reflect.TypeOf(v).String()+
			"; only string, []byte, integers, floats and *big.Int can be sent, so convert it first")
	}
}

// Values writes every value of a list that must not be empty; the words are
// counted.
func (e *Encoder) Values(argument string, list []any) {
	e.Some(argument, len(list), 1)
	for _, v := range list {
		e.Value(argument, v)
	}
}

// AnyValues is values for a list that may be empty.
func (e *Encoder) AnyValues(argument string, list []any) {
	if len(list) > 0 {
		e.Values(argument, list)
	}
}

// Pairs writes names and values in turn; the words are counted.
func (e *Encoder) Pairs(argument string, list []any) {
	switch {
	case len(list) == 0:
		e.Fail(argument, "needs at least one name and its value")
	case len(list)%2 != 0:
		e.Fail(argument, "has a name without a value: "+strconv.Itoa(len(list))+" is not an even number")
	default:
		e.Values(argument, list)
	}
}

// Bound writes an end of a range: a number, or text such as "(1", "-inf",
// "[a" and "+".
func (e *Encoder) Bound(argument string, v any) {
	s, ok := v.(string)
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

// Lex writes an end of a range of members: "-", "+", "[a" or "(a". Its mark
// belongs to the protocol, what follows is user data.
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
