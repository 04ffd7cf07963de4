package pool

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/notes"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// journal is a slog.Handler that keeps the lines.
type journal struct {
	mu    sync.Mutex
	lines []string
	gate  chan struct{} // if not nil, each line waits for it
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	if j.gate != nil {
		<-j.gate
	}
	text := r.Level.String() + " " + strings.TrimPrefix(r.Message, "redpoll: ")
	r.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, text)
	return nil
}

// want compares the lines since its last call that have at least this level.
func (j *journal) want(t *testing.T, least slog.Level, want ...string) {
	t.Helper()
	synctest.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	var got []string
	for _, l := range j.lines {
		var level slog.Level
		word, _, _ := strings.Cut(l, " ")
		if err := level.UnmarshalText([]byte(word)); err != nil || level >= least {
			got = append(got, l)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log is\n%q, want\n%q", got, want)
	}
	j.lines = nil
}

// inJournal runs a test with a pool whose log is kept.
func inJournal(t *testing.T, test func(t *testing.T, p *Pool, s *testkit.Played, j *journal)) {
	t.Helper()
	j := new(journal)
	inBubble(t, func(cfg *Config) {
		cfg.Conn.Logger = slog.New(j)
	}, func(t *testing.T, p *Pool, s *testkit.Played) { test(t, p, s, j) })
}

// However many callers try to connect, there is one line when the server is not there, and one when it comes.
func TestServerNotReachedIsOneLine(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		s.Refuse(errRefused)
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				for range 3 {
					_, _ = p.Shared(t.Context())
					_, _ = p.session(t.Context())
				}
			})
		}
		callers.Wait()
		j.want(t, slog.LevelInfo, "WARN server not reached node=n:1 error=refused")
		s.Refuse(nil)
		failed := p.Stats().DialErrors
		shared(t, p)
		j.want(t, slog.LevelDebug, "DEBUG connected node=n:1 protocol=2 server=",
			fmt.Sprintf("INFO server is back node=n:1 away=%v attempts=%d", conn.Now()-firstFailure(p),
				failed+1))
		get(t, p)
		j.want(t, slog.LevelDebug, "DEBUG connected node=n:1 protocol=2 server=")
	})
}

// firstFailure returns the time when the server was lost.
func firstFailure(p *Pool) time.Duration { return p.presence.since }

// There is one line when a server dies under many connections with calls, and one when it is back.
func TestServerLostIsOneLine(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		release := answersLater(s)
		defer release()
		calls := []*sync.WaitGroup{busy(shared(t, p), 10)}
		for range 5 {
			calls = append(calls, busy(get(t, p), 1))
		}
		get(t, p) // no call is in flight there: its end is noticed later
		j.want(t, slog.LevelInfo)
		s.Refuse(errRefused)
		s.Cut()
		for _, c := range calls {
			c.Wait()
		}
		for range 4 {
			_, _ = p.Shared(t.Context())
		}
		j.want(t, slog.LevelInfo, "WARN server lost node=n:1 error=refused")
		s.Refuse(nil)
		shared(t, p)
		j.want(t, slog.LevelInfo,
			fmt.Sprintf("INFO server is back node=n:1 away=%v attempts=5", conn.Now()-firstFailure(p)))
	})
}

// The end of the last connection is a loss if it cuts calls, even if the next attempt to connect succeeds.
func TestLastConnectionCut(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		release := answersLater(s)
		defer release()
		first, second := get(t, p), get(t, p)
		j.want(t, slog.LevelInfo)
		one, two := busy(first, 1), busy(second, 1)
		s.Cut()
		one.Wait()
		two.Wait()
		j.want(t, slog.LevelDebug,
			"DEBUG connection lost node=n:1 error=connection closed by server: EOF",
			"WARN server lost node=n:1 error=connection closed by server: EOF")
		testkit.Pass(3 * time.Second)
		get(t, p)
		j.want(t, slog.LevelDebug, "DEBUG connected node=n:1 protocol=2 server=",
			"INFO server is back node=n:1 away=3s attempts=1")
	})
}

// The server is not lost when this side closes connections, or when the server closes idle ones or refuses
// one more while others are up.
func TestServerIsNotLost(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		release := answersLater(s)
		defer release()
		answer := s.Answer
		var refuses atomic.Bool
		s.Answer = func(n int, words []string) string {
			if refuses.Load() {
				return "-ERR max number of clients reached\r\n" + testkit.HangUp
			}
			return answer(n, words)
		}
		p.cfg.Conn.DB = 1 // so that the handshake sends a command
		shared(t, p)
		p.Put(get(t, p))
		p.Disconnect()
		c := shared(t, p)
		refuses.Store(true)
		if _, err := p.session(t.Context()); err == nil {
			t.Error("a connection is made that the server has refused")
		}
		refuses.Store(false)
		testkit.Pass(time.Minute)
		c.Fail(conn.ErrStale)
		shared(t, p)
		p.Reset()
		shared(t, p)
		p.Close()
		j.want(t, slog.LevelInfo)
	})
}

// Each breach of the protocol is logged.
func TestBreachOfTheProtocolIsAWarning(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		s.Answer = func(int, []string) string { return "?what\r\n" }
		for range 2 {
			if _, err := ask(t.Context(), shared(t, p), "X"); err == nil {
				t.Error("an answer that is none was taken")
			}
		}
		breach := `WARN connection lost node=n:1 error=the server broke the protocol: resp: protocol error: no RESP value starts with this byte, got "?what"`
		j.want(t, slog.LevelInfo, breach, breach)
	})
}

// A blocked logger delays nobody, and the waiting lines do not fill the memory.
func TestLoggerThatStandsStill(t *testing.T) {
	inJournal(t, func(t *testing.T, p *Pool, s *testkit.Played, j *journal) {
		j.gate = make(chan struct{})
		for range notes.Most { // two lines each
			c := get(t, p)
			if _, err := ask(t.Context(), c, "PING"); err != nil {
				t.Error(err)
			}
			p.Drop(c)
		}
		s.Refuse(errRefused)
		_, _ = p.Shared(t.Context())
		p.Close()
		close(j.gate)
		synctest.Wait()
		j.mu.Lock()
		defer j.mu.Unlock()
		if n := len(j.lines); n > notes.Most+100 || // the lines that were handed over at first
			!strings.HasPrefix(j.lines[n-1], "WARN server lost") {
			t.Errorf("the log has %d lines and ends with %q", n, j.lines[n-1])
		}
	})
}
