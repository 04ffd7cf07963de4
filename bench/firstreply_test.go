package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestFirstReplyOfEachClient(t *testing.T) {
	if _, err := exec.LookPath(serverBinary()); err != nil && os.Getenv("REDPOLL_SERVER") == "" {
		t.Skipf("NOT TESTED, no server: %v", err)
	}
	t.Parallel()
	var buf bytes.Buffer
	if err := runFirstReply([]string{"-delay", "2ms", "-rounds", "1"}, &buf); err != nil {
		t.Fatal(err)
	}
	for _, n := range newcomers {
		if !strings.Contains(buf.String(), n.name) {
			t.Errorf("no line for %s:\n%s", n.name, buf.String())
		}
	}
}

func TestArrivalsAreRoundTrips(t *testing.T) {
	t.Parallel()
	found := make([][][]arrival, len(newcomers))
	for i := range found {
		for range firstReplyCases {
			found[i] = append(found[i],
				[]arrival{{took: 30 * time.Millisecond, dialed: 1 + i},
					{took: 40 * time.Millisecond, dialed: 1 + i},
					{took: 90 * time.Millisecond, dialed: 1 + i}})
		}
	}
	var buf bytes.Buffer
	if err := writeArrivals(&buf, 5*time.Millisecond, found); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(buf.String()), "\n")
	if want := len(newcomers) + 1; len(lines) != want {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), want, buf.String())
	}
	if got, want := strings.Fields(lines[1]), strings.Count(lines[1], "4.00"); len(got) != want+1 ||
		want != len(firstReplyCases) {
		t.Errorf("first client: %q, want 4.00 in each column", lines[1])
	}
	if got := strings.Count(lines[2], "4.00 (2)"); got != len(firstReplyCases) {
		t.Errorf("second client: %q, want 2 connections in each column", lines[2])
	}
}
