package redpoll

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/structs"
)

// Pipeline collects commands and sends them in one go. It has every command method of [Client], without a
// context, and with a handle in place of the result. Exec fills the handles:
//
//	pipe := rdb.Pipeline()
//	set, hits := pipe.Set("foo", "bar"), pipe.Incr("hits")
//	if err := pipe.Exec(ctx); err != nil {
//		return err
//	}
//	fmt.Println(hits.Val())
//
// By default MULTI and EXEC surround the commands: they run one after the other without other commands in
// between, or none of them runs. [NoTransaction] turns this off; then the commands are only sent together,
// which is the fastest way to run many commands.
//
// The families of methods, each with one of them. The documentation of [Client] has more of each.
//
//   - Strings: [Pipeline.Set]; keys: [Pipeline.ExpireIn]; bits: [Pipeline.SetBit]; HyperLogLog:
//     [Pipeline.PFAdd]
//   - Hashes: [Pipeline.HSet], and structs by [QueueHSetFrom] and [QueueHGetAllAs]
//   - Lists: [Pipeline.RPush]; sets: [Pipeline.SAdd]; sorted sets: [Pipeline.ZAdd]; geo: [Pipeline.GeoAdd];
//     streams: [Pipeline.XAdd]
//   - JSON: [Pipeline.JSONSet]; search: [Pipeline.FTSearch]; time series: [Pipeline.TSAdd]; vector sets:
//     [Pipeline.VAdd]; Bloom and its relatives: [Pipeline.BFAdd]; arrays: [Pipeline.ARSet]
//   - Scripts and functions: [Pipeline.Eval], [Pipeline.FCall]; messages: [Pipeline.Publish]
//   - Server: [Pipeline.Info]; ACL: [Pipeline.ACLList]; cluster: [Pipeline.ClusterInfo]
//   - Any command: [Pipeline.Do]
//
// A pipeline is for one goroutine at a time. It holds no connection, and can be dropped without Exec. After
// Exec it is empty and can be used again.
type Pipeline struct {
	c    *Client
	enc  encoder
	kind *kind  // of the reply to the command that is being encoded
	fill filler // the kind's filler, or one of the method
	b    *batch // nil before the first use of a zero value
}

// PipelineOption is an option of Client.Pipeline: [NoTransaction], [CollectErrors].
type PipelineOption interface{ pipelineOption() }

type pipelineFlag uint8

func (pipelineFlag) pipelineOption() {}

const (
	// NoTransaction leaves out MULTI and EXEC: commands of other clients may run between those of the
	// pipeline, and after a lost connection the first commands may have run without the others.
	NoTransaction pipelineFlag = iota + 1
	// CollectErrors makes Exec return nil even if commands failed; their handles have the errors. Exec still
	// returns an error that concerns the whole pipeline: a failed connection, a server that is loading or
	// refuses the credentials, or a transaction that was not executed.
	CollectErrors
)

// batch holds the commands of a pipeline.
type batch struct {
	atomic  bool // MULTI and EXEC around the commands
	collect bool
	fault   *PipelineError // of the first command that cannot be sent
	commandList
	writes bool        // a command changes something, or must not run twice
	first  int         // end of the first item on the wire in the encoder's buffer
	end    int         // end of the last one
	sent   int         // number of items on the wire
	done   commandList // commands of the last Exec
	// run is the record of the call, with the memory of its bytes; nil while nothing is queued.
	run    *batchRun
	finish []finish
	spare  []Status // handles
	given  int      // number of used handles in spare
	loads  []load   // scripts and libraries that the server needs first
	blocks bool     // the server may hold back the replies for wait; 0 is without end
	wait   time.Duration
	tx     *watching // transaction of the pipeline's EXEC; nil if there is none
	foul   error     // error of Exec and of every handle; nil if the pipeline can be executed
}

// block adds the time for which the server may hold back a command.
func (b *batch) block(e *encoder) {
	if !b.blocks {
		b.blocks, b.wait = true, e.Wait
	} else if b.wait > 0 && e.Wait > 0 {
		b.wait += e.Wait
	} else {
		b.wait = 0
	}
}

// commandList has the commands of a pipeline. Most writes only answer OK, and need no goal.
type commandList struct {
	items []item
	goals []goal
}

// item is one command of a pipeline.
type item struct {
	info  *command.Info
	res   *result
	goal  int32 // place in goals, from 1; 0 if the only success is OK
	local bool  // the result was known at once, and nothing is sent
	each  bool  // the goal behind its own has the number of elements of the reply
}

// goal says how to decode a reply.
type goal struct {
	fill filler
	slot any // in the handle; nil for a Status; see item.each
}

// emptied returns an empty list with the memory of l.
func emptied(l commandList) commandList {
	clear(l.items)
	clear(l.goals)
	return commandList{l.items[:0], l.goals[:0]}
}

// slotOf returns the place for the result of an item of the list; nil if there is none.
func slotOf(l *commandList, it *item) any {
	if it.goal == 0 {
		return nil
	}
	return l.goals[it.goal-1].slot
}

// load is a script, or a library of functions, that the pipeline loads.
type load struct {
	what  string // SCRIPT or FUNCTION, the command whose LOAD is sent
	text  string
	lacks error // refusal of commands that need it, where it is missing
}

// load makes Exec send a script or library in front of the commands, once.
func (b *batch) load(l load) {
	for i := range b.loads {
		if b.loads[i].text == l.text {
			return
		}
	}
	b.loads = append(b.loads, l)
}

// finish converts the result of an item of Do. It uses the callback that the command has when its reply has
// come.
type finish struct {
	at     int // index of the item
	names  []string
	handle *Reply[Value]
	opts   CallbackOptions
	fn     Callback // nil if there is none
}

// ErrNotExecuted is the error of a handle before Exec of its pipeline, or if the pipeline was discarded or
// refused before anything was sent.
var ErrNotExecuted error = &sentinel{"the pipeline has not been executed"}

// PipelineError is the first error of a command in a pipeline. The other commands have run, unless the
// pipeline is a transaction that was not executed.
type PipelineError struct {
	Index   int    // place of the command in the pipeline, from 0
	Command string // name of the command
	Err     error  // error of its handle
}

// Error gives the number of the command, from 1, its name and its error.
func (e *PipelineError) Error() string {
	node, text := "", inner(e.Err)
	switch err := e.Err.(type) {
	case *ServerError:
		node, text = err.Node, err.explained()
	case *ConnError:
		node, text = err.Node, err.told()
	case *DataError:
		text = strings.TrimPrefix(err.Argument+": "+err.Reason, ": ")
	case *ReplyError:
		text = inner(err.Err)
	}
	if node != "" {
		node = " on " + node
	}
	return fmt.Sprintf("redpoll: command %d of the pipeline (%s)%s: %s", e.Index+1, e.Command, node, text)
}

func (e *PipelineError) redpollError() {}

// Unwrap returns the command's own error.
func (e *PipelineError) Unwrap() error { return e.Err }

// Pipeline makes an empty pipeline. It sends nothing and takes no connection.
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

// Pipelined runs fn with a new pipeline, and executes the pipeline if fn returns nil. The error is that of
// Exec, or that of fn; in the latter case nothing is sent.
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

// errUnmade is the error of a pipeline that is nil or a zero value.
var errUnmade error = &sentinel{"this Pipeline belongs to no client and sends nothing: take one from " +
	"Client.Pipeline, Client.Pipelined or Conn.Multi"}

// batch returns the batch of the pipeline. For a nil or zero Pipeline it is one that Exec refuses.
func (p *Pipeline) batch() *batch {
	if p == nil {
		return &batch{foul: errUnmade}
	}
	if p.b == nil {
		p.b = &batch{foul: errUnmade}
	}
	return p.b
}

// Len is the number of queued commands.
func (p *Pipeline) Len() int { return len(p.batch().items) }

// Discard empties the pipeline. The handles of its commands get [ErrNotExecuted].
func (p *Pipeline) Discard() {
	if p == nil {
		return
	}
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
		if slot := slotOf(done, it); slot != nil && valid(it.res.err) {
			list[i].Val = structs.Value(slot)
		}
	}
	return list
}

// Do queues any command; see [Client.Do]. Exec calls the [Callback] that the command has when its reply has
// come.
func (p *Pipeline) Do(args ...any) *Reply[Value] {
	if p == nil {
		return NewReply(Value{}, errUnmade)
	}
	words, info, err := commandWords(args)
	if err != nil {
		info := &command.Info{Name: "Do"}
		var state *StateError
		if errors.As(err, &state) {
			info.Name = state.Command
		}
		e := p.begin(&kindValue)
		e.Begin(info, "*0\r\n", 0)
		e.Err = err
		return queue[Value](p)
	}
	opts := encodeWords(p.begin(&kindValue), words, info, args)
	h := queue[Value](p)
	p.b.finish = append(p.b.finish, finish{at: len(p.b.items) - 1, names: append(words, subcommand(args)),
		handle: h, opts: opts})
	return h
}

// begin prepares the pipeline for a command with this kind of reply. The caller writes the command to the
// encoder, and then calls queue, status or add.
func (p *Pipeline) begin(k *kind) *encoder {
	if p == nil {
		p = new(Pipeline) // for a command that add refuses
	}
	if b := p.b; b == nil || b.run == nil || len(p.enc.Buf) > b.end {
		p.makeReady()
	}
	p.kind, p.fill = k, k.fill
	return &p.enc
}

// fillWith sets the filler of the command that is being encoded, if it depends on the arguments.
func (p *Pipeline) fillWith(f filler) {
	if p != nil {
		p.fill = f
	}
}

// makeReady opens a pipeline. If it is open already, it removes the rest of a command that was not queued
// because a text encoding panicked.
func (p *Pipeline) makeReady() {
	b, e := p.batch(), &p.enc
	if b.run == nil {
		p.open()
		return
	}
	e.Buf, e.Err, e.N, e.Argc = e.Buf[:b.end], nil, 0, 0
	e.Forget(b.end)
}

// queue adds the command that was just encoded, and returns its handle. Inlined into each command it would
// cost 0.27 MB.
//
//go:noinline
func queue[T any](p *Pipeline) *Reply[T] {
	h := new(Reply[T])
	p.add(&h.result, &h.v)
	return h
}

// status is queue for commands without a result.
func (p *Pipeline) status() *Status {
	if p == nil {
		return NewStatus(errUnmade)
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

// statusChunk is the highest number of handles that are allocated together. One that is kept keeps all of
// them in memory.
const statusChunk = 128

// moreHandles allocates handles for the rest of the pipeline, if it is as long as the one before.
func (b *batch) moreHandles() {
	n := max(len(b.items)+1, b.run.size-len(b.items))
	b.spare, b.given = make([]Status, min(n, statusChunk)), 0
}

// ready adds a command whose result is known without the server.
func (p *Pipeline) ready(info *command.Info, res *result, slot any) {
	b := p.batch()
	b.goals = append(b.goals, goal{slot: slot})
	b.items = append(b.items, item{info: info, res: res, goal: int32(len(b.goals)), local: true})
	res.err = ErrNotExecuted
}

// add adds the command that was just encoded.
func (p *Pipeline) add(res *result, slot any) {
	if p == nil {
		res.err = errUnmade
		return
	}
	e, b := &p.enc, p.b
	res.err = ErrNotExecuted
	if len(b.items) < cap(b.items) {
		b.items = b.items[:len(b.items)+1]
	} else {
		b.items = append(b.items, item{})
	}
	it := &b.items[len(b.items)-1]
	it.info, it.res, it.goal, it.local, it.each = e.Info, res, 0, false, e.Elements != 0
	if p.kind != &kindOK {
		b.goals = append(b.goals, goal{p.fill, slot})
		it.goal = int32(len(b.goals))
		if it.each {
			b.goals = append(b.goals, goal{slot: e.Elements})
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

// takeBack removes the bytes of a command with a fault. Exec reports the fault.
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

// open prepares an empty pipeline for its first command.
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

// clear empties the pipeline, except for the handles of its last Exec.
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
