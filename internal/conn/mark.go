package conn

import (
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// If the server sends one reply too many, every later reply goes to the wrong caller, and nothing in the
// protocol shows this: replies have no numbers. On a connection that sometimes pauses the surplus is noticed.
// On a connection that never pauses, marks limit the damage: from time to time the watchdog queues an ECHO of
// a number. If another reply comes in its place, the connection fails.
//
// Marks are sent only on connections with much traffic, and only if the handshake showed a real server:
// RESP3.
const (
	markEvery = time.Second
	markCalls = 4096 // least number of calls since the last mark
)

// mark is a question with a known answer.
type mark struct {
	c    *Conn
	call Call
	want string
}

var closedDone = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Decode compares the reply.
func (m *mark) Decode(frame []byte) {
	d := resp.NewDecoder(frame)
	if got, err := d.Bytes(); err != nil || string(got) != m.want {
		m.c.lost = &DesyncError{
			Reason: "replies do not belong to their commands any more: " +
				"the server must have sent one too many"}
	}
}

// Release does nothing: a mark is not used again.
func (m *mark) Release() {}

// marking is the watchdog's state for marks.
type marking struct {
	at    time.Duration
	calls uint64
	n     int
	out   *mark // the mark in flight
	off   bool  // the server refuses ECHO
}

// remark queues a mark if one is due. The watchdog calls it with mu held.
func (c *Conn) remark(now time.Duration) {
	w := &c.watch.marks
	if w.out != nil {
		select {
		case <-w.out.call.ready:
			c.husks.Add(-1)
			w.off = w.off || w.out.call.refused
			w.out = nil
		default:
			return
		}
	}
	if w.off || c.err != nil || c.retiring || c.info.Proto < 3 || now-w.at < markEvery ||
		c.counts.Calls-w.calls < markCalls {
		return
	}
	w.at, w.calls = now, c.counts.Calls
	w.n++
	m := &mark{c: c, want: "redpoll " + strconv.Itoa(w.n)}
	m.call.Sink, m.call.Wire = m, resp.AppendCommand(nil, "ECHO", m.want)
	m.call.Reset()
	m.call.done = closedDone // it never reads for others
	c.husks.Add(1)
	c.enqueue(&m.call)
	w.out = m
}

// enqueue appends a call that nobody waits for. The next flush writes it. mu is held.
func (c *Conn) enqueue(call *Call) {
	if call.Prelude != nil {
		c.out.add(call.Prelude.Wire)
		c.appended += uint64(len(call.Prelude.Wire))
	}
	c.out.addCall(call)
	c.appended += uint64(call.Size())
	call.end = c.appended
	c.queued.push(call)
	c.waiting++
}
