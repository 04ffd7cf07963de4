package pipelines_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// One command that cannot be sent keeps the whole pipeline from being sent.
//
// Covers: F52
func TestFaultyCommandIsFoundBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		for name, add := range map[string]func(p *redpoll.Pipeline) error{
			"nil value": func(p *redpoll.Pipeline) error { return p.Set("k", nil).Err() },
			"no keys":   func(p *redpoll.Pipeline) error { return p.Del().Err() },
			"NX and XX": func(p *redpoll.Pipeline) error {
				return p.Set("k", 1, redpoll.NX, redpoll.XX).Err()
			},
			"Do nothing":   func(p *redpoll.Pipeline) error { return p.Do().Err() },
			"Do bool":      func(p *redpoll.Pipeline) error { return p.Do("SET", "k", true).Err() },
			"Do no string": func(p *redpoll.Pipeline) error { return p.Do(1).Err() },
			"Do MULTI":     func(p *redpoll.Pipeline) error { return p.Do("MULTI").Err() },
			"Do SELECT":    func(p *redpoll.Pipeline) error { return p.Do("select", 1).Err() },
		} {
			pipe := t.Client.Pipeline(append([]redpoll.PipelineOption{redpoll.CollectErrors}, mode...)...)
			a := pipe.Set("a", 1)
			fault := add(pipe)
			b, c := pipe.Incr("b"), pipe.MGet()
			again := add(pipe)
			sent := t.Client.Stats().Commands
			err := pipe.Exec(ctx)
			var pe *redpoll.PipelineError
			if !errors.As(err, &pe) || pe.Index != 1 || !errors.Is(err, redpoll.ErrNotSent) || fault == nil ||
				!errors.Is(err, fault) || redpoll.OutcomeOf(err) != redpoll.NotSent {
				t.Errorf("%s: Exec says %v, the handle %v", name, err, fault)
			}
			if again == nil {
				t.Errorf("%s: the second one has no error", name)
			}
			for _, err := range []error{a.Err(), b.Err(), c.Err()} {
				if err != redpoll.ErrNotExecuted {
					t.Errorf("%s: another one says %v", name, err)
				}
			}
			if n := t.Client.Stats().Commands - sent; n != 0 || pipe.Len() != 0 {
				t.Errorf("%s: %d requests were sent, Len %d", name, n, pipe.Len())
			}
			h := pipe.Incr("good")
			t.OK(pipe.Exec(ctx))
			if h.Err() != nil {
				t.Errorf("%s: the pipeline is spoilt: %v", name, h.Err())
			}
		}
		if n := t.Server.Do("EXISTS", "a", "b", "k"); n != int64(0) {
			t.Errorf("%v keys were written", n)
		}
	})
}

// A callback also applies to pipelines that were created before it was set.
//
// Covers: F151
func TestCallbackSetAfterThePipeline(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		pipe := t.Client.Pipeline(mode...)
		t.Client.SetResponseCallback("ECHO", func(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) {
			text, err := v.Text()
			return text + " once more", err
		})
		h := pipe.Do("ECHO", "hello")
		t.OK(pipe.Exec(ctx))
		if got := h.Val().Any(); got != "hello once more" || h.Err() != nil {
			t.Errorf("got %v, %v", got, h.Err())
		}
		// The same is true for commands that are queued already: the callback at the time of the reply
		// counts.
		set, taken := pipe.Do("SETRANGE", "k", 0, "v"), pipe.Do("ECHO", "hello")
		t.Client.SetResponseCallback("SETRANGE",
			func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "set later", nil })
		t.Client.SetResponseCallback("ECHO", nil)
		t.OK(pipe.Exec(ctx))
		if set.Val().Any() != "set later" || taken.Val().Any() != "hello" {
			t.Errorf("got %v and %v", set.Val(), taken.Val())
		}
	})
}

// Covers: F165
func TestCallbacksInAPipeline(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		fails := errors.New("no luck")
		t.Client.SetResponseCallback("CONFIG GET",
			func(v redpoll.Value, o redpoll.CallbackOptions) (any, error) {
				m, err := v.Map()
				return fmt.Sprint("port ", m["port"], o["unit"]), err
			})
		t.Client.SetResponseCallback("INCR",
			func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "lost", fails })
		t.Client.SetResponseCallback("GET",
			func(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) { return v.IsNil(), nil })
		pipe := t.Client.Pipeline(mode...)
		port := pipe.Do("config get", "port", redpoll.CallbackOptions{"unit": "!"})
		split := pipe.Do("CONFIG", "GET", "port")
		bad, nothing := pipe.Do("INCR", "n"), pipe.Do("GET", "none")
		typed := pipe.Get("n")
		err := pipe.Exec(ctx)
		clients.PipelineError(t, err, 2, "INCR", fails)
		if o := redpoll.OutcomeOf(err); o != redpoll.MaybeExecuted {
			t.Errorf("all was executed, and the error says %v", o)
		}
		if s := fmt.Sprint(port.Val().Any()); !strings.HasPrefix(s, "port ") || !strings.HasSuffix(s, "!") ||
			port.Err() != nil {
			t.Errorf("got %q, %v", s, port.Err())
		}
		if s := fmt.Sprint(split.Val().Any()); !strings.HasPrefix(s, "port ") {
			t.Errorf("got %q, %v", s, split.Err())
		}
		if bad.Err() != fails || !bad.Val().IsNil() {
			t.Errorf("got %v, %v", bad.Val(), bad.Err())
		}
		if nothing.Val().Any() != true {
			t.Errorf("a nil reply gives %v", nothing.Val())
		}
		clients.Result(t, "the typed method", typed, "1")
	})
}

// A pipeline is executed exactly once even if a callback panics.
func TestPanickingCallbackInAPipeline(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *clients.Test, mode ...redpoll.PipelineOption) {
		t.Client.SetResponseCallback("INCR",
			func(redpoll.Value, redpoll.CallbackOptions) (any, error) { panic("own") })
		t.Client.SetResponseCallback("ECHO",
			func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return "converted", nil })
		pipe := t.Client.Pipeline(mode...)
		early := pipe.Do("ECHO", "a")
		broken := pipe.Do("INCR", "n")
		late := pipe.Do("ECHO", "b")
		plain := pipe.Get("n")
		func() {
			defer func() {
				if recover() != "own" {
					t.Error("the panic was swallowed")
				}
			}()
			_ = pipe.Exec(ctx)
		}()
		if pipe.Len() != 0 {
			t.Errorf("%d commands are still queued", pipe.Len())
		}
		// No handle returns the raw reply where its callback would have changed it.
		if got := early.Val().Any(); got != "converted" || early.Err() != nil {
			t.Errorf("before the panic: %v, %v", got, early.Err())
		}
		for what, h := range map[string]*redpoll.Reply[redpoll.Value]{
			"of the panic": broken,
			"after it":     late,
		} {
			if h.Err() == nil || redpoll.OutcomeOf(h.Err()) != redpoll.Executed || !h.Val().IsNil() {
				t.Errorf("%s: %v, %v", what, h.Val(), h.Err())
			}
		}
		clients.Result(t, "without a callback", plain, "1")
		t.OK(pipe.Exec(ctx))
		if got := t.Server.Do("GET", "n"); got != "1" {
			t.Errorf("it was executed %v times", got)
		}
	})
}

// shaky is an encoding that panics.
type shaky struct{ redpoll.TextEncoding }

func (s shaky) AppendEncode(dst []byte, text string) ([]byte, error) {
	if text == "panic" {
		panic("own")
	}
	return s.TextEncoding.AppendEncode(dst, text)
}

// If a text encoding panics, its whole command is dropped, and the next command has no part of it.
func TestPanickingEncodingInAPipeline(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: shaky{redpoll.UTF8Strict}})
	for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
		pipe := rdb.Pipeline(mode...)
		pipe.Set("first", 1)
		func() {
			defer func() { _ = recover() }()
			pipe.Set("second", "panic")
		}()
		empty := pipe.MGet()
		pipe.Set("third", 3)
		func() {
			defer func() { _ = recover() }()
			pipe.Set("second", "panic")
		}()
		if err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		results(t, pipe, nil, empty.Val(), nil)
		if n := srv.Do("EXISTS", "first", "second", "third"); n != int64(2) {
			t.Errorf("%v keys were written", n)
		}
		srv.Do("FLUSHDB")
	}
}

// A reply that the client's encoding cannot read is an error of its command only.
func TestUnreadableReplyInAPipeline(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: redpoll.UTF8Strict})
	srv.Do("SET", "bad", "a\xffb")
	srv.Do("RPUSH", "list", "good", "a\xffb")
	for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
		pipe := rdb.Pipeline(mode...)
		pipe.Incr("n")
		bad, list := pipe.Get("bad"), pipe.LRange("list", 0, -1)
		raw, after := pipe.GetBytes("bad"), pipe.Set("k", "v")
		err := pipe.Exec(t.Context())
		var re *redpoll.ReplyError
		if clients.PipelineError(t, err, 1, "GET", bad.Err()); !errors.As(bad.Err(), &re) ||
			redpoll.OutcomeOf(bad.Err()) != redpoll.Executed {
			t.Errorf("got %v", bad.Err())
		}
		if list.Err() == nil || list.Val() != nil {
			t.Errorf("half a list: %q, %v", list.Val(), list.Err())
		}
		clients.Result(t, "GetBytes", raw, []byte("a\xffb"))
		if after.Err() != nil {
			t.Error(after.Err())
		}
	}
	clients.Usable(t, rdb)
}

// Misuse returns an error that says what to do. It never panics.
func TestPipelineMisuse(t *testing.T) {
	t.Parallel()
	t.Run("zero value", func(t *testing.T) {
		t.Parallel()
		for _, touch := range []func(p *redpoll.Pipeline){
			func(*redpoll.Pipeline) {},
			func(p *redpoll.Pipeline) { p.Set("k", "v") },
			func(p *redpoll.Pipeline) { p.Do("GET", "k"); p.Do(); p.MGet() },
			func(p *redpoll.Pipeline) { p.Discard() },
		} {
			p := new(redpoll.Pipeline)
			if p.Len() != 0 || len(p.Results()) != 0 {
				t.Error("it has something")
			}
			touch(p)
			for range 2 {
				h := p.Get("k")
				n := p.Len()
				err := p.Exec(t.Context())
				if err == nil || !strings.Contains(err.Error(), "Client.Pipeline") ||
					redpoll.OutcomeOf(err) != redpoll.NotSent || !errors.As(err, new(redpoll.Error)) {
					t.Errorf("got %v", err)
				}
				if h.Err() != redpoll.ErrNotExecuted || n == 0 || p.Len() != 0 || len(p.Results()) != n {
					t.Errorf("the handle says %v; %d commands, then %d, %d results",
						h.Err(), n, p.Len(), len(p.Results()))
				}
			}
			p.Discard()
		}
	})
	t.Run("closed client", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{})
		pipe := rdb.Pipeline()
		h := pipe.Incr("n")
		_ = rdb.Close()
		for range 2 {
			err := pipe.Exec(t.Context())
			clients.NotSent(redpoll.ErrClosed).Check(t, err)
			clients.NotSent(redpoll.ErrClosed).Check(t, h.Err())
			h = pipe.Incr("n")
		}
		if pipe.Len() != 1 {
			t.Errorf("Len is %d", pipe.Len())
		}
		clients.NotSent(redpoll.ErrClosed).Check(t,
			rdb.Pipelined(t.Context(), func(p *redpoll.Pipeline) error { p.Incr("n"); return nil }))
	})
	t.Run("closed connection", func(t *testing.T) {
		t.Parallel()
		rdb, _ := clients.Shared(t, redpoll.Options{})
		one := clients.Pin(t, rdb)
		pipe := one.Pipeline(redpoll.NoTransaction)
		h := pipe.Incr("n")
		_ = one.Close()
		clients.NotSent(redpoll.ErrClosed).Check(t, pipe.Exec(t.Context()))
		clients.NotSent(redpoll.ErrClosed).Check(t, h.Err())
		clients.Usable(t, rdb)
	})
}

// batchHook records the events of pipelines.
type batchHook struct {
	starts []redpoll.CommandStart
	ends   []redpoll.CommandEnd
}

func (b *batchHook) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	b.starts = append(b.starts, e)
	return ctx
}

func (b *batchHook) CommandEnded(_ context.Context, e redpoll.CommandEnd) { b.ends = append(b.ends, e) }

func TestHooksHearOfAPipelineOnce(t *testing.T) {
	t.Parallel()
	hook := new(batchHook)
	rdb, srv := clients.Shared(t, redpoll.Options{Hooks: []redpoll.Hook{hook}})
	srv.Do("SET", "text", "x")
	for _, tt := range []struct {
		what    string
		opts    []redpoll.PipelineOption
		queue   func(p *redpoll.Pipeline)
		name    string
		batch   int
		outcome redpoll.Outcome
		err     bool
	}{
		{"transaction", nil, func(p *redpoll.Pipeline) { p.Incr("n"); p.MGet(); p.Get("none") },
			"transaction", 2, redpoll.Executed, false},
		{"plain", []redpoll.PipelineOption{redpoll.NoTransaction},
			func(p *redpoll.Pipeline) { p.Get("none") }, "pipeline", 1, redpoll.Executed, false},
		{"error behind a missing value", nil, func(p *redpoll.Pipeline) { p.Get("none"); p.Incr("text") },
			"transaction", 2, redpoll.Refused, true},
		{"collected", []redpoll.PipelineOption{redpoll.CollectErrors},
			func(p *redpoll.Pipeline) { p.Incr("text") }, "transaction", 1, redpoll.Executed, false},
	} {
		*hook = batchHook{}
		pipe := rdb.Pipeline(tt.opts...)
		tt.queue(pipe)
		err := pipe.Exec(t.Context())
		if len(hook.starts) != 1 || len(hook.ends) != 1 {
			t.Fatalf("%s: the hook heard %d starts and %d ends", tt.what, len(hook.starts), len(hook.ends))
		}
		e := hook.ends[0]
		if !reflect.DeepEqual(e.CommandStart, hook.starts[0]) || len(e.Commands) != tt.batch ||
			e.Command != tt.name || e.Batch != tt.batch || e.Node != srv.Addr() || e.Duration <= 0 {
			t.Errorf("%s: heard %+v", tt.what, e)
		}
		if e.Err != err || e.Outcome != tt.outcome || (err != nil) != tt.err {
			t.Errorf("%s: heard %v, %v; Exec gave %v", tt.what, e.Outcome, e.Err, err)
		}
	}
	*hook = batchHook{}
	pipe := rdb.Pipeline()
	_ = pipe.Exec(t.Context())
	pipe.Set("k", nil)
	_ = pipe.Exec(t.Context())
	if len(hook.starts)+len(hook.ends) > 0 {
		t.Errorf("heard of what was not sent: %+v", hook)
	}
}
