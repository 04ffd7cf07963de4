package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
)

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
			err = decode.ElementIndex(d, &list[i].Index)
		}
		if err == nil {
			list[i].Value, err = d.UserText()
		}
	}
	*v = list
	return err
}
