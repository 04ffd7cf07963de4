package conn

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// noting is a call that writes its reply into a list.
type noting struct {
	call Call
	note func(frame []byte)
}

func (n *noting) Decode(frame []byte) { n.note(frame) }
func (n *noting) Release()            {}

// Order O6: pushes and replies of one connection are handed on in the order of the wire, whichever goroutine
// reads.
func TestPushesAndRepliesKeepTheirOrder(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		note := func(frame []byte) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, strings.TrimSpace(string(frame)))
		}
		var want []string
		server := &testkit.Played{Answer: func(_ int, words []string) string {
			if words[0] == "HELLO" {
				return "%2\r\n$7\r\nversion\r\n$5\r\n8.0.0\r\n$5\r\nproto\r\n:3\r\n"
			}
			// A push in front of the reply, and one behind it.
			before, reply, behind := ">1\r\n+before-"+words[1], "+"+words[1], ">1\r\n+behind-"+words[1]
			want = append(want, before, reply, behind)
			return before + "\r\n" + reply + "\r\n" + behind + "\r\n"
		}}
		c, err := Dial(t.Context(), &Config{
			Network: "tcp", Addr: "played", Dial: server.Dial, Logger: slog.New(slog.DiscardHandler),
			OnPush: func(_ *Conn, frame []byte) { note(frame) },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		echo := command.Lookup("ECHO")
		var callers sync.WaitGroup
		for _, word := range strings.Fields("a b c d e f g h i j k l m n o p") {
			callers.Go(func() {
				n := &noting{note: note}
				n.call.Reset()
				n.call.Sink, n.call.Info, n.call.Wire = n, echo, resp.AppendCommand(nil, "ECHO", word)
				if gone := c.Do(context.Background(), &n.call); gone != nil || !n.call.Answered() {
					t.Errorf("%s: %v, %v", word, gone, n.call.Err)
				}
			})
		}
		callers.Wait()
		// The push behind the last reply comes when the connection is read again.
		n := &noting{note: note}
		n.call.Reset()
		n.call.Sink, n.call.Info, n.call.Wire = n, echo, resp.AppendCommand(nil, "ECHO", "last")
		c.Do(context.Background(), &n.call)
		mu.Lock()
		defer mu.Unlock()
		if known := min(len(got), len(want)); known < len(want)-1 ||
			!slices.Equal(got[:known], want[:known]) {
			t.Errorf("handed on:\n%q\nwritten:\n%q", got, want)
		}
	})
}

// A server may read no further until its replies are read, as over a pipe. A waiting write must not block
// this forever: some goroutine reads as long as replies are awaited.
func TestSomebodyReadsWhileAWriteWaits(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		server := &testkit.Played{
			Answer: func(_ int, words []string) string { return "+" + words[1] + "\r\n" }}
		c, err := Dial(t.Context(),
			&Config{Network: "tcp", Addr: "played", RESP2: true, Dial: server.Dial,
				Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var callers sync.WaitGroup
		for range 32 {
			callers.Go(func() {
				for range 500 {
					e := newEcho("x")
					if gone := c.Do(context.Background(), &e.call); gone != nil || e.got != "x" {
						t.Errorf("%v, %v, %q", gone, e.call.Err, e.got)
						return
					}
				}
			})
		}
		callers.Wait()
	})
}
