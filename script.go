package redpoll

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/redpoll-go/redpoll/internal/encode"
)

// Script is a Lua script with the client that runs it. [Client.RegisterScript] makes it. It never changes and may be
// used by many goroutines at once.
//
// Prefer it to [Client.Eval] and [Client.EvalSha], which exist for completeness: it sends the text of the script only to
// a server that does not know it, and needs no care after a restart, a failover or SCRIPT FLUSH.
type Script struct {
	c    *Client
	lua  string // as it was given
	wire string // as it is sent: in the client's text encoding
	sum  string // SHA-1 of wire, in hexadecimal digits: the server's name for it
	err  error  // why it cannot be sent
}

// RegisterScript makes a script that runs on this client. It sends nothing: the SHA-1 sum by which the server
// knows the script is computed here, over the bytes that will be sent, that is in the client's text encoding. Text that
// the encoding lacks is a [*DataError] of each Run.
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

// sumOf is the name that servers give a script.
func sumOf(wire string) string {
	sum := sha1.Sum([]byte(wire))
	return hex.EncodeToString(sum[:])
}

// On gives the same script for another client, which may lead to another server. It sends nothing, and costs one
// small allocation if neither client has a text encoding.
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

// SHA1 gives the sum by which servers know the script, in lower-case hexadecimal digits. It is "" for a script that
// cannot be sent.
func (s *Script) SHA1() string {
	if s == nil {
		return ""
	}
	return s.sum
}

// Run runs the script with its KEYS and ARGV and gives its reply; args follow the rules for values. It sends EVALSHA,
// and only if the server does not know the script EVAL with the whole text, which makes it known from then on: the
// first call costs two round trips, and every later one a single one.
//
// Lua values come back as the server converts them: a number as an integer, with its fraction cut off (return a
// string to keep it); a string as a string; a table as an array up to its first nil; false and nil as nil, true as 1; a
// table with the field ok as a status, and one with the field err as an error. An error that is the whole reply is a
// [*ServerError] of Run; one within an array is a [Value] with an Err. A nil reply is a nil Value and no error.
//
// A script counts as a write that must not run twice: after a lost reply it is not repeated, and the error matches
// [ErrMaybeExecuted]. A script that fails may have done a part of its work before. It must not itself return an
// error with the code NOSCRIPT: it would be run again.
func (s *Script) Run(ctx context.Context, keys []string, args ...any) (Value, error) {
	return s.run(ctx, &methods[mEvalSha], &methods[mEval], keys, args)
}

// RunRO is Run for scripts that only read, by EVALSHA_RO and EVAL_RO of server 7.0: replicas run it too, it is
// repeated after a lost reply, and a script that writes is a server error.
func (s *Script) RunRO(ctx context.Context, keys []string, args ...any) (Value, error) {
	return s.run(ctx, &methods[mEvalShaRO], &methods[mEvalRO], keys, args)
}

// Load makes the script known to the server, so that the first Run finds it. It sends SCRIPT LOAD and is never needed.
func (s *Script) Load(ctx context.Context) error {
	if err := s.fault(); err != nil {
		return err
	}
	r := newRequest(s.c, &methods[mScriptLoad])
	r.one.begin(&methods[mScriptLoad]).Word(s.wire)
	_, err := doString(ctx, r)
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

// Queue queues the script on a pipeline, with its KEYS and ARGV. It sends nothing: the pipeline's Exec makes the script
// known to the server first, on the same connection and in the same write, once for each script, and then sends EVALSHA.
// The script runs on the server of the pipeline, whatever client it belongs to. Its reply is that of Run. Unlike Run, it needs
// a user who may send SCRIPT LOAD.
//
// On a [Tx] whose keys are watched, On(tx) gives the script for Run at once.
func (s *Script) Queue(p *Pipeline, keys []string, args ...any) *Reply[Value] {
	return s.queue(p, &methods[mEvalSha], keys, args)
}

// QueueRO is Queue for scripts that only read, by EVALSHA_RO of server 7.0.
func (s *Script) QueueRO(p *Pipeline, keys []string, args ...any) *Reply[Value] {
	return s.queue(p, &methods[mEvalShaRO], keys, args)
}

func (s *Script) queue(p *Pipeline, m *method, keys []string, args []any) *Reply[Value] {
	on, err := s, s.fault()
	if err == nil {
		on = s.On(p.c)
		err = on.err
	}
	if err != nil {
		p.begin(m).Err = err
	} else {
		putScript(p, m, on.sum, keys, args)
		p.b.load(load{"SCRIPT", on.wire, ErrNoScript})
	}
	return queueValue(p)
}

// run is Run. EVAL rather than SCRIPT LOAD and another EVALSHA: it is one round trip less, nothing can come in between, and its
// keys lead it to the very server that did not know the script.
func (s *Script) run(ctx context.Context, sum, text *method, keys []string, args []any) (Value, error) {
	if err := s.fault(); err != nil {
		return Value{}, err
	}
	v, err := s.send(ctx, sum, s.sum, keys, args)
	if errors.Is(err, ErrNoScript) {
		v, err = s.send(ctx, text, s.wire, keys, args)
	}
	return v, err
}

func (s *Script) send(ctx context.Context, m *method, script string, keys []string, args []any) (Value, error) {
	r := newRequest(s.c, m)
	putScript(&r.one, m, script, keys, args)
	return doValue(ctx, r)
}

// putScript encodes one of the commands that run scripts. The script goes out as it is.
func putScript(p *Pipeline, m *method, script string, keys []string, args []any) {
	e := p.begin(m)
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

// Functions is the text of a library of functions with the client that calls them. [Client.RegisterFunctions] makes
// it. It never changes and may be used by many goroutines at once. Functions need server 7.0.
type Functions struct {
	c    *Client
	code string
}

// RegisterFunctions makes a library of functions whose calls load it where it is missing. code is its whole text, whose
// first line names engine and library: "#!lua name=mylib". It sends nothing.
//
// Servers keep libraries on disk and hand them to their replicas, unlike scripts. This is for programs that bring
// their library along; one that is installed by other means is called with [Client.FCall].
func (c *Client) RegisterFunctions(code string) *Functions { return &Functions{c: c, code: code} }

// On gives the same library for another client. It sends nothing.
func (f *Functions) On(other *Client) *Functions {
	if f == nil {
		return new(Functions)
	}
	return &Functions{c: other, code: f.code}
}

// Call runs a function with its keys and arguments and gives its reply, which is converted as that of [Script.Run]. It
// sends FCALL; when the server does not know the function it loads the library and calls once more. A library that is
// there already is never replaced: if it lacks the function, because it is an older one, the error matches
// [ErrNoFunction], and Load with [Replace] brings the newer one. A call counts as a write that must not run twice,
// as Run does.
func (f *Functions) Call(ctx context.Context, function string, keys []string, args ...any) (Value, error) {
	return f.call(ctx, false, function, keys, args)
}

// CallRO is Call for functions with the flag no-writes, by FCALL_RO: replicas run it too, and it is repeated after a
// lost reply. Other functions are a server error.
func (f *Functions) CallRO(ctx context.Context, function string, keys []string, args ...any) (Value, error) {
	return f.call(ctx, true, function, keys, args)
}

// Queue queues a call of a function on a pipeline, with its keys and arguments. It sends nothing: the pipeline's Exec
// sends the library first, by FUNCTION LOAD, on the same connection and in the same write, once for each library. A
// server that has a library of that name already refuses it and keeps its own. The function runs on the server of the
// pipeline, whatever client the library belongs to. Its reply is that of Call.
func (f *Functions) Queue(p *Pipeline, function string, keys []string, args ...any) *Reply[Value] {
	return f.queue(p, &methods[mFCall], function, keys, args)
}

// QueueRO is Queue for functions with the flag no-writes, by FCALL_RO.
func (f *Functions) QueueRO(p *Pipeline, function string, keys []string, args ...any) *Reply[Value] {
	return f.queue(p, &methods[mFCallRO], function, keys, args)
}

func (f *Functions) queue(p *Pipeline, m *method, function string, keys []string, args []any) *Reply[Value] {
	putScript(p, m, function, keys, args)
	if f == nil || f.c == nil {
		p.enc.Err = f.fault()
	} else {
		p.b.load(load{"FUNCTION", f.code, ErrNoFunction})
	}
	return queueValue(p)
}

// Load makes the library known to the server. It sends FUNCTION LOAD. A library of the same name is a server error
// unless [Replace] is given.
func (f *Functions) Load(ctx context.Context, opts ...FunctionLoadOption) error {
	if f == nil || f.c == nil {
		return f.fault()
	}
	_, err := f.c.FunctionLoad(ctx, f.code, opts...)
	return err
}

func (f *Functions) call(ctx context.Context, ro bool, function string, keys []string, args []any) (Value, error) {
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
	// A refusal may mean that somebody else has just loaded it.
	v, err = f.send(ctx, ro, function, keys, args)
	if loading != nil && errors.Is(err, ErrNoFunction) {
		//houserules:ok family: err is an error of this package
		err = fmt.Errorf("%w; its library is not loaded: %w", err, loading)
	}
	return v, err
}

func (f *Functions) send(ctx context.Context, ro bool, function string, keys []string, args []any) (Value, error) {
	if ro {
		return f.c.FCallRO(ctx, function, keys, args...)
	}
	return f.c.FCall(ctx, function, keys, args...)
}

func (f *Functions) fault() error {
	return &DataError{"FCALL", "library", "belongs to no client; Client.RegisterFunctions makes libraries"}
}
