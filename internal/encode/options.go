package encode

import (
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
)

// Literal writes words that are in the form of the wire already, and counts them. It is not inlined, see
// Begin.
//
//go:noinline
func (e *Encoder) Literal(bulks string, words int) {
	e.Buf = append(e.Buf, bulks...)
	e.N += words
}

// Choice writes the word for a value of an enumeration.
func (e *Encoder) Choice(argument string, n int, words []string) {
	if n < 0 || n >= len(words) {
		e.Fail(argument, "is "+strconv.Itoa(n)+", which is none of its constants")
		return
	}
	e.Word(words[n])
}

// IntAtLeast writes a number that must not be below least.
func (e *Encoder) IntAtLeast(argument string, n, least int64) {
	if n < least {
		e.Fail(argument, "is "+strconv.FormatInt(n, 10)+"; it must be at least "+strconv.FormatInt(least, 10))
		return
	}
	e.Int(n)
}

// Nonzero writes a number that must not be 0.
func (e *Encoder) Nonzero(argument string, n int64) {
	if n == 0 {
		e.Fail(argument, "is 0; 1 is the first and -1 the last")
		return
	}
	e.Int(n)
}

// Each writes the same words before every string of a list that may be empty; the words are counted.
func (e *Encoder) Each(bulks string, list []string) {
	for _, s := range list {
		e.Literal(bulks, 2)
		e.Text(s)
	}
}

// EachOfMany is Each for a list of at least two.
func (e *Encoder) EachOfMany(bulks, argument string, list []string) {
	if len(list) < 2 {
		e.Fail(argument, "needs at least two to make groups")
		return
	}
	e.Each(bulks, list)
}

// Login writes AUTH2 user password, or AUTH password without a user.
func (e *Encoder) Login(user, password string) {
	if user == "" {
		e.N += 2
		e.Word("AUTH")
		e.Word(password)
		return
	}
	e.N += 3
	e.Word("AUTH2")
	e.Word(user)
	e.Word(password)
}

// ForEachKey refuses an option whose list has not as many of something as there were keys before it.
func (e *Encoder) ForEachKey(argument string, n int, what string) bool {
	if n == e.NKeys || e.NKeys == AnyKeys {
		return true
	}
	e.Fail(argument, "has "+strconv.Itoa(n)+" "+what+" for "+strconv.Itoa(e.NKeys)+" keys")
	return false
}

// Weights writes one factor for each key before it; the words are counted.
func (e *Encoder) Weights(list []float64) {
	if !e.ForEachKey("Weights", len(list), "factors") {
		return
	}
	e.N += len(list)
	for _, w := range list {
		e.Float(w)
	}
}

// The following functions write options that have a name. They count their own words, and write nothing for a
// zero value.

// Option writes words in any case. It is not inlined, see Begin.
//
//go:noinline
func (e *Encoder) Option(words ...string) {
	e.N += len(words)
	for _, w := range words {
		e.Word(w)
	}
}

// OptionFlag writes a word if on.
func (e *Encoder) OptionFlag(on bool, word string) {
	if on {
		e.Option(word)
	}
}

// OptionText writes a word and user data.
func (e *Encoder) OptionText(word, s string) {
	if s != "" {
		e.Option(word)
		e.N++
		e.Text(s)
	}
}

// OptionInt writes a word and a number that is not negative.
func (e *Encoder) OptionInt(word string, n int64) {
	if n != 0 {
		e.Option(word)
		e.N++
		e.IntAtLeast(word, n, 0)
	}
}

// OptionFloat writes a word and a number.
func (e *Encoder) OptionFloat(word string, f float64) {
	if f != 0 {
		e.Option(word)
		e.N++
		e.Float(f)
	}
}

// OptionMillis writes a word and a time in milliseconds above 0.
func (e *Encoder) OptionMillis(word string, d time.Duration) {
	if d != 0 {
		e.Option(word)
		e.N++
		e.MillisAbove0(word, d)
	}
}

// OptionList writes a word, the number of strings and the strings.
func (e *Encoder) OptionList(word string, list []string) {
	if len(list) > 0 {
		e.Option(word)
		e.N++
		e.Int(int64(len(list)))
		e.AnyList(list)
	}
}

// OptionParams writes names and values behind their number.
func (e *Encoder) OptionParams(list []any) {
	if len(list) > 0 {
		e.Option("PARAMS")
		e.N++
		e.Int(int64(len(list)))
		e.Pairs("Params", list)
	}
}

// Exclude refuses two options that exclude each other.
func (e *Encoder) Exclude(a, b bool, names string) {
	if a && b {
		e.Fail(names, "exclude each other")
	}
}

// Need refuses an option without another one that it needs.
func (e *Encoder) Need(on, given bool, name, needed string) {
	if on && !given {
		e.Fail(name, "needs "+needed)
	}
}

// CountedPart writes the number of words that list writes, and then the words. It writes the words into a
// buffer first, because only then is their number known.
func (e *Encoder) CountedPart(list func(part *Encoder)) {
	part := Encoder{Encoding: e.Encoding, Info: e.Info, Err: e.Err}
	list(&part)
	e.N += 1 + part.N
	e.Int(int64(part.N))
	e.Buf = wire.Append(e.Buf, part.Buf, part.Holes)
	e.Err = part.Err
}
