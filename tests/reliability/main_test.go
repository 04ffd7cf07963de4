package reliability_test

import (
	"context"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// background is for calls that must end without a deadline.
var background = context.Background()
