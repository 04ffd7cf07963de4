// Package backoff computes the pauses between attempts, and waits for them.
package backoff

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// Doubling returns the pause before the n-th repeat, counted from 1: least, doubled for each further repeat,
// at most most. The pause is shortened by up to a half at random, so that many clients do not come at the
// same moment.
func Doubling(n int, least, most time.Duration) time.Duration {
	d := most
	if n < 20 {
		d = min(least<<(n-1), most)
	}
	return d/2 + rand.N(d/2+1)
}

// Around returns d, made longer or shorter by up to a half at random.
func Around(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	d = min(d, math.MaxInt64/2) // so that the sum fits
	return d/2 + rand.N(d)
}

// Wait waits for d, or until over is closed. It returns false if the context ends first.
func Wait(ctx context.Context, d time.Duration, over <-chan struct{}) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}
