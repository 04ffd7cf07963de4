package commands_test

import (
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

func TestHyperLogLog(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(true)(t.Client.PFAdd(ctx, "a", "x", 1, 2.5))
		t.Want(false)(t.Client.PFAdd(ctx, "a", "x"))
		t.Want(true)(t.Client.PFAdd(ctx, "empty"))
		t.Want(true)(t.Client.PFAdd(ctx, "b", "y"))
		t.Want(3)(t.Client.PFCount(ctx, "a"))
		t.Want(4)(t.Client.PFCount(ctx, "a", "b", "none"))
		t.OK(t.Client.PFMerge(ctx, "dst", "a", "b"))
		t.Want(4)(t.Client.PFCount(ctx, "dst"))
		t.OK(t.Client.PFMerge(ctx, "dst"))
	})
}
