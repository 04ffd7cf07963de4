// Sentinel shows what a failover means for a program: 16 goroutines write all the time, the primary is
// killed, and a line each second says how the calls fare. None of them has code for failovers.
//
//	go run ./sentinel                                                      on servers of its own
//	SENTINEL_URL=redis+sentinel://localhost:26379/mymaster go run ./sentinel   on yours
//
// Without SENTINEL_URL it starts redis-server (or valkey-server) six times: a primary, two replicas, and
// three Sentinels. With it, cause the failover yourself: redis-cli -p 26379 SENTINEL FAILOVER mymaster.
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
	if err := run(ctx, os.Stdout, os.Getenv("SENTINEL_URL"), 15*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "sentinel:", err)
		stop()
		os.Exit(1)
	}
}

// The key that the program writes, and removes at the end.
const counter = "redpoll:sentinel:counter"

// run is the whole program.
func run(ctx context.Context, out io.Writer, url string, lasting time.Duration) (err error) {
	out = load.Lines(out)
	failover := func() error { return nil }
	if url == "" {
		fmt.Fprintln(out, "No SENTINEL_URL is set: starting a primary, two replicas and three Sentinels.")
		own, err := startServers(ctx)
		if err != nil {
			return err
		}
		defer own.Close()
		url, failover = own.url(), func() error {
			fmt.Fprintln(out, "-- the primary is killed")
			return own.Kill(0)
		}
	}

	// This is an ordinary client. It finds the primary at the first command, and follows it from then on.
	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	if _, err := rdb.Del(ctx, counter); err != nil {
		return err // no primary: the error says what each Sentinel answered
	}

	succeeded, err := load.Run(ctx, out, rdb, func(int) string { return counter }, lasting,
		load.Event{After: lasting / 4, Do: failover})
	if err != nil {
		return err
	}

	// A write whose reply was lost may have run, so the counter can be a little above the calls that
	// succeeded. It can be below as well: replication is asynchronous, and what the old primary had not
	// handed on is lost with it.
	n, err := redpoll.Int(rdb.Get(ctx, counter))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d calls succeeded, the counter is %d\n", succeeded, n)
	_, err = rdb.Del(ctx, counter)
	return err
}
