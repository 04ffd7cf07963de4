package redpoll

import "github.com/redpoll-go/redpoll/internal/decode"

// ListSide is an end of a list.
type ListSide uint8

// The ends of a list.
const (
	// Left is the head.
	Left ListSide = iota
	// Right is the tail.
	Right
)

var sideWords = [...]string{Left: "LEFT", Right: "RIGHT"}

// ListWhere says on which side of an element LInsert puts the new one.
type ListWhere uint8

// The sides of an element.
const (
	// Before is the side of the head.
	Before ListWhere = iota
	// After is the side of the tail.
	After
)

var whereWords = [...]string{Before: "BEFORE", After: "AFTER"}

// MoveOrder says how LMoveM puts several elements into the other list.
type MoveOrder uint8

// The orders of LMoveM.
const (
	// MoveBulk moves them at once, so that they keep their order.
	MoveBulk MoveOrder = iota
	// MoveOneByOne moves one element after the other, like several calls of LMove.
	MoveOneByOne
)

var moveOrderWords = [...]string{MoveBulk: "BULK", MoveOneByOne: "OBO"}

// ArrayElement is an element of an array and its index.
type ArrayElement struct {
	Index uint64
	Value string
}

// ArrayRange is a range of indexes, both ends included, in either order.
type ArrayRange struct {
	Start, Stop uint64
}

// ArrayPredicate is a condition for ARGrep. ArrayEquals, ArrayContains, ArrayGlob and ArrayRegexp make it.
type ArrayPredicate struct {
	word string // word of the protocol; "" in a zero value
	text string
}

// ArrayEquals selects elements that are equal to value.
func ArrayEquals(value string) ArrayPredicate { return ArrayPredicate{"EXACT", value} }

// ArrayContains selects elements that contain part.
func ArrayContains(part string) ArrayPredicate { return ArrayPredicate{"MATCH", part} }

// ArrayGlob selects elements that match a glob-style pattern.
func ArrayGlob(pattern string) ArrayPredicate { return ArrayPredicate{"GLOB", pattern} }

// ArrayRegexp selects elements that contain a match of a POSIX extended regular expression. The server does
// not support back-references.
func ArrayRegexp(pattern string) ArrayPredicate { return ArrayPredicate{"RE", pattern} }

// ArrayInfo describes an array. Only ARInfoFull fills the fields that are marked "full".
type ArrayInfo struct {
	// Count is the number of elements that are not empty, Len the highest index in use plus 1.
	Count, Len uint64
	// NextInsertIndex is the index that ARInsert will use next; also 0 if there is none left.
	NextInsertIndex uint64
	// Slices is the number of parts that the array is stored in, SliceSize the number of indexes of each,
	// DirectorySize the capacity for parts, and SuperDirEntries the number of directories of a very sparse
	// array.
	Slices, SliceSize, DirectorySize, SuperDirEntries int64
	// DenseSlices and SparseSlices are the numbers of dense and sparse parts (full).
	DenseSlices, SparseSlices int64
	// AvgDenseSize and AvgSparseSize are the average capacities of the parts in elements, AvgDenseFill the
	// used share of the dense ones, from 0 to 1 (full).
	AvgDenseSize, AvgDenseFill, AvgSparseSize float64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ArrayInfo) slots() []slot {
	return []slot{
		{"count", &r.Count}, {"len", &r.Len}, {"next-insert-index", &r.NextInsertIndex},
		{"slices", &r.Slices}, {"slice-size", &r.SliceSize}, {"directory-size", &r.DirectorySize},
		{"super-dir-entries", &r.SuperDirEntries}, {"dense-slices", &r.DenseSlices},
		{"sparse-slices", &r.SparseSlices}, {"avg-dense-size", &r.AvgDenseSize},
		{"avg-dense-fill", &r.AvgDenseFill}, {"avg-sparse-size", &r.AvgSparseSize},
		{others, &r.Extra},
	}
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
			e.Fail(argument,
				"has an empty condition; make them with ArrayEquals, ArrayContains, ArrayGlob and "+
					"ArrayRegexp")
			return
		}
		e.Word(p.word)
		e.Text(p.text)
	}
}

// decodeElements reads indexes and elements. Servers nest the pairs; the documentation has a flat list.
func decodeElements(d *reply, v *[]ArrayElement) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, nested, err := d.PairsLen()
	list := make([]ArrayElement, n)
	for i := 0; i < n && err == nil; i++ {
		if nested {
			err = d.ExpectLen(2, "an index and an element")
		}
		if err == nil {
			err = decode.ElementIndex(d, &list[i].Index)
		}
		if err == nil {
			list[i].Value, err = d.UserText()
		}
	}
	*v = list
	return err
}
