package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// failures are about errors, and about what they say of the command.
var failures = tests{
	"an error reply": func(t *T) {
		t.OK(t.Client.Set(t.Context(), t.Key("k"), "v"))
		t.Synced()
		for name, call := range map[string]func() error{
			"write": func() error {
				_, err := t.Client.LPush(t.Context(), t.Key("k"), 1)
				return err
			},
			"read": func() error {
				_, err := t.Client.LRange(t.Context(), t.Key("k"), 0, -1)
				return err
			},
		} {
			err := call()
			var reply *redpoll.ServerError
			if !errors.As(err, &reply) || !errors.Is(err, redpoll.ErrWrongType) ||
				t.on.roles[reply.Node] == "" {
				t.Errorf("%s: the error is %v", name, err)
			}
			wantOutcome(t, err, redpoll.Refused)
		}
	},
	"nothing is there": func(t *T) {
		_, err := t.Client.Get(t.Context(), t.Key("missing"))
		t.Is(redpoll.Nil)(nil, err)
		wantOutcome(t, err, redpoll.Executed)
	},
	"what cannot be sent": func(t *T) {
		err := t.Client.Set(t.Context(), t.Key("k"), struct{}{})
		if !as[*redpoll.DataError](err) {
			t.Errorf("Set gives %v", err)
		}
		wantOutcome(t, err, redpoll.NotSent)
		_, err = t.Client.Do(t.Context(), "SELECT", 1)
		if !as[*redpoll.StateError](err) {
			t.Errorf("SELECT gives %v", err)
		}
		wantOutcome(t, err, redpoll.NotSent)
	},
	"an unknown command": func(t *T) {
		_, err := t.Client.Do(t.Context(), "REDPOLL.NOTHING", "argument")
		if strings.Contains(err.Error(), "argument") ||
			!t.refused("an unknown command", err) && !as[*redpoll.ServerError](err) {
			t.Errorf("it gives %v", err)
		}
	},
	"no secret in texts": func(t *T) {
		rdb := t.Another(redpoll.Options{Password: "secret-word", ClientName: "conformance"})
		err := rdb.Ping(t.Context())
		if !errors.Is(err, redpoll.ErrAuth) {
			t.Errorf("a password that no server knows gives %v", err)
		}
		if text := rdb.String() + err.Error(); strings.Contains(text, "secret-word") {
			t.Errorf("the texts are %s", text)
		}
	},
	"a write without a reply": func(t *T) {
		wire := new(silencer)
		rdb := t.Another(redpoll.Options{Dialer: wire.dial})
		t.Want(int64(1))(rdb.Incr(t.Context(), t.Key("n")))
		wire.silence(t.on.roles)
		ctx, cancel := context.WithCancel(t.Context())
		ended := t.Go(func() error { _, err := rdb.Incr(ctx, t.Key("n")); return err })
		redpolltest.Await(t, "the server has executed it", func() bool {
			n, err := redpoll.Int(t.Client.Get(t.primary(), t.Key("n")))
			return n == 2 && err == nil
		})
		cancel()
		clients.MaybeExecuted(context.Canceled).Check(t.T, ended())
	},
}

func wantOutcome(t testing.TB, err error, want redpoll.Outcome) {
	t.Helper()
	if got := redpoll.OutcomeOf(err); got != want {
		t.Errorf("the outcome of %v is %v, want %v", err, got, want)
	}
}
