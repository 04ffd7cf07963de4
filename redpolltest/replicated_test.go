package redpolltest

import (
	"slices"
	"testing"
)

func TestReplicatedFailsOver(t *testing.T) {
	t.Parallel()
	rep := StartReplicated(t, ReplicatedOptions{Server: ServerOptions{Password: "p w"}})
	first, second, third := rep.Servers()[0], rep.Servers()[1], rep.Servers()[2]
	beginsWith(t, first.Do("SET", "k", "v"), "OK")
	rep.AwaitSync()
	beginsWith(t, third.Do("GET", "k"), "v")
	rep.FailOver(second)
	if rep.Primary() != second || !slices.Equal(rep.Replicas(), []*Server{first, third}) {
		t.Errorf("the primary is %s", rep.Primary().Addr())
	}
	beginsWith(t, second.Do("SET", "k", "2"), "OK")
	beginsWith(t, first.Do("SET", "k", "3"), "READONLY")

	second.Kill()
	rep.Promote(third)
	if addrs := []string{third.Addr(), first.Addr(), second.Addr()}; !slices.Equal(rep.Addrs(), addrs) {
		t.Errorf("addresses %v, want %v", rep.Addrs(), addrs)
	}
	beginsWith(t, third.Do("SET", "k", "4"), "OK")
	second.Restart()
	beginsWith(t, second.Do("SET", "k", "lost"), "OK") // it does not know better
	rep.Follow(second)
	beginsWith(t, second.Do("GET", "k"), "4")
	first.Restart() // and still follows
	rep.AwaitSync()
	beginsWith(t, first.Do("GET", "k"), "4")
}

func TestReplicatedGrowsMovesAndShrinks(t *testing.T) {
	t.Parallel()
	rep := StartReplicated(t, ReplicatedOptions{Replicas: 1, Server: ServerOptions{AppendOnly: true}})
	primary := rep.Primary()
	beginsWith(t, primary.Do("SET", "k", "v"), "OK")
	added := rep.AddReplica()
	beginsWith(t, added.Do("GET", "k"), "v")
	for _, srv := range []*Server{added, primary} {
		old := srv.Addr()
		rep.Move(srv)
		if srv.Addr() == old || rep.Primary() != primary {
			t.Errorf("the server at %s was at %s, the primary is at %s", srv.Addr(), old, primary.Addr())
		}
	}
	for _, srv := range rep.Servers() {
		beginsWith(t, srv.Do("GET", "k"), "v")
	}
	rep.Remove(added)
	if len(rep.Addrs()) != 2 {
		t.Errorf("servers at %v", rep.Addrs())
	}
}

func TestReplicatedIsolate(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	rep := StartReplicated(t, ReplicatedOptions{Proxies: true, Server: ServerOptions{TLS: true}})
	cut, well := rep.Replicas()[0], rep.Replicas()[1]
	rep.Isolate(cut)
	beginsWith(t, rep.Primary().Do("SET", "k", "v"), "OK")
	rep.AwaitSync() // of the other one
	beginsWith(t, well.Do("GET", "k"), "v")
	beginsWith(t, cut.Do("EXISTS", "k"), "0")
	if reply, err := pingTLS(cut.AnnouncedAddr(), cut.ClientTLS()); reply != "PONG" {
		t.Errorf("a client: %v, %v", reply, err)
	}
	rep.Heal()
	rep.AwaitSync()
	beginsWith(t, cut.Do("GET", "k"), "v")
}
