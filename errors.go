package redpoll

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/resp"
)

// Error is implemented by every error that this package makes: [*ServerError], [*ConnError], [*DataError],
// [*StateError], [*OptionError], [*ReplyError], [*LockError], [*DrainError] and the sentinels. It serves to tell them from other errors with
// errors.As; what happened is told by the types and sentinels below.
type Error interface {
	error
	redpollError()
}

// sentinel is a fixed error of this package.
type sentinel struct{ text string }

func (e *sentinel) Error() string { return "redpoll: " + e.text }
func (e *sentinel) redpollError() {}

// Nil is what a command returns when the server answered "no value": GET of a missing key, SET with NX
// that was not met. It is no failure. Test for it with errors.Is(err, redpoll.Nil). Where servers always send a number or a
// status, as for INCR and MSET, a null is a [*ReplyError] instead.
var Nil error = &sentinel{"nil"}

func init() { decode.Missing = Nil }

// Errors of the client itself.
var (
	// ErrClosed: the client, or its pool, has been closed, and stays so. Nothing was sent, unless the call
	// was already under way; the [*ConnError] around it says so.
	ErrClosed error = &sentinel{"client is closed"}
	// ErrConnClosed: this side has closed the connection under the call, by Pool.Disconnect or because another
	// call on the same Client.Conn ended early. The client works on.
	ErrConnClosed error = &sentinel{"connection closed by this client"}
	// ErrPoolExhausted: all connections that Options.MaxBlocking allows are in use, or with
	// Options.FailAtMaxConns those of MaxConns. Nothing was sent. The error says which ones, and what to do.
	ErrPoolExhausted error = &sentinel{"too many connections"}
	// ErrPoolTimeout: no connection came free within Options.WaitTimeout; or in a context without a deadline
	// none at all came back for 20 s, see Options.MaxConns. Nothing was sent.
	ErrPoolTimeout error = &sentinel{"no connection available"}
	// ErrLimited: a [LimitHook] has refused the command. Nothing was sent. The error matches the hook's own error too.
	ErrLimited error = &sentinel{"refused by a hook"}
	// ErrProtocol: the server sent something that is not RESP, or a reply that nobody asked for. The
	// connection was closed; other connections are not concerned.
	ErrProtocol error = &sentinel{"protocol error"}
)

// What is known of a call that failed. Every [*ConnError] and [*ServerError] matches exactly one of them.
var (
	// ErrNotSent: the server has not seen the whole command. It is safe to repeat.
	ErrNotSent error = &sentinel{"not sent"}
	// ErrRefused: the server answered, and the answer was no.
	ErrRefused error = &sentinel{"refused by the server"}
	// ErrMaybeExecuted: the command was sent and no reply came. It may have run, or may still run.
	ErrMaybeExecuted error = &sentinel{"may have been executed"}
)

// Classes of error replies. A [*ServerError] matches one of them if its code fits.
var (
	// ErrAuth: user or password are missing or wrong (NOAUTH, WRONGPASS, and the texts of older servers).
	ErrAuth error = &sentinel{"authentication failed"}
	// ErrNoPerm: the ACL user may not do this (NOPERM).
	ErrNoPerm error = &sentinel{"no permission"}
	// ErrLoading: the server is reading its data set from disk (LOADING).
	ErrLoading error = &sentinel{"server is loading"}
	// ErrMaxClients: the server has no room for another connection.
	ErrMaxClients error = &sentinel{"max number of clients reached"}
	// ErrReadOnly: a write was sent to a replica (READONLY).
	ErrReadOnly error = &sentinel{"server is read-only"}
	// ErrNoScript: the script is not in the server's cache (NOSCRIPT).
	ErrNoScript error = &sentinel{"no such script"}
	// ErrNoFunction: no library of the server has the function that was called.
	ErrNoFunction error = &sentinel{"no such function"}
	// ErrExecAbort: a transaction was discarded because of an earlier error (EXECABORT).
	ErrExecAbort error = &sentinel{"transaction aborted"}
	// ErrWrongType: the key holds another kind of value (WRONGTYPE).
	ErrWrongType error = &sentinel{"wrong kind of value"}
	// ErrBusyKey: the key exists already (BUSYKEY).
	ErrBusyKey error = &sentinel{"key exists"}
	// ErrBusy: the server runs a script that takes long (BUSY).
	ErrBusy error = &sentinel{"server is busy with a script"}
	// ErrOutOfMemory: the server is at its memory limit (OOM).
	ErrOutOfMemory error = &sentinel{"server is out of memory"}
	// ErrClusterDown: the cluster cannot serve this key now (CLUSTERDOWN).
	ErrClusterDown error = &sentinel{"cluster is down"}
	// ErrTryAgain: the keys are being moved (TRYAGAIN).
	ErrTryAgain error = &sentinel{"try again"}
	// ErrMoved: another node owns the key (MOVED, ASK).
	ErrMoved error = &sentinel{"key is on another node"}
	// ErrCrossSlot: the keys of one command belong to several slots (CROSSSLOT).
	ErrCrossSlot error = &sentinel{"keys belong to several slots"}
)

var classOfCode = map[string]error{
	"NOAUTH": ErrAuth, "WRONGPASS": ErrAuth, "NOPERM": ErrNoPerm, "LOADING": ErrLoading, "READONLY": ErrReadOnly,
	"NOSCRIPT": ErrNoScript, "EXECABORT": ErrExecAbort, "WRONGTYPE": ErrWrongType, "BUSYKEY": ErrBusyKey,
	"BUSY": ErrBusy, "OOM": ErrOutOfMemory, "CLUSTERDOWN": ErrClusterDown, "TRYAGAIN": ErrTryAgain,
	"MOVED": ErrMoved, "ASK": ErrMoved, "CROSSSLOT": ErrCrossSlot,
}

// isClass reports whether an error matches a class of error replies.
func isClass(err error) bool {
	if errors.Is(err, ErrMaxClients) || errors.Is(err, ErrNoFunction) {
		return true
	}
	for _, class := range classOfCode {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// Outcome says what is known of a command.
type Outcome uint8

const (
	// MaybeExecuted: the command left, no reply came. It is the zero value, which promises least.
	MaybeExecuted Outcome = iota
	// NotSent: the server has not seen the whole command; repeating it is safe.
	NotSent
	// Refused: the server answered with an error reply. It did not do what was asked; only a script
	// or a function may have done a part of it.
	Refused
	// Executed: the server ran the command and its reply is here.
	Executed
)

// String gives the name in words.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Refused:
		return "refused"
	case Executed:
		return "executed"
	}
	return "maybe executed"
}

func (o Outcome) is(target error) bool {
	switch target {
	case ErrNotSent:
		return o == NotSent
	case ErrRefused:
		return o == Refused
	case ErrMaybeExecuted:
		return o == MaybeExecuted
	}
	return false
}

// OutcomeOf says what is known of the command that returned err. An error that is not of this package, and came
// from elsewhere, counts as MaybeExecuted, unless it wraps one that is.
func OutcomeOf(err error) Outcome {
	var (
		ce *ConnError
		se *ServerError
		re *ReplyError
		ee *ElementError
		le *LockError
		dr *DrainError
	)
	switch {
	case err == nil, errors.Is(err, Nil), errors.As(err, &re), errors.As(err, &ee):
		return Executed
	case errors.As(err, &ce):
		return ce.Outcome
	case errors.As(err, &se), errors.Is(err, ErrWatch):
		return Refused
	case errors.As(err, &le):
		return le.outcome()
	case errors.As(err, &dr):
		return MaybeExecuted // of what was cut nothing is known here
	// What is left of the sentinels is one that a caller has wrapped itself.
	case errors.Is(err, ErrMaybeExecuted), errors.Is(err, ErrProtocol), errors.Is(err, ErrConnClosed):
		return MaybeExecuted
	case errors.Is(err, ErrRefused), isClass(err):
		return Refused
	}
	var pe *PipelineError
	if errors.As(err, &pe) {
		return OutcomeOf(pe.Err) // that of a callback, for example, comes from elsewhere
	}
	var own Error
	if errors.As(err, &own) {
		return NotSent
	}
	return MaybeExecuted
}

// Phase says how far a command had come when it failed.
type Phase uint8

const (
	// PhaseQueue: it waited for a connection.
	PhaseQueue Phase = iota
	// PhaseDial: a connection was being opened for it.
	PhaseDial
	// PhaseHandshake: TLS, authentication or the choice of the database failed.
	PhaseHandshake
	// PhaseWrite: it was being written.
	PhaseWrite
	// PhaseRead: its reply was awaited.
	PhaseRead
)

// String gives the name in words.
func (p Phase) String() string {
	switch p {
	case PhaseQueue:
		return "queue"
	case PhaseDial:
		return "dial"
	case PhaseHandshake:
		return "handshake"
	case PhaseWrite:
		return "write"
	}
	return "read"
}

// ServerError is an error reply of the server. The arguments of the command are not in it.
type ServerError struct {
	Code    string // the first word of the reply if it is a code: "ERR", "WRONGTYPE", "NOPERM"; else ""
	Message string // the rest
	Command string // the command that got it, name only; "" for an error inside a reply
	Node    string // the address of the server that gave it; "" for an error inside a reply
}

// Error gives the reply as the server worded it; command and node stand in fields of their own. The code ERR, which
// says nothing, is left out.
func (e *ServerError) Error() string {
	if e.Code == "" || e.Code == "ERR" {
		return e.Message
	}
	return e.Code + " " + e.Message
}

func (e *ServerError) redpollError() {}

// Is makes errors.Is match ErrRefused and the classes of error replies.
func (e *ServerError) Is(target error) bool {
	return target == ErrRefused || target == e.class()
}

func (e *ServerError) class() error {
	if c, ok := classOfCode[e.Code]; ok {
		return c
	}
	if e.Code == "ERR" || e.Code == "" {
		switch m := strings.ToLower(e.Message); {
		case strings.Contains(m, "max number of clients reached"):
			return ErrMaxClients
		case strings.HasPrefix(m, "invalid password"), strings.Contains(m, "no password is set"),
			strings.Contains(m, "without any password configured"), strings.Contains(m, "operation not permitted"):
			return ErrAuth
		case m == "function not found":
			return ErrNoFunction
		}
	}
	return nil
}

// verdict is a ServerError as the cause of a ConnError, or inside a reply. It matches the class of the reply, but no
// outcome: that is the ConnError's to tell, as an earlier attempt may have run, and a command whose reply has an error in
// it was executed in part.
type verdict struct{ reply *ServerError }

func (e *verdict) Error() string { return e.reply.Error() }

func (e *verdict) Is(target error) bool { return target != ErrRefused && e.reply.Is(target) }

func (e *verdict) As(target any) bool {
	t, ok := target.(**ServerError)
	if ok {
		*t = e.reply
	}
	return ok
}

func newServerError(text string) *ServerError {
	// The answer to an unknown command repeats its arguments.
	text, _, _ = strings.Cut(text, conn.EchoedArgs)
	code, message := resp.SplitError(text)
	return &ServerError{Code: code, Message: message}
}

// ConnError is a failure on the way to the server or back. It wraps the cause, so that errors.Is finds
// context.DeadlineExceeded, os.ErrDeadlineExceeded, io.EOF, syscall.ECONNREFUSED, [ErrClosed] and so on.
type ConnError struct {
	Node    string        // the server's address; "" if none had been chosen yet
	Command string        // name only, never arguments; "" when no command was involved
	Phase   Phase         // how far it had come
	Elapsed time.Duration // since the command was queued; 0 if it never was
	Outcome Outcome       // NotSent, Refused or MaybeExecuted
	Err     error         // the cause
}

// Error tells node, command, phase, cause and outcome.
func (e *ConnError) Error() string {
	var b strings.Builder
	b.WriteString("redpoll: ")
	switch {
	case e.Command != "" && e.Node != "":
		b.WriteString(e.Command + " on " + e.Node + ": ")
	case e.Command != "" || e.Node != "":
		b.WriteString(e.Command + e.Node + ": ")
	}
	b.WriteString(e.Phase.String())
	if e.Elapsed > 0 {
		fmt.Fprintf(&b, " after %v", e.Elapsed.Round(time.Microsecond))
	}
	fmt.Fprintf(&b, ": %v (%v)", e.Err, e.Outcome)
	return b.String()
}

func (e *ConnError) redpollError() {}

// Unwrap gives the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// Is makes errors.Is match the outcome: ErrNotSent, ErrRefused or ErrMaybeExecuted.
func (e *ConnError) Is(target error) bool { return e.Outcome.is(target) }

// Timeout reports whether a time-out or deadline was the cause, as net.Error has it.
func (e *ConnError) Timeout() bool {
	return errors.Is(e.Err, os.ErrDeadlineExceeded) || errors.Is(e.Err, context.DeadlineExceeded)
}

// DataError is an argument that cannot be sent: a value of a type with no Redis form, options that exclude one
// another, a duration that the unit cannot hold. Nothing was sent.
type DataError struct {
	Command  string // the command's name
	Argument string // which argument, never its value
	Reason   string // what is wrong and what to do
}

// Error names command, argument and what to do.
func (e *DataError) Error() string {
	where := e.Command
	if e.Argument != "" {
		where += " " + e.Argument
	}
	return "redpoll: " + where + ": " + e.Reason
}

func (e *DataError) redpollError() {}

// Is makes errors.Is match ErrNotSent.
func (e *DataError) Is(target error) bool { return target == ErrNotSent }

// StateError is a command that would change the connection it runs on for whoever uses that next. Nothing was sent.
// Clients that Client.Conn made refuse such commands too: their connections go back to the pool.
//
// WAIT and WAITAOF are one as well in Do of a client that shares its connections: they speak of the writes of a connection, and
// the answer would be about those of others.
type StateError struct {
	Command string // the command's name
	Instead string // what does the same safely

	held bool // it speaks of its connection and changes nothing
}

// Error names the command and what to use in its place.
func (e *StateError) Error() string {
	if e.held {
		return "redpoll: " + e.Command + " would speak of the writes of others, who use its connection too: " + e.Instead
	}
	return "redpoll: " + e.Command + " would change its connection for whoever uses it next: " + e.Instead
}

func (e *StateError) redpollError() {}

// Is makes errors.Is match ErrNotSent.
func (e *StateError) Is(target error) bool { return target == ErrNotSent }

// ReplyError is a reply that arrived whole and has a shape that the command should not have, text that the client's encoding
// cannot read, or text that a converter such as [Int] cannot convert. The command was executed and the connection stays in
// step. The result beside the error is the zero value, but for one case:
//
// A reply in which the server gave errors in the place of values is a ReplyError too: [ServerError] has their words.
// Proxies do that in lists for keys whose server they cannot reach. If the result is a list of single values (not
// of records such as [Z]) or the map of a hash, it comes together with the error and has all the other elements: the
// zero value stands for those that are in Elements, and a map lacks them.
type ReplyError struct {
	Command  string          // the command's name, or that of the converter
	Err      error           // what is wrong with the reply
	Elements []*ElementError // the elements that are missing from the result that came with the error; nil if there is no such result
}

// Error names the command and what came.
func (e *ReplyError) Error() string {
	return "redpoll: " + e.Command + ": " + strings.TrimPrefix(e.Err.Error(), "redpoll: ")
}

func (e *ReplyError) redpollError() {}

// Unwrap gives the cause.
func (e *ReplyError) Unwrap() error { return e.Err }

// ElementError is an error of the server in the place of an element of a reply. It matches the class of its
// [ServerError], but no outcome: the command as a whole was executed.
type ElementError struct {
	Index int // the place of the element in the result, from 0; of a pair of a map, in the reply
	Err   *ServerError
}

// Error names the place and gives the server's words.
func (e *ElementError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

func (e *ElementError) redpollError() {}

// Unwrap gives the server's error.
func (e *ElementError) Unwrap() error { return &verdict{e.Err} }

// elements are the errors of several elements as one. Its text names the first ones.
type elements []*ElementError

func (e elements) Error() string {
	const most = 3
	var b strings.Builder
	for i, one := range e[:min(len(e), most)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(one.Error())
	}
	if len(e) > most {
		fmt.Fprintf(&b, "; and %d more", len(e)-most)
	}
	return b.String()
}

func (e elements) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// misread is the error of a reply that could not be read into what slot points to, or not all of it.
func misread(command string, err error, slot any) *ReplyError {
	if lost, ok := err.(*decode.Lost); ok && lost.Into(slot) {
		var missing elements
		for _, l := range lost.Elements {
			missing = append(missing, &ElementError{l.Index, newServerError(l.Text)})
		}
		return &ReplyError{Command: command, Err: missing, Elements: missing}
	}
	if text, ok := decode.Refusal(err); ok {
		return &ReplyError{Command: command, Err: fmt.Errorf("an error inside the reply: %w", &verdict{newServerError(text)})}
	}
	return &ReplyError{Command: command, Err: decode.Inside(err)}
}

// OptionError is an option, or a part of a URL, that cannot be used.
type OptionError struct {
	Option string // its name in Options or in the URL
	Reason string // what is wrong and what to do
}

// Error names the option and what to do.
func (e *OptionError) Error() string { return "redpoll: " + e.Option + ": " + e.Reason }

func (e *OptionError) redpollError() {}

// cause puts the errors of the layers below into this package's own terms. command is the one that failed.
func cause(node, command string, err error) error {
	var de *conn.DialError
	var gone *conn.GaveUp
	var desync *conn.DesyncError
	var refusal *route.Refusal
	switch {
	case errors.As(err, &gone):
		return ended(gone, node, command)
	case errors.As(err, &refusal):
		return &verdict{replied(node, command, refusal.Text)}
	case errors.As(err, &de) && de.Reply != "":
		v := &verdict{replied(node, de.Step, de.Reply)}
		if de.Hint != "" && v.Is(ErrAuth) {
			//houserules:ok family: the cause of a ConnError
			return fmt.Errorf("%s: %w (%s)", de.Step, v, de.Hint)
		}
		//houserules:ok family: the cause of a ConnError
		return fmt.Errorf("%s: %w", de.Step, v)
	case errors.As(err, &desync):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case errors.Is(err, route.ErrBroken):
		return ErrWatch
	case errors.Is(err, pool.ErrClosed):
		return ErrClosed
	case errors.Is(err, conn.ErrClosed), errors.Is(err, conn.ErrRetired):
		return ErrConnClosed
	case errors.Is(err, pool.ErrExhausted):
		return rename(err, pool.ErrExhausted, ErrPoolExhausted)
	case errors.Is(err, pool.ErrNoConn):
		return rename(err, pool.ErrNoConn, ErrPoolTimeout)
	}
	return err
}

// ended is the end of a context, with what it says about it, or what the call has met before.
func ended(gone *conn.GaveUp, node, command string) error {
	switch {
	case gone.Cause == nil:
		return gone.Err
	case errors.As(gone.Cause, new(Error)):
		// The failure of another call ended the context, as with errgroup. This error must not match it.
		//houserules:ok family: the cause of a ConnError
		return fmt.Errorf("%w: %v", gone.Err, gone.Cause)
	}
	//houserules:ok family: the cause of a ConnError
	return fmt.Errorf("%w: %w", gone.Err, cause(node, command, gone.Cause))
}

// replied is an error reply to a command.
func replied(node, command, text string) *ServerError {
	e := newServerError(text)
	e.Node, e.Command = node, command
	return e
}

// rename gives an error another sentinel and keeps the detail of its text.
func rename(err, from, to error) error {
	detail := strings.TrimPrefix(err.Error(), from.Error())
	//houserules:ok family: to is a sentinel of this package
	return fmt.Errorf("%w%s", to, detail)
}

// failure is the error of a call that ended without a usable reply.
func failure(call *conn.Call) error {
	node, command := call.Node(), commandName(call)
	if call.Refused() {
		return replied(node, command, call.Refusal)
	}
	e := &ConnError{Node: node, Command: command, Phase: Phase(call.Phase), Err: cause(node, command, call.Err)}
	if call.Began > 0 {
		e.Elapsed = conn.Now() - call.Began
	}
	switch {
	case call.Outcome == conn.MaybeExecuted:
		e.Outcome = MaybeExecuted
	case refused(call.Err):
		e.Outcome = Refused // during the handshake, or for now until the context ended
	default:
		e.Outcome = NotSent
	}
	return e
}

// refused reports whether a failure is an answer of the server.
func refused(err error) bool {
	var de *conn.DialError
	return errors.As(err, new(*route.Refusal)) || errors.As(err, &de) && de.Reply != ""
}

// unconnected is the error of an attempt to connect.
func unconnected(err error) error {
	return failure(route.Failed(err))
}

// abandonment is the error of a call whose caller gave up.
func abandonment(command string, gone *conn.GaveUp) *ConnError {
	e := &ConnError{Node: gone.Node, Command: command, Phase: PhaseRead, Elapsed: gone.Elapsed, Outcome: MaybeExecuted, Err: ended(gone, gone.Node, command)}
	if gone.Outcome == conn.NotSent {
		e.Phase, e.Outcome = PhaseQueue, NotSent
	}
	return e
}

func commandName(call *conn.Call) string {
	if call.Info == nil {
		return ""
	}
	return call.Info.Name
}
