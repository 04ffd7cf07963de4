package pubsub

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// line is the listening connection to one server, and what is subscribed on it.
type line struct {
	link *Link

	// Guarded by Link.mu.
	server   Server
	entries  [classes]map[string]*entry
	running  bool               // the goroutine exists
	cancel   context.CancelFunc // ends its wait for a connection
	now      *session           // the present connection; nil: there is none
	at       string             // the server of the last connection; "" if there was none
	failures int                // attempts in vain since all was in force
	why      error              // the last failure that readers were told
}

// newLine makes a line to a server.
func (l *Link) newLine(to Server) *line {
	at := &line{link: l, server: to}
	for i := range at.entries {
		at.entries[i] = make(map[string]*entry)
	}
	return at
}

// needed reports whether there has to be a connection. mu is held.
func (at *line) needed() bool {
	for _, entries := range at.entries {
		if len(entries) > 0 {
			return true
		}
	}
	for c := range at.link.calls {
		if slices.Contains(c.lines, at) {
			return true
		}
	}
	return false
}

// note tells something. mu is held.
func (at *line) note(n Note) {
	if note := at.link.cfg.Note; note != nil {
		if n.Node = at.at; n.Node == "" || n.Kind == Failure {
			n.Node = at.server.Node
		}
		note(n)
	}
}

// start makes the goroutine, if it is needed and does not exist. mu is held.
func (at *line) start() {
	if l := at.link; !at.running && at.needed() && l.ended == nil {
		at.running = true
		go at.run()
	}
}

// run connects, and reads, as long as something is wanted.
func (at *line) run() {
	for {
		ctx, open, pause, ok := at.next()
		if !ok {
			return
		}
		if !backoff.Wait(ctx, pause, nil) {
			continue
		}
		began := conn.Now()
		stream, err := open(ctx)
		if prepare := at.link.cfg.Prepare; err == nil && prepare != nil {
			if err = prepare(ctx, stream); err != nil {
				stream.Close()
			}
		}
		if err != nil {
			at.failed(ctx, began, err)
			continue
		}
		if s := at.begin(ctx, stream); s != nil {
			at.lost(s, s.read())
		} else {
			stream.Close()
		}
	}
}

// next prepares an attempt to connect. It reports false when the goroutine should end.
func (at *line) next() (ctx context.Context, open func(context.Context) (*conn.Stream, error),
	pause time.Duration, ok bool) {
	l := at.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.cancel != nil {
		at.cancel()
	}
	if l.ended != nil || !at.needed() {
		at.running, at.cancel, at.failures, at.why = false, nil, 0, nil
		l.quit(at)
		return nil, nil, 0, false
	}
	ctx, at.cancel = context.WithCancel(l.cfg.Context)
	if at.failures > 0 {
		pause = backoff.Doubling(at.failures, l.cfg.MinPause, l.cfg.MaxPause)
	}
	return ctx, at.server.Open, pause, true
}

// failed notes an attempt to connect that was in vain.
func (at *line) failed(ctx context.Context, began time.Duration, err error) {
	l := at.link
	switch {
	case l.cfg.Context.Err() != nil:
		l.end(l.cfg.Ended)
		return
	case ctx.Err() != nil:
		return // nobody wants a connection any more
	}
	l.mu.Lock()
	defer l.unlock()
	if !at.needed() {
		return
	}
	at.failures++
	at.note(Note{Kind: Failure, Err: err})
	err = at.failure(err)
	if at.why == nil || !same(at.why, err) {
		at.why = err
		for s := range l.subs {
			if s.gap != nil && s.lostOn(at) {
				s.tellGap(err)
			}
		}
	}
	at.strike(began, err)
}

// same reports whether two failures tell a reader the same.
func same(a, b error) bool {
	//houserules:ok text: that is the question here, and no decision depends on it
	return a.Error() == b.Error()
}

// strike ends the calls that must not go on after a failure. mu is held.
func (at *line) strike(began time.Duration, err error) {
	if !conn.IsTimeout(err) {
		began = conn.Now()
	}
	for c := range at.link.calls {
		if at.awaited(c) {
			at.link.tried(c, began, err)
		}
	}
}

// awaited reports whether a call waits for something that comes over the line. mu is held.
func (at *line) awaited(c *call) bool {
	return slices.Contains(c.lines, at) ||
		slices.ContainsFunc(c.pending, func(n *Name) bool { return n.entry.line == at })
}

// mostNames is how many names go into one command.
const mostNames = 500

// begin makes a stream the present connection, and subscribes on it all that is wanted. It gives nil when
// nothing is.
func (at *line) begin(ctx context.Context, stream *conn.Stream) *session {
	l := at.link
	l.mu.Lock()
	defer l.unlock()
	if ctx.Err() != nil || l.ended != nil || !at.needed() {
		return nil
	}
	s := &session{link: l, line: at, stream: stream, made: conn.Now()}
	s.heard = s.made
	at.now, at.at = s, stream.Node()
	for class := range classes {
		var all []*entry
		for _, e := range at.entries[class] {
			if slices.ContainsFunc(e.names, (*Name).stays) {
				all = append(all, e)
			}
		}
		slices.SortFunc(all, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
		s.subscribeAgain(all)
	}
	// The names of a call go out in a command of their own: the server refuses that as a whole.
	for _, c := range l.inOrder() {
		if slices.Contains(c.lines, at) {
			s.ping(c)
		}
		at.resume(c)
	}
	s.watch()
	return s
}

// resume sees to it that the names of a call that belong here are confirmed over the present connection. mu
// is held.
func (at *line) resume(c *call) {
	var names []*Name
	for _, n := range c.pending {
		if n.entry.line == at {
			names = append(names, n)
		}
	}
	at.link.resume(c, names)
}

// lost notes the end of a connection.
func (at *line) lost(s *session, err error) {
	l := at.link
	if l.cfg.Context.Err() != nil {
		l.end(l.cfg.Ended)
		return
	}
	l.mu.Lock()
	defer l.unlock()
	if at.now != s {
		return // on purpose
	}
	since := s.heard
	if errors.Is(err, io.EOF) {
		since = conn.Now() // everything before it has come
	}
	at.leave(s)
	switch {
	case !s.restored:
		at.failures++
	case conn.Now()-s.made < l.cfg.MaxPause:
		at.failures = 1 // a server that hangs up again and again
	default:
		at.failures = 0
	}
	kind := Failure
	at.why = at.failure(err)
	gap := &Hole{Since: time.Now().Add(since - conn.Now()), Err: at.why}
	for sub := range l.subs {
		if sub.cut(at, gap) {
			kind = Gap
		}
	}
	if kind == Gap && l.awaySeen == 0 {
		l.awaySeen = since
	}
	at.note(Note{Kind: kind, Err: err})
	at.takeBack(s)
	at.strike(s.made, at.why)
	if l.cfg.Places != nil {
		l.cfg.Places.Doubt()
	}
}

// takeBack settles the confirmations that a connection which has ended has not brought. Nothing is in force
// now, so that unsubscribing has come to its end; what is still wanted is awaited from the next connection.
// mu is held.
func (at *line) takeBack(s *session) {
	l := at.link
	var superseded []*call
	for _, c := range s.awaited {
		for _, el := range c.elements[c.at:] {
			_, calls := l.unanswered(el)
			superseded = append(superseded, calls...)
		}
	}
	for class := range classes {
		for _, e := range at.entries[class] {
			e.told, e.tail, e.refused = false, nil, false
			l.tidy(e)
		}
	}
	l.supersede(superseded)
}

// leave makes a session the present one no more. mu is held.
func (at *line) leave(s *session) {
	at.now = nil
	s.over.Store(true)
	if s.timer != nil {
		s.timer.Stop()
	}
}

// drop closes the present connection, which nobody needs. mu is held.
func (at *line) drop() {
	if s := at.now; s != nil {
		at.leave(s)
		at.link.closing = append(at.link.closing, closing{s.stream, conn.ErrClosed})
		at.takeBack(s)
	}
	if at.cancel != nil && !at.needed() {
		at.cancel()
	}
}

// entryOf gives the entry of a name on a line, and makes it if need be. mu is held.
func (at *line) entryOf(n *Name) *entry {
	e := at.entries[n.class][n.raw]
	if e == nil {
		at.link.seq++
		e = &entry{line: at, class: n.class, raw: n.raw, seq: at.link.seq}
		at.entries[n.class][n.raw] = e
	}
	if n.entry = e; !slices.Contains(e.names, n) {
		e.names = append(e.names, n)
	}
	return e
}
