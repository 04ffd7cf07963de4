package redpoll

import "github.com/redpoll-go/redpoll/resp"

// decodeMarks reads booleans. A filter that is full says so by an error in the place of an element.
func decodeMarks(d *reply, v *[]bool) error {
	n, err := listLen(d)
	if err != nil {
		return err
	}
	list := make([]bool, n)
	for i := range list {
		if d.IsError() {
			return takeRefusal(d)
		}
		if err := elementBool(d, &list[i]); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// takeRefusal reads an error in the place of an element and makes it the error of the call.
func takeRefusal(d *reply) error {
	refused, err := errorElement(d)
	if err == nil {
		err = refused
	}
	return err
}

// decodeInserted reads what became of each item of CF.INSERT: numbers, or in RESP3 booleans too.
func decodeInserted(d *reply, v *[]int64) error {
	n, err := listLen(d)
	if err != nil {
		return err
	}
	list := make([]int64, n)
	for i := range list {
		switch {
		case d.IsError():
			err = takeRefusal(d)
		case d.Kind() == resp.KindBool:
			var added bool
			if added, err = d.Bool(); added {
				list[i] = 1
			}
		default:
			err = elementInt(d, &list[i])
		}
		if err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeFilterChunk(d *reply, v *FilterChunk) (err error) {
	if err = d.ExpectLen(2, "an iterator and data"); err != nil {
		return err
	}
	if v.Iterator, err = d.Int(); err == nil {
		err = elementBytes(d, &v.Data)
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

func decodeBloomInfo(d *reply, v *BloomInfo) error {
	return fillNamed(d, &v.Extra, []slot{
		{"Capacity", &v.Capacity}, {"Size", &v.Size}, {"Number of filters", &v.Filters}, {"Number of items inserted", &v.Items},
		{"Expansion rate", &v.Expansion},
	})
}

func decodeCuckooInfo(d *reply, v *CuckooInfo) error {
	return fillNamed(d, &v.Extra, []slot{
		{"Size", &v.Size}, {"Number of buckets", &v.Buckets}, {"Number of filters", &v.Filters}, {"Number of items inserted", &v.Inserted},
		{"Number of items deleted", &v.Deleted}, {"Bucket size", &v.BucketSize}, {"Expansion rate", &v.Expansion},
		{"Max iterations", &v.MaxIterations},
	})
}

func decodeCMSInfo(d *reply, v *CMSSketchInfo) error {
	return fillNamed(d, &v.Extra, []slot{{"width", &v.Width}, {"depth", &v.Depth}, {"count", &v.Count}, {"cell_size", &v.CellSize}, {"cell size", &v.CellSize}})
}

func decodeTopKInfo(d *reply, v *TopKListInfo) error {
	return fillNamed(d, &v.Extra, []slot{{"k", &v.K}, {"width", &v.Width}, {"depth", &v.Depth}, {"decay", &v.Decay}})
}

func decodeTDigestInfo(d *reply, v *TDigestSketchInfo) error {
	return fillNamed(d, &v.Extra, []slot{
		{"Compression", &v.Compression}, {"Capacity", &v.Capacity}, {"Merged nodes", &v.MergedNodes}, {"Unmerged nodes", &v.UnmergedNodes},
		{"Merged weight", &v.MergedWeight}, {"Unmerged weight", &v.UnmergedWeight}, {"Observations", &v.Observations},
		{"Total compressions", &v.Compressions}, {"Memory usage", &v.Memory},
	})
}
