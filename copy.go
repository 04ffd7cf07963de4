package redpoll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/ring"
	"github.com/redpoll-go/redpoll/internal/route"
)

// CopyOptions say which servers have copies of the same data, and when a write has succeeded.
type CopyOptions struct {
	// Nodes are the servers. All of them have names, or none has. Without names their order in the list
	// decides which one answers reads of a key, as in django-redisdb. Required.
	Nodes []CopyNode
	// Node are the options for connections to those nodes that are given by Addr. Its Hooks about commands,
	// Text and Callbacks are those of the copy's client, whatever the nodes are. Addr, Network, Pool and
	// Exclusive are an OptionError.
	Node Options
	// Success says on how many nodes a write must have been executed. Default: SuccessAll.
	Success Success
}

// CopyNode is one node of a copy. One of Addr, Options and Client says which server it is.
type CopyNode struct {
	// Name is the name of the node. It decides which reads the node answers.
	Name string
	// Addr is host:port, or the path of a unix socket. The options are those of CopyOptions.Node.
	Addr string
	// Options are the options of a node that differs from others. Hooks about commands, Exclusive, and a Text
	// that is not that of CopyOptions.Node, are an OptionError.
	Options *Options
	// Client is any client: of Sentinels, of a cluster. It belongs to the caller, who closes it after the
	// copy. It has no hooks about commands, and the Text of CopyOptions.Node.
	Client *Client
}

// Success says on how many nodes of a copy a write must have been executed, so that it has succeeded.
type Success uint8

// Rules of success.
const (
	// SuccessAll: on all nodes. While a node cannot be reached every write is an error, though the others
	// have executed it.
	SuccessAll Success = iota
	// SuccessQuorum: on more than half of the nodes. The call returns as soon as this is so. The others have
	// another second; then they count as nodes that have missed the write.
	SuccessQuorum
	// SuccessAny: on one node. A write that only one node has can be lost with it.
	SuccessAny
)

// copyBacklog is the number of keys that a node may have missed before it is behind as a whole.
const copyBacklog = 100_000

// NewCopy makes a client for several servers that know nothing of each other, which it keeps equal: it sends
// each write to all of them, and each read to one. It does no I/O. The error is an [*OptionError].
//
// A write has the error nil if it was executed on as many nodes as CopyOptions.Success says. Else the error
// is a [*NodesError] with the nodes on which it was not, or may not have been; it matches an outcome only if
// all nodes have this outcome. Nothing is undone on the others. If all nodes refuse a write in the same
// words, the error is that of one server. The result is that of the node which reads of the key ask.
//
// Writes of this client to one key take effect in the same order on all nodes. The price is that they wait
// for each other: a hot counter is incremented once per round trip. Between clients and programs there is no
// order, and two that write the same key at the same time can leave the nodes different for ever.
//
//   - A node that cannot be reached gets no writes, and reads go to the others, until it is back. Each key
//     of which a node has missed a write, or may have, is listed, and reads of the key avoid the node. With
//     more than 100,000 of them, or when its server was started anew, the node is behind as a whole and
//     answers no reads. [Client.Repair] brings the listed keys in step again, and [Client.Compare] all keys.
//     The list is in memory, and ends with the client.
//   - Writes are sent in a form that is the same for all servers: lifetimes as the time of their end by the
//     servers' clocks, XADD with the ID that the first node has given, SREM of the members that SPOP has
//     taken there, the sum of INCRBYFLOAT, exact trimming. Of commands that follow a clock or chance in a way
//     that cannot be sent, such as XREADGROUP, the keys that they leave are copied (DUMP, RESTORE).
//   - Blocking pops, MIGRATE, MOVE, SWAPDB, scripts and functions that may write, and commands about one
//     server are a [*StateError] before anything is sent. [Client.Nodes] has a client for each node.
//   - PUBLISH goes to all nodes and gives the number of receivers at all of them. A [PubSub] listens to one
//     node, as [Client.KeyEvents] does. One node answers [Client.ScanIter], HSCAN and its relatives, and
//     commands without keys that read, such as DBSIZE. Scan and [Client.Monitor] are a StateError.
//   - A pipeline is executed on the first node and then on the others if it is atomic, or has commands whose
//     effect only that node can decide; others at once. It waits for all nodes, whatever Success says, and
//     has one ticket for all of its keys. A watch is kept on the first node, which also answers the reads of
//     a [Conn].
//   - Not there yet, and a StateError too: locks; pipelines with writes on a copy of clusters.
func NewCopy(o CopyOptions) (*Client, error) {
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
	of := &copyNodes{}
	cfg := route.CopyConfig{Quorum: route.Quorum(o.Success), Most: copyBacklog, Logger: own.Logger}
	var places []ring.Node
	for i, n := range o.Nodes {
		client, err := o.client(i)
		if err != nil {
			of.close()
			return nil, err
		}
		if client != n.Client {
			of.owned = append(of.owned, client)
		}
		name := n.Name
		if name == "" {
			name = strconv.Itoa(i)
		}
		of.list = append(of.list, Node{Client: client, Name: name})
		of.addrs = append(of.addrs, client.target())
		cfg.Nodes = append(cfg.Nodes, route.CopyNode{
			Name: client.target(), Router: client.router, Owned: client != n.Client,
		})
		places = append(places, ring.Node{Name: name, Weight: 1})
	}
	if o.Nodes[0].Name == "" {
		cfg.Place = ring.NewHashRing(places)
	} else {
		cfg.Place = ring.NewRendezvous(places)
	}
	cfg.Name = strings.Join(of.addrs, ",")
	of.router = route.NewCopy(cfg)
	c := &Client{
		router: of.router, copied: of, policy: own.policy(), home: of.list[0].Client.home, db: own.DB,
		text: o.Node.Text, hooks: h.ofCommands(), callbacks: newCallbacks(o.Node.Callbacks),
		locks: new(locks), monitors: new(monitors),
	}
	c.subs = &subscribers{c: c, hooks: h.ofPubSub()}
	return c, nil
}

// validate checks what concerns the copy as a whole.
func (o *CopyOptions) validate() error {
	if len(o.Nodes) == 0 {
		return &OptionError{"Nodes", "is empty: give at least one node"}
	}
	names := make(map[string]int)
	for i, n := range o.Nodes {
		here := fmt.Sprintf("element %d: ", i)
		if before, again := names[n.Name]; again && n.Name != "" {
			return &OptionError{"Nodes", here + fmt.Sprintf("has the name of element %d", before)}
		}
		names[n.Name] = i
		if (n.Name == "") != (o.Nodes[0].Name == "") {
			return &OptionError{"Nodes", here + "all nodes need a name, or none"}
		}
	}
	if o.Success > SuccessAny {
		return &OptionError{"Success", "is not one of the constants"}
	}
	return forNodes("Node", o.Node, "Nodes")
}

// client gives the client of a node.
func (o *CopyOptions) client(i int) (*Client, error) {
	n := &o.Nodes[i]
	c, err := nodeClient(givenNode{n.Addr, n.Options, n.Client}, "CopyOptions", i, &o.Node, nil)
	if err == nil && c.home.opts.Exclusive {
		if c != n.Client {
			_ = c.Close()
		}
		err = &OptionError{fmt.Sprintf("Nodes[%d]", i),
			"has Exclusive, with which a copy cannot see that a server was started anew: leave it out"}
	}
	return c, err
}

// copyNodes is what the client of a copy has besides its router.
type copyNodes struct {
	router *route.Copy
	addrs  []string
	list   []Node    // without the addresses, which may change
	owned  []*Client // those of the list that end with the copy
}

// all returns all nodes in order.
func (n *copyNodes) all() []Node {
	list := make([]Node, len(n.list))
	for i, node := range n.list {
		node.Addr = node.Client.target()
		list[i] = node
	}
	return list
}

// listener returns the client of a node that can be reached, for subscriptions.
func (n *copyNodes) listener() *Client {
	for i := range n.list {
		if _, _, away := n.router.Backlog(i); !away {
			return n.list[i].Client
		}
	}
	return n.list[0].Client
}

// copyFromURL makes the options of a copy from the parts of a URL.
func copyFromURL(addrs []string, node Options, success string) (o CopyOptions) {
	for _, addr := range addrs {
		o.Nodes = append(o.Nodes, CopyNode{Addr: addr})
	}
	o.Node = node
	switch success {
	case "", "all":
	case "quorum":
		o.Success = SuccessQuorum
	case "any":
		o.Success = SuccessAny
	default:
		o.Success = SuccessAny + 1 // NewCopy says what is wrong
	}
	return o
}

// close ends the clients that belong to the copy.
func (n *copyNodes) close() {
	for _, c := range n.owned {
		_ = c.Close()
	}
}

// uncopied is the error of a command that a copy cannot do.
func uncopied(info *command.Info) *StateError {
	reason := "cannot be done on all servers alike: use the Client of one of Client.Nodes"
	switch {
	case info == nil:
		return &StateError{Command: "command", reason: "is unknown, so that a copy cannot keep its nodes equal: " +
			"use the Client of one of Client.Nodes"}
	case info.Copy == command.CopyBlock:
		plain, ok := plainForms[info.Name]
		reason = "would wait at each server by itself: use " + plain + " in a loop"
		if !ok {
			reason = "would wait at each server by itself"
		}
	case info.Copy == command.CopyScript:
		reason = "may do something else on each server: use commands, or the Client of one of Client.Nodes"
	case info.Flags.Has(command.Blocking):
		reason = "would wait at each server by itself: leave out BLOCK"
	}
	return &StateError{Command: info.Name, reason: reason}
}

// plainForms has the methods to use on a copy in the place of those that wait.
var plainForms = map[string]string{
	"BLPOP": "LPop", "BRPOP": "RPop", "BLMPOP": "LMPop", "BLMOVE": "LMove", "BRPOPLPUSH": "RPopLPush",
	"BLMOVEM": "LMoveM", "BZPOPMIN": "ZPopMin", "BZPOPMAX": "ZPopMax", "BZMPOP": "ZMPop",
}

// RepairOptions are the options of [Client.Repair].
type RepairOptions struct {
	// Progress is called after each key, by one goroutine. Default: nobody is told.
	Progress func(RepairProgress)
}

// RepairProgress says how far a repair is.
type RepairProgress struct {
	Node     string // name of the node
	Repaired int    // keys of all nodes so far
	Left     int    // keys of this node that are still listed
}

// RepairReport says what a repair has done.
type RepairReport struct {
	Repaired int // keys that were copied from another node
	// Left are the nodes on which keys are still missing, by name: those that cannot be reached, or from
	// which something could not be repaired. It is nil if there are none.
	Left map[string]NodeBacklog
}

// NodeBacklog is what a node of a copy has missed.
type NodeBacklog struct {
	Keys   int   // listed keys
	Behind bool  // all keys may differ: Compare is needed
	Away   bool  // it cannot be reached
	Err    error // the reason: the last failure, or what to do; never nil in a report
}

// Repair brings the keys that nodes of a copy have missed in step again: each key is copied from a node that
// has missed nothing of it, while no write of this client changes it. If none of them can be reached, it is
// copied from the first node in the key's order that may have executed a write without a reply, and has all
// others; never from one that lacks a write which others have executed. Before that, connections that may
// still carry an old write are ended at the server. A node that is behind as a whole needs [Client.Compare].
//
// Repair can run at any time, beside all other work. It waits for the nodes that are late with a write of
// before. Keys that it could not repair stay listed, and are in the report with the reason, as those that
// nodes have missed since. The error is that of a context that has ended; on other clients it is a
// [*StateError].
//
// DUMP, PEXPIRETIME, RESTORE, DEL, CLIENT KILL. RESTORE takes values of servers with the same or an older
// version.
func (c *Client) Repair(ctx context.Context, o RepairOptions) (RepairReport, error) {
	of, err := c.ofCopy("Repair")
	if err != nil {
		return RepairReport{}, err
	}
	report := RepairReport{}
	last := make([]error, len(of.list))
	for i, n := range of.list {
		if _, _, away := of.router.Backlog(i); away {
			continue
		}
		keys := of.router.Missed(i)
		for at, key := range keys {
			if ctx.Err() != nil {
				return report, c.unsent(ctx, "Repair")
			}
			switch repaired, err := of.router.Repair(ctx, i, []byte(key)); {
			case repaired:
				report.Repaired++
			case err != nil && ctx.Err() != nil:
				return report, c.unsent(ctx, "Repair")
			case err != nil:
				last[i] = unconnected(err)
			}
			if o.Progress != nil {
				o.Progress(RepairProgress{n.Name, report.Repaired, len(keys) - at - 1})
			}
		}
	}
	for i, n := range of.list {
		b := NodeBacklog{Err: last[i]}
		if b.Keys, b.Behind, b.Away = of.router.Backlog(i); b.Keys > 0 || b.Behind || b.Away {
			if b.Err == nil {
				b.Err = unconnected(of.router.WhyLeft(i))
			}
			if report.Left == nil {
				report.Left = make(map[string]NodeBacklog)
			}
			report.Left[n.Name] = b
		}
	}
	return report, nil
}

// ofCopy returns what the client of a copy has.
func (c *Client) ofCopy(method string) (*copyNodes, error) {
	switch {
	case c.unmade():
		return nil, noClient(method)
	case c.copied == nil:
		return nil, &StateError{Command: method, reason: "is for the client of a copy, which NewCopy makes"}
	}
	return c.copied, nil
}

// NodeReplies has what each node of a copy replied, see [WithNodeReplies].
type NodeReplies struct{ list route.PerNode }

// NodeReply is the reply of one node of a copy to a write.
type NodeReply struct {
	Node  string // its address
	Value Value
	Err   error // nil if the node has executed the write
}

// WithNodeReplies returns a context for a write on a copy, and the replies of all nodes to it, which can
// differ where a node has missed something. It is for one call at a time, and has the replies of the last
// one. It notes single commands, and nothing on other clients.
func WithNodeReplies(ctx context.Context) (context.Context, *NodeReplies) {
	per := &NodeReplies{}
	return route.WithPerNode(ctx, &per.list), per
}

// All returns the replies in the order of CopyOptions.Nodes; nil before a write has ended. With SuccessQuorum
// and SuccessAny, nodes that had not answered by then have an error.
func (r *NodeReplies) All() []NodeReply {
	if r == nil {
		return nil
	}
	var all []NodeReply
	for _, one := range r.list.Replies() {
		reply := NodeReply{Node: one.Node}
		if one.Call != nil {
			reply.Err = failure(one.Call)
		} else {
			var d decode.Reply
			d.Reset(one.Frame)
			reply.Err = decodeValue(&d, &reply.Value)
		}
		all = append(all, reply)
	}
	return all
}

// NodeResult is what a function returned for one node, see [EachNode].
type NodeResult[T any] struct {
	Node  Node
	Value T
	Err   error
}

// EachNode calls a function for each node of a client at the same time, with the node's own client, and
// returns the results in the order of [Client.Nodes].
func EachNode[T any](ctx context.Context, c *Client,
	fn func(ctx context.Context, n Node) (T, error)) []NodeResult[T] {
	nodes := c.Nodes()
	results := make([]NodeResult[T], len(nodes))
	var wait sync.WaitGroup
	for i, n := range nodes {
		wait.Go(func() {
			results[i].Node = n
			results[i].Value, results[i].Err = fn(ctx, n)
		})
	}
	wait.Wait()
	return results
}

// CompareOptions are the options of [Client.Compare].
type CompareOptions struct {
	// Source is the name of the node whose values are right: they are given to all nodes that differ, and
	// keys that Source does not have are deleted. Without names it is the position of the node, from "0" on.
	// Default: nothing is changed.
	Source string
	// Found is called for each key that differs, by one goroutine at a time. Default: nobody is told.
	Found func(KeyDifference)
	// Progress is called now and then with the number of keys so far, by one goroutine at a time. Default:
	// nobody is told.
	Progress func(keys int)
}

// KeyDifference is a key that is not the same on all nodes of a copy.
type KeyDifference struct {
	Key      string
	Nodes    []string // names of the nodes that differ from the source, or from the first node
	Repaired bool     // they have the value of the source now
}

// CompareReport says what a comparison has found.
type CompareReport struct {
	Keys      int      // different keys on all nodes
	Different int      // keys that differed
	Repaired  int      // those that have been repaired
	Skipped   []string // names of the nodes that could not be reached
}

// comparers is the number of keys that are compared at the same time.
const comparers = 16

// Compare walks the keys of all nodes of a copy and finds those that differ: in their type, their value, or
// by more than a millisecond in their expiry. A key that seems to differ is looked at again while no write of
// this client changes it. Writes of other programs meanwhile can look like differences. With
// CompareOptions.Source it repairs them, looks at each key while no write of this client changes it, and
// waits at its end for a moment without any write. Nodes that were behind as a whole answer reads again
// afterwards.
//
// Compare keeps one page of keys in memory and can run beside all other work. The error is that of a node
// that failed while it was walked, or a context that has ended; on other clients it is a [*StateError].
//
// SCAN, EXISTS, DUMP, PEXPIRETIME; where DUMP differs, what reads the type, such as SMEMBERS; for repairs as
// [Client.Repair].
func (c *Client) Compare(ctx context.Context, o CompareOptions) (CompareReport, error) {
	of, err := c.ofCopy("Compare")
	if err != nil {
		return CompareReport{}, err
	}
	w := &comparison{of: of, o: o}
	for i, n := range of.list {
		_, _, away := of.router.Backlog(i)
		switch {
		case away:
			w.report.Skipped = append(w.report.Skipped, n.Name)
		case n.Name == o.Source:
			w.nodes = append([]int{i}, w.nodes...)
		default:
			w.nodes = append(w.nodes, i)
		}
	}
	if o.Source != "" && (len(w.nodes) == 0 || of.list[w.nodes[0]].Name != o.Source) {
		return w.report, &StateError{Command: "Compare",
			reason: "names a Source that is not a node of this copy, or cannot be reached"}
	}
	return w.report, w.run(ctx)
}

// comparison is one Compare.
type comparison struct {
	of    *copyNodes
	o     CompareOptions
	nodes []int // those that can be reached, that with the right values first

	mu     sync.Mutex
	report CompareReport
}

func (w *comparison) run(ctx context.Context) error {
	if w.o.Source != "" {
		for _, i := range w.nodes {
			if err := w.of.router.Walk(ctx, i); err != nil {
				return unconnected(err)
			}
		}
	}
	for at, i := range w.nodes {
		var page []string
		for key, err := range w.of.list[i].Client.ScanIter(ctx, Count(comparers*8)) {
			if err != nil {
				return err
			}
			if page = append(page, key); len(page) == comparers*8 {
				if err := w.page(ctx, at, page); err != nil {
					return err
				}
				page = page[:0]
			}
		}
		if err := w.page(ctx, at, page); err != nil {
			return err
		}
	}
	if w.o.Source != "" {
		if err := w.of.router.Walked(ctx, w.nodes); err != nil {
			return unconnected(err)
		}
	}
	return nil
}

// page compares some keys of a node. Those that a node of before has too were compared there. If the node is
// behind as a whole they are compared again: they may have been made there only after it had been walked.
func (w *comparison) page(ctx context.Context, at int, keys []string) error {
	_, behind, _ := w.of.router.Backlog(w.nodes[at])
	var wait sync.WaitGroup
	turns := make(chan struct{}, comparers)
	errs := make([]error, len(keys))
	for n, key := range keys {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			again, err := w.known(ctx, w.nodes[:at], key)
			if err == nil && (!again || behind && w.o.Source != "") {
				err = w.key(ctx, key, again)
			}
			errs[n] = err
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if w.o.Progress != nil {
		w.o.Progress(w.report.Keys)
	}
	return nil
}

// known reports whether one of some nodes has a key.
func (w *comparison) known(ctx context.Context, nodes []int, key string) (bool, error) {
	for _, i := range nodes {
		if n, err := w.of.list[i].Client.Exists(ctx, key); err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// key compares one key. To find differences a look beside other writes is enough, if the nodes are equal
// then. For repairs it is not: an increment could make them so just while it is executed on one of them.
func (w *comparison) key(ctx context.Context, key string, again bool) error {
	raw := w.of.list[0].Client.encoded([]string{key})
	if len(raw) == 0 {
		return nil
	}
	var differ []int
	var err error
	if w.o.Source == "" {
		differ, err = w.differ(ctx, key, raw[0])
	}
	d := KeyDifference{Key: key}
	if err == nil && (len(differ) > 0 || w.o.Source != "") {
		alone := w.of.router.Alone(ctx, func(ctx context.Context) error {
			if w.o.Source != "" { // the source itself can have missed a write
				_, err := w.of.router.Refresh(ctx, w.nodes[0], raw[0])
				if err != nil && !errors.Is(err, route.ErrNoSource) {
					return err
				}
			}
			if differ, err = w.differ(ctx, key, raw[0]); err != nil || w.o.Source == "" {
				return nil
			}
			for _, i := range differ {
				if err := w.of.router.Transfer(ctx, w.nodes[0], i, raw[0]); err != nil {
					return err
				}
			}
			d.Repaired = len(differ) > 0
			return nil
		}, raw[0])
		if alone != nil {
			return unconnected(alone)
		}
	}
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !again {
		w.report.Keys++
	}
	if len(differ) == 0 {
		return nil
	}
	w.report.Different++
	if d.Repaired {
		w.report.Repaired++
	}
	for _, i := range differ {
		d.Nodes = append(d.Nodes, w.of.list[i].Name)
	}
	if w.o.Found != nil {
		w.o.Found(d)
	}
	return nil
}

// differ returns the nodes that have another value of a key than the first one, or may have.
func (w *comparison) differ(ctx context.Context, key string, raw []byte) (list []int, err error) {
	var first keyState
	for at, i := range w.nodes {
		s, err := readKeyState(ctx, w.of.list[i].Client, key)
		switch {
		case err != nil:
			return nil, err
		case at == 0:
			first = s
			continue
		case s.dump == first.dump && near(s.until, first.until) && !w.of.router.Listed(i, raw):
			continue
		}
		same := s.dump != "" && first.dump != "" && near(s.until, first.until) && !w.of.router.Listed(i, raw)
		if same {
			a, err := readSorted(ctx, w.of.list[w.nodes[0]].Client, key)
			if err != nil {
				return nil, err
			}
			b, err := readSorted(ctx, w.of.list[i].Client, key)
			if err != nil {
				return nil, err
			}
			same = a == b && a != ""
		}
		if !same {
			list = append(list, i)
		}
	}
	return list, nil
}

// near reports whether two times in milliseconds are the same but for rounding.
func near(a, b int64) bool { return a-b <= 1 && b-a <= 1 }

// keyState is what a node has in a key, in the server's own form.
type keyState struct {
	dump  string // "" if there is no such key
	until int64  // in Unix milliseconds; negative if there is no expiry
}

func readKeyState(ctx context.Context, c *Client, key string) (s keyState, err error) {
	dump, err := c.Dump(ctx, key)
	if errors.Is(err, Nil) {
		return keyState{}, nil
	}
	if err != nil {
		return s, err
	}
	s.dump = string(dump)
	v, err := c.Do(ctx, "PEXPIRETIME", key)
	if errors.As(err, new(*ServerError)) { // before Redis 7.0
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.until, err = v.Int64()
	return s, err
}

// readSorted reads a key in a form that does not depend on how the server stores it, "" if there is none.
func readSorted(ctx context.Context, c *Client, key string) (string, error) {
	kind, err := c.Type(ctx, key)
	if err != nil {
		return "", err
	}
	var words []any
	sorted := false
	switch kind {
	case "string":
		words = []any{"GET", key}
	case "list":
		words = []any{"LRANGE", key, 0, -1}
	case "set":
		words, sorted = []any{"SMEMBERS", key}, true
	case "hash":
		words = []any{"HGETALL", key}
	case "zset":
		words = []any{"ZRANGE", key, 0, -1, "WITHSCORES"}
	case "stream":
		groups, err := c.Do(ctx, "XINFO", "GROUPS", key)
		if err != nil {
			return "", err
		}
		entries, err := c.Do(ctx, "XRANGE", key, "-", "+")
		return fmt.Sprint(kind, groups.Any(), entries.Any()), err
	default:
		return "", nil // a module's: only DUMP knows
	}
	v, err := c.Do(ctx, words...)
	if err != nil {
		return "", err
	}
	if sorted {
		members, err := v.Strings()
		slices.Sort(members)
		return fmt.Sprintf("%s %q", kind, members), err
	}
	if kind == "hash" {
		fields, err := v.StringMap()
		return fmt.Sprintf("%s %q", kind, fields) + readFieldEnds(ctx, c, key, fields), err
	}
	return fmt.Sprint(kind, v.Any()), nil
}

// readFieldEnds reads when the fields of a hash end, "" if none does or the server knows no such thing.
func readFieldEnds(ctx context.Context, c *Client, key string, fields map[string]string) string {
	names := slices.Sorted(maps.Keys(fields))
	words := []any{"HPEXPIRETIME", key, "FIELDS", len(names)}
	for _, name := range names {
		words = append(words, name)
	}
	v, err := c.Do(ctx, words...)
	ends, bad := v.Int64s()
	if err != nil || bad != nil || !slices.ContainsFunc(ends, func(at int64) bool { return at > 0 }) {
		return ""
	}
	return fmt.Sprint(ends)
}
