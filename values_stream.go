package redpoll

import "time"

// StreamFrom says where to read a stream: behind the entry with this ID. The ID "0" stands for the beginning, "$" for
// what comes after the call, and ">" in a group for what no consumer got yet.
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
	// Fields are the fields with their values in the order they were added; a field may occur more than once. They are
	// nil when the entry has been deleted, see Deleted.
	Fields []FieldValue
	// Idle is how long ago the entry was delivered before, and Deliveries how often that was. Only entries that
	// XReadGroup took over by [ClaimIdle] have them.
	Idle       time.Duration
	Deliveries int64
}

// Deleted reports whether the entry is only known as pending: it has been deleted from the stream.
func (e StreamEntry) Deleted() bool { return e.Fields == nil }

// Value returns the value of a field, the first one if the field occurs more than once, and whether there is one.
func (e StreamEntry) Value(field string) (string, bool) {
	for i := range e.Fields {
		if e.Fields[i].Field == field {
			return e.Fields[i].Value, true
		}
	}
	return "", false
}

// Map returns the fields with their values as a map that belongs to the caller. Of a field that occurs more than once
// it has the last value.
func (e StreamEntry) Map() map[string]string {
	m := make(map[string]string, len(e.Fields))
	for _, f := range e.Fields {
		m[f.Field] = f.Value
	}
	return m
}

// ClaimedEntries is what one call of XAutoClaim returns.
type ClaimedEntries struct {
	// Next is to be given to the next call as start; "0-0" says that the walk is over.
	Next string
	// Entries now belong to the consumer. Server 6.2 puts those that have been deleted among them, without ID and fields.
	Entries []StreamEntry
	// Deleted are the IDs of entries that are no longer in the stream, and now no longer pending; needs server 7.0.
	Deleted []string
}

// ClaimedIDs is what one call of XAutoClaimJustID returns.
type ClaimedIDs struct {
	// Next is to be given to the next call as start; "0-0" says that the walk is over.
	Next string
	// IDs are those of the entries that now belong to the consumer.
	IDs []string
	// Deleted are the IDs of entries that are no longer in the stream, and now no longer pending; needs server 7.0.
	Deleted []string
}

// PendingSummary sums up what is pending in a group.
type PendingSummary struct {
	// Count is the number of pending entries.
	Count int64
	// Min and Max are the lowest and the highest of their IDs, "" when there are none.
	Min, Max string
	// Consumers are those for which anything is pending.
	Consumers []PendingConsumer
}

// PendingConsumer is a consumer and the number of entries that are pending for it.
type PendingConsumer struct {
	Consumer string
	Count    int64
}

// PendingEntry is an entry that was delivered and is not acknowledged.
type PendingEntry struct {
	ID string
	// Consumer is the owner, "" when it was given back with XNack.
	Consumer string
	// Idle is the time since the last delivery, negative when the entry was given back with XNack.
	Idle time.Duration
	// Deliveries is the number of deliveries.
	Deliveries int64
}

// NackMode says what XNack does with an entry's number of deliveries.
type NackMode uint8

// The modes of XNack.
const (
	// NackSilent takes the last delivery back, as if it had not been.
	NackSilent NackMode = iota
	// NackFail leaves the number as it is.
	NackFail
	// NackFatal sets it to the highest number: nobody can process the entry.
	NackFatal
)

var nackModeWords = [...]string{NackSilent: "SILENT", NackFail: "FAIL", NackFatal: "FATAL"}

// StreamStats are the facts about a stream that XInfoStream and XInfoStreamFull share. What a server is too old to
// tell is zero.
type StreamStats struct {
	// Length is the number of entries.
	Length int64
	// RadixTreeKeys and RadixTreeNodes are the size of the tree that holds them.
	RadixTreeKeys, RadixTreeNodes int64
	// LastGeneratedID is the highest ID that the stream ever had.
	LastGeneratedID string
	// MaxDeletedEntryID is the highest ID that was deleted; needs server 7.0.
	MaxDeletedEntryID string
	// EntriesAdded is the number of entries ever added; needs server 7.0.
	EntriesAdded int64
	// RecordedFirstEntryID is the ID of the first entry; needs server 7.0.
	RecordedFirstEntryID string
	// IDMPDuration is how long the IDs of IDMP are kept, and IDMPMaxSize how many for each producer; needs server 8.6.
	IDMPDuration time.Duration
	IDMPMaxSize  int64
	// PIDsTracked and IIDsTracked are the numbers of producers and IDs known, IIDsAdded and IIDsDuplicates those of
	// entries added and refused with an ID; needs server 8.6.
	PIDsTracked, IIDsTracked, IIDsAdded, IIDsDuplicates int64
}

// StreamInfo describes a stream.
type StreamInfo struct {
	StreamStats
	// Groups is the number of groups.
	Groups int64
	// First and Last are the entries at the ends; not valid when the stream is empty.
	First, Last Null[StreamEntry]
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// StreamInfoFull describes a stream with its entries and groups.
type StreamInfoFull struct {
	StreamStats
	Entries []StreamEntry
	Groups  []GroupInfoFull
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// GroupInfoFull describes a group with its consumers.
type GroupInfoFull struct {
	Name            string
	LastDeliveredID string
	// EntriesRead is the number of entries that the group has read, and Lag that of those to come; not valid when the
	// server does not know; needs server 7.0.
	EntriesRead, Lag Null[int64]
	// PELCount is the number of pending entries, NackedCount that of those given back with XNack (server 8.8).
	PELCount, NackedCount int64
	// Pending are the first of the pending entries.
	Pending   []PendingDelivery
	Consumers []ConsumerInfoFull
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// PendingDelivery is an entry that was delivered and is not acknowledged.
type PendingDelivery struct {
	ID string
	// Consumer is the owner; it is left out in the list of a consumer.
	Consumer string
	// Delivered is the time of the last delivery, zero when the entry was given back with XNack.
	Delivered time.Time
	// Deliveries is the number of deliveries.
	Deliveries int64
}

// ConsumerInfoFull describes a consumer.
type ConsumerInfoFull struct {
	Name string
	// SeenTime is when the consumer last tried to do anything; before server 7.2 it was when it last did.
	SeenTime time.Time
	// ActiveTime is when the consumer last got anything, the zero time when it never did; needs server 7.2.
	ActiveTime time.Time
	// PELCount is the number of entries pending for it.
	PELCount int64
	// Pending are the first of them.
	Pending []PendingDelivery
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// GroupInfo describes a group.
type GroupInfo struct {
	Name string
	// Consumers is the number of consumers, Pending that of pending entries.
	Consumers, Pending int64
	LastDeliveredID    string
	// EntriesRead is the number of entries that the group has read, and Lag that of those to come; not valid when the
	// server does not know; needs server 7.0.
	EntriesRead, Lag Null[int64]
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}

// ConsumerInfo describes a consumer.
type ConsumerInfo struct {
	Name string
	// Pending is the number of entries pending for it.
	Pending int64
	// Idle is the time since the consumer last tried to do anything; before server 7.2 since it last did.
	Idle time.Duration
	// Inactive is the time since the consumer last got anything; not valid when it never did; needs server 7.2.
	Inactive Null[time.Duration]
	// Extra has what newer servers tell besides, by the server's names.
	Extra map[string]Value
}
