package main

import (
	"math"
	"testing"
	"time"
)

func TestBucketsAreOrderedAndNarrow(t *testing.T) {
	t.Parallel()
	for i := range histogramSize - 1 {
		start, next := bucketStart(i), bucketStart(i+1)
		if next <= start {
			t.Fatalf("bucket %d starts at %d, the next one at %d", i, start, next)
		}
		if bucketOf(start) != i || bucketOf(next-1) != i {
			t.Fatalf("bucket %d of [%d, %d): its ends are counted in %d and %d", i, start, next,
				bucketOf(start), bucketOf(next-1))
		}
		if width := next - start; width > 1 && float64(width) > float64(start)/histogramSteps {
			t.Fatalf("bucket %d from %d is %d wide", i, start, width)
		}
	}
}

func TestHistogramTakesAnyDuration(t *testing.T) {
	t.Parallel()
	var h histogram
	for _, d := range []time.Duration{-time.Second, 0, time.Hour, math.MaxInt64} {
		h.record(d)
	}
	if got := h.quantile(0); got != 0 {
		t.Errorf("shortest = %v, want 0", got)
	}
	if got := h.quantile(1); got < time.Minute {
		t.Errorf("longest = %v, want the last bucket", got)
	}
}

func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	var empty, h histogram
	if got := empty.quantile(0.5); got != 0 {
		t.Errorf("median of nothing = %v", got)
	}
	for i := 1; i <= 1000; i++ {
		h.record(time.Duration(i) * time.Microsecond)
	}
	for _, test := range []struct {
		q    float64
		want time.Duration
	}{{0.5, 500 * time.Microsecond}, {0.99, 990 * time.Microsecond}} {
		got := h.quantile(test.q)
		if off := math.Abs(float64(got-test.want)) / float64(test.want); off > 1.0/histogramSteps {
			t.Errorf("quantile(%v) = %v, want %v within 1/%d", test.q, got, test.want, histogramSteps)
		}
	}
}
