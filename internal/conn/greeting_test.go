package conn

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

const helloReply = "%2\r\n+proto\r\n:3\r\n+version\r\n+8.0.0\r\n"

// scripted is a server that notes what it is asked and gives the answers of a function; "" ends the
// connection.
type scripted struct {
	t      testing.TB
	ln     net.Listener
	answer func(conn int, line string) string

	mu    sync.Mutex
	asked [][]string
}

func newScripted(t testing.TB, answer func(conn int, line string) string) *scripted {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, ln: ln, answer: answer}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(nc) })
		}
	})
	t.Cleanup(func() { ln.Close(); wg.Wait() }) // behind the connections, which are closed by then
	return s
}

func (s *scripted) serve(nc net.Conn) {
	defer nc.Close()
	s.mu.Lock()
	n := len(s.asked)
	s.asked = append(s.asked, nil)
	s.mu.Unlock()
	r := resp.NewReader(nc, 0, resp.Limits{})
	for {
		args, err := r.ReadCommand()
		if err != nil {
			return
		}
		var words []string
		for _, a := range args {
			words = append(words, string(a))
		}
		line := strings.Join(words, " ")
		s.mu.Lock()
		s.asked[n] = append(s.asked[n], line)
		s.mu.Unlock()
		reply := s.answer(n, line)
		if _, err := io.WriteString(nc, reply); err != nil || reply == "" {
			return
		}
	}
}

func (s *scripted) config() *Config {
	return &Config{Network: "tcp", Addr: s.ln.Addr().String(), Logger: slog.New(slog.DiscardHandler)}
}

// dial makes a connection and gives the protocol that it speaks.
func (s *scripted) dial(cfg *Config) (proto int) {
	s.t.Helper()
	c, err := Dial(s.t.Context(), cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c.Info().Proto
}

func (s *scripted) wantHeard(want ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, conn := range s.asked {
		got = append(got, strings.Join(conn, "; "))
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("the server heard\n%q, want\n%q", got, want)
	}
	s.asked = nil
}

// An endpoint that hangs up on HELLO is found out once. One connection tries again when a pause is over, and the
// pause grows until that succeeds. The test moves the clock: a pause is as good as endless, or over.
func TestHelloIsOfferedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	healed := false
	s := newScripted(t, func(_ int, line string) string {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case line == "HELLO 3" && healed:
			return helloReply
		case line == "HELLO 3":
			return ""
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
	s.wantHeard("AUTH pw; HELLO 3", "AUTH pw; PING") // one is enough: we know this endpoint
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

// While one connection tries again, others go without; and no pause is longer than the longest.
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

// A server that goes away while it is told the library's name has not refused that for ever; a caller's
// deadline proves nothing.
func TestSetInfoIsOfferedAgain(t *testing.T) {
	t.Parallel()
	s := newScripted(t, func(conn int, line string) string {
		switch {
		case line == "HELLO 3":
			return helloReply
		case conn == 0:
			return ""
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
