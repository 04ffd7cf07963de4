//go:build !unix

package redpolltest

import "testing"

// Unanswered returns a host:port that does not react to connection requests at all. This system cannot do
// this, so t is skipped.
func Unanswered(t testing.TB) string {
	t.Helper()
	t.Skip("redpolltest: no way to make a full listener on this system")
	return ""
}
