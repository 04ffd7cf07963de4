package structs

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// ParseBool reads "1", "t" and "true", "0", "f", "false" and "", in any case.
func ParseBool(s string) (bool, error) {
	switch {
	case s == "1", strings.EqualFold(s, "true"), strings.EqualFold(s, "t"):
		return true, nil
	case s == "0", s == "", strings.EqualFold(s, "false"), strings.EqualFold(s, "f"):
		return false, nil
	}
	return false, strconv.ErrSyntax
}

// ParseTime reads RFC 3339 text and seconds since 1970, which may have a fraction.
func ParseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	nano := int64(0)
	if fraction != "" {
		f, err := floattext.Parse("0."+fraction, 64)
		// an exponent, which the part before the point lacks
		if err == nil && strings.Trim(fraction, "0123456789") != "" {
			err = strconv.ErrSyntax
		}
		if err != nil {
			return time.Time{}, err
		}
		nano = int64(math.Round(f * 1e9))
	}
	if strings.HasPrefix(s, "-") {
		nano = -nano
	}
	return time.Unix(sec, nano), nil
}

// Equal reports whether two values are equal, or of one type whose values cannot be compared.
func Equal(a, b any) bool {
	if a == nil || reflect.TypeOf(a) != reflect.TypeOf(b) {
		return a == nil && b == nil
	}
	return !reflect.ValueOf(a).Comparable() || a == b
}
