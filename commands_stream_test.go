package redpoll_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// entry makes an entry of a stream from its fields and values in turn.
func entry(id string, pairs ...string) redpoll.StreamEntry {
	e := redpoll.StreamEntry{ID: id}
	for i := 0; i < len(pairs); i += 2 {
		e.Fields = append(e.Fields, redpoll.FieldValue{Field: pairs[i], Value: pairs[i+1]})
	}
	return e
}

// add adds entries with one field to a stream.
func (t *commandTest) add(key string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		t.want(id)(t.rdb.XAdd(ctx, key, id, []any{"f", id}))
	}
}

func from(key, id string) []redpoll.StreamFrom { return []redpoll.StreamFrom{{Key: key, ID: id}} }

func TestXAdd(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want("1-1")(t.rdb.XAdd(ctx, "s", "1-1", []any{"b", 1, "a", 2.5, "b", []byte("x")}))
		id, err := t.rdb.XAdd(ctx, "s", "*", []any{"f", "v"})
		if err != nil || !strings.Contains(id, "-") {
			t.Errorf("got %q and %v, want an ID", id, err)
		}
		t.want("9999999999999-0")(t.rdb.XAdd(ctx, "s", "9999999999999-*", []any{"f", "v"}))
		t.is(redpoll.ErrRefused)(t.rdb.XAdd(ctx, "s", "1-1", []any{"f", "v"}))
		t.isNil(t.rdb.XAdd(ctx, "none", "*", []any{"f", "v"}, redpoll.NoMkStream))
		t.want(3)(t.rdb.XLen(ctx, "s"))
		t.want(0)(t.rdb.XLen(ctx, "none"))
		t.want([]redpoll.StreamEntry{entry("1-1", "b", "1", "a", "2.5", "b", "x")})(t.rdb.XRange(ctx, "s", "-", "+", redpoll.Count(1)))

		t.add("m", "1-0", "2-0", "3-0")
		t.want("4-0")(t.rdb.XAdd(ctx, "m", "4-0", []any{"f", 4}, redpoll.MaxLen(2)))
		t.want(2)(t.rdb.XLen(ctx, "m"))
		t.want("5-0")(t.rdb.XAdd(ctx, "m", "5-0", []any{"f", 5}, redpoll.MinID("5-0")))
		t.want(1)(t.rdb.XLen(ctx, "m"))
		t.want("6-0")(t.rdb.XAdd(ctx, "m", "6-0", []any{"f", 6}, redpoll.MaxLenApproxLimit(1, 10)))
		t.ok(t.rdb.Set(ctx, "string", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.XAdd(ctx, "string", "*", []any{"f", "v"}))
	})
}

func TestXRange(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.add("s", "1-0", "2-0", "3-0")
		one, two, three := entry("1-0", "f", "1-0"), entry("2-0", "f", "2-0"), entry("3-0", "f", "3-0")
		t.want([]redpoll.StreamEntry{one, two, three})(t.rdb.XRange(ctx, "s", "-", "+"))
		t.want([]redpoll.StreamEntry{two})(t.rdb.XRange(ctx, "s", "(1-0", "2"))
		t.want([]redpoll.StreamEntry{three, two})(t.rdb.XRevRange(ctx, "s", "+", "-", redpoll.Count(2)))
		t.want([]redpoll.StreamEntry{})(t.rdb.XRange(ctx, "none", "-", "+"))
		t.want([]redpoll.StreamEntry{})(t.rdb.XRevRange(ctx, "none", "+", "-"))
		t.want(1)(t.rdb.XDel(ctx, "s", "1-0", "9-0"))
		t.want(1)(t.rdb.XTrim(ctx, "s", redpoll.MaxLen(1)))
		t.want(0)(t.rdb.XTrim(ctx, "none", redpoll.MaxLenApprox(1)))
		t.want(1)(t.rdb.XTrim(ctx, "s", redpoll.MinID("9-0")))
		t.ok(t.rdb.XSetID(ctx, "s", "9-0", redpoll.EntriesAdded(5), redpoll.MaxDeletedID("3-0")))
		t.want("9-1")(t.rdb.XAdd(ctx, "s", "9-*", []any{"f", "v"}))
	})
}

func TestXRead(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.add("s", "1-0", "2-0")
		t.add("t", "1-0")
		all := []redpoll.StreamFrom{{Key: "t", ID: "0"}, {Key: "s", ID: "1-0"}, {Key: "none", ID: "0"}}
		want := []redpoll.StreamEntries{
			{Key: "t", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}},
			{Key: "s", Entries: []redpoll.StreamEntry{entry("2-0", "f", "2-0")}},
		}
		t.want(want)(t.rdb.XRead(ctx, all))
		t.want(want)(t.rdb.XReadBlock(ctx, time.Second, all, redpoll.Count(5)))
		t.want([]redpoll.StreamEntries{})(t.rdb.XRead(ctx, from("s", "$")))
		t.want([]redpoll.StreamEntries{})(t.rdb.XReadBlock(ctx, 10*time.Millisecond, from("s", "2-0")))
	})
}

func TestXReadLastEntry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "8.0")
	eachProtocol(t, func(t *commandTest) {
		t.want([]redpoll.StreamEntries{})(t.rdb.XRead(ctx, from("s", "+")))
		t.want([]redpoll.StreamEntries{})(t.rdb.XReadBlock(ctx, time.Millisecond, from("s", "+")))
		t.add("s", "1-0", "2-0")
		last := []redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("2-0", "f", "2-0")}}}
		t.want(last)(t.rdb.XRead(ctx, from("s", "+")))
		t.want(last)(t.rdb.XReadBlock(ctx, 0, from("s", "+"), redpoll.Count(5)))
	})
}

// A blocking read waits on a connection of its own, past the client's own time-out, while others work.
func TestXReadBlockWaits(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		ct := newCommandTest(t, redpoll.Options{Protocol: protocol})
		got := make(chan error, 1)
		var streams []redpoll.StreamEntries
		go func() {
			var err error
			streams, err = ct.rdb.XReadBlock(ctx, 0, from("s", "0"))
			got <- err
		}()
		for blocked := int64(0); blocked == 0; {
			info, err := ct.rdb.Do(ctx, "CLIENT LIST", "TYPE", "normal")
			text, _ := info.Text()
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(text, "\n") {
				if strings.Contains(line, "cmd=xread ") && strings.Contains(line, "flags=b") &&
					strings.Contains(line, " db="+strconv.Itoa(ct.srv.DB)+" ") {
					blocked++
				}
			}
		}
		ct.add("s", "1-0")
		if err := <-got; err != nil || !reflect.DeepEqual(streams, []redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}}}) {
			t.Errorf("got %+v and %v", streams, err)
		}
	}
}

func TestXGroup(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.is(redpoll.ErrRefused)(nil, t.rdb.XGroupCreate(ctx, "s", "g", "$"))
		t.ok(t.rdb.XGroupCreate(ctx, "s", "g", "$", redpoll.MkStream, redpoll.EntriesRead(0)))
		err := t.rdb.XGroupCreate(ctx, "s", "g", "$")
		if err == nil || !strings.Contains(err.Error(), "BUSYGROUP") {
			t.Errorf("an existing group gives %v", err)
		}
		t.want(true)(t.rdb.XGroupCreateConsumer(ctx, "s", "g", "c"))
		t.want(false)(t.rdb.XGroupCreateConsumer(ctx, "s", "g", "c"))
		t.add("s", "1-0", "2-0", "3-0")
		news := from("s", ">")
		t.want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0"), entry("2-0", "f", "2-0")}}})(
			t.rdb.XReadGroup(ctx, "g", "c", news, redpoll.Count(2)))
		t.want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("3-0", "f", "3-0")}}})(
			t.rdb.XReadGroupBlock(ctx, time.Second, "g", "d", news, redpoll.NoAck))
		t.want([]redpoll.StreamEntries{})(t.rdb.XReadGroup(ctx, "g", "c", news))
		t.want([]redpoll.StreamEntries{})(t.rdb.XReadGroupBlock(ctx, 10*time.Millisecond, "g", "c", news))

		// A deleted entry stays pending, without fields.
		t.want(1)(t.rdb.XDel(ctx, "s", "1-0"))
		own, err := t.rdb.XReadGroup(ctx, "g", "c", from("s", "0"))
		t.want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{{ID: "1-0"}, entry("2-0", "f", "2-0")}}})(own, err)
		if err == nil && (!own[0].Entries[0].Deleted() || own[0].Entries[1].Deleted()) {
			t.Error("Deleted is wrong")
		}
		t.want(1)(t.rdb.XAck(ctx, "s", "g", "1-0", "9-0"))
		t.want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{}}})(t.rdb.XReadGroup(ctx, "g", "c", from("s", "5")))
		t.ok(t.rdb.XGroupSetID(ctx, "s", "g", "0", redpoll.EntriesRead(0)))
		t.want(1)(t.rdb.XGroupDelConsumer(ctx, "s", "g", "c"))
		t.want(true)(t.rdb.XGroupDestroy(ctx, "s", "g"))
		t.want(false)(t.rdb.XGroupDestroy(ctx, "s", "g"))
		if _, err := t.rdb.XReadGroup(ctx, "g", "c", news); err == nil || !strings.Contains(err.Error(), "NOGROUP") {
			t.Errorf("a missing group gives %v", err)
		}
		for _, help := range []func() ([]string, error){func() ([]string, error) { return t.rdb.XGroupHelp(ctx) }, func() ([]string, error) { return t.rdb.XInfoHelp(ctx) }} {
			if lines, err := help(); err != nil || len(lines) < 5 {
				t.Errorf("got %q and %v", lines, err)
			}
		}
	})
}

func TestXPendingAndClaim(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.XGroupCreate(ctx, "s", "g", "0", redpoll.MkStream))
		t.want(redpoll.PendingSummary{})(t.rdb.XPending(ctx, "s", "g"))
		t.want([]redpoll.PendingEntry{})(t.rdb.XPendingRange(ctx, "s", "g", "-", "+", 10))
		t.add("s", "1-0", "2-0", "3-0")
		_, err := t.rdb.XReadGroup(ctx, "g", "a", from("s", ">"), redpoll.Count(2))
		t.ok(err)
		_, err = t.rdb.XReadGroup(ctx, "g", "b", from("s", ">"))
		t.ok(err)
		t.want(redpoll.PendingSummary{Count: 3, Min: "1-0", Max: "3-0", Consumers: []redpoll.PendingConsumer{{Consumer: "a", Count: 2}, {Consumer: "b", Count: 1}}})(
			t.rdb.XPending(ctx, "s", "g"))

		t.want([]redpoll.StreamEntry{entry("1-0", "f", "1-0")})(t.rdb.XClaim(ctx, "s", "g", "b", 0, []string{"1-0", "9-0"},
			redpoll.Idle(time.Hour), redpoll.RetryCount(7)))
		pending, err := t.rdb.XPendingRange(ctx, "s", "g", "-", "+", 10, redpoll.Idle(time.Minute))
		if err != nil || len(pending) != 1 || pending[0].ID != "1-0" || pending[0].Consumer != "b" || pending[0].Deliveries != 7 || pending[0].Idle < time.Hour {
			t.Errorf("got %+v and %v", pending, err)
		}
		pending, err = t.rdb.XPendingConsumer(ctx, "s", "g", "a", "-", "+", 10)
		if err != nil || len(pending) != 1 || pending[0].ID != "2-0" || pending[0].Deliveries != 1 {
			t.Errorf("got %+v and %v", pending, err)
		}
		t.want([]redpoll.StreamEntry{})(t.rdb.XClaim(ctx, "s", "g", "a", 2*time.Hour, []string{"1-0"}))
		t.want([]string{"1-0"})(t.rdb.XClaimJustID(ctx, "s", "g", "a", time.Minute, []string{"1-0"}, redpoll.LastDelivered(time.Now().Add(-time.Hour))))

		t.want(1)(t.rdb.XDel(ctx, "s", "2-0"))
		t.want(redpoll.ClaimedEntries{Next: "2-0", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}, Deleted: []string{}})(
			t.rdb.XAutoClaim(ctx, "s", "g", "c", 0, "0", redpoll.Count(1)))
		t.want(redpoll.ClaimedIDs{Next: "0-0", IDs: []string{"3-0"}, Deleted: []string{"2-0"}})(
			t.rdb.XAutoClaimJustID(ctx, "s", "g", "c", 0, "2-0"))
		t.want([]redpoll.StreamEntry{entry("1-0", "f", "1-0")})(t.rdb.XClaim(ctx, "s", "g", "d", 0, []string{"1-0"}, redpoll.Force, redpoll.LastID("3-0")))
	})
}

func TestXInfo(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.add("s", "1-0", "2-0", "3-0")
		t.want(1)(t.rdb.XDel(ctx, "s", "1-0"))
		t.ok(t.rdb.XGroupCreate(ctx, "s", "g", "0"))
		before := time.Now().Add(-time.Second)
		_, err := t.rdb.XReadGroup(ctx, "g", "c", from("s", ">"), redpoll.Count(1))
		t.ok(err)

		info, err := t.rdb.XInfoStream(ctx, "s")
		stats := redpoll.StreamStats{Length: 2, RadixTreeKeys: 1, RadixTreeNodes: 2, LastGeneratedID: "3-0", MaxDeletedEntryID: "1-0",
			EntriesAdded: 3, RecordedFirstEntryID: "2-0"}
		want := redpoll.StreamInfo{StreamStats: stats, Groups: 1}
		want.First.V, want.First.Valid = entry("2-0", "f", "2-0"), true
		want.Last.V, want.Last.Valid = entry("3-0", "f", "3-0"), true
		t.want(want)(info, err)

		full, err := t.rdb.XInfoStreamFull(ctx, "s", 1)
		if err != nil || !reflect.DeepEqual(full.StreamStats, stats) || full.Extra != nil || len(full.Entries) != 1 || len(full.Groups) != 1 {
			t.Fatalf("got %+v and %v", full, err)
		}
		g := full.Groups[0]
		if g.Name != "g" || g.LastDeliveredID != "2-0" || g.PELCount != 1 || g.Extra != nil || len(g.Pending) != 1 || len(g.Consumers) != 1 {
			t.Fatalf("got the group %+v", g)
		}
		p := g.Pending[0]
		if p.ID != "2-0" || p.Consumer != "c" || p.Deliveries != 1 || p.Delivered.Before(before) || p.Delivered.After(time.Now()) {
			t.Errorf("got the pending entry %+v", p)
		}
		c := g.Consumers[0]
		if c.Name != "c" || c.PELCount != 1 || c.Extra != nil || c.SeenTime.Before(before) || len(c.Pending) != 1 || c.Pending[0].ID != "2-0" || c.Pending[0].Deliveries != 1 {
			t.Errorf("got the consumer %+v", c)
		}

		groups, err := t.rdb.XInfoGroups(ctx, "s")
		if err != nil || len(groups) != 1 || groups[0].Extra != nil || groups[0].Consumers != 1 || groups[0].Pending != 1 || groups[0].LastDeliveredID != "2-0" {
			t.Errorf("got the groups %+v and %v", groups, err)
		}
		consumers, err := t.rdb.XInfoConsumers(ctx, "s", "g")
		if err != nil || len(consumers) != 1 || consumers[0].Extra != nil || consumers[0].Name != "c" || consumers[0].Pending != 1 || consumers[0].Idle > time.Minute {
			t.Errorf("got the consumers %+v and %v", consumers, err)
		}
		t.is(redpoll.ErrRefused)(t.rdb.XInfoStream(ctx, "none"))
		t.want(2)(t.rdb.XTrim(ctx, "s", redpoll.MaxLen(0)))
		info, err = t.rdb.XInfoStream(ctx, "s")
		if err != nil || info.First.Valid || info.Last.Valid || info.Length != 0 {
			t.Errorf("an empty stream gives %+v and %v", info, err)
		}
	})
}

func TestStreamEntry(t *testing.T) {
	t.Parallel()
	e := entry("1-0", "a", "1", "b", "2", "a", "3")
	if v, ok := e.Value("a"); v != "1" || !ok {
		t.Errorf("got %q and %v", v, ok)
	}
	if v, ok := e.Value("none"); v != "" || ok {
		t.Errorf("got %q and %v", v, ok)
	}
	if m := e.Map(); !reflect.DeepEqual(m, map[string]string{"a": "3", "b": "2"}) {
		t.Errorf("got %v", m)
	}
}
