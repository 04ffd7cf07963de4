package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/resp"
)

// copyNode is a node of a Copy.
type copyNode struct {
	r      *Copy
	at     int // its place among the nodes
	name   string
	router Router
	owned  bool
	single *Single // the router if it leads to one server; nil otherwise
	hasty  Policy  // for reads that other nodes can answer too

	away   atomic.Bool               // it could not be reached, and gets no writes until it is back
	reason atomic.Pointer[awayError] // why it is away

	proven atomic.Pointer[[]*conn.Conn] // connections that are known to lead to the server of run
	mu     sync.Mutex
	run    string // run ID of the server; "" before the first answer
}

// awayError is the failure of what was not sent to a node that could not be reached before.
type awayError struct{ err error }

func (e *awayError) Error() string { return "the node could not be reached before: " + e.err.Error() }
func (e *awayError) Unwrap() error { return e.err }

// frameSink is the Sink of a call whose reply is kept as it is.
type frameSink struct{ frame []byte }

// Decode keeps the reply.
func (s *frameSink) Decode(frame []byte) { s.frame = append(s.frame[:0], frame...) }

// Release leaves the record to the garbage collector.
func (s *frameSink) Release() {}

// trusts reports whether a connection is known to lead to the same run of the server as the ones before. A
// server that was started anew may have lost what it had, so that it must not answer.
func (n *copyNode) trusts(c *conn.Conn) bool {
	list := n.proven.Load()
	return list != nil && slices.Contains(*list, c)
}

// send sends a call to the node and waits for its end.
func (n *copyNode) send(ctx context.Context, call *conn.Call) *conn.GaveUp {
	if n.single == nil {
		return Do(ctx, n.router, call)
	}
	_, gone := n.single.Policy.retry(ctx, n, call, nil, n.single.Done())
	return gone
}

// ask is send for a read. It is not sent again by itself, unless patient is true: other nodes can answer it.
func (n *copyNode) ask(ctx context.Context, call *conn.Call, patient bool) *conn.GaveUp {
	if n.single == nil || patient {
		return n.send(ctx, call)
	}
	_, gone := n.hasty.retry(ctx, n, call, nil, n.single.Done())
	return gone
}

// lend lends a connection of the node's one server, after it has been asked whether it was started anew. A
// server that was serves no reads.
func (n *copyNode) lend(ctx context.Context, call *conn.Call, last verdict) (lease, error) {
	if call.Class != conn.Shared { // the shared connection tells about these too
		if c, err := n.single.Node.Pool.Shared(ctx); err == nil {
			n.prove(ctx, c)
		}
	}
	l, err := n.single.lend(ctx, call, last)
	if err == nil && l.kind == shared {
		n.prove(ctx, l.c)
	}
	reads := call.Info != nil && call.Info.Retry == command.RetryRead && call.Info.HasKeys()
	if err == nil && reads && n.r.list.Behind(n.at) && !n.r.closed.Load() && !repairing(ctx) {
		if l.kind == lent {
			l.at.Pool.Put(l.c)
			l.by.returned()
		}
		return lease{}, ErrStale
	}
	return l, err
}

// ErrStale is the failure of a read from a node that is behind as a whole.
var ErrStale = fmt.Errorf("the node may have missed writes: %w", pool.ErrNoConn)

type repairs struct{}

// repairing reports whether a call belongs to a repair, which reads from nodes whatever they have missed.
func repairing(ctx context.Context) bool { return ctx.Value(repairs{}) != nil }

func (n *copyNode) judge(c *conn.Conn, info *command.Info, refusal string) verdict {
	return n.single.judge(c, info, refusal)
}

func (n *copyNode) node() string { return n.single.node() }

var (
	infoServer = resp.AppendCommand(nil, "INFO", "server")
	pinging    = resp.AppendCommand(nil, "PING")
	asksTime   = resp.AppendCommand(nil, "TIME")
)

// prove asks for the run ID of the server that a shared connection leads to, if it is not known. Without an
// answer nothing is known.
func (n *copyNode) prove(ctx context.Context, c *conn.Conn) {
	if n.trusts(c) {
		return
	}
	run := ""
	err := c.Ask(ctx, infoServer, func(frame []byte) {
		_, rest, _ := bytes.Cut(frame, []byte("\nrun_id:"))
		id, _, _ := bytes.Cut(rest, []byte("\r"))
		run = string(id)
	})
	if err != nil && !errors.As(err, new(*conn.Refused)) {
		return
	}
	n.mu.Lock()
	before := n.run
	if run != "" {
		n.run = run
	}
	restarted := before != "" && run != "" && before != run
	if restarted { // before anybody trusts the connection
		n.r.list.AddAll(n.at, nil)
	}
	list := []*conn.Conn{c}
	if known := n.proven.Load(); known != nil {
		for _, one := range *known {
			if !one.Down() {
				list = append(list, one)
			}
		}
	}
	n.proven.Store(&list)
	n.mu.Unlock()
	if restarted {
		n.r.log(slog.LevelWarn, "redpoll: a node of a copy was started anew, and serves no reads until it "+
			"has been compared", n, nil)
	}
}

// failed notes what the end of a call says about whether the node can be reached.
func (n *copyNode) failed(call *conn.Call) {
	if call.Err != nil && call.Outcome == conn.NotSent && !errors.As(call.Err, new(*conn.GaveUp)) &&
		!errors.Is(call.Err, ErrStale) && !errors.Is(call.Err, ErrBroken) {
		n.leave(call.Err)
	}
}

// deserted notes that a caller gave up. A node without a connection could not be reached in all its time.
func (n *copyNode) deserted(gone *conn.GaveUp) {
	if gone.Outcome == conn.NotSent && n.single != nil && n.single.Node.Pool.Ready() == nil {
		n.leave(gone)
	}
}

// leave takes the node out of use until it answers again.
func (n *copyNode) leave(err error) {
	n.reason.Store(&awayError{err})
	if n.away.Swap(true) || n.r.ctx.Err() != nil {
		return
	}
	n.r.log(slog.LevelWarn, "redpoll: a node of a copy cannot be reached", n, err)
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	if n.r.ctx.Err() == nil {
		n.r.work.Go(n.comeBack)
	}
}

// comeBack asks the node until it answers, and takes it into use again.
func (n *copyNode) comeBack() {
	for i := 1; backoff.Wait(n.r.ctx, backoff.Doubling(i, firstLook, lastLook), nil); i = min(i+1, 16) {
		ctx, cancel := context.WithTimeout(n.r.ctx, lookPatience)
		p := &copyPart{node: n}
		p.prepare(pingInfo, pinging)
		gone := n.ask(ctx, &p.call, false)
		cancel()
		if gone == nil && p.call.Answered() {
			n.away.Store(false)
			n.r.log(slog.LevelInfo, "redpoll: a node of a copy is back", n, nil)
			return
		}
	}
}

var pingInfo, timeInfo = command.Lookup("PING"), command.Lookup("TIME")

// Pauses before a node is asked again whether it is there, and the patience with its answer.
const (
	firstLook    = 20 * time.Millisecond
	lastLook     = time.Second
	lookPatience = 5 * time.Second
)

// log writes a line about a node.
func (r *Copy) log(level slog.Level, text string, n *copyNode, err error) {
	if r.cfg.Logger == nil {
		return
	}
	attrs := []slog.Attr{slog.String("node", n.name)}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	r.cfg.Logger.LogAttrs(context.Background(), level, text, attrs...)
}

// copyClock is the time of the servers, as far as it is known.
type copyClock struct {
	offset atomic.Int64  // by how much their median is ahead of our clock
	skew   atomic.Int64  // by how much the clocks of the servers differ at most
	asked  atomic.Int64  // by conn.Now, when they were asked last; 0 before the first time
	busy   chan struct{} // capacity 1; has an element while somebody asks
}

const (
	clockEvery = int64(time.Minute)
	clockOff   = 500 * time.Millisecond // a node that is off by more is reported
	clockWait  = time.Second
)

// now returns the time of the servers, and by how much their clocks differ. It asks them for it the first
// time, and after a minute.
func (r *Copy) now(ctx context.Context) (now time.Time, skew time.Duration) {
	if last := r.clock.asked.Load(); last == 0 || int64(conn.Now())-last > clockEvery {
		select {
		case r.clock.busy <- struct{}{}:
			if r.clock.asked.Load() == last {
				r.askTime(ctx)
			}
			<-r.clock.busy
		case <-ctx.Done():
		}
	}
	return time.Now().Add(time.Duration(r.clock.offset.Load())), time.Duration(r.clock.skew.Load())
}

// askTime asks all nodes for their time.
func (r *Copy) askTime(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clockWait)
	defer cancel()
	var wait sync.WaitGroup
	ahead := make([]time.Duration, len(r.nodes))
	known := make([]bool, len(r.nodes))
	for i, n := range r.nodes {
		if n.away.Load() {
			continue
		}
		wait.Go(func() {
			p := &copyPart{node: n}
			p.prepare(timeInfo, asksTime)
			sent := time.Now()
			if gone := n.ask(ctx, &p.call, false); gone == nil && p.call.Answered() {
				var at time.Time
				at, known[i] = readTime(p.frame)
				ahead[i] = at.Sub(sent.Add(time.Since(sent) / 2))
			}
		})
	}
	wait.Wait()
	var all []time.Duration
	for i, ok := range known {
		if ok {
			all = append(all, ahead[i])
		}
	}
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	median := all[len(all)/2]
	r.clock.offset.Store(int64(median))
	r.clock.skew.Store(int64(all[len(all)-1] - all[0]))
	r.clock.asked.Store(int64(conn.Now()))
	for i, ok := range known {
		if ok && (ahead[i]-median).Abs() > clockOff {
			r.log(slog.LevelWarn, "redpoll: the clock of a node of a copy is off", r.nodes[i], nil)
		}
	}
}

// readTime reads the reply to TIME.
func readTime(frame []byte) (time.Time, bool) {
	d := resp.NewDecoder(frame)
	n, err := d.Len()
	if err != nil || n != 2 {
		return time.Time{}, false
	}
	var parts [2]int64
	for i := range parts {
		text, err := d.Bytes()
		if err != nil {
			return time.Time{}, false
		}
		if parts[i], err = strconv.ParseInt(string(text), 10, 64); err != nil {
			return time.Time{}, false
		}
	}
	return time.Unix(parts[0], parts[1]*1000), true
}
