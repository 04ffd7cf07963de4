package connecting_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// If a server dies under many callers and connections, the log at its usual level has one line about it, and
// one when the server is back.
func TestLogOfServerThatDies(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			var log logbook
			o.Addr, o.Logger = srv.Addr(), slog.New(slog.NewTextHandler(&log, nil))
			rdb := clients.New(t, o)
			clients.Usable(t, rdb)
			srv.Kill()
			refused := rdb.Stats().DialErrors
			var callers sync.WaitGroup
			for range 40 {
				callers.Go(func() {
					for range 5 {
						// The call was under way.
						if _, err := rdb.Incr(context.Background(), "n"); err != nil {
							clients.MaybeExecuted(nil).Check(t, err)
						}
					}
				})
			}
			redpolltest.Await(t, "callers have met the dead server",
				func() bool { return rdb.Stats().DialErrors >= refused+3 })
			srv.Restart()
			callers.Wait()
			redpolltest.Await(t, "the server is back",
				func() bool { return strings.Contains(log.String(), "server is back") })
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if len(lines) != 2 || !strings.Contains(lines[0], "level=WARN msg=\"redpoll: server lost\" node="+
				srv.Addr()+" error=") ||
				!strings.Contains(lines[1], "level=INFO msg=\"redpoll: server is back\" node="+srv.Addr()+
					" away=") ||
				!strings.Contains(lines[1], " attempts=") {
				t.Errorf("the log is\n%s", log.String())
			}
		})
	}
}

// busybody is a logger that uses the client.
type busybody struct {
	slog.Handler
	use func()
}

func (b busybody) Handle(context.Context, slog.Record) error {
	b.use()
	return nil
}

// A logger may use the client, and close it.
func TestLoggerMayUseTheClient(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(rdb *redpoll.Client) error{
		"command": func(rdb *redpoll.Client) error { return rdb.Ping(context.Background()) },
		"close":   func(rdb *redpoll.Client) error { return rdb.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rdb *redpoll.Client
			used := make(chan error, 100)
			h := busybody{
				slog.NewTextHandler(new(logbook), &slog.HandlerOptions{Level: slog.LevelDebug}),
				func() { used <- use(rdb) },
			}
			rdb, _ = clients.Shared(t, redpoll.Options{Logger: slog.New(h)})
			_ = rdb.Ping(t.Context())
			if err := <-used; err != nil {
				t.Errorf("in the logger: %v", err)
			}
		})
	}
}
