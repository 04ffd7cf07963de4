package pubsub_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// A fake is a server for subscribers, over pipes, so that it works in a bubble of virtual time.
type fake struct {
	proto int
	// answer gives another reply to a command than the usual one, if ok; "" is none.
	answer func(c *wire, words []string) (reply string, ok bool)
	// refuse, if it is not nil, is the error of attempts to connect.
	refuse error

	mu    sync.Mutex
	wires []*wire
	heard []string // of all connections, without HELLO
}

// wire is a connection of a fake.
type wire struct {
	net.Conn
	f    *fake
	n    int // from 1
	subs map[string]bool
}

func (f *fake) Dial(context.Context, string, string) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, f.refuse
	}
	theirs, ours := net.Pipe()
	c := &wire{Conn: ours, f: f, n: len(f.wires) + 1, subs: make(map[string]bool)}
	f.wires = append(f.wires, c)
	go c.serve()
	return theirs, nil
}

func (c *wire) serve() {
	defer c.Close()
	in := redpolltest.WrapConn(c.Conn)
	for {
		words, err := in.Command()
		if err != nil {
			return
		}
		c.f.mu.Lock()
		if words[0] != "HELLO" {
			c.f.heard = append(c.f.heard, strings.Join(words, " "))
		}
		answer := c.f.answer
		c.f.mu.Unlock()
		reply, done := "", false
		if answer != nil {
			reply, done = answer(c, words)
		}
		if !done {
			reply = c.usual(words)
		}
		if _, err := c.Write([]byte(reply)); err != nil {
			return
		}
	}
}

// usual is what a server answers.
func (c *wire) usual(words []string) string {
	switch words[0] {
	case "HELLO":
		return testkit.HelloReply("7.0.15")
	case "PING":
		if c.f.proto == 2 && len(c.subs) > 0 {
			return c.f.push("pong", strings.Join(words[1:], ""))
		}
		return "$" + testkit.Reply(2, strings.Join(words[1:], ""))[1:]
	}
	class, unsubscribe := strings.CutSuffix(words[0], "UNSUBSCRIBE")
	if !unsubscribe {
		class, _ = strings.CutSuffix(words[0], "SUBSCRIBE")
	}
	reply := ""
	for _, name := range words[1:] {
		if unsubscribe {
			delete(c.subs, class+name)
		} else {
			c.subs[class+name] = true
		}
		reply += c.f.push(strings.ToLower(words[0]), name, len(c.subs))
	}
	return reply
}

// push is a frame of the kind that subscriptions have.
func (f *fake) push(elements ...any) string {
	frame := testkit.Reply(2, []any(elements))
	if f.proto == 3 {
		frame = ">" + frame[1:]
	}
	return frame
}

// message is a published message.
func (f *fake) message(channel, payload string) string { return f.push("message", channel, payload) }

// last is the newest connection.
func (f *fake) last() *wire {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wires[len(f.wires)-1]
}

// conns is the number of connections so far.
func (f *fake) conns() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.wires)
}

// commands gives what came so far but PINGs, and forgets it.
func (f *fake) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	heard := slices.DeleteFunc(f.heard, func(line string) bool { return strings.HasPrefix(line, "PING") })
	f.heard = nil
	return heard
}

// set changes answers and refusals.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// say sends to the client.
func (c *wire) say(t testing.TB, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		if _, err := c.Write([]byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
}

// client makes a client of a fake.
func (f *fake) client(t testing.TB, o redpoll.Options) *redpoll.Client {
	t.Helper()
	o.Dialer, o.Protocol, o.NoClientInfo = f.Dial, f.proto, true
	rdb, err := redpoll.New(o)
	ok(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// play runs a test with virtual time and a fake, over both protocols.
func play(t *testing.T, test func(t *testing.T, f *fake)) {
	t.Helper()
	for _, proto := range []int{3, 2} {
		t.Run(map[int]string{3: "RESP3", 2: "RESP2"}[proto], func(t *testing.T) {
			testkit.BubbleAlone(t, func(t *testing.T) { test(t, &fake{proto: proto}) })
		})
	}
}

// refusal is an error reply.
func refusal(text string) string { return string(resp.AppendError(nil, text)) }
