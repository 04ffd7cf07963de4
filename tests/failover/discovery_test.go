package failover_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Making clients does no I/O and needs no goroutine, whatever becomes of them.
//
// Covers: F296, F304, F323
func TestNothingHappensBeforeTheFirstCall(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		s := w.open(t, w.options())
		one, two := s.MasterFor("m"), s.ReplicaFor("m", func(o *redpoll.Options) {
			o.DB, o.ClientName = 3,
				"n"
		})
		other := w.reading(t, redpoll.ReadNearest)
		for _, addr := range []string{a, b, c, x, y, z} {
			if n := w.at(addr).dials; n > 0 {
				t.Errorf("%d connections to %s", n, addr)
			}
		}
		for got, want := range map[string]string{
			s.String():          "redpoll.Sentinel<" + x + "," + y + "," + z + ">",
			one.String():        "redpoll.Client<redpoll.Pool<service=m,role=primary,db=0>>",
			two.String():        "redpoll.Client<redpoll.Pool<service=m,role=replica,db=3,client_name=n>>",
			two.Pool().String(): "redpoll.Pool<service=m,role=replica,db=3,client_name=n>",
		} {
			if got != want {
				t.Errorf("shown as %s, want %s", got, want)
			}
		}
		if list := one.Nodes(); len(list) > 0 {
			t.Errorf("nodes that nobody has named: %v", list)
		}
		ok(t, s.Close())
		is(t, one.Set(ctx, "k", "v"), redpoll.ErrClosed)
		is(t, testkit.Err(two.Get(ctx, "k")), redpoll.ErrClosed)
		is(t, testkit.Err(s.DiscoverMaster(ctx, "m")), redpoll.ErrClosed)
		is(t, testkit.Err(s.MasterFor("m").Get(ctx, "k")), redpoll.ErrClosed)
		is(t, s.Clients()[0].Ping(ctx), redpoll.ErrClosed)
		ok(t, s.Close())
		ok(t, other.Close())
		if list := other.Nodes(); len(list) > 0 {
			t.Errorf("nodes of a closed client: %v", list)
		}
	})
}

// A nil or zero Sentinel does nothing, and says so.
func TestZeroSentinel(t *testing.T) {
	for _, s := range []*redpoll.Sentinel{nil, {}} {
		var de *redpoll.DataError
		if _, err := s.DiscoverMaster(ctx, "m"); !errors.As(err, &de) {
			t.Errorf("got %v", err)
		}
		if _, err := s.DiscoverReplicas(ctx, "m"); !errors.As(err, &de) {
			t.Errorf("got %v", err)
		}
		if err := s.MasterFor("m").Set(ctx, "k", "v"); !errors.As(err, &de) {
			t.Errorf("got %v", err)
		}
		if s.Clients() != nil || s.Close() != nil || s.String() == "" {
			t.Error("a zero Sentinel has clients, or cannot be closed")
		}
	}
}

// Sentinels are asked one after the other, without waiting long for any of them, and the one that answered is
// the first one the next time. Any one or two of three may be dead in any way.
//
// Covers: F298, F300, F301, S01
func TestSentinelsAreAskedInTurn(t *testing.T) {
	for name, s := range map[string]state{"refuses": refuses, "hole": hole, "mute": mute} {
		for _, dead := range []string{x, y, z, x + y, x + z, y + z} {
			t.Run(name+" "+dead, func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					good := ""
					for _, addr := range []string{z, y, x} {
						if strings.Contains(dead, addr) {
							w.turn(s, addr)
						} else {
							good = addr
						}
					}
					sen := w.open(t, w.options())
					began := time.Now()
					got, err := sen.DiscoverMaster(ctx, "m")
					testkit.Took(t, "finding the primary", began, 0, 300*time.Millisecond)
					if err != nil || got.String() != a {
						t.Errorf("got %v and %v", got, err)
					}
					w.forget()
					if _, err := sen.DiscoverMaster(ctx, "m"); err != nil {
						t.Error(err)
					}
					synctest.Wait()
					for _, addr := range []string{x, y, z} {
						n := w.at(addr)
						if asked := n.count("SENTINEL") > 0 || n.dials > 0; asked != (addr == good) {
							t.Errorf("the second time %s is asked: %v", addr, asked)
						}
					}
				})
			})
		}
	}
}

// A server is taken for the primary only if the Sentinel says that it is one, takes it for up, and knows
// enough other Sentinels. A Sentinel without such an answer is passed over.
//
// Covers: F299, F300
func TestFitPrimary(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(v *view)
		reason string // "" if it is taken
	}{
		{"well", func(*view) {}, ""},
		{"further flags", func(v *view) { v.flags = "master,force_failover,failover_in_progress" }, ""},
		{"down for one", func(v *view) { v.flags = "s_down,master" }, "is down"},
		{"down for all", func(v *view) { v.flags = "master,o_down" }, "is down"},
		{"replica", func(v *view) { v.flags = "slave" }, "not a primary"},
		{"few others", func(v *view) { v.fewer = 1 }, "knows 1 other Sentinels"},
		{"no address", func(v *view) { v.primary = ":" }, "no address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				o := w.options()
				o.MinOtherSentinels = 2
				s := w.open(t, o)
				w.say(tt.change, x, y)
				w.turn(refuses, z)
				got, err := s.DiscoverMaster(ctx, "m")
				if tt.reason == "" {
					if ok(t, err); got.String() != a {
						t.Errorf("got %v", got)
					}
					return
				}
				is(t, err, redpoll.ErrNoPrimary, redpoll.ErrNotSent)
				if !strings.Contains(err.Error(), tt.reason) {
					t.Errorf("the error is %v", err)
				}
				w.turn(up, z)
				if got, err := s.DiscoverMaster(ctx, "m"); err != nil || got.String() != a {
					t.Errorf("with another Sentinel: %v and %v", got, err)
				}
			})
		})
	}
}

// An error names every Sentinel with its own reason, and matches all reasons.
//
// Covers: F85, F302, S03
func TestReasonsOfNoPrimary(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const secret = "hunter2"
		w.set(func() {
			w.nodes[x].password = secret
			delete(w.nodes[y].views, "m")
			w.nodes[z].state = mute
		})
		o := w.options()
		o.Sentinel.ReplyTimeout = time.Second
		s := w.open(t, o)
		short, cancel := context.WithTimeout(ctx, 4*time.Second)
		defer cancel()
		err := s.MasterFor("m").Set(short, "k", secret)
		is(t, err, redpoll.ErrNoPrimary, redpoll.ErrNotSent, redpoll.ErrAuth, context.DeadlineExceeded)
		var de *redpoll.DiscoveryError
		var ce *redpoll.ConnError
		if !errors.As(err, &de) || !errors.As(err, &ce) || len(de.Reasons) != 3 || de.Service != "m" {
			t.Fatalf("the error is %#v", err)
		}
		for i, r := range de.Reasons {
			want := map[string]string{x: "NOAUTH", y: "No such master", z: "does not answer"}[r.Node]
			if want == "" || !strings.Contains(r.Err.Error(), want) {
				t.Errorf("reason %d of %s: %v", i, r.Node, r.Err)
			}
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("a secret in %v", err)
		}
	})
}

// A wrong password at every Sentinel does not get better: nobody waits for it.
func TestWrongPasswordFailsAtOnce(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", proto), func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.set(func() {
					for _, addr := range []string{x, y, z} {
						w.nodes[addr].password = "right"
					}
				})
				o := w.options()
				o.Node.Protocol = proto
				began := time.Now()
				err := w.open(t, o).MasterFor("m").Set(ctx, "k", "v")
				testkit.Took(t, "the refusal", began, 0, 100*time.Millisecond)
				is(t, err, redpoll.ErrNoPrimary, redpoll.ErrAuth)
			})
		})
	}
}

// Replicas that a Sentinel takes for down, or that have lost their primary, are not used. A Sentinel that
// knows none is passed over.
//
// Covers: F85, F303, S19
func TestDiscoverReplicas(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		s := w.open(t, w.options())
		list := func() string {
			t.Helper()
			got, err := s.DiscoverReplicas(ctx, "m")
			ok(t, err)
			return strings.Trim(fmt.Sprint(got), "[]")
		}
		if got := list(); got != b+" "+c {
			t.Errorf("got %s", got)
		}
		for _, bad := range []record{
			{b, "s_down,slave", "ok"}, {b, "slave,o_down", "ok"}, {b, "slave,disconnected", "ok"},
			{b, "slave", "err"}, {":", "slave", "ok"},
		} {
			w.say(func(v *view) { v.replicas[0] = bad }, x, y, z)
			if got := list(); got != c {
				t.Errorf("%v: got %s", bad, got)
			}
		}
		w.say(func(v *view) { v.replicas = nil }, x)
		if got := list(); got != c {
			t.Errorf("got %s from the second Sentinel", got)
		}
		w.say(func(v *view) { v.replicas = nil }, y, z)
		if got := list(); got != "" {
			t.Errorf("got %s where there are none", got)
		}
		is(t, testkit.Err(s.DiscoverReplicas(ctx, "other")), redpoll.ErrNoReplica, redpoll.ErrNotSent)
		w.turn(refuses, x, y, z)
		is(t, testkit.Err(s.DiscoverReplicas(ctx, "m")), redpoll.ErrNoReplica, redpoll.ErrNotSent)
	})
}

// 200 first calls wait for one question, although the pool has few connections.
//
// Covers: F307, S27
func TestManyFirstCallsAskOnce(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.set(func() {
			w.nodes[x].answer = func(words []string) (string, bool) {
				if words[0] == "SENTINEL" && words[1] == "MASTER" {
					<-gate
				}
				return "", false
			}
		})
		o := w.options()
		o.Addrs, o.CheckInterval = []string{x}, time.Hour
		w.say(func(v *view) { v.sentinels = nil }, x)
		rdb := w.open(t, o).MasterFor("m", func(o *redpoll.Options) { o.Conns, o.MaxConns = 2, 2 })
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if _, err := rdb.Incr(ctx, "n"); err != nil {
					t.Error(err)
				}
			})
		}
		testkit.Pass(300 * time.Millisecond)
		close(gate)
		all.Wait()
		// The other one is that of the listener, whose subscription has just begun.
		if n := w.at(x).count("SENTINEL MASTER"); n > 2 {
			t.Errorf("%d questions", n)
		}
		if got := text(t, rdb, "n"); got != "200" {
			t.Errorf("%s calls", got)
		}
		before := w.at(x).count("SENTINEL")
		for range 100 {
			_, err := rdb.Incr(ctx, "n")
			ok(t, err)
		}
		if n := w.at(x).count("SENTINEL"); n != before {
			t.Errorf("%d questions during 100 commands", n-before)
		}
	})
}

// A Sentinel that is behind does not count for those who ask the Sentinels themselves either, once a client
// knows better.
func TestDiscoveryKnowsWhatClientsKnow(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		s := w.open(t, w.options())
		rdb := s.MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		w.demote(a, b)
		w.know(a, b, 2, y, z) // x says a
		testkit.Pass(time.Second)
		ok(t, rdb.Set(ctx, "k", "v"))
		for range 10 {
			if got, err := s.DiscoverMaster(ctx, "m"); err != nil || got.String() != b {
				t.Errorf("got %v and %v, want %s", got, err, b)
			}
		}
	})
}

// A call that ends before any Sentinel has answered says that nobody knows the primary.
func TestDeadlineBeforeAnyAnswer(t *testing.T) {
	for name, s := range map[string]state{"hole": hole, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.turn(s, x, y, z)
				sen := w.open(t, w.options())
				for _, rdb := range []*redpoll.Client{sen.MasterFor("m"), sen.ReplicaFor("m")} {
					for _, call := range []func(context.Context) error{
						func(ctx context.Context) error { return rdb.Set(ctx, "k", "v") },
						func(ctx context.Context) error { return testkit.Err(rdb.BLPop(ctx, 0, "k")) },
					} {
						short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
						err := call(short)
						cancel()
						var de *redpoll.DiscoveryError
						is(t, err, context.DeadlineExceeded, redpoll.ErrNotSent)
						const reason = "nobody has answered"
						if !errors.As(err, &de) || de.Service != "m" || !strings.Contains(err.Error(), reason) {
							t.Errorf("the error is %v", err)
						}
					}
				}
			})
		})
	}
}

// The first call waits within its deadline until the Sentinels know a primary.
//
// Covers: S23
func TestProgramStartsBeforeItsServers(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.turn(refuses, x, y, z, a)
		rdb := w.primary(t)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		is(t, rdb.Set(short, "k", "v"), redpoll.ErrNoPrimary, context.DeadlineExceeded, redpoll.ErrNotSent)
		done := make(chan error)
		go func() { done <- rdb.Set(ctx, "k", "v") }()
		testkit.Pass(20 * time.Second)
		w.turn(up, x, y, z)
		w.say(func(v *view) { v.flags = "master,s_down" }, x, y, z)
		testkit.Pass(2 * time.Second)
		w.turn(up, a)
		w.say(func(v *view) { v.flags = "master" }, x, y, z)
		ok(t, <-done)
		// Without a deadline there is an end, too.
		w.turn(refuses, a)
		w.say(func(v *view) { v.flags = "master,o_down" }, x, y, z)
		notice(rdb)
		began := time.Now()
		is(t, rdb.Set(ctx, "k", "v"), redpoll.ErrNoPrimary, redpoll.ErrNotSent)
		testkit.Took(t, "a call without a deadline", began, 20*time.Second,
			redpoll.DefaultFailoverTime+5*time.Second)
	})
}

// Sentinels that others name are asked and listened to; they are forgotten again when nobody names them any
// more, and the seeds never.
//
// Covers: S14, S29
func TestSentinelsComeAndGo(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.Addrs = []string{x}
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		testkit.Pass(time.Second)
		for _, addr := range []string{x, y, z} {
			if n := w.at(addr).count("SUBSCRIBE"); n != 1 {
				t.Errorf("%d subscriptions at %s", n, addr)
			}
		}
		// z is replaced by another one.
		const other = "10.0.1.9:26379"
		n := w.add(other, "sentinel")
		w.turn(refuses, z)
		w.set(func() {
			n.views = map[string]*view{"m": w.nodes[z].views["m"]}
			w.nodes[x].views["m"].sentinels = []string{y, other}
			w.nodes[y].views["m"].sentinels = []string{x, other}
		})
		w.at(x).publish("+sentinel", "sentinel id 10.0.1.9 26379 @ m 10.0.0.1 6379")
		testkit.Pass(5 * time.Second)
		if n.count("SUBSCRIBE") != 1 {
			t.Error("nobody listens to the new Sentinel")
		}
		w.forget()
		testkit.Pass(time.Minute)
		if n := w.at(z).dials; n > 0 {
			t.Errorf("%d attempts to reach a Sentinel that nobody names", n)
		}
		// All are gone, and then only the seed is back, alone.
		w.turn(refuses, x, y, other)
		testkit.Pass(time.Minute)
		w.turn(up, x)
		w.set(func() { w.nodes[x].views["m"].sentinels = nil })
		testkit.Pass(5 * time.Second)
		w.turn(up, y, other)
		w.forget()
		testkit.Pass(time.Minute)
		if w.at(x).count("SENTINEL MASTER") == 0 || w.at(y).dials > 0 {
			t.Errorf("the seed has %q, the other one %d attempts", w.at(x).heard, w.at(y).dials)
		}
	})
}

// All Sentinels were away for a while, and nothing has to be done by hand when they are back.
//
// Covers: S14
func TestAllSentinelsWereDown(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.primary(t)
		ok(t, rdb.Set(ctx, "k", "1"))
		w.turn(refuses, x, y, z)
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "2")) // the primary is well
		w.turn(refuses, a)
		notice(rdb)
		w.demote(a, b)
		done := make(chan error)
		go func() { done <- rdb.Set(ctx, "k", "3") }()
		testkit.Pass(10 * time.Second)
		w.know(a, b, 2, x, y, z)
		w.turn(up, x, y, z)
		ok(t, <-done)
		if w.data["k"] != "3" || w.at(b).count("SET") != 1 {
			t.Errorf("k is %q", w.data["k"])
		}
	})
}

// The name of a seed is resolved anew: Sentinels that come back at other addresses behind it are found.
//
// Covers: S14
func TestSeedThatLeadsElsewhere(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const name, other = "sentinels.example:26379", "10.0.1.9:26379"
		w.set(func() { w.nodes[name] = w.nodes[x] })
		o := w.options()
		o.Addrs = []string{name}
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "1"))
		testkit.Pass(time.Second)
		w.turn(refuses, x, y, z)
		testkit.Pass(time.Minute)
		n := w.add(other, "sentinel")
		w.set(func() {
			n.views = map[string]*view{"m": {primary: b, flags: "master", epoch: 2}}
			w.nodes[name] = n
		})
		w.demote(a, b)
		ok(t, rdb.Set(ctx, "k", "2"))
		if w.at(b).count("SET") != 1 {
			t.Errorf("the new primary heard %q", w.at(b).heard)
		}
		testkit.Pass(time.Minute)
		w.forget()
		testkit.Pass(time.Minute)
		if dials := w.at(y).dials + w.at(z).dials; dials > 0 {
			t.Errorf("%d attempts to reach Sentinels that nobody names", dials)
		}
	})
}

// Sentinels that were all installed anew count configurations from zero again. One alone that has lost its
// memory proves nothing.
func TestSentinelsLoseTheirMemory(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.say(func(v *view) { v.epoch = 7 }, x, y, z)
		o := w.options()
		o.CheckInterval = 2 * time.Second
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "1"))
		w.set(func() { w.nodes[b].role = "master" })
		w.know(a, b, 0, x)
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "2"))
		if n := w.at(b).dials; n > 0 {
			t.Errorf("%d connections to the server that one Sentinel alone names", n)
		}
		w.know(a, b, 0, y, z)
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "3"))
		if n := w.at(b).count("SET"); n != 1 {
			t.Errorf("%d writes at the server that all Sentinels name", n)
		}
		w.move(b, c, 1)
		ok(t, rdb.Set(ctx, "k", "4"))
		if n := w.at(c).count("SET"); n != 1 {
			t.Errorf("%d writes at the next one", n)
		}
	})
}

// Sentinels that answer nonsense are passed over, and named in the error.
func TestNonsenseFromSentinels(t *testing.T) {
	many := make([]any, 3000)
	for i := range many {
		many[i] = testkit.Map{"ip", fmt.Sprintf("10.9.%d.%d", i/250, i%250), "port", "1", "flags", "sentinel"}
	}
	for name, reply := range map[string]any{
		"number": 1, "status": testkit.Status("OK"), "missing": nil, "array of numbers": []any{1, 2, 3},
		"odd": []any{"ip", "10.0.0.1", "port"}, "numbers for fields": testkit.Map{"ip", 1, "port", 2},
		"error": testkit.Refusal("BUSY running"), "nothing": testkit.Map{}, "long": many,
		"strange port": testkit.Map{"ip", "10.0.0.1", "port", "99999", "flags", "master"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				for _, addr := range []string{x, y, z} {
					w.set(func() {
						w.nodes[addr].answer = func(words []string) (string, bool) {
							return testkit.Reply(2, reply), words[0] == "SENTINEL"
						}
					})
				}
				rdb := w.reading(t, redpoll.ReadPreferReplica)
				short, cancel := context.WithTimeout(ctx, 5*time.Second)
				defer cancel()
				err := rdb.Set(short, "k", "v")
				is(t, err, context.DeadlineExceeded, redpoll.ErrNotSent)
				_, err = rdb.Get(short, "k")
				is(t, err, context.DeadlineExceeded, redpoll.ErrNotSent)
				w.set(func() {
					for _, addr := range []string{x, y, z} {
						w.nodes[addr].answer = nil
					}
				})
				ok(t, rdb.Set(ctx, "k", "v"))
			})
		})
	}
}
