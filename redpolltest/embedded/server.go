// Package embedded is a small Redis server that runs inside of the program, for tests and demos that should
// need no server program. It is miniredis (github.com/alicebob/miniredis) with the few handles that a
// client's tests need.
//
//	srv := embedded.StartT(t)                 // ends with the test
//	rdb, err := redpoll.Open(srv.URL())
//	...
//	srv.FastForward(time.Minute)              // keys expire as if a minute had passed
//
// Outside of tests:
//
//	srv, err := embedded.Start()
//	...
//	defer srv.Close()
//
// # What it can do
//
// Strings, bit strings, hashes with field expiry, lists, sets, sorted sets, streams, HyperLogLog, positions
// (GEO), MULTI and WATCH, Lua scripts, pub/sub, the blocking commands of lists and sorted sets, SCAN, many
// databases, passwords and TLS. It calls itself version 8.4.0 in the reply to HELLO, but knows only some of
// what 7.0 and later versions added.
//
// It speaks RESP2 and, after HELLO 3, RESP3: with nulls, doubles, maps for HGETALL, sets for SMEMBERS and
// push messages. A client of real servers must expect that some RESP3 replies have another shape here:
//
//   - ZRANGE and others WITHSCORES: a flat array, not pairs
//   - HRANDFIELD WITHVALUES: a map, not pairs
//   - SPOP with a count: an array, not a set
//   - XREAD, XREADGROUP: an array, not a map
//   - BLPOP and others after their time-out, GEOPOS of an unknown member: the null array of RESP2
//   - a subscribed connection takes no ordinary commands, as in RESP2
//
// # What it cannot do
//
// Missing as a whole: of CLIENT everything but SETNAME and GETNAME (so no CLIENT SETINFO, TRACKING, ID),
// CONFIG, ACL, OBJECT ENCODING, RESET, MONITOR, DEBUG, LATENCY, SORT, LCS, BITFIELD, ZDIFF, ZRANGESTORE,
// sharded pub/sub, functions, persistence, replication, Sentinel, eviction. The cluster commands describe one
// node with all slots. INFO has a few lines, COMMAND an old table. Errors of rare cases may read differently.
// It has no performance to speak of.
//
// Tests of such things, of broken connections and of restarts want a real server: package redpolltest of the
// client's module.
package embedded

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Options configures a server. The zero value is a server without password on a free port of 127.0.0.1.
type Options struct {
	// Addr is the host:port to listen on. Default: 127.0.0.1 and a free port.
	Addr string

	// Username and Password are the credentials of clients. Without a Username it is the default user.
	// Default: no login needed.
	Username, Password string

	// TLS makes the server speak TLS with this configuration, which must have a certificate. Default: plain
	// TCP.
	TLS *tls.Config

	// FrozenClock makes keys expire by FastForward only, so that no test depends on its speed. Default: keys
	// also expire as time passes, as on every server.
	FrozenClock bool

	// NoListener starts a server without any port, for synctest bubbles; see [Server.Dial]. Default: it
	// listens.
	NoListener bool
}

// Server is a running embedded server. All methods may be called from any goroutine.
type Server struct {
	mini   *miniredis.Miniredis
	opts   Options
	addr   string // empty with NoListener
	closed atomic.Bool
}

// TB is the part of testing.TB that StartT needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Start starts an empty server with the default options. Close ends it.
func Start() (*Server, error) { return StartOptions(Options{}) }

// StartT starts an empty server for a test and ends it with the test.
func StartT(t TB) *Server {
	t.Helper()
	s, err := Start()
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// StartOptions starts an empty server. It fails if it cannot listen on the address. Close ends it.
func StartOptions(opts Options) (*Server, error) {
	s := &Server{mini: miniredis.NewMiniRedis(), opts: opts}
	s.mini.ClockTTL(!opts.FrozenClock)
	switch {
	case opts.Username != "":
		s.mini.RequireUserAuth(opts.Username, opts.Password)
	case opts.Password != "":
		s.mini.RequireAuth(opts.Password)
	}
	if opts.NoListener {
		return s, nil
	}
	addr := opts.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var err error
	if opts.TLS != nil {
		err = s.mini.StartAddrTLS(addr, opts.TLS)
	} else {
		err = s.mini.StartAddr(addr)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded: cannot listen: %w", err)
	}
	s.addr = s.mini.Addr()
	return s, nil
}

// Addr returns the host:port on which the server listens; empty with NoListener.
func (s *Server) Addr() string { return s.addr }

// URL returns the redis:// or, with TLS, rediss:// URL of the server's database 0, with the password.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Addr(), Path: "/0"}
	if s.opts.TLS != nil {
		u.Scheme = "rediss"
	}
	if s.opts.Password != "" {
		u.User = url.UserPassword(s.opts.Username, s.opts.Password)
	}
	return u.String()
}

// Dial connects to the server through memory, without its port and TLS. A client with this dialer can run in
// a synctest bubble, whose clock then also makes keys expire. After Close it fails with net.ErrClosed.
func (s *Server) Dial() (net.Conn, error) {
	if s.closed.Load() {
		return nil, net.ErrClosed // otherwise miniredis would start again
	}
	return s.mini.Dial()
}

// FastForward makes keys expire as if d had passed. The clock of the command TIME does not move.
func (s *Server) FastForward(d time.Duration) { s.mini.FastForward(d) }

// FlushAll removes all keys of all databases.
func (s *Server) FlushAll() { s.mini.FlushAll() }

// SetError makes the server answer every command with this error, such as "LOADING Redis is loading the
// dataset in memory". An empty text ends this.
func (s *Server) SetError(text string) { s.mini.SetError(text) }

// Miniredis returns the server itself, for features that this package does not offer.
func (s *Server) Miniredis() *miniredis.Miniredis { return s.mini }

// Close ends the server and all connections to it. Closing it again does nothing.
func (s *Server) Close() {
	s.closed.Store(true)
	s.mini.Close()
}
