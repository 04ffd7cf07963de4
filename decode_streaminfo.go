package redpoll

import "time"

// slots are the places of what both forms of XINFO STREAM tell.
func (s *StreamStats) slots() []slot {
	return []slot{
		{"length", &s.Length},
		{"radix-tree-keys", &s.RadixTreeKeys},
		{"radix-tree-nodes", &s.RadixTreeNodes},
		{"last-generated-id", (*wordSlot)(&s.LastGeneratedID)},
		{"max-deleted-entry-id", (*wordSlot)(&s.MaxDeletedEntryID)},
		{"entries-added", &s.EntriesAdded},
		{"recorded-first-entry-id", (*wordSlot)(&s.RecordedFirstEntryID)},
		{"idmp-duration", (*secondsSlot)(&s.IDMPDuration)},
		{"idmp-maxsize", &s.IDMPMaxSize},
		{"pids-tracked", &s.PIDsTracked},
		{"iids-tracked", &s.IIDsTracked},
		{"iids-added", &s.IIDsAdded},
		{"iids-duplicates", &s.IIDsDuplicates},
	}
}

func decodeStreamInfo(d *reply, v *StreamInfo) error {
	end := func(e *Null[StreamEntry]) func(d *reply) error {
		return func(d *reply) error {
			e.Valid = !d.IsNull()
			return elementEntry(d, &e.V)
		}
	}
	return d.record(&v.Extra, append(v.slots(),
		slot{"groups", &v.Groups}, slot{"first-entry", end(&v.First)}, slot{"last-entry", end(&v.Last)}))
}

func decodeStreamInfoFull(d *reply, v *StreamInfoFull) error {
	return d.record(&v.Extra, append(v.slots(),
		slot{"entries", func(d *reply) error { return elementList(d, &v.Entries, elementEntry) }},
		slot{"groups", func(d *reply) error { return elementList(d, &v.Groups, elementGroupFull) }}))
}

func elementGroupFull(d *reply, v *GroupInfoFull) error {
	pending := func(d *reply) error { return elementList(d, &v.Pending, elementDelivery) }
	return d.record(&v.Extra, []slot{
		{"name", &v.Name},
		{"last-delivered-id", (*wordSlot)(&v.LastDeliveredID)},
		{"entries-read", &v.EntriesRead},
		{"lag", &v.Lag},
		{"pel-count", &v.PELCount},
		{"nacked-count", &v.NackedCount},
		{"pel", pending}, {"pending", pending}, // the second is how servers name it, the first how they document it
		{"consumers", func(d *reply) error { return elementList(d, &v.Consumers, elementConsumerFull) }},
	})
}

func elementConsumerFull(d *reply, v *ConsumerInfoFull) error {
	pending := func(d *reply) error { return elementList(d, &v.Pending, elementOwnDelivery) }
	return d.record(&v.Extra, []slot{
		{"name", &v.Name},
		{"seen-time", &v.SeenTime},
		{"active-time", &v.ActiveTime},
		{"pel-count", &v.PELCount},
		{"pel", pending}, {"pending", pending},
	})
}

// elementDelivery reads a pending entry in the list of a group.
func elementDelivery(d *reply, v *PendingDelivery) (err error) {
	if err = d.expectLen(4, "a pending entry"); err != nil {
		return err
	}
	if v.ID, err = d.Text(); err != nil {
		return err
	}
	if v.Consumer, err = d.userText(); err != nil {
		return err
	}
	return d.delivery(v)
}

// elementOwnDelivery reads a pending entry in the list of a consumer.
func elementOwnDelivery(d *reply, v *PendingDelivery) (err error) {
	if err = d.expectLen(3, "a pending entry"); err != nil {
		return err
	}
	if v.ID, err = d.Text(); err != nil {
		return err
	}
	return d.delivery(v)
}

// delivery reads when and how often an entry was delivered.
func (d *reply) delivery(v *PendingDelivery) error {
	at, err := d.Int()
	if err != nil {
		return err
	}
	v.Delivered = time.UnixMilli(at)
	v.Deliveries, err = d.Int()
	return err
}

func decodeGroupInfos(d *reply, v *[]GroupInfo) error {
	return decodeList(d, v, func(d *reply, v *GroupInfo) error {
		return d.record(&v.Extra, []slot{
			{"name", &v.Name},
			{"consumers", &v.Consumers},
			{"pending", &v.Pending},
			{"last-delivered-id", (*wordSlot)(&v.LastDeliveredID)},
			{"entries-read", &v.EntriesRead},
			{"lag", &v.Lag},
		})
	})
}

func decodeConsumerInfos(d *reply, v *[]ConsumerInfo) error {
	return decodeList(d, v, func(d *reply, v *ConsumerInfo) error {
		return d.record(&v.Extra, []slot{
			{"name", &v.Name},
			{"pending", &v.Pending},
			{"idle", &v.Idle},
			{"inactive", &v.Inactive},
		})
	})
}
