package redpoll

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/remedy"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/resp"
)

// Error is implemented by every error that this package makes: [*ServerError], [*ConnError], [*DataError],
// [*StateError], [*OptionError], [*ReplyError], [*LockError], [*DrainError], [*KeyEventsError],
// [*DiscoveryError] and the sentinels. Use it with errors.As to recognize errors of this package. The types
// and sentinels below tell the cause.
type Error interface {
	error
	redpollError()
}

// sentinel is a fixed error of this package.
type sentinel struct{ text string }

func (e *sentinel) Error() string { return "redpoll: " + e.text }
func (e *sentinel) redpollError() {}

// Nil is the error of a command that the server answered with "no value": GET of a missing key, or SET with
// NX if the key exists. It is not a failure. Test for it with errors.Is(err, redpoll.Nil). If a command
// always returns a number or a status, such as INCR and MSET, a null reply is a [*ReplyError] instead.
var Nil error = &sentinel{"nil"}

// Errors of the client itself.
var (
	// ErrClosed means that the client, or its pool, has been closed. Nothing was sent, unless the call was
	// already under way; the Outcome of the [*ConnError] around it tells.
	ErrClosed error = &sentinel{"the client is closed"}
	// ErrConnClosed means that this side closed the connection during the call, by Pool.Disconnect or because
	// another call on the same Client.Conn ended early. The client stays usable.
	ErrConnClosed error = &sentinel{"connection closed by this client"}
	// ErrPoolExhausted means that Options.MaxBlocking connections are in use, or with Options.FailAtMaxConns,
	// MaxConns connections. Nothing was sent. The error names the bound and what to do.
	ErrPoolExhausted error = &sentinel{"too many connections"}
	// ErrPoolTimeout means that no connection became free within Options.WaitTimeout. For a context without a
	// deadline it also means that no connection at all came back for 20 s, see Options.MaxConns. Nothing was
	// sent.
	ErrPoolTimeout error = &sentinel{"no connection available"}
	// ErrNoPrimary means that no Sentinel, or no server, named a primary that is up. Nothing was sent. The
	// error has a [*DiscoveryError] with the answers of all that were asked.
	ErrNoPrimary error = &sentinel{"no primary is known"}
	// ErrNoReplica means that no replica could be reached, and also no primary if the settings allow it
	// instead. Nothing was sent. The error has a [*DiscoveryError].
	ErrNoReplica error = &sentinel{"no replica can be reached"}
	// ErrLimited means that a [LimitHook] has refused the command. Nothing was sent. The error also matches
	// the error of the hook.
	ErrLimited error = &sentinel{"refused by a hook"}
	// ErrNoHandler means that [PubSub.Run] was called while a channel or pattern had no handler. The error
	// names it. Nothing was started.
	ErrNoHandler error = &sentinel{"no handler is registered"}
	// ErrOverflow means that the queue of a [PubSub] was full, and PubSubOptions.Overflow is QueueEnd. The
	// PubSub has no subscriptions any more. Each call that reads returns it behind the waiting messages,
	// until the PubSub subscribes again, or is closed. Subscribe again, and read anew the data that the
	// messages are about.
	ErrOverflow error = &sentinel{"the queue of the subscription was full, and messages were dropped: " +
		"subscribe again, and read faster or with a larger queue"}
	// ErrProtocol means that the server sent data that is not RESP, or a reply without a request. The
	// connection was closed; other connections are not affected.
	ErrProtocol error = &sentinel{"protocol error"}
)

// Outcomes of a call that failed. Every [*ConnError] and [*ServerError] matches exactly one of them.
var (
	// ErrNotSent means that the server has not received the whole command. It is safe to repeat.
	ErrNotSent error = &sentinel{"not sent"}
	// ErrRefused means that the server answered with an error.
	ErrRefused error = &sentinel{"refused by the server"}
	// ErrMaybeExecuted means that the command was sent and no reply came. It may have run, or may still run.
	ErrMaybeExecuted error = &sentinel{"may have been executed"}
)

// Classes of error replies. A [*ServerError] matches one of them if its code fits.
var (
	// ErrAuth means that user or password are missing or wrong (NOAUTH, WRONGPASS, and the texts of older
	// servers).
	ErrAuth error = &sentinel{"authentication failed"}
	// ErrNoPerm means that the ACL user lacks a permission (NOPERM).
	ErrNoPerm error = &sentinel{"no permission"}
	// ErrLoading means that the server is reading its data set from disk (LOADING).
	ErrLoading error = &sentinel{"server is loading"}
	// ErrMaxClients means that the server accepts no more connections.
	ErrMaxClients error = &sentinel{"max number of clients reached"}
	// ErrReadOnly means that a write was sent to a replica (READONLY).
	ErrReadOnly error = &sentinel{"server is read-only"}
	// ErrNoScript means that the script is not in the server's cache (NOSCRIPT).
	ErrNoScript error = &sentinel{"no such script"}
	// ErrNoFunction means that no library of the server has the function.
	ErrNoFunction error = &sentinel{"no such function"}
	// ErrExecAbort means that a transaction was discarded because of an earlier error (EXECABORT).
	ErrExecAbort error = &sentinel{"transaction aborted"}
	// ErrWrongType means that the key holds another kind of value (WRONGTYPE).
	ErrWrongType error = &sentinel{"wrong kind of value"}
	// ErrBusyKey means that the key exists already (BUSYKEY).
	ErrBusyKey error = &sentinel{"key exists"}
	// ErrBusyGroup means that the stream already has a consumer group of that name (BUSYGROUP). XGROUP CREATE
	// returns it. A worker that makes its group at each start can ignore it: the group exists.
	ErrBusyGroup error = &sentinel{"consumer group exists"}
	// ErrNoGroup means that there is no such stream, or that it has no such consumer group (NOGROUP).
	// XREADGROUP, XCLAIM, XAUTOCLAIM, XPENDING, XGROUP and XINFO CONSUMERS return it. The stream was deleted,
	// has expired, or never existed. Make the group with XGroupCreate and MkStream, and try again.
	ErrNoGroup error = &sentinel{"no such consumer group"}
	// ErrBusy means that the server runs a script that takes long (BUSY).
	ErrBusy error = &sentinel{"server is busy with a script"}
	// ErrOutOfMemory means that the server is at its memory limit (OOM).
	ErrOutOfMemory error = &sentinel{"server is out of memory"}
	// ErrClusterDown means that the cluster cannot serve this key now (CLUSTERDOWN).
	ErrClusterDown error = &sentinel{"cluster is down"}
	// ErrTryAgain means that the keys are being moved (TRYAGAIN).
	ErrTryAgain error = &sentinel{"try again"}
	// ErrMoved means that another node owns the key (MOVED, ASK).
	ErrMoved error = &sentinel{"key is on another node"}
	// ErrCrossSlot means that the keys of one command belong to several slots (CROSSSLOT), or to several
	// nodes of a ring.
	ErrCrossSlot error = &sentinel{"keys belong to several slots"}
)

var classOfCode = map[string]error{
	"NOAUTH": ErrAuth, "WRONGPASS": ErrAuth, "NOPERM": ErrNoPerm, "LOADING": ErrLoading,
	"READONLY": ErrReadOnly, "NOSCRIPT": ErrNoScript, "EXECABORT": ErrExecAbort,
	"WRONGTYPE": ErrWrongType, "BUSYKEY": ErrBusyKey, "BUSYGROUP": ErrBusyGroup, "NOGROUP": ErrNoGroup,
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

// Outcome says what happened to a command.
type Outcome uint8

const (
	// MaybeExecuted means that the command was sent and no reply came. It is the zero value, because it
	// promises least.
	MaybeExecuted Outcome = iota
	// NotSent means that the server has not received the whole command; repeating it is safe.
	NotSent
	// Refused means that the server answered with an error reply. It did not execute the command; only a
	// script or a function may have been executed in part.
	Refused
	// Executed means that the server executed the command and that its reply came.
	Executed
)

// String returns the outcome in words.
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

// OutcomeOf returns the outcome of the command that returned err. An error from elsewhere that does not wrap
// an error of this package counts as MaybeExecuted.
func OutcomeOf(err error) Outcome {
	var (
		ce *ConnError
		se *ServerError
		re *ReplyError
		ee *ElementError
		le *LockError
		dr *DrainError
		ne *NodesError
	)
	switch {
	case errors.As(err, &ne):
		return ne.outcome
	case err == nil, errors.Is(err, Nil), errors.As(err, &re), errors.As(err, &ee):
		return Executed
	case errors.As(err, &ce):
		return ce.Outcome
	case errors.As(err, &se), errors.Is(err, ErrWatch):
		return Refused
	case errors.As(err, &le):
		return le.outcome()
	case errors.As(err, &dr):
		return MaybeExecuted // the unfinished calls have outcomes of their own
	// The remaining sentinels are here only if a caller has wrapped them.
	case errors.Is(err, ErrMaybeExecuted), errors.Is(err, ErrProtocol), errors.Is(err, ErrConnClosed):
		return MaybeExecuted
	case errors.Is(err, ErrRefused), isClass(err):
		return Refused
	}
	var pe *PipelineError
	if errors.As(err, &pe) {
		return OutcomeOf(pe.Err) // it may come from elsewhere, such as that of a callback
	}
	var own Error
	if errors.As(err, &own) {
		return NotSent
	}
	return MaybeExecuted
}

// Phase says when a command failed.
type Phase uint8

const (
	// PhaseQueue means that the command waited for a connection.
	PhaseQueue Phase = iota
	// PhaseDial means that a connection for the command was being opened.
	PhaseDial
	// PhaseHandshake means that TLS, authentication or the choice of the database failed.
	PhaseHandshake
	// PhaseWrite means that the command was being written.
	PhaseWrite
	// PhaseRead means that its reply was awaited.
	PhaseRead
)

// String returns the phase as a word.
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

// ServerError is an error reply of the server. It does not contain the arguments of the command.
type ServerError struct {
	Code    string // first word of the reply if it is a code, such as "ERR" or "NOPERM"; "" if not
	Message string // the rest of the reply
	Command string // name of the command; "" for an error inside a reply
	Node    string // address of the server; "" for an error inside a reply

	product, version string // of the server, as far as they are known
	because          string // a cause that the reply does not tell; replaces the remedy
}

// Error names command and node, and repeats the server's reply. If a remedy is known, it follows in
// parentheses.
func (e *ServerError) Error() string {
	text := "redpoll: "
	if w := where(e.Command, e.Node); w != "" {
		text += w + ": "
	}
	return text + e.explained()
}

// words returns the text of the reply.
func (e *ServerError) words() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Code + " " + e.Message
}

// explained returns the text of the reply, and the remedy if there is one.
func (e *ServerError) explained() string {
	if advice := e.remedy(); advice != "" {
		return e.words() + " (" + advice + ")"
	}
	return e.words()
}

// where names a command and its node, as far as they are known.
func where(command, node string) string {
	if command != "" && node != "" {
		return command + " on " + node
	}
	return command + node
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
			strings.Contains(m, "without any password configured"),
			strings.Contains(m, "operation not permitted"):
			return ErrAuth
		case m == "function not found":
			return ErrNoFunction
		}
	}
	return nil
}

// verdict is a ServerError as the cause of a ConnError, or inside a reply. It matches the class of the reply,
// but not an outcome. The outcome is that of the ConnError, because an earlier attempt may have run; and a
// command with an error inside its reply was executed in part.
type verdict struct{ reply *ServerError }

func (e *verdict) Error() string { return e.reply.explained() }

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
	Node    string        // address of the server; "" if none was chosen yet
	Command string        // name without arguments; "" without a command
	Phase   Phase         // when the command failed
	Elapsed time.Duration // time since the command was queued; 0 if it never was
	Outcome Outcome       // NotSent, Refused or MaybeExecuted
	Err     error         // the cause
}

// Error tells command, node, phase, cause and outcome.
func (e *ConnError) Error() string {
	text := "redpoll: "
	if w := where(e.Command, e.Node); w != "" {
		text += w + ": "
	}
	return text + e.told()
}

// told returns the text behind command and node.
func (e *ConnError) told() string {
	if e.Outcome == NotSent && errors.Is(e.Err, ErrClosed) {
		return fmt.Sprintf("%s (%v)", inner(e.Err), e.Outcome) // phase and time do not matter
	}
	after := ""
	if e.Elapsed > 0 {
		after = " after " + e.Elapsed.Round(time.Microsecond).String()
	}
	return fmt.Sprintf("%v%s: %s (%v)", e.Phase, after, inner(e.Err), e.Outcome)
}

func (e *ConnError) redpollError() {}

// Unwrap returns the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// Is makes errors.Is match the outcome: ErrNotSent, ErrRefused or ErrMaybeExecuted.
func (e *ConnError) Is(target error) bool { return e.Outcome.is(target) }

// Timeout reports whether a time-out or deadline was the cause, like the method of net.Error.
func (e *ConnError) Timeout() bool {
	return errors.Is(e.Err, os.ErrDeadlineExceeded) || errors.Is(e.Err, context.DeadlineExceeded)
}

// DataError is an argument that cannot be sent: a value of a type without a Redis form, options that exclude
// one another, or a duration that does not fit the unit. Nothing was sent.
type DataError struct {
	Command  string // name of the command
	Argument string // name of the argument, without its value
	Reason   string // fault and remedy
}

// Error names the command and the argument, and says what to do.
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

// StateError is the refusal of a command that would change its connection for later users. Nothing was sent.
// A [Conn] refuses such commands too, because its connection goes back to the pool.
//
// [Client.Do] also returns it for WAIT and WAITAOF if the client shares its connections: they concern the
// writes of a connection, so the answer would include the writes of other callers. Reading from a [PubSub]
// without subscriptions returns it too.
type StateError struct {
	Command string // name of the command
	Instead string // a safe way to do the same

	held   bool   // the command concerns its connection without changing it
	reason string // the whole text, if the reason is another one
}

// Error names the command and its replacement.
func (e *StateError) Error() string {
	if e.reason != "" {
		return "redpoll: " + e.Command + ": " + e.reason
	}
	if e.held {
		return "redpoll: " + e.Command +
			" would speak of the writes of others, who use its connection too: " + e.Instead
	}
	return "redpoll: " + e.Command + " would change its connection for whoever uses it next: " + e.Instead
}

func (e *StateError) redpollError() {}

// Is makes errors.Is match ErrNotSent.
func (e *StateError) Is(target error) bool { return target == ErrNotSent }

// ReplyError is a complete reply with an unexpected shape, with text that the client's encoding cannot read,
// or with text that a converter such as [Int] cannot convert. The command was executed and the connection
// stays usable. The result beside the error is the zero value, with one exception:
//
// A reply with errors in the place of values is a ReplyError too; the [ServerError] in it has their text.
// Proxies send such replies for keys whose server they cannot reach. If the result is a list of single values
// (not of records such as [Z]) or the map of a hash, the method returns it with the error. The result then
// has all other elements: a list has zero values in the places of the failed Elements, and a map lacks them.
type ReplyError struct {
	Command string // name of the command or converter
	Err     error  // fault of the reply
	// Elements are the elements that are missing from the result beside the error; nil if there is no result.
	Elements []*ElementError
}

// Error names the command and the fault of the reply.
func (e *ReplyError) Error() string {
	return "redpoll: " + e.Command + ": " + inner(e.Err)
}

func (e *ReplyError) redpollError() {}

// Unwrap returns the cause.
func (e *ReplyError) Unwrap() error { return e.Err }

// ElementError is an error of the server in the place of an element of a reply. It matches the class of its
// [ServerError], but not an outcome, because the command as a whole was executed.
type ElementError struct {
	Index int // from 0; of a list, place in the result; of a map, place in the reply
	Err   *ServerError
}

// Error names the place and repeats the server's error.
func (e *ElementError) Error() string { return "redpoll: " + e.text() }

func (e *ElementError) text() string { return fmt.Sprintf("element %d: %s", e.Index, inner(e.Err)) }

func (e *ElementError) redpollError() {}

// Unwrap returns the server's error.
func (e *ElementError) Unwrap() error { return &verdict{e.Err} }

// elements joins the errors of several elements. The text has the first three.
type elements []*ElementError

func (e elements) Error() string {
	const most = 3
	var b strings.Builder
	for i, one := range e[:min(len(e), most)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(one.text())
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

// misread returns the error of a reply that could not be read into slot, or only in part. It is Nil if the
// reply means "no value" and the command allows that.
func misread(info *command.Info, err error, slot any) error {
	if errors.Is(err, decode.ErrMissing) && !info.Flags.Has(command.Definite) {
		return Nil
	}
	if lost, ok := err.(*decode.Lost); ok && lost.Into(slot) {
		var missing elements
		for _, l := range lost.Elements {
			missing = append(missing, &ElementError{l.Index, newServerError(l.Text)})
		}
		return &ReplyError{Command: info.Name, Err: missing, Elements: missing}
	}
	if text, ok := decode.Refusal(err); ok {
		return &ReplyError{Command: info.Name, Err: fmt.Errorf("an error inside the reply: %w",
			&verdict{newServerError(text)})}
	}
	return &ReplyError{Command: info.Name, Err: decode.Inside(err)}
}

// OptionError is an invalid option, or an invalid part of a URL.
type OptionError struct {
	Option string // name in Options or in the URL
	Reason string // fault and remedy
}

// Error names the option and says what to do.
func (e *OptionError) Error() string { return "redpoll: " + e.Option + ": " + e.Reason }

func (e *OptionError) redpollError() {}

// cause translates the errors of the layers below. command is the one that failed.
func cause(node, command string, err error) error {
	var de *conn.DialError
	var gone *conn.GaveUp
	var desync *conn.DesyncError
	var refusal *route.Refusal
	var unknown *follow.Unknown
	switch {
	case errors.As(err, &gone):
		return ended(gone, node, command)
	case errors.As(err, &unknown):
		return undiscovered(unknown)
	case errors.As(err, &refusal):
		return &verdict{replied(conn.ServerInfo{}, node, command, refusal.Text)}
	case errors.As(err, &de) && de.Reply != "":
		v := &verdict{replied(de.Server, node, de.Step, de.Reply)}
		if de.Hint != "" && v.Is(ErrAuth) {
			v.reply.because = de.Hint
		}
		//houserules:ok family: the cause of a ConnError
		return fmt.Errorf("%s: %w", de.Step, v)
	case errors.As(err, &desync):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case errors.Is(err, route.ErrBroken):
		return ErrWatch
	case errors.Is(err, route.ErrCrossSlot):
		return errCrossSlot
	case errors.Is(err, route.ErrCrossNode):
		return errCrossNode
	case errors.Is(err, route.ErrLeft):
		return errNodeLeft
	case errors.Is(err, route.ErrStale):
		return errNodeStale
	case errors.Is(err, pool.ErrMoved):
		return ErrConnClosed
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

// ended returns the error of a context, with its cause or with the last failure of the call.
func ended(gone *conn.GaveUp, node, command string) error {
	switch {
	case gone.Cause == nil:
		return gone.Err
	case errors.As(gone.Cause, new(Error)):
		// The failure of another call ended the context, as with errgroup. This error must not match that
		// failure.
		//
		//houserules:ok family: the cause of a ConnError
		return fmt.Errorf("%w: %v", gone.Err, gone.Cause)
	}
	//houserules:ok family: the cause of a ConnError
	return fmt.Errorf("%w: %w", gone.Err, cause(node, command, gone.Cause))
}

// replied makes the error of an error reply.
func replied(server conn.ServerInfo, node, command, text string) *ServerError {
	e := newServerError(text)
	e.Node, e.Command, e.product, e.version = node, command, server.Product, server.Version
	return e
}

// rename replaces the sentinel of an error and keeps the detail of its text.
func rename(err, from, to error) error {
	detail := strings.TrimPrefix(err.Error(), from.Error())
	//houserules:ok family: to is a sentinel of this package
	return fmt.Errorf("%w%s", to, detail)
}

// failure returns the error of a call that ended without a usable reply.
func failure(call *conn.Call) error {
	node, command := call.Node(), commandName(call)
	if call.Refused() {
		e := replied(from(call), node, command, call.Refusal)
		if n := len(call.Path); n > 0 {
			e.because = fmt.Sprintf("redirected %d times without an end, at last by %s", n,
				strings.Join(call.Path[max(0, n-4):], ", "))
		}
		return e
	}
	if parts, ok := call.Err.(*route.NodesError); ok {
		return partly(command, parts)
	}
	if no := (*route.CopyRefusal)(nil); errors.As(call.Err, &no) {
		return uncopied(no.Command)
	}
	if each := (*route.EachNodeError)(nil); errors.As(call.Err, &each) {
		return aboutOneNode(each.Command)
	}
	e := &ConnError{Node: node, Command: command, Phase: Phase(call.Phase),
		Err: cause(node, command, call.Err)}
	if call.Began > 0 {
		e.Elapsed = conn.Now() - call.Began
	}
	switch {
	case call.Outcome == conn.MaybeExecuted:
		e.Outcome = MaybeExecuted
	case refused(call.Err):
		e.Outcome = Refused // in the handshake, or a temporary refusal that lasted until the context ended
	default:
		e.Outcome = NotSent
	}
	return e
}

// refused reports whether a failure is an error reply of the server.
func refused(err error) bool {
	var de *conn.DialError
	return errors.As(err, new(*route.Refusal)) || errors.As(err, &de) && de.Reply != ""
}

// unconnected returns the error of an attempt to connect.
func unconnected(err error) error {
	return failure(route.Failed(err))
}

// abandonment returns the error of a call whose caller gave up.
func abandonment(command string, gone *conn.GaveUp) *ConnError {
	e := &ConnError{Node: gone.Node, Command: command, Phase: PhaseRead, Elapsed: gone.Elapsed,
		Outcome: MaybeExecuted, Err: ended(gone, gone.Node, command)}
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

// remedy says what to do about an error reply; "" if this is not known.
func (e *ServerError) remedy() string {
	if e.because != "" {
		return e.because
	}
	return remedy.For(remedy.Reply{Code: e.Code, Message: e.Message, Command: e.Command, Product: e.product,
		Version: e.version})
}

// inner returns the text of an error for use inside another text, without the name of the package.
func inner(err error) string {
	if se, ok := err.(*ServerError); ok {
		return se.explained()
	}
	const name = "redpoll: "
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), name), ": "+name, ": ")
}

// unloaded is the refusal of a function whose library could not be loaded. It matches both errors.
type unloaded struct{ refusal, loading error }

// withLoading adds the reason why a library could not be loaded to a refusal.
func withLoading(refusal, loading error) error {
	var se *ServerError
	if errors.As(refusal, &se) {
		se.because = "its library is not loaded: " + inner(loading)
	}
	return &unloaded{refusal, loading}
}

func (e *unloaded) Error() string   { return e.refusal.Error() }
func (e *unloaded) Unwrap() []error { return []error{e.refusal, e.loading} }

// from returns what the handshake has learnt about the server of a call.
func from(call *conn.Call) conn.ServerInfo {
	if c := call.Conn(); c != nil {
		return c.Info()
	}
	return conn.ServerInfo{}
}
