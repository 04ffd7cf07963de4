package main

import (
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"up.\n  0 hits, 300 misses, 0 of a node that is down\n  300 hits, 0 misses, 0 of",
		"cache-2 is killed.\n", "cache-2 is back, and empty.\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &out)
		}
	}
	if !strings.HasSuffix(out.String(), "  300 hits, 0 misses, 0 of a node that is down\n") {
		t.Errorf("the cache is not whole in the end:\n%s", &out)
	}
}
