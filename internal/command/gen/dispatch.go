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
	fillers, pools := map[string]string{}, map[string]bool{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			k := replyKinds[m.reply]
			_, head, argc, err := m.encoding()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			fmt.Fprintf(&ids, "%s\n", m.id())
			fill, pool := "nil", "rareRecords"
			if decode, ok := strings.CutPrefix(k.function(), "decode"); ok {
				fill = "into" + decode
				slot := "slot.(*" + k.goType + ")"
				if k.goType == "" {
					slot = "nil"
				}
				fillers[decode] = fmt.Sprintf("func into%s(d *reply, slot any) error { return decode%s(d, %s) }\n\n", decode, decode, slot)
				if !k.rare() {
					pool = "records" + decode
					pools[pool] = true
				}
			}
			fmt.Fprintf(&rows, "%s: {&command.Infos[command.Op%s], %q, %d, %s, &%s},\n",
				m.id(), m.infoName(), fmt.Sprintf("*%d\r\n%s", argc, head), argc, fill, pool)
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"sync\"\n\"time\"\n\n\"github.com/redpoll-go/redpoll/internal/command\"\n)\n\n")
	b.WriteString("// The positions of methods in the table.\nconst (\n" + strings.Replace(ids.String(), "\n", " = iota\n", 1) + ")\n\n")
	b.WriteString("// methods are what differs from one method to the next, apart from their arguments.\nvar methods = [...]method{\n" + rows.String() + "}\n\n")
	b.WriteString("// The records of commands that a program may run in a hot path, by kind of reply.\nvar (\n")
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		fmt.Fprintf(&b, "%s sync.Pool\n", name)
	}
	b.WriteString(")\n\n// The fillers of all kinds of replies.\n\n")
	for _, name := range slices.Sorted(maps.Keys(fillers)) {
		b.WriteString(fillers[name])
	}
	return b.Bytes(), nil
}
