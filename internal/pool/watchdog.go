package pool

import (
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// Watchdog looks at the connections of some pools, some times per second: at silence, at writes that are stuck, at what has been
// idle for too long. The pools of one client share one. Its goroutine, the only standing one of a client, runs from the first
// connection to the Close of the last pool. A zero Watchdog is ready for use.
type Watchdog struct {
	round sync.Mutex // held while pools are looked at. It comes before all other locks.

	mu    sync.Mutex // a leaf
	pools map[*Pool]bool
	every time.Duration // the shortest interval that a pool wants
	hurry chan struct{} // capacity 1: the interval has become shorter
	stop  chan struct{} // closed when the last pool has left; nil: no goroutine runs
	done  chan struct{} // closed when the goroutine has ended; nil: none has run
}

// join begins to look at a pool.
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

// leave ends that, if it has begun. Nobody looks at the pool any more when it returns.
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
	w.round.Lock() // waits for the end of a round that began before
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
