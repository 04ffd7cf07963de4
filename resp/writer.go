package resp

import (
	"io"
	"math/big"
)

// defaultWriterSize is the buffer of a Writer that was given no size.
const defaultWriterSize = 4 << 10

// Writer writes replies as a server does, in the protocol of its client: what
// RESP2 does not know is written in the form that servers use there. Replies
// are buffered, and written when the buffer is full and by Flush.
//
// A Writer is a batch: its methods return nothing, the first error of the
// underlying writer is kept, drops all that follows and is returned by
// Flush. It is for one goroutine at a time.
type Writer struct {
	// Proto is the protocol version, 2 or 3; 0 means 2. It may be changed
	// between two replies, as HELLO asks for.
	Proto int

	out  io.Writer
	buf  []byte
	size int
	err  error
}

// NewWriter returns a Writer for RESP2 that writes to w whenever size bytes have
// gathered; 0 or less means 4 KiB.
func NewWriter(w io.Writer, size int) *Writer {
	if size <= 0 {
		size = defaultWriterSize
	}
	return &Writer{Proto: 2, out: w, size: size}
}

// Flush writes what is buffered and returns the first error since NewWriter.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buf) > 0 {
		var n int
		n, w.err = w.out.Write(w.buf)
		if w.err == nil && n != len(w.buf) {
			w.err = io.ErrShortWrite
		}
	}
	w.buf = w.buf[:0]
	if cap(w.buf) > 4*w.size {
		w.buf = nil // one long reply does not make the buffer long for good
	}
	return w.err
}

// Buffered returns the number of bytes that Flush would write.
func (w *Writer) Buffered() int { return len(w.buf) }

// put takes over the buffer after something was appended to it.
func (w *Writer) put(buf []byte) {
	w.buf = buf
	if len(buf) >= w.size {
		_ = w.Flush() // kept for the caller's Flush
	}
}

// resp3 tells whether the client understands RESP3.
func (w *Writer) resp3() bool { return w.Proto == 3 }

// version returns the protocol version for the functions that take one.
func (w *Writer) version() int {
	if w.resp3() {
		return 3
	}
	return 2
}

// Raw writes frames that are encoded already.
func (w *Writer) Raw(frames []byte) { w.put(append(w.buf, frames...)) }

// Array writes the header of an array of n elements.
func (w *Writer) Array(n int) { w.put(AppendArray(w.buf, n)) }

// Bulk writes a bulk string.
func (w *Writer) Bulk(s string) { w.put(AppendBulk(w.buf, s)) }

// BulkBytes writes a bulk string from a byte slice, which it does not keep.
func (w *Writer) BulkBytes(b []byte) { w.put(AppendBulkBytes(w.buf, b)) }

// Status writes a status such as OK.
func (w *Writer) Status(s string) { w.put(AppendStatus(w.buf, s)) }

// Error writes an error, whose text should begin with a code: "ERR no such key".
func (w *Writer) Error(text string) { w.put(AppendError(w.buf, text)) }

// Integer writes an integer.
func (w *Writer) Integer(n int64) { w.put(AppendInteger(w.buf, n)) }

// Null writes the null that stands for a missing string.
func (w *Writer) Null() { w.put(AppendNull(w.buf, w.version())) }

// NullArray writes the null that stands for a missing array.
func (w *Writer) NullArray() { w.put(AppendNullArray(w.buf, w.version())) }

// Double writes a floating point number; a bulk string in RESP2.
func (w *Writer) Double(f float64) {
	if w.resp3() {
		w.put(AppendDouble(w.buf, f))
		return
	}
	var text [32]byte
	w.put(AppendBulkBytes(w.buf, appendFloat(text[:0], f)))
}

// Bool writes a boolean; the integer 1 or 0 in RESP2.
func (w *Writer) Bool(v bool) {
	switch {
	case w.resp3():
		w.put(AppendBool(w.buf, v))
	case v:
		w.put(AppendInteger(w.buf, 1))
	default:
		w.put(AppendInteger(w.buf, 0))
	}
}

// Map writes the header of a map of so many pairs; an array of twice as many
// elements in RESP2.
func (w *Writer) Map(pairs int) {
	if w.resp3() {
		w.put(AppendMap(w.buf, pairs))
		return
	}
	w.put(AppendArray(w.buf, 2*pairs))
}

// Set writes the header of a set of n elements; an array in RESP2.
func (w *Writer) Set(n int) {
	if w.resp3() {
		w.put(AppendSet(w.buf, n))
		return
	}
	w.put(AppendArray(w.buf, n))
}

// Push writes the header of a push of n elements; an array in RESP2, as
// subscribers get their messages there.
func (w *Writer) Push(n int) {
	if w.resp3() {
		w.put(AppendPush(w.buf, n))
		return
	}
	w.put(AppendArray(w.buf, n))
}

// Attribute writes the header of an attribute of so many pairs, to be followed by
// them and the value that they annotate. RESP2 has none: then it writes
// nothing and returns false, and the pairs must be left out.
func (w *Writer) Attribute(pairs int) bool {
	if !w.resp3() {
		return false
	}
	w.put(AppendAttribute(w.buf, pairs))
	return true
}

// Verbatim writes a string with its format, see [AppendVerbatim]; a bulk string
// without it in RESP2.
func (w *Writer) Verbatim(format, text string) {
	if w.resp3() {
		w.put(AppendVerbatim(w.buf, format, text))
		return
	}
	w.put(AppendBulk(w.buf, text))
}

// BigNumber writes an integer of any size, nil as null; a bulk string in RESP2.
func (w *Writer) BigNumber(n *big.Int) {
	switch {
	case n == nil:
		w.Null()
	case w.resp3():
		w.put(AppendBigNumber(w.buf, n))
	default:
		w.put(AppendBulk(w.buf, n.String()))
	}
}

// BlobError writes an error that may hold any bytes; in RESP2 an error with
// spaces for its line ends.
func (w *Writer) BlobError(text string) {
	if w.resp3() {
		w.put(AppendBlobError(w.buf, text))
		return
	}
	w.put(AppendError(w.buf, text))
}
