package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// The shapes of stream replies.
var (
	entriesShape = newShape(decodeEntries)
	streamsShape = newShape(decodeStreams)
)

// Stream replies without a shape of their own, see rare.
var (
	claimedRare        = rare(decodeClaimed)
	claimedIDsRare     = rare(decodeClaimedIDs)
	pendingRare        = rare(decodePending)
	pendingsRare       = rare(decodePendings)
	streamInfoRare     = rare(decodeStreamInfo)
	streamInfoFullRare = rare(decodeStreamInfoFull)
	groupInfosRare     = rare(decodeGroupInfos)
	consumerInfosRare  = rare(decodeConsumerInfos)
)

func decodeEntries(d *reply, v *[]StreamEntry) error { return decodeList(d, v, elementEntry) }

// elementEntry reads an entry: its ID and its fields, and behind them, when it was taken over from another consumer,
// when and how often it was delivered. Deleted entries have no fields; XCLAIM of old servers has nothing at all of them.
func elementEntry(d *reply, v *StreamEntry) error {
	if d.Null() {
		return nil
	}
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
		return skip(d, n-2)
	}
	idle, err := d.Int()
	if err != nil {
		return err
	}
	v.Idle = span(idle, time.Millisecond)
	if v.Deliveries, err = d.Int(); err != nil {
		return err
	}
	return skip(d, n-4)
}

// skip leaves out n elements that newer servers add to a list.
func skip(d *reply, n int) error {
	for range n {
		if err := d.Skip(); err != nil {
			return err
		}
	}
	return nil
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
			if err := d.expectLen(2, "a stream and its entries"); err != nil {
				return err
			}
		}
		if list[i].Key, err = d.userText(); err != nil {
			return err
		}
		if err := elementList(d, &list[i].Entries, elementEntry); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// elementList reads a list within a reply, where a null is an empty one.
func elementList[T any](d *reply, v *[]T, element func(d *reply, v *T) error) error {
	if d.Null() {
		*v = []T{}
		return nil
	}
	return decodeList(d, v, element)
}

// autoClaimed reads the reply of XAUTOCLAIM: the next ID, what was claimed, and the IDs of deleted entries.
func autoClaimed[T any](d *reply, next *string, claimed *[]T, element func(d *reply, v *T) error, deleted *[]string) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 2 {
		return &resp.TypeError{Want: "an ID and a list", Got: resp.KindArray}
	}
	if *next, err = d.Text(); err != nil {
		return err
	}
	if err = elementList(d, claimed, element); err != nil || n == 2 {
		return err
	}
	if err = elementList(d, deleted, elementWord); err != nil {
		return err
	}
	return skip(d, n-3)
}

func decodeClaimed(d *reply, v *ClaimedEntries) error {
	return autoClaimed(d, &v.Next, &v.Entries, elementEntry, &v.Deleted)
}

func decodeClaimedIDs(d *reply, v *ClaimedIDs) error {
	return autoClaimed(d, &v.Next, &v.IDs, elementWord, &v.Deleted)
}

// decodePending reads the summary of XPENDING; ends and consumers are null when nothing is pending.
func decodePending(d *reply, v *PendingSummary) (err error) {
	if err = d.expectLen(4, "a count, two IDs and consumers"); err != nil {
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
	return elementList(d, &v.Consumers, func(d *reply, v *PendingConsumer) (err error) {
		if err = d.expectLen(2, "a consumer and a count"); err != nil {
			return err
		}
		if v.Consumer, err = d.userText(); err == nil {
			v.Count, err = d.Int()
		}
		return err
	})
}

func decodePendings(d *reply, v *[]PendingEntry) error {
	return decodeList(d, v, func(d *reply, v *PendingEntry) (err error) {
		n, err := d.Len()
		if err != nil {
			return err
		}
		if n < 4 {
			return &resp.TypeError{Want: "a pending entry", Got: resp.KindArray}
		}
		if v.ID, err = d.Text(); err != nil {
			return err
		}
		if v.Consumer, err = d.userText(); err != nil {
			return err
		}
		idle, err := d.Int()
		if err != nil {
			return err
		}
		v.Idle = span(idle, time.Millisecond)
		if v.Deliveries, err = d.Int(); err != nil {
			return err
		}
		return skip(d, n-4)
	})
}
