package redpoll

import (
	"strconv"

	"github.com/redpoll-go/redpoll/resp"
)

// Array replies without a shape of their own, see rare.
var (
	indexRare     = rare(decodeIndex)
	indexesRare   = rare(decodeIndexes)
	elementsRare  = rare(decodeElements)
	arrayInfoRare = rare(decodeArrayInfo)
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

func decodeIndexes(d *reply, v *[]uint64) error { return decodeList(d, v, elementIndex) }

// decodeElements reads indexes and elements; servers nest the pairs, the documentation has them flat.
func decodeElements(d *reply, v *[]ArrayElement) error {
	if d.Null() {
		return Nil
	}
	return decodePairs(d, v, func(d *reply, v *ArrayElement) (err error) {
		if err = elementIndex(d, &v.Index); err == nil {
			v.Value, err = d.userText()
		}
		return err
	})
}

func decodeArrayInfo(d *reply, v *ArrayInfo) error {
	return d.record(&v.Extra, []slot{
		{"count", &v.Count},
		{"len", &v.Len},
		{"next-insert-index", &v.NextInsertIndex},
		{"slices", &v.Slices},
		{"slice-size", &v.SliceSize},
		{"directory-size", &v.DirectorySize},
		{"super-dir-entries", &v.SuperDirEntries},
		{"dense-slices", &v.DenseSlices},
		{"sparse-slices", &v.SparseSlices},
		{"avg-dense-size", &v.AvgDenseSize},
		{"avg-dense-fill", &v.AvgDenseFill},
		{"avg-sparse-size", &v.AvgSparseSize},
	})
}
