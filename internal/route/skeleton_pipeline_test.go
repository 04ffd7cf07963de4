package route

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// script is a pipeline as a router sees it.
type script struct {
	commands []*textCall
}

type scriptPart struct {
	call conn.Call
	s    *script
	of   []int
	gone *conn.GaveUp
}

func (s *script) Atomic() bool                { return false }
func (s *script) Len() int                    { return len(s.commands) }
func (s *script) Command(i int) *command.Info { return s.commands[i].call.Info }
func (s *script) AppendKeys(dst [][]byte, i int) ([][]byte, error) {
	w, _ := wire.Begin(s.commands[i].call.Wire, nil, 0)
	return s.commands[i].call.Info.AppendKeys(dst, w)
}
func (s *script) Channel(int) ([]byte, bool) { return nil, false }
func (s *script) Split([]int) Batch          { panic("nothing splits it") }
func (s *script) Refusal(i int) string       { return s.commands[i].call.Refusal }
func (p *scriptPart) Call() *conn.Call       { return &p.call }
func (p *scriptPart) Refused() bool {
	return slices.ContainsFunc(p.of, func(i int) bool { return p.s.commands[i].call.Refused() })
}
func (p *scriptPart) GaveUp(gone *conn.GaveUp)              { p.gone = gone }
func (p *scriptPart) Decode([]byte)                         {}
func (p *scriptPart) Release()                              {}
func (p *scriptPart) Expect(int, int) (frame string, n int) { return "", 0 }
func (p *scriptPart) Expected(int)                          {}

// Fail is for routers that keep copies.
func (s *script) Fail(int, *conn.Call) {}

func (s *script) Part(which []int) Part {
	p := &scriptPart{s: s, of: which}
	if which == nil {
		for i := range s.commands {
			p.of = append(p.of, i)
		}
	}
	p.call.Reset()
	p.call.Sink, p.call.Info, p.call.Replies = p, &command.Info{Name: "pipeline"}, len(p.of)
	for _, i := range p.of {
		p.call.Wire = append(p.call.Wire, s.commands[i].call.Wire...)
	}
	return p
}

func (p *scriptPart) Take(i int, frame []byte) error {
	c := p.s.commands[p.of[i]]
	d := resp.NewDecoder(frame)
	if d.IsError() {
		text, _ := d.ErrorText()
		c.call.Refuse(text)
		return nil
	}
	c.call.Again()
	c.got = string(frame)
	return nil
}

// batch sends a pipeline to one node, and its refused commands to where the verdicts say.
func (s *slots) batch(ctx context.Context, p *Policy, b Batch) {
	part := b.Part(nil)
	call := part.Call()
	if _, gone := p.retry(ctx, s, call, nil, nil); gone != nil {
		part.GaveUp(gone)
		return
	}
	p.resend(ctx, s, func(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp {
		_, gone := p.loop(ctx, s, call, nil, v, tried)
		return gone
	}, b, []sentPart{{call: call}}, nil)
}

// outcomes returns the outcomes of the commands of a pipeline.
func (s *script) outcomes() string {
	var got []string
	for _, c := range s.commands {
		got = append(got, c.outcome())
	}
	return strings.Join(got, "|")
}

// Order O4 over several nodes: each refused command of a pipeline goes where its refusal says. MOVED goes in
// one part per node, ASK with ASKING in front of each command, TRYAGAIN to the same node again.
func TestSkeletonPipelineRedirected(t *testing.T) {
	t.Parallel()
	var b *playedNode
	tried := false
	ok := func(args []string) string { return "+OK\r\n" }
	b = newNode(t, ok)
	a := newNode(t, func(args []string) string {
		switch key := args[1]; {
		case key[0] == 'm':
			return moved(key, b)
		case key[0] == 'q':
			return asked(key, b)
		case key[0] == 't' && !tried:
			tried = true
			return "-TRYAGAIN x\r\n"
		}
		return "+OK\r\n"
	})
	s := newSlots(nil, a, b)
	p := &script{}
	for _, key := range []string{"a", "m1", "c", "q1", "t", "m2", "q2"} {
		p.commands = append(p.commands, newTextCall("SET", key, "v"))
	}
	s.batch(t.Context(), skeletonPolicy, p)
	if got, want := p.outcomes(), "+OK|+OK|+OK|+OK|+OK|+OK|+OK"; got != want {
		t.Errorf("the commands end as %s", got)
	}
	if got, want := a.asked(),
		"SET a v|SET m1 v|SET c v|SET q1 v|SET t v|SET m2 v|SET q2 v|SET t v"; got != want {
		t.Errorf("a heard %s, want %s", got, want)
	}
	if got, want := b.asked(), "SET m1 v|SET m2 v|ASKING|SET q1 v|ASKING|SET q2 v"; got != want {
		t.Errorf("b heard %s, want %s", got, want)
	}
}

// Commands on one key keep their order through redirects of different kinds.
func TestSkeletonPipelineKeepsOrder(t *testing.T) {
	t.Parallel()
	b := newNode(t, func([]string) string { return "+OK\r\n" })
	n := 0
	a := newNode(t, func(args []string) string {
		if n++; n == 2 {
			return asked(args[1], b)
		}
		return moved(args[1], b)
	})
	s := newSlots(nil, a, b)
	p := &script{}
	for i := range 3 {
		p.commands = append(p.commands, newTextCall("SET", "k", strconv.Itoa(i+1)))
	}
	s.batch(t.Context(), skeletonPolicy, p)
	if got, want := b.asked(), "SET k 1|ASKING|SET k 2|SET k 3"; got != want ||
		p.outcomes() != "+OK|+OK|+OK" {
		t.Errorf("b heard %s, want %s; outcomes %s", got, want, p.outcomes())
	}
}

// A pipeline that two nodes redirect to each other ends after the bound.
func TestSkeletonPipelineRedirectsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	var a, b *playedNode
	a = newNode(t, func(args []string) string { return moved(args[1], b) })
	b = newNode(t, func(args []string) string { return moved(args[1], a) })
	s := newSlots(nil, a, b)
	p := &script{commands: []*textCall{newTextCall("SET", "k", "v"), newTextCall("SET", "l", "v")}}
	s.batch(t.Context(), &Policy{For: Forever, Min: time.Millisecond, Most: time.Millisecond}, p)
	if got := strings.Count(a.asked()+b.asked(), "SET k v"); got != maxMoves+1 ||
		!strings.HasPrefix(p.outcomes(), "-MOVED") {
		t.Errorf("sent %d times, outcomes %s", got, p.outcomes())
	}
}

// The commands that a node refused are sent again in order, and only these; a READONLY in the middle does not
// affect the other commands.
func TestSkeletonPipeline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first string
		again string
		want  string
	}{
		"[ok, READONLY, ok]": {"+1|-READONLY no|+3", "SET k2 v", "+1|+OK|+3"},
		"[ok, TRYAGAIN, ok, TRYAGAIN, ok]": {"+1|-TRYAGAIN x|+3|-TRYAGAIN x|+5", "SET k2 v|SET k4 v",
			"+1|+OK|+3|+OK|+5"},
		"[READONLY, MISCONF]":              {"-READONLY no|-MISCONF x", "SET k1 v", "+OK|-MISCONF x"},
		"[READONLY, READONLY], as a whole": {"-READONLY no|-READONLY no", "SET k1 v|SET k2 v", "+OK|+OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := strings.Split(tt.first, "|")
			total := len(answers)
			a := newNode(t, func([]string) string {
				if len(answers) > 0 {
					answer := answers[0]
					answers = answers[1:]
					return answer + "\r\n"
				}
				return "+OK\r\n"
			})
			s := newSlots(nil, a)
			b := &script{}
			for i := range total {
				b.commands = append(b.commands, newTextCall("SET", "k"+strconv.Itoa(i+1), "v"))
			}
			s.batch(t.Context(), skeletonPolicy, b)
			if got := b.outcomes(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			heard := strings.Split(a.asked(), "|")
			if again := strings.Join(heard[total:], "|"); again != tt.again {
				t.Errorf("sent again: %q, want %q", again, tt.again)
			}
		})
	}
}
