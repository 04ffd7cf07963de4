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

	b.WriteString("// The positions in Infos of commands with typed methods, and of variants. A variant\n" +
		"// is a command with another class of retry, for one of its methods.\nconst (\n")
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

	b.WriteString("// Infos are all known commands in the order of their names, then the variants.\n" +
		"var Infos = [...]Info{\n")
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

// opName returns a command's name in the constants: that of its first method without an Info of its own, ""
// if there is none.
func opName(c *entry) string {
	for _, m := range c.methods {
		if !m.isVariant() {
			return m.name
		}
	}
	return ""
}

// isVariant reports whether a method has an Info of its own, because its class of retry is not its command's.
func (m *method) isVariant() bool { return m.retry != "" && m.retry != m.parent.retry }

// variants returns the methods with an Info of their own.
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

// definite reports whether a command never answers with a null: all of its methods return a status or a
// number, and no text mentions Nil. Commands of modules do not count as definite.
func definite(c *entry) bool {
	for _, m := range c.methods {
		isDefinite := slices.Contains([]string{"ok", "done", "int", "bool", "float"}, m.reply)
		if !isDefinite || strings.Contains(m.doc, "Nil") {
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
		if f[1] != "" && f[1] != "RetryNever" {
			fmt.Fprintf(b, ", %s: %s", f[0], f[1])
		}
	}
	writeKeys(b, &c.keys)
	if c.channel > 0 {
		fmt.Fprintf(b, ", ChannelAt: %d", c.channel)
	}
	writeSince(b, c)
	b.WriteString("},\n")
}

// writeSince writes the first releases with a command, if not all supported servers have it.
func writeSince(b *bytes.Buffer, c *entry) {
	redis, valkey := c.since, c.valkeyToo
	if c.valkey {
		redis, valkey = "", c.since
	}
	for _, f := range [][2]string{{"Since", redis}, {"Valkey", valkey}} {
		var major, minor int
		if n, _ := fmt.Sscanf(f[1], "%d.%d", &major, &minor); n == 2 && major >= oldest {
			fmt.Fprintf(b, ", %s: %d<<8 + %d", f[0], major, minor)
		}
	}
}

// oldest is the oldest supported release. Commands that it has get no Since.
const oldest = 5

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

// indexSize is the number of slots of the hash index. Less than half of them are in use, so a look-up rarely
// needs a second step.
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
	fmt.Fprintf(b, "// index maps hashes of names to positions in Infos, plus 1.\n"+
		"var index = [%d]uint16{\n", indexSize)
	for at, n := range index {
		if n != 0 {
			fmt.Fprintf(b, "%d: %d,\n", at, n)
		}
	}
	b.WriteString("}\n")
}

// slot returns the place in the index where the look-up of a name starts. It repeats command.slotOf, because
// the generator cannot import a package that it generates.
func slot(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	sum := h.Sum32()
	return int((sum ^ sum>>15) % indexSize)
}
