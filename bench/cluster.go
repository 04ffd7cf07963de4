package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// clusterCommand is the first argument of the experiment with a cluster of three nodes: the CPU time of a
// call, of an MGET of 100 keys, and of a pipeline of 100 SETs, whose keys are spread over all nodes.
const clusterCommand = "cluster"

// clustered is a client of a cluster. mget and pipeline return the number of values and of replies.
type clustered struct {
	get      func(ctx context.Context, key string) (string, error)
	mget     func(ctx context.Context, keys []string) (int, error)
	pipeline func(ctx context.Context, keys []string, value string) (int, error)
	close    func()
}

// clusterPeers are the clients; the others are the measure for the first one.
var clusterPeers = []struct {
	name string
	open func(addrs []string) (clustered, error)
}{{"redpoll", openRedpollCluster}, {"rueidis", openRueidisCluster}, {"goredis", openGoredisCluster}}

func openRedpollCluster(addrs []string) (clustered, error) {
	c, err := redpoll.NewCluster(redpoll.ClusterOptions{Addrs: addrs})
	if err != nil {
		return clustered{}, err
	}
	return clustered{
		get: c.Get,
		mget: func(ctx context.Context, keys []string) (int, error) {
			vs, err := c.MGet(ctx, keys...)
			return len(vs), err
		},
		pipeline: func(ctx context.Context, keys []string, value string) (int, error) {
			p := c.Pipeline(redpoll.NoTransaction)
			for _, key := range keys {
				p.Set(key, value)
			}
			return len(keys), p.Exec(ctx)
		},
		close: func() { _ = c.Close() },
	}, nil
}

// openRueidisCluster uses the function of rueidis that splits MGET over slots.
func openRueidisCluster(addrs []string) (clustered, error) {
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: addrs})
	if err != nil {
		return clustered{}, err
	}
	one := rueidisClient{c}
	return clustered{
		get: one.get,
		mget: func(ctx context.Context, keys []string) (int, error) {
			vs, err := rueidis.MGet(c, ctx, keys)
			n := 0
			for _, v := range vs {
				if _, err := v.ToString(); err == nil {
					n++
				}
			}
			return n, err
		},
		pipeline: one.pipeline,
		close:    c.Close,
	}, nil
}

// openGoredisCluster reads by a pipeline of GETs: MGET over several slots is an error of its servers.
func openGoredisCluster(addrs []string) (clustered, error) {
	c := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addrs})
	return clustered{
		get: func(ctx context.Context, key string) (string, error) { return c.Get(ctx, key).Result() },
		mget: func(ctx context.Context, keys []string) (int, error) {
			pipe := c.Pipeline()
			for _, key := range keys {
				pipe.Get(ctx, key)
			}
			cmds, err := pipe.Exec(ctx)
			return len(cmds), err
		},
		pipeline: func(ctx context.Context, keys []string, value string) (int, error) {
			return execAll(ctx, c.Pipeline(), keys, value)
		},
		close: func() { _ = c.Close() },
	}, nil
}

// clusterWorkload is one row of the table.
type clusterWorkload struct {
	name    string
	callers int
	calls   int // of all callers together, in a round
	call    func(c clustered, d *dataset, n int) error
}

var clusterWorkloads = []clusterWorkload{
	{"get@64", 64, 200_000, clusterGet},
	{"get@512", 512, 200_000, clusterGet},
	{"mget-100@8", 8, 6_000, func(c clustered, d *dataset, _ int) error {
		return whole(c.mget(context.Background(), d.batch))
	}},
	{"pipeline-100@8", 8, 6_000, func(c clustered, d *dataset, _ int) error {
		return whole(c.pipeline(context.Background(), d.targets[:batchSize], d.value))
	}},
}

func clusterGet(c clustered, d *dataset, n int) error {
	v, err := c.get(context.Background(), d.strings[n%stringCount])
	if err == nil && len(v) != smallValue {
		err = fmt.Errorf("GET gave %d bytes", len(v))
	}
	return err
}

// whole checks the number of replies.
func whole(n int, err error) error {
	if err == nil && n != batchSize {
		err = fmt.Errorf("%d replies in the place of %d", n, batchSize)
	}
	return err
}

// runCluster is the command.
func runCluster(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(clusterCommand, flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "rounds; the table shows medians")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := newFixture()
	if err != nil {
		return err
	}
	defer f.close()
	addrs := redpolltest.StartCluster(f, redpolltest.ClusterOptions{}).Addrs()
	d := newDataset()
	clients := make([]clustered, len(clusterPeers))
	for i, p := range clusterPeers {
		if clients[i], err = p.open(addrs); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		defer clients[i].close()
	}
	for part := range slices.Chunk(d.strings, batchSize) {
		if _, err := clients[0].pipeline(context.Background(), part, d.value); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "a cluster of three nodes; CPU time per call, medians of %d rounds\n", *rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tredpoll\trueidis\tgoredis\tto rueidis\tto goredis\t")
	for _, load := range clusterWorkloads {
		found := make([][]time.Duration, len(clients))
		for range *rounds + 1 {
			for i, c := range clients {
				cpu, err := load.measure(c, d)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", load.name, clusterPeers[i].name, err)
				}
				found[i] = append(found[i], cpu)
			}
		}
		var median []time.Duration
		for _, list := range found {
			list = list[1:] // the first one warms
			slices.Sort(list)
			median = append(median, list[len(list)/2])
		}
		fmt.Fprintf(w, "%s\t%v\t%v\t%v\t%.2f\t%.2f\t\n", load.name, median[0], median[1], median[2],
			float64(median[0])/float64(median[1]), float64(median[0])/float64(median[2]))
	}
	return w.Flush()
}

// measure returns the CPU time of this process per call.
func (l clusterWorkload) measure(c clustered, d *dataset) (time.Duration, error) {
	var running sync.WaitGroup
	failed := make(chan error, l.callers)
	before := cpuTime()
	for caller := range l.callers {
		running.Go(func() {
			for n := range l.calls / l.callers {
				if err := l.call(c, d, caller*17+n); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	running.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return (cpuTime() - before) / time.Duration(l.calls), nil
	}
}
