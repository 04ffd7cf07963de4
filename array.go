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

// indexes writes a list of indexes that must not be empty; the words are counted.
func (e *encoder) indexes(argument string, list []uint64) {
	e.some(argument, len(list), 1)
	for _, i := range list {
		e.uint(i)
	}
}

// elements writes indexes and values in turn; the words are counted.
func (e *encoder) elements(argument string, list []ArrayElement) {
	e.some(argument, len(list), 2)
	for i := range list {
		e.uint(list[i].Index)
		e.string(list[i].Value)
	}
}

// ranges writes the ends of ranges; the words are counted.
func (e *encoder) ranges(argument string, list []ArrayRange) {
	e.some(argument, len(list), 2)
	for _, r := range list {
		e.uint(r.Start)
		e.uint(r.Stop)
	}
}

// predicates writes the conditions of ARGREP; the words are counted.
func (e *encoder) predicates(argument string, list []ArrayPredicate) {
	e.some(argument, len(list), 2)
	for _, p := range list {
		if p.word == "" {
			e.fail(argument, "has an empty condition; make them with ArrayEquals, ArrayContains, ArrayGlob and ArrayRegexp")
			return
		}
		e.word(p.word)
		e.string(p.text)
	}
}
