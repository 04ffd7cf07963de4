package failover_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The client hears of a switch at once, by an event: idle clients leave the old primary without a call, and
// the next call goes to the new one. This works several times in a row, to and fro.
//
// Covers: F314, F315, S25
func TestSwitchesAreHeardOf(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.primary(t)
		ok(t, rdb.Set(ctx, "k", "0"))
		synctest.Wait()
		at := a
		for i, to := range []string{b, a, c, b, c, a} {
			w.move(at, to, i+2)
			if n := len(w.at(at).links); n > 0 {
				t.Errorf("switch %d: %d idle connections to the old primary", i, n)
			}
			before := w.at(to).dials
			for range 10 {
				ok(t, rdb.Set(ctx, "k", "1"))
			}
			if n := w.at(to).dials - before; n > 1 {
				t.Errorf("switch %d: %d connections for ten calls", i, n)
			}
			if got := rdb.Nodes()[0]; got.Addr != to || got.Role != redpoll.RolePrimary {
				t.Errorf("switch %d: %+v is the primary", i, got)
			}
			at = to
		}
		if n := w.at(a).count("SET") + w.at(b).count("SET") + w.at(c).count("SET"); n != 61 {
			t.Errorf("%d writes were executed, want 61", n)
		}
	})
}

// Events about other services change nothing, even if their names resemble that of the service.
//
// Covers: S07
func TestEventsOfOtherServices(t *testing.T) {
	for _, name := range []string{"m", "m m", "@ m", "master m", "m.*[x]"} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.set(func() {
					for _, addr := range []string{x, y, z} {
						w.nodes[addr].views[name] = w.nodes[addr].views["m"]
					}
				})
				rdb := w.open(t, w.options()).MasterFor(name)
				ok(t, rdb.Set(ctx, "k", "v"))
				synctest.Wait()
				w.demote(a, b)
				w.know(a, b, 2, x, y, z)
				w.forget()
				for _, other := range []string{name + "2", "2" + name, name + " 2", "x " + name, "other"} {
					w.at(x).publish("+switch-master", other+" 10.0.0.1 6379 10.0.0.2 6379")
					w.at(x).publish("+sdown", "master "+other+" 10.0.0.1 6379")
					w.at(x).publish("+slave", "slave 10.0.0.2:6379 10.0.0.2 6379 @ "+other+" 10.0.0.1 6379")
				}
				for _, odd := range []string{"", " ", name, name + " ", "@ @ @", name + " 1 2 3", "\x00"} {
					w.at(x).publish("+switch-master", odd)
				}
				synctest.Wait()
				if n := w.at(x).count("SENTINEL"); n > 0 {
					t.Errorf("%d questions because of events of others", n)
				}
				w.at(x).publish("+switch-master", name+" 10.0.0.1 6379 10.0.0.2 6379")
				synctest.Wait()
				ok(t, rdb.Set(ctx, "k", "v"))
				if w.at(b).count("SET") != 1 || w.at(a).count("SET") > 0 {
					t.Error("the event of the service itself moved nobody")
				}
			})
		})
	}
}

// A Sentinel that is behind does not send the client to a replica, nor back to an old primary: each new
// connection asks the server for its role.
//
// Covers: F313, S05
func TestSentinelThatIsBehind(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.demote(a, b)
		w.know(a, b, 2, y, z) // x is the first one, and says a
		w.turn(refuses, y, z)
		rdb := w.primary(t)
		first := make(chan error)
		go func() { first <- rdb.Set(ctx, "k", "1") }()
		testkit.Pass(5 * time.Second)
		w.turn(up, y, z)
		ok(t, <-first)
		if w.at(a).count("SET") > 0 || w.at(a).count("ROLE") == 0 {
			t.Errorf("the old primary heard %q", w.at(a).heard)
		}
		// An old answer does not count while the client knows of a newer configuration.
		w.forget()
		w.turn(refuses, y, z)
		w.at(x).publish("+switch-master", "m 10.0.0.2 6379 10.0.0.1 6379")
		testkit.Pass(time.Minute)
		ok(t, rdb.Set(ctx, "k", "2"))
		if n := w.at(a).dials; n > 0 {
			t.Errorf("%d connections to the old primary", n)
		}
		// If all are behind, the call waits until they know.
		w.turn(refuses, b)
		notice(rdb)
		w.turn(up, y, z)
		w.demote(b, c)
		done := make(chan error)
		go func() { done <- rdb.Set(ctx, "k", "3") }()
		testkit.Pass(5 * time.Second)
		w.know(b, c, 3, z)
		ok(t, <-done)
		if n := w.at(c).count("SET"); n != 1 {
			t.Errorf("%d writes at the new primary", n)
		}
	})
}

// A server that turns out not to be the primary makes the client ask all Sentinels, and not the same one
// again: the newest configuration counts, and among equal ones another server.
//
// Covers: S05
func TestRefutedAnswer(t *testing.T) {
	for _, epoch := range []int{1, 2} {
		t.Run(fmt.Sprint("epoch ", epoch), func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				for _, addr := range []string{x, y, z} { // nobody hears of anything
					w.answers(addr, "SUBSCRIBE", testkit.Refusal("NOPERM this user has no permissions"))
				}
				w.demote(a, b)
				w.know(a, b, epoch, z) // x is the first one, and says a
				w.set(func() {
					refuses := w.nodes[z].answer
					w.nodes[z].answer = func(words []string) (string, bool) {
						testkit.Pass(10 * time.Millisecond) // it is the last one to answer
						return refuses(words)
					}
				})
				o := w.options()
				o.CheckInterval = time.Hour
				began := time.Now()
				ok(t, w.open(t, o).MasterFor("m").Set(ctx, "k", "v"))
				testkit.Took(t, "finding the primary", began, 0, time.Second)
				if n := w.at(b).count("SET"); n != 1 {
					t.Errorf("%d writes at the primary", n)
				}
			})
		})
	}
}

// A primary that has become a replica refuses writes: they run at the new one, and nobody stays at the old
// one, although no Sentinel has said a word. A read goes with them.
//
// Covers: F316, S09
func TestPrimaryThatRefusesWrites(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.primary(t)
		ok(t, rdb.Set(ctx, "n", "1"))
		synctest.Wait()
		w.demote(a, b)
		w.know(a, b, 2, y, z)
		n, err := rdb.Incr(ctx, "n")
		if ok(t, err); n != 2 || w.at(b).count("INCR") != 1 {
			t.Errorf("INCR gave %d, and b heard %q", n, w.at(b).heard)
		}
		w.forget()
		if got := text(t, rdb, "n"); got != "2" || w.at(b).count("GET") != 1 {
			t.Errorf("n is %s, and b heard %q", got, w.at(b).heard)
		}
		// Before the Sentinels know, the caller waits as long as its context allows.
		w.demote(b, c)
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		_, err = rdb.Incr(short, "n")
		is(t, err, context.DeadlineExceeded)
		if redpoll.OutcomeOf(err) == redpoll.MaybeExecuted || w.data["n"] != "2" {
			t.Errorf("n is %s after %v", w.data["n"], err)
		}
		w.know(b, c, 3, x, y, z)
		if n, err := rdb.Incr(ctx, "n"); err != nil || n != 3 {
			t.Errorf("got %d and %v", n, err)
		}
	})
}

// A primary that stood still, was replaced, and comes back as if nothing had happened gets no call any more.
// A call that waits for its answer ends soon after the switch, and its connection with it.
//
// Covers: S05
func TestPrimaryThatComesBack(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.Node.ReplyTimeout = time.Hour
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "1"))
		synctest.Wait()
		w.turn(mute, a)
		inFlight := make(chan error, 1)
		go func() { inFlight <- rdb.Set(ctx, "k", "2") }()
		synctest.Wait()
		w.set(func() { w.nodes[b].role = "master" }) // a is one, too
		w.know(a, b, 2, x, y)
		began := time.Now()
		w.at(x).publish("+switch-master", "m "+blank(a)+" "+blank(b))
		synctest.Wait()
		ok(t, rdb.Set(ctx, "k", "3"))
		testkit.Took(t, "the first write after the switch", began, 0, 100*time.Millisecond)
		err := <-inFlight
		testkit.Took(t, "the call that waited", began, 0, 2*time.Second)
		synctest.Wait()
		if is(t, err, redpoll.ErrMaybeExecuted, redpoll.ErrConnClosed); len(w.at(a).links) > 0 {
			t.Errorf("%d connections to the old primary", len(w.at(a).links))
		}
		w.turn(up, a)
		w.forget()
		w.at(z).publish("+switch-master", "m "+blank(b)+" "+blank(a)) // z was asleep as well
		for range 100 {
			ok(t, rdb.Set(ctx, "k", "4"))
			testkit.Pass(time.Second)
		}
		if n := w.at(a); n.dials > 0 || len(n.heard) > 0 {
			t.Errorf("the old primary had %d connections, and heard %q", n.dials, n.heard)
		}
	})
}

// Writes that many callers send to a primary that has become a replica end in few connections and questions.
func TestStormOfRefusals(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.CheckInterval = time.Hour
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "n", "0"))
		synctest.Wait()
		w.demote(a, b)
		w.forget()
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if _, err := rdb.Incr(ctx, "n"); err != nil {
					t.Error(err)
				}
			})
		}
		testkit.Pass(10 * time.Second)
		if n := w.at(x).count("SENTINEL MASTER"); n > 100 {
			t.Errorf("%d questions in 10 s", n)
		}
		if n := w.at(a).dials; n > 100 {
			t.Errorf("%d connections to the old primary in 10 s", n)
		}
		w.know(a, b, 2, x, y, z)
		all.Wait()
		if got := text(t, rdb, "n"); got != "200" {
			t.Errorf("%s calls ran, want 200", got)
		}
	})
}

// Pipelines and transactions are sent again to the new primary, whole or the refused commands of them.
func TestPipelinesMove(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.primary(t)
		ok(t, rdb.Set(ctx, "n", "0"))
		w.demote(a, b)
		w.know(a, b, 2, x, y, z)
		p := rdb.Pipeline(redpoll.NoTransaction)
		get, incr, again := p.Get("n"), p.Incr("n"), p.Incr("n")
		ok(t, p.Exec(ctx))
		clients.Result(t, "GET", get, "0")
		clients.Result(t, "INCR", incr, 1)
		clients.Result(t, "INCR", again, 2)
		if w.data["n"] != "2" {
			t.Errorf("n is %s", w.data["n"])
		}
	})
}

// A listener notices by itself that its link to the Sentinel is dead. After each new subscription it asks,
// because it may have missed events.
//
// Covers: S11
func TestDeadListener(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.CheckInterval = time.Hour
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		synctest.Wait()
		w.turn(mute, x, y, z)
		w.demote(a, b)
		w.know(a, b, 2, x, y, z)
		testkit.Pass(20 * time.Second)
		w.turn(up, x, y, z) // the event was missed
		testkit.Pass(30 * time.Second)
		if got := rdb.Nodes()[0].Addr; got != b || len(w.at(a).links) > 0 {
			t.Errorf("%s is the primary, and %d connections lead to the old one", got, len(w.at(a).links))
		}
	})
}

// The client listens to a Sentinel that has refused subscriptions for a while.
//
// Covers: S25
func TestRefusedListener(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.Addrs, o.CheckInterval = []string{x}, time.Hour
		w.say(func(v *view) { v.sentinels = nil }, x)
		w.answers(x, "SUBSCRIBE", testkit.Refusal("ERR max number of clients reached"))
		rdb := w.open(t, o).MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		testkit.Pass(10 * time.Second)
		if n := w.at(x).count("SUBSCRIBE"); n < 2 || n > 30*13 {
			t.Errorf("%d attempts in 10 s, with up to 13 channels each", n)
		}
		w.set(func() { w.nodes[x].answer = nil })
		testkit.Pass(5 * time.Second)
		w.move(a, b, 2)
		w.move(b, c, 3)
		if got := rdb.Nodes()[0].Addr; got != c {
			t.Errorf("%s is the primary", got)
		}
	})
}

// Addresses are mapped everywhere: those of Sentinels, of primaries and replicas, after a switch, for
// subscriptions, and for the clients of single nodes.
//
// Covers: S16
func TestAddressesAreMapped(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		outside := func(addr string) string {
			host, port, _ := net.SplitHostPort(addr)
			return net.JoinHostPort("203.0.113."+host[strings.LastIndexByte(host, '.')+1:], port)
		}
		w.set(func() {
			for _, addr := range []string{a, b, c, x, y, z} {
				w.nodes[addr].addr = outside(addr)
				if addr == x || addr == y || addr == z {
					w.nodes[addr].addr = strings.Replace(outside(addr), ".113.", ".114.", 1)
				}
				w.nodes[w.nodes[addr].addr] = w.nodes[addr]
				defer delete(w.nodes, addr)
			}
		})
		o := w.options()
		o.ReadFrom = redpoll.ReadReplica
		o.NodeAddr = func(info redpoll.NodeInfo) (string, string) {
			if info.Sentinel {
				return strings.Replace(outside(info.Addr), ".113.", ".114.", 1), ""
			}
			return outside(info.Addr), ""
		}
		s := w.open(t, o)
		rdb := s.MasterFor("m")
		ok(t, rdb.Set(ctx, "k", "v"))
		text(t, rdb, "k")
		sub := rdb.PubSub()
		defer sub.Close()
		ok(t, sub.Subscribe(ctx, "c"))
		if n := w.at(outside(a)).count("SUBSCRIBE"); n != 1 {
			t.Errorf("%d subscriptions at the primary", n)
		}
		w.set(func() {
			w.nodes[outside(a)].role, w.nodes[outside(b)].role = "slave", "master"
			for _, n := range w.nodes {
				if v := n.views["m"]; v != nil {
					v.primary, v.epoch, v.replicas[0].addr = b, 2, a
				}
			}
		})
		for _, i := range []string{"1", "2", "3"} {
			w.at("203.0.114."+i+":26379").publish("+switch-master", "m "+blank(a)+" "+blank(b))
		}
		testkit.Pass(time.Second)
		ok(t, rdb.Set(ctx, "k", "v"))
		if n := w.at(outside(b)); n.count("SET") != 1 || n.count("SUBSCRIBE") != 1 {
			t.Errorf("the new primary heard %q", n.heard)
		}
		for _, node := range rdb.Nodes() {
			ok(t, node.Client.Ping(ctx))
		}
		if found, err := s.DiscoverMaster(ctx, "m"); err != nil || found.String() != outside(b) {
			t.Errorf("found %v and %v", found, err)
		}
		list, err := s.DiscoverReplicas(ctx, "m")
		if err != nil || len(list) != 2 || list[0].String() != outside(a) {
			t.Errorf("found %v and %v", list, err)
		}
		for _, one := range s.Clients() {
			if err := one.Ping(ctx); err != nil {
				t.Error(err)
			}
		}
	})
}

// A function that knows no mapping for an address leaves it as it is.
func TestAddressWithoutMapping(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		o := w.options()
		o.NodeAddr = func(redpoll.NodeInfo) (string, string) { return "", "" }
		s := w.open(t, o)
		ok(t, s.MasterFor("m").Set(ctx, "k", "v"))
		ok(t, s.Clients()[0].Ping(ctx))
	})
}

// Sentinels and servers have credentials, names and databases of their own. A Sentinel hears nothing that it
// does not know.
//
// Covers: F297, F306, S18, S29
func TestSentinelsAndServersApart(t *testing.T) {
	for _, tt := range []struct {
		name             string
		sentinel, server string // passwords
		noHello          bool
	}{
		{"both", "s3cret", "hunter2", false}, {"servers only", "", "hunter2", false},
		{"Sentinels only", "s3cret", "", false}, {"Sentinels without HELLO", "s3cret", "hunter2", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.set(func() {
					for _, n := range w.nodes {
						if n.password = tt.server; n.role == "sentinel" {
							n.password, n.noHello = tt.sentinel, tt.noHello
						}
					}
				})
				o := w.options()
				o.Node.Password, o.Node.DB, o.Node.ClientName = "wrong", 5, "node"
				o.Sentinel.Password, o.Sentinel.ClientName = tt.sentinel, "watcher"
				s := w.open(t, o)
				change := func(o *redpoll.Options) { o.Password, o.ClientName = tt.server, "changed" }
				ok(t, s.MasterFor("m", change).Set(ctx, "k", "v"))
				text(t, s.ReplicaFor("m", change), "k")
				testkit.Pass(time.Minute)
				for _, addr := range []string{x, y, z} {
					for _, line := range w.at(addr).heard {
						words := strings.Fields(line)
						known := []string{"HELLO", "AUTH", "SENTINEL", "SUBSCRIBE", "PING"}
						if words[0] == "CLIENT" && (words[1] == "SETNAME" || words[1] == "SETINFO") {
							continue
						}
						if !slices.Contains(known, words[0]) {
							t.Errorf("a Sentinel heard %q", line)
						}
					}
				}
				heard := strings.Join(w.at(x).heard, "\n")
				if !strings.Contains(heard, "watcher") || strings.Contains(heard, "changed") ||
					tt.server != "" && strings.Contains(heard, tt.server) {
					t.Errorf("a Sentinel heard %q", heard)
				}
				heard = strings.Join(w.at(a).heard, "\n")
				if !strings.Contains(heard, "changed") || !strings.Contains(heard, "SELECT 5") {
					t.Errorf("the primary heard %q", heard)
				}
				if tt.server != "" {
					is(t, s.MasterFor("m").Set(ctx, "k", "v"), redpoll.ErrAuth)
				}
			})
		})
	}
}

// TLS of Sentinels and of servers is set apart, and certificates are for the hosts that Sentinels announce or
// the names that NodeAddr gives, also after a switch.
//
// Covers: S16, S18
func TestTLSApart(t *testing.T) {
	const nameA, nameB = "a.example:6379", "b.example:6379"
	certs := redpolltest.NewCertificates(t, "a.example", "b.example")
	client := certs.ClientConfig()
	valid := certs.Server.Leaf.NotBefore.Add(time.Hour)
	client.Time = func() time.Time { return valid }
	secure := func(o *redpoll.Options) { o.TLS = client }
	for _, tt := range []struct {
		name    string
		servers bool // speak TLS, and else the Sentinels do
		change  func(o *redpoll.SentinelOptions)
		master  func(o *redpoll.Options)
	}{
		{"servers with announced names", true, func(*redpoll.SentinelOptions) {}, secure},
		{"servers with mapped names", true, func(o *redpoll.SentinelOptions) {
			o.NodeAddr = func(n redpoll.NodeInfo) (string, string) {
				name, _, _ := strings.Cut(n.Addr, ":")
				return map[string]string{nameA: a, nameB: b}[n.Addr], name
			}
		}, secure},
		{"Sentinels", false, func(o *redpoll.SentinelOptions) {
			o.Sentinel.TLS = client.Clone()
			o.Sentinel.TLS.ServerName = "a.example"
		}, func(*redpoll.Options) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				var asked []string
				server := certs.ServerConfig()
				server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					w.set(func() { asked = append(asked, h.ServerName) })
					return nil, nil
				}
				w.set(func() {
					for _, n := range w.nodes {
						if (n.role != "sentinel") == tt.servers {
							n.tls = server
						}
					}
					for name, addr := range map[string]string{nameA: a, nameB: b} {
						w.nodes[name] = w.nodes[addr]
					}
				})
				w.say(func(v *view) {
					v.primary, v.replicas = nameA, []record{{nameB, "slave", "ok"}}
				}, x, y, z)
				o := w.options()
				tt.change(&o)
				rdb := w.open(t, o).MasterFor("m", tt.master)
				ok(t, rdb.Set(ctx, "k", "1"))
				synctest.Wait()
				w.move(nameA, nameB, 2)
				ok(t, rdb.Set(ctx, "k", "2"))
				if w.at(a).count("SET") != 1 || w.at(b).count("SET") != 1 {
					t.Errorf("a heard %q, b heard %q", w.at(a).heard, w.at(b).heard)
				}
				if !tt.servers {
					return
				}
				w.set(func() {
					if got := strings.Join(asked, " "); got != "a.example b.example" {
						t.Errorf("certificates for %s were asked for", got)
					}
				})
			})
		})
	}
}

// A mistake in the options of one client is the error of its calls.
//
// Covers: F306
func TestMistakesInChangedOptions(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		s := w.open(t, w.options())
		pool, err := redpoll.NewPool(redpoll.Options{})
		ok(t, err)
		defer pool.Close()
		for name, change := range map[string]func(o *redpoll.Options){
			"Addr":    func(o *redpoll.Options) { o.Addr = "h:1" },
			"Network": func(o *redpoll.Options) { o.Network = "tcp" },
			"Pool":    func(o *redpoll.Options) { o.Pool = pool },
			"DB":      func(o *redpoll.Options) { o.DB = -1 },
		} {
			for _, rdb := range []*redpoll.Client{s.MasterFor("m", change), s.ReplicaFor("m", change)} {
				began := time.Now()
				err := rdb.Set(ctx, "k", "v")
				testkit.Took(t, "the error", began, 0, time.Millisecond)
				var oe *redpoll.OptionError
				if !errors.As(err, &oe) || !strings.Contains(oe.Option, name) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		var oe *redpoll.OptionError
		if err := s.MasterFor("").Set(ctx, "k", "v"); !errors.As(err, &oe) {
			t.Errorf("got %v", err)
		}
	})
}

// Options that contradict each other are refused, and the error names them.
func TestSentinelOptionsAreChecked(t *testing.T) {
	pool, err := redpoll.NewPool(redpoll.Options{})
	ok(t, err)
	defer pool.Close()
	list := []string{x}
	for _, tt := range []struct {
		o    redpoll.SentinelOptions
		want string
	}{
		{redpoll.SentinelOptions{}, "Addrs"},
		{redpoll.SentinelOptions{Addrs: []string{"h:1", ""}}, "Addrs"},
		{redpoll.SentinelOptions{Addrs: []string{"h:x"}}, "Addrs"},
		{redpoll.SentinelOptions{Addrs: list, Node: redpoll.Options{Addr: "h:1"}}, "Node.Addr"},
		{redpoll.SentinelOptions{Addrs: list, Node: redpoll.Options{Pool: pool}}, "Node.Pool"},
		{redpoll.SentinelOptions{Addrs: list, Sentinel: redpoll.Options{Network: "unix"}},
			"Sentinel.Network"},
		{redpoll.SentinelOptions{Addrs: list, Sentinel: redpoll.Options{DB: 1}}, "Sentinel.DB"},
		{redpoll.SentinelOptions{Addrs: list, MinOtherSentinels: -1}, "MinOtherSentinels"},
		{redpoll.SentinelOptions{Addrs: list, ReadFrom: 9}, "ReadFrom"},
		{redpoll.SentinelOptions{Addrs: list, CheckInterval: -1}, "CheckInterval"},
		{redpoll.SentinelOptions{Addrs: list, CheckInterval: 5}, "CheckInterval"},
		{redpoll.SentinelOptions{Addrs: list, Node: redpoll.Options{DB: -1}}, "DB"},
		{redpoll.SentinelOptions{Addrs: list, Sentinel: redpoll.Options{Protocol: 7}}, "Protocol"},
	} {
		s, err := redpoll.NewSentinel(tt.o)
		var oe *redpoll.OptionError
		if !errors.As(err, &oe) || oe.Option != tt.want || s != nil {
			t.Errorf("got %v, want a fault of %s", err, tt.want)
		}
	}
	s, err := redpoll.NewSentinel(redpoll.SentinelOptions{Addrs: []string{"h", "[::1]", ":7"},
		Node: redpoll.Options{
			TLS: &tls.Config{},
		}})
	ok(t, err)
	if got := s.String(); got != "redpoll.Sentinel<h:26379,[::1]:26379,localhost:7>" {
		t.Errorf("shown as %s", got)
	}
}

// A Sentinel of another deployment that has the same name among the addresses leads nobody there, whether its
// number is older, equal or newer, before, during and after a failover.
func TestForeignSentinel(t *testing.T) {
	const foreign, elsewhere = "10.0.9.1:26379", "10.0.9.2:6379"
	for _, epoch := range []int{0, 1, 99} {
		for _, place := range []int{0, 3} {
			t.Run(fmt.Sprint("epoch ", epoch, " place ", place), func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					w.add(elsewhere, "master")
					n := w.add(foreign, "sentinel")
					n.views = map[string]*view{"m": {primary: elsewhere, flags: "master", epoch: epoch}}
					o := w.options()
					o.Addrs = slices.Insert([]string{x, y, z}, place, foreign)
					o.CheckInterval = time.Second
					rdb := w.open(t, o).MasterFor("m")
					ok(t, rdb.Set(ctx, "k", "1"))
					for range 10 {
						n.publish("+switch-master", "m 10.0.9.3 6379 10.0.9.2 6379")
						testkit.Pass(time.Second)
						ok(t, rdb.Set(ctx, "k", "2"))
					}
					w.turn(refuses, a)
					w.say(func(v *view) { v.flags = "master,o_down" }, x, y, z)
					notice(rdb)
					done := make(chan error)
					go func() { done <- rdb.Set(ctx, "k", "3") }()
					testkit.Pass(10 * time.Second)
					w.say(func(v *view) { v.flags = "master" }, x, y, z)
					w.move(a, b, 2)
					ok(t, <-done)
					testkit.Pass(10 * time.Second)
					ok(t, rdb.Set(ctx, "k", "4"))
					if w.at(b).count("SET") != 2 || w.at(elsewhere).dials > 0 {
						t.Errorf("the new primary heard %q, and the foreign one had %d connections",
							w.at(b).heard, w.at(elsewhere).dials)
					}
				})
			})
		}
	}
}

// One Sentinel that takes a replica for the primary, with a number that nobody else knows, costs a detour
// each time it says something new, and stops nobody.
//
// Covers: S05
func TestSentinelThatTakesAReplicaForThePrimary(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		rdb := w.primary(t)
		ok(t, rdb.Set(ctx, "k", "1"))
		testkit.Pass(time.Second)
		w.say(func(v *view) { v.primary, v.epoch = b, 99 }, x)
		for range 20 {
			w.at(x).publish("+switch-master", "m "+blank(a)+" "+blank(b))
			began := time.Now()
			ok(t, rdb.Set(ctx, "k", "2"))
			testkit.Took(t, "a write", began, 0, time.Second)
			testkit.Pass(time.Minute)
		}
		if n := w.at(b); n.count("SET") > 0 || n.dials > 2 {
			t.Errorf("the replica had %d connections, and heard %q", n.dials, n.heard)
		}
		w.move(a, b, 100) // it was only early
		ok(t, rdb.Set(ctx, "k", "3"))
		if n := w.at(b).count("SET"); n != 1 {
			t.Errorf("%d writes at the new primary", n)
		}
	})
}
