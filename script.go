package redpoll

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Script is a Lua script with the client that runs it. [Client.RegisterScript] makes it. It is immutable and
// safe for concurrent use.
//
// Prefer it to [Client.Eval] and [Client.EvalSha]: it sends the text of the script only to a server that does
// not know it, and needs no care after a restart, a failover or SCRIPT FLUSH.
type Script struct {
	c    *Client
	lua  string // the original text
	wire string // the text in the client's encoding, as it is sent
	sum  string // SHA-1 of wire in hexadecimal digits: the server's name for it
	err  error  // error if the text cannot be sent
}

// RegisterScript makes a script that runs on this client. It sends nothing: it computes the SHA-1 sum of the
// text in the client's encoding, which is the server's name for the script. If the text cannot be encoded,
// each Run returns a [*DataError].
func (c *Client) RegisterScript(lua string) *Script {
	s := &Script{c: c, lua: lua, wire: lua}
	if c != nil && c.text != nil {
		wire, err := c.text.AppendEncode(nil, strings.Clone(lua))
		if err != nil {
			s.err = &DataError{"EVAL", "script", encode.Unwritable(err)}
			return s
		}
		s.wire = string(wire)
	}
	s.sum = sumOf(s.wire)
	return s
}

// sumOf returns the server's name for a script.
func sumOf(wire string) string {
	sum := sha1.Sum([]byte(wire))
	return hex.EncodeToString(sum[:])
}

// On returns the same script for another client, which may use another server. It sends nothing, and costs
// one small allocation if neither client has a text encoding.
func (s *Script) On(other *Client) *Script {
	switch {
	case s == nil || other == nil:
		return new(Script)
	case s.c == nil || s.c.text != nil || other.text != nil:
		return other.RegisterScript(s.lua)
	}
	on := *s
	on.c = other
	return &on
}

// SHA1 returns the server's name for the script, in lower-case hexadecimal digits; "" if the script cannot be
// sent.
func (s *Script) SHA1() string {
	if s == nil {
		return ""
	}
	return s.sum
}

// Run runs the script with its KEYS and ARGV and returns its reply; args are written like values of methods.
// It sends EVALSHA. Only if the server does not know the script, it then sends EVAL with the whole text,
// after which the server knows it. So the first call takes two round trips, and every later one a single one.
//
// The server converts Lua values: a number as an integer, with its fraction cut off (return a string to keep
// it); a string as a string; a table as an array up to its first nil; false and nil as nil, true as 1; a
// table with the field ok as a status, and one with the field err as an error. If the whole reply is an
// error, Run returns a [*ServerError]; an error inside an array is a [Value] with an Err. A nil reply is a
// nil Value without an error.
//
// A script counts as a write that must not run twice: after a lost reply it is not repeated, and the error
// matches [ErrMaybeExecuted]. A script that fails may have done a part of its work. It must not return an
// error with the code NOSCRIPT, because it would be run again.
func (s *Script) Run(ctx context.Context, keys []string, args ...any) (Value, error) {
	return s.run(ctx, &evalSha, &eval, keys, args)
}

// RunRO is Run for scripts that only read. It sends EVALSHA_RO and EVAL_RO, server 7.0. Replicas run it too,
// it is repeated after a lost reply, and if the script writes, the error is a [*ServerError].
func (s *Script) RunRO(ctx context.Context, keys []string, args ...any) (Value, error) {
	return s.run(ctx, &evalShaRO, &evalRO, keys, args)
}

// Load sends SCRIPT LOAD, so that the server knows the script before the first Run. It is optional.
func (s *Script) Load(ctx context.Context) error {
	if err := s.fault(); err != nil {
		return err
	}
	r := newRequest(s.c, &kindWord)
	encodeScriptLoad(&r.enc, s.wire)
	_, err := do[string](ctx, r)
	return err
}

// Exists reports whether the server knows the script. It sends SCRIPT EXISTS.
func (s *Script) Exists(ctx context.Context) (bool, error) {
	if err := s.fault(); err != nil {
		return false, err
	}
	known, err := s.c.ScriptExists(ctx, s.sum)
	return err == nil && len(known) == 1 && known[0], err
}

// Queue queues the script on a pipeline, with its KEYS and ARGV. It sends nothing. Exec first sends SCRIPT
// LOAD, on the same connection and in the same write, once for each script, and then EVALSHA. The script runs
// on the server of the pipeline, even if it belongs to another client. Its reply is that of Run. Unlike Run,
// it needs a user with the permission for SCRIPT LOAD.
//
// While a [Tx] watches keys, On(tx) returns the script for an immediate Run.
func (s *Script) Queue(p *Pipeline, keys []string, args ...any) *Reply[Value] {
	return s.queue(p, &evalSha, keys, args)
}

// QueueRO is Queue for scripts that only read. Exec sends EVALSHA_RO, server 7.0.
func (s *Script) QueueRO(p *Pipeline, keys []string, args ...any) *Reply[Value] {
	return s.queue(p, &evalShaRO, keys, args)
}

func (s *Script) queue(p *Pipeline, r *runner, keys []string, args []any) *Reply[Value] {
	if p == nil {
		return NewReply(Value{}, errUnmade)
	}
	on, err := s, s.fault()
	if err == nil {
		on = s.On(p.c)
		err = on.err
	}
	if err != nil {
		e := p.begin(&kindValue)
		e.Begin(r.info, r.head, 2)
		e.Err = err
	} else {
		r.encode(p.begin(&kindValue), on.sum, keys, args)
		p.b.load(load{"SCRIPT", on.wire, ErrNoScript})
	}
	return queue[Value](p)
}

// run is Run. It sends EVAL rather than SCRIPT LOAD and EVALSHA: this saves a round trip, nothing can happen
// in between, and the keys lead to the same server that did not know the script. If replicas answer in
// turn, the context selects this server.
func (s *Script) run(ctx context.Context, sum, text *runner, keys []string, args []any) (Value, error) {
	if err := s.fault(); err != nil {
		return Value{}, err
	}
	v, err := s.send(ctx, sum, s.sum, keys, args)
	if errors.Is(err, ErrNoScript) {
		var refusal *ServerError
		if errors.As(err, &refusal) {
			ctx = route.OnNode(ctx, refusal.Node)
		}
		v, err = s.send(ctx, text, s.wire, keys, args)
	}
	return v, err
}

func (s *Script) send(ctx context.Context, by *runner, script string, keys []string,
	args []any) (Value, error) {
	r := newRequest(s.c, &kindValue)
	by.encode(&r.enc, script, keys, args)
	if s.c != nil && s.c.ring != nil && s.c.ring.python {
		r.call.Route = &conn.Route{To: conn.ToKeys, Keys: s.c.encoded(keys)}
	}
	return do[Value](ctx, r)
}

// runner is one of the commands that run a script or a function: its description and its name, behind an
// array header that counts the script too.
type runner struct {
	info *command.Info
	head string
}

var (
	eval      = runner{&command.Infos[command.OpEval], "*2\r\n$4\r\nEVAL\r\n"}
	evalRO    = runner{&command.Infos[command.OpEvalRO], "*2\r\n$7\r\nEVAL_RO\r\n"}
	evalSha   = runner{&command.Infos[command.OpEvalSha], "*2\r\n$7\r\nEVALSHA\r\n"}
	evalShaRO = runner{&command.Infos[command.OpEvalShaRO], "*2\r\n$10\r\nEVALSHA_RO\r\n"}
	fcall     = runner{&command.Infos[command.OpFCall], "*2\r\n$5\r\nFCALL\r\n"}
	fcallRO   = runner{&command.Infos[command.OpFCallRO], "*2\r\n$8\r\nFCALL_RO\r\n"}
)

// encode writes a call. The text of a script is in the client's encoding already.
func (r *runner) encode(e *encoder, script string, keys []string, args []any) {
	e.Begin(r.info, r.head, 2)
	e.Word(script)
	e.CountedAny("keys", keys)
	e.AnyValues("args", args)
}

func (s *Script) fault() error {
	if s == nil || s.err == nil && s.c == nil {
		return &DataError{"EVAL", "script", "belongs to no client; Client.RegisterScript makes scripts"}
	}
	return s.err
}

// Functions is the text of a library of functions with the client that calls them. [Client.RegisterFunctions]
// makes it. It is immutable and safe for concurrent use. Functions need server 7.0.
type Functions struct {
	c    *Client
	code string
}

// RegisterFunctions makes a library of functions whose calls load it on servers that lack it. code is its
// whole text, whose first line names engine and library: "#!lua name=mylib". It sends nothing.
//
// Unlike scripts, servers store libraries on disk and replicate them. RegisterFunctions is for programs that
// contain their library; for a library that was installed by other means use [Client.FCall].
func (c *Client) RegisterFunctions(code string) *Functions { return &Functions{c: c, code: code} }

// On returns the same library for another client. It sends nothing.
func (f *Functions) On(other *Client) *Functions {
	if f == nil {
		return new(Functions)
	}
	return &Functions{c: other, code: f.code}
}

// Call runs a function with its keys and arguments and returns its reply, which is converted as by
// [Script.Run]. It sends FCALL; if the server does not know the function, it loads the library and calls
// again. It never replaces a library of the same name: if this is an older version without the function, the
// error matches [ErrNoFunction], and Load with [Replace] installs the newer one. Like Run, a call counts as a
// write that must not run twice.
func (f *Functions) Call(ctx context.Context, function string, keys []string, args ...any) (Value, error) {
	return f.call(ctx, false, function, keys, args)
}

// CallRO is Call for functions with the flag no-writes. It sends FCALL_RO. Replicas run it too, and it is
// repeated after a lost reply. For other functions the error is a [*ServerError].
func (f *Functions) CallRO(ctx context.Context, function string, keys []string, args ...any) (Value, error) {
	return f.call(ctx, true, function, keys, args)
}

// Queue queues a call of a function on a pipeline, with its keys and arguments. It sends nothing. Exec first
// sends the library with FUNCTION LOAD, on the same connection and in the same write, once for each library.
// If the server already has a library of this name, it refuses and keeps its own. The function runs on the
// server of the pipeline, even if the library belongs to another client. Its reply is that of Call.
func (f *Functions) Queue(p *Pipeline, function string, keys []string, args ...any) *Reply[Value] {
	return f.queue(p, &fcall, function, keys, args)
}

// QueueRO is Queue for functions with the flag no-writes. Exec sends FCALL_RO.
func (f *Functions) QueueRO(p *Pipeline, function string, keys []string, args ...any) *Reply[Value] {
	return f.queue(p, &fcallRO, function, keys, args)
}

func (f *Functions) queue(p *Pipeline, r *runner, function string, keys []string, args []any) *Reply[Value] {
	if p == nil {
		return NewReply(Value{}, errUnmade)
	}
	e := p.begin(&kindValue)
	r.encode(e, function, keys, args)
	if f == nil || f.c == nil {
		e.Err = f.fault()
	} else {
		p.b.load(load{"FUNCTION", f.code, ErrNoFunction})
	}
	return queue[Value](p)
}

// Load sends FUNCTION LOAD. If the server has a library of the same name, the error is a [*ServerError]
// unless [Replace] is given.
func (f *Functions) Load(ctx context.Context, opts ...FunctionLoadOption) error {
	if f == nil || f.c == nil {
		return f.fault()
	}
	_, err := f.c.FunctionLoad(ctx, f.code, opts...)
	return err
}

func (f *Functions) call(ctx context.Context, ro bool, function string, keys []string,
	args []any) (Value, error) {
	if f == nil || f.c == nil {
		return Value{}, f.fault()
	}
	v, err := f.send(ctx, ro, function, keys, args)
	if !errors.Is(err, ErrNoFunction) {
		return v, err
	}
	loading := f.Load(ctx)
	if loading != nil && OutcomeOf(loading) != Refused {
		return Value{}, loading
	}
	// A refusal may mean that another client has just loaded it. Replicas get it a little later.
	v, err = f.send(route.OnPrimary(ctx), ro, function, keys, args)
	if loading != nil && errors.Is(err, ErrNoFunction) {
		err = withLoading(err, loading)
	}
	return v, err
}

func (f *Functions) send(ctx context.Context, ro bool, function string, keys []string,
	args []any) (Value, error) {
	if ro {
		return f.c.FCallRO(ctx, function, keys, args...)
	}
	return f.c.FCall(ctx, function, keys, args...)
}

func (f *Functions) fault() error {
	return &DataError{"FCALL", "library", "belongs to no client; Client.RegisterFunctions makes libraries"}
}

// FunctionLibrary is a library of functions.
type FunctionLibrary struct {
	Name string
	// Engine is the language, such as "LUA".
	Engine    string
	Functions []FunctionInfo
	// Code is the text of the library, only with the option WithCode.
	Code string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *FunctionLibrary) slots() []slot {
	return []slot{
		{"library_name", &r.Name}, {"engine", &r.Engine}, {"library_code", decode.Shown(&r.Code)},
		{"functions", &r.Functions}, {others, &r.Extra},
	}
}

// FunctionInfo is a function of a library.
type FunctionInfo struct {
	Name string
	// Description is "" if there is none.
	Description string
	// Flags are the declared properties, such as "no-writes".
	Flags []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *FunctionInfo) slots() []slot {
	return []slot{
		{"name", &r.Name}, {"description", decode.Shown(&r.Description)}, {"flags", &r.Flags},
		{others, &r.Extra},
	}
}

// FunctionStats is the state of the engines that run functions.
type FunctionStats struct {
	// Running is the function that runs now; nil if there is none.
	Running *RunningFunction
	// Engines are the engines by name.
	Engines map[string]FunctionEngine
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *FunctionStats) slots() []slot {
	return []slot{
		{"running_script", &r.Running}, {"engines", &r.Engines}, {others, &r.Extra},
	}
}

// FunctionEngine is an engine that runs functions.
type FunctionEngine struct {
	Libraries, Functions int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *FunctionEngine) slots() []slot {
	return []slot{
		{"libraries_count", &r.Libraries}, {"functions_count", &r.Functions}, {others, &r.Extra},
	}
}

// RunningFunction is a running function or script.
type RunningFunction struct {
	Name string
	// Command is the command that called it, with its arguments; their text is as in [SlowLogEntry].
	Command []string
	// Duration is the time since its start, in milliseconds.
	Duration time.Duration
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *RunningFunction) slots() []slot {
	return []slot{
		{"name", &r.Name}, {"command", decode.ShownList(&r.Command)}, {"duration_ms", &r.Duration},
		{others, &r.Extra},
	}
}
