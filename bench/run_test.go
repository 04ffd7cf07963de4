package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// needServer starts a server, or skips the test if none is installed. With REDPOLL_SERVER set there must be
// one.
func needServer(t *testing.T) *server {
	t.Helper()
	return needServerTLS(t, nil)
}

// needServerTLS starts a server, with TLS if there are certificates.
func needServerTLS(t *testing.T, certs *redpolltest.Certificates) *server {
	t.Helper()
	if _, err := exec.LookPath(serverBinary()); err != nil && os.Getenv("REDPOLL_SERVER") == "" {
		t.Skipf("NOT TESTED, no server: %v", err)
	}
	s, err := startServer(nil, certs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// TestEveryPeerRunsEveryWorkload is the whole measuring process in a small form. Each reply is checked for
// its size, so a peer that asks for the wrong keys fails.
func TestEveryPeerRunsEveryWorkload(t *testing.T) {
	s := needServer(t)
	p := plan{
		Addr: s.addr, Workloads: workloadNames(workloads), Callers: []int{1, 5}, Peers: peerNames(),
		Base:  "redpoll",
		Slice: time.Microsecond, Rounds: 1, Ballast: 1 << 20, Spin: 50 * time.Microsecond,
		Rest: time.Millisecond, IdleTimes: 1,
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
			if got.Ops < callsPerSlice || got.Rate.Median <= 0 ||
				(got.CPUx == nil) != (got.Peer == "redpoll") {
				t.Errorf("%s, %d callers: %+v", c.Workload, c.Callers, got)
			}
		}
	}
	if want := len(p.rows(r.MaxProcs)) - 1; len(r.Idle) != want {
		t.Errorf("idle memory of %d clients, want %d: all but the floor", len(r.Idle), want)
	}
}

// Each client reads and writes values of -large over TLS, in both forms.
func TestEveryPeerRunsLargeWorkloadsOverTLS(t *testing.T) {
	f, err := newFixture()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	certs := redpolltest.NewCertificates(f)
	s := needServerTLS(t, certs)
	p := plan{
		Addr: s.addr, TLSAddr: s.tlsAddr, CAFile: certs.CAFile, Callers: []int{1, 5}, Peers: peerNames(),
		Base:      "redpoll",
		Workloads: []string{"set-1k", "get-1k", "set-256k-bytes", "get-256k-bytes"},
		Slice:     time.Microsecond, Rounds: 1, Ballast: 1 << 20, Spin: 50 * time.Microsecond,
	}
	r, err := p.run(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !r.TLS || len(r.Cells) != 2*len(p.Workloads) || len(r.Idle) != 0 {
		t.Fatalf("TLS %t, %d cells, idle memory of %d clients", r.TLS, len(r.Cells), len(r.Idle))
	}
	for i := range r.Cells {
		if c := &r.Cells[i]; !c.Large || len(c.Peers) != len(p.rows(r.MaxProcs)) {
			t.Errorf("%s: large %t, %d peers", c.Workload, c.Large, len(c.Peers))
		}
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
	if _, err := runSlice(row, w, 2, setting{addr: s.addr, conns: 2}, data, time.Microsecond,
		&histogram{}); err == nil {
		t.Error("a reply of the wrong size passed")
	}
}
