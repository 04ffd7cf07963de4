package route

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
)

// ReadFrom says which servers plain reads go to.
type ReadFrom uint8

const (
	FromPrimary   ReadFrom = iota // only the primary
	PreferReplica                 // the replicas in turn, or the primary if there are none
	FromReplica                   // the replicas in turn, and nobody else
	FromNearest                   // of all servers those that answer most quickly
	FromZone                      // those in a zone, or else as PreferReplica
)

// Reads is the policy for plain reads.
type Reads struct {
	From ReadFrom
	Zone string // for FromZone
}

// primaryToo reports whether the primary is one of the servers that take turns.
func (p Reads) primaryToo() bool { return p.From == FromNearest || p.From == FromZone }

// replica is a server for reads.
type replica struct {
	*Single
	primary bool
	zone    string       // as the map of a cluster says; "" if it does not
	avoid   atomic.Int64 // until when it is not used, by conn.Now
	failing atomic.Bool  // the last attempt to reach it has failed
}

// usable reports whether the server is not avoided now.
func (one *replica) usable() bool { return one.avoid.Load() <= int64(conn.Now()) }

// avoided is how long a server that failed is not used while there are others.
const avoided = time.Second

// shun avoids a server for a while. Without any other that is fit, reads go to the primary all the same.
func (one *replica) shun() {
	one.failing.Store(true)
	one.avoid.Store(int64(conn.Now() + avoided))
}

// try is lend for one of several servers. While it tries a server that has failed, other calls do not wait
// for that one as well.
func (one *replica) try(ctx context.Context, call *conn.Call, last verdict) (lease, error) {
	if one.failing.Load() {
		one.shun()
	}
	ctx, end := context.WithTimeout(ctx, shortWait)
	defer end()
	l, err := one.lend(ctx, call, last)
	switch {
	case err != nil:
		one.shun()
	case one.failing.Load():
		one.failing.Store(false)
		one.avoid.Store(0)
	}
	return l, err
}

// where returns the zone of the server, as the map says, or else its connections.
func (one *replica) where() (zone string, known bool) {
	if one.zone != "" {
		return one.zone, true
	}
	return one.Node.Pool.Zone()
}

// rank is the place of a server in the order of FromZone, the best one first. A server whose zone is not
// known gets a read: its connection tells.
func (one *replica) rank(zone string) int {
	is, known := one.where()
	rank := 3
	switch {
	case !known:
		return 0
	case is == zone:
		rank = 1
	}
	if one.primary {
		rank++
	}
	return rank
}

// place is the key of the address in a context to which reads go; "" is the primary, whichever it is.
type place struct{}

// OnPrimary returns a context for calls whose reads go to the primary.
func OnPrimary(ctx context.Context) context.Context { return context.WithValue(ctx, place{}, "") }

// OnNode returns a context for calls whose reads go to the server at an address, if it is one of those for
// reads, unless ctx says where they go already.
func OnNode(ctx context.Context, addr string) context.Context {
	if addr == "" || ctx.Value(place{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, place{}, addr)
}

// onPrimary reports whether all calls of a context go to the primary.
func onPrimary(ctx context.Context) bool { return ctx.Value(place{}) == "" }

// mayRead reports whether a replica may answer a call.
func mayRead(ctx context.Context, call *conn.Call) bool {
	return call.Replies == 0 && (call.Class == conn.Shared || call.Class == conn.Large) &&
		(call.Route == nil || call.Route.To == conn.ToOwn) && plainRead(call.Info) && !onPrimary(ctx)
}

// onlyReads reports whether a replica may answer a pipeline: it only reads, and brings nothing along.
func onlyReads(ctx context.Context, b Batch) bool {
	if b.Atomic() || onPrimary(ctx) {
		return false
	}
	for i := range b.Len() {
		if !plainRead(b.Command(i)) {
			return false
		}
	}
	return b.Part(nil).Call().Prelude == nil // else it brings a library, which replicas get from the primary
}

// plainRead reports whether a command only reads some keys. A cursor means something to one server alone.
func plainRead(info *command.Info) bool {
	return info != nil && info.Retry == command.RetryRead && info.HasKeys() &&
		info.Flags&(command.Write|command.Cursor) == 0
}

// readers are servers that have the same data.
type readers struct {
	Reads
	list []*replica
	turn *atomic.Uint32
}

// chosen returns the server that a context asks for, or else the best one.
func (rs readers) chosen(ctx context.Context) *replica {
	if addr, ok := ctx.Value(place{}).(string); ok {
		if one := rs.at(addr); one != nil && one.usable() {
			return one
		}
	}
	return rs.best()
}

// at returns the server whose connections have an address, nil if there is none.
func (rs readers) at(addr string) *replica {
	for _, one := range rs.list {
		if one.Node.Pool.Config().Conn.Addr == addr { // Node.Addr is how others call it
			return one
		}
	}
	return nil
}

// best returns the server for the next read, nil if none is to be used now.
func (rs readers) best() *replica {
	switch {
	case len(rs.list) == 0:
		return nil
	case rs.From == FromNearest:
		return rs.nearest()
	case rs.From == FromZone:
		return rs.inZone()
	}
	return rs.pick(rs.turn.Add(1), func(i int) bool { return rs.list[i].usable() })
}

// pick returns the server whose turn it is among those that are fit, nil if none is.
func (rs readers) pick(turn uint32, fit func(i int) bool) *replica {
	var n uint32
	for i := range rs.list {
		if fit(i) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	n = turn % n
	for i, one := range rs.list {
		if !fit(i) {
			continue
		}
		if n == 0 {
			return one
		}
		n--
	}
	return nil // one of them has become unfit meanwhile
}

// One of sampled reads goes to any usable server, whether near or far: the times of servers that nobody uses
// would never change.
const sampled = 64

// nearest returns one of the servers whose replies take hardly longer than those of the quickest.
func (rs readers) nearest() *replica {
	turn := rs.turn.Add(1)
	if turn%sampled == 0 {
		return rs.pick(turn/sampled, func(i int) bool { return rs.list[i].usable() })
	}
	least := time.Duration(-1)
	var room [8]time.Duration
	times := room[:0]
	for _, one := range rs.list {
		took := one.Node.Pool.ReplyTime()
		if !one.usable() {
			took = -1
		} else if least < 0 || took < least {
			least = took
		}
		times = append(times, took)
	}
	return rs.pick(turn, func(i int) bool {
		return times[i] >= 0 && times[i] <= least+least/4+100*time.Microsecond
	})
}

// inZone returns one of the usable servers with the best rank.
func (rs readers) inZone() *replica {
	best := -1
	for _, one := range rs.list {
		if rank := one.rank(rs.Zone); one.usable() && (best < 0 || rank < best) {
			best = rank
		}
	}
	return rs.pick(rs.turn.Add(1), func(i int) bool {
		return rs.list[i].usable() && rs.list[i].rank(rs.Zone) == best
	})
}

// fleet is a router whose plain reads may go to replicas. As a chooser it leads to the primary.
type fleet interface {
	chooser
	rules() *Policy
	Done() <-chan struct{}
	// serving returns the servers for a read, as far as they are known.
	serving(call *conn.Call) readers
	// reader returns the server for reads to which a connection leads, nil if it is not one of them any more.
	reader(c *conn.Conn) *replica
	// find is serving for those who can wait until it is known which servers there are.
	find(ctx context.Context, call *conn.Call) (readers, error)
	// unreached notes that a server for reads could not be reached.
	unreached()
	// redirected judges a redirect from a server for reads. ok is false for all other refusals; news is false
	// for redirects to the primary that is known already.
	redirected(c *conn.Conn, refusal string) (v verdict, news, ok bool)
}

// startRead is Start for a read.
func startRead(ctx context.Context, f fleet, call *conn.Call, rs readers) (behind bool, gone *conn.GaveUp) {
	if rs.From == FromNearest {
		call.Begin() // the time of its reply counts
	}
	best := rs.chosen(ctx)
	if best != nil {
		if c := best.ready(ctx, call); c != nil {
			behind, gone = c.Start(ctx, call)
			if behind || gone != nil || call.Answered() {
				return behind, gone
			}
			return false, read(ctx, call, c, &reading{of: f, at: best, asked: 1})
		}
	}
	return false, read(ctx, call, nil, &reading{of: f, first: best})
}

// finishRead is Finish for a read.
func finishRead(ctx context.Context, f fleet, call *conn.Call, lead bool) *conn.GaveUp {
	c := call.Conn()
	if lead {
		if gone := c.Lead(ctx, call); gone != nil {
			return gone
		}
	}
	if call.Answered() {
		return nil
	}
	return read(ctx, call, c, &reading{of: f, at: f.reader(c), asked: 1})
}

// read handles a read in all cases but the ordinary one. first is a connection on which the read has failed,
// or nil.
func read(ctx context.Context, call *conn.Call, first *conn.Conn, ch *reading) *conn.GaveUp {
	if first == nil && ctx.Err() != nil {
		return refuse(call, ch.node(), conn.NewGaveUp(ctx, conn.NotSent))
	}
	_, gone := ch.of.rules().retry(ctx, ch, call, first, ch.of.Done())
	return gone
}

// reading is the chooser of one read.
type reading struct {
	of    fleet
	first *replica // of the first attempt; nil if any will do
	at    *replica // of the last attempt

	asked   int     // number of attempts
	servers int     // number of servers for reads
	tried   []tried // servers that the present attempt could not reach
}

// lend returns a connection to the best server that can be reached.
func (ch *reading) lend(ctx context.Context, call *conn.Call, last verdict) (lease, error) {
	if ch.at != nil {
		ch.at.shun() // it has failed
		ch.at = nil
	}
	if last.at != nil {
		return ch.of.lend(ctx, call, last)
	}
	ch.asked++
	ch.tried = ch.tried[:0]
	rs, err := ch.of.find(ctx, call)
	if err != nil {
		return lease{}, err
	}
	ch.servers = len(rs.list)
	one := ch.first
	if ch.first = nil; one == nil {
		one = rs.chosen(ctx)
	}
	for one != nil && !ch.has(one) {
		if l, err := ch.try(ctx, call, last, one); err == nil || ctx.Err() != nil {
			return l, err
		}
		ch.of.unreached()
		if rs, err = ch.of.find(ctx, call); err != nil {
			return lease{}, err
		}
		one = rs.best()
	}
	if rs.From != FromReplica {
		return ch.of.lend(ctx, call, last)
	}
	for _, one := range rs.list { // one that failed lately may be back
		if ch.has(one) {
			continue
		}
		if l, err := ch.try(ctx, call, last, one); err == nil || ctx.Err() != nil {
			return l, err
		}
	}
	unknown := &follow.Unknown{Service: ch.of.node(), Replica: true, None: len(rs.list) == 0}
	for _, t := range ch.tried {
		unknown.Reasons = append(unknown.Reasons, follow.Reason{Addr: t.at.Node.Addr, Err: t.err})
	}
	if len(unknown.Reasons) == 0 {
		return lease{}, unknown // no pool pauses
	}
	return lease{}, &conn.DialError{Phase: conn.PhaseDial, Err: unknown}
}

// tried is a server that could not be reached.
type tried struct {
	at  *replica
	err error
}

// try is lend for one server.
func (ch *reading) try(ctx context.Context, call *conn.Call, last verdict, one *replica) (lease, error) {
	l, err := one.try(ctx, call, last)
	if err == nil || ctx.Err() != nil {
		ch.at = one
	} else {
		ch.tried = append(ch.tried, tried{one, err})
	}
	return l, err
}

// has reports whether this attempt has tried a server.
func (ch *reading) has(one *replica) bool {
	return slices.ContainsFunc(ch.tried, func(t tried) bool { return t.at == one })
}

// shortWait is how long a read waits for a connection to one server while there are others.
const shortWait = 500 * time.Millisecond

// judge sends a read that a replica refuses for now to another server, at once until every server was
// asked, and then with pauses. A redirect says that other servers have the slot.
func (ch *reading) judge(c *conn.Conn, info *command.Info, refusal string) verdict {
	v, news, redirect := ch.of.redirected(c, refusal)
	switch {
	case redirect && (v.do != there || v.prelude != nil):
		return v
	case !redirect && !Unrun(info, refusal):
		return verdict{}
	}
	if one := ch.of.reader(c); one != nil && !news {
		one.shun()
	}
	ch.at = nil
	if ch.asked > ch.servers && !redirect {
		return verdict{do: wait}
	}
	return verdict{do: there}
}

func (ch *reading) node() string { return ch.of.node() }

// readAgain returns the sender of a pipeline that only reads.
func readAgain(f fleet) sender {
	return func(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
		_, gone := f.rules().loop(ctx, &reading{of: f}, call, nil, v, tried)
		return gone
	}
}
