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
	life  uint32
	since time.Duration // the last look at which there was a sign of life, or nothing was awaited
	owed  bool          // at the last look a reply was awaited
	idle  bool          // at the last look nothing was under way
}

// Tick is called by one watchdog for all connections of a client, every so often, with the time of now and of
// the look before. Deadlines of this coarseness need no timer per call: those of a caller's context
// are exact, and kept elsewhere.
func (c *Conn) Tick(now time.Duration) {
	c.mu.Lock()
	life := c.life.Load()
	awaited := c.reading || !c.sent.empty()
	quiet, blocked, stamp := c.quiet, c.blocked, c.stamp
	busy := awaited || c.flushing
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
	switch {
	case !awaited || life != c.watch.life:
		c.watch.life, c.watch.since = life, now
	case !c.watch.owed:
		c.watch.since = stamp // asked since the last look
	}
	c.watch.owed = awaited
	switch {
	case blocked > 0 && c.cfg.WriteTimeout > 0 && now-blocked > c.cfg.WriteTimeout:
		c.fail(ErrStuck, PhaseWrite)
	case awaited && quiet > 0 && now-c.watch.since > quiet:
		c.fail(ErrSilent, PhaseRead)
	}
}

// shrink frees what a burst has left behind. mu is held and nobody holds a role.
func (c *Conn) shrink() {
	if cap(c.out) > keepWrite {
		c.out = nil
	}
	if cap(c.spare) > keepWrite {
		c.spare = nil
	}
	c.rd.Shrink()
}

// IsTimeout reports whether the error is a time-out rather than a fault.
func IsTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
