package redpoll

import (
	"strconv"
	"strings"
)

// lastSlot is the highest number of a slot.
const lastSlot = 16383

// slot writes the number of a slot.
func (e *encoder) slot(argument string, slot int64) {
	if slot < 0 || slot > lastSlot {
		e.fail(argument, strconv.FormatInt(slot, 10)+" is no slot; they are numbered from 0 to "+strconv.Itoa(lastSlot))
		return
	}
	e.int(slot)
}

// slots writes the numbers of slots, at least one; the words are counted.
func (e *encoder) slots(argument string, list []int64) {
	e.some(argument, len(list), 1)
	for _, n := range list {
		e.slot(argument, n)
	}
}

// slotRanges writes the ends of ranges, at least one; the words are counted.
func (e *encoder) slotRanges(argument string, list []SlotRange) {
	e.some(argument, len(list), 2)
	for _, r := range list {
		if r.Start > r.End {
			e.fail(argument, "has the range "+r.String()+", which ends before it starts")
			return
		}
		e.slot(argument, r.Start)
		e.slot(argument, r.End)
	}
}

// migrations writes what CLUSTER MIGRATESLOTS shall move, at least one; the words are counted.
func (e *encoder) migrations(argument string, list []SlotMigration) {
	e.some(argument, len(list), 0)
	for _, m := range list {
		e.literal("$10\r\nSLOTSRANGE\r\n", 1)
		e.slotRanges(argument, m.Slots)
		e.literal("$4\r\nNODE\r\n", 2)
		e.word(m.Node)
	}
}

// crashes writes failures to simulate, at least one; the words are counted.
func (e *encoder) crashes(argument string, list []SentinelCrash) {
	e.some(argument, len(list), 1)
	for _, c := range list {
		e.choice(argument, int(c), sentinelCrashWords[:])
	}
}

// aclRules writes rules in the one order in which they mean what their fields say: what resets comes first. The first
// word is counted already, because "on" or "off" is always there.
func (e *encoder) aclRules(r *ACLRules) {
	words := make([]string, 0, 8)
	for _, f := range []struct {
		given bool
		word  string
	}{{r.Reset, "reset"}, {r.ResetKeys, "resetkeys"}, {r.ResetChannels, "resetchannels"}, {r.ResetPasswords, "resetpass"}, {r.Enabled, "on"}, {!r.Enabled, "off"}} {
		if f.given {
			words = append(words, f.word)
		}
	}
	if r.NoPass && len(r.Passwords)+len(r.HashedPasswords) > 0 {
		e.fail("NoPass", "and passwords exclude each other")
		return
	}
	words = e.signed(words, "Passwords", r.Passwords, ">", "<")
	words = e.signed(words, "HashedPasswords", r.HashedPasswords, "#", "!")
	if r.NoPass {
		words = append(words, "nopass")
	}
	words = e.aclPermissions(words, &r.ACLPermissions)
	for i := range r.Selectors {
		inner := e.aclPermissions(nil, &r.Selectors[i])
		if len(inner) == 0 {
			e.fail("Selectors", "contain an empty one")
			return
		}
		words = append(words, "("+strings.Join(inner, " ")+")")
	}
	e.anyWords(words)
	e.n--
}

// aclPermissions appends the rules of a user, or of a selector.
func (e *encoder) aclPermissions(words []string, p *ACLPermissions) []string {
	for _, c := range p.Categories {
		if len(c) > 1 && c[1] != '@' {
			c = c[:1] + "@" + c[1:]
		}
		words = e.signed(words, "Categories", []string{c}, "+", "-")
	}
	words = e.signed(words, "Commands", p.Commands, "+", "-")
	for _, k := range p.Keys {
		if !strings.HasPrefix(k, "%") {
			k = "~" + k
		}
		words = append(words, k)
	}
	for _, c := range p.Channels {
		words = append(words, "&"+c)
	}
	return words
}

// signed appends what a list adds and takes away, with the server's signs for it. The fault does not show the text, which
// may be a password.
func (e *encoder) signed(words []string, argument string, list []string, add, remove string) []string {
	for _, s := range list {
		switch {
		case len(s) > 1 && s[0] == '+':
			words = append(words, add+s[1:])
		case len(s) > 1 && s[0] == '-':
			words = append(words, remove+s[1:])
		default:
			e.fail(argument, "must each begin with + to add or - to remove")
		}
	}
	return words
}
