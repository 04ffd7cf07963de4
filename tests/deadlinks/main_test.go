package deadlinks_test

import (
	"flag"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// TestMain fails when goroutines or sockets are left behind. The tests wait more than they compute, so more of them run at a
// time than there are processors.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8")
	redpolltest.Main(m)
}
