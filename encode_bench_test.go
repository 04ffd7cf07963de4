package redpoll

import (
	"testing"
	"time"
)

func BenchmarkEncode(b *testing.B) {
	p := &Pipeline{c: new(Client)} // as in the record of a single command
	buf := make([]byte, 0, 4096)
	for _, c := range []struct {
		name string
		put  func()
	}{
		{"Get", func() { p.Get("user:1234567890") }},
		{"Set", func() { p.Set("user:1234567890", "value") }},
		{"SetOptions", func() { p.Set("user:1234567890", "value", EX(time.Minute), NX) }},
		{"MGet100", func() { p.MGet(wireHundred...) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.enc.Reset(buf, nil)
				c.put()
				if _, err := p.enc.Finish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var wireHundred = make([]string, 100)
