package resp

import (
	"math"
	"strconv"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// maxFastDigits is how many decimal digits always fit in an int64.
const maxFastDigits = 18

// parseInt reads a decimal integer with an optional sign. It returns false for any other text and for a
// number that an int64 cannot hold.
func parseInt(b []byte) (int64, bool) {
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	if len(b) > maxFastDigits {
		return parseLongInt(b, neg)
	}
	var n int64
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if neg {
		n = -n
	}
	return n, true
}

// parseLongInt is parseInt for digits that may overflow.
func parseLongInt(b []byte, neg bool) (int64, bool) {
	limit := uint64(math.MaxInt64)
	if neg {
		limit++
	}
	var n uint64
	for _, c := range b {
		c -= '0'
		if c > 9 || n > (limit-uint64(c))/10 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	if neg {
		return -int64(n), true // -int64(1<<63) is MinInt64, as needed
	}
	return int64(n), true
}

// parseLength reads the digits of a length, without a sign or any other byte.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 || b[0] == '-' || b[0] == '+' {
		return 0, false
	}
	return parseInt(b)
}

// isBigNumber reports whether b is an optional sign and digits.
func isBigNumber(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	return len(b) > 0 && countDigits(b) == len(b)
}

// countDigits returns the number of decimal digits at the start of b.
func countDigits(b []byte) int {
	for i, c := range b {
		if c-'0' > 9 {
			return i
		}
	}
	return len(b)
}

// parseFloat reads a number in any spelling that servers use. It returns false for any other text and for
// numbers that a float64 cannot hold.
func parseFloat(b []byte) (float64, bool) {
	if f, end := shortFloat(b, 0); end > 0 && end == len(b) {
		return f, true
	}
	f, err := floattext.Parse(b, 64)
	return f, err == nil
}

// appendFloat writes f as servers do: with the fewest digits from which the same number can be read, and
// without an exponent while this is short.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e17) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
