package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// repliesFile writes replies_gen.go: the kinds of replies, their fillers, and the handles of commands in a
// pipeline that have a type of their own.
func repliesFile(t *table) []byte {
	kinds, handles := map[string]replyKind{}, map[string]string{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			k := replyKinds[m.reply]
			kinds[k.variable()] = k
			if k.handle != "" {
				handles[k.handle] = k.goType
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"time\"\n\n" +
		"\"github.com/redpoll-go/redpoll/internal/decode\"\n)\n\n" +
		"// The kinds of replies.\nvar (\n")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		if k.fill != "" {
			fmt.Fprintf(&b, "%s kind // the methods set the filler\n", name)
			continue
		}
		fmt.Fprintf(&b, "%s = kind{fill: %s}\n", name, k.filler())
	}
	b.WriteString(")\n\n// The fillers of these kinds.\n\n")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		switch {
		case k.decode == "":
		case k.goType == "":
			fmt.Fprintf(&b, "func into%s(d *reply, _ any) error { return %s(d) }\n\n", k.name, k.decode)
		default:
			fmt.Fprintf(&b, "func into%s(d *reply, slot any) error { return %s(d, slot.(*%s)) }\n\n",
				k.name, k.decode, k.goType)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(handles)) {
		fmt.Fprintf(&b, handleCode, name, handles[name], article(handles[name]))
	}
	return b.Bytes()
}

// handleCode is the code of a handle. %[1]s is its type, %[2]s is the type of the result, and %[3]s is the
// article in front of it.
const handleCode = `
// %[1]s is the handle of a queued command whose result is %[3]s %[2]s; see [Reply].
type %[1]s struct {
	result
	v %[2]s
}

// Val returns the result, the zero value if Err is not nil; see [Reply.Val].
func (r *%[1]s) Val() (v %[2]s) {
	if valid(r.err) {
		v = r.v
	}
	return v
}

// Result returns Val and Err; see [Reply.Result].
func (r *%[1]s) Result() (%[2]s, error) { return r.Val(), r.err }

// Err returns why there is no result; see [Reply.Err].
func (r *%[1]s) Err() error { return r.err }
`

// article returns the indefinite article of a type. A u at the beginning sounds as in uint64.
func article(goType string) string {
	if strings.ContainsAny(goType[:1], "AEIOaeio") {
		return "an"
	}
	return "a"
}
