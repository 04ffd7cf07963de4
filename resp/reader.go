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
// and valid until the next Fill (ReadFrame and ReadCommand call it), unless
// Own says otherwise. The buffer is allocated by the first Fill and grows with
// the bytes that arrived, at most by as many again plus its initial size,
// whatever lengths a peer claims; of a bulk string of which 64 KiB have come
// it may grow by [Limits].Ahead. A frame that is nothing but such a bulk string
// is read into memory of its own, without being copied.
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

	own   bool   // buf is for the one frame that begins in it
	spare []byte // the buffer for others, meanwhile
	given bool   // the last frame was such a one
}

// largeBulk is how much of a bulk string has to have arrived before memory is
// taken for the rest of it, or for what Limits.Ahead allows.
const largeBulk = 64 << 10

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
	frame := r.buf[start:r.r:r.r]
	if r.own {
		r.own, r.given = false, true
		r.buf, r.spare, r.r, r.w = r.spare, nil, 0, 0
	}
	return frame, nil
}

// Own reports whether the frame that Next gave last is the caller's for good.
// That holds for large bulk strings, until the next Fill.
func (r *Reader) Own() bool { return r.given }

// Ahead returns how many bytes of a bulk string of 64 KiB or more are missing
// that is a part of the next frame; 0 if none is under way. It is what the
// peer claims.
func (r *Reader) Ahead() int {
	if s := &r.scan; s.busy && s.end-s.pos > largeBulk {
		return max(s.end-(r.w-r.r), 0)
	}
	return 0
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
	r.given = false
	unread := r.w - r.r
	if unread == 0 {
		r.r, r.w = 0, 0
		if r.buf == nil {
			r.buf = make([]byte, r.size)
		}
		return
	}
	if s := &r.scan; s.busy && s.end > 0 && unread-s.pos >= largeBulk {
		r.makeRoomForBulk(unread)
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

// makeRoomForBulk is makeRoom where much of a bulk string has arrived and more
// is missing.
func (r *Reader) makeRoomForBulk(unread int) {
	end, ahead := r.scan.end, int(r.scan.limits.Ahead)
	free, missing := len(r.buf)-r.w, end-unread
	if r.scan.pos == 0 && len(r.scan.stack) == 0 && Kind(r.buf[r.r]) == KindBulk {
		if r.own && free > 0 {
			return
		}
		own := make([]byte, unread+min(missing, ahead))
		copy(own, r.buf[r.r:r.w])
		if !r.own {
			r.own, r.spare = true, r.buf
		}
		r.buf, r.r, r.w = own, 0, unread
		return
	}
	if free >= min(missing, ahead) || free >= len(r.buf)/4 {
		return
	}
	buf := make([]byte, max(2*unread, unread+min(missing, ahead))+r.size)
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
