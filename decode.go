package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
)

// The decode functions below turn one reply into one Go value, the same for
// RESP2 and RESP3. They run on whoever reads the socket. A reply that means "no
// value" is the error Nil; a reply of another shape is an error that says so,
// and the connection stays in step, since it handed over a whole frame.

func decodeNulls(d *reply, v *[]Null[string]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[string], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNull(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

func decodeNullInts(d *reply, v *[]Null[int64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[int64], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNullInt(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

func decodeNullFloats(d *reply, v *[]Null[float64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[float64], n)
	var lost decode.Lost
	for i := 0; i < n && err == nil; i++ {
		if err = elementNullFloat(d, &list[i]); err != nil {
			err = lost.Take(d, i, err)
		}
	}
	if err != nil {
		return err
	}
	*v = list
	return lost.End(v)
}

// The elements of lists. A null where none may be is an error of shape, never
// Nil, which would mean that the whole reply is missing.

func elementNull(d *reply, v *Null[string]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.UserText()
	v.Valid = err == nil
	return err
}

func elementNullInt(d *reply, v *Null[int64]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.Int()
	v.Valid = err == nil
	return err
}

func elementNullFloat(d *reply, v *Null[float64]) (err error) {
	if d.Null() {
		return nil
	}
	v.V, err = d.Float()
	v.Valid = err == nil
	return err
}
