// Package route brings a command to the right server: it picks the node, and it is the one place that decides
// whether a command is sent again.
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
	"github.com/redpoll-go/redpoll/resp"
)

// Policy says when a command that failed is sent again. The zero value repeats nothing.
type Policy struct {
	// For is how long a call is tried again that provably did not run, from its first such failure on; 0: not at
	// all; Forever: as long as its context allows. Routers that have to sit out a failover have another
	// default than those to one server.
	For       time.Duration
	Max       int            // repeats at most of what may have run
	Min, Most time.Duration  // bounds of the pause before a repeat
	Writes    bool           // repeat writes that leave the same state, also when they may have run
	OnTimeout bool           // repeat once after a time-out of the connection
	Repeats   *atomic.Uint64 // counts the repeats; nil if nobody does
}

// repeats notes that a call is tried again.
func (p *Policy) repeats(call *conn.Call) {
	call.Repeats++
	if p.Repeats != nil {
		p.Repeats.Add(1)
	}
}

// Forever is a Policy.For without end.
const Forever time.Duration = math.MaxInt64

// maxMoves is how often a call follows redirects at most.
const maxMoves = 16

// attempts is what has been tried for one call.
type attempts struct {
	n        int             // repeats so far, of all kinds
	reruns   int             // those of attempts that may have run
	moves    int             // those on another node
	timeouts int             // attempts that ended by a time-out of the connection
	began    time.Duration   // when the attempt under way began; 0: not known
	since    time.Duration   // from when on Policy.For counts; 0: no attempt has failed without running
	maybe    bool            // one of them may have been executed
	sent     int             // how many bytes of such a one may have left
	last     error           // why the last one failed
	over     <-chan struct{} // closed with the client
}

// again decides whether a call is sent once more, and waits before that. v is the router's verdict on an error reply. paced says
// that the pool has its own pause between attempts to connect.
//
//	what became of the attempt         repeated                              at most
//	answered                           no
//	refused, and the verdict is final  no
//	refused, and it is not (LOADING,   yes                                   Policy.For;
//	  READONLY); Unrun for scripts                                            16 times to another node
//	not sent                           yes, unless it would fail the same    Policy.For
//	                                   way again, see permanent
//	may have run                       reads; with Writes repeatable writes  Policy.Max times
//	may have run, a time-out           the same, but only with OnTimeout     once, and Policy.Max
//
// All of it is within the context and the life of the client: when one of them ends, so does the call. A pause that would
// end later than Policy.For is not begun. When again says no, the outcome of the call is that of all attempts together: if
// the last one was not sent, an earlier one may still have been executed.
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

// conclude makes the outcome of a call that has ended that of all its attempts.
func (a *attempts) conclude(call *conn.Call, v verdict) {
	if !a.maybe {
		return
	}
	if call.Refused() && v.do != final {
		// "Not now" is no answer to what became of the attempt before.
		call.Unanswered(&Refusal{call.Refusal})
	}
	if call.Err != nil {
		call.Outcome, call.Phase = conn.MaybeExecuted, conn.PhaseRead
		call.Sent = max(call.Sent, a.sent)
	}
}

// Repeat is for what consists of several calls and can be started again after the connection was lost: it reports whether
// it may be a n-th time, n from 1, and waits before that, but for the first. What its caller did in between has run, so that the
// count decides. over is closed with the client.
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
	if !ran && !a.inTime(p, pause) {
		return false
	}
	a.note(call, v)
	if a.rest(ctx, pause) {
		return true
	}
	endedInPause(ctx, call, a.last)
	return false
}

// follows reports whether a verdict on a refusal is followed, as far as time does not matter, and notes that there was a refusal.
func (a *attempts) follows(v verdict) bool {
	if v.do == final || v.do == there && a.moves >= maxMoves {
		return false
	}
	a.failed(nil)
	return true
}

// failed notes that an attempt did not run, because of err or of an answer.
func (a *attempts) failed(err error) {
	var dial *conn.DialError
	switch {
	case a.since != 0:
	case errors.As(err, &dial) && conn.IsTimeout(err):
		a.since = a.began // a DialTimeout counts: the caller has waited for it
	default:
		a.since = conn.Now()
	}
}

// inTime reports whether what did not run may be tried again after a pause.
func (a *attempts) inTime(p *Policy, pause time.Duration) bool {
	return p.For == Forever || p.For > 0 && conn.Now()-a.since+pause < p.For
}

// bounded gives the context in which the next attempt waits for a connection: that of the call, which ends with Policy.For if
// an attempt has failed before.
func (a *attempts) bounded(ctx context.Context, p *Policy) (context.Context, context.CancelFunc) {
	if a.since == 0 || p.For == Forever {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, p.For-(conn.Now()-a.since))
}

// note notes a repeat, and why there is one.
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

// recall makes what came of the attempt before that of the call, when there is no time for another one.
func (a *attempts) recall(call *conn.Call) {
	if r, ok := a.last.(*Refusal); ok {
		call.Refuse(r.Text)
	} else {
		call.Err = a.last
	}
}

// endedInPause makes the end of the context the failure of a call that waited to be sent again. last is why it had to.
func endedInPause(ctx context.Context, call *conn.Call, last error) {
	// An answer, even one that says "not now", proves that the command did not run.
	phase, outcome := conn.PhaseRead, conn.NotSent
	if call.Err != nil {
		phase, outcome = call.Phase, call.Outcome
	}
	call.Unanswered(&conn.GaveUp{Err: ctx.Err(), Cause: last, Outcome: outcome})
	call.Phase, call.Outcome = phase, outcome
}

// pause is how long the next repeat has to wait.
func (p *Policy) pause(a *attempts, v verdict, paced bool) time.Duration {
	// A connection that broke is replaced at once, and another node asked; only a second failure makes us wait.
	if n := a.n + 1; !paced && (n > 1 || v.do == wait) && (n > 2 || v.do != there) {
		return backoff.Doubling(n, p.Min, p.Most)
	}
	return 0
}

// rest waits before a repeat. It reports false when the context ends first. A client that is closed has nothing to wait for: the
// repeat will fail and say why.
func (a *attempts) rest(ctx context.Context, pause time.Duration) bool {
	return backoff.Wait(ctx, pause, a.over)
}

// explain adds to the end of a context what the call has met before.
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

// Transient reports whether a server refused a command only for now, without having run it.
func Transient(refusal string) bool {
	code, _ := resp.SplitError(refusal)
	switch code {
	case "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN":
		return true
	}
	return false
}

// Passing reports whether a server refused a command in a way that another attempt may change: for now, or since it is a replica.
func Passing(refusal string) bool { return Transient(refusal) || readOnly(nil, refusal) }

// readOnly reports whether a server refused a write since it is a replica. A script that writes may make up such an error; where the
// server has said it, nothing that the script did before has changed anything.
func readOnly(info *command.Info, refusal string) bool {
	if code, _ := resp.SplitError(refusal); code != "READONLY" {
		return false
	}
	return info == nil || !info.Flags.Has(command.Script) || strings.HasPrefix(refusal, "READONLY You can't write against a read only replica")
}

// Unrun reports whether a server refused a command only for now, and that proves that it has not run. A script that writes can
// end with any error of its own, "TRYAGAIN later" for instance, after it has written: of its answers only those in the words
// of servers count.
func Unrun(info *command.Info, refusal string) bool {
	if !Transient(refusal) {
		return false
	}
	if info == nil || !info.Flags.Has(command.Script) || info.Retry == command.RetryRead {
		return true
	}
	if strings.Contains(refusal, " script: ") {
		return false // a command of it was refused, when it ran
	}
	for _, words := range [...]string{"MASTERDOWN Link with ", "CLUSTERDOWN The cluster is down", "CLUSTERDOWN Hash slot not served",
		"TRYAGAIN Multiple keys request during"} {
		if strings.HasPrefix(refusal, words) {
			return true
		}
	}
	// The product's name is in it.
	return strings.HasPrefix(refusal, "LOADING ") && strings.HasSuffix(refusal, " is loading the dataset in memory")
}

// permanent reports whether a failure to send will be the same the next time.
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
	)
	switch {
	case errors.As(err, &gone), errors.Is(err, pool.ErrClosed), errors.Is(err, pool.ErrExhausted), errors.Is(err, pool.ErrNoConn):
		return true
	case errors.As(err, &cert), errors.As(err, &rec), errors.As(err, &addr):
		return true
	case errors.As(err, &alert):
		return alert.Permanent()
	case errors.As(err, &dns) && dns.IsNotFound:
		return true
	case errors.As(err, &desyn):
		// A handshake would go wrong again. A connection that lost step later, or was found so while it was
		// idle, says nothing about the next one.
		return errors.As(err, &dial)
	case !errors.As(err, &dial):
		return false
	case dial.Reply != "":
		return !Transient(dial.Reply)
	}
	return dial.Step == "OnConnect" || dial.Step == "credentials" || dial.Misconfigured()
}
