package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// GeoUnit is the unit of distances in geo commands.
type GeoUnit uint8

// The units of distances.
const (
	// Meters is the unit that the server itself uses.
	Meters GeoUnit = iota
	// Kilometers are 1000 meters.
	Kilometers
	// Miles are 1609.34 meters.
	Miles
	// Feet are 0.3048 meters.
	Feet
)

var geoUnitWords = [...]string{Meters: "m", Kilometers: "km", Miles: "mi", Feet: "ft"}

// GeoPoint is a position in degrees. The server stores positions with an accuracy of about half a meter, so
// the last digits of a reply differ from the values that were sent.
type GeoPoint struct {
	Longitude, Latitude float64
}

// GeoLocation is a member with its position, for GeoAdd and from searches. A search fills in the fields that
// its options request.
type GeoLocation struct {
	Member string
	// Longitude and Latitude are the position in degrees, with [WithCoord].
	Longitude, Latitude float64
	// Dist is the distance from the centre in the unit of the query, with [WithDist].
	Dist float64
	// Hash is the position in the server's form, the score in the sorted set, with [WithHash].
	Hash int64
}

// putGeoMembers writes members with their positions for GEOADD; the words are counted.
func putGeoMembers(e *encoder, argument string, members []GeoLocation) {
	e.Some(argument, len(members), 3)
	for i := range members {
		e.Float(members[i].Longitude)
		e.Float(members[i].Latitude)
		e.Text(members[i].Member)
	}
}

// putCountedVertices writes the number of a polygon's corners and then the corners; the words are counted.
func putCountedVertices(e *encoder, argument string, points []GeoPoint) {
	if len(points) < 3 {
		e.Fail(argument, "needs at least three corners")
		return
	}
	e.N++
	e.Int(int64(len(points)))
	putVertices(e, points)
}

// putVertices writes positions; the words are counted.
func putVertices(e *encoder, points []GeoPoint) {
	e.N += 2 * len(points)
	for _, p := range points {
		e.Float(p.Longitude)
		e.Float(p.Latitude)
	}
}

// Values that an option requests for each member.
const (
	hasCoord = 1 << iota
	hasDist
	hasHash
)

// locations returns the filler for members with the values that the options request. If it were inlined, the
// returned function would be compiled for each method.
//
//go:noinline
func locations(opts []GeoLocationOption) filler {
	want := 0
	for _, o := range opts {
		switch o {
		case WithCoord:
			want |= hasCoord
		case WithDist:
			want |= hasDist
		case WithHash:
			want |= hasHash
		}
	}
	return func(d *reply, slot any) error {
		n, err := decode.ListLen(d)
		list := make([]GeoLocation, n)
		for i := 0; i < n && err == nil; i++ {
			err = elementLocation(d, &list[i], want)
		}
		*slot.(*[]GeoLocation) = list
		return err
	}
}

// elementLocation reads a member, alone or as the head of a list with the requested values. Their kinds tell
// them apart: a position is a list, the hash an integer, the distance a text.
func elementLocation(d *reply, v *GeoLocation, want int) (err error) {
	rest, has := 0, 0
	if d.Kind() == resp.KindArray {
		n, err := d.Len()
		if err != nil {
			return err
		}
		if n == 0 {
			return &resp.TypeError{Want: "a member", Got: resp.KindArray}
		}
		rest = n - 1
	}
	if v.Member, err = d.UserText(); err != nil {
		return err
	}
	for range rest {
		switch d.Kind() {
		case resp.KindArray:
			has |= hasCoord
			err = d.Position(&v.Longitude, &v.Latitude)
		case resp.KindInteger:
			has |= hasHash
			v.Hash, err = d.Int()
		default:
			has |= hasDist
			v.Dist, err = d.Float()
		}
		if err != nil {
			return err
		}
	}
	if has != want {
		return &resp.TypeError{Want: "a member with what the options ask for", Got: resp.KindArray}
	}
	return nil
}
