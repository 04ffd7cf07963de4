// Package ring says which of several servers has a key, when nobody but the clients knows: each client with
// the same list of nodes comes to the same answer.
//
// There are two rules. [HashRing] is that of Python's hash_ring, which django-redisdb uses. [Rendezvous] is
// for new data: it needs no table, its weights are exact, and nodes are told by their names alone.
package ring

// Node is a node as the rules see it.
type Node struct {
	Name   string
	Weight float64 // its part of the keys, compared with those of the others; 0 means no keys
}

// Placement is a rule. It is immutable and safe for concurrent use.
type Placement interface {
	// Owner returns the position of the node of a key in the list of nodes. Nodes for which away is true are
	// left out; nil leaves out none. It returns -1 if there is nobody.
	Owner(key []byte, away []bool) int
	// AppendOrder appends the positions of all nodes that can have a key, its owner first, each one followed
	// by the node that takes its place.
	AppendOrder(dst []int, key []byte) []int
}

// out reports whether a node is left out.
func out(away []bool, node int) bool { return away != nil && away[node] }
