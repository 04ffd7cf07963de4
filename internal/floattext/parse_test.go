package floattext_test

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

func TestParse(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	for text, want := range map[string]any{
		"0": 0.0, "-0": math.Copysign(0, -1), "17": 17.0, "+17": 17.0, "1.5": 1.5, ".5": .5, "-.5": -.5,
		"5.":  5.0,
		"1e3": 1000.0, "1E-3": .001, "1.e+2": 100.0, "007": 7.0, "1.7976931348623157e+308": math.MaxFloat64,
		"1e-400": 0.0,
		"inf":    inf, "+inf": inf, "-inf": -inf, "Inf": inf, "INF": inf, "infinity": inf, "-Infinity": -inf,
		"+INFINITY": inf,
		"nan":       nan, "+nan": nan, "-nan": nan, "NaN": nan, "-NAN": nan, "nan(ind)": nan,
		"-nan(ind)": nan, "-NaN(IND)": nan,
		"nan(snan)": nan, "nan()": nan, "nan(0x8_000)": nan, "1.#INF": inf, "-1.#inf": -inf, "-1.#IND": nan,
		"1.#QNAN": nan, "1.#SNAN": nan,
		"1e400": strconv.ErrRange, "-1e400": strconv.ErrRange,
		"": strconv.ErrSyntax, "-": strconv.ErrSyntax, "+": strconv.ErrSyntax, ".": strconv.ErrSyntax,
		"-.": strconv.ErrSyntax,
		"e5": strconv.ErrSyntax, "1e": strconv.ErrSyntax, "1e+": strconv.ErrSyntax,
		"1e2.5": strconv.ErrSyntax, "1.2.3": strconv.ErrSyntax,
		"--1": strconv.ErrSyntax, "+-inf": strconv.ErrSyntax, " 1": strconv.ErrSyntax,
		"1 ": strconv.ErrSyntax, "1\n": strconv.ErrSyntax,
		"0x10": strconv.ErrSyntax, "0x1p4": strconv.ErrSyntax, "1_000": strconv.ErrSyntax,
		"0x_1p4": strconv.ErrSyntax, "0b1": strconv.ErrSyntax,
		"infinit": strconv.ErrSyntax, "in": strconv.ErrSyntax, "infi": strconv.ErrSyntax,
		"nano": strconv.ErrSyntax, "na": strconv.ErrSyntax,
		"nan(": strconv.ErrSyntax, "nan)": strconv.ErrSyntax, "nan(a b)": strconv.ErrSyntax,
		"nan(()": strconv.ErrSyntax, "nanind": strconv.ErrSyntax,
		"1.#": strconv.ErrSyntax, "1.#INFINITY": strconv.ErrSyntax, "null": strconv.ErrSyntax,
		"1,5": strconv.ErrSyntax, "١": strconv.ErrSyntax,
		"\u0131nf": strconv.ErrSyntax, "1f": strconv.ErrSyntax, "1\x00": strconv.ErrSyntax,
		"1.#\u017fnan": strconv.ErrSyntax, "nan(\u00e4)": strconv.ErrSyntax,
	} {
		got, err := floattext.Parse(text, 64)
		wantErr, fails := want.(error)
		if fails {
			if !errors.Is(err, wantErr) || got != 0 {
				t.Errorf("%q gives %v, %v, want the error %v", text, got, err, wantErr)
			}
			continue
		}
		f := want.(float64)
		if err != nil || math.Float64bits(got) != math.Float64bits(f) && !(math.IsNaN(got) && math.IsNaN(f)) {
			t.Errorf("%q gives %v, %v, want %v", text, got, err, f)
		}
	}
	if f, err := floattext.Parse("1e39", 32); f != 0 || !errors.Is(err, strconv.ErrRange) {
		t.Errorf("a number that no float32 holds gives %v, %v", f, err)
	}
	if f, err := floattext.Parse([]byte("0.1"), 32); f != float64(float32(0.1)) || err != nil {
		t.Errorf("0.1 as a float32 gives %v, %v", f, err)
	}
}

// The parser reads the same numbers as strconv, and further names. Numbers that redpoll writes are read back.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.5", "-nan(ind)", "+Infinity", "1e400", "0x1p4", "1_000", "1.#QNAN", "",
		"nan(", "-.5e-7"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := floattext.Parse(text, 64)
		if err != nil {
			if got != 0 || !errors.Is(err, strconv.ErrSyntax) && !errors.Is(err, strconv.ErrRange) {
				t.Fatalf("%q gives %v, %v", text, got, err)
			}
			if f, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xX_") {
				t.Fatalf("%q is refused, strconv reads %v", text, f)
			}
			return
		}
		want, err := strconv.ParseFloat(text, 64)
		switch {
		case math.IsNaN(got) && (err != nil || math.IsNaN(want)):
		case math.IsInf(got, 0) && err != nil && strings.Contains(text, "#"):
		case err != nil || math.Float64bits(got) != math.Float64bits(want):
			t.Fatalf("%q gives %v, strconv says %v, %v", text, got, want, err)
		}
		again, err := floattext.Parse(floattext.Append(nil, got, 64), 64)
		if err != nil || math.Float64bits(again) != math.Float64bits(got) && !math.IsNaN(got) {
			t.Fatalf("%v is written and read back as %v, %v", got, again, err)
		}
	})
}
