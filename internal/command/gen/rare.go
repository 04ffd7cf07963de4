package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rareFile writes rare_gen.go: a function for each rare kind of reply that decodes it into a box.
func rareFile() []byte {
	var body bytes.Buffer
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(replyKinds)) {
		k := replyKinds[name]
		if k.rare() == "" || done[k.rare()] {
			continue
		}
		done[k.rare()] = true
		goType := k.goType
		if goType == "" {
			goType = "struct{}"
		}
		fmt.Fprintf(&body, "func %s(d *reply) (any, error) {\nvar v %s\nerr := %s(d, &v)\nreturn v, err\n}\n\n", k.unbox(), goType, k.rare())
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\n")
	if strings.Contains(body.String(), "time.") {
		b.WriteString("import \"time\"\n\n")
	}
	b.WriteString("// The functions that decode replies without a shape of their own, see rareShape.\n\n")
	b.Write(body.Bytes())
	return b.Bytes()
}
