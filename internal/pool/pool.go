// Package pool keeps the connections to one server. A few shared connections carry the commands of all
// callers together. Exclusive connections are lent to one holder at a time, for commands that block, are
// large or change the connection. Each conn.Class of exclusive connections has its own bound and queue, see
// subpool.
//
// Lock order: Watchdog.round, Pool.mu, then Conn.mu, Watchdog.mu or presence.mu. No lock is held while a
// goroutine waits.
package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// These are the errors of Get and Shared, besides *conn.DialError and *conn.GaveUp.
var (
	ErrClosed    = errors.New("client is closed")
	ErrExhausted = errors.New("too many connections")
	ErrNoConn    = errors.New("no connection available")
)

// Config says how many connections a pool keeps and how it checks them. All defaults are filled in already.
type Config struct {
	Conn *conn.Config
	// Shared is the number of shared connections, filled one after the other; at least 1.
	Shared int
	// Sessions, Blocking and Large bound the exclusive connections of these classes.
	Sessions, Blocking, Large Bound
	// HealthCheck is the longest time without a reply after which a connection is pinged before its next use.
	// 0 means never.
	HealthCheck time.Duration
	// BackoffMin and BackoffMax bound the pause between failed attempts to connect.
	BackoffMin, BackoffMax time.Duration
	// MaxAge is the lifetime of a connection, give or take a tenth. 0 means no limit.
	MaxAge time.Duration
	// Watchdog checks the connections; nil means one for this pool alone.
	Watchdog *Watchdog
	// Locator says where the server is; nil means at Conn.Addr, always. With a Locator Conn.Addr is a name
	// for logs and errors.
	Locator Locator
}

// Pool keeps the connections to one server. It is safe for concurrent use, and dials the first connection
// when a caller needs one.
type Pool struct {
	cfg      Config
	slots    []slot                // of shared connections
	subpools [conn.Classes]subpool // by class; conn.Shared has an empty one

	// A connection with no reply after this time is unproven, see unproven. 0 means that no connection is
	// unproven.
	doubted atomic.Int64

	ctx    context.Context // ends with Close
	done   <-chan struct{} // ctx.Done(), cached because every command uses it
	cancel context.CancelFunc
	work   sync.WaitGroup // dials and other goroutines that Close waits for

	presence *presence
	zone     atomic.Pointer[string] // as the last connection has heard

	mu       sync.Mutex
	closed   bool
	sealed   bool                  // no more shared connections are made
	watched  bool                  // the pool has joined the watchdog
	all      map[*conn.Conn]member // every connection
	streams  map[*conn.Stream]bool // those that their holders read themselves
	era      int                   // number of Resets; connections of an earlier era are not used again
	demotion demotion
	anyOf    anyOf
	place    *place        // where the server is
	cutEra   int           // connections of earlier eras are cut at cutAt
	cutAt    time.Duration // 0 if there is nothing to cut
	// replacing says that a new connection is being made to replace a shared one that is too old.
	replacing bool
	renewal   *[]byte // the command with new credentials; nil if there are none
	aside     []suspected
	checks    map[*conn.Conn]*checking
	turn      chan struct{} // see turning
	stats     Stats
	past      conn.Counts // of connections that have ended
}

// member is the pool's record of a connection.
type member struct {
	sub  *subpool // nil for a shared connection
	era  int
	ends time.Duration // end of its lifetime; 0 if it has none
}

// New makes a pool. It dials no connection.
func New(cfg Config) *Pool {
	cfg.Shared = max(cfg.Shared, 1)
	p := &Pool{
		cfg: cfg, era: 1, slots: makeSlots(cfg.Shared),
		all: make(map[*conn.Conn]member), checks: make(map[*conn.Conn]*checking),
	}
	if cfg.Watchdog == nil {
		p.cfg.Watchdog = new(Watchdog)
	}
	p.presence = newPresence(cfg.Conn)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.done = p.ctx.Done()
	p.place = p.newPlace()
	for i := range p.subpools {
		p.subpools[i].pool = p
	}
	p.subpools[conn.Session].bound = cfg.Sessions
	p.subpools[conn.Blocking].bound = cfg.Blocking
	p.subpools[conn.Large].bound = cfg.Large
	return p
}

// Done is closed with the pool.
func (p *Pool) Done() <-chan struct{} { return p.done }

// Zone returns the availability zone of the server, "" if it does not say. known is false before the first
// connection.
func (p *Pool) Zone() (zone string, known bool) {
	if z := p.zone.Load(); z != nil {
		return *z, true
	}
	return "", false
}

// Context ends with the pool.
func (p *Pool) Context() context.Context { return p.ctx }

// Config returns the configuration. Callers must not change it.
func (p *Pool) Config() *Config { return &p.cfg }

// begin runs f in a goroutine that Close waits for. The function tell runs after that, because it is user
// code, which may close the pool. mu is held, and the pool is not closed.
func (p *Pool) begin(f func() (tell func())) {
	p.work.Add(1)
	go func() {
		tell := f()
		p.work.Done()
		if tell != nil {
			tell()
		}
	}()
}

// dial makes a connection for a class, or a shared one if sub is nil, and watches over the connection. tell
// reports the attempt to the observer; it is nil if there is no observer. The observer is user code and may
// use the pool, so tell is called after everyone else knows the result, and nobody waits for it.
func (p *Pool) dial(sub *subpool) (c *conn.Conn, tell func(), err error) {
	if p.ctx.Err() != nil {
		return nil, nil, ErrClosed
	}
	p.mu.Lock()
	renewal, at := p.renewal, p.place
	p.mu.Unlock()
	began := conn.Now()
	c, err = connect(at.ctx, p, conn.Dial)
	took := conn.Now() - began
	p.mu.Lock()
	if p.place != at && !p.closed {
		p.mu.Unlock() // the server has moved meanwhile
		if c != nil {
			c.Close()
		}
		return p.dial(sub)
	}
	p.stats.Dials++
	switch {
	case err != nil:
		p.stats.DialErrors++
		if p.closed {
			err = ErrClosed
		}
	case p.closed, p.sealed && sub == nil:
		err = ErrClosed
	default:
		p.enter(c, sub)
		if p.renewal != renewal {
			p.renew(c) // it was made with the old credentials
		}
	}
	p.mu.Unlock()
	if observe := p.cfg.Conn.Observe; observe != nil {
		tell = func() { observe(p.ctx, took, err) }
	}
	if err != nil {
		if c != nil {
			c.Close()
		}
		p.presence.failed(began, err)
		return nil, tell, err
	}
	zone := c.Info().Zone
	p.zone.Store(&zone)
	p.presence.made(c)
	c.OnEnd(func(e conn.End) { p.ended(c.Node(), e) })
	return c, tell, nil
}

// ended takes note of the end of a connection to a server. It may run on any goroutine that uses the
// connection.
func (p *Pool) ended(addr string, e conn.End) {
	p.presence.ended(e)
	p.lost(addr, e)
}

// enter records a new connection. Its place in the class has been counted already. mu is held.
func (p *Pool) enter(c *conn.Conn, sub *subpool) {
	p.all[c] = member{sub, p.era, p.lifetime(c)}
	c.Watch(p.reconsider)
	if !p.watched {
		p.watched = true
		p.cfg.Watchdog.join(p)
	}
}

// forget closes a connection and removes its record.
func (p *Pool) forget(c *conn.Conn) {
	c.Close()
	p.mu.Lock()
	p.strike(c)
	p.mu.Unlock()
}

// strike removes the record of a connection that is closed, or will be, and frees its place. mu is held.
func (p *Pool) strike(c *conn.Conn) {
	if m, ok := p.all[c]; ok {
		delete(p.all, c)
		if m.sub != nil {
			m.sub.total--
		}
		n := c.Counts()
		p.past.Add(n)
		p.stats.Closed++
	}
}

// Disconnect closes every connection, idle or in use. The pool stays usable and connects again when needed.
func (p *Pool) Disconnect() {
	for _, c := range p.snapshot() {
		c.Close()
	}
	p.mu.Lock()
	idle := p.retireIdle()
	p.grow()
	streams := p.openStreams()
	p.mu.Unlock()
	closeAll(idle)
	for _, s := range streams {
		s.Close()
	}
	p.sweep()
}

// Reset stops using every connection: idle ones are closed now, lent ones when they are given back, and
// shared ones when their last call in flight has ended.
func (p *Pool) Reset() {
	p.mu.Lock()
	p.era++
	idle := p.retireIdle()
	p.grow()
	// Empty the slots first: a call that a retiring connection refuses then finds another connection.
	var shared []*conn.Conn
	for i := range p.slots {
		if c := p.slots[i].cur.Swap(nil); c != nil {
			shared = append(shared, c)
		}
	}
	for _, a := range p.aside {
		shared = append(shared, a.c)
	}
	p.aside = nil
	p.turned()
	p.mu.Unlock()
	closeAll(idle)
	for _, c := range shared {
		c.Retire()
	}
	p.sweep()
}

// sweep forgets shared connections that have ended.
func (p *Pool) sweep() {
	p.mu.Lock()
	shared := p.shared()
	p.mu.Unlock()
	for _, c := range shared {
		if c.Down() && c.Err() != nil { // a retiring connection may still have calls in flight
			p.forget(c)
		}
	}
}

// Seal makes the shared connections refuse all further calls, as Retire does, and no other shared connections
// are made: callers get ErrClosed. The function calls counts the calls still in flight on them.
func (p *Pool) Seal() (calls func() int) {
	p.mu.Lock()
	p.sealed = true
	shared := p.shared()
	p.turned()
	p.mu.Unlock()
	for _, c := range shared {
		c.Retire()
	}
	return func() (n int) {
		for _, c := range shared {
			n += c.Load()
		}
		return n
	}
}

// Calls returns a function that counts how many of the calls now in flight on the shared connections are
// still in flight. Later calls do not count. Replies come in the order of the calls, so numbers suffice.
func (p *Pool) Calls() (left func() int) {
	p.mu.Lock()
	shared := p.shared()
	p.mu.Unlock()
	until := make([]uint64, len(shared))
	for i, c := range shared {
		until[i] = c.Counts().Calls
	}
	return func() (n int) {
		for i, c := range shared {
			// Read before Load: a call that comes in between then looks like one more call in flight.
			calls := c.Counts().Calls
			if load := c.Load(); load > 0 {
				n += max(0, int(until[i])-(int(calls)-load))
			}
		}
		return n
	}
}

// shared returns the shared connections. mu is held.
func (p *Pool) shared() (all []*conn.Conn) {
	for c, m := range p.all {
		if m.sub == nil {
			all = append(all, c)
		}
	}
	return all
}

// Close closes every connection. Calls in flight fail, and so do all later calls. When Close returns, no
// goroutine of the pool runs any more. It may be called again.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	idle := p.retireIdle()
	p.turned()
	streams := p.openStreams()
	p.mu.Unlock()
	p.cancel()
	closeAll(idle)
	for _, s := range streams {
		s.Fail(ErrClosed)
	}
	for _, c := range p.snapshot() {
		c.Fail(ErrClosed) // conn.ErrClosed would not say that the client is closed
		p.mu.Lock()
		p.strike(c)
		p.mu.Unlock()
	}
	p.work.Wait()
	p.cfg.Watchdog.leave(p)
}

func (p *Pool) snapshot() []*conn.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*conn.Conn, 0, len(p.all))
	for c := range p.all {
		all = append(all, c)
	}
	return all
}

// Stats are the counters of a pool.
type Stats struct {
	Shared, Lent, Idle        int // Lent includes connections being made
	Dials, DialErrors, Closed uint64
	Waits, WaitTimeouts       uint64
	Exhausted, Pings          uint64
	Suspects, PassedBy        uint64
	Streams                   int                      // connections of subscriptions and the like
	InFlight                  int                      // calls queued or in flight
	conn.Counts                                        // of all connections
	Classes                   [conn.Classes]ClassStats // of exclusive connections
}

// ClassStats describes the exclusive connections of one class now.
type ClassStats struct {
	Open    int // lent, idle and being made
	Lent    int
	Idle    int
	Waiting int // number of callers that wait
}

// Stats returns the counters now.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Counts = p.past
	for c, m := range p.all {
		s.Counts.Add(c.Counts())
		s.InFlight += c.Load()
		if m.sub == nil && !c.Down() {
			s.Shared++
		}
	}
	for stream := range p.streams {
		s.Counts.Add(stream.Counts())
		s.Streams++
	}
	for i := range p.subpools {
		sub := &p.subpools[i]
		s.Idle += len(sub.idle)
		s.Lent += sub.total - len(sub.idle)
		s.Classes[i] = ClassStats{Open: sub.total, Lent: sub.lent(), Idle: len(sub.idle),
			Waiting: sub.waiters.Len()}
	}
	return s
}
