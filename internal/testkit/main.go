package testkit

import (
	"flag"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// Main is [redpolltest.Main] for tests that wait for servers and timeouts more than they compute. More of
// them run at a time than there are processors, unless -parallel is set. Main fails when goroutines or
// sockets are left behind.
func Main(m *testing.M) {
	_ = flag.Set("test.parallel", "8")
	redpolltest.Main(m)
}
