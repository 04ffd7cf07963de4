package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestToBase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"module github.com/redpoll-go/redpoll\n":      "module github.com/redpoll-go/redpoll-base\n",
		`import "github.com/redpoll-go/redpoll"`:      `import "github.com/redpoll-go/redpoll-base"`,
		`import "github.com/redpoll-go/redpoll/resp"`: `import "github.com/redpoll-go/redpoll-base/resp"`,
		`import "github.com/redpoll-go/redpollotel"`:  `import "github.com/redpoll-go/redpollotel"`,
		"// See github.com/redpoll-go/redpoll-base for more": "// See github.com/redpoll-go/redpoll-base " +
			"for more",
	} {
		if got := string(toBase([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestInBase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"go.mod": true, "client.go": true, "internal/conn/conn.go": true,
		"client_test.go": false, "bench/main.go": false, "redpolltest/server.go": false, "README.md": false,
		"tools/go.mod": false,
	} {
		if inBase(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// The program with both versions has a row for each of them.
func TestBuildWithBase(t *testing.T) {
	t.Parallel()
	program, err := buildWithBase(t.TempDir(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-base", "HEAD", "-peers", "nobody").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "redpoll, redpoll-again") ||
		strings.Count(string(out), basePeerName) != 1 {
		t.Errorf("rows of the program: %s", out)
	}
}

func TestBuildWithoutSuchABase(t *testing.T) {
	t.Parallel()
	if _, err := buildWithBase(t.TempDir(), "no-such-revision"); err == nil ||
		!strings.Contains(err.Error(), "no-such-revision") {
		t.Errorf("error %v", err)
	}
}
