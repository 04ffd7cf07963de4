package redpoll

import (
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// BenchmarkDecode is what the client does with the bytes of one reply: it finds the reply's end, and decodes it.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name   string
		wire   []byte
		decode func(d *reply) error
	}{
		{"LRange100", repeated('*', 100, 1, "$"), into(decode.Strings)},
		{"MGet100", repeated('*', 100, 1, "$"), into(decodeNulls)},
		{"HGetAll50", repeated('%', 50, 2, "$$"), into(decode.Map)},
		{"ZRange100/RESP3", repeated('*', 100, 1, "*$,"), into(decodeZs)},
		{"ZRange100/RESP2", repeated('*', 100, 2, "$."), into(decodeZs)},
		{"Ints100", repeated('*', 100, 1, ":"), into(decode.Ints)},
		{"Bulk", resp.AppendBulk(nil, strings.Repeat("x", 64)), into(decode.String)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var s resp.Scanner
			d := new(reply)
			for b.Loop() {
				n, err := s.Scan(c.wire)
				if err != nil || n != len(c.wire) {
					b.Fatal(n, err)
				}
				d.Reset(c.wire)
				if err := c.decode(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// repeated makes an aggregate with n times the values that pattern stands for: a
// bulk string, a score as a bulk string (.) or a double (,), an integer,
// or the header of a pair (*).
func repeated(kind byte, n, each int, pattern string) []byte {
	count := n
	if kind == '*' {
		count = n * each
	}
	wire := append(strconv.AppendInt([]byte{kind}, int64(count), 10), "\r\n"...)
	for i := range n {
		for _, c := range pattern {
			switch c {
			case '$':
				wire = resp.AppendBulk(wire, "member-"+strconv.Itoa(i))
			case '.':
				wire = resp.AppendBulk(wire, strconv.Itoa(i)+".5")
			case ',':
				wire = resp.AppendDouble(wire, float64(i)+0.5)
			case ':':
				wire = resp.AppendInteger(wire, int64(i*i*i))
			case '*':
				wire = resp.AppendArray(wire, 2)
			}
		}
	}
	return wire
}
