package redpoll

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	hashslot "github.com/redpoll-go/redpoll/internal/slot"
)

// same returns the option that sends the same words under its own name, so that == finds equal words equal.
// An option that is refused stays as it is, for the name in the error.
func (o tokenEX) same() tokenEX {
	switch {
	case o.token == idTTL && o.ttl < time.Millisecond, o.t.IsZero() && o.token != idTTL:
	case o.token == idTTL && o.ttl%time.Second == 0:
		o.token = idEX
	case o.token == idTTL:
		o.token, o.ttl = idPX, o.ttl.Truncate(time.Millisecond)
	case o.token == idUntil && o.t.Nanosecond() == 0:
		o.token = idEXAT
	default:
		o.token, o.t = idPXAT, o.t.Truncate(time.Millisecond)
	}
	return o
}

// ScanIter returns an iterator over the keys of the database. It sends SCAN as often as necessary:
//
//	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*")) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// The options are those of [Client.Scan]. Match and ScanType filter at the server, which looks at every key
// nevertheless. Count is the number of keys that the server looks at in one call (its default is 10): a
// higher number means fewer and longer calls.
//
// The guarantees are those of the server. A key that exists from the beginning to the end comes at least
// once, and may come more than once. Keys that are created or deleted meanwhile may come or not. There is no
// order. All this holds for one run of one server: after a restart or a failover the iterator goes on where
// the new process takes the cursor to be, and may miss keys without an error.
//
// On a cluster it walks the keys of all primaries, one after the other. A key that exists all the time comes
// at least once also while slots move and primaries fail over: ScanIter asks each node which slots it has
// (CLUSTER NODES), before and after its walk, and walks slots again that were on their way. So it does not
// end while slots move all the time, and keys of such slots may come several times. Keys that asynchronous
// replication has lost do not come.
//
// On a ring it walks the nodes one after the other, and ends at the first one that cannot be reached.
//
// The iterator keeps one page of keys in memory, and no connection or lock between two calls, so the loop may
// use the same client, and may take its time. It sends the next call after the last key of a page. If a call
// fails, or ctx ends, the loop gets this error once, with an empty key, and ends; after the end of ctx the
// current page is not finished. The errors are those of Scan. A new loop begins from the start. Several
// goroutines may use the iterator at the same time; each loop is independent.
func (c *Client) ScanIter(ctx context.Context, opts ...ScanOption) iter.Seq2[string, error] {
	opts = append([]ScanOption(nil), opts...) // the caller may change its list before the iterator is used
	switch {
	case c == nil:
	case c.ring != nil:
		return c.ring.scan(ctx, c, opts)
	case c.copied != nil:
		return c.copied.scan(ctx, c, opts)
	case c.of != nil && c.of.cluster != nil:
		return c.scanCluster(ctx, opts)
	}
	return walk(ctx, c, command.OpScan, func(cursor uint64) (ScanPage[string], error) {
		return c.Scan(ctx, cursor, opts...)
	})
}

// HScanIter returns an iterator over the fields and values of a hash. It sends HSCAN. A missing key has no
// fields. A small hash comes in one page, whatever Count is. Everything else is as for [Client.ScanIter],
// with the options of [Client.HScan].
func (c *Client) HScanIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[FieldValue, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return walk(ctx, c, command.OpHScan, func(cursor uint64) (ScanPage[FieldValue], error) {
		return c.HScan(ctx, key, cursor, opts...)
	})
}

// HScanNoValuesIter returns an iterator over the names of the fields of a hash. It sends HSCAN with NOVALUES,
// server 7.4. Everything else is as for [Client.HScanIter].
func (c *Client) HScanNoValuesIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return walk(ctx, c, command.OpHScan, func(cursor uint64) (ScanPage[string], error) {
		return c.HScanNoValues(ctx, key, cursor, opts...)
	})
}

// SScanIter returns an iterator over the members of a set. It sends SSCAN. A missing key has no members. A
// small set comes in one page, whatever Count is. Everything else is as for [Client.ScanIter], with the
// options of [Client.SScan].
func (c *Client) SScanIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return walk(ctx, c, command.OpSScan, func(cursor uint64) (ScanPage[string], error) {
		return c.SScan(ctx, key, cursor, opts...)
	})
}

// ZScanIter returns an iterator over the members of a sorted set and their scores, not in the order of the
// scores. It sends ZSCAN. A missing key has no members. A small sorted set comes in one page, whatever Count
// is. Everything else is as for [Client.ScanIter], with the options of [Client.ZScan].
func (c *Client) ZScanIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[Z, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return walk(ctx, c, command.OpZScan, func(cursor uint64) (ScanPage[Z], error) {
		return c.ZScan(ctx, key, cursor, opts...)
	})
}

// walk returns an iterator over the elements of all pages of a SCAN command. When the context ends, even in
// the middle of a page, the error is that of a call that was not sent.
func walk[T any](ctx context.Context, c *Client, op int,
	next func(cursor uint64) (ScanPage[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for cursor, more := uint64(0), true; more; {
			page, err := next(cursor)
			if err != nil {
				yield(none, err)
				return
			}
			cursor, more = page.Cursor, page.Cursor != 0
			for _, item := range page.Items {
				if ctx.Err() != nil {
					yield(none, c.unsent(ctx, command.Infos[op].Name))
					return
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// Special results of TTL and related methods. They are not times: compare with ==.
const (
	// NoExpiry means that the key, or the field, does not expire.
	NoExpiry time.Duration = -1
	// NoKey means that there is no such key or field.
	NoKey time.Duration = -2
)

// readTTL reads a time to live, or one of the special values.
func readTTL(d *reply, v *time.Duration, unit time.Duration) error {
	n, err := d.Int()
	switch {
	case err != nil:
		return err
	case n == -1:
		*v = NoExpiry
	case n == -2:
		*v = NoKey
	default:
		*v = decode.Span(n, unit)
	}
	return nil
}

func decodeTTL(d *reply, v *time.Duration) error { return readTTL(d, v, time.Second) }

func decodePTTL(d *reply, v *time.Duration) error { return readTTL(d, v, time.Millisecond) }

func decodeTTLs(d *reply, v *[]time.Duration) error { return readTTLs(d, v, time.Second) }

func decodePTTLs(d *reply, v *[]time.Duration) error { return readTTLs(d, v, time.Millisecond) }

func readTTLs(d *reply, v *[]time.Duration, unit time.Duration) error {
	n, err := decode.ListLen(d)
	list := make([]time.Duration, n)
	for i := 0; i < n && err == nil; i++ {
		err = readTTL(d, &list[i], unit)
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeSeconds(d *reply, v *time.Duration) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, err := d.Int()
	*v = decode.Span(n, time.Second)
	return err
}

func decodeExpireTime(d *reply, v *time.Time) error {
	missing, err := d.Instant(v, false)
	if missing {
		return decode.ErrMissing
	}
	return err
}

func decodePExpireTime(d *reply, v *time.Time) error {
	missing, err := d.Instant(v, true)
	if missing {
		return decode.ErrMissing
	}
	return err
}

func decodeExpireTimes(d *reply, v *[]Null[time.Time]) error { return decodeInstants(d, v, false) }

func decodePExpireTimes(d *reply, v *[]Null[time.Time]) error { return decodeInstants(d, v, true) }

func decodeInstants(d *reply, v *[]Null[time.Time], milli bool) error {
	n, err := decode.ListLen(d)
	list := make([]Null[time.Time], n)
	for i := 0; i < n && err == nil; i++ {
		missing := false
		missing, err = d.Instant(&list[i].V, milli)
		list[i].Valid = !missing
	}
	*v = list
	return err
}

// clusterWalk is one walk over the keys of all primaries of a cluster.
//
// A key moves with its slot, so a walk over the nodes one after the other may miss it: the key is still on a
// node that comes later when its next node has been walked already. So the walk counts slots and not nodes. A
// slot is done if its node had it before the first SCAN and after the last one, was not moving it at either
// time, and did not take any slot in between, which its configuration epoch tells. Slots that are not done
// are walked again, where they are by then, and only their keys are given.
type clusterWalk struct {
	c     *Client
	opts  []ScanOption
	open  [hashslot.Count]bool // slots that are not done
	left  int                  // number of them
	yield func(string, error) bool
}

// scanCluster is ScanIter on a cluster.
func (c *Client) scanCluster(ctx context.Context, opts []ScanOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		w := &clusterWalk{c: c, opts: opts, left: hashslot.Count, yield: yield}
		for i := range w.open {
			w.open[i] = true
		}
		for w.left > 0 {
			if !w.round(ctx) {
				return
			}
		}
	}
}

// round walks all nodes that have slots which are not done. It returns false if the walk is over.
func (w *clusterWalk) round(ctx context.Context) bool {
	var call conn.Call
	call.Info = &command.Infos[command.OpScan]
	owners, ok := w.c.of.cluster.Owners(ctx, &call, w.left < hashslot.Count)
	if !ok {
		w.yield("", failure(&call))
		return false
	}
	var nodes []string
	for i, node := range owners {
		switch {
		case !w.open[i]:
		case node == "": // nobody has its keys
			w.done(i)
		case !slices.Contains(nodes, node):
			nodes = append(nodes, node)
		}
	}
	for _, node := range nodes {
		more, err := w.node(ctx, node)
		if err != nil && !errors.Is(err, errNodeLeft) { // its slots are with others next time
			w.yield("", err)
			return false
		}
		if !more && err == nil {
			return false
		}
	}
	return true
}

func (w *clusterWalk) done(i int) {
	if w.open[i] {
		w.open[i] = false
		w.left--
	}
}

// node walks the keys of one node. It returns false without an error if the loop of the caller is over.
func (w *clusterWalk) node(ctx context.Context, node string) (more bool, err error) {
	before, err := w.look(ctx, node)
	if err != nil {
		return false, err
	}
	to := &conn.Route{To: conn.ToNode, Node: node}
	for cursor, more := uint64(0), true; more; {
		r := newRequest(w.c, &kindPage)
		encodeScan(&r.enc, cursor, w.opts)
		r.call.Route = to
		var page ScanPage[string]
		if err := r.into(ctx, &page); err != nil {
			return false, err
		}
		cursor, more = page.Cursor, page.Cursor != 0
		for _, key := range page.Items {
			switch {
			case ctx.Err() != nil:
				return false, w.c.unsent(ctx, command.Infos[command.OpScan].Name)
			case w.wants(key) && !w.yield(key, nil):
				return false, nil
			}
		}
	}
	after, err := w.look(ctx, node)
	if err != nil {
		return false, err
	}
	for i := range w.open {
		if before.has[i] && after.has[i] && before.epoch == after.epoch {
			w.done(i)
		}
	}
	return true, nil
}

// wants reports whether the slot of a key is not done.
func (w *clusterWalk) wants(key string) bool {
	raw := w.c.encoded([]string{key})
	return len(raw) == 0 || w.open[hashslot.Of(raw[0])]
}

// clusterShare is what a node says about its own slots.
type clusterShare struct {
	has   [hashslot.Count]bool // those that it does not move
	epoch int64
}

// look asks a node for its own slots.
func (w *clusterWalk) look(ctx context.Context, node string) (s clusterShare, err error) {
	r := newRequest(w.c, &kindClusterNodes)
	r.enc.Begin(&command.Infos[command.OpClusterNodes], "*2\r\n$7\r\nCLUSTER\r\n$5\r\nNODES\r\n", 2)
	r.call.Route = &conn.Route{To: conn.ToNode, Node: node}
	var nodes []ClusterNode
	if err := r.into(ctx, &nodes); err != nil {
		return s, err
	}
	for _, n := range nodes {
		if !slices.Contains(n.Flags, "myself") {
			continue
		}
		s.epoch = n.Epoch
		for _, own := range n.Slots {
			for i := max(own.Start, 0); i <= own.End && i < hashslot.Count; i++ {
				s.has[i] = true
			}
		}
		for _, moving := range append(n.Migrating, n.Importing...) {
			if moving.Slot >= 0 && moving.Slot < hashslot.Count {
				s.has[moving.Slot] = false
			}
		}
	}
	return s, nil
}
