package redpoll_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// eachSentinel runs a test over RESP3 and over RESP2 on a Sentinel that watches the service "main", a master and a replica.
func eachSentinel(t *testing.T, run func(t *commandTest, replica *redpolltest.Server)) {
	t.Helper()
	redpolltest.RequireVersion(t, 6, 2)
	for name, protocol := range map[string]int{"RESP3": 3, "RESP2": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			replica := startReplica(t, srv)
			s := startSentinel(t, fmt.Sprintf("sentinel monitor main %s %d 1", srv.Host(), srv.Port()))
			c := &commandTest{t, newClient(t, redpoll.Options{Addr: s.addr, Protocol: protocol}), srv}
			await(t, "a Sentinel that knows both", func() bool {
				list, err := c.rdb.SentinelReplicas(ctx, "main")
				return err == nil && len(list) == 1 && list[0].RunID != "" && list[0].Master.Port != 0 && !list[0].IsDisconnected
			})
			run(c, replica)
		})
	}
}

// Covers: F318, F319, F320, F321
func TestSentinelStates(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *commandTest, replica *redpolltest.Server) {
		master := redpoll.Address{Host: t.srv.Host(), Port: int64(t.srv.Port())}
		t.want(master)(t.rdb.SentinelGetMasterAddrByName(ctx, "main"))
		t.isNil(t.rdb.SentinelGetMasterAddrByName(ctx, "nothing"))
		if got := master.String(); got != t.srv.Addr() {
			t.Errorf("the address is %s, want %s", got, t.srv.Addr())
		}
		m, err := t.rdb.SentinelMaster(ctx, "main")
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != "main" || m.Addr != master || !m.IsMaster || m.IsReplica || m.IsSDown || m.IsODown || !slices.Contains(m.Flags, "master") || len(m.RunID) != 40 {
			t.Errorf("got %+v", m)
		}
		if m.Quorum != 1 || m.NumReplicas != 1 || m.NumOtherSentinels != 0 || m.DownAfter != 30*time.Second || m.FailoverTimeout != 3*time.Minute || m.ParallelSyncs != 1 || m.RoleReported != "master" {
			t.Errorf("got %+v", m)
		}
		t.says("No such master")(t.rdb.SentinelMaster(ctx, "nothing"))
		all, err := t.rdb.SentinelMasters(ctx)
		if err != nil || len(all) != 1 || all["main"].Addr != master || all["main"].RunID != m.RunID {
			t.Errorf("got %+v and %v, want main alone", all, err)
		}
		for _, list := range []func() ([]redpoll.SentinelState, error){
			func() ([]redpoll.SentinelState, error) { return t.rdb.SentinelReplicas(ctx, "main") },
			func() ([]redpoll.SentinelState, error) { return t.rdb.SentinelSlaves(ctx, "main") },
		} {
			states, err := list()
			if err != nil || len(states) != 1 {
				t.Fatalf("got %+v and %v, want one replica", states, err)
			}
			r := states[0]
			if r.Addr.Port != int64(replica.Port()) || !r.IsReplica || r.IsMaster || r.Master != master || r.ReplicaPriority != 100 || r.RoleReported != "slave" || r.MasterLinkStatus != "ok" {
				t.Errorf("got %+v", r)
			}
		}
		t.says("No such master")(t.rdb.SentinelReplicas(ctx, "nothing"))
		t.want([]redpoll.SentinelState{})(t.rdb.SentinelSentinels(ctx, "main"))
		t.says("No such master")(t.rdb.SentinelSentinels(ctx, "nothing"))
		t.want(redpoll.MasterDown{})(t.rdb.SentinelIsMasterDownByAddr(ctx, master.Host, master.Port, 0, "*"))
		t.want([]redpoll.SentinelScript{})(t.rdb.SentinelPendingScripts(ctx))
		infos, err := t.rdb.SentinelInfoCache(ctx, "main", "nothing")
		if err != nil || len(infos) != 1 || len(infos["main"]) != 2 || !strings.Contains(infos["main"][0].Info, "role:master") || !strings.Contains(infos["main"][1].Info, "role:slave") {
			t.Errorf("got %+v and %v, want the answers of a master and a replica", infos, err)
		}
		if id, err := t.rdb.SentinelMyID(ctx); err != nil || len(id) != 40 {
			t.Errorf("got the ID %q and %v", id, err)
		}
		t.starts("SENTINEL ")(t.rdb.SentinelHelp(ctx))
		if got, err := t.rdb.SentinelCkQuorum(ctx, "main"); err != nil || !strings.HasPrefix(got, "OK 1 usable Sentinels") {
			t.Errorf("got %q and %v", got, err)
		}
		t.says("No such master")(t.rdb.SentinelCkQuorum(ctx, "nothing"))
		t.want([]string{"crash-after-election", "crash-after-promotion"})(t.rdb.SentinelSimulateFailureHelp(ctx))
		t.ok(t.rdb.SentinelFlushConfig(ctx))
	})
}

// Valkey answers the commands that say PRIMARY as those that say MASTER.
func TestSentinelPrimaries(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	eachSentinel(t, func(t *commandTest, _ *redpolltest.Server) {
		primary := redpoll.Address{Host: t.srv.Host(), Port: int64(t.srv.Port())}
		t.want(primary)(t.rdb.SentinelGetPrimaryAddrByName(ctx, "main"))
		t.isNil(t.rdb.SentinelGetPrimaryAddrByName(ctx, "nothing"))
		state, err := t.rdb.SentinelPrimary(ctx, "main")
		if err != nil || state.Name != "main" || state.Addr != primary || !state.IsMaster || state.Quorum != 1 {
			t.Errorf("got %+v and %v", state, err)
		}
		t.says("No such")(t.rdb.SentinelPrimary(ctx, "nothing"))
		all, err := t.rdb.SentinelPrimaries(ctx)
		if err != nil || len(all) != 1 || all["main"].Addr != primary || all["main"].RunID != state.RunID {
			t.Errorf("got %+v and %v, want main alone", all, err)
		}
		t.want(redpoll.MasterDown{})(t.rdb.SentinelIsPrimaryDownByAddr(ctx, primary.Host, primary.Port, 0, "*"))
	})
}

// Covers: F322
func TestSentinelSettings(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *commandTest, _ *redpolltest.Server) {
		second := redpolltest.Start(t.T, redpolltest.ServerOptions{})
		t.ok(t.rdb.SentinelMonitor(ctx, "second", second.Host(), int64(second.Port()), 2))
		t.says("Duplicate")(nil, t.rdb.SentinelMonitor(ctx, "second", second.Host(), int64(second.Port()), 2))
		t.ok(t.rdb.SentinelSet(ctx, "second", "down-after-milliseconds", 1500, "quorum", "3"))
		s, err := t.rdb.SentinelMaster(ctx, "second")
		if err != nil || s.Quorum != 3 || s.DownAfter != 1500*time.Millisecond {
			t.Errorf("got %+v and %v", s, err)
		}
		t.says("Unknown option")(nil, t.rdb.SentinelSet(ctx, "second", "nonsense", 1))
		t.says("NOQUORUM")(t.rdb.SentinelCkQuorum(ctx, "second"))
		t.says("NOGOODSLAVE")(nil, t.rdb.SentinelFailover(ctx, "second"))
		t.want(2)(t.rdb.SentinelReset(ctx, "*"))
		t.want(0)(t.rdb.SentinelReset(ctx, "nothing*"))
		t.ok(t.rdb.SentinelRemove(ctx, "second"))
		t.says("No such master")(nil, t.rdb.SentinelRemove(ctx, "second"))

		t.ok(t.rdb.SentinelConfigSet(ctx, "announce-port", 1234))
		t.want(map[string]string{"announce-port": "1234"})(t.rdb.SentinelConfigGet(ctx, "announce-p*"))
		t.want(map[string]string{})(t.rdb.SentinelConfigGet(ctx, "nonsense"))
		t.says("Invalid")(nil, t.rdb.SentinelConfigSet(ctx, "nonsense", 1))
		if t.srv.Version().AtLeast(7, 0) {
			t.ok(t.rdb.SentinelDebugSet(ctx, "ping-period", 1500*time.Millisecond))
			times, err := t.rdb.SentinelDebug(ctx)
			if err != nil || times["PING-PERIOD"] != 1500*time.Millisecond || times["TILT-PERIOD"] != 30*time.Second {
				t.Errorf("got %v and %v", times, err)
			}
			t.says("Unknown option")(nil, t.rdb.SentinelDebugSet(ctx, "nonsense", time.Second))
		}
		t.ok(t.rdb.SentinelSimulateFailure(ctx, redpoll.CrashAfterElection, redpoll.CrashAfterPromotion))
	})
}

// A second Sentinel is found, and a failover that was asked for makes the replica the master.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	eachSentinel(t, func(t *commandTest, replica *redpolltest.Server) {
		s := startSentinel(t.T, fmt.Sprintf("sentinel monitor main %s %d 1", t.srv.Host(), t.srv.Port()))
		second := newClient(t.T, redpoll.Options{Addr: s.addr})
		var others []redpoll.SentinelState
		await(t.T, "a second Sentinel", func() bool {
			list, err := t.rdb.SentinelSentinels(ctx, "main")
			others = list
			return err == nil && len(list) == 1 && list[0].RunID != ""
		})
		id, err := second.SentinelMyID(ctx)
		if o := others[0]; err != nil || o.RunID != id || !o.IsSentinel || o.IsMaster || o.Addr.String() != s.addr {
			t.Errorf("got %+v and %v, want the Sentinel %s at %s", o, err, id, s.addr)
		}
		t.ok(t.rdb.SentinelFailover(ctx, "main"))
		t.says("INPROG")(nil, t.rdb.SentinelFailover(ctx, "main"))
		await(t.T, "another master", func() bool {
			addr, err := t.rdb.SentinelGetMasterAddrByName(ctx, "main")
			return err == nil && addr.Port == int64(replica.Port())
		})
	})
}
