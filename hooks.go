package redpoll

import (
	"context"
	"time"
)

// Hook observes a client. It must implement at least one of [CommandHook] and [ConnectHook]; New refuses one that
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
	// server that is can depend on the key. It is "" if the context ended before a server was chosen.
	Node string
	// Attempts is how often the command was sent, or should have been: 1, and more if it was repeated.
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
	connect []ConnectHook
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
		nh, isConnect := hook.(ConnectHook)
		if isConnect {
			h.connect = append(h.connect, nh)
		}
		if !isCommand && !isConnect {
			return nil, &OptionError{Option: "Hooks", Reason: "a hook implements neither CommandHook nor ConnectHook"}
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

// end calls the hooks in the opposite order, so that they nest.
func (h *hooks) end(ctx context.Context, e CommandEnd) {
	for i := len(h.command) - 1; i >= 0; i-- {
		h.command[i].CommandEnded(ctx, e)
	}
}
