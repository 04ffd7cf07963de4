package connecting_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// tcpURL returns the options of every TCP URL, with changes.
func tcpURL(change func(o *redpoll.Options)) redpoll.Options {
	o := redpoll.Options{Network: "tcp", Addr: "localhost:6379"}
	change(&o)
	return o
}

func addr(a string) func(*redpoll.Options) { return func(o *redpoll.Options) { o.Addr = a } }

func login(user, password string) func(*redpoll.Options) {
	return func(o *redpoll.Options) { o.Username, o.Password = user, password }
}

func db(n int) func(*redpoll.Options) { return func(o *redpoll.Options) { o.DB = n } }

// Covers: F32, F33, F34, F35, F36, F38, F39, F45, F46, E9, E10, E11
func TestParseURL(t *testing.T) {
	t.Parallel()
	socket := func(path string, change func(*redpoll.Options)) redpoll.Options {
		o := redpoll.Options{Network: "unix", Addr: path}
		change(&o)
		return o
	}
	nothing := func(*redpoll.Options) {}
	for _, tt := range []struct {
		name, url string
		want      redpoll.Options
	}{
		{"documented TCP form", "redis://:secret@localhost:6379/0", tcpURL(login("", "secret"))},
		{"documented unix form", "unix://:secret@/path/to/socket.sock?db=0",
			socket("/path/to/socket.sock", login("", "secret"))},
		{"only the scheme", "redis://", tcpURL(nothing)},
		{"scheme of Valkey", "valkey://u:p@h/2", tcpURL(func(o *redpoll.Options) {
			o.Addr, o.Username, o.Password, o.DB = "h:6379", "u", "p", 2
		})},
		{"scheme of Valkey for sockets", "valkey+unix:///s?db=7", socket("/s", db(7))},
		{"scheme of sockets in full", "redis+unix:///s", socket("/s", nothing)},
		{"scheme in capitals", "REDIS://h", tcpURL(addr("h:6379"))},
		{"host without port", "redis://db.example", tcpURL(addr("db.example:6379"))},
		{"port without host", "redis://:7000", tcpURL(addr("localhost:7000"))},
		{"highest port", "redis://h:65535", tcpURL(addr("h:65535"))},
		{"host in capitals", "redis://DB.Example:1", tcpURL(addr("db.example:1"))},
		{"IPv6 with port", "redis://[::1]:7000/2",
			tcpURL(func(o *redpoll.Options) { o.Addr, o.DB = "[::1]:7000", 2 })},
		{"IPv6 without port", "redis://[fe80::1]", tcpURL(addr("[fe80::1]:6379"))},
		{"IPv6 with a zone", "redis://[FE80::1%25wlanA]:7000", tcpURL(addr("[fe80::1%wlanA]:7000"))},
		{"IPv6 in the query", "redis://?host=::1", tcpURL(addr("[::1]:6379"))},
		{"port with zeros", "redis://h:06380", tcpURL(addr("h:6380"))},
		{"host with an underscore", "redis://redis_1:6380", tcpURL(addr("redis_1:6380"))},
		{"host of other letters", "redis://B\u00dcCHER.example", tcpURL(addr("b\u00fccher.example:6379"))},
		{"password with blanks", "redis://:a b%20@localhost", tcpURL(login("", "a b "))},
		{"password with a line end", "redis://:pw%0A@localhost", tcpURL(login("", "pw\n"))},
		{"at sign in an option behind a user", "redis://:pw@localhost?password=a@b", tcpURL(login("", "pw"))},
		{"at sign in the path of a socket", "unix:///run/a@b", socket("/run/a@b", nothing)},
		{"password alone", "redis://:pw@h",
			tcpURL(func(o *redpoll.Options) { o.Addr, o.Password = "h:6379", "pw" })},
		{"user alone", "redis://user@localhost", tcpURL(login("user", ""))},
		{"user with an empty password", "redis://user:@localhost", tcpURL(login("user", ""))},
		{"user and password", "redis://user:pw@localhost", tcpURL(login("user", "pw"))},
		{"password with an at sign", "redis://:a@b@localhost", tcpURL(login("", "a@b"))},
		{"password with a colon", "redis://u:a:b@localhost", tcpURL(login("u", "a:b"))},
		{"escapes", "redis://us%40er:p%2Fa%3As%3Fs%23%25@h%2Dost/%32", tcpURL(func(o *redpoll.Options) {
			o.Addr, o.Username, o.Password, o.DB = "h-ost:6379", "us@er", "p/a:s?s#%", 2
		})},
		{"a plus is a plus", "redis://:a+b@localhost", tcpURL(login("", "a+b"))},
		{"escapes kept", "redis://us%40er:p%2F@localhost?decode_components=no",
			tcpURL(login("us%40er", "p%2F"))},
		{"escapes decoded on demand", "redis://:p%2F@localhost?decode_components=1", tcpURL(login("", "p/"))},
		{"escaped path of a socket", "unix:///a%20b", socket("/a b", nothing)},
		{"kept path of a socket", "unix:///a%20b?decode_components=F", socket("/a%20b", nothing)},
		{"database in the query", "redis://localhost?db=0", tcpURL(db(0))},
		{"database in the path", "redis://localhost/0", tcpURL(db(0))},
		{"query before path", "redis://localhost/2?db=3", tcpURL(db(3))},
		{"bad path behind a query", "redis://localhost/x?db=3", tcpURL(db(3))},
		{"path alone", "redis://localhost/2", tcpURL(db(2))},
		{"trailing slash", "redis://localhost/2/", tcpURL(db(2))},
		{"bare slash", "redis://localhost/", tcpURL(db(0))},
		{"path of a unix URL is not a database", "unix:///7", socket("/7", nothing)},
		{"database of a unix URL", "unix:///s?db=7", socket("/s", db(7))},
		{"first of a repeated name", "redis://?db=4&db=5", tcpURL(db(4))},
		{"empty value", "redis://localhost/2?db=", tcpURL(db(2))},
		{"name without value", "redis://?client_name", tcpURL(nothing)},
		{
			"query fills in what the body leaves out", "redis://?host=H&port=9&username=u&password=p",
			tcpURL(func(o *redpoll.Options) {
				o.Addr, o.Username, o.Password = "h:9", "u", "p"
			}),
		},
		{
			"body beats query", "redis://u:p@h:1?host=x&port=2&username=x&password=q&path=/x",
			tcpURL(func(o *redpoll.Options) {
				o.Addr, o.Username, o.Password = "h:1", "u", "p"
			}),
		},
		{"path of a unix URL beats the query", "unix:///s?path=/x&host=h", redpoll.Options{}},
		{"path of a unix URL in the query", "unix://?path=/x", socket("/x", nothing)},
		{"escaped query value", "redis://?client_name=a%2Bb",
			tcpURL(func(o *redpoll.Options) { o.ClientName = "a+b" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := redpoll.ParseURL(tt.url)
			if tt.want.Network == "" {
				if err == nil {
					t.Errorf("got %+v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v with user %q and password %q, want %v, %q, %q",
					got, got.Username, got.Password, tt.want, tt.want.Username, tt.want.Password)
			}
		})
	}
}

// Covers: F10, F39, F40, F42, F43, F47, F48, F131
func TestURLOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query string
		want  func(o *redpoll.Options)
	}{
		{"socket_timeout=1.5", func(o *redpoll.Options) {
			o.ReplyTimeout, o.WriteTimeout = 1500*time.Millisecond, 1500*time.Millisecond
		}},
		{"reply_timeout=2s", func(o *redpoll.Options) { o.ReplyTimeout = 2 * time.Second }},
		{"write_timeout=200ms", func(o *redpoll.Options) { o.WriteTimeout = 200 * time.Millisecond }},
		{"socket_connect_timeout=.25", func(o *redpoll.Options) { o.DialTimeout = 250 * time.Millisecond }},
		{"dial_timeout=3", func(o *redpoll.Options) { o.DialTimeout = 3 * time.Second }},
		{"timeout=4", func(o *redpoll.Options) { o.WaitTimeout, o.WaitForConn = 4*time.Second, true }},
		{"wait_timeout=4s", func(o *redpoll.Options) { o.WaitTimeout, o.WaitForConn = 4*time.Second, true }},
		{"wait_for_conn=yes", func(o *redpoll.Options) { o.WaitForConn = true }},
		{"health_check_interval=30", func(o *redpoll.Options) { o.HealthCheckInterval = 30 * time.Second }},
		{"keep_alive=10s", func(o *redpoll.Options) { o.KeepAlive = 10 * time.Second }},
		{"socket_keepalive=1", func(o *redpoll.Options) { o.KeepAlive = redpoll.DefaultKeepAlive }},
		{"socket_keepalive=no", func(o *redpoll.Options) { o.KeepAlive = redpoll.Forever }},
		{"min_backoff=1ms&max_backoff=1s",
			func(o *redpoll.Options) { o.MinBackoff, o.MaxBackoff = time.Millisecond, time.Second }},
		{"spin=80us", func(o *redpoll.Options) { o.Spin = 80 * time.Microsecond }},
		{"max_connections=7", func(o *redpoll.Options) { o.MaxConns = 7 }},
		{"max_conns=8", func(o *redpoll.Options) { o.MaxConns = 8 }},
		{"max_conn_age=600", func(o *redpoll.Options) { o.MaxConnAge = 10 * time.Minute }},
		{"idle_timeout=90", func(o *redpoll.Options) { o.IdleTimeout = 90 * time.Second }},
		{"max_retries=2", func(o *redpoll.Options) { o.MaxRetries = 2 }},
		{"conns=2", func(o *redpoll.Options) { o.Conns = 2 }},
		{"protocol=2", func(o *redpoll.Options) { o.Protocol = 2 }},
		{"client_name=me", func(o *redpoll.Options) { o.ClientName = "me" }},
		{"retry_on_timeout=true", func(o *redpoll.Options) { o.RetryOnTimeout = true }},
		{"retry_writes=1", func(o *redpoll.Options) { o.RetryWrites = true }},
		{"no_retry=1", func(o *redpoll.Options) { o.NoRetry = true }},
		{"no_evict=1&no_touch=yes", func(o *redpoll.Options) { o.NoEvict, o.NoTouch = true, true }},
		{"no_client_info=1", func(o *redpoll.Options) { o.NoClientInfo = true }},
		{"exclusive=1", func(o *redpoll.Options) { o.Exclusive = true }},
		{"socket_timeout=None",
			func(o *redpoll.Options) { o.ReplyTimeout, o.WriteTimeout = redpoll.Forever, redpoll.Forever }},
		{"reply_timeout=forever&write_timeout=Forever",
			func(o *redpoll.Options) { o.ReplyTimeout, o.WriteTimeout = redpoll.Forever, redpoll.Forever }},
		{"dial_timeout=none&idle_timeout=none&keep_alive=none", func(o *redpoll.Options) {
			o.DialTimeout, o.IdleTimeout, o.KeepAlive = redpoll.Forever, redpoll.Forever, redpoll.Forever
		}},
		{"timeout=None&max_connections=5",
			func(o *redpoll.Options) { o.WaitTimeout, o.WaitForConn, o.MaxConns = redpoll.Forever, true, 5 }},
		{"max_retries=none", func(o *redpoll.Options) { o.NoRetry = true }},
		{"max_retries=0", func(o *redpoll.Options) { o.NoRetry = true }},
		{"max_connections=None", func(o *redpoll.Options) { o.MaxConns = redpoll.Unlimited }},
		{"max_conns=0", func(o *redpoll.Options) { o.MaxConns = redpoll.Unlimited }},
		{"max_blocking=9", func(o *redpoll.Options) { o.MaxBlocking = 9 }},
		{"max_blocking=none", func(o *redpoll.Options) { o.MaxBlocking = redpoll.Unlimited }},
		{"fail_at_max_conns=on", func(o *redpoll.Options) { o.FailAtMaxConns = true }},
		{"retry_for=100ms", func(o *redpoll.Options) { o.RetryFor = 100 * time.Millisecond }},
		{"retry_for=5", func(o *redpoll.Options) { o.RetryFor = 5 * time.Second }},
		{"retry_for=forever", func(o *redpoll.Options) { o.RetryFor = redpoll.Forever }},
		{"health_check_interval=0&spin=0", func(*redpoll.Options) {}},
		{"health_check_interval=none&spin=none", func(*redpoll.Options) {}},
		{"socket_timeout=5&reply_timeout=5",
			func(o *redpoll.Options) { o.ReplyTimeout, o.WriteTimeout = 5*time.Second, 5*time.Second }},
		{"charset=utf-8", func(*redpoll.Options) {}},
		{"encoding=utf-8&encoding_errors=strict", func(*redpoll.Options) {}},
		{"encoding_errors=ignore", func(*redpoll.Options) {}},
		{"charset=utf-8&errors=replace&decode_responses=False", func(*redpoll.Options) {}},
		{"decode_responses=False", func(*redpoll.Options) {}},
		{"decode_responses=True", func(o *redpoll.Options) { o.Text = redpoll.UTF8Strict }},
		{"encoding=U8&decode_responses=1", func(o *redpoll.Options) { o.Text = redpoll.UTF8Strict }},
		{"encoding=utf_8&encoding_errors=replace&decode_responses=True",
			func(o *redpoll.Options) { o.Text = redpoll.UTF8Replace }},
		{"charset=utf-8&errors=Ignore&decode_responses=yes",
			func(o *redpoll.Options) { o.Text = redpoll.UTF8Ignore }},
		{"charset=latin-1", func(o *redpoll.Options) { o.Text = redpoll.Latin1 }},
		{"encoding=ISO8859-1&encoding_errors=strict&decode_responses=True",
			func(o *redpoll.Options) { o.Text = redpoll.Latin1 }},
	} {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			got, err := redpoll.ParseURL("redis://?" + tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if want := tcpURL(tt.want); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v: %#v", got, optionFields(got))
			}
			if _, err := redpoll.New(got); err != nil {
				t.Errorf("New refuses what ParseURL made: %v", err)
			}
		})
	}
	for word, want := range map[string]bool{
		"": false, "0": false, "F": false, "f": false, "FALSE": false, "False": false, "N": false, "n": false,
		"NO": false, "no": false,
		"1": true, "T": true, "true": true, "yes": true, "on": true, "off": false,
	} {
		if got, err := redpoll.ParseURL("redis://?exclusive=" + word); got.Exclusive != want || err != nil {
			t.Errorf("%q means %v, %v", word, got.Exclusive, err)
		}
	}
	// A parameter that redis-py has too means the same as there.
	if got, err := redpoll.ParseURL("redis://?retry_on_timeout=off"); !got.RetryOnTimeout || err != nil {
		t.Errorf("off means %v, %v", got.RetryOnTimeout, err)
	}
	for _, url := range []string{
		"redis://?exclusive=flase", "redis://?no_retry=nein", "redis://?retry_writes=disabled",
	} {
		var oe *redpoll.OptionError
		if _, err := redpoll.ParseURL(url); !errors.As(err, &oe) ||
			!strings.Contains(oe.Reason, "true or false") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// optionFields returns all fields that are not zero, because Options does not print them.
func optionFields(o redpoll.Options) map[string]any {
	fields := make(map[string]any)
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fields[v.Type().Field(i).Name] = v.Field(i).Interface()
		}
	}
	return fields
}

// Covers: F32, F33, F36, F37, F41, F122
func TestURLErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, says string }{
		{"no scheme", "localhost:6379", "redis://, rediss:// or unix://"},
		{"empty", "", "is empty"},
		{"another scheme", "http://localhost", "redis://, rediss:// or unix://"},
		{"scheme of a bare word", "localhost", "redis://, rediss:// or unix://"},
		{"port too high", "redis://h:65536", "port"},
		{"port zero", "redis://h:0", "port"},
		{"port that is not a number", "redis://h:x", "port"},
		{"port of the query too high", "redis://h?port=70000", "port"},
		{"slash in the password", "redis://bob:42/secret@redis.example.com:6379?db=1", "%2F"},
		{"slash in the password of a socket", "unix://bob:42/secret@/socket", "%2F"},
		{"at sign in the path", "rediss://h/0@1", "%2F"},
		{"at sign in an option", "redis://h?client_name=a@b", "%40"},
		{"at sign in the host", "redis://h%40x", "host name"},
		{"colon without a port", "redis://h:", "leave the colon out"},
		{"nothing but a colon", "redis://:", "leave the colon out"},
		{"two ports", "redis://redis:6379:6380", "colon"},
		{"port in the host", "redis://h%3A6379", "colon"},
		{"port in the host of the query", "redis://?host=h:6379", "colon"},
		{"port with a sign", "redis://h:+1", "port"},
		{"brackets without IPv6", "redis://[localhost]:6379", "IPv6"},
		{"text behind brackets", "redis://[::1]x:6379", "brackets"},
		{"blank in the host", "redis://a%20b", "blank"},
		{"blank in the host of the query", "redis://?host=h%20", "blank"},
		{"line end in the port of the query", "redis://?port=6379%0A", "line end"},
		{"blank in the database", "redis://h/1%20", "database"},
		{"blank in front", " redis://h", "blank"},
		{"blank at the end", "redis://h?client_name=a ", "%20"},
		{"line end at the end", "redis://:pw@h/0\n", "cut it off"},
		{"several hosts", "redis://a,b", "several servers"},
		{"several hosts with ports", "redis://a:1,b:2/0", "several servers"},
		{"variable", "redis://$REDIS_HOST:6379", "variable"},
		{"variable in brackets", "redis://${REDIS_HOST}:6379", "variable"},
		{"fragment behind the query", "redis://h?db=1#x", "%23"},
		{"fragment of a socket", "unix:///a#b", "%23"},
		{"Sentinel", "redis+sentinel://h:26379/mymaster", "sentinel"},
		{"Sentinel with TLS", "rediss+sentinel://h1:1,h2:2/mymaster", "sentinel"},
		{"Sentinel by another name", "redis-sentinel://h", "sentinel"},
		{"Sentinel alone", "sentinel://h", "sentinel"},
		{"Cluster", "valkeys+cluster://h", "(cluster)"},
		{"scheme that begins well", "redis+tls://h", "redis://"},
		{"two times", "redis://?socket_timeout=5&reply_timeout=2s", "reply_timeout"},
		{"two times with the old name behind", "redis://?write_timeout=1&socket_timeout=2", "write_timeout"},
		{"two limits", "redis://?max_conns=1&max_connections=2", "max_connections"},
		{"two times to wait", "redis://?timeout=1&wait_timeout=2", "wait_timeout"},
		{"waiting and not", "redis://?timeout=1&wait_for_conn=no", "wait_for_conn"},
		{"probes and not", "redis://?socket_keepalive=no&keep_alive=10", "keep_alive"},
		{"repeats and not", "redis://?no_retry=1&max_retries=1", "max_retries"},
		{"two encodings", "redis://?charset=utf-8&encoding=latin-1", "charset"},
		{"waiting without a limit", "redis://?timeout=5&max_connections=0", "max_connections"},
		{"no time", "redis://?socket_timeout=0", "none"},
		{"no time in words", "redis://?dial_timeout=0s", "none"},
		{"no time to wait", "redis://?timeout=0", "none"},
		{"time below a nanosecond", "redis://?reply_timeout=1e-12", "none"},
		{"time in hexadecimal", "redis://?reply_timeout=0x10", "reply_timeout"},
		{"time without end as a number", "redis://?reply_timeout=inf", "none"},
		{"endless pause", "redis://?min_backoff=none", "min_backoff"},
		{"no connections", "redis://?conns=0", "conns"},
		{"no protocol", "redis://?protocol=0", "protocol"},
		{"encoding of Windows", "redis://?encoding=cp1252", "TextEncoding"},
		{"encoding of two bytes", "redis://?charset=utf-16&decode_responses=1", "charset"},
		{"encoding of seven bits", "redis://?encoding=ascii", "TextEncoding"},
		{"characters that would be lost", "redis://?encoding=latin-1&errors=ignore", "errors"},
		{"names in certificates that are not checked",
			"rediss://h?ssl_cert_reqs=none&ssl_check_hostname=true", "ssl_cert_reqs"},
		{"IPv6 without brackets", "redis://::1", "brackets"},
		{"half a bracket", "redis://[::1", "brackets"},
		{"database in the query", "redis://?db=x", "database"},
		{"negative database", "redis://?db=-1", "database"},
		{"database in the path", "redis://h/x", "database"},
		{"two databases in the path", "redis://h/1/2", "database"},
		{"unix URL without a path", "unix://", "path"},
		{"unix URL with a host", "unix://h/s", "path"},
		{"unix URL with a port", "unix://:6379/s", "path"},
		{"escape that is none", "redis://:%zz@h", "%25"},
		{"fragment", "redis://h#x", "%23"},
		{"line end", "redis://h\r\n", "control"},
		{"query that cannot be read", "redis://?a=%zz", "query"},
		{"unknown option", "redis://?socket_time=1", "socket_time"},
		{"time", "redis://?socket_timeout=fast", "socket_timeout"},
		{"negative time", "redis://?reply_timeout=-1", "reply_timeout"},
		{"number", "redis://?max_connections=many", "max_connections"},
		{"negative number", "redis://?max_connections=-1", "max_connections"},
		{"encoding", "redis://?encoding=ebcdic", "encoding"},
		{"encoding errors", "redis://?encoding_errors=explode", "encoding_errors"},
		{"TLS option without TLS", "redis://?ssl_cert_reqs=none", "rediss"},
		{"certificate requirement", "rediss://?ssl_cert_reqs=maybe", "ssl_cert_reqs"},
		{"authority that is not there", "rediss://?ssl_ca_certs=/no/such/file", "ssl_ca_certs"},
		{"certificate without key", "rediss://?ssl_certfile=/no/such/file", "ssl_keyfile"},
		{"key without certificate", "rediss://?ssl_keyfile=/no/such/file", "ssl_keyfile"},
		{"key pair that is not there", "rediss://?ssl_certfile=/no/such/file&ssl_keyfile=/no/such/file",
			"ssl_certfile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := redpoll.ParseURL(tt.url)
			var oe *redpoll.OptionError
			if !errors.As(err, &oe) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got the error %v of type %T, want an *OptionError about %q", err, err, tt.says)
			}
			if !reflect.DeepEqual(got, redpoll.Options{}) {
				t.Errorf("options come with the error: %v", got)
			}
			// Open takes the URLs of several servers too.
			rdb, err := redpoll.Open(tt.url)
			if several := strings.HasSuffix(tt.url, "/mymaster") || tt.name == "Cluster"; (err == nil) != several {
				t.Errorf("Open gives %v, %v", rdb, err)
			}
			if err == nil {
				_ = rdb.Close()
			}
		})
	}
}

// Covers: F35, F44, E11, E12
func TestWithURL(t *testing.T) {
	t.Parallel()
	own := redpoll.Options{
		DB: 1, ReplyTimeout: 9 * time.Second, ClientName: "own", Addr: "own:1", Password: "own", MaxConns: 3,
	}
	for _, tt := range []struct {
		name, url string
		want      func(o *redpoll.Options)
	}{
		{"query, path and option", "redis://h/2?db=3", func(o *redpoll.Options) { o.DB = 3 }},
		{"path and option", "redis://h/2", func(o *redpoll.Options) { o.DB = 2 }},
		{"option alone", "redis://h", func(*redpoll.Options) {}},
		{"repeats", "redis://h?max_retries=none", func(o *redpoll.Options) { o.NoRetry = true }},
		{"limit", "redis://h?max_connections=none",
			func(o *redpoll.Options) { o.MaxConns = redpoll.Unlimited }},
		{"query wins", "redis://h?socket_timeout=5",
			func(o *redpoll.Options) { o.ReplyTimeout, o.WriteTimeout = 5*time.Second, 5*time.Second }},
		{"password of the URL", "redis://:url@h", func(o *redpoll.Options) { o.Password = "url" }},
		{"user of the URL", "redis://u@h", func(o *redpoll.Options) { o.Username, o.Password = "u", "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := own
			want.Network, want.Addr = "tcp", "h:6379"
			tt.want(&want)
			got, err := own.WithURL(tt.url)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v, want %v", optionFields(got), err, optionFields(want))
			}
		})
	}
	for _, tt := range []struct {
		from redpoll.Options
		url  string
		want redpoll.Options
	}{
		{redpoll.Options{NoRetry: true}, "redis://?max_retries=3", redpoll.Options{MaxRetries: 3}},
		{redpoll.Options{MaxRetries: 3}, "redis://?no_retry=1", redpoll.Options{NoRetry: true}},
		{redpoll.Options{RetryFor: time.Second}, "redis://?no_retry=1", redpoll.Options{NoRetry: true}},
		{redpoll.Options{NoRetry: true}, "redis://?retry_for=1s", redpoll.Options{RetryFor: time.Second}},
		{redpoll.Options{NoRetry: true}, "redis://?no_retry=off&retry_for=1s",
			redpoll.Options{RetryFor: time.Second}},
		{redpoll.Options{Text: redpoll.UTF8Strict}, "redis://?encoding_errors=replace",
			redpoll.Options{Text: redpoll.UTF8Replace}},
		{redpoll.Options{Text: redpoll.UTF8Strict}, "redis://?decode_responses=false", redpoll.Options{}},
		{redpoll.Options{Text: redpoll.Latin1}, "redis://?decode_responses=true",
			redpoll.Options{Text: redpoll.Latin1}},
		{redpoll.Options{Text: redpoll.Latin1}, "redis://?encoding=utf-8",
			redpoll.Options{Text: redpoll.UTF8Strict}},
		{redpoll.Options{Text: clients.UpsideDown{}}, "redis://?errors=strict",
			redpoll.Options{Text: clients.UpsideDown{}}},
	} {
		tt.want.Network, tt.want.Addr = "tcp", "localhost:6379"
		if got, err := tt.from.WithURL(tt.url); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v and %s give %v, %v, want %v",
				optionFields(tt.from), tt.url, optionFields(got), err, optionFields(tt.want))
		}
	}
	upsideDown := redpoll.Options{Text: clients.UpsideDown{}}
	if _, err := upsideDown.WithURL("redis://?errors=ignore"); !errors.As(err, new(*redpoll.OptionError)) {
		t.Errorf("a rule for UTF-8 is taken for another encoding: %v", err)
	}
	provider := redpoll.Options{
		Credentials: func(context.Context) (string, string, error) { return "", "", nil },
	}
	if got, err := provider.WithURL("redis://:pw@h"); err != nil || got.Credentials != nil ||
		got.Password != "pw" {
		t.Errorf("the URL's password does not replace Credentials: %v, %v", optionFields(got), err)
	}
	if got, err := provider.WithURL("redis://h"); err != nil || got.Credentials == nil {
		t.Errorf("a URL without user drops Credentials: %v, %v", optionFields(got), err)
	}
}

// Covers: F30, F49
func TestURLMakesOptionsClientsAndPools(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	o, err := redpoll.ParseURL(srv.URL() + "?timeout=5&client_name=by-url")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := redpoll.Open(srv.URL() + "?client_name=by-url")
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	for name, rdb := range map[string]*redpoll.Client{
		"New": clients.New(t, o), "Open": opened,
		"NewPool": clients.New(t, redpoll.Options{Pool: clients.NewPool(t, o)}),
	} {
		if got, err := rdb.ClientGetName(t.Context()); got != "by-url" || err != nil {
			t.Errorf("%s: the connection is named %q, %v", name, got, err)
		}
		if err := rdb.Set(t.Context(), name, 1); err != nil {
			t.Error(err)
		}
		if got := srv.Do("EXISTS", name); got != int64(1) {
			t.Errorf("%s: not in the database of the URL", name)
		}
	}
}

// If a URL is invalid, its error has no part of the password.
func TestURLErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://user:s3cret@host", "user:s3cret@host:6379", "redis://user:s3cret@host:port",
		"redis://user:s3cret@host/db",
		"redis://user:s3cret@[host", "redis://user:s3cret%zz@host", "redis://user:s3cret#@host",
		"redis://user:s3cret\n@host",
		"redis://user:pass/s3cret@host", "redis://user:pass?s3cret@host", "redis://user:pass?s3cret=1@host",
		"redis://user:pass?x&s3cret=1@host/0", "redis://user:12/s3cret@host", "redis://:/s3cret@host",
		"redis://?password=s3cret&db=x", "redis://?password=s3cret&s3cret@=1", "unix://:pass/s3cret@/socket",
		"unix://user:pass/s3cret@/socket", "unix://:/s3cret@/socket", "redis://s3cret:pw@h:x",
		"redis://bob:42/s3cret@redis.example.com:6379?db=1", "unix://bob:42/s3cret@/socket",
		"redis://bob:s3cret@h/1@2",
		" redis://u:s3cret@h", "redis://u:s3cret@h\n", "redis+sentinel://u:s3cret@h",
		"s3cret+sentinel//u:s3cret@h", "redis://u:s3cret",
		"redis://u:pw@s3cret:", "redis://u:pw@s3cret,s3cret", "redis://?host=s3cret%0A",
		"redis://?reply_timeout=s3cret&write_timeout=s3cret",
		"redis://user:12?s3cret=1@host", "redis://user:12?s3cret@host",
	} {
		if o, err := redpoll.ParseURL(url); err == nil {
			t.Errorf("%s gives %v: not the broken URL that this test wants", url, o)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error says %v", url, err)
		}
	}
}
