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
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll"
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
	failover := func() {}
	if url == "" {
		fmt.Fprintln(out, "No SENTINEL_URL is set: starting a primary, two replicas and three Sentinels.")
		own, err := startServers(ctx)
		if err != nil {
			return err
		}
		defer own.close()
		url, failover = own.url(), func() {
			fmt.Fprintln(out, "-- the primary is killed")
			own.killPrimary()
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

	figures := &figures{failed: make(map[redpoll.Outcome]int)}
	writing, stop := context.WithTimeout(ctx, lasting)
	defer stop()
	var writers sync.WaitGroup
	for range 16 {
		writers.Go(func() { write(writing, rdb, figures) })
	}
	report(writing, out, rdb, figures, lasting/4, failover)
	writers.Wait()

	// A write whose reply was lost may have run, so the counter can be a little above the calls that
	// succeeded. It can be below as well: replication is asynchronous, and what the old primary had not
	// handed on is lost with it.
	n, err := redpoll.Int(rdb.Get(ctx, counter))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d calls succeeded, the counter is %d\n", figures.succeeded, n)
	_, err = rdb.Del(ctx, counter)
	return err
}

// write increments the counter until ctx ends. The deadline of a call says for how long it waits for a new
// primary; that of ctx does not count here, so that no call is cut.
func write(ctx context.Context, rdb *redpoll.Client, f *figures) {
	for ctx.Err() == nil {
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		began := time.Now()
		_, err := rdb.Incr(call, counter)
		cancel()
		f.add(time.Since(began), err)
		time.Sleep(time.Millisecond)
	}
}

// report prints a line a second until ctx ends, and calls failover once.
func report(ctx context.Context, out io.Writer, rdb *redpoll.Client, f *figures, after time.Duration,
	failover func()) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	kill := time.After(after)
	retried := uint64(0)
	fmt.Fprintln(out, "  calls        p99    longest   retried   failed")
	for {
		select {
		case <-ctx.Done():
			return
		case <-kill:
			failover()
		case <-second.C:
			calls, p99, longest, failed := f.take()
			now := rdb.Stats().Retries
			fmt.Fprintf(out, "%7d %10s %10s %9d   %s\n", calls, p99, longest, now-retried, failed)
			retried = now
		}
	}
}

// figures are what became of calls.
type figures struct {
	mu        sync.Mutex
	succeeded int
	took      []time.Duration         // of the calls of this second
	failed    map[redpoll.Outcome]int // of this second
}

func (f *figures) add(took time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.took = append(f.took, took)
	if err != nil {
		// This is the caller's decision: "not sent" and "refused" can be repeated, "maybe executed" needs
		// thought.
		f.failed[redpoll.OutcomeOf(err)]++
		return
	}
	f.succeeded++
}

// take gives the figures of this second, and begins the next one.
func (f *figures) take() (calls int, p99, longest time.Duration, failed string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.took)
	if calls = len(f.took); calls > 0 {
		p99 = f.took[calls*99/100].Round(100 * time.Microsecond)
		longest = f.took[calls-1].Round(100 * time.Microsecond)
	}
	if failed = "none"; len(f.failed) > 0 {
		failed = fmt.Sprint(f.failed)[len("map"):]
	}
	f.took = f.took[:0]
	clear(f.failed)
	return calls, p99, longest, failed
}
