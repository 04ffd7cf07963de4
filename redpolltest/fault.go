package redpolltest

import "fmt"

// Fault is a fault at a byte position that was set on a [Proxy].
type Fault struct {
	p       *Proxy
	kind    faultKind
	dir     Direction
	after   int64
	how     How
	garbage []byte
	options FaultOption

	struck int           // connections hit; guarded by p.mu
	done   chan struct{} // closed when the first hit has been handled
}

type faultKind int

const (
	faultCut faultKind = iota
	faultTruncate
	faultGarbage
)

// FaultOption changes how a fault at a byte position works. Options may be given together.
type FaultOption int

// These are the options of faults at a byte position.
const (
	// FromNow counts the bytes of open connections from the moment when the fault is set, instead of from the
	// start of the connection. Later connections always count from their start.
	FromNow FaultOption = 1 << iota

	// Once lifts the fault when it has struck one connection.
	Once

	// AfterReplies, for CutAfter(ToServer, ...), first passes on to the client all replies to the requests
	// that were passed on: the server is shown the end of the stream, and the client's end is cut when the
	// server has closed its side.
	AfterReplies
)

// CutAfter ends connections when exactly n bytes were passed on in direction dir. If n is 0, it strikes when
// the first byte arrives; otherwise as soon as n bytes have passed, at once if they already have. It replaces
// the byte fault that was set for dir. The server has really received the bytes that were passed on to it:
//
//   - The client's end is closed or reset, as how says, after n bytes to the client have reached its system.
//     After Close, further bytes of the client are swallowed, so that the orderly end does not turn into a
//     reset.
//   - The server's end always sees an orderly end of the stream after the bytes that were passed on, because
//     a reset would drop bytes that it has not read yet.
//   - The other direction ends at the same moment, and bytes that were not passed on yet are lost. So a cut
//     to the server loses the replies in transit (but see [AfterReplies]), and a cut to the client loses the
//     requests behind the one whose reply was cut.
//
// When Done is closed, the server has closed its side too. It has read and executed everything that it will
// ever get from this connection.
func (p *Proxy) CutAfter(dir Direction, n int64, how How, options ...FaultOption) *Fault {
	return p.setFault(&Fault{kind: faultCut, dir: dir, after: n, how: how}, options)
}

// Truncate swallows everything in direction dir after n bytes of a connection. Connections stay open. It
// replaces the byte fault that was set for dir.
func (p *Proxy) Truncate(dir Direction, n int64, options ...FaultOption) *Fault {
	return p.setFault(&Fault{kind: faultTruncate, dir: dir, after: n}, options)
}

// Garbage inserts bytes into direction dir of each connection, once, when n bytes have passed, at once if
// they already have; the sender's further bytes follow. It replaces the byte fault that was set for dir. With
// n = 0 and [FromNow], open connections get the bytes at once, and new ones at their start.
func (p *Proxy) Garbage(dir Direction, n int64, bytes []byte, options ...FaultOption) *Fault {
	return p.setFault(&Fault{kind: faultGarbage, dir: dir, after: n, garbage: append([]byte(nil), bytes...)},
		options)
}

func (p *Proxy) setFault(f *Fault, options []FaultOption) *Fault {
	f.p, f.done = p, make(chan struct{})
	for _, o := range options {
		f.options |= o
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules[f.dir].fault = f
	for l := range p.links {
		lane := &l.lanes[f.dir]
		lane.base, lane.struckBy = 0, nil
		if f.options&FromNow != 0 {
			lane.base = lane.passed
		}
	}
	p.wake()
	return f
}

// Struck returns the number of connections that the fault has hit so far.
func (f *Fault) Struck() int {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	return f.struck
}

// Done is closed when the fault has done its work on the first connection. For [Proxy.CutAfter] this is when
// client and server have both seen the end, which a paused server does not see.
func (f *Fault) Done() <-chan struct{} { return f.done }

// Wait waits for Done. After half a minute it marks the test as failed.
func (f *Fault) Wait() {
	f.p.t.Helper()
	if !await(f.done) {
		f.p.t.Errorf("redpolltest: proxy: %v did not strike: %s", f, f.p.state())
	}
}

// Lift ends this fault, if it is still set.
func (f *Fault) Lift() {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	f.lift()
}

// lift is Lift with p.mu held.
func (f *Fault) lift() {
	if f.p.rules[f.dir].fault == f {
		f.p.rules[f.dir].fault = nil
		f.p.wake()
	}
}

// strike notes that f has hit a connection. p.mu is held.
func (f *Fault) strike() {
	f.struck++
	f.p.note()
	if f.options&Once != 0 {
		f.lift()
	}
}

// finish closes Done. p.mu is held.
func (f *Fault) finish() {
	select {
	case <-f.done:
	default:
		close(f.done)
	}
}

// String describes the fault, such as "reset after 17 bytes to server".
func (f *Fault) String() string {
	what := f.how.String()
	switch f.kind {
	case faultTruncate:
		what = "truncate"
	case faultGarbage:
		what = fmt.Sprintf("%d bytes of garbage", len(f.garbage))
	}
	return fmt.Sprintf("%s after %d bytes %v", what, f.after, f.dir)
}
