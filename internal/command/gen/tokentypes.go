package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// tokenType is the Go type of some tokens: a number for constants, or a struct for tokens with arguments.
// Tokens of the same option types have the same Go type, named after the first of them. Types that cannot be
// compared by == are separate.
type tokenType struct {
	name     string
	constant bool
	holds    bool     // it has a list, a map or an any, so it cannot be compared
	accepted []string // the option types
	tokens   []*token
}

// tokenTypes groups the tokens by their Go types.
func (t *table) tokenTypes() ([]*tokenType, error) {
	var types []*tokenType
	for _, k := range t.tokens {
		for _, o := range t.options {
			if slices.Contains(o.tokens(), k.name) {
				k.accepted = append(k.accepted, o.name)
			}
		}
		constant, holds := len(k.args) == 0, slices.ContainsFunc(k.args, arg.holds)
		at := slices.IndexFunc(types, func(y *tokenType) bool {
			return y.constant == constant && y.holds == holds && slices.Equal(y.accepted, k.accepted)
		})
		if at < 0 {
			at = len(types)
			types = append(types, &tokenType{"token" + k.name, constant, holds, k.accepted, nil})
		}
		types[at].tokens = append(types[at].tokens, k)
	}
	for _, y := range types {
		if _, err := y.fields(); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// holds reports whether some values of an argument's type cannot be compared.
func (a arg) holds() bool {
	k := argKinds[a.kind]
	return k.list || k.goType == "any" || strings.HasPrefix(k.goType, "map[")
}

// write writes a type and the methods that make it an option.
func (y *tokenType) write(b *bytes.Buffer) {
	if y.constant {
		fmt.Fprintf(b, "type %s uint8\n\n", y.name)
	} else {
		fields, _ := y.fields()
		fmt.Fprintf(b, "type %s struct {\ntoken int\n%s\n}\n\n", y.name, strings.Join(fields, "\n"))
	}
	body := " return optionText(o) "
	for _, k := range y.tokens {
		for _, a := range k.args {
			if argKinds[a.kind].secret {
				body = "\no." + a.name + " = hidden\nreturn optionText(o)\n"
			}
		}
	}
	fmt.Fprintf(b, "// String returns the words that are sent.\n"+
		"func (o %s) String() string {%s}\n\n", y.name, body)
	for _, name := range y.accepted {
		fmt.Fprintf(b, "func (%s) %s() {}\n", y.name, lowerFirst(name))
	}
	b.WriteString("\n")
}

// writeTokens writes one block of constants for each group, and its functions.
func (t *table) writeTokens(b *bytes.Buffer, types []*tokenType) {
	typeOf := map[*token]*tokenType{}
	for _, y := range types {
		for _, k := range y.tokens {
			typeOf[k] = y
		}
	}
	for i, k := range t.tokens {
		if i > 0 && t.tokens[i-1].group == k.group {
			continue
		}
		var constants, functions []*token
		var links []string
		for _, k := range t.tokens[i:] {
			switch {
			case k.group != t.tokens[i].group:
			case typeOf[k].constant:
				constants = append(constants, k)
			default:
				functions, links = append(functions, k), append(links, "["+k.name+"]")
			}
		}
		heading := "Options for " + k.group + "."
		if len(links) > 0 {
			heading += " Options with arguments are functions: " + strings.Join(links, ", ") + "."
		}
		writeComment(b, heading)
		b.WriteString("const (\n")
		for _, k := range constants {
			k.writeComment(b, true)
			fmt.Fprintf(b, "%s %s = id%s\n", k.name, typeOf[k].name, k.name)
		}
		b.WriteString(")\n\n")
		for _, k := range functions {
			k.writeComment(b, len(k.accepted) > 1)
			k.writeFunction(b, typeOf[k])
		}
	}
}

// writeComment writes the comment of a token. It names the option types if the declaration does not show
// them.
func (k *token) writeComment(b *bytes.Buffer, types bool) {
	text := k.name + " is an option: " + k.doc + "."
	if slices.ContainsFunc(k.args, arg.holds) {
		text += " It cannot be compared by ==."
	}
	if types {
		text += "\nIt belongs to " + links(k.accepted) + "."
	}
	writeComment(b, text)
}

// links returns a list of links: [A], [B] and [C].
func links(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return "[" + names[0] + "]"
	}
	return "[" + strings.Join(names[:last], "], [") + "] and [" + names[last] + "]"
}

// writeFunction writes the function that returns a token. Its whole numbers may be of any type that fits an
// int64.
func (k *token) writeFunction(b *bytes.Buffer, y *tokenType) {
	params, values, generic := make([]string, len(k.args)), "token: id"+k.name, ""
	for i, a := range k.args {
		kind, typ, value := argKinds[a.kind], argKinds[a.kind].goType, a.name
		switch {
		case typ == "int64" && kind.list:
			generic, typ, value = "[N integer]", "N", "int64s("+a.name+")"
		case typ == "int64":
			generic, typ, value = "[N integer]", "N", "int64("+a.name+")"
		case typ == "time.Time" && !kind.list:
			value += ".UTC()" // so that == compares the instant
		}
		if kind.list {
			typ = "..." + typ
		}
		params[i] = a.name + " " + typ
		values += ", " + a.name + ": " + value
	}
	result := y.name
	if len(k.accepted) == 1 {
		result = k.accepted[0]
	}
	same := ""
	if k.same {
		same = ".same()"
	}
	fmt.Fprintf(b, "func %s%s(%s) %s { return %s{%s}%s }\n\n",
		k.name, generic, strings.Join(shortened(params), ", "), result, y.name, values, same)
}

// fields returns the fields of a struct: the parameters of its tokens, by their names. It is an error if two
// tokens have a parameter with the same name and another Go type.
func (y *tokenType) fields() (list []string, err error) {
	types := map[string]string{}
	for _, k := range y.tokens {
		for _, a := range k.args {
			kind := argKinds[a.kind]
			goType := kind.goType
			if kind.list {
				goType = "[]" + goType
			}
			switch types[a.name] {
			case "":
				types[a.name] = goType
				list = append(list, a.name+" "+goType)
			case goType:
			default:
				return nil, fmt.Errorf("%s: its parameter %s is a %s, and that of another token a %s",
					k.name, a.name, goType, types[a.name])
			}
		}
	}
	return list, nil
}

// writeOptionID writes the switch from a token to its number.
func writeOptionID(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// optionID returns the number of a token, 0 for nil.\n" +
		"func optionID(o any) int {\nswitch o := o.(type) {\n")
	for _, y := range types {
		number := "o.token"
		if y.constant {
			number = "int(o)"
		}
		fmt.Fprintf(b, "case %s: return %s\n", y.name, number)
	}
	b.WriteString("}\nreturn 0\n}\n\n")
}

// writePutOption writes the switch that sends a token.
func writePutOption(b *bytes.Buffer, types []*tokenType) {
	b.WriteString("// putOption writes one token and counts its words.\n" +
		"func putOption(e *encoder, o any) {\nswitch o := o.(type) {\n")
	for _, y := range types {
		number := "o.token"
		if y.constant {
			number = "o"
		}
		fmt.Fprintf(b, "case %s:\nswitch %s {\n", y.name, number)
		for _, k := range y.tokens {
			fmt.Fprintf(b, "case id%s:\n%s", k.name, k.calls())
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
}

// calls returns the calls that send the token o.
func (k *token) calls() string {
	var b strings.Builder
	if k.once {
		b.WriteString("e.Once = true\n")
	}
	if k.put != "" {
		var given []string
		for _, a := range k.args {
			given = append(given, "o."+a.name)
		}
		fmt.Fprintf(&b, "e.%s(%s)\n", k.put, strings.Join(given, ", "))
		return b.String()
	}
	count := 0 // words that are not counted by their own calls
	for _, w := range k.words {
		if a := k.arg(strings.TrimPrefix(w, "$")); a == nil || !argKinds[a.kind].countsWords() {
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
		a := k.arg(name)
		if a.kind == "each" {
			fmt.Fprintf(&b, "e.Each(%q, o.%s)\n", bulks(text), a.name)
			text, count = nil, 0
			continue
		}
		flush()
		b.WriteString(argKinds[a.kind].call("o."+a.name, k.name, a.param) + "\n")
	}
	flush()
	return b.String()
}
