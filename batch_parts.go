package redpoll

import (
	"slices"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// A batchRun is what a router knows of a pipeline: the first run stands for the pipeline and for the part that is all of it. Commands
// that are sent again have a run of their own.
var (
	_ route.Batch = (*batchRun)(nil)
	_ route.Part  = (*batchRun)(nil)
)

// span is the place of a command: its item, and its bytes.
type span struct {
	item       int
	start, end int         // in the call's Wire
	holes      []wire.Hole // its large arguments
	behind     int         // how many bytes the call has up to its end
}

// spans gives the places of the commands that are sent.
func (r *batchRun) spans() []span {
	if r.bytes != nil {
		return r.bytes
	}
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

// Atomic reports whether the commands stand between MULTI and EXEC.
func (r *batchRun) Atomic() bool { return r.atomic }

// Len is the number of commands that are sent.
func (r *batchRun) Len() int { return r.sent }

// Command gives what is known of a command that is sent.
func (r *batchRun) Command(i int) *command.Info { return r.items[r.spans()[i].item].info }

// AppendKeys appends the keys of a command that is sent.
func (r *batchRun) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	s := r.spans()[i]
	w, _ := wire.Begin(r.call.Wire, s.holes, s.start)
	return r.items[s.item].info.AppendKeys(dst, w)
}

// Refused reports whether the run that ended last has brought an error reply.
func (r *batchRun) Refused() bool {
	if n := len(r.more); n > 0 {
		return r.more[n-1].failed > 0
	}
	return r.failed > 0
}

// Refusal is the error reply to a command, "" if it got none.
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

// Part makes a run of some commands; nil stands for all of them, in the first run.
func (r *batchRun) Part(commands []int) route.Part {
	if commands == nil {
		return r
	}
	part := &batchRun{c: r.c, info: r.info, commandList: r.commandList, sent: len(commands)}
	part.call.Reset()
	part.call.Sink, part.call.Info = part, &part.info
	part.call.Class, part.call.Wait = r.call.Class, r.call.Wait
	part.call.Prelude, part.call.Replies = r.call.Prelude, len(commands)
	for n, i := range commands {
		s := r.spans()[i]
		part.which = append(part.which, s.item)
		for _, h := range s.holes {
			part.call.Holes = append(part.call.Holes, wire.Hole{At: len(part.call.Wire) + h.At - s.start, Data: h.Data})
		}
		part.call.Wire = append(part.call.Wire, r.call.Wire[s.start:s.end]...)
		if n == 0 {
			part.call.Commit = part.call.Size()
		}
	}
	// Parts that have their replies are not kept: while a server loads for minutes there may be thousands.
	r.more = append(slices.DeleteFunc(r.more, (*batchRun).complete), part)
	return part
}

// complete reports whether a part has got all of its replies.
func (r *batchRun) complete() bool {
	return r.gone == nil && r.call.Err == nil && r.call.Taken() == r.sent
}

// Call gives the call of a run.
func (r *batchRun) Call() *conn.Call { return &r.call }

// GaveUp notes that the call was given up.
func (r *batchRun) GaveUp(gone *conn.GaveUp) { r.gone = gone }

// where tells hooks the server that the last part went to, and how often something was sent.
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

// names gives hooks the names of the commands that are sent.
func (r *batchRun) names() []string {
	names := make([]string, 0, r.sent)
	for i := range r.items {
		if it := &r.items[i]; !it.local {
			names = append(names, it.info.Name)
		}
	}
	return names
}
