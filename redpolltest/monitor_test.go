package redpolltest

import (
	"reflect"
	"slices"
	"strconv"
	"testing"
)

func TestMonitorSeesWhatClientsSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		start func(testing.TB) *Server
	}{
		{"shared", Shared},
		{"own", func(t testing.TB) *Server { return Start(t, ServerOptions{}) }},
		{"with a password", func(t testing.TB) *Server { return Start(t, ServerOptions{Password: "p"}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := c.start(t)
			client := Dial(t, srv.Addr())
			if srv.Password() != "" {
				mustDo(t, client, "OK", "AUTH", srv.Password())
			}
			mustDo(t, client, "OK", "SELECT", strconv.Itoa(srv.DB))
			m := srv.Monitor()
			if got := m.Commands(); len(got) != 0 {
				t.Errorf("before anything was sent: %q", got)
			}
			value := "a b\"\\\r\n\x00\xff]"
			if v := srv.Release(); v.Major == 8 && v.Minor == 1 && srv.Version() != v {
				value = "a b\r\n\x00\xff]" // Valkey 8.1 does not escape quotes and backslashes
			}
			mustDo(t, client, "OK", "SET", "k", value)
			srv.Do("GET", "k")
			mustDo(t, client, nil, "get", "none")
			want := [][]string{{"SET", "k", value}, {"get", "none"}}
			if got := m.Commands(); !reflect.DeepEqual(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if m.Count("GET") != 1 || m.Count("DEL") != 0 {
				t.Errorf("GET: %d, DEL: %d", m.Count("GET"), m.Count("DEL"))
			}
			m.Reset()
			if got := m.Commands(); len(got) != 0 {
				t.Errorf("after Reset: %q", got)
			}
		})
	}
}

func TestMonitorKeepsDatabasesApart(t *testing.T) {
	t.Parallel()
	mine, other := Shared(t), Shared(t)
	m := mine.Monitor()
	for _, srv := range []*Server{mine, other} {
		c := Dial(t, srv.Addr())
		mustDo(t, c, "OK", "SELECT", strconv.Itoa(srv.DB))
		mustDo(t, c, "OK", "SET", "db", strconv.Itoa(srv.DB))
	}
	want := [][]string{{"SET", "db", strconv.Itoa(mine.DB)}}
	got := m.Commands()
	got = slices.DeleteFunc(got,
		func(args []string) bool { return args[0] == "select" || args[0] == "SELECT" })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMonitorOfAKilledServerFailsTheTest(t *testing.T) {
	t.Parallel()
	fake := pretend(t, func(t testing.TB) {
		srv := Start(t, ServerOptions{})
		m := srv.Monitor()
		srv.Restart()
		m.Commands()
	})
	if !fake.Failed() {
		t.Error("the test did not fail")
	}
}

func TestParseMonitorLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, line string
		want       seenCommand
	}{
		{"tcp", `1700000000.123456 [0 127.0.0.1:60866] "keys" "*"`,
			seenCommand{0, "127.0.0.1:60866", []string{"keys", "*"}}},
		{"ipv6", `1.2 [3 [::1]:6379] "ping"`, seenCommand{3, "[::1]:6379", []string{"ping"}}},
		{"unix", `1.2 [12 unix:/tmp/s] "get" ""`, seenCommand{12, "unix:/tmp/s", []string{"get", ""}}},
		{"script", `1.2 [9 lua] "set" "a" "] \"b\""`, seenCommand{9, "lua", []string{"set", "a", `] "b"`}}},
		{"escapes", `1.2 [0 x] "\x00\xff\n\r\t\a\b\\\""`,
			seenCommand{0, "x", []string{"\x00\xff\n\r\t\a\b\\\""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, err := parseMonitorLine(c.line); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
	for _, line := range []string{"", "OK", `1.2 [0 x]`, `1.2 [x y] "a"`, `1.2 [0] "a"`, `1.2 [0 x] "a`,
		`1.2 [0 x] "a" b`} {
		if got, err := parseMonitorLine(line); err == nil {
			t.Errorf("%q: got %+v, want an error", line, got)
		}
	}
}

// A connection to another port of the server may have the local address of the control connection.
func TestMonitorSeesClientsWithOurAddress(t *testing.T) {
	t.Parallel()
	srv := Start(t, ServerOptions{})
	m := srv.Monitor()
	client := Dial(t, srv.Addr())
	srv.mu.Lock()
	srv.controls[client.LocalAddr().String()] = true
	srv.mu.Unlock()
	srv.Do("SET", "ours", "1")
	mustDo(t, client, "OK", "SET", "theirs", "1")
	if got, want := m.Commands(), [][]string{{"SET", "theirs", "1"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
