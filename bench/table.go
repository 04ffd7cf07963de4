package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// writeTables prints a report for people: the machine and the versions, then the figures of each placement.
func (r *report) writeTables(w io.Writer) error {
	t := &tables{out: w, report: r}
	t.header()
	for i := range r.Placements {
		t.placement(&r.Placements[i])
	}
	return t.err
}

// tables prints one report. The first error of its output stays in err.
type tables struct {
	out    io.Writer
	report *report
	err    error
}

func (t *tables) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

func (t *tables) header() {
	r, m := t.report, t.report.Machine
	t.printf("redpoll bench, %s\n", r.Started.Format("2006-01-02 15:04 MST"))
	t.printf("machine   %s/%s, %d CPUs%s%s\n", m.OS, m.Arch, m.CPUs, prefixed(", ", m.CPU),
		prefixed(", ", m.Kernel))
	t.printf("load      %s\n", orDash(m.Load))
	t.printf("software  %s, %s\n", m.Go, r.Server)
	modules := make([]string, 0, len(r.Versions))
	for module := range r.Versions {
		modules = append(modules, module)
	}
	slices.Sort(modules)
	for _, module := range modules {
		t.printf("          %s %s\n", module, r.Versions[module])
	}
	t.printf("method    fresh client per slice of %s or more, interleaved, %d MiB of live heap beside it\n",
		r.Slice, r.Ballast>>20)
	t.printf("spin      off; redpoll-spin: %s\n", r.Spin)
	t.printf("rows\n")
	for _, p := range allPeers() {
		if note, ok := r.Notes[p.name]; ok {
			t.printf("          %-14s %s\n", p.name, note)
		}
	}
}

func (t *tables) placement(p *placementReport) {
	t.printf("\n=== %s (client on %s, server on %s, GOMAXPROCS %d; %d rounds, %.0fs)\n",
		p.Title, cpuList(p.ClientCPUs), cpuList(p.ServerCPUs), p.MaxProcs, p.Rounds, p.Seconds)
	base := t.report.Base
	t.better(p)
	t.figures(p, fmt.Sprintf(
		"cpu x: CPU time per operation, %s / peer; under 1: %s needs less (± half the distance of the "+
			"quartiles)", base, base), func(r *peerReport) *spread {
		return r.CPUx
	},
		func(r *peerReport) string { return ratioText(r.CPUx) })
	t.figures(p, fmt.Sprintf("ops x: operations per second, %s / peer; over 1: %s does more", base, base),
		func(r *peerReport) *spread { return r.OpsX },
		func(r *peerReport) string { return ratioText(r.OpsX) })
	t.figures(p, "CPU time per operation, us", nil,
		func(r *peerReport) string { return significant(r.CPU.Median) })
	t.figures(p, "thousand operations per second", nil,
		func(r *peerReport) string { return significant(r.Rate.Median / 1000) })
	t.figures(p, "allocations per operation", nil,
		func(r *peerReport) string { return fmt.Sprintf("%.2f", r.Allocs) })
	t.figures(p, "bytes allocated per operation", nil,
		func(r *peerReport) string { return fmt.Sprintf("%.0f", r.Bytes) })
	t.figures(p, "latency p50 / p99, us (floor: of a whole batch)", nil,
		func(r *peerReport) string { return micros(r.P50) + " / " + micros(r.P99) })
	t.idle(p)
}

// figures prints one table: a line per cell, a column per peer. A table of ratios ends with their geometric
// means.
func (t *tables) figures(p *placementReport, title string, ratio func(*peerReport) *spread,
	figure func(*peerReport) string) {
	var names []string
	for _, row := range allPeers() {
		present := slices.ContainsFunc(p.Cells, func(c cellReport) bool { return c.find(row.name) != nil })
		if present && (ratio == nil || row.name != t.report.Base) {
			names = append(names, row.name)
		}
	}
	if len(names) == 0 {
		return
	}
	t.printf("\n%s\n", title)
	columns := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.flush(columns)
	fmt.Fprintf(columns, "workload\tcallers\t%s\t\n", strings.Join(names, "\t"))
	for i := range p.Cells {
		c := &p.Cells[i]
		fmt.Fprintf(columns, "%s\t%d\t", c.Workload, c.Callers)
		for _, name := range names {
			text := "-"
			if r := c.find(name); r != nil {
				text = figure(r)
			}
			fmt.Fprintf(columns, "%s\t", text)
		}
		fmt.Fprintln(columns)
	}
	if ratio == nil {
		return
	}
	fmt.Fprintf(columns, "geometric mean\t\t")
	for _, name := range names {
		fmt.Fprintf(columns, "%s\t", significant(p.mean(name, ratio)))
	}
	fmt.Fprintln(columns)
}

// mean is the geometric mean of a peer's ratios over the cells that have one.
func (p *placementReport) mean(peer string, ratio func(*peerReport) *spread) float64 {
	var xs []float64
	for i := range p.Cells {
		if r := p.Cells[i].find(peer); r != nil && ratio(r) != nil && ratio(r).Median > 0 {
			xs = append(xs, ratio(r).Median)
		}
	}
	return geometricMean(xs)
}

func (t *tables) idle(p *placementReport) {
	if len(p.Idle) == 0 {
		return
	}
	t.printf("\nkept by an idle client that 64 callers have used\n")
	columns := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.flush(columns)
	fmt.Fprintf(columns, "client\theap KiB\tgoroutines\t\n")
	for _, u := range p.Idle {
		fmt.Fprintf(columns, "%s\t%.0f\t%.0f\t\n", u.Peer, u.HeapBytes/1024, u.Goroutines)
	}
}

func (t *tables) flush(columns *tabwriter.Writer) {
	if err := columns.Flush(); t.err == nil {
		t.err = err
	}
}

func ratioText(s *spread) string {
	if s == nil || s.Median == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f ±%.2f", s.Median, (s.High-s.Low)/2)
}

// significant prints about three digits.
func significant(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func micros(d time.Duration) string { return significant(float64(d) / 1000) }

func cpuList(cpus []int) string {
	if cpus == nil {
		return "any CPU"
	}
	return "CPU " + joinCPUs(cpus)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
