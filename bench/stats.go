package main

import (
	"math"
	"slices"
)

// spread describes one figure over the rounds of a run: its median, and the quartiles, between which half of
// the rounds are.
type spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"q1"`
	High   float64 `json:"q3"`
}

// spreadOf ignores values that are not numbers, because a slice without a finished call has no cost per call.
// Without any number it returns the zero spread.
func spreadOf(xs []float64) spread {
	sorted := make([]float64, 0, len(xs))
	for _, x := range xs {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			sorted = append(sorted, x)
		}
	}
	slices.Sort(sorted)
	return spread{
		Median: quantile(sorted, 0.5),
		Low:    quantile(sorted, 0.25),
		High:   quantile(sorted, 0.75),
	}
}

// quantile interpolates between the two nearest of the sorted values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := at - float64(below)
	return sorted[below]*(1-part) + sorted[below+1]*part
}

// geometricMean is the mean for ratios: that of 0.5 and 2 is 1. Of no values it is 0.
func geometricMean(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	sum := 0.0
	for _, x := range xs {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(xs)))
}

// ratios divides round by round. Both slices of a round ran within the same second, so the state of the
// machine in that second does not affect the ratio; it would affect a ratio of two medians.
func ratios(ours, theirs []float64) []float64 {
	n := min(len(ours), len(theirs))
	out := make([]float64, n)
	for i := range n {
		out[i] = ours[i] / theirs[i]
	}
	return out
}
