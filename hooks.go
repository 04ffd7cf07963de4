package redpoll

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Hook observes a client. It must implement at least one of [CommandHook], [LimitHook], [ConnectHook] and
// [PubSubHook]; otherwise New returns an [*OptionError]. Hooks must be safe for concurrent use and should be
// quick.
type Hook any

// CommandHook is called around every command: for tracing, metrics, slow logs.
type CommandHook interface {
	// CommandStarted is called before the command is sent. The context that it returns is used for the
	// command and passed to CommandEnded.
	CommandStarted(ctx context.Context, e CommandStart) context.Context
	// CommandEnded is called when the result is known, after all retries.
	CommandEnded(ctx context.Context, e CommandEnd)
}

// LimitHook may refuse commands before they are sent: for limits of rate or concurrency, and for circuit
// breakers.
//
// AllowCommand is called once per command, pipeline or transaction, and not again for repeats. It is called
// after CommandStarted of all hooks, with the context that the last one of them returned. If it returns an
// error, nothing is sent, the remaining hooks are not asked, and CommandEnded follows as always, with no
// attempts. The caller gets a [*ConnError] that matches [ErrLimited], [ErrNotSent] and the hook's error. It
// does not match errors of this package that the hook's error wraps, because they are about earlier commands,
// such as those that opened a circuit breaker.
//
// AllowCommand may wait; it must return when ctx ends. A hook that counts commands under way, or learns from
// outcomes, should also be a CommandHook: each CommandStarted has its CommandEnded, even for a refused
// command.
//
// AllowCommand is also called for the client's own commands: those of locks and scripts by their names, such
// as EVALSHA, and the UNWATCH of [Conn.Close]. If the release of a lock is refused, the lock lasts until it
// expires; if UNWATCH is refused, the connection is closed. It is not called for handshakes and health
// checks.
type LimitHook interface {
	AllowCommand(ctx context.Context, e CommandStart) error
}

// ConnectHook is called after every attempt to open a connection. Calls that wait for the connection do not
// wait for the hook, so it may use the client, and close it; Close does not wait for it either. If the hook
// runs commands, it is also called for the connections that they need.
type ConnectHook interface {
	// Connected gets a context that ends with the pool and has no values of a call.
	Connected(ctx context.Context, e ConnectEnd)
}

// PubSubHook observes subscriptions: confirmations of the server, lost connections, and restored
// subscriptions. One goroutine at a time calls it, in the order of the events; nothing waits for it. While
// 1,000 events wait for a hook that does not return, further ones are left out.
type PubSubHook interface {
	// PubSubChanged gets a context without values and without an end.
	PubSubChanged(ctx context.Context, e PubSubEvent)
}

// PubSubEvent is a change of the subscriptions of a client. It does not contain names, because they are
// users' data.
type PubSubEvent struct {
	// Node is the address of the server. A client that follows a primary shows the name of the deployment
	// before it has found a server, and for an attempt that failed.
	Node string
	// Kind is the kind of a confirmation; KindGap if a connection with subscriptions was lost; KindRestored
	// if all of them are in force again; 0 if an attempt to connect failed.
	Kind  MessageKind
	Names int           // the number of names of a confirmation
	Again bool          // a confirmation after a cut
	Away  time.Duration // of KindRestored: time since the connection was lost
	Err   error         // why a connection was lost or could not be made
}

// CommandStart describes a command before it is sent. It does not contain arguments, because they are users'
// data.
type CommandStart struct {
	Command  string // upper-case name, with a known subcommand: "CONFIG GET"
	Database int    // number of the database
	Blocking bool   // the server may hold the reply back on purpose
	// Batch is the number of commands of a pipeline, whose Command is "pipeline" or "transaction"; 0 for a
	// single command.
	Batch int
	// Commands are the names of the commands of a pipeline in order; nil for a single command. Hooks must not
	// change the list.
	Commands []string
}

// CommandEnd describes a command that has ended.
type CommandEnd struct {
	CommandStart
	// Node is the address of the last server of the command. CommandStart lacks it, because the server can
	// depend on the key. It is "" if the context ended, or a hook refused the command, before a server was
	// chosen.
	Node string
	// Attempts is the number of times that the command was sent, or tried to: 1, more if it was repeated, and
	// 0 if a LimitHook refused it.
	Attempts int
	Duration time.Duration // from start to end, including retries
	Outcome  Outcome
	Err      error // error of the call, including Nil, which counts as success
}

// ConnectEnd describes an attempt to open a connection.
type ConnectEnd struct {
	Node     string
	Duration time.Duration
	Err      error // nil on success
}

// hooks are the hooks of a client by kind. A nil pointer has none.
type hooks struct {
	command []CommandHook
	limit   []LimitHook
	connect []ConnectHook
	pubsub  []PubSubHook
}

// ofPubSub returns the hooks about subscriptions.
func (h *hooks) ofPubSub() []PubSubHook {
	if h == nil {
		return nil
	}
	return h.pubsub
}

// ofCommands returns the hooks if any of them is about commands; nil otherwise.
func (h *hooks) ofCommands() *hooks {
	if h == nil || len(h.command) == 0 && len(h.limit) == 0 {
		return nil
	}
	return h
}

// newHooks sorts hooks by the interfaces that they implement.
func newHooks(all []Hook) (*hooks, error) {
	if len(all) == 0 {
		return nil, nil
	}
	h := new(hooks)
	for _, hook := range all {
		ch, isCommand := hook.(CommandHook)
		if isCommand {
			h.command = append(h.command, ch)
		}
		lh, isLimit := hook.(LimitHook)
		if isLimit {
			h.limit = append(h.limit, lh)
		}
		nh, isConnect := hook.(ConnectHook)
		if isConnect {
			h.connect = append(h.connect, nh)
		}
		ph, isPubSub := hook.(PubSubHook)
		if isPubSub {
			h.pubsub = append(h.pubsub, ph)
		}
		if !isCommand && !isLimit && !isConnect && !isPubSub {
			return nil, &OptionError{Option: "Hooks",
				Reason: fmt.Sprintf("a hook is a %T, which has the methods of none of these: CommandHook "+
					"(CommandStarted, CommandEnded), LimitHook (AllowCommand), ConnectHook (Connected), "+
					"PubSubHook (PubSubChanged)", hook)}
		}
	}
	return h, nil
}

func (h *hooks) start(ctx context.Context, e CommandStart) context.Context {
	for _, hook := range h.command {
		if c := hook.CommandStarted(ctx, e); c != nil {
			ctx = c
		}
	}
	return ctx
}

// allow asks the hooks whether a command may be sent. It returns the error of the first hook that refuses.
func (c *Client) allow(ctx context.Context, e *CommandStart) *ConnError {
	for _, hook := range c.hooks.limit {
		if err := hook.AllowCommand(ctx, *e); err != nil {
			return &ConnError{Node: c.where(), Command: e.Command, Phase: PhaseQueue, Outcome: NotSent,
				Err: &limited{err}}
		}
	}
	return nil
}

// limited is the refusal of a hook as the cause of a ConnError. It hides the errors of this package that the
// hook's error wraps, because they are about other commands.
type limited struct{ err error }

func (e *limited) Error() string { return "refused by a hook: " + e.err.Error() }

func (e *limited) Is(target error) bool {
	if _, own := target.(Error); own {
		return target == ErrLimited
	}
	return errors.Is(e.err, target)
}

func (e *limited) As(target any) bool {
	switch target.(type) {
	case *Error, **ServerError, **ConnError, **DataError, **StateError, **ReplyError, **ElementError,
		**OptionError, **PipelineError, **LockError, **DrainError, **KeyEventsError, **DiscoveryError,
		**NodesError, **sentinel:
		return false
	}
	return errors.As(e.err, target)
}

// end calls the hooks in reverse order, so that they nest.
func (h *hooks) end(ctx context.Context, e CommandEnd) {
	for i := len(h.command) - 1; i >= 0; i-- {
		h.command[i].CommandEnded(ctx, e)
	}
}
