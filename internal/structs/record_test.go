package structs

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

type (
	record struct {
		Name  string
		Words []string
		Age   time.Duration
		At    time.Time
		Host  address
		Extra map[string]string
	}
	address struct {
		Host string
		Port int64
	}
)

// Null is told by its name, as that of package redpoll.
type Null[T any] struct {
	V     T
	Valid bool
}

// records are those of this test.
func records() *Records {
	return &Records{
		Fields: func(p any) string {
			switch p.(type) {
			case *record:
				return "name=Name:user,words=Words:seen,age=Age:s,at=At:unix,host=Host.Host,spec/port=Host.Port,spec/deep/words=Words,marked=Name:mark"
			case *address:
				return "[1]Host:null,Port"
			}
			return ""
		},
		Into: func(d *decode.Reply, p any) error {
			if m, ok := p.(Marked); ok {
				s, err := d.Text()
				m.Record.(*record).Name = m.Mark + " " + s
				return err
			}
			_, err := decode.Plain(d, p)
			return err
		},
		Extra: func(d *decode.Reply, name string, into any) error {
			m, ok := into.(*map[string]string)
			if !ok {
				return d.Skip()
			}
			s, err := d.Text()
			if *m == nil {
				*m = map[string]string{}
			}
			(*m)[name] = s
			return err
		},
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

// Records are filled after their descriptions, wherever their fields stand.
func TestRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply any
		zero  any
		want  any
	}{
		"fields":           {list{"name", "a", "words", list{"x", "y"}, "age", "1.5", "at", 7}, record{}, record{Name: "a", Words: []string{"x", "y"}, Age: 1500 * time.Millisecond, At: time.Unix(7, 0)}},
		"nothing":          {list{}, record{}, record{}},
		"null":             {list{"name", nil}, record{}, record{}},
		"a path":           {list{"host", "h"}, record{}, record{Host: address{Host: "h"}}},
		"a map inside":     {list{"spec", list{"port", 7}}, record{}, record{Host: address{Port: 7}}},
		"deeper":           {list{"spec", list{"deep", list{"words", list{"x"}}}}, record{}, record{Words: []string{"x"}}},
		"unknown":          {list{"else", "x"}, record{}, record{Extra: map[string]string{"else": "x"}}},
		"unknown inside":   {list{"spec", list{"else", "x"}}, record{}, record{Extra: map[string]string{"else": "x"}}},
		"a mark":           {list{"marked", "x"}, record{}, record{Name: "mark x"}},
		"an array":         {list{"h", 7}, address{}, address{"h", 7}},
		"a short array":    {list{"h"}, address{}, address{"h", 0}},
		"null in an array": {list{nil, 7}, address{}, address{"", 7}},
		"a longer array":   {list{"h", 7, "new"}, address{}, address{"h", 7}},
		"a list":           {list{list{"a", 1}, list{"b"}}, []address(nil), []address{{"a", 1}, {"b", 0}}},
		"a map":            {list{"x", list{"a", 1}}, map[string]address(nil), map[string]address{"x": {"a", 1}}},
		"a pointer":        {list{"a", 1}, (*address)(nil), &address{"a", 1}},
		"plain":            {"a", "", "a"},
		"a Null":           {list{"a", 1}, Null[address]{}, Null[address]{address{"a", 1}, true}},
		"a Null of none":   {nil, Null[address]{}, Null[address]{}},
	} {
		v := reflect.New(reflect.TypeOf(c.zero))
		d := &decode.Reply{Decoder: resp.NewDecoder(replyOf(c.reply))}
		if err := Record(records(), d, v.Interface()); err != nil || !reflect.DeepEqual(v.Elem().Interface(), c.want) || d.More() {
			t.Errorf("%s: %+v, %v; want %+v", name, v.Elem().Interface(), err, c.want)
		}
	}
}

// Replies of another shape are errors, and leave lists and maps as they were.
func TestRecordFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply any
		zero  any
	}{
		"no map":               {"a", record{}},
		"a field of no shape":  {list{"age", "x"}, record{}},
		"too short an array":   {list{}, address{}},
		"null where none is":   {list{"h", nil}, address{}},
		"no list":              {"a", []address(nil)},
		"an element":           {list{list{}}, []address(nil)},
		"a value of a map":     {list{"x", list{}}, map[string]address(nil)},
		"no map inside":        {list{"spec", "x"}, record{}},
		"a name without value": {list{"name"}, record{}},
	} {
		v := reflect.New(reflect.TypeOf(c.zero))
		d := &decode.Reply{Decoder: resp.NewDecoder(replyOf(c.reply))}
		if err := Record(records(), d, v.Interface()); err == nil {
			t.Errorf("%s: taken, as %+v", name, v.Elem().Interface())
		} else if k := v.Elem().Kind(); (k == reflect.Slice || k == reflect.Map) && !v.Elem().IsNil() {
			t.Errorf("%s: %+v is left behind", name, v.Elem().Interface())
		}
	}
}

// One field of a record, by its name.
func TestRecordField(t *testing.T) {
	t.Parallel()
	var r record
	for name, text := range map[string]string{"name": "a", "else": "x"} {
		d := decode.ReplyOf(text)
		if err := RecordField(records(), &d, &r, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.Name != "a" || r.Extra["else"] != "x" {
		t.Errorf("%+v", r)
	}
}

// Records of text: what has no field, or does not fit it, is kept.
func TestRecordText(t *testing.T) {
	t.Parallel()
	var r record
	if !RecordText(records(), []string{"name=a", "else=x", "age=long", "host=h=i"}, "=", &r) {
		t.Error("not taken")
	}
	if r.Name != "a" || r.Host.Host != "h=i" || fmt.Sprint(r.Extra) != "map[age:long else:x]" {
		t.Errorf("%+v", r)
	}
	if RecordText(records(), []string{"name=a", "x"}, "=", &r) {
		t.Error("a part without its sign is taken")
	}
}

// Small helps by reflection.
func TestSlots(t *testing.T) {
	t.Parallel()
	n := 7
	if Value(&n) != 7 {
		t.Errorf("Value: %v", Value(&n))
	}
	if Clear(&n); n != 0 {
		t.Errorf("Clear: %d", n)
	}
	room := make([]any, 2)
	if got := Elements(room, []string{"a", "b", "c"}); got != 3 || room[0] != "a" || room[1] != "b" {
		t.Errorf("Elements: %d, %v", got, room)
	}
	if got := Elements(room, []int{5}); got != 1 || room[0] != 5 {
		t.Errorf("Elements: %d, %v", got, room)
	}
}
