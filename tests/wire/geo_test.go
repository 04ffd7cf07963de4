package wire_test

import "github.com/redpoll-go/redpoll"

var (
	places  = []redpoll.GeoLocation{{Member: "m", Longitude: 13.5, Latitude: 38}}
	polygon = []redpoll.GeoPoint{{}, {Latitude: 2.5}, {Longitude: 2, Latitude: 2}}
)

// geoRows are the calls of methods for places.
var geoRows = []row{
	{"GeoAdd", func(p *redpoll.Pipeline) { p.GeoAdd("k", places) }, "GEOADD k 13.5 38.0 m"},
	{"GeoAdd", func(p *redpoll.Pipeline) {
		p.GeoAdd("k", places, redpoll.CH, redpoll.XX)
	}, "GEOADD k XX CH 13.5 38.0 m"},
	{"GeoDist", func(p *redpoll.Pipeline) { p.GeoDist("k", "a", "b", redpoll.Miles) }, "GEODIST k a b mi"},
	{"GeoHash", func(p *redpoll.Pipeline) { p.GeoHash("k", keys...) }, "GEOHASH k a b"},
	{"GeoPos", func(p *redpoll.Pipeline) { p.GeoPos("k", keys...) }, "GEOPOS k a b"},
	{"GeoSearch", func(p *redpoll.Pipeline) {
		p.GeoSearch("k", redpoll.FromMember("m"), redpoll.ByRadius(200, redpoll.Kilometers),
			redpoll.CountAny(3), redpoll.Desc)
	}, "GEOSEARCH k FROMMEMBER m BYRADIUS 200.0 km DESC COUNT 3 ANY"},
	{"GeoSearch", func(p *redpoll.Pipeline) {
		p.GeoSearch("k", redpoll.FromLonLat(15, 37.5), redpoll.ByBox(4, 5, redpoll.Feet))
	}, "GEOSEARCH k FROMLONLAT 15.0 37.5 BYBOX 4.0 5.0 ft"},
	{"GeoSearchLocations", func(p *redpoll.Pipeline) {
		p.GeoSearchLocations("k", redpoll.FromMember("m"), redpoll.ByRadius(1, redpoll.Meters),
			redpoll.WithHash, redpoll.WithDist, redpoll.WithCoord, redpoll.Count(2), redpoll.Asc)
	}, "GEOSEARCH k FROMMEMBER m BYRADIUS 1.0 m ASC COUNT 2 WITHCOORD WITHDIST WITHHASH"},
	{"GeoSearchPolygon", func(p *redpoll.Pipeline) {
		p.GeoSearchPolygon("k", polygon, redpoll.Asc)
	}, "GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 ASC"},
	{"GeoSearchPolygonLocations", func(p *redpoll.Pipeline) {
		p.GeoSearchPolygonLocations("k", polygon, redpoll.WithDist)
	}, "GEOSEARCH k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0 WITHDIST"},
	{"GeoSearchStore", func(p *redpoll.Pipeline) {
		p.GeoSearchStore("d", "k", redpoll.FromMember("m"), redpoll.ByRadius(1, redpoll.Meters),
			redpoll.StoreDist, redpoll.Count(2))
	}, "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1.0 m COUNT 2 STOREDIST"},
	{"GeoSearchStorePolygon", func(p *redpoll.Pipeline) {
		p.GeoSearchStorePolygon("d", "k", polygon)
	}, "GEOSEARCHSTORE d k BYPOLYGON 3 0.0 0.0 0.0 2.5 2.0 2.0"},
	{"GeoRadius", func(p *redpoll.Pipeline) {
		p.GeoRadius("k", 15, 37, 200, redpoll.Kilometers, redpoll.Count(1))
	}, "GEORADIUS k 15.0 37.0 200.0 km COUNT 1"},
	{"GeoRadiusLocations", func(p *redpoll.Pipeline) {
		p.GeoRadiusLocations("k", 15, 37, 200, redpoll.Meters, redpoll.WithCoord)
	}, "GEORADIUS k 15.0 37.0 200.0 m WITHCOORD"},
	{"GeoRadiusStore", func(p *redpoll.Pipeline) {
		p.GeoRadiusStore("k", 15, 37, 200, redpoll.Meters, "d", redpoll.Asc)
	}, "GEORADIUS k 15.0 37.0 200.0 m ASC STORE d"},
	{"GeoRadiusStoreDist", func(p *redpoll.Pipeline) {
		p.GeoRadiusStoreDist("k", 15, 37, 200, redpoll.Meters, "d")
	}, "GEORADIUS k 15.0 37.0 200.0 m STOREDIST d"},
	{"GeoRadiusByMember", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMember("k", "m", 200, redpoll.Meters)
	}, "GEORADIUSBYMEMBER k m 200.0 m"},
	{"GeoRadiusByMemberLocations", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMemberLocations("k", "m", 200, redpoll.Meters, redpoll.WithDist)
	}, "GEORADIUSBYMEMBER k m 200.0 m WITHDIST"},
	{"GeoRadiusByMemberStore", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMemberStore("k", "m", 200, redpoll.Meters, "d")
	}, "GEORADIUSBYMEMBER k m 200.0 m STORE d"},
	{"GeoRadiusByMemberStoreDist", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMemberStoreDist("k", "m", 200, redpoll.Meters, "d")
	}, "GEORADIUSBYMEMBER k m 200.0 m STOREDIST d"},
	{"GeoRadiusRO", func(p *redpoll.Pipeline) {
		p.GeoRadiusRO("k", 15, 37, 200, redpoll.Meters)
	}, "GEORADIUS_RO k 15.0 37.0 200.0 m"},
	{"GeoRadiusROLocations", func(p *redpoll.Pipeline) {
		p.GeoRadiusROLocations("k", 15, 37, 200, redpoll.Meters, redpoll.WithHash)
	}, "GEORADIUS_RO k 15.0 37.0 200.0 m WITHHASH"},
	{"GeoRadiusByMemberRO", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMemberRO("k", "m", 200, redpoll.Meters)
	}, "GEORADIUSBYMEMBER_RO k m 200.0 m"},
	{"GeoRadiusByMemberROLocations", func(p *redpoll.Pipeline) {
		p.GeoRadiusByMemberROLocations("k", "m", 200, redpoll.Meters)
	}, "GEORADIUSBYMEMBER_RO k m 200.0 m"},
}
