// Package floattext writes floating-point numbers as redpoll sends them, and reads them as servers do.
package floattext

import (
	"math"
	"slices"
	"strconv"
)

// Append appends the shortest text from which f can be read again as a number of this many bits. The text
// always shows that it is a float: 1.1, 100.0, 1e+16, 1e-07, -0.0, inf, nan.
func Append(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f):
		return append(b, "nan"...)
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, bits)
	if slices.Contains(b[start:], '.') {
		return b
	}
	return append(b, '.', '0')
}
