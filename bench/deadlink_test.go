package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// moment returns the time after this duration.
func moment(d time.Duration) time.Time { return time.Unix(1000, 0).Add(d) }

func TestWatchCountsFromTheDeath(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	w := &watch{callers: make([]callerWatch, 2), recovered: make(chan struct{})}
	w.note(0, moment(0), moment(1), nil)
	w.begin(moment(10))
	w.note(0, moment(9), moment(11), nil) // its reply may have arrived before
	if got := w.recovery(); got.first != tooLong || got.all != tooLong || got.failedMost != 0 {
		t.Errorf("recovered by a call from before: %+v", got)
	}
	w.note(0, moment(11), moment(15), broken)
	w.note(0, moment(15), moment(20), nil)
	w.note(1, moment(9), moment(16), broken) // it failed after the death, so it counts
	w.note(1, moment(16), moment(26), broken)
	if got := w.recovery(); got.first != 10 || got.all != tooLong {
		t.Errorf("with one caller of two: %+v", got)
	}
	select {
	case <-w.recovered:
		t.Error("recovered before all callers")
	default:
	}
	w.note(1, moment(26), moment(40), nil)
	<-w.recovered
	w.note(1, moment(40), moment(41), nil)
	if got, want := w.recovery(),
		(recovery{first: 10, all: 30, failedMost: 2, failedMean: 1.5, lastFailure: 16}); got != want {
		t.Errorf("recovery %+v, want %+v", got, want)
	}
}

func TestWatchKeepsFailuresOfTheWarmUp(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	w := &watch{callers: make([]callerWatch, 1)}
	w.note(0, moment(0), moment(1), broken)
	if got := w.recovery(); !errors.Is(got.warmUp, broken) {
		t.Errorf("warm-up %v", got.warmUp)
	}
	err := writeRecoveries(&bytes.Buffer{}, "get", time.Second, []peer{{name: "one"}},
		[][]recovery{{w.recovery()}})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for s, want := range map[float64]string{0: "-", 0.125: "0.12 s", 11.5: "11.50 s",
		tooLong.Seconds(): ">15 s"} {
		if got := seconds(s); got != want {
			t.Errorf("seconds(%v) = %q, want %q", s, got, want)
		}
	}
}

func TestChooseRows(t *testing.T) {
	t.Parallel()
	rows := deadLinkPeers(time.Second)
	if got, err := chooseRows(rows, ""); err != nil || len(got) != len(rows) {
		t.Errorf("%d rows, error %v", len(got), err)
	}
	if got, err := chooseRows(rows, "rueidis,redpoll"); err != nil || len(got) != 2 ||
		got[0].name != "rueidis" {
		t.Errorf("rows %v, error %v", got, err)
	}
	if _, err := chooseRows(rows, "jedis"); err == nil || !strings.Contains(err.Error(), "goredis-ctx") {
		t.Errorf("error %v, want one that names the rows there are", err)
	}
}

// A client with a connection for each call works again after the deadline of the calls.
func TestDeadLinkTrial(t *testing.T) {
	t.Parallel()
	s := needServer(t)
	data := newDataset()
	if err := data.fill(s.addr); err != nil {
		t.Fatal(err)
	}
	rows, err := chooseRows(deadLinkPeers(time.Second), "goredis-ctx")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range deadLinkOps {
		r, err := deadLinkTrial(rows[0], s.addr, data, op, 500*time.Millisecond)
		if err != nil || r.warmUp != nil {
			t.Fatalf("%s: %v, %v", op.name, err, r.warmUp)
		}
		if r.first == tooLong || r.first > r.all || r.dialed == 0 || r.failedMost == 0 {
			t.Errorf("%s: %+v", op.name, r)
		}
	}
}
