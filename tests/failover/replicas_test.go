package failover_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Connections of a client for replicas go to the replicas in turn, beginning with any of them. A write is
// refused there, once and for good.
//
// Covers: F305, F308, F317
func TestReplicasInTurn(t *testing.T) {
	first := map[string]bool{}
	for range 20 {
		play(t, func(t *testing.T, w *world) {
			rdb := w.open(t, w.options()).ReplicaFor("m")
			w.data["k"] = "v"
			var order []string
			for range 4 {
				for _, addr := range []string{a, b, c} {
					w.set(func() { w.nodes[addr].heard = nil })
				}
				if got := text(t, rdb, "k"); got != "v" {
					t.Errorf("got %q", got)
				}
				for _, addr := range []string{a, b, c} {
					if w.at(addr).count("GET") > 0 {
						order = append(order, addr)
					}
				}
				rdb.Reset()
			}
			if len(order) != 4 || order[0] == order[1] || order[0] != order[2] || order[1] != order[3] ||
				slices.Contains(order, a) {
				t.Errorf("the reads went to %v", order)
			}
			first[order[0]] = true
			began := time.Now()
			is(t, rdb.Set(ctx, "k", "2"), redpoll.ErrReadOnly, redpoll.ErrRefused)
			testkit.Took(t, "the refusal of a write", began, 0, 100*time.Millisecond)
		})
	}
	if len(first) != 2 {
		t.Errorf("all clients began with %v", first)
	}
}

// A replica that is dead in any way is passed over, and the primary serves if there is no other. Only when
// that one fails too there is an error.
//
// Covers: F309, F310, F311, F312
func TestDeadReplicasArePassedOver(t *testing.T) {
	for name, s := range map[string]state{"refuses": refuses, "hole": hole, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				sen := w.open(t, w.options())
				w.data["k"] = "v"
				w.turn(s, b)
				for range 4 {
					rdb := sen.ReplicaFor("m")
					began := time.Now()
					text(t, rdb, "k")
					testkit.Took(t, "a read beside a dead replica", began, 0, time.Second)
					ok(t, rdb.Close())
				}
				if w.at(c).count("GET") != 4 || w.at(a).count("GET") > 0 {
					t.Errorf("the primary had %d reads", w.at(a).count("GET"))
				}
				w.turn(s, c)
				rdb := sen.ReplicaFor("m")
				text(t, rdb, "k")
				ok(t, rdb.Set(ctx, "k", "2"))
				if n := w.at(a).count("GET"); n != 1 {
					t.Errorf("the primary had %d reads", n)
				}
				ok(t, rdb.Close())
				w.turn(refuses, a, x, y, z)
				short, cancel := context.WithTimeout(ctx, 3*time.Second)
				defer cancel()
				_, err := sen.ReplicaFor("m").Get(short, "k")
				is(t, err, redpoll.ErrNoReplica, redpoll.ErrNotSent, context.DeadlineExceeded)
			})
		})
	}
}

// reads counts the plain reads of servers and forgets them.
func (w *world) reads(addrs ...string) (n int) {
	for _, addr := range addrs {
		n += w.at(addr).count("GET")
		w.set(func() { w.nodes[addr].heard = nil })
	}
	return n
}

// Plain reads go where the policy says. All else goes to the primary: writes, commands without keys,
// pipelines with a write, transactions, Conn, and reads whose context asks for it.
//
// Covers: R11, R12
func TestReadPolicies(t *testing.T) {
	for name, from := range map[string]redpoll.ReadFrom{
		"primary": redpoll.ReadPrimary, "prefer": redpoll.ReadPreferReplica, "replica": redpoll.ReadReplica,
		"nearest": redpoll.ReadNearest,
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				rdb := w.reading(t, from)
				ok(t, rdb.Set(ctx, "k", "v"))
				for range 300 {
					text(t, rdb, "k")
				}
				at := []int{w.reads(a), w.reads(b), w.reads(c)}
				want := map[redpoll.ReadFrom][]int{
					redpoll.ReadPrimary: {300, 0, 0}, redpoll.ReadPreferReplica: {0, 150, 150},
					redpoll.ReadReplica: {0, 150, 150}, redpoll.ReadNearest: {100, 100, 100},
				}[from]
				for i := range at {
					if d := at[i] - want[i]; d < -8 || d > 8 {
						t.Errorf("the servers had %v reads, want about %v", at, want)
						break
					}
				}
				_, err := rdb.DBSize(ctx)
				ok(t, err)
				text2, err := rdb.Get(redpoll.FromPrimary(ctx), "k")
				if ok(t, err); text2 != "v" {
					t.Errorf("got %q", text2)
				}
				p := rdb.Pipeline(redpoll.NoTransaction)
				p.Get("k")
				p.Incr("n")
				ok(t, p.Exec(ctx))
				one, err := rdb.Conn(ctx)
				ok(t, err)
				_, err = one.Get(ctx, "k")
				ok(t, err)
				ok(t, one.Close())
				if n := w.reads(a); n != 3 {
					t.Errorf("%d reads at the primary, want 3", n)
				}
				if n := w.at(b).count("DBSIZE") + w.at(c).count("DBSIZE") + w.reads(b, c); n > 0 {
					t.Errorf("%d commands at replicas", n)
				}
				p = rdb.Pipeline(redpoll.NoTransaction)
				p.Get("k")
				p.Get("k")
				ok(t, p.Exec(ctx))
				if n := w.reads(b, c); from != redpoll.ReadPrimary && from != redpoll.ReadNearest && n != 2 {
					t.Errorf("%d reads of a pipeline at replicas, want 2", n)
				}
			})
		})
	}
}

// Without a replica the strict policy gives an error and never asks the primary, and the other one does.
//
// Covers: R05
func TestReadsWithoutReplicas(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		strict, prefer := w.reading(t, redpoll.ReadReplica), w.reading(t, redpoll.ReadPreferReplica)
		ok(t, strict.Set(ctx, "k", "v"))
		read := func() error {
			short, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			_, err := strict.Get(short, "k")
			return err
		}
		reasons := map[string]string{
			"dead": b + " dial", "hole": c + " does not answer", "loading": "LOADING", "unknown": "none is known",
		}
		for name, change := range map[string]func(){
			"dead":    func() { w.turn(refuses, b, c) },
			"hole":    func() { w.turn(hole, b, c); w.at(b).cut(); w.at(c).cut() },
			"loading": func() { w.answers(b, "GET", loading); w.answers(c, "GET", loading) },
			"unknown": func() {
				w.say(func(v *view) { v.replicas = nil }, x, y, z)
				w.at(x).publish("-slave", "slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379")
				synctest.Wait()
			},
		} {
			w.say(func(v *view) { v.replicas = []record{{b, "slave", "ok"}, {c, "slave", "ok"}} }, x, y, z)
			w.at(x).publish("+slave", "slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379")
			testkit.Pass(5 * time.Second)
			change()
			err := read()
			switch name {
			case "loading":
				is(t, err, context.DeadlineExceeded)
			case "hole": // a pause would last beyond the deadline
				is(t, err, redpoll.ErrNoReplica)
			default:
				is(t, err, context.DeadlineExceeded, redpoll.ErrNoReplica, redpoll.ErrNotSent)
			}
			if !strings.Contains(err.Error(), reasons[name]) {
				t.Errorf("%s: %v, want %q in it", name, err, reasons[name])
			}
			if n := w.reads(a); n > 0 {
				t.Errorf("%s: %d reads at the primary", name, n)
			}
			if got := text(t, prefer, "k"); got != "v" || w.reads(a) != 1 {
				t.Errorf("%s: got %q", name, got)
			}
			w.turn(up, b, c)
			w.set(func() { w.nodes[b].answer, w.nodes[c].answer = nil, nil })
			testkit.Pass(5 * time.Second)
		}
	})
}

const loading = testkit.Refusal("LOADING Redis is loading the dataset in memory")

// A replica that cannot answer for now is left alone for a while, and not asked anew by each call.
//
// Covers: S19, R03
func TestReplicaThatCannotAnswer(t *testing.T) {
	for name, refusal := range map[string]testkit.Refusal{
		"loading":    loading,
		"masterdown": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
	} {
		for kind, from := range map[string]redpoll.ReadFrom{
			"strict": redpoll.ReadReplica, "prefer": redpoll.ReadPreferReplica,
			"nearest": redpoll.ReadNearest,
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					rdb := w.reading(t, from)
					ok(t, rdb.Set(ctx, "k", "v"))
					w.answers(b, "GET", refusal)
					w.reads(a, b, c)
					for range 100 {
						text(t, rdb, "k")
					}
					if n := w.reads(b); n != 1 {
						t.Errorf("%d reads at the replica that is not ready, want 1", n)
					}
					w.set(func() { w.nodes[b].answer = nil })
					testkit.Pass(2 * time.Second)
					for range 90 {
						text(t, rdb, "k")
					}
					if n := w.reads(b); n < 20 {
						t.Errorf("%d reads at the replica that is ready again", n)
					}
				})
			})
		}
	}
}

// A client for replicas passes over one that cannot answer for now. If none of them can, the primary answers,
// and the client goes back to the replicas soon after they can.
//
// Covers: F305, F311, S19
func TestReplicaForPassesOverTheUnready(t *testing.T) {
	for name, refusal := range map[string]testkit.Refusal{
		"loading":    loading,
		"masterdown": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.data["k"] = "v"
				w.answers(b, "GET", refusal)
				s := w.open(t, w.options())
				read := func(rdb *redpoll.Client) (at [3]int) {
					t.Helper()
					began := time.Now()
					for range 10 {
						text(t, rdb, "k")
					}
					testkit.Took(t, "ten reads", began, 0, 100*time.Millisecond)
					return [3]int{w.reads(a), w.reads(b), w.reads(c)}
				}
				for range 4 { // beginning with either of them
					rdb := s.ReplicaFor("m")
					if at := read(rdb); at[0] > 0 || at[1] > 1 || at[2] != 10 {
						t.Errorf("beside a replica that is not ready: %v reads", at)
					}
					p := rdb.Pipeline(redpoll.NoTransaction)
					p.Get("k")
					ok(t, p.Exec(ctx))
					w.reads(a, b, c)
					ok(t, rdb.Close())
				}
				rdb := s.ReplicaFor("m", func(o *redpoll.Options) { o.MaxConnAge = redpoll.Forever })
				w.answers(c, "GET", refusal)
				if at := read(rdb); at != [3]int{10, 1, 1} {
					t.Errorf("none of the replicas is ready: %v reads", at)
				}
				testkit.Pass(time.Minute)
				if at := read(rdb); at[0] != 10 || at[1]+at[2] > 3 {
					t.Errorf("none of the replicas is ready yet: %v reads", at)
				}
				w.set(func() { w.nodes[b].answer, w.nodes[c].answer = nil, nil })
				testkit.Pass(15 * time.Second)
				if at := read(rdb); at[0] > 0 {
					t.Errorf("the replicas are ready again: %v reads", at)
				}
				// The primary too cannot answer for now: the call waits.
				for _, addr := range []string{a, b, c} {
					w.answers(addr, "GET", refusal)
				}
				done := make(chan error)
				go func() { done <- testkit.Err(rdb.Get(ctx, "k")) }()
				testkit.Pass(5 * time.Second)
				if n := w.reads(a, b, c); n < 3 || n > 100 {
					t.Errorf("%d attempts in 5 s", n)
				}
				w.set(func() { w.nodes[c].answer = nil })
				ok(t, <-done)
			})
		})
	}
}

// A replica behind an address map that cannot answer is left alone, too.
func TestMappedReplicaThatCannotAnswer(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const outside = "203.0.113.2:6379"
		w.set(func() { w.nodes[outside] = w.nodes[b] })
		o := w.options()
		o.ReadFrom = redpoll.ReadReplica
		o.NodeAddr = func(info redpoll.NodeInfo) (string, string) {
			return map[string]string{b: outside}[info.Addr], ""
		}
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		w.answers(b, "GET", loading)
		for range 100 {
			text(t, rdb, "k")
		}
		if n := w.reads(b); n != 1 {
			t.Errorf("%d reads at the replica that is not ready, want 1", n)
		}
	})
}

// The nearest servers share the reads, and far ones have few of them. One that has become near again is
// found.
//
// Covers: R07
func TestNearest(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		slow := func(addr string, by time.Duration) {
			w.set(func() {
				w.nodes[addr].answer = func([]string) (string, bool) { testkit.Pass(by); return "", false }
			})
		}
		slow(a, 2*time.Millisecond)
		slow(b, 2*time.Millisecond)
		slow(c, 4*time.Millisecond)
		rdb := w.reading(t, redpoll.ReadNearest)
		ok(t, rdb.Set(ctx, "k", "v"))
		for range 1000 {
			text(t, rdb, "k")
		}
		if at := []int{w.reads(a), w.reads(b), w.reads(c)}; at[0] < 400 || at[1] < 400 || at[2] > 30 ||
			at[2] < 2 {
			t.Errorf("the servers had %v reads", at)
		}
		slow(c, time.Millisecond)
		for range 20_000 {
			text(t, rdb, "k")
		}
		w.reads(c)
		for range 100 {
			text(t, rdb, "k")
		}
		if n := w.reads(c); n < 90 {
			t.Errorf("the server that is the nearest now had %d reads of 100", n)
		}
	})
}

// Replicas that come, go, and come back are used and left when a Sentinel says so.
//
// Covers: S21
func TestReplicasComeAndGo(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const d = "10.0.0.4:6379"
		w.add(d, "slave")
		o := w.options()
		o.ReadFrom, o.CheckInterval = redpoll.ReadReplica, time.Hour
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		synctest.Wait()
		for _, tt := range []struct {
			event, who string
			list       []record
			used       string
		}{
			{"+slave", d, []record{{b, "slave", "ok"}, {c, "slave", "ok"}, {d, "slave", "ok"}}, b + c + d},
			{"+sdown", b, []record{{b, "s_down,slave", "ok"}, {c, "slave", "ok"}, {d, "slave", "ok"}}, c + d},
			{"-sdown", b, []record{{b, "slave", "ok"}, {c, "slave", "ok"}, {d, "slave", "ok"}}, b + c + d},
			{"+convert-to-slave", c, []record{{c, "slave", "ok"}}, c},
			{"-slave", c, []record{{d, "slave", "ok"}}, d},
		} {
			w.say(func(v *view) { v.replicas = tt.list }, x, y, z)
			w.at(y).publish(tt.event, "slave "+tt.who+" "+blank(tt.who)+" @ m "+blank(a))
			synctest.Wait()
			w.reads(b, c, d)
			for range 12 {
				text(t, rdb, "k")
			}
			for _, addr := range []string{b, c, d} {
				if used := w.reads(addr) > 0; used != strings.Contains(tt.used, addr) {
					t.Errorf("%s of %s: %s is used: %v", tt.event, tt.who, addr, used)
				}
			}
			if n := len(rdb.Nodes()); n != 1+len(tt.used)/len(b) {
				t.Errorf("%s: %d nodes", tt.event, n)
			}
		}
		testkit.Pass(time.Minute)
		if n := len(w.at(b).links) + len(w.at(c).links); n > 0 {
			t.Errorf("%d connections to servers that are not used", n)
		}
	})
}

// A client for replicas leaves one that a Sentinel takes for down, although its connection is well.
//
// Covers: S21
func TestReplicaForLeavesReplicas(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.CheckInterval = time.Hour
		rdb := w.open(t, o).ReplicaFor("m")
		w.data["k"] = "v"
		text(t, rdb, "k")
		synctest.Wait()
		from, to := b, c
		if w.reads(c) > 0 {
			from, to = c, b
		}
		w.reads(b)
		w.say(func(v *view) {
			v.replicas = []record{{from, "s_down,slave", "ok"}, {to, "slave", "ok"}}
		}, x, y, z)
		w.at(y).publish("+sdown", "slave "+from+" "+blank(from)+" @ m "+blank(a))
		synctest.Wait()
		if text(t, rdb, "k"); w.reads(to) != 1 || w.reads(from) > 0 {
			t.Errorf("the read did not go to %s", to)
		}
	})
}

// While the primary is down, and nobody knows another one, replicas go on answering reads.
func TestReadsDuringAFailover(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.reading(t, redpoll.ReadPreferReplica)
		ok(t, rdb.Set(ctx, "k", "v"))
		w.turn(refuses, a, x, y)
		w.say(func(v *view) { v.flags = "master,o_down" }, z)
		write := make(chan error)
		go func() { write <- rdb.Set(ctx, "other", "v") }()
		testkit.Pass(time.Second)
		began := time.Now()
		for range 100 {
			text(t, rdb, "k")
		}
		testkit.Took(t, "100 reads", began, 0, 100*time.Millisecond)
		<-write // its connection was cut: it may have run
		w.say(func(v *view) { v.flags = "master" }, z)
		w.demote(a, b)
		w.know(a, b, 2, z)
		ok(t, rdb.Set(ctx, "k", "2"))
	})
}

// Reads for which the primary is one of several servers do not wait for a primary that is gone: one call at a
// time looks whether it is back, and that not often.
func TestReadsNearADeadPrimary(t *testing.T) {
	for name, s := range map[string]state{"refuses": refuses, "hole": hole} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.set(func() {
					for _, addr := range []string{b, c} { // a is the nearest one
						w.nodes[addr].answer = func([]string) (string, bool) {
							testkit.Pass(time.Millisecond)
							return "", false
						}
					}
				})
				o := w.options()
				o.ReadFrom = redpoll.ReadNearest
				rdb := w.open(t, o).MasterFor("m")
				ok(t, rdb.Set(ctx, "k", "v"))
				for range 100 {
					text(t, rdb, "k")
				}
				w.turn(s, a)
				w.say(func(v *view) { v.flags = "master,o_down" }, x, y, z)
				var late atomic.Int64
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for range 500 {
							began := time.Now()
							_, err := rdb.Get(ctx, "k")
							ok(t, err)
							//houserules:ok clock: virtual time
							if time.Since(began) > 100*time.Millisecond {
								late.Add(1)
							}
							testkit.Pass(9 * time.Millisecond)
						}
					})
				}
				all.Wait()
				if n := late.Load(); n > 8+6 { // each reader once, when nobody knew, and one each second
					t.Errorf("%d of 4000 reads waited", n)
				}
				w.say(func(v *view) { v.flags = "master" }, x, y, z)
				w.move(a, b, 2)
				w.reads(b)
				for range 1000 {
					text(t, rdb, "k")
				}
				if n := w.reads(b); n < 100 {
					t.Errorf("the new primary had %d reads", n)
				}
			})
		})
	}
}

// fixed makes a client for servers that no Sentinel watches.
func (w *world) fixed(t testing.TB, o redpoll.ReplicatedOptions) *redpoll.Client {
	t.Helper()
	if o.Addrs == nil {
		o.Addrs = []string{b, c, a}
	}
	o.Node.Dialer = w.Dial
	rdb, err := redpoll.NewReplicated(o)
	ok(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// Without Sentinels the servers are asked for their roles. A promotion by hand is noticed when a write is
// refused, when the primary dies, and from time to time.
func TestRolesWithoutSentinels(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.fixed(t, redpoll.ReplicatedOptions{ReadFrom: redpoll.ReadReplica})
		if n := w.at(a).dials + w.at(b).dials; n > 0 {
			t.Errorf("%d connections before the first call", n)
		}
		ok(t, rdb.Set(ctx, "k", "1"))
		text(t, rdb, "k")
		if w.at(a).count("SET") != 1 || w.reads(b, c) != 1 {
			t.Errorf("the primary heard %q", w.at(a).heard)
		}
		w.demote(a, b) // a write is refused
		ok(t, rdb.Set(ctx, "k", "2"))
		if n := w.at(b).count("SET"); n != 1 {
			t.Errorf("%d writes at the new primary", n)
		}
		w.turn(refuses, b) // the primary dies
		notice(rdb)
		w.set(func() { w.nodes[c].role = "master" })
		ok(t, rdb.Set(ctx, "k", "3"))
		w.set(func() { w.nodes[b].role = "slave" })
		w.turn(up, b)
		w.demote(c, a) // nobody writes
		testkit.Pass(time.Minute)
		if got := rdb.Nodes()[0]; got.Addr != a || got.Role != redpoll.RolePrimary || len(rdb.Nodes()) != 3 {
			t.Errorf("the nodes are %+v", rdb.Nodes())
		}
		if n := len(w.at(c).links); n > 2 { // for questions and for reads
			t.Errorf("%d connections to a server that is idle", n)
		}
		if got, want := rdb.String(), "service="+b+","+c+","+a+",role=primary"; !strings.Contains(got, want) {
			t.Errorf("shown as %s", got)
		}
	})
}

// Without Sentinels a replica that has lost its primary is not used for reads.
//
// Covers: R12
func TestReplicaWithoutItsPrimary(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.answers(c, "ROLE", []any{"slave", "10.0.0.1", 6379, "connect", -1})
		rdb := w.fixed(t, redpoll.ReplicatedOptions{ReadFrom: redpoll.ReadReplica})
		ok(t, rdb.Set(ctx, "k", "v"))
		for range 10 {
			text(t, rdb, "k")
		}
		if at := [2]int{w.reads(b), w.reads(c)}; at != [2]int{10, 0} {
			t.Errorf("the replicas had %v reads", at)
		}
	})
}

// A name that leads to several servers stands for all of them, and is looked up again: replicas that are
// added and removed behind it are noticed.
//
// Covers: R09
func TestNameOfSeveralServers(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		var replicas []string // their hosts
		var err error
		rdb := w.fixed(t, redpoll.ReplicatedOptions{
			Addrs: []string{"primary.example:6379", "readers.example:6379"}, ReadFrom: redpoll.ReadReplica,
			CheckInterval: 2 * time.Second,
			LookupHost: func(_ context.Context, host string) (addrs []string, lost error) {
				w.set(func() {
					if addrs, lost = replicas, err; host == "primary.example" {
						addrs, lost = []string{"10.0.0.1"}, nil
					}
				})
				return addrs, lost
			},
		})
		for _, list := range [][]string{{"10.0.0.2", "10.0.0.3"}, {"10.0.0.3"}, {"10.0.0.2", "10.0.0.1"}} {
			w.set(func() { replicas = list })
			testkit.Pass(10 * time.Second)
			ok(t, rdb.Set(ctx, "k", "v"))
			w.reads(a, b, c)
			for range 10 {
				text(t, rdb, "k")
			}
			for _, addr := range []string{a, b, c} {
				host, _, _ := strings.Cut(addr, ":")
				if used := w.reads(addr) > 0; used != (addr != a && slices.Contains(list, host)) {
					t.Errorf("the name leads to %v, and %s is used for reads: %v", list, addr, used)
				}
			}
		}
		// While the name cannot be looked up the servers of the last time count.
		w.set(func() { err = errors.New("no such host") })
		testkit.Pass(10 * time.Second)
		text(t, rdb, "k")
		if n := w.reads(b); n != 1 {
			t.Errorf("%d reads at the replica", n)
		}
		w.turn(refuses, a)
		notice(rdb)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		lost := rdb.Set(short, "k", "v")
		is(t, lost, redpoll.ErrNoPrimary, redpoll.ErrNotSent)
		if !strings.Contains(lost.Error(), "readers.example:6379 no such host") {
			t.Errorf("the error is %v", lost)
		}
	})
}

// Of two primaries the one that was it before stays for as long as it answers, even if it is the slower one.
func TestTwoPrimaries(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.fixed(t, redpoll.ReplicatedOptions{CheckInterval: 2 * time.Second})
		ok(t, rdb.Set(ctx, "k", "1"))
		w.set(func() {
			w.nodes[b].role = "master"
			w.nodes[a].answer = func([]string) (string,
				bool) {
				testkit.Pass(400 * time.Millisecond)
				return "", false
			}
		})
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "2"))
		if n := w.at(b).count("SET"); n > 0 {
			t.Errorf("%d writes at the second primary", n)
		}
		w.set(func() { w.nodes[a].answer = nil })
		w.turn(refuses, a)
		notice(rdb)
		ok(t, rdb.Set(ctx, "k", "3"))
		w.turn(up, a)
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "4"))
		if n := w.at(b).count("SET"); n != 2 {
			t.Errorf("%d writes at the server that is the primary now", n)
		}
	})
}

// Servers that give no role, or none that is known, are named with their reasons.
func TestNoPrimaryWithoutSentinels(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const d = "10.0.0.4:6379"
		w.add(d, "slave")
		w.set(func() { w.nodes[a].role = "sentinel" })
		w.answers(b, "ROLE", testkit.Refusal("NOPERM this user has no permissions to run the 'role' command"))
		w.turn(refuses, c)
		rdb := w.fixed(t, redpoll.ReplicatedOptions{Addrs: []string{a, b, c, d}})
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		err := rdb.Set(short, "k", "v")
		is(t, err, redpoll.ErrNoPrimary, redpoll.ErrNotSent, redpoll.ErrNoPerm)
		for _, want := range []string{
			a + " is a Sentinel: NewSentinel makes", b + " NOPERM", c + " dial",
			d + " is a replica of 10.0.0.1:6379",
		} {
			if !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("the error is %v, want %q in it", err, want)
			}
		}
		if strings.Contains(err.Error(), "not among the addresses") {
			t.Errorf("the error is %v", err)
		}
		w.set(func() { w.nodes[a].role = "slave" })
		rdb = w.fixed(t, redpoll.ReplicatedOptions{Addrs: []string{d}})
		short, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
		err = rdb.Set(short, "k", "v")
		is(t, err, redpoll.ErrNoPrimary)
		if want := d + " is a replica of 10.0.0.1:6379, which is not among the addresses"; !strings.Contains(
			err.Error(), want) {
			t.Errorf("the error is %v", err)
		}
		rdb = w.fixed(t, redpoll.ReplicatedOptions{Addrs: []string{a, b, c, d}})
		for _, nonsense := range []any{1, nil, []any{}, []any{1}, []any{"slave", "h"}, []any{nil},
			[]any{"slave", nil, 1, "connected", 0}, []any{"strange", "h", 1, "connected", 0},
			testkit.Status("OK")} {
			w.set(func() {
				w.nodes[a].answer = func(words []string) (string, bool) {
					return testkit.Reply(2, nonsense), words[0] == "ROLE"
				}
			})
			short, cancel := context.WithTimeout(ctx, time.Second)
			is(t, rdb.Set(short, "k", "v"), redpoll.ErrNoPrimary)
			cancel()
		}
	})
}

// The drain of a client with replicas ends all of it, and nothing is left.
func TestDrainWithReplicas(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.reading(t, redpoll.ReadPreferReplica)
		ok(t, rdb.Set(ctx, "k", "v"))
		gate := make(chan struct{})
		slowly := func(words []string) (string, bool) {
			if words[0] == "GET" {
				<-gate
			}
			return "", false
		}
		w.set(func() { w.nodes[b].answer, w.nodes[c].answer = slowly, slowly })
		reads := make(chan error)
		for range 4 {
			go func() { reads <- testkit.Err(rdb.Get(ctx, "k")) }()
		}
		synctest.Wait()
		drained := make(chan error)
		go func() { drained <- rdb.Drain(ctx) }()
		synctest.Wait()
		is(t, testkit.Err(rdb.Get(ctx, "k")), redpoll.ErrClosed)
		is(t, rdb.Set(ctx, "k", "v"), redpoll.ErrClosed)
		close(gate)
		for range 4 {
			ok(t, <-reads)
		}
		ok(t, <-drained)
	})
}
