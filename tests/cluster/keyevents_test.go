package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// told sets keys, and demands that the event of each comes once, told by the owner of its slot. Events of
// keys that were set before, while nobody could be sure to hear of them, may come too.
func told(t *testing.T, ctx context.Context, rdb *redpoll.Client, clu *redpolltest.Cluster,
	ev *redpoll.KeyEvents, prefix string) {
	t.Helper()
	left := map[string]string{}
	for i := range 60 {
		key := fmt.Sprint(prefix, i)
		no(t, "SET", rdb.Set(ctx, key, i))
		left[key] = clu.Owner(clu.Slot(key)).AnnouncedAddr()
	}
	for len(left) > 0 {
		e, err := ev.Next(ctx)
		if err != nil {
			t.Fatalf("%d events of %s are missing: %v", len(left), prefix, err)
		}
		if e.Kind == redpoll.KindMessage && !strings.HasPrefix(e.Key, prefix) {
			continue
		}
		if owner := left[e.Key]; e.Kind != redpoll.KindMessage || e.Event != "set" || e.Node != owner {
			t.Fatalf("got %+v with %v, want an event of %q", e, e.Gap, owner)
		}
		delete(left, e.Key)
	}
}

// restored reads until all is in force again, and returns the nodes of the gaps before.
func restored(t *testing.T, ctx context.Context, ev *redpoll.KeyEvents) map[string]bool {
	t.Helper()
	nodes := map[string]bool{}
	for {
		e, err := ev.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var ce *redpoll.ConnError
		switch {
		case e.Kind == redpoll.KindRestored:
			return nodes
		case e.Kind == redpoll.KindGap && errors.As(e.Gap.Err, &ce):
			nodes[ce.Node] = true
		}
	}
}

// settings are notify-keyspace-events of nodes.
func settings(nodes []*redpolltest.ClusterNode) (list []string) {
	for _, n := range nodes {
		list = append(list, strings.Trim(fmt.Sprint(n.Do("CONFIG", "GET", "notify-keyspace-events")), "[]"))
	}
	return list
}

// Events of the keys of all primaries come, each once, also through two names, and behind a failover and a
// new primary. The setting is turned on at each of them.
//
// Covers: P28
func TestKeyEventsOfAllPrimaries(t *testing.T) {
	t.Parallel()
	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Replicas: 1})
	ctx, rdb := connect(t, clu)
	options := redpoll.KeyEventsOptions{Patterns: []string{"*", "k*"}, Events: []string{"set"}}
	_, err := rdb.KeyEvents(ctx, options)
	var unset *redpoll.KeyEventsError
	if !errors.As(err, &unset) || !strings.Contains(strings.Join(clu.Addrs(), " "), unset.Node) {
		t.Fatalf("without the setting: %v", err)
	}
	options.Enable = true
	ev, err := rdb.KeyEvents(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	defer ev.Close()
	for _, setting := range settings(clu.Primaries()) {
		if !strings.Contains(setting, "K") {
			t.Errorf("a primary has %q", setting)
		}
	}
	if !ev.Checked() {
		t.Error("not checked")
	}
	told(t, ctx, rdb, clu, ev, "k")

	victim := clu.Primaries()[0]
	victim.Kill()
	heir := clu.AwaitFailOver(victim)
	nodes := restored(t, ctx, ev)
	if !nodes[victim.AnnouncedAddr()] || !nodes[heir.AnnouncedAddr()] {
		t.Errorf("the gap named %v, want %s and %s", nodes, victim.AnnouncedAddr(), heir.AnnouncedAddr())
	}
	if setting := settings([]*redpolltest.ClusterNode{heir})[0]; !strings.Contains(setting, "K") {
		t.Errorf("the new primary has %q", setting)
	}
	told(t, ctx, rdb, clu, ev, "k2-")

	added := clu.AddPrimary()
	clu.MoveSlots(added, redpolltest.SlotRange{First: 100, Last: 110})
	for i := 0; ; i++ { // a call that is redirected there shows the client that it exists
		if key := fmt.Sprint("x", i); clu.Owner(clu.Slot(key)) == added {
			no(t, "DEL", rdb.Set(ctx, key, "v"))
			break
		}
	}
	if nodes := restored(t, ctx, ev); !nodes[added.AnnouncedAddr()] {
		t.Errorf("the gap named %v, want %s", nodes, added.AnnouncedAddr())
	}
	told(t, ctx, rdb, clu, ev, "k3-")
}
