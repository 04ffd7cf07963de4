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
	if !strings.HasSuffix(out.String(), "40 keys in all\n") {
		t.Errorf("it printed\n%s", &out)
	}
}
