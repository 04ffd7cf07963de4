package redpoll

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
)

//go:generate go run ./internal/command/gen

// Client runs commands. Its methods are the server's commands; all of them are safe for concurrent use.
// Running a command never changes the client. The methods of a nil or zero Client send nothing and return a
// [*DataError].
//
// The most used methods by family. docs/commands.md lists all methods.
//
//   - Strings: [Client.Get], [Client.Set], [Client.MGet], [Client.MSet], [Client.SetNX], [Client.GetDel],
//     [Client.GetEx], [Client.SetGet], [Client.Incr], [Client.IncrBy], [Client.IncrByFloat], [Client.Append],
//     [Client.StrLen], [Client.GetRange]; JSON documents in them: [GetAs], [MGetAs], [SetAs]
//   - Keys: [Client.Del], [Client.Unlink], [Client.Exists], [Client.Expire], [Client.ExpireIn],
//     [Client.ExpireAt], [Client.ExpireUntil], [Client.TTL], [Client.Persist], [Client.Type],
//     [Client.Rename], [Client.Copy], [Client.Keys], [Client.ScanIter], [Client.Sort], [Client.Dump],
//     [Client.Restore]
//   - Hashes: [Client.HSet], [Client.HGet], [Client.HMGet], [Client.HGetAll], [Client.HDel],
//     [Client.HExists], [Client.HIncrBy], [Client.HKeys], [Client.HVals], [Client.HLen], [Client.HExpire],
//     [Client.HTTL], [Client.HScanIter], [Client.HImport]; structs: [HGetAllAs], [HSetFrom],
//     [QueueHGetAllAs], [QueueHSetFrom]
//   - Lists: [Client.LPush], [Client.RPush], [Client.LPop], [Client.RPop], [Client.BLPop], [Client.BRPop],
//     [Client.LMove], [Client.BLMove], [Client.LMPop], [Client.LRange], [Client.LIndex], [Client.LLen],
//     [Client.LRem], [Client.LTrim], [Client.LPos]
//   - Sets: [Client.SAdd], [Client.SRem], [Client.SMembers], [Client.SIsMember], [Client.SMIsMember],
//     [Client.SCard], [Client.SPop], [Client.SRandMember], [Client.SInter], [Client.SUnion], [Client.SDiff],
//     [Client.SScanIter]
//   - Sorted sets: [Client.ZAdd], [Client.ZIncrBy], [Client.ZScore], [Client.ZRank], [Client.ZRange],
//     [Client.ZRangeWithScores], [Client.ZRangeByScore], [Client.ZRem], [Client.ZCard], [Client.ZCount],
//     [Client.ZPopMin], [Client.BZPopMin], [Client.ZUnion], [Client.ZScanIter]
//   - Streams: [Client.XAdd], [Client.XRange], [Client.XRead], [Client.XReadBlock], [Client.XReadGroup],
//     [Client.XReadGroupBlock], [Client.XAck], [Client.XAutoClaim], [Client.XPending], [Client.XLen],
//     [Client.XTrim], [Client.XGroupCreate], [Client.XInfoStream]
//   - Bits, HyperLogLog: [Client.SetBit], [Client.GetBit], [Client.BitCount], [Client.BitOp],
//     [Client.BitPos], [Client.BitField], [Client.PFAdd], [Client.PFCount], [Client.PFMerge]
//   - Geo: [Client.GeoAdd], [Client.GeoPos], [Client.GeoDist], [Client.GeoSearch],
//     [Client.GeoSearchLocations], [Client.GeoSearchStore]
//   - JSON: [Client.JSONSet], [Client.JSONGet], [Client.JSONMGet], [Client.JSONNumIncrBy],
//     [Client.JSONArrAppend], [Client.JSONDel]; [JSON], [JSONAs]
//   - Search: [Client.FTCreate], [Client.FTSearch], [Client.FTAggregate], [Client.FTHybrid], [Client.FTInfo],
//     [Client.FTDropIndex]
//   - Time series: [Client.TSCreate], [Client.TSAdd], [Client.TSRange], [Client.TSMRange], [Client.TSGet],
//     [Client.TSCreateRule]
//   - Vector sets: [Client.VAdd], [Client.VSim], [Client.VSimWithScores], [Client.VGetAttr],
//     [Client.VSetAttr], [Client.VRem]
//   - Bloom and its relatives: [Client.BFAdd], [Client.BFExists], [Client.CFAdd], [Client.CMSIncrBy],
//     [Client.TopKAdd], [Client.TDigestAdd], [Client.TDigestQuantile]
//   - Arrays: [Client.ARSet], [Client.ARGet], [Client.ARGetRange], [Client.ARGrep], [Client.ARInsert],
//     [Client.ARLen]
//   - Scripts and functions: [Client.Eval], [Client.EvalSha], [Client.RegisterScript], [Client.FCall],
//     [Client.FunctionLoad], [Client.RegisterFunctions]
//   - Publish and subscribe: [Client.PubSub], [Client.KeyEvents], [Client.Publish], [Client.SPublish],
//     [Client.PubSubChannels], [Client.PubSubNumSub]
//   - Server: [Client.Ping], [Client.Info], [Client.Monitor], [Client.DBSize], [Client.FlushDB],
//     [Client.ConfigGet], [Client.ConfigSet], [Client.SlowLogGet], [Client.ClientList], [Client.ClientKill],
//     [Client.MemoryUsage], [Client.Time], [Client.Command]
//   - ACL: [Client.ACLWhoAmI], [Client.ACLList], [Client.ACLGetUser], [Client.ACLSetUserRules],
//     [Client.ACLDelUser]
//   - Cluster, Sentinel: [Client.ClusterInfo], [Client.ClusterNodes], [Client.ClusterShards],
//     [Client.SentinelMasters], [Client.SentinelGetMasterAddrByName]
//
// Functions around calls: converters of text such as [Int], [Float], [Bool] and [Time], of lists such as
// [Ints], and of lists with missing elements such as [NullInts]; [Spread] and [Pairs] pass slices and maps as
// values.
//
// Besides the commands: [Client.Pipeline], [Client.Pipelined], [Client.Transaction], [Client.Conn],
// [Client.Lock], [Client.Do], [Client.Drain], [Client.Close].
//
// Every method honours the deadline and the cancellation of its context, to the millisecond. A caller that
// gives up does not disturb other callers.
type Client struct {
	router route.Router
	// direct is the router of a client for one server without hooks; nil for all other clients.
	direct    *route.Single
	policy    route.Policy
	home      *Pool // the result of Pool
	db        int   // for hooks
	text      TextEncoding
	hooks     *hooks
	callbacks *callbacks
	tx        *watching // state of a Conn's client; nil for all other clients
	locks     *locks    // locks that are held
	monitors  *monitors // monitors that are open
	subs      *subscribers
	closed    atomic.Bool
	of        *deployment // of servers that change places; nil for one server
	clustered bool        // redirects are followed
	ring      *ringNodes  // nil for all clients but that of a ring
	copied    *copyNodes  // nil for all clients but that of a copy
}

// New makes a client. It does no I/O: the first command connects, and fails if the address is wrong. The
// error is an [*OptionError].
func New(o Options) (*Client, error) { return newClient(o, nil) }

// newClient makes a client for one server, or for a deployment with one primary.
func newClient(o Options, d *deployment) (*Client, error) {
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	c := &Client{locks: new(locks), monitors: new(monitors), text: o.Text, hooks: h.ofCommands(),
		callbacks: newCallbacks(o.Callbacks), home: o.Pool, of: d, clustered: d != nil && d.cluster != nil}
	own, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	switch {
	case c.home == nil:
		if c.home, err = newPool(o, d); err != nil {
			return nil, err
		}
	case c.home.unmade():
		return nil, &OptionError{"Pool", "is a zero Pool: NewPool makes pools"}
	}
	c.policy, c.db = own.policy(), c.home.opts.DB
	if d != nil {
		d.patience(&c.policy, o.RetryFor)
	}
	c.policy.Repeats = c.home.repeats
	single := &route.Single{Node: c.home.node, Owned: o.Pool == nil, Policy: c.policy,
		Exclusive: c.home.opts.Exclusive}
	c.router = single
	if d != nil {
		c.router = d.lead(single)
	}
	c.subs = &subscribers{c: c, hooks: h.ofPubSub()}
	if c.hooks == nil && c.router == route.Router(single) {
		c.direct = single
	}
	return c, nil
}

// unmadeClient stands for a nil client.
var unmadeClient Client

// unmade reports whether the client is nil or a zero value.
func (c *Client) unmade() bool { return c == nil || c.router == nil }

// noClient is the error of a method that is called on an unmade client.
func noClient(command string) error {
	return &DataError{command, "client", "is nil or a zero Client: New and Open make clients"}
}

// Open makes a client from a URL. Like New it does no I/O. The URL is one that [ParseURL] reads, for one
// server, or of one of these forms, in which rediss means TLS for everything:
//
//	redis+sentinel://[user][:password]@host:26379,host:26379/service/db?option=value
//	redis+replicas://[user][:password]@host:6379,host:6379/db?option=value
//	redis+cluster://[user][:password]@host:7000,host:7000/db?option=value
//	redis+ring://[user][:password]@host:6379,host:6379/db?option=value
//	redis+copy://[user][:password]@host:6379,host:6379/db?option=value
//
// The first one is [Sentinel.MasterFor]: user and password are those of the servers, and sentinel_username
// and sentinel_password those of the Sentinels. The second one is [NewReplicated], the third one
// [NewCluster]. Besides the options of ParseURL these take read_from (primary, prefer_replica, replica,
// nearest, or zone with an option zone) and check_interval, and the first one min_other_sentinels. The
// fourth one is [NewRing] with unnamed nodes, and takes python; every host needs its port. The last one is
// [NewCopy] with nodes without names, and takes success (all, quorum or any).
func Open(url string) (*Client, error) {
	if c, ok, err := openSeveral(url); ok {
		return c, err
	}
	o, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	return New(o)
}

// Close ends the client: every later call fails with [ErrClosed]. If the client made its own pool, Close
// closes all connections, and calls in flight fail with ErrClosed too. If the client uses Options.Pool, the
// pool stays open: calls in flight go on until they end, and a [Conn] that was taken before goes on until it
// is closed. A [PubSub], a [KeyEvents] and a [Monitor] end with ErrClosed in both cases. [Client.Drain] lets
// calls in flight end first.
//
// Close may be called again. The error is nil, except that the client inside a Conn returns a [*StateError]:
// its Conn must be closed instead, so that the connection goes back to the pool.
func (c *Client) Close() error {
	if c.unmade() {
		return nil
	}
	if c.tx != nil {
		return errInnerClose
	}
	if !c.closed.Swap(true) {
		c.subs.close()
		c.router.Close()
		c.monitors.end()
		if c.of != nil {
			c.of.close()
		}
		if c.ring != nil {
			c.ring.close()
		}
		if c.copied != nil {
			c.copied.close()
		}
	}
	return nil
}

// Pool returns the pool that the client uses; nil for a ring or a copy, whose nodes have one each.
func (c *Client) Pool() *Pool {
	if c.unmade() || c.ring != nil || c.copied != nil {
		return nil
	}
	return c.home
}

// Stats returns the counters of the client's pool. Those of several servers are the sums of all of them.
func (c *Client) Stats() Stats {
	if c.unmade() {
		return Stats{}
	}
	var all Stats
	for _, p := range c.pools() {
		all.add(p.Stats())
	}
	all.Retries = c.retries()
	return all
}

func (c *Client) retries() (n uint64) {
	if c.ring == nil && c.copied == nil {
		return c.home.repeats.Load()
	}
	for _, node := range c.Nodes() {
		n += node.Client.retries()
	}
	return n
}

// Disconnect is [Pool.Disconnect] of the client's pool. It concerns all clients that share the pool. A client
// that reads from replicas disconnects from them, too, and one of a cluster, a ring or a copy from all nodes.
func (c *Client) Disconnect() {
	for _, p := range c.pools() {
		p.Disconnect()
	}
}

// Reset is [Pool.Reset] of the client's pool. It concerns all clients that share the pool. A client that
// reads from replicas resets their pools, too, and one of a cluster, a ring or a copy those of all nodes. It
// does not send the server's command RESET, which changes one connection; no method sends that command.
func (c *Client) Reset() {
	for _, p := range c.pools() {
		p.Reset()
	}
}

// pools returns the pools of all servers of the client.
func (c *Client) pools() (all []*pool.Pool) {
	if c.unmade() {
		return nil
	}
	for _, n := range c.router.Nodes() {
		all = append(all, n.Pool)
	}
	if c.of != nil && c.of.cluster != nil {
		all = append(all, c.home.node.Pool) // for subscriptions
	}
	return all
}

// Node is one of the servers that a client uses, see [Client.Nodes].
type Node struct {
	Client *Client // a client for this server alone
	Name   string  // its name among several servers; "" if it has none
	Addr   string  // host:port, or the path of a unix socket
	ID     string  // its ID in a cluster; "" elsewhere
	Zone   string  // its availability zone; "" if unknown
	Role   Role    // its role, as far as the client knows it without asking
}

// Role says whether a [Node] accepts writes.
type Role uint8

// The roles of nodes.
const (
	// RoleUnknown means that the client has not asked. Client.Role asks.
	RoleUnknown Role = iota
	// RolePrimary accepts writes.
	RolePrimary
	// RoleReplica has a copy of another node's data.
	RoleReplica
)

// String returns the role as a word.
func (r Role) String() string {
	switch r {
	case RolePrimary:
		return "primary"
	case RoleReplica:
		return "replica"
	}
	return "unknown"
}

// Nodes lists the servers that the client uses, for commands that are meant for one of them: all nodes of a
// cluster, a ring or a copy, for example. It sends nothing: a client that follows a primary knows no node
// before its first command. Clients for single nodes belong to this client and end with it, but for those
// that were given to a ring or a copy. A client for one server has one node, with this client and an unknown
// role. The list belongs to the caller; it is empty for a nil or zero Client.
func (c *Client) Nodes() []Node {
	if c.unmade() {
		return nil
	}
	switch {
	case c.of != nil:
		return c.of.nodes()
	case c.ring != nil:
		return c.ring.all()
	case c.copied != nil:
		return c.copied.all()
	}
	return []Node{{Client: c, Addr: c.where()}}
}

// NodeFor returns the node that has a key, or would have it: on a ring the key's node, in a cluster the owner
// of the key's slot, on a copy, whose nodes have all keys, the first node of the list, else the primary, or
// the one server. A client that knows no node yet asks for them (CLUSTER SLOTS, ROLE, or the Sentinels).
// Otherwise nothing is sent, and the key may have moved since; on a ring it never moves. The error is that of
// a command with this key.
func (c *Client) NodeFor(ctx context.Context, key string) (Node, error) {
	switch {
	case c.unmade():
		return Node{}, noClient("NodeFor")
	case c.ring == nil && c.of == nil:
		return c.Nodes()[0], nil
	case c.ring == nil && c.of.cluster == nil:
		if _, err := c.of.follower.Current(ctx); err != nil {
			return Node{}, unconnected(err)
		}
		return c.of.nodes()[0], nil
	}
	raw := c.encoded([]string{key})
	if len(raw) == 0 {
		return Node{}, &DataError{"NodeFor", "key", "cannot be written in the encoding of the client"}
	}
	if c.ring != nil {
		return c.Nodes()[c.ring.router.Place(raw[0])], nil
	}
	var call conn.Call
	call.Info = &command.Info{Name: "NodeFor"}
	owner, ok := c.of.cluster.OwnerOf(ctx, &call, raw[0])
	if !ok {
		return Node{}, failure(&call)
	}
	return c.of.member(owner), nil
}

// String shows the address of the client without any secret.
func (c *Client) String() string {
	if c.unmade() {
		return "redpoll.Client<made by neither New nor Open>"
	}
	switch {
	case c.ring != nil:
		return "redpoll.Client<ring of " + c.ring.name + ">"
	case c.copied != nil:
		return "redpoll.Client<copy of " + c.target() + ">"
	}
	return "redpoll.Client<" + c.home.String() + ">"
}

// unsent is the error of a call whose context ended before anything was sent.
func (c *Client) unsent(ctx context.Context, what string) *ConnError {
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	gone.Node = c.where()
	return abandonment(what, gone)
}

// target is the address of the client's server, or what it calls several of them.
func (c *Client) target() string {
	switch {
	case c.ring != nil:
		return c.ring.name
	case c.copied != nil:
		return strings.Join(c.copied.addrs, ",")
	case c.of != nil:
		return c.of.name
	}
	return c.where()
}

// where is the address of the client's server; "" if there are several.
func (c *Client) where() string {
	if nodes := c.router.Nodes(); len(nodes) == 1 {
		return nodes[0].Addr
	}
	return ""
}

// Drain ends the client without an error for the work under way, as Shutdown does for a server of net/http:
// it refuses further calls with [ErrClosed], waits for the work under way, and then does what Close does. The
// server's command SHUTDOWN is [Client.Shutdown].
//
// Work under way is
//   - commands and pipelines that have been sent, until their replies come. A blocking command ends when the
//     server answers, so give it a context that ends.
//   - a [Conn], a [HashImport] and a transaction, until they are closed. Their own commands run as before.
//     Inside them, calls of the client itself are refused, and so is another Conn.
//   - a lock that was acquired, until it is released or expires. The methods of [Held] work as before. A lock
//     without an end that is not released lasts as long as ctx.
//
// A [PubSub] that has subscribed goes on until the client is closed, and then its readers get ErrClosed. A
// PubSub that has not subscribed yet cannot subscribe any more. [KeyEvents] go on like a PubSub that has.
//
// Drain may refuse calls that wait for their first connection, or for the pause before a repeat. Iterators
// end with ErrClosed at their next page.
//
// If ctx ends first, the client is closed at once, and the calls that are still under way fail with
// ErrClosed. The error is then a [*DrainError] with their number. If the client uses Options.Pool, Drain
// waits only for the calls of this client; the pool stays open, so that unfinished calls go on. If ctx has no
// end, Drain waits without a limit. Drain may be called again. Close may be called meanwhile and ends Drain.
// For the client inside a Conn the error is a [*StateError].
func (c *Client) Drain(ctx context.Context) error {
	if c.unmade() {
		return nil
	}
	if c.tx != nil {
		return errInnerClose
	}
	router, ok := c.router.(route.Drainer)
	if !ok || c.closed.Load() {
		return c.Close()
	}
	router.Stop()
	c.subs.seal()
	left := func() DrainError { return DrainError{Conns: router.Held(), Locks: c.locks.held()} }
	err := c.awaitEnd(ctx, left)
	calls := router.Settle()
	if err == nil {
		err = c.awaitEnd(ctx, func() DrainError { return DrainError{Calls: calls()} })
	} else {
		err.Calls = calls()
	}
	_ = c.Close()
	if err != nil {
		return err
	}
	return nil
}

// Bounds of the pause before Drain looks again at the work under way.
const (
	firstDrainLook = time.Millisecond
	lastDrainLook  = 20 * time.Millisecond
)

// awaitEnd waits until left returns the zero value. If ctx ends or the client is closed before, it returns
// the work that was left.
func (c *Client) awaitEnd(ctx context.Context, left func() DrainError) *DrainError {
	for n := 1; ; n++ {
		e := left()
		switch {
		case e == DrainError{}:
			return nil
		case c.closed.Load():
			e.Err = ErrClosed
			return &e
		case !backoff.Wait(ctx, backoff.Doubling(n, firstDrainLook, lastDrainLook), nil):
			e.Err = ctx.Err()
			return &e
		}
	}
}

// DrainError says how much work was under way when the context of [Client.Drain] ended, or when the client
// was closed. It matches the context's error, or [ErrClosed]. Each unfinished call also returns an error of
// its own, with its outcome.
type DrainError struct {
	Calls int // commands and pipelines on shared connections, including abandoned ones
	// Conns is the number of connections that blocking commands, large requests, transactions and Conns hold
	// or wait for.
	Conns int
	Locks int   // locks that were held
	Err   error // why Drain stopped waiting
}

// Error counts the unfinished work.
func (e *DrainError) Error() string {
	return fmt.Sprintf(
		"redpoll: drain: %s, with %d calls, %d connections of their own and %d locks under way",
		inner(e.Err), e.Calls, e.Conns, e.Locks)
}

func (e *DrainError) redpollError() {}

// Unwrap returns the cause.
func (e *DrainError) Unwrap() error { return e.Err }

// locks are the locks that a client holds. The zero value is empty.
type locks struct {
	mu  sync.Mutex
	all map[*Held]struct{}
}

// add counts a lock. It is called before the lock is acquired, so that Drain cannot miss the lock.
func (l *locks) add(h *Held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[*Held]struct{})
	}
	l.all[h] = struct{}{}
	if n := len(l.all); n&(n-1) == 0 { // now and then remove expired locks
		l.sweep()
	}
}

func (l *locks) remove(h *Held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, h)
}

// held is the number of locks that have not expired.
func (l *locks) held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	return len(l.all)
}

// sweep removes expired locks. mu is held.
func (l *locks) sweep() {
	now := time.Now()
	for h := range l.all {
		if until, ok := h.Deadline(); ok && !now.Before(until) {
			delete(l.all, h)
		}
	}
}

// Pool keeps the connections to one server. Each client makes a pool of its own; NewPool makes one that
// several clients share through Options.Pool. It is safe for concurrent use. A nil or zero Pool has no
// connections: its methods do nothing, and New refuses a zero Pool with an [*OptionError].
type Pool struct {
	opts Options // checked, defaults filled in
	node *route.Node
	// repeats counts the repeated calls of all clients.
	repeats *atomic.Uint64
	of      *deployment // of servers that change places; nil for one server
}

// NewPool makes a pool from the options that concern connections. It opens a connection only when a call
// needs one. The error is an [*OptionError]. Close the pool after its last use.
func NewPool(o Options) (*Pool, error) {
	return newPool(o, nil)
}

// newPool makes a pool for one server, or for one of a deployment.
func newPool(o Options, d *deployment) (*Pool, error) {
	if o.Pool != nil {
		return nil, &OptionError{"Pool", "is for clients: a pool cannot be made of another one"}
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	if d != nil {
		o.Addr = d.name
	}
	cfg := o.poolConfig(h)
	stream := o.stream()
	if d != nil {
		stream = d.stream
		d.arrange(&cfg)
	}
	if stream != nil {
		cfg.Conn.Credentials = stream.Get
	}
	p := pool.New(cfg)
	if stream != nil {
		stream.Bind(p)
	}
	if d != nil {
		d.bind(p)
	}
	o.Password = "" // so that printing a Pool field by field does not show it
	return &Pool{opts: o, node: route.NewNode(p), repeats: new(atomic.Uint64), of: d}, nil
}

// stream makes what runs CredentialStream; nil if that is not set.
func (o *Options) stream() *pool.Stream {
	if o.CredentialStream == nil {
		return nil
	}
	return pool.NewStream(o.CredentialStream, errStreamEnded, o.Logger)
}

var errStreamEnded error = &OptionError{"CredentialStream",
	"has returned before its context ended, without an error: it has to run as long as that"}

// Disconnect closes every connection, idle or in use. Calls in flight fail with [ErrConnClosed], unless they
// may be repeated. The pool connects again on demand.
func (p *Pool) Disconnect() {
	if !p.unmade() {
		p.node.Pool.Disconnect()
	}
}

// Reset discards every connection: idle ones are closed at once, those in use as soon as they are free. No
// call fails because of it.
func (p *Pool) Reset() {
	if !p.unmade() {
		p.node.Pool.Reset()
	}
}

// Close closes every connection. Calls in flight and all later calls fail with ErrClosed. When Close returns,
// no connection is open, and the goroutines of the pool are about to end. It may be called again; the error
// is always nil.
func (p *Pool) Close() error {
	if !p.unmade() {
		p.node.Pool.Close()
	}
	return nil
}

// Stats returns the pool's counters.
func (p *Pool) Stats() Stats {
	var all Stats
	if p.unmade() {
		return all
	}
	all.add(p.node.Pool.Stats())
	all.Retries = p.repeats.Load()
	return all
}

// String shows the address of the pool without any secret.
func (p *Pool) String() string {
	if p.unmade() {
		return "redpoll.Pool<not made by NewPool>"
	}
	if p.of != nil {
		return "redpoll.Pool<" + p.of.target(&p.opts) + ">"
	}
	return "redpoll.Pool<" + p.opts.target() + ">"
}

// unmade reports whether the pool is nil or a zero value.
func (p *Pool) unmade() bool { return p == nil || p.node == nil }

// Stats are the counters of a pool since it was made, and the present numbers of its connections.
type Stats struct {
	SharedConns int // connections that many calls share
	LentConns   int // exclusive connections of all classes in use or being made
	IdleConns   int // exclusive connections of all classes that wait for use
	Streams     int // connections of subscriptions and monitors

	Dials      uint64 // attempts to connect
	DialErrors uint64 // attempts that failed
	Closed     uint64 // connections that are gone

	Waits        uint64 // calls that waited at a bound for an exclusive connection
	WaitTimeouts uint64 // calls that waited in vain
	Exhausted    uint64 // calls that failed with ErrPoolExhausted
	Pings        uint64 // health checks
	Suspects     uint64 // connections that took no calls for a time, after a call timed out on them
	PassedBy     uint64 // calls that avoided a shared connection in the middle of a large reply

	Commands uint64 // requests sent; a pipeline is one request
	Writes   uint64 // writes that carried the requests; one write may carry several
	Retries  uint64 // repeats of calls, of parts of pipelines, and of requests for a Conn

	// InFlight is the number of requests that now await a reply, including the client's own PINGs. Requests
	// of callers that have given up count until their replies come, and some whose replies have just come may
	// still count.
	InFlight int
	// BytesSent and BytesReceived count bytes of the protocol, including handshakes, but not what TLS adds.
	// They do not include failed attempts to connect, and the last bytes of a connection that was closed
	// while in use may be missing.
	BytesSent, BytesReceived uint64

	Sessions ClassStats // of transactions and Conn; with Options.Exclusive, of all commands
	Blocking ClassStats // of blocking commands
	Large    ClassStats // of large requests
}

// ClassStats are the present numbers of exclusive connections of one class.
type ClassStats struct {
	Open    int // all connections, including those that are being made
	Lent    int // connections in use
	Idle    int // connections that wait for use
	Waiting int // calls that wait for a connection
}

// add adds the counters of one pool.
func (s *Stats) add(p pool.Stats) {
	s.SharedConns += p.Shared
	s.LentConns += p.Lent
	s.IdleConns += p.Idle
	s.Streams += p.Streams
	s.Dials += p.Dials
	s.DialErrors += p.DialErrors
	s.Closed += p.Closed
	s.Waits += p.Waits
	s.WaitTimeouts += p.WaitTimeouts
	s.Exhausted += p.Exhausted
	s.Pings += p.Pings
	s.Suspects += p.Suspects
	s.PassedBy += p.PassedBy
	s.Commands += p.Counts.Calls
	s.Writes += p.Counts.Writes
	s.InFlight += p.InFlight
	s.BytesSent += p.Counts.Sent
	s.BytesReceived += p.Counts.Received
	s.Sessions.add(p.Classes[conn.Session])
	s.Blocking.add(p.Classes[conn.Blocking])
	s.Large.add(p.Classes[conn.Large])
}

func (s *ClassStats) add(p pool.ClassStats) {
	s.Open += p.Open
	s.Lent += p.Lent
	s.Idle += p.Idle
	s.Waiting += p.Waiting
}
