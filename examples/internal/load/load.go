// Package load is what the examples about failures have in common: goroutines that write all the time, and a
// line each second that says how the calls fare.
package load

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Writers is how many goroutines write.
const Writers = 16

// Lines is a writer for the lines of several goroutines.
func Lines(to io.Writer) io.Writer { return &lines{to: to} }

type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// Event is what happens to the servers while the goroutines write.
type Event struct {
	After time.Duration // from the beginning
	Do    func() error
}

// Run increments counters for a while, one key for each goroutine, and prints what becomes of the calls. It
// returns how many have succeeded. The error is the first one of an event. Events write to out, too, so it
// must be one of Lines.
func Run(ctx context.Context, out io.Writer, rdb *redpoll.Client, key func(writer int) string,
	lasting time.Duration, events ...Event) (succeeded int, err error) {
	f := &figures{failed: make(map[redpoll.Outcome]int)}
	writing, stop := context.WithTimeout(ctx, lasting)
	defer stop()
	var all sync.WaitGroup
	for i := range Writers {
		all.Go(func() { write(writing, rdb, key(i), f) })
	}
	failed := make(chan error, len(events))
	for _, e := range events {
		all.Go(func() {
			select {
			case <-writing.Done():
			case <-time.After(e.After):
				if err := e.Do(); err != nil {
					failed <- err
				}
			}
		})
	}
	report(writing, out, rdb, f)
	all.Wait()
	select {
	case err = <-failed:
	default:
	}
	return f.succeeded, err
}

// write increments a counter until ctx ends. The deadline of a call says for how long it waits for servers;
// that of ctx does not count here, so that no call is cut.
func write(ctx context.Context, rdb *redpoll.Client, key string, f *figures) {
	for ctx.Err() == nil {
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		began := time.Now()
		_, err := rdb.Incr(call, key)
		cancel()
		f.add(time.Since(began), err)
		time.Sleep(time.Millisecond)
	}
}

// report prints a line a second until ctx ends.
func report(ctx context.Context, out io.Writer, rdb *redpoll.Client, f *figures) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	retried := uint64(0)
	fmt.Fprintln(out, "  calls        p99    longest   retried   failed")
	for {
		select {
		case <-ctx.Done():
			return
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
