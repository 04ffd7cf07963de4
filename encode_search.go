package redpoll

import (
	"encoding/binary"
	"math"
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

func putFTReturn(e *encoder, word string, list []FTReturn) {
	n := len(list)
	for _, r := range list {
		if r.As != "" {
			n += 2
		}
	}
	e.Option(word)
	e.N += 1 + len(list)
	e.Int(int64(n))
	for _, r := range list {
		e.Text(r.Name)
		e.OptionText("AS", r.As)
	}
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

// putFTFieldEnd writes what all types of fields have.
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

// putFTVectorHead writes what all vector indexes have.
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

func putFTSpellCheck(e *encoder, o *FTSpellCheckOptions) {
	if o.Distance > 4 {
		e.Fail("Distance", "must be from 1 to 4")
	}
	e.OptionInt("DISTANCE", o.Distance)
	for _, d := range o.Include {
		e.Option("TERMS")
		e.OptionText("INCLUDE", d)
	}
	for _, d := range o.Exclude {
		e.Option("TERMS")
		e.OptionText("EXCLUDE", d)
	}
	e.OptionInt("DIALECT", o.Dialect)
}
