package conformance

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

var update = flag.Bool("update", false, "write the table of docs/topologies.md instead of comparing it")

// call is something that a client is asked for. It must succeed on every topology that does not refuse it.
type call struct {
	name string
	do   func(ctx context.Context, t *T, rdb *redpoll.Client) error
}

// keys is the argument for the keys of a script, and stream the one for what is read from a stream.
type keys string
type stream string

// method is the call of a method by its name. Strings that begin with a colon become keys.
func method(name string, args ...any) call {
	return call{name, func(_ context.Context, t *T, rdb *redpoll.Client) error {
		given := slices.Clone(args)
		for i, a := range given {
			switch a := a.(type) {
			case string:
				if strings.HasPrefix(a, ":") {
					given[i] = t.Key(a[1:])
				}
			case keys:
				given[i] = []string{t.Key(string(a))}
			case stream:
				given[i] = []redpoll.StreamFrom{{Key: t.Key("x"), ID: string(a)}}
			}
		}
		_, err := clients.CallMethod(t, rdb, name, given)
		return err
	}}
}

// section is a part of the table.
type section struct {
	title string
	calls []call
}

// sections are what the table of docs/topologies.md is about, in its order.
var sections = []section{{"plain reads", []call{
	method("Get", ":k"), method("MGet", ":k"), method("GetRange", ":k", 0, 1), method("Exists", ":k"),
	method("TTL", ":k"), method("Type", ":k"), method("Dump", ":k"), method("SortRO", ":l"),
	method("HGet", ":h", "f"), method("HGetAll", ":h"), method("LRange", ":l", 0, -1), method("SMembers", ":s"),
	method("SInter", ":s"), method("ZRange", ":z", 0, -1), method("ZScore", ":z", "m"), method("XLen", ":x"),
	method("XRange", ":x", "-", "+"), method("XRead", stream("0")),
	method("BitCount", ":k"), method("PFCount", ":p"), method("MemoryUsage", ":k"),
	method("EvalRO", "return 1", keys("k")),
	{"a `Pipeline` of them with `NoTransaction`", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		return rdb.Pipelined(ctx, func(pipe *redpoll.Pipeline) error {
			pipe.Get(t.Key("k"))
			pipe.HGetAll(t.Key("h"))
			return nil
		}, redpoll.NoTransaction)
	}},
}}, {"all else that has keys or channels", []call{
	{"plain reads with `FromPrimary`", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		_, err := rdb.Get(redpoll.FromPrimary(ctx), t.Key("k"))
		return err
	}},
	method("HScan", ":h", 0), method("SScan", ":s", 0), method("ZScan", ":z", 0), method("Sort", ":l"),
	method("GeoRadius", ":g", 1, 1, 1, redpoll.Meters), method("BLPop", 1e7, ":empty"),
	method("XReadBlock", 1e7, stream("$")),
	method("Set", ":w", 1), method("Incr", ":n"), method("LPush", ":wl", 1), method("Publish", ":c", 1),
	method("Eval", "return 1", keys("k")),
	{"every other `Pipeline`", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		return rdb.Pipelined(ctx, func(pipe *redpoll.Pipeline) error {
			pipe.Get(t.Key("k"))
			return nil
		})
	}},
	{"Transaction", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		return rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			tx.Multi().Get(t.Key("k"))
			return nil
		}, t.Key("k"))
	}},
	{"Conn", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		one, err := rdb.Conn(ctx)
		if err != nil {
			return err
		}
		defer one.Close()
		_, err = one.Get(ctx, t.Key("k"))
		return err
	}},
	{"Lock", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		return rdb.Lock(t.Key("lock"), long).Do(ctx, func(context.Context) error { return nil })
	}},
	{"PubSub", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		sub := rdb.PubSub()
		defer sub.Close()
		return sub.Subscribe(ctx, t.Key("channel"))
	}},
}}, {"what is about one server", []call{
	method("Scan", 0), method("Keys", ":none"), method("RandomKey"), method("DBSize"),
	method("Info"), method("Role"), method("ConfigGet", "maxmemory"), method("SlowLogLen"),
	method("ClientList"), method("PubSubChannels", ":none"), method("PubSubNumSub"), method("ACLWhoAmI"),
	method("ScriptExists", "0000000000000000000000000000000000000000"), method("ScriptLoad", "return 1"),
	{"Monitor", func(ctx context.Context, t *T, rdb *redpoll.Client) error {
		mon, err := rdb.Monitor(ctx)
		if err != nil {
			return err
		}
		return mon.Close()
	}},
}}, {"options", []call{
	{"Options.Pool", func(_ context.Context, t *T, _ *redpoll.Client) error {
		pool := clients.NewPool(t, redpoll.Options{Addr: slices.Min(slices.Collect(maps.Keys(t.on.roles)))})
		rdb, err := t.on.open(redpoll.Options{Pool: pool})
		if err != nil {
			return err
		}
		return rdb.Close()
	}},
}}}

// whereCallsGo asks a client for everything, some times each, and notes where that goes.
func whereCallsGo(t *T) {
	heard := &nodes{roles: t.roles()}
	rdb := t.Another(redpoll.Options{Hooks: []redpoll.Hook{heard}})
	for _, c := range allCalls() {
		heard.reset()
		var err error
		for range t.rounds() {
			if err = c.do(t.Context(), t, rdb); errors.Is(err, redpoll.Nil) {
				err = nil
			}
			if err != nil {
				break
			}
		}
		if c.name == "PubSub" && err == nil {
			redpolltest.Await(t, "all subscriptions are told", func() bool {
				return heard.confirmed() >= t.rounds()
			})
		}
		cell := cmp.Or(heard.cell(), "yes")
		switch {
		case t.refused(c.name, err):
			cell = "refused: `" + t.top.refuses[c.name].name + "`"
		case err != nil:
			t.Errorf("%s gives %v", c.name, err)
		}
		if !t.top.varies {
			t.columns.set(t.top.name, c.name, cell)
		}
	}
}

const (
	keysNode = "the key's node"
	anyNode  = "any node"
	allNodes = "all nodes"
)

// roles says what each server is for the keys of the test. Calls that went to all nodes have no address.
func (t *T) roles() map[string]string {
	if !t.on.several() {
		return t.on.roles
	}
	roles := map[string]string{"": allNodes}
	for addr := range t.on.roles {
		roles[addr] = anyNode
	}
	roles[t.on.owner(t, t.Key("k"))] = keysNode
	return roles
}

// rounds is how often a call is made, so that it goes to every server that it may go to. Servers that are
// chosen by chance need more rounds than those that have turns.
func (t *T) rounds() int {
	if t.on.several() {
		return 6 * len(t.on.roles)
	}
	return 2 * len(t.on.roles)
}

func allCalls() (all []call) {
	for _, s := range sections {
		all = append(all, s.calls...)
	}
	return all
}

// nodes are the servers that commands and subscriptions went to, as hooks hear of it.
type nodes struct {
	roles map[string]string

	mu            sync.Mutex
	seen          map[string]bool
	subscriptions int
}

// confirmed returns the number of subscriptions, which hooks hear of a little later than the callers.
func (n *nodes) confirmed() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.subscriptions
}

func (n *nodes) reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = make(map[string]bool)
}

func (n *nodes) cell() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen[anyNode] {
		delete(n.seen, keysNode) // it is one of them
	}
	return strings.Join(slices.Sorted(maps.Keys(n.seen)), ", ")
}

func (n *nodes) add(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if role := n.roles[addr]; role != "" {
		n.seen[role] = true
	}
}

func (n *nodes) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	return ctx
}
func (n *nodes) CommandEnded(_ context.Context, e redpoll.CommandEnd) { n.add(e.Node) }
func (n *nodes) PubSubChanged(_ context.Context, e redpoll.PubSubEvent) {
	n.add(e.Node)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subscriptions++
}

// tabled are the topologies that have a column.
func tabled() []topology {
	return slices.DeleteFunc(slices.Clone(topologies), func(t topology) bool { return t.varies })
}

// columns are the cells of the table by topology and call.
type columns struct {
	mu    sync.Mutex
	cells map[[2]string]string
}

func newColumns() *columns { return &columns{cells: make(map[[2]string]string)} }

func (c *columns) set(topology, call, cell string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cells[[2]string{topology, call}] = cell
}

// page has the table between these two lines.
const (
	page  = "../../docs/topologies.md"
	begin = "<!-- Written by go test ./tests/conformance -update. -->\n"
	end   = "<!-- The end of what is written. -->\n"
)

// compare compares the page with what was found, or updates it.
func (c *columns) compare(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cells) < len(allCalls())*len(tabled()) || t.Failed() {
		t.Log("the table was not compared: not all was measured")
		return
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, also := strings.Cut(rest, end)
	switch table := c.table(); {
	case !ok || !also:
		t.Fatalf("%s has not the lines %q and %q", page, begin, end)
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != table:
		t.Errorf("the table in %s is out of date: go test ./tests/conformance -update\n%s", page, table)
	}
}

// table joins calls of a section that have the same cells.
func (c *columns) table() string {
	var b strings.Builder
	head := "| calls |"
	for _, topology := range tabled() {
		head += " " + topology.name + " |"
	}
	fmt.Fprintf(&b, "%s\n|---%s|\n", head, strings.Repeat("|---", len(tabled())))
	for _, section := range sections {
		var rows []string // the cells, in order
		names := make(map[string][]string)
		for _, call := range section.calls {
			row := ""
			for _, topology := range tabled() {
				row += " " + c.cells[[2]string{topology.name, call.name}] + " |"
			}
			if names[row] == nil {
				rows = append(rows, row)
			}
			name := call.name
			if !strings.Contains(name, "`") {
				name = "`" + name + "`"
			}
			names[row] = append(names[row], name)
		}
		for _, row := range rows {
			fmt.Fprintf(&b, "| %s: %s |%s\n", section.title, strings.Join(names[row], ", "), row)
		}
	}
	return b.String()
}
