package main

import (
	"fmt"
	"runtime"
	"time"
)

// idleUse is the memory of a client that was used and is idle now.
type idleUse struct {
	heap       int64
	goroutines int
}

// measureIdle uses a new client with 64 callers, waits, and compares the live heap with the one before. The
// callers have ended by then, so only the client's own goroutines and buffers are left.
func measureIdle(p peer, s setting, data *dataset, rest time.Duration) (idleUse, error) {
	const callers = 64
	w := workloads[0]
	before := takeIdle()
	t, err := openTarget(p, w, callers, s, data)
	if err != nil {
		return idleUse{}, fmt.Errorf("%s, idle: %w", p.name, err)
	}
	use := pace{min: 10 * time.Millisecond, max: longestSlice, calls: callsPerSlice}
	load := startLoad(t.steps, use, use, &histogram{})
	_, _, err = load.run(0)
	if err != nil {
		load.abandon()
	} else {
		_, _, err = load.run(1)
	}
	if err != nil {
		_ = t.close()
		return idleUse{}, fmt.Errorf("%s, idle: %w", p.name, err)
	}
	time.Sleep(rest)
	after := takeIdle()
	if err := t.close(); err != nil {
		return idleUse{}, fmt.Errorf("%s, idle: %w", p.name, err)
	}
	return idleUse{
		heap:       after.heap - before.heap,
		goroutines: after.goroutines - before.goroutines,
	}, nil
}

// takeIdle collects twice, because the content of a sync.Pool survives the first collection.
func takeIdle() idleUse {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return idleUse{heap: int64(m.HeapAlloc), goroutines: runtime.NumGoroutine()}
}
