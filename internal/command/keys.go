package command

import "errors"

// A Span is the place of a word in an encoded command: its bytes are wire[Start:End].
type Span struct{ Start, End int }

// ErrWords is the failure to find the keys of a command whose words contradict each other: the number of keys is not a
// number, or larger than the words that follow. The server refuses such a command as well.
var ErrWords = errors.New("the number of keys does not fit the words that follow it")

// AppendKeys appends the places of a command's keys to dst. wire is one encoded command of this kind, an array of bulk
// strings; a key that occurs twice is there twice. A command without keys appends nothing.
func (i *Info) AppendKeys(dst []Span, wire []byte) ([]Span, error) {
	k := &i.Keys
	if !k.any() {
		return dst, nil
	}
	var room [24]Span
	list, ok := appendWords(room[:0], wire)
	if !ok {
		return dst, ErrWords
	}
	after := list[len(list):]
	if k.After != nil {
		after = k.After.find(wire, list)
	}
	if k.First > 0 {
		last := int(k.Last)
		if last < 0 {
			last += len(list)
		}
		for n := int(k.First); n <= last && n < len(list); n += k.step() {
			if w := list[n]; w.Start < w.End || !k.Instead || len(after) == 0 {
				dst = append(dst, w)
			}
		}
	}
	if k.Num > 0 && int(k.Num) < len(list) {
		keys := list[k.Num+1:]
		n, ok := number(wire[list[k.Num].Start:list[k.Num].End])
		if !ok || n > len(keys)/k.step() {
			return dst, ErrWords
		}
		for j := range n {
			dst = append(dst, keys[j*k.step()])
		}
	}
	return append(dst, after...), nil
}

// FirstKey gives the place of a command's first key, and false if it has none. It is AppendKeys for those who need no
// more, and costs less.
func (i *Info) FirstKey(wire []byte) (Span, bool) {
	k := &i.Keys
	if k.First == 0 || k.After != nil && k.Instead {
		all, err := i.AppendKeys(nil, wire)
		if err != nil || len(all) == 0 {
			return Span{}, false
		}
		return all[0], true
	}
	w, ok := begin(wire)
	var key Span
	for range int(k.First) + 1 {
		if !ok {
			return Span{}, false
		}
		key, ok = w.next()
	}
	return key, ok
}

// Channel gives the place of the channel that a message is published to, and false if the command does not publish.
func (i *Info) Channel(wire []byte) (Span, bool) {
	if i.ChannelAt == 0 {
		return Span{}, false
	}
	channel := Info{Keys: Keys{First: i.ChannelAt, Last: i.ChannelAt}}
	return channel.FirstKey(wire)
}

// HasKeys reports whether the command names keys, in some of its forms at least.
func (i *Info) HasKeys() bool { return i.Keys.any() }

func (k *Keys) any() bool { return k.First > 0 || k.Num > 0 || k.After != nil }

func (k *Keys) step() int { return max(int(k.Step), 1) }

// find gives the words that are keys behind the word that announces them.
func (a *After) find(wire []byte, list []Span) []Span {
	var found []Span
	for n := max(int(a.From), 1); n < len(list); n++ {
		word := wire[list[n].Start:list[n].End]
		switch {
		case a.announces(word):
			rest := list[n+1:]
			switch {
			case a.Take == TakeHalf:
				return rest[:len(rest)/2]
			case a.Take == 0:
				return rest
			case int(a.Take) <= len(rest): // of options that are given twice the last one counts
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

// arguments is how many words belong to an option, and are not options themselves.
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

// words walks over the words of an encoded command.
type words struct {
	wire []byte
	at   int // where the header of the next word begins
	left int
}

// begin reads the header of a command. It reports false if this is not an encoded command.
func begin(wire []byte) (words, bool) {
	n, at, ok := header(wire, 0, '*')
	return words{wire, at, n}, ok
}

// next gives the place of the next word, and false behind the last one.
func (w *words) next() (Span, bool) {
	if w.left == 0 {
		return Span{}, false
	}
	n, at, ok := header(w.wire, w.at, '$')
	if !ok || n > len(w.wire)-at-2 {
		return Span{}, false
	}
	w.left--
	w.at = at + n + 2
	return Span{at, at + n}, true
}

// appendWords appends the places of all words of a command.
func appendWords(dst []Span, wire []byte) ([]Span, bool) {
	w, ok := begin(wire)
	for ok && w.left > 0 {
		var word Span
		if word, ok = w.next(); ok {
			dst = append(dst, word)
		}
	}
	return dst, ok
}

// header reads a mark and a length, and tells where what follows them begins.
func header(wire []byte, at int, mark byte) (n, behind int, ok bool) {
	if at >= len(wire) || wire[at] != mark {
		return 0, 0, false
	}
	end := at + 1
	for end < len(wire) && wire[end] != '\r' {
		end++
	}
	n, ok = number(wire[at+1 : end])
	return n, end + 2, ok && end+2 <= len(wire)
}

// number reads a whole number of at most nine digits.
func number(digits []byte) (n int, ok bool) {
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
