package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseChoiceDefaults(t *testing.T) {
	t.Parallel()
	c, err := parseChoice([]string{"-placement", "free"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p := c.plan
	if len(p.Workloads) != len(workloads) || len(p.Peers) != len(peers) || p.Base != "redpoll" ||
		!slices.Equal(p.Callers, []int{1, 8, 64, 512}) {
		t.Errorf("the default plan leaves something out: %+v", p)
	}
	if p.Time <= 0 || p.Time >= 5*time.Minute {
		t.Errorf("time %v, want under five minutes", p.Time)
	}
}

func TestParseChoiceQuick(t *testing.T) {
	t.Parallel()
	c, err := parseChoice([]string{"-quick", "-placement", "free,free"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.plan.Time >= 30*time.Second {
		t.Errorf("%v for each of two placements, want under a minute for both", c.plan.Time)
	}
	if got := strings.Join(c.plan.Workloads, ","); got != quickWorkloads {
		t.Errorf("workloads %s, want %s", got, quickWorkloads)
	}
	c, err = parseChoice([]string{"-quick", "-workloads", "incr", "-slice", "1ms", "-placement", "free"},
		io.Discard)
	if err != nil || !slices.Equal(c.plan.Workloads, []string{"incr"}) || c.plan.Slice != time.Millisecond {
		t.Errorf("-quick overrules what is asked for: %+v, %v", c.plan, err)
	}
}

func TestParseChoiceSelection(t *testing.T) {
	t.Parallel()
	c, err := parseChoice([]string{"-peers", "goredis,rueidis", "-callers", "3", "-placement", "free"},
		io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.plan.Base != "goredis" {
		t.Errorf("base %s, want the first of the peers", c.plan.Base)
	}
	for _, cell := range c.plan.cells(c.plan.rows(2)) {
		if cell.callers != 3 || len(cell.tallies) != 2 {
			t.Errorf("%s has %d callers and %d peers, want 3 and 2", cell.workload.name, cell.callers,
				len(cell.tallies))
		}
	}
}

func TestParseChoiceLarge(t *testing.T) {
	t.Parallel()
	c, err := parseChoice([]string{"-large", "bytes", "-placement", "free"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.plan.Callers, []int{1, 16}) || !slices.Equal(c.transports, []bool{false, true}) ||
		c.plan.Rounds != largeRounds {
		t.Errorf("callers %v, transports %v, %d rounds", c.plan.Callers, c.transports, c.plan.Rounds)
	}
	if len(c.plan.Workloads) != 2*len(largeSizes) || !slices.Contains(c.plan.Workloads, "get-16m-bytes") {
		t.Errorf("workloads %v, want a read and a write of each size as bytes", c.plan.Workloads)
	}
	c, err = parseChoice([]string{"-large", "both", "-base", "HEAD", "-callers", "3", "-transport", "tls",
		"-placement", "free"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.plan.Peers, basePeerName) || !slices.Equal(c.plan.Callers, []int{3}) ||
		!slices.Equal(c.transports, []bool{true}) {
		t.Errorf("peers %v, callers %v, transports %v: want those asked for", c.plan.Peers, c.plan.Callers,
			c.transports)
	}
	if want := 4 * len(largeSizes); len(c.plan.Workloads) != want {
		t.Errorf("%d workloads, want %d", len(c.plan.Workloads), want)
	}
}

func TestParseChoiceRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string // a part of the error
	}{
		{"workload", []string{"-workloads", "gte"}, `no workload "gte"`},
		{"peer", []string{"-peers", "jedis"}, `no peer "jedis"`},
		{"base", []string{"-peers", "rueidis", "-against", "redigo"}, `base "redigo"`},
		{"placement", []string{"-placement", "moon"}, `no placement "moon"`},
		{"callers", []string{"-callers", "1,0"}, `"0" is not a positive number`},
		{"transport", []string{"-transport", "quic"}, `no transport "quic"`},
		{"large", []string{"-large", "json"}, `large "json"`},
		{"rest", []string{"quick"}, `unexpected argument "quick"`},
		{"two mistakes", []string{"-workloads", "gte", "-peers", "jedis"}, "no peer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseChoice(test.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestSpinNeedsTwoCPUs(t *testing.T) {
	t.Parallel()
	p := plan{Peers: peerNames()}
	for procs, want := range map[int]bool{1: false, 2: true} {
		spins := slices.ContainsFunc(p.rows(procs), func(row peer) bool { return row.name == "redpoll-spin" })
		if spins != want {
			t.Errorf("redpoll-spin with GOMAXPROCS %d: %v, want %v", procs, spins, want)
		}
	}
}

// Each round has every peer once, and no peer always follows the same one.
func TestTurns(t *testing.T) {
	t.Parallel()
	for of := 1; of <= 5; of++ {
		behind := map[[2]int]bool{}
		for round := range 2 * of {
			var order []int
			for i := range of {
				order = append(order, turn(i, round, of))
				if i > 0 {
					behind[[2]int{order[i-1], order[i]}] = true
				}
			}
			if sorted := slices.Sorted(slices.Values(order)); sorted[0] != 0 ||
				len(slices.Compact(sorted)) != of || sorted[of-1] != of-1 {
				t.Errorf("round %d of %d: %v", round, of, order)
			}
		}
		if of > 2 && len(behind) < 2*of {
			t.Errorf("of %d: neighbours %v, want each peer behind two others", of, behind)
		}
	}
}

func TestAnotherRound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		plan   plan
		rounds int
		end    time.Duration
		want   bool
	}{
		{"few rounds, time up", plan{Time: time.Second}, fewestRounds - 1, time.Minute, true},
		{"enough rounds, time left", plan{Time: time.Second}, fewestRounds, time.Second, true},
		{"enough rounds, time up", plan{Time: time.Second}, fewestRounds, 2 * time.Second, false},
		{"fixed number, time up", plan{Rounds: 9, Time: time.Second}, 8, time.Minute, true},
		{"fixed number reached", plan{Rounds: 1, Time: time.Minute}, 1, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.plan.another(test.rounds, test.end); got != test.want {
				t.Errorf("another(%d, %v) = %v", test.rounds, test.end, got)
			}
		})
	}
}

func TestFindPlacement(t *testing.T) {
	if !pinning {
		t.Skip("processes can be confined on Linux only")
	}
	t.Parallel()
	tests := []struct {
		name           string
		cpus           []int
		client, server []int
		fails          bool
	}{
		{name: "free", cpus: []int{0, 1}},
		{name: "one", cpus: []int{0, 1}, client: []int{1}, server: []int{1}},
		{name: "one", cpus: []int{5}, client: []int{5}, server: []int{5}},
		{name: "split", cpus: []int{0, 1, 2, 3}, client: []int{0, 1, 2}, server: []int{3}},
		{name: "split", cpus: []int{0}, fails: true},
	}
	for _, test := range tests {
		t.Run(test.name+" "+joinCPUs(test.cpus), func(t *testing.T) {
			t.Parallel()
			p, err := findPlacement(test.name, test.cpus)
			if (err != nil) != test.fails {
				t.Fatalf("error %v", err)
			}
			if err == nil && (!slices.Equal(p.ClientCPUs, test.client) ||
				!slices.Equal(p.ServerCPUs, test.server)) {
				t.Errorf("client on %v, server on %v; want %v and %v", p.ClientCPUs, p.ServerCPUs,
					test.client, test.server)
			}
		})
	}
}
