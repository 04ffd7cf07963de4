package route

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/slot"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// shard is a range of slots with its nodes, the primary first, each with its zone behind a slash.
type shard struct {
	first, last int
	nodes       []string
}

// sayShards sets what all nodes answer to CLUSTER SLOTS. Nodes are "2", or "2/zone"; "9" is down.
func (p *played) sayShards(shards ...shard) {
	answer := fmt.Sprintf("*%d\r\n", len(shards))
	for _, s := range shards {
		answer += fmt.Sprintf("*%d\r\n:%d\r\n:%d\r\n", 2+len(s.nodes), s.first, s.last)
		for _, node := range s.nodes {
			number, zone, _ := strings.Cut(node, "/")
			i := int(number[0] - '0')
			host, port := "127.0.0.1", "1" // nobody listens there
			if i < len(p.nodes) {
				host, port, _ = net.SplitHostPort(p.addr(i))
			}
			answer += fmt.Sprintf("*4\r\n$%d\r\n%s\r\n:%s\r\n$1\r\n%c\r\n*2\r\n$17\r\navailability-zone\r\n$%d\r\n%s\r\n",
				len(host), host, port, 'a'+i, len(zone), zone)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.layouts {
		p.layouts[i] = answer
	}
}

// Nodes 0 and 1 are primaries, 2 and 4 replicas of 0, 3 and 5 of 1; 0, 2 and 3 are in zone x.
func (p *played) replicated() {
	p.sayShards(shard{0, 8191, []string{"0/x", "2/x", "4/y"}},
		shard{8192, slot.Count - 1, []string{"1/y", "3/x", "5/y"}})
}

// playReads plays a cluster with replicas. Each node answers with its number, and lists in lists; answer may
// give other replies.
func playReads(t *testing.T, reads Reads, answer func(node int, args []string) string) *played {
	t.Helper()
	p := playCluster(t, 6, func(node int, args []string) string {
		if answer != nil {
			if reply := answer(node, args); reply != "" {
				return reply
			}
		}
		switch args[0] {
		case "READONLY":
			return "+OK\r\n"
		case "MGET":
			return fmt.Sprintf("*%d\r\n", len(args)-1) + strings.Repeat(fmt.Sprintf("+%d\r\n", node), len(args)-1)
		}
		return fmt.Sprintf("+%d\r\n", node)
	})
	p.cfg.Reads = reads
	p.replicated()
	return p
}

// from returns which nodes have answered n reads of a key, in ascending order.
func (p *played) from(t *testing.T, n int, key string) string {
	t.Helper()
	var nodes []string
	for range n {
		if node := p.run(t.Context(), "GET", key); !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return strings.Join(nodes, "")
}

// Plain reads go to the servers of the policy, over connections that say READONLY first. All else, and reads
// whose context says so, goes to the primary.
//
// Covers: R01, R11
func TestClusterReads(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reads Reads
		want  string // of foo, whose primary is node 1
		mget  []string
	}{
		"primary": {Reads{}, "+1", []string{"*2|+0|+1"}},
		"prefer":  {Reads{From: PreferReplica}, "+3+5", []string{"*2|+2|+3", "*2|+2|+5", "*2|+4|+3", "*2|+4|+5"}},
		"replica": {Reads{From: FromReplica}, "+3+5", []string{"*2|+2|+3", "*2|+2|+5", "*2|+4|+3", "*2|+4|+5"}},
		"nearest": {Reads{From: FromNearest}, "+1+3+5", nil},
		"zone x":  {Reads{From: FromZone, Zone: "x"}, "+3", []string{"*2|+2|+3"}},
		"zone y":  {Reads{From: FromZone, Zone: "y"}, "+5", []string{"*2|+4|+5"}},
		"no zone": {Reads{From: FromZone, Zone: "z"}, "+3+5", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := playReads(t, tt.reads, nil)
			if got := p.from(t, 200, "foo"); got != tt.want {
				t.Errorf("reads of foo were answered by %s, want %s", got, tt.want)
			}
			got := shown(p.run(t.Context(), "MGET", "bar", "foo"))
			if tt.mget != nil && !slices.Contains(tt.mget, got) {
				t.Errorf("MGET: %s, want one of %v", got, tt.mget)
			}
			for _, args := range [][]string{
				{"SET", "foo", "v"}, {"HSCAN", "foo", "0"}, {"EVAL", "s", "1", "foo"}, {"BLPOP", "foo", "1"},
			} {
				if got := p.run(t.Context(), args...); got != "+1" {
					t.Errorf("%v went to %s", args, got)
				}
			}
			c := newTextCall("GET", "foo")
			if gone := Do(OnPrimary(t.Context()), p, &c.call); gone != nil || c.outcome() != "+1" {
				t.Errorf("a read from the primary: %v, %s", gone, c.outcome())
			}
			b := newBatch("GET foo", "GET bar", "GET foo")
			p.Batch(t.Context(), b)
			fromPrimary := strings.Contains(p.heard(1), "GET foo|GET foo")
			want := tt.reads.From == FromPrimary
			if b.Refused() || fromPrimary != want && !tt.reads.primaryToo() {
				t.Errorf("a pipeline: refused %v, from the primary %v", b.Refused(), fromPrimary)
			}
			for i := 2; i < 6; i++ {
				for _, session := range p.nodes[i].Sessions() {
					if strings.Contains(session, "GET") && !strings.HasPrefix(session, "READONLY") {
						t.Errorf("a connection to a replica heard %q", session)
					}
				}
			}
			if got := p.heard(0) + p.heard(1); strings.Contains(got, "READONLY") {
				t.Errorf("a connection to a primary heard READONLY")
			}
		})
	}
}

func shown(reply string) string {
	return strings.TrimSuffix(strings.ReplaceAll(reply, "\r\n", "|"), "|")
}

// A read that a context sends to one server goes there also before the map is known, and before there is a
// connection to it.
func TestClusterReadsOnNode(t *testing.T) {
	t.Parallel()
	for _, node := range []int{2, 4} {
		p := playReads(t, Reads{From: PreferReplica}, nil)
		for range 2 {
			c := newTextCall("GET", "bar")
			gone := Do(OnNode(t.Context(), p.addr(node)), p, &c.call)
			if want := fmt.Sprintf("+%d", node); gone != nil || c.outcome() != want {
				t.Errorf("%v, %s, want %s", gone, c.outcome(), want)
			}
		}
	}
}

// A replica that cannot answer is passed over: for another one, and then for the primary; with FromReplica
// the primary is not asked.
//
// Covers: R03, R05
func TestClusterReadsPassOver(t *testing.T) {
	t.Parallel()
	const loading = "-LOADING Redis is loading the dataset in memory\r\n"
	for name, tt := range map[string]struct {
		refusal string
		strict  bool
		down    []int // nodes that refuse
		want    string
	}{
		"one loads":         {loading, false, []int{3}, "+5"},
		"both load":         {loading, false, []int{3, 5}, "+1"},
		"one lost":          {"-MASTERDOWN Link with MASTER is down\r\n", true, []int{5}, "+3"},
		"one hangs up":      {"hang up", true, []int{3}, "+5"},
		"both hang up":      {"hang up", false, []int{3, 5}, "+1"},
		"one knows nothing": {"own primary", true, []int{3}, "+5"},
		"both know nothing": {"own primary", false, []int{3, 5}, "+1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads := Reads{From: PreferReplica}
			if tt.strict {
				reads.From = FromReplica
			}
			var p *played
			p = playReads(t, reads, func(node int, args []string) string {
				switch {
				case args[0] != "GET" || !slices.Contains(tt.down, node):
					return ""
				case tt.refusal == "own primary":
					return p.redirect("MOVED", args[1], 1)
				}
				return tt.refusal
			})
			if got := p.from(t, 20, "foo"); got != tt.want {
				t.Errorf("reads were answered by %s, want %s", got, tt.want)
			}
			b := newBatch("GET foo", "GET foo")
			p.Batch(t.Context(), b)
			if b.Refused() || b.gone != nil {
				t.Errorf("a pipeline: %q, %v", b.refusals, b.gone)
			}
			if tt.strict && strings.Contains(p.heard(1), "GET") {
				t.Error("the primary was asked")
			}
		})
	}
}

// A redirect from a replica says that another primary has the slot: its replicas answer from then on.
// Replicas that have left the map are asked nothing more, and their connections end.
func TestClusterReadsFollow(t *testing.T) {
	t.Parallel()
	var p *played
	p = playReads(t, Reads{From: FromReplica}, func(node int, args []string) string {
		if args[0] == "GET" && args[1] == "bar" && (node == 2 || node == 4) {
			return p.redirect("MOVED", "bar", 1)
		}
		return ""
	})
	if got := p.from(t, 20, "bar"); got != "+3+5" {
		t.Errorf("the reads of a slot that has moved were answered by %s", got)
	}
	if n := strings.Count(p.heard(2)+p.heard(4), "GET bar"); n != 1 {
		t.Errorf("the old replicas were asked %d times", n)
	}
	p.sayShards(shard{0, slot.Count - 1, []string{"1", "3"}})
	if err := p.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.from(t, 20, "foo") + p.from(t, 20, "hello"); got != "+3+3" {
		t.Errorf("reads were answered by %s", got)
	}
	redpolltest.Await(t, "the connections to the others end", func() bool {
		return p.nodes[2].Open()+p.nodes[4].Open()+p.nodes[5].Open() == 0
	})
}

// A server that cannot be reached costs no read: the others answer, be it a replica or, with FromNearest, the
// primary. Without any replica the primary answers, or with FromReplica the error says so.
func TestClusterReadsUnreachable(t *testing.T) {
	t.Parallel()
	nearest := playReads(t, Reads{From: FromNearest}, nil)
	nearest.sayShards(shard{0, slot.Count - 1, []string{"9/y", "3/x", "5/y"}})
	if got := nearest.from(t, 200, "foo"); got != "+3+5" {
		t.Errorf("the primary is down, and reads are answered by %s", got)
	}
	for _, reads := range []Reads{{From: PreferReplica}, {From: FromReplica}, {From: FromZone, Zone: "x"}} {
		p := playReads(t, reads, nil)
		p.sayShards(shard{0, slot.Count - 1, []string{"1/y", "9/x", "5/y"}})
		if got := p.from(t, 20, "foo"); got != "+5" {
			t.Errorf("%v: one replica is down, and reads are answered by %s", reads, got)
		}
		p = playReads(t, reads, nil)
		p.sayShards(shard{0, slot.Count - 1, []string{"1/y", "9/x"}})
		if reads.From != FromReplica {
			if got := p.from(t, 20, "foo"); got != "+1" {
				t.Errorf("%v: no replica is up, and reads are answered by %s", reads, got)
			}
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := p.run(ctx, "GET", "foo")
		if !strings.Contains(got, "neither a replica") && !strings.Contains(got, "deadline") ||
			strings.Contains(p.heard(1), "GET") {
			t.Errorf("%v: no replica is up: %s; the primary heard %s", reads, got, p.heard(1))
		}
	}
}

// Changed also tells of replicas that come and go; the log hears of primaries alone. Nodes has
// the pools of all servers.
func TestClusterNews(t *testing.T) {
	t.Parallel()
	p := playReads(t, Reads{From: PreferReplica}, nil)
	var log strings.Builder
	p.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	p.from(t, 4, "foo")
	p.run(t.Context(), "SET", "foo", "v")
	look := func() (changed bool) {
		t.Helper()
		news := p.Changed()
		if err := p.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-news:
			return true
		default:
			return false
		}
	}
	if look() {
		t.Error("the same map is news")
	}
	if n := len(p.Nodes()); n != 6 {
		t.Errorf("%d pools, want those of 2 primaries and 4 replicas", n)
	}
	p.sayShards(shard{0, 8191, []string{"0", "4"}}, shard{8192, slot.Count - 1, []string{"1", "5", "3"}})
	if !look() || log.String() != "" {
		t.Errorf("a replica has left: logged %q", log.String())
	}
	p.sayShards(shard{0, 8191, []string{"4", "0"}}, shard{8192, slot.Count - 1, []string{"1", "5", "3"}})
	if !look() || !strings.Contains(log.String(), "new=["+p.addr(4)+"] gone=["+p.addr(0)+"]") {
		t.Errorf("a failover: logged %q", log.String())
	}
	if got := p.run(t.Context(), "SET", "bar", "v"); got != "+4" {
		t.Errorf("a write went to %s", got)
	}
}
