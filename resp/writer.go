package resp

import (
	"io"
	"math/big"
)

// defaultWriterSize is the default buffer size of a Writer.
const defaultWriterSize = 4 << 10

// Writer writes replies as a server does, in the protocol of its client. Kinds that RESP2 lacks are written
// in the form that servers use for RESP2. Replies are buffered, and written when the buffer is full and by
// Flush.
//
// The methods of a Writer return nothing. It keeps the first error of the underlying writer, drops everything
// that follows, and Flush returns the error. One goroutine at a time may use it.
type Writer struct {
	// Proto is the protocol version, 2 or 3; 0 means 2. It may be changed between two replies, as HELLO asks
	// for.
	Proto int

	out  io.Writer
	buf  []byte
	size int
	err  error
}

// NewWriter returns a Writer for RESP2 that writes to w when the buffer has size bytes; 0 or less means 4
// KiB.
func NewWriter(w io.Writer, size int) *Writer {
	if size <= 0 {
		size = defaultWriterSize
	}
	return &Writer{Proto: 2, out: w, size: size}
}

// Flush writes the buffered bytes and returns the first error since NewWriter.
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
		w.buf = nil // a long reply should not enlarge the buffer for good
	}
	return w.err
}

// Buffered returns the number of bytes that Flush would write.
func (w *Writer) Buffered() int { return len(w.buf) }

// put takes the buffer back after an Append function.
func (w *Writer) put(buf []byte) {
	w.buf = buf
	if len(buf) >= w.size {
		_ = w.Flush() // Flush returns the error to the caller later
	}
}

// resp3 reports whether the client understands RESP3.
func (w *Writer) resp3() bool { return w.Proto == 3 }

// version returns the protocol version for the functions that take one.
func (w *Writer) version() int {
	if w.resp3() {
		return 3
	}
	return 2
}

// Raw writes encoded frames.
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

// Map writes the header of a map with this number of pairs; in RESP2 an array of twice as many elements.
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

// Push writes the header of a push of n elements; in RESP2 an array, the form of messages to subscribers.
func (w *Writer) Push(n int) {
	if w.resp3() {
		w.put(AppendPush(w.buf, n))
		return
	}
	w.put(AppendArray(w.buf, n))
}

// Attribute writes the header of an attribute with this number of pairs. The pairs follow, and then the value
// that they annotate. RESP2 has no attributes: then it writes nothing and returns false, and the caller must
// leave the pairs out.
func (w *Writer) Attribute(pairs int) bool {
	if !w.resp3() {
		return false
	}
	w.put(AppendAttribute(w.buf, pairs))
	return true
}

// Verbatim writes a string with its format, see [AppendVerbatim]; a bulk string without it in RESP2.
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

// BlobError writes an error that may hold any bytes; in RESP2 an error with spaces for its line ends.
func (w *Writer) BlobError(text string) {
	if w.resp3() {
		w.put(AppendBlobError(w.buf, text))
		return
	}
	w.put(AppendError(w.buf, text))
}
