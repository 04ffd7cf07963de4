package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// played is a cluster of nodes that a test plays.
type played struct {
	*Cluster
	nodes []*testkit.Played
	mu    sync.Mutex
	// layout is the answer to CLUSTER SLOTS by node; "" for none.
	layouts []string
}

// playCluster starts n nodes and a router that knows the first one. answer gives the replies to all commands
// but CLUSTER SLOTS.
func playCluster(t *testing.T, n int, answer func(node int, args []string) string) *played {
	t.Helper()
	p := &played{layouts: make([]string, n)}
	for i := range n {
		p.nodes = append(p.nodes, testkit.Listen(t, func(_ int, args []string) string {
			if args[0] == "CLUSTER" {
				p.mu.Lock()
				defer p.mu.Unlock()
				return p.layouts[i]
			}
			return answer(i, args)
		}))
	}
	makePool := func(addr string, role conn.Role) *pool.Pool {
		return pool.New(pool.Config{
			Conn: &conn.Config{Network: "tcp", Addr: addr, Role: role, RESP2: true,
				Logger: slog.New(slog.DiscardHandler)},
			Shared: 1, BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
		})
	}
	p.Cluster = NewCluster(ClusterConfig{Name: "played", Seeds: []string{p.addr(0)}, Pool: makePool,
		Every: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	home := &Single{Node: NewNode(makePool("home", conn.Primary)), Owned: true,
		Policy: Policy{For: Forever, Max: 3, Min: time.Millisecond, Most: 4 * time.Millisecond}}
	p.Use(home)
	t.Cleanup(p.Close)
	return p
}

func (p *played) addr(i int) string { return p.nodes[i].Addr() }

// span is a range of slots and the number of its node.
type span struct{ first, last, node int }

// say sets what a node answers to CLUSTER SLOTS.
func (p *played) say(node int, parts ...span) {
	answer := fmt.Sprintf("*%d\r\n", len(parts))
	for _, one := range parts {
		host, port, _ := strings.Cut(p.addr(one.node), ":")
		answer += fmt.Sprintf("*3\r\n:%d\r\n:%d\r\n*3\r\n$%d\r\n%s\r\n:%s\r\n$1\r\n%c\r\n",
			one.first, one.last, len(host), host, port, 'a'+one.node)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.layouts[node] = answer
}

// halves gives the lower half of the slots to node 0 and the upper half to node 1, and all nodes say so.
func (p *played) halves() {
	for i := range p.nodes {
		p.say(i, span{0, 8191, 0}, span{8192, slot.Count - 1, 1})
	}
}

// run runs a command and returns its outcome.
func (p *played) run(ctx context.Context, args ...string) string {
	c := newTextCall(args...)
	if gone := Do(ctx, p, &c.call); gone != nil {
		return "gave up: " + gone.Error()
	}
	return c.outcome()
}

// heard returns the commands that a node has heard, without the questions for the map.
func (p *played) heard(i int) string {
	return strings.Join(slices.DeleteFunc(p.nodes[i].Heard(), func(line string) bool {
		return strings.HasPrefix(line, "CLUSTER")
	}), "|")
}

// Of the keys bar (5061) and hello (866) are in the lower half, foo (12182) and 123456789 (12739) in the
// upper one.
func (p *played) redirect(how, key string, to int) string {
	return fmt.Sprintf("-%s %d %s\r\n", how, slot.Of([]byte(key)), p.addr(to))
}

// A call goes to the owner of its slot. MOVED is followed and remembered, ASK is followed with ASKING in
// front and not remembered. A node that the map does not have is dialled at once.
func TestClusterRedirects(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 3, func(node int, args []string) string {
		switch {
		case node == 0 && args[1] == "bar":
			return p.redirect("MOVED", "bar", 2)
		case node == 0 && args[1] == "hello":
			return p.redirect("ASK", "hello", 2)
		}
		return "+" + fmt.Sprint(node) + "\r\n"
	})
	p.halves()
	for range 2 {
		for key, want := range map[string]string{"foo": "+1", "bar": "+2", "hello": "+2"} {
			if got := p.run(t.Context(), "GET", key); got != want {
				t.Errorf("GET %s: %s, want %s", key, got, want)
			}
		}
	}
	if got := p.heard(0); strings.Count(got, "GET bar") != 1 || strings.Count(got, "GET hello") != 2 {
		t.Errorf("the first node heard %s", got)
	}
	if got := p.heard(2); strings.Count(got, "ASKING|GET hello") != 2 || strings.Count(got, "GET bar") != 2 {
		t.Errorf("the third node heard %s", got)
	}
}

// A message goes to the owner of its channel's slot, so that messages of one channel have one way.
func TestClusterPublish(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 2, func(node int, _ []string) string { return fmt.Sprintf("+%d\r\n", node) })
	p.halves()
	for range 20 {
		for channel, want := range map[string]string{"bar": "+0", "foo": "+1"} {
			if got := p.run(t.Context(), "PUBLISH", channel, "message"); got != want {
				t.Fatalf("PUBLISH %s: %s, want %s", channel, got, want)
			}
		}
	}
}

// A pipeline whose context has ended is not sent, to one node or to several.
func TestClusterPipelineTooLate(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 2, func(int, []string) string { return "+OK\r\n" })
	p.halves()
	for _, key := range []string{"bar", "foo"} {
		p.run(t.Context(), "GET", key) // now there are connections
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, keys := range [][]string{{"bar"}, {"bar", "foo"}} {
		s := &script{}
		for _, key := range keys {
			s.commands = append(s.commands, newTextCall("INCR", key))
		}
		p.Batch(ctx, s)
		if heard := p.heard(0) + p.heard(1); strings.Contains(heard, "INCR") {
			t.Errorf("with %v the nodes heard %s", keys, heard)
		}
	}
}

// The map does not undo what a redirect has said, if it still says that says the old owner, asked later.
func TestClusterStaleMap(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 2, func(node int, args []string) string {
		if node == 0 {
			return p.redirect("MOVED", "bar", 1)
		}
		return "+1\r\n"
	})
	p.halves()
	if got := p.run(t.Context(), "GET", "bar"); got != "+1" {
		t.Fatal(got)
	}
	if err := p.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.run(t.Context(), "GET", "bar"); got != "+1" || p.heard(0) != "GET bar" {
		t.Errorf("%s; the old owner heard %s", got, p.heard(0))
	}
	// A node that redirects the slot back is believed, too.
	p.learn(slot.Of([]byte("bar")), p.member(p.addr(0)), p.member(p.addr(1)))
	if err := p.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at := p.homeOf([]byte("bar")); at.Addr != p.addr(0) {
		t.Errorf("the owner is %s", at.Addr)
	}
}

// Two nodes that redirect to each other end with an error that names them, after a bounded number of
// attempts.
func TestClusterEndlessRedirects(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 2, func(node int, args []string) string {
		return p.redirect("MOVED", args[1], 1-node)
	})
	p.halves()
	c := newTextCall("GET", "bar")
	if gone := Do(t.Context(), p, &c.call); gone != nil || !strings.HasPrefix(c.outcome(), "-MOVED") {
		t.Fatalf("%v, %s", gone, c.outcome())
	}
	if len(c.call.Path) != maxMoves+1 || c.call.Path[0] != p.addr(0) || c.call.Path[1] != p.addr(1) {
		t.Errorf("the path is %v", c.call.Path)
	}
}

// A node that redirects to itself for ever ends the same way, and costs no more questions for the map than
// others.
func TestClusterMovedToItselfForEver(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 2, func(node int, args []string) string {
		if args[0] == "GET" {
			return p.redirect("MOVED", args[1], node)
		}
		return "+OK\r\n"
	})
	p.halves()
	c := newTextCall("GET", "bar")
	if gone := Do(t.Context(), p, &c.call); gone != nil || !strings.HasPrefix(c.outcome(), "-MOVED") {
		t.Fatalf("%v, %s", gone, c.outcome())
	}
	if n := p.nodes[0].Count("GET"); n != maxMoves+1 {
		t.Errorf("the command was sent %d times", n)
	}
	if n := p.nodes[0].Count("CLUSTER") + p.nodes[1].Count("CLUSTER"); n > 6 {
		t.Errorf("the nodes were asked %d times for the map", n)
	}
	if got := p.run(t.Context(), "SET", "bar", "v") + p.run(t.Context(), "SET", "foo", "v"); got != "+OK+OK" {
		t.Errorf("other calls: %s", got)
	}
}

// MOVED to the node that sends it makes a new connection.
func TestClusterMovedToItself(t *testing.T) {
	t.Parallel()
	var p *played
	var n atomic.Int32
	p = playCluster(t, 2, func(node int, args []string) string {
		if n.Add(1) <= 2 {
			return p.redirect("MOVED", args[1], node)
		}
		return "+OK\r\n"
	})
	p.halves()
	if got := p.run(t.Context(), "GET", "bar"); got != "+OK" {
		t.Error(got)
	}
	var used []string
	for _, session := range p.nodes[0].Sessions() {
		if strings.Contains(session, "GET bar") {
			used = append(used, session)
		}
	}
	if len(used) != 3 {
		t.Errorf("the commands came over %d connections: %q", len(used), used)
	}
}

// A thousand refusals at once cause one question for the map, and one more later.
func TestClusterAsksSeldom(t *testing.T) {
	t.Parallel()
	var p *played
	first := make(chan struct{})
	p = playCluster(t, 2, func(node int, args []string) string {
		if node == 0 && args[0] == "GET" {
			<-first
			return p.redirect("MOVED", args[1], 1)
		}
		return "+OK\r\n"
	})
	p.halves()
	p.run(t.Context(), "GET", "foo") // knows the map
	var callers sync.WaitGroup
	for range 1000 {
		callers.Go(func() {
			if got := p.run(t.Context(), "GET", "bar"); got != "+OK" {
				t.Error(got)
			}
		})
	}
	close(first)
	callers.Wait()
	if n := p.nodes[0].Count("CLUSTER") + p.nodes[1].Count("CLUSTER"); n > 4 {
		t.Errorf("the nodes were asked %d times for the map", n)
	}
}

// Maps that say nothing, too little or something else change nothing while another node says more.
func TestClusterHostileMaps(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"null": "*-1\r\n", "empty": "*0\r\n", "a refusal": "-ERR no\r\n",
		"too many ranges": "*20000\r\n" + strings.Repeat(":0\r\n", 20000),
		"overlapping":     "*2\r\n*3\r\n:0\r\n:9\r\n*2\r\n$1\r\nh\r\n:1\r\n*3\r\n:9\r\n:9\r\n*2\r\n$1\r\ni\r\n:1\r\n",
		"too many nodes": "*1\r\n*1003\r\n:0\r\n:16383\r\n" +
			strings.Repeat("*3\r\n$9\r\n127.0.0.9\r\n:1\r\n$1\r\na\r\n", 1001),
		"huge counts": "*1\r\n*3\r\n:0\r\n:9223372036854775807\r\n*2\r\n$1\r\nh\r\n:1\r\n",
		"partial":     "*1\r\n*3\r\n:0\r\n:9\r\n*3\r\n$9\r\n127.0.0.9\r\n:1\r\n$1\r\na\r\n",
		"foreign":     "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.9\r\n:1\r\n$1\r\nz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := playCluster(t, 2, func(node int, _ []string) string { return fmt.Sprintf("+%d\r\n", node) })
			p.halves()
			p.run(t.Context(), "GET", "foo")
			p.mu.Lock()
			p.layouts[0] = answer
			p.mu.Unlock()
			for range 3 {
				if err := p.look(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if got := p.run(t.Context(), "GET", "bar") + p.run(t.Context(), "GET", "foo"); got != "+0+1" {
				t.Errorf("the nodes are %s", got)
			}
			if list := p.Nodes(); len(list) != 2 {
				t.Errorf("%d primaries", len(list))
			}
		})
	}
}

// A map without all slots is used if there is no other, and a slot without an owner is asked for again.
func TestClusterPartialMap(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 2, func(node int, _ []string) string { return fmt.Sprintf("+%d\r\n", node) })
	p.say(0, span{0, 8191, 0})
	if got := p.run(t.Context(), "GET", "bar"); got != "+0" {
		t.Fatal(got)
	}
	done := make(chan string)
	go func() { done <- p.run(t.Context(), "GET", "foo") }()
	redpolltest.Await(t, "the map is asked for again", func() bool { return p.nodes[0].Count("CLUSTER") > 1 })
	p.halves()
	if got := <-done; got != "+1" {
		t.Error(got)
	}
}

// TRYAGAIN and CLUSTERDOWN are tried again; the map is right where TRYAGAIN comes.
func TestClusterRefusedForNow(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	p := playCluster(t, 2, func(int, []string) string {
		switch n.Add(1) {
		case 1:
			return "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"
		case 2:
			return "-CLUSTERDOWN The cluster is down\r\n"
		case 3:
			return "-READONLY You can't write against a read only replica.\r\n"
		}
		return "+OK\r\n"
	})
	p.halves()
	if got := p.run(t.Context(), "SET", "bar", "1"); got != "+OK" || n.Load() != 4 {
		t.Errorf("%s after %d attempts", got, n.Load())
	}
	n.Store(0)
	ctx, cancel := context.WithCancel(t.Context())
	p.policy.Min, p.policy.Most = time.Hour, time.Hour
	go func() {
		redpolltest.Await(t, "it was refused", func() bool { return n.Load() == 1 })
		cancel()
	}()
	c := newTextCall("SET", "bar", "1")
	gone := Do(ctx, p, &c.call)
	if gone == nil && (!errors.Is(c.call.Err, context.Canceled) || c.call.Outcome != conn.NotSent) {
		t.Errorf("%v, %v", c.call.Err, c.call.Outcome)
	}
}

// MGET is split by slot, and its elements come in the order of the keys. If a node is dead, the error has the
// positions of its keys; other nodes were asked nevertheless.
func TestClusterSplits(t *testing.T) {
	t.Parallel()
	value := func(_ int, args []string) string {
		answer := fmt.Sprintf("*%d\r\n", len(args)-1)
		for _, key := range args[1:] {
			answer += fmt.Sprintf("$%d\r\n%s\r\n", len(key), key)
		}
		return answer
	}
	p := playCluster(t, 2, value)
	p.halves()
	want := "*4\r\n$3\r\nfoo\r\n$3\r\nbar\r\n$5\r\nhello\r\n$3\r\nfoo"
	if got := p.run(t.Context(), "MGET", "foo", "bar", "hello", "foo"); got != want {
		t.Errorf("got %q", got)
	}
	if got := p.run(t.Context(), "SINTER", "foo", "bar"); !strings.HasPrefix(got, ErrCrossSlot.Error()) {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	silent := playCluster(t, 2, func(node int, args []string) string {
		if node == 1 {
			cancel()
			return testkit.Silence
		}
		return value(node, args)
	})
	silent.halves()
	c := newTextCall("MGET", "foo", "bar", "hello", "foo")
	if gone := Do(ctx, silent, &c.call); gone != nil {
		t.Fatal(gone)
	}
	var parts *NodesError
	if !errors.As(c.call.Err, &parts) || len(parts.Parts) == 0 {
		t.Fatal(c.call.Err)
	}
	for _, one := range parts.Parts {
		if !errors.Is(one.Call.Err, context.Canceled) {
			t.Errorf("%s: %v", one.Node, one.Call.Err)
		}
	}
}

// A piece for all nodes follows a failover, and no node counts twice.
func TestClusterAllShardsFollow(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 3, func(node int, args []string) string {
		if node == 0 {
			p.say(0, span{0, 8191, 2}, span{8192, slot.Count - 1, 1})
			p.say(1, span{0, 8191, 2}, span{8192, slot.Count - 1, 1})
			p.say(2, span{0, 8191, 2}, span{8192, slot.Count - 1, 1})
			return "-LOADING Redis is loading the dataset in memory\r\n"
		}
		return fmt.Sprintf(":%d\r\n", node)
	})
	p.halves()
	if got := p.run(t.Context(), "DBSIZE", ""); got != ":3" {
		t.Errorf("the sum is %s", got)
	}
}

// The parts of a pipeline are judged by the nodes that have refused them: TRYAGAIN of one node does not lead
// to another one.
func TestClusterPipelineRefusals(t *testing.T) {
	t.Parallel()
	var refused [2]atomic.Bool
	var p *played
	p = playCluster(t, 3, func(node int, args []string) string {
		switch {
		case node == 0 && args[1] == "bar" && !refused[0].Swap(true):
			return "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"
		case node == 0 && args[1] == "hello":
			return p.redirect("ASK", "hello", 2)
		case node == 1 && args[1] == "foo" && !refused[1].Swap(true):
			return "-MOVED 12182 :" + strings.Split(p.addr(2), ":")[1] + "\r\n"
		}
		return fmt.Sprintf("+%d\r\n", node)
	})
	p.halves()
	s := &script{}
	for _, key := range []string{"foo", "bar", "hello", "123456789", "hello"} {
		s.commands = append(s.commands, newTextCall("SET", key, "v"))
	}
	p.Batch(t.Context(), s)
	if got := s.outcomes(); got != "+2|+0|+2|+1|+2" {
		t.Errorf("the commands ended as %s", got)
	}
	if got := p.heard(0); strings.Count(got, "bar") != 2 || strings.Count(got, "hello") != 2 ||
		strings.Contains(got, "foo") {
		t.Errorf("the first node heard %s", got)
	}
	if got := p.heard(2); !strings.Contains(got, "ASKING|SET hello v|ASKING|SET hello v") {
		t.Errorf("the third node heard %s", got)
	}
	for _, args := range [][]string{{"DBSIZE", ""}, {"SCAN", "0"}, {"MGET", "foo", "bar"}} {
		n := len(p.nodes[0].Heard()) + len(p.nodes[1].Heard())
		bad := &whole{script: script{commands: []*textCall{newTextCall("GET", "foo"), newTextCall(args...)}}}
		p.Batch(t.Context(), bad)
		if bad.only == nil || bad.only.call.Err == nil ||
			len(p.nodes[0].Heard())+len(p.nodes[1].Heard()) != n {
			t.Errorf("%v was sent", args)
		}
	}
}

// whole keeps the part with all commands.
type whole struct {
	script
	only *scriptPart
}

func (w *whole) Part(which []int) Part {
	if which != nil {
		return w.script.Part(which)
	}
	if w.only == nil {
		w.only, _ = w.script.Part(nil).(*scriptPart)
	}
	return w.only
}

// A node without slots that redirects name is kept through refreshes: it is about to get its first slot.
func TestClusterKeepsStrangers(t *testing.T) {
	t.Parallel()
	var p *played
	p = playCluster(t, 3, func(node int, args []string) string {
		if node == 0 {
			return p.redirect("ASK", args[1], 2)
		}
		return "+OK\r\n"
	})
	p.halves()
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 20 {
				if got := p.run(t.Context(), "GET", "bar"); got != "+OK" {
					t.Error(got)
				}
			}
		})
	}
	for range 4 {
		if err := p.look(t.Context()); err != nil {
			t.Error(err)
		}
	}
	callers.Wait()
	if at := p.member(p.addr(2)); at == nil || at.closed.Load() {
		t.Error("the node was given up")
	}
}

// Redirects to ever new addresses do not fill the memory.
func TestClusterManyStrangers(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 2, func(int, []string) string { return "+OK\r\n" })
	p.halves()
	p.run(t.Context(), "GET", "foo")
	for i := range 2 * mostStrangers {
		p.known(fmt.Sprintf("127.0.1.%d:%d", i%200, 1000+i))
	}
	if n := len(p.snapshot()); n > 3+mostStrangers {
		t.Errorf("%d nodes", n)
	}
}

// Close ends calls that wait for a map, and Drain counts calls whose parts are under way.
func TestClusterEnds(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 1, func(int, []string) string { return "+OK\r\n" })
	done := make(chan string)
	go func() { done <- p.run(t.Context(), "GET", "foo") }()
	redpolltest.Await(t, "the map is asked for", func() bool { return p.nodes[0].Count("CLUSTER") == 1 })
	p.Close()
	if got := <-done; !strings.Contains(got, pool.ErrClosed.Error()) {
		t.Error(got)
	}
	for _, args := range [][]string{{"GET", "foo"}, {"DBSIZE", ""}, {"MGET", "foo", "bar"}} {
		if got := p.run(t.Context(), args...); !strings.Contains(got, pool.ErrClosed.Error()) {
			t.Errorf("%v after Close: %s", args, got)
		}
	}
}

// A node that is silent loses slots, all of them or some. Calls without a deadline that wait for its replies
// go to the new owner, long before the next routine look at the map.
func TestClusterSilentNodeLosesSlots(t *testing.T) {
	t.Parallel()
	for name, keeps := range map[string]int{"all": 0, "some": 9} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var silent atomic.Bool
			p := playCluster(t, 2, func(node int, args []string) string {
				if node == 1 && (silent.Load() || args[0] == "GET") {
					silent.Store(true)
					return ""
				}
				return fmt.Sprintf("+%d\r\n", node)
			})
			p.halves()
			p.run(t.Context(), "SET", "foo", "v")
			p.mu.Lock()
			p.layouts[1] = ""
			p.mu.Unlock()
			done := make(chan string)
			go func() { done <- p.run(context.WithoutCancel(t.Context()), "GET", "foo") }()
			redpolltest.Await(t, "the node has the call", func() bool { return p.nodes[1].Count("GET") == 1 })
			if keeps == 0 {
				p.say(0, span{0, slot.Count - 1, 0})
			} else {
				p.say(0, span{0, slot.Count - 1 - keeps, 0}, span{slot.Count - keeps, slot.Count - 1, 1})
			}
			if got := <-done; got != "+0" {
				t.Error(got)
			}
		})
	}
}

// Half of the nodes take no connections; calls to the others do not notice.
func TestClusterHalfUnreachable(t *testing.T) {
	t.Parallel()
	p := playCluster(t, 2, func(node int, _ []string) string { return fmt.Sprintf("+%d\r\n", node) })
	all := fmt.Sprintf("*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%s\r\n"+
		"*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:1\r\n", strings.Split(p.addr(0), ":")[1])
	p.layouts[0] = all
	ctx, cancel := context.WithCancel(t.Context())
	var lost sync.WaitGroup
	for range 20 {
		lost.Go(func() { p.run(ctx, "GET", "foo") })
	}
	for range 1000 {
		if got := p.run(t.Context(), "GET", "bar"); got != "+0" {
			t.Fatal(got)
		}
	}
	if got := p.run(t.Context(), "TIME", ""); got != "+0" {
		t.Errorf("a command without a key: %s", got)
	}
	cancel()
	lost.Wait()
}
