package redpoll

// The options of FT.SEARCH, FT.AGGREGATE and FT.HYBRID as they go out, in the order of their documentation.

func putFTSearch(e *encoder, o *FTSearchOptions) {
	e.OptionFlag(o.NoContent, "NOCONTENT")
	e.OptionFlag(o.Verbatim, "VERBATIM")
	e.OptionFlag(o.NoStopWords, "NOSTOPWORDS")
	e.OptionFlag(o.WithScores, "WITHSCORES")
	e.OptionFlag(o.WithPayloads, "WITHPAYLOADS")
	e.Need(o.WithSortKeys, o.SortBy != "", "WithSortKeys", "SortBy")
	e.OptionFlag(o.WithSortKeys, "WITHSORTKEYS")
	putFTFilters(e, o)
	e.OptionList("INKEYS", o.InKeys)
	e.OptionList("INFIELDS", o.InFields)
	if len(o.Return) > 0 {
		putFTReturn(e, "RETURN", o.Return)
	}
	putFTMarks(e, o)
	if o.Slop.Valid {
		e.Option("SLOP")
		e.N++
		e.IntAtLeast("Slop", o.Slop.V, 0)
	}
	e.OptionMillis("TIMEOUT", o.Timeout)
	e.OptionFlag(o.InOrder, "INORDER")
	e.OptionText("LANGUAGE", o.Language)
	e.OptionText("EXPANDER", o.Expander)
	e.OptionText("SCORER", o.Scorer)
	e.Need(o.ExplainScore, o.WithScores, "ExplainScore", "WithScores")
	e.OptionFlag(o.ExplainScore, "EXPLAINSCORE")
	if o.Payload != nil {
		e.Option("PAYLOAD")
		e.N++
		e.BulkBytes(o.Payload)
	}
	e.OptionText("SORTBY", o.SortBy)
	e.Need(o.Desc, o.SortBy != "", "Desc", "SortBy")
	e.OptionFlag(o.Desc, "DESC")
	e.Exclude(o.WithCount, o.WithoutCount, "WithCount and WithoutCount")
	e.OptionFlag(o.WithCount, "WITHCOUNT")
	e.OptionFlag(o.WithoutCount, "WITHOUTCOUNT")
	e.Need(o.Offset != 0, o.Count != 0, "Offset", "Count")
	e.Exclude(o.CountOnly, o.Count != 0, "CountOnly and Count")
	if o.CountOnly || o.Count != 0 {
		FTLimit{o.Offset, o.Count}.ftStep(e)
	}
	e.OptionParams(o.Params)
	e.OptionInt("DIALECT", o.Dialect)
}

func putFTFilters(e *encoder, o *FTSearchOptions) {
	for i := range o.Filters {
		f := &o.Filters[i]
		e.OptionText("FILTER", f.Field)
		e.N += 2
		e.Bound("Min", f.Min)
		e.Bound("Max", f.Max)
	}
	for i := range o.GeoFilters {
		f := &o.GeoFilters[i]
		e.OptionText("GEOFILTER", f.Field)
		e.N += 3
		e.Float(f.Longitude)
		e.Float(f.Latitude)
		e.Float(f.Radius)
		switch f.Unit {
		case "":
			e.Option("m")
		case "m", "km", "mi", "ft":
			e.Option(f.Unit)
		default:
			e.Fail("Unit", "is none of m, km, mi and ft")
		}
	}
}

// putFTMarks writes what is done to the texts of the reply.
func putFTMarks(e *encoder, o *FTSearchOptions) {
	if s := o.Summarize; s != nil {
		e.Option("SUMMARIZE")
		e.OptionList("FIELDS", s.Fields)
		e.OptionInt("FRAGS", s.Fragments)
		e.OptionInt("LEN", s.Len)
		e.OptionText("SEPARATOR", s.Separator)
	}
	if h := o.Highlight; h != nil {
		e.Option("HIGHLIGHT")
		e.OptionList("FIELDS", h.Fields)
		if (h.Open == "") != (h.Close == "") {
			e.Fail("Highlight", "needs both Open and Close, or none")
		}
		if h.Open != "" {
			e.OptionText("TAGS", h.Open)
			e.N++
			e.Text(h.Close)
		}
	}
}

func putFTAggregate(e *encoder, o *FTAggregateOptions) {
	e.OptionFlag(o.Verbatim, "VERBATIM")
	e.OptionText("SCORER", o.Scorer)
	e.OptionFlag(o.AddScores, "ADDSCORES")
	e.OptionMillis("TIMEOUT", o.Timeout)
	e.Need(o.CursorCount != 0 || o.MaxIdle != 0, o.WithCursor, "CursorCount and MaxIdle", "WithCursor")
	if o.WithCursor {
		// A second execution would leave a second cursor behind.
		e.Once = true
		e.Option("WITHCURSOR")
		e.OptionInt("COUNT", o.CursorCount)
		e.OptionMillis("MAXIDLE", o.MaxIdle)
	}
	e.OptionParams(o.Params)
	e.OptionInt("DIALECT", o.Dialect)
}

func putFTSteps(e *encoder, steps []FTStep) {
	for _, s := range steps {
		if s == nil {
			e.Fail("steps", "contain a nil")
			return
		}
		s.ftStep(e)
	}
}

func (s FTLoad) ftStep(e *encoder) {
	if len(s.Fields) == 0 {
		e.Option("LOAD", "*")
		return
	}
	putFTReturn(e, "LOAD", s.Fields)
}

func (s FTGroupBy) ftStep(e *encoder) {
	e.Option("GROUPBY")
	e.N++
	e.Int(int64(len(s.Properties)))
	e.AnyList(s.Properties)
	for _, r := range s.Reduce {
		if r.Func == "" {
			e.Fail("Reduce", "contains one without a function")
		}
		e.Option("REDUCE", r.Func)
		e.N++
		e.Int(int64(len(r.Args)))
		e.AnyList(r.Args)
		e.OptionText("AS", r.As)
	}
}

func (s FTSortBy) ftStep(e *encoder) {
	if len(s.Keys) == 0 {
		e.Fail("FTSortBy", "needs at least one key")
	}
	e.Option("SORTBY")
	e.CountedPart(func(e *encoder) {
		for _, k := range s.Keys {
			e.N++
			e.Text(k.Property)
			e.OptionFlag(!k.Desc, "ASC")
			e.OptionFlag(k.Desc, "DESC")
		}
	})
	e.OptionInt("MAX", s.Max)
	e.Exclude(s.WithCount, s.WithoutCount, "WithCount and WithoutCount")
	e.OptionFlag(s.WithCount, "WITHCOUNT")
	e.OptionFlag(s.WithoutCount, "WITHOUTCOUNT")
}

func (s FTApply) ftStep(e *encoder) {
	e.OptionText("APPLY", s.Expression)
	e.OptionText("AS", s.As)
	e.Need(true, s.Expression != "" && s.As != "", "FTApply", "Expression and As")
}

func (s FTFilter) ftStep(e *encoder) {
	e.OptionText("FILTER", s.Expression)
	e.Need(true, s.Expression != "", "FTFilter", "Expression")
}

func (s FTLimit) ftStep(e *encoder) {
	e.Option("LIMIT")
	e.N += 2
	e.IntAtLeast("Offset", s.Offset, 0)
	e.IntAtLeast("Count", s.Count, 0)
}

// ftVectorParam is the name of the parameter that carries the vector of FT.HYBRID.
const ftVectorParam = "vector"

// putFTHybrid writes both searches and their combination.
func putFTHybrid(e *encoder, o *FTHybridQuery) {
	e.Need(true, o.Text != "" && o.Field != "" && len(o.Vector) > 0, "query", "Text, Field and Vector")
	e.OptionText("SEARCH", o.Text)
	e.OptionText("SCORER", o.Scorer)
	e.OptionText("YIELD_SCORE_AS", o.ScoreAs)
	e.OptionText("VSIM", o.Field)
	e.Option("$" + ftVectorParam)
	putFTNear(e, o)
	e.Need(o.Policy != "" || o.BatchSize != 0, o.VectorFilter != "", "Policy and BatchSize", "VectorFilter")
	switch {
	case o.VectorFilter == "":
	case o.Policy == "" && o.BatchSize == 0:
		e.OptionText("FILTER", o.VectorFilter)
	default:
		e.Option("FILTER")
		e.CountedPart(func(e *encoder) {
			e.N++
			e.Text(o.VectorFilter)
			if o.Policy != "" {
				e.Option("POLICY", o.Policy)
			}
			e.OptionInt("BATCH_SIZE", o.BatchSize)
		})
	}
	e.OptionText("YIELD_SCORE_AS", o.DistanceAs)
	if o.Combine != nil {
		o.Combine.ftCombine(e)
	}
	e.OptionFlag(o.NoSort, "NOSORT")
	e.OptionMillis("TIMEOUT", o.Timeout)
	for i := 0; i < len(o.Params); i += 2 {
		if name, _ := o.Params[i].(string); name == ftVectorParam {
			e.Fail("Params", "contain the name "+ftVectorParam+", which is that of the vector")
		}
	}
	e.Option("PARAMS")
	e.N += 2
	e.Int(int64(2 + len(o.Params)))
	e.Word(ftVectorParam)
	e.N++
	e.BulkBytes(o.Vector)
	if len(o.Params) > 0 {
		e.Pairs("Params", o.Params)
	}
}

// putFTNear writes how the vectors near the given one are found.
func putFTNear(e *encoder, o *FTHybridQuery) {
	knn := o.K != 0 || o.EFRuntime != 0 || o.ShardKRatio != 0
	around := o.Radius != 0 || o.Epsilon != 0
	e.Exclude(knn, around, "K and Radius")
	e.Need(knn, o.K > 0, "EFRuntime and ShardKRatio", "K")
	e.Need(around, o.Radius > 0, "Epsilon", "Radius")
	switch {
	case knn:
		e.Option("KNN")
		e.CountedPart(func(e *encoder) {
			e.OptionInt("K", o.K)
			e.OptionInt("EF_RUNTIME", o.EFRuntime)
			e.OptionFloat("SHARD_K_RATIO", o.ShardKRatio)
		})
	case around:
		e.Option("RANGE")
		e.CountedPart(func(e *encoder) {
			e.OptionFloat("RADIUS", o.Radius)
			e.OptionFloat("EPSILON", o.Epsilon)
		})
	}
}

func (c FTRRF) ftCombine(e *encoder) {
	if c == (FTRRF{}) {
		return // the server's default
	}
	e.Option("COMBINE", "RRF")
	e.CountedPart(func(e *encoder) {
		e.OptionFloat("CONSTANT", c.Constant)
		e.OptionInt("WINDOW", c.Window)
		e.OptionText("YIELD_SCORE_AS", c.ScoreAs)
	})
}

func (c FTLinear) ftCombine(e *encoder) {
	e.Option("COMBINE", "LINEAR")
	if c.Alpha.Valid != c.Beta.Valid {
		e.Fail("FTLinear", "needs both Alpha and Beta, or none")
	}
	e.CountedPart(func(e *encoder) {
		if c.Alpha.Valid {
			e.Option("ALPHA")
			e.N++
			e.Float(c.Alpha.V)
			e.Option("BETA")
			e.N++
			e.Float(c.Beta.V)
		}
		e.OptionInt("WINDOW", c.Window)
		e.OptionText("YIELD_SCORE_AS", c.ScoreAs)
	})
}
