package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dispatchFile writes methods_gen.go: the table of methods, and what it points to.
func dispatchFile(t *table) ([]byte, error) {
	var ids, rows bytes.Buffer
	fillers, cases, pools, kinds := map[string]string{}, map[string]string{}, map[string]bool{}, map[string]string{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			k := replyKinds[m.reply]
			calls, head, argc, err := m.encoding(t)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			each := "0"
			switch {
			case m.each && strings.Contains(calls, "e.Counted"):
				each = "eachCounted"
			case m.each:
				each = fmt.Sprint(argc)
			}
			fmt.Fprintf(&ids, "%s\n", m.id())
			kind, fill, pool := "kindOwn", "nil", "rareRecords"
			if decode := k.name(); decode != "" {
				kind, fill = "kind"+decode, "into"+decode
				slot := "slot.(*" + k.goType + ")"
				if k.goType == "" {
					slot = "nil"
				}
				if k.distinct() {
					kind, fill = "kindRare", "intoRare"
					cases[k.goType] = fmt.Sprintf("case *%s: return %s(d, v)\n", k.goType, k.function())
				} else {
					fillers[decode] = fmt.Sprintf("func into%s(d *reply, slot any) error { return %s(d, %s) }\n\n", decode, k.function(), slot)
				}
				if !k.rare() {
					pool = "records" + decode
					pools[pool] = true
				}
			}
			if k.record() != "" {
				kind, fill = "kindRare", "intoRare"
			}
			kinds[kind] = fmt.Sprintf("{%s, %s}", fill, pool)
			fmt.Fprintf(&rows, "%s: {%q, command.Op%s, %d, %s, %s},\n",
				m.id(), fmt.Sprintf("*%d\r\n%s", argc, head), m.infoName(), argc, kind, each)
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"time\"\n\n\"github.com/redpoll-go/redpoll/internal/command\"\n\"github.com/redpoll-go/redpoll/internal/decode\"\n)\n\n")
	// The compiler describes every constant that is an integer to debuggers, at 70 bytes each.
	b.WriteString("// The positions of methods in the table. They are not typed as integers so that debuggers are not told of them.\n" +
		"const (\n" + strings.Replace(ids.String(), "\n", " = iota + 0.0\n", 1) + ")\n\n")
	b.WriteString("// methods are what differs from one method to the next, apart from their arguments.\nvar methods = [...]method{\n" + rows.String() + "}\n\n")
	b.WriteString("// The kinds of replies, kindOwn for methods that say themselves how theirs is read.\nconst (\n" +
		strings.Replace(strings.Join(slices.Sorted(maps.Keys(kinds)), "\n"), "\n", " = iota + 0.0\n", 1) + "\n)\n\nvar kinds = [...]kind{\n")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&b, "%s: %s,\n", name, kinds[name])
	}
	b.WriteString("}\n\n// The pools for the records of commands that a program may run in a hot path, by kind of reply.\nconst (\n" +
		strings.Replace(strings.Join(slices.Sorted(maps.Keys(pools)), "\n"), "\n", " = iota + firstOfKinds\n", 1))
	b.WriteString("\n)\n\n// The fillers of all kinds of replies.\n\n")
	for _, name := range slices.Sorted(maps.Keys(fillers)) {
		b.WriteString(fillers[name])
	}
	b.WriteString("// intoRare is the filler of all kinds of replies that no program waits for in a hot path and that have a type of their own.\n" +
		"func intoRare(d *reply, slot any) error {\nswitch v := slot.(type) {\n")
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		b.WriteString(cases[name])
	}
	b.WriteString("}\nreturn decodeRecord(d, slot)\n}\n")
	return b.Bytes(), nil
}

// handlesFile writes replies_gen.go: the handles of commands in a pipeline that have a type of their own.
func handlesFile(t *table) []byte {
	types := map[string]string{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			if k := replyKinds[m.reply]; k.goType != "" && !k.common() {
				name := k.handle()
				types[name] = fmt.Sprintf("// %[1]s is the handle of a queued command whose result is a %[2]s; see [Reply].\ntype %[1]s struct {\nresult\nv %[2]s\n}\n\n"+
					"// Val returns the result, the zero value if Err is not nil; see [Reply.Val].\nfunc (r *%[1]s) Val() (v %[2]s) {\nif r.valid() {\nv = r.v\n}\nreturn v\n}\n\n"+
					"// Err returns why there is no result; see [Reply.Err].\nfunc (r *%[1]s) Err() error { return r.err }\n\n", name, k.goType)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n")
	for _, name := range slices.Sorted(maps.Keys(types)) {
		b.WriteString(types[name])
	}
	return b.Bytes()
}
