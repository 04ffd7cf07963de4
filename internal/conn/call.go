package conn

import (
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// Sink takes the reply of one call. Both methods run on the goroutine that has the reader's role, so they
// must be quick, must not block, must not call user code and must not panic.
type Sink interface {
	// Decode takes the reply, one whole frame that is not an error reply. The frame is lent until Decode
	// returns, except a large one, see Call.Given.
	Decode(frame []byte)
	// Release says that the caller has gone and the reply was dropped: the record may be used again.
	Release()
}

// Many is the Sink of a call with several replies: a batch of commands sent together.
type Many interface {
	Sink
	// Take takes reply number i of the call, which may be an error reply; it replaces Decode. An error means
	// that this reply cannot belong to number i, so the connection has lost step.
	Take(i int, frame []byte) error
	// Expect returns the reply that most of the next ones are, starting with number i, and how many of them
	// in a row may be this reply, at most most. Replies with exactly these bytes are not passed to Take;
	// Expected is called with their number.
	Expect(i, most int) (frame string, n int)
	Expected(n int)
}

// Prelude holds commands that go out in front of a call, such as ASKING or SCRIPT LOAD; no other command
// comes between. Sent, Taken and Outcome of a call describe the call without its prelude, and an error reply
// to a prelude does not fail the call.
type Prelude struct {
	Wire    []byte // whole frames
	Replies int    // number of replies
	// Check is called with each reply to the prelude in order, under the rules of Sink.Decode; i begins
	// with 0. It is nil if nobody checks the replies.
	Check func(i int, frame []byte)
}

// Then returns a prelude followed by another one; either may be nil.
func (p *Prelude) Then(next *Prelude) *Prelude {
	switch {
	case p == nil:
		return next
	case next == nil:
		return p
	}
	both := &Prelude{Replies: p.Replies + next.Replies}
	both.Wire = append(append(both.Wire, p.Wire...), next.Wire...)
	both.Check = func(i int, frame []byte) {
		if i < p.Replies {
			p.check(i, frame)
		} else {
			next.check(i-p.Replies, frame)
		}
	}
	return both
}

func (p *Prelude) check(i int, frame []byte) {
	if p.Check != nil {
		p.Check(i, frame)
	}
}

// Outcome says what is known about a call that failed.
type Outcome uint8

const (
	// MaybeExecuted means that the whole request was sent and no reply came back. It is the zero value, which
	// promises least.
	MaybeExecuted Outcome = iota
	// NotSent means that the server cannot have received the whole request, so it did not run the request.
	NotSent
)

// Class says which kind of connection a call needs.
type Class uint8

const (
	// Shared calls use a connection together with calls of other callers.
	Shared Class = iota
	// Blocking calls may wait at the server, see Call.Wait.
	Blocking
	// Large calls would delay other calls on their connection.
	Large
	// Urgent calls are answered even by a server that is busy with a script, but not behind the script on one
	// connection.
	Urgent
	// Session is for a holder that needs one connection for several calls.
	Session
	// Classes is the number of classes.
	Classes = iota
)

// Route says to which node a call goes, if neither its first key nor the rule of its command decides.
type Route struct {
	To   Target
	Keys [][]byte // for ToKeys
	Node string   // for ToNode: the address
	Slot int      // for ToSlot
}

// Target is a kind of Route.
type Target uint8

const (
	ToOwn  Target = iota // the node of the first key, or of the command's rule
	ToKeys               // the node of these keys; any node without keys
	ToNode               // exactly this node
	ToSlot               // the owner of a slot
)

// Phase says where a call failed.
type Phase uint8

const (
	PhaseQueue Phase = iota
	PhaseDial
	PhaseHandshake
	PhaseWrite
	PhaseRead
)

// These are the states of a call, in Call.state. A call leaves statePending exactly once: the goroutine with
// the reader's role moves it to stateDecoding, or its owner gives up and makes it a husk. The goroutine that
// wins the compare-and-swap owns the record from then on.
//
// A call with several replies is pending again after each reply except the last. If its owner gives up while
// a reply is being decoded, the owner sets stateLeaving; then the reader makes the call a husk and wakes the
// owner.
const (
	statePending uint32 = iota
	stateDecoding
	stateHusk
	stateLeaving
)

// signal says why a waiting caller was woken.
type signal uint8

const (
	signalDone signal = iota // the reply or the failure is in the record
	signalLead               // the caller gets the reader's role
	signalHusk               // the caller gave up between two replies
)

// Call is one request in flight: its bytes, the receiver of its reply, and its result. A Call is reused;
// between Reset and the return of Conn.Do it belongs to the connection.
type Call struct {
	// The owner sets these fields before Do.
	Info *command.Info
	Wire []byte // the encoded request; whole frames
	// Holes are the large arguments of the request. Their memory belongs to a caller that waits for the call:
	// Do returns only when nothing reads the memory any more, and a call that ends with its context goes back
	// to its owner.
	Holes []wire.Hole
	Sink  Sink
	// Class says which kind of connection the call needs.
	Class Class
	// Wait is how long the server may hold back the reply of a blocking call on purpose; silence for this
	// time is not a fault. 0 means without end.
	Wait time.Duration
	// Once says that an option makes a usually repeatable command unrepeatable.
	Once bool
	// Route says which node the call goes to; nil means ToOwn.
	Route *Route

	// Replies is the number of replies of a batch, whose Sink is a Many. 0 means a single call with one
	// reply.
	Replies int
	// Nested is the number of elements of the last reply of a batch, an array whose elements are taken like
	// replies. 0 means that the array is one reply. A reply that is not an array is always taken whole.
	Nested int
	// Path has the nodes that have redirected the call, if it ended because they did not come to an end.
	Path []string
	// Prelude goes out in front of Wire, in the same write; nil if there is none.
	Prelude *Prelude
	// Commit is how many bytes of the request the server must receive before it does anything. 0 means all.
	Commit int

	// Borrowed says that something may still read Wire after the call has ended, so its memory must not be
	// written again. Do sets it.
	Borrowed bool

	// Given says during Decode and Take that the frame is one large string, and that the Sink may keep its
	// memory.
	Given bool

	// These fields are valid when Do has returned.
	Err     error  // the failure; nil if a reply came
	Refusal string // text of an error reply, see Refused
	Outcome Outcome
	Phase   Phase
	// Sent is valid if Err is set. A layer above sets Repeats and MayRun.
	Sent    int  // bytes of the request that may have been sent
	Repeats int  // how often the call was sent again
	MayRun  bool // an attempt before the last one may have run
	// Since and Began use the clock of Now. A layer above may set Began before the call is queued.
	Since time.Duration // first failure of an attempt that did not run; 0 if none
	Began time.Duration // when the call was first queued

	ahead   int    // replies to the prelude still to come
	left    int    // replies of a batch still to come
	node    string // address for a call without a connection
	taken   int    // number of replies that the Sink has taken
	entered bool   // the elements of the last array are being taken
	refused bool
	conn    *Conn           // the connection on which it was queued
	join    *Join           // waits for the call if it was posted
	place   int             // index among the calls of join
	done    <-chan struct{} // of the caller's context
	next    *Call
	queued  Moment // when it was queued on conn
	end     uint64 // position of its last byte in the connection's stream
	state   atomic.Uint32
	ready   chan signal // capacity 1; holds at most one signal
}

// Reset prepares the record for another call. Wire keeps its memory.
func (c *Call) Reset() {
	if c.ready == nil {
		c.ready = make(chan signal, 1)
	}
	c.Err, c.Refusal, c.refused = nil, "", false
	c.done = nil
	c.Class, c.Wait, c.Once = Shared, 0, false
	c.Borrowed = false
	c.Replies, c.Nested, c.Commit, c.entered = 0, 0, 0, false
	c.ahead, c.taken, c.Repeats, c.MayRun, c.Since = 0, 0, 0, false, 0
	// most calls have none, and stores would cost time
	if c.join != nil || c.Prelude != nil || c.Route != nil || c.Holes != nil || c.Path != nil {
		c.join, c.Prelude, c.Route, c.Holes, c.Path = nil, nil, nil, nil, nil
	}
	c.Began = 0
	c.next = nil
	c.rewind()
}

// rewind makes the state pending again. Usually it is pending already: only calls that can be given up ever
// leave this state.
func (c *Call) rewind() {
	if c.state.Load() != statePending {
		c.state.Store(statePending)
	}
}

// claim takes the record for the reader, which has the reply. It returns false if the owner has given up.
// Without a context that can end no owner gives up, and the state does not change.
func (c *Call) claim() bool {
	return c.done == nil || c.state.CompareAndSwap(statePending, stateDecoding)
}

// Again prepares a call that has ended to be sent once more.
func (c *Call) Again() {
	c.Err, c.Refusal, c.refused = nil, "", false
	c.ahead = 0 // the next attempt may have no prelude
	c.rewind()
}

// Taken returns how many replies of a batch the Sink has taken. The owner may call it when Do has returned,
// even if the owner gave up.
func (c *Call) Taken() int { return c.taken }

// Entered reports whether the Sink now takes elements of the array at the end of a batch.
func (c *Call) Entered() bool { return c.entered }

// Refuse makes the whole batch a refused call, with the text of an error reply.
func (c *Call) Refuse(text string) { c.Refusal, c.refused = text, true }

// Refused reports whether the reply was an error reply. Refusal is its text.
func (c *Call) Refused() bool { return c.refused }

// Await waits until the call has ended. It returns true if the caller got the reader's role instead: see
// Conn.Start.
func (c *Call) Await() (lead bool) { return <-c.ready == signalLead }

// wake wakes the goroutine that waits for the call.
func (c *Call) wake(s signal) {
	if c.join != nil {
		c.join.arrive(c.place, s)
		return
	}
	c.ready <- s
}

// Conn returns the connection on which the call was queued last.
func (c *Call) Conn() *Conn { return c.conn }

// Node returns the address of the last server of the call, or of the server that the call should have
// reached; "" if there is none. The owner may call it when Do has returned nil.
func (c *Call) Node() string {
	if c.conn != nil {
		return c.conn.cfg.Addr
	}
	return c.node
}

// Key returns the key that decides the node of the call: the first key of its route, or of its command. It
// returns false if there is none.
func (c *Call) Key() (key []byte, ok bool) {
	if c.Route != nil && c.Route.To != ToOwn {
		if len(c.Route.Keys) == 0 {
			return nil, false
		}
		return c.Route.Keys[0], true
	}
	if c.Info == nil {
		return nil, false
	}
	w, _ := wire.Begin(c.Wire, c.Holes, 0)
	return c.Info.FirstKey(w)
}

// Size returns the number of bytes of the request.
func (c *Call) Size() int {
	if c.Holes == nil {
		return len(c.Wire)
	}
	return wire.Size(c.Wire, c.Holes)
}

// RanOn notes the node of a call that was answered without being queued itself: its parts were. node is "" if
// they went to several nodes.
func (c *Call) RanOn(node string) { c.conn, c.node = nil, node }

// Answered reports whether the reply came and is not an error reply.
func (c *Call) Answered() bool { return c.Err == nil && !c.refused }

// patience returns how long the server may be silent while this call is the first in flight. 0 means without
// end.
func (c *Call) patience(margin time.Duration) time.Duration {
	switch {
	case c.Class != Blocking:
		return margin
	case c.Wait <= 0 || margin <= 0:
		return 0
	}
	return c.Wait + margin
}

// waits reports whether the owner still waits and its context has not ended.
func (c *Call) waits() bool {
	if c.state.Load() != statePending {
		return false
	}
	select {
	case <-c.done: // nil if the context cannot end
		return false
	default:
		return true
	}
}

// Begin notes the start of the call, unless it has started already. Layers above call it where a call may
// wait for a connection.
func (c *Call) Begin() { c.begin(Now()) }

// begin notes when the call was first queued.
func (c *Call) begin(now time.Duration) {
	if c.Began == 0 {
		c.Began = now
	}
}

// fail records a failure of the call.
func (c *Call) fail(err error, phase Phase, outcome Outcome) {
	c.Err, c.Phase, c.Outcome = err, phase, outcome
}

// NotSent records that the call got no connection; node is the address of the server.
func (c *Call) NotSent(node string, err error, phase Phase) {
	c.Sent, c.taken = 0, 0
	c.node, c.conn = node, nil
	c.fail(err, phase, NotSent)
}

// lost records that the connection failed after it had sent written bytes of its stream. The server runs
// nothing before the bytes up to Commit have arrived, because it waits for the end of a request.
func (c *Call) lost(err error, phase Phase, written uint64) {
	c.Sent = c.Size()
	missing := 0
	if c.end > written {
		missing = int(min(c.end-written, uint64(c.Sent)))
		c.Sent -= missing
	}
	if c.Commit > 0 && c.Sent >= c.Commit || missing == 0 {
		c.fail(err, max(phase, PhaseRead), MaybeExecuted)
	} else {
		c.fail(err, min(phase, PhaseWrite), NotSent)
	}
}

// Unanswered turns an error reply into a failure.
func (c *Call) Unanswered(err error) {
	if c.refused {
		c.Sent, c.taken = 0, 0 // all replies of the batch were refusals and do not count
	}
	c.Refusal, c.refused = "", false
	c.fail(err, PhaseRead, MaybeExecuted)
}

// list is a queue of calls. The calls hold the links, so the list allocates nothing.
type list struct {
	head, tail *Call
}

func (l *list) empty() bool { return l.head == nil }

func (l *list) push(c *Call) {
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.next = c
	}
	l.tail = c
}

func (l *list) pushFront(c *Call) {
	c.next = l.head
	l.head = c
	if l.tail == nil {
		l.tail = c
	}
}

func (l *list) pop() *Call {
	c := l.head
	if c == nil {
		return nil
	}
	l.head = c.next
	if l.head == nil {
		l.tail = nil
	}
	c.next = nil
	return c
}

// moveTo appends the whole list to another one and empties it.
func (l *list) moveTo(to *list) {
	if l.head == nil {
		return
	}
	if to.tail == nil {
		to.head = l.head
	} else {
		to.tail.next = l.head
	}
	to.tail = l.tail
	l.head, l.tail = nil, nil
}

var epoch = time.Now()

// Now returns the monotonic time since the program started. It is the cheapest clock.
func Now() time.Duration { return time.Since(epoch) }
