package floattext_test

import (
	"math"
	"testing"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// The texts are those of Python's repr.
//
// Covers: F56
func TestAppend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    float64
		want string
	}{
		{1.1, "1.1"}, {100, "100.0"}, {1e16, "1e+16"}, {1e15, "1000000000000000.0"},
		{9999999999999998, "9999999999999998.0"},
		{123456789012345680, "1.2345678901234568e+17"}, {1e-7, "1e-07"}, {0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{0.00012345, "0.00012345"}, {0.30000000000000004, "0.30000000000000004"}, {0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "nan"}, {-2.5, "-2.5"}, {5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"}, {1e22, "1e+22"},
		{1349673917.939762, "1349673917.939762"},
	} {
		if got := string(floattext.Append(nil, c.f, 64)); got != c.want {
			t.Errorf("%g: got %s, want %s", c.f, got, c.want)
		}
	}
}
