package route

import (
	"bytes"
	"context"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/copies"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// copyBatch is a pipeline with writes under way. Its first node gets the commands that read, too.
type copyBatch struct {
	*copyWrite
	b        Batch
	atomic   bool
	commands []copyCommand
	results  [][]copyResult // by node and command
}

// copyCommand is a command of a pipeline.
type copyCommand struct {
	info  *command.Info
	words [][]byte
	keys  [][]byte
	way   copies.Way
	reads bool
	// publishes says that it is a message, for the subscribers of all nodes.
	publishes bool
}

// copyResult is what became of a command on a node.
type copyResult struct {
	frame []byte // its reply; nil if there is none
	end   partEnd
}

var (
	infoBatch = &command.Info{Name: "pipeline", Flags: command.Write}
	infoMulti = &command.Info{Name: "transaction", Flags: command.Write}
)

// Batch sends a pipeline. One that only reads goes to one node. One with writes goes to all, in the form in
// which a single write does; one that is atomic, or has to be decided by one node, goes to one of them first.
func (r *Copy) Batch(ctx context.Context, b Batch) { r.batch(ctx, b, nil) }

func (r *Copy) batch(ctx context.Context, b Batch, pinned *copySession) {
	call := b.Part(nil).Call()
	call.Begin()
	r.held.Add(1)
	defer r.held.Add(-1)
	if r.over(ctx) && pinned == nil {
		call.NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
		return
	}
	if ctx.Err() != nil {
		call.NotSent(r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent), conn.PhaseQueue)
		return
	}
	w, refused := r.planBatch(ctx, b, call)
	switch {
	case refused != nil:
		call.NotSent(r.cfg.Name, refused, conn.PhaseQueue)
	case w.ticket == nil && pinned != nil:
		pinned.Session.Batch(ctx, b)
	case w.ticket == nil:
		r.readBatch(ctx, b, call, w.keys)
	default:
		if r.tickets.Take(ctx, w.ticket) != nil {
			call.NotSent(r.cfg.Name, conn.NewGaveUp(ctx, conn.NotSent), conn.PhaseQueue)
			return
		}
		w.do(Onward(ctx), call, pinned)
		r.tickets.Return(w.ticket)
	}
}

// planBatch takes a pipeline apart. The ticket is nil if it only reads.
func (r *Copy) planBatch(ctx context.Context, b Batch, call *conn.Call) (*copyBatch, error) {
	w := &copyBatch{b: b, atomic: b.Atomic(), commands: make([]copyCommand, b.Len()),
		copyWrite: &copyWrite{r: r, info: infoBatch, class: call.Class}}
	if w.atomic {
		w.info = infoMulti
	}
	if call.Prelude != nil || call.Class == conn.Blocking {
		return nil, &CopyRefusal{scripted}
	}
	text, ok := wire.Begin(call.Wire, call.Holes, 0)
	if ok && w.atomic { // MULTI
		text.Next()
		ok = text.More()
	}
	writes, whole := false, false
	for i := range w.commands {
		c := &w.commands[i]
		c.info = b.Command(i)
		for text.Left() > 0 && ok {
			var word []byte
			word, ok = text.Next()
			c.words = append(c.words, word)
		}
		if !ok {
			return nil, &CopyRefusal{c.info}
		}
		c.keys, _ = b.AppendKeys(nil, i)
		_, c.publishes = b.Channel(i)
		c.reads = c.info.Retry == command.RetryRead && !c.info.Flags.Has(command.Held)
		if c.reads {
			if aboutOneCopy(c.info) {
				return nil, &EachNodeError{c.info}
			}
		} else {
			writes = true
			whole = whole || c.info.Flags.Has(command.Write) && len(c.keys) == 0
			if err := w.form(ctx, c); err != nil {
				return nil, err
			}
		}
		w.keys = append(w.keys, c.keys...)
		ok = text.More() || i == len(w.commands)-1
	}
	if !writes {
		return w, nil
	}
	for _, n := range r.nodes {
		if _, many := n.router.(*Replicas); n.single == nil && !many {
			return nil, &CopyRefusal{nested}
		}
	}
	if whole {
		w.ticket = r.tickets.All()
	} else {
		w.ticket = append(copies.Ticket{}, r.tickets.For(w.keys...)...)
	}
	return w, nil
}

// Names of what a copy refuses besides commands.
var (
	scripted = &command.Info{Name: "a pipeline with scripts or blocking commands"}
	nested   = &command.Info{Name: "a pipeline with writes, on a copy of clusters,"}
)

// form puts a write into the form for all nodes.
func (w *copyBatch) form(ctx context.Context, c *copyCommand) error {
	switch c.info.Copy {
	case command.CopyNone, command.CopyScript, command.CopyBlock:
		return &CopyRefusal{c.info}
	}
	if c.way = copies.ToAll; c.info.Copy == command.CopySame && c.info.Name != "COPY" {
		return nil
	}
	now, skew := w.r.now(ctx)
	if c.words, c.way = copies.Form(c.info, c.words, now, skew); c.way == copies.Refused {
		return &CopyRefusal{c.info}
	}
	if len(c.keys) == 0 {
		c.way = copies.ToAll // all servers say what is wrong with it
	}
	return nil
}

// readBatch sends a pipeline that only reads to one node after the other until one answers.
func (r *Copy) readBatch(ctx context.Context, b Batch, call *conn.Call, keys [][]byte) {
	var key []byte
	if len(keys) > 0 {
		key = keys[0]
	}
	tried := false
	for _, i := range r.order(key) {
		n := r.nodes[i]
		if n.single != nil {
			if c, err := n.single.Node.Pool.Shared(ctx); err == nil {
				n.prove(ctx, c)
			} else if ctx.Err() == nil {
				n.leave(err)
			}
		}
		if n.away.Load() || !r.list.Clean(i) && (len(keys) == 0 || r.misses(i, keys)) {
			continue
		}
		tried = true
		n.router.Batch(ctx, b)
		if call.Err == nil || ctx.Err() != nil || call.Taken() > 0 {
			return
		}
		call.Again()
	}
	if !tried {
		call.NotSent(r.cfg.Name, errBehind, conn.PhaseQueue)
	}
}

// misses reports whether a node may have another value of one of some keys.
func (r *Copy) misses(node int, keys [][]byte) bool {
	if r.list.Clean(node) {
		return false
	}
	for _, key := range keys {
		if r.list.Has(node, key) {
			return true
		}
	}
	return r.list.Behind(node)
}

// do sends a pipeline with writes, whose ticket has been taken.
func (w *copyBatch) do(ctx context.Context, call *conn.Call, pinned *copySession) {
	var key []byte
	if len(w.keys) > 0 {
		key = w.keys[0]
	}
	w.order = w.r.order(key)
	for _, n := range w.r.nodes {
		w.parts = append(w.parts, &copyPart{node: n})
		w.results = append(w.results, make([]copyResult, len(w.commands)))
	}
	all := func(int) bool { return true }
	static := !w.atomic
	byState := false
	for _, c := range w.commands {
		static = static && (c.reads || c.way == copies.ToAll)
		byState = byState || c.way == copies.ByState
	}
	if static {
		first := w.leader()
		for _, p := range w.parts {
			w.fill(p, func(c int) bool { return p == first || !w.commands[c].reads }, false)
		}
		w.first = first
		w.fan(ctx, w.parts)
		for _, p := range w.parts {
			w.read(p, func(c int) bool { return p == first || !w.commands[c].reads })
		}
		w.conclude(ctx, call)
		return
	}
	if !w.lead(ctx, pinned, all) {
		w.conclude(ctx, call)
		return
	}
	if byState {
		w.followAll(ctx)
		w.conclude(ctx, call)
		return
	}
	w.derive(ctx)
	w.conclude(ctx, call)
}

// leader returns the part of the node that gets the reads.
func (w *copyBatch) leader() *copyPart {
	for _, i := range w.order {
		if !w.parts[i].node.away.Load() && !w.r.misses(i, w.keys) {
			return w.parts[i]
		}
	}
	return w.parts[w.order[0]]
}

// fill puts some commands into the call of a part. It returns their number.
func (w *copyBatch) fill(p *copyPart, want func(c int) bool, wrapped bool) (n int) {
	var text []byte
	if wrapped {
		text = resp.AppendCommand(text, "MULTI")
	}
	for i := range w.commands {
		if want(i) {
			text = appendCommand(text, w.commands[i].words)
			n++
		}
	}
	p.prepare(w.info, text)
	p.call.Replies = n
	if wrapped {
		p.call.Wire = resp.AppendCommand(p.call.Wire, "EXEC")
		p.call.Replies = n + 2
	}
	if len(p.call.Wire) >= wire.Large {
		p.call.Class = conn.Large
	}
	return n
}

// Take keeps a reply of a pipeline.
func (p *copyPart) Take(_ int, frame []byte) error {
	p.frames = append(p.frames, bytes.Clone(frame))
	return nil
}

// Expect expects nothing.
func (p *copyPart) Expect(int, int) (frame string, n int) { return "", 0 }

// Expected is never called.
func (p *copyPart) Expected(int) {}

// read finds out what became of some commands that a part has carried, one by one.
func (w *copyBatch) read(p *copyPart, want func(c int) bool) {
	results := w.results[p.node.at]
	at := 0
	for i := range w.commands {
		if !want(i) {
			continue
		}
		results[i].end = p.end
		if p.gone == nil && at < len(p.frames) {
			results[i] = resultOf(p.frames[at])
		}
		at++
	}
}

// resultOf says what a reply tells.
func resultOf(frame []byte) copyResult {
	d := resp.NewDecoder(frame)
	if d.IsError() {
		return copyResult{frame, notRun}
	}
	return copyResult{frame, ran}
}

// lead sends the pipeline to the first node that takes it. It returns false if the others must not follow.
func (w *copyBatch) lead(ctx context.Context, pinned *copySession, all func(int) bool) bool {
	for _, i := range w.order {
		p := w.parts[i]
		if pinned != nil {
			if p.node != pinned.node {
				continue
			}
			w.fill(p, all, w.atomic)
			p.gone = Do(ctx, pinned.Session, &p.call)
		} else if p.node.away.Load() || w.r.misses(i, w.keys) {
			continue
		} else {
			w.fill(p, all, w.atomic)
			p.gone = p.node.send(ctx, &p.call)
		}
		w.settle(p)
		if pinned == nil && p.end == notRun && p.gone == nil && ctx.Err() == nil {
			continue
		}
		w.first = p
		break
	}
	if w.first == nil || w.first.end != ran {
		w.skip(errFirst)
		switch {
		case w.first == nil:
		case w.atomic:
			for i := range w.commands {
				w.results[w.first.node.at][i].end = w.first.end
			}
		default:
			w.read(w.first, all)
		}
		return false
	}
	if !w.atomic {
		w.read(w.first, all)
		return true
	}
	if w.unwrap(w.first, all) {
		return true
	}
	w.first.end = notRun // MULTI or EXEC was refused, or a watched key has changed
	w.skip(errFirst)
	return false
}

// unwrap reads the reply to EXEC of a part. It returns false if nothing was executed.
func (w *copyBatch) unwrap(p *copyPart, want func(c int) bool) bool {
	if p.end != ran || len(p.frames) == 0 {
		return false
	}
	d := resp.NewDecoder(p.frames[len(p.frames)-1])
	if d.IsError() || d.IsNull() {
		return false
	}
	if _, err := d.Len(); err != nil {
		return false
	}
	for i := range w.commands {
		if !want(i) {
			continue
		}
		element, err := d.Raw()
		if err != nil {
			return false
		}
		w.results[p.node.at][i] = resultOf(element)
	}
	return true
}

// derive sends to the others what the first node has executed.
func (w *copyBatch) derive(ctx context.Context) {
	sent := make([]bool, len(w.commands))
	some := false
	mine := w.results[w.first.node.at]
	for i := range w.commands {
		c := &w.commands[i]
		if c.reads || c.way == copies.Derived && mine[i].end != ran {
			continue
		}
		if c.way == copies.Derived {
			words, err := copies.Derive(c.info, c.words, mine[i].frame)
			if err != nil || words == nil {
				continue
			}
			c.words = words
		}
		sent[i], some = true, true
	}
	want := func(c int) bool { return sent[c] }
	var rest []*copyPart
	for _, p := range w.parts {
		switch {
		case p == w.first:
		case p.over: // it could not be the first
			rest = append(rest, &copyPart{node: p.node})
			w.parts[p.node.at] = rest[len(rest)-1]
		default:
			rest = append(rest, p)
		}
	}
	for _, p := range rest {
		if some {
			w.fill(p, want, w.atomic)
		} else {
			w.ended(p, ran)
		}
	}
	if some {
		w.fan(ctx, rest)
	}
	for _, p := range rest {
		results := w.results[p.node.at]
		switch {
		case !w.atomic:
			w.read(p, want)
		case some && p.end == ran && !w.unwrap(p, want):
			p.end = notRun
			fallthrough
		case p.end != ran:
			for i := range results {
				results[i].end = p.end
			}
		}
		for i := range w.commands { // a command that was not sent has nothing to do here
			if !sent[i] && p.end == ran {
				results[i] = mine[i]
			}
		}
	}
}

// followAll gives the others what the pipeline has left in all of its keys on the first node.
func (w *copyBatch) followAll(ctx context.Context) {
	for _, p := range w.parts {
		if p != w.first && p.over {
			w.parts[p.node.at] = &copyPart{node: p.node}
		}
	}
	w.r.follow(ctx, w.copyWrite)
	mine := w.results[w.first.node.at]
	for _, p := range w.parts {
		if p == w.first {
			continue
		}
		for i := range w.commands {
			if w.results[p.node.at][i].end = p.end; p.end == ran {
				w.results[p.node.at][i] = mine[i]
			}
		}
	}
}

// conclude lists what nodes have missed, and gives the pipeline its replies.
func (w *copyBatch) conclude(_ context.Context, call *conn.Call) {
	for i := range w.commands {
		w.note(i)
	}
	for _, p := range w.parts {
		if p.gone != nil {
			call.Borrowed = true
		}
	}
	many := call.Sink.(conn.Many)
	if w.atomic {
		w.concludeAtomic(call, many)
		return
	}
	call.RanOn(w.parts[w.order[0]].nodeAddr())
	for i := range w.commands {
		frame, failed := w.outcome(i)
		if failed != nil {
			frame = failedFrame
		}
		if err := many.Take(i, frame); err != nil {
			call.Unanswered(&conn.DesyncError{Reason: "a reply does not belong to its command", Err: err})
			return
		}
		if failed != nil {
			one := new(conn.Call)
			one.Info = w.commands[i].info
			one.Unanswered(failed)
			w.b.Fail(i, one)
		}
	}
}

// failedFrame takes the place of a reply; the error of Fail replaces it.
var failedFrame = []byte("-ERR \r\n")

// outcome returns the reply to a command, or what failed.
func (w *copyBatch) outcome(i int) ([]byte, error) {
	c := &w.commands[i]
	first := w.first
	if first == nil {
		first = w.parts[w.order[0]]
	}
	mine := w.results[first.node.at][i]
	if c.reads && mine.frame != nil {
		return mine.frame, nil
	}
	count, refused, some := 0, 0, false
	var frame []byte
	var all [][]byte
	for _, at := range w.order {
		switch one := w.results[at][i]; {
		case one.end == ran && one.frame != nil:
			if some = true; w.r.cfg.Quorum == All || !w.r.stale(at, c.keys) {
				count++
			}
			if frame == nil || at == first.node.at {
				frame = one.frame
			}
			all = append(all, one.frame)
		case one.frame != nil:
			refused++
		}
	}
	switch {
	case c.publishes && count >= w.r.needed():
		return mergeIntegers(command.MergeSum, all), nil
	case !c.reads && count >= w.r.needed():
		return frame, nil
	case !some && mine.frame != nil && (refused == len(w.parts) || w.alone(i, first)):
		return mine.frame, nil
	}
	e := &NodesError{Succeeded: some}
	for _, at := range w.order {
		p := w.parts[at]
		if one := w.results[at][i]; one.end == ran && one.frame != nil || c.reads && p != first {
			if !c.reads && w.r.stale(at, c.keys) {
				e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: staleRecord(p, c.info)})
			}
			continue
		}
		e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: w.recordOf(p, i)})
	}
	return nil, e
}

// alone reports whether no node but one may have executed a command.
func (w *copyBatch) alone(i int, first *copyPart) bool {
	for at := range w.parts {
		if w.results[at][i].end != notRun && at != first.node.at {
			return false
		}
	}
	return true
}

// recordOf returns the record of a command that failed on a node.
func (w *copyBatch) recordOf(p *copyPart, i int) *conn.Call {
	one := w.results[p.node.at][i]
	left := new(conn.Call)
	left.Reset()
	left.Info = w.commands[i].info
	left.RanOn(p.nodeAddr())
	switch {
	case one.frame != nil:
		d := resp.NewDecoder(one.frame)
		text, _ := d.ErrorText()
		left.Refuse(text)
	case p.gone != nil:
		left.NotSent(p.nodeAddr(), p.gone, conn.PhaseRead)
	default:
		left.NotSent(p.nodeAddr(), p.call.Err, p.call.Phase)
	}
	if one.end == unknown {
		left.Outcome = conn.MaybeExecuted
	}
	return left
}

// note lists the keys of a command for nodes that have missed it, or may have.
func (w *copyBatch) note(i int) {
	c := &w.commands[i]
	if c.reads || !c.info.Flags.Has(command.Write) {
		return
	}
	some := false
	for at := range w.parts {
		some = some || w.results[at][i].end == ran && !w.r.stale(at, c.keys)
	}
	for at, p := range w.parts {
		end := w.results[at][i].end
		if end == ran {
			w.r.taint(at, c.keys)
		}
		if end == ran || end == notRun && !some {
			continue
		}
		p.end = max(p.end, end)
		by := p.carrier()
		if len(c.keys) == 0 {
			w.r.list.AddAll(at, by)
		}
		for _, key := range c.keys {
			w.r.list.Add(at, key, some, by)
		}
	}
}

// concludeAtomic gives a transaction its replies. It succeeds or fails as a whole.
func (w *copyBatch) concludeAtomic(call *conn.Call, many conn.Many) {
	executed := w.count(ran)
	if p := w.first; p != nil && p.gone == nil && len(p.frames) > 0 && p.call.Err == nil &&
		(p.end != ran || w.enough()) {
		call.RanOn(p.nodeAddr())
		for i, frame := range p.frames {
			if err := many.Take(i, frame); err != nil {
				call.Unanswered(&conn.DesyncError{Reason: "a reply does not belong to its command", Err: err})
				return
			}
		}
		return
	}
	if p := w.first; p != nil && p.gone == nil && p.end == notRun && p.call.Err != nil {
		call.NotSent(p.nodeAddr(), p.call.Err, p.call.Phase)
		return
	}
	e := &NodesError{Succeeded: executed > 0}
	for _, i := range w.order {
		p := w.parts[i]
		switch {
		case p.end != ran:
			e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: w.wholeRecord(p)})
		case w.stale(i):
			e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: staleRecord(p, w.info)})
		}
	}
	call.RanOn("")
	call.Unanswered(e)
}

// wholeRecord returns the record of a transaction that failed on a node.
func (w *copyBatch) wholeRecord(p *copyPart) *conn.Call {
	if p.gone != nil || p.call.Err != nil {
		return p.record(w.info)
	}
	left := new(conn.Call)
	left.Reset()
	left.Info = w.info
	left.RanOn(p.nodeAddr())
	if n := len(p.frames); n > 0 {
		d := resp.NewDecoder(p.frames[n-1])
		if d.IsError() {
			text, _ := d.ErrorText()
			left.Refuse(text)
			return left
		}
	}
	left.NotSent(p.nodeAddr(), errFirst, conn.PhaseQueue)
	return left
}
