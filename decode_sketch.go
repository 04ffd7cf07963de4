package redpoll

import "github.com/redpoll-go/redpoll/resp"

// elementError gives the error in the place of an element, nil if there is none: a filter that is full says so there.
func (d *reply) elementError() error {
	if !d.IsError() {
		return nil
	}
	text, err := d.ErrorText()
	if err == nil {
		err = newServerError(text)
	}
	return err
}

func decodeMarks(d *reply, v *[]bool) error {
	return decodeList(d, v, func(d *reply, v *bool) error {
		if err := d.elementError(); err != nil {
			return err
		}
		return elementBool(d, v)
	})
}

// decodeInserted reads what became of each item of CF.INSERT: numbers, or in RESP3 booleans too.
func decodeInserted(d *reply, v *[]int64) error {
	return decodeList(d, v, func(d *reply, v *int64) error {
		if err := d.elementError(); err != nil {
			return err
		}
		if d.Kind() != resp.KindBool {
			return elementInt(d, v)
		}
		added, err := d.Bool()
		if added {
			*v = 1
		}
		return err
	})
}

func decodeFilterChunk(d *reply, v *FilterChunk) (err error) {
	if err = d.expectLen(2, "an iterator and data"); err != nil {
		return err
	}
	if v.Iterator, err = d.Int(); err == nil {
		err = elementBytes(d, &v.Data)
	}
	return err
}

func decodeItemCounts(d *reply, v *[]ItemCount) error {
	return decodePairs(d, v, func(d *reply, v *ItemCount) (err error) {
		if v.Item, err = d.userText(); err == nil {
			v.Count, err = d.Int()
		}
		return err
	})
}

func decodeBloomInfo(d *reply, v *BloomInfo) error {
	return decodeInfo(d, map[string]any{
		"Capacity": &v.Capacity, "Size": &v.Size, "Number of filters": &v.Filters, "Number of items inserted": &v.Items,
		"Expansion rate": &v.Expansion,
	}, &v.Extra)
}

func decodeCuckooInfo(d *reply, v *CuckooInfo) error {
	return decodeInfo(d, map[string]any{
		"Size": &v.Size, "Number of buckets": &v.Buckets, "Number of filters": &v.Filters, "Number of items inserted": &v.Inserted,
		"Number of items deleted": &v.Deleted, "Bucket size": &v.BucketSize, "Expansion rate": &v.Expansion,
		"Max iterations": &v.MaxIterations,
	}, &v.Extra)
}

func decodeCMSInfo(d *reply, v *CMSSketchInfo) error {
	return decodeInfo(d, map[string]any{"width": &v.Width, "depth": &v.Depth, "count": &v.Count}, &v.Extra)
}

func decodeTopKInfo(d *reply, v *TopKListInfo) error {
	return decodeInfo(d, map[string]any{"k": &v.K, "width": &v.Width, "depth": &v.Depth, "decay": &v.Decay}, &v.Extra)
}

func decodeTDigestInfo(d *reply, v *TDigestSketchInfo) error {
	return decodeInfo(d, map[string]any{
		"Compression": &v.Compression, "Capacity": &v.Capacity, "Merged nodes": &v.MergedNodes, "Unmerged nodes": &v.UnmergedNodes,
		"Merged weight": &v.MergedWeight, "Unmerged weight": &v.UnmergedWeight, "Observations": &v.Observations,
		"Total compressions": &v.Compressions, "Memory usage": &v.Memory,
	}, &v.Extra)
}
