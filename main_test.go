package redpoll_test

import (
	"flag"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// TestMain fails when goroutines or sockets are left behind. Most tests wait for servers and time-outs rather than compute,
// so that more of them run at a time than there are processors, unless -parallel says otherwise.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8")
	redpolltest.Main(m)
}
