package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// StreamFrom says where to read a stream: behind the entry with this ID. The ID "0" means the beginning, "$"
// only entries added after the call, and ">" in a group entries that no consumer has got yet.
type StreamFrom struct {
	Key, ID string
}

// StreamEntries are entries and the key of their stream.
type StreamEntries struct {
	Key     string
	Entries []StreamEntry
}

// StreamEntry is an entry of a stream.
type StreamEntry struct {
	ID string
	// Fields are the fields with their values in the order in which they were added; a field may occur more
	// than once. It is nil if the entry has been deleted, see Deleted.
	Fields []FieldValue
	// Idle is the time since the earlier delivery, and Deliveries the number of deliveries. Only entries that
	// XReadGroup took over with [ClaimIdle] have them.
	Idle       time.Duration
	Deliveries int64
}

// Deleted reports whether the entry is pending but was deleted from the stream.
func (e StreamEntry) Deleted() bool { return e.Fields == nil }

// Value returns the value of a field, and whether there is one. If the field occurs more than once it returns
// the first value.
func (e StreamEntry) Value(field string) (string, bool) {
	for i := range e.Fields {
		if e.Fields[i].Field == field {
			return e.Fields[i].Value, true
		}
	}
	return "", false
}

// Map returns the fields with their values as a map that belongs to the caller. If a field occurs more than
// once it has the last value.
func (e StreamEntry) Map() map[string]string {
	m := make(map[string]string, len(e.Fields))
	for _, f := range e.Fields {
		m[f.Field] = f.Value
	}
	return m
}

// StreamClaimedEntries is the result of one call of XAutoClaim.
type StreamClaimedEntries struct {
	// Next is the start for the next call; "0-0" after the last entry.
	Next string
	// Entries now belong to the consumer. On server 6.2 they include deleted entries, without ID and fields.
	Entries []StreamEntry
	// Deleted are the IDs of entries that were deleted from the stream, and are no longer pending; needs
	// server 7.0.
	Deleted []string
}

// StreamClaimedIDs is the result of one call of XAutoClaimJustID.
type StreamClaimedIDs struct {
	// Next is the start for the next call; "0-0" after the last entry.
	Next string
	// IDs are the IDs of the entries that now belong to the consumer.
	IDs []string
	// Deleted are the IDs of entries that were deleted from the stream, and are no longer pending; needs
	// server 7.0.
	Deleted []string
}

// StreamPendingSummary summarizes the pending entries of a group.
type StreamPendingSummary struct {
	// Count is the number of pending entries.
	Count int64
	// Min and Max are the lowest and the highest of their IDs; "" if there are none.
	Min, Max string
	// Consumers are the consumers with pending entries.
	Consumers []StreamPendingConsumer
}

// StreamPendingConsumer is a consumer and the number of entries that are pending for it.
type StreamPendingConsumer struct {
	Consumer string
	Count    int64
}

func (r *StreamPendingConsumer) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{decode.User(&r.Consumer), &r.Count}, nil
}

// StreamPendingEntry is an entry that was delivered and not acknowledged.
type StreamPendingEntry struct {
	ID string
	// Consumer is the owner; "" if the entry was given back with XNack.
	Consumer string
	// Idle is the time since the last delivery; negative if the entry was given back with XNack.
	Idle time.Duration
	// Deliveries is the number of deliveries.
	Deliveries int64
}

func (r *StreamPendingEntry) elements() (least int, into []any, rest *[]Value) {
	return 4, []any{&r.ID, decode.User(&r.Consumer), &r.Idle, &r.Deliveries}, nil
}

// StreamNackMode says how XNack changes an entry's number of deliveries.
type StreamNackMode uint8

// The modes of XNack.
const (
	// NackSilent undoes the last delivery.
	NackSilent StreamNackMode = iota
	// NackFail leaves the number unchanged.
	NackFail
	// NackFatal sets the highest number, because nobody can process the entry.
	NackFatal
)

var nackModeWords = [...]string{NackSilent: "SILENT", NackFail: "FAIL", NackFatal: "FATAL"}

// StreamStats are the fields that XInfoStream and XInfoStreamFull share. Fields that need a newer server are
// zero.
type StreamStats struct {
	// Length is the number of entries.
	Length int64
	// RadixTreeKeys and RadixTreeNodes are the size of the tree that holds them.
	RadixTreeKeys, RadixTreeNodes int64
	// LastGeneratedID is the highest ID that was ever in the stream.
	LastGeneratedID string
	// MaxDeletedEntryID is the highest ID that was deleted; needs server 7.0.
	MaxDeletedEntryID string
	// EntriesAdded is the number of entries ever added; needs server 7.0.
	EntriesAdded int64
	// RecordedFirstEntryID is the ID of the first entry; needs server 7.0.
	RecordedFirstEntryID string
	// IDMPDuration is the time for which the IDs of IDMP are kept, and IDMPMaxSize their highest number per
	// producer; needs server 8.6.
	IDMPDuration time.Duration
	IDMPMaxSize  int64
	// PIDsTracked and IIDsTracked are the numbers of known producers and IDs, IIDsAdded and IIDsDuplicates
	// the numbers of entries with an ID that were added and refused; needs server 8.6.
	PIDsTracked, IIDsTracked, IIDsAdded, IIDsDuplicates int64
}

// StreamInfo describes a stream.
type StreamInfo struct {
	StreamStats
	// Groups is the number of groups.
	Groups int64
	// First and Last are the entries at the ends; not valid if the stream is empty.
	First, Last Null[StreamEntry]
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamInfo) slots() []slot {
	return []slot{
		{"length", &r.Length}, {"radix-tree-keys", &r.RadixTreeKeys},
		{"radix-tree-nodes", &r.RadixTreeNodes}, {"last-generated-id", &r.LastGeneratedID},
		{"max-deleted-entry-id", &r.MaxDeletedEntryID}, {"entries-added", &r.EntriesAdded},
		{"recorded-first-entry-id", &r.RecordedFirstEntryID},
		{"idmp-duration", decode.Seconds(&r.IDMPDuration)}, {"idmp-maxsize", &r.IDMPMaxSize},
		{"pids-tracked", &r.PIDsTracked}, {"iids-tracked", &r.IIDsTracked},
		{"iids-added", &r.IIDsAdded}, {"iids-duplicates", &r.IIDsDuplicates}, {"groups", &r.Groups},
		{"first-entry", &r.First}, {"last-entry", &r.Last}, {others, &r.Extra},
	}
}

// StreamInfoFull describes a stream with its entries and groups.
type StreamInfoFull struct {
	StreamStats
	Entries []StreamEntry
	Groups  []StreamGroupFull
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamInfoFull) slots() []slot {
	return []slot{
		{"length", &r.Length}, {"radix-tree-keys", &r.RadixTreeKeys},
		{"radix-tree-nodes", &r.RadixTreeNodes}, {"last-generated-id", &r.LastGeneratedID},
		{"max-deleted-entry-id", &r.MaxDeletedEntryID}, {"entries-added", &r.EntriesAdded},
		{"recorded-first-entry-id", &r.RecordedFirstEntryID},
		{"idmp-duration", decode.Seconds(&r.IDMPDuration)}, {"idmp-maxsize", &r.IDMPMaxSize},
		{"pids-tracked", &r.PIDsTracked}, {"iids-tracked", &r.IIDsTracked},
		{"iids-added", &r.IIDsAdded}, {"iids-duplicates", &r.IIDsDuplicates},
		{"entries", &r.Entries}, {"groups", &r.Groups}, {others, &r.Extra},
	}
}

// StreamGroupFull describes a group with its consumers.
type StreamGroupFull struct {
	Name            string
	LastDeliveredID string
	// EntriesRead is the number of entries that the group has read, and Lag the number of entries that it has
	// not read yet; not valid if the server does not know them; needs server 7.0.
	EntriesRead, Lag Null[int64]
	// PELCount is the number of pending entries, NackedCount the number of those given back with XNack
	// (server 8.8).
	PELCount, NackedCount int64
	// Pending are the first of the pending entries.
	Pending   []StreamPendingDelivery
	Consumers []StreamConsumerFull
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamGroupFull) slots() []slot {
	return []slot{
		{"name", decode.User(&r.Name)}, {"last-delivered-id", &r.LastDeliveredID},
		{"entries-read", &r.EntriesRead}, {"lag", &r.Lag}, {"pel-count", &r.PELCount},
		{"nacked-count", &r.NackedCount},
		{"pending", func(d *reply) error { return deliveries(d, &r.Pending, true) }},
		{"consumers", &r.Consumers}, {others, &r.Extra},
	}
}

// StreamPendingDelivery is an entry that was delivered and not acknowledged.
type StreamPendingDelivery struct {
	ID string
	// Consumer is the owner; "" in the list of a consumer.
	Consumer string
	// Delivered is the time of the last delivery; zero if the entry was given back with XNack.
	Delivered time.Time
	// Deliveries is the number of deliveries.
	Deliveries int64
}

// StreamConsumerFull describes a consumer.
type StreamConsumerFull struct {
	Name string
	// SeenTime is the time of the consumer's last action, even without success; before server 7.2 only with
	// success.
	SeenTime time.Time
	// ActiveTime is the time when the consumer last got an entry, the zero time for never; needs server 7.2.
	ActiveTime time.Time
	// PELCount is the number of entries pending for the consumer.
	PELCount int64
	// Pending are the first of them.
	Pending []StreamPendingDelivery
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamConsumerFull) slots() []slot {
	return []slot{
		{"name", decode.User(&r.Name)}, {"seen-time", &r.SeenTime}, {"active-time", &r.ActiveTime},
		{"pel-count", &r.PELCount},
		{"pending", func(d *reply) error { return deliveries(d, &r.Pending, false) }},
		{others, &r.Extra},
	}
}

// StreamGroup describes a group.
type StreamGroup struct {
	Name string
	// Consumers is the number of consumers, Pending the number of pending entries.
	Consumers, Pending int64
	LastDeliveredID    string
	// EntriesRead is the number of entries that the group has read, and Lag the number of entries that it has
	// not read yet; not valid if the server does not know them; needs server 7.0.
	EntriesRead, Lag Null[int64]
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamGroup) slots() []slot {
	return []slot{
		{"name", decode.User(&r.Name)}, {"consumers", &r.Consumers}, {"pending", &r.Pending},
		{"last-delivered-id", &r.LastDeliveredID}, {"entries-read", &r.EntriesRead},
		{"lag", &r.Lag}, {others, &r.Extra},
	}
}

// StreamConsumer describes a consumer.
type StreamConsumer struct {
	Name string
	// Pending is the number of entries pending for the consumer.
	Pending int64
	// Idle is the time since the consumer's last action, even without success; before server 7.2 only with
	// success.
	Idle time.Duration
	// Inactive is the time since the consumer last got an entry; not valid if it never did; needs server 7.2.
	Inactive Null[time.Duration]
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *StreamConsumer) slots() []slot {
	return []slot{
		{"name", decode.User(&r.Name)}, {"pending", &r.Pending}, {"idle", &r.Idle},
		{"inactive", &r.Inactive}, {others, &r.Extra},
	}
}

// putStreams writes STREAMS, the keys and their IDs; the words are counted.
func putStreams(e *encoder, argument string, list []StreamFrom) {
	e.Some(argument, len(list), 0)
	e.Literal("$7\r\nSTREAMS\r\n", 1+2*len(list))
	for i := range list {
		e.Key(list[i].Key)
	}
	for i := range list {
		if list[i].ID == "" {
			e.Fail(argument, `has no ID; "0" is the beginning of a stream`)
			return
		}
		e.OnceIfLast(list[i].ID)
		e.Word(list[i].ID)
	}
}

func decodeEntries(d *reply, v *[]StreamEntry) error { return readEntries(d, v, false) }

// decodeClaims reads the reply of XCLAIM, where servers before 7.0 have a null in the place of a deleted
// entry.
func decodeClaims(d *reply, v *[]StreamEntry) error { return readEntries(d, v, true) }

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

// elementEntry reads an entry: its ID and its fields. If it was taken over from another consumer, the time
// since the delivery and the number of deliveries follow. Deleted entries have no fields.
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

// decodeStreams reads the reply of XREAD: a map of streams in RESP3, a list of pairs in RESP2; null if there
// is nothing new.
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

// entriesOrNone reads a list of entries inside a reply, where null is an empty list.
func entriesOrNone(d *reply, v *[]StreamEntry) error {
	if d.Null() {
		*v = []StreamEntry{}
		return nil
	}
	return decodeEntries(d, v)
}

func decodeClaimed(d *reply, v *StreamClaimedEntries) error {
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

func decodeClaimedIDs(d *reply, v *StreamClaimedIDs) error {
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

// decodePending reads the summary of XPENDING; ends and consumers are null if nothing is pending.
func decodePending(d *reply, v *StreamPendingSummary) (err error) {
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
		v.Consumers = make([]StreamPendingConsumer, n)
		for i := 0; i < n && err == nil; i++ {
			err = readRecord(d, &v.Consumers[i])
		}
		if err != nil {
			return err
		}
	}
	return decode.Skip(d, size-4)
}

// deliveries reads pending entries, with their consumers in the list of a group.
func deliveries(d *reply, v *[]StreamPendingDelivery, withConsumer bool) error {
	if d.Null() {
		return nil
	}
	n, err := d.Len()
	list := make([]StreamPendingDelivery, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementDelivery(d, &list[i], withConsumer)
	}
	*v = list
	return err
}

func elementDelivery(d *reply, v *StreamPendingDelivery, withConsumer bool) (err error) {
	size := 3
	if withConsumer {
		size = 4
	}
	n, err := d.AtLeast(size, "a pending entry")
	if err != nil {
		return err
	}
	if v.ID, err = d.Text(); err != nil {
		return err
	}
	if withConsumer {
		if v.Consumer, err = d.UserText(); err != nil {
			return err
		}
	}
	at, err := d.Int()
	if err != nil {
		return err
	}
	if at > 0 { // XNACK sets it to 0
		v.Delivered = time.UnixMilli(at)
	}
	if v.Deliveries, err = d.Int(); err != nil {
		return err
	}
	return decode.Skip(d, n-size)
}
