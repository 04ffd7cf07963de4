package pipelines_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The text of a script is sent once, and again after each flush of the server's cache.
//
// Covers: F280-F282, F284, F285, F294, E46, E49
func TestScriptLoadsItself(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		mon := t.Server.Monitor()
		script := t.Client.RegisterScript(testkit.Multiply)
		if seen := mon.Commands(); len(seen) != 0 {
			t.Errorf("registering sent %q", seen)
		}
		sum := script.SHA1()
		run := func(want ...[]string) {
			t.Helper()
			t.OK(t.Client.Set(ctx, "foo", 2))
			mon.Reset()
			t.Want(10)(testkit.Must[redpoll.Value](t)(script.Run(ctx, []string{"foo"}, 5)).Int())
			want = append(want, []string{"GET", "foo"}) // the command of the script
			if seen := mon.Commands(); !slices.EqualFunc(seen, want, slices.Equal) {
				t.Errorf("the server saw %q, want %q", seen, want)
			}
			t.Want(true)(script.Exists(ctx))
		}
		bySum := []string{"EVALSHA", sum, "1", "foo", "5"}
		byText := []string{"EVAL", testkit.Multiply, "1", "foo", "5"}
		t.Want(false)(script.Exists(ctx))
		run(bySum, byText)
		run(bySum)
		t.OK(t.Client.ScriptFlush(ctx))
		t.Want(false)(script.Exists(ctx))
		run(bySum, byText)
		t.OK(t.Client.ScriptFlush(ctx))
		t.OK(script.Load(ctx))
		t.Want(sum)(t.Client.ScriptLoad(ctx, testkit.Multiply))
		run(bySum)
	})
}

// A script can be run without keys and without arguments.
//
// Covers: F281
func TestScriptWithoutKeysAndArguments(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		count := t.Client.RegisterScript("return {#KEYS, #ARGV}")
		for _, tc := range []struct {
			name string
			keys []string
			args []any
			want []any
		}{
			{"neither", nil, nil, []any{int64(0), int64(0)}},
			{"keys", []string{"a", "b"}, nil, []any{int64(2), int64(0)}},
			{"arguments", nil, []any{1, "x", []byte("y")}, []any{int64(0), int64(3)}},
		} {
			got := testkit.Must[redpoll.Value](t)(count.Run(ctx, tc.keys, tc.args...))
			if !slices.Equal(got.Any().([]any), tc.want) {
				t.Errorf("%s: got %v", tc.name, got)
			}
		}
	})
}

// A script can run on another client: with another server, another text encoding, or a pinned connection.
//
// Covers: F283, E47
func TestScriptOnOtherClient(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		script := t.Client.RegisterScript(testkit.Multiply)
		there, srv := clients.Shared(t, redpoll.Options{})
		t.OK(t.Client.Set(ctx, "foo", 2))
		t.OK(there.Set(ctx, "foo", 3))
		t.Want(15)(testkit.Must[redpoll.Value](t)(script.On(there).Run(ctx, []string{"foo"}, 5)).Int())
		pinned := script.On(&clients.Pin(t, there).Client)
		t.Want(15)(testkit.Must[redpoll.Value](t)(pinned.Run(ctx, []string{"foo"}, 5)).Int())
		t.Want(10)(testkit.Must[redpoll.Value](t)(script.Run(ctx, []string{"foo"}, 5)).Int())

		latin := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB, Text: redpoll.Latin1})
		echo := t.Client.RegisterScript("return ARGV[1] .. 'é'")
		for _, on := range []*redpoll.Script{echo.On(latin), echo.On(latin).On(there)} {
			t.Want("üé")(testkit.Must[redpoll.Value](t)(on.Run(ctx, nil, "ü")).Text())
		}
	})
}

// The checksum of a script is computed from its encoded text.
//
// Covers: F295
func TestScriptSumFollowsTheEncoding(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	const lua = "return 'é'"
	plain := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	latin := clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.Latin1})
	sums := make(map[string]bool)
	for _, rdb := range []*redpoll.Client{plain, latin} {
		script := rdb.RegisterScript(lua)
		sum, err := rdb.ScriptLoad(ctx, lua)
		if err != nil || sum != script.SHA1() {
			t.Errorf("the server's sum is %q and the error %v, ours is %q", sum, err, script.SHA1())
		}
		sums[sum] = true
		if v, err := script.Run(ctx, nil); err != nil || v.Any() != "é" {
			t.Errorf("got %v and the error %v", v, err)
		}
	}
	if len(sums) != 2 {
		t.Error("the sums are the same")
	}
	var de *redpoll.DataError
	if _, err := latin.RegisterScript("return '€'").Run(ctx, nil); !errors.As(err, &de) {
		t.Errorf("a script that cannot be encoded gives %v", err)
	}
}

// The reply of a script arrives as the server converts it.
//
// Covers: F291
func TestScriptReplies(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, lua string
		kind      redpoll.ValueKind
		want      string
	}{
		{"number", "return 3", redpoll.KindInt, "3"},
		{"fraction", "return 3.99", redpoll.KindInt, "3"},
		{"negative fraction", "return -3.99", redpoll.KindInt, "-3"},
		{"fraction as text", "return tostring(3.5)", redpoll.KindString, `"3.5"`},
		{"string", "return 'a\\0b'", redpoll.KindString, `"a\x00b"`},
		{"empty string", "return ''", redpoll.KindString, `""`},
		{"table", "return {1, 'a', {2, {}}}", redpoll.KindArray, `[1 "a" [2 []]]`},
		{"table with a nil", "return {1, 2, nil, 4}", redpoll.KindArray, "[1 2]"},
		{"table with false", "return {1, false, 3}", redpoll.KindArray, "[1 (nil) 3]"},
		{"table with a name", "return {1, name = 'x'}", redpoll.KindArray, "[1]"},
		{"nil", "return nil", redpoll.KindNil, "(nil)"},
		{"nothing", "local x = 1", redpoll.KindNil, "(nil)"},
		{"false", "return false", redpoll.KindNil, "(nil)"},
		{"true", "return true", redpoll.KindInt, "1"},
		{"status table", "return {ok = 'FINE'}", redpoll.KindStatus, "FINE"},
		{"status reply", "return redis.status_reply('FINE')", redpoll.KindStatus, "FINE"},
		{"reply of a command", "return redis.call('PING')", redpoll.KindStatus, "PONG"},
		{"missing key", "return redis.call('GET', 'missing')", redpoll.KindNil, "(nil)"},
		{"error inside", "return {1, redis.error_reply('MINE no')}", redpoll.KindArray,
			"[1 (error) MINE no]"},
	}
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, tc := range cases {
			v, err := t.Client.RegisterScript(tc.lua).Run(ctx, nil)
			if err != nil || v.Kind() != tc.kind || v.String() != tc.want {
				t.Errorf("%s: got %v of kind %v and the error %v, want %s of kind %v",
					tc.name, v, v.Kind(), err, tc.want, tc.kind)
			}
		}
	})
}

// The failure of a script is a server error. Its earlier writes stay.
//
// Covers: F290
func TestScriptErrors(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, tc := range []struct {
			name, lua, code string
			class           error
		}{
			{"error table", "return {err = 'MINE went wrong'}", "MINE", redpoll.ErrRefused},
			{"raised", "error('went wrong')", "ERR", redpoll.ErrRefused},
			{"of a command", "redis.call('SET', KEYS[1], 1) return redis.call('LPUSH', KEYS[1], 1)",
				"WRONGTYPE", redpoll.ErrWrongType},
			{"no Lua", "return return", "ERR", redpoll.ErrRefused},
		} {
			_, err := t.Client.RegisterScript(tc.lua).Run(ctx, []string{"k"})
			var se *redpoll.ServerError
			if !errors.As(err, &se) || !errors.Is(err, tc.class) {
				t.Errorf("%s: got %v", tc.name, err)
			} else if t.Server.Version().AtLeast(7, 0) && se.Code != tc.code {
				t.Errorf("%s: the code is %q", tc.name, se.Code)
			}
		}
		t.Holds("1", "GET", "k")
	})
}

func TestScriptReadOnly(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "foo", 2))
		script := t.Client.RegisterScript(testkit.Multiply + " -- read only")
		for range 2 {
			t.Want(10)(testkit.Must[redpoll.Value](t)(script.RunRO(ctx, []string{"foo"}, 5)).Int())
		}
		v, err := t.Client.RegisterScript("return redis.call('SET', KEYS[1], 1)").RunRO(ctx, []string{"foo"})
		if err == nil {
			t.Errorf("a script that writes gives %v", v)
		}
		t.Holds("2", "GET", "foo")
	})
}

// A script that cannot be sent is refused before anything is sent.
func TestScriptRefused(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	mon := srv.Monitor()
	script := rdb.RegisterScript(testkit.Multiply)
	for _, tc := range []struct {
		name string
		call func() error
	}{
		{"nil argument", func() error { _, err := script.Run(ctx, nil, 1, nil); return err }},
		{"bool argument", func() error { _, err := script.RunRO(ctx, nil, true); return err }},
		{"zero script", func() error { _, err := new(redpoll.Script).Run(ctx, nil); return err }},
		{"no client", func() error { _, err := script.On(nil).Run(ctx, nil); return err }},
		{"load without a client", func() error { return script.On(nil).Load(ctx) }},
		{"exists without a client", func() error { _, err := script.On(nil).Exists(ctx); return err }},
		{"zero functions", func() error { _, err := new(redpoll.Functions).Call(ctx, "f", nil); return err }},
		{"nil script", func() error { _, err := (*redpoll.Script)(nil).Run(ctx, nil); return err }},
		{"nil script on a client",
			func() error { _, err := (*redpoll.Script)(nil).On(rdb).Run(ctx, nil); return err }},
		{"nil functions",
			func() error { _, err := (*redpoll.Functions)(nil).Call(ctx, "f", nil); return err }},
		{"nil functions on a client", func() error { return (*redpoll.Functions)(nil).On(rdb).Load(ctx) }},
		{"load of nil functions", func() error { return (*redpoll.Functions)(nil).Load(ctx) }},
		{"functions without a client",
			func() error { return rdb.RegisterFunctions(testkit.Library).On(nil).Load(ctx) }},
	} {
		var de *redpoll.DataError
		if err := tc.call(); !errors.As(err, &de) || redpoll.OutcomeOf(err) != redpoll.NotSent {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
	if sum := (*redpoll.Script)(nil).SHA1(); sum != "" {
		t.Errorf("the sum of no script is %q", sum)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := script.Run(ended, nil); !errors.Is(err, context.Canceled) ||
		!errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("an ended context gives %v", err)
	}
	if seen := mon.Commands(); len(seen) != 0 {
		t.Errorf("the server saw %q", seen)
	}
}

// If the reply of a script is lost, the script is not run again, and the error says that it may have run. A
// read-only script is run again.
func TestScriptWithLostReply(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			rdb := w.Client(t)
			clients.Warm(t, rdb)
			script := rdb.RegisterScript("return redis.call('INCR', KEYS[1])")
			if err := script.Load(ctx); err != nil {
				t.Fatal(err)
			}
			cut := w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Reset, redpolltest.FromNow,
				redpolltest.Once)
			_, err := script.Run(ctx, []string{"n"})
			cut.Wait()
			if !errors.Is(err, redpoll.ErrMaybeExecuted) {
				t.Errorf("the lost reply is %v", err)
			}
			if n := w.Server.Do("GET", "n"); n != "1" {
				t.Errorf("the script ran %v times", n)
			}
			if !w.Server.Version().AtLeast(7, 0) {
				return
			}
			get := rdb.RegisterScript("return redis.call('GET', KEYS[1])")
			clients.Warm(t, rdb)
			cut = w.Proxy.CutAfter(redpolltest.ToClient, 0, redpolltest.Reset, redpolltest.FromNow,
				redpolltest.Once)
			v, err := get.RunRO(ctx, []string{"n"})
			cut.Wait()
			if err != nil || v.Any() != "1" {
				t.Errorf("reading gives %v and the error %v", v, err)
			}
		})
	}
}

// Many goroutines that find an empty script cache all get their results.
func TestScriptByManyAtOnce(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		script := t.Client.RegisterScript("return redis.call('INCR', KEYS[1])")
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				if i%16 == 0 {
					t.OK(t.Client.ScriptFlush(ctx))
				}
				if _, err := script.Run(ctx, []string{"n"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		t.Holds("64", "GET", "n")
	})
}

// A library is loaded when it is missing, and never replaced without a request. If the library on the server
// lacks a function, the error explains why.
func TestFunctionsLoadThemselves(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		lib := t.Client.RegisterFunctions(testkit.Library)
		mon := t.Server.Monitor()
		t.Want("OK")(testkit.Must[redpoll.Value](t)(lib.Call(ctx, "set", []string{"k"}, "a")).Text())
		t.Want("ab")(testkit.Must[redpoll.Value](t)(lib.CallRO(ctx, "get", []string{"k"}, "b")).Text())
		if n := mon.Count("FUNCTION"); n != 1 {
			t.Errorf("the library was loaded %d times", n)
		}
		t.OK(t.Client.FunctionFlush(ctx))
		t.Want("ab")(testkit.Must[redpoll.Value](t)(lib.CallRO(ctx, "get", []string{"k"}, "b")).Text())

		newer := t.Client.RegisterFunctions(
			testkit.Library + "redis.register_function('more', function() return 7 end)\n")
		_, err := newer.Call(ctx, "more", nil)
		t.Is(redpoll.ErrNoFunction)(nil, err)
		t.Is(redpoll.ErrNoFunction)(t.Client.FCall(ctx, "more", nil))
		if err := newer.Load(ctx); err == nil {
			t.Error("a library of the same name is loaded")
		}
		t.OK(newer.Load(ctx, redpoll.Replace))
		t.Want(7)(testkit.Must[redpoll.Value](t)(newer.Call(ctx, "more", nil)).Int())

		var se *redpoll.ServerError
		if _, err := t.Client.RegisterFunctions("no library").Call(ctx, "none", nil); !errors.As(err, &se) ||
			!errors.Is(err, redpoll.ErrNoFunction) {
			t.Errorf("a text that is not a library gives %v", err)
		}
		srv := redpolltest.Start(t, redpolltest.ServerOptions{})
		there := clients.New(t, redpoll.Options{Addr: srv.Addr()})
		t.Want("OK")(
			testkit.Must[redpoll.Value](t)(lib.On(there).Call(ctx, "set", []string{"k"}, "x")).Text())
		if got := srv.Do("GET", "k"); got != "x" {
			t.Errorf("the other server has %v", got)
		}
	})
}

// A pipeline loads the library of a queued function once, in front of the transaction. If the server has
// another version of the library, it stays, and a call of a function that it lacks says why.
func TestFunctionsInPipelines(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		lib := t.Client.RegisterFunctions(testkit.Library)
		script := t.Client.RegisterScript("return ARGV[1]")
		for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			t.OK(t.Client.FunctionFlush(ctx))
			mon := t.Server.Monitor()
			pipe := t.Client.Pipeline(opts...)
			set, before := lib.Queue(pipe, "set", []string{"k"}, "a"), pipe.Get("k")
			arg := script.Queue(pipe, nil, "x")
			get := lib.QueueRO(pipe, "get", []string{"k"}, "b")
			t.OK(pipe.Exec(ctx))
			for i, h := range []*redpoll.Reply[redpoll.Value]{set, arg, get} {
				if got, err := h.Val().Text(); err != nil || h.Err() != nil ||
					got != []string{"OK", "x", "ab"}[i] {
					t.Errorf("handle %d has %q, %v, %v", i, got, err, h.Err())
				}
			}
			t.Want("a")(before.Val(), before.Err())
			if n := mon.Count("FUNCTION"); n != 1 {
				t.Errorf("the library was sent %d times", n)
			}

			newer := t.Client.RegisterFunctions(
				testkit.Library + "redis.register_function('more', function() return 7 end)\n")
			more := newer.Queue(pipe, "more", nil)
			incr := pipe.Incr("n")
			err := pipe.Exec(ctx)
			var pe *redpoll.PipelineError
			if !errors.As(err, &pe) || pe.Index != 0 || !errors.Is(err, redpoll.ErrNoFunction) ||
				!strings.Contains(err.Error(), "already exists") {
				t.Errorf("a function that the server's library lacks gives %v", err)
			}
			t.Is(redpoll.ErrNoFunction)(nil, more.Err())
			if incr.Err() != nil {
				t.Errorf("the command behind it has %v", incr.Err())
			}
		}

		pipe := t.Client.Pipeline()
		h := new(redpoll.Functions).Queue(pipe, "f", nil)
		var de *redpoll.DataError
		if err := pipe.Exec(ctx); !errors.As(err, &de) || !errors.As(h.Err(), &de) {
			t.Errorf("a library of no client gives %v and %v", err, h.Err())
		}
	})
}
