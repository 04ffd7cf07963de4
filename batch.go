package redpoll

import (
	"errors"
	"fmt"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// batchRun is one execution of a pipeline: the call, and the sink that takes its replies.
//
// The replies come in this order: one for each script that is loaded, then, in a transaction, those of MULTI, one for each
// command that says whether it was accepted, and the elements of EXEC's; else those of the commands.
type batchRun struct {
	c     *Client
	call  conn.Call
	info  command.Info
	reply reply
	commandList
	atomic bool
	loads  []load
	sent   int // items on the wire

	attempts int // that have brought a reply
	size     int // items of the last use

	which []int        // the places of its items, if this run is for some of a pipeline only; nil: all
	gone  *conn.GaveUp // not nil: the call was given up
	more  []*batchRun  // of a pipeline: the runs behind the first one, for what was sent again; only the last one need be here
	bytes []span       // of a pipeline: where the commands stand on the wire; made when first asked for

	// What the replies said, apart from the items' own results.
	next     int     // the item that the next reply belongs to
	unloaded []error // by load, why it was refused; nil: none was
	multiErr error
	execErr  error  // of EXEC
	conflict bool   // EXEC gave nil: a watched key has changed
	executed bool   // EXEC has given its array
	loose    bool   // MULTI was refused, and a command ran on its own
	faulty   bool   // an item has got an error
	failed   int    // items answered by an error before anything of a transaction was executed
	refused  int    // those of them that were answered by "not now"
	refusal  string // the first of these answers
}

func newBatchRun() *batchRun {
	r, _ := spare.Get(batchRuns).(*batchRun)
	if r == nil {
		r = new(batchRun)
		r.call.Sink = r
	}
	return r
}

// recycle puts the record back, together with the memory of the bytes, which nobody must read any more.
func (r *batchRun) recycle(buf []byte) {
	if cap(buf) > maxPooledWire {
		buf = nil
	}
	if len(r.items) > 0 {
		r.size = min(len(r.items), maxPooledItems)
	}
	r.attempts = 0
	r.restart()
	if r.gone != nil || r.bytes != nil || r.unloaded != nil { // seldom: what was given up, sent again, or not loaded
		r.gone, r.more, r.bytes, r.unloaded = nil, nil, nil, nil
	}
	r.c, r.commandList, r.loads, r.reply.Encoding = nil, commandList{}, nil, nil
	r.call.Reset()
	r.call.Wire = buf[:0]
	spare.Put(batchRuns, r)
}

// maxPooledItems bounds the room that a new pipeline has for commands from the beginning.
const maxPooledItems = 1024

// Take takes one reply. The connection calls it.
func (r *batchRun) Take(i int, frame []byte) error {
	if i == 0 {
		r.restart()
		r.attempts++
	}
	switch {
	case !r.atomic:
		if refusal := r.decode(r.nextItem(), frame); refusal != nil {
			r.count(refusal, false) // the router says what is sent again
		}
	case i == 0:
		if refusal := r.refusalIn(frame, "MULTI"); refusal != nil {
			r.multiErr = refusal
		} else if !says(frame, "OK") {
			//houserules:ok family: the connection puts it into a ConnError
			return errors.New("not the answer to MULTI")
		}
	case i <= r.sent:
		return r.queued(r.nextItem(), frame)
	case r.call.Entered():
		if i == r.sent+1 {
			r.next, r.executed = 0, true
		}
		r.decode(r.nextItem(), frame)
	default:
		return r.end(frame)
	}
	return nil
}

// ahead makes the loads what goes out in front of the call.
func (r *batchRun) ahead() *conn.Prelude {
	if len(r.loads) == 0 {
		return nil
	}
	p := &conn.Prelude{Replies: len(r.loads), Check: r.loaded}
	for _, l := range r.loads {
		p.Wire = resp.AppendCommand(p.Wire, l.what, "LOAD", l.text)
	}
	return p
}

// loaded takes the reply to a load. The connection calls it.
func (r *batchRun) loaded(i int, frame []byte) {
	if i == 0 {
		r.unloaded = nil
	}
	if refusal := r.refusalIn(frame, r.loads[i].what+" LOAD"); refusal != nil {
		if r.unloaded == nil {
			r.unloaded = make([]error, len(r.loads))
		}
		r.unloaded[i] = refusal
	}
}

// Expect tells how many of the next replies may be a plain OK. The connection calls it, and Expected for those that are.
func (r *batchRun) Expect(i, most int) (frame string, n int) {
	switch {
	case !r.atomic, r.call.Entered():
	case i > 0 && i <= r.sent && r.multiErr == nil:
		return "+QUEUED\r\n", min(most, r.sent-i+1)
	default:
		return "", 0
	}
	if r.which != nil {
		return "", 0
	}
	items := r.items[r.next:]
	for n < min(most, len(items)) && items[n].goal == 0 && !items[n].local {
		n++
	}
	return "+OK\r\n", n
}

// Expected takes n replies that were what Expect has named.
func (r *batchRun) Expected(n int) {
	if r.sent < len(r.items) {
		for range n {
			r.nextItem().res.err = nil
		}
		return
	}
	items := r.items[r.next : r.next+n]
	for i := range items {
		items[i].res.err = nil
	}
	r.next += n
}

// restart forgets an earlier attempt.
func (r *batchRun) restart() {
	r.next, r.multiErr, r.execErr = 0, nil, nil
	r.conflict, r.executed, r.loose, r.faulty = false, false, false, false
	r.failed, r.refused, r.refusal = 0, 0, ""
	if r.attempts == 0 {
		return
	}
	for i := range r.own() {
		it := r.item(i)
		if slot := slotOf(&r.commandList, it); slot != nil && !it.local {
			structs.Clear(slot)
		}
	}
}

// count notes that a command was refused, and whether only for now.
func (r *batchRun) count(refusal *ServerError, forNow bool) {
	r.failed++
	if forNow {
		if r.refused == 0 {
			r.refusal = refusal.Error()
		}
		r.refused++
	}
}

// queued takes what the server says to a command of a transaction before EXEC.
func (r *batchRun) queued(it *item, frame []byte) error {
	if refusal := r.refusalIn(frame, it.info.Name); refusal != nil {
		r.count(refusal, route.Passing(refusal.Error()))
		it.res.err, r.faulty = refusal, true
		return nil
	}
	it.res.err = nil
	switch {
	case says(frame, "QUEUED"):
	case r.multiErr == nil:
		//houserules:ok family: the connection puts it into a ConnError
		return errors.New("neither accepted for the transaction nor refused")
	default:
		r.loose = true
		r.decode(it, frame)
	}
	return nil
}

// says reports whether a reply is a status of that text.
func says(frame []byte, text string) bool {
	if len(frame) == len(text)+3 && string(frame[1:1+len(text)]) == text {
		return frame[0] == byte(resp.KindStatus)
	}
	d := resp.NewDecoder(frame) // there may be attributes in front
	if d.Kind() != resp.KindStatus {
		return false
	}
	got, err := d.Bytes()
	return err == nil && string(got) == text
}

// nextItem is the next item that was sent.
func (r *batchRun) nextItem() *item {
	for {
		it := r.item(r.next)
		r.next++
		if !it.local {
			return it
		}
	}
}

// own is the number of items that the run is for, and item gives one of them.
func (r *batchRun) own() int {
	if r.which != nil {
		return len(r.which)
	}
	return len(r.items)
}

func (r *batchRun) item(i int) *item {
	if r.which != nil {
		i = r.which[i]
	}
	return &r.items[i]
}

// end takes the reply of EXEC when its elements are not handed out one by one.
func (r *batchRun) end(frame []byte) error {
	if refusal := r.refusalIn(frame, "EXEC"); refusal != nil {
		r.execErr = refusal
		if r.failed == 0 {
			r.refusal = refusal.Error()
		}
		if !r.loose && r.refused == r.failed && route.Passing(r.refusal) {
			r.call.Refuse(r.refusal) // nothing was executed, and nothing refused for ever
		}
		return nil
	}
	d := resp.NewDecoder(frame)
	if r.conflict = d.Null(); r.conflict {
		return nil
	}
	n, err := d.Len()
	if err != nil {
		//houserules:ok family: the connection puts it into a ConnError
		return fmt.Errorf("not the answer to EXEC: %w", err)
	}
	if n != r.sent {
		//houserules:ok family: the connection puts it into a ConnError
		return fmt.Errorf("EXEC answered %d commands with %d replies", r.sent, n)
	}
	r.next, r.executed = 0, true
	for range n {
		element, err := d.Raw()
		if err != nil {
			return err
		}
		r.decode(r.nextItem(), element)
	}
	return nil
}

// decode takes the reply of one command, and returns it if it is a refusal.
func (r *batchRun) decode(it *item, frame []byte) *ServerError {
	if it.goal == 0 && string(frame) == "+OK\r\n" {
		it.res.err = nil
		return nil
	}
	if refusal := r.refusalIn(frame, it.info.Name); refusal != nil {
		it.res.err, r.faulty = refusal, true
		return refusal
	}
	r.reply.Encoding, r.reply.Given = r.c.text, r.call.Given
	r.reply.Reset(frame)
	g := goal{fill: intoOK}
	if it.goal > 0 {
		g = r.goals[it.goal-1]
	}
	var err error
	if it.each {
		want, _ := r.goals[it.goal].slot.(int)
		err = r.reply.Elements(want)
	}
	if err == nil {
		err = g.fill(&r.reply, g.slot)
	}
	r.reply.Reset(nil)
	if err != nil && (!errors.Is(err, Nil) || it.info.Flags.Has(command.Definite)) {
		err = misread(it.info.Name, err, g.slot)
	}
	if it.res.err = err; err != nil {
		r.faulty = true
	}
	return nil
}

// refusalIn is the error of a reply that is one.
func (r *batchRun) refusalIn(frame []byte, name string) *ServerError {
	switch resp.Kind(frame[0]) {
	case resp.KindError, resp.KindBlobError, resp.KindAttribute:
	default:
		return nil
	}
	d := resp.NewDecoder(frame)
	if !d.IsError() {
		return nil
	}
	text, _ := d.ErrorText()
	return replied(r.call.Node(), name, text)
}

// Decode is never called: all replies of a batch go to Take.
func (r *batchRun) Decode([]byte) {}

// Release leaves the record to the collector. Its owner has gone, and has kept the items.
func (r *batchRun) Release() {}
