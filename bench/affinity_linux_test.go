package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets the test binary play the program that confines itself, because pinned runs its own
// executable.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == pinCommand {
		panic(dispatch(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func TestPinnedConfinesTheCommand(t *testing.T) {
	t.Parallel()
	cpus, err := allowedCPUs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("grep"); err != nil {
		t.Skip("NOT TESTED, no grep: ", err)
	}
	last := cpus[len(cpus)-1:]
	cmd, err := pinned(last, "grep", "Cpus_allowed_list", "/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := strings.TrimSpace(strings.TrimPrefix(string(out), "Cpus_allowed_list:")); got != joinCPUs(
		last) {
		t.Errorf("the command may run on CPUs %s, want %s", got, joinCPUs(last))
	}
}

func TestBecomePinnedRefuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"nothing":        nil,
		"no command":     {"0"},
		"no number":      {"x", "true"},
		"no such CPU":    {"99999", "true"},
		"no such binary": {"0", "/nonexistent/program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := becomePinned(args); err == nil {
				t.Errorf("becomePinned(%q) returned without an error", args)
			}
		})
	}
}
