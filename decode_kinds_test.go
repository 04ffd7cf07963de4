package redpoll

import "github.com/redpoll-go/redpoll/internal/structs"

// unboxer decodes a reply into a new value, see with.
type unboxer = func(d *reply) (any, error)

// allLocations is with for members of geo searches with all that can be asked for.
var allLocations = with(func(d *reply, v *[]GeoLocation) error {
	return locations([]GeoLocationOption{WithCoord, WithDist, WithHash})(d, v)
})

// unboxFields is with for the fillers of hashes that are read into structs.
func unboxFields(fill filler) unboxer {
	return with(func(d *reply, v *[]structs.Raw) error { return fill(d, v) })
}
