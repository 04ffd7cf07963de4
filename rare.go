package redpoll

import "sync"

// rarePool holds the records of all commands that no program runs in a hot path. Such a record finds the slot of another
// type of reply in it, and makes a new one, which costs one allocation; in return no pool per type is kept filled.
var rarePool sync.Pool

// rare is newShape for such commands.
//
//go:noinline
func rare[T any](decode func(d *reply, v *T) error) *shape {
	s := newShape(decode)
	s.pool = &rarePool
	return s
}
