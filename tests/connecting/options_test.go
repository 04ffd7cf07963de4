package connecting_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F94
func TestOptionErrors(t *testing.T) {
	t.Parallel()
	credentials := func(context.Context) (string, string, error) { return "", "", nil }
	const s, ms = time.Second, time.Millisecond
	for _, tt := range []struct {
		option string
		o      redpoll.Options
		says   string
	}{
		{"Network", redpoll.Options{Network: "udp"}, "udp"},
		{"Addr", redpoll.Options{Network: "unix"}, "path"},
		{"Addr", redpoll.Options{Addr: "redis://localhost"}, "ParseURL"},
		{"Addr", redpoll.Options{Addr: ":secret@localhost:6379"}, "user and password"},
		{"Addr", redpoll.Options{Addr: "localhost:0"}, "65535"},
		{"Addr", redpoll.Options{Addr: "localhost:65536"}, "65535"},
		{"Addr", redpoll.Options{Addr: "localhost:redis"}, "65535"},
		{"Addr", redpoll.Options{Addr: "[::1"}, "host:port"},
		{"Addr", redpoll.Options{Addr: "redis:6379:6380"}, "colon"},
		{"Addr", redpoll.Options{Addr: "redis:6379:"}, "colon"},
		{"Addr", redpoll.Options{Addr: "[::1]6379"}, "[address]:port"},
		{"Addr", redpoll.Options{Addr: "[::1]]:6379"}, "[address]:port"},
		{"Addr", redpoll.Options{Addr: "[::g]:6379"}, "[address]:port"},
		{"Addr", redpoll.Options{Addr: "[localhost]:6379"}, "IPv6"},
		{"Addr", redpoll.Options{Addr: "::1:6379"}, "[address]:6379"},
		{"Addr", redpoll.Options{Addr: "fe80::1%eth 0"}, "blank"},
		{"Addr", redpoll.Options{Addr: "localhost:"}, "leave the colon out"},
		{"Addr", redpoll.Options{Addr: ":"}, "leave the colon out"},
		{"Addr", redpoll.Options{Addr: "localhost:+6379"}, "65535"},
		{"Addr", redpoll.Options{Addr: "localhost:-1"}, "65535"},
		{"Addr", redpoll.Options{Addr: "localhost:6379\n"}, "line end"},
		{"Addr", redpoll.Options{Addr: " localhost"}, "blank"},
		{"Addr", redpoll.Options{Addr: "local\x00host"}, "blank"},
		{"Addr", redpoll.Options{Addr: "local\u00a0host:6379"}, "blank"},
		{"Addr", redpoll.Options{Addr: "localhost:6379/0"}, "65535"},
		{"Addr", redpoll.Options{Addr: "localhost/0"}, "host name"},
		{"Addr", redpoll.Options{Addr: "a:6379,b:6379"}, "several servers"},
		{"Addr", redpoll.Options{Addr: "$HOST:6379"}, "variable"},
		{"Addr", redpoll.Options{Addr: "host\xff:6379"}, "host name"},
		{"Addr", redpoll.Options{Addr: "/run/redis.sock\n"}, "line end"},
		{"DB", redpoll.Options{DB: -1}, "negative"},
		{"MaxRetries", redpoll.Options{MaxRetries: -1}, "negative"},
		{"Conns", redpoll.Options{Conns: -1}, "negative"},
		{"MaxConns", redpoll.Options{MaxConns: -1}, "negative"},
		{"DialTimeout", redpoll.Options{DialTimeout: -1}, "Forever"},
		{"ReplyTimeout", redpoll.Options{ReplyTimeout: -1}, "Forever"},
		{"WriteTimeout", redpoll.Options{WriteTimeout: -1}, "Forever"},
		{"KeepAlive", redpoll.Options{KeepAlive: -1}, "Forever"},
		{"HealthCheckInterval", redpoll.Options{HealthCheckInterval: -1}, "negative"},
		{"WaitTimeout", redpoll.Options{WaitTimeout: -1, WaitForConn: true}, "negative"},
		{"MinBackoff", redpoll.Options{MinBackoff: -1}, "negative"},
		{"MaxBackoff", redpoll.Options{MaxBackoff: -1}, "negative"},
		{"MinBackoff", redpoll.Options{MinBackoff: redpoll.Forever}, "NoRetry"},
		{"MaxBackoff", redpoll.Options{MaxBackoff: redpoll.Forever}, "NoRetry"},
		{"IdleTimeout", redpoll.Options{IdleTimeout: -1}, "negative"},
		{"MaxConnAge", redpoll.Options{MaxConnAge: -1}, "negative"},
		{"Spin", redpoll.Options{Spin: -1}, "negative"},
		{"Spin", redpoll.Options{Spin: 11 * ms}, "10 ms"},
		{"Spin", redpoll.Options{Spin: redpoll.Forever}, "10 ms"},
		{"Protocol", redpoll.Options{Protocol: 4}, "2 or 3"},
		{"ClientName", redpoll.Options{ClientName: "a b"}, "blanks"},
		{"ClientName", redpoll.Options{ClientName: "a\r\n"}, "line ends"},
		{"ClientName", redpoll.Options{ClientName: "é"}, "ASCII"},
		{"Credentials", redpoll.Options{Credentials: credentials, Password: "secret"}, "Password"},
		{"Credentials", redpoll.Options{Credentials: credentials, Username: "user"}, "Username"},
		{"NoRetry", redpoll.Options{NoRetry: true, MaxRetries: 1}, "MaxRetries"},
		{"NoRetry", redpoll.Options{NoRetry: true, RetryWrites: true}, "RetryWrites"},
		{"NoRetry", redpoll.Options{NoRetry: true, RetryOnTimeout: true}, "RetryOnTimeout"},
		{"MinBackoff", redpoll.Options{MinBackoff: s, MaxBackoff: ms}, "MaxBackoff"},
		{"RetryFor", redpoll.Options{RetryFor: -1}, "negative"},
		{"NoRetry", redpoll.Options{NoRetry: true, RetryFor: s}, "RetryFor"},
		{"MaxBlocking", redpoll.Options{MaxBlocking: -1}, "negative"},
		{"FailAtMaxConns", redpoll.Options{FailAtMaxConns: true, WaitForConn: true}, "WaitForConn"},
		{"FailAtMaxConns", redpoll.Options{FailAtMaxConns: true, WaitTimeout: s}, "WaitTimeout"},
		{"MaxConns", redpoll.Options{MaxConns: redpoll.Unlimited, WaitForConn: true}, "WaitForConn"},
		{"Exclusive", redpoll.Options{Exclusive: true, Conns: 2}, "Conns"},
		{"Hooks", redpoll.Options{Hooks: []redpoll.Hook{struct{}{}}}, "CommandHook"},
	} {
		t.Run(tt.option+" "+tt.says, func(t *testing.T) {
			t.Parallel()
			rdb, err := redpoll.New(tt.o)
			var oe *redpoll.OptionError
			if rdb != nil || !errors.As(err, &oe) {
				t.Fatalf("New gives %v, %v", rdb, err)
			}
			if oe.Option != tt.option || !strings.Contains(err.Error(), tt.option) ||
				!strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v: about %q, want it to name %s and %q", err, oe.Option, tt.option, tt.says)
			}
			if strings.Contains(err.Error()+tt.o.String(), "secret") {
				t.Errorf("the secret shows in %v or %v", err, tt.o)
			}
			if pool, again := redpoll.NewPool(tt.o); pool != nil || again == nil ||
				again.Error() != err.Error() {
				t.Errorf("NewPool gives %v, %v", pool, again)
			}
		})
	}
	pool := clients.NewPool(t, redpoll.Options{})
	for _, o := range []redpoll.Options{
		{Pool: &redpoll.Pool{}}, {Pool: pool, MaxRetries: -1}, {Pool: pool, Exclusive: true, Conns: 2},
	} {
		if rdb, err := redpoll.New(o); rdb != nil || !errors.As(err, new(*redpoll.OptionError)) {
			t.Errorf("a client over a pool: %v, %v", rdb, err)
		}
	}
	own := []string{
		"Pool", "RetryFor", "MaxRetries", "NoRetry", "RetryWrites", "RetryOnTimeout", "MinBackoff",
		"MaxBackoff", "Text", "Callbacks", "Hooks",
	}
	for i := range reflect.TypeFor[redpoll.Options]().NumField() {
		name := reflect.TypeFor[redpoll.Options]().Field(i).Name
		if slices.Contains(own, name) {
			continue
		}
		o := redpoll.Options{Pool: pool}
		set(reflect.ValueOf(&o).Elem().Field(i))
		var oe *redpoll.OptionError
		if rdb, err := redpoll.New(o); rdb != nil || !errors.As(err, &oe) || oe.Option != name ||
			!strings.Contains(oe.Reason, "Pool") {
			t.Errorf("Pool and %s: %v, %v", name, rdb, err)
		}
	}
	if p, err := redpoll.NewPool(redpoll.Options{Pool: pool}); p != nil ||
		!errors.As(err, new(*redpoll.OptionError)) {
		t.Errorf("a pool made of a pool: %v, %v", p, err)
	}
}

// set sets a field to a value that is not zero.
func set(f reflect.Value) {
	switch f.Kind() {
	case reflect.String:
		f.SetString("x")
	case reflect.Bool:
		f.SetBool(true)
	case reflect.Int, reflect.Int64:
		f.SetInt(1)
	case reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
	case reflect.Func:
		f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { return nil }))
	case reflect.Struct:
		set(f.Field(0))
	}
}

// These options look odd, and are legal.
func TestOptionsAccepted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, is string
		o        redpoll.Options
	}{
		{"host alone", "host=db,port=6379,db=0", redpoll.Options{Addr: "db"}},
		{"port alone", "host=localhost,port=7,db=0", redpoll.Options{Addr: ":7"}},
		{"IPv6 alone", "host=::1,port=6379,db=0", redpoll.Options{Addr: "::1"}},
		{"IPv6 in brackets", "host=::1,port=6379,db=0", redpoll.Options{Addr: "[::1]"}},
		{"IPv6 in brackets with a port", "host=::1,port=7,db=0", redpoll.Options{Addr: "[::1]:7"}},
		{"IPv6 with a zone", "host=fe80::1%wlanA,port=7,db=0", redpoll.Options{Addr: "[fe80::1%wlanA]:7"}},
		{"IPv6 of eight groups", "host=1:2:3:4:5:6:7:6379,port=6379,db=0",
			redpoll.Options{Addr: "1:2:3:4:5:6:7:6379"}},
		{"IPv4 with a port", "host=127.0.0.1,port=7,db=0", redpoll.Options{Addr: "127.0.0.1:7"}},
		{"name with an underscore", "host=redis_1.example,port=6379,db=0",
			redpoll.Options{Addr: "redis_1.example"}},
		{"socket with blanks", "path=/run/my redis,db=0", redpoll.Options{Addr: "/run/my redis"}},
		{"one version of IP", "host=db,port=6379,db=0", redpoll.Options{Addr: "db", Network: "tcp4"}},
		{"abstract socket", "path=@redis,db=0", redpoll.Options{Addr: "@redis", Network: "unix"}},
		{"no limits", "host=localhost,port=6379,db=0", redpoll.Options{
			DialTimeout: redpoll.Forever, ReplyTimeout: redpoll.Forever, WriteTimeout: redpoll.Forever,
			KeepAlive: redpoll.Forever, WaitForConn: true, WaitTimeout: redpoll.Forever,
		}},
		{"first pause above the usual longest", "host=localhost,port=6379,db=0",
			redpoll.Options{MinBackoff: time.Minute}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, want := clients.New(t, tt.o).String(), "redpoll.Client<redpoll.Pool<"+tt.is+">>"
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// New copies its options: later changes by the caller have no effect.
func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	o := redpoll.Options{
		Addr: srv.TLSAddr(), TLS: srv.ClientTLS(), Callbacks: map[string]redpoll.Callback{},
	}
	rdb := clients.New(t, o)
	o.TLS.RootCAs, o.TLS.ServerName = nil, "other.example"
	o.Callbacks["PING"] = func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "mine", nil }
	if got, err := rdb.Do(t.Context(), "PING"); err != nil || got.Any() != "PONG" {
		t.Errorf("PING gives %v, %v", got, err)
	}
}

// logbook is a buffer for logs that can be written and read at the same time.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// No password appears in the output when a program prints or logs clients, options or errors.
//
// Covers: F16
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-Passw0rd"
	// A server that does not know AUTH either repeats its arguments in the error.
	p := testkit.Listen(t, func(_ int, args []string) string {
		return "-ERR unknown command '" + args[0] + "', with args beginning with: '" + strings.Join(args[1:],
			"' '") + "' \r\n"
	})
	var log logbook
	o := redpoll.Options{
		Addr: p.Addr(), Username: "user", Password: secret, TLS: nil, NoRetry: true,
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	rdb := clients.New(t, o)
	err := rdb.Ping(t.Context())
	if !strings.Contains(fmt.Sprint(err), "unknown command 'AUTH'") {
		t.Fatalf("the handshake gives %v", err)
	}
	plain := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
	_, unknown := plain.Do(t.Context(), "NOSUCH", secret)
	if !strings.Contains(fmt.Sprint(unknown), "unknown command 'NOSUCH'") {
		t.Fatalf("an unknown command gives %v", unknown)
	}
	_, refused := plain.Do(t.Context(), "SET", "k", []any{secret})
	_, state := plain.Do(t.Context(), "AUTH", "user", secret)
	_, badURL := redpoll.ParseURL("redis://user:" + secret + "@host:port")
	var out bytes.Buffer
	text := slog.New(slog.NewTextHandler(&out, nil))
	json := slog.New(slog.NewJSONHandler(&out, nil))
	for name, v := range map[string]any{
		"Options": o, "*Options": &o, "list": []redpoll.Options{o}, "field": struct{ O redpoll.Options }{o},
		"embedded": struct{ redpoll.Options }{o},
		"Client":   rdb, "Pool": rdb.Pool(), "Pool value": *rdb.Pool(), "Stats": rdb.Stats(),
		"error of the handshake": err, "error reply": unknown, "data error": refused, "state error": state,
		"URL error": badURL,
	} {
		for _, verb := range []string{
			"%v", "%+v", "%#v", "%30v", "%s", "%-30s", "%q", "%x", "%X", "%d", "%t", "%c", "%e", "%U", "%z",
		} {
			s := fmt.Sprintf(verb, v)
			if strings.Contains(s, secret) || strings.Contains(s, fmt.Sprintf("%x", secret)) ||
				strings.Contains(s, fmt.Sprintf("%X", secret)) {
				t.Errorf("%s prints a secret with %s: %s", name, verb, s)
			}
		}
		text.Info("value", "v", v)
		json.Info("value", "v", v)
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s logs a secret: %s", name, out.String())
		}
		out.Reset()
	}
	redpolltest.Await(t, "the client logs", func() bool { return log.String() != "" })
	if got := log.String(); strings.Contains(got, secret) {
		t.Errorf("the client logs %q", got)
	}
}

// A client logs its connections at debug level. It never logs keys and values.
func TestLogger(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Password: "s3cret"})
	var log logbook
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Password: "s3cret", Logger: logger})
	if err := rdb.Set(t.Context(), "the-key", "the-value"); err != nil {
		t.Fatal(err)
	}
	_ = rdb.Close()
	redpolltest.Await(t, "the end of the connection is logged",
		func() bool { return strings.Contains(log.String(), "connection closed") })
	if got := log.String(); !strings.Contains(got, "level=DEBUG") || !strings.Contains(got, srv.Addr()) {
		t.Errorf("the log is %q", got)
	}
	for _, private := range []string{"s3cret", "the-key", "the-value"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log holds %q: %s", private, log.String())
		}
	}
}
