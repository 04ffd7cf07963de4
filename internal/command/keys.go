package command

import (
	"errors"

	"github.com/redpoll-go/redpoll/internal/wire"
)

// ErrWords is the error of AppendKeys if the number of keys in a command is not a number, or is larger than
// the number of words that follow. The server refuses such a command too.
var ErrWords = errors.New("the number of keys does not fit the words that follow it")

// AppendKeys appends the keys of a command to dst, without copying them. w must be at the beginning of the
// command. A key that the command names twice is appended twice.
func (i *Info) AppendKeys(dst [][]byte, w wire.Words) ([][]byte, error) {
	k := &i.Keys
	if !k.any() {
		return dst, nil
	}
	var room [24][]byte
	list, ok := appendWords(room[:0], w)
	if !ok {
		return dst, ErrWords
	}
	after := list[len(list):]
	if k.After != nil {
		after = k.After.find(list)
	}
	if k.First > 0 {
		last := int(k.Last)
		if last < 0 {
			last += len(list)
		}
		for n := int(k.First); n <= last && n < len(list); n += k.step() {
			if w := list[n]; len(w) > 0 || !k.Instead || len(after) == 0 {
				dst = append(dst, w)
			}
		}
	}
	if k.Num > 0 && int(k.Num) < len(list) {
		keys := list[k.Num+1:]
		n, ok := wire.Number(list[k.Num])
		if !ok || n > len(keys)/k.step() {
			return dst, ErrWords
		}
		for j := range n {
			dst = append(dst, keys[j*k.step()])
		}
	}
	return append(dst, after...), nil
}

// FirstKey returns a command's first key, and false if it has none. It costs less than AppendKeys.
func (i *Info) FirstKey(w wire.Words) ([]byte, bool) {
	k := &i.Keys
	if k.First == 0 || k.After != nil && k.Instead {
		all, err := i.AppendKeys(nil, w)
		if err != nil || len(all) == 0 {
			return nil, false
		}
		return all[0], true
	}
	var key []byte
	for range int(k.First) + 1 {
		var ok bool
		if key, ok = w.Next(); !ok {
			return nil, false
		}
	}
	return key, true
}

// Channel returns the channel that a message is published to, and false if the command does not publish.
func (i *Info) Channel(w wire.Words) ([]byte, bool) {
	if i.ChannelAt == 0 {
		return nil, false
	}
	channel := Info{Keys: Keys{First: i.ChannelAt, Last: i.ChannelAt}}
	return channel.FirstKey(w)
}

// HasKeys reports whether the command names keys in at least one of its forms.
func (i *Info) HasKeys() bool { return i.Keys.any() }

// ManyKeys reports whether the command can have more than one key.
func (i *Info) ManyKeys() bool {
	k := &i.Keys
	return k.any() && (k.Num > 0 || k.After != nil || k.Last != k.First)
}

func (k *Keys) any() bool { return k.First > 0 || k.Num > 0 || k.After != nil }

func (k *Keys) step() int { return max(int(k.Step), 1) }

// find returns the keys behind the word that announces them.
func (a *After) find(list [][]byte) [][]byte {
	var found [][]byte
	for n := max(int(a.From), 1); n < len(list); n++ {
		word := list[n]
		switch {
		case a.announces(word):
			rest := list[n+1:]
			switch {
			case a.Take == TakeHalf:
				return rest[:len(rest)/2]
			case a.Take == 0:
				return rest
			case int(a.Take) <= len(rest): // the server uses the last one of options that are given twice
				found = rest[:a.Take]
				n += int(a.Take)
			}
		default:
			n += a.arguments(word)
		}
	}
	return found
}

func (a *After) announces(word []byte) bool {
	for _, w := range a.Words {
		if equalFold(word, w) {
			return true
		}
	}
	return false
}

// arguments returns the number of arguments of an option, 0 for other words.
func (a *After) arguments(word []byte) int {
	for _, o := range a.Skip {
		if equalFold(word, o.Word) {
			return int(o.Arguments)
		}
	}
	return 0
}

// equalFold compares a word in any case with one in upper case.
func equalFold(word []byte, upper string) bool {
	if len(word) != len(upper) {
		return false
	}
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}

// appendWords appends all words of a command.
func appendWords(dst [][]byte, w wire.Words) ([][]byte, bool) {
	if w.Left() == 0 { // wire.Begin failed
		return dst, false
	}
	for w.Left() > 0 {
		word, ok := w.Next()
		if !ok {
			return dst, false
		}
		dst = append(dst, word)
	}
	return dst, true
}
