package pipelines_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A script that answers with a code for "not now" may have written before. It is not run again.
func TestScriptThatSaysNotNow(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), DB: srv.DB, MinBackoff: time.Millisecond})
	script := func(code string) string {
		return "redis.call('INCR', KEYS[1]); return redis.error_reply('" + code + " later')"
	}
	for _, code := range []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"} {
		lua := script(code)
		for name, run := range map[string]func(ctx context.Context, key string) error{
			"Eval": func(ctx context.Context, key string) error {
				_, err := rdb.Eval(ctx, lua, []string{key})
				return err
			},
			"Do": func(ctx context.Context, key string) error {
				_, err := rdb.Do(ctx, "EVAL", lua, 1, key)
				return err
			},
			"Script": func(ctx context.Context, key string) error {
				_, err := rdb.RegisterScript(lua).Run(ctx, []string{key})
				return err
			},
			"pipeline": func(ctx context.Context, key string) error {
				pipe := rdb.Pipeline(redpoll.NoTransaction)
				pipe.Eval(lua, []string{key})
				return pipe.Exec(ctx)
			},
			"transaction": func(ctx context.Context, key string) error {
				pipe := rdb.Pipeline()
				pipe.Eval(lua, []string{key})
				return pipe.Exec(ctx)
			},
		} {
			key := code + name
			err := run(t.Context(), key)
			var se *redpoll.ServerError
			if !errors.As(err, &se) || se.Code != code || redpoll.OutcomeOf(err) != redpoll.Refused {
				t.Errorf("%s by %s: %v", code, name, err)
			}
			if got := srv.Do("GET", key); got != "1" {
				t.Errorf("%s by %s: it ran %v times", code, name, got)
			}
		}
	}
}

// A script that the server itself refused for now has not run.
func TestScriptRefusedForNow(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"LOADING Redis is loading the dataset in memory",
		"LOADING Valkey is loading the dataset in memory",
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
		"MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' " +
			"flag is not set on the script.",
		"CLUSTERDOWN The cluster is down and only accepts read commands",
		"CLUSTERDOWN Hash slot not served",
		"TRYAGAIN Multiple keys request during rehashing of slot",
	} {
		for _, single := range []bool{false, true} {
			var ran atomic.Int32
			p := testkit.Listen(t, func(n int, args []string) string {
				switch {
				case args[0] != "FCALL":
					return testkit.Friendly(n, args)
				case ran.Add(1) == 1:
					return "-" + text + "\r\n"
				}
				return "+OK\r\n"
			})
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MinBackoff: time.Millisecond})
			var err error
			if single {
				_, err = rdb.FCall(t.Context(), "f", nil)
			} else {
				pipe := rdb.Pipeline(redpoll.NoTransaction)
				pipe.FCall("f", nil)
				err = pipe.Exec(t.Context())
			}
			if n := ran.Load(); err != nil || n != 2 {
				t.Errorf("%s: %v, sent %d times", text, err, n)
			}
		}
	}
}
