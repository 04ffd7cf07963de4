package redpoll

// FilterChunk is a part of a Bloom or a cuckoo filter, for BFLoadChunk and CFLoadChunk.
type FilterChunk struct {
	// Iterator is to be given to the next call, and to the load of this part; 0 says that there are no more parts and
	// that this one is empty.
	Iterator int64
	// Data is the part, in the server's own form.
	Data []byte
}

// ItemCount is an item with its count, or with what to add to it.
type ItemCount struct {
	Item  string
	Count int64
}

// BloomInfo is what BFInfo tells.
type BloomInfo struct {
	// Capacity is the number of items the filter is made for as it is now.
	Capacity int64
	// Size is the number of bytes it takes.
	Size int64
	// Filters is the number of parts it has grown to.
	Filters int64
	// Items is the number of items added.
	Items int64
	// Expansion is how many times larger a further part is; 0 when the filter does not grow.
	Expansion int64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// CuckooInfo is what CFInfo tells.
type CuckooInfo struct {
	// Size is the number of bytes the filter takes.
	Size int64
	// Buckets is the number of buckets, BucketSize the number of items in each.
	Buckets, BucketSize int64
	// Filters is the number of parts it has grown to.
	Filters int64
	// Inserted and Deleted are the numbers of items added and removed.
	Inserted, Deleted int64
	// Expansion is how many times larger a further part is.
	Expansion int64
	// MaxIterations is how often an item is moved before the filter grows.
	MaxIterations int64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// CMSSketchInfo is what CMSInfo tells.
type CMSSketchInfo struct {
	// Width and Depth are the numbers of counters in a row and of rows.
	Width, Depth int64
	// Count is the sum of all that was added.
	Count int64
	// CellSize is the number of bytes for each counter; servers before 8.12 do not tell it: 0.
	CellSize int64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// TopKListInfo is what TopKInfo tells.
type TopKListInfo struct {
	// K is the number of items that are kept.
	K int64
	// Width and Depth are the numbers of counters in a row and of rows.
	Width, Depth int64
	// Decay is the chance that a counter gives way to another item.
	Decay float64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// TDigestSketchInfo is what TDigestInfo tells.
type TDigestSketchInfo struct {
	// Compression is how exact the sketch is, Capacity the number of its nodes.
	Compression, Capacity int64
	// MergedNodes and UnmergedNodes are the nodes in use.
	MergedNodes, UnmergedNodes int64
	// MergedWeight and UnmergedWeight are the numbers of values they stand for.
	MergedWeight, UnmergedWeight float64
	// Observations is the number of values added.
	Observations int64
	// Compressions is how often nodes were merged.
	Compressions int64
	// Memory is the number of bytes it takes.
	Memory int64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}

// putItemCounts writes items and their counts; the words are counted.
func putItemCounts(e *encoder, argument string, list []ItemCount) {
	e.Some(argument, len(list), 2)
	for i := range list {
		e.Text(list[i].Item)
		e.Int(list[i].Count)
	}
}
