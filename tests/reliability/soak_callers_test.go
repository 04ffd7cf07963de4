package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// soaked is the common part of the callers of a soak test.
type soaked struct {
	*soak
	rdb  *redpoll.Client
	name string // name of the caller, part of its keys
}

// with runs a call. Now and then its context ends soon.
func (s *soaked) with(call func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(background, time.Minute)
	switch rand.IntN(8) {
	case 0:
		cancel()
		ctx, cancel = context.WithTimeout(background, rand.N(3*time.Millisecond))
	case 1:
		time.AfterFunc(rand.N(2*time.Millisecond), cancel)
	}
	defer cancel()
	err := call(ctx)
	s.note(err)
	return err
}

// tally counts the results of the calls on one counter.
type tally struct{ acked, maybe int64 }

// add records the result of a call that adds n.
func (l *tally) add(err error, n int64) {
	switch redpoll.OutcomeOf(err) {
	case redpoll.Executed:
		l.acked += n
	case redpoll.MaybeExecuted:
		l.maybe += n
	}
}

// check compares the tally with the counter.
func (l *tally) check(t *testing.T, srv *redpolltest.Server, key string) {
	t.Helper()
	if n := numberAt(srv, key); n < l.acked || n > l.acked+l.maybe {
		t.Errorf("%s is %d: %d were acknowledged, %d more may have run", key, n, l.acked, l.maybe)
	}
}

// numberAt reads a counter from the server.
func numberAt(srv *redpolltest.Server, key string) int64 {
	text, _ := srv.Do("GET", key).(string)
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// counting adds to one counter through single commands, scripts, pipelines and a Conn.
type counting struct {
	soaked
	tally
}

func (c *counting) key() string { return "count:" + c.name }

func (c *counting) step() {
	switch rand.IntN(6) {
	case 0:
		c.pipeline()
	case 1:
		script := c.rdb.RegisterScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
		c.add(c.with(func(ctx context.Context) error {
			_, err := script.Run(ctx, []string{c.key()}, 2)
			return err
		}), 2)
	case 2:
		c.overConn()
	default:
		c.add(c.with(func(ctx context.Context) error { _, err := c.rdb.Incr(ctx, c.key()); return err }), 1)
	}
}

// pipeline adds through several commands, some of them large.
func (c *counting) pipeline() {
	p := c.rdb.Pipeline(redpoll.NoTransaction)
	var added []*redpoll.Reply[int64]
	for range 1 + rand.IntN(20) {
		added = append(added, p.Incr(c.key()))
		if rand.IntN(40) == 0 {
			p.Set("filling:"+c.name, strings.Repeat("x", rand.IntN(1<<18)))
		}
	}
	_ = c.with(p.Exec)
	for _, n := range added {
		c.add(n.Err(), 1)
	}
}

// overConn adds through a connection of its own.
func (c *counting) overConn() {
	var one *redpoll.Conn
	if c.with(func(ctx context.Context) (err error) { one, err = c.rdb.Conn(ctx); return err }) != nil {
		return
	}
	defer one.Close()
	for range 3 {
		c.add(c.with(func(ctx context.Context) error { _, err := one.Incr(ctx, c.key()); return err }), 1)
	}
}

func (c *counting) check(t *testing.T, srv *redpolltest.Server) { c.tally.check(t, srv, c.key()) }

// storing writes and reads values from a few bytes up to some MiB.
type storing struct {
	soaked
	version int // Part of the key. A key whose write may still arrive is not used again.
	n       int
	left    []string // such keys, until the server has deleted them
	piece   string   // The last acknowledged value consists of repeated pieces. Empty if there is none.
	times   int
}

func (s *storing) key() string { return fmt.Sprint("value:", s.name, ":", s.version) }

func (s *storing) step() {
	if rand.IntN(2) == 0 {
		s.write()
	} else {
		s.read()
	}
}

// write stores another value.
func (s *storing) write() {
	s.n++
	size := 1 + rand.IntN(1<<16)
	switch rand.IntN(10) {
	case 0:
		size = 1 + rand.IntN(4<<20)
	case 1, 2, 3, 4:
		size = 1 + rand.IntN(200)
	}
	piece := fmt.Sprint(s.name, ".", s.n, " ")
	times := size/len(piece) + 1
	err := s.with(func(ctx context.Context) error {
		return s.rdb.Set(ctx, s.key(), strings.Repeat(piece, times))
	})
	switch redpoll.OutcomeOf(err) {
	case redpoll.Executed:
		s.piece, s.times = piece, times
	case redpoll.MaybeExecuted:
		s.left = append(s.left, s.key())
		s.version++
		s.piece, s.times = "", 0
	}
	if len(s.left) == 0 {
		return
	}
	unlink := func(ctx context.Context) error { _, err := s.rdb.Unlink(ctx, s.left...); return err }
	if s.with(unlink) == nil {
		s.left = s.left[:0]
	}
}

// read compares the value with the last acknowledged one.
func (s *storing) read() {
	var got string
	err := s.with(func(ctx context.Context) (err error) {
		switch rand.IntN(3) {
		case 0:
			p := s.rdb.Pipeline(redpoll.NoTransaction)
			v := p.Get(s.key())
			if err = p.Exec(ctx); err == nil {
				got, err = v.Val(), v.Err()
			}
		default:
			got, err = s.rdb.Get(ctx, s.key())
		}
		return err
	})
	if redpoll.OutcomeOf(err) == redpoll.Executed {
		s.compare(s.t, got)
	}
}

func (s *storing) compare(t *testing.T, got string) {
	t.Helper()
	if got != strings.Repeat(s.piece, s.times) {
		t.Errorf("%s has %d bytes that begin with %.30q, want %d times %q",
			s.key(), len(got), got, s.times, s.piece)
	}
}

func (s *storing) check(t *testing.T, srv *redpolltest.Server) {
	got, _ := srv.Do("GET", s.key()).(string)
	s.compare(t, got)
}

// pairing adds to two counters in one transaction. The transaction is small: if Redis is killed while it
// writes a transaction to its file, it may later execute the part that got there (7.0.15 cuts the file behind
// the last whole command and leaves MULTI in it).
type pairing struct {
	soaked
	tally
}

func (p *pairing) key() string { return "pair:" + p.name }

func (p *pairing) step() {
	pipe := p.rdb.Pipeline()
	pipe.Incr(p.key() + ":a")
	pipe.Incr(p.key() + ":b")
	p.add(p.with(pipe.Exec), 1)
}

func (p *pairing) check(t *testing.T, srv *redpolltest.Server) {
	p.tally.check(t, srv, p.key()+":a")
	if a, b := numberAt(srv, p.key()+":a"), numberAt(srv, p.key()+":b"); a != b {
		t.Errorf("%s was executed in part: %d and %d", p.key(), a, b)
	}
}

// exchanging adds to a shared counter by reading it under a watch.
type exchanging struct {
	soaked
	tally
}

func (e *exchanging) key() string { return "exchange:" + e.name }

func (e *exchanging) step() {
	e.add(e.with(func(ctx context.Context) error {
		return e.rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
			n, err := redpoll.Int(tx.Get(ctx, e.key()))
			if err != nil && !errors.Is(err, redpoll.Nil) {
				return err
			}
			tx.Multi().Set(e.key(), n+1)
			return nil
		}, e.key())
	}), 1)
}

// check adds up the tallies of all callers that share the counter.
func (e *exchanging) check(t *testing.T, srv *redpolltest.Server) {
	var all tally
	for _, c := range e.callers {
		if other, ok := c.(*exchanging); ok && other.name == e.name {
			all.acked += other.acked
			all.maybe += other.maybe
		}
	}
	all.check(t, srv, e.key())
}

// passing pushes numbers to a list and waits for them at its other end.
type passing struct {
	soaked
	pushed, popped tally
	n, last        int64
	late           map[int64]bool // numbers that may have been pushed and may still arrive
}

func (p *passing) key() string { return "list:" + p.name }

func (p *passing) step() {
	type popped struct {
		v   redpoll.KeyValue
		err error
	}
	out := make(chan popped, 1)
	go func() {
		var o popped
		_ = p.with(func(ctx context.Context) error {
			o.v, o.err = p.rdb.BLPop(ctx, 100*time.Millisecond, p.key())
			return o.err
		})
		out <- o
	}()
	p.n++
	err := p.with(func(ctx context.Context) error { _, err := p.rdb.RPush(ctx, p.key(), p.n); return err })
	p.pushed.add(err, 1)
	if redpoll.OutcomeOf(err) == redpoll.MaybeExecuted {
		if p.late == nil {
			p.late = map[int64]bool{}
		}
		p.late[p.n] = true
	}
	o := <-out
	if errors.Is(o.err, redpoll.Nil) {
		return
	}
	p.popped.add(o.err, 1)
	if o.err == nil {
		p.came(p.t, o.v.Value)
	}
}

// came checks the order of a number that has arrived.
func (p *passing) came(t *testing.T, text string) {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n > p.n:
		t.Errorf("%s gave %q, which was not pushed", p.key(), text)
	case p.late[n]:
		delete(p.late, n)
	case n <= p.last:
		t.Errorf("%s gave %d after %d", p.key(), n, p.last)
	default:
		p.last = n
	}
}

func (p *passing) check(t *testing.T, srv *redpolltest.Server) {
	left, _ := srv.Do("LRANGE", p.key(), "0", "-1").([]any)
	for _, v := range left {
		p.came(t, fmt.Sprint(v))
	}
	n := p.popped.acked + int64(len(left))
	if n < p.pushed.acked-p.popped.maybe || n > p.pushed.acked+p.pushed.maybe {
		t.Errorf(
			"%s: %d were pushed and %d more may have been; %d came out and %d more may have, %d are left",
			p.key(),
			p.pushed.acked, p.pushed.maybe, p.popped.acked, p.popped.maybe, len(left))
	}
}
