package ring

import (
	"cmp"
	"math"
	"slices"
)

// Rendezvous places keys by a contest of the nodes: each one throws a die for the key, which has the node's
// name as its seed, and the highest score wins. A node that comes or goes moves only the keys that it wins or
// had. The order of the list does not matter.
type Rendezvous struct {
	seeds   []uint64 // by node
	weights []float64
	equal   bool // all weights are
}

// NewRendezvous makes the rule for some nodes, whose names must differ.
func NewRendezvous(nodes []Node) *Rendezvous {
	r := &Rendezvous{equal: true}
	for _, n := range nodes {
		r.seeds = append(r.seeds, sum64([]byte(n.Name), 0))
		r.weights = append(r.weights, n.Weight)
		r.equal = r.equal && n.Weight == nodes[0].Weight
	}
	return r
}

// score returns a node's score for a key.
func (r *Rendezvous) score(node int, key []byte) float64 {
	// Strictly between 0 and 1, in steps that a float64 holds exactly.
	die := (float64(sum64(key, r.seeds[node])>>11) + 0.5) / (1 << 53)
	if r.equal { // the logarithm keeps the order
		return die
	}
	return r.weights[node] / -math.Log(die)
}

// Owner returns the node of a key.
func (r *Rendezvous) Owner(key []byte, away []bool) int {
	best, most := -1, 0.0
	for i := range r.seeds {
		if out(away, i) {
			continue
		}
		if s := r.score(i, key); s > most {
			best, most = i, s
		}
	}
	return best
}

// AppendOrder appends the nodes in the order of their scores.
func (r *Rendezvous) AppendOrder(dst []int, key []byte) []int {
	from := len(dst)
	for i := range r.seeds {
		if r.weights[i] > 0 {
			dst = append(dst, i)
		}
	}
	slices.SortStableFunc(dst[from:], func(a, b int) int {
		return cmp.Compare(r.score(b, key), r.score(a, key))
	})
	return dst
}
