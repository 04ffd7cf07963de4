package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// places is a Locator whose servers the test chooses.
type places struct {
	mu      sync.Mutex
	list    []*conn.Config
	doubted []string
}

func (l *places) Locate(context.Context) ([]*conn.Config, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list, nil
}

func (l *places) Doubt(addr string, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doubted = append(l.doubted, addr)
}

func (l *places) Missing() error { return nil }

func (l *places) move(p *Pool, list ...*conn.Config) {
	l.mu.Lock()
	l.list = list
	l.mu.Unlock()
	p.Moved()
}

// placed runs a test with a pool whose server may move from a to b.
func placed(t *testing.T, test func(t *testing.T, p *Pool, l *places, a, b *testkit.Played,
	to func(addr string) *conn.Config)) {
	t.Helper()
	var l places
	inBubble(t, func(cfg *Config) { cfg.Locator = &l }, func(t *testing.T, p *Pool, a *testkit.Played) {
		b := new(testkit.Played)
		to := func(addr string) *conn.Config {
			cfg := p.cfg.Conn.For(addr, conn.Primary)
			if addr == "b" {
				cfg.Dial = b.Dial
			}
			return cfg
		}
		l.list = []*conn.Config{to("a")}
		test(t, p, &l, a, b, to)
	})
}

// After a move new calls go to the new server. Calls in flight may end at the old one for some time, and the
// others fail then. Streams fail at once.
func TestMoved(t *testing.T) {
	placed(t, func(t *testing.T, p *Pool, l *places, a, b *testkit.Played, to func(string) *conn.Config) {
		gates := map[string]chan struct{}{"WAITS": make(chan struct{}), "NEVER": make(chan struct{})}
		defer close(gates["NEVER"])
		a.Answer = func(_ int, words []string) string {
			if gate := gates[words[0]]; gate != nil {
				<-gate
			}
			return "+OK\r\n"
		}
		old := shared(t, p)
		lent, idle := get(t, p), get(t, p)
		p.Put(idle)
		stream, err := p.OpenStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		results := map[string]chan error{}
		for c, command := range map[*conn.Conn]string{old: "WAITS", lent: "NEVER"} {
			done := make(chan error, 1)
			results[command] = done
			go func() {
				_, err := ask(t.Context(), c, command)
				done <- err
			}()
		}
		synctest.Wait()
		l.move(p, to("b"))
		if idle.Err() == nil || stream.Err() == nil {
			t.Errorf("an idle connection has the error %v, a stream %v", idle.Err(), stream.Err())
		}
		if c := shared(t, p); c.Node() != "b" {
			t.Errorf("the next call goes to %s", c.Node())
		}
		close(gates["WAITS"])
		if err := <-results["WAITS"]; err != nil {
			t.Errorf("the call in flight: %v", err)
		}
		began := time.Now()
		if err := <-results["NEVER"]; !errors.Is(err, ErrMoved) {
			t.Errorf("the call that is not answered: %v", err)
		}
		testkit.Took(t, "the end of the call that is not answered", began, moveGrace/2, 2*moveGrace)
		p.Drop(lent)
		if len(l.doubted) > 0 {
			t.Errorf("the Locator was told about %v", l.doubted)
		}
	})
}

// A connection that is being made to the old server is given up, and so is the pause between attempts.
func TestMovedDuringADial(t *testing.T) {
	placed(t, func(t *testing.T, p *Pool, l *places, a, b *testkit.Played, to func(string) *conn.Config) {
		release := sync.OnceFunc(a.Hold())
		defer release()
		got := make(chan string, 3)
		locate := func(get func() (string, error)) {
			go func() {
				node, err := get()
				if err != nil {
					node = err.Error()
				}
				got <- node
			}()
		}
		locate(func() (string, error) {
			c, err := p.Shared(t.Context())
			return c.Node(), err
		})
		locate(func() (string, error) {
			c, err := p.session(t.Context())
			return c.Node(), err
		})
		locate(func() (string, error) {
			s, err := p.OpenStream(t.Context())
			if err != nil {
				return "", err
			}
			return s.Node(), nil
		})
		synctest.Wait()
		began := time.Now()
		l.move(p, to("b"))
		for range 3 {
			if node := <-got; node != "b" {
				t.Errorf("got a connection to %s", node)
			}
		}
		testkit.Took(t, "connecting to the new server", began, 0, time.Millisecond)
		l.mu.Lock()
		if len(l.doubted) > 0 {
			t.Errorf("%v were doubted because nobody waits for them any more", l.doubted)
		}
		l.mu.Unlock()

		b.Refuse(errRefused)
		p.Disconnect()
		for range 5 { // the pauses become long
			_, err := p.Shared(t.Context())
			if !errors.Is(err, errRefused) {
				t.Fatalf("got %v", err)
			}
		}
		locate(func() (string, error) {
			c, err := p.Shared(t.Context())
			return c.Node(), err
		})
		synctest.Wait()
		release()
		began = time.Now()
		l.move(p, to("a"))
		if node := <-got; node != "a" {
			t.Errorf("got a connection to %s", node)
		}
		testkit.Took(t, "connecting to the next server", began, 0, time.Millisecond)
	})
}

// The servers of a list are tried in their order, and the Locator is told which ones could not be reached.
func TestLocatorsList(t *testing.T) {
	placed(t, func(t *testing.T, p *Pool, l *places, a, _ *testkit.Played, to func(string) *conn.Config) {
		a.Refuse(errRefused)
		l.list = []*conn.Config{to("a"), to("b")}
		if c := shared(t, p); c.Node() != "b" {
			t.Errorf("got a connection to %s", c.Node())
		}
		if len(l.doubted) != 1 || l.doubted[0] != "a" {
			t.Errorf("the Locator was told about %v", l.doubted)
		}
		p.Close()
		p.Moved() // of a closed pool
	})
}

// A connection that the server ends is told to the Locator, and one that this side ends is not.
func TestLostConnectionsAreDoubted(t *testing.T) {
	placed(t, func(t *testing.T, p *Pool, l *places, a, _ *testkit.Played, _ func(string) *conn.Config) {
		shared(t, p)
		p.Disconnect()
		c := shared(t, p)
		if len(l.doubted) > 0 {
			t.Errorf("the Locator was told about %v", l.doubted)
		}
		a.Answer = func(int, []string) string { return testkit.HangUp }
		_, _ = ask(t.Context(), c, "GET")
		if len(l.doubted) != 1 || l.doubted[0] != "a" {
			t.Errorf("the Locator was told about %v", l.doubted)
		}
	})
}
