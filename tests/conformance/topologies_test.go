package conformance

import (
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// topology is a way from a client to servers.
type topology struct {
	// name is that of the tests, and of a column of the table in docs/topologies.md.
	name string
	// start starts servers, or takes those that another topology has started.
	start func(*servers) *fixture
	// since is the major version that servers must have; 0 for any.
	since int
	// refuses has the calls, by their names in the table or in tests, that fail on this topology, and how.
	// Every other call must succeed.
	refuses map[string]refusal
	// only is the one family of tests that runs; "" for all of them.
	only string
	// without has the names of tests that do not run, since they need calls that are refused.
	without []string
	// varies says that the table has no column: where calls go depends on how quickly servers answer.
	varies bool
}

// needs has the call without which the tests of a family make no sense.
var needs = map[string]string{"pubsub": "PubSub", "locks": "Lock", "scripts": "Eval"}

// runs reports whether the tests of a family run.
func (t topology) runs(family string) bool {
	if _, refused := t.refuses[needs[family]]; refused {
		return false
	}
	return t.only == "" || t.only == family
}

var topologies = []topology{
	{name: "standalone", start: standalone},
	{name: "sentinel", start: sentinel(redpoll.ReadPrimary), refuses: ownPools},
	{name: "sentinel, ReadPreferReplica", start: sentinel(redpoll.ReadPreferReplica), refuses: ownPools},
	{name: "sentinel, ReadReplica", start: sentinel(redpoll.ReadReplica), refuses: ownPools},
	{name: "sentinel, ReadNearest", start: sentinel(redpoll.ReadNearest), refuses: ownPools, varies: true},
	{name: "ReplicaFor", start: replicaFor, refuses: noWrites(), only: "table"},
	{name: "replicated", start: replicated, refuses: ownPools},
	{name: "cluster", start: cluster, since: 7, refuses: aboutOneNode(
		"Scan", "Info", "Role", "ConfigGet", "ClientList", "Monitor")},
	{name: "ring", start: ring, refuses: aboutOneNode(
		"PubSub", "Scan", "Info", "Role", "ConfigGet", "ClientList", "Monitor", "an unknown command")},
	{name: "copy", start: copied, refuses: aboutOneNode("Scan", "Info", "ConfigGet", "ClientList",
		"Monitor", "an unknown command", "Eval", "Lock", "BLPop"), without: []string{
		"blocking commands", "a deadline ends a call that blocks", "Close", "Drain",
		"O7: a Conn keeps its calls in order, and one that is given up ends the connection",
		// Other nodes have executed the call, so the outcomes are those of its parts: tests/copies.
		"O2: a call without a reply may be executed later, and its connection is left",
	}},
}

// ownPools is what clients refuse that find their servers themselves.
var ownPools = map[string]refusal{
	"Options.Pool": {"*OptionError", as[*redpoll.OptionError]},
}

// aboutOneNode is what clients refuse that lead to several nodes, by the names of these calls.
func aboutOneNode(calls ...string) map[string]refusal {
	refuses := maps.Clone(ownPools)
	for _, name := range calls {
		refuses[name] = refusal{"*StateError", as[*redpoll.StateError]}
	}
	return refuses
}

// noWrites is what clients refuse that lead to replicas.
func noWrites() map[string]refusal {
	refuses := maps.Clone(ownPools)
	for _, name := range []string{
		"Sort", "GeoRadius", "BLPop", "Set", "Incr", "LPush", "Lock",
	} {
		refuses[name] = refusal{"ErrReadOnly", func(err error) bool { return errors.Is(err, redpoll.ErrReadOnly) }}
	}
	return refuses
}

// fixture is a topology that runs.
type fixture struct {
	// open makes a client. The options do not say where the servers are.
	open func(redpoll.Options) (*redpoll.Client, error)
	// roles says what each server is, by address, in the words of the table.
	roles map[string]string
	// synced waits until replicas have everything, see T.Synced; nil if no read goes to one.
	synced func(*T)
	// owner is the address of the server that has a key; nil if one server has all keys.
	owner func(t *T, key string) string
}

// several reports whether each server has a part of the keys.
func (f *fixture) several() bool { return f.owner != nil }

// servers are those of all topologies. Each group is started when it is needed, and lasts until the end of
// the suite.
type servers struct {
	standalone func() *redpolltest.Server
	sentinel   func() *redpolltest.Sentinel
	cluster    func() *redpolltest.Cluster
	ring       func() []*redpolltest.Server
}

func newServers(t *testing.T) *servers {
	return &servers{
		standalone: sync.OnceValue(func() *redpolltest.Server {
			return redpolltest.Start(t, redpolltest.ServerOptions{})
		}),
		sentinel: sync.OnceValue(func() *redpolltest.Sentinel {
			// A busy machine must not cause a failover.
			return redpolltest.StartSentinel(t, redpolltest.SentinelOptions{DownAfter: time.Minute})
		}),
		cluster: sync.OnceValue(func() *redpolltest.Cluster {
			// A busy machine must not make a node count as failed.
			return redpolltest.StartCluster(t, redpolltest.ClusterOptions{NodeTimeout: time.Minute})
		}),
		ring: sync.OnceValue(func() []*redpolltest.Server {
			return redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
		}),
	}
}

func standalone(s *servers) *fixture {
	srv := s.standalone()
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			if o.Pool == nil {
				o.Addr = srv.Addr()
			}
			return redpoll.New(o)
		},
		roles: map[string]string{srv.Addr(): "the server"},
	}
}

// sentinel makes clients by NewSentinel and MasterFor.
func sentinel(from redpoll.ReadFrom) func(*servers) *fixture {
	return func(s *servers) *fixture {
		sen := s.sentinel()
		f := &fixture{
			open: func(o redpoll.Options) (*redpoll.Client, error) {
				of, err := redpoll.NewSentinel(redpoll.SentinelOptions{
					Addrs: sen.Addrs(), Node: o, ReadFrom: from,
				})
				if err != nil {
					return nil, err
				}
				return of.MasterFor(sen.Name()), nil
			},
			roles: primaryFirst(sen.Servers()),
		}
		if from != redpoll.ReadPrimary {
			f.synced = waitForReplicas(int64(len(sen.Servers()) - 1))
		}
		return f
	}
}

// replicaFor makes clients by ReplicaFor.
func replicaFor(s *servers) *fixture {
	sen := s.sentinel()
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			of, err := redpoll.NewSentinel(redpoll.SentinelOptions{Addrs: sen.Addrs(), Node: o})
			if err != nil {
				return nil, err
			}
			return of.ReplicaFor(sen.Name()), nil
		},
		roles: primaryFirst(sen.Servers()),
	}
}

// replicated makes clients by NewReplicated, which has to find out who is the primary.
func replicated(s *servers) *fixture {
	all := s.sentinel().Servers()
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			return redpoll.NewReplicated(redpoll.ReplicatedOptions{
				Addrs: []string{all[1].Addr(), all[0].Addr(), all[2].Addr()}, Node: o,
			})
		},
		roles: primaryFirst(all),
	}
}

// cluster makes clients by NewCluster.
func cluster(s *servers) *fixture {
	clu := s.cluster()
	roles := make(map[string]string)
	for _, n := range clu.Nodes() {
		roles[n.Addr()] = "the primary of some slots"
	}
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			return redpoll.NewCluster(redpoll.ClusterOptions{Addrs: clu.Addrs(), Node: o})
		},
		roles: roles,
		owner: func(_ *T, key string) string { return clu.Owner(clu.Slot(key)).Addr() },
	}
}

// ring makes clients by NewRing.
func ring(s *servers) *fixture {
	roles := make(map[string]string)
	var nodes []redpoll.RingNode
	for _, srv := range s.ring() {
		roles[srv.Addr()] = "a node"
		nodes = append(nodes, redpoll.RingNode{Addr: srv.Addr()})
	}
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			return redpoll.NewRing(redpoll.RingOptions{Nodes: nodes, Node: o})
		},
		roles: roles,
		owner: func(t *T, key string) string {
			node, err := t.Client.NodeFor(t.Context(), key)
			t.OK(err)
			return node.Addr
		},
	}
}

// copied makes clients by NewCopy.
func copied(s *servers) *fixture {
	roles := make(map[string]string)
	var nodes []redpoll.CopyNode
	for _, srv := range s.ring() {
		roles[srv.Addr()] = "a node answers"
		nodes = append(nodes, redpoll.CopyNode{Addr: srv.Addr()})
	}
	return &fixture{
		open: func(o redpoll.Options) (*redpoll.Client, error) {
			return redpoll.NewCopy(redpoll.CopyOptions{Nodes: nodes, Node: o})
		},
		roles: roles,
	}
}

func primaryFirst(all []*redpolltest.Server) map[string]string {
	roles := make(map[string]string)
	for i, srv := range all {
		roles[srv.Addr()] = "a replica"
		if i == 0 {
			roles[srv.Addr()] = "the primary"
		}
	}
	return roles
}

// waitForReplicas waits until n replicas have acknowledged a write that comes behind all others.
func waitForReplicas(n int64) func(*T) {
	return func(t *T) {
		t.Helper()
		one, err := t.Client.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer one.Close()
		t.OK(one.Set(t.Context(), t.Key("synced"), 1))
		t.Want(n)(one.Wait(t.Context(), n, time.Minute))
	}
}

// refusal is an error by which a client says that it cannot do something on a topology.
type refusal struct {
	name string // for the table
	is   func(error) bool
}

// as reports whether an error is of a type.
func as[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}
