// Events keeps a cache in the program's memory right by keyspace events: the server tells which keys have
// changed, and the cache forgets them.
//
//	REDIS_URL=redis://localhost:6379/0 go run ./events
//
// It needs a real server, by default the one at localhost:6379: the embedded one has no keyspace events. It
// turns them on there, and leaves them on. It writes one key, which it removes at the end.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/redpoll-go/redpoll"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("REDIS_URL"), "redis://localhost:6379/0")); err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		stop()
		os.Exit(1)
	}
}

// cache has the values of keys that were read, as long as it hears of their changes. Its methods may be
// called from any goroutine.
type cache struct {
	rdb *redpoll.Client

	mu      sync.Mutex
	values  map[string]string
	deaf    bool   // changes may go unheard: nothing is kept
	changes uint64 // how many events have come
	hits    int
}

// get reads a key, from the memory of the program if it can.
func (c *cache) get(ctx context.Context, key string) (string, error) {
	c.mu.Lock()
	value, ok := c.values[key]
	if ok {
		c.hits++
	}
	before := c.changes
	c.mu.Unlock()
	if ok {
		return value, nil
	}
	value, err := c.rdb.Get(ctx, key)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// A change that came while the server was asked may be about this key: then the value may be an old one.
	if !c.deaf && c.changes == before {
		c.values[key] = value
	}
	return value, nil
}

// follow does what the events say, until ctx ends or ev is closed. seen hears of each event afterwards.
func (c *cache) follow(ctx context.Context, ev *redpoll.KeyEvents, seen func(redpoll.KeyEvent)) error {
	for e, err := range ev.Listen(ctx) {
		if err != nil {
			return err
		}
		c.apply(e)
		seen(e)
	}
	return nil
}

func (c *cache) apply(e redpoll.KeyEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	switch e.Kind {
	case redpoll.KindGap: // any key may have changed since
		clear(c.values)
		c.deaf = true
	case redpoll.KindRestored: // from here on every change is heard
		c.deaf = false
	default: // set, deleted, expired: the next one who needs it asks the server
		delete(c.values, e.Key)
	}
}

func run(ctx context.Context, out io.Writer, url string) (err error) {
	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()

	// Without Enable a server that publishes no events is an error, which says what to set there.
	ev, err := rdb.KeyEvents(ctx, redpoll.KeyEventsOptions{
		Patterns: []string{"redpoll:events:*"}, Enable: true,
	})
	if err != nil {
		return err
	}
	defer ev.Close()
	if !ev.Checked() {
		fmt.Fprintln(out, "The server does not say whether it publishes events.")
	}

	c := &cache{rdb: rdb, values: make(map[string]string)}
	seen := make(chan redpoll.KeyEvent, 16)
	followed := make(chan error, 1)
	go func() { followed <- c.follow(ctx, ev, func(e redpoll.KeyEvent) { seen <- e }) }()

	const key = "redpoll:events:colour"
	for _, colour := range []string{"red", "green"} {
		if err := rdb.Set(ctx, key, colour); err != nil { // as any other program may
			return err
		}
		select {
		case e := <-seen:
			fmt.Fprintf(out, "the server says: %s %s\n", e.Event, e.Key)
		case err := <-followed:
			return err
		}
		for range 3 {
			value, err := c.get(ctx, key)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "  the colour is %s; %d times it came from memory\n", value, c.hits)
		}
	}
	_, err = rdb.Del(ctx, key)
	return errors.Join(err, ev.Close(), <-followed)
}
