package follow

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// Roles is a Source that asks servers for their own roles, for a primary and replicas without Sentinels. Set
// the first fields before the first use.
type Roles struct {
	Name  string   // for errors
	Addrs []string // the servers
	// Lookup gives the addresses of a host, each of which is a server. If it is nil, each of Addrs is one.
	Lookup func(ctx context.Context, host string) (addrs []string, err error)
	Peers  Peers

	work sync.WaitGroup // questions whose answers nobody needs any more

	mu    sync.Mutex
	found map[string][]string // the last results of Lookup, by host
}

// How long the answers of other servers are awaited once a primary has answered.
const (
	rolePatience = 250 * time.Millisecond
	// priorPatience holds while the server that was the primary so far has not answered, and nothing says
	// that it is not the primary any more.
	priorPatience = time.Second
)

// role is the answer of one server.
type role struct {
	addr    string
	primary bool
	of      string // of a replica: the address of its primary
	ready   bool   // a replica that follows its primary
	err     error
}

// Ask asks all servers at once. If several say that they are the primary, as after a promotion by hand, the
// one that was it before stays, unless it was refuted.
func (r *Roles) Ask(ctx context.Context, q Question) (View, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var v View
	addrs, reasons := r.servers(ctx)
	answers := make(chan role, len(addrs))
	for _, addr := range addrs {
		r.work.Go(func() { answers <- r.role(ctx, addr) })
	}
	var late <-chan time.Time
	// The server that was the primary so far stays it if it still says so.
	prior := q.Prior.Primary != "" && q.Prior.Primary != q.Refuted
	for range addrs {
		select {
		case got := <-answers:
			switch {
			case got.err != nil:
				reasons = append(reasons, Reason{got.addr, got.err})
			case !got.primary:
				reasons = append(reasons, Reason{got.addr, replicaOf(got.of, addrs)})
				if got.ready {
					v.Replicas = append(v.Replicas, got.addr)
				}
			case v.Primary == "" || v.Primary == q.Refuted || prior && got.addr == q.Prior.Primary:
				v.Primary = got.addr
			}
			if got.addr == q.Prior.Primary {
				prior, late = false, nil
			}
			switch {
			case v.Primary == "" || late != nil:
			case prior:
				late = time.After(priorPatience)
			default:
				late = time.After(rolePatience)
			}
			continue
		case <-late:
		case <-ctx.Done():
		}
		break
	}
	if v.Primary == "" {
		if err := ctx.Err(); err != nil && len(reasons) == 0 {
			return View{}, conn.NewGaveUp(ctx, conn.NotSent)
		}
		return View{}, &Unknown{Service: r.Name, Reasons: reasons}
	}
	slices.Sort(v.Replicas)
	return v, nil
}

// servers returns the servers that are asked, and the names that lead to none.
func (r *Roles) servers(ctx context.Context) (addrs []string, unknown []Reason) {
	if r.Lookup == nil {
		return r.Addrs, nil
	}
	for _, addr := range r.Addrs {
		host, port, _ := net.SplitHostPort(addr)
		hosts, err := r.lookup(ctx, host)
		if err != nil {
			unknown = append(unknown, Reason{addr, err})
		}
		for _, one := range hosts {
			addrs = append(addrs, net.JoinHostPort(one, port))
		}
	}
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	r.Peers.Keep(addrs)
	return addrs, unknown
}

// lookup gives the addresses of a host: those of the last time if it fails now.
func (r *Roles) lookup(ctx context.Context, host string) ([]string, error) {
	addrs, err := r.Lookup(ctx, host)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		return r.found[host], err
	}
	if r.found == nil {
		r.found = make(map[string][]string)
	}
	r.found[host] = slices.Clone(addrs)
	return addrs, nil
}

// replicaOf is the reason of a server that is not the primary.
func replicaOf(primary string, addrs []string) error {
	if slices.Contains(addrs, primary) {
		return fmt.Errorf("is a replica of %s", primary)
	}
	return fmt.Errorf("is a replica of %s, which is not among the addresses that were given", primary)
}

// Watch has no news: servers do not say when their roles change.
func (r *Roles) Watch(context.Context, func(View) bool) {}

// Close closes all connections that questions went over.
func (r *Roles) Close() {
	r.Peers.Close()
	r.work.Wait()
}

var wireRole = resp.AppendCommand(nil, "ROLE")

// errNoRole is the reason of a server that is neither a primary nor a replica.
var errNoRole = errors.New("has neither the role of a primary nor that of a replica")

// errSentinel is the reason of a Sentinel.
var errSentinel = errors.New("is a Sentinel: NewSentinel makes clients that ask Sentinels")

// role asks one server.
func (r *Roles) role(ctx context.Context, addr string) role {
	got := role{addr: addr}
	var unread error
	got.err = r.Peers.Ask(ctx, addr, wireRole, func(frame []byte) {
		d := resp.NewDecoder(frame)
		unread = got.read(&d)
	})
	if got.err == nil {
		got.err = unread
	}
	return got
}

// read reads the reply to ROLE: the role, and of a replica the host and the port of its primary, and the
// state of its link.
func (r *role) read(d *resp.Decoder) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	name, err := d.Text()
	switch {
	case err != nil:
		return err
	case name == "master":
		r.primary = true
		return nil
	case name == "sentinel":
		return errSentinel
	case name != "slave" || n < 4:
		return errNoRole
	}
	host, err := d.Text()
	if err != nil {
		return err
	}
	port, err := d.Int()
	if err != nil {
		return err
	}
	state, err := d.Text()
	r.of, r.ready = net.JoinHostPort(host, strconv.FormatInt(port, 10)), state == "connected"
	return err
}
