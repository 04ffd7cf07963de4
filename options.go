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
	"unicode/utf8"

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

// maxSpin bounds Options.Spin, because polling cannot be interrupted.
const maxSpin = 10 * time.Millisecond

// Forever is for time-outs that never end a call.
const Forever time.Duration = 1<<63 - 1

// Unlimited is for numbers of connections without a bound.
const Unlimited = math.MaxInt

// Options configure a client. The zero value is a client for localhost:6379, database 0. New copies them;
// later changes have no effect.
//
// A time-out below a millisecond, and an interval, a pause or a Spin below a microsecond, are an
// [*OptionError], because the unit was forgotten.
//
// When Options are printed or logged, they show the address and no secret. There is one exception: if a
// struct has Options in an unexported field and is printed whole, package fmt cannot call a method of
// Options, and shows Password. The verb %p does this too. Use Credentials for the password in such programs.
type Options struct {
	// Network is "tcp", "tcp4" and "tcp6" for one version of IP only, or "unix". Default: "unix" if Addr
	// begins with a slash, else "tcp".
	Network string
	// Addr is host:port, [address]:port for IPv6, or the path of a unix socket. Without a port it is 6379; an
	// IPv6 address then needs no brackets. Any other form, such as a port that is not a number, is an
	// OptionError. Default: localhost:6379.
	Addr string
	// DB is the number of the database that every connection selects. A client has one database: for another
	// database make another client. Default: 0.
	DB int

	// Username and Password authenticate each new connection. Without a Username the Password is that of the
	// default user, and connecting fails with ErrAuth if the server has none. If Username is a user without a
	// password, servers accept any Password. Both are sent unchanged: if they were read from a file and end
	// with its line end, the error after a refusal says so. Default: none.
	Username string
	Password string
	// Credentials returns user and password for each new connection, for secrets that change. It must be safe
	// for concurrent use. It excludes Username and Password. Default: none.
	Credentials func(ctx context.Context) (username, password string, err error)
	// CredentialStream reports user and password, now and after each change: it calls next each time, and
	// returns when ctx ends, which is when the client is closed. New connections use the latest credentials.
	// Each open connection is authenticated again (AUTH) behind the calls under way on it, so no call fails
	// if this happens before the old secret expires. The first connection waits for the first call of next,
	// within DialTimeout. An empty username means the default user.
	//
	// CredentialStream is called in a goroutine of its own before the first connection is made. If it returns
	// early it is called again after a pause of 1 s, which doubles up to a minute, and its error is logged as
	// a warning. It excludes Username, Password and Credentials. Default: none.
	CredentialStream func(ctx context.Context, next func(username, password string)) error

	// ClientName is set on each new connection (HELLO SETNAME or CLIENT SETNAME). It must not contain blanks
	// or line ends. Default: none.
	ClientName string
	// NoClientInfo stops sending the library's name and version to servers of 7.2 and later (CLIENT SETINFO).
	// Default: false.
	NoClientInfo bool
	// NoEvict keeps the server from closing this client's connections when all its clients need too much
	// memory (CLIENT NO-EVICT, server 7.0). If the server refuses it, connecting fails. Default: false.
	NoEvict bool
	// NoTouch keeps reads from changing the time of the last use of keys, for programs that only inspect the
	// keys (CLIENT NO-TOUCH, server 7.2). If the server refuses it, connecting fails. Default: false.
	NoTouch bool
	// Protocol is 2 to speak only RESP2, or 3 to offer RESP3 and fall back to RESP2 if a server or proxy
	// refuses it, or hangs up; later connections offer it again. Default: 3.
	Protocol int

	// TLS turns TLS on. Certificates and host names are verified unless the configuration says otherwise;
	// ServerName defaults to the host of Addr. It is cloned. Default: nil, no TLS.
	TLS *tls.Config
	// Dialer opens the socket in place of net.Dialer: tunnels, proxies, tests. Its context ends with
	// DialTimeout and with the pool, not with the call that needs the connection, because other calls may use
	// it. The connection belongs to the client. Dialer must be safe for concurrent use. If the connection is
	// not a syscall.Conn, the client cannot see before a write that the server has closed an idle connection.
	// Default: nil.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	// DialTimeout bounds dialing, TLS and handshake together. Forever turns it off. Default: 5 s.
	DialTimeout time.Duration
	// ReplyTimeout is the longest silence of the server while a reply is awaited. After it the connection is
	// closed. The time-out of a blocking command is added to it. It may be exceeded by up to 0.5 s; deadlines
	// of contexts are exact. Forever turns it off. Default: 10 s.
	ReplyTimeout time.Duration
	// WriteTimeout is the longest time without progress of a write. After it the connection is closed.
	// Forever turns it off. Default: 10 s.
	WriteTimeout time.Duration
	// KeepAlive is the time between TCP keep-alive probes. Forever turns them off. Default: 15 s.
	KeepAlive time.Duration
	// HealthCheckInterval is the age of a connection's last reply at which the connection is pinged before
	// its next use. A connection that does not answer is replaced; an error reply is an answer. Default: 0,
	// off.
	HealthCheckInterval time.Duration

	// RetryFor bounds the time in which a command is repeated that provably did not run. It counts from the
	// first failed attempt, and the context bounds it too. Such a failure is a server that does not listen, a
	// connection that ended before the command was sent, or a temporary refusal (LOADING, TRYAGAIN,
	// CLUSTERDOWN, MASTERDOWN; but not if a script answers so in words of its own). An attempt to connect
	// that took its whole DialTimeout counts from its beginning. A failure that would be the same the next
	// time, such as a wrong password, ends the command at once. With Forever only the context bounds the
	// time. Default: 3 s. docs/timeouts.md has advice for caches, queues and batch work.
	RetryFor time.Duration
	// MaxRetries is the highest number of repeats of a command that may have run: reads whose reply was lost,
	// and with RetryWrites some writes. Other writes are not repeated. Default: 3.
	MaxRetries int
	// NoRetry turns off both RetryFor and MaxRetries: every command has one attempt. A connection that the
	// server closed while it was idle is replaced nevertheless, because nothing was sent on it. Default:
	// false.
	NoRetry bool
	// RetryWrites also repeats writes after a lost reply, if two executions leave the same state as one (SET,
	// DEL, HSET ...). Data in the reply is that of the first execution. A number or a flag that reports
	// changes may be that of the second one, as the method's comment says, and a lifetime (EX, EXPIRE) counts
	// from the last execution. A repeat overwrites the values that others have written in between.
	//
	// All other commands are sent once, and their error matches ErrMaybeExecuted: writes that add up (INCR,
	// LPUSH ...), that return the removed or replaced value (GETDEL, SPOP, SET with GET), that depend on a
	// condition (NX, GT, IfEq ...) or on a position (LTRIM), all writes of Do, and pipelines with a write in
	// them. It can also depend on the arguments: a second execution changes the result of a destination that
	// is a source as well (SDIFFSTORE b a b), of a JSON path with an index (JSON.DEL k $.a[0]), or of an
	// approximate trim. The comments of methods name these. Default: false.
	RetryWrites bool
	// RetryOnTimeout also repeats a command once after ReplyTimeout, under the same conditions as after a
	// lost reply. Default: false.
	RetryOnTimeout bool
	// MinBackoff and MaxBackoff bound the pause before a repeat, and the pause between attempts to connect.
	// It doubles each time, and is shortened at random by up to a half. Default: 4 ms and 250 ms.
	MinBackoff time.Duration
	MaxBackoff time.Duration

	// Conns is the number of connections that ordinary commands share. More than one rarely pays. Default: 1.
	Conns int
	// Exclusive gives every command a connection of its own, as redis-py does, instead of shared connections.
	// Default: false.
	Exclusive bool
	// MaxConns bounds the connections that transactions, Conn and HashImport hold, and with Exclusive the
	// connections of all commands. At the bound calls wait in order, until their contexts end. A call whose
	// context has no deadline fails with ErrPoolTimeout if no connection at all has come back for 20 s. A
	// transaction or Conn inside another one needs two connections: if every holder waits for its second
	// connection, all of them end with their contexts, and the errors say so. Unlimited removes the bound.
	// Default: 10 for each CPU that Go uses (GOMAXPROCS), but at least 32; 50 with WaitForConn.
	MaxConns int
	// WaitTimeout bounds the wait at MaxConns, besides the context: after it the call fails with
	// ErrPoolTimeout. With Forever only the context bounds it. Default: see MaxConns; 20 s with WaitForConn.
	WaitTimeout time.Duration
	// WaitForConn changes the defaults of MaxConns and WaitTimeout to those of redis-py's
	// BlockingConnectionPool. Default: false.
	WaitForConn bool
	// FailAtMaxConns makes calls fail at once with ErrPoolExhausted at MaxConns, instead of waiting, as
	// redis-py's ConnectionPool does. Default: false.
	FailAtMaxConns bool
	// MaxBlocking bounds the connections of blocking commands (BLPOP, XREAD that blocks ...), each of which
	// has one while it waits at the server. At the bound a call fails at once with ErrPoolExhausted. With
	// Exclusive they count against MaxConns instead. Unlimited removes the bound. Default: 1000.
	MaxBlocking int
	// IdleTimeout closes exclusive connections that were not used for this time; those of large requests
	// after 10 s at the latest. Forever keeps the others. Default: 5 min.
	IdleTimeout time.Duration
	// MaxConnAge is the lifetime of a connection, give or take a tenth, so that a client follows a name that
	// leads to another server by now. A shared connection is replaced before it ends; an exclusive one ends
	// when it is given back. No call fails because of it. Forever keeps connections as long as they work.
	// Default: 30 min.
	MaxConnAge time.Duration
	// Pool makes the client use the connections of an existing pool. The client then has only these options
	// of its own: RetryFor, MaxRetries, NoRetry, RetryWrites, RetryOnTimeout, MinBackoff and MaxBackoff (for
	// repeats), Text, Callbacks, and the Hooks that are a CommandHook or LimitHook. All other options concern
	// connections: they are those of the pool, and are an OptionError here, including Addr, DB and Exclusive.
	// Closing the client leaves the pool open. Default: nil, a pool of its own.
	Pool *Pool

	// Spin polls the socket for up to this long before a waiting reader is parked. It saves the sleep and
	// wake-up if there is an idle CPU and the server answers within some tens of microseconds; it backs off
	// if it does not help. It works on Linux and other Unix systems, without TLS. Try 60 to 100 microseconds;
	// 10 ms at most. Default: 0, off.
	Spin time.Duration
	// Limits bound the sizes in replies and the memory for them. Default: those of the resp package.
	Limits resp.Limits

	// Text translates keys and string values before they are sent, and string replies. []byte values and
	// replies are never translated. Default: nil, strings are sent and returned unchanged.
	Text TextEncoding

	// Callbacks convert replies of Do by command name; its case does not matter. SetResponseCallback adds
	// callbacks later. Default: none.
	Callbacks map[string]Callback
	// Hooks observe the client, and may refuse commands. Without hooks there is no cost. Default: none.
	Hooks []Hook
	// Logger logs events of connections. A server that is lost, or cannot be reached, gives one line at warn,
	// and one at info when it is back, for any number of connections and callers: "away" is the time in
	// between, "attempts" the number of attempts to connect. A lost connection with subscriptions gives a
	// line at warn, and one at info when all of them are in force again. A breach of the protocol gives a
	// line at warn as well. Connections that are made, fail or are closed are logged at debug. "node" is the
	// server, "error" the cause. The logger is called by a goroutine of its own; no call waits for it.
	// Neither arguments nor secrets are logged. Default: nil, no logging.
	Logger *slog.Logger
}

// String shows the address without any secret.
func (o Options) String() string {
	o, err := o.withDefaults()
	if err != nil {
		return "redpoll.Options<" + err.Error() + ">"
	}
	return "redpoll.Options<" + o.target() + ">"
}

// Format prints String for every verb and flag, so that it never shows a secret.
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

// target returns server, database and client name.
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

// withDefaults returns a checked copy with all defaults filled in. Forever becomes 0, except in WaitTimeout,
// whose 0 has a meaning of its own, and in RetryFor, whose 0 is NoRetry.
func (o Options) withDefaults() (Options, error) {
	if name := o.besidePool(); name != "" {
		return o, &OptionError{name,
			"contradicts Pool, whose connections the client uses: give it to NewPool instead"}
	}
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
			o.TLS.ServerName, _, _ = strings.Cut(host, "%") // certificates have no zones
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
			return &OptionError{"Addr",
				"has a line end in the path of the socket; texts out of files often end with one: cut it off"}
		}
		return nil
	case "tcp", "tcp4", "tcp6":
	default:
		return &OptionError{"Network",
			`must be "tcp", "tcp4", "tcp6" or "unix", not ` + strconv.Quote(o.Network)}
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

// validate checks each option and their combinations.
func (o *Options) validate() error {
	const ms, us = time.Millisecond, time.Microsecond
	for _, d := range [...]struct {
		name        string
		v           time.Duration
		least, unit time.Duration // for encode.ForgottenUnit
	}{
		{"DialTimeout", o.DialTimeout, ms, time.Second}, {"ReplyTimeout", o.ReplyTimeout, ms, time.Second},
		{"WriteTimeout", o.WriteTimeout, ms, time.Second}, {"KeepAlive", o.KeepAlive, ms, time.Second},
		{"HealthCheckInterval", o.HealthCheckInterval, us, time.Second},
		{"WaitTimeout", o.WaitTimeout, ms, time.Second},
		{"IdleTimeout", o.IdleTimeout, ms, time.Second}, {"MaxConnAge", o.MaxConnAge, ms, time.Second},
		{"RetryFor", o.RetryFor, ms, time.Second},
		{"MinBackoff", o.MinBackoff, us, ms}, {"MaxBackoff", o.MaxBackoff, us, ms}, {"Spin", o.Spin, us, us},
	} {
		if d.v < 0 {
			return &OptionError{d.name, "must not be negative; 0 is the default, Forever means no limit"}
		}
		if err := meant(d.name, d.v, d.least, d.unit); err != nil {
			return err
		}
	}
	const bounds = "; 0 is the default, Unlimited means no bound"
	for _, n := range [...]struct {
		name    string
		v       int
		instead string
	}{
		{"DB", o.DB, ""}, {"MaxRetries", o.MaxRetries, "; 0 is the default, NoRetry turns repeats off"},
		{"Conns", o.Conns, "; 0 is the default"},
		{"MaxConns", o.MaxConns, bounds}, {"MaxBlocking", o.MaxBlocking, bounds},
	} {
		if n.v < 0 {
			return &OptionError{n.name, "must not be negative" + n.instead}
		}
	}
	switch {
	case o.Protocol != 0 && o.Protocol != 2 && o.Protocol != 3:
		return &OptionError{"Protocol", "must be 2 or 3, or 0 for the default"}
	case strings.ContainsFunc(o.ClientName, func(r rune) bool { return r < '!' || r > '~' }):
		return &OptionError{"ClientName",
			"must not contain blanks, line ends or characters beyond ASCII: the server refuses them"}
	case o.Credentials != nil && (o.Username != "" || o.Password != ""):
		return &OptionError{"Credentials", "excludes Username and Password: give one or the other"}
	case o.CredentialStream != nil && (o.Credentials != nil || o.Username != "" || o.Password != ""):
		return &OptionError{"CredentialStream",
			"excludes Credentials, Username and Password: give one or the other"}
	case o.NoRetry && o.MaxRetries > 0:
		return &OptionError{"NoRetry", "contradicts MaxRetries: give one or the other"}
	case o.NoRetry && o.RetryFor > 0:
		return &OptionError{"NoRetry", "contradicts RetryFor: give one or the other"}
	case o.NoRetry && (o.RetryWrites || o.RetryOnTimeout):
		return &OptionError{"NoRetry", "contradicts RetryWrites and RetryOnTimeout"}
	case o.MinBackoff == Forever:
		return &OptionError{"MinBackoff",
			"must not be Forever: a repeat would never come; NoRetry turns repeats off"}
	case o.MaxBackoff == Forever:
		return &OptionError{"MaxBackoff",
			"must not be Forever: a repeat would never come; NoRetry turns repeats off"}
	case o.Spin > maxSpin:
		return &OptionError{"Spin",
			"must not be more than 10 ms: whoever polls takes a CPU and cannot be interrupted; try 60 to " +
				"100 microseconds"}
	case o.MinBackoff > 0 && o.MaxBackoff > 0 && o.MinBackoff > o.MaxBackoff:
		return &OptionError{"MinBackoff", "is more than MaxBackoff"}
	case o.FailAtMaxConns && (o.WaitForConn || o.WaitTimeout != 0):
		return &OptionError{"FailAtMaxConns",
			"contradicts WaitForConn and WaitTimeout: calls either wait or fail at once"}
	case o.MaxConns == Unlimited && (o.FailAtMaxConns || o.WaitForConn || o.WaitTimeout != 0):
		return &OptionError{"MaxConns",
			"is Unlimited, and then there is no connection to wait for: leave out WaitForConn, WaitTimeout " +
				"and FailAtMaxConns"}
	case o.Exclusive && o.Conns > 1:
		return &OptionError{"Exclusive", "contradicts Conns: without sharing there are no shared connections"}
	}
	return nil
}

// besidePool returns the name of an option that a client with a Pool must not have, because it concerns
// connections; "" if there is none.
func (o *Options) besidePool() string {
	if o.Pool == nil {
		return ""
	}
	for _, f := range [...]struct {
		name string
		set  bool
	}{
		{"Network", o.Network != ""}, {"Addr", o.Addr != ""}, {"DB", o.DB != 0},
		{"Username", o.Username != ""}, {"Password", o.Password != ""}, {"Credentials", o.Credentials != nil},
		{"CredentialStream", o.CredentialStream != nil}, {"ClientName", o.ClientName != ""},
		{"NoClientInfo", o.NoClientInfo}, {"NoEvict", o.NoEvict}, {"NoTouch", o.NoTouch},
		{"Protocol", o.Protocol != 0}, {"TLS", o.TLS != nil}, {"Dialer", o.Dialer != nil},
		{"DialTimeout", o.DialTimeout != 0}, {"ReplyTimeout", o.ReplyTimeout != 0},
		{"WriteTimeout", o.WriteTimeout != 0}, {"KeepAlive", o.KeepAlive != 0},
		{"HealthCheckInterval", o.HealthCheckInterval != 0}, {"Conns", o.Conns != 0},
		{"Exclusive", o.Exclusive}, {"MaxConns", o.MaxConns != 0}, {"WaitTimeout", o.WaitTimeout != 0},
		{"WaitForConn", o.WaitForConn}, {"FailAtMaxConns", o.FailAtMaxConns},
		{"MaxBlocking", o.MaxBlocking != 0}, {"IdleTimeout", o.IdleTimeout != 0},
		{"MaxConnAge", o.MaxConnAge != 0}, {"Spin", o.Spin != 0}, {"Limits", o.Limits != resp.Limits{}},
		{"Logger", o.Logger != nil},
	} {
		if f.set {
			return f.name
		}
	}
	return ""
}

// meant refuses a span of time below least, because its unit was forgotten.
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
		DialTimeout: o.DialTimeout, ReplyTimeout: o.ReplyTimeout, WriteTimeout: o.WriteTimeout,
		KeepAlive: o.KeepAlive, Credentials: o.Credentials, ClientName: o.ClientName, DB: o.DB,
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
		HealthCheck: o.HealthCheckInterval, BackoffMin: o.MinBackoff, BackoffMax: o.MaxBackoff,
		MaxAge: o.MaxConnAge,
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
	b.Remedy = "MaxConns bounds them; transactions and Conn hold theirs until they end, so that one inside " +
		"another needs two"
	if o.Exclusive {
		b.Remedy = "MaxConns bounds them; every command needs one, transactions and Conn hold theirs until " +
			"they end"
	}
	switch {
	case o.FailAtMaxConns:
		b.Remedy += "; without FailAtMaxConns calls wait for one"
	case b.WaitTimeout > 0:
		b.Remedy += "; WaitTimeout is how long calls wait for one"
	}
	return b
}

// blocking bounds the connections of blocking commands.
func (o *Options) blocking() pool.Bound {
	return pool.Bound{
		Max: bound(o.MaxBlocking), IdleTimeout: o.IdleTimeout,
		Remedy: "MaxBlocking bounds them; each blocking command that waits at the server needs one: let " +
			"fewer of them wait, or raise it",
	}
}

// Bounds of the connections for large requests.
const (
	maxLarge         = 8
	largeIdleTimeout = 10 * time.Second
	// largeEase is the time for which large requests wait for one another before another connection is taken.
	largeEase = 5 * time.Millisecond
)

// large bounds the connections of large requests.
func (o *Options) large() pool.Bound {
	b := pool.Bound{Max: maxLarge, Wait: true, Ease: largeEase, IdleTimeout: largeIdleTimeout,
		Remedy: "large requests go over them, one at a time over each"}
	if o.IdleTimeout > 0 {
		b.IdleTimeout = min(o.IdleTimeout, b.IdleTimeout)
	}
	return b
}

// bound returns a number of connections for the layers below, where 0 means no bound.
func bound(n int) int {
	if n == Unlimited {
		return 0
	}
	return n
}

func (o *Options) policy() route.Policy {
	return route.Policy{For: o.RetryFor, Max: o.MaxRetries, Min: o.MinBackoff, Most: o.MaxBackoff,
		Writes: o.RetryWrites, OnTimeout: o.RetryOnTimeout}
}

// TextEncoding translates text between the program, where strings are UTF-8, and the server. AppendEncode
// translates keys and string values, AppendDecode string replies. []byte values and replies, command words
// and the server's own words are not translated. Implementations must be safe for concurrent use.
// AppendDecode must be quick and must not panic or block, because it runs on the goroutine that reads replies
// for all callers.
//
// An encoding of golang.org/x/text needs an adapter of a few lines.
type TextEncoding interface {
	// AppendEncode appends the server's form of s to dst. An error becomes a *DataError, and nothing is sent.
	AppendEncode(dst []byte, s string) ([]byte, error)
	// AppendDecode appends the program's form of raw to dst. An error becomes a *ReplyError; the
	// connection stays usable.
	AppendDecode(dst, raw []byte) ([]byte, error)
}

// Encodings. The UTF-8 ones differ in their treatment of invalid bytes. Without an encoding, a reply is
// returned unchanged, valid or not.
var (
	// UTF8Strict refuses invalid bytes in replies and in strings to send.
	UTF8Strict TextEncoding = utf8Text{strict}
	// UTF8Replace puts U+FFFD in the place of invalid bytes in a reply: one for each byte that does not begin
	// a character, and one for each incomplete character, as Python does.
	UTF8Replace TextEncoding = utf8Text{replace}
	// UTF8Ignore drops invalid bytes of a reply.
	UTF8Ignore TextEncoding = utf8Text{ignore}
	// Latin1 is ISO 8859-1: one byte per character. A character beyond U+00FF cannot be sent.
	Latin1 TextEncoding = latin1Text{}
)

type textMode uint8

const (
	strict textMode = iota
	replace
	ignore
)

type utf8Text struct{ mode textMode }

func (t utf8Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	if t.mode == strict && !utf8.ValidString(s) {
		return dst, &DataError{Command: "UTF8Strict", Reason: "invalid UTF-8"}
	}
	return append(dst, s...), nil
}

func (t utf8Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, raw[i:i+n]...)
			i += n
			continue
		}
		switch t.mode {
		case strict:
			return dst, &ReplyError{Command: "UTF8Strict",
				Err: fmt.Errorf("invalid UTF-8 at byte %d of a string", i)}
		case replace:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		i += brokenOff(raw[i:])
	}
	return dst, nil
}

// brokenOff returns the number of bytes of the invalid character at the start of b: those that could begin a
// character.
func brokenOff(b []byte) int {
	size := 1
	low, high := byte(0x80), byte(0xbf)
	switch c := b[0]; {
	case 0xe1 <= c && c <= 0xef:
		size = 3
		if c == 0xed {
			high = 0x9f
		}
	case 0xf1 <= c && c <= 0xf4:
		size = 4
		if c == 0xf4 {
			high = 0x8f
		}
	case c == 0xe0:
		size, low = 3, 0xa0
	case c == 0xf0:
		size, low = 4, 0x90
	}
	n := 1
	for n < min(size, len(b)) && low <= b[n] && b[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

type latin1Text struct{}

func (latin1Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	for _, r := range s {
		if r > 0xff {
			return dst, &DataError{Command: "Latin1",
				Reason: fmt.Sprintf("character %U is not in Latin-1", r)}
		}
		dst = append(dst, byte(r))
	}
	return dst, nil
}

func (latin1Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	for _, b := range raw {
		dst = utf8.AppendRune(dst, rune(b))
	}
	return dst, nil
}
