package redpoll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
)

// TxOptions are options of Client.TransactionWith.
type TxOptions struct {
	// Attempts is how often the function is called at most. Default 0: until it succeeds or the context ends.
	Attempts int
	// Delay is the pause before another attempt; each is longer or shorter by up to a half, at random. Default 0: none.
	// The connection is kept meanwhile. Less than a microsecond is an [*OptionError]: the unit was forgotten.
	Delay time.Duration
}

func (o *TxOptions) check() error {
	switch {
	case o.Attempts < 0:
		return &OptionError{"TxOptions.Attempts", "is negative: 0 means as often as the context allows"}
	case o.Delay < 0:
		return &OptionError{"TxOptions.Delay", "is negative: 0 means no pause"}
	}
	return meant("TxOptions.Delay", o.Delay, time.Microsecond, time.Millisecond)
}

// Transaction watches keys and calls fn, which reads with the methods of tx, and queues its writes on what tx.Multi gives;
// they are executed when fn returns nil. If a watched key has changed by then, nothing is executed and all starts again,
// until ctx ends:
//
//	err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
//		n, err := redpoll.Int(tx.Get(ctx, "seq"))
//		if err != nil && !errors.Is(err, redpoll.Nil) {
//			return err
//		}
//		tx.Multi().Set("seq", n+1)
//		return nil
//	}, "seq")
//
// An error of fn is returned as it is, and nothing that was queued is executed; if it matches [ErrWatch] fn is called again.
// So fn may run several times; a result of its own goes into a variable outside. tx ends with fn. Commands that fn runs on
// tx itself are executed at once, each time; a write to a watched key among them counts as a change, always, so that such
// a transaction never succeeds. When fn calls no Multi and writes nothing, the keys are still checked: what it has read then
// belongs together. Without keys fn only queues, for one atomic execution.
//
// A connection that is lost before EXEC was sent is a change too, within the bounds of Options.MaxRetries. When EXEC may
// have been executed, the error is a [*ConnError] that says so, and fn is not called again.
//
// When ctx ends between two attempts the error is a *ConnError that matches its error, [ErrNotSent] and ErrWatch. Other
// errors are those of Client.Conn, Conn.Watch and Pipeline.Exec. The connection goes back to the pool in any case, also
// when fn panics. It counts against Options.MaxConns: fn should use tx, and not wait for a second connection. When all holders do that,
// they wait for one another until their contexts end.
//
// WATCH, MULTI, EXEC, UNWATCH.
func (c *Client) Transaction(ctx context.Context, fn func(tx *Tx) error, keys ...string) error {
	return c.TransactionWith(ctx, TxOptions{}, fn, keys...)
}

// TransactionWith is Transaction with options. When the attempts are used up it returns an error that matches [ErrWatch]. A
// negative option is an [*OptionError].
func (c *Client) TransactionWith(ctx context.Context, o TxOptions, fn func(tx *Tx) error, keys ...string) error {
	if err := o.check(); err != nil {
		return err
	}
	if fn == nil {
		return &DataError{"Transaction", "fn", "is nil"}
	}
	calls, losses, timeouts := 0, 0, 0
	for {
		tx, err := c.Conn(ctx, keys...)
		if err != nil {
			return err
		}
		lost, err := tx.attempts(ctx, o, &calls, fn, keys)
		if lost == nil {
			return err
		}
		if lost.Timeout() {
			if timeouts++; !c.policy.OnTimeout || timeouts > 1 {
				return err
			}
		}
		if losses++; !c.policy.Repeat(ctx, losses, c.router.Done()) {
			return c.giveUp(ctx, err)
		}
	}
}

// attempts runs a transaction until it succeeds, or fails in another way than by a change. When the connection was lost
// without harm, so that another one may do better, lost says how.
func (c *Conn) attempts(ctx context.Context, o TxOptions, calls *int, fn func(tx *Tx) error, keys []string) (lost *ConnError, err error) {
	defer func() {
		c.tx.late = ctx.Err() != nil
		c.Close()
	}()
	for {
		err := c.attempt(ctx, calls, fn, keys)
		failed, unsent := err.(*unsent)
		switch {
		case unsent:
			err = failed.err
		case err == nil || !errors.Is(err, ErrWatch):
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, c.giveUp(ctx, err)
		}
		if o.Attempts > 0 && *calls >= o.Attempts {
			return nil, err
		}
		if o.Delay > 0 && !backoff.Wait(ctx, backoff.Around(o.Delay), c.router.Done()) {
			return nil, c.giveUp(ctx, err)
		}
		if errors.As(err, &lost) {
			return lost, err
		}
		if err := c.Unwatch(ctx); err != nil { // fn may have said ErrWatch itself
			return nil, err
		}
	}
}

// unsent is a failure of the connection before the transaction was sent, apart from those that ErrWatch tells of.
type unsent struct{ err error }

func (e *unsent) Error() string { return e.err.Error() }

// attempt is one round of a transaction.
func (c *Conn) attempt(ctx context.Context, calls *int, fn func(tx *Tx) error, keys []string) error {
	t := c.tx
	if len(keys) > 0 {
		if err := c.Watch(ctx, keys...); err != nil {
			return harmless(ctx, err, MaybeExecuted) // as good as not sent
		}
	}
	wrote := t.session.Wrote()
	*calls++
	if err := fn(c); err != nil {
		return err
	}
	p := t.multi
	switch {
	case c.closed.Load():
		return errTxClosed
	case p == nil && (!t.on || t.session.Wrote() != wrote):
		return c.Unwatch(ctx)
	case p == nil:
		p = c.Multi()
	}
	return harmless(ctx, p.Exec(ctx), NotSent)
}

// errTxClosed is for a function that has dropped what it queued, most likely without wanting to.
var errTxClosed = &sentinel{"the function of a transaction has called Close on its Tx; nothing that it queued was executed"}

// harmless marks failures of the connection after which nothing has happened at the server: those that were not sent, or
// had the other outcome.
func harmless(ctx context.Context, err error, other Outcome) error {
	var ce *ConnError
	if !errors.As(err, &ce) || ce.Outcome != NotSent && ce.Outcome != other || errors.Is(err, ErrWatch) ||
		errors.Is(err, ErrClosed) || errors.Is(err, ErrLimited) || ctx.Err() != nil {
		return err
	}
	return &unsent{err}
}

// giveUp is the end of a transaction that would have to start again because of err: that of the context, if that is over.
func (c *Client) giveUp(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	// The outcome of one command is not that of the transaction.
	var lost *ConnError
	switch {
	case errors.Is(err, ErrWatch):
		err = ErrWatch
	case errors.As(err, &lost):
		err = lost.Err
	}
	e := c.unsent(ctx, "transaction")
	e.Err = fmt.Errorf("%w: %w", e.Err, err)
	return e
}
