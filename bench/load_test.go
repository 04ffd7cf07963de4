package main

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestLoadCountsOnlyTheMeasuredPhase(t *testing.T) {
	t.Parallel()
	var calls [2]atomic.Int64
	var phase atomic.Int32
	steps := make([]step, 3)
	for i := range steps {
		steps[i] = func(int) (int, error) {
			calls[phase.Load()].Add(1)
			return 2, nil
		}
	}
	var lat histogram
	l := startLoad(steps, pace{max: time.Minute, calls: 10}, pace{max: time.Minute, calls: 100}, &lat)
	if _, _, err := l.run(0); err != nil {
		t.Fatal(err)
	}
	if calls[0].Load() < 10 || lat.quantile(1) != 0 {
		t.Errorf("warm-up: %d calls, longest sample %v; want 10 calls of the first driver, no sample",
			calls[0].Load(), lat.quantile(1))
	}
	phase.Store(1)
	ops, wall, err := l.run(1)
	if err != nil || wall <= 0 {
		t.Fatalf("wall time %v, error %v", wall, err)
	}
	if want := 2 * calls[1].Load(); ops != want || want < 200 {
		t.Errorf("%d operations counted, want the %d of the second phase", ops, want)
	}
}

// A client that serves the first driver last does not make the phase longer than its maximum.
func TestLoadEndsThoughTheFirstDriverStarves(t *testing.T) {
	t.Parallel()
	var l *load
	var phase atomic.Int32
	starved := func(int) (int, error) {
		for !l.phases[phase.Load()].stop.Load() {
			runtime.Gosched() // only the others are served
		}
		return 1, nil
	}
	served := func(int) (int, error) { return 1, nil }
	short := pace{max: time.Millisecond, calls: 1}
	l = startLoad([]step{starved, served}, short, short, &histogram{})
	for i := range l.phases {
		phase.Store(int32(i))
		if _, _, err := l.run(i); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadReturnsTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	good := func(int) (int, error) { return 1, nil }
	bad := func(n int) (int, error) { return 1, broken }
	l := startLoad([]step{good, bad, good}, pace{min: time.Minute, max: time.Minute}, pace{}, &histogram{})
	if _, _, err := l.run(0); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	l.abandon() // returns only when all drivers have ended
}

func TestPace(t *testing.T) {
	t.Parallel()
	p := pace{min: 10, max: 100, calls: 5}
	tests := []struct {
		name    string
		elapsed time.Duration
		calls   int
		want    bool
	}{
		{"too early", 9, 1000, false},
		{"too few calls", 99, 4, false},
		{"both reached", 10, 5, true},
		{"slow server", 100, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := p.over(test.elapsed, test.calls); got != test.want {
				t.Errorf("over(%d, %d) = %v", test.elapsed, test.calls, got)
			}
		})
	}
}
