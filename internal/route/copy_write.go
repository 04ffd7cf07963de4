package route

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/copies"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// lateParts is how long the rest of a write keeps its ticket after enough nodes have executed it.
const lateParts = time.Second

// errFirst is the failure of the parts of a write whose first node has not answered.
var errFirst = errors.New("the node that had to run it first did not answer")

// copyWrite is one write under way.
type copyWrite struct {
	r      *Copy
	info   *command.Info
	keys   [][]byte
	ticket copies.Ticket
	order  []int       // the nodes, that of the reply first
	parts  []*copyPart // by node
	class  conn.Class
	early  bool // the caller does not wait for all nodes
	first  *copyPart
	// publishes says that it is a message, for the subscribers of all nodes.
	publishes bool

	mu   sync.Mutex
	met  chan struct{} // closed when enough nodes have executed it; nil if all have to
	told bool          // met is closed
}

// copyPart is the part of a write for one node.
type copyPart struct {
	frameSink
	node   *copyNode
	call   conn.Call
	frames [][]byte // the replies of a pipeline
	gone   *conn.GaveUp
	end    partEnd
	over   bool // end is known
	late   bool // enough others had executed the write before: its keys are listed as late
}

// partEnd is what became of a part.
type partEnd uint8

const (
	notRun  partEnd = iota // not sent, or refused
	ran                    // executed
	unknown                // it may have been executed, or may still be
)

// prepare makes the record of a part.
func (p *copyPart) prepare(info *command.Info, bytes []byte) {
	p.call.Reset()
	p.call.Info, p.call.Wire, p.call.Sink = info, bytes, p
	p.call.Once = info.Retry != command.RetryRead // a lost one could run later than the next one
}

// write does a write on all nodes.
func (r *Copy) write(ctx context.Context, call *conn.Call) {
	call.Begin()
	r.held.Add(1)
	if r.over(ctx) {
		r.held.Add(-1)
		call.NotSent(r.cfg.Name, pool.ErrClosed, conn.PhaseQueue)
		return
	}
	w, way, err := r.plan(ctx, call)
	if err == nil && len(w.ticket) > 0 {
		if r.tickets.Take(ctx, w.ticket) != nil {
			err = conn.NewGaveUp(ctx, conn.NotSent)
		}
	}
	if err != nil {
		r.held.Add(-1)
		call.NotSent(r.cfg.Name, err, conn.PhaseQueue)
		return
	}
	if !w.early {
		w.run(ctx, way)
		w.end()
	} else {
		w.runEarly(ctx, way)
	}
	w.mu.Lock()
	w.conclude(ctx, call)
	w.mu.Unlock()
}

// plan says what is sent to whom.
func (r *Copy) plan(ctx context.Context, call *conn.Call) (*copyWrite, copies.Way, error) {
	info := call.Info
	if info == nil || info.Copy == command.CopyNone || info.Copy == command.CopyScript ||
		info.Copy == command.CopyBlock || call.Class == conn.Blocking || call.Prelude != nil {
		return nil, 0, &CopyRefusal{info}
	}
	w := &copyWrite{r: r, info: info, class: call.Class, early: r.cfg.Quorum != All}
	text, holes := call.Wire, call.Holes
	if w.early { // the parts outlive the call
		text, holes = wire.Append(nil, text, holes), nil
		w.met = make(chan struct{})
	}
	begin, _ := wire.Begin(text, holes, 0)
	var err error
	if w.keys, err = info.AppendKeys(nil, begin); err != nil {
		w.keys = nil // the servers say what is wrong
	}
	way := copies.ToAll
	if info.Copy != command.CopySame || info.Name == "COPY" {
		words, _ := wordsOf(call)
		if w.early {
			for i := range words {
				words[i] = bytes.Clone(words[i])
			}
		}
		now, skew := time.Time{}, time.Duration(0)
		if info.Copy == command.CopyExpiry || info.Copy == command.CopyClock {
			now, skew = r.now(ctx)
		}
		if words, way = copies.Form(info, words, now, skew); way == copies.Refused {
			return nil, 0, &CopyRefusal{info}
		}
		text, holes = appendCommand(nil, words), nil
		if w.class == conn.Large && len(text) < wire.Large {
			w.class = conn.Shared
		}
	}
	if len(w.keys) == 0 {
		way = copies.ToAll // all servers say what is wrong with it
	}
	channel, publishes := info.Channel(begin)
	w.publishes = publishes
	key := []byte(nil)
	switch {
	case len(w.keys) > 0:
		w.ticket, key = r.tickets.For(w.keys...), w.keys[0]
	case publishes:
		w.ticket = r.tickets.For(channel)
	case info.Flags.Has(command.Write):
		w.ticket = r.tickets.All()
	}
	w.order = r.order(key)
	all := make([]copyPart, len(r.nodes))
	w.parts = make([]*copyPart, len(r.nodes))
	for i, n := range r.nodes {
		p := &all[i]
		p.node = n
		p.prepare(info, text)
		p.call.Holes, p.call.Class, p.call.Wait, p.call.Began = holes, w.class, call.Wait, call.Began
		w.parts[i] = p
	}
	return w, way, nil
}

// run does the write on all nodes.
func (w *copyWrite) run(ctx context.Context, way copies.Way) {
	ctx = Onward(ctx)
	if way == copies.ToAll {
		w.fan(ctx, w.parts)
		return
	}
	if !w.begin(ctx) {
		return
	}
	if way == copies.ByState {
		w.r.follow(ctx, w)
		return
	}
	words, _ := wordsOf(&w.first.call)
	words, err := copies.Derive(w.info, words, w.first.frame)
	if err != nil { // an unknown reply: nobody knows what the others would have to do
		w.skip(err)
		return
	}
	var rest []*copyPart
	var text []byte
	var info *command.Info
	if words != nil {
		text, info = appendCommand(nil, words), command.Lookup(string(words[0]))
	}
	for _, p := range w.parts {
		switch {
		case p == w.first:
		case words == nil:
			p.frame = w.first.frame
			w.ended(p, ran)
		default:
			w.mu.Lock()
			p.over = false // it may have failed to be the first
			w.mu.Unlock()
			p.prepare(info, text)
			p.call.Began = w.first.call.Began
			rest = append(rest, p)
		}
	}
	w.fan(ctx, rest)
}

// begin does the write on the first node that takes it. It returns false if the others must not follow.
func (w *copyWrite) begin(ctx context.Context) bool {
	for _, doubtful := range [...]bool{false, true} {
		for _, i := range w.order {
			p := w.parts[i]
			if p.over || p.node.away.Load() || w.stale(i) || !doubtful && w.missed(i) {
				continue
			}
			w.choose(p)
			p.gone = p.node.send(ctx, &p.call)
			w.settle(p)
			if p.end == notRun && p.gone == nil && !p.call.Refused() && ctx.Err() == nil {
				w.choose(nil)
				continue // another one can be the first
			}
			if p.end != ran {
				w.skip(errFirst)
			}
			return p.end == ran
		}
	}
	w.skip(nil)
	return false
}

// choose notes the part that runs first: before it ends, since the caller may leave then.
func (w *copyWrite) choose(p *copyPart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first = p
}

// missed reports whether a node may have another value of one of the keys.
func (w *copyWrite) missed(node int) bool { return w.r.misses(node, w.keys) }

// stale reports whether a node has missed, or may have, a write of one of the keys that others have executed.
// Its part does not count for a quorum then.
func (w *copyWrite) stale(node int) bool { return w.r.stale(node, w.keys) }

// stale is that of a write with some keys.
func (r *Copy) stale(node int, keys [][]byte) bool {
	if r.list.Clean(node) {
		return false
	}
	for _, key := range keys {
		if r.list.Stale(node, key) {
			return true
		}
	}
	return r.list.Behind(node)
}

// skip ends all other parts without sending them. err is the reason for nodes that can be reached.
func (w *copyWrite) skip(err error) {
	for _, p := range w.parts {
		if p.over {
			continue
		}
		if reason := p.node.reason.Load(); p.node.away.Load() && reason != nil {
			p.call.NotSent(p.node.name, reason, conn.PhaseDial)
		} else {
			p.call.NotSent(p.node.name, cmp.Or(err, errFirst), conn.PhaseQueue)
		}
		w.ended(p, notRun)
	}
}

// fan sends parts to their nodes at once, and waits for all of them. Those whose nodes have no connection
// yet, and those that have to be sent again, have a goroutine each.
func (w *copyWrite) fan(ctx context.Context, parts []*copyPart) {
	var waiting sync.WaitGroup
	alone := func(p *copyPart, again bool) {
		waiting.Go(func() {
			if again {
				s := p.node.single
				_, p.gone = s.Policy.retry(ctx, p.node, &p.call, p.call.Conn(), s.Done())
			} else {
				p.gone = p.node.send(ctx, &p.call)
			}
			w.settle(p)
		})
	}
	posted, calls := make([]*copyPart, 0, len(parts)), make([]*conn.Call, 0, len(parts))
	post := make([]conn.Posted, 0, len(parts))
	for _, p := range parts {
		if reason := p.node.reason.Load(); p.node.away.Load() && reason != nil {
			p.call.NotSent(p.node.name, reason, conn.PhaseDial)
			w.ended(p, notRun)
			continue
		}
		if p.node.single != nil && !w.early {
			if c := p.node.single.ready(ctx, &p.call); c != nil && p.node.trusts(c) {
				posted, calls = append(posted, p), append(calls, &p.call)
				post = append(post, conn.Posted{Call: &p.call, On: c})
				continue
			}
		}
		alone(p, false)
	}
	if len(calls) > 0 {
		join := conn.NewJoin(calls...)
		conn.Post(post...)
		gone := join.Wait(ctx)
		for i, p := range posted {
			switch {
			case gone != nil && gone[i] != nil:
				p.gone = gone[i]
			case !p.call.Answered():
				alone(p, true)
				continue
			}
			w.settle(p)
		}
	}
	waiting.Wait()
}

// settle finds out what became of a part that has been sent.
func (w *copyWrite) settle(p *copyPart) {
	switch {
	case p.gone != nil:
		p.node.deserted(p.gone)
		if p.gone.Outcome == conn.NotSent {
			w.ended(p, notRun)
		} else {
			w.ended(p, unknown)
		}
	case p.call.Answered():
		w.ended(p, ran)
	case p.call.Refused() || p.call.Outcome == conn.NotSent:
		p.node.failed(&p.call)
		w.ended(p, notRun)
	default:
		w.ended(p, unknown)
	}
}

// ended notes what became of a part, and ends the wait of the caller if enough nodes have executed the write.
func (w *copyWrite) ended(p *copyPart, end partEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.end, p.over = end, true
	if w.met == nil || w.told || !w.enough() {
		return
	}
	// From now on reads must avoid the nodes that are late.
	for _, late := range w.parts {
		if late.over || !w.info.Flags.Has(command.Write) {
			continue
		}
		late.late = true
		for _, key := range w.keys {
			w.r.list.Late(late.node.at, key)
		}
	}
	w.told = true
	close(w.met)
}

// count returns the number of parts with an end. mu is held.
func (w *copyWrite) count(end partEnd) (n int) {
	for _, p := range w.parts {
		if p.over && p.end == end {
			n++
		}
	}
	return n
}

// enough reports whether enough nodes have executed the write. mu is held.
func (w *copyWrite) enough() bool {
	if w.r.cfg.Quorum == All {
		return w.count(ran) == len(w.parts)
	}
	return w.valid() >= w.r.needed()
}

// valid returns the number of nodes that have executed the write on the right values. There is always a node
// on which a key is not stale: it becomes so only if another node, on which it is not, has executed the
// write. mu is held.
func (w *copyWrite) valid() (n int) {
	for at, p := range w.parts {
		if p.over && p.end == ran && !w.stale(at) {
			n++
		}
	}
	return n
}

// needed returns on how many nodes a write must have been executed.
func (r *Copy) needed() int {
	switch r.cfg.Quorum {
	case Majority:
		return len(r.nodes)/2 + 1
	case Any:
		return 1
	}
	return len(r.nodes)
}

// runEarly is run and end for a caller that waits only until enough nodes have executed the write.
func (w *copyWrite) runEarly(ctx context.Context, way copies.Way) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	done := make(chan struct{})
	go func() {
		w.run(inner, way)
		w.end()
		close(done)
		cancel()
	}()
	select {
	case <-done:
		stop()
	case <-w.met:
		stop()
		late := time.AfterFunc(lateParts, cancel)
		context.AfterFunc(inner, func() { late.Stop() })
	}
}

// end puts what nodes have missed into the list, and gives the ticket back.
func (w *copyWrite) end() {
	w.mu.Lock()
	some := w.told || w.valid() > 0
	for _, p := range w.parts {
		switch {
		case !w.info.Flags.Has(command.Write):
		case p.end == ran:
			w.inTime(p)
			w.r.taint(p.node.at, w.keys)
		case p.end == unknown || some:
			w.miss(p, some)
			w.inTime(p)
		}
	}
	w.mu.Unlock()
	w.r.tickets.Return(w.ticket)
	w.r.held.Add(-1)
}

// taint lists all keys of a write that a node has executed while it had another value of one of them.
func (r *Copy) taint(node int, keys [][]byte) {
	if len(keys) < 2 || r.list.Clean(node) {
		return
	}
	some, stale := false, false
	for _, key := range keys {
		some, stale = some || r.list.Has(node, key), stale || r.list.Stale(node, key)
	}
	for _, key := range keys {
		if some {
			r.list.Add(node, key, stale, nil)
		}
	}
}

// inTime ends that the keys of a part are listed as late. Those that were listed before stay so.
func (w *copyWrite) inTime(p *copyPart) {
	if !p.late {
		return
	}
	for _, key := range w.keys {
		w.r.list.InTime(p.node.at, key)
	}
}

// miss lists the keys of a part. stale says that other nodes have executed the write.
func (w *copyWrite) miss(p *copyPart, stale bool) {
	by := p.carrier()
	if len(w.keys) == 0 {
		w.r.list.AddAll(p.node.at, by)
	}
	for _, key := range w.keys {
		w.r.list.Add(p.node.at, key, stale, by)
	}
}

// carrier returns the connection that may still carry a part; nil if there is none.
func (p *copyPart) carrier() *copies.Carrier {
	if p.end != unknown {
		return nil
	}
	var c *conn.Conn
	if p.gone != nil {
		c = p.gone.Conn // the record belongs to the connection
	} else {
		c = p.call.Conn()
	}
	if c == nil {
		return &copies.Carrier{}
	}
	return &copies.Carrier{Node: c.Node(), ID: c.Info().ID, Local: c.LocalAddr()}
}

// conclude makes the result of the call from those of its parts. mu is held.
func (w *copyWrite) conclude(ctx context.Context, call *conn.Call) {
	w.r.tell(ctx, w)
	for _, p := range w.parts {
		if !p.over || p.gone != nil || p.call.Borrowed {
			call.Borrowed = true // a connection may still read the bytes
		}
	}
	if w.enough() || w.told {
		p := w.answer()
		call.RanOn(p.nodeAddr())
		if w.publishes {
			call.Sink.Decode(w.receivers())
		} else {
			call.Sink.Decode(p.frame)
		}
		return
	}
	if p := w.refused(); p != nil {
		call.RanOn(p.nodeAddr())
		call.Refuse(p.call.Refusal)
		return
	}
	e := &NodesError{Succeeded: w.count(ran) > 0}
	for _, i := range w.order {
		p := w.parts[i]
		switch {
		case !p.over || p.end != ran:
			e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: p.record(w.info)})
		case w.stale(i):
			e.Parts = append(e.Parts, NodePart{Node: p.nodeAddr(), Call: staleRecord(p, w.info)})
		}
	}
	call.RanOn("")
	call.Unanswered(e)
}

// receivers adds up the numbers of receivers of a message: each subscriber is at one of the nodes.
func (w *copyWrite) receivers() []byte {
	var frames [][]byte
	for _, p := range w.parts {
		if p.over && p.end == ran {
			frames = append(frames, p.frame)
		}
	}
	return mergeIntegers(command.MergeSum, frames)
}

// answer returns the part whose reply is that of the call: that of the node which ran the write first, while
// the others got another form of it, else that of the node which the next read asks.
func (w *copyWrite) answer() (p *copyPart) {
	if w.first != nil && w.first.over && w.first.end == ran {
		return w.first
	}
	for _, i := range w.order {
		switch {
		case !w.parts[i].over || w.parts[i].end != ran:
		case !w.missed(i):
			return w.parts[i]
		case p == nil:
			p = w.parts[i]
		}
	}
	return p
}

// refused returns a part if all nodes have refused the write in the same way, or the one that had to run it
// first. Then nothing has been executed.
func (w *copyWrite) refused() *copyPart {
	if w.first != nil {
		if w.first.over && w.first.end == notRun && w.first.gone == nil && w.first.call.Refused() {
			return w.first
		}
		return nil
	}
	for _, p := range w.parts {
		if !p.over || p.gone != nil || !p.call.Refused() || p.call.Refusal != w.parts[0].call.Refusal {
			return nil
		}
	}
	return w.parts[w.order[0]]
}

// nodeAddr returns the address of the server of a part, or the name of its node.
func (p *copyPart) nodeAddr() string {
	if p.over && p.gone == nil {
		if addr := p.call.Node(); addr != "" {
			return addr
		}
	} else if p.gone != nil && p.gone.Node != "" {
		return p.gone.Node
	}
	return p.node.name
}

// record returns the record of a part that failed, or one in its place if a connection has it.
func (p *copyPart) record(info *command.Info) *conn.Call {
	if p.over && p.gone == nil {
		return &p.call
	}
	left := new(conn.Call)
	left.Reset()
	left.Info = info
	if p.gone == nil { // late
		left.NotSent(p.node.name, errLate, conn.PhaseRead)
		left.Outcome = conn.MaybeExecuted
		return left
	}
	left.NotSent(p.gone.Node, p.gone, conn.PhaseRead)
	left.Outcome = p.gone.Outcome
	return left
}

// staleRecord returns the record of a part that was executed on a wrong value.
func staleRecord(p *copyPart, info *command.Info) *conn.Call {
	left := new(conn.Call)
	left.Reset()
	left.Info = info
	left.NotSent(p.nodeAddr(), ErrStale, conn.PhaseRead)
	left.Outcome = conn.MaybeExecuted
	return left
}

var errLate = errors.New("the node has not answered yet")
