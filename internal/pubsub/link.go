package pubsub

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Config says how a Link connects and what it tells. Defaults have been filled in.
type Config struct {
	Context context.Context // ends with the client
	Ended   error           // of calls when Context has ended
	Node    string          // where connections lead to, for notes
	Open    func(ctx context.Context) (*conn.Stream, error)
	// Prepare is called with each new connection before anything is subscribed; nil for nothing. After an
	// error the connection is closed, and counts as one that was not obtained.
	Prepare func(ctx context.Context, s *conn.Stream) error
	// Decode translates a payload or a channel's name, under Link.mu; nil: they are taken as they are.
	Decode             func(raw []byte) (string, error)
	MinPause, MaxPause time.Duration // between attempts to connect
	// For is how long a call goes on while connecting fails, Undated the same in a context without a deadline
	// if it is not 0, and Permanent says which failures end it at once.
	For, Undated time.Duration
	Permanent    func(error) bool
	WriteTimeout time.Duration // 0: none
	// ReplyTimeout is how long the answer to a command may take; the connection is closed then. 0: for ever.
	ReplyTimeout time.Duration
	// Note hears of everything in its order. It is called under the lock: it must not wait. Nil for nobody.
	Note func(Note)
	// Places says where sharded channels are, on a cluster; nil for one server. Everywhere says that channels
	// and patterns are subscribed at every primary, and not at any one.
	Places     Places
	Everywhere bool
}

// Note is something that has happened on a Link, for logs and observers.
type Note struct {
	Kind  Kind // a confirmation, Gap, Restored, or Failure for an attempt that was in vain
	Names int  // of a confirmation
	Again bool // after a cut
	Away  time.Duration
	Err   error
	Node  string // the server of the last connection; Config.Node before it, and for a Failure
}

// Link is what is wanted from one server, or from a cluster, and the connections for it.
type Link struct {
	cfg  Config
	own  *Sub  // the only Sub; nil if there may be many
	home *line // leads to the server, on a cluster to any node

	mu       sync.Mutex
	lines    map[string]*line   // to the nodes of a cluster by address; nil if there are none
	unfollow context.CancelFunc // ends the goroutine that follows a cluster; nil if there is none
	seq      uint64             // of the entry or call that was made last
	subs     map[*Sub]struct{}  // those that want something
	users    map[*Sub]struct{}  // those that were used, until they are closed
	watching func() bool        // ends the wait for the end of the client; nil: nobody waits
	calls    map[*call]struct{}
	ended    error         // the client is closed
	awaySeen time.Duration // since when not all is in force, by conn.Now; 0: it is
	dirty    []*Sub        // with something to hand over
	closing  []closing     // connections to be closed outside the lock
}

type closing struct {
	stream *conn.Stream
	err    error
}

// entry is a name on the connection: which Subs want it, and what the server has been told.
type entry struct {
	line    *line
	class   Class
	raw     string
	seq     uint64
	names   []*Name  // also those that leave, until the server has confirmed it
	told    bool     // the last command on this connection subscribes
	tail    *element // the place of that command's answer, as long as it is awaited
	refused bool     // the server refuses now what it had confirmed before
	hops    int      // how often it was redirected since the last confirmation
}

func (e *entry) wanted() bool {
	return slices.ContainsFunc(e.names, func(n *Name) bool { return n.wanted })
}

// element is a name in a command whose confirmation is awaited, and whose confirmations that will be.
type element struct {
	entry *entry
	acks  []ack
}

// ack is a confirmation that a Sub awaits.
type ack struct {
	call *call // nil: nobody has asked, it is in force again
	name *Name
	on   bool
}

// call is a call of the user's that awaits confirmations.
type call struct {
	sub   *Sub
	on    bool
	ping  bool
	text  string // of a ping
	raw   string
	shown bool    // the answer to a ping is shown
	lines []*line // whose answers to a ping are awaited
	quiet bool    // nobody waits: an error is an event

	tag     any
	seq     uint64
	names   []*Name // as they were given, so that one can be there twice
	pending []*Name // those of a Subscribe that are not confirmed, in their order
	// last is the newest element that brings a confirmation. Confirmations that need no answer of their own
	// wait for it: so all of them come in the order of the names.
	last *element
	left int
	sent bool // it may have left
	over bool
	// since is the time of the first failure to connect, and within how long it goes on from then.
	since, within time.Duration
	began         time.Duration
	done          chan struct{}
	err           error
	why           error // the last failure to connect; nil if there was none
}

// NewLink makes a link. It connects when something is wanted.
func NewLink(cfg Config) *Link {
	l := &Link{
		cfg: cfg, calls: make(map[*call]struct{}),
		subs: make(map[*Sub]struct{}), users: make(map[*Sub]struct{}),
	}
	l.home = l.newLine(Server{Node: cfg.Node, Open: cfg.Open})
	return l
}

// unlock hands over what has come for the Subs, and releases mu.
func (l *Link) unlock() {
	for i := 0; i < len(l.dirty); i++ { // it may grow
		s := l.dirty[i]
		s.dirty = false
		burst := s.q.put(s.batch, s.calls, s.wants, s.used)
		clear(s.batch)
		s.batch = s.batch[:0]
		if burst {
			l.detach(s, ErrFull)
			s.used = false
			s.touch()
		}
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
	list := l.closing
	l.closing = nil
	l.mu.Unlock()
	for _, c := range list {
		c.stream.Fail(c.err)
	}
}

// start makes the goroutines that are needed. mu is held.
func (l *Link) start() {
	l.home.start()
	for _, at := range l.lines {
		at.start()
	}
}

// tried notes that an attempt to do what a call wants was in vain. mu is held.
func (l *Link) tried(c *call, began time.Duration, err error) {
	c.why = err
	if c.since == 0 {
		c.since = max(began, c.began)
	}
	if c.within == 0 || conn.Now()-c.since >= c.within-l.cfg.MinPause || l.cfg.Permanent(err) {
		l.finish(c, err)
	}
}

// resume sees to it that names of a call are confirmed over the present connections. mu is held.
func (l *Link) resume(c *call, names []*Name) {
	var elements []*element
	c.last = nil
	for _, n := range names {
		if el := l.await(ack{c, n, true}, n.entry); el != nil {
			elements = append(elements, el)
		}
	}
	l.tell(c, elements)
}

// tell sends commands for a call, nil for none, about entries that have been turned in the same direction.
// mu is held.
func (l *Link) tell(c *call, elements []*element) {
	for _, part := range l.parts(elements) {
		e := part[0].entry
		e.line.now.send(&command{class: e.class, on: e.told, elements: part, call: c})
	}
}

// inOrder gives the calls under way, the oldest first. mu is held.
func (l *Link) inOrder() []*call {
	list := slices.Collect(maps.Keys(l.calls))
	slices.SortFunc(list, func(a, b *call) int { return cmp.Compare(a.seq, b.seq) })
	return list
}

// again makes the element of an entry that was in force and is subscribed once more.
func (e *entry) again() *element {
	el := &element{entry: e}
	for _, n := range e.names {
		if n.stays() {
			n.acks++
			el.acks = append(el.acks, ack{name: n, on: true})
		}
	}
	e.told, e.tail, e.refused = true, el, false
	return el
}

// unanswered settles the confirmations of an element that the server will not answer. It returns those that
// are still wanted, and the calls that another call has undone. mu is held.
func (l *Link) unanswered(el *element) (left []ack, superseded []*call) {
	acks := el.acks
	el.acks = nil
	for _, a := range acks {
		switch {
		case a.name.gone():
		case !a.on:
			l.give(a, false)
		case a.call == nil || a.call.over:
			a.name.acks--
			l.tidyName(a.name)
		case !a.name.wanted:
			a.name.acks--
			if i := slices.Index(a.call.pending, a.name); i >= 0 {
				a.call.pending = slices.Delete(a.call.pending, i, i+1)
			}
			superseded = append(superseded, a.call)
		default:
			left = append(left, a)
		}
	}
	return left, superseded
}

// supersede ends calls that another call has undone. mu is held.
func (l *Link) supersede(calls []*call) {
	for _, c := range calls {
		l.finish(c, ErrSuperseded)
	}
}

// drop closes the present connections. mu is held.
func (l *Link) drop() {
	l.home.drop()
	for _, at := range l.lines {
		at.drop()
	}
}

// end ends the link for good.
func (l *Link) end(err error) {
	l.mu.Lock()
	if l.ended == nil {
		l.ended = err
	}
	for s := range l.users {
		l.detach(s, err)
		s.q.end(err)
	}
	l.drop()
	l.unlock()
}

// give gives a Sub its confirmation. mu is held.
func (l *Link) give(a ack, again bool) {
	n, s := a.name, a.name.sub
	n.acks--
	live := a.call != nil && !a.call.over
	switch {
	case n.gone():
		return
	case !a.on:
		n.set(false)
		n.found()
	case a.call == nil && !n.wanted, a.call != nil && !live:
		// It has been unsubscribed, or its caller has gone.
		l.tidyName(n)
		return
	default:
		n.set(true)
		n.found()
		n.kept = n.wanted
		n.entry.hops = 0
		if live {
			if i := slices.Index(a.call.pending, n); i == 0 {
				a.call.pending = a.call.pending[1:]
			} else if i > 0 {
				a.call.pending = slices.Delete(a.call.pending, i, i+1)
			}
			tag := a.call.tag
			n.tag.Store(&tag)
		}
	}
	s.confirm(n.class, a.on, again, n.Text, n)
	s.checkGap()
	if live {
		if a.call.left--; a.call.left == 0 {
			l.finish(a.call, nil)
		}
	}
	l.tidyName(n)
}

// finish ends a call. With an error a Subscribe leaves nothing behind: names that were not in force before
// it, and that no other call wants, are unsubscribed, those included that the server has confirmed. mu is
// held.
func (l *Link) finish(c *call, err error) {
	if c.over {
		return
	}
	if err != nil && c.sent && !errors.As(err, new(*Refused)) {
		err = &Unanswered{err}
	}
	c.over, c.err = true, err
	delete(l.calls, c)
	c.sub.calls--
	c.sub.touch()
	if err != nil && c.quiet && !errors.Is(err, ErrSuperseded) {
		c.sub.emit(Event{Kind: Failure, More: &More{Err: err}})
	}
	close(c.done)
	if !c.on {
		return
	}
	for _, n := range c.pending {
		if n.entry.line.now == nil { // else it is settled when the answer comes
			n.acks--
		}
	}
	for _, n := range c.names {
		switch {
		case n.gone():
			continue
		case err == nil:
			n.settled = n.wanted
		case n.wanted && !n.settled && !l.claimed(n):
			l.undo(n)
		}
		l.tidyName(n)
	}
}

// undo unsubscribes a name of a call that has failed. mu is held.
func (l *Link) undo(n *Name) {
	shown := n.kept && n.on // else its end is on its way already
	n.kept = false
	n.want(false)
	n.found()
	if shown {
		n.set(false)
		n.sub.confirm(n.class, false, false, n.Text, n)
	}
	n.sub.checkGap()
	l.sync(n)
}

// claimed reports whether a call under way wants a name. mu is held.
func (l *Link) claimed(n *Name) bool {
	for c := range l.calls {
		if c.on && c.sub == n.sub && slices.Contains(c.names, n) {
			return true
		}
	}
	return false
}

// sync tells the server what is wanted, if it has been told something else, and nobody awaits its
// confirmation. mu is held.
func (l *Link) sync(n *Name) {
	if e := n.entry; e.line.now != nil && e.wanted() != e.told {
		l.tell(nil, []*element{e.turn()})
	}
}

// turn makes the element of a command that tells the server the opposite of what it was told last.
func (e *entry) turn(acks ...ack) *element {
	e.told = !e.told
	e.refused = false
	e.tail = &element{entry: e, acks: acks}
	return e.tail
}

// tidyName forgets a name that means nothing any more. mu is held.
func (l *Link) tidyName(n *Name) {
	if n.wanted || n.on || n.acks > 0 {
		return
	}
	e := n.entry
	if i := slices.Index(e.names, n); i >= 0 {
		e.names = slices.Delete(e.names, i, i+1)
	}
	n.sub.forget(n)
	l.tidy(e)
}

// tidy forgets an entry that means nothing any more. mu is held.
func (l *Link) tidy(e *entry) {
	if entries := e.line.entries[e.class]; len(e.names) == 0 && e.tail == nil && entries[e.raw] == e {
		delete(entries, e.raw)
	}
}

// ask notes the user's word on a name. If the server has to be told, the element of that command is given
// back. mu is held.
func (l *Link) ask(c *call, n *Name, on bool) *element {
	n.acks++
	c.left++
	e := n.entry
	n.want(on)
	if on {
		c.pending = append(c.pending, n)
	} else {
		n.kept, n.settled = false, false
	}
	switch {
	case e.line.now != nil:
		return l.await(ack{c, n, on}, e)
	case !on:
		for before := range l.calls {
			if before.on && slices.Contains(before.pending, n) {
				l.finish(before, ErrSuperseded)
			}
		}
		l.give(ack{c, n, false}, false)
	}
	return nil
}

// await sees to it that a confirmation comes over the present connection. If the server has to be told, the
// element of that command is given back. mu is held.
func (l *Link) await(a ack, e *entry) *element {
	c := a.call
	if c.last != nil && c.last.entry.line != e.line {
		c.last = nil
	}
	switch {
	case e.wanted() != e.told:
		c.sent = true
		c.last = e.turn(a)
		return c.last
	case c.last == nil && e.tail == nil:
		l.give(a, false)
		return nil
	case c.last == nil:
		c.last = e.tail
	}
	c.sent = true
	c.last.acks = append(c.last.acks, a)
	return nil
}

// inForce notes that all is in force again, if no Sub has a gap. It gives for how long that was not so. mu is
// held.
func (l *Link) inForce() (away time.Duration, back bool) {
	if l.awaySeen == 0 {
		return 0, false
	}
	for s := range l.subs {
		if s.gap != nil {
			return 0, false
		}
	}
	away = conn.Now() - l.awaySeen
	l.awaySeen = 0
	return away, true
}

// detach takes everything of a Sub off. Its calls end with err. mu is held.
func (l *Link) detach(s *Sub, err error) {
	for c := range l.calls {
		if c.sub == s {
			c.quiet = false
			l.finish(c, err)
		}
	}
	for _, n := range s.names {
		l.leaveBehind(n)
	}
	s.names = nil
	s.lost, s.gap = 0, nil
	l.inForce()
	clear(s.batch)
	s.batch = s.batch[:0]
	s.touch()
}

// leaveBehind makes a name mean nothing any more, whatever is awaited for it. mu is held.
func (l *Link) leaveBehind(n *Name) {
	n.set(false)
	n.want(false)
	n.found()
	n.kept, n.settled, n.acks = false, false, 0
	n.left = true
	e := n.entry
	if i := slices.Index(e.names, n); i >= 0 {
		e.names = slices.Delete(e.names, i, i+1)
	}
	l.sync(n)
	l.tidy(e)
}
