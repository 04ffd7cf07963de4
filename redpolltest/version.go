package redpolltest

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

var skips struct {
	sync.Mutex
	reasons []string
}

// RequireVersion skips t, with the reason, if the server program is older than Redis major.minor; see
// [Server.Version] for Valkey. [Main] lists the skipped tests. With REDPOLL_NO_SKIP=1 in the environment t
// fails instead.
func RequireVersion(t testing.TB, major, minor int) {
	t.Helper()
	bin := foundBinary(t)
	if !bin.redis.AtLeast(major, minor) {
		skip(t, fmt.Sprintf("%s needs Redis %d.%d, but %s is %s", t.Name(), major, minor, bin.path, bin),
			os.Getenv("REDPOLL_NO_SKIP") != "")
	}
}

// RequireRelease skips t, with the reason, if the server program is a Redis older than the release redis, or
// a Valkey older than valkey. Both are written "7.4", or "8.0.3"; "" means that no release of this product
// has the feature. [Main] lists the skipped tests. With REDPOLL_NO_SKIP=1 in the environment t fails instead,
// unless no release has the feature.
func RequireRelease(t testing.TB, redis, valkey string) {
	t.Helper()
	bin := foundBinary(t)
	own, needs := redis, []string{}
	if bin.valkey {
		own = valkey
	}
	if redis != "" {
		needs = append(needs, "Redis "+redis)
	}
	if valkey != "" {
		needs = append(needs, "Valkey "+valkey)
	}
	ok, err := bin.atLeast(redis, valkey)
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	if !ok {
		reason := fmt.Sprintf("%s needs %s, but %s is %s", t.Name(), strings.Join(needs, " or "), bin.path,
			bin)
		skip(t, reason, own != "" && os.Getenv("REDPOLL_NO_SKIP") != "")
	}
}

// AtLeastRelease reports whether the server is the release redis of Redis or newer, or the release valkey of
// Valkey or newer. Both are written "7.4", or "8.0.3"; "" means no release. Any other text fails the test.
func (s *Server) AtLeastRelease(redis, valkey string) bool {
	s.t.Helper()
	ok, err := s.p.bin.atLeast(redis, valkey)
	s.check(err)
	return ok
}

func (b binary) atLeast(redis, valkey string) (bool, error) {
	if b.valkey {
		redis = valkey
	}
	if redis == "" {
		return false, nil
	}
	least, err := parseRelease(redis)
	return err == nil && !b.release.older(least), err
}

func foundBinary(t testing.TB) binary {
	t.Helper()
	bin, err := findBinary()
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	return bin
}

// skip ends t, with a note for the report; if skipping is forbidden, t fails.
func skip(t testing.TB, reason string, forbidden bool) {
	t.Helper()
	if forbidden {
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

// String returns text such as "Redis 7.0.15" or "Valkey 8.1.0 (as Redis 7.2.4)".
func (b binary) String() string {
	if b.valkey {
		return fmt.Sprintf("Valkey %v (as Redis %v)", b.release, b.redis)
	}
	return fmt.Sprintf("Redis %v", b.release)
}
