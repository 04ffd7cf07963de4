package route

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// Replicas is the router to a primary and its replicas: plain reads go to the replicas, everything else to
// the primary.
type Replicas struct {
	*Single // the primary
	// Reads is not FromPrimary.
	Reads    Reads
	Follower *follow.Follower
	// Pool makes the pool of a replica.
	Pool func(addr string) *pool.Pool
	// Service is a name for errors.
	Service string

	turn atomic.Uint32

	retiring sync.WaitGroup // servers that are not used any more

	mu     sync.Mutex
	asked  <-chan struct{} // closed when the list is out of date
	list   []*replica
	leader string // the primary when the list was made
	frozen bool   // the list does not change any more
}

// Start sends a call.
func (r *Replicas) Start(ctx context.Context, call *conn.Call) (behind bool, gone *conn.GaveUp) {
	if !mayRead(ctx, call) {
		return r.Single.Start(ctx, call)
	}
	return startRead(ctx, r, call, r.serving(call))
}

// Finish completes a call after Start and the wait.
func (r *Replicas) Finish(ctx context.Context, call *conn.Call, lead bool) *conn.GaveUp {
	if !mayRead(ctx, call) {
		return r.Single.Finish(ctx, call, lead)
	}
	return finishRead(ctx, r, call, lead)
}

func (r *Replicas) rules() *Policy { return &r.Policy }

func (r *Replicas) node() string { return r.Service }

// serving returns the servers for reads, as far as they are known.
func (r *Replicas) serving(*conn.Call) readers {
	return readers{Reads: r.Reads, list: r.servers(), turn: &r.turn}
}

// reader returns the server to which a connection leads.
func (r *Replicas) reader(c *conn.Conn) *replica { return r.serving(nil).at(c.Node()) }

// find returns the servers for reads. While the primary is in doubt, the replicas that are known still answer
// reads.
func (r *Replicas) find(ctx context.Context, call *conn.Call) (readers, error) {
	if r.over(ctx) {
		return readers{}, pool.ErrClosed
	}
	if r.Follower.View().Primary == "" {
		if _, err := r.Follower.Current(ctx); err != nil {
			return readers{}, err // not a *conn.DialError: no pool pauses before the next question
		}
	}
	return r.serving(call), nil
}

// unreached does nothing: the Follower does not know more of replicas.
func (r *Replicas) unreached() {}

// redirected returns false: the servers are not a cluster.
func (r *Replicas) redirected(*conn.Conn, string) (v verdict, news, ok bool) { return v, false, false }

// servers returns the servers for reads, as far as they are known. With some policies the primary is one of
// them.
func (r *Replicas) servers() []*replica {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.asked:
		r.asked = nil
	default:
	}
	if r.asked == nil && !r.frozen {
		r.asked = r.Follower.Changed() // before the view, so that no change is missed
		r.update(r.Follower.View())
	}
	return r.list
}

// update takes the list from a view. mu is held.
func (r *Replicas) update(v follow.View) {
	old, led := r.list, r.leader
	r.list, r.leader = nil, v.Primary
	for _, addr := range v.Replicas {
		i := slices.IndexFunc(old, func(one *replica) bool { return one.Node.Addr == addr })
		if i >= 0 {
			r.list = append(r.list, old[i])
			continue
		}
		r.list = append(r.list, &replica{Single: &Single{
			Node: &Node{Addr: addr, Pool: r.Pool(addr)}, Policy: r.Policy, Exclusive: r.Exclusive,
			Owned: true,
		}})
	}
	for _, one := range old {
		if !one.primary && !slices.Contains(r.list, one) {
			r.retiring.Go(one.retire(r.Done()))
		}
	}
	if !r.Reads.primaryToo() {
		return
	}
	primary := &replica{Single: r.Single, primary: true}
	if n := len(old) - 1; n >= 0 && old[n].primary && led == v.Primary {
		primary = old[n]
	}
	r.list = append(r.list, primary)
}

// Batch sends a pipeline to a replica if it only reads, and brings nothing along.
func (r *Replicas) Batch(ctx context.Context, b Batch) {
	if !onlyReads(ctx, b) {
		r.Single.Batch(ctx, b)
		return
	}
	part := b.Part(nil)
	call := part.Call()
	_, gone := r.Policy.retry(ctx, &reading{of: r}, call, nil, r.Done())
	switch {
	case gone != nil:
		part.GaveUp(gone)
	case call.Err == nil && part.Refused():
		r.Policy.resend(ctx, &reading{of: r}, readAgain(r), b, []sentPart{{call: call}}, r.Done())
	}
}

// Nodes returns the primary and the replicas that are known.
func (r *Replicas) Nodes() []*Node {
	nodes := []*Node{r.Node}
	for _, one := range r.servers() {
		if !one.primary {
			nodes = append(nodes, one.Node)
		}
	}
	return nodes
}

// Changed is closed when the servers have changed.
func (r *Replicas) Changed() <-chan struct{} { return r.Follower.Changed() }

// Stop refuses further calls.
func (r *Replicas) Stop() {
	r.Single.Stop()
	r.mu.Lock()
	r.frozen = true
	r.mu.Unlock()
	for _, one := range r.servers() {
		one.Stop()
	}
}

// Held returns the number of calls and sessions that have an exclusive connection, or wait for one.
func (r *Replicas) Held() int {
	n := r.Single.Held()
	for _, one := range r.servers() {
		if !one.primary {
			n += one.Held()
		}
	}
	return n
}

// Settle ends the permission of Onward.
func (r *Replicas) Settle() (calls func() int) {
	all := []func() int{r.Single.Settle()}
	for _, one := range r.servers() {
		if !one.primary {
			all = append(all, one.Settle())
		}
	}
	return func() (n int) {
		for _, calls := range all {
			n += calls()
		}
		return n
	}
}

// Close refuses all further calls and closes the pools.
func (r *Replicas) Close() {
	r.mu.Lock()
	list := r.list
	r.frozen, r.list = true, nil
	r.mu.Unlock()
	r.Single.Close()
	for _, one := range list {
		one.Close()
	}
	r.retiring.Wait()
}
