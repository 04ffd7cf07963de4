package main

import (
	"bytes"
	"fmt"
	gotoken "go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// usesTime finds what needs package time; the word may end a sentence of a comment, too.
var usesTime = regexp.MustCompile(`\btime\.[A-Z]\w`)

// methodsFile writes a family's methods, nil when it has none.
func methodsFile(t *table, f *family) ([]byte, error) {
	var body bytes.Buffer
	for _, c := range f.commands {
		for _, m := range c.methods {
			if err := writeMethod(&body, t, m); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	if body.Len() == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"context\"\n")
	if usesTime.Match(body.Bytes()) {
		b.WriteString("\"time\"\n")
	}
	b.WriteString(")\n\n")
	b.Write(body.Bytes())
	return b.Bytes(), nil
}

// writeMethod writes the method of Pipeline, which encodes the command, and that of Client, which runs it at once.
func writeMethod(b *bytes.Buffer, t *table, m *method) error {
	reply, ok := replyKinds[m.reply]
	if !ok {
		return fmt.Errorf("unknown reply %q", m.reply)
	}
	params, names, err := m.params()
	if err != nil {
		return err
	}
	calls, _, _, err := m.encoding(t)
	if err != nil {
		return err
	}
	list := strings.Join(shortened(params), ", ")
	if m.opts != "" || len(m.args) > 0 && m.args[len(m.args)-1].variadic {
		names[len(names)-1] += "..."
	}
	if m.queued() {
		receiver := "Client"
		if m.parent.held {
			receiver = "Conn"
		}
		fmt.Fprintf(b, "// %s queues %s, see [%s.%s].\n", m.name, m.parent.name, receiver, m.name)
	} else {
		fmt.Fprintf(b, "// %s encodes %s for the method of Client.\n", m.pipelineName(), m.parent.name)
	}
	fmt.Fprintf(b, "func (p *Pipeline) %s(%s) *%s {\n", m.pipelineName(), list, reply.handle())
	if m.empty {
		fmt.Fprintf(b, "if len(%s) == 0 {\nh := &%s{v: %s{}}\np.ready(&methods[%s], &h.result, &h.v)\nreturn h\n}\n", m.args[0].name, reply.handle(), reply.goType, m.id())
	}
	begin, body := fmt.Sprintf("p.begin(&methods[%s])", m.id()), calls+m.onceCalls()+m.special(reply)
	only, one := strings.CutPrefix(body, "e.")
	switch {
	case body == "":
		b.WriteString(begin + "\n")
	case one && strings.Count(body, "\n") == 1 && !strings.Contains(body, " = "):
		b.WriteString(begin + "." + only)
	default:
		fmt.Fprintf(b, "e := %s\n%s", begin, body)
	}
	switch {
	case reply.goType == "":
		b.WriteString("return p.status()\n}\n\n")
	case slices.Contains(queuedTypes, reply.goType):
		fmt.Fprintf(b, "return queue%s(p)\n}\n\n", resultNames[reply.goType])
	default:
		fmt.Fprintf(b, "if p.b == nil {\nreturn nil\n}\nh := new(%s)\np.add(&h.result, &h.v)\nreturn h\n}\n\n", reply.handle())
	}

	writeComment(b, methodDoc(t, m))
	results := "error"
	if reply.goType != "" {
		results = "(" + reply.goType + ", error)"
	}
	receiver, client := "Client", "c"
	if m.parent.held {
		receiver, client = "Conn", "c.held()"
	}
	fmt.Fprintf(b, "func (c *%s) %s(%s) %s {\n", receiver, m.name, strings.TrimSuffix("ctx context.Context, "+list, ", "), results)
	if m.empty {
		fmt.Fprintf(b, "if len(%s) == 0 {\nreturn %s{}, nil\n}\n", m.args[0].name, reply.goType)
	}
	fmt.Fprintf(b, "r := newRequest(%s, &methods[%s])\nr.one.%s(%s)\n", client, m.id(), m.pipelineName(), strings.Join(names, ", "))
	switch {
	case !m.queued():
		b.WriteString("return gone(r.done(ctx))\n")
	case reply.goType == "":
		b.WriteString("return r.done(ctx)\n")
	case reply.rare():
		fmt.Fprintf(b, "var v %s\nerr := r.into(ctx, &v)\nreturn v, err\n", reply.goType)
	default:
		fmt.Fprintf(b, "return do%s(ctx, r)\n", resultNames[reply.goType])
	}
	b.WriteString("}\n\n")
	return nil
}

// queuedTypes are the types of result of so many methods that their handles are made by a function, which costs as much as
// these lines in half a dozen methods.
var queuedTypes = []string{"int64", "string", "bool", "float64", "[]int64", "[]string", "[]Null[int64]", "[]Null[string]", "[]Z", "Value"}

// queued says that the command can stand in a pipeline. One whose success is the end of the connection cannot.
func (m *method) queued() bool { return m.reply != "gone" }

// pipelineName is the name of the method of Pipeline.
func (m *method) pipelineName() string {
	if m.queued() {
		return m.name
	}
	return strings.ToLower(m.name[:1]) + m.name[1:]
}

// id is the method's place in the table of methods.
func (m *method) id() string { return "m" + m.name }

// special gives the lines that a method has beyond encoding its arguments.
func (m *method) special(reply replyKind) string {
	var b strings.Builder
	for _, a := range m.args {
		if a.kind == "wait" || a.kind == "waitmillis" {
			fmt.Fprintf(&b, "e.Block(%s)\n", a.name)
		}
	}
	if expr := reply.filler(); m.size == "" && expr != "" {
		fmt.Fprintf(&b, "p.fill = %s\n", expr)
	}
	if m.size != "" {
		fmt.Fprintf(&b, "p.fill = intoGroups(len(%s))\n", m.size)
	}
	return b.String()
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
		case a.kind == "one":
			typ = a.param
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
func (m *method) encoding(t *table) (calls, head string, argc int, err error) {
	words := strings.Fields(m.parent.name)
	wire := m.wire
	for len(wire) > 0 && literal.MatchString(wire[0]) {
		words = append(words, strings.Trim(wire[0], `"`))
		wire = wire[1:]
	}
	head, argc = bulks(words), len(words)
	var b strings.Builder
	if slices.Contains(m.parent.flags, "Urgent") {
		b.WriteString("e.Urgent()\n")
	}
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
			fmt.Fprintf(&b, "e.Literal(%q, 0)\n", bulks(text))
		case w == "opts":
			used++
			if m.some {
				b.WriteString("needOptions(e, len(opts))\n")
			}
			b.WriteString(t.option(m.opts).put() + "\n")
		case countOf.MatchString(w):
			name := countOf.FindStringSubmatch(w)[1]
			if i+1 == len(wire) || wire[i+1] != name {
				return "", "", 0, fmt.Errorf("%s must stand before %s", w, name)
			}
			i++
			used++
			call := countCalls[m.arg(name).kind]
			if call == "" {
				call = "e.Counted("
			}
			fmt.Fprintf(&b, "%s%q, %s)\n", call, name, name)
		case eachOf.MatchString(w):
			p := eachOf.FindStringSubmatch(w)
			used++
			call, name := "Each", ""
			if m.arg(p[2]).kind == "group" {
				call, name = "EachOfMany", strconv.Quote(p[2])+", "
			}
			fmt.Fprintf(&b, "e.%s(%q, %s%s)\n", call, bulks([]string{p[1]}), name, p[2])
		default:
			a := m.arg(w)
			if a == nil {
				return "", "", 0, fmt.Errorf("no argument %q", w)
			}
			used++
			k := argKinds[a.kind]
			if !k.counts() {
				argc++
			}
			b.WriteString(k.call(a.name, a.name, a.param) + "\n")
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

// methodDoc is the comment of a method.
func methodDoc(t *table, m *method) string {
	c := m.parent
	text := m.name + " " + m.doc
	for _, a := range m.args {
		if a.kind == "one" {
			text += "\nFor " + a.name + ": " + groupList(t.option(a.param)) + "."
		}
	}
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
	if c.valkeyToo != "" && m.since == "" {
		since += " or Valkey " + c.valkeyToo
	}
	text += fmt.Sprintf("\n%s, %s %s, %s.", c.name, server, since, c.complexity)
	text += m.repeatDoc(t)
	if m.wrongType {
		text += " A key that holds another kind of value is a WRONGTYPE error."
	}
	return text
}
