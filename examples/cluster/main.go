// Cluster shows what resharding and a failover of a Redis Cluster mean for a program: 16 goroutines write all
// the time, slots move from node to node, a primary is killed, and a line each second says how the calls
// fare. None of them has code for it: the program is that for one server, with another URL.
//
//	go run ./cluster                                                         on servers of its own
//	CLUSTER_URL=redis+cluster://localhost:7000,localhost:7001 go run ./cluster   on yours
//
// Without CLUSTER_URL it starts redis-server (or valkey-server) six times: three primaries, each with a
// replica. With it, move slots and kill nodes yourself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/examples/internal/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv("CLUSTER_URL"), 20*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		stop()
		os.Exit(1)
	}
}

// The keys that the program writes, and removes at the end: their slots are with different nodes.
func counter(writer int) string { return fmt.Sprint("redpoll:cluster:counter:", writer) }

// run is the whole program.
func run(ctx context.Context, out io.Writer, url string, lasting time.Duration) (err error) {
	out = load.Lines(out)
	var events []load.Event
	if url == "" {
		fmt.Fprintln(out, "No CLUSTER_URL is set: starting three primaries and three replicas.")
		own, err := startServers(ctx)
		if err != nil {
			return err
		}
		defer own.Close()
		url = own.url()
		events = []load.Event{
			{After: lasting / 5, Do: func() error {
				fmt.Fprintln(out, "-- slots move from the first node to the second one")
				n, err := own.reshard(ctx)
				fmt.Fprintf(out, "-- %d slots have moved\n", n)
				return err
			}},
			{After: lasting / 2, Do: func() error {
				fmt.Fprintln(out, "-- the third primary is killed")
				return own.Kill(2)
			}},
		}
	}

	// This is an ordinary client. It asks for the map of slots at the first command, and follows it from then
	// on.
	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	keys := make([]string, load.Writers)
	for i := range keys {
		keys[i] = counter(i)
	}
	if _, err := rdb.Del(ctx, keys...); err != nil { // keys of many slots: it is split
		return err
	}
	succeeded, err := load.Run(ctx, out, rdb, counter, lasting, events...)
	if err != nil {
		return err
	}

	// A write whose reply was lost may have run, so the sum can be a little above the calls that succeeded.
	// It can be below as well: replication is asynchronous, and what a primary had not handed on is lost with
	// it.
	values, err := rdb.MGet(ctx, keys...)
	if err != nil {
		return err
	}
	sum := 0
	for _, v := range values {
		n, err := redpoll.Int(v.V, nil)
		if err != nil {
			return err
		}
		sum += n
	}
	fmt.Fprintf(out, "%d calls succeeded, the sum of the counters is %d\n", succeeded, sum)
	_, err = rdb.Del(ctx, keys...)
	return err
}
