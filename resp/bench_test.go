package resp

import (
	"bytes"
	"strings"
	"testing"
)

// repeatReader returns the same bytes again and again.
type repeatReader struct {
	b   []byte
	pos int
}

func (r *repeatReader) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.pos:])
	r.pos = (r.pos + n) % len(r.b)
	return n, nil
}

// benchFrames returns typical replies of the usual commands.
func benchFrames() map[string][]byte {
	var bulks, scores3, ints []byte
	bulks = AppendArray(bulks, 100)
	scores3 = AppendArray(scores3, 100)
	ints = AppendArray(ints, 100)
	for i := range 100 {
		bulks = AppendBulk(bulks, strings.Repeat("v", 16+i%5))
		scores3 = AppendArray(scores3, 2)
		scores3 = AppendBulk(scores3, "member")
		scores3 = AppendDouble(scores3, float64(i)/4)
		ints = AppendInteger(ints, int64(i*i*i))
	}
	return map[string][]byte{
		"status OK":              []byte("+OK\r\n"),
		"status QUEUED":          []byte("+QUEUED\r\n"),
		"integer":                []byte(":12345\r\n"),
		"null RESP2":             []byte("$-1\r\n"),
		"null RESP3":             []byte("_\r\n"),
		"bulk 64 B":              AppendBulk(nil, strings.Repeat("x", 64)),
		"bulk 4 KiB":             AppendBulk(nil, strings.Repeat("x", 4096)),
		"100 bulks":              bulks,
		"100 members with score": scores3,
		"100 integers":           ints,
		"error": []byte(
			"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
	}
}

func BenchmarkScan(b *testing.B) {
	for name, frame := range benchFrames() {
		b.Run(name, func(b *testing.B) {
			var s Scanner
			s.Init(Limits{})
			buf := bytes.Repeat(frame, max(1, 4096/len(frame)))
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for done := 0; done < b.N; {
				for rest := buf; len(rest) > 0; done++ {
					n, err := s.Scan(rest)
					if err != nil || n != len(frame) {
						b.Fatal(n, err)
					}
					rest = rest[n:]
				}
			}
		})
	}
}

func BenchmarkSkip(b *testing.B) {
	for name, frame := range benchFrames() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var d Decoder
			for b.Loop() {
				d.Reset(frame)
				if d.Skip() != nil {
					b.Fatal("skip")
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	frames := benchFrames()
	for _, bc := range []struct {
		name, frame string
		decode      func(d *Decoder) error
	}{
		{"bytes 64 B", "bulk 64 B", func(d *Decoder) error { _, err := d.Bytes(); return err }},
		{"text 64 B", "bulk 64 B", func(d *Decoder) error { _, err := d.Text(); return err }},
		{"int", "integer", func(d *Decoder) error { _, err := d.Int(); return err }},
		{"100 bulks", "100 bulks", func(d *Decoder) error {
			n, err := d.Len()
			for range n {
				if _, err := d.Bytes(); err != nil {
					return err
				}
			}
			return err
		}},
		{"100 scores", "100 members with score", func(d *Decoder) error {
			n, err := d.Len()
			for range n {
				_, _ = d.Len()
				_, _ = d.Bytes()
				if _, err := d.Float(); err != nil {
					return err
				}
			}
			return err
		}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			frame := frames[bc.frame]
			var d Decoder
			for b.Loop() {
				d.Reset(frame)
				if err := bc.decode(&d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	for _, name := range []string{"bulk 64 B", "100 bulks"} {
		frame := benchFrames()[name]
		b.Run(name, func(b *testing.B) {
			r := NewReader(&repeatReader{b: frame}, 0, Limits{})
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				if f, err := r.ReadFrame(); err != nil || len(f) != len(frame) {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("5 MB bulk", func(b *testing.B) {
		frame := AppendBulk(nil, strings.Repeat("x", 5_000_000))
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			r := NewReader(bytes.NewReader(frame), 0, Limits{})
			if _, err := r.ReadFrame(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("command", func(b *testing.B) {
		frame := AppendCommand(nil, "SET", "key:12345", "value")
		r := NewReader(&repeatReader{b: frame}, 0, Limits{})
		b.ReportAllocs()
		for b.Loop() {
			if args, err := r.ReadCommand(); err != nil || len(args) != 3 {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppendCommand(b *testing.B) {
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendCommand(buf[:0], "SET", "key:12345", "value")
	}
}
