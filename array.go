package redpoll

// ArrayElement is an element of an array and its index.
type ArrayElement struct {
	Index uint64
	Value string
}

// ArrayRange is a range of indexes, both ends included, in either order.
type ArrayRange struct {
	Start, Stop uint64
}

// ArrayPredicate is a condition for ARGrep, made by ArrayEquals, ArrayContains, ArrayGlob or ArrayRegexp.
type ArrayPredicate struct {
	word string // as it goes out; "" for a condition that was not made by a function
	text string
}

// ArrayEquals is fulfilled by elements that are equal to value.
func ArrayEquals(value string) ArrayPredicate { return ArrayPredicate{"EXACT", value} }

// ArrayContains is fulfilled by elements that contain part.
func ArrayContains(part string) ArrayPredicate { return ArrayPredicate{"MATCH", part} }

// ArrayGlob is fulfilled by elements that fit a glob-style pattern.
func ArrayGlob(pattern string) ArrayPredicate { return ArrayPredicate{"GLOB", pattern} }

// ArrayRegexp is fulfilled by elements that a POSIX extended regular expression finds something in. The server knows
// no back-references.
func ArrayRegexp(pattern string) ArrayPredicate { return ArrayPredicate{"RE", pattern} }

// ArrayInfo describes an array. What is marked as full comes only from ARInfoFull.
type ArrayInfo struct {
	// Count is the number of elements that are not empty, Len the highest index in use plus 1.
	Count, Len uint64
	// NextInsertIndex is the index that ARInsert will use next, 0 also when none is left.
	NextInsertIndex uint64
	// Slices is the number of parts that the array is stored in, SliceSize the number of indexes of each, DirectorySize
	// the room for parts, and SuperDirEntries the number of directories of a very sparse array.
	Slices, SliceSize, DirectorySize, SuperDirEntries int64
	// DenseSlices and SparseSlices are the numbers of parts by the way they are stored (full).
	DenseSlices, SparseSlices int64
	// AvgDenseSize and AvgSparseSize are the average numbers of elements that the parts have room for, AvgDenseFill
	// the used share of the dense ones, from 0 to 1 (full).
	AvgDenseSize, AvgDenseFill, AvgSparseSize float64
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// putElements writes indexes and values in turn; the words are counted.
func putElements(e *encoder, argument string, list []ArrayElement) {
	e.Some(argument, len(list), 2)
	for i := range list {
		e.Uint(list[i].Index)
		e.Text(list[i].Value)
	}
}

// putRanges writes the ends of ranges; the words are counted.
func putRanges(e *encoder, argument string, list []ArrayRange) {
	e.Some(argument, len(list), 2)
	for _, r := range list {
		e.Uint(r.Start)
		e.Uint(r.Stop)
	}
}

// putPredicates writes the conditions of ARGREP; the words are counted.
func putPredicates(e *encoder, argument string, list []ArrayPredicate) {
	e.Some(argument, len(list), 2)
	for _, p := range list {
		if p.word == "" {
			e.Fail(argument, "has an empty condition; make them with ArrayEquals, ArrayContains, ArrayGlob and ArrayRegexp")
			return
		}
		e.Word(p.word)
		e.Text(p.text)
	}
}
