package redpoll

import (
	"math/bits"
	"reflect"
	"strconv"
)

// optionRule says where one token stands among the options of a command, and
// with which of the others it goes. The bits number the rules of the command.
type optionRule struct {
	id   uint8
	not  uint32 // tokens that exclude it
	need uint32 // tokens of which it needs one, 0 for none
}

// maxOptions is more than any command has options that go together.
const maxOptions = 16

// optionList holds the options of a call on the stack of the function that writes them. There is one such function for
// each type of options that is not rare, which copies them into a list; what follows need not be compiled for each type.
type optionList [maxOptions]any

// anyOptions writes options of a type that has no such function, because no program gives them in a hot path: they are
// taken out of their list by reflection, and the list escapes.
func (e *encoder) anyOptions(opts any, rules []optionRule) {
	given := reflect.ValueOf(opts)
	var list optionList
	for i := range min(given.Len(), maxOptions) {
		list[i] = given.Index(i).Interface()
	}
	e.options(&list, given.Len(), rules)
}

// options writes the first n options of a list in the order of their rules, and refuses those that do not go together. It
// looks at the options' types only, so that they do not escape.
func (e *encoder) options(list *optionList, n int, rules []optionRule) {
	if n > maxOptions {
		e.fail("options", "are more than the command has")
		return
	}
	var given uint32
	var at [32]uint8 // where in the list the option of each rule stands
	for i := range n {
		r := ruleOf(optionID(list[i]), rules)
		if r < 0 {
			e.fail("options", "contain a nil")
			return
		}
		name := tokenNames[rules[r].id]
		if given&(1<<r) != 0 {
			e.fail(name, "is given twice")
			return
		}
		if clash := given & rules[r].not; clash != 0 {
			e.fail(name+" and "+firstToken(clash, rules), "exclude each other")
			return
		}
		given |= 1 << r
		at[r] = uint8(i)
	}
	for rest := given; rest != 0; rest &= rest - 1 {
		r := rules[bits.TrailingZeros32(rest)]
		if r.need != 0 && given&r.need == 0 {
			e.fail(tokenNames[r.id], "needs "+tokenList(r.need, rules))
			return
		}
	}
	for rest := given; rest != 0; rest &= rest - 1 {
		putOption(e, list[at[bits.TrailingZeros32(rest)]])
	}
}

// ruleOf finds the rule of an option by its number, -1 if there is none.
func ruleOf(id uint8, rules []optionRule) int {
	for i := range rules {
		if rules[i].id == id {
			return i
		}
	}
	return -1
}

func firstToken(set uint32, rules []optionRule) string {
	for i, r := range rules {
		if set&(1<<i) != 0 {
			return tokenNames[r.id]
		}
	}
	return ""
}

func tokenList(set uint32, rules []optionRule) string {
	list := ""
	for i, r := range rules {
		if set&(1<<i) == 0 {
			continue
		}
		if list != "" {
			list += " or "
		}
		list += tokenNames[r.id]
	}
	return list
}

// literal writes words that are ready for the wire and counts so many. It is not inlined, see open.
//
//go:noinline
func (e *encoder) literal(bulks string, words int) {
	e.buf = append(e.buf, bulks...)
	e.n += words
}

// choice writes the word for a value of an enumeration.
func (e *encoder) choice(argument string, n int, words []string) {
	if n < 0 || n >= len(words) {
		e.fail(argument, "is "+strconv.Itoa(n)+", which is none of its constants")
		return
	}
	e.word(words[n])
}

// intAtLeast writes a number that must not be below least.
func (e *encoder) intAtLeast(argument string, n, least int64) {
	if n < least {
		e.fail(argument, "is "+strconv.FormatInt(n, 10)+"; it must be at least "+strconv.FormatInt(least, 10))
		return
	}
	e.int(n)
}

// nonzero writes a number that must not be 0.
func (e *encoder) nonzero(argument string, n int64) {
	if n == 0 {
		e.fail(argument, "is 0; 1 is the first and -1 the last")
		return
	}
	e.int(n)
}

// each writes the same words before every string of a list that must not be
// empty; the words are counted.
func (e *encoder) each(bulks, argument string, list []string) {
	e.some(argument, len(list), 0)
	for _, s := range list {
		e.literal(bulks, 2)
		e.string(s)
	}
}

// eachOfMany is each for a list of at least two.
func (e *encoder) eachOfMany(bulks, argument string, list []string) {
	if len(list) < 2 {
		e.fail(argument, "needs at least two to make groups")
		return
	}
	e.each(bulks, argument, list)
}

// login writes AUTH2 user password, or AUTH password without a user.
func (e *encoder) login(user, password string) {
	if user == "" {
		e.n += 2
		e.word("AUTH")
		e.word(password)
		return
	}
	e.n += 3
	e.word("AUTH2")
	e.word(user)
	e.word(password)
}

// weights writes one factor for each key before it; the words are counted.
func (e *encoder) weights(list []float64) {
	if len(list) != e.nkeys {
		e.fail("Weights", "has "+strconv.Itoa(len(list))+" factors for "+strconv.Itoa(e.nkeys)+" keys")
		return
	}
	e.n += len(list)
	for _, w := range list {
		e.float(w)
	}
}
