package conn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// post posts calls to one connection.
func post(c *Conn, calls ...*Call) {
	list := make([]Posted, len(calls))
	for i, call := range calls {
		list[i] = Posted{call, c}
	}
	Post(list...)
}

// posting makes n calls, and their records for a Join.
func posting(n int) (calls []*echo, records []*Call) {
	for i := range n {
		e := newEcho(fmt.Sprint("posted ", i))
		calls = append(calls, e)
		records = append(records, &e.call)
	}
	return calls, records
}

func (e *echo) check(t *testing.T, text string) {
	t.Helper()
	if e.call.Err != nil || e.err != nil || e.got != text {
		t.Errorf("got %q, %v, %v; want %q", e.got, e.call.Err, e.err, text)
	}
}

// One caller has calls in flight on several connections.
func TestPost(t *testing.T) {
	t.Parallel()
	const nodes, each = 3, 4
	calls, records := posting(nodes * each)
	j := NewJoin(records...)
	for i := range nodes {
		p := newPeer(t)
		c := p.dial(p.config())
		post(c, records[i*each:(i+1)*each]...)
	}
	if gone := j.Wait(context.Background()); gone != nil {
		t.Fatalf("gave up: %v", gone)
	}
	for i, e := range calls {
		e.check(t, fmt.Sprint("posted ", i))
	}
}

// While one of three nodes is silent, neither calls of others to the other nodes nor the arrived parts of a
// fan wait for it. The fan ends with its context, and its late reply is read and dropped.
func TestPostBesideASilentNode(t *testing.T) {
	t.Parallel()
	var conns []*Conn
	silent := newPeer(t)
	silent.hold = make(chan struct{})
	for _, p := range []*peer{newPeer(t), newPeer(t), silent} {
		conns = append(conns, p.dial(p.config()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls, records := posting(3)
	j := NewJoin(records...)
	for i, c := range conns {
		post(c, records[i])
	}
	var others sync.WaitGroup
	for i := range 1000 {
		others.Go(func() {
			e := newEcho(fmt.Sprint("other ", i))
			if gone := conns[i%2].Do(context.Background(), &e.call); gone != nil {
				t.Errorf("gave up: %v", gone)
				return
			}
			e.check(t, fmt.Sprint("other ", i))
		})
	}
	others.Wait()
	cancel()
	gone := j.Wait(ctx)
	if len(gone) != 3 || gone[0] != nil || gone[1] != nil || !errors.Is(gone[2], context.Canceled) ||
		gone[2].Outcome != MaybeExecuted {
		t.Fatalf("gave up: %v", gone)
	}
	calls[0].check(t, "posted 0")
	calls[1].check(t, "posted 1")
	close(silent.hold)
	<-calls[2].released
	e := newEcho("later")
	if gone := conns[2].Do(context.Background(), &e.call); gone != nil {
		t.Fatal(gone)
	}
	e.check(t, "later")
}

// A caller behind posted calls reads their replies too, and a posted call never becomes the reader.
func TestPostIsReadByOthers(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	for round := range 200 {
		calls, records := posting(5)
		j := NewJoin(records...)
		var others sync.WaitGroup
		for range 3 {
			others.Go(func() {
				e := newEcho("own")
				if gone := c.Do(context.Background(), &e.call); gone != nil {
					t.Errorf("gave up: %v", gone)
					return
				}
				e.check(t, "own")
			})
		}
		post(c, records...)
		if gone := j.Wait(context.Background()); gone != nil {
			t.Fatalf("round %d gave up: %v", round, gone)
		}
		for i, e := range calls {
			e.check(t, fmt.Sprint("posted ", i))
		}
		others.Wait()
	}
	redpolltest.Await(t, "the reader has counted all calls down", func() bool { return c.Load() == 0 })
}

// The outcome of a posted call after its connection failed is that of any other call.
func TestPostOnALostConnection(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.hold = make(chan struct{})
	defer close(p.hold)
	c := p.dial(p.config())
	_, records := posting(2)
	j := NewJoin(records...)
	post(c, records[0])
	c.Fail(errors.New("cut"))
	post(c, records[1])
	if gone := j.Wait(context.Background()); gone != nil {
		t.Fatalf("gave up: %v", gone)
	}
	if records[0].Err == nil || records[0].Outcome != MaybeExecuted {
		t.Errorf("sent before the end: %v, outcome %v", records[0].Err, records[0].Outcome)
	}
	if records[1].Err == nil || records[1].Outcome != NotSent {
		t.Errorf("posted after the end: %v, outcome %v", records[1].Err, records[1].Outcome)
	}
}

// A call without a connection ends at once, even if the context has ended.
func TestJoinFail(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, records := posting(1)
	j := NewJoin(records...)
	j.Fail(records[0], "n1:6379", ErrRetired, PhaseDial)
	gone := j.Wait(ctx)
	if gone != nil || !errors.Is(records[0].Err, ErrRetired) || records[0].Outcome != NotSent ||
		records[0].Phase != PhaseDial || records[0].Node() != "n1:6379" {
		t.Errorf("gave up %v, error %v, outcome %v, phase %v", gone, records[0].Err, records[0].Outcome,
			records[0].Phase)
	}
}

// When owners give up at any moment, each record has one owner: the caller if there is a reply, otherwise the
// connection until the record is released.
func TestPostGivenUpAtAnyMoment(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	var owners sync.WaitGroup
	for i := range 8 {
		owners.Go(func() {
			for round := range 100 {
				ctx, cancel := context.WithCancel(context.Background())
				calls, records := posting(4)
				j := NewJoin(records...)
				post(c, records...)
				time.AfterFunc(time.Duration(i*round)*time.Microsecond, cancel)
				gone := j.Wait(ctx)
				for k, e := range calls {
					if gone != nil && gone[k] != nil {
						<-e.released
					} else {
						e.check(t, fmt.Sprint("posted ", k))
					}
				}
				cancel()
			}
		})
	}
	owners.Wait()
	redpolltest.Await(t, "the reader has counted all calls down", func() bool { return c.Load() == 0 })
	if c.Err() != nil {
		t.Errorf("error %v", c.Err())
	}
}

// An owner may give up while another goroutine is still about to call Post, or Fail. A call that was never
// posted was not sent.
func TestPostedBehindTheEnd(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	for round := range 300 {
		calls, records := posting(3)
		j := NewJoin(records...)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var posting sync.WaitGroup
		post := func() {
			post(c, records[:2]...)
			j.Fail(records[2], "n1:6379", ErrRetired, PhaseDial)
		}
		if round > 0 {
			posting.Go(post)
		}
		gone := j.Wait(ctx)
		if round == 0 {
			for i, g := range gone {
				if g == nil || g.Outcome != NotSent || g.Node != "" || g.Elapsed > time.Minute {
					t.Errorf("call %d: %+v", i, g)
				}
			}
			post()
		}
		posting.Wait()
		for i, e := range calls {
			if gone != nil && gone[i] != nil {
				<-e.released
			} else if i < 2 {
				e.check(t, fmt.Sprint("posted ", i))
			}
		}
	}
	redpolltest.Await(t, "the reader has counted all calls down", func() bool { return c.Load() == 0 })
	if c.Err() != nil {
		t.Errorf("error %v", c.Err())
	}
}

// takings is a batch whose replies are counted.
type takings struct {
	call     Call
	n        int
	released chan struct{}
}

func (b *takings) Decode([]byte)                 {}
func (b *takings) Take(int, []byte) error        { b.n++; return nil }
func (b *takings) Expect(int, int) (string, int) { return "", 0 }
func (b *takings) Expected(int)                  {}
func (b *takings) Release()                      { b.released <- struct{}{} }

// A posted batch is given up between two replies, and not while one is being taken.
func TestPostedBatchGivenUp(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	for round := range 200 {
		const size = 20
		b := &takings{released: make(chan struct{}, 1)}
		b.call.Sink = b
		b.call.Reset()
		b.call.Replies = size
		for range size {
			b.call.Wire = resp.AppendCommand(b.call.Wire, "SIZE", "2000")
		}
		ctx, cancel := context.WithCancel(context.Background())
		j := NewJoin(&b.call)
		post(c, &b.call)
		time.AfterFunc(time.Duration(round)*time.Microsecond, cancel)
		if gone := j.Wait(ctx); gone != nil {
			<-b.released
		} else if b.n != size {
			t.Fatalf("%d replies of %d", b.n, size)
		}
		cancel()
	}
	redpolltest.Await(t, "the reader has counted all calls down", func() bool { return c.Load() == 0 })
	if c.Err() != nil {
		t.Errorf("error %v", c.Err())
	}
}
