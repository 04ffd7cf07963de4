package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpoll-go/redpoll"
)

func ExampleClient_RegisterScript() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	multiply := rdb.RegisterScript("return redis.call('GET', KEYS[1]) * ARGV[1]")
	_ = rdb.Set(ctx, "foo", 2)
	v, err := multiply.Run(ctx, []string{"foo"}, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Int())
	// Output: 10 <nil>
}

func ExampleScript_Queue() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	multiply := rdb.RegisterScript("return redis.call('GET', KEYS[1]) * ARGV[1]")
	pipe := rdb.Pipeline()
	pipe.Set("foo", 5)
	product := multiply.Queue(pipe, []string{"foo"}, 5)
	if err := pipe.Exec(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(product.Val())
	// Output: 25
}

func ExampleClient_RegisterFunctions() {
	rdb, done := exampleClient()
	defer done()

	lib := rdb.RegisterFunctions("#!lua name=greetings\n" +
		"redis.register_function('greet', function(keys, args) return 'hello, ' .. args[1] end)\n")
	v, err := lib.Call(context.Background(), "greet", nil, "world") // loads the library where it is missing
	fmt.Println(v, err)
}

func ExampleClient_Lock() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	lock := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second})
	held, err := lock.Acquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer held.Release(ctx)

	_, err = lock.TryAcquire(ctx) // somebody else
	fmt.Println(errors.Is(err, redpoll.ErrNotAcquired))
	// Output: true
}

func ExampleLock_Do() {
	rdb, done := exampleClient()
	defer done()

	lock := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second, AutoExtend: true, Fencing: true})
	err := lock.Do(context.Background(), func(ctx context.Context) error {
		// ctx ends when the lock is lost. Whatever is written outside of Redis takes the number along.
		fmt.Println("holder number", redpoll.HeldFrom(ctx).Fence())
		return ctx.Err()
	})
	fmt.Println(err)
	// Output:
	// holder number 1
	// <nil>
}

func ExampleHeld_Context() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	held, err := rdb.Lock("job", redpoll.LockOptions{TTL: 10 * time.Second}).Acquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	work, stop := held.Context(ctx)
	defer stop()
	_ = held.Release(ctx)
	<-work.Done()
	fmt.Println(context.Cause(work))
	// Output: redpoll: lock "job": not held
}
