package route

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/resp"
)

// lookup is a question for the map. Everyone who needs the answer waits for the same question.
type lookup struct {
	done  chan struct{}
	hurry chan struct{} // capacity 1; a call waits for the answer
	err   error
}

// paces are the pauses before the questions of a burst while calls wait, each since the end of the one
// before. The last one holds for all further questions.
var paces = [...]time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	250 * time.Millisecond}

// calm is the time without a question after which the next one is asked at once. It is also the mean pause
// between questions while no call waits.
const calm = time.Second

const (
	// mapStagger is how long a question for the map waits for one node before it goes to the next one as
	// well.
	mapStagger = 100 * time.Millisecond
	// mapPatience bounds the wait for one node.
	mapPatience = 5 * time.Second
	// mostPartial is the most answers with the same number of slots that are heard before one of them is
	// believed.
	mostPartial = 3
	// believedFor is how long a redirect counts more than the map of a node that names the owner before.
	believedFor = 10 * time.Second
	// strangersFor is how long a node is kept that a redirect has named, but not the map.
	strangersFor = time.Minute
)

var (
	errPartial = errors.New("the answer does not have all slots")
	errForeign = errors.New("the answer is that of another cluster")
)

// doubt has the map looked at again, because a node did not answer or is not what the map says. urgent says
// that a call waits for another map.
func (r *Cluster) doubt(urgent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ask(urgent)
}

// worry is doubt about a node that could not be reached. Redirects that have named it do
// not count any more.
func (r *Cluster) worry(at *member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.learnt {
		if r.owners[n].Load() == at {
			delete(r.learnt, n)
		}
	}
	r.ask(true)
}

// look waits for a question for the map, which it begins if none is under way.
func (r *Cluster) look(ctx context.Context) error {
	r.mu.Lock()
	l := r.ask(true)
	r.mu.Unlock()
	if l == nil {
		return pool.ErrClosed
	}
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return conn.NewGaveUp(ctx, conn.NotSent)
	}
}

// ask begins a question for the map, or joins the one under way. It returns nil after Close. mu is held.
func (r *Cluster) ask(urgent bool) *lookup {
	if r.ctx.Err() != nil {
		return nil
	}
	l := r.lookup
	if l == nil {
		l = &lookup{done: make(chan struct{}), hurry: make(chan struct{}, 1)}
		r.lookup = l
		r.work.Go(func() { r.answer(l) })
	}
	if urgent {
		select {
		case l.hurry <- struct{}{}:
		default:
		}
	}
	return l
}

// answer asks, when it is time.
func (r *Cluster) answer(l *lookup) {
	r.pace(l)
	l.err = r.question()
	r.mu.Lock()
	r.looked, r.lookup = conn.Now(), nil
	tick := !r.ticking && r.ctx.Err() == nil
	r.ticking = r.ticking || tick
	r.mu.Unlock()
	close(l.done)
	if tick {
		r.work.Go(r.tick)
	}
}

// pace waits until a question may be asked: at once, or if there was one before, after a pause.
func (r *Cluster) pace(l *lookup) {
	r.mu.Lock()
	looked, n := r.looked, r.burst
	if looked == 0 || conn.Now()-looked > calm {
		n = 0
	}
	r.burst = n + 1
	r.mu.Unlock()
	if n == 0 {
		return
	}
	soon := paces[min(n, len(paces)-1)]
	late := time.NewTimer(max(soon, backoff.Around(calm)) - (conn.Now() - looked))
	defer late.Stop()
	select {
	case <-late.C:
	case <-r.ctx.Done():
	case <-l.hurry:
		backoff.Wait(r.ctx, soon-(conn.Now()-looked), nil)
	}
}

// tick looks at the map from time to time, and more often while a node is silent that owes a reply: nobody
// would notice that it was replaced if no call to it has a deadline.
func (r *Cluster) tick() {
	for r.rest() {
		r.mu.Lock()
		l := r.ask(false)
		r.mu.Unlock()
		if l == nil {
			return
		}
		<-l.done
	}
}

// rest waits until the next look at the map. It returns false after Close.
func (r *Cluster) rest() bool {
	for left := backoff.Around(r.cfg.Every); left > 0; left -= calm {
		if !backoff.Wait(r.ctx, min(left, calm), nil) {
			return false
		}
		if slices.ContainsFunc(r.snapshot(), silent) {
			return true
		}
	}
	return r.ctx.Err() == nil
}

// silent reports whether a node owes a reply and says nothing.
func silent(s *Single) bool { return s.Node.Pool.Silent(calm) }

var wireSlots = resp.AppendCommand(nil, "CLUSTER", "SLOTS")

// mapAnswer is what one node says about the map.
type mapAnswer struct {
	addr   string
	layout slot.Layout
	err    error
	began  time.Duration
}

// question asks nodes for the map until one gives a good one. It asks one node, and another one when that
// fails, or is silent for mapStagger. An answer that does not have all slots, or that names no node of the
// present map, is taken only if there is none better.
func (r *Cluster) question() error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	list := r.advisers()
	answers := make(chan mapAnswer, len(list))
	asked, pending := 0, 0
	next := func() {
		if asked < len(list) {
			addr := list[asked]
			asked, pending = asked+1, pending+1
			r.work.Go(func() { answers <- r.askNode(ctx, addr) })
		}
	}
	unknown := &follow.Unknown{Service: r.cfg.Name}
	var best *mapAnswer
	alike := 0
	next()
	timer := time.NewTicker(mapStagger)
	defer timer.Stop()
	for pending > 0 && alike < mostPartial {
		select {
		case a := <-answers:
			pending--
			if a.err == nil {
				if a.err = r.flaw(a.layout); a.err == nil {
					return r.adopt(a.layout, a.began)
				}
				switch {
				case best == nil, errors.Is(best.err, errForeign) && !errors.Is(a.err, errForeign),
					a.layout.Covered > best.layout.Covered && !errors.Is(a.err, errForeign):
					best, alike = &a, 0
				case a.layout.Covered == best.layout.Covered && errors.Is(a.err, errPartial):
					alike++
				}
			}
			unknown.Reasons = append(unknown.Reasons, follow.Reason{Addr: a.addr, Err: a.err})
			next()
		case <-timer.C:
			next()
		case <-r.ctx.Done():
			return pool.ErrClosed
		}
	}
	if best != nil {
		return r.adopt(best.layout, best.began)
	}
	return &conn.DialError{Phase: conn.PhaseDial, Err: unknown}
}

// flaw returns why an answer is not as good as others may be, nil if it is good.
func (r *Cluster) flaw(l slot.Layout) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mapped.Load() && !r.relates(l) {
		return errForeign
	}
	if l.Covered < slot.Count {
		return errPartial
	}
	return nil
}

// relates reports whether a layout has a node of the present map, or does not tell. mu is held.
func (r *Cluster) relates(l slot.Layout) bool {
	any := false
	for _, rg := range l.Ranges {
		for _, n := range append([]slot.Node{rg.Primary}, rg.Replicas...) {
			any = any || n.ID != ""
			if r.ids[n.ID] {
				return true
			}
		}
	}
	return !any || len(r.ids) == 0
}

// advisers returns the addresses of nodes that may know the map: known primaries in any order, first those
// with a connection; their replicas, and the seeds.
func (r *Cluster) advisers() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ready, list []string
	for _, i := range rand.Perm(len(r.primary)) {
		if m := r.primary[i]; m.Node.Pool.Ready() != nil {
			ready = append(ready, m.Node.Addr)
		} else {
			list = append(list, m.Node.Addr)
		}
	}
	list = append(ready, list...)
	for _, m := range r.primary {
		for _, n := range m.replicas {
			list = append(list, n.Addr)
		}
	}
	list = append(list, r.cfg.Seeds...)
	seen := make(map[string]bool)
	return slices.DeleteFunc(list, func(addr string) bool {
		was := seen[addr]
		seen[addr] = true
		return was
	})
}

// askNode asks one node for the map.
func (r *Cluster) askNode(ctx context.Context, addr string) mapAnswer {
	ctx, cancel := context.WithTimeout(ctx, mapPatience)
	defer cancel()
	a := mapAnswer{addr: addr}
	r.mu.Lock()
	at := r.enter(addr)
	r.mu.Unlock()
	if at == nil {
		a.err = pool.ErrClosed
		return a
	}
	c, err := at.Node.Pool.Shared(ctx)
	a.began = conn.Now()
	if err == nil {
		err = c.Ask(ctx, wireSlots, func(frame []byte) {
			a.layout, a.err = slot.ParseLayout(frame, c.Node())
		})
	}
	if err != nil {
		a.err = err
	}
	return a
}

// adopt makes a layout the map. began is when its question was asked. Slots that it does not have keep their
// owners, and so do those of which a redirect has said more.
func (r *Cluster) adopt(l slot.Layout, began time.Duration) error {
	r.mu.Lock()
	if r.ctx.Err() != nil {
		r.mu.Unlock()
		return pool.ErrClosed
	}
	before := r.primary
	changed := !r.mapped.Load()
	for _, m := range r.members {
		m.listed = false
	}
	staffed := make(map[*member][]slot.Node) // the replicas before
	r.edition.Add(1)
	r.ids = make(map[string]bool)
	for _, rg := range l.Ranges {
		m := r.enter(rg.Primary.Addr)
		if m.id != rg.Primary.ID {
			m.id, changed = rg.Primary.ID, true
		}
		if !m.listed {
			staffed[m] = m.replicas
			m.listed, m.replicas, m.zone = true, nil, rg.Primary.Zone
		}
		for _, node := range append([]slot.Node{rg.Primary}, rg.Replicas...) {
			if node.ID != "" {
				r.ids[node.ID] = true
			}
		}
		for _, replica := range rg.Replicas {
			if !slices.Contains(m.replicas, replica) {
				m.replicas = append(m.replicas, replica)
			}
			if known := r.members[replica.Addr]; known != nil {
				known.listed = true
			}
		}
		for s := rg.First; s <= rg.Last; s++ {
			if was := r.owners[s].Load(); was != m && !r.holds(s, m, began) {
				r.owners[s].Store(m)
				if changed = true; was != nil {
					was.robbed = true
				}
			}
		}
	}
	r.edition.Add(1)
	owning := r.order()
	for m, replicas := range staffed {
		changed = changed || !sameNodes(m.replicas, replicas)
	}
	var fallen []*member
	for _, m := range before {
		if !owning[m] {
			fallen, changed = append(fallen, m), true
		}
	}
	risen := slices.DeleteFunc(slices.Clone(r.primary), func(m *member) bool {
		return slices.Contains(before, m)
	})
	first := !r.mapped.Load()
	r.mapped.Store(true)
	r.appoint()
	r.leave(owning)
	if changed {
		r.turned()
	}
	r.sure = began
	deaf := r.deaf()
	r.mu.Unlock()
	if !first && len(risen)+len(fallen) > 0 {
		r.cfg.Logger.Warn("redpoll: other nodes are the primaries of the cluster", "service", r.cfg.Name,
			"new", addrsOf(risen), "gone", addrsOf(fallen))
	}
	for _, m := range append(fallen, deaf...) {
		m.Node.Pool.Moved() // calls in flight may wait for a node that is not there any more
	}
	return nil
}

// deaf returns nodes that have lost slots and have been silent since. One that is silent for less time may be
// busy: a server answers nobody while it sends a large key away. mu is held.
func (r *Cluster) deaf() (list []*member) {
	for _, m := range r.members {
		switch {
		case !m.robbed:
		case m.Node.Pool.Silent(mapPatience):
			m.robbed, list = false, append(list, m)
		default:
			m.robbed = silent(m.Single)
		}
	}
	return list
}

// sameNodes reports whether two lists have the same nodes in any order.
func sameNodes(a, b []slot.Node) bool {
	other := func(n slot.Node) bool { return !slices.Contains(b, n) }
	return len(a) == len(b) && !slices.ContainsFunc(a, other)
}

// addrsOf returns the addresses of nodes.
func addrsOf(list []*member) []string {
	addrs := make([]string, len(list))
	for i, m := range list {
		addrs[i] = m.Node.Addr
	}
	return addrs
}

// holds reports whether a redirect has said more about a slot than a layout that gives it to m. Either the
// redirect came later, or the layout names the node that sent it: nodes may know that a slot is gone before
// their map says so. mu is held.
func (r *Cluster) holds(n int, m *member, began time.Duration) bool {
	k, ok := r.learnt[n]
	if !ok {
		return false
	}
	if k.when >= began || k.from == m && conn.Now()-k.when < believedFor {
		return true
	}
	delete(r.learnt, n)
	return false
}

// order lists the primaries in the order of their first slots, and returns them as a set. mu is held.
func (r *Cluster) order() (owning map[*member]bool) {
	owning = make(map[*member]bool)
	r.primary = nil
	var last *member
	for i := range r.owners {
		if m := r.owners[i].Load(); m != nil && m != last {
			if last = m; !owning[m] {
				owning[m], m.listed, m.first = true, true, i
				r.primary = append(r.primary, m)
			}
		}
	}
	return owning
}

// learn takes the owner of one slot from a redirect that another node has sent. news says that it was
// another one before.
func (r *Cluster) learn(n int, at, from *member) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.learnt) > slot.Count/4 {
		clear(r.learnt)
	}
	r.learnt[n] = learnt{conn.Now(), from}
	if r.owners[n].Load() == at {
		return false
	}
	r.edition.Add(1)
	r.owners[n].Store(at)
	r.edition.Add(1)
	if !slices.Contains(r.primary, at) {
		r.order()
	}
	r.turned()
	r.ask(false)
	return true
}

// turned tells those who wait for a connection that the map has changed. mu is held.
func (r *Cluster) turned() {
	r.sureBefore = r.sure
	r.turn()
	r.era, r.turn = context.WithCancel(r.ctx)
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// leave closes the pools of nodes that are not in the cluster any more, when their calls have had time to
// end. A node without slots that a redirect has named stays for a while: it may be about to get its first
// one. mu is held.
func (r *Cluster) leave(owning map[*member]bool) {
	now := conn.Now()
	for addr, m := range r.members {
		if m.listed || owning[m] || slices.Contains(r.cfg.Seeds, addr) ||
			m.wanted != 0 && now-m.wanted < strangersFor {
			continue
		}
		delete(r.members, addr)
		if dialled := m.Node.Pool.Config().Conn.Addr; r.dialled[dialled] == m {
			delete(r.dialled, dialled)
		}
		r.work.Go(m.retire(r.Done()))
	}
}
