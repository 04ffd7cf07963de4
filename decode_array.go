package redpoll

import (
	"strconv"

	"github.com/redpoll-go/redpoll/resp"
)

// decodeIndex reads an index, which may be more than an int64 holds: then it comes as a text or a big number.
func decodeIndex(d *reply, v *uint64) error {
	if d.Null() {
		return Nil
	}
	return elementIndex(d, v)
}

func elementIndex(d *reply, v *uint64) error {
	kind := d.Kind()
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	if *v, err = strconv.ParseUint(string(b), 10, 64); err != nil {
		return &resp.TypeError{Want: "an index", Got: kind}
	}
	return nil
}

func decodeIndexes(d *reply, v *[]uint64) error {
	n, err := listLen(d)
	list := make([]uint64, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementIndex(d, &list[i])
	}
	*v = list
	return err
}

// decodeElements reads indexes and elements; servers nest the pairs, the documentation has them flat.
func decodeElements(d *reply, v *[]ArrayElement) error {
	if d.Null() {
		return Nil
	}
	n, nested, err := d.PairsLen()
	list := make([]ArrayElement, n)
	for i := 0; i < n && err == nil; i++ {
		if nested {
			err = d.ExpectLen(2, "an index and an element")
		}
		if err == nil {
			err = elementIndex(d, &list[i].Index)
		}
		if err == nil {
			list[i].Value, err = d.UserText()
		}
	}
	*v = list
	return err
}
