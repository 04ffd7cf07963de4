package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// onceRule says with which arguments a call that is repeatable otherwise must not run twice.
type onceRule struct {
	call string // of the encoder, behind the command's words: $1 is the first argument, $* are the others
	args int    // how many arguments it has at least
	doc  string // completes "RetryWrites does not repeat it"
}

// onceRules are the conditions that methods may name: once=source(dst,keys).
var onceRules = map[string]onceRule{
	"source":  {"e.OnceIfSource($1, $*)", 2, "when $1 is also $or"},
	"removal": {"e.OnceUnlessNamed($1)", 1, "unless $1 consists of names and wildcards"},
	"search":  {"e.OnceIfSearched($1)", 1, "when $1 has a filter or a recursive descent"},
	"null":    {"e.OnceIfNull()", 0, "when there is a null in the value"},
	"entries": {"onceEntries(e, $1)", 1, "when a key comes twice, or a path has a filter or a recursive descent"},
	"last":    {"e.OnceIfLast($1)", 1, "when $1 is \"$\""},
}

// parseOnce reads RULE(ARG,...).
func parseOnce(text string) (once, error) {
	name, list, ok := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	if !ok {
		return once{}, fmt.Errorf("once=%s has no list of arguments", text)
	}
	o := once{rule: name}
	if list != "" {
		o.args = strings.Split(list, ",")
	}
	rule, known := onceRules[name]
	if !known || len(o.args) < rule.args || rule.args < 2 && len(o.args) != rule.args {
		return once{}, fmt.Errorf("once=%s is no rule with its arguments", text)
	}
	return o, nil
}

// checkOnce finds conditions that mean nothing.
func (m *method) checkOnce() error {
	if len(m.once) > 0 && m.class() == "RetryNever" {
		return errors.New("it is never repeated, so once says nothing")
	}
	for _, o := range m.once {
		for _, name := range o.args {
			if m.arg(name) == nil {
				return fmt.Errorf("once has no argument %q", name)
			}
		}
	}
	return nil
}

// class is the method's retry class.
func (m *method) class() string {
	if m.retry != "" {
		return m.retry
	}
	return m.parent.retry
}

// onceCalls are the encoder's calls that look at the arguments.
func (m *method) onceCalls() string {
	var b strings.Builder
	for _, o := range m.once {
		call := onceRules[o.rule].call
		if len(o.args) > 0 {
			rest := slices.Clone(o.args[1:])
			for i, name := range rest {
				if argKinds[m.arg(name).kind].list {
					rest[i] += "..."
				}
			}
			call = strings.NewReplacer("$1", o.args[0], "$*", strings.Join(rest, ", ")).Replace(call)
		}
		b.WriteString(call + "\n")
	}
	return b.String()
}

// secondHand are the replies that may be those of a second execution: numbers and flags that say what has changed.
var secondHand = []string{"int", "bool", "ints", "marks"}

// repeatDoc says what Options.RetryWrites means for a method, "" if there is nothing to know.
func (m *method) repeatDoc(t *table) string {
	if m.class() != "RetryRepeatable" {
		return ""
	}
	text, not := "", m.onceDocs(t)
	if slices.Contains(secondHand, m.reply) {
		text = " With [Options].RetryWrites the result may be that of a second execution"
		if len(not) > 0 {
			text += "; there is none " + strings.Join(not, ", nor ")
		}
		return text + "."
	}
	if len(not) > 0 {
		text = " [Options].RetryWrites does not repeat it " + strings.Join(not, ", nor ") + "."
	}
	return text
}

// onceDocs names what makes a call of the method one that must not run twice.
func (m *method) onceDocs(t *table) []string {
	var list []string
	for _, o := range m.once {
		list = append(list, strings.NewReplacer("$1", o.first(), "$or", m.sources(o)).Replace(onceRules[o.rule].doc))
	}
	types := []string{m.opts}
	for _, a := range m.args {
		if a.kind == "one" {
			types = append(types, a.param)
		}
	}
	var tokens []string
	for _, name := range types {
		o := t.option(name)
		if o == nil {
			continue
		}
		for _, k := range o.tokens() {
			if t.token(k).once || slices.Contains(o.once, k) {
				tokens = append(tokens, k)
			}
		}
	}
	if n := len(tokens); n == 1 {
		list = append(list, "with "+tokens[0])
	} else if n > 1 {
		list = append(list, "with "+strings.Join(tokens[:n-1], ", ")+" or "+tokens[n-1])
	}
	return list
}

// first is the first argument of a condition, "" if it has none.
func (o once) first() string {
	if len(o.args) == 0 {
		return ""
	}
	return o.args[0]
}

// sources names the other arguments of a condition: one of keys, or src.
func (m *method) sources(o once) string {
	var names []string
	for _, name := range o.args[min(1, len(o.args)):] {
		if argKinds[m.arg(name).kind].list {
			name = "one of " + name
		}
		names = append(names, name)
	}
	return strings.Join(names, " or ")
}
