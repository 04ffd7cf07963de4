package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
)

// The decode functions below turn one reply into one Go value, the same for
// RESP2 and RESP3. They run on whoever reads the socket. A reply that means "no
// value" is the error Nil; a reply of another shape is an error that says so,
// and the connection stays in step, since it handed over a whole frame.

func decodeNulls(d *reply, v *[]Null[string]) error { return decode.List(d, v, elementNull) }

func decodeNullInts(d *reply, v *[]Null[int64]) error { return decode.List(d, v, elementNullInt) }

func decodeNullFloats(d *reply, v *[]Null[float64]) error {
	return decode.List(d, v, elementNullFloat)
}

// The elements of lists. A null where none may be is an error of shape, never
// Nil, which would mean that the whole reply is missing.

func elementNull(d *reply, v *Null[string]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.UserText()
	return err
}

func elementNullInt(d *reply, v *Null[int64]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.Int()
	return err
}

func elementNullFloat(d *reply, v *Null[float64]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.Float()
	return err
}
