package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// token is one option, as callers write it: NX, EX(ttl).
type token struct {
	name  string
	args  []arg
	words []string // $x is the place of the argument x
	put   string   // the encoder's method that writes the option, "" if words says it
	same  bool     // its function calls the method same of its type
	once  bool     // a command with this option must not run twice
	doc   string

	group    string   // the heading in the documentation
	accepted []string // the option types that the token belongs to
}

// optionType is the Go type of a command's options, an interface.
type optionType struct {
	name   string
	groups [][]string // in wire order; tokens of one group exclude each other
	not    [][2]string
	need   map[string][]string
	once   []string // tokens with which only these commands must not run twice
	rare   bool     // not used in hot paths
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
	tokenLine  = regexp.MustCompile(`^token (\w+)(?:\((\S+)\))? (\S+)( same)?( once)? : (.+)$`)
	optionLine = regexp.MustCompile(`^option (\w+) (.+?)( rare)? : (.+)$`)
)

// readTokens reads tokens.txt, whose head explains the lines.
func (t *table) readTokens(text string) error {
	group := ""
	for n, line := range strings.Split(text, "\n") {
		var err error
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "group "):
			group = strings.TrimPrefix(line, "group ")
		case strings.HasPrefix(line, "token "):
			err = t.addToken(line, group)
		default:
			err = t.addOption(line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	// The number of a token is a uint8 above 0.
	if len(t.tokens) > 255 {
		return fmt.Errorf("%d tokens are more than can be numbered", len(t.tokens))
	}
	// The heading of a group stands over its constants.
	for _, k := range t.tokens {
		isConstant := func(o *token) bool { return o.group == k.group && len(o.args) == 0 }
		if !slices.ContainsFunc(t.tokens, isConstant) {
			return fmt.Errorf("the group %q has no token without parameters", k.group)
		}
	}
	return nil
}

func (t *table) addToken(line, group string) error {
	m := tokenLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a token: %q", line)
	}
	k := &token{name: m[1], same: m[4] != "", once: m[5] != "", doc: m[6], group: group}
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
	if group == "" {
		return fmt.Errorf("the token %s is before the first group", k.name)
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

// tokens returns the tokens of an option type, in wire order.
func (o *optionType) tokens() []string { return slices.Concat(o.groups...) }

// tokensFile writes tokens_gen.go.
func tokensFile(t *table) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport \"time\"\n\n")
	for _, o := range t.options {
		writeOptionType(&b, o)
	}
	types, err := t.tokenTypes()
	if err != nil {
		return nil, err
	}
	t.writeTokens(&b, types)
	for _, y := range types {
		y.write(&b)
	}
	b.WriteString("// The numbers of the tokens, for the rules.\nconst (\n")
	for i, k := range t.tokens {
		fmt.Fprintf(&b, "id%s%s\n", k.name, map[bool]string{true: " = iota + 1"}[i == 0])
	}
	b.WriteString(")\n\n// tokenNames are the names of the tokens by their numbers, for error texts.\n" +
		"var tokenNames = [...]string{\n")
	for _, k := range t.tokens {
		fmt.Fprintf(&b, "id%s: %q,\n", k.name, k.name)
	}
	b.WriteString("}\n\n")
	writeOptionID(&b, types)
	writePutOption(&b, types)
	return b.Bytes(), nil
}

// rules returns the name of the variable with the rules of these options.
func (o *optionType) rules() string { return lowerFirst(o.name) + "s" }

// put returns the call that sends a method's options of this type.
func (o *optionType) put() string {
	if o.rare {
		return fmt.Sprintf("putRareOptions(e, opts, %s)", o.rules())
	}
	return fmt.Sprintf("putOptions(e, opts, %s)", o.rules())
}

// writeOptionType writes an option type and its rules.
func writeOptionType(b *bytes.Buffer, o *optionType) {
	names := o.tokens()
	writeComment(b, fmt.Sprintf("%s is an option of %s: %s.", o.name, o.doc, groupList(o)))
	fmt.Fprintf(b, "type %s interface{ %s() }\n\n", o.name, lowerFirst(o.name))
	fmt.Fprintf(b, "var %s = []optionRule{\n", o.rules())
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
}

// groupList returns the tokens as links, with a semicolon between groups: "[NX] or [XX]; one of [EX], [PX]
// and [KeepTTL]; [Get]".
func groupList(o *optionType) string {
	var parts []string
	between := ", "
	for _, g := range o.groups {
		switch len(g) {
		case 1:
			parts = append(parts, "["+g[0]+"]")
			continue
		case 2:
			parts = append(parts, "["+g[0]+"] or ["+g[1]+"]")
		default:
			parts = append(parts, "one of "+links(g))
		}
		between = "; "
	}
	return strings.Join(parts, between)
}
