package patience_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// settings returns the options in docs/timeouts.md, unchanged.
func settings() map[string]redpoll.Options {
	cache := redpoll.Options{
		DialTimeout:  200 * time.Millisecond,
		ReplyTimeout: 200 * time.Millisecond,
		WriteTimeout: 200 * time.Millisecond,
		RetryFor:     100 * time.Millisecond,
		MaxRetries:   1,
		MaxBackoff:   20 * time.Millisecond,
		WaitTimeout:  50 * time.Millisecond,
	}
	queue := redpoll.Options{
		RetryFor:    redpoll.Forever,
		MaxBackoff:  time.Second,
		WaitTimeout: redpoll.Forever,
		MaxBlocking: 5000, // consumers in BLPOP or XREADGROUP at the same time
	}
	batch := redpoll.Options{
		ReplyTimeout: time.Minute,
		WriteTimeout: time.Minute,
		RetryFor:     5 * time.Minute,
		MaxRetries:   10,
		RetryWrites:  true, // writes of which two executions leave the state of one
		MaxConns:     200,  // transactions at the same time; the others wait
		WaitTimeout:  redpoll.Forever,
	}
	return map[string]redpoll.Options{"cache": cache, "queue": queue, "batch": batch}
}

// The options in docs/timeouts.md compile and are accepted.
func TestDocumentedSettings(t *testing.T) {
	page, err := os.ReadFile("../../docs/timeouts.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("settings_test.go")
	if err != nil {
		t.Fatal(err)
	}
	here := strings.ReplaceAll(string(source), "\n\t", "\n") // with one tab less
	blocks := strings.Split(string(page), "```go\n")[1:]
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "```")
		if !strings.Contains(here, code) {
			t.Errorf("this is not in settings_test.go:\n%s", code)
		}
	}
	if len(blocks) != len(settings()) {
		t.Errorf("the page has %d blocks of settings, want %d", len(blocks), len(settings()))
	}
	for name, o := range settings() {
		rdb, err := redpoll.New(o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = rdb.Close()
	}
}
