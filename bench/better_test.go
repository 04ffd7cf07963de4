package main

import (
	"bytes"
	"strings"
	"testing"
)

func largeCell(workload string, goredis, rueidis float64) cellReport {
	return cellReport{Workload: workload, Callers: 16, Large: true, Peers: []peerReport{
		{Peer: "redpoll", Bytes: 2048},
		{Peer: "goredis", Bytes: 1024, CPUx: &spread{Median: goredis}},
		{Peer: "rueidis", Bytes: 4096, CPUx: &spread{Median: rueidis}},
	}}
}

func TestBetterIsTheOneThatNeedsLess(t *testing.T) {
	t.Parallel()
	c := largeCell("get-1m", 0.5, 2)
	if name, ratio, ok := c.better(); !ok || name != "rueidis" || ratio != 2 {
		t.Errorf("better one %s, ratio %v, %t; want rueidis, 2", name, ratio, ok)
	}
	c.Peers = c.Peers[:2]
	if _, _, ok := c.better(); ok {
		t.Error("a cell without rueidis has a better one")
	}
}

func TestTableOfTheBetterOnes(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	tab := &tables{out: &buf, report: &report{Base: "redpoll"}}
	tab.better(&placementReport{
		Cells: []cellReport{largeCell("set-1m", 0.25, 0.5), largeCell("get-1m", 2, 1)}})
	lines := strings.Split(strings.TrimSpace(buf.String()), "\n")
	for i, want := range []string{
		"cpu x: redpoll / the better of goredis and rueidis", "workload callers cpu x better one",
		"set-1m 16 0.50 rueidis 2.00 1.00 4.00", "get-1m 16 2.00 goredis 2.00 1.00 4.00",
		"geometric mean, all 1.00", "geometric mean, set 0.50", "geometric mean, get 2.00",
	} {
		if i >= len(lines) || !strings.HasPrefix(strings.Join(strings.Fields(lines[i]), " "), want) {
			t.Fatalf("line %d should begin with %q:\n%s", i, want, buf.String())
		}
	}
}

func TestNoTableOfTheBetterOnesForSmallValues(t *testing.T) {
	t.Parallel()
	c := largeCell("get", 1, 1)
	c.Large = false
	var buf bytes.Buffer
	tab := &tables{out: &buf, report: &report{Base: "redpoll"}}
	if tab.better(&placementReport{Cells: []cellReport{c}}); buf.Len() > 0 {
		t.Errorf("printed %q", buf.String())
	}
}
