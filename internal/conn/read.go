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

// lead holds the reader's role until the reply of call has come, and lays the role down.
func (c *Conn) lead(ctx context.Context, call *Call) *GaveUp {
	if call.done != nil {
		c.cancel.arm(ctx, c, call.done)
		select {
		case <-call.done:
			// The context may have ended before we became the leader, when its interrupt
			// was nobody's. From here on an interrupt finds us.
			gone := call.gaveUp(ctx)
			c.cancel.rest()
			if call.Holes != nil {
				return c.resignWithdrawn(call, gone, 0)
			}
			c.mu.Lock()
			c.resign(call)
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
					c.cancel.rest()
					if call.Holes != nil {
						return c.resignWithdrawn(call, gone, n)
					}
					c.mu.Lock()
					c.waiting -= n
					c.resign(call)
					return gone
				}
				err = nil
			}
		}
		if lingers && err != nil && !mine {
			// It was hung up without an answer, as we asked for.
			gone := call.gaveUp(ctx)
			c.cancel.rest()
			c.mu.Lock()
			c.failLocked(err, PhaseRead)
			c.waiting -= n
			c.resign(call)
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
		c.cancel.rest()
		c.mu.Lock()
		if mine {
			if c.leads++; c.leads%sampleEvery == 0 {
				c.sampled(call)
			}
		}
		c.layDown(n, err)
		if mine {
			return nil
		}
		return c.await(ctx, call)
	}
}

// usualLinger is how long a blocking command that is given up may wait for an answer that is on its way.
const usualLinger = 5 * time.Millisecond

// linger gives a blocking command whose context is over a last chance, once. Its connection has to be hung up, or
// the server would go on waiting and take an element for nobody. But the server may have taken one already: so we
// stop sending, which ends the wait at the server, and look what it still sends before it hangs up too.
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

// drain holds the reader's role for nobody: it takes the replies of husks off the wire until a caller
// is there to read, or nothing is awaited.
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
		if err != nil || (c.inflight.empty() && c.sent.empty()) {
			c.layDown(0, err)
			return
		}
		taken := !c.deaf && c.offerRole()
		c.mu.Unlock()
		if taken {
			return
		}
	}
}

// layDown gives the reader's role up. It is entered with mu held and unlocks.
func (c *Conn) layDown(batch int, err error) {
	c.reading, c.leader = false, nil
	c.waiting -= batch
	c.lookAhead()
	if batch > 0 {
		// Slowly down: the last few replies of a burst do not mean that everybody else has gone.
		c.batch = max(batch, (c.batch+batch)/2)
		if c.cfg.TrackReplies {
			c.replied = Now()
		}
	}
	if err != nil {
		c.failLocked(err, PhaseRead)
	} else if c.trim {
		c.trim = false
		c.rd.Shrink()
	}
	if c.err == nil && c.inflight.empty() && c.sent.empty() && c.rd.Buffered() > 0 && !c.pushAhead() {
		c.failLocked(&DesyncError{Reason: "the server sent a reply that nobody asked for"}, PhaseRead)
	}
	c.passRole()
}

// resign makes the leader's own call a husk and lays the role down. It is entered with mu held and unlocks.
func (c *Conn) resign(call *Call) {
	queued := call.departs()
	// Nobody but the reader decodes, so the call is still pending.
	call.state.Store(stateHusk)
	c.husks.Add(1)
	c.layDown(0, nil)
	c.GaveUp(queued)
}

// deliver hands out every whole reply in the buffer: n of them, mine says whether own was among them.
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
				// The server closes the connection behind that, and the next call would be cut.
				c.mu.Lock()
				c.refuseCalls()
				c.mu.Unlock()
			}
		} else {
			c.give(call, frame)
			call.Sink.Decode(frame)
		}
		if c.lost != nil {
			call.ready <- signalDone // the mark's own, which nobody waits for
			return n, mine, c.lost
		}
		if call == own {
			mine = true
			continue
		}
		call.wake(signalDone)
	}
}

// give notes whether the memory of a reply is its receiver's.
func (c *Conn) give(call *Call, frame []byte) {
	if given := len(frame) > wire.Large && c.rd.Own(); given != call.Given {
		call.Given = given
	}
}

// nextAwaited is the call that the next reply belongs to, or nil.
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

// followHead makes the patience that of the call which is now the first one in flight.
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

// early reports whether a reply other than an error came although its command has not left whole.
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
		// What has left is not known while a system call is under way, which takes no time.
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	return false
}

// push takes a RESP3 push message, which is nobody's reply.
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

// errInterrupted: a read deadline in the past ended the read, for us or for a leader before us.
var errInterrupted = errors.New("interrupted")

// fill reads once.
func (c *Conn) fill() error {
	c.lookAhead()
	err := c.rd.Fill()
	if err == nil {
		if c.rd.Peek() != byte(resp.KindPush) { // push messages are no sign that an answer is coming
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

// clearDeadline takes back the deadline of an interrupt. An interrupt for the present leader that came before this
// is not lost: its context is over by now, and the leader looks.
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

// DesyncError says that what came from the server cannot be told apart any more, so that the
// connection had to be given up.
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

// socketReader is what the frame reader reads from.
type socketReader struct{ c *Conn }

func (r socketReader) Read(p []byte) (int, error) {
	n, err := r.c.readNow(p)
	if n > 0 {
		r.c.came.Add(uint64(n))
	}
	return n, err
}

// readNow reads from the socket, and polls it before if that pays.
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
