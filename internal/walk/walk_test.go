package walk

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// A state is the same after it was a text.
func TestStatesAsText(t *testing.T) {
	t.Parallel()
	left := All()
	left.Remove(0)
	left.Remove(100)
	var has Slots
	has.Add(5)
	has.Add(6)
	has.Add(16383)
	for name, s := range map[string]*State{
		"beginning": {Place: Place{Kind: Server}},
		"end":       {Place: Place{Kind: Server, Done: true}},
		"server":    {Filter: 7, Place: Place{Kind: Server, Run: "abc 1", Cursor: 1<<64 - 1}},
		"cluster": {Place: Place{Kind: Cluster, Left: left, Share: &Share{ID: "n", Epoch: 3, Run: "r", Has: has,
			Cursor: 9}}},
		"no slot": {Place: Place{Kind: Cluster, Left: new(Slots)}},
		"ring": {Place: Place{Kind: Ring, Nodes: map[string]*Place{
			"a": {Kind: Server, Done: true}, "b": {Kind: Cluster, Left: left}, "c": {Kind: Copy},
		}}},
	} {
		got, err := Parse(s.String())
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: got %+v and %v from %s", name, got, err, s)
		}
		if text := s.String(); strings.ContainsAny(text, " +/=") {
			t.Errorf("%s: %s cannot stand in a URL", name, text)
		}
	}
}

// Texts of other things, and parts of texts, are noticed.
func TestDamagedStates(t *testing.T) {
	t.Parallel()
	text := (&State{Place: Place{Kind: Server, Run: "run", Cursor: 12345}}).String()
	for i := range text {
		if _, err := Parse(text[:i]); err == nil {
			t.Errorf("the first %d letters are a state", i)
		}
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		if got, err := Parse(text[:i] + string(other) + text[i+1:]); err == nil {
			t.Errorf("with another letter at %d it is %+v", i, got)
		}
	}
	for _, bad := range []string{"", "0", "w2." + text[3:], version, version + "AAAA",
		(&State{Place: Place{Kind: "moon"}}).String(),
		(&State{Place: Place{Kind: Ring, Nodes: map[string]*Place{"a": nil}}}).String(),
		version + base64.RawURLEncoding.EncodeToString([]byte("{}")),
	} {
		if got, err := Parse(bad); err == nil {
			t.Errorf("%q is %+v", bad, got)
		}
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	for text, n := range map[string]int{"": 0, "0": 1, "16383": 1, "0-16383": 16384, "5-7,9,11-12": 6} {
		var s Slots
		if err := s.UnmarshalText([]byte(text)); err != nil || s.Len() != n {
			t.Errorf("%q: %d slots, %v", text, s.Len(), err)
		}
		if back, _ := s.MarshalText(); string(back) != text {
			t.Errorf("%q became %q", text, back)
		}
	}
	for _, bad := range []string{"x", "1-", "-1", "2-1", "16384", "0-99999", "1,", "99999999999999999999"} {
		if err := new(Slots).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a set of slots", bad)
		}
	}
}

// A node of another kind than before is walked from its beginning.
func TestNodesOfPlaces(t *testing.T) {
	t.Parallel()
	p := &Place{Kind: Ring}
	p.Node("a", Server).Cursor = 7
	if p.Node("a", Server).Cursor != 7 || p.Node("a", Cluster).Cursor != 0 {
		t.Errorf("the place is %+v", p.Nodes["a"])
	}
}
