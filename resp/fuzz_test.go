package resp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/big"
	"testing"
	"testing/iotest"
)

// FuzzScanner checks that a frame has the same end wherever it is split, that the plain reference parser and
// Decoder.Skip agree, and that every method of the decoder handles every frame that the scanner accepts.
func FuzzScanner(f *testing.F) {
	for _, tc := range oneOfEach {
		f.Add([]byte(tc.wire), uint16(1), uint16(5))
	}
	limits := Limits{Bulk: 1 << 20, Line: 100, Elements: 1000, Depth: 8}.withDefaults()
	f.Fuzz(func(t *testing.T, b []byte, cut1, cut2 uint16) {
		first, second := int(cut1)%(len(b)+1), int(cut2)%(len(b)+1)
		whole, wholeErr := scanPieces(b, limits)
		n, err := scanPieces(b, limits, min(first, second), max(first, second))
		if n != whole || (err == nil) != (wholeErr == nil) {
			t.Fatalf("%q: at once %d, %v; split at %d and %d: %d, %v", b, whole, wholeErr, first, second, n,
				err)
		}
		want, wantErr := reference(b, limits, 0)
		if whole != want || wholeErr != nil && wantErr == nil && !isLineLimit(wholeErr) {
			t.Fatalf("%q: %d, %v; the reference says %d, %v", b, whole, wholeErr, want, wantErr)
		}
		if whole == 0 {
			return
		}
		d := NewDecoder(b)
		if err := d.Skip(); err != nil || d.pos != whole {
			t.Fatalf("%q: Skip = %v, at %d; Scan says %d", b, err, d.pos, whole)
		}
		d.Reset(b[:whole])
		if _, err := describe(&d); d.More() && isProtocolError(err) {
			t.Fatalf("%q: %v", b, err)
		}
	})
}

// isLineLimit reports whether the scanner refused a line without an end, for which the reference parser still
// waits.
func isLineLimit(err error) bool {
	return err.Error() == "resp: protocol error: line is over the limit of 100 bytes"
}

func isProtocolError(err error) bool {
	var pe *ProtocolError
	return errors.As(err, &pe)
}

// FuzzDecoder checks that no bytes make the decoder panic, go backwards, leave the frame or announce elements
// that are not there.
func FuzzDecoder(f *testing.F) {
	for _, tc := range oneOfEach {
		f.Add([]byte(tc.wire))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDecoder(b)
		for steps := 0; d.More() && steps < 100; steps++ {
			exercise(t, &d)
			// Go into aggregates if possible.
			if _, err := d.Len(); err != nil && d.Skip() != nil {
				break
			}
		}
		d.Reset(b)
		if _, err := describe(&d); err != nil && !isProtocolError(err) {
			var te *TypeError
			if !errors.As(err, &te) {
				t.Fatalf("%q: %v", b, err)
			}
		}
	})
}

// FuzzReadCommand checks that commands read byte by byte equal those read at once, and that arrays read as
// commands are written the same way again.
func FuzzReadCommand(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n"))
	f.Add([]byte("GET a\r\nSET \"a b\" '\\'c'\n\r\n"))
	f.Add([]byte("*1\r\n:1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := Limits{Bulk: 1 << 10, Line: 100, Elements: 100}
		atOnce := NewReader(bytes.NewReader(b), 16, limits)
		slowly := NewReader(iotest.OneByteReader(bytes.NewReader(b)), 16, limits)
		for {
			want, wantErr := atOnce.ReadCommand()
			got, err := slowly.ReadCommand()
			if (err == nil) != (wantErr == nil) || isProtocolError(err) != isProtocolError(wantErr) ||
				len(got) != len(want) {
				t.Fatalf("%q: at once %q, %v; byte by byte %q, %v", b, want, wantErr, got, err)
			}
			if err != nil {
				if !isProtocolError(err) && err != io.EOF && err != io.ErrUnexpectedEOF {
					t.Fatalf("%q: %v", b, err)
				}
				return
			}
			again := AppendArray(nil, len(got))
			for i := range got {
				if !bytes.Equal(got[i], want[i]) {
					t.Fatalf("%q: at once %q, byte by byte %q", b, want, got)
				}
				again = AppendBulkBytes(again, got[i])
			}
			back, err := NewReader(bytes.NewReader(again), 0, Limits{}).ReadCommand()
			if err != nil || len(back) != len(got) {
				t.Fatalf("%q came back as %q, %v", got, back, err)
			}
		}
	})
}

// FuzzAppendRoundTrip checks that the appended bytes are one valid frame which decodes to the same values.
func FuzzAppendRoundTrip(f *testing.F) {
	f.Add("text", []byte("bytes"), int64(-5), 1.5, true)
	f.Add("", []byte(nil), int64(math.MinInt64), math.Inf(-1), false)
	f.Add("a\r\nb", []byte("\r\n"), int64(math.MaxInt64), math.Copysign(0, -1), true)
	f.Fuzz(func(t *testing.T, text string, raw []byte, n int64, float float64, flag bool) {
		wire := AppendAttribute(nil, 1)
		wire = AppendBulk(wire, text)
		wire = AppendSet(wire, 0)
		wire = AppendPush(wire, 9)
		wire = AppendBulk(wire, text)
		wire = AppendBulkBytes(wire, raw)
		wire = AppendVerbatim(wire, "txt", text)
		wire = AppendInteger(wire, n)
		wire = AppendDouble(wire, float)
		wire = AppendBool(wire, flag)
		wire = AppendBlobError(wire, text)
		wire = AppendMap(wire, 1)
		wire = AppendStatus(wire, text)
		wire = AppendError(wire, text)
		wire = AppendBigNumber(wire, big.NewInt(n))
		if end, err := scanPieces(wire, Limits{}, len(wire)/2); end != len(wire) || err != nil {
			t.Fatalf("%q: %d, %v", wire, end, err)
		}

		d := NewDecoder(wire)
		if d.Kind() != KindPush {
			t.Fatalf("kind %v", d.Kind())
		}
		size, _ := d.Len()
		gotText, _ := d.Text()
		gotRaw, _ := d.Bytes()
		gotVerbatim, _ := d.Text()
		gotInt, _ := d.Int()
		gotFloat, _ := d.Float()
		gotFlag, _ := d.Bool()
		gotError, _ := d.ErrorText()
		if size != 9 || gotText != text || !bytes.Equal(gotRaw, raw) || gotVerbatim != text || gotInt != n ||
			!sameFloat(gotFloat, float) || gotFlag != flag || gotError != text {
			t.Fatalf("%q decodes to %d elements: %q %q %q %d %v %v %q", wire, size, gotText, gotRaw,
				gotVerbatim, gotInt, gotFloat, gotFlag, gotError)
		}
		pairs, _ := d.MapLen()
		line, _ := d.Text()
		errLine, _ := d.ErrorText()
		gotBig, err := d.Int()
		if pairs != 1 || len(line) != len(text) || errLine != line || gotBig != n || err != nil || d.More() {
			t.Fatalf("%q ends with %d pairs of %q and %q, and %d, %v", wire, pairs, line, errLine, gotBig,
				err)
		}
	})
}
