package main

// ballast stands for the other memory of a program: live heap that the garbage collector has to walk, and
// that decides how often it runs. Without it, the collector would run all the time over a tiny heap while a
// client that allocates little is measured.
type ballast struct {
	nodes  []*node
	blocks [][]byte
}

// node is linked so that the collector follows pointers.
type node struct {
	next *node
	_    [120]byte // a node takes 128 bytes
}

// newBallast uses an eighth of the size for linked nodes, the rest for blocks without pointers. More pointers
// would only make each slice's collection longer.
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
