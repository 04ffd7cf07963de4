package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
)

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
	return decode.Skip(d, n-size)
}
