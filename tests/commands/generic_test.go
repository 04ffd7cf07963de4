package commands_test

import (
	"errors"
	"net"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F394, E15
func TestTTL(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "p", 1))
		t.OK(t.Client.Set(ctx, "k", 1, redpoll.EX(time.Minute)))
		t.Want(redpoll.NoExpiry)(t.Client.TTL(ctx, "p"))
		t.Between(time.Second, time.Minute)(t.Client.TTL(ctx, "k"))
		t.Want(redpoll.NoKey)(t.Client.TTL(ctx, "none"))
		t.Want(redpoll.NoExpiry)(t.Client.PTTL(ctx, "p"))
		t.Between(time.Millisecond, time.Minute)(t.Client.PTTL(ctx, "k"))
		t.Want(redpoll.NoKey)(t.Client.PTTL(ctx, "none"))
	})
}

// Covers: F60, F61
func TestExpire(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 1, "c", 1))
		t.Want(true)(t.Client.Expire(ctx, "a", time.Minute))
		t.Between(time.Second, time.Minute)(t.Client.TTL(ctx, "a"))
		t.Want(false)(t.Client.Expire(ctx, "none", time.Minute))
		t.Want(false)(t.Client.Expire(ctx, "a", time.Hour, redpoll.NX))
		t.Want(true)(t.Client.Expire(ctx, "a", time.Hour, redpoll.XX, redpoll.GT))
		t.Want(true)(t.Client.PExpire(ctx, "a", 1500*time.Millisecond, redpoll.LT))
		t.Want(true)(t.Client.ExpireIn(ctx, "a", 1500*time.Millisecond/7, redpoll.LT))
		t.Between(time.Millisecond, 1500*time.Millisecond)(t.Client.PTTL(ctx, "a"))
		t.Want(true)(t.Client.Persist(ctx, "a"))
		t.Want(false)(t.Client.Persist(ctx, "a"))
		t.Want(true)(t.Client.Expire(ctx, "a", -time.Second))
		t.Want(0)(t.Client.Exists(ctx, "a"))

		at := time.Now().Add(time.Hour)
		t.Want(true)(t.Client.ExpireAt(ctx, "b", at.Truncate(time.Second)))
		t.Want(time.Unix(at.Unix(), 0))(t.Client.ExpireTime(ctx, "b"))
		t.Want(true)(t.Client.PExpireAt(ctx, "b", at))
		t.Want(time.UnixMilli(at.UnixMilli()))(t.Client.PExpireTime(ctx, "b"))
		later := time.Now().Add(time.Hour)
		t.Want(true)(t.Client.ExpireUntil(ctx, "b", later))
		t.Want(time.UnixMilli(later.UnixMilli()))(t.Client.PExpireTime(ctx, "b"))
		t.Want(time.Time{})(t.Client.ExpireTime(ctx, "c"))
		t.Want(time.Time{})(t.Client.PExpireTime(ctx, "c"))
		t.IsNil(t.Client.ExpireTime(ctx, "none"))
		t.IsNil(t.Client.PExpireTime(ctx, "none"))
	})
}

// Covers: F403, E59
func TestExists(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 1))
		t.Want(1)(t.Client.Exists(ctx, "a"))
		t.Want(3)(t.Client.Exists(ctx, "a", "b", "a", "missing"))
		t.Want(2)(t.Client.Touch(ctx, "a", "b", "missing"))
		t.Want(1)(t.Client.Unlink(ctx, "a", "missing"))
		t.Want(1)(t.Client.Del(ctx, "a", "b"))
		t.Want(0)(t.Client.DBSize(ctx))
	})
}

func TestRename(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 2))
		t.OK(t.Client.Rename(ctx, "a", "c"))
		t.Want(false)(t.Client.RenameNX(ctx, "c", "b"))
		t.Want(true)(t.Client.RenameNX(ctx, "c", "d"))
		t.Is(redpoll.ErrRefused)(nil, t.Client.Rename(ctx, "none", "x"))
		t.Want("1")(t.Client.Get(ctx, "d"))
	})
}

func TestCopyAndMove(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 2))
		t.Want(false)(t.Client.Copy(ctx, "a", "b"))
		t.Want(true)(t.Client.Copy(ctx, "a", "b", redpoll.Replace))
		t.Want("1")(t.Client.Get(ctx, "b"))
		t.Want(false)(t.Client.Copy(ctx, "none", "x"))
		t.Want(false)(t.Client.Move(ctx, "none", 0))
		other := clients.NewTest(t.T, redpoll.Options{})
		t.Want(true)(t.Client.Copy(ctx, "a", "copied", redpoll.CopyDB(int64(other.Server.DB))))
		t.Want("1")(other.Client.Get(ctx, "copied"))
		t.Want(true)(t.Client.Move(ctx, "b", int64(other.Server.DB)))
		t.Want("1")(other.Client.Get(ctx, "b"))
	})
}

func TestDumpRestore(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", "value"))
		dump, err := t.Client.Dump(ctx, "a")
		t.OK(err)
		_, err = t.Client.Dump(ctx, "none")
		t.IsNil(nil, err)
		t.Is(redpoll.ErrBusyKey)(nil, t.Client.Restore(ctx, "a", 0, dump))
		t.OK(t.Client.Restore(ctx, "a", time.Minute, dump, redpoll.Replace,
			redpoll.RestoreIdleTime(3*time.Second)))
		t.Between(time.Second, time.Minute)(t.Client.TTL(ctx, "a"))
		at := time.Now().Add(time.Hour)
		t.OK(t.Client.RestoreAt(ctx, "b", at, string(dump)))
		t.Want(time.UnixMilli(at.UnixMilli()))(t.Client.PExpireTime(ctx, "b"))
		t.Want("value")(t.Client.Get(ctx, "b"))
		t.OK(t.Client.Restore(ctx, "c", 0, dump, redpoll.RestoreFreq(7)))
		t.Want(redpoll.NoExpiry)(t.Client.TTL(ctx, "c"))
	})
}

func TestKeysAndTypes(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.IsNil(t.Client.RandomKey(ctx))
		t.Want([]string{})(t.Client.Keys(ctx, "*"))
		t.OK(t.Client.MSet(ctx, "user:1", "a", "user:2", "b"))
		t.Server.Do("RPUSH", "list", "1")
		keys, err := t.Client.Keys(ctx, "user:*")
		slices.Sort(keys)
		t.Want([]string{"user:1", "user:2"})(keys, err)
		key, err := t.Client.RandomKey(ctx)
		if err != nil || key == "" {
			t.Errorf("RandomKey gives %q and %v", key, err)
		}
		t.Want("list")(t.Client.Type(ctx, "list"))
		t.Want("none")(t.Client.Type(ctx, "none"))
	})
}

// Covers: F66
func TestObject(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "n", 12))
		t.Want("int")(t.Client.ObjectEncoding(ctx, "n"))
		t.IsNil(t.Client.ObjectEncoding(ctx, "none"))
		_, err := t.Client.ObjectIdleTime(ctx, "none")
		t.IsNil(nil, err)
		t.OK(t.Client.Set(ctx, "s", "text"))
		t.Want(1)(t.Client.ObjectRefCount(ctx, "s"))
		// Small integers are shared, and as old as the server.
		t.Between(0, time.Minute)(t.Client.ObjectIdleTime(ctx, "s"))
		t.IsNil(t.Client.ObjectRefCount(ctx, "none"))
		t.Is(redpoll.ErrRefused)(t.Client.ObjectFreq(ctx, "n")) // requires an LFU policy
		help, err := t.Client.ObjectHelp(ctx)
		if err != nil || len(help) < 5 {
			t.Errorf("ObjectHelp gives %q and %v", help, err)
		}
	})
}

// Covers: F330
func TestScan(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		var want []string
		for _, suffix := range "abcdefghijklmnopqrstuvwxyz" {
			want = append(want, "user:"+string(suffix))
			t.Server.Do("SET", "user:"+string(suffix), "1")
		}
		t.Server.Do("RPUSH", "user:list", "1")
		var got []string
		for cursor, calls := uint64(0), 0; ; calls++ {
			page, err := t.Client.Scan(ctx, cursor, redpoll.Match("user:*"), redpoll.Count(5),
				redpoll.ScanType("string"))
			if err != nil || calls > 1000 {
				t.Fatalf("call %d: %v", calls, err)
			}
			got = append(got, page.Items...)
			if cursor = page.Cursor; cursor == 0 {
				break
			}
		}
		slices.Sort(got)
		t.Want(want)(slices.Compact(got), nil)
	})
}

// Covers: E66
func TestSort(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("RPUSH", "l", "2", "3", "1")
		t.OK(t.Client.MSet(ctx, "user:1", "u1", "user:2", "u2", "user:3", "u3", "w:1", 30, "w:2", 20, "w:3",
			10))
		t.Want([]string{"1", "2", "3"})(t.Client.Sort(ctx, "l"))
		t.Want([]string{"2", "1"})(t.Client.Sort(ctx, "l", redpoll.Desc, redpoll.Limit(1, 5)))
		t.Want([]string{"3", "2", "1"})(t.Client.SortRO(ctx, "l", redpoll.SortBy("w:*"), redpoll.SortAlpha))
		t.Want([]string{})(t.Client.Sort(ctx, "none"))
		t.Want(clients.Nulls("u1", "u2", "u3"))(t.Client.SortGet(ctx, "l", []string{"user:*"}))
		t.Want(clients.Nulls("1", "2", "3"))(t.Client.SortGet(ctx, "l", nil))
		t.Want(clients.Nulls("3", "2", "1"))(t.Client.SortGet(ctx, "l", []string{}, redpoll.Desc))
		t.Want(3)(t.Client.SortStore(ctx, "sorted", "l", redpoll.SortGet()))
		t.Want([]string{"1", "2", "3"})(t.Client.LRange(ctx, "sorted", 0, -1))
		t.Want(clients.Nulls("<nil>", "<nil>", "<nil>"))(t.Client.SortROGet(ctx, "l", []string{"no:*"}))
		t.Want([][]redpoll.Null[string]{clients.Nulls("u1",
			"1"), clients.Nulls("u2", "2"), clients.Nulls("u3", "3")})(
			t.Client.SortGroups(ctx, "l", []string{"user:*", "#"}))
		t.Want([][]redpoll.Null[string]{clients.Nulls("u3", "3")})(
			t.Client.SortROGroups(ctx, "l", []string{"user:*", "#"}, redpoll.Desc, redpoll.Limit(0, 1)))
		t.Want(3)(t.Client.SortStore(ctx, "dst", "l", redpoll.SortGet("user:*")))
		t.Want([]string{"u1", "u2", "u3"})(t.Client.LRange(ctx, "dst", 0, -1))
		t.Server.Do("RPUSH", "words", "b", "a")
		t.Is(redpoll.ErrRefused)(t.Client.Sort(ctx, "words"))
		t.Is(redpoll.ErrRefused)(t.Client.Sort(ctx, "l", redpoll.SortBy("user:*")))
		t.Is(redpoll.ErrWrongType)(t.Client.Sort(ctx, "user:1"))
		t.Is(redpoll.ErrWrongType)(t.Client.SortRO(ctx, "user:1"))
		t.Is(redpoll.ErrWrongType)(t.Client.SortGet(ctx, "user:1", []string{"#"}))
		t.Is(redpoll.ErrWrongType)(t.Client.SortROGet(ctx, "user:1", []string{"#"}))
		t.Is(redpoll.ErrWrongType)(t.Client.SortGroups(ctx, "user:1", []string{"#", "#"}))
		t.Is(redpoll.ErrWrongType)(t.Client.SortROGroups(ctx, "user:1", []string{"#", "#"}))
		t.Is(redpoll.ErrWrongType)(t.Client.SortStore(ctx, "dst", "user:1"))
	})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		// The server that sends waits, so it must not be the one that receives.
		dst := redpolltest.Start(t, redpolltest.ServerOptions{Password: "p"})
		t.OK(t.Client.MSet(ctx, "a", "1", "b", "2"))
		move := func(keys []string, opts ...redpoll.MigrateOption) (bool, error) {
			return t.Client.Migrate(ctx, dst.Host(), int64(dst.Port()), keys, 0, 5*time.Second, opts...)
		}
		auth := redpoll.MigrateAuth("", "p")
		t.Is(redpoll.ErrRefused)(move([]string{"a"}))
		t.Want(true)(move([]string{"a", "none"}, redpoll.MigrateCopy, auth))
		t.Want("1")(t.Client.Get(ctx, "a"))
		t.Want(true)(move([]string{"a", "b"}, redpoll.Replace, redpoll.MigrateAuth("default", "p")))
		t.Want(0)(t.Client.DBSize(ctx))
		t.Want(false)(move([]string{"none"}, auth))
		if got := dst.Do("MGET", "a", "b"); !reflect.DeepEqual(got, []any{"1", "2"}) {
			t.Errorf("the destination has %v", got)
		}
	})
}

// MIGRATE may take its own timeout plus ReplyTimeout, in every kind of call.
func TestMigrateIsAwaited(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	port := silent.Addr().(*net.TCPAddr).Port
	const timeout, reply = 1200 * time.Millisecond, 600 * time.Millisecond
	for name, move := range map[string]func(rdb *redpoll.Client) error{
		"Migrate": func(rdb *redpoll.Client) error {
			return testkit.Err(rdb.Migrate(ctx, "127.0.0.1", int64(port), []string{"k"}, 0, timeout))
		},
		"Do": func(rdb *redpoll.Client) error {
			return testkit.Err(rdb.Do(ctx, "MIGRATE", "127.0.0.1", port, "k", 0, timeout.Milliseconds()))
		},
		"pipeline": func(rdb *redpoll.Client) error {
			p := rdb.Pipeline(redpoll.NoTransaction)
			p.Migrate("127.0.0.1", int64(port), []string{"k"}, 0, timeout)
			return p.Exec(ctx)
		},
		"transaction": func(rdb *redpoll.Client) error {
			p := rdb.Pipeline()
			p.Migrate("127.0.0.1", int64(port), []string{"k"}, 0, timeout)
			return p.Exec(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A server of its own, because it serves nobody else meanwhile.
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), ReplyTimeout: reply})
			srv.Do("SET", "k", "v")
			var se *redpoll.ServerError
			if err := move(rdb); !errors.As(err, &se) || se.Code != "IOERR" {
				t.Errorf("got %v, want what the server says after its time-out", err)
			}
		})
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(0)(clients.Pin(t, t.Client).Wait(ctx, 0, time.Second))
		t.Want(0)(clients.Pin(t, t.Client).Wait(ctx, 1, time.Millisecond))
	})
}

func TestWaitAOF(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"appendonly yes", "appendfsync always"}},
		func(t *clients.Test) {
			t.OK(t.Client.Set(ctx, "k", 1))
			t.Want(redpoll.WaitAOFResult{Local: 1})(clients.Pin(t, t.Client).WaitAOF(ctx, 1, 0, time.Minute))
			// There is not a replica.
			t.Want(redpoll.WaitAOFResult{Local: 1})(
				clients.Pin(t, t.Client).WaitAOF(ctx, 1, 1, time.Millisecond))
		})
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(redpoll.WaitAOFResult{})(clients.Pin(t, t.Client).WaitAOF(ctx, 0, 1, time.Millisecond))
		t.Says("appendonly is disabled")(clients.Pin(t, t.Client).WaitAOF(ctx, 1, 0, time.Millisecond))
	})
}

// Covers: E69
func TestServer(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		now, err := t.Client.Time(ctx)
		if d := time.Since(now); err != nil || d < -time.Minute || d > time.Minute {
			t.Errorf("Time gives %v and %v", now, err)
		}
		t.OK(t.Client.MSet(ctx, "a", 1, "b", 2))
		t.Want(2)(t.Client.DBSize(ctx))
		t.OK(t.Client.FlushDB(ctx, redpoll.Async))
		t.Want(0)(t.Client.DBSize(ctx))
		t.OK(t.Client.FlushDB(ctx, redpoll.Sync))
		t.OK(t.Client.FlushDB(ctx))
	})
}

func TestConnection(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Ping(ctx))
		t.Want("hello")(t.Client.PingMessage(ctx, "hello"))
		t.Want("1.5")(t.Client.Echo(ctx, 1.5))
		id, err := t.Client.ClientID(ctx)
		if err != nil || id <= 0 {
			t.Errorf("ClientID gives %d and %v", id, err)
		}
		t.IsNil(t.Client.ClientGetName(ctx))
		named := clients.NewTest(t.T, redpoll.Options{ClientName: "tester"})
		t.Want("tester")(named.Client.ClientGetName(ctx))
	})
}

// FLUSHALL empties all databases, so it needs a server of its own.
func TestFlushAll(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	other := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: 1})
	for _, opts := range [][]redpoll.FlushOption{nil, {redpoll.Sync}, {redpoll.Async}} {
		if err := errors.Join(rdb.Set(ctx, "a", 1), other.Set(ctx, "a", 1)); err != nil {
			t.Fatal(err)
		}
		if err := rdb.FlushAll(ctx, opts...); err != nil {
			t.Fatal(err)
		}
		if n, err := other.DBSize(ctx); err != nil || n != 0 {
			t.Errorf("%v leaves %d keys (%v)", opts, n, err)
		}
		if n, err := rdb.DBSize(ctx); err != nil || n != 0 {
			t.Errorf("%v leaves %d keys (%v)", opts, n, err)
		}
	}
}
