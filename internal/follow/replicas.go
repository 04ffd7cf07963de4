package follow

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Replicas is the Locator of a pool that leads to a replica, whichever of them, and to the primary if no
// replica can be reached. Connections go to the replicas in turn.
type Replicas struct {
	f *Follower

	mu    sync.Mutex
	turn  int
	avoid map[string]time.Duration // until when a replica that failed comes last, by address
}

const (
	// shortDial is the dial time-out for a server while there are others to try.
	shortDial = 500 * time.Millisecond
	// avoided is how long a replica that failed is tried after all others.
	avoided = time.Second
)

// Replicas returns a Locator for one pool, which starts with the replica of this number.
func (f *Follower) Replicas(first int) *Replicas {
	return &Replicas{f: f, turn: first, avoid: make(map[string]time.Duration)}
}

// Locate returns the replicas, beginning with another one each time, and the primary behind them.
func (r *Replicas) Locate(ctx context.Context) ([]*conn.Config, error) {
	v, err := r.f.Current(ctx)
	if err != nil {
		return nil, unlocated(ofReplicas(err))
	}
	addrs := append(r.order(v.Replicas), v.Primary)
	list := make([]*conn.Config, len(addrs))
	for i, addr := range addrs {
		list[i] = r.f.replica(addr, i < len(addrs)-1)
	}
	return list, nil
}

// order returns replicas in the order in which they are tried.
func (r *Replicas) order(addrs []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := conn.Now()
	var first, last []string
	for i := range addrs {
		addr := addrs[(r.turn+i)%len(addrs)]
		if now < r.avoid[addr] {
			last = append(last, addr)
		} else {
			first = append(first, addr)
		}
	}
	r.turn++
	return append(first, last...)
}

// Doubt makes a server the last one to be tried for a while.
func (r *Replicas) Doubt(addr string, why error) {
	r.mu.Lock()
	now := conn.Now()
	maps.DeleteFunc(r.avoid, func(_ string, until time.Duration) bool { return until <= now })
	r.avoid[addr] = now + avoided
	r.mu.Unlock()
	r.f.doubt(addr, why)
}

// Missing returns an error if nobody knows any server.
func (r *Replicas) Missing() error { return ofReplicas(r.f.missing()) }

// ofReplicas makes the error for a primary that nobody named one for replicas.
func ofReplicas(err error) error {
	u, ok := err.(*Unknown)
	if !ok {
		return err
	}
	return &Unknown{Service: u.Service, Replica: true, Sentinels: u.Sentinels, Reasons: u.Reasons}
}

// FollowReplicas makes a pool one of those that lead to replicas.
func (f *Follower) FollowReplicas(p *pool.Pool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, p)
}

// replica returns the configuration for a server that is used for reads.
func (f *Follower) replica(addr string, short bool) *conn.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	cfg := f.node(addr).Anyone()
	if short && (cfg.DialTimeout == 0 || cfg.DialTimeout > shortDial) {
		cfg.DialTimeout = shortDial
	}
	return cfg
}
