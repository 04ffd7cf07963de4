package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rareFile writes rare_gen.go: a filler for each decode function of a rare kind of reply.
func rareFile(t *table) []byte {
	fillers := map[string]string{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			k := replyKinds[m.reply]
			goType := k.goType
			if goType == "" {
				goType = "struct{}"
			}
			if decode, ok := strings.CutPrefix(k.shape, "rare:decode"); ok {
				fillers[decode] = fmt.Sprintf("func %s(d *reply, _ any) (any, error) {\nvar v %s\nerr := decode%s(d, &v)\nreturn v, err\n}\n\n", k.rare(), goType, decode)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n// The functions that decode replies without a shape of their own, see newRare.\n\n")
	for _, decode := range slices.Sorted(maps.Keys(fillers)) {
		b.WriteString(fillers[decode])
	}
	return b.Bytes()
}
