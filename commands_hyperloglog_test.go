package redpoll_test

import "testing"

func TestHyperLogLog(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(true)(t.rdb.PFAdd(ctx, "a", "x", 1, 2.5))
		t.want(false)(t.rdb.PFAdd(ctx, "a", "x"))
		t.want(true)(t.rdb.PFAdd(ctx, "empty"))
		t.want(true)(t.rdb.PFAdd(ctx, "b", "y"))
		t.want(3)(t.rdb.PFCount(ctx, "a"))
		t.want(4)(t.rdb.PFCount(ctx, "a", "b", "none"))
		t.ok(t.rdb.PFMerge(ctx, "dst", "a", "b"))
		t.want(4)(t.rdb.PFCount(ctx, "dst"))
		t.ok(t.rdb.PFMerge(ctx, "dst"))
	})
}
