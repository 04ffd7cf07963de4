package redpoll_test

import (
	"context"
)

// background is for calls that shall end without a deadline of their own.
var background = context.Background()
