package resp

import "math"

// Limits bound the data that a peer may send. The lengths that a peer announces are checked before any memory
// is allocated for them. A field that is zero or negative has its default. Data beyond a limit is a
// [*ProtocolError].
type Limits struct {
	// Bulk is the longest bulk string, verbatim string or blob error in bytes. Default 512 MiB, the longest
	// value a server stores unless it was configured otherwise.
	Bulk int64
	// Line is the longest status, error, number or length line in bytes, without its first byte and its CR
	// LF; it also bounds the inline commands of [Reader.ReadCommand]. Default 64 KiB. Less than 32 counts as
	// 32, because numbers need as much.
	Line int
	// Elements is how many elements one aggregate may have; each key and each value of a map counts. Default
	// 134217728 (1<<27).
	Elements int64
	// Depth is how deep aggregates may be nested: 1 allows an array, 2 an array of arrays. Default 128.
	Depth int
	// Frame is the longest whole frame in bytes, attributes included. Default 1 GiB.
	Frame int64
	// Ahead is how much memory in bytes a [Reader] allocates for a bulk string beyond its received bytes,
	// once 64 KiB of it have arrived. Default 16 MiB; less than 64 KiB counts as 64 KiB.
	Ahead int64
}

// These are the defaults of [Limits].
const (
	defaultBulk     = 512 << 20
	defaultLine     = 64 << 10
	defaultElements = 1 << 27
	defaultDepth    = 128
	defaultFrame    = 1 << 30
	defaultAhead    = 16 << 20
)

// minLine is the least value of Limits.Line.
const minLine = 32

// minValue is the length of the shortest value, such as "_\r\n". It turns an announced number of elements
// into the least number of bytes that must follow.
const minValue = 3

// withDefaults returns l with defaults filled in. Every field then fits in an int with room to spare, so that
// sums of a position and a length cannot overflow, even on 32-bit machines.
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
