package conn

import (
	"fmt"

	"github.com/redpoll-go/redpoll/resp"
)

// leave makes the call a husk when its owner gives up. If it returns false, the reader is decoding a reply:
// the owner must wait for the signal, which comes at once. For a call with several replies the signal is
// signalHusk if more replies are awaited.
func (c *Call) leave() bool {
	for {
		if c.state.CompareAndSwap(statePending, stateHusk) {
			return true
		}
		// Between these two lines the reader may finish one of several replies, so that the call is pending
		// again.
		if c.Replies == 0 && c.Prelude == nil || c.state.CompareAndSwap(stateDecoding, stateLeaving) {
			return false
		}
	}
}

// expect counts the replies of a call that may have more than one.
func (c *Call) expect() {
	c.left, c.taken, c.entered = c.Replies, 0, false
	if c.Prelude != nil {
		c.ahead = c.Prelude.Replies
	}
}

// parts takes the received replies of a call with several replies. The call has been taken out of the queue,
// and frame is its first reply here. If the last reply has come, parts returns true and wakes the owner,
// unless the call is own. Otherwise it puts the call back at the head of the queue.
func (c *Conn) parts(call, own *Call, frame []byte) (last bool, err error) {
	owned := call.claim()
	many, _ := call.Sink.(Many)
	for frame != nil {
		switch {
		case call.ahead > 0: // a reply to the prelude
			if owned {
				call.Prelude.check(call.Prelude.Replies-call.ahead, frame)
			}
			call.ahead--
		case call.Replies == 0:
			if owned {
				c.give(call, frame)
				call.decode(frame)
			}
			last = true
		default:
			if owned {
				c.give(call, frame)
				if err := many.Take(call.taken, frame); err != nil {
					c.putBack(call, owned)
					return false, &DesyncError{Reason: "a reply does not belong to its command", Err: err}
				}
				call.taken++
			}
			call.left--
			if owned && call.left > 1 {
				c.skip(call, many)
			}
			last = call.left == 0
			if call.left == 1 && call.Nested > 0 && !call.entered {
				c.opening = true
			}
		}
		if last {
			switch {
			case !owned:
				c.husks.Add(-1)
				call.Sink.Release()
			case call != own:
				call.wake(signalDone)
			}
			return true, nil
		}
		if c.opening || owned && call.state.Load() == stateLeaving {
			break
		}
		// Other frames, such as push messages, are left for deliver.
		if k := resp.Kind(c.rd.Peek()); k == 0 || k == resp.KindPush || k == resp.KindAttribute {
			break
		}
		if frame, err = c.rd.Next(); err != nil {
			err = &DesyncError{Reason: "the server broke the protocol", Err: err}
			break
		}
	}
	c.putBack(call, owned)
	if c.mixed.Load() {
		c.followHead()
	}
	return false, err
}

// decode takes the reply of a call that has only one.
func (c *Call) decode(frame []byte) {
	d := resp.NewDecoder(frame)
	if d.IsError() {
		c.Refusal, _ = d.ErrorText()
		c.refused = true
		return
	}
	c.Sink.Decode(frame)
}

// skip takes a run of replies that the sink expects, byte for byte, but never the last reply.
func (c *Conn) skip(call *Call, many Many) {
	// A reply has at least 4 bytes, which limits the length of the run.
	const shortest = 4
	expected, n := many.Expect(call.taken, min(call.left-1, c.rd.Buffered()/shortest))
	if n = c.rd.Skip(expected, n); n > 0 {
		many.Expected(n)
		call.taken += n
		call.left -= n
	}
}

// putBack makes a batch the first call in flight again, and wakes its owner if the owner has given up in the
// meantime.
func (c *Conn) putBack(call *Call, owned bool) {
	c.inflight.pushFront(call)
	if owned && call.done != nil && !call.state.CompareAndSwap(stateDecoding, statePending) {
		call.state.Store(stateHusk)
		c.husks.Add(1)
		call.wake(signalHusk)
	}
}

// open takes the header of the array that ends a batch, so that its elements come as replies of their own:
// the whole array need not fit into memory. It returns false if the header has not come yet.
func (c *Conn) open() (whole bool, err error) {
	switch resp.Kind(c.rd.Peek()) {
	case 0:
		return false, nil
	case resp.KindPush:
		return true, nil // the array comes behind it
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
		return true, nil // a null, which Next returns
	}
	call := c.inflight.head
	if n != call.Nested {
		return false, &DesyncError{
			Reason: fmt.Sprintf("the server answered %d commands with %d replies", call.Nested, n)}
	}
	call.left, call.entered = n, true
	return true, nil
}
