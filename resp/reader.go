package resp

import (
	"errors"
	"io"
)

// defaultReaderSize is the buffer of a Reader that was given no size.
const defaultReaderSize = 16 << 10

// minReaderSize keeps a tiny size from meaning a system call for each few bytes.
const minReaderSize = 16

// maxEmptyReads is how many reads in a row may give neither bytes nor an error.
const maxEmptyReads = 100

var errImpossibleRead = errors.New("resp: io.Reader returned an impossible count")

// Reader takes frames out of a byte stream. The frames are parts of its buffer
// and valid until the next Fill (ReadFrame and ReadCommand call it). The
// buffer is allocated by the first Fill and grows with the bytes that arrived,
// at most by as many again plus its initial size, whatever lengths a peer
// claims.
//
// It sets no deadlines and starts nothing; it is for one goroutine at a time.
type Reader struct {
	in   io.Reader
	buf  []byte
	r, w int // buf[r:w] has not been handed out
	size int
	scan Scanner
	held error // came together with bytes, is returned by the next Fill
	idle int   // reads in a row that gave nothing
	line int   // bytes of an unfinished inline command without a line end
	args [][]byte
}

// NewReader returns a Reader with a buffer of size bytes at first; 0 or less
// means 16 KiB.
func NewReader(r io.Reader, size int, l Limits) *Reader {
	if size <= 0 {
		size = defaultReaderSize
	}
	rd := &Reader{in: r, size: max(size, minReaderSize)}
	rd.scan.Init(l)
	return rd
}

// Next returns a whole frame that is already buffered, or nil without an error
// when more bytes are needed. The error is a [*ProtocolError] and stays.
func (r *Reader) Next() ([]byte, error) {
	if r.r == r.w {
		return nil, r.broken()
	}
	n, err := r.scan.Scan(r.buf[r.r:r.w])
	if n == 0 {
		return nil, err
	}
	start := r.r
	r.r += n
	return r.buf[start:r.r:r.r], nil
}

// Skip takes frames that are, byte for byte, the one given and are already buffered whole: at most so many of them, up to
// the first other one. It returns how many it took. It is Next for replies that are known in advance: these are
// compared, all of them at once where they are all equal.
func (r *Reader) Skip(frame string, most int) (n int) {
	if r.scan.busy || frame == "" {
		return 0
	}
	size, b := len(frame), r.buf[r.r:r.w]
	most = min(most, len(b)/size)
	switch {
	case most <= 0 || string(b[:size]) != frame:
	case string(b[:(most-1)*size]) == string(b[size:most*size]):
		n = most // the first is that frame, and each other one is like the one before it
	default:
		for n = 1; string(b[n*size:(n+1)*size]) == frame; n++ {
		}
	}
	r.r += n * size
	return n
}

// broken returns the error after which nothing can be read any more.
func (r *Reader) broken() error {
	if r.scan.err != nil {
		return r.scan.err
	}
	return nil
}

// Fill calls the underlying reader's Read exactly once, and ends the validity
// of all frames returned so far. The reader's error is returned as it is, after
// the bytes that came with it were buffered: if there were any, by the next
// Fill, which then does not read. After an error that passes, such as a deadline, the
// Reader goes on where it was. It is [io.ErrNoProgress] when 100 reads in a row
// gave nothing.
func (r *Reader) Fill() error {
	if err := r.broken(); err != nil {
		return err
	}
	if err := r.held; err != nil {
		r.held = nil
		return err
	}
	r.makeRoom()
	n, err := r.in.Read(r.buf[r.w:])
	if n < 0 || n > len(r.buf)-r.w {
		return errImpossibleRead
	}
	if n == 0 && err == nil {
		if r.idle++; r.idle >= maxEmptyReads {
			r.idle, err = 0, io.ErrNoProgress
		}
		return err
	}
	r.idle = 0
	if n == 0 {
		return err
	}
	r.w += n
	r.held = err
	return nil
}

// makeRoom sees to it that a Read is worth its call.
func (r *Reader) makeRoom() {
	unread := r.w - r.r
	if unread == 0 {
		r.r, r.w = 0, 0
		if r.buf == nil {
			r.buf = make([]byte, r.size)
		}
		return
	}
	// A frame is moved to the front once at most: then it stands there until
	// it is whole.
	if r.r > 0 && len(r.buf)-r.w < len(r.buf)/2 {
		copy(r.buf, r.buf[r.r:r.w])
		r.r, r.w = 0, unread
	}
	free := len(r.buf) - r.w
	missing := r.scan.end - unread // of the bulk string under way, as it claims
	if free >= len(r.buf)/4 || missing > 0 && missing <= free {
		return
	}
	size := 2*unread + r.size
	if missing > 0 {
		size = min(size, unread+missing+r.size)
	}
	buf := make([]byte, size)
	copy(buf, r.buf[r.r:r.w])
	r.buf, r.r, r.w = buf, 0, unread
}

// ReadFrame returns the next frame, reading as often as needed. The error is
// [io.EOF] if the stream ends between two frames, [io.ErrUnexpectedEOF] if it
// ends inside one, a [*ProtocolError], or the underlying reader's; after an
// error of the reader that passes it may be called again.
func (r *Reader) ReadFrame() ([]byte, error) {
	for {
		frame, err := r.Next()
		if frame != nil || err != nil {
			return frame, err
		}
		if err := r.fillInside(); err != nil {
			return nil, err
		}
	}
}

// fillInside is Fill where the end of the stream may cut something off.
func (r *Reader) fillInside() error {
	err := r.Fill()
	if errors.Is(err, io.EOF) && r.r < r.w {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Buffered returns the number of bytes that were read but not handed out.
func (r *Reader) Buffered() int { return r.w - r.r }

// Peek returns the first byte of what Buffered counts without taking it, 0 when
// there is nothing: a [Kind] for a stream of frames.
func (r *Reader) Peek() byte {
	if r.r == r.w {
		return 0
	}
	return r.buf[r.r]
}

// Shrink gives up the buffer if it has grown and holds nothing; the next Fill
// allocates one of the initial size. Frames returned so far stay valid.
func (r *Reader) Shrink() {
	if r.r == r.w && len(r.buf) > r.size {
		r.buf, r.r, r.w = nil, 0, 0
	}
}
