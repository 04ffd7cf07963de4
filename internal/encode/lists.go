package encode

import (
	"sort"
	"strconv"
)

// lastSlot is the highest number of a slot.
const lastSlot = 16383

// Words writes words of the protocol; there must be one at least. They are
// counted.
func (e *Encoder) Words(argument string, list []string) {
	e.Some(argument, len(list), 0)
	e.AnyWords(list)
}

// AnyWords is words for a list that may be empty.
func (e *Encoder) AnyWords(list []string) {
	e.N += len(list)
	for _, s := range list {
		e.Word(s)
	}
}

// CountedAny writes the length of a list of keys and then the list, which may
// be empty.
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

// CountedInts writes how many numbers follow and then the numbers, at least one.
func (e *Encoder) CountedInts(argument string, list []int64) {
	e.Some(argument, len(list), 0)
	e.N++
	e.Int(int64(len(list)))
	e.AnyInts(list)
}

// Settings writes names and values of the configuration in turn, which no text
// encoding concerns; the words are counted.
func (e *Encoder) Settings(argument string, list []any) {
	switch {
	case len(list) == 0:
		e.Fail(argument, "needs at least one name and its value")
	case len(list)%2 != 0:
		e.Fail(argument, "has a name without a value: "+strconv.Itoa(len(list))+" is not an even number")
	}
	e.N += len(list)
	for _, v := range list {
		if s, ok := v.(string); ok {
			e.Word(s)
		} else {
			e.Value(argument, v)
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

// Ints is anyInts for a list that must not be empty.
func (e *Encoder) Ints(argument string, list []int64) {
	e.Some(argument, len(list), 0)
	e.AnyInts(list)
}

// IntWeights writes one whole factor for each key before it; the words are counted.
func (e *Encoder) IntWeights(list []int64) {
	if len(list) != e.NKeys {
		e.Fail("CMSWeights", "has "+strconv.Itoa(len(list))+" factors for "+strconv.Itoa(e.NKeys)+" keys")
		return
	}
	e.Ints("CMSWeights", list)
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

// BitSources writes the keys that BITOP reads; the words are counted. How many an operation takes depends on the word for
// it, words[op]; one that has no word is refused elsewhere.
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

// Producer writes the name of a producer of stream entries. The server takes it only when it also makes up the ID.
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
		e.Fail(argument, strconv.FormatInt(slot, 10)+" is no slot; they are numbered from 0 to "+strconv.Itoa(lastSlot))
		return
	}
	e.Int(slot)
}

// SlotFrom writes the number of a slot that ends a range, which starts at another slot.
func (e *Encoder) SlotFrom(argument string, slot, start int64) {
	if slot < start {
		e.Fail(argument, strconv.FormatInt(slot, 10)+" is before the start of the range, "+strconv.FormatInt(start, 10))
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
