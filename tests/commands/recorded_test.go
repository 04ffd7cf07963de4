package commands_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// newerCommand is a call of a command that the server at hand does not know, and a reply as servers give it.
type newerCommand struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	sends        string
	resp2, resp3 string // resp3 is "" when it is the same
	want         any    // a value, or an error that must match
}

func testNewer(t *testing.T, commands []newerCommand) {
	t.Helper()
	for _, c := range commands {
		if c.resp3 == "" {
			c.resp3 = c.resp2
		}
		checkRecorded(t, 2, c.resp2, c)
		checkRecorded(t, 3, c.resp3, c)
	}
}

// checkRecorded makes a call whose reply is recorded, and compares the command that was sent, and the value or the error.
func checkRecorded(t *testing.T, protocol int, reply string, c newerCommand) {
	t.Helper()
	r := testkit.Recorded(t, reply)
	rdb := clients.New(t, redpoll.Options{Addr: r.Addr(), Protocol: protocol})
	got, err := c.call(rdb)
	if want, ok := c.want.(error); ok {
		if err == nil || (!errors.Is(err, want) && !strings.Contains(err.Error(), want.Error())) {
			t.Errorf("%s, RESP%d: got %#v and %v, want the error %v", c.name, protocol, got, err, want)
		}
	} else if err != nil || !reflect.DeepEqual(got, c.want) {
		t.Errorf("%s, RESP%d: got %#v and %v, want %#v", c.name, protocol, got, err, c.want)
	}
	_ = rdb.Close()
	if sent := r.Asked(); len(sent) != 1 || sent[0] != c.sends {
		t.Errorf("%s, RESP%d: sent %q, want %q", c.name, protocol, sent, c.sends)
	}
}

// Commands of servers newer than the one at hand, with replies as their
// documentation gives them.
func TestNewerCommands(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000123)
	sec := at.Truncate(time.Second)
	fields := []string{"a", "b"}
	expiry := func(t time.Time) []redpoll.Null[time.Time] {
		return []redpoll.Null[time.Time]{{V: t, Valid: true}, {}}
	}
	testNewer(t, []newerCommand{
		{"HExpire", func(rdb *redpoll.Client) (any, error) { return rdb.HExpire(ctx, "h", time.Minute, fields, redpoll.NX) },
			"HEXPIRE h 60 NX FIELDS 2 a b", "*2\r\n:1\r\n:-2\r\n", "", []int64{1, -2}},
		{"HPExpire", func(rdb *redpoll.Client) (any, error) { return rdb.HPExpire(ctx, "h", 0, fields) },
			"HPEXPIRE h 0 FIELDS 2 a b", "*2\r\n:2\r\n:0\r\n", "", []int64{2, 0}},
		{"HExpireAt", func(rdb *redpoll.Client) (any, error) { return rdb.HExpireAt(ctx, "h", sec, fields) },
			"HEXPIREAT h 1700000000 FIELDS 2 a b", "*2\r\n:1\r\n:1\r\n", "", []int64{1, 1}},
		{"HPExpireAt", func(rdb *redpoll.Client) (any, error) { return rdb.HPExpireAt(ctx, "h", at, fields) },
			"HPEXPIREAT h 1700000000123 FIELDS 2 a b", "*2\r\n:1\r\n:1\r\n", "", []int64{1, 1}},
		{"HExpireTime", func(rdb *redpoll.Client) (any, error) { return rdb.HExpireTime(ctx, "h", fields...) },
			"HEXPIRETIME h FIELDS 2 a b", "*2\r\n:1700000000\r\n:-2\r\n", "", expiry(sec)},
		{"HPExpireTime", func(rdb *redpoll.Client) (any, error) { return rdb.HPExpireTime(ctx, "h", fields...) },
			"HPEXPIRETIME h FIELDS 2 a b", "*2\r\n:1700000000123\r\n:-2\r\n", "", expiry(at)},
		{"HTTL", func(rdb *redpoll.Client) (any, error) { return rdb.HTTL(ctx, "h", fields...) },
			"HTTL h FIELDS 2 a b", "*2\r\n:60\r\n:-1\r\n", "", []time.Duration{time.Minute, redpoll.NoExpiry}},
		{"HPTTL", func(rdb *redpoll.Client) (any, error) { return rdb.HPTTL(ctx, "h", fields...) },
			"HPTTL h FIELDS 2 a b", "*2\r\n:60\r\n:-2\r\n", "", []time.Duration{60 * time.Millisecond, redpoll.NoKey}},
		{"HPersist", func(rdb *redpoll.Client) (any, error) { return rdb.HPersist(ctx, "h", fields...) },
			"HPERSIST h FIELDS 2 a b", "*2\r\n:1\r\n:-1\r\n", "", []int64{1, -1}},
		{"HScanNoValues", func(rdb *redpoll.Client) (any, error) { return rdb.HScanNoValues(ctx, "h", 5, redpoll.Count(9)) },
			"HSCAN h 5 COUNT 9 NOVALUES", "*2\r\n$1\r\n7\r\n*1\r\n$1\r\na\r\n", "", redpoll.Page[string]{Cursor: 7, Items: []string{"a"}}},
		{"ZRankWithScore", func(rdb *redpoll.Client) (any, error) { return rdb.ZRankWithScore(ctx, "z", "m") },
			"ZRANK z m WITHSCORE", "*2\r\n:3\r\n$3\r\n1.5\r\n", "*2\r\n:3\r\n,1.5\r\n", redpoll.RankScore{Rank: 3, Score: 1.5}},
		{"ZRevRankWithScore", func(rdb *redpoll.Client) (any, error) { return rdb.ZRevRankWithScore(ctx, "z", "m") },
			"ZREVRANK z m WITHSCORE", "*2\r\n:3\r\n$3\r\n1.5\r\n", "*2\r\n:3\r\n,1.5\r\n", redpoll.RankScore{Rank: 3, Score: 1.5}},
		{"WaitAOF", func(rdb *redpoll.Client) (any, error) {
			return (&redpoll.Conn{Client: rdb}).WaitAOF(ctx, 1, 2, time.Second)
		},
			"WAITAOF 1 2 1000", "*2\r\n:1\r\n:0\r\n", "", redpoll.AOFAcks{Local: 1}},
	})
}

// FLUSHALL concerns all databases, so it gets a server of its own.
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
