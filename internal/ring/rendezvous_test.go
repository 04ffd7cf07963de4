package ring

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The file was written by a program in another language. Its owners never change: users' data are there.
func TestRendezvousIsThatOfTheVectors(t *testing.T) {
	t.Parallel()
	var v struct {
		Keys  []string
		Rings []struct {
			Nodes  []Node
			Orders []string
		}
	}
	raw, err := os.ReadFile("testdata/rendezvous.json")
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil || len(v.Keys) != 100 || len(v.Rings) != 7 {
		t.Fatal(err, len(v.Keys), len(v.Rings))
	}
	for _, want := range v.Rings {
		r := NewRendezvous(want.Nodes)
		for i, key := range v.Keys {
			var order strings.Builder
			for _, n := range r.AppendOrder(nil, []byte(key)) {
				order.WriteString(strconv.Itoa(n))
			}
			owner := strconv.Itoa(r.Owner([]byte(key), nil))
			if order.String() != want.Orders[i] || owner != want.Orders[i][:1] {
				t.Errorf("%v, %q: %s, owner %s; want %s", want.Nodes, key, &order, owner, want.Orders[i])
			}
		}
	}
}

// million calls f with a million keys.
func million(f func(key []byte)) {
	for i := range 1_000_000 {
		f(strconv.AppendInt([]byte("user:"), int64(i), 10))
	}
}

// Covers: F417
func TestSharesAreAsTheWeightsSay(t *testing.T) {
	t.Parallel()
	nodes := []Node{{"a", 1}, {"b", 2}, {"c", 0.5}, {"none", 0}}
	r := NewRendezvous(nodes)
	got := make([]float64, len(nodes))
	million(func(key []byte) { got[r.Owner(key, nil)]++ })
	for i, n := range nodes {
		if want := 1e6 * n.Weight / 3.5; math.Abs(got[i]-want) > 3000 { // six times the standard deviation
			t.Errorf("%s has %.0f of a million keys, want about %.0f", n.Name, got[i], want)
		}
	}
}

// A node that is added takes keys from all others and moves no key between these. The order of the list does
// not count.
func TestOnlyKeysWhoseOwnerDiffersMove(t *testing.T) {
	t.Parallel()
	for _, w := range [][]float64{{1, 1, 1, 1}, {1, 2, 3, 4}} {
		before := NewRendezvous([]Node{{"a", w[0]}, {"b", w[1]}, {"c", w[2]}})
		after := NewRendezvous([]Node{{"d", w[3]}, {"c", w[2]}, {"b", w[1]}, {"a", w[0]}})
		names, moved := "dcba", 0.0
		million(func(key []byte) {
			was, is := "abc"[before.Owner(key, nil)], names[after.Owner(key, nil)]
			if is == 'd' {
				moved++
			} else if was != is {
				t.Fatalf("%s went from %c to %c", key, was, is)
			}
		})
		if want := 1e6 * w[3] / (w[0] + w[1] + w[2] + w[3]); math.Abs(moved-want) > 3000 {
			t.Errorf("%.0f keys have moved, want about %.0f", moved, want)
		}
	}
}

// When a node is left out, its keys go to the next one of their order, and the others stay.
func TestKeysOfANodeThatIsAway(t *testing.T) {
	t.Parallel()
	nodes := []Node{{"0", 1}, {"1", 1}, {"2", 1}, {"3", 1}}
	away := []bool{false, true, false, false}
	for _, rule := range []Placement{NewHashRing(nodes), NewRendezvous(nodes),
		NewRendezvous([]Node{{"0", 1}, {"1", 3}, {"2", 2}, {"3", 1}})} {
		t.Run(fmt.Sprintf("%T", rule), func(t *testing.T) {
			var order []int
			million(func(key []byte) {
				order = rule.AppendOrder(order[:0], key)
				owner, next := rule.Owner(key, nil), rule.Owner(key, away)
				want := order[0]
				if want == 1 {
					want = order[1]
				}
				if owner != order[0] || next != want || len(order) != 4 {
					t.Fatalf("%s: owner %d, then %d, of %v", key, owner, next, order)
				}
			})
			if n := rule.Owner([]byte("a"), []bool{true, true, true, true}); n != -1 {
				t.Errorf("nobody is there, and the owner is %d", n)
			}
			order = rule.AppendOrder([]int{7}, []byte("a"))
			if len(order) != 5 || slices.Contains(order[1:], 7) {
				t.Errorf("appended to a list: %v", order)
			}
		})
	}
}

func BenchmarkOwner(b *testing.B) {
	nodes := []Node{{"cache-1", 1}, {"cache-2", 1}, {"cache-3", 1}}
	key := []byte("user:1000:profile")
	for _, rule := range []Placement{NewHashRing(nodes), NewRendezvous(nodes),
		NewRendezvous([]Node{{"cache-1", 1}, {"cache-2", 2}, {"cache-3", 3}})} {
		b.Run(fmt.Sprintf("%T", rule), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				rule.Owner(key, nil)
			}
		})
	}
}
