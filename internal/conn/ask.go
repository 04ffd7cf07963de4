package conn

import "context"

// question is a call of the client itself; a function takes its reply.
type question struct {
	call Call
	take func(frame []byte)
}

func (q *question) Decode(frame []byte) { q.take(frame) }

// Release leaves the record to the garbage collector.
func (q *question) Release() {}

// Refused is an error reply to Ask.
type Refused struct{ Text string }

func (e *Refused) Error() string { return e.Text }

// Ask sends an encoded command for the client itself, such as the PING of a health check, and waits for the
// reply. take gets the reply under the rules of Sink.Decode. An error reply becomes a *Refused. Any other
// error says why there is no reply; it is a *GaveUp or the failure of the connection. take is not called
// after Ask has returned.
func (c *Conn) Ask(ctx context.Context, wire []byte, take func(frame []byte)) error {
	q := &question{take: take}
	q.call.Wire, q.call.Sink = wire, q
	q.call.Reset()
	if gone := c.Do(ctx, &q.call); gone != nil {
		return gone
	}
	if q.call.Err == nil {
		c.answeredAt(q.call.queued)
	}
	if q.call.Refused() {
		return &Refused{q.call.Refusal}
	}
	return q.call.Err
}
