package redpoll

import (
	"errors"
	"fmt"
	"slices"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// batchRun is one execution of a pipeline: the call, and the sink of its replies.
//
// The replies come in this order: first one for each script that is loaded. In a transaction follow the reply
// to MULTI, one reply per command that says whether it was accepted, and the elements of the reply to EXEC;
// otherwise the replies to the commands.
type batchRun struct {
	c     *Client
	call  conn.Call
	info  command.Info
	reply reply
	commandList
	atomic bool
	loads  []load
	sent   int // items on the wire

	attempts int // number of attempts that have brought a reply
	size     int // number of items of the last use

	// which has the indexes of the items in this part; nil if the run has all items.
	which []int
	gone  *conn.GaveUp // not nil: the call was given up
	// more has the later runs of a pipeline, for commands that were sent again. Only the last one must be
	// kept.
	more []*batchRun
	// bytes has the places of a pipeline's commands on the wire; filled on first use.
	bytes []span

	// Results of the replies, apart from those of the items.
	next     int     // item of the next reply
	unloaded []error // errors of the loads; nil if none was refused
	multiErr error
	execErr  error  // of EXEC
	conflict bool   // the reply to EXEC was nil: a watched key has changed
	executed bool   // the reply to EXEC was an array
	loose    bool   // MULTI was refused, and a command ran on its own
	faulty   bool   // the result of an item is an error
	failed   int    // items refused before anything of a transaction was executed
	refused  int    // those of them that were refused only for now
	refusal  string // the first of these answers
}

// batchRuns are the spare records of pipelines.
var batchRuns spare.Pool[batchRun]

func newBatchRun() *batchRun {
	r := batchRuns.Get()
	if r == nil {
		r = new(batchRun)
		r.call.Sink = r
	}
	return r
}

// recycle puts the record back, together with the memory of buf, which must not be read any more.
func (r *batchRun) recycle(buf []byte) {
	if cap(buf) > maxPooledWire {
		buf = nil
	}
	if len(r.items) > 0 {
		r.size = min(len(r.items), maxPooledItems)
	}
	r.attempts = 0
	r.restart()
	// Seldom: the call was given up or sent again, or a load failed
	if r.gone != nil || r.bytes != nil || r.unloaded != nil {
		r.gone, r.more, r.unloaded = nil, nil, nil
		clear(r.bytes)
		r.bytes = r.bytes[:0]
	}
	r.c, r.commandList, r.loads, r.reply.Encoding = nil, commandList{}, nil, nil
	r.call.Reset()
	r.call.Wire = buf[:0]
	batchRuns.Put(r)
}

// maxPooledItems bounds the initial capacity of a new pipeline for commands.
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
			r.count(refusal, false) // the router decides about repeats
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

// ahead returns the loads as a prelude of the call.
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

// Expect returns the number of next replies that may be a plain OK. The connection calls it, and Expected for
// those that are.
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

// Expected takes n replies that were equal to the frame of Expect.
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

// restart drops the results of an earlier attempt.
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

// count records that a command was refused, and whether only for now.
func (r *batchRun) count(refusal *ServerError, forNow bool) {
	r.failed++
	if forNow {
		if r.refused == 0 {
			r.refusal = refusal.words()
		}
		r.refused++
	}
}

// queued takes the reply to a command of a transaction before EXEC.
func (r *batchRun) queued(it *item, frame []byte) error {
	if refusal := r.refusalIn(frame, it.info.Name); refusal != nil {
		r.count(refusal, r.passing(refusal.words()))
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

// passing reports whether another attempt may succeed after a refusal, on a cluster also on another node.
func (r *batchRun) passing(refusal string) bool {
	if route.Passing(refusal) {
		return true
	}
	return r.c.clustered && route.Redirects(refusal)
}

// says reports whether a reply is a status with this text.
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

// nextItem returns the next item that was sent.
func (r *batchRun) nextItem() *item {
	for {
		it := r.item(r.next)
		r.next++
		if !it.local {
			return it
		}
	}
}

// own is the number of the run's items, and item returns one of them.
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

// end takes the reply to EXEC if its elements were not handed out one by one.
func (r *batchRun) end(frame []byte) error {
	if refusal := r.refusalIn(frame, "EXEC"); refusal != nil {
		r.execErr = refusal
		if r.failed == 0 {
			r.refusal = refusal.words()
		}
		if !r.loose && r.refused == r.failed && r.passing(r.refusal) {
			r.call.Refuse(r.refusal) // nothing was executed, and every refusal was only for now
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

// decode takes the reply to one command, and returns it if it is a refusal.
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
	if it.res.err = nil; err != nil {
		it.res.err, r.faulty = misread(it.info, err, g.slot), true
	}
	return nil
}

// refusalIn returns the error of an error reply; nil for other replies.
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
	return replied(from(&r.call), r.call.Node(), name, text)
}

// Decode is never called, because all replies of a batch go to Take.
func (r *batchRun) Decode([]byte) {}

// Release leaves the record to the collector. Its owner has gone, and has kept the items.
func (r *batchRun) Release() {}

// A batchRun is the router's view of a pipeline. The first run stands for the pipeline and for the part that
// has all commands. Commands that are sent again have a run of their own.
var (
	_ route.Batch = (*batchRun)(nil)
	_ route.Part  = (*batchRun)(nil)
)

// span is the place of a command: its item, and its bytes.
type span struct {
	item       int
	start, end int         // in the call's Wire
	holes      []wire.Hole // large arguments of the command
	behind     int         // length of the call up to the end of the command
}

// spans returns the places of the commands that are sent.
func (r *batchRun) spans() []span {
	if len(r.bytes) > 0 {
		return r.bytes
	}
	r.bytes = slices.Grow(r.bytes, r.sent)
	at, behind, holes := 0, 0, r.call.Holes
	if r.atomic {
		at, behind = len(multi), len(multi)
	}
	for i := range r.own() {
		item := i
		if r.which != nil {
			item = r.which[i]
		}
		if r.items[item].local {
			continue
		}
		w, _ := wire.Begin(r.call.Wire, holes, at)
		end, n, ok := w.Skip(holes)
		if !ok {
			panic("BUG: what was encoded is not a command")
		}
		behind += wire.Size(r.call.Wire[at:end], holes[:n])
		r.bytes = append(r.bytes, span{item, at, end, holes[:n], behind})
		at, holes = end, holes[n:]
	}
	return r.bytes
}

// Atomic reports whether the commands are between MULTI and EXEC.
func (r *batchRun) Atomic() bool { return r.atomic }

// Len is the number of commands that are sent.
func (r *batchRun) Len() int { return r.sent }

// Command returns the description of a command that is sent.
func (r *batchRun) Command(i int) *command.Info { return r.items[r.spans()[i].item].info }

// AppendKeys appends the keys of a command that is sent.
func (r *batchRun) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	s := r.spans()[i]
	w, _ := wire.Begin(r.call.Wire, s.holes, s.start)
	return r.items[s.item].info.AppendKeys(dst, w)
}

// Channel returns the channel that a command publishes to.
func (r *batchRun) Channel(i int) (channel []byte, ok bool) {
	s := r.spans()[i]
	w, _ := wire.Begin(r.call.Wire, s.holes, s.start)
	return r.items[s.item].info.Channel(w)
}

// Refused reports whether any command of the run got an error reply.
func (r *batchRun) Refused() bool { return r.failed > 0 }

// Refusal is the error reply to a command; "" if there was none.
func (r *batchRun) Refusal(i int) string {
	refusal, ok := r.items[r.spans()[i].item].res.err.(*ServerError)
	switch {
	case !ok:
		return ""
	case refusal.Code == "":
		return refusal.Message
	}
	return refusal.Code + " " + refusal.Message
}

// Fail makes the failure of a call the error of a command.
func (r *batchRun) Fail(i int, failed *conn.Call) {
	r.items[r.spans()[i].item].res.err = failure(failed)
	r.faulty = true
}

// Part makes a run of some commands. nil means all commands, in the first run.
func (r *batchRun) Part(commands []int) route.Part {
	if commands == nil {
		return r
	}
	return r.part(commands)
}

// Split makes a run of some commands, which may be sent again in parts of its own.
func (r *batchRun) Split(commands []int) route.Batch { return r.part(commands) }

// part makes a run of some commands.
func (r *batchRun) part(commands []int) *batchRun {
	part := &batchRun{c: r.c, info: r.info, commandList: r.commandList, sent: len(commands)}
	part.call.Reset()
	part.call.Sink, part.call.Info = part, &part.info
	part.call.Class, part.call.Wait = r.call.Class, r.call.Wait
	part.loads, part.call.Replies = r.loads, len(commands)
	part.call.Prelude = part.ahead() // its own: parts may be under way at the same time
	size := 0
	for _, i := range commands {
		size += r.spans()[i].end - r.spans()[i].start
	}
	part.which, part.call.Wire = make([]int, 0, len(commands)), make([]byte, 0, size)
	for n, i := range commands {
		s := r.spans()[i]
		part.which = append(part.which, s.item)
		for _, h := range s.holes {
			part.call.Holes = append(part.call.Holes,
				wire.Hole{At: len(part.call.Wire) + h.At - s.start, Data: h.Data})
		}
		part.call.Wire = append(part.call.Wire, r.call.Wire[s.start:s.end]...)
		if n == 0 {
			part.call.Commit = part.call.Size()
		}
	}
	if part.call.Class == conn.Large && part.call.Size() < largeRequest {
		part.call.Class = conn.Shared
	}
	// Parts that have their replies are not kept, because there may be thousands while a server loads for
	// minutes.
	r.more = slices.DeleteFunc(r.more, func(part *batchRun) bool {
		over := part.complete()
		if over {
			r.take(part)
		}
		return over
	})
	r.more = append(r.more, part)
	return part
}

// take notes what a part that has ended says about the whole.
func (r *batchRun) take(part *batchRun) {
	r.faulty = r.faulty || part.faulty
	if part.unloaded != nil {
		r.unloaded = part.unloaded
	}
}

// complete reports whether a part has got all of its replies.
func (r *batchRun) complete() bool {
	return r.gone == nil && r.call.Err == nil && r.call.Taken() == r.sent
}

// Call returns the call of a run.
func (r *batchRun) Call() *conn.Call { return &r.call }

// GaveUp records that the call was given up.
func (r *batchRun) GaveUp(gone *conn.GaveUp) { r.gone = gone }

// where returns the server of the last part and the number of attempts, for hooks.
func (r *batchRun) where() (node string, attempts int) {
	last := r
	if n := len(r.more); n > 0 {
		last = r.more[n-1]
	}
	if last.gone != nil {
		return last.gone.Node, last.gone.Repeats + 1
	}
	return last.call.Node(), last.call.Repeats + 1
}

// names returns the names of the commands that are sent, for hooks.
func (r *batchRun) names() []string {
	names := make([]string, 0, r.sent)
	for i := range r.items {
		if it := &r.items[i]; !it.local {
			names = append(names, it.info.Name)
		}
	}
	return names
}
