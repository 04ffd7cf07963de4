package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// readTTL reads a time to live; its special values become the constants.
func readTTL(d *reply, v *time.Duration, unit time.Duration) error {
	n, err := d.Int()
	switch {
	case err != nil:
		return err
	case n == -1:
		*v = NoExpiry
	case n == -2:
		*v = NoKey
	default:
		*v = decode.Span(n, unit)
	}
	return nil
}

func decodeTTL(d *reply, v *time.Duration) error { return readTTL(d, v, time.Second) }

func decodePTTL(d *reply, v *time.Duration) error { return readTTL(d, v, time.Millisecond) }

func decodeTTLs(d *reply, v *[]time.Duration) error { return readTTLs(d, v, time.Second) }

func decodePTTLs(d *reply, v *[]time.Duration) error { return readTTLs(d, v, time.Millisecond) }

func readTTLs(d *reply, v *[]time.Duration, unit time.Duration) error {
	n, err := decode.ListLen(d)
	list := make([]time.Duration, n)
	for i := 0; i < n && err == nil; i++ {
		err = readTTL(d, &list[i], unit)
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeSeconds(d *reply, v *time.Duration) error {
	if d.Null() {
		return Nil
	}
	n, err := d.Int()
	*v = decode.Span(n, time.Second)
	return err
}

func decodeExpireTime(d *reply, v *time.Time) error {
	missing, err := d.Instant(v, false)
	if missing {
		return Nil
	}
	return err
}

func decodePExpireTime(d *reply, v *time.Time) error {
	missing, err := d.Instant(v, true)
	if missing {
		return Nil
	}
	return err
}

func decodeExpireTimes(d *reply, v *[]Null[time.Time]) error { return decodeInstants(d, v, false) }

func decodePExpireTimes(d *reply, v *[]Null[time.Time]) error { return decodeInstants(d, v, true) }

func decodeInstants(d *reply, v *[]Null[time.Time], milli bool) error {
	n, err := decode.ListLen(d)
	list := make([]Null[time.Time], n)
	for i := 0; i < n && err == nil; i++ {
		missing := false
		missing, err = d.Instant(&list[i].V, milli)
		list[i].Valid = !missing
	}
	*v = list
	return err
}
