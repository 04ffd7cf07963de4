package values_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// saying returns a callback with a fixed result.
func saying(text string) redpoll.Callback {
	return func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return text, nil }
}

// reply runs a command and returns its reply as a Go value.
func reply(t testing.TB, rdb *redpoll.Client, args ...any) any {
	t.Helper()
	v, err := rdb.Do(t.Context(), args...)
	if err != nil {
		t.Errorf("%v gives the error %v", args[0], err)
	}
	return v.Any()
}

// Covers: F148, F150, F152
func TestResponseCallbacks(t *testing.T) {
	t.Parallel()
	all := map[string]redpoll.Callback{"echo": saying("from the start")}
	rdb, srv := clients.Shared(t, redpoll.Options{Callbacks: all})
	other := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB, Callbacks: all})
	one := clients.Pin(t, rdb)
	want := func(rdb *redpoll.Client, want string) {
		t.Helper()
		if got := reply(t, rdb, "ECHO", "raw"); got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	want(rdb, "from the start")
	want(other, "from the start")
	rdb.SetResponseCallback("ECHO", saying("set later"))
	want(rdb, "set later")
	want(&one.Client, "set later") // this client was made from rdb
	want(other, "from the start")
	one.SetResponseCallback("ECHO", saying("set by the Conn"))
	want(rdb, "set by the Conn")
	rdb.SetResponseCallback("Echo", nil)
	want(rdb, "raw")
	want(other, "from the start")
	if got := reply(t, rdb, "PING"); got != "PONG" {
		t.Errorf("a command without a callback gives %v", got)
	}
	if got, err := other.Echo(t.Context(), "raw"); got != "raw" || err != nil {
		t.Errorf("the typed method gives %q, %v", got, err)
	}
}

// Covers: F155
func TestCallbackNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set  string
		args []any
		hit  bool
	}{
		{"GET", []any{"get", "k"}, true},
		{"get", []any{"GET", "k"}, true},
		{"gEt", []any{"GeT", "k"}, true},
		{"config get", []any{"CONFIG GET", "maxclients"}, true},
		{"CONFIG GET", []any{"config", "get", "maxclients"}, true},
		{"  Config   Get ", []any{"CONFIG get", "maxclients"}, true},
		{"CONFIG", []any{"CONFIG GET", "maxclients"}, true},
		{"CONFIG SET", []any{"CONFIG GET", "maxclients"}, false},
		{"GETX", []any{"GET", "k"}, false},
	} {
		t.Run(tt.set, func(t *testing.T) {
			t.Parallel()
			rdb, _ := clients.Shared(t, redpoll.Options{})
			rdb.SetResponseCallback(tt.set, saying("converted"))
			if got := reply(t, rdb, tt.args...); (got == "converted") != tt.hit {
				t.Errorf("%v gives %v", tt.args, got)
			}
		})
	}
}

// Covers: F153
func TestCallbackArguments(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	srv.Do("ZADD", "z", "1", "one", "2", "two")
	rdb.SetResponseCallback("ZRANGE", func(v redpoll.Value, opts redpoll.CallbackOptions) (any, error) {
		list, err := v.Strings()
		return strings.Join(list, opts["separator"].(string)), err
	})
	options := redpoll.CallbackOptions{"separator": "-"}
	m := srv.Monitor()
	for _, args := range [][]any{
		{"ZRANGE", "z", 0, -1, options}, {"ZRANGE", options, "z", 0, -1},
	} {
		if got := reply(t, rdb, args...); got != "one-two" {
			t.Errorf("got %v", got)
		}
	}
	for _, args := range m.Commands() {
		if args[0] == "ZRANGE" && strings.Join(args, " ") != "ZRANGE z 0 -1" {
			t.Errorf("the server saw %q", args)
		}
	}
	if n := m.Count("ZRANGE"); n != 2 {
		t.Errorf("the server saw %d commands", n)
	}
	var got redpoll.CallbackOptions
	rdb.SetResponseCallback("PING", func(_ redpoll.Value, opts redpoll.CallbackOptions) (any, error) {
		got = opts
		return nil, nil
	})
	if v := reply(t, rdb, "PING"); v != nil || got != nil {
		t.Errorf("a call without options gives %v and %v", got, v)
	}
}

// Covers: F154
func TestCallbackIsCalledForNilButNotForErrors(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		rdb, srv := clients.Shared(t, redpoll.Options{Protocol: protocol})
		srv.Do("SET", "text", "x")
		called := 0
		count := func(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) {
			called++
			return v.IsNil(), nil
		}
		rdb.SetResponseCallback("GET", count)
		rdb.SetResponseCallback("INCR", count)
		if got := reply(t, rdb, "GET", "missing"); got != true || called != 1 {
			t.Errorf("RESP%d: for nil the callback was called %d times and gave %v", protocol, called, got)
		}
		if _, err := rdb.Do(t.Context(), "INCR", "text"); !errors.Is(err, redpoll.ErrRefused) || called != 1 {
			t.Errorf("RESP%d: the callback was called %d times, and the error is %v", protocol, called, err)
		}
	}
}

// Covers: F156
func TestCallbackFailure(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	srv.Do("SET", "k", "v")
	id := clients.ID(t, rdb)
	broken := errors.New("cannot convert")
	rdb.SetResponseCallback("GET",
		func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "half", broken })
	v, err := rdb.Do(t.Context(), "GET", "k")
	if !errors.Is(err, broken) || !v.IsNil() {
		t.Errorf("got %v, %v", v, err)
	}
	if got := clients.ID(t, rdb); got != id {
		t.Errorf("the connection is %d, was %d", got, id)
	}
	if got, err := rdb.Get(t.Context(), "k"); got != "v" || err != nil {
		t.Errorf("GET gives %q, %v", got, err)
	}
}

// Do returns the result of a callback, whatever it is.
func TestCallbackResults(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	type own struct{ n int }
	for _, tt := range []struct {
		name string
		made any
		want any
		kind redpoll.ValueKind
	}{
		{"own type", own{7}, own{7}, redpoll.KindOther},
		{"nil", nil, nil, redpoll.KindOther},
		{"text", "text", "text", redpoll.KindOther},
	} {
		rdb.SetResponseCallback("PING",
			func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return tt.made, nil })
		v, err := rdb.Do(t.Context(), "PING")
		if v.Any() != tt.want || v.Kind() != tt.kind || err != nil {
			t.Errorf("%s: %v of kind %v, %v", tt.name, v.Any(), v.Kind(), err)
		}
	}
	rdb.SetResponseCallback("PING",
		func(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) { return v, nil })
	if v, err := rdb.Do(t.Context(), "PING"); v.Kind() != redpoll.KindStatus || v.Any() != "PONG" ||
		err != nil {
		t.Errorf("a Value is given as it is: %v of kind %v, %v", v, v.Kind(), err)
	}
}

// A callback runs on the goroutine of its caller, so it may run commands.
func TestCallbackMayRunCommands(t *testing.T) {
	t.Parallel()
	for _, exclusive := range []bool{false, true} {
		rdb, _ := clients.Shared(t, redpoll.Options{Exclusive: exclusive, MaxConns: 1})
		rdb.SetResponseCallback("PING", func(redpoll.Value, redpoll.CallbackOptions) (any, error) {
			rdb.SetResponseCallback("TIME", nil)
			return rdb.Incr(t.Context(), "n")
		})
		for want := range int64(3) {
			if got := reply(t, rdb, "PING"); got != want+1 {
				t.Errorf("got %v, want %d", got, want+1)
			}
		}
	}
}
