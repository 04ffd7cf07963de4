package conn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// echoesAhead is a prelude of ECHO commands, with the replies to them.
func echoesAhead(texts ...string) (p *Prelude, got *[]string) {
	got = new([]string)
	p = &Prelude{Replies: len(texts)}
	for _, text := range texts {
		p.Wire = resp.AppendCommand(p.Wire, "ECHO", text)
	}
	p.Check = func(i int, frame []byte) {
		d := resp.NewDecoder(frame)
		text, err := d.Text()
		*got = append(*got, fmt.Sprint(i, " ", text, " ", err))
	}
	return p, got
}

// The replies to a prelude come before the replies of the call and are checked separately, whichever
// goroutine reads, for calls with one reply or several.
func TestPrelude(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	var callers sync.WaitGroup
	for i := range 50 {
		callers.Go(func() {
			ahead, got := echoesAhead("a", "b")
			text := fmt.Sprint("own ", i)
			e := newEcho(text)
			e.call.Prelude = ahead
			if i%5 == 0 {
				j := NewJoin(&e.call)
				post(c, &e.call)
				if gone := j.Wait(context.Background()); gone != nil {
					t.Errorf("gave up: %v", gone)
					return
				}
			} else if gone := c.Do(context.Background(), &e.call); gone != nil {
				t.Errorf("gave up: %v", gone)
				return
			}
			e.check(t, text)
			if fmt.Sprint(*got) != "[0 a <nil> 1 b <nil>]" {
				t.Errorf("the prelude got %v", *got)
			}
		})
		callers.Go(func() {
			ahead, got := echoesAhead("a")
			b := newEchoes("x", "y")
			b.call.Prelude = ahead
			if gone := c.Do(context.Background(), &b.call); gone != nil {
				t.Errorf("gave up: %v", gone)
				return
			}
			b.check(t, nil)
			if fmt.Sprint(*got) != "[0 a <nil>]" || b.call.Taken() != 2 {
				t.Errorf("the prelude got %v, %d replies taken", *got, b.call.Taken())
			}
		})
	}
	callers.Wait()
}

// An error reply to a prelude does not fail the call.
func TestRefusedPrelude(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	refused := false
	e := newEcho("own")
	e.call.Prelude = &Prelude{Wire: resp.AppendCommand(nil, "ASKING"), Replies: 1,
		Check: func(_ int, frame []byte) {
			d := resp.NewDecoder(frame)
			refused = d.IsError()
		}}
	if gone := c.Do(context.Background(), &e.call); gone != nil {
		t.Fatal(gone)
	}
	if e.check(t, "own"); !refused || e.call.Refused() {
		t.Errorf("the prelude was refused: %v, the call: %v", refused, e.call.Refused())
	}
}

// The outcome of a call whose connection is lost counts the call's own bytes, and not the prelude.
func TestPreludeIsNotCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		missing, commit int // bytes not sent, and the call's Commit
		outcome         Outcome
		sent            int
	}{
		{0, 0, MaybeExecuted, 10}, {1, 0, NotSent, 9}, {10, 0, NotSent, 0}, {15, 0, NotSent, 0},
		{2, 5, MaybeExecuted, 8}, {6, 5, NotSent, 4},
	} {
		call := &Call{Wire: make([]byte, 10), Prelude: &Prelude{Wire: make([]byte, 20), Replies: 1},
			Commit: c.commit, end: 100}
		call.lost(errors.New("cut"), PhaseRead, uint64(100-c.missing))
		if call.Outcome != c.outcome || call.Sent != c.sent {
			t.Errorf("%d bytes missing, commit %d: outcome %v, sent %d", c.missing, c.commit, call.Outcome,
				call.Sent)
		}
	}
}

// A caller may give up between the reply to the prelude and its own reply.
func TestPreludeGivenUp(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for round := range 100 {
				ctx, cancel := context.WithCancel(context.Background())
				e := newEcho("own")
				e.call.Prelude, _ = echoesAhead("a", "b", "c")
				time.AfterFunc(time.Duration(i*round)*time.Microsecond, cancel)
				if gone := c.Do(ctx, &e.call); gone != nil {
					<-e.released
				} else {
					e.check(t, "own")
				}
				cancel()
			}
		})
	}
	callers.Wait()
	if c.Err() != nil || c.Load() != 0 {
		t.Errorf("error %v, %d calls left", c.Err(), c.Load())
	}
}
