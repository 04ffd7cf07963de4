package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Close ends the connection to the server, and whatever reads. It may come again.
//
// Covers: F276
func TestClose(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	mon := monitorWithPing(t, rdb)
	if n := monitoring(srv); n != 1 {
		t.Errorf("%d connections monitor, want 1", n)
	}
	find(t, mon, "PING")
	var reader sync.WaitGroup
	reader.Go(func() {
		for e, err := range mon.Listen(ctx) {
			if err != nil {
				t.Errorf("the loop ends with %+v, %v", e, err)
			}
		}
	})
	for range 2 {
		if err := mon.Close(); err != nil {
			t.Error(err)
		}
	}
	reader.Wait()
	redpolltest.Await(t, "the server has lost the monitor", func() bool { return monitoring(srv) == 0 })
	_, err := mon.Next(ctx)
	wantConnError(t, err, redpoll.ErrConnClosed, redpoll.MaybeExecuted)
	clients.Usable(t, rdb)
}

// Entries that have already arrived are not returned after Close.
func TestCloseBeforeEntriesAreRead(t *testing.T) {
	t.Parallel()
	s, rdb := play(t, redpoll.Options{})
	mon, server := s.begin(t, rdb, "+OK\r\n")
	send(t, server, line+line+line)
	if _, err := mon.Next(ctx); err != nil {
		t.Fatal(err)
	}
	_ = mon.Close()
	_, err := mon.Next(ctx)
	wantConnError(t, err, redpoll.ErrConnClosed, redpoll.MaybeExecuted)
}

// A refusal is the server's error, and leaves no connection behind.
//
// Covers: F277
func TestRefused(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "u",
		Password: "pw", Rules: "~* +@all -monitor"}}})
	for _, protocol := range []int{2, 3} {
		rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "u", Password: "pw",
			Protocol: protocol})
		mon, err := rdb.Monitor(ctx)
		var se *redpoll.ServerError
		if !errors.As(err, &se) || se.Code != "NOPERM" || se.Command != "MONITOR" || se.Node != srv.Addr() ||
			!errors.Is(err, redpoll.ErrNoPerm) || mon != nil {
			t.Errorf("got %v, %v, want a refusal", mon, err)
		}
		if redpoll.OutcomeOf(err) != redpoll.Refused {
			t.Errorf("the outcome is %v", redpoll.OutcomeOf(err))
		}
		if s := rdb.Stats(); s.Dials != 1 || s.Closed != 1 {
			t.Errorf("%d connections were made and %d closed, want 1 and 1", s.Dials, s.Closed)
		}
		clients.Usable(t, rdb)
	}
}

// If the connection is lost, each call says so, and there is not another connection. The client itself still
// works.
//
// Covers: F278
func TestLost(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	mon := monitorOf(t, rdb)
	clients.Usable(t, rdb)
	find(t, mon, "PING")
	var reader sync.WaitGroup
	reader.Go(func() {
		var last error
		n := 0
		for _, err := range mon.Listen(ctx) {
			last = err
			n++
		}
		if n != 1 || !errors.Is(last, io.EOF) && !errors.Is(last, syscall.ECONNRESET) {
			t.Errorf("%d elements, and the last error is %v", n, last)
		}
		wantConnError(t, last, redpoll.ErrMaybeExecuted, redpoll.MaybeExecuted)
	})
	srv.Kill()
	reader.Wait()
	srv.Restart()
	clients.Usable(t, rdb)
	for range 2 {
		if _, err := mon.Next(ctx); !errors.Is(err, redpoll.ErrMaybeExecuted) {
			t.Errorf("got %v, want the loss", err)
		}
	}
	if n := monitoring(srv); n != 0 {
		t.Errorf("%d connections monitor the server that is back", n)
	}
	find(t, monitorWithPing(t, rdb), "PING")
}

// Listen ends with the loop or the context. The monitor goes on, and nothing is lost in between.
func TestListen(t *testing.T) {
	t.Parallel()
	s, rdb := play(t, redpoll.Options{})
	mon, server := s.begin(t, rdb, "+OK\r\n")
	entry := func(n int) string { return fmt.Sprintf("+1.5 [0 h:1] \"ECHO\" \"%d\"\r\n", n) }
	for n := range 3 {
		send(t, server, entry(n))
	}
	for e, err := range mon.Listen(ctx) {
		if err != nil || e.Args[1] != "0" {
			t.Errorf("got %+v, %v", e, err)
		}
		break
	}
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	why := errors.New("enough")
	var got []string
	var last error
	for e, err := range mon.Listen(within) {
		if err != nil {
			last = err
			continue // the iterator ends by itself
		}
		got = append(got, e.Args[1])
		cancel(why)
	}
	if !slices.Equal(got, []string{"1"}) || !errors.Is(last, why) {
		t.Errorf("got %q and %v, want one entry", got, last)
	}
	wantConnError(t, last, context.Canceled, redpoll.NotSent)
	send(t, server, entry(3))
	for _, want := range []string{"2", "3"} {
		if e, err := mon.Next(ctx); err != nil || e.Args[1] != want {
			t.Errorf("got %+v, %v, want %s", e, err, want)
		}
	}
}

// Several goroutines may read: each entry goes to one of them, and a reader that waits for another one leaves
// with its context.
func TestSeveralReaders(t *testing.T) {
	t.Parallel()
	s, rdb := play(t, redpoll.Options{})
	mon, server := s.begin(t, rdb, "+OK\r\n")
	const readers, each = 4, 50
	var mu sync.Mutex
	seen := make(map[string]int)
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for range each {
				e, err := mon.Next(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[e.Args[1]]++
				mu.Unlock()
			}
		})
	}
	for n := range readers * each {
		send(t, server, fmt.Sprintf("+1.5 [0 h:1] \"ECHO\" \"%d\"\r\n", n))
	}
	all.Wait()
	if len(seen) != readers*each {
		t.Errorf("%d entries were seen, want %d", len(seen), readers*each)
	}
	within, cancel := context.WithCancel(ctx)
	for range 2 {
		all.Go(func() {
			_, err := mon.Next(within)
			wantConnError(t, err, context.Canceled, redpoll.NotSent)
		})
	}
	redpolltest.Await(t, "one of them reads", func() bool { _, waits := s.tap.Taken(); return waits })
	cancel()
	all.Wait()
}

// Each way to end what a monitor belongs to ends the monitor.
func TestEndOfTheClient(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end    func(rdb *redpoll.Client, p *redpoll.Pool) error
		want   error
		passed bool // with a passed pool
	}{
		"Close": {func(rdb *redpoll.Client, _ *redpoll.Pool) error { return rdb.Close() },
			redpoll.ErrClosed, false},
		"Close, passed pool": {func(rdb *redpoll.Client, _ *redpoll.Pool) error { return rdb.Close() },
			redpoll.ErrClosed, true},
		"Drain": {func(rdb *redpoll.Client,
			_ *redpoll.Pool) error {
			return rdb.Drain(ctx)
		}, redpoll.ErrClosed, false},
		"Drain, passed pool": {func(rdb *redpoll.Client,
			_ *redpoll.Pool) error {
			return rdb.Drain(ctx)
		}, redpoll.ErrClosed, true},
		"Pool.Close": {func(_ *redpoll.Client, p *redpoll.Pool) error { return p.Close() },
			redpoll.ErrClosed, true},
		"Pool.Disconnect": {func(_ *redpoll.Client,
			p *redpoll.Pool) error {
			p.Disconnect()
			return nil
		}, redpoll.ErrConnClosed, false},
		"Pool.Disconnect, passed.": {func(_ *redpoll.Client,
			p *redpoll.Pool) error {
			p.Disconnect()
			return nil
		}, redpoll.ErrConnClosed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, srv := clients.Shared(t, redpoll.Options{})
			o := redpoll.Options{Addr: srv.Addr()}
			if c.passed {
				o = redpoll.Options{Pool: clients.NewPool(t, o)}
			}
			rdb := clients.New(t, o)
			mon := monitorOf(t, rdb)
			other := monitorOf(t, clients.New(t, redpoll.Options{Addr: srv.Addr()}))
			var reader sync.WaitGroup
			reader.Go(func() {
				var last error
				for _, last = range mon.Listen(ctx) {
				}
				wantConnError(t, last, c.want, redpoll.MaybeExecuted)
			})
			if err := c.end(rdb, rdb.Pool()); err != nil {
				t.Error(err)
			}
			reader.Wait()
			_, err := mon.Next(ctx)
			wantConnError(t, err, c.want, redpoll.MaybeExecuted)
			if c.want == redpoll.ErrClosed {
				_, err := rdb.Monitor(ctx)
				if !errors.Is(err, redpoll.ErrClosed) || redpoll.OutcomeOf(err) != redpoll.NotSent {
					t.Errorf("another monitor: %v", err)
				}
			} else {
				find(t, monitorWithPing(t, rdb), "PING")
			}
			srv.Do("ECHO", name)
			find(t, other, "ECHO", name)
		})
	}
}

// monitorWithPing starts a monitor and gives it something to see.
func monitorWithPing(t testing.TB, rdb *redpoll.Client) *redpoll.Monitor {
	t.Helper()
	mon := monitorOf(t, rdb)
	clients.Usable(t, rdb)
	return mon
}

// A Conn can monitor as well, over a connection beside its own. The monitor goes on when the Conn is closed.
func TestMonitorOfConn(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	one := clients.Pin(t, rdb)
	mon := monitorOf(t, one)
	if err := one.Set(ctx, "k", "v"); err != nil {
		t.Fatal(err)
	}
	_ = one.Close()
	find(t, mon, "SET", "k", "v")
	if _, err := one.Monitor(ctx); !errors.Is(err, redpoll.ErrClosed) || !errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("a closed Conn: %v", err)
	}
	_ = rdb.Close()
	if _, err := mon.Next(ctx); !errors.Is(err, redpoll.ErrClosed) {
		for ; err == nil; _, err = mon.Next(ctx) {
		}
		wantConnError(t, err, redpoll.ErrClosed, redpoll.MaybeExecuted)
	}
}

// Connecting is retried as for a command, but not after MONITOR was sent.
func TestConnecting(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	unreachable := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	dialer := func(fail int) func(context.Context, string, string) (net.Conn, error) {
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			if fail > 0 { // one dial at a time
				fail--
				return nil, unreachable
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	}
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Dialer: dialer(3)})
	monitorOf(t, rdb)
	if s := rdb.Stats(); s.Retries != 3 || s.Dials != 4 || s.DialErrors != 3 {
		t.Errorf("%d repeats, %d dials, %d of them in vain; want 3, 4 and 3", s.Retries, s.Dials,
			s.DialErrors)
	}
	once := clients.New(t, redpoll.Options{Addr: srv.Addr(), Dialer: dialer(1), NoRetry: true})
	_, err := once.Monitor(ctx)
	wantConnError(t, err, syscall.ECONNREFUSED, redpoll.NotSent)
	monitorOf(t, once)

	over, cancel := context.WithCancel(ctx)
	cancel()
	idle := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	_, err = idle.Monitor(over)
	wantConnError(t, err, context.Canceled, redpoll.NotSent)
	if n := idle.Stats().Dials; n != 0 {
		t.Errorf("%d dials with a context that is over", n)
	}

	wrong := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "nobody", Password: "wrong"})
	if _, err = wrong.Monitor(ctx); !errors.Is(err, redpoll.ErrAuth) ||
		redpoll.OutcomeOf(err) != redpoll.Refused {
		t.Errorf("a wrong password: %v", err)
	}
}

// A monitor that is nil or a zero value does nothing.
func TestUnmadeMonitor(t *testing.T) {
	t.Parallel()
	var data *redpoll.DataError
	for _, mon := range []*redpoll.Monitor{nil, {}} {
		if _, err := mon.Next(ctx); !errors.As(err, &data) {
			t.Errorf("Next: %v", err)
		}
		for _, err := range mon.Listen(ctx) {
			if !errors.As(err, &data) {
				t.Errorf("Listen: %v", err)
			}
		}
		if err := mon.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	for _, rdb := range []*redpoll.Client{nil, {}} {
		if _, err := rdb.Monitor(ctx); !errors.As(err, &data) {
			t.Errorf("Monitor of no client: %v", err)
		}
	}
}

// watcher is all kinds of hooks.
type watcher struct {
	mu       sync.Mutex
	heard    []string
	ends     []redpoll.CommandEnd
	connects int
	refusal  error
}

func (w *watcher) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, fmt.Sprintf("start %s db=%d", e.Command, e.Database))
	return nil
}

func (w *watcher) CommandEnded(_ context.Context, e redpoll.CommandEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, fmt.Sprintf("end %s %v attempts=%d", e.Command, e.Outcome, e.Attempts))
	w.ends = append(w.ends, e)
}

func (w *watcher) AllowCommand(context.Context, redpoll.CommandStart) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refusal
}

func (w *watcher) Connected(_ context.Context, e redpoll.ConnectEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connects++
}

// connected is the number of connections that were heard of.
func (w *watcher) connected() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.connects
}

// Hooks hear of the command and of the connection, and may refuse it; the log hears of the connection's end
// too.
func TestHooksAndLog(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "u",
		Password: "pw", Rules: "~* +@all -monitor"}}})
	var w watcher
	var log logbook
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: 3, Hooks: []redpoll.Hook{&w},
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	mon := monitorOf(t, rdb)
	redpolltest.Await(t, "the connection is heard of", func() bool { return w.connected() == 1 })
	_ = mon.Close()
	redpolltest.Await(t, "the log has its end", func() bool {
		return strings.Contains(log.String(),
			"connection closed")
	})
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text,
		"level=DEBUG msg=\"redpoll: connected\"") || strings.Contains(text, "WARN") {
		t.Errorf("the log is\n%s", text)
	}
	w.mu.Lock()
	w.refusal = errors.New("not now")
	w.mu.Unlock()
	if _, err := rdb.Monitor(ctx); !errors.Is(err, redpoll.ErrLimited) || !errors.Is(err, w.refusal) {
		t.Errorf("a refusal by a hook: %v", err)
	}
	refused := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "u", Password: "pw",
		Hooks: []redpoll.Hook{&w}})
	w.mu.Lock()
	w.refusal = nil
	w.mu.Unlock()
	_, err := refused.Monitor(ctx)
	mon = monitorOf(t, rdb)
	srv.Kill()
	for err := error(nil); err == nil; _, err = mon.Next(ctx) {
	}
	redpolltest.Await(t, "the log has the loss", func() bool {
		return strings.Contains(log.String(),
			"level=DEBUG msg=\"redpoll: connection lost\"")
	})
	want := []string{"start MONITOR db=3", "end MONITOR executed attempts=1", "start MONITOR db=3",
		"end MONITOR not sent attempts=0",
		"start MONITOR db=0", "end MONITOR refused attempts=1", "start MONITOR db=3",
		"end MONITOR executed attempts=1"}
	if !slices.Equal(w.heard, want) {
		t.Errorf("the hooks heard\n%q, want\n%q", w.heard, want)
	}
	if last := w.ends[2]; last.Err != err || last.Node != srv.Addr() || last.Duration <= 0 {
		t.Errorf("the hook heard %+v, the caller %v", last, err)
	}
}

// If a caller gives up, the log says nothing about the server.
func TestLogOfCallerThatGivesUp(t *testing.T) {
	t.Parallel()
	var log logbook
	within, cancel := context.WithCancel(ctx)
	rdb := clients.New(t, redpoll.Options{Logger: slog.New(slog.NewTextHandler(&log,
		&slog.HandlerOptions{Level: slog.LevelDebug})),
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}})
	_, err := rdb.Monitor(within)
	wantConnError(t, err, context.Canceled, redpoll.NotSent)
	redpolltest.Await(t, "the log has the attempt", func() bool {
		return strings.Contains(log.String(),
			"connect failed")
	})
	if text := log.String(); strings.Contains(text, "WARN") {
		t.Errorf("the log is\n%s", text)
	}
}

// logbook is what a logger has written.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
