package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rareFile writes rare_gen.go: a filler for each decode function of a rare kind of reply.
func rareFile() []byte {
	var body bytes.Buffer
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(replyKinds)) {
		k := replyKinds[name]
		decode, ok := strings.CutPrefix(k.shape, "rare:decode")
		if !ok || done[decode] {
			continue
		}
		done[decode] = true
		goType := k.goType
		if goType == "" {
			goType = "struct{}"
		}
		fmt.Fprintf(&body, "func unbox%s(d *reply, _ any) (any, error) {\nvar v %s\nerr := decode%s(d, &v)\nreturn v, err\n}\n\n", decode, goType, decode)
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\n")
	if strings.Contains(body.String(), "time.") {
		b.WriteString("import \"time\"\n\n")
	}
	b.WriteString("// The functions that decode replies without a shape of their own, see newRare.\n\n")
	b.Write(body.Bytes())
	return b.Bytes()
}
