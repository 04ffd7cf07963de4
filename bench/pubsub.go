package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/redpoll-go/redpoll"
)

// pubSubCommand is the first argument of the experiment with subscriptions: one subscriber, and messages that
// a script publishes inside the server, so that publishing costs this process nothing. How much does a
// message cost the subscriber, in bursts and one at a time, and how long does it take to arrive?
const pubSubCommand = "pubsub"

const (
	pubSubBurst   = 20_000
	pubSubPayload = 64
)

// subscriber receives the messages of the channel "c", and calls got for each on whichever goroutine it gives
// them. end stops it.
type subscriber struct {
	name string
	open func(addr string, got func()) (end func(), err error)
}

var subscribers = []subscriber{
	{"redpoll listen", func(addr string, got func()) (func(), error) {
		return subscribeRedpoll(addr, func(ctx context.Context, sub *redpoll.PubSub) {
			for _, err := range sub.Listen(ctx) {
				if err != nil {
					return
				}
				got()
			}
		}, nil)
	}},
	{"redpoll handler", func(addr string, got func()) (func(), error) {
		return subscribeRedpoll(addr, func(ctx context.Context, sub *redpoll.PubSub) { _ = sub.Run(ctx) },
			func(context.Context, redpoll.Message) error { got(); return nil })
	}},
	{"goredis", func(addr string, got func()) (func(), error) {
		c := goredis.NewClient(&goredis.Options{Addr: addr})
		sub := c.Subscribe(context.Background(), "c")
		if _, err := sub.Receive(context.Background()); err != nil {
			return nil, err
		}
		go func() {
			for range sub.Channel(goredis.WithChannelSize(pubSubBurst)) {
				got()
			}
		}()
		return func() { _ = sub.Close(); _ = c.Close() }, nil
	}},
	{"rueidis", func(addr string, got func()) (func(), error) {
		c, err := rueidis.NewClient(rueidisOptions(setting{addr: addr}))
		if err != nil {
			return nil, err
		}
		go func() {
			command := c.B().Subscribe().Channel("c").Build()
			_ = c.Receive(context.Background(), command, func(rueidis.PubSubMessage) { got() })
		}()
		return c.Close, nil
	}},
}

func subscribeRedpoll(
	addr string, read func(context.Context, *redpoll.PubSub), h redpoll.Handler,
) (func(), error) {
	rdb, err := redpoll.New(redpoll.Options{Addr: addr})
	if err != nil {
		return nil, err
	}
	sub, err := rdb.PubSubWith(redpoll.PubSubOptions{HideConfirmations: true})
	switch {
	case err != nil:
	case h == nil:
		err = sub.Subscribe(context.Background(), "c")
	default:
		err = sub.SubscribeFunc(context.Background(), "c", h)
	}
	if err != nil {
		return nil, err
	}
	go read(context.Background(), sub)
	return func() { _ = sub.Close(); _ = rdb.Close() }, nil
}

// delivery is what a round has found.
type delivery struct {
	cpu, single time.Duration // per message: in bursts, and one at a time
	allocs      float64       // per message of a burst
	rate        float64       // messages per second of a burst
	p50         time.Duration // from the call that publishes one message to its arrival
}

// runPubSub is the command.
func runPubSub(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(pubSubCommand, flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "rounds; the table shows medians")
	bursts := flags.Int("bursts", 10, "bursts in a round")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := startServer(nil, nil)
	if err != nil {
		return err
	}
	defer s.stop()
	control, err := redpoll.New(redpoll.Options{Addr: s.addr})
	if err != nil {
		return err
	}
	defer control.Close()
	const limit = "client-output-buffer-limit"
	if err := control.ConfigSet(context.Background(), limit, "pubsub 0 0 0"); err != nil {
		return err
	}
	found := make([][]delivery, len(subscribers))
	for range *rounds {
		for i, sub := range subscribers {
			d, err := sub.measure(s.addr, control, *bursts)
			if err != nil {
				return fmt.Errorf("%s: %w", sub.name, err)
			}
			found[i] = append(found[i], d)
		}
	}
	fmt.Fprintf(out, "one subscriber, payloads of %d bytes; bursts of %d; medians of %d rounds\n",
		pubSubPayload, pubSubBurst, *rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tCPU/message\tallocs\tmessages/s\tone at a time: CPU\tp50\t")
	for i, sub := range subscribers {
		fmt.Fprintf(w, "%s\t%v\t%.2f\t%.0f\t%v\t%v\t\n", sub.name,
			medianOf(found[i], func(d delivery) time.Duration { return d.cpu }),
			medianOf(found[i], func(d delivery) float64 { return d.allocs }),
			medianOf(found[i], func(d delivery) float64 { return d.rate }),
			medianOf(found[i], func(d delivery) time.Duration { return d.single }),
			medianOf(found[i], func(d delivery) time.Duration { return d.p50 }))
	}
	return w.Flush()
}

func medianOf[T interface{ ~int64 | ~float64 }](all []delivery, of func(delivery) T) T {
	list := make([]T, len(all))
	for i, d := range all {
		list[i] = of(d)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func (s subscriber) measure(addr string, control *redpoll.Client, bursts int) (d delivery, err error) {
	var n int
	goal := 1
	arrived := make(chan struct{})
	end, err := s.open(addr, func() {
		if n++; n == goal {
			arrived <- struct{}{}
		}
	})
	if err != nil {
		return d, err
	}
	defer end()
	payload := strings.Repeat("x", pubSubPayload)
	ctx := context.Background()
	publish := func(messages int) error {
		const lua = "for i = 1, ARGV[1] do redis.call('PUBLISH', 'c', ARGV[2]) end return 1"
		_, err := control.Do(ctx, "EVAL", lua, 0, messages, payload)
		return err
	}
	burst := func(messages int) error {
		n, goal = 0, messages
		if err := publish(messages); err != nil {
			return err
		}
		<-arrived
		return nil
	}
	for subscribed := false; !subscribed; { // rueidis does not say when
		counts, err := control.PubSubNumSub(ctx, "c")
		if err != nil {
			return d, err
		}
		subscribed = len(counts) == 1 && counts[0].Count > 0
	}
	if err := burst(pubSubBurst); err != nil { // warm
		return d, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, began := cpuTime(), time.Now()
	for range bursts {
		if err := burst(pubSubBurst); err != nil {
			return d, err
		}
	}
	total := bursts * pubSubBurst
	d.cpu, d.rate = (cpuTime()-cpu)/time.Duration(total), float64(total)/time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	d.allocs = float64(after.Mallocs-before.Mallocs) / float64(total)

	const singles = 2000
	times := make([]time.Duration, singles)
	cpu = cpuTime()
	for i := range times {
		began := time.Now()
		if err := burst(1); err != nil {
			return d, err
		}
		times[i] = time.Since(began)
	}
	d.single = (cpuTime() - cpu) / singles
	slices.Sort(times)
	d.p50 = times[singles/2]
	return d, nil
}
