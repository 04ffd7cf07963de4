package redpoll

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/spare"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/wire"
)

// kind is a kind of reply.
type kind struct {
	fill     filler              // nil if the call's arguments decide: then the method sets request.fill
	requests spare.Pool[request] // records of its calls
}

// filler decodes a reply; slot is a pointer to the result. It runs on the goroutine that reads the socket: it
// must be quick, must not call user code and must not panic.
type filler func(d *reply, slot any) error

// reply is a decoder of one reply.
type reply = decode.Reply

// request is one command under way: its bytes, and the place for its result. From newRequest until do it
// belongs to the caller; during do it may become the connection's, see conn.Conn.Do. Each kind of reply has a
// pool of requests.
type request struct {
	c     *Client
	kind  *kind
	enc   encoder
	call  conn.Call
	reply reply
	fill  filler // the kind's filler, or one of the method
	slot  any    // a *T for the result; kept for the next call
	err   error  // error of decoding
}

// largeRequest is the length from which on a request has a connection to itself, so that other calls do not
// wait behind it.
const largeRequest = wire.Large

// maxPooledWire is the size of the largest buffer that is kept for another request.
const maxPooledWire = 128 << 10

// newRequest returns the record of a call. The caller writes the command with one of the encode functions.
func newRequest(c *Client, k *kind) *request {
	r := k.requests.Get()
	if r == nil {
		r = &request{kind: k}
		r.call.Sink = r
	}
	if c == nil {
		c = &unmadeClient
	}
	r.call.Reset()
	r.c, r.fill = c, k.fill
	r.enc.Reset(r.call.Wire[:0], c.text)
	return r
}

// do sends a command and returns its result. T is the type of the result of its kind.
func do[T any](ctx context.Context, r *request) (v T, err error) {
	if r.slot == nil {
		r.slot = new(T)
	}
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if mine {
		if slot, ok := r.slot.(*T); ok {
			v, *slot = *slot, v
		}
		r.recycle()
	}
	return v, err
}

// done is do for replies that are only a success or an error.
func (r *request) done(ctx context.Context) error {
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if mine {
		r.recycle()
	}
	return err
}

// Decode takes the reply. The connection calls it.
func (r *request) Decode(frame []byte) {
	if string(frame) == "+OK\r\n" && r.kind == &kindOK {
		return // the reply to most writes
	}
	r.reply.Encoding, r.reply.Given = r.c.text, r.call.Given
	r.reply.Reset(frame)
	r.err = nil
	if n := r.enc.Elements; n != 0 {
		r.err = r.reply.Elements(n)
	}
	if r.err == nil {
		r.err = r.fill(&r.reply, r.slot)
	}
	r.reply.Reset(nil)
}

// Release removes all references to the caller's memory and puts the record back. The connection calls it
// when the caller has gone.
func (r *request) Release() {
	r.slot = nil
	r.recycle()
}

// recycle puts the record back. Its slot must be empty.
func (r *request) recycle() {
	r.c, r.fill, r.err = nil, nil, nil
	if len(r.enc.Holes) > 0 {
		r.enc.Forget(0)
		r.call.Holes = nil
	}
	if r.call.Borrowed || cap(r.call.Wire) > maxPooledWire {
		r.call.Wire, r.enc.Buf = nil, nil
	}
	r.kind.requests.Put(r)
}

// start sends the command. If wait is true, the caller must call call.Await: the outcome is that of finish
// with the result of Await, or success if Await returns false and the call has a value. do and done wait
// themselves, because each function below a waiting goroutine costs time when it wakes up. If mine is false
// the caller gave up, and the record does not belong to it any more.
func (r *request) start(ctx context.Context) (wait, mine bool, err error) {
	e := &r.enc
	text, err := e.Finish()
	if err != nil {
		r.call.Wire = e.Buf
		return false, true, fault(err)
	}
	info := e.Info
	r.call.Wire, r.call.Info, r.call.Once = text, info, e.Once
	if len(text)+e.Outside >= largeRequest {
		r.call.Class, r.call.Holes = conn.Large, e.Holes
	}
	if e.Blocks {
		r.call.Class, r.call.Wait = classOf(info), e.Wait
	}
	c := r.c
	if c.direct == nil {
		mine, err = r.observe(ctx)
		return false, mine, err
	}
	behind, gone := c.direct.Start(ctx, &r.call)
	switch {
	case behind:
		return true, true, nil
	case gone != nil:
		return false, false, abandonment(info.Name, gone)
	}
	return false, true, r.failed()
}

// finish ends a call that has waited.
func (r *request) finish(ctx context.Context, lead bool) (mine bool, err error) {
	c, info := r.c, r.call.Info
	if gone := c.direct.Finish(ctx, &r.call, lead); gone != nil {
		return false, abandonment(info.Name, gone)
	}
	return true, r.failed()
}

// classOf returns the class of connection for a command that the server may hold back.
func classOf(info *command.Info) conn.Class {
	if info.Flags.Has(command.Urgent) {
		return conn.Urgent
	}
	return conn.Blocking
}

// observe sends the command and waits for its end, for clients with hooks or with another router.
func (r *request) observe(ctx context.Context) (mine bool, err error) {
	c := r.c
	switch {
	case c == &unmadeConn:
		return true, noConn(r.call.Info.Name)
	case c.unmade():
		return true, noClient(r.call.Info.Name)
	}
	name := r.call.Info.Name
	if c.hooks == nil {
		if gone := route.Do(ctx, c.router, &r.call); gone != nil {
			return false, abandonment(name, gone)
		}
		return true, r.failed()
	}
	start := CommandStart{Command: name, Database: c.db, Blocking: r.call.Class == conn.Blocking}
	end := CommandEnd{CommandStart: start}
	began := conn.Now()
	ctx = c.hooks.start(ctx, end.CommandStart)
	if refused := c.allow(ctx, &end.CommandStart); refused != nil {
		end.Node, mine, err = refused.Node, true, refused
	} else if gone := route.Do(ctx, c.router, &r.call); gone != nil {
		end.Node, end.Attempts = gone.Node, gone.Repeats+1
		err = abandonment(name, gone)
	} else {
		end.Node, end.Attempts = r.call.Node(), r.call.Repeats+1
		mine, err = true, r.failed()
	}
	end.Duration, end.Outcome, end.Err = conn.Now()-began, OutcomeOf(err), err
	c.hooks.end(ctx, end)
	return mine, err
}

// failed returns the error of a call that has ended; nil if it has a result.
func (r *request) failed() error {
	switch {
	case r.call.Err != nil || r.call.Refused():
		err := failure(&r.call)
		if t := r.c.tx; t != nil {
			err = t.lost(err, r.call.Info)
		}
		return err
	case r.err == nil:
		return nil
	}
	err := misread(r.call.Info, r.err, r.slot)
	if e, ok := err.(*ReplyError); ok && e.Elements != nil {
		return err // the result has the other elements
	}
	if r.slot != nil {
		structs.Clear(r.slot) // the decoder may have begun to fill it
	}
	return err
}

// into is do for calls that are not on a hot path: it decodes the result into the caller's variable. This
// costs an allocation, but needs no code for each type of result. Nothing is written there after the caller
// gave up.
func (r *request) into(ctx context.Context, slot any) error {
	r.slot = slot
	wait, mine, err := r.start(ctx)
	if wait {
		mine, err = r.finish(ctx, r.call.Await())
	}
	if mine {
		r.slot = nil
		r.recycle()
	}
	return err
}

// Callback converts the reply to a command that was run with [Client.Do]. It gets the raw reply, which may be
// nil but is never an error reply, and the [CallbackOptions] of the call, if any. Do returns its result as a
// Value of KindOther, see [Value.Any]; if the result is a Value already, Do returns it unchanged. Do returns
// its error too, and the connection stays usable. It runs on the caller's goroutine and may take its time.
type Callback func(reply Value, opts CallbackOptions) (any, error)

// CallbackOptions are options for the command's [Callback]. They are passed to Do among the arguments and are
// not sent.
type CallbackOptions map[string]any

// callbacks are a client's callbacks by upper-case name of the command. The clients of its Conns share the
// table, so that they see later changes.
type callbacks struct {
	mu sync.RWMutex
	by map[string]Callback
}

func newCallbacks(given map[string]Callback) *callbacks {
	t := &callbacks{by: make(map[string]Callback, len(given))}
	for name, fn := range given {
		t.set(name, fn)
	}
	return t
}

func (t *callbacks) set(name string, fn Callback) {
	name = strings.ToUpper(strings.Join(strings.Fields(name), " "))
	t.mu.Lock()
	defer t.mu.Unlock()
	if fn == nil {
		delete(t.by, name)
	} else {
		t.by[name] = fn
	}
}

func (t *callbacks) get(words ...string) Callback {
	if t == nil { // of a zero Client
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.by) == 0 {
		return nil
	}
	for n := len(words); n > 0; n-- {
		if fn := t.by[strings.ToUpper(strings.Join(words[:n], " "))]; fn != nil {
			return fn
		}
	}
	return nil
}

// SetResponseCallback makes fn convert the replies to one command of this client's [Client.Do] from now on;
// nil removes the callback. The case of the name does not matter; it may have a subcommand after a blank:
// "config get". It also concerns the Conns of this client, but not other clients. It is safe for concurrent
// use.
func (c *Client) SetResponseCallback(name string, fn Callback) {
	if !c.unmade() {
		c.callbacks.set(name, fn)
	}
}

// Do runs any command and returns its reply as a [Value]; a nil reply is a nil Value, not an error. The first
// argument is the command and must be a string; a command that redpoll knows may have its subcommand there
// after a blank: "CONFIG GET". Any other name with a blank is a [*DataError], such as "SET k v": arguments
// are passed one by one, so that data never becomes words. They are written like values of methods, and any
// other type is a DataError. [CallbackOptions] among them are passed to the command's [Callback] and not
// sent.
//
// Do runs blocking commands on a connection of their own. It refuses commands that change their connection
// with a [*StateError] that names the right method. WAIT and WAITAOF concern the writes of their connection:
// a client refuses them too, because it shares connections; a [Conn] and a [Pipeline] send them.
//
// After a lost reply Do repeats only commands that read. It never repeats writes, even with
// Options.RetryWrites: the arguments often decide whether a write may run twice, and only the methods check
// them. It does not repeat unknown commands either, nor the few commands that read but may answer differently
// the second time, such as XREAD with "$", or FT.AGGREGATE with a cursor.
func (c *Client) Do(ctx context.Context, args ...any) (Value, error) {
	words, info, err := commandWords(args)
	if err != nil {
		return Value{}, err
	}
	if info.Flags.Has(command.Held) && (c == nil || c.tx == nil) {
		return Value{}, &StateError{Command: info.Name, Instead: info.Instead, held: true}
	}
	r := newRequest(c, &kindValue)
	opts := encodeWords(&r.enc, words, info, args)
	v, err := do[Value](ctx, r)
	if err != nil {
		return Value{}, err
	}
	if fn := c.callbacks.get(append(words, subcommand(args))...); fn != nil {
		return convert(fn, v, opts)
	}
	return v, nil
}

// encodeWords encodes a command that was given word by word, and returns the options for its callback.
func encodeWords(e *encoder, words []string, info *command.Info, args []any) CallbackOptions {
	e.Begin(info, "*0\r\n", 0)
	for _, w := range words {
		e.Word(w)
		e.N++
	}
	var opts CallbackOptions
	for i, a := range args[1:] {
		if o, ok := a.(CallbackOptions); ok {
			opts = o
			continue
		}
		e.Value("argument "+strconv.Itoa(i+1), a)
		e.N++
	}
	if info.Flags.Has(command.Urgent) {
		e.Urgent()
	}
	if info.Block != command.BlockNone {
		switch wait, blocks := blocking(info, arguments(info, words, args)); {
		case !blocks:
		case info.Flags.Has(command.Blocking):
			e.Block(wait)
		default:
			e.Work(wait)
		}
	}
	// Do does not look for arguments that make a command unrepeatable.
	e.Once = info.Retry != command.RetryRead || info.Flags.Has(command.Judged)
	return opts
}

func convert(fn Callback, v Value, opts CallbackOptions) (Value, error) {
	got, err := fn(v, opts)
	if err != nil {
		return Value{}, err
	}
	if own, ok := got.(Value); ok {
		return own, nil
	}
	return Value{kind: KindOther, other: got}, nil
}

// commandWords splits the first argument into the words of a command that is known, and looks it up. If it
// returns an error, the command must not be sent.
func commandWords(args []any) ([]string, *command.Info, error) {
	if len(args) == 0 {
		return nil, nil, &DataError{Command: "Do", Reason: "needs at least the command's name"}
	}
	name, ok := args[0].(string)
	words := strings.Fields(name)
	if !ok || len(words) == 0 {
		return nil, nil, &DataError{Command: "Do", Argument: "command",
			Reason: "the first argument must be the command's name, a string"}
	}
	sub := subcommand(args)
	if len(words) > 1 {
		sub = words[1]
	}
	info := command.LookupArgs(words[0], sub)
	refused := info != nil && info.Flags&(command.State|command.Held) != 0 // with a better error
	known := info != nil && strings.EqualFold(info.Name, strings.Join(words, " "))
	if len(words) > 1 && !refused && !known {
		// The other words may be data.
		return nil, nil, &DataError{Command: "Do", Reason: strconv.Quote(words[0]+" ...") +
			" is not the name of a command; pass the arguments one by one"}
	}
	if info == nil {
		// The name is kept for errors and hooks. The effect of the command is unknown: like a script, it may
		// have run before it answers with an error.
		info = &command.Info{Name: strings.ToUpper(words[0]), Flags: command.Script}
	}
	if info.Flags.Has(command.State) {
		return nil, nil, &StateError{Command: info.Name, Instead: info.Instead}
	}
	return words, info, nil
}

// subcommand returns the second argument if it may be a subcommand; "" if not.
func subcommand(args []any) string {
	for _, a := range args[1:] {
		switch a := a.(type) {
		case CallbackOptions:
			continue
		case string:
			return a
		case []byte:
			return string(a)
		default:
			return ""
		}
	}
	return ""
}

// arguments returns the words behind the command's name, even if some of them are in the first argument.
func arguments(info *command.Info, words []string, args []any) []any {
	all := make([]any, 0, len(words)+len(args))
	for _, w := range words {
		all = append(all, w)
	}
	for _, a := range args[1:] {
		if _, ok := a.(CallbackOptions); !ok {
			all = append(all, a)
		}
	}
	return all[min(1+strings.Count(info.Name, " "), len(all)):]
}

// blocking reports whether the server may hold back a command of a blocking kind, and for how long. 0 means
// without end.
func blocking(info *command.Info, args []any) (time.Duration, bool) {
	at, unit := -1, time.Second
	switch info.Block {
	case command.BlockLast:
		at = len(args) - 1
	case command.BlockLastMillis:
		at, unit = len(args)-1, time.Millisecond
	case command.BlockFirst:
		at = 0
	case command.BlockFifth:
		at = 4
	case command.BlockFifthMillis:
		at, unit = 4, time.Millisecond
	case command.BlockToken:
		at, unit = behind(args, "BLOCK"), time.Millisecond
	case command.BlockTimeout:
		at, unit = behind(args, "TIMEOUT"), time.Millisecond
	}
	if at < 0 || at >= len(args) {
		return 0, false
	}
	f, err := asFloat(args[at])
	if err != nil || f < 0 {
		return 0, true // the server will refuse it
	}
	return time.Duration(f * float64(unit)), true
}

// behind returns the index behind a word of the protocol. If the word is missing it returns the number of
// arguments.
func behind(args []any, word string) int {
	for i, a := range args {
		if isWord(a, word) {
			return i + 1
		}
	}
	return len(args)
}

// isWord reports whether an argument is a word of the protocol, in any case.
func isWord(a any, word string) bool {
	switch a := a.(type) {
	case string:
		return strings.EqualFold(a, word)
	case []byte:
		return strings.EqualFold(string(a), word)
	}
	return false
}

// asFloat reads a number of any type that values may have.
func asFloat(v any) (float64, error) {
	var e encoder
	e.Value("argument", v)
	if e.Err != nil {
		return 0, fault(e.Err)
	}
	_, text, _ := strings.Cut(string(e.Buf), "\r\n")
	return floattext.Parse(strings.TrimSuffix(text, "\r\n"), 64)
}
