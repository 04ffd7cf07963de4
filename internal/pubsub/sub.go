package pubsub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Errors of calls, besides *conn.GaveUp, *Refused and those of connections.
var (
	// ErrSuperseded is the end of a Subscribe whose name was unsubscribed before the server had confirmed it.
	ErrSuperseded = errors.New("it was unsubscribed before the server had confirmed it")
	// ErrLeft is the end of calls whose Sub was closed.
	ErrLeft = errors.New("the subscription was closed")
)

// stalled adds to the cause of a call that was given up that its confirmation could not come.
func stalled(cause error) error {
	if cause == nil {
		return errStalled
	}
	return fmt.Errorf("%w: %w", errStalled, cause)
}

var errStalled = errors.New("the queue is full, and the confirmation comes behind the messages in it: " +
	"read them, or subscribe in a goroutine that does not read")

// Unanswered is the error of a call that may have reached the server.
type Unanswered struct{ Err error }

func (e *Unanswered) Error() string { return e.Err.Error() }

func (e *Unanswered) Unwrap() error { return e.Err }

// Refused is an error reply of the server.
type Refused struct {
	Text   string
	Node   string // the server's address; "" for the only one
	Server conn.ServerInfo
}

func (e *Refused) Error() string { return e.Text }

// Sub is one object that subscribes and reads. It is safe for concurrent use.
type Sub struct {
	link    *Link
	silence time.Duration // how long the server may be silent; 0: for ever
	hide    bool          // leave out confirmations
	q       queue

	// Guarded by Link.mu.
	names  []*Name      // of all classes; the link's entries find them by their text
	ons    [classes]int // names that are in force
	wanted [classes]int // names that are wanted
	wants  int          // all of these
	calls  int          // calls under way
	lost   int          // names that were in force before the last cut, and are not yet again
	gap    *Hole        // the open one
	used   bool
	dirty  bool
	batch  []Event // to be handed over
}

// SubConfig says how a Sub treats what has come.
type SubConfig struct {
	Own             bool // it has the link to itself
	Hide            bool // leave out confirmations
	Overflow        Overflow
	Most, MostBytes int
	Silence         time.Duration
}

// NewSub makes a Sub of a link.
func (l *Link) NewSub(cfg SubConfig) *Sub {
	s := &Sub{link: l, silence: cfg.Silence, hide: cfg.Hide}
	s.q.init(cfg.Overflow, cfg.Most, cfg.MostBytes)
	if cfg.Own {
		l.own = s
	}
	return s
}

// name gives the Sub's name on a line, nil if it has none. Link.mu is held.
func (s *Sub) name(at *line, class Class, raw string) *Name {
	if e := at.entries[class][raw]; e != nil {
		for _, n := range e.names {
			if n.sub == s {
				return n
			}
		}
	}
	return nil
}

// add puts a name on the list. Link.mu is held.
func (s *Sub) add(at *line, class Class, name Named) *Name {
	n := &Name{Text: name.Text, class: class, raw: name.Raw, sub: s, at: len(s.names)}
	at.entryOf(n)
	s.names = append(s.names, n)
	return n
}

// forget takes a name off the list. Link.mu is held.
func (s *Sub) forget(n *Name) {
	list := s.names
	end := len(list) - 1
	if n.at > end || list[n.at] != n {
		return
	}
	list[n.at] = list[end]
	list[n.at].at = n.at
	list[end] = nil
	s.names = list[:end]
}

// touch notes that something of the Sub has changed, and whether it wants anything. Link.mu is held.
func (s *Sub) touch() {
	if s.wants+s.calls > 0 {
		s.link.subs[s] = struct{}{}
	} else {
		delete(s.link.subs, s)
	}
	s.mark()
}

// mark sees to it that the Sub's queue hears of it. Link.mu is held.
func (s *Sub) mark() {
	if !s.dirty {
		s.dirty = true
		s.link.dirty = append(s.link.dirty, s)
	}
}

// emit hands an event over when the lock is released. Link.mu is held.
func (s *Sub) emit(e Event) {
	s.batch = append(s.batch, e)
	s.mark()
}

// message is emit for a published message.
func (s *Sub) message(e *Event) {
	s.batch = append(s.batch, *e)
	s.mark()
}

// confirm hands a confirmation over. n is nil for a name that the Sub does not know. Link.mu is held.
func (s *Sub) confirm(class Class, on, again bool, text string, n *Name) {
	if s.hide {
		s.mark()
		return
	}
	at := s.link.home
	if n != nil {
		at = n.entry.line
	}
	more := &More{Text: text, Count: s.count(at, class)}
	s.emit(Event{Kind: class.confirmation(on), Again: again, Name: n, More: more})
}

// count is what confirmations tell: channels and patterns together, sharded channels apart. While there is no
// connection, and nothing is in force, it is the number of names that are wanted.
func (s *Sub) count(at *line, c Class) int {
	of := &s.ons
	if at.now == nil {
		of = &s.wanted
	}
	if c == Shard {
		return of[Shard]
	}
	return of[Channel] + of[Pattern]
}

// set says whether a name is in force. Link.mu is held.
func (n *Name) set(on bool) {
	if n.on == on {
		return
	}
	n.on = on
	if on {
		n.sub.ons[n.class]++
	} else {
		n.sub.ons[n.class]--
	}
}

// want notes the user's last word. Link.mu is held.
func (n *Name) want(on bool) {
	if n.wanted == on {
		return
	}
	n.wanted = on
	if on {
		n.sub.wants++
		n.sub.wanted[n.class]++
	} else {
		n.sub.wants--
		n.sub.wanted[n.class]--
	}
	n.sub.touch()
}

// found says that a cut does not concern a name any more. Link.mu is held.
func (n *Name) found() {
	if n.lost {
		n.lost = false
		n.sub.lost--
	}
}

// stays reports whether the name is subscribed again after a cut. Link.mu is held.
func (n *Name) stays() bool { return n.kept && n.wanted }

// gone reports whether the Sub has forgotten the name. Link.mu is held.
func (n *Name) gone() bool { return n.left }

// lose notes that a name is not in force any more, and whether it has to be again. Link.mu is held.
func (n *Name) lose() {
	n.set(false)
	if n.stays() && !n.lost {
		n.lost = true
		n.sub.lost++
	}
}

// lostOn reports whether names of a line are not in force any more. Link.mu is held.
func (s *Sub) lostOn(at *line) bool {
	return slices.ContainsFunc(s.names, func(n *Name) bool { return n.lost && n.entry.line == at })
}

// cut notes that a connection is lost. It reports whether messages may be missing. Link.mu is held.
func (s *Sub) cut(at *line, gap *Hole) bool {
	for _, n := range s.names {
		if n.entry.line == at {
			n.lose()
		}
	}
	if !s.lostOn(at) {
		return false
	}
	s.open(gap)
	return true
}

// open tells that messages may be missing, in a gap that may be open already. Link.mu is held.
func (s *Sub) open(gap *Hole) {
	if s.gap == nil {
		s.gap = &Hole{Since: gap.Since}
	}
	s.tellGap(gap.Err)
}

// tellGap tells that messages may be missing, and why. Link.mu is held.
func (s *Sub) tellGap(err error) {
	s.gap.Err = err
	s.emit(Event{Kind: Gap, More: &More{Hole: *s.gap}})
}

// checkGap tells when everything is in force again. Link.mu is held.
func (s *Sub) checkGap() {
	if s.gap == nil || s.lost > 0 {
		return
	}
	if s.wants > 0 {
		s.emit(Event{Kind: Restored, More: &More{Hole: *s.gap}})
	}
	s.gap = nil
	if away, back := s.link.inForce(); back {
		s.link.home.note(Note{Kind: Restored, Away: away})
	}
}

// Named is a name as the user gave it, and as the server knows it.
type Named struct{ Text, Raw string }

// Subscribe subscribes names and waits for the server's confirmation; with quiet it does not wait, and an
// error is an Event. The tag belongs to all of them. If the context ends first the names are not remembered.
func (s *Sub) Subscribe(ctx context.Context, class Class, names []Named, tag any, quiet bool) error {
	return s.do(ctx, &call{on: true, tag: tag, quiet: quiet}, func(l *Link, c *call) {
		s.q.revive()
		var elements []*element
		for _, name := range names {
			for _, at := range l.placesOf(s, class, name.Raw) {
				n := s.name(at, class, name.Raw)
				if n == nil {
					n = s.add(at, class, name)
				}
				c.names = append(c.names, n)
				if el := l.ask(c, n, true); el != nil {
					elements = append(elements, el)
				}
			}
		}
		l.tell(c, elements)
	})
}

// Unsubscribe is the opposite of Subscribe. Without names it unsubscribes all of that class, also if the
// context has ended.
func (s *Sub) Unsubscribe(ctx context.Context, class Class, names []Named, quiet bool) error {
	return s.do(ctx, &call{quiet: quiet}, func(l *Link, c *call) {
		if len(names) == 0 {
			names = s.all(class)
			if len(names) == 0 {
				s.confirm(class, false, false, "", nil)
			}
		}
		var elements [2][]*element
		for _, name := range names {
			at := l.lineOf(s, class, name.Raw)
			n := s.name(at, class, name.Raw)
			switch {
			case n == nil && c.last == nil:
				s.confirm(class, false, false, name.Text, nil)
				continue
			case n == nil: // its confirmation is not the next one
				n = s.add(at, class, name)
			}
			c.names = append(c.names, n)
			if el := l.ask(c, n, false); el != nil {
				i := 0
				if el.entry.told {
					i = 1
				}
				elements[i] = append(elements[i], el)
			}
		}
		for _, list := range elements {
			l.tell(c, list)
		}
	})
}

// all gives the names of a class that are wanted, in the order in which they came. Link.mu is held.
func (s *Sub) all(class Class) []Named {
	var list []*Name
	for _, n := range s.names {
		if n.class == class && n.wanted {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *Name) int {
		return cmp.Compare(a.entry.seq, b.entry.seq)
	})
	names := make([]Named, len(list))
	for i, n := range list {
		names[i] = Named{n.Text, n.raw}
	}
	return names
}

// Ping asks every server that is in use for a sign of life and waits for all of them. If it is shown the
// answer is an Event as well.
func (s *Sub) Ping(ctx context.Context, text Named, shown bool) error {
	return s.do(ctx, &call{ping: true, text: text.Text, raw: text.Raw, shown: shown}, func(l *Link, c *call) {
		c.lines = l.inUse()
		c.left += len(c.lines)
		for _, at := range c.lines {
			if at.now != nil {
				at.now.ping(c)
			}
		}
	})
}

// do runs a call: begin says what it wants, under the lock.
func (s *Sub) do(ctx context.Context, c *call, begin func(l *Link, c *call)) error {
	late := ctx.Err() != nil
	if late && (c.on || c.ping) {
		return conn.NewGaveUp(ctx, conn.NotSent)
	}
	l := s.link
	c.sub, c.done, c.within = s, make(chan struct{}), l.cfg.For
	if _, dated := ctx.Deadline(); !dated && l.cfg.Undated > 0 {
		c.within = l.cfg.Undated
	}
	l.mu.Lock()
	if l.ended == nil && l.cfg.Context.Err() != nil {
		l.ended = l.cfg.Ended
	}
	if err := l.ended; err != nil {
		l.mu.Unlock()
		return err
	}
	s.used = true
	l.users[s] = struct{}{}
	if l.watching == nil {
		l.watching = context.AfterFunc(l.cfg.Context, func() { l.end(l.cfg.Ended) })
	}
	s.calls++
	s.touch()
	l.seq++
	c.seq = l.seq
	l.calls[c] = struct{}{}
	c.left++ // until all of it has been said
	c.began = conn.Now()
	begin(l, c)
	if c.left--; c.left == 0 {
		l.finish(c, nil)
	}
	l.start()
	l.follow()
	c.quiet = c.quiet && !late
	quiet := c.quiet // the end of the link changes it
	l.unlock()
	if quiet {
		return nil
	}
	if !late {
		select {
		case <-c.done:
			return c.err
		case <-ctx.Done():
		}
	}
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	gone.Elapsed = conn.Now() - c.began
	l.mu.Lock()
	defer l.unlock()
	if l.stalled() {
		gone.Cause = stalled(gone.Cause)
	}
	if c.over && !late { // just now
		return c.err
	}
	switch {
	case c.sent:
		gone.Outcome = conn.MaybeExecuted
	case gone.Cause == nil:
		gone.Cause = c.why
	}
	l.finish(c, gone)
	return gone
}

// Reader makes a reader, which begins here.
func (s *Sub) Reader(mode Mode) Reader {
	r := Reader{sub: s, mode: mode}
	s.q.mu.Lock()
	defer s.q.mu.Unlock()
	s.q.begin(&r)
	return r
}

// Later makes a reader that begins with its first call.
func (s *Sub) Later(mode Mode) Reader { return Reader{sub: s, mode: mode} }

// Once makes a reader of a Sub that is not used any more once it has been closed.
func (s *Sub) Once(mode Mode) Reader { return Reader{sub: s, mode: mode, begun: true} }

// Poll takes the next event if there is one.
func (s *Sub) Poll(e *Event) (bool, error) { return s.q.poll(e) }

// Stats gives the counters.
func (s *Sub) Stats() Stats { return s.q.counters() }

// Close forgets all names and all that has come, and closes the connection if nobody else uses it. The Sub
// may subscribe again.
func (s *Sub) Close() { s.close(nil) }

// CloseFor is Close at the end of a reader: nothing if the Sub has been closed since the reader began,
// since what is there now is of somebody else.
func (s *Sub) CloseFor(r *Reader) { s.close(r) }

func (s *Sub) close(r *Reader) {
	l := s.link
	l.mu.Lock()
	if r != nil && !s.q.current(r) {
		l.unlock()
		return
	}
	ended := l.ended
	l.detach(s, ErrLeft)
	s.used = false
	s.q.end(ended)
	delete(l.users, s)
	if len(l.users) == 0 && l.watching != nil {
		l.watching()
		l.watching = nil
	}
	if l.own == s {
		l.drop()
	}
	l.unlock()
}

// Wanted gives the names of a class that are subscribed, or about to be.
func (s *Sub) Wanted(class Class) []string {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	var list []string
	for _, n := range s.all(class) {
		list = append(list, n.Text)
	}
	return list
}

// Active reports whether anything is in force, about to be, or not yet confirmed to be gone.
func (s *Sub) Active() bool {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	return s.wants+s.calls > 0 || s.ons != [classes]int{}
}

// Full reports whether the Sub has lost its names to a full queue, and has not subscribed since.
func (s *Sub) Full() bool {
	s.q.mu.Lock()
	defer s.q.mu.Unlock()
	return s.q.spent
}

// Connected reports whether there is a connection to every server that is needed.
func (s *Sub) Connected() bool {
	l := s.link
	l.mu.Lock()
	defer l.mu.Unlock()
	any := l.home.now != nil
	if !any && l.home.needed() {
		return false
	}
	for _, at := range l.lines {
		if at.now == nil && at.needed() {
			return false
		}
		any = any || at.now != nil
	}
	return any
}

// Used reports whether anything has been subscribed since the Sub was made or closed.
func (s *Sub) Used() bool {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	return s.used
}

// Untagged gives a name that is wanted and came without a tag that is fit; ok is false if there is none.
func (s *Sub) Untagged(fit func(tag any) bool) (class Class, name string, ok bool) {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	for class := range classes {
		for _, named := range s.all(class) {
			n := s.name(s.link.lineOf(s, class, named.Raw), class, named.Raw)
			if !fit(n.Tag()) {
				return class, n.Text, true
			}
		}
	}
	return 0, "", false
}
