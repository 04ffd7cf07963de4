package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// sampleReport has a base that needs half of its peer's CPU in every round. In the second round both were
// slow.
func sampleReport() *report {
	ours := &tally{peer: peer{name: "redpoll"}}
	theirs := &tally{peer: peer{name: "rueidis"}}
	for _, slow := range []time.Duration{1, 4, 1} {
		ours.record(slice{ops: 1000, wall: slow * time.Millisecond, cpu: slow * time.Millisecond,
			mallocs: 1000, bytes: 64000})
		theirs.record(slice{ops: 1000, wall: 3 * slow * time.Millisecond, cpu: 2 * slow * time.Millisecond,
			mallocs: 2000, bytes: 64000})
	}
	ours.latency.record(7 * time.Nanosecond)
	c := &cell{workload: workloads[0], callers: 64, tallies: []*tally{ours, theirs}}
	return &report{
		Started:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Machine:  machine{OS: "linux", Arch: "amd64", CPUs: 2, Go: "go1.26"},
		Server:   "redis 7.0.15",
		Versions: map[string]string{rueidisModule: "v1.0.79"},
		Spin:     "80µs", Base: "redpoll", Slice: "25ms", Ballast: 64 << 20,
		Notes: map[string]string{"redpoll": "default options", "rueidis": "default options"},
		Placements: []placementReport{{
			Name: "one", Title: "one: <shared>", ClientCPUs: []int{1}, ServerCPUs: []int{1}, MaxProcs: 1,
			Rounds: 3,
			Cells:  []cellReport{c.report("redpoll")},
			Idle:   []idleReport{{Peer: "redpoll", HeapBytes: 65536, Goroutines: 1}},
		}},
	}
}

func TestCellReportRatios(t *testing.T) {
	t.Parallel()
	c := sampleReport().Placements[0].Cells[0]
	ours, theirs := c.find("redpoll"), c.find("rueidis")
	if ours == nil || theirs == nil || c.find("redigo") != nil {
		t.Fatalf("peers of the cell: %+v", c.Peers)
	}
	if ours.CPUx != nil || ours.OpsX != nil {
		t.Errorf("the base has ratios to itself: %v, %v", ours.CPUx, ours.OpsX)
	}
	if want := (spread{0.5, 0.5, 0.5}); theirs.CPUx == nil || *theirs.CPUx != want {
		t.Errorf("cpu x = %v, want %v", theirs.CPUx, want)
	}
	if theirs.OpsX == nil || theirs.OpsX.Median < 2.999 || theirs.OpsX.Median > 3.001 {
		t.Errorf("ops x = %v, want 3", theirs.OpsX)
	}
	if ours.Ops != 3000 || ours.Allocs != 1 || ours.Bytes != 64 || ours.P50 != 7 || ours.CPU.Median != 1 {
		t.Errorf("the base's figures: %+v", ours)
	}
}

func TestReportSurvivesJSON(t *testing.T) {
	t.Parallel()
	want := sampleReport()
	var buf bytes.Buffer
	if err := want.writeJSON(&buf); err != nil {
		t.Fatal(err)
	}
	var got report
	d := json.NewDecoder(&buf)
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, *want)
	}
}

func TestReportFieldNames(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	if err := sampleReport().writeJSON(&buf); err != nil {
		t.Fatal(err)
	}
	// Users who keep old files compare by these names.
	for _, name := range []string{
		`"base"`, `"versions"`, `"spin"`, `"placements"`, `"rounds"`, `"gomaxprocs"`, `"workload"`,
		`"callers"`, `"peer"`,
		`"cpu_x"`, `"ops_x"`, `"median"`, `"q1"`, `"q3"`, `"cpu_us_per_op"`, `"ops_per_second"`,
		`"allocs_per_op"`,
		`"bytes_per_op"`, `"p50_ns"`, `"p99_ns"`, `"heap_bytes"`,
	} {
		if !strings.Contains(buf.String(), name) {
			t.Errorf("the report lacks %s", name)
		}
	}
}

func TestTablesShowTheFigures(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	if err := sampleReport().writeTables(&buf); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	for _, part := range []string{
		"redis 7.0.15", rueidisModule + " v1.0.79",
		"client on CPU 1, server on CPU 1, GOMAXPROCS 1; 3 rounds",
		"0.50 ±0.00", "3.00 ±0.00", "spin      off; redpoll-spin: 80µs",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the tables lack %q:\n%s", part, text)
		}
	}
}

var errFull = errors.New("full")

// fullDisk fails at its first write.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestTablesReportFailedOutput(t *testing.T) {
	t.Parallel()
	if err := sampleReport().writeTables(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}

func TestChartIsOneBarPerRatio(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	if err := sampleReport().writeChart(&buf); err != nil {
		t.Fatal(err)
	}
	rects := 0
	for d := xml.NewDecoder(&buf); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the chart is not XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			rects++
		}
	}
	// The background, the key of the only peer, and its bar.
	if rects != 3 {
		t.Errorf("%d rectangles, want 3", rects)
	}
}
