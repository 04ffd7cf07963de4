package redpoll

import "strconv"

// BitOperation is how BitOp combines values.
type BitOperation uint8

// The operations of BitOp.
const (
	// BitAnd keeps the bits that all values have.
	BitAnd BitOperation = iota
	// BitOr keeps the bits that any value has.
	BitOr
	// BitXor keeps the bits that an odd number of values have.
	BitXor
	// BitNot turns every bit round; it takes exactly one key.
	BitNot
	// BitDiff keeps the bits of the first value that none of the others has; needs server 8.2.
	BitDiff
	// BitDiff1 keeps the bits that any value but the first has and the first has not; needs server 8.2.
	BitDiff1
	// BitAndOr keeps the bits of the first value that any of the others has; needs server 8.2.
	BitAndOr
	// BitOne keeps the bits that exactly one value has; needs server 8.2.
	BitOne
)

var bitOperationWords = [...]string{
	BitAnd: "AND", BitOr: "OR", BitXor: "XOR", BitNot: "NOT", BitDiff: "DIFF", BitDiff1: "DIFF1", BitAndOr: "ANDOR", BitOne: "ONE",
}

// BitFieldOp is one operation of BitField, made by BitGet, BitSet, BitIncrBy or
// BitOverflow. A list of them can be kept, added to and sent again, by a client or
// a pipeline.
type BitFieldOp struct {
	kind     bitFieldKind
	overflow Overflow
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

// Overflow says what happens to a number in a bit field that does not fit.
type Overflow uint8

// What happens to numbers that do not fit.
const (
	// BitOverflowWrap cuts high bits off, the default.
	BitOverflowWrap Overflow = iota
	// BitOverflowSat keeps the largest or the smallest possible number.
	BitOverflowSat
	// BitOverflowFail leaves the number unchanged; the result is not valid.
	BitOverflowFail
)

var overflowWords = [...]string{BitOverflowWrap: "WRAP", BitOverflowSat: "SAT", BitOverflowFail: "FAIL"}

// BitGet reads an integer of type typ, such as "u8" or "i16", at the bit offset.
func BitGet(typ string, offset int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldGet, typ: typ, offset: offset}
}

// BitSet sets an integer of type typ at the bit offset. Its result is the old
// one.
func BitSet(typ string, offset, n int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldSet, typ: typ, offset: offset, n: n}
}

// BitIncrBy adds n to an integer of type typ at the bit offset. Its result is the
// new one.
func BitIncrBy(typ string, offset, n int64) BitFieldOp {
	return BitFieldOp{kind: bitFieldIncrBy, typ: typ, offset: offset, n: n}
}

// BitOverflow says what the following BitSet and BitIncrBy do with numbers that
// do not fit, until the next BitOverflow; each list begins with BitOverflowWrap. It has
// no result, and is sent only when it changes something.
func BitOverflow(o Overflow) BitFieldOp {
	return BitFieldOp{kind: bitFieldOverflow, overflow: o}
}

// Indexed makes the offset of op count integers of its type instead of bits: the
// form "#1" of the server.
func (op BitFieldOp) Indexed() BitFieldOp {
	op.indexed = true
	return op
}

// putBitOps writes the operations of BITFIELD, of which there may be none; the words are counted.
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
			e.Fail(argument, "has an empty operation; make them with BitGet, BitSet, BitIncrBy and BitOverflow")
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
