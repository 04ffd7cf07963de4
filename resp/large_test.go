package resp

import (
	"bytes"
	"io"
	"strconv"
	"testing"
	"testing/iotest"
)

// bulkOf returns a bulk string of n bytes; each byte depends on its position.
func bulkOf(n int) []byte {
	b := append([]byte("$"+strconv.Itoa(n)), "\r\n"...)
	for i := range n {
		b = append(b, byte(i)^byte(i>>8)^byte(i>>16))
	}
	return append(b, "\r\n"...)
}

// Large bulk strings come whole, wherever the stream is cut, and the frames around them stay in order. The
// receiver may keep a bulk string that is a frame, but not one that is an element.
func TestReaderLargeBulks(t *testing.T) {
	t.Parallel()
	for _, n := range []int{largeBulk - 1, largeBulk, largeBulk + 1, 300_000, 1 << 20} {
		bulk := bulkOf(n)
		array := append(append([]byte("*3\r\n:1\r\n"), bulk...), bulk...)
		stream := bytes.Join([][]byte{[]byte("+before\r\n"), bulk, []byte("+between\r\n"), array, bulk, bulk,
			[]byte("+behind\r\n")}, nil)
		for name, in := range map[string]io.Reader{
			"as it comes": bytes.NewReader(stream),
			"in halves":   iotest.HalfReader(bytes.NewReader(stream)),
			"in pieces":   &pieces{b: stream, n: 7001},
		} {
			r := NewReader(in, 0, Limits{Ahead: 100_000})
			var kept [][]byte
			for _, want := range [][]byte{[]byte("+before\r\n"), bulk, []byte("+between\r\n"), array, bulk,
				bulk, []byte("+behind\r\n")} {
				frame, err := r.ReadFrame()
				if err != nil || !bytes.Equal(frame, want) {
					t.Fatalf("%d %s: a frame of %d bytes, %v; want %d", n, name, len(frame), err, len(want))
				}
				if r.Own() && frame[0] == '$' {
					kept = append(kept, frame)
				} else if r.Own() {
					t.Errorf("%d %s: a frame %.10q is given away", n, name, frame)
				}
			}
			if n > 2*largeBulk && len(kept) == 0 {
				t.Errorf("%d %s: %d bulk strings are their receiver's", n, name, len(kept))
			}
			for _, frame := range kept {
				if !bytes.Equal(frame, bulk) {
					t.Errorf("%d %s: a bulk string that was given away has changed", n, name)
				}
			}
		}
	}
}

// pieces returns n bytes per Read.
type pieces struct {
	b []byte
	n int
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(to[:min(len(to), p.n)], p.b)
	p.b = p.b[n:]
	return n, nil
}

// Memory for an announced length is allocated when a part has come, and no more than Ahead allows.
func TestReaderMemoryForClaims(t *testing.T) {
	t.Parallel()
	const ahead = 1 << 20
	for _, tt := range []struct{ claimed, arrived, most int }{
		{500 << 20, 20, 32 << 10},
		{500 << 20, largeBulk / 2, 2*largeBulk + 32<<10},
		{500 << 20, 3 * largeBulk, 3*largeBulk + ahead + 1<<10},
		{500 << 20, 3 * ahead, 4*ahead + largeBulk},
		{200_000, largeBulk + 100, 200_100},
	} {
		for _, before := range []string{"", "*2\r\n"} {
			text := before + "$" + strconv.Itoa(tt.claimed) + "\r\n"
			in := io.MultiReader(bytes.NewReader([]byte(text)), bytes.NewReader(make([]byte, tt.arrived)))
			r := NewReader(in, 0, Limits{Ahead: ahead})
			if _, err := r.ReadFrame(); err != io.ErrUnexpectedEOF {
				t.Errorf("%+v: %v", tt, err)
			}
			most := tt.most
			if before != "" {
				most = max(most, 2*(tt.arrived+40)+ahead) // an element's buffer doubles as well
			}
			if cap(r.buf) > most {
				t.Errorf("%+v %q: a buffer of %d bytes", tt, before, cap(r.buf))
			}
			if want := tt.claimed + 2 - tt.arrived; tt.claimed > largeBulk && r.Ahead() != want {
				t.Errorf("%+v %q: %d bytes are said to be missing, want %d", tt, before, r.Ahead(), want)
			}
		}
	}
}
