package redpoll

import (
	"math/bits"

	"github.com/redpoll-go/redpoll/internal/structs"
)

// optionRule says where one token stands among the options of a command, and
// with which of the others it goes. The bits number the rules of the command.
type optionRule struct {
	id   uint8
	not  uint32 // tokens that exclude it
	need uint32 // tokens of which it needs one, 0 for none
	once bool   // with it the command must not run twice
}

// maxOptions is more than any command has options that go together.
const maxOptions = 16

// optionList holds the options of a call on the stack of the function that writes them. There is one such function for
// each type of options that is not rare, which copies them into a list; what follows need not be compiled for each type.
type optionList [maxOptions]any

// putAnyOptions writes options of a type that has no such function, because no program gives them in a hot path: they are
// taken out of their list by reflection, and both escape.
func putAnyOptions(e *encoder, opts any, rules []optionRule) {
	var list optionList
	putOptions(e, &list, structs.Elements(list[:], opts), rules)
}

// putOptions writes the first n options of a list in the order of their rules, and refuses those that do not go together. It
// looks at the options' types only, so that they do not escape.
func putOptions(e *encoder, list *optionList, n int, rules []optionRule) {
	if n > maxOptions {
		e.Fail("options", "are more than the command has")
		return
	}
	var given uint32
	var at [32]uint8 // where in the list the option of each rule stands
	for i := range n {
		r := ruleOf(optionID(list[i]), rules)
		if r < 0 {
			e.Fail("options", "contain a nil")
			return
		}
		name := tokenNames[rules[r].id]
		if given&(1<<r) != 0 {
			e.Fail(name, "is given twice")
			return
		}
		if clash := given & rules[r].not; clash != 0 {
			e.Fail(name+" and "+firstToken(clash, rules), "exclude each other")
			return
		}
		given |= 1 << r
		at[r] = uint8(i)
	}
	for rest := given; rest != 0; rest &= rest - 1 {
		r := rules[bits.TrailingZeros32(rest)]
		if r.need != 0 && given&r.need == 0 {
			e.Fail(tokenNames[r.id], "needs "+tokenList(r.need, rules))
			return
		}
	}
	for rest := given; rest != 0; rest &= rest - 1 {
		r := bits.TrailingZeros32(rest)
		e.Once = e.Once || rules[r].once
		putOption(e, list[at[r]])
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
