package resp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// enter takes the header of the next array and reads as often as needed. It returns -2 if the next value is
// not an array.
func enter(r *Reader) (int, error) {
	for {
		n, ok, err := r.EnterArray()
		if ok || err != nil {
			return n, err
		}
		if r.Buffered() > 0 && Kind(r.Peek()) != KindArray {
			return -2, nil
		}
		if err := r.Fill(); err != nil {
			return 0, err
		}
	}
}

func TestEnterArray(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, wire string
		n          int
		left       string // bytes that are still to be read
		err        string
	}{
		{"two elements", "*2\r\n+a\r\n+b\r\n", 2, "+a\r\n+b\r\n", ""},
		{"none", "*0\r\n+behind\r\n", 0, "+behind\r\n", ""},
		{"many digits", "*123\r\n+a\r\n", 123, "+a\r\n", ""},
		{"null", "*-1\r\n+behind\r\n", -1, "*-1\r\n+behind\r\n", ""},
		{"nested", "*1\r\n*1\r\n:1\r\n", 1, "*1\r\n:1\r\n", ""},
		{"status", "+OK\r\n", -2, "+OK\r\n", ""},
		{"error", "-ERR no\r\n", -2, "-ERR no\r\n", ""},
		{"null of RESP3", "_\r\n", -2, "_\r\n", ""},
		{"set", "~1\r\n:1\r\n", -2, "~1\r\n:1\r\n", ""},
		{"push", ">1\r\n+x\r\n", -2, ">1\r\n+x\r\n", ""},
		{"attribute", "|1\r\n+a\r\n+b\r\n*1\r\n:1\r\n", -2, "|1\r\n+a\r\n+b\r\n*1\r\n:1\r\n", ""},
		{"no length", "*\r\n", 0, "", "malformed length"},
		{"negative", "*-2\r\n", 0, "", "malformed length"},
		{"streamed", "*?\r\n", 0, "", "streamed"},
		{"text", "*abc\r\n", 0, "", "malformed length"},
		{"over the limit", "*1001\r\n", 0, "", "over the limit"},
		{"overflow", "*99999999999999999999999999\r\n", 0, "", "malformed length"},
		{"CR without LF", "*1\rx", 0, "", "without LF"},
		{"endless", "*" + strings.Repeat("0", 200), 0, "", "line is over the limit"},
		{"cut off", "*12", 0, "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, in := range map[string]io.Reader{
				"at once":      strings.NewReader(tt.wire),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.wire)),
			} {
				r := NewReader(in, 0, Limits{Elements: 1000, Line: 100})
				n, err := enter(r)
				if tt.err != "" {
					if err == nil || !strings.Contains(err.Error(), tt.err) {
						t.Errorf("%s: %d, %v", name, n, err)
					}
					if err != io.EOF {
						if _, again := r.Next(); again != err {
							t.Errorf("%s: the error does not stay: %v", name, again)
						}
						if _, _, again := r.EnterArray(); again != err {
							t.Errorf("%s: the error does not stay: %v", name, again)
						}
					}
					continue
				}
				var left []byte
				for err == nil {
					var frame []byte
					if frame, err = r.ReadFrame(); err == nil {
						left = append(left, frame...)
					}
				}
				if n != tt.n || string(left) != tt.left || err != io.EOF {
					t.Errorf("%s: %d, then %q and %v", name, n, left, err)
				}
			}
		})
	}
}

// Inside an incomplete frame EnterArray takes no header.
func TestEnterArrayInsideAFrame(t *testing.T) {
	t.Parallel()
	r := NewReader(&chunks{pieces: []any{[]byte("*2\r\n+a\r\n"), []byte("+b\r\n*1\r\n"), []byte(":1\r\n")}},
		0, Limits{})
	if _, ok, err := r.EnterArray(); ok || err != nil {
		t.Errorf("an empty reader: %v, %v", ok, err)
	}
	if err := r.Fill(); err != nil {
		t.Fatal(err)
	}
	if frame, err := r.Next(); frame != nil || err != nil {
		t.Fatalf("%q, %v", frame, err)
	}
	if n, ok, err := r.EnterArray(); ok || err != nil {
		t.Errorf("inside a frame: %d, %v, %v", n, ok, err)
	}
	if frame, err := r.ReadFrame(); string(frame) != "*2\r\n+a\r\n+b\r\n" || err != nil {
		t.Fatalf("%q, %v", frame, err)
	}
	if n, ok, err := r.EnterArray(); n != 1 || !ok || err != nil {
		t.Errorf("behind the frame: %d, %v, %v", n, ok, err)
	}
	if frame, err := r.ReadFrame(); string(frame) != ":1\r\n" || err != nil {
		t.Fatalf("%q, %v", frame, err)
	}
}

// FuzzEnterArray checks that an entered array has the same elements as the array read whole.
func FuzzEnterArray(f *testing.F) {
	for _, tc := range oneOfEach {
		f.Add([]byte(tc.wire))
		f.Add([]byte("*2\r\n" + tc.wire + tc.wire + "+behind\r\n"))
	}
	limits := Limits{Bulk: 1 << 20, Line: 100, Elements: 1000, Depth: 8}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, wholeErr := NewReader(bytes.NewReader(b), 0, limits).ReadFrame()
		r := NewReader(iotest.OneByteReader(bytes.NewReader(b)), 0, limits)
		n, err := enter(r)
		switch {
		case wholeErr != nil:
			for ; n > 0 && err == nil; n-- { // must not panic
				_, err = r.ReadFrame()
			}
			return
		case Kind(b[0]) != KindArray:
			if n != -2 || err != nil {
				t.Fatalf("%q: %d, %v", b, n, err)
			}
			return
		case err != nil:
			t.Fatalf("%q: %v", b, err)
		case n == -1:
			if string(whole) != "*-1\r\n" {
				t.Fatalf("%q is taken for null", b)
			}
			return
		}
		d := NewDecoder(whole)
		if want, err := d.Len(); err != nil || want != n {
			t.Fatalf("%q: %d elements, the decoder says %d, %v", b, n, want, err)
		}
		rest := whole[d.pos:]
		for i := range n {
			frame, err := r.ReadFrame()
			if err != nil && !errors.As(err, new(*ProtocolError)) || !bytes.HasPrefix(rest, frame) {
				t.Fatalf("%q: element %d is %q, %v; %q is left", b, i, frame, err, rest)
			}
			if err != nil {
				t.Fatalf("%q: element %d: %v", b, i, err)
			}
			rest = rest[len(frame):]
		}
		if len(rest) > 0 {
			t.Fatalf("%q: %q is left", b, rest)
		}
	})
}
