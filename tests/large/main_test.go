package large_test

import (
	"flag"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "4")
	redpolltest.Main(m)
}
