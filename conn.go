package redpoll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Conn is a client that runs every command on one connection of its own, from [Client.Conn] until Close. Use
// it to watch keys (see [Tx]), to keep some work apart, or to run commands on the same connection one after
// the other. It has all methods of a client. It alone has Watch, Unwatch, Multi, Wait and WaitAOF, because
// they concern their connection.
//
// Commands on it are never repeated. If the connection is lost, the next command fails, so that the caller
// notices the loss; the command after it gets a new connection. If the context of a command ends while the
// command is under way, the connection is closed, and other commands under way on it fail with
// [ErrConnClosed]. A blocking command delays the commands behind it. Commands that change the connection for
// later commands are refused with a [*StateError], because the connection goes back to the pool.
//
// Client.Conn never returns a nil Conn without an error. On a nil Conn the methods of Client panic, as on any
// nil pointer; the methods that only a Conn has return a [*DataError]. On a zero Conn all methods that return
// an error return a *DataError. Close does nothing on both.
type Conn struct {
	// Client is for functions that take a client: script.On(&c.Client). It ends with the Conn, and cannot be
	// closed by itself.
	Client
}

// Conn takes a connection from the pool and returns a client that uses it, see [Conn]. The connection counts
// against Options.MaxConns until Close gives it back. If the bound is reached, Conn waits in order until ctx
// ends. A caller that holds one Conn and takes another needs two connections, see Options.MaxConns. If
// connecting fails it is repeated like a command. If keys live on several servers, pass the keys that the
// Conn will use: they select the server.
func (c *Client) Conn(ctx context.Context, keys ...string) (*Conn, error) {
	if c.unmade() {
		return nil, noClient("Conn")
	}
	if c.closed.Load() {
		return nil, unconnected(&route.Unreached{Node: c.where(), Err: pool.ErrClosed})
	}
	session, err := c.router.Pin(ctx, c.encoded(keys))
	if err != nil {
		return nil, unconnected(err)
	}
	return &Conn{Client{
		router: session, policy: c.policy, home: c.home, db: c.db,
		locks: c.locks, monitors: c.monitors, subs: c.subs, text: c.text, hooks: c.hooks,
		callbacks: c.callbacks, clustered: c.clustered, tx: &watching{session: session},
	}}, nil
}

// encoded returns keys as they are on the wire. It leaves out keys that cannot be encoded; the command that
// uses such a key reports the error.
func (c *Client) encoded(keys []string) [][]byte {
	var list [][]byte
	for _, key := range keys {
		b := []byte(key)
		if c.text != nil {
			var err error
			if b, err = c.text.AppendEncode(nil, key); err != nil {
				continue
			}
		}
		list = append(list, b)
	}
	return list
}

// held returns the client of a Conn, or unmadeConn if the Conn is nil or zero.
func (c *Conn) held() *Client {
	if c.unmade() {
		return &unmadeConn
	}
	return &c.Client
}

// unmadeConn stands for a nil or zero Conn.
var unmadeConn Client

// inner returns the client of a Conn; nil if the Conn is nil.
func (c *Conn) inner() *Client {
	if c == nil {
		return nil
	}
	return &c.Client
}

// unmade reports whether the Conn was not made by Client.Conn.
func (c *Conn) unmade() bool { return c.inner().unmade() || c.tx == nil }

// noConn is the error of a method that is called on an unmade Conn.
func noConn(command string) error {
	return &DataError{command, "Conn", "is nil or a zero Conn: Client.Conn and Client.Transaction make them"}
}

// Close gives the connection back to its pool. If calls are in flight on it, it closes the connection
// instead, and they fail with [ErrClosed], as does every later call. If keys are watched it sends UNWATCH
// first, and closes the connection if the server does not answer within a second. It may be called again. The
// error is always nil.
func (c *Conn) Close() error {
	if c.unmade() || c.closed.Swap(true) {
		return nil
	}
	defer c.router.Close() // also when a hook panics
	c.tx.release(c)
	return nil
}

// errInnerClose is the error of closing a client that belongs to a Conn.
var errInnerClose = &StateError{Command: "Close", Instead: "close the Conn that this client belongs to"}

// Tx is a [Conn] that watches keys. Client.Conn returns one, and the function of Client.Transaction gets one.
// Its methods run at once on its connection. Commands on the pipeline of Multi are queued, and executed only
// if no watched key has changed since Watch. While keys are watched, a Tx is for one goroutine at a time.
// Close ends the watch and gives the connection back.
//
// If the connection is lost while keys are watched, every call fails with [ErrWatch] until Watch is called
// again, or until Exec or Unwatch ends the watch. So no command runs as if the keys were still watched. A
// command that may have changed something before the loss was noticed returns a [*ConnError] that does not
// match ErrWatch.
type Tx = Conn

// Errors of transactions.
var (
	// ErrWatch means that a watched key changed before EXEC, or that the connection was lost while it was
	// watched. Nothing of the transaction was executed. Start again with Watch.
	ErrWatch error = &sentinel{"a watched key has changed, or its connection was lost; nothing was executed"}
	// ErrNestedMulti means that Multi was called again before the pipeline of the first call was executed.
	// Nothing was sent.
	ErrNestedMulti error = &sentinel{
		"MULTI calls cannot be nested: execute or discard the first one's pipeline"}
	// ErrWatchInMulti means that Watch was called after Multi. Nothing was sent.
	ErrWatchInMulti error = &sentinel{
		"WATCH is not possible after MULTI: watch first, or execute the pipeline"}
)

// watching is the state of a Tx.
type watching struct {
	session route.Session
	on      bool      // keys are watched, or were until the connection was lost
	told    bool      // the caller got ErrWatch for the loss, so Watch begins a new watch
	asked   bool      // WATCH may have been sent and not answered, because a hook panicked
	multi   *Pipeline // not nil from Multi to its Exec
	late    bool      // the context is over, so Close must be quick
}

var (
	infoWatch   = command.Lookup("WATCH")
	infoUnwatch = command.Lookup("UNWATCH")
)

// Watch watches keys: if one of them changes before the EXEC of the pipeline of Multi, nothing is executed
// and Exec returns [ErrWatch]. Changes by this Tx count too. Call it again to watch more keys.
//
// After Multi it returns [ErrWatchInMulti], and without keys a [*DataError]. If the connection fails it
// returns a [*ConnError], which matches ErrWatch if other keys were watched before.
//
// WATCH, server 2.2.0, O(1) for each key.
func (c *Conn) Watch(ctx context.Context, keys ...string) error {
	if c.unmade() {
		return noConn("WATCH")
	}
	t := c.tx
	switch {
	case t.multi != nil:
		return ErrWatchInMulti
	case t.told:
		t.over()
	}
	r := newRequest(&c.Client, &kindOK)
	r.enc.Begin(infoWatch, "*1\r\n$5\r\nWATCH\r\n", 1)
	r.enc.List("keys", keys)
	t.asked = true
	err := r.done(ctx)
	t.asked = false
	if err != nil {
		return err
	}
	t.on = true
	t.session.Hold(true)
	return nil
}

// Unwatch ends the watch on all keys, and drops the pipeline of Multi. Without a watch it sends nothing. If
// UNWATCH fails the connection is closed, which also ends the watch. So the only error is that of a context
// that has ended.
//
// UNWATCH, server 2.2.0, O(1).
func (c *Conn) Unwatch(ctx context.Context) error {
	if c.unmade() {
		return noConn("UNWATCH")
	}
	t := c.tx
	if t.multi != nil {
		t.executed(t.multi, false)
	}
	if !t.on || t.over() {
		return nil
	}
	r := newRequest(&c.Client, &kindOK)
	r.enc.Begin(infoUnwatch, "*1\r\n$7\r\nUNWATCH\r\n", 1)
	err := r.done(ctx)
	if err != nil {
		t.session.Drop()
	}
	if ctx.Err() == nil {
		return nil
	}
	return err
}

// over ends the watch. It reports whether the connection was lost.
func (t *watching) over() (broken bool) {
	t.on, t.told = false, false
	return t.session.Hold(false)
}

// Multi returns a pipeline whose Exec runs a transaction on the connection of this [Tx]: MULTI, the commands,
// EXEC. If a watched key has changed, Exec returns [ErrWatch] and nothing is executed. While keys are
// watched, Exec sends MULTI and EXEC even without commands, which tells whether the keys are unchanged.
//
// The watch ends with Exec. It goes on only after Discard, and if Exec sent nothing for a reason other than a
// lost connection; Unwatch or Close end it then. While keys are watched, other pipelines of the Tx need
// [NoTransaction]: their EXEC would end the watch, so their Exec returns a [*StateError].
//
// If Multi is called again before Exec, Discard or Unwatch, the Exec of both pipelines returns
// [ErrNestedMulti]. Each pipeline serves for one transaction.
func (c *Conn) Multi() *Pipeline {
	p := c.inner().Pipeline()
	switch {
	case c.unmade():
		p.b.foul = noConn("MULTI")
	case c.tx.multi != nil:
		p.b.foul = ErrNestedMulti
		c.tx.multi.b.foul = ErrNestedMulti
	default:
		p.b.tx = c.tx
		c.tx.multi = p
	}
	return p
}

// executed notes that the pipeline of a transaction has ended, and if over is true, that the watch has too.
func (t *watching) executed(p *Pipeline, over bool) {
	if t.multi == p {
		t.multi = nil
	}
	p.b.tx, p.b.foul = nil, errTxOver
	if over {
		t.over()
	}
}

var (
	// errTxOver is the error of a transaction's pipeline that is used again.
	errTxOver = &sentinel{"this transaction is over; Multi starts another one"}
	// errOwnExec is the error of another pipeline whose EXEC would end the watch.
	errOwnExec = &StateError{Command: "EXEC",
		Instead: "use the pipeline of Conn.Multi, which belongs to the watch; any other needs NoTransaction"}
)

// lost makes err match ErrWatch if it is safe to start the transaction again: the connection failed while
// keys were watched, and the failed command changed nothing.
func (t *watching) lost(err error, info *command.Info) error {
	var ce *ConnError
	if !t.on || !errors.As(err, &ce) {
		return err
	}
	if errors.Is(err, ErrWatch) {
		t.told = true
		return err
	}
	if ce.Outcome == Refused || ce.Outcome == MaybeExecuted && info.Retry != command.RetryRead ||
		errors.Is(ce.Err, ErrClosed) || errors.Is(ce.Err, context.Canceled) ||
		errors.Is(ce.Err, context.DeadlineExceeded) {
		return err
	}
	t.told = true
	e := *ce
	e.Err = fmt.Errorf("%w: %w", ErrWatch, ce.Err)
	return &e
}

// release ends the watch before the connection goes back to its pool. If this fails, or a hook panics, the
// connection is closed instead.
func (t *watching) release(c *Conn) {
	ended := false
	defer func() {
		if !ended {
			t.session.Drop()
		}
	}()
	if !t.on && t.multi == nil {
		ended = !t.asked
		return
	}
	patience := releaseTimeout
	if t.late {
		patience = lateReleaseTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = c.Unwatch(ctx) // it drops the connection itself if it fails
	ended = true
}

// Longest time that Close of a Tx waits for the answer to UNWATCH. The late one is for a caller whose context
// has ended.
const (
	releaseTimeout     = time.Second
	lateReleaseTimeout = 10 * time.Millisecond
)

// TxOptions are options of Client.TransactionWith.
type TxOptions struct {
	// Attempts is the highest number of calls of the function. Default 0: until it succeeds or the context
	// ends.
	Attempts int
	// Delay is the pause before another attempt, varied at random by up to a half. Default 0: none. The
	// connection is kept meanwhile. Less than a microsecond is an [*OptionError], because the unit was
	// forgotten.
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

// Transaction watches keys and calls fn, which reads with the methods of tx and queues its writes on the
// pipeline of tx.Multi. They are executed when fn returns nil. If a watched key has changed by then, nothing
// is executed and Transaction starts again, until ctx ends:
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
// If fn returns an error, Transaction returns it unchanged and executes none of the queued commands; if the
// error matches [ErrWatch], fn is called again. So fn may run several times; it must store its results in
// variables outside. tx ends with fn. Commands that fn runs on tx itself are executed at once, each time. If
// they write to a watched key, this counts as a change, so the transaction never succeeds. If fn neither
// calls Multi nor writes, the keys are still checked, so all values that it read are from the same moment.
// Without keys, Transaction only executes the queued commands atomically.
//
// If the connection is lost before EXEC was sent, fn is called again too, within the bounds of
// Options.MaxRetries. If EXEC may have been executed, the error is a [*ConnError] with this outcome, and fn
// is not called again.
//
// If ctx ends between two attempts, the error is a *ConnError that matches the error of ctx, [ErrNotSent] and
// ErrWatch. Other errors are those of Client.Conn, Conn.Watch and Pipeline.Exec. The connection goes back to
// the pool in any case, even if fn panics. It counts against Options.MaxConns: fn should use tx, and not wait
// for a second connection, because then several transactions can wait for one another until their contexts
// end.
//
// [Client.TransactionWith] bounds the number of attempts and sets the pause between them, see [TxOptions].
//
// WATCH, MULTI, EXEC, UNWATCH.
func (c *Client) Transaction(ctx context.Context, fn func(tx *Tx) error, keys ...string) error {
	return c.TransactionWith(ctx, TxOptions{}, fn, keys...)
}

// TransactionWith is Transaction with options. After the last attempt it returns an error that matches
// [ErrWatch]. A negative option is an [*OptionError].
func (c *Client) TransactionWith(ctx context.Context, o TxOptions, fn func(tx *Tx) error,
	keys ...string) error {
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

// attempts runs a transaction until it succeeds, or fails for another reason than a change. If the connection
// was lost without harm, lost is not nil, and the transaction may run on another connection.
func (c *Conn) attempts(ctx context.Context, o TxOptions, calls *int, fn func(tx *Tx) error,
	keys []string) (lost *ConnError, err error) {
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
		if err := c.Unwatch(ctx); err != nil { // fn may have returned ErrWatch itself
			return nil, err
		}
	}
}

// unsent is a failure of the connection before the transaction was sent, if it does not match ErrWatch.
type unsent struct{ err error }

func (e *unsent) Error() string { return e.err.Error() }

// attempt is one round of a transaction.
func (c *Conn) attempt(ctx context.Context, calls *int, fn func(tx *Tx) error, keys []string) error {
	t := c.tx
	if len(keys) > 0 {
		if err := c.Watch(ctx, keys...); err != nil {
			return harmless(ctx, err, MaybeExecuted) // nothing but WATCH was sent
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

// errTxClosed is the error of a function that closes its Tx and so drops the queued commands, most likely by
// mistake.
var errTxClosed = &sentinel{"the function of a transaction has called Close on its Tx; nothing that it " +
	"queued was executed"}

// harmless marks failures of the connection that changed nothing at the server: those with the outcome
// NotSent or other.
func harmless(ctx context.Context, err error, other Outcome) error {
	var ce *ConnError
	if !errors.As(err, &ce) || ce.Outcome != NotSent && ce.Outcome != other || errors.Is(err, ErrWatch) ||
		errors.Is(err, ErrClosed) || errors.Is(err, ErrLimited) || ctx.Err() != nil {
		return err
	}
	return &unsent{err}
}

// giveUp returns the error of a transaction that cannot start again after err. If ctx is over it is the error
// of ctx.
func (c *Client) giveUp(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	// The outcome of one command is not the outcome of the transaction.
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
