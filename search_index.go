package redpoll

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// The FT commands have dozens of options. They are plain structs here: the zero value of a field leaves its
// option out, so that the server's default holds.

// FTCreateOptions are the options of FTCreate. The zero value indexes every hash.
type FTCreateOptions struct {
	// JSON indexes JSON documents instead of hashes.
	JSON bool
	// Prefix indexes only keys with one of these prefixes; none means all keys.
	Prefix []string
	// Filter indexes only documents that match this expression, such as "@age>16".
	Filter string
	// Language is the language of documents that do not name one, English by default; LanguageField is the
	// field with a document's own language.
	Language, LanguageField string
	// Score is the score of documents without one, 1 by default; ScoreField is the field with a document's
	// own score.
	Score      float64
	ScoreField string
	// PayloadField is the field that holds a document's payload.
	PayloadField string
	// MaxTextFields allows more than 32 text fields, to be added later.
	MaxTextFields bool
	// Temporary deletes the index, with its documents, after this time without use; in whole seconds.
	Temporary time.Duration
	// NoOffsets does not store the positions of terms, which exact phrases and highlighting need.
	NoOffsets bool
	// NoHL does not store the data that only highlighting needs.
	NoHL bool
	// NoFields does not store the field of a term, so queries cannot be limited to fields.
	NoFields bool
	// NoFreqs does not store the number of times that a term is in a document.
	NoFreqs bool
	// StopWords are not indexed; they replace the server's own list. NoStopWords means an empty list.
	StopWords   []string
	NoStopWords bool
	// SkipInitialScan indexes only documents that are written from now on.
	SkipInitialScan bool
	// IndexAll keeps a list of all documents, for queries that match all of them. It needs server 8.0.
	IndexAll bool
}

// FTField is a field of an index: [FTText], [FTTag], [FTNumeric], [FTGeo], [FTGeoShape] or [FTVector].
//
// In all of them Name is the field of the hash, or the path in the JSON document, and As is its name in
// queries. Sortable stores the value for sorting, UNF (only with Sortable) in its original form. NoIndex does
// not index the field, for fields that are only sorted by. IndexMissing and IndexEmpty make documents
// findable that lack the field, or where it is empty; they need server 8.0 or search 2.10.
type FTField interface{ ftField(e *encoder) }

// FTText is a field for full text.
type FTText struct {
	Name, As string
	// NoStem indexes words unchanged, which is best for names.
	NoStem bool
	// Weight multiplies the field's part of the score, 1 by default.
	Weight float64
	// Phonetic matches words that sound alike: dm:en, dm:fr, dm:pt or dm:es.
	Phonetic string
	// WithSuffixTrie makes searches for *ing and *ing* fast.
	WithSuffixTrie                                   bool
	Sortable, UNF, NoIndex, IndexMissing, IndexEmpty bool
}

// FTTag is a field for words that match as a whole.
type FTTag struct {
	Name, As string
	// Separator is the character between tags, a comma by default; in JSON there is none by default.
	Separator string
	// CaseSensitive distinguishes capital letters.
	CaseSensitive bool
	// WithSuffixTrie makes searches for *ing and *ing* fast.
	WithSuffixTrie                                   bool
	Sortable, UNF, NoIndex, IndexMissing, IndexEmpty bool
}

// FTNumeric is a field for ranges of numbers.
type FTNumeric struct {
	Name, As                             string
	Sortable, UNF, NoIndex, IndexMissing bool
}

// FTGeo is a field for places, as "longitude,latitude".
type FTGeo struct {
	Name, As                             string
	Sortable, UNF, NoIndex, IndexMissing bool
}

// FTGeoShape is a field for shapes in WKT form.
type FTGeoShape struct {
	Name, As string
	// Flat uses coordinates of a plane instead of the globe.
	Flat                  bool
	NoIndex, IndexMissing bool
}

// FTVector is a field for vectors, stored as bytes; see FTFloat32s.
type FTVector struct {
	Name, As string
	// Index is the search method: FTFlat, FTHNSW or FTVamana.
	Index        FTVectorIndex
	IndexMissing bool
}

// FTVectorIndex is [FTFlat], [FTHNSW] or [FTVamana].
type FTVectorIndex interface{ ftVectorIndex(e *encoder) }

// FTFlat compares with every vector: exact, for small sets.
type FTFlat struct {
	// Type is the form of the numbers: FLOAT32 (the default), FLOAT64, BFLOAT16, FLOAT16, INT8 or UINT8.
	Type string
	// Dim is the number of dimensions, and Distance the metric: L2, IP or COSINE. Both are required.
	Dim      int64
	Distance string
	// InitialCap is the initial capacity in vectors, BlockSize the number of vectors by which it grows.
	InitialCap, BlockSize int64
}

// FTHNSW searches a graph: fast and approximate. Type, Dim and Distance are those of FTFlat.
type FTHNSW struct {
	Type       string
	Dim        int64
	Distance   string
	InitialCap int64
	// M is the number of links per vector, 16 by default.
	M int64
	// EFConstruction and EFRuntime are the numbers of candidates while building, 200 by default, and while
	// searching, 10 by default.
	EFConstruction, EFRuntime int64
	// Epsilon widens range searches, 0.01 by default.
	Epsilon float64
	// Rerank computes exact scores of the candidates, for indexes on disk. It needs server 8.10.
	Rerank Null[bool]
}

// FTVamana searches a graph of compressed vectors. It needs server 8.2. Type, Dim and Distance are those of
// FTFlat.
type FTVamana struct {
	Type     string
	Dim      int64
	Distance string
	// Compression is LVQ8, LVQ4, LVQ4x4, LVQ4x8, LeanVec4x8 or LeanVec8x8; none by default.
	Compression string
	// ConstructionWindow and SearchWindow are the numbers of candidates while building and searching.
	ConstructionWindow, SearchWindow int64
	// GraphMaxDegree is the number of links per vector.
	GraphMaxDegree int64
	// Epsilon widens range searches.
	Epsilon float64
	// TrainingThreshold is the number of vectors from which the server learns the compression.
	TrainingThreshold int64
	// Reduce is the number of dimensions that LeanVec keeps.
	Reduce int64
}

// FTIndex is the reply of FTInfo.
type FTIndex struct {
	Name string
	// Options are words such as NOOFFSETS.
	Options    []string
	Definition FTDefinition
	Attributes []FTAttribute
	// Docs, Terms and Records are the numbers of documents, of different terms, and of their occurrences.
	Docs, MaxDocID, Terms, Records int64
	// Indexing says that the first scan is running; PercentIndexed is its finished part, from 0 to 1.
	Indexing       bool
	PercentIndexed float64
	// IndexingTime is the time spent on indexing, Failures the number of documents that could not be indexed.
	IndexingTime time.Duration
	Failures     int64
	Uses         int64
	// Sizes are sizes in megabytes, and averages, by the server's names, such as inverted_sz_mb.
	Sizes map[string]float64
	// GC, Cursors and Dialects are counters by the server's names.
	GC, Cursors, Dialects map[string]float64
	Errors                FTErrors
	FieldErrors           []FTFieldErrors
	// Extra are the fields that redpoll does not know, and values of other fields with an unexpected form;
	// nil if there are none.
	Extra map[string]Value
}

// FTDefinition selects the keys of an index.
type FTDefinition struct {
	// KeyType is HASH or JSON.
	KeyType      string
	Prefixes     []string
	Filter       string
	Language     string
	DefaultScore float64
	// IndexesAll is true with IndexAll.
	IndexesAll bool
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// FTAttribute is a field of an index.
type FTAttribute struct {
	// Identifier is the field or path, Attribute the name in queries, Type TEXT, TAG and so on.
	Identifier, Attribute, Type string
	// Weight is for text fields, Separator for tag fields.
	Weight    float64
	Separator string
	// Flags are words such as SORTABLE and NOSTEM.
	Flags []string
	// Extra are the fields that redpoll does not know, such as algorithm, data_type, dim and distance_metric
	// of a vector; nil if there are none.
	Extra map[string]Value
}

// FTErrors describes the documents that could not be indexed.
type FTErrors struct {
	Failures int64
	// LastError is the text of the last failure and LastKey its key; both are "N/A" if there was none.
	LastError, LastKey string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// FTFieldErrors describes the failures to index a field.
type FTFieldErrors struct {
	Identifier, Attribute string
	FTErrors
	// Statistics are the other values of the field.
	Statistics map[string]Value
}

// FTFloat32s returns a vector in the form of fields and parameters of the type FLOAT32: four bytes for each
// number, the lowest first.
func FTFloat32s(vector ...float32) []byte {
	b := make([]byte, 0, 4*len(vector))
	for _, f := range vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

func putFTCreate(e *encoder, o *FTCreateOptions) {
	if o.JSON {
		e.Option("ON", "JSON")
	}
	e.OptionList("PREFIX", o.Prefix)
	e.OptionText("FILTER", o.Filter)
	e.OptionText("LANGUAGE", o.Language)
	e.OptionText("LANGUAGE_FIELD", o.LanguageField)
	e.OptionFloat("SCORE", o.Score)
	e.OptionText("SCORE_FIELD", o.ScoreField)
	e.OptionText("PAYLOAD_FIELD", o.PayloadField)
	e.OptionFlag(o.MaxTextFields, "MAXTEXTFIELDS")
	if o.Temporary != 0 {
		e.Option("TEMPORARY")
		e.N++
		e.SecondsAbove0("Temporary", o.Temporary, "d.Truncate(time.Second), there is no finer unit")
	}
	e.OptionFlag(o.NoOffsets, "NOOFFSETS")
	e.OptionFlag(o.NoHL, "NOHL")
	e.OptionFlag(o.NoFields, "NOFIELDS")
	e.OptionFlag(o.NoFreqs, "NOFREQS")
	e.Exclude(len(o.StopWords) > 0, o.NoStopWords, "StopWords and NoStopWords")
	e.OptionList("STOPWORDS", o.StopWords)
	if o.NoStopWords {
		e.Option("STOPWORDS", "0")
	}
	e.OptionFlag(o.SkipInitialScan, "SKIPINITIALSCAN")
	if o.IndexAll {
		e.Option("INDEXALL", "ENABLE")
	}
}

func putFTFields(e *encoder, fields []FTField) {
	e.Some("fields", len(fields), 0)
	for _, f := range fields {
		if f == nil {
			e.Fail("fields", "contain a nil")
			return
		}
		f.ftField(e)
	}
}

// putFTFieldHead writes name and type of a field.
func putFTFieldHead(e *encoder, name, as, kind string) {
	if name == "" {
		e.Fail("fields", "contain one without a name")
	}
	e.N++
	e.Text(name)
	e.OptionText("AS", as)
	e.Option(kind)
}

// putFTFieldEnd writes the options that all types of fields have.
func putFTFieldEnd(e *encoder, empty, missing, sortable, unf, noIndex bool) {
	e.OptionFlag(empty, "INDEXEMPTY")
	e.OptionFlag(missing, "INDEXMISSING")
	e.OptionFlag(sortable, "SORTABLE")
	e.Need(unf, sortable, "UNF", "Sortable")
	e.OptionFlag(unf, "UNF")
	e.OptionFlag(noIndex, "NOINDEX")
}

func (f FTText) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "TEXT")
	e.OptionFlag(f.NoStem, "NOSTEM")
	e.OptionFloat("WEIGHT", f.Weight)
	e.OptionText("PHONETIC", f.Phonetic)
	e.OptionFlag(f.WithSuffixTrie, "WITHSUFFIXTRIE")
	putFTFieldEnd(e, f.IndexEmpty, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTTag) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "TAG")
	if len(f.Separator) > 1 {
		e.Fail("Separator", "must be a single character")
	}
	e.OptionText("SEPARATOR", f.Separator)
	e.OptionFlag(f.CaseSensitive, "CASESENSITIVE")
	e.OptionFlag(f.WithSuffixTrie, "WITHSUFFIXTRIE")
	putFTFieldEnd(e, f.IndexEmpty, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTNumeric) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "NUMERIC")
	putFTFieldEnd(e, false, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTGeo) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "GEO")
	putFTFieldEnd(e, false, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTGeoShape) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "GEOSHAPE")
	e.OptionFlag(f.Flat, "FLAT")
	putFTFieldEnd(e, false, f.IndexMissing, false, false, f.NoIndex)
}

func (f FTVector) ftField(e *encoder) {
	putFTFieldHead(e, f.Name, f.As, "VECTOR")
	if f.Index == nil {
		e.Fail("Index", "is missing: give FTFlat, FTHNSW or FTVamana")
		return
	}
	f.Index.ftVectorIndex(e)
	putFTFieldEnd(e, false, f.IndexMissing, false, false, false)
}

// putFTVectorHead writes the options that all vector indexes have.
func putFTVectorHead(e *encoder, kind string, dim int64, distance string) {
	if kind == "" {
		kind = "FLOAT32"
	}
	if dim <= 0 || distance == "" {
		e.Fail("Index", "needs Dim and Distance")
	}
	e.Option("TYPE", kind)
	e.OptionInt("DIM", dim)
	e.Option("DISTANCE_METRIC", distance)
}

func (f FTFlat) ftVectorIndex(e *encoder) {
	e.Option("FLAT")
	e.CountedPart(func(e *encoder) {
		putFTVectorHead(e, f.Type, f.Dim, f.Distance)
		e.OptionInt("INITIAL_CAP", f.InitialCap)
		e.OptionInt("BLOCK_SIZE", f.BlockSize)
	})
}

func (f FTHNSW) ftVectorIndex(e *encoder) {
	e.Option("HNSW")
	e.CountedPart(func(e *encoder) {
		putFTVectorHead(e, f.Type, f.Dim, f.Distance)
		e.OptionInt("INITIAL_CAP", f.InitialCap)
		e.OptionInt("M", f.M)
		e.OptionInt("EF_CONSTRUCTION", f.EFConstruction)
		e.OptionInt("EF_RUNTIME", f.EFRuntime)
		e.OptionFloat("EPSILON", f.Epsilon)
		switch {
		case f.Rerank.Valid && f.Rerank.V:
			e.Option("RERANK", "TRUE")
		case f.Rerank.Valid:
			e.Option("RERANK", "FALSE")
		}
	})
}

func (f FTVamana) ftVectorIndex(e *encoder) {
	e.Option("SVS-VAMANA")
	e.CountedPart(func(e *encoder) {
		putFTVectorHead(e, f.Type, f.Dim, f.Distance)
		if f.Compression != "" {
			e.Option("COMPRESSION", f.Compression)
		}
		e.OptionInt("CONSTRUCTION_WINDOW_SIZE", f.ConstructionWindow)
		e.OptionInt("GRAPH_MAX_DEGREE", f.GraphMaxDegree)
		e.OptionInt("SEARCH_WINDOW_SIZE", f.SearchWindow)
		e.OptionFloat("EPSILON", f.Epsilon)
		e.OptionInt("TRAINING_THRESHOLD", f.TrainingThreshold)
		e.OptionInt("REDUCE", f.Reduce)
	})
}

// facts are the named values of a reply. The methods remove the values that redpoll knows, if they have the
// expected form; the rest becomes an Extra map.
type facts map[string]Value

// fits removes a value that has been read, or that is nil.
func (f facts) fits(name string, fits bool) {
	if fits || f[name].IsNil() {
		delete(f, name)
	}
}

func (f facts) text(name string) string {
	s, err := f[name].Text()
	f.fits(name, err == nil)
	return s
}

// number removes a number in any of the forms that servers use.
func (f facts) number(name string) float64 {
	v := f[name]
	n, err := v.Float()
	f.fits(name, err == nil)
	return n
}

func (f facts) int(name string) int64 { return int64(decode.FloatSpan(f.number(name), 1)) }

func (f facts) strings(name string) []string {
	list, err := f[name].Strings()
	f.fits(name, err == nil)
	return list
}

// inner removes a map.
func (f facts) inner(name string) facts {
	m, err := f[name].Map()
	f.fits(name, err == nil)
	return m
}

// each removes a list of values that read accepts; it reads all that fit.
func (f facts) each(name string, read func(v Value) bool) {
	list, err := f[name].Array()
	all := err == nil
	for _, v := range list {
		all = read(v) && all
	}
	f.fits(name, all)
}

// numbers removes counters by name.
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

// rest returns the remaining values; nil if there are none.
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
		if strings.HasSuffix(name, "_mb") || strings.HasSuffix(name, "_avg") ||
			name == "total_inverted_index_blocks" {
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

// isFTFlag reports whether a word among the names and values of an attribute in RESP2 has no value.
func isFTFlag(word string) bool {
	switch word {
	case "CASESENSITIVE", "SORTABLE", "UNF", "NOSTEM", "NOINDEX", "WITHSUFFIXTRIE", "INDEXEMPTY",
		"INDEXMISSING", "PHONETIC":
		return true
	}
	return false
}

// read reads an attribute: names and values in turn, and flags, which RESP3 has in a list of that name. It
// returns false if a name is not text.
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
