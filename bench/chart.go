package main

import (
	"fmt"
	"html"
	"io"
	"strings"
)

const (
	chartLabel = 150 // width of the workload names
	chartBar   = 420 // width of a ratio of chartMax
	chartMax   = 1.4
	chartLine  = 13 // height of a bar with its gap
)

// chartColors can be distinguished by people who confuse red and green.
var chartColors = []string{"#9aa0a6", "#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377"}

// writeChart draws the cpu ratios as an SVG: a panel per placement, a group per cell, a bar per peer. A bar
// left of the line at 1 means that the base needs less CPU than this peer. The floor is left out: nobody
// competes with it.
func (r *report) writeChart(w io.Writer) error {
	names := r.chartPeers()
	var body strings.Builder
	y := 56
	for i := range r.Placements {
		p := &r.Placements[i]
		fmt.Fprintf(&body, `<text x="10" y="%d" font-weight="bold">%s</text>`+"\n", y,
			html.EscapeString(p.Title))
		top := y + 8
		y = top
		for j := range p.Cells {
			y = p.Cells[j].chart(&body, names, y)
		}
		one := chartLabel + chartBar/chartMax
		fmt.Fprintf(&body, `<line x1="%.0f" y1="%d" x2="%.0f" y2="%d" stroke="#000"/>`+"\n", one, top, one, y)
		y += 30
	}
	width := chartLabel + chartBar + 60
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="10" y="16" font-size="13">CPU time per operation, %s / peer; left of the line: %s needs less</text>
%s%s</svg>
`, width, y, html.EscapeString(r.Base), html.EscapeString(r.Base), chartLegend(names), body.String())
	return err
}

// chartPeers are the peers with a ratio, in the order of the tables.
func (r *report) chartPeers() []string {
	var names []string
	for _, row := range allPeers() {
		if _, measured := r.Notes[row.name]; measured && row.name != r.Base && row.name != floorName {
			names = append(names, row.name)
		}
	}
	return names
}

func chartLegend(names []string) string {
	var out strings.Builder
	x := 10
	for i, name := range names {
		fmt.Fprintf(&out, `<rect x="%d" y="25" width="9" height="9" fill="%s"/><text x="%d" y="34">%s</text>`+
			"\n",
			x, chartColor(i), x+13, html.EscapeString(name))
		x += 26 + 6*len(name)
	}
	return out.String()
}

func chartColor(i int) string { return chartColors[i%len(chartColors)] }

// chart draws one group of bars below y and returns where the next one begins.
func (c *cellReport) chart(out *strings.Builder, names []string, y int) int {
	y += 6
	fmt.Fprintf(out, `<text x="10" y="%d">%s, %d</text>`+"\n", y+10, html.EscapeString(c.Workload), c.Callers)
	for i, name := range names {
		r := c.find(name)
		if r == nil || r.CPUx == nil {
			continue
		}
		width := chartBar * min(r.CPUx.Median, chartMax) / chartMax
		fmt.Fprintf(out,
			`<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/><text x="%.1f" y="%d" font-size="9">%.2f</text>`+"\n",
			chartLabel, y, width, chartLine-3, chartColor(i), chartLabel+width+4, y+chartLine-5,
			r.CPUx.Median)
		y += chartLine
	}
	return max(y, c.chartBottom(y))
}

// chartBottom leaves room for the label of a group without bars.
func (c *cellReport) chartBottom(y int) int {
	for _, p := range c.Peers {
		if p.CPUx != nil {
			return y
		}
	}
	return y + chartLine
}
