package redpoll

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// encoded gives what a function encodes, in words, and its error.
func encoded(t *testing.T, put func(p *Pipeline), encoding TextEncoding) ([]string, error) {
	t.Helper()
	p := &Pipeline{c: new(Client)}
	p.enc.Reset(nil, encoding)
	put(p)
	text, err := p.enc.Finish()
	err = fault(err)
	if err != nil {
		return nil, err
	}
	sent := wire.Append(nil, text, p.enc.Holes)
	r := resp.NewReader(bytes.NewReader(sent), 0, resp.Limits{})
	args, err := r.ReadCommand()
	if err != nil {
		t.Fatalf("%q is not a command: %v", sent, err)
	}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = string(a)
	}
	if r.Buffered() != 0 {
		t.Fatalf("%q has %d bytes too many", sent, r.Buffered())
	}
	return words, nil
}

// Covers: F50, F53, F55, F56, E13
func TestEncodeValues(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"text", "text", "text"},
		{"empty text", "", ""},
		{"any bytes in text", "a\r\n\x00\xff", "a\r\n\x00\xff"},
		{"bytes", []byte("b\x00"), "b\x00"},
		{"nil bytes are empty", []byte(nil), ""},
		{"int", int(-7), "-7"},
		{"int8", int8(math.MinInt8), "-128"},
		{"int16", int16(math.MinInt16), "-32768"},
		{"int32", int32(math.MinInt32), "-2147483648"},
		{"int64", int64(math.MinInt64), "-9223372036854775808"},
		{"uint", uint(7), "7"},
		{"uint8", uint8(math.MaxUint8), "255"},
		{"uint16", uint16(math.MaxUint16), "65535"},
		{"uint32", uint32(math.MaxUint32), "4294967295"},
		{"uint64", uint64(math.MaxUint64), "18446744073709551615"},
		{"big.Int", huge, "-123456789012345678901234567890"},
		{"float64", 1.1, "1.1"},
		{"float32", float32(1.1), "1.1"},
		{"whole float32", float32(3), "3.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := encoded(t, func(p *Pipeline) { p.Set("k", c.value) }, nil)
			if err != nil || len(got) != 3 || got[2] != c.want {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
}

type (
	namedText   string
	namedNumber int
	textual     struct{}
)

func (textual) String() string { return "textual" }

// Covers: F51, F81, F398, E13
func TestRefusedValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		says  string
	}{
		{"nil", nil, "nil"},
		{"bool", true, "bool"},
		{"duration", time.Second, "time.Duration"},
		{"time", time.Now(), "time.Time"},
		{"named string", namedText("x"), "redpoll.namedText"},
		{"named number", namedNumber(1), "redpoll.namedNumber"},
		{"type with a text method", textual{}, "redpoll.textual"},
		{"pointer", new(int), "*int"},
		{"list", []string{"a"}, "[]string"},
		{"map", map[string]int{}, "map[string]int"},
		{"error", errors.New("x"), "*errors.errorString"},
		{"nil big.Int", (*big.Int)(nil), "*big.Int"},
		{"complex", complex(1, 1), "complex128"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := encoded(t, func(p *Pipeline) { p.Set("k", c.value) }, nil)
			var data *DataError
			if !errors.As(err, &data) {
				t.Fatalf("got %v, want a DataError", err)
			}
			if data.Command != "SET" || data.Argument != "value" || !strings.Contains(data.Reason, c.says) {
				t.Errorf("%+v does not name SET, value and %s", data, c.says)
			}
		})
	}
}

// wide is a text encoding in which every character takes two bytes.
type wide struct{}

func (wide) AppendEncode(dst []byte, s string) ([]byte, error) {
	for _, r := range s {
		if r > 0xffff {
			return dst, errors.New("beyond 16 bits")
		}
		dst = append(dst, byte(r), byte(r>>8))
	}
	return dst, nil
}

func (wide) AppendDecode(dst, raw []byte) ([]byte, error) {
	if len(raw)%2 != 0 {
		return dst, errors.New("odd length")
	}
	for i := 0; i < len(raw); i += 2 {
		dst = append(dst, string(rune(raw[i])|rune(raw[i+1])<<8)...)
	}
	return dst, nil
}

func utf16(s string) string {
	b, _ := wide{}.AppendEncode(nil, s)
	return string(b)
}

// Covers: F54, F59
func TestEncodeText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		put  func(p *Pipeline)
		want []string
	}{
		{"keys and text, not words", func(p *Pipeline) { p.Set("k€", "v", NX) }, []string{"SET", utf16("k€"), utf16("v"), "NX"}},
		{"bytes are left alone", func(p *Pipeline) { p.Set("k", []byte("v")) }, []string{"SET", utf16("k"), "v"}},
		{"numbers are left alone", func(p *Pipeline) { p.Set("k", 12) }, []string{"SET", utf16("k"), "12"}},
		{"long text", func(p *Pipeline) { p.Echo(strings.Repeat("x", 500)) }, []string{"ECHO", utf16(strings.Repeat("x", 500))}},
		{"patterns", func(p *Pipeline) { p.Scan(0, Match("a*"), Type("hash")) }, []string{"SCAN", "0", "MATCH", utf16("a*"), "TYPE", utf16("hash")}},
		{"ends of ranges", func(p *Pipeline) { p.ZRangeByLex("k", "[a", "+") }, []string{"ZRANGEBYLEX", utf16("k"), "[" + utf16("a"), "+"}},
		{"ends of scores", func(p *Pipeline) { p.ZCount("k", "(1.5", "+inf") }, []string{"ZCOUNT", utf16("k"), "(1.5", "+inf"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := encoded(t, c.put, wide{})
			if err != nil || strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
	if _, err := encoded(t, func(p *Pipeline) { p.Set("k", "\U0001F600") }, wide{}); !errors.As(err, new(*DataError)) {
		t.Errorf("text that the encoding lacks gives %v, want a DataError", err)
	}
}

// Covers: F62
func TestEncodeLarge(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789", 100_000)
	for n := range 130 {
		list := make([]any, n+1)
		for i := range list {
			list[i] = large[:i]
		}
		got, err := encoded(t, func(p *Pipeline) { p.RPush("k", list...) }, nil)
		if err != nil || len(got) != n+3 || got[n+2] != large[:n] {
			t.Fatalf("%d values: got %d words and %v", n+1, len(got), err)
		}
	}
	got, err := encoded(t, func(p *Pipeline) { p.Set("k", []byte(large)) }, nil)
	if err != nil || got[2] != large {
		t.Errorf("a value of a megabyte comes out with %d bytes and %v", len(got[2]), err)
	}
}

// Several commands can share one buffer, as pipelines need it.
func TestEncodeSeveral(t *testing.T) {
	t.Parallel()
	p := new(Pipeline)
	p.RPush("k", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	p.Get("k")
	p.Set("k", "v", EX(time.Second), NX)
	text, err := p.enc.Finish()
	err = fault(err)
	want := string(resp.AppendCommand(nil, "RPUSH", "k", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")) +
		string(resp.AppendCommand(nil, "GET", "k")) + string(resp.AppendCommand(nil, "SET", "k", "v", "NX", "EX", "1"))
	if err != nil || string(text) != want {
		t.Errorf("got %q and %v, want %q", text, err, want)
	}
}

// Nothing that callers pass may end up on the heap.
func TestEncodeAllocations(t *testing.T) {
	p := &Pipeline{c: new(Client)}
	buf := make([]byte, 0, 4096)
	n, f, s, b, d := int64(1<<40), 1.5e300, strings.Repeat("s", 40), make([]byte, 40), 90*time.Second
	members := []Z{{s, f}, {s, f}}
	for _, c := range []struct {
		name string
		put  func()
	}{
		{"number", func() { p.Set(s, n) }},
		{"float", func() { p.Set(s, f) }},
		{"text", func() { p.Set(s, s) }},
		{"bytes", func() { p.Set(s, b) }},
		{"options", func() { p.Set(s, s, EX(d), NX) }},
		{"values", func() { p.RPush(s, n, f, s, b) }},
		{"scan options", func() { p.Scan(1<<60, Match(s), Count(n)) }},
		{"members", func() { p.ZAdd(s, members, XX, GT, CH) }},
		{"weights", func() { p.ZUnion([]string{s, s}, Weights(f, f), AggregateMax) }},
		{"bounds", func() { p.ZRange(s, n, s, ByScore, Limit(n, n)) }},
		{"bit field", func() { p.BitField(s, BitSet("u8", n, n).Indexed()) }},
	} {
		allocs := testing.AllocsPerRun(100, func() {
			p.enc.Reset(buf, nil)
			c.put()
			if _, err := p.enc.Finish(); err != nil {
				t.Error(c.name, err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", c.name, allocs)
		}
	}
}
