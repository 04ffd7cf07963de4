package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// askForMany executes a pipeline of a random kind and size, and checks each reply. If the pipeline is given
// up, the replies that arrived are checked.
func askForMany(ctx context.Context, c *redpoll.Client, key string) error {
	var opts []redpoll.PipelineOption
	if rand.IntN(2) == 0 {
		opts = append(opts, redpoll.NoTransaction)
	}
	pipe := c.Pipeline(append(opts, redpoll.CollectErrors)...)
	for range 1 + rand.IntN(2) {
		size := 1 + rand.IntN(12)
		if rand.IntN(20) == 0 {
			size = 200
		}
		want := make([]any, size)
		for i := range want {
			k := fmt.Sprint(key, ".", i)
			switch rand.IntN(5) {
			case 0:
				pipe.Get("missing")
				want[i] = redpoll.Nil
			case 1:
				pipe.Get("wrong")
				want[i] = redpoll.ErrWrongType
			case 2:
				pipe.Exists(k)
				want[i] = int64(len(contentOf(k)))
			case 3:
				pipe.MGet(k, "missing")
				want[i] = []redpoll.Null[string]{{V: contentOf(k), Valid: true}, {}}
			default:
				pipe.Get(k)
				want[i] = contentOf(k)
			}
		}
		err := pipe.Exec(ctx)
		gaveUp := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		if err != nil && !gaveUp {
			return err
		}
		got := pipe.Results()
		if len(got) != size {
			return fmt.Errorf("%d results of %d commands", len(got), size)
		}
		for i, r := range got {
			if gaveUp && errors.As(r.Err, new(*redpoll.ConnError)) {
				continue
			}
			if wanted, ok := want[i].(error); ok && errors.Is(r.Err, wanted) {
				continue
			}
			if fmt.Sprint(r.Val) != fmt.Sprint(want[i]) {
				return fmt.Errorf("command %d (%s) gave %.60q, %w", i, r.Command, fmt.Sprint(r.Val), r.Err)
			}
		}
	}
	return nil
}

// batchPeer is a server that waits for a whole batch, and gives the answers of the test to the first
// attempts. An answer may be hangUp or silence. Later attempts and single commands get correct replies.
func batchPeer(t testing.TB, answers ...string) *testkit.Played {
	t.Helper()
	var mu sync.Mutex
	return testkit.Listen(t, func(n int, args []string) string {
		switch args[0] {
		case "HELLO", "PING":
			return testkit.Friendly(n, args)
		case "EXEC", "LAST":
		default:
			return testkit.Silence
		}
		mu.Lock()
		defer mu.Unlock()
		if len(answers) == 0 {
			return "+good\r\n"
		}
		answer := answers[0]
		answers = answers[1:]
		return answer
	})
}

// lastOf queues the last command of a plain pipeline for a batchPeer.
func lastOf(p *redpoll.Pipeline) { p.Do("LAST") }

const (
	queued2 = "+OK\r\n+QUEUED\r\n+QUEUED\r\n"
	good2   = queued2 + "*2\r\n$1\r\na\r\n$1\r\nb\r\n"
)

// A reply that does not fit a transaction is an error and closes the connection, unless it is a refusal.
//
// Covers: F181
func TestProtocolBreachInATransaction(t *testing.T) {
	t.Parallel()
	for name, bytes := range map[string]string{
		"too few replies in EXEC":      queued2 + "*1\r\n$1\r\na\r\n",
		"too many replies in EXEC":     queued2 + "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
		"no replies in EXEC":           queued2 + "*0\r\n",
		"too few behind an attribute":  queued2 + "|1\r\n+a\r\n+b\r\n*1\r\n$1\r\na\r\n",
		"status for EXEC":              queued2 + "+OK\r\n",
		"one reply too few before":     "+OK\r\n+QUEUED\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
		"one reply too many before":    "+stray\r\n" + good2,
		"integer for MULTI":            ":1\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
		"value in place of QUEUED":     "+OK\r\n$1\r\na\r\n+QUEUED\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
		"another status than QUEUED":   "+OK\r\n+QUEUED\r\n+OK\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
		"absurd length":                queued2 + "*99999999999999\r\n",
		"overflowing length":           queued2 + "*9223372036854775807\r\n",
		"negative length":              queued2 + "*-2\r\n",
		"no length":                    queued2 + "*\r\n",
		"garbage for EXEC":             queued2 + "HTTP/1.1 400 Bad Request\r\n",
		"garbage for a reply":          queued2 + "*2\r\n$1\r\na\r\n?\r\n",
		"garbage before":               "+OK\r\n+QUEUED\r\n\x00",
		"endlessly nested":             queued2 + "*2\r\n" + strings.Repeat("*1\r\n", 1000),
		"bulk of absurd length inside": queued2 + "*2\r\n$99999999999\r\n",
		"streamed array":               queued2 + "*?\r\n",
		"endless header":               queued2 + "*" + strings.Repeat("0", 70_000),
		"reply too few, then the next": queued2[:len(queued2)-9] + good2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := batchPeer(t, bytes, good2)
			rdb := clients.New(t, redpoll.Options{
				Addr: p.Addr(), ReplyTimeout: 10 * time.Second, RetryWrites: true,
			})
			pipe := rdb.Pipeline()
			a, b := pipe.Get("a"), pipe.GetDel("b")
			clients.MaybeExecuted(redpoll.ErrProtocol).Check(t, pipe.Exec(t.Context()))
			for _, h := range []*redpoll.Reply[string]{a, b} {
				if h.Err() != nil {
					clients.MaybeExecuted(redpoll.ErrProtocol).Check(t, h.Err())
				} else if h == b || h.Val() != "a" {
					t.Errorf("a handle has %q", h.Val())
				}
			}
			a, b = pipe.Get("a"), pipe.GetDel("b")
			if err := pipe.Exec(t.Context()); err != nil || a.Val() != "a" || b.Val() != "b" {
				t.Errorf("the next one gave %v, %q, %q", err, a.Val(), b.Val())
			}
			if n := p.Accepted(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// A legal reply to a transaction closes no connection, however odd it is.
func TestOddAnswersToATransaction(t *testing.T) {
	t.Parallel()
	const push, attribute = ">2\r\n+noise\r\n$3\r\nabc\r\n", "|1\r\n+ttl\r\n:3600\r\n"
	var torn strings.Builder // pushes and attributes wherever they are legal
	for _, line := range strings.SplitAfter(queued2, "\n") {
		torn.WriteString(push + attribute + line)
	}
	for name, tt := range map[string]struct {
		bytes   string
		a, b    string
		err     error // nil for success
		outcome redpoll.Outcome
	}{
		"plain": {good2, "a", "b", nil, redpoll.Executed},
		"pushes between": {push + "+OK\r\n" + push + "+QUEUED\r\n+QUEUED\r\n" + push +
			"*2\r\n$1\r\na\r\n$1\r\nb\r\n" + push, "a", "b", nil, redpoll.Executed},
		"attributes everywhere": {attribute + "+OK\r\n" + attribute + "+QUEUED\r\n+QUEUED\r\n" +
			attribute + "*2\r\n" + attribute + "$1\r\na\r\n$1\r\nb\r\n", "a", "b", nil, redpoll.Executed},
		"attributes inside": {queued2 + "*2\r\n" + attribute + "$1\r\na\r\n" + attribute +
			"$1\r\nb\r\n", "a", "b", nil, redpoll.Executed},
		"push inside": {queued2 + "*2\r\n$1\r\na\r\n" + push + "$1\r\nb\r\n", "a", "b", nil,
			redpoll.Executed},
		"null":          {queued2 + "*-1\r\n", "", "", redpoll.ErrWatch, redpoll.Refused},
		"null of RESP3": {queued2 + "_\r\n", "", "", redpoll.ErrWatch, redpoll.Refused},
		"error for EXEC": {queued2 + "-OOM no memory\r\n", "", "", redpoll.ErrOutOfMemory,
			redpoll.Refused},
		"MULTI and all refused": {"-NOAUTH who\r\n-NOAUTH are\r\n-NOAUTH you\r\n-NOAUTH?\r\n", "", "",
			redpoll.ErrAuth, redpoll.Refused},
		"blob error": {queued2 + "!10\r\nOOM memory\r\n", "", "", redpoll.ErrOutOfMemory,
			redpoll.Refused},
		"one of another shape": {queued2 + "*2\r\n*1\r\n:1\r\n$1\r\nb\r\n", "", "b",
			nil, redpoll.Executed},
		"MULTI refused, one of two": {"-NOPERM no\r\n$1\r\na\r\n-NOPERM no\r\n-ERR EXEC without MULTI\r\n",
			"a", "", nil, redpoll.Executed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := batchPeer(t, tt.bytes, good2)
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
			pipe := rdb.Pipeline()
			a, b := pipe.Get("a"), pipe.GetDel("b")
			err := pipe.Exec(t.Context())
			if tt.err != nil && !errors.Is(err, tt.err) || redpoll.OutcomeOf(err) != tt.outcome ||
				err == nil && tt.a+tt.b != "ab" {
				t.Errorf("got %T %v", err, err)
			}
			for want, h := range map[string]*redpoll.Reply[string]{tt.a: a, tt.b: b} {
				if want != "" && (h.Err() != nil || h.Val() != want) || want == "" && h.Err() == nil {
					t.Errorf("got %q, %v, want %q", h.Val(), h.Err(), want)
				}
			}
			a, b = pipe.Get("a"), pipe.GetDel("b")
			if err := pipe.Exec(t.Context()); err != nil || a.Val() != "a" || b.Val() != "b" {
				t.Errorf("the next one gave %v, %q, %q", err, a.Val(), b.Val())
			}
			if n := p.Accepted(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// If an ACL forbids MULTI, the server has run the commands one by one, and their errors do not say otherwise.
func TestMultiIsForbidden(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("ACL", "SETUSER", "poor", "on", ">pw", "~*", "+@all", "-multi", "-lpush")
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "poor", Password: "pw"})
	pipe := rdb.Pipeline()
	set, incr, push := pipe.Set("a", 1), pipe.Incr("n"), pipe.LPush("l", 1)
	err := pipe.Exec(t.Context())
	var re *redpoll.ReplyError
	if !errors.As(err, &re) || redpoll.OutcomeOf(err) != redpoll.Executed ||
		errors.Is(err, redpoll.ErrRefused) || !errors.Is(err, redpoll.ErrNoPerm) {
		t.Errorf("got %T %v, %v", err, err, redpoll.OutcomeOf(err))
	}
	if set.Err() != nil || !errors.Is(push.Err(), redpoll.ErrNoPerm) {
		t.Errorf("got %v, %v", set.Err(), push.Err())
	}
	clients.Result(t, "INCR", incr, 1)
	pipe.LPush("l", 1)
	if err := pipe.Exec(t.Context()); !errors.Is(err, redpoll.ErrNoPerm) ||
		redpoll.OutcomeOf(err) != redpoll.Refused {
		t.Errorf("nothing ran, got %v", err)
	}
	clients.Usable(t, rdb)
}

// A protocol error in a pipeline closes its connection. Handles with a correct reply keep it.
func TestProtocolBreachInAPipeline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bytes string
		is    error
		sound int
	}{
		"garbage":                 {"\x00\x01", redpoll.ErrProtocol, 0},
		"garbage behind a reply":  {"$1\r\na\r\n?", redpoll.ErrProtocol, 1},
		"absurd length":           {"$1\r\na\r\n$1\r\nb\r\n$999999999999\r\n", redpoll.ErrProtocol, 2},
		"torn by a push":          {"*2\r\n>1\r\n+x\r\n", redpoll.ErrProtocol, 0},
		"too few, then silence":   {"$1\r\na\r\n", nil, 1},
		"half, then silence":      {"$1\r\na\r\n$1\r\nb\r\n+O", nil, 2},
		"reply too many, in time": {"$1\r\na\r\n$1\r\nb\r\n+c\r\n+stray\r\n", nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := batchPeer(t, tt.bytes)
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), ReplyTimeout: clients.Brief, NoRetry: true})
			pipe := rdb.Pipeline(redpoll.NoTransaction)
			a, b := pipe.Get("a"), pipe.GetDel("b")
			lastOf(pipe)
			err := pipe.Exec(t.Context())
			if tt.sound < 3 {
				clients.MaybeExecuted(tt.is).Check(t, err)
			} else if err != nil {
				t.Error(err)
			}
			for i, r := range pipe.Results() {
				if i < tt.sound && r.Err != nil {
					t.Errorf("reply %d came and is said to be %v", i, r.Err)
				} else if i >= tt.sound {
					clients.MaybeExecuted(tt.is).Check(t, r.Err)
				}
			}
			if tt.sound > 0 && a.Val() != "a" || tt.sound > 1 && b.Val() != "b" {
				t.Errorf("got %q, %q", a.Val(), b.Val())
			}
			testkit.Unused()
			lastOf(pipe)
			if err := pipe.Exec(t.Context()); err != nil {
				if clients.NotSent(redpoll.ErrProtocol).Check(t, err); tt.sound < 3 {
					t.Errorf("a second failure: %v", err)
				}
				clients.Usable(t, rdb)
			}
			if n := p.Accepted(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// If a pipeline was refused for now, and nothing of it was executed, it is sent again as a whole.
func TestLoadingServerAndPipelines(t *testing.T) {
	t.Parallel()
	const loading, abort = "-LOADING Redis is loading the dataset in memory\r\n", "-EXECABORT no\r\n"
	for _, tt := range []struct {
		name   string
		plain  bool
		answer string
		again  bool
		is     error // error of Exec if it is not sent again
	}{
		{"plain, all", true, loading + loading + loading, true, nil},
		{"transaction, all", false, "+OK\r\n" + loading + loading + abort, true, nil},
		{"transaction, one", false, "+OK\r\n+QUEUED\r\n" + loading + abort, true, nil},
		{"transaction, with MULTI", false, loading + loading + loading + "-ERR EXEC without MULTI\r\n",
			true, nil},
		{"transaction, EXEC only", false, queued2 + "-TRYAGAIN moving\r\n", true, nil},
		{"transaction, one refused for ever", false, "+OK\r\n" + loading + "-ERR unknown\r\n" + abort, false,
			redpoll.ErrLoading},
		{"transaction, MULTI refused and one has run", false,
			"-LOADING\r\n$1\r\na\r\n" + loading + "-ERR EXEC without MULTI\r\n", false, redpoll.ErrLoading},
		{"transaction, a reply inside that says so", false, queued2 + "*2\r\n" + loading + loading, false,
			redpoll.ErrLoading},
	} {
		for _, collect := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/collect=%v", tt.name, collect), func(t *testing.T) {
				t.Parallel()
				good := good2
				if tt.plain {
					good = "$1\r\na\r\n$1\r\nb\r\n+c\r\n"
				}
				p := batchPeer(t, tt.answer, tt.answer, good)
				rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MinBackoff: time.Millisecond})
				var opts []redpoll.PipelineOption
				if tt.plain {
					opts = append(opts, redpoll.NoTransaction)
				}
				if collect {
					opts = append(opts, redpoll.CollectErrors)
				}
				pipe := rdb.Pipeline(opts...)
				a, b := pipe.Get("a"), pipe.GetDel("b")
				if tt.plain {
					lastOf(pipe)
				}
				err := pipe.Exec(t.Context())
				if tt.again && (err != nil || a.Val() != "a" || b.Val() != "b" || a.Err() != nil) {
					t.Errorf("got %v, %q, %q", err, a.Val(), b.Val())
				}
				if !tt.again && !errors.Is(err, tt.is) {
					t.Errorf("got %v", err)
				}
				if n := p.Count("GET"); n != map[bool]int{true: 3, false: 1}[tt.again] {
					t.Errorf("sent %d times", n)
				}
			})
		}
	}
}

// If a server refuses for longer than the client retries, nothing was executed, and the handles say so.
func TestLoadingForTooLong(t *testing.T) {
	t.Parallel()
	all := slices.Repeat([]string{"+OK\r\n-LOADING\r\n-LOADING\r\n-EXECABORT\r\n"}, 10)
	p := batchPeer(t, all...)
	rdb := clients.New(t, redpoll.Options{
		Addr: p.Addr(), MinBackoff: 20 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
		RetryFor: 20 * time.Millisecond,
	})
	pipe := rdb.Pipeline(redpoll.CollectErrors)
	a, b := pipe.Get("a"), pipe.GetDel("b")
	clients.PipelineError(t, pipe.Exec(t.Context()), 0, "GET", redpoll.ErrLoading)
	for _, err := range []error{a.Err(), b.Err()} {
		if !errors.Is(err, redpoll.ErrLoading) || redpoll.OutcomeOf(err) != redpoll.Refused {
			t.Errorf("got %v", err)
		}
	}
	if n := p.Count("EXEC"); n < 1 || n > 2 {
		t.Errorf("sent %d times", n)
	}
	// If the context ends in the pause, the refused commands were not executed.
	const refusals = "-LOADING Redis is loading the dataset in memory\r\n-LOADING Redis is loading the " +
		"dataset in memory\r\n"
	p = batchPeer(t, refusals)
	var wire testkit.Tap
	slow := clients.New(t, redpoll.Options{
		Addr: p.Addr(), MinBackoff: time.Minute, MaxBackoff: time.Minute, RetryFor: redpoll.Forever,
		Dialer: wire.Dial, NoClientInfo: true,
	})
	pipe = slow.Pipeline(redpoll.NoTransaction)
	h := pipe.Get("a")
	lastOf(pipe)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pipe.Exec(ctx) }()
	redpolltest.Await(t, "the refusals are here", func() bool {
		taken, waits := wire.Taken()
		return p.Count("LAST") == 1 && taken == len(testkit.HelloReply("7.0.15"))+len(refusals) && !waits
	})
	cancel()
	err := <-done
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) || ce.Outcome == redpoll.MaybeExecuted || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !errors.As(h.Err(), &ce) || ce.Outcome == redpoll.MaybeExecuted {
		t.Errorf("the handle says %v", h.Err())
	}
}

// If the replies of a pipeline are lost, it is sent again only if all its commands are reads, with any
// options.
//
// Covers: F180
func TestLostRepliesOfAPipeline(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "exclusive"} {
		for _, tt := range []struct {
			name  string
			again bool
			add   func(p *redpoll.Pipeline)
		}{
			{"reads", true, func(p *redpoll.Pipeline) { p.StrLen("k") }},
			{"Do that reads", true, func(p *redpoll.Pipeline) { p.Do("STRLEN", "k") }},
			{"a write", false, func(p *redpoll.Pipeline) { p.Set("other", "v") }},
			{"Do that writes", false, func(p *redpoll.Pipeline) { p.Do("SET", "other", "v") }},
		} {
			for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
				t.Run(fmt.Sprint(kind, "/", tt.name, "/", mode), func(t *testing.T) {
					t.Parallel()
					w := clients.NewWire(t, kind)
					mon := w.Server.Monitor()
					c := w.Client(t, func(o *redpoll.Options) { o.RetryWrites = true })
					w.Server.Do("SET", "k", "v")
					clients.Warm(t, c)
					mon.Reset()
					// The first reply arrives whole.
					first := int64(len("$1\r\nv\r\n"))
					if mode == nil {
						first += int64(len("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n"))
					}
					fault := w.Proxy.CutAfter(redpolltest.ToClient, first, redpolltest.Close,
						redpolltest.FromNow, redpolltest.Once)
					pipe := c.Pipeline(mode...)
					get := pipe.Get("k")
					tt.add(pipe)
					err := pipe.Exec(t.Context())
					fault.Wait()
					want := 1
					if tt.again {
						want = 2
						if err != nil {
							t.Error(err)
						}
					} else {
						clients.MaybeExecuted(nil).Check(t, err)
						clients.MaybeExecuted(nil).Check(t, pipe.Results()[1].Err)
					}
					clients.Result(t, "GET, whose reply came", get, "v")
					if n := mon.Count("GET"); n != want {
						t.Errorf("sent %d times, want %d", n, want)
					}
				})
			}
		}
	}
}

// Commands of a plain pipeline that were refused for now are sent again in their order, and no others. If a
// later command on the same key has run, a refused command stays refused, because it would run behind the
// later one.
func TestRefusedCommandsOfAPipeline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		queue   func(p *redpoll.Pipeline)
		first   string // replies to the first attempt
		again   string // commands of the second attempt
		refused []int
	}{
		{"one in the middle", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Set("b", 2); p.Set("c", 3) },
			"+OK|-LOADING x|+OK", "SET b 2", nil},
		{"some", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Set("b", 2); p.Set("b", 3) },
			"+OK|-LOADING x|-LOADING x", "SET b 2|SET b 3", nil},
		{"all", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Set("b", 2) },
			"-LOADING x|-LOADING x", "SET a 1|SET b 2", nil},
		{"overtaken", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Set("b", 2); p.MGet("c", "a") },
			"-LOADING x|-LOADING x|*2|$1|x|$1|y", "SET b 2", []int{0}},
		{"overtaken by what touches all keys", func(p *redpoll.Pipeline) { p.Set("a", 1); p.FlushDB() },
			"-LOADING x|+OK", "", []int{0}},
		{"overtaken by a script", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Eval("x", nil) },
			"-LOADING x|$1|x", "", []int{0}},
		{"before what touches no key", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Echo("x") },
			"-LOADING x|$1|x", "SET a 1", nil},
		{"beside one refused for good", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Incr("b") },
			"-LOADING x|-ERR no", "SET a 1", []int{1}},
		{"overtaken by one refused for good", func(p *redpoll.Pipeline) { p.Set("a", 1); p.Incr("a") },
			"-LOADING x|-ERR no", "", []int{0, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := strings.Split(tt.first, "|")
			var mu sync.Mutex
			var again []string
			p := testkit.Listen(t, func(n int, args []string) string {
				mu.Lock()
				defer mu.Unlock()
				if slices.Contains([]string{"HELLO", "CLIENT", "PING"}, args[0]) {
					return testkit.Friendly(n, args)
				}
				if len(answers) == 0 {
					again = append(again, strings.Join(args, " "))
					return "+OK\r\n"
				}
				words := 1
				switch answers[0][0] {
				case '$':
					words = 2
				case '*':
					words = 5
				}
				answer := strings.Join(answers[:words], "\r\n") + "\r\n"
				answers = answers[words:]
				return answer
			})
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MinBackoff: time.Millisecond})
			pipe := rdb.Pipeline(redpoll.NoTransaction)
			tt.queue(pipe)
			err := pipe.Exec(t.Context())
			if (err != nil) != (tt.refused != nil) {
				t.Errorf("Exec: %v", err)
			}
			for i, r := range pipe.Results() {
				if refused := slices.Contains(tt.refused, i); refused != (r.Err != nil) ||
					refused && redpoll.OutcomeOf(r.Err) != redpoll.Refused {
					t.Errorf("command %d: %v", i, r.Err)
				}
			}
			clients.Usable(t, rdb) // its replies come behind all others
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(again, "|"); got != tt.again {
				t.Errorf("sent again: %q, want %q", got, tt.again)
			}
		})
	}
}

// If the context ends before refused commands are sent again, and other commands have run, the pipeline as a
// whole is not safe to repeat. The commands that have run keep their results.
func TestPipelineThatEndsInAPause(t *testing.T) {
	t.Parallel()
	replies := map[string]string{"INCR": ":1\r\n", "SET": "-LOADING x\r\n", "GET": "$1\r\nv\r\n"}
	p := testkit.Listen(t, func(n int, args []string) string {
		if reply, ok := replies[args[0]]; ok {
			return reply
		}
		return testkit.Friendly(n, args)
	})
	var wire testkit.Tap
	rdb := clients.New(t, redpoll.Options{
		Addr: p.Addr(), MinBackoff: time.Minute, MaxBackoff: time.Minute, RetryFor: redpoll.Forever,
		Dialer: wire.Dial, NoClientInfo: true,
		Callbacks: map[string]redpoll.Callback{
			"GET": func(redpoll.Value, redpoll.CallbackOptions) (any, error) {
				return "converted", nil
			},
		},
	})
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	incr, set, local, get := pipe.Incr("hits"), pipe.Set("b", 1), pipe.MGet(), pipe.Do("GET", "x")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pipe.Exec(ctx) }()
	redpolltest.Await(t, "the replies are here", func() bool {
		taken, waits := wire.Taken()
		return taken == len(testkit.HelloReply("7.0.15")+replies["INCR"]+replies["SET"]+replies["GET"]) &&
			!waits
	})
	cancel()
	clients.ConnError(t, <-done, redpoll.PhaseRead, redpoll.MaybeExecuted)
	if !errors.Is(set.Err(), redpoll.ErrNotSent) || !errors.Is(set.Err(), context.Canceled) {
		t.Errorf("SET: %v", set.Err())
	}
	if incr.Val() != 1 || incr.Err() != nil || local.Err() != nil {
		t.Errorf("the others: %v, %v", incr.Err(), local.Err())
	}
	if get.Err() != nil || get.Val().Any() != "converted" {
		t.Errorf("GET: %v, %v", get.Val(), get.Err())
	}
}

// The callback of a command whose reply arrived runs even if the rest of the pipeline was lost.
func TestCallbackInALostPipeline(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(n int, args []string) string {
		if args[0] == "SET" {
			return testkit.HangUp
		}
		return testkit.Friendly(n, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Callbacks: map[string]redpoll.Callback{
		"GET": func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "converted", nil },
	}})
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	get, _ := pipe.Do("GET", "x"), pipe.Set("b", 1)
	clients.MaybeExecuted(nil).Check(t, pipe.Exec(t.Context()))
	if get.Err() == nil && get.Val().Any() != "converted" {
		t.Errorf("got %v", get.Val())
	}
}

// The outcome of each command in a pipeline covers all attempts. A command that may have run in an earlier
// attempt is not NotSent because of later ones, and no result of an earlier attempt remains.
func TestOutcomeOfAPipelineCoversAllAttempts(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"TCP", "exclusive"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			w.Server.Do("SET", "k", "v")
			c := w.Client(t, func(o *redpoll.Options) { o.MaxRetries = 3 })
			clients.Warm(t, c)
			w.Proxy.Refuse() // for later connections
			fault := w.Proxy.CutAfter(redpolltest.ToClient, 1, redpolltest.Close, redpolltest.FromNow,
				redpolltest.Once)
			pipe := c.Pipeline(redpoll.NoTransaction)
			a, b := pipe.Get("k"), pipe.StrLen("k")
			clients.MaybeExecuted(nil).Check(t, pipe.Exec(t.Context()))
			fault.Wait()
			clients.MaybeExecuted(nil).Check(t, a.Err())
			clients.MaybeExecuted(nil).Check(t, b.Err())
		})
	}
	t.Run("refused later", func(t *testing.T) {
		t.Parallel()
		const loading = "-LOADING Redis is loading the dataset in memory\r\n-LOADING Redis is loading " +
			"the dataset in memory\r\n"
		answers := append([]string{testkit.HangUp}, slices.Repeat([]string{loading}, 10)...)
		p := testkit.Listen(t, func(n int, args []string) string {
			if args[0] == "STRLEN" && len(answers) > 0 {
				answer := answers[0]
				answers = answers[1:]
				return answer
			}
			if args[0] == "GET" {
				return testkit.Silence
			}
			return testkit.Friendly(n, args)
		})
		rdb := clients.New(t, redpoll.Options{
			Addr: p.Addr(), MinBackoff: 20 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
			RetryFor: 20 * time.Millisecond,
		})
		pipe := rdb.Pipeline(redpoll.NoTransaction)
		a, b := pipe.Get("k"), pipe.StrLen("k")
		clients.MaybeExecuted(redpoll.ErrLoading).Check(t, pipe.Exec(t.Context()))
		clients.MaybeExecuted(redpoll.ErrLoading).Check(t, a.Err())
		clients.MaybeExecuted(redpoll.ErrLoading).Check(t, b.Err())
	})
	t.Run("a record, then one with less in it", func(t *testing.T) {
		t.Parallel()
		n := 0
		p := testkit.Listen(t, func(conn int, args []string) string {
			switch {
			case args[0] == "CLIENT" && args[1] == "INFO":
				if n++; n == 1 {
					return "$13\r\nid=5 name=old\r\n"
				}
				return "$4\r\nid=6\r\n"
			case args[0] == "STRLEN" && n == 1:
				return testkit.HangUp
			case args[0] == "STRLEN":
				return ":0\r\n"
			}
			return testkit.Friendly(conn, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
		pipe := rdb.Pipeline(redpoll.NoTransaction)
		info := pipe.ClientInfo()
		pipe.StrLen("k")
		if err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if info.Err() != nil || info.Val().ID != 6 || info.Val().Name != "" {
			t.Errorf("got %+v, %v", info.Val(), info.Err())
		}
	})
	t.Run("a value, then none", func(t *testing.T) {
		t.Parallel()
		n := 0
		p := testkit.Listen(t, func(conn int, args []string) string {
			switch {
			case args[0] == "GET":
				if n++; n == 1 {
					return "$3\r\nold\r\n"
				}
				return "$-1\r\n"
			case args[0] == "STRLEN" && n == 1:
				return testkit.HangUp
			case args[0] == "STRLEN":
				return ":0\r\n"
			}
			return testkit.Friendly(conn, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
		pipe := rdb.Pipeline(redpoll.NoTransaction)
		a, b := pipe.Get("k"), pipe.StrLen("k")
		if err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(a.Err(), redpoll.Nil) || a.Val() != "" {
			t.Errorf("got %q, %v", a.Val(), a.Err())
		}
		clients.Result(t, "STRLEN", b, 0)
	})
}
