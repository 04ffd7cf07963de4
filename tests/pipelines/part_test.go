package pipelines_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// After a refusal for now, a plain pipeline sends a part of itself again. The part is a request of its own:
// it uses the right kind of connection, brings its scripts, and knows which of its commands a cut has
// reached. Its timeout is tested in tests/patience.

// loading is a reply that refuses a command for now.
const loading = "-LOADING Redis is loading the dataset in memory\r\n"

// once refuses the first command with each of some names or beginnings. It also records the connections on
// which all commands came.
type once struct {
	mu    sync.Mutex
	first map[string]bool
	conns map[string][]int
}

func refusing(first ...string) *once {
	o := &once{first: make(map[string]bool), conns: make(map[string][]int)}
	for _, name := range first {
		o.first[name] = true
	}
	return o
}

// answer is testkit.Friendly with refusals.
func (o *once) answer(n int, words []string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns[words[0]] = append(o.conns[words[0]], n)
	for _, name := range []string{words[0], strings.Join(words[:min(2, len(words))], " ")} {
		if o.first[name] {
			delete(o.first, name)
			return loading
		}
	}
	if words[0] == "BLPOP" {
		return "*2\r\n$1\r\nq\r\n$1\r\nx\r\n"
	}
	return testkit.Friendly(n, words)
}

// on returns the connections on which commands with this name came.
func (o *once) on(name string) []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.conns[name])
}

// A blocking or large part uses a connection of its own, as the whole pipeline did. On a shared connection it
// would hold up the calls of others.
func TestPartHasItsOwnConnection(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]func(p *redpoll.Pipeline){
		"BLPOP": func(p *redpoll.Pipeline) { p.BLPop(time.Second, "q") },
		"SET":   func(p *redpoll.Pipeline) { p.Set("large", strings.Repeat("x", 70<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := refusing(name)
			s := testkit.Listen(t, o.answer)
			rdb := clients.New(t, redpoll.Options{Addr: s.Addr(), MinBackoff: time.Millisecond})
			if _, err := rdb.Get(ctx, "k"); err != nil { // opens the shared connection
				t.Fatal(err)
			}
			p := rdb.Pipeline(redpoll.NoTransaction)
			p.Incr("small")
			queue(p)
			if err := p.Exec(ctx); err != nil {
				t.Fatal(err)
			}
			shared, own := o.on("GET"), o.on(name)
			if len(own) != 2 || slices.Contains(own, shared[0]) || len(o.on("INCR")) != 1 {
				t.Errorf("%s came on %v, GET on %v", name, own, shared)
			}
		})
	}
}

// A part loads the scripts of its pipeline again, because a server that was loading may have lost them.
func TestPartHasItsScripts(t *testing.T) {
	t.Parallel()
	s := testkit.Listen(t, refusing("EVALSHA").answer)
	rdb := clients.New(t, redpoll.Options{Addr: s.Addr(), MinBackoff: time.Millisecond})
	const text = "return 1"
	p := rdb.Pipeline(redpoll.NoTransaction)
	p.Incr("n")
	rdb.RegisterScript(text).Queue(p, []string{"k"})
	if err := p.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	sum := ""
	for _, line := range s.Asked() {
		if rest, ok := strings.CutPrefix(line, "EVALSHA "); ok {
			sum, _, _ = strings.Cut(rest, " ")
		}
	}
	want := []string{
		"SCRIPT LOAD " + text, "INCR n", "EVALSHA " + sum + " 1 k", "SCRIPT LOAD " + text,
		"EVALSHA " + sum + " 1 k",
	}
	if got := s.Asked(); !slices.Equal(got, want) {
		t.Errorf("the server heard %q, want %q", got, want)
	}
}

// severed is a dialer whose first connection is cut after a number of bytes. The client knows how many of
// them have left.
type severed struct {
	*testkit.Played

	mu    sync.Mutex
	armed bool
	left  int
}

type severedConn struct {
	net.Conn
	by *severed
}

func (s *severed) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := s.Played.Dial(ctx, network, addr)
	return severedConn{c, s}, err
}

// cutAfter cuts the connection after n more bytes.
func (s *severed) cutAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed, s.left = true, n
}

func (c severedConn) Write(b []byte) (int, error) {
	c.by.mu.Lock()
	cut := c.by.armed && len(b) >= c.by.left
	if cut {
		c.by.armed = false
		b = b[:c.by.left]
	} else if c.by.armed {
		c.by.left -= len(b)
	}
	c.by.mu.Unlock()
	n, err := c.Conn.Write(b)
	if cut && err == nil {
		c.Conn.Close()
		err = net.ErrClosed
	}
	return n, err
}

// A part that is cut inside its first command has not run and is sent once more. The commands in front of it
// in the whole pipeline do not matter. A part that is cut later may have run its first command: nothing is
// sent again, and commands that did not leave whole are reported as not sent.
func TestPartIsCut(t *testing.T) {
	t.Parallel()
	// The client does not know how much of a single write has left, so this takes several writes.
	const size = 1 << 20
	value := strings.Repeat("b", size)
	first := len(redpolltest.AppendCommand(nil, "SET", "b", value))
	for place, tt := range map[string]struct {
		at  int
		ran bool // the server got the first command
	}{
		"at the beginning":            {1, false},
		"in the middle of the first":  {size / 2, false},
		"behind the first":            {first, true},
		"in the middle of the second": {first + size/2, true},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := &severed{Played: new(testkit.Played)}
			var asked atomic.Int32
			s.Answer = func(n int, words []string) string {
				switch i := asked.Add(1); {
				case i == 2:
					return loading
				case i == 3:
					s.cutAfter(tt.at)
					return loading
				case i == 4 && tt.ran:
					return testkit.Silence
				}
				return testkit.Friendly(n, words)
			}
			rdb := clients.New(t, redpoll.Options{
				Dialer: s.Dial, Protocol: 2, NoClientInfo: true, MinBackoff: time.Millisecond,
			})
			p := rdb.Pipeline(redpoll.NoTransaction)
			a, b, c := p.Set("a", 1), p.Set("b", value), p.Set("c", value)
			err := p.Exec(ctx)
			want := []string{"SET a", "SET b", "SET c", "SET b", "SET c"}
			if tt.ran {
				want = want[:4]
			}
			if tt.ran { // its reply is not awaited
				redpolltest.Await(t, "the server has seen what it got",
					func() bool { return len(s.Heard()) >= len(want) })
			}
			var heard []string
			for _, line := range s.Heard() {
				heard = append(heard, line[:len("SET k")])
			}
			if tt.ran {
				clients.MaybeExecuted(nil).Check(t, err)
				clients.MaybeExecuted(nil).Check(t, b.Err())
				clients.NotSent(nil).Check(t, c.Err())
			} else if err != nil || b.Err() != nil || c.Err() != nil {
				t.Errorf("got %v, %v and %v", err, b.Err(), c.Err())
			}
			if !slices.Equal(heard, want) || a.Err() != nil {
				t.Errorf("the server heard %q, want %q; the first command: %v", heard, want, a.Err())
			}
		})
	}
}

// If an earlier attempt of the whole pipeline may have run, the commands of a lost part may have run too.
// This is also true if the part itself was not sent, because it got no connection or its caller left during
// the write.
func TestPartOfWhatMayHaveRun(t *testing.T) {
	t.Parallel()
	for name, stuck := range map[string]bool{
		"no connection":                   false,
		"left in the middle of the write": true,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun, over := make(chan struct{}), make(chan struct{})
			var attempt atomic.Int32
			var refuses atomic.Bool
			s := redpolltest.Scripted(t, func(nc net.Conn) {
				c := redpolltest.WrapConn(nc)
				attempt.Add(1)
				for !refuses.Load() {
					words, err := c.Command()
					if err != nil {
						return
					}
					answer := loading
					switch first := attempt.Load() == 1; {
					case first && words[1] == "b":
						return // the connection ends with the whole pipeline received, and without a reply
					case first:
						continue
					case words[1] == "a":
						answer = "$1\r\nv\r\n"
					case words[1] == "b":
						refuses.Store(true)
					}
					if _, err := c.Write([]byte(answer)); err != nil {
						return
					}
				}
				if stuck {
					_, _ = c.Read(make([]byte, 1))
					close(begun)
					<-over // and reads nothing more
				}
			})
			t.Cleanup(func() { close(over) })
			patience := 3 * time.Second // Nothing else ends the attempts to connect.
			if stuck {
				patience = redpoll.Forever
			}
			rdb := clients.New(t, redpoll.Options{
				Protocol: 2, NoClientInfo: true, MinBackoff: 20 * time.Millisecond, RetryFor: patience,
				Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
					if refuses.Load() {
						return nil, errRefused
					}
					return new(net.Dialer).DialContext(ctx, "tcp", s.Addr())
				},
			})
			p := rdb.Pipeline(redpoll.NoTransaction)
			a := p.Get("a")
			keys := 2
			if stuck {
				keys = 400 // more than the systems on both sides buffer
			}
			// none of the keys is large by itself
			many := p.MGet(slices.Repeat([]string{strings.Repeat("k", 60<<10)}, keys)...)
			b := p.Get("b")
			within, cancel := context.WithCancel(ctx)
			defer cancel()
			want := errRefused
			if stuck {
				want = context.Canceled
				go func() {
					select {
					case <-begun:
						cancel()
					case <-within.Done():
					}
				}()
			}
			clients.MaybeExecuted(want).Check(t, p.Exec(within))
			clients.MaybeExecuted(want).Check(t, many.Err())
			clients.MaybeExecuted(want).Check(t, b.Err())
			clients.Result(t, "the command that was answered", a, "v")
			if n := attempt.Load(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

var errRefused = errors.New("refused")
