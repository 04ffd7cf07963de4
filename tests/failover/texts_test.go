package failover_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// The errors for a primary that nobody names say the whole story: library, command, service, each server that
// was asked with its own reason, remedies, and that nothing was sent.
func TestTextsOfDiscovery(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.set(func() {
			w.nodes[x].password = "hunter2"
			delete(w.nodes[y].views, "m")
			w.nodes[z].views["m"].flags = "master,o_down"
		})
		s := w.open(t, w.options())
		check := func(err error, want string) {
			t.Helper()
			if err == nil || err.Error() != want {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
			if redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("the outcome is %v", redpoll.OutcomeOf(err))
			}
		}
		const reasons = "no primary is known for m: " + x +
			" HELLO: NOAUTH HELLO must be called with the client already authenticated (the Sentinel asks " +
			"for a password: SentinelOptions.Sentinel.Password, or sentinel_password in a URL); " + y +
			" ERR No such master with that name (it knows the service under another name, or not at all: " +
			"SENTINEL MASTERS lists what it knows); " + z + " says that " + a +
			" is down: master,o_down"
		_, err := s.DiscoverMaster(ctx, "m")
		check(err, "redpoll: dial: "+reasons+" (not sent)")
		var de *redpoll.DiscoveryError
		if !errors.As(err, &de) || de.Error() != "redpoll: "+reasons {
			t.Errorf("\n got %v\nwant redpoll: %s", de, reasons)
		}
		is(t, err, redpoll.ErrNoPrimary, redpoll.ErrAuth)
		if errors.Is(err, redpoll.ErrNoReplica) {
			t.Errorf("%v matches ErrNoReplica", err)
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		err = s.MasterFor("m").Set(short, "k", "v")
		check(err, "redpoll: SET on m: queue after 1s: context deadline exceeded: "+reasons+" (not sent)")
		is(t, err, context.DeadlineExceeded, redpoll.ErrNoPrimary, redpoll.ErrAuth)

		w.turn(refuses, x, y, z)
		_, err = s.DiscoverReplicas(ctx, "m")
		check(err, "redpoll: dial: no replica can be reached for m: "+x+" dial tcp: connection refused; "+y+
			" dial tcp: connection refused; "+z+" dial tcp: connection refused (not sent)")
		gone, cancel := context.WithCancel(ctx)
		cancel()
		is(t, testkit.Err(s.DiscoverMaster(gone, "m")), context.Canceled, redpoll.ErrNotSent)
	})
}

// Error replies of Sentinels say what to do about them, and name the options that are about Sentinels.
func TestRemediesAtSentinels(t *testing.T) {
	for reply, want := range map[testkit.Refusal]string{
		"NOAUTH Authentication required.":              "Sentinel.Password, or sentinel_password",
		"WRONGPASS invalid username":                   "see SentinelOptions.Sentinel.Username",
		"ERR Client sent AUTH, but no password is set": "leave out SentinelOptions.Sentinel.Password",
		"ERR No such master with that name":            "under another name",
		"ERR unknown command `SENTINEL`":               "a server and not a Sentinel",
		"NOPERM this user has no":                      "the server's ACL decides",
		"ERR something else":                           "ERR something else (not sent)",
	} {
		play(t, func(t *testing.T, w *world) {
			for _, addr := range []string{x, y, z} {
				w.answers(addr, "SENTINEL", reply)
			}
			_, err := w.open(t, w.options()).DiscoverMaster(ctx, "m")
			is(t, err, redpoll.ErrNoPrimary)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, want %q in it", reply, err, want)
			}
		})
	}
}

// Whatever waits for a primary says why there is none, and matches the errors of that.
func TestWaitsForThePrimarySayWhy(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		w.say(func(v *view) { v.flags = "master,o_down" }, x, y, z)
		rdb := w.primary(t)
		sub := rdb.PubSub()
		defer sub.Close()
		for name, call := range map[string]func(context.Context) error{
			"SET":       func(ctx context.Context) error { return rdb.Set(ctx, "k", "v") },
			"BLPOP":     func(ctx context.Context) error { return testkit.Err(rdb.BLPop(ctx, 0, "k")) },
			"SUBSCRIBE": func(ctx context.Context) error { return sub.Subscribe(ctx, "c") },
			"MONITOR":   func(ctx context.Context) error { return testkit.Err(rdb.Monitor(ctx)) },
			"m: queue":  func(ctx context.Context) error { return testkit.Err(rdb.Conn(ctx)) },
		} {
			short, cancel := context.WithTimeout(ctx, time.Second)
			err := call(short)
			cancel()
			is(t, err, context.DeadlineExceeded, redpoll.ErrNoPrimary, redpoll.ErrNotSent)
			text := err.Error()
			if !strings.Contains(text, name) || !strings.Contains(text, z+" says that "+a+" is down") {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A server that is named as the primary and is none has its address in the error.
		w.say(func(v *view) { v.flags = "master" }, x, y, z)
		w.demote(a, b)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		err := rdb.Set(short, "k", "v")
		is(t, err, context.DeadlineExceeded, redpoll.ErrNotSent)
		if !strings.Contains(err.Error(), "ROLE: "+a+" is a replica, and was named as the primary") {
			t.Errorf("the error is %v", err)
		}
	})
}
