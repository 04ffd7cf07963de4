package floattext

import (
	"math"
	"strconv"
	"strings"
)

// Parse reads a number in the form of servers into a float of this many bits: digits with an optional sign,
// fraction and exponent. It also reads, in any case and with an optional sign, the names that C libraries use
// for values without digits: inf and infinity; nan, also with letters in brackets, as in nan(ind) and
// nan(snan); 1.#INF, 1.#IND, 1.#QNAN and 1.#SNAN.
//
// Any other text is strconv.ErrSyntax, such as blanks and the forms of Go source: hexadecimal numbers and
// underscores. A number that is too large for the float is strconv.ErrRange. The errors do not show the text.
func Parse[T string | []byte](text T, bits int) (float64, error) {
	s := string(text)
	body := s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		body = s[1:]
	}
	if f, ok := named(body); ok {
		if s[0] == '-' {
			f = -f
		}
		return f, nil
	}
	if !isDecimal(body) {
		return 0, strconv.ErrSyntax
	}
	f, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return 0, strconv.ErrRange
	}
	return f, nil
}

// isDecimal reports whether s is digits with an optional fraction and exponent.
func isDecimal(s string) bool {
	whole := digits(s)
	s = s[whole:]
	fraction := 0
	if s != "" && s[0] == '.' {
		fraction = digits(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		return s != "" && digits(s) == len(s)
	}
	return s == ""
}

// digits returns the number of decimal digits at the start of s.
func digits(s string) int {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return i
		}
	}
	return len(s)
}

// named reads the names of the values without digits.
func named(s string) (float64, bool) {
	if s == "" {
		return 0, false
	}
	switch s[0] {
	case 'i', 'I':
		return math.Inf(1), isName(s, "inf") || isName(s, "infinity")
	case 'n', 'N':
		return math.NaN(), len(s) >= 3 && isName(s[:3], "nan") && isPayload(s[3:])
	case '1':
		if isName(s, "1.#inf") {
			return math.Inf(1), true
		}
		return math.NaN(), isName(s, "1.#ind") || isName(s, "1.#qnan") || isName(s, "1.#snan")
	}
	return 0, false
}

// isName reports whether s is this name, in any case. Letters beyond ASCII that equal an ASCII letter in
// another case have more bytes.
func isName(s, name string) bool { return len(s) == len(name) && strings.EqualFold(s, name) }

// isPayload reports whether s is allowed behind nan: nothing, or letters, digits and underscores in brackets.
func isPayload(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != '(' || s[len(s)-1] != ')' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		switch {
		case c == '_', '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z':
		default:
			return false
		}
	}
	return true
}
