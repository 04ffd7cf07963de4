package main

// ballast is what a program holds besides its client: live heap that the
// garbage collector has to walk, and that sets how often it runs. Without it
// a client that allocates little would be measured with the collector running
// all the time over a tiny heap.
type ballast struct {
	nodes  []*node
	blocks [][]byte
}

// node is linked so that the collector follows pointers.
type node struct {
	next *node
	_    [120]byte // a node takes 128 bytes
}

// newBallast takes an eighth of the size in linked nodes, the rest in blocks
// without pointers. More pointers would only make each slice's collection
// longer.
func newBallast(size int) *ballast {
	const block = 64 << 10
	b := &ballast{}
	var last *node
	for range size / 8 / 128 {
		last = &node{next: last}
		b.nodes = append(b.nodes, last)
	}
	for range (size - size/8) / block {
		b.blocks = append(b.blocks, make([]byte, block))
	}
	return b
}
