package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// slot is the place of one named value of a record, see into; nil for a value that is of no use.
type slot struct {
	name string
	into any
}

// fillNamed reads a record: a map, or in RESP2 names and values in turn. What has no slot, as newer servers send it, goes to
// extra.
//
//go:noinline
func fillNamed(d *reply, extra *map[string]Value, slots []slot) error {
	return d.Named(func(name string) error { return fillOne(d, name, extra, slots) })
}

// fillOne reads the value of this name into its slot.
func fillOne(d *reply, name string, extra *map[string]Value, slots []slot) error {
	for i := range slots {
		if slots[i].name == name {
			if d.Null() {
				return nil
			}
			return readInto(d, slots[i].into)
		}
	}
	return readExtra(d, name, extra)
}

// readExtra reads a value that no field has into Extra, nil if the record has none.
func readExtra(d *reply, name string, extra any) error {
	var v Value
	err := decodeValue(d, &v)
	if err != nil {
		return err
	}
	switch extra := extra.(type) {
	case *map[string]Value:
		keep(extra, name, v)
	case *[]Value:
		*extra = append(*extra, v)
	}
	return nil
}

func keep(extra *map[string]Value, name string, v Value) {
	if *extra == nil {
		*extra = map[string]Value{}
	}
	(*extra)[name] = v
}

// fillText puts text into its place as if it had come as a reply; it is false when it cannot stand there.
func fillText(p any, text string) bool {
	d := decode.ReplyOf(text)
	return readInto(&d, p) == nil
}

// readInto reads one value into what p points to, or has a function read it. A null is no such value: those who know that it
// may stand for none look for it first.
func readInto(d *reply, p any) (err error) {
	if d.IsNull() {
		return &resp.TypeError{Want: "a value", Got: d.Kind(), Null: true}
	}
	if known, err := decode.Plain(d, p); known {
		return err
	}
	switch p := p.(type) {
	case structs.Marked:
		err = readMarked(d, p)
	case *Null[int64]:
		err = elementNullInt(d, p)
	case *Null[time.Duration]:
		var n int64
		if n, err = d.Int(); n >= 0 && err == nil {
			*p = Null[time.Duration]{V: decode.Span(n, time.Millisecond), Valid: true}
		}
	case *Null[StreamEntry]:
		p.Valid = true
		err = elementEntry(d, &p.V)
	case *[]StreamEntry:
		err = entriesOrNone(d, p)
	case *[2]int64:
		err = decodeSlots(d, p)
	case *[]SlotRange:
		err = readSlotRanges(d, p)
	case *[]LatencyBucket:
		err = decodeBuckets(d, p)
	case *[]HotKeyTime:
		err = decodeHotKeyTimes(d, p)
	case *[]HotKeyBytes:
		err = decodeHotKeyBytes(d, p)
	case *[]TSRule:
		err = decodeTSRules(d, p)
	case *[]PendingDelivery:
		err = deliveries(d, p, false)
	case *ClientInfo:
		err = decodeClientInfo(d, p)
	case *FTDoc:
		err = elementFTDoc(d, p)
	case *FTMisspelled:
		err = elementFTMisspelled(d, p)
	case *GeoPoint:
		err = d.Position(&p.Longitude, &p.Latitude)
	case *LCSMatch:
		err = elementLCS(d, p)
	case *ClusterSlotNodes:
		err = decodeClusterSlotNodes(d, p)
	default:
		err = readRecord(d, p)
	}
	return err
}

// listInto reads a list for a field of a record: size makes room for n elements, element reads the next one. It is not generic:
// a generic function of a record costs many times its code, since the compiler writes the whole record into the name of each
// instance.
//
//go:noinline
func listInto(size func(n int), element func(d *reply, i int) error) func(d *reply) error {
	return func(d *reply) error {
		n, err := d.Len()
		if err != nil {
			return err
		}
		size(n)
		for i := 0; i < n && err == nil; i++ {
			err = element(d, i)
		}
		return err
	}
}
