// Package conformance has one set of tests for all topologies: a client does the same for its callers
// wherever it leads to. The particulars of a topology, such as failovers, are tested elsewhere.
//
// To add a test, write a function into the map of its family: locks, in locks_test.go. It gets a client, and
// keys of its own by [T.Key]. It runs on every topology, in parallel with all others:
//
//	"one holder at a time": func(t *T) {
//		k := t.Key("k")
//		t.OK(t.Client.Set(t.Context(), k, "v"))
//		t.Synced() // reads may go to replicas
//		t.Want("v")(t.Client.Get(t.Context(), k))
//	},
//
// To add a topology, write an entry into topologies, in topologies_test.go.
//
//	go test ./tests/conformance -run 'TestConformance/sentinel$/locks'
//	go test ./tests/conformance -update    # writes the table of docs/topologies.md
package conformance

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// tests are the tests of one family by name.
type tests map[string]func(t *T)

// families are all tests.
var families = map[string]tests{
	"commands":     commands,
	"pipelines":    pipelines,
	"transactions": transactions,
	"scripts":      scripts,
	"pubsub":       pubsub,
	"monitor":      monitors,
	"iterators":    iterators,
	"locks":        locks,
	"legacy":       legacies,
	"errors":       failures,
	"contexts":     contexts,
	"order":        orders,
	"end":          ends,
	"table":        {"where calls go": whereCallsGo},
}

// A client does the same for its callers on every topology.
//
// Covers: F296, F304
func TestConformance(t *testing.T) {
	servers := newServers(t)
	columns := newColumns()
	t.Cleanup(func() { columns.compare(t) }) // when all of them are there
	for _, topology := range topologies {
		t.Run(topology.name, func(t *testing.T) {
			t.Parallel()
			redpolltest.RequireVersion(t, topology.since, 0)
			f := topology.start(servers)
			rdb := open(t, f, redpoll.Options{})
			for family, tests := range families {
				if !topology.runs(family) {
					continue
				}
				t.Run(family, func(t *testing.T) {
					t.Parallel()
					for name, run := range tests {
						if slices.Contains(topology.without, name) {
							continue
						}
						t.Run(name, func(t *testing.T) {
							t.Parallel()
							run(&T{&clients.Test{T: t, Client: rdb}, f, topology, columns})
							clients.Usable(t, rdb)
						})
					}
				})
			}
		})
	}
}

// T is one test on one topology.
type T struct {
	// Test has Client, which all tests of the topology share, and what compares results: Want, OK, Is, IsNil.
	// Server is nil.
	*clients.Test
	on      *fixture
	top     topology
	columns *columns
}

// Key makes a key that no other test has. All keys of a test are in one slot of a cluster.
func (t *T) Key(name string) string { return "{" + t.Name() + "}:" + name }

// Word makes a name of letters and digits that no other test has.
func (t *T) Word(name string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Name()))
	return fmt.Sprintf("%s%x", name, h.Sum64())
}

// Synced waits until reads see all that was written before. This is the one place that knows of replicas
// which lag behind: a test calls it between a write and a read that must see it, or reads with the context
// primary. Where reads see every write it does nothing.
func (t *T) Synced() {
	t.Helper()
	if t.on.synced != nil {
		t.on.synced(t)
	}
}

// refused reports whether the topology refuses a call, named as in the table, and checks the call's error.
func (t *T) refused(call string, err error) bool {
	t.Helper()
	refusal, refused := t.top.refuses[call]
	if refused && !refusal.is(err) {
		t.Errorf("%s gives %v, and should be refused by %s", call, err, refusal.name)
	}
	return refused
}

// Another makes a client of the test's own for the same servers, which is closed with the test.
func (t *T) Another(o redpoll.Options) *redpoll.Client {
	t.Helper()
	return open(t.T, t.on, o)
}

func open(t *testing.T, f *fixture, o redpoll.Options) *redpoll.Client {
	t.Helper()
	rdb, err := f.open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// Go runs a call beside the test, and returns a function that waits for its error.
func (t *T) Go(call func() error) (err func() error) {
	ended := make(chan error, 1)
	go func() { ended <- call() }()
	return sync.OnceValue(func() error { return <-ended })
}

// primary is a context for reads that must see every write.
func (t *T) primary() context.Context { return redpoll.FromPrimary(t.Context()) }
