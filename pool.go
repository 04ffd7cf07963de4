package redpoll

import (
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Pool keeps the connections to one server. Each client makes one of its own; NewPool makes one that several
// clients share through Options.Pool. It is safe for concurrent use.
type Pool struct {
	opts Options // checked, defaults filled in
	node *route.Node
	// repeats counts those of the calls of all clients.
	repeats *atomic.Uint64
}

// NewPool makes a pool from the options that concern connections. It opens none before one is needed. The error
// is an [*OptionError]. Close it when no client uses it any more.
func NewPool(o Options) (*Pool, error) {
	if o.Pool != nil {
		return nil, &OptionError{"Pool", "is for clients: a pool cannot be made of another one"}
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	cfg := o.poolConfig(h)
	var secret *secrets
	if o.CredentialStream != nil {
		secret = &secrets{stream: o.CredentialStream, log: o.Logger, changed: make(chan struct{})}
		cfg.Conn.Credentials = secret.get
	}
	p := pool.New(cfg)
	if secret != nil {
		secret.ctx, secret.renew = p.Context(), p.Authenticate
	}
	o.Password = "" // whatever prints a Pool field by field shall not find it
	return &Pool{opts: o, node: route.NewNode(p), repeats: new(atomic.Uint64)}, nil
}

// Disconnect closes every connection, idle or in use; calls in flight fail with [ErrConnClosed], unless they may be
// repeated. The pool connects again on demand.
func (p *Pool) Disconnect() { p.node.Pool.Disconnect() }

// Reset forgets every connection: idle ones are closed at once, those in use as soon as they are free. No call fails
// because of it.
func (p *Pool) Reset() { p.node.Pool.Reset() }

// Close closes every connection. Calls in flight, and all later ones, fail with ErrClosed. When it returns no
// connection is open, and what still runs of the pool is about to end. It may be called again.
func (p *Pool) Close() error {
	p.node.Pool.Close()
	return nil
}

// Stats gives the pool's counters.
func (p *Pool) Stats() Stats {
	var all Stats
	all.add(p.node.Pool.Stats())
	all.Retries = p.repeats.Load()
	return all
}

// String shows where the pool leads, without any secret.
func (p *Pool) String() string { return "redpoll.Pool<" + p.opts.target() + ">" }

// Stats are the counters of a pool, since it was made, and its connections as they are now.
type Stats struct {
	SharedConns int // connections on which commands travel together
	LentConns   int // exclusive connections of all classes in use or being made
	IdleConns   int // exclusive connections of all classes that wait for use

	Dials      uint64 // attempts to connect
	DialErrors uint64 // those that failed
	Closed     uint64 // connections that are gone

	Waits        uint64 // calls that waited at a bound for an exclusive connection
	WaitTimeouts uint64 // those that waited in vain
	Exhausted    uint64 // calls that failed with ErrPoolExhausted
	Pings        uint64 // health checks
	Suspects     uint64 // connections that took no more calls for a time, since a call had given up on their silence
	PassedBy     uint64 // calls that took another shared connection than one in the middle of a large reply

	Commands uint64 // requests sent; a pipeline is one
	Writes   uint64 // writes that carried them: fewer when commands travel together
	Retries  uint64 // times that a call, or what a pipeline sends again of itself, was tried again; that of asking for a Conn too

	// InFlight is the number of requests that are awaited now, the client's own PINGs included. Those of callers that have given
	// up count until their replies come, and some whose replies have just come may still count.
	InFlight int
	// BytesSent and BytesReceived are those of the protocol, handshakes included, without what TLS adds. Attempts to connect
	// that failed do not count, and of connections that are closed under way the last bytes may be missing.
	BytesSent, BytesReceived uint64

	Sessions ClassStats // connections of transactions and Conn; with Options.Exclusive those of all commands
	Blocking ClassStats // connections of blocking commands
	Large    ClassStats // connections of large requests
}

// ClassStats are the exclusive connections of one class, as they are now.
type ClassStats struct {
	Open    int // all connections, those that are being made included
	Lent    int // connections in use
	Idle    int // connections that wait for use
	Waiting int // calls that wait for a connection
}

// add adds the counters of one pool.
func (s *Stats) add(p pool.Stats) {
	s.SharedConns += p.Shared
	s.LentConns += p.Lent
	s.IdleConns += p.Idle
	s.Dials += p.Dials
	s.DialErrors += p.DialErrors
	s.Closed += p.Closed
	s.Waits += p.Waits
	s.WaitTimeouts += p.WaitTimeouts
	s.Exhausted += p.Exhausted
	s.Pings += p.Pings
	s.Suspects += p.Suspects
	s.PassedBy += p.PassedBy
	s.Commands += p.Counts.Calls
	s.Writes += p.Counts.Writes
	s.InFlight += p.InFlight
	s.BytesSent += p.Counts.Sent
	s.BytesReceived += p.Counts.Received
	s.Sessions.add(p.Classes[conn.Session])
	s.Blocking.add(p.Classes[conn.Blocking])
	s.Large.add(p.Classes[conn.Large])
}

func (s *ClassStats) add(p pool.ClassStats) {
	s.Open += p.Open
	s.Lent += p.Lent
	s.Idle += p.Idle
	s.Waiting += p.Waiting
}
