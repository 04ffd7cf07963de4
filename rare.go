package redpoll

// A shape costs some 30 KB of compiled package, since the record of a call is compiled for each. Replies of commands
// that no program runs in a hot path share one: their result travels in a box, which costs one allocation.

// rareShape is the shape of all boxed replies.
var rareShape = newShape(decodeBox)

// box holds a result of any type. decode is set before the command is sent.
type box struct {
	decode unbox
	v      any
}

// unbox decodes a reply into a value of one fixed type. These functions are generated, and the methods take the result
// out of the box themselves: what is generic costs 20 KB of compiled package for each type.
type unbox func(d *reply) (any, error)

func decodeBox(d *reply, b *box) (err error) {
	b.v, err = b.decode(d)
	return err
}
