package route

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// inBubble runs a test with a router to a played server, with virtual time. change changes the configuration
// first.
func inBubble(t *testing.T, change func(cfg *pool.Config, r *Single),
	test func(t *testing.T, r *Single, s *testkit.Played)) {
	t.Helper()
	testkit.Bubble(t, func(t *testing.T) {
		s := new(testkit.Played)
		cfg := pool.Config{
			Conn: &conn.Config{
				Network: "tcp", Addr: "n:1", RESP2: true, Dial: s.Dial, TrackReplies: true,
				Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			},
			Shared: 1, BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
		}
		r := &Single{Owned: true, Policy: Policy{Min: time.Millisecond, Most: time.Millisecond}}
		if change != nil {
			change(&cfg, r)
		}
		p := pool.New(cfg)
		defer p.Close()
		r.Node = NewNode(p)
		test(t, r, s)
	})
}

// reply is a call that keeps its reply as text.
type reply struct {
	call     conn.Call
	text     string
	released bool
}

func (r *reply) Decode(frame []byte) {
	d := resp.NewDecoder(frame)
	r.text, _ = d.Text()
}

// Release uses the record again, as a later call would: the race detector sees who still reads it.
func (r *reply) Release() {
	r.released = true
	r.call.Reset()
	r.call.Holes, r.call.Prelude, r.call.Route = nil, nil, nil
}

// newCall makes a call of a command.
func newCall(class conn.Class, words ...string) *reply {
	r := new(reply)
	r.call.Reset()
	r.call.Info, r.call.Class = command.Lookup(words[0]), class
	r.call.Wire, r.call.Sink = resp.AppendCommand(nil, words...), r
	return r
}

// failed checks that a call came back with this failure.
func failed(t *testing.T, r *reply, gone *conn.GaveUp, want error, outcome conn.Outcome) {
	t.Helper()
	if gone != nil || !errors.Is(r.call.Err, want) || r.call.Outcome != outcome || r.call.Node() != "n:1" {
		t.Errorf("gave up %v, error %v, outcome %v, node %q; want %v, outcome %v", gone, r.call.Err,
			r.call.Outcome, r.call.Node(), want, outcome)
	}
}

// succeeded checks that a call was answered.
func succeeded(t *testing.T, r *reply, gone *conn.GaveUp) {
	t.Helper()
	if gone != nil || !r.call.Answered() || r.text != "OK" {
		t.Errorf("gave up %v, error %v, refusal %q, reply %q", gone, r.call.Err, r.call.Refusal, r.text)
	}
}

// Each class of calls has its own kind of connection and its own bound, so one class cannot use up the
// connections of another.
func TestLend(t *testing.T) {
	const none = conn.Shared
	for name, c := range map[string]struct {
		class     conn.Class
		exclusive bool
		exhausted conn.Class // class whose connections are all lent
		closed    bool
		kind      leaseKind
		want      error
	}{
		"shared":                         {class: conn.Shared, kind: shared},
		"shared, no sessions left":       {class: conn.Shared, exhausted: conn.Session, kind: shared},
		"shared, on an exclusive client": {class: conn.Shared, exclusive: true, kind: lent},
		"on an exclusive client, none": {class: conn.Shared, exclusive: true, exhausted: conn.Session,
			want: pool.ErrExhausted},
		"session": {class: conn.Session, kind: lent},
		"session, none left": {class: conn.Session, exhausted: conn.Session,
			want: pool.ErrExhausted},
		"session, no blocking ones left": {class: conn.Session, exhausted: conn.Blocking, kind: lent},
		"blocking":                       {class: conn.Blocking, kind: lent},
		"blocking, none left": {class: conn.Blocking, exhausted: conn.Blocking,
			want: pool.ErrExhausted},
		"blocking, no sessions left": {class: conn.Blocking, exhausted: conn.Session, kind: lent},
		"blocking, on an exclusive client": {class: conn.Blocking, exclusive: true,
			exhausted: conn.Session, want: pool.ErrExhausted},
		"large": {class: conn.Large, kind: lent},
		"large, none left": {class: conn.Large, exhausted: conn.Large,
			want: pool.ErrExhausted},
		"large, no sessions left": {class: conn.Large, exhausted: conn.Session, kind: lent},
		"large, on an exclusive client": {class: conn.Large, exclusive: true, exhausted: conn.Large,
			kind: lent},
		"large, on an exclusive client, none": {class: conn.Large, exclusive: true, exhausted: conn.Session,
			want: pool.ErrExhausted},
		"urgent":                        {class: conn.Urgent, kind: single},
		"urgent, no blocking ones left": {class: conn.Urgent, exhausted: conn.Blocking, kind: single},
		"urgent, on an exclusive client, none": {class: conn.Urgent, exclusive: true, exhausted: conn.Session,
			kind: single},
		"closed":                          {class: conn.Shared, closed: true, want: pool.ErrClosed},
		"urgent, of a router that closed": {class: conn.Urgent, closed: true, want: pool.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(cfg *pool.Config, r *Single) {
				cfg.Sessions.Max, cfg.Blocking.Max, cfg.Large.Max, r.Exclusive = 1, 1, 1, c.exclusive
			}, func(t *testing.T, r *Single, s *testkit.Played) {
				if c.exhausted != none {
					if _, err := r.Node.Pool.Get(t.Context(), c.exhausted); err != nil {
						t.Fatal(err)
					}
				}
				r.closed.Store(c.closed)
				call := newCall(c.class, "GET", "k")
				l, err := r.lend(t.Context(), &call.call, verdict{})
				if !errors.Is(err, c.want) || err == nil && (l.c == nil || l.kind != c.kind) {
					t.Errorf("got a connection of kind %v, %v", l.kind, err)
				}
			})
		})
	}
}

// A lent connection goes back to the pool or is closed when its call ends or its caller gives up.
func TestLeaseEnds(t *testing.T) {
	for name, c := range map[string]struct {
		class     conn.Class
		gone      bool
		idle, all int // number of connections in the pool
	}{
		"shared":               {conn.Shared, false, 0, 1},
		"shared, given up":     {conn.Shared, true, 0, 1},
		"lent":                 {conn.Blocking, false, 1, 1},
		"lent, given up":       {conn.Blocking, true, 0, 0},
		"urgent":               {conn.Urgent, false, 0, 0},
		"large, given up":      {conn.Large, true, 0, 0},
		"large":                {conn.Large, false, 1, 1},
		"urgent, and given up": {conn.Urgent, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
				if c.gone {
					s.Answer = func(int, []string) string { return "" }
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				call := newCall(c.class, "GET", "k")
				gone := Do(ctx, r, &call.call)
				if (gone != nil) != c.gone {
					t.Errorf("gave up: %v", gone)
				}
				synctest.Wait()
				st := r.Node.Pool.Stats()
				if st.Idle != c.idle || st.Shared+st.Idle+st.Lent != c.all || s.Open() != c.all {
					t.Errorf("%d open, %+v", s.Open(), st)
				}
			})
		})
	}
}

// An ordinary call uses the shared connection.
func TestStart(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		for range 3 {
			call := newCall(conn.Shared, "SET", "k", "v")
			gone := Do(t.Context(), r, &call.call)
			succeeded(t, call, gone)
		}
		if s.Dials() != 1 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// Callers that wait for each other's replies, with contexts that do not end, complete the calls that they
// have started.
func TestFinish(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		r.Policy.For = time.Second
		var n atomic.Int32
		s.Answer = func(int, []string) string {
			if n.Add(1)%2 == 0 {
				return "-LOADING wait\r\n"
			}
			return "+OK\r\n"
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for {
					call := newCall(conn.Shared, "GET", "k")
					gone := Do(context.Background(), r, &call.call)
					if call.call.Refused() {
						continue // every second reply is a refusal, and one caller may get several
					}
					succeeded(t, call, gone)
					return
				}
			})
		}
		all.Wait()
	})
}

// A context that ended before anything was done leaves the call with its caller.
func TestStartInAnEndedContext(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, class := range []conn.Class{conn.Shared, conn.Blocking, conn.Urgent} {
			call := newCall(class, "SET", "k", "v")
			failed(t, call, Do(ctx, r, &call.call), context.Canceled, conn.NotSent)
		}
		if s.Dials() != 0 {
			t.Errorf("%d dials", s.Dials())
		}
	})
}

// A closed router refuses calls; it closes the pool only if it owns the pool.
func TestSingleClose(t *testing.T) {
	for name, owned := range map[string]bool{"owned": true, "somebody else's": false} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(_ *pool.Config, r *Single) {
				r.Owned = owned
			}, func(t *testing.T, r *Single, s *testkit.Played) {
				call := newCall(conn.Shared, "SET", "k", "v")
				gone := Do(t.Context(), r, &call.call)
				succeeded(t, call, gone)
				r.Close()
				call = newCall(conn.Shared, "SET", "k", "v")
				failed(t, call, Do(t.Context(), r, &call.call), pool.ErrClosed, conn.NotSent)
				if _, err := r.Pin(t.Context(), nil); !errors.Is(err, pool.ErrClosed) {
					t.Errorf("Pin: %v", err)
				}
				over := false
				select {
				case <-r.Done():
					over = true
				default:
				}
				if _, err := r.Node.Pool.Shared(t.Context()); (err != nil) != owned || over != owned {
					t.Errorf("the pool: %v, done %v", err, over)
				}
			})
		})
	}
}

// A router to one server leads to this server only.
func TestSingleNodes(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		session, err := r.Pin(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		for name, r := range map[string]Router{"router": r, "session": session} {
			nodes, lockers := r.Nodes(), r.Lockers([]byte("name"))
			if len(nodes) != 1 || nodes[0].Addr != "n:1" || len(lockers) != 1 || lockers[0] != r ||
				r.Changed() != nil {
				t.Errorf("%s: nodes %v, lockers %v", name, nodes, lockers)
			}
		}
	})
}

// The attempts before some commands of a pipeline were refused count for these commands too: Policy.For
// limits all attempts together.
func TestPipelineIsTriedForOneTime(t *testing.T) {
	const limit = time.Second
	patient := func(cfg *pool.Config, r *Single) {
		cfg.BackoffMin, cfg.BackoffMax = 10*time.Millisecond, 10*time.Millisecond
		r.Policy = Policy{For: limit, Min: 10 * time.Millisecond, Most: 10 * time.Millisecond}
	}
	inBubble(t, patient, func(t *testing.T, r *Single, s *testkit.Played) {
		began := time.Now()
		s.Refuse(errors.New("refused"))
		go func() {
			testkit.Pass(limit * 8 / 10)
			s.Refuse(nil)
		}()
		s.Answer = func(_ int, words []string) string {
			if words[1] == "b" {
				return "-LOADING x\r\n"
			}
			return "+OK\r\n"
		}
		p := &script{commands: []*textCall{newTextCall("SET", "a", "v"), newTextCall("SET", "b", "v")}}
		r.Batch(t.Context(), p)
		if got, want := p.outcomes(), "+OK|-LOADING x"; got != want {
			t.Errorf("the commands end as %s, want %s", got, want)
		}
		testkit.Took(t, "the pipeline", began, limit*8/10, limit)
	})
}
