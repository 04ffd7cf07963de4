package large_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// A command that a server refused for now is sent again with its own large arguments, whatever stands in
// front of it in the pipeline. A []byte may be changed as soon as the command is queued.
func TestLargeIsSentAgain(t *testing.T) {
	t.Parallel()
	type pairs map[string]string
	one, two, three := string(noise(70<<10, 1)), string(noise(100_000, 2)), string(noise(64<<10, 3))
	set := func(key, value string) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.Set(key, value) }
	}
	bytesOf := func(key, value string) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) {
			b := []byte(value)
			p.Set(key, b)
			clear(b)
		}
	}
	mset := func(words ...any) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.MSet(words...) }
	}
	for name, tt := range map[string]struct {
		queue   []func(p *redpoll.Pipeline)
		refused []int
		again   string // keys of the second attempt, in order
		want    pairs
	}{
		"behind a small one": {
			[]func(p *redpoll.Pipeline){set("a", "small"), set("b", one)}, []int{1}, "b",
			pairs{"a": "small", "b": one},
		},
		"the second of two": {
			[]func(p *redpoll.Pipeline){set("a", one), set("b", two)}, []int{1},
			"b", pairs{"a": one, "b": two},
		},
		"the first of two": {
			[]func(p *redpoll.Pipeline){set("a", one), set("b", two)}, []int{0},
			"a", pairs{"a": one, "b": two},
		},
		"a []byte": {
			[]func(p *redpoll.Pipeline){set("a", one), bytesOf("b", two)}, []int{1}, "b",
			pairs{"a": one, "b": two},
		},
		"a []byte between two strings": {
			[]func(p *redpoll.Pipeline){set("a", one), bytesOf("b", two), set("c", three)}, []int{1, 2},
			"b c", pairs{"a": one, "b": two, "c": three},
		},
		"all but one in the middle": {
			[]func(p *redpoll.Pipeline){set("a", one), set("b", "small"), set("c", two), set("d", three)},
			[]int{0, 1, 3}, "a b d",
			pairs{"a": one, "b": "small", "c": two, "d": three},
		},
		"a small one between large ones": {
			[]func(p *redpoll.Pipeline){set("a", one), set("b", "small"), set("c", two)}, []int{1}, "b",
			pairs{"a": one, "b": "small", "c": two},
		},
		"several in one command": {
			[]func(p *redpoll.Pipeline){set("a", one), mset("b", two, "c", "small", "d",
				three), set("e", one), mset("f", three, "g", two)}, []int{1, 3}, "b f",
			pairs{"a": one, "b": two, "c": "small", "d": three, "e": one, "f": three, "g": two},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			got, asked, again := pairs{}, 0, []string(nil)
			s := testkit.Listen(t, func(n int, words []string) string {
				if !strings.HasSuffix(words[0], "SET") {
					return testkit.Friendly(n, words)
				}
				mu.Lock()
				defer mu.Unlock()
				i := asked
				if asked++; i >= len(tt.queue) {
					again = append(again, words[1])
				}
				for _, r := range tt.refused {
					if i == r {
						return "-LOADING Redis is loading the dataset in memory\r\n"
					}
				}
				for k := 1; k+1 < len(words); k += 2 {
					got[words[k]] = words[k+1]
				}
				return "+OK\r\n"
			})
			rdb := clients.New(t, redpoll.Options{Addr: s.Addr(), MinBackoff: time.Millisecond})
			p := rdb.Pipeline(redpoll.NoTransaction)
			for _, queue := range tt.queue {
				queue(p)
			}
			if err := p.Exec(t.Context()); err != nil {
				t.Error(err)
			}
			for _, r := range p.Results() {
				if r.Err != nil {
					t.Error(r.Err)
				}
			}
			clients.Usable(t, rdb)
			mu.Lock()
			defer mu.Unlock()
			if keys := strings.Join(again, " "); keys != tt.again || len(got) != len(tt.want) {
				t.Errorf("sent again: %q, want %q; %d values arrived", keys, tt.again, len(got))
			}
			for key, want := range tt.want {
				if got[key] != want {
					t.Errorf("%s has %d bytes that are not the %d of its caller",
						key, len(got[key]), len(want))
				}
			}
		})
	}
}
