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

// Held is an acquired lock, with the token that is in the lock's key. [Lock.Acquire] makes it. It is safe for
// concurrent use, and may be passed between goroutines. A late Release cannot free the lock of another
// holder: it finds another token, and returns an error.
//
// The methods of a nil or zero Held return [ErrNotHeld].
type Held struct {
	lock    *Lock
	token   string
	fence   int64
	adopted bool // until is unknown before the first renewal

	mu       sync.Mutex
	state    heldState
	until    time.Time     // when the lock must count as lost; zero if never or unknown
	unsure   error         // why the lock may have been released already
	changed  chan struct{} // closed and replaced when until or state change
	renewals []*renewal
}

// renewal is a renewal under way. Of several renewals at the same time, the client does not know which one
// the server executed last, so the shortest one counts.
type renewal struct {
	span time.Duration // new time of the lock from the execution on; unlimited for those that add
	// least is the shortest span of this renewal and of all that ran beside it.
	least time.Duration
	// end is the time at which the lock may be lost because of this renewal. Renewals that end beside it move
	// it.
	end    time.Time
	unsure error // value of Held.unsure when it began
}

const unlimited = time.Duration(math.MaxInt64)

type heldState uint8

const (
	lockEnded heldState = iota
	lockHeld
	lockReleasing
)

// lockLook is the pause between two checks of a lock without an end, see Held.Context.
const lockLook = 10 * time.Second

type heldKey struct{}

// HeldFrom returns the lock of a context of [Lock.Do] or [Held.Context]; nil for any other context.
func HeldFrom(ctx context.Context) *Held {
	h, _ := ctx.Value(heldKey{}).(*Held)
	return h
}

// Token returns the value of the lock's key, for [Lock.Adopt] in another process.
func (h *Held) Token() string {
	if h == nil {
		return ""
	}
	return h.token
}

// Fence returns the number of this holder, which is larger than the numbers of all earlier holders while the
// counter is not deleted. It is 0 without LockOptions.Fencing. Send it with every request to the resource
// that the lock protects; the resource should refuse numbers smaller than the largest that it has seen.
// Holders of other clients, such as redis-py, have no number.
func (h *Held) Fence() int64 {
	if h == nil {
		return 0
	}
	return h.fence
}

// Deadline returns the time until which the lock is certainly held, if nobody interferes: the time of the
// request plus TTL, less the margin. It returns false for a lock without an end, and for an adopted lock
// before its first renewal.
func (h *Held) Deadline() (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	until := h.end()
	return until, !until.IsZero()
}

// Release gives the lock back: a script deletes the key if it still holds the token. Otherwise the error is
// [ErrNotOwned]. After both, the Held is used up, and another Release returns [ErrNotHeld].
//
// After a lost reply it asks again until ctx ends. If the key does not hold the token then, and the time of
// the lock had not run out, it was released. If the result stays unknown, the error matches
// [ErrMaybeExecuted]. After such an error, and after any failure to reach the server, Release can be called
// again. If ctx has ended already, Release sends nothing; to release the lock in any case, pass
// context.WithoutCancel(ctx), or use [Lock.Do].
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
			deleted, err = v.Int64()
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

// Extend adds time to the remaining time of the lock, in whole milliseconds. The error is [ErrNotOwned] if
// the lock is lost or its key never expires, [ErrNotHeld] if it was released, a [*LockError] with a
// [*DataError] in it if the lock has no end, and a [*DataError] if by is not more than 0. It is not repeated
// after a lost reply, because it could add twice; use ExtendTo or Reacquire instead.
func (h *Held) Extend(ctx context.Context, by time.Duration) error {
	return h.renew(ctx, "add", by)
}

// ExtendTo sets the remaining time of the lock, in whole milliseconds. The errors are those of Extend. It is
// repeated after a lost reply.
func (h *Held) ExtendTo(ctx context.Context, left time.Duration) error {
	return h.renew(ctx, "set", left)
}

// Reacquire gives the lock its full time again, LockOptions.TTL, even if somebody has removed the expiry of
// its key. The errors are those of Extend. It is repeated after a lost reply.
func (h *Held) Reacquire(ctx context.Context) error {
	if _, err := h.use(); err != nil {
		return err
	}
	return h.renew(ctx, "full", h.lock.opts.TTL)
}

// Owned reports whether the lock's key holds the token. It sends GET; for a lock that was released it sends
// nothing.
func (h *Held) Owned(ctx context.Context) (bool, error) {
	l, err := h.use()
	if err != nil {
		return false, nil
	}
	own, err := l.inKey(h.token)
	if err != nil {
		return false, err
	}
	token, err := l.c.GetBytes(route.OnPrimary(route.Onward(ctx)), l.name)
	if errors.Is(err, Nil) || errors.Is(err, ErrWrongType) {
		return false, nil
	}
	return err == nil && bytes.Equal(token, own), err
}

// Context returns a context that ends when the lock is lost, for work that must not go on without it.
// context.Cause is then [ErrNotOwned], or [ErrNotHeld] if the lock was released. The context also ends with
// parent, and with the returned function, which must be called.
//
// Until then a goroutine checks the lock whenever a third of its time has passed (every 10 s for a lock
// without an end), and renews it with LockOptions.AutoExtend. If the server does not answer, the lock counts
// as lost at its Deadline, and not before.
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
		return badLock("time",
			"must be more than 0; ExtendTo can shorten what is left, Release gives the lock back, and "+
				"Owned asks whether it is held")
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
			left, err = v.Int64()
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

// renewed records a renewal that the server executed at some time after asked. A renewal beside it may have
// been executed later, so also after asked.
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
		h.unsure = nil // the uncertain Release was not executed
	}
}

// unrenewed records a renewal that was not executed, or if maybe is true, may have been.
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

// forget removes a renewal. mu is held.
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

// end returns the time at which the lock must count as lost, for every result of the renewals under way. mu
// is held.
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

// watch checks the lock, and ends the context when it is lost.
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
	var last time.Time // end of the lock for which look was chosen
	for ctx.Err() == nil {
		until, changed, over := h.lease()
		now := time.Now()
		if !until.Equal(last) {
			// The end may be nearer than TTL says, because of a large margin or ExtendTo.
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

// lateness returns the error of a lock whose time is over. The text has the error of the last check, but does
// not wrap it, because its outcome is not that of the lock.
func lateness(trouble error) error {
	if trouble == nil {
		return fmt.Errorf("%w: its time is over", ErrNotOwned)
	}
	return fmt.Errorf("%w: its time is over, and the server did not answer: %v", ErrNotOwned, trouble)
}

// look asks the server for the lock, or renews it if a third of its time has passed.
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

// gone returns the error if the key does not hold the token. If the lock was released, or is being released,
// it is not lost.
func (h *Held) gone() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == lockHeld {
		return h.lock.error(ErrNotOwned)
	}
	return h.lock.error(ErrNotHeld)
}

// use returns the lock if it is held.
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

// beginRelease allows one call at a time to release.
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

// tell wakes the goroutines that watch. mu is held.
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
