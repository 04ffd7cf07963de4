package keyevents_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// every is the option of a server that publishes all.
var every = redpolltest.ServerOptions{Config: []string{"notify-keyspace-events KEA"}}

// Keys, patterns and names of events choose; each event comes once, in its order.
func TestChoice(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		for name, c := range map[string]struct {
			o    redpoll.KeyEventsOptions
			want []string
		}{
			"all": {redpoll.KeyEventsOptions{}, []string{`set "user:1" in 0`, `set "user:*" in 0`,
				`rpush "list" in 0`, `set "user:1" in 0`, `expire "user:1" in 0`, `del "user:*" in 0`,
				`rename_from "user:1" in 0`, `rename_to "list" in 0`}},
			"a key with the look of a pattern": {redpoll.KeyEventsOptions{Keys: []string{"user:*"}},
				[]string{`set "user:*" in 0`, `del "user:*" in 0`}},
			"a pattern": {redpoll.KeyEventsOptions{Patterns: []string{"user:?"}},
				[]string{`set "user:1" in 0`,
					`set "user:*" in 0`, `set "user:1" in 0`, `expire "user:1" in 0`, `del "user:*" in 0`,
					`rename_from "user:1" in 0`}},
			"keys and patterns that meet": {redpoll.KeyEventsOptions{Keys: []string{"user:1", "list", "list"},
				Patterns: []string{"*1", "user:[0-9]", "li*"}}, []string{`set "user:1" in 0`,
				`rpush "list" in 0`,
				`set "user:1" in 0`, `expire "user:1" in 0`, `rename_from "user:1" in 0`,
				`rename_to "list" in 0`}},
			"events": {redpoll.KeyEventsOptions{Events: []string{"expire", "del"}},
				[]string{`expire "user:1" in 0`, `del "user:*" in 0`}},
			"events of keys": {redpoll.KeyEventsOptions{Events: []string{"expire", "set"},
				Patterns: []string{"*1"}},
				[]string{`set "user:1" in 0`, `set "user:1" in 0`, `expire "user:1" in 0`}},
		} {
			t.Run(name, func(t *testing.T) {
				c.o.Enable = true
				for _, all := range []bool{false, true} {
					c.o.AllDatabases = all
					ok(t, rdb.FlushAll(background))
					ev := events(t, rdb, c.o)
					end := events(t, rdb, redpoll.KeyEventsOptions{Keys: []string{"end"}})
					act := rdb.Pipeline(redpoll.NoTransaction)
					act.Set("user:1", "a")
					act.Set("user:*", "a")
					act.RPush("list", "a")
					act.Set("user:1", "b")
					act.Do("EXPIRE", "user:1", 1000)
					act.Del("user:*")
					act.Rename("user:1", "list")
					act.Set("end", "a")
					ok(t, act.Exec(guarded(t)))
					want(t, end, `set "end" in 0`)
					want(t, ev, c.want...)
					ok(t, end.Close())
					ok(t, ev.Close())
				}
			})
		}
	})
}

// Keys that expire and keys that were missed are events as well.
func TestExpiredAndMissed(t *testing.T) {
	over(t, redpolltest.ServerOptions{}, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, rdb, redpoll.KeyEventsOptions{Events: []string{"expired", "keymiss"}, Enable: true})
		_, err := rdb.Get(guarded(t), "nothing")
		is(t, err, redpoll.Nil)
		_, err = rdb.Do(guarded(t), "SET", "k", "v", "PX", 1)
		ok(t, err)
		want(t, ev, `keymiss "nothing" in 0`, `expired "k" in 0`)
		if !ev.Checked() {
			t.Error("the setting was not checked")
		}
	})
}

// An object is about the database of its client, or all of them.
func TestDatabases(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		in := func(db int) func(*redpoll.Options) { return func(o *redpoll.Options) { o.DB = db } }
		three, twelve := to(t, srv.Addr(), proto, in(3)), to(t, srv.Addr(), proto, in(12))
		o := redpoll.KeyEventsOptions{Keys: []string{"k", "x__:k"}, Patterns: []string{"p*"}}
		own := events(t, three, o)
		o.AllDatabases = true
		all := events(t, three, o)
		sets := events(t, three, redpoll.KeyEventsOptions{Events: []string{"set"}, AllDatabases: true})
		// A pattern of all databases fits the beginning of these keys, too.
		lures := []string{"y__:k", "y__:p", "1__:x__:k", "__keyspace@3__:k"}
		for _, rdb := range []*redpoll.Client{three, twelve} {
			for _, key := range append(lures, "k", "p__:k", "x__:k") {
				ok(t, rdb.Set(guarded(t), key, "v"))
			}
		}
		want(t, own, `set "k" in 3`, `set "p__:k" in 3`, `set "x__:k" in 3`)
		want(t, all, `set "k" in 3`, `set "p__:k" in 3`, `set "x__:k" in 3`,
			`set "k" in 12`, `set "p__:k" in 12`, `set "x__:k" in 12`)
		want(t, sets, `set "y__:k" in 3`, `set "y__:p" in 3`, `set "1__:x__:k" in 3`,
			`set "__keyspace@3__:k" in 3`, `set "k" in 3`, `set "p__:k" in 3`, `set "x__:k" in 3`)
	})
}

// Keys may hold anything.
func TestBytesOfKeys(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		keys := []string{"a]b", "[a]", "line\r\nbreak", "\xff\xfe", `back\slash`, "", "a b", "*?", "^-"}
		for _, all := range []bool{false, true} {
			rdb := to(t, srv.Addr(), proto)
			ev := events(t, rdb, redpoll.KeyEventsOptions{Keys: keys, AllDatabases: all})
			for _, key := range keys {
				ok(t, rdb.Set(guarded(t), key, "v"))
				ok(t, rdb.Set(guarded(t), key+"x", "v"))
				e, err := ev.Next(guarded(t))
				if err != nil || e.Key != key || e.Event != "set" {
					t.Errorf("got %q, %v, want %q", short(e), err, key)
				}
			}
			ok(t, ev.Close())
		}
	})
}

// Keys are in the encoding of the client, as in commands; the server's words are not.
func TestEncodings(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		text := func(e redpoll.TextEncoding) *redpoll.Client {
			return to(t, srv.Addr(), proto, func(o *redpoll.Options) { o.Text = e })
		}
		for _, all := range []bool{false, true} {
			for _, rdb := range []*redpoll.Client{text(redpoll.Latin1), text(clients.UpsideDown{})} {
				key := events(t, rdb, redpoll.KeyEventsOptions{Keys: []string{"é*1"}, AllDatabases: all})
				pattern := events(t, rdb, redpoll.KeyEventsOptions{Patterns: []string{"é*1"},
					AllDatabases: all})
				sets := events(t, rdb, redpoll.KeyEventsOptions{Events: []string{"set"}, AllDatabases: all})
				ok(t, rdb.Set(guarded(t), "é21", "v"))
				ok(t, rdb.Set(guarded(t), "é*1", "v"))
				want(t, key, `set "é*1" in 0`)
				want(t, pattern, `set "é21" in 0`, `set "é*1" in 0`)
				want(t, sets, `set "é21" in 0`, `set "é*1" in 0`)
			}
		}
		_, err := text(redpoll.Latin1).KeyEvents(guarded(t),
			redpoll.KeyEventsOptions{Patterns: []string{"世"}})
		if !errors.As(err, new(*redpoll.DataError)) {
			t.Errorf("a pattern that cannot be written gives %v", err)
		}
		strict := events(t, text(redpoll.UTF8Strict), redpoll.KeyEventsOptions{})
		srv.Do("SET", "\xff", "v")
		srv.Do("SET", "k", "v")
		var seen []string
		for e, err := range strict.Listen(guarded(t)) {
			if errors.As(err, new(*redpoll.ReplyError)) {
				seen = append(seen, "unreadable "+e.Event)
				continue
			}
			ok(t, err)
			seen = append(seen, short(e))
			break
		}
		if !slices.Equal(seen, []string{"unreadable set", `set "k" in 0`}) {
			t.Errorf("got %q", seen)
		}
	})
}

// Each event goes to one of several readers, also if several patterns fit it.
func TestSeveralReaders(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, rdb, redpoll.KeyEventsOptions{Patterns: []string{"*", "k*", "?"},
			Keys: []string{"k"}})
		const readers, each = 4, 100
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				for range each {
					if e, err := ev.Next(guarded(t)); err != nil || short(e) != `set "k" in 0` {
						t.Errorf("got %q, %v", short(e), err)
						return
					}
				}
			})
		}
		act := rdb.Pipeline(redpoll.NoTransaction)
		for range readers * each {
			act.Set("k", "v")
		}
		act.Set("l", "v")
		ok(t, act.Exec(guarded(t)))
		all.Wait()
		want(t, ev, `set "l" in 0`)
		// Through which name the last one has come first, is the server's choice; the other copy may wait.
		if s := ev.Stats(); s.Delivered != 4*readers*each+1 || s.Dropped != 0 {
			t.Errorf("the counters are %+v", s)
		}
	})
}

// Close ends readers from another goroutine, and the connection.
func TestClose(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, rdb, redpoll.KeyEventsOptions{})
		var readers sync.WaitGroup
		first := make(chan struct{})
		readers.Go(func() {
			for e, err := range ev.Listen(guarded(t)) {
				if err != nil || short(e) != `set "k" in 0` {
					t.Errorf("got %q, %v", short(e), err)
				}
				close(first)
			}
		})
		ok(t, rdb.Set(guarded(t), "k", "v"))
		<-first
		readers.Go(func() {
			_, err := ev.Next(guarded(t))
			is(t, err, redpoll.ErrConnClosed)
		})
		ok(t, ev.Close())
		ok(t, ev.Close())
		readers.Wait()
		_, err := ev.Next(guarded(t))
		is(t, err, redpoll.ErrConnClosed)
		if n := rdb.Stats().Streams; n != 0 {
			t.Errorf("%d connections are left", n)
		}
		clients.Usable(t, rdb)

		// So does the end of the context, which loses nothing, and that of the client.
		ev = events(t, rdb, redpoll.KeyEventsOptions{})
		ctx, cancel := context.WithCancel(background)
		cancel()
		_, err = ev.Next(ctx)
		is(t, err, context.Canceled)
		is(t, err, redpoll.ErrNotSent)
		_, err = rdb.KeyEvents(ctx, redpoll.KeyEventsOptions{})
		is(t, err, context.Canceled)
		ok(t, rdb.Set(guarded(t), "k", "v"))
		want(t, ev, `set "k" in 0`)
		readers.Go(func() {
			for e, err := range ev.Listen(guarded(t)) {
				is(t, err, redpoll.ErrClosed)
				if e != (redpoll.KeyEvent{}) {
					t.Errorf("got %q", short(e))
				}
			}
		})
		ok(t, rdb.Close())
		readers.Wait()
		_, err = rdb.KeyEvents(guarded(t), redpoll.KeyEventsOptions{})
		is(t, err, redpoll.ErrClosed)
	})
}

// The queue is bounded as that of other subscriptions.
func TestOverflow(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		o := redpoll.KeyEventsOptions{QueueMessages: 2, Overflow: redpoll.QueueDropNewest}
		newest := events(t, rdb, o)
		o.Overflow = redpoll.QueueEnd
		end := events(t, rdb, o)
		for _, key := range []string{"a", "b", "c"} {
			ok(t, rdb.Set(guarded(t), key, "v"))
		}
		redpolltest.Await(t, "all have come", func() bool {
			return newest.Stats().Received == 3 && end.Stats().Received == 3
		})
		want(t, newest, `set "a" in 0`, `set "b" in 0`, "gap")
		want(t, end, `set "a" in 0`, `set "b" in 0`)
		for range 2 {
			_, err := end.Next(guarded(t))
			is(t, err, redpoll.ErrOverflow)
		}
		ok(t, end.Close())
	})
}

// Options that contradict each other are refused, and so are calls of a nil or zero KeyEvents.
func TestMisuse(t *testing.T) {
	t.Parallel()
	rdb := clients.New(t, redpoll.Options{})
	for _, o := range []redpoll.KeyEventsOptions{{Events: []string{"set", ""}}, {Events: []string{"Set"}},
		{QueueMessages: -1},
		{QueueBytes: -1}, {Overflow: 9}, {SilenceTimeout: -1}} {
		if _, err := rdb.KeyEvents(background, o); !errors.As(err, new(*redpoll.OptionError)) {
			t.Errorf("%+v gives %v", o, err)
		}
	}
	for _, ev := range []*redpoll.KeyEvents{nil, {}} {
		_, err := ev.Next(background)
		for _, err2 := range ev.Listen(background) {
			if !errors.As(err, new(*redpoll.DataError)) || !errors.As(err2, new(*redpoll.DataError)) {
				t.Errorf("got %v and %v", err, err2)
			}
		}
		if ev.Close() != nil || ev.Checked() || ev.Stats() != (redpoll.PubSubStats{}) {
			t.Error("an object that nobody has made does something")
		}
	}
	for _, rdb := range []*redpoll.Client{nil, {}} {
		_, err := rdb.KeyEvents(background, redpoll.KeyEventsOptions{})
		if !errors.As(err, new(*redpoll.DataError)) {
			t.Errorf("no client gives %v", err)
		}
	}
}
