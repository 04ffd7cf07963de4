package redpoll

import (
	"context"
	"errors"
	"hash/crc32"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	hashslot "github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/walk"
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
	return func(yield func(string, error) bool) {
		w := &walker{ctx: ctx, opts: opts, yield: yield}
		w.run(c, &walk.Place{Kind: c.walkKind()})
	}
}

// Walk is a walk over the keys of the database that can go on in another process, see [Client.Walk]. It is
// for one goroutine.
type Walk struct {
	c      *Client
	opts   []ScanOption
	filter uint32 // of the options, and the database
	from   string // the state that was given
	at     *walk.State
	err    error // of the state that was given
	busy   bool  // a loop runs
}

// WalkOption is an option of [Client.Walk]: [Match], [Count], [ScanType] and [From].
type WalkOption interface{ walkOption() }

func (tokenMatch) walkOption()    {}
func (tokenCount) walkOption()    {}
func (tokenScanType) walkOption() {}

// walkFrom is the option From.
type walkFrom string

func (walkFrom) walkOption() {}

// From is an option of [Client.Walk]: the walk goes on from a [Walk.State]. An empty state is the beginning.
func From(state string) WalkOption { return walkFrom(state) }

// Walk makes a walk over the keys of the database that can be interrupted, and can go on in another process.
// It sends nothing:
//
//	w := rdb.Walk(redpoll.Match("user:*"), redpoll.From(stored))
//	for key, err := range w.Keys(ctx) {
//		...
//	}
//	stored = w.State()
//
// Its keys and options are those of [Client.ScanIter], on all topologies. Other than ScanIter, it does not
// take it for granted that servers stay the same: a key that exists from the beginning of the walk to its
// end comes at least once, also if servers restart, fail over or take over slots while the walk is under way
// or while its state lies somewhere. All that has changed is walked again: a server that was started anew, or
// promoted, from its beginning; slots of a cluster at their new owners. Keys come again then. On a ring a
// node that came is walked too, and a node that left is not: the walk is about what is there. On a copy it
// goes on at the node where it was, and begins anew if that may have missed writes.
//
// Therefore it asks each server who it is before its first page and after its last one (INFO; CLUSTER NODES
// too on a cluster). A server that does not say (an ACL forbids INFO, or a proxy leaves out run_id) is taken
// for the same one during a loop, and is walked from its beginning in the next loop.
//
// On a [Conn] it walks the server of its connection.
func (c *Client) Walk(opts ...WalkOption) *Walk {
	w := &Walk{c: c}
	for _, o := range opts {
		switch o := o.(type) {
		case walkFrom:
			w.from = string(o)
		case ScanOption:
			w.opts = append(w.opts, o)
		default:
			w.opts = append(w.opts, nil) // the encoder refuses it
		}
	}
	w.filter = c.walkFilter(w.opts)
	kind := c.walkKind()
	w.at = &walk.State{Filter: w.filter, Place: walk.Place{Kind: kind}}
	if w.from == "" {
		return w
	}
	at, err := walk.Parse(w.from)
	switch {
	case err != nil:
		w.err = badState(err.Error())
	case at.Kind != kind:
		w.err = badState("was made by a client for a " + string(at.Kind) + ", and this one is for a " +
			string(kind))
	case at.Filter != w.filter:
		w.err = badState("was made with another Match or ScanType, or in another database, and would leave " +
			"out keys: give the same options")
	default:
		w.at = at
	}
	return w
}

// badState is the error of a state that cannot be used.
func badState(reason string) *DataError {
	return &DataError{Command: "Walk", Argument: "From", Reason: reason + `; From("") begins anew`}
}

// walkFilter returns a number for what a walk gives: the options that filter, and the database.
func (c *Client) walkFilter(opts []ScanOption) uint32 {
	text := "db 0"
	if c != nil {
		text = "db " + strconv.Itoa(c.db)
	}
	for _, o := range opts {
		switch o := o.(type) {
		case tokenMatch:
			text += "\x00match " + o.pattern
		case tokenScanType:
			text += "\x00type " + strings.ToLower(o.name)
		}
	}
	return crc32.ChecksumIEEE([]byte(text))
}

// Keys returns an iterator over the keys from where the walk is on. It sends SCAN as often as necessary. If
// a call fails, or ctx ends, the loop gets this error once, with an empty key, and ends; another loop over
// Keys goes on. The errors are those of Scan; a [*DataError] if the state of [From] is not one, is damaged,
// or belongs to another kind of client or to other options, and then nothing is sent; and a [*StateError] if
// another loop over the walk runs already, or if connections lead to several servers in turns. If a loop ends
// by itself without an error, the walk is over, and another loop gives nothing.
func (w *Walk) Keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		switch {
		case w.err != nil:
			yield("", w.err)
			return
		case w.busy:
			yield("", &StateError{Command: "Walk", reason: "a loop over its keys runs already: end that one " +
				"first, or make another Walk"})
			return
		}
		w.busy = true
		defer func() { w.busy = false }()
		on := &walker{ctx: ctx, opts: w.opts, sure: true, yield: yield}
		on.run(w.c, &w.at.Place)
	}
}

// State returns a text with which another walk goes on, see [From]: in this process or another one, today or
// later. It may be called in the loop. Pages of which the loop has taken all keys, and has come back for
// more, are done; the page under way is given again, whatever part of it has been taken. So no key is left
// out if the program dies with the key in its hands. After the end it is the state of a walk that is over.
// The text has a version and a checksum, and no keys or addresses. Its length is about 150 bytes for one
// server, and grows with the number of nodes, and of ranges of slots that are not done.
func (w *Walk) State() string {
	if w.err != nil {
		return w.from
	}
	return w.at.String()
}

// HScanIter returns an iterator over the fields and values of a hash. It sends HSCAN. A missing key has no
// fields. A small hash comes in one page, whatever Count is. Everything else is as for [Client.ScanIter],
// with the options of [Client.HScan].
func (c *Client) HScanIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[FieldValue, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return iterate(ctx, c, command.OpHScan, func(cursor uint64) (ScanPage[FieldValue], error) {
		return c.HScan(ctx, key, cursor, opts...)
	})
}

// HScanNoValuesIter returns an iterator over the names of the fields of a hash. It sends HSCAN with NOVALUES,
// server 7.4. Everything else is as for [Client.HScanIter].
func (c *Client) HScanNoValuesIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return iterate(ctx, c, command.OpHScan, func(cursor uint64) (ScanPage[string], error) {
		return c.HScanNoValues(ctx, key, cursor, opts...)
	})
}

// SScanIter returns an iterator over the members of a set. It sends SSCAN. A missing key has no members. A
// small set comes in one page, whatever Count is. Everything else is as for [Client.ScanIter], with the
// options of [Client.SScan].
func (c *Client) SScanIter(ctx context.Context, key string,
	opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return iterate(ctx, c, command.OpSScan, func(cursor uint64) (ScanPage[string], error) {
		return c.SScan(ctx, key, cursor, opts...)
	})
}

// ZScanIter returns an iterator over the members of a sorted set and their scores, not in the order of the
// scores. It sends ZSCAN. A missing key has no members. A small sorted set comes in one page, whatever Count
// is. Everything else is as for [Client.ScanIter], with the options of [Client.ZScan].
func (c *Client) ZScanIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[Z, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return iterate(ctx, c, command.OpZScan, func(cursor uint64) (ScanPage[Z], error) {
		return c.ZScan(ctx, key, cursor, opts...)
	})
}

// iterate returns an iterator over the elements of all pages of a command with a cursor.
func iterate[T any](ctx context.Context, c *Client, op int,
	next func(cursor uint64) (ScanPage[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var cursor uint64
		err := pages(ctx, c, op, &cursor, next, func(item T) bool { return yield(item, nil) })
		if err != nil && err != errStopped {
			yield(none, err)
		}
	}
}

// errStopped ends a walk whose caller has left its loop.
//
//houserules:ok family: never leaves the walk
var errStopped = errors.New("the loop has been left")

// pages gives the elements of all pages from a cursor on, which becomes that of the next page when all of a
// page are taken. When the context ends, even in the middle of a page, the error is that of a call that was
// not sent.
func pages[T any](ctx context.Context, c *Client, op int, cursor *uint64,
	next func(cursor uint64) (ScanPage[T], error), give func(T) bool) error {
	for {
		page, err := next(*cursor)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if ctx.Err() != nil {
				return c.unsent(ctx, command.Infos[op].Name)
			}
			if !give(item) {
				return errStopped
			}
		}
		if *cursor = page.Cursor; page.Cursor == 0 {
			return nil
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

// walkKind returns the kind of places of walks over the keys of a client.
func (c *Client) walkKind() walk.Kind {
	switch {
	case c == nil:
	case c.ring != nil:
		return walk.Ring
	case c.copied != nil:
		return walk.Copy
	case c.of != nil && c.of.cluster != nil:
		return walk.Cluster
	}
	return walk.Server
}

// walker gives keys to one loop.
type walker struct {
	ctx   context.Context
	opts  []ScanOption
	sure  bool // servers are asked who they are: the walk may be longer than their lives
	yield func(string, error) bool
	above []*Client // rings and copies that lead to the client under way
}

// run walks the keys of a client, and gives the error.
func (w *walker) run(c *Client, at *walk.Place) {
	if err := w.client(c, at); err != nil && err != errStopped {
		w.yield("", err)
	}
}

// client walks the keys of a client from a place on.
func (w *walker) client(c *Client, at *walk.Place) (err error) {
	switch {
	case at.Done:
		return nil
	case at.Kind == walk.Ring:
		err = w.ring(c, at)
	case at.Kind == walk.Copy:
		err = w.copy(c, at)
	case at.Kind == walk.Cluster:
		err = w.cluster(c, at)
	default:
		err = w.server(c, at)
	}
	if err == nil {
		*at = walk.Place{Kind: at.Kind, Done: true}
	}
	return err
}

// ring walks the nodes of a ring, one after the other.
func (w *walker) ring(c *Client, at *walk.Place) error {
	w.above = append(w.above, c)
	defer func() { w.above = w.above[:len(w.above)-1] }()
	for _, n := range c.ring.list {
		if err := w.client(n.Client, at.Node(n.Name, n.Client.walkKind())); err != nil {
			return err
		}
	}
	return nil
}

// copy walks one node of a copy that has missed nothing: the node where the walk is, if it may go on there.
func (w *walker) copy(c *Client, at *walk.Place) error {
	w.above = append(w.above, c)
	defer func() { w.above = w.above[:len(w.above)-1] }()
	names := func(i int) bool { return at.Nodes[c.copied.list[i].Name] != nil }
	i, err := c.copied.router.Whole(names)
	if err != nil {
		return unconnected(err)
	}
	if !names(i) {
		at.Nodes = nil
	}
	n := c.copied.list[i]
	return w.client(n.Client, at.Node(n.Name, n.Client.walkKind()))
}

// page asks for a page of keys.
func (w *walker) page(c *Client, to *conn.Route, cursor uint64) (page ScanPage[string], err error) {
	for _, above := range w.above {
		if above.closed.Load() {
			return page, &ConnError{Command: command.Infos[command.OpScan].Name, Phase: PhaseQueue,
				Outcome: NotSent, Err: ErrClosed}
		}
	}
	r := newRequest(c, &kindPage)
	encodeScan(&r.enc, cursor, w.opts)
	r.call.Route = to
	err = r.into(w.ctx, &page)
	return page, err
}

// process asks a server which process it is, and in which life as a primary: a cursor means nothing to
// another one, and nothing after a time as a replica. It returns "" if the server does not say.
func (w *walker) process(c *Client, to *conn.Route) (string, error) {
	if !w.sure {
		return "", nil
	}
	r := newRequest(c, &kindInfo)
	encodeInfo(&r.enc, nil)
	r.call.Route = to
	var info ServerInfo
	err := r.into(w.ctx, &info)
	switch {
	case errors.As(err, new(*ServerError)) || errors.As(err, new(*StateError)): // an ACL, or a proxy
		return "", nil
	case err != nil || info.RunID == "":
		return "", err
	}
	return info.RunID + " " + infoText(info.Sections["replication"], "master_replid"), nil
}

// mostRestarts is how often a server may be another process at the end of its walk than at the beginning. If
// it always is, connections lead to several servers.
const mostRestarts = 8

// server walks the keys of one server. If the process that knows the cursor is not there any more, it begins
// anew.
func (w *walker) server(c *Client, at *walk.Place) error {
	next := func(cursor uint64) (ScanPage[string], error) { return w.page(c, nil, cursor) }
	for range mostRestarts {
		before, err := w.process(c, nil)
		if err != nil {
			return err
		}
		if before == "" || before != at.Run {
			at.Run, at.Cursor = before, 0
		}
		if err := pages(w.ctx, c, command.OpScan, &at.Cursor, next, w.give); err != nil {
			return err
		}
		after, err := w.process(c, nil)
		if err != nil || before == "" || after == before {
			return err
		}
	}
	return &StateError{Command: "Walk", reason: "connections lead to several servers in turns, and each has " +
		"cursors of its own: give the address of one server"}
}

func (w *walker) give(key string) bool { return w.yield(key, nil) }

// cluster walks the keys of all primaries of a cluster.
//
// A key moves with its slot, so a walk over the nodes one after the other may miss it: the key is still on a
// node that comes later when its next node has been walked already. So the walk counts slots and not nodes. A
// slot is done if its node had it before the first SCAN and after the last one, was not moving it at either
// time, and did not take any slot in between, which its configuration epoch tells. Slots that are not done
// are walked again, where they are by then, and only their keys are given.
func (w *walker) cluster(c *Client, at *walk.Place) error {
	if at.Left == nil {
		at.Left = walk.All()
	}
	for at.Left.Len() > 0 {
		if err := w.round(c, at); err != nil {
			return err
		}
	}
	return nil
}

// round walks all nodes that have slots which are not done, first the one where the walk was before.
func (w *walker) round(c *Client, at *walk.Place) error {
	var call conn.Call
	call.Info = &command.Infos[command.OpScan]
	owners, ok := c.of.cluster.Owners(w.ctx, &call, at.Left.Len() < hashslot.Count)
	if !ok {
		return failure(&call)
	}
	var nodes []string
	for i, node := range owners {
		switch {
		case !at.Left.Has(i):
		case node == "": // nobody has its keys
			at.Left.Remove(i)
		case !slices.Contains(nodes, node):
			nodes = append(nodes, node)
		}
	}
	if share := at.Share; share != nil {
		for _, m := range c.of.cluster.Members() {
			if i := slices.Index(nodes, m.Addr); m.ID == share.ID && i > 0 {
				nodes[0], nodes[i] = nodes[i], nodes[0]
			}
		}
	}
	for _, node := range nodes {
		if err := w.node(c, at, node); err != nil && !errors.Is(err, errNodeLeft) {
			return err // the slots of a node that left are with others next time
		}
	}
	return nil
}

// node walks the keys of one node of a cluster.
func (w *walker) node(c *Client, at *walk.Place, node string) error {
	to := &conn.Route{To: conn.ToNode, Node: node}
	before, err := w.look(c, to)
	if err != nil {
		return err
	}
	share := at.Share
	if share == nil || !share.Same(before) || w.sure && share.Run == "" {
		share = before
		at.Share = share
	}
	next := func(cursor uint64) (ScanPage[string], error) { return w.page(c, to, cursor) }
	give := func(key string) bool {
		raw := c.encoded([]string{key})
		return len(raw) > 0 && !at.Left.Has(hashslot.Of(raw[0])) || w.yield(key, nil)
	}
	if err := pages(w.ctx, c, command.OpScan, &share.Cursor, next, give); err != nil {
		return err
	}
	after, err := w.look(c, to)
	if err != nil {
		return err
	}
	at.Share = nil
	for i := range hashslot.Count {
		if share.Same(after) && share.Has.Has(i) && after.Has.Has(i) {
			at.Left.Remove(i)
		}
	}
	return nil
}

// look asks a node of a cluster for its own slots.
func (w *walker) look(c *Client, to *conn.Route) (*walk.Share, error) {
	run, err := w.process(c, to)
	if err != nil {
		return nil, err
	}
	r := newRequest(c, &kindClusterNodes)
	r.enc.Begin(&command.Infos[command.OpClusterNodes], "*2\r\n$7\r\nCLUSTER\r\n$5\r\nNODES\r\n", 2)
	r.call.Route = to
	var nodes []ClusterNode
	if err := r.into(w.ctx, &nodes); err != nil {
		return nil, err
	}
	s := &walk.Share{Run: run}
	for _, n := range nodes {
		if !slices.Contains(n.Flags, "myself") {
			continue
		}
		s.ID, s.Epoch = n.ID, n.Epoch
		for _, own := range n.Slots {
			for i := max(own.Start, 0); i <= own.End && i < hashslot.Count; i++ {
				s.Has.Add(int(i))
			}
		}
		for _, moving := range append(n.Migrating, n.Importing...) {
			if moving.Slot >= 0 && moving.Slot < hashslot.Count {
				s.Has.Remove(int(moving.Slot))
			}
		}
	}
	return s, nil
}
