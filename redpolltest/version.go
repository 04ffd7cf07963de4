package redpolltest

import (
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
)

var skips struct {
	sync.Mutex
	reasons []string
}

// RequireVersion skips t, with the reason, when the server program is older than
// Redis major.minor; see [Server.Version] for Valkey. [Main] lists all tests that were
// skipped so. With REDPOLL_NO_SKIP=1 in the environment t fails instead.
func RequireVersion(t testing.TB, major, minor int) {
	t.Helper()
	bin, err := findBinary()
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	if bin.redis.AtLeast(major, minor) {
		return
	}
	reason := fmt.Sprintf("%s needs Redis %d.%d, but %s is %s", t.Name(), major, minor, bin.path, bin)
	if os.Getenv("REDPOLL_NO_SKIP") != "" {
		t.Fatalf("redpolltest: %s, and REDPOLL_NO_SKIP is set", reason)
	}
	skips.Lock()
	skips.reasons = append(skips.reasons, reason)
	skips.Unlock()
	t.Skip("redpolltest: " + reason)
}

func reportSkips(w io.Writer) {
	skips.Lock()
	defer skips.Unlock()
	for _, reason := range skips.reasons {
		fmt.Fprintf(w, "redpolltest: SKIPPED: %s\n", reason)
	}
}

// String gives "Redis 7.0.15" or "Valkey 8.1.0 (as Redis 7.2.4)".
func (b binary) String() string {
	if b.valkey {
		return fmt.Sprintf("Valkey %v (as Redis %v)", b.release, b.redis)
	}
	return fmt.Sprintf("Redis %v", b.release)
}
