package main

import (
	"math"
	"slices"
	"testing"
)

func TestSpreadOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   []float64
		want spread
	}{
		{"nothing", nil, spread{}},
		{"one value", []float64{3}, spread{3, 3, 3}},
		{"odd count, unsorted", []float64{5, 1, 3}, spread{Median: 3, Low: 2, High: 4}},
		{"even count", []float64{1, 2, 3, 4}, spread{Median: 2.5, Low: 1.75, High: 3.25}},
		{"an outlier does not move the median", []float64{1, 1, 1, 1, 1000}, spread{1, 1, 1}},
		{"what is not a number is left out", []float64{math.NaN(), 2, math.Inf(1)}, spread{2, 2, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := spreadOf(test.in); got != test.want {
				t.Errorf("spreadOf(%v) = %+v, want %+v", test.in, got, test.want)
			}
		})
	}
}

func TestSpreadOfKeepsItsInput(t *testing.T) {
	t.Parallel()
	in := []float64{3, 1, 2}
	spreadOf(in)
	if !slices.Equal(in, []float64{3, 1, 2}) {
		t.Errorf("the rounds are in another order now: %v", in)
	}
}

func TestGeometricMean(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{0.5, 2}, 1}, {[]float64{1, 1, 8}, 2}} {
		if got := geometricMean(test.in); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("geometricMean(%v) = %v, want %v", test.in, got, test.want)
		}
	}
}

func TestRatiosPairRounds(t *testing.T) {
	t.Parallel()
	// The machine was twice as slow in the second round, for both peers.
	got := ratios([]float64{2, 4, 3}, []float64{4, 8, 6})
	if !slices.Equal(got, []float64{0.5, 0.5, 0.5}) {
		t.Errorf("ratios = %v, want 0.5 in every round", got)
	}
	if got := ratios([]float64{1, 2}, []float64{1}); len(got) != 1 {
		t.Errorf("%d ratios of one complete round", len(got))
	}
}
