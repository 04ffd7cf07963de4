package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// plainValue reads a value of any shape, as RESP2 has it: floats as text, maps and sets as arrays. So it is the same in
// both protocols.
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

// keepPlain keeps a value that is not known to us.
func keepPlain(d *reply, extra *map[string]Value, name string) error {
	var v Value
	err := plainValue(d, &v)
	keep(extra, name, v)
	return err
}

// ftLayout says what a document consists of in RESP2.
type ftLayout struct{ scores, payloads, sortKeys, noContent bool }

// ftSearchReply makes the decoding of FT.SEARCH, which depends on what was asked for.
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
	err := decodeFTProfile(d, &v.Profile, &v.Result.Extra, func() error { return decodeFTAggregate(d, &v.Result) })
	if p, ok := v.Result.Extra["profile"]; ok && err == nil {
		v.Profile = p
		delete(v.Result.Extra, "profile")
	}
	return err
}

// ftAggregateProfileReply is decodeFTAggregateProfile for FT.HYBRID, whose result has names in both protocols.
func ftAggregateProfileReply(d *reply, slot any) error {
	v := slot.(*FTProfile[FTAggregateResult])
	return decodeFTProfile(d, &v.Profile, &v.Result.Extra, func() error { return decodeFTRows(d, &v.Result) })
}

// decodeFTProfile reads a result and its profile: two elements, or a map with both. Servers before 8.0 put the profile
// into the map of the result, where it becomes an Extra, as does what newer ones put beside both.
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
		return decodeFTFound(d, &v.Extra, &v.Total, &v.Warnings, func() error { return readRecord(d, &v.Docs) })
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

// decodeFTFound reads what RESP3 has around documents or rows, which results reads.
func decodeFTFound(d *reply, extra *map[string]Value, total *int64, warnings *[]string, results func() error) error {
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

// doc reads a document as RESP2 has it.
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

// elementFTDoc reads a document as RESP3 has it.
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

// decodeFTPage is what stands before a cursor.
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

// decodeFTFlat reads a number and rows, as RESP2 has them.
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

// decodeFTRows reads rows as RESP3 has them, and as FT.HYBRID has them in both protocols.
//
//go:noinline
func decodeFTRows(d *reply, v *FTAggregateResult) error {
	err := decodeFTFound(d, &v.Extra, &v.Total, &v.Warnings, func() error { return decodeFTRowList(d, &v.Rows) })
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

// elementFTRow reads a row of FT.AGGREGATE in RESP3, where its properties are one field of a map, or one of FT.HYBRID,
// where they are the map itself.
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

// decodeFTRow reads the properties of a row, which is missing when its document has gone.
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

// decodeFTMisspelled reads the reply of FT.SPELLCHECK: in RESP2 lists of the word TERM, the term, and pairs of score and
// suggestion; in RESP3 a map of the terms.
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

// decodeFTCorrections reads suggestions and their scores: pairs that begin with the score, or maps of one.
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

// elementFTCorrection reads a suggestion and its score as RESP3 has them, a map of one.
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
		return Nil
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
