package ring

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F414, F426
func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	client, err := redpoll.New(redpoll.Options{Hooks: []redpoll.Hook{&commands{}}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	nodes := func(list ...redpoll.RingNode) redpoll.RingOptions { return redpoll.RingOptions{Nodes: list} }
	at := func(addr string) redpoll.RingNode { return redpoll.RingNode{Addr: addr} }
	called := func(name, addr string) redpoll.RingNode { return redpoll.RingNode{Name: name, Addr: addr} }
	for _, c := range []struct {
		name string
		o    redpoll.RingOptions
		want string
	}{
		{"nobody", nodes(), "Nodes: is empty"},
		{"no port", nodes(at("host:1"), at("host")), "needs a port"},
		{"no address", nodes(redpoll.RingNode{Name: "a"}), "exactly one of Addr, Options and Client"},
		{"two addresses", nodes(redpoll.RingNode{Addr: "a:1", Options: &redpoll.Options{Addr: "a:1"}}),
			"exactly one"},
		{"a text that is not an address", nodes(at("redis://a:1")), "URL"},
		{"names for some", nodes(called("a", "a:1"), at("a:2")), "a name, or none"},
		{"a name twice", nodes(called("a", "a:1"), called("a", "a:2")),
			"has the name of element 0"},
		{"a negative weight", nodes(redpoll.RingNode{Weight: -1, Addr: "a:1"}), "Weight"},
		{"a weight that is not a number", nodes(redpoll.RingNode{Weight: math.NaN(), Addr: "a:1"}), "Weight"},
		{"Python with names", redpoll.RingOptions{Python: true,
			Nodes: []redpoll.RingNode{called("a", "a:1")}},
			"neither names nor weights"},
		{"Python with a placement", redpoll.RingOptions{Python: true, Placement: redpoll.HashRing,
			Nodes: []redpoll.RingNode{at("a:1")}}, "leave out Placement"},
		{"an unknown placement", redpoll.RingOptions{Placement: 7, Nodes: []redpoll.RingNode{at("a:1")}},
			"one of the constants"},
		{"an address for all", redpoll.RingOptions{Node: redpoll.Options{Addr: "a:1"},
			Nodes: []redpoll.RingNode{at("a:1")}}, "Node.Addr: contradicts Nodes"},
		{"a client with hooks", nodes(redpoll.RingNode{Client: client}), "hooks about commands"},
		{"a zero client", nodes(redpoll.RingNode{Client: new(redpoll.Client)}), "zero Client"},
		{"another encoding of a node", redpoll.RingOptions{Node: redpoll.Options{Text: redpoll.Latin1},
			Nodes: []redpoll.RingNode{{Options: &redpoll.Options{Addr: "a:1"}}}}, "another Text"},
		{"checks without a time", redpoll.RingOptions{Eject: redpoll.RingEject{Every: time.Second},
			Nodes: []redpoll.RingNode{at("a:1")}}, "Eject.After: is missing"},
		{"checks too seldom", redpoll.RingOptions{Nodes: []redpoll.RingNode{at("a:1")},
			Eject: redpoll.RingEject{After: time.Second, Every: time.Minute}}, "must not exceed"},
	} {
		rdb, err := redpoll.NewRing(c.o)
		if err == nil {
			rdb.Close()
		}
		if !errors.As(err, new(*redpoll.OptionError)) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for url, want := range map[string]string{
		"redis+ring://a:1,b/0":                    "needs a port",
		"redis+ring://a:1,/0":                     "exactly one",
		"redis+ring://a:1/0?python=perhaps":       "python",
		"redis+ring://a:1/0?check_interval=1s":    "check_interval",
		"redis+ring://user:p/w@a:1,b:1/0?python=": "",
	} {
		if _, err := redpoll.Open(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// commands is a hook that notes the commands of a client.
type commands struct{ names []string }

func (c *commands) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	return ctx
}

func (c *commands) CommandEnded(_ context.Context, e redpoll.CommandEnd) {
	c.names = append(c.names, e.Command+" "+e.Node)
}

// Each option takes effect at each node: the password, the database, the encoding.
//
// Covers: F415, F416
func TestOptionsAreThoseOfEachNode(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{Password: "secret"})
	seen := &commands{}
	o := named(all)
	o.Node = redpoll.Options{Password: "secret", DB: 3, ClientName: "shop", Text: redpoll.Latin1,
		Hooks: []redpoll.Hook{seen}}
	ctx, rdb := connect(t, o)
	for i, list := range keysOf(t, rdb, 1) {
		no(t, "SET", rdb.Set(ctx, list[0], "é"))
		if got := all[i].Do("GET", list[0]); got != nil {
			t.Errorf("database 0 of node %d has %v", i, got)
		}
		n := rdb.Nodes()[i]
		name, err := n.Client.ClientGetName(ctx)
		same(t, "CLIENT GETNAME", name, err, "shop")
		size, err := n.Client.StrLen(ctx, list[0])
		same(t, "STRLEN in Latin-1", size, err, 1)
		if want := "SET " + all[i].Addr(); seen.names[3*i] != want {
			t.Errorf("the hook saw %v, want %s", seen.names, want)
		}
	}
	url := "redis+ring://:secret@" + all[0].Addr() + "," + all[1].Addr() + "/3?client_name=by_url"
	other, err := redpoll.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	n, err := other.DBSize(ctx)
	same(t, "DBSIZE of both by URL", n, err, 2)
	name, err := other.Nodes()[1].Client.ClientGetName(ctx)
	same(t, "CLIENT GETNAME by URL", name, err, "by_url")
}

// Clients of single servers are made from the URLs of ConstRedis, and can be nodes.
//
// Covers: F429
func TestNodesByURL(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{Password: "secret"})
	var o redpoll.RingOptions
	for _, url := range []string{
		"redis://:secret@" + all[0].Addr() + "/2",
		"unix://:secret@" + all[1].Socket() + "?db=2",
	} {
		client, err := redpoll.Open(url)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		o.Nodes = append(o.Nodes, redpoll.RingNode{Client: client})
	}
	ctx, rdb := connect(t, o)
	for i, list := range keysOf(t, rdb, 1) {
		no(t, "SET", rdb.Set(ctx, list[0], 1))
		info, _ := all[i].Do("INFO", "keyspace").(string)
		if !strings.Contains(info, "db2:keys=1") || strings.Contains(info, "db0") {
			t.Errorf("node %d: %s", i, info)
		}
	}
}

// The certificate of each node must be for the host of that node.
func TestTLSByURL(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{TLS: true, NoTCP: true})
	url := "rediss+ring://" + all[0].TLSAddr() + "," + all[1].TLSAddr() + "/0?ssl_ca_certs=" +
		all[0].Certificates().CAFile
	rdb, err := redpoll.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	n, err := rdb.DBSize(t.Context())
	same(t, "DBSIZE over TLS", n, err, 0)
	for i, list := range keysOf(t, rdb, 1) {
		no(t, "SET", rdb.Set(t.Context(), list[0], i))
		got, err := rdb.Nodes()[i].Client.Get(t.Context(), list[0])
		same(t, "GET", got, err, i)
	}
}

// A node has a password of its own, and weights decide how many keys a node gets.
//
// Covers: F416, F417
func TestNodesWithOptionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	plain := redpolltest.Start(t, redpolltest.ServerOptions{})
	secured := redpolltest.Start(t, redpolltest.ServerOptions{Password: "secret"})
	for _, placement := range []redpoll.Placement{redpoll.DefaultPlacement, redpoll.HashRing} {
		ctx, rdb := connect(t, redpoll.RingOptions{Placement: placement, Nodes: []redpoll.RingNode{
			{Name: "plain", Addr: plain.Addr()},
			{Name: "secured", Weight: 3, Options: &redpoll.Options{Addr: secured.Addr(), Password: "secret"}},
		}})
		pipe := rdb.Pipeline(redpoll.NoTransaction)
		for i := range 4000 {
			pipe.Set("key"+string(rune('a'+i%26))+time.Duration(i).String(), i)
		}
		no(t, "SET", pipe.Exec(ctx))
		n, err := rdb.Nodes()[1].Client.DBSize(ctx)
		if err != nil || n < 2700 || n > 3300 {
			t.Errorf("the node with three quarters of the weight has %d keys of 4000, %v", n, err)
		}
		no(t, "FLUSHALL", rdb.FlushAll(ctx))
	}
}
