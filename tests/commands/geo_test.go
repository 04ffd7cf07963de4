package commands_test

import (
	"math"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

var sicily = []redpoll.GeoLocation{
	{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
	{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669},
}

// near compares positions and distances, which the server rounds.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

// locations returns a check of the members that a search returns, with their fields.
func locations(t *clients.Test, want ...redpoll.GeoLocation) func(got []redpoll.GeoLocation, err error) {
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
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.GeoAdd(ctx, "g", sicily))
		moved := []redpoll.GeoLocation{
			{Member: "Palermo", Longitude: 13.5, Latitude: 38},
			{Member: "edge", Longitude: 12.758489, Latitude: 38.788135},
		}
		t.Want(1)(t.Client.GeoAdd(ctx, "g", moved, redpoll.NX, redpoll.CH))
		t.Want(1)(t.Client.GeoAdd(ctx, "g", moved[:1], redpoll.XX, redpoll.CH))
		t.Want(0)(t.Client.GeoAdd(ctx, "g", sicily[:1]))

		got, err := t.Client.GeoPos(ctx, "g", "Palermo", "none")
		if err != nil || len(got) != 2 || got[1].Valid || !got[0].Valid ||
			!near(got[0].V.Longitude, 13.361389) || !near(got[0].V.Latitude, 38.115556) {
			t.Errorf("got %+v and %v", got, err)
		}
		t.Want([]redpoll.Null[redpoll.GeoPoint]{{}})(t.Client.GeoPos(ctx, "none", "Palermo"))
		t.Want(clients.Nulls("sqc8b49rny0", "<nil>"))(t.Client.GeoHash(ctx, "g", "Palermo", "none"))
		t.Want([]redpoll.Null[string]{})(t.Client.GeoHash(ctx, "g"))
		t.Want([]redpoll.Null[redpoll.GeoPoint]{})(t.Client.GeoPos(ctx, "g"))
		t.Want(166274.1516)(t.Client.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Meters))
		t.Want(166.2742)(t.Client.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Kilometers))
		t.Want(103.3182)(t.Client.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Miles))
		t.Want(545518.8700)(t.Client.GeoDist(ctx, "g", "Palermo", "Catania", redpoll.Feet))
		t.IsNil(t.Client.GeoDist(ctx, "g", "Palermo", "none", redpoll.Meters))
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.GeoAdd(ctx, "s", sicily))
	})
}

func TestGeoSearch(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.GeoAdd(ctx, "g", sicily))
		here, around := redpoll.FromLonLat(15, 37), redpoll.ByRadius(200, redpoll.Kilometers)
		t.Want([]string{"Catania", "Palermo"})(t.Client.GeoSearch(ctx, "g", here, around, redpoll.Asc))
		t.Want([]string{"Palermo"})(
			t.Client.GeoSearch(ctx, "g", here, around, redpoll.Count(1), redpoll.Desc))
		t.Want([]string{"Catania"})(
			t.Client.GeoSearch(ctx, "g", redpoll.FromMember("Catania"), redpoll.ByBox(10, 10, redpoll.Miles)))
		got, err := t.Client.GeoSearch(ctx, "g", here, around, redpoll.CountAny(1))
		if err != nil || len(got) != 1 {
			t.Errorf("got %v and %v, want any member", got, err)
		}
		t.Want([]string{})(t.Client.GeoSearch(ctx, "none", here, around))
		t.Is(redpoll.ErrRefused)(t.Client.GeoSearch(ctx, "g", redpoll.FromMember("none"), around))

		locations(t,
			redpoll.GeoLocation{
				Member: "Catania", Longitude: 15.087269, Latitude: 37.502669, Dist: 56.4413,
				Hash: 3479447370796909,
			},
			redpoll.GeoLocation{
				Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556, Dist: 190.4424,
				Hash: 3479099956230698,
			},
		)(t.Client.GeoSearchLocations(ctx, "g", here, around, redpoll.Asc, redpoll.WithCoord,
			redpoll.WithDist, redpoll.WithHash))
		locations(t, redpoll.GeoLocation{Member: "Catania", Dist: 56.4413})(
			t.Client.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1), redpoll.WithDist))
		locations(t, redpoll.GeoLocation{Member: "Catania", Hash: 3479447370796909})(
			t.Client.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1), redpoll.WithHash))
		locations(t, redpoll.GeoLocation{Member: "Catania"})(
			t.Client.GeoSearchLocations(ctx, "g", here, around, redpoll.Count(1)))
		locations(t)(t.Client.GeoSearchLocations(ctx, "none", here, around, redpoll.WithDist))

		t.Want(2)(t.Client.GeoSearchStore(ctx, "d", "g", here, around))
		t.Holds([]any{"Palermo", "3479099956230698", "Catania", "3479447370796909"},
			"ZRANGE", "d", "0", "-1", "WITHSCORES")
		t.Want(1)(t.Client.GeoSearchStore(ctx, "d", "g", here, around, redpoll.StoreDist, redpoll.Count(1)))
		t.Holds([]any{"Catania"}, "ZRANGE", "d", "56", "57", "BYSCORE")
	})
}

func TestGeoRadius(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.GeoAdd(ctx, "g", sicily))
		both, km := []string{"Catania", "Palermo"}, redpoll.Kilometers
		t.Want(both)(t.Client.GeoRadius(ctx, "g", 15, 37, 200, km, redpoll.Asc))
		t.Want(both)(t.Client.GeoRadiusRO(ctx, "g", 15, 37, 200, km, redpoll.Asc))
		t.Want(both)(t.Client.GeoRadiusByMember(ctx, "g", "Catania", 200, km, redpoll.Asc))
		t.Want(both)(t.Client.GeoRadiusByMemberRO(ctx, "g", "Catania", 200, km, redpoll.Asc))
		at := redpoll.GeoLocation{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669, Dist: 56.4413}
		locations(t, at)(
			t.Client.GeoRadiusLocations(ctx, "g", 15, 37, 100, km, redpoll.WithDist, redpoll.WithCoord))
		locations(t, at)(
			t.Client.GeoRadiusROLocations(ctx, "g", 15, 37, 100, km, redpoll.WithDist, redpoll.WithCoord))
		at.Dist = 0
		locations(t, at)(t.Client.GeoRadiusByMemberLocations(ctx, "g", "Catania", 100, km, redpoll.WithDist,
			redpoll.WithCoord))
		locations(t, at)(t.Client.GeoRadiusByMemberROLocations(ctx, "g", "Catania", 100, km, redpoll.WithDist,
			redpoll.WithCoord))
		t.Want(2)(t.Client.GeoRadiusStore(ctx, "g", 15, 37, 200, km, "d"))
		t.Want(1)(t.Client.GeoRadiusByMemberStore(ctx, "g", "Catania", 200, km, "d", redpoll.Count(1)))
		t.Holds([]any{"Catania", "3479447370796909"}, "ZRANGE", "d", "0", "-1", "WITHSCORES")
		t.Want(1)(t.Client.GeoRadiusStoreDist(ctx, "g", 15, 37, 100, km, "d"))
		t.Holds([]any{"Catania"}, "ZRANGE", "d", "56", "57", "BYSCORE")
		t.Want(1)(t.Client.GeoRadiusByMemberStoreDist(ctx, "g", "Catania", 100, km, "d"))
		t.Holds([]any{"Catania", "0"}, "ZRANGE", "d", "0", "-1", "WITHSCORES")
	})
}
