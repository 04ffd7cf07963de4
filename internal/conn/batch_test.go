package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// echoes is a batch of calls whose replies must be their own arguments.
type echoes struct {
	call     Call
	want     []string
	got      []string
	released chan struct{}
	expected string
	stop     error // result of Take for the reply with this number
	stopAt   int
	slow     chan struct{} // Take waits for it
	entered  chan struct{} // Take signals it before it waits
}

func newEchoes(texts ...string) *echoes {
	b := &echoes{want: texts, released: make(chan struct{}, 1)}
	for _, text := range texts {
		b.call.Wire = resp.AppendCommand(b.call.Wire, "ECHO", text)
	}
	b.call.Sink = b
	b.call.Reset()
	b.call.Replies = len(texts)
	return b
}

func (b *echoes) Take(i int, frame []byte) error {
	if b.slow != nil {
		b.entered <- struct{}{}
		<-b.slow
	}
	if b.stop != nil && i == b.stopAt {
		return b.stop
	}
	d := resp.NewDecoder(frame)
	text, err := d.Text()
	if err != nil || i != len(b.got) {
		text = fmt.Sprint("reply ", i, ": ", err)
	}
	b.got = append(b.got, text)
	return nil
}

// Expect claims that all next replies are equal, which is true only for some.
func (b *echoes) Expect(i, most int) (frame string, n int) {
	if b.slow != nil || b.stop != nil {
		return "", 0
	}
	b.expected = b.want[i]
	return string(resp.AppendBulk(nil, b.expected)), most
}

func (b *echoes) Expected(n int) {
	for range n {
		b.got = append(b.got, b.expected)
	}
}

func (b *echoes) Decode([]byte) { b.got = append(b.got, "Decode was called") }
func (b *echoes) Release()      { b.released <- struct{}{} }

// check compares the received replies: all of them, unless the call was given up.
func (b *echoes) check(t *testing.T, gone *GaveUp) {
	t.Helper()
	if b.call.Err != nil && gone == nil || gone == nil && len(b.got) != len(b.want) ||
		b.call.Taken() != len(b.got) {
		t.Errorf("%d of %d replies, %d taken, %v, %v", len(b.got), len(b.want), b.call.Taken(), b.call.Err,
			gone)
	}
	for i, got := range b.got {
		if got != b.want[i] {
			t.Errorf("reply %d is %.40q instead of %.40q", i, got, b.want[i])
		}
	}
}

// Batches and single calls of many callers share a connection; some are given up at random moments. Each
// reply reaches its call, every husk is released once, and no call of a batch is touched after its owner has
// left.
func TestBatchesAmongCalls(t *testing.T) {
	for _, callers := range []int{1, 2, 7, 100} {
		t.Run(fmt.Sprint("callers=", callers), func(t *testing.T) {
			t.Parallel()
			p := newPeer(t)
			c := p.dial(p.config())
			tick(t, c)
			var wg sync.WaitGroup
			var gone, done atomic.Int64
			for id := range callers {
				wg.Go(func() { talk(t, c, id, max(1000/callers, 20), &gone, &done) })
				wg.Go(func() { talkInBatches(t, c, id, max(1000/callers, 20), &gone, &done) })
			}
			wg.Wait()
			if done.Load() == 0 || gone.Load() == 0 {
				t.Errorf("%d calls ended, %d gave up: the test tests nothing", done.Load(), gone.Load())
			}
			if err := c.Err(); err != nil {
				t.Errorf("the connection was lost: %v", err)
			}
		})
	}
}

func talkInBatches(t *testing.T, c *Conn, id, n int, gone, done *atomic.Int64) {
	for i := range n {
		texts := make([]string, 1+rand.IntN(20))
		for j := range texts {
			size := rand.IntN(100)
			if rand.IntN(50) == 0 {
				size = rand.IntN(50_000)
			}
			texts[j] = fmt.Sprint(id, "/", i, "/", j, strings.Repeat("x", size))
			if j > 0 && rand.IntN(2) == 0 {
				texts[j] = texts[j-1] // the reply comes through Expect
			}
		}
		b := newEchoes(texts...)
		ctx, stop := context.Background(), context.CancelFunc(func() {})
		if rand.IntN(3) == 0 {
			ctx, stop = context.WithTimeout(ctx, rand.N(500*time.Microsecond))
		}
		g := c.Do(ctx, &b.call)
		stop()
		b.check(t, g)
		if g == nil {
			done.Add(1)
			continue
		}
		gone.Add(1)
		before := len(b.got)
		<-b.released
		if len(b.got) != before {
			t.Errorf("%d replies came after the owner had left", len(b.got)-before)
		}
	}
}

// When the owner of a batch gives up while another goroutine takes one of its replies, the owner waits for
// this reply and for no other.
func TestLeaveWhileAReplyIsTaken(t *testing.T) {
	t.Parallel()
	for _, texts := range [][]string{{"a"}, {"a", "b", "c"}} {
		t.Run(fmt.Sprint(texts), func(t *testing.T) {
			t.Parallel()
			all := make(chan struct{})
			server := redpolltest.Scripted(t, func(nc net.Conn) {
				r := resp.NewReader(nc, 0, resp.Limits{})
				var out []byte
				for n := 0; ; n++ {
					args, err := r.ReadCommand()
					if err != nil {
						return
					}
					out = resp.AppendBulkBytes(out, args[1])
					if n < len(texts) {
						continue
					}
					if n == len(texts) {
						// The reader's own reply and the first reply of the batch come together.
						both := len(resp.AppendBulk(resp.AppendBulk(nil, "first"), "a"))
						_, _ = nc.Write(out[:both])
						out = out[both:]
						<-all
					}
					_, _ = nc.Write(out)
					out = nil
				}
			})
			p := newPeer(t)
			cfg := p.config()
			cfg.Addr = server.Addr()
			c := p.dial(cfg)
			var wg sync.WaitGroup
			first := newEcho("first")
			wg.Go(func() {
				if g := c.Do(context.Background(), &first.call); g != nil || first.got != "first" {
					t.Errorf("%v, %v, %q", g, first.call.Err, first.got)
				}
			})
			redpolltest.Await(t, "a call is under way", func() bool { return c.Load() >= 1 })
			b := newEchoes(texts...)
			b.slow, b.entered = make(chan struct{}), make(chan struct{}, len(texts))
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan *GaveUp, 1)
			wg.Go(func() { ended <- c.Do(ctx, &b.call) })
			<-b.entered
			cancel()
			redpolltest.Await(t, "the owner is leaving",
				func() bool { return b.call.state.Load() == stateLeaving })
			select {
			case <-ended:
				t.Error("the owner has left while its reply was being taken")
			default:
			}
			close(b.slow)
			gone := <-ended
			b.check(t, gone)
			if (gone == nil) != (len(texts) == 1) || len(b.got) != 1 {
				t.Errorf("gave up with %v, has %q", gone, b.got)
			}
			close(all)
			if gone != nil {
				<-b.released
			}
			e := newEcho("after")
			if g := c.Do(context.Background(), &e.call); g != nil || e.got != "after" || len(b.got) != 1 {
				t.Errorf("%v, %v, %q, %q", g, e.call.Err, e.got, b.got)
			}
			wg.Wait()
		})
	}
}

// A reply that cannot belong to its number ends the connection, and the batch keeps the replies before.
func TestBatchLosesStep(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	for at := range 3 {
		p := newPeer(t)
		c := p.dial(p.config())
		b := newEchoes("a", "b", "c")
		b.stop, b.stopAt = own, at
		g := c.Do(context.Background(), &b.call)
		var desync *DesyncError
		if g != nil || !errors.As(b.call.Err, &desync) || !errors.Is(b.call.Err, own) ||
			b.call.Outcome != MaybeExecuted || b.call.Taken() != at {
			t.Errorf("%v, %v, outcome %v, %d taken", g, b.call.Err, b.call.Outcome, b.call.Taken())
		}
		if !c.Down() {
			t.Error("the connection is still used")
		}
	}
}

// The outcome of a batch that was not sent whole.
func TestBatchIsLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		read    int // bytes that the server reads before it closes
		commit  int
		outcome Outcome
	}{
		{"before the first command is whole", 20, 1000, NotSent},
		{"all has to be there", 100_000, 0, NotSent},
		{"behind the first command", 100_000, 1000, MaybeExecuted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t)
			cfg := p.config()
			cfg.Addr = redpolltest.Scripted(t, func(c net.Conn) {
				_, _ = io.ReadFull(c, make([]byte, tt.read))
			}).Addr()
			c := p.dial(cfg)
			texts := []string{strings.Repeat("x", 2000)}
			for range 800 {
				texts = append(texts, strings.Repeat("x", 20_000))
			}
			b := newEchoes(texts...)
			b.call.Commit = tt.commit
			if tt.read < 100 {
				b.call.Commit = len(b.call.Wire) // the system takes more than the server reads
			}
			if g := c.Do(context.Background(), &b.call); g != nil || b.call.Err == nil ||
				b.call.Outcome != tt.outcome || b.call.Sent >= len(b.call.Wire) {
				t.Errorf("%v, %v, outcome %v, %d of %d bytes", g, b.call.Err, b.call.Outcome, b.call.Sent,
					len(b.call.Wire))
			}
		})
	}
}

// nested is a batch whose last reply is an array with elements taken one by one.
func nested(c *Conn, answer string) (*echoes, *GaveUp) {
	b := newEchoes("first", "array")
	b.want = append([]string{"first"}, strings.Split(answer, " ")...)
	b.call.Nested = len(b.want) - 1
	return b, c.Do(context.Background(), &b.call)
}

// The elements of an array at the end of a batch are taken one by one, wherever its bytes are split and
// whatever comes between.
func TestArrayAtTheEndOfABatch(t *testing.T) {
	t.Parallel()
	const push, attribute = ">1\r\n+noise\r\n", "|1\r\n+a\r\n+b\r\n"
	for name, bytes := range map[string]string{
		"plain":                  "+first\r\n*2\r\n+a\r\n+b\r\n",
		"push in front":          "+first\r\n" + push + push + "*2\r\n+a\r\n+b\r\n",
		"attributes inside":      "+first\r\n*2\r\n" + attribute + "+a\r\n" + attribute + "+b\r\n",
		"push behind the header": "+first\r\n*2\r\n" + push + "+a\r\n+b\r\n",
	} {
		for cut := range len(bytes) {
			t.Run(fmt.Sprintf("%s/%d", name, cut), func(t *testing.T) {
				t.Parallel()
				let := make(chan struct{})
				server := redpolltest.Scripted(t, func(nc net.Conn) {
					r := resp.NewReader(nc, 0, resp.Limits{})
					for range 2 {
						if _, err := r.ReadCommand(); err != nil {
							return
						}
					}
					_, _ = nc.Write([]byte(bytes[:cut]))
					<-let
					_, _ = nc.Write([]byte(bytes[cut:]))
					if args, err := r.ReadCommand(); err == nil {
						_, _ = nc.Write(resp.AppendBulkBytes(nil, args[1]))
					}
				})
				p := newPeer(t)
				cfg := p.config()
				cfg.Addr = server.Addr()
				c := p.dial(cfg)
				c.info.Proto = 3 // pushes are allowed
				time.AfterFunc(time.Millisecond, func() { close(let) })
				b, g := nested(c, "a b")
				b.check(t, g)
				if !b.call.Entered() {
					t.Error("the elements did not come one by one")
				}
				if b.call.Reset(); b.call.Entered() { // the record may be used for another array
					t.Error("a new call begins inside of an array")
				}
				e := newEcho("after")
				if g := c.Do(context.Background(), &e.call); g != nil || e.got != "after" {
					t.Errorf("%v, %v, %q", g, e.call.Err, e.got)
				}
			})
		}
	}
}

// While replies of a batch are awaited, the allowed silence is that of the batch.
func TestPatienceOfABatch(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.Chop = false
	p.hold = make(chan struct{}, 1)
	cfg := p.config()
	cfg.ReplyTimeout = 30 * time.Millisecond
	c := p.dial(cfg)
	b := newEchoes("a", "b")
	b.call.Class = Blocking // without end
	b.slow, b.entered = make(chan struct{}), make(chan struct{}, 2)
	close(b.slow)
	var wg sync.WaitGroup
	wg.Go(func() {
		g := c.Do(context.Background(), &b.call)
		b.check(t, g)
	})
	redpolltest.Await(t, "a call is under way", func() bool { return c.Load() >= 1 })
	behind := newEcho("behind")
	wg.Go(func() {
		if g := c.Do(context.Background(), &behind.call); g != nil || behind.got != "behind" {
			t.Errorf("%v, %v, %q", g, behind.call.Err, behind.got)
		}
	})
	redpolltest.Await(t, "2 calls are under way", func() bool { return c.Load() >= 2 })
	p.hold <- struct{}{} // the first reply of the batch
	<-b.entered
	hoursPass(c) // the silence is that of the blocking batch
	close(p.hold)
	wg.Wait()
}
