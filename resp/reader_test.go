package resp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// chunks returns one of its pieces per Read, or the error in its place.
type chunks struct {
	pieces []any // []byte or error
	reads  int
}

func (c *chunks) Read(p []byte) (int, error) {
	c.reads++
	if len(c.pieces) == 0 {
		return 0, io.EOF
	}
	switch piece := c.pieces[0].(type) {
	case error:
		c.pieces = c.pieces[1:]
		return 0, piece
	case []byte:
		n := copy(p, piece)
		if c.pieces[0] = piece[n:]; n == len(piece) {
			c.pieces = c.pieces[1:]
		}
		return n, nil
	}
	panic("no such piece")
}

func TestReaderEveryFrameAtEverySplit(t *testing.T) {
	t.Parallel()
	for _, tc := range oneOfEach {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			stream := []byte(tc.wire + "+behind\r\n")
			for cut := 1; cut < len(stream); cut++ {
				r := NewReader(&chunks{pieces: []any{stream[:cut], stream[cut:]}}, 1, Limits{})
				for _, want := range []string{tc.wire, "+behind\r\n"} {
					frame, err := r.ReadFrame()
					if err != nil || string(frame) != want || cap(frame) != len(frame) {
						t.Fatalf("split at %d: %q with capacity %d, %v; want %q", cut, frame, cap(frame), err,
							want)
					}
				}
				if frame, err := r.ReadFrame(); frame != nil || err != io.EOF {
					t.Fatalf("split at %d: %q, %v; want io.EOF", cut, frame, err)
				}
			}
		})
	}
}

func TestReaderEndOfStream(t *testing.T) {
	t.Parallel()
	for _, tc := range oneOfEach {
		for cut := range len(tc.wire) {
			want := io.ErrUnexpectedEOF
			if cut == 0 {
				want = io.EOF
			}
			r := NewReader(strings.NewReader(tc.wire[:cut]), 0, Limits{})
			if frame, err := r.ReadFrame(); frame != nil || err != want {
				t.Errorf("%s cut at %d: %q, %v; want %v", tc.name, cut, frame, err, want)
			}
		}
	}
}

func TestReaderNextAndFill(t *testing.T) {
	t.Parallel()
	in := &chunks{pieces: []any{[]byte("+a\r\n:1\r\n$5\r\nhe"), []byte("llo\r\n")}}
	r := NewReader(in, 0, Limits{})
	expectNext := func(want string) {
		t.Helper()
		if frame, err := r.Next(); string(frame) != want || err != nil || (frame == nil) != (want == "") {
			t.Fatalf("Next = %q, %v; want %q", frame, err, want)
		}
	}
	expectNext("")
	if r.Peek() != 0 {
		t.Fatalf("Peek = %q before the first Fill", r.Peek())
	}
	if err := r.Fill(); err != nil || in.reads != 1 || r.Buffered() != 14 {
		t.Fatalf("Fill = %v after %d reads, %d bytes buffered", err, in.reads, r.Buffered())
	}
	expectNext("+a\r\n")
	if r.Peek() != ':' {
		t.Fatalf("Peek = %q", r.Peek())
	}
	expectNext(":1\r\n")
	expectNext("")
	if r.Buffered() != 6 || in.reads != 1 {
		t.Fatalf("%d bytes buffered after %d reads", r.Buffered(), in.reads)
	}
	if err := r.Fill(); err != nil || in.reads != 2 {
		t.Fatalf("Fill = %v after %d reads", err, in.reads)
	}
	expectNext("$5\r\nhello\r\n")
	expectNext("")
	if err := r.Fill(); err != io.EOF {
		t.Fatalf("Fill = %v, want io.EOF", err)
	}
}

// Wherever the stream is split: Skip takes only frames that Next would have returned and that equal the given
// frame, and leaves all other frames to Next.
func TestReaderSkip(t *testing.T) {
	t.Parallel()
	const ok = "+OK\r\n"
	for _, stream := range []string{
		"", ok, ok + ok + ok, ok + ok + "+OK \r\n" + ok, "-ERR\r\n" + ok,
		strings.Repeat(ok, 9) + "$2\r\nOK\r\n" + strings.Repeat(ok, 3), "$5\r\n" + ok + "\r\n" + ok,
		ok + "*2\r\n" + ok + ok + ok,
	} {
		for most := range 12 {
			for split := range len(stream) + 1 {
				r := NewReader(io.MultiReader(strings.NewReader(stream[:split]),
					strings.NewReader(stream[split:])), 0, Limits{})
				var got []byte
				begun := false // Next has looked at a part of the frame
				for {
					before := r.Buffered()
					n := r.Skip(ok, most)
					if n > most || r.Buffered() != before-n*len(ok) {
						t.Fatalf("%q: Skip took %d frames of at most %d, %d of %d bytes", stream, n, most,
							before-r.Buffered(), before)
					}
					got = append(got, strings.Repeat(ok, n)...)
					frame, err := r.Next()
					if err != nil {
						t.Fatal(err)
					}
					if string(frame) == ok && n < most && !begun {
						t.Fatalf("%q split at %d: Skip took %d frames of at most %d and left the next one",
							stream, split, n, most)
					}
					begun = frame == nil && r.Buffered() > 0
					if got = append(got, frame...); frame == nil && r.Fill() != nil {
						break
					}
				}
				if string(got) != stream {
					t.Fatalf("%q split at %d: got %q", stream, split, got)
				}
			}
		}
	}
	if r := NewReader(strings.NewReader(ok), 0, Limits{}); r.Fill() != nil || r.Skip("", 5) != 0 ||
		r.Skip(ok, -1) != 0 {
		t.Error("Skip took something for nothing")
	}
}

func TestReaderGoesOnAfterAPassingError(t *testing.T) {
	t.Parallel()
	deadline := errors.New("deadline exceeded")
	in := &chunks{pieces: []any{[]byte("*2\r\n:1\r\n"), deadline, []byte("$3\r\nf"), deadline,
		[]byte("oo\r\n")}}
	r := NewReader(in, 0, Limits{})
	for range 2 {
		if frame, err := r.ReadFrame(); frame != nil || err != deadline {
			t.Fatalf("ReadFrame = %q, %v; want the deadline", frame, err)
		}
	}
	if frame, err := r.ReadFrame(); string(frame) != "*2\r\n:1\r\n$3\r\nfoo\r\n" || err != nil {
		t.Fatalf("ReadFrame = %q, %v", frame, err)
	}
}

func TestReaderErrorThatComesWithBytes(t *testing.T) {
	t.Parallel()
	r := NewReader(iotest.DataErrReader(strings.NewReader("+a\r\n+b\r\n")), 0, Limits{})
	for _, want := range []string{"+a\r\n", "+b\r\n"} {
		if frame, err := r.ReadFrame(); string(frame) != want || err != nil {
			t.Fatalf("ReadFrame = %q, %v; want %q", frame, err, want)
		}
	}
	for range 2 {
		if frame, err := r.ReadFrame(); frame != nil || err != io.EOF {
			t.Fatalf("ReadFrame = %q, %v; want io.EOF", frame, err)
		}
	}
}

func TestReaderReturnsTheErrorThatCameWithBytesOnce(t *testing.T) {
	t.Parallel()
	deadline := errors.New("deadline exceeded")
	reads := 0
	r := NewReader(readerFunc(func(p []byte) (int, error) {
		reads++
		return copy(p, "+a\r\n"), deadline
	}), 0, Limits{})
	for range 3 {
		if frame, err := r.ReadFrame(); string(frame) != "+a\r\n" || err != nil {
			t.Fatalf("ReadFrame = %q, %v", frame, err)
		}
		before := reads
		if err := r.Fill(); err != deadline || reads != before {
			t.Fatalf("Fill = %v after %d more reads; want the deadline without a read", err, reads-before)
		}
	}
}

// readerFunc is a reader made of a function.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderOfMisbehavingReaders(t *testing.T) {
	t.Parallel()
	reads := 0
	r := NewReader(readerFunc(func([]byte) (int, error) { reads++; return 0, nil }), 0, Limits{})
	if _, err := r.ReadFrame(); err != io.ErrNoProgress || reads != 100 {
		t.Errorf("reader that gives nothing: %v after %d reads", err, reads)
	}
	// An error in between is a sign of life.
	deadline := errors.New("deadline exceeded")
	reads = 0
	r = NewReader(readerFunc(func([]byte) (int, error) {
		if reads++; reads%60 == 0 {
			return 0, deadline
		}
		return 0, nil
	}), 0, Limits{})
	for range 5 {
		if _, err := r.ReadFrame(); err != deadline {
			t.Errorf("reader that gives nothing but errors now and then: %v after %d reads", err, reads)
		}
	}
	for _, n := range []int{-1, 1 << 20} {
		r := NewReader(readerFunc(func([]byte) (int, error) { return n, nil }), 0, Limits{})
		if err := r.Fill(); err != errImpossibleRead {
			t.Errorf("reader that returns %d: %v", n, err)
		}
	}
}

func TestReaderProtocolErrorStays(t *testing.T) {
	t.Parallel()
	in := &chunks{pieces: []any{[]byte("+a\r\nHTTP/1.1 400\r\n"), []byte("+b\r\n")}}
	r := NewReader(in, 0, Limits{})
	if frame, err := r.ReadFrame(); string(frame) != "+a\r\n" || err != nil {
		t.Fatalf("ReadFrame = %q, %v", frame, err)
	}
	_, first := r.ReadFrame()
	var pe *ProtocolError
	if !errors.As(first, &pe) || pe.Got != `"HTTP/1.1 400"` {
		t.Fatalf("ReadFrame = %v", first)
	}
	_, frameErr := r.ReadFrame()
	_, nextErr := r.Next()
	_, commandErr := r.ReadCommand()
	for name, err := range map[string]error{"ReadFrame": frameErr, "Next": nextErr, "ReadCommand": commandErr,
		"Fill": r.Fill()} {
		if err != first {
			t.Errorf("%s = %v after the protocol error", name, err)
		}
	}
	if in.reads != 1 {
		t.Errorf("%d reads, want 1", in.reads)
	}
}

// Covers: F146
func TestReaderLargeValues(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("0123456789", 500_000)
	frame := AppendArray(nil, 2)
	frame = AppendBulk(frame, value)
	frame = AppendBulk(frame, value)
	for name, in := range map[string]io.Reader{
		"at once":   bytes.NewReader(frame),
		"in pieces": iotest.HalfReader(bytes.NewReader(frame)),
		"1460 bytes a read": readerFunc(func() func(p []byte) (int, error) {
			b := bytes.NewReader(frame)
			return func(p []byte) (int, error) { return b.Read(p[:min(len(p), 1460)]) }
		}()),
	} {
		r := NewReader(in, 0, Limits{})
		got, err := r.ReadFrame()
		if err != nil || !bytes.Equal(got, frame) {
			t.Fatalf("%s: %d bytes, %v", name, len(got), err)
		}
		d := NewDecoder(got)
		if n, err := d.Len(); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		for range 2 {
			if text, err := d.Text(); text != value || err != nil {
				t.Fatalf("%s: Text has %d bytes, %v", name, len(text), err)
			}
		}
		r.Shrink()
		if r.buf != nil || r.Buffered() != 0 {
			t.Errorf("%s: Shrink keeps %d bytes", name, len(r.buf))
		}
		if frame, err := r.ReadFrame(); frame != nil || err != io.EOF {
			t.Errorf("%s: after Shrink: %v", name, err)
		}
		if len(r.buf) != defaultReaderSize {
			t.Errorf("%s: a buffer of %d bytes after Shrink", name, len(r.buf))
		}
	}
}

func TestReaderMemoryIsBoundedByWhatArrived(t *testing.T) {
	t.Parallel()
	const size = 1024
	for _, tc := range []struct{ name, head string }{
		{"bulk", "$536870912\r\n"},
		{"bulk in an array", "*1\r\n$536870912\r\n"},
		{"array", "*100000000\r\n"},
		{"map", "%60000000\r\n"},
		{"arrays in arrays", strings.Repeat("*100000000\r\n", 50)},
	} {
		for _, arrived := range []int{0, 1, 10, 1000, 1023, 1024, 1025, 5000, 100_000} {
			body := strings.Repeat("+\r\n", arrived/3)
			wire := []byte(tc.head + body)
			// the effect of Ahead: see TestReaderMemoryForClaims
			r := NewReader(&chunks{pieces: []any{wire}}, size, Limits{Ahead: 1})
			if _, err := r.ReadFrame(); err != io.ErrUnexpectedEOF {
				t.Fatalf("%s with %d bytes: %v", tc.name, arrived, err)
			}
			if limit := 2*len(wire) + size; cap(r.buf) > limit {
				t.Errorf("%s with %d bytes: a buffer of %d bytes, want at most %d", tc.name, len(wire),
					cap(r.buf), limit)
			}
			if n := cap(r.scan.stack); n > 2*strings.Count(string(wire), "*")+8 {
				t.Errorf("%s: a stack for %d levels", tc.name, n)
			}
		}
	}
}

func TestReaderShrinkKeepsWhatIsBuffered(t *testing.T) {
	t.Parallel()
	long := "$1000\r\n" + strings.Repeat("x", 1000) + "\r\n"
	r := NewReader(strings.NewReader(long+long+long), 64, Limits{})
	frames := 0
	for {
		frame, err := r.ReadFrame()
		if err == io.EOF {
			break
		}
		r.Shrink()
		if err != nil || string(frame) != long {
			t.Fatalf("frame %d after Shrink: %q, %v", frames, frame, err)
		}
		frames++
	}
	if frames != 3 {
		t.Errorf("%d frames, want 3", frames)
	}
}

func TestReaderDoesNotAllocate(t *testing.T) {
	var stream []byte
	for _, tc := range oneOfEach {
		stream = append(stream, tc.wire...)
	}
	// The length shares no factor with the buffer's length, so all splits occur.
	r := NewReader(&repeatReader{b: append(stream, "+\r\n"...)}, 512, Limits{})
	read := func() {
		for range 1000 {
			if _, err := r.ReadFrame(); err != nil {
				t.Fatal(err)
			}
		}
	}
	read() // the buffer grows once
	if n := testing.AllocsPerRun(10, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
