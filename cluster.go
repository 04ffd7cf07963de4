package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// ClusterPage is one page of the keys of a cluster.
type ClusterPage struct {
	// Cursor is the beginning of the next page; "0" after the last page.
	Cursor string
	// Keys are the keys of this page, in no order. A page may be empty before the end.
	Keys []string
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

func (r *ClusterPage) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{&r.Cursor, decode.Users(&r.Keys)}, &r.Extra
}

// SlotRange is a range of slots, both ends included.
type SlotRange struct {
	Start, End int64
}

// String returns the range in the server's form: "0-99", or "5" for a single slot.
func (r SlotRange) String() string {
	if r.Start == r.End {
		return strconv.FormatInt(r.Start, 10)
	}
	return strconv.FormatInt(r.Start, 10) + "-" + strconv.FormatInt(r.End, 10)
}

// ClusterInfo is the state of a cluster as one of its nodes sees it.
type ClusterInfo struct {
	// State is "ok", or "fail" if the node does not serve requests.
	State string
	// SlotsAssigned is the number of slots that have an owner; 16384 in a complete cluster.
	SlotsAssigned int64
	// SlotsOK, SlotsPFail and SlotsFail are the numbers of slots whose owner works, seems to have failed, and
	// has failed.
	SlotsOK, SlotsPFail, SlotsFail int64
	// KnownNodes is the number of nodes, Size the number of masters with slots.
	KnownNodes, Size int64
	// CurrentEpoch is the highest epoch of the cluster, MyEpoch the epoch of the node's master, or its own.
	CurrentEpoch, MyEpoch int64
	// MessagesSent and MessagesReceived count messages on the cluster bus.
	MessagesSent, MessagesReceived int64
	// LinksBufferLimitExceeded counts links that were closed because their buffers had grown too large.
	LinksBufferLimitExceeded int64
	// NodesPFail and NodesFail are the numbers of nodes that seem to have failed, and that have failed;
	// VotingNodesPFail and VotingNodesFail count only nodes that vote, which are masters with slots. They
	// need Valkey 9.0.
	NodesPFail, NodesFail, VotingNodesPFail, VotingNodesFail int64
	// BytesSent and BytesReceived are the bytes of all messages on the cluster bus; PubSubBytesSent and
	// PubSubBytesReceived those of published messages, ModuleBytesSent and ModuleBytesReceived those of
	// modules. They need Valkey 9.1.
	BytesSent, BytesReceived, PubSubBytesSent, PubSubBytesReceived, ModuleBytesSent, ModuleBytesReceived int64
	// Extra are the fields that redpoll does not know, such as the counts by type of message; nil if there
	// are none.
	Extra map[string]Value
}

func (r *ClusterInfo) slots() []slot {
	return []slot{
		{"cluster_state", &r.State}, {"cluster_slots_assigned", &r.SlotsAssigned},
		{"cluster_slots_ok", &r.SlotsOK}, {"cluster_slots_pfail", &r.SlotsPFail},
		{"cluster_slots_fail", &r.SlotsFail}, {"cluster_known_nodes", &r.KnownNodes},
		{"cluster_size", &r.Size}, {"cluster_current_epoch", &r.CurrentEpoch},
		{"cluster_my_epoch", &r.MyEpoch}, {"cluster_stats_messages_sent", &r.MessagesSent},
		{"cluster_stats_messages_received", &r.MessagesReceived},
		{"total_cluster_links_buffer_limit_exceeded", &r.LinksBufferLimitExceeded},
		{"cluster_nodes_pfail", &r.NodesPFail}, {"cluster_nodes_fail", &r.NodesFail},
		{"cluster_voting_nodes_pfail", &r.VotingNodesPFail},
		{"cluster_voting_nodes_fail", &r.VotingNodesFail},
		{"cluster_stats_bytes_sent", &r.BytesSent},
		{"cluster_stats_bytes_received", &r.BytesReceived},
		{"cluster_stats_pubsub_bytes_sent", &r.PubSubBytesSent},
		{"cluster_stats_pubsub_bytes_received", &r.PubSubBytesReceived},
		{"cluster_stats_module_bytes_sent", &r.ModuleBytesSent},
		{"cluster_stats_module_bytes_received", &r.ModuleBytesReceived}, {others, &r.Extra},
	}
}

// ClusterNode is a node as another node sees it.
type ClusterNode struct {
	// ID is the node's name, 40 hexadecimal digits.
	ID string
	// Host and Port are the address for clients; Host is "" if the node does not know its own address yet.
	Host string
	Port int64
	// BusPort is the port for other nodes.
	BusPort int64
	// Hostname is the name that the node announces; "" if there is none. It needs server 7.0.
	Hostname string
	// Flags are "myself", "master", "slave", "fail?", "fail", "handshake", "noaddr", "nofailover"; the list
	// may be empty.
	Flags []string
	// Master is the ID of a replica's master; "" for a master.
	Master string
	// PingSent is the time of the ping that awaits an answer; zero if there is none.
	PingSent time.Time
	// PongReceived is the time of the last answer; zero if there was none.
	PongReceived time.Time
	// Epoch is the node's configuration epoch.
	Epoch int64
	// Connected says whether the link to the node is connected.
	Connected bool
	// Slots are the slots of the node.
	Slots []SlotRange
	// Migrating and Importing are slots on their way from and to the node. Only the node itself reports them.
	Migrating, Importing []ClusterMovingSlot
	// Extra are announced attributes that redpoll does not know, such as "shard-id"; nil if there are none.
	Extra map[string]Value
}

// ClusterMovingSlot is a slot on its way to or from another node.
type ClusterMovingSlot struct {
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

// ClusterEndpoint is the address of a node for clients.
type ClusterEndpoint struct {
	// Host is an IP address or a name. It is "" if the server does not know it: the host is then that of the
	// connection of the reply. It is "?" if clients should use names and the node announces none; Metadata
	// may have its address.
	Host string
	Port int64
	// ID is the ID of the node; "" before server 4.0.
	ID string
	// Metadata are further names of the node: "ip", "hostname"; nil if there are none, and before server 7.0.
	Metadata map[string]string
}

// ClusterShard is a master with its replicas.
type ClusterShard struct {
	// ID is the ID of the shard; "" if the server does not report it.
	ID string
	// Slots are the slots of the shard.
	Slots []SlotRange
	// Nodes are its nodes, in no order.
	Nodes []ClusterShardNode
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterShard) slots() []slot {
	return []slot{
		{"id", &r.ID}, {"slots", &r.Slots}, {"nodes", &r.Nodes}, {others, &r.Extra},
	}
}

// ClusterShardNode is a node of a shard.
type ClusterShardNode struct {
	// ID is the ID of the node.
	ID string
	// Port and TLSPort are the ports for clients without and with TLS; 0 if there is none.
	Port, TLSPort int64
	// IP is the address of the node, Hostname the name that it announces, and Endpoint the one of both that
	// clients should use. They are "" if there is none; Endpoint is "?" if clients should use names and the
	// node announces none.
	IP, Hostname, Endpoint string
	// Role is "master" or "replica".
	Role string
	// ReplicationOffset is the position of its copy of the data.
	ReplicationOffset int64
	// Health is "online", "failed" or "loading".
	Health string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterShardNode) slots() []slot {
	return []slot{
		{"id", &r.ID}, {"port", &r.Port}, {"tls-port", &r.TLSPort}, {"ip", &r.IP},
		{"endpoint", &r.Endpoint}, {"hostname", &r.Hostname}, {"role", &r.Role},
		{"replication-offset", &r.ReplicationOffset}, {"health", &r.Health}, {others, &r.Extra},
	}
}

// ClusterLink is a connection between two nodes.
type ClusterLink struct {
	// Direction is "to" if this node has opened the connection, "from" if the other node has.
	Direction string
	// Node is the ID of the other node.
	Node string
	// Created is the time when it was opened.
	Created time.Time
	// Events are "r" if the node waits until the link is readable, and "w" for writable.
	Events string
	// SendBufferAllocated and SendBufferUsed are the size and the used part of the buffer, in bytes.
	SendBufferAllocated, SendBufferUsed int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterLink) slots() []slot {
	return []slot{
		{"direction", &r.Direction}, {"node", &r.Node}, {"create-time", &r.Created},
		{"events", &r.Events}, {"send-buffer-allocated", &r.SendBufferAllocated},
		{"send-buffer-used", &r.SendBufferUsed}, {others, &r.Extra},
	}
}

// ClusterEpoch is a configuration epoch.
type ClusterEpoch struct {
	// Epoch is the node's present epoch.
	Epoch int64
	// Bumped is true if the epoch is new, false if the node's old epoch was the highest already.
	Bumped bool
}

// ClusterSlotMetric is a counter of CLUSTER SLOT-STATS.
type ClusterSlotMetric uint8

// The counters by which slots can be ordered.
const (
	// ByKeyCount orders by the number of keys.
	ByKeyCount ClusterSlotMetric = iota
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
	ByKeyCount: "KEY-COUNT", ByCPU: "CPU-USEC", ByMemory: "MEMORY-BYTES", ByNetworkIn: "NETWORK-BYTES-IN",
	ByNetworkOut: "NETWORK-BYTES-OUT",
}

// ClusterSlotStats are the counters of a slot. All but KeyCount are 0 unless the server's setting
// cluster-slot-stats-enabled is on.
type ClusterSlotStats struct {
	Slot     int64
	KeyCount int64
	// CPU is the time spent on the slot.
	CPU time.Duration
	// Memory is in bytes; Redis only.
	Memory int64
	// NetworkIn and NetworkOut are the bytes received and sent.
	NetworkIn, NetworkOut int64
	// Extra are the counters that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterSlotStats) slots() []slot {
	return []slot{
		{"key-count", &r.KeyCount}, {"cpu-usec", decode.Micros(&r.CPU)},
		{"memory-bytes", &r.Memory}, {"network-bytes-in", &r.NetworkIn},
		{"network-bytes-out", &r.NetworkOut}, {others, &r.Extra},
	}
}

// ClusterSlotMigration moves slots to a node.
type ClusterSlotMigration struct {
	Slots []SlotRange
	// Node is the ID of the new owner.
	Node string
}

// ClusterSlotMigrationState is a migration of slots on Valkey.
type ClusterSlotMigrationState struct {
	// Name is 40 hexadecimal digits.
	Name string
	// Operation is the part of this node: "IMPORT" or "EXPORT".
	Operation string
	Slots     []SlotRange
	// Source and Target are the IDs of the nodes; "" if the node does not know them.
	Source, Target string
	// Created is the time of the start, Updated of the last change of state, and Acked of the last message of
	// the other node, in whole seconds; the zero time for never.
	Created, Updated, Acked time.Time
	// State is "success", "failed", "cancelled", or an intermediate state.
	State string
	// Message explains the state; it may be "".
	Message string
	// CowSize is the memory copied because of the migration, in bytes.
	CowSize int64
	// Remaining is the number of bytes of changes that are still to be sent.
	Remaining int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterSlotMigrationState) slots() []slot {
	return []slot{
		{"name", &r.Name}, {"operation", &r.Operation}, {"source_node", &r.Source},
		{"target_node", &r.Target}, {"create_time", decode.Unix(&r.Created)},
		{"last_update_time", decode.Unix(&r.Updated)}, {"last_ack_time", decode.Unix(&r.Acked)},
		{"state", &r.State}, {"message", &r.Message}, {"cow_size", &r.CowSize},
		{"slot_ranges", &r.Slots}, {"remaining_repl_size", &r.Remaining}, {others, &r.Extra},
	}
}

// ClusterMigrationTask is a migration of slots on Redis.
type ClusterMigrationTask struct {
	// ID is 40 hexadecimal digits.
	ID    string
	Slots []SlotRange
	// Source and Dest are the IDs of the nodes.
	Source, Dest string
	// Operation is the part of this node: "import" or "migrate".
	Operation string
	// State is "completed", "failed", "canceled", or an intermediate state.
	State string
	// LastError is "" if there was none.
	LastError string
	// Retries is the number of repeats.
	Retries int64
	// Created, Started and Ended are times in milliseconds; the zero time for never.
	Created, Started, Ended time.Time
	// WritePause is the time for which writes were held back.
	WritePause time.Duration
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ClusterMigrationTask) slots() []slot {
	return []slot{
		{"id", &r.ID}, {"source", &r.Source}, {"dest", &r.Dest}, {"operation", &r.Operation},
		{"state", &r.State}, {"last_error", &r.LastError}, {"retries", &r.Retries},
		{"create_time", &r.Created}, {"start_time", &r.Started}, {"end_time", &r.Ended},
		{"write_pause_ms", &r.WritePause}, {"slots", &r.Slots}, {others, &r.Extra},
	}
}

// putSlotRanges writes the ends of ranges, at least one; the words are counted.
func putSlotRanges(e *encoder, argument string, list []SlotRange) {
	e.Some(argument, len(list), 2)
	for _, r := range list {
		if r.Start > r.End {
			e.Fail(argument, "has the range "+r.String()+", which ends before it starts")
			return
		}
		e.Slot(argument, r.Start)
		e.Slot(argument, r.End)
	}
}

// putMigrations writes the migrations of CLUSTER MIGRATESLOTS, at least one; the words are counted.
func putMigrations(e *encoder, argument string, list []ClusterSlotMigration) {
	e.Some(argument, len(list), 0)
	for _, m := range list {
		e.Literal("$10\r\nSLOTSRANGE\r\n", 1)
		putSlotRanges(e, argument, m.Slots)
		e.Literal("$4\r\nNODE\r\n", 2)
		e.Word(m.Node)
	}
}

func decodeClusterInfo(d *reply, v *ClusterInfo) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	lines := decode.Split(text, "\r\n")
	if len(lines) == 0 || !linesInto(lines, ":", v.slots()) {
		return &resp.TypeError{Want: "a line for each field", Got: resp.KindBulk}
	}
	return nil
}

// decodeClusterNodes reads CLUSTER NODES: one text with a line for each node.
func decodeClusterNodes(d *reply, v *[]ClusterNode) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	list := []ClusterNode{}
	for _, line := range textLines(text) {
		var n ClusterNode
		if !n.parse(line) {
			return &resp.TypeError{Want: "a line for each node", Got: resp.KindBulk}
		}
		list = append(list, n)
	}
	*v = list
	return nil
}

// decodeClusterNodeList reads CLUSTER REPLICAS: a list of lines like those of CLUSTER NODES.
func decodeClusterNodeList(d *reply, v *[]ClusterNode) error {
	n, err := decode.ListLen(d)
	list := make([]ClusterNode, n)
	for i := 0; i < n && err == nil; i++ {
		var line string
		if line, err = d.Text(); err == nil && !list[i].parse(line) {
			err = &resp.TypeError{Want: "a line for each node", Got: resp.KindBulk}
		}
	}
	*v = list
	return err
}

// parse reads a line of CLUSTER NODES:
//
//	<id> <host:port@busport[,hostname[,name=value]...]> <flags> <master> <ping> <pong> <epoch> <link>
//	<slot>...
func (n *ClusterNode) parse(line string) bool {
	f := strings.Fields(line)
	if len(f) < 8 || !n.parseAddress(f[1]) {
		return false
	}
	n.ID = f[0]
	if f[2] != "noflags" {
		n.Flags = strings.Split(f[2], ",")
	}
	if f[3] != "-" {
		n.Master = f[3]
	}
	n.Connected = f[7] == "connected"
	ok := fillText(&n.PingSent, f[4]) && fillText(&n.PongReceived, f[5]) && fillText(&n.Epoch, f[6])
	for _, s := range f[8:] {
		ok = ok && n.parseSlot(s)
	}
	return ok
}

// parseAddress reads the second field. The host may be an IPv6 address, and the name empty. Servers before
// 4.0 do not report the port of the bus.
func (n *ClusterNode) parseAddress(field string) bool {
	parts := strings.Split(field, ",")
	addr, bus, hasBus := strings.Cut(parts[0], "@")
	colon := strings.LastIndexByte(addr, ':')
	if colon < 0 || !fillText(&n.Port, addr[colon+1:]) || hasBus && !fillText(&n.BusPort, bus) {
		return false
	}
	n.Host = addr[:colon]
	if len(parts) > 1 {
		n.Hostname = parts[1]
		return linesInto(parts[2:], "=", []slot{{others, &n.Extra}})
	}
	return true
}

// parseSlot reads "5", "0-99", "[5->-node]" for a slot that leaves, or "[5-<-node]" for one that arrives.
func (n *ClusterNode) parseSlot(s string) bool {
	moving, ok := strings.CutPrefix(s, "[")
	if !ok {
		return parseSlots(&n.Slots)(s)
	}
	moving = strings.TrimSuffix(moving, "]")
	for _, way := range []struct {
		arrow string
		list  *[]ClusterMovingSlot
	}{{"->-", &n.Migrating}, {"-<-", &n.Importing}} {
		if slot, node, ok := strings.Cut(moving, way.arrow); ok {
			m := ClusterMovingSlot{Node: node}
			ok = fillText(&m.Slot, slot)
			*way.list = append(*way.list, m)
			return ok
		}
	}
	return false
}

// parseSlots reads slots and ranges, with blanks between them, and appends them to list.
func parseSlots(list *[]SlotRange) decode.Parsed {
	return func(text string) bool {
		for _, s := range strings.Fields(text) {
			start, end, isRange := strings.Cut(s, "-")
			if !isRange {
				end = start
			}
			var r SlotRange
			if !fillText(&r.Start, start) || !fillText(&r.End, end) {
				return false
			}
			*list = append(*list, r)
		}
		return true
	}
}

func decodeClusterSlotNodes(d *reply, v *ClusterSlotNodes) error {
	n, err := d.AtLeast(2, "a range and its nodes")
	if err != nil {
		return err
	}
	if v.Start, err = d.Int(); err != nil {
		return err
	}
	if v.End, err = d.Int(); err != nil {
		return err
	}
	v.Nodes = make([]ClusterEndpoint, n-2)
	for i := range v.Nodes {
		if err := decodeClusterEndpoint(d, &v.Nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func decodeSlotStats(d *reply, v *[]ClusterSlotStats) error {
	n, err := decode.ListLen(d)
	list := make([]ClusterSlotStats, n)
	for i := 0; i < n && err == nil; i++ {
		if err = d.ExpectLen(2, "a slot and its counters"); err != nil {
			break
		}
		if list[i].Slot, err = d.Int(); err == nil {
			err = readRecord(d, &list[i])
		}
	}
	*v = list
	return err
}

// decodeClusterEndpoint reads host, port, ID and metadata. It skips elements that newer servers may add.
func decodeClusterEndpoint(d *reply, v *ClusterEndpoint) error {
	n, err := d.AtLeast(2, "a node")
	if err != nil {
		return err
	}
	if !d.Null() {
		if v.Host, err = d.Text(); err != nil {
			return err
		}
	}
	if v.Port, err = d.Int(); err != nil {
		return err
	}
	for i := 2; i < n && err == nil; i++ {
		switch i {
		case 2:
			v.ID, err = d.Text()
		case 3:
			err = readRecord(d, &v.Metadata)
		default:
			err = d.Skip()
		}
	}
	return err
}

// decodeRanges reads the ends of ranges in turn.
func decodeRanges(d *reply, v *[]SlotRange) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n%2 != 0 {
		return &resp.TypeError{Want: "an even number of slots", Got: resp.KindArray}
	}
	list := make([]SlotRange, n/2)
	for i := range list {
		if list[i].Start, err = d.Int(); err != nil {
			return err
		}
		if list[i].End, err = d.Int(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeClusterEpoch reads "BUMPED 7" or "STILL 7".
func decodeClusterEpoch(d *reply, v *ClusterEpoch) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	word, epoch, _ := strings.Cut(text, " ")
	if v.Bumped = word == "BUMPED"; !fillText(&v.Epoch, epoch) || !v.Bumped && word != "STILL" {
		return &resp.TypeError{Want: "the status BUMPED or STILL and an epoch", Got: resp.KindStatus}
	}
	return nil
}

// decodeMigrationTask reads a list with one task.
func decodeMigrationTask(d *reply, v *ClusterMigrationTask) error {
	var list []ClusterMigrationTask
	err := decodeRecord(d, &list)
	if err == nil && len(list) == 0 {
		return decode.ErrMissing
	}
	if err == nil {
		*v = list[0]
	}
	return err
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
