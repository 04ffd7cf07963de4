package redpoll

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/floattext"
)

// Callback converts the reply to a command that was run with [Client.Do]. It gets the raw reply, which may be nil
// but is never an error reply, and the [CallbackOptions] of the call, if any. What it returns is the Value that
// Do gives, unless it is a Value itself, as KindOther; see [Value.Any]. It runs on the caller's goroutine, may
// take its time, and its error becomes the error of Do; the connection is not concerned.
type Callback func(reply Value, opts CallbackOptions) (any, error)

// CallbackOptions are given to Do among the arguments, and from there to the command's [Callback]. They are not
// sent.
type CallbackOptions map[string]any

// callbacks is a client's table of callbacks by upper-case command name. It is shared with what is made from the
// client, so that a later change is seen there.
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

// SetResponseCallback makes fn convert the replies of one command of this client's [Client.Do] from now on; nil
// takes it away. The name is taken in any case, with a subcommand after a blank: "config get". Other clients keep
// theirs; clients that Conn made of this one follow. It may be called while commands run.
func (c *Client) SetResponseCallback(name string, fn Callback) {
	if !c.unmade() {
		c.callbacks.set(name, fn)
	}
}

// Do runs any command and gives its reply as a [Value]; a nil reply is a nil Value, not an error. The first
// argument is the command and must be a string; it may hold its subcommand after a blank: "CONFIG GET". The others
// are taken by the rules for values, and anything else is a [*DataError]; [CallbackOptions] among them are given
// to the command's [Callback] and not sent.
//
// Do knows which commands block, and gives these a connection of their own, and which ones change the connection
// they run on: those are refused with a [*StateError] that names the right way. WAIT and WAITAOF speak of the writes of
// their connection: a client whose connections are shared refuses them too, a [Conn] and a [Pipeline] send them.
//
// After a lost reply Do repeats only commands that read, whatever their arguments are. Writes are not repeated, with
// Options.RetryWrites neither: whether a second execution leaves the state of one often depends on the arguments, which the
// methods look at and Do does not. The same goes for commands that it does not know, and for the few that read but answer
// something else the second time with some arguments, such as XREAD with "$", or FT.AGGREGATE with a cursor.
func (c *Client) Do(ctx context.Context, args ...any) (Value, error) {
	words, info, err := commandWords(args)
	if err != nil {
		return Value{}, err
	}
	if info.Flags.Has(command.Held) && (c == nil || c.tx == nil) {
		return Value{}, &StateError{Command: info.Name, Instead: info.Instead, held: true}
	}
	r := beginRequest(c, recordsValue)
	opts := r.one.encodeWords(words, info, args)
	v, err := doValue(ctx, r)
	if err != nil {
		return Value{}, err
	}
	if fn := c.callbacks.get(append(words, subcommand(args))...); fn != nil {
		return convert(fn, v, opts)
	}
	return v, nil
}

// encodeWords encodes a command given word by word, and gives the options for its callback.
func (p *Pipeline) encodeWords(words []string, info *command.Info, args []any) CallbackOptions {
	e := p.start(info, intoValue)
	e.Open("*0\r\n", 0)
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
	// Arguments that make a command unrepeatable are not looked for.
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

// commandWords splits the first argument and finds out what the table knows of the command. Its error means that
// the command must not be sent.
func commandWords(args []any) ([]string, *command.Info, error) {
	if len(args) == 0 {
		return nil, nil, &DataError{Command: "Do", Reason: "needs at least the command's name"}
	}
	name, ok := args[0].(string)
	words := strings.Fields(name)
	if !ok || len(words) == 0 {
		return nil, nil, &DataError{Command: "Do", Argument: "command", Reason: "the first argument must be the command's name, a string"}
	}
	sub := subcommand(args)
	if len(words) > 1 {
		sub = words[1]
	}
	info := command.LookupArgs(words[0], sub)
	if info == nil {
		// The name is kept for errors and hooks. What it does is not known: like a script it may have run before it
		// answers with an error.
		info = &command.Info{Name: strings.ToUpper(words[0]), Flags: command.Script}
	}
	if info.Flags.Has(command.State) {
		return nil, nil, &StateError{Command: info.Name, Instead: info.Instead}
	}
	return words, info, nil
}

// subcommand is the first word behind the first argument, if there is one that could be a subcommand.
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

// arguments gives what is sent behind the command's own words, wherever these stand.
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

// blocking finds out whether the server may hold a command of a blocking kind back, and for how long: 0 without end.
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

// behind gives the place behind a word of the protocol, or behind all arguments if it is not among them.
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

// asFloat reads a number of any of the types that values may have.
func asFloat(v any) (float64, error) {
	var e encoder
	e.Value("argument", v)
	if e.Err != nil {
		return 0, fault(e.Err)
	}
	_, text, _ := strings.Cut(string(e.Buf), "\r\n")
	return floattext.Parse(strings.TrimSuffix(text, "\r\n"), 64)
}
