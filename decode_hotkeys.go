package redpoll

import "github.com/redpoll-go/redpoll/resp"

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
	return fillNamed(d, &v.Extra, []slot{
		{"tracking-active", &v.Active}, {"sample-ratio", &v.SampleRatio}, {"selected-slots", listInto(func(n int) { v.Slots = make([][2]int64, n) }, func(d *reply, i int) error {
			return decodeSlots(d, &v.Slots[i])
		})},
		{"collection-start-time-unix-ms", &v.Start}, {"collection-duration-ms", &v.Duration},
		{"all-commands-all-slots-us", microsInto{&v.CPU}}, {"all-commands-selected-slots-us", microsInto{&v.CPUSlots}},
		{"sampled-commands-selected-slots-us", microsInto{&v.CPUSampled}},
		{"net-bytes-all-commands-all-slots", &v.Net}, {"net-bytes-all-commands-selected-slots", &v.NetSlots},
		{"net-bytes-sampled-commands-selected-slots", &v.NetSampled},
		{"total-cpu-time-user-ms", &v.CPUUser}, {"total-cpu-time-sys-ms", &v.CPUSys},
		{"total-net-bytes", &v.NetTotal},
		{"by-cpu-time-us", listInto(func(n int) { v.ByCPU = make([]HotKeyTime, (n+1)/2) }, func(d *reply, i int) error {
			if i%2 == 0 {
				return readInto(d, userInto{&v.ByCPU[i/2].Key})
			}
			return readInto(d, microsInto{&v.ByCPU[i/2].CPU})
		})},
		{"by-net-bytes", listInto(func(n int) { v.ByNet = make([]HotKeyBytes, (n+1)/2) }, func(d *reply, i int) error {
			if i%2 == 0 {
				return readInto(d, userInto{&v.ByNet[i/2].Key})
			}
			return readInto(d, &v.ByNet[i/2].Bytes)
		})},
	})
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
