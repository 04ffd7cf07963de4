// Package follow keeps track of which server is the primary of a deployment and which are its replicas, where
// that changes. A Follower asks a Source, hears its news, and tells the pools that lead to the primary.
package follow

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// View says who is who.
type View struct {
	Primary  string   // its address
	Replicas []string // addresses of the replicas that are fit for reads
	// Members are the addresses of all servers of the deployment besides the primary, fit or not. nil if the
	// source was not asked for them.
	Members []string
	// Epoch is the number of the configuration: a view with a lower one is out of date. 0 if the source has
	// no such numbers.
	Epoch uint64
	// Anew says that epochs were reset, so this view is accepted although its Epoch is lower.
	Anew bool
	// From is the address of who says so; "" if it does not matter.
	From string
}

// Continues reports whether a view can be believed on one word, since it goes on from the one before: it
// names the same primary or, in a newer configuration, another server of the same deployment. The Sentinel
// that gave the earlier view may name another server with the same number: it counts first and switches then.
func (v View) Continues(prior View) bool {
	switch {
	case v.Primary == prior.Primary:
		return v.Epoch >= prior.Epoch
	case !slices.Contains(prior.Members, v.Primary):
		return false
	}
	return v.Epoch > prior.Epoch || v.Epoch == prior.Epoch && v.From == prior.From
}

// Question is what a Source is asked.
type Question struct {
	Prior View // the newest view so far
	// Refuted is a server that was named as the primary and could not be used as one; "" if there is none.
	Refuted string
	Demoted bool // the refuted server is a replica, as it says itself
	// Denied is a view whose primary was a replica, while another server was the primary. The same view does
	// not count again, unless most agree to it.
	Denied   View
	Thorough bool // everyone is asked
}

// Source knows who is who. Its methods may be called by several goroutines.
type Source interface {
	// Ask returns a view. If nobody knows the primary the error is an *Unknown.
	Ask(ctx context.Context, q Question) (View, error)
	// Watch passes on views that the source hears of, until the context ends. news may block. It returns
	// whether the view was believed.
	Watch(ctx context.Context, news func(View) bool)
	// Close closes the connections of the source. It is called when no other method runs any more.
	Close()
}

// Failing is a Source that knows nothing, and gives its error instead.
type Failing struct{ Err error }

// Ask returns the error.
func (f Failing) Ask(context.Context, Question) (View, error) { return View{}, f.Err }

// Watch has no news.
func (f Failing) Watch(context.Context, func(View) bool) {}

// Close does nothing.
func (f Failing) Close() {}

// Unknown is the error for a primary, or for replicas, that nobody could name.
type Unknown struct {
	Service string // the name of the deployment
	Replica bool   // a replica was wanted, and neither that nor the primary was found
	// Sentinels says that Sentinels were asked, and not the servers themselves.
	Sentinels bool
	None      bool // there are answers, and they name no replica that is up
	Reasons   []Reason
}

// Reason says why one server did not name the primary.
type Reason struct {
	Addr string
	Err  error
}

func (e *Unknown) Error() string {
	text := "no primary for " + e.Service
	if e.Replica {
		text = "neither a replica nor a primary for " + e.Service
	}
	for _, r := range e.Reasons {
		text += "; " + r.Addr + ": " + r.Err.Error()
	}
	return text
}

// Permanent reports whether asking again would fail in the same way: every attempt failed for a lasting
// reason, such as a wrong password.
func (e *Unknown) Permanent(lasting func(error) bool) bool {
	passing := func(r Reason) bool { return !lasting(r.Err) }
	return len(e.Reasons) > 0 && !slices.ContainsFunc(e.Reasons, passing)
}

// Config says how a Follower works. All defaults are filled in already.
type Config struct {
	Name   string // of the deployment
	Source Source
	// Node makes the configuration for connections to a server of the view.
	Node func(addr string) *conn.Config
	// Every is the time between two thorough questions, give or take a half.
	Every  time.Duration
	Logger *slog.Logger
}

// Follower keeps a View up to date from its first use to Close. It needs two goroutines then, and none
// before.
type Follower struct {
	cfg  Config
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	view    View
	known   bool   // view is from the source, and nothing contradicts it
	refuted string // the server that contradicts it
	demoted bool   // because it is a replica
	denied  View   // a view that was wrong, see Question
	failure error  // of the last question, nil if it was answered
	asking  *asking
	used    bool
	pools   []*pool.Pool // lead to the primary
	reads   []*pool.Pool // lead to replicas
	nodes   map[string]*conn.Config
	changed chan struct{} // closed at the next change of view; nil if nobody waits
}

// asking is a question under way. Everyone who needs the answer waits for the same question.
type asking struct {
	done chan struct{}
	view View
	err  error
}

// New makes a Follower. It asks nobody before its first use.
func New(cfg Config) *Follower {
	f := &Follower{cfg: cfg, nodes: make(map[string]*conn.Config)}
	f.ctx, f.stop = context.WithCancel(context.Background())
	return f
}

// Lead makes a pool one of those that lead to the primary. The pool's Locator is f.Primary().
func (f *Follower) Lead(p *pool.Pool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pools = append(f.pools, p)
}

// Close ends the goroutines and closes the source. Close the pools first.
func (f *Follower) Close() {
	f.mu.Lock() // no goroutine begins from here on
	f.stop()
	f.mu.Unlock()
	f.work.Wait()
	f.cfg.Source.Close()
}

// View returns the newest view, which may be out of date, without asking anybody. Before the first answer it
// is the zero value.
func (f *Follower) View() View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view
}

// Changed returns a channel that is closed when the view changes.
func (f *Follower) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return f.changed
}

// Current returns the view. It asks the source if nothing is known, or if what is known is in doubt.
func (f *Follower) Current(ctx context.Context) (View, error) {
	f.mu.Lock()
	f.begin()
	if f.known || f.ctx.Err() != nil {
		v, err := f.view, error(nil)
		if f.ctx.Err() != nil {
			err = pool.ErrClosed
		}
		f.mu.Unlock()
		return v, err
	}
	a := f.ask()
	f.mu.Unlock()
	select {
	case <-a.done:
		return a.view, a.err
	case <-ctx.Done():
		return View{}, conn.NewGaveUp(ctx, conn.NotSent)
	}
}

// begin starts the goroutines at the first use. mu is held.
func (f *Follower) begin() {
	if f.used || f.ctx.Err() != nil {
		return
	}
	f.used = true
	f.work.Go(func() { f.cfg.Source.Watch(f.ctx, f.heard) })
	f.work.Go(f.repeat)
}

// repeat asks thoroughly from time to time.
func (f *Follower) repeat() {
	for backoff.Wait(f.ctx, backoff.Around(f.cfg.Every), nil) {
		f.mu.Lock()
		a := f.ask()
		f.mu.Unlock()
		<-a.done
	}
}

// ask joins the question under way, or begins one. mu is held, and the Follower is not closed.
func (f *Follower) ask() *asking {
	if f.asking == nil {
		a := &asking{done: make(chan struct{})}
		f.asking = a
		q := Question{Prior: f.view, Refuted: f.refuted, Demoted: f.demoted, Denied: f.denied, Thorough: true}
		f.work.Go(func() {
			v, err := f.cfg.Source.Ask(f.ctx, q)
			f.answered(a, q, v, err)
		})
	}
	return f.asking
}

// errOutOfDate is the error of an answer that is older than one that was heard meanwhile.
var errOutOfDate = errors.New("the answer is out of date")

// answered ends a question.
func (f *Follower) answered(a *asking, q Question, v View, err error) {
	f.mu.Lock()
	f.asking = nil
	var moved []*pool.Pool
	// An answer that is older than what was heard meanwhile comes too late.
	if err == nil && (f.view.Primary == q.Prior.Primary || v.Continues(f.view)) {
		moved = f.adopt(v)
	}
	switch {
	case f.known:
		a.view = f.view
	case f.ctx.Err() != nil:
		a.err = pool.ErrClosed
	case err == nil:
		a.err = errOutOfDate
	default:
		a.err, f.failure = err, err
	}
	close(a.done)
	f.mu.Unlock()
	tell(moved)
}

// heard takes a view that the source has heard of, and reports whether it is believed. The first view, and
// one that does not go on from the last one, has to be confirmed by the answer to a question.
func (f *Follower) heard(v View) bool {
	f.mu.Lock()
	if f.ctx.Err() == nil && v.Epoch >= f.view.Epoch && !f.believes(v) {
		a := f.ask()
		f.mu.Unlock()
		<-a.done
		f.mu.Lock()
	}
	believed := f.believes(v)
	var moved []*pool.Pool
	if believed {
		moved = f.adopt(v)
	}
	f.mu.Unlock()
	tell(moved)
	return believed
}

// believes reports whether a view counts on one word. mu is held.
func (f *Follower) believes(v View) bool {
	again := v.Primary == f.denied.Primary && v.Epoch <= f.denied.Epoch
	return v.Continues(f.view) && (!again || v.Primary == f.view.Primary)
}

// adopt makes a view the current one, unless it is out of date. It returns the pools whose servers have
// moved. mu is held.
func (f *Follower) adopt(v View) (moved []*pool.Pool) {
	if v.Epoch < f.view.Epoch && !v.Anew {
		return nil
	}
	old := f.view
	v.Anew = false
	if v.Members == nil && old.Primary == v.Primary {
		v.Members = old.Members
	} else if v.Members == nil && slices.Contains(old.Members, v.Primary) {
		v.Members = append(slices.Clone(old.Members), old.Primary)
	}
	if f.demoted && v.Primary != f.refuted {
		f.denied = old
	}
	f.view, f.known, f.refuted, f.demoted, f.failure = v, true, "", false, nil
	if old.Primary != v.Primary && old.Primary != "" {
		f.cfg.Logger.Warn("redpoll: another server is the primary", "from", old.Primary, "node", v.Primary)
		moved = slices.Clone(f.pools)
	}
	if old.Primary == v.Primary && slices.Equal(old.Replicas, v.Replicas) {
		return nil
	}
	if old.Primary != "" {
		moved = append(moved, f.reads...)
	}
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
	return moved
}

// tell tells pools that their server has moved.
func tell(moved []*pool.Pool) {
	for _, p := range moved {
		p.Moved()
	}
}

// doubt notes that the server at an address cannot be used as the primary.
func (f *Follower) doubt(addr string, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.view.Primary != "" && addr == f.node(f.view.Primary).Addr {
		f.known, f.refuted = false, f.view.Primary
		f.demoted = f.demoted || errors.Is(why, conn.ErrNotPrimary)
	}
}

// node returns the configuration for a server. Connections to one server share what they learn about it. mu
// is held.
func (f *Follower) node(addr string) *conn.Config {
	cfg := f.nodes[addr]
	if cfg == nil {
		if len(f.nodes) > 100 { // addresses that come and go, as in containers
			clear(f.nodes)
		}
		cfg = f.cfg.Node(addr)
		f.nodes[addr] = cfg
	}
	return cfg
}

// Primary returns the Locator of pools that lead to the primary.
func (f *Follower) Primary() pool.Locator { return (*primary)(f) }

// primary is a Follower as the Locator of the primary.
type primary Follower

func (p *primary) Locate(ctx context.Context) ([]*conn.Config, error) {
	f := (*Follower)(p)
	v, err := f.Current(ctx)
	if err != nil {
		return nil, unlocated(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return []*conn.Config{f.node(v.Primary)}, nil
}

func (p *primary) Doubt(addr string, why error) { (*Follower)(p).doubt(addr, why) }

func (p *primary) Missing() error { return (*Follower)(p).missing() }

// missing returns the error for calls that end before anybody was named; nil if there is a view.
func (f *Follower) missing() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.known:
		return nil
	case f.failure != nil:
		return f.failure
	case f.view.Primary != "":
		return nil
	}
	return &Unknown{Service: f.cfg.Name}
}

// unlocated makes an error one of connecting, after which the pool pauses.
func unlocated(err error) error {
	var dial *conn.DialError
	if errors.As(err, &dial) || errors.Is(err, pool.ErrClosed) {
		return err
	}
	return &conn.DialError{Phase: conn.PhaseDial, Err: err}
}
