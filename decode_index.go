package redpoll

import (
	"math"
	"strings"
	"time"
)

// facts are the named values of a reply. What is taken out is known to us; the rest becomes an Extra map.
type facts map[string]Value

// facts gives the named values of a map; a value of another shape has none.
func (v Value) facts() facts {
	m, err := v.Map()
	if err != nil {
		return facts{}
	}
	return m
}

//go:noinline
func (f facts) take(name string) Value {
	v := f[name]
	delete(f, name)
	return v
}

func (f facts) text(name string) string {
	s, _ := f.take(name).Text()
	return s
}

// number takes a number in any of the forms that servers choose.
func (f facts) number(name string) float64 {
	v := f.take(name)
	n, err := v.Float()
	if err != nil && strings.HasSuffix(v.text, "nan") {
		return math.NaN()
	}
	return n
}

func (f facts) int(name string) int64 { return int64(f.number(name)) }

func (f facts) strings(name string) []string {
	list, _ := f.take(name).Strings()
	return list
}

// numbers takes counters by name.
func (f facts) numbers(name string) map[string]float64 {
	inner := f.take(name).facts()
	m := make(map[string]float64, len(inner))
	for k := range inner {
		m[k] = inner.number(k)
	}
	return m
}

// rest is what was not taken, nil if nothing.
func (f facts) rest() map[string]Value {
	if len(f) == 0 {
		return nil
	}
	return f
}

// decodeFTIndex reads the reply of FT.INFO.
func decodeFTIndex(d *reply, v *FTIndex) error {
	var whole Value
	if err := plainValue(d, &whole); err != nil {
		return err
	}
	f, err := whole.Map()
	if err != nil {
		return err
	}
	v.read(f)
	return nil
}

func (v *FTIndex) read(f facts) {
	v.Name = f.text("index_name")
	v.Options = f.strings("index_options")
	v.Definition.read(f.take("index_definition").facts())
	attributes, _ := f.take("attributes").Array()
	v.Attributes = make([]FTAttribute, len(attributes))
	for i, a := range attributes {
		v.Attributes[i].read(a.elems)
	}
	v.Docs, v.MaxDocID = f.int("num_docs"), f.int("max_doc_id")
	v.Terms, v.Records = f.int("num_terms"), f.int("num_records")
	v.Indexing, v.PercentIndexed = f.int("indexing") != 0, f.number("percent_indexed")
	v.IndexingTime = time.Duration(f.number("total_indexing_time") * float64(time.Millisecond))
	v.Failures, v.Uses = f.int("hash_indexing_failures"), f.int("number_of_uses")
	v.GC, v.Cursors, v.Dialects = f.numbers("gc_stats"), f.numbers("cursor_stats"), f.numbers("dialect_stats")
	v.Errors.read(f.take("Index Errors").facts())
	fields, _ := f.take("field statistics").Array()
	for _, s := range fields {
		inner := s.facts()
		e := FTFieldErrors{Identifier: inner.text("identifier"), Attribute: inner.text("attribute")}
		e.read(inner.take("Index Errors").facts())
		e.Statistics = inner.rest()
		v.FieldErrors = append(v.FieldErrors, e)
	}
	v.Sizes = map[string]float64{}
	for name := range f {
		if strings.HasSuffix(name, "_mb") || strings.HasSuffix(name, "_avg") || name == "total_inverted_index_blocks" {
			v.Sizes[name] = f.number(name)
		}
	}
	v.Extra = f.rest()
}

func (v *FTDefinition) read(f facts) {
	v.KeyType, v.Prefixes, v.Filter = f.text("key_type"), f.strings("prefixes"), f.text("filter")
	v.Language, v.DefaultScore = f.text("default_language"), f.number("default_score")
	v.IndexesAll = f.text("indexes_all") == "true"
	v.Extra = f.rest()
}

func (v *FTErrors) read(f facts) {
	v.Failures = f.int("indexing failures")
	v.LastError, v.LastKey = f.text("last indexing error"), f.text("last indexing error key")
	v.Extra = f.rest()
}

// isFTFlag tells the words that stand alone among the names and values of an attribute in RESP2.
func isFTFlag(word string) bool {
	switch word {
	case "CASESENSITIVE", "SORTABLE", "UNF", "NOSTEM", "NOINDEX", "WITHSUFFIXTRIE", "INDEXEMPTY", "INDEXMISSING", "PHONETIC":
		return true
	}
	return false
}

// read reads an attribute: names and values in turn, and flags, which RESP3 has in a list of that name.
func (v *FTAttribute) read(list []Value) {
	f := facts{}
	for i := 0; i < len(list); i++ {
		name, _ := list[i].Text()
		if isFTFlag(name) || i+1 == len(list) {
			v.Flags = append(v.Flags, name)
			continue
		}
		i++
		f[name] = list[i]
	}
	v.Flags = append(v.Flags, f.strings("flags")...)
	v.Identifier, v.Attribute, v.Type = f.text("identifier"), f.text("attribute"), f.text("type")
	v.Weight, v.Separator = f.number("WEIGHT"), f.text("SEPARATOR")
	v.Extra = f.rest()
}
