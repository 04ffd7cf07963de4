package sentinel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
)

const (
	// stagger is how long a question waits for one Sentinel before it goes to the next one as well.
	stagger = 100 * time.Millisecond
	// patience is how long to wait for the other Sentinels after the first answer.
	patience = 250 * time.Millisecond
)

// errPatience is the reason of Sentinels that did not answer while others did.
var errPatience = errors.New("does not answer")

// survey is a question to several Sentinels.
type survey struct {
	s     *Source
	ctx   context.Context
	ask   func(ctx context.Context, addr string) (follow.View, error)
	q     follow.Question
	addrs []string

	asked   int // how many have been asked, in the order of addrs
	pending map[string]bool
	answers chan answer
	said    int           // how many have answered, whatever they said
	views   []follow.View // the views among the answers
	reasons []follow.Reason
}

// answer is what one Sentinel says.
type answer struct {
	addr string
	view follow.View
	err  error
}

// said reports whether the Sentinel has answered, whatever it said.
func (a answer) said() bool {
	return a.err == nil || errors.As(a.err, new(*Says)) || errors.As(a.err, new(*conn.Refused))
}

// survey prepares a question to Sentinels.
func (s *Source) survey(ctx context.Context, ask func(context.Context, string) (follow.View, error)) *survey {
	addrs := s.list()
	return &survey{s: s, ctx: ctx, ask: ask, addrs: addrs, answers: make(chan answer, len(addrs)),
		pending: make(map[string]bool)}
}

// next asks one more Sentinel, if there is one.
func (a *survey) next() {
	if a.asked == len(a.addrs) {
		return
	}
	addr := a.addrs[a.asked]
	a.asked++
	a.pending[addr] = true
	if !a.s.begin(func() {
		v, err := a.ask(a.ctx, addr)
		a.answers <- answer{addr, v, err}
	}) {
		a.answers <- answer{addr: addr, err: pool.ErrClosed}
	}
}

// note keeps an answer.
func (a *survey) note(got answer) {
	delete(a.pending, got.addr)
	if got.said() {
		a.said++
	}
	if got.err != nil {
		a.reasons = append(a.reasons, follow.Reason{Addr: got.addr, Err: got.err})
	} else {
		a.views = append(a.views, got.view)
	}
}

// overruled notes that a view did not count.
func (a *survey) overruled(v follow.View) {
	why := "which is not known as a server of this deployment"
	if v.Epoch < a.q.Prior.Epoch {
		why = "which is out of date"
	}
	said := &Says{fmt.Sprintf("names %s, %s", v.Primary, why)}
	a.reasons = append(a.reasons, follow.Reason{Addr: v.From, Err: said})
}

// silent notes those that have not answered.
func (a *survey) silent(why error) {
	for _, addr := range a.addrs {
		if a.pending[addr] {
			a.reasons = append(a.reasons, follow.Reason{Addr: addr, Err: why})
		}
	}
}

// unknown returns the error for a question without an answer that counts. Its reasons have the order of the
// Sentinels.
func (a *survey) unknown() *follow.Unknown {
	slices.SortStableFunc(a.reasons, func(r, s follow.Reason) int {
		return slices.Index(a.addrs, r.Addr) - slices.Index(a.addrs, s.Addr)
	})
	return &follow.Unknown{Service: a.s.cfg.Name, Sentinels: true, Reasons: a.reasons}
}

// inTurn returns the first good answer, nil if there is none.
func (a *survey) inTurn() *follow.View {
	a.next()
	timer := time.NewTicker(stagger)
	defer timer.Stop()
	for len(a.pending) > 0 {
		select {
		case got := <-a.answers:
			a.note(got)
			if got.err == nil && got.view.Epoch >= a.q.Prior.Epoch {
				return &got.view
			} else if got.err == nil {
				a.overruled(got.view)
			}
			a.next() // at once
			timer.Reset(stagger)
		case <-timer.C:
			a.next()
		case <-a.ctx.Done():
			a.silent(conn.NewGaveUp(a.ctx, conn.NotSent))
			return nil
		}
	}
	return nil
}

// everyone asks all at once and returns the answer that counts, nil if none does.
func (a *survey) everyone() *follow.View {
	for range a.addrs {
		a.next()
	}
	var late <-chan time.Time
	for len(a.pending) > 0 && !a.decided() {
		select {
		case got := <-a.answers:
			a.note(got)
			if late == nil && got.said() {
				late = time.After(patience)
			}
			continue
		case <-late:
			a.silent(errPatience)
		case <-a.ctx.Done():
			a.silent(conn.NewGaveUp(a.ctx, conn.NotSent))
			return nil
		}
		break
	}
	best := a.elect()
	if best == nil {
		for _, v := range a.views {
			a.overruled(v)
		}
	}
	return best
}

// decided reports whether the answers that are still to come would change nothing: there was a failover, or
// the first question has an answer that most agree to.
func (a *survey) decided() bool {
	claims, prior := a.claims(), a.q.Prior
	if prior.Primary == "" {
		most := mostNamed(claims)
		return most != nil && 2*most.votes > len(a.addrs)
	}
	return slices.ContainsFunc(claims, func(c *claim) bool {
		return c.Primary != prior.Primary && c.Epoch > prior.Epoch && c.Continues(prior)
	})
}
