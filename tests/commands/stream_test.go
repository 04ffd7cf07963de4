package commands_test

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// entry returns an entry of a stream. pairs are fields and values in turn.
func entry(id string, pairs ...string) redpoll.StreamEntry {
	e := redpoll.StreamEntry{ID: id}
	for i := 0; i < len(pairs); i += 2 {
		e.Fields = append(e.Fields, redpoll.FieldValue{Field: pairs[i], Value: pairs[i+1]})
	}
	return e
}

// add adds entries with one field to a stream.
func add(t *clients.Test, key string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		t.Want(id)(t.Client.XAdd(ctx, key, id, []any{"f", id}))
	}
}

func from(key, id string) []redpoll.StreamFrom { return []redpoll.StreamFrom{{Key: key, ID: id}} }

func TestXAdd(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want("1-1")(t.Client.XAdd(ctx, "s", "1-1", []any{"b", 1, "a", 2.5, "b", []byte("x")}))
		id, err := t.Client.XAdd(ctx, "s", "*", []any{"f", "v"})
		if err != nil || !strings.Contains(id, "-") {
			t.Errorf("got %q and %v, want an ID", id, err)
		}
		t.Want("9999999999999-0")(t.Client.XAdd(ctx, "s", "9999999999999-*", []any{"f", "v"}))
		t.Is(redpoll.ErrRefused)(t.Client.XAdd(ctx, "s", "1-1", []any{"f", "v"}))
		t.IsNil(t.Client.XAdd(ctx, "none", "*", []any{"f", "v"}, redpoll.NoMkStream))
		t.Want(3)(t.Client.XLen(ctx, "s"))
		t.Want(0)(t.Client.XLen(ctx, "none"))
		t.Want([]redpoll.StreamEntry{entry("1-1", "b", "1", "a", "2.5", "b", "x")})(
			t.Client.XRange(ctx, "s", "-", "+", redpoll.Count(1)))

		add(t, "m", "1-0", "2-0", "3-0")
		t.Want("4-0")(t.Client.XAdd(ctx, "m", "4-0", []any{"f", 4}, redpoll.MaxLen(2)))
		t.Want(2)(t.Client.XLen(ctx, "m"))
		t.Want("5-0")(t.Client.XAdd(ctx, "m", "5-0", []any{"f", 5}, redpoll.MinID("5-0")))
		t.Want(1)(t.Client.XLen(ctx, "m"))
		t.Want("6-0")(t.Client.XAdd(ctx, "m", "6-0", []any{"f", 6}, redpoll.MaxLenApproxLimit(1, 10)))
		t.OK(t.Client.Set(ctx, "string", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.XAdd(ctx, "string", "*", []any{"f", "v"}))
	})
}

func TestXRange(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		add(t, "s", "1-0", "2-0", "3-0")
		one, two, three := entry("1-0", "f", "1-0"), entry("2-0", "f", "2-0"), entry("3-0", "f", "3-0")
		t.Want([]redpoll.StreamEntry{one, two, three})(t.Client.XRange(ctx, "s", "-", "+"))
		t.Want([]redpoll.StreamEntry{two})(t.Client.XRange(ctx, "s", "(1-0", "2"))
		t.Want([]redpoll.StreamEntry{three, two})(t.Client.XRevRange(ctx, "s", "+", "-", redpoll.Count(2)))
		t.Want([]redpoll.StreamEntry{})(t.Client.XRange(ctx, "none", "-", "+"))
		t.Want([]redpoll.StreamEntry{})(t.Client.XRevRange(ctx, "none", "+", "-"))
		t.Want(1)(t.Client.XDel(ctx, "s", "1-0", "9-0"))
		t.Want(1)(t.Client.XTrim(ctx, "s", redpoll.MaxLen(1)))
		t.Want(0)(t.Client.XTrim(ctx, "none", redpoll.MaxLenApprox(1)))
		t.Want(1)(t.Client.XTrim(ctx, "s", redpoll.MinID("9-0")))
		t.OK(t.Client.XSetID(ctx, "s", "9-0", redpoll.EntriesAdded(5), redpoll.MaxDeletedID("3-0")))
		t.Want("9-1")(t.Client.XAdd(ctx, "s", "9-*", []any{"f", "v"}))
	})
}

func TestXRead(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		add(t, "s", "1-0", "2-0")
		add(t, "t", "1-0")
		all := []redpoll.StreamFrom{{Key: "t", ID: "0"}, {Key: "s", ID: "1-0"}, {Key: "none", ID: "0"}}
		want := []redpoll.StreamEntries{
			{Key: "t", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}},
			{Key: "s", Entries: []redpoll.StreamEntry{entry("2-0", "f", "2-0")}},
		}
		t.Want(want)(t.Client.XRead(ctx, all))
		t.Want(want)(t.Client.XReadBlock(ctx, time.Second, all, redpoll.Count(5)))
		t.Want([]redpoll.StreamEntries{})(t.Client.XRead(ctx, from("s", "$")))
		t.Want([]redpoll.StreamEntries{})(t.Client.XReadBlock(ctx, 10*time.Millisecond, from("s", "2-0")))
	})
}

func TestXReadLastEntry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "8.0")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want([]redpoll.StreamEntries{})(t.Client.XRead(ctx, from("s", "+")))
		t.Want([]redpoll.StreamEntries{})(t.Client.XReadBlock(ctx, time.Millisecond, from("s", "+")))
		add(t, "s", "1-0", "2-0")
		last := []redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("2-0", "f", "2-0")}}}
		t.Want(last)(t.Client.XRead(ctx, from("s", "+")))
		t.Want(last)(t.Client.XReadBlock(ctx, 0, from("s", "+"), redpoll.Count(5)))
	})
}

// A blocking read uses a connection of its own and may wait longer than ReplyTimeout, while other calls work.
func TestXReadBlockWaits(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		ct := clients.NewTest(t, redpoll.Options{Protocol: protocol})
		got := make(chan error, 1)
		var streams []redpoll.StreamEntries
		go func() {
			var err error
			streams, err = ct.Client.XReadBlock(ctx, 0, from("s", "0"))
			got <- err
		}()
		for blocked := int64(0); blocked == 0; {
			info, err := ct.Client.Do(ctx, "CLIENT LIST", "TYPE", "normal")
			text, _ := info.Text()
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(text, "\n") {
				if strings.Contains(line, "cmd=xread ") && strings.Contains(line, "flags=b") &&
					strings.Contains(line, " db="+strconv.Itoa(ct.Server.DB)+" ") {
					blocked++
				}
			}
		}
		add(ct, "s", "1-0")
		if err := <-got; err != nil || !reflect.DeepEqual(streams, []redpoll.StreamEntries{
			{Key: "s", Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}},
		}) {
			t.Errorf("got %+v and %v", streams, err)
		}
	}
}

func TestXGroup(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Is(redpoll.ErrRefused)(nil, t.Client.XGroupCreate(ctx, "s", "g", "$"))
		t.OK(t.Client.XGroupCreate(ctx, "s", "g", "$", redpoll.MkStream, redpoll.EntriesRead(0)))
		t.Is(redpoll.ErrBusyGroup)(nil, t.Client.XGroupCreate(ctx, "s", "g", "$"))
		t.Want(true)(t.Client.XGroupCreateConsumer(ctx, "s", "g", "c"))
		t.Want(false)(t.Client.XGroupCreateConsumer(ctx, "s", "g", "c"))
		add(t, "s", "1-0", "2-0", "3-0")
		news := from("s", ">")
		t.Want([]redpoll.StreamEntries{{Key: "s",
			Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0"), entry("2-0", "f", "2-0")}}})(
			t.Client.XReadGroup(ctx, "g", "c", news, redpoll.Count(2)))
		t.Want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{entry("3-0", "f", "3-0")}}})(
			t.Client.XReadGroupBlock(ctx, time.Second, "g", "d", news, redpoll.NoAck))
		t.Want([]redpoll.StreamEntries{})(t.Client.XReadGroup(ctx, "g", "c", news))
		t.Want([]redpoll.StreamEntries{})(t.Client.XReadGroupBlock(ctx, 10*time.Millisecond, "g", "c", news))

		// A deleted entry stays pending, and has no fields.
		t.Want(1)(t.Client.XDel(ctx, "s", "1-0"))
		own, err := t.Client.XReadGroup(ctx, "g", "c", from("s", "0"))
		t.Want([]redpoll.StreamEntries{{Key: "s",
			Entries: []redpoll.StreamEntry{{ID: "1-0"}, entry("2-0", "f", "2-0")}}})(own, err)
		if err == nil && (!own[0].Entries[0].Deleted() || own[0].Entries[1].Deleted()) {
			t.Error("Deleted is wrong")
		}
		t.Want(1)(t.Client.XAck(ctx, "s", "g", "1-0", "9-0"))
		t.Want([]redpoll.StreamEntries{{Key: "s", Entries: []redpoll.StreamEntry{}}})(
			t.Client.XReadGroup(ctx, "g", "c", from("s", "5")))
		t.OK(t.Client.XGroupSetID(ctx, "s", "g", "0", redpoll.EntriesRead(0)))
		t.Want(1)(t.Client.XGroupDelConsumer(ctx, "s", "g", "c"))
		t.Want(true)(t.Client.XGroupDestroy(ctx, "s", "g"))
		t.Want(false)(t.Client.XGroupDestroy(ctx, "s", "g"))
		for name, err := range map[string]error{
			"XReadGroup":              testkit.Err(t.Client.XReadGroup(ctx, "g", "c", news)),
			"XReadGroup of no stream": testkit.Err(t.Client.XReadGroup(ctx, "g", "c", from("none", ">"))),
			"XGroupSetID":             t.Client.XGroupSetID(ctx, "s", "g", "0"),
			"XPending":                testkit.Err(t.Client.XPending(ctx, "s", "g")),
			"XAutoClaim":              testkit.Err(t.Client.XAutoClaim(ctx, "s", "g", "c", time.Second, "0")),
			"XInfoConsumers":          testkit.Err(t.Client.XInfoConsumers(ctx, "s", "g")),
		} {
			if !errors.Is(err, redpoll.ErrNoGroup) || !errors.Is(err, redpoll.ErrRefused) ||
				errors.Is(err, redpoll.ErrBusyGroup) {
				t.Errorf("%s of a missing group gives %v", name, err)
			}
		}
		for _, help := range []func() ([]string, error){
			func() ([]string, error) { return t.Client.XGroupHelp(ctx) },
			func() ([]string, error) { return t.Client.XInfoHelp(ctx) },
		} {
			if lines, err := help(); err != nil || len(lines) < 5 {
				t.Errorf("got %q and %v", lines, err)
			}
		}
	})
}

func TestXPendingAndClaim(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.XGroupCreate(ctx, "s", "g", "0", redpoll.MkStream))
		t.Want(redpoll.StreamPendingSummary{})(t.Client.XPending(ctx, "s", "g"))
		t.Want([]redpoll.StreamPendingEntry{})(t.Client.XPendingRange(ctx, "s", "g", "-", "+", 10))
		add(t, "s", "1-0", "2-0", "3-0")
		_, err := t.Client.XReadGroup(ctx, "g", "a", from("s", ">"), redpoll.Count(2))
		t.OK(err)
		_, err = t.Client.XReadGroup(ctx, "g", "b", from("s", ">"))
		t.OK(err)
		t.Want(redpoll.StreamPendingSummary{
			Count: 3, Min: "1-0", Max: "3-0",
			Consumers: []redpoll.StreamPendingConsumer{{Consumer: "a", Count: 2}, {Consumer: "b", Count: 1}},
		})(
			t.Client.XPending(ctx, "s", "g"))

		t.Want([]redpoll.StreamEntry{entry("1-0", "f", "1-0")})(
			t.Client.XClaim(ctx, "s", "g", "b", 0, []string{"1-0", "9-0"},
				redpoll.XIdle(time.Hour), redpoll.RetryCount(7)))
		pending, err := t.Client.XPendingRange(ctx, "s", "g", "-", "+", 10, redpoll.XIdle(time.Minute))
		if err != nil || len(pending) != 1 || pending[0].ID != "1-0" || pending[0].Consumer != "b" ||
			pending[0].Deliveries != 7 || pending[0].Idle < time.Hour {
			t.Errorf("got %+v and %v", pending, err)
		}
		pending, err = t.Client.XPendingConsumer(ctx, "s", "g", "a", "-", "+", 10)
		if err != nil || len(pending) != 1 || pending[0].ID != "2-0" || pending[0].Deliveries != 1 {
			t.Errorf("got %+v and %v", pending, err)
		}
		t.Want([]redpoll.StreamEntry{})(t.Client.XClaim(ctx, "s", "g", "a", 2*time.Hour, []string{"1-0"}))
		t.Want([]string{"1-0"})(t.Client.XClaimJustID(ctx, "s", "g", "a", time.Minute, []string{"1-0"},
			redpoll.LastDelivered(time.Now().Add(-time.Hour))))

		t.Want(1)(t.Client.XDel(ctx, "s", "2-0"))
		t.Want(redpoll.StreamClaimedEntries{Next: "2-0",
			Entries: []redpoll.StreamEntry{entry("1-0", "f", "1-0")}, Deleted: []string{}})(
			t.Client.XAutoClaim(ctx, "s", "g", "c", 0, "0", redpoll.Count(1)))
		t.Want(redpoll.StreamClaimedIDs{Next: "0-0", IDs: []string{"3-0"}, Deleted: []string{"2-0"}})(
			t.Client.XAutoClaimJustID(ctx, "s", "g", "c", 0, "2-0"))
		t.Want([]redpoll.StreamEntry{entry("1-0", "f", "1-0")})(
			t.Client.XClaim(ctx, "s", "g", "d", 0, []string{"1-0"}, redpoll.Force, redpoll.LastID("3-0")))
	})
}

func TestXInfo(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		add(t, "s", "1-0", "2-0", "3-0")
		t.Want(1)(t.Client.XDel(ctx, "s", "1-0"))
		t.OK(t.Client.XGroupCreate(ctx, "s", "g", "0"))
		before := time.Now().Add(-time.Second)
		_, err := t.Client.XReadGroup(ctx, "g", "c", from("s", ">"), redpoll.Count(1))
		t.OK(err)

		info, err := t.Client.XInfoStream(ctx, "s")
		stats := redpoll.StreamStats{Length: 2, RadixTreeKeys: 1, RadixTreeNodes: 2, LastGeneratedID: "3-0",
			MaxDeletedEntryID: "1-0",
			EntriesAdded:      3, RecordedFirstEntryID: "2-0"}
		want := redpoll.StreamInfo{StreamStats: stats, Groups: 1}
		want.First.V, want.First.Valid = entry("2-0", "f", "2-0"), true
		want.Last.V, want.Last.Valid = entry("3-0", "f", "3-0"), true
		t.Want(want)(info, err)

		full, err := t.Client.XInfoStreamFull(ctx, "s", 1)
		if err != nil || !reflect.DeepEqual(full.StreamStats, stats) || full.Extra != nil ||
			len(full.Entries) != 1 || len(full.Groups) != 1 {
			t.Fatalf("got %+v and %v", full, err)
		}
		g := full.Groups[0]
		if g.Name != "g" || g.LastDeliveredID != "2-0" || g.PELCount != 1 || g.Extra != nil ||
			len(g.Pending) != 1 || len(g.Consumers) != 1 {
			t.Fatalf("got the group %+v", g)
		}
		p := g.Pending[0]
		if p.ID != "2-0" || p.Consumer != "c" || p.Deliveries != 1 || p.Delivered.Before(before) ||
			p.Delivered.After(time.Now()) {
			t.Errorf("got the pending entry %+v", p)
		}
		c := g.Consumers[0]
		if c.Name != "c" || c.PELCount != 1 || c.Extra != nil || c.SeenTime.Before(before) ||
			len(c.Pending) != 1 || c.Pending[0].ID != "2-0" || c.Pending[0].Deliveries != 1 {
			t.Errorf("got the consumer %+v", c)
		}

		groups, err := t.Client.XInfoGroups(ctx, "s")
		if err != nil || len(groups) != 1 || groups[0].Extra != nil || groups[0].Consumers != 1 ||
			groups[0].Pending != 1 || groups[0].LastDeliveredID != "2-0" {
			t.Errorf("got the groups %+v and %v", groups, err)
		}
		consumers, err := t.Client.XInfoConsumers(ctx, "s", "g")
		if err != nil || len(consumers) != 1 || consumers[0].Extra != nil || consumers[0].Name != "c" ||
			consumers[0].Pending != 1 || consumers[0].Idle > time.Minute {
			t.Errorf("got the consumers %+v and %v", consumers, err)
		}
		t.Is(redpoll.ErrRefused)(t.Client.XInfoStream(ctx, "none"))
		t.Want(2)(t.Client.XTrim(ctx, "s", redpoll.MaxLen(0)))
		info, err = t.Client.XInfoStream(ctx, "s")
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
