package main

import (
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, "", 8*time.Second); err != nil {
		t.Fatalf("%v\nafter\n%s", err, out.String())
	}
	for _, want := range []string{"p99", "1000 slots have moved", "is killed", "calls succeeded"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it did not print %q, but\n%s", want, out.String())
		}
	}
	for _, bad := range []string{"not sent", "refused"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("calls failed as %q:\n%s", bad, out.String())
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), new(strings.Builder), "localhost:7000", time.Second); err == nil {
		t.Error("no error")
	}
}
