package conn

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

const helloReply = "%2\r\n+proto\r\n:3\r\n+version\r\n+8.0.0\r\n"

// scripted is a played server whose greetings the test checks, connection by connection.
type scripted struct {
	testkit.Played
	t    testing.TB
	seen int // number of connections that wantHeard has checked
}

func newScripted(t testing.TB, answer func(conn int, words []string) string) *scripted {
	return &scripted{t: t, Played: testkit.Played{Answer: answer}}
}

func (s *scripted) config() *Config {
	return &Config{Network: "tcp", Addr: "played:6379", Dial: s.Dial, Logger: slog.New(slog.DiscardHandler)}
}

// dial makes a connection and returns its protocol.
func (s *scripted) dial(cfg *Config) (proto int) {
	s.t.Helper()
	c, err := Dial(s.t.Context(), cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c.Info().Proto
}

// wantHeard compares the commands on the connections since the last call.
func (s *scripted) wantHeard(want ...string) {
	s.t.Helper()
	all := s.Sessions()
	if got := all[s.seen:]; !slices.Equal(got, want) {
		s.t.Errorf("the server heard\n%q, want\n%q", got, want)
	}
	s.seen = len(all)
}

// The client finds out once that an endpoint closes the connection after HELLO. One connection tries again
// after a pause, and the pause grows until HELLO succeeds. The test moves the clock: a pause never ends, or
// has ended.
func TestHelloIsOfferedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	healed := false
	s := newScripted(t, func(_ int, words []string) string {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case words[0] == "HELLO" && healed:
			return helloReply
		case words[0] == "HELLO":
			return testkit.HangUp
		}
		return "+PONG\r\n"
	})
	cfg := s.config()
	cfg.Credentials = func(context.Context) (user, password string, err error) { return "", "pw", nil }
	h := &cfg.known.hello
	endless := func() {
		h.mu.Lock()
		h.until = 1 << 60
		h.mu.Unlock()
	}
	over := func() {
		h.mu.Lock()
		h.until = 0
		h.mu.Unlock()
	}
	wantProto := func(got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("the connection speaks RESP%d, want RESP%d", got, want)
		}
	}
	wantProto(s.dial(cfg), 2)
	s.wantHeard("AUTH pw; HELLO 3", "AUTH pw; HELLO 3", "AUTH pw; PING")
	endless()
	wantProto(s.dial(cfg), 2)
	wantProto(s.dial(cfg.Bare()), 2)
	s.wantHeard("AUTH pw", "AUTH pw")

	before := h.pause
	over()
	wantProto(s.dial(cfg), 2)
	s.wantHeard("AUTH pw; HELLO 3", "AUTH pw; PING") // one is enough: the endpoint is known
	if h.pause != 2*before {
		t.Errorf("the pause went from %v to %v", before, h.pause)
	}

	mu.Lock()
	healed = true
	mu.Unlock()
	endless()
	wantProto(s.dial(cfg), 2)
	over()
	wantProto(s.dial(cfg), 3)
	wantProto(s.dial(cfg), 3)
	s.wantHeard("AUTH pw", "AUTH pw; HELLO 3", "AUTH pw; HELLO 3")
	if !h.fresh() {
		t.Error("it is still remembered that HELLO was hung up on")
	}
}

// An endpoint that closed the connection after HELLO must answer a command on each new connection: it may now
// close every connection, like a balancer without a server. Otherwise a caller's command would fail on a
// connection that never worked, again and again without a pause.
func TestEndpointWithoutHelloIsAsked(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	s := newScripted(t, func(_ int, words []string) string {
		if words[0] == "HELLO" || gone.Load() {
			return testkit.HangUp
		}
		return "+PONG\r\n"
	})
	cfg := s.config()
	for range 2 {
		if got := s.dial(cfg); got != 2 {
			t.Errorf("the connection speaks RESP%d", got)
		}
	}
	s.wantHeard("HELLO 3", "HELLO 3", "PING", "PING")
	gone.Store(true)
	var de *DialError
	if c, err := Dial(t.Context(), cfg); !errors.As(err, &de) || de.Step != "PING" {
		t.Errorf("a connection that is hung up gives %v, %v", c, err)
	}
}

// While one connection tries again, others do without; and no pause is longer than the longest.
func TestHabit(t *testing.T) {
	t.Parallel()
	var h habit
	if h.holds() || !h.fresh() {
		t.Error("a habit that nobody has seen")
	}
	for range 20 {
		h.learn()
	}
	if h.pause != mostPause || !h.holds() {
		t.Errorf("after many failures the pause is %v", h.pause)
	}
	h.until = 0
	if h.holds() || !h.holds() {
		t.Error("when the pause is over, it is not exactly one who tries again")
	}
	h.forget()
	if h.holds() || !h.fresh() {
		t.Error("it is not forgotten")
	}
}

// A server that ends while it is sent the library's name has not refused the name for ever; a caller's
// deadline proves nothing.
func TestSetInfoIsOfferedAgain(t *testing.T) {
	t.Parallel()
	s := newScripted(t, func(conn int, words []string) string {
		switch {
		case words[0] == "HELLO":
			return helloReply
		case conn == 1:
			return testkit.HangUp
		}
		return "+OK\r\n"
	})
	cfg := s.config()
	cfg.ClientInfo = true
	if _, err := Dial(t.Context(), cfg); !isCut(err) {
		t.Fatalf("got %v", err)
	}
	s.dial(cfg)
	cfg.known.setInfo.until = 0
	s.dial(cfg)
	const told = "HELLO 3; CLIENT SETINFO LIB-NAME redpoll; CLIENT SETINFO LIB-VER " + Version
	s.wantHeard("HELLO 3; CLIENT SETINFO LIB-NAME redpoll", "HELLO 3", told)
}
