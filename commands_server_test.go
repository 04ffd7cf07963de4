package redpoll_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// ownServer runs a test of commands that concern the whole server, over each protocol with a server of its own.
func ownServer(t *testing.T, o redpolltest.ServerOptions, run func(t *commandTest)) {
	t.Helper()
	for _, p := range []struct {
		name     string
		protocol int
	}{{"RESP3", 3}, {"RESP2", 2}} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			srv := redpolltest.Start(t, o)
			run(&commandTest{t, newClient(t, redpoll.Options{Addr: srv.Addr(), Protocol: p.protocol}), srv})
		})
	}
}

// must gives the result of a call that has to succeed.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// INFO of Redis 8 counts keys by the length of what they hold.
func TestInfoKeySizes(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "")
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want(5)(t.rdb.RPush(ctx, "l", 1, 2, 3, 4, 5))
		t.want(1)(t.rdb.RPush(ctx, "m", 1))
		info := must[redpoll.ServerInfo](t)(t.rdb.Info(ctx, "keysizes"))
		sizes := must[map[string]redpoll.Value](t)(info.Get("db0_distrib_lists_items").Map())
		if n, err := sizes["4"].Int(); len(sizes) != 2 || err != nil || n != 1 || sizes["1"].String() != "1" {
			t.Errorf("got %v of %+v, want a list of 1 element and one of 4 to 7", sizes, info)
		}
	})
}

func TestInfo(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", 1))
		t.ok(t.rdb.Set(ctx, "b", 1, redpoll.EX(time.Hour)))
		_, _ = t.rdb.LPush(ctx, "a", "x")
		info := must[redpoll.ServerInfo](t)(t.rdb.Info(ctx, "everything"))
		if info.Version != t.srv.Release().String() || info.Mode != "standalone" || len(info.RunID) != 40 || info.Role != "master" ||
			info.ConnectedClients < 1 || info.UsedMemory <= 0 || info.Loading {
			t.Errorf("got %+v", info)
		}
		if k := info.Keyspace[0]; k.Keys != 2 || k.Expires != 1 {
			t.Errorf("the keyspace is %+v", info.Keyspace)
		}
		if s := info.Commands["set"]; s.Calls != 2 || s.Duration < 0 {
			t.Errorf("the commands are %+v", info.Commands)
		}
		if info.Commands["lpush"].Failed != 1 || info.Errors["WRONGTYPE"] != 1 {
			t.Errorf("the errors are %+v and %v", info.Commands["lpush"], info.Errors)
		}
		if n, err := info.Get("used_memory").Int(); err != nil || n != info.UsedMemory {
			t.Errorf("used_memory is %v and %v", n, err)
		}
		if f := info.Get("used_cpu_user"); f.Kind() != redpoll.KindFloat {
			t.Errorf("used_cpu_user is of %v: %v", f.Kind(), f)
		}
		if _, err := info.Get("none").Int(); !errors.Is(err, redpoll.Nil) {
			t.Errorf("a field that is not there gives %v", err)
		}
		some := must[redpoll.ServerInfo](t)(t.rdb.Info(ctx, "memory", "cpu"))
		if len(some.Sections) != 2 || len(some.Sections["cpu"]) == 0 || some.UsedMemory == 0 || some.Version != "" {
			t.Errorf("two sections give %+v", some)
		}
		if none := must[redpoll.ServerInfo](t)(t.rdb.Info(ctx, "nosuch")); len(none.Sections) != 0 {
			t.Errorf("an unknown section gives %+v", none)
		}
	})
}

// Covers: F19
func TestConfig(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.ConfigSet(ctx, "maxmemory", 104857600, "maxmemory-policy", "allkeys-lru"))
		t.want(map[string]string{"maxmemory": "104857600", "maxmemory-policy": "allkeys-lru"})(t.rdb.ConfigGet(ctx, "maxmemory", "maxmemory-polic?"))
		t.want(map[string]string{})(t.rdb.ConfigGet(ctx, "nosuch"))
		if err := t.rdb.ConfigSet(ctx, "maxmemory", 0, "nosuch", 1); err == nil {
			t.Error("an unknown setting is accepted")
		}
		t.holds([]any{"maxmemory", "104857600"}, "CONFIG", "GET", "maxmemory")
		t.ok(t.rdb.ConfigResetStat(ctx))
		if info := must[redpoll.ServerInfo](t)(t.rdb.Info(ctx, "stats")); info.Get("total_commands_processed").String() == "0" {
			t.Error("the counter is 0 although commands have run")
		}
		t.ok(t.rdb.ConfigRewrite(ctx))
	})
}

func TestCommandIntrospection(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	eachProtocol(t, func(t *commandTest) {
		n := must[int64](t)(t.rdb.CommandCount(ctx))
		all := must[[]redpoll.CommandInfo](t)(t.rdb.Command(ctx))
		if n < 200 || int64(len(all)) != n {
			t.Errorf("%d commands, and a count of %d", len(all), n)
		}
		list := must[[]redpoll.Null[redpoll.CommandInfo]](t)(t.rdb.CommandInfo(ctx, "get", "nosuch", "config", "xread", "lmpop"))
		if len(list) != 5 || list[1].Valid || !list[0].Valid {
			t.Fatalf("got %+v", list)
		}
		get, config, xread, lmpop := list[0].V, list[2].V, list[3].V, list[4].V
		if get.Name != "get" || get.Arity != 2 || !slices.Contains(get.Flags, "readonly") || get.FirstKey != 1 || get.LastKey != 1 || get.Step != 1 ||
			!slices.Contains(get.Categories, "@string") {
			t.Errorf("GET is %+v", get)
		}
		if k := get.Keys[0]; k.Begin != "index" || k.Index != 1 || k.Find != "range" || k.KeyStep != 1 || !slices.Contains(k.Flags, "RO") || k.Extra != nil {
			t.Errorf("the key of GET is %+v", k)
		}
		if k := xread.Keys[0]; k.Begin != "keyword" || k.Keyword != "STREAMS" || k.StartFrom != 1 || k.LastKey != -1 || k.Limit != 2 {
			t.Errorf("the keys of XREAD are %+v", k)
		}
		if k := lmpop.Keys[0]; k.Find != "keynum" || k.FirstKey != 1 || k.KeyStep != 1 {
			t.Errorf("the keys of LMPOP are %+v", k)
		}
		if i := slices.IndexFunc(config.Subcommands, func(c redpoll.CommandInfo) bool { return c.Name == "config|get" }); i < 0 || config.Extra != nil {
			t.Errorf("CONFIG is %+v", config)
		}
		docs := must[map[string]redpoll.CommandDoc](t)(t.rdb.CommandDocs(ctx, "set", "config", "nosuch"))
		set := docs["set"]
		if len(docs) != 2 || set.Since != "1.0.0" || set.Group != "string" || set.Summary == "" || len(set.History) == 0 || set.Extra != nil {
			t.Errorf("SET is %+v", set)
		}
		if a := set.Arguments; len(a) < 4 || a[0].Type != "key" || a[0].KeySpec != (redpoll.Null[int64]{Valid: true}) || a[1].Name != "value" ||
			len(a[2].Arguments) == 0 || a[2].Arguments[0].Token != "NX" || a[0].Extra != nil {
			t.Errorf("the arguments of SET are %+v", a)
		}
		if docs["config"].Subcommands["config|get"].Since != "2.0.0" {
			t.Errorf("CONFIG is %+v", docs["config"])
		}
	})
}

func TestCommandListAndKeys(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	eachProtocol(t, func(t *commandTest) {
		if all := must[[]string](t)(t.rdb.CommandList(ctx)); !slices.Contains(all, "get") {
			t.Errorf("GET is not among %v", all)
		}
		t.want([]string{"lolwut"})(t.rdb.CommandList(ctx, redpoll.FilterPattern("lolw*")))
		t.want([]string{})(t.rdb.CommandList(ctx, redpoll.FilterModule("nosuch")))
		if read := must[[]string](t)(t.rdb.CommandList(ctx, redpoll.FilterACLCat("read"))); !slices.Contains(read, "get") || slices.Contains(read, "set") {
			t.Errorf("the commands of @read are %v", read)
		}
		t.want([]string{"a", "b"})(t.rdb.CommandGetKeys(ctx, "MSET", "a", 1, "b", 2))
		t.want([]redpoll.KeyFlags{{Key: "a", Flags: []string{"OW", "update"}}})(t.rdb.CommandGetKeysAndFlags(ctx, "SET", "a", "x"))
		if got, err := t.rdb.CommandGetKeys(ctx, "PING", "a"); err == nil {
			t.Errorf("a command without keys gives %v", got)
		}
	})
}

func TestSlowLog(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Config: []string{"slowlog-log-slower-than 0"}}, func(t *commandTest) {
		t.ok(t.rdb.SlowLogReset(ctx))
		before := time.Now().Add(-2 * time.Second)
		t.ok(t.rdb.Set(ctx, "k", "two words"))
		list := must[[]redpoll.SlowLogEntry](t)(t.rdb.SlowLogGet(ctx, 1))
		if len(list) != 1 {
			t.Fatalf("got %+v", list)
		}
		if e := list[0]; !slices.Equal(e.Args, []string{"SET", "k", "two words"}) || e.At.Before(before) || e.Duration < 0 || e.ClientAddr == "" {
			t.Errorf("got %+v", e)
		}
		all := must[[]redpoll.SlowLogEntry](t)(t.rdb.SlowLogGet(ctx, -1))
		if len(all) < 3 || all[0].ID <= all[1].ID {
			t.Errorf("got %+v", all)
		}
		if n := must[int64](t)(t.rdb.SlowLogLen(ctx)); n < int64(len(all)) {
			t.Errorf("the length is %d after %d entries", n, len(all))
		}
	})
}

// Besides slow commands, Valkey logs large ones and large replies.
func TestCommandLog(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	o := redpolltest.ServerOptions{Config: []string{"commandlog-execution-slower-than 0", "commandlog-request-larger-than 1000", "commandlog-reply-larger-than 2000"}}
	ownServer(t, o, func(t *commandTest) {
		before := time.Now().Add(-2 * time.Second)
		t.ok(t.rdb.Set(ctx, "k", strings.Repeat("x", 1500)))
		t.want(3000)(t.rdb.SetRange(ctx, "k", 2999, "x"))
		t.want(3000)(t.rdb.StrLen(ctx, "k"))
		if v := must[string](t)(t.rdb.Get(ctx, "k")); len(v) != 3000 {
			t.Errorf("the value has %d bytes", len(v))
		}
		for _, c := range []struct {
			name    string
			log     redpoll.CommandLog
			cost    int64
			command string
		}{{"slow", redpoll.CommandLogSlow, 0, "GET"}, {"large requests", redpoll.CommandLogLargeRequest, 1500, "SET"}, {"large replies", redpoll.CommandLogLargeReply, 3000, "GET"}} {
			list := must[[]redpoll.CommandLogEntry](t)(t.rdb.CommandLogGet(ctx, -1, c.log))
			i := slices.IndexFunc(list, func(e redpoll.CommandLogEntry) bool { return e.Args[0] == c.command })
			if i < 0 {
				t.Fatalf("%s: got %+v, want %s among them", c.name, list, c.command)
			}
			e := list[i]
			if c.log != redpoll.CommandLogSlow && len(list) != 1 || e.Cost < c.cost || e.Cost > c.cost+1000 && c.cost > 0 || e.Args[1] != "k" || e.At.Before(before) || e.ClientAddr == "" || e.Extra != nil {
				t.Errorf("%s: got %+v", c.name, list)
			}
			if one := must[[]redpoll.CommandLogEntry](t)(t.rdb.CommandLogGet(ctx, 1, c.log)); len(one) != 1 {
				t.Errorf("%s: got %d entries instead of one", c.name, len(one))
			}
			if n := must[int64](t)(t.rdb.CommandLogLen(ctx, c.log)); n < int64(len(list)) {
				t.Errorf("%s: the length is %d after %d entries", c.name, n, len(list))
			}
			t.ok(t.rdb.CommandLogReset(ctx, c.log))
			if list := must[[]redpoll.CommandLogEntry](t)(t.rdb.CommandLogGet(ctx, -1, c.log)); slices.ContainsFunc(list, func(e redpoll.CommandLogEntry) bool { return e.Args[0] == c.command }) {
				t.Errorf("%s: got %+v after a reset", c.name, list)
			}
		}
		t.starts("COMMANDLOG ")(t.rdb.CommandLogHelp(ctx))
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	o := redpolltest.ServerOptions{Config: []string{"latency-monitor-threshold 1", "enable-debug-command yes"}}
	ownServer(t, o, func(t *commandTest) {
		t.want([]redpoll.LatencySample{})(t.rdb.LatencyHistory(ctx, "command"))
		before := time.Now().Add(-2 * time.Second)
		t.srv.Do("DEBUG", "SLEEP", "0.02")
		latest := must[[]redpoll.LatencyEvent](t)(t.rdb.LatencyLatest(ctx))
		if i := slices.IndexFunc(latest, func(e redpoll.LatencyEvent) bool { return e.Event == "command" }); i < 0 ||
			latest[i].Latency < 20*time.Millisecond || latest[i].Max < latest[i].Latency || latest[i].At.Before(before) {
			t.Errorf("got %+v", latest)
		}
		history := must[[]redpoll.LatencySample](t)(t.rdb.LatencyHistory(ctx, "command"))
		if len(history) == 0 || history[0].Latency < time.Millisecond || history[0].At.Before(before) {
			t.Errorf("got %+v", history)
		}
		if s := must[string](t)(t.rdb.LatencyGraph(ctx, "command")); !strings.Contains(s, "high") {
			t.Errorf("the graph is %q", s)
		}
		if s := must[string](t)(t.rdb.LatencyDoctor(ctx)); s == "" {
			t.Error("the doctor says nothing")
		}
		if n := must[int64](t)(t.rdb.LatencyReset(ctx, "command", "nosuch")); n != 1 {
			t.Errorf("%d events were reset", n)
		}
		t.ok(t.rdb.Set(ctx, "k", 1))
		h := must[map[string]redpoll.LatencyHistogram](t)(t.rdb.LatencyHistogram(ctx, "set", "get"))
		set, found := h["set"]
		if !found || len(h) != 1 || set.Calls != 1 || len(set.Buckets) != 1 || set.Buckets[0].Calls != 1 || set.Buckets[0].UpTo < time.Microsecond {
			t.Errorf("got %+v", h)
		}
		t.want(map[string]redpoll.LatencyHistogram{})(t.rdb.LatencyHistogram(ctx, "nosuch"))
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", strings.Repeat("x", 1000), redpoll.EX(time.Hour)))
		if n := must[int64](t)(t.rdb.MemoryUsage(ctx, "k", redpoll.Samples(0))); n < 1000 {
			t.Errorf("the key takes %d bytes", n)
		}
		t.isNil(t.rdb.MemoryUsage(ctx, "none"))
		m := must[redpoll.MemoryStats](t)(t.rdb.MemoryStats(ctx))
		if m.Peak <= 0 || m.Total <= 0 || m.Startup <= 0 || m.Overhead <= 0 || m.Keys != 1 || m.BytesPerKey <= 0 || m.PeakPercent <= 0 ||
			m.AllocatorResident < 0 || m.Fragmentation == 0 || m.DBs[0].Keys <= 0 || m.DBs[0].Expires <= 0 {
			t.Errorf("got %+v", m)
		}
		t.ok(t.rdb.MemoryPurge(ctx))
		for name, call := range map[string]func() (string, error){
			"doctor":       func() (string, error) { return t.rdb.MemoryDoctor(ctx) },
			"malloc-stats": func() (string, error) { return t.rdb.MemoryMallocStats(ctx) },
			"lolwut":       func() (string, error) { return t.rdb.Lolwut(ctx) },
			"lolwut 5":     func() (string, error) { return t.rdb.LolwutVersion(ctx, 5, 20, 1, 1) },
		} {
			if s, err := call(); err != nil || s == "" {
				t.Errorf("%s gives %q and %v", name, s, err)
			}
		}
	})
}

func TestBgSaveCancel(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	o := redpolltest.ServerOptions{Config: []string{"rdb-key-save-delay 60000000"}} // a save takes a minute for each key
	ownServer(t, o, func(t *commandTest) {
		t.says("not in progress")(nil, t.rdb.BgSaveCancel(ctx))
		t.ok(t.rdb.Set(ctx, "k", 1))
		t.ok(t.rdb.BgSave(ctx))
		t.ok(t.rdb.BgSaveCancel(ctx))
		await(t.T, "the save ends", func() bool {
			info, err := t.rdb.Info(ctx, "persistence")
			return err == nil && info.Get("rdb_bgsave_in_progress").String() == "0"
		})
		t.says("not in progress")(nil, t.rdb.BgSaveCancel(ctx))
	})
}

func TestSaving(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", 1))
		t.ok(t.rdb.Save(ctx))
		if at := must[time.Time](t)(t.rdb.LastSave(ctx)); time.Since(at) > time.Minute || time.Until(at) > time.Minute {
			t.Errorf("the last save was at %v", at)
		}
		idle := func(field string) func() bool {
			return func() bool {
				info, err := t.rdb.Info(ctx, "persistence")
				return err == nil && info.Get(field).String() == "0"
			}
		}
		t.ok(t.rdb.BgSave(ctx))
		await(t, "the save ends", idle("rdb_bgsave_in_progress"))
		t.ok(t.rdb.BgSave(ctx, redpoll.BgSaveSchedule))
		await(t, "the save ends", idle("rdb_bgsave_in_progress"))
		t.ok(t.rdb.BgRewriteAOF(ctx))
		await(t, "the rewrite ends", idle("aof_rewrite_in_progress"))
	})
}

func TestSwapDB(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", 1))
		t.ok(t.rdb.SwapDB(ctx, 0, 1))
		t.want(0)(t.rdb.Exists(ctx, "k"))
		t.ok(t.rdb.SwapDB(ctx, 1, 0))
		t.want(1)(t.rdb.Exists(ctx, "k"))
		if err := t.rdb.SwapDB(ctx, 0, 99); err == nil {
			t.Error("database 99 is accepted")
		}
	})
}

func TestReplication(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Config: []string{"repl-diskless-sync-delay 0"}}, func(t *commandTest) {
		primary := t.rdb
		second := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"repl-diskless-sync-delay 0"}})
		replica := newClient(t, redpoll.Options{Addr: second.Addr()})
		if r := must[redpoll.Role](t)(primary.Role(ctx)); r.Name != "master" || len(r.Replicas) != 0 {
			t.Errorf("the primary is %+v", r)
		}
		t.ok(replica.ReplicaOf(ctx, t.srv.Host(), int64(t.srv.Port())))
		t.ok(replica.ReplicaOf(ctx, t.srv.Host(), int64(t.srv.Port()))) // "OK Already connected to specified master"
		await(t, "the replica is connected", func() bool {
			r, err := replica.Role(ctx)
			return err == nil && r.Name == "slave" && r.State == "connected" && r.PrimaryHost == t.srv.Host() && r.PrimaryPort == int64(t.srv.Port())
		})
		t.ok(primary.Set(ctx, "k", 1)) // moves the offset
		await(t, "the primary knows the replica's offset", func() bool {
			r, err := primary.Role(ctx)
			return err == nil && len(r.Replicas) == 1 && r.Replicas[0].Port == int64(second.Port()) && r.Replicas[0].Offset > 0 && r.Offset > 0
		})
		info := must[redpoll.ServerInfo](t)(primary.Info(ctx, "replication"))
		if len(info.Replicas) != 1 || info.Replicas[0].Port != int64(second.Port()) || info.Replicas[0].State != "online" {
			t.Errorf("the replicas are %+v", info.Replicas)
		}
		if err := primary.FailoverAbort(ctx); err == nil {
			t.Error("a failover that does not run is aborted")
		}
		t.ok(primary.Failover(ctx, redpoll.FailoverTo(second.Host(), int64(second.Port())), redpoll.FailoverTimeout(10*time.Second)))
		await(t, "the roles are exchanged", func() bool {
			a, err := primary.Role(ctx)
			b, err2 := replica.Role(ctx)
			return err == nil && err2 == nil && a.Name == "slave" && b.Name == "master"
		})
		t.ok(primary.SlaveOfNoOne(ctx))
		t.ok(primary.ReplicaOfNoOne(ctx))
		if r := must[redpoll.Role](t)(primary.Role(ctx)); r.Name != "master" {
			t.Errorf("after the end of the replication it is %+v", r)
		}
	})
}

// Covers: F79
func TestShutdown(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		if err := t.rdb.ShutdownAbort(ctx); err == nil {
			t.Error("a shutdown that does not run is aborted")
		}
		t.ok(t.rdb.Shutdown(ctx, redpoll.ShutdownNoSave, redpoll.ShutdownNow, redpoll.Force))
		once := newClient(t, redpoll.Options{Addr: t.srv.Addr(), NoRetry: true})
		if err := once.Shutdown(ctx); !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("the end of a server that is gone gives %v", err)
		}
		t.srv.Restart()
		usable(t, t.rdb)
	})
}

func TestModules(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Config: []string{"enable-module-command yes"}}, func(t *commandTest) {
		modules, err := t.rdb.ModuleList(ctx)
		// Redis 8.0 has its vector sets built in, Valkey 9.1 its engine for Lua; these have no file of their own.
		modules = slices.DeleteFunc(modules, func(m redpoll.Module) bool {
			return (m.Name == "vectorset" && m.Path == "" || m.Name == "lua" && m.Path == "lua") && m.Version > 0 && m.Extra == nil
		})
		t.want([]redpoll.Module{})(modules, err)
		var se *redpoll.ServerError
		for name, err := range map[string]error{
			"MODULE LOAD":   t.rdb.ModuleLoad(ctx, "/nonexistent.so", "a"),
			"MODULE LOADEX": t.rdb.ModuleLoadEx(ctx, "/nonexistent.so", []redpoll.ModuleConfig{{Name: "m.a", Value: "1"}}, "a"),
			"MODULE UNLOAD": t.rdb.ModuleUnload(ctx, "nosuch"),
		} {
			if !errors.As(err, &se) {
				t.Errorf("%s gives %v", name, err)
			}
		}
	})
}

func TestDebugObject(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Config: []string{"enable-debug-command yes"}}, func(t *commandTest) {
		_, err := t.rdb.RPush(ctx, "l", "a", "b")
		t.ok(err)
		o := must[redpoll.DebugObject](t)(t.rdb.DebugObject(ctx, "l"))
		if !strings.HasPrefix(o.At, "0x") || o.RefCount != 1 || o.Encoding == "" || o.SerializedLength <= 0 || o.LRU <= 0 || o.Idle < 0 {
			t.Errorf("got %+v", o)
		}
		if _, err := t.rdb.DebugObject(ctx, "none"); err == nil || errors.Is(err, redpoll.Nil) {
			t.Errorf("a missing key gives %v", err)
		}
	})
}

// The help texts of the server begin with the name of the command.
func TestHelp(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	eachProtocol(t, func(t *commandTest) {
		for name, call := range map[string]func() ([]string, error){
			"CONFIG":   func() ([]string, error) { return t.rdb.ConfigHelp(ctx) },
			"COMMAND":  func() ([]string, error) { return t.rdb.CommandHelp(ctx) },
			"SLOWLOG":  func() ([]string, error) { return t.rdb.SlowLogHelp(ctx) },
			"LATENCY":  func() ([]string, error) { return t.rdb.LatencyHelp(ctx) },
			"MEMORY":   func() ([]string, error) { return t.rdb.MemoryHelp(ctx) },
			"MODULE":   func() ([]string, error) { return t.rdb.ModuleHelp(ctx) },
			"SCRIPT":   func() ([]string, error) { return t.rdb.ScriptHelp(ctx) },
			"FUNCTION": func() ([]string, error) { return t.rdb.FunctionHelp(ctx) },
			"PUBSUB":   func() ([]string, error) { return t.rdb.PubSubHelp(ctx) },
		} {
			if lines, err := call(); err != nil || len(lines) < 3 || !strings.HasPrefix(lines[0], name) {
				t.Errorf("%s HELP gives %q and %v", name, lines, err)
			}
		}
	})
}
