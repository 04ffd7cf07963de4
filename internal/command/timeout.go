package command

import (
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
)

// WithTimeout returns an encoded command with another time-out, which must be above 0. A blocking command
// that is sent again needs it, because a part of the time has passed. The result is b itself if the command
// has no time-out, or has large arguments: no blocking command has them.
func (i *Info) WithTimeout(b []byte, d time.Duration) []byte {
	w, ok := wire.Begin(b, nil, 0)
	if !ok {
		return b
	}
	var room [24][]byte
	list, ok := appendWords(room[:0], w)
	at, millis := i.timeoutAt(list)
	if !ok || at <= 0 || at >= len(list) {
		return b
	}
	var digits [32]byte
	text := digits[:0]
	if millis {
		text = strconv.AppendInt(text, max(int64(d/time.Millisecond), 1), 10)
	} else {
		text = strconv.AppendFloat(text, float64(max(d/time.Millisecond, 1))/1000, 'f', -1, 64)
	}
	for range at {
		w.Next()
	}
	header := w.Place() + len(list[at-1]) + len("\r\n$")
	w.Next()
	changed := make([]byte, 0, len(b)+len(text)+2)
	changed = append(changed, b[:header]...)
	changed = strconv.AppendInt(changed, int64(len(text)), 10)
	changed = append(append(changed, "\r\n"...), text...)
	return append(changed, b[w.Place()+len(list[at]):]...)
}

// timeoutAt returns the position of the time-out among a command's words, 0 if there is none, and whether it
// is in milliseconds.
func (i *Info) timeoutAt(list [][]byte) (at int, millis bool) {
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
			word := list[n]
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
