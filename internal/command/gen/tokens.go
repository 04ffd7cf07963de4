package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// token is one option value that callers write: NX, EX(ttl).
type token struct {
	name  string
	args  []arg
	words []string // $x is the place of the argument x
	put   string   // the encoder's method that writes all of it, "" for none
	once  bool
	doc   string

	accepted []string // the types of options that it belongs to
}

// optionType is the interface of a command's options.
type optionType struct {
	name   string
	groups [][]string // in wire order; tokens of one group exclude each other
	not    [][2]string
	need   map[string][]string
	once   []string // tokens with which these commands are not repeatable, although others are
	rare   bool     // looked at by reflection
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
	tokenLine  = regexp.MustCompile(`^token (\w+)(?:\((\S+)\))? (\S+)( once)? : (.+)$`)
	optionLine = regexp.MustCompile(`^option (\w+) (.+?)( rare)? : (.+)$`)
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
	// Their numbers are uint8, and 0 is none.
	if len(t.tokens) > 255 {
		return fmt.Errorf("%d tokens are more than can be numbered", len(t.tokens))
	}
	return nil
}

func (t *table) addToken(line string) error {
	m := tokenLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a token: %q", line)
	}
	k := &token{name: m[1], once: m[4] != "", doc: m[5]}
	for _, text := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' }) {
		a, err := parseArg(text)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		k.args = append(k.args, a)
	}
	if method, ok := strings.CutPrefix(m[3], "="); ok {
		k.put = method
	} else {
		k.words = strings.Split(m[3], ".")
	}
	if err := k.check(); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	if t.token(k.name) != nil {
		return fmt.Errorf("the token %s is there twice", k.name)
	}
	t.tokens = append(t.tokens, k)
	return nil
}

// check finds arguments without a place, and places without an argument.
func (k *token) check() error {
	for i, a := range k.args {
		kind, ok := argKinds[a.kind]
		if !ok {
			return fmt.Errorf("unknown kind %q", a.kind)
		}
		if kind.list && i < len(k.args)-1 {
			return errors.New("a list must be the last argument")
		}
		if k.put == "" && !slices.Contains(k.words, "$"+a.name) {
			return fmt.Errorf("%s has no place", a.name)
		}
	}
	for _, w := range k.words {
		if name, ok := strings.CutPrefix(w, "$"); ok && k.arg(name) == nil {
			return fmt.Errorf("no argument %q", name)
		}
	}
	return nil
}

func (k *token) arg(name string) *arg {
	for i := range k.args {
		if k.args[i].name == name {
			return &k.args[i]
		}
	}
	return nil
}

func (t *table) addOption(line string) error {
	m := optionLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("neither token nor option: %q", line)
	}
	o := &optionType{name: m[1], rare: m[3] != "", doc: m[4], need: map[string][]string{}}
	for _, w := range strings.Fields(m[2]) {
		if list, ok := strings.CutPrefix(w, "once="); ok {
			o.once = strings.Split(list, "|")
		} else if a, b, ok := strings.Cut(w, "!"); ok {
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
	for _, name := range o.once {
		if !slices.Contains(o.tokens(), name) {
			return fmt.Errorf("%s: %s is not one of its tokens", o.name, name)
		}
	}
	if len(o.tokens()) > 32 { // the bits of a rule
		return fmt.Errorf("%s: too many tokens", o.name)
	}
	if t.option(o.name) != nil {
		return fmt.Errorf("the options %s are there twice", o.name)
	}
	t.options = append(t.options, o)
	return nil
}

// tokens lists an option type's tokens in wire order.
func (o *optionType) tokens() []string { return slices.Concat(o.groups...) }

// tokensFile writes tokens_gen.go.
func tokensFile(t *table) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n")
	for _, o := range t.options {
		writeOptionType(&b, o)
	}
	types := t.tokenTypes()
	for _, y := range types {
		y.write(&b)
	}
	b.WriteString("// The numbers of the tokens, for the rules. They are not typed as integers so that debuggers are not told of them.\nconst (\n_ = iota + 0.0\n")
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

// put is the call that sends a method's options of this type.
func (o *optionType) put() string {
	if o.rare {
		return fmt.Sprintf("putAnyOptions(e, opts, %ss)", lowerFirst(o.name))
	}
	return fmt.Sprintf("if len(opts) > 0 {\nput%ss(e, opts)\n}", o.name)
}

// writeOptionType writes an option interface, its rules, and the function that sends such options unless they are rare. All
// that differs by type is making them any.
func writeOptionType(b *bytes.Buffer, o *optionType) {
	names := o.tokens()
	writeComment(b, fmt.Sprintf("%s is an option of %s: %s.", o.name, o.doc, groupList(o)))
	rules := lowerFirst(o.name) + "s"
	fmt.Fprintf(b, "type %s interface{ %s() }\n\n", o.name, lowerFirst(o.name))
	fmt.Fprintf(b, "var %s = []optionRule{\n", rules)
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
		once := ""
		if slices.Contains(o.once, name) {
			once = ", once: true"
		}
		fmt.Fprintf(b, "{id: id%s, not: %#b, need: %#b%s},\n", name, not, need, once)
	}
	b.WriteString("}\n\n")
	if o.rare {
		return
	}
	fmt.Fprintf(b, "func put%ss(e *encoder, opts []%s) {\nvar list optionList\n"+
		"for i := range min(len(opts), maxOptions) {\nlist[i] = opts[i]\n}\nputOptions(e, &list, len(opts), %s)\n}\n\n", o.name, o.name, rules)
}

// groupList names the tokens for a reader, as links: "[NX] or [XX], [KeepTTL]".
func groupList(o *optionType) string {
	var parts []string
	for _, g := range o.groups {
		parts = append(parts, "["+strings.Join(g, "] or [")+"]")
	}
	return strings.Join(parts, ", ")
}
