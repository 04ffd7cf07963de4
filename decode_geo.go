package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

func decodeLocations(d *reply, v *[]GeoLocation) error {
	n, err := decode.ListLen(d)
	list := make([]GeoLocation, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementLocation(d, &list[i])
	}
	*v = list
	return err
}

// elementLocation reads a member, alone or as the head of a list with what the options asked for. What that was
// shows: a position is a list, the hash an integer, the distance a text.
func elementLocation(d *reply, v *GeoLocation) (err error) {
	rest := 0
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
			err = d.Position(&v.Longitude, &v.Latitude)
		case resp.KindInteger:
			v.Hash, err = d.Int()
		default:
			v.Dist, err = d.Float()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
