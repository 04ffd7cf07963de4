package route

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// batch is a pipeline that keeps only error replies.
type batch struct {
	commands []string // each with its words, separated by blanks
	atomic   bool
	refusals []string
	parts    []*part
	gone     *conn.GaveUp // of the last part that was given up
	goneFrom []int        // the commands of this part
}

func newBatch(commands ...string) *batch {
	return &batch{commands: commands, refusals: make([]string, len(commands))}
}

func (b *batch) Atomic() bool         { return b.atomic }
func (b *batch) Len() int             { return len(b.commands) }
func (b *batch) Refusal(i int) string { return b.refusals[i] }
func (b *batch) Refused() bool        { return strings.Join(b.refusals, "") != "" }

func (b *batch) Command(i int) *command.Info { return command.Lookup(strings.Fields(b.commands[i])[0]) }

func (b *batch) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	w, _ := wire.Begin(resp.AppendCommand(nil, strings.Fields(b.commands[i])...), nil, 0)
	return b.Command(i).AppendKeys(dst, w)
}

func (b *batch) Channel(int) ([]byte, bool) { return nil, false }
func (b *batch) Split([]int) Batch          { panic("nothing splits it") }

// Fail is for routers that keep copies.
func (b *batch) Fail(int, *conn.Call) {}

func (b *batch) Part(commands []int) Part {
	if commands == nil {
		for i := range b.commands {
			commands = append(commands, i)
		}
	}
	p := &part{b: b, commands: commands}
	p.call.Reset()
	p.call.Sink, p.call.Replies = p, len(commands)
	for _, i := range commands {
		p.call.Wire = resp.AppendCommand(p.call.Wire, strings.Fields(b.commands[i])...)
	}
	b.parts = append(b.parts, p)
	return p
}

// part is a part of a batch.
type part struct {
	b        *batch
	commands []int
	call     conn.Call
}

func (p *part) Call() *conn.Call { return &p.call }
func (p *part) Refused() bool {
	return slices.ContainsFunc(p.commands, func(i int) bool { return p.b.refusals[i] != "" })
}
func (p *part) GaveUp(gone *conn.GaveUp)      { p.b.gone, p.b.goneFrom = gone, p.commands }
func (p *part) Decode([]byte)                 { panic("a batch has several replies") }
func (p *part) Release()                      {}
func (p *part) Expect(int, int) (string, int) { return "", 0 }
func (p *part) Expected(int)                  {}

func (p *part) Take(i int, frame []byte) error {
	d := resp.NewDecoder(frame)
	text := ""
	if d.IsError() {
		text, _ = d.ErrorText()
	}
	p.b.refusals[p.commands[i]] = text
	return nil
}

// answering is a router and chooser to a played server. The n-th time that a command is sent, the server
// answers with the n-th text of the command, and repeats the last text after that. The text "" means a reply
// that is not an error.
type answering struct {
	Router
	b       *batch
	answers map[string][]string // by command name
	before  func(sending int, call *conn.Call) (gone *conn.GaveUp)
	sent    [][]int
	times   map[string]int
}

func (r *answering) Start(_ context.Context, call *conn.Call) (bool, *conn.GaveUp) {
	p := call.Sink.(*part)
	r.sent = append(r.sent, p.commands)
	if r.before != nil {
		if gone := r.before(len(r.sent), call); gone != nil || call.Err != nil {
			return false, gone
		}
	}
	for _, i := range p.commands {
		name := r.b.commands[i]
		r.b.refusals[i] = ""
		if list := r.answers[name]; list != nil {
			r.b.refusals[i] = list[min(r.times[name], len(list)-1)]
		}
		r.times[name]++
	}
	return false, nil
}

func (r *answering) lend(context.Context, *conn.Call, verdict) (lease, error) { panic("not asked") }
func (r *answering) node() string                                             { return "n:1" }

func (r *answering) judge(_ *conn.Conn, _ *command.Info, refusal string) verdict {
	if Transient(refusal) {
		return verdict{do: wait}
	}
	return verdict{}
}

func newAnswering(b *batch, answers map[string][]string) *answering {
	return &answering{b: b, answers: answers, times: make(map[string]int)}
}

// After refusals for now, a pipeline sends a refused command again if it does not change places with an
// executed command.
func TestBatchSendsRefusedAgain(t *testing.T) {
	t.Parallel()
	const loading = "LOADING wait"
	for _, c := range []struct {
		name     string
		commands []string
		refused  []int // refused for now, at first
		again    []int
	}{
		{"nothing refused", []string{"SET a 1", "SET b 1"}, nil, nil},
		{"all", []string{"SET a 1", "SET b 1", "INCR a"}, []int{0, 1, 2}, []int{0, 1, 2}},
		{"one, its key alone", []string{"SET a 1", "SET b 1", "SET c 1"}, []int{1}, []int{1}},
		{"one behind another on its key", []string{"SET a 1", "INCR a"}, []int{1}, []int{1}},
		{"one overtaken on its key", []string{"SET a 1", "INCR a"}, []int{0}, nil},
		{"one overtaken by a read of its key", []string{"SET a 1", "GET a"}, []int{0}, nil},
		{"a read overtaken by a write", []string{"GET a", "SET a 1"}, []int{0}, nil},
		{"one of several keys was overtaken", []string{"MSET a 1 b 1", "SET b 2"}, []int{0}, nil},
		{"overtaken by one of several keys", []string{"SET b 1", "DEL a b"}, []int{0}, nil},
		{"some of each", []string{"SET a 1", "SET b 1", "INCR a", "SET c 1", "GET b"}, []int{0, 1, 3},
			[]int{3}},
		{"two of one key, none between", []string{"SET a 1", "SET b 1", "INCR a"}, []int{0, 2}, []int{0, 2}},
		{"two of one key, one between", []string{"SET a 1", "INCR a", "INCRBY a 2"}, []int{0, 2}, []int{2}},
		{"behind a command without keys", []string{"PING", "SET a 1"}, []int{1}, []int{1}},
		{"in front of one that reads", []string{"SET a 1", "PING"}, []int{0}, []int{0}},
		{"in front of a write without keys", []string{"SET a 1", "FLUSHALL"}, []int{0}, nil},
		{"a write without keys, overtaken", []string{"FLUSHALL", "SET a 1"}, []int{0}, nil},
		{"a write without keys, by itself", []string{"SET a 1", "FLUSHALL"}, []int{1}, []int{1}},
		{"a write without keys, and PING", []string{"FLUSHALL", "PING"}, []int{0}, []int{0}},
		{"in front of a script", []string{"SET a 1", "EVAL x 1 b"}, []int{0}, nil},
		{"a script, overtaken on another key", []string{"EVAL x 1 b", "SET a 1"}, []int{0}, nil},
		{"a script, behind", []string{"SET a 1", "EVAL x 1 b"}, []int{1}, []int{1}},
		{"in front of an unknown command", []string{"SET a 1", "NOBODYKNOWS"}, []int{0}, nil},
		{"an unknown command, overtaken", []string{"NOBODYKNOWS", "SET a 1"}, []int{0}, nil},
		{"an unknown command, behind", []string{"SET a 1", "NOBODYKNOWS"}, []int{1}, []int{1}},
		{"keys that nobody can tell", []string{"SET a 1", "ZUNION 9 b"}, []int{0}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBatch(c.commands...)
			answers := make(map[string][]string)
			for i, name := range c.commands {
				if slices.Contains(c.refused, i) {
					answers[name] = []string{loading, ""}
				}
			}
			r := newAnswering(b, answers)
			sendBatch(t.Context(), &Policy{For: Forever}, r, r, b, nil)
			want := [][]int{numbers(len(c.commands))}
			if c.again != nil {
				want = append(want, c.again)
			}
			if fmt.Sprint(r.sent) != fmt.Sprint(want) {
				t.Errorf("sent %v, want %v", r.sent, want)
			}
			for i := range c.commands {
				refused := slices.Contains(c.refused, i) && !slices.Contains(c.again, i)
				if (b.refusals[i] != "") != refused || b.gone != nil {
					t.Errorf("command %d ends with %q", i, b.refusals[i])
				}
			}
		})
	}
}

// numbers returns 0 to n-1.
func numbers(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

// A command with a final refusal counts as executed for the order of commands, and is not sent again.
func TestBatchRefusedForGood(t *testing.T) {
	t.Parallel()
	b := newBatch("SET a 1", "SET b 1", "LPUSH a x")
	r := newAnswering(b, map[string][]string{"SET a 1": {"LOADING x"}, "SET b 1": {"LOADING x", ""},
		"LPUSH a x": {"WRONGTYPE x"}})
	sendBatch(t.Context(), &Policy{For: Forever}, r, r, b, nil)
	if fmt.Sprint(r.sent) != "[[0 1 2] [1]]" ||
		fmt.Sprintf("%q", b.refusals) != `["LOADING x" "" "WRONGTYPE x"]` {
		t.Errorf("sent %v, refusals %q", r.sent, b.refusals)
	}
}

// onceMore sends a command that did not run once more: its pauses last half a second to one second.
var onceMore = Policy{For: time.Second, Min: time.Second, Most: time.Second}

// Refused commands are sent again until the policy's bounds are reached, each time only those still refused.
func TestBatchBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy   Policy
		deadline time.Duration
		atomic   bool
		want     string // start of the list of sent parts
		took     time.Duration
	}{
		"no repeats": {Policy{Max: 3}, 0, false, "[[0 1]]", 0},
		"once more":  {onceMore, 0, false, "[[0 1] [0 1]]", onceMore.For},
		"several times": {Policy{For: 5 * time.Second}, 0, false, "[[0 1] [0 1] [1] [1] [1]",
			5 * time.Second},
		"a far deadline": {Policy{For: 5 * time.Second}, time.Hour, false,
			"[[0 1] [0 1] [1] [1] [1]", 5 * time.Second},
		"a near deadline": {Policy{For: Forever}, 5 * time.Second, false, "[[0 1] [0 1] [1] [1] [1]",
			5 * time.Second},
		"never between MULTI ...": {onceMore, 0, true, "[[0 1]]", 0},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				c.policy.Min, c.policy.Most = time.Second, time.Second
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				b := newBatch("SET a 1", "SET b 1")
				b.atomic = c.atomic
				r := newAnswering(b, map[string][]string{"SET a 1": {"LOADING x", ""},
					"SET b 1": {"LOADING x"}})
				began := time.Now()
				sendBatch(ctx, &c.policy, r, r, b, nil)
				if got := fmt.Sprint(r.sent); !strings.HasPrefix(got, c.want) {
					t.Errorf("sent %v, want %v", got, c.want)
				}
				testkit.Took(t, "the pauses", began, max(0, c.took-time.Second), c.took)
			})
		})
	}
}

// A pipeline can end by the context, by the client or by a failure; each gives its own outcome.
func TestBatchEnds(t *testing.T) {
	gone := &conn.GaveUp{Err: context.Canceled, Outcome: conn.MaybeExecuted}
	for _, c := range []struct {
		name   string
		before func(sending int, call *conn.Call) *conn.GaveUp
		want   string // the sent parts
		gone   *conn.GaveUp
	}{
		{"given up at once", func(int, *conn.Call) *conn.GaveUp { return gone }, "[[0 1]]", gone},
		{"given up later", func(n int, _ *conn.Call) *conn.GaveUp {
			if n == 2 {
				return gone
			}
			return nil
		}, "[[0 1] [0 1]]", gone},
		{"failed at once", func(_ int, call *conn.Call) *conn.GaveUp {
			call.NotSent("n:1", errCut, conn.PhaseQueue)
			return nil
		}, "[[0 1]]", nil},
		{"failed later", func(n int, call *conn.Call) *conn.GaveUp {
			if n == 2 {
				call.NotSent("n:1", errCut, conn.PhaseQueue)
			}
			return nil
		}, "[[0 1] [0 1]]", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBatch("SET a 1", "SET b 1")
			r := newAnswering(b, map[string][]string{"SET a 1": {"LOADING x"}, "SET b 1": {"LOADING x"}})
			r.before = c.before
			sendBatch(t.Context(), &Policy{For: Forever}, r, r, b, nil)
			last := b.parts[len(b.parts)-1].Call()
			if fmt.Sprint(r.sent) != c.want || b.gone != c.gone ||
				c.gone == nil && !errors.Is(last.Err, errCut) {
				t.Errorf("sent %v, gave up %v, error %v", r.sent, b.gone, last.Err)
			}
		})
	}
}

// If the context ends during a pause, only the commands that were to be sent again are given up, and they did
// not run.
func TestBatchContextEndsInThePause(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		b := newBatch("SET a 1", "SET b 1")
		r := newAnswering(b, map[string][]string{"SET b 1": {"LOADING x"}})
		p := &Policy{For: Forever, Min: time.Minute, Most: time.Minute}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sendBatch(ctx, p, r, r, b, nil)
		var cause *Refusal
		if b.gone == nil || b.gone.Outcome != conn.NotSent || !errors.As(b.gone, &cause) ||
			cause.Text != "LOADING x" ||
			!errors.Is(b.gone, context.DeadlineExceeded) || fmt.Sprint(b.goneFrom) != "[1]" {
			t.Errorf("gave up %v of %v", b.gone, b.goneFrom)
		}
		if len(r.sent) != 1 {
			t.Errorf("sent %v", r.sent)
		}
	})
}

// If an earlier attempt may have run, the commands given up in a pause may have run too.
func TestBatchThatMayHaveRunEndsInThePause(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		b := newBatch("GET a")
		r := newAnswering(b, map[string][]string{"GET a": {"LOADING x"}})
		r.before = func(_ int, call *conn.Call) *conn.GaveUp {
			call.MayRun = true
			return nil
		}
		p := &Policy{For: Forever, Min: time.Minute, Most: time.Minute}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sendBatch(ctx, p, r, r, b, nil)
		if b.gone == nil || b.gone.Outcome != conn.MaybeExecuted {
			t.Errorf("gave up %v", b.gone)
		}
	})
}

// Repeats of the first attempt and repeats of refused commands count together.
func TestBatchCountsAllRepeats(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		b := newBatch("GET a")
		r := newAnswering(b, map[string][]string{"GET a": {"LOADING x"}})
		r.before = func(n int, call *conn.Call) *conn.GaveUp {
			if n == 1 {
				call.Repeats = 2
			}
			return nil
		}
		sendBatch(t.Context(), &onceMore, r, r, b, nil)
		if len(r.sent) != 2 || b.parts[1].call.Repeats != 3 {
			t.Errorf("sent %v, %d repeats", r.sent, b.parts[len(b.parts)-1].call.Repeats)
		}
	})
}

// Closing the client ends the pauses.
func TestBatchClientCloses(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		over := make(chan struct{})
		close(over)
		b := newBatch("SET a 1")
		r := newAnswering(b, map[string][]string{"SET a 1": {"LOADING x", "LOADING x", ""}})
		p := &Policy{For: Forever, Min: time.Minute, Most: time.Minute}
		began := time.Now()
		sendBatch(t.Context(), p, r, r, b, over)
		testkit.Took(t, "the end", began, 0, 0)
	})
}

// If an earlier attempt may have run, a refusal of all commands for now does not say what became of that
// attempt.
func TestBatchMayHaveRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mayRun  bool
		answers map[string][]string
		unknown bool
	}{
		"it may, and all are refused": {true,
			map[string][]string{"SET a 1": {"LOADING x"}, "SET b 1": {"LOADING x"}}, true},
		"it may, and some are refused": {true, map[string][]string{"SET b 1": {"LOADING x"}}, false},
		"it may, and none is refused":  {true, nil, false},
		"it may not": {false,
			map[string][]string{"SET a 1": {"LOADING x"}, "SET b 1": {"LOADING x"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatch("SET a 1", "SET b 1")
			r := newAnswering(b, c.answers)
			r.before = func(n int, call *conn.Call) *conn.GaveUp {
				call.MayRun = c.mayRun && n == 1
				return nil
			}
			testkit.Bubble(t, func(t *testing.T) { sendBatch(t.Context(), &onceMore, r, r, b, nil) })
			last := b.parts[0] // the part of the whole pipeline
			if !c.unknown {
				if last.call.Err != nil || b.gone != nil {
					t.Errorf("error %v", last.call.Err)
				}
				return
			}
			var cause *Refusal
			if !errors.As(last.call.Err, &cause) || last.call.Outcome != conn.MaybeExecuted ||
				last.call.Sent != len(last.call.Wire) || len(last.commands) != 2 {
				t.Errorf("error %v, outcome %v, %d bytes sent", last.call.Err, last.call.Outcome,
					last.call.Sent)
			}
		})
	}
}

// With a real router, refused commands go out again on the same way, in order.
func TestBatchOverASingle(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *Single, s *testkit.Played) {
		r.Policy.For = time.Second
		refused := map[string]bool{"b": true, "c": true}
		s.Answer = func(_ int, words []string) string {
			if refused[words[1]] {
				refused[words[1]] = false
				return "-LOADING wait\r\n"
			}
			return "+OK\r\n"
		}
		b := newBatch("SET a 1", "SET b 1", "SET c 1", "SET d 1")
		r.Batch(t.Context(), b)
		s.Expect(t, "SET a 1", "SET b 1", "SET c 1", "SET d 1", "SET b 1", "SET c 1")
		if b.Refused() || b.gone != nil {
			t.Errorf("refusals %q, gave up %v", b.refusals, b.gone)
		}
	})
}

// sendBatch sends a pipeline as Single.Batch does.
func sendBatch(ctx context.Context, p *Policy, r Router, ch chooser, b Batch, over <-chan struct{}) {
	part := b.Part(nil)
	call := part.Call()
	if gone := Do(ctx, r, call); gone != nil {
		part.GaveUp(gone)
	} else if call.Err == nil && !b.Atomic() {
		p.resend(ctx, ch, func(ctx context.Context, call *conn.Call, _ verdict, _ *attempts) *conn.GaveUp {
			return Do(ctx, r, call)
		}, b, []sentPart{{call: call}}, over)
	}
}
