package redpoll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/route"
)

// Held is a lock that was acquired: the token that is in the lock's key. [Lock.Acquire] makes it. It may be used by many
// goroutines and handed on between them. A late Release frees nobody else's lock: it finds another token, and says so.
//
// A Held that was never acquired, nil included, gives [ErrNotHeld].
type Held struct {
	lock    *Lock
	token   string
	fence   int64
	adopted bool // until is not known before the first renewal

	mu       sync.Mutex
	state    heldState
	until    time.Time     // when it must count as lost; zero: never, or not known
	unsure   error         // why the lock may have been released already
	changed  chan struct{} // closed and replaced with until and state
	renewals []*renewal
}

// renewal is one that is under way. Of those at the same time nobody knows which one the server made last: the shortest counts.
type renewal struct {
	span   time.Duration // what the lock gets from the moment on in which it is executed; unlimited for those that add
	least  time.Duration // the least span of this one and all that ran beside it
	end    time.Time     // when the lock may be lost by it; it moves with renewals that come to their end beside it
	unsure error         // the Held's when it began
}

const unlimited = time.Duration(math.MaxInt64)

type heldState uint8

const (
	lockEnded heldState = iota
	lockHeld
	lockReleasing
)

// lockLook is how often the context of a lock without an end looks after it.
const lockLook = 10 * time.Second

type heldKey struct{}

// HeldFrom gives the lock that a context of [Lock.Do] or [Held.Context] belongs to, nil for any other one.
func HeldFrom(ctx context.Context) *Held {
	h, _ := ctx.Value(heldKey{}).(*Held)
	return h
}

// Token gives the value of the lock's key, for [Lock.Adopt] in another process.
func (h *Held) Token() string {
	if h == nil {
		return ""
	}
	return h.token
}

// Fence gives the number of this holder: larger than those of all that held the lock before, as long as the counter
// is not deleted, and 0 without LockOptions.Fencing. Send it along with whatever the lock protects, and have that
// refuse numbers smaller than the largest it has seen. Holders that are not counted, such as redis-py's,
// have none.
func (h *Held) Fence() int64 {
	if h == nil {
		return 0
	}
	return h.fence
}

// Deadline gives the time until which the lock is certainly held, if nobody interferes: TTL after it was asked for,
// less the margin. It is false for a lock without an end, and for an adopted one until it is renewed.
func (h *Held) Deadline() (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	until := h.end()
	return until, !until.IsZero()
}

// Release gives the lock back: a script deletes the key if it still holds the token. When it does not, the error is
// [ErrNotOwned]. After either the handle is done with, and another Release is [ErrNotHeld].
//
// After a lost reply it asks again while ctx lasts. If the key does not hold the token then, and the time of the lock had not
// run out, it was released. What cannot be found out matches [ErrMaybeExecuted]; after that, and after any
// failure to reach the server, Release can be called again. A context that has ended already sends nothing:
// where the lock has to be released all the same, pass context.WithoutCancel(ctx), or use [Lock.Do].
func (h *Held) Release(ctx context.Context) error {
	unsure, err := h.beginRelease()
	if err != nil {
		return err
	}
	ctx = route.Onward(ctx)
	var deleted int64
	err = h.lock.settle(ctx, &unsure, func() error {
		v, err := h.lock.run(ctx, &releaseScript, h.token)
		if err == nil {
			deleted, err = v.Int()
		}
		return err
	})
	if err != nil {
		h.set(lockHeld, unsure)
		return err
	}
	inTime := h.inTime()
	h.set(lockEnded, nil)
	switch {
	case deleted == 1 || unsure != nil && inTime:
		return nil
	case unsure != nil:
		return unsure
	}
	return h.lock.error(ErrNotOwned)
}

// Extend adds time to what is left of the lock, in whole milliseconds. The errors: [ErrNotOwned] when the lock is
// lost, or its key lives for ever; [ErrNotHeld] when it was released; a [*LockError] with a [*DataError] in it when the
// lock has no end; a [*DataError] for a time that is not more than 0. It is not repeated after a lost reply, since that could add twice: ExtendTo and Reacquire say what is left.
func (h *Held) Extend(ctx context.Context, by time.Duration) error {
	return h.renew(ctx, "add", by)
}

// ExtendTo sets the time that is left of the lock, whatever it was, in whole milliseconds. The errors are those of Extend. It
// is repeated after a lost reply.
func (h *Held) ExtendTo(ctx context.Context, left time.Duration) error {
	return h.renew(ctx, "set", left)
}

// Reacquire gives the lock its full time again, LockOptions.TTL, also when somebody has taken its key's expiry away. The
// errors are those of Extend. It is repeated after a lost reply.
func (h *Held) Reacquire(ctx context.Context) error {
	if _, err := h.use(); err != nil {
		return err
	}
	return h.renew(ctx, "full", h.lock.opts.TTL)
}

// Owned reports whether the lock's key holds the token. It sends GET, and nothing for a lock that was released.
func (h *Held) Owned(ctx context.Context) (bool, error) {
	l, err := h.use()
	if err != nil {
		return false, nil
	}
	own, err := l.inKey(h.token)
	if err != nil {
		return false, err
	}
	token, err := l.c.GetBytes(route.Onward(ctx), l.name)
	if errors.Is(err, Nil) || errors.Is(err, ErrWrongType) {
		return false, nil
	}
	return err == nil && bytes.Equal(token, own), err
}

// Context gives a context that ends when the lock is lost, for work that must not go on without it: context.Cause is
// [ErrNotOwned] then, or [ErrNotHeld] when the lock was released. It ends also with parent, and with the returned function,
// which must be called.
//
// A goroutine looks after the lock until then, whenever a third of its time has passed (every 10 s for one without an
// end), and with LockOptions.AutoExtend renews it. When the server cannot be asked the lock counts as lost at its
// Deadline, and not before.
func (h *Held) Context(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	if _, err := h.use(); err != nil {
		cancel(err)
	} else {
		go h.watch(ctx, cancel)
	}
	return context.WithValue(ctx, heldKey{}, h), func() { cancel(nil) }
}

// renew runs the script that sets the expiry.
func (h *Held) renew(ctx context.Context, how string, d time.Duration) error {
	l, err := h.use()
	if err != nil {
		return err
	}
	if l.opts.TTL == 0 {
		return l.error(badLock("TTL", "is Forever: there is nothing to extend; give the lock a TTL"))
	}
	if d <= 0 {
		return badLock("time", "must be more than 0; ExtendTo can shorten what is left, Release gives the lock back, and Owned asks whether it is held")
	}
	if err := wholeMillis("time", d); err != nil {
		return err
	}
	ctx = route.Onward(ctx)
	r := h.beginRenewal(how, d)
	var left int64
	var unsure error
	var asked time.Time
	ask := func() error {
		asked = time.Now()
		v, err := l.run(ctx, &extendScript, h.token, d.Milliseconds(), how)
		if err == nil {
			left, err = v.Int()
		}
		return err
	}
	if how == "add" {
		err = ask()
	} else {
		err = l.settle(ctx, &unsure, ask)
	}
	if err == nil && left >= 0 {
		h.renewed(r, asked, time.Duration(left)*time.Millisecond)
		return nil
	}
	h.unrenewed(r, unsure != nil && err != nil)
	if err == nil {
		err = h.gone()
	}
	return err
}

func (h *Held) beginRenewal(how string, d time.Duration) *renewal {
	r := &renewal{span: d, end: h.lock.end(time.Now(), d)}
	if how == "add" {
		r.span = unlimited
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	r.least, r.unsure = r.span, h.unsure
	for _, other := range h.renewals {
		r.least, other.least = min(r.least, other.span), min(other.least, r.span)
	}
	h.renewals = append(h.renewals, r)
	h.tell()
	return r
}

// renewed takes note of a renewal that the server executed, at some time after asked. One that ran beside it may have been
// executed later: after asked, too.
func (h *Held) renewed(r *renewal, asked time.Time, left time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(r)
	if r.span != unlimited {
		h.until = earlier(h.until, later(r.end, h.lock.end(asked, left)))
	}
	h.until = later(h.until, h.lock.end(asked, min(left, r.least)))
	for _, other := range h.renewals {
		if other.span != unlimited {
			other.end = later(other.end, h.lock.end(asked, other.span))
		}
	}
	if r.unsure != nil && r.unsure == h.unsure && h.state == lockHeld {
		h.unsure = nil // that Release did not happen
	}
}

// unrenewed takes note of a renewal that was not executed, or if maybe is set, may have been.
func (h *Held) unrenewed(r *renewal, maybe bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(r)
	switch {
	case !maybe || r.span == unlimited:
	case h.until.IsZero():
		h.until = r.end
	default:
		h.until = earlier(h.until, r.end)
	}
}

// forget ends a renewal. mu is held.
func (h *Held) forget(r *renewal) {
	rest := h.renewals[:0]
	for _, other := range h.renewals {
		if other != r {
			rest = append(rest, other)
		}
	}
	clear(h.renewals[len(rest):])
	h.renewals = rest
	h.tell()
}

// end is when the lock must count as lost, whatever becomes of the renewals under way. mu is held.
func (h *Held) end() time.Time {
	end := h.until
	for _, r := range h.renewals {
		if r.span != unlimited {
			end = earlier(end, r.end)
		}
	}
	return end
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// watch looks after the lock, and ends the context when it is lost.
func (h *Held) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	l := h.lock
	every := lockLook
	if l.opts.TTL > 0 {
		every = l.opts.TTL / 3
	}
	look := time.Now()
	if !h.adopted {
		look = look.Add(every)
	}
	timer := time.NewTimer(every)
	defer timer.Stop()
	var trouble error
	var last time.Time // the end of the lock that look is meant for
	for ctx.Err() == nil {
		until, changed, over := h.lease()
		now := time.Now()
		if !until.Equal(last) {
			// The end may be nearer than TTL says: for a large margin, or after ExtendTo.
			if third := now.Add(until.Sub(now) / 3); !until.IsZero() && third.Before(look) {
				look = third
			}
			last = until
		}
		next := look
		switch {
		case over:
			cancel(l.error(ErrNotHeld))
			return
		case !until.IsZero() && !now.Before(until):
			cancel(l.error(lateness(trouble)))
			return
		case !now.Before(look):
			trouble = h.look(ctx, until)
			if errors.Is(trouble, ErrNotOwned) {
				cancel(trouble)
				return
			}
			look = time.Now().Add(every)
			if trouble != nil {
				look = time.Now().Add(every / 4)
			}
			continue
		case !until.IsZero() && until.Before(look):
			next = until
		}
		timer.Reset(next.Sub(now))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
	}
}

// lateness is what is wrong with a lock whose time is over. The trouble that led to it is told, not wrapped: its outcome is
// not that of the lock.
func lateness(trouble error) error {
	if trouble == nil {
		return fmt.Errorf("%w: its time is over", ErrNotOwned)
	}
	return fmt.Errorf("%w: its time is over, and the server did not answer: %v", ErrNotOwned, trouble)
}

// look asks the server whether the lock is still there, or renews it when a third of its time has passed.
func (h *Held) look(ctx context.Context, until time.Time) error {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	o := &h.lock.opts
	if o.AutoExtend && o.TTL > 0 && time.Until(until) < o.TTL*2/3 {
		return h.Reacquire(ctx)
	}
	owned, err := h.Owned(ctx)
	if err == nil && !owned {
		err = h.gone()
	}
	return err
}

// gone is the error when the key does not hold the token: that is no loss if it was released, or is just being.
func (h *Held) gone() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == lockHeld {
		return h.lock.error(ErrNotOwned)
	}
	return h.lock.error(ErrNotHeld)
}

// use gives the lock, if it is held.
func (h *Held) use() (*Lock, error) {
	if h == nil || h.lock == nil {
		return nil, &LockError{Err: ErrNotHeld}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == lockEnded {
		return nil, h.lock.error(ErrNotHeld)
	}
	return h.lock, nil
}

// beginRelease gives the right to release to one call at a time.
func (h *Held) beginRelease() (unsure, err error) {
	if _, err := h.use(); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state != lockHeld {
		return nil, h.lock.error(ErrNotHeld)
	}
	h.state = lockReleasing
	return h.unsure, nil
}

func (h *Held) set(state heldState, unsure error) {
	if state == lockEnded {
		h.lock.c.locks.remove(h)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state, h.unsure = state, unsure
	h.tell()
}

// tell wakes those who watch. The lock is held.
func (h *Held) tell() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *Held) lease() (until time.Time, changed <-chan struct{}, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.end(), h.changed, h.state == lockEnded
}

// inTime reports whether the key cannot have expired yet.
func (h *Held) inTime() bool {
	until, _, _ := h.lease()
	if until.IsZero() {
		return h.lock.opts.TTL == 0
	}
	return time.Now().Before(until)
}
