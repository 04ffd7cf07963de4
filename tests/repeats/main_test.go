// Package repeats_test finds out which calls are sent again after a lost reply, and whether a second
// execution changes anything.
package repeats_test

import (
	"context"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// background is for calls that end without a deadline: the played server answers or hangs up.
var background = context.Background()
