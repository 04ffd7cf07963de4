// Package route brings a command to the right server: it chooses the node, and it alone decides whether a
// command is sent again.
package route

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/resp"
)

// Policy says when a failed command is sent again. With the zero value nothing is repeated.
type Policy struct {
	// For is how long a call that did not run is tried again, from its first failure on. 0 means not at all;
	// Forever means as long as the context allows.
	For time.Duration
	// Undated takes the place of For for calls whose contexts have no deadline. If it is 0, For holds for
	// them, too. Routers to several servers must survive a failover, so for them For is Forever and this is
	// the bound.
	Undated   time.Duration
	Max       int            // most repeats of attempts that may have run
	Min, Most time.Duration  // bounds of the pause before a repeat
	Writes    bool           // repeat writes that leave the same state, even after they may have run
	OnTimeout bool           // repeat once after a timeout of the connection
	Repeats   *atomic.Uint64 // number of repeats; nil if nobody counts them
}

// repeats counts one more attempt of a call.
func (p *Policy) repeats(call *conn.Call) {
	call.Repeats++
	if p.Repeats != nil {
		p.Repeats.Add(1)
	}
}

// Forever is a value of Policy.For without an end.
const Forever time.Duration = math.MaxInt64

// maxMoves is the most redirects that one call follows.
const maxMoves = 16

// attempts is the history of one call.
type attempts struct {
	n        int             // repeats so far, of all kinds
	reruns   int             // repeats of attempts that may have run
	moves    int             // repeats on another node
	timeouts int             // attempts that ended by a timeout of the connection
	began    time.Duration   // start of the current attempt; 0 if unknown
	since    time.Duration   // start of Policy.For; 0 before a failure without running
	maybe    bool            // an attempt may have been executed
	sent     int             // most bytes of such an attempt that may have been sent
	last     error           // error of the last attempt
	path     []string        // nodes that have redirected the call
	over     <-chan struct{} // closed with the client
	news     <-chan struct{} // closed when the nodes have changed; nil if they never do
}

// again decides whether a call is sent once more, and waits before that. v is the router's verdict on an
// error reply. paced means that the pool pauses between its attempts to connect.
//
//	what became of the attempt         repeated                              at most
//	answered                           no
//	refused, and the verdict is final  no
//	refused, and it is not (LOADING,   yes                                   Policy.For;
//	  READONLY); Unrun for scripts                                            16 times to another node
//	not sent                           yes, unless it would fail the same    Policy.For
//	                                   way again, see permanent
//	may have run                       reads; with Writes repeatable writes  Policy.Max times
//	may have run, a timeout            the same, but only with OnTimeout     once, and Policy.Max
//
// The end of the context or of the client ends the call too. A pause that would end later than Policy.For
// does not begin. When again returns false, the call has the outcome of all attempts together: if the last
// attempt was not sent, an earlier attempt may still have been executed.
func (p *Policy) again(ctx context.Context, call *conn.Call, a *attempts, v verdict, paced bool) bool {
	if call.Err != nil && call.Outcome == conn.MaybeExecuted {
		a.maybe, a.sent = true, max(a.sent, call.Sent)
		call.MayRun = true
	}
	more := p.more(ctx, call, a, v, paced)
	call.Since = a.since
	if !more {
		a.conclude(call, v)
	}
	return more
}

// conclude gives a call that has ended the outcome of all its attempts.
func (a *attempts) conclude(call *conn.Call, v verdict) {
	if v.do == there && call.Refused() {
		call.Path = a.path
	}
	if !a.maybe {
		return
	}
	if call.Refused() && v.do != final {
		// A refusal for now does not say what became of the attempt before.
		call.Unanswered(&Refusal{call.Refusal})
	}
	if call.Err != nil {
		call.Outcome, call.Phase = conn.MaybeExecuted, conn.PhaseRead
		call.Sent = max(call.Sent, a.sent)
	}
}

// Repeat is for work that consists of several calls and can start again after the connection was lost. It
// reports whether the work may start for the n-th time, counted from 1; before a repeat it waits. Calls of
// the work have run in between, so only the count limits the repeats. over is closed with the client.
func (p *Policy) Repeat(ctx context.Context, n int, over <-chan struct{}) bool {
	if n > p.Max {
		return false
	}
	return n == 1 || backoff.Wait(ctx, backoff.Doubling(n-1, p.Min, p.Most), over)
}

// Refusal is an error reply as the cause of a failure: the last of several attempts was refused for now.
type Refusal struct{ Text string }

func (e *Refusal) Error() string { return e.Text }

func (p *Policy) more(ctx context.Context, call *conn.Call, a *attempts, v verdict, paced bool) bool {
	ran := call.Err != nil && call.Outcome == conn.MaybeExecuted
	switch {
	case call.Err == nil:
		if !a.follows(v) {
			return false
		}
	case ran:
		if _, gone := call.Err.(*conn.GaveUp); gone || !p.repeatable(call) || a.reruns >= p.Max {
			return false
		}
		if conn.IsTimeout(call.Err) {
			if a.timeouts++; !p.OnTimeout || a.timeouts > 1 {
				return false
			}
		}
		a.reruns++
	default:
		a.explain(call)
		if permanent(call.Err) {
			return false
		}
		a.failed(call.Err)
	}
	pause := p.pause(a, v, paced)
	if !ran && !a.inTime(p.within(ctx), pause) {
		return false
	}
	a.note(call, v)
	if a.backOff(ctx, pause, v) {
		return true
	}
	endedInPause(ctx, call, a.last)
	return false
}

// follows reports whether a verdict on a refusal allows another attempt, apart from the time limit. It also
// notes the refusal.
func (a *attempts) follows(v verdict) bool {
	if v.do == final || v.do == there && a.moves >= maxMoves {
		return false
	}
	a.failed(nil)
	return true
}

// failed notes that an attempt did not run, because of err, or because of a refusal if err is nil.
func (a *attempts) failed(err error) {
	var dial *conn.DialError
	switch {
	case a.since != 0:
	case errors.As(err, &dial) && conn.IsTimeout(err):
		a.since = a.began // the DialTimeout counts: the caller has waited for it
	default:
		a.since = conn.Now()
	}
}

// within returns how long a call that did not run is tried again.
func (p *Policy) within(ctx context.Context) time.Duration {
	if _, dated := ctx.Deadline(); !dated && p.Undated > 0 {
		return p.Undated
	}
	return p.For
}

// inTime reports whether an attempt that did not run may be repeated after a pause.
func (a *attempts) inTime(within, pause time.Duration) bool {
	return within == Forever || within > 0 && conn.Now()-a.since+pause < within
}

// bounded returns the context in which the next attempt waits for a connection. After a failed attempt this
// context ends together with Policy.For.
func (a *attempts) bounded(ctx context.Context, p *Policy) (context.Context, context.CancelFunc) {
	within := p.within(ctx)
	if a.since == 0 || within == Forever {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, within-(conn.Now()-a.since))
}

// note counts a repeat and keeps its reason.
func (a *attempts) note(call *conn.Call, v verdict) {
	a.count(v)
	a.last = call.Err
	if a.last == nil {
		a.last = &Refusal{call.Refusal}
	}
}

// count counts a repeat.
func (a *attempts) count(v verdict) {
	a.n++
	if v.do == there {
		a.moves++
	}
}

// recall gives the call the failure of the attempt before, when there is no time for another attempt.
func (a *attempts) recall(call *conn.Call) {
	if r, ok := a.last.(*Refusal); ok {
		call.Refuse(r.Text)
	} else {
		call.Err = a.last
	}
}

// endedInPause makes the end of the context the failure of a call that waited to be sent again. last is the
// reason of the wait.
func endedInPause(ctx context.Context, call *conn.Call, last error) {
	// A reply, even a refusal for now, proves that the command did not run.
	phase, outcome := conn.PhaseRead, conn.NotSent
	if call.Err != nil {
		phase, outcome = call.Phase, call.Outcome
	}
	call.Unanswered(&conn.GaveUp{Err: ctx.Err(), Cause: last, Outcome: outcome})
	call.Phase, call.Outcome = phase, outcome
}

// pause returns how long the next repeat must wait.
func (p *Policy) pause(a *attempts, v verdict, paced bool) time.Duration {
	// A broken connection is replaced at once, and another node is asked at once; a pause follows only a
	// second failure.
	if n := a.n + 1; !paced && (n > 1 || v.do == wait) && (n > 2 || v.do != there) {
		return backoff.Doubling(n, p.Min, p.Most)
	}
	return 0
}

// backOff waits before a repeat. It returns false if the context ends first. If the client is closed it
// returns at once: the repeat will fail with the reason. It returns also when the nodes have changed, but not
// after redirects, which change them.
func (a *attempts) backOff(ctx context.Context, pause time.Duration, v verdict) bool {
	over := a.over
	if a.news != nil && v.do != there {
		over = a.news
	}
	return backoff.Wait(ctx, pause, over)
}

// explain adds the error of the last attempt to the failure of a context that has ended.
func (a *attempts) explain(call *conn.Call) {
	if gone, ok := call.Err.(*conn.GaveUp); ok && gone.Cause == nil && a.last != nil {
		call.Err = &conn.GaveUp{Err: gone.Err, Cause: a.last, Outcome: gone.Outcome, Elapsed: gone.Elapsed}
	}
}

func (p *Policy) repeatable(call *conn.Call) bool {
	if call.Info == nil || call.Once {
		return false
	}
	switch call.Info.Retry {
	case command.RetryRead:
		return true
	case command.RetryRepeatable:
		return p.Writes
	}
	return false
}

// Transient reports whether a server refused a command for now, without running it.
func Transient(refusal string) bool {
	code, _ := resp.SplitError(refusal)
	switch code {
	case "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN":
		return true
	}
	return false
}

// Passing reports whether another attempt may succeed after a refusal: the server refused for now, or it is a
// replica.
func Passing(refusal string) bool { return Transient(refusal) || readOnly(nil, refusal) }

// Redirects reports whether a refusal names another node of a cluster.
func Redirects(refusal string) bool {
	_, ok := slot.ParseRedirect(refusal, "")
	return ok
}

// readOnly reports whether a server refused a write because the server is a replica. A script that writes may
// invent such an error. But with the server's own words nothing has changed: on a replica no earlier write of
// the script ran either.
func readOnly(info *command.Info, refusal string) bool {
	if code, _ := resp.SplitError(refusal); code != "READONLY" {
		return false
	}
	return info == nil || !info.Flags.Has(command.Script) ||
		strings.HasPrefix(refusal, "READONLY You can't write against a read only replica")
}

// Unrun reports whether a server refused a command for now, and the command provably did not run. A script
// that writes can return any error, such as "TRYAGAIN later", after it has written. So for scripts only the
// exact words of servers count.
func Unrun(info *command.Info, refusal string) bool {
	if !Transient(refusal) {
		return false
	}
	if info == nil || !info.Flags.Has(command.Script) || info.Retry == command.RetryRead {
		return true
	}
	if strings.Contains(refusal, " script: ") {
		return false // the server refused a command inside the script, which was running
	}
	for _, words := range [...]string{"MASTERDOWN Link with ", "CLUSTERDOWN The cluster is down",
		"CLUSTERDOWN Hash slot not served",
		"TRYAGAIN Multiple keys request during"} {
		if strings.HasPrefix(refusal, words) {
			return true
		}
	}
	// The name of the product is a part of this text.
	return strings.HasPrefix(refusal, "LOADING ") &&
		strings.HasSuffix(refusal, " is loading the dataset in memory")
}

// Permanent reports whether the next attempt to connect would fail in the same way. It is for callers that
// repeat something else than calls.
func Permanent(err error) bool { return permanent(err) }

// permanent reports whether the next attempt to send would fail in the same way.
func permanent(err error) bool {
	var (
		gone  *conn.GaveUp
		dial  *conn.DialError
		cert  *tls.CertificateVerificationError
		rec   tls.RecordHeaderError
		alert *conn.AlertError
		dns   *net.DNSError
		addr  *net.AddrError
		desyn *conn.DesyncError
		asked *conn.Refused
	)
	var unknown interface{ Permanent(func(error) bool) bool }
	switch {
	case errors.As(err, &gone):
		return true // whatever was met before
	case errors.As(err, &unknown): // nobody names the primary, and the error has the reasons of all
		return unknown.Permanent(permanent)
	case errors.Is(err, pool.ErrClosed), errors.Is(err, pool.ErrExhausted),
		errors.Is(err, pool.ErrNoConn):
		return true
	case errors.As(err, &cert), errors.As(err, &rec), errors.As(err, &addr):
		return true
	case errors.As(err, &alert):
		return alert.Permanent()
	case errors.As(err, &dns) && dns.IsNotFound:
		return true
	case errors.As(err, &asked): // a question of the client itself
		code, _ := resp.SplitError(asked.Text)
		return code == "NOAUTH" || code == "NOPERM"
	case errors.As(err, &desyn):
		// A handshake that lost step would do so again. A connection that lost step later, or while it was
		// idle, says nothing about the next connection.
		return errors.As(err, &dial)
	case !errors.As(err, &dial):
		return false
	case dial.Reply != "":
		return !Transient(dial.Reply)
	}
	return dial.Step == "OnConnect" || dial.Step == "credentials" || dial.Step == conn.StepOptions || dial.Misconfigured()
}
