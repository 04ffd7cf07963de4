package locks_test

import (
	"context"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// ctx is for calls whose test needs no context of its own. The client's timeouts end a call that hangs.
var ctx = context.Background()
