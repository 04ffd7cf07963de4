package pipelines_test

import (
	"context"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// ctx is the context of calls whose test needs no other; the time-outs of the client end one that hangs.
var ctx = context.Background()
