package redpoll

import (
	"testing"
	"time"
)

func BenchmarkEncode(b *testing.B) {
	var e encoder
	buf := make([]byte, 0, 4096)
	for _, c := range []struct {
		name string
		put  func()
	}{
		{"Get", func() { putGet(&e, "user:1234567890") }},
		{"Set", func() { putSet(&e, "user:1234567890", "value", nil) }},
		{"SetOptions", func() { putSet(&e, "user:1234567890", "value", []SetOption{EX(time.Minute), NX}) }},
		{"MGet100", func() { putMGet(&e, wireHundred) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.reset(buf, nil, nil)
				c.put()
				if _, err := e.finish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var wireHundred = make([]string, 100)
