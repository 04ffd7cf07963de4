package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// This file holds the skeleton of a cluster client: all that a topology needs beyond this package must fit
// into a chooser and a fan. It is not a cluster client; played nodes answer like real nodes in the moments
// that matter.

// playedNode is a node whose answers the test decides.
type playedNode struct {
	*Node
	server *testkit.Played
}

// newNode starts a node. answer returns the reply to each command, "" for none; the node itself answers the
// commands of the handshake.
func newNode(t *testing.T, answer func(args []string) string) *playedNode {
	t.Helper()
	n := &playedNode{server: testkit.Listen(t, func(_ int, words []string) string { return answer(words) })}
	p := pool.New(pool.Config{
		Conn: &conn.Config{Network: "tcp", Addr: n.server.Addr(), RESP2: true,
			Logger: slog.New(slog.DiscardHandler)}, Shared: 1,
		BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
	})
	t.Cleanup(p.Close)
	n.Node = NewNode(p)
	return n
}

func (n *playedNode) asked() string { return strings.Join(n.server.Heard(), "|") }

// slots is the chooser of the skeleton: it knows the node of each slot, and learns from redirects. The slot
// of a key is the value of its first byte.
type slots struct {
	mu    sync.Mutex
	nodes []*Node
	owner map[byte]*Node
	any   *Node
}

// newSlots makes a chooser for some nodes. The first node has all slots that owner does not give to another
// node.
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

// moved and asked make redirects to a node.
func moved(key string, to *playedNode) string { return redirect("MOVED", key, to) }
func asked(key string, to *playedNode) string { return redirect("ASK", key, to) }

func redirect(how, key string, to *playedNode) string {
	return fmt.Sprintf("-%s %d %s\r\n", how, key[0], to.Addr)
}

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

// GET follows MOVED and remembers it. GET follows ASK with ASKING in front, in the same write, and does not
// remember it.
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
			if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil ||
				c.outcome() != "+GET-"+key {
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

// A call that two nodes redirect to each other ends after the bound, or by its context.
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
		redpolltest.Await(t, "the hops that come at once are over",
			func() bool { return strings.Count(a.asked()+b.asked(), "GET other") == 3 })
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

// A blocking command moves with the rest of its time.
func TestSkeletonBlockingMoves(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "*2\r\n$1\r\nq\r\n$1\r\nx\r\n" })
	a := newNode(t, func(args []string) string { return moved(args[1], b) })
	s := newSlots(nil, a, b)
	c := newTextCall("BLPOP", "q", "3000")
	c.call.Class, c.call.Wait = conn.Blocking, 3000*time.Second
	c.call.Began = conn.Now() - 1000*time.Second // the time it has waited so far
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil ||
		!strings.HasPrefix(c.outcome(), "*2") {
		t.Errorf("%v, %s", gone, c.outcome())
	}
	left, err := strconv.ParseFloat(strings.TrimPrefix(b.asked(), "BLPOP q "), 64)
	if err != nil || left > 2000 || left < 1000 || c.call.Wait > 2000*time.Second {
		t.Errorf("b heard %s, the call waits for %v", b.asked(), c.call.Wait)
	}
}

// After each further move the time counts from the start of the call, so earlier moves do not count twice.
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

// A prelude of an attempt that was cut does not go out with the next attempt, which has none.
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
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil ||
		c.outcome() != "+here" {
		t.Errorf("%v, %s", gone, c.outcome())
	}
	if c.call.Prelude != nil {
		t.Error("the prelude of an attempt stays with the call")
	}
}

// ASKING goes directly in front of its command, behind all other preludes: it counts for one command only.
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
	if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil ||
		c.outcome() != "+OK" {
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

// All attempts send the bytes of the first attempt.
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
