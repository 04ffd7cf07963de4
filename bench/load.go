package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// step makes a driver's n-th call and returns its number of operations.
type step func(n int) (ops int, err error)

// sampleEvery is the number of calls per measured latency: reading the clock twice costs a tenth of a call
// among many.
const sampleEvery = 16

// load drives a client with one goroutine per caller, first to warm up and then to be measured. The
// goroutines stay the same, so neither their start nor the growth of their stacks is measured.
//
// No timer runs during the measurement, because a near timer makes every idle wait of the runtime more
// expensive. The first driver looks at the clock between its calls, and every driver when it measures a
// latency.
type load struct {
	phases [2]phase
	failed atomic.Pointer[error]
}

type phase struct {
	begin chan struct{}
	stop  atomic.Bool
	ops   atomic.Int64
	done  sync.WaitGroup
	pace  pace
	lat   *histogram
}

// pace says when a phase ends: after min, but not before every caller has made some calls, and after max in
// any case.
type pace struct {
	min, max time.Duration
	calls    int
}

func startLoad(steps []step, warm, measured pace, lat *histogram) *load {
	l := &load{}
	l.phases[0].pace, l.phases[0].lat = warm, &histogram{}
	l.phases[1].pace, l.phases[1].lat = measured, lat
	for i := range l.phases {
		l.phases[i].begin = make(chan struct{})
		l.phases[i].done.Add(len(steps))
	}
	for i, s := range steps {
		go func() {
			first := 0
			for p := range l.phases {
				first = l.drive(&l.phases[p], i, len(steps), first, s)
			}
		}()
	}
	return l
}

// run lets the drivers run one phase and returns their work.
func (l *load) run(phase int) (ops int64, wall time.Duration, err error) {
	p := &l.phases[phase]
	start := time.Now()
	close(p.begin)
	p.done.Wait()
	wall = time.Since(start)
	if failure := l.failed.Load(); failure != nil {
		return 0, 0, *failure
	}
	return p.ops.Load(), wall, nil
}

// abandon ends the goroutines of a load whose warm-up failed.
func (l *load) abandon() {
	l.phases[1].stop.Store(true)
	close(l.phases[1].begin)
	l.phases[1].done.Wait()
}

// drive makes calls until the phase ends. It returns the number of the next call, so that the next phase
// continues in the key space.
func (l *load) drive(p *phase, driver, drivers, n int, call step) int {
	defer p.done.Done()
	<-p.begin
	// The first driver looks at the clock often enough even if calls take long.
	watch := 0
	if driver == 0 {
		watch = max(1, sampleEvery/drivers)
	}
	start, first, ops := time.Now(), n, 0
	for !p.stop.Load() {
		sampled := (n+driver)%sampleEvery == 0
		var begin time.Time
		if sampled {
			begin = time.Now()
		}
		// Callers start at different places of the key space.
		done, err := call(n + driver*7)
		if err != nil {
			l.fail(p, err)
			break
		}
		n++
		ops += done
		if sampled {
			ended := time.Now()
			p.lat.record(ended.Sub(begin))
			// The first driver may starve: its client may serve only the others.
			if ended.Sub(start) >= p.pace.max {
				p.stop.Store(true)
			}
		}
		if watch > 0 && n%watch == 0 && p.pace.over(time.Since(start), n-first) {
			p.stop.Store(true)
		}
	}
	p.ops.Add(int64(ops))
	return n
}

// fail keeps the first error and ends the phase. It is a separate function, because taking the error's
// address in the loop would put each call's error variable on the heap, and count as an allocation of the
// client.
func (l *load) fail(p *phase, err error) {
	l.failed.CompareAndSwap(nil, &err)
	p.stop.Store(true)
}

func (p pace) over(elapsed time.Duration, calls int) bool {
	return elapsed >= p.max || elapsed >= p.min && calls >= p.calls
}
