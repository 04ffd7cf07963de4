package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"
)

// needServer starts a server, or skips where none is installed. With
// REDPOLL_SERVER set it has to be there.
func needServer(t *testing.T) *server {
	t.Helper()
	if _, err := exec.LookPath(serverBinary()); err != nil && os.Getenv("REDPOLL_SERVER") == "" {
		t.Skipf("NOT TESTED, no server: %v", err)
	}
	s, err := startServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// TestEveryPeerRunsEveryWorkload is the whole measuring process in small. Each
// reply is checked for its size, so a peer that asks for the wrong thing fails.
func TestEveryPeerRunsEveryWorkload(t *testing.T) {
	s := needServer(t)
	p := plan{
		Addr: s.addr, Workloads: workloadNames(), Callers: []int{1, 5}, Peers: peerNames(), Base: "redpoll",
		Slice: time.Microsecond, Rounds: 1, Ballast: 1 << 20, Spin: 50 * time.Microsecond, Rest: time.Millisecond, IdleTimes: 1,
	}
	input, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	if err := work(bytes.NewReader(input), &out, &log); err != nil {
		t.Fatal(err)
	}
	var r placementReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(workloads); len(r.Cells) != want || r.Rounds != 1 {
		t.Fatalf("%d cells and %d rounds, want %d and 1", len(r.Cells), r.Rounds, want)
	}
	for _, c := range r.Cells {
		for _, got := range c.Peers {
			if got.Ops < callsPerSlice || got.Rate.Median <= 0 || (got.CPUx == nil) != (got.Peer == "redpoll") {
				t.Errorf("%s, %d callers: %+v", c.Workload, c.Callers, got)
			}
		}
	}
	if want := len(p.rows(r.MaxProcs)) - 1; len(r.Idle) != want {
		t.Errorf("idle memory of %d clients, want %d: all but the floor", len(r.Idle), want)
	}
}

func TestWrongReplySizeFailsTheSlice(t *testing.T) {
	s := needServer(t)
	data := newDataset()
	if err := data.fill(s.addr); err != nil {
		t.Fatal(err)
	}
	w := workloads[0]
	w.want++
	row := peer{name: "redigo", open: openRedigo}
	if _, err := runSlice(row, w, 2, setting{addr: s.addr, conns: 2}, data, time.Microsecond, &histogram{}); err == nil {
		t.Error("a reply of the wrong size passed")
	}
}
