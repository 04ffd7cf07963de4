package main

import (
	"bytes"
	"fmt"
	"strings"
)

// argumentsFile writes arguments_gen_test.go: the kinds of all methods' arguments, for tests that call each of them.
func argumentsFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\n" +
		"// methodArguments has the kinds of each method's arguments as the command table has them. An option that must be there is\n" +
		"// one(TYPE); other options are left out.\nvar methodArguments = map[string]string{\n")
	for _, f := range t.families {
		for _, c := range f.commands {
			for _, m := range c.methods {
				var kinds []string
				for _, a := range m.args {
					kind := a.kind
					if a.kind == "one" {
						kind = "one(" + a.param + ")"
					}
					kinds = append(kinds, kind)
				}
				if m.some {
					kinds = append(kinds, "one("+m.opts+")")
				}
				fmt.Fprintf(&b, "%q: %q,\n", m.name, strings.Join(kinds, " "))
			}
		}
	}
	b.WriteString("}\n")
	return b.Bytes()
}
