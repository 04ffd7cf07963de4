package command

import (
	"strconv"
	"time"
)

// WithTimeout gives an encoded blocking command with another time-out, which must be above 0: what is left of it when the
// command is sent again. The result is wire itself if the command has no time-out.
func (i *Info) WithTimeout(wire []byte, d time.Duration) []byte {
	list, ok := appendWords(nil, wire)
	at, millis := i.timeoutAt(wire, list)
	if !ok || at <= 0 || at >= len(list) {
		return wire
	}
	var digits [32]byte
	text := digits[:0]
	if millis {
		text = strconv.AppendInt(text, max(int64(d/time.Millisecond), 1), 10)
	} else {
		text = strconv.AppendFloat(text, float64(max(d/time.Millisecond, 1))/1000, 'f', -1, 64)
	}
	old := list[at]
	header := list[at-1].End + len("\r\n$")
	changed := make([]byte, 0, len(wire)+len(text)+2)
	changed = append(changed, wire[:header]...)
	changed = strconv.AppendInt(changed, int64(len(text)), 10)
	changed = append(append(changed, "\r\n"...), text...)
	return append(changed, wire[old.End:]...)
}

// timeoutAt gives the position of a command's time-out among its words, 0 if there is none, and whether it is in milliseconds.
func (i *Info) timeoutAt(wire []byte, list []Span) (at int, millis bool) {
	switch i.Block {
	case BlockLast:
		return len(list) - 1, false
	case BlockFirst:
		return 1, false
	case BlockFifth:
		return 5, false
	case BlockLastMillis:
		return len(list) - 1, true
	case BlockToken:
		for n := 1; n < len(list)-1; n++ {
			word := wire[list[n].Start:list[n].End]
			switch {
			case equalFold(word, "BLOCK"):
				return n + 1, true
			case i.Keys.After != nil && i.Keys.After.announces(word):
				return 0, true
			case i.Keys.After != nil:
				n += i.Keys.After.arguments(word)
			}
		}
	}
	return 0, false
}
