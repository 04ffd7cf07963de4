package main

import (
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	t.Run("embedded server", func(t *testing.T) {
		t.Parallel()
		tour(t, "")
	})
	t.Run("given server", func(t *testing.T) {
		t.Parallel()
		tour(t, embedded.StartT(t).URL())
	})
	t.Run("real server", func(t *testing.T) {
		t.Parallel()
		tour(t, redpolltest.Shared(t).URL())
	})
}

// tour runs the program twice on the same server, if there is one, and checks its output.
func tour(t *testing.T, url string) {
	for range 2 {
		var out strings.Builder
		if err := run(t.Context(), &out, url); err != nil {
			t.Fatalf("%v\nafter\n%s", err, out.String())
		}
		for _, want := range []string{`the value is "hello"`, "nothing was set", "INCRBY 39: 42", "Ada",
			"counted to 32000", `["Ada" (nil)]`, "removed 4 keys"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it did not print %q, but\n%s", want, out.String())
			}
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url string }{
		{"no URL of a server", "localhost:6379"},
		{"nobody there", "unix:///nonexistent/redpoll.sock?no_retry=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), new(strings.Builder), test.url); err == nil {
				t.Error("no error")
			}
		})
	}
}
