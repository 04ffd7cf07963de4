package conn

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// Config says how to reach one server and how to treat its connections. The layer above has filled in all
// defaults: zero means zero here.
type Config struct {
	Network string // "tcp" or "unix"
	Addr    string
	TLS     *tls.Config // nil for a plain connection
	// Dial opens the socket; nil means net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	DialTimeout  time.Duration // limit for dial, TLS and handshake together; 0 if none
	ReplyTimeout time.Duration // limit of silence while replies are awaited; 0 if none
	WriteTimeout time.Duration // limit for a write without progress; 0 if none
	KeepAlive    time.Duration // interval of TCP keep-alive probes; negative if none

	// Credentials returns user and password for each new connection; nil means none.
	Credentials func(ctx context.Context) (user, password string, err error)
	ClientName  string
	DB          int
	Role        Role // role of the server
	Leads       bool // the server must take writes: each new connection asks for its ROLE
	RESP2       bool // do not offer RESP3
	NoEvict     bool // CLIENT NO-EVICT ON
	NoTouch     bool // CLIENT NO-TOUCH ON
	ClientInfo  bool // send the library's name and version to servers from 7.2 on

	// OnPush takes RESP3 push messages on the goroutine that reads, so it must not block. If it is nil, they
	// are dropped.
	OnPush func(c *Conn, frame []byte)
	// OnConnect runs after the handshake, before the connection is used.
	OnConnect func(ctx context.Context, c *Conn) error

	// TrackReplies keeps the time of the last reply, for health checks.
	TrackReplies bool

	// Observe is called after every attempt to connect; nil if nobody listens.
	Observe func(ctx context.Context, took time.Duration, err error)

	Spin   time.Duration // how long to poll for a reply before parking; 0 if never
	Limits resp.Limits
	Logger *slog.Logger // never nil

	known habits  // of the endpoint; see learnt
	base  *Config // owner of the habits; nil if this Config owns them
}

// learnt returns what earlier connections found out about the endpoint.
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
	// Replica is a node of a cluster that has a copy of the data, for reads. Each connection sends READONLY
	// first, because the node would otherwise redirect callers to the primary.
	Replica
)

// For returns the configuration for another server of the same deployment. The other endpoint has its own
// habits.
func (c *Config) For(addr string, role Role) *Config {
	other := c.copied()
	other.Addr, other.Role = addr, role
	return other
}

// Anyone returns the configuration for the same server, whether or not it takes writes.
func (c *Config) Anyone() *Config {
	other := c.copied()
	other.base, other.Leads = c, false
	return other
}

// Bare returns the configuration for urgent commands: it has no name, no database and no other setting that a
// server refuses while a script runs.
func (c *Config) Bare() *Config {
	bare := c.copied()
	bare.base = c
	bare.ClientName, bare.DB, bare.Role, bare.Leads = "", 0, Primary, false
	bare.NoEvict, bare.NoTouch, bare.ClientInfo = false, false, false
	bare.OnConnect, bare.Observe, bare.TrackReplies, bare.Spin = nil, nil, false, 0
	return bare
}

// copied returns a configuration with the same settings.
func (c *Config) copied() *Config {
	return &Config{
		Network: c.Network, Addr: c.Addr, TLS: c.TLS, Dial: c.Dial,
		DialTimeout: c.DialTimeout, ReplyTimeout: c.ReplyTimeout, WriteTimeout: c.WriteTimeout,
		KeepAlive:   c.KeepAlive,
		Credentials: c.Credentials, ClientName: c.ClientName, DB: c.DB, Role: c.Role, Leads: c.Leads,
		RESP2:   c.RESP2,
		NoEvict: c.NoEvict, NoTouch: c.NoTouch, ClientInfo: c.ClientInfo,
		OnPush: c.OnPush, OnConnect: c.OnConnect, TrackReplies: c.TrackReplies, Observe: c.Observe,
		Spin: c.Spin, Limits: c.Limits, Logger: c.Logger,
	}
}

// modes returns the commands that put each connection into the configured modes.
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

// CLIENT SETINFO sends the library's name and version.
const (
	libName = "redpoll"
	// Version is the version of this module.
	Version = "0.1.0"
)

const (
	readSize  = 16 << 10 // initial read buffer
	writeSize = 4 << 10  // initial write buffer
	keepWrite = 64 << 10 // a larger write buffer is freed when the connection is idle
)
