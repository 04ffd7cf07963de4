package redpolltest

import (
	"fmt"
	"slices"
	"strconv"
)

// SlotRange is hash slots of a cluster, First and Last included.
type SlotRange struct {
	First, Last int
}

// Has reports whether slot is in r.
func (r SlotRange) Has(slot int) bool { return r.First <= slot && slot <= r.Last }

// String returns text such as "0-5460", or "7" for a single slot.
func (r SlotRange) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// divide divides the slots of ranges into n parts of about the same size.
func divide(ranges []SlotRange, n int) [][]SlotRange {
	slots := slotsOf(ranges)
	parts := make([][]SlotRange, n)
	for i, slot := range slots {
		part := &parts[i*n/len(slots)]
		if last := len(*part) - 1; last >= 0 && (*part)[last].Last == slot-1 {
			(*part)[last].Last = slot
		} else {
			*part = append(*part, SlotRange{slot, slot})
		}
	}
	return parts
}

// slotsOf returns each slot of ranges.
func slotsOf(ranges []SlotRange) []int {
	var slots []int
	for _, r := range ranges {
		for slot := r.First; slot <= r.Last; slot++ {
			slots = append(slots, slot)
		}
	}
	return slots
}

// MoveSlots moves slots with their keys to a primary, one after the other, as redis-cli does; see
// [Cluster.BeginMove] for the steps. Each slot may have another owner. MoveSlots returns when all is well.
func (c *Cluster) MoveSlots(to *ClusterNode, ranges ...SlotRange) {
	c.g.t.Helper()
	c.mustHave(to)
	v := c.mustView()
	for id, state := range v.nodes {
		if id == to.id {
			continue
		}
		slots := slices.DeleteFunc(slotsOf(state.slots), func(slot int) bool {
			return !slices.ContainsFunc(ranges, func(r SlotRange) bool { return r.Has(slot) })
		})
		if len(slots) > 0 {
			m := c.beginMove(c.node(id), to, slots)
			m.MoveKeys()
			m.settle()
		}
	}
	c.AwaitOK()
}

// MoveSlotsAtomically makes the servers move slots with their keys to a primary in one step, without
// redirections of single keys (CLUSTER MIGRATESLOTS of Valkey, CLUSTER MIGRATION IMPORT of Redis). It returns
// when all is well. With a Redis before 8.4, or a Valkey before 9.0, the test is skipped as by
// [RequireRelease].
func (c *Cluster) MoveSlotsAtomically(to *ClusterNode, ranges ...SlotRange) {
	t := c.g.t
	t.Helper()
	RequireRelease(t, "8.4", "9.0")
	c.mustHave(to)
	moves := map[*ClusterNode][]string{}
	for _, r := range ranges {
		for id, state := range c.mustView().nodes {
			for _, own := range state.slots {
				part := SlotRange{max(r.First, own.First), min(r.Last, own.Last)}
				if from := c.node(id); from != to && part.First <= part.Last {
					moves[from] = append(moves[from], strconv.Itoa(part.First), strconv.Itoa(part.Last))
				}
			}
		}
	}
	for from, slots := range moves {
		if to.IsValkey() {
			command := append([]string{"CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"}, slots...)
			from.mustAsk(append(command, "NODE", to.id)...)
		} else {
			to.mustAsk(append([]string{"CLUSTER", "MIGRATION", "IMPORT"}, slots...)...)
		}
	}
	awaitNil(t, "the slots have moved", func() error {
		v, err := to.view()
		if err != nil {
			return err
		}
		has := slotsOf(v.nodes[to.id].slots)
		for _, slot := range slotsOf(ranges) {
			if _, ok := slices.BinarySearch(has, slot); !ok {
				return fmt.Errorf("slot %d is still with another node", slot)
			}
		}
		return nil
	})
	c.AwaitOK()
}

// SlotMove is a slot on its way to another primary.
type SlotMove struct {
	// From and To are the owner of the slot and the primary that gets it. Read only.
	From, To *ClusterNode

	c     *Cluster
	slots []int
}

// BeginMove begins to move a slot to another primary (CLUSTER SETSLOT MIGRATING and IMPORTING), and returns.
// From now on the owner answers ASK for keys that it does not have, and TRYAGAIN for some of several keys.
// The steps of a move, between which a test can look at clients:
//
//	move := clu.BeginMove(slot, to)
//	move.MoveKeys("{x}a") // this key alone
//	move.MoveKeys()       // all that are left
//	move.Finish()         // or move.Undo()
func (c *Cluster) BeginMove(slot int, to *ClusterNode) *SlotMove {
	c.g.t.Helper()
	c.mustHave(to)
	from := c.Owner(slot)
	if from == nil || from == to {
		c.g.t.Fatalf("redpolltest: slot %d has no owner, or is there already", slot)
	}
	return c.beginMove(from, to, []int{slot})
}

func (c *Cluster) beginMove(from, to *ClusterNode, slots []int) *SlotMove {
	c.g.t.Helper()
	m := &SlotMove{From: from, To: to, c: c, slots: slots}
	m.setSlots(to, "IMPORTING", from.id)
	m.setSlots(from, "MIGRATING", to.id)
	return m
}

// setSlots sends CLUSTER SETSLOT to n for each slot, as one transaction: no other node hears that n has some
// of the slots and not the others. A Valkey that imports one of the others would take it at once, even if it
// hears of an earlier move so late.
func (m *SlotMove) setSlots(n *ClusterNode, state ...string) {
	n.t.Helper()
	commands := make([][]string, len(m.slots))
	for i, slot := range m.slots {
		commands[i] = append([]string{"CLUSTER", "SETSLOT", strconv.Itoa(slot)}, state...)
	}
	if n.IsValkey() && len(n.Replicas()) > 0 {
		n.mustAskAll(commands) // it waits for its replicas, and does not survive that in a transaction
		return
	}
	if err := n.transaction(commands); err != nil {
		n.t.Fatalf("redpolltest: %s: %v", n.AnnouncedAddr(), err)
	}
}

// MoveKeys moves keys of the slot from the old owner to the new one (MIGRATE), all keys of database 0 if none
// is named. Keys that do not exist are left out.
func (m *SlotMove) MoveKeys(keys ...string) {
	m.c.g.t.Helper()
	m.moveKeys(m.From, m.To, keys)
}

func (m *SlotMove) moveKeys(from, to *ClusterNode, keys []string) {
	from.t.Helper()
	if len(keys) > 0 {
		m.migrate(from, to, keys)
		return
	}
	counts := make([][]string, len(m.slots))
	for i, slot := range m.slots {
		counts[i] = []string{"CLUSTER", "COUNTKEYSINSLOT", strconv.Itoa(slot)}
	}
	for i, count := range from.mustAskAll(counts) {
		n, _ := count.(int64)
		if n == 0 {
			continue
		}
		reply := from.mustAsk("CLUSTER", "GETKEYSINSLOT", strconv.Itoa(m.slots[i]), strconv.FormatInt(n, 10))
		names, _ := reply.([]any)
		for part := range slices.Chunk(names, 100) {
			keys := make([]string, len(part))
			for j, name := range part {
				keys[j] = fmt.Sprint(name)
			}
			m.migrate(from, to, keys)
		}
	}
}

func (m *SlotMove) migrate(from, to *ClusterNode, keys []string) {
	from.t.Helper()
	host, port := splitAddr(to.AnnouncedAddr())
	command := []string{"MIGRATE", host, port, "", "0", strconv.FormatInt(patience.Milliseconds(), 10)}
	switch user, password := m.c.g.credentials(); {
	case user != "":
		command = append(command, "AUTH2", user, password)
	case password != "":
		command = append(command, "AUTH", password)
	}
	from.mustAsk(append(append(command, "KEYS"), keys...)...)
}

// Finish gives the slot to the new owner (CLUSTER SETSLOT NODE), and returns when all is well. It fails the
// test if the old owner still has keys.
func (m *SlotMove) Finish() {
	m.c.g.t.Helper()
	m.settle()
	m.c.AwaitOK()
}

// settle tells all primaries of the new owner. It goes first: if the others knew before, and the old owner
// was asked again, nobody would have the slot. It gets the highest epoch, so that what the nodes still tell
// each other of earlier moves changes nothing.
func (m *SlotMove) settle() {
	m.c.g.t.Helper()
	m.setSlots(m.To, "NODE", m.To.id)
	m.To.mustAsk("CLUSTER", "BUMPEPOCH")
	m.setSlots(m.From, "NODE", m.To.id)
	for _, n := range m.c.Primaries() {
		if n != m.To && n != m.From && n.present() {
			m.setSlots(n, "NODE", m.To.id)
		}
	}
}

// Undo moves the keys back, and the slot stays where it was (CLUSTER SETSLOT STABLE).
func (m *SlotMove) Undo() {
	m.c.g.t.Helper()
	m.setSlots(m.From, "STABLE") // before the keys come: it would answer ASK for them
	m.moveKeys(m.To, m.From, nil)
	m.setSlots(m.To, "STABLE")
}
