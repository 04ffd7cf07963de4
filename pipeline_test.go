package redpoll

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// encodeOne runs a method of a pipeline, and returns its encoder, which has the command, and its fault.
func encodeOne(put func(p *Pipeline), encoding TextEncoding) (*encoder, error) {
	p := (&Client{text: encoding}).Pipeline(NoTransaction)
	put(p)
	if fault := p.b.fault; fault != nil {
		return &p.enc, fault.Err
	}
	return &p.enc, nil
}

// encoded returns the encoded words of a function, and its error.
func encoded(t *testing.T, put func(p *Pipeline), encoding TextEncoding) ([]string, error) {
	t.Helper()
	e, err := encodeOne(put, encoding)
	if err != nil {
		return nil, err
	}
	sent := wire.Append(nil, e.Buf, e.Holes)
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
		{"named string", namedText("x"), "x"},
		{"named number", namedNumber(-1), "-1"},
		{"time", time.Unix(7, 0).UTC(), "1970-01-01T00:00:07Z"},
		{"JSON", JSON([]int{1}), "[1]"},
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
		{"keys and text, not words", func(p *Pipeline) { p.Set("k€", "v", NX) },
			[]string{"SET", utf16("k€"), utf16("v"), "NX"}},
		{"bytes are left alone", func(p *Pipeline) { p.Set("k", []byte("v")) },
			[]string{"SET", utf16("k"), "v"}},
		{"numbers are left alone", func(p *Pipeline) { p.Set("k", 12) }, []string{"SET", utf16("k"), "12"}},
		{"long text", func(p *Pipeline) { p.Echo(strings.Repeat("x", 500)) },
			[]string{"ECHO", utf16(strings.Repeat("x", 500))}},
		{"patterns", func(p *Pipeline) { p.Scan(0, Match("a*"), ScanType("hash")) },
			[]string{"SCAN", "0", "MATCH", utf16("a*"), "TYPE", utf16("hash")}},
		{"ends of ranges", func(p *Pipeline) { p.ZRangeByLex("k", "[a", "+") },
			[]string{"ZRANGEBYLEX", utf16("k"), "[" + utf16("a"), "+"}},
		{"ends of scores", func(p *Pipeline) { p.ZCount("k", "(1.5", "+inf") },
			[]string{"ZCOUNT", utf16("k"), "(1.5", "+inf"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := encoded(t, c.put, wide{})
			if err != nil || strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
	_, err := encoded(t, func(p *Pipeline) { p.Set("k", "\U0001F600") }, wide{})
	if !errors.As(err, new(*DataError)) {
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

// Several commands can share one buffer, as in pipelines.
func TestEncodeSeveral(t *testing.T) {
	t.Parallel()
	e, err := encodeOne(func(p *Pipeline) {
		p.RPush("k", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		p.Get("k")
		p.Set("k", "v", EX(time.Second), NX)
	}, nil)
	text := e.Buf
	want := string(resp.AppendCommand(nil, "RPUSH", "k", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")) +
		string(resp.AppendCommand(nil, "GET", "k")) +
		string(resp.AppendCommand(nil, "SET", "k", "v", "NX", "EX", "1"))
	if err != nil || string(text) != want {
		t.Errorf("got %q and %v, want %q", text, err, want)
	}
}

// No argument of a caller may end up on the heap.
func TestEncodeAllocations(t *testing.T) {
	e := new(encoder)
	buf := make([]byte, 0, 4096)
	n, f, s, b, d := int64(1<<40), 1.5e300, strings.Repeat("s", 40), make([]byte, 40), 90*time.Second
	members := []Z{{s, f}, {s, f}}
	for _, c := range []struct {
		name string
		put  func()
	}{
		{"number", func() { encodeSet(e, s, n, nil) }},
		{"float", func() { encodeSet(e, s, f, nil) }},
		{"text", func() { encodeSet(e, s, s, nil) }},
		{"bytes", func() { encodeSet(e, s, b, nil) }},
		{"options", func() { encodeSet(e, s, s, []SetOption{EX(d), NX}) }},
		{"values", func() { encodeRPush(e, s, []any{n, f, s, b}) }},
		{"scan options", func() { encodeScan(e, 1<<60, []ScanOption{Match(s), Count(n)}) }},
		{"members", func() { encodeZAdd(e, s, members, []ZAddOption{XX, GT, CH}) }},
		{"weights", func() {
			encodeZUnion(e, []string{s, s}, []ZCombineOption{Weights(f, f), AggregateMax})
		}},
		{"bounds", func() { encodeZRange(e, s, n, s, []ZRangeOption{ByScore, Limit(n, n)}) }},
		{"bit field", func() { encodeBitField(e, s, []BitFieldOp{BitSet("u8", n, n).Indexed()}) }},
	} {
		allocs := testing.AllocsPerRun(100, func() {
			e.Reset(buf, nil)
			c.put()
			if _, err := e.Finish(); err != nil {
				t.Error(c.name, err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", c.name, allocs)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := new(encoder)
	buf := make([]byte, 0, 4096)
	for _, c := range []struct {
		name string
		put  func()
	}{
		{"Get", func() { encodeGet(e, "user:1234567890") }},
		{"Set", func() { encodeSet(e, "user:1234567890", "value", nil) }},
		{"SetOptions", func() { encodeSet(e, "user:1234567890", "value", []SetOption{EX(time.Minute), NX}) }},
		{"MGet100", func() { encodeMGet(e, wireHundred) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Reset(buf, nil)
				c.put()
				if _, err := e.Finish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var wireHundred = make([]string, 100)

// If a pipeline breaks off, the commands whose last byte may have been sent may have been executed; the
// others were not sent. In a transaction all commands have the same outcome.
func TestBlame(t *testing.T) {
	t.Parallel()
	for _, atomic := range []bool{false, true} {
		for _, loads := range []int{0, 1} {
			p := new(Client).Pipeline(NoTransaction)
			p.b.atomic = atomic
			if loads > 0 {
				p.b.loads = []load{{"SCRIPT", "return 1", ErrNoScript}}
			}
			handles := []interface{ Err() error }{p.Set("a", 1), p.MGet(), p.Incr("counter"), p.Get("k")}
			var ends []int // of the commands, behind the bytes in front of them
			for _, part := range [][]int{{0, len("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n")},
				{2, len("*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n")},
				{3, len("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")}} {
				from := 0
				if len(ends) > 0 {
					from = ends[len(ends)-1]
				}
				ends = append(ends, from+part[1])
			}
			r := p.prepare()
			front := 0
			if atomic {
				front += len(multi)
			}
			for sent := range len(r.call.Wire) + 1 {
				whole := &ConnError{Outcome: MaybeExecuted, Err: errors.New("lost")}
				r.blame(whole, sent)
				for i, at := range []int{0, 2, 3} {
					want := NotSent
					if atomic || front+ends[i] <= sent {
						want = MaybeExecuted
					}
					if got := OutcomeOf(handles[at].Err()); got != want {
						t.Errorf("atomic=%v, loads=%d: after %d bytes command %d is %v, want %v", atomic,
							loads, sent, at, got, want)
					}
				}
				if got := OutcomeOf(handles[1].Err()); got != NotSent {
					t.Errorf("what is never sent is %v", got)
				}
				var ce *ConnError
				if !errors.As(handles[3].Err(), &ce) || ce.Command != "GET" {
					t.Errorf("the error is about %s", fmt.Sprint(handles[3].Err()))
				}
			}
			r.blame(&ConnError{Outcome: NotSent, Err: errors.New("refused")}, 0)
			for i, h := range handles {
				if OutcomeOf(h.Err()) != NotSent {
					t.Errorf("command %d is %v", i, h.Err())
				}
			}
		}
	}
}

// A pipeline that is refused again and again keeps only the last of its parts.
func TestPartsAreNotKept(t *testing.T) {
	t.Parallel()
	const times = 50
	heard := 0
	peer := testkit.Listen(t, func(_ int, words []string) string {
		if words[0] == "SET" {
			if heard++; heard < times {
				return "-LOADING wait\r\n"
			}
		}
		return "+OK\r\n"
	})
	c, err := New(Options{Addr: peer.Addr(), Protocol: 2, NoClientInfo: true, RetryFor: Forever,
		MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := c.Pipeline(NoTransaction)
	h := p.Set("a", 1)
	r := p.prepare()
	if err := r.do(t.Context()); err != nil || h.Err() != nil {
		t.Fatal(err, h.Err())
	}
	if _, attempts := r.where(); attempts != times || len(r.more) > 1 {
		t.Errorf("%d attempts, %d parts", attempts, len(r.more))
	}
}

// The time for which a server may be busy with a command is added to the time for its reply, even inside
// MULTI.
func TestBusyTimesAddUp(t *testing.T) {
	t.Parallel()
	rdb, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	for _, p := range []*Pipeline{rdb.Pipeline(), rdb.Pipeline(NoTransaction)} {
		p.Get("k")
		if p.b.blocks {
			t.Error("GET may be held back")
		}
		p.ClusterSetSlotNode(5, "id", ClusterSetSlotTimeout(time.Second))
		p.Do("CLUSTER SETSLOT", 5, "NODE", "id", "timeout", 2000)
		p.Do("CLUSTER", "SETSLOT", 5, "STABLE")
		p.Migrate("h", 1, []string{"k"}, 0, 4*time.Second)
		p.Do("migrate", "h", 1, "k", 0, 8000)
		if !p.b.blocks || p.b.wait != 15*time.Second {
			t.Errorf("blocks: %v, for %v, want 15 s", p.b.blocks, p.b.wait)
		}
	}
}
