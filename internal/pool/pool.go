// Package pool keeps the connections to one server: few shared ones, on which the commands of all callers
// travel together, and exclusive ones, lent to one holder at a time for commands that block or change the
// connection.
//
// Lock order: Watchdog.round, Pool.mu, then Conn.mu or Watchdog.mu. None is held while anything waits.
package pool

import (
	"container/list"
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
	// Max is the limit of exclusive connections; 0: none.
	Max int
	// Wait makes Get wait for a connection at the limit, for at most WaitTimeout (0: without end).
	Wait        bool
	WaitTimeout time.Duration
	// IdleTimeout is how long an exclusive connection may be unused before it is closed; 0: for ever.
	IdleTimeout time.Duration
	// HealthCheck is how long a connection may go without a reply before it is pinged before
	// its next use; 0: never.
	HealthCheck time.Duration
	// BackoffMin and BackoffMax bound the pause between failed attempts to connect.
	BackoffMin, BackoffMax time.Duration
	// Watchdog looks at the connections; nil: one of the pool's own.
	Watchdog *Watchdog
}

// Pool keeps the connections to one server. It is safe for concurrent use and makes its first connection when
// one is asked for.
type Pool struct {
	cfg   Config
	slots []slot // of shared connections

	doubted atomic.Int64 // what was last answered before this time is unproven, see unproven; 0: nothing

	ctx    context.Context // ends with Close
	done   <-chan struct{} // of ctx, asked for by every command
	cancel context.CancelFunc
	work   sync.WaitGroup // dials, not what observers do

	mu      sync.Mutex
	closed  bool
	watched bool                  // the watchdog looks at it
	all     map[*conn.Conn]member // every connection
	era     int                   // counts Resets: connections of an earlier one are forgotten
	idle    []resting             // exclusive ones, the last one returned on top
	total   int                   // exclusive connections, being made, idle and lent
	dialing int                   // those being made
	waiters list.List             // of *waiter; first come, first served
	pace    pace                  // of exclusive connections
	aside   []suspected
	checks  map[*conn.Conn]*checking
	turn    chan struct{} // see turning
	stats   Stats
	past    conn.Counts // of connections that are gone
}

// member is what the books say of a connection.
type member struct {
	shared bool
	era    int
}

// New makes a pool. It opens nothing.
func New(cfg Config) *Pool {
	cfg.Shared = max(cfg.Shared, 1)
	p := &Pool{
		cfg: cfg, slots: makeSlots(cfg.Shared),
		all: make(map[*conn.Conn]member), checks: make(map[*conn.Conn]*checking),
	}
	if cfg.Watchdog == nil {
		p.cfg.Watchdog = new(Watchdog)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.done = p.ctx.Done()
	return p
}

// Done is closed with the pool.
func (p *Pool) Done() <-chan struct{} { return p.done }

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

// dial makes a connection and watches over it. tell, nil if nobody listens, tells the observer of the attempt; it is
// user code, which may use the pool: it is called when everybody else knows the outcome, and nobody waits for it.
func (p *Pool) dial(shared bool) (c *conn.Conn, tell func(), err error) {
	if p.ctx.Err() != nil {
		return nil, nil, ErrClosed
	}
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
	case p.closed:
		err = ErrClosed
	default:
		p.enter(c, shared)
	}
	p.mu.Unlock()
	if observe := p.cfg.Conn.Observe; observe != nil {
		tell = func() { observe(p.ctx, took, err) }
	}
	log := p.cfg.Conn.Logger
	if err != nil {
		if c != nil {
			c.Close()
		}
		log.Debug("redpoll: connect failed", "node", p.cfg.Conn.Addr, "error", err)
		return nil, tell, err
	}
	log.Debug("redpoll: connected", "node", p.cfg.Conn.Addr, "protocol", c.Info().Proto, "server", c.Info().Version)
	return c, tell, nil
}

// enter takes a connection into the books. mu is held.
func (p *Pool) enter(c *conn.Conn, shared bool) {
	p.all[c] = member{shared, p.era}
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

// strike takes a closed connection off the books. mu is held.
func (p *Pool) strike(c *conn.Conn) {
	if _, ok := p.all[c]; ok {
		delete(p.all, c)
		n := c.Counts()
		p.past.Calls += n.Calls
		p.past.Writes += n.Writes
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
	p.discard(idle)
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
	p.discard(idle)
	for _, c := range shared {
		c.Retire()
	}
	p.sweep()
}

// sweep takes shared connections off the books that have ended.
func (p *Pool) sweep() {
	p.mu.Lock()
	var shared []*conn.Conn
	for c, m := range p.all {
		if m.shared && c.Down() {
			shared = append(shared, c)
		}
	}
	p.mu.Unlock()
	for _, c := range shared {
		if c.Err() != nil { // one that retires may still have calls under way
			p.forget(c)
		}
	}
}

// Close closes every connection. Calls in flight end with an error, and so does every later one. It returns when
// nothing of the pool runs any more, and may be called again.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.retireIdle()
	p.turned()
	p.mu.Unlock()
	p.cancel()
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
	Shared, Lent, Idle        int
	Dials, DialErrors, Closed uint64
	Waits, WaitTimeouts       uint64
	Exhausted, Pings          uint64
	Suspects, PassedBy        uint64
	Calls, Writes             uint64
}

// Stats gives the counters as they are now.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Calls, s.Writes = p.past.Calls, p.past.Writes
	for c, m := range p.all {
		n := c.Counts()
		s.Calls += n.Calls
		s.Writes += n.Writes
		if m.shared && !c.Down() {
			s.Shared++
		}
	}
	s.Idle = len(p.idle)
	s.Lent = p.total - s.Idle
	return s
}
