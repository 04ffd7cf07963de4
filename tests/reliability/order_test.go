package reliability_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A call that begins after the end of another one is executed after it (O1), whichever connections they use.
// The values have all sizes. The connections are one or several shared ones, exclusive ones, and pinned ones.
func TestCallsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redpoll.Options{
		"shared":    {},
		"several":   {Conns: 3},
		"exclusive": {Exclusive: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb, _ := clients.Shared(t, o)
			one := clients.Pin(t, rdb)
			// Turn passes the written value to the reader, and back returns to the writer.
			turn, back := make(chan string), make(chan bool)
			go func() {
				defer close(turn)
				for i := range 60 {
					value := fmt.Sprint(i, strings.Repeat("x", i%4*100_000))
					write := rdb.Set
					if i%3 == 0 {
						write = one.Set
					}
					if err := write(t.Context(), "order", value); err != nil {
						t.Error(err)
						return
					}
					turn <- value
					<-back
				}
			}()
			for want := range turn {
				for _, read := range []func() (string, error){
					func() (string, error) { return rdb.Get(t.Context(), "order") },
					func() (string, error) { return one.Get(t.Context(), "order") },
					func() (string, error) { return inPipeline(t, rdb, "order") },
				} {
					if got, err := read(); err != nil || got != want {
						t.Errorf("read %.10q, %v after %.10q was written", got, err, want)
					}
				}
				back <- true
			}
		})
	}
}

// inPipeline reads a key through a pipeline.
func inPipeline(t *testing.T, rdb *redpoll.Client, key string) (string, error) {
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	h := pipe.Get(key)
	err := pipe.Exec(t.Context())
	return h.Val(), err
}

// The calls of a Conn stay in order (O7): after a call was given up, its connection is closed, and the next
// calls use another one.
func TestCallsAfterOneThatWasGivenUp(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	proxy := redpolltest.NewProxy(t, srv.Addr())
	one := clients.Pin(t, clients.New(t, redpoll.Options{Addr: proxy.Addr()}))
	first := clients.ID(t, one)
	proxy.Hold(redpolltest.ToClient)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		redpolltest.Await(t, "the command has run", func() bool { return srv.Do("EXISTS", "k") == int64(1) })
		cancel()
	}()
	clients.MaybeExecuted(context.Canceled).Check(t, one.Set(ctx, "k", "given up"))
	proxy.Clear()
	if err := one.Set(t.Context(), "k", "next"); err != nil {
		t.Fatal(err)
	}
	if id := clients.ID(t, one); id == first {
		t.Error("the connection of the call that was given up is still in use")
	}
	if got, err := one.Get(t.Context(), "k"); got != "next" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
