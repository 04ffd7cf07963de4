package ring

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strconv"
)

// HashRing places keys as Python's hash_ring does, bit for bit: a node has points on a circle, and a key
// belongs to the node of the first point behind its own.
type HashRing struct {
	nodes  int
	points []uint32 // in ascending order
	owners []int    // by point: the node
}

// NewHashRing makes a ring. A node has 40 digests if all weights are equal, and each digest gives three
// points. A point that two nodes have belongs to the one that comes later in the list, so the order counts.
func NewHashRing(nodes []Node) *HashRing {
	var total float64
	for _, n := range nodes {
		total += n.Weight
	}
	type point struct {
		at   uint32
		node int
	}
	var all []point
	for i, n := range nodes {
		// The product comes first: another order gives other numbers.
		digests := int(math.Floor(40 * float64(len(nodes)) * n.Weight / total))
		for j := range digests {
			sum := md5.Sum([]byte(n.Name + "-" + strconv.Itoa(j)))
			for k := range 3 {
				all = append(all, point{binary.LittleEndian.Uint32(sum[4*k:]), i})
			}
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.at, b.at), b.node-a.node) // the later node first: a search finds it
	})
	r := &HashRing{nodes: len(nodes)}
	for _, p := range all {
		r.points = append(r.points, p.at)
		r.owners = append(r.owners, p.node)
	}
	return r
}

// at returns the place of a key among the points. A key with the value of a point lies behind it.
func (r *HashRing) at(key []byte) int {
	sum := md5.Sum(key)
	point := binary.LittleEndian.Uint32(sum[:])
	i := sort.Search(len(r.points), func(i int) bool { return r.points[i] > point })
	if i == len(r.points) {
		return 0
	}
	return i
}

// Owner returns the node of a key.
func (r *HashRing) Owner(key []byte, away []bool) int {
	at := r.at(key)
	if away == nil {
		return r.owners[at]
	}
	for i := range r.owners {
		if n := r.owners[(at+i)%len(r.owners)]; !away[n] {
			return n
		}
	}
	return -1
}

// AppendOrder appends the nodes in the order in which the circle meets them.
func (r *HashRing) AppendOrder(dst []int, key []byte) []int {
	at, from := r.at(key), len(dst)
	for i := 0; i < len(r.owners) && len(dst)-from < r.nodes; i++ {
		if n := r.owners[(at+i)%len(r.owners)]; !slices.Contains(dst[from:], n) {
			dst = append(dst, n)
		}
	}
	return dst
}
