package encode

import (
	"sort"
	"strconv"
)

// lastSlot is the highest number of a slot.
const lastSlot = 16383

// Words writes words of the protocol, at least one. They are counted.
func (e *Encoder) Words(argument string, list []string) {
	e.Some(argument, len(list), 0)
	e.AnyWords(list)
}

// AnyWords is Words for a list that may be empty.
func (e *Encoder) AnyWords(list []string) {
	e.N += len(list)
	for _, s := range list {
		e.Word(s)
	}
}

// CountedAny writes the length of a list of keys and then the list, which may be empty.
func (e *Encoder) CountedAny(_ string, list []string) {
	e.N++
	e.Int(int64(len(list)))
	e.AnyList(list)
	e.NKeys = len(list)
}

// AnyInts writes whole numbers; they are counted.
func (e *Encoder) AnyInts(list []int64) {
	e.N += len(list)
	for _, n := range list {
		e.Int(n)
	}
}

// CountedInts writes the number of numbers and then the numbers, at least one.
func (e *Encoder) CountedInts(argument string, list []int64) {
	e.Some(argument, len(list), 0)
	e.N++
	e.Int(int64(len(list)))
	e.AnyInts(list)
}

// Settings writes names and values of the configuration in turn. They are never encoded; the words are
// counted.
func (e *Encoder) Settings(argument string, list []any) {
	if !e.paired(argument, list) {
		return
	}
	e.N += len(list)
	for i, v := range list {
		if s, ok := stringOf(v); ok {
			e.Word(s)
		} else {
			e.Value(argument, v)
		}
		if e.Err != nil {
			e.Locate(argument, i)
			return
		}
	}
}

// ModuleArgs writes the arguments of a module; the words are counted.
func (e *Encoder) ModuleArgs(list []string) {
	if len(list) > 0 {
		e.N++
		e.Word("ARGS")
		e.AnyWords(list)
	}
}

// CountedWords writes the length of a list and then the list.
func (e *Encoder) CountedWords(argument string, list []string) {
	e.N++
	e.Int(int64(len(list)))
	e.Words(argument, list)
	e.NKeys = len(list)
}

// CountedPairs writes the number of pairs and then the pairs.
func (e *Encoder) CountedPairs(argument string, list []any) {
	e.N++
	e.Int(int64(len(list) / 2))
	e.Pairs(argument, list)
}

// Indexes writes a list of indexes that must not be empty; the words are counted.
func (e *Encoder) Indexes(argument string, list []uint64) {
	e.Some(argument, len(list), 1)
	for _, i := range list {
		e.Uint(i)
	}
}

// Floats writes numbers; the words are counted.
func (e *Encoder) Floats(argument string, list []float64) {
	e.Some(argument, len(list), 1)
	for _, f := range list {
		e.Float(f)
	}
}

// Ints is AnyInts for a list that must not be empty.
func (e *Encoder) Ints(argument string, list []int64) {
	e.Some(argument, len(list), 0)
	e.AnyInts(list)
}

// IntWeights writes one whole factor for each key before it; the words are counted.
func (e *Encoder) IntWeights(list []int64) {
	if e.ForEachKey("CMSWeights", len(list), "factors") {
		e.Ints("CMSWeights", list)
	}
}

// Labels writes labels and values in the order of the labels; the words are counted.
func (e *Encoder) Labels(labels map[string]string) {
	e.N += 2 * len(labels)
	names := make([]string, 0, len(labels))
	for name := range labels {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, label := range names {
		e.Text(label)
		e.Text(labels[label])
	}
}

// BitSources writes the keys that BITOP reads; the words are counted. The allowed number of keys depends on
// the operation, words[op]; an invalid op is refused elsewhere.
func (e *Encoder) BitSources(argument string, keys []string, words []string, op int) {
	word := ""
	if op < len(words) {
		word = words[op]
	}
	switch {
	case word == "NOT" && len(keys) != 1:
		e.Fail(argument, "are "+strconv.Itoa(len(keys))+"; BitNot takes exactly one")
	case (word == "DIFF" || word == "DIFF1" || word == "ANDOR") && len(keys) < 2:
		e.Fail(argument, "needs at least two for BitDiff, BitDiff1 and BitAndOr")
	default:
		e.List(argument, keys)
	}
}

// Producer writes the name of a producer of stream entries. The server allows it only if it also chooses the
// ID.
func (e *Encoder) Producer(name string) {
	e.AutoID = true
	e.Text(name)
}

// NewID writes the ID of a new stream entry.
func (e *Encoder) NewID(argument, id string) {
	if e.AutoID && id != "*" {
		e.Fail(argument, `is "`+id+`"; with IDMP and IDMPAuto it must be "*"`)
	}
	e.AutoID = false
	e.Word(id)
}

// Slot writes the number of a slot.
func (e *Encoder) Slot(argument string, slot int64) {
	if slot < 0 || slot > lastSlot {
		e.Fail(argument, strconv.FormatInt(slot, 10)+" is not a slot; they are numbered from 0 to "+
			strconv.Itoa(lastSlot))
		return
	}
	e.Int(slot)
}

// SlotFrom writes the last slot of a range that starts at the slot start.
func (e *Encoder) SlotFrom(argument string, slot, start int64) {
	if slot < start {
		e.Fail(argument, strconv.FormatInt(slot, 10)+" is before the start of the range, "+
			strconv.FormatInt(start, 10))
		return
	}
	e.Slot(argument, slot)
}

// Slots writes the numbers of slots, at least one; the words are counted.
func (e *Encoder) Slots(argument string, list []int64) {
	e.Some(argument, len(list), 1)
	for _, n := range list {
		e.Slot(argument, n)
	}
}
