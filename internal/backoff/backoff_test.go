package backoff

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestDoubling(t *testing.T) {
	t.Parallel()
	const least, most = 8 * time.Millisecond, 100 * time.Millisecond
	for n, want := range map[int]time.Duration{1: least, 2: 2 * least, 4: 8 * least, 5: most, 19: most,
		1000: most} {
		for range 100 {
			if d := Doubling(n, least, most); d < want/2 || d > want {
				t.Errorf("pause %d is %v, want %v to %v", n, d, want/2, want)
			}
		}
	}
	if d := Doubling(3, 0, 0); d != 0 {
		t.Errorf("without bounds the pause is %v", d)
	}
}

func TestAround(t *testing.T) {
	t.Parallel()
	for range 100 {
		if d := Around(10 * time.Millisecond); d < 5*time.Millisecond || d > 15*time.Millisecond {
			t.Errorf("around 10ms: %v", d)
		}
		if d := Around(math.MaxInt64); d <= 0 {
			t.Errorf("around the longest: %v", d)
		}
	}
	if d := Around(0); d != 0 {
		t.Errorf("around 0: %v", d)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if !Wait(context.Background(), time.Hour, nil) || time.Since(began) != time.Hour {
			t.Errorf("waited %v of an hour", time.Since(began))
		}
		over := make(chan struct{})
		close(over)
		began = time.Now()
		if !Wait(context.Background(), time.Hour, over) || time.Since(began) != 0 {
			t.Errorf("waited %v for what is over", time.Since(began))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if Wait(ctx, time.Hour, nil) || time.Since(began) != time.Minute {
			t.Errorf("waited %v in a context of a minute", time.Since(began))
		}
		if Wait(ctx, 0, nil) {
			t.Error("no pause in a context that is over")
		}
	})
}
