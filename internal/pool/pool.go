// Package pool keeps the connections to one server: few shared ones, on which the commands of all callers
// travel together, and exclusive ones, lent to one holder at a time for commands that block, are large or change the
// connection. Exclusive ones are kept apart by conn.Class, each class with a bound and a queue of its own, see subpool.
//
// Lock order: Watchdog.round, Pool.mu, then Conn.mu, Watchdog.mu or presence.mu. None is held while anything waits.
package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// Errors of Get and Shared, besides *conn.DialError and *conn.GaveUp.
var (
	ErrClosed    = errors.New("client is closed")
	ErrExhausted = errors.New("too many connections")
	ErrNoConn    = errors.New("no connection available")
)

// Config says how many connections a pool keeps and how it checks them. Defaults have been filled in.
type Config struct {
	Conn *conn.Config
	// Shared is the number of shared connections, filled one after the other; at least 1.
	Shared int
	// Sessions, Blocking and Large bound the exclusive connections of these classes.
	Sessions, Blocking, Large Bound
	// HealthCheck is how long a connection may go without a reply before it is pinged before
	// its next use; 0: never.
	HealthCheck time.Duration
	// BackoffMin and BackoffMax bound the pause between failed attempts to connect.
	BackoffMin, BackoffMax time.Duration
	// MaxAge is how long a connection lives, within a tenth; 0: as long as it can.
	MaxAge time.Duration
	// Watchdog looks at the connections; nil: one of the pool's own.
	Watchdog *Watchdog
}

// Pool keeps the connections to one server. It is safe for concurrent use and makes its first connection when
// one is asked for.
type Pool struct {
	cfg      Config
	slots    []slot                // of shared connections
	subpools [conn.Classes]subpool // by class; that of conn.Shared is empty

	doubted atomic.Int64 // what was last answered before this time is unproven, see unproven; 0: nothing

	ctx    context.Context // ends with Close
	done   <-chan struct{} // of ctx, asked for by every command
	cancel context.CancelFunc
	work   sync.WaitGroup // dials, not what observers do

	presence *presence

	mu       sync.Mutex
	closed   bool
	sealed   bool                  // no shared connection is made any more
	watched  bool                  // the watchdog looks at it
	all      map[*conn.Conn]member // every connection
	era      int                   // counts Resets: connections of an earlier one are forgotten
	demotion demotion
	// replacing says that a shared connection is being made for one that is too old.
	replacing bool
	renewal   *[]byte // the command that renews the credentials; nil: they are those of the handshake
	aside     []suspected
	checks    map[*conn.Conn]*checking
	turn      chan struct{} // see turning
	stats     Stats
	past      conn.Counts // of connections that are gone
}

// member is what the books say of a connection.
type member struct {
	sub  *subpool // nil if it is a shared one
	era  int
	ends time.Duration // when its lifetime is over; 0: never
}

// New makes a pool. It opens nothing.
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

// Context ends with the pool.
func (p *Pool) Context() context.Context { return p.ctx }

// Config gives the configuration, to be read only.
func (p *Pool) Config() *Config { return &p.cfg }

// begin runs f in a goroutine that Close waits for. What f gives back is run after that: user code may close the pool.
// mu is held, and the pool is not closed.
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

// pause waits until a time by the clock of conn.Now, or for the end of the pool.
func (p *Pool) pause(until time.Duration) {
	backoff.Wait(p.ctx, until-conn.Now(), nil)
}

// dial makes a connection for a class, or a shared one if that is nil, and watches over it. tell, nil if nobody listens, tells the
// observer of the attempt; it is user code, which may use the pool: it is called when everybody else knows the outcome, and nobody
// waits for it.
func (p *Pool) dial(sub *subpool) (c *conn.Conn, tell func(), err error) {
	if p.ctx.Err() != nil {
		return nil, nil, ErrClosed
	}
	p.mu.Lock()
	renewal := p.renewal
	p.mu.Unlock()
	began := conn.Now()
	c, err = conn.Dial(p.ctx, p.cfg.Conn)
	took := conn.Now() - began
	p.mu.Lock()
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
			p.renew(c) // it was made with the credentials before
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
	p.presence.made(c)
	return c, tell, nil
}

// enter takes a connection into the books. The place in its class has been counted. mu is held.
func (p *Pool) enter(c *conn.Conn, sub *subpool) {
	p.all[c] = member{sub, p.era, p.lifetime()}
	c.Watch(p.reconsider)
	if !p.watched {
		p.watched = true
		p.cfg.Watchdog.join(p)
	}
}

// forget closes a connection and takes it off the books.
func (p *Pool) forget(c *conn.Conn) {
	c.Close()
	p.mu.Lock()
	p.strike(c)
	p.mu.Unlock()
}

// strike takes a connection that is closed, or about to be, off the books, and gives up its place. mu is held.
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

// Disconnect closes every connection, idle or in use. The pool stays usable and connects again on demand.
func (p *Pool) Disconnect() {
	for _, c := range p.snapshot() {
		c.Close()
	}
	p.mu.Lock()
	idle := p.retireIdle()
	p.grow()
	p.mu.Unlock()
	closeAll(idle)
	p.sweep()
}

// Reset forgets every connection: idle ones are closed now, exclusive ones in use when they are given back, and
// shared ones when the last call under way on them has ended.
func (p *Pool) Reset() {
	p.mu.Lock()
	p.era++
	idle := p.retireIdle()
	p.grow()
	// Taken out first: whoever is refused by a connection that retires finds another one here.
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

// sweep takes shared connections off the books that have ended.
func (p *Pool) sweep() {
	p.mu.Lock()
	shared := p.shared()
	p.mu.Unlock()
	for _, c := range shared {
		if c.Down() && c.Err() != nil { // one that retires may still have calls under way
			p.forget(c)
		}
	}
}

// Seal makes the shared connections refuse all further calls, as Retire does, and no other ones are made: whoever asks for one gets
// ErrClosed. The function that it gives counts the calls that are still under way on them.
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

// Calls gives a function that counts those of the calls now under way on the shared connections that have not ended. Later ones do
// not count. Replies come in the order of the calls, so that numbers are enough.
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
			calls := c.Counts().Calls // before Load, so that a call which comes in between seems to be one more under way
			if load := c.Load(); load > 0 {
				n += max(0, int(until[i])-(int(calls)-load))
			}
		}
		return n
	}
}

// shared gives the shared connections. mu is held.
func (p *Pool) shared() (all []*conn.Conn) {
	for c, m := range p.all {
		if m.sub == nil {
			all = append(all, c)
		}
	}
	return all
}

// Close closes every connection. Calls in flight end with an error, and so does every later one. It returns when
// nothing of the pool runs any more, and may be called again.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	idle := p.retireIdle()
	p.turned()
	p.mu.Unlock()
	p.cancel()
	closeAll(idle)
	for _, c := range p.snapshot() {
		c.Fail(ErrClosed) // not conn.ErrClosed, which says nothing of the client
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
	Shared, Lent, Idle        int // Lent counts those being made too
	Dials, DialErrors, Closed uint64
	Waits, WaitTimeouts       uint64
	Exhausted, Pings          uint64
	Suspects, PassedBy        uint64
	InFlight                  int                      // calls queued or awaited on the connections
	conn.Counts                                        // of all connections
	Classes                   [conn.Classes]ClassStats // of exclusive connections
}

// ClassStats is how the exclusive connections of one class are now.
type ClassStats struct {
	Open    int // lent, idle and being made
	Lent    int
	Idle    int
	Waiting int // calls that wait for one
}

// Stats gives the counters as they are now.
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
	for i := range p.subpools {
		sub := &p.subpools[i]
		s.Idle += len(sub.idle)
		s.Lent += sub.total - len(sub.idle)
		s.Classes[i] = ClassStats{Open: sub.total, Lent: sub.lent(), Idle: len(sub.idle), Waiting: sub.waiters.Len()}
	}
	return s
}
