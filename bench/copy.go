package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/redpoll-go/redpoll"
)

// copyCommand is the first argument of the experiment with copies: which CPU time does a SET take that goes
// to all of three servers, compared with one that goes to one, and with three that a program sends itself?
const copyCommand = "copy"

// runCopy is the whole experiment.
func runCopy(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(copyCommand, flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "number of rounds")
	lasting := flags.Duration("time", 300*time.Millisecond, "time of each measurement")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var addrs []string
	for range 3 {
		s, err := startServer(nil, nil)
		if err != nil {
			return err
		}
		defer s.stop()
		addrs = append(addrs, s.addr)
	}
	writers, end, err := openWriters(addrs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "callers\tclient\tCPU per SET\tto one server\tSETs per second\t")
	for _, callers := range []int{1, 64} {
		used := make([][]float64, len(writers))
		rates := make([][]float64, len(writers))
		for range *rounds {
			for i, w := range writers { // in turn, so that all of them meet the same noise
				cpu, rate, err := measureCalls(w.set, callers, *lasting)
				if err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
				used[i], rates[i] = append(used[i], cpu), append(rates[i], rate)
			}
		}
		var one float64
		for i, w := range writers {
			slices.Sort(used[i])
			slices.Sort(rates[i])
			median := used[i][*rounds/2]
			if i == 0 {
				one = median
			}
			fmt.Fprintf(table, "%d\t%s\t%.2f µs\t%.2f\t%.0f\t\n",
				callers, w.name, median, median/one, rates[i][*rounds/2])
		}
	}
	return table.Flush()
}

// writer is a way to write.
type writer struct {
	name string
	set  func(ctx context.Context, key string) error
}

// openWriters makes the ways: one server, three servers in goroutines of the caller, and a copy.
func openWriters(addrs []string) (list []writer, end func() error, err error) {
	var all []*redpoll.Client
	end = func() (err error) {
		for _, c := range all {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	var o redpoll.CopyOptions
	for _, addr := range addrs {
		c, err := redpoll.New(redpoll.Options{Addr: addr})
		if err != nil {
			return nil, nil, errors.Join(err, end())
		}
		all = append(all, c)
		o.Nodes = append(o.Nodes, redpoll.CopyNode{Addr: addr})
	}
	copied, err := redpoll.NewCopy(o)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	three := slices.Clone(all)
	all = append(all, copied)
	return []writer{
		{"one server", func(ctx context.Context, key string) error {
			return three[0].Set(ctx, key, "value")
		}},
		{"three goroutines", func(ctx context.Context, key string) error {
			done := make(chan error, len(three))
			for _, c := range three {
				go func() { done <- c.Set(ctx, key, "value") }()
			}
			var err error
			for range three {
				err = errors.Join(err, <-done)
			}
			return err
		}},
		{"copy of three", func(ctx context.Context, key string) error {
			return copied.Set(ctx, key, "value")
		}},
	}, end, nil
}
