package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// lead has the reader's role until the reply of call has come, and then gives up the role.
func (c *Conn) lead(ctx context.Context, call *Call) *GaveUp {
	if call.done != nil {
		c.cancel.arm(ctx, c, call.done)
		select {
		case <-call.done:
			// The context may have ended before this call became the leader, when the interrupt found another
			// leader. From here on an interrupt finds this call.
			gone := call.gaveUp(ctx)
			c.cancel.endLead()
			if call.Holes != nil {
				return c.resignWithdrawn(call, gone, 0)
			}
			c.mu.Lock()
			c.resignUnlock(call)
			return gone
		default:
		}
	}
	lingers := false
	for {
		n, mine, err := c.deliver(call)
		if err == nil && !mine {
			if err = c.fill(); err == errInterrupted {
				if call.done != nil && ctx.Err() != nil && !c.linger(call, &lingers) {
					gone := call.gaveUp(ctx)
					c.cancel.endLead()
					if call.Holes != nil {
						return c.resignWithdrawn(call, gone, n)
					}
					c.mu.Lock()
					c.waiting -= n
					c.resignUnlock(call)
					return gone
				}
				err = nil
			}
		}
		if lingers && err != nil && !mine {
			// The server closed the connection without a reply, as linger had asked.
			gone := call.gaveUp(ctx)
			c.cancel.endLead()
			c.mu.Lock()
			c.failLocked(err, PhaseRead)
			c.waiting -= n
			c.resignUnlock(call)
			return gone
		}
		if err == nil && !mine {
			if n > 0 {
				c.mu.Lock()
				c.waiting -= n
				c.mu.Unlock()
			}
			continue
		}
		c.cancel.endLead()
		c.mu.Lock()
		if mine {
			if c.leads++; c.leads%sampleEvery == 0 {
				c.sampled(call)
			}
		}
		c.layDownUnlock(n, err)
		if mine {
			return nil
		}
		return c.await(ctx, call)
	}
}

// usualLinger is how long a given-up blocking command waits for a reply that may be on its way.
const usualLinger = 5 * time.Millisecond

// linger waits once more for the reply of a blocking command whose context has ended. The connection must be
// closed, or the server would go on waiting and take an element that nobody gets. But the server may have
// taken an element already. So linger closes the sending side, which ends the wait at the server, and the
// caller reads what the server still sends.
func (c *Conn) linger(call *Call, done *bool) bool {
	half, ok := c.sock.(interface{ CloseWrite() error })
	if *done || call.Class != Blocking || !ok || c.lazy != nil || c.raw == nil || c.slow.Load() {
		return false
	}
	*done = true
	if half.CloseWrite() != nil {
		return false
	}
	c.mu.Lock()
	c.refuseCalls()
	c.sock.SetReadDeadline(time.Now().Add(c.lingerFor))
	c.mu.Unlock()
	return true
}

// drain has the reader's role without a call of its own: it reads the replies of husks until a caller can
// read, or no reply is awaited.
func (c *Conn) drain() {
	for {
		n, _, err := c.deliver(nil)
		if err == nil && n == 0 {
			if err = c.fill(); err == nil || err == errInterrupted {
				continue
			}
		}
		c.mu.Lock()
		c.waiting -= n
		c.noteBatch(n)
		if err != nil || (c.inflight.empty() && c.sent.empty()) {
			c.layDownUnlock(0, err)
			return
		}
		taken := !c.deaf && c.offerRole()
		c.mu.Unlock()
		if taken {
			return
		}
	}
}

// noteBatch notes that n replies came at once. The number sinks slowly: few replies at the end of a burst do
// not mean that all other callers have gone. mu is held.
func (c *Conn) noteBatch(n int) {
	if n == 0 {
		return
	}
	c.batch = max(n, (c.batch+n)/2)
	if c.cfg.TrackReplies {
		c.replied = Now()
	}
}

// layDownUnlock gives up the reader's role. It is entered with mu held and unlocks mu.
func (c *Conn) layDownUnlock(batch int, err error) {
	c.reading, c.leader = false, nil
	c.waiting -= batch
	c.lookAhead()
	c.noteBatch(batch)
	if err != nil {
		c.failLocked(err, PhaseRead)
	} else if c.trim {
		c.trim = false
		c.rd.Shrink()
	}
	if c.err == nil && c.inflight.empty() && c.sent.empty() && c.rd.Buffered() > 0 && !c.pushAhead() {
		c.failLocked(&DesyncError{Reason: "the server sent a reply that nobody asked for"}, PhaseRead)
	}
	if c.err != nil {
		// Nobody reads again. The pool may know this connection for long, but the part of a reply is free.
		c.rd = resp.NewReader(socketReader{c}, readSize, c.cfg.Limits)
	}
	c.passRoleUnlock()
}

// resignUnlock makes the leader's own call a husk and gives up the reader's role. It is entered with mu
// held and unlocks mu.
func (c *Conn) resignUnlock(call *Call) {
	queued := call.departs()
	// Only the reader decodes, so the call is still pending.
	call.state.Store(stateHusk)
	c.husks.Add(1)
	c.layDownUnlock(0, nil)
	c.GaveUp(queued)
}

// deliver hands out every whole reply in the buffer. n is their number; mine reports whether own was among
// them.
func (c *Conn) deliver(own *Call) (n int, mine bool, err error) {
	for {
		if c.opening {
			if whole, err := c.open(); err != nil || !whole {
				return n, mine, err
			}
		}
		frame, err := c.rd.Next()
		if err != nil {
			return n, mine, &DesyncError{Reason: "the server broke the protocol", Err: err}
		}
		if frame == nil {
			return n, mine, nil
		}
		kind := resp.Kind(frame[0])
		if kind == resp.KindAttribute {
			d := resp.NewDecoder(frame)
			kind = d.Kind()
		}
		if kind == resp.KindPush {
			if err := c.push(frame); err != nil {
				return n, mine, err
			}
			continue
		}
		call := c.nextAwaited()
		if call == nil {
			return n, mine, &DesyncError{Reason: "the server sent a reply that nobody asked for"}
		}
		if call.Replies > 0 || call.ahead > 0 {
			last, err := c.parts(call, own, frame)
			if err != nil {
				return n, mine, err
			}
			if last {
				n++
				mine = mine || call == own
			}
			continue
		}
		if c.slow.Load() && c.early(call, kind) {
			c.inflight.pushFront(call)
			return n, mine, &DesyncError{Reason: "the server answered before the whole command had been sent"}
		}
		n++
		if !call.claim() {
			c.husks.Add(-1)
			call.Sink.Release()
			continue
		}
		if kind == resp.KindError || kind == resp.KindBlobError {
			d := resp.NewDecoder(frame)
			call.Refusal, _ = d.ErrorText()
			call.refused = true
			if strings.HasPrefix(call.Refusal, "ERR Protocol error") {
				// After this error the server closes the connection, which would cut the next call.
				c.mu.Lock()
				c.refuseCalls()
				c.mu.Unlock()
			}
		} else {
			c.give(call, frame)
			call.Sink.Decode(frame)
		}
		if c.lost != nil {
			call.ready <- signalDone // the call of the mark, for which nobody waits
			return n, mine, c.lost
		}
		if call == own {
			mine = true
			continue
		}
		call.wake(signalDone)
	}
}

// give notes whether the receiver of a reply may keep its memory.
func (c *Conn) give(call *Call, frame []byte) {
	if given := len(frame) > wire.Large && c.rd.Own(); given != call.Given {
		call.Given = given
	}
}

// nextAwaited returns the call to which the next reply belongs, nil if there is none.
func (c *Conn) nextAwaited() *Call {
	call := c.inflight.pop()
	if call == nil {
		c.mu.Lock()
		c.sent.moveTo(&c.inflight)
		c.mu.Unlock()
		if call = c.inflight.pop(); call == nil {
			return nil
		}
	}
	if call == c.cursor {
		c.cursor = nil
	}
	if c.mixed.Load() {
		c.followHead()
	}
	return call
}

// followHead sets the allowed silence to that of the first call in flight.
func (c *Conn) followHead() {
	c.mu.Lock()
	head := c.inflight.head
	if head == nil {
		head = c.sent.head
	}
	if head == nil {
		head = c.queued.head
	}
	if head != nil {
		c.quiet = head.patience(c.cfg.ReplyTimeout)
	}
	c.mu.Unlock()
}

// early reports whether a reply that is not an error came before its whole command was sent.
func (c *Conn) early(call *Call, kind resp.Kind) bool {
	if c.lazy != nil || kind == resp.KindError || kind == resp.KindBlobError {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.raw == nil {
		return c.flushing && call.end > c.written+chunk
	}
	for c.flushing && call.end > c.written {
		if c.write.waiting.Load() {
			return true
		}
		// During a system call the number of sent bytes is unknown; the system call ends soon.
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	return false
}

// push takes a RESP3 push message, which belongs to no call.
func (c *Conn) push(frame []byte) error {
	if c.info.Proto < 3 {
		return &DesyncError{Reason: "the server sent a push message on RESP2"}
	}
	if c.cfg.OnPush != nil {
		c.cfg.OnPush(c, frame)
	}
	return nil
}

// pushAhead reports whether the bytes in the buffer may be the beginning of a push message.
func (c *Conn) pushAhead() bool { return c.info.Proto >= 3 && c.rd.Peek() == byte(resp.KindPush) }

// errInterrupted means that a read deadline in the past ended the read, set for this leader or an earlier
// one.
var errInterrupted = errors.New("interrupted")

// fill reads once.
func (c *Conn) fill() error {
	c.lookAhead()
	err := c.rd.Fill()
	if err == nil {
		if c.rd.Peek() != byte(resp.KindPush) { // a push message does not show that a reply is coming
			c.life.Add(1)
		}
		if c.bars.Load()&(barSuspect|barTrial) != 0 {
			c.clear()
		}
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.clearDeadline()
		return errInterrupted
	}
	return readError(err)
}

// clearDeadline removes the deadline of an interrupt. An earlier interrupt for the present leader is not
// lost: its context has ended, and the leader checks its context.
func (c *Conn) clearDeadline() {
	c.mu.Lock()
	c.sock.SetReadDeadline(time.Time{})
	c.mu.Unlock()
}

func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("connection closed by server: %w", io.EOF)
	}
	return alertOf(err)
}

// DesyncError says that replies cannot be matched to commands any more, so the connection failed.
type DesyncError struct {
	Reason string
	Err    error
}

func (e *DesyncError) Error() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *DesyncError) Unwrap() error { return e.Err }

// socketReader is the io.Reader of the frame reader.
type socketReader struct{ c *Conn }

func (r socketReader) Read(p []byte) (int, error) {
	n, err := r.c.readNow(p)
	if n > 0 {
		r.c.came.Add(uint64(n))
	}
	return n, err
}

// readNow reads from the socket. It polls the socket first if this pays.
func (c *Conn) readNow(p []byte) (int, error) {
	if c.cfg.Spin > 0 && c.lazy == nil && c.raw != nil && c.spin.worth() {
		if n, err := c.read.poll(c.raw, p, c.cfg.Spin); n >= 0 {
			c.spin.hit()
			return n, err
		}
		c.spin.miss()
	}
	return c.nc.Read(p)
}
