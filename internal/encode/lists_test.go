package encode

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/resp"
)

// written runs an encoder over one command. It returns the words behind the first one, joined by blanks, or
// the argument and reason of a fault. It checks the number of words in the header.
func written(t *testing.T, write func(e *Encoder)) (words, fault string) {
	t.Helper()
	e := new(Encoder)
	e.Reset(nil, nil)
	e.Begin(&command.Info{Name: "CMD"}, "*1\r\n$3\r\nCMD\r\n", 1)
	write(e)
	wire, err := e.Finish()
	if err != nil {
		var f *Fault
		if !errors.As(err, &f) || f.Command != "CMD" || f.Error() != f.Reason {
			t.Errorf("the fault is %#v", err)
			return "", err.Error()
		}
		return "", f.Argument + " " + f.Reason
	}
	r := resp.NewReader(strings.NewReader(string(wire)), 0, resp.Limits{})
	list, err := r.ReadCommand()
	if err != nil || r.Buffered() != 0 {
		t.Errorf("the server cannot read %q: %v", wire, err)
		return string(wire), ""
	}
	var text []string
	for _, w := range list[1:] {
		text = append(text, string(w))
	}
	return strings.Join(text, " "), ""
}

// encoding is a case: arguments, and the expected words or the beginning of the expected fault.
type encoding struct {
	name  string
	write func(e *Encoder)
	words string
	fault string
}

func check(t *testing.T, cases []encoding) {
	t.Helper()
	for _, c := range cases {
		words, fault := written(t, c.write)
		if words != c.words || (fault != "") != (c.fault != "") || !strings.HasPrefix(fault, c.fault) {
			t.Errorf("%s: %q, fault %q; want %q, fault %q", c.name, words, fault, c.words, c.fault)
		}
	}
}

// one writes a word that is not counted by itself.
func one(write func(e *Encoder)) func(e *Encoder) {
	return func(e *Encoder) { e.N++; write(e) }
}

// Lists, lists with their lengths in front, and lists that must not be empty.
func TestLists(t *testing.T) {
	t.Parallel()
	ab := []string{"a", "b"}
	check(t, []encoding{
		{"List", func(e *Encoder) { e.List("keys", ab) }, "a b", ""},
		{"List of none", func(e *Encoder) { e.List("keys", nil) }, "", "keys needs at least one"},
		{"AnyList", func(e *Encoder) { e.AnyList(ab) }, "a b", ""},
		{"AnyList of none", func(e *Encoder) { e.AnyList(nil) }, "", ""},
		{"Counted", func(e *Encoder) { e.Counted("keys", ab) }, "2 a b", ""},
		{"Counted of none", func(e *Encoder) { e.Counted("keys", nil) }, "", "keys needs at least one"},
		{"CountedAny", func(e *Encoder) { e.CountedAny("keys", ab) }, "2 a b", ""},
		{"CountedAny of none", func(e *Encoder) { e.CountedAny("keys", nil) }, "0", ""},
		{"Words", func(e *Encoder) { e.Words("words", ab) }, "a b", ""},
		{"Words of none", func(e *Encoder) { e.Words("words", nil) }, "", "words needs at least one"},
		{"AnyWords of none", func(e *Encoder) { e.AnyWords(nil) }, "", ""},
		{"CountedWords", func(e *Encoder) { e.CountedWords("words", ab) }, "2 a b", ""},
		{"ModuleArgs", func(e *Encoder) { e.ModuleArgs(ab) }, "ARGS a b", ""},
		{"ModuleArgs of none", func(e *Encoder) { e.ModuleArgs(nil) }, "", ""},
		{"Ints", func(e *Encoder) { e.Ints("n", []int64{1, -20}) }, "1 -20", ""},
		{"Ints of none", func(e *Encoder) { e.Ints("n", nil) }, "", "n needs at least one"},
		{"AnyInts of none", func(e *Encoder) { e.AnyInts(nil) }, "", ""},
		{"CountedInts", func(e *Encoder) { e.CountedInts("n", []int64{7, 8}) }, "2 7 8", ""},
		{"CountedInts of none", func(e *Encoder) { e.CountedInts("n", nil) }, "", "n needs at least one"},
		{"Indexes", func(e *Encoder) { e.Indexes("i", []uint64{0, 1<<64 - 1}) },
			"0 18446744073709551615", ""},
		{"Indexes of none", func(e *Encoder) { e.Indexes("i", nil) }, "", "i needs at least one"},
		{"Floats", func(e *Encoder) { e.Floats("f", []float64{0.5, 1}) }, "0.5 1.0", ""},
		{"Floats of none", func(e *Encoder) { e.Floats("f", nil) }, "", "f needs at least one"},
		{"Pairs", func(e *Encoder) { e.Pairs("pairs", []any{"a", 1, "b", "x"}) }, "a 1 b x", ""},
		{"Pairs of none", func(e *Encoder) { e.Pairs("pairs", nil) }, "", "pairs needs at least one name"},
		{"Pairs, an odd number", func(e *Encoder) { e.Pairs("pairs", []any{"a", 1, "b"}) }, "",
			"pairs has a name without a value: 3"},
		{"CountedPairs", func(e *Encoder) { e.CountedPairs("pairs", []any{"a", 1, "b", 2}) },
			"2 a 1 b 2", ""},
		{"Settings", func(e *Encoder) { e.Settings("settings", []any{"a", 1, "b", "x"}) }, "a 1 b x", ""},
		{"Settings of none", func(e *Encoder) { e.Settings("settings", nil) }, "",
			"settings needs at least one name"},
		{"Settings, an odd number", func(e *Encoder) { e.Settings("settings", []any{"a"}) }, "",
			"settings has a name without a value: 1"},
		{"Labels", func(e *Encoder) { e.Labels(map[string]string{"b": "2", "a": "1"}) }, "a 1 b 2", ""},
		{"Values", func(e *Encoder) { e.Values("v", []any{"a", 1}) }, "a 1", ""},
		{"Values of none", func(e *Encoder) { e.Values("v", nil) }, "", "v needs at least one"},
		{"AnyValues of none", func(e *Encoder) { e.AnyValues("v", nil) }, "", ""},
		{"Each", func(e *Encoder) { e.Each("$1\r\nK\r\n", ab) }, "K a K b", ""},
		{"EachOfMany", func(e *Encoder) { e.EachOfMany("$1\r\nK\r\n", "g", ab) }, "K a K b", ""},
		{"EachOfMany of one", func(e *Encoder) { e.EachOfMany("$1\r\nK\r\n", "g", ab[:1]) }, "",
			"g needs at least two"},
		{"CountedPart",
			func(e *Encoder) { e.CountedPart(func(p *Encoder) { p.AnyList(ab); p.N++; p.Int(3) }) },
			"3 a b 3", ""},
		{"CountedPart with a fault",
			func(e *Encoder) { e.CountedPart(func(p *Encoder) { p.List("x", nil) }) }, "",
			"x needs at least one"},
	})
}

// Lists whose lengths depend on the number of keys in front of them, or on an option.
func TestListsThatFitOthers(t *testing.T) {
	t.Parallel()
	ab := []string{"a", "b"}
	words := []string{"AND", "NOT", "DIFF", "DIFF1", "ANDOR"}
	check(t, []encoding{
		{"Weights", func(e *Encoder) { e.Counted("keys", ab); e.Weights([]float64{1, 2}) },
			"2 a b 1.0 2.0", ""},
		{"Weights, one short", func(e *Encoder) { e.Counted("keys", ab); e.Weights([]float64{1}) }, "",
			"Weights has 1 factors for 2 keys"},
		{"IntWeights", func(e *Encoder) { e.CountedWords("keys", ab); e.IntWeights([]int64{1, 2}) },
			"2 a b 1 2", ""},
		{"IntWeights, one more",
			func(e *Encoder) { e.CountedWords("keys", ab); e.IntWeights([]int64{1, 2, 3}) }, "",
			"CMSWeights has 3 factors for 2 keys"},
		{"BITOP AND", func(e *Encoder) { e.BitSources("keys", ab, words, 0) }, "a b", ""},
		{"BITOP AND of none", func(e *Encoder) { e.BitSources("keys", nil, words, 0) }, "",
			"keys needs at least one"},
		{"BITOP NOT", func(e *Encoder) { e.BitSources("keys", ab[:1], words, 1) }, "a", ""},
		{"BITOP NOT of two", func(e *Encoder) { e.BitSources("keys", ab, words, 1) }, "",
			"keys are 2; BitNot takes exactly one"},
		{"BITOP DIFF of one", func(e *Encoder) { e.BitSources("keys", ab[:1], words, 2) }, "",
			"keys needs at least two"},
		{"BITOP DIFF1", func(e *Encoder) { e.BitSources("keys", ab, words, 3) }, "a b", ""},
		{"BITOP ANDOR of one", func(e *Encoder) { e.BitSources("keys", ab[:1], words, 4) }, "",
			"keys needs at least two"},
		{"BITOP of no known kind", func(e *Encoder) { e.BitSources("keys", ab, words, 9) }, "a b", ""},
		{"Slots", func(e *Encoder) { e.Slots("slots", []int64{0, 16383}) }, "0 16383", ""},
		{"Slots of none", func(e *Encoder) { e.Slots("slots", nil) }, "", "slots needs at least one"},
		{"Slot too high", one(func(e *Encoder) { e.Slot("slot", 16384) }), "", "slot 16384 is not a slot"},
		{"Slot below 0", one(func(e *Encoder) { e.Slot("slot", -1) }), "", "slot -1 is not a slot"},
		{"SlotFrom", one(func(e *Encoder) { e.SlotFrom("slot", 5, 5) }), "5", ""},
		{"SlotFrom before the start", one(func(e *Encoder) { e.SlotFrom("slot", 4, 5) }), "",
			"slot 4 is before the start of the range, 5"},
	})
}

// Values are written as text if the server can store them; for others the fault names the remedy.
func TestValues(t *testing.T) {
	t.Parallel()
	value := func(v any) func(e *Encoder) { return one(func(e *Encoder) { e.Value("v", v) }) }
	check(t, []encoding{
		{"string", value("x"), "x", ""}, {"bytes", value([]byte("x")), "x", ""},
		{"no bytes", value([]byte(nil)), "", ""},
		{"int", value(-12), "-12", ""}, {"int8", value(int8(-1)), "-1", ""},
		{"int16", value(int16(300)), "300", ""},
		{"int32", value(int32(70000)), "70000", ""},
		{"int64", value(int64(-1 << 63)), "-9223372036854775808", ""},
		{"uint", value(uint(9)), "9", ""}, {"uint8", value(uint8(200)), "200", ""},
		{"uint16", value(uint16(65535)), "65535", ""},
		{"uint32", value(uint32(1<<32 - 1)), "4294967295", ""},
		{"uint64", value(uint64(1<<64 - 1)), "18446744073709551615", ""},
		{"float64", value(0.1), "0.1", ""}, {"float32", value(float32(0.1)), "0.1", ""},
		{"big.Int", value(new(big.Int).Lsh(big.NewInt(1), 70)), "1180591620717411303424", ""},
		{"nil big.Int", value((*big.Int)(nil)), "", "v is a nil *big.Int"},
		{"nil", value(nil), "", "v is nil; pass"}, {"bool", value(true), "", "v is a bool; pass 1 or 0"},
		{"Duration", value(time.Second), "", "v is a time.Duration; pass a number"},
		{"Time", value(time.Unix(7, 5).UTC()), "1970-01-01T00:00:07.000000005Z", ""},
		{"Time before minutes were whole", value(time.Unix(0, 0).In(time.FixedZone("", 30))),
			"1970-01-01T00:00:00Z", ""},
		{"Time of no year", value(time.Unix(1<<40, 0)), "", "v cannot be written: "},
		{"another type", value(struct{}{}), "", "v has the type struct {}; only"},
	})
}

// Only the first fault is reported; the next request begins without it.
func TestFirstFault(t *testing.T) {
	t.Parallel()
	e := new(Encoder)
	e.Reset(nil, nil)
	e.Fail("first", "a")
	e.Fail("second", "b")
	var f *Fault
	if _, err := e.Finish(); !errors.As(err, &f) || f.Argument != "first" || f.Command != "" {
		t.Errorf("%#v", f)
	}
	e.Once, e.Blocks = true, true
	e.Reset(e.Buf, nil)
	e.Begin(nil, "", 0)
	if e.Err != nil || e.Once || e.Blocks || len(e.Buf) != 0 {
		t.Errorf("left behind: %+v", e)
	}
}

// brackets is an encoding that puts its argument into brackets, and does not distinguish capital letters.
type brackets struct{}

func (brackets) AppendEncode(dst []byte, s string) ([]byte, error) {
	if s == "refused" {
		return dst, errors.New("redpoll: no form")
	}
	return append(append(append(dst, '<'), strings.ToLower(s)...), '>'), nil
}
func (brackets) AppendDecode(dst, raw []byte) ([]byte, error) { return append(dst, raw...), nil }

// User data goes through the text encoding; words of the protocol, numbers and bytes do not.
func TestTextEncoding(t *testing.T) {
	t.Parallel()
	encoded := func(write func(e *Encoder)) func(e *Encoder) {
		return one(func(e *Encoder) { e.Encoding = brackets{}; write(e) })
	}
	long := strings.Repeat("a", 200)
	check(t, []encoding{
		{"Key", encoded(func(e *Encoder) { e.Key("Ab") }), "<ab>", ""},
		{"Text", encoded(func(e *Encoder) { e.Text("") }), "<>", ""},
		{"long text", encoded(func(e *Encoder) { e.Text(long) }), "<" + long + ">", ""},
		{"Value", encoded(func(e *Encoder) { e.Value("v", "Ab") }), "<ab>", ""},
		{"bytes", encoded(func(e *Encoder) { e.Value("v", []byte("Ab")) }), "Ab", ""},
		{"number", encoded(func(e *Encoder) { e.Value("v", 12) }), "12", ""},
		{"Word", encoded(func(e *Encoder) { e.Word("Ab") }), "Ab", ""},
		{"Settings", encoded(func(e *Encoder) { e.N--; e.Settings("s", []any{"Ab", "Cd"}) }), "Ab Cd", ""},
		{"Lex", encoded(func(e *Encoder) { e.Lex("[Ab") }), "[<ab>", ""},
		{"Lex without a mark", encoded(func(e *Encoder) { e.Lex("+") }), "+", ""},
		{"Bound that is a number", encoded(func(e *Encoder) { e.Bound("b", "(1.5") }), "(1.5", ""},
		{"Bound that is a member", encoded(func(e *Encoder) { e.Bound("b", "(Ab") }), "(<ab>", ""},
		{"Bound of a number", encoded(func(e *Encoder) { e.Bound("b", 7) }), "7", ""},
		{"no form", encoded(func(e *Encoder) { e.Key("refused") }), "",
			"text cannot be written in the client's encoding: no form"},
	})
}
