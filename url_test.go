package redpoll_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// tcpURL is what every TCP URL says without saying so, with changes.
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
		{"documented unix form", "unix://:secret@/path/to/socket.sock?db=0", socket("/path/to/socket.sock", login("", "secret"))},
		{"only the scheme", "redis://", tcpURL(nothing)},
		{"scheme in capitals", "REDIS://h", tcpURL(addr("h:6379"))},
		{"host without port", "redis://db.example", tcpURL(addr("db.example:6379"))},
		{"port without host", "redis://:7000", tcpURL(addr("localhost:7000"))},
		{"highest port", "redis://h:65535", tcpURL(addr("h:65535"))},
		{"host in capitals", "redis://DB.Example:1", tcpURL(addr("db.example:1"))},
		{"IPv6 with port", "redis://[::1]:7000/2", tcpURL(func(o *redpoll.Options) { o.Addr, o.DB = "[::1]:7000", 2 })},
		{"IPv6 without port", "redis://[fe80::1]", tcpURL(addr("[fe80::1]:6379"))},
		{"password alone", "redis://:pw@h", tcpURL(func(o *redpoll.Options) { o.Addr, o.Password = "h:6379", "pw" })},
		{"user alone", "redis://user@localhost", tcpURL(login("user", ""))},
		{"user with an empty password", "redis://user:@localhost", tcpURL(login("user", ""))},
		{"user and password", "redis://user:pw@localhost", tcpURL(login("user", "pw"))},
		{"password with an at sign", "redis://:a@b@localhost", tcpURL(login("", "a@b"))},
		{"password with a colon", "redis://u:a:b@localhost", tcpURL(login("u", "a:b"))},
		{"escapes", "redis://us%40er:p%2Fa%3As%3Fs%23%25@h%2Dost/%32", tcpURL(func(o *redpoll.Options) {
			o.Addr, o.Username, o.Password, o.DB = "h-ost:6379", "us@er", "p/a:s?s#%", 2
		})},
		{"a plus is a plus", "redis://:a+b@localhost", tcpURL(login("", "a+b"))},
		{"escapes kept", "redis://us%40er:p%2F@localhost?decode_components=no", tcpURL(login("us%40er", "p%2F"))},
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
		{"path of a unix URL is no database", "unix:///7", socket("/7", nothing)},
		{"database of a unix URL", "unix:///s?db=7", socket("/s", db(7))},
		{"first of a repeated name", "redis://?db=4&db=5", tcpURL(db(4))},
		{"empty value", "redis://localhost/2?db=", tcpURL(db(2))},
		{"name without value", "redis://?client_name", tcpURL(nothing)},
		{"query fills in what the body leaves out", "redis://?host=H&port=9&username=u&password=p", tcpURL(func(o *redpoll.Options) {
			o.Addr, o.Username, o.Password = "h:9", "u", "p"
		})},
		{"body beats query", "redis://u:p@h:1?host=x&port=2&username=x&password=q&path=/x", tcpURL(func(o *redpoll.Options) {
			o.Addr, o.Username, o.Password = "h:1", "u", "p"
		})},
		{"path of a unix URL beats the query", "unix:///s?path=/x&host=h", redpoll.Options{}},
		{"path of a unix URL in the query", "unix://?path=/x", socket("/x", nothing)},
		{"escaped query value", "redis://?client_name=a%2Bb", tcpURL(func(o *redpoll.Options) { o.ClientName = "a+b" })},
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
		{"min_backoff=1ms&max_backoff=1s", func(o *redpoll.Options) { o.MinBackoff, o.MaxBackoff = time.Millisecond, time.Second }},
		{"spin=80us", func(o *redpoll.Options) { o.Spin = 80 * time.Microsecond }},
		{"max_connections=7", func(o *redpoll.Options) { o.MaxConns = 7 }},
		{"max_conns=8", func(o *redpoll.Options) { o.MaxConns = 8 }},
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
		{"encoding=utf-8", func(o *redpoll.Options) { o.Text = redpoll.UTF8Strict }},
		{"encoding=utf_8&encoding_errors=replace", func(o *redpoll.Options) { o.Text = redpoll.UTF8Replace }},
		{"encoding_errors=ignore", func(o *redpoll.Options) { o.Text = redpoll.UTF8Ignore }},
		{"charset=latin-1", func(o *redpoll.Options) { o.Text = redpoll.Latin1 }},
		{"charset=utf-8&errors=ignore", func(o *redpoll.Options) { o.Text = redpoll.UTF8Ignore }},
		{"decode_responses=False", func(*redpoll.Options) {}},
		{"decode_responses=True", func(*redpoll.Options) {}},
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
		"": false, "0": false, "F": false, "f": false, "FALSE": false, "False": false, "N": false, "n": false, "NO": false, "no": false,
		"1": true, "T": true, "true": true, "yes": true, "off": true,
	} {
		if got, err := redpoll.ParseURL("redis://?exclusive=" + word); got.Exclusive != want || err != nil {
			t.Errorf("%q means %v, %v", word, got.Exclusive, err)
		}
	}
}

// optionFields shows every field that is not zero: Options hide them.
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
		{"empty", "", "redis://, rediss:// or unix://"},
		{"another scheme", "http://localhost", "redis://, rediss:// or unix://"},
		{"scheme of a bare word", "localhost", "redis://, rediss:// or unix://"},
		{"port too high", "redis://h:65536", "port"},
		{"port zero", "redis://h:0", "port"},
		{"port that is no number", "redis://h:x", "port"},
		{"port of the query too high", "redis://h?port=70000", "port"},
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
		{"key pair that is not there", "rediss://?ssl_certfile=/no/such/file&ssl_keyfile=/no/such/file", "ssl_certfile"},
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
			if rdb, err := redpoll.Open(tt.url); rdb != nil || err == nil {
				t.Errorf("Open gives %v, %v", rdb, err)
			}
		})
	}
}

// Covers: F35, F44, E11, E12
func TestWithURL(t *testing.T) {
	t.Parallel()
	own := redpoll.Options{DB: 1, ReplyTimeout: 9 * time.Second, ClientName: "own", Addr: "own:1", Password: "own", MaxConns: 3}
	for _, tt := range []struct {
		name, url string
		want      func(o *redpoll.Options)
	}{
		{"query, path and option", "redis://h/2?db=3", func(o *redpoll.Options) { o.DB = 3 }},
		{"path and option", "redis://h/2", func(o *redpoll.Options) { o.DB = 2 }},
		{"option alone", "redis://h", func(*redpoll.Options) {}},
		{"query wins", "redis://h?socket_timeout=5", func(o *redpoll.Options) { o.ReplyTimeout, o.WriteTimeout = 5*time.Second, 5*time.Second }},
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
	provider := redpoll.Options{Credentials: func(context.Context) (string, string, error) { return "", "", nil }}
	if got, err := provider.WithURL("redis://:pw@h"); err != nil || got.Credentials != nil || got.Password != "pw" {
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
		"New": newClient(t, o), "Open": opened, "NewPool": newClient(t, redpoll.Options{Pool: newPool(t, o)}),
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

// However a URL is broken, no part of its password comes out again.
func TestURLErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://user:s3cret@host", "user:s3cret@host:6379", "redis://user:s3cret@host:port", "redis://user:s3cret@host/db",
		"redis://user:s3cret@[host", "redis://user:s3cret%zz@host", "redis://user:s3cret#@host", "redis://user:s3cret\n@host",
		"redis://user:pass/s3cret@host", "redis://user:pass?s3cret@host", "redis://user:pass?s3cret=1@host",
		"redis://user:pass?x&s3cret=1@host/0", "redis://user:12/s3cret@host", "redis://:/s3cret@host",
		"redis://?password=s3cret&db=x", "redis://?password=s3cret&s3cret@=1", "unix://:pass/s3cret@/socket",
		"unix://user:pass/s3cret@/socket", "unix://:/s3cret@/socket", "redis://s3cret:pw@h:x", "redis://user:12?s3cret=1@host", "redis://user:12?s3cret@host",
	} {
		if o, err := redpoll.ParseURL(url); err == nil {
			t.Errorf("%s gives %v: not the broken URL that this test wants", url, o)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error says %v", url, err)
		}
	}
}
