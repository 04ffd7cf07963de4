package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// mixedCommand is the first argument of the experiment with small and large values on one client: how long do
// small reads take beside callers that move large values, and how much do these callers get done?
const mixedCommand = "mixed"

// mixedWorkerCommand is the first argument of the measuring process of this experiment.
const mixedWorkerCommand = "mixed-worker"

const (
	// mixedLargeCallers write and read a value of mixedLarge bytes in turn, as []byte, each with its own key.
	mixedLargeCallers = 4
	mixedLarge        = 1 << 20
	// mixedCallers are the numbers of callers of small reads: fewer than go-redis has connections, and more.
	mixedCallers = "16,64"
	mixedRounds  = 5
	// mixedRival is the other peer of the ratios.
	mixedRival = "goredis"
)

// mixedTask has the settings of the measuring process.
type mixedTask struct {
	Addr    string        `json:"addr"`
	Peers   []string      `json:"peers"`
	Callers []int         `json:"callers"`
	Rounds  int           `json:"rounds"`
	Length  time.Duration `json:"length"`
	Ballast int           `json:"ballast"`
}

// mixedRow has the figures of one peer with one number of callers of small reads, a figure per round.
type mixedRow struct {
	Peer    string    `json:"peer"`
	Callers int       `json:"callers"`
	P50     []float64 `json:"p50_us"`
	P99     []float64 `json:"p99_us"`
	Small   []float64 `json:"small_per_second"`
	Large   []float64 `json:"large_mib_per_second"`
}

// runMixed is the command.
func runMixed(args []string, out io.Writer) error {
	task := mixedTask{Ballast: 64 << 20}
	var c choice
	flags := flag.NewFlagSet(mixedCommand, flag.ContinueOnError)
	callerList := flags.String("callers", mixedCallers, "comma-separated numbers of callers of small reads")
	peerList := flags.String("peers", "redpoll,redpoll-again,goredis,rueidis", "comma-separated")
	flags.StringVar(&c.base, "base", "", "a git revision: that version of redpoll as one more row")
	placementList := flags.String("placement", "free", "one, free or split")
	flags.IntVar(&task.Rounds, "rounds", mixedRounds, "rounds; the table shows medians")
	flags.DurationVar(&task.Length, "length", time.Second, "how long each peer is measured in a round")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if c.base != "" {
		*peerList += "," + basePeerName
	}
	if err := errors.Join(c.chooseCallers(*callerList), c.choosePeers(*peerList, ""),
		c.choosePlacements(*placementList)); err != nil {
		return err
	}
	if c.base != "" && len(basePeers) == 0 {
		return compareWithBase(c.base, append([]string{mixedCommand}, args...))
	}
	task.Peers, task.Callers = c.plan.Peers, c.plan.Callers
	for _, place := range c.placements {
		s, err := startServer(place.ServerCPUs, nil)
		if err != nil {
			return err
		}
		task.Addr = s.addr
		var rows []mixedRow
		err = runWorker(place, mixedWorkerCommand, task, &rows, os.Stderr)
		s.stop()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s; medians of %d rounds of %v\n"+
			"small: GET of %d B; large: %d callers beside them that SET and GET %d KiB each as []byte; x: "+
			"row / %s, ± half the distance of the quartiles\n",
			place.Title, task.Rounds, task.Length, smallValue, mixedLargeCallers, mixedLarge>>10, mixedRival)
		if err := writeMixed(out, rows); err != nil {
			return err
		}
	}
	return nil
}

// workMixed is the measuring process.
func workMixed(in io.Reader, out, log io.Writer) error {
	var task mixedTask
	if err := json.NewDecoder(in).Decode(&task); err != nil {
		return fmt.Errorf("read the task: %w", err)
	}
	rows, err := task.run(log)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(rows)
}

// run gives each peer a turn in each round; see turn for the order.
func (task mixedTask) run(log io.Writer) ([]mixedRow, error) {
	data := newDataset()
	if err := data.fill(task.Addr); err != nil {
		return nil, err
	}
	weight := newBallast(task.Ballast)
	defer runtime.KeepAlive(weight)
	chosen := slices.DeleteFunc(allPeers(),
		func(p peer) bool { return p.open == nil || !slices.Contains(task.Peers, p.name) })
	s := setting{addr: task.Addr, conns: poolSize(runtime.GOMAXPROCS(0))}
	var rows []mixedRow
	for _, callers := range task.Callers {
		for _, p := range chosen {
			rows = append(rows, mixedRow{Peer: p.name, Callers: callers})
		}
		now := rows[len(rows)-len(chosen):]
		for round := range task.Rounds {
			for i := range chosen {
				at := turn(i, round, len(chosen))
				if err := now[at].measure(chosen[at], s, data, task.Length); err != nil {
					return nil, fmt.Errorf("%s, %d callers: %w", chosen[at].name, callers, err)
				}
			}
			fmt.Fprintf(log, "mixed, %d callers: round %d of %d\n", callers, round+1, task.Rounds)
		}
	}
	return rows, nil
}

// mixedRun is a client at work.
type mixedRun struct {
	c        client
	data     *dataset
	stop     atomic.Bool
	measured atomic.Bool // the warm-up is over
	latency  histogram
	small    atomic.Int64 // reads within the measured time
	large    atomic.Int64 // bytes within the measured time
	failed   atomic.Pointer[error]
}

// measure adds one round.
func (row *mixedRow) measure(p peer, s setting, data *dataset, length time.Duration) error {
	c, err := p.open(s)
	if err != nil {
		return err
	}
	m := &mixedRun{c: c, data: data}
	runtime.GC()
	var callers sync.WaitGroup
	for i := range row.Callers {
		callers.Go(func() { m.readSmall(i) })
	}
	for i := range mixedLargeCallers {
		callers.Go(func() { m.moveLarge(i) })
	}
	time.Sleep(length / 4)
	m.measured.Store(true)
	start := time.Now()
	time.Sleep(length)
	small, large, wall := m.small.Load(), m.large.Load(), time.Since(start).Seconds()
	m.stop.Store(true)
	callers.Wait()
	if failure := m.failed.Load(); failure != nil {
		err = *failure
	}
	if err := firstError(err, c.close()); err != nil {
		return err
	}
	row.P50 = append(row.P50, float64(m.latency.quantile(0.5))/1e3)
	row.P99 = append(row.P99, float64(m.latency.quantile(0.99))/1e3)
	row.Small = append(row.Small, float64(small)/wall)
	row.Large = append(row.Large, float64(large)/(1<<20)/wall)
	return nil
}

// readSmall is a caller of small reads. Its last call counts although it ends late: otherwise the longest
// call would be missing.
func (m *mixedRun) readSmall(caller int) {
	for n := caller * 7; !m.stop.Load(); n++ {
		measured, began := m.measured.Load(), time.Now()
		v, err := m.c.get(context.Background(), m.data.strings[n%stringCount])
		took := time.Since(began)
		if err == nil && v != m.data.value {
			err = errDiffers
		}
		if err != nil {
			m.fail(err)
			return
		}
		if measured {
			m.latency.record(took)
			m.small.Add(1)
		}
	}
}

// moveLarge is a caller that writes and reads its own large value, a different one in each turn.
func (m *mixedRun) moveLarge(caller int) {
	key, value := fmt.Sprintf("bench:mixed:%d", caller), bytes.Repeat([]byte{byte('a' + caller)}, mixedLarge)
	for turn := 0; !m.stop.Load(); turn++ {
		value[turn%mixedLarge]++
		if err := m.c.setBytes(context.Background(), key, value); err != nil {
			m.fail(err)
			return
		}
		m.countLarge()
		got, err := m.c.getBytes(context.Background(), key)
		if err == nil && !bytes.Equal(got, value) {
			err = fmt.Errorf("%s: %w", key, errDiffers)
		}
		if err != nil {
			m.fail(err)
			return
		}
		m.countLarge()
	}
}

func (m *mixedRun) countLarge() {
	if m.measured.Load() {
		m.large.Add(mixedLarge)
	}
}

// fail keeps the first error and ends the round.
func (m *mixedRun) fail(err error) {
	m.failed.CompareAndSwap(nil, &err)
	m.stop.Store(true)
}

// writeMixed prints a table for each number of callers.
func writeMixed(out io.Writer, rows []mixedRow) error {
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, row := range rows {
		if i == 0 || rows[i-1].Callers != row.Callers {
			fmt.Fprintln(columns)
			fmt.Fprintf(columns,
				"callers %d\tp50 us\tp99 us\tlarge MiB/s\tsmall 1000/s\tp50 x\tp99 x\tlarge x\t\n",
				row.Callers)
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%s\t", row.Peer, significant(spreadOf(row.P50).Median),
			significant(spreadOf(row.P99).Median),
			significant(spreadOf(row.Large).Median), significant(spreadOf(row.Small).Median/1000))
		rival := slices.IndexFunc(rows,
			func(r mixedRow) bool { return r.Peer == mixedRival && r.Callers == row.Callers })
		if rival < 0 || row.Peer == mixedRival {
			fmt.Fprintln(columns, strings.Repeat("-\t", 3))
			continue
		}
		for _, figures := range [][2][]float64{{row.P50, rows[rival].P50}, {row.P99, rows[rival].P99},
			{row.Large, rows[rival].Large}} {
			x := spreadOf(ratios(figures[0], figures[1]))
			fmt.Fprintf(columns, "%s\t", ratioText(&x))
		}
		fmt.Fprintln(columns)
	}
	return columns.Flush()
}
