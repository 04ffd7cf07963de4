package redpoll_test

import (
	"context"
)

// ctx is the context of command tests; the client's time-outs end a call that
// hangs.
var ctx = context.Background()
