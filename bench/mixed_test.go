package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// The measuring process runs its peers, in a small form.
func TestMixedRunsItsPeers(t *testing.T) {
	s := needServer(t)
	task := mixedTask{
		Addr: s.addr, Peers: []string{"redpoll", "goredis", "rueidis"}, Callers: []int{1, 3},
		Rounds: 2, Length: 50 * time.Millisecond, Ballast: 1 << 20,
	}
	input, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	if err := workMixed(bytes.NewReader(input), &out, &log); err != nil {
		t.Fatal(err)
	}
	var rows []mixedRow
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	if want := len(task.Peers) * len(task.Callers); len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	for _, row := range rows {
		for _, figures := range [][]float64{row.P50, row.P99, row.Small, row.Large} {
			if len(figures) != task.Rounds {
				t.Errorf("%s, %d callers: %v, want a figure of each round", row.Peer, row.Callers, figures)
			}
		}
	}
}

// swapper returns each large value with one byte changed.
type swapper struct {
	client
	value []byte
}

func (s *swapper) setBytes(_ context.Context, _ string, value []byte) error {
	s.value = append([]byte(nil), value...)
	s.value[len(value)/2]++
	return nil
}

func (s *swapper) getBytes(context.Context, string) ([]byte, error) { return s.value, nil }
func (s *swapper) get(context.Context, string) (string, error)      { return "another value", nil }

func TestMixedFindsWrongReplies(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]func(*mixedRun){
		"large": func(m *mixedRun) { m.moveLarge(0) },
		"small": func(m *mixedRun) { m.readSmall(0) },
	} {
		m := &mixedRun{c: &swapper{}, data: newDataset()}
		work(m) // returns because it fails
		if failure := m.failed.Load(); failure == nil || !errors.Is(*failure, errDiffers) {
			t.Errorf("%s: a wrong reply passed", name)
		}
	}
}

func TestMixedTable(t *testing.T) {
	t.Parallel()
	rows := []mixedRow{
		{Peer: "redpoll", Callers: 16, P50: []float64{50, 60, 70}, P99: []float64{100, 100, 100},
			Small: []float64{9000, 9000, 9000}, Large: []float64{300, 300, 300}},
		{Peer: "goredis", Callers: 16, P50: []float64{100, 120, 140}, P99: []float64{50, 50, 50},
			Small: []float64{8000, 8000, 8000}, Large: []float64{400, 400, 400}},
		{Peer: "redpoll", Callers: 64, P50: []float64{1}, P99: []float64{1}, Small: []float64{1},
			Large: []float64{1}},
	}
	var buf bytes.Buffer
	if err := writeMixed(&buf, rows); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(buf.String()) {
		if words := strings.Join(strings.Fields(line), " "); words != "" {
			lines = append(lines, words)
		}
	}
	want := []string{
		"callers 16 p50 us p99 us large MiB/s small 1000/s p50 x p99 x large x",
		"redpoll 60.0 100 300 9.00 0.50 ±0.00 2.00 ±0.00 0.75 ±0.00",
		"goredis 120 50.0 400 8.00 - - -",
		"callers 64 p50 us p99 us large MiB/s small 1000/s p50 x p99 x large x",
		"redpoll 1.00 1.00 1.00 0.00 - - -",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestMixedRefuses(t *testing.T) {
	t.Parallel()
	err := runMixed([]string{"-callers", "0", "-peers", "jedis", "-placement", "moon"}, &bytes.Buffer{})
	for _, want := range []string{`"0" is not a positive number`, `no peer "jedis"`, `no placement "moon"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
