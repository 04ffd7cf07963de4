// Package conn is one connection to one server: the dial, the handshake, and the path of a command to the
// socket and of its reply back to the caller.
//
// A connection has no goroutine of its own. There are two roles, each held by at most one goroutine at a
// time, usually by a caller that waits anyway:
//
//   - The flusher writes. A caller that finds no flusher takes the role, writes everything that is queued,
//     and goes on until the queue is empty. It never blocks in a write: if the kernel does not take all bytes
//     at once, another goroutine takes over the role and writes the remaining bytes.
//   - The reader reads. While replies are awaited, exactly one goroutine reads, decodes each reply for its
//     owner and wakes the owner. When the reader's own reply has come, it hands the role to the first call
//     that still waits.
//
// A caller that gives up leaves its record in the queue as a husk: the reply is dropped when it comes, and no
// other caller notices.
//
// When the connection fails, the role that ends last settles all calls: it gives each call its error and
// outcome.
//
// Lock order: Conn.mu is a leaf. No goroutine waits while it holds Conn.mu. The only channel operation under
// it is a send on a call's ready channel, which always has room.
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
	nc   net.Conn        // the socket, or TLS over it
	sock net.Conn        // the socket itself
	lazy *lazySocket     // between TLS and the socket; nil without TLS
	raw  syscall.RawConn // descriptor of a plain socket; nil for other connections
	// With eye the end of a connection can be seen even below a user's own type.
	eye syscall.RawConn // descriptor for peeking; nil if there is none
	// If the connection knows no deadlines, a goroutine reads, so that callers can leave.
	deaf bool // the connection knows no deadlines
	info ServerInfo
	made time.Duration // when it was ready for use

	mu       sync.Mutex
	out      outbox // requests that are not in a write yet
	queued   list   // the calls of these requests
	sent     list   // calls handed to a write, in the order of replies
	flushing bool   // a goroutine has the flusher's role
	reading  bool   // a goroutine has the reader's role
	leader   *Call  // the reader's own call; nil if it has none
	waiting  int    // calls queued or in flight, including husks
	batch    int    // recent number of replies per read
	err      error  // why the connection is unusable; set once
	errPhase Phase
	buried   bool          // onEnd has been called
	onEnd    func(End)     // called at the end; nil if nobody listens
	retiring bool          // takes no more calls and ends with the last one
	trim     bool          // the reader should free a large buffer
	appended uint64        // bytes ever queued
	handed   uint64        // bytes written, plus those of a failed write
	written  uint64        // bytes that the kernel took
	stamp    time.Duration // when the last flush began
	blocked  time.Duration // when a write stopped making progress; 0 if none waits
	quiet    time.Duration // allowed time of silence; 0 if without end
	replied  time.Duration // time of the last reply, for Config.TrackReplies
	counts   Counts
	trust    trust

	// The flusher owns these fields; they change hands under mu. Both channels are guarded by mu, and nil if
	// nobody waits.
	room    chan struct{} // closed when out has been taken
	flushed chan struct{} // closed when a goroutine gives up the flusher's role
	yield   yieldGuard
	write   attempt

	// The reader owns these fields; they change hands under mu.
	inflight list // taken from sent, a batch at a time
	// The elements of the array are then taken one by one, like replies.
	opening bool  // the first call in flight awaits an array
	cursor  *Call // last call up to which nobody waits; nil if none
	lost    error // error after a wrong reply to a mark
	rd      *resp.Reader
	spin    spinGuard
	read    attempt
	cancel  canceller
	leads   uint8 // leaderships that got their reply
	within  bool  // barLarge is set

	onInterrupt func()        // the method interrupt, bound once
	lingerFor   time.Duration // usualLinger, except in tests

	bars   atomic.Uint32 // reasons to take no new call, see barDown
	timed  atomic.Bool   // the timer of overtime runs
	wanted atomic.Bool   // a caller waits for the end of a large reply
	husks  atomic.Int32  // calls whose owners have left, and our own PINGs and marks
	// After a blocking command the allowed silence depends on the first call in flight.
	mixed atomic.Bool   // a blocking command was queued here
	slow  atomic.Bool   // a write waits for the server
	life  atomic.Uint32 // changes with all received bytes except push messages
	moved atomic.Uint32 // changes when a waiting write makes progress
	came  atomic.Uint64 // bytes received
	watch watch         // owned by the watchdog
}

// newConn wraps a connected socket, before the handshake.
func newConn(cfg *Config, sock net.Conn) *Conn {
	c := &Conn{cfg: cfg, nc: sock, sock: sock, raw: rawConn(sock), eye: eyeOf(sock), quiet: cfg.ReplyTimeout,
		lingerFor: usualLinger}
	c.info.Proto = 2
	c.deaf = c.raw == nil && sock.SetReadDeadline(time.Time{}) != nil
	c.rd = resp.NewReader(socketReader{c}, readSize, cfg.Limits)
	c.onInterrupt = c.interrupt
	c.write.init()
	c.read.init()
	return c
}

// Err returns why the connection is unusable, nil if it is usable.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Down reports whether the connection takes no more calls. It is very cheap.
func (c *Conn) Down() bool { return c.bars.Load()&barDown != 0 }

// Counts counts the traffic of a connection. The bytes are those of the protocol, without TLS.
type Counts struct {
	Calls    uint64 // requests
	Writes   uint64 // writes to the socket
	Sent     uint64 // bytes, including the handshake
	Received uint64 // bytes, including the handshake
}

// Add adds the counters of another connection.
func (n *Counts) Add(other Counts) {
	n.Calls += other.Calls
	n.Writes += other.Writes
	n.Sent += other.Sent
	n.Received += other.Received
}

// Counts returns the connection's counters.
func (c *Conn) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.counts
	n.Sent, n.Received = c.written, c.came.Load()
	return n
}

// Replied returns when the last reply came, or when the connection was made, by the clock of Now. The time is
// kept only if Config.TrackReplies is set.
func (c *Conn) Replied() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replied
}

// Node returns the address of the server.
func (c *Conn) Node() string { return c.cfg.Addr }

// Made returns when the connection was ready for use, by the clock of Now.
func (c *Conn) Made() time.Duration { return c.made }

// Alive reports whether the other side still keeps an idle connection open and has sent nothing unread. It
// must not be called while other goroutines use the connection.
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
	c.passRoleUnlock()
	return alive
}

// Load returns the number of calls in flight.
func (c *Conn) Load() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}

// Info returns the result of the handshake.
func (c *Conn) Info() ServerInfo { return c.info }

// Close ends the connection. Calls in flight fail with ErrClosed. Close may be called more than once.
func (c *Conn) Close() { c.fail(ErrClosed, PhaseRead) }

// ErrRetired is the failure of a call on a connection that takes no more calls. Its outcome is NotSent.
var ErrRetired = errors.New("connection is being retired")

// Retire makes the connection refuse further calls with ErrRetired, and end when its last call in flight has
// ended.
func (c *Conn) Retire() {
	c.mu.Lock()
	c.refuseCalls()
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.passRoleUnlock()
}

// refuseCalls makes the connection take no more calls, and end with the last one. mu is held.
func (c *Conn) refuseCalls() {
	c.retiring = true
	c.bars.Or(barDown)
}

// refusal returns why the connection takes no more calls. mu is held.
func (c *Conn) refusal() error {
	if c.err != nil {
		return c.err
	}
	return ErrRetired
}

// Fail ends the connection with an error.
func (c *Conn) Fail(err error) { c.fail(err, PhaseRead) }

// Do sends the call and waits for its reply, a failure, or the end of the context. If it returns nil, the
// record belongs to the caller again and holds the reply or the failure. Otherwise the caller gave up: the
// error says why and what is known, and the record belongs to the connection until its Sink is released.
func (c *Conn) Do(ctx context.Context, call *Call) *GaveUp {
	behind, gone := c.Start(ctx, call)
	if behind && call.Await() {
		return c.Lead(ctx, call)
	}
	return gone
}

// Start is the first part of Do. It returns behind if the caller only has to wait and its context cannot end;
// the caller then calls Await, and Lead if Await returns true. Otherwise Start returns the result of Do.
// Callers should wait with few stack frames: when a caller among many is woken, its frames must be fetched
// again, and each return from a frame is mispredicted.
func (c *Conn) Start(ctx context.Context, call *Call) (behind bool, gone *GaveUp) {
	call.done, call.conn = ctx.Done(), c
	if call.Replies > 0 || call.Prelude != nil {
		call.expect()
	}
	large := call.Holes != nil // read now: after a call is given up, somebody else may use the record
	behind, gone = c.enter(ctx, call)
	if behind && (call.done != nil || large) {
		behind, gone = false, c.await(ctx, call)
	}
	if large {
		c.reclaim(ctx, call)
	}
	return behind, gone
}

// Lead continues a call that got the reader's role from Await.
func (c *Conn) Lead(ctx context.Context, call *Call) *GaveUp { return c.lead(ctx, call) }

// enter queues a call. It returns behind if another goroutine writes the call, so that the caller must wait.
// Otherwise it returns the result of Do.
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
	// Other callers append behind this call while the flusher peeks or yields.
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

// enough is how many bytes justify a write without waiting for more.
const enough = 64 << 10

// gather lets other callers append before a write. The flusher calls it with mu held.
//
// A goroutine that yields runs again after at most 61 others, however long the queue is. So the flusher
// yields again if some new calls came, but fewer than the callers that the last replies woke.
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
		if d == 0 || took >= slowYield || c.counts.Calls == before || c.counts.Calls >= all ||
			c.out.size >= enough {
			break
		}
	}
	c.yield.judge(took, c.counts.Calls-first)
}

// flush writes until nothing is queued, and then call reads or waits. The flusher enters it with mu held.
// alone says that the request of call is not in out.
func (c *Conn) flush(ctx context.Context, call *Call, alone bool) *GaveUp {
	c.writeQueued(call, alone)
	return c.afterFlushUnlock(ctx, call)
}

// writeQueued writes until nothing is queued and gives up the flusher's role, or leaves the role to a
// goroutine when the kernel takes no more. mu is held before and after. alone says that the request of call
// is not in out: it is written from its own memory, before the bytes in out.
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
				// The call may end and its record may be used again before all its bytes are written.
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

// left returns how many bytes may have been sent. With TLS or a user's own connection, only bytes that were
// never handed to a write count as not sent. mu is held.
func (c *Conn) left() uint64 {
	if c.lazy != nil || c.raw == nil {
		return c.handed
	}
	return c.written
}

// wrote notes that a write took n of these bytes, or failed after them. mu is held.
func (c *Conn) wrote(n, of int, err error) {
	c.written += uint64(n)
	c.handed = c.written
	if err != nil {
		c.handed += uint64(min(of-n, chunk))
	}
}

// maxQueued is how many bytes may wait for a blocked flusher before further callers wait for room, so that a
// server that reads nothing does not fill the memory.
const maxQueued = 32 << 20

// waitForRoom waits until the flusher has taken the queued bytes. It is entered with mu held, and returns
// with mu held unless the context ends first.
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

// afterFlushUnlock continues as the reader or waits. It is entered with mu held and unlocks mu.
func (c *Conn) afterFlushUnlock(ctx context.Context, call *Call) *GaveUp {
	switch {
	case c.reading:
		c.mu.Unlock()
	case c.err != nil:
		c.passRoleUnlock()
	// A reader that had brought the reply would have signalled before it left.
	case len(call.ready) == 0 && !c.deaf: // the reply is still to come
		c.reading, c.leader = true, call
		c.mu.Unlock()
		return c.lead(ctx, call)
	default:
		// Another reader brought the reply while this call wrote, and left. The calls queued since then need
		// a reader, or nobody would ever wake them.
		c.passRoleUnlock()
	}
	return c.await(ctx, call)
}

// flushBlocked has the flusher's role in its own goroutine: it writes the bytes that the kernel did not take
// at once, and then everything queued behind them. rest is the end of piece, or of a caller's own request.
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
			// The calls of this piece were queued when nobody read. A server that reads no more until its
			// replies are read, even the reply to the first of these calls, would block this goroutine for
			// ever.
			c.passRoleUnlock()
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
	c.passRoleUnlock()
}

// await waits for a call that another goroutine writes or has written.
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
				// The call got the reader's role while its owner gave up.
				<-call.ready
				c.resignUnlock(call)
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
			// The reader is decoding the reply, so it comes at once. A batch may have further replies to
			// come.
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

// passRoleUnlock makes some goroutine read if replies are awaited, and settles the calls if the
// connection has failed. It is entered with mu held while nobody has the reader's role, and unlocks mu.
func (c *Conn) passRoleUnlock() {
	idle := c.inflight.empty() && c.sent.empty()
	if c.retiring && idle && !c.flushing {
		c.failLocked(ErrClosed, PhaseRead)
	}
	switch {
	case c.err != nil && !c.flushing:
		c.settleUnlock()
		return
	case c.err != nil, idle:
		// The flusher calls passRoleUnlock when it gives up its role.
	case c.deaf || !c.offerRole():
		// Only husks are left, whose replies must be read too; or the connection is deaf, and a caller that
		// reads could not leave.
		c.reading, c.leader = true, nil
		go c.drain()
	}
	c.mu.Unlock()
}

// offerRole hands the reader's role to the first call that still waits. mu is held.
//
// A call that has given up, or will because its context has ended, never waits again. The cursor is the last
// of these calls at the head of the queue. Without the cursor, every caller that gives up would walk over all
// husks, and thousands of deadlines that end together would take seconds.
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

// after returns the call behind another one, in inflight and then in sent.
func (c *Conn) after(call *Call) *Call {
	if call == c.inflight.tail {
		return c.sent.head
	}
	return call.next
}

// fail ends the connection. A goroutine that has a role notices the closed socket and settles the calls; if
// no goroutine has one, fail settles them.
func (c *Conn) fail(err error, phase Phase) {
	c.mu.Lock()
	if c.err != nil { // the goroutine that set it settles the calls
		c.mu.Unlock()
		return
	}
	c.failLocked(err, phase)
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.settleUnlock()
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
			go c.sock.Close() // closing a user's own type may take long
		}
	}
}

// End describes how a connection ended.
type End struct {
	Err error
	Cut bool // calls were in flight
	Own bool // this side ended it on purpose
}

// OnEnd calls f once at the end of the connection, or at once if the connection has ended. Other goroutines
// may wait for the goroutine that calls f, so f must be quick and must not call user code. No lock of the
// connection is held.
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

// settleUnlock gives every call the failure of the connection and its outcome. It is entered with mu held
// while nobody has a role, and unlocks mu.
func (c *Conn) settleUnlock() {
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
		tell(End{err, cut, own}) // before the calls end, because their callers may connect again
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

// LocalAddr returns the address of this side of the connection.
func (c *Conn) LocalAddr() string { return c.sock.LocalAddr().String() }
