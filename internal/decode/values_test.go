package decode

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// upper is a text encoding that translates to capital letters, and refuses "!".
type upper struct{}

func (upper) AppendEncode(dst []byte, s string) ([]byte, error) { return append(dst, s...), nil }
func (upper) AppendDecode(dst, raw []byte) ([]byte, error) {
	switch string(raw) {
	case "!", "\xff!":
		return nil, errors.New("refused")
	case "?":
		panic("a fault of the user's")
	}
	return append(dst, strings.ToUpper(string(raw))...), nil
}

// These words are expected results other than a value.
const (
	none  = "none"  // the error ErrMissing
	wrong = "wrong" // an error of shape
	other = "other" // another error
)

// decoding is a reply with the expected result of a decoder.
type decoding struct {
	reply string
	want  any // a value, or one of the words above
}

// as is the type of these words.
type as string

// status is the form of a reader that reads takes, for one that has no result.
func status(read func(d *Reply) error) func(d *Reply, v *struct{}) error {
	return func(d *Reply, _ *struct{}) error { return read(d) }
}

// reads compares the results of a decoder for replies. The decoder must take each reply whole.
func reads[T any](t *testing.T, name string, decode func(d *Reply, v *T) error, cases []decoding) {
	t.Helper()
	for _, c := range cases {
		d := &Reply{Decoder: resp.NewDecoder(testkit.Frame(c.reply)), Encoding: upper{}}
		var v T
		err := decode(d, &v)
		got := any(v)
		if err != nil {
			got = as(kindOf(err))
		} else if d.More() {
			t.Errorf("%s of %q leaves something behind", name, c.reply)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of %q: %#v, %v; want %#v", name, c.reply, got, err, c.want)
		}
	}
}

func kindOf(err error) string {
	var shape *resp.TypeError
	switch {
	case errors.Is(err, ErrMissing):
		return none
	case errors.As(err, &shape):
		return wrong
	}
	return other
}

// One value in both protocols, no value, and another shape.
func TestSingleValues(t *testing.T) {
	t.Parallel()
	reads(t, "String", String, []decoding{
		{"$1 a", "A"}, {"+a", "A"}, {"$0 ", ""}, {"$-1", as(none)}, {"_", as(none)}, {"*0", as(wrong)},
		{"$1 !", as(other)}, {"$1 ?", as(other)}, {"-ERR", as(wrong)},
	})
	reads(t, "Word", Word, []decoding{{"$1 a", "a"}, {"+a", "a"}, {"$1 !", "!"}, {"_", as(none)},
		{"*0", as(wrong)}})
	reads(t, "Bytes", Bytes,
		[]decoding{{"$1 a", []byte("a")}, {"$0 ", []byte{}}, {"_", as(none)}, {"*0", as(wrong)}})
	reads(t, "Int", Int, []decoding{{":-7", int64(-7)}, {"$1 7", int64(7)}, {"$-1", as(none)},
		{"$1 a", as(wrong)}, {"*0", as(wrong)}})
	reads(t, "Float", Float,
		[]decoding{{",1.5", 1.5}, {"$3 1.5", 1.5}, {":2", 2.0}, {"$3 inf", math.Inf(1)}, {"_", as(none)},
			{"$1 a", as(wrong)}})
	reads(t, "Bool", Bool, []decoding{{":1", true}, {":0", false}, {"#t", true}, {"#f", false},
		{"_", as(none)}, {":2", as(wrong)}, {"*0", as(wrong)}})
	reads(t, "Index", Index, []decoding{
		{":7", uint64(7)}, {"$20 18446744073709551615", uint64(math.MaxUint64)},
		{"(18446744073709551615", uint64(math.MaxUint64)},
		{"_", as(none)}, {":-1", as(wrong)}, {"$1 a", as(wrong)},
	})
	reads(t, "OK", status(OK), []decoding{{"+OK", struct{}{}}, {"$2 OK", struct{}{}}, {"+NO", as(wrong)},
		{"_", as(none)}, {":1", as(wrong)}})
	reads(t, "Pong", status(Pong), []decoding{{"+PONG", struct{}{}}, {"+OK", as(wrong)}})
	reads(t, "Moved", Moved,
		[]decoding{{"+OK", true}, {"+NOKEY", false}, {"+X", as(wrong)}, {"_", as(wrong)}})
	reads(t, "Milli", Milli, []decoding{{":1500", time.UnixMilli(1500)}, {"+a", as(wrong)}})
	reads(t, "Time", Time, []decoding{
		{"*2 $1 7 $6 500000", time.Unix(7, 500_000_000)}, {"*2 :7 :1", time.Unix(7, 1000)},
		{"*1 :7", as(wrong)}, {"*2 $1 a :1", as(wrong)}, {"*2 :1 $1 a", as(wrong)},
	})
}

// A text of any client is translated only if it cannot be a word of the protocol, and never hides a reply.
func TestSeen(t *testing.T) {
	t.Parallel()
	reads(t, "Seen", Seen, []decoding{
		{"$3 get", "get"}, {"$2 \xc3\xa4", "Ä"}, {"$2 \xff!", "\xff!"}, {"$3 a\tb", "a\tb"},
		{"$3 a\x00b", "A\x00B"}, {"_", as(none)}, {"*0", as(wrong)},
	})
	reads(t, "ElementSeen", ElementSeen, []decoding{{"$3 get", "get"}, {"_", as(wrong)}})
}

// Lists have elements of one kind.
func TestLists(t *testing.T) {
	t.Parallel()
	reads(t, "Strings", Strings, []decoding{
		{"*2 $1 a +b", []string{"A", "B"}}, {"~1 $1 a", []string{"A"}}, {"*0", []string{}}, {"_", as(none)},
		{"*-1", as(none)},
		{"*1 _", as(wrong)}, {"*1 *0", as(wrong)}, {":1", as(wrong)}, {"*1 $1 !", as(other)},
	})
	reads(t, "Words", Words, []decoding{{"*1 $1 a", []string{"a"}}, {"_", as(none)}})
	reads(t, "WordsOrNone", WordsOrNone,
		[]decoding{{"*1 $1 a", []string{"a"}}, {"_", []string{}}, {":1", as(wrong)}})
	reads(t, "Ints", Ints, []decoding{{"*2 :1 $1 2", []int64{1, 2}}, {"*0", []int64{}}, {"*1 _", as(wrong)}})
	reads(t, "Bools", Bools, []decoding{{"*2 :1 #f", []bool{true, false}}, {"*1 _", as(wrong)}})
	reads(t, "BytesList", BytesList,
		[]decoding{{"*3 $1 a _ $0 ", [][]byte{[]byte("a"), nil, {}}}, {"_", as(none)}, {"*1 *0", as(wrong)}})
	reads(t, "FloatList", FloatList,
		[]decoding{{"*2 ,1.5 $1 2", []float64{1.5, 2}}, {"_", as(none)}, {"*1 _", as(wrong)}})
	reads(t, "Indexes", Indexes,
		[]decoding{{"*2 :1 $1 2", []uint64{1, 2}}, {"_", as(none)}, {"*1 :-1", as(wrong)}})
	reads(t, "Links", Links,
		[]decoding{{"*2 *1 $1 a *0", [][]string{{"A"}, {}}}, {"_", as(none)}, {"*1 _", as(wrong)},
			{"*1 :1", as(wrong)}})
	reads(t, "JSONTypes", JSONTypes, []decoding{
		{"+object", []string{"object"}}, {"*2 $1 a $1 b", []string{"a", "b"}},
		{"*1 *2 $1 a $1 b", []string{"a", "b"}}, {"*0", []string{}},
		{"_", as(none)}, {"*1 _", as(none)}, {"*1 *1 :1", []string{"1"}}, {"*1 *1 *0", as(wrong)},
	})
	reads(t, "Skip", func(d *Reply, _ *struct{}) error {
		return Skip(d, 2)
	}, []decoding{{":1 *1 :2", struct{}{}}, {":1", as(wrong)}})
}

// RESP2 sends maps as lists, flat or nested.
func TestMaps(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	reads(t, "Map", Map, []decoding{
		{"%1 $1 a $1 b", m{"A": "B"}}, {"*2 $1 a $1 b", m{"A": "B"}}, {"%0", m{}}, {"_", as(none)},
		{"*1 $1 a", as(wrong)}, {"%1 $1 a _", as(wrong)}, {"%1 *0 $1 a", as(wrong)},
	})
	reads(t, "Settings", Settings, []decoding{
		{"*1 *2 $1 a $1 b", m{"a": "b"}}, {"%1 $1 a $1 b", m{"a": "b"}}, {"%1 $1 a _", m{"a": ""}},
		{"*1 *1 $1 a", as(wrong)}, {":1", as(wrong)}, {"%1 $1 a *0", as(wrong)},
	})
	reads(t, "TextMap", TextMap, []decoding{
		{"%2 $1 a $1 b $1 c _", m{"A": "B"}}, {"_", m(nil)}, {"*2 $1 a $1 b", m{"A": "B"}}, {":1", as(wrong)},
		{"%1 _ $1 a", as(wrong)},
	})
	reads(t, "Labels", Labels, []decoding{
		{"*2 *2 $1 a $1 b *2 $1 c _", m{"A": "B"}}, {"*2 $1 a $1 b", m{"A": "B"}},
		{"%1 $1 a $1 b", m{"A": "B"}}, {"*0", m{}}, {"*3 $1 a $1 b $1 c", as(wrong)},
		{"*1 *1 $1 a", as(wrong)},
	})
	reads(t, "FTSynonyms", FTSynonyms, []decoding{
		{"%1 $1 a *1 $1 x", map[string][]string{"A": {"X"}}}, {"*2 $1 a *0", map[string][]string{"A": {}}},
		{"%1 $1 a _", as(wrong)}, {":1", as(wrong)},
	})
}

// A server error in place of an element loses only this element, and is returned beside the others.
func TestLost(t *testing.T) {
	t.Parallel()
	var texts []string
	d := &Reply{Decoder: resp.NewDecoder([]byte("*4\r\n$1\r\na\r\n-ERR one\r\n$1\r\nb\r\n!5\r\nERR 2\r\n"))}
	err := Strings(d, &texts)
	var lost *Lost
	if !errors.As(err, &lost) || fmt.Sprint(lost.Elements) != "[{1 ERR one} {3 ERR 2}]" ||
		fmt.Sprintf("%q", texts) != `["a" "" "b" ""]` {
		t.Fatalf("%q, %v", texts, err)
	}
	if !lost.Into(&texts) || lost.Into(new([]string)) || lost.Into(nil) {
		t.Error("it does not know its list")
	}
	if !strings.Contains(lost.Error(), "ERR one") {
		t.Errorf("%v", lost)
	}
	for name, read := range map[string]func(d *Reply) error{
		"FloatList": func(d *Reply) error { return FloatList(d, new([]float64)) },
		"Indexes":   func(d *Reply) error { return Indexes(d, new([]uint64)) },
		"BytesList": func(d *Reply) error { return BytesList(d, new([][]byte)) },
	} {
		d := &Reply{Decoder: resp.NewDecoder(testkit.Frame("*2 :1 -ERR"))}
		if err := read(d); !errors.As(err, &lost) || len(lost.Elements) != 1 || lost.Elements[0].Index != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := map[string]string{}
	d = &Reply{Decoder: resp.NewDecoder(testkit.Frame("%2 $1 a -ERR $1 b $1 c"))}
	if err := Map(d, &m); !errors.As(err, &lost) || lost.Elements[0].Index != 0 || len(m) != 1 ||
		m["b"] != "c" {
		t.Errorf("Map: %v, %v", m, err)
	}
}

// Refusal returns the text of an error in place of an expected value.
func TestRefusal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		text string
		ok   bool
	}{
		"lost element": {&Lost{Elements: []LostElement{{0, "ERR a"}, {1, "ERR b"}}}, "ERR a", true},
		"error":        {&resp.TypeError{Got: resp.KindError, Text: "ERR a"}, "ERR a", true},
		"blob error": {fmt.Errorf("in a list: %w", &resp.TypeError{Got: resp.KindBlobError, Text: "ERR a"}),
			"ERR a", true},
		"other shape": {&resp.TypeError{Got: resp.KindArray}, "", false},
		"other error": {ErrMissing, "", false},
		"none":        {nil, "", false},
	} {
		if text, ok := Refusal(c.err); text != c.text || ok != c.ok {
			t.Errorf("%s: %q, %v", name, text, ok)
		}
	}
}

// A missing value inside a reply is an error of shape.
func TestInside(t *testing.T) {
	t.Parallel()
	if err := Inside(ErrMissing); kindOf(err) != wrong {
		t.Errorf("%v", err)
	}
	if err := Inside(nil); err != nil {
		t.Errorf("%v", err)
	}
	e := errors.New("x")
	if err := Inside(e); err != e {
		t.Errorf("%v", err)
	}
}
