package commands_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F87, F279, E72
func TestEval(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", 2))
		v := testkit.Must[redpoll.Value](t)(t.Client.Eval(ctx, testkit.Multiply, []string{"a"}, 3))
		t.Want(6)(v.Int())
		v = testkit.Must[redpoll.Value](t)(t.Client.Eval(ctx,
			"return {1, 'x', false, redis.error_reply('MINE went wrong'), {ARGV[1], 2.9}}", nil, "arg"))
		elems := testkit.Must[[]redpoll.Value](t)(v.Array())
		if len(elems) != 5 || elems[0].Any() != int64(1) || elems[1].Any() != "x" || !elems[2].IsNil() {
			t.Fatalf("got %v", v)
		}
		var se *redpoll.ServerError
		if !errors.As(elems[3].Err(), &se) || se.Code != "MINE" || se.Message != "went wrong" {
			t.Errorf("the error in the reply is %v", elems[3].Err())
		}
		if !reflect.DeepEqual(elems[4].Any(), []any{"arg", int64(2)}) {
			t.Errorf("the list in the reply is %v", elems[4])
		}
		if v := testkit.Must[redpoll.Value](t)(t.Client.Eval(ctx, "return nil", nil)); !v.IsNil() {
			t.Errorf("nil is %v", v)
		}
		const fails = "return redis.error_reply('MINE went wrong')"
		if _, err := t.Client.Eval(ctx, fails, nil); !errors.As(err, &se) || se.Code != "MINE" {
			t.Errorf("an error as the whole reply is %v", err)
		}
		if _, err := t.Client.Eval(ctx, "this is not Lua", nil); !errors.As(err, &se) {
			t.Errorf("a script that is none gives %v", err)
		}
	})
}

func TestEvalReadOnly(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", 2))
		sha := testkit.Must[string](t)(t.Client.ScriptLoad(ctx, testkit.Multiply))
		t.Want(6)(
			testkit.Must[redpoll.Value](t)(t.Client.EvalRO(ctx, testkit.Multiply, []string{"a"}, 3)).Int())
		t.Want(8)(testkit.Must[redpoll.Value](t)(t.Client.EvalShaRO(ctx, sha, []string{"a"}, 4)).Int())
		if v, err := t.Client.EvalRO(ctx, "return redis.call('SET', KEYS[1], 1)", []string{"a"}); err == nil {
			t.Errorf("a script that writes gives %v", v)
		}
	})
}

// Covers: F292, F293, E73
func TestScripts(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		sum := sha1.Sum([]byte(testkit.Multiply))
		sha, unknown := hex.EncodeToString(sum[:]), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		t.Want(sha)(t.Client.ScriptLoad(ctx, testkit.Multiply))
		t.Want([]bool{true, false})(t.Client.ScriptExists(ctx, sha, unknown))
		t.OK(t.Client.Set(ctx, "a", 2))
		t.Want(10)(testkit.Must[redpoll.Value](t)(t.Client.EvalSha(ctx, sha, []string{"a"}, 5)).Int())
		t.Is(redpoll.ErrNoScript)(t.Client.EvalSha(ctx, unknown, nil))
		for _, opts := range [][]redpoll.FlushOption{nil, {redpoll.Sync}, {redpoll.Async}} {
			t.Want(sha)(t.Client.ScriptLoad(ctx, testkit.Multiply))
			t.OK(t.Client.ScriptFlush(ctx, opts...))
			t.Want([]bool{false})(t.Client.ScriptExists(ctx, sha))
		}
		var se *redpoll.ServerError
		if err := t.Client.ScriptKill(ctx); !errors.As(err, &se) || se.Code != "NOTBUSY" {
			t.Errorf("SCRIPT KILL without a script gives %v", err)
		}
	})
}

func TestScriptShow(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	clients.EachProtocol(t, func(t *clients.Test) {
		sha := testkit.Must[string](t)(t.Client.ScriptLoad(ctx, testkit.Multiply))
		t.Want(testkit.Multiply)(t.Client.ScriptShow(ctx, sha))
		t.Is(redpoll.ErrNoScript)(t.Client.ScriptShow(ctx, strings.Repeat("0", 40)))
	})
}

// A script that never ends can be killed, and its caller gets an error. The client whose connection it
// occupies can kill it too, with any database, user name and limit of connections.
//
// Covers: F293
func TestScriptKill(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"lua-time-limit 10"}},
		func(t *clients.Test) {
			for name, opts := range map[string]redpoll.Options{
				"another client": {},
				"the same": {DB: 3, ClientName: "me", NoEvict: t.Server.Version().AtLeast(7, 0),
					MaxConns: 1},
				"exclusive": {Exclusive: true, MaxConns: 1},
			} {
				opts.Addr = t.Server.Addr()
				runs := clients.New(t, opts)
				ends := runs
				if name == "another client" {
					ends = t.Client
				}
				done := make(chan error, 1)
				go func() {
					_, err := runs.Eval(ctx, "while true do end", nil)
					done <- err
				}()
				kill := func() error { return ends.ScriptKill(ctx) }
				if name == "exclusive" {
					kill = func() error { _, err := ends.Do(ctx, "SCRIPT", "KILL"); return err }
				}
				redpolltest.Await(t, "the script is killed", func() bool { return kill() == nil })
				var se *redpoll.ServerError
				if err := <-done; !errors.As(err, &se) {
					t.Errorf("%s: the script that was killed gives %v", name, err)
				}
				clients.Usable(t, runs)
				if n := runs.Stats().LentConns; n > 0 {
					t.Errorf("%s: %d connections are still lent", name, n)
				}
			}
		})
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want([]redpoll.FunctionLibrary{})(t.Client.FunctionList(ctx))
		t.Want("lib")(t.Client.FunctionLoad(ctx, testkit.Library))
		if _, err := t.Client.FunctionLoad(ctx, testkit.Library); err == nil {
			t.Error("the library is loaded twice")
		}
		t.Want("lib")(t.Client.FunctionLoad(ctx, testkit.Library, redpoll.Replace))
		t.Want("OK")(testkit.Must[redpoll.Value](t)(t.Client.FCall(ctx, "set", []string{"k"}, "a")).Text())
		t.Want("ab")(testkit.Must[redpoll.Value](t)(t.Client.FCallRO(ctx, "get", []string{"k"}, "b")).Text())
		if v, err := t.Client.FCallRO(ctx, "set", []string{"k"}, "x"); err == nil {
			t.Errorf("a function that may write gives %v", v)
		}
		list := testkit.Must[[]redpoll.FunctionLibrary](t)(
			t.Client.FunctionList(ctx, redpoll.WithCode, redpoll.LibraryName("l*")))
		if len(list) != 1 || list[0].Name != "lib" || list[0].Engine != "LUA" ||
			list[0].Code != testkit.Library || list[0].Extra != nil {
			t.Fatalf("got %+v", list)
		}
		i := slices.IndexFunc(list[0].Functions, func(f redpoll.FunctionInfo) bool { return f.Name == "get" })
		want := (redpoll.FunctionInfo{Name: "get", Description: "reads", Flags: []string{"no-writes"}})
		if i < 0 || !reflect.DeepEqual(list[0].Functions[i], want) {
			t.Errorf("the functions are %+v", list[0].Functions)
		}
		t.Want([]redpoll.FunctionLibrary{})(t.Client.FunctionList(ctx, redpoll.LibraryName("x*")))
		t.Want(redpoll.FunctionStats{Engines: map[string]redpoll.FunctionEngine{"LUA": {Libraries: 1,
			Functions: 2}}})(t.Client.FunctionStats(ctx))

		dump := testkit.Must[[]byte](t)(t.Client.FunctionDump(ctx))
		if err := t.Client.FunctionRestore(ctx, dump); err == nil {
			t.Error("the library is restored twice")
		}
		t.OK(t.Client.FunctionRestore(ctx, dump, redpoll.Replace))
		t.OK(t.Client.FunctionRestore(ctx, dump, redpoll.RestoreFlush))
		t.OK(t.Client.FunctionDelete(ctx, "lib"))
		t.OK(t.Client.FunctionRestore(ctx, dump, redpoll.RestoreAppend))
		t.OK(t.Client.FunctionFlush(ctx))
		if err := t.Client.FunctionDelete(ctx, "lib"); err == nil {
			t.Error("a library that is not there is deleted")
		}
		var se *redpoll.ServerError
		if err := t.Client.FunctionKill(ctx); !errors.As(err, &se) || se.Code != "NOTBUSY" {
			t.Errorf("FUNCTION KILL without a function gives %v", err)
		}
	})
}

// FUNCTION STATS shows a running function.
func TestRunningFunction(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{Config: []string{"lua-time-limit 10"}},
		func(t *clients.Test) {
			t.Want("slow")(t.Client.FunctionLoad(ctx,
				"#!lua name=slow\nredis.register_function('spin', function() while true do end end)"))
			done := make(chan error, 1)
			other := clients.New(t, redpoll.Options{Addr: t.Server.Addr()})
			go func() {
				_, err := other.FCall(ctx, "spin", nil, "x")
				done <- err
			}()
			var stats redpoll.FunctionStats
			redpolltest.Await(t, "the function is seen", func() bool {
				var err error
				stats, err = t.Client.FunctionStats(ctx)
				return err == nil && stats.Running != nil
			})
			r := stats.Running
			if r.Name != "spin" || !slices.Equal(r.Command, []string{"FCALL", "spin", "0", "x"}) ||
				r.Duration < 0 {
				t.Errorf("got %+v", r)
			}
			t.OK(t.Client.FunctionKill(ctx))
			if err := <-done; err == nil {
				t.Error("the function that was killed gives no error")
			}
		})
}
