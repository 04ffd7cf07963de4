package redpoll

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/monitor"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/resp"
)

// Monitor shows every command that a server executes, for all its clients, as MONITOR does: see
// [Client.Monitor]. It has a connection of its own, so it does not delay the client's commands. It has no
// goroutine: a call of Next or Listen reads. It is safe for concurrent use; each entry goes to one caller.
//
// It is meant for the search for faults. A monitor costs the server much of its throughput. The server keeps
// all entries that the monitor has not read in its memory, without a bound unless its
// client-output-buffer-limit for normal clients has one. So read all the time, and close the monitor after
// use.
//
// The server leaves out AUTH, and arguments that it considers secret; all other arguments are users' data.
type Monitor struct {
	stream *conn.Stream
	text   TextEncoding
	of     *monitors
	turn   chan struct{} // capacity 1; the caller that reads has put a value in
	line   monitor.Line  // of the caller that reads
	closed atomic.Bool   // by Close
}

// MonitorEntry is one command that the server has executed.
type MonitorEntry struct {
	Time   time.Time     // by the clock of the server, in microseconds
	DB     int           // the number of the database
	Origin MonitorOrigin // where the command came from
	// Addr is host:port of a client over TCP, in the form of net.SplitHostPort. It is the path of the
	// server's socket for a client over a Unix socket, and "" for a script.
	Addr string
	// Args are the command and its arguments, exactly as they were sent, in the client's text encoding.
	Args []string
	// Command is all of Args in one line, joined by blanks and without quotes, for people to read. Bytes that
	// are not printable ASCII are written as \n, \r, \t, \a, \b and \x92. It does not show where an argument
	// ends.
	Command string
	// Namespace takes the place of DB on Kvrocks servers; "" on others.
	Namespace string
}

// MonitorOrigin says where the command of a [MonitorEntry] came from.
type MonitorOrigin uint8

// The origins.
const (
	OriginTCP  = MonitorOrigin(monitor.TCP)    // a client over TCP
	OriginUnix = MonitorOrigin(monitor.Unix)   // a client over the server's Unix socket
	OriginLua  = MonitorOrigin(monitor.Script) // a script, or a function
)

// String returns "tcp", "unix" or "lua", as in redis-py.
func (o MonitorOrigin) String() string {
	switch o {
	case OriginTCP:
		return "tcp"
	case OriginUnix:
		return "unix"
	case OriginLua:
		return "lua"
	}
	return "unknown"
}

// Monitor opens a connection of its own, with the client's credentials and TLS, and sends MONITOR. It returns
// after the server's answer; the monitor shows all commands from then on. If connecting fails it is repeated
// as for a command, see Options.RetryFor. Monitor waits for the answer for at most Options.ReplyTimeout. If
// the server refuses, the error is a [*ServerError]. On a cluster, a ring or a copy the error is a
// [*StateError]: a monitor shows one node, and [Client.Nodes] has a client for each of them.
//
// The connection is not part of the pool and counts against no bound of the options. Close the monitor after
// use. It ends with [ErrClosed] when the client or the pool is closed; Drain does not wait for it.
// Pool.Disconnect ends it with [ErrConnClosed]. A failover ends it, too: another Monitor then leads to the
// new primary.
func (c *Client) Monitor(ctx context.Context) (*Monitor, error) {
	if c.unmade() {
		return nil, noClient(infoMonitor.Name)
	}
	call := conn.Call{Info: infoMonitor}
	if c.hooks == nil {
		m, _, err := c.monitor(ctx, &call)
		return m, err
	}
	end := CommandEnd{CommandStart: CommandStart{Command: infoMonitor.Name, Database: c.db}}
	began := conn.Now()
	ctx = c.hooks.start(ctx, end.CommandStart)
	var m *Monitor
	var err error
	if refused := c.allow(ctx, &end.CommandStart); refused != nil {
		end.Node, err = refused.Node, refused
	} else {
		m, end.Node, err = c.monitor(ctx, &call)
		end.Attempts = call.Repeats + 1
	}
	end.Duration, end.Outcome, end.Err = conn.Now()-began, OutcomeOf(err), err
	c.hooks.end(ctx, end)
	return m, err
}

var (
	infoMonitor = command.Lookup("MONITOR")
	wireMonitor = resp.AppendCommand(nil, "MONITOR")
)

// monitor is Monitor without hooks. It also returns the node; call counts the attempts to connect.
func (c *Client) monitor(ctx context.Context, call *conn.Call) (m *Monitor, node string, err error) {
	router, ok := c.router.(route.Streamer)
	switch {
	case ctx.Err() != nil:
		e := c.unsent(ctx, infoMonitor.Name)
		return nil, e.Node, e
	case c.closed.Load():
		call.NotSent(c.where(), pool.ErrClosed, conn.PhaseQueue)
		return nil, call.Node(), failure(call)
	case !ok || c.clustered:
		return nil, "", aboutOneNode(infoMonitor)
	}
	stream := router.Stream(ctx, call)
	if stream == nil {
		return nil, call.Node(), failure(call)
	}
	m = &Monitor{stream: stream, text: c.text, of: c.monitors, turn: make(chan struct{}, 1)}
	if err := m.begin(ctx, c.home.opts.ReplyTimeout); err != nil {
		stream.Close()
		return nil, stream.Node(), err
	}
	if !c.monitors.add(m) {
		stream.Fail(pool.ErrClosed)
		return nil, stream.Node(), m.ended(pool.ErrClosed, call.Began)
	}
	return m, stream.Node(), nil
}

// begin sends MONITOR and waits for the answer, at most for patience. 0 means without end.
func (m *Monitor) begin(ctx context.Context, patience time.Duration) error {
	began, within := conn.Now(), ctx
	if patience > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeoutCause(ctx, patience, conn.ErrSilent)
		defer cancel()
	}
	phase, err := conn.PhaseWrite, m.stream.Write(within, wireMonitor)
	var d resp.Decoder
	if err == nil {
		phase = conn.PhaseRead
		d, err = m.reply(within)
	}
	if err != nil {
		if gone := (*conn.GaveUp)(nil); errors.As(err, &gone) && ctx.Err() == nil {
			err = conn.ErrSilent
		}
		e := m.ended(err, began)
		e.Phase, e.Outcome = Phase(phase), MaybeExecuted
		return e
	}
	if d.IsError() {
		text, _ := d.ErrorText()
		return replied(m.stream.Info(), m.stream.Node(), infoMonitor.Name, text)
	}
	if answer, err := d.Text(); err != nil || answer != "OK" {
		return m.ended(&conn.DesyncError{Reason: "MONITOR was answered by something else than OK"}, began)
	}
	return nil
}

// reply waits for the next frame that is not a push.
func (m *Monitor) reply(ctx context.Context) (resp.Decoder, error) {
	for {
		frame, err := m.stream.ReadFrame(ctx)
		if err != nil {
			return resp.Decoder{}, err
		}
		if d := resp.NewDecoder(frame); d.Kind() != resp.KindPush {
			return d, nil
		}
	}
}

// Next waits for the next entry until ctx ends: a server without clients is silent. While another goroutine
// reads, Next waits for it.
//
// If ctx ends first, the error is a [*ConnError] that matches the context's error, and [ErrNotSent], because
// Next sends nothing. The monitor goes on: the next call returns the next entry, and nothing is lost. If the
// client's text encoding cannot read an entry, the error is a [*ReplyError]; the next entry follows.
//
// Any other error is a *ConnError that ends the monitor, and every further call returns it too. The monitor
// does not connect again, because this would hide missing entries. If the connection breaks silently, the TCP
// keep-alive notices it, see Options.KeepAlive: on Linux within four of its intervals, or within
// Options.WriteTimeout and one interval; on other systems by their own rules. With Forever nothing notices
// it. A line that breaks the protocol ends the monitor with an error that matches [ErrProtocol], and that
// does not repeat the line. The longest line is Options.Limits.Frame, unless Limits.Line is set.
func (m *Monitor) Next(ctx context.Context) (MonitorEntry, error) {
	if m.unmade() {
		return MonitorEntry{}, errNoMonitor
	}
	began := conn.Now()
	if ctx.Err() == nil { // otherwise select may choose the other case
		select {
		case m.turn <- struct{}{}:
			defer func() { <-m.turn }()
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return MonitorEntry{}, m.ended(conn.NewGaveUp(ctx, conn.NotSent), began)
	}
	var d resp.Decoder
	err := m.stream.Err() // an entry behind a bad line must not be used
	if err == nil {
		d, err = m.reply(ctx)
	}
	if err == nil {
		err = m.read(&d)
	}
	if err != nil {
		if !errors.As(err, new(*conn.GaveUp)) {
			m.of.remove(m)
		}
		return MonitorEntry{}, m.ended(err, began)
	}
	return m.entry()
}

// read reads a frame as a line. Its errors end the stream.
func (m *Monitor) read(d *resp.Decoder) error {
	if d.IsError() {
		text, _ := d.ErrorText()
		err := &verdict{replied(m.stream.Info(), m.stream.Node(), infoMonitor.Name, text)}
		m.stream.Fail(err)
		return err
	}
	line, err := d.Bytes()
	if err == nil {
		err = m.line.Parse(line)
	}
	if err != nil {
		err = &conn.DesyncError{Reason: "the server broke the protocol", Err: err}
		m.stream.Fail(err)
	}
	return err
}

// entry makes an entry from the line.
func (m *Monitor) entry() (MonitorEntry, error) {
	l := &m.line
	e := MonitorEntry{Time: l.Time, DB: l.DB, Origin: MonitorOrigin(l.Origin), Addr: l.Addr,
		Namespace: l.Namespace, Args: make([]string, len(l.Args)),
		Command: string(monitor.AppendText(nil, l.Args))}
	for i, arg := range l.Args {
		if m.text != nil {
			var err error
			if arg, err = m.text.AppendDecode(nil, arg); err != nil {
				return MonitorEntry{}, &ReplyError{Command: infoMonitor.Name,
					Err: fmt.Errorf("argument %d: %w", i, err)}
			}
		}
		e.Args[i] = string(arg)
	}
	return e, nil
}

// Listen returns an iterator over the entries, like repeated calls of Next. It ends without an error after
// Close. If ctx or the connection ends, the last element is the error. A *ReplyError does not end it. Leaving
// the loop keeps the monitor open, and another Listen goes on with the next entry.
func (m *Monitor) Listen(ctx context.Context) iter.Seq2[MonitorEntry, error] {
	return func(yield func(MonitorEntry, error) bool) {
		for {
			entry, err := m.Next(ctx)
			if errors.Is(err, ErrConnClosed) && m.closed.Load() {
				return
			}
			if !yield(entry, err) || err != nil && !errors.As(err, new(*ReplyError)) {
				return
			}
		}
	}
}

// Close ends the monitor and its connection. A Next under way returns [ErrConnClosed]. It may be called
// again. The error is always nil.
func (m *Monitor) Close() error {
	if !m.unmade() {
		m.closed.Store(true)
		m.stream.Close()
		m.of.remove(m)
	}
	return nil
}

// unmade reports whether the monitor was not made by Client.Monitor.
func (m *Monitor) unmade() bool { return m == nil || m.stream == nil }

var errNoMonitor error = &DataError{"MONITOR", "Monitor",
	"is nil or a zero Monitor: Client.Monitor makes monitors"}

// ended returns the error of a wait. began is a time of conn.Now.
func (m *Monitor) ended(err error, began time.Duration) *ConnError {
	node := m.stream.Node()
	e := &ConnError{Node: node, Command: infoMonitor.Name, Phase: PhaseRead, Elapsed: conn.Now() - began,
		Err: cause(node, infoMonitor.Name, err)}
	if errors.As(err, new(*conn.GaveUp)) {
		e.Outcome = NotSent
	}
	return e
}

// monitors are the open monitors of a client, so that its Close ends them.
type monitors struct {
	mu     sync.Mutex
	all    map[*Monitor]struct{}
	closed bool
}

// add records a monitor. It returns false if the client has been closed.
func (l *monitors) add(m *Monitor) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if l.all == nil {
		l.all = make(map[*Monitor]struct{})
	}
	l.all[m] = struct{}{}
	return true
}

func (l *monitors) remove(m *Monitor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, m)
}

// end ends all monitors, and makes add refuse new ones.
func (l *monitors) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for m := range l.all {
		m.stream.Fail(pool.ErrClosed)
	}
	l.all = nil
}
