package resp

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// randomNumber makes digits, some with a sign, a point, an exponent or another byte.
func randomNumber(r *rand.Rand) string {
	b := make([]byte, 0, 32)
	if r.IntN(3) == 0 {
		b = append(b, '-')
	}
	for range r.IntN(12) {
		b = append(b, byte('0'+r.IntN(10)))
	}
	if r.IntN(3) > 0 {
		b = append(b, '.')
		for range r.IntN(12) {
			b = append(b, byte('0'+r.IntN(10)))
		}
	}
	if r.IntN(8) == 0 {
		b = append(b, "e7"...)
	}
	if r.IntN(8) == 0 && len(b) > 0 {
		if c := byte(r.IntN(256)); c != '\r' { // a CR would end the line
			b[r.IntN(len(b))] = c
		}
	}
	return string(b)
}

var plainDecimal = regexp.MustCompile(`(?i)^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$`)

// Numbers are read in several ways, depending on their length and the bytes behind them. Each way must give
// exactly the result of strconv.
func TestNumbersAreReadAsStrconvDoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	numbers := []string{"", "-", ".", "-.5", "5.", "-0", "0.1", "1.5", "123456", "1234567", "12345678",
		"1234.567",
		"9007199254740992", "9007199254740993", "900719925474099.3", "0.000000000000000001",
		"9999999999999999999",
		"1844674407370955161.7", "0.30000000000000004", "1.2.3", "12:4567", "12/4567", "1\x904567890",
		"1\xb14567890"}
	for range 200_000 {
		numbers = append(numbers, randomNumber(r))
	}
	for _, number := range numbers {
		want, err := strconv.ParseFloat(number, 64)
		valid := err == nil && plainDecimal.MatchString(number)
		for _, behind := range []string{"", ":1\r\n:2\r\n"} {
			bulk := AppendBulk(nil, number)
			for _, frame := range []string{"," + number + "\r\n" + behind, string(bulk) + behind} {
				d := NewDecoder([]byte(frame))
				got, err := d.Float()
				if (err == nil) != valid || valid && math.Float64bits(got) != math.Float64bits(want) {
					t.Fatalf("Float of %q = %v, %v; want %v, valid: %t", frame, got, err, want, valid)
				}
			}
			checkNumberScan(t, ","+number+"\r\n", behind, true)
			n, err := strconv.ParseInt(number, 10, 64)
			checkNumberScan(t, ":"+number+"\r\n", behind, err == nil)
			d := NewDecoder([]byte(":" + number + "\r\n" + behind))
			if got, gotErr := d.Int(); (gotErr == nil) != (err == nil) || err == nil && got != n {
				t.Fatalf("Int of %q = %d, %v; want %d, %v", number, got, gotErr, n, err)
			}
		}
	}
}

// checkNumberScan checks that the scanner takes a frame with a number if it is valid.
func checkNumberScan(t *testing.T, frame, behind string, valid bool) {
	t.Helper()
	var s Scanner
	n, err := s.Scan([]byte(frame + behind))
	if valid && (n != len(frame) || err != nil) || !valid && err == nil {
		t.Fatalf("Scan of %q with %q behind it = %d, %v; valid: %t", frame, behind, n, err, valid)
	}
}
