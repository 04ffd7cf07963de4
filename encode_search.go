package redpoll

import (
	"encoding/binary"
	"math"
	"time"
)

// FTFloat32s gives a vector in the form of fields and parameters of the type FLOAT32: four bytes for each number, the
// lowest first.
func FTFloat32s(vector ...float32) []byte {
	b := make([]byte, 0, 4*len(vector))
	for _, f := range vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

// What follows writes the options of the FT commands. Everything counts its own words, and a zero value writes nothing.

//go:noinline
func (e *encoder) ftWords(words ...string) {
	e.n += len(words)
	for _, w := range words {
		e.word(w)
	}
}

func (e *encoder) ftFlag(on bool, word string) {
	if on {
		e.ftWords(word)
	}
}

// ftText writes a word and user data.
func (e *encoder) ftText(word, s string) {
	if s != "" {
		e.ftWords(word)
		e.n++
		e.string(s)
	}
}

func (e *encoder) ftInt(word string, n int64) {
	if n != 0 {
		e.ftWords(word)
		e.n++
		e.intAtLeast(word, n, 0)
	}
}

func (e *encoder) ftFloat(word string, f float64) {
	if f != 0 {
		e.ftWords(word)
		e.n++
		e.float(f)
	}
}

func (e *encoder) ftMillis(word string, d time.Duration) {
	if d != 0 {
		e.ftWords(word)
		e.n++
		e.millisAbove0(word, d)
	}
}

// ftList writes a word, a number and so many strings.
func (e *encoder) ftList(word string, list []string) {
	if len(list) > 0 {
		e.ftWords(word)
		e.n++
		e.int(int64(len(list)))
		e.anyList(list)
	}
}

func (e *encoder) ftParams(list []any) {
	if len(list) > 0 {
		e.ftWords("PARAMS")
		e.n++
		e.int(int64(len(list)))
		e.pairs("Params", list)
	}
}

func (e *encoder) ftReturn(word string, list []FTReturn) {
	n := len(list)
	for _, r := range list {
		if r.As != "" {
			n += 2
		}
	}
	e.ftWords(word)
	e.n += 1 + len(list)
	e.int(int64(n))
	for _, r := range list {
		e.string(r.Name)
		e.ftText("AS", r.As)
	}
}

// ftBoth refuses two options that exclude each other.
func (e *encoder) ftBoth(a, b bool, names string) {
	if a && b {
		e.fail(names, "exclude each other")
	}
}

// ftNeeds refuses an option without the one that it needs.
func (e *encoder) ftNeeds(on, given bool, name, needed string) {
	if on && !given {
		e.fail(name, "needs "+needed)
	}
}

// ftCounted writes the number of words that list writes, and then them. They are written first, since only that
// tells how many they are.
func (e *encoder) ftCounted(list func(part *encoder)) {
	part := encoder{text: e.text, info: e.info, err: e.err}
	list(&part)
	e.n += 1 + part.n
	e.int(int64(part.n))
	e.buf = append(e.buf, part.buf...)
	e.err = part.err
}

func (e *encoder) ftCreate(o *FTCreateOptions) {
	if o.JSON {
		e.ftWords("ON", "JSON")
	}
	e.ftList("PREFIX", o.Prefix)
	e.ftText("FILTER", o.Filter)
	e.ftText("LANGUAGE", o.Language)
	e.ftText("LANGUAGE_FIELD", o.LanguageField)
	e.ftFloat("SCORE", o.Score)
	e.ftText("SCORE_FIELD", o.ScoreField)
	e.ftText("PAYLOAD_FIELD", o.PayloadField)
	e.ftFlag(o.MaxTextFields, "MAXTEXTFIELDS")
	if o.Temporary != 0 {
		e.ftWords("TEMPORARY")
		e.n++
		e.secondsAbove0("Temporary", o.Temporary, "d.Truncate(time.Second), there is no finer unit")
	}
	e.ftFlag(o.NoOffsets, "NOOFFSETS")
	e.ftFlag(o.NoHL, "NOHL")
	e.ftFlag(o.NoFields, "NOFIELDS")
	e.ftFlag(o.NoFreqs, "NOFREQS")
	e.ftBoth(len(o.StopWords) > 0, o.NoStopWords, "StopWords and NoStopWords")
	e.ftList("STOPWORDS", o.StopWords)
	if o.NoStopWords {
		e.ftWords("STOPWORDS", "0")
	}
	e.ftFlag(o.SkipInitialScan, "SKIPINITIALSCAN")
	if o.IndexAll {
		e.ftWords("INDEXALL", "ENABLE")
	}
}

func (e *encoder) ftFields(fields []FTField) {
	e.some("fields", len(fields), 0)
	for _, f := range fields {
		if f == nil {
			e.fail("fields", "contain a nil")
			return
		}
		f.ftField(e)
	}
}

// ftFieldHead writes name and type of a field.
func (e *encoder) ftFieldHead(name, as, kind string) {
	if name == "" {
		e.fail("fields", "contain one without a name")
	}
	e.n++
	e.string(name)
	e.ftText("AS", as)
	e.ftWords(kind)
}

// ftFieldEnd writes what all types of fields have.
func (e *encoder) ftFieldEnd(empty, missing, sortable, unf, noIndex bool) {
	e.ftFlag(empty, "INDEXEMPTY")
	e.ftFlag(missing, "INDEXMISSING")
	e.ftFlag(sortable, "SORTABLE")
	e.ftNeeds(unf, sortable, "UNF", "Sortable")
	e.ftFlag(unf, "UNF")
	e.ftFlag(noIndex, "NOINDEX")
}

func (f FTText) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "TEXT")
	e.ftFlag(f.NoStem, "NOSTEM")
	e.ftFloat("WEIGHT", f.Weight)
	e.ftText("PHONETIC", f.Phonetic)
	e.ftFlag(f.WithSuffixTrie, "WITHSUFFIXTRIE")
	e.ftFieldEnd(f.IndexEmpty, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTTag) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "TAG")
	if len(f.Separator) > 1 {
		e.fail("Separator", "must be a single character")
	}
	e.ftText("SEPARATOR", f.Separator)
	e.ftFlag(f.CaseSensitive, "CASESENSITIVE")
	e.ftFlag(f.WithSuffixTrie, "WITHSUFFIXTRIE")
	e.ftFieldEnd(f.IndexEmpty, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTNumeric) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "NUMERIC")
	e.ftFieldEnd(false, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTGeo) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "GEO")
	e.ftFieldEnd(false, f.IndexMissing, f.Sortable, f.UNF, f.NoIndex)
}

func (f FTGeoShape) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "GEOSHAPE")
	e.ftFlag(f.Flat, "FLAT")
	e.ftFieldEnd(false, f.IndexMissing, false, false, f.NoIndex)
}

func (f FTVector) ftField(e *encoder) {
	e.ftFieldHead(f.Name, f.As, "VECTOR")
	if f.Index == nil {
		e.fail("Index", "is missing: give FTFlat, FTHNSW or FTVamana")
		return
	}
	f.Index.ftVectorIndex(e)
	e.ftFieldEnd(false, f.IndexMissing, false, false, false)
}

// ftVectorHead writes what all vector indexes have.
func (e *encoder) ftVectorHead(kind string, dim int64, distance string) {
	if kind == "" {
		kind = "FLOAT32"
	}
	if dim <= 0 || distance == "" {
		e.fail("Index", "needs Dim and Distance")
	}
	e.ftWords("TYPE", kind)
	e.ftInt("DIM", dim)
	e.ftWords("DISTANCE_METRIC", distance)
}

func (f FTFlat) ftVectorIndex(e *encoder) {
	e.ftWords("FLAT")
	e.ftCounted(func(e *encoder) {
		e.ftVectorHead(f.Type, f.Dim, f.Distance)
		e.ftInt("INITIAL_CAP", f.InitialCap)
		e.ftInt("BLOCK_SIZE", f.BlockSize)
	})
}

func (f FTHNSW) ftVectorIndex(e *encoder) {
	e.ftWords("HNSW")
	e.ftCounted(func(e *encoder) {
		e.ftVectorHead(f.Type, f.Dim, f.Distance)
		e.ftInt("INITIAL_CAP", f.InitialCap)
		e.ftInt("M", f.M)
		e.ftInt("EF_CONSTRUCTION", f.EFConstruction)
		e.ftInt("EF_RUNTIME", f.EFRuntime)
		e.ftFloat("EPSILON", f.Epsilon)
		switch {
		case f.Rerank.Valid && f.Rerank.V:
			e.ftWords("RERANK", "TRUE")
		case f.Rerank.Valid:
			e.ftWords("RERANK", "FALSE")
		}
	})
}

func (f FTVamana) ftVectorIndex(e *encoder) {
	e.ftWords("SVS-VAMANA")
	e.ftCounted(func(e *encoder) {
		e.ftVectorHead(f.Type, f.Dim, f.Distance)
		if f.Compression != "" {
			e.ftWords("COMPRESSION", f.Compression)
		}
		e.ftInt("CONSTRUCTION_WINDOW_SIZE", f.ConstructionWindow)
		e.ftInt("GRAPH_MAX_DEGREE", f.GraphMaxDegree)
		e.ftInt("SEARCH_WINDOW_SIZE", f.SearchWindow)
		e.ftFloat("EPSILON", f.Epsilon)
		e.ftInt("TRAINING_THRESHOLD", f.TrainingThreshold)
		e.ftInt("REDUCE", f.Reduce)
	})
}

func (e *encoder) ftSpellCheck(o *FTSpellCheckOptions) {
	if o.Distance > 4 {
		e.fail("Distance", "must be from 1 to 4")
	}
	e.ftInt("DISTANCE", o.Distance)
	for _, d := range o.Include {
		e.ftWords("TERMS")
		e.ftText("INCLUDE", d)
	}
	for _, d := range o.Exclude {
		e.ftWords("TERMS")
		e.ftText("EXCLUDE", d)
	}
	e.ftInt("DIALECT", o.Dialect)
}
