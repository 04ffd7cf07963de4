package conn

import (
	"fmt"
	"math"
	"os"
	"time"
)

// A link can die in silence: nothing is refused or reset, and only the callers' deadlines tell. So a connection on which a
// call gave up is suspect if a reply is owed and no byte has come for some time. A suspect connection takes no new calls,
// and a PING is sent behind what it owes. The next byte clears it: then the server was slow, and not dead.
//
// Its callers stay, since their replies may still come. The pool closes it when others prove that the server answers.
const (
	leastSilence  = 20 * time.Millisecond  // before a connection is suspect
	silenceFactor = 4                      // times the smoothed reply time, if that is more
	longestSample = 250 * time.Millisecond // of a reply time: one long command must not make us patient for long
	sampleEvery   = 16                     // leaderships for one sample
	upload        = 32 << 10               // bytes on their way that explain a silence
)

// ErrSuspect is the failure of a connection that stayed silent while the server answered on others. It is an
// os.ErrDeadlineExceeded.
var ErrSuspect = fmt.Errorf("no reply on this connection while the server answered on others: %w", os.ErrDeadlineExceeded)

// Reasons not to give a connection to a new call, the bits of Conn.bars.
const (
	barDown    uint32 = 1 << iota // it has failed, or retires
	barSuspect                    // a call gave up on its silence
	barTrial                      // it has been asked for a sign of life
	barLarge                      // it is in the middle of a large reply
)

// Fit reports whether nothing speaks against another call on the connection. It costs next to nothing.
func (c *Conn) Fit() bool { return c.bars.Load() == 0 }

// Suspect reports whether a call gave up on the connection's silence, which lasts.
func (c *Conn) Suspect() bool { return c.bars.Load()&barSuspect != 0 }

// OnTrial reports whether the connection has been asked for a sign of life by Try, and has given none yet.
func (c *Conn) OnTrial() bool { return c.bars.Load()&barTrial != 0 }

// trust is what is known of the silence of a connection. It is guarded by Conn.mu.
type trust struct {
	replyTime time.Duration // smoothed, 0 if there is no sample
	answered  time.Duration // when the last request was sent that is known to have been answered

	life   uint32        // Conn.life in the silence that was looked at last
	since  time.Duration // the beginning of that silence, as far as it is known
	unsent int           // bytes that the kernel held at that look, 0 if it was little
	moved  uint32        // Conn.moved then
	timer  *time.Timer   // for overtime

	pings []*question   // PINGs under way
	asked time.Duration // when the last PING was queued
	tell  func(*Conn)   // see Conn.Watch
}

// Moment is a point in the life of a connection.
type Moment struct {
	at   time.Duration // by the clock of Now; 0 for a call whose silence proves nothing
	life uint32        // Conn.life then
}

// Moment is the present one.
func (c *Conn) Moment() Moment { return Moment{Now(), c.life.Load()} }

// Watch makes the connection call tell whenever it has become suspect, was cleared, or has failed in such a state. No lock is held when
// tell is called, so it has to look at what is true by then.
func (c *Conn) Watch(tell func(*Conn)) {
	c.mu.Lock()
	c.trust.tell = tell
	c.mu.Unlock()
}

// Limit is the silence after which the connection is suspect.
func (c *Conn) Limit() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust.limit()
}

func (t *trust) limit() time.Duration { return max(leastSilence, silenceFactor*t.replyTime) }

// sample takes one reply time into the average.
func (t *trust) sample(took time.Duration) {
	took = min(took, longestSample)
	if t.replyTime == 0 {
		t.replyTime = took
		return
	}
	t.replyTime += (took - t.replyTime) / 8
}

// greeted notes a round trip of the handshake, before others use the connection. The shortest one counts: the server may
// have had more to do for the others.
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
		asked = call.Began // nothing is known of the moment: it may have waited for the connection before
	}
	if call.Class == Blocking || asked < c.made {
		return
	}
	c.trust.sample(Now() - asked)
	c.trust.answered = max(c.trust.answered, asked)
}

// answeredAt notes that a request was answered which was queued at a moment.
func (c *Conn) answeredAt(m Moment) {
	c.mu.Lock()
	c.trust.answered = max(c.trust.answered, m.at)
	c.mu.Unlock()
}

// departs gives the moment at which a call was queued whose owner is about to give up. The call must still be the owner's.
func (c *Call) departs() Moment {
	if c.Class == Blocking {
		return Moment{} // the server may hold its reply back
	}
	return c.queued
}

// GaveUp tells that somebody has waited since a moment for the connection to answer, and gives up. mu is not held.
func (c *Conn) GaveUp(m Moment) {
	if m.at == 0 || c.bars.Load()&(barDown|barSuspect) != 0 {
		return
	}
	life := c.life.Load()
	if m.life != life && c.timed.Load() {
		return // it was alive, and its silence since is being watched
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
		c.accuse(now)
		return
	case !c.timed.Load():
		// The silence may have begun before, but nobody looked at the clock then.
		c.watchFor(max(left, leastSilence/2))
	}
	c.mu.Unlock()
}

// noteSilence notes how long nothing has come, at least, in case a call gives up that was queued before the last byte. It is called
// by the watchdog with mu held.
func (c *Conn) noteSilence(now time.Duration) {
	t, life := &c.trust, c.life.Load()
	if c.bars.Load()&(barSuspect|barTrial) == 0 && c.owes() && (t.since == 0 || t.life != life) {
		t.life, t.since, t.unsent = life, now, 0
	}
}

// gaveUpLast is GaveUp for a connection that is about to be closed, so that nothing can be looked at later. The silence counts
// although bytes of ours may still get across: to doubt other connections costs little. mu is not held.
func (c *Conn) gaveUpLast(m Moment) {
	c.mu.Lock()
	if m.at == 0 || c.bars.Load()&(barDown|barSuspect) != 0 || m.life != c.life.Load() || Now()-m.at < c.trust.limit() {
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

// Late reports whether something has come on the connection that nobody has read yet.
func (c *Conn) Late() bool { return c.eye != nil && pending(c.eye) }

// late reports whether this process is behind: something has come that nobody has read yet, or is still to be written by somebody
// whom the server does not keep from it. It may have been short of CPU time for as long as a silence lasts. mu is held.
func (c *Conn) late() bool {
	return c.flushing && !c.slow.Load() || c.Late()
}

// uploading gives the number of bytes that the kernel still has to get across, 0 if it is little: while they move, silence is
// no sign of anything.
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

// overtime looks whether a silence has lasted too long. It runs in a goroutine of its own.
func (c *Conn) overtime() {
	c.mu.Lock()
	c.timed.Store(false)
	t, now := &c.trust, Now()
	switch onTrial := c.OnTrial(); {
	case c.bars.Load()&(barDown|barSuspect) != 0, !onTrial && (!c.owes() || t.life != c.life.Load()):
		c.mu.Unlock()
		return
	case !c.owes(): // a sign of life came when the trial began, and was not seen as an answer to it
		c.mu.Unlock()
		c.clear()
		return
	}
	unsent, moved := c.uploading(), c.moved.Load()
	if unsent < t.unsent || moved != t.moved && c.slow.Load() || c.late() {
		t.since = now // our bytes get across, or it is we who are slow
	}
	t.unsent, t.moved = unsent, moved
	if left := t.since + t.limit() - now; left > 0 {
		c.watchFor(left)
		c.mu.Unlock()
		return
	}
	c.accuse(now)
}

// accuse makes the connection suspect. It is entered with mu held and unlocks.
func (c *Conn) accuse(now time.Duration) {
	c.bars.Or(barSuspect)
	c.bars.And(^barTrial)
	c.inquire(now)
	c.told()
}

// Try asks the connection for a sign of life: it takes no new calls until a byte has come, and is suspect if none comes.
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
	c.inquire(now)
}

// Inquire sends a PING, whose answer Answered tells.
func (c *Conn) Inquire() {
	c.mu.Lock()
	if c.answeredPings(); len(c.trust.pings) > 0 {
		c.mu.Unlock()
		return
	}
	c.inquire(Now())
}

// inquire queues a PING, and sees to it that it is written and its answer read. It is entered with mu held and unlocks.
//
// It does so also while another one is under way: the answer to that may just be taken in, and not come after this.
func (c *Conn) inquire(now time.Duration) {
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
	c.dispatch(now)
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

// clear takes the suspicion away, since bytes have come. It is called by the reader.
func (c *Conn) clear() {
	c.mu.Lock()
	t := &c.trust
	c.bars.And(^(barSuspect | barTrial))
	t.sample(Now() - t.since) // it was slow, and not dead
	c.unwatch()
	c.mu.Unlock()
	c.told()
}

// unwatch ends a look that is still to come. mu is held.
func (c *Conn) unwatch() {
	if c.timed.Load() && c.trust.timer.Stop() {
		c.timed.Store(false)
	}
}

// told tells the pool that something has changed. mu is not held.
func (c *Conn) told() {
	c.mu.Lock()
	tell := c.trust.tell
	c.mu.Unlock()
	if tell != nil {
		tell(c)
	}
}

// Asked is when the last PING was sent that asked for a sign of life, by the clock of Now; 0 if none was.
func (c *Conn) Asked() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trust.asked
}

// Answered is when the last request was sent that is known to have been answered, by the clock of Now. Not all are noted.
func (c *Conn) Answered() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answeredPings()
	return c.trust.answered
}

// Silence is when the silence began for which the connection is suspect, and the end of the time that it was granted, by the
// clock of Now.
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
	c.abort(ErrSuspect)
}

// Abort ends a connection that was left with unanswered requests. What the kernel holds of them is not sent any more.
func (c *Conn) Abort(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.abort(err)
}

// abort is entered with mu held while the connection has not failed, and unlocks.
func (c *Conn) abort(err error) {
	c.forgetUnsent()
	c.failLocked(err, PhaseRead)
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.settle()
}

// forgetUnsent makes the kernel drop what it has not sent when the socket is closed.
func (c *Conn) forgetUnsent() {
	if s, ok := c.sock.(interface{ SetLinger(sec int) error }); ok {
		_ = s.SetLinger(0) // the socket may have an end already
	}
}
