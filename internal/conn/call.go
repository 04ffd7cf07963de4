package conn

import (
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// Sink takes the reply of one call. Both methods run on the goroutine that happens to hold the
// reading role, so they must be quick, must not block, must not call user code and must not panic.
type Sink interface {
	// Decode takes the reply, one whole frame that is not an error reply. The frame is lent
	// until Decode returns, but for a large one, see Call.Given.
	Decode(frame []byte)
	// Release says that the caller is gone and the reply was dropped: the record may be
	// used again from now on.
	Release()
}

// Many is the Sink of a call that has several replies: a batch of commands sent in one go.
type Many interface {
	Sink
	// Take takes reply number i of the call, which may be an error reply. It is Decode for each of them. An error says
	// that this cannot be the reply of that number, so that the connection has lost step.
	Take(i int, frame []byte) error
	// Expect tells which reply most of the next ones are, from number i on, and how many of them in a row may be it, at most
	// most. Those of them that are it at first sight are not given to Take: Expected tells how many.
	Expect(i, most int) (frame string, n int)
	Expected(n int)
}

// Prelude is commands that go out in front of a call, so that no other command comes in between: ASKING, SCRIPT LOAD. What is known of
// the call, as Sent, Taken and Outcome tell it, counts the call alone, and an error reply to a prelude does not fail it.
type Prelude struct {
	Wire    []byte // whole frames
	Replies int    // how many replies they have
	// Check is called with each of these replies, in their order, under the rules of Sink.Decode; i is from 0. nil: with none.
	Check func(i int, frame []byte)
}

// Then is a prelude with another one behind it; either may be nil.
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

// Outcome says what is known about a call that failed on the way.
type Outcome uint8

const (
	// MaybeExecuted: the whole request left, and no reply came back. It is the zero value, which promises least.
	MaybeExecuted Outcome = iota
	// NotSent: the server cannot have seen the whole request, so it did not run it.
	NotSent
)

// Class says which kind of connection a call needs.
type Class uint8

const (
	// Shared calls travel together with those of others.
	Shared Class = iota
	// Blocking calls may be held back by the server, see Call.Wait.
	Blocking
	// Large calls would hold up others on their connection.
	Large
	// Urgent calls are answered by a server that is busy with a script, but not behind that script.
	Urgent
	// Session is for a holder who wants a connection for several calls.
	Session
	// Classes is the number of classes.
	Classes = iota
)

// Route says where a call goes where there are several nodes, if its first key and the rule of its command are not to decide.
type Route struct {
	To   Target
	Keys [][]byte // for ToKeys
	Node string   // for ToNode: the address
}

// Target is a kind of Route.
type Target uint8

const (
	ToOwn  Target = iota // the node that its first key or the rule of its command names
	ToKeys               // the node that has certain keys; any node if there are none
	ToNode               // one node, and no other
	ToAll                // every node
)

// Phase says how far a failed call had come.
type Phase uint8

const (
	PhaseQueue Phase = iota
	PhaseDial
	PhaseHandshake
	PhaseWrite
	PhaseRead
)

// The life of a call, in Call.state. A call leaves pending exactly once: towards decoding, by the
// holder of the reading role, or towards husk, by its owner who gives up. Whoever wins the
// compare-and-swap owns the record from then on.
//
// A call with several replies is pending again after each of them but the last. Its owner who gives up while one is being
// decoded makes it leaving; then the reader makes it a husk, and tells the owner.
const (
	statePending uint32 = iota
	stateDecoding
	stateHusk
	stateLeaving
)

// signal is what a waiting caller is woken with.
type signal uint8

const (
	signalDone signal = iota // the reply, or the failure, is in the record
	signalLead               // the reading role is yours
	signalHusk               // you gave up between two replies
)

// Call is one request under way: its bytes, where its reply goes, and what became of it. A Call is
// reused; between Reset and the return of Conn.Do it belongs to the connection.
type Call struct {
	// Set by the owner before Do.
	Info *command.Info
	Wire []byte // the encoded request, whole frames only
	// Holes are the request's large arguments. Their memory belongs to somebody who waits for the call: Do returns when nothing
	// reads it any more, and a call that ends with its context is the owner's again then.
	Holes []wire.Hole
	Sink  Sink
	// Class says which kind of connection the call needs.
	Class Class
	// Wait is how long the server may hold the reply of a blocking call back on purpose; 0: without end. Silence for that long
	// is no fault then.
	Wait time.Duration
	// Once is set when an option makes a command that is usually repeatable one that is not.
	Once bool
	// Route says where the call goes where there are several nodes; nil stands for ToOwn.
	Route *Route

	// Replies is how many replies the request has if it is a batch; its Sink is a Many then. 0: one.
	Replies int
	// Nested is the number of elements of the last of these, an array of which each element is handed out like a
	// reply; 0: it is handed out whole. An answer that is no array is handed out whole in any case.
	Nested int
	// Prelude goes out in front of Wire, in the same write; nil: nothing does.
	Prelude *Prelude
	// Commit is how many bytes of the request the server must have seen before it does anything; 0: all.
	Commit int

	// Borrowed says that something may still read Wire after the call has ended: its memory must not be
	// written again. Set by Do.
	Borrowed bool

	// Given says during Decode and Take that the frame is one large string, whose memory is the Sink's for good.
	Given bool

	// Valid when Do has returned.
	Err     error  // what went wrong on the way, nil when a reply came
	Refusal string // the text of an error reply, see Refused
	Outcome Outcome
	Phase   Phase
	Sent    int           // how many bytes of the request may have left, if Err is set
	Repeats int           // how often it was sent again; set by a layer above, as is the next
	MayRun  bool          // an attempt before the last one may have been executed
	Since   time.Duration // when an attempt first failed without running, by the clock of Now; 0: none has
	Began   time.Duration // when it was first queued, by the clock of Now; a layer above may set it before

	ahead   int    // replies to the prelude still to come
	left    int    // replies of a batch still to come
	node    string // that it was meant for, if it came to no connection
	taken   int    // replies that its Sink has
	entered bool   // the array at its end is being handed out
	refused bool
	conn    *Conn           // that it was queued on
	join    *Join           // that awaits it, if it was posted
	place   int             // its own among the calls of join
	done    <-chan struct{} // of the caller's context
	next    *Call
	queued  Moment // when it was queued on conn
	end     uint64 // where its last byte stands in the connection's stream
	state   atomic.Uint32
	ready   chan signal // capacity 1: at most one signal is ever under way
}

// Reset makes the record ready for another call. Wire keeps its memory.
func (c *Call) Reset() {
	if c.ready == nil {
		c.ready = make(chan signal, 1)
	}
	c.Err, c.Refusal, c.refused = nil, "", false
	c.done = nil
	c.Class, c.Wait, c.Once = Shared, 0, false
	c.Borrowed = false
	c.Replies, c.Nested, c.Commit = 0, 0, 0
	c.ahead, c.taken, c.Repeats, c.MayRun, c.Since = 0, 0, 0, false, 0
	if c.join != nil || c.Prelude != nil || c.Route != nil || c.Holes != nil { // a store would cost each of the many without
		c.join, c.Prelude, c.Route, c.Holes = nil, nil, nil, nil
	}
	c.Began = 0
	c.next = nil
	c.rewind()
}

// rewind makes the state pending again. It mostly is: only calls that can be given up ever leave it.
func (c *Call) rewind() {
	if c.state.Load() != statePending {
		c.state.Store(statePending)
	}
}

// claim takes the record for the reader, who has its reply. It reports false when the owner has given up. Without a
// context that can end there is nobody to race with, and the state stays as it is.
func (c *Call) claim() bool {
	return c.done == nil || c.state.CompareAndSwap(statePending, stateDecoding)
}

// Again makes a call that has ended ready to be sent once more.
func (c *Call) Again() {
	c.Err, c.Refusal, c.refused = nil, "", false
	c.ahead = 0 // the next attempt may go without the prelude of this one
	c.rewind()
}

// Taken is how many replies of a batch its Sink has got. The owner may ask when Do has returned, even if it gave up.
func (c *Call) Taken() int { return c.taken }

// Entered reports whether the replies now taken are elements of the array at the end of a batch.
func (c *Call) Entered() bool { return c.entered }

// Refuse makes the whole batch one that was refused, with the text of an error reply.
func (c *Call) Refuse(text string) { c.Refusal, c.refused = text, true }

// Refused reports whether the reply was an error reply; Refusal is its text.
func (c *Call) Refused() bool { return c.refused }

// Await waits until the call has ended, or reports true when the reader's role was handed to it: see Conn.Start.
func (c *Call) Await() (lead bool) { return <-c.ready == signalLead }

// wake tells whoever waits for the call.
func (c *Call) wake(s signal) {
	if c.join != nil {
		c.join.arrive(c.place, s)
		return
	}
	c.ready <- s
}

// Conn is the connection that the call was queued on last.
func (c *Call) Conn() *Conn { return c.conn }

// Node is the address of the server that the call went to last, or was meant for: "" if nothing is known of one. The owner may ask
// when Do has returned nil.
func (c *Call) Node() string {
	if c.conn != nil {
		return c.conn.cfg.Addr
	}
	return c.node
}

// Key is the key that decides which node the call goes to: that of its route, or the first one of the command. It reports false
// if there is none.
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

// Size is how many bytes the request has on the wire.
func (c *Call) Size() int {
	if c.Holes == nil {
		return len(c.Wire)
	}
	return wire.Size(c.Wire, c.Holes)
}

// Answered reports whether a reply came, and not an error reply.
func (c *Call) Answered() bool { return c.Err == nil && !c.refused }

// patience is the silence that is no fault while this call is the first one in flight; 0: any.
func (c *Call) patience(margin time.Duration) time.Duration {
	switch {
	case c.Class != Blocking:
		return margin
	case c.Wait <= 0 || margin <= 0:
		return 0
	}
	return c.Wait + margin
}

// waits reports whether the owner is still there and has no reason to leave.
func (c *Call) waits() bool {
	if c.state.Load() != statePending {
		return false
	}
	select {
	case <-c.done: // nil: never
		return false
	default:
		return true
	}
}

// Begin notes that the call begins now, unless it has begun before. Layers above call it where a call may have
// to wait for a connection.
func (c *Call) Begin() { c.begin(Now()) }

// begin notes when the call was queued for the first time.
func (c *Call) begin(now time.Duration) {
	if c.Began == 0 {
		c.Began = now
	}
}

// fail records a failure on the way.
func (c *Call) fail(err error, phase Phase, outcome Outcome) {
	c.Err, c.Phase, c.Outcome = err, phase, outcome
}

// NotSent records that the call never came to a connection, which would have led to node.
func (c *Call) NotSent(node string, err error, phase Phase) {
	c.Sent, c.taken = 0, 0
	c.node, c.conn = node, nil
	c.fail(err, phase, NotSent)
}

// lost records that the connection failed when written bytes of its stream had left. Nothing runs before the bytes up to
// Commit have arrived: the server waits for the end of a request.
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

// Unanswered turns an error reply into a failure on the way.
func (c *Call) Unanswered(err error) {
	if c.refused {
		c.Sent, c.taken = 0, 0 // the replies of a batch all said "not now", which is none of its results
	}
	c.Refusal, c.refused = "", false
	c.fail(err, PhaseRead, MaybeExecuted)
}

// list is a queue of calls, linked through them, so that it needs no memory of its own.
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

// moveTo appends the whole list to another one and leaves this one empty.
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

// Now is the monotonic time since the program started: the cheapest clock there is.
func Now() time.Duration { return time.Since(epoch) }
