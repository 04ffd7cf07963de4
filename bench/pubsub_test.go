package main

import (
	"bytes"
	"strings"
	"testing"
)

// Each subscriber gets all messages of a small round. Not in parallel: it counts allocations.
func TestPubSubRunsItsPeers(t *testing.T) {
	needServer(t)
	var out bytes.Buffer
	if err := runPubSub([]string{"-rounds", "1", "-bursts", "1"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range subscribers {
		if !strings.Contains(out.String(), s.name) {
			t.Errorf("the table has no row for %s:\n%s", s.name, &out)
		}
	}
}
