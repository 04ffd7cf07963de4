package copies

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Pipelines reach all nodes too, each command in the form that is the same everywhere.
func TestPipelines(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]redpoll.PipelineOption{
		"plain": {redpoll.NoTransaction}, "atomic": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 3, redpoll.CopyOptions{})
			f.ok(f.rdb.Set(t.Context(), "text", "x"))
			p := f.rdb.Pipeline(opts...)
			set := p.Set("k", 1, redpoll.EX(time.Hour))
			n := p.Incr("k")
			got := p.Get("k")
			wrong := p.Incr("text")
			members := p.SAdd("s", 1, 2, 3, 4, 5)
			popped := p.SPop("s")
			sum := p.IncrByFloat("f", 0.5)
			err := p.Exec(t.Context())
			refused := errors.As(wrong.Err(), new(*redpoll.ServerError))
			if !errors.As(err, new(*redpoll.PipelineError)) || !refused {
				t.Errorf("Exec gives %v, and the wrong command %v", err, wrong.Err())
			}
			f.ok(errors.Join(set.Err(), n.Err(), got.Err(), members.Err(), popped.Err(), sum.Err()))
			if n.Val() != 2 || got.Val() != "2" || members.Val() != 5 || popped.Val() == "" || sum.Val() != 0.5 {
				t.Errorf("the replies are %v %v %v %v %v",
					n.Val(), got.Val(), members.Val(), popped.Val(), sum.Val())
			}
			if n := f.equal(); n != 4 {
				t.Errorf("%d keys are there", n)
			}
			report, err := f.rdb.Repair(t.Context(), redpoll.RepairOptions{})
			if err != nil || report.Left != nil {
				t.Errorf("a node has missed something: %v, %v", report, err)
			}
			f.servers[1].Do("DEL", "s") // a pipeline that goes by state copies it whole
			p = f.rdb.Pipeline(opts...)
			p.HIncrByFloat("h", "a", 0.25)
			p.SAdd("s", 9)
			f.ok(p.Exec(t.Context()))
			f.equal()
		})
	}
}

// A static pipeline needs no first node.
func TestStaticPipeline(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	p := f.rdb.Pipeline(redpoll.NoTransaction)
	for i := range 500 {
		p.Set(fmt.Sprint("k", i), i)
	}
	all := p.Get("k7")
	f.ok(p.Exec(t.Context()))
	if all.Val() != "7" {
		t.Errorf("k7 is %q", all.Val())
	}
	f.same(500, "DBSIZE")
	p = f.rdb.Pipeline(redpoll.NoTransaction)
	a, b := p.Get("k1"), p.MGet("k2", "k3")
	f.ok(p.Exec(t.Context()))
	if a.Val() != "1" || fmt.Sprint(b.Val()) != "[{2 true} {3 true}]" && len(b.Val()) != 2 {
		t.Errorf("reads give %v and %v", a.Val(), b.Val())
	}
}

// A pipeline with something that cannot be copied is refused whole.
func TestPipelineRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, 2, redpoll.CopyOptions{})
	for name, queue := range map[string]func(p *redpoll.Pipeline){
		"EVAL": func(p *redpoll.Pipeline) { p.Eval("return 1", nil) },
		"BLPOP": func(p *redpoll.Pipeline) {
			p.BLPop(time.Second, "l")
		},
		"SWAPDB": func(p *redpoll.Pipeline) { p.Do("SWAPDB", 0, 1) },
		"WAIT":   func(p *redpoll.Pipeline) { p.Wait(1, time.Second) },
		"INFO":   func(p *redpoll.Pipeline) { p.Info() },
	} {
		p := f.rdb.Pipeline(redpoll.NoTransaction)
		p.Set("k", "v")
		queue(p)
		if err := p.Exec(t.Context()); !errors.As(err, new(*redpoll.StateError)) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	f.same(0, "DBSIZE")
}

// A watch holds on the first node of its keys.
func TestTransactions(t *testing.T) {
	t.Parallel()
	f := start(t, 3, redpoll.CopyOptions{})
	ctx := t.Context()
	f.ok(f.rdb.Set(ctx, "k", 1))
	runs := 0
	err := f.rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		n, err := redpoll.Int(tx.Get(ctx, "k"))
		if err != nil {
			return err
		}
		if runs++; runs == 1 {
			if _, err := f.rdb.Incr(ctx, "k"); err != nil {
				return err
			}
		}
		p := tx.Multi()
		p.Set("k", n*10)
		return p.Exec(ctx)
	}, "k")
	if err != nil || runs != 2 {
		t.Errorf("%d runs give %v", runs, err)
	}
	f.same("20", "GET", "k")
	one, err := f.rdb.Conn(ctx)
	f.ok(err)
	f.ok(one.Set(ctx, "c", "v"))
	f.same("v", "GET", "c")
	if got, err := one.Get(ctx, "c"); got != "v" || err != nil {
		t.Errorf("GET gives %q, %v", got, err)
	}
	if _, err := one.Wait(ctx, 1, time.Second); !errors.As(err, new(*redpoll.StateError)) {
		t.Errorf("WAIT gives %v", err)
	}
	f.ok(one.Close())
}
