package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

func decodeEntries(d *reply, v *[]StreamEntry) error { return readEntries(d, v, false) }

// claims is the filler for the reply of XCLAIM, where servers before 7.0 have a null in the place of a deleted entry.
func claims(d *reply, slot any) error { return readEntries(d, slot.(*[]StreamEntry), true) }

func readEntries(d *reply, v *[]StreamEntry, deleted bool) error {
	n, err := decode.ListLen(d)
	list := make([]StreamEntry, n)
	for i := 0; i < n && err == nil; i++ {
		if deleted && d.Null() {
			continue
		}
		err = elementEntry(d, &list[i])
	}
	if err == nil {
		*v = list
	}
	return err
}

// elementEntry reads an entry: its ID and its fields, and behind them, when it was taken over from another consumer,
// when and how often it was delivered. Deleted entries have no fields.
func elementEntry(d *reply, v *StreamEntry) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 2 {
		return &resp.TypeError{Want: "an ID and fields", Got: resp.KindArray}
	}
	if v.ID, err = d.Text(); err != nil {
		return err
	}
	if !d.Null() {
		if err = decodeFields(d, &v.Fields); err != nil {
			return err
		}
	}
	if n < 4 {
		return decode.Skip(d, n-2)
	}
	idle, err := d.Int()
	if err != nil {
		return err
	}
	v.Idle = decode.Span(idle, time.Millisecond)
	if v.Deliveries, err = d.Int(); err != nil {
		return err
	}
	return decode.Skip(d, n-4)
}

// decodeStreams reads the reply of XREAD: a map of streams in RESP3, a list of pairs in RESP2; nothing new is a null.
func decodeStreams(d *reply, v *[]StreamEntries) error {
	if d.Null() {
		*v = []StreamEntries{}
		return nil
	}
	isMap := d.Kind() == resp.KindMap
	n, err := d.Len()
	if isMap {
		n /= 2
	}
	if err != nil {
		return err
	}
	list := make([]StreamEntries, n)
	for i := range list {
		if !isMap {
			if err := d.ExpectLen(2, "a stream and its entries"); err != nil {
				return err
			}
		}
		if list[i].Key, err = d.UserText(); err != nil {
			return err
		}
		if err := entriesOrNone(d, &list[i].Entries); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// entriesOrNone reads a list of entries within a reply, where a null is an empty list.
func entriesOrNone(d *reply, v *[]StreamEntry) error {
	if d.Null() {
		*v = []StreamEntry{}
		return nil
	}
	return decodeEntries(d, v)
}

func decodeClaimed(d *reply, v *ClaimedEntries) error {
	rest, err := d.AutoClaimed(&v.Next)
	if err != nil {
		return err
	}
	if d.Null() {
		v.Entries = []StreamEntry{}
	} else {
		err = readEntries(d, &v.Entries, true)
	}
	if err != nil || rest == 1 {
		return err
	}
	if err = decode.WordsOrNone(d, &v.Deleted); err != nil {
		return err
	}
	return decode.Skip(d, rest-2)
}

func decodeClaimedIDs(d *reply, v *ClaimedIDs) error {
	rest, err := d.AutoClaimed(&v.Next)
	if err != nil {
		return err
	}
	if err = decode.WordsOrNone(d, &v.IDs); err != nil || rest == 1 {
		return err
	}
	if err = decode.WordsOrNone(d, &v.Deleted); err != nil {
		return err
	}
	return decode.Skip(d, rest-2)
}

// decodePending reads the summary of XPENDING; ends and consumers are null when nothing is pending.
func decodePending(d *reply, v *PendingSummary) (err error) {
	size, err := d.AtLeast(4, "a count, two IDs and consumers")
	if err != nil {
		return err
	}
	if v.Count, err = d.Int(); err != nil {
		return err
	}
	for _, id := range [...]*string{&v.Min, &v.Max} {
		if d.Null() {
			continue
		}
		if *id, err = d.Text(); err != nil {
			return err
		}
	}
	if !d.Null() {
		n, err := d.Len()
		v.Consumers = make([]PendingConsumer, n)
		for i := 0; i < n && err == nil; i++ {
			err = readRecord(d, &v.Consumers[i])
		}
		if err != nil {
			return err
		}
	}
	return decode.Skip(d, size-4)
}
