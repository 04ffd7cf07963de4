package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

const (
	// histogramSteps is the number of buckets per power of two: a quantile from the histogram is wrong by at
	// most 1/32.
	histogramSteps = 32
	histogramShift = 5
	// The largest bucket has all latencies beyond about 70 s.
	histogramSize = (36 - histogramShift + 2) * histogramSteps
)

// histogram counts sampled latencies. Many callers may record at once.
type histogram struct {
	counts [histogramSize]atomic.Uint32
}

func bucketOf(d time.Duration) int {
	ns := uint64(max(d, 0))
	if ns < histogramSteps {
		return int(ns)
	}
	power := bits.Len64(ns) - 1 - histogramShift
	return min((power+1)*histogramSteps+int(ns>>power)-histogramSteps, histogramSize-1)
}

// bucketStart returns the shortest latency in bucket i.
func bucketStart(i int) time.Duration {
	if i < histogramSteps {
		return time.Duration(i)
	}
	power := i/histogramSteps - 1
	return time.Duration((histogramSteps + i%histogramSteps) << power)
}

func (h *histogram) record(d time.Duration) { h.counts[bucketOf(d)].Add(1) }

// quantile returns the latency that a share q of the samples does not exceed, or 0 if there are no samples.
func (h *histogram) quantile(q float64) time.Duration {
	var total uint64
	for i := range h.counts {
		total += uint64(h.counts[i].Load())
	}
	if total == 0 {
		return 0
	}
	rank := uint64(q * float64(total-1))
	var seen uint64
	for i := range h.counts {
		seen += uint64(h.counts[i].Load())
		if seen > rank {
			return bucketStart(i)
		}
	}
	return bucketStart(histogramSize - 1)
}
