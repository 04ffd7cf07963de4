package redpoll

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

// GeoPoint is a position in degrees. The server keeps positions to about half a meter, so what comes back differs in
// the last digits from what was sent.
type GeoPoint struct {
	Longitude, Latitude float64
}

// GeoLocation is a member with its position, for GeoAdd and from searches. A search fills in what its options ask for.
type GeoLocation struct {
	Member string
	// Longitude and Latitude are the position in degrees, with [WithCoord].
	Longitude, Latitude float64
	// Dist is the distance from the centre in the unit of the query, with [WithDist].
	Dist float64
	// Hash is the position as the server keeps it, the score in the sorted set, with [WithHash].
	Hash int64
}

// putGeoMembers writes members with their positions as GEOADD wants them; the words are counted.
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
