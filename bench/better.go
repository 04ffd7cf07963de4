package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// rivals are the peers of which the better one counts in the summary of -large.
var rivals = []string{"goredis", "rueidis"}

// better returns the rival that needs the least CPU in a cell, and the base's ratio to it. It returns false
// if the cell lacks one of the rivals.
func (c *cellReport) better() (name string, ratio float64, ok bool) {
	for _, rival := range rivals {
		r := c.find(rival)
		if r == nil || r.CPUx == nil || r.CPUx.Median == 0 {
			return "", 0, false
		}
		if r.CPUx.Median > ratio {
			name, ratio = rival, r.CPUx.Median
		}
	}
	return name, ratio, true
}

// better prints the summary of -large: a line per cell, then the means over them.
func (t *tables) better(p *placementReport) {
	names := append([]string{t.report.Base}, rivals...)
	var all, sets, gets []float64
	var lines []string
	for i := range p.Cells {
		c := &p.Cells[i]
		name, ratio, ok := c.better()
		if !c.Large || !ok {
			continue
		}
		line := fmt.Sprintf("%s\t%d\t%.2f\t%s\t", c.Workload, c.Callers, ratio, name)
		for _, name := range names {
			line += kibibytes(c.find(name).Bytes) + "\t"
		}
		lines = append(lines, line)
		all = append(all, ratio)
		if strings.HasPrefix(c.Workload, "set-") {
			sets = append(sets, ratio)
		} else {
			gets = append(gets, ratio)
		}
	}
	if len(lines) == 0 {
		return
	}
	t.printf("\ncpu x: %s / the better of %s; KiB allocated per operation\n", t.report.Base,
		strings.Join(rivals, " and "))
	columns := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.flush(columns)
	fmt.Fprintf(columns, "workload\tcallers\tcpu x\tbetter one\t%s KiB\t\n", strings.Join(names, " KiB\t"))
	for _, line := range lines {
		fmt.Fprintln(columns, line)
	}
	for _, mean := range []struct {
		of string
		xs []float64
	}{{"all", all}, {"set", sets}, {"get", gets}} {
		if len(mean.xs) > 0 {
			fmt.Fprintf(columns, "geometric mean, %s\t\t%.2f\t\t%s\n", mean.of, geometricMean(mean.xs),
				strings.Repeat("\t", len(names)))
		}
	}
}

func kibibytes(n float64) string { return significant(n / 1024) }
