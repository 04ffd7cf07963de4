package pool

import (
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Watchdog checks the connections of some pools several times per second: for silence, for blocked writes and
// for long idle times. The pools of one client share one Watchdog. Its goroutine is the only permanent one of
// a client; it runs from the first connection to the Close of the last pool. The zero value is ready for use.
type Watchdog struct {
	round sync.Mutex // held during a round; comes before all other locks

	mu    sync.Mutex // no other lock is taken while it is held
	pools map[*Pool]bool
	every time.Duration // the shortest interval of all pools
	hurry chan struct{} // capacity 1: the interval has become shorter
	stop  chan struct{} // closed when the last pool leaves; nil if no goroutine runs
	done  chan struct{} // closed when the goroutine has ended; nil if none ran
}

// join adds a pool.
func (w *Watchdog) join(p *Pool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pools == nil {
		w.pools = make(map[*Pool]bool)
	}
	w.pools[p] = true
	every := p.lookEvery()
	switch {
	case w.stop == nil:
		w.every, w.hurry = every, make(chan struct{}, 1)
		w.stop, w.done = make(chan struct{}), make(chan struct{})
		go w.run(w.stop, w.done, w.hurry, every)
	case every < w.every:
		w.every = every
		select {
		case w.hurry <- struct{}{}:
		default:
		}
	}
}

// leave removes a pool, if it has joined. After leave the watchdog does not use the pool any more.
func (w *Watchdog) leave(p *Pool) {
	w.mu.Lock()
	delete(w.pools, p)
	var done chan struct{}
	if len(w.pools) == 0 {
		if done = w.done; w.stop != nil {
			close(w.stop)
			w.stop = nil
		}
	}
	w.mu.Unlock()
	if done != nil {
		<-done
		return
	}
	w.round.Lock() // waits for a round that began earlier
	defer w.round.Unlock()
}

func (w *Watchdog) run(stop, done, hurry chan struct{}, every time.Duration) {
	defer close(done)
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-hurry:
			w.mu.Lock()
			t.Reset(w.every)
			w.mu.Unlock()
		case <-t.C:
			w.look(conn.Now())
		}
	}
}

func (w *Watchdog) look(now time.Duration) {
	w.round.Lock()
	defer w.round.Unlock()
	w.mu.Lock()
	pools := make([]*Pool, 0, len(w.pools))
	for p := range w.pools {
		pools = append(pools, p)
	}
	w.mu.Unlock()
	for _, p := range pools {
		p.look(now)
	}
}
