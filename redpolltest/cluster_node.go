package redpolltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ClusterNode is a node of a [Cluster]. Roles and slots are those that the first node which runs and is not
// isolated sees at the call.
type ClusterNode struct {
	*Server

	c  *Cluster
	id string
}

// ID returns the node's ID, which never changes.
func (n *ClusterNode) ID() string { return n.id }

// Primary returns the primary that the node is a replica of; nil if the node is a primary.
func (n *ClusterNode) Primary() *ClusterNode {
	n.t.Helper()
	return n.c.node(n.c.mustView().nodes[n.id].primary)
}

// Replicas returns the replicas of the node, in the order of their starts.
func (n *ClusterNode) Replicas() []*ClusterNode {
	n.t.Helper()
	v := n.c.mustView()
	return slices.DeleteFunc(n.c.Nodes(), func(other *ClusterNode) bool {
		return v.nodes[other.id].primary != n.id
	})
}

// Slots returns the slots that the node has as a primary, in ascending order.
func (n *ClusterNode) Slots() []SlotRange {
	n.t.Helper()
	return n.c.mustView().nodes[n.id].slots
}

// view is how one node sees the cluster.
type view struct {
	by    *ClusterNode
	nodes map[string]nodeState // by ID
}

// nodeState is a line of CLUSTER NODES.
type nodeState struct {
	addr    string
	flags   []string
	primary string // the ID; empty for a primary
	epoch   string // of the configuration
	slots   []SlotRange
}

func (s nodeState) has(flag string) bool { return slices.Contains(s.flags, flag) }

// view asks the node how it sees the cluster.
func (n *ClusterNode) view() (view, error) {
	reply, err := n.ask("CLUSTER", "NODES")
	if err != nil {
		return view{}, err
	}
	v := view{by: n, nodes: map[string]nodeState{}}
	for line := range strings.Lines(fmt.Sprint(reply)) {
		words := strings.Fields(line)
		if len(words) < 8 {
			return v, fmt.Errorf("%s: CLUSTER NODES: the line %q", n.AnnouncedAddr(), line)
		}
		state := nodeState{flags: strings.Split(words[2], ","), primary: strings.TrimPrefix(words[3], "-"),
			epoch: words[6]}
		state.addr, _, _ = strings.Cut(words[1], "@")
		for _, word := range words[8:] {
			if r, ok := parseSlots(word); ok {
				state.slots = append(state.slots, r)
			}
		}
		v.nodes[words[0]] = state
	}
	return v, nil
}

// parseSlots reads "5" or "5-17", but not "[5->-id]", a slot that is being moved.
func parseSlots(word string) (SlotRange, bool) {
	first, last, isRange := strings.Cut(word, "-")
	if !isRange {
		last = first
	}
	a, err := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	return SlotRange{a, b}, err == nil && err2 == nil
}

// picture describes what v says of nodes. Nodes that agree have the same picture. The epochs belong to it: a
// node that does not know the epoch of an owner would believe older news from others, and pass them on.
func (v view) picture(nodes []*ClusterNode) string {
	var b strings.Builder
	for _, n := range nodes {
		state := v.nodes[n.id]
		fmt.Fprintf(&b, "%s %s, of %q, epoch %s, %v\n",
			n.id, state.addr, state.primary, state.epoch, state.slots)
	}
	return b.String()
}
