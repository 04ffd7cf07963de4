package redpoll_test

import (
	"errors"
	"net"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F394, E15
func TestTTL(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "p", 1))
		t.ok(t.rdb.Set(ctx, "k", 1, redpoll.EX(time.Minute)))
		t.want(redpoll.NoExpiry)(t.rdb.TTL(ctx, "p"))
		t.between(time.Second, time.Minute)(t.rdb.TTL(ctx, "k"))
		t.want(redpoll.NoKey)(t.rdb.TTL(ctx, "none"))
		t.want(redpoll.NoExpiry)(t.rdb.PTTL(ctx, "p"))
		t.between(time.Millisecond, time.Minute)(t.rdb.PTTL(ctx, "k"))
		t.want(redpoll.NoKey)(t.rdb.PTTL(ctx, "none"))
	})
}

// Covers: F60, F61
func TestExpire(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, "a", 1, "b", 1, "c", 1))
		t.want(true)(t.rdb.Expire(ctx, "a", time.Minute))
		t.between(time.Second, time.Minute)(t.rdb.TTL(ctx, "a"))
		t.want(false)(t.rdb.Expire(ctx, "none", time.Minute))
		t.want(false)(t.rdb.Expire(ctx, "a", time.Hour, redpoll.NX))
		t.want(true)(t.rdb.Expire(ctx, "a", time.Hour, redpoll.XX, redpoll.GT))
		t.want(true)(t.rdb.PExpire(ctx, "a", 1500*time.Millisecond, redpoll.LT))
		t.want(true)(t.rdb.ExpireIn(ctx, "a", 1500*time.Millisecond/7, redpoll.LT))
		t.between(time.Millisecond, 1500*time.Millisecond)(t.rdb.PTTL(ctx, "a"))
		t.want(true)(t.rdb.Persist(ctx, "a"))
		t.want(false)(t.rdb.Persist(ctx, "a"))
		t.want(true)(t.rdb.Expire(ctx, "a", -time.Second))
		t.want(0)(t.rdb.Exists(ctx, "a"))

		at := time.Now().Add(time.Hour)
		t.want(true)(t.rdb.ExpireAt(ctx, "b", at.Truncate(time.Second)))
		t.want(time.Unix(at.Unix(), 0))(t.rdb.ExpireTime(ctx, "b"))
		t.want(true)(t.rdb.PExpireAt(ctx, "b", at))
		t.want(time.UnixMilli(at.UnixMilli()))(t.rdb.PExpireTime(ctx, "b"))
		t.want(time.Time{})(t.rdb.ExpireTime(ctx, "c"))
		t.want(time.Time{})(t.rdb.PExpireTime(ctx, "c"))
		t.isNil(t.rdb.ExpireTime(ctx, "none"))
		t.isNil(t.rdb.PExpireTime(ctx, "none"))
	})
}

// Covers: F403, E59
func TestExists(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, "a", 1, "b", 1))
		t.want(1)(t.rdb.Exists(ctx, "a"))
		t.want(3)(t.rdb.Exists(ctx, "a", "b", "a", "missing"))
		t.want(2)(t.rdb.Touch(ctx, "a", "b", "missing"))
		t.want(1)(t.rdb.Unlink(ctx, "a", "missing"))
		t.want(1)(t.rdb.Del(ctx, "a", "b"))
		t.want(0)(t.rdb.DBSize(ctx))
	})
}

func TestRename(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, "a", 1, "b", 2))
		t.ok(t.rdb.Rename(ctx, "a", "c"))
		t.want(false)(t.rdb.RenameNX(ctx, "c", "b"))
		t.want(true)(t.rdb.RenameNX(ctx, "c", "d"))
		t.is(redpoll.ErrRefused)(nil, t.rdb.Rename(ctx, "none", "x"))
		t.want("1")(t.rdb.Get(ctx, "d"))
	})
}

func TestCopyAndMove(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, "a", 1, "b", 2))
		t.want(false)(t.rdb.Copy(ctx, "a", "b"))
		t.want(true)(t.rdb.Copy(ctx, "a", "b", redpoll.Replace))
		t.want("1")(t.rdb.Get(ctx, "b"))
		t.want(false)(t.rdb.Copy(ctx, "none", "x"))
		t.want(false)(t.rdb.Move(ctx, "none", 0))
		other := newCommandTest(t.T, redpoll.Options{})
		t.want(true)(t.rdb.Copy(ctx, "a", "copied", redpoll.DB(int64(other.srv.DB))))
		t.want("1")(other.rdb.Get(ctx, "copied"))
		t.want(true)(t.rdb.Move(ctx, "b", int64(other.srv.DB)))
		t.want("1")(other.rdb.Get(ctx, "b"))
	})
}

func TestDumpRestore(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", "value"))
		dump, err := t.rdb.Dump(ctx, "a")
		t.ok(err)
		_, err = t.rdb.Dump(ctx, "none")
		t.isNil(nil, err)
		t.is(redpoll.ErrBusyKey)(nil, t.rdb.Restore(ctx, "a", 0, dump))
		t.ok(t.rdb.Restore(ctx, "a", time.Minute, dump, redpoll.Replace, redpoll.IdleTime(3*time.Second)))
		t.between(time.Second, time.Minute)(t.rdb.TTL(ctx, "a"))
		at := time.Now().Add(time.Hour)
		t.ok(t.rdb.RestoreAt(ctx, "b", at, string(dump)))
		t.want(time.UnixMilli(at.UnixMilli()))(t.rdb.PExpireTime(ctx, "b"))
		t.want("value")(t.rdb.Get(ctx, "b"))
		t.ok(t.rdb.Restore(ctx, "c", 0, dump, redpoll.Freq(7)))
		t.want(redpoll.NoExpiry)(t.rdb.TTL(ctx, "c"))
	})
}

func TestKeysAndTypes(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.isNil(t.rdb.RandomKey(ctx))
		t.want([]string{})(t.rdb.Keys(ctx, "*"))
		t.ok(t.rdb.MSet(ctx, "user:1", "a", "user:2", "b"))
		t.srv.Do("RPUSH", "list", "1")
		keys, err := t.rdb.Keys(ctx, "user:*")
		slices.Sort(keys)
		t.want([]string{"user:1", "user:2"})(keys, err)
		key, err := t.rdb.RandomKey(ctx)
		if err != nil || key == "" {
			t.Errorf("RandomKey gives %q and %v", key, err)
		}
		t.want("list")(t.rdb.Type(ctx, "list"))
		t.want("none")(t.rdb.Type(ctx, "none"))
	})
}

// Covers: F66
func TestObject(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "n", 12))
		t.want("int")(t.rdb.ObjectEncoding(ctx, "n"))
		t.isNil(t.rdb.ObjectEncoding(ctx, "none"))
		_, err := t.rdb.ObjectIdleTime(ctx, "none")
		t.isNil(nil, err)
		t.ok(t.rdb.Set(ctx, "s", "text"))
		t.want(1)(t.rdb.ObjectRefCount(ctx, "s"))
		t.between(0, time.Minute)(t.rdb.ObjectIdleTime(ctx, "s")) // small integers are shared, and as old as the server
		t.isNil(t.rdb.ObjectRefCount(ctx, "none"))
		t.is(redpoll.ErrRefused)(t.rdb.ObjectFreq(ctx, "n")) // needs an LFU policy
		help, err := t.rdb.ObjectHelp(ctx)
		if err != nil || len(help) < 5 {
			t.Errorf("ObjectHelp gives %q and %v", help, err)
		}
	})
}

// Covers: F330
func TestScan(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		var want []string
		for _, suffix := range "abcdefghijklmnopqrstuvwxyz" {
			want = append(want, "user:"+string(suffix))
			t.srv.Do("SET", "user:"+string(suffix), "1")
		}
		t.srv.Do("RPUSH", "user:list", "1")
		var got []string
		for cursor, calls := uint64(0), 0; ; calls++ {
			page, err := t.rdb.Scan(ctx, cursor, redpoll.Match("user:*"), redpoll.Count(5), redpoll.Type("string"))
			if err != nil || calls > 1000 {
				t.Fatalf("call %d: %v", calls, err)
			}
			got = append(got, page.Items...)
			if cursor = page.Cursor; cursor == 0 {
				break
			}
		}
		slices.Sort(got)
		t.want(want)(slices.Compact(got), nil)
	})
}

// Covers: E66
func TestSort(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("RPUSH", "l", "2", "3", "1")
		t.ok(t.rdb.MSet(ctx, "user:1", "u1", "user:2", "u2", "user:3", "u3", "w:1", 30, "w:2", 20, "w:3", 10))
		t.want([]string{"1", "2", "3"})(t.rdb.Sort(ctx, "l"))
		t.want([]string{"2", "1"})(t.rdb.Sort(ctx, "l", redpoll.Desc, redpoll.Limit(1, 5)))
		t.want([]string{"3", "2", "1"})(t.rdb.SortRO(ctx, "l", redpoll.By("w:*"), redpoll.Alpha))
		t.want([]string{})(t.rdb.Sort(ctx, "none"))
		t.want(nulls("u1", "u2", "u3"))(t.rdb.SortGet(ctx, "l", []string{"user:*"}))
		t.want(nulls("1", "2", "3"))(t.rdb.SortGet(ctx, "l", nil))
		t.want(nulls("3", "2", "1"))(t.rdb.SortGet(ctx, "l", []string{}, redpoll.Desc))
		t.want(3)(t.rdb.SortStore(ctx, "sorted", "l", redpoll.GetPatterns()))
		t.want([]string{"1", "2", "3"})(t.rdb.LRange(ctx, "sorted", 0, -1))
		t.want(nulls("<nil>", "<nil>", "<nil>"))(t.rdb.SortROGet(ctx, "l", []string{"no:*"}))
		t.want([][]redpoll.Null[string]{nulls("u1", "1"), nulls("u2", "2"), nulls("u3", "3")})(
			t.rdb.SortGroups(ctx, "l", []string{"user:*", "#"}))
		t.want([][]redpoll.Null[string]{nulls("u3", "3")})(
			t.rdb.SortROGroups(ctx, "l", []string{"user:*", "#"}, redpoll.Desc, redpoll.Limit(0, 1)))
		t.want(3)(t.rdb.SortStore(ctx, "dst", "l", redpoll.GetPatterns("user:*")))
		t.want([]string{"u1", "u2", "u3"})(t.rdb.LRange(ctx, "dst", 0, -1))
		t.srv.Do("RPUSH", "words", "b", "a")
		t.is(redpoll.ErrRefused)(t.rdb.Sort(ctx, "words"))
		t.is(redpoll.ErrRefused)(t.rdb.Sort(ctx, "l", redpoll.By("user:*")))
		t.is(redpoll.ErrWrongType)(t.rdb.Sort(ctx, "user:1"))
		t.is(redpoll.ErrWrongType)(t.rdb.SortRO(ctx, "user:1"))
		t.is(redpoll.ErrWrongType)(t.rdb.SortGet(ctx, "user:1", []string{"#"}))
		t.is(redpoll.ErrWrongType)(t.rdb.SortROGet(ctx, "user:1", []string{"#"}))
		t.is(redpoll.ErrWrongType)(t.rdb.SortGroups(ctx, "user:1", []string{"#", "#"}))
		t.is(redpoll.ErrWrongType)(t.rdb.SortROGroups(ctx, "user:1", []string{"#", "#"}))
		t.is(redpoll.ErrWrongType)(t.rdb.SortStore(ctx, "dst", "user:1"))
	})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		// The server that sends must not be the one that receives: it waits.
		dst := redpolltest.Start(t, redpolltest.ServerOptions{Password: "p"})
		t.ok(t.rdb.MSet(ctx, "a", "1", "b", "2"))
		move := func(keys []string, opts ...redpoll.MigrateOption) (bool, error) {
			return t.rdb.Migrate(ctx, dst.Host(), int64(dst.Port()), keys, 0, 5*time.Second, opts...)
		}
		auth := redpoll.MigrateAuth("", "p")
		t.is(redpoll.ErrRefused)(move([]string{"a"}))
		t.want(true)(move([]string{"a", "none"}, redpoll.MigrateCopy, auth))
		t.want("1")(t.rdb.Get(ctx, "a"))
		t.want(true)(move([]string{"a", "b"}, redpoll.Replace, redpoll.MigrateAuth("default", "p")))
		t.want(0)(t.rdb.DBSize(ctx))
		t.want(false)(move([]string{"none"}, auth))
		if got := dst.Do("MGET", "a", "b"); !reflect.DeepEqual(got, []any{"1", "2"}) {
			t.Errorf("the destination has %v", got)
		}
	})
}

// The server may be silent for MIGRATE's own time-out, and its answer is awaited for ReplyTimeout beyond that, wherever the
// command stands.
func TestMigrateIsAwaited(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system takes connections, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	port := silent.Addr().(*net.TCPAddr).Port
	const timeout, reply = 1200 * time.Millisecond, 600 * time.Millisecond
	for name, move := range map[string]func(rdb *redpoll.Client) error{
		"Migrate": func(rdb *redpoll.Client) error {
			return first(rdb.Migrate(ctx, "127.0.0.1", int64(port), []string{"k"}, 0, timeout))
		},
		"Do": func(rdb *redpoll.Client) error {
			return first(rdb.Do(ctx, "MIGRATE", "127.0.0.1", port, "k", 0, timeout.Milliseconds()))
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
			srv := redpolltest.Start(t, redpolltest.ServerOptions{}) // of its own: it serves nobody meanwhile
			rdb := newClient(t, redpoll.Options{Addr: srv.Addr(), ReplyTimeout: reply})
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
	eachProtocol(t, func(t *commandTest) {
		t.want(0)(pin(t, t.rdb).Wait(ctx, 0, time.Second))
		t.want(0)(pin(t, t.rdb).Wait(ctx, 1, time.Millisecond))
	})
}

func TestWaitAOF(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 2)
	ownServer(t, redpolltest.ServerOptions{Config: []string{"appendonly yes", "appendfsync always"}}, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", 1))
		t.want(redpoll.AOFAcks{Local: 1})(pin(t, t.rdb).WaitAOF(ctx, 1, 0, time.Minute))
		t.want(redpoll.AOFAcks{Local: 1})(pin(t, t.rdb).WaitAOF(ctx, 1, 1, time.Millisecond)) // there is no replica
	})
	eachProtocol(t, func(t *commandTest) {
		t.want(redpoll.AOFAcks{})(pin(t, t.rdb).WaitAOF(ctx, 0, 1, time.Millisecond))
		t.says("appendonly is disabled")(pin(t, t.rdb).WaitAOF(ctx, 1, 0, time.Millisecond))
	})
}

// Covers: E69
func TestServer(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		now, err := t.rdb.Time(ctx)
		if d := time.Since(now); err != nil || d < -time.Minute || d > time.Minute {
			t.Errorf("Time gives %v and %v", now, err)
		}
		t.ok(t.rdb.MSet(ctx, "a", 1, "b", 2))
		t.want(2)(t.rdb.DBSize(ctx))
		t.ok(t.rdb.FlushDB(ctx, redpoll.Async))
		t.want(0)(t.rdb.DBSize(ctx))
		t.ok(t.rdb.FlushDB(ctx, redpoll.Sync))
		t.ok(t.rdb.FlushDB(ctx))
	})
}

func TestConnection(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Ping(ctx))
		t.want("hello")(t.rdb.PingMessage(ctx, "hello"))
		t.want("1.5")(t.rdb.Echo(ctx, 1.5))
		id, err := t.rdb.ClientID(ctx)
		if err != nil || id <= 0 {
			t.Errorf("ClientID gives %d and %v", id, err)
		}
		t.isNil(t.rdb.ClientGetName(ctx))
		named := newCommandTest(t.T, redpoll.Options{ClientName: "tester"})
		t.want("tester")(named.rdb.ClientGetName(ctx))
	})
}
