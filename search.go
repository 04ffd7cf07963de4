package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// FTSearchResult is the reply of FTSearch.
type FTSearchResult struct {
	// Total is the number of matching documents; Docs may have only a part of them.
	Total int64
	Docs  []FTDoc
	// Warnings say why documents may be missing. Servers send them only with RESP3.
	Warnings []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// FTDoc is a document in a result.
type FTDoc struct {
	// ID is the document's key.
	ID string
	// Score is set with WithScores, and Explanation with ExplainScore: nested lists of text.
	Score       float64
	Explanation Value
	// Payload is set with WithPayloads, SortKey with WithSortKeys.
	Payload, SortKey Null[string]
	// Fields are the requested fields that the document has; a JSON document as a whole is the field "$". It
	// is nil with NoContent, and if the document was deleted since it was found.
	Fields map[string]string
	// Extra are the fields that redpoll does not know, only with RESP3.
	Extra map[string]Value
}

// FTAggregateResult is the reply of FTAggregate, FTCursorRead and FTHybrid.
type FTAggregateResult struct {
	// Total is the server's number of rows. Before server 8.8 it is useless for FTAggregate.
	Total int64
	// Rows are the properties of each row. A value is text, or an array if TOLIST made it; see its Kind.
	Rows []map[string]Value
	// Cursor is the argument for FTCursorRead; 0 if there are no more rows.
	Cursor int64
	// ExecutionTime is set by FTHybrid.
	ExecutionTime time.Duration
	// Warnings say why rows may be missing. Except for FTHybrid, servers send them only with RESP3.
	Warnings []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// FTProfile is the result of a query and its profile.
type FTProfile[T any] struct {
	Result T
	// Profile are times and counts, in a form that depends on the server's version; maps are arrays of keys
	// and values in turn, which Value.Map reads. Other fields of the reply are in Result.Extra.
	Profile Value
}

// FTMisspelled is a word of a query that is not in the index.
type FTMisspelled struct {
	Term string
	// Suggestions are replacements, the best first; there may be none.
	Suggestions []Z
}

// FTSuggestion is a completion.
type FTSuggestion struct {
	Text    string
	Score   float64
	Payload Null[string]
}

// plainValue reads a value of any shape in the form of RESP2: floats as text, maps and sets as arrays. So it
// is the same in both protocols.
func plainValue(d *reply, v *Value) error {
	err := decodeValue(d, v)
	v.plain()
	return err
}

func (v *Value) plain() {
	switch v.kind {
	case KindFloat, KindBigInt:
		v.kind, v.float = KindString, 0
	case KindBool:
		v.kind = KindInt
	case KindMap, KindSet:
		v.kind = KindArray
	}
	for i := range v.elems {
		v.elems[i].plain()
	}
}

// keepPlain stores a field that redpoll does not know.
func keepPlain(d *reply, extra *map[string]Value, name string) error {
	var v Value
	err := plainValue(d, &v)
	keep(extra, name, v)
	return err
}

// ftLayout says what the elements of a document are in RESP2.
type ftLayout struct{ scores, payloads, sortKeys, noContent bool }

// ftSearchReply returns the filler for FT.SEARCH, which depends on the options.
func ftSearchReply(o *FTSearchOptions) filler {
	l := ftLayoutOf(o)
	return func(d *reply, slot any) error { return l.decode(d, slot.(*FTSearchResult)) }
}

func ftLayoutOf(o *FTSearchOptions) ftLayout {
	return ftLayout{o.WithScores, o.WithPayloads, o.WithSortKeys, o.NoContent}
}

// ftSearchProfile is ftSearchReply for FT.PROFILE.
func ftSearchProfile(o *FTSearchOptions) filler {
	l := ftLayoutOf(o)
	return func(d *reply, slot any) error {
		v := slot.(*FTProfile[FTSearchResult])
		err := decodeFTProfile(d, &v.Profile, &v.Result.Extra, func() error { return l.decode(d, &v.Result) })
		if p, ok := v.Result.Extra["profile"]; ok && err == nil {
			v.Profile = p
			delete(v.Result.Extra, "profile")
		}
		return err
	}
}

func decodeFTAggregateProfile(d *reply, v *FTProfile[FTAggregateResult]) error {
	err := decodeFTProfile(d, &v.Profile, &v.Result.Extra, func() error {
		return decodeFTAggregate(d, &v.Result)
	})
	if p, ok := v.Result.Extra["profile"]; ok && err == nil {
		v.Profile = p
		delete(v.Result.Extra, "profile")
	}
	return err
}

// decodeFTRowsProfile is decodeFTAggregateProfile for FT.HYBRID, whose result has names in both protocols.
func decodeFTRowsProfile(d *reply, v *FTProfile[FTAggregateResult]) error {
	return decodeFTProfile(d, &v.Profile, &v.Result.Extra, func() error { return decodeFTRows(d, &v.Result) })
}

// decodeFTProfile reads a result and its profile: two elements, or a map with both. Servers before 8.0 put
// the profile into the map of the result, where it becomes an Extra. Newer servers may have further fields,
// which become an Extra too.
func decodeFTProfile(d *reply, profile *Value, extra *map[string]Value, result func() error) error {
	if d.Kind() != resp.KindMap {
		if err := d.ExpectLen(2, "a result and its profile"); err != nil {
			return err
		}
		if err := result(); err != nil {
			return err
		}
		return plainValue(d, profile)
	}
	inside, apart := *d, false
	_ = inside.Named(func(name string) error {
		apart = apart || name == "Results"
		return inside.Skip()
	})
	if !apart {
		return result()
	}
	return d.Named(func(name string) error {
		switch name {
		case "Results":
			return result()
		case "Profile":
			return plainValue(d, profile)
		}
		return keepPlain(d, extra, name)
	})
}

func (l ftLayout) decode(d *reply, v *FTSearchResult) error {
	if d.Kind() == resp.KindMap {
		return decodeFTFound(d, &v.Extra, &v.Total, &v.Warnings, func() error {
			return readRecord(d, &v.Docs)
		})
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	width := 1
	for _, has := range [...]bool{l.scores, l.payloads, l.sortKeys, !l.noContent} {
		if has {
			width++
		}
	}
	if n == 0 || (n-1)%width != 0 {
		return &resp.TypeError{Want: "a number and documents", Got: resp.KindArray}
	}
	if v.Total, err = d.Int(); err != nil {
		return err
	}
	v.Docs = make([]FTDoc, (n-1)/width)
	for i := range v.Docs {
		if err := l.doc(d, &v.Docs[i]); err != nil {
			return err
		}
	}
	return nil
}

// decodeFTFound reads the map of RESP3 around documents or rows. results reads these.
func decodeFTFound(d *reply, extra *map[string]Value, total *int64, warnings *[]string,
	results func() error) error {
	known := false
	err := d.Named(func(name string) (err error) {
		switch name {
		case "total_results":
			known = true
			*total, err = d.Int()
			return err
		case "results":
			known = true
			return results()
		case "warning", "warnings", "error":
			return decode.WordsOrNone(d, warnings)
		case "attributes", "format":
			return d.Skip()
		}
		return keepPlain(d, extra, name)
	})
	if err == nil && !known {
		err = &resp.TypeError{Want: "a map with results", Got: resp.KindMap}
	}
	return err
}

// doc reads a document in the form of RESP2.
func (l ftLayout) doc(d *reply, v *FTDoc) (err error) {
	v.ID, err = d.UserText()
	if err == nil && l.scores {
		err = decodeFTScore(d, v)
	}
	if err == nil && l.payloads {
		err = elementNull(d, &v.Payload)
	}
	if err == nil && l.sortKeys {
		err = elementNull(d, &v.SortKey)
	}
	if err == nil && !l.noContent {
		err = decode.TextMap(d, &v.Fields)
	}
	return err
}

// elementFTDoc reads a document in the form of RESP3.
func elementFTDoc(d *reply, v *FTDoc) error {
	return d.Named(func(name string) (err error) {
		switch name {
		case "id":
			v.ID, err = d.UserText()
		case "score":
			err = decodeFTScore(d, v)
		case "payload":
			err = elementNull(d, &v.Payload)
		case "sortkey":
			err = elementNull(d, &v.SortKey)
		case "extra_attributes":
			err = decode.TextMap(d, &v.Fields)
		case "values": // always empty
			err = d.Skip()
		default:
			err = keepPlain(d, &v.Extra, name)
		}
		return err
	})
}

// decodeFTScore reads a score, or an array of a score and its explanation.
func decodeFTScore(d *reply, v *FTDoc) (err error) {
	explained := d.Kind() == resp.KindArray
	if explained {
		if err = d.ExpectLen(2, "a score and its explanation"); err != nil {
			return err
		}
	}
	if v.Score, err = d.Float(); err == nil && explained {
		err = plainValue(d, &v.Explanation)
	}
	return err
}

// decodeFTAggregate reads rows, or an array of rows and a cursor.
func decodeFTAggregate(d *reply, v *FTAggregateResult) error {
	if d.Kind() == resp.KindMap {
		return decodeFTRows(d, v)
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n == 2 && d.Kind() != resp.KindInteger {
		if err := decodeFTPage(d, v); err != nil {
			return err
		}
		v.Cursor, err = d.Int()
		return err
	}
	return decodeFTFlat(d, v, n)
}

// decodeFTPage reads the rows before a cursor.
func decodeFTPage(d *reply, v *FTAggregateResult) error {
	if d.Kind() == resp.KindMap {
		return decodeFTRows(d, v)
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	return decodeFTFlat(d, v, n)
}

// decodeFTFlat reads a number and rows, in the form of RESP2.
func decodeFTFlat(d *reply, v *FTAggregateResult, n int) (err error) {
	if n == 0 {
		return &resp.TypeError{Want: "a number and rows", Got: resp.KindArray}
	}
	if v.Total, err = d.Int(); err != nil {
		return err
	}
	v.Rows = make([]map[string]Value, n-1)
	for i := range v.Rows {
		if err := decodeFTRow(d, &v.Rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// decodeFTRows reads rows in the form of RESP3, which FT.HYBRID uses in both protocols.
func decodeFTRows(d *reply, v *FTAggregateResult) error {
	err := decodeFTFound(d, &v.Extra, &v.Total, &v.Warnings, func() error {
		return decodeFTRowList(d, &v.Rows)
	})
	const took = "execution_time"
	if ms, odd := v.Extra[took].Float(); odd == nil {
		v.ExecutionTime = decode.FloatSpan(ms, time.Millisecond)
		if delete(v.Extra, took); len(v.Extra) == 0 {
			v.Extra = nil
		}
	}
	return err
}

func decodeFTRowList(d *reply, v *[]map[string]Value) error {
	n, err := d.Len()
	list := make([]map[string]Value, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementFTRow(d, &list[i])
	}
	*v = list
	return err
}

// elementFTRow reads a row of FT.AGGREGATE in RESP3, where the properties are one field of a map, or a row of
// FT.HYBRID, where they are the map itself.
func elementFTRow(d *reply, v *map[string]Value) error {
	if err := decodeFTRow(d, v); err != nil {
		return err
	}
	nested, ok := (*v)["extra_attributes"]
	if _, both := (*v)["values"]; !ok || !both {
		return nil
	}
	m, err := nested.Map()
	if err == nil || nested.IsNil() {
		*v = m
		return nil
	}
	return err
}

// decodeFTRow reads the properties of a row; there are none if its document was deleted.
func decodeFTRow(d *reply, v *map[string]Value) error {
	if d.Null() {
		return nil
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string]Value, n)
	for range n {
		name, err := d.UserText()
		if err != nil {
			return err
		}
		var value Value
		if err := plainValue(d, &value); err != nil {
			return err
		}
		m[name] = value
	}
	*v = m
	return nil
}

// decodeFTMisspelled reads the reply of FT.SPELLCHECK: in RESP2 lists of the word TERM, the term, and pairs
// of score and suggestion; in RESP3 a map of the terms.
func decodeFTMisspelled(d *reply, v *[]FTMisspelled) error {
	if d.Kind() != resp.KindMap {
		return decodeRecord(d, v)
	}
	known := false
	err := d.Named(func(name string) error {
		if name != "results" {
			return d.Skip()
		}
		known = true
		n, err := d.MapLen()
		if err != nil {
			return err
		}
		list := make([]FTMisspelled, n)
		for i := range list {
			if list[i].Term, err = d.UserText(); err != nil {
				return err
			}
			if err := decodeFTCorrections(d, &list[i].Suggestions, true); err != nil {
				return err
			}
		}
		*v = list
		return nil
	})
	if err == nil && !known {
		err = &resp.TypeError{Want: "a map with results", Got: resp.KindMap}
	}
	return err
}

func elementFTMisspelled(d *reply, v *FTMisspelled) (err error) {
	if err = d.ExpectLen(3, "the word TERM, a term and suggestions"); err != nil {
		return err
	}
	if err = d.Skip(); err != nil {
		return err
	}
	if v.Term, err = d.UserText(); err != nil {
		return err
	}
	return decodeFTCorrections(d, &v.Suggestions, false)
}

// decodeFTCorrections reads suggestions and their scores: pairs of score and suggestion, or maps with one
// pair.
func decodeFTCorrections(d *reply, v *[]Z, isMap bool) error {
	n, err := d.Len()
	list := make([]Z, n)
	for i := 0; i < n && err == nil; i++ {
		z := &list[i]
		if isMap {
			err = elementFTCorrection(d, z)
			continue
		}
		if err = d.ExpectLen(2, "a score and a suggestion"); err == nil {
			z.Score, err = d.Float()
		}
		if err == nil {
			z.Member, err = d.UserText()
		}
	}
	*v = list
	return err
}

// elementFTCorrection reads a suggestion and its score in the form of RESP3, a map with one pair.
func elementFTCorrection(d *reply, v *Z) error {
	n, err := d.MapLen()
	if err == nil && n != 1 {
		err = &resp.TypeError{Want: "a suggestion and its score", Got: resp.KindMap}
	}
	if err != nil {
		return err
	}
	return elementZ(d, v)
}

// decodeFTSuggestions reads suggestions with scores and payloads, three elements each.
func decodeFTSuggestions(d *reply, v *[]FTSuggestion) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, err := d.Len()
	if err == nil && n%3 != 0 {
		err = &resp.TypeError{Want: "suggestions, scores and payloads", Got: resp.KindArray}
	}
	if err != nil {
		return err
	}
	list := make([]FTSuggestion, n/3)
	for i := range list {
		s := &list[i]
		if s.Text, err = d.UserText(); err != nil {
			return err
		}
		if s.Score, err = d.Float(); err != nil {
			return err
		}
		if err := elementNull(d, &s.Payload); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
