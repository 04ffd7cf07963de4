package route

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// copying is the skeleton of a client over nodes with equal data. A write takes the ticket of its key, goes
// to all nodes at once, and keeps the ticket until each node has answered or its part is lost. Writes that a
// node may have missed are noted before the next write of the key begins.
type copying struct {
	nodes  []*Node
	ticket chan struct{} // for the one key; the owner of the ticket may write

	mu     sync.Mutex
	repair map[string][]string // writes that a node may have missed
}

func (s *copying) write(ctx context.Context, value string) []*textCall {
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
			conn.Post(conn.Posted{Call: records[i], On: c})
			continue
		}
		dialing.Go(func() {
			c, err := at.Pool.Shared(ctx)
			if err != nil {
				join.Fail(records[i], at.Addr, err, conn.PhaseDial)
				return
			}
			conn.Post(conn.Posted{Call: records[i], On: c})
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

// Order O5: writes from 64 callers to one key run in the same order on all nodes, even when a connection is
// cut between them. The writes that a node missed or may have missed are known.
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
	s := &copying{ticket: make(chan struct{}, 1), repair: make(map[string][]string)}
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

// fan posts each call to its node and waits for all calls; failed calls go through the retry loop, one after
// the other.
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
			conn.Post(conn.Posted{Call: call, On: c})
			continue
		}
		dialing.Go(func() { // so that the other calls do not wait for the dial
			c, err := at.Pool.Shared(ctx)
			if err != nil {
				join.Fail(call, at.Addr, err, conn.PhaseDial)
				return
			}
			conn.Post(conn.Posted{Call: call, On: c})
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

// An MGET is split over three nodes, and one node is dead: the parts of the other nodes arrive at once, and
// the error names the failed part and its outcome.
func TestSkeletonSplit(t *testing.T) {
	t.Parallel()
	value := func(args []string) string { return "*1\r\n$1\r\n" + args[1] + "\r\n" }
	a, b := newNode(t, value), newNode(t, value)
	silent := newNode(t, func([]string) string { return "" })
	s := newSlots(map[byte]*Node{'b': b.Node, 'c': silent.Node}, a, b, silent)
	for round := range 2 { // the first round makes the connections
		ctx, cancel := context.WithCancel(t.Context())
		parts := []*textCall{newTextCall("MGET", "a"), newTextCall("MGET", "b"), newTextCall("MGET", "c")}
		go func() {
			for _, n := range []*playedNode{a, b, silent} {
				redpolltest.Await(t, "each node was asked",
					func() bool { return strings.Count(n.asked(), "MGET") == round+1 })
			}
			redpolltest.Await(t, "the others have answered",
				func() bool { return a.Pool.Ready().Load() == 0 && b.Pool.Ready().Load() == 0 })
			cancel()
		}()
		gone := s.fan(ctx, parts)
		if len(gone) != 3 || gone[0] != nil || gone[1] != nil || gone[2] == nil ||
			gone[2].Outcome != conn.MaybeExecuted || gone[2].Node != silent.Addr {
			t.Fatalf("gave up: %v", gone)
		}
		for i, key := range []string{"a", "b"} {
			if want := "*1\r\n$1\r\n" + key; parts[i].outcome() != want {
				t.Errorf("%s: %q", key, parts[i].outcome())
			}
		}
	}
}

// While one of three nodes is silent and fans wait for it, a thousand calls of other callers to the two live
// nodes are answered.
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
			if _, gone := skeletonPolicy.retry(t.Context(), s, &c.call, nil, nil); gone != nil ||
				c.outcome() != "+OK" {
				t.Errorf("%v, %s", gone, c.outcome())
			}
		})
	}
	others.Wait()
	cancel()
	fans.Wait()
}
