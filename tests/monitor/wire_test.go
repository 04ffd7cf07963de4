package monitor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

const line = `+1339518083.107412 [2 [2001:db8::1]:60866] "SET" "k" "a\r\n\"] \\"` + "\r\n"

var inLine = []string{"SET", "k", "a\r\n\"] \\"}

// Wherever a line is cut in two, and however often a reader gives up in between, the entry comes once and
// whole.
func TestHalfLines(t *testing.T) {
	t.Parallel()
	s, rdb := play(t, redpoll.Options{})
	mon, server := s.begin(t, rdb, "+OK\r\n")
	taken, _ := s.tap.Taken()
	for cut := range len(line) {
		send(t, server, line[:cut])
		taken += cut
		for _, wait := range []bool{true, false} {
			ctx, cancel := context.WithCancel(ctx)
			var reader sync.WaitGroup
			reader.Go(func() {
				e, err := mon.Next(ctx)
				if err == nil {
					t.Errorf("cut at %d: an entry: %+v", cut, e)
				}
				wantConnError(t, err, context.Canceled, redpoll.NotSent)
			})
			if wait {
				redpolltest.Await(t, "the half is read", func() bool {
					n, waits := s.tap.Taken()
					return n == taken && waits
				})
			}
			cancel()
			reader.Wait()
		}
		send(t, server, line[cut:])
		taken += len(line) - cut
		e, err := mon.Next(ctx)
		if err != nil || !slices.Equal(e.Args, inLine) || e.DB != 2 || e.Origin != redpoll.OriginTCP ||
			e.Addr != "[2001:db8::1]:60866" ||
			!e.Time.Equal(time.UnixMicro(1339518083107412)) {
			t.Fatalf("cut at %d: got %+v, %v", cut, e, err)
		}
	}
	if n := s.Accepted(); n != 1 {
		t.Errorf("%d connections were made, want 1", n)
	}
}

// Pushes among the lines, and in front of the answer, are passed over. A line may also come as a bulk string.
func TestPushesAmongLines(t *testing.T) {
	t.Parallel()
	s, rdb := play(t, redpoll.Options{})
	const push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
	mon, server := s.begin(t, rdb, push+"+OK\r\n"+push)
	send(t, server, "$25\r\n1.5 [0 lua] \"GET\" \"k] \\\\\"\r\n"+push+line)
	if e, err := mon.Next(ctx); err != nil || e.Origin != redpoll.OriginLua || e.Command != `GET k] \` {
		t.Errorf("got %+v, %v", e, err)
	}
	if e, err := mon.Next(ctx); err != nil || !slices.Equal(e.Args, inLine) {
		t.Errorf("got %+v, %v", e, err)
	}
}

// A line that cannot be right ends the monitor. The error names the cause, comes again each time, and gives
// no data away.
func TestBadLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent, says string
		protocol   bool
	}{
		"line end in a value": {"+1.5 [0 h:1] \"SET\" \"k\" \"secret\r\nsecret\"\r\n",
			"does not escape line ends", true},
		"line feed in a value": {"+1.5 [0 h:1] \"SET\" \"k\" \"secret\nsecret\"\r\n", "does not escape them",
			true},
		"no line of MONITOR": {"+secret\r\n", "does not begin with a time", true},
		"list":               {"*1\r\n$6\r\nsecret\r\n", "", true},
		"number":             {":1\r\n", "", true},
		"null":               {"_\r\n", "", true},
		"not RESP":           {"secret\r\n", "protocol", true},
		"error reply":        {"-NOPERM you may not any more\r\n", "you may not any more", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, rdb := play(t, redpoll.Options{})
			mon, server := s.begin(t, rdb, "+OK\r\n"+line)
			if _, err := mon.Next(ctx); err != nil {
				t.Fatal(err)
			}
			send(t, server, c.sent+line)
			want := redpoll.ErrNoPerm
			if c.protocol {
				want = redpoll.ErrProtocol
			}
			for range 2 {
				e, err := mon.Next(ctx)
				wantConnError(t, err, want, redpoll.MaybeExecuted)
				if err != nil && (!strings.Contains(err.Error(), c.says) || c.says != "protocol" &&
					strings.Contains(err.Error(), "secret")) || e.Args != nil {
					t.Errorf("got %+v, %v, want an error that says %q", e, err, c.says)
				}
			}
			if n := s.Accepted(); n != 1 {
				t.Errorf("%d connections were made, want 1", n)
			}
		})
	}
}

// The answer to MONITOR is checked, and awaited only for so long.
func TestAnswerToMonitor(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"another status": "+QUEUED\r\n", "a line": line,
		"a number": ":1\r\n"} {
		s, rdb := play(t, redpoll.Options{})
		server := make(chan struct{})
		go func() { defer close(server); send(t, <-s.monitors, answer) }()
		_, err := rdb.Monitor(ctx)
		<-server
		if !errors.Is(err, redpoll.ErrProtocol) {
			t.Errorf("%s: got %v", name, err)
		}
		wantConnError(t, err, redpoll.ErrProtocol, redpoll.MaybeExecuted)
	}

	_, rdb := play(t, redpoll.Options{ReplyTimeout: 20 * time.Millisecond})
	_, err := rdb.Monitor(ctx)
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) || !ce.Timeout() || ce.Outcome != redpoll.MaybeExecuted || errors.Is(err,
		context.DeadlineExceeded) {
		t.Errorf("no answer: got %v", err)
	}

	s, rdb := play(t, redpoll.Options{})
	within, cancel := context.WithCancel(ctx)
	go func() { <-s.monitors; cancel() }()
	_, err = rdb.Monitor(within)
	wantConnError(t, err, context.Canceled, redpoll.MaybeExecuted)
}

// A server without clients sends nothing for any time: no timeout of the client ends the monitor.
func TestIdleMonitor(t *testing.T) {
	testkit.BubbleAlone(t, func(t *testing.T) {
		const timeout = time.Second
		wire := make(chan string)
		rdb, err := redpoll.New(redpoll.Options{Dialer: piped(wire), Protocol: 2, NoClientInfo: true,
			ReplyTimeout: timeout, WriteTimeout: timeout,
			DialTimeout: timeout, IdleTimeout: timeout, MaxConnAge: timeout, HealthCheckInterval: timeout})
		if err != nil {
			t.Fatal(err)
		}
		defer rdb.Close()
		mon, err := rdb.Monitor(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer mon.Close()
		one, err := rdb.Conn(ctx) // the watchdog of the client looks at its connections from here on
		if err != nil {
			t.Fatal(err)
		}
		_ = one.Close()
		entries := make(chan redpoll.MonitorEntry)
		go func() {
			e, err := mon.Next(ctx)
			if err != nil {
				t.Error(err)
			}
			entries <- e
		}()
		testkit.Pass(time.Hour)
		wire <- line
		if e := <-entries; !slices.Equal(e.Args, inLine) {
			t.Errorf("got %+v", e)
		}
		testkit.Pass(time.Hour)
		wire <- line
		if e, err := mon.Next(ctx); err != nil || !slices.Equal(e.Args, inLine) {
			t.Errorf("got %+v, %v", e, err)
		}
		close(wire)
		_, err = mon.Next(ctx)
		wantConnError(t, err, redpoll.ErrMaybeExecuted, redpoll.MaybeExecuted)
	})
}
