package redpoll

import (
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// facts are the named values of a reply. What is taken out is known to us and has the form that we know; the rest becomes an
// Extra map.
type facts map[string]Value

// fits takes a value out that has found its place, or is none.
//
//go:noinline
func (f facts) fits(name string, fits bool) {
	if fits || f[name].IsNil() {
		delete(f, name)
	}
}

//go:noinline
func (f facts) text(name string) string {
	s, err := f[name].Text()
	f.fits(name, err == nil)
	return s
}

// number takes a number in any of the forms that servers choose.
//
//go:noinline
func (f facts) number(name string) float64 {
	v := f[name]
	n, err := v.Float()
	f.fits(name, err == nil)
	return n
}

//go:noinline
func (f facts) int(name string) int64 { return int64(decode.FloatSpan(f.number(name), 1)) }

//go:noinline
func (f facts) strings(name string) []string {
	list, err := f[name].Strings()
	f.fits(name, err == nil)
	return list
}

// inner takes a map.
//
//go:noinline
func (f facts) inner(name string) facts {
	m, err := f[name].Map()
	f.fits(name, err == nil)
	return m
}

// each takes a list of what read takes; it reads all that fits.
func (f facts) each(name string, read func(v Value) bool) {
	list, err := f[name].Array()
	all := err == nil
	for _, v := range list {
		all = read(v) && all
	}
	f.fits(name, all)
}

// numbers takes counters by name.
func (f facts) numbers(name string) map[string]float64 {
	inner, err := f[name].Map()
	m := make(map[string]float64, len(inner))
	for k := range inner {
		n := facts(inner).number(k)
		if _, odd := inner[k]; !odd {
			m[k] = n
		}
	}
	f.fits(name, err == nil && len(inner) == 0)
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
	v.Definition.read(f.inner("index_definition"))
	v.Attributes = []FTAttribute{}
	f.each("attributes", func(of Value) bool {
		var a FTAttribute
		list, err := of.Array()
		fits := err == nil && a.read(list)
		if fits {
			v.Attributes = append(v.Attributes, a)
		}
		return fits
	})
	v.Docs, v.MaxDocID = f.int("num_docs"), f.int("max_doc_id")
	v.Terms, v.Records = f.int("num_terms"), f.int("num_records")
	v.Indexing, v.PercentIndexed = f.int("indexing") != 0, f.number("percent_indexed")
	v.IndexingTime = decode.FloatSpan(f.number("total_indexing_time"), time.Millisecond)
	v.Failures, v.Uses = f.int("hash_indexing_failures"), f.int("number_of_uses")
	v.GC, v.Cursors, v.Dialects = f.numbers("gc_stats"), f.numbers("cursor_stats"), f.numbers("dialect_stats")
	v.Errors.read(f.inner("Index Errors"))
	f.each("field statistics", func(of Value) bool {
		m, err := of.Map()
		if err != nil {
			return false
		}
		inner := facts(m)
		e := FTFieldErrors{Identifier: inner.text("identifier"), Attribute: inner.text("attribute")}
		e.read(inner.inner("Index Errors"))
		e.Statistics = inner.rest()
		v.FieldErrors = append(v.FieldErrors, e)
		return true
	})
	v.Sizes = map[string]float64{}
	for name := range f {
		if strings.HasSuffix(name, "_mb") || strings.HasSuffix(name, "_avg") || name == "total_inverted_index_blocks" {
			n := f.number(name)
			if _, odd := f[name]; !odd {
				v.Sizes[name] = n
			}
		}
	}
	v.Extra = f.rest()
}

func (v *FTDefinition) read(f facts) {
	v.KeyType, v.Prefixes, v.Filter = f.text("key_type"), f.strings("prefixes"), f.text("filter")
	v.Language, v.DefaultScore = f.text("default_language"), f.number("default_score")
	all, err := f["indexes_all"].Text()
	v.IndexesAll = all == "true"
	f.fits("indexes_all", err == nil && (v.IndexesAll || all == "false"))
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

// read reads an attribute: names and values in turn, and flags, which RESP3 has in a list of that name. It is false where a
// name is no text.
func (v *FTAttribute) read(list []Value) bool {
	f := facts{}
	for i := 0; i < len(list); i++ {
		name, err := list[i].Text()
		if err != nil {
			return false
		}
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
	return true
}
