package copies

import (
	"fmt"
	"slices"
	"testing"
)

// The list knows what each node has missed, and which connections may still carry a write.
func TestList(t *testing.T) {
	t.Parallel()
	l := NewList(2, 3)
	k := []byte("k")
	if !l.Clean(0) || l.Has(0, k) || l.Stale(0, k) {
		t.Error("a new list is not empty")
	}
	by := &Carrier{Node: "a", ID: 7}
	l.Add(0, k, false, by)
	l.Add(0, k, false, by)
	if l.Clean(0) || !l.Has(0, k) || l.Stale(0, k) || l.Has(0, []byte("other")) || l.Has(1, k) {
		t.Error("a doubtful key is wrong")
	}
	l.Add(0, k, true, &Carrier{Node: "a", ID: 8})
	l.Add(0, k, false, nil)
	if !l.Stale(0, k) {
		t.Error("a stale key has become a doubtful one")
	}
	if got := fmt.Sprint(l.Carriers(0, k)); got != "[{a 7 } {a 8 }]" {
		t.Errorf("the carriers are %s", got)
	}
	l.Done(0, k)
	if !l.Clean(0) || l.Has(0, k) {
		t.Error("a repaired key is still listed")
	}
}

// Beyond its bound a node is behind as a whole, until all of its keys have been compared.
func TestNodeBehind(t *testing.T) {
	t.Parallel()
	l := NewList(1, 3)
	for i := range 4 {
		l.Add(0, fmt.Append(nil, i), true, &Carrier{ID: int64(i)})
	}
	if !l.Behind(0) || !l.Has(0, []byte("any")) || l.Len(0) != 0 || len(l.Carriers(0, nil)) != 4 {
		t.Error("the node is not behind as a whole")
	}
	l.Add(0, []byte("lost"), true, nil)
	l.Walk(0)
	l.Add(0, []byte("missed"), true, nil)
	if !l.Walked(0) || l.Behind(0) || !slices.Equal(l.Keys(0), []string{"missed"}) {
		t.Errorf("after the walk the node has missed %v", l.Keys(0))
	}
	l.AddAll(0, nil)
	l.Walk(0)
	l.AddAll(0, nil)
	if l.Walked(0) || !l.Behind(0) {
		t.Error("a node that fell behind during the walk counts as repaired")
	}
}

// A node that is late with a write must not be read, and a late key that was listed before stays so.
func TestLate(t *testing.T) {
	t.Parallel()
	l := NewList(1, 3)
	listed, other := []byte("listed"), []byte("other")
	l.Add(0, listed, false, nil)
	for _, key := range [][]byte{listed, other} {
		l.Late(0, key)
		if !l.Has(0, key) || !l.Stale(0, key) {
			t.Errorf("a late node can be read for %q", key)
		}
	}
	keys := slices.Sorted(slices.Values(l.Keys(0)))
	if l.Len(0) != 1 || fmt.Sprint(keys) != "[listed other]" {
		t.Errorf("%d keys were missed, of %v", l.Len(0), keys)
	}
	l.InTime(0, listed)
	l.InTime(0, other)
	if !l.Listed(0, listed) || l.Stale(0, listed) || l.Has(0, other) || l.Clean(0) {
		t.Error("after the write the list is not as before")
	}
	l.Done(0, listed)
	if !l.Clean(0) {
		t.Error("something is left")
	}
}
