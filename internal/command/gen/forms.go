package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A token of kind form(NAME:VALUE,...) has several values, or one that stands between words: each $ among its words
// is the place of the next value.

// formValue says how one value of a form looks in Go and how it is sent.
type formValue struct {
	goType string
	put    string // the encoder's call; $n is the quoted name of the token, $x the value
}

var formValues = map[string]formValue{
	"int":       {"int64", "e.int($x)"},
	"int0":      {"int64", "e.intAtLeast($n, $x, 0)"},
	"int1":      {"int64", "e.intAtLeast($n, $x, 1)"},
	"float":     {"float64", "e.float($x)"},
	"text":      {"string", "e.string($x)"},
	"plain":     {"string", "e.word($x)"},
	"seconds":   {"time.Duration", "e.secondsAbove0($n, $x, \"whole seconds\")"},
	"idle":      {"time.Duration", "e.idleMillis($n, $x)"},
	"unixmilli": {"time.Time", "e.unixMilli($n, $x)"},
	"GeoUnit":   {"GeoUnit", "e.choice($n, int($x), geoUnitWords[:])"},
	"MoveOrder": {"MoveOrder", "e.choice($n, int($x), moveOrderWords[:])"},
}

// checkForm finds a form's faults.
func (k *token) checkForm() error {
	places := 0
	for _, w := range k.words {
		if w == "$" {
			places++
		}
	}
	if places != len(k.params) {
		return fmt.Errorf("%d values for %d places", len(k.params), places)
	}
	if len(k.words) == 0 || k.words[0] == "$" {
		return errors.New("a form starts with a word")
	}
	for _, p := range k.params {
		if _, value, _ := strings.Cut(p, ":"); formValues[value].put == "" {
			return fmt.Errorf("unknown value %q", p)
		}
	}
	return nil
}

// formParts gives the names of a form's parameters, their types, and the fields of the token's type that hold them:
// the type's fields are numbered by Go type, so that the forms of one type share them.
func (k *token) formParts() (names, goTypes, fields []string) {
	seen := map[string]int{}
	for _, p := range k.params {
		name, value, _ := strings.Cut(p, ":")
		goType := formValues[value].goType
		names = append(names, name)
		goTypes = append(goTypes, goType)
		fields = append(fields, fieldName(goType, seen[goType]))
		seen[goType]++
	}
	return names, goTypes, fields
}

// fieldName is the name of the nth field of a Go type: int64, 0 is int64A.
func fieldName(goType string, n int) string {
	at := strings.LastIndexByte(goType, '.')
	return lowerFirst(goType[at+1:]) + string(rune('A'+n))
}

// formType is the type of tokens made by forms: the number of the token and room for the values of any of them.
func (y *tokenType) formType() string {
	fields := "id uint16"
	var seen []string
	for _, k := range y.tokens {
		_, goTypes, names := k.formParts()
		for i, name := range names {
			if !slices.Contains(seen, name) {
				seen = append(seen, name)
				fields += "; " + name + " " + goTypes[i]
			}
		}
	}
	return "struct { " + fields + " }"
}

// formMaker gives the parameters of a form's function and the fields of the token that it makes.
func (k *token) formMaker() (params, value string) {
	names, goTypes, fields := k.formParts()
	list := make([]string, len(names))
	value = "id: id" + k.name
	for i, name := range names {
		list[i] = name + " " + goTypes[i]
		value += ", " + fields[i] + ": " + name
	}
	return strings.Join(shortened(list), ", "), value
}

// formCalls are the calls that send a form.
func (k *token) formCalls() string {
	var b strings.Builder
	count := len(k.words)
	rest := k.words
	_, _, fields := k.formParts()
	for i, p := range k.params {
		at := slices.Index(rest, "$")
		if at > 0 {
			fmt.Fprintf(&b, "e.literal(%q, %d)\n", bulks(rest[:at]), count)
			count = 0
		}
		rest = rest[at+1:]
		_, value, _ := strings.Cut(p, ":")
		b.WriteString(strings.NewReplacer("$n", strconv.Quote(k.name), "$x", "o."+fields[i]).Replace(formValues[value].put) + "\n")
	}
	if len(rest) > 0 {
		fmt.Fprintf(&b, "e.literal(%q, 0)\n", bulks(rest))
	}
	return b.String()
}
