package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// ClusterConfig says how a Cluster works. All defaults are filled in already.
type ClusterConfig struct {
	Name  string   // for errors of calls that have no node yet
	Seeds []string // addresses of some nodes; they are never forgotten
	// Pool makes the pool of a node: for all that goes to primaries, or for reads from a replica.
	Pool func(addr string, role conn.Role) *pool.Pool
	// Reads says where plain reads go.
	Reads Reads
	// Every is the time between two looks at the map that nothing has caused, give or take a half.
	Every  time.Duration
	Logger *slog.Logger
}

// Cluster is the router to the nodes of a Redis Cluster. The slot of a call's first key decides to which node
// it goes.
type Cluster struct {
	cfg    ClusterConfig
	policy Policy
	home   *Single                            // leads to any node, for subscriptions
	owners [slot.Count]atomic.Pointer[member] // nil for a slot without a known owner

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	edition atomic.Uint64 // of owners; odd while they change

	closed   atomic.Bool
	draining atomic.Bool
	mapped   atomic.Bool  // there has been a map
	held     atomic.Int64 // calls whose parts go to several nodes

	mu      sync.Mutex
	members map[string]*member  // by address
	staff   map[string]*replica // servers for reads that are not primaries, by address
	dialled map[string]*member  // by the address of the connections, which NodeAddr may have changed
	ids     map[string]bool     // of the nodes in the map
	primary []*member           // in the order of their first slots
	learnt  map[int]learnt      // by slot: owners that redirects have named
	lookup  *lookup             // a question for the map under way
	looked  time.Duration       // when the last question ended
	sure    time.Duration       // when the question was asked whose answer is the map
	// sureBefore is sure of the map before the last change, 0 if there was none.
	sureBefore time.Duration
	burst      int             // number of questions without a calm second between them
	era        context.Context // ends when the map changes
	turn       context.CancelFunc
	changed    chan struct{} // closed with the next change; nil if nobody waits
	ticking    bool
}

// member is one node.
type member struct {
	*Single
	readers atomic.Pointer[[]*replica] // who answers reads of its slots; nil if only the node itself
	turn    atomic.Uint32              // of the readers
	// Cluster.mu guards these.
	id       string // in the cluster; "" until the map says
	zone     string // availability zone; "" if the map does not say
	replicas []slot.Node
	own      *replica      // the node itself as one of those who answer reads; nil if it is none
	listed   bool          // the map has it
	robbed   bool          // it has lost slots, and owed replies then
	wanted   time.Duration // when a redirect has named it last
	first    int           // its first slot
}

// learnt is what a redirect has said about a slot.
type learnt struct {
	when time.Duration
	from *member // the owner before; nil if there was none
}

// NewCluster makes a router. Call Use before the first call. It asks nobody before that.
func NewCluster(cfg ClusterConfig) *Cluster {
	r := &Cluster{cfg: cfg, members: make(map[string]*member), dialled: make(map[string]*member),
		staff: make(map[string]*replica), learnt: make(map[int]learnt)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.era, r.turn = context.WithCancel(r.ctx)
	return r
}

// Use gives the router the pool whose Locator it is, and the policy. The pool is closed with the router.
func (r *Cluster) Use(home *Single) { r.home, r.policy = home, home.Policy }

// Locate returns some primaries, for connections that may lead to any node.
func (r *Cluster) Locate(ctx context.Context) ([]*conn.Config, error) {
	if !r.mapped.Load() {
		if err := r.look(ctx); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*conn.Config, len(r.primary))
	for i, at := range rand.Perm(len(r.primary)) {
		list[i] = r.primary[at].Node.Pool.Config().Conn
	}
	return list, nil
}

// Doubt notes that a node could not be reached.
func (r *Cluster) Doubt(string, error) { r.doubt(true) }

// Missing returns nil: the map of slots is asked for before the pool of a node is used.
func (r *Cluster) Missing() error { return nil }

// Start sends a call.
func (r *Cluster) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	if m := r.owner(call); m != nil && call.Info != nil && (!call.Info.ManyKeys() || together(call)) {
		if r.reads(ctx, call) {
			return startRead(ctx, r, call, r.serves(m))
		}
		if c := m.ready(ctx, call); c != nil {
			behind, gone = c.Start(ctx, call)
			if behind || gone != nil || call.Answered() {
				return behind, gone
			}
			return false, r.persist(ctx, call, c)
		}
	}
	return false, r.persist(ctx, call, nil)
}

// Finish completes a call after Start and the wait.
func (r *Cluster) Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp {
	if r.reads(ctx, call) {
		gone := finishRead(ctx, r, call, lead)
		if gone != nil {
			r.doubt(false)
		}
		return gone
	}
	c := call.Conn()
	if lead {
		if gone := c.Lead(ctx, call); gone != nil {
			r.doubt(false)
			return gone
		}
	}
	if call.Answered() {
		return nil
	}
	return r.persist(ctx, call, c)
}

// together reports whether all keys of a call belong to one slot, as far as it can be told.
func together(call *conn.Call) bool {
	var room [8][]byte
	keys := room[:0]
	w, _ := wire.Begin(call.Wire, call.Holes, 0)
	if n := w.Left(); n > len(room) {
		keys = make([][]byte, 0, n)
	}
	keys, err := call.Info.AppendKeys(keys, w)
	return err != nil || len(keys) == 0 || oneSlot(keys)
}

// persist handles a call in all cases but the ordinary one. first is a connection on which the call has
// already failed, or nil.
func (r *Cluster) persist(ctx context.Context, call *conn.Call, first *conn.Conn) *conn.GaveUp {
	if first == nil {
		if ctx.Err() != nil {
			return refuse(call, r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent))
		}
		if spread(ctx, r, call) {
			return nil
		}
	}
	var ch chooser = r
	if r.reads(ctx, call) {
		ch = &reading{of: r}
	}
	_, gone := r.policy.retry(ctx, ch, call, first, r.Done())
	if gone != nil {
		r.doubt(false)
	}
	return gone
}

// owner returns the node of a call's slot, nil if the call has no slot or the owner is not known.
func (r *Cluster) owner(call *conn.Call) *member {
	if n, ok := slotOf(call); ok {
		return r.owners[n].Load()
	}
	return nil
}

// slotOf returns the slot of a call's first key, or of the channel that it publishes to: any node would do
// for that, but messages of one channel keep their order only if they take one way. ok is false if the call
// has neither.
func slotOf(call *conn.Call) (n int, ok bool) {
	key, ok := call.Key()
	if !ok && call.Info != nil && (call.Route == nil || call.Route.To == conn.ToOwn) {
		w, _ := wire.Begin(call.Wire, call.Holes, 0)
		key, ok = call.Info.Channel(w)
	}
	if !ok {
		return 0, false
	}
	return slot.Of(key), true
}

// pick returns the node for an attempt, nil if the map is not known, has no owner for the slot, or does not
// have the node any more.
func (r *Cluster) pick(call *conn.Call, last verdict) *member {
	if last.at != nil {
		return r.member(last.at.Addr)
	}
	if route := call.Route; route != nil {
		switch route.To {
		case conn.ToNode:
			if m := r.member(route.Node); m != nil && r.lists(m) {
				return m
			}
			return nil
		case conn.ToSlot:
			return r.owners[route.Slot].Load()
		}
	}
	if n, ok := slotOf(call); ok {
		return r.owners[n].Load()
	}
	return r.anyone()
}

// anyone returns a primary, nil before there is a map. A node without a connection is not chosen while others
// have one: it may be the one that cannot be reached.
func (r *Cluster) anyone() *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.primary) == 0 {
		return nil
	}
	from := rand.IntN(len(r.primary))
	for i := range r.primary {
		if m := r.primary[(from+i)%len(r.primary)]; m.Node.Pool.Ready() != nil {
			return m
		}
	}
	return r.primary[from]
}

// lend returns a connection to the node of a call. While it waits for one it follows changes of the map.
func (r *Cluster) lend(ctx context.Context, call *conn.Call, last verdict) (lease, error) {
	for {
		era := r.now()
		at, err := r.seek(ctx, call, last)
		if err != nil {
			return lease{}, err
		}
		l, err := r.borrow(ctx, era, at, call, last)
		switch {
		case err == nil:
			return l, nil
		case ctx.Err() != nil || r.ctx.Err() != nil || r.over(ctx):
			return lease{}, err
		case at.closed.Load(): // it has left the cluster meanwhile
			last.at = nil
			continue
		case era.Err() != nil &&
			(errors.As(err, new(*conn.GaveUp)) || last.at == nil && r.pick(call, last) != at):
			continue // another node has the slot now
		}
		r.worry(at)
		return lease{}, err
	}
}

// seek is pick for those who can wait until the node is known.
func (r *Cluster) seek(ctx context.Context, call *conn.Call, last verdict) (*member, error) {
	if r.over(ctx) {
		return nil, pool.ErrClosed
	}
	at := r.pick(call, last)
	if at == nil {
		if err := r.look(ctx); err != nil {
			return nil, err
		}
		if at = r.pick(call, last); at == nil {
			return nil, r.nobody(call, last)
		}
	}
	return at, nil
}

// nobody returns the error of a call for which pick finds no node.
func (r *Cluster) nobody(call *conn.Call, last verdict) error {
	if last.at == nil && call.Route != nil && call.Route.To == conn.ToNode {
		return ErrLeft
	}
	return &conn.DialError{Phase: conn.PhaseDial, Err: errNoOwner}
}

// borrow takes a connection to a node, unless the map changes first. If it takes long, the map is asked for:
// the node may have been replaced, and a node that is silent does not say so.
func (r *Cluster) borrow(ctx, era context.Context, at *member, call *conn.Call, last verdict) (lease, error) {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(era, cancel)
	defer stop()
	if at.Node.Pool.Ready() == nil {
		slow := time.AfterFunc(slowLend, func() { r.doubt(true) })
		defer slow.Stop()
	}
	return at.lend(within, call, last)
}

// slowLend is how long a call waits for a connection before the map is asked for.
const slowLend = 250 * time.Millisecond

// errNoOwner is the reason of calls whose slot has no owner.
var errNoOwner = errors.New("no node of the cluster owns the slot of the key")

// ErrLeft is the reason of calls to a node that is not in the cluster any more.
var ErrLeft = fmt.Errorf("the node has left the cluster: %w", pool.ErrNoConn)

// now returns the context that ends with the next change of the map.
func (r *Cluster) now() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.era
}

// homeOf returns the node of a key, nil if it is not known.
func (r *Cluster) homeOf(key []byte) *Node {
	if m := r.owners[slot.Of(key)].Load(); m != nil {
		return m.Node
	}
	return nil
}

// changes is closed with the next change of the map, and with the router: then no call waits any longer to be
// sent again.
func (r *Cluster) changes() <-chan struct{} { return r.now().Done() }

var asking = &conn.Prelude{Wire: resp.AppendCommand(nil, "ASKING"), Replies: 1}

// judge decides what follows an error reply, and learns from redirects.
func (r *Cluster) judge(c *conn.Conn, info *command.Info, refusal string) verdict {
	if v, _, ok := r.redirected(c, refusal); ok {
		return v
	}
	switch code, _ := resp.SplitError(refusal); {
	case readOnly(info, refusal), interrupted(refusal):
		r.doubt(true) // it has become a replica
		return verdict{do: wait}
	case !Unrun(info, refusal):
		return verdict{}
	case code != "TRYAGAIN": // there, the map is right
		r.doubt(true)
	}
	return verdict{do: wait}
}

// redirected judges a redirect, and learns from it. ok is false for all other refusals; news is false if the
// redirect is like what was known before.
func (r *Cluster) redirected(c *conn.Conn, refusal string) (v verdict, news, ok bool) {
	to, ok := slot.ParseRedirect(refusal, c.Node())
	if !ok {
		return v, false, false
	}
	at, from := r.known(to.Addr), r.of(c)
	switch {
	case at == nil: // closed, or too many nodes
		r.doubt(true)
		return verdict{do: wait}, false, true
	case to.Ask:
		return verdict{do: there, at: at.Node, prelude: asking}, false, true
	case at == from:
		c.Retire() // the name may lead somewhere else now, or the node has changed its mind
		r.doubt(true)
	}
	return verdict{do: there, at: at.Node}, r.learn(to.Slot, at, from), true
}

func (r *Cluster) node() string { return r.cfg.Name }

// member returns the node at an address, nil if it is not known.
func (r *Cluster) member(addr string) *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members[addr]
}

// of returns the node that a connection leads to, nil if it is not known any more.
func (r *Cluster) of(c *conn.Conn) *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dialled[c.Node()]
}

// lists reports whether the map has a node.
func (r *Cluster) lists(m *member) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return m.listed
}

// mostStrangers is the most nodes outside of the map. More of them are not the work of a cluster.
const mostStrangers = 256

// known returns the node at an address that a redirect names. The node may be new. It is nil after Close, and
// if there are too many.
func (r *Cluster) known(addr string) *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members[addr] == nil && len(r.members) >= len(r.ids)+len(r.cfg.Seeds)+mostStrangers {
		return nil
	}
	m := r.enter(addr)
	if m != nil {
		m.wanted = conn.Now()
	}
	return m
}

// enter returns the node at an address, which may be new. It is nil after Close. mu is held.
func (r *Cluster) enter(addr string) *member {
	m := r.members[addr]
	if m == nil && r.ctx.Err() == nil {
		m = &member{Single: r.newSingle(addr, conn.Primary)}
		r.members[addr] = m
		r.dialled[m.Node.Pool.Config().Conn.Addr] = m
	}
	return m
}

// newSingle makes the router to one node. mu is held.
func (r *Cluster) newSingle(addr string, role conn.Role) *Single {
	s := &Single{Node: &Node{Addr: addr, Pool: r.cfg.Pool(addr, role)}, Policy: r.policy,
		Exclusive: r.home.Exclusive, Owned: true}
	s.draining.Store(r.draining.Load())
	s.closed.Store(r.closed.Load())
	return s
}

// Pin returns a session on the node of some keys, or on any node if there are no keys.
func (r *Cluster) Pin(ctx context.Context, keys [][]byte) (Session, error) {
	if len(keys) > 0 && !oneSlot(keys) {
		return nil, &Unreached{Node: r.cfg.Name, Err: ErrCrossSlot}
	}
	got, err := r.policy.pin(ctx, r, keys, r.Done())
	if err != nil {
		return nil, err
	}
	return &clusterSession{got.(*Pinned)}, nil
}

// clusterSession is a session on a cluster.
type clusterSession struct{ *Pinned }

// Batch sends a pipeline, once. A transaction over several slots is refused before anything is sent.
func (s *clusterSession) Batch(ctx context.Context, b Batch) {
	if b.Atomic() && !inOneSlot(b) {
		b.Part(nil).Call().NotSent(s.node().Addr, ErrCrossSlot, conn.PhaseQueue)
		return
	}
	s.Pinned.Batch(ctx, b)
}

// Lockers returns the session itself.
func (s *clusterSession) Lockers([]byte) []Router { return []Router{s} }

// inOneSlot reports whether all keys of a pipeline belong to one slot.
func inOneSlot(b Batch) bool {
	var keys [][]byte
	for i := range b.Len() {
		keys, _ = b.AppendKeys(keys, i)
	}
	return len(keys) == 0 || oneSlot(keys)
}

// Lockers returns the router itself.
func (r *Cluster) Lockers([]byte) []Router { return []Router{r} }

// Nodes returns the nodes to which the router has pools: the primaries first, in the order of their slots.
// A node whose replies to reads come over connections of their own is there twice.
func (r *Cluster) Nodes() []*Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*Node
	for _, m := range r.primary {
		list = append(list, m.Node)
	}
	for _, s := range r.all() {
		if !slices.Contains(list, s.Node) {
			list = append(list, s.Node)
		}
	}
	return list
}

// Owners returns the address of the owner of each slot, "" if there is none. It waits for a map, or with
// fresh for a new one. If ok is false the call has ended.
func (r *Cluster) Owners(ctx context.Context, call *conn.Call, fresh bool) (list []string, ok bool) {
	if !r.await(ctx, call) {
		return nil, false
	}
	if fresh {
		if err := r.look(ctx); ctx.Err() != nil || r.ctx.Err() != nil {
			fail(call, r.cfg.Name, err)
			return nil, false
		}
	}
	list = make([]string, slot.Count)
	for i := range list {
		if m := r.owners[i].Load(); m != nil {
			list[i] = m.Node.Addr
		}
	}
	return list, true
}

// OwnerOf returns the owner of a key. It waits for a map. If ok is false the call has ended.
func (r *Cluster) OwnerOf(ctx context.Context, call *conn.Call, key []byte) (owner Member, ok bool) {
	if !r.await(ctx, call) {
		return owner, false
	}
	m := r.owners[slot.Of(key)].Load()
	if m == nil {
		fail(call, r.cfg.Name, &conn.DialError{Phase: conn.PhaseDial, Err: errNoOwner})
		return owner, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return m.member(), true
}

// Member is a node of the map.
type Member struct {
	slot.Node
	Replica bool
}

// Members returns the primaries, each with its replicas behind it.
func (r *Cluster) Members() (list []Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.primary {
		list = append(list, m.member())
		for _, n := range m.replicas {
			if one := r.staff[n.Addr]; one != nil {
				n.Zone, _ = one.where()
			}
			list = append(list, Member{Node: n, Replica: true})
		}
	}
	return list
}

// member describes a primary. Cluster.mu is held.
func (m *member) member() Member {
	n := slot.Node{ID: m.id, Addr: m.Node.Addr}
	n.Zone, _ = (&replica{Single: m.Single, zone: m.zone}).where()
	return Member{Node: n}
}

// Changed is closed at the next change of the map.
func (r *Cluster) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// Done is closed with the router.
func (r *Cluster) Done() <-chan struct{} { return r.ctx.Done() }

// Close refuses all further calls and closes the pools.
func (r *Cluster) Close() {
	r.closed.Store(true)
	r.draining.Store(false)
	r.mu.Lock() // no goroutine begins from here on
	r.stop()
	all := r.all()
	r.mu.Unlock()
	for _, m := range all {
		m.Close()
	}
	r.home.Close()
	r.work.Wait()
}

// all returns the routers to all nodes. mu is held.
func (r *Cluster) all() []*Single {
	list := make([]*Single, 0, len(r.members)+len(r.staff))
	for _, m := range r.members {
		list = append(list, m.Single)
	}
	for _, one := range r.staff {
		list = append(list, one.Single)
	}
	return list
}

// over reports whether a call is refused because the router is closed, or draining.
func (r *Cluster) over(ctx context.Context) bool {
	return r.closed.Load() && (!r.draining.Load() || ctx.Value(onward{}) == nil)
}

// Stop refuses further calls, except those with a context from Onward.
func (r *Cluster) Stop() {
	r.draining.Store(true)
	r.closed.Store(true)
	for _, m := range r.snapshot() {
		m.Stop()
	}
}

// Held returns the number of calls and sessions that have an exclusive connection, or wait for one.
func (r *Cluster) Held() (n int) {
	n = int(r.held.Load())
	for _, m := range r.snapshot() {
		n += m.Held()
	}
	return n
}

// Settle ends the permission of Onward.
func (r *Cluster) Settle() (calls func() int) {
	r.draining.Store(false)
	var counts []func() int
	for _, m := range r.snapshot() {
		counts = append(counts, m.Settle())
	}
	return func() (n int) {
		for _, count := range counts {
			n += count()
		}
		return n
	}
}

func (r *Cluster) snapshot() []*Single {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all()
}
