package conn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// Each reply reaches its caller, however many there are, however the replies are cut into pieces, and
// whichever callers give up in between.
func TestRepliesReachTheirCallers(t *testing.T) {
	for _, callers := range []int{1, 2, 7, 100} {
		for _, spin := range []time.Duration{0, 50 * time.Microsecond} {
			t.Run(fmt.Sprintf("callers=%d/spin=%v", callers, spin), func(t *testing.T) {
				t.Parallel()
				p := newPeer(t)
				cfg := p.config()
				cfg.Spin = spin
				c := p.dial(cfg)
				tick(t, c)
				var wg sync.WaitGroup
				var gone, done atomic.Int64
				for id := range callers {
					wg.Go(func() { talk(t, c, id, max(4000/callers, 60), &gone, &done) })
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
}

// talk sends echoes of random sizes, some with a context that ends at a random time.
func talk(t *testing.T, c *Conn, id, n int, gone, done *atomic.Int64) {
	shared, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := range n {
		size := rand.IntN(200)
		if rand.IntN(20) == 0 {
			size = rand.IntN(100_000)
		}
		text := fmt.Sprintf("%d/%d/%s", id, i, strings.Repeat("x", size))
		e := newEcho(text)
		ctx, stop := context.Background(), context.CancelFunc(func() {})
		switch rand.IntN(5) {
		case 0:
			ctx, stop = context.WithTimeout(ctx, time.Duration(rand.IntN(300))*time.Microsecond)
		case 1:
			ctx = shared
		}
		if g := c.Do(ctx, &e.call); g != nil {
			gone.Add(1)
			if !errors.Is(g, context.DeadlineExceeded) {
				t.Errorf("gave up with %v", g)
			}
			stop()
			<-e.released // every husk is given back
			continue
		}
		stop()
		done.Add(1)
		if e.call.Err != nil || e.err != nil || e.got != text {
			t.Errorf("call %d/%d: error %v, %v, got %.30q for %.30q", id, i, e.call.Err, e.err, e.got, text)
			return
		}
	}
}

func TestGivingUpCostsNoConnection(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	c := p.dial(p.config())
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var calls []*echo
	for i := range 50 {
		e := newEcho(fmt.Sprint(i))
		calls = append(calls, e)
		wg.Go(func() {
			g := c.Do(ctx, &e.call)
			if g == nil || !errors.Is(g, context.Canceled) || g.Outcome != MaybeExecuted {
				t.Errorf("got %v", g)
			}
		})
	}
	redpolltest.Await(t, "50 calls are under way", func() bool { return c.Load() >= 50 })
	cancel()
	wg.Wait()
	close(p.hold)
	for _, e := range calls {
		<-e.released
	}
	e := newEcho("still here")
	if g := c.Do(context.Background(), &e.call); g != nil || e.got != "still here" {
		t.Errorf("after the cancelled calls: %v, %v, %q", g, e.call.Err, e.got)
	}
}

func TestCauseOfTheContextIsGiven(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	c := p.dial(p.config())
	reason := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	e := newEcho("x")
	got := make(chan *GaveUp)
	go func() { got <- c.Do(ctx, &e.call) }()
	redpolltest.Await(t, "a call is under way", func() bool { return c.Load() > 0 })
	cancel(reason)
	if g := <-got; !errors.Is(g, context.Canceled) || !errors.Is(g, reason) {
		t.Errorf("got %v", g)
	}
}

func TestSilenceEndsCalls(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	cfg := p.config()
	cfg.ReplyTimeout = time.Minute
	c := p.dial(cfg)
	e := newEcho("x")
	done := make(chan *GaveUp, 1)
	go func() { done <- c.Do(context.Background(), &e.call) }()
	awaitWritten(t, c, len(e.call.Wire))
	hoursPass(c)
	if g := <-done; g != nil {
		t.Fatal(g)
	}
	if !errors.Is(e.call.Err, ErrSilent) || !errors.Is(e.call.Err, os.ErrDeadlineExceeded) ||
		e.call.Outcome != MaybeExecuted {
		t.Errorf("got %v, outcome %v", e.call.Err, e.call.Outcome)
	}
}

func TestAWriteThatIsStuckEndsCalls(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	cfg := p.config()
	cfg.WriteTimeout = 30 * time.Millisecond
	c := p.dial(cfg)
	first := newEcho("x") // the peer holds its reply and reads no further
	go c.Do(context.Background(), &first.call)
	redpolltest.Await(t, "a call is under way", func() bool { return c.Load() > 0 })
	tick(t, c)
	big := newEcho(strings.Repeat("x", 32<<20))
	if g := c.Do(context.Background(), &big.call); g != nil {
		t.Fatal(g)
	}
	if !errors.Is(big.call.Err, ErrStuck) || big.call.Outcome != NotSent {
		t.Errorf("got %v, outcome %v", big.call.Err, big.call.Outcome)
	}
}

// Both socket buffers are full: the client goes on reading while its write waits.
func TestLargeRequestsAndRepliesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	tick(t, c)
	text := strings.Repeat("0123456789abcdef", 1<<19) // 8 MiB
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			e := newEcho(text)
			if g := c.Do(context.Background(), &e.call); g != nil || e.call.Err != nil || e.got != text {
				t.Errorf("%v, %v, %d bytes", g, e.call.Err, len(e.got))
			}
		})
	}
	wg.Wait()
}

func TestCancelDuringAWriteThatIsStuck(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	c := p.dial(p.config())
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var calls []*echo
	for range 3 {
		e := newEcho(strings.Repeat("x", 16<<20))
		calls = append(calls, e)
		if g := c.Do(ctx, &e.call); g == nil {
			t.Fatalf("the call ended by itself: %v", e.call.Err)
		}
	}
	close(p.hold)
	for _, e := range calls {
		<-e.released
	}
	e := newEcho("in step")
	if g := c.Do(context.Background(), &e.call); g != nil || e.got != "in step" {
		t.Errorf("%v, %v, %q", g, e.call.Err, e.got)
	}
}

func TestCloseEndsCalls(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	c := p.dial(p.config())
	var wg sync.WaitGroup
	for i := range 20 {
		e := newEcho(fmt.Sprint(i))
		wg.Go(func() {
			if g := c.Do(context.Background(), &e.call); g != nil || !errors.Is(e.call.Err, ErrClosed) ||
				e.call.Outcome != MaybeExecuted {
				t.Errorf("%v, %v, %v", g, e.call.Err, e.call.Outcome)
			}
		})
	}
	redpolltest.Await(t, "20 calls are under way", func() bool { return c.Load() >= 20 })
	c.Close()
	wg.Wait()
	e := newEcho("late")
	if g := c.Do(context.Background(), &e.call); g != nil || !errors.Is(e.call.Err, ErrClosed) ||
		e.call.Outcome != NotSent {
		t.Errorf("after Close: %v, %v, %v", g, e.call.Err, e.call.Outcome)
	}
}
