package repeats_test

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/internal/testkit/ledger"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A listener is a client with RetryWrites, and a played server that loses the first reply to each call.
type listener struct {
	c *redpoll.Client

	mu    sync.Mutex
	heard [][]string
}

func newListener(t *testing.T, text redpoll.TextEncoding) *listener {
	t.Helper()
	l := new(listener)
	peer := testkit.Listen(t, func(_ int, words []string) string {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.heard = append(l.heard, words); len(l.heard) == 1 {
			return testkit.HangUp
		}
		return "-ERR heard again\r\n"
	})
	l.c = clients.New(t, redpoll.Options{Addr: peer.Addr(), Protocol: 2, NoClientInfo: true,
		RetryWrites: true,
		Text:        text, MinBackoff: time.Microsecond, MaxBackoff: time.Microsecond})
	return l
}

// call makes a call, and returns its words and whether it was sent again after its reply was lost.
func (l *listener) call(t *testing.T, put func(c *redpoll.Client)) (words []string, repeated bool) {
	t.Helper()
	l.mu.Lock()
	l.heard = nil
	l.mu.Unlock()
	put(l.c)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.heard) == 0:
		t.Fatal("nothing was sent")
	case len(l.heard) > 2:
		t.Fatalf("%q was sent %d times", l.heard[0], len(l.heard))
	case len(l.heard) == 2 && !slices.Equal(l.heard[0], l.heard[1]):
		t.Fatalf("%q was sent after %q", l.heard[1], l.heard[0])
	}
	return l.heard[0], len(l.heard) == 2
}

const (
	repeatSeed   = 1
	repeatTrials = 60
)

// Calls that RetryWrites repeats leave the same state if they run twice, and return the same data, for all
// arguments.
func TestRepeatedCallsLeaveTheSameState(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	s, l := newRepeatServer(t), newListener(t, nil)
	for name, m := range ledger.Methods {
		c, ok := repeatCases[name]
		if m.Info.Retry != command.RetryRepeatable {
			if ok {
				t.Errorf("%s is not repeatable, and has a case", name)
			}
			continue
		}
		if !ok {
			if !slices.ContainsFunc(onceTests, func(o onceTest) bool { return o.method == name }) {
				t.Errorf("%s is repeatable, and has neither a case here nor a row in onceTests", name)
			}
			continue
		}
		if !s.knows(m.Info.Name) {
			continue
		}
		h := fnv.New64()
		h.Write([]byte(name))
		d := &dice{rand.New(rand.NewPCG(repeatSeed, h.Sum64())), time.Now()}
		good, unknown := 0, false
		trials := repeatTrials
		if c.kinds == "" {
			trials = 5 // for methods with hardly any arguments
		}
		for trial := range trials {
			s.runAll(d.layOut(c.kinds, s.vectors))
			words, repeated := l.call(t, func(rdb *redpoll.Client) { c.put(rdb, d) })
			if !repeated {
				continue
			}
			fault, reply := s.twice(words, m.Counts, c.looks)
			if fault != "" {
				t.Errorf("%s, seed %d, trial %d: %q is repeated, but %s", name, repeatSeed, trial,
					words, fault)
				break
			}
			text, failed := reply.(redpolltest.Error)
			if !failed {
				good++
			}
			// words that only other servers know
			unknown = unknown || strings.Contains(string(text), "syntax error")
		}
		if good == 0 && !unknown && !t.Failed() {
			t.Errorf("%s: no call succeeded and was one that is repeated", name)
		}
	}
}

// Whether a call is repeated depends on its arguments.
func TestRepeatsDependOnArguments(t *testing.T) {
	t.Parallel()
	l := newListener(t, nil)
	for _, c := range onceTests {
		words, repeated := l.call(t, c.put)
		if name := ledger.Methods[c.method].Info.Name; !strings.HasPrefix(strings.Join(words, " ")+" ",
			name+" ") {
			t.Errorf("%q is not a call of %s", words, c.method)
		}
		if repeated != c.repeated {
			t.Errorf("%q: repeated is %v", words, repeated)
		}
	}
}

// question is a text encoding that has no form for some characters.
type question struct{}

func (question) AppendEncode(dst []byte, s string) ([]byte, error) {
	return append(dst, strings.NewReplacer("ä", "?", "ö", "?").Replace(s)...), nil
}

func (question) AppendDecode(dst, raw []byte) ([]byte, error) { return append(dst, raw...), nil }

// Keys are the same if they are the same on the wire.
func TestSourcesAreComparedAsTheyAreSent(t *testing.T) {
	t.Parallel()
	l := newListener(t, question{})
	for _, c := range []struct {
		put      func(c *redpoll.Client)
		repeated bool
	}{
		{func(c *redpoll.Client) { c.SDiffStore(background, "ä", "a", "ö") }, false},
		{func(c *redpoll.Client) { c.SDiffStore(background, "ä", "a", "b") }, true},
		{func(c *redpoll.Client) { c.JSONMSet(background, entry("ä", "$", 1), entry("ö", "$.a", 2)) }, false},
		{func(c *redpoll.Client) { c.JSONMSet(background, entry("ä", "$", 1)) }, true},
	} {
		if words, repeated := l.call(t, c.put); repeated != c.repeated {
			t.Errorf("%q: repeated is %v", words, repeated)
		}
	}
}

// Do does not look at arguments: it repeats all reads, and no write.
func TestDoRepeatsOnlyReads(t *testing.T) {
	t.Parallel()
	l := newListener(t, nil)
	for _, c := range []struct {
		words    string
		repeated bool
	}{
		{"GET k", true},
		{"ZRANGE k 0 -1", true},
		{"CONFIG GET *", true},
		{"SET k v", false},
		{"DEL k", false},
		{"SDIFFSTORE d a b", false},
		{"SORT k STORE k", false},
		{"SORT k", false},
		{"GEORADIUS k 1 2 3 km STORE k", false},
		{"ACL LOG RESET", false},
		{"ACL LOG", false},
		{"ACL LIST", true},
		{"XREAD BLOCK 0 STREAMS k $", false},
		{"TS.READ k $ BLOCK 0 1", false},
		{"FT.AGGREGATE i * WITHCURSOR", false},
		{"FT.SEARCH i *", true},
		{"FT.CURSOR READ i 1", false},
		{"NOSUCH k", false},
	} {
		var args []any
		for _, w := range strings.Fields(c.words) {
			args = append(args, w)
		}
		if _, repeated := l.call(t, func(rdb *redpoll.Client) {
			rdb.Do(background,
				args...)
		}); repeated != c.repeated {
			t.Errorf("%s: repeated is %v", c.words, repeated)
		}
	}
}

// Calls that are not repeated because of their arguments have a reason: a second execution changes something,
// or hides the data.
func TestArgumentsThatForbidRepeats(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	s, l := newRepeatServer(t), newListener(t, nil)
	for i, c := range onceWorks {
		t.Run(c.method+" "+strconv.Itoa(i), func(t *testing.T) {
			m, known := ledger.Methods[c.method]
			if !known {
				t.Fatal("there is no such method")
			}
			list := [][]string{{"FLUSHALL"}}
			for line := range strings.Lines(c.before) {
				list = append(list, strings.Fields(line))
			}
			s.runAll(slices.DeleteFunc(list, func(words []string) bool { return len(words) == 0 }))
			words, repeated := l.call(t, c.put)
			if repeated {
				t.Errorf("%q is repeated", words)
			}
			if m.Info.Retry != command.RetryRepeatable {
				t.Errorf("%s is never repeated", c.method)
			}
			fault, one := s.twice(words, m.Counts, "")
			if fault == "" {
				t.Errorf("%q may run twice: %q", words, one)
			}
		})
	}
}
