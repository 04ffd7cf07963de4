package redpoll

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Of a pipeline that broke off on its way, the commands whose last byte may have left may have been executed; the others
// were not sent. Of a transaction it is all or nothing.
func TestBlame(t *testing.T) {
	t.Parallel()
	for _, atomic := range []bool{false, true} {
		for _, loads := range []int{0, 1} {
			p := new(Client).Pipeline(NoTransaction)
			p.b.atomic = atomic
			if loads > 0 {
				p.b.loads = []load{{"SCRIPT", "return 1", ErrNoScript}}
			}
			handles := []interface{ Err() error }{p.Set("a", 1), p.MGet(), p.Incr("counter"), p.Get("k")}
			var ends []int // of the commands, behind what is sent in front of them
			for _, part := range [][]int{{0, len("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n")}, {2, len("*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n")}, {3, len("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")}} {
				from := 0
				if len(ends) > 0 {
					from = ends[len(ends)-1]
				}
				ends = append(ends, from+part[1])
			}
			r := p.prepare()
			front := 0
			if atomic {
				front += len(multi)
			}
			for sent := range len(r.call.Wire) + 1 {
				whole := &ConnError{Outcome: MaybeExecuted, Err: errors.New("lost")}
				r.blame(whole, sent)
				for i, at := range []int{0, 2, 3} {
					want := NotSent
					if atomic || front+ends[i] <= sent {
						want = MaybeExecuted
					}
					if got := OutcomeOf(handles[at].Err()); got != want {
						t.Errorf("atomic=%v, loads=%d: after %d bytes command %d is %v, want %v", atomic, loads, sent, at, got, want)
					}
				}
				if got := OutcomeOf(handles[1].Err()); got != NotSent {
					t.Errorf("what is never sent is %v", got)
				}
				var ce *ConnError
				if !errors.As(handles[3].Err(), &ce) || ce.Command != "GET" {
					t.Errorf("the error is about %s", fmt.Sprint(handles[3].Err()))
				}
			}
			r.blame(&ConnError{Outcome: NotSent, Err: errors.New("refused")}, 0)
			for i, h := range handles {
				if OutcomeOf(h.Err()) != NotSent {
					t.Errorf("command %d is %v", i, h.Err())
				}
			}
		}
	}
}

// A pipeline that is refused again and again keeps no more than the last of its parts, however often it was sent.
func TestPartsAreNotKept(t *testing.T) {
	t.Parallel()
	const times = 50
	heard := 0
	peer := testkit.Listen(t, func(_ int, words []string) string {
		if words[0] == "SET" {
			if heard++; heard < times {
				return "-LOADING wait\r\n"
			}
		}
		return "+OK\r\n"
	})
	c, err := New(Options{Addr: peer.Addr(), Protocol: 2, NoClientInfo: true, RetryFor: Forever, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := c.Pipeline(NoTransaction)
	h := p.Set("a", 1)
	r := p.prepare()
	if err := r.do(t.Context()); err != nil || h.Err() != nil {
		t.Fatal(err, h.Err())
	}
	if _, attempts := r.where(); attempts != times || len(r.more) > 1 {
		t.Errorf("%d attempts, %d parts", attempts, len(r.more))
	}
}
