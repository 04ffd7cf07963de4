package monitor_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// serverTime is the clock of the server.
func serverTime(t testing.TB, rdb *redpoll.Client) time.Time {
	t.Helper()
	return testkit.Must[time.Time](t)(rdb.Time(ctx))
}

// Each executed command is one entry with all that the server says of it, and arguments come back byte by
// byte.
//
// Covers: F271, F272, F274, F275
func TestEntries(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		mon := monitorOf(t, t.Client)
		three := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), DB: 3})
		before := serverTime(t, t.Client)
		for name, c := range map[string]struct {
			value   string
			command string // the end of it
		}{
			"plain":                         {"v", "v"},
			"empty":                         {"", ""},
			"blanks":                        {" a  b ", " a  b "},
			"quotes":                        {`"a" 'b'`, `"a" 'b'`},
			"brackets":                      {"[0 lua] x] ", "[0 lua] x] "},
			"bracket and quote":             {`] "GET" "k`, `] "GET" "k`},
			"backslash at the end":          {`c:\dir\`, `c:\dir\`},
			"backslash and quote":           {`\"`, `\"`},
			"text of an escape":             {`\n\x41`, `\n\x41`},
			"line ends":                     {"a\r\nb\n", `a\r\nb\n`},
			"control characters":            {"\t\a\b\x00\x7f", `\t\a\b\x00\x7f`},
			"UTF-8":                         {"é", `\xc3\xa9`},
			"bytes that are not UTF-8":      {"\xff\xfe\x92", `\xff\xfe\x92`},
			"what looks like another reply": {"\r\n+OK\r\n", `\r\n+OK\r\n`},
		} {
			if _, err := three.Do(ctx, "SET", name, c.value); err != nil {
				t.Fatal(err)
			}
			entry := find(t, mon, "SET", name)
			if !slices.Equal(entry.Args, []string{"SET", name, c.value}) {
				t.Errorf("%s: the arguments are %q", name, entry.Args)
			}
			if want := "SET " + name + " " + c.command; entry.Command != want {
				t.Errorf("%s: the command is %q, want %q", name, entry.Command, want)
			}
			if after := serverTime(t, t.Client); entry.Time.Before(before) || entry.Time.After(after) {
				t.Errorf("%s: the time is %v, want one between %v and %v", name, entry.Time, before, after)
			}
			if entry.DB != 3 || entry.Namespace != "" {
				t.Errorf("%s: database %d, namespace %q", name, entry.DB, entry.Namespace)
			}
		}
	})
}

// TCP, socket and script are told apart, by redis-py's words too.
//
// Covers: F273
func TestOrigins(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		mon := monitorOf(t, t.Client)
		one := clients.Pin(t, t.Client)
		info := testkit.Must[redpoll.ClientInfo](t)(one.ClientInfo(ctx))
		t.OK(one.Set(ctx, "k", "over TCP"))
		if e := find(t, mon, "SET", "k", "over TCP"); e.Origin != redpoll.OriginTCP || e.Addr != info.Addr ||
			fmt.Sprint(e.Origin) != "tcp" {
			t.Errorf("got %+v, want the address %s", e, info.Addr)
		}
		local := clients.New(t, redpoll.Options{Addr: t.Server.Socket()})
		t.OK(local.Set(ctx, "k", "over the socket"))
		if e := find(t, mon, "SET", "k", "over the socket"); e.Origin != redpoll.OriginUnix ||
			e.Addr != t.Server.Socket() || fmt.Sprint(e.Origin) != "unix" {
			t.Errorf("got %+v, want the path %s", e, t.Server.Socket())
		}
		if _, err := t.Client.Eval(ctx, "return redis.call('set', KEYS[1], ARGV[1])", []string{"k"},
			"from a script"); err != nil {
			t.Fatal(err)
		}
		if e := find(t, mon, "set", "k", "from a script"); e.Origin != redpoll.OriginLua || e.Addr != "" ||
			fmt.Sprint(e.Origin) != "lua" {
			t.Errorf("got %+v, want a script", e)
		}
		if text := fmt.Sprint(redpoll.MonitorEntry{}.Origin); text != "unknown" {
			t.Errorf("the zero origin is %q", text)
		}
	})
}

// A monitor over a socket, over TLS and as an ACL user is like any other.
func TestWaysToMonitor(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, Users: []redpolltest.User{{Name: "guard",
		Password: "pw", Rules: "-@all +monitor"}}})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	for name, o := range map[string]redpoll.Options{
		"socket":    {Addr: srv.Socket()},
		"TLS":       {Addr: srv.TLSAddr(), TLS: srv.ClientTLS()},
		"user":      {Addr: srv.Addr(), Username: "guard", Password: "pw", NoClientInfo: true},
		"exclusive": {Addr: srv.Addr(), Exclusive: true, MaxConns: 1, FailAtMaxConns: true},
	} {
		mon := monitorOf(t, clients.New(t, o))
		if err := rdb.Set(ctx, name, "v"); err != nil {
			t.Fatal(err)
		}
		find(t, mon, "SET", name, "v")
	}
}

// The text encoding of the client is that of the arguments. An entry that it cannot read is an error of its
// own.
func TestEntriesInATextEncoding(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	latin := monitorOf(t, clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.Latin1}))
	strict := monitorOf(t, clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.UTF8Strict}))
	srv.Do("SET", "k", "\xe9")
	srv.Do("SET", "k", "next")
	if e := find(t, latin, "SET", "k"); e.Args[2] != "é" || e.Command != `SET k \xe9` {
		t.Errorf("got %+v", e)
	}
	unread := 0
	for e, err := range strict.Listen(ctx) {
		if err != nil {
			if !errors.As(err, new(*redpoll.ReplyError)) || !strings.Contains(err.Error(),
				"MONITOR: argument 2: ") || !reflect.DeepEqual(e, redpoll.MonitorEntry{}) {
				t.Errorf("got %+v, %v, want a *ReplyError about argument 2", e, err)
			}
			unread++
		} else if slices.Equal(e.Args, []string{"SET", "k", "next"}) {
			break
		}
	}
	if unread != 1 {
		t.Errorf("%d entries could not be read, want 1", unread)
	}
}

// A command is one line, however large.
func TestLargeEntry(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	mon := monitorOf(t, rdb)
	value := strings.Repeat("a\xff\"]\n", 300_000)
	for range 2 {
		if err := rdb.Set(ctx, "k", value); err != nil {
			t.Fatal(err)
		}
		if err := rdb.Set(ctx, "k", "small"); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if e := find(t, mon, "SET", "k"); e.Args[2] != value {
			t.Errorf("%d bytes came back, want %d", len(e.Args[2]), len(value))
		}
		if e := find(t, mon, "SET", "k"); e.Args[2] != "small" {
			t.Errorf("the next entry has %d bytes", len(e.Args[2]))
		}
	}
}

// The client's commands go on while it monitors: all have their replies, and the monitor sees all of them in
// their order.
func TestCommandsBesideAMonitor(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		mon := monitorOf(t, t.Client)
		const commands = 1000
		for i := range commands {
			t.Want(i + 1)(t.Client.Incr(ctx, "n"))
		}
		t.OK(t.Client.Set(ctx, "end", "x"))
		seen := 0
		for e, err := range mon.Listen(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Args[0] == "INCR" {
				seen++
			} else if e.Args[0] == "SET" {
				break
			}
		}
		if seen != commands {
			t.Errorf("%d entries, want %d", seen, commands)
		}
	})
}
