package connecting_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The proxies below are played, with the texts from their sources. They differ in the error for unknown
// commands, and in whether they close the connection then. All of them know AUTH, and none knows RESP3.

// proxyPeer is a proxy with or without a password. unknown answers commands that it has no answer for.
type proxyPeer struct {
	password    string
	users       bool // AUTH may have two arguments
	notWanted   string
	invalid     string
	needed      string
	answers     map[string]string
	unknown     func(args []string) string
	mu          sync.Mutex
	authorized  map[int]bool
	checksFirst bool // unknown commands are found before the password is checked
}

func (p *proxyPeer) start(t *testing.T) *testkit.Played {
	p.authorized = map[int]bool{}
	return testkit.Listen(t, func(conn int, args []string) string {
		p.mu.Lock()
		defer p.mu.Unlock()
		name := strings.ToUpper(args[0])
		reply, known := p.answers[name]
		switch {
		case name == "AUTH":
			return p.auth(conn, args[1:])
		case p.checksFirst && !known:
			return p.unknown(args)
		case p.password != "" && !p.authorized[conn]:
			return p.needed
		case !known:
			return p.unknown(args)
		}
		return reply
	})
}

func (p *proxyPeer) auth(conn int, args []string) string {
	user := "default"
	if len(args) == 2 {
		if !p.users {
			return "-ERR wrong number of arguments for 'AUTH' command\r\n"
		}
		user = args[0]
	}
	switch {
	case p.password == "":
		return p.notWanted
	case user != "default" || args[len(args)-1] != p.password:
		return p.invalid
	}
	p.authorized[conn] = true
	return "+OK\r\n"
}

var proxyAnswers = map[string]string{
	"PING": "+PONG\r\n",
	"SET":  "+OK\r\n",
	"GET":  "$1\r\nv\r\n",
	"INCR": ":1\r\n",
}

// envoy returns an error for an unknown command. The text of the error differs by version.
func envoy(password string, unknown func(args []string) string) *proxyPeer {
	return &proxyPeer{
		password: password, users: true, notWanted: "-ERR Client sent AUTH, but no password is set\r\n",
		invalid: "-ERR invalid password\r\n",
		needed:  "-NOAUTH Authentication required.\r\n", answers: proxyAnswers, unknown: unknown,
	}
}

func envoyOld(args []string) string { return fmt.Sprintf("-unsupported command '%s'\r\n", args[0]) }

func envoyNew(args []string) string {
	return fmt.Sprintf("-ERR unknown command '%s', with args beginning with: %s\r\n",
		strings.ToLower(args[0]), args[1])
}

func envoyWithHello(args []string) string {
	if strings.EqualFold(args[0], "HELLO") {
		return "-NOPROTO unsupported protocol version\r\n"
	}
	return envoyNew(args)
}

// twemproxy closes the connection after an unknown command.
func twemproxy(password string) *proxyPeer {
	return &proxyPeer{
		password: password, notWanted: "-ERR Client sent AUTH, but no password is set\r\n",
		invalid: "-ERR invalid password\r\n",
		needed:  "-NOAUTH Authentication required\r\n", answers: proxyAnswers,
		unknown: func([]string) string { return testkit.HangUp }, checksFirst: true,
	}
}

// codis passes unknown commands on to a server, and cannot read an answer in RESP3. It may close the
// connection after an error.
func codis(password, behindErrors string) *proxyPeer {
	return &proxyPeer{
		password: password, notWanted: "-ERR Client sent AUTH, but no password is set\r\n",
		invalid: "-ERR invalid password\r\n",
		needed:  "-NOAUTH Authentication required\r\n",
		answers: map[string]string{
			"PING": "+PONG\r\n", "SET": "+OK\r\n", "GET": "$1\r\nv\r\n", "INCR": ":1\r\n",
			"SELECT": "+OK\r\n",
			"CLIENT": "-ERR handle request, command 'CLIENT' is not allowed\r\n" + behindErrors,
			"MULTI":  "-ERR handle request, command 'MULTI' is not allowed\r\n" + behindErrors,
		},
		unknown: func([]string) string {
			return "-ERR handle response, backend conn failure, bad resp type\r\n" + behindErrors
		},
	}
}

var proxyFamilies = map[string]func(password string) *proxyPeer{
	"Envoy before 1.33":     func(password string) *proxyPeer { return envoy(password, envoyOld) },
	"Envoy":                 func(password string) *proxyPeer { return envoy(password, envoyNew) },
	"Envoy with HELLO":      func(password string) *proxyPeer { return envoy(password, envoyWithHello) },
	"twemproxy":             twemproxy,
	"Codis":                 func(password string) *proxyPeer { return codis(password, "") },
	"Codis that breaks off": func(password string) *proxyPeer { return codis(password, testkit.HangUp) },
}

// A client with or without a password can use RESP2 through each family of proxies. A wrong or missing
// password has an error of its own.
//
// Covers: F72, F110
func TestThroughProxies(t *testing.T) {
	t.Parallel()
	for family, play := range proxyFamilies {
		for _, tt := range []struct {
			name, wants, user, password string
			err                         error
		}{
			{"no password", "", "", "", nil},
			{"password", "pw", "", "pw", nil},
			{"password of the default user by name", "pw", "default", "pw", nil},
			{"wrong password", "pw", "", "wrong", redpoll.ErrAuth},
			{"no password given", "pw", "", "", redpoll.ErrAuth},
			{"password not wanted", "", "", "pw", redpoll.ErrAuth},
		} {
			for _, protocol := range []int{2, 3} {
				if protocol == 2 && tt.name == "no password given" {
					continue // nothing is sent before the first command
				}
				t.Run(fmt.Sprintf("%s/%s/RESP%d", family, tt.name, protocol), func(t *testing.T) {
					t.Parallel()
					p := play(tt.wants).start(t)
					rdb := clients.New(t, redpoll.Options{
						Addr: p.Addr(), Username: tt.user, Password: tt.password, Protocol: protocol,
					})
					err := rdb.Set(t.Context(), "k", "v")
					if tt.err != nil {
						// A proxy that closes the connection after HELLO asks for a password only after the
						// first command.
						if !errors.Is(err, tt.err) || p.Count("SET") != 0 && tt.password != "" {
							t.Errorf("got %v; the proxy heard %q", err, p.Sessions())
						}
						return
					}
					if err != nil {
						t.Fatalf("got %v; the proxy heard %q", err, p.Sessions())
					}
					if got, err := rdb.Get(t.Context(), "k"); got != "v" || err != nil {
						t.Errorf("got %q, %v", got, err)
					}
					clients.Usable(t, rdb)
				})
			}
		}
	}
}

// If a proxy refuses a command, the error has the proxy's text, and other commands still work.
//
// Covers: F110, F113
func TestRefusedByProxies(t *testing.T) {
	t.Parallel()
	for family, words := range map[string]struct{ name, db, multi string }{
		"Envoy before 1.33": {"CLIENT SETNAME: unsupported command 'CLIENT'",
			"SELECT: unsupported command 'SELECT'", "unsupported command 'MULTI'"},
		"Envoy": {"CLIENT SETNAME: ERR unknown command 'client'",
			"SELECT: ERR unknown command 'select'", ""},
		"twemproxy": {"CLIENT SETNAME: connection closed by server",
			"SELECT: connection closed by server", "connection closed by server"},
		"Codis": {"CLIENT SETNAME: ERR handle request, command 'CLIENT' is not allowed",
			"", "command 'MULTI' is not allowed"},
		"Codis that breaks off": {"CLIENT SETNAME: ERR handle request, command 'CLIENT' is not allowed",
			"", "connection closed by server"},
	} {
		t.Run(family, func(t *testing.T) {
			t.Parallel()
			p := proxyFamilies[family]("pw").start(t)
			o := redpoll.Options{Addr: p.Addr(), Password: "pw", NoRetry: true}
			named, other := o, o
			named.ClientName, other.DB = "me", 3
			check := func(what string, err error, says string) {
				t.Helper()
				switch {
				case says == "" && err != nil:
					t.Errorf("%s: %v", what, err)
				case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
					t.Errorf("%s: got %v, want it to say %q", what, err, says)
				}
			}
			check("name", clients.New(t, named).Set(t.Context(), "k", "v"), words.name)
			check("database", clients.New(t, other).Set(t.Context(), "k", "v"), words.db)
			if family != "Envoy" { // Envoy knows MULTI
				rdb := clients.New(t, o)
				tx := rdb.Pipeline()
				tx.Incr("n")
				check("transaction", tx.Exec(t.Context()), words.multi)
				clients.Usable(t, rdb)
			}
		})
	}
}

// A balancer without a server, such as HAProxy, accepts a connection and closes it. As soon as the balancer
// has a server, all clients work, even those that could not connect before.
func TestBalancerWithoutAServer(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	for _, how := range []redpolltest.How{redpolltest.Close, redpolltest.Reset} {
		for name, o := range map[string]redpoll.Options{
			"first connection":  {},
			"later":             {},
			"later, no retries": {NoRetry: true},
		} {
			t.Run(fmt.Sprintf("%s/%v", name, how), func(t *testing.T) {
				t.Parallel()
				balancer := redpolltest.NewProxy(t, srv.Addr())
				o.Addr, o.DB = balancer.Addr(), srv.DB
				rdb := clients.New(t, o)
				if strings.HasPrefix(name, "later") {
					clients.Usable(t, rdb)
				}
				balancer.Reject(how)
				balancer.DropAll(how)
				testkit.Unused()
				before := balancer.Accepted()
				done := make(chan error, 1)
				go func() { done <- rdb.Set(t.Context(), "balanced", "v") }()
				if o.NoRetry {
					if err := <-done; !errors.Is(err, redpoll.ErrNotSent) {
						t.Errorf("got %v", err)
					}
					balancer.Clear()
					clients.Usable(t, rdb)
					return
				}
				redpolltest.Await(t, "some connections are refused",
					func() bool { return balancer.Accepted() >= before+3 })
				balancer.Clear()
				if err := <-done; err != nil {
					t.Error(err)
				}
				clients.Usable(t, rdb)
			})
		}
	}
}
