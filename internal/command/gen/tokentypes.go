package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// tokenType is the Go type of tokens. A type costs 8 KB of compiled package, so tokens that belong to the same option
// types share one: a number for constants, a struct for those with arguments. It has the name of the first of them. All
// tokens that belong to one type of options only are of the type soleToken, which users see as their type of options.
type tokenType struct {
	name     string
	constant bool
	shared   bool // soleToken
	accepted []string
	tokens   []*token
}

// tokenTypes groups the tokens by their Go types.
func (t *table) tokenTypes() []*tokenType {
	var types []*tokenType
	for _, k := range t.tokens {
		var accepted []string
		for _, o := range t.options {
			if slices.Contains(o.tokens(), k.name) {
				accepted = append(accepted, o.name)
			}
		}
		constant := len(k.args) == 0
		shared := len(accepted) == 1
		at := slices.IndexFunc(types, func(y *tokenType) bool {
			return shared && y.shared || !shared && y.constant == constant && slices.Equal(y.accepted, accepted)
		})
		if at < 0 {
			at = len(types)
			y := &tokenType{name: "token" + k.name, constant: constant && !shared, shared: shared, accepted: accepted}
			if shared {
				y.name = "soleToken"
			}
			types = append(types, y)
		}
		y := types[at]
		y.tokens = append(y.tokens, k)
		if shared && !slices.Contains(y.accepted, accepted[0]) {
			y.accepted = append(y.accepted, accepted[0])
		}
		k.accepted = accepted
	}
	return types
}

// write writes a type, the constants or functions of its tokens, and the methods that make them options.
func (y *tokenType) write(b *bytes.Buffer) {
	if y.constant {
		fmt.Fprintf(b, "type %s uint8\n\n", y.name)
	} else {
		fmt.Fprintf(b, "type %s struct {\n_ [0]func()\nid uint8\n%s}\n\n", y.name, y.fields())
	}
	for _, k := range y.tokens {
		writeComment(b, fmt.Sprintf("%s is a [%s]: %s.", k.name, strings.Join(k.accepted, "], a ["), k.doc))
		if y.constant {
			fmt.Fprintf(b, "const %s = %s(id%s)\n\n", k.name, y.name, k.name)
			continue
		}
		if len(k.args) == 0 {
			fmt.Fprintf(b, "var %s %s = &%s{id: id%s}\n\n", k.name, k.accepted[0], y.name, k.name)
			continue
		}
		params := make([]string, len(k.args))
		values := "id: id" + k.name
		for i, p := range k.places() {
			kind := argKinds[p.kind]
			params[i] = p.name + " " + kind.goType
			if kind.list {
				params[i] = p.name + " ..." + kind.goType
			}
			values += ", " + p.field + ": " + p.name
		}
		result := "*" + y.name
		if y.shared {
			result = k.accepted[0]
		}
		fmt.Fprintf(b, "func %s(%s) %s { return &%s{%s} }\n\n", k.name, strings.Join(shortened(params), ", "), result, y.name, values)
	}
	for _, name := range y.accepted {
		fmt.Fprintf(b, "func (%s) %s() {}\n", y.receiver(), lowerFirst(name))
	}
	b.WriteString("\n")
}

// receiver is the type whose methods make it an option. Structs have them on pointers only, since for each method of a value
// the compiler adds another of the pointer.
func (y *tokenType) receiver() string {
	if y.constant {
		return y.name
	}
	return "*" + y.name
}

// place is an argument of a token with the field that holds it.
type place struct {
	*arg
	field  string
	goType string
}

// places names the fields after their types, so that the tokens of one type share them.
func (k *token) places() []place {
	seen := map[string]int{}
	var list []place
	for i := range k.args {
		p := place{arg: &k.args[i]}
		kind := argKinds[p.kind]
		p.goType = kind.goType
		if kind.list {
			p.goType = "[]" + p.goType
		}
		p.field = fieldName(p.goType)
		if seen[p.goType]++; seen[p.goType] > 1 {
			p.field += strconv.Itoa(seen[p.goType])
		}
		list = append(list, p)
	}
	return list
}

// fieldName turns a type into a name: []time.Time, listTime.
func fieldName(goType string) string {
	text := strings.NewReplacer("[]", "list ", "time.", "").Replace(goType)
	name := ""
	for i, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if i == 0 {
			name = lowerFirst(w)
		} else {
			name += strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return name
}

// fields are the fields of a type: room for the arguments of any of its tokens.
func (y *tokenType) fields() string {
	text := ""
	var seen []string
	for _, k := range y.tokens {
		for _, p := range k.places() {
			if !slices.Contains(seen, p.field) {
				seen = append(seen, p.field)
				text += p.field + " " + p.goType + "\n"
			}
		}
	}
	return text
}

// writeOptionID writes the switch from a token to its number.
func writeOptionID(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// optionID gives the number of a token, 0 for nil.\nfunc optionID(o any) uint8 {\nswitch o := o.(type) {\n")
	for _, y := range types {
		number := "o.id"
		if y.constant {
			number = "uint8(o)"
		}
		fmt.Fprintf(b, "case %s: return %s\n", y.receiver(), number)
	}
	b.WriteString("}\nreturn 0\n}\n\n")
}

// writePutOption writes the switch that sends a token.
func writePutOption(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// putOption writes one token; the words are counted.\nfunc putOption(e *encoder, o any) {\nswitch o := o.(type) {\n")
	for _, y := range types {
		number := "o.id"
		if y.constant {
			number = "o"
		}
		fmt.Fprintf(b, "case %s:\nswitch %s {\n", y.receiver(), number)
		for _, k := range y.tokens {
			fmt.Fprintf(b, "case id%s:\n%s", k.name, k.calls())
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
}

// calls are the calls that send a token, given as o.
func (k *token) calls() string {
	var b strings.Builder
	if k.once {
		b.WriteString("e.Once = true\n")
	}
	fields := map[string]place{}
	var given []string
	for _, p := range k.places() {
		fields[p.name] = p
		given = append(given, "o."+p.field)
	}
	if k.put != "" {
		fmt.Fprintf(&b, "e.%s(%s)\n", k.put, strings.Join(given, ", "))
		return b.String()
	}
	count := 0 // of the words that do not count themselves
	for _, w := range k.words {
		if p, ok := fields[strings.TrimPrefix(w, "$")]; !ok || !argKinds[p.kind].counts() {
			count++
		}
	}
	var text []string
	flush := func() {
		if len(text) > 0 || count > 0 {
			fmt.Fprintf(&b, "e.Literal(%q, %d)\n", bulks(text), count)
		}
		text, count = nil, 0
	}
	for _, w := range k.words {
		name, isArg := strings.CutPrefix(w, "$")
		if !isArg {
			text = append(text, w)
			continue
		}
		p := fields[name]
		if p.kind == "each" {
			fmt.Fprintf(&b, "e.Each(%q, o.%s)\n", bulks(text), p.field)
			text, count = nil, 0
			continue
		}
		flush()
		b.WriteString(argKinds[p.kind].call("o."+p.field, k.name, p.param) + "\n")
	}
	flush()
	return b.String()
}
