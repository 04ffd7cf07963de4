package conn

import "github.com/redpoll-go/redpoll/internal/wire"

// outbox holds the requests that wait for a write, in order. It keeps them in several pieces, so that no byte
// is copied twice, and a write can begin while more requests are added.
type outbox struct {
	last  []byte   // the piece that grows
	full  [][]byte // earlier pieces
	size  int      // bytes in all pieces
	spare [][]byte // memory for further pieces
}

// pieceSize is the largest size of a piece. A larger request has a piece of its own.
const pieceSize = 256 << 10

func (o *outbox) empty() bool { return o.size == 0 }

// add appends a request.
func (o *outbox) add(wire []byte) {
	o.size += len(wire)
	if len(o.last)+len(wire) > cap(o.last) {
		o.makeRoom(len(wire))
	}
	o.last = append(o.last, wire...)
}

// addCall appends the request of a call. It also copies the large arguments, because nobody waits for the end
// of the write.
func (o *outbox) addCall(call *Call) {
	if call.Holes == nil {
		o.add(call.Wire)
		return
	}
	o.size += call.Size()
	o.makeRoom(call.Size())
	o.last = wire.Append(o.last, call.Wire, call.Holes)
}

// makeRoom makes room for n bytes: it enlarges the last piece while it is small, or begins another one. A
// piece with several requests is never larger than pieceSize, because giveBack would not keep it.
func (o *outbox) makeRoom(n int) {
	if len(o.last) > 0 && len(o.last)+n > pieceSize {
		o.full = append(o.full, o.last)
		o.last = nil
	}
	if k := len(o.spare); o.last == nil && k > 0 {
		o.last, o.spare[k-1] = o.spare[k-1], nil
		o.spare = o.spare[:k-1]
	}
	if size := len(o.last) + n; size > cap(o.last) {
		if len(o.full) > 0 {
			size = max(size, pieceSize)
		} else {
			size = max(size, min(2*cap(o.last), pieceSize), writeSize)
		}
		o.last = append(make([]byte, 0, size), o.last...)
	}
}

// take removes the first piece, which belongs to the caller until giveBack.
func (o *outbox) take() (piece []byte) {
	if len(o.full) > 0 {
		piece = o.full[0]
		o.full[0] = nil
		if o.full = o.full[1:]; len(o.full) == 0 {
			o.full = nil
		}
	} else {
		piece, o.last = o.last, nil
	}
	o.size -= len(piece)
	return piece
}

// giveBack keeps the memory of a piece for later use.
func (o *outbox) giveBack(piece []byte) {
	if cap(piece) <= pieceSize {
		o.spare = append(o.spare, piece[:0])
	}
}

// shrink frees the memory of a burst.
func (o *outbox) shrink(keep int) {
	if o.empty() && (len(o.spare) > 1 || cap(o.last) > keep || len(o.spare) == 1 && cap(o.spare[0]) > keep) {
		*o = outbox{}
	}
}
