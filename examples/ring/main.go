// Ring shows what still works while a node of a ring is down: a cache over three embedded servers, of which
// one is killed and brought back.
//
//	go run ./ring
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ring:", err)
		os.Exit(1)
	}
}

// pages is the number of pages in the cache.
const pages = 300

func run(ctx context.Context, out io.Writer) (err error) {
	var o redpoll.RingOptions
	servers := make([]*embedded.Server, 3)
	for i := range servers {
		if servers[i], err = embedded.Start(); err != nil {
			return err
		}
		defer func() { servers[i].Close() }()
		name := fmt.Sprint("cache-", i+1)
		o.Nodes = append(o.Nodes, redpoll.RingNode{Name: name, Addr: servers[i].Addr()})
	}
	// A cache that cannot be reached is a miss, and nothing to wait for: neither for a repeat, nor for long
	// until the next attempt to connect.
	o.Node.NoRetry, o.Node.MinBackoff, o.Node.MaxBackoff = true, time.Millisecond, time.Millisecond
	rdb, err := redpoll.NewRing(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()

	fmt.Fprintln(out, "Three nodes are up.")
	if err := read(ctx, out, rdb); err != nil {
		return err
	}
	if err := read(ctx, out, rdb); err != nil {
		return err
	}
	for _, n := range rdb.Nodes() {
		size, err := n.Client.DBSize(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s has %d pages\n", n.Name, size)
	}

	fmt.Fprintln(out, "cache-2 is killed.")
	addr := servers[1].Addr()
	servers[1].Close()
	if err := read(ctx, out, rdb); err != nil {
		return err
	}
	_, err = rdb.DBSize(ctx) // needs all nodes
	fmt.Fprintln(out, " ", err)

	fmt.Fprintln(out, "cache-2 is back, and empty.")
	if servers[1], err = embedded.StartOptions(embedded.Options{Addr: addr}); err != nil {
		return err
	}
	for range 2 {
		if err := read(ctx, out, rdb); err != nil {
			return err
		}
	}
	return nil
}

// read reads all pages as a site does: from the cache, or else from the source, which then fills the cache.
func read(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	hits, misses, down := 0, 0, 0
	for i := range pages {
		key := fmt.Sprint("page:", i)
		_, err := rdb.Get(ctx, key)
		switch {
		case err == nil:
			hits++
		case errors.Is(err, redpoll.Nil):
			misses++
			if err := rdb.Set(ctx, key, "made again"); err != nil {
				return err
			}
		case errors.As(err, new(*redpoll.ConnError)):
			down++ // the page comes from the source, and the others do not notice
		default:
			return err
		}
	}
	fmt.Fprintf(out, "  %d hits, %d misses, %d of a node that is down\n", hits, misses, down)
	return nil
}
