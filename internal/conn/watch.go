package conn

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrSilent is the failure of a connection whose server owed a reply and stayed silent for too long. It is
// an os.ErrDeadlineExceeded.
var ErrSilent = fmt.Errorf("no reply from the server for longer than the reply time-out: %w", os.ErrDeadlineExceeded)

// ErrStuck is the failure of a connection that took no more bytes for too long. It is an
// os.ErrDeadlineExceeded.
var ErrStuck = fmt.Errorf("the server took no bytes for longer than the write time-out: %w", os.ErrDeadlineExceeded)

// watch is what the watchdog remembers of a connection from one look to the next.
type watch struct {
	life    uint32
	since   time.Duration // the last look at which there was a sign of life, or nothing was awaited
	owed    bool          // at the last look a reply was awaited
	idle    bool          // at the last look nothing was under way
	moved   time.Duration // the last look at which the kernel had got bytes across
	unsent  int           // bytes that the kernel held at the last look
	marks   marking
	trimmed time.Duration // when the reader was last asked to free its buffer
}

// Tick is called by one watchdog for all connections of a client, every so often, with the time of now and of
// the look before. Deadlines of this coarseness need no timer per call: those of a caller's context
// are exact, and kept elsewhere.
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

// signs changes with every sign of life.
func (c *Conn) signs() uint32 { return c.life.Load() + c.moved.Load() }

// failSilent ends the connection for its silence, unless a sign of life came after the look.
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
	c.settle()
}

// trimEvery is how often a connection that is never idle frees the buffer that a large reply has left.
const trimEvery = 5 * time.Second

// moves reports whether the kernel gets bytes across to the other side: while it does, silence is no fault.
func (c *Conn) moves() bool {
	if c.eye == nil {
		return false
	}
	before := c.watch.unsent
	c.watch.unsent = unsent(c.eye)
	return c.watch.unsent < before
}

// shrink frees what a burst has left behind. mu is held and nobody holds a role.
func (c *Conn) shrink() {
	c.out.shrink(keepWrite)
	c.rd.Shrink()
}

// IsTimeout reports whether the error is a time-out rather than a fault.
func IsTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
