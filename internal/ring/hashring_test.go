package ring

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
)

// vectors is testdata/hash_ring.json: what hash_ring says in Python.
type vectors struct {
	Keys []struct {
		Hex    string
		Repeat string `json:"repeat_hex"`
		Times  int
	}
	Rings []struct {
		Name      string
		Nodes     []string
		Weights   map[string]float64
		Points    int
		KeyNodes  []string       `json:"key_nodes"`
		Counts    map[string]int `json:"counts_key_0_99999"`
		WrapKeys  [][3]any       `json:"wrap_keys"`
		Equal     [][4]any       `json:"keys_equal_to_a_point"`
		Order     [][]string     `json:"order_of_first_20_keys"`
		FirstFive [][2]any       `json:"first5"`
		LastFive  [][2]any       `json:"last5"`
	}
}

func read(t *testing.T) (v vectors, keys [][]byte) {
	t.Helper()
	raw, err := os.ReadFile("testdata/hash_ring.json")
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil || len(v.Rings) != 16 || len(v.Keys) != 200 {
		t.Fatal(err, len(v.Rings), len(v.Keys))
	}
	for _, k := range v.Keys {
		text, times := k.Hex, 1
		if k.Repeat != "" {
			text, times = k.Repeat, k.Times
		}
		key, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, bytes.Repeat(key, times))
	}
	return v, keys
}

// Covers: F408, F417, N01
func TestHashRingIsThatOfPython(t *testing.T) {
	t.Parallel()
	v, keys := read(t)
	for _, want := range v.Rings {
		t.Run(want.Name, func(t *testing.T) {
			t.Parallel()
			var nodes []Node
			for _, name := range want.Nodes {
				w, ok := want.Weights[name]
				if !ok {
					w = 1
				}
				nodes = append(nodes, Node{name, w})
			}
			r := NewHashRing(nodes)
			owner := func(key string) string { return want.Nodes[r.Owner([]byte(key), nil)] }
			if len(r.points) != want.Points {
				t.Errorf("%d points, want %d", len(r.points), want.Points)
			}
			for i, p := range append(want.FirstFive, want.LastFive...) {
				at := i
				if i >= 5 {
					at = len(r.points) - 10 + i
				}
				if n := r.owners[at]; float64(r.points[at]) != p[0] || want.Nodes[n] != p[1] {
					t.Errorf("point %d: %d of %s, want %v", at, r.points[at], want.Nodes[n], p)
				}
			}
			for i, key := range keys {
				if got := owner(string(key)); got != want.KeyNodes[i] {
					t.Errorf("%q is at %s, want %s", key, got, want.KeyNodes[i])
				}
			}
			for _, k := range want.WrapKeys {
				if got := owner(k[0].(string)); got != k[2] {
					t.Errorf("behind the last point: %v at %s", k, got)
				}
			}
			for _, k := range want.Equal {
				if got := owner(k[0].(string)); got != k[3] {
					t.Errorf("at a point: %v at %s", k, got)
				}
			}
			for i, order := range want.Order {
				var got []string
				for _, n := range r.AppendOrder(nil, keys[i]) {
					got = append(got, want.Nodes[n])
				}
				if !slices.Equal(got, order) {
					t.Errorf("%q: order %v, want %v", keys[i], got, order)
				}
			}
			counts := map[string]int{}
			for i := range 100_000 {
				counts[owner(fmt.Sprint("key:", i))]++
			}
			for name, n := range want.Counts {
				if counts[name] != n {
					t.Errorf("%s has %d keys, want %d", name, counts[name], n)
				}
			}
		})
	}
}
