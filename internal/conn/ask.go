package conn

import "context"

// question is a call of the client itself, whose answer a function takes.
type question struct {
	call Call
	take func(frame []byte)
}

func (q *question) Decode(frame []byte) { q.take(frame) }

// Release leaves the record to the collector: the one who asked has gone.
func (q *question) Release() {}

// Refused is an error reply to Ask.
type Refused struct{ Text string }

func (e *Refused) Error() string { return e.Text }

// Ask sends an encoded command that the client itself wants an answer to, such as the PING of a health check, and waits for the
// answer. take gets it under the rules of Sink.Decode. An error reply is a *Refused. Any other error is why there is no answer,
// a *GaveUp or what became of the connection; take is not called any more then.
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
