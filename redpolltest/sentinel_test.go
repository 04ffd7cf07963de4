package redpolltest

import (
	"slices"
	"strings"
	"testing"
)

func TestSentinelAfterAKill(t *testing.T) {
	t.Parallel()
	sen := StartSentinel(t, SentinelOptions{})
	old := sen.Primary()
	if old != sen.Servers()[0] || len(sen.Replicas()) != 2 || len(sen.Addrs()) != 3 {
		t.Fatalf("%v, %d replicas, Sentinels at %v", old.Addr(), len(sen.Replicas()), sen.Addrs())
	}
	if killed := sen.KillPrimary(); killed != old {
		t.Errorf("killed %s", killed.Addr())
	}
	now := sen.AwaitFailOver(old)
	beginsWith(t, now.Do("SET", "k", "v"), "OK")
	old.Restart()
	sen.AwaitPrimary(now)
	if sen.Primary() != now || !slices.Contains(sen.Replicas(), old) {
		t.Errorf("the primary is %s", sen.Primary().Addr())
	}
	beginsWith(t, old.Do("GET", "k"), "v")

	// Sentinels come back, too, with what they have learned.
	sen.Sentinels()[0].Kill()
	sen.Sentinels()[1].Pause()
	if sen.Primary() != now {
		t.Errorf("the last Sentinel names %s", sen.Primary().Addr())
	}
	sen.Sentinels()[0].Restart()
	sen.Sentinels()[1].Resume()
	sen.AwaitPrimary(now)
}

func TestSentinelFailsOverOnDemand(t *testing.T) {
	t.Parallel()
	sen := StartSentinel(t, SentinelOptions{Name: "main", Replicas: 1, Sentinels: 1,
		Server: ServerOptions{Password: "of the servers"}, Password: "of Sentinel"})
	sen.Sentinels()[0].Restart()
	old := sen.Primary()
	now := sen.FailOver()
	if now == old || sen.Primary() != now {
		t.Errorf("the primary is %s", now.Addr())
	}
	sentinel := sen.Sentinels()[0]
	for _, c := range []struct {
		srv      *Server
		password string
		want     string
	}{
		{sentinel, "of Sentinel", "PONG"}, {sentinel, "of the servers", "NOAUTH"},
		{now, "of the servers", "PONG"}, {now, "of Sentinel", "NOAUTH"},
	} {
		conn := Dial(t, c.srv.AnnouncedAddr())
		if _, err := conn.Do("AUTH", c.password); err != nil {
			t.Fatal(err)
		}
		reply, _ := conn.Do("PING")
		beginsWith(t, reply, c.want)
	}
	if sentinel.Password() != "of Sentinel" || sen.Name() != "main" {
		t.Errorf("name %s, password %s", sen.Name(), sentinel.Password())
	}
}

func TestSentinelGrowsMovesAndShrinks(t *testing.T) {
	t.Parallel()
	sen := StartSentinel(t, SentinelOptions{Replicas: 1, Sentinels: 2})
	primary := sen.Primary()
	for _, srv := range []*Server{sen.AddReplica(), sen.AddSentinel()} {
		old := srv.Addr()
		sen.Move(srv)
		if srv.Addr() == old {
			t.Error("the address is the same")
		}
		for _, sentinel := range sen.Sentinels() {
			if sentinel == srv {
				continue
			}
			beginsWith(t, sentinel.Do("SENTINEL", "CKQUORUM", sen.Name()), "OK 3 usable")
		}
		sen.Remove(srv)
		if slices.Contains(sen.Addrs(), srv.Addr()) || slices.Contains(sen.Servers(), srv) {
			t.Error("it is still there")
		}
	}
	if sen.Primary() != primary || len(sen.Servers()) != 2 || len(sen.Sentinels()) != 2 {
		t.Errorf("%d servers, %d Sentinels", len(sen.Servers()), len(sen.Sentinels()))
	}
}

func TestSentinelIsolate(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	sen := StartSentinel(t, SentinelOptions{Proxies: true})
	old := sen.Primary()
	sen.Isolate(old)
	now := sen.AwaitFailOver(old)
	beginsWith(t, old.Do("SET", "k", "lost"), "OK") // nobody has told it
	beginsWith(t, now.Do("SET", "k", "kept"), "OK")
	mustDo(t, Dial(t, old.AnnouncedAddr()), "lost", "GET", "k")
	sen.Heal()
	sen.AwaitPrimary(now)
	beginsWith(t, old.Do("GET", "k"), "kept")
	if got := sen.Addrs()[0]; got != sen.Sentinels()[0].Proxy().Addr() {
		t.Errorf("a Sentinel is at %s", got)
	}
}

func TestSentinelWithTLS(t *testing.T) {
	t.Parallel()
	sen := StartSentinel(t, SentinelOptions{Replicas: 1, Sentinels: 2, Proxies: true,
		Server: ServerOptions{NoTCP: true, TLS: true, RequireClientCert: true,
			Users: []User{{Name: "default", Off: true}}}})
	old := sen.Primary()
	if reply, err := pingTLS(sen.Addrs()[0], old.ClientTLS()); reply != "PONG" {
		t.Errorf("a Sentinel by TLS: %v, %v", reply, err)
	}
	if now := sen.FailOver(); now == old {
		t.Errorf("the primary is still %s", now.AnnouncedAddr())
	}
}

func TestSentinelOfAnotherGroup(t *testing.T) {
	t.Parallel()
	stranger := Start(t, ServerOptions{})
	fake := pretend(t, func(t testing.TB) {
		sen := StartSentinel(t, SentinelOptions{Replicas: 1, Sentinels: 1, Config: []string{"maxclients 77"}})
		sen.AwaitPrimary(stranger)
	})
	if !fake.Failed() || !strings.Contains(fake.text(), "is not a server of this group") {
		t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
	}
	if !strings.Contains(fake.text(), "log of the Sentinel on port") {
		t.Errorf("the Sentinel's log is not in the output: %s", fake.text())
	}
}
