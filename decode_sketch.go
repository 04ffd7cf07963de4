package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeMarks reads booleans. A filter that is full says so by an error in the place of an element; the
// elements before it were taken.
func decodeMarks(d *reply, v *[]bool) error { return decode.Bools(d, v) }

// decodeInserted reads what became of each item of CF.INSERT: numbers, or in RESP3 booleans too.
func decodeInserted(d *reply, v *[]int64) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([]int64, n)
	var lost decode.Lost
	for i := range list {
		if d.Kind() == resp.KindBool {
			var added bool
			if added, err = d.Bool(); added {
				list[i] = 1
			}
		} else {
			err = decode.ElementInt(d, &list[i])
		}
		if err = lost.Take(d, i, err); err != nil {
			return err
		}
	}
	*v = list
	return lost.End(v)
}

func decodeFilterChunk(d *reply, v *FilterChunk) (err error) {
	if err = d.ExpectLen(2, "an iterator and data"); err != nil {
		return err
	}
	if v.Iterator, err = d.Int(); err == nil {
		err = decode.ElementBytes(d, &v.Data)
	}
	return err
}

func decodeItemCounts(d *reply, v *[]ItemCount) error {
	n, nested, err := d.PairsLen()
	if err != nil {
		return err
	}
	list := make([]ItemCount, n)
	for i := range list {
		if nested {
			if err := d.ExpectLen(2, "an item and its count"); err != nil {
				return err
			}
		}
		if list[i].Item, err = d.UserText(); err != nil {
			return err
		}
		if list[i].Count, err = d.Int(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
