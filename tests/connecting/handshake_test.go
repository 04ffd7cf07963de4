package connecting_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

const (
	unknown = "-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
	noProto = "-NOPROTO unsupported protocol version\r\n"
	arity   = "-ERR wrong number of arguments for 'auth' command\r\n"
	noAuth  = "-NOAUTH Authentication required.\r\n"
)

// Covers: F9, F28, F110, F111, F112
func TestHandshake(t *testing.T) {
	t.Parallel()
	full := redpoll.Options{Username: "user", Password: "pw", ClientName: "me", DB: 2}
	resp2 := full
	resp2.Protocol = 2
	for _, tt := range []struct {
		name    string
		o       redpoll.Options
		answers map[string]string
		want    []string
	}{
		{"everything in one go", full, nil, []string{"HELLO 3 AUTH user pw SETNAME me; SELECT 2; PING"}},
		{"nothing to say", redpoll.Options{}, nil, []string{"HELLO 3; PING"}},
		{"password", redpoll.Options{Password: "pw"}, nil, []string{"AUTH pw; HELLO 3; PING"}},
		{"password and name", redpoll.Options{Password: "pw", ClientName: "me"},
			nil, []string{"AUTH pw; HELLO 3 SETNAME me; PING"}},
		{"user without password", redpoll.Options{Username: "user"}, nil,
			[]string{"HELLO 3 AUTH user ; PING"}},
		{"name", redpoll.Options{ClientName: "me"}, nil, []string{"HELLO 3 SETNAME me; PING"}},
		{"database", redpoll.Options{DB: 2}, nil, []string{"HELLO 3; SELECT 2; PING"}},
		{"RESP2", resp2, nil, []string{"AUTH user pw; CLIENT SETNAME me; SELECT 2; PING"}},
		{"RESP2, nothing to say", redpoll.Options{Protocol: 2}, nil, []string{"PING"}},
		{"RESP2, password", redpoll.Options{Protocol: 2, Password: "pw"}, nil, []string{"AUTH pw; PING"}},
		{"RESP2, user without password", redpoll.Options{Protocol: 2, Username: "user"},
			nil, []string{"AUTH user ; PING"}},
		{"HELLO unknown", full, map[string]string{"HELLO": unknown},
			[]string{
				"HELLO 3 AUTH user pw SETNAME me; SELECT 2; AUTH user pw; CLIENT SETNAME me; SELECT 2; PING",
			}},
		{"RESP3 refused", full, map[string]string{"HELLO": noProto},
			[]string{
				"HELLO 3 AUTH user pw SETNAME me; SELECT 2; AUTH user pw; CLIENT SETNAME me; SELECT 2; PING",
			}},
		{"HELLO and users unknown", full, map[string]string{"HELLO": unknown, "AUTH user pw": arity},
			[]string{
				"HELLO 3 AUTH user pw SETNAME me; SELECT 2; AUTH user pw; AUTH pw; CLIENT SETNAME me; " +
					"SELECT 2; PING",
			}},
		{"users unknown on RESP2", resp2, map[string]string{"AUTH user pw": arity},
			[]string{"AUTH user pw; AUTH pw; CLIENT SETNAME me; SELECT 2; PING"}},
		{"HELLO unknown, nothing to say",
			redpoll.Options{}, map[string]string{"HELLO": unknown}, []string{"HELLO 3; PING; PING"}},
		{"HELLO unknown, password", redpoll.Options{Password: "pw"}, map[string]string{"HELLO": unknown},
			[]string{"AUTH pw; HELLO 3; PING; PING"}},
		{"NOAUTH to HELLO", full, map[string]string{"HELLO": noAuth},
			[]string{
				"HELLO 3 AUTH user pw SETNAME me; SELECT 2; AUTH user pw; CLIENT SETNAME me; SELECT 2; PING",
			}},
		{"NOAUTH to HELLO, users unknown", full, map[string]string{"HELLO": noAuth, "AUTH user pw": arity},
			[]string{
				"HELLO 3 AUTH user pw SETNAME me; SELECT 2; AUTH user pw; AUTH pw; CLIENT SETNAME me; " +
					"SELECT 2; PING",
			}},
		{"NOAUTH to HELLO behind AUTH",
			redpoll.Options{Password: "pw", DB: 2}, map[string]string{"HELLO": noAuth},
			[]string{"AUTH pw; HELLO 3; SELECT 2; SELECT 2; PING"}},
		{"AUTH unknown", redpoll.Options{Password: "pw", DB: 2},
			map[string]string{"AUTH": "-ERR unknown command 'AUTH'\r\n", "HELLO 3": noAuth},
			[]string{"AUTH pw; HELLO 3; SELECT 2; HELLO 3 AUTH default pw; SELECT 2; PING"}},
		{"hung up on HELLO", full, map[string]string{"HELLO": testkit.HangUp},
			[]string{"HELLO 3 AUTH user pw SETNAME me", "HELLO 3 AUTH user pw SETNAME me",
				"AUTH user pw; CLIENT SETNAME me; PING; SELECT 2; PING"}},
		{"hung up on HELLO, password",
			redpoll.Options{Password: "pw"}, map[string]string{"HELLO": testkit.HangUp},
			[]string{"AUTH pw; HELLO 3", "AUTH pw; HELLO 3", "AUTH pw; PING; PING"}},
		{"hung up behind the refusal of HELLO", full, map[string]string{"HELLO": unknown + testkit.HangUp},
			[]string{"HELLO 3 AUTH user pw SETNAME me",
				"AUTH user pw; CLIENT SETNAME me; PING; SELECT 2; PING"}},
		{"hung up behind the refusal of HELLO, password", redpoll.Options{Password: "pw", ClientName: "me"},
			map[string]string{"HELLO": unknown + testkit.HangUp},
			[]string{"AUTH pw; HELLO 3 SETNAME me", "AUTH pw; CLIENT SETNAME me; PING; PING"}},
		{"hung up behind the refusal of HELLO, password alone",
			redpoll.Options{Password: "pw"}, map[string]string{"HELLO": unknown + testkit.HangUp},
			[]string{"AUTH pw; HELLO 3", "AUTH pw; PING; PING"}},
		{"hung up behind the refusal of HELLO, nothing to say",
			redpoll.Options{}, map[string]string{"HELLO": unknown + testkit.HangUp},
			[]string{"HELLO 3", "PING; PING"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Answering(tt.answers))
			tt.o.Addr = p.Addr()
			rdb := clients.New(t, tt.o)
			clients.Usable(t, rdb)
			p.ExpectSessions(t, tt.want...)
		})
	}
}

// Covers: F70, F72, F73, F74, F75, F77, F110, F113
func TestHandshakeFailures(t *testing.T) {
	t.Parallel()
	resp3 := redpoll.Options{Username: "user", Password: "pw", ClientName: "me", DB: 2}
	resp2 := resp3
	resp2.Protocol = 2
	for _, tt := range []struct {
		name, command, reply string
		o                    redpoll.Options
		class                error
		says                 string
	}{
		{"password not wanted on RESP3", "AUTH",
			"-ERR AUTH <password> called without any password configured for the default user. Are you " +
				"sure your configuration is correct?\r\n",
			redpoll.Options{Password: "pw"}, redpoll.ErrAuth, "AUTH: ERR AUTH <password> called"},
		{"wrong password without a user",
			"AUTH", "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
			redpoll.Options{Password: "pw"}, redpoll.ErrAuth, "AUTH: WRONGPASS"},
		{"a proxy wants a password", "HELLO", noAuth, redpoll.Options{ClientName: "me"},
			redpoll.ErrAuth, "HELLO: NOAUTH"},
		{"no password given", "HELLO",
			"-NOAUTH HELLO must be called with the client already authenticated\r\n", redpoll.Options{},
			redpoll.ErrAuth, "NOAUTH"},
		{"wrong password", "HELLO", "-WRONGPASS invalid username-password pair\r\n", resp3, redpoll.ErrAuth,
			"WRONGPASS"},
		{"wrong password on RESP2", "AUTH", "-WRONGPASS invalid username-password pair\r\n", resp2,
			redpoll.ErrAuth, "AUTH: WRONGPASS"},
		{"wrong password of an old server", "AUTH", "-ERR invalid password\r\n", resp2, redpoll.ErrAuth,
			"AUTH: ERR invalid password"},
		{"password not wanted by an old server", "AUTH", "-ERR Client sent AUTH, but no password is set\r\n",
			resp2, redpoll.ErrAuth, "no password is set"},
		{"password not wanted", "AUTH",
			"-ERR AUTH <password> called without any password configured for the default user. Are you " +
				"sure your configuration is correct?\r\n",
			resp2, redpoll.ErrAuth, "without any password"},
		{"old form refused as well", "AUTH", arity, resp2, redpoll.ErrRefused, "wrong number of arguments"},
		{"too many clients", "HELLO", "-ERR max number of clients reached\r\n", resp3, redpoll.ErrMaxClients,
			"max number of clients"},
		{"name", "CLIENT", "-ERR Client names cannot contain spaces\r\n", resp2, redpoll.ErrRefused,
			"CLIENT SETNAME: ERR Client names"},
		{"database", "SELECT", "-ERR DB index is out of range\r\n", resp3, redpoll.ErrRefused,
			"SELECT: ERR DB index"},
		{"database not allowed", "SELECT",
			"-NOPERM this user has no permissions to run the 'select' command\r\n", resp3, redpoll.ErrNoPerm,
			"SELECT: NOPERM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var mended atomic.Bool
			broken := testkit.Answering(map[string]string{tt.command: tt.reply})
			p := testkit.Listen(t, func(n int, args []string) string {
				if mended.Load() {
					return testkit.Friendly(n, args)
				}
				return broken(n, args)
			})
			tt.o.Addr, tt.o.Exclusive, tt.o.MaxConns = p.Addr(), true, 1
			rdb := clients.New(t, tt.o)
			_, err := rdb.Incr(t.Context(), "n")
			ce := clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.Refused)
			var se *redpoll.ServerError
			if !errors.Is(err, tt.class) || !errors.As(err, &se) || !errors.Is(err, redpoll.ErrRefused) ||
				ce.Command != "INCR" {
				t.Errorf("got %v, want it to match %v", err, tt.class)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
			if n := p.Accepted(); n != 1 {
				t.Errorf("%d attempts: the answer will not change", n)
			}
			if s := rdb.Stats(); s.LentConns != 0 || s.IdleConns != 0 || p.Count("INCR") != 0 {
				t.Errorf("after the failure: %+v, %d commands", s, p.Count("INCR"))
			}
			mended.Store(true)
			clients.Usable(t, rdb)
		})
	}
}

// Covers: F72, F73, F74, F111, F113
func TestLogin(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Password: "main", Users: []redpolltest.User{
			{Name: "app", Password: "app-pw"}, {Name: "gone", Password: "x", Off: true},
		},
	})
	open := redpolltest.Start(t, redpolltest.ServerOptions{OldProtocol: true})
	plain := redpolltest.Start(t, redpolltest.ServerOptions{})
	for _, tt := range []struct {
		name, addr, user, password string
		db                         int
		want                       error
	}{
		{"password of the default user", srv.Addr(), "", "main", 0, nil},
		{"default user by name", srv.Addr(), "default", "main", 0, nil},
		{"user", srv.Addr(), "app", "app-pw", 3, nil},
		{"no password", srv.Addr(), "", "", 0, redpoll.ErrAuth},
		{"wrong password", srv.Addr(), "", "maim", 0, redpoll.ErrAuth},
		{"wrong password of a user", srv.Addr(), "app", "main", 0, redpoll.ErrAuth},
		{"unknown user", srv.Addr(), "nobody", "main", 0, redpoll.ErrAuth},
		{"user that is off", srv.Addr(), "gone", "x", 0, redpoll.ErrAuth},
		{"user without password", srv.Addr(), "app", "", 0, redpoll.ErrAuth},
		{"database out of range", srv.Addr(), "", "main", 9999, redpoll.ErrRefused},
		{"password that the server does not want", open.Addr(), "", "pw", 0, redpoll.ErrAuth},
		{"password that a server with HELLO does not want", plain.Addr(), "", "pw", 0, redpoll.ErrAuth},
	} {
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprintf("%s/RESP%d", tt.name, protocol), func(t *testing.T) {
				t.Parallel()
				rdb := clients.New(t, redpoll.Options{
					Addr: tt.addr, Username: tt.user, Password: tt.password, DB: tt.db, Protocol: protocol,
					ClientName: "me",
				})
				err := rdb.Ping(t.Context())
				if tt.want == nil {
					if name, nameErr := rdb.ClientGetName(t.Context()); err != nil || nameErr != nil ||
						name != "me" {
						t.Errorf("got %v, and the name %q, %v", err, name, nameErr)
					}
					return
				}
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.Refused)
			})
		}
	}
}

// User names and passwords are sent unchanged. If the server refuses them, the error mentions details that
// look like a mistake.
func TestOddSecrets(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Password: "s3cret", Users: []redpolltest.User{{Name: "app", Password: "s3cret"}},
	})
	srv.Do("ACL", "SETUSER", "odd", "on", ">s3cret\n", "~*", "+@all")
	for _, tt := range []struct{ name, user, password, says string }{
		{"line end", "", "s3cret\n", "the password ends with a line end"},
		{"line end of Windows", "app", "s3cret\r\n", "the password ends with a line end"},
		{"line end of the user", "app\n", "s3cret", "the user name ends with a line end"},
		{"blank", "app", "s3cret ", "the password ends with a blank"},
		{"blank in front", "app", "\ts3cret", "the password begins with a blank"},
		{"mark of a file", "app", "\ufeffs3cret", "the password begins with"},
		{"control character", "app", "s3c\x00ret", "the password has a control character"},
		{"nothing odd", "app", "s3 cret", ""},
		{"meant", "odd", "s3cret\n", "OK"},
	} {
		for _, protocol := range []int{2, 3} {
			given := redpoll.Options{Username: tt.user, Password: tt.password}
			escaped, err := redpoll.ParseURL(
				"redis://" + url.PathEscape(tt.user) + ":" + url.PathEscape(tt.password) + "@h")
			if err != nil {
				t.Fatal(err)
			}
			for way, o := range map[string]redpoll.Options{
				"options": given, "URL": escaped,
				"credentials": {Credentials: func(context.Context) (string, string, error) {
					return tt.user, tt.password, nil
				}},
			} {
				t.Run(fmt.Sprintf("%s/%s/RESP%d", tt.name, way, protocol), func(t *testing.T) {
					t.Parallel()
					o.Addr, o.Protocol = srv.Addr(), protocol
					err := clients.New(t, o).Ping(t.Context())
					if tt.says == "OK" {
						if err != nil {
							t.Error(err)
						}
						return
					}
					clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.Refused)
					if !errors.Is(err, redpoll.ErrAuth) || !strings.Contains(err.Error(), tt.says) {
						t.Errorf("got %v, which does not say %q", err, tt.says)
					}
					hinted := strings.Contains(err.Error(), "meant")
					if hinted != (tt.says != "") || strings.Contains(err.Error(), "s3c") {
						t.Errorf("got %v", err)
					}
				})
			}
		}
	}
	// If the refusal has another reason, the error does not mention the password.
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "odd", Password: "s3cret\n", DB: 9999})
	if err := rdb.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "meant") {
		t.Errorf("got %v", err)
	}
}

// Covers: F110, F112
func TestServerWithoutHello(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{OldProtocol: true, Password: "main"})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Password: "main", DB: 4, ClientName: "old"})
	if err := rdb.Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	if got, err := rdb.Get(t.Context(), "k"); got != "v" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if name, err := rdb.ClientGetName(t.Context()); name != "old" || err != nil {
		t.Errorf("the name is %q, %v", name, err)
	}
	clients.Usable(t, clients.Pin(t, rdb))
}

// Servers since 7.2 get the name and the version of the client. Their answer does not matter.
func TestClientInfo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, version, reply string
		silent               bool
		told                 bool
	}{
		{"new server", "8.0.0", "+OK\r\n", false, true},
		{"new server that refuses", "8.0.0", "-ERR unknown subcommand 'SETINFO'\r\n", false, true},
		{"new server that lacks the right", "7.2.0", "-NOPERM no\r\n", false, true},
		{"old server", "7.0.15", "+OK\r\n", false, false},
		{"odd version", "7", "+OK\r\n", false, false},
		{"turned off", "8.0.0", "+OK\r\n", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, func(n int, args []string) string {
				switch args[0] {
				case "HELLO":
					return testkit.HelloReply(tt.version)
				case "CLIENT":
					return tt.reply
				}
				return testkit.Friendly(n, args)
			})
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), NoClientInfo: tt.silent})
			for range 3 {
				clients.Usable(t, rdb)
			}
			heard := strings.Join(p.Sessions(), " | ")
			told := strings.Contains(heard, "CLIENT SETINFO LIB-NAME redpoll") &&
				strings.Contains(heard, "CLIENT SETINFO LIB-VER ")
			if told != tt.told || p.Accepted() != 1 {
				t.Errorf("on %d connections the peer heard %s", p.Accepted(), heard)
			}
		})
	}
}

// If a server closes the connection because of CLIENT SETINFO, the client connects again without it.
func TestClientInfoHungUp(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(n int, args []string) string {
		switch {
		case args[0] == "HELLO":
			return testkit.HelloReply("8.0.0")
		case args[0] == "CLIENT":
			return testkit.HangUp
		}
		return testkit.Friendly(n, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for range 3 {
		clients.Usable(t, rdb)
	}
	if p.Accepted() != 2 {
		t.Errorf("%d connections, the peer heard %q", p.Accepted(), p.Sessions())
	}
}

// Each mode of a connection is requested in the handshake. If the server refuses a mode, connecting fails.
func TestClientModes(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{NoEvict: true})
	info, err := rdb.ClientInfo(t.Context())
	if err != nil || !strings.Contains(info.Flags, "e") {
		t.Errorf("got the flags %q and %v", info.Flags, err)
	}
	for _, refused := range []bool{false, true} {
		p := testkit.Listen(t, func(n int, args []string) string {
			switch {
			case args[0] == "CLIENT" && refused && args[1] == "NO-TOUCH":
				return "-ERR unknown subcommand 'NO-TOUCH'\r\n"
			case args[0] == "CLIENT":
				return "+OK\r\n"
			}
			return testkit.Friendly(n, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), NoEvict: true, NoTouch: true, NoRetry: true})
		err := rdb.Ping(t.Context())
		heard := strings.Join(p.Sessions(), " | ")
		if !strings.Contains(heard, "CLIENT NO-EVICT ON") || !strings.Contains(heard, "CLIENT NO-TOUCH ON") {
			t.Errorf("the peer heard %s", heard)
		}
		if refused != (err != nil) || refused && !strings.Contains(err.Error(), "CLIENT NO-TOUCH") {
			t.Errorf("refused: %v, got %v", refused, err)
		}
	}
}

// With NoTouch a read does not count as a use. Here every other read adds one to the counter of uses.
func TestNoTouchOnServer(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Config: []string{"maxmemory-policy allkeys-lfu", "lfu-log-factor 0", "lfu-decay-time 0"},
	})
	loud := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	quiet := clients.New(t, redpoll.Options{Addr: srv.Addr(), NoTouch: true})
	if err := loud.Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	uses := func() int64 {
		t.Helper()
		n, err := loud.ObjectFreq(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	start := uses()
	for range 3 {
		if _, err := quiet.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	if n := uses(); n != start {
		t.Errorf("reads of a client with NoTouch changed the counter from %d to %d", start, n)
	}
	if _, err := loud.Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if n := uses(); n != start+1 {
		t.Errorf("a read of another client changed the counter from %d to %d", start, n)
	}
	if info, err := quiet.ClientInfo(t.Context()); err != nil || !strings.Contains(info.Flags, "T") {
		t.Errorf("got the flags %q and %v", info.Flags, err)
	}
}

func TestCredentialsForEachConnection(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	var asked atomic.Int64
	broken := errors.New("the vault is closed")
	var fail atomic.Bool
	rdb := clients.New(t, redpoll.Options{
		Addr: p.Addr(), Credentials: func(ctx context.Context) (string, string, error) {
			if fail.Load() {
				return "", "", broken
			}
			n := asked.Add(1)
			return fmt.Sprintf("user%d", n), fmt.Sprintf("pw%d", n), nil
		},
	})
	clients.Usable(t, rdb)
	clients.Usable(t, rdb)
	rdb.Pool().Disconnect()
	clients.Usable(t, rdb)
	p.ExpectSessions(t, "HELLO 3 AUTH user1 pw1; PING; PING", "HELLO 3 AUTH user2 pw2; PING")
	rdb.Pool().Disconnect()
	fail.Store(true)
	err := rdb.Ping(t.Context())
	clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the provider's error", err)
	}
	fail.Store(false)
	clients.Usable(t, rdb)
}

// viaTunnel is a type of connection that a user wrote, with an additional field.
type viaTunnel struct {
	net.Conn
	sent *atomic.Int64
}

func (c viaTunnel) Write(b []byte) (int, error) {
	c.sent.Add(int64(len(b)))
	return c.Conn.Write(b)
}

// tunnel is a dialer with state.
type tunnel struct {
	yourArg string
	made    atomic.Int64
	sent    atomic.Int64
	to      string
}

func (d *tunnel) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr != d.yourArg {
		return nil, fmt.Errorf("the tunnel does not lead to %s", addr)
	}
	d.made.Add(1)
	nc, err := new(net.Dialer).DialContext(ctx, network, d.to)
	return viaTunnel{nc, &d.sent}, err
}

// Covers: F101, F121, E5
func TestOwnDialer(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	d := &tunnel{yourArg: "far-away:1234", to: srv.Addr()}
	pool := clients.NewPool(t, redpoll.Options{Addr: "far-away:1234", Dialer: d.dial, DB: srv.DB})
	rdb := clients.New(t, redpoll.Options{Pool: pool})
	if d.made.Load() != 0 {
		t.Error("dialed before the first command")
	}
	clients.Usable(t, rdb)
	if d.made.Load() != 1 {
		t.Errorf("the dialer was used %d times", d.made.Load())
	}
	before := d.sent.Load()
	if err := rdb.Set(t.Context(), "large", strings.Repeat("x", 1<<20)); err != nil {
		t.Error(err)
	}
	if got := d.sent.Load() - before; got < 1<<20 {
		t.Errorf("%d bytes went through the user's connection", got)
	}
	if n, err := rdb.StrLen(t.Context(), "large"); n != 1<<20 || err != nil {
		t.Errorf("the server has %d bytes, %v", n, err)
	}
	clients.Usable(t, clients.Pin(t, rdb))

	lost := clients.New(t, redpoll.Options{Addr: "elsewhere:1", Dialer: d.dial, NoRetry: true})
	err := lost.Ping(t.Context())
	clients.ConnError(t, err, redpoll.PhaseDial, redpoll.NotSent)
	if !strings.Contains(err.Error(), "the tunnel does not lead to elsewhere:1") {
		t.Errorf("got %v", err)
	}
	nothing := clients.New(t, redpoll.Options{
		NoRetry: true, Dialer: func(context.Context, string, string) (net.Conn, error) { return nil, nil },
	})
	clients.ConnError(t, nothing.Ping(t.Context()), redpoll.PhaseDial, redpoll.NotSent)
}
