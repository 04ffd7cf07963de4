package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeHotKeys reads the reply of HOTKEYS GET: names and values in turn, which some
// releases put into an array of one.
func decodeHotKeys(d *reply, v *HotKeys) error {
	if d.Null() {
		return Nil
	}
	if d.Kind() == resp.KindArray {
		inner := *d
		if n, err := inner.Len(); err == nil && n == 1 {
			*d = inner
			if d.Null() {
				return Nil
			}
		}
	}
	return readRecord(d, v)
}

// decodeHotKeyTimes and decodeHotKeyBytes read keys and numbers in turn.
func decodeHotKeyTimes(d *reply, v *[]HotKeyTime) error {
	n, err := d.MapLen()
	list := make([]HotKeyTime, n)
	for i := 0; i < n && err == nil; i++ {
		if list[i].Key, err = d.UserText(); err == nil {
			err = readInto(d, decode.Micros(&list[i].CPU))
		}
	}
	*v = list
	return err
}

func decodeHotKeyBytes(d *reply, v *[]HotKeyBytes) error {
	n, err := d.MapLen()
	list := make([]HotKeyBytes, n)
	for i := 0; i < n && err == nil; i++ {
		if list[i].Key, err = d.UserText(); err == nil {
			list[i].Bytes, err = d.Int()
		}
	}
	*v = list
	return err
}

// decodeSlots reads a range of slots, or a single one.
func decodeSlots(d *reply, v *[2]int64) (err error) {
	if d.Kind() != resp.KindArray {
		v[0], err = d.Int()
		v[1] = v[0]
		return err
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 1 || n > 2 {
		return &resp.TypeError{Want: "a range of slots", Got: resp.KindArray}
	}
	for i := range n {
		if v[i], err = d.Int(); err != nil {
			return err
		}
	}
	if n == 1 {
		v[1] = v[0]
	}
	return nil
}
