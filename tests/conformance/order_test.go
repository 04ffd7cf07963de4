package conformance

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// orders are the rules of order O1 to O7 in DESIGN.md. O3 promises nothing, and O5 is about copies.
var orders = tests{
	"O1: a call sees what was answered before, on whatever connection": func(t *T) {
		ctx, k := t.Context(), t.Key("k")
		one := clients.Pin(t, t.Client, k)
		for i := range 50 {
			t.OK(t.Client.Set(ctx, k, i))
			t.Want(i)(redpoll.Int(one.Get(ctx, k)))
			t.OK(one.Set(ctx, k, -i))
			t.Want(-i)(redpoll.Int(t.Client.Get(t.primary(), k)))
		}
	},
	"O2: a call without a reply may be executed later, and its connection is left": func(t *T) {
		wire := new(silencer)
		rdb := t.Another(redpoll.Options{Dialer: wire.dial})
		t.OK(rdb.Ping(t.Context()))
		wire.silence(t.on.roles)
		push := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), clients.Brief)
			defer cancel()
			_, err := rdb.RPush(ctx, t.Key("l"), "v")
			return err
		}
		lost := int64(0)
		redpolltest.Await(t, "calls have another connection", func() bool {
			err := push()
			if err != nil {
				clients.Unanswered(context.DeadlineExceeded).Check(t.T, err)
				lost++
			}
			return err == nil
		})
		if lost == 0 {
			t.Error("the first call got its reply from a silent connection")
		}
		redpolltest.Await(t, "calls without a reply are executed", func() bool {
			n, err := t.Client.LLen(t.primary(), t.Key("l"))
			return n == lost+1 && err == nil
		})
	},
	"O4: the commands of a pipeline on one key": func(t *T) {
		for round := range 5 {
			pipe := t.Client.Pipeline(redpoll.NoTransaction)
			k := t.Key(strconv.Itoa(round))
			var all []*redpoll.Reply[int64]
			for i := range 50 {
				all = append(all, pipe.Append(k, i%10))
			}
			t.OK(pipe.Exec(t.Context()))
			for i, n := range all {
				clients.Result(t, fmt.Sprintf("command %d", i), n, int64(i+1))
			}
		}
	},
	"O6: pushes come in the order of the wire": func(t *T) {
		channels := []string{t.Key("a"), t.Key("b")}
		sub := t.Client.PubSub()
		defer sub.Close()
		err := sub.Subscribe(t.Context(), channels...)
		if t.refused("PubSub", err) {
			return
		}
		t.OK(err)
		for i := range 50 {
			_, err := t.Client.Publish(t.Context(), channels[i%2], i)
			t.OK(err)
		}
		for i := range 50 {
			m, err := sub.Message(t.Context(), redpoll.KindSubscribe)
			if err != nil || m.Payload != strconv.Itoa(i) {
				t.Fatalf("message %d is %v, %v", i, m, err)
			}
		}
	},
	"O7: a Conn keeps its calls in order, and one that is given up ends the connection": func(t *T) {
		ctx := t.Context()
		one := clients.Pin(t, t.Client, t.Key("l"))
		first := clients.ID(t, one)
		var pushes []func() error
		for range 10 {
			pushes = append(pushes, t.Go(func() error {
				_, err := one.RPush(ctx, t.Key("l"), 1)
				return err
			}))
		}
		for _, ended := range pushes {
			t.OK(ended())
		}
		t.Want(int64(10))(one.LLen(ctx, t.Key("l")))
		node, err := t.Client.NodeFor(ctx, t.Key("l"))
		t.OK(err)
		brief, cancel := context.WithCancel(ctx)
		ended := t.Go(func() error { _, err := one.BLPop(brief, 0, t.Key("empty")); return err })
		redpolltest.Await(t, "the server holds the call", func() bool {
			list, err := node.Client.ClientList(ctx, redpoll.ClientIDs(first))
			return err == nil && len(list) == 1 && list[0].Cmd == "blpop"
		})
		cancel()
		clients.MaybeExecuted(context.Canceled).Check(t.T, ended())
		if again := clients.ID(t, one); again == first {
			t.Error("the connection is the same after a call was given up")
		}
	},
}
