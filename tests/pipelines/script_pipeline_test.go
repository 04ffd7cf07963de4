package pipelines_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Exec makes a queued script known to the server: once, not before, and in the same write as the batch.
//
// Covers: F175, F286-F288, E48
func TestScriptInPipeline(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		script := t.Client.RegisterScript(testkit.Multiply)
		other := t.Client.RegisterScript("return redis.call('INCR', KEYS[1])")
		for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			t.OK(t.Client.ScriptFlush(ctx))
			pipe := t.Client.Pipeline(opts...)
			mon := t.Server.Monitor()
			set, ten := pipe.Set("foo", 5), script.Queue(pipe, []string{"foo"}, 5)
			more, six := script.Queue(pipe, []string{"foo"}, 6), other.Queue(pipe, []string{"foo"})
			if seen := mon.Commands(); len(seen) != 0 || pipe.Len() != 4 {
				t.Errorf("queueing sent %q, and %d commands wait", seen, pipe.Len())
			}
			t.Want(false)(script.Exists(ctx))
			mon.Reset()
			t.OK(pipe.Exec(ctx))
			t.OK(set.Err())
			t.Want(25)(ten.Val().Int())
			t.Want(30)(more.Val().Int())
			t.Want(6)(six.Val().Int())
			if mon.Count("SCRIPT") != 2 || mon.Count("EVALSHA") != 3 || mon.Commands()[0][0] != "SCRIPT" {
				t.Errorf("the server saw %q", mon.Commands())
			}
			t.Want([]bool{true, true})(t.Client.ScriptExists(ctx, script.SHA1(), other.SHA1()))
			// Exec has emptied the pipeline, scripts included.
			mon.Reset()
			ping := pipe.Ping()
			t.OK(pipe.Exec(ctx))
			t.OK(ping.Err())
			if n := mon.Count("SCRIPT"); n != 0 {
				t.Errorf("a later batch loaded %d scripts", n)
			}
		}
	})
}

// A queued script uses the server and the text encoding of the pipeline, not those of its own client.
func TestScriptInPipelineOfOtherClient(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	latin := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB, Text: redpoll.Latin1})
	nowhere := clients.New(t, redpoll.Options{Addr: redpolltest.Unanswered(t)})
	script := nowhere.RegisterScript("return ARGV[1] .. 'é'")
	for _, c := range []*redpoll.Client{rdb, latin} {
		pipe := c.Pipeline()
		h := script.Queue(pipe, nil, "ü")
		if err := pipe.Exec(ctx); err != nil || h.Val().Any() != "üé" {
			t.Errorf("got %v and the error %v", h.Val(), err)
		}
	}
}

// The error of a script in a pipeline has its position.
//
// Covers: F290
func TestScriptErrorInPipeline(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, tc := range []struct {
			name, lua string
		}{{"failing", "return redis.error_reply('MINE no')"}, {"no Lua", "return return"}} {
			pipe := t.Client.Pipeline(redpoll.NoTransaction)
			set, h := pipe.Set("k", tc.name), t.Client.RegisterScript(tc.lua).Queue(pipe, nil)
			err := pipe.Exec(ctx)
			var pe *redpoll.PipelineError
			var se *redpoll.ServerError
			if !errors.As(err, &pe) || pe.Index != 1 || !errors.As(h.Err(), &se) ||
				errors.Is(err, redpoll.ErrNoScript) {
				t.Errorf("%s: Exec gives %v, the handle %v", tc.name, err, h.Err())
			}
			t.OK(set.Err())
			t.Holds(tc.name, "GET", "k")
		}
		pipe := t.Client.Pipeline()
		set := pipe.Set("k", "changed")
		bad := t.Client.RegisterScript(testkit.Multiply).Queue(pipe, nil, true)
		none := new(redpoll.Script).QueueRO(pipe, nil)
		var de *redpoll.DataError
		if err := pipe.Exec(ctx); !errors.As(err, &de) || set.Err() == nil || !errors.As(bad.Err(), &de) ||
			!errors.As(none.Err(), &de) {
			t.Errorf("what cannot be sent gives %v, %v, %v and %v", err, set.Err(), bad.Err(), none.Err())
		}
		t.Holds("no Lua", "GET", "k")
	})
}

// On a connection that watches keys, a script runs at once, including everything that it needs.
//
// Covers: F289
func TestScriptWhileWatching(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "foo", 2))
		script := t.Client.RegisterScript(testkit.Multiply)
		mon := t.Server.Monitor()
		t.OK(t.Client.Transaction(ctx, func(tx *redpoll.Tx) error {
			v, err := script.On(&tx.Client).Run(ctx, []string{"foo"}, 5)
			if err != nil {
				return err
			}
			t.Want(10)(v.Int())
			script.Queue(tx.Multi(), []string{"foo"}, 6)
			return nil
		}, "foo"))
		var names []string
		for _, cmd := range mon.Commands() {
			names = append(names, cmd[0])
		}
		want := []string{"WATCH", "EVALSHA", "EVAL", "GET", "SCRIPT", "MULTI", "EVALSHA", "GET", "EXEC"}
		if i := slices.Index(names, "WATCH"); i < 0 || !slices.Equal(names[i:], want) {
			t.Errorf("the server saw %q, want %q", names, want)
		}
	})
}

func TestScriptReadOnlyInPipeline(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.EachProtocol(t, func(t *clients.Test) {
		pipe := t.Client.Pipeline()
		pipe.Set("foo", 2)
		good := t.Client.RegisterScript(testkit.Multiply+" -- queued").QueueRO(pipe, []string{"foo"}, 5)
		bad := t.Client.RegisterScript("return redis.call('SET', KEYS[1], 1)").QueueRO(pipe, []string{"foo"})
		if err := pipe.Exec(ctx); err == nil || bad.Err() == nil {
			t.Errorf("a script that writes gives %v and %v", bad.Val(), err)
		}
		t.Want(10)(good.Val().Int())
		t.Holds("2", "GET", "foo")
	})
}
