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

// unbox decodes a reply into a value of one fixed type.
type unbox func(d *reply) (any, error)

// rare makes an unbox of an ordinary decode function.
func rare[T any](decode func(d *reply, v *T) error) unbox {
	return func(d *reply) (any, error) {
		var v T
		err := decode(d, &v)
		return v, err
	}
}

func decodeBox(d *reply, b *box) (err error) {
	b.v, err = b.decode(d)
	return err
}
