package structs

import (
	"testing"
	"time"
)

// Certain words mean true and false.
func TestParseBool(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"1": "true", "t": "true", "T": "true", "TRUE": "true", "0": "false", "": "false", "f": "false",
		"False": "false", "2": "", "yes": "", " 1": "",
	} {
		got, err := ParseBool(s)
		if (err != nil) != (want == "") || err == nil && got != (want == "true") {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}

// Times are RFC 3339 texts, or seconds since 1970 that may have a fraction.
func TestParseTime(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Time{
		"2024-05-06T07:08:09Z":           time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		"2024-05-06T07:08:09.5+01:00":    time.Date(2024, 5, 6, 6, 8, 9, 5e8, time.UTC),
		"7":                              time.Unix(7, 0),
		"7.25":                           time.Unix(7, 25e7),
		"-7.25":                          time.Unix(-7, -25e7),
		"-0.5":                           time.Unix(0, -5e8),
		"0":                              time.Unix(0, 0),
		"7.":                             time.Unix(7, 0),
		"1700000000.123456789":           time.Unix(1700000000, 123456789),
		"2024-05-06T07:08:09.123456789Z": time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.UTC),
	} {
		if got, err := ParseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "a", "7.a", "7.1e3", "1e3", "2024-05-06", "7.-1", ".5"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q is taken: %v", s, got)
		}
	}
}
