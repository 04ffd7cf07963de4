package redpoll

import (
	"strconv"
	"time"
)

// ClusterPage is one page of the keys of a cluster.
type ClusterPage struct {
	// Cursor is where the next page begins; "0" is the end.
	Cursor string
	// Keys are the keys of this page, in no order; there may be none before the end.
	Keys []string
	// Extra has what newer servers tell besides.
	Extra []Value
}

// SlotRange is a range of slots, both ends included.
type SlotRange struct {
	Start, End int64
}

// String gives the range as the server writes it: "0-99", or "5" for a single slot.
func (r SlotRange) String() string {
	if r.Start == r.End {
		return strconv.FormatInt(r.Start, 10)
	}
	return strconv.FormatInt(r.Start, 10) + "-" + strconv.FormatInt(r.End, 10)
}

// ClusterInfo is the state of a cluster as one of its nodes sees it.
type ClusterInfo struct {
	// State is "ok", or "fail" when the node does not serve requests.
	State string
	// SlotsAssigned is the number of slots that have an owner; 16384 when all is well.
	SlotsAssigned int64
	// SlotsOK, SlotsPFail and SlotsFail are the numbers of slots whose owner works, seems to have failed, and has failed.
	SlotsOK, SlotsPFail, SlotsFail int64
	// KnownNodes is the number of nodes, Size that of masters which own slots.
	KnownNodes, Size int64
	// CurrentEpoch is the highest epoch of the cluster, MyEpoch that of the node's master, or of itself.
	CurrentEpoch, MyEpoch int64
	// MessagesSent and MessagesReceived count messages on the cluster bus.
	MessagesSent, MessagesReceived int64
	// LinksBufferLimitExceeded counts links that were cut because their buffers had grown too large.
	LinksBufferLimitExceeded int64
	// NodesPFail and NodesFail are the numbers of nodes that seem to have failed, and that have failed; VotingNodesPFail and
	// VotingNodesFail count those of them that vote, masters which own slots. They need Valkey 9.0.
	NodesPFail, NodesFail, VotingNodesPFail, VotingNodesFail int64
	// BytesSent and BytesReceived are the bytes of all messages on the cluster bus; PubSubBytesSent, PubSubBytesReceived,
	// ModuleBytesSent and ModuleBytesReceived are what published messages and modules have of these. Valkey 9.1 tells them.
	BytesSent, BytesReceived, PubSubBytesSent, PubSubBytesReceived, ModuleBytesSent, ModuleBytesReceived int64
	// Extra are the fields that redpoll does not know, such as the counts by type of message; nil if there are none.
	Extra map[string]Value
}

// ClusterNode is a node as another one knows it.
type ClusterNode struct {
	// ID is the node's name, 40 hexadecimal digits.
	ID string
	// Host and Port are where clients reach it; Host is empty when the node does not know its own address yet.
	Host string
	Port int64
	// BusPort is where other nodes reach it.
	BusPort int64
	// Hostname is the name that the node announces, empty if none; needs server 7.0.
	Hostname string
	// Flags are "myself", "master", "slave", "fail?", "fail", "handshake", "noaddr", "nofailover"; none is an empty list.
	Flags []string
	// Master is the ID of a replica's master, empty for a master.
	Master string
	// PingSent is when the ping that is not answered yet was sent, the zero time when there is none.
	PingSent time.Time
	// PongReceived is when the last answer came, the zero time when there was none.
	PongReceived time.Time
	// Epoch is the node's configuration epoch.
	Epoch int64
	// Connected says whether the link to the node stands.
	Connected bool
	// Slots are those that the node owns.
	Slots []SlotRange
	// Migrating and Importing are slots on their way from and to the node. Only the node itself tells them.
	Migrating, Importing []MovingSlot
	// Extra are announced attributes, such as "shard-id", that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// MovingSlot is a slot on its way to or from another node.
type MovingSlot struct {
	Slot int64
	// Node is the ID of the other node.
	Node string
}

// ClusterSlotNodes says which nodes serve a range of slots.
type ClusterSlotNodes struct {
	// Start and End are the first and the last slot of the range.
	Start, End int64
	// Nodes are the master first and then its replicas.
	Nodes []ClusterEndpoint
}

// ClusterEndpoint is where clients reach a node.
type ClusterEndpoint struct {
	// Host is an IP address or a name. It is empty when the server does not know it: then the node is where the reply came
	// from, at Port. "?" is a node without a host to connect to: clients shall use names, and it announces none; Metadata may
	// have its address.
	Host string
	Port int64
	// ID is the node's name, empty before server 4.0.
	ID string
	// Metadata are further ways to name the node: "ip", "hostname"; nil if there are none, and before server 7.0.
	Metadata map[string]string
}

// ClusterShard is a master with its replicas.
type ClusterShard struct {
	// ID is the shard's name, empty when the server does not tell it.
	ID string
	// Slots are those that the shard owns.
	Slots []SlotRange
	// Nodes are its nodes, in no order.
	Nodes []ClusterShardNode
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ClusterShardNode is a node of a shard.
type ClusterShardNode struct {
	// ID is the node's name.
	ID string
	// Port and TLSPort are where clients reach it without and with TLS, 0 when they do not.
	Port, TLSPort int64
	// IP is its address, Hostname the name that it announces, and Endpoint the one of both that clients shall use. They are
	// empty when there is none; Endpoint is "?" when clients shall use names and the node announces none.
	IP, Hostname, Endpoint string
	// Role is "master" or "replica".
	Role string
	// ReplicationOffset is how far its copy of the data is.
	ReplicationOffset int64
	// Health is "online", "failed" or "loading".
	Health string
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ClusterLink is a connection between two nodes.
type ClusterLink struct {
	// Direction is "to" when this node has opened it, "from" when the other has.
	Direction string
	// Node is the ID of the other node.
	Node string
	// Created is when it was opened.
	Created time.Time
	// Events are "r" and "w" when the node waits for the link to be readable and writable.
	Events string
	// SendBufferAllocated and SendBufferUsed are the size of the buffer and what it holds, in bytes.
	SendBufferAllocated, SendBufferUsed int64
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ClusterEpoch is a configuration epoch.
type ClusterEpoch struct {
	// Epoch is the one that the node has now.
	Epoch int64
	// Bumped is true when it is new, false when the node's old one was the highest already.
	Bumped bool
}

// SlotMetric is a counter of CLUSTER SLOT-STATS.
type SlotMetric uint8

// The counters by which slots can be ordered.
const (
	// ByKeyCount orders by the number of keys.
	ByKeyCount SlotMetric = iota
	// ByCPU orders by CPU time.
	ByCPU
	// ByMemory orders by memory; Redis only.
	ByMemory
	// ByNetworkIn orders by bytes received.
	ByNetworkIn
	// ByNetworkOut orders by bytes sent.
	ByNetworkOut
)

var slotMetricWords = [...]string{
	ByKeyCount: "KEY-COUNT", ByCPU: "CPU-USEC", ByMemory: "MEMORY-BYTES", ByNetworkIn: "NETWORK-BYTES-IN", ByNetworkOut: "NETWORK-BYTES-OUT",
}

// SlotStats are the counters of a slot. All but KeyCount are 0 unless the server is told to count by its setting
// cluster-slot-stats-enabled.
type SlotStats struct {
	Slot     int64
	KeyCount int64
	// CPU is the time spent on the slot.
	CPU time.Duration
	// Memory is in bytes; Redis only.
	Memory int64
	// NetworkIn and NetworkOut are the bytes received and sent.
	NetworkIn, NetworkOut int64
	// Extra are the counters that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// SlotMigration says which slots shall move to which node.
type SlotMigration struct {
	Slots []SlotRange
	// Node is the ID of the node that gets them.
	Node string
}

// SlotMigrationState is a migration of slots on Valkey.
type SlotMigrationState struct {
	// Name is 40 hexadecimal digits.
	Name string
	// Operation is what this node does: "IMPORT" or "EXPORT".
	Operation string
	Slots     []SlotRange
	// Source and Target are the IDs of the nodes, empty where the node does not know them.
	Source, Target string
	// Created is when it was started, Updated when its state changed, and Acked when the other node was heard of, in whole
	// seconds; the zero time for never.
	Created, Updated, Acked time.Time
	// State is "success", "failed", "cancelled", or a step on the way.
	State string
	// Message has more about the state, and may be empty.
	Message string
	// CowSize is the memory copied because of the migration, in bytes.
	CowSize int64
	// Remaining is how many bytes of changes are still to be sent.
	Remaining int64
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// MigrationTask is a migration of slots on Redis.
type MigrationTask struct {
	// ID is 40 hexadecimal digits.
	ID    string
	Slots []SlotRange
	// Source and Dest are the IDs of the nodes.
	Source, Dest string
	// Operation is what this node does: "import" or "migrate".
	Operation string
	// State is "completed", "failed", "canceled", or a step on the way.
	State string
	// LastError is empty when there was none.
	LastError string
	// Retries counts new attempts.
	Retries int64
	// Created, Started and Ended are instants to the millisecond; the zero time when that has not happened.
	Created, Started, Ended time.Time
	// WritePause is how long writes were held back.
	WritePause time.Duration
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}
