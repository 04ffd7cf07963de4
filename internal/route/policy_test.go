package route

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
)

// happened is what became of one attempt.
type happened func(call *conn.Call)

func notSent(err error) happened {
	return func(call *conn.Call) { call.NotSent("n:1", err, conn.PhaseQueue) }
}

func mayHaveRun(err error) happened {
	return func(call *conn.Call) {
		call.Err, call.Outcome, call.Phase, call.Sent = err, conn.MaybeExecuted, conn.PhaseRead, 7
	}
}

func refusedWith(text string) happened { return func(call *conn.Call) { call.Refuse(text) } }

// tries runs the attempts of one call as a router does, and gives the number of those that took place.
func tries(ctx context.Context, p *Policy, call *conn.Call, over <-chan struct{}, paced bool, what ...happened) (n int) {
	tried := attempts{over: over}
	for {
		what[min(n, len(what)-1)](call)
		n++
		v := verdict{}
		if call.Refused() && Transient(call.Refusal) {
			v.do = wait
		}
		if !p.again(ctx, call, &tried, v, paced) {
			return n
		}
		call.Again()
	}
}

var errCut = fmt.Errorf("read: %w", io.ErrUnexpectedEOF)

// Which attempts are followed by another one: what happened, to which command, under which policy and context.
func TestPolicyAgain(t *testing.T) {
	t.Parallel()
	deadline := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), time.Hour)
	}
	never := func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }
	for _, c := range []struct {
		name    string
		command string
		policy  Policy
		ctx     func() (context.Context, context.CancelFunc)
		once    bool
		what    []happened
		want    int // attempts
	}{
		{"not sent, within the bound", "SET", Policy{Max: 3, Patient: 9}, never, false, []happened{notSent(errCut)}, 4},
		{"not sent, with a deadline", "SET", Policy{Max: 3, Patient: 9}, deadline, false, []happened{notSent(errCut)}, 10},
		{"not sent, more repeats than patience", "SET", Policy{Max: 3, Patient: 1}, deadline, false, []happened{notSent(errCut)}, 4},
		{"not sent, no repeats", "GET", Policy{}, never, false, []happened{notSent(errCut)}, 1},
		{"not sent, a command that nobody knows", "", Policy{Max: 2}, never, false, []happened{notSent(errCut)}, 3},
		{"not sent, for good", "GET", Policy{Max: 3}, never, false, []happened{notSent(pool.ErrExhausted)}, 1},
		{"loading", "INCR", Policy{Max: 3, Patient: 9}, never, false, []happened{refusedWith("LOADING wait")}, 4},
		{"loading, with a deadline", "INCR", Policy{Max: 3, Patient: 9}, deadline, false, []happened{refusedWith("LOADING wait")}, 10},
		{"master down", "GET", Policy{Max: 1}, never, false, []happened{refusedWith("MASTERDOWN x")}, 2},
		{"try again", "MGET", Policy{Max: 1}, never, false, []happened{refusedWith("TRYAGAIN x")}, 2},
		{"cluster down", "GET", Policy{Max: 1}, never, false, []happened{refusedWith("CLUSTERDOWN x")}, 2},
		{"refused for good", "GET", Policy{Max: 3}, never, false, []happened{refusedWith("WRONGTYPE x")}, 1},
		{"a read may have run", "GET", Policy{Max: 3, Patient: 9}, never, false, []happened{mayHaveRun(errCut)}, 4},
		{"a read may have run, with a deadline", "GET", Policy{Max: 3, Patient: 9}, deadline, false, []happened{mayHaveRun(errCut)}, 4},
		{"a write may have run", "SET", Policy{Max: 3}, never, false, []happened{mayHaveRun(errCut)}, 1},
		{"a repeatable write may have run", "SET", Policy{Max: 3, Writes: true}, never, false, []happened{mayHaveRun(errCut)}, 4},
		{"a write that an option makes unrepeatable", "SET", Policy{Max: 3, Writes: true}, never, true, []happened{mayHaveRun(errCut)}, 1},
		{"an accumulating write may have run", "INCR", Policy{Max: 3, Writes: true}, never, false, []happened{mayHaveRun(errCut)}, 1},
		{"what nobody knows may have run", "", Policy{Max: 3, Writes: true}, never, false, []happened{mayHaveRun(errCut)}, 1},
		{"a time-out", "GET", Policy{Max: 3}, never, false, []happened{mayHaveRun(os.ErrDeadlineExceeded)}, 1},
		{"a time-out, to be repeated once", "GET", Policy{Max: 3, OnTimeout: true}, never, false, []happened{mayHaveRun(os.ErrDeadlineExceeded)}, 2},
		{"a time-out of a write", "SET", Policy{Max: 3, OnTimeout: true}, never, false, []happened{mayHaveRun(os.ErrDeadlineExceeded)}, 1},
		{"one of each", "GET", Policy{Max: 3}, never, false, []happened{notSent(errCut), mayHaveRun(errCut), refusedWith("LOADING x"), notSent(errCut)}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := c.ctx()
				defer cancel()
				c.policy.Min, c.policy.Most = time.Millisecond, time.Second
				call := &conn.Call{Info: command.Lookup(c.command), Once: c.once}
				if n := tries(ctx, &c.policy, call, nil, false, c.what...); n != c.want {
					t.Errorf("%d attempts, want %d", n, c.want)
				}
			})
		})
	}
}

// What is known of a call after several attempts is what is known of all of them.
func TestPolicyOutcomeOfAllAttempts(t *testing.T) {
	t.Parallel()
	p := &Policy{Max: 1}
	for name, c := range map[string]struct {
		what    []happened
		outcome conn.Outcome
		refused bool
		sent    int
	}{
		"may have run, then not sent": {[]happened{mayHaveRun(errCut), notSent(errCut)}, conn.MaybeExecuted, false, 7},
		"may have run, then not now":  {[]happened{mayHaveRun(errCut), refusedWith("LOADING x")}, conn.MaybeExecuted, false, 7},
		"may have run, then refused":  {[]happened{mayHaveRun(errCut), refusedWith("WRONGTYPE x")}, 0, true, 7},
		"not sent, then may have run": {[]happened{notSent(errCut), mayHaveRun(errCut)}, conn.MaybeExecuted, false, 7},
		"not sent, then not now":      {[]happened{notSent(errCut), refusedWith("LOADING x")}, 0, true, 0},
		"never sent":                  {[]happened{notSent(errCut)}, conn.NotSent, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := &conn.Call{Info: command.Lookup("GET")}
			tries(t.Context(), p, call, nil, true, c.what...)
			if call.Refused() != c.refused || !c.refused && (call.Err == nil || call.Outcome != c.outcome || call.Sent != c.sent) {
				t.Errorf("refused %v, error %v, outcome %v, %d bytes sent", call.Refused(), call.Err, call.Outcome, call.Sent)
			}
		})
	}
}

// The first repeat after a broken connection comes at once; a pause goes before the others, and before each repeat after an
// answer. It doubles, varies by a half, and has bounds. The pool's own pauses replace it.
func TestPolicyPauses(t *testing.T) {
	t.Parallel()
	p := &Policy{Max: 5, Min: 16 * time.Millisecond, Most: 100 * time.Millisecond}
	for name, c := range map[string]struct {
		what        happened
		paced       bool
		least, most time.Duration
	}{
		"broken":  {notSent(errCut), false, 8 + 16 + 32 + 50 + 0, 16*2 + 32*2 + 100*2},
		"refused": {refusedWith("LOADING x"), false, 8 + 16 + 32 + 50 + 50, 16 + 32 + 64 + 100 + 100},
		"paced":   {notSent(errCut), true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				call := &conn.Call{Info: command.Lookup("GET")}
				if n := tries(context.Background(), p, call, nil, c.paced, c.what); n != 6 {
					t.Errorf("%d attempts", n)
				}
				if took := time.Since(began); took < c.least*time.Millisecond || took > c.most*time.Millisecond {
					t.Errorf("they took %v of virtual time", took)
				}
			})
		})
	}
}

// A context that ends during a pause ends the call, with what it had met before; one that is over is never repeated in. The end of
// the client ends pauses.
func TestPolicyContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Policy{Max: 99, Min: time.Second, Most: time.Second}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		call := &conn.Call{Info: command.Lookup("SET")}
		n := tries(ctx, p, call, nil, false, refusedWith("LOADING x"))
		var gone *conn.GaveUp
		if n != 1 || call.Refused() || !errors.As(call.Err, &gone) || !errors.Is(gone.Err, context.DeadlineExceeded) || gone.Cause.Error() != "LOADING x" || call.Outcome != conn.NotSent {
			t.Errorf("%d attempts, error %v, outcome %v", n, call.Err, call.Outcome)
		}
		call = &conn.Call{Info: command.Lookup("SET")}
		if n := tries(ctx, p, call, nil, false, notSent(conn.NewGaveUp(ctx, conn.NotSent))); n != 1 {
			t.Errorf("%d attempts in a context that is over", n)
		}

		over := make(chan struct{})
		close(over)
		began := time.Now()
		call = &conn.Call{Info: command.Lookup("SET")}
		tries(context.Background(), p, call, over, false, refusedWith("LOADING x"), refusedWith("LOADING x"), notSent(pool.ErrClosed))
		if time.Since(began) != 0 || !errors.Is(call.Err, pool.ErrClosed) {
			t.Errorf("after %v: %v", time.Since(began), call.Err)
		}
	})
}

// What would fail again is not tried again.
func TestPermanent(t *testing.T) {
	t.Parallel()
	dial := func(phase conn.Phase, step, reply string, err error) error {
		return &conn.DialError{Phase: phase, Step: step, Reply: reply, Err: err}
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"context over":                  {&conn.GaveUp{Err: context.Canceled}, true},
		"client closed":                 {pool.ErrClosed, true},
		"pool exhausted":                {fmt.Errorf("%w: all", pool.ErrExhausted), true},
		"no connection came free":       {pool.ErrNoConn, true},
		"connection closed by us":       {conn.ErrClosed, false},
		"reset":                         {syscall.ECONNRESET, false},
		"connection refused":            {dial(conn.PhaseDial, "", "", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), false},
		"no route":                      {dial(conn.PhaseDial, "", "", syscall.EHOSTUNREACH), false},
		"no such host":                  {dial(conn.PhaseDial, "", "", &net.DNSError{IsNotFound: true}), true},
		"no answer from DNS":            {dial(conn.PhaseDial, "", "", &net.DNSError{IsTemporary: true}), false},
		"not an address":                {dial(conn.PhaseDial, "", "", &net.AddrError{Err: "bad"}), true},
		"the whole dial time-out":       {dial(conn.PhaseDial, "", "", os.ErrDeadlineExceeded), true},
		"wrong password":                {dial(conn.PhaseHandshake, "AUTH", "WRONGPASS no", nil), true},
		"loading at the handshake":      {dial(conn.PhaseHandshake, "HELLO", "LOADING wait", nil), false},
		"certificate":                   {dial(conn.PhaseHandshake, "TLS", "", &tls.CertificateVerificationError{Err: errors.New("no")}), true},
		"not TLS":                       {dial(conn.PhaseHandshake, "TLS", "", tls.RecordHeaderError{}), true},
		"cut during the handshake":      {dial(conn.PhaseHandshake, "HELLO", "", io.EOF), false},
		"nonsense during the handshake": {dial(conn.PhaseHandshake, "HELLO", "", &conn.DesyncError{Reason: "no"}), true},
		"nonsense later":                {&conn.DesyncError{Reason: "no"}, false},
		"a hook said no":                {dial(conn.PhaseHandshake, "OnConnect", "", errors.New("no")), true},
		"no credentials":                {dial(conn.PhaseHandshake, "credentials", "", errors.New("no")), true},
	} {
		if got := permanent(c.err); got != c.want {
			t.Errorf("%s (%v): %v", name, c.err, got)
		}
	}
}

// A sequence of calls may be started again as often as one call, and the first time at once.
func TestPolicyRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Policy{Max: 3, Patient: 9, Min: time.Second, Most: time.Second}
		began := time.Now()
		if !p.Repeat(context.Background(), 1, nil) || time.Since(began) != 0 {
			t.Errorf("the first repeat after %v", time.Since(began))
		}
		if !p.Repeat(context.Background(), 3, nil) || time.Since(began) < time.Second/2 {
			t.Errorf("the third repeat after %v", time.Since(began))
		}
		if p.Repeat(context.Background(), 4, nil) {
			t.Error("a fourth repeat")
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		if !p.Repeat(ctx, 9, nil) || p.Repeat(ctx, 10, nil) {
			t.Error("with a deadline the bound is another")
		}
	})
}
