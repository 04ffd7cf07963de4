package conn

import (
	"fmt"
	"math"
	"os"
	"time"
)

// A link can die in silence: nothing is refused or reset, and only the callers' deadlines show it. So when a
// call gives up, its connection becomes suspect if a reply is owed and no byte has come for some time. A
// suspect connection takes no new calls, and a PING is sent behind its requests. The next received byte
// clears the suspicion: the server was slow, and not dead.
//
// The callers of a suspect connection stay, because their replies may still come. The pool closes the
// connection when other connections prove that the server answers.
const (
	// These values limit the silence before a connection becomes suspect: leastSilence, or silenceFactor
	// times the smoothed reply time if this is longer. longestSample limits the effect of one long command.
	// upload explains a silence: the kernel still sends this many bytes.
	leastSilence  = 20 * time.Millisecond  // least silence before a connection is suspect
	silenceFactor = 4                      // factor of the smoothed reply time
	longestSample = 250 * time.Millisecond // upper limit of a sample
	sampleEvery   = 16                     // leaderships per sample
	upload        = 32 << 10               // bytes
)

// ErrSuspect is the failure of a connection that stayed silent while the server answered on others. It is an
// os.ErrDeadlineExceeded.
var ErrSuspect = fmt.Errorf("no reply on this connection while the server answered on others: %w",
	os.ErrDeadlineExceeded)

// These bits of Conn.bars are the reasons not to give a connection to a new call.
const (
	barDown    uint32 = 1 << iota // failed or retiring
	barSuspect                    // a call gave up while it was silent
	barTrial                      // waits for a reply to the PING of Try
	barLarge                      // receives a large reply
)

// Fit reports whether the connection may take another call. It is very cheap.
func (c *Conn) Fit() bool { return c.bars.Load() == 0 }

// Suspect reports whether a call gave up while the connection was silent, and the silence goes on.
func (c *Conn) Suspect() bool { return c.bars.Load()&barSuspect != 0 }

// OnTrial reports whether Try has sent a PING and no byte has come since.
func (c *Conn) OnTrial() bool { return c.bars.Load()&barTrial != 0 }

// trust is the state of the suspicion against a connection. Conn.mu guards it.
type trust struct {
	replyTime time.Duration // smoothed reply time; 0 without a sample
	answered  time.Duration // send time of the latest request with a noted reply

	life   uint32        // Conn.life at the last look
	since  time.Duration // begin of the silence, as far as it is known
	unsent int           // bytes in the kernel then; 0 if few
	moved  uint32        // Conn.moved at the last look
	timer  *time.Timer   // timer of overtime

	pings []*question   // PINGs in flight
	asked time.Duration // when the last PING was queued
	tell  func(*Conn)   // see Conn.Watch
}

// Moment is a point in the life of a connection.
type Moment struct {
	// 0 stands for a call whose silence proves nothing.
	at   time.Duration // by the clock of Now
	life uint32        // value of Conn.life
}

// Moment returns the present moment.
func (c *Conn) Moment() Moment { return Moment{Now(), c.life.Load()} }

// Watch makes the connection call tell whenever it has become suspect, was cleared, or has failed in such a
// state. No lock is held when tell is called, so it must look at the present state.
func (c *Conn) Watch(tell func(*Conn)) {
	c.mu.Lock()
	c.trust.tell = tell
	c.mu.Unlock()
}

// Limit returns the silence after which the connection is suspect.
func (c *Conn) Limit() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust.limit()
}

// ReplyTime returns how long the server takes to answer, smoothed over the last replies. It is 0 before the
// first one.
func (c *Conn) ReplyTime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust.replyTime
}

func (t *trust) limit() time.Duration { return max(leastSilence, silenceFactor*t.replyTime) }

// sample adds one reply time to the average.
func (t *trust) sample(took time.Duration) {
	took = min(took, longestSample)
	if t.replyTime == 0 {
		t.replyTime = took
		return
	}
	t.replyTime += (took - t.replyTime) / 8
}

// greeted notes a round trip of the handshake, before others use the connection. The shortest one counts: the
// server may need more time for the others.
func (t *trust) greeted(asked time.Duration) {
	t.answered = asked
	took := min(Now()-asked, longestSample)
	if t.replyTime == 0 || took < t.replyTime {
		t.replyTime = took
	}
}

// noteQueued notes when a call is queued, if it may be given up. mu is held.
func (c *Conn) noteQueued(call *Call) {
	if call.done != nil {
		call.queued = Moment{c.stamp, c.life.Load()}
	}
}

// sampled notes that the reply to a leader's call has come. mu is held.
func (c *Conn) sampled(call *Call) {
	asked := call.queued.at
	if call.done == nil {
		// The time of queueing is unknown. The call may have waited for the connection since Began.
		asked = call.Began
	}
	if call.Class == Blocking || asked < c.made {
		return
	}
	c.trust.sample(Now() - asked)
	c.trust.answered = max(c.trust.answered, asked)
}

// answeredAt notes the reply to a request that was queued at a moment.
func (c *Conn) answeredAt(m Moment) {
	c.mu.Lock()
	c.trust.answered = max(c.trust.answered, m.at)
	c.mu.Unlock()
}

// departs returns the moment at which a call was queued whose owner is about to give up. The call must still
// belong to its owner.
func (c *Call) departs() Moment {
	if c.Class == Blocking {
		return Moment{} // the server may hold back its reply
	}
	return c.queued
}

// GaveUp notes that a caller has waited since a moment for the connection to answer, and gives up. mu is not
// held.
func (c *Conn) GaveUp(m Moment) {
	if m.at == 0 || c.bars.Load()&(barDown|barSuspect) != 0 {
		return
	}
	life := c.life.Load()
	if m.life != life && c.timed.Load() {
		return // it was alive, and overtime watches its present silence
	}
	c.mu.Lock()
	if c.bars.Load()&(barDown|barSuspect) != 0 || !c.owes() {
		c.mu.Unlock()
		return
	}
	t, now := &c.trust, Now()
	if life = c.life.Load(); t.since == 0 || t.life != life {
		t.life, t.since, t.unsent = life, now, 0
	}
	if m.life == life {
		t.since = min(t.since, m.at)
	}
	if t.unsent == 0 {
		t.unsent, t.moved = c.uploading(), c.moved.Load()
	}
	if c.late() {
		t.since = now
	}
	switch left := t.since + t.limit() - now; {
	case left <= 0 && t.unsent == 0:
		c.accuseUnlock(now)
		return
	case !c.timed.Load():
		// The silence may have begun earlier, but nobody looked at the clock then.
		c.watchFor(max(left, leastSilence/2))
	}
	c.mu.Unlock()
}

// noteSilence notes the silence so far, for a later call that gives up and was queued before the last byte.
// The watchdog calls it with mu held.
func (c *Conn) noteSilence(now time.Duration) {
	t, life := &c.trust, c.life.Load()
	if c.bars.Load()&(barSuspect|barTrial) == 0 && c.owes() && (t.since == 0 || t.life != life) {
		t.life, t.since, t.unsent = life, now, 0
	}
}

// Quiet returns how long the connection has been silent, as far as the watchdog has seen, while the server
// owes a reply that it does not hold back on purpose. It is 0 if the server owes none.
func (c *Conn) Quiet() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := &c.trust; c.owes() && t.since != 0 && t.life == c.life.Load() {
		return Now() - t.since
	}
	return 0
}

// gaveUpLast is GaveUp for a connection that will be closed, so that nobody can look at it later. The silence
// counts even while the kernel still sends bytes: to doubt other connections costs little. mu is not held.
func (c *Conn) gaveUpLast(m Moment) {
	c.mu.Lock()
	if m.at == 0 || c.bars.Load()&(barDown|barSuspect) != 0 || m.life != c.life.Load() ||
		Now()-m.at < c.trust.limit() {
		c.mu.Unlock()
		return
	}
	c.trust.life, c.trust.since = m.life, m.at
	c.bars.Or(barSuspect)
	c.mu.Unlock()
	c.told()
}

// owes reports whether the server owes a reply that it does not hold back on purpose. mu is held.
func (c *Conn) owes() bool {
	return (c.reading || !c.sent.empty()) && c.quiet == c.cfg.ReplyTimeout
}

// Late reports whether bytes have come on the connection that nobody has read yet.
func (c *Conn) Late() bool { return c.eye != nil && pending(c.eye) }

// late reports whether this process is behind: bytes have come that nobody has read yet, or a flusher still
// has to write although the server does not block it. This process may have lacked CPU time for the whole
// silence. mu is held.
func (c *Conn) late() bool {
	return c.flushing && !c.slow.Load() || c.Late()
}

// uploading returns the number of bytes that the kernel still has to send, 0 if it is small: while it sends,
// silence proves nothing.
func (c *Conn) uploading() int {
	if c.eye == nil {
		return 0
	}
	if n := unsent(c.eye); n >= upload {
		return n
	}
	return 0
}

// watchFor looks again after some time. mu is held.
func (c *Conn) watchFor(d time.Duration) {
	c.timed.Store(true)
	if t := &c.trust; t.timer == nil {
		t.timer = time.AfterFunc(d, c.overtime)
	} else {
		t.timer.Reset(d)
	}
}

// overtime checks whether a silence has lasted too long. It runs in its own goroutine.
func (c *Conn) overtime() {
	c.mu.Lock()
	c.timed.Store(false)
	t, now := &c.trust, Now()
	switch onTrial := c.OnTrial(); {
	case c.bars.Load()&(barDown|barSuspect) != 0, !onTrial && (!c.owes() || t.life != c.life.Load()):
		c.mu.Unlock()
		return
	// A byte came when the trial began, and did not count as an answer to it.
	case !c.owes():
		c.mu.Unlock()
		c.clear()
		return
	}
	unsent, moved := c.uploading(), c.moved.Load()
	if unsent < t.unsent || moved != t.moved && c.slow.Load() || c.late() {
		t.since = now // the kernel still sends, or this process is slow
	}
	t.unsent, t.moved = unsent, moved
	if left := t.since + t.limit() - now; left > 0 {
		c.watchFor(left)
		c.mu.Unlock()
		return
	}
	c.accuseUnlock(now)
}

// accuseUnlock makes the connection suspect. It is entered with mu held and unlocks mu.
func (c *Conn) accuseUnlock(now time.Duration) {
	c.bars.Or(barSuspect)
	c.bars.And(^barTrial)
	c.inquireUnlock(now)
	c.told()
}

// Try puts the connection on trial with a PING: it takes no new calls until a byte has come, and becomes
// suspect if none comes.
func (c *Conn) Try() {
	c.mu.Lock()
	if c.bars.Load()&(barDown|barSuspect|barTrial) != 0 || c.mixed.Load() {
		c.mu.Unlock()
		return
	}
	t, now := &c.trust, Now()
	c.bars.Or(barTrial)
	t.life, t.since, t.unsent, t.moved = c.life.Load(), now, c.uploading(), c.moved.Load()
	c.watchFor(t.limit())
	c.inquireUnlock(now)
}

// Inquire sends a PING; Answered shows the reply.
func (c *Conn) Inquire() {
	c.mu.Lock()
	if c.answeredPings(); len(c.trust.pings) > 0 {
		c.mu.Unlock()
		return
	}
	c.inquireUnlock(Now())
}

// inquireUnlock queues a PING, and lets it be written and its reply be read. It is entered with mu held
// and unlocks mu.
//
// It sends a PING even while another one is in flight: the reply to the other one may be in the buffer
// already, so that no byte would come later.
func (c *Conn) inquireUnlock(now time.Duration) {
	if c.answeredPings(); c.crowded() != nil {
		c.mu.Unlock()
		return
	}
	q := &question{take: func([]byte) {}}
	q.call.Wire, q.call.Sink = PingWire, q
	q.call.Reset()
	q.call.done = closedDone // it never reads for others
	q.call.queued = Moment{now, c.life.Load()}
	if c.waiting == 0 {
		c.quiet = c.cfg.ReplyTimeout
	}
	c.trust.pings, c.trust.asked = append(c.trust.pings, q), now
	c.husks.Add(1)
	c.enqueue(&q.call)
	if c.flusher(now) {
		c.dispatchUnlock()
	} else {
		c.mu.Unlock()
	}
}

// PingWire is an encoded PING. It must not be changed.
var PingWire = []byte("*1\r\n$4\r\nPING\r\n")

// answeredPings notes which PINGs have been answered. mu is held.
func (c *Conn) answeredPings() {
	t := &c.trust
	for len(t.pings) > 0 {
		call := &t.pings[0].call
		select {
		case <-call.ready:
		default:
			return
		}
		t.pings = t.pings[1:]
		c.husks.Add(-1)
		if call.Err == nil {
			t.answered = max(t.answered, call.queued.at)
		}
	}
	t.pings = nil
}

// clear ends the suspicion, because bytes have come. The reader calls it.
func (c *Conn) clear() {
	c.mu.Lock()
	t := &c.trust
	c.bars.And(^(barSuspect | barTrial))
	t.sample(Now() - t.since) // the server was slow, and not dead
	c.unwatch()
	c.mu.Unlock()
	c.told()
}

// unwatch stops the timer of overtime. mu is held.
func (c *Conn) unwatch() {
	if c.timed.Load() && c.trust.timer.Stop() {
		c.timed.Store(false)
	}
}

// told tells the pool about a change. mu is not held.
func (c *Conn) told() {
	c.mu.Lock()
	tell := c.trust.tell
	c.mu.Unlock()
	if tell != nil {
		tell(c)
	}
}

// Asked returns when the last PING of Try or Inquire was queued, by the clock of Now; 0 if there was none.
func (c *Conn) Asked() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust.asked
}

// Answered returns the send time of the latest request with a noted reply, by the clock of Now. Not all
// replies are noted.
func (c *Conn) Answered() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answeredPings()
	return c.trust.answered
}

// Silence returns the begin of the silence of a suspect connection, and the end of the time that it was
// allowed, by the clock of Now.
func (c *Conn) Silence() (from, to time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.Suspect() {
		return math.MaxInt64, math.MaxInt64
	}
	return c.trust.since, c.trust.since + c.trust.limit()
}

// EndDeserted ends a suspect connection if nobody waits for a reply on it any more.
func (c *Conn) EndDeserted() {
	c.mu.Lock()
	if c.answeredPings(); c.err != nil || !c.Suspect() || c.waiting > int(c.husks.Load()) {
		c.mu.Unlock()
		return
	}
	c.abortUnlock(ErrSuspect)
}

// Abort ends a connection with unanswered requests. The kernel does not send its remaining bytes any more.
func (c *Conn) Abort(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.abortUnlock(err)
}

// abortUnlock fails the connection, and settles its calls unless the reader or the flusher will do so.
// The kernel drops the unsent bytes. It is entered with mu held while the connection has not failed, and
// unlocks mu.
func (c *Conn) abortUnlock(err error) {
	c.forgetUnsent()
	c.failLocked(err, PhaseRead)
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.settleUnlock()
}

// forgetUnsent makes the kernel drop unsent bytes when the socket is closed.
func (c *Conn) forgetUnsent() {
	if s, ok := c.sock.(interface{ SetLinger(sec int) error }); ok {
		_ = s.SetLinger(0) // the socket may have ended already
	}
}
