package connecting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// journal is a hook that records its events.
type journal struct {
	name string
	out  *notes
}

type notes struct {
	mu      sync.Mutex
	lines   []string
	ends    []redpoll.CommandEnd
	connect []redpoll.ConnectEnd
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func (n *notes) want(t *testing.T, want ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Equal(n.lines, want) {
		t.Errorf("the hooks heard\n%q, want\n%q", n.lines, want)
	}
	n.lines = nil
}

// await waits until the hook has heard of this number of attempts to connect, because calls do not wait for
// it.
func (n *notes) await(t *testing.T, want int) {
	t.Helper()
	heard := 0
	redpolltest.Await(t, fmt.Sprint(want, " attempts are heard of"), func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		heard = len(n.connect)
		return heard >= want
	})
	if heard != want || t.Failed() {
		t.Fatalf("%d attempts were heard of, want %d", heard, want)
	}
}

type hookKey struct{}

func (j journal) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	path, _ := ctx.Value(hookKey{}).(string)
	j.out.add("%s starts %s%s", j.name, path, e.Command)
	return context.WithValue(ctx, hookKey{}, path+j.name+">")
}

func (j journal) CommandEnded(ctx context.Context, e redpoll.CommandEnd) {
	j.out.add("%s ends %s%s %v", j.name, ctx.Value(hookKey{}), e.Command, e.Outcome)
	j.out.mu.Lock()
	defer j.out.mu.Unlock()
	j.out.ends = append(j.out.ends, e)
}

// dialJournal is a hook for connections only.
type dialJournal struct{ out *notes }

func (j dialJournal) Connected(_ context.Context, e redpoll.ConnectEnd) {
	j.out.mu.Lock()
	defer j.out.mu.Unlock()
	j.out.connect = append(j.out.connect, e)
}

func TestCommandHooks(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n notes
			o.Hooks = []redpoll.Hook{journal{"a", &n}, dialJournal{&n}, journal{"b", &n}}
			rdb, srv := clients.Shared(t, o)
			srv.Do("SET", "text", "x")
			for _, tt := range []struct {
				what    string
				run     func(rdb *redpoll.Client) error
				command string
				outcome redpoll.Outcome
			}{
				{"success", func(rdb *redpoll.Client) error { return rdb.Set(t.Context(), "k", "v") },
					"SET", redpoll.Executed},
				{"no value",
					func(rdb *redpoll.Client) error { _, err := rdb.Get(t.Context(), "none"); return err },
					"GET", redpoll.Executed},
				{"error reply",
					func(rdb *redpoll.Client) error { _, err := rdb.Incr(t.Context(), "text"); return err },
					"INCR", redpoll.Refused},
				{"Do", func(rdb *redpoll.Client) error {
					_, err := rdb.Do(t.Context(), "config get", "port")
					return err
				}, "CONFIG GET", redpoll.Executed},
				{"unknown command",
					func(rdb *redpoll.Client) error { _, err := rdb.Do(t.Context(), "nosuch"); return err },
					"NOSUCH", redpoll.Refused},
				{"context over", func(rdb *redpoll.Client) error {
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					return rdb.Ping(ctx)
				}, "PING", redpoll.NotSent},
			} {
				for _, c := range []*redpoll.Client{rdb, &clients.Pin(t, rdb).Client} {
					err := tt.run(c)
					n.want(t, "a starts "+tt.command, "b starts a>"+tt.command,
						fmt.Sprintf("b ends a>b>%s %v", tt.command, tt.outcome),
						fmt.Sprintf("a ends a>b>%s %v", tt.command, tt.outcome))
					for _, e := range n.ends {
						if e.Err != err || e.Node != srv.Addr() || e.Duration <= 0 {
							t.Errorf("%s: the hook heard %+v, the caller %v", tt.what, e, err)
						}
					}
					n.ends = nil
				}
			}
			// A command that never started does not end either.
			if err := rdb.Set(t.Context(), "k", nil); err == nil {
				t.Error("nil can be set")
			}
			_, _ = rdb.Do(t.Context(), "SELECT", 1)
			n.want(t)
		})
	}
}

// If a command is retried, hooks hear of it once, with the whole time.
func TestHooksAndRetries(t *testing.T) {
	t.Parallel()
	var n notes
	p := testkit.Listen(t, func(conn int, args []string) string {
		if conn == 1 && args[0] == "GET" {
			return testkit.HangUp
		}
		return testkit.Friendly(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{
		Addr: p.Addr(), Hooks: []redpoll.Hook{journal{"a", &n}, dialJournal{&n}},
	})
	if _, err := rdb.Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	n.want(t, "a starts GET", "a ends a>GET executed")
	n.await(t, 2)
}

// Covers: F119
func TestConnectHook(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Password: "pw"})
	var n notes
	rdb := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Password: "pw", Hooks: []redpoll.Hook{dialJournal{&n}},
	})
	if len(n.connect) != 0 {
		t.Error("heard of a connection before the first command")
	}
	clients.Usable(t, rdb)
	clients.Usable(t, rdb)
	clients.Usable(t, clients.Pin(t, rdb))
	rdb.Pool().Disconnect()
	clients.Usable(t, rdb)
	n.await(t, 3)
	for _, e := range n.connect {
		if e.Err != nil || e.Node != srv.Addr() || e.Duration <= 0 || e.Duration > time.Minute {
			t.Errorf("heard %+v", e)
		}
	}
	var refused notes
	wrong := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), Password: "wrong", Hooks: []redpoll.Hook{dialJournal{&refused}},
	})
	_ = wrong.Ping(t.Context())
	refused.await(t, 1)
	err := refused.connect[0].Err
	if clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.Refused); !errors.Is(err, redpoll.ErrAuth) ||
		strings.Contains(err.Error(), "wrong") {
		t.Errorf("the hook heard %v", err)
	}
}

// connectFunc is a hook for connections.
type connectFunc func(ctx context.Context, e redpoll.ConnectEnd)

func (f connectFunc) Connected(ctx context.Context, e redpoll.ConnectEnd) { f(ctx, e) }

// Neither the call that needs a connection nor Close waits for a hook, so a hook may call and close the
// client.
func TestConnectHookMayUseTheClient(t *testing.T) {
	t.Parallel()
	nobody := t.TempDir() + "/nobody"
	for name, tt := range map[string]struct {
		o   redpoll.Options
		use func(rdb *redpoll.Client) error
		is  error // expected error of the call; nil for any result
	}{
		"command": {redpoll.Options{},
			func(rdb *redpoll.Client) error { return rdb.Ping(context.Background()) }, nil},
		"close": {redpoll.Options{},
			func(rdb *redpoll.Client) error { return rdb.Close() }, nil},
		"close, exclusive": {redpoll.Options{Exclusive: true},
			func(rdb *redpoll.Client) error { return rdb.Close() }, nil},
		"close after failure": {redpoll.Options{Addr: nobody},
			func(rdb *redpoll.Client) error { return rdb.Close() }, redpoll.ErrClosed},
		"close, failure, exclusive": {redpoll.Options{Addr: nobody, Exclusive: true},
			func(rdb *redpoll.Client) error { return rdb.Close() }, redpoll.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rdb *redpoll.Client
			used := make(chan error, 100)
			tt.o.Hooks = []redpoll.Hook{
				connectFunc(func(context.Context, redpoll.ConnectEnd) { used <- tt.use(rdb) }),
			}
			if tt.o.Addr == "" {
				rdb, _ = clients.Shared(t, tt.o)
			} else {
				rdb = clients.New(t, tt.o)
			}
			err := rdb.Ping(context.Background())
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("the call ends with %v", err)
			}
			if err := <-used; err != nil {
				t.Errorf("in the hook: %v", err)
			}
		})
	}
}

// swallow is a hook that returns a nil context.
type swallow struct{}

func (swallow) CommandStarted(context.Context, redpoll.CommandStart) context.Context { return nil }
func (swallow) CommandEnded(context.Context, redpoll.CommandEnd)                     {}

func TestHookWithoutContext(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{swallow{}}})
	clients.Usable(t, rdb)
}

// A hook without the methods of any kind of hooks is refused, and the error names the methods.
func TestHookWithoutMethods(t *testing.T) {
	t.Parallel()
	_, err := redpoll.New(redpoll.Options{Hooks: []redpoll.Hook{struct{}{}}})
	if !errors.As(err, new(*redpoll.OptionError)) {
		t.Fatalf("got %v, want an OptionError", err)
	}
	for _, name := range []string{"struct {}", "CommandStarted", "AllowCommand", "Connected", "PubSubChanged"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}
