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
	tokenLine  = regexp.MustCompile(`^token (\w+) (\w+)(?:\(([\w,]+)\))? (\S+)( once)? : (.+)$`)
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
	if _, ok := tokenKinds[k.kind]; !ok {
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
	"word":      {goType: "uint8"},
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
	"timeout":   {"time.Duration", "timeout time.Duration", "%s(timeout)", "e.pause(%q, time.Duration(o))"},
}

// tokensFile writes tokens_gen.go.
func tokensFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n")
	for _, o := range t.options {
		writeOptionType(&b, t, o)
	}
	for _, k := range t.tokens {
		writeToken(&b, t, k)
	}
	b.WriteString("// The numbers of the tokens, for the rules.\nconst (\n_ uint8 = iota\n")
	for _, k := range t.tokens {
		fmt.Fprintf(&b, "id%s\n", k.name)
	}
	b.WriteString(")\n\n// tokenNames are the names of the tokens by their numbers, for error texts.\nvar tokenNames = [...]string{\n")
	for _, k := range t.tokens {
		fmt.Fprintf(&b, "id%s: %q,\n", k.name, k.name)
	}
	b.WriteString("}\n\n")
	writeOptionID(&b, t)
	writePutOption(&b, t)
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

// groupList names the tokens for a reader, as links: "[NX] or [XX], [KeepTTL]".
func groupList(o *optionType) string {
	var parts []string
	for _, g := range o.groups {
		parts = append(parts, "["+strings.Join(g, "] or [")+"]")
	}
	return strings.Join(parts, ", ")
}

// writeToken writes a token's type, its constant or function, and the methods
// that make it an option.
func writeToken(b *bytes.Buffer, t *table, k *token) {
	kind := tokenKinds[k.kind]
	var accepted []string
	for _, o := range t.options {
		if slices.Contains(o.tokens(), k.name) {
			accepted = append(accepted, o.name)
		}
	}
	typ := "token" + k.name
	fmt.Fprintf(b, "type %s %s\n\n", typ, kind.goType)
	text := fmt.Sprintf("%s is a [%s]: %s.", k.name, strings.Join(accepted, "], a ["), k.doc)
	if k.kind == "word" {
		writeComment(b, text)
		fmt.Fprintf(b, "const %s %s = 0\n\n", k.name, typ)
	} else {
		params, value := kind.params, kind.value
		if strings.Contains(params, "%s") {
			names := make([]any, 0, len(k.params))
			for _, p := range k.params[:strings.Count(params, "%s")] {
				names = append(names, p)
			}
			params = fmt.Sprintf(params, names...)
			value = fmt.Sprintf(value, append([]any{typ}, names...)...)
		} else {
			value = fmt.Sprintf(value, typ)
		}
		writeComment(b, text)
		fmt.Fprintf(b, "func %s(%s) %s { return %s }\n\n", k.name, params, typ, value)
	}
	for _, name := range accepted {
		fmt.Fprintf(b, "func (%s) %s() {}\n", typ, lowerFirst(name))
	}
	b.WriteString("\n")
}

// writeOptionID writes the switch from a token to its number.
func writeOptionID(b *bytes.Buffer, t *table) {
	b.WriteString("// optionID gives the number of a token, 0 for nil.\nfunc optionID(o any) uint8 {\nswitch o.(type) {\n")
	for _, k := range t.tokens {
		fmt.Fprintf(b, "case token%s: return id%s\n", k.name, k.name)
	}
	b.WriteString("}\nreturn 0\n}\n\n")
}

// writePutOption writes the switch that sends a token.
func writePutOption(b *bytes.Buffer, t *table) {
	b.WriteString("// putOption writes one token; the words are counted.\nfunc putOption(e *encoder, o any) {\nswitch o := o.(type) {\n")
	for _, k := range t.tokens {
		fmt.Fprintf(b, "case token%s:\n", k.name)
		if k.once {
			b.WriteString("e.once = true\n")
		}
		kind := tokenKinds[k.kind]
		switch k.kind {
		case "word":
			fmt.Fprintf(b, "_ = o\ne.literal(%q, %d)\n", bulks(k.words), len(k.words))
			continue
		case "texts":
			fmt.Fprintf(b, "e.each(%q, %q, o)\n", bulks(k.words), k.name)
			continue
		case "pair":
			b.WriteString(kind.put + "\n")
			continue
		}
		values := map[string]int{"two": 2, "bits": 2}[k.kind]
		if values == 0 {
			values = 1
		}
		if k.kind == "floats" {
			values = 0
		}
		put := kind.put
		switch k.kind {
		case "seconds", "unix":
			put = fmt.Sprintf(put, k.name, k.params[0])
		case "idle", "millis", "unixmilli", "nonzero", "timeout":
			put = fmt.Sprintf(put, k.name)
		case "int":
			put = fmt.Sprintf(put, k.name, k.params[1])
		}
		if k.kind == "bits" {
			fmt.Fprintf(b, "e.n += %d\n%s\n", values+len(k.words), put)
			if len(k.words) > 0 {
				fmt.Fprintf(b, "e.literal(%q, 0)\n", bulks(k.words))
			}
			continue
		}
		fmt.Fprintf(b, "e.literal(%q, %d)\n%s\n", bulks(k.words), values+len(k.words), put)
	}
	b.WriteString("}\n}\n")
}
