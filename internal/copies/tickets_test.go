package copies

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

// Those who wait for a key get it in the order in which they came, and a context ends the wait.
func TestTicketsAreServedInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tickets := NewTickets()
		key := tickets.For([]byte("k"))
		if err := tickets.Take(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		var order []int
		var wait sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 5 {
			wait.Go(func() {
				mine := t.Context()
				if i == 2 {
					mine = ctx
				}
				if err := tickets.Take(mine, key); err != nil {
					return
				}
				order = append(order, i)
				tickets.Return(key)
			})
			synctest.Wait() // it waits in the queue now
		}
		cancel()
		synctest.Wait()
		tickets.Return(key)
		wait.Wait()
		if got := fmt.Sprint(order); got != "[0 1 3 4]" {
			t.Errorf("the order is %s", got)
		}
	})
}

// Several keys in any order never wait in a circle, and all keys together wait for each.
func TestTicketsOfSeveralKeys(t *testing.T) {
	t.Parallel()
	tickets := NewTickets()
	var wait sync.WaitGroup
	var counts [3]int // by key, changed only by holders
	for g := range 8 {
		wait.Go(func() {
			for i := range 200 {
				one := (g + i) % 3
				ticket := tickets.For(fmt.Append(nil, one), fmt.Append(nil, g*i%3))
				if i%50 == 0 {
					ticket = tickets.All()
				}
				if err := tickets.Take(t.Context(), ticket); err != nil {
					t.Error(err)
				}
				counts[one]++
				tickets.Return(ticket)
			}
		})
	}
	wait.Wait()
	if n := counts[0] + counts[1] + counts[2]; n != 1600 {
		t.Errorf("%d of 1600 turns count: two had the same key", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	held := tickets.For([]byte("x"))
	_ = tickets.Take(t.Context(), held)
	if err := tickets.Take(ctx, tickets.All()); err == nil {
		t.Error("a ticket of all keys did not wait")
	}
	tickets.Return(held)
	if err := tickets.Take(t.Context(), tickets.All()); err != nil {
		t.Errorf("what was given up is still taken: %v", err)
	}
}
