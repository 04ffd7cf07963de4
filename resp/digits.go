package resp

import (
	"encoding/binary"
	"math/bits"
)

// Numbers are read eight bytes at a time if the buffer has as many. Numbers differ in length, so the CPU
// would often mispredict the end of a loop over the digits.

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// word returns the eight bytes at i with the digits among them as their values.
func word(b []byte, i int) uint64 {
	return binary.LittleEndian.Uint64(b[i:i+8]) ^ '0'*eachByte
}

// leadingDigits returns how many bytes of w, a word, are digits before the first other byte.
func leadingDigits(w uint64) int {
	others := (w&^highBits + (0x80-10)*eachByte | w) & highBits
	return bits.TrailingZeros64(others) >> 3
}

// point is the point of a number within a word.
const point = '.' ^ '0'

// wordDecimal returns the length of the decimal at the start of w, a word: digits with an optional fraction.
// It returns 0 if there is none, or if it may continue behind w.
func wordDecimal(w uint64) int {
	n := leadingDigits(w)
	if n > 0 && n < 8 && w>>(8*n)&0xff == point {
		// The zeros shifted in at the other end look like digits.
		n += 1 + leadingDigits(w>>(8*n+8))
	}
	if n >= 8 {
		return 0
	}
	return n
}

// eightDigits returns the number with the digits in w.
func eightDigits(w uint64) uint64 {
	w = (w*10 + w>>8) & 0x00ff00ff00ff00ff
	w = (w*100 + w>>16) & 0x0000ffff0000ffff
	return w*10000&0xffffffff + w>>32
}

// powersOf10 has the powers that a float64 holds exactly.
var powersOf10 = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// maxExact is the largest integer below which a float64 holds all integers. The quotient of two exact numbers
// is rounded once, which gives the result of ParseFloat.
const maxExact = 1 << 53

// shortFloat reads the digits at i with an optional minus and fraction, the form of most scores, and returns
// their end. The end is 0 for all other forms and for digits that need more than one rounding.
func shortFloat(b []byte, i int) (f float64, end int) {
	neg := i < len(b) && b[i] == '-'
	if neg {
		i++
	}
	n, fraction, end := decimal(b, i)
	if end == 0 || n > maxExact {
		return 0, 0
	}
	f = float64(int64(n))
	if fraction > 0 {
		f /= powersOf10[fraction]
	}
	if neg {
		f = -f
	}
	return f, end
}

// decimal reads the digits at i, at least one, with an optional fraction. It returns them as one integer, the
// number of digits behind the point, and their end, which is 0 if there are none.
func decimal(b []byte, i int) (n uint64, fraction, end int) {
	if len(b)-i < 8 {
		return longDecimal(b, i)
	}
	w := word(b, i)
	size := wordDecimal(w)
	if size == 0 {
		return longDecimal(b, i)
	}
	digits := leadingDigits(w)
	if digits < size {
		// Close the gap of the point.
		fraction = size - digits - 1
		before := uint64(1)<<(8*digits) - 1
		w = w&before | w>>8&^before
		digits += fraction
	}
	return eightDigits(w << (64 - 8*digits)), fraction, i + size
}

// longDecimal is decimal for more than a few digits, and for those at the end of b.
func longDecimal(b []byte, i int) (n uint64, fraction, end int) {
	first, point := i, -1
	// Nineteen digits fit in n.
	for ; i < len(b) && i < first+19; i++ {
		c := b[i] - '0'
		if c <= 9 {
			n = n*10 + uint64(c)
			continue
		}
		if b[i] != '.' || point >= 0 || i == first {
			break
		}
		point = i
	}
	if i == first {
		return 0, 0, 0
	}
	if point >= 0 {
		fraction = i - point - 1
	}
	return n, fraction, i
}

// fastInteger returns the number with the digits at i and their end, which is 0 if there are none. It stops
// before the number might exceed an int64.
func fastInteger(b []byte, i int) (n int64, end int) {
	if len(b)-i >= 8 {
		w := word(b, i)
		if digits := leadingDigits(w); digits > 0 && digits < 8 {
			return int64(eightDigits(w << (64 - 8*digits))), i + digits
		}
	}
	first := i
	for ; i < len(b) && i < first+maxFastDigits; i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
	}
	if i == first {
		return 0, 0
	}
	return n, i
}
