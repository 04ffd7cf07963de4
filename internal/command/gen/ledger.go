package main

import (
	"bytes"
	"fmt"
	"strings"
)

// ledgerFile writes internal/testkit/ledger/methods_gen.go: a list of the methods for tests that call each
// one.
func ledgerFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + `// Package ledger lists the methods of the command table for tests.
package ledger

import "github.com/redpoll-go/redpoll/internal/command"

// Method describes a method of the command table.
type Method struct {
Args string // the kinds of the arguments; one(TYPE) is an option that must be given, others are left out
Info *command.Info
Counts bool // the result tells how much has changed
}

// Methods are the methods of the command table by name.
var Methods = map[string]Method{
`)
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
				fmt.Fprintf(&b, "%q: {%q, %s, %v},\n",
					m.name, strings.Join(kinds, " "), m.info(), replyKinds[m.reply].counts)
			}
		}
	}
	b.WriteString("}\n")
	return b.Bytes()
}
