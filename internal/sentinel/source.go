// Package sentinel asks Redis Sentinels who the primary of a service is, and hears from them when that
// changes.
package sentinel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/resp"
)

// Config says which service is meant, and how its Sentinels are reached. All defaults are filled in already.
type Config struct {
	Name  string   // of the service
	Seeds []string // addresses of Sentinels; they are never forgotten
	// Sentinel makes the configuration for connections to a Sentinel.
	Sentinel func(addr string) *conn.Config
	// MinOthers is how many other Sentinels one must know for its answer to count.
	MinOthers int
	// Replicas says that views have replicas.
	Replicas bool
	Logger   *slog.Logger
}

const (
	// stagger is how long a question waits for one Sentinel before it goes to the next one as well.
	stagger = 100 * time.Millisecond
	// patience is how long to wait for the other Sentinels after the first answer.
	patience = 250 * time.Millisecond
)

// errPatience is the reason of Sentinels that did not answer while others did.
var errPatience = errors.New("does not answer")

// Source asks Sentinels. It implements follow.Source.
type Source struct {
	cfg   Config
	peers follow.Peers
	work  sync.WaitGroup // questions whose answers nobody needs any more

	mu      sync.Mutex
	addrs   []string      // seeds and named Sentinels, the one that answered last first
	changed chan struct{} // closed when addrs has others than before
	closed  bool
}

// New makes a Source.
func New(cfg Config) *Source {
	return &Source{
		cfg: cfg, peers: follow.Peers{Config: cfg.Sentinel},
		addrs: distinct(cfg.Seeds), changed: make(chan struct{}),
	}
}

// distinct returns a list without repetitions.
func distinct(list []string) (once []string) {
	for _, one := range list {
		if !slices.Contains(once, one) {
			once = append(once, one)
		}
	}
	return once
}

// Close closes all connections to Sentinels. Questions under way fail.
func (s *Source) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.peers.Close()
	s.work.Wait()
}

// begin runs a question in a goroutine that Close waits for, unless s is closed.
func (s *Source) begin(ask func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Go(ask)
	}
	return !s.closed
}

// answer is what one Sentinel says.
type answer struct {
	addr string
	view follow.View
	err  error
}

// said reports whether a Sentinel has answered, whatever it said.
func (a answer) said() bool {
	var said *Says
	var refused *conn.Refused
	return a.err == nil || errors.As(a.err, &said) || errors.As(a.err, &refused)
}

// Ask asks one Sentinel after the other, without waiting long for any of them, until one names a primary that
// is up. A thorough question goes to all at once, and the newest configuration counts.
func (s *Source) Ask(ctx context.Context, q follow.Question) (follow.View, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := s.survey(ctx, s.view)
	asked.q, asked.all = q, q.Thorough
	best, reasons := asked.run()
	if best == nil {
		return follow.View{}, &follow.Unknown{Service: s.cfg.Name, Sentinels: true, Reasons: reasons}
	}
	s.prefer(best.addr)
	return best.view, nil
}

// Replicas asks for the replicas that are fit for reads, as Ask does for the primary. A Sentinel that knows
// none is passed over. The list is empty if there are none. If no Sentinel could be asked the error is a
// *follow.Unknown.
func (s *Source) Replicas(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	best, reasons := s.survey(ctx, func(ctx context.Context, addr string) (v follow.View, err error) {
		v.Replicas, err = s.replicas(ctx, addr)
		if err == nil && len(v.Replicas) == 0 {
			err = &Says{"knows no replica that is up"}
		}
		return v, err
	}).run()
	if best != nil {
		s.prefer(best.addr)
		return best.view.Replicas, nil
	}
	for _, r := range reasons {
		if (answer{err: r.Err}).said() {
			return nil, nil
		}
	}
	return nil, &follow.Unknown{Service: s.cfg.Name, Replica: true, Sentinels: true, Reasons: reasons}
}

// survey prepares a question to one Sentinel after the other.
func (s *Source) survey(ctx context.Context, ask func(context.Context, string) (follow.View, error)) *survey {
	addrs := s.list()
	return &survey{s: s, ctx: ctx, ask: ask, addrs: addrs, answers: make(chan answer, len(addrs))}
}

// survey is a question to several Sentinels.
type survey struct {
	s       *Source
	ctx     context.Context
	ask     func(ctx context.Context, addr string) (follow.View, error)
	q       follow.Question
	addrs   []string
	all     bool // everyone is asked
	answers chan answer
	asked   int // how many have been asked, in the order of addrs
	pending map[string]bool
}

// next asks one more Sentinel, if there is one.
func (a *survey) next() {
	if a.asked == len(a.addrs) {
		return
	}
	addr := a.addrs[a.asked]
	a.asked++
	a.pending[addr] = true
	if !a.s.begin(func() {
		v, err := a.ask(a.ctx, addr)
		a.answers <- answer{addr, v, err}
	}) {
		a.answers <- answer{addr: addr, err: pool.ErrClosed}
	}
}

// run returns the answer that counts, nil if there is none, and what the others said.
func (a *survey) run() (best *answer, reasons []follow.Reason) {
	a.pending = make(map[string]bool)
	for a.next(); a.all && a.asked < len(a.addrs); {
		a.next()
	}
	wait := stagger
	if a.all {
		wait = time.Hour // until the first answer
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var outOfDate []answer
	for answered := false; len(a.pending) > 0; {
		select {
		case got := <-a.answers:
			delete(a.pending, got.addr)
			switch reason := a.weigh(got); {
			case reason != nil:
				reasons = append(reasons, follow.Reason{Addr: got.addr, Err: reason})
				if got.err == nil {
					outOfDate = append(outOfDate, got)
				}
				a.next() // at once
			case !a.all:
				return &got, nil
			case best == nil || a.better(got.view, best.view):
				best = &got
			}
			if !answered && got.said() && a.asked == len(a.addrs) {
				answered = true
				timer.Reset(patience)
			}
		case <-timer.C:
			if answered {
				return a.elect(best, outOfDate), a.silent(reasons, errPatience)
			}
			a.next()
			timer.Reset(stagger)
		case <-a.ctx.Done():
			return nil, a.silent(reasons, conn.NewGaveUp(a.ctx, conn.NotSent))
		}
	}
	return a.elect(best, outOfDate), reasons
}

// elect returns the best answer. If there is none, and most Sentinels name a primary with an older
// configuration than the newest one so far, then Sentinels have lost their memory, for example because all
// were installed anew: the best of these answers counts. A few such Sentinels prove nothing.
func (a *survey) elect(best *answer, outOfDate []answer) *answer {
	if best != nil || 2*len(outOfDate) <= len(a.addrs) {
		return best
	}
	for i := range outOfDate {
		if best == nil || a.better(outOfDate[i].view, best.view) {
			best = &outOfDate[i]
		}
	}
	best.view.Anew = true
	return best
}

// silent adds those that have not answered.
func (a *survey) silent(reasons []follow.Reason, why error) []follow.Reason {
	for _, addr := range a.addrs {
		if a.pending[addr] {
			reasons = append(reasons, follow.Reason{Addr: addr, Err: why})
		}
	}
	return reasons
}

// weigh returns why an answer does not count, nil if it does.
func (a *survey) weigh(got answer) error {
	if got.err == nil && got.view.Epoch < a.q.Prior.Epoch {
		return &Says{fmt.Sprintf("names %s, which is out of date", got.view.Primary)}
	}
	return got.err
}

// better reports whether a view is newer than another one, or does not name the server that was refuted.
func (a *survey) better(v, than follow.View) bool {
	if v.Epoch != than.Epoch {
		return v.Epoch > than.Epoch
	}
	return than.Primary == a.q.Refuted && v.Primary != a.q.Refuted
}

// list returns the Sentinels in the order in which they are asked.
func (s *Source) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.addrs)
}

// prefer makes a Sentinel the first to be asked.
func (s *Source) prefer(addr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.addrs, addr); i > 0 {
		s.addrs = slices.Insert(slices.Delete(s.addrs, i, i+1), 0, addr)
	}
}

// mostNamed bounds the number of Sentinels besides the seeds.
const mostNamed = 64

// known replaces the Sentinels that others have named, and keeps the seeds.
func (s *Source) known(named []string) {
	s.mu.Lock()
	keep := func(addr string) bool {
		return slices.Contains(s.cfg.Seeds, addr) || slices.Contains(named, addr)
	}
	before := len(s.addrs)
	s.addrs = slices.DeleteFunc(s.addrs, func(addr string) bool { return !keep(addr) })
	changed := len(s.addrs) < before
	for _, addr := range named {
		if !slices.Contains(s.addrs, addr) && len(s.addrs) < len(s.cfg.Seeds)+mostNamed {
			s.addrs = append(s.addrs, addr)
			changed = true
		}
	}
	if changed {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	now := slices.Clone(s.addrs)
	s.mu.Unlock()
	s.peers.Keep(now)
}

// Says is an answer of a Sentinel that names no primary.
type Says struct{ Text string }

func (e *Says) Error() string { return e.Text }

// view asks one Sentinel.
func (s *Source) view(ctx context.Context, addr string) (follow.View, error) {
	var m master
	err := s.ask(ctx, addr, m.read, "SENTINEL", "MASTER", s.cfg.Name)
	if err != nil {
		return follow.View{}, err
	}
	if reason := m.unfit(s.cfg.MinOthers); reason != "" {
		return follow.View{}, &Says{reason}
	}
	v := follow.View{Primary: m.addr(), Epoch: m.epoch}
	if s.cfg.Replicas {
		v.Replicas, err = s.replicas(ctx, addr)
	}
	return v, err
}

// replicas asks for the replicas that are fit for reads.
func (s *Source) replicas(ctx context.Context, addr string) (fit []string, err error) {
	err = s.ask(ctx, addr, func(d *resp.Decoder) error {
		return each(d, func(m *master) {
			if m.fitReplica() {
				fit = append(fit, m.addr())
			}
		})
	}, "SENTINEL", "REPLICAS", s.cfg.Name)
	slices.Sort(fit)
	return fit, err
}

// discover asks a Sentinel for the others.
func (s *Source) discover(ctx context.Context, addr string) {
	var named []string
	err := s.ask(ctx, addr, func(d *resp.Decoder) error {
		return each(d, func(m *master) {
			if len(named) < mostNamed {
				named = append(named, m.addr())
			}
		})
	}, "SENTINEL", "SENTINELS", s.cfg.Name)
	if err == nil {
		s.known(append(named, addr))
	}
}

// ask asks one Sentinel something, and reads the reply.
func (s *Source) ask(ctx context.Context, addr string, read func(d *resp.Decoder) error,
	words ...string) error {
	var unread error
	err := s.peers.Ask(ctx, addr, resp.AppendCommand(nil, words...), func(frame []byte) {
		d := resp.NewDecoder(frame)
		unread = read(&d)
	})
	if err == nil && unread != nil {
		err = fmt.Errorf("%s %s: a reply of another shape: %w", words[0], words[1], unread)
	}
	return err
}
