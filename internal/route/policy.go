// Package route brings a command to the right server: it picks the node, and it is the one place that decides
// whether a command is sent again.
package route

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/resp"
)

// Policy says when a command that failed is sent again.
type Policy struct {
	Max       int           // repeats at most; 0: none
	Patient   int           // the same for what did not run, in a context with a deadline
	Min, Most time.Duration // bounds of the pause before a repeat
	Writes    bool          // repeat writes that leave the same state, also when they may have run
	OnTimeout bool          // repeat once after a time-out of the connection
}

// attempts is what has been tried for one command.
type attempts struct {
	n        int
	timeouts int
	maybe    bool            // one of them may have been executed
	sent     int             // how many bytes of such a one may have left
	last     error           // why the last one failed
	over     <-chan struct{} // closed with the client
}

// again decides whether a call is sent once more, and waits before that. v is the router's verdict on an error reply. paced says
// that the pool has its own pause between attempts to connect.
//
//	what happened                    repeated
//	context over, client closed      never
//	provably not sent                always
//	refused, and the verdict is      always; scripts only if they have not run, see Unrun
//	not final (LOADING ...)
//	may have run                     reads; repeatable writes if Writes; else never
//	time-out of the connection       as above, and only once, and only if OnTimeout
//
// "Always" is within the context and at most Max times, or Patient times if the context has a deadline. When it says no,
// the outcome of the call is that of all attempts together: if the last one was not sent, an earlier one may still
// have been executed.
func (p *Policy) again(ctx context.Context, call *conn.Call, a *attempts, v verdict, paced bool) bool {
	if call.Err != nil && call.Outcome == conn.MaybeExecuted {
		a.maybe, a.sent = true, max(a.sent, call.Sent)
		call.MayRun = true
	}
	if p.more(ctx, call, a, v, paced) {
		return true
	}
	if !a.maybe {
		return false
	}
	if call.Refused() && v.do != final {
		// "Not now" is no answer to what became of the attempt before.
		call.Unanswered(&Refusal{call.Refusal})
	}
	if call.Err != nil {
		call.Outcome, call.Phase = conn.MaybeExecuted, conn.PhaseRead
		call.Sent = max(call.Sent, a.sent)
	}
	return false
}

// Repeat is for what consists of several calls and can be started again after the connection was lost: it reports whether
// it may be a n-th time, n from 1, and waits before that, but for the first. over is closed with the client.
func (p *Policy) Repeat(ctx context.Context, n int, over <-chan struct{}) bool {
	if n > p.bound(ctx, false) {
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
		if v.do == final {
			return false
		}
	case ran:
		if _, gone := call.Err.(*conn.GaveUp); gone || !p.repeatable(call) {
			return false
		}
		if conn.IsTimeout(call.Err) {
			if a.timeouts++; !p.OnTimeout || a.timeouts > 1 {
				return false
			}
		}
	default:
		a.explain(call)
		if permanent(call.Err) {
			return false
		}
	}
	if a.n >= p.bound(ctx, ran) {
		return false
	}
	a.last = call.Err
	if a.last == nil {
		a.last = &Refusal{call.Refusal}
	}
	if p.rest(ctx, a, v, paced) {
		return true
	}
	endedInPause(ctx, call, a.last)
	return false
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

// rest notes one more repeat and waits before it. It reports false when the context ends first.
func (p *Policy) rest(ctx context.Context, a *attempts, v verdict, paced bool) bool {
	a.n++
	// A connection that broke is replaced at once, and another node asked; only a second failure makes us wait.
	if paced || a.n == 1 && v.do != wait || a.n == 2 && v.do == there {
		return ctx.Err() == nil
	}
	// A client that is closed has nothing to wait for: the repeat will fail and say why.
	return backoff.Wait(ctx, backoff.Doubling(a.n, p.Min, p.Most), a.over)
}

// explain adds to the end of a context what the call has met before.
func (a *attempts) explain(call *conn.Call) {
	if gone, ok := call.Err.(*conn.GaveUp); ok && gone.Cause == nil && a.last != nil {
		call.Err = &conn.GaveUp{Err: gone.Err, Cause: a.last, Outcome: gone.Outcome, Elapsed: gone.Elapsed}
	}
}

// bound is how often a call is repeated. A caller that has said how long it has time may use that time up for what
// did not run.
func (p *Policy) bound(ctx context.Context, ran bool) int {
	if _, limited := ctx.Deadline(); limited && !ran {
		return max(p.Max, p.Patient)
	}
	return p.Max
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
	// A dial that took its whole time-out is not tried again: the caller has waited long enough.
	return errors.Is(err, os.ErrDeadlineExceeded) || dial.Step == "OnConnect" || dial.Step == "credentials" || dial.Misconfigured()
}
