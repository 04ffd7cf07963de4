package conn

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrSilent is the failure of a connection whose server owed a reply and was silent for too long. It is an
// os.ErrDeadlineExceeded.
var ErrSilent = fmt.Errorf("no reply from the server for longer than the reply time-out: %w",
	os.ErrDeadlineExceeded)

// ErrStuck is the failure of a connection whose server read no bytes for too long. It is an
// os.ErrDeadlineExceeded.
var ErrStuck = fmt.Errorf("the server took no bytes for longer than the write time-out: %w",
	os.ErrDeadlineExceeded)

// watch is the watchdog's state of a connection between two looks.
type watch struct {
	life uint32
	// The last look with a sign of life, or without an awaited reply.
	since time.Duration // begin of the present silence
	owed  bool          // the last look found an awaited reply
	idle  bool          // the last look found no read and no write
	// The last look at which the kernel had sent more bytes.
	moved   time.Duration // time of the last progress
	unsent  int           // bytes in the kernel at the last look
	marks   marking
	trimmed time.Duration // when the reader was last asked to free its buffer
}

// Tick is the periodic look of the watchdog; now is the current time. These coarse timeouts need no timer per
// call. The deadlines of a caller's context are exact, and handled elsewhere.
func (c *Conn) Tick(now time.Duration) {
	c.mu.Lock()
	life := c.signs()
	awaited := c.reading || !c.sent.empty()
	quiet, blocked, stamp := c.quiet, c.blocked, c.stamp
	busy := awaited || c.flushing
	c.trim = c.trim || awaited && now-c.watch.trimmed > trimEvery
	c.remark(now)
	c.noteSilence(now)
	var letGo func() bool
	if !busy && c.watch.idle && c.err == nil {
		c.shrink()
		letGo = c.cancel.take()
	}
	c.mu.Unlock()
	if letGo != nil {
		letGo()
	}
	c.watch.idle = !busy
	if awaited && now-c.watch.trimmed > trimEvery {
		c.watch.trimmed = now
	}
	moving := awaited && c.moves()
	if moving {
		c.watch.moved = now
	}
	switch {
	case moving || !awaited || life != c.watch.life:
		c.watch.life, c.watch.since = life, now
	case !c.watch.owed:
		c.watch.since = stamp // asked since the last look
	}
	c.watch.owed = awaited
	switch {
	case blocked > 0 && c.cfg.WriteTimeout > 0 && now-max(blocked, c.watch.moved) > c.cfg.WriteTimeout:
		c.fail(ErrStuck, PhaseWrite)
	case awaited && quiet > 0 && now-c.watch.since > quiet:
		c.failSilent(life)
	}
}

// signs returns a number that changes with every sign of life.
func (c *Conn) signs() uint32 { return c.life.Load() + c.moved.Load() }

// failSilent ends the connection because of its silence, unless a sign of life has come since the look.
func (c *Conn) failSilent(life uint32) {
	c.mu.Lock()
	if c.signs() != life || c.err != nil {
		c.mu.Unlock()
		return
	}
	if c.Suspect() {
		c.forgetUnsent()
	}
	c.failLocked(ErrSilent, PhaseRead)
	if c.reading || c.flushing {
		c.mu.Unlock()
		return
	}
	c.settleUnlock()
}

// trimEvery is how often a connection that is never idle frees the buffer of a large reply.
const trimEvery = 5 * time.Second

// moves reports whether the kernel is sending bytes to the other side: in the meantime silence is not a
// fault.
func (c *Conn) moves() bool {
	if c.eye == nil {
		return false
	}
	before := c.watch.unsent
	c.watch.unsent = unsent(c.eye)
	return c.watch.unsent < before
}

// shrink frees the memory of a burst. mu is held and nobody has a role.
func (c *Conn) shrink() {
	c.out.shrink(keepWrite)
	c.lazy.shrink(keepWrite)
	c.rd.Shrink()
}

// IsTimeout reports whether the error is a timeout.
func IsTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
