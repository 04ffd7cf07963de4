// Django reads what a Django service with django-redisdb's RedisRing has written: recorded.json says which
// command reached which of three servers there, so that no Python is needed.
//
//	go run ./django
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

// recorded has the keys and values of each server, in the order of LOCATION in the settings.
//
//go:embed recorded.json
var recorded []byte

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "django:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	var wrote []map[string]string
	if err := json.Unmarshal(recorded, &wrote); err != nil {
		return err
	}
	// The settings are 'LOCATION': ['host1:6379', 'host2:6379', 'host3:6379'], 'OPTIONS': {'DB': 0}.
	// Nodes without names, in the same order, are the same ring.
	var o redpoll.RingOptions
	for _, values := range wrote {
		server, err := embedded.Start()
		if err != nil {
			return err
		}
		defer server.Close()
		o.Nodes = append(o.Nodes, redpoll.RingNode{Addr: server.Addr()})
		if err := load(ctx, server.URL(), values); err != nil {
			return err
		}
	}
	rdb, err := redpoll.NewRing(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()

	for i, values := range wrote {
		for key, want := range values {
			got, err := rdb.Get(ctx, key)
			if err != nil {
				return fmt.Errorf("%s, which Python put on node %d: %w", key, i, err)
			}
			if got != want {
				return fmt.Errorf("%s is %q, and Python wrote %q", key, got, want)
			}
		}
		fmt.Fprintf(out, "node %d: all %d keys are where Python put them\n", i, len(values))
	}
	n, err := rdb.DBSize(ctx) // of all nodes, not only of one as in Python
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d keys in all\n", n)
	return nil
}

// load puts values on one server, in the place of the Python service.
func load(ctx context.Context, url string, values map[string]string) (err error) {
	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	for key, value := range values {
		if err := rdb.Set(ctx, key, value); err != nil {
			return err
		}
	}
	return nil
}
