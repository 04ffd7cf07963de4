package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// onceRule is a condition on the arguments of a repeatable command: with such arguments it must not run
// twice.
type onceRule struct {
	// call is the statement that checks the condition after the command's words are written. {first} is the
	// first argument, {others} are the other ones.
	call string
	args int    // the least number of arguments
	doc  string // completes "RetryWrites does not repeat a call"; {one of others} names the other arguments
}

// onceRules are the conditions that methods may name, as in once=source(dst,keys).
var onceRules = map[string]onceRule{
	"source":  {"e.OnceIfSource({first}, {others})", 2, "when {first} is also {one of others}"},
	"removal": {"e.OnceUnlessNamed({first})", 1, "when {first} has parts other than names and wildcards"},
	"search":  {"e.OnceIfSearched({first})", 1, "when {first} has a filter or a recursive descent"},
	"null":    {"e.OnceIfNull()", 0, "when there is a null in the value"},
	"entries": {"onceEntries(e, {first})", 1, "when a key comes twice, or a path has a filter or a recursive descent"},
	"last":    {"e.OnceIfLast({first})", 1, "when {first} is \"$\""},
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
		return once{}, fmt.Errorf("once=%s is not a rule with its arguments", text)
	}
	return o, nil
}

// checkOnce finds conditions without a meaning.
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

// class returns the method's class of retry.
func (m *method) class() string {
	if m.retry != "" {
		return m.retry
	}
	return m.parent.retry
}

// onceCalls returns the statements that check the arguments.
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
			others := strings.Join(rest, ", ")
			call = strings.NewReplacer("{first}", o.args[0], "{others}", others).Replace(call)
		}
		b.WriteString(call + "\n")
	}
	return b.String()
}

// repeatDoc returns sentences about Options.RetryWrites, "" if a method does not need any.
func (m *method) repeatDoc(t *table) string {
	if m.class() != "RetryRepeatable" {
		return ""
	}
	text, before := "", " [Options].RetryWrites does not repeat a call "
	if replyKinds[m.reply].counts {
		text = " With [Options].RetryWrites the result may be that of a second execution."
		before = " A call is not repeated "
	}
	if not := m.onceDocs(t); len(not) > 0 {
		text += before + strings.Join(not, ", or ") + "."
	}
	return text
}

// onceDocs returns phrases for the arguments with which the method must not run twice.
func (m *method) onceDocs(t *table) []string {
	var list []string
	for _, o := range m.once {
		names := strings.NewReplacer("{first}", o.first(), "{one of others}", m.sources(o))
		list = append(list, names.Replace(onceRules[o.rule].doc))
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

// first returns the first argument of a condition, "" if it has none.
func (o once) first() string {
	if len(o.args) == 0 {
		return ""
	}
	return o.args[0]
}

// sources names the other arguments of a condition: "one of keys or src".
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
