package resp

import (
	"errors"
	"io"
)

// defaultReaderSize is the default buffer size of a Reader.
const defaultReaderSize = 16 << 10

// minReaderSize prevents a system call for every few bytes.
const minReaderSize = 16

// maxEmptyReads is how many reads in a row may return neither bytes nor an error.
const maxEmptyReads = 100

var errImpossibleRead = errors.New("resp: io.Reader returned an impossible count")

// Reader takes frames out of a byte stream. The frames are parts of its buffer and valid until the next Fill
// (ReadFrame and ReadCommand call it), unless Own says otherwise. The first Fill allocates the buffer. The
// buffer grows with the bytes that arrived: by at most the same number again plus the initial size, whatever
// lengths a peer announces. When 64 KiB of a bulk string have arrived, the buffer may grow by [Limits].Ahead.
// A frame that is only such a bulk string is read into its own memory, without being copied.
//
// A Reader sets no deadlines and starts no goroutines. One goroutine at a time may use it.
type Reader struct {
	in   io.Reader
	buf  []byte
	r, w int // buf[r:w] has not been handed out
	size int
	scan Scanner
	held error // came together with bytes; the next Fill returns it
	idle int   // number of reads in a row without bytes
	line int   // bytes of an incomplete inline command without a line end
	args [][]byte

	own   bool   // buf belongs to the one frame that begins in it
	spare []byte // the buffer for other frames while own is set
	given bool   // the last frame has its own buffer
}

// largeBulk is how much of a bulk string must arrive before memory is allocated for the rest of it, up to
// Limits.Ahead.
const largeBulk = 64 << 10

// NewReader returns a Reader with a buffer of size bytes at first; 0 or less means 16 KiB.
func NewReader(r io.Reader, size int, l Limits) *Reader {
	if size <= 0 {
		size = defaultReaderSize
	}
	rd := &Reader{in: r, size: max(size, minReaderSize)}
	rd.scan.Init(l)
	return rd
}

// Next returns a whole frame that is already buffered, or nil without an error if more bytes are needed. The
// error is a [*ProtocolError]; every later Next returns it too.
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

// Own reports whether the caller may keep the memory of the last frame from Next. This is so for large bulk
// strings. Own must be called before the next Fill.
func (r *Reader) Own() bool { return r.given }

// Ahead returns how many bytes are missing of a bulk string of 64 KiB or more in the next frame; 0 if there
// is none. The number depends on the length that the peer announced.
func (r *Reader) Ahead() int {
	if s := &r.scan; s.busy && s.end-s.pos > largeBulk {
		return max(s.end-(r.w-r.r), 0)
	}
	return 0
}

// Skip takes frames that are already buffered whole and equal the given frame, byte for byte: at most this
// many, up to the first other frame. It returns how many it took. Skip replaces Next for replies that are
// known in advance: many equal replies are compared at once.
func (r *Reader) Skip(frame string, most int) (n int) {
	if r.scan.busy || frame == "" {
		return 0
	}
	size, b := len(frame), r.buf[r.r:r.w]
	most = min(most, len(b)/size)
	switch {
	case most <= 0 || string(b[:size]) != frame:
	case string(b[:(most-1)*size]) == string(b[size:most*size]):
		n = most // the first frame is equal, and each further one equals the one before
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

// Fill calls Read of the underlying reader exactly once. All frames returned so far become invalid. Fill
// returns the reader's error unchanged. If bytes came with the error, Fill buffers them, and the next Fill
// returns the error without reading. After a passing error, such as a deadline, the Reader continues where it
// was. The error is [io.ErrNoProgress] after 100 reads in a row without bytes.
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

// makeRoom makes enough room that a Read pays.
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
	// A frame is moved to the front at most once, and stays there until it is whole.
	if r.r > 0 && len(r.buf)-r.w < len(r.buf)/2 {
		copy(r.buf, r.buf[r.r:r.w])
		r.r, r.w = 0, unread
	}
	free := len(r.buf) - r.w
	missing := r.scan.end - unread // missing bytes of the bulk string, as announced
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

// makeRoomForBulk is makeRoom for a bulk string of which many bytes have arrived and more are missing.
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

// ReadFrame returns the next frame and reads as often as needed. The error is [io.EOF] if the stream ends
// between two frames, [io.ErrUnexpectedEOF] if it ends inside one, a [*ProtocolError], or the error of the
// underlying reader. After a passing error of the reader, ReadFrame may be called again.
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

// fillInside is Fill inside a frame, where the end of the stream is unexpected.
func (r *Reader) fillInside() error {
	err := r.Fill()
	if errors.Is(err, io.EOF) && r.r < r.w {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Buffered returns the number of bytes that were read but not handed out.
func (r *Reader) Buffered() int { return r.w - r.r }

// Peek returns the first buffered byte without taking it, 0 if there is none. In a stream of frames the byte
// is a [ValueKind].
func (r *Reader) Peek() byte {
	if r.r == r.w {
		return 0
	}
	return r.buf[r.r]
}

// Shrink frees the buffer if it has grown and is empty; the next Fill allocates one of the initial size.
// Frames returned so far stay valid.
func (r *Reader) Shrink() {
	if r.r == r.w && len(r.buf) > r.size {
		r.buf, r.r, r.w = nil, 0, 0
	}
}
