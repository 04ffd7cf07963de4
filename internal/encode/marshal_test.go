package encode

import (
	"errors"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
)

// Types of users, with a basic underlying type or with a form of their own.
type (
	id      string
	count   int
	small   uint8
	ratio   float64
	ratio32 float32
	blob    []byte
	flag    bool
	span    time.Duration // a duration by its underlying type only

	level     int                // has MarshalText
	point     struct{ x, y int } // has MarshalText
	both      struct{ s string }
	bytesOnly struct{ s string }
	pointed   struct{ s string } // its pointer has the method
	tags      map[string]string
	faulty    struct{}
	locked    struct{ mu sync.Mutex }
	around    struct{ *both }
	function  func()
)

func (l level) MarshalText() ([]byte, error) { return []byte("level " + string('0'+rune(l))), nil }
func (p point) MarshalText() ([]byte, error) {
	return []byte{'0' + byte(p.x), ',', '0' + byte(p.y)}, nil
}
func (b both) MarshalText() ([]byte, error)        { return []byte("text " + b.s), nil }
func (b both) MarshalBinary() ([]byte, error)      { return []byte("binary " + b.s), nil }
func (b bytesOnly) MarshalBinary() ([]byte, error) { return []byte("binary " + b.s), nil }
func (p *pointed) MarshalText() ([]byte, error)    { return []byte("pointed " + p.s), nil }
func (t tags) MarshalText() ([]byte, error)        { return []byte("a=" + t["a"]), nil }
func (faulty) MarshalText() ([]byte, error)        { return nil, errors.New("no text") }
func (l *locked) MarshalText() ([]byte, error)     { l.mu.Lock(); defer l.mu.Unlock(); return nil, nil }
func (f function) MarshalBinary() ([]byte, error)  { return nil, nil }

// Named types are written like their underlying types, unless they have MarshalText or MarshalBinary;
// MarshalText wins.
func TestNamedValues(t *testing.T) {
	t.Parallel()
	value := func(v any) func(e *Encoder) { return one(func(e *Encoder) { e.Value("v", v) }) }
	page, _ := url.Parse("https://example.com/a")
	check(t, []encoding{
		{"a string", value(id("x")), "x", ""}, {"an int", value(count(-7)), "-7", ""},
		{"a uint", value(small(200)), "200", ""},
		{"a float", value(ratio(0.1)), "0.1", ""}, {"a float32", value(ratio32(0.1)), "0.1", ""},
		{"bytes", value(blob("x")), "x", ""},
		{"nanoseconds", value(span(time.Second)), "1000000000", ""},
		{"an int with a text", value(level(3)), "level 3", ""},
		{"a struct with a text", value(point{1, 2}), "1,2", ""},
		{"a pointer to it", value(&point{1, 2}), "1,2", ""}, {"both forms", value(both{"x"}), "text x", ""},
		{"bytes of its own", value(bytesOnly{"x"}), "binary x", ""},
		{"a pointer to one", value(&bytesOnly{"x"}), "binary x", ""},
		{"the pointer's method", value(&pointed{"x"}), "pointed x", ""},
		{"and of a value", value(pointed{"x"}), "pointed x", ""},
		{"a map", value(tags{"a": "b"}), "a=b", ""}, {"a nil map", value(tags(nil)), "a=", ""},
		{"an address", value(netip.MustParseAddr("fe80::1%lo")), "fe80::1%lo", ""},
		{"a URL", value(page), "https://example.com/a", ""},
		{"a nil pointer", value((*point)(nil)), "", "v is a nil *encode.point"},
		{"an error", value(faulty{}), "", "v cannot be written: no text"},
		{"a lock", value(new(locked)), "",
			"v is a *encode.locked, which has a lock in it and cannot be copied; pass what"},
		{"around a pointer", value(around{&both{"x"}}), "",
			"v is a encode.around, whose methods cannot be called here; pass what"},
		{"a function", value(function(nil)), "",
			"v is a encode.function, whose methods cannot be called here"},
		{"a bool", value(flag(true)), "", "v is a encode.flag; pass 1 or 0"},
		{"a plain map", value(map[string]int{}), "", "v has the type map[string]int; only"},
		{"a list", value([]string{"a"}), "", "v has the type []string; only"},
		{"an array", value([2]int{}), "", "v has the type [2]int; only"},
		{"a pointer to a number", value(new(int)), "", "v has the type *int; only"},
		{"a channel", value(make(chan int)), "", "v has the type chan int; only"},
	})
}

// Faults of a list name the place of the element.
func TestValuesTellTheirPlace(t *testing.T) {
	t.Parallel()
	list := func(list ...any) func(e *Encoder) { return func(e *Encoder) { e.Values("members", list) } }
	pairs := func(list ...any) func(e *Encoder) { return func(e *Encoder) { e.Pairs("pairs", list) } }
	check(t, []encoding{
		{"values", list("a", true), "", "members[1] is a bool"},
		{"the first one", list("a", nil, true), "", "members[1] is nil"},
		{"pairs", pairs("a", 1, "b", []int{1}), "", "pairs[3] has the type []int"},
		{"a map alone", pairs(map[string]int{}), "", "pairs[0] has the type map[string]int; only"},
		{"a struct alone", pairs(struct{}{}), "", "pairs[0] has the type struct {}; only"},
		{"an odd number", pairs("a", 1, id("b")), "", "pairs has a name without a value: 3 is not"},
		{"settings", func(e *Encoder) { e.Settings("pairs", []any{"a", false}) }, "", "pairs[1] is a bool"},
		{"an encoding",
			func(e *Encoder) { e.Encoding = brackets{}; e.Values("members", []any{"a", "refused"}) }, "",
			"members[1] cannot be written"},
	})
}

// The text of a fault contains the remedy.
func TestRemedies(t *testing.T) {
	t.Parallel()
	for remedy, v := range map[string]any{
		"redpoll.Pairs(m)...": map[string]string{}, "redpoll.Spread(list)...": []string{},
		"redpoll.HSetFrom": struct{}{},
		"d.Milliseconds()": time.Second, "1 or 0": true, "redpoll.JSON(v)": &struct{}{},
		"what it points to": new(int),
	} {
		if got := misfit(v); !strings.Contains(got, remedy) {
			t.Errorf("%T: %q does not name %q", v, got, remedy)
		}
	}
}

// Values with a form of their own are refused where they stand for JSON or words.
func TestPlain(t *testing.T) {
	t.Parallel()
	plain := func(v any) func(e *Encoder) { return one(func(e *Encoder) { e.Plain("v", v, "wrap it") }) }
	check(t, []encoding{
		{"a string", plain(id("x")), "x", ""}, {"a number", plain(7), "7", ""},
		{"bytes", plain(blob("x")), "x", ""},
		{"a text", plain(point{}), "", "v has the type encode.point; wrap it"},
		{"a time", plain(time.Now()), "", "v has the type time.Time; wrap it"},
		{"a Duration", plain(time.Second), "", "v has the type time.Duration; wrap it"},
		{"a list", plain([]int{}), "", "v has the type []int; wrap it"},
	})
}

// Text goes through the text encoding, as strings do, and bytes do not.
func TestEncodingOfNamedValues(t *testing.T) {
	t.Parallel()
	value := func(v any) func(e *Encoder) {
		return one(func(e *Encoder) { e.Encoding = brackets{}; e.Value("v", v) })
	}
	check(t, []encoding{
		{"a string", value(id("x")), "<x>", ""}, {"a text", value(point{1, 2}), "<1,2>", ""},
		{"bytes", value(bytesOnly{"x"}), "binary x", ""},
		{"a bound", one(func(e *Encoder) { e.Encoding = brackets{}; e.Bound("min", id("(x")) }), "(<x>", ""},
		{"a setting",
			func(e *Encoder) { e.Encoding = brackets{}; e.Settings("pairs", []any{id("a"), id("b")}) },
			"a b", ""},
	})
}

// keeper keeps the receiver of its method.
type keeper struct {
	n     *int
	s     string
	array [4]*int
}

var kept []*keeper

func (k *keeper) MarshalText() ([]byte, error) {
	kept = append(kept, k)
	return []byte(k.s), nil
}

// A method may keep its receiver, although the value was on the stack of its caller, which was reused since.
func TestMethodKeepsItsValue(t *testing.T) {
	for i := range 100 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			e := new(Encoder)
			e.Reset(nil, nil)
			e.Begin(&command.Info{Name: "CMD"}, "*1\r\n$3\r\nCMD\r\n", 1)
			encodeKeeper(e, i)
			_ = grow(1000)
		}()
		<-done
		runtime.GC()
	}
	for i, k := range kept {
		if *k.n != i || *k.array[2] != i+1 || k.s != strings.Repeat("s", i) {
			t.Fatalf("value %d is %d, %d, %q", i, *k.n, *k.array[2], k.s)
		}
	}
}

//go:noinline
func encodeKeeper(e *Encoder, i int) {
	n, m := i, i+1
	k := keeper{n: &n, s: strings.Repeat("s", i)}
	k.array[2] = &m
	if i%2 == 0 {
		e.Value("v", k)
	} else {
		e.Value("v", &k)
	}
}

//go:noinline
func grow(n int) int {
	var room [64]int
	if n > 0 {
		room[n%64] = grow(n-1) + n
	}
	return room[n%64]
}
