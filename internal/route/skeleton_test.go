package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// The skeleton of a cluster: what a topology needs beyond this package has to fit into a chooser and a fan. It is not a cluster
// client; played nodes say what real ones say in the moments that matter.

// playedNode is a server that answers as a test wants.
type playedNode struct {
	*Node
	server *testkit.Played
}

// newNode starts a node. answer gives the reply to each command, "" for none; commands of the handshake are answered.
func newNode(t *testing.T, answer func(args []string) string) *playedNode {
	t.Helper()
	n := &playedNode{server: testkit.Listen(t, func(_ int, words []string) string { return answer(words) })}
	p := pool.New(pool.Config{
		Conn: &conn.Config{Network: "tcp", Addr: n.server.Addr(), RESP2: true, Logger: slog.New(slog.DiscardHandler)}, Shared: 1,
		BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
	})
	t.Cleanup(p.Close)
	n.Node = NewNode(p)
	return n
}

func (n *playedNode) asked() string { return strings.Join(n.server.Heard(), "|") }

// slots is the chooser of the skeleton: it knows which node has which slot, and learns from redirects. A key's slot is the number
// of its first byte.
type slots struct {
	mu    sync.Mutex
	nodes []*Node
	owner map[byte]*Node
	any   *Node
}

// newSlots makes a chooser for some nodes, of which the first has all slots but those that are given to others.
func newSlots(owner map[byte]*Node, nodes ...*playedNode) *slots {
	s := &slots{owner: map[byte]*Node{}, any: nodes[0].Node}
	for slot, n := range owner {
		s.owner[slot] = n
	}
	for _, n := range nodes {
		s.nodes = append(s.nodes, n.Node)
	}
	return s
}

// moved and asked are redirects to a node.
func moved(key string, to *playedNode) string { return redirect("MOVED", key, to) }
func asked(key string, to *playedNode) string { return redirect("ASK", key, to) }

func redirect(how, key string, to *playedNode) string {
	return fmt.Sprintf("-%s %d %s\r\n", how, key[0], to.Addr)
}

var asking = &conn.Prelude{Wire: resp.AppendCommand(nil, "ASKING"), Replies: 1}

func (s *slots) of(call *conn.Call) *Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key, ok := call.Key(); ok {
		if n := s.owner[key[0]]; n != nil {
			return n
		}
	}
	return s.any
}

func (s *slots) lend(ctx context.Context, call *conn.Call, last verdict) (lease, error) {
	at := s.of(call)
	if last.at != nil {
		at = last.at
	}
	if call.Class != conn.Shared {
		c, err := at.Pool.Get(ctx, call.Class)
		return lease{c: c, at: at, kind: lent}, err
	}
	c, err := at.Pool.Shared(ctx)
	return lease{c: c, at: at, kind: shared}, err
}

func (s *slots) judge(c *conn.Conn, _ *command.Info, refusal string) verdict {
	words := strings.Fields(refusal)
	switch words[0] {
	case "TRYAGAIN":
		for _, n := range s.nodes {
			if n.Addr == c.Node() {
				return verdict{do: wait, at: n}
			}
		}
	case "READONLY":
		return verdict{do: fresh}
	case "MOVED", "ASK":
		for _, n := range s.nodes {
			if n.Addr != words[2] {
				continue
			}
			if words[0] == "ASK" {
				return verdict{do: there, at: n, prelude: asking}
			}
			slot, _ := strconv.Atoi(words[1])
			s.mu.Lock()
			s.owner[byte(slot)] = n
			s.mu.Unlock()
			return verdict{do: there, at: n}
		}
	}
	return verdict{}
}

func (s *slots) node() string { return s.any.Addr }

// textCall is a call that keeps its reply.
type textCall struct {
	call conn.Call
	got  string
}

func newTextCall(args ...string) *textCall {
	c := new(textCall)
	c.call.Reset()
	c.call.Sink, c.call.Info = c, command.LookupArgs(args[0], args[1])
	c.call.Wire = resp.AppendCommand(nil, args...)
	return c
}

func (c *textCall) Decode(frame []byte) { c.got = string(frame) }
func (c *textCall) Release()            {}

func (c *textCall) outcome() string {
	switch {
	case c.call.Refused():
		return "-" + c.call.Refusal
	case c.call.Err != nil:
		return fmt.Sprint(c.call.Err, c.call.Outcome)
	}
	return strings.TrimSuffix(c.got, "\r\n")
}

var skeletonPolicy = &Policy{For: Forever, Max: 16, Min: time.Millisecond, Most: time.Millisecond}

// GET follows MOVED, and remembers; it follows ASK with ASKING in front, in the same write, and does not remember.
func TestSkeletonRedirects(t *testing.T) {
	t.Parallel()
	b := newNode(t, func(args []string) string { return "+" + strings.Join(args, "-") + "\r\n" })
	a := newNode(t, func(args []string) string {
		if args[1] == "moved" {
			return moved("moved", b)
		}
		return asked("asked", b)
	})
	s := newSlots(nil, a, b)
	for range 2 {
		for _, key := range []string{"moved", "asked"} {
			c := newTextCall("GET", key)
			if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil || c.outcome() != "+GET-"+key {
				t.Errorf("GET %s: %v, %v", key, gone, c.outcome())
			}
			if c.call.Node() != b.Addr {
				t.Errorf("GET %s ran on %s", key, c.call.Node())
			}
		}
	}
	if got, want := a.asked(), "GET moved|GET asked|GET asked"; got != want {
		t.Errorf("a heard %s, want %s", got, want)
	}
	if got, want := b.asked(), "GET moved|ASKING|GET asked|GET moved|ASKING|GET asked"; got != want {
		t.Errorf("b heard %s, want %s", got, want)
	}
}

// Two nodes that point at each other end a call after the bound, and by its context.
func TestSkeletonRedirectsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	var a, b *playedNode
	a = newNode(t, func(args []string) string { return moved(args[1], b) })
	b = newNode(t, func(args []string) string { return moved(args[1], a) })
	s := newSlots(nil, a, b)
	c := newTextCall("GET", "k")
	skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil)
	if !strings.HasPrefix(c.outcome(), "-MOVED") || c.call.Repeats != maxMoves {
		t.Errorf("after %d repeats: %s", c.call.Repeats, c.outcome())
	}
	ctx, cancel := context.WithCancel(t.Context())
	slow := &Policy{For: Forever, Min: time.Hour, Most: time.Hour}
	go func() {
		redpolltest.Await(t, "the hops that come at once are over", func() bool { return strings.Count(a.asked()+b.asked(), "GET other") == 3 })
		cancel()
	}()
	c = newTextCall("GET", "other")
	_, gone := slow.retry(ctx, s, &c.call, nil, nil)
	if gone != nil {
		return // the third answer was late, and the pause had not begun
	}
	if !errors.Is(c.call.Err, context.Canceled) || c.call.Outcome != conn.NotSent {
		t.Errorf("a context that ends in a pause: %v, %v", c.call.Err, c.call.Outcome)
	}
}

// A blocking command moves with the time that it has left.
func TestSkeletonBlockingMoves(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "*2\r\n$1\r\nq\r\n$1\r\nx\r\n" })
	a := newNode(t, func(args []string) string { return moved(args[1], b) })
	s := newSlots(nil, a, b)
	c := newTextCall("BLPOP", "q", "3000")
	c.call.Class, c.call.Wait = conn.Blocking, 3000*time.Second
	c.call.Began = conn.Now() - 1000*time.Second // it has waited for so long
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil || !strings.HasPrefix(c.outcome(), "*2") {
		t.Errorf("%v, %s", gone, c.outcome())
	}
	left, err := strconv.ParseFloat(strings.TrimPrefix(b.asked(), "BLPOP q "), 64)
	if err != nil || left > 2000 || left < 1000 || c.call.Wait > 2000*time.Second {
		t.Errorf("b heard %s, the call waits for %v", b.asked(), c.call.Wait)
	}
}

// Each further hop leaves the time since the beginning, and not the time of the hops before once more.
func TestSkeletonBlockingMovesTwice(t *testing.T) {
	t.Parallel()
	c := newNode(t, func([]string) string { return "*2\r\n$1\r\nq\r\n$1\r\nx\r\n" })
	b := newNode(t, func(args []string) string { return moved(args[1], c) })
	a := newNode(t, func(args []string) string { return moved(args[1], b) })
	s := newSlots(nil, a, b, c)
	call := newTextCall("BLPOP", "q", "3000")
	call.call.Class, call.call.Wait = conn.Blocking, 3000*time.Second
	call.call.Began = conn.Now() - 1000*time.Second
	skeletonPolicy.retry(t.Context(), s, &call.call, nil, nil)
	for _, n := range []*playedNode{b, c} {
		left, err := strconv.ParseFloat(strings.TrimPrefix(n.asked(), "BLPOP q "), 64)
		if err != nil || left > 2000 || left < 1500 {
			t.Errorf("a node heard %s", n.asked())
		}
	}
}

// An attempt that went with a prelude and was cut leaves nothing for one that goes without.
func TestSkeletonCutBehindAsking(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return testkit.HangUp })
	first := true
	a := newNode(t, func([]string) string {
		if first {
			first = false
			return asked("k", b)
		}
		return "+here\r\n"
	})
	s := newSlots(nil, a, b)
	c := newTextCall("GET", "k")
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil || c.outcome() != "+here" {
		t.Errorf("%v, %s", gone, c.outcome())
	}
	if c.call.Prelude != nil {
		t.Error("the prelude of an attempt stays with the call")
	}
}

// A session begins on the node of its key. A WATCH that is answered by MOVED takes it to the other node, together with all that
// follows; the connection that it leaves goes back unwatched.
func TestSkeletonWatchMoves(t *testing.T) {
	t.Parallel()
	ok := func(args []string) string { return "+OK\r\n" }
	b := newNode(t, ok)
	a := newNode(t, func(args []string) string { return moved(args[1], b) })
	s := newSlots(map[byte]*Node{'k': a.Node}, b, a)
	session, err := skeletonPolicy.pin(t.Context(), s, [][]byte{[]byte("key")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := session.Nodes()[0]; got != a.Node {
		t.Errorf("the session begins on %s, want %s", got.Addr, a.Addr)
	}
	for _, words := range []string{"WATCH key", "GET key", "SET key v"} {
		c := newTextCall(strings.Fields(words)...)
		if gone := Do(t.Context(), session, &c.call); gone != nil || c.outcome() != "+OK" || c.call.Node() != b.Addr {
			t.Errorf("%s: %v, %s, on %s", words, gone, c.outcome(), c.call.Node())
		}
		if words == "WATCH key" {
			session.Hold(true)
		}
	}
	session.Hold(false)
	session.Close()
	if got, want := a.asked()+" and "+b.asked(), "WATCH key and WATCH key|GET key|SET key v"; got != want {
		t.Errorf("the nodes heard %s, want %s", got, want)
	}
	if lent := a.Pool.Stats().Lent + b.Pool.Stats().Lent; lent != 0 {
		t.Errorf("%d connections were not given back", lent)
	}
}

// A session that watches something does not move: what it watches would be forgotten. The command that was refused says so, and the
// next session begins on the right node.
func TestSkeletonWatchedKeysMoveAway(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "+OK\r\n" })
	a := newNode(t, func(args []string) string {
		if args[0] == "WATCH" {
			return "+OK\r\n"
		}
		return moved(args[1], b)
	})
	s := newSlots(nil, a, b)
	keys := [][]byte{[]byte("key")}
	session, err := skeletonPolicy.pin(t.Context(), s, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	Do(t.Context(), session, &newTextCall("WATCH", "key").call)
	session.Hold(true)
	for _, words := range []string{"GET key", "SET key v"} { // the second finds it lost already
		c := newTextCall(strings.Fields(words)...)
		Do(t.Context(), session, &c.call)
		if !errors.Is(c.call.Err, ErrBroken) || c.call.Outcome != conn.NotSent || c.call.Refused() {
			t.Errorf("%s: %s", words, c.outcome())
		}
	}
	if !session.Hold(false) {
		t.Error("the session does not know that the watch is lost")
	}
	session.Close()
	again, err := skeletonPolicy.pin(t.Context(), s, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := again.Nodes()[0]; got != b.Node {
		t.Errorf("the next session begins on %s, want %s", got.Addr, b.Addr)
	}
}

// copies is the skeleton of a client over nodes that all have the same data: a write takes the ticket of its key, goes to all nodes
// at once, and keeps the ticket until each of them has answered or its part is lost. What a node may have missed is noted before
// the next write of the key begins.
type copies struct {
	nodes  []*Node
	ticket chan struct{} // of the one key; whoever has it may write

	mu     sync.Mutex
	repair map[string][]string // the writes that a node may have missed
}

func (s *copies) write(ctx context.Context, value string) []*textCall {
	<-s.ticket
	defer func() { s.ticket <- struct{}{} }()
	parts := make([]*textCall, len(s.nodes))
	records := make([]*conn.Call, len(s.nodes))
	for i := range parts {
		parts[i] = newTextCall("SET", "key", value)
		records[i] = &parts[i].call
	}
	join := conn.NewJoin(records...)
	var dialing sync.WaitGroup
	for i, at := range s.nodes {
		if c := at.Pool.Ready(); c != nil {
			c.Post(records[i])
			continue
		}
		dialing.Go(func() {
			c, err := at.Pool.Shared(ctx)
			if err != nil {
				join.Fail(records[i], at.Addr, err, conn.PhaseDial)
				return
			}
			c.Post(records[i])
		})
	}
	join.Wait(ctx)
	dialing.Wait()
	for i, part := range parts {
		if !part.call.Answered() {
			s.mu.Lock()
			s.repair[s.nodes[i].Addr] = append(s.repair[s.nodes[i].Addr], value)
			s.mu.Unlock()
		}
	}
	return parts
}

// Order O5: writes from 64 callers to one key run in the same order on all nodes, also when a connection is cut between them, and what a node
// has missed or may have missed is known.
func TestSkeletonCopyKeepsOrder(t *testing.T) {
	t.Parallel()
	var count atomic.Int64
	ok := func([]string) string { return "+OK\r\n" }
	cutting := newNode(t, func([]string) string {
		if count.Add(1) == 100 {
			return testkit.HangUp
		}
		return "+OK\r\n"
	})
	nodes := []*playedNode{newNode(t, ok), cutting, newNode(t, ok)}
	s := &copies{ticket: make(chan struct{}, 1), repair: make(map[string][]string)}
	s.ticket <- struct{}{}
	for _, n := range nodes {
		s.nodes = append(s.nodes, n.Node)
	}
	var callers sync.WaitGroup
	for caller := range 64 {
		callers.Go(func() {
			for i := range 5 {
				s.write(t.Context(), fmt.Sprintf("%d.%d", caller, i))
			}
		})
	}
	callers.Wait()
	want := strings.Split(nodes[0].asked(), "|")
	if len(want) != 64*5 {
		t.Fatalf("the first node heard %d writes", len(want))
	}
	if got := nodes[2].asked(); got != strings.Join(want, "|") {
		t.Errorf("the third node heard\n%s\nand the first\n%s", got, strings.Join(want, "|"))
	}
	missed := s.repair[cutting.Addr]
	if len(s.repair) != 1 || len(missed) == 0 || len(missed) > 2 {
		t.Errorf("to be repaired: %v", s.repair)
	}
	heard := strings.Split(cutting.asked(), "|")
	expected := slices.DeleteFunc(want, func(line string) bool {
		return slices.Contains(missed, strings.TrimPrefix(line, "SET key ")) && !slices.Contains(heard, line)
	})
	if !slices.Equal(heard, expected) {
		t.Errorf("the node that was cut heard\n%v\nwant\n%v", heard, expected)
	}
}

// fan posts each call to its node and waits for all of them; what failed is repeated by the loop, one call after the other.
func (s *slots) fan(ctx context.Context, calls []*textCall) []*conn.GaveUp {
	records := make([]*conn.Call, len(calls))
	for i, c := range calls {
		records[i] = &c.call
	}
	join := conn.NewJoin(records...)
	var dialing sync.WaitGroup
	for _, call := range records {
		at := s.of(call)
		if c := at.Pool.Ready(); c != nil {
			c.Post(call)
			continue
		}
		dialing.Go(func() { // so that the others do not wait for it
			c, err := at.Pool.Shared(ctx)
			if err != nil {
				join.Fail(call, at.Addr, err, conn.PhaseDial)
				return
			}
			c.Post(call)
		})
	}
	gone := join.Wait(ctx)
	dialing.Wait()
	for i, call := range records {
		if gone != nil && gone[i] != nil || call.Answered() {
			continue
		}
		first := call.Conn()
		if first == nil {
			call.Again()
		}
		skeletonPolicy.retry(ctx, s, call, first, nil)
	}
	return gone
}

// An MGET that is split over three nodes, of which one is dead: the others' parts are there at once, and the error says which part
// failed and what is known of it.
func TestSkeletonSplit(t *testing.T) {
	t.Parallel()
	value := func(args []string) string { return "*1\r\n$1\r\n" + args[1] + "\r\n" }
	a, b := newNode(t, value), newNode(t, value)
	silent := newNode(t, func([]string) string { return "" })
	s := newSlots(map[byte]*Node{'b': b.Node, 'c': silent.Node}, a, b, silent)
	for range 2 { // the first time connections are made
		ctx, cancel := context.WithCancel(t.Context())
		parts := []*textCall{newTextCall("MGET", "a"), newTextCall("MGET", "b"), newTextCall("MGET", "c")}
		n := strings.Count(silent.asked(), "MGET")
		go func() {
			redpolltest.Await(t, "the dead node was asked", func() bool { return strings.Count(silent.asked(), "MGET") == n+1 })
			redpolltest.Await(t, "the others have answered", func() bool {
				return a.Pool.Ready() != nil && a.Pool.Ready().Load() == 0 && b.Pool.Ready() != nil && b.Pool.Ready().Load() == 0
			})
			cancel()
		}()
		gone := s.fan(ctx, parts)
		if len(gone) != 3 || gone[0] != nil || gone[1] != nil || gone[2] == nil || gone[2].Outcome != conn.MaybeExecuted || gone[2].Node != silent.Addr {
			t.Fatalf("gave up: %v", gone)
		}
		for i, key := range []string{"a", "b"} {
			if want := "*1\r\n$1\r\n" + key; parts[i].outcome() != want {
				t.Errorf("%s: %q", key, parts[i].outcome())
			}
		}
	}
}

// While one of three nodes is silent and fans wait for it, a thousand calls of others on the two live ones come back.
func TestSkeletonFanStallsNobody(t *testing.T) {
	t.Parallel()
	ok := func([]string) string { return "+OK\r\n" }
	a, b, silent := newNode(t, ok), newNode(t, ok), newNode(t, func([]string) string { return "" })
	s := newSlots(map[byte]*Node{'b': b.Node, 'c': silent.Node}, a, b, silent)
	ctx, cancel := context.WithCancel(t.Context())
	var fans, others sync.WaitGroup
	for range 20 {
		fans.Go(func() {
			s.fan(ctx, []*textCall{newTextCall("GET", "a"), newTextCall("GET", "b"), newTextCall("GET", "c")})
		})
	}
	for i := range 1000 {
		others.Go(func() {
			c := newTextCall("GET", string("ab"[i%2]))
			if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil || c.outcome() != "+OK" {
				t.Errorf("%v, %s", gone, c.outcome())
			}
		})
	}
	others.Wait()
	cancel()
	fans.Wait()
}

// script is a pipeline as routers see it.
type script struct {
	commands []*textCall
	refused  bool
}

type scriptPart struct {
	call conn.Call
	s    *script
	of   []int
	gone *conn.GaveUp
}

func (s *script) Atomic() bool                { return false }
func (s *script) Len() int                    { return len(s.commands) }
func (s *script) Command(i int) *command.Info { return s.commands[i].call.Info }
func (s *script) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	w, _ := wire.Begin(s.commands[i].call.Wire, nil, 0)
	return s.commands[i].call.Info.AppendKeys(dst, w)
}
func (s *script) Refused() bool                             { return s.refused }
func (s *script) Refusal(i int) string                      { return s.commands[i].call.Refusal }
func (p *scriptPart) Call() *conn.Call                      { return &p.call }
func (p *scriptPart) GaveUp(gone *conn.GaveUp)              { p.gone = gone }
func (p *scriptPart) Decode([]byte)                         {}
func (p *scriptPart) Release()                              {}
func (p *scriptPart) Expect(int, int) (frame string, n int) { return "", 0 }
func (p *scriptPart) Expected(int)                          {}

func (s *script) Part(which []int) Part {
	p := &scriptPart{s: s, of: which}
	if which == nil {
		for i := range s.commands {
			p.of = append(p.of, i)
		}
	}
	p.call.Reset()
	p.call.Sink, p.call.Info, p.call.Replies = p, &command.Info{Name: "pipeline"}, len(p.of)
	for _, i := range p.of {
		p.call.Wire = append(p.call.Wire, s.commands[i].call.Wire...)
	}
	s.refused = false
	return p
}

func (p *scriptPart) Take(i int, frame []byte) error {
	c := p.s.commands[p.of[i]]
	d := resp.NewDecoder(frame)
	if d.IsError() {
		text, _ := d.ErrorText()
		c.call.Refuse(text)
		p.s.refused = true
		return nil
	}
	c.call.Again()
	c.got = string(frame)
	return nil
}

// batch sends a pipeline to one node, and what was refused of it to where the verdicts say.
func (s *slots) batch(ctx context.Context, p *Policy, b Batch) {
	part := b.Part(nil)
	call := part.Call()
	if _, gone := p.retry(ctx, s, call, nil, nil); gone != nil {
		part.GaveUp(gone)
		return
	}
	p.resend(ctx, s, func(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
		_, gone := p.loop(ctx, s, call, nil, v, tried)
		return gone
	}, b, call, nil)
}

// outcomes gives what became of the commands of a pipeline.
func (s *script) outcomes() string {
	var got []string
	for _, c := range s.commands {
		got = append(got, c.outcome())
	}
	return strings.Join(got, "|")
}

// Order O4 over several nodes: of one pipeline each refused command goes where its refusal says: MOVED in one part per node, ASK with ASKING in front of each, TRYAGAIN
// to the same node again.
func TestSkeletonPipelineRedirected(t *testing.T) {
	t.Parallel()
	var b *playedNode
	tried := false
	ok := func(args []string) string { return "+OK\r\n" }
	b = newNode(t, ok)
	a := newNode(t, func(args []string) string {
		switch key := args[1]; {
		case key[0] == 'm':
			return moved(key, b)
		case key[0] == 'q':
			return asked(key, b)
		case key[0] == 't' && !tried:
			tried = true
			return "-TRYAGAIN x\r\n"
		}
		return "+OK\r\n"
	})
	s := newSlots(nil, a, b)
	p := &script{}
	for _, key := range []string{"a", "m1", "c", "q1", "t", "m2", "q2"} {
		p.commands = append(p.commands, newTextCall("SET", key, "v"))
	}
	s.batch(t.Context(), skeletonPolicy, p)
	if got, want := p.outcomes(), "+OK|+OK|+OK|+OK|+OK|+OK|+OK"; got != want {
		t.Errorf("the commands end as %s", got)
	}
	if got, want := a.asked(), "SET a v|SET m1 v|SET c v|SET q1 v|SET t v|SET m2 v|SET q2 v|SET t v"; got != want {
		t.Errorf("a heard %s, want %s", got, want)
	}
	if got, want := b.asked(), "SET m1 v|SET m2 v|ASKING|SET q1 v|ASKING|SET q2 v"; got != want {
		t.Errorf("b heard %s, want %s", got, want)
	}
}

// Commands on one key stay in their order through redirects of different kinds.
func TestSkeletonPipelineKeepsOrder(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "+OK\r\n" })
	n := 0
	a := newNode(t, func(args []string) string {
		if n++; n == 2 {
			return asked(args[1], b)
		}
		return moved(args[1], b)
	})
	s := newSlots(nil, a, b)
	p := &script{}
	for i := range 3 {
		p.commands = append(p.commands, newTextCall("SET", "k", strconv.Itoa(i+1)))
	}
	s.batch(t.Context(), skeletonPolicy, p)
	if got, want := b.asked(), "SET k 1|ASKING|SET k 2|SET k 3"; got != want || p.outcomes() != "+OK|+OK|+OK" {
		t.Errorf("b heard %s, want %s; outcomes %s", got, want, p.outcomes())
	}
}

// Two nodes that point at each other end a pipeline after the bound.
func TestSkeletonPipelineRedirectsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	var a, b *playedNode
	a = newNode(t, func(args []string) string { return moved(args[1], b) })
	b = newNode(t, func(args []string) string { return moved(args[1], a) })
	s := newSlots(nil, a, b)
	p := &script{commands: []*textCall{newTextCall("SET", "k", "v"), newTextCall("SET", "l", "v")}}
	s.batch(t.Context(), &Policy{For: Forever, Min: time.Millisecond, Most: time.Millisecond}, p)
	if got := strings.Count(a.asked()+b.asked(), "SET k v"); got != maxMoves+1 || !strings.HasPrefix(p.outcomes(), "-MOVED") {
		t.Errorf("sent %d times, outcomes %s", got, p.outcomes())
	}
}

// ASKING stands right in front of its command, behind what else goes out ahead of it: it is for one command only.
func TestSkeletonAskingIsLast(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "+OK\r\n" })
	a := newNode(t, func(args []string) string {
		if args[0] == "SCRIPT" {
			return "+OK\r\n"
		}
		return asked("q", b)
	})
	s := newSlots(nil, a, b)
	load := &conn.Prelude{Wire: resp.AppendCommand(nil, "SCRIPT", "LOAD", "x"), Replies: 1}
	c := newTextCall("GET", "q")
	c.call.Prelude = load
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil || c.outcome() != "+OK" {
		t.Errorf("%v, %s", gone, c.outcome())
	}
	session, err := skeletonPolicy.pin(t.Context(), s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	c = newTextCall("GET", "q")
	c.call.Prelude = load
	if gone := Do(t.Context(), session, &c.call); gone != nil || c.outcome() != "+OK" {
		t.Errorf("in a session: %v, %s", gone, c.outcome())
	}
	if got, want := b.asked(), "SCRIPT LOAD x|ASKING|GET q|SCRIPT LOAD x|ASKING|GET q"; got != want {
		t.Errorf("b heard %s, want %s", got, want)
	}
}

// A session that has followed ASK goes back for the next command: only MOVED says that a slot is elsewhere for good.
func TestSkeletonSessionAsksOnce(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "+OK\r\n" })
	a := newNode(t, func(args []string) string {
		if args[1] == "q" {
			return asked("q", b)
		}
		return "+OK\r\n"
	})
	s := newSlots(nil, a, b)
	session, err := skeletonPolicy.pin(t.Context(), s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, key := range []string{"k", "q", "k"} {
		c := newTextCall("GET", key)
		if gone := Do(t.Context(), session, &c.call); gone != nil || c.outcome() != "+OK" {
			t.Errorf("GET %s: %v, %s", key, gone, c.outcome())
		}
	}
	if got, want := a.asked()+" and "+b.asked(), "GET k|GET q|GET k and ASKING|GET q"; got != want {
		t.Errorf("the nodes heard %s, want %s", got, want)
	}
}

// Of a pipeline that a node has refused in part, those commands are sent again that were refused, and in order; a READONLY in the
// middle costs the others nothing.
func TestSkeletonPipeline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first string
		again string
		want  string
	}{
		"[ok, READONLY, ok]":               {"+1|-READONLY no|+3", "SET k2 v", "+1|+OK|+3"},
		"[ok, TRYAGAIN, ok, TRYAGAIN, ok]": {"+1|-TRYAGAIN x|+3|-TRYAGAIN x|+5", "SET k2 v|SET k4 v", "+1|+OK|+3|+OK|+5"},
		"[READONLY, MISCONF]":              {"-READONLY no|-MISCONF x", "SET k1 v", "+OK|-MISCONF x"},
		"[READONLY, READONLY], as a whole": {"-READONLY no|-READONLY no", "SET k1 v|SET k2 v", "+OK|+OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := strings.Split(tt.first, "|")
			total := len(answers)
			a := newNode(t, func([]string) string {
				if len(answers) > 0 {
					answer := answers[0]
					answers = answers[1:]
					return answer + "\r\n"
				}
				return "+OK\r\n"
			})
			s := newSlots(nil, a)
			b := &script{}
			for i := range total {
				b.commands = append(b.commands, newTextCall("SET", "k"+strconv.Itoa(i+1), "v"))
			}
			s.batch(t.Context(), skeletonPolicy, b)
			if got := b.outcomes(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			heard := strings.Split(a.asked(), "|")
			if again := strings.Join(heard[total:], "|"); again != tt.again {
				t.Errorf("sent again: %q, want %q", again, tt.again)
			}
		})
	}
}

// The bytes that a redirect sends are those of the first attempt, to the last one.
func TestSkeletonSendsTheSameBytes(t *testing.T) {
	t.Parallel()
	var got [2]bytes.Buffer
	var mu sync.Mutex
	var b *playedNode
	note := func(i int, reply func() string) func([]string) string {
		return func(args []string) string {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&got[i], "%q", args)
			return reply()
		}
	}
	b = newNode(t, note(1, func() string { return "+OK\r\n" }))
	a := newNode(t, note(0, func() string { return moved("k", b) }))
	s := newSlots(nil, a, b)
	c := newTextCall("SET", "k", "\x00\xff\r\n")
	skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil)
	mu.Lock()
	defer mu.Unlock()
	if got[0].String() != got[1].String() || c.outcome() != "+OK" {
		t.Errorf("%s, then %s: %s", got[0].String(), got[1].String(), c.outcome())
	}
}
