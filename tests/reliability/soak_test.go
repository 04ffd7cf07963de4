package reliability_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

var soakFor = flag.Duration("soak", 0, "for how long TestSoak makes trouble; 0: three rounds")

// soakSteps is the approximate number of calls from one fault to the next.
const soakSteps = 300

// A client survives mixed sizes, cuts, canceled calls and restarts: acknowledged writes are there, reads
// return what was written, and nothing grows over time. Not parallel: the test counts the resources of the
// process. Its long form is `make soak`.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	s.round(true)
	first := s.quiet()
	t.Logf("after the first round: %v", first)
	//houserules:ok clock: the length of a soak is not what it proves
	for n, began := 2, time.Now(); n <= 3 || time.Since(began) < *soakFor; n++ {
		s.round(false)
		t.Logf("after round %d: %v; %v", n, s.quiet(), s.told())
		if t.Failed() {
			return
		}
	}
	s.flat(first)
	s.check()
}

// soak is a server behind a proxy, with clients and callers.
type soak struct {
	t       *testing.T
	srv     *redpolltest.Server
	proxy   *redpolltest.Proxy
	clients []*redpoll.Client
	callers []caller

	stop  atomic.Bool
	steps atomic.Int64
	mu    sync.Mutex
	ends  map[redpoll.Outcome]int64
}

// caller makes calls, records their results, and compares them with the server at the end.
type caller interface {
	step()
	check(t *testing.T, srv *redpolltest.Server)
}

func newSoak(t *testing.T) *soak {
	srv := redpolltest.Start(t, redpolltest.ServerOptions{AppendOnly: true})
	s := &soak{t: t, srv: srv, proxy: redpolltest.NewProxy(t, srv.Addr()), ends: map[redpoll.Outcome]int64{}}
	for name, o := range map[string]redpoll.Options{
		"default":   {},
		"several":   {Conns: 3, HealthCheckInterval: 10 * time.Millisecond, RetryWrites: true},
		"exclusive": {Exclusive: true},
	} {
		o.Addr, o.ReplyTimeout = s.proxy.Addr(), 2*time.Second
		rdb := clients.New(t, o)
		s.clients = append(s.clients, rdb)
		for i := range 3 {
			at := soaked{soak: s, rdb: rdb, name: fmt.Sprint(name, ":", i)}
			s.callers = append(s.callers,
				&counting{soaked: at}, &storing{soaked: at}, &pairing{soaked: at}, &passing{soaked: at})
		}
		for range 2 {
			at := soaked{soak: s, rdb: rdb, name: name}
			s.callers = append(s.callers, &exchanging{soaked: at})
		}
	}
	return s
}

// round lets the callers run during faults. The first round has each kind of fault, so that the process
// reaches its full size.
func (s *soak) round(all bool) {
	s.t.Helper()
	s.stop.Store(false)
	var running sync.WaitGroup
	for _, c := range s.callers {
		running.Go(func() {
			for !s.stop.Load() {
				c.step()
				s.steps.Add(1)
			}
		})
	}
	defer running.Wait()
	defer s.stop.Store(true)
	defer s.explain()
	faults := s.faults()
	for _, n := range rand.Perm(len(faults)) {
		if !all && rand.IntN(3) == 0 {
			continue
		}
		s.more(soakSteps)
		faults[n]()
	}
	s.more(soakSteps)
}

// explain logs the state of everything if the test has failed.
func (s *soak) explain() {
	if !s.t.Failed() {
		return
	}
	for _, rdb := range s.clients {
		s.t.Logf("%v: %+v", rdb, rdb.Stats())
	}
	stacks := make([]byte, 1<<20)
	s.t.Logf("the server's clients are\n%s\n%s",
		s.srv.Do("CLIENT", "LIST"), stacks[:runtime.Stack(stacks, true)])
}

// more waits until the callers have made n more steps.
func (s *soak) more(n int64) {
	s.t.Helper()
	from := s.steps.Load()
	redpolltest.Await(s.t, "callers get on", func() bool { return s.steps.Load() >= from+n })
}

// faults returns the kinds of faults.
func (s *soak) faults() []func() {
	how := func() redpolltest.How {
		return []redpolltest.How{redpolltest.Close, redpolltest.Reset}[rand.IntN(2)]
	}
	way := func() redpolltest.Direction {
		return []redpolltest.Direction{redpolltest.ToServer, redpolltest.ToClient}[rand.IntN(2)]
	}
	within := func() int64 { return rand.Int64N(1 << rand.IntN(20)) }
	return []func(){
		func() { s.proxy.DropAll(redpolltest.Close) },
		func() { s.proxy.DropAll(redpolltest.Reset) },
		func() {
			s.struck(s.proxy.CutAfter(redpolltest.ToServer, within(), how(), redpolltest.FromNow,
				redpolltest.Once))
		},
		func() {
			s.struck(s.proxy.CutAfter(redpolltest.ToClient, within(), how(), redpolltest.FromNow,
				redpolltest.Once))
		},
		func() { s.struck(s.proxy.Truncate(way(), within(), redpolltest.FromNow, redpolltest.Once)) },
		func() { s.down(s.srv.Kill); s.srv.Restart() },
		func() { s.down(s.srv.Stop); s.srv.Restart() },
		func() { s.down(s.proxy.Refuse, func() { s.proxy.DropAll(how()) }); s.proxy.Clear() },
		func() {
			s.down(func() { s.proxy.Reject(how()) }, func() { s.proxy.DropAll(how()) })
			s.proxy.Clear()
		},
		func() {
			s.proxy.Hold(way())
			given := s.unanswered()
			redpolltest.Await(s.t, "a caller gives up", func() bool { return s.unanswered() > given })
			s.proxy.Clear()
		},
		func() {
			for _, rdb := range s.clients {
				rdb.Pool().Disconnect()
			}
		},
		func() {
			for _, rdb := range s.clients {
				rdb.Pool().Reset()
			}
		},
	}
}

// struck waits until a fault has hit a connection.
func (s *soak) struck(f *redpolltest.Fault) {
	s.t.Helper()
	redpolltest.Await(s.t, "a fault strikes", func() bool { return f.Struck() > 0 })
	f.Lift()
}

// down stops the server until callers have noticed.
func (s *soak) down(how ...func()) {
	s.t.Helper()
	failed := func() (n uint64) {
		for _, rdb := range s.clients {
			n += rdb.Stats().DialErrors
		}
		return n
	}
	before := failed()
	for _, do := range how {
		do()
	}
	redpolltest.Await(s.t, "callers have met that nobody is there",
		func() bool { return failed() >= before+3 })
}

// note counts the outcome of a call, and checks that its error says everything that is known.
func (s *soak) note(err error) {
	outcome := redpoll.OutcomeOf(err)
	// Calls on a Conn are not retried then.
	if outcome != redpoll.Executed && !errors.Is(err, redpoll.ErrLoading) {
		clients.Failed{}.Check(s.t, err)
	}
	s.mu.Lock()
	s.ends[outcome]++
	s.mu.Unlock()
}

// unanswered returns the number of calls that ended without a reply.
func (s *soak) unanswered() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ends[redpoll.NotSent] + s.ends[redpoll.MaybeExecuted]
}

// told returns a summary of the events so far.
func (s *soak) told() string {
	var b strings.Builder
	s.mu.Lock()
	for _, o := range []redpoll.Outcome{
		redpoll.Executed, redpoll.Refused, redpoll.NotSent, redpoll.MaybeExecuted,
	} {
		fmt.Fprintf(&b, "%v %d, ", o, s.ends[o])
	}
	s.mu.Unlock()
	var dials uint64
	for _, rdb := range s.clients {
		dials += rdb.Stats().Dials
	}
	fmt.Fprintf(&b, "%d connections, %d MiB to the server and %d MiB back", dials,
		s.proxy.Bytes(redpolltest.ToServer)>>20, s.proxy.Bytes(redpolltest.ToClient)>>20)
	return b.String()
}

// usage is the resources of the process.
type usage struct {
	goroutines  int
	descriptors int // 0 if they cannot be counted
	heap        uint64
}

func (u usage) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d KiB", u.goroutines, u.descriptors, u.heap>>10)
}

// quiet closes all connections, and returns the resources that are left.
func (s *soak) quiet() usage {
	s.t.Helper()
	defer s.explain()
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	for _, rdb := range s.clients {
		if err := rdb.Ping(ctx); err != nil {
			s.t.Errorf("the client is not usable any more: %v", err)
		}
		rdb.Pool().Disconnect()
	}
	redpolltest.Await(s.t, "nothing is open", func() bool {
		for _, rdb := range s.clients {
			if st := rdb.Stats(); st.SharedConns+st.LentConns+st.IdleConns > 0 {
				return false
			}
		}
		return s.proxy.Open() == 0
	})
	s.proxy.DropAll(redpolltest.Close) // if the proxy swallowed all bytes, it swallowed the end too
	redpolltest.Await(s.t, "the server has no clients", func() bool {
		list, _ := s.srv.Do("CLIENT", "LIST").(string)
		return strings.Count(list, "\n") == 1
	})
	// The process that does inherits all connections.
	redpolltest.Await(s.t, "the server writes no file anew", func() bool {
		info, _ := s.srv.Do("INFO", "persistence").(string)
		return strings.Contains(info, "aof_rewrite_in_progress:0") &&
			strings.Contains(info, "aof_rewrite_scheduled:0")
	})
	for range 2 { // the first time, a sync.Pool keeps its content
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.descriptors = len(open)
	}
	return u
}

// heapSlack is the allowed growth of the heap between quiet moments. Three rounds move hundreds of MiB.
const heapSlack = 2 << 20

// flat checks that the process has not grown.
func (s *soak) flat(before usage) {
	s.t.Helper()
	defer s.explain()
	var now usage
	defer func() { s.t.Logf("at the end: %v; at first: %v", now, before) }()
	redpolltest.Await(s.t, fmt.Sprintf("there is no more than at first, %v", before), func() bool {
		now = s.quiet()
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors &&
			now.heap <= before.heap+heapSlack
	})
}

// check compares the records of all callers with the server.
func (s *soak) check() {
	s.t.Helper()
	for _, c := range s.callers {
		c.check(s.t, s.srv)
	}
}
