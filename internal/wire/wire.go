// Package wire knows what encoded commands look like: where their words stand, and which of their arguments are so large that
// they are not copied into them.
package wire

import "unsafe"

// Hole is a large argument of encoded commands that stays where its caller has it. Its bytes come between those in front of At and
// those from At on, and nobody changes them.
type Hole struct {
	At   int
	Data []byte
}

// Large is the length from which on an argument is not copied, and a request or a reply is large.
const Large = 64 << 10

// Size is the number of bytes that commands have on the wire.
func Size(b []byte, holes []Hole) int {
	n := len(b)
	for i := range holes {
		n += len(holes[i].Data)
	}
	return n
}

// Append appends commands as they are on the wire.
func Append(dst, b []byte, holes []Hole) []byte {
	at := 0
	for _, h := range holes {
		dst = append(append(dst, b[at:h.At]...), h.Data...)
		at = h.At
	}
	return append(dst, b[at:]...)
}

// Pieces appends the pieces of which commands consist on the wire, without the first so many bytes.
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

// BytesOf gives the bytes of a string without copying them. They must not be changed.
func BytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Words walks over the words of encoded commands.
type Words struct {
	b     []byte
	holes []Hole // those that are not behind it
	at    int    // where the header of the next word, or of the next command, begins
	start int    // where the last word begins
	left  int    // words of the command that are still to come
}

// Begin reads the header of the command that begins at a place. It reports false if none does.
func Begin(b []byte, holes []Hole, at int) (w Words, ok bool) {
	w = Words{b: b, holes: holes, at: at}
	return w, w.More()
}

// More reads the header of the next command, once the words of the last one have been taken. It reports false if there is none.
func (w *Words) More() bool {
	n, at, ok := header(w.b, w.at, '*')
	if ok {
		w.at, w.left = at, n
	}
	return ok
}

// Next takes the next word of the command, which is a part of it or of a hole. It reports false behind the last one, and where the
// bytes are not those of a command.
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

// Left is the number of words that are still to come.
func (w *Words) Left() int { return w.left }

// Place is where the last word begins.
func (w *Words) Place() int { return w.start }

// Skip takes the rest of the command. It gives the place behind it, and the number of holes that have come so far, of those that
// are given. It reports false where the bytes are not those of a command.
func (w *Words) Skip(holes []Hole) (end, passed int, ok bool) {
	for w.left > 0 {
		if _, ok := w.Next(); !ok {
			return 0, 0, false
		}
	}
	return w.at, len(holes) - len(w.holes), true
}

// header reads a mark and a length, and tells where what follows them begins.
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
