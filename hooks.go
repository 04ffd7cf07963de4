package redpoll

import (
	"context"
	"errors"
	"time"
)

// Hook observes a client. It must implement at least one of [CommandHook], [LimitHook] and [ConnectHook]; New refuses one that
// implements none. Hooks are called by many goroutines at once and should be quick.
type Hook any

// CommandHook is called around every command: for tracing, metrics, slow logs.
type CommandHook interface {
	// CommandStarted is called before the command is sent. The context it returns is used for the
	// command and given to CommandEnded.
	CommandStarted(ctx context.Context, e CommandStart) context.Context
	// CommandEnded is called when the result is known, retries included.
	CommandEnded(ctx context.Context, e CommandEnd)
}

// LimitHook may refuse commands before they are sent: for limits of rate or concurrency, and for circuit breakers.
//
// AllowCommand is called once per command, pipeline or transaction, however often that is sent. All hooks have heard of its start
// by then, and ctx is what the last one of them gave. An error other than nil refuses the whole: nothing is sent, hooks that
// come later are not asked, and CommandEnded follows as always, with no attempts. The caller gets a [*ConnError] that matches
// [ErrLimited], [ErrNotSent] and the hook's error. It matches no error of this package that the hook's error wraps, since the failure
// of an earlier command, which has opened a breaker, says nothing of this one.
//
// AllowCommand may wait; it has to return when ctx ends. A hook that counts what is under way, or learns from outcomes, is a CommandHook
// too: each start has its end, also that of a refused command.
//
// The client's own commands are asked for as well: those of locks and scripts by their names, such as EVALSHA, and UNWATCH, which
// [Conn.Close] sends. A lock whose release is refused lasts until its time is over, and a connection whose UNWATCH is refused is
// closed. Handshakes and health checks are not asked for.
type LimitHook interface {
	AllowCommand(ctx context.Context, e CommandStart) error
}

// ConnectHook is called after every attempt to open a connection. It runs beside the calls that wait for the
// connection, so that it may use the client, and close it; Close does not wait for it. A hook that runs
// commands hears of the connections that these need, too.
type ConnectHook interface {
	// Connected gets a context that ends with the pool, and carries no values of a call.
	Connected(ctx context.Context, e ConnectEnd)
}

// CommandStart describes a command that is about to be sent. Arguments are left out on purpose: they hold users'
// data.
type CommandStart struct {
	Command  string // upper-case name, with its subcommand if the table knows it: "CONFIG GET"
	Database int    // the number of the database
	Blocking bool   // the server may hold the reply back on purpose
	// Batch is the number of commands of a pipeline, whose Command is "pipeline" or "transaction"; 0: a single command.
	Batch int
	// Commands are the names of these commands in their order; nil for a single command. Hooks must not change it.
	Commands []string
}

// CommandEnd describes a command that has ended.
type CommandEnd struct {
	CommandStart
	// Node is the address of the server that the command went to last, or was meant for. It is known only now: which
	// server that is can depend on the key. It is "" if the context ended, or a hook refused the command, before a server was chosen.
	Node string
	// Attempts is how often the command was sent, or should have been: 1, and more if it was repeated; 0 if a LimitHook has
	// refused it.
	Attempts int
	Duration time.Duration // from start to end, retries included
	Outcome  Outcome
	Err      error // what the caller gets; Nil counts as success and is given here
}

// ConnectEnd describes an attempt to open a connection.
type ConnectEnd struct {
	Node     string
	Duration time.Duration
	Err      error // nil on success
}

// hooks are the hooks of a client by kind. A nil pointer means none.
type hooks struct {
	command []CommandHook
	limit   []LimitHook
	connect []ConnectHook
}

// ofCommands gives the hooks if any of them is about commands, nil otherwise.
func (h *hooks) ofCommands() *hooks {
	if h == nil || len(h.command) == 0 && len(h.limit) == 0 {
		return nil
	}
	return h
}

// newHooks sorts hooks by what they implement.
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
		if !isCommand && !isLimit && !isConnect {
			return nil, &OptionError{Option: "Hooks", Reason: "a hook implements neither CommandHook nor LimitHook nor ConnectHook"}
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

// allow asks the hooks whether a command may be sent. The error of the first one that refuses is the caller's.
func (c *Client) allow(ctx context.Context, e *CommandStart) *ConnError {
	for _, hook := range c.hooks.limit {
		if err := hook.AllowCommand(ctx, *e); err != nil {
			return &ConnError{Node: c.where(), Command: e.Command, Phase: PhaseQueue, Outcome: NotSent, Err: &limited{err}}
		}
	}
	return nil
}

// limited is the refusal of a hook as the cause of a ConnError. Of the errors of this package that the hook's error may wrap it
// matches none: they are about other commands.
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
	case *Error, **ServerError, **ConnError, **DataError, **StateError, **ReplyError, **ElementError, **OptionError, **PipelineError,
		**LockError, **DrainError, **sentinel:
		return false
	}
	return errors.As(e.err, target)
}

// end calls the hooks in the opposite order, so that they nest.
func (h *hooks) end(ctx context.Context, e CommandEnd) {
	for i := len(h.command) - 1; i >= 0; i-- {
		h.command[i].CommandEnded(ctx, e)
	}
}
