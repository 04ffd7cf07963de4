package conformance

import (
	"errors"
	"strconv"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// pipelines are commands that are sent together.
var pipelines = tests{
	"atomic": func(t *T) {
		pipe := t.Client.Pipeline()
		set, n := pipe.Set(t.Key("k"), "v"), pipe.Incr(t.Key("n"))
		got := pipe.Get(t.Key("k")) // on the primary, like all of it
		t.OK(pipe.Exec(t.Context()))
		t.OK(set.Err())
		clients.Result(t, "INCR", n, 1)
		clients.Result(t, "GET", got, "v")
	},
	"plain": func(t *T) {
		pipe := t.Client.Pipeline(redpoll.NoTransaction)
		for i := range 100 {
			pipe.RPush(t.Key("l"), i)
		}
		all := pipe.LRange(t.Key("l"), 0, -1)
		t.OK(pipe.Exec(t.Context()))
		for i, v := range all.Val() {
			if v != strconv.Itoa(i) {
				t.Fatalf("element %d is %s", i, v)
			}
		}
		if len(all.Val()) != 100 {
			t.Errorf("the list has %d elements", len(all.Val()))
		}
	},
	"only reads": func(t *T) {
		t.OK(t.Client.MSet(t.Context(), t.Key("a"), 1, t.Key("b"), 2))
		t.Synced()
		for range 4 {
			pipe := t.Client.Pipeline(redpoll.NoTransaction)
			a, b, missing := pipe.Get(t.Key("a")), pipe.StrLen(t.Key("b")), pipe.Get(t.Key("missing"))
			t.OK(pipe.Exec(t.Context()))
			clients.Result(t, "GET", a, "1")
			clients.Result(t, "STRLEN", b, 1)
			t.IsNil(missing.Result())
		}
	},
	"one command fails and the others do not": func(t *T) {
		for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			pipe := t.Client.Pipeline(opts...)
			pipe.Set(t.Key("k"), "v")
			wrong, after := pipe.LPush(t.Key("k"), 1), pipe.StrLen(t.Key("k"))
			err := pipe.Exec(t.Context())
			clients.PipelineError(t, err, 1, "LPUSH", redpoll.ErrWrongType)
			t.Is(redpoll.ErrWrongType)(wrong.Result())
			clients.Result(t, "STRLEN", after, 1)
		}
	},
	"a large one": func(t *T) {
		pipe := t.Client.Pipeline(redpoll.NoTransaction)
		value := make([]byte, 100_000)
		for range 20 {
			pipe.Append(t.Key("k"), value)
		}
		n := pipe.StrLen(t.Key("k"))
		t.OK(pipe.Exec(t.Context()))
		clients.Result(t, "STRLEN", n, 2_000_000)
	},
}

// transactions are those with WATCH.
var transactions = tests{
	"none of several counters loses a step": func(t *T) {
		k := t.Key("n")
		var workers []func() error
		for range 4 {
			workers = append(workers, t.Go(func() error {
				for range 5 {
					err := t.Client.Transaction(t.Context(), func(tx *redpoll.Tx) error {
						n, err := redpoll.Int(tx.Get(t.Context(), k)) // on the connection of the watch
						if err != nil && !errors.Is(err, redpoll.Nil) {
							return err
						}
						tx.Multi().Set(k, n+1)
						return nil
					}, k)
					if err != nil {
						return err
					}
				}
				return nil
			}))
		}
		for _, ended := range workers {
			t.OK(ended())
		}
		t.Want(20)(redpoll.Int(t.Client.Get(t.primary(), k)))
	},
	"a watched key that changes": func(t *T) {
		ctx, k := t.Context(), t.Key("k")
		tx := clients.Pin(t, t.Client, k)
		t.OK(tx.Watch(ctx, k))
		t.OK(t.Client.Set(ctx, k, "other"))
		pipe := tx.Multi()
		pipe.Set(k, "own")
		if err := pipe.Exec(ctx); !errors.Is(err, redpoll.ErrWatch) {
			t.Errorf("Exec gives %v", err)
		}
		t.Want("other")(tx.Get(ctx, k))
	},
	"a Conn sees its own writes": func(t *T) {
		ctx, k := t.Context(), t.Key("k")
		one := clients.Pin(t, t.Client, k)
		for i := range 20 {
			t.OK(one.Set(ctx, k, i))
			t.Want(i)(redpoll.Int(one.Get(ctx, k)))
		}
	},
}
