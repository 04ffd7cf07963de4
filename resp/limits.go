package resp

import "math"

// Limits bound what a peer may send. They are checked against the lengths a
// peer claims, before any memory is taken for them. A field that is zero or
// negative has its default. Whatever goes beyond a limit is a [*ProtocolError].
type Limits struct {
	// Bulk is the longest bulk string, verbatim string or blob error in
	// bytes. Default 512 MiB, the longest value a server stores unless it was
	// configured otherwise.
	Bulk int64
	// Line is the longest status, error, number or length line in bytes,
	// without its first byte and its CR LF; it bounds the inline commands
	// of [Reader.ReadCommand] too. Default 64 KiB; less than 32 counts as 32,
	// which is what numbers need.
	Line int
	// Elements is how many elements one aggregate may have; each key and each
	// value of a map counts. Default 134217728 (1<<27).
	Elements int64
	// Depth is how deep aggregates may be nested: 1 allows an array, 2 an
	// array of arrays. Default 128.
	Depth int
	// Frame is the longest whole frame in bytes, attributes included.
	// Default 1 GiB.
	Frame int64
	// Ahead is how much memory in bytes a [Reader] takes for a bulk string
	// beyond what has arrived, once 64 KiB of it have. Default 16 MiB; less
	// than 64 KiB counts as 64 KiB.
	Ahead int64
}

// The defaults of [Limits].
const (
	defaultBulk     = 512 << 20
	defaultLine     = 64 << 10
	defaultElements = 1 << 27
	defaultDepth    = 128
	defaultFrame    = 1 << 30
	defaultAhead    = 16 << 20
)

// minLine is the least that Limits.Line can be.
const minLine = 32

// minValue is the length of the shortest value, such as "_\r\n". It turns a
// claimed number of elements into the bytes that must follow at the least.
const minValue = 3

// withDefaults returns l with defaults filled in. Every field then fits in an
// int with room to spare, so that sums of a position and a length cannot
// overflow, on 32-bit machines either.
func (l Limits) withDefaults() Limits {
	if l.Bulk <= 0 {
		l.Bulk = defaultBulk
	}
	if l.Line <= 0 {
		l.Line = defaultLine
	}
	if l.Elements <= 0 {
		l.Elements = defaultElements
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Frame <= 0 {
		l.Frame = defaultFrame
	}
	if l.Ahead <= 0 {
		l.Ahead = defaultAhead
	}
	l.Line = max(l.Line, minLine)
	l.Ahead = max(l.Ahead, largeBulk)
	l.Frame = min(l.Frame, math.MaxInt/2+1)
	l.Bulk = min(l.Bulk, l.Frame)
	l.Line = int(min(int64(l.Line), math.MaxInt/4))
	l.Elements = min(l.Elements, l.Frame)
	l.Ahead = min(l.Ahead, l.Frame)
	return l
}
