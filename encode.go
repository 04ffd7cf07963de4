package redpoll

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// encoder writes commands. The put functions of this package write arguments of its own types.
type encoder = encode.Encoder

// fault returns the error of an encoder as callers see it.
func fault(err error) error {
	if f, ok := err.(*encode.Fault); ok {
		return (*DataError)(f)
	}
	return err
}

// putOne writes an option that must be given.
func putOne(e *encoder, argument string, o any) {
	if optionID(o) == 0 {
		e.Fail(argument, "is nil")
		return
	}
	putOption(e, o)
}

// needOptions refuses a call without options, for commands that would do nothing.
func needOptions(e *encoder, n int) {
	if n == 0 {
		e.Fail("options", "need at least one")
	}
}

// optionRule says which of the command's other options a token excludes or needs. Bit i stands for rule i of
// the command. The order of the rules is the order on the wire.
type optionRule struct {
	id   uint8
	not  uint32 // tokens that exclude it
	need uint32 // tokens of which it needs one, 0 for none
	once bool   // with it the command must not run twice
}

// maxOptions is above the number of options that a call of any command can have.
const maxOptions = 16

// optionList holds the options of a call, whatever their type, on the stack of the function that writes them.
type optionList [maxOptions]any

// putOptions writes the options of a call, and refuses options that exclude each other.
func putOptions[T any](e *encoder, opts []T, rules []optionRule) {
	if len(opts) == 0 {
		return
	}
	var list optionList
	for i := range min(len(opts), maxOptions) {
		list[i] = opts[i]
	}
	putOptionList(e, &list, len(opts), rules)
}

// putRareOptions is putOptions for options that are not used in hot paths. It takes them out of their slice
// by reflection, so that no code is compiled for each type, and they escape.
func putRareOptions(e *encoder, opts any, rules []optionRule) {
	var list optionList
	putOptionList(e, &list, structs.Elements(list[:], opts), rules)
}

// putOptionList writes the first n options of a list in the order of their rules. The options do not escape,
// because only their types are checked.
func putOptionList(e *encoder, list *optionList, n int, rules []optionRule) {
	if n > maxOptions {
		e.Fail("options", "are more than the command has")
		return
	}
	var given uint32
	var at [32]uint8 // the position in the list of the option of each rule
	for i := range n {
		r := ruleOf(optionID(list[i]), rules)
		if r < 0 {
			e.Fail("options", "contain a nil, or a pointer to an option")
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

// integer is the constraint for types of whole numbers that fit an int64. Options accept them without a
// conversion.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

func int64s[N integer](list []N) []int64 {
	numbers := make([]int64, len(list))
	for i, n := range list {
		numbers[i] = int64(n)
	}
	return numbers
}

// hidden stands for a secret in the text of an option.
const hidden = "***"

// optionText returns the words that are sent for an option, with quotes around empty words and words with
// blanks or signs that are not printable. If the option is refused, it returns the fault.
func optionText(o any) string {
	var e encoder
	e.Begin(new(command.Info), "*0\r\n", 0)
	e.NKeys = encode.AnyKeys
	putOption(&e, o)
	b, err := e.Finish()
	if f, ok := err.(*encode.Fault); ok {
		return f.Argument + " " + f.Reason
	}
	words, _ := wire.Begin(b, e.Holes, 0)
	var text []string
	for w, ok := words.Next(); ok; w, ok = words.Next() {
		quoted := strconv.Quote(string(w))
		plain := quoted[1 : len(quoted)-1]
		if plain == string(w) && plain != "" && !strings.Contains(plain, " ") {
			quoted = plain
		}
		text = append(text, quoted)
	}
	return strings.Join(text, " ")
}

// ruleOf returns the index of the rule for an option's number, -1 if there is none.
func ruleOf(id int, rules []optionRule) int {
	for i := range rules {
		if int(rules[i].id) == id {
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
