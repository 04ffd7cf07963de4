package main

import (
	"bytes"
	"fmt"
	gotoken "go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// methodsFile writes a family's methods, nil when it has none.
func methodsFile(t *table, f *family) ([]byte, error) {
	var body bytes.Buffer
	for _, c := range f.commands {
		for _, m := range c.methods {
			if err := writeMethod(&body, t, f, m); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	if body.Len() == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"context\"\n")
	if bytes.Contains(body.Bytes(), []byte("time.")) {
		b.WriteString("\"time\"\n")
	}
	b.WriteString("\n\"github.com/redpoll-go/redpoll/internal/command\"\n)\n\n")
	b.Write(body.Bytes())
	return b.Bytes(), nil
}

// rareFile writes rare_gen.go: an unbox for each reply kind that names a decode function. A generic one would do the same
// for 18 KB of compiled package each.
func rareFile() []byte {
	var body bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(replyKinds)) {
		k := replyKinds[name]
		if decode, _ := strings.CutPrefix(k.shape, "rare:"); strings.HasPrefix(decode, "decode") {
			fmt.Fprintf(&body, "func %s(d *reply) (any, error) {\nvar v %s\nerr := %s(d, &v)\nreturn v, err\n}\n\n", k.rare(), k.goType, decode)
		}
	}
	imports := ""
	if bytes.Contains(body.Bytes(), []byte("time.")) {
		imports = "import \"time\"\n\n"
	}
	return append([]byte(header+"package redpoll\n\n"+imports), body.Bytes()...)
}

// writeMethod writes the encoding function, which pipelines use too, and the
// method of Client.
func writeMethod(b *bytes.Buffer, t *table, f *family, m *method) error {
	reply, ok := replyKinds[m.reply]
	if !ok {
		return fmt.Errorf("unknown reply %q", m.reply)
	}
	params, names, err := m.params()
	if err != nil {
		return err
	}
	calls, head, argc, err := m.encoding()
	if err != nil {
		return err
	}
	list := strings.Join(shortened(params), ", ")
	fmt.Fprintf(b, "func put%s(%s) {\n", m.name, strings.Join(append([]string{"e *encoder"}, shortened(fixed(params))...), ", "))
	fmt.Fprintf(b, "e.open(%q, %d)\n%s}\n\n", fmt.Sprintf("*%d\r\n%s", argc, head), argc, calls)

	writeComment(b, methodDoc(t, f, m))
	results := "error"
	if reply.goType != "" {
		results = "(" + reply.goType + ", error)"
	}
	fmt.Fprintf(b, "func (c *Client) %s(%s) %s {\n", m.name, strings.TrimSuffix("ctx context.Context, "+list, ", "), results)
	if m.empty {
		first := m.args[0].name
		fmt.Fprintf(b, "if len(%s) == 0 {\nreturn %s{}, nil\n}\n", first, reply.goType)
	}
	shape := reply.shape
	if reply.rare() != "" {
		shape = "rareShape"
	}
	fmt.Fprintf(b, "r := newRequest(c, %s, &command.Infos[command.Op%s])\n", shape, m.infoName())
	if reply.rare() != "" {
		fmt.Fprintf(b, "r.val.decode = %s\n", reply.rare())
	}
	fmt.Fprintf(b, "put%s(%s)\n", m.name, strings.Join(append([]string{"&r.enc"}, names...), ", "))
	for _, a := range m.args {
		if a.kind == "wait" || a.kind == "waitmillis" {
			fmt.Fprintf(b, "blockErrand(&r.errand, %s)\n", a.name)
		}
	}
	switch {
	case reply.goType == "":
		b.WriteString("_, err := r.do(ctx)\nreturn err\n")
	case reply.rare() != "":
		fmt.Fprintf(b, "b, err := r.do(ctx)\nv, _ := b.v.(%s)\nreturn v, err\n", reply.goType)
	case m.size != "":
		fmt.Fprintf(b, "flat, err := r.do(ctx)\nreturn groups(flat, len(%s)), err\n", m.size)
	default:
		b.WriteString("return r.do(ctx)\n")
	}
	b.WriteString("}\n\n")
	return nil
}

// infoName is the name of the Info that a method uses.
func (m *method) infoName() string {
	if m.isVariant() {
		return m.name
	}
	return opName(m.parent)
}

// params lists the parameters with their types, and the bare names.
func (m *method) params() (params, names []string, err error) {
	for i, a := range m.args {
		k, ok := argKinds[a.kind]
		if !ok {
			return nil, nil, fmt.Errorf("unknown kind %q", a.kind)
		}
		if gotoken.IsKeyword(a.name) {
			return nil, nil, fmt.Errorf("%s is a word of Go", a.name)
		}
		typ := k.goType
		switch {
		case a.variadic && (i != len(m.args)-1 || m.opts != "" || !k.list):
			return nil, nil, fmt.Errorf("%s cannot be variadic", a.name)
		case a.variadic:
			typ = "..." + typ
		case k.list:
			typ = "[]" + typ
		}
		params = append(params, a.name+" "+typ)
		names = append(names, a.name)
	}
	if m.opts != "" {
		params = append(params, "opts ..."+m.opts)
		names = append(names, "opts")
	}
	return params, names, nil
}

// fixed turns a variadic parameter into a slice.
func fixed(params []string) []string {
	list := slices.Clone(params)
	for i, p := range list {
		list[i] = strings.Replace(p, " ...", " []", 1)
	}
	return list
}

// shortened leaves out the type of a parameter when the next one has the same.
func shortened(params []string) []string {
	list := slices.Clone(params)
	for i := range max(len(list)-1, 0) {
		name, typ, _ := strings.Cut(params[i], " ")
		if _, next, _ := strings.Cut(params[i+1], " "); next == typ {
			list[i] = name
		}
	}
	return list
}

var (
	countOf = regexp.MustCompile(`^n\((\w+)\)$`)
	eachOf  = regexp.MustCompile(`^([A-Z]+)\*(\w+)$`)
	literal = regexp.MustCompile(`^([A-Z][A-Z0-9]*|"")$`)
)

// encoding gives the calls that write a method's words, the constant head and
// the number of words known beforehand.
func (m *method) encoding() (calls, head string, argc int, err error) {
	words := strings.Fields(m.parent.name)
	wire := m.wire
	for len(wire) > 0 && literal.MatchString(wire[0]) {
		words = append(words, strings.Trim(wire[0], `"`))
		wire = wire[1:]
	}
	head, argc = bulks(words), len(words)
	var b strings.Builder
	used := 0
	for i := 0; i < len(wire); i++ {
		w := wire[i]
		switch {
		case literal.MatchString(w):
			text := []string{strings.Trim(w, `"`)}
			for i+1 < len(wire) && literal.MatchString(wire[i+1]) {
				i++
				text = append(text, strings.Trim(wire[i], `"`))
			}
			argc += len(text)
			fmt.Fprintf(&b, "e.literal(%q, 0)\n", bulks(text))
		case w == "opts":
			used++
			fmt.Fprintf(&b, "putOptions(e, opts, %ss)\n", lowerFirst(m.opts))
		case countOf.MatchString(w):
			name := countOf.FindStringSubmatch(w)[1]
			if i+1 == len(wire) || wire[i+1] != name {
				return "", "", 0, fmt.Errorf("%s must stand before %s", w, name)
			}
			i++
			used++
			fmt.Fprintf(&b, "e.counted(%q, %s)\n", name, name)
		case eachOf.MatchString(w):
			p := eachOf.FindStringSubmatch(w)
			used++
			call := "each"
			if m.arg(p[2]).kind == "group" {
				call = "eachOfMany"
			}
			fmt.Fprintf(&b, "e.%s(%q, %q, %s)\n", call, bulks([]string{p[1]}), p[2], p[2])
		default:
			a := m.arg(w)
			if a == nil {
				return "", "", 0, fmt.Errorf("no argument %q", w)
			}
			used++
			k := argKinds[a.kind]
			if !k.list {
				argc++
			}
			b.WriteString(render(k, a) + "\n")
		}
	}
	want := len(m.args)
	if m.opts != "" {
		want++
	}
	if used != want {
		return "", "", 0, fmt.Errorf("%d of %d arguments are sent", used, want)
	}
	return b.String(), head, argc, nil
}

func (m *method) arg(name string) *arg {
	for i := range m.args {
		if m.args[i].name == name {
			return &m.args[i]
		}
	}
	return nil
}

// render fills a kind's call.
func render(k argKind, a *arg) string {
	return strings.NewReplacer("$x", a.name, "$n", strconv.Quote(a.name), "$p", strconv.Quote(a.param)).Replace(k.put)
}

// methodDoc is the comment of a method.
func methodDoc(t *table, f *family, m *method) string {
	c := m.parent
	text := m.name + " " + m.doc
	if m.opts != "" {
		text += "\nOptions: " + groupList(t.option(m.opts)) + "."
	}
	since := c.since
	if m.since != "" {
		since = m.since
	}
	server := "server"
	if c.valkey {
		server = "Valkey"
	}
	text += fmt.Sprintf("\n%s, %s %s, %s.", c.name, server, since, c.complexity)
	if f.wrongType && !c.anyType {
		text += " A key that holds another kind of value is a WRONGTYPE error."
	}
	return text
}
