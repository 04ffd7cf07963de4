package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// plan has all settings for one placement's run. The parent process passes it, as JSON, to a copy of itself
// that is confined to the right CPUs.
type plan struct {
	Placement placement     `json:"placement"`
	Addr      string        `json:"addr"`
	TLSAddr   string        `json:"tls_addr"` // "" for connections without TLS
	CAFile    string        `json:"ca_file"`  // the authority of the server's certificate
	Workloads []string      `json:"workloads"`
	Callers   []int         `json:"callers"`
	Peers     []string      `json:"peers"`
	Base      string        `json:"base"`
	Slice     time.Duration `json:"slice"`
	Rounds    int           `json:"rounds"` // 0 means as many as fit
	Time      time.Duration `json:"time"`
	Ballast   int           `json:"ballast"`
	Spin      time.Duration `json:"spin"`
	Procs     int           `json:"procs"` // GOMAXPROCS; 0 for the default
	Rest      time.Duration `json:"rest"`
	IdleTimes int           `json:"idle_times"` // measurements of each idle client's memory
}

// fewestRounds is the number of rounds even if time is up.
const fewestRounds = 3

// cell is one workload with one number of callers, and the results of its peers.
type cell struct {
	workload workload
	callers  int
	tallies  []*tally
	// 0 for small values.
	garbage int // bytes of heap to touch before each slice
}

// tally collects one peer's slices, one of each round.
type tally struct {
	peer                     peer
	cpu, rate, allocs, bytes []float64
	ops                      int64
	latency                  histogram
}

func (t *tally) record(s slice) {
	t.cpu = append(t.cpu, s.cpuPerOp())
	t.rate = append(t.rate, s.opsPerSec())
	t.allocs = append(t.allocs, s.allocsPerOp())
	t.bytes = append(t.bytes, s.bytesPerOp())
	t.ops += s.ops
}

// run measures all cells of a plan. It is the whole work of the confined process; progress goes to log.
func (p plan) run(log io.Writer) (placementReport, error) {
	data := newDataset()
	if wanted := wantedSizes(p.Workloads); slices.Contains(wanted, true) {
		data.addLarge(wanted)
	}
	if err := data.fill(p.Addr); err != nil {
		return placementReport{}, err
	}
	weight := newBallast(p.Ballast)
	defer runtime.KeepAlive(weight)

	procs := runtime.GOMAXPROCS(0)
	s, err := p.setting(procs)
	if err != nil {
		return placementReport{}, err
	}
	rows := p.rows(procs)
	cells := p.cells(rows)
	out := placementReport{
		Name: p.Placement.Name, Title: p.Placement.Title,
		ClientCPUs: p.Placement.ClientCPUs, ServerCPUs: p.Placement.ServerCPUs,
		MaxProcs: procs, TLS: s.tls != nil,
	}
	if out.TLS {
		out.Title += ", TLS"
	}
	start := time.Now()
	if out.Idle, err = p.idle(rows, s, data); err != nil {
		return out, err
	}
	var longest time.Duration
	for p.another(out.Rounds, time.Since(start)+longest) {
		began := time.Now()
		for _, c := range cells {
			if err := c.round(out.Rounds, s, data, p.Slice); err != nil {
				return out, err
			}
		}
		out.Rounds++
		longest = max(longest, time.Since(began))
		fmt.Fprintf(log, "placement %s: round %d took %.1fs\n", p.Placement.Name, out.Rounds,
			time.Since(began).Seconds())
	}
	for _, c := range cells {
		out.Cells = append(out.Cells, c.report(p.Base))
	}
	out.Seconds = time.Since(start).Seconds()
	return out, nil
}

// poolSize returns the size of the pools: the default of go-redis.
func poolSize(procs int) int { return 10 * procs }

// setting returns the settings of the plan's clients.
func (p plan) setting(procs int) (setting, error) {
	s := setting{addr: p.Addr, conns: poolSize(procs), spin: p.Spin}
	if p.TLSAddr == "" {
		return s, nil
	}
	authority, err := os.ReadFile(p.CAFile)
	if err != nil {
		return s, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return s, fmt.Errorf("%s has no certificate", p.CAFile)
	}
	s.addr, s.tls = p.TLSAddr,
		&tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS13}
	return s, nil
}

// another decides whether there is one more round, which would end before end.
func (p plan) another(rounds int, end time.Duration) bool {
	if p.Rounds > 0 {
		return rounds < p.Rounds
	}
	return rounds < fewestRounds || end <= p.Time
}

// rows returns the plan's peers that can run on this number of CPUs.
func (p plan) rows(procs int) []peer {
	return slices.DeleteFunc(allPeers(), func(row peer) bool {
		return !slices.Contains(p.Peers, row.name) || row.parallel && procs == 1
	})
}

func (p plan) cells(rows []peer) []*cell {
	var cells []*cell
	for _, w := range allWorkloads() {
		if !slices.Contains(p.Workloads, w.name) {
			continue
		}
		for _, n := range p.Callers {
			c := &cell{workload: w, callers: n}
			if w.large {
				c.garbage = 2 * p.Ballast // how far the heap grows until it is collected
			}
			for _, row := range rows {
				if row.open != nil || w.request != nil {
					c.tallies = append(c.tallies, &tally{peer: row})
				}
			}
			cells = append(cells, c)
		}
	}
	return cells
}

// round gives every peer one slice. The order moves on with each round, and turns around, so that no peer
// always follows the same one: A B C, B A C, C A B.
func (c *cell) round(number int, s setting, data *dataset, length time.Duration) error {
	for i := range c.tallies {
		touchHeap(c.garbage)
		t := c.tallies[turn(i, number, len(c.tallies))]
		done, err := runSlice(t.peer, c.workload, c.callers, s, data, length, &t.latency)
		if err != nil {
			return err
		}
		t.record(done)
	}
	return nil
}

// turn returns the index of the i-th peer in a round.
func turn(i, round, of int) int {
	if round%2 == 1 {
		i = of - i
	}
	return (i + round) % of
}

func (c *cell) report(base string) cellReport {
	out := cellReport{Workload: c.workload.name, Title: c.workload.title, Callers: c.callers,
		Large: c.workload.large}
	var ours *tally
	for _, t := range c.tallies {
		if t.peer.name == base {
			ours = t
		}
	}
	for _, t := range c.tallies {
		r := peerReport{
			Peer: t.peer.name, Ops: t.ops,
			CPU: spreadOf(t.cpu), Rate: spreadOf(t.rate),
			Allocs: spreadOf(t.allocs).Median, Bytes: spreadOf(t.bytes).Median,
			P50: t.latency.quantile(0.5), P99: t.latency.quantile(0.99),
		}
		if ours != nil && ours != t {
			cpu, ops := spreadOf(ratios(ours.cpu, t.cpu)), spreadOf(ratios(ours.rate, t.rate))
			r.CPUx, r.OpsX = &cpu, &ops
		}
		out.Peers = append(out.Peers, r)
	}
	return out
}

// idle measures the idle memory of each client, several times each in turn.
func (p plan) idle(rows []peer, s setting, data *dataset) ([]idleReport, error) {
	var out []idleReport
	figures := map[string][2][]float64{}
	for range p.IdleTimes {
		for _, row := range rows {
			if row.open == nil {
				continue
			}
			use, err := measureIdle(row, s, data, p.Rest)
			if err != nil {
				return nil, err
			}
			f := figures[row.name]
			f[0] = append(f[0], float64(use.heap))
			f[1] = append(f[1], float64(use.goroutines))
			figures[row.name] = f
		}
	}
	for _, row := range rows {
		if f, ok := figures[row.name]; ok {
			out = append(out, idleReport{
				Peer: row.name, HeapBytes: spreadOf(f[0]).Median,
				Goroutines: spreadOf(f[1]).Median,
			})
		}
	}
	return out, nil
}
