package redpoll

import "github.com/redpoll-go/redpoll/internal/structs"

// unboxer decodes a reply into a new value, see with.
type unboxer = func(d *reply) (any, error)

// unboxFields is with for the fillers of hashes that are read into structs.
func unboxFields(fill filler) unboxer {
	return with(func(d *reply, v *[]structs.Raw) error { return fill(d, v) })
}
