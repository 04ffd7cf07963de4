package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// What an option asks for, beside each member.
const (
	hasCoord = 1 << iota
	hasDist
	hasHash
)

// locations is the filler for members with what the options ask for. Inlined, the function that it gives would be compiled for
// each method.
//
//go:noinline
func locations(opts []GeoLocationOption) filler {
	want := 0
	for _, o := range opts {
		if o, ok := o.(*soleToken); ok {
			switch o.id {
			case idWithCoord:
				want |= hasCoord
			case idWithDist:
				want |= hasDist
			case idWithHash:
				want |= hasHash
			}
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

// elementLocation reads a member, alone or as the head of a list with what the options asked for. What that was
// shows: a position is a list, the hash an integer, the distance a text.
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
