package main

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// infosFile writes infos_gen.go of package command.
func infosFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package command\n\n")
	fmt.Fprintf(&b, "// maxName is the length of the longest name.\nconst maxName = %d\n\n", longest(t))

	b.WriteString("// The positions in Infos of commands that have typed methods. Methods that\n" +
		"// use a command in a way of its own have an Info of their own.\nconst (\n")
	for i, c := range t.commands {
		if name := opName(c); name != "" {
			fmt.Fprintf(&b, "Op%s = %d\n", name, i)
		}
	}
	variants := t.variants()
	for i, m := range variants {
		fmt.Fprintf(&b, "Op%s = %d\n", m.name, len(t.commands)+i)
	}
	b.WriteString(")\n\n")

	b.WriteString("// Infos are all known commands in the order of their names, then the variants.\nvar Infos = [...]Info{\n")
	for _, c := range t.commands {
		writeInfo(&b, c, c.retry)
	}
	for _, m := range variants {
		writeInfo(&b, m.parent, m.retry)
	}
	b.WriteString("}\n\n")
	writeIndex(&b, t)
	return b.Bytes()
}

// opName is a command's name in the constants: that of its first method which is
// no variant, "" when there is none.
func opName(c *entry) string {
	for _, m := range c.methods {
		if !m.isVariant() {
			return m.name
		}
	}
	return ""
}

// isVariant says that a method has an Info of its own, because its retry class
// is not its command's.
func (m *method) isVariant() bool { return m.retry != "" && m.retry != m.parent.retry }

// variants are the methods whose retry class is not their command's.
func (t *table) variants() []*method {
	var list []*method
	for _, c := range t.commands {
		for _, m := range c.methods {
			if m.isVariant() {
				list = append(list, m)
			}
		}
	}
	return list
}

func longest(t *table) int {
	n := 0
	for _, c := range t.commands {
		n = max(n, len(c.name))
	}
	return n
}

// definite says that a command never answers with a null: all of its methods give a status or a number, and none is
// documented to give Nil. Modules are not taken at their word.
func definite(c *entry) bool {
	for _, m := range c.methods {
		if !slices.Contains([]string{"ok", "done", "int", "bool", "float"}, m.reply) || strings.Contains(m.doc, "Nil") {
			return false
		}
	}
	return len(c.methods) > 0 && !strings.Contains(c.name, ".")
}

func writeInfo(b *bytes.Buffer, c *entry, retry string) {
	fmt.Fprintf(b, "{Name: %q, Arity: %d", c.name, c.arity)
	if c.instead != "" {
		fmt.Fprintf(b, ", Instead: %q", c.instead)
	}
	flags := slices.Clone(c.flags)
	if definite(c) {
		flags = append(flags, "Definite")
	}
	if len(flags) > 0 {
		fmt.Fprintf(b, ", Flags: %s", strings.Join(flags, "|"))
	}
	for _, f := range [][2]string{
		{"Retry", retry}, {"Block", c.block}, {"Policy", c.policy}, {"Merge", c.merge}, {"Copy", c.copyRule},
	} {
		if f[1] != "" && f[1] != "RetryNever" && f[1] != "CopySame" {
			fmt.Fprintf(b, ", %s: %s", f[0], f[1])
		}
	}
	writeKeys(b, &c.keys)
	if c.channel > 0 {
		fmt.Fprintf(b, ", ChannelAt: %d", c.channel)
	}
	b.WriteString("},\n")
}

func writeKeys(b *bytes.Buffer, k *keys) {
	if k.first == 0 && k.num == 0 && k.after == nil {
		return
	}
	b.WriteString(", Keys: Keys{")
	for _, f := range []struct {
		name string
		n    int
	}{{"First", k.first}, {"Last", k.last}, {"Step", k.step}, {"Num", k.num}} {
		if f.n != 0 {
			fmt.Fprintf(b, "%s: %d,", f.name, f.n)
		}
	}
	if k.after != nil {
		fmt.Fprintf(b, "After: &After{Words: %#v", k.after)
		if k.take != "" {
			fmt.Fprintf(b, ", Take: %s", k.take)
		}
		if k.from > 0 {
			fmt.Fprintf(b, ", From: %d", k.from)
		}
		if k.skip != nil {
			b.WriteString(", Skip: []Option{")
			for _, o := range k.skip {
				fmt.Fprintf(b, "{%q, %d},", o.word, o.arguments)
			}
			b.WriteString("}")
		}
		b.WriteString("},")
	}
	if k.instead {
		b.WriteString("Instead: true,")
	}
	b.WriteString("}")
}

// indexSize is the number of slots of the hash index; with less than half of
// them in use, a look-up rarely needs a second step.
const indexSize = 2048

func writeIndex(b *bytes.Buffer, t *table) {
	index := make([]int, indexSize)
	for i, c := range t.commands {
		n := slot(c.name)
		for index[n] != 0 {
			n = (n + 1) % indexSize
		}
		index[n] = i + 1
	}
	fmt.Fprintf(b, "// index maps hashes of names to positions in Infos, plus 1.\nvar index = [%d]uint16{\n", indexSize)
	for at, n := range index {
		if n != 0 {
			fmt.Fprintf(b, "%d: %d,\n", at, n)
		}
	}
	b.WriteString("}\n")
}

// slot is where the look-up starts to search for a name; command.find does the
// same. (The generator cannot import what it generates.)
func slot(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	sum := h.Sum32()
	return int((sum ^ sum>>15) % indexSize)
}
