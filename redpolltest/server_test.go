package redpolltest

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDoReturnsTrees(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	for _, c := range []struct {
		args []string
		want any
	}{
		{[]string{"SET", "k", "v\r\n\x00"}, "OK"},
		{[]string{"GET", "k"}, "v\r\n\x00"},
		{[]string{"GET", "none"}, nil},
		{[]string{"INCR", "n"}, int64(1)},
		{[]string{"MGET", "k", "none"}, []any{"v\r\n\x00", nil}},
		{[]string{"INCR", "k"}, Error("ERR value is not an integer or out of range")},
		{[]string{"EVAL", "return {1, {'a', {}}}", "0"}, []any{int64(1), []any{"a", []any{}}}},
	} {
		if got := srv.Do(c.args...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %#v, want %#v", c.args, got, c.want)
		}
	}
}

func TestSharedGivesEachTestItsOwnEmptyDatabase(t *testing.T) {
	t.Parallel()
	a, b := Shared(t), Shared(t)
	if a.DB == 0 || a.DB == b.DB || a.Addr() != b.Addr() {
		t.Fatalf("databases %d of %s and %d of %s", a.DB, a.Addr(), b.DB, b.Addr())
	}
	a.Do("SET", "k", "v")
	if got := b.Do("GET", "k"); got != nil {
		t.Errorf("one test sees the other's key: %v", got)
	}
	var used []int
	t.Run("used", func(t *testing.T) {
		c := Shared(t)
		used = append(used, c.DB)
		c.Do("SET", "k", "v")
	})
	if got := b.Do("SELECT", strconv.Itoa(used[0])); got != "OK" {
		t.Fatal(got)
	}
	if got := b.Do("DBSIZE"); got != int64(0) {
		t.Errorf("the database of a finished test holds %v keys", got)
	}
	b.Do("SELECT", strconv.Itoa(b.DB))
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		opts ServerOptions
		want any
	}{
		{"memory only", ServerOptions{}, nil},
		{"append only", ServerOptions{AppendOnly: true}, "v"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := Start(t, c.opts)
			addr := srv.Addr()
			for range 3 {
				srv.Do("SET", "k", "v")
				srv.Kill()
				if _, err := net.Dial("tcp", addr); err == nil {
					t.Fatal("a killed server accepts connections")
				}
				srv.Restart()
				if srv.Addr() != addr {
					t.Errorf("the address was %s and is %s", addr, srv.Addr())
				}
				if got := srv.Do("GET", "k"); got != c.want {
					t.Errorf("after the restart: %v, want %v", got, c.want)
				}
			}
			srv.Stop()
			srv.Stop() // nothing to do the second time
			srv.Restart()
			if got := srv.Do("GET", "k"); got != c.want {
				t.Errorf("after an orderly stop: %v, want %v", got, c.want)
			}
		})
	}
}

// Clients that dial a closed port again and again must not be able to take it.
func TestRestartUnderDialers(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c, err := net.Dial("tcp", srv.Addr()); err == nil {
					reset(c) // leaves no port in TIME_WAIT
				}
			}
		})
	}
	for range 5 {
		srv.Restart()
	}
	close(stop)
	wg.Wait()
	if got := srv.Do("PING"); got != "PONG" {
		t.Errorf("the server answers %v", got)
	}
}

func TestVersionIsTheServers(t *testing.T) {
	t.Parallel()
	srv := Shared(t)
	info := replyText(srv.Do("INFO", "server"))
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	if got := srv.Version().String(); got != fields["redis_version"] {
		t.Errorf("version %s, the server says %s", got, fields["redis_version"])
	}
	if srv.IsValkey() != (fields["server_name"] == "valkey") {
		t.Errorf("Valkey: %v, the server says %q", srv.IsValkey(), fields["server_name"])
	}
	if want := cmp.Or(fields["valkey_version"], fields["redis_version"]); srv.Release().String() != want {
		t.Errorf("release %v, the server says %s", srv.Release(), want)
	}
	if got, want := fields["tcp_port"], strconv.Itoa(srv.Port()); got != want ||
		srv.Addr() != srv.Host()+":"+want {
		t.Errorf("address %s, port %s, the server says %s", srv.Addr(), want, got)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{})
	c := Dial(t, srv.Addr())
	srv.Pause()
	if err := c.Send("PING"); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if reply, err := c.Reply(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a paused server answers %v, %v", reply, err)
	}
	srv.Resume()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if reply, err := c.Reply(); reply != "PONG" {
		t.Errorf("after Resume: %v, %v", reply, err)
	}
	srv.Pause()
	srv.Stop() // must not wait for a paused server
	srv.Restart()
	srv.Pause()
	srv.Kill()
}

func TestControlOfAServerThatDoesNotRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*Server)
	}{
		{"pause", (*Server).Pause},
		{"resume", (*Server).Resume},
		{"do", func(s *Server) { s.Do("PING") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := pretend(t, func(t testing.TB) {
				srv := Start(t, ServerOptions{})
				srv.Kill()
				c.do(srv)
			})
			if !fake.Failed() {
				t.Error("the test did not fail")
			}
		})
	}
}

func TestCrashOfTheServerFailsTheTest(t *testing.T) {
	t.Parallel()
	fake := pretend(t, func(t testing.TB) {
		srv := Start(t, ServerOptions{})
		c := Dial(t, srv.Addr())
		_ = c.Send("SHUTDOWN", "NOSAVE")
		_, _ = c.Reply() // returns when the server has closed the connection
		<-srv.p.exited
	})
	if !fake.Failed() || !strings.Contains(fake.text(), "ended on its own") {
		t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
	}
	if !strings.Contains(fake.text(), "User requested shutdown") {
		t.Errorf("the server's log is not in the output: %s", fake.text())
	}
}

func TestServerThatCannotStartFailsTheTestWithItsLog(t *testing.T) {
	t.Parallel()
	fake := pretend(t, func(t testing.TB) {
		Start(t, ServerOptions{Config: []string{"no-such-directive yes"}})
	})
	if !fake.Failed() || !strings.Contains(fake.text(), "no-such-directive") {
		t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
	}
}

func TestPortTakenByAnother(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	offers := []int{taken.Addr().(*net.TCPAddr).Port}
	p, err := newProcessWith(spec{}, func() (int, error) {
		if len(offers) == 0 {
			return takePort()
		}
		port := offers[0]
		offers = offers[1:]
		return port, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.destroy()
	if len(offers) != 0 || loopback(p.port) == taken.Addr().String() {
		t.Errorf("the server runs on port %d", p.port)
	}
}

func TestManyServersAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	ids := make([]any, 8)
	for i := range ids {
		wg.Go(func() { ids[i] = Start(t, ServerOptions{}).Do("CONFIG", "GET", "port") })
	}
	wg.Wait()
	for i := range ids {
		for j := range i {
			if reflect.DeepEqual(ids[i], ids[j]) {
				t.Errorf("servers %d and %d are the same: %v", i, j, ids[i])
			}
		}
	}
}

func TestPasswordAndUsers(t *testing.T) {
	t.Parallel()
	const odd = "p w\"'\\\n\xff#"
	srv := Start(t, ServerOptions{
		Password: odd,
		Users: []User{
			{Name: "alice", Password: odd},
			{Name: "reader", Password: "r", Rules: "~* +@read"},
			{Name: "gone", Password: "g", Off: true},
		},
	})
	if got := srv.Do("PING"); got != "PONG" {
		t.Errorf("the fixture itself: %v", got)
	}
	for _, c := range []struct {
		name          string
		auth, command []string
		want          string // beginning of the reply
	}{
		{"no password", nil, []string{"GET", "k"}, "NOAUTH"},
		{"default user", []string{"AUTH", odd}, []string{"PING"}, "PONG"},
		{"default user by name", []string{"AUTH", "default", odd}, []string{"PING"}, "PONG"},
		{"wrong password", []string{"AUTH", "nope"}, []string{"GET", "k"}, "NOAUTH"},
		{"user", []string{"AUTH", "alice", odd}, []string{"SET", "k", "v"}, "OK"},
		{"user without the right", []string{"AUTH", "reader", "r"}, []string{"SET", "k", "v"}, "NOPERM"},
		{"user switched off", []string{"AUTH", "gone", "g"}, []string{"GET", "k"}, "NOAUTH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := Dial(t, srv.Addr())
			if c.auth != nil {
				if _, err := conn.Do(c.auth...); err != nil {
					t.Fatal(err)
				}
			}
			reply, err := conn.Do(c.command...)
			if got := replyText(reply); err != nil || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, %v, want %s", got, err, c.want)
			}
		})
	}
	u, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	if password, _ := u.User.Password(); password != odd || u.Host != srv.Addr() || u.Path != "/0" {
		t.Errorf("URL %q", srv.URL())
	}
}

func TestDefaultUserOfTheTest(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{Users: []User{{Name: "default", Off: true}}})
	if got := srv.Do("SET", "k", "v"); got != "OK" {
		t.Errorf("the fixture itself: %v", got)
	}
	reply, err := Dial(t, srv.Addr()).Do("GET", "k")
	if !strings.HasPrefix(replyText(reply), "NOAUTH") {
		t.Errorf("a stranger gets %v, %v", reply, err)
	}
	srv.Kill()
	srv.Restart()
	if got := srv.Do("PING"); got != "PONG" {
		t.Errorf("the fixture after a restart: %v", got)
	}
}

func TestOptionsReachTheServer(t *testing.T) {
	t.Parallel()
	t.Run("old protocol", func(t *testing.T) {
		t.Parallel()
		srv := Start(t, ServerOptions{OldProtocol: true})
		if got := replyText(srv.Do("HELLO", "3")); !strings.HasPrefix(got, "ERR unknown command") {
			t.Errorf("HELLO: %q", got)
		}
	})
	t.Run("databases and further lines", func(t *testing.T) {
		t.Parallel()
		srv := Start(t, ServerOptions{Databases: 3, Config: []string{"maxclients 77"}})
		if got := srv.Do("SELECT", "2"); got != "OK" {
			t.Errorf("SELECT 2: %v", got)
		}
		if got := replyText(srv.Do("SELECT", "3")); !strings.Contains(got, "out of range") {
			t.Errorf("SELECT 3: %v", got)
		}
		if got := srv.Do("CONFIG", "GET", "maxclients"); !reflect.DeepEqual(got, []any{"maxclients", "77"}) {
			t.Errorf("maxclients: %v", got)
		}
	})
	t.Run("no TCP", func(t *testing.T) {
		t.Parallel()
		srv := Start(t, ServerOptions{NoTCP: true})
		if srv.Port() != 0 {
			t.Errorf("port %d", srv.Port())
		}
		if reply, err := Dial(t, srv.Socket()).Do("PING"); reply != "PONG" {
			t.Errorf("on the socket: %v, %v", reply, err)
		}
		if got := srv.Do("PING"); got != "PONG" {
			t.Errorf("the fixture itself: %v", got)
		}
	})
}

func TestTLS(t *testing.T) {
	t.Parallel()
	open := Start(t, ServerOptions{TLS: true, NoTCP: true})
	mutual := Start(t, ServerOptions{TLS: true, RequireClientCert: true})
	elsewhere := Start(t, ServerOptions{TLS: true, TLSNames: []string{"other.example"}})
	for _, c := range []struct {
		name    string
		srv     *Server
		change  func(*tls.Config)
		refused string // part of the error; "any" for any
	}{
		{"trusted", open, func(*tls.Config) {}, ""},
		{"by name", open, func(c *tls.Config) { c.ServerName = "localhost" }, ""},
		{"without a certificate of ours", open, func(c *tls.Config) { c.Certificates = nil }, ""},
		{"other name", open, func(c *tls.Config) { c.ServerName = "other.example" }, "not other.example"},
		{"unknown authority", open, func(c *tls.Config) {
			c.RootCAs = NewCertificates(t).Pool
		}, "unknown authority"},
		{"mutual", mutual, func(*tls.Config) {}, ""},
		{"mutual without a certificate", mutual, func(c *tls.Config) { c.Certificates = nil }, "any"},
		{"mutual with a stranger's", mutual, func(c *tls.Config) {
			c.Certificates = []tls.Certificate{NewCertificates(t).Client}
		}, "any"}, // the server's reset may overtake its alert
		{"certificate for another host", elsewhere, func(*tls.Config) {}, "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := c.srv.ClientTLS()
			c.change(config)
			reply, err := pingTLS(c.srv.TLSAddr(), config)
			switch {
			case c.refused == "" && reply != "PONG":
				t.Errorf("got %v, %v", reply, err)
			case c.refused != "" && (err == nil ||
				c.refused != "any" && !strings.Contains(err.Error(), c.refused)):
				t.Errorf("got %v, %v, want an error with %q", reply, err, c.refused)
			}
		})
	}
	t.Run("files", func(t *testing.T) {
		certs := mutual.Certificates()
		pair, err := tls.LoadX509KeyPair(certs.ClientCertFile, certs.ClientKeyFile)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := pingTLS(mutual.TLSAddr(),
			&tls.Config{RootCAs: certs.Pool, Certificates: []tls.Certificate{pair}})
		if reply != "PONG" {
			t.Errorf("got %v, %v", reply, err)
		}
	})
	if want := "rediss://" + open.TLSAddr() + "/0"; open.TLSURL() != want {
		t.Errorf("URL %s, want %s", open.TLSURL(), want)
	}
}

func pingTLS(addr string, config *tls.Config) (any, error) {
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return WrapConn(conn).Do("PING")
}

func TestCertificatesForAServerPlayedByHand(t *testing.T) {
	t.Parallel()
	certs := NewCertificates(t)
	config := certs.ServerConfig()
	config.Certificates = []tls.Certificate{certs.Other}
	peer := Scripted(t, func(conn net.Conn) {
		c := WrapConn(tls.Server(conn, config))
		if args, err := c.Command(); err == nil && slices.Equal(args, []string{"PING"}) {
			_, _ = c.Write([]byte("+PONG\r\n"))
		}
	})
	client := certs.ClientConfig()
	if _, err := pingTLS(peer.Addr(), client); err == nil {
		t.Error("a certificate for other.example was accepted for 127.0.0.1")
	}
	client.ServerName = "other.example"
	if reply, err := pingTLS(peer.Addr(), client); reply != "PONG" {
		t.Errorf("got %v, %v", reply, err)
	}
}

func replyText(reply any) string {
	switch r := reply.(type) {
	case string:
		return r
	case Error:
		return string(r)
	}
	return ""
}
