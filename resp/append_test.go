package resp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
)

// replies has the bytes of both protocols for each method.
var replies = []struct {
	name         string
	write        func(w *Writer)
	resp2, resp3 string
}{
	{"status", func(w *Writer) { w.Status("OK") }, "+OK\r\n", "+OK\r\n"},
	{"status with line ends", func(w *Writer) { w.Status("a\r\n+b\n") }, "+a  +b \r\n", "+a  +b \r\n"},
	{"empty status", func(w *Writer) { w.Status("") }, "+\r\n", "+\r\n"},
	{"error", func(w *Writer) { w.Error("ERR no such key") }, "-ERR no such key\r\n", "-ERR no such key\r\n"},
	{"error with line ends", func(w *Writer) { w.Error("ERR a\r\nb") }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
	{"integer", func(w *Writer) { w.Integer(1234) }, ":1234\r\n", ":1234\r\n"},
	{"largest integer", func(w *Writer) {
		w.Integer(math.MaxInt64)
	}, ":9223372036854775807\r\n", ":9223372036854775807\r\n"},
	{"smallest integer", func(w *Writer) {
		w.Integer(math.MinInt64)
	}, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
	{"bulk", func(w *Writer) { w.Bulk("hello\r\n") }, "$7\r\nhello\r\n\r\n", "$7\r\nhello\r\n\r\n"},
	{"bulk of nine bytes", func(w *Writer) {
		w.Bulk("123456789")
	}, "$9\r\n123456789\r\n", "$9\r\n123456789\r\n"},
	{"bulk of ten bytes", func(w *Writer) {
		w.Bulk("1234567890")
	}, "$10\r\n1234567890\r\n", "$10\r\n1234567890\r\n"},
	{"empty bulk", func(w *Writer) { w.Bulk("") }, "$0\r\n\r\n", "$0\r\n\r\n"},
	{"bulk bytes", func(w *Writer) {
		w.BulkBytes([]byte{0, 255})
	}, "$2\r\n\x00\xff\r\n", "$2\r\n\x00\xff\r\n"},
	{"nil bytes", func(w *Writer) { w.BulkBytes(nil) }, "$0\r\n\r\n", "$0\r\n\r\n"},
	{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
	{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
	{"array", func(w *Writer) { w.Array(12) }, "*12\r\n", "*12\r\n"},
	{"empty array", func(w *Writer) { w.Array(0) }, "*0\r\n", "*0\r\n"},
	{"array of less than nothing", func(w *Writer) { w.Array(-1) }, "*0\r\n", "*0\r\n"},
	{"map", func(w *Writer) { w.Map(2) }, "*4\r\n", "%2\r\n"},
	{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
	{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
	{"attribute", func(w *Writer) {
		if w.Attribute(1) {
			w.Bulk("k")
			w.Bulk("v")
		}
		w.Integer(1)
	}, ":1\r\n", "|1\r\n$1\r\nk\r\n$1\r\nv\r\n:1\r\n"},
	{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
	{"whole double", func(w *Writer) { w.Double(1000000) }, "$7\r\n1000000\r\n", ",1000000\r\n"},
	{"large double", func(w *Writer) {
		w.Double(1e16)
	}, "$17\r\n10000000000000000\r\n", ",10000000000000000\r\n"},
	{"double with exponent", func(w *Writer) { w.Double(1e17) }, "$5\r\n1e+17\r\n", ",1e+17\r\n"},
	{"small double", func(w *Writer) { w.Double(-0.0001) }, "$7\r\n-0.0001\r\n", ",-0.0001\r\n"},
	{"tiny double", func(w *Writer) { w.Double(5e-324) }, "$6\r\n5e-324\r\n", ",5e-324\r\n"},
	{"zero", func(w *Writer) { w.Double(0) }, "$1\r\n0\r\n", ",0\r\n"},
	{"negative zero", func(w *Writer) { w.Double(math.Copysign(0, -1)) }, "$2\r\n-0\r\n", ",-0\r\n"},
	{"infinity", func(w *Writer) { w.Double(math.Inf(1)) }, "$3\r\ninf\r\n", ",inf\r\n"},
	{"negative infinity", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
	{"not a number", func(w *Writer) { w.Double(math.NaN()) }, "$3\r\nnan\r\n", ",nan\r\n"},
	{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
	{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
	{"verbatim", func(w *Writer) { w.Verbatim("mkd", "# a") }, "$3\r\n# a\r\n", "=7\r\nmkd:# a\r\n"},
	{"verbatim of an unknown format", func(w *Writer) {
		w.Verbatim("markdown", "a")
	}, "$1\r\na\r\n", "=5\r\ntxt:a\r\n"},
	{"big number", func(w *Writer) {
		w.BigNumber(new(big.Int).Lsh(big.NewInt(-1), 70))
	}, "$23\r\n-1180591620717411303424\r\n", "(-1180591620717411303424\r\n"},
	{"no big number", func(w *Writer) { w.BigNumber(nil) }, "$-1\r\n", "_\r\n"},
	{"blob error", func(w *Writer) { w.BlobError("ERR a\nb") }, "-ERR a b\r\n", "!7\r\nERR a\nb\r\n"},
	{"raw", func(w *Writer) { w.Raw([]byte("+OK\r\n:1\r\n")) }, "+OK\r\n:1\r\n", "+OK\r\n:1\r\n"},
}

func TestWriterInBothProtocols(t *testing.T) {
	t.Parallel()
	for _, tc := range replies {
		for proto, want := range map[int]string{0: tc.resp2, 2: tc.resp2, 3: tc.resp3} {
			var out bytes.Buffer
			w := NewWriter(&out, 0)
			w.Proto = proto
			tc.write(w)
			if out.Len() != 0 || w.Buffered() != len(want) {
				t.Errorf("%s: %d bytes written before Flush, %d buffered", tc.name, out.Len(), w.Buffered())
			}
			if err := w.Flush(); err != nil || w.Buffered() != 0 {
				t.Fatal(err)
			}
			if got := out.String(); got != want {
				t.Errorf("%s in RESP%d: %q, want %q", tc.name, proto, got, want)
			}
		}
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, got, want string }{
		{"command", string(AppendCommand(nil, "SET", "key", "a b\r\n")),
			"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\na b\r\n\r\n"},
		{"long command", string(AppendCommand(nil, make([]string, 10)...)),
			"*10\r\n" + strings.Repeat("$0\r\n\r\n", 10)},
		{"behind something", string(AppendBulk([]byte("+OK\r\n"), "x")), "+OK\r\n$1\r\nx\r\n"},
		{"big number", string(AppendBigNumber(nil, big.NewInt(-12))), "(-12\r\n"},
		{"no big number", string(AppendBigNumber(nil, nil)), "_\r\n"},
		{"null of RESP2", string(AppendNull(nil, 2)), "$-1\r\n"},
		{"null of RESP3", string(AppendNull(nil, 3)), "_\r\n"},
		{"null array of RESP2", string(AppendNullArray(nil, 2)), "*-1\r\n"},
		{"null array of RESP3", string(AppendNullArray(nil, 3)), "_\r\n"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

// countingWriter counts the calls of Write; from a given call on it fails.
type countingWriter struct {
	bytes.Buffer
	calls, failAt int
	short         bool
}

var errWrite = errors.New("write failed")

func (w *countingWriter) Write(p []byte) (int, error) {
	w.calls++
	if w.failAt > 0 && w.calls >= w.failAt {
		if w.short {
			return len(p) / 2, nil
		}
		return 0, errWrite
	}
	return w.Buffer.Write(p)
}

func TestWriterWritesWhenFull(t *testing.T) {
	t.Parallel()
	var out countingWriter
	w := NewWriter(&out, 20)
	var want string
	for range 10 {
		w.Bulk("12345") // 11 bytes
		want += "$5\r\n12345\r\n"
	}
	if out.calls != 5 {
		t.Errorf("%d writes, want 5", out.calls)
	}
	w.Bulk(strings.Repeat("x", 1000))
	want += "$1000\r\n" + strings.Repeat("x", 1000) + "\r\n"
	if cap(w.buf) > 80 {
		t.Errorf("a long reply leaves a buffer of %d bytes", cap(w.buf))
	}
	if err := w.Flush(); err != nil || out.calls != 6 || out.String() != want {
		t.Errorf("Flush = %v after %d writes of %q", err, out.calls, out.String())
	}
}

func TestWriterKeepsTheFirstError(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		short bool
		want  error
	}{{"error", false, errWrite}, {"short write", true, io.ErrShortWrite}} {
		out := countingWriter{failAt: 2, short: tc.short}
		w := NewWriter(&out, 10)
		for range 5 {
			w.Bulk("12345")
		}
		for range 2 {
			if err := w.Flush(); err != tc.want {
				t.Errorf("%s: Flush = %v, want %v", tc.name, err, tc.want)
			}
		}
		if out.calls != 2 || out.String() != "$5\r\n12345\r\n" {
			t.Errorf("%s: %d writes, %q written", tc.name, out.calls, out.String())
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		buf = AppendCommand(buf[:0], "SET", "key", "value")
		buf = AppendBulkBytes(buf, buf[:3])
		buf = AppendInteger(buf, -1<<63)
		buf = AppendDouble(buf, 1.25)
		buf = AppendStatus(buf, "OK")
		buf = AppendMap(buf, 1000)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
