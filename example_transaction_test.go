package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redpoll-go/redpoll"
)

// The function may run several times: what it reads is still true when its writes are executed.
func ExampleClient_Transaction() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "alice", 100, "bob", 20)
	var left int // a result of the function's own
	err := rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		balance, err := redpoll.Int(tx.Get(ctx, "alice"))
		if err != nil {
			return err
		}
		if balance < 30 {
			return errors.New("not enough") // nothing is executed
		}
		left = balance - 30
		pipe := tx.Multi()
		pipe.Set("alice", left)
		pipe.IncrBy("bob", 30)
		return nil
	}, "alice")
	fmt.Println(left, err)
	// Output: 70 <nil>
}

func ExampleClient_TransactionWith() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	rounds := 0
	err := rdb.TransactionWith(ctx, redpoll.TxOptions{Attempts: 3, Delay: time.Millisecond}, func(tx *redpoll.Tx) error {
		rounds++
		_ = rdb.Set(ctx, "k", "somebody else is always faster")
		tx.Multi().Set("k", "mine")
		return nil
	}, "k")
	fmt.Println(rounds, errors.Is(err, redpoll.ErrWatch))
	// Output: 3 true
}

// The explicit form.
func ExampleConn_Watch() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	tx, err := rdb.Conn(ctx) // a connection of its own
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Close() // back to the pool, without any watch
	for {
		if err := tx.Watch(ctx, "seq"); err != nil {
			log.Fatal(err)
		}
		n, err := redpoll.Int(tx.Get(ctx, "seq")) // at once
		if err != nil && !errors.Is(err, redpoll.Nil) {
			log.Fatal(err)
		}
		pipe := tx.Multi()
		pipe.Set("seq", n+1) // queued
		err = pipe.Exec(ctx)
		if errors.Is(err, redpoll.ErrWatch) {
			continue
		}
		fmt.Println(n+1, err)
		break
	}
	// Output: 1 <nil>
}
