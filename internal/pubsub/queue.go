package pubsub

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"
)

// Overflow says what becomes of a message for which a queue has no room.
type Overflow uint8

// The choices.
const (
	Wait       Overflow = iota // nobody reads the connection meanwhile
	DropOldest                 // the oldest ones make room for it
	DropNewest                 // it is dropped
	End                        // the Sub loses all its names
)

// Errors of reading.
var (
	// ErrUnused is reading before anything was subscribed.
	ErrUnused = errors.New("nothing has been subscribed")
	// ErrIdle is that nothing is subscribed any more, for readers that ask for it.
	ErrIdle = errors.New("nothing is subscribed")
	// ErrFull is the end of a Sub by its own queue.
	ErrFull = errors.New("the queue of the subscription was full")
)

const (
	// mostNotices is how many events other than messages may wait, besides one for each name.
	mostNotices = 1024
	// keepRing is how many places of an empty ring are always kept. More are kept as long as they are used.
	keepRing = 1024
	// patience is by how much more a queue may hold while a call awaits its confirmation, which comes behind
	// messages.
	patience = 4
)

// queue keeps what has come for a Sub until somebody takes it.
type queue struct {
	overflow     Overflow
	most, mostBy int // the bounds: messages, and bytes

	mu      sync.Mutex
	front   []Event // taken out of the ring to make room, and not dropped: gaps, confirmations
	ring    []Event // its length is a power of two
	at, n   int     // the first one in the ring, and their number
	msgs    int     // published messages in the ring; all other events, front included, are notices
	peak    int     // the greatest number since the ring was empty
	bytes   int
	ready   chan struct{} // capacity 1: a reader that waits should look; nil if none has waited yet
	readers int           // number of waiting readers
	room    sync.Cond     // readers of connections wait for room
	full    int           // number of those that do
	calls   int           // number of calls that await a confirmation
	names   int           // number of names that are wanted
	used    bool          // something has been subscribed
	idle    bool          // nothing is wanted, and no call is under way
	ended   error         // it takes nothing any more, and gives nothing
	spent   bool          // it was too full, with End: behind what waits comes ErrFull, until revive
	closes  uint64        // how often it was closed
	stats   Stats
}

// Stats are the counters of a Sub.
type Stats struct {
	Received     uint64 // published messages that came
	Delivered    uint64 // those that were taken
	Dropped      uint64 // those that were dropped since the queue was full
	Gaps         uint64 // gaps that were taken, or wait
	Waiting      int    // events that wait to be taken
	WaitingBytes int
}

func (q *queue) init(o Overflow, most, mostBytes int) {
	q.overflow, q.most, q.mostBy = o, min(most, math.MaxInt/patience), min(mostBytes, math.MaxInt/patience)
	q.room.L = &q.mu
	q.idle = true
}

// put appends events. names is how many are wanted. It reports whether this one was too much: with End the
// Sub is over.
func (q *queue) put(events []Event, calls, names int, used bool) (burst bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.idle, q.used, q.names = names+calls == 0, used, names
	if q.calls != calls {
		q.calls = calls
		q.room.Broadcast()
	}
	for i := range events {
		burst = q.add(&events[i]) || burst
	}
	q.wake()
	return burst
}

// revive makes a queue that was too full as good as new for what comes behind.
func (q *queue) revive() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent = false
}

// wake tells a reader that waits to look. mu is held.
func (q *queue) wake() {
	if q.readers == 0 {
		return
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// over reports whether a message of that size is too much. A message larger than the bound has room when it
// is alone.
func (q *queue) over(size int) bool { return q.msgs >= q.most || q.msgs > 0 && q.bytes+size > q.mostBy }

// notices is the number of events that wait and are not messages. A name may have one each; a reader that
// has not seen the others, either.
func (q *queue) notices() int { return len(q.front) + q.n - q.msgs }

func (q *queue) crowded() bool { return q.notices() >= mostNotices+q.names }

func (q *queue) add(e *Event) (burst bool) {
	switch {
	case q.ended != nil:
		return false
	case e.Kind.Published():
		q.stats.Received++
		return q.addMessage(e)
	case q.spent:
		return false
	case q.overflow != Wait && q.crowded():
		if e.Kind != Gap && e.Kind != Restored {
			return false
		}
		q.squeeze()
	}
	if e.Kind == Gap {
		q.stats.Gaps++
	}
	q.push(e)
	return false
}

func (q *queue) addMessage(e *Event) (burst bool) {
	switch {
	case q.spent:
		q.stats.Dropped++
		return false
	case q.overflow == Wait || !q.over(e.size()):
		q.push(e)
	case q.overflow == DropOldest:
		for q.msgs > 0 && q.over(e.size()) {
			q.makeRoom()
		}
		q.push(e)
	case q.overflow == End:
		q.stats.Dropped++
		q.spent = true
		return true
	default:
		q.miss(e)
	}
	return false
}

// makeRoom takes the oldest event out of the ring: a message is dropped, and counted in the gap at its place.
func (q *queue) makeRoom() {
	var e Event
	q.take(&e)
	if !e.Kind.Published() {
		q.front = append(q.front, e)
		return
	}
	if n := len(q.front); n == 0 || !isDrop(&q.front[n-1]) {
		q.front = append(q.front, q.hole())
	}
	q.drop(&q.front[len(q.front)-1])
}

// miss drops a message for which there is no room, and counts it in a gap behind the others.
func (q *queue) miss(e *Event) {
	if !isDrop(q.newest()) {
		gap := q.hole()
		q.push(&gap)
	}
	q.drop(q.newest())
}

// newest gives the last event of the ring, which is not empty.
func (q *queue) newest() *Event { return &q.ring[(q.at+q.n-1)&(len(q.ring)-1)] }

// squeeze makes room for notices that must not be lost, among those with no message in between.
// Confirmations and the like are dropped; of the gaps, and the returns behind them, one remains, which
// reaches back as far as all of them.
func (q *queue) squeeze() {
	q.front = q.squeezed(q.front)
	var run []Event
	for q.n > 0 && !q.newest().Kind.Published() {
		run = append(run, *q.newest())
		*q.newest() = Event{}
		q.n--
	}
	slices.Reverse(run)
	for _, e := range q.squeezed(run) {
		q.push(&e)
	}
}

func (q *queue) squeezed(list []Event) (short []Event) {
	var dropped, gap, restored *Event
	for i := range list {
		e := &list[i]
		switch {
		case isDrop(e) && dropped != nil:
			dropped.More.Hole.Dropped += e.More.Hole.Dropped
			q.stats.Gaps--
		case isDrop(e):
			dropped = e
		case e.Kind == Gap:
			if gap != nil {
				e.More.Hole.Since = earlier(gap.More.Hole.Since, e.More.Hole.Since)
				q.stats.Gaps--
			}
			gap, restored = e, nil
		case e.Kind == Restored:
			if gap != nil {
				e.More.Hole.Since = gap.More.Hole.Since
			}
			restored = e
		}
	}
	for _, e := range []*Event{dropped, gap, restored} {
		if e != nil {
			short = append(short, *e)
		}
	}
	return short
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func isDrop(e *Event) bool { return e != nil && e.Kind == Gap && e.More.Hole.Err == nil }

// hole makes a gap of messages that are dropped.
func (q *queue) hole() Event {
	q.stats.Gaps++
	return Event{Kind: Gap, More: &More{Hole: Hole{Since: time.Now()}}}
}

// drop counts a message that is dropped.
func (q *queue) drop(gap *Event) {
	gap.More.Hole.Dropped++
	q.stats.Dropped++
}

func (q *queue) push(e *Event) {
	if q.n == len(q.ring) {
		ring := make([]Event, max(1, 2*len(q.ring))) // many never need more than one
		for i := range q.n {
			ring[i] = q.ring[(q.at+i)&(len(q.ring)-1)]
		}
		q.ring, q.at = ring, 0
	}
	q.ring[(q.at+q.n)&(len(q.ring)-1)] = *e
	q.n++
	if e.Kind.Published() {
		q.msgs++
	}
	q.peak = max(q.peak, q.n)
	q.bytes += e.size()
}

// take takes the first event out of the ring.
func (q *queue) take(e *Event) {
	first := &q.ring[q.at]
	*e = *first
	*first = Event{}
	q.at = (q.at + 1) & (len(q.ring) - 1)
	q.n--
	if e.Kind.Published() {
		q.msgs--
	}
	q.bytes -= e.size()
	if q.n == 0 {
		if len(q.ring) > keepRing && q.peak < len(q.ring)/8 {
			q.ring, q.at = nil, 0
		}
		q.peak = 0
	}
}

// pop takes the next event, if there is one. mu is held.
func (q *queue) pop(e *Event) bool {
	switch {
	case len(q.front) > 0:
		*e = q.front[0]
		q.front[0] = Event{}
		if q.front = q.front[1:]; len(q.front) == 0 {
			q.front = nil
		}
	case q.n > 0:
		q.take(e)
		if q.full > 0 && q.roomy() {
			q.room.Broadcast()
		}
	default:
		return false
	}
	if e.Kind.Published() {
		q.stats.Delivered++
	}
	if q.n > 0 {
		q.wake()
	}
	return true
}

// Mode says when a wait for events ends.
type Mode uint8

// The modes.
const (
	Used      Mode = iota // with ErrUnused if nothing has been subscribed
	UntilIdle             // with ErrIdle when nothing is wanted any more, and no call is under way
	Open                  // only when the Sub is closed, with ErrIdle as well
)

// Reader is a call that reads, or several that belong together. It ends when the Sub is closed, also if
// somebody subscribes right after that.
type Reader struct {
	sub    *Sub
	mode   Mode
	begun  bool
	closes uint64 // how often the Sub had been closed when it began
}

// Next waits for the next event. The error may be the context's as it is.
func (r *Reader) Next(ctx context.Context, e *Event) error { return r.sub.q.next(ctx, r, e) }

// begin notes where the reader begins, if it has not begun. mu is held.
func (q *queue) begin(r *Reader) {
	if !r.begun {
		r.begun, r.closes = true, q.closes
	}
}

// current reports whether the Sub has not been closed since a reader began.
func (q *queue) current(r *Reader) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closes == r.closes
}

// next waits for the next event.
func (q *queue) next(ctx context.Context, r *Reader, e *Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	q.begin(r)
	for {
		ok, err := q.look(r, e)
		if ok || err != nil {
			q.mu.Unlock()
			return err
		}
		q.readers++
		if q.ready == nil {
			q.ready = make(chan struct{}, 1)
		}
		ready := q.ready
		q.mu.Unlock()
		select {
		case <-ready:
		case <-ctx.Done():
			err = ctx.Err()
		}
		q.mu.Lock()
		q.readers--
		if err != nil {
			q.wake() // it may have been this reader's turn
			q.mu.Unlock()
			return err
		}
	}
}

// poll takes the next event if there is one.
func (q *queue) poll(e *Event) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.look(&Reader{begun: true, closes: q.closes}, e)
}

// look takes the next event if there is one, or says why there will be none. mu is held.
func (q *queue) look(r *Reader, e *Event) (ok bool, err error) {
	switch {
	case q.ended != nil:
		err = q.ended
	case q.closes != r.closes && r.mode == Used:
		err = ErrUnused
	case q.closes != r.closes:
		err = ErrIdle
	case q.pop(e):
		return true, nil
	case q.spent:
		err = ErrFull
	case r.mode == UntilIdle && q.idle:
		err = ErrIdle
	case r.mode == Used && !q.used:
		err = ErrUnused
	}
	if err != nil {
		q.wake() // the others should know as well
	}
	return false, err
}

// roomy reports whether the reader of the connection may go on: with some room, so that it does not wake for
// each message. A call brings as many notices as it has names.
func (q *queue) roomy() bool {
	most, mostBy := q.most, q.mostBy
	if q.calls > 0 {
		return q.msgs < patience*most && q.bytes < patience*mostBy
	}
	return q.msgs <= most-max(1, most/4) && q.bytes <= mostBy-mostBy/4 && !q.crowded()
}

// tooFull reports whether the reader of the connection has to wait for room.
func (q *queue) tooFull() bool {
	if q.overflow != Wait || q.ended != nil {
		return false
	}
	if q.calls > 0 {
		return !q.roomy()
	}
	return q.over(0) || q.bytes >= q.mostBy || q.crowded()
}

// awaitRoom waits until there is room, if there is none. stalled is called before and after the wait.
func (q *queue) awaitRoom(over func() bool, stalled func(bool)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.tooFull() {
		return
	}
	q.full++
	stalled(true)
	for !q.roomy() && q.ended == nil && !over() {
		q.room.Wait()
	}
	stalled(false)
	q.full--
}

// end makes the queue forget everything. Readers get err; nil makes it as if it were new.
func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.front, q.ring, q.at, q.n, q.msgs, q.bytes = nil, nil, 0, 0, 0, 0
	q.used, q.idle, q.spent, q.ended = false, true, false, err
	q.closes++
	q.room.Broadcast()
	q.wake()
}

func (q *queue) counters() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Waiting, s.WaitingBytes = q.n+len(q.front), q.bytes
	return s
}
