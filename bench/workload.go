package main

import (
	"context"
	"slices"
)

// workload is one kind of call. A workload that needs more from a client than the interface has (pipelines,
// cached reads, messages) declares its own interface beside it, asserts it in call, and names the peers that
// have it.
type workload struct {
	name  string
	title string
	// call makes the n-th call of a caller and returns the size of its reply, which must be want: a client
	// that is fast because it lost half of its reply must fail.
	call func(c client, d *dataset, n int) (size int, err error)
	want int
	// verify, if there is one, checks whole replies after the measured calls.
	verify func(c client, d *dataset) error
	// large marks the workloads of -large.
	large bool
	// request returns the request of the floor row. Without it there is no floor.
	request func(d *dataset) []string
}

// allWorkloads lists them in the order of the tables, with those of -large.
func allWorkloads() []workload { return slices.Concat(workloads, largeWorkloads) }

// workloads are those of the default run.
var workloads = []workload{
	{
		name: "get", title: "GET 64 B", want: smallValue,
		call: func(c client, d *dataset, n int) (int, error) {
			v, err := c.get(context.Background(), d.strings[n%stringCount])
			return len(v), err
		},
		request: func(d *dataset) []string { return []string{"GET", d.strings[0]} },
	},
	{
		name: "set", title: "SET 64 B",
		call: func(c client, d *dataset, n int) (int, error) {
			return 0, c.set(context.Background(), d.targets[n%stringCount], d.value)
		},
		request: func(d *dataset) []string { return []string{"SET", d.targets[0], d.value} },
	},
	{
		name: "incr", title: "INCR", want: 1,
		call: func(c client, d *dataset, n int) (int, error) {
			v, err := c.incr(context.Background(), d.counters[n%counterCount])
			return bit(v > 1000000000000), err
		},
		request: func(d *dataset) []string { return []string{"INCR", d.counters[0]} },
	},
	{
		name: "get-ctx", title: "GET 64 B, one cancelable context for all", want: smallValue,
		call: func(c client, d *dataset, n int) (int, error) {
			v, err := c.get(sharedContext, d.strings[n%stringCount])
			return len(v), err
		},
	},
	{
		name: "get-ctx-each", title: "GET 64 B, a cancelable context per call", want: smallValue,
		call: func(c client, d *dataset, n int) (int, error) {
			ctx, cancel := context.WithCancel(context.Background())
			v, err := c.get(ctx, d.strings[n%stringCount])
			cancel()
			return len(v), err
		},
	},
	{
		name: "get-4k", title: "GET 4 KiB", want: largeValue,
		call: func(c client, d *dataset, n int) (int, error) {
			v, err := c.get(context.Background(), d.large[n%len(d.large)])
			return len(v), err
		},
		request: func(d *dataset) []string { return []string{"GET", d.large[0]} },
	},
	{
		name: "mget-100", title: "MGET of 100 keys", want: batchSize,
		call: func(c client, d *dataset, n int) (int, error) {
			return c.mget(context.Background(), d.batch)
		},
		request: func(d *dataset) []string { return append([]string{"MGET"}, d.batch...) },
	},
	{
		name: "hgetall-50", title: "HGETALL of 50 fields", want: hashFields,
		call: func(c client, d *dataset, n int) (int, error) {
			m, err := c.hgetall(context.Background(), d.hash)
			return len(m), err
		},
		request: func(d *dataset) []string { return []string{"HGETALL", d.hash} },
	},
	{
		name: "lrange-100", title: "LRANGE of 100 elements", want: batchSize,
		call: func(c client, d *dataset, n int) (int, error) {
			return c.lrange(context.Background(), d.list, 0, -1)
		},
		request: func(d *dataset) []string { return []string{"LRANGE", d.list, "0", "-1"} },
	},
	{
		name: "zrange-100", title: "ZRANGE of 100 members WITHSCORES", want: batchSize,
		call: func(c client, d *dataset, n int) (int, error) {
			return c.zrange(context.Background(), d.zset, 0, -1)
		},
		request: func(d *dataset) []string { return []string{"ZRANGE", d.zset, "0", "-1", "WITHSCORES"} },
	},
	{
		name: "pipeline-100", title: "pipeline of 100 SET 64 B", want: batchSize,
		call: func(c client, d *dataset, n int) (int, error) {
			return c.pipeline(context.Background(), d.targets[:batchSize], d.value)
		},
	},
	{
		name: "transaction-10", title: "transaction of 10 SET 64 B", want: 10,
		call: func(c client, d *dataset, n int) (int, error) {
			return c.transaction(context.Background(), d.targets[:10], d.value)
		},
	},
}

// sharedContext can be canceled and never is, like the context of a server that runs all day.
var sharedContext, _ = context.WithCancel(context.Background())

func bit(ok bool) int {
	if ok {
		return 1
	}
	return 0
}
