package redpoll

import (
	"strconv"
	"strings"
)

// putSlotRanges writes the ends of ranges, at least one; the words are counted.
func putSlotRanges(e *encoder, argument string, list []SlotRange) {
	e.Some(argument, len(list), 2)
	for _, r := range list {
		if r.Start > r.End {
			e.Fail(argument, "has the range "+r.String()+", which ends before it starts")
			return
		}
		e.Slot(argument, r.Start)
		e.Slot(argument, r.End)
	}
}

// putMigrations writes what CLUSTER MIGRATESLOTS shall move, at least one; the words are counted.
func putMigrations(e *encoder, argument string, list []SlotMigration) {
	e.Some(argument, len(list), 0)
	for _, m := range list {
		e.Literal("$10\r\nSLOTSRANGE\r\n", 1)
		putSlotRanges(e, argument, m.Slots)
		e.Literal("$4\r\nNODE\r\n", 2)
		e.Word(m.Node)
	}
}

// putCrashes writes failures to simulate, at least one; the words are counted.
func putCrashes(e *encoder, argument string, list []SentinelCrash) {
	e.Some(argument, len(list), 1)
	for _, c := range list {
		e.Choice(argument, int(c), sentinelCrashWords[:])
	}
}

// putACLRules writes rules in the one order in which they mean what their fields say: what resets comes first. The first
// word is counted already, because "on" or "off" is always there.
func putACLRules(e *encoder, r *ACLRules) {
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
		e.Fail("NoPass", "and passwords exclude each other")
		return
	}
	words = signed(e, words, "Passwords", r.Passwords, ">", "<")
	words = signed(e, words, "HashedPasswords", r.HashedPasswords, "#", "!")
	if r.NoPass {
		words = append(words, "nopass")
	}
	words = aclPermissions(e, words, &r.ACLPermissions)
	for i := range r.Selectors {
		inner := aclPermissions(e, nil, &r.Selectors[i])
		if len(inner) == 0 {
			e.Fail("Selectors", "contain an empty one")
			return
		}
		words = append(words, "("+strings.Join(inner, " ")+")")
	}
	e.AnyWords(words)
	e.N--
}

// aclPermissions appends the rules of a user, or of a selector.
func aclPermissions(e *encoder, words []string, p *ACLPermissions) []string {
	for _, c := range p.Categories {
		if len(c) > 1 && c[1] != '@' {
			c = c[:1] + "@" + c[1:]
		}
		words = signed(e, words, "Categories", []string{c}, "+", "-")
	}
	words = signed(e, words, "Commands", p.Commands, "+", "-")
	for _, k := range p.Keys {
		if !strings.HasPrefix(k, "%") {
			k = "~" + k
		}
		words = append(words, k)
	}
	for _, c := range p.Channels {
		words = append(words, "&"+c)
	}
	for i, n := range p.Databases {
		if n < 0 {
			e.Fail("Databases", "contain a negative number")
			return words
		}
		sep := ","
		if i == 0 {
			words = append(words, "db")
			sep = "="
		}
		words[len(words)-1] += sep + strconv.FormatInt(n, 10)
	}
	return words
}

// signed appends what a list adds and takes away, with the server's signs for it. The fault does not show the text, which
// may be a password.
func signed(e *encoder, words []string, argument string, list []string, add, remove string) []string {
	for _, s := range list {
		switch {
		case len(s) > 1 && s[0] == '+':
			words = append(words, add+s[1:])
		case len(s) > 1 && s[0] == '-':
			words = append(words, remove+s[1:])
		default:
			e.Fail(argument, "must each begin with + to add or - to remove")
		}
	}
	return words
}
