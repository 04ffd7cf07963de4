package ring

import (
	"errors"
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestPipelines(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	ctx, rdb := connect(t, named(all))
	byNode := keysOf(t, rdb, 3)
	double := rdb.RegisterScript("return ARGV[1] * 2")

	pipe := rdb.Pipeline(redpoll.NoTransaction)
	var ones, twos []*redpoll.Reply[int64]
	var scripts []*redpoll.Reply[redpoll.Value]
	for range 100 {
		for _, list := range byNode {
			ones = append(ones, pipe.Incr(list[0]))
			twos = append(twos, pipe.IncrBy(list[1], 2))
		}
	}
	for _, list := range byNode {
		scripts = append(scripts, double.Queue(pipe, list[:1], 21))
	}
	echo := pipe.Echo("any node")
	no(t, "a pipeline over three nodes", pipe.Exec(ctx))
	for i := range ones {
		same(t, "INCR", ones[i].Val(), ones[i].Err(), i/3+1)
		same(t, "INCRBY", twos[i].Val(), twos[i].Err(), i/3*2+2)
	}
	for _, s := range scripts {
		same(t, "a script", s.Val().Any(), s.Err(), 42)
	}
	same(t, "ECHO", echo.Val(), echo.Err(), "any node")
	for i, srv := range all {
		if got := srv.Do("GET", byNode[i][0]); got != "100" {
			t.Errorf("node %d: %v", i, got)
		}
	}

	for name, queue := range map[string]func(*redpoll.Pipeline){
		"a transaction": func(p *redpoll.Pipeline) { p.Incr(byNode[0][0]); p.Incr(byNode[1][0]) },
		"a transaction that publishes": func(p *redpoll.Pipeline) {
			p.Incr(byNode[0][0])
			p.Publish(byNode[1][0], "message")
		},
		"a plain pipeline with MGET": func(p *redpoll.Pipeline) { p.MGet(byNode[0][0], byNode[1][0]) },
	} {
		var opts []redpoll.PipelineOption
		if name == "a plain pipeline with MGET" {
			opts = append(opts, redpoll.NoTransaction)
		}
		pipe := rdb.Pipeline(opts...)
		queue(pipe)
		crossed(t, name, pipe.Exec(ctx))
	}
	pipe = rdb.Pipeline(redpoll.NoTransaction)
	pipe.Incr(byNode[0][0])
	pipe.DBSize()
	alone(t, "a pipeline with DBSIZE", pipe.Exec(ctx))
	if got := all[0].Do("GET", byNode[0][0]); got != "100" {
		t.Errorf("something was sent: %v", got)
	}

	pipe = rdb.Pipeline()
	a, b := pipe.Incr(byNode[2][0]), pipe.Set(byNode[2][2], "x")
	no(t, "a transaction on one node", pipe.Exec(ctx))
	same(t, "INCR", a.Val(), errors.Join(a.Err(), b.Err()), 101)
}

// The commands of the node that is down fail, each with its own outcome, and those of the others have their
// replies.
//
// Covers: N06
func TestPipelineWithADeadNode(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
	o := named(all)
	o.Node.NoRetry = true
	ctx, rdb := connect(t, o)
	byNode := keysOf(t, rdb, 1)
	for i, list := range byNode {
		no(t, "SET", rdb.Set(ctx, list[0], i))
	}
	all[1].Kill()
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	var got []*redpoll.Reply[string]
	for range 3 {
		for _, list := range byNode {
			got = append(got, pipe.Get(list[0]))
		}
	}
	err := pipe.Exec(ctx)
	var lost *redpoll.ConnError
	if !errors.As(err, &lost) || lost.Node != all[1].Addr() {
		t.Errorf("the pipeline: %v", err)
	}
	for i, r := range got {
		if node := i % 3; node != 1 {
			same(t, fmt.Sprint("GET at node ", node), r.Val(), r.Err(), node)
		} else if !errors.Is(r.Err(), redpoll.ErrNotSent) {
			t.Errorf("GET at the dead node: %v", r.Err())
		}
	}
}
