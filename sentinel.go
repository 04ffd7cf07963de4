package redpoll

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/follow"
	sentinels "github.com/redpoll-go/redpoll/internal/sentinel"
)

// SentinelOptions say how Sentinels are reached, and the servers that they watch.
type SentinelOptions struct {
	// Addrs are the Sentinels, host:port each; the port may be left out: 26379. Some suffice: they name the
	// others. Names are resolved anew for each connection. Required.
	Addrs []string
	// Node are the options for connections to the servers that the Sentinels watch. Addr, Network and Pool
	// are an OptionError: the Sentinels say where the servers are. RetryFor has another default: a call
	// that did not run is tried again until its context's deadline, or for 30 s without one, since a
	// failover lasts as long as the Sentinels' settings say.
	Node Options
	// Sentinel are the options for connections to the Sentinels: Username, Password, Credentials,
	// ClientName, TLS, Dialer, DialTimeout, ReplyTimeout, WriteTimeout, KeepAlive, Protocol and Limits
	// count. TLS, Dialer, the time-outs, KeepAlive and Protocol are those of Node where they are left out;
	// the credentials are not. For Sentinels without TLS beside servers with TLS, leave Node.TLS out and set
	// TLS in a function for MasterFor.
	Sentinel Options
	// MinOtherSentinels is how many others a Sentinel must know for its answer to count. Default: 0.
	MinOtherSentinels int
	// ReadFrom says where plain reads of MasterFor's clients go. Default: to the primary.
	ReadFrom ReadFrom
	// Zone is the availability zone for ReadZone, and is needed for that alone.
	Zone string
	// NodeAddr maps the addresses of Sentinels, primaries and replicas, for networks in which they have
	// others for clients than for each other. addr is host:port; "" keeps the address. serverName is for
	// certificates; "" is the host of the address. It must be safe for concurrent use. Default: addresses
	// are used as they are.
	NodeAddr func(NodeInfo) (addr, serverName string)
	// CheckInterval is the time between two routine checks for the primary, which ask all Sentinels, give
	// or take a half. Default: 10 s.
	CheckInterval time.Duration
}

// Sentinel makes clients for the primaries and replicas that Redis Sentinels watch. It is safe for concurrent
// use. Its methods give a [*DataError] if it is nil or a zero value.
type Sentinel struct {
	o        SentinelOptions // checked
	sentinel Options         // of connections to Sentinels, for Clients

	mu      sync.Mutex
	closed  bool
	clients map[*Client]struct{} // made by MasterFor and ReplicaFor, and not closed
	direct  []*Client            // for the Sentinels
	sources map[string]*sentinels.Source
}

// NewSentinel checks the options. It does no I/O. The error is an [*OptionError].
func NewSentinel(o SentinelOptions) (*Sentinel, error) {
	var err error
	if o.Addrs, err = addrs("Addrs", o.Addrs, "26379"); err != nil {
		return nil, err
	}
	if err := forNodes("Node", o.Node, "Addrs"); err != nil {
		return nil, err
	}
	if err := forNodes("Sentinel", o.Sentinel, "Addrs"); err != nil {
		return nil, err
	}
	switch {
	case o.MinOtherSentinels < 0:
		return nil, &OptionError{"MinOtherSentinels", "must not be negative"}
	case o.Sentinel.DB != 0:
		return nil, &OptionError{"Sentinel.DB", "has no meaning: Sentinels have no databases"}
	}
	if err := followed(o.ReadFrom, o.Zone, o.CheckInterval); err != nil {
		return nil, err
	}
	o.CheckInterval = cmp.Or(o.CheckInterval, DefaultCheckInterval)
	if _, err := o.Node.withDefaults(); err != nil {
		return nil, err
	}
	s := &Sentinel{o: o, clients: make(map[*Client]struct{}), sources: make(map[string]*sentinels.Source)}
	s.sentinel = o.Sentinel.besides(o.Node)
	if _, err := s.sentinel.withDefaults(); err != nil {
		return nil, err
	}
	return s, nil
}

// besides gives options for Sentinels: those of the servers count where they say nothing about the network.
func (o Options) besides(node Options) Options {
	if o.TLS == nil {
		o.TLS = node.TLS
	}
	if o.Dialer == nil {
		o.Dialer = node.Dialer
	}
	o.DialTimeout = cmp.Or(o.DialTimeout, node.DialTimeout)
	o.ReplyTimeout = cmp.Or(o.ReplyTimeout, node.ReplyTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, node.WriteTimeout)
	o.KeepAlive = cmp.Or(o.KeepAlive, node.KeepAlive)
	o.Protocol = cmp.Or(o.Protocol, node.Protocol)
	if o.Logger == nil {
		o.Logger = node.Logger
	}
	return o
}

// MasterFor gives a client for the primary of a service, whichever server that is. It does no I/O: the first
// command asks the Sentinels. When the primary changes, connections to the old one take no further calls, and
// all that provably did not run is sent to the new one; subscriptions go on there, with a [Gap]. The client
// hears of the change from the Sentinels, asks them when a connection is lost or a write is refused with
// READONLY, and from time to time. Each new connection asks the server for its role (ROLE).
//
// A function may change the options of this client. A mistake in them is the error of every command.
//
// Close it when it is not needed any more; [Sentinel.Close] closes it, too.
func (s *Sentinel) MasterFor(service string, change ...func(*Options)) *Client {
	return s.client(service, false, change)
}

// ReplicaFor is MasterFor for a client that sends everything to a replica: to another one for each new
// connection, and to the primary if no replica can be reached. Replicas that the Sentinels call down, or
// that have lost their primary, are not used; one that answers that it loads its data, or that its primary is
// lost, is passed over. A connection to the primary is replaced after 10 s. A write is refused with
// [ErrReadOnly], and [FromPrimary] changes nothing. [SentinelOptions.ReadFrom] is for programs that write and
// spread their reads.
func (s *Sentinel) ReplicaFor(service string, change ...func(*Options)) *Client {
	return s.client(service, true, change)
}

func (s *Sentinel) client(service string, replica bool, change []func(*Options)) *Client {
	if s.unmade() {
		return nil
	}
	o := s.o.Node
	for _, f := range change {
		f(&o)
	}
	c, err := s.make(service, replica, o)
	if err != nil {
		c = failedClient(service, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = c.Close()
		return c
	}
	for old := range s.clients {
		if old.closed.Load() {
			delete(s.clients, old)
		}
	}
	s.clients[c] = struct{}{}
	return c
}

// make makes a client.
func (s *Sentinel) make(service string, replica bool, o Options) (*Client, error) {
	if err := forNodes("Node", o, "Addrs"); err != nil {
		return nil, err
	}
	if service == "" || strings.ContainsAny(service, "\r\n") {
		return nil, &OptionError{"service", "must be a name under which the Sentinels know a primary"}
	}
	d, err := newDeployment(service, o, deploymentOptions{
		nodeAddr: s.o.NodeAddr, every: s.o.CheckInterval, readFrom: s.o.ReadFrom,
		zone: s.o.Zone, replica: replica,
		source: s.source(service, replica || s.o.ReadFrom != ReadPrimary),
	})
	if err != nil {
		return nil, err
	}
	return newClient(o, d)
}

// source makes what asks the Sentinels for one client.
func (s *Sentinel) source(service string, replicas bool) *sentinels.Source {
	o, _ := s.sentinel.withDefaults() // checked before
	base := o.poolConfig(nil).Conn
	n := nodeConfig{base: base, named: s.sentinel.TLS != nil && s.sentinel.TLS.ServerName != "",
		addr: s.o.NodeAddr}
	return sentinels.New(sentinels.Config{
		Name: service, Seeds: s.o.Addrs, MinOthers: s.o.MinOtherSentinels, Replicas: replicas,
		Sentinel: func(addr string) *conn.Config { return n.to(NodeInfo{Addr: addr, Sentinel: true}) },
	})
}

// asker gives what asks the Sentinels for the methods of s.
func (s *Sentinel) asker(service string) (*sentinels.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &ConnError{Phase: PhaseQueue, Outcome: NotSent, Err: ErrClosed}
	}
	if s.sources[service] == nil {
		s.sources[service] = s.source(service, false)
	}
	return s.sources[service], nil
}

// view gives what the clients of a service know of it.
func (s *Sentinel) view(service string) (newest follow.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if c.of == nil || c.of.name != service || c.closed.Load() {
			continue
		}
		if v := c.of.follower.View(); newest.Primary == "" || v.Epoch > newest.Epoch {
			newest = v
		}
	}
	return newest
}

// DiscoverMaster asks the Sentinels for the address of a primary: one after the other, until one names a
// server that neither it nor its quorum takes for down, and knows enough other Sentinels. The one that
// answered is asked first the next time. If a client of MasterFor or ReplicaFor for the service is in use,
// all are asked, and the answer is the server that such a client would use. The address is the one that
// NodeAddr gives. If there is none the error is a [*ConnError] that matches [ErrNoPrimary].
//
// SENTINEL MASTER.
func (s *Sentinel) DiscoverMaster(ctx context.Context, service string) (HostPort, error) {
	if s.unmade() {
		return HostPort{}, noSentinel("DiscoverMaster")
	}
	from, err := s.asker(service)
	if err != nil {
		return HostPort{}, err
	}
	prior := s.view(service)
	v, err := from.Ask(ctx, follow.Question{Prior: prior, Thorough: prior.Primary != ""})
	if err != nil {
		return HostPort{}, asked(ctx, err)
	}
	return s.hostPort(v.Primary), nil
}

// DiscoverReplicas asks the Sentinels for the replicas of a primary that can be used: not down, and connected
// to their primary. A Sentinel that knows none is passed over for the next one. The addresses are those that
// NodeAddr gives; the list is empty if there are no replicas. If no Sentinel could be asked, or none knows
// the service, the error is a [*ConnError] that matches [ErrNoReplica].
//
// SENTINEL REPLICAS.
func (s *Sentinel) DiscoverReplicas(ctx context.Context, service string) ([]HostPort, error) {
	if s.unmade() {
		return nil, noSentinel("DiscoverReplicas")
	}
	from, err := s.asker(service)
	if err != nil {
		return nil, err
	}
	list, err := from.Replicas(ctx)
	if err != nil {
		return nil, asked(ctx, err)
	}
	all := make([]HostPort, len(list))
	for i, addr := range list {
		all[i] = s.hostPort(addr)
	}
	return all, nil
}

// asked is the error of a question to the Sentinels.
func asked(ctx context.Context, err error) error {
	e := &ConnError{Phase: PhaseDial, Outcome: NotSent, Err: cause("", "", err)}
	if ctx.Err() != nil {
		//houserules:ok family: the cause of a ConnError
		e.Err = fmt.Errorf("%w: %w", ctx.Err(), e.Err)
	}
	return e
}

// hostPort is the address of a server as clients of s use it.
func (s *Sentinel) hostPort(addr string) HostPort {
	if s.o.NodeAddr != nil {
		mapped, _ := s.o.NodeAddr(NodeInfo{Addr: addr})
		addr = cmp.Or(mapped, addr)
	}
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.ParseInt(port, 10, 64)
	return HostPort{Host: host, Port: n}
}

// Clients gives a client for each Sentinel of the options, in their order, for its commands: SentinelMasters,
// SentinelReplicas, SentinelFailover and the like. They belong to s and end with it.
func (s *Sentinel) Clients() []*Client {
	if s.unmade() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.direct == nil {
		for _, addr := range s.o.Addrs {
			o := s.sentinel
			o.Addr = addr
			if s.o.NodeAddr != nil {
				mapped, name := s.o.NodeAddr(NodeInfo{Addr: addr, Sentinel: true})
				o.Addr = cmp.Or(mapped, addr)
				if name != "" && o.TLS != nil {
					o.TLS = tlsFor(o.TLS, o.Addr, name)
				}
			}
			c, err := New(o)
			if err != nil {
				c = failedClient(addr, err)
			}
			if s.closed {
				_ = c.Close()
			}
			s.direct = append(s.direct, c)
		}
	}
	return slices.Clone(s.direct)
}

// Close closes all clients that s has made. It may be called again. The error is always nil.
func (s *Sentinel) Close() error {
	if s.unmade() {
		return nil
	}
	s.mu.Lock()
	s.closed = true
	clients, direct, sources := s.clients, s.direct, s.sources
	s.clients, s.sources = make(map[*Client]struct{}), make(map[string]*sentinels.Source)
	s.mu.Unlock()
	for c := range clients {
		_ = c.Close()
	}
	for _, c := range direct {
		_ = c.Close()
	}
	for _, from := range sources {
		from.Close()
	}
	return nil
}

// String shows the addresses of the Sentinels, without any secret.
func (s *Sentinel) String() string {
	if s.unmade() {
		return "redpoll.Sentinel<not made by NewSentinel>"
	}
	return "redpoll.Sentinel<" + strings.Join(s.o.Addrs, ",") + ">"
}

// unmade reports whether nobody has made s.
func (s *Sentinel) unmade() bool { return s == nil || s.clients == nil }

// atSentinel says what to do about an error reply of a Sentinel; "" if this is the same as for any server.
func (e *ServerError) atSentinel() string {
	switch m := strings.ToLower(e.Message); {
	case e.Code == "NOAUTH":
		return "the Sentinel asks for a password: SentinelOptions.Sentinel.Password, or sentinel_password " +
			"in a URL"
	case strings.Contains(m, "no password is set"), strings.Contains(m, "without any password configured"):
		return "leave out SentinelOptions.Sentinel.Password, or give the user's name too"
	case e.Is(ErrAuth):
		return "see SentinelOptions.Sentinel.Username and Password: those of Node are for the servers"
	case strings.HasPrefix(m, "no such master"):
		return "it knows the service under another name, or not at all: SENTINEL MASTERS lists what it knows"
	case strings.HasPrefix(m, "unknown command"):
		return "it is a server and not a Sentinel: the port of Sentinels is 26379, unless configured " +
			"otherwise"
	}
	return ""
}

func noSentinel(command string) error {
	return &DataError{command, "Sentinel", "is nil or a zero Sentinel: NewSentinel makes them"}
}

// SentinelState is a Sentinel's view of a master, of a replica or of another Sentinel. Fields that do not
// concern it are zero.
type SentinelState struct {
	// Name is the name of the service for a master; for others the server makes it of the address, or of the
	// run ID.
	Name string
	// Addr is the address of the server.
	Addr HostPort
	// RunID is the server's ID of its running process; "" while it is not known.
	RunID string
	// Flags are "master", "slave", "sentinel", "s_down", "o_down", "disconnected", "failover_in_progress" and
	// others. They determine the fields that begin with Is.
	Flags []string
	// IsMaster, IsReplica and IsSentinel say what kind of server it is.
	IsMaster, IsReplica, IsSentinel bool
	// IsSDown says that this Sentinel considers it down, IsODown that enough Sentinels do.
	IsSDown, IsODown bool
	// IsDisconnected says that this Sentinel has no connection to it.
	IsDisconnected bool
	// IsMasterDown says that this other Sentinel considers the master down.
	IsMasterDown bool
	// LinkPendingCommands is the number of commands without an answer, LinkRefCount the number of services
	// that share the connection.
	LinkPendingCommands, LinkRefCount int64
	// LastPingSent is the time since the PING that awaits an answer; 0 if there is none.
	LastPingSent time.Duration
	// LastOKPingReply is the time since the last good answer to PING, LastPingReply since any answer.
	LastOKPingReply, LastPingReply time.Duration
	// SDownTime and ODownTime are the times since it is down; 0 if it is not.
	SDownTime, ODownTime time.Duration
	// DownAfter is the silence after which it counts as down.
	DownAfter time.Duration
	// InfoRefresh is the time since its last answer to INFO.
	InfoRefresh time.Duration
	// RoleReported is the role in that answer, "master" or "slave", and RoleReportedTime the time since it
	// reports this role.
	RoleReported     string
	RoleReportedTime time.Duration

	// ConfigEpoch is the epoch of the master's configuration.
	ConfigEpoch int64
	// NumReplicas and NumOtherSentinels are the numbers of replicas and other Sentinels of the master.
	NumReplicas, NumOtherSentinels int64
	// Quorum is the number of Sentinels that must agree that the master is down.
	Quorum int64
	// FailoverTimeout bounds each step of a failover.
	FailoverTimeout time.Duration
	// ParallelSyncs is the number of replicas that follow a new master at the same time.
	ParallelSyncs int64
	// FailoverState is the step of a running failover; "" without one.
	FailoverState string

	// Master is the address of the replica's master; zero if it is not reported.
	Master HostPort
	// MasterLinkStatus is "ok" or "err", and MasterLinkDownTime the time since the link is down.
	MasterLinkStatus   string
	MasterLinkDownTime time.Duration
	// ReplicaPriority is the replica's rank for a failover: the lowest is promoted; 0 means never.
	ReplicaPriority int64
	// ReplicaOffset is the position of the replica's copy of the data.
	ReplicaOffset int64

	// LastHello is the time since the last message of the other Sentinel.
	LastHello time.Duration
	// VotedLeader is the Sentinel that it voted for in VotedLeaderEpoch; "?" for none.
	VotedLeader      string
	VotedLeaderEpoch int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (s *SentinelState) slots() []slot {
	return []slot{
		{"name", &s.Name}, {"ip", &s.Addr.Host}, {"port", &s.Addr.Port}, {"runid", &s.RunID},
		{"flags", decode.Parsed(s.setFlags)}, {"link-pending-commands", &s.LinkPendingCommands},
		{"link-refcount", &s.LinkRefCount}, {"last-ping-sent", &s.LastPingSent},
		{"last-ok-ping-reply", &s.LastOKPingReply}, {"last-ping-reply", &s.LastPingReply},
		{"s-down-time", &s.SDownTime}, {"o-down-time", &s.ODownTime},
		{"down-after-milliseconds", &s.DownAfter}, {"info-refresh", &s.InfoRefresh},
		{"role-reported", &s.RoleReported}, {"role-reported-time", &s.RoleReportedTime},
		{"config-epoch", &s.ConfigEpoch}, {"num-slaves", &s.NumReplicas},
		{"num-other-sentinels", &s.NumOtherSentinels}, {"quorum", &s.Quorum},
		{"failover-timeout", &s.FailoverTimeout}, {"parallel-syncs", &s.ParallelSyncs},
		{"failover-state", &s.FailoverState}, {"master-host", decode.Parsed(s.setMaster)},
		{"master-port", &s.Master.Port}, {"master-link-status", &s.MasterLinkStatus},
		{"master-link-down-time", &s.MasterLinkDownTime}, {"slave-priority", &s.ReplicaPriority},
		{"slave-repl-offset", &s.ReplicaOffset}, {"last-hello-message", &s.LastHello},
		{"voted-leader", &s.VotedLeader}, {"voted-leader-epoch", &s.VotedLeaderEpoch},
		{others, &s.Extra},
	}
}

// SentinelMasterDown is a Sentinel's opinion of a master.
type SentinelMasterDown struct {
	// Down says that the Sentinel considers the master down.
	Down bool
	// Leader is the run ID of the Sentinel that this one voted for in LeaderEpoch; "" if no vote was
	// requested.
	Leader      string
	LeaderEpoch int64
}

// SentinelCachedInfo is an answer to INFO that a Sentinel has stored.
type SentinelCachedInfo struct {
	// Age is the time since the answer.
	Age time.Duration
	// Info is its text; "" if there was none yet.
	Info string
}

func (r *SentinelCachedInfo) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{&r.Age, orNull{&r.Info}}, nil
}

// SentinelScript is a running or waiting notification script.
type SentinelScript struct {
	// Argv are the script and its arguments.
	Argv []string
	// Flags are "running" or "scheduled".
	Flags string
	// PID is the ID of the process; 0 if it does not run.
	PID int64
	// RunTime is the time since its start, RunDelay the time until its start; one of both is 0.
	RunTime, RunDelay time.Duration
	// Retries is the number of starts.
	Retries int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *SentinelScript) slots() []slot {
	return []slot{
		{"argv", &r.Argv}, {"flags", &r.Flags}, {"pid", &r.PID}, {"run-time", &r.RunTime},
		{"run-delay", &r.RunDelay}, {"retry-num", &r.Retries}, {others, &r.Extra},
	}
}

// SentinelCrash is a point of a failover at which SentinelSimulateFailure makes a Sentinel exit.
type SentinelCrash uint8

// The points of a failover.
const (
	// CrashAfterElection is after the Sentinel was elected leader.
	CrashAfterElection SentinelCrash = iota
	// CrashAfterPromotion is after it has promoted a replica.
	CrashAfterPromotion
)

var sentinelCrashWords = [...]string{CrashAfterElection: "CRASH-AFTER-ELECTION",
	CrashAfterPromotion: "CRASH-AFTER-PROMOTION"}

// putCrashes writes failures to simulate, at least one; the words are counted.
func putCrashes(e *encoder, argument string, list []SentinelCrash) {
	e.Some(argument, len(list), 1)
	for _, c := range list {
		e.Choice(argument, int(c), sentinelCrashWords[:])
	}
}

func decodeMasterDown(d *reply, v *SentinelMasterDown) (err error) {
	if err = d.ExpectLen(3, "a state, a leader and an epoch"); err != nil {
		return err
	}
	if v.Down, err = d.Bool(); err != nil {
		return err
	}
	if v.Leader, err = d.Text(); err != nil {
		return err
	}
	if v.Leader == "*" {
		v.Leader = ""
	}
	v.LeaderEpoch, err = d.Int()
	return err
}

func decodeSentinelMap(d *reply, v *map[string]SentinelState) error {
	var list []SentinelState
	if err := decodeRecord(d, &list); err != nil {
		return err
	}
	m := make(map[string]SentinelState, len(list))
	for i := range list {
		m[list[i].Name] = list[i]
	}
	*v = m
	return nil
}

// setMaster sets the host of the master if it is known.
func (s *SentinelState) setMaster(host string) bool {
	if host != "?" {
		s.Master.Host = host
	}
	return true
}

// setFlags sets Flags and the fields that follow from them.
func (s *SentinelState) setFlags(text string) bool {
	s.Flags = strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	for _, f := range s.Flags {
		switch f {
		case "master":
			s.IsMaster = true
		case "slave":
			s.IsReplica = true
		case "sentinel":
			s.IsSentinel = true
		case "s_down":
			s.IsSDown = true
		case "o_down":
			s.IsODown = true
		case "disconnected":
			s.IsDisconnected = true
		case "master_down":
			s.IsMasterDown = true
		}
	}
	return true
}
