package slot

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

// The slots are those that servers give (CLUSTER KEYSLOT).
func TestOf(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{
		"123456789": 12739, "foo": 12182, "bar": 5061, "hello": 866, "": 0,
		"{user1000}.following": 3443, "user1000": 3443,
		"{}x": 10595, "{": 4092, "}{": 12793, "a{}{b}": 15033, "a}b{c": 13587, "foo{}{bar}": 8363,
		"foo{{bar}}zap": Of([]byte("{bar")), "foo{bar}{zap}": 5061,
	} {
		if got := Of([]byte(key)); got != want {
			t.Errorf("%q has slot %d, want %d", key, got, want)
		}
	}
	if Of([]byte("a{b}c{d}")) != Of([]byte("b")) || Of([]byte("\xff{\x00\r\n}")) != Of([]byte("\x00\r\n")) {
		t.Error("the first tag does not count alone")
	}
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func list(items ...string) string {
	return fmt.Sprintf("*%d\r\n", len(items)) + strings.Join(items, "")
}

func number(n int) string { return fmt.Sprintf(":%d\r\n", n) }

func node(host string, port int, id string) string {
	return list(bulk(host), number(port), bulk(id), "*0\r\n")
}

func span(first, last int, nodes ...string) string {
	return list(append([]string{number(first), number(last)}, nodes...)...)
}

func TestParseLayout(t *testing.T) {
	t.Parallel()
	null := list("$-1\r\n", number(7003), bulk("c"))
	for name, tt := range map[string]struct{ reply, want string }{
		"two ranges": {
			list(span(0, 5, node("h1", 7000, "a"), node("h2", 7001, "b")),
				span(6, Count-1, node("h3", 7002, "c"))),
			"0-5 h1:7000 a [h2:7001]; 6-16383 h3:7002 c []; 16384"},
		"one slot, at the end": {
			list(span(Count-1, Count-1, node("h1", 7000, "a"))), "16383-16383 h1:7000 a []; 1"},
		"a host that is not known": {
			list(span(0, 1, node("", 7000, "a"))), "0-1 asked:7000 a []; 2"},
		"a host that is null": {list(span(0, 1, null)), "0-1 asked:7003 c []; 2"},
		"IPv6": {
			list(span(0, 1, node("2001:db8::1", 7000, "a"))), "0-1 [2001:db8::1]:7000 a []; 2"},
		"no ID": {
			list(span(0, 1, list(bulk("h"), number(1)))), "0-1 h:1  []; 2"},
		"a primary that is not known": {
			list(span(0, 1, node("?", 7000, "a")), span(2, 2, node("h", 1, "b"))), "2-2 h:1 b []; 1"},
		"port 0":  {list(span(0, 1, node("h", 0, "a"))), errEmpty.Error()},
		"nothing": {"*0\r\n", errEmpty.Error()},
		"null":    {"*-1\r\n", "error"},
		"two owners": {
			list(span(0, 5, node("h", 1, "a")), span(5, 6, node("i", 1, "b"))),
			errOverlap.Error() + ": 5"},
		"a range that ends too early": {
			list(span(5, 4, node("h", 1, "a"))), "5-4 is not a range of slots"},
		"a slot that does not exist": {
			list(span(5, Count, node("h", 1, "a"))), "5-16384 is not a range of slots"},
		"a slot below 0": {
			list(span(-1, 4, node("h", 1, "a"))), "-1-4 is not a range of slots"},
		"a range without nodes": {list(span(0, 1)), "a range has 2 fields"},
		"a range with more nodes than a cluster has": {
			list(span(0, 1, slices.Repeat([]string{node("h", 1, "a")}, 1001)...)), "a range has 1003 fields"},
		"a million nodes":               {list("*1000000\r\n:0\r\n:1\r\n"), "error"},
		"a million ranges":              {"*1000000\r\n", "error"},
		"a number in place of a node":   {list(span(0, 1, ":1\r\n")), "error"},
		"a status":                      {"+OK\r\n", "error"},
		"a text in the place of a port": {list(span(0, 1, list(bulk("h"), bulk("x")))), "error"},
	} {
		l, err := ParseLayout([]byte(tt.reply), "asked:1")
		got := ""
		for _, r := range l.Ranges {
			var replicas []string
			for _, n := range r.Replicas {
				replicas = append(replicas, n.Addr)
			}
			got += fmt.Sprintf("%d-%d %s %s %v; ", r.First, r.Last, r.Primary.Addr, r.Primary.ID, replicas)
		}
		got += fmt.Sprint(l.Covered)
		if err != nil {
			if got = err.Error(); tt.want == "error" {
				continue
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestParseRedirect(t *testing.T) {
	t.Parallel()
	for refusal, want := range map[string]string{
		"MOVED 3999 127.0.0.1:6381": "{false 3999 127.0.0.1:6381}",
		"ASK 0 host:1":              "{true 0 host:1}",
		"MOVED 3999 :6380":          "{false 3999 from:6380}",
		"MOVED 1 2001:db8::1:6379":  "{false 1 [2001:db8::1]:6379}",
		"ASK 1 [2001:db8::1]:6379":  "{true 1 [2001:db8::1]:6379}",
		"MOVED 1 ?:6379":            "",
		"MOVED 16384 h:1":           "",
		"MOVED -1 h:1":              "",
		"MOVED 1 h:0":               "",
		"MOVED 1 h:65536":           "",
		"MOVED 1 h":                 "",
		"MOVED 1":                   "",
		"MOVED":                     "",
		"MOVED x h:1":               "",
		"MOVEDX 1 h:1":              "",
		"ERR MOVED 1 h:1":           "",
	} {
		got := ""
		if r, ok := ParseRedirect(refusal, "from:1"); ok {
			got = fmt.Sprint(r)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", refusal, got, want)
		}
	}
}

func FuzzParseLayout(f *testing.F) {
	f.Add([]byte(list(span(0, 5, node("h1", 7000, "a"), node("h2", 7001, "b")))))
	f.Add([]byte("*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$-1\r\n:1\r\n"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		frame, err := resp.NewReader(bytes.NewReader(frame), 64, resp.Limits{}).ReadFrame()
		if err != nil {
			return
		}
		l, err := ParseLayout(frame, "asked:1")
		if err != nil {
			return
		}
		n := 0
		for _, r := range l.Ranges {
			if r.First < 0 || r.Last < r.First || r.Last >= Count {
				t.Fatalf("%d-%d", r.First, r.Last)
			}
			n += r.Last - r.First + 1
		}
		if n != l.Covered || n > Count {
			t.Fatalf("%d slots are covered, and %d counted", n, l.Covered)
		}
	})
}
