package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/redpoll-go/redpoll"
)

// deadLinkCommand is the first argument of the experiment with dead connections. Callers work through a
// proxy. At one moment all its connections die without a sign, while new ones are possible. How long does a
// client take to work again, and how many calls fail until then?
const deadLinkCommand = "deadlink"

const (
	deadLinkCallers = 16
	// deadLinkPause is the pause between two calls of a caller.
	deadLinkPause = 20 * time.Millisecond
	// deadLinkWarmUp is how long the callers work before the connections die.
	deadLinkWarmUp = 500 * time.Millisecond
	// deadLinkPatience is how long a client may take to work again.
	deadLinkPatience = 15 * time.Second
)

// deadLinkDeadlines are the deadlines of the calls.
var deadLinkDeadlines = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}

// deadLinkPeers are the rows, with health checks of redpoll at this interval.
func deadLinkPeers(health time.Duration) []peer {
	ofRedpoll := func(o redpoll.Options) func(setting) (client, error) {
		return func(s setting) (client, error) {
			o := o
			o.Addr = s.addr
			return newRedpoll(o)
		}
	}
	return []peer{
		{name: "redpoll", open: ofRedpoll(redpoll.Options{})},
		{name: "redpoll-health", open: ofRedpoll(redpoll.Options{HealthCheckInterval: health})},
		{name: "redpoll-exclusive", open: ofRedpoll(redpoll.Options{Exclusive: true})},
		{name: "redpoll-exclusive-health",
			open: ofRedpoll(redpoll.Options{Exclusive: true, HealthCheckInterval: health})},
		{name: "goredis", open: openGoredis},
		{name: "goredis-ctx", open: func(s setting) (client, error) {
			o := goredisOptions(s)
			o.ContextTimeoutEnabled = true
			c := goredis.NewClient(o)
			return &goredisClient{cmd: c, owner: c}, nil
		}},
		{name: "rueidis", open: openRueidis},
	}
}

// deadLinkOp is a call of the experiment.
type deadLinkOp struct {
	name string
	call func(ctx context.Context, c client, d *dataset) error
}

var deadLinkOps = []deadLinkOp{
	{"get", func(ctx context.Context, c client, d *dataset) error {
		v, err := c.get(ctx, d.strings[0])
		if err == nil && v != d.value {
			err = errDiffers
		}
		return err
	}},
	{"set", func(ctx context.Context, c client, d *dataset) error {
		return c.set(ctx, d.targets[0], d.value)
	}},
}

// runDeadLink is the command.
func runDeadLink(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(deadLinkCommand, flag.ContinueOnError)
	rounds := flags.Int("rounds", 3, "rounds; the table shows medians")
	health := flags.Duration("health", 100*time.Millisecond, "HealthCheckInterval of the rows that have one")
	peerList := flags.String("peers", "", "comma-separated (default: all)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	rows, err := chooseRows(deadLinkPeers(*health), *peerList)
	if err != nil {
		return err
	}
	goredis.SetLogger(silent{}) // at the end of a trial it cannot connect any more
	s, err := startServer(nil, nil)
	if err != nil {
		return err
	}
	defer s.stop()
	data := newDataset()
	if err := data.fill(s.addr); err != nil {
		return err
	}
	fmt.Fprintf(out,
		"%d callers, %v between two calls of one; at 0 s all connections die silently, new ones work; "+
			"medians of %d rounds\n"+
			"health: HealthCheckInterval %v; first, all: when one caller has had a reply again, and when "+
			"each one has\n"+
			"failed: calls of one caller that ended with an error; last failure: when; dialed: connections "+
			"made after 0 s\n",
		deadLinkCallers, deadLinkPause, *rounds, *health)
	for _, op := range deadLinkOps {
		for _, deadline := range deadLinkDeadlines {
			found := make([][]recovery, len(rows)) // by row and round
			for round := range *rounds {
				one, err := deadLinkRound(rows, s.addr, data, op, deadline)
				if err != nil {
					return err
				}
				for i, r := range one {
					found[i] = append(found[i], r)
				}
				fmt.Fprintf(os.Stderr, "%s, deadline %v: round %d of %d\n", op.name, deadline, round+1,
					*rounds)
			}
			if err := writeRecoveries(out, op.name, deadline, rows, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// silent is a logger without output.
type silent struct{}

// Printf does nothing.
func (silent) Printf(context.Context, string, ...any) {}

// chooseRows returns the rows in a comma-separated list, or all.
func chooseRows(rows []peer, list string) ([]peer, error) {
	if list == "" {
		return rows, nil
	}
	var chosen []peer
	for name := range strings.SplitSeq(list, ",") {
		before := len(chosen)
		var names []string
		for _, row := range rows {
			names = append(names, row.name)
			if row.name == name {
				chosen = append(chosen, row)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no peer %q: there are %s", name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

// deadLinkRound runs all rows at the same time, each with its own proxy: they mostly wait.
func deadLinkRound(rows []peer, addr string, data *dataset, op deadLinkOp,
	deadline time.Duration) ([]recovery, error) {
	found, failures := make([]recovery, len(rows)), make([]error, len(rows))
	var all sync.WaitGroup
	for i, row := range rows {
		all.Go(func() { found[i], failures[i] = deadLinkTrial(row, addr, data, op, deadline) })
	}
	all.Wait()
	return found, errors.Join(failures...)
}

// deadLinkTrial lets one client's connections die once.
func deadLinkTrial(row peer, addr string, data *dataset, op deadLinkOp,
	deadline time.Duration) (recovery, error) {
	proxy, err := newFreezer(addr)
	if err != nil {
		return recovery{}, err
	}
	defer proxy.close()
	c, err := row.open(setting{addr: proxy.addr(), conns: poolSize(runtime.GOMAXPROCS(0))})
	if err != nil {
		return recovery{}, fmt.Errorf("%s: %w", row.name, err)
	}
	w := &watch{callers: make([]callerWatch, deadLinkCallers), recovered: make(chan struct{})}
	var running sync.WaitGroup
	var stop atomic.Bool
	for i := range deadLinkCallers {
		running.Go(func() {
			for !stop.Load() {
				began := time.Now()
				ctx, cancel := context.WithTimeout(context.Background(), deadline)
				err := op.call(ctx, c, data)
				cancel()
				w.note(i, began, time.Now(), err)
				time.Sleep(deadLinkPause)
			}
		})
	}
	time.Sleep(deadLinkWarmUp)
	before := proxy.dialed()
	proxy.freeze()
	w.begin(time.Now())
	select {
	case <-w.recovered:
		time.Sleep(deadline + 10*deadLinkPause) // calls may fail on further dead connections
	case <-time.After(deadLinkPatience):
	}
	r := w.recovery()
	r.dialed = proxy.dialed() - before
	stop.Store(true)
	proxy.close() // ends the calls that ignore their deadlines
	running.Wait()
	return r, c.close()
}

// watch observes the callers of one trial.
type watch struct {
	mu        sync.Mutex
	died      time.Time // zero until the connections have died
	callers   []callerWatch
	missing   int
	recovered chan struct{} // closed when each caller has a reply again
	warmUp    error         // a failure before the connections died
}

type callerWatch struct {
	failed int
	// The first call that began after the death and succeeded.
	success     time.Duration // end of this call; 0 if there is none yet
	lastFailure time.Duration
}

// begin tells the watch that the connections are dead from now on.
func (w *watch) begin(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.died, w.missing = now, len(w.callers)
}

// note records the end of a call. A call that began before the death counts only if it failed after it: its
// reply may have arrived before.
func (w *watch) note(caller int, began, ended time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &w.callers[caller]
	switch {
	case w.died.IsZero():
		if err != nil {
			w.warmUp = err
		}
	case err != nil:
		c.failed++
		c.lastFailure = ended.Sub(w.died)
	case c.success == 0 && !began.Before(w.died):
		c.success = ended.Sub(w.died)
		if w.missing--; w.missing == 0 {
			close(w.recovered)
		}
	}
}

// recovery sums up a trial.
type recovery struct {
	first, all  time.Duration // tooLong if not within deadLinkPatience
	failedMost  int
	failedMean  float64
	lastFailure time.Duration // 0 if no call has failed
	dialed      int
	warmUp      error
}

// tooLong means that the client did not work again in time.
const tooLong time.Duration = 1<<63 - 1

func (w *watch) recovery() recovery {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := recovery{first: tooLong, warmUp: w.warmUp}
	for _, c := range w.callers {
		success := c.success
		if success == 0 {
			success = tooLong
		}
		r.first, r.all = min(r.first, success), max(r.all, success)
		r.failedMost = max(r.failedMost, c.failed)
		r.failedMean += float64(c.failed) / float64(len(w.callers))
		r.lastFailure = max(r.lastFailure, c.lastFailure)
	}
	return r
}

// writeRecoveries prints the table of one kind of call with one deadline.
func writeRecoveries(out io.Writer, op string, deadline time.Duration, rows []peer,
	found [][]recovery) error {
	fmt.Fprintf(out, "\n%s, deadline of a call %v\n", op, deadline)
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(columns, "client\tfirst\tall\tfailed, most\tfailed, mean\tlast failure\tdialed\t")
	for i, row := range rows {
		var first, all, most, mean, last, dialed []float64
		for _, r := range found[i] {
			if r.warmUp != nil {
				return fmt.Errorf("%s, %s: a call failed before the connections died: %w", row.name, op,
					r.warmUp)
			}
			first, all = append(first, r.first.Seconds()), append(all, r.all.Seconds())
			most, mean = append(most, float64(r.failedMost)), append(mean, r.failedMean)
			last, dialed = append(last, r.lastFailure.Seconds()), append(dialed, float64(r.dialed))
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%.0f\t%.1f\t%s\t%.0f\t\n", row.name,
			seconds(spreadOf(first).Median),
			seconds(spreadOf(all).Median), spreadOf(most).Median, spreadOf(mean).Median,
			seconds(spreadOf(last).Median), spreadOf(dialed).Median)
	}
	return columns.Flush()
}

// seconds prints a measured time, or that the client took too long.
func seconds(s float64) string {
	if s == 0 {
		return "-"
	}
	if s > deadLinkPatience.Seconds()+1 {
		return fmt.Sprintf(">%v s", deadLinkPatience.Seconds())
	}
	return strconv.FormatFloat(s, 'f', 2, 64) + " s"
}
