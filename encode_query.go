package redpoll

// The options of FT.SEARCH, FT.AGGREGATE and FT.HYBRID as they go out, in the order of their documentation.

func (e *encoder) ftSearch(o *FTSearchOptions) {
	e.ftFlag(o.NoContent, "NOCONTENT")
	e.ftFlag(o.Verbatim, "VERBATIM")
	e.ftFlag(o.NoStopWords, "NOSTOPWORDS")
	e.ftFlag(o.WithScores, "WITHSCORES")
	e.ftFlag(o.WithPayloads, "WITHPAYLOADS")
	e.ftNeeds(o.WithSortKeys, o.SortBy != "", "WithSortKeys", "SortBy")
	e.ftFlag(o.WithSortKeys, "WITHSORTKEYS")
	e.ftFilters(o)
	e.ftList("INKEYS", o.InKeys)
	e.ftList("INFIELDS", o.InFields)
	if len(o.Return) > 0 {
		e.ftReturn("RETURN", o.Return)
	}
	e.ftMarks(o)
	if o.Slop.Valid {
		e.ftWords("SLOP")
		e.n++
		e.intAtLeast("Slop", o.Slop.V, 0)
	}
	e.ftMillis("TIMEOUT", o.Timeout)
	e.ftFlag(o.InOrder, "INORDER")
	e.ftText("LANGUAGE", o.Language)
	e.ftText("EXPANDER", o.Expander)
	e.ftText("SCORER", o.Scorer)
	e.ftNeeds(o.ExplainScore, o.WithScores, "ExplainScore", "WithScores")
	e.ftFlag(o.ExplainScore, "EXPLAINSCORE")
	if o.Payload != nil {
		e.ftWords("PAYLOAD")
		e.n++
		e.bulkBytes(o.Payload)
	}
	e.ftText("SORTBY", o.SortBy)
	e.ftNeeds(o.Desc, o.SortBy != "", "Desc", "SortBy")
	e.ftFlag(o.Desc, "DESC")
	e.ftBoth(o.WithCount, o.WithoutCount, "WithCount and WithoutCount")
	e.ftFlag(o.WithCount, "WITHCOUNT")
	e.ftFlag(o.WithoutCount, "WITHOUTCOUNT")
	e.ftNeeds(o.Offset != 0, o.Count != 0, "Offset", "Count")
	e.ftBoth(o.CountOnly, o.Count != 0, "CountOnly and Count")
	if o.CountOnly || o.Count != 0 {
		FTLimit{o.Offset, o.Count}.ftStep(e)
	}
	e.ftParams(o.Params)
	e.ftInt("DIALECT", o.Dialect)
}

func (e *encoder) ftFilters(o *FTSearchOptions) {
	for i := range o.Filters {
		f := &o.Filters[i]
		e.ftText("FILTER", f.Field)
		e.n += 2
		e.bound("Min", f.Min)
		e.bound("Max", f.Max)
	}
	for i := range o.GeoFilters {
		f := &o.GeoFilters[i]
		e.ftText("GEOFILTER", f.Field)
		e.n += 3
		e.float(f.Longitude)
		e.float(f.Latitude)
		e.float(f.Radius)
		switch f.Unit {
		case "":
			e.ftWords("m")
		case "m", "km", "mi", "ft":
			e.ftWords(f.Unit)
		default:
			e.fail("Unit", "is none of m, km, mi and ft")
		}
	}
}

// ftMarks writes what is done to the texts of the reply.
func (e *encoder) ftMarks(o *FTSearchOptions) {
	if s := o.Summarize; s != nil {
		e.ftWords("SUMMARIZE")
		e.ftList("FIELDS", s.Fields)
		e.ftInt("FRAGS", s.Fragments)
		e.ftInt("LEN", s.Len)
		e.ftText("SEPARATOR", s.Separator)
	}
	if h := o.Highlight; h != nil {
		e.ftWords("HIGHLIGHT")
		e.ftList("FIELDS", h.Fields)
		if (h.Open == "") != (h.Close == "") {
			e.fail("Highlight", "needs both Open and Close, or none")
		}
		if h.Open != "" {
			e.ftText("TAGS", h.Open)
			e.n++
			e.string(h.Close)
		}
	}
}

func (e *encoder) ftAggregate(o *FTAggregateOptions) {
	e.ftFlag(o.Verbatim, "VERBATIM")
	e.ftText("SCORER", o.Scorer)
	e.ftFlag(o.AddScores, "ADDSCORES")
	e.ftMillis("TIMEOUT", o.Timeout)
	e.ftNeeds(o.CursorCount != 0 || o.MaxIdle != 0, o.WithCursor, "CursorCount and MaxIdle", "WithCursor")
	if o.WithCursor {
		// A second execution would leave a second cursor behind.
		e.once = true
		e.ftWords("WITHCURSOR")
		e.ftInt("COUNT", o.CursorCount)
		e.ftMillis("MAXIDLE", o.MaxIdle)
	}
	e.ftParams(o.Params)
	e.ftInt("DIALECT", o.Dialect)
}

func (e *encoder) ftSteps(steps []FTStep) {
	for _, s := range steps {
		if s == nil {
			e.fail("steps", "contain a nil")
			return
		}
		s.ftStep(e)
	}
}

func (s FTLoad) ftStep(e *encoder) {
	if len(s.Fields) == 0 {
		e.ftWords("LOAD", "*")
		return
	}
	e.ftReturn("LOAD", s.Fields)
}

func (s FTGroupBy) ftStep(e *encoder) {
	e.ftWords("GROUPBY")
	e.n++
	e.int(int64(len(s.Properties)))
	e.anyList(s.Properties)
	for _, r := range s.Reduce {
		if r.Func == "" {
			e.fail("Reduce", "contains one without a function")
		}
		e.ftWords("REDUCE", r.Func)
		e.n++
		e.int(int64(len(r.Args)))
		e.anyList(r.Args)
		e.ftText("AS", r.As)
	}
}

func (s FTSortBy) ftStep(e *encoder) {
	if len(s.Keys) == 0 {
		e.fail("FTSortBy", "needs at least one key")
	}
	e.ftWords("SORTBY")
	e.ftCounted(func(e *encoder) {
		for _, k := range s.Keys {
			e.n++
			e.string(k.Property)
			e.ftFlag(!k.Desc, "ASC")
			e.ftFlag(k.Desc, "DESC")
		}
	})
	e.ftInt("MAX", s.Max)
	e.ftBoth(s.WithCount, s.WithoutCount, "WithCount and WithoutCount")
	e.ftFlag(s.WithCount, "WITHCOUNT")
	e.ftFlag(s.WithoutCount, "WITHOUTCOUNT")
}

func (s FTApply) ftStep(e *encoder) {
	e.ftText("APPLY", s.Expression)
	e.ftText("AS", s.As)
	e.ftNeeds(true, s.Expression != "" && s.As != "", "FTApply", "Expression and As")
}

func (s FTFilter) ftStep(e *encoder) {
	e.ftText("FILTER", s.Expression)
	e.ftNeeds(true, s.Expression != "", "FTFilter", "Expression")
}

func (s FTLimit) ftStep(e *encoder) {
	e.ftWords("LIMIT")
	e.n += 2
	e.intAtLeast("Offset", s.Offset, 0)
	e.intAtLeast("Count", s.Count, 0)
}

// ftVectorParam is the name of the parameter that carries the vector of FT.HYBRID.
const ftVectorParam = "vector"

// ftHybrid writes both searches and their combination.
func (e *encoder) ftHybrid(o *FTHybridQuery) {
	e.ftNeeds(true, o.Text != "" && o.Field != "" && len(o.Vector) > 0, "query", "Text, Field and Vector")
	e.ftText("SEARCH", o.Text)
	e.ftText("SCORER", o.Scorer)
	e.ftText("YIELD_SCORE_AS", o.ScoreAs)
	e.ftText("VSIM", o.Field)
	e.ftWords("$" + ftVectorParam)
	e.ftNear(o)
	e.ftNeeds(o.Policy != "" || o.BatchSize != 0, o.VectorFilter != "", "Policy and BatchSize", "VectorFilter")
	switch {
	case o.VectorFilter == "":
	case o.Policy == "" && o.BatchSize == 0:
		e.ftText("FILTER", o.VectorFilter)
	default:
		e.ftWords("FILTER")
		e.ftCounted(func(e *encoder) {
			e.n++
			e.string(o.VectorFilter)
			if o.Policy != "" {
				e.ftWords("POLICY", o.Policy)
			}
			e.ftInt("BATCH_SIZE", o.BatchSize)
		})
	}
	e.ftText("YIELD_SCORE_AS", o.DistanceAs)
	if o.Combine != nil {
		o.Combine.ftCombine(e)
	}
	e.ftFlag(o.NoSort, "NOSORT")
	e.ftMillis("TIMEOUT", o.Timeout)
	for i := 0; i < len(o.Params); i += 2 {
		if name, _ := o.Params[i].(string); name == ftVectorParam {
			e.fail("Params", "contain the name "+ftVectorParam+", which is that of the vector")
		}
	}
	e.ftWords("PARAMS")
	e.n += 2
	e.int(int64(2 + len(o.Params)))
	e.word(ftVectorParam)
	e.n++
	e.bulkBytes(o.Vector)
	if len(o.Params) > 0 {
		e.pairs("Params", o.Params)
	}
}

// ftNear writes how the vectors near the given one are found.
func (e *encoder) ftNear(o *FTHybridQuery) {
	knn := o.K != 0 || o.EFRuntime != 0 || o.ShardKRatio != 0
	around := o.Radius != 0 || o.Epsilon != 0
	e.ftBoth(knn, around, "K and Radius")
	e.ftNeeds(knn, o.K > 0, "EFRuntime and ShardKRatio", "K")
	e.ftNeeds(around, o.Radius > 0, "Epsilon", "Radius")
	switch {
	case knn:
		e.ftWords("KNN")
		e.ftCounted(func(e *encoder) {
			e.ftInt("K", o.K)
			e.ftInt("EF_RUNTIME", o.EFRuntime)
			e.ftFloat("SHARD_K_RATIO", o.ShardKRatio)
		})
	case around:
		e.ftWords("RANGE")
		e.ftCounted(func(e *encoder) {
			e.ftFloat("RADIUS", o.Radius)
			e.ftFloat("EPSILON", o.Epsilon)
		})
	}
}

func (c FTRRF) ftCombine(e *encoder) {
	if c == (FTRRF{}) {
		return // the server's default
	}
	e.ftWords("COMBINE", "RRF")
	e.ftCounted(func(e *encoder) {
		e.ftFloat("CONSTANT", c.Constant)
		e.ftInt("WINDOW", c.Window)
		e.ftText("YIELD_SCORE_AS", c.ScoreAs)
	})
}

func (c FTLinear) ftCombine(e *encoder) {
	e.ftWords("COMBINE", "LINEAR")
	if c.Alpha.Valid != c.Beta.Valid {
		e.fail("FTLinear", "needs both Alpha and Beta, or none")
	}
	e.ftCounted(func(e *encoder) {
		if c.Alpha.Valid {
			e.ftWords("ALPHA")
			e.n++
			e.float(c.Alpha.V)
			e.ftWords("BETA")
			e.n++
			e.float(c.Beta.V)
		}
		e.ftInt("WINDOW", c.Window)
		e.ftText("YIELD_SCORE_AS", c.ScoreAs)
	})
}
