package redpoll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/structs"
)

// Pipeline collects commands and sends them in one go. It has every method of [Client], which returns a handle in place
// of a result; the handles are filled by Exec:
//
//	pipe := rdb.Pipeline()
//	set, hits := pipe.Set("foo", "bar"), pipe.Incr("hits")
//	if err := pipe.Exec(ctx); err != nil {
//		return err
//	}
//	fmt.Println(hits.Val())
//
// By default the commands are wrapped in MULTI and EXEC: they run one after the other with nothing in between, or none
// of them does. [NoTransaction] turns that off; then they are only sent together, which is the fastest way to run many
// commands.
//
// A pipeline is for one goroutine at a time. It holds no connection, so that one which is not needed any more can just
// be dropped. After Exec it is empty and can be used again.
type Pipeline struct {
	c    *Client
	enc  encoder
	fill filler // decodes the reply of the command under way
	ok   bool   // its only success is OK
	each uint8  // the method's
	b    *batch // nil in the record of a single command
}

// PipelineOption is an option of Client.Pipeline: [NoTransaction], [CollectErrors].
type PipelineOption interface{ pipelineOption() }

type pipelineFlag uint8

func (pipelineFlag) pipelineOption() {}

const (
	// NoTransaction leaves MULTI and EXEC out: commands of other clients may run between those of the pipeline, and
	// those before a lost connection may have run although the others did not.
	NoTransaction pipelineFlag = iota + 1
	// CollectErrors makes Exec return nil although commands failed; their handles have the errors. What concerns the
	// whole pipeline is an error of Exec nevertheless: a failed connection, a server that is loading or refuses us, a
	// transaction that was not executed.
	CollectErrors
)

// batch is the part of a pipeline that the record of a single command does not have.
type batch struct {
	atomic  bool // MULTI and EXEC around the commands
	collect bool
	fault   *PipelineError // of the first command that cannot be sent
	commandList
	writes bool        // a command changes something, or must not run twice
	first  int         // where the first item on the wire ends in the encoder's buffer
	end    int         // where the last one does
	sent   int         // how many of the items are on the wire
	done   commandList // of the last Exec
	run    *batchRun   // the record of the call and the memory of its bytes; nil while nothing is queued
	finish []finish
	spare  []Status // handles
	given  int      // how many of them are in use
	loads  []load   // what the server must know first
	blocks bool     // the server may hold the connection back for up to wait; 0: without end
	wait   time.Duration
	tx     *watching // the transaction whose EXEC this is; nil: none
	foul   error     // why this pipeline cannot be executed at all
}

// block adds up for how long commands may be held back.
func (b *batch) block(e *encoder) {
	if !b.blocks {
		b.blocks, b.wait = true, e.Wait
	} else if b.wait > 0 && e.Wait > 0 {
		b.wait += e.Wait
	} else {
		b.wait = 0
	}
}

// commandList is the commands of a pipeline. Most writes have no result but OK, and are kept small.
type commandList struct {
	items []item
	goals []goal
}

// item is one command of a pipeline.
type item struct {
	info  *command.Info
	res   *result
	goal  int32 // its place in goals, from 1; 0: the only success is OK
	local bool  // the result was there at once; nothing is sent
	each  bool  // behind its goal stands one that holds how many elements the reply must have
}

// goal says what is to be made of a reply.
type goal struct {
	fill filler
	slot any // into the handle; nil for a Status, see item.each
}

// emptied is the memory of a list.
func emptied(l commandList) commandList {
	clear(l.items)
	clear(l.goals)
	return commandList{l.items[:0], l.goals[:0]}
}

// slotOf is where the result of an item of the list goes, nil if it has none.
func slotOf(l *commandList, it *item) any {
	if it.goal == 0 {
		return nil
	}
	return l.goals[it.goal-1].slot
}

// load is a script, or a library of functions, that a pipeline brings along.
type load struct {
	what  string // SCRIPT or FUNCTION, which LOAD belongs to
	text  string
	lacks error // what the commands that need it are refused with where it is missing
}

// load makes a script or library one that is sent in front, once.
func (b *batch) load(l load) {
	for i := range b.loads {
		if b.loads[i].text == l.text {
			return
		}
	}
	b.loads = append(b.loads, l)
}

// finish is what is to be done with the result of an item of Do: the callback is the one that the command has when its
// reply has come.
type finish struct {
	at     int // of the item
	names  []string
	handle *Reply[Value]
	opts   CallbackOptions
	fn     Callback // nil if there is none
}

// ErrNotExecuted is the error of a handle before its pipeline's Exec, and of one whose pipeline was discarded or refused
// before anything was sent.
var ErrNotExecuted error = &sentinel{"the pipeline has not been executed"}

// PipelineError is the first error of a command in a pipeline. Unless the pipeline is a transaction that was not executed,
// the other commands have run.
type PipelineError struct {
	Index   int    // the command's place in the pipeline, from 0
	Command string // its name
	Err     error  // what its handle's Err returns
}

// Error names the command by its number, from 1, and its name, and says what its error was.
func (e *PipelineError) Error() string {
	return fmt.Sprintf("redpoll: command %d of the pipeline (%s): %v", e.Index+1, e.Command, e.Err)
}

func (e *PipelineError) redpollError() {}

// Unwrap gives the command's own error.
func (e *PipelineError) Unwrap() error { return e.Err }

// Pipeline starts an empty pipeline. It sends nothing and takes no connection.
func (c *Client) Pipeline(opts ...PipelineOption) *Pipeline {
	var own struct { // one allocation
		p Pipeline
		b batch
	}
	p := &own.p
	p.c, p.b = c, &own.b
	p.b.atomic = true
	if c.unmade() {
		p.b.foul = noClient("Pipeline")
	}
	for _, o := range opts {
		switch o {
		case NoTransaction:
			p.b.atomic = false
		case CollectErrors:
			p.b.collect = true
		}
	}
	return p
}

// Pipelined runs fn with a new pipeline, and executes the pipeline if fn returns nil. Its error is that of fn, when nothing
// is sent, or that of Exec.
func (c *Client) Pipelined(ctx context.Context, fn func(p *Pipeline) error, opts ...PipelineOption) error {
	if fn == nil {
		return &DataError{"Pipelined", "fn", "is nil"}
	}
	p := c.Pipeline(opts...)
	if err := fn(p); err != nil {
		p.Discard()
		return err
	}
	return p.Exec(ctx)
}

// errUnmade is the fault of a pipeline that is a zero value.
var errUnmade = &sentinel{"this Pipeline belongs to no client and sends nothing: take one from Client.Pipeline, Client.Pipelined or Conn.Multi"}

// batch gives the pipeline's own part. That of a zero value refuses Exec.
func (p *Pipeline) batch() *batch {
	if p.b == nil {
		p.b = &batch{foul: errUnmade}
	}
	return p.b
}

// Len is the number of queued commands.
func (p *Pipeline) Len() int { return len(p.batch().items) }

// Discard empties the pipeline. The handles of its commands get [ErrNotExecuted].
func (p *Pipeline) Discard() {
	b := p.batch()
	b.commandList = emptied(b.commandList)
	p.clear()
	if b.tx != nil {
		b.tx.executed(p, false)
	}
}

// Results returns the results of the last Exec in the order of the commands.
func (p *Pipeline) Results() []Result {
	done := &p.batch().done
	list := make([]Result, len(done.items))
	for i := range done.items {
		it := &done.items[i]
		list[i] = Result{Command: it.info.Name, Err: it.res.err}
		if slot := slotOf(done, it); slot != nil && it.res.valid() {
			list[i].Val = structs.Value(slot)
		}
	}
	return list
}

// Do queues any command; see [Client.Do]. The [Callback] that the command has when its reply has come runs in Exec.
func (p *Pipeline) Do(args ...any) *Reply[Value] {
	words, info, err := commandWords(args)
	if err != nil {
		info := &command.Info{Name: "Do"}
		var state *StateError
		if errors.As(err, &state) {
			info.Name = state.Command
		}
		p.start(info, intoValue)
		p.enc.Open("*0\r\n", 0)
		p.enc.Err = err
		return queueValue(p)
	}
	opts := p.encodeWords(words, info, args)
	h := queueValue(p)
	if p.c == nil {
		return h
	}
	p.b.finish = append(p.b.finish, finish{at: len(p.b.items) - 1, names: append(words, subcommand(args)), handle: h, opts: opts})
	return h
}

// begin starts the command of a method.
//
//go:noinline
func (p *Pipeline) begin(m *method) *encoder {
	e := &p.enc
	if p.unready() {
		p.makeReady()
	}
	e.Info, p.fill, p.ok = m.info(), kinds[m.kind].fill, m.kind == kindOK
	p.each = m.each
	e.Once, e.Blocks = false, false
	e.At = len(e.Buf)
	e.Buf = append(e.Buf, m.head...)
	e.Argc, e.N = int(m.argc), int(m.argc)
	return e
}

// unready reports whether something has to be done before a command can be encoded.
func (p *Pipeline) unready() bool {
	if b := p.b; b != nil {
		return b.run == nil || len(p.enc.Buf) > b.end
	}
	return p.c == nil
}

// makeReady opens a pipeline, or takes back what a text encoding that has panicked has left of the command before, which was
// never queued.
//
//go:noinline
func (p *Pipeline) makeReady() {
	b, e := p.batch(), &p.enc
	if b.run == nil {
		p.open()
		return
	}
	e.Buf, e.Err, e.N, e.Argc = e.Buf[:b.end], nil, 0, 0
	e.Forget(b.end)
}

// start starts a command, whose head is still to be written.
func (p *Pipeline) start(info *command.Info, fill filler) *encoder {
	e := &p.enc
	if p.unready() {
		p.makeReady()
	}
	e.Info, p.fill, p.ok, p.each = info, fill, false, 0
	e.Once, e.Blocks = false, false
	return e
}

// status ends a command without a result and gives its handle; there is none for a single command.
//
//go:noinline
func (p *Pipeline) status() *Status {
	if p.b == nil {
		return nil
	}
	b := p.b
	if b.given == len(b.spare) {
		b.moreHandles()
	}
	h := &b.spare[b.given]
	b.given++
	p.add(&h.result, nil)
	return h
}

// statusChunk is how many handles are made at a time at most. Whoever keeps one keeps them all.
const statusChunk = 128

// moreHandles makes as many as will be needed, if this pipeline is like the one before, and no more than a few for nothing.
//
//go:noinline
func (b *batch) moreHandles() {
	n := max(len(b.items)+1, b.run.size-len(b.items))
	b.spare, b.given = make([]Status, min(n, statusChunk)), 0
}

// ready takes a command whose result is known without the server into the pipeline.
func (p *Pipeline) ready(m *method, res *result, slot any) {
	b := p.batch()
	b.goals = append(b.goals, goal{slot: slot})
	b.items = append(b.items, item{info: m.info(), res: res, goal: int32(len(b.goals)), local: true})
	res.err = ErrNotExecuted
}

// add takes the command that was just encoded into the pipeline.
func (p *Pipeline) add(res *result, slot any) {
	e, b := &p.enc, p.b
	res.err = ErrNotExecuted
	if len(b.items) < cap(b.items) {
		b.items = b.items[:len(b.items)+1]
	} else {
		b.items = append(b.items, item{})
	}
	it := &b.items[len(b.items)-1]
	it.info, it.res, it.goal, it.local, it.each = e.Info, res, 0, false, p.each != 0
	if !p.ok {
		b.goals = append(b.goals, goal{p.fill, slot})
		it.goal = int32(len(b.goals))
		if it.each {
			b.goals = append(b.goals, goal{slot: e.Elements(p.each)})
		}
	}
	if e.Once || e.Info.Retry != command.RetryRead {
		b.writes = true
	}
	if e.Err != nil {
		p.takeBack(it)
		return
	}
	if e.N != e.Argc {
		e.Complete()
	}
	if b.sent++; b.sent == 1 {
		b.first = e.Size()
	}
	b.end = len(e.Buf)
	if e.Blocks && (e.Busy || !b.atomic) {
		b.block(e)
	}
}

// takeBack removes what was written of a command with a fault, which is reported by Exec.
//
//go:noinline
func (p *Pipeline) takeBack(it *item) {
	e, b := &p.enc, p.b
	it.res.err, it.local = fault(e.Err), true
	if b.fault == nil {
		b.fault = &PipelineError{Index: len(b.items) - 1, Command: it.info.Name, Err: it.res.err}
	}
	e.Buf, e.Err = e.Buf[:e.At], nil
	e.Forget(e.At)
	e.N, e.Argc = 0, 0
	b.end = len(e.Buf)
}

// multi and exec surround a transaction.
const (
	multi = "*1\r\n$5\r\nMULTI\r\n"
	exec  = "*1\r\n$4\r\nEXEC\r\n"
)

// open makes an empty pipeline ready for its first command.
//
//go:noinline
func (p *Pipeline) open() {
	b := p.b
	b.run = newBatchRun()
	buf := b.run.call.Wire[:0]
	if b.atomic {
		buf = append(buf, multi...)
	}
	p.enc.Reset(nil, nil)
	if p.c != nil {
		p.enc.Encoding = p.c.text
	}
	p.enc.Buf, b.end = buf, len(buf)
	p.enc.Later = true
	if cap(b.items) == 0 {
		b.items = make([]item, 0, b.run.size)
	}
}

// clear empties the pipeline, but for the handles of its last Exec.
func (p *Pipeline) clear() {
	b := p.batch()
	if b.run != nil {
		b.run.recycle(p.enc.Buf)
		b.run = nil
	}
	p.enc.Buf = nil
	p.enc.Holes, p.enc.Outside = nil, 0
	b.sent, b.fault, b.loads, b.finish = 0, nil, nil, nil
	b.writes, b.blocks, b.wait = false, false, 0
}
