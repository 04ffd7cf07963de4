package conn

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Bytes come out in the order in which they were added, for all sizes and all lengths of the queue, and a
// piece does not change while it is taken.
func TestOutboxKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var o outbox
	var added, taken []byte
	var out [][]byte // pieces that are being written
	for i := range 20_000 {
		switch rand.IntN(10) {
		case 0, 1:
			if o.empty() {
				continue
			}
			out = append(out, o.take())
		case 2:
			if len(out) == 0 {
				continue
			}
			taken = append(taken, out[0]...)
			o.giveBack(out[0])
			out = out[1:]
		case 3:
			o.shrink(0)
		default:
			size := 1 + rand.IntN(100)
			if rand.IntN(100) == 0 {
				size = rand.IntN(2 * pieceSize)
			}
			wire := bytes.Repeat([]byte{byte(i)}, size)
			o.add(wire)
			added = append(added, wire...)
		}
		waiting := 0
		for _, piece := range out {
			waiting += len(piece)
		}
		if o.size != len(added)-len(taken)-waiting {
			t.Fatalf("%d bytes are said to wait, %d do", o.size, len(added)-len(taken)-waiting)
		}
	}
	for !o.empty() {
		out = append(out, o.take())
	}
	for _, piece := range out {
		taken = append(taken, piece...)
	}
	if !bytes.Equal(added, taken) {
		t.Errorf("%d bytes went in, %d others came out", len(added), len(taken))
	}
}

// However many bytes wait, none is copied twice: the memory is as large as the bytes, and it is used again.
func TestOutboxMemoryAlloc(t *testing.T) {
	var o outbox
	wire := make([]byte, 10_000)
	burst := func() {
		for range 1000 {
			o.add(wire)
		}
		room := cap(o.last)
		for _, piece := range o.full {
			room += cap(piece)
		}
		if room > 2*1000*len(wire) {
			t.Errorf("%d bytes of memory for %d", room, 1000*len(wire))
		}
		for !o.empty() {
			o.giveBack(o.take())
		}
	}
	burst()
	if n := testing.AllocsPerRun(10, burst); n > 10 {
		t.Errorf("another burst allocates %v times", n)
	}
	if o.shrink(keepWrite); len(o.spare) > 0 || o.last != nil {
		t.Error("an idle connection keeps what a burst has needed")
	}
}

// Requests that nearly fill a piece use its memory again, even if it has grown.
func TestOutboxPieceAlloc(t *testing.T) {
	var o outbox
	request := make([]byte, 16<<10+40)
	gathered := func() {
		for range 15 {
			o.add(request)
		}
		o.giveBack(o.take())
	}
	for range 8 {
		gathered()
	}
	if n := testing.AllocsPerRun(20, gathered); n > 0 {
		t.Errorf("15 requests of 16 KiB allocate %v times", n)
	}
}
