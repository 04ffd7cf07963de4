package legacy_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/legacy"
)

type (
	named    string
	flag     bool
	level    int
	ratio    float64
	raw      []byte
	digits   [2]byte
	weekday  uint8
	describe struct{}
	plain    struct{ A, B int }
)

func (describe) String() string { return "described" }
func (weekday) String() string  { return "some day" }

// The expected texts are those of Python 3.
//
// Covers: F376
func TestText(t *testing.T) {
	t.Parallel()
	number := 7
	pointer := &number
	instant := time.Date(2024, 2, 1, 13, 4, 5, 250999, time.FixedZone("", 3600))
	var none *int
	var noTime *time.Time
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, "None"}, {"nil pointer", none, "None"}, {"nil time", noTime, "None"},
		{"nil func", (func())(nil), "None"},
		{"nil big integer", (*big.Int)(nil), "None"}, {"nil error", error(nil), "None"},
		{"bool", true, "True"}, {"named bool", flag(false), "False"},
		{"string", "it's", "it's"}, {"named string", named("n'"), "n'"}, {"bytes", []byte("\xff'"), "\xff'"},
		{"named bytes", raw("r"), "r"},
		{"array of bytes", digits{'1', '2'}, "12"}, {"nil bytes", []byte(nil), ""},
		{"int", -5, "-5"}, {"largest", uint64(math.MaxUint64), "18446744073709551615"},
		{"named int", level(3), "3"}, {"rune", 'a', "97"},
		{"big integer", big.NewInt(12), "12"}, {"pointer", &pointer, "7"},
		{"float", 100.0, "100.0"}, {"float32", float32(0.1), "0.1"}, {"named float", ratio(1e16), "1e+16"},
		{"infinite", math.Inf(-1), "-inf"},
		{"list", []int{1}, "[1]"}, {"empty list", []string{}, "[]"}, {"nil list", []string(nil), "[]"},
		{"array", [2]bool{true}, "[True, False]"},
		{"list of anything", []any{nil, true, 1.5, "a", []byte("b"), named("c")},
			"[None, True, 1.5, 'a', b'b', 'c']"},
		{"list in a list", [][]int{{1}, {}, {2, 3}}, "[[1], [], [2, 3]]"},
		{"map", map[string]any{"b": []int{2}, "a": 1}, "{'a': 1, 'b': [2]}"},
		{"map of numbers", map[int]string{1: "x"}, "{1: 'x'}"},
		{"empty map", map[string]int(nil), "{}"},
		{"one quote", []string{"it's"}, `["it's"]`}, {"other quote", []string{`"`}, `['"']`},
		{"both quotes", []string{`'"`}, `['\'"']`},
		{"escapes", []string{"a\n\t\r\\"}, `['a\n\t\r\\']`},
		{"not to be shown", []string{"\x00é€\u200b\U0001F600\U000e0001"}, `['\x00é€\u200b😀\U000e0001']`},
		{"bytes in a list", []any{[]byte("\xff'\n")}, `[b"\xff'\n"]`},
		{"not UTF-8", []string{"a\xffb"}, `['a\xffb']`},
		{"instant", instant, "2024-02-01 13:04:05.000250+01:00"},
		{"whole instant", instant.UTC().Truncate(time.Second), "2024-02-01 12:04:05+00:00"},
		{"pointer to an instant", &instant, "2024-02-01 13:04:05.000250+01:00"},
		{"instant in a list", []time.Time{instant}, "[2024-02-01 13:04:05.000250+01:00]"},
		{"span", 1500 * time.Millisecond, "0:00:01.500000"}, {"no span", time.Duration(0), "0:00:00"},
		{"day", 24*time.Hour + 5*time.Second, "1 day, 0:00:05"},
		{"days", 51 * time.Hour, "2 days, 3:00:00"},
		{"backwards", -time.Microsecond, "-1 day, 23:59:59.999999"},
		{"day back", -24 * time.Hour, "-1 day, 0:00:00"},
		{"describes itself", describe{}, "described"}, {"pointer to it", &describe{}, "described"},
		{"error", errors.New("broken"), "broken"},
		{"bytes that describe themselves", weekday(1), "some day"},
		{"list of them", []weekday{1, 2}, "[some day, some day]"},
		{"struct", plain{1, 2}, "{1 2}"}, {"pointer to a struct", &plain{1, 2}, "{1 2}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := legacy.Text(tt.value); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The text of values that contain themselves ends, as in Python.
func TestTextOfValuesInThemselves(t *testing.T) {
	t.Parallel()
	list := []any{1, nil}
	list[1] = list
	mapping := map[string]any{}
	mapping["m"] = mapping
	var pointer any
	pointer = &pointer
	twice := []any{[]int{1}, nil}
	twice[1] = twice[0]
	for want, v := range map[string]any{"[1, [...]]": list, "{'m': {...}}": mapping, "...": pointer,
		"[[1], [1]]": twice} {
		if got := legacy.Text(v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	var deep any
	for range 1_000_000 {
		deep = []any{deep}
	}
	if got := legacy.Text(deep); !strings.HasPrefix(got, "[[[") || !strings.Contains(got, "...") {
		t.Errorf("a million lists in each other give %d bytes", len(got))
	}
}

// Values that the client takes are handed on unchanged.
func TestTexts(t *testing.T) {
	t.Parallel()
	raw, large := []byte("b"), big.NewInt(5)
	got := legacy.Texts("s", raw, 1, int8(2), uint64(3), 1.5, float32(2.5), large, nil, true, named("n"))
	want := []any{"s", raw, 1, int8(2), uint64(3), 1.5, float32(2.5), large, "None", "True", "n"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
	if got := legacy.Texts(); len(got) != 0 {
		t.Errorf("nothing gives %v", got)
	}
}
