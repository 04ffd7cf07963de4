// Quickstart shows the first steps with redpoll: it sets and reads keys, counts, keeps a hash, and calls the
// client from many goroutines at once.
//
//	go run ./quickstart                                          on an embedded server
//	REDIS_URL=redis://localhost:6379/0 go run ./quickstart       on a real one
//
// It writes only keys that begin with "redpoll:quickstart:" and removes them at the end. It exits with a
// status other than 0 if a step fails.
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
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	if err := run(ctx, os.Stdout, os.Getenv("REDIS_URL")); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1)
	}
}

// These are the keys that this program writes, and one that it does not write.
const (
	greeting = "redpoll:quickstart:greeting"
	visits   = "redpoll:quickstart:visits"
	user     = "redpoll:quickstart:user"
	shared   = "redpoll:quickstart:shared"
	missing  = "redpoll:quickstart:missing"
)

// run is the whole program: it uses the server at url, or an embedded one if url is empty.
func run(ctx context.Context, out io.Writer, url string) (err error) {
	if url == "" {
		server, err := embedded.Start()
		if err != nil {
			return err
		}
		defer server.Close()
		url = server.URL()
		fmt.Fprintf(out, "No REDIS_URL is set: using an embedded server at %s.\n", url)
	}

	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	if err := rdb.Ping(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "Connected:", rdb)

	// Keys of an interrupted run would change the counts.
	if _, err := rdb.Del(ctx, greeting, visits, user, shared); err != nil {
		return err
	}
	steps := []func(context.Context, io.Writer, *redpoll.Client) error{
		texts, counter, hash, callers, anything, cleanup, stats,
	}
	for _, step := range steps {
		if err := step(ctx, out, rdb); err != nil {
			return err
		}
	}
	return nil
}
