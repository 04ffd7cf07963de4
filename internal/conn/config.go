package conn

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// Config says how to reach one server and how to treat its connections. The layer above has
// filled in every default: zero means zero here.
type Config struct {
	Network string // "tcp" or "unix"
	Addr    string
	TLS     *tls.Config // nil: plain
	// Dial opens the socket; nil means net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	DialTimeout  time.Duration // dial, TLS and handshake together; 0: none
	ReplyTimeout time.Duration // silence while replies are awaited; 0: none
	WriteTimeout time.Duration // a write that makes no headway; 0: none
	KeepAlive    time.Duration // between TCP keep-alive probes; negative: none

	// Credentials gives user and password for each new connection; nil means none.
	Credentials func(ctx context.Context) (user, password string, err error)
	ClientName  string
	DB          int
	Role        Role // of the server
	RESP2       bool // do not offer RESP3
	NoEvict     bool // CLIENT NO-EVICT ON
	NoTouch     bool // CLIENT NO-TOUCH ON
	ClientInfo  bool // tell servers of 7.2 and later the library's name and version

	// OnPush takes RESP3 push messages, on the goroutine that reads: it must not block. Nil drops them.
	OnPush func(c *Conn, frame []byte)
	// OnConnect runs after the handshake, before the connection is used.
	OnConnect func(ctx context.Context, c *Conn) error

	// TrackReplies keeps the time of the last reply, for health checks.
	TrackReplies bool

	// Observe hears of every attempt to connect; nil for nobody.
	Observe func(ctx context.Context, took time.Duration, err error)

	Spin   time.Duration // poll for a reply this long before parking; 0: off
	Limits resp.Limits
	Logger *slog.Logger // never nil

	known habits  // of the endpoint; see learnt
	base  *Config // of the same endpoint, whose habits are used; nil if these are
}

// learnt is what is known of the endpoint from earlier connections.
func (c *Config) learnt() *habits {
	if c.base != nil {
		return &c.base.known
	}
	return &c.known
}

// Role says what a server is for its clients.
type Role uint8

const (
	// Primary takes writes.
	Primary Role = iota
	// Replica is a node of a cluster that has a copy, from which may be read: each connection says READONLY first, since it
	// would send its callers to the primary.
	Replica
)

// For is the configuration of connections to another server of the same deployment. What is known of one endpoint is not
// known of the other.
func (c *Config) For(addr string, role Role) *Config {
	other := c.copied()
	other.Addr, other.Role = addr, role
	return other
}

// Bare is the configuration of connections for urgent commands: without a name, a database and whatever else a server
// refuses while a script runs.
func (c *Config) Bare() *Config {
	bare := c.copied()
	bare.base = c
	bare.ClientName, bare.DB, bare.Role, bare.NoEvict, bare.NoTouch, bare.ClientInfo = "", 0, Primary, false, false, false
	bare.OnConnect, bare.Observe, bare.TrackReplies, bare.Spin = nil, nil, false, 0
	return bare
}

// copied is a configuration with the same settings.
func (c *Config) copied() *Config {
	return &Config{
		Network: c.Network, Addr: c.Addr, TLS: c.TLS, Dial: c.Dial,
		DialTimeout: c.DialTimeout, ReplyTimeout: c.ReplyTimeout, WriteTimeout: c.WriteTimeout, KeepAlive: c.KeepAlive,
		Credentials: c.Credentials, ClientName: c.ClientName, DB: c.DB, Role: c.Role, RESP2: c.RESP2,
		NoEvict: c.NoEvict, NoTouch: c.NoTouch, ClientInfo: c.ClientInfo,
		OnPush: c.OnPush, OnConnect: c.OnConnect, TrackReplies: c.TrackReplies, Observe: c.Observe,
		Spin: c.Spin, Limits: c.Limits, Logger: c.Logger,
	}
}

// modes are the commands that each connection sends to become what the configuration asks for.
func (c *Config) modes() [][]string {
	var list [][]string
	if c.NoEvict {
		list = append(list, []string{"CLIENT", "NO-EVICT", "ON"})
	}
	if c.NoTouch {
		list = append(list, []string{"CLIENT", "NO-TOUCH", "ON"})
	}
	if c.Role == Replica {
		list = append(list, []string{"READONLY"})
	}
	return list
}

// The library's name and version as CLIENT SETINFO tells them.
const (
	libName = "redpoll"
	// Version is the version of this module.
	Version = "0.1.0"
)

const (
	readSize  = 16 << 10 // initial read buffer
	writeSize = 4 << 10  // initial write buffer
	keepWrite = 64 << 10 // a write buffer up to this size survives an idle period
)
