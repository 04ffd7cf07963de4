package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// eachSentinel runs a test over RESP3 and over RESP2, with a Sentinel that watches the service "main", a
// master and a replica.
func eachSentinel(t *testing.T, run func(t *clients.Test, replica *redpolltest.Server)) {
	t.Helper()
	redpolltest.RequireVersion(t, 6, 2)
	for name, protocol := range map[string]int{"RESP3": 3, "RESP2": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			replica := testkit.StartReplica(t, srv)
			s := testkit.StartSentinel(t,
				fmt.Sprintf("sentinel monitor main %s %d 1", srv.Host(), srv.Port()))
			c := &clients.Test{
				T: t, Client: clients.New(t, redpoll.Options{Addr: s.Addr, Protocol: protocol}), Server: srv,
			}
			redpolltest.Await(t, "a Sentinel that knows both", func() bool {
				list, err := c.Client.SentinelReplicas(ctx, "main")
				return err == nil && len(list) == 1 && list[0].RunID != "" && list[0].Master.Port != 0 &&
					!list[0].IsDisconnected
			})
			run(c, replica)
		})
	}
}

// Covers: F318, F319, F320, F321
func TestSentinelStates(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *clients.Test, replica *redpolltest.Server) {
		master := redpoll.HostPort{Host: t.Server.Host(), Port: int64(t.Server.Port())}
		t.Want(master)(t.Client.SentinelGetMasterAddrByName(ctx, "main"))
		t.IsNil(t.Client.SentinelGetMasterAddrByName(ctx, "nothing"))
		if got := master.String(); got != t.Server.Addr() {
			t.Errorf("the address is %s, want %s", got, t.Server.Addr())
		}
		m, err := t.Client.SentinelMaster(ctx, "main")
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != "main" || m.Addr != master || !m.IsMaster || m.IsReplica || m.IsSDown || m.IsODown ||
			!slices.Contains(m.Flags, "master") || len(m.RunID) != 40 {
			t.Errorf("got %+v", m)
		}
		if m.Quorum != 1 || m.NumReplicas != 1 || m.NumOtherSentinels != 0 || m.DownAfter != 30*time.Second ||
			m.FailoverTimeout != 3*time.Minute || m.ParallelSyncs != 1 || m.RoleReported != "master" {
			t.Errorf("got %+v", m)
		}
		t.Says("No such master")(t.Client.SentinelMaster(ctx, "nothing"))
		all, err := t.Client.SentinelMasters(ctx)
		if err != nil || len(all) != 1 || all["main"].Addr != master || all["main"].RunID != m.RunID {
			t.Errorf("got %+v and %v, want main alone", all, err)
		}
		for _, list := range []func() ([]redpoll.SentinelState, error){
			func() ([]redpoll.SentinelState, error) { return t.Client.SentinelReplicas(ctx, "main") },
			func() ([]redpoll.SentinelState, error) { return t.Client.SentinelSlaves(ctx, "main") },
		} {
			states, err := list()
			if err != nil || len(states) != 1 {
				t.Fatalf("got %+v and %v, want one replica", states, err)
			}
			r := states[0]
			if r.Addr.Port != int64(replica.Port()) || !r.IsReplica || r.IsMaster || r.Master != master ||
				r.ReplicaPriority != 100 || r.RoleReported != "slave" || r.MasterLinkStatus != "ok" {
				t.Errorf("got %+v", r)
			}
		}
		t.Says("No such master")(t.Client.SentinelReplicas(ctx, "nothing"))
		t.Want([]redpoll.SentinelState{})(t.Client.SentinelSentinels(ctx, "main"))
		t.Says("No such master")(t.Client.SentinelSentinels(ctx, "nothing"))
		t.Want(redpoll.SentinelMasterDown{})(
			t.Client.SentinelIsMasterDownByAddr(ctx, master.Host, master.Port, 0, "*"))
		t.Want([]redpoll.SentinelScript{})(t.Client.SentinelPendingScripts(ctx))
		infos, err := t.Client.SentinelInfoCache(ctx, "main", "nothing")
		if err != nil || len(infos) != 1 ||
			len(infos["main"]) != 2 || !strings.Contains(infos["main"][0].Info, "role:master") ||
			!strings.Contains(infos["main"][1].Info, "role:slave") {
			t.Errorf("got %+v and %v, want the answers of a master and a replica", infos, err)
		}
		if id, err := t.Client.SentinelMyID(ctx); err != nil || len(id) != 40 {
			t.Errorf("got the ID %q and %v", id, err)
		}
		t.Starts("SENTINEL ")(t.Client.SentinelHelp(ctx))
		if got, err := t.Client.SentinelCkQuorum(ctx, "main"); err != nil ||
			!strings.HasPrefix(got, "OK 1 usable Sentinels") {
			t.Errorf("got %q and %v", got, err)
		}
		t.Says("No such master")(t.Client.SentinelCkQuorum(ctx, "nothing"))
		t.Want([]string{"crash-after-election", "crash-after-promotion"})(
			t.Client.SentinelSimulateFailureHelp(ctx))
		t.OK(t.Client.SentinelFlushConfig(ctx))
	})
}

// Valkey answers commands with the word PRIMARY like those with MASTER.
func TestSentinelPrimaries(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	eachSentinel(t, func(t *clients.Test, _ *redpolltest.Server) {
		primary := redpoll.HostPort{Host: t.Server.Host(), Port: int64(t.Server.Port())}
		t.Want(primary)(t.Client.SentinelGetPrimaryAddrByName(ctx, "main"))
		t.IsNil(t.Client.SentinelGetPrimaryAddrByName(ctx, "nothing"))
		state, err := t.Client.SentinelPrimary(ctx, "main")
		if err != nil || state.Name != "main" || state.Addr != primary || !state.IsMaster ||
			state.Quorum != 1 {
			t.Errorf("got %+v and %v", state, err)
		}
		t.Says("No such")(t.Client.SentinelPrimary(ctx, "nothing"))
		all, err := t.Client.SentinelPrimaries(ctx)
		if err != nil || len(all) != 1 || all["main"].Addr != primary || all["main"].RunID != state.RunID {
			t.Errorf("got %+v and %v, want main alone", all, err)
		}
		t.Want(redpoll.SentinelMasterDown{})(
			t.Client.SentinelIsPrimaryDownByAddr(ctx, primary.Host, primary.Port, 0, "*"))
	})
}

// Covers: F322
func TestSentinelSettings(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *clients.Test, _ *redpolltest.Server) {
		second := redpolltest.Start(t.T, redpolltest.ServerOptions{})
		t.OK(t.Client.SentinelMonitor(ctx, "second", second.Host(), int64(second.Port()), 2))
		t.Says("Duplicate")(nil,
			t.Client.SentinelMonitor(ctx, "second", second.Host(), int64(second.Port()), 2))
		t.OK(t.Client.SentinelSet(ctx, "second", "down-after-milliseconds", 1500, "quorum", "3"))
		s, err := t.Client.SentinelMaster(ctx, "second")
		if err != nil || s.Quorum != 3 || s.DownAfter != 1500*time.Millisecond {
			t.Errorf("got %+v and %v", s, err)
		}
		t.Says("Unknown option")(nil, t.Client.SentinelSet(ctx, "second", "nonsense", 1))
		t.Says("NOQUORUM")(t.Client.SentinelCkQuorum(ctx, "second"))
		t.Says("NOGOODSLAVE")(nil, t.Client.SentinelFailover(ctx, "second"))
		t.Want(2)(t.Client.SentinelReset(ctx, "*"))
		t.Want(0)(t.Client.SentinelReset(ctx, "nothing*"))
		t.OK(t.Client.SentinelRemove(ctx, "second"))
		t.Says("No such master")(nil, t.Client.SentinelRemove(ctx, "second"))

		t.OK(t.Client.SentinelConfigSet(ctx, "announce-port", 1234))
		t.Want(map[string]string{"announce-port": "1234"})(t.Client.SentinelConfigGet(ctx, "announce-p*"))
		t.Want(map[string]string{})(t.Client.SentinelConfigGet(ctx, "nonsense"))
		t.Says("Invalid")(nil, t.Client.SentinelConfigSet(ctx, "nonsense", 1))
		if t.Server.Version().AtLeast(7, 0) {
			t.OK(t.Client.SentinelDebugSet(ctx, "ping-period", 1500*time.Millisecond))
			times, err := t.Client.SentinelDebug(ctx)
			if err != nil || times["PING-PERIOD"] != 1500*time.Millisecond ||
				times["TILT-PERIOD"] != 30*time.Second {
				t.Errorf("got %v and %v", times, err)
			}
			t.Says("Unknown option")(nil, t.Client.SentinelDebugSet(ctx, "nonsense", time.Second))
		}
		t.OK(t.Client.SentinelSimulateFailure(ctx, redpoll.CrashAfterElection, redpoll.CrashAfterPromotion))
	})
}

// The Sentinel finds a second one. A failover on request makes the replica the master.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *clients.Test, replica *redpolltest.Server) {
		s := testkit.StartSentinel(t.T,
			fmt.Sprintf("sentinel monitor main %s %d 1", t.Server.Host(), t.Server.Port()))
		second := clients.New(t.T, redpoll.Options{Addr: s.Addr})
		var others []redpoll.SentinelState
		redpolltest.Await(t.T, "a second Sentinel", func() bool {
			list, err := t.Client.SentinelSentinels(ctx, "main")
			others = list
			return err == nil && len(list) == 1 && list[0].RunID != ""
		})
		id, err := second.SentinelMyID(ctx)
		o := others[0]
		if err != nil || o.RunID != id || !o.IsSentinel || o.IsMaster || o.Addr.String() != s.Addr {
			t.Errorf("got %+v and %v, want the Sentinel %s at %s", o, err, id, s.Addr)
		}
		t.OK(t.Client.SentinelFailover(ctx, "main"))
		t.Says("INPROG")(nil, t.Client.SentinelFailover(ctx, "main"))
		redpolltest.Await(t.T, "another master", func() bool {
			addr, err := t.Client.SentinelGetMasterAddrByName(ctx, "main")
			return err == nil && addr.Port == int64(replica.Port())
		})
	})
}
