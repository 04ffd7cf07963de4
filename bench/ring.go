package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/redpoll-go/redpoll"
)

// ringCommand is the first argument of the experiment with rings: which CPU time does a GET take that has to
// be brought to one of several servers?
const ringCommand = "ring"

// router is a client in this experiment.
type router struct {
	name  string
	get   func(ctx context.Context, key string) error
	set   func(ctx context.Context, key string) error
	close func() error
}

// runRing is the whole experiment.
func runRing(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(ringCommand, flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "number of rounds")
	lasting := flags.Duration("time", 300*time.Millisecond, "time of each measurement")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var addrs []string
	for range 3 {
		s, err := startServer(nil, nil)
		if err != nil {
			return err
		}
		defer s.stop()
		addrs = append(addrs, s.addr)
	}
	routers, err := openRouters(addrs)
	if err != nil {
		return err
	}
	for _, r := range routers {
		defer func() { err = errors.Join(err, r.close()) }()
		for i := range ringKeys {
			if err := r.set(context.Background(), ringKey(i)); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "callers\tclient\tCPU per GET\tGETs per second\t")
	for _, callers := range []int{64, 512} {
		used := make([][]float64, len(routers))
		rates := make([][]float64, len(routers))
		for range *rounds {
			for i, r := range routers { // in turn, so that all of them meet the same noise
				cpu, rate, err := measureCalls(r.get, callers, *lasting)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				used[i], rates[i] = append(used[i], cpu), append(rates[i], rate)
			}
		}
		for i, r := range routers {
			slices.Sort(used[i])
			slices.Sort(rates[i])
			fmt.Fprintf(table, "%d\t%s\t%.2f µs\t%.0f\t\n",
				callers, r.name, used[i][*rounds/2], rates[i][*rounds/2])
		}
	}
	return table.Flush()
}

// ringKeys is the number of keys.
const ringKeys = 1000

func ringKey(i int) string { return "bench:ring:" + strconv.Itoa(i%ringKeys) }

// openRouters makes the clients: one server without a ring, rings of one, and rings of three.
func openRouters(addrs []string) ([]router, error) {
	plain, err := redpoll.New(redpoll.Options{Addr: addrs[0]})
	if err != nil {
		return nil, err
	}
	routers := []router{ofRedpoll("redpoll, no ring", plain)}
	for _, n := range []int{1, 3} {
		for _, named := range []bool{true, false} {
			var o redpoll.RingOptions
			shards := map[string]string{}
			kind := "MD5"
			for i, addr := range addrs[:n] {
				node := redpoll.RingNode{Addr: addr}
				if named {
					node.Name, kind = strconv.Itoa(i), "names"
				}
				o.Nodes = append(o.Nodes, node)
				shards[strconv.Itoa(i)] = addr
			}
			rdb, err := redpoll.NewRing(o)
			if err != nil {
				return nil, err
			}
			routers = append(routers, ofRedpoll(fmt.Sprintf("redpoll, %d nodes, %s", n, kind), rdb))
			if !named {
				continue
			}
			peer := goredis.NewRing(&goredis.RingOptions{Addrs: shards})
			routers = append(routers, router{
				name: fmt.Sprintf("go-redis, %d nodes", n),
				get:  func(ctx context.Context, key string) error { return peer.Get(ctx, key).Err() },
				set: func(ctx context.Context, key string) error {
					return peer.Set(ctx, key, "value", 0).Err()
				},
				close: peer.Close,
			})
		}
	}
	return routers, nil
}

func ofRedpoll(name string, rdb *redpoll.Client) router {
	return router{
		name: name,
		get: func(ctx context.Context, key string) error {
			_, err := rdb.Get(ctx, key)
			return err
		},
		set:   func(ctx context.Context, key string) error { return rdb.Set(ctx, key, "value") },
		close: rdb.Close,
	}
}

// measureCalls returns the CPU time of this process for each call, in microseconds, and the calls per second.
func measureCalls(call func(ctx context.Context, key string) error, callers int, lasting time.Duration) (cpu,
	rate float64, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var stop atomic.Bool
	var done atomic.Int64
	var all sync.WaitGroup
	began, used := time.Now(), cpuTime()
	for i := range callers {
		all.Go(func() {
			n := int64(0)
			for ; !stop.Load(); n++ {
				if err := call(ctx, ringKey(i*31+int(n))); err != nil {
					cancel(err)
					return
				}
			}
			done.Add(n)
		})
	}
	time.Sleep(lasting)
	stop.Store(true)
	all.Wait()
	if ctx.Err() != nil {
		return 0, 0, context.Cause(ctx)
	}
	used = cpuTime() - used
	n := float64(done.Load())
	return used.Seconds() * 1e6 / n, n / time.Since(began).Seconds(), nil
}
