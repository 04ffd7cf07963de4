package walk

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/slot"
)

// Slots is a set of slots of a cluster.
type Slots [slot.Count / 64]uint64

// All returns the set of all slots.
func All() *Slots {
	s := new(Slots)
	for i := range s {
		s[i] = ^uint64(0)
	}
	return s
}

// Has reports whether a slot is in the set.
func (s *Slots) Has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

// Add puts a slot into the set.
func (s *Slots) Add(n int) { s[n/64] |= 1 << (n % 64) }

// Remove takes a slot out of the set.
func (s *Slots) Remove(n int) { s[n/64] &^= 1 << (n % 64) }

// Len returns the number of slots.
func (s *Slots) Len() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// MarshalText writes the set as ranges: "0-5460,7000".
func (s *Slots) MarshalText() ([]byte, error) {
	var text []byte
	for first := 0; first < slot.Count; first++ {
		if !s.Has(first) {
			continue
		}
		last := first
		for last+1 < slot.Count && s.Has(last+1) {
			last++
		}
		if text != nil {
			text = append(text, ',')
		}
		if text = strconv.AppendInt(text, int64(first), 10); last > first {
			text = strconv.AppendInt(append(text, '-'), int64(last), 10)
		}
		first = last
	}
	return text, nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Slots) UnmarshalText(text []byte) error {
	*s = Slots{}
	if len(text) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		first, err := strconv.ParseUint(from, 10, 16)
		if err != nil {
			return err
		}
		last, err := strconv.ParseUint(to, 10, 16)
		if err != nil {
			return err
		}
		if first > last || last >= slot.Count {
			return ErrText
		}
		for n := first; n <= last; n++ {
			s.Add(int(n))
		}
	}
	return nil
}
