package redpoll

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/urltext"
)

// Defaults of clients for several servers.
const (
	// DefaultFailoverTime takes the place of [DefaultRetryFor] for calls whose contexts have no deadline.
	// With a deadline calls are tried again until then.
	DefaultFailoverTime = 30 * time.Second
	// DefaultCheckInterval is the time between two routine checks for the primary.
	DefaultCheckInterval = 10 * time.Second
)

// ReadFrom selects the servers for plain reads of a client with replicas. A plain read is a command with
// keys that changes nothing and does not block, or a pipeline of such commands with NoTransaction that
// brings no script along. All else goes to the primary: writes, blocking commands, commands without keys,
// commands with a cursor (HScan, whose pages only one server can join), scripts that may write,
// transactions, locks, and everything on a [Conn].
//
// A replica may lag behind: a read from it need not see a write that was acknowledged before. [FromPrimary]
// is for calls that have to.
type ReadFrom uint8

// Where plain reads go.
const (
	// ReadPrimary: to the primary. This is the default.
	ReadPrimary ReadFrom = iota
	// ReadPreferReplica: to the replicas in turn, or to the primary if none can be reached.
	ReadPreferReplica
	// ReadReplica: to the replicas in turn, and to nobody else. If none can be reached the error matches
	// ErrNoReplica.
	ReadReplica
	// ReadNearest: to those of all servers, the primary included, that answer most quickly. Servers whose
	// answers take hardly longer than the quickest ones take turns.
	ReadNearest
	// ReadZone: to the servers in the zone of the option Zone: to the replicas there in turn, or to the
	// primary if it is there. If none of them can be reached, as ReadPreferReplica. Servers tell their zones
	// from Valkey 8.1 on (availability-zone), in CLUSTER SLOTS or when a connection begins, for which each
	// server gets a read. A server without a zone is elsewhere.
	ReadZone
)

// FromPrimary returns a context for calls whose reads go to the primary, whatever ReadFrom says.
func FromPrimary(ctx context.Context) context.Context { return route.OnPrimary(ctx) }

// NodeInfo describes a server whose address is to be mapped, see for example [SentinelOptions.NodeAddr].
type NodeInfo struct {
	Addr     string // host:port, as it was announced or configured
	Sentinel bool   // it is a Sentinel
}

// DiscoveryError says that nobody named a primary that is up, and what each server answered. It matches
// [ErrNoPrimary], or [ErrNoReplica], and the errors of its reasons.
type DiscoveryError struct {
	Service string // the name of the deployment
	Replica bool   // a replica was wanted
	Reasons []DiscoveryReason

	none bool // see follow.Unknown
}

// DiscoveryReason is why one server did not help.
type DiscoveryReason struct {
	Node string // its address
	Err  error
}

// Error names the deployment, and everyone who was asked.
func (e *DiscoveryError) Error() string { return "redpoll: " + e.text() }

func (e *DiscoveryError) text() string {
	var b strings.Builder
	b.WriteString("no primary is known for ")
	if e.Replica {
		b.Reset()
		b.WriteString("no replica can be reached for ")
	}
	b.WriteString(e.Service)
	switch {
	case len(e.Reasons) > 0:
	case e.none:
		b.WriteString(": none is known that is up")
	default:
		b.WriteString(": nobody has answered")
	}
	for i, r := range e.Reasons {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + r.Node + " " + inner(r.Err))
	}
	return b.String()
}

func (e *DiscoveryError) redpollError() {}

// Is makes errors.Is match ErrNoPrimary or ErrNoReplica, and ErrNotSent.
func (e *DiscoveryError) Is(target error) bool {
	return target == ErrNotSent || target == ErrNoPrimary && !e.Replica || target == ErrNoReplica && e.Replica
}

// Unwrap gives the errors of the reasons.
func (e *DiscoveryError) Unwrap() []error {
	all := make([]error, len(e.Reasons))
	for i, r := range e.Reasons {
		all[i] = r.Err
	}
	return all
}

// undiscovered puts the error of the layer below into this package's own terms.
func undiscovered(u *follow.Unknown) *DiscoveryError {
	e := &DiscoveryError{Service: u.Service, Replica: u.Replica, none: u.None}
	for _, r := range u.Reasons {
		var gone *conn.GaveUp
		var refused *conn.Refused
		var dial *conn.DialError
		reason := r.Err
		switch {
		case errors.As(reason, &gone):
			reason = errNoAnswer // the context that ended is not that of the call
		case errors.As(reason, &refused):
			reply := replied(conn.ServerInfo{}, r.Addr, "", refused.Text)
			if u.Sentinels {
				reply.because = reply.atSentinel()
			}
			reason = &verdict{reply}
		case u.Sentinels && errors.As(reason, &dial) && dial.Reply != "" && dial.Hint == "":
			hinted := *dial
			hinted.Hint = newServerError(dial.Reply).atSentinel()
			reason = cause(r.Addr, "", &hinted)
		default:
			reason = cause(r.Addr, "", reason)
		}
		e.Reasons = append(e.Reasons, DiscoveryReason{r.Addr, reason})
	}
	return e
}

// errNoAnswer is the reason of a server that did not answer while others did.
//
//houserules:ok family: the reason in a DiscoveryError
var errNoAnswer = errors.New("does not answer")

// ReplicatedOptions say which servers are a primary and its replicas, without Sentinels.
type ReplicatedOptions struct {
	// Addrs are the primary and its replicas in any order, host:port each; the port may be left out: 6379.
	// Which one is the primary is found out by asking for their roles (ROLE), so that a promotion by hand
	// is followed. Names are resolved anew for each connection. Required.
	Addrs []string
	// LookupHost gives the addresses of a host in Addrs, each of which is a server of its own then: for one
	// name that leads to all replicas, with net.DefaultResolver.LookupHost. It is called at each check; if it
	// fails, the addresses of the last time count. Certificates must be for the addresses, or for
	// TLS.ServerName. Default: a name is one server.
	LookupHost func(ctx context.Context, host string) (addrs []string, err error)
	// Node are the options for connections to the servers. Addr, Network and Pool are an OptionError.
	// RetryFor has another default: a call that did not run is tried again until its context's deadline, or
	// for 30 s without one.
	Node Options
	// ReadFrom says where plain reads go. Default: to the primary.
	ReadFrom ReadFrom
	// Zone is the availability zone for ReadZone, and is needed for that alone.
	Zone string
	// NodeAddr maps addresses, as [SentinelOptions.NodeAddr] does. Default: addresses are used as they are.
	NodeAddr func(NodeInfo) (addr, serverName string)
	// CheckInterval is the time between two routine checks for the primary, give or take a half. Default:
	// 10 s.
	CheckInterval time.Duration
}

// NewReplicated makes a client for a primary and its replicas that no Sentinels watch. It does no I/O: the
// first command asks for the roles. When another server is promoted, connections to the old primary take no
// further calls. This is noticed when a connection is lost, when a write is refused with READONLY, and from
// time to time. If two servers say that they are the primary, the one that was it before stays for as long
// as it answers. The error is an [*OptionError].
func NewReplicated(o ReplicatedOptions) (*Client, error) {
	list, err := addrs("Addrs", o.Addrs, "6379")
	if err != nil {
		return nil, err
	}
	if err := forNodes("Node", o.Node, "Addrs"); err != nil {
		return nil, err
	}
	if err := followed(o.ReadFrom, o.Zone, o.CheckInterval); err != nil {
		return nil, err
	}
	name := strings.Join(list, ",")
	from := &follow.Roles{Name: name, Addrs: list, Lookup: o.LookupHost}
	d, err := newDeployment(name, o.Node, deploymentOptions{
		source: from, every: cmp.Or(o.CheckInterval, DefaultCheckInterval), nodeAddr: o.NodeAddr,
		readFrom: o.ReadFrom, zone: o.Zone,
	})
	if err != nil {
		return nil, err
	}
	from.Peers.Config = d.asked
	return newClient(o.Node, d)
}

// followed checks the options that all clients which follow a primary have.
func followed(from ReadFrom, zone string, every time.Duration) error {
	switch {
	case from > ReadZone:
		return &OptionError{"ReadFrom", "is not one of the constants"}
	case from == ReadZone && zone == "":
		return &OptionError{"Zone", "is needed for ReadZone: give the zone of this program"}
	case from != ReadZone && zone != "":
		return &OptionError{"Zone", "is for ReadZone: set ReadFrom to it"}
	case every < 0:
		return &OptionError{"CheckInterval", "must not be negative; 0 is the default"}
	}
	return meant("CheckInterval", every, time.Millisecond, time.Second)
}

// openSeveral makes a client from the URL of several servers. ok is false if it is not one.
func openSeveral(url string) (c *Client, ok bool, err error) {
	u, ok, err := urltext.ParseSeveral(url)
	if f, is := err.(*urltext.Fault); is {
		err = (*OptionError)(f)
	}
	if !ok || err != nil {
		return nil, ok, err
	}
	var o SentinelOptions
	if o.Node, err = ParseURL(u.One); err != nil {
		return nil, true, err
	}
	o.Node.Addr, o.Node.Network = "", ""
	o.Addrs = u.Hosts
	if err := o.setURL(u.Options); err != nil {
		return nil, true, err
	}
	if u.Kind == "ring" {
		on, known := urltext.Switch(u.Options["python"])
		if !known {
			return nil, true, &OptionError{"python", "must be true or false"}
		}
		r := RingOptions{Node: o.Node, Python: on}
		for _, addr := range u.Hosts {
			r.Nodes = append(r.Nodes, RingNode{Addr: addr})
		}
		c, err = NewRing(r)
		return c, true, err
	}
	if u.Kind == "cluster" {
		c, err = NewCluster(ClusterOptions{
			Addrs: o.Addrs, Node: o.Node, ReadFrom: o.ReadFrom, Zone: o.Zone, CheckInterval: o.CheckInterval,
		})
		return c, true, err
	}
	if u.Kind == "copy" {
		c, err = NewCopy(copyFromURL(o.Addrs, o.Node, u.Options["success"]))
		return c, true, err
	}
	if u.Kind == "replicas" {
		c, err = NewReplicated(ReplicatedOptions{
			Addrs: o.Addrs, Node: o.Node, ReadFrom: o.ReadFrom, Zone: o.Zone, CheckInterval: o.CheckInterval,
		})
		return c, true, err
	}
	s, err := NewSentinel(o)
	if err != nil {
		return nil, true, err
	}
	return s.MasterFor(u.Service), true, nil // s has nothing else to close
}

// setURL sets the options of a URL that are about several servers.
func (o *SentinelOptions) setURL(options map[string]string) (err error) {
	o.Sentinel.Username, o.Sentinel.Password = options["sentinel_username"], options["sentinel_password"]
	if v := options["min_other_sentinels"]; v != "" {
		if o.MinOtherSentinels, err = urltext.Number("min_other_sentinels", v, 0); err != nil {
			return faulty(err)
		}
	}
	if v := options["check_interval"]; v != "" {
		if o.CheckInterval, _, err = urltext.Time("check_interval", v); err != nil {
			return faulty(err)
		}
	}
	switch options["read_from"] {
	case "", "primary":
	case "prefer_replica":
		o.ReadFrom = ReadPreferReplica
	case "replica":
		o.ReadFrom = ReadReplica
	case "nearest":
		o.ReadFrom = ReadNearest
	case "zone":
		o.ReadFrom = ReadZone
	default:
		return &OptionError{"read_from", "must be primary, prefer_replica, replica, nearest or zone"}
	}
	o.Zone = options["zone"]
	return nil
}

// faulty makes the fault of a URL an error of this package.
func faulty(err error) error {
	if f, ok := err.(*urltext.Fault); ok {
		return (*OptionError)(f)
	}
	return err
}

// deployment is what a client needs besides its Options if its servers change places.
type deployment struct {
	name     string           // for logs and errors, in the place of an address
	follower *follow.Follower // nil for a cluster
	cluster  *route.Cluster   // nil for others
	replica  bool             // the client is for replicas
	logger   *slog.Logger     // never nil
	reads    route.Reads
	stream   *pool.Stream                                 // of credentials; nil if there is none
	pools    func(addr string, role conn.Role) *pool.Pool // makes the pool of a server
	asked    func(addr string) *conn.Config               // for questions about the role
	node     func(addr string) (*Client, error)

	mu     sync.Mutex
	closed bool
	alone  map[string]*Client // for one server each, see nodes
}

// NodesError says which parts of a command failed that went to several nodes of a cluster or a copy. It
// matches an outcome only if all parts have it, and any other error if one of the parts that failed matches
// it. If no node has executed its part, and some have refused it, it matches ErrRefused. The result of the
// command is the zero value.
type NodesError struct {
	Command string
	Parts   []NodePart // those that failed

	outcome Outcome
	whole   bool // all parts have this outcome
}

// NodePart is the part of a command for one node.
type NodePart struct {
	Node string
	Keys []int // positions of its keys among those of the command; nil if it has none
	Err  error
}

// Error names the first node, and tells how many others failed.
func (e *NodesError) Error() string { return "redpoll: " + e.text() }

func (e *NodesError) text() string {
	text := e.Command + ": " + inner(e.Parts[0].Err)
	if n := len(e.Parts) - 1; n > 0 {
		text += fmt.Sprintf("; and %d more nodes", n)
	}
	return text
}

func (e *NodesError) redpollError() {}

// Is makes errors.Is match an outcome that all parts have, and any other error that one of the parts matches.
func (e *NodesError) Is(target error) bool {
	switch target {
	case ErrNotSent, ErrRefused, ErrMaybeExecuted:
		return e.whole && e.outcome.is(target)
	}
	return slices.ContainsFunc(e.Parts, func(p NodePart) bool { return errors.Is(p.Err, target) })
}

// As makes errors.As find the errors of the parts.
func (e *NodesError) As(target any) bool {
	return slices.ContainsFunc(e.Parts, func(p NodePart) bool { return errors.As(p.Err, target) })
}

// partly is the error of a call of which some parts failed.
func partly(command string, parts *route.NodesError) *NodesError {
	e := &NodesError{Command: command, whole: !parts.Succeeded}
	for i, p := range parts.Parts {
		part := NodePart{Node: p.Node, Keys: p.Keys, Err: failure(p.Call)}
		e.Parts = append(e.Parts, part)
		switch outcome := OutcomeOf(part.Err); {
		case i == 0:
			e.outcome = outcome
		case outcome == e.outcome:
		case outcome != MaybeExecuted && e.outcome != MaybeExecuted:
			e.outcome = Refused // nothing was executed, and a server has said so
		default:
			e.whole = false
		}
	}
	if !e.whole {
		e.outcome = MaybeExecuted
	}
	return e
}

// errCrossSlot is the error of commands that a client of a cluster cannot split.
//
//houserules:ok family: the cause of a ConnError
var errCrossSlot = fmt.Errorf("%w: give them a common hash tag, as in {user:1}:name; "+
	"a pipeline over several slots needs NoTransaction", ErrCrossSlot)

// errCrossNode is the error of commands that a client of a ring cannot split.
var errCrossNode error = &crossing{"the keys belong to several nodes: give them a common hash tag, as in " +
	"{user:1}:name; a pipeline over several nodes needs NoTransaction, and a Conn has the keys of one node"}

// crossing is an ErrCrossSlot in other words, as the cause of a ConnError.
type crossing struct{ text string }

func (e *crossing) Error() string { return e.text }

// Is makes errors.Is match ErrCrossSlot.
func (e *crossing) Is(target error) bool { return target == ErrCrossSlot }

// errNodeStale is the error of a read that no node of a copy may answer.
//
//houserules:ok family: the cause of a ConnError
var errNodeStale = errors.New("the node may have missed writes: see Client.Repair and Client.Compare")

// errNodeLeft is the error of a call to a node that is not in the cluster any more.
//
//houserules:ok family: the cause of a ConnError
var errNodeLeft = errors.New("the node has left the cluster")

// unbuilt is the error of what the client of a ring cannot do yet.
func unbuilt(command string) *StateError {
	return &StateError{Command: command,
		reason: "is not there yet on the client of a ring: use the Client of one of Client.Nodes"}
}

// aboutOneNode is the error of a command that is about one node, on a client that leads to several.
func aboutOneNode(info *command.Info) *StateError {
	instead := "use the Client of one of Client.Nodes"
	switch {
	case info.Policy == command.Walk:
		instead = "use ScanIter, or the Client of one of Client.Nodes"
	case info.Merge != command.MergeNone:
		instead = "call it outside of a pipeline, or on the Client of one of Client.Nodes"
	}
	return &StateError{Command: info.Name,
		reason: "is about one node here, and the client leads to several: " + instead}
}

// deploymentOptions say how the servers of a deployment are found.
type deploymentOptions struct {
	source   follow.Source
	every    time.Duration
	nodeAddr func(NodeInfo) (addr, serverName string)
	readFrom ReadFrom
	zone     string // for ReadZone
	replica  bool   // the client is for replicas
}

// newDeployment makes what a client with options o needs.
func newDeployment(name string, o Options, d deploymentOptions) (*deployment, error) {
	checked, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	h, err := newHooks(o.Hooks)
	if err != nil {
		return nil, err
	}
	n := nodeConfig{base: checked.poolConfig(h).Conn, named: o.TLS != nil && o.TLS.ServerName != "",
		addr: d.nodeAddr}
	n.base.Leads = true
	of := &deployment{name: name, replica: d.replica, stream: checked.stream(), logger: checked.Logger,
		reads: route.Reads{From: route.ReadFrom(d.readFrom), Zone: d.zone}}
	if of.stream != nil {
		n.base.Credentials = of.stream.Get
	}
	if d.source != nil {
		of.follower = follow.New(follow.Config{
			Name: name, Source: d.source, Every: d.every, Logger: checked.Logger,
			Node: func(addr string) *conn.Config { return n.to(NodeInfo{Addr: addr}) },
		})
	}
	of.asked = func(addr string) *conn.Config { return n.to(NodeInfo{Addr: addr}).Bare() }
	of.node = func(addr string) (*Client, error) {
		one := o
		cfg := n.to(NodeInfo{Addr: addr})
		one.Addr, one.TLS = cfg.Addr, cfg.TLS
		if of.stream != nil {
			one.CredentialStream, one.Credentials = nil, of.stream.Get
		}
		return New(one)
	}
	of.pools = func(addr string, role conn.Role) *pool.Pool {
		cfg := checked.poolConfig(h)
		cfg.Conn = n.to(NodeInfo{Addr: addr}).Anyone()
		cfg.Conn.Role = role
		p := pool.New(cfg)
		if of.stream != nil {
			of.stream.Bind(p)
		}
		return p
	}
	return of, nil
}

// failedClient gives a client whose commands fail with an error of its options.
func failedClient(name string, err error) *Client {
	failing := follow.Failing{Err: &conn.DialError{Phase: conn.PhaseQueue, Step: conn.StepOptions, Err: err}}
	d, _ := newDeployment(name, Options{}, deploymentOptions{source: failing, every: DefaultCheckInterval})
	c, _ := newClient(Options{}, d)
	return c
}

// patience sets for how long calls are tried again: a failover lasts as long as the servers' settings say.
func (d *deployment) patience(p *route.Policy, retryFor time.Duration) {
	if p.For > 0 && retryFor == 0 {
		p.For, p.Undated = route.Forever, DefaultFailoverTime
	}
}

// target names service, role, database and client name.
func (d *deployment) target(o *Options) string {
	role := "primary"
	if d.replica {
		role = "replica"
	}
	text := fmt.Sprintf("service=%s,role=%s,db=%d", d.name, role, o.DB)
	if o.ClientName != "" {
		text += ",client_name=" + o.ClientName
	}
	return text
}

// arrange completes the configuration of the client's pool: which server its connections lead to, and which
// role that server must have.
func (d *deployment) arrange(cfg *pool.Config) {
	if d.cluster != nil {
		cfg.Locator = d.cluster
		return
	}
	if d.replica {
		cfg.Locator = d.follower.Replicas(rand.IntN(1 << 16)) // begins with any of them
		cfg.Conn.Role = conn.Replica                          // a write that is refused stays so
		return
	}
	cfg.Locator = d.follower.Primary()
}

// bind makes the client's pool follow its server.
func (d *deployment) bind(p *pool.Pool) {
	if d.cluster != nil {
		return
	}
	if d.replica {
		d.follower.FollowReplicas(p)
	} else {
		d.follower.Lead(p)
	}
}

// lead returns the client's router. single leads to the client's own pool.
func (d *deployment) lead(single *route.Single) route.Router {
	if d.cluster != nil {
		d.cluster.Use(single)
		return d.cluster
	}
	if d.reads.From == route.FromPrimary || d.replica {
		return single
	}
	return &route.Replicas{
		Single: single, Reads: d.reads, Follower: d.follower, Service: d.name,
		Pool: func(addr string) *pool.Pool { return d.pools(addr, conn.Primary) }, // READONLY is for clusters
	}
}

// nodes lists the servers that are known. c leads to the primary, whichever it is.
func (d *deployment) nodes() []Node {
	var list []Node
	if d.cluster != nil {
		for _, m := range d.cluster.Members() {
			list = append(list, d.member(m))
		}
		return list
	}
	v := d.follower.View()
	for i, addr := range append([]string{v.Primary}, v.Replicas...) {
		if addr == "" {
			continue
		}
		role := RoleReplica
		if i == 0 {
			role = RolePrimary
		}
		list = append(list, Node{Client: d.client(addr), Addr: addr, Role: role})
	}
	return list
}

// member describes a node of a cluster.
func (d *deployment) member(m route.Member) Node {
	n := Node{Client: d.client(m.Addr), Addr: m.Addr, ID: m.ID, Zone: m.Zone, Role: RolePrimary}
	if m.Replica {
		n.Role = RoleReplica
	}
	return n
}

// client gives a client for one server alone. It ends with the deployment.
func (d *deployment) client(addr string) *Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.alone == nil {
		d.alone = make(map[string]*Client)
	}
	if d.alone[addr] == nil {
		c, err := d.node(addr)
		if err != nil {
			c = failedClient(addr, err)
		}
		if d.closed {
			_ = c.Close()
		}
		d.alone[addr] = c
	}
	return d.alone[addr]
}

// close ends everything that belongs to the deployment. The client's router is closed already.
func (d *deployment) close() {
	if d.follower != nil {
		d.follower.Close()
	}
	d.mu.Lock()
	alone := d.alone
	d.closed, d.alone = true, nil
	d.mu.Unlock()
	for _, c := range alone {
		_ = c.Close()
	}
}

// nodeConfig makes the configurations for servers.
type nodeConfig struct {
	base *conn.Config
	// named reports whether the user has given the name that certificates must have.
	named bool
	addr  func(NodeInfo) (addr, serverName string)
}

// to makes the configuration for the server at an address.
func (n nodeConfig) to(info NodeInfo) *conn.Config {
	addr, serverName := info.Addr, ""
	if n.addr != nil {
		if addr, serverName = n.addr(info); addr == "" {
			addr = info.Addr
		}
	}
	cfg := n.base.For(addr, conn.Primary)
	if cfg.TLS != nil && (serverName != "" || !n.named) {
		cfg.TLS = tlsFor(cfg.TLS, addr, serverName)
	}
	return cfg
}

// tlsFor returns a configuration of TLS for a server: certificates must be for its name, or its host.
func tlsFor(c *tls.Config, addr, name string) *tls.Config {
	c = c.Clone()
	if c.ServerName = name; name == "" {
		host, _, _ := net.SplitHostPort(addr)
		c.ServerName, _, _ = strings.Cut(host, "%") // certificates know no zones
	}
	return c
}

// addrs checks a list of addresses and fills in the port.
func addrs(option string, list []string, port string) ([]string, error) {
	if len(list) == 0 {
		return nil, &OptionError{option, "is empty: give at least one host:port"}
	}
	all := make([]string, 0, len(list))
	for i, addr := range list {
		host, p, reason := urltext.HostPort(addr)
		if reason == "" && addr == "" && len(list) > 1 {
			reason = "is empty: a comma too many?"
		}
		if reason != "" {
			return nil, &OptionError{option, fmt.Sprintf("element %d: %s", i, reason)}
		}
		if host == "" {
			host = "localhost"
		}
		if p == "" {
			p = port
		}
		all = append(all, net.JoinHostPort(host, p))
	}
	return all, nil
}

// forNodes refuses options that say where a server is, in options for several of them. The option list says
// where they are.
func forNodes(option string, o Options, list string) error {
	for _, f := range [...]struct {
		name string
		set  bool
	}{{"Addr", o.Addr != ""}, {"Network", o.Network != ""}, {"Pool", o.Pool != nil}} {
		if f.set {
			return &OptionError{option + "." + f.name,
				"contradicts " + list + ", which says where the servers are: leave it out"}
		}
	}
	return nil
}

// ClusterOptions say how a Redis Cluster is reached.
type ClusterOptions struct {
	// Addrs are some nodes of the cluster, host:port each; the port may be left out: 6379. They name the
	// others. Names are resolved anew for each connection. Required.
	Addrs []string
	// Node are the options for connections to the nodes. Addr, Network and Pool are an OptionError. RetryFor
	// has another default: a call that did not run is tried again until its context's deadline, or for 30 s
	// without one.
	Node Options
	// ReadFrom says where plain reads go. Default: to the primary of the key's slot. The replicas are those
	// of that primary. While slots move, a replica may not know yet that a key has left.
	ReadFrom ReadFrom
	// Zone is the availability zone for ReadZone, and is needed for that alone.
	Zone string
	// NodeAddr maps addresses, as [SentinelOptions.NodeAddr] does. Default: addresses are used as they are.
	NodeAddr func(NodeInfo) (addr, serverName string)
	// CheckInterval is the time between two questions for the map of slots that nothing has caused, give or
	// take a half. Default: 10 s.
	CheckInterval time.Duration
}

// NewCluster makes a client for a Redis Cluster, which has all methods of a client for one server. It does no
// I/O: the first command asks for the map of slots (CLUSTER SLOTS). The error is an [*OptionError].
//
// The slot of its key decides which node gets a command. Redirects are followed, failovers and resharding are
// survived as long as the context of a call allows, or for 30 s without a deadline; a call that was refused
// or not sent is sent again, and one that may have run ends as for one server.
//
//   - Keys of one command in several slots: MGET, MSET, DEL, UNLINK, EXISTS, TOUCH and JSON.MGET are split,
//     and what comes back is in the order of the keys. Together they are not atomic. If parts fail, the error
//     is a [*NodesError] with the positions of their keys. For other commands the error matches
//     [ErrCrossSlot], and nothing was sent. Keys with the same hash tag, as in {user:1}:name, share a slot.
//   - A pipeline with [NoTransaction] is split by node, and its parts run side by side; commands on one key
//     keep their order. Other pipelines, transactions and scripts need keys of one slot. A command that would
//     be split, or that goes to all nodes, cannot be in a pipeline. The keys of a [Client.Conn] choose its
//     node; without keys it begins at any node.
//   - Commands without keys go to any primary, or to all of them, or to all nodes, if only this makes sense:
//     DBSIZE, FLUSHALL, KEYS, RANDOMKEY, PING, SCRIPT LOAD, CONFIG SET. Their replies become one. Commands
//     that have no such sum, such as INFO, are a [*StateError]: [Client.Nodes] has a client for each node,
//     and [Client.NodeFor] the one for a key.
//   - [Client.ScanIter] walks all primaries. Scan, whose cursor belongs to one node, is a StateError.
//   - PUBLISH goes to the owner of its channel's slot, so that messages keep their order. A [PubSub] has its
//     plain channels at any node, and its sharded ones where their slots are. [Client.KeyEvents]
//     listens to all primaries. [Client.Monitor] is a StateError.
func NewCluster(o ClusterOptions) (*Client, error) {
	list, err := addrs("Addrs", o.Addrs, "6379")
	if err != nil {
		return nil, err
	}
	if err := forNodes("Node", o.Node, "Addrs"); err != nil {
		return nil, err
	}
	if err := followed(o.ReadFrom, o.Zone, o.CheckInterval); err != nil {
		return nil, err
	}
	name := strings.Join(list, ",")
	every := cmp.Or(o.CheckInterval, DefaultCheckInterval)
	d, err := newDeployment(name, o.Node, deploymentOptions{
		every: every, nodeAddr: o.NodeAddr, readFrom: o.ReadFrom, zone: o.Zone,
	})
	if err != nil {
		return nil, err
	}
	d.cluster = route.NewCluster(route.ClusterConfig{Name: name, Seeds: list, Pool: d.pools, Every: every,
		Reads: d.reads, Logger: d.logger})
	return newClient(o.Node, d)
}
