package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
)

// share is a part of a pipeline for one node.
type share struct {
	at       *member // nil if no node is known
	key      []byte  // the first key, which decides the node; nil if no command has one
	commands []int   // nil means all
}

// Batch sends a pipeline: the commands for each node in one part, side by side. One that cannot be divided is
// refused before anything is sent: an atomic one over several slots, one with a command over several slots,
// or with one that goes to all nodes.
func (r *Cluster) Batch(ctx context.Context, b Batch) {
	shares, err := r.divide(b)
	if err != nil {
		b.Part(nil).Call().NotSent(r.cfg.Name, err, conn.PhaseQueue)
		return
	}
	if !r.mapped.Load() {
		if part := b.Part(nil); !r.await(ctx, part.Call()) {
			return
		}
		shares, _ = r.divide(b) // now the nodes are known
	}
	if len(shares) > 1 {
		onward, end, ok := r.hold(ctx)
		defer end()
		if !ok {
			b.Part(nil).Call().NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
			return
		}
		ctx = onward
	}
	r.deliver(ctx, b, shares, r.cfg.Reads.From != FromPrimary && onlyReads(ctx, b))
}

// divide says which node gets which commands. Commands without keys go with the first of those that have
// some.
func (r *Cluster) divide(b Batch) (shares []share, err error) {
	var d division
	r.consistently(func() { err = r.byNode(b, &d) })
	if err != nil {
		return nil, err
	}
	if len(d.shares) == 0 {
		d.shares = []share{{at: r.anyone()}}
	}
	return d.end(), nil
}

// byNode says which node gets which of the commands that have keys.
func (r *Cluster) byNode(b Batch, d *division) (err error) {
	d.begin(b.Len())
	var room [8][]byte
	keys := room[:0]
	atomic := -1
	for i := range b.Len() {
		keys, err = b.AppendKeys(keys[:0], i)
		if channel, ok := b.Channel(i); ok && !b.Atomic() {
			keys = append(keys, channel) // see slotOf
		}
		if err != nil || len(keys) == 0 {
			if err == nil && !r.lonely(b.Command(i)) {
				return &EachNodeError{b.Command(i)}
			}
			continue
		}
		n := slot.Of(keys[0])
		if len(keys) > 1 && !oneSlot(keys) || b.Atomic() && atomic >= 0 && n != atomic {
			return ErrCrossSlot
		}
		if atomic < 0 || !b.Atomic() {
			d.put(i, r.owners[n].Load(), keys[0])
		}
		atomic = n
	}
	return nil
}

// division puts the commands of a pipeline into shares.
type division struct {
	shares []share
	places []int // of each command's share; 0 for a command that goes with others
}

// begin begins with n commands.
func (d *division) begin(n int) {
	d.shares, d.places = d.shares[:0], make([]int, n)
}

// put puts a command into the share of its node.
func (d *division) put(command int, at *member, key []byte) {
	for j := range d.shares {
		if d.shares[j].at == at {
			d.places[command] = j
			return
		}
	}
	d.places[command] = len(d.shares)
	d.shares = append(d.shares, share{at: at, key: append([]byte(nil), key...)})
}

// end returns the shares with their commands. One share has all of them: nil.
func (d *division) end() []share {
	if len(d.shares) == 1 {
		return d.shares
	}
	sizes := make([]int, len(d.shares))
	for _, j := range d.places {
		sizes[j]++
	}
	all := make([]int, 0, len(d.places))
	for j := range d.shares {
		end := len(all) + sizes[j]
		d.shares[j].commands = all[len(all):len(all):end]
		all = all[:end]
	}
	for i, j := range d.places {
		d.shares[j].commands = append(d.shares[j].commands, i)
	}
	return d.shares
}

// consistently calls f, which looks at the owners of slots, until these have not changed meanwhile: commands
// on one key would go to two nodes.
func (r *Cluster) consistently(f func()) {
	edition := r.edition.Load()
	f()
	if edition%2 == 0 && r.edition.Load() == edition {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// lonely reports whether a command without keys may run on any one node, as a part of a pipeline.
func (r *Cluster) lonely(info *command.Info) bool {
	return info == nil || r.anywhere(info) || beside(info)
}

// deliver sends a pipeline, the shares of all nodes at once, and what is refused again. With reads it goes to
// servers for reads.
func (r *Cluster) deliver(ctx context.Context, b Batch, shares []share, reads bool) {
	parts := make([]Part, len(shares))
	shots, aims := make([]shot, len(shares)), make([]aim, len(shares))
	for i, s := range shares {
		parts[i] = b.Part(s.commands)
		call := parts[i].Call()
		if s.key != nil {
			call.Route = &conn.Route{To: conn.ToKeys, Keys: [][]byte{s.key}}
		}
		shots[i].call, aims[i] = call, r.aim(s.at, reads)
	}
	if len(shots) == 1 {
		r.shoot(ctx, &shots[0], &aims[0])
	} else {
		r.scatter(ctx, shots, aims)
	}
	var refused []sentPart
	for i, s := range shots {
		if s.gone != nil {
			parts[i].GaveUp(s.gone)
		} else if s.call.Err == nil && s.call.Conn() != nil && !b.Atomic() && parts[i].Refused() {
			refused = append(refused, sentPart{s.call, shares[i].commands})
		}
	}
	switch {
	case len(refused) == 0:
	case reads:
		r.policy.resend(ctx, &reading{of: r}, readAgain(r), b, refused, r.Done())
	default:
		r.policy.resend(ctx, r, r.follow, b, refused, r.Done())
	}
}

// shoot sends one call and waits for it.
func (r *Cluster) shoot(ctx context.Context, s *shot, to *aim) {
	c := to.ready(ctx, s.call)
	if c != nil {
		behind, gone := c.Start(ctx, s.call)
		if behind && s.call.Await() {
			gone = c.Lead(ctx, s.call)
		}
		if s.gone = gone; gone == nil && s.call.Answered() {
			return
		}
	}
	if s.gone == nil {
		s.gone = to.again(ctx, r, s.call, c)
	}
	if s.gone != nil {
		r.doubt(false)
	}
}

// follow sends a part of a pipeline again.
func (r *Cluster) follow(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
	_, gone := r.policy.loop(ctx, r, call, nil, v, tried)
	return gone
}
