package redpoll_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// exampleServerTB lets examples have servers of their own.
type exampleServerTB struct{ exampleTB }

func (*exampleServerTB) Failed() bool { return false }

func (e *exampleServerTB) Error(args ...any) { panic(fmt.Sprint(args...)) }

// end runs what the fixtures asked for, the last one first.
func (e *exampleServerTB) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}

func ExampleClient_ClientList() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr(), ClientName: "billing"})

	list, err := rdb.ClientList(ctx, redpoll.ClientOfKind(redpoll.NormalClient))
	for _, c := range list {
		if c.Name == "billing" {
			fmt.Println(c.Name, c.User, c.DB, c.Cmd)
		}
	}
	fmt.Println(err)
	// Output:
	// billing default 0 client|list
	// <nil>
}

func ExampleClient_ACLSetUserRules() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr()})

	err := rdb.ACLSetUserRules(ctx, "reporter", redpoll.ACLRules{
		Enabled:   true,
		Passwords: []string{"+secret"},
		ACLPermissions: redpoll.ACLPermissions{
			Categories: []string{"+read"},
			Keys:       []string{"report:*"},
		},
	})
	fmt.Println(err)
	user, err := rdb.ACLGetUser(ctx, "reporter")
	fmt.Println(user.Enabled, user.Keys, user.Categories, err)
	// Output:
	// <nil>
	// true [~report:*] [-@all +@read] <nil>
}

func ExampleClient_ClusterNodes() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{Config: []string{"cluster-enabled yes"}})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr()})

	fmt.Println(rdb.ClusterAddSlotsRange(ctx, redpoll.SlotRange{Start: 0, End: 8191}))
	nodes, err := rdb.ClusterNodes(ctx)
	for _, n := range nodes {
		fmt.Println(n.Flags, n.Slots, n.Connected)
	}
	fmt.Println(err)
	// Output:
	// <nil>
	// [myself master] [0-8191] true
	// <nil>
}

func ExampleClient_SentinelMasters() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	sentinel := testkit.StartSentinel(tb, fmt.Sprintf("sentinel monitor main %s %d 1", srv.Host(), srv.Port()))
	rdb := clients.New(tb, redpoll.Options{Addr: sentinel.Addr})

	masters, err := rdb.SentinelMasters(ctx)
	for name, m := range masters {
		fmt.Println(name, m.Addr.String() == srv.Addr(), m.IsMaster, m.Quorum)
	}
	fmt.Println(err)
	// Output:
	// main true true 1
	// <nil>
}
