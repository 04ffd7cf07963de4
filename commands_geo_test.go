package redpoll_test

import (
	"math"
	"testing"

	"github.com/redpoll-go/redpoll"
)

var sicily = []redpoll.GeoLocation{
	{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
	{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669},
}

// near compares positions and distances, which the server rounds.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

// locations demands members with what a search fills in.
func (t *commandTest) locations(want ...redpoll.GeoLocation) func(got []redpoll.GeoLocation, err error) {
	return func(got []redpoll.GeoLocation, err error) {
		t.Helper()
		same := err == nil && len(got) == len(want)
		for i := 0; same && i < len(want); i++ {
			g, w := got[i], want[i]
			same = g.Member == w.Member && g.Hash == w.Hash && near(g.Dist, w.Dist) &&
				near(g.Longitude, w.Longitude) && near(g.Latitude, w.Latitude)
		}
		if !same {
			t.Errorf("got %+v and %v, want %+v", got, err, want)
		}
	}
}

func TestGeoAdd(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.GeoAdd(ctx, "g", sicily))
		moved := []redpoll.GeoLocation{{Member: "Palermo", Longitude: 13.5, Latitude: 38}, {Member: "edge", Longitude: 12.758489, Latitude: 38.788135}}
		t.want(1)(t.rdb.GeoAdd(ctx, "g", moved, redpoll.NX, redpoll.CH))
		t.want(1)(t.rdb.GeoAdd(ctx, "g", moved[:1], redpoll.XX, redpoll.CH))
		t.want(0)(t.rdb.GeoAdd(ctx, "g", sicily[:1]))

		got, err := t.rdb.GeoPos(ctx, "g", "Palermo", "none")
		if err != nil || len(got) != 2 || got[1].Valid || !got[0].Valid || !near(got[0].V.Longitude, 13.361389) || !near(got[0].V.Latitude, 38.115556) {
			t.Errorf("got %+v and %v", got, err)
		}
		t.want([]redpoll.Null[redpoll.GeoPoint]{{}})(t.rdb.GeoPos(ctx, "none", "Palermo"))
		t.want(nulls("sqc8b49rny0", "<nil>"))(t.rdb.GeoHash(ctx, "g", "Palermo", "none"))
		t.want([]redpoll.Null[string]{})(t.rdb.GeoHash(ctx, "g"))
		t.want([]redpoll.Null[redpoll.GeoPoint]{})(t.rdb.GeoPos(ctx, "g"))
		t.want(166274.1516)(t.rdb.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Meters))
		t.want(166.2742)(t.rdb.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Kilometers))
		t.want(103.3182)(t.rdb.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Miles))
		t.want(545518.8700)(t.rdb.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Feet))
		t.isNil(t.rdb.GeoDist(ctx, "g", "Palermo", "none", redpoll.Meters))
		t.ok(t.rdb.Set(ctx, "s", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.GeoAdd(ctx, "s", sicily))
	})
}

func TestGeoSearch(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.GeoAdd(ctx, "g", sicily))
		here, around := redpoll.FromLonLat(15, 37), redpoll.ByRadius(200, redpoll.Kilometers)
		t.want([]string{"Catania", "Palermo"})(t.rdb.GeoSearch(ctx, "g", here, around, redpoll.Asc))
		t.want([]string{"Palermo"})(t.rdb.GeoSearch(ctx, "g", here, around, redpoll.Count(1), redpoll.Desc))
		t.want([]string{"Catania"})(t.rdb.GeoSearch(ctx, "g", redpoll.FromMember("Catania"), redpoll.ByBox(10, 10, redpoll.Miles)))
		if got, err := t.rdb.GeoSearch(ctx, "g", here, around, redpoll.CountAny(1)); err != nil || len(got) != 1 {
			t.Errorf("got %v and %v, want any member", got, err)
		}
		t.want([]string{})(t.rdb.GeoSearch(ctx, "none", here, around))
		t.is(redpoll.ErrRefused)(t.rdb.GeoSearch(ctx, "g", redpoll.FromMember("none"), around))

		t.locations(
			redpoll.GeoLocation{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669, Dist: 56.4413, Hash: 3479447370796909},
			redpoll.GeoLocation{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556, Dist: 190.4424, Hash: 3479099956230698},
		)(t.rdb.GeoSearchLocations(ctx, "g", here, around, redpoll.Asc, redpoll.WithCoord, redpoll.WithDist, redpoll.WithHash))
		t.locations(redpoll.GeoLocation{Member: "Catania", Dist: 56.4413})(
			t.rdb.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1), redpoll.WithDist))
		t.locations(redpoll.GeoLocation{Member: "Catania", Hash: 3479447370796909})(
			t.rdb.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1), redpoll.WithHash))
		t.locations(redpoll.GeoLocation{Member: "Catania"})(t.rdb.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1)))
		t.locations()(t.rdb.GeoSearchLocations(ctx, "none", here, around, redpoll.WithDist))

		t.want(2)(t.rdb.GeoSearchStore(ctx, "d", "g", here, around))
		t.holds([]any{"Palermo", "3479099956230698", "Catania", "3479447370796909"}, "ZRANGE", "d", "0", "-1", "WITHSCORES")
		t.want(1)(t.rdb.GeoSearchStore(ctx, "d", "g", here, around, redpoll.StoreDist, redpoll.Count(1)))
		t.holds([]any{"Catania"}, "ZRANGE", "d", "56", "57", "BYSCORE")
	})
}

func TestGeoRadius(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.GeoAdd(ctx, "g", sicily))
		both, km := []string{"Catania", "Palermo"}, redpoll.Kilometers
		t.want(both)(t.rdb.GeoRadius(ctx, "g", 15, 37, 200, km, redpoll.Asc))
		t.want(both)(t.rdb.GeoRadiusRO(ctx, "g", 15, 37, 200, km, redpoll.Asc))
		t.want(both)(t.rdb.GeoRadiusByMember(ctx, "g", "Catania", 200, km, redpoll.Asc))
		t.want(both)(t.rdb.GeoRadiusByMemberRO(ctx, "g", "Catania", 200, km, redpoll.Asc))
		at := redpoll.GeoLocation{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669, Dist: 56.4413}
		t.locations(at)(t.rdb.GeoRadiusLocations(ctx, "g", 15, 37, 100, km, redpoll.WithDist, redpoll.WithCoord))
		t.locations(at)(t.rdb.GeoRadiusROLocations(ctx, "g", 15, 37, 100, km, redpoll.WithDist, redpoll.WithCoord))
		at.Dist = 0
		t.locations(at)(t.rdb.GeoRadiusByMemberLocations(ctx, "g", "Catania", 100, km, redpoll.WithDist, redpoll.WithCoord))
		t.locations(at)(t.rdb.GeoRadiusByMemberROLocations(ctx, "g", "Catania", 100, km, redpoll.WithDist, redpoll.WithCoord))
		t.want(2)(t.rdb.GeoRadiusStore(ctx, "g", 15, 37, 200, km, "d"))
		t.want(1)(t.rdb.GeoRadiusByMemberStore(ctx, "g", "Catania", 200, km, "d", redpoll.Count(1)))
		t.holds([]any{"Catania", "3479447370796909"}, "ZRANGE", "d", "0", "-1", "WITHSCORES")
		t.want(1)(t.rdb.GeoRadiusStoreDist(ctx, "g", 15, 37, 100, km, "d"))
		t.holds([]any{"Catania"}, "ZRANGE", "d", "56", "57", "BYSCORE")
		t.want(1)(t.rdb.GeoRadiusByMemberStoreDist(ctx, "g", "Catania", 100, km, "d"))
		t.holds([]any{"Catania", "0"}, "ZRANGE", "d", "0", "-1", "WITHSCORES")
	})
}
