package pubsub

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Server is a server to which a Link connects.
type Server struct {
	Node string // its address
	Open func(ctx context.Context) (*conn.Stream, error)
}

// Places says which node of a cluster has what. Its methods are called under Link.mu, except Look.
type Places interface {
	// Slot returns the slot of a sharded channel, and Owner its primary. ok is false if there is none.
	Slot(channel string) int
	Owner(channel string) (s Server, ok bool)
	// Primaries returns all primaries that are known, and Has whether a connection leads to a known node.
	Primaries() []Server
	Has(addr string) bool
	// Judge says what follows an error reply of a server. With Moved it also returns the slot: from then on
	// Owner returns the new owner.
	Judge(refusal, from string) (v Verdict, slot int)
	// Doubt has the map looked at soon. Look waits for it.
	Doubt()
	Look(ctx context.Context) error
	// Changed is closed at the next change of the map. Since is the time until which it was surely right
	// before the last change.
	Changed() <-chan struct{}
	Since() time.Time
}

// Verdict says what follows an error reply.
type Verdict uint8

// The verdicts.
const (
	Final Verdict = iota // it counts
	Moved                // another node has the slot
	Later                // nobody has the slot for now
)

// NodeError is a failure on the connection to a node of a cluster.
type NodeError struct {
	Node string
	Err  error
}

func (e *NodeError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

var (
	errElsewhere = errors.New("another node has the slot of the channel now")
	errJoined    = errors.New("the node has become a primary, and its events are subscribed from now on")
	errGone      = errors.New("the node has left the cluster")
	errNoOwner   = errors.New("no node of the cluster owns the slot of the channel")
)

// mostHops is how many redirects are followed at once. Then the map is asked for before each further one.
const mostHops = 3

// node is the server's address for errors; "" if there is only one server.
func (at *line) node() string {
	switch {
	case at.link.cfg.Places == nil:
		return ""
	case at == at.link.home && at.at != "":
		return at.at
	}
	return at.server.Node
}

// failure adds to an error where it has happened, if there are several nodes.
func (at *line) failure(err error) error {
	if node := at.node(); node != "" {
		return &NodeError{node, err}
	}
	return err
}

// placeOf returns the line of a name: that of the server where it belongs. mu is held.
func (l *Link) placeOf(class Class, raw string) *line {
	if l.cfg.Places == nil || class != Shard {
		return l.home
	}
	if owner, ok := l.cfg.Places.Owner(raw); ok {
		return l.lineTo(owner)
	}
	return l.nowhere()
}

// lineOf returns the line on which a Sub has a name, or would have it. mu is held.
func (l *Link) lineOf(s *Sub, class Class, raw string) *line {
	if l.cfg.Places != nil && class == Shard {
		for _, at := range l.lines {
			if s.name(at, class, raw) != nil {
				return at
			}
		}
	}
	return l.placeOf(class, raw)
}

// placesOf returns the lines on which a name is to be subscribed. mu is held.
func (l *Link) placesOf(s *Sub, class Class, raw string) []*line {
	if !l.cfg.Everywhere {
		return []*line{l.lineOf(s, class, raw)}
	}
	var list []*line
	for _, server := range l.cfg.Places.Primaries() {
		list = append(list, l.lineTo(server))
	}
	if len(list) == 0 {
		list = append(list, l.nowhere())
	}
	return list
}

// lineTo returns the line to a node. mu is held.
func (l *Link) lineTo(s Server) *line {
	at := l.lines[s.Node]
	if at == nil {
		if l.lines == nil {
			l.lines = make(map[string]*line)
		}
		at = l.newLine(s)
		l.lines[s.Node] = at
	}
	at.server = s // a node that comes back has other connections
	return at
}

// nowhere returns the line of names whose server is not known. Its attempts to connect ask for the map, and
// take the names to where they belong. mu is held.
func (l *Link) nowhere() *line {
	if at := l.lines[""]; at != nil {
		return at
	}
	at := l.lineTo(Server{Open: l.lookUp})
	at.server.Node = l.cfg.Node
	return at
}

func (l *Link) lookUp(ctx context.Context) (*conn.Stream, error) {
	if err := l.cfg.Places.Look(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.unlock()
	l.replace(true)
	return nil, &conn.DialError{Phase: conn.PhaseDial, Err: errNoOwner}
}

// parts groups elements that go into one command: those of one line, and of one slot. mu is held.
func (l *Link) parts(elements []*element) (parts [][]*element) {
	if len(elements) == 0 {
		return nil
	}
	if l.cfg.Places == nil {
		return [][]*element{elements}
	}
	type key struct {
		at   *line
		slot int
	}
	index := make(map[key]int)
	for _, el := range elements {
		e := el.entry
		k := key{at: e.line}
		if e.class == Shard {
			k.slot = l.cfg.Places.Slot(e.raw)
		}
		i, ok := index[k]
		if !ok {
			i = len(parts)
			index[k] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], el)
	}
	return parts
}

// inUse returns the lines of which something is wanted; the home line if there are none. mu is held.
func (l *Link) inUse() (list []*line) {
	for node, at := range l.lines {
		if node != "" && at.needed() {
			list = append(list, at)
		}
	}
	if len(list) == 0 || l.home.needed() {
		list = append(list, l.home)
	}
	return list
}

// stalled reports whether a reader waits for room in a queue. mu is held.
func (l *Link) stalled() bool {
	for _, at := range l.inUse() {
		if at.now != nil && at.now.stalled.Load() {
			return true
		}
	}
	return false
}

// awaits reports whether the next answer is that of a command about a slot. Link.mu is held.
func (s *session) awaits(slot int) bool {
	if len(s.awaited) == 0 {
		return false
	}
	c := s.awaited[0]
	return !c.ping && c.class == Shard && s.link.cfg.Places.Slot(c.elements[c.at].entry.raw) == slot
}

// redirected handles a refusal that says that the server does not have the slot. Link.mu is held.
func (s *session) redirected(c *command, verdict Verdict, err *Refused) {
	l := s.link
	for _, el := range c.elements[c.at:] {
		e := el.entry
		if !c.on {
			// The server has nothing of it any more, or will not when the move of its slot has ended.
			// Until then its messages are for nobody.
			s.confirmed(el, false)
			continue
		}
		left, superseded := l.unanswered(el)
		l.supersede(superseded)
		if e.tail != el {
			if e.tail != nil {
				e.tail.acks = append(e.tail.acks, left...)
			}
			continue
		}
		e.tail, e.told = nil, false
		e.hops++
		to := l.placeOf(e.class, e.raw)
		if verdict == Later || e.hops > mostHops || to == s.line {
			to = l.nowhere()
			for _, a := range left {
				l.tried(a.call, c.since, err)
			}
		}
		l.move(e, to)
	}
}

// away notes that the subscriptions of an entry are not in force any more. Link.mu is held.
func (at *line) away(e *entry, gap *Hole) {
	l := at.link
	told := false
	for _, n := range e.names {
		if !n.on || !n.stays() {
			continue
		}
		n.lose()
		told = true
		if s := n.sub; s.gap == nil || !same(s.gap.Err, gap.Err) { // once for many names
			s.open(gap)
		}
	}
	if told {
		if l.awaySeen == 0 {
			l.awaySeen = conn.Now()
		}
		at.note(Note{Kind: Gap, Err: gap.Err})
	}
}

// move takes the names of an entry to another line, with everything that is awaited for them. mu is held.
func (l *Link) move(e *entry, to *line) {
	from := e.line
	if s := from.now; s != nil {
		for _, c := range s.awaited {
			if c.ping {
				continue
			}
			for _, el := range c.elements[c.at:] {
				if el.entry == e {
					_, superseded := l.unanswered(el)
					l.supersede(superseded)
				}
			}
		}
	}
	names := e.names
	e.names = nil
	if from.now != nil && e.told {
		l.tell(nil, []*element{e.turn()})
	}
	l.tidy(e)
	if len(names) == 0 {
		return
	}
	var moved *entry
	for _, n := range names {
		n.set(false)
		moved = to.entryOf(n)
	}
	moved.seq, moved.hops = min(moved.seq, e.seq), e.hops
	if from.now == nil && from.cancel != nil && !from.needed() {
		from.cancel()
	}
	if to.now == nil {
		to.start()
		return
	}
	if slices.ContainsFunc(names, (*Name).stays) {
		to.now.subscribe(moved.class, moved.again())
	}
	for _, c := range l.inOrder() {
		var waits []*Name
		for _, n := range c.pending {
			if n.entry == moved {
				waits = append(waits, n)
			}
		}
		if len(waits) > 0 {
			l.resume(c, waits)
		}
	}
}

// follow keeps the names where they belong while the map of the cluster changes. mu is held.
func (l *Link) follow() {
	if l.cfg.Places == nil || l.unfollow != nil || !l.running() {
		return
	}
	ctx, cancel := context.WithCancel(l.cfg.Context)
	l.unfollow = cancel
	go func() {
		for ctx.Err() == nil {
			changed := l.cfg.Places.Changed()
			l.mu.Lock()
			if ctx.Err() == nil {
				l.replace(false)
			}
			l.unlock()
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}()
}

// running reports whether there is a goroutine that reads. mu is held.
func (l *Link) running() bool {
	for _, at := range l.lines {
		if at.running {
			return true
		}
	}
	return l.home.running
}

// quit forgets a line of which nothing is wanted any more. mu is held.
func (l *Link) quit(at *line) {
	for node, other := range l.lines {
		if other == at {
			delete(l.lines, node)
		}
	}
	if l.unfollow != nil && !l.running() {
		l.unfollow()
		l.unfollow = nil
	}
}

// replace takes all names to where they belong by the present map. Those that are nowhere stay so unless
// looked says that the map is a new answer: redirects that contradict each other change the map, too, and
// would be followed without a pause. mu is held.
func (l *Link) replace(looked bool) {
	if s := l.home.now; s != nil && !l.cfg.Places.Has(l.home.at) {
		l.closing = append(l.closing, closing{s.stream, errGone})
	}
	if l.cfg.Everywhere {
		l.spread()
		return
	}
	var all []*entry
	for node, at := range l.lines {
		for _, e := range at.entries[Shard] {
			if len(e.names) > 0 && (node != "" || looked) {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
	since := l.cfg.Places.Since()
	for _, e := range all {
		from := e.line
		if to := l.placeOf(e.class, e.raw); to != from {
			from.away(e, &Hole{Since: since, Err: from.failure(errElsewhere)})
			l.move(e, to)
		}
	}
}

// spread subscribes everything at every primary, and nothing at servers that are none any more. mu is held.
func (l *Link) spread() {
	s, primaries := l.own, l.cfg.Places.Primaries()
	if s == nil || len(primaries) == 0 {
		return
	}
	type id struct {
		class Class
		Named
	}
	var wanted []id
	seen := make(map[id]bool)
	for _, n := range s.names {
		if name := (id{n.class, Named{n.Text, n.raw}}); n.wanted && !seen[name] {
			seen[name] = true
			wanted = append(wanted, name)
		}
	}
	stays := make(map[*line]bool)
	for _, server := range primaries {
		at := l.lineTo(server)
		stays[at] = true
		var added []*entry
		for _, name := range wanted {
			if s.name(at, name.class, name.Raw) == nil {
				n := s.add(at, name.class, name.Named)
				n.want(true)
				n.kept, n.settled = true, true
				n.lose()
				added = append(added, n.entry)
			}
		}
		switch {
		case len(added) == 0:
			continue
		case l.awaySeen == 0:
			l.awaySeen = conn.Now()
		}
		gap := &Hole{Since: l.cfg.Places.Since(), Err: at.failure(errJoined)}
		s.open(gap)
		at.note(Note{Kind: Gap, Err: errJoined})
		for _, e := range added {
			if at.now != nil && !e.told {
				at.now.subscribe(e.class, e.again())
			}
		}
		at.start()
	}
	for _, n := range slices.Clone(s.names) {
		if at := n.entry.line; !stays[at] {
			l.abandon(n)
			if at.now == nil && at.cancel != nil && !at.needed() {
				at.cancel()
			}
		}
	}
	s.checkGap()
}

// abandon forgets a name whose server has nothing to say any more. mu is held.
func (l *Link) abandon(n *Name) {
	for c := range l.calls {
		before := len(c.pending)
		c.pending = slices.DeleteFunc(c.pending, func(other *Name) bool { return other == n })
		if gone := before - len(c.pending); gone > 0 {
			if c.left -= gone; c.left == 0 {
				l.finish(c, nil)
			}
		}
	}
	n.sub.forget(n)
	l.leaveBehind(n)
}
