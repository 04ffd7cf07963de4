package conn

import (
	"fmt"

	"github.com/redpoll-go/redpoll/resp"
)

// leave makes the call a husk for its owner, who gives up. When it reports false the reader is decoding a reply: the
// owner has to wait for its signal, which comes at once. For a batch that is signalHusk if more replies are awaited.
func (c *Call) leave() bool {
	for {
		if c.state.CompareAndSwap(statePending, stateHusk) {
			return true
		}
		// One reply of a batch may be done, and the call pending again, between these two lines.
		if c.Replies == 0 || c.state.CompareAndSwap(stateDecoding, stateLeaving) {
			return false
		}
	}
}

// part takes one reply of a batch, which has been taken out of the queue. It reports whether that was the last one, and
// then wakes the owner, unless that is own; otherwise the call goes back to the head of the queue.
func (c *Conn) part(call, own *Call, frame []byte) (last bool, err error) {
	owned := call.state.CompareAndSwap(statePending, stateDecoding)
	if owned {
		if err = call.Sink.(Many).Take(call.taken, frame); err != nil {
			c.putBack(call, owned)
			return false, &DesyncError{Reason: "a reply does not belong to its command", Err: err}
		}
		call.taken++
	}
	call.left--
	if call.left == 0 {
		switch {
		case !owned:
			call.Sink.Release()
		case call != own:
			call.ready <- signalDone
		}
		return true, nil
	}
	if call.left == 1 && call.Nested > 0 && !call.entered {
		c.opening = true
	}
	c.putBack(call, owned)
	if c.mixed.Load() {
		c.followHead()
	}
	return false, nil
}

// putBack makes a batch the first call in flight again, and tells its owner if that has left meanwhile.
func (c *Conn) putBack(call *Call, owned bool) {
	c.inflight.pushFront(call)
	if owned && !call.state.CompareAndSwap(stateDecoding, statePending) {
		call.state.Store(stateHusk)
		call.ready <- signalHusk
	}
}

// open takes the header of the array that ends a batch, so that its elements come as replies of their own: they need not
// fit into memory together with their bytes. It reports false when the header is not there yet.
func (c *Conn) open() (whole bool, err error) {
	switch resp.Kind(c.rd.Peek()) {
	case 0:
		return false, nil
	case resp.KindPush:
		return true, nil // ours comes behind it
	case resp.KindArray:
	default:
		c.opening = false
		return true, nil
	}
	n, ok, err := c.rd.EnterArray()
	if err != nil {
		return false, &DesyncError{Reason: "the server broke the protocol", Err: err}
	}
	if !ok {
		return false, nil
	}
	c.opening = false
	if n < 0 {
		return true, nil // a null, which Next gives
	}
	call := c.inflight.head
	if n != call.Nested {
		return false, &DesyncError{Reason: fmt.Sprintf("the server answered %d commands with %d replies", call.Nested, n)}
	}
	call.left, call.entered = n, true
	return true, nil
}
