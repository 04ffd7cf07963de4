package decode

import (
	"fmt"
	"testing"
)

// The fields of a line of CLIENT LIST are cut, even if paths have blanks.
func TestClientFields(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                `[""]`,
		"id=7":                            `["id=7"]`,
		"id=7 name= db=0":                 `["id=7" "name=" "db=0"]`,
		"id=7 db=0 ":                      `["id=7" "db=0"]`,
		"addr=/a b:0 laddr=/c d=e:0 fd=8": `["addr=/a b:0" "laddr=/c d=e:0" "fd=8"]`,
		"addr=[::1]:7 laddr=[::1]:8 fd=8": `["addr=[::1]:7" "laddr=[::1]:8" "fd=8"]`,
		"addr=/a x=y:0 laddr=1:2":         `["addr=/a x=y:0" "laddr=1:2"]`,
		"addr=/a laddr=/b fd=8":           `["addr=/a" "laddr=/b" "fd=8"]`,
	} {
		if got := fmt.Sprintf("%q", ClientFields(line)); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// A text is cut into parts without the empty ones.
func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": `[]`, ",, ": `[]`, "a": `["a"]`, "a,b c": `["a" "b" "c"]`,
		",a,,b,": `["a" "b"]`} {
		if got := fmt.Sprintf("%q", Split(text, ", ")); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// A number of JSON, or a list of them with nulls between.
func TestJSONNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1.5":           "[1.5] [true]",
		"-2":            "[-2] [true]",
		"null":          "[0] [false]",
		"[1,null, 2.5]": "[1 0 2.5] [true false true]",
		"[]":            "[] []",
		"[ ]":           "[] []",
		"[1":            wrong,
		"[1,]":          wrong,
		"":              wrong,
		"a":             wrong,
		"1,a":           wrong,
		`"1"`:           wrong,
	} {
		numbers, valid, err := JSONNumbers(text)
		got := fmt.Sprint(numbers, valid)
		if err != nil {
			got = kindOf(err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
