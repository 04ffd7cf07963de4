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

// What can be said of a lock. Each comes inside a [*LockError].
var (
	// ErrNotAcquired: somebody else holds the lock, and the time for waiting is over.
	ErrNotAcquired error = &sentinel{"not acquired"}
	// ErrNotOwned: the lock was held and is lost: its time ran out, or its key was changed or deleted. Somebody else
	// may hold it now. The error matches ErrNotHeld too.
	ErrNotOwned error = &sentinel{"not owned any more"}
	// ErrNotHeld: the handle does not hold the lock: it was released.
	ErrNotHeld error = &sentinel{"not held"}
)

// LockError is what went wrong with a lock, the server's answers being clear. Failures on the way to the server are
// the same as of any command.
type LockError struct {
	Name string // the lock's name
	// Err is ErrNotAcquired, ErrNotOwned or ErrNotHeld, with the error of the context, or of the attempt, that ended a wait;
	// or the *DataError of extending a lock without an end.
	Err error
}

// Error names the lock and what is wrong.
func (e *LockError) Error() string {
	return "redpoll: lock " + strconv.Quote(e.Name) + ": " + strings.TrimPrefix(e.Err.Error(), "redpoll: ")
}

func (e *LockError) redpollError() {}

// Unwrap gives the cause.
func (e *LockError) Unwrap() error { return e.Err }

// Is makes errors.Is match the outcome, ErrRefused or ErrNotSent, and ErrNotHeld for every lock that was lost.
func (e *LockError) Is(target error) bool {
	if target == ErrNotHeld {
		return errors.Is(e.Err, ErrNotOwned)
	}
	return e.outcome().is(target)
}

// outcome is what the server has done: it said no, or it was not asked; or that of an attempt which the context ended.
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

// LockOptions are the options of a lock. The zero value is not enough: TTL must be given.
type LockOptions struct {
	// TTL is how long the server keeps the lock for its holder, in whole milliseconds. When it has passed, and the
	// holder has not extended it, others can take the lock. Forever makes a lock without an end: if its holder dies,
	// nobody ever gets it. There is no default.
	TTL time.Duration
	// Pause is the time between the attempts of Acquire, up to a half more or less by chance, so that those who
	// wait do not come all together. Default: 100 ms.
	Pause time.Duration
	// Wait bounds how long Acquire waits for other holders: no attempt starts later than Wait after the first, and
	// Acquire returns as soon as that is clear. The time that a server takes to answer is bounded by the context alone.
	// 0 and Forever: as long as the context allows. For a single attempt there is TryAcquire. Pause and Wait under a
	// millisecond, and a Margin under a microsecond, are a [*DataError]: the unit was forgotten.
	Wait time.Duration
	// AutoExtend makes the contexts of Do and Held.Context renew the lock whenever a third of TTL has passed, to
	// the full TTL, until they end.
	AutoExtend bool
	// Margin is how much earlier than by this machine's clock the lock counts as lost, since clocks do not run at
	// the same speed and work takes time to stop. It must be shorter than TTL. Default: 1 % of TTL and 2 ms, but at
	// most half of TTL.
	Margin time.Duration
	// Fencing gives each holder a number that is larger than those of all holders before; see Held.Fence. They are
	// counted in a key beside the lock's, which stays when the lock is released. Its name is the lock's with
	// ":fence" behind it, in braces if there are none yet, so that both are in the same slot of a cluster: "job" is
	// counted in "{job}:fence", and "{orders}job" in "{orders}job:fence".
	Fencing bool
	// Token is the value that the key has while the lock is held: a text, which is sent in the client's encoding. Two
	// acquisitions with the same token cannot be told apart, so it must be unique. Default: 32 hexadecimal digits, by
	// chance and different each time.
	Token string
}

const (
	lockPause       = 100 * time.Millisecond
	lockDrift       = 2 * time.Millisecond // and 1 % of the lock's time
	lockRepeats     = 3                    // after lost replies
	releasePatience = time.Second          // for releasing when the caller's context has ended
)

// Lock is a lock that is shared between processes: whoever puts its token into the lock's key holds it. [Client.Lock]
// makes it. It holds no state, never changes, and may be used by many goroutines at once; that it is held, and by
// which token, is known to the [Held] that Acquire gives. It is not re-entrant: who holds it and takes it again
// waits for itself. Two locks taken in different orders can wait for each other for ever; contexts and
// LockOptions.Wait end that, nothing else does.
//
// The lock is as safe as its server: a failover can lose a lock that a replica has not heard of, and a holder that is
// held up for longer than TTL works on without it. Where that must do no harm, let the resource itself refuse
// numbers older than the newest that it has seen: [LockOptions].Fencing.
//
// Keys and tokens are those of redis-py's Lock, so that both exclude each other.
type Lock struct {
	c     *Client
	name  string
	fence string // the counter's key; "": no numbers
	opts  LockOptions
	err   error // what is wrong with the options
}

// Lock makes a lock on the key of that name. It sends nothing. Options that cannot be used are a [*DataError] of whatever
// is done with it.
func (c *Client) Lock(name string, o LockOptions) *Lock {
	l := &Lock{c: c, name: name, opts: o}
	l.err = l.opts.complete()
	if l.err == nil {
		_, l.err = l.inKey(o.Token)
	}
	if o.Fencing && l.err == nil {
		l.fence, l.err = fenceKey(name)
	}
	return l
}

// complete checks the options and fills in the defaults; Forever becomes 0.
func (o *LockOptions) complete() error {
	if o.TTL == 0 {
		return badLock("TTL", "is missing; give the time after which a dead holder's lock is free, or Forever for a lock that never ends")
	}
	if o.Pause < 0 || o.Wait < 0 || o.Margin < 0 {
		return badLock("Pause, Wait and Margin", "must not be negative; 0 is the default")
	}
	for _, span := range [...]struct {
		name     string
		d, least time.Duration
		unit     time.Duration
	}{{"Pause", o.Pause, time.Millisecond, time.Millisecond}, {"Wait", o.Wait, time.Millisecond, time.Second}, {"Margin", o.Margin, time.Microsecond, time.Millisecond}} {
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

// inKey gives a token as it stands in the lock's key.
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

// wholeMillis refuses times that the server cannot keep a lock for.
func wholeMillis(argument string, d time.Duration) error {
	if text := encode.ForgottenUnit(d, time.Millisecond, time.Second); text != "" {
		return badLock(argument, text+" The server takes whole milliseconds")
	}
	if d < time.Millisecond || d%time.Millisecond != 0 || d == Forever {
		return badLock(argument, "must be a whole number of milliseconds, at least one; d.Truncate(time.Millisecond) cuts the rest off")
	}
	return nil
}

// fenceKey names the counter of a lock: a key of the same slot, which is that of what stands between the first opening
// brace and the next closing one, or of the whole name.
func fenceKey(name string) (string, error) {
	const suffix = ":fence"
	if _, behind, ok := strings.Cut(name, "{"); ok && strings.Index(behind, "}") > 0 {
		return name + suffix, nil
	}
	if name == "" || strings.Contains(name, "}") {
		return "", badLock("name", "is such that no other key is in its slot, as Fencing needs; put a part of it into braces: {orders}job")
	}
	return "{" + name + "}" + suffix, nil
}

// Name gives the name of the lock, which is its key.
func (l *Lock) Name() string { return l.name }

// Locked reports whether anybody holds the lock. It sends EXISTS.
func (l *Lock) Locked(ctx context.Context) (bool, error) {
	if err := l.fault(); err != nil {
		return false, err
	}
	n, err := l.c.Exists(ctx, l.name)
	return n > 0, err
}

// Adopt gives a handle on a lock that was acquired elsewhere with that token, for work that is handed on to
// another process; see Held.Token. The token is a text, like LockOptions.Token. It sends nothing: Held.Owned tells whether it is held, and Held.Reacquire gives it
// its full time. The number of the holder is not known to it.
func (l *Lock) Adopt(token string) *Held {
	h := &Held{lock: l, token: token, adopted: true, state: lockHeld, changed: make(chan struct{})}
	if l.fault() != nil {
		h.state = lockEnded
	}
	return h
}

// TryAcquire takes the lock if it is free; if not, the error is [ErrNotAcquired]. It sends SET with NX and PX, or with
// Fencing a script that does the same and counts.
//
// What a lost reply leaves open is asked for: the lock is taken at most once, and not left behind taken by nobody. If
// that cannot be found out while ctx lasts, the error matches [ErrMaybeExecuted], and a goroutine tries for another
// second to give back what may have been taken.
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

// Acquire takes the lock. While somebody else holds it, it tries again after each pause, until the context ends or
// LockOptions.Wait would be exceeded: the error is [ErrNotAcquired] then, and matches that of the context if it was
// this. Each attempt is one of TryAcquire.
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

// Do acquires the lock, calls fn and releases the lock. When the lock cannot be acquired, fn is not called. fn's context
// ends when ctx does, and with a cause, see [Held.Context], when the lock is lost; [HeldFrom] finds the lock's handle in
// it. The error is that of fn, joined with that of releasing: a lock that was lost meanwhile is [ErrNotOwned].
//
// The lock is released also when ctx has ended or fn panics. That takes no longer than a second if the server does not
// answer. What fn has released itself is not released again.
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
	var told error // by watch
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
			lost = told // its key was still there, but fn was told otherwise
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

// attempt is one acquisition, which may take several tries.
type attempt struct {
	l      *Lock
	token  string
	unsure error // the first failure after which the lock may have been taken
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

// try takes the lock or says why not.
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

// confirm gives a lock whose time has run out before the answer came its full time again, if it is still there.
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

// send asks the server for the lock. The plain SET will do unless there is something to count, or a try before may
// have taken the lock: SET does not know its own token.
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
	fence, err = v.Int()
	return err == nil, fence, err
}

// giveBack releases what may have been taken. It looks twice, since the lost command may still be on its way over
// another connection.
func (a *attempt) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(route.Onward(ctx), releasePatience)
	defer cancel()
	for range 2 {
		v, err := a.l.run(ctx, &releaseScript, a.token)
		if n, bad := v.Int(); err == nil && bad == nil && n == 1 || !a.l.sleep(ctx, lockPause) {
			return
		}
	}
}

// settle calls fn, which asks the server something, until there is an answer. fn must be such that it may be called
// again after its reply was lost. unsure becomes the first failure after which it was open whether fn had run, and is the
// error if that stays open.
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
		if n < lockRepeats && !slow && !errors.Is(err, ErrClosed) && l.sleep(ctx, time.Duration(n)*lockPause) {
			continue
		}
		if over := ctx.Err(); over != nil && !errors.Is(*unsure, over) {
			//houserules:ok family: unsure is an error of this package
			return fmt.Errorf("%w: %w", *unsure, over)
		}
		return *unsure
	}
}

// run runs one of the lock's scripts, with the lock's token first among the arguments. What no client of the pool has sent yet
// the server hardly knows: the text goes out at once then, so that the first time takes a single round trip, too.
func (l *Lock) run(ctx context.Context, script *lockScript, token string, args ...any) (Value, error) {
	s := script.script
	s.c = l.c
	keys := []string{l.name}
	if script == &acquireScript && l.fence != "" {
		keys = append(keys, l.fence)
	}
	args = append([]any{token}, args...)
	if node := l.node(); node != nil && node.Scripts.Load()&script.bit == 0 {
		v, err := s.send(ctx, &methods[mEval], s.wire, keys, args)
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

// node is the server of the lock, nil if the client leads to several.
func (l *Lock) node() *route.Node {
	nodes := l.c.router.Nodes()
	if len(nodes) != 1 {
		return nil
	}
	return nodes[0]
}

// sleep reports false when the context ends first. It does not outlast the client by much.
func (l *Lock) sleep(ctx context.Context, d time.Duration) bool {
	for ctx.Err() == nil && d > 0 && !l.c.closed.Load() {
		part := min(d, lockPause)
		backoff.Wait(ctx, part, nil)
		d -= part
	}
	return ctx.Err() == nil
}

// end is when a lock that was asked for at that time must count as lost; zero: never.
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

// The scripts of locks. They do what redis-py's do, on the same values, and more after lost replies.
var (
	// ARGV: token; milliseconds or 0; 1 if the token may be in the key already. The counter goes up before the lock is
	// taken: if it is no number the script ends with nothing done. Gives the number, or nil.
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

	// ARGV: token. Gives 1, or 0 when the token is not in the key.
	releaseScript = newLockScript(1, `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

	// ARGV: token, milliseconds, what to do with them. Gives the milliseconds that are left now, or -1 when
	// the lock is lost; a key that somebody made permanent can only be given its full time.
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
