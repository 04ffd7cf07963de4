package structs

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// everything has a field of each form.
type everything struct {
	S  string
	I  int8
	U  uint16
	F  float64
	F3 float32
	B  bool
	R  []byte
	T  time.Time
	D  time.Duration
	X  text
	P  *int
	PP **string
	E  string `redis:"e,omitempty"`
	*Outer
}

// A struct is written in the right form, and is read back.
func TestListAndFill(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 6, 7, 8, 9, 500, time.UTC)
	n, s := 7, "p"
	ps := &s
	in := everything{"s", -1, 2, 0.5, 0.1, true, []byte("r"), at, 90 * time.Second, text{"x"}, &n, &ps, "",
		&Outer{"c", "d"}}
	list, _, err := List(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `[S s I -1 U 2 F 0.5 F3 0.1 B 1 R r T 2024-05-06T07:08:09.0000005Z D 1m30s X <x> P 7 PP p City c Deep d]`
	var hash []Raw
	for i, v := range list {
		if b, ok := v.([]byte); ok {
			list[i] = string(b)
		}
		if i%2 == 1 {
			hash = append(hash, Raw{fmt.Sprint(list[i-1]), []byte(fmt.Sprint(list[i]))})
		}
	}
	if got := fmt.Sprint(list); got != want {
		t.Errorf("written as %s\nwant %s", got, want)
	}
	var out everything
	found, err := Fill(&out, append(hash, Raw{"unknown", []byte("x")}, Raw{"e", nil}), nil)
	if !found || err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("read back: %+v, %v, %v", out, found, err)
	}
	if p, err := Names(&out); err != nil || len(p) != 15 {
		t.Errorf("names: %v, %v", p, err)
	}
}

// Some fields are left out, and some structs cannot be listed.
func TestList(t *testing.T) {
	t.Parallel()
	type empties struct {
		S string    `redis:"s,omitempty"`
		I int       `redis:"i,omitempty"`
		R []byte    `redis:"r,omitempty"`
		T time.Time `redis:"t,omitempty"`
		P *int
	}
	p := &empties{R: []byte{}, T: time.Time{}.In(time.FixedZone("", 3600))}
	if list, _, err := List(&p); err != nil || len(list) != 0 {
		t.Errorf("empties: %v, %v", list, err)
	}
	var none *empties
	for name, c := range map[string]struct {
		v    any
		path string
		want string
	}{
		"nil pointer": {none, "struct", "is a nil *structs.empties"},
		"nil":         {nil, "struct", "is <nil>; pass a struct"},
		"no struct":   {7, "struct", "is int; pass a struct"},
		"no form":     {struct{ A any }{}, "struct", "no form"},
		"unwritable": {struct{ T time.Time }{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, ".T",
			"cannot be written"},
	} {
		if _, path, err := List(c.v); err == nil || path != c.path || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v", name, path, err)
		}
	}
}

// A value that does not fit its field is an error that names the field and does not show the value.
func TestFillFaults(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{
		"I": "sEcreT", "U": "-1", "F": "sEcreT", "B": "sEcreT", "T": "sEcreT", "D": "sEcreT", "X": "s",
		"P": "sEcreT",
	} {
		var v everything
		found, err := Fill(&v, []Raw{{field, []byte(value)}}, nil)
		if !found || err == nil ||
			!strings.Contains(err.Error(), `field "`+field+`" does not fit everything.`+field) ||
			strings.Contains(err.Error(), "creT") {
			t.Errorf("%s: %v, %v", field, found, err)
		}
	}
	var small struct{ I int8 }
	if _, err := Fill(&small, []Raw{{"I", []byte("128")}}, nil); err == nil {
		t.Error("a number that does not fit is taken")
	}
	for name, hash := range map[string][]Raw{"empty": nil, "only missing fields": {{"S", nil}}} {
		var v everything
		if found, err := Fill(&v, hash, nil); found || err != nil {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// shouting is a text encoding that refuses "!".
type shouting struct{}

func (shouting) AppendDecode(dst, raw []byte) ([]byte, error) {
	if string(raw) == "!" {
		return nil, errors.New("refused")
	}
	return append(dst, strings.ToUpper(string(raw))...), nil
}

// The text encoding translates texts, but neither bytes nor ASCII forms such as numbers.
func TestFillTranslates(t *testing.T) {
	t.Parallel()
	var v everything
	_, err := Fill(&v, []Raw{{"S", []byte("a")}, {"X", []byte("<a>")}, {"R", []byte("a")},
		{"D", []byte("1m")}}, shouting{})
	if err != nil || v.S != "A" || v.X.s != "A" || string(v.R) != "a" || v.D != time.Minute {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := Fill(&v, []Raw{{"S", []byte("!")}}, shouting{}); err == nil {
		t.Error("what the encoding refuses is taken")
	}
}

// A time whose zone has seconds is written as the same instant.
func TestTimeInAnOddZone(t *testing.T) {
	t.Parallel()
	at := time.Date(1900, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3723))
	list, _, err := List(struct{ T time.Time }{at})
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ T time.Time }
	if _, err := Fill(&v, []Raw{{"T", list[1].([]byte)}}, nil); err != nil || !v.T.Equal(at) {
		t.Errorf("%s reads as %v, %v; want %v", list[1], v.T, err, at)
	}
}

// The replies of HGETALL, with names, and of HMGET, without.
func TestFields(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		read  func(d *decode.Reply, slot any) error
		reply any
		want  []Raw // nil for an error
	}{
		"all":           {AllFields, list{"a", "1", "b", ""}, []Raw{{"a", []byte("1")}, {"b", []byte{}}}},
		"all of none":   {AllFields, list{}, []Raw{}},
		"all, odd":      {AllFields, list{"a"}, nil},
		"all, null":     {AllFields, list{"a", nil}, nil},
		"all, no map":   {AllFields, 7, nil},
		"some":          {SomeFields, list{"1", nil, ""}, []Raw{{Value: []byte("1")}, {}, {Value: []byte{}}}},
		"some, no list": {SomeFields, 7, nil},
		"some, a list":  {SomeFields, list{list{}}, nil},
	} {
		var got []Raw
		d := &decode.Reply{Decoder: resp.NewDecoder(replyOf(c.reply))}
		if err := c.read(d, &got); (err != nil) != (c.want == nil) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// replyOf is the reply of a value: maps are lists of names and values, in order.
func replyOf(v any) (b []byte) {
	switch v := v.(type) {
	case nil:
		return []byte("_\r\n")
	case string:
		return resp.AppendBulk(nil, v)
	case int:
		return fmt.Appendf(nil, ":%d\r\n", v)
	case []any:
		b = fmt.Appendf(nil, "*%d\r\n", len(v))
		for _, one := range v {
			b = append(b, replyOf(one)...)
		}
		return b
	}
	panic("BUG: another type")
}

type list = []any
