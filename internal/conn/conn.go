// Package conn is one connection to one server: dial, handshake, and the path of a command to the
// socket and of its reply back to the caller.
//
// There is no goroutine per connection. Two roles exist, each held by at most one goroutine at a
// time, usually by callers that wait anyway:
//
//   - The flusher writes. A caller that finds nobody flushing takes the role, writes everything
//     that is queued, and goes on until nothing is left. It never blocks in a write: what the
//     kernel does not take at once is written by a goroutine that takes the role over.
//   - The reader reads. While replies are awaited exactly one goroutine reads, decodes each reply
//     for its owner and wakes it. When its own reply has come it hands the role to the first
//     call that still waits.
//
// A caller that gives up leaves its record in the queue as a husk: the reply is dropped when it
// comes, and no other caller notices.
//
// When the connection fails, the role that ends last settles: it tells every call what is known.
//
// Lock order: Conn.mu is a leaf. It is never held while anything waits; the only channel
// operation under it is a send on a call's ready channel, which has room by construction.
package conn

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// ErrClosed is the failure of calls on a connection that this side closed on purpose.
var ErrClosed = errors.New("connection closed by this client")

// Conn is one connection. Do may be called by many goroutines at once.
type Conn struct {
	cfg  *Config
	nc   net.Conn        // what is read and written: the socket, or TLS over it
	sock net.Conn        // the socket itself
	lazy *lazySocket     // between TLS and the socket; nil without TLS
	raw  syscall.RawConn // the descriptor of a plain socket, nil for any other connection
	eye  syscall.RawConn // a descriptor to look at, also below a user's own type; nil when there is none
	deaf bool            // deadlines cannot be set: a goroutine reads, so that callers can leave
	info ServerInfo
	made time.Duration // when it was ready for use

	mu       sync.Mutex
	out      outbox // requests that are not yet handed to a write
	queued   list   // their calls
	sent     list   // calls handed to a write, in the order of their replies
	flushing bool   // somebody holds the flusher's role
	reading  bool   // somebody holds the reader's role
	leader   *Call  // the reader's own call; nil: a goroutine without one
	waiting  int    // calls queued or in flight, husks included
	batch    int    // replies per read of late
	err      error  // why the connection is unusable; set once
	errPhase Phase
	buried   bool          // the end has been told
	onEnd    func(End)     // hears of the end; nil: nobody does
	retiring bool          // takes no more calls and ends with the last one
	trim     bool          // the reader is asked to free a large buffer
	appended uint64        // bytes ever queued
	handed   uint64        // those, and the bytes of a write that has failed
	written  uint64        // bytes that the kernel took
	stamp    time.Duration // when the last flush began
	blocked  time.Duration // since when a write makes no headway; 0: none waits
	quiet    time.Duration // how long silence is no fault; 0: for ever
	replied  time.Duration // when the last reply came, kept if the configuration asks for it
	counts   Counts
	trust    trust

	// Owned by the flusher, handed over under mu.
	room    chan struct{} // closed when out has been taken; nil: nobody waits. Guarded by mu.
	flushed chan struct{} // closed when the role is laid down by a goroutine; nil: nobody waits. Guarded by mu.
	yield   yieldGuard
	write   attempt

	// Owned by the reader, handed over under mu.
	inflight list  // taken over from sent, a batch at a time
	opening  bool  // the first call in flight awaits an array whose elements are handed out one by one
	cursor   *Call // a call in inflight or sent up to which nobody waits any more; nil: none
	lost     error // a mark was answered wrongly
	rd       *resp.Reader
	spin     spinGuard
	read     attempt
	cancel   canceller
	leads    uint8 // leaderships that got their reply
	within   bool  // barLarge is set

	onInterrupt func()        // interrupt, bound once
	lingerFor   time.Duration // usualLinger, but in tests

	bars   atomic.Uint32 // why it should take no new call: barDown and so on
	timed  atomic.Bool   // overtime will look at a silence
	wanted atomic.Bool   // somebody waits for the end of a large reply
	husks  atomic.Int32  // calls among waiting whose owners have gone, and our own questions
	mixed  atomic.Bool   // a blocking command has been here: the patience is that of the first call in flight
	slow   atomic.Bool   // a write waits for the server
	life   atomic.Uint32 // changes with everything that comes, but for push messages
	moved  atomic.Uint32 // changes when a write that waits gets on
	came   atomic.Uint64 // bytes received
	watch  watch         // owned by the watchdog
}

// newConn wraps a connected socket, before the handshake.
func newConn(cfg *Config, sock net.Conn) *Conn {
	c := &Conn{cfg: cfg, nc: sock, sock: sock, raw: rawConn(sock), eye: eyeOf(sock), quiet: cfg.ReplyTimeout, lingerFor: usualLinger}
	c.info.Proto = 2
	c.deaf = c.raw == nil && sock.SetReadDeadline(time.Time{}) != nil
	c.rd = resp.NewReader(socketReader{c}, readSize, cfg.Limits)
	c.onInterrupt = c.interrupt
	c.write.init()
	c.read.init()
	return c
}

// Err is why the connection is unusable, or nil.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Down reports whether the connection takes no more calls. It costs next to nothing.
func (c *Conn) Down() bool { return c.bars.Load()&barDown != 0 }

// Counts is what went over a connection. Bytes are those of the protocol, without TLS.
type Counts struct {
	Calls    uint64 // requests
	Writes   uint64 // writes to the socket that carried them
	Sent     uint64 // bytes, the handshake included
	Received uint64 // bytes, the handshake included
}

// Add adds the counters of another connection.
func (n *Counts) Add(other Counts) {
	n.Calls += other.Calls
	n.Writes += other.Writes
	n.Sent += other.Sent
	n.Received += other.Received
}

// Counts gives the connection's counters.
func (c *Conn) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.counts
	n.Sent, n.Received = c.written, c.came.Load()
	return n
}

// Replied is when the last reply came, or when the connection was made, by the clock of Now. It is kept only if
// Config.TrackReplies is set.
func (c *Conn) Replied() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replied
}

// Node is the address of the server.
func (c *Conn) Node() string { return c.cfg.Addr }

// Made is when the connection was ready for use, by the clock of Now.
func (c *Conn) Made() time.Duration { return c.made }

// Alive looks whether an idle connection is still open on the other side and has nothing unread. It must not
// be called while other goroutines use the connection.
func (c *Conn) Alive() bool {
	c.mu.Lock()
	if c.err != nil || c.waiting > 0 || c.flushing || c.reading {
		ok := c.err == nil
		c.mu.Unlock()
		return ok
	}
	c.flushing = true
	c.mu.Unlock()
	c.peek()
	c.mu.Lock()
	c.flushing = false
	alive := c.err == nil
	c.passRole()
	return alive
}

// Load is the number of calls under way.
func (c *Conn) Load() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}

// Info tells what the handshake learnt.
func (c *Conn) Info() ServerInfo { return c.info }

// Close ends the connection. Calls under way end with ErrClosed. Safe to call more than once.
func (c *Conn) Close() { c.fail(ErrClosed, PhaseRead) }

// ErrRetired is the failure of a call that came to a connection which takes no more. It is NotSent.
var ErrRetired = errors.New("connection is being retired")

// Retire makes the connection refuse further calls with ErrRetired and end when the last one under way has ended.
func (c *Conn) Retire() {
	c.mu.Lock()
	c.refuseCalls()
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.passRole()
}

// refuseCalls makes the connection take no more calls, and end with the last one. mu is held.
func (c *Conn) refuseCalls() {
	c.retiring = true
	c.bars.Or(barDown)
}

// refusal is why the connection takes no more calls. mu is held.
func (c *Conn) refusal() error {
	if c.err != nil {
		return c.err
	}
	return ErrRetired
}

// Fail ends the connection for a stated reason.
func (c *Conn) Fail(err error) { c.fail(err, PhaseRead) }

// Do sends the call and waits for its reply, a failure, or the end of the context. It returns nil when
// the record is the caller's again, with the reply or the failure in it. Otherwise the caller gave
// up: the error says why and what is known, and the record belongs to the connection until
// its Sink is released.
func (c *Conn) Do(ctx context.Context, call *Call) *GaveUp {
	behind, gone := c.Start(ctx, call)
	if behind && call.Await() {
		return c.Lead(ctx, call)
	}
	return gone
}

// Start is Do up to where there is nothing to do but to wait, without a context that may end: then it reports true, and
// the rest is Await, and Lead if that reports true. Otherwise the result is that of Do. The frames below a caller
// that waits have to be fetched when it is woken, among many others, and each return from one is
// mispredicted: so callers should wait with as few of them as they can.
func (c *Conn) Start(ctx context.Context, call *Call) (behind bool, gone *GaveUp) {
	call.done, call.conn = ctx.Done(), c
	if call.Replies > 0 || call.Prelude != nil {
		call.expect()
	}
	behind, gone = c.enter(ctx, call)
	if behind && (call.done != nil || call.Holes != nil) {
		behind, gone = false, c.await(ctx, call)
	}
	if call.Holes != nil {
		c.reclaim(ctx, call)
	}
	return behind, gone
}

// Lead goes on with a call that has waited and was handed the reader's role.
func (c *Conn) Lead(ctx context.Context, call *Call) *GaveUp { return c.lead(ctx, call) }

// enter queues a call. It reports true when somebody else writes it, so that the caller has to wait, and otherwise
// gives what Do returns.
func (c *Conn) enter(ctx context.Context, call *Call) (behind bool, gone *GaveUp) {
	c.mu.Lock()
	for c.err == nil && c.out.size > maxQueued {
		if gone := c.waitForRoom(ctx, call); gone != nil {
			call.fail(gone, PhaseQueue, NotSent)
			return false, nil
		}
	}
	if c.err != nil || c.retiring {
		call.fail(c.refusal(), PhaseQueue, NotSent)
		c.mu.Unlock()
		return false, nil
	}
	if call.Class == Blocking {
		c.mixed.Store(true)
	}
	if c.waiting == 0 {
		c.quiet = call.patience(c.cfg.ReplyTimeout)
	}
	if call.Prelude != nil {
		c.out.add(call.Prelude.Wire)
		c.appended += uint64(len(call.Prelude.Wire))
	}
	c.appended += uint64(call.Size())
	call.end = c.appended
	c.queued.push(call)
	c.waiting++
	c.counts.Calls++
	if c.flushing {
		call.begin(c.stamp)
		c.noteQueued(call)
		c.out.addCall(call)
		c.mu.Unlock()
		return true, nil
	}
	c.flushing = true
	last := c.stamp
	c.stamp = Now()
	call.begin(c.stamp)
	c.noteQueued(call)
	idle := c.stamp-last > peekAfter && !c.reading && c.inflight.empty() && c.sent.empty()
	company := c.batch > 1 && len(call.Wire) < enough && call.Holes == nil
	alone := !company && c.out.empty()
	if !alone {
		c.out.addCall(call)
	}
	// Others append behind it while we look or yield.
	switch {
	case idle:
		c.mu.Unlock()
		c.peek()
		c.mu.Lock()
	case company:
		c.gather()
	}
	return false, c.flush(ctx, call, alone)
}

// enough is how many bytes are worth a write without waiting for more.
const enough = 64 << 10

// gather lets other callers append before a write. It is called by the flusher with mu held.
//
// A goroutine that yields is taken up again after at most 61 others, however many stand in the queue. So whoever
// finds fewer calls than the last replies woke callers, but some, yields again.
func (c *Conn) gather() {
	first := c.counts.Calls
	all := first + uint64(c.batch) - 1
	var took time.Duration
	for {
		before := c.counts.Calls
		c.mu.Unlock()
		d := c.yield.once()
		c.mu.Lock()
		took += d
		if d == 0 || took >= slowYield || c.counts.Calls == before || c.counts.Calls >= all || c.out.size >= enough {
			break
		}
	}
	c.yield.judge(took, c.counts.Calls-first)
}

// flush writes until nothing is queued, and goes on with call as the reader or as one who waits. It is entered as the
// flusher with mu held. alone says that the request of call does not stand in out.
func (c *Conn) flush(ctx context.Context, call *Call, alone bool) *GaveUp {
	c.writeQueued(call, alone)
	return c.afterFlush(ctx, call)
}

// writeQueued writes until nothing is queued and lays the flusher's role down, or leaves it to a goroutine when the kernel
// takes no more. mu is held before and after. alone says that the request of call does not stand in out, but is written from where
// it is, before what stands there.
func (c *Conn) writeQueued(call *Call, alone bool) {
	for c.err == nil && (alone || !c.out.empty()) {
		var buf, piece []byte
		var holes []wire.Hole
		if alone {
			buf, holes = call.Wire, call.Holes
		} else {
			piece = c.out.take()
			buf = piece
			c.makeRoom()
		}
		c.queued.moveTo(&c.sent)
		c.counts.Writes++
		c.mu.Unlock()
		n, err := c.send(buf, holes)
		c.mu.Lock()
		size := wire.Size(buf, holes)
		c.wrote(n, size, err)
		if err == nil && (n < size || c.lazy.pending()) {
			c.blocked = Now()
			c.slow.Store(true)
			c.write.waiting.Store(true)
			if alone {
				// The call may end, and its record be used again, before its bytes are written.
				call.Borrowed = true
			}
			go c.flushBlocked(wire.Pieces(nil, buf, holes, n), piece)
			return
		}
		if !alone {
			c.out.giveBack(buf)
		}
		alone = false
		if err != nil {
			c.failLocked(err, PhaseWrite)
		}
	}
	c.flushing = false
}

// left is how many bytes may have left. Over TLS, or a user's own connection, only what was never handed to a write counts as
// not sent. mu is held.
func (c *Conn) left() uint64 {
	if c.lazy != nil || c.raw == nil {
		return c.handed
	}
	return c.written
}

// wrote notes that a write took n bytes of so many, or failed behind them. mu is held.
func (c *Conn) wrote(n, of int, err error) {
	c.written += uint64(n)
	c.handed = c.written
	if err != nil {
		c.handed += uint64(min(of-n, chunk))
	}
}

// maxQueued is how many bytes may wait for a flusher that is stuck before further callers wait for room, so that
// a server that takes nothing does not fill the memory.
const maxQueued = 32 << 20

// waitForRoom waits until what is queued has been taken. It is entered with mu held and returns with it, unless
// the context ends first.
func (c *Conn) waitForRoom(ctx context.Context, call *Call) *GaveUp {
	if c.room == nil {
		c.room = make(chan struct{})
	}
	room, since := c.room, c.Moment()
	call.begin(c.stamp)
	c.mu.Unlock()
	select {
	case <-room:
		c.mu.Lock()
		return nil
	case <-ctx.Done():
		c.GaveUp(since)
		return NewGaveUp(ctx, NotSent)
	}
}

func (c *Conn) makeRoom() {
	if c.room != nil && c.out.size <= maxQueued {
		close(c.room)
		c.room = nil
	}
}

// afterFlush goes on as the reader or as one who waits. It is entered with mu held.
func (c *Conn) afterFlush(ctx context.Context, call *Call) *GaveUp {
	switch {
	case c.reading:
		c.mu.Unlock()
	case c.err != nil:
		c.passRole()
	case len(call.ready) == 0 && !c.deaf: // no reader has brought its reply: it would have signalled before it left
		c.reading, c.leader = true, call
		c.mu.Unlock()
		return c.lead(ctx, call)
	default:
		// Another reader brought our reply while we wrote and left. What has been queued since
		// needs a reader, or nobody would ever wake it.
		c.passRole()
	}
	return c.await(ctx, call)
}

// flushBlocked is the flusher's role in a goroutine of its own: it writes what the kernel did not take
// at once, and then whatever has been queued behind it. rest is the end of piece, or of a caller's own request.
func (c *Conn) flushBlocked(rest [][]byte, piece []byte) {
	for {
		n, err := c.writeSome(rest)
		rest = advance(rest, n)
		c.mu.Lock()
		c.wrote(n, n+length(rest), err)
		c.blocked = Now()
		if err != nil {
			c.failLocked(err, PhaseWrite)
		}
		if c.err != nil {
			break
		}
		if len(rest) == 0 && c.lazy.calm() {
			if piece != nil {
				c.out.giveBack(piece)
			}
			if c.out.empty() {
				break
			}
			piece = c.out.take()
			rest = append(rest, piece)
			c.makeRoom()
			c.queued.moveTo(&c.sent)
			c.counts.Writes++
		}
		if c.reading {
			c.mu.Unlock()
		} else {
			// The calls of this piece came when nobody read. A server that takes no more until its replies are read, to
			// the first of them already, would keep us here for ever.
			c.passRole()
		}
	}
	c.flushing, c.blocked = false, 0
	if c.flushed != nil {
		close(c.flushed)
		c.flushed = nil
	}
	c.slow.Store(false)
	if c.reading {
		c.mu.Unlock()
		return
	}
	c.passRole()
}

// await waits for a call whose bytes somebody else writes or has written.
func (c *Conn) await(ctx context.Context, call *Call) *GaveUp {
	var sig signal
	if call.done == nil {
		sig = <-call.ready
	} else {
		select {
		case sig = <-call.ready:
		case <-call.done:
			gone := call.gaveUp(ctx)
			if call.Holes != nil {
				return c.withdraw(call, gone)
			}
			c.mu.Lock()
			if c.reading && c.leader == call {
				// The role was handed to us while we gave up.
				<-call.ready
				c.resign(call)
				return gone
			}
			queued := call.departs()
			ours := call.leave()
			if ours {
				c.husks.Add(1)
			}
			c.mu.Unlock()
			if ours {
				c.GaveUp(queued)
				return gone
			}
			// The reply is being decoded: it is as good as here. Of a batch, there may be more to come.
			if sig = <-call.ready; sig == signalHusk {
				return gone
			}
		}
	}
	if sig == signalLead {
		return c.lead(ctx, call)
	}
	return nil
}

// passRole sees to it that somebody reads if replies are awaited, and that the calls are settled if the
// connection has failed. It is entered with mu held while nobody holds the reader's role, and unlocks.
func (c *Conn) passRole() {
	idle := c.inflight.empty() && c.sent.empty()
	if c.retiring && idle && !c.flushing {
		c.failLocked(ErrClosed, PhaseRead)
	}
	switch {
	case c.err != nil && !c.flushing:
		c.settle()
		return
	case c.err != nil, idle:
		// The flusher comes by when it lays its role down.
	case c.deaf || !c.offerRole():
		// Husks only, whose replies have to be taken off the wire; or nobody could leave while it reads.
		c.reading, c.leader = true, nil
		go c.drain()
	}
	c.mu.Unlock()
}

// offerRole hands the reader's role to the first call that still waits. mu is held.
//
// A call that has given up, or is about to because its context is over, never waits again. The cursor remembers
// how far the queue consists of such calls: without it every caller that gives up would walk over all that did
// before, and thousands of deadlines that end together would take seconds.
func (c *Conn) offerRole() bool {
	call := c.inflight.head
	if call == nil {
		call = c.sent.head
	}
	if c.cursor != nil {
		call = c.after(c.cursor)
	}
	for ; call != nil; call = c.after(call) {
		if call.waits() {
			c.reading, c.leader = true, call
			call.ready <- signalLead
			return true
		}
		c.cursor = call
	}
	return false
}

// after is the call behind another one, in inflight and on in sent.
func (c *Conn) after(call *Call) *Call {
	if call == c.inflight.tail {
		return c.sent.head
	}
	return call.next
}

// fail ends the connection. Whoever holds a role finds the socket closed and settles; if nobody does,
// it is done here.
func (c *Conn) fail(err error, phase Phase) {
	c.mu.Lock()
	if c.err != nil { // whoever set it settles, or has settled
		c.mu.Unlock()
		return
	}
	c.failLocked(err, phase)
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.settle()
}

func (c *Conn) failLocked(err error, phase Phase) {
	if c.err == nil {
		c.err, c.errPhase = err, phase
		doubted := c.bars.Or(barDown) &^ barDown
		c.unwatch()
		if doubted != 0 {
			go c.told()
		}
		if c.raw != nil {
			c.sock.Close()
		} else {
			go c.sock.Close() // a user's own type: it may take its time
		}
	}
}

// End is how a connection has ended.
type End struct {
	Err error
	Cut bool // calls were on their way
	Own bool // this side has ended it on purpose
}

// OnEnd makes f hear of the end, once; at once if it has come already. f runs on a goroutine that others may wait for and under none of
// the connection's locks: it must be quick and must not call user code.
func (c *Conn) OnEnd(f func(End)) {
	c.mu.Lock()
	over := c.buried
	end := End{Err: c.err, Own: c.own()}
	c.onEnd = f
	c.mu.Unlock()
	if over {
		f(end)
	}
}

// own reports whether this side has ended the connection. mu is held.
func (c *Conn) own() bool { return c.retiring || errors.Is(c.err, ErrClosed) }

// settle tells every call that the connection has failed and what is known of it. It is entered with mu
// held while nobody holds a role, and unlocks.
func (c *Conn) settle() {
	var all list
	c.inflight.moveTo(&all)
	c.sent.moveTo(&all)
	cut := !all.empty()
	c.queued.moveTo(&all)
	err, phase, left := c.err, c.errPhase, c.left()
	c.waiting, c.cursor = 0, nil
	c.husks.Store(0)
	c.out = outbox{}
	c.makeRoom()
	letGo := c.cancel.take()
	var tell func(End)
	if !c.buried {
		c.buried, tell = true, c.onEnd
	}
	own := c.own()
	c.mu.Unlock()
	if letGo != nil {
		letGo()
	}
	if tell != nil {
		tell(End{err, cut, own}) // before the calls end, whose callers may connect again
	}
	for call := all.pop(); call != nil; call = all.pop() {
		if !call.claim() {
			call.Sink.Release()
			continue
		}
		call.lost(err, phase, left)
		call.wake(signalDone)
	}
}
