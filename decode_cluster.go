package redpoll

import (
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

func decodeClusterInfo(d *reply, v *ClusterInfo) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	lines := decode.Split(text, "\r\n")
	if len(lines) == 0 || !linesInto(lines, ":", v) {
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

// decodeClusterNodeList reads CLUSTER REPLICAS: a list of such lines.
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
//	<id> <host:port@busport[,hostname[,name=value]...]> <flags> <master> <ping> <pong> <epoch> <link> <slot>...
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

// parseAddress reads the second field. The host may be an IPv6 address, the name empty, and servers before 4.0 do not
// tell the port of the bus.
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
		return linesInto(parts[2:], "=", n)
	}
	return true
}

// parseSlot reads "5", "0-99", "[5->-node]" for a slot that leaves, or "[5-<-node]" for one that comes.
func (n *ClusterNode) parseSlot(s string) bool {
	moving, ok := strings.CutPrefix(s, "[")
	if !ok {
		return parseSlots(&n.Slots)(s)
	}
	moving = strings.TrimSuffix(moving, "]")
	for _, way := range []struct {
		arrow string
		list  *[]MovingSlot
	}{{"->-", &n.Migrating}, {"-<-", &n.Importing}} {
		if slot, node, ok := strings.Cut(moving, way.arrow); ok {
			m := MovingSlot{Node: node}
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

func decodeSlotStats(d *reply, v *[]SlotStats) error {
	n, err := decode.ListLen(d)
	list := make([]SlotStats, n)
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

// decodeClusterEndpoint reads host, port, ID and metadata; newer servers may add more.
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

// decodeMigrationTask reads the one task that was asked for.
func decodeMigrationTask(d *reply, v *MigrationTask) error {
	var list []MigrationTask
	err := decodeRecord(d, &list)
	if err == nil && len(list) == 0 {
		return Nil
	}
	if err == nil {
		*v = list[0]
	}
	return err
}
