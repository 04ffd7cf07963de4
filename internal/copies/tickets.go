// Package copies has what keeps several servers equal that have copies of the same data: whose turn it is to
// write a key, in which form a write is sent, and which keys a server has missed.
package copies

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
)

// stripes is the number of locks that the keys share.
const stripes = 4096

// Tickets are the turns of the writers of keys. Keys with the same hash wait for each other too. Those who
// wait for the same key get it in the order in which they came.
type Tickets struct {
	seed  maphash.Seed
	locks [stripes]turn
}

// Ticket is the right to write some keys: their locks, in ascending order.
type Ticket []uint16

// NewTickets makes the tickets of all keys.
func NewTickets() *Tickets { return &Tickets{seed: maphash.MakeSeed()} }

// For returns the ticket of some keys.
func (t *Tickets) For(keys ...[]byte) Ticket {
	list := make(Ticket, len(keys))
	for i, key := range keys {
		list[i] = uint16(maphash.Bytes(t.seed, key) % stripes)
	}
	if len(list) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list
}

// All returns the ticket of all keys.
func (t *Tickets) All() Ticket {
	list := make(Ticket, stripes)
	for i := range list {
		list[i] = uint16(i)
	}
	return list
}

// Take waits for a ticket. It returns the error of the context if that ends first; then nothing is taken.
// Locks are taken in ascending order, so that nobody waits in a circle.
func (t *Tickets) Take(ctx context.Context, ticket Ticket) error {
	for i, n := range ticket {
		if err := t.locks[n].take(ctx); err != nil {
			t.Return(ticket[:i])
			return err
		}
	}
	return nil
}

// Return gives a ticket to those who wait for it.
func (t *Tickets) Return(ticket Ticket) {
	for _, n := range ticket {
		t.locks[n].pass()
	}
}

// turn is a lock that serves in order, and for which nobody has to wait longer than a context lasts.
type turn struct {
	mu    sync.Mutex
	taken bool
	queue []chan struct{} // of those who wait; closed when it is their turn
}

func (t *turn) take(ctx context.Context) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.queue = append(t.queue, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(t.queue, mine)
	if at >= 0 {
		t.queue = slices.Delete(t.queue, at, at+1)
	}
	t.mu.Unlock()
	if at < 0 { // it came at the same moment
		t.pass()
	}
	return ctx.Err()
}

// pass gives the lock to the next one who waits.
func (t *turn) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken, t.queue = false, nil
		return
	}
	close(t.queue[0])
	t.queue = t.queue[1:]
}
