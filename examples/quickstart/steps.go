package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll"
)

func title(out io.Writer, text string) { fmt.Fprintf(out, "\n%s\n", text) }

// texts sets and reads keys, with and without options.
func texts(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "Set and get")
	if err := rdb.Set(ctx, greeting, "hello", redpoll.EX(time.Minute)); err != nil {
		return err
	}
	value, err := rdb.Get(ctx, greeting)
	if err != nil {
		return err
	}
	left, err := rdb.TTL(ctx, greeting)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  SET with EX: the value is %q and lives for %v\n", value, left)

	// NX sets only a missing key. A SET that did nothing is the error Nil.
	switch err := rdb.Set(ctx, greeting, "overwritten", redpoll.NX); {
	case err == nil:
		return errors.New("SET with NX overwrote a key")
	case errors.Is(err, redpoll.Nil):
		fmt.Fprintln(out, "  SET with NX: the key is there already, nothing was set")
	default:
		return err
	}

	// A missing key is the same error, so it cannot be mistaken for an empty value.
	if _, err := rdb.Get(ctx, missing); !errors.Is(err, redpoll.Nil) {
		return fmt.Errorf("GET of a missing key: %v, want redpoll.Nil", err)
	}
	fmt.Fprintln(out, "  GET of a missing key: redpoll.Nil")

	// A bool cannot be a value and is refused before anything is sent.
	err = rdb.Set(ctx, greeting, true)
	if _, refused := errors.AsType[*redpoll.DataError](err); !refused {
		return fmt.Errorf("SET of a bool: %v, want a DataError", err)
	}
	fmt.Fprintln(out, "  SET of a bool:", err)
	return nil
}

// counter counts, and reads the count as a number.
func counter(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "Count")
	for range 3 {
		if _, err := rdb.Incr(ctx, visits); err != nil {
			return err
		}
	}
	if _, err := rdb.IncrBy(ctx, visits, 39); err != nil {
		return err
	}
	n, err := redpoll.Int(rdb.Get(ctx, visits))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  3 times INCR and INCRBY 39: %d\n", n)
	if n != 42 {
		return fmt.Errorf("the counter is %d, want 42", n)
	}
	return nil
}

// hash keeps a record.
func hash(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "A hash")
	if _, err := rdb.HSet(ctx, user, "name", "Ada", "language", "Go", "score", 9.5); err != nil {
		return err
	}
	fields, err := rdb.HGetAll(ctx, user)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(out, "  %-8s  %s\n", name, fields[name])
	}
	if fields["score"] != "9.5" {
		return fmt.Errorf("the score reads %q, want 9.5", fields["score"])
	}
	return nil
}

// callers lets many goroutines count at once with one client.
func callers(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	const goroutines, rounds = 64, 500
	title(out, fmt.Sprintf("%d goroutines, %d times INCR each", goroutines, rounds))

	failures := make(chan error, goroutines)
	start := time.Now()
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range rounds {
				if _, err := rdb.Incr(ctx, shared); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	close(failures)
	if err := <-failures; err != nil {
		return err
	}

	n, err := redpoll.Int(rdb.Get(ctx, shared))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  counted to %d in %v: %.0f commands per second\n",
		n, took.Round(time.Millisecond), float64(goroutines*rounds)/took.Seconds())
	if n != goroutines*rounds {
		return fmt.Errorf("the counter is %d, want %d", n, goroutines*rounds)
	}
	return nil
}

// anything sends a command by its name: for commands without a method, and for replies without conversion.
func anything(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "Any command")
	reply, err := rdb.Do(ctx, "HMGET", user, "name", "nickname")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  HMGET name nickname: %v\n", reply)
	return nil
}

// cleanup removes what the program wrote.
func cleanup(ctx context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "Clean up")
	n, err := rdb.Del(ctx, greeting, visits, user, shared)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  DEL removed %d keys\n", n)
	return nil
}

// stats shows the counters of the client's connections.
func stats(_ context.Context, out io.Writer, rdb *redpoll.Client) error {
	title(out, "What it took")
	s := rdb.Stats()
	fmt.Fprintf(out, "  %d commands in %d writes over %d shared connection(s), dialed %d time(s)\n",
		s.Commands, s.Writes, s.SharedConns, s.Dials)
	return nil
}
