package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// ownRecords are the records of this package, for those that no program reads in a hot path. A function of its own for each
// would cost some 3 KB of compiled package, and as many for a list of them.
func ownRecords() *structs.Records {
	return &structs.Records{Fields: fieldsOf, Into: readInto, Extra: readExtra}
}

// decodeRecord reads a reply into a record, or into a list or a map of them.
func decodeRecord(d *reply, p any) error {
	if d.Null() {
		return Nil
	}
	return readRecord(d, p)
}

// readRecord reads a value, whatever its form, into what p points to: a record that fieldsOf knows, a list of them, a map of
// them by name, or what readInto knows.
func readRecord(d *reply, p any) error { return structs.Record(ownRecords(), d, p) }

// readMarked reads the value of a field with a mark in fieldsOf.
func readMarked(d *reply, m structs.Marked) error {
	switch r := m.Record.(type) {
	case *GroupInfoFull:
		return deliveries(d, &r.Pending, true)
	case *SentinelState:
		text, err := d.Text()
		switch {
		case m.Mark == "flags":
			r.setFlags(text)
		case text != "?": // a host that is not known
			r.Master.Host = text
		}
		return err
	}
	return d.Skip()
}

// linesInto reads a record from text: a name and its value in each part, with sep between them. It is false when a part has
// no sep. What has no field, or does not fit it, goes to Extra.
func linesInto(parts []string, sep string, p any) bool {
	return structs.RecordText(ownRecords(), parts, sep, p)
}

// readSlotRanges reads ranges of slots: their ends in turn, or a text.
func readSlotRanges(d *reply, v *[]SlotRange) error {
	if d.Kind() == resp.KindArray {
		return decodeRanges(d, v)
	}
	text, err := d.Text()
	if err == nil && !parseSlots(v)(text) {
		err = &resp.TypeError{Want: "ranges of slots", Got: resp.KindBulk}
	}
	return err
}
