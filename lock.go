package redpoll

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/route"
)

// Errors of locks. Each comes inside a [*LockError].
var (
	// ErrNotAcquired means that somebody else holds the lock, and that the time for waiting is over.
	ErrNotAcquired error = &sentinel{"not acquired"}
	// ErrNotOwned means that the lock was held and is lost: its time ran out, or its key was changed or
	// deleted. Somebody else may hold it now. The error also matches ErrNotHeld.
	ErrNotOwned error = &sentinel{"not owned any more"}
	// ErrNotHeld means that the lock was released, or was never acquired by this Held.
	ErrNotHeld error = &sentinel{"not held"}
)

// LockError is a fault of a lock that the server's answers prove. Failures on the way to the server are
// [*ConnError] as for any command.
type LockError struct {
	Name string // name of the lock
	// Err is ErrNotAcquired, ErrNotOwned or ErrNotHeld, with the error of the context or of the attempt that
	// ended a wait. It is a *DataError if a lock without an end was extended.
	Err error
}

// Error names the lock and the fault.
func (e *LockError) Error() string {
	return "redpoll: lock " + strconv.Quote(e.Name) + ": " + inner(e.Err) + e.remedy()
}

// remedy says what to do, in parentheses; "" if the fault tells it.
func (e *LockError) remedy() string {
	switch { // an error around these tells its own reason
	case e.Err == ErrNotAcquired: //houserules:ok compare: see above
		return " (another holder has it: Acquire waits for LockOptions.Wait)"
	case e.Err == ErrNotHeld: //houserules:ok compare: see above
		return " (it was released, or never acquired)"
	}
	return ""
}

func (e *LockError) redpollError() {}

// Unwrap returns the cause.
func (e *LockError) Unwrap() error { return e.Err }

// Is makes errors.Is match the outcome, ErrRefused or ErrNotSent, and ErrNotHeld for every lost lock.
func (e *LockError) Is(target error) bool {
	if target == ErrNotHeld {
		return errors.Is(e.Err, ErrNotOwned)
	}
	return e.outcome().is(target)
}

// outcome is Refused if the server answered, NotSent if it was not asked, and otherwise that of the attempt
// that the context ended.
func (e *LockError) outcome() Outcome {
	var ce *ConnError
	if errors.As(e.Err, &ce) {
		return ce.Outcome
	}
	if errors.Is(e.Err, ErrNotHeld) || errors.As(e.Err, new(*DataError)) {
		return NotSent
	}
	return Refused
}

// LockOptions are the options of a lock. TTL is required.
type LockOptions struct {
	// TTL is the time for which the server keeps the lock for its holder, in whole milliseconds. If the
	// holder does not extend it, others can take the lock after this time. Forever makes a lock without an
	// end: if its holder dies, nobody can take it again. There is no default.
	TTL time.Duration
	// Pause is the time between the attempts of Acquire, varied at random by up to a half, so that waiting
	// clients do not all ask at once. Default: 100 ms. Less than a millisecond is a [*DataError], because the
	// unit was forgotten.
	Pause time.Duration
	// Wait bounds how long Acquire waits for other holders: no attempt starts later than Wait after the first
	// one. It does not bound the time of the server's answer; the context does. 0 and Forever mean as long as
	// the context allows. For a single attempt use TryAcquire. Less than a millisecond is a *DataError.
	Wait time.Duration
	// AutoExtend makes the contexts of Do and Held.Context renew the lock to its full TTL whenever a third of
	// TTL has passed, until they end.
	AutoExtend bool
	// Margin is the time before the end by this machine's clock at which the lock counts as lost, because
	// clocks differ in speed and work takes time to stop. It must be shorter than TTL. Default: 1 % of TTL
	// and 2 ms, but at most half of TTL. Less than a microsecond is a *DataError.
	Margin time.Duration
	// Fencing gives each holder a number that is larger than those of all earlier holders, see Held.Fence.
	// The counter is a key beside the lock's key, and stays when the lock is released. Its name is the lock's
	// name with ":fence" behind it. If the name has no braces it is put into braces, so that both keys are in
	// the same slot of a cluster: "job" is counted in "{job}:fence", and "{orders}job" in
	// "{orders}job:fence".
	Fencing bool
	// Token is the value of the key while the lock is held: a text, sent in the client's encoding. It must be
	// unique, because two acquisitions with the same token cannot be told apart. Default: 32 random
	// hexadecimal digits, different each time.
	Token string
}

const (
	lockPause       = 100 * time.Millisecond
	lockDrift       = 2 * time.Millisecond // and 1 % of the lock's time
	lockRepeats     = 3                    // after lost replies
	releasePatience = time.Second          // for a release after the caller's context has ended
)

// Lock is a lock that is shared between processes: a holder has its token in the lock's key. [Client.Lock]
// makes it. It is immutable and safe for concurrent use; the [Held] that Acquire returns has the token. It is
// not re-entrant: a holder that takes it again waits for itself. Two locks that are taken in different orders
// can wait for each other for ever; only contexts and LockOptions.Wait end this.
//
// The lock is as safe as its server: a failover can lose a lock that the replica does not have yet, and a
// holder that is delayed for longer than TTL works on without the lock. If this would do harm, use
// [LockOptions].Fencing, and let the protected resource refuse numbers older than the newest that it has
// seen.
//
// Keys and tokens are those of redis-py's Lock, so that the locks of both clients exclude each other.
type Lock struct {
	c     *Client
	name  string
	fence string // key of the counter; "" without fencing
	opts  LockOptions
	err   error // error of invalid options
}

// Lock makes a lock on the key with this name. It sends nothing. If an option is invalid, or the name is
// empty, all methods of the lock return a [*DataError].
func (c *Client) Lock(name string, o LockOptions) *Lock {
	l := &Lock{c: c, name: name, opts: o}
	l.err = l.opts.complete()
	if l.err == nil {
		_, l.err = l.inKey(o.Token)
	}
	if o.Fencing && l.err == nil {
		l.fence, l.err = fenceKey(name)
	}
	if name == "" && l.err == nil {
		l.err = badLock("name", "is empty")
	}
	if c != nil && c.copied != nil && l.err == nil {
		l.err = &StateError{Command: "Lock",
			reason: "is not there yet on the client of a copy: use the Client of one of Client.Nodes"}
	}
	return l
}

// complete checks the options and fills in the defaults; Forever becomes 0.
func (o *LockOptions) complete() error {
	if o.TTL == 0 {
		return badLock("TTL",
			"is missing; give the time after which a dead holder's lock is free, or Forever for a lock "+
				"that never ends")
	}
	if o.Pause < 0 || o.Wait < 0 || o.Margin < 0 {
		return badLock("Pause, Wait and Margin", "must not be negative; 0 is the default")
	}
	for _, span := range [...]struct {
		name     string
		d, least time.Duration
		unit     time.Duration
	}{{"Pause", o.Pause, time.Millisecond, time.Millisecond}, {"Wait", o.Wait, time.Millisecond, time.Second},
		{"Margin", o.Margin, time.Microsecond, time.Millisecond}} {
		if text := encode.ForgottenUnit(span.d, span.least, span.unit); text != "" {
			return badLock(span.name, text+" Less than "+span.least.String()+" is refused")
		}
	}
	if o.Pause == 0 {
		o.Pause = lockPause
	}
	if o.Wait == Forever {
		o.Wait = 0
	}
	if o.TTL == Forever {
		o.TTL = 0
		return nil
	}
	if err := wholeMillis("TTL", o.TTL); err != nil {
		return err
	}
	if o.Margin >= o.TTL {
		return badLock("Margin", "must be shorter than TTL, or the lock would be lost at once")
	}
	if o.Margin == 0 {
		o.Margin = min(o.TTL/100+lockDrift, o.TTL/2)
	}
	return nil
}

// inKey returns a token as it is stored in the lock's key.
func (l *Lock) inKey(token string) ([]byte, error) {
	if l.c == nil || l.c.text == nil {
		return []byte(token), nil
	}
	raw, err := l.c.text.AppendEncode(nil, token)
	if err != nil {
		return nil, badLock("Token", "cannot be written in the client's encoding: "+err.Error())
	}
	return raw, nil
}

func badLock(argument, reason string) error { return &DataError{"Lock", argument, reason} }

// wholeMillis refuses times that the server cannot store for a lock.
func wholeMillis(argument string, d time.Duration) error {
	if text := encode.ForgottenUnit(d, time.Millisecond, time.Second); text != "" {
		return badLock(argument, text+" The server takes whole milliseconds")
	}
	if d < time.Millisecond || d%time.Millisecond != 0 || d == Forever {
		return badLock(argument,
			"must be a whole number of milliseconds, at least one; d.Truncate(time.Millisecond) cuts the "+
				"rest off")
	}
	return nil
}

// fenceKey returns the counter of a lock: a key in the same slot. The slot is that of the text between the
// first opening brace and the next closing one, or that of the whole name.
func fenceKey(name string) (string, error) {
	const suffix = ":fence"
	if _, behind, ok := strings.Cut(name, "{"); ok && strings.Index(behind, "}") > 0 {
		return name + suffix, nil
	}
	if name == "" || strings.Contains(name, "}") {
		return "", badLock("name",
			"is such that no other key is in its slot, as Fencing needs; put a part of it into braces: "+
				"{orders}job")
	}
	return "{" + name + "}" + suffix, nil
}

// Name returns the name of the lock, which is its key.
func (l *Lock) Name() string {
	if l == nil {
		return ""
	}
	return l.name
}

// Locked reports whether anybody holds the lock. It sends EXISTS.
func (l *Lock) Locked(ctx context.Context) (bool, error) {
	if err := l.fault(); err != nil {
		return false, err
	}
	n, err := l.c.Exists(route.OnPrimary(ctx), l.name)
	return n > 0, err
}

// Adopt returns a Held for a lock that was acquired elsewhere with this token, for work that another process
// continues; see Held.Token. The token is a text, like LockOptions.Token. Adopt sends nothing: use Held.Owned
// to see whether the lock is held, and Held.Reacquire to give it its full time. Held.Fence of an adopted lock
// is 0.
func (l *Lock) Adopt(token string) *Held {
	h := &Held{lock: l, token: token, adopted: true, state: lockHeld, changed: make(chan struct{})}
	if l.fault() != nil {
		h.state = lockEnded
	}
	return h
}

// TryAcquire takes the lock if it is free; otherwise the error is [ErrNotAcquired]. It sends SET with NX and
// PX, or with Fencing a script that does the same and counts.
//
// After a lost reply it asks the server for the result, so that the lock is taken at most once, and never
// stays taken without a holder. If the result stays unknown until ctx ends, the error matches
// [ErrMaybeExecuted], and a goroutine tries for another second to release the lock.
func (l *Lock) TryAcquire(ctx context.Context) (*Held, error) {
	if err := l.fault(); err != nil {
		return nil, err
	}
	h, err := l.newAttempt().try(ctx)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Acquire takes the lock. While somebody else holds it, Acquire tries again after each pause, until ctx ends
// or LockOptions.Wait would be exceeded. The error is then [ErrNotAcquired]; if ctx ended, it also matches
// the error of ctx. Each attempt is a TryAcquire.
func (l *Lock) Acquire(ctx context.Context) (*Held, error) {
	if err := l.fault(); err != nil {
		return nil, err
	}
	a := l.newAttempt()
	began := time.Now()
	for waited := false; ; waited = true {
		h, err := a.try(ctx)
		switch {
		case err == nil:
			return h, nil
		case errors.Is(err, ErrNotAcquired):
		case waited && ctx.Err() != nil:
			return nil, l.error(fmt.Errorf("%w: %w", ErrNotAcquired, err))
		default:
			return nil, err
		}
		p := backoff.Around(l.opts.Pause)
		if l.opts.Wait > 0 && time.Since(began)+p > l.opts.Wait {
			return nil, err
		}
		if !l.sleep(ctx, p) {
			return nil, l.error(fmt.Errorf("%w: %w", ErrNotAcquired, ctx.Err()))
		}
	}
}

// Do acquires the lock, calls fn and releases the lock. If it cannot acquire the lock, fn is not called. The
// context of fn ends with ctx, and when the lock is lost, with a cause (see [Held.Context]); [HeldFrom]
// returns its Held. The error is that of fn, joined with that of the release: [ErrNotOwned] if the lock was
// lost meanwhile.
//
// The lock is released even if ctx has ended or fn panics. This takes at most a second if the server does not
// answer. If fn has released the lock itself, it is not released again.
func (l *Lock) Do(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	if fn == nil {
		return badLock("fn", "is nil")
	}
	h, err := l.Acquire(ctx)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	// told is set by watch.
	var told error
	go func() {
		defer close(watched)
		h.watch(inner, func(cause error) {
			told = cause
			cancel(cause)
		})
	}()
	defer func() {
		cause := context.Cause(inner)
		cancel(nil)
		<-watched
		if _, _, over := h.lease(); over {
			return
		}
		brief, stop := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
		defer stop()
		lost := h.Release(brief)
		if lost == nil && cause == told && errors.Is(told, ErrNotOwned) {
			lost = told // its key was still there, but the context of fn has ended
		}
		if err != nil && lost != nil {
			lost = errors.Join(err, lost)
		}
		if lost != nil {
			err = lost
		}
	}()
	return fn(context.WithValue(inner, heldKey{}, h))
}

// attempt is one acquisition. It may take several tries.
type attempt struct {
	l      *Lock
	token  string
	unsure error // first failure after which the lock may have been taken
}

func (l *Lock) newAttempt() *attempt {
	a := &attempt{l: l, token: l.opts.Token}
	if a.token == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // it never fails
		a.token = hex.EncodeToString(b[:])
	}
	return a
}

// try takes the lock, or returns the reason why it could not.
func (a *attempt) try(ctx context.Context) (held *Held, err error) {
	h := &Held{lock: a.l, token: a.token, state: lockHeld, changed: make(chan struct{})}
	a.l.c.locks.add(h)
	defer func() {
		if held == nil {
			a.l.c.locks.remove(h)
		}
	}()
	taken := false
	err = a.l.settle(ctx, &a.unsure, func() (err error) {
		sent := time.Now()
		taken, h.fence, err = a.send(ctx)
		h.mu.Lock()
		h.until = a.l.end(sent, a.l.opts.TTL)
		h.mu.Unlock()
		return err
	})
	switch {
	case err != nil && a.unsure != nil:
		go a.giveBack(context.WithoutCancel(ctx))
		return nil, err
	case err != nil:
		return nil, err
	case !taken:
		return nil, a.l.error(ErrNotAcquired)
	}
	return a.confirm(ctx, h)
}

// confirm renews a lock whose time ran out before the answer came, if it is still there.
func (a *attempt) confirm(ctx context.Context, h *Held) (*Held, error) {
	if h.inTime() {
		return h, nil
	}
	err := h.Reacquire(ctx)
	switch {
	case err == nil:
		return h, nil
	case errors.Is(err, ErrNotOwned):
		return nil, a.l.error(ErrNotAcquired)
	}
	go a.giveBack(context.WithoutCancel(ctx))
	return nil, err
}

// send asks the server for the lock. A plain SET is enough if there is no counter, and no earlier try may
// have taken the lock: SET does not recognize its own token.
func (a *attempt) send(ctx context.Context) (taken bool, fence int64, err error) {
	l := a.l
	if l.fence == "" && a.unsure == nil {
		if l.opts.TTL > 0 {
			err = l.c.Set(ctx, l.name, a.token, NX, PX(l.opts.TTL))
		} else {
			err = l.c.Set(ctx, l.name, a.token, NX)
		}
		if errors.Is(err, Nil) {
			return false, 0, nil
		}
		return err == nil, 0, err
	}
	again := 0
	if a.unsure != nil {
		again = 1
	}
	v, err := l.run(ctx, &acquireScript, a.token, l.opts.TTL.Milliseconds(), again)
	if err != nil || v.IsNil() {
		return false, 0, err
	}
	fence, err = v.Int64()
	return err == nil, fence, err
}

// giveBack releases a lock that may have been taken. It tries twice, because the lost command may still be on
// its way over another connection.
func (a *attempt) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(route.Onward(ctx), releasePatience)
	defer cancel()
	for range 2 {
		v, err := a.l.run(ctx, &releaseScript, a.token)
		if n, bad := v.Int64(); err == nil && bad == nil && n == 1 || !a.l.sleep(ctx, lockPause) {
			return
		}
	}
}

// settle calls fn, which asks the server something, until there is an answer. fn must be safe to repeat after
// a lost reply. unsure becomes the first failure after which fn may have been executed; it is the error if
// the result stays unknown.
func (l *Lock) settle(ctx context.Context, unsure *error, fn func() error) error {
	for n := 0; ; n++ {
		err := fn()
		if *unsure == nil && errors.Is(err, ErrMaybeExecuted) {
			*unsure = err
		}
		if err == nil || *unsure == nil {
			return err
		}
		var ce *ConnError
		slow := n > 0 && errors.As(err, &ce) && ce.Timeout()
		if n < lockRepeats && !slow && !errors.Is(err, ErrClosed) &&
			l.sleep(ctx, time.Duration(n)*lockPause) {
			continue
		}
		if over := ctx.Err(); over != nil && !errors.Is(*unsure, over) {
			//houserules:ok family: unsure is an error of this package
			return fmt.Errorf("%w: %w", *unsure, over)
		}
		return *unsure
	}
}

// run runs one of the lock's scripts, with the lock's token as the first argument. If no client of the pool
// has sent the script yet, run sends its text at once, because the server hardly knows it. So the first run
// also takes a single round trip.
func (l *Lock) run(ctx context.Context, script *lockScript, token string, args ...any) (Value, error) {
	s := script.script
	s.c = l.c
	keys := []string{l.name}
	if script == &acquireScript && l.fence != "" {
		keys = append(keys, l.fence)
	}
	args = append([]any{token}, args...)
	if node := l.node(); node != nil && node.Scripts.Load()&script.bit == 0 {
		v, err := s.send(ctx, &eval, s.wire, keys, args)
		refused := errors.Is(err, ErrNoPerm) // a user may have no more than EVALSHA
		if err == nil || refused {
			node.Scripts.Or(script.bit)
		}
		if !refused {
			return v, err
		}
	}
	return s.Run(ctx, keys, args...)
}

// node returns the server of the lock; nil if the client uses several.
func (l *Lock) node() *route.Node {
	nodes := l.c.router.Nodes()
	if len(nodes) != 1 {
		return nil
	}
	return nodes[0]
}

// sleep returns false if the context ends first. It does not outlast the client by much.
func (l *Lock) sleep(ctx context.Context, d time.Duration) bool {
	for ctx.Err() == nil && d > 0 && !l.c.closed.Load() {
		part := min(d, lockPause)
		backoff.Wait(ctx, part, nil)
		d -= part
	}
	return ctx.Err() == nil
}

// end returns the time at which a lock that was requested at asked must count as lost; zero means never.
func (l *Lock) end(asked time.Time, ttl time.Duration) time.Time {
	if l.opts.TTL == 0 {
		return time.Time{}
	}
	return asked.Add(ttl - l.opts.Margin)
}

func (l *Lock) error(err error) error { return &LockError{Name: l.name, Err: err} }

func (l *Lock) fault() error {
	if l == nil || l.c.unmade() {
		return badLock("lock", "belongs to no client; Client.Lock makes locks")
	}
	return l.err
}

// The scripts of locks. They do the same as those of redis-py, on the same values, and more after lost
// replies.
var (
	// ARGV: token; milliseconds or 0; 1 if the token may be in the key already. The counter is incremented
	// before the lock is taken: if it is not a number, the script ends without a change. Returns the number,
	// or nil.
	acquireScript = newLockScript(0, `
local free = redis.call('EXISTS', KEYS[1]) == 0
if not free and not (ARGV[3] == '1' and redis.pcall('GET', KEYS[1]) == ARGV[1]) then
  return false
end
local n = 0
if KEYS[2] then
  if free then n = redis.call('INCR', KEYS[2]) else n = tonumber(redis.call('GET', KEYS[2]) or 0) end
end
if ARGV[2] == '0' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return n`)

	// ARGV: token. Returns 1, or 0 if the token is not in the key.
	releaseScript = newLockScript(1, `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

	// ARGV: token, milliseconds, what to do with them. Returns the milliseconds that are left now, or -1 if
	// the lock is lost. A key without an expiry can only get its full time.
	extendScript = newLockScript(2, `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local ms = tonumber(ARGV[2])
if ARGV[3] ~= 'full' then
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then return -1 end
  if ARGV[3] == 'add' then ms = ms + left end
end
redis.call('PEXPIRE', KEYS[1], ms)
return ms`)
)

// lockScript is a script with its bit in route.Node.Scripts.
type lockScript struct {
	script Script
	bit    uint32
}

func newLockScript(place int, lua string) lockScript {
	return lockScript{Script{lua: lua, wire: lua, sum: sumOf(lua)}, 1 << place}
}
