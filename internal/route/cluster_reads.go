package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// reads reports whether a replica may answer a call.
func (r *Cluster) reads(ctx context.Context, call *conn.Call) bool {
	return r.cfg.Reads.From != FromPrimary && mayRead(ctx, call)
}

// serves returns the servers for reads of the slots of a node.
func (r *Cluster) serves(m *member) readers {
	rs := readers{Reads: r.cfg.Reads, turn: &m.turn}
	if list := m.readers.Load(); list != nil {
		rs.list = *list
	}
	return rs
}

func (r *Cluster) rules() *Policy { return &r.policy }

// serving returns the servers for a read, as far as they are known.
func (r *Cluster) serving(call *conn.Call) readers {
	if m := r.pick(call, verdict{}); m != nil {
		return r.serves(m)
	}
	return readers{Reads: r.cfg.Reads}
}

// find is serving for those who can wait until it is known which servers there are.
func (r *Cluster) find(ctx context.Context, call *conn.Call) (readers, error) {
	m, err := r.seek(ctx, call, verdict{})
	if err != nil {
		return readers{}, err
	}
	return r.serves(m), nil
}

// unreached has the map looked at: it may not have the server any more.
func (r *Cluster) unreached() { r.doubt(false) }

// reader returns the server for reads to which a connection leads, nil if it is not one of them any more.
func (r *Cluster) reader(c *conn.Conn) *replica {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.staff {
		if one.Node.Pool.Config().Conn.Addr == c.Node() {
			return one
		}
	}
	return nil
}

// appoint says which servers answer the reads of each primary. Replicas that are not in the map any more are
// left. mu is held.
func (r *Cluster) appoint() {
	if r.cfg.Reads.From == FromPrimary {
		return
	}
	used := make(map[string]bool)
	for _, m := range r.primary {
		var list []*replica
		for _, n := range m.replicas {
			one := r.staff[n.Addr]
			if one == nil {
				one = &replica{Single: r.newSingle(n.Addr, conn.Replica), zone: n.Zone}
				r.staff[n.Addr] = one
			}
			used[n.Addr] = true
			list = append(list, one)
		}
		if r.cfg.Reads.primaryToo() {
			if m.own == nil || m.own.zone != m.zone {
				m.own = &replica{Single: m.Single, primary: true, zone: m.zone}
			}
			list = append(list, m.own)
		}
		m.readers.Store(&list)
	}
	for addr, one := range r.staff {
		if !used[addr] {
			delete(r.staff, addr)
			r.work.Go(one.retire(r.Done()))
		}
	}
}
