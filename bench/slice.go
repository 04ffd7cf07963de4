package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// slice is the work of one peer in one short run.
type slice struct {
	ops     int64
	wall    time.Duration
	cpu     time.Duration
	mallocs uint64
	bytes   uint64
}

func (s slice) cpuPerOp() float64    { return s.cpu.Seconds() * 1e6 / float64(s.ops) }
func (s slice) opsPerSec() float64   { return float64(s.ops) / s.wall.Seconds() }
func (s slice) allocsPerOp() float64 { return float64(s.mallocs) / float64(s.ops) }
func (s slice) bytesPerOp() float64  { return float64(s.bytes) / float64(s.ops) }

const (
	// A slice ends after callsPerSlice calls of each caller at the earliest, but not later than longestSlice.
	callsPerSlice = 3
	longestSlice  = 500 * time.Millisecond
	// stuckAfter is when a slice counts as hanging: 16 callers with 16 MiB over TLS take some seconds on an
	// idle machine.
	stuckAfter = 2 * time.Minute
)

// target is the subject of a slice: drivers, and how to close them.
type target struct {
	steps  []step
	verify func() error // nil if there is nothing to do
	close  func() error
}

// openTarget opens a fresh client with its callers, or the floor's loop.
func openTarget(p peer, w workload, callers int, s setting, data *dataset) (target, error) {
	if p.open == nil {
		f, err := openFloor(s, w, data, callers)
		if err != nil {
			return target{}, err
		}
		return target{steps: []step{f.step}, close: f.close}, nil
	}
	c, err := p.open(s)
	if err != nil {
		return target{}, err
	}
	call := func(n int) (int, error) {
		size, err := w.call(c, data, n)
		if err == nil && size != w.want {
			err = fmt.Errorf("a reply of size %d instead of %d", size, w.want)
		}
		return 1, err
	}
	steps := make([]step, callers)
	for i := range steps {
		steps[i] = call
	}
	t := target{steps: steps, close: c.close}
	if w.verify != nil {
		t.verify = func() error { return w.verify(c, data) }
	}
	return t, nil
}

// runSlice opens a new client, warms it up, collects the garbage and measures. A client that outlived its
// slice would slow down the collector in all later slices, including those of its competitors.
func runSlice(p peer, w workload, callers int, s setting, data *dataset, length time.Duration,
	lat *histogram) (slice, error) {
	fail := func(err error) (slice, error) {
		return slice{}, fmt.Errorf("%s, %s, %d callers: %w", p.name, w.name, callers, err)
	}
	alarm := time.AfterFunc(stuckAfter, func() {
		fmt.Fprintf(os.Stderr, "%s, %s, %d callers: hangs since %v\n", p.name, w.name, callers, stuckAfter)
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		os.Exit(1)
	})
	defer alarm.Stop()

	t, err := openTarget(p, w, callers, s, data)
	if err != nil {
		return fail(err)
	}
	load := startLoad(t.steps,
		pace{min: length / 4, max: longestSlice, calls: callsPerSlice},
		pace{min: length, max: longestSlice, calls: callsPerSlice}, lat)
	if _, _, err := load.run(0); err != nil {
		load.abandon()
		_ = t.close()
		return fail(err)
	}
	runtime.GC()

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	ops, wall, err := load.run(1)
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)
	if err == nil && t.verify != nil {
		err = t.verify()
	}
	if err := firstError(err, t.close()); err != nil {
		return fail(err)
	}
	return slice{
		ops: ops, wall: wall, cpu: cpu,
		mallocs: after.Mallocs - before.Mallocs,
		bytes:   after.TotalAlloc - before.TotalAlloc,
	}, nil
}

// touchHeap makes the kernel give the process memory for its next garbage. A client after a client without
// garbage would otherwise pay for the first touch of each page, and a client after a wasteful one would not:
// this differs more than the clients do.
func touchHeap(size int) {
	const block = 1 << 20
	if size == 0 {
		return
	}
	garbage := make([][]byte, size/block)
	for i := range garbage {
		garbage[i] = make([]byte, block)
		for at := 0; at < block; at += 4 << 10 {
			garbage[i][at] = 1
		}
	}
	runtime.KeepAlive(garbage)
	runtime.GC()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
