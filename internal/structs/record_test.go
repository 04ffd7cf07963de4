package structs

import (
	"errors"
	"reflect"
	"testing"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// Null is recognized by its name, like the type of package redpoll.
type Null[T any] struct {
	V     T
	Valid bool
}

// Lists, maps, pointers and Nulls are read element by element, whatever is in them.
func TestEach(t *testing.T) {
	t.Parallel()
	var read func(d *decode.Reply, p any) error
	read = func(d *decode.Reply, p any) error {
		many, err := Each(d, p, read)
		if !many {
			_, err = decode.Plain(d, p)
		}
		return err
	}
	seven := int64(7)
	for name, c := range map[string]struct {
		reply string
		into  any
		want  any
	}{
		"plain":            {":7", new(int64), int64(7)},
		"list":             {"*2 :7 :8", new([]int64), []int64{7, 8}},
		"empty list":       {"*0", new([]int64), []int64{}},
		"list of lists":    {"*2 *1 :7 *0", new([][]int64), [][]int64{{7}, {}}},
		"map":              {"%1 $1 a :7", new(map[string]int64), map[string]int64{"a": 7}},
		"names in turn":    {"*2 $1 a :7", new(map[string]int64), map[string]int64{"a": 7}},
		"pointer":          {":7", new(*int64), &seven},
		"Null":             {":7", new(Null[int64]), Null[int64]{7, true}},
		"no value":         {"_", new(Null[int64]), Null[int64]{}},
		"list of Nulls":    {"*2 _ :7", new([]Null[int64]), []Null[int64]{{}, {7, true}}},
		"map of lists":     {"%1 $1 a *1 :7", new(map[string][]int64), map[string][]int64{"a": {7}}},
		"fault in a list":  {"*2 :7 $1 x", new([]int64), nil},
		"fault in a map":   {"%1 $1 a $1 x", new(map[string]int64), nil},
		"not a list":       {":7", new([]int64), nil},
		"no map, odd":      {"*1 $1 a", new(map[string]int64), nil},
		"fault in pointer": {"$1 x", new(*int64), nil},
	} {
		d := decode.Reply{Decoder: resp.NewDecoder(testkit.Frame(c.reply))}
		err := read(&d, c.into)
		if c.want == nil {
			if err == nil || errors.Is(err, decode.ErrMissing) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if got := Value(c.into); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v and %v, want %v", name, got, err, c.want)
		}
	}
}

// Value, Clear and Elements work on slots of any type.
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
