package route

import (
	"errors"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// A session begins on the node of its key. MOVED as the reply to WATCH moves the session to the other node,
// with all later commands. The old connection goes back to its pool without watched keys.
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
		if gone := Do(t.Context(), session, &c.call); gone != nil || c.outcome() != "+OK" ||
			c.call.Node() != b.Addr {
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

// A session with watched keys does not move, because the server would forget them. The refused command fails,
// and the next session begins on the right node.
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
	for _, words := range []string{"GET key", "SET key v"} { // the second command finds the connection lost
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

// A session that followed ASK goes back for the next command: only MOVED says that a slot moved for good.
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
