package redpoll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Tx is a [Conn], on whose connection keys can be watched: what Client.Conn gives, and what the function of
// Client.Transaction gets. Its methods run at once, on that connection; what Multi gives is queued, and executed only if
// no watched key has changed since Watch. While it watches, a Tx is for one goroutine at a time. Close gives the connection
// back, without any watch.
//
// When the connection is lost while keys are watched, every call fails with [ErrWatch] from then on, until Watch begins
// anew, or Exec or Unwatch ends the watch: no command runs as if the keys were still watched. A command that may have
// changed something before the loss was noticed has a [*ConnError] of its own, which does not match ErrWatch.
type Tx = Conn

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
	session route.Session
	on      bool      // keys are watched, or were until the connection was lost
	told    bool      // the caller has had ErrWatch for the loss: Watch begins anew
	asked   bool      // WATCH may have been sent, and is not known to have been answered: a hook has panicked
	multi   *Pipeline // not nil from Multi to its Exec
	late    bool      // whoever closes has no time left
}

var (
	infoWatch   = command.Lookup("WATCH")
	infoUnwatch = command.Lookup("UNWATCH")
)

// Watch watches keys: if one of them changes before the EXEC of what Multi gives, by anybody, this Tx included, nothing is
// executed and Exec returns [ErrWatch]. It can be called again to watch more keys.
//
// After Multi it is [ErrWatchInMulti]; without keys it is a [*DataError]. When the connection fails it is a [*ConnError], which matches ErrWatch if other keys were watched before.
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
	r := beginRequest(c.Client, recordsOK)
	e := r.one.start(infoWatch, intoOK)
	e.Open("*1\r\n$5\r\nWATCH\r\n", 1)
	e.List("keys", keys)
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

// Unwatch ends the watch on all keys, and drops what Multi gave. Without a watch it sends nothing. If UNWATCH fails the
// connection is closed, which ends the watch as well; so the only error, of a Tx, is that of a context that has ended.
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
	r := beginRequest(c.Client, recordsOK)
	r.one.start(infoUnwatch, intoOK).Open("*1\r\n$7\r\nUNWATCH\r\n", 1)
	err := r.done(ctx)
	if err != nil {
		t.session.Drop()
	}
	if ctx.Err() == nil {
		return nil
	}
	return err
}

// over notes that nothing is watched any more. It reports whether the connection was lost.
func (t *watching) over() (broken bool) {
	t.on, t.told = false, false
	return t.session.Hold(false)
}

// Multi gives a pipeline whose Exec runs a transaction on the connection of this [Tx]: MULTI, the commands, EXEC. If keys
// are watched and one of them has changed, Exec returns [ErrWatch] and nothing is executed. While keys are watched Exec
// sends MULTI and EXEC even without commands, which tells whether the keys are unchanged.
//
// The watch ends with Exec. Only when Exec provably sent nothing, for a reason other than a lost connection, it goes on, as
// it does after Discard; Unwatch or Close end it then. Other pipelines of a Tx that watches need [NoTransaction]: their EXEC
// would end the watch, and Exec refuses them with a [*StateError].
//
// Until Exec, Discard or Unwatch another call gives a pipeline whose Exec fails with [ErrNestedMulti], as does that of the
// first one. Each pipeline serves for one transaction.
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

// executed notes that the pipeline of a transaction has come to its end, and whether the watch has.
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
	// errTxOver keeps a transaction's pipeline from being used for another one.
	errTxOver = &sentinel{"this transaction is over; Multi starts another one"}
	// errOwnExec is for a pipeline whose EXEC would end a watch that another one counts on.
	errOwnExec = &StateError{Command: "EXEC", Instead: "Conn.Multi gives the pipeline that belongs to the watch; any other needs NoTransaction"}
)

// lost makes err match ErrWatch if it is safe to start the transaction again: the connection failed while keys were
// watched, and what failed changed nothing.
func (t *watching) lost(err error, info *command.Info) error {
	var ce *ConnError
	if !t.on || !errors.As(err, &ce) {
		return err
	}
	if errors.Is(err, ErrWatch) {
		t.told = true
		return err
	}
	if ce.Outcome == Refused || ce.Outcome == MaybeExecuted && info.Retry != command.RetryRead || errors.Is(ce.Err, ErrClosed) ||
		errors.Is(ce.Err, context.Canceled) || errors.Is(ce.Err, context.DeadlineExceeded) {
		return err
	}
	t.told = true
	e := *ce
	e.Err = fmt.Errorf("%w: %w", ErrWatch, ce.Err)
	return &e
}

// release ends the watch before the connection goes back to its pool. A connection on which that failed, or was cut short by
// a hook that panics, does not go back.
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

// How long Close of a Tx may wait for the answer to UNWATCH: without a context, and when the caller's is over.
const (
	releaseTimeout     = time.Second
	lateReleaseTimeout = 10 * time.Millisecond
)
