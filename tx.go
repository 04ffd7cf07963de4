package redpoll

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Tx is a client bound to one connection, on which keys can be watched: what Client.Conn and Client.Watch give, and what
// the function of Client.Transaction gets. Its methods run at once, on that connection; what Multi gives is queued, and
// executed only if no watched key has changed since Watch. A Tx is for one goroutine at a time.
type Tx = Client

// Errors of transactions.
var (
	// ErrWatch: a watched key changed, or the connection was lost while it was watched, before EXEC: nothing of the
	// transaction was executed. Start again with Watch.
	ErrWatch error = &sentinel{"a watched key has changed, or its connection was lost; nothing was executed"}
	// ErrNestedMulti: Multi was called again before the pipeline of the first call was executed. Nothing was sent.
	ErrNestedMulti error = &sentinel{"MULTI calls cannot be nested: execute or discard the first one's pipeline"}
	// ErrWatchInMulti: Watch was called after Multi. Nothing was sent.
	ErrWatchInMulti error = &sentinel{"WATCH is not possible after MULTI: watch first, or execute the pipeline"}
)

// watching is the state of a Tx.
type watching struct {
	pinned *route.Pinned
	on     bool      // keys are watched
	multi  *Pipeline // not nil from Multi to its Exec
}

var (
	infoWatch   = command.Lookup("WATCH")
	infoUnwatch = command.Lookup("UNWATCH")
)

// notBound is the error of methods that need a connection of their own.
func notBound(name string) error {
	return &StateError{Command: name, Instead: "call it on what Client.Conn or Client.Watch gives, or use Client.Transaction"}
}

// Watch watches keys: if one of them changes before the EXEC of what Multi gives, by anybody, this Tx included, nothing is
// executed and Exec returns [ErrWatch]. It can be called again to watch more keys.
//
// On a client that is not bound to one connection it is a [*StateError]: take a [Tx] from Client.Conn, or let
// Client.Transaction do everything. After Multi it is [ErrWatchInMulti]; without keys it is a [*DataError].
//
// WATCH, server 2.2.0, O(1) for each key.
func (c *Client) Watch(ctx context.Context, keys ...string) error {
	switch {
	case c.tx == nil:
		return notBound("WATCH")
	case c.tx.multi != nil:
		return ErrWatchInMulti
	}
	r := beginRequest(c, &recordsOK)
	e := r.one.start(infoWatch, intoOK)
	e.open("*1\r\n$5\r\nWATCH\r\n", 1)
	e.list("keys", keys)
	if err := r.done(ctx); err != nil {
		return err
	}
	c.tx.on = true
	c.tx.pinned.Hold(true)
	return nil
}

// Unwatch ends the watch on all keys, and drops what Multi gave. Without a watch it sends nothing.
//
// UNWATCH, server 2.2.0, O(1).
func (c *Client) Unwatch(ctx context.Context) error {
	t := c.tx
	if t == nil {
		return notBound("UNWATCH")
	}
	if t.multi != nil {
		t.executed(t.multi, false)
	}
	if !t.on {
		return nil
	}
	t.on = false
	if t.pinned.Hold(false) {
		return nil // its connection is gone, and the watch with it
	}
	r := beginRequest(c, &recordsOK)
	r.one.start(infoUnwatch, intoOK).open("*1\r\n$7\r\nUNWATCH\r\n", 1)
	return r.done(ctx)
}

// Multi gives a pipeline whose Exec runs a transaction on the connection of this [Tx]: MULTI, the commands, EXEC. If keys
// are watched and one of them has changed, Exec returns [ErrWatch] and nothing is executed; the watch ends with Exec in any
// case. While keys are watched Exec sends MULTI and EXEC even without commands, which tells whether the keys are unchanged.
//
// Until Exec, Discard or Unwatch another call gives a pipeline whose Exec fails with [ErrNestedMulti]. On a client that is
// not bound to one connection Exec fails with a [*StateError].
func (c *Client) Multi() *Pipeline {
	p := c.Pipeline()
	switch {
	case c.tx == nil:
		p.b.foul = notBound("MULTI")
	case c.tx.multi != nil:
		p.b.foul = ErrNestedMulti
		c.tx.multi.b.foul = ErrNestedMulti
	default:
		p.b.tx = c.tx
		c.tx.multi = p
	}
	return p
}

// executed notes that the pipeline of a transaction has come to its end. sent says that the server may have seen EXEC,
// which ends the watch.
func (t *watching) executed(p *Pipeline, sent bool) {
	if t.multi == p {
		t.multi = nil
	}
	p.b.tx, p.b.foul = nil, errExecutedTx
	if sent {
		t.on = false
		t.pinned.Hold(false)
	}
}

// errExecutedTx keeps a transaction's pipeline from being used for another one.
var errExecutedTx = &sentinel{"this transaction has been executed; Multi starts another one"}

// lost makes err match ErrWatch if it is safe to start the transaction again: the connection failed while keys were
// watched, and what failed changed nothing.
func (t *watching) lost(err error, info *command.Info) error {
	var ce *ConnError
	if !t.on || !errors.As(err, &ce) || ce.Outcome == Refused || errors.Is(err, ErrWatch) ||
		errors.Is(ce.Err, context.Canceled) || errors.Is(ce.Err, context.DeadlineExceeded) {
		return err
	}
	if ce.Outcome == MaybeExecuted && info.Retry != command.RetryRead {
		return err
	}
	e := *ce
	e.Err = fmt.Errorf("%w: %w", ErrWatch, ce.Err)
	return &e
}

// release ends the watch before the connection goes back to its pool.
func (t *watching) release(c *Client) {
	if !t.on || t.pinned.Hold(false) {
		return
	}
	t.on = false
	r := beginRequest(c, &recordsOK)
	r.one.start(infoUnwatch, intoOK).open("*1\r\n$7\r\nUNWATCH\r\n", 1)
	ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
	defer cancel()
	_ = r.done(ctx) // a connection on which it failed does not go back
}

// releaseTimeout is how long Close of a Tx may wait for the answer to UNWATCH.
const releaseTimeout = time.Second

// TxOptions are options of Client.TransactionWith.
type TxOptions struct {
	// Attempts is how often the function is called at most. Default 0: until it succeeds or the context ends.
	Attempts int
	// Delay is the pause before another attempt; each is longer or shorter by up to a half, at random. Default 0: none.
	Delay time.Duration
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
// An error of fn is returned as it is, and nothing is executed; if it matches [ErrWatch] fn is called again. So fn may run
// several times. Commands that it runs on tx itself are executed at once, each time; a write to a watched key among them
// counts as a change. When fn calls no Multi and writes nothing, the keys are still checked: what it has read then belongs
// together.
//
// Other errors are those of Pipeline.Exec. The connection goes back to the pool in any case.
//
// WATCH, MULTI, EXEC, UNWATCH.
func (c *Client) Transaction(ctx context.Context, fn func(tx *Tx) error, keys ...string) error {
	return c.TransactionWith(ctx, TxOptions{}, fn, keys...)
}

// TransactionWith is Transaction with options. When the attempts are used up it returns an error that matches [ErrWatch].
func (c *Client) TransactionWith(ctx context.Context, o TxOptions, fn func(tx *Tx) error, keys ...string) error {
	tx, err := c.Conn(ctx)
	if err != nil {
		return err
	}
	defer tx.Close()
	unsent := 0
	for attempt := 1; ; attempt++ {
		err := tx.attempt(ctx, fn, keys)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrWatch):
		case errors.As(err, new(*unwatched)) && unsent < maxUnsent:
			unsent++ // the connection was stale
		default:
			return plain(err)
		}
		if o.Attempts > 0 && attempt >= o.Attempts || ctx.Err() != nil {
			return giveUp(ctx, plain(err))
		}
		if err := tx.again(ctx, o.Delay); err != nil {
			return err
		}
	}
}

// maxUnsent is how often Transaction repeats a WATCH that could not be sent.
const maxUnsent = 3

// unwatched is the failure to send WATCH.
type unwatched struct{ err error }

func (e *unwatched) Error() string { return e.err.Error() }

func plain(err error) error {
	if u, ok := err.(*unwatched); ok {
		return u.err
	}
	return err
}

// giveUp says that the context has ended while a transaction had to start again.
func giveUp(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return &ConnError{Command: "transaction", Phase: PhaseQueue, Outcome: NotSent, Err: fmt.Errorf("%w: %w", context.Cause(ctx), err)}
}

// attempt is one round of a transaction.
func (c *Client) attempt(ctx context.Context, fn func(tx *Tx) error, keys []string) error {
	t := c.tx
	if len(keys) > 0 {
		if err := c.Watch(ctx, keys...); err != nil {
			if errors.Is(err, ErrNotSent) && errors.As(err, new(*ConnError)) && ctx.Err() == nil {
				return &unwatched{err}
			}
			return err
		}
	}
	wrote := t.pinned.Wrote()
	if err := fn(c); err != nil {
		return err
	}
	p := t.multi
	switch {
	case p == nil && (!t.on || t.pinned.Wrote() != wrote):
		return c.Unwatch(ctx)
	case p == nil:
		p = c.Multi()
	}
	return p.Exec(ctx)
}

// again prepares for another attempt.
func (c *Client) again(ctx context.Context, delay time.Duration) error {
	if err := c.Unwatch(ctx); err != nil && !errors.Is(err, ErrNotSent) {
		return err
	}
	if delay <= 0 {
		return nil
	}
	pause := time.NewTimer(delay/2 + rand.N(delay+1))
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return giveUp(ctx, ErrWatch)
	}
}
