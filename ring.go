package redpoll

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/ring"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/urltext"
)

// RingOptions say which servers share the keys of a ring, and how.
type RingOptions struct {
	// Nodes are the servers. All of them have names, or none has. Without names the order of the list decides
	// where keys are, so that a node can neither move in it nor leave it. Required.
	Nodes []RingNode
	// Node are the options for connections to those nodes that are given by Addr. Its Hooks about commands,
	// Text and Callbacks are those of the ring's client, whatever the nodes are. Addr, Network and Pool are
	// an OptionError.
	Node Options
	// Placement is the rule that says which node has a key. Default: DefaultPlacement.
	Placement Placement
	// Python makes the ring that of Python's django-redisdb in everything, for data and programs that are
	// there already: hash tags do not count, the first argument of each command decides about its node,
	// whatever it means, no command is split or refused, and a pipeline goes to the node of the empty key as
	// a whole. Names and weights of nodes, and a Placement, are an OptionError. Default: false.
	Python bool
	// Eject makes the keys of a node that does not answer go to other nodes. Default: never, the keys of such
	// a node cannot be used.
	Eject RingEject
}

// RingNode is one node of a ring. One of Addr, Options and Client says which server it is.
type RingNode struct {
	// Name is the name of the node. It decides which keys the node has, so it stays when the address changes.
	Name string
	// Weight is the node's part of the keys, compared with those of the others. Default: 1.
	Weight float64
	// Addr is host:port, with the port, or the path of a unix socket. The options are those of
	// RingOptions.Node.
	Addr string
	// Options are the options of a node that differs from others. Hooks about commands, and a Text that is
	// not that of RingOptions.Node, are an OptionError.
	Options *Options
	// Client is any client: of Sentinels, of a cluster, of another ring. It belongs to the caller, who closes
	// it after the ring. It has no hooks about commands, and the Text of RingOptions.Node.
	Client *Client
}

// Placement is a rule that says which node of a ring has a key. Only the hash tag of a key counts, if it has
// one, as in {user:1}:name.
type Placement uint8

// Rules of placement.
const (
	// DefaultPlacement is weighted rendezvous hashing of the names (XXH64) for nodes that have names, and
	// HashRing for others. A node that comes or goes moves only its own keys, and the order of the list does
	// not matter.
	DefaultPlacement Placement = iota
	// HashRing is the ring of Python's hash_ring, which django-redisdb has, bit for bit: MD5, with the names
	// of the nodes, or with their positions from 0 if they have none.
	HashRing
)

// RingEject says when the keys of a node go to other nodes. It is for caches: what the node has is missed
// meanwhile, and what is written meanwhile is missed when it is back, while the node still has its old
// values. Programs do not agree about the moment. Locks and counters do not survive this.
type RingEject struct {
	// After is the time for which all checks of a node must have failed. 0 means that keys stay where they
	// are.
	After time.Duration
	// Every is the time between two checks, and the most that one may take. Default: a fifth of After.
	Every time.Duration
	// Check looks whether a node works; an error means that it does not. Default: PING.
	Check func(ctx context.Context, n Node) error
	// Back is called for a node that works again, before it gets its keys: FLUSHDB there drops old values.
	// After an error it is called again. Default: nothing is done.
	Back func(ctx context.Context, n Node) error
}

// NewRing makes a client for several servers that know nothing of each other and share the keys, as
// memcached's clients do. It has all methods of a client for one server. It does no I/O. The error is an
// [*OptionError].
//
// The key of a command decides which node gets it. A node that cannot be reached fails the calls with its
// keys, as a client for that server would, with its address in the error; what it had is missing as long as
// it is away.
//
//   - Keys of one command on several nodes: MGET, MSET, DEL, UNLINK, EXISTS, TOUCH and JSON.MGET are split,
//     and what comes back is in the order of the keys. Together they are not atomic. If parts fail, the error
//     is a [*NodesError] with the positions of their keys. For other commands the error matches
//     [ErrCrossSlot], and nothing was sent. Keys with the same hash tag, as in {user:1}:name, share a node.
//   - A pipeline with [NoTransaction] is split by node, and its parts run side by side. Other pipelines,
//     transactions and scripts need keys of one node. The first key of a [Conn] decides about its node, and
//     keys of other nodes are refused.
//   - Commands without keys go to all nodes if only this makes sense: DBSIZE, FLUSHALL, KEYS, RANDOMKEY,
//     PING, SCRIPT LOAD, CONFIG SET. Their replies become one. Commands that every server answers alike, such
//     as ECHO, go to any node. Others, such as INFO, are a [*StateError]: [Client.Nodes] has a client for
//     each node, and [Client.NodeFor] the one for a key. So are scripts that name no key, and commands that
//     redpoll does not know.
//   - PUBLISH goes to the node of its channel. [Client.ScanIter] walks all nodes. A [Lock] and its fencing
//     counter are on the node of the lock's name.
//
// [Client.Drain] waits for all work on nodes that the ring has made, and Close closes them. Clients that
// were given stay open. [Client.Monitor] is a StateError. Not there yet, and a StateError too: subscriptions
// and keyspace events.
func NewRing(o RingOptions) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	own, err := o.Node.withDefaults()
	if err != nil {
		return nil, err
	}
	h, err := newHooks(o.Node.Hooks)
	if err != nil {
		return nil, err
	}
	of := &ringNodes{python: o.Python}
	cfg := route.RingConfig{First: o.Python}
	var addrs []string
	for i, n := range o.Nodes {
		client, err := o.client(i)
		if err != nil {
			of.close()
			return nil, err
		}
		owned := client != n.Client
		if owned {
			of.owned = append(of.owned, client)
		}
		of.list = append(of.list, Node{Client: client, Name: o.nameOf(i)})
		cfg.Nodes = append(cfg.Nodes, route.RingNode{Router: client.router, Owned: owned})
		addrs = append(addrs, client.target())
	}
	of.name = strings.Join(addrs, ",")
	cfg.Name, cfg.Placement = of.name, o.placement()
	of.router = route.NewRing(cfg)
	c := &Client{router: of.router, policy: own.policy(), home: of.list[0].Client.home, db: own.DB, ring: of,
		text: o.Node.Text, hooks: h.ofCommands(), callbacks: newCallbacks(o.Node.Callbacks),
		locks: new(locks), monitors: new(monitors)}
	c.subs = &subscribers{c: c, hooks: h.ofPubSub()}
	if o.Eject.After > 0 {
		of.router.Eject(o.Eject.ejection(of, own.Logger))
	}
	return c, nil
}

// validate checks what concerns the ring as a whole.
func (o *RingOptions) validate() error {
	if len(o.Nodes) == 0 {
		return &OptionError{"Nodes", "is empty: give at least one node"}
	}
	if err := forNodes("Node", o.Node, "Nodes"); err != nil {
		return err
	}
	names := make(map[string]int)
	for i, n := range o.Nodes {
		here := fmt.Sprintf("element %d: ", i)
		if before, again := names[n.Name]; again && n.Name != "" {
			return &OptionError{"Nodes", here + fmt.Sprintf("has the name of element %d", before)}
		}
		names[n.Name] = i
		switch {
		case (n.Name == "") != (o.Nodes[0].Name == ""):
			return &OptionError{"Nodes", here + "all nodes need a name, or none"}
		case !(n.Weight >= 0) || math.IsInf(n.Weight, 0):
			return &OptionError{"Nodes", here + "Weight must be a positive number; 0 is the default, 1"}
		case o.Python && (n.Name != "" || n.Weight != 0):
			return &OptionError{"Python", "has neither names nor weights: leave out those of Nodes, or Python"}
		}
	}
	switch {
	case o.Placement > HashRing:
		return &OptionError{"Placement", "is not one of the constants"}
	case o.Python && o.Placement != DefaultPlacement:
		return &OptionError{"Python", "has a placement of its own: leave out Placement"}
	}
	return o.Eject.validate()
}

func (e *RingEject) validate() error {
	switch {
	case e.After < 0 || e.Every < 0:
		return &OptionError{"Eject", "After and Every must not be negative; 0 is the default"}
	case e.After == 0 && (e.Every != 0 || e.Check != nil || e.Back != nil):
		return &OptionError{"Eject.After", "is missing: without it nodes are not checked"}
	case e.Every > e.After:
		return &OptionError{"Eject.Every", "must not exceed Eject.After"}
	}
	if err := meant("Eject.After", e.After, time.Millisecond, time.Second); err != nil {
		return err
	}
	return meant("Eject.Every", e.Every, time.Millisecond, time.Second)
}

// client gives the client of a node.
func (o *RingOptions) client(i int) (*Client, error) {
	n := &o.Nodes[i]
	return nodeClient(givenNode{n.Addr, n.Options, n.Client}, "RingOptions", i, &o.Node, withPort)
}

// givenNode is a node of a ring or a copy as the user names it: by one of the fields.
type givenNode struct {
	addr    string
	options *Options
	client  *Client
}

// nodeClient gives the client of node i. base are the options for all nodes, of the options named kind, and
// misses says what an address lacks; it may be nil.
func nodeClient(n givenNode, kind string, i int, base *Options,
	misses func(*Options) string) (*Client, error) {
	here := fmt.Sprintf("Nodes[%d]", i)
	ways := 0
	for _, given := range [...]bool{n.addr != "", n.options != nil, n.client != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, &OptionError{here, "needs exactly one of Addr, Options and Client"}
	}
	c := n.client
	if c == nil {
		one := *base
		if n.options != nil {
			one = *n.options
		} else {
			one.Addr = n.addr
		}
		if misses != nil {
			if reason := misses(&one); reason != "" {
				return nil, &OptionError{here + ".Addr", reason}
			}
		}
		var err error
		if c, err = New(one); err != nil {
			return nil, err
		}
	}
	reason := ""
	switch {
	case c.unmade():
		reason = "is a zero Client: New and Open make clients"
	case c.tx != nil:
		reason = "belongs to a Conn: give the client that the Conn was taken from"
	case n.addr == "" && c.hooks != nil:
		reason = "has hooks about commands, which would not see those of the whole: " +
			"give them to " + kind + ".Node"
	case !structs.Equal(c.text, base.Text):
		reason = "has another Text than " + kind + ".Node"
	}
	if reason != "" {
		if c != n.client {
			_ = c.Close()
		}
		return nil, &OptionError{here, reason}
	}
	return c, nil
}

// withPort says what is wrong with an address without a port. Where keys are depends on the list of nodes, so
// nothing in it is guessed.
func withPort(o *Options) string {
	if o.Network == "unix" || o.Pool != nil || strings.HasPrefix(o.Addr, "/") {
		return ""
	}
	if _, port, reason := urltext.HostPort(o.Addr); reason == "" && port == "" {
		return "needs a port: host:6379"
	}
	return ""
}

// nameOf returns the name of a node: its position if it has none.
func (o *RingOptions) nameOf(i int) string {
	if name := o.Nodes[i].Name; name != "" {
		return name
	}
	return strconv.Itoa(i)
}

// placement returns the rule.
func (o *RingOptions) placement() ring.Placement {
	var nodes []ring.Node
	for i, n := range o.Nodes {
		one := ring.Node{Name: o.nameOf(i), Weight: n.Weight}
		if one.Weight == 0 {
			one.Weight = 1
		}
		nodes = append(nodes, one)
	}
	if o.Placement == HashRing || o.Nodes[0].Name == "" {
		return ring.NewHashRing(nodes)
	}
	return ring.NewRendezvous(nodes)
}

// ejection returns the settings for the router.
func (e RingEject) ejection(of *ringNodes, log *slog.Logger) route.Ejection {
	if e.Every == 0 {
		e.Every = max(e.After/5, time.Millisecond)
	}
	check := func(ctx context.Context, i int) error {
		if e.Check != nil {
			return e.Check(ctx, of.node(i))
		}
		return of.list[i].Client.Ping(ctx)
	}
	return route.Ejection{After: e.After, Every: e.Every, Check: check,
		Back: func(ctx context.Context, i int) error {
			if err := check(ctx, i); err != nil || e.Back == nil {
				return err
			}
			return e.Back(ctx, of.node(i))
		},
		Told: func(i int, err error) {
			n := of.node(i)
			attrs := []slog.Attr{slog.String("node", n.Addr), slog.String("name", n.Name)}
			level, text := slog.LevelInfo, "redpoll: node has its keys again"
			if err != nil {
				level, text = slog.LevelWarn, "redpoll: keys of node go to others"
				attrs = append(attrs, slog.Any("error", err))
			}
			log.LogAttrs(context.Background(), level, text, attrs...)
		},
	}
}

// ringNodes is what the client of a ring has besides its router.
type ringNodes struct {
	name   string // the addresses
	router *route.Ring
	python bool
	list   []Node    // without the addresses, which may change
	owned  []*Client // those of the list that end with the ring
}

// node returns a node.
func (r *ringNodes) node(i int) Node {
	n := r.list[i]
	n.Addr = n.Client.target()
	return n
}

// all returns all nodes in order.
func (r *ringNodes) all() []Node {
	list := make([]Node, len(r.list))
	for i := range list {
		list[i] = r.node(i)
	}
	return list
}

// close ends the clients that belong to the ring.
func (r *ringNodes) close() {
	for _, c := range r.owned {
		_ = c.Close()
	}
}
