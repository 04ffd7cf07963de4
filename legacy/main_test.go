package legacy_test

import (
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// TestMain fails when goroutines or sockets are left behind.
func TestMain(m *testing.M) { redpolltest.Main(m) }
