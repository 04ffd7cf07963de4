package commands_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// In Redis 8, INFO counts keys by the size of their values.
func TestInfoKeySizes(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "")
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want(5)(t.Client.RPush(ctx, "l", 1, 2, 3, 4, 5))
		t.Want(1)(t.Client.RPush(ctx, "m", 1))
		info := testkit.Must[redpoll.ServerInfo](t)(t.Client.Info(ctx, "keysizes"))
		sizes := testkit.Must[map[string]redpoll.Value](t)(info.Get("db0_distrib_lists_items").Map())
		if n, err := sizes["4"].Int(); len(sizes) != 2 || err != nil || n != 1 || sizes["1"].String() != "1" {
			t.Errorf("got %v of %+v, want a list of 1 element and one of 4 to 7", sizes, info)
		}
	})
}

func TestInfo(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", 1))
		t.OK(t.Client.Set(ctx, "b", 1, redpoll.EX(time.Hour)))
		_, _ = t.Client.LPush(ctx, "a", "x")
		info := testkit.Must[redpoll.ServerInfo](t)(t.Client.Info(ctx, "everything"))
		if info.Version != t.Server.Release().String() || info.Mode != "standalone" ||
			len(info.RunID) != 40 || info.Role != "master" ||
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
		if n, err := info.Get("used_memory").Int64(); err != nil || n != info.UsedMemory {
			t.Errorf("used_memory is %v and %v", n, err)
		}
		if f := info.Get("used_cpu_user"); f.Kind() != redpoll.KindFloat {
			t.Errorf("used_cpu_user is of %v: %v", f.Kind(), f)
		}
		if _, err := info.Get("none").Int(); !errors.Is(err, redpoll.Nil) {
			t.Errorf("a field that is not there gives %v", err)
		}
		some := testkit.Must[redpoll.ServerInfo](t)(t.Client.Info(ctx, "memory", "cpu"))
		if len(some.Sections) != 2 || len(some.Sections["cpu"]) == 0 || some.UsedMemory == 0 ||
			some.Version != "" {
			t.Errorf("two sections give %+v", some)
		}
		none := testkit.Must[redpoll.ServerInfo](t)(t.Client.Info(ctx, "nosuch"))
		if len(none.Sections) != 0 {
			t.Errorf("an unknown section gives %+v", none)
		}
	})
}

// Covers: F19
func TestConfig(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.ConfigSet(ctx, "maxmemory", 104857600, "maxmemory-policy", "allkeys-lru"))
		t.Want(map[string]string{"maxmemory": "104857600", "maxmemory-policy": "allkeys-lru"})(
			t.Client.ConfigGet(ctx, "maxmemory", "maxmemory-polic?"))
		t.Want(map[string]string{})(t.Client.ConfigGet(ctx, "nosuch"))
		if err := t.Client.ConfigSet(ctx, "maxmemory", 0, "nosuch", 1); err == nil {
			t.Error("an unknown setting is accepted")
		}
		t.Holds([]any{"maxmemory", "104857600"}, "CONFIG", "GET", "maxmemory")
		t.OK(t.Client.ConfigResetStat(ctx))
		info := testkit.Must[redpoll.ServerInfo](t)(t.Client.Info(ctx, "stats"))
		if info.Get("total_commands_processed").String() == "0" {
			t.Error("the counter is 0 although commands have run")
		}
		t.OK(t.Client.ConfigRewrite(ctx))
	})
}

func TestCommandIntrospection(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		n := testkit.Must[int64](t)(t.Client.CommandCount(ctx))
		all := testkit.Must[[]redpoll.CommandInfo](t)(t.Client.Command(ctx))
		if n < 200 || int64(len(all)) != n {
			t.Errorf("%d commands, and a count of %d", len(all), n)
		}
		list := testkit.Must[[]redpoll.Null[redpoll.CommandInfo]](t)(
			t.Client.CommandInfo(ctx, "get", "nosuch", "config", "xread", "lmpop"))
		if len(list) != 5 || list[1].Valid || !list[0].Valid {
			t.Fatalf("got %+v", list)
		}
		get, config, xread, lmpop := list[0].V, list[2].V, list[3].V, list[4].V
		if get.Name != "get" || get.Arity != 2 || !slices.Contains(get.Flags, "readonly") ||
			get.FirstKey != 1 || get.LastKey != 1 || get.Step != 1 ||
			!slices.Contains(get.Categories, "@string") {
			t.Errorf("GET is %+v", get)
		}
		if k := get.Keys[0]; k.Begin != "index" || k.Index != 1 || k.Find != "range" || k.KeyStep != 1 ||
			!slices.Contains(k.Flags, "RO") || k.Extra != nil {
			t.Errorf("the key of GET is %+v", k)
		}
		if k := xread.Keys[0]; k.Begin != "keyword" || k.Keyword != "STREAMS" || k.StartFrom != 1 ||
			k.LastKey != -1 || k.Limit != 2 {
			t.Errorf("the keys of XREAD are %+v", k)
		}
		if k := lmpop.Keys[0]; k.Find != "keynum" || k.FirstKey != 1 || k.KeyStep != 1 {
			t.Errorf("the keys of LMPOP are %+v", k)
		}
		i := slices.IndexFunc(config.Subcommands,
			func(c redpoll.CommandInfo) bool { return c.Name == "config|get" })
		if i < 0 || config.Extra != nil {
			t.Errorf("CONFIG is %+v", config)
		}
		docs := testkit.Must[map[string]redpoll.CommandDoc](t)(
			t.Client.CommandDocs(ctx, "set", "config", "nosuch"))
		set := docs["set"]
		if len(docs) != 2 || set.Since != "1.0.0" || set.Group != "string" || set.Summary == "" ||
			len(set.History) == 0 || set.Extra != nil {
			t.Errorf("SET is %+v", set)
		}
		if a := set.Arguments; len(a) < 4 || a[0].Type != "key" ||
			a[0].KeySpec != (redpoll.Null[int64]{Valid: true}) || a[1].Name != "value" ||
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
	clients.EachProtocol(t, func(t *clients.Test) {
		if all := testkit.Must[[]string](t)(t.Client.CommandList(ctx)); !slices.Contains(all, "get") {
			t.Errorf("GET is not among %v", all)
		}
		t.Want([]string{"lolwut"})(t.Client.CommandList(ctx, redpoll.CommandsLike("lolw*")))
		t.Want([]string{})(t.Client.CommandList(ctx, redpoll.CommandsOfModule("nosuch")))
		read := testkit.Must[[]string](t)(t.Client.CommandList(ctx, redpoll.CommandsOfCategory("read")))
		if !slices.Contains(read, "get") || slices.Contains(read, "set") {
			t.Errorf("the commands of @read are %v", read)
		}
		t.Want([]string{"a", "b"})(t.Client.CommandGetKeys(ctx, "MSET", "a", 1, "b", 2))
		t.Want([]redpoll.CommandKeyFlags{{Key: "a", Flags: []string{"OW", "update"}}})(
			t.Client.CommandGetKeysAndFlags(ctx, "SET", "a", "x"))
		if got, err := t.Client.CommandGetKeys(ctx, "PING", "a"); err == nil {
			t.Errorf("a command without keys gives %v", got)
		}
	})
}

func TestSlowLog(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"slowlog-log-slower-than 0"}},
		func(t *clients.Test) {
			t.OK(t.Client.SlowLogReset(ctx))
			before := time.Now().Add(-2 * time.Second)
			t.OK(t.Client.Set(ctx, "k", "two words"))
			list := testkit.Must[[]redpoll.SlowLogEntry](t)(t.Client.SlowLogGet(ctx, 1))
			if len(list) != 1 {
				t.Fatalf("got %+v", list)
			}
			e := list[0]
			if !slices.Equal(e.Args, []string{"SET", "k", "two words"}) || e.At.Before(before) ||
				e.Duration < 0 || e.ClientAddr == "" {
				t.Errorf("got %+v", e)
			}
			all := testkit.Must[[]redpoll.SlowLogEntry](t)(t.Client.SlowLogGet(ctx, -1))
			if len(all) < 3 || all[0].ID <= all[1].ID {
				t.Errorf("got %+v", all)
			}
			if n := testkit.Must[int64](t)(t.Client.SlowLogLen(ctx)); n < int64(len(all)) {
				t.Errorf("the length is %d after %d entries", n, len(all))
			}
		})
}

// Besides slow commands, Valkey logs large commands and large replies.
func TestCommandLog(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	o := redpolltest.ServerOptions{Config: []string{
		"commandlog-execution-slower-than 0", "commandlog-request-larger-than 1000",
		"commandlog-reply-larger-than 2000",
	}}
	clients.OwnServer(t, o, func(t *clients.Test) {
		before := time.Now().Add(-2 * time.Second)
		t.OK(t.Client.Set(ctx, "k", strings.Repeat("x", 1500)))
		t.Want(3000)(t.Client.SetRange(ctx, "k", 2999, "x"))
		t.Want(3000)(t.Client.StrLen(ctx, "k"))
		if v := testkit.Must[string](t)(t.Client.Get(ctx, "k")); len(v) != 3000 {
			t.Errorf("the value has %d bytes", len(v))
		}
		for _, c := range []struct {
			name    string
			log     redpoll.CommandLog
			cost    int64
			command string
		}{
			{"slow", redpoll.CommandLogSlow, 0, "GET"},
			{"large requests", redpoll.CommandLogLargeRequest, 1500, "SET"},
			{"large replies", redpoll.CommandLogLargeReply, 3000, "GET"},
		} {
			list := testkit.Must[[]redpoll.CommandLogEntry](t)(t.Client.CommandLogGet(ctx, -1, c.log))
			isCommand := func(e redpoll.CommandLogEntry) bool { return e.Args[0] == c.command }
			i := slices.IndexFunc(list, isCommand)
			if i < 0 {
				t.Fatalf("%s: got %+v, want %s among them", c.name, list, c.command)
			}
			e := list[i]
			if c.log != redpoll.CommandLogSlow && len(list) != 1 || e.Cost < c.cost ||
				e.Cost > c.cost+1000 && c.cost > 0 || e.Args[1] != "k" || e.At.Before(before) ||
				e.ClientAddr == "" || e.Extra != nil {
				t.Errorf("%s: got %+v", c.name, list)
			}
			one := testkit.Must[[]redpoll.CommandLogEntry](t)(t.Client.CommandLogGet(ctx, 1, c.log))
			if len(one) != 1 {
				t.Errorf("%s: got %d entries instead of one", c.name, len(one))
			}
			if n := testkit.Must[int64](t)(t.Client.CommandLogLen(ctx, c.log)); n < int64(len(list)) {
				t.Errorf("%s: the length is %d after %d entries", c.name, n, len(list))
			}
			t.OK(t.Client.CommandLogReset(ctx, c.log))
			list = testkit.Must[[]redpoll.CommandLogEntry](t)(t.Client.CommandLogGet(ctx, -1, c.log))
			if slices.ContainsFunc(list, isCommand) {
				t.Errorf("%s: got %+v after a reset", c.name, list)
			}
		}
		t.Starts("COMMANDLOG ")(t.Client.CommandLogHelp(ctx))
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	o := redpolltest.ServerOptions{
		Config: []string{"latency-monitor-threshold 1", "enable-debug-command yes"},
	}
	clients.OwnServer(t, o, func(t *clients.Test) {
		t.Want([]redpoll.LatencySample{})(t.Client.LatencyHistory(ctx, "command"))
		before := time.Now().Add(-2 * time.Second)
		t.Server.Do("DEBUG", "SLEEP", "0.02")
		latest := testkit.Must[[]redpoll.LatencyEvent](t)(t.Client.LatencyLatest(ctx))
		i := slices.IndexFunc(latest, func(e redpoll.LatencyEvent) bool { return e.Event == "command" })
		if i < 0 ||
			latest[i].Latency < 20*time.Millisecond || latest[i].Max < latest[i].Latency ||
			latest[i].At.Before(before) {
			t.Errorf("got %+v", latest)
		}
		history := testkit.Must[[]redpoll.LatencySample](t)(t.Client.LatencyHistory(ctx, "command"))
		if len(history) == 0 || history[0].Latency < time.Millisecond || history[0].At.Before(before) {
			t.Errorf("got %+v", history)
		}
		if s := testkit.Must[string](t)(t.Client.LatencyGraph(ctx, "command")); !strings.Contains(s, "high") {
			t.Errorf("the graph is %q", s)
		}
		if s := testkit.Must[string](t)(t.Client.LatencyDoctor(ctx)); s == "" {
			t.Error("the doctor says nothing")
		}
		if n := testkit.Must[int64](t)(t.Client.LatencyReset(ctx, "command", "nosuch")); n != 1 {
			t.Errorf("%d events were reset", n)
		}
		t.OK(t.Client.Set(ctx, "k", 1))
		h := testkit.Must[map[string]redpoll.LatencyHistogram](t)(
			t.Client.LatencyHistogram(ctx, "set", "get"))
		set, found := h["set"]
		if !found || len(h) != 1 || set.Calls != 1 || len(set.Buckets) != 1 || set.Buckets[0].Calls != 1 ||
			set.Buckets[0].UpTo < time.Microsecond {
			t.Errorf("got %+v", h)
		}
		t.Want(map[string]redpoll.LatencyHistogram{})(t.Client.LatencyHistogram(ctx, "nosuch"))
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", strings.Repeat("x", 1000), redpoll.EX(time.Hour)))
		if n := testkit.Must[int64](t)(t.Client.MemoryUsage(ctx, "k", redpoll.MemorySamples(0))); n < 1000 {
			t.Errorf("the key takes %d bytes", n)
		}
		t.IsNil(t.Client.MemoryUsage(ctx, "none"))
		m := testkit.Must[redpoll.MemoryStats](t)(t.Client.MemoryStats(ctx))
		if m.Peak <= 0 || m.Total <= 0 || m.Startup <= 0 || m.Overhead <= 0 || m.Keys != 1 ||
			m.BytesPerKey <= 0 || m.PeakPercent <= 0 ||
			m.AllocatorResident < 0 || m.Fragmentation == 0 || m.DBs[0].Keys <= 0 || m.DBs[0].Expires <= 0 {
			t.Errorf("got %+v", m)
		}
		t.OK(t.Client.MemoryPurge(ctx))
		for name, call := range map[string]func() (string, error){
			"doctor":       func() (string, error) { return t.Client.MemoryDoctor(ctx) },
			"malloc-stats": func() (string, error) { return t.Client.MemoryMallocStats(ctx) },
			"lolwut":       func() (string, error) { return t.Client.Lolwut(ctx) },
			"lolwut 5":     func() (string, error) { return t.Client.LolwutVersion(ctx, 5, 20, 1, 1) },
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
	// A save takes a minute per key.
	o := redpolltest.ServerOptions{Config: []string{"rdb-key-save-delay 60000000"}}
	clients.OwnServer(t, o, func(t *clients.Test) {
		t.Says("not in progress")(nil, t.Client.BgSaveCancel(ctx))
		t.OK(t.Client.Set(ctx, "k", 1))
		t.OK(t.Client.BgSave(ctx))
		t.OK(t.Client.BgSaveCancel(ctx))
		redpolltest.Await(t.T, "the save ends", func() bool {
			info, err := t.Client.Info(ctx, "persistence")
			return err == nil && info.Get("rdb_bgsave_in_progress").String() == "0"
		})
		t.Says("not in progress")(nil, t.Client.BgSaveCancel(ctx))
	})
}

func TestSaving(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", 1))
		t.OK(t.Client.Save(ctx))
		at := testkit.Must[time.Time](t)(t.Client.LastSave(ctx))
		if time.Since(at) > time.Minute || time.Until(at) > time.Minute {
			t.Errorf("the last save was at %v", at)
		}
		idle := func(field string) func() bool {
			return func() bool {
				info, err := t.Client.Info(ctx, "persistence")
				return err == nil && info.Get(field).String() == "0"
			}
		}
		t.OK(t.Client.BgSave(ctx))
		redpolltest.Await(t, "the save ends", idle("rdb_bgsave_in_progress"))
		t.OK(t.Client.BgSave(ctx, redpoll.BgSaveSchedule))
		redpolltest.Await(t, "the save ends", idle("rdb_bgsave_in_progress"))
		t.OK(t.Client.BgRewriteAOF(ctx))
		redpolltest.Await(t, "the rewrite ends", idle("aof_rewrite_in_progress"))
	})
}

func TestSwapDB(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", 1))
		t.OK(t.Client.SwapDB(ctx, 0, 1))
		t.Want(0)(t.Client.Exists(ctx, "k"))
		t.OK(t.Client.SwapDB(ctx, 1, 0))
		t.Want(1)(t.Client.Exists(ctx, "k"))
		if err := t.Client.SwapDB(ctx, 0, 99); err == nil {
			t.Error("database 99 is accepted")
		}
	})
}

func TestReplication(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"repl-diskless-sync-delay 0"}},
		func(t *clients.Test) {
			primary := t.Client
			second := redpolltest.Start(t,
				redpolltest.ServerOptions{Config: []string{"repl-diskless-sync-delay 0"}})
			replica := clients.New(t, redpoll.Options{Addr: second.Addr()})
			if r := testkit.Must[redpoll.RoleInfo](t)(primary.Role(ctx)); r.Name != "master" ||
				len(r.Replicas) != 0 {
				t.Errorf("the primary is %+v", r)
			}
			t.OK(replica.ReplicaOf(ctx, t.Server.Host(), int64(t.Server.Port())))
			// "OK Already connected to specified master".
			t.OK(replica.ReplicaOf(ctx, t.Server.Host(), int64(t.Server.Port())))
			redpolltest.Await(t, "the replica is connected", func() bool {
				r, err := replica.Role(ctx)
				return err == nil && r.Name == "slave" && r.State == "connected" &&
					r.PrimaryHost == t.Server.Host() && r.PrimaryPort == int64(t.Server.Port())
			})
			t.OK(primary.Set(ctx, "k", 1)) // changes the offset
			redpolltest.Await(t, "the primary knows the replica's offset", func() bool {
				r, err := primary.Role(ctx)
				return err == nil && len(r.Replicas) == 1 && r.Replicas[0].Port == int64(second.Port()) &&
					r.Replicas[0].Offset > 0 && r.Offset > 0
			})
			info := testkit.Must[redpoll.ServerInfo](t)(primary.Info(ctx, "replication"))
			if len(info.Replicas) != 1 || info.Replicas[0].Port != int64(second.Port()) ||
				info.Replicas[0].State != "online" {
				t.Errorf("the replicas are %+v", info.Replicas)
			}
			if err := primary.FailoverAbort(ctx); err == nil {
				t.Error("a failover that does not run is aborted")
			}
			t.OK(primary.Failover(ctx, redpoll.FailoverTo(second.Host(), int64(second.Port())),
				redpoll.FailoverTimeout(10*time.Second)))
			redpolltest.Await(t, "the roles are exchanged", func() bool {
				a, err := primary.Role(ctx)
				b, err2 := replica.Role(ctx)
				return err == nil && err2 == nil && a.Name == "slave" && b.Name == "master"
			})
			t.OK(primary.SlaveOfNoOne(ctx))
			t.OK(primary.ReplicaOfNoOne(ctx))
			if r := testkit.Must[redpoll.RoleInfo](t)(primary.Role(ctx)); r.Name != "master" {
				t.Errorf("after the end of the replication it is %+v", r)
			}
		})
}

// Covers: F79
func TestShutdown(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		if err := t.Client.ShutdownAbort(ctx); err == nil {
			t.Error("a shutdown that does not run is aborted")
		}
		t.OK(t.Client.Shutdown(ctx, redpoll.ShutdownNoSave, redpoll.ShutdownNow, redpoll.Force))
		once := clients.New(t, redpoll.Options{Addr: t.Server.Addr(), NoRetry: true})
		if err := once.Shutdown(ctx); !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("the end of a server that is gone gives %v", err)
		}
		t.Server.Restart()
		clients.Usable(t, t.Client)
	})
}

// A server that answers SHUTDOWN, or never answers, has not ended, so the call returns an error.
func TestShutdownFails(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"OK":      "+OK\r\n",
		"error":   "-ERR Errors trying to SHUTDOWN. Check logs.\r\n",
		"silence": testkit.Silence,
	} {
		p := testkit.Listen(t, func(_ int, args []string) string {
			if args[0] == "SHUTDOWN" {
				return reply
			}
			return testkit.Friendly(0, args)
		})
		o := redpoll.Options{Addr: p.Addr()}
		if reply == testkit.Silence {
			o.ReplyTimeout = clients.Brief
		}
		err := clients.New(t, o).Shutdown(ctx)
		var se *redpoll.ServerError
		var re *redpoll.ReplyError
		switch {
		case name == "OK" && (!errors.As(err, &re) || !strings.Contains(err.Error(), "seems to have failed")),
			name == "error" && !errors.As(err, &se),
			name == "silence" && !errors.Is(err, redpoll.ErrMaybeExecuted):
			t.Errorf("%s gives %v", name, err)
		}
	}
	hung := testkit.Listen(t, func(_ int, args []string) string {
		if args[0] == "SHUTDOWN" {
			return testkit.HangUp
		}
		return testkit.Friendly(0, args)
	})
	if err := clients.New(t, redpoll.Options{Addr: hung.Addr()}).Shutdown(ctx); err != nil {
		t.Errorf("the lost connection gives %v", err)
	}
	if n := hung.Count("SHUTDOWN"); n != 1 {
		t.Errorf("SHUTDOWN was sent %d times", n)
	}
}

func TestModules(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"enable-module-command yes"}},
		func(t *clients.Test) {
			modules, err := t.Client.ModuleList(ctx)
			// The vector sets of Redis 8.0 and the Lua engine of Valkey 9.1 are built in, and have no file.
			modules = slices.DeleteFunc(modules, func(m redpoll.ModuleInfo) bool {
				return (m.Name == "vectorset" && m.Path == "" || m.Name == "lua" && m.Path == "lua") &&
					m.Version > 0 && m.Extra == nil
			})
			t.Want([]redpoll.ModuleInfo{})(modules, err)
			var se *redpoll.ServerError
			for name, err := range map[string]error{
				"MODULE LOAD": t.Client.ModuleLoad(ctx, "/nonexistent.so", "a"),
				"MODULE LOADEX": t.Client.ModuleLoadEx(ctx, "/nonexistent.so",
					[]redpoll.ModuleConfig{{Name: "m.a", Value: "1"}}, "a"),
				"MODULE UNLOAD": t.Client.ModuleUnload(ctx, "nosuch"),
			} {
				if !errors.As(err, &se) {
					t.Errorf("%s gives %v", name, err)
				}
			}
		})
}

func TestDebugObject(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"enable-debug-command yes"}},
		func(t *clients.Test) {
			_, err := t.Client.RPush(ctx, "l", "a", "b")
			t.OK(err)
			o := testkit.Must[redpoll.DebugObject](t)(t.Client.DebugObject(ctx, "l"))
			if !strings.HasPrefix(o.At, "0x") || o.RefCount != 1 || o.Encoding == "" ||
				o.SerializedLength <= 0 || o.LRU <= 0 || o.Idle < 0 {
				t.Errorf("got %+v", o)
			}
			if _, err := t.Client.DebugObject(ctx, "none"); err == nil || errors.Is(err, redpoll.Nil) {
				t.Errorf("a missing key gives %v", err)
			}
		})
}

// The help texts of the server begin with the name of the command.
func TestHelp(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		for name, call := range map[string]func() ([]string, error){
			"CONFIG":   func() ([]string, error) { return t.Client.ConfigHelp(ctx) },
			"COMMAND":  func() ([]string, error) { return t.Client.CommandHelp(ctx) },
			"SLOWLOG":  func() ([]string, error) { return t.Client.SlowLogHelp(ctx) },
			"LATENCY":  func() ([]string, error) { return t.Client.LatencyHelp(ctx) },
			"MEMORY":   func() ([]string, error) { return t.Client.MemoryHelp(ctx) },
			"MODULE":   func() ([]string, error) { return t.Client.ModuleHelp(ctx) },
			"SCRIPT":   func() ([]string, error) { return t.Client.ScriptHelp(ctx) },
			"FUNCTION": func() ([]string, error) { return t.Client.FunctionHelp(ctx) },
			"PUBSUB":   func() ([]string, error) { return t.Client.PubSubHelp(ctx) },
		} {
			if lines, err := call(); err != nil || len(lines) < 3 || !strings.HasPrefix(lines[0], name) {
				t.Errorf("%s HELP gives %q and %v", name, lines, err)
			}
		}
	})
}
