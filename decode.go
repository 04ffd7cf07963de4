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
	for i := 0; i < n && err == nil; i++ {
		err = elementNull(d, &list[i])
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeNullInts(d *reply, v *[]Null[int64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[int64], n)
	for i := 0; i < n && err == nil; i++ {
		err = elementNullInt(d, &list[i])
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeNullFloats(d *reply, v *[]Null[float64]) error {
	n, err := decode.ListLen(d)
	list := make([]Null[float64], n)
	for i := 0; i < n && err == nil; i++ {
		err = elementNullFloat(d, &list[i])
	}
	if err == nil {
		*v = list
	}
	return err
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
