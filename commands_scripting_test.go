package redpoll_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

const multiply = "local v = redis.call('GET', KEYS[1]) return v * ARGV[1]"

// Covers: F87, F279, E72
func TestEval(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", 2))
		v := must[redpoll.Value](t)(t.rdb.Eval(ctx, multiply, []string{"a"}, 3))
		t.want(6)(v.Int())
		v = must[redpoll.Value](t)(t.rdb.Eval(ctx, "return {1, 'x', false, redis.error_reply('MINE went wrong'), {ARGV[1], 2.9}}", nil, "arg"))
		elems := must[[]redpoll.Value](t)(v.Array())
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
		if v := must[redpoll.Value](t)(t.rdb.Eval(ctx, "return nil", nil)); !v.IsNil() {
			t.Errorf("nil is %v", v)
		}
		if _, err := t.rdb.Eval(ctx, "return redis.error_reply('MINE went wrong')", nil); !errors.As(err, &se) || se.Code != "MINE" {
			t.Errorf("an error as the whole reply is %v", err)
		}
		if _, err := t.rdb.Eval(ctx, "this is no Lua", nil); !errors.As(err, &se) {
			t.Errorf("a script that is none gives %v", err)
		}
	})
}

func TestEvalReadOnly(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", 2))
		sha := must[string](t)(t.rdb.ScriptLoad(ctx, multiply))
		t.want(6)(must[redpoll.Value](t)(t.rdb.EvalRO(ctx, multiply, []string{"a"}, 3)).Int())
		t.want(8)(must[redpoll.Value](t)(t.rdb.EvalShaRO(ctx, sha, []string{"a"}, 4)).Int())
		if v, err := t.rdb.EvalRO(ctx, "return redis.call('SET', KEYS[1], 1)", []string{"a"}); err == nil {
			t.Errorf("a script that writes gives %v", v)
		}
	})
}

// Covers: F292, F293, E73
func TestScripts(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		sum := sha1.Sum([]byte(multiply))
		sha, unknown := hex.EncodeToString(sum[:]), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		t.want(sha)(t.rdb.ScriptLoad(ctx, multiply))
		t.want([]bool{true, false})(t.rdb.ScriptExists(ctx, sha, unknown))
		t.ok(t.rdb.Set(ctx, "a", 2))
		t.want(10)(must[redpoll.Value](t)(t.rdb.EvalSha(ctx, sha, []string{"a"}, 5)).Int())
		t.is(redpoll.ErrNoScript)(t.rdb.EvalSha(ctx, unknown, nil))
		for _, opts := range [][]redpoll.FlushOption{nil, {redpoll.Sync}, {redpoll.Async}} {
			t.want(sha)(t.rdb.ScriptLoad(ctx, multiply))
			t.ok(t.rdb.ScriptFlush(ctx, opts...))
			t.want([]bool{false})(t.rdb.ScriptExists(ctx, sha))
		}
		var se *redpoll.ServerError
		if err := t.rdb.ScriptKill(ctx); !errors.As(err, &se) || se.Code != "NOTBUSY" {
			t.Errorf("SCRIPT KILL without a script gives %v", err)
		}
	})
}

func TestScriptShow(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.0")
	eachProtocol(t, func(t *commandTest) {
		sha := must[string](t)(t.rdb.ScriptLoad(ctx, multiply))
		t.want(multiply)(t.rdb.ScriptShow(ctx, sha))
		t.is(redpoll.ErrNoScript)(t.rdb.ScriptShow(ctx, strings.Repeat("0", 40)))
	})
}

// A script that does not end is ended, and its caller told so: also by the client whose connection it keeps, whatever its
// database, its name and the limit of its connections.
//
// Covers: F293
func TestScriptKill(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Config: []string{"lua-time-limit 10"}}, func(t *commandTest) {
		for name, opts := range map[string]redpoll.Options{
			"another client": {},
			"the same":       {DB: 3, ClientName: "me", NoEvict: t.srv.Version().AtLeast(7, 0), MaxConns: 1},
			"exclusive":      {Exclusive: true, MaxConns: 1},
		} {
			opts.Addr = t.srv.Addr()
			runs := newClient(t, opts)
			ends := runs
			if name == "another client" {
				ends = t.rdb
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
			await(t, "the script is killed", func() bool { return kill() == nil })
			var se *redpoll.ServerError
			if err := <-done; !errors.As(err, &se) {
				t.Errorf("%s: the script that was killed gives %v", name, err)
			}
			usable(t, runs)
			if n := runs.Stats().LentConns; n > 0 {
				t.Errorf("%s: %d connections are still lent", name, n)
			}
		}
	})
}

const library = "#!lua name=lib\n" +
	"local function get(keys, args) return redis.call('GET', keys[1]) .. args[1] end\n" +
	"redis.register_function{function_name='get', callback=get, flags={'no-writes'}, description='reads'}\n" +
	"redis.register_function('set', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n"

func TestFunctions(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want([]redpoll.FunctionLibrary{})(t.rdb.FunctionList(ctx))
		t.want("lib")(t.rdb.FunctionLoad(ctx, library))
		if _, err := t.rdb.FunctionLoad(ctx, library); err == nil {
			t.Error("the library is loaded twice")
		}
		t.want("lib")(t.rdb.FunctionLoad(ctx, library, redpoll.Replace))
		t.want("OK")(must[redpoll.Value](t)(t.rdb.FCall(ctx, "set", []string{"k"}, "a")).Text())
		t.want("ab")(must[redpoll.Value](t)(t.rdb.FCallRO(ctx, "get", []string{"k"}, "b")).Text())
		if v, err := t.rdb.FCallRO(ctx, "set", []string{"k"}, "x"); err == nil {
			t.Errorf("a function that may write gives %v", v)
		}
		list := must[[]redpoll.FunctionLibrary](t)(t.rdb.FunctionList(ctx, redpoll.WithCode, redpoll.LibraryName("l*")))
		if len(list) != 1 || list[0].Name != "lib" || list[0].Engine != "LUA" || list[0].Code != library || list[0].Extra != nil {
			t.Fatalf("got %+v", list)
		}
		i := slices.IndexFunc(list[0].Functions, func(f redpoll.Function) bool { return f.Name == "get" })
		if want := (redpoll.Function{Name: "get", Description: "reads", Flags: []string{"no-writes"}}); i < 0 || !reflect.DeepEqual(list[0].Functions[i], want) {
			t.Errorf("the functions are %+v", list[0].Functions)
		}
		t.want([]redpoll.FunctionLibrary{})(t.rdb.FunctionList(ctx, redpoll.LibraryName("x*")))
		t.want(redpoll.FunctionStats{Engines: map[string]redpoll.FunctionEngine{"LUA": {Libraries: 1, Functions: 2}}})(t.rdb.FunctionStats(ctx))

		dump := must[[]byte](t)(t.rdb.FunctionDump(ctx))
		if err := t.rdb.FunctionRestore(ctx, dump); err == nil {
			t.Error("the library is restored twice")
		}
		t.ok(t.rdb.FunctionRestore(ctx, dump, redpoll.Replace))
		t.ok(t.rdb.FunctionRestore(ctx, dump, redpoll.RestoreFlush))
		t.ok(t.rdb.FunctionDelete(ctx, "lib"))
		t.ok(t.rdb.FunctionRestore(ctx, dump, redpoll.RestoreAppend))
		t.ok(t.rdb.FunctionFlush(ctx))
		if err := t.rdb.FunctionDelete(ctx, "lib"); err == nil {
			t.Error("a library that is not there is deleted")
		}
		var se *redpoll.ServerError
		if err := t.rdb.FunctionKill(ctx); !errors.As(err, &se) || se.Code != "NOTBUSY" {
			t.Errorf("FUNCTION KILL without a function gives %v", err)
		}
	})
}

// While a function runs, FUNCTION STATS says so.
func TestRunningFunction(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, redpolltest.ServerOptions{Config: []string{"lua-time-limit 10"}}, func(t *commandTest) {
		t.want("slow")(t.rdb.FunctionLoad(ctx, "#!lua name=slow\nredis.register_function('spin', function() while true do end end)"))
		done := make(chan error, 1)
		other := newClient(t, redpoll.Options{Addr: t.srv.Addr()})
		go func() {
			_, err := other.FCall(ctx, "spin", nil, "x")
			done <- err
		}()
		var stats redpoll.FunctionStats
		await(t, "the function is seen", func() bool {
			var err error
			stats, err = t.rdb.FunctionStats(ctx)
			return err == nil && stats.Running != nil
		})
		if r := stats.Running; r.Name != "spin" || !slices.Equal(r.Command, []string{"FCALL", "spin", "0", "x"}) || r.Duration < 0 {
			t.Errorf("got %+v", r)
		}
		t.ok(t.rdb.FunctionKill(ctx))
		if err := <-done; err == nil {
			t.Error("the function that was killed gives no error")
		}
	})
}
