// Package failover_test has the tests of clients whose servers change places: behind Sentinels, and with
// replicas. The first part plays the servers in virtual time, the second part uses real ones.
package failover_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var ctx = context.Background()

// ok ends the test if there is an error.
func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is demands that an error matches others.
func is(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("the error is %v, want one that matches %v", err, target)
		}
	}
}

// notice makes a client see that its connections were cut: a write on one of them might have been executed.
func notice(rdb *redpoll.Client) {
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, _ = rdb.Get(redpoll.FromPrimary(short), "k")
}

// text is Get without its error, for comparisons.
func text(t testing.TB, rdb *redpoll.Client, key string) string {
	t.Helper()
	v, err := rdb.Get(ctx, key)
	if err != nil {
		t.Errorf("GET %s: %v", key, err)
	}
	return v
}
