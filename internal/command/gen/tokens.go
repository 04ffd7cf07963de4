package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// token is one option value that callers write: NX, EX(ttl).
type token struct {
	name   string
	kind   string
	params []string
	words  []string
	once   bool
	doc    string
}

// optionType is the interface of a command's options.
type optionType struct {
	name   string
	groups [][]string // in wire order; tokens of one group exclude each other
	not    [][2]string
	need   map[string][]string
	doc    string
}

func (t *table) option(name string) *optionType {
	for _, o := range t.options {
		if o.name == name {
			return o
		}
	}
	return nil
}

func (t *table) token(name string) *token {
	for _, k := range t.tokens {
		if k.name == name {
			return k
		}
	}
	return nil
}

var (
	tokenLine  = regexp.MustCompile(`^token (\w+) (\w+)(?:\(([\w,:]+)\))? (\S+)( once)? : (.+)$`)
	optionLine = regexp.MustCompile(`^option (\w+) (.+) : (.+)$`)
)

// readTokens reads tokens.txt, whose head explains the lines.
func (t *table) readTokens(text string) error {
	for n, line := range strings.Split(text, "\n") {
		var err error
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "token "):
			err = t.addToken(line)
		default:
			err = t.addOption(line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

func (t *table) addToken(line string) error {
	m := tokenLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a token: %q", line)
	}
	k := &token{name: m[1], kind: m[2], once: m[5] != "", doc: m[6]}
	if m[3] != "" {
		k.params = strings.Split(m[3], ",")
	}
	if m[4] != "-" {
		k.words = strings.Split(m[4], ".")
	}
	if k.kind == "form" {
		if err := k.checkForm(); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	} else if _, ok := tokenKinds[k.kind]; !ok {
		return fmt.Errorf("%s: unknown kind %s", k.name, k.kind)
	}
	t.tokens = append(t.tokens, k)
	return nil
}

func (t *table) addOption(line string) error {
	m := optionLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("neither token nor option: %q", line)
	}
	o := &optionType{name: m[1], doc: m[3], need: map[string][]string{}}
	for _, w := range strings.Fields(m[2]) {
		if a, b, ok := strings.Cut(w, "!"); ok {
			o.not = append(o.not, [2]string{a, b})
		} else if a, b, ok := strings.Cut(w, "?"); ok {
			o.need[a] = strings.Split(b, "|")
		} else {
			o.groups = append(o.groups, strings.Split(strings.Trim(w, "[]"), "|"))
		}
	}
	for _, name := range o.tokens() {
		if t.token(name) == nil {
			return fmt.Errorf("%s: unknown token %s", o.name, name)
		}
	}
	t.options = append(t.options, o)
	return nil
}

// tokens lists an option type's tokens in wire order.
func (o *optionType) tokens() []string { return slices.Concat(o.groups...) }

// tokenKind says how a token is made and sent.
type tokenKind struct {
	goType string // of the token
	params string // of its function; %s stand for the names
	value  string // what the function returns
	put    string // the encoder's call, given the token as o
}

var tokenKinds = map[string]tokenKind{
	"word":      {goType: "uint16"},
	"seconds":   {"time.Duration", "ttl time.Duration", "%s(ttl)", "e.secondsAbove0(%q, time.Duration(o), %q)"},
	"idle":      {"time.Duration", "idle time.Duration", "%s(idle)", "e.idle(%q, time.Duration(o))"},
	"millis":    {"time.Duration", "ttl time.Duration", "%s(ttl)", "e.millisAbove0(%q, time.Duration(o))"},
	"unix":      {"struct{ t time.Time }", "t time.Time", "%s{t}", "e.unix(%q, o.t, %q)"},
	"unixmilli": {"struct{ t time.Time }", "t time.Time", "%s{t}", "e.unixMilli(%q, o.t)"},
	"int":       {"int64", "%s int64", "%s(%s)", "e.intAtLeast(%q, int64(o), %s)"},
	"nonzero":   {"int64", "%s int64", "%s(%s)", "e.nonzero(%q, int64(o))"},
	"two":       {"[2]int64", "%s, %s int64", "%s{%s, %s}", "e.int(o[0])\ne.int(o[1])"},
	"bits":      {"[2]int64", "%s, %s int64", "%s{%s, %s}", "e.int(o[0])\ne.int(o[1])"},
	"from":      {"int64", "%s int64", "%s(%s)", "e.int(int64(o))"},
	"text":      {"string", "%s string", "%s(%s)", "e.string(string(o))"},
	"texts":     {"[]string", "%s ...string", "%s(%s)", ""},
	"pair":      {"[2]string", "%s, %s string", "%s{%s, %s}", "e.login(o[0], o[1])"},
	"floats":    {"[]float64", "%s ...float64", "%s(%s)", "e.weights(o)"},
}

// tokensFile writes tokens_gen.go.
func tokensFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n")
	for _, o := range t.options {
		writeOptionType(&b, t, o)
		writePutOptions(&b, o)
	}
	types := t.tokenTypes()
	for _, y := range types {
		writeTokenType(&b, y)
	}
	b.WriteString("// The numbers of the tokens, for the rules.\nconst (\n_ = iota\n")
	for _, k := range t.tokens {
		fmt.Fprintf(&b, "id%s\n", k.name)
	}
	b.WriteString(")\n\n// tokenNames are the names of the tokens by their numbers, for error texts.\nvar tokenNames = [...]string{\n")
	for _, k := range t.tokens {
		fmt.Fprintf(&b, "id%s: %q,\n", k.name, k.name)
	}
	b.WriteString("}\n\n")
	writeOptionID(&b, types)
	writePutOption(&b, types)
	return b.Bytes()
}

// writeOptionType writes an option interface and its rules.
func writeOptionType(b *bytes.Buffer, t *table, o *optionType) {
	names := o.tokens()
	writeComment(b, fmt.Sprintf("%s is an option of %s: %s.", o.name, o.doc, groupList(o)))
	fmt.Fprintf(b, "type %s interface{ %s() }\n\n", o.name, lowerFirst(o.name))
	fmt.Fprintf(b, "var %ss = []optionRule{\n", lowerFirst(o.name))
	index := func(name string) int { return slices.Index(names, name) }
	for i, name := range names {
		var not, need uint32
		for _, g := range o.groups {
			if slices.Contains(g, name) {
				for _, other := range g {
					not |= 1 << index(other)
				}
			}
		}
		not &^= 1 << i
		for _, pair := range o.not {
			if pair[0] == name {
				not |= 1 << index(pair[1])
			} else if pair[1] == name {
				not |= 1 << index(pair[0])
			}
		}
		for _, other := range o.need[name] {
			need |= 1 << index(other)
		}
		fmt.Fprintf(b, "{id: id%s, not: %#b, need: %#b},\n", name, not, need)
	}
	b.WriteString("}\n\n")
}

// writePutOptions writes the function that sends options of one type. All that differs by type is making them any.
func writePutOptions(b *bytes.Buffer, o *optionType) {
	fmt.Fprintf(b, "func put%ss(e *encoder, opts []%s) {\nif len(opts) == 0 {\nreturn\n}\n", o.name, o.name)
	fmt.Fprintf(b, "var list [maxOptions]any\nfor i := range min(len(opts), maxOptions) {\nlist[i] = opts[i]\n}\n")
	fmt.Fprintf(b, "e.options(&list, len(opts), %ss)\n}\n\n", lowerFirst(o.name))
}

// groupList names the tokens for a reader, as links: "[NX] or [XX], [KeepTTL]".
func groupList(o *optionType) string {
	var parts []string
	for _, g := range o.groups {
		parts = append(parts, "["+strings.Join(g, "] or [")+"]")
	}
	return strings.Join(parts, ", ")
}

// accepted lists the option types that a token belongs to.
func (t *table) accepted(k *token) []string {
	var list []string
	for _, o := range t.options {
		if slices.Contains(o.tokens(), k.name) {
			list = append(list, o.name)
		}
	}
	return list
}

// tokenType is the Go type of a token. A type costs 10 KB of compiled package, so words that belong to the same
// option types share one, and so do forms: the type of the first of them.
type tokenType struct {
	name     string // of the first token
	kind     string // word and form are shared
	accepted []string
	tokens   []*token
}

// tokenTypes groups the tokens by their Go types.
func (t *table) tokenTypes() []*tokenType {
	var types []*tokenType
	for _, k := range t.tokens {
		accepted := t.accepted(k)
		at := slices.IndexFunc(types, func(y *tokenType) bool {
			return y.kind == k.kind && (k.kind == "word" || k.kind == "form") && slices.Equal(y.accepted, accepted)
		})
		if at < 0 {
			at = len(types)
			types = append(types, &tokenType{name: "token" + k.name, kind: k.kind, accepted: accepted})
		}
		types[at].tokens = append(types[at].tokens, k)
	}
	return types
}

// writeTokenType writes a type, the constants or functions of its tokens, and the methods that make them options.
func writeTokenType(b *bytes.Buffer, y *tokenType) {
	goType := tokenKinds[y.kind].goType
	if y.kind == "form" {
		goType = y.formType()
	}
	fmt.Fprintf(b, "type %s %s\n\n", y.name, goType)
	for _, k := range y.tokens {
		writeComment(b, fmt.Sprintf("%s is a [%s]: %s.", k.name, strings.Join(y.accepted, "], a ["), k.doc))
		switch y.kind {
		case "word":
			fmt.Fprintf(b, "const %s = %s(id%s)\n\n", k.name, y.name, k.name)
		case "form":
			params, value := k.formMaker()
			fmt.Fprintf(b, "func %s(%s) %s { return %s{%s} }\n\n", k.name, params, y.name, y.name, value)
		default:
			params, value := k.maker(y.name)
			fmt.Fprintf(b, "func %s(%s) %s { return %s }\n\n", k.name, params, y.name, value)
		}
	}
	for _, name := range y.accepted {
		fmt.Fprintf(b, "func (%s) %s() {}\n", y.name, lowerFirst(name))
	}
	b.WriteString("\n")
}

// maker gives the parameters and the result of the function that makes a token.
func (k *token) maker(typ string) (params, value string) {
	kind := tokenKinds[k.kind]
	count := strings.Count(kind.params, "%s")
	if count == 0 {
		return kind.params, fmt.Sprintf(kind.value, typ)
	}
	names := make([]any, 0, count)
	for _, p := range k.params[:count] {
		names = append(names, p)
	}
	return fmt.Sprintf(kind.params, names...), fmt.Sprintf(kind.value, append([]any{typ}, names...)...)
}

// writeOptionID writes the switch from a token to its number.
func writeOptionID(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// optionID gives the number of a token, 0 for nil.\nfunc optionID(o any) uint16 {\nswitch o := o.(type) {\n")
	for _, y := range types {
		switch y.kind {
		case "word":
			fmt.Fprintf(b, "case %s: return uint16(o)\n", y.name)
		case "form":
			fmt.Fprintf(b, "case %s: return o.id\n", y.name)
		default:
			fmt.Fprintf(b, "case %s: return id%s\n", y.name, y.tokens[0].name)
		}
	}
	b.WriteString("}\nreturn 0\n}\n\n")
}

// writePutOption writes the switch that sends a token. It is by number, where one type is that of several tokens.
func writePutOption(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// putOption writes one token; the words are counted.\nfunc putOption(e *encoder, o any) {\nswitch o := o.(type) {\n")
	for _, y := range types {
		fmt.Fprintf(b, "case %s:\n", y.name)
		switch {
		case len(y.tokens) == 1:
			if y.kind == "word" {
				b.WriteString("_ = o\n")
			}
			b.WriteString(y.tokens[0].calls(y))
			continue
		case y.kind == "word":
			b.WriteString("switch o {\n")
		default:
			b.WriteString("switch o.id {\n")
		}
		for _, k := range y.tokens {
			fmt.Fprintf(b, "case id%s:\n%s", k.name, k.calls(y))
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
}

// calls are the calls that send a token of type y, given as o.
func (k *token) calls(y *tokenType) string {
	var b strings.Builder
	if k.once {
		b.WriteString("e.once = true\n")
	}
	kind := tokenKinds[k.kind]
	switch k.kind {
	case "word":
		fmt.Fprintf(&b, "e.literal(%q, %d)\n", bulks(k.words), len(k.words))
		return b.String()
	case "texts":
		fmt.Fprintf(&b, "e.each(%q, %q, o)\n", bulks(k.words), k.name)
		return b.String()
	case "pair":
		b.WriteString(kind.put + "\n")
		return b.String()
	case "form":
		b.WriteString(k.formCalls())
		return b.String()
	}
	values := map[string]int{"two": 2, "bits": 2, "floats": 0}
	n, ok := values[k.kind]
	if !ok {
		n = 1
	}
	put := kind.put
	switch k.kind {
	case "seconds", "unix":
		put = fmt.Sprintf(put, k.name, k.params[0])
	case "idle", "millis", "unixmilli", "nonzero":
		put = fmt.Sprintf(put, k.name)
	case "int":
		put = fmt.Sprintf(put, k.name, k.params[1])
	}
	if k.kind == "bits" {
		fmt.Fprintf(&b, "e.n += %d\n%s\n", n+len(k.words), put)
		if len(k.words) > 0 {
			fmt.Fprintf(&b, "e.literal(%q, 0)\n", bulks(k.words))
		}
		return b.String()
	}
	fmt.Fprintf(&b, "e.literal(%q, %d)\n%s\n", bulks(k.words), n+len(k.words), put)
	return b.String()
}
