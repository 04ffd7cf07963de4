package redpoll

import "time"

// slots are the places of what both forms of XINFO STREAM tell.
func (s *StreamStats) slots() []slot {
	return []slot{
		{"length", &s.Length},
		{"radix-tree-keys", &s.RadixTreeKeys},
		{"radix-tree-nodes", &s.RadixTreeNodes},
		{"last-generated-id", &s.LastGeneratedID},
		{"max-deleted-entry-id", &s.MaxDeletedEntryID},
		{"entries-added", &s.EntriesAdded},
		{"recorded-first-entry-id", &s.RecordedFirstEntryID},
		{"idmp-duration", secondsInto{&s.IDMPDuration}},
		{"idmp-maxsize", &s.IDMPMaxSize},
		{"pids-tracked", &s.PIDsTracked},
		{"iids-tracked", &s.IIDsTracked},
		{"iids-added", &s.IIDsAdded},
		{"iids-duplicates", &s.IIDsDuplicates},
	}
}

func decodeStreamInfo(d *reply, v *StreamInfo) error {
	return fillNamed(d, &v.Extra, append(v.slots(),
		slot{"groups", &v.Groups}, slot{"first-entry", &v.First}, slot{"last-entry", &v.Last}))
}

func decodeStreamInfoFull(d *reply, v *StreamInfoFull) error {
	return fillNamed(d, &v.Extra, append(v.slots(),
		slot{"entries", &v.Entries}, slot{"groups", func(d *reply) error { return groupsFull(d, &v.Groups) }}))
}

func groupsFull(d *reply, v *[]GroupInfoFull) error {
	if d.Null() {
		return nil
	}
	n, err := d.Len()
	list := make([]GroupInfoFull, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementGroupFull(d, &list[i])
	}
	*v = list
	return err
}

func elementGroupFull(d *reply, v *GroupInfoFull) error {
	return fillNamed(d, &v.Extra, []slot{
		{"name", userInto{&v.Name}},
		{"last-delivered-id", &v.LastDeliveredID},
		{"entries-read", &v.EntriesRead},
		{"lag", &v.Lag},
		{"pel-count", &v.PELCount},
		{"nacked-count", &v.NackedCount},
		{"pending", func(d *reply) error { return deliveries(d, &v.Pending, true) }},
		{"consumers", func(d *reply) error { return consumersFull(d, &v.Consumers) }},
	})
}

func consumersFull(d *reply, v *[]ConsumerInfoFull) error {
	if d.Null() {
		return nil
	}
	n, err := d.Len()
	list := make([]ConsumerInfoFull, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementConsumerFull(d, &list[i])
	}
	*v = list
	return err
}

func elementConsumerFull(d *reply, v *ConsumerInfoFull) error {
	return fillNamed(d, &v.Extra, []slot{
		{"name", userInto{&v.Name}},
		{"seen-time", &v.SeenTime},
		{"active-time", &v.ActiveTime},
		{"pel-count", &v.PELCount},
		{"pending", func(d *reply) error { return deliveries(d, &v.Pending, false) }},
	})
}

// deliveries reads pending entries, with their consumers in the list of a group.
func deliveries(d *reply, v *[]PendingDelivery, withConsumer bool) error {
	if d.Null() {
		return nil
	}
	n, err := d.Len()
	list := make([]PendingDelivery, n)
	for i := 0; i < n && err == nil; i++ {
		err = elementDelivery(d, &list[i], withConsumer)
	}
	*v = list
	return err
}

func elementDelivery(d *reply, v *PendingDelivery, withConsumer bool) (err error) {
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
	return skip(d, n-size)
}

func decodeGroupInfos(d *reply, v *[]GroupInfo) error {
	n, err := listLen(d)
	list := make([]GroupInfo, n)
	for i := 0; i < n && err == nil; i++ {
		g := &list[i]
		err = fillNamed(d, &g.Extra, []slot{
			{"name", userInto{&g.Name}},
			{"consumers", &g.Consumers},
			{"pending", &g.Pending},
			{"last-delivered-id", &g.LastDeliveredID},
			{"entries-read", &g.EntriesRead},
			{"lag", &g.Lag},
		})
	}
	*v = list
	return err
}

func decodeConsumerInfos(d *reply, v *[]ConsumerInfo) error {
	n, err := listLen(d)
	list := make([]ConsumerInfo, n)
	for i := 0; i < n && err == nil; i++ {
		c := &list[i]
		err = fillNamed(d, &c.Extra, []slot{
			{"name", userInto{&c.Name}},
			{"pending", &c.Pending},
			{"idle", &c.Idle},
			{"inactive", &c.Inactive},
		})
	}
	*v = list
	return err
}
