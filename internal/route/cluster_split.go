package route

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// split is a call over several slots as a pipeline of commands, one for each slot: servers refuse commands
// over several of their own slots.
type split struct {
	call   *conn.Call
	pieces []*piece // one for each command
	rest   []slotPiece
	words  [][]byte // of the call
	first  int      // index of the first key
	step   int      // words for each key, such as the value of MSET
	behind [][]byte // words behind the keys, such as the path of JSON.MGET
	parts  []*splitPart
}

// slotPiece is what the router needs of a piece besides.
type slotPiece struct {
	slot    int
	refusal string     // the error reply; "" if there is none
	part    *splitPart // the last one with the piece
	place   int        // in that part
}

// divided sends a call in pieces, one for each slot. It returns the pieces, which have ended.
func (r *Cluster) divided(ctx context.Context, call *conn.Call, keys [][]byte) []*piece {
	s := &split{call: call}
	s.cut(keys)
	var d division
	r.consistently(func() {
		d.begin(len(s.pieces))
		for i := range s.pieces {
			d.put(i, r.owners[s.rest[i].slot].Load(), keys[s.pieces[i].keys[0]])
		}
	})
	r.deliver(ctx, s, d.end(), r.reads(ctx, call))
	s.settle()
	return s.pieces
}

// cut makes a piece for each slot. Its words are those of the command, with some of the keys, and with the
// words that belong to them.
func (s *split) cut(keys [][]byte) {
	info := s.call.Info
	w, _ := wire.Begin(s.call.Wire, s.call.Holes, 0)
	s.words = make([][]byte, 0, w.Left())
	for word, ok := w.Next(); ok; word, ok = w.Next() {
		s.words = append(s.words, word)
	}
	s.first, s.step = int(info.Keys.First), max(int(info.Keys.Step), 1)
	s.behind = s.words[s.first+len(keys)*s.step:]
	at := allSeats.Get()
	if at == nil {
		at = new(seats)
	}
	places := make([]int, len(keys)) // of each key's piece
	sizes := make([]int, 0, len(keys))
	s.rest = make([]slotPiece, 0, len(keys))
	for i, key := range keys {
		n := slot.Of(key)
		if at[n] == 0 {
			sizes, s.rest = append(sizes, 0), append(s.rest, slotPiece{slot: n})
			at[n] = int16(len(sizes))
		}
		places[i] = int(at[n]) - 1
		sizes[places[i]]++
	}
	for _, one := range s.rest {
		at[one.slot] = 0
	}
	allSeats.Put(at)
	// The pieces and the positions of their keys share their memory.
	all, positions := make([]piece, len(sizes)), make([]int, 0, len(keys))
	s.pieces = make([]*piece, len(sizes))
	for n := range all {
		s.pieces[n] = &all[n]
		end := len(positions) + sizes[n]
		all[n].keys = positions[len(positions):len(positions):end]
		positions = positions[:end]
	}
	for i, n := range places {
		all[n].keys = append(all[n].keys, i)
	}
}

// seats has the numbers of pieces by slot, counted from 1; 0 where there is none.
type seats [slot.Count]int16

// allSeats are spare ones, all 0: to make one costs more than to split a command.
var allSeats spare.Pool[seats]

// Atomic returns false: the pieces are independent.
func (s *split) Atomic() bool { return false }

// Len is the number of pieces.
func (s *split) Len() int { return len(s.pieces) }

// Command is the same for all pieces.
func (s *split) Command(int) *command.Info { return s.call.Info }

// AppendKeys appends the keys of a piece.
func (s *split) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	for _, k := range s.pieces[i].keys {
		dst = append(dst, s.words[s.first+k*s.step])
	}
	return dst, nil
}

// Refusal returns the error reply of a piece.
func (s *split) Refusal(i int) string { return s.rest[i].refusal }

// Channel is for commands that publish.
func (s *split) Channel(int) (channel []byte, ok bool) { return nil, false }

// Split is for routers that have routers as nodes.
func (s *split) Split([]int) Batch { panic("BUG: the pieces of a call were split once more") }

// Fail is for routers that keep copies.
func (s *split) Fail(int, *conn.Call) { panic("BUG: a piece of a call failed at a copy") }

// Part makes a call of some pieces.
func (s *split) Part(commands []int) Part {
	if commands == nil {
		commands = make([]int, len(s.pieces))
		for i := range commands {
			commands[i] = i
		}
	}
	p := &splitPart{s: s, of: commands, ends: make([]int, 0, len(commands))}
	p.call.Reset()
	size := 0
	for _, word := range s.words {
		size += len(word) + 10
	}
	if len(commands) < len(s.pieces) {
		size = size * len(commands) / len(s.pieces)
	}
	bytes := make([]byte, 0, size+24*len(commands))
	for n, i := range commands {
		s.rest[i].part, s.rest[i].place = p, n
		bytes = s.append(bytes, s.pieces[i].keys)
		p.ends = append(p.ends, len(bytes))
	}
	p.call.Info, p.call.Once, p.call.Replies = s.call.Info, s.call.Once, len(commands)
	p.call.Sink, p.call.Wire, p.call.Commit = p, bytes, p.ends[0]
	if len(bytes) >= wire.Large {
		p.call.Class = conn.Large
	}
	s.parts = append(s.parts, p)
	return p
}

// append appends the command for some keys.
func (s *split) append(dst []byte, keys []int) []byte {
	n := s.first + len(keys)*s.step + len(s.behind)
	dst = appendHead(dst, n)
	dst = appendWords(dst, s.words[:s.first])
	for _, k := range keys {
		dst = appendWords(dst, s.words[s.first+k*s.step:s.first+(k+1)*s.step])
	}
	return appendWords(dst, s.behind)
}

// settle gives each piece the record that says how it has ended.
func (s *split) settle() {
	for i, p := range s.pieces {
		if one := &s.rest[i]; one.refusal == "" && one.place < one.part.call.Taken() {
			p.call = fulfilled
		} else {
			p.call = one.part.ended(one.place, one.refusal)
		}
	}
	for _, p := range s.parts {
		s.call.Repeats = max(s.call.Repeats, p.repeats())
	}
}

// splitPart is some pieces in one call.
type splitPart struct {
	s    *split
	call conn.Call
	of   []int
	ends []int // of the commands in the bytes of the call

	buf    []byte // of the replies
	failed bool   // a reply is an error
	gone   *conn.GaveUp

	records []*conn.Call // how pieces have ended
}

// Call returns the call.
func (p *splitPart) Call() *conn.Call { return &p.call }

// Refused reports whether any reply is an error.
func (p *splitPart) Refused() bool { return p.failed }

// GaveUp notes that the call was given up.
func (p *splitPart) GaveUp(gone *conn.GaveUp) { p.gone = gone }

// Take keeps a reply.
func (p *splitPart) Take(i int, frame []byte) error {
	if i == 0 {
		p.failed = false
	}
	at := p.of[i]
	p.s.rest[at].refusal = ""
	switch resp.Kind(frame[0]) {
	case resp.KindError, resp.KindBlobError, resp.KindAttribute:
		if d := resp.NewDecoder(frame); d.IsError() {
			p.s.rest[at].refusal, _ = d.ErrorText()
			p.failed = true
			return nil
		}
	}
	if p.call.Given {
		p.s.pieces[at].frame = frame
		return nil
	}
	if p.buf == nil { // replies are often of one size
		p.buf = make([]byte, 0, min(len(frame)*len(p.of), wire.Large))
	}
	from := len(p.buf)
	p.buf = append(p.buf, frame...)
	p.s.pieces[at].frame = p.buf[from:len(p.buf):len(p.buf)]
	return nil
}

// Expect expects no reply more than others.
func (p *splitPart) Expect(int, int) (frame string, n int) { return "", 0 }

// Expected is never called.
func (p *splitPart) Expected(int) {}

// Decode is never called: all replies go to Take.
func (p *splitPart) Decode([]byte) {}

// Release leaves the record to the collector.
func (p *splitPart) Release() {}

// ended returns the record of a command without a result, which all commands share that have ended alike.
func (p *splitPart) ended(i int, refusal string) *conn.Call {
	end := new(conn.Call)
	sent := 0
	switch {
	case i < p.call.Taken():
		end.Refuse(refusal)
	case p.gone != nil:
		end.NotSent(p.gone.Node, p.gone, conn.PhaseRead)
		sent = p.call.Size() - p.gone.Unsent
		end.Outcome = p.gone.Outcome
	case p.call.Err != nil:
		end.NotSent(p.call.Node(), p.call.Err, p.call.Phase)
		end.Outcome, sent = p.call.Outcome, p.call.Sent
	default: // it was not sent again
		end.Refuse(refusal)
	}
	if end.Err != nil && p.ends[i] > sent {
		end.Outcome = conn.NotSent
	}
	for _, known := range p.records {
		if known.Err == end.Err && known.Refusal == end.Refusal && known.Outcome == end.Outcome {
			return known
		}
	}
	end.Info = p.call.Info
	if end.Err == nil {
		end.RanOn(p.node())
	}
	p.records = append(p.records, end)
	return end
}

// repeats returns how often the call was sent again.
func (p *splitPart) repeats() int {
	if p.gone != nil {
		return p.gone.Repeats
	}
	return p.call.Repeats
}

// node returns the node of the call.
func (p *splitPart) node() string {
	if p.gone != nil {
		return p.gone.Node
	}
	return p.call.Node()
}

// The pieces of a call are a pipeline for the router.
var _ Batch = (*split)(nil)
