package route

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/ring"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// RingConfig says how a Ring works.
type RingConfig struct {
	Name      string // for errors of calls that have no node
	Nodes     []RingNode
	Placement ring.Placement // positions are those in Nodes
	// First makes the first argument of a command decide about its node, whatever the argument means: the
	// command is never split, and never refused.
	First bool
}

// RingNode is a node of a Ring.
type RingNode struct {
	Router Router
	Owned  bool // Drain of the ring waits for all of its calls
}

// Ring is the router to several servers that know nothing of each other. The key of a call decides to which
// one it goes. The routers of the nodes repeat calls, and the ring never does.
type Ring struct {
	cfg  RingConfig
	away atomic.Pointer[[]bool] // nodes whose keys go to others for now; nil if there are none

	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	closed   atomic.Bool
	draining atomic.Bool
	held     atomic.Int64 // calls whose parts go to several nodes
}

// NewRing makes a router.
func NewRing(cfg RingConfig) *Ring {
	r := &Ring{cfg: cfg}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// ErrCrossNode is the failure of a call that is refused before anything is sent: its keys belong to several
// nodes of a ring, and the command cannot be split.
var ErrCrossNode = errors.New("the keys belong to several nodes")

// Start sends a call.
func (r *Ring) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	at, ok := r.nodeOf(call)
	switch {
	case r.over(ctx):
		call.NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
	case ok:
		return false, Do(ctx, r.cfg.Nodes[at].Router, call)
	case ctx.Err() != nil:
		return false, refuse(call, r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent))
	case !spread(ctx, r, call):
		return r.Start(ctx, call) // a node has left or come back between two looks
	}
	return false, nil
}

// Finish is never called: Start does everything.
func (r *Ring) Finish(context.Context, *conn.Call, bool) *conn.GaveUp {
	panic("BUG: a ring was waited for")
}

// nodeOf returns the node of a call, and false if that is not one node.
func (r *Ring) nodeOf(call *conn.Call) (at int, ok bool) {
	info := call.Info
	switch {
	case call.Route != nil && call.Route.To != conn.ToOwn:
		key, _ := call.Key()
		return r.place(key), true
	case info == nil:
		return r.anyone(), true
	}
	w, _ := wire.Begin(call.Wire, call.Holes, 0)
	if r.cfg.First {
		return r.place(firstArgument(info, w)), true
	}
	if info.HasKeys() && !info.ManyKeys() {
		if key, ok := info.FirstKey(w); ok {
			return r.place(key), true
		}
		return r.anyone(), true // the server says what is wrong
	}
	var room [8][]byte
	keys, err := info.AppendKeys(room[:0], w)
	if err != nil { // the same
		return r.anyone(), true
	}
	if len(keys) > 0 {
		return r.place(keys[0]), atOnePlace(r, keys)
	}
	if channel, ok := info.Channel(w); ok {
		return r.place(channel), true
	}
	return r.anyone(), r.anywhere(info)
}

// firstArgument returns the first word behind the name of a command, nil if there is none. The names that
// Python has for OBJECT end in front of its subcommand.
func firstArgument(info *command.Info, w wire.Words) []byte {
	w.Next()
	if strings.Contains(info.Name, " ") && !strings.HasPrefix(info.Name, "OBJECT ") {
		w.Next()
	}
	word, _ := w.Next()
	return word
}

// place returns the position of the node of a key.
func (r *Ring) place(key []byte) int {
	if len(r.cfg.Nodes) == 1 {
		return 0
	}
	if !r.cfg.First {
		key = slot.Tag(key)
	}
	away := r.away.Load()
	if away == nil {
		return r.cfg.Placement.Owner(key, nil)
	}
	if at := r.cfg.Placement.Owner(key, *away); at >= 0 {
		return at
	}
	return r.cfg.Placement.Owner(key, nil) // all are away
}

// Place returns the position of the node of a key.
func (r *Ring) Place(key []byte) int { return r.place(key) }

// anyone returns a node for a call that any node can answer: one with a connection, if there is one.
func (r *Ring) anyone() int {
	from := rand.IntN(len(r.cfg.Nodes))
	for i := range r.cfg.Nodes {
		at := (from + i) % len(r.cfg.Nodes)
		for _, n := range r.cfg.Nodes[at].Router.Nodes() {
			if n.Pool.Ready() != nil {
				return at
			}
		}
	}
	return from
}

func (r *Ring) node() string { return r.cfg.Name }

func (r *Ring) apart() error { return ErrCrossNode }

func (r *Ring) anywhere(info *command.Info) bool { return info.Flags.Has(command.Alike) }

// begin begins a call that goes to several nodes: it is counted in Held, and its parts are not refused by
// Stop.
func (r *Ring) begin(ctx context.Context, call *conn.Call) (onward context.Context, end func(), ok bool) {
	call.Begin()
	r.held.Add(1)
	return Onward(ctx), func() { r.held.Add(-1) }, true
}

// copies makes a piece with all of a call for each node.
func (r *Ring) copies(call *conn.Call) (pieces []*piece) {
	bytes := wire.Append(nil, call.Wire, call.Holes)
	for i := range r.cfg.Nodes {
		p := &piece{place: i}
		p.prepare(call, bytes)
		pieces = append(pieces, p)
	}
	return pieces
}

// divided sends a call in pieces, one for each node, and waits for them.
func (r *Ring) divided(ctx context.Context, call *conn.Call, keys [][]byte) []*piece {
	return r.fan(ctx, r.cut(call, keys))
}

// cut makes a piece for each node. Its words are those of the command, with some of the keys, and with the
// words that belong to them, such as the values of MSET.
func (r *Ring) cut(call *conn.Call, keys [][]byte) (pieces []*piece) {
	info := call.Info
	var words [][]byte
	w, _ := wire.Begin(call.Wire, call.Holes, 0)
	for word, ok := w.Next(); ok; word, ok = w.Next() {
		words = append(words, word)
	}
	step := max(int(info.Keys.Step), 1)
	first := int(info.Keys.First)
	behind := words[first+len(keys)*step:]
	byPlace := make(map[int]*piece)
	lists := make(map[*piece][][]byte)
	for i, key := range keys {
		n := r.place(key)
		p := byPlace[n]
		if p == nil {
			p = &piece{place: n}
			byPlace[n] = p
			pieces = append(pieces, p)
			lists[p] = slices.Clone(words[:first])
		}
		p.keys = append(p.keys, i)
		lists[p] = append(lists[p], words[first+i*step:first+(i+1)*step]...)
	}
	for _, p := range pieces {
		p.prepare(call, appendCommand(nil, append(lists[p], behind...)))
	}
	return pieces
}

// fan sends all pieces at once and waits for them.
func (r *Ring) fan(ctx context.Context, pieces []*piece) []*piece {
	shots := make([]shot, len(pieces))
	for i, p := range pieces {
		shots[i].call = p.call
		if one, ok := r.cfg.Nodes[p.place].Router.(*Single); ok {
			shots[i].on = one.ready(ctx, p.call)
		}
	}
	scatter(ctx, shots, func(i int, first *conn.Conn) *conn.GaveUp {
		at := r.cfg.Nodes[pieces[i].place].Router
		if one, ok := at.(*Single); ok {
			return one.persist(ctx, shots[i].call, first)
		}
		return Do(ctx, at, shots[i].call)
	})
	for i := range shots {
		if gone := shots[i].gone; gone != nil {
			pieces[i] = pieces[i].without(gone)
		}
	}
	return pieces
}

// Batch sends a pipeline: the commands for each node in a batch of their own, side by side. One that cannot
// be divided is refused before anything is sent: an atomic one over several nodes, one with a command over
// several nodes, or with one that goes to all nodes.
func (r *Ring) Batch(ctx context.Context, b Batch) {
	nodes, commands, err := r.divide(b)
	if err == nil && r.over(ctx) {
		err = pool.ErrClosed
	}
	switch {
	case err != nil:
		b.Part(nil).Call().NotSent(r.cfg.Name, err, conn.PhaseQueue)
		return
	case len(nodes) == 1:
		r.cfg.Nodes[nodes[0]].Router.Batch(ctx, b)
		return
	}
	r.held.Add(1)
	defer r.held.Add(-1)
	ctx = Onward(ctx)
	parts := make([]Batch, len(nodes))
	for i := range nodes {
		parts[i] = b.Split(commands[i])
	}
	var others sync.WaitGroup
	for i, at := range nodes[1:] {
		others.Go(func() { r.cfg.Nodes[at].Router.Batch(ctx, parts[i+1]) })
	}
	r.cfg.Nodes[nodes[0]].Router.Batch(ctx, parts[0])
	others.Wait()
}

// divide says which node gets which commands. Commands without keys go with the first of those that have
// some.
func (r *Ring) divide(b Batch) (nodes []int, commands [][]int, err error) {
	if r.cfg.First { // the object that makes pipelines in Python has no key
		return []int{r.place(nil)}, [][]int{nil}, nil
	}
	byNode := make([][]int, len(r.cfg.Nodes))
	var keys [][]byte
	var keyless []int
	for i := range b.Len() {
		var known error
		keys, known = b.AppendKeys(keys[:0], i)
		if channel, ok := b.Channel(i); ok {
			keys = append(keys, channel)
		}
		if known != nil || len(keys) == 0 {
			if info := b.Command(i); known == nil && !r.beside(info) {
				return nil, nil, &EachNodeError{info}
			}
			keyless = append(keyless, i)
			continue
		}
		at := r.place(keys[0])
		if !atOnePlace(r, keys) || b.Atomic() && len(nodes) > 0 && at != nodes[0] {
			return nil, nil, ErrCrossNode
		}
		if byNode[at] == nil {
			nodes = append(nodes, at)
		}
		byNode[at] = append(byNode[at], i)
	}
	if len(nodes) == 0 {
		nodes = []int{r.anyone()}
	}
	byNode[nodes[0]] = append(byNode[nodes[0]], keyless...)
	slices.Sort(byNode[nodes[0]])
	for _, at := range nodes {
		commands = append(commands, byNode[at])
	}
	return nodes, commands, nil
}

// beside reports whether a command without keys may run on any node, as a part of a pipeline.
func (r *Ring) beside(info *command.Info) bool {
	return r.anywhere(info) || beside(info)
}

// Pin returns a session on the node of some keys. Without keys the first call that has some decides.
func (r *Ring) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	s := &ringSession{r: r, turn: make(chan struct{}, 1)}
	var err error
	switch {
	case r.over(ctx):
		err = pool.ErrClosed
	case ctx.Err() != nil:
		err = conn.NewGaveUp(ctx, conn.NotSent)
	case r.cfg.First && len(keys) == 0:
		keys = [][]byte{nil} // as the object that makes pipelines in Python
		fallthrough
	case len(keys) > 0:
		_, err = s.bind(ctx, keys, nil)
	}
	if err != nil {
		return nil, unreached(r.cfg.Name, err)
	}
	return s, nil
}

// unreached returns err as an *Unreached, which it may be already.
func unreached(node string, err error) error {
	if errors.As(err, new(*Unreached)) {
		return err
	}
	return &Unreached{Node: node, Err: err}
}

// Lockers returns those of the node of the lock.
func (r *Ring) Lockers(name []byte) []Router {
	return r.cfg.Nodes[r.place(name)].Router.Lockers(name)
}

// Nodes returns the servers of all nodes that are known.
func (r *Ring) Nodes() (all []*Node) {
	for _, n := range r.cfg.Nodes {
		all = append(all, n.Router.Nodes()...)
	}
	return all
}

// Changed returns nil: the nodes of a ring never change, and their own routers tell of their servers.
func (r *Ring) Changed() <-chan struct{} { return nil }

// Done is closed with the router.
func (r *Ring) Done() <-chan struct{} { return r.ctx.Done() }

// Close refuses all further calls. The routers of the nodes stay open.
func (r *Ring) Close() {
	r.closed.Store(true)
	r.draining.Store(false)
	r.stop()
}

// over reports whether a call is refused because the router is closed, or draining.
func (r *Ring) over(ctx context.Context) bool {
	return r.closed.Load() && (!r.draining.Load() || ctx.Value(onward{}) == nil)
}

// drainers returns the routers of the nodes that are owned.
func (r *Ring) drainers() (all []Drainer) {
	for _, n := range r.cfg.Nodes {
		if d, ok := n.Router.(Drainer); ok && n.Owned {
			all = append(all, d)
		}
	}
	return all
}

// Stop refuses further calls, except those with a context from Onward.
func (r *Ring) Stop() {
	r.draining.Store(true)
	r.closed.Store(true)
	for _, d := range r.drainers() {
		d.Stop()
	}
}

// Held returns the number of calls and sessions that have an exclusive connection, or wait for one.
func (r *Ring) Held() (n int) {
	n = int(r.held.Load())
	for _, d := range r.drainers() {
		n += d.Held()
	}
	return n
}

// Settle ends the permission of Onward.
func (r *Ring) Settle() (calls func() int) {
	r.draining.Store(false)
	var counts []func() int
	for _, d := range r.drainers() {
		counts = append(counts, d.Settle())
	}
	return func() (n int) {
		for _, count := range counts {
			n += count()
		}
		return n
	}
}
