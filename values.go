package redpoll

import (
	"slices"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// What TTL and its relatives return beside a time to live. They are no times:
// compare with ==.
const (
	// NoExpiry says that the key, or the field, does not expire.
	NoExpiry time.Duration = -1
	// NoKey says that there is no such key or field.
	NoKey time.Duration = -2
)

// Null is an element that may be missing, as in the reply of MGET. The zero
// value is a missing one.
type Null[T any] struct {
	// V is the element, the zero value of T when it is missing.
	V T
	// Valid is false when the element is missing.
	Valid bool
}

// Or returns the element, or instead when it is missing.
func (n Null[T]) Or(instead T) T {
	if n.Valid {
		return n.V
	}
	return instead
}

// Z is a member of a sorted set with its score.
type Z struct {
	Member string
	Score  float64
}

// KeyValue is an element and the key of the list it was taken from.
type KeyValue struct {
	Key, Value string
}

// KeyValues are elements and the key of the list they were taken from.
type KeyValues struct {
	Key    string
	Values []string
}

// KeyZ is a member and the key of the sorted set it was taken from.
type KeyZ struct {
	Key string
	Z
}

// KeyZs are members and the key of the sorted set they were taken from.
type KeyZs struct {
	Key     string
	Members []Z
}

// FieldValue is a field of a hash, or of an entry of a stream, with its value.
type FieldValue struct {
	Field, Value string
}

// RankScore is the position of a member of a sorted set, counted from 0, and its
// score.
type RankScore struct {
	Rank  int64
	Score float64
}

// Page is what one call of a SCAN command returns.
type Page[T any] struct {
	// Cursor is to be given to the next call; 0 says that the walk is over.
	Cursor uint64
	// Items may be empty although the walk is not over.
	Items []T
}

// LCSMatches are the common parts of two values.
type LCSMatches struct {
	// Len is the length of the longest common subsequence in bytes.
	Len int64
	// Matches are its parts, the last one first.
	Matches []LCSMatch
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// LCSMatch is one common part of two values.
type LCSMatch struct {
	// First and Second say where the part stands in the first and the second value.
	First, Second LCSRange
	// Len is its length in bytes.
	Len int64
}

// LCSRange is a range of byte positions, both ends included.
type LCSRange struct {
	Start, End int64
}

// AOFAcks says how many append-only files hold the writes that WaitAOF waited
// for.
type AOFAcks struct {
	// Local is 1 when this server's own file has them, else 0.
	Local int64
	// Replicas is the number of replicas whose files have them.
	Replicas int64
}

// Side is an end of a list.
type Side uint8

// The ends of a list.
const (
	// Left is the head.
	Left Side = iota
	// Right is the tail.
	Right
)

var sideWords = [...]string{Left: "LEFT", Right: "RIGHT"}

// Where says on which side of an element LInsert puts the new one.
type Where uint8

// The sides of an element.
const (
	// Before is the side of the head.
	Before Where = iota
	// After is the side of the tail.
	After
)

var whereWords = [...]string{Before: "BEFORE", After: "AFTER"}

// MinMax says which members of a sorted set ZMPop takes.
type MinMax uint8

// The ends of a sorted set.
const (
	// Min is the end with the lowest scores.
	Min MinMax = iota
	// Max is the end with the highest scores.
	Max
)

var minMaxWords = [...]string{Min: "MIN", Max: "MAX"}

// Pairs lists the entries of m as MSet and HSet take them: key, value, key,
// value, in the order of the keys.
func Pairs[V any](m map[string]V) []any {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	list := make([]any, 0, 2*len(m))
	for _, k := range keys {
		list = append(list, k, m[k])
	}
	return list
}

// intoGroups is the filler for a list of values that belong together n at a time.
func intoGroups(n int) filler {
	return func(d *reply, slot any) error {
		var flat []Null[string]
		if err := decodeNulls(d, &flat); err != nil {
			return err
		}
		if n == 0 || len(flat)%n != 0 {
			return &resp.TypeError{Want: "as many values for each element as patterns", Got: resp.KindArray}
		}
		list := make([][]Null[string], 0, len(flat)/n)
		for ; len(flat) > 0; flat = flat[n:] {
			list = append(list, flat[:n:n])
		}
		*slot.(*[][]Null[string]) = list
		return nil
	}
}
