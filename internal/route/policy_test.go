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
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// happened is the result of one attempt.
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

// tries runs the attempts of one call as a router does, and returns their number. do is the verdict on a
// refusal for now.
func tries(ctx context.Context, p *Policy, call *conn.Call, over <-chan struct{}, paced bool, do action,
	what ...happened) (n int) {
	tried := attempts{over: over}
	for {
		tried.began = conn.Now()
		what[min(n, len(what)-1)](call)
		n++
		v := verdict{}
		if call.Refused() && (Transient(call.Refusal) || do == there) {
			v.do = do
		}
		if !p.again(ctx, call, &tried, v, paced) {
			return n
		}
		call.Again()
	}
}

var errCut = fmt.Errorf("read: %w", io.ErrUnexpectedEOF)

// dialTimeout is an attempt to connect that takes this long and then fails by its timeout.
func dialTimeout(took time.Duration) happened {
	return func(call *conn.Call) {
		testkit.Pass(took)
		notSent(&conn.DialError{Err: os.ErrDeadlineExceeded})(call)
	}
}

// The result of an attempt, the verdict, the command, the context and the policy decide whether another
// attempt follows, and for how long. This table and the comment of Policy.again say the same.
func TestPolicyAgain(t *testing.T) {
	t.Parallel()
	const (
		lasts = 3 * time.Second // Policy.For
		pause = 250 * time.Millisecond
		never = 0
	)
	byTime := func(p Policy) Policy { p.For = lasts; return p }
	for _, c := range []struct {
		name     string
		command  string
		policy   Policy
		deadline time.Duration // time until the deadline of the context
		once     bool
		do       action // verdict on refusals that are not final
		what     []happened
		attempts int           // number of attempts; 0 means as many as fit into took
		took     time.Duration // when the attempts end, less a pause
	}{
		// Not sent.
		{"not sent", "SET", byTime(Policy{Max: 1}), never, false, wait, []happened{notSent(errCut)}, 0,
			lasts},
		{"not sent, an accumulating write", "INCR", byTime(Policy{}), never, false, wait,
			[]happened{notSent(errCut)}, 0, lasts},
		{"not sent, a command that nobody knows", "", byTime(Policy{}), never, false, wait,
			[]happened{notSent(errCut)}, 0, lasts},
		{"not sent, a far deadline", "SET", byTime(Policy{Max: 1}), time.Hour, false, wait,
			[]happened{notSent(errCut)}, 0, lasts},
		{"not sent, a near deadline", "SET", byTime(Policy{Max: 1}), time.Second, false, wait,
			[]happened{notSent(errCut)}, 0, time.Second},
		{"not sent, for ever", "SET", Policy{For: Forever}, time.Minute, false, wait,
			[]happened{notSent(errCut)}, 0, time.Minute},
		{"not sent, no repeats", "GET", Policy{}, never, false, wait, []happened{notSent(errCut)}, 1, 0},
		{"not sent, for a moment", "GET", Policy{For: time.Millisecond}, never, false, wait,
			[]happened{notSent(errCut)}, 2, 0},
		{"not sent, the same each time", "GET", byTime(Policy{}), never, false, wait,
			[]happened{notSent(pool.ErrExhausted)}, 1, 0},
		{"a dial time-out longer than that", "GET", byTime(Policy{}), never, false, wait,
			[]happened{dialTimeout(5 * time.Second)}, 1, 0},
		{"a shorter one", "GET", byTime(Policy{}), never, false, wait,
			[]happened{dialTimeout(2900 * time.Millisecond)}, 2, 0},
		// Refused.
		{"loading", "INCR", byTime(Policy{Max: 1}), never, false, wait,
			[]happened{refusedWith("LOADING wait")}, 0, lasts},
		{"loading, a far deadline", "INCR", byTime(Policy{Max: 1}), time.Hour, false, wait,
			[]happened{refusedWith("LOADING wait")}, 0, lasts},
		{"loading, no repeats", "INCR", Policy{}, time.Hour, false, wait,
			[]happened{refusedWith("LOADING wait")}, 1, 0},
		{"master down", "GET", byTime(Policy{}), never, false, wait, []happened{refusedWith("MASTERDOWN x")},
			0, lasts},
		{"try again", "MGET", byTime(Policy{}), never, false, wait, []happened{refusedWith("TRYAGAIN x")}, 0,
			lasts},
		{"cluster down", "GET", byTime(Policy{}), never, false, wait,
			[]happened{refusedWith("CLUSTERDOWN x")}, 0, lasts},
		{"read-only, over a new connection", "SET", byTime(Policy{}), never, false, fresh,
			[]happened{refusedWith("LOADING x")}, 0, lasts},
		{"elsewhere", "GET", Policy{For: time.Second}, never, false, there,
			[]happened{refusedWith("MOVED 1 n:2")}, 0, time.Second},
		{"elsewhere, again and again", "GET", Policy{For: Forever}, never, false, there,
			[]happened{refusedWith("MOVED 1 n:2")}, 1 + maxMoves, 0},
		{"elsewhere, no repeats", "GET", Policy{}, never, false, there,
			[]happened{refusedWith("MOVED 1 n:2")}, 1, 0},
		{"refused for good", "GET", byTime(Policy{Max: 3}), never, false, wait,
			[]happened{refusedWith("WRONGTYPE x")}, 1, 0},
		// May have run.
		{"a read may have run", "GET", byTime(Policy{Max: 3}), never, false, wait,
			[]happened{mayHaveRun(errCut)}, 4, 0},
		{"a read may have run, a far deadline", "GET", byTime(Policy{Max: 3}), time.Hour, false, wait,
			[]happened{mayHaveRun(errCut)}, 4, 0},
		{"a read may have run, without a time", "GET", Policy{Max: 3}, never, false, wait,
			[]happened{mayHaveRun(errCut)}, 4, 0},
		{"a read may have run, no repeats", "GET", Policy{}, never, false, wait,
			[]happened{mayHaveRun(errCut)}, 1, 0},
		{"a write may have run", "SET", byTime(Policy{Max: 3}), never, false, wait,
			[]happened{mayHaveRun(errCut)}, 1, 0},
		{"a repeatable write may have run", "SET", Policy{Max: 3, Writes: true}, never, false, wait,
			[]happened{mayHaveRun(errCut)}, 4, 0},
		{"a write that an option makes unrepeatable", "SET", Policy{Max: 3, Writes: true}, never, true, wait,
			[]happened{mayHaveRun(errCut)}, 1, 0},
		{"an accumulating write may have run", "INCR", Policy{Max: 3, Writes: true}, never, false, wait,
			[]happened{mayHaveRun(errCut)}, 1, 0},
		{"what nobody knows may have run", "", Policy{Max: 3, Writes: true}, never, false, wait,
			[]happened{mayHaveRun(errCut)}, 1, 0},
		{"a time-out", "GET", Policy{Max: 3}, never, false, wait,
			[]happened{mayHaveRun(os.ErrDeadlineExceeded)}, 1, 0},
		{"a time-out, to be repeated once", "GET", Policy{Max: 3, OnTimeout: true}, never, false, wait,
			[]happened{mayHaveRun(os.ErrDeadlineExceeded)}, 2, 0},
		{"a time-out of a write", "SET", Policy{Max: 3, OnTimeout: true}, never, false, wait,
			[]happened{mayHaveRun(os.ErrDeadlineExceeded)}, 1, 0},
		// Each kind has its own bound.
		{"may have run, then not sent", "GET", byTime(Policy{Max: 1}), never, false, wait,
			[]happened{mayHaveRun(errCut), notSent(errCut)}, 0, lasts},
		{"often refused, then may have run", "GET", byTime(Policy{Max: 1}), never, false, wait,
			[]happened{refusedWith("LOADING x"),
				refusedWith("LOADING x"), notSent(errCut), mayHaveRun(errCut)}, 5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				if c.deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
				}
				defer cancel()
				c.policy.Min, c.policy.Most = 4*time.Millisecond, pause
				call := &conn.Call{Info: command.Lookup(c.command), Once: c.once}
				began := time.Now()
				n := tries(ctx, &c.policy, call, nil, false, c.do, c.what...)
				if c.attempts > 0 && n != c.attempts {
					t.Errorf("%d attempts, want %d", n, c.attempts)
				}
				if c.attempts == 0 {
					testkit.Took(t, "all attempts", began, c.took-pause, c.took)
				}
			})
		})
	}
}

// The time for attempts that did not run counts from the first such failure of the call, not from the start
// of the call.
func TestPolicyForCountsFromTheFirstFailure(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		p := &Policy{For: time.Second, Max: 1, Min: time.Millisecond, Most: 10 * time.Millisecond}
		began := time.Now()
		late := func(call *conn.Call) {
			testkit.Pass(time.Minute)
			mayHaveRun(errCut)(call)
		}
		tries(context.Background(), p, &conn.Call{Info: command.Lookup("GET")}, nil, false, wait, late,
			notSent(errCut))
		testkit.Took(t, "all attempts", began, time.Minute+990*time.Millisecond, time.Minute+time.Second)
	})
}

// The outcome of a call after several attempts is the outcome of all of them together.
func TestPolicyOutcomeOfAllAttempts(t *testing.T) {
	t.Parallel()
	p := onceMore
	p.Max = 1
	for name, c := range map[string]struct {
		what    []happened
		outcome conn.Outcome
		refused bool
		sent    int
	}{
		"may have run, then not sent": {[]happened{mayHaveRun(errCut), notSent(errCut)}, conn.MaybeExecuted,
			false, 7},
		"may have run, then not now": {[]happened{mayHaveRun(errCut), refusedWith("LOADING x")},
			conn.MaybeExecuted, false, 7},
		"may have run, then refused": {[]happened{mayHaveRun(errCut), refusedWith("WRONGTYPE x")}, 0, true,
			7},
		"not sent, then may have run": {[]happened{notSent(errCut), mayHaveRun(errCut)}, conn.MaybeExecuted,
			false, 7},
		"not sent, then not now": {[]happened{notSent(errCut), refusedWith("LOADING x")}, 0, true, 0},
		"never sent":             {[]happened{notSent(errCut)}, conn.NotSent, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			call := &conn.Call{Info: command.Lookup("GET")}
			testkit.Bubble(t, func(t *testing.T) {
				tries(t.Context(), &p, call, nil, false, wait, c.what...)
			})
			if call.Refused() != c.refused ||
				!c.refused && (call.Err == nil || call.Outcome != c.outcome || call.Sent != c.sent) {
				t.Errorf("refused %v, error %v, outcome %v, %d bytes sent", call.Refused(), call.Err,
					call.Outcome, call.Sent)
			}
		})
	}
}

// The first repeat after a broken connection comes at once. A pause comes before every later repeat, and
// before each repeat after a refusal. The pause doubles, varies by a half, and has bounds. The pool's own
// pauses replace it.
func TestPolicyPauses(t *testing.T) {
	t.Parallel()
	p := &Policy{For: Forever, Min: 16 * time.Millisecond, Most: 100 * time.Millisecond}
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
				six := []happened{c.what, c.what, c.what, c.what, c.what, notSent(pool.ErrClosed)}
				if n := tries(context.Background(), p, call, nil, c.paced, wait, six...); n != 6 {
					t.Errorf("%d attempts", n)
				}
				if took := time.Since(began); took < c.least*time.Millisecond ||
					took > c.most*time.Millisecond {
					t.Errorf("they took %v of virtual time", took)
				}
			})
		})
	}
}

// A context that ends during a pause ends the call, with the error of the attempt before. With a context that
// has ended nothing is repeated. Closing the client ends pauses.
func TestPolicyContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Policy{For: Forever, Min: time.Second, Most: time.Second}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		call := &conn.Call{Info: command.Lookup("SET")}
		n := tries(ctx, p, call, nil, false, wait, refusedWith("LOADING x"))
		var gone *conn.GaveUp
		if n != 1 || call.Refused() || !errors.As(call.Err, &gone) ||
			!errors.Is(gone.Err, context.DeadlineExceeded) || gone.Cause.Error() != "LOADING x" ||
			call.Outcome != conn.NotSent {
			t.Errorf("%d attempts, error %v, outcome %v", n, call.Err, call.Outcome)
		}
		call = &conn.Call{Info: command.Lookup("SET")}
		if n := tries(ctx, p, call, nil, false, wait, notSent(conn.NewGaveUp(ctx, conn.NotSent))); n != 1 {
			t.Errorf("%d attempts in a context that is over", n)
		}

		over := make(chan struct{})
		close(over)
		began := time.Now()
		call = &conn.Call{Info: command.Lookup("SET")}
		tries(context.Background(), p, call, over, false, wait, refusedWith("LOADING x"),
			refusedWith("LOADING x"), notSent(pool.ErrClosed))
		if time.Since(began) != 0 || !errors.Is(call.Err, pool.ErrClosed) {
			t.Errorf("after %v: %v", time.Since(began), call.Err)
		}
	})
}

// An attempt that would fail the same way again is not repeated.
func TestPermanent(t *testing.T) {
	t.Parallel()
	dial := func(phase conn.Phase, step, reply string, err error) error {
		return &conn.DialError{Phase: phase, Step: step, Reply: reply, Err: err}
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"context over":            {&conn.GaveUp{Err: context.Canceled}, true},
		"client closed":           {pool.ErrClosed, true},
		"pool exhausted":          {fmt.Errorf("%w: all", pool.ErrExhausted), true},
		"no connection came free": {pool.ErrNoConn, true},
		"connection closed by us": {conn.ErrClosed, false},
		"reset":                   {syscall.ECONNRESET, false},
		"connection refused": {
			dial(conn.PhaseDial, "", "",
				&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), false},
		"no route":           {dial(conn.PhaseDial, "", "", syscall.EHOSTUNREACH), false},
		"no such host":       {dial(conn.PhaseDial, "", "", &net.DNSError{IsNotFound: true}), true},
		"no answer from DNS": {dial(conn.PhaseDial, "", "", &net.DNSError{IsTemporary: true}), false},
		"not an address":     {dial(conn.PhaseDial, "", "", &net.AddrError{Err: "bad"}), true},
		// its time counts, see TestPolicyAgain
		"the whole dial time-out":  {dial(conn.PhaseDial, "", "", os.ErrDeadlineExceeded), false},
		"wrong password":           {dial(conn.PhaseHandshake, "AUTH", "WRONGPASS no", nil), true},
		"loading at the handshake": {dial(conn.PhaseHandshake, "HELLO", "LOADING wait", nil), false},
		"certificate": {
			dial(conn.PhaseHandshake, "TLS", "", &tls.CertificateVerificationError{Err: errors.New("no")}),
			true},
		"not TLS": {dial(conn.PhaseHandshake, "TLS", "", tls.RecordHeaderError{}),
			true},
		"cut during the handshake": {dial(conn.PhaseHandshake, "HELLO", "", io.EOF), false},
		"nonsense during the handshake": {
			dial(conn.PhaseHandshake, "HELLO", "", &conn.DesyncError{Reason: "no"}), true},
		"nonsense later": {&conn.DesyncError{Reason: "no"}, false},
		"a hook said no": {dial(conn.PhaseHandshake, "OnConnect", "", errors.New("no")), true},
		"no credentials": {dial(conn.PhaseHandshake, "credentials", "", errors.New("no")), true},
	} {
		if got := permanent(c.err); got != c.want {
			t.Errorf("%s (%v): %v", name, c.err, got)
		}
	}
}

// A sequence of calls may start again as often as a call that may have run, the first time at once.
func TestPolicyRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Policy{For: Forever, Max: 3, Min: time.Second, Most: time.Second}
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		for _, ctx := range []context.Context{context.Background(), ctx} {
			began := time.Now()
			if !p.Repeat(ctx, 1, nil) || time.Since(began) != 0 {
				t.Errorf("the first repeat after %v", time.Since(began))
			}
			if !p.Repeat(ctx, 3, nil) || time.Since(began) < time.Second/2 {
				t.Errorf("the third repeat after %v", time.Since(began))
			}
			if p.Repeat(ctx, 4, nil) {
				t.Error("a fourth repeat")
			}
		}
	})
}
