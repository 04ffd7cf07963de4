package connecting_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F2, F3, F18, F23, F24, E1
func TestFirstCommands(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, redpoll.Options{Protocol: protocol})
			ctx := t.Context()
			if err := rdb.Set(ctx, "foo", "bar"); err != nil {
				t.Fatal(err)
			}
			if got, err := rdb.Get(ctx, "foo"); got != "bar" || err != nil {
				t.Errorf("GET gives %q, %v", got, err)
			}
			if got := srv.Do("GET", "foo"); got != "bar" {
				t.Errorf("the server holds %v", got)
			}
			if got, err := rdb.Get(ctx, "missing"); got != "" || !errors.Is(err, redpoll.Nil) {
				t.Errorf("GET of a missing key gives %q, %v", got, err)
			}
			if err := rdb.Set(ctx, "empty", ""); err != nil {
				t.Fatal(err)
			}
			if got, err := rdb.Get(ctx, "empty"); got != "" || err != nil {
				t.Errorf("GET of an empty value gives %q, %v", got, err)
			}
			if n, err := rdb.Exists(ctx, "empty"); n != 1 || err != nil {
				t.Errorf("EXISTS of an empty value gives %d, %v", n, err)
			}
			if n, err := rdb.Del(ctx, "foo"); n != 1 || err != nil {
				t.Errorf("DEL gives %d, %v", n, err)
			}
			if n, err := rdb.Exists(ctx, "foo"); n != 0 || err != nil {
				t.Errorf("EXISTS of a deleted key gives %d, %v", n, err)
			}
		})
	}
}

// The defaults of a client show in the address that it dials and in its first commands.
//
// Covers: F1, F9
func TestZeroOptions(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	dialed := make(chan string, 100)
	rdb := clients.New(t, redpoll.Options{
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialed <- network + " " + addr
			return new(net.Dialer).DialContext(ctx, "tcp", p.Addr())
		},
	})
	clients.Usable(t, rdb)
	if got := <-dialed; got != "tcp localhost:6379" {
		t.Errorf("dialed %s", got)
	}
	p.ExpectSessions(t, "HELLO 3; PING")
	for range 32 { // at least as many exclusive connections at a time
		clients.Usable(t, clients.Pin(t, rdb))
	}
	if n := p.Count("PING"); n != 33 {
		t.Errorf("%d PINGs instead of one for each call: health checks are not off", n)
	}
}

// Covers: F4, F30
func TestNewDoesNoIO(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	pool := clients.NewPool(t, redpoll.Options{Addr: p.Addr()})
	byURL, err := redpoll.Open("redis://" + p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer byURL.Close()
	all := []*redpoll.Client{
		clients.New(t, redpoll.Options{Addr: p.Addr()}), clients.New(t, redpoll.Options{Pool: pool}), byURL,
	}
	if n := p.Accepted(); n != 0 {
		t.Errorf("%d connections before the first command", n)
	}
	for i, rdb := range all {
		clients.Usable(t, rdb)
		if n := p.Accepted(); n != i+1 {
			t.Errorf("%d connections after %d clients ran their first command", n, i+1)
		}
	}
}

// Covers: F4, F31, F70, F88
func TestAddressWithoutServer(t *testing.T) {
	t.Parallel()
	proxy := redpolltest.NewProxy(t, "127.0.0.1:1")
	proxy.Refuse()
	nobody := t.TempDir() + "/nobody"
	for _, tt := range []struct {
		name, addr string
		cause      error
	}{
		{"refused", proxy.Addr(), syscall.ECONNREFUSED},
		{"no socket", nobody, syscall.ENOENT},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rdb := clients.New(t, redpoll.Options{Addr: tt.addr, NoRetry: true})
			_, err := rdb.Incr(t.Context(), "n")
			ce := clients.ConnError(t, err, redpoll.PhaseDial, redpoll.NotSent)
			if !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.addr) {
				t.Errorf("%v does not name %s and %v", err, tt.addr, tt.cause)
			}
			if ce.Node != tt.addr || ce.Command != "INCR" {
				t.Errorf("node %q, command %q", ce.Node, ce.Command)
			}
			if ce.Timeout() {
				t.Errorf("%v passes for a time-out", err)
			}
			if _, err := rdb.Conn(t.Context()); !errors.Is(err, tt.cause) {
				t.Errorf("Conn fails with %v", err)
			}
		})
	}
}

// Covers: F5
func TestEachClientHasItsOwnPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	a := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	b := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	if a.Pool() == b.Pool() {
		t.Error("two clients share a pool that nobody passed")
	}
	if clients.ID(t, a) == clients.ID(t, b) {
		t.Error("two clients share a connection")
	}
	_ = a.Close()
	clients.Usable(t, b)
}

// A client of one server has one node: the client itself.
func TestNodes(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	for name, c := range map[string]*redpoll.Client{
		"a client":          rdb,
		"one over its pool": clients.New(t, redpoll.Options{Pool: rdb.Pool()}),
		"that of a Conn":    &clients.Pin(t, rdb).Client,
	} {
		nodes := c.Nodes()
		want := (redpoll.Node{Client: c, Addr: srv.Addr()})
		if len(nodes) != 1 || nodes[0] != want || nodes[0].Role.String() != "unknown" {
			t.Errorf("%s: got %v, want %v", name, nodes, want)
			continue
		}
		clients.Usable(t, nodes[0].Client)
	}
	if redpoll.RolePrimary.String() != "primary" || redpoll.RoleReplica.String() != "replica" {
		t.Error("roles have other names")
	}
	if nodes := new(redpoll.Client).Nodes(); nodes != nil {
		t.Errorf("a zero client has %v", nodes)
	}
}

// Covers: F6, F14, E3
func TestPassedPool(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	pool := clients.NewPool(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB, ClientName: "pool"})
	a := clients.New(t, redpoll.Options{Pool: pool, MaxRetries: 1, Text: redpoll.Latin1})
	b := clients.New(t, redpoll.Options{Pool: pool})
	if a.Pool() != pool || b.Pool() != pool {
		t.Fatal("a second pool was made")
	}
	if name, err := a.ClientGetName(t.Context()); name != "pool" || err != nil {
		t.Errorf("the connection is named %q, %v", name, err)
	}
	if clients.ID(t, a) != clients.ID(t, b) {
		t.Error("clients of one pool do not share its connection")
	}
	if err := a.Set(t.Context(), "k", "v"); err != nil {
		t.Error(err)
	}
	if got := srv.Do("GET", "k"); got != "v" {
		t.Errorf("the pool's database holds %v", got)
	}
	if n := pool.Stats().Dials; n != 1 {
		t.Errorf("%d connections were made", n)
	}
	_ = a.Close()
	if err := a.Ping(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("a closed client gives %v", err)
	}
	clients.Usable(t, b)
	_ = pool.Close()
	if err := b.Ping(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("a client of a closed pool gives %v", err)
	}
}

// Covers: F7, F120, E4
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{NoTCP: true, Password: "secret"})
	for _, o := range []redpoll.Options{
		{Addr: srv.Socket()},
		{Addr: srv.Socket(), Network: "unix", Protocol: 2},
	} {
		o.Password, o.DB, o.ClientName = "secret", 3, "by-socket"
		rdb := clients.New(t, o)
		clients.Usable(t, rdb)
		info, err := rdb.Do(t.Context(), "CLIENT", "INFO")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := info.Text()
		for _, want := range []string{" addr=" + testkit.SocketAddr(srv) + " ", "name=by-socket ", "db=3 "} {
			if !strings.Contains(text, want) {
				t.Errorf("the server says %q, without %q", text, want)
			}
		}
	}
	p := testkit.Listen(t, func(int, []string) string { return testkit.Silence })
	rdb := clients.New(t, redpoll.Options{Addr: p.Socket(), DialTimeout: clients.Brief})
	err := rdb.Ping(t.Context())
	if !clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent).Timeout() {
		t.Errorf("got %v, want a time-out", err)
	}
}

// Covers: F9, F159, F160
func TestOneDatabasePerClient(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	for _, db := range []int{0, 5} {
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), DB: db})
		clients.Usable(t, rdb)
		var refused *redpoll.StateError
		_, err := rdb.Do(t.Context(), "SELECT", 1)
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "Options.DB") {
			t.Errorf("SELECT gives %v", err)
		}
	}
	p.ExpectSessions(t, "HELLO 3; PING", "HELLO 3; SELECT 5; PING")
	if _, found := reflect.TypeFor[*redpoll.Client]().MethodByName("Select"); found {
		t.Error("a client has a method Select")
	}
}

// Covers: F12, F13
func TestConnHoldsOneConnection(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	one, other := clients.Pin(t, rdb), clients.Pin(t, rdb)
	id := clients.ID(t, one)
	for range 3 {
		if got := clients.ID(t, one); got != id {
			t.Errorf("the connection is %d, was %d", got, id)
		}
	}
	if clients.ID(t, other) == id || clients.ID(t, rdb) == id {
		t.Error("the connection is used by others")
	}
	if s := rdb.Stats(); s.LentConns != 2 || s.IdleConns != 0 {
		t.Errorf("%d connections lent, %d idle", s.LentConns, s.IdleConns)
	}
	if one.Pool() != rdb.Pool() {
		t.Error("the pool is another one")
	}
	_, _ = one.Close(), one.Close() // a second Close does nothing
	if s := rdb.Stats(); s.LentConns != 1 || s.IdleConns != 1 {
		t.Errorf("after Close: %d connections lent, %d idle", s.LentConns, s.IdleConns)
	}
	if err := one.Ping(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if got := clients.ID(t, clients.Pin(t, rdb)); got != id {
		t.Errorf("the next Conn is %d, want %d", got, id)
	}
	clients.Usable(t, rdb)
}

// Covers: F14, F15
func TestClose(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	one := clients.Pin(t, rdb)
	clients.Usable(t, rdb)
	inFlight := make(chan error, 1)
	go func() {
		_, err := rdb.BLPop(context.Background(), time.Minute, "list")
		inFlight <- err
	}()
	redpolltest.Await(t, "BLPOP runs", func() bool { return testkit.Blocked(srv) })
	if err := rdb.Close(); err != nil {
		t.Error(err)
	}
	err := <-inFlight
	if !errors.Is(err, redpoll.ErrClosed) || redpoll.OutcomeOf(err) != redpoll.MaybeExecuted {
		t.Errorf("the call in flight ends with %v", err)
	}
	if err := rdb.Close(); err != nil {
		t.Errorf("the second Close gives %v", err)
	}
	err = rdb.Ping(t.Context())
	if !errors.Is(err, redpoll.ErrClosed) || !errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := rdb.Conn(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("Conn after Close: %v", err)
	}
	if err := one.Ping(t.Context()); !errors.Is(err, redpoll.ErrClosed) {
		t.Errorf("a Conn of a closed client: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Errorf("closing a Conn of a closed client: %v", err)
	}
	if s := rdb.Stats(); s.SharedConns != 0 || s.IdleConns != 0 || s.LentConns != 0 {
		t.Errorf("after Close: %+v", s)
	}
}

// Covers: F16, F102
func TestTextForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    redpoll.Options
		want string
	}{
		{"defaults", redpoll.Options{}, "host=localhost,port=6379,db=0"},
		{"all", redpoll.Options{Addr: "h:1", DB: 2, Username: "user", Password: "secret", ClientName: "me"},
			"host=h,port=1,db=2,client_name=me"},
		{"IPv6", redpoll.Options{Addr: "[::1]:1"}, "host=::1,port=1,db=0"},
		{"unix", redpoll.Options{Addr: "/run/redis", DB: 1, Password: "secret"}, "path=/run/redis,db=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb := clients.New(t, tt.o)
			for got, want := range map[string]string{
				fmt.Sprint(rdb):        "redpoll.Client<redpoll.Pool<" + tt.want + ">>",
				fmt.Sprint(rdb.Pool()): "redpoll.Pool<" + tt.want + ">",
				fmt.Sprint(tt.o):       "redpoll.Options<" + tt.want + ">",
			} {
				if got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}

// Many goroutines can use one client, in every mode, while its settings are read and its callbacks change.
//
// Covers: F157
func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared":         {},
		"several shared": {Conns: 3},
		"exclusive":      {Exclusive: true, MaxConns: 4, WaitForConn: true},
		"health checks":  {HealthCheckInterval: time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, o)
			const callers, rounds = 16, 40
			var wg sync.WaitGroup
			for i := range callers {
				wg.Go(func() { hammer(t, rdb, strconv.Itoa(i), rounds) })
			}
			wg.Wait()
			if got, want := srv.Do("GET", "count"), strconv.Itoa(callers*rounds); got != want {
				t.Errorf("counted %v, want %s", got, want)
			}
			clients.Usable(t, rdb)
		})
	}
}

func hammer(t *testing.T, rdb *redpoll.Client, name string, rounds int) {
	ctx := t.Context()
	for n := range rounds {
		value := name + "-" + strconv.Itoa(n)
		if err := rdb.Set(ctx, name, value); err != nil {
			t.Error(err)
			return
		}
		if got, err := rdb.Get(ctx, name); got != value || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, value)
		}
		if _, err := rdb.Incr(ctx, "count"); err != nil {
			t.Error(err)
		}
		rdb.SetResponseCallback("ECHO",
			func(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) { return v, nil })
		if got, err := rdb.Do(ctx, "ECHO", value); got.Any() != value || err != nil {
			t.Errorf("ECHO gives %v, %v, want %q", got, err, value)
		}
		if n%10 == 0 {
			one, err := rdb.Conn(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := one.Get(ctx, name); got != value || err != nil {
				t.Errorf("on a Conn: %q, %v, want %q", got, err, value)
			}
			_ = one.Close()
		}
		_, _ = rdb.Stats(), rdb.String()
	}
}
