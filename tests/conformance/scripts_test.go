package conformance

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// scripts are Lua scripts and functions, none of which a server knows beforehand.
var scripts = tests{
	"that write": func(t *T) {
		s := t.Client.RegisterScript("redis.call('SET', KEYS[1], ARGV[1]) return 'OK' -- " + t.Name())
		for _, value := range []string{"a", "b"} {
			v, err := s.Run(t.Context(), []string{t.Key("k")}, value)
			t.OK(err)
			t.Want("OK")(v.Text())
			t.Want(value)(t.Client.Get(t.primary(), t.Key("k")))
		}
	},
	"that read": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		commands := new(commandNames)
		rdb := t.Another(redpoll.Options{Hooks: []redpoll.Hook{commands}})
		t.OK(rdb.Set(t.Context(), t.Key("k"), "v"))
		t.Synced()
		s := rdb.RegisterScript("return redis.call('GET', KEYS[1]) -- " + t.Name())
		for range 4 * len(t.on.roles) {
			v, err := s.RunRO(t.Context(), []string{t.Key("k")})
			t.OK(err)
			t.Want("v")(v.Text())
		}
		// The nearest server may be another one each time, also one that has the text.
		if n := commands.loaded.Load(); int(n) > len(t.on.roles) && !t.top.varies {
			t.Errorf("the text was sent %d times to %d servers", n, len(t.on.roles))
		}
	},
	"in pipelines": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		s := t.Client.RegisterScript("return ARGV[1] -- " + t.Name())
		for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			pipe := t.Client.Pipeline(opts...)
			a, b := s.Queue(pipe, []string{t.Key("k")}, 1), s.QueueRO(pipe, []string{t.Key("k")}, 2)
			t.OK(pipe.Exec(t.Context()))
			t.Want("1")(a.Val().Text())
			t.Want("2")(b.Val().Text())
		}
		only := t.Client.RegisterScript("return ARGV[1] -- only reads " + t.Name())
		for range 4 {
			pipe := t.Client.Pipeline(redpoll.NoTransaction)
			a := only.QueueRO(pipe, []string{t.Key("k")}, 1)
			t.OK(pipe.Exec(t.Context()))
			t.Want("1")(a.Val().Text())
		}
	},
	"functions": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		lib, set, get := t.library(t.Client)
		_, err := lib.Call(t.Context(), set, []string{t.Key("k")}, "v")
		t.OK(err)
		t.Synced()
		v, err := lib.CallRO(t.Context(), get, []string{t.Key("k")})
		t.OK(err)
		t.Want("v")(v.Text())
	},
	"functions that read, in a library that is not there yet": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		lib, _, get := t.library(t.Client)
		v, err := lib.CallRO(t.Context(), get, []string{t.Key("k")})
		t.OK(err)
		if !v.IsNil() {
			t.Errorf("the function gives %v", v)
		}
	},
	"functions that read, in a pipeline": func(t *T) {
		redpolltest.RequireVersion(t, 7, 0)
		lib, _, get := t.library(t.Client)
		pipe := t.Client.Pipeline(redpoll.NoTransaction)
		v := lib.QueueRO(pipe, get, []string{t.Key("k")})
		t.OK(pipe.Exec(t.Context()))
		if v.Err() != nil || !v.Val().IsNil() {
			t.Errorf("the function gives %v, %v", v.Val(), v.Err())
		}
	},
	"a script that fails": func(t *T) {
		_, err := t.Client.Eval(t.Context(), "return redis.error_reply('MINE no')", []string{t.Key("k")})
		var refused *redpoll.ServerError
		if !errors.As(err, &refused) || refused.Code != "MINE" || refused.Node == "" {
			t.Errorf("the error is %v", err)
		}
	},
}

// library registers functions of the test's own, which set and get a key.
func (t *T) library(rdb *redpoll.Client) (lib *redpoll.Functions, set, get string) {
	name := t.Word("lib")
	set, get = name+"_set", name+"_get"
	code := "#!lua name=" + name + "\n" +
		"redis.register_function('" + set + "', function(k, a) return redis.call('SET', k[1], a[1]) end)\n" +
		"redis.register_function{function_name='" + get + "', flags={'no-writes'}, " +
		"callback=function(k) return redis.call('GET', k[1]) end}"
	return rdb.RegisterFunctions(code), set, get
}

// commandNames counts the commands that bring the text of a script along.
type commandNames struct{ loaded atomic.Int64 }

func (c *commandNames) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	if e.Command == "EVAL_RO" {
		c.loaded.Add(1)
	}
	return ctx
}

func (c *commandNames) CommandEnded(context.Context, redpoll.CommandEnd) {}
