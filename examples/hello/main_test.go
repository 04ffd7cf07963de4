package main

import (
	"os"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	server := embedded.StartT(t)
	// The second run finds the greeting of the first one.
	for range 2 {
		if err := run(t.Context(), server.URL()); err != nil {
			t.Fatal(err)
		}
	}
}

// The README shows this program, from its package clause on.
func TestReadmeShowsThisProgram(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(program), "package main\n")
	if !strings.Contains(string(readme), "```go\npackage main\n"+code+"```\n") {
		t.Error("README.md does not show examples/hello/main.go: copy the program there")
	}
}
