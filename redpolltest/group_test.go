package redpolltest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// requireIsolation skips t where a group cannot isolate a server.
func requireIsolation(t *testing.T) {
	t.Helper()
	RequireVersion(t, 7, 0)
	if !canIsolate {
		t.Skip("Isolate works on Linux only")
	}
}

func TestIndependents(t *testing.T) {
	t.Parallel()
	servers := StartIndependents(t, 3, ServerOptions{TLS: true, NoTCP: true})
	for i, s := range servers {
		beginsWith(t, s.Do("SET", "k", fmt.Sprint(i)), "OK")
		reply, err := pingTLS(s.AnnouncedAddr(), servers[0].ClientTLS())
		if reply != "PONG" || s.Proxy() != nil {
			t.Errorf("%v, %v, proxy %v", reply, err, s.Proxy())
		}
	}
	for i, s := range servers {
		beginsWith(t, s.Do("GET", "k"), fmt.Sprint(i))
	}
}

func TestGroupIsGoneAfterAFailure(t *testing.T) {
	t.Parallel()
	var servers []*Server
	fake := pretend(t, func(t testing.TB) {
		rep := StartReplicated(t, ReplicatedOptions{Replicas: 1, Proxies: true})
		servers = rep.Servers()
		servers[0].Pause()
		for range 30 {
			servers[1].Do("CONFIG", "SET", "loglevel", "debug")
			servers[1].Do("DEBUG", "LOG", "chatter")
		}
		t.Error("as a test fails")
	})
	if len(servers) != 2 {
		t.Fatal(fake.text())
	}
	for _, s := range servers {
		if _, err := os.Stat(s.p.dir); !os.IsNotExist(err) || s.p.answers() {
			t.Errorf("the folder of a server: %v", err)
		}
		if _, err := os.Stat(s.Proxy().Socket()); !os.IsNotExist(err) {
			t.Errorf("the socket of a proxy: %v", err)
		}
	}
	log := fake.text()
	if strings.Count(log, "last 20 lines of the log of the server on port ") == 0 {
		t.Errorf("the output is:\n%s", log)
	}
	if lines := strings.Count(log, "\n"); lines > 2*21 {
		t.Errorf("the output has %d lines:\n%s", lines, log)
	}
}

func TestGroupThatCannotStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, says string
		start      func(testing.TB)
	}{
		{"a bad line", "no-such-directive", func(t testing.TB) {
			StartIndependents(t, 2, ServerOptions{Config: []string{"no-such-directive yes"}})
		}},
		{"no port", "NoTCP needs TLS", func(t testing.TB) {
			StartReplicated(t, ReplicatedOptions{Server: ServerOptions{NoTCP: true}})
		}},
		{"no proxies to isolate by", "Isolate needs the option Proxies", func(t testing.TB) {
			rep := StartReplicated(t, ReplicatedOptions{Replicas: 1})
			rep.Isolate(rep.Primary())
		}},
		{"a crash", "ended on its own", func(t testing.TB) {
			s := StartIndependents(t, 1, ServerOptions{})[0]
			c := Dial(t, s.Addr())
			_, _ = c.Do("SHUTDOWN", "NOSAVE")
			<-s.p.exited
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := pretend(t, c.start)
			if !fake.Failed() || !strings.Contains(fake.text(), c.says) {
				t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
			}
		})
	}
}
