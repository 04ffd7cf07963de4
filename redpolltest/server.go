package redpolltest

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is a running server program. [Start] starts one for a single test, [Shared] gives a test a database
// of one that all tests of the test binary use.
//
// All methods may be called from any goroutine. A method that cannot do its work marks the test as failed and
// returns.
type Server struct {
	// DB is the database of this test: 0 with [Start], with [Shared] a number that no other running test has.
	// Read only.
	DB int

	t      testing.TB
	p      *process
	number int // in its group, from 1

	mu       sync.Mutex
	proxies  []*Proxy        // see frontProxies
	apart    bool            // isolated from its group
	control  *Conn           // for Do; nil until needed
	controls map[string]bool // all local addresses of control so far, see own
	asked    map[string]bool // commands sent over control
}

// Start starts a server for t alone and stops it when t ends. It returns when the server answers. If t fails,
// the last lines of the server's log are printed.
//
// If this machine has no server program, t fails and says what to install. The environment variable
// REDPOLL_SERVER names another program than the redis-server or valkey-server in PATH.
func Start(t testing.TB, opts ServerOptions) *Server {
	t.Helper()
	p, err := newProcess(spec{opts: opts})
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	s := newServer(t, p, 0)
	t.Cleanup(func() {
		s.closeControl()
		s.checkCrash()
		_ = p.kill() // so that its log is complete
		if t.Failed() {
			t.Logf("%s", p.tail())
		}
		p.destroy()
	})
	return s
}

func newServer(t testing.TB, p *process, db int) *Server {
	return &Server{DB: db, t: t, p: p, controls: map[string]bool{}, asked: map[string]bool{}}
}

// Host returns the address of the TCP ports: 127.0.0.1.
func (s *Server) Host() string { return "127.0.0.1" }

// Port returns the plain TCP port, 0 with NoTCP.
func (s *Server) Port() int { return s.p.port }

// Addr returns the host:port of the plain TCP port. Restart does not change it. See also
// [Server.AnnouncedAddr].
func (s *Server) Addr() string { return loopback(s.p.port) }

// TLSAddr returns the host:port of the TLS port. Restart does not change it.
func (s *Server) TLSAddr() string { return loopback(s.p.tlsPort) }

// Socket returns the path of the unix socket.
func (s *Server) Socket() string { return s.p.socket }

// URL returns the redis:// URL of the plain TCP port with password and database.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Addr(), Path: "/" + strconv.Itoa(s.DB)}
	if s.p.opts.Password != "" {
		u.User = url.UserPassword("", s.p.opts.Password)
	}
	return u.String()
}

// TLSURL returns the rediss:// URL of the TLS port with password and database.
func (s *Server) TLSURL() string {
	u, _ := url.Parse(s.URL()) // URL wrote it
	u.Scheme, u.Host = "rediss", s.TLSAddr()
	return u.String()
}

// ClientTLS returns a new configuration for clients of the TLS port: it trusts the server's authority and
// shows a client certificate if asked. The client must set ServerName.
func (s *Server) ClientTLS() *tls.Config { return s.p.certs.ClientConfig() }

// Certificates returns those of the TLS port; nil without ServerOptions.TLS.
func (s *Server) Certificates() *Certificates { return s.p.certs }

// Password returns the password of the default user; empty if there is none.
func (s *Server) Password() string { return s.p.opts.Password }

// Version returns the version of Redis. On Valkey it is the Redis version whose commands Valkey promises
// (7.2.4 so far), so that AtLeast answers for a feature of Redis.
func (s *Server) Version() Version { return s.p.bin.redis }

// Release returns the program's own version: the same as Version on Redis, 8.1.0 on Valkey 8.1.0.
func (s *Server) Release() Version { return s.p.bin.release }

// IsValkey reports whether the server is Valkey.
func (s *Server) IsValkey() bool { return s.p.bin.valkey }

// Kill ends the server like kill -9 and returns when it has ended. Its port refuses connections until
// Restart.
func (s *Server) Kill() {
	s.t.Helper()
	s.check(s.p.kill())
}

// Stop ends the server like an orderly shutdown and returns when it has ended.
func (s *Server) Stop() {
	s.t.Helper()
	s.check(s.p.stop())
}

// Restart kills the server if it runs and starts it again on the same ports and socket, with the
// configuration that a CONFIG REWRITE may have left. It returns when the server has loaded its data and
// answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.check(s.p.restart())
}

// Pause stops the server (SIGSTOP): connections stay open, the system accepts new ones, nothing is answered.
// It returns when the server has stopped.
func (s *Server) Pause() {
	s.t.Helper()
	s.check(s.p.pause())
}

// Resume ends Pause. The server then answers the commands sent during the pause.
func (s *Server) Resume() {
	s.t.Helper()
	s.check(s.p.resume())
}

// checkCrash marks the test as failed if the server has ended although it should run.
func (s *Server) checkCrash() {
	s.t.Helper()
	if s.p.crashed() {
		s.t.Errorf("redpolltest: the %s on port %d ended on its own", s.p.kind(), max(s.p.port, s.p.tlsPort))
	}
}

func (s *Server) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Errorf("redpolltest: %v", err)
	}
}

// Do sends a command beside the client under test, on a separate connection with all rights, in the server's
// DB. The reply is a string, int64, nil, []any or [Error]. If the server cannot be reached, the test is
// marked as failed and the result is the reason, an error.
func (s *Server) Do(args ...string) any {
	s.t.Helper()
	reply, err := s.do(args)
	if err != nil {
		s.t.Errorf("redpolltest: Do %q: %v", args, err)
		return err
	}
	return reply
}

func (s *Server) do(args []string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.control != nil {
		// The server may have been restarted since the last Do. PING shows this on the old connection before
		// the command is sent; a command is never sent twice.
		if reply, err := s.command("PING"); err != nil || reply != "PONG" {
			_ = s.control.Close()
			s.control = nil
		}
	}
	if s.control == nil {
		c, err := s.dial()
		if err != nil {
			return nil, err
		}
		s.control = c
		s.controls[c.LocalAddr().String()] = true
	}
	return s.command(args...)
}

// command sends a command over control. mu is held.
func (s *Server) command(args ...string) (any, error) {
	s.asked[strings.Join(args, "\x00")] = true
	return s.control.roundTrip(args...)
}

// own reports whether a command that client sent came from this package. The address alone is not enough: a
// connection to another port of the server may have the same one. mu is held.
func (s *Server) own(client string, args []string) bool {
	return s.controls[client] &&
		(s.asked[strings.Join(args, "\x00")] || args[0] == "AUTH" || args[0] == "SELECT")
}

// dial opens a connection with all rights in the server's DB.
func (s *Server) dial() (*Conn, error) {
	c, err := s.p.dialControl(true)
	if err != nil || s.DB == 0 {
		return c, err
	}
	reply, err := c.roundTrip("SELECT", strconv.Itoa(s.DB))
	if e, ok := reply.(Error); ok {
		err = e
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (s *Server) closeControl() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.control != nil {
		_ = s.control.Close()
		s.control = nil
	}
}

var _ net.Conn = (*Conn)(nil)
