// Package wire knows the form of encoded commands: where their words are, and which of their arguments are so
// large that they are not copied into the command.
package wire

import "unsafe"

// Hole is a large argument of encoded commands that stays in its caller's memory. Its bytes go between the
// bytes before At and the bytes from At on. Nobody changes them.
type Hole struct {
	At   int
	Data []byte
}

// Large is the length from which on an argument is not copied, and a request or a reply is large.
const Large = 64 << 10

// Size returns the number of bytes that commands have on the wire.
func Size(b []byte, holes []Hole) int {
	n := len(b)
	for i := range holes {
		n += len(holes[i].Data)
	}
	return n
}

// Append appends commands in the form that they have on the wire.
func Append(dst, b []byte, holes []Hole) []byte {
	at := 0
	for _, h := range holes {
		dst = append(append(dst, b[at:h.At]...), h.Data...)
		at = h.At
	}
	return append(dst, b[at:]...)
}

// Pieces appends the pieces of commands on the wire, without the first bytes; without is their number.
func Pieces(dst [][]byte, b []byte, holes []Hole, without int) [][]byte {
	at := 0
	add := func(piece []byte) {
		switch {
		case without >= len(piece):
			without -= len(piece)
		default:
			dst = append(dst, piece[without:])
			without = 0
		}
	}
	for _, h := range holes {
		add(b[at:h.At])
		add(h.Data)
		at = h.At
	}
	add(b[at:])
	return dst
}

// BytesOf returns the bytes of a string without copying them. They must not be changed.
func BytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Words goes through the words of encoded commands.
type Words struct {
	b     []byte
	holes []Hole // holes that are still ahead
	at    int    // start of the next header
	start int    // start of the last word
	left  int    // words of the command still to come
}

// Begin reads the header of the command at a place. It returns false if there is none.
func Begin(b []byte, holes []Hole, at int) (w Words, ok bool) {
	w = Words{b: b, holes: holes, at: at}
	return w, w.More()
}

// More reads the header of the next command, after the words of the last one have been taken. It returns
// false if there is none.
func (w *Words) More() bool {
	n, at, ok := header(w.b, w.at, '*')
	if ok {
		w.at, w.left = at, n
	}
	return ok
}

// Next takes the next word of the command, a part of its bytes or of a hole. It returns false after the last
// word, and if the bytes are not those of a command.
func (w *Words) Next() (word []byte, ok bool) {
	if w.left == 0 {
		return nil, false
	}
	n, at, ok := header(w.b, w.at, '$')
	switch {
	case !ok:
		return nil, false
	case len(w.holes) > 0 && w.holes[0].At == at && len(w.holes[0].Data) == n:
		word, w.holes = w.holes[0].Data, w.holes[1:]
		n = 0
	case n > len(w.b)-at-2:
		return nil, false
	default:
		word = w.b[at : at+n : at+n]
	}
	w.left--
	w.start, w.at = at, at+n+2
	return word, true
}

// Left returns the number of words still to come.
func (w *Words) Left() int { return w.left }

// Place returns the start of the last word.
func (w *Words) Place() int { return w.start }

// Skip skips the rest of the command. It returns the place behind it, and how many of the given holes it has
// passed. It returns false if the bytes are not those of a command.
func (w *Words) Skip(holes []Hole) (end, passed int, ok bool) {
	for w.left > 0 {
		if _, ok := w.Next(); !ok {
			return 0, 0, false
		}
	}
	return w.at, len(holes) - len(w.holes), true
}

// header reads a mark and a length, and returns the place behind them.
func header(b []byte, at int, mark byte) (n, behind int, ok bool) {
	if at >= len(b) || b[at] != mark {
		return 0, 0, false
	}
	end := at + 1
	for end < len(b) && b[end] != '\r' {
		end++
	}
	n, ok = Number(b[at+1 : end])
	return n, end + 2, ok && end+2 <= len(b)
}

// Number reads a whole number of at most nine digits.
func Number(digits []byte) (n int, ok bool) {
	if len(digits) == 0 || len(digits) > 9 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
