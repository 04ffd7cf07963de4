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

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
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

// Ask asks one Sentinel after the other, without waiting long for any of them, until one names a primary that
// is up and whose configuration is not out of date. A thorough question goes to all at once, and survey.elect
// says which answer counts.
func (s *Source) Ask(ctx context.Context, q follow.Question) (follow.View, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := s.survey(ctx, s.view)
	asked.q = q
	var best *follow.View
	if q.Thorough {
		best = asked.everyone()
	} else {
		best = asked.inTurn()
	}
	if best == nil {
		return follow.View{}, asked.unknown()
	}
	s.prefer(best.From)
	return *best, nil
}

// Replicas asks for the replicas that are fit for reads, as Ask does for the primary. A Sentinel that knows
// none is passed over. The list is empty if there are none. If no Sentinel could be asked, or none knows the
// service, the error is a *follow.Unknown.
func (s *Source) Replicas(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := s.survey(ctx, func(ctx context.Context, addr string) (follow.View, error) {
		_, fit, err := s.replicas(ctx, addr)
		if err == nil && len(fit) == 0 {
			err = &Says{"knows no replica that is up"}
		}
		return follow.View{Replicas: fit, From: addr}, err
	})
	if best := asked.inTurn(); best != nil {
		s.prefer(best.From)
		return best.Replicas, nil
	}
	for _, r := range asked.reasons {
		if errors.As(r.Err, new(*Says)) {
			return nil, nil
		}
	}
	unknown := asked.unknown()
	unknown.Replica = true
	return nil, unknown
}

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
	v := follow.View{Primary: m.addr(), Epoch: m.epoch, From: addr}
	if s.cfg.Replicas {
		v.Members, v.Replicas, err = s.replicas(ctx, addr)
	}
	return v, err
}

// replicas asks one Sentinel for all replicas, and for those that are fit for reads. all is not nil.
func (s *Source) replicas(ctx context.Context, addr string) (all, fit []string, err error) {
	all = []string{}
	err = s.ask(ctx, addr, func(d *resp.Decoder) error {
		return each(d, func(m *master) {
			all = append(all, m.addr())
			if m.fitReplica() {
				fit = append(fit, m.addr())
			}
		})
	}, "SENTINEL", "REPLICAS", s.cfg.Name)
	slices.Sort(fit)
	return all, fit, err
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

// mostKnown bounds the number of Sentinels besides the seeds.
const mostKnown = 64

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
		if !slices.Contains(s.addrs, addr) && len(s.addrs) < len(s.cfg.Seeds)+mostKnown {
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

// discover asks a Sentinel for the others.
func (s *Source) discover(ctx context.Context, addr string) {
	var named []string
	err := s.ask(ctx, addr, func(d *resp.Decoder) error {
		return each(d, func(m *master) {
			if len(named) < mostKnown {
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
