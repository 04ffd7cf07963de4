package cluster

import (
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
