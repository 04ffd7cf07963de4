package redpoll

import (
	"context"
	"strconv"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/resp"
)

// lent is a buffer that the connection fills; the caller copies its content and gives it back. Only the
// caller writes to the caller's memory, because a call that was given up may still be decoded.
type lent struct{ b []byte }

// maxLent is the size of the largest buffer that is kept for another call.
const maxLent = 1 << 20

// lentBuffers are the unused buffers.
var lentBuffers spare.Pool[lent]

// kindLent is for calls that append their result.
var kindLent = kind{fill: intoLent}

func intoLent(d *reply, slot any) error { return decodeLent(d, slot.(**lent)) }

// decodeLent reads a string into a buffer from the pool.
func decodeLent(d *reply, v **lent) error {
	if d.Null() {
		return decode.ErrMissing
	}
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	if d.Given {
		*v = &lent{b}
		return nil
	}
	l := lentBuffers.Get()
	if l == nil {
		l = new(lent)
	}
	l.b = append(l.b[:0], b...)
	*v = l
	return nil
}

// appendTo appends the result of a call to dst and gives the buffer back. Without a buffer, or with an error,
// it returns dst unchanged.
func (l *lent) appendTo(dst []byte, err error) ([]byte, error) {
	if err != nil || l == nil {
		return dst, err
	}
	dst = append(dst, l.b...)
	if cap(l.b) <= maxLent {
		lentBuffers.Put(l)
	}
	return dst, nil
}

// GetAppend appends the value of key to dst and returns the extended slice, as append does. It allocates
// nothing if dst has room. The bytes are never translated by Options.Text. If the key is missing, the error
// is Nil; with every error dst is returned unchanged.
//
// GET, server 1.0.0, O(1). A key that holds another kind of value is a WRONGTYPE error.
func (c *Client) GetAppend(ctx context.Context, key string, dst []byte) ([]byte, error) {
	r := newRequest(c, &kindLent)
	encodeGet(&r.enc, key)
	l, err := do[*lent](ctx, r)
	return l.appendTo(dst, err)
}

// GetRangeAppend appends the bytes from start to end of the value of key to dst and returns the extended
// slice. Both ends are included; negative ones count from the end. A missing key appends nothing. It is
// otherwise like GetAppend.
//
// GETRANGE, server 2.4.0, O(n) in the length returned. A key that holds another kind of value is a WRONGTYPE
// error.
func (c *Client) GetRangeAppend(ctx context.Context, key string, start, end int64,
	dst []byte) ([]byte, error) {
	r := newRequest(c, &kindLent)
	encodeGetRange(&r.enc, key, start, end)
	l, err := do[*lent](ctx, r)
	return l.appendTo(dst, err)
}

// IncrExResult is the result of IncrEx.
type IncrExResult struct {
	// Value is the number after the call.
	Value int64
	// Applied is the increment: 0 if a bound prevented it, less than requested with [Saturate].
	Applied int64
}

func (r *IncrExResult) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{orNull{&r.Value}, &r.Applied}, nil
}

// IncrExFloatResult is the result of IncrExFloat.
type IncrExFloatResult struct {
	// Value is the number after the call.
	Value float64
	// Applied is the increment: 0 if a bound prevented it, less than requested with [Saturate].
	Applied float64
}

func (r *IncrExFloatResult) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{orNull{&r.Value}, &r.Applied}, nil
}

// LCSMatches are the common parts of two values.
type LCSMatches struct {
	// Len is the length of the longest common subsequence in bytes.
	Len int64
	// Matches are its parts, the last one first.
	Matches []LCSMatch
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *LCSMatches) slots() []slot {
	return []slot{
		{"matches", &r.Matches}, {"len", &r.Len}, {others, &r.Extra},
	}
}

// LCSMatch is one common part of two values.
type LCSMatch struct {
	// First and Second are the places of the part in the first and the second value.
	First, Second LCSRange
	// Len is its length in bytes.
	Len int64
}

// LCSRange is a range of byte positions, both ends included.
type LCSRange struct {
	Start, End int64
}

func elementLCS(d *reply, v *LCSMatch) (err error) {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 2 || n > 3 {
		return &resp.TypeError{Want: "two ranges and a length", Got: resp.KindArray}
	}
	for _, r := range [...]*LCSRange{&v.First, &v.Second} {
		if err = d.ExpectLen(2, "a range"); err != nil {
			return err
		}
		if r.Start, err = d.Int(); err != nil {
			return err
		}
		if r.End, err = d.Int(); err != nil {
			return err
		}
	}
	v.Len = v.First.End - v.First.Start + 1
	if n == 3 {
		v.Len, err = d.Int()
	}
	return err
}

// BitOperation is the way in which BitOp combines values.
type BitOperation uint8

// The operations of BitOp.
const (
	// BitAnd keeps the bits that all values have.
	BitAnd BitOperation = iota
	// BitOr keeps the bits that any value has.
	BitOr
	// BitXor keeps the bits that an odd number of values have.
	BitXor
	// BitNot inverts every bit; it takes exactly one key.
	BitNot
	// BitDiff keeps the bits of the first value that are in none of the others; needs server 8.2.
	BitDiff
	// BitDiff1 keeps the bits that are in any of the others but not in the first value; needs server 8.2.
	BitDiff1
	// BitAndOr keeps the bits of the first value that are in any of the others; needs server 8.2.
	BitAndOr
	// BitOne keeps the bits that exactly one value has; needs server 8.2.
	BitOne
)

var bitOperationWords = [...]string{
	BitAnd: "AND", BitOr: "OR", BitXor: "XOR", BitNot: "NOT", BitDiff: "DIFF", BitDiff1: "DIFF1",
	BitAndOr: "ANDOR", BitOne: "ONE",
}

// BitFieldOp is one operation of BitField, made by BitGet, BitSet, BitIncrBy or BitOverflow. A list of
// operations can be kept, extended and sent again, by a client or a pipeline.
type BitFieldOp struct {
	kind     bitFieldKind
	overflow BitOverflowMode
	indexed  bool
	typ      string
	offset   int64
	n        int64
}

type bitFieldKind uint8

const (
	bitFieldGet bitFieldKind = iota + 1
	bitFieldSet
	bitFieldIncrBy
	bitFieldOverflow
)

// BitOverflowMode says what happens to a number that does not fit into its bit field.
type BitOverflowMode uint8

// Treatments of numbers that do not fit.
const (
	// BitOverflowWrap drops the high bits; this is the default.
	BitOverflowWrap BitOverflowMode = iota
	// BitOverflowSat stores the largest or the smallest possible number.
	BitOverflowSat
	// BitOverflowFail leaves the number unchanged; the result is not valid.
	BitOverflowFail
)

var overflowWords = [...]string{BitOverflowWrap: "WRAP", BitOverflowSat: "SAT", BitOverflowFail: "FAIL"}

// BitGet reads an integer of type typ, such as "u8" or "i16", at the bit offset.
func BitGet(typ string, offset int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldGet, typ: typ, offset: offset}
}

// BitSet sets an integer of type typ at the bit offset. Its result is the old number.
func BitSet(typ string, offset, n int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldSet, typ: typ, offset: offset, n: n}
}

// BitIncrBy adds n to an integer of type typ at the bit offset. Its result is the new number.
func BitIncrBy(typ string, offset, n int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldIncrBy, typ: typ, offset: offset, n: n}
}

// BitOverflow sets the treatment of numbers that do not fit, for the following BitSet and BitIncrBy until the
// next BitOverflow; each list begins with BitOverflowWrap. It has no result, and is sent only if it changes
// the mode.
func BitOverflow(o BitOverflowMode) BitFieldOp {
	return BitFieldOp{kind: bitFieldOverflow, overflow: o}
}

// Indexed makes the offset of op count integers of its type instead of bits: the server's form "#1".
func (op BitFieldOp) Indexed() BitFieldOp {
	op.indexed = true
	return op
}

// putBitOps writes the operations of BITFIELD; the list may be empty. The words are counted.
func putBitOps(e *encoder, argument string, ops []BitFieldOp, readOnly bool) {
	mode := BitOverflowWrap
	for i := range ops {
		op := &ops[i]
		if readOnly && op.kind != bitFieldGet {
			e.Fail(argument, "may only read; use BitField to change")
			return
		}
		switch op.kind {
		case bitFieldGet:
			putBitOp(e, "GET", argument, op)
		case bitFieldSet:
			putBitOp(e, "SET", argument, op)
			e.N++
			e.Int(op.n)
		case bitFieldIncrBy:
			putBitOp(e, "INCRBY", argument, op)
			e.N++
			e.Int(op.n)
		case bitFieldOverflow:
			if op.overflow == mode {
				continue
			}
			mode = op.overflow
			e.N += 2
			e.Word("OVERFLOW")
			e.Choice(argument, int(op.overflow), overflowWords[:])
		default:
			e.Fail(argument,
				"has an empty operation; make them with BitGet, BitSet, BitIncrBy and BitOverflow")
			return
		}
	}
}

// putBitOp writes an operation's name, type and offset.
func putBitOp(e *encoder, name, argument string, op *BitFieldOp) {
	if !isBitType(op.typ) {
		e.Fail(argument, `has an integer type other than "u1" to "u63" and "i1" to "i64"`)
		return
	}
	if op.offset < 0 {
		e.Fail(argument, "has a negative offset")
		return
	}
	e.N += 3
	e.Word(name)
	e.Word(op.typ)
	if !op.indexed {
		e.Int(op.offset)
		return
	}
	var text [24]byte
	e.BulkBytes(strconv.AppendInt(append(text[:0], '#'), op.offset, 10))
}

func isBitType(typ string) bool {
	if len(typ) < 2 || len(typ) > 3 {
		return false
	}
	bits, err := strconv.ParseUint(typ[1:], 10, 8)
	if err != nil || bits == 0 || typ[1] == '0' {
		return false
	}
	return typ[0] == 'u' && bits <= 63 || typ[0] == 'i' && bits <= 64
}
