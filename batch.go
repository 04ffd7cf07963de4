package redpoll

import (
	"errors"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/resp"
)

// batchRun is one execution of a pipeline: the call, and the sink that takes its replies.
//
// The replies come in this order: one for each script that is loaded, then, in a transaction, those of MULTI, one for each
// command that says whether it was accepted, and the elements of EXEC's; else those of the commands.
type batchRun struct {
	c      *Client
	call   conn.Call
	info   command.Info
	reply  reply
	items  []item
	atomic bool
	loads  int
	sent   int // items on the wire
	prefix int // bytes of the wire in front of those that the items' ends count

	// What the replies said, apart from the items' own results.
	next     int   // the item that the next reply belongs to
	loadErr  error // of the first script that was refused
	multiErr error
	execErr  error  // of EXEC
	conflict bool   // EXEC gave nil: a watched key has changed
	executed bool   // EXEC has given its array
	refused  int    // items answered by "not now"
	refusal  string // the first of these answers
}

// Take takes one reply. The connection calls it.
func (r *batchRun) Take(i int, frame []byte) {
	if i == 0 {
		r.restart()
	}
	switch i -= r.loads; {
	case i < 0:
		if err := r.refusalIn(frame, "SCRIPT LOAD"); err != nil && r.loadErr == nil {
			r.loadErr = err
		}
	case !r.atomic:
		r.decode(r.nextItem(), frame)
	case i == 0:
		r.multiErr = r.refusalIn(frame, "MULTI")
	case i <= r.sent:
		it := r.nextItem()
		it.res.err = r.refusalIn(frame, it.info.Name)
	case r.call.Entered():
		if i == r.sent+1 {
			r.next, r.executed = 0, true
		}
		r.decode(r.nextItem(), frame)
	default:
		r.end(frame)
	}
	if r.refused > 0 && r.refused == r.sent {
		r.call.Refuse(r.refusal) // nothing was done: the whole can be sent again
	}
}

// restart forgets an earlier attempt.
func (r *batchRun) restart() {
	r.next, r.loadErr, r.multiErr, r.execErr = 0, nil, nil, nil
	r.conflict, r.executed = false, false
	r.refused, r.refusal = 0, ""
}

// nextItem is the next item that was sent.
func (r *batchRun) nextItem() *item {
	for r.items[r.next].local {
		r.next++
	}
	r.next++
	return &r.items[r.next-1]
}

// end takes the reply of EXEC when its elements are not handed out one by one.
func (r *batchRun) end(frame []byte) {
	if r.execErr = r.refusalIn(frame, "EXEC"); r.execErr != nil {
		return
	}
	d := resp.NewDecoder(frame)
	if r.conflict = d.Null(); r.conflict {
		return
	}
	n, err := d.Len()
	if err == nil && n != r.sent {
		err = errors.New("the server answered another number of commands")
	}
	if err != nil {
		r.execErr = &ReplyError{Command: "EXEC", Err: err}
		return
	}
	r.next, r.executed = 0, true
	for range n {
		element, err := d.Raw()
		if err != nil {
			r.execErr = &ReplyError{Command: "EXEC", Err: err}
			return
		}
		r.decode(r.nextItem(), element)
	}
}

// decode takes the reply of one command.
func (r *batchRun) decode(it *item, frame []byte) {
	if it.res.err = r.refusalIn(frame, it.info.Name); it.res.err != nil {
		return
	}
	r.reply.text = r.c.text
	r.reply.Reset(frame)
	err := it.fill(&r.reply, it.slot)
	r.reply.Reset(nil)
	if err != nil && !errors.Is(err, Nil) {
		err = &ReplyError{Command: it.info.Name, Err: err}
	}
	it.res.err = err
}

// refusalIn is the error of a reply that is one.
func (r *batchRun) refusalIn(frame []byte, name string) error {
	d := resp.NewDecoder(frame)
	if !d.IsError() {
		return nil
	}
	text, _ := d.ErrorText()
	if route.Transient(text) {
		if r.refused == 0 {
			r.refusal = text
		}
		r.refused++
	}
	return replied(r.c.node, name, text)
}

// Decode is never called: all replies of a batch go to Take.
func (r *batchRun) Decode([]byte) {}

// Release leaves the record to the collector. Its owner has gone, and has kept the items.
func (r *batchRun) Release() {}
