package testkit

import (
	"flag"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// Main is [redpolltest.Main] for tests that wait for servers and time-outs rather than compute: more of them
// run at a time than there are processors, unless -parallel says otherwise. It fails when goroutines or
// sockets are left behind.
func Main(m *testing.M) {
	_ = flag.Set("test.parallel", "8")
	redpolltest.Main(m)
}
