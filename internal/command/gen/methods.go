package main

import (
	"bytes"
	"fmt"
	gotoken "go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// usesTime finds the names of package time, and skips a sentence that ends with the word time.
var usesTime = regexp.MustCompile(`\btime\.[A-Z]\w`)

// rooms groups the families by the files of their methods.
func (t *table) rooms() map[string][]*family {
	rooms := map[string][]*family{}
	for _, f := range t.families {
		rooms[f.room] = append(rooms[f.room], f)
	}
	return rooms
}

// methodsFile writes the methods of some families. It returns nil if they have none.
func methodsFile(t *table, families []*family) ([]byte, error) {
	var body bytes.Buffer
	for _, f := range families {
		for _, c := range f.commands {
			for _, m := range c.methods {
				if err := writeMethod(&body, t, m); err != nil {
					return nil, fmt.Errorf("%s: %w", m.name, err)
				}
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
	b.WriteString("\n\"github.com/redpoll-go/redpoll/internal/command\"\n)\n\n")
	b.Write(body.Bytes())
	return b.Bytes(), nil
}

// methodCode is the code of one method of the table: a function that encodes the command, a method of
// Pipeline that queues it, and a method of Client that runs it.
var methodCode = template.Must(template.New("method").Parse(`
{{- if not .Fixed}}
// encode{{.Name}} writes {{.Command}}.
func encode{{.Name}}(e *encoder{{if .Slices}}, {{.Slices}}{{end}}) {
	e.Begin({{.Info}}, {{.Head}}, {{.Argc}})
	{{.Calls -}}
}
{{end}}
{{- if .Queued}}
// {{.Name}} queues {{.Command}}, see [{{.Receiver}}.{{.Name}}].
func (p *Pipeline) {{.Name}}({{.Params}}) *{{.Handle}} {
	{{- if .Empty}}
	if len({{.Empty}}) == 0 {
		h := &{{.Handle}}{v: {{.Result}}{}}
		p.ready({{.Info}}, &h.result, &h.v)
		return h
	}
	{{- end}}
	{{- if .Fixed}}
	p.begin(&{{.Kind}}).Begin({{.Info}}, {{.Head}}, {{.Argc}})
	{{- else}}
	encode{{.Name}}(p.begin(&{{.Kind}}){{if .Names}}, {{.Names}}{{end}})
	{{- end}}
	{{- if .Filler}}
	p.fillWith({{.Filler}})
	{{- end}}
	{{- if not .Result}}
	return p.status()
	{{- else if .OwnHandle}}
	h := new({{.Handle}})
	p.add(&h.result, &h.v)
	return h
	{{- else}}
	return queue[{{.Result}}](p)
	{{- end}}
}
{{end}}
{{.Doc -}}
func (c *{{.Receiver}}) {{.Name}}(ctx context.Context{{if .Params}}, {{.Params}}{{end}}) {{if .Result}}({{.Result}}, error){{else}}error{{end}} {
	{{- if .Empty}}
	if len({{.Empty}}) == 0 {
		return {{.Result}}{}, nil
	}
	{{- end}}
	r := newRequest({{if eq .Receiver "Conn"}}c.held(){{else}}c{{end}}, &{{.Kind}})
	{{- if .Fixed}}
	r.enc.Begin({{.Info}}, {{.Head}}, {{.Argc}})
	{{- else}}
	encode{{.Name}}(&r.enc{{if .Names}}, {{.Names}}{{end}})
	{{- end}}
	{{- if .Filler}}
	r.fill = {{.Filler}}
	{{- end}}
	{{- if not .Queued}}
	return gone(r.done(ctx))
	{{- else if .Hot}}
	return do[{{.Result}}](ctx, r)
	{{- else if .Result}}
	var v {{.Result}}
	err := r.into(ctx, &v)
	return v, err
	{{- else}}
	return r.done(ctx)
	{{- end}}
}

`))

// methodParts are the parts of methodCode that differ from method to method.
type methodParts struct {
	Name      string // of the method
	Command   string
	Receiver  string // Client, or Conn for commands about their own connection
	Info      string // the expression for a pointer to the command's Info
	Head      string // the quoted array header and first words
	Argc      int    // the number of words that the header announces
	Calls     string // the statements that write the other words
	Params    string // the parameters as callers see them
	Slices    string // the same without "..."
	Names     string // of the parameters
	Kind      string // the variable of the kind of replies
	Filler    string // the expression for the filler if it depends on the arguments
	Result    string // the Go type of the result, "" if the method returns only an error
	Handle    string // the Go type of the handle
	OwnHandle bool   // the handle is not a Reply
	Hot       bool   // see replyKind
	Fixed     bool   // the command is its first words, so it needs no function that encodes it
	Queued    bool   // the command can be queued in a pipeline
	Empty     string // the list that may be empty because the result is known then, or ""
	Doc       string // the comment of the method of Client
}

// writeMethod writes the code of one method of the table.
func writeMethod(b *bytes.Buffer, t *table, m *method) error {
	reply, ok := replyKinds[m.reply]
	if !ok {
		return fmt.Errorf("unknown reply %q", m.reply)
	}
	params, err := m.params()
	if err != nil {
		return err
	}
	code, err := m.encoding(t)
	if err != nil {
		return err
	}
	var names, slices []string
	for _, p := range params {
		name, _, _ := strings.Cut(p, " ")
		names, slices = append(names, name), append(slices, strings.Replace(p, " ...", " []", 1))
	}
	var doc bytes.Buffer
	writeComment(&doc, methodDoc(t, m))
	p := methodParts{
		Name: m.name, Command: m.parent.name, Receiver: "Client", Info: m.info(),
		Head: strconv.Quote(code.head), Argc: code.argc, Calls: code.calls + m.onceCalls(),
		Params: strings.Join(shortened(params), ", "),
		Slices: strings.Join(shortened(slices), ", "),
		Names:  strings.Join(names, ", "),
		Kind:   reply.variable(), Filler: strings.ReplaceAll(reply.fill, "{size}", m.size),
		Result: reply.goType, Handle: reply.handleType(), OwnHandle: reply.handle != "", Hot: reply.hot,
		Queued: m.reply != "gone", // such a command ends the connection
		Doc:    doc.String(),
	}
	if m.parent.held {
		p.Receiver = "Conn"
	}
	p.Fixed = p.Params == "" && p.Calls == ""
	if m.empty {
		p.Empty = m.args[0].name
	}
	return methodCode.Execute(b, p)
}

// info returns the expression for a pointer to the Info that a method uses.
func (m *method) info() string { return "&command.Infos[command.Op" + m.infoName() + "]" }

// infoName returns the name of the Info that a method uses.
func (m *method) infoName() string {
	if m.isVariant() {
		return m.name
	}
	return opName(m.parent)
}

// params lists the parameters with their types.
func (m *method) params() ([]string, error) {
	var params []string
	for i, a := range m.args {
		k, ok := argKinds[a.kind]
		if !ok {
			return nil, fmt.Errorf("unknown kind %q", a.kind)
		}
		if gotoken.IsKeyword(a.name) {
			return nil, fmt.Errorf("%s is a word of Go", a.name)
		}
		typ := k.goType
		switch {
		case a.variadic && (i != len(m.args)-1 || m.opts != "" || !k.list):
			return nil, fmt.Errorf("%s cannot be variadic", a.name)
		case a.variadic:
			typ = "..." + typ
		case k.list:
			typ = "[]" + typ
		case a.kind == "one":
			typ = a.param
		}
		params = append(params, a.name+" "+typ)
	}
	if m.opts != "" {
		params = append(params, "opts ..."+m.opts)
	}
	return params, nil
}

// shortened leaves out the type of a parameter if the next one has the same type.
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

// encoding is the code that writes a method's command.
type encoding struct {
	head  string // the array header and the first words, which are the same in each call
	argc  int    // the number of words in the header; some statements count their own words
	calls string // the statements that write the other words
}

// encoding finds the code that writes a method's command.
func (m *method) encoding(t *table) (encoding, error) {
	words := strings.Fields(m.parent.name)
	wire := m.wire
	for len(wire) > 0 && literal.MatchString(wire[0]) {
		words = append(words, strings.Trim(wire[0], `"`))
		wire = wire[1:]
	}
	argc := len(words)
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
				return encoding{}, fmt.Errorf("%s must stand before %s", w, name)
			}
			i++
			used++
			counted := argKinds[m.arg(name).kind].counted
			if counted == "" {
				return encoding{}, fmt.Errorf("%s is of no kind that can be sent behind its length", name)
			}
			b.WriteString(fill(counted, name, name, "") + "\n")
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
				return encoding{}, fmt.Errorf("no argument %q", w)
			}
			used++
			k := argKinds[a.kind]
			if !k.countsWords() {
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
		return encoding{}, fmt.Errorf("%d of %d arguments are sent", used, want)
	}
	for _, a := range m.args {
		if argKinds[a.kind].blocks {
			fmt.Fprintf(&b, "e.Block(%s)\n", a.name)
		}
		if m.each && argKinds[a.kind].list {
			fmt.Fprintf(&b, "e.Elements = len(%s)\n", a.name)
		}
	}
	return encoding{fmt.Sprintf("*%d\r\n%s", argc, bulks(words)), argc, b.String()}, nil
}

func (m *method) arg(name string) *arg {
	for i := range m.args {
		if m.args[i].name == name {
			return &m.args[i]
		}
	}
	return nil
}

// methodDoc returns the comment of a method.
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
