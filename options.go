package redpoll

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/route"
	"github.com/redpoll-go/redpoll/internal/urltext"
	"github.com/redpoll-go/redpoll/resp"
)

// Defaults of [Options].
const (
	DefaultAddr         = "localhost:6379"
	DefaultDialTimeout  = 5 * time.Second
	DefaultReplyTimeout = 10 * time.Second
	DefaultWriteTimeout = 10 * time.Second
	DefaultKeepAlive    = 15 * time.Second
	DefaultRetryFor     = 3 * time.Second
	DefaultMaxRetries   = 3
	DefaultMinBackoff   = 4 * time.Millisecond
	DefaultMaxBackoff   = 250 * time.Millisecond
	DefaultWaitTimeout  = 20 * time.Second
	DefaultWaitConns    = 50
	DefaultMaxBlocking  = 1000
	DefaultIdleTimeout  = 5 * time.Minute
	DefaultMaxConnAge   = 30 * time.Minute
)

// maxSpin bounds Options.Spin: whoever polls cannot be interrupted.
const maxSpin = 10 * time.Millisecond

// Forever is for time-outs that shall never end a call.
const Forever time.Duration = 1<<63 - 1

// Unlimited is for numbers of connections that have no bound.
const Unlimited = math.MaxInt

// Options say how a client reaches its server and how it behaves. The zero value is a client for
// localhost:6379, database 0. New copies them; changing them later has no effect.
//
// A time-out under a millisecond, and an interval, a pause or a Spin under a microsecond, are an [*OptionError]: their
// unit was forgotten.
//
// Printed and logged, they show where they lead and no secret. The one exception are values that hold Options in an
// unexported field and are printed whole: package fmt calls no method there, nor for the verb %p, and shows Password.
// For such configurations give the password by Credentials.
type Options struct {
	// Network is "tcp", "tcp4" and "tcp6" for one version of IP only, or "unix". Default: "unix" if Addr
	// begins with a slash, else "tcp".
	Network string
	// Addr is host:port, [address]:port for IPv6, or the path of a unix socket. The port may be left out: 6379;
	// an IPv6 address needs no brackets then. Anything else, such as a port without a number, is an OptionError.
	// Default: localhost:6379.
	Addr string
	// DB is the database; every connection selects it when it is made. Default: 0. A client has one
	// database: for another one make another client.
	DB int

	// Username and Password authenticate each new connection. Without a Username the password is the one of
	// the default user, and connecting fails with ErrAuth if the server has none. With a Username that needs
	// no password, servers take any. They are sent as they are: where they come out of a file and the server
	// refuses them, the error says whether they end with the file's line end. Default: none.
	Username string
	Password string
	// Credentials gives user and password anew for each connection, for secrets that rotate. It
	// excludes Username and Password. It must be safe for concurrent use. Default: none.
	Credentials func(ctx context.Context) (username, password string, err error)
	// CredentialStream gives user and password, and others whenever they change: it calls next each time, and runs until
	// ctx ends, which is when the client is closed. New connections use the latest ones; each living connection is
	// authenticated anew (AUTH) behind the calls under way on it, so that no call fails if this happens before the old
	// secret ends. The first connection waits for the first call of next, within DialTimeout. It is called in a
	// goroutine of its own before the first connection is made; if it returns early it is called again after a pause of
	// 1 s, doubling up to a minute, and its error is logged as a warning. An empty username stands for the default user.
	// It excludes Username, Password and Credentials. Default: none.
	CredentialStream func(ctx context.Context, next func(username, password string)) error

	// ClientName is set on each new connection (HELLO SETNAME or CLIENT SETNAME). It must not contain
	// blanks or line ends. Default: none.
	ClientName string
	// NoClientInfo stops telling servers of 7.2 and later the library's name and version (CLIENT
	// SETINFO). Default: they are told.
	NoClientInfo bool
	// NoEvict keeps the server from closing this client's connections when its clients need too much memory (CLIENT
	// NO-EVICT, server 7.0). A server that refuses it makes connecting fail. Default: false.
	NoEvict bool
	// NoTouch keeps reads from changing how recently a key was used, for programs that look at all keys without being
	// their user (CLIENT NO-TOUCH, server 7.2). A server that refuses it makes connecting fail. Default: false.
	NoTouch bool
	// Protocol is 2 to speak RESP2 only, or 3 to offer RESP3 and fall back to RESP2 where a server or
	// proxy refuses it, or hangs up; later connections offer it again. Default: 3.
	Protocol int

	// TLS turns TLS on. Certificates and host names are verified unless the configuration says
	// otherwise; ServerName defaults to the host of Addr. It is cloned. Default: nil, plain.
	TLS *tls.Config
	// Dialer opens the socket in place of net.Dialer: tunnels, proxies, tests. Its context ends with
	// DialTimeout and with the pool, not with the call that needs the connection: others may use it. What
	// it returns belongs to the client. It must be safe for concurrent use. Of a connection without a descriptor (one
	// that is no syscall.Conn) it cannot be seen that the server has closed it while it was idle.
	// Default: nil.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	// DialTimeout bounds dialing, TLS and handshake together. Forever turns it off. Default: 5 s.
	DialTimeout time.Duration
	// ReplyTimeout is how long the server may stay silent while a reply is awaited, before the connection
	// is given up; blocking commands have their own time-out on top. It is watched coarsely, and may
	// be exceeded by up to 0.5 s; deadlines of contexts are exact. Forever turns it off. Default: 10 s.
	ReplyTimeout time.Duration
	// WriteTimeout is how long a write may make no headway before the connection is given up. Forever
	// turns it off. Default: 10 s.
	WriteTimeout time.Duration
	// KeepAlive is the time between TCP keep-alive probes. Forever turns them off. Default: 15 s.
	KeepAlive time.Duration
	// HealthCheckInterval pings a connection before it is used, when its last reply is longer ago than
	// this. A connection that does not answer is replaced; an error reply is an answer. Default: 0, off.
	HealthCheckInterval time.Duration

	// RetryFor is how long a command is tried again that provably did not run, counted from its first failed attempt and
	// always within its context: nobody listens, the connection ended before the command had left, or the
	// server refused it for now (LOADING, TRYAGAIN, CLUSTERDOWN, MASTERDOWN; but not if a script answers so in
	// words of its own). An attempt to connect that took its whole DialTimeout counts from its beginning. A
	// failure that would be the same the next time, such as a wrong password, ends the command at once. Forever
	// leaves the end to the context. Default: 3 s. docs/timeouts.md has advice for caches, queues and batch work.
	RetryFor time.Duration
	// MaxRetries is how often a command is repeated at most that may have run: reads whose reply was lost, and
	// with RetryWrites some writes. Other writes are not repeated. Default: 3.
	MaxRetries int
	// NoRetry turns off both RetryFor and MaxRetries: every command has one attempt. A connection that the server
	// closed while it was idle is replaced nevertheless: nothing was sent over it. Default: false.
	NoRetry bool
	// RetryWrites also repeats writes when their reply was lost, if two executions leave the state of one (SET, DEL,
	// HSET ...). Data in the reply is that of the first execution; a number or a flag that says what has changed may be
	// that of the second, as the method's comment says, and a lifetime (EX, EXPIRE) counts from the last one. What others
	// have written in between is overwritten again.
	//
	// Everything else is sent once, and its error matches ErrMaybeExecuted: writes that add up (INCR, LPUSH ...),
	// that answer with what they take away or replace (GETDEL, SPOP, SET with GET), that depend on a condition (NX, GT, IfEq
	// ...) or on a position (LTRIM), all writes that Do sends, and pipelines with a write in them. It can also depend on the
	// arguments: of a destination that is a source as well (SDIFFSTORE b a b), of a JSON path with an index (JSON.DEL k
	// $.a[0]), or of an approximate trim a second execution makes something else. The comments of methods name these.
	RetryWrites bool
	// RetryOnTimeout also repeats a command once, in the same classes, after ReplyTimeout.
	RetryOnTimeout bool
	// MinBackoff and MaxBackoff bound the pause before a repeat, and that of a pool between attempts to
	// connect; it doubles, and is shortened at random by up to a half. Default: 4 ms and 250 ms.
	MinBackoff time.Duration
	MaxBackoff time.Duration

	// Conns is the number of connections that ordinary commands share. More than one rarely pays.
	// Default: 1.
	Conns int
	// Exclusive gives every command a connection of its own, as redis-py does, instead of letting
	// the commands of all callers travel together. Default: false.
	Exclusive bool
	// MaxConns bounds the connections that transactions, Conn and HashImport hold, and with Exclusive those of all
	// commands. At the bound calls wait, in the order in which they came, as long as their contexts allow. In a
	// context without a deadline a call gives up with ErrPoolTimeout when for 20 s no connection at all has come
	// back. A transaction or Conn inside another one needs two connections: when every holder waits
	// for its second one, all of them end with their contexts, and the errors say so. Unlimited takes the bound
	// away. Default: 10 for each CPU that Go uses (GOMAXPROCS), but at least 32; 50 with WaitForConn.
	MaxConns int
	// WaitTimeout bounds the wait at MaxConns, whatever the context: then the call fails with ErrPoolTimeout.
	// Forever leaves its end to the context alone. Default: see MaxConns; 20 s with WaitForConn.
	WaitTimeout time.Duration
	// WaitForConn changes the defaults of MaxConns and WaitTimeout to those of redis-py's
	// BlockingConnectionPool. Default: false.
	WaitForConn bool
	// FailAtMaxConns makes calls fail at once with ErrPoolExhausted at MaxConns, instead of waiting, as redis-py's
	// ConnectionPool does. Default: false.
	FailAtMaxConns bool
	// MaxBlocking bounds the connections of blocking commands (BLPOP, XREAD that blocks ...), each of which has one
	// while it waits at the server. At the bound a call fails at once with ErrPoolExhausted. With Exclusive they
	// count against MaxConns instead. Unlimited takes the bound away. Default: 1000.
	MaxBlocking int
	// IdleTimeout closes connections that are not shared when they were not used for that long; those of large
	// requests after 10 s at the latest. Forever keeps the others. Default: 5 min.
	IdleTimeout time.Duration
	// MaxConnAge is how long a connection lives, within a tenth, so that a name that leads to another server by now is followed. A
	// connection that calls share is replaced before it ends; one that is held, for a Conn or a blocking command, ends when it is given
	// back. No call notices. Forever keeps connections for as long as they work. Default: 30 min.
	MaxConnAge time.Duration
	// Pool makes the client use connections of an existing pool. The client's own are then only
	// RetryFor, MaxRetries, NoRetry, RetryWrites, RetryOnTimeout, MinBackoff and MaxBackoff (for repeats), Text,
	// Callbacks, and those Hooks that are about commands: CommandHook and LimitHook. All others, Exclusive among them, are those of
	// the pool and are checked here but have no effect. Closing the client leaves the pool open.
	// Default: nil, a pool of its own.
	Pool *Pool

	// Spin polls the socket for up to this long before a waiting reader is parked. It saves the sleep
	// and wake-up when an idle CPU is there and the server answers within some tens of microseconds;
	// it backs off where it does not pay. Linux and other Unix, without TLS. Try 60 to 100
	// microseconds; 10 ms at most. Default: 0, off.
	Spin time.Duration
	// Limits bound what a reply may claim and need. Default: those of the resp package.
	Limits resp.Limits

	// Text translates keys and string values on the way out and string replies on the way in. []byte
	// values and replies are never translated. Default: nil, strings are sent and taken as they are.
	Text TextEncoding

	// Callbacks convert replies of Do by command name, in any case. SetResponseCallback adds to them
	// later. Default: none.
	Callbacks map[string]Callback
	// Hooks observe the client, and may refuse commands. Default: none; then they cost nothing.
	Hooks []Hook
	// Logger takes notes about connections. Each server that is lost, or cannot be reached, gives one line at warn, and one at info
	// when it is back, however many connections and callers there are: "away" is for how long, "attempts" how often it was tried to
	// connect. A breach of the protocol is a line at warn as well. All else is at debug: connections that are made, fail or are
	// closed. "node" is the server, "error" the cause. The logger is called by a goroutine of its own, which nobody waits for.
	// Neither arguments nor secrets are logged. Default: nil, no logging.
	Logger *slog.Logger
}

// String shows where the options lead, without any secret.
func (o Options) String() string {
	o, err := o.withDefaults()
	if err != nil {
		return "redpoll.Options<" + err.Error() + ">"
	}
	return "redpoll.Options<" + o.target() + ">"
}

// Format prints String, whatever the verb and the flags, so that no secret shows.
func (o Options) Format(f fmt.State, verb rune) {
	switch verb {
	case 'v':
		_, _ = io.WriteString(f, o.String())
	default:
		fmt.Fprintf(f, fmt.FormatString(f, verb), o.String())
	}
}

// GoString is String.
func (o Options) GoString() string { return o.String() }

// LogValue is String, for slog.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// target names server, database and client name.
func (o *Options) target() string {
	var b strings.Builder
	if o.Network == "unix" {
		fmt.Fprintf(&b, "path=%s,db=%d", o.Addr, o.DB)
	} else {
		host, port, _ := net.SplitHostPort(o.Addr)
		fmt.Fprintf(&b, "host=%s,port=%s,db=%d", host, port, o.DB)
	}
	if o.ClientName != "" {
		b.WriteString(",client_name=" + o.ClientName)
	}
	return b.String()
}

// withDefaults gives a checked copy in which every default is filled in and Forever has become 0, but for WaitTimeout,
// whose 0 is a rule of its own, and RetryFor, whose 0 is NoRetry.
func (o Options) withDefaults() (Options, error) {
	if err := o.normalizeAddr(); err != nil {
		return o, err
	}
	if err := o.validate(); err != nil {
		return o, err
	}
	timeout := func(d *time.Duration, standard time.Duration) {
		switch *d {
		case 0:
			*d = standard
		case Forever:
			*d = 0
		}
	}
	timeout(&o.DialTimeout, DefaultDialTimeout)
	timeout(&o.ReplyTimeout, DefaultReplyTimeout)
	timeout(&o.WriteTimeout, DefaultWriteTimeout)
	timeout(&o.KeepAlive, DefaultKeepAlive)
	timeout(&o.IdleTimeout, DefaultIdleTimeout)
	timeout(&o.MaxConnAge, DefaultMaxConnAge)
	timeout(&o.MinBackoff, DefaultMinBackoff)
	timeout(&o.MaxBackoff, max(DefaultMaxBackoff, o.MinBackoff))
	if !o.NoRetry {
		o.RetryFor = cmp.Or(o.RetryFor, DefaultRetryFor)
		o.MaxRetries = cmp.Or(o.MaxRetries, DefaultMaxRetries)
	}
	if o.Protocol == 0 {
		o.Protocol = 3
	}
	if o.Conns == 0 {
		o.Conns = 1
	}
	if o.WaitForConn {
		o.MaxConns = cmp.Or(o.MaxConns, DefaultWaitConns)
		o.WaitTimeout = cmp.Or(o.WaitTimeout, DefaultWaitTimeout)
	}
	o.MaxConns = cmp.Or(o.MaxConns, max(32, 10*runtime.GOMAXPROCS(0)))
	o.MaxBlocking = cmp.Or(o.MaxBlocking, DefaultMaxBlocking)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.TLS != nil {
		o.TLS = o.TLS.Clone()
		if o.TLS.ServerName == "" && o.Network != "unix" {
			host, _, _ := net.SplitHostPort(o.Addr)
			o.TLS.ServerName, _, _ = strings.Cut(host, "%") // certificates know no zones
		}
	}
	return o, nil
}

// normalizeAddr fills in network, host and port.
func (o *Options) normalizeAddr() error {
	if o.Network == "" {
		o.Network = "tcp"
		if strings.HasPrefix(o.Addr, "/") {
			o.Network = "unix"
		}
	}
	switch o.Network {
	case "unix":
		if o.Addr == "" {
			return &OptionError{"Addr", "a unix socket needs its path here"}
		}
		if strings.ContainsAny(o.Addr, "\r\n") {
			return &OptionError{"Addr", "has a line end in the path of the socket; texts out of files often end with one: cut it off"}
		}
		return nil
	case "tcp", "tcp4", "tcp6":
	default:
		return &OptionError{"Network", `must be "tcp", "tcp4", "tcp6" or "unix", not ` + strconv.Quote(o.Network)}
	}
	if strings.Contains(o.Addr, "://") {
		return &OptionError{"Addr", "is a URL; give URLs to Open or ParseURL"}
	}
	if strings.Contains(o.Addr, "@") {
		return &OptionError{"Addr", "is host:port only; user and password have options of their own"}
	}
	host, port, reason := urltext.HostPort(o.Addr)
	if reason != "" {
		return &OptionError{"Addr", reason}
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	o.Addr = net.JoinHostPort(host, port)
	return nil
}

// validate checks each option and how they go together.
func (o *Options) validate() error {
	const ms, us = time.Millisecond, time.Microsecond
	for _, d := range [...]struct {
		name        string
		v           time.Duration
		least, unit time.Duration // of what can be meant, see encode.ForgottenUnit
	}{
		{"DialTimeout", o.DialTimeout, ms, time.Second}, {"ReplyTimeout", o.ReplyTimeout, ms, time.Second},
		{"WriteTimeout", o.WriteTimeout, ms, time.Second}, {"KeepAlive", o.KeepAlive, ms, time.Second},
		{"HealthCheckInterval", o.HealthCheckInterval, us, time.Second}, {"WaitTimeout", o.WaitTimeout, ms, time.Second},
		{"IdleTimeout", o.IdleTimeout, ms, time.Second}, {"MaxConnAge", o.MaxConnAge, ms, time.Second}, {"RetryFor", o.RetryFor, ms, time.Second},
		{"MinBackoff", o.MinBackoff, us, ms}, {"MaxBackoff", o.MaxBackoff, us, ms}, {"Spin", o.Spin, us, us},
	} {
		if d.v < 0 {
			return &OptionError{d.name, "must not be negative; 0 is the default, Forever means no limit"}
		}
		if err := meant(d.name, d.v, d.least, d.unit); err != nil {
			return err
		}
	}
	for _, n := range [...]struct {
		name string
		v    int
	}{{"DB", o.DB}, {"MaxRetries", o.MaxRetries}, {"Conns", o.Conns}, {"MaxConns", o.MaxConns}, {"MaxBlocking", o.MaxBlocking}} {
		if n.v < 0 {
			return &OptionError{n.name, "must not be negative"}
		}
	}
	switch {
	case o.Protocol != 0 && o.Protocol != 2 && o.Protocol != 3:
		return &OptionError{"Protocol", "must be 2 or 3, or 0 for the default"}
	case strings.ContainsFunc(o.ClientName, func(r rune) bool { return r < '!' || r > '~' }):
		return &OptionError{"ClientName", "must not contain blanks, line ends or characters beyond ASCII: the server refuses them"}
	case o.Credentials != nil && (o.Username != "" || o.Password != ""):
		return &OptionError{"Credentials", "excludes Username and Password: give one or the other"}
	case o.CredentialStream != nil && (o.Credentials != nil || o.Username != "" || o.Password != ""):
		return &OptionError{"CredentialStream", "excludes Credentials, Username and Password: give one or the other"}
	case o.NoRetry && o.MaxRetries > 0:
		return &OptionError{"NoRetry", "contradicts MaxRetries: give one or the other"}
	case o.NoRetry && o.RetryFor > 0:
		return &OptionError{"NoRetry", "contradicts RetryFor: give one or the other"}
	case o.NoRetry && (o.RetryWrites || o.RetryOnTimeout):
		return &OptionError{"NoRetry", "contradicts RetryWrites and RetryOnTimeout"}
	case o.MinBackoff == Forever:
		return &OptionError{"MinBackoff", "must not be Forever: a repeat would never come; NoRetry turns repeats off"}
	case o.MaxBackoff == Forever:
		return &OptionError{"MaxBackoff", "must not be Forever: a repeat would never come; NoRetry turns repeats off"}
	case o.Spin > maxSpin:
		return &OptionError{"Spin", "must not be more than 10 ms: whoever polls takes a CPU and cannot be interrupted; try 60 to 100 microseconds"}
	case o.MinBackoff > 0 && o.MaxBackoff > 0 && o.MinBackoff > o.MaxBackoff:
		return &OptionError{"MinBackoff", "is more than MaxBackoff"}
	case o.FailAtMaxConns && (o.WaitForConn || o.WaitTimeout != 0):
		return &OptionError{"FailAtMaxConns", "contradicts WaitForConn and WaitTimeout: calls either wait or fail at once"}
	case o.MaxConns == Unlimited && (o.FailAtMaxConns || o.WaitForConn || o.WaitTimeout != 0):
		return &OptionError{"MaxConns", "is Unlimited, and then there is no connection to wait for: leave out WaitForConn, WaitTimeout and FailAtMaxConns"}
	case o.Exclusive && o.Conns > 1:
		return &OptionError{"Exclusive", "contradicts Conns: without sharing there are no shared connections"}
	}
	return nil
}

// meant refuses a span of time whose unit was forgotten: one that is less than least.
func meant(option string, d, least, unit time.Duration) error {
	if text := encode.ForgottenUnit(d, least, unit); text != "" {
		return &OptionError{option, text + " Less than " + least.String() + " is refused"}
	}
	return nil
}

// poolConfig translates checked options for the layers below.
func (o *Options) poolConfig(h *hooks) pool.Config {
	cc := &conn.Config{
		Network: o.Network, Addr: o.Addr, TLS: o.TLS, Dial: o.Dialer,
		DialTimeout: o.DialTimeout, ReplyTimeout: o.ReplyTimeout, WriteTimeout: o.WriteTimeout, KeepAlive: o.KeepAlive,
		Credentials: o.Credentials, ClientName: o.ClientName, DB: o.DB,
		RESP2: o.Protocol == 2, ClientInfo: !o.NoClientInfo, NoEvict: o.NoEvict, NoTouch: o.NoTouch,
		TrackReplies: o.HealthCheckInterval > 0,
		Spin:         o.Spin, Limits: o.Limits, Logger: o.Logger,
	}
	if cc.KeepAlive == 0 {
		cc.KeepAlive = -1
	}
	if o.Username != "" || o.Password != "" {
		user, password := o.Username, o.Password
		cc.Credentials = func(context.Context) (string, string, error) { return user, password, nil }
	}
	if h != nil && len(h.connect) > 0 {
		cc.Observe = func(ctx context.Context, took time.Duration, err error) {
			end := ConnectEnd{Node: cc.Addr, Duration: took}
			if err != nil {
				end.Err = unconnected(&route.Unreached{Node: cc.Addr, Err: err})
			}
			for _, hook := range h.connect {
				hook.Connected(ctx, end)
			}
		}
	}
	return pool.Config{
		Conn: cc, Shared: o.Conns, Sessions: o.sessions(), Blocking: o.blocking(), Large: o.large(),
		HealthCheck: o.HealthCheckInterval, BackoffMin: o.MinBackoff, BackoffMax: o.MaxBackoff, MaxAge: o.MaxConnAge,
	}
}

// sessions bounds the connections of transactions and Conn, or with Exclusive those of all commands.
func (o *Options) sessions() pool.Bound {
	b := pool.Bound{Max: bound(o.MaxConns), Wait: !o.FailAtMaxConns, IdleTimeout: o.IdleTimeout}
	switch o.WaitTimeout {
	case 0:
		b.Stall = DefaultWaitTimeout
	case Forever:
	default:
		b.WaitTimeout = o.WaitTimeout
	}
	b.Remedy = "MaxConns bounds them; transactions and Conn hold theirs until they end, so that one inside another needs two"
	if o.Exclusive {
		b.Remedy = "MaxConns bounds them; every command needs one, transactions and Conn hold theirs until they end"
	}
	return b
}

// blocking bounds the connections of blocking commands.
func (o *Options) blocking() pool.Bound {
	return pool.Bound{
		Max: bound(o.MaxBlocking), IdleTimeout: o.IdleTimeout,
		Remedy: "MaxBlocking bounds them; each blocking command that waits at the server needs one: let fewer of them wait, or raise it",
	}
}

// Bounds of the connections for large requests.
const (
	maxLarge         = 8
	largeIdleTimeout = 10 * time.Second
)

// large bounds the connections of large requests.
func (o *Options) large() pool.Bound {
	b := pool.Bound{Max: maxLarge, Wait: true, IdleTimeout: largeIdleTimeout, Remedy: "large requests go over them, one at a time over each"}
	if o.IdleTimeout > 0 {
		b.IdleTimeout = min(o.IdleTimeout, b.IdleTimeout)
	}
	return b
}

// bound is a number of connections for the layers below, where 0 means no bound.
func bound(n int) int {
	if n == Unlimited {
		return 0
	}
	return n
}

func (o *Options) policy() route.Policy {
	return route.Policy{For: o.RetryFor, Max: o.MaxRetries, Min: o.MinBackoff, Most: o.MaxBackoff, Writes: o.RetryWrites, OnTimeout: o.RetryOnTimeout}
}
