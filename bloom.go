package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// FilterChunk is a part of a Bloom or a cuckoo filter, for BFLoadChunk and CFLoadChunk.
type FilterChunk struct {
	// Iterator is the argument for the next call and for the load of this part. 0 means that there are no
	// more parts and that this one is empty.
	Iterator int64
	// Data is the part, in the server's own form.
	Data []byte
}

// ItemCount is an item with its count, or with its increment.
type ItemCount struct {
	Item  string
	Count int64
}

// BloomInfo is the reply of BFInfo.
type BloomInfo struct {
	// Capacity is the number of items that the filter has room for at its present size.
	Capacity int64
	// Size is the size of the filter in bytes.
	Size int64
	// Filters is the number of parts of the filter.
	Filters int64
	// Items is the number of items added.
	Items int64
	// Expansion is the factor by which a further part is larger; 0 if the filter does not grow.
	Expansion int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *BloomInfo) slots() []slot {
	return []slot{
		{"Capacity", &r.Capacity}, {"Size", &r.Size}, {"Number of filters", &r.Filters},
		{"Number of items inserted", &r.Items}, {"Expansion rate", &r.Expansion},
		{others, &r.Extra},
	}
}

// CuckooInfo is the reply of CFInfo.
type CuckooInfo struct {
	// Size is the size of the filter in bytes.
	Size int64
	// Buckets is the number of buckets, BucketSize the number of items in each.
	Buckets, BucketSize int64
	// Filters is the number of parts of the filter.
	Filters int64
	// Inserted and Deleted are the numbers of items added and removed.
	Inserted, Deleted int64
	// Expansion is the factor by which a further part is larger.
	Expansion int64
	// MaxIterations is the number of moves of an item before the filter grows.
	MaxIterations int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *CuckooInfo) slots() []slot {
	return []slot{
		{"Size", &r.Size}, {"Number of buckets", &r.Buckets}, {"Number of filters", &r.Filters},
		{"Number of items inserted", &r.Inserted}, {"Number of items deleted", &r.Deleted},
		{"Bucket size", &r.BucketSize}, {"Expansion rate", &r.Expansion},
		{"Max iterations", &r.MaxIterations}, {others, &r.Extra},
	}
}

// CMSSketchInfo is the reply of CMSInfo.
type CMSSketchInfo struct {
	// Width is the number of counters in a row, Depth the number of rows.
	Width, Depth int64
	// Count is the sum of all increments.
	Count int64
	// CellSize is the number of bytes of each counter; 0 before server 8.12.
	CellSize int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *CMSSketchInfo) slots() []slot {
	return []slot{
		{"width", &r.Width}, {"depth", &r.Depth}, {"count", &r.Count}, {"cell_size", &r.CellSize},
		{"cell size", &r.CellSize}, {others, &r.Extra},
	}
}

// TopKListInfo is the reply of TopKInfo.
type TopKListInfo struct {
	// K is the number of items that are kept.
	K int64
	// Width is the number of counters in a row, Depth the number of rows.
	Width, Depth int64
	// Decay is the probability that a counter is taken over by another item.
	Decay float64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *TopKListInfo) slots() []slot {
	return []slot{
		{"k", &r.K}, {"width", &r.Width}, {"depth", &r.Depth}, {"decay", &r.Decay},
		{others, &r.Extra},
	}
}

// TDigestSketchInfo is the reply of TDigestInfo.
type TDigestSketchInfo struct {
	// Compression is the accuracy of the sketch, Capacity the number of its nodes.
	Compression, Capacity int64
	// MergedNodes and UnmergedNodes are the nodes in use.
	MergedNodes, UnmergedNodes int64
	// MergedWeight and UnmergedWeight are the numbers of values in these nodes.
	MergedWeight, UnmergedWeight float64
	// Observations is the number of values added.
	Observations int64
	// Compressions is the number of merges.
	Compressions int64
	// Memory is the size of the sketch in bytes.
	Memory int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *TDigestSketchInfo) slots() []slot {
	return []slot{
		{"Compression", &r.Compression}, {"Capacity", &r.Capacity},
		{"Merged nodes", &r.MergedNodes}, {"Unmerged nodes", &r.UnmergedNodes},
		{"Merged weight", &r.MergedWeight}, {"Unmerged weight", &r.UnmergedWeight},
		{"Observations", &r.Observations}, {"Total compressions", &r.Compressions},
		{"Memory usage", &r.Memory}, {others, &r.Extra},
	}
}

// putItemCounts writes items and their counts; the words are counted.
func putItemCounts(e *encoder, argument string, list []ItemCount) {
	e.Some(argument, len(list), 2)
	for i := range list {
		e.Text(list[i].Item)
		e.Int(list[i].Count)
	}
}

// decodeMarks reads booleans. A full filter puts an error in the place of an element; the elements before it
// were added.
func decodeMarks(d *reply, v *[]bool) error { return decode.Bools(d, v) }

// decodeInserted reads a result for each item of CF.INSERT: numbers, or in RESP3 booleans too.
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
