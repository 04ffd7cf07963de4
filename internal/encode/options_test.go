package encode

import (
	"testing"
	"time"
)

// Options with a name count their own words, and write nothing for a zero value.
func TestOptions(t *testing.T) {
	t.Parallel()
	ab := []string{"a", "b"}
	check(t, []encoding{
		{"Option", func(e *Encoder) { e.Option("A", "B") }, "A B", ""},
		{"OptionFlag", func(e *Encoder) { e.OptionFlag(true, "A") }, "A", ""},
		{"OptionFlag off", func(e *Encoder) { e.OptionFlag(false, "A") }, "", ""},
		{"OptionText", func(e *Encoder) { e.OptionText("A", "x") }, "A x", ""},
		{"OptionText of none", func(e *Encoder) { e.OptionText("A", "") }, "", ""},
		{"OptionInt", func(e *Encoder) { e.OptionInt("A", 3) }, "A 3", ""},
		{"OptionInt of 0", func(e *Encoder) { e.OptionInt("A", 0) }, "", ""},
		{"OptionInt below 0", func(e *Encoder) { e.OptionInt("A", -1) }, "",
			"A is -1; it must be at least 0"},
		{"OptionFloat", func(e *Encoder) { e.OptionFloat("A", -0.5) }, "A -0.5", ""},
		{"OptionFloat of 0", func(e *Encoder) { e.OptionFloat("A", 0) }, "", ""},
		{"OptionMillis", func(e *Encoder) { e.OptionMillis("A", time.Second) }, "A 1000", ""},
		{"OptionMillis of 0", func(e *Encoder) { e.OptionMillis("A", 0) }, "", ""},
		{"OptionMillis below 0", func(e *Encoder) { e.OptionMillis("A", -time.Second) }, "",
			"A -1s is not a time to live"},
		{"OptionList", func(e *Encoder) { e.OptionList("A", ab) }, "A 2 a b", ""},
		{"OptionList of none", func(e *Encoder) { e.OptionList("A", nil) }, "", ""},
		{"OptionParams", func(e *Encoder) { e.OptionParams([]any{"a", 1}) }, "PARAMS 2 a 1", ""},
		{"OptionParams of none", func(e *Encoder) { e.OptionParams(nil) }, "", ""},
		{"OptionParams, odd", func(e *Encoder) { e.OptionParams([]any{"a"}) }, "",
			"Params has a name without a value"},
		{"Login", func(e *Encoder) { e.Login("u", "p") }, "AUTH2 u p", ""},
		{"Login without a user", func(e *Encoder) { e.Login("", "p") }, "AUTH p", ""},
	})
}

// Arguments with few values.
func TestArguments(t *testing.T) {
	t.Parallel()
	words := []string{"A", "B"}
	check(t, []encoding{
		{"Choice", one(func(e *Encoder) { e.Choice("c", 1, words) }), "B", ""},
		{"Choice too high", one(func(e *Encoder) { e.Choice("c", 2, words) }), "",
			"c is 2, which is none of its constants"},
		{"Choice below 0", one(func(e *Encoder) { e.Choice("c", -1, words) }), "",
			"c is -1, which is none of its constants"},
		{"IntAtLeast", one(func(e *Encoder) { e.IntAtLeast("n", 5, 5) }), "5", ""},
		{"IntAtLeast, less", one(func(e *Encoder) { e.IntAtLeast("n", 4, 5) }), "",
			"n is 4; it must be at least 5"},
		{"Nonzero", one(func(e *Encoder) { e.Nonzero("n", -1) }), "-1", ""},
		{"Nonzero of 0", one(func(e *Encoder) { e.Nonzero("n", 0) }), "", "n is 0; 1 is the first"},
		{"Bit", one(func(e *Encoder) { e.Bit("b", 1) }), "1", ""},
		{"Bit of 2", one(func(e *Encoder) { e.Bit("b", 2) }), "", "b is 2; a bit is 0 or 1"},
		{"exclusive", func(e *Encoder) { e.Exclude(true, true, "A and B") }, "",
			"A and B exclude each other"},
		{"one of them", func(e *Encoder) { e.Exclude(true, false, "A and B") }, "", ""},
		{"needed", func(e *Encoder) { e.Need(true, false, "A", "B") }, "", "A needs B"},
		{"needed and there", func(e *Encoder) { e.Need(true, true, "A", "B") }, "", ""},
		{"not needed", func(e *Encoder) { e.Need(false, false, "A", "B") }, "", ""},
	})
}
